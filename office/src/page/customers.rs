//! Customers: search, what one of them bought, their data as a file, two who are one, and erasing.

use barrow_language::{key, t};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Said},
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, rows, table},
};
use crate::{
    amounts,
    answers::{CustomerRow, CustomerWhole, Erased},
    server::{self, Failure, Method, encoded},
};

const NAME: Column = Column::Named(key("Name"));
const EMAIL: Column = Column::Named(key("E-mail"));
const PHONE: Column = Column::Named(key("Telephone"));
const SALE: Column = Column::Words(key("Sale"));
const WHEN: Column = Column::Words(key("When"));
const TOTAL: Column = Column::Key(key("Total"));

#[derive(Serialize)]
struct One {
    id: String,
}

#[derive(Serialize)]
struct Two {
    id: String,
    with: String,
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let feed = Feed::<Vec<CustomerRow>>::of(office, Pace::Live, move || match query.get().trim() {
        "" => "/v1/office/customers".to_owned(),
        text => format!("/v1/office/customers?search={}", encoded(text)),
    });
    let chosen = RwSignal::new(None::<String>);
    let said = Said::nothing();
    let search = html::div().class("field search").child((
        html::label().r#for("customer-search").child(t("Search by name, e-mail or telephone")),
        html::input()
            .id("customer-search")
            .r#type("search")
            .attr("autocomplete", "off")
            .attr("maxlength", "100")
            .attr("data-testid", "office-customer-search")
            .on(ev::input, move |event| query.set(event_target_value(&event))),
    ));
    let list = move || {
        feed.latest.with(|found| {
            found.as_ref().map(|found| match found.as_slice() {
                [] if query.with(|query| query.trim().is_empty()) => empty(t("The tills know no customers.")),
                [] => empty(t("Nobody fits. Try fewer letters.")),
                found => html::div()
                    .class("sheet")
                    .child(table(
                        t("Customers"),
                        OnPhone::SpeltOut,
                        &[NAME, EMAIL, PHONE],
                        rows(found.iter().map(|entry| row(entry, chosen)).collect()),
                    ))
                    .into_any(),
            })
        })
    };
    let open = Memo::new(move |_| chosen.get());
    let person = move || open.get().map(|id| person(office, id, chosen, feed, said));
    (search, said.view("office-customer"), person, list, freshness(feed))
}

fn row(entry: &CustomerRow, chosen: RwSignal<Option<String>>) -> AnyView {
    let id = entry.id.clone();
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-customer")
        .attr("data-customer", entry.id.clone())
        .child((
            cell(
                NAME,
                html::button()
                    .class("link")
                    .r#type("button")
                    .attr("data-testid", "office-customer-open")
                    .on(ev::click, move |_| chosen.set(Some(id.clone())))
                    .child(entry.name.clone()),
            ),
            cell(EMAIL, entry.email.clone()),
            cell(PHONE, entry.phone.clone()),
        ))
        .into_any()
}

