//! A tip, and how much of what is owed a card or a terminal is to take.

use barrow_core::{money::Minor, till::Event, view::TipView};
use leptos::{ev, html, prelude::*};

use super::State;
use crate::{
    language::t,
    parts::{Field, Holds, attribute_above, field},
    till::{Till, Where},
};

/// None, what is suggested, or an amount of one's own. Nothing where the shop asks for no tip.
pub fn tip(till: Till, state: State) -> impl IntoView {
    let asked = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|s| s.tip.is_some())));
    move || asked.get().then(|| choices(till, state))
}

fn choices(till: Till, state: State) -> impl IntoView {
    let tip = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.tip.clone())));
    let typed = till.kept(Where::Screen, "tip-amount");
    let button = move |words: String, amount: Option<String>, minor: i64| {
        html::button()
            .attr("class", "button tip-choice")
            .attr("type", "button")
            .attr("data-testid", "tip-choice")
            .attr("data-tip", minor.to_string())
            .attr("aria-pressed", move || {
                let chosen = tip.with(|tip| tip.as_ref().is_some_and(|tip| tip.chosen.minor == minor));
                if chosen { "true" } else { "false" }
            })
            .child((html::span().child(words), amount.map(|amount| html::span().class("small").child(amount))))
    };
    let suggested =
        Memo::new(move |_| tip.with(|tip| tip.as_ref().map(|tip: &TipView| tip.suggested.clone()).unwrap_or_default()));
    html::fieldset()
        .attr("class", "tips")
        .on(ev::click, move |event| {
            if let Some(minor) = attribute_above(&event, "data-tip").and_then(|minor| minor.parse().ok()) {
                typed.set(String::new());
                till.send(Event::TipChosen(Minor(minor)));
            }
        })
        .child((
            html::legend().class("label").child((
                t("Tip"),
                " ",
                html::span()
                    .attr("data-testid", "tip")
                    .attr("data-minor", move || tip.with(|tip| tip.as_ref().map(|tip| tip.chosen.minor.to_string())))
                    .child(move || {
                        tip.with(|tip| tip.as_ref().filter(|tip| tip.chosen.minor != 0).map(|tip| tip.chosen.text.clone()))
                    }),
            )),
            html::div().class("tip-choices").child((button(t("None"), None, 0), move || {
                suggested
                    .get()
                    .into_iter()
                    .map(|(part, amount)| button(part, Some(amount.text), amount.minor))
                    .collect::<Vec<_>>()
            })),
            html::details().attr("class", "split").child((
                html::summary().attr("data-testid", "tip-other").child(t("Another tip")),
                field(
                    Field { label: t("Tip"), testid: "tip-amount", holds: Holds::Amount, value: typed, first: false },
                    move |text| till.send(Event::TipTyped(text)),
                ),
            )),
        ))
}

/// Only a part by card or terminal; behind a word, since it is seldom wanted.
pub fn split(till: Till, state: State) -> impl IntoView {
    let typed = till.kept(Where::Screen, "tender-part-amount");
    let parts = Memo::new(move |_| state.with(|state| state.as_ref().map_or(0, |s| s.parts.len())));
    let details = NodeRef::<html::Details>::new();
    Effect::new(move |before: Option<usize>| {
        let now = parts.get();
        // What was typed was for the part that is taken now.
        if before.is_some_and(|before| before != now) {
            typed.set(String::new());
        }
        if let Some(details) = details.get_untracked()
            && before != Some(now)
        {
            details.set_open(typed.with_untracked(|typed| !typed.is_empty()));
        }
        now
    });
    html::details().node_ref(details).attr("class", "split").child((
        html::summary().attr("data-testid", "tender-split").child(t("Split the payment")),
        field(
            Field {
                label: t("By card or terminal now"),
                testid: "tender-part-amount",
                holds: Holds::Amount,
                value: typed,
                first: false,
            },
            move |text| till.send(Event::PartTyped(text)),
        ),
        html::p().class("small").child(t("Cash that is less than what is owed, and gift cards, are parts by themselves.")),
    ))
}
