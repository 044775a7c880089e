//! Card payments and how far each has come, what is open, and in the file beside this one what was paid at other terminals.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Choice, Holds, Said, Text},
    paging::Pages,
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, person, rows, table, till, with},
};
use crate::{
    amounts,
    answers::{OpenPayments, Payment, card_label, till_label},
    clock,
    server::{self, Failure, Method},
    wording,
};

mod terminals;

const PAGE: usize = 50;

const CARD: Column = Column::Words(key("Card"));
const SALE: Column = Column::Named(key("Sale"));
const WHEN: Column = Column::Words(key("Taken"));
const TILL: Column = Column::Words(key("Till"));
const STAFF: Column = Column::Words(key("By"));
const STATE: Column = Column::Words(key("State"));
const AMOUNT: Column = Column::Key(key("Amount"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let (state, day) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let query = Memo::new(move |_| {
        let mut parts = Vec::new();
        state.with(|state| {
            if wording::PAYMENT_STATES.iter().any(|(word, _)| word == state) {
                parts.push(format!("state={state}"));
            }
        });
        if let Some((from, to)) = clock::moments_of(&day.get()) {
            parts.push(format!("from={from}&to={to}"));
        }
        parts.join("&")
    });
    let pages = Pages::of(PAGE);
    // Another question begins at its own first page.
    Effect::new(move |before: Option<()>| {
        query.track();
        if before.is_some() {
            pages.restart();
        }
    });
    let feed = Feed::<Vec<Payment>>::of(office, Pace::Live, move || {
        let filter = query.get();
        let and = if filter.is_empty() { "" } else { "&" };
        format!("/v1/office/payments?{filter}{and}{}", pages.query())
    });
    let said = Said::nothing();
    let list = with(feed, move |payments| {
        if payments.is_empty() {
            let sentence = if untrack(|| query.with(String::is_empty)) {
                t("No card payment has arrived yet. One that a till takes appears here by itself.")
            } else {
                t("No card payment fits.")
            };
            return empty(sentence);
        }
        let lines = payments.iter().map(|payment| row(office, said, payment)).collect();
        html::div()
            .class("sheet")
            .child(table(t("Card payments"), OnPhone::Brief, &[CARD, WHEN, TILL, STAFF, SALE, STATE, AMOUNT], rows(lines)))
            .into_any()
    });
    (
        exposure(office),
        filters(state, day, query),
        said.view("office-payment"),
        list,
        pages.view(feed, |payment| payment.id.clone(), "office-payments"),
        freshness(feed),
        terminals::view(office),
    )
}

/// What is taken and not decided yet, by till.
fn exposure(office: Office) -> impl IntoView {
    let feed = Feed::<Vec<OpenPayments>>::of(office, Pace::Live, || "/v1/office/payments/open".to_owned());
    with(feed, |open| {
        let sum = amounts::sums(open.iter().map(|till| (till.currency.as_str(), till.amount_minor)));
        let figure = |label: String, id: &'static str, value: String| {
            html::div().child((html::dt().child(label), html::dd().attr("data-testid", id).child(value))).into_any()
        };
        let total = if sum.is_empty() { "–".to_owned() } else { sum };
        let mut figures = vec![figure(t("Taken and not decided yet"), "office-exposure", total)];
        figures.extend(open.iter().map(|till| {
            let label = tf("{}, {} open", &[&till_label(till.till_name.as_deref(), till.till), &till.payments]);
            figure(label, "office-exposure-till", amounts::money(till.amount_minor, &till.currency))
        }));
        html::dl().class("summary").child(figures).into_any()
    })
}