fn person(office: Office, id: String, chosen: RwSignal<Option<String>>, list: Feed<Vec<CustomerRow>>, said: Said) -> AnyView {
    let path = format!("/v1/office/customers/one?id={id}");
    let file = path.clone();
    let whole = Feed::<CustomerWhole>::of(office, Pace::Live, move || path.clone());
    let busy = RwSignal::new(false);
    let to_erase = id.clone();
    let erase = move || {
        let id = to_erase.clone();
        busy.set(true);
        said.clear();
        spawn_local(async move {
            let answer = server::send::<Erased>(Method::Post, "/v1/office/customers/erase", &One { id }).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) => {
                    let _ = chosen.try_set(None);
                    said.good(t("Erased. The tills forget it when they next connect."));
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    let with = RwSignal::new(String::new());
    let own = id.clone();
    let answers = Memo::new(move |_| {
        let nobody = (String::new(), t("Choose who it is"));
        let others = list.latest.with(|rows| {
            let rows = rows.as_deref().unwrap_or_default().iter().filter(|row| row.id != own);
            rows.map(|row| (row.id.clone(), format!("{} {}", row.name, row.email))).collect::<Vec<_>>()
        });
        std::iter::once(nobody).chain(others).collect::<Vec<_>>()
    });
    // Nobody else is nobody to be one with.
    let others = Memo::new(move |_| answers.with(|answers| answers.len() > 1));
    let to_merge = id.clone();
    let merge = move || {
        let with = with.get_untracked();
        if with.is_empty() {
            return said.bad(t("Choose who is the same person first."));
        }
        let id = to_merge.clone();
        busy.set(true);
        said.clear();
        spawn_local(async move {
            let answer = server::send::<CustomerWhole>(Method::Post, "/v1/office/customers/merge", &Two { id, with }).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(whole) => {
                    let _ = chosen.try_set(Some(whole.id));
                    said.good(t("They are one now."));
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    html::section()
        .class("stack")
        .attr("aria-labelledby", "customer-name")
        .attr("data-testid", "office-customer-one")
        .attr("data-customer", id)
        .child((
            html::div().class("card stack").child((
                html::h2()
                    .id("customer-name")
                    .child(move || whole.latest.with(|whole| whole.as_ref().map(|whole| whole.name.clone()))),
                move || {
                    whole.latest.with(|whole| {
                        whole.as_ref().map(|whole| html::p().child((whole.email.clone(), html::br(), whole.phone.clone())))
                    })
                },
                html::div().class("actions").child((
                    form::button("", "office-customer-close", || t("Back to all customers"), busy, move || chosen.set(None)),
                    html::a()
                        .class("button")
                        .href(file)
                        .attr("download", "customer.json")
                        .attr("data-testid", "office-customer-export")
                        .child(t("All that is known of them, as a file")),
                )),
                erasing(busy, erase),
            )),
            move || {
                let merge = merge.clone();
                others.get().then(|| {
                    html::div().class("card stack").child((
                        form::choice(form::Choice {
                            id: "customer-with".to_owned(),
                            label: t("The same person as"),
                            testid: "office-customer-with",
                            answers,
                            value: with,
                        }),
                        html::div().class("actions").child(form::button(
                            "",
                            "office-customer-merge",
                            || t("Make them one"),
                            busy,
                            merge,
                        )),
                    ))
                })
            },
            move || whole.latest.with(|whole| whole.as_ref().map(purchases)),
        ))
        .into_any()
}

/// Asks before `erase`. The sentences stand where the first tap was, so that a second one in a row meets no button.
fn erasing(busy: RwSignal<bool>, erase: impl Fn() + Clone + Send + Sync + 'static) -> impl IntoView {
    const ASK: &str = "customer-erase";
    const KEEP: &str = "customer-erase-keep";
    let is_asking = RwSignal::new(false);
    let keep = move || {
        is_asking.set(false);
        form::focus_soon(ASK.to_owned());
    };
    let ask = move |_| {
        is_asking.set(true);
        form::focus_soon(KEEP.to_owned());
    };
    let offer = move || {
        html::div().class("actions").child(
            html::button()
                .class("danger-soft")
                .id(ASK)
                .r#type("button")
                .attr("data-testid", "office-customer-erase")
                .on(ev::click, ask)
                .child(t("Erase what is known of them")),
        )
    };
    let question = move |erase| {
        html::div()
            .class("confirm stack")
            .attr("role", "group")
            .attr("aria-labelledby", "customer-erase-question")
            .on(ev::keydown, move |event| {
                if event.key() == "Escape" {
                    keep();
                }
            })
            .child((
                html::p().id("customer-erase-question").child(html::strong().child(t("Erase all that is known of this person?"))),
                html::p().child(t("It cannot be brought back. The sales stay, and say no more who bought.")),
                html::div().class("actions").child((
                    html::button()
                        .id(KEEP)
                        .r#type("button")
                        .attr("data-testid", "office-customer-erase-cancel")
                        .on(ev::click, move |_| keep())
                        .child(t("Cancel")),
                    form::button("danger", "office-customer-erase-confirm", || t("Yes, erase it for good"), busy, erase),
                )),
            ))
    };
    move || if is_asking.get() { question(erase.clone()).into_any() } else { offer().into_any() }
}

fn purchases(whole: &CustomerWhole) -> AnyView {
    if whole.purchases.is_empty() {
        return empty(t("They have not bought anything yet."));
    }
    let lines = whole.purchases.iter().map(|purchase| {
        html::tr()
            .attr("role", "row")
            .attr("data-testid", "office-customer-purchase")
            .attr("data-sale", purchase.sale.clone())
            .child((
                cell(SALE, (html::strong().child(purchase.sale.clone()), purchase.voided.then(|| chip("serious", t("Voided"))))),
                cell(WHEN, moment(&purchase.at)),
                cell(TOTAL, html::strong().child(amounts::money(purchase.total_minor, &purchase.currency))),
            ))
            .into_any()
    });
    html::div()
        .class("sheet")
        .child(table(t("What they bought"), OnPhone::Brief, &[SALE, WHEN, TOTAL], rows(lines.collect())))
        .into_any()
}
