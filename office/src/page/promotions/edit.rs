//! A promotion's form.

use barrow_core::promotion::Promotion;
use barrow_language::{key, t};
use leptos::{ev, html, prelude::*};

use super::{
    super::{
        form::{self, Choice, Holds, Said, Text},
        rules::switch,
    },
    Offers,
};
use crate::{
    clock,
    promotions::{DAYS, Draft, Fault, Field, Kind, sentences},
};

const N_FOR_M: &str = "n-for-m";
const PERCENT: &str = "percent";

/// Draws it, for `of` or a new one.
pub(super) fn form(offers: Offers, of: Option<Promotion>) -> AnyView {
    let read = move |read: fn(&Draft) -> String| {
        Signal::derive(move || offers.editing.with(|editing| editing.as_ref().map(|(_, draft)| read(draft)).unwrap_or_default()))
    };
    let faults = RwSignal::new(Vec::<Fault>::new());
    let error = move |field: Field| {
        Signal::derive(move || {
            let found = |faults: &Vec<Fault>| faults.iter().find(|(at, _)| *at == field).map(|(_, sentence)| *sentence);
            t(faults.with(found).unwrap_or_default())
        })
    };
    let text = move |field: Field, label: String, hint, holds, value: fn(&Draft) -> String, set: fn(&mut Draft, String)| {
        let (id, testid) = place(field);
        let field = Text { id: id.to_owned(), label, hint, testid, holds, value: read(value), error: error(field) };
        form::text(field, move |typed| write(offers, |draft| set(draft, typed)))
    };
    let kind = RwSignal::new(match offers.editing.with_untracked(|editing| editing.as_ref().map(|(_, draft)| draft.kind)) {
        Some(Kind::Percent) => PERCENT.to_owned(),
        _ => N_FOR_M.to_owned(),
    });
    Effect::new(move |_| {
        let chosen = if kind.get() == PERCENT { Kind::Percent } else { Kind::NForM };
        write(offers, |draft| draft.kind = chosen);
    });
    let is_percent = move || kind.with(|kind| kind == PERCENT);
    let kinds =
        Memo::new(|_| vec![(N_FOR_M.to_owned(), t("Of so many, fewer are paid")), (PERCENT.to_owned(), t("Per cent off"))]);
    let said = Said::nothing();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some((was, draft)) = offers.editing.get_untracked() else { return };
        match draft.read(clock::offset_min()) {
            Ok(promotion) => {
                faults.set(Vec::new());
                said.clear();
                offers.save(t("Saved. Tills take it at their next contact."), move |list| {
                    match was {
                        Some(was) => *list.iter_mut().find(|one| **one == was)? = promotion,
                        None => list.push(promotion),
                    }
                    Some(())
                });
            }
            Err(found) => {
                said.bad(t("Not saved. What cannot be read is marked."));
                if let Some((first, _)) = found.first() {
                    form::focus(place(*first).0);
                }
                faults.set(found);
            }
        }
    };
    let cancel = move |_| {
        offers.editing.set(None);
        form::focus_soon("promotion-add".to_owned());
    };
    let preview = move || {
        let draft = offers.editing.with(|editing| editing.as_ref().map(|(_, draft)| draft.clone()));
        let promotion = draft.and_then(|draft| draft.read(clock::offset_min()).ok());
        promotion.map(|promotion| sentences(&promotion, &offers.categories(), clock::offset_min(), clock::calendar_day).join(" "))
    };
    html::form()
        .class(if of.is_some() { "stack" } else { "card stack" })
        .attr("aria-label", t("Promotion"))
        .attr("novalidate", "")
        .attr("data-testid", "office-promotion-form")
        .on(ev::submit, submit)
        .child((
            html::h2().child(if of.is_some() { t("Change the promotion") } else { t("A new promotion") }),
            html::div().class("fields").child((
                text(
                    Field::Name,
                    t("Name"),
                    key("Stands on the line and the receipt."),
                    Holds::Name,
                    |draft| draft.name.clone(),
                    |draft, typed| draft.name = typed,
                ),
                form::choice(Choice {
                    id: "promotion-kind".to_owned(),
                    label: t("What is taken off"),
                    testid: "office-promotion-kind",
                    answers: kinds,
                    value: kind,
                }),
            )),
            html::div().class("fields").attr("hidden", is_percent).child((
                text(
                    Field::Take,
                    t("Of so many pieces"),
                    "",
                    Holds::Number,
                    |draft| draft.take.clone(),
                    |draft, typed| draft.take = typed,
                ),
                text(
                    Field::Pay,
                    t("so many are paid"),
                    key("The cheapest are free. What is sold by weight takes no part."),
                    Holds::Number,
                    |draft| draft.pay.clone(),
                    |draft, typed| draft.pay = typed,
                ),
            )),
            html::div().class("fields").attr("hidden", move || !is_percent()).child(text(
                Field::Percent,
                t("Per cent"),
                "",
                Holds::Amount,
                |draft| draft.percent.clone(),
                |draft, typed| draft.percent = typed,
            )),
            html::fieldset().child((
                html::legend().child(t("On what? Nothing ticked is everything.")),
                html::div().class("ticks").child(move || {
                    let tick = |(id, name): (u32, String)| {
                        let is_on = move || has(offers, |draft| draft.categories.contains(&id));
                        let set = move |on: bool| {
                            write(offers, |draft| {
                                if on {
                                    draft.categories.insert(id)
                                } else {
                                    draft.categories.remove(&id)
                                };
                            });
                        };
                        switch(name, "office-promotion-category", is_on, set)
                    };
                    offers.categories().into_iter().map(tick).collect::<Vec<_>>()
                }),
                {
                    let field = Text {
                        id: "promotion-skus".to_owned(),
                        label: t("And these products"),
                        hint: key("SKUs, with commas between them."),
                        testid: "office-promotion-skus",
                        holds: Holds::List,
                        value: read(|draft| draft.skus.clone()),
                        error: Signal::derive(String::new),
                    };
                    form::text(field, move |typed| write(offers, |draft| draft.skus = typed))
                },
            )),
            html::fieldset().child((
                html::legend().child(t("When? Left empty, always. Times are by this computer’s clock.")),
                html::div().class("fields").child((
                    text(
                        Field::FromDay,
                        t("From this day on"),
                        "",
                        Holds::Day,
                        |draft| draft.from_day.clone(),
                        |draft, typed| draft.from_day = typed,
                    ),
                    text(
                        Field::UntilDay,
                        t("Until this day, included"),
                        "",
                        Holds::Day,
                        |draft| draft.until_day.clone(),
                        |draft, typed| draft.until_day = typed,
                    ),
                    text(
                        Field::FromTime,
                        t("From this time of the day"),
                        "",
                        Holds::Time,
                        |draft| draft.from_time.clone(),
                        |draft, typed| draft.from_time = typed,
                    ),
                    text(
                        Field::UntilTime,
                        t("To this time"),
                        "",
                        Holds::Time,
                        |draft| draft.until_time.clone(),
                        |draft, typed| draft.until_time = typed,
                    ),
                )),
                html::div().class("ticks").child(
                    DAYS.iter()
                        .zip(1u8..)
                        .map(|(name, day)| {
                            let is_on = move || has(offers, |draft| draft.days.contains(&day));
                            let set = move |on: bool| {
                                write(offers, |draft| {
                                    if on {
                                        draft.days.insert(day)
                                    } else {
                                        draft.days.remove(&day)
                                    };
                                });
                            };
                            switch(t(name), "office-promotion-day", is_on, set)
                        })
                        .collect::<Vec<_>>(),
                ),
            )),
            html::div().class("fields").child(text(
                Field::Coupon,
                t("Only with this coupon code"),
                key("Typed into the order at the till. Left empty, it needs none."),
                Holds::Name,
                |draft| draft.coupon.clone(),
                |draft, typed| draft.coupon = typed,
            )),
            html::p().class("quiet").attr("role", "status").attr("data-testid", "office-promotion-says").child(preview),
            html::div().class("actions").child((
                html::button()
                    .class("primary")
                    .r#type("submit")
                    .attr("data-testid", "office-promotion-save")
                    .attr("aria-disabled", move || offers.busy.get().then_some("true"))
                    .child(move || if offers.busy.get() { t("Saving…") } else { t("Save") }),
                html::button()
                    .r#type("button")
                    .attr("data-testid", "office-promotion-cancel")
                    .on(ev::click, cancel)
                    .child(t("Cancel")),
            )),
            said.view("office-promotion"),
        ))
        .into_any()
}

fn has(offers: Offers, read: impl FnOnce(&Draft) -> bool) -> bool {
    offers.editing.with(|editing| editing.as_ref().is_some_and(|(_, draft)| read(draft)))
}

fn write(offers: Offers, write: impl FnOnce(&mut Draft)) {
    offers.editing.update(|editing| {
        if let Some((_, draft)) = editing {
            write(draft);
        }
    });
}

/// A field's place in the document, and its test id.
fn place(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Name => ("promotion-name", "office-promotion-name"),
        Field::Take => ("promotion-take", "office-promotion-take"),
        Field::Pay => ("promotion-pay", "office-promotion-pay"),
        Field::Percent => ("promotion-percent", "office-promotion-percent"),
        Field::FromDay => ("promotion-from", "office-promotion-from"),
        Field::UntilDay => ("promotion-until", "office-promotion-until"),
        Field::FromTime => ("promotion-from-time", "office-promotion-from-time"),
        Field::UntilTime => ("promotion-until-time", "office-promotion-until-time"),
        Field::Coupon => ("promotion-coupon", "office-promotion-coupon"),
    }
}