fn filters(state: RwSignal<String>, day: RwSignal<String>, query: Memo<String>) -> impl IntoView {
    let states = Memo::new(|_| {
        let named = wording::PAYMENT_STATES.map(|(word, name)| (word.to_owned(), t(name)));
        [vec![(String::new(), t("Every state"))], named.to_vec()].concat()
    });
    let export = move || {
        let query = query.get();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/v1/office/payments.csv{mark}{query}")
    };
    let day_field = Text {
        id: "payments-day".to_owned(),
        label: t("Day"),
        hint: "",
        testid: "office-payments-day",
        holds: Holds::Day,
        value: day.into(),
        error: Signal::derive(String::new),
    };
    html::div().class("card filters").attr("role", "search").attr("aria-label", t("Filter the card payments")).child((
        form::choice(Choice {
            id: "payments-state".to_owned(),
            label: t("State"),
            testid: "office-payments-state",
            answers: states,
            value: state,
        }),
        form::text(day_field, move |typed| day.set(typed)),
        html::div().class("actions").child((
            html::a()
                .class("button")
                .attr("data-testid", "office-payments-export")
                .href(export)
                .attr("download", "card-payments.csv")
                .child(t("Export as CSV")),
            html::button()
                .r#type("button")
                .attr("data-testid", "office-payments-clear")
                .attr("hidden", move || query.with(String::is_empty))
                .on(ev::click, move |_| {
                    state.set(String::new());
                    day.set(String::new());
                    form::focus("payments-state");
                })
                .child(t("Clear the filter")),
        )),
    ))
}

fn row(office: Office, said: Said, payment: &Payment) -> AnyView {
    let (class, state) = wording::payment_state(&payment.state);
    let why = match (&payment.reason, &payment.authorization) {
        (Some(reason), _) => Some(t(reason)),
        (None, Some(number)) => Some(tf("no. {}", &[&number])),
        (None, None) => None,
    };
    let tries = (payment.attempts > 1 && payment.may_retry).then(|| tf("{} tries", &[&payment.attempts]));
    let small = |words: Option<String>| words.map(|words| html::small().class("quiet").child(words));
    let retry = payment.may_retry.then(|| retry_button(office, said, payment.id.clone()));
    let give_up = (payment.state == "held").then(|| give_up_button(office, said, payment.id.clone()));
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-payment")
        .attr("data-payment", payment.id.clone())
        .attr("data-state", payment.state.clone())
        .attr("data-minor", payment.amount_minor.to_string())
        .child((
            cell(CARD, (html::strong().child(card_label(&payment.brand, &payment.last4)), small(Some(t(&payment.mode))))),
            cell(WHEN, moment(&payment.at)),
            cell(TILL, till(payment.till_name.as_deref(), payment.till)),
            cell(STAFF, person(payment.staff.as_ref())),
            cell(SALE, payment.sale.clone()),
            cell(STATE, (chip(class, state), small(why), small(tries), retry, give_up)),
            cell(AMOUNT, html::strong().child(amounts::money(payment.amount_minor, &payment.currency))),
        ))
        .into_any()
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Done {}

fn retry_button(office: Office, said: Said, id: String) -> AnyView {
    let sentence = key("The processor is asked again, with the same key: nobody is charged twice.");
    act_button(office, said, format!("/v1/office/payments/{id}/retry"), "office-payment-retry", key("Ask again"), sentence)
}

fn give_up_button(office: Office, said: Said, id: String) -> AnyView {
    let sentence = key("It will not be charged. Its till is told.");
    act_button(office, said, format!("/v1/office/payments/{id}/give-up"), "office-payment-give-up", key("Give up"), sentence)
}

fn act_button(
    office: Office,
    said: Said,
    path: String,
    testid: &'static str,
    label: &'static str,
    sentence: &'static str,
) -> AnyView {
    let busy = RwSignal::new(false);
    let press = move || {
        busy.set(true);
        said.clear();
        let path = path.clone();
        spawn_local(async move {
            let answer = server::send::<Done>(Method::Post, &path, &Nothing {}).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(Done {}) => {
                    said.good(t(sentence));
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    form::button("small", testid, move || t(label), busy, press)
}
