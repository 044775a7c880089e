//! Gift cards: what is on each, what the shop owes for all of them, what happened to one, and blocking it.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    table::{Column, OnPhone, around, cell, chip, empty, freshness, moment, person, rows, table, till, with},
};
use crate::{
    amounts,
    answers::{GiftCard, GiftCards, GiftMove},
    server::{self, Failure, Method},
    wording,
};

const CARD: Column = Column::Words(key("Card"));
const STATE: Column = Column::Words(key("State"));
const LOADED: Column = Column::Figures(key("Loaded"));
const SPENT: Column = Column::Figures(key("Spent"));
const LAST: Column = Column::Named(key("Last used"));
const BALANCE: Column = Column::Key(key("Balance"));

const WHEN: Column = Column::Words(key("When"));
const WHAT: Column = Column::Words(key("What"));
const WHERE: Column = Column::Words(key("Till"));
const STAFF: Column = Column::Words(key("By"));
const SALE: Column = Column::Named(key("Sale"));
const AMOUNT: Column = Column::Figures(key("Amount"));
const THEN: Column = Column::Key(key("Balance"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let (last4, chosen) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let query = Memo::new(move |_| {
        let typed = last4.get();
        let fits = typed.trim().len() == 4 && typed.trim().bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { format!("?last4={}", typed.trim()) } else { String::new() }
    });
    let feed = Feed::<GiftCards>::of(office, Pace::Live, move || format!("/v1/office/gifts{}", query.get()));
    let said = Said::nothing();
    let list = with(feed, move |answer| {
        if answer.cards.is_empty() {
            return empty(t("No gift card was sold yet. One that a till sells appears here by itself."));
        }
        let lines = answer.cards.iter().map(|card| row(office, said, chosen, card)).collect();
        html::div()
            .class("sheet")
            .child(table(t("Gift cards"), OnPhone::Brief, &[CARD, STATE, LAST, LOADED, SPENT, BALANCE], rows(lines)))
            .into_any()
    });
    (
        summary(feed),
        filters(last4, query),
        said.view("office-gift"),
        list,
        move || chosen.get().map(|card| history(office, chosen, card)),
        freshness(feed),
    )
}

fn summary(feed: Feed<GiftCards>) -> impl IntoView {
    with(feed, |answer| {
        let figure = |label: String, id: &'static str, minor: i64| {
            html::div().child((
                html::dt().child(label),
                html::dd()
                    .attr("data-testid", id)
                    .attr("data-minor", minor.to_string())
                    .child(amounts::money(minor, &answer.currency)),
            ))
        };
        html::dl()
            .class("summary")
            .child((
                figure(t("Owed to holders of gift cards"), "office-gift-liability", answer.liability_minor),
                (answer.overdrawn_minor != 0)
                    .then(|| figure(t("Spent beyond what was on cards"), "office-gift-overdrawn", answer.overdrawn_minor)),
            ))
            .into_any()
    })
}

fn filters(last4: RwSignal<String>, query: Memo<String>) -> impl IntoView {
    let asked = Text {
        id: "gift-last4".to_owned(),
        label: t("Last four of the code"),
        hint: "",
        testid: "office-gift-last4",
        holds: Holds::Name,
        value: last4.into(),
        error: Signal::derive(String::new),
    };
    html::div().class("card filters").attr("role", "search").attr("aria-label", t("Filter the gift cards")).child((
        form::text(asked, move |typed| last4.set(typed)),
        html::div().class("actions").child(
            html::a()
                .class("button")
                .attr("data-testid", "office-gift-export")
                .href(move || format!("/v1/office/gifts.csv{}", query.get()))
                .attr("download", "gift-cards.csv")
                .child(t("Export as CSV")),
        ),
    ))
}

