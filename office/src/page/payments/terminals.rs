//! A day's payments at terminals that are not connected to a till, held against the terminal's own batch report.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, person, rows, table, till, with},
};
use crate::{
    amounts,
    answers::{TerminalDay, TerminalPayment, TerminalTotal},
    clock,
    rules::{CurrencyFacts, amount},
    server::{self, Failure, Method},
};

const SLIP: Column = Column::Words(key("Slip"));
const WHEN: Column = Column::Words(key("Paid"));
const TILL: Column = Column::Words(key("Till"));
const STAFF: Column = Column::Words(key("By"));
const SALE: Column = Column::Named(key("Sale"));
const AMOUNT: Column = Column::Key(key("Amount"));

#[derive(Serialize)]
struct Total {
    day: String,
    from: String,
    to: String,
    reported_minor: i64,
    note: String,
}

/// The part of the room.
pub(super) fn view(office: Office) -> impl IntoView {
    let day = RwSignal::new(clock::today());
    let feed = Feed::<TerminalDay>::of(office, Pace::Live, move || {
        let day = day.get();
        match clock::moments_of(&day) {
            Some((from, to)) => format!("/v1/office/terminals?day={day}&from={from}&to={to}"),
            None => "/v1/office/terminals".to_owned(),
        }
    });
    let list = with(feed, |today| {
        if today.payments.is_empty() {
            return empty(t("Nothing was paid at another terminal on this day."));
        }
        let lines = today.payments.iter().map(|payment| row(payment, &today.currency)).collect();
        html::div()
            .class("sheet")
            .child(table(t("Payments at other terminals"), OnPhone::Brief, &[SLIP, WHEN, TILL, STAFF, SALE, AMOUNT], rows(lines)))
            .into_any()
    });
    let noted = with(feed, |today| {
        html::dl()
            .class("summary")
            .child(html::div().child((
                html::dt().child(t("The tills noted, without voided sales")),
                html::dd().attr("data-testid", "office-terminal-noted").child(amounts::money(today.noted_minor, &today.currency)),
            )))
            .into_any()
    });
    let totals = with(feed, |today| {
        let items: Vec<_> = today.totals.iter().map(|total| total_item(total, &today.currency)).collect();
        html::ul().class("cards").attr("role", "list").child(items).into_any()
    });
    let day_field = Text {
        id: "terminal-day".to_owned(),
        label: t("Day"),
        hint: "",
        testid: "office-terminal-day",
        holds: Holds::Day,
        value: day.into(),
        error: Signal::derive(String::new),
    };
    html::section().class("stack").attr("aria-labelledby", "terminals-title").child((
        html::h2().id("terminals-title").child(t("Terminals beside the tills")),
        html::p().class("quiet").child(
            t("What cashiers noted with the number on the terminal’s slip. Type in the total of the terminal’s own batch report; the \
             difference is kept with who and when."),
        ),
        html::div().class("pair-of-cards").child((
            html::div().class("card stack").child((form::text(day_field, move |typed| day.set(typed)), noted)),
            total_form(office, feed, day),
        )),
        totals,
        list,
        freshness(feed),
    ))
}

fn row(payment: &TerminalPayment, code: &str) -> AnyView {
    let money = amounts::money(payment.amount_minor, code);
    let money = if payment.voided { html::s().class("quiet").child(money).into_any() } else { money.into_any() };
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-terminal-payment")
        .child((
            cell(SLIP, (html::strong().child(payment.reference.clone()), payment.voided.then(|| chip("serious", t("Voided"))))),
            cell(WHEN, moment(&payment.at)),
            cell(TILL, till(payment.till_name.as_deref(), payment.till)),
            cell(STAFF, person(payment.staff.as_ref())),
            cell(SALE, payment.sale.clone()),
            cell(AMOUNT, money),
        ))
        .into_any()
}

fn total_item(total: &TerminalTotal, code: &str) -> impl IntoView {
    let money = |minor| amounts::money(minor, code);
    let (class, word) = match total.difference_minor {
        0 => ("good", t("No difference")),
        difference => ("serious", tf("Difference {}", &[&money(difference)])),
    };
    let note = (!total.note.is_empty()).then(|| html::p().child(total.note.clone()));
    html::li().class("card").attr("data-testid", "office-terminal-total").child((
        html::p()
            .class("alert-head")
            .child((chip(class, word), tf("Terminal {}, tills {}", &[&money(total.reported_minor), &money(total.noted_minor)]))),
        note,
        html::p().class("quiet").child((total.by.clone(), " · ", moment(&total.at))),
    ))
}

fn total_form(office: Office, feed: Feed<TerminalDay>, day: RwSignal<String>) -> AnyView {
    let (typed, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, said) = (RwSignal::new(false), Said::nothing());
    let wrong = RwSignal::new(String::new());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(code) = feed.latest.with_untracked(|today| today.as_ref().map(|today| today.currency.clone())) else { return };
        if busy.get_untracked() {
            return;
        }
        let reported_minor = match amount(&typed.get_untracked(), &CurrencyFacts::of_code(&code)) {
            Ok(minor) => minor,
            Err(sentence) => {
                wrong.set(t(sentence));
                form::focus("terminal-total");
                return;
            }
        };
        let day = day.get_untracked();
        let Some((from, to)) = clock::moments_of(&day) else { return };
        wrong.set(String::new());
        said.clear();
        busy.set(true);
        let total = Total { day, from, to, reported_minor, note: note.get_untracked() };
        spawn_local(async move {
            let answer = server::send::<TerminalDay>(Method::Post, "/v1/office/terminals", &total).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(today) => {
                    let _ = (typed.try_set(String::new()), note.try_set(String::new()));
                    said.good(t("Kept."));
                    let _ = feed.latest.try_set(Some(today));
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    let total = Text {
        id: "terminal-total".to_owned(),
        label: t("The terminal’s own total"),
        hint: "",
        testid: "office-terminal-reported",
        holds: Holds::Amount,
        value: typed.into(),
        error: wrong.into(),
    };
    let remark = Text {
        id: "terminal-note".to_owned(),
        label: t("Note, if there is something to say"),
        hint: "",
        testid: "office-terminal-note",
        holds: Holds::Name,
        value: note.into(),
        error: Signal::derive(String::new),
    };
    html::form()
        .class("card stack")
        .attr("novalidate", "")
        .on(ev::submit, submit)
        .child((
            form::text(total, move |text| typed.set(text)),
            form::text(remark, move |text| note.set(text)),
            html::button()
                .class("primary")
                .r#type("submit")
                .attr("data-testid", "office-terminal-keep")
                .attr("aria-disabled", move || busy.get().then_some("true"))
                .child(t("Keep this total")),
            said.view("office-terminal"),
        ))
        .into_any()
}
