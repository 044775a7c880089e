//! Taking payment: what is owed, by which means, and what was taken so far.

use barrow_core::{
    money::Minor,
    tender::TenderKind,
    till::Event,
    view::{CardView, Money, Screen, TenderPart, TenderView},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{Field, Holds, attribute_above, draw, field, heading, icon, keypad, long, sentence},
    screens::exchange,
    till::{Till, Where},
};

mod card;
mod tip;

type State = Memo<Option<TenderView>>;

/// Draws what is owed, the means, and what is being taken.
pub fn tender(till: Till) -> impl IntoView {
    let state: State = till.part(|screen| match screen {
        Screen::Tender(state) => Some(state.clone()),
        _ => None,
    });
    let by_card = Memo::new(move |_| {
        state.with(|state| state.as_ref().is_some_and(|s| matches!(s.card, CardView::Waiting { .. } | CardView::Seen { .. })))
    });
    // An exchange in which nothing is left to be paid: there is nothing to choose.
    let even = Memo::new(move |_| {
        let even = |s: &TenderView| s.exchange.as_ref().is_some_and(|back| back.difference.minor <= 0);
        state.with(|state| state.as_ref().is_some_and(even))
    });
    html::form()
        .attr("class", "tender")
        .attr("data-even", move || even.get().then_some("true"))
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::TenderConfirmed);
        })
        .child((
            html::div().class("tender-body").child((
                owed(till, state, by_card, even),
                html::section().class("tender-take").attr("aria-label", t("What is taken")).child((move || {
                    match (even.get(), by_card.get()) {
                        (true, _) => ().into_any(),
                        (false, true) => card::card(till, state).into_any(),
                        (false, false) => cash(till, state).into_any(),
                    }
                },)),
            )),
            // In sight whatever stands above it.
            html::div().class("tender-foot").child((
                move || (!even.get()).then(|| balance(state)),
                html::div().class("tender-end").child((
                    sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
                    confirm(state),
                )),
            )),
        ))
}

fn of(state: State, pick: fn(&TenderView) -> String) -> impl Fn() -> Option<String> + Copy + Send + Sync + 'static {
    move || state.with(|state| state.as_ref().map(pick))
}

fn is(state: State, pick: fn(&TenderView) -> bool) -> impl Fn() -> bool + Copy + Send + Sync + 'static {
    move || state.with(|state| state.as_ref().is_some_and(pick))
}

fn owed(till: Till, state: State, by_card: Memo<bool>, even: Memo<bool>) -> impl IntoView {
    let parted =
        Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|s| !s.parts.is_empty() && s.exchange.is_none())));
    html::section().class("tender-due").attr("aria-label", t("What is owed")).child((
        html::div().class("proof-head").child((
            html::button()
                .class("button quiet icon-only")
                .attr("type", "button")
                .attr("data-testid", "tender-back")
                .attr("aria-label", t("Back to the cart"))
                .prop("disabled", is(state, |s| s.busy))
                .on(ev::click, move |_| till.send(Event::TenderLeft))
                .child(draw(icon::BACK)),
            heading(match state.with_untracked(|state| state.as_ref().and_then(gives_back)) {
                Some(_) => t("To give back"),
                None => t("To pay"),
            }),
        )),
        // What was taken, and what comes back in an exchange, is off it.
        html::p()
            .class("huge")
            .attr("data-long", move || {
                state.with(|state| state.as_ref().and_then(|s| long(&gives_back(s).unwrap_or_else(|| s.rest.text.clone()))))
            })
            .child(of(state, |s| gives_back(s).unwrap_or_else(|| s.rest.text.clone()))),
        move || parted.get().then(|| html::p().class("lead").child(of(state, |s| tf("Total {}", &[&s.due.text])))),
        html::ul().class("tender-parts").child(move || {
            let parts = state.with(|state| state.as_ref().map(|s| s.parts.clone()).unwrap_or_default());
            parts.into_iter().enumerate().map(|(index, taken)| part(till, index, taken)).collect::<Vec<_>>()
        }),
        html::p().class("small").child(move || {
            state.with(|state| state.as_ref().and_then(|s| s.rounding.as_ref().map(|r| tf("Cash rounding {}", &[&r]))))
        }),
        {
            let back = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.exchange.clone())));
            move || back.get().map(|back| exchange::summary(&back))
        },
        move || (!even.get()).then(|| payment(till, state, by_card)),
    ))
}

/// What an exchange gives back.
fn gives_back(state: &TenderView) -> Option<String> {
    state.exchange.as_ref().filter(|back| back.difference.minor < 0).map(|back| back.amount.clone())
}

/// Tip and means.
fn payment(till: Till, state: State, by_card: Memo<bool>) -> impl IntoView {
    (tip::tip(till, state), card::means(till, state, by_card), tip::split(till, state))
}