fn row(office: Office, said: Said, chosen: RwSignal<Option<String>>, card: &GiftCard) -> AnyView {
    let (class, state) = wording::gift_state(&card.state);
    let money = |minor| amounts::money(minor, &card.currency);
    let (id, open) = (card.id.clone(), card.id.clone());
    let by = card.blocked_by.as_ref().map(|name| html::small().class("quiet").child(tf("by {}", &[&name])));
    let until = card.until.as_ref().map(|until| html::small().class("quiet").child(around(key("until {}"), moment(until))));
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-gift")
        .attr("data-last4", card.last4.clone())
        .attr("data-state", card.state.clone())
        .attr("data-minor", card.balance_minor.to_string())
        .child((
            cell(
                CARD,
                (
                    html::button()
                        .class("link")
                        .r#type("button")
                        .attr("data-testid", "office-gift-open")
                        .attr(
                            "aria-pressed",
                            move || if chosen.with(|chosen| chosen.as_ref() == Some(&id)) { "true" } else { "false" },
                        )
                        .on(ev::click, move |_| chosen.set(Some(open.clone())))
                        .child(format!("····{}", card.last4)),
                    until,
                ),
            ),
            cell(STATE, (chip(class, state), by, block_button(office, said, card))),
            cell(LAST, card.last_at.as_ref().map(|at| moment(at))),
            cell(LOADED, money(card.loaded_minor)),
            cell(SPENT, money(card.spent_minor)),
            cell(BALANCE, html::strong().child(money(card.balance_minor))),
        ))
        .into_any()
}

#[derive(Serialize)]
struct Block {
    blocked: bool,
}

fn block_button(office: Office, said: Said, card: &GiftCard) -> AnyView {
    let busy = RwSignal::new(false);
    let blocked = card.state == "blocked";
    let (id, last4) = (card.id.clone(), card.last4.clone());
    let press = move || {
        busy.set(true);
        said.clear();
        let (path, last4) = (format!("/v1/office/gifts/{id}/block"), last4.clone());
        spawn_local(async move {
            let answer = server::send::<GiftCard>(Method::Post, &path, &Block { blocked: !blocked }).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) => {
                    said.good(match blocked {
                        true => tf("Gift card ····{} can be spent again. Tills take it at their next contact.", &[&last4]),
                        false => tf("Gift card ····{} is blocked. Tills take it at their next contact.", &[&last4]),
                    });
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    let words = if blocked { t("Unblock") } else { t("Block") };
    form::button("small", "office-gift-block", move || words.to_owned(), busy, press)
}

/// What happened to one card.
fn history(office: Office, chosen: RwSignal<Option<String>>, card: String) -> AnyView {
    let feed = Feed::<GiftCard>::of(office, Pace::Live, move || format!("/v1/office/gifts/{card}"));
    let list = with(feed, |card| {
        let lines = card.moves.iter().map(|moved| move_row(card, moved)).collect();
        html::div()
            .class("sheet")
            .child(table(t("History of the card"), OnPhone::Brief, &[WHEN, WHAT, WHERE, STAFF, SALE, AMOUNT, THEN], rows(lines)))
            .into_any()
    });
    html::section()
        .class("stack")
        .attr("data-testid", "office-gift-history")
        .child((
            html::div().class("actions").child((
                html::h2().child(move || {
                    let last4 = feed.latest.with(|card| card.as_ref().map(|card| card.last4.clone())).unwrap_or_default();
                    tf("Gift card ····{}", &[&last4])
                }),
                html::button()
                    .r#type("button")
                    .attr("data-testid", "office-gift-close")
                    .on(ev::click, move |_| chosen.set(None))
                    .child(t("Close")),
            )),
            list,
        ))
        .into_any()
}

fn move_row(card: &GiftCard, moved: &GiftMove) -> AnyView {
    let money = |minor| amounts::money(minor, &card.currency);
    let offline = moved.offline.then(|| html::small().class("quiet").child(t("without the server’s word")));
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-gift-move")
        .attr("data-kind", moved.kind.clone())
        .attr("data-minor", moved.amount_minor.to_string())
        .child((
            cell(WHEN, moment(&moved.at)),
            cell(WHAT, (wording::gift_move(&moved.kind), offline)),
            cell(WHERE, till(moved.till_name.as_deref(), moved.till)),
            cell(STAFF, person(moved.staff.as_ref())),
            cell(SALE, moved.sale.clone()),
            cell(AMOUNT, money(moved.amount_minor)),
            cell(THEN, html::strong().child(money(moved.balance_minor))),
        ))
        .into_any()
}
