//! What the digits of labels mean that the shop prints itself.

use std::collections::BTreeMap;

use barrow_core::config::LabelHolds;
use barrow_language::t;
use leptos::{ev, html, prelude::*};

use super::{
    super::{
        Office,
        feed::Feed,
        form::{self, Choice, Said},
    },
    send,
};
use crate::counter::{CounterChange, CounterRules, PREFIXES};

const NOTHING: &str = "";
const PRICE: &str = "price";
const WEIGHT: &str = "weight";

/// Draws the form.
pub(super) fn view(office: Office, rules: Feed<CounterRules>) -> AnyView {
    let (said, busy) = (Said::nothing(), RwSignal::new(false));
    let chosen = PREFIXES.map(|(label, prefix)| (label, prefix, RwSignal::new(NOTHING.to_owned())));
    // What the server says, until somebody chooses otherwise.
    let base = RwSignal::new(BTreeMap::<String, LabelHolds>::new());
    let wanted = move || {
        let holds = |(_, prefix, value): (&str, &str, RwSignal<String>)| {
            let holds = value.with(|value| match value.as_str() {
                PRICE => Some(LabelHolds::Price),
                WEIGHT => Some(LabelHolds::Weight),
                _ => None,
            });
            holds.map(|holds| (prefix.to_owned(), holds))
        };
        chosen.into_iter().filter_map(holds).collect::<BTreeMap<_, _>>()
    };
    Effect::new(move |_| {
        let Some(newest) = rules.latest.with(|rules| rules.as_ref().map(|rules| rules.labels.clone())) else { return };
        if untrack(wanted) != base.get_untracked() {
            return;
        }
        for (_, prefix, value) in chosen {
            value.set(
                match newest.get(prefix) {
                    Some(LabelHolds::Price) => PRICE,
                    Some(LabelHolds::Weight) => WEIGHT,
                    None => NOTHING,
                }
                .to_owned(),
            );
        }
        base.set(newest);
    });
    let answers = Memo::new(|_| {
        [(NOTHING, t("as its product says")), (PRICE, t("the price")), (WEIGHT, t("the weight or volume"))]
            .map(|(key, name)| (key.to_owned(), name))
            .to_vec()
    });
    let choices = chosen.map(|(label, prefix, value)| {
        form::choice(Choice { id: format!("label-{prefix}"), label: label.to_owned(), testid: "office-label", answers, value })
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let labels = untrack(wanted);
        let change = CounterChange { labels: Some(labels.clone()), ..CounterChange::default() };
        send(office, rules, change, busy, said, t("Saved. Tills take it at their next contact."), move || {
            let _ = base.try_set(labels);
        });
    };
    html::form()
        .class("card stack")
        .attr("aria-label", t("Labels that the shop prints"))
        .on(ev::submit, submit)
        .child((
            html::h2().child(t("Labels that the shop prints")),
            html::p().class("quiet").child(t(
                "The shop’s own EAN-13 begins with these digits; then come five for the product, and five that hold its price in \
                 the smallest coin, or its weight in grams or millilitres.",
            )),
            html::div().class("four-cards").child(choices.into_iter().collect::<Vec<_>>()),
            html::div().class("actions").child(
                html::button()
                    .r#type("submit")
                    .attr("data-testid", "office-labels-save")
                    .attr("aria-disabled", move || busy.get().then_some("true"))
                    .child(move || if busy.get() { t("Saving…") } else { t("Save the labels") }),
            ),
            said.view("office-labels"),
        ))
        .into_any()
}