/// What was handed over, what is missing, what goes back.
fn balance(state: State) -> impl IntoView {
    html::dl().class("balance").attr("aria-live", "polite").child((
        html::div().child((
            html::dt().child(t("Handed over")),
            html::dd().child(of(state, |s| s.tendered.as_ref().map_or_else(|| "–".into(), |given| given.text.clone()))),
        )),
        html::div().child((
            html::dt().child(t("Still to pay")),
            html::dd()
                .attr("data-testid", "tender-remaining")
                .attr("data-minor", of(state, |s| s.remaining.minor.to_string()))
                .child(of(state, |s| s.remaining.text.clone())),
        )),
        // Its place is kept free, so that no button moves under a finger.
        html::div().class("balance-change").child((html::dt().child(t("Change")), move || {
            match state.with(|state| state.as_ref().and_then(|s| s.change.clone())) {
                Some(change) => html::dd()
                    .attr("data-testid", "change-due")
                    .attr("data-minor", change.minor.to_string())
                    .child(change.text)
                    .into_any(),
                None => html::dd().child("–").into_any(),
            }
        })),
    ))
}

/// What was taken already, and the way to take it out again.
fn part(till: Till, index: usize, taken: TenderPart) -> impl IntoView {
    let name = tf("Take {} out", &[&t(&taken.what)]);
    html::li().attr("data-testid", "tender-part").child((
        html::span().child(t(&taken.what)),
        html::span().class("amount").child(taken.amount.text),
        // What comes back is taken out in the cart.
        (taken.kind != TenderKind::Exchange).then(|| {
            html::button()
                .class("button quiet icon-only")
                .attr("type", "button")
                .attr("aria-label", name)
                .on(ev::click, move |_| till.send(Event::TenderRemoved(index)))
                .child(draw(icon::CLOSE))
        }),
    ))
}

fn cash(till: Till, state: State) -> impl IntoView {
    let typed = till.kept(Where::Screen, "cash-amount");
    // What lay on the counter may be a part of the price by now.
    if state.with_untracked(|state| state.as_ref().is_some_and(|s| s.tendered.is_none())) {
        typed.set(String::new());
    }
    let give = move |minor: i64| {
        typed.set(String::new());
        till.send(Event::CashGiven(Minor(minor)));
    };
    // What is owed in cash now: what is still missing before anything lies on the counter.
    let exact = move |pick: fn(Money) -> String| move || state.with(|state| state.as_ref().map(|s| pick(s.cash_due.clone())));
    (
        html::div()
            .class("quick")
            .on(ev::click, move |event| {
                if let Some(minor) = attribute_above(&event, "data-give").and_then(|minor| minor.parse().ok()) {
                    give(minor);
                }
            })
            .child((
                html::button()
                    .class("button exact")
                    .attr("type", "button")
                    .attr("data-testid", "cash-exact")
                    .attr("data-give", exact(|due| due.minor.to_string()))
                    .child((t("Exact"), html::span().class("amount").child(exact(|due| due.text)))),
                move || {
                    let quick = state.with(|state| state.as_ref().map(|s| s.quick.clone()).unwrap_or_default());
                    quick.into_iter().map(quick_button).collect::<Vec<_>>()
                },
            )),
        field(
            Field { label: t("Another amount"), testid: "cash-amount", holds: Holds::Amount, value: typed, first: true },
            move |text| till.send(Event::CashTyped(text)),
        ),
        keypad(Holds::Amount, typed, move |text| till.send(Event::CashTyped(text))),
    )
}

fn quick_button(amount: Money) -> impl IntoView {
    html::button()
        .class("button amount")
        .attr("type", "button")
        .attr("data-testid", "cash-quick")
        .attr("data-give", amount.minor.to_string())
        .child(amount.text)
}

fn confirm(state: State) -> impl IntoView {
    html::button()
        .attr("class", "button primary large")
        .attr("type", "submit")
        .attr("data-testid", "tender-confirm")
        .attr("data-enough", move || is(state, |s| s.enough)().then_some("true"))
        .prop("disabled", is(state, |s| s.busy))
        .child(of(state, |s| match &s.card {
            _ if s.busy => t("Saving…"),
            CardView::Seen { allowed: false, .. } => t("Ask for approval"),
            CardView::Seen { concerns, .. } if !concerns.is_empty() => t("Accept it all the same"),
            CardView::Seen { .. } => t("Take the card, not yet authorised"),
            CardView::Waiting { .. } => t("Waiting for the card…"),
            _ if gives_back(s).is_some() => tf("Give back {}", &[&gives_back(s).unwrap_or_default()]),
            _ if s.exchange.as_ref().is_some_and(|back| back.difference.minor <= 0) => t("Finish the exchange"),
            _ => t("Take payment"),
        }))
}
