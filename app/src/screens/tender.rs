//! Taking payment. Cash is the only means so far, so it is already chosen.

use barrow_core::{
    money::Minor,
    till::Event,
    view::{Money, Screen, TenderView},
};
use leptos::{ev, html, prelude::*};

use crate::{
    parts::{Field, Holds, attribute_above, draw, field, heading, icon, keypad, sentence},
    till::Till,
};

/// Draws what is owed, what was handed over, and what goes back.
pub fn tender(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Tender(state) => Some(state.clone()),
        _ => None,
    });
    let of = move |pick: fn(&TenderView) -> String| move || state.with(|state| state.as_ref().map(pick));
    let busy = move || state.with(|state| state.as_ref().is_some_and(|s| s.busy));
    let enough = move || state.with(|state| state.as_ref().is_some_and(|s| s.enough));
    let typed = RwSignal::new(String::new());
    let give = move |minor: i64| {
        typed.set(String::new());
        till.send(Event::CashGiven(Minor(minor)));
    };
    html::form()
        .attr("class", "tender")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::TenderConfirmed);
        })
        .child((
            html::section().class("tender-due").attr("aria-label", "What is owed").child((
                html::div().class("proof-head").child((
                    html::button()
                        .class("button quiet icon-only")
                        .attr("type", "button")
                        .attr("data-testid", "tender-back")
                        .attr("aria-label", "Back to the cart")
                        .prop("disabled", busy)
                        .on(ev::click, move |_| till.send(Event::TenderLeft))
                        .child(draw(icon::BACK)),
                    heading("To pay"),
                )),
                html::p().class("huge").child(of(|s| s.due.text.clone())),
                html::p().class("small").child(move || {
                    state.with(|state| state.as_ref().and_then(|s| s.rounding.as_ref().map(|r| format!("Cash rounding {r}"))))
                }),
                html::div().class("means").attr("role", "group").attr("aria-label", "Means of payment").child(
                    html::button()
                        .class("button means-button")
                        .attr("type", "button")
                        .attr("data-testid", "tender-cash")
                        .attr("aria-pressed", "true")
                        .child((draw(icon::DRAWER), "Cash")),
                ),
                html::dl().class("facts balance").attr("aria-live", "polite").child((
                    html::div().child((
                        html::dt().child("Handed over"),
                        html::dd().child(of(|s| s.tendered.as_ref().map_or_else(|| "–".into(), |given| given.text.clone()))),
                    )),
                    html::div().child((
                        html::dt().child("Still to pay"),
                        html::dd()
                            .attr("data-testid", "tender-remaining")
                            .attr("data-minor", of(|s| s.remaining.minor.to_string()))
                            .child(of(|s| s.remaining.text.clone())),
                    )),
                    // Its place is kept free, so that no button moves under a finger.
                    html::div().class("balance-change").child((html::dt().child("Change"), move || {
                        match state.with(|state| state.as_ref().and_then(|s| s.change.clone())) {
                            Some(change) => html::dd()
                                .attr("data-testid", "change-due")
                                .attr("data-minor", change.minor.to_string())
                                .child(change.text)
                                .into_any(),
                            None => html::dd().child("–").into_any(),
                        }
                    })),
                )),
            )),
            html::section().class("tender-take").attr("aria-label", "Cash handed over").child((
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
                            .attr("data-give", of(|s| s.due.minor.to_string()))
                            .child(("Exact", html::span().class("amount").child(of(|s| s.due.text.clone())))),
                        move || {
                            let quick = state.with(|state| state.as_ref().map(|s| s.quick.clone()).unwrap_or_default());
                            quick.into_iter().map(quick_button).collect::<Vec<_>>()
                        },
                    )),
                field(
                    Field { label: "Another amount", testid: "cash-amount", holds: Holds::Amount, value: typed, first: true },
                    move |text| till.send(Event::CashTyped(text)),
                ),
                keypad(Holds::Amount, typed, move |text| till.send(Event::CashTyped(text))),
                sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
                html::button()
                    .attr("class", "button primary large")
                    .attr("type", "submit")
                    .attr("data-testid", "tender-confirm")
                    .attr("data-enough", move || enough().then_some("true"))
                    .prop("disabled", busy)
                    .child(move || if busy() { "Saving…" } else { "Take payment" }),
            )),
        ))
}

fn quick_button(amount: Money) -> impl IntoView {
    html::button()
        .class("button amount")
        .attr("type", "button")
        .attr("data-testid", "cash-quick")
        .attr("data-give", amount.minor.to_string())
        .child(amount.text)
}
