//! The order as a whole: what it is called, what the customer reads on the receipt, the coupon; and taking some lines apart.

use std::collections::BTreeSet;

use barrow_core::{
    till::{self, Event},
    view::PanelContent,
};
use leptos::{ev, html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::t,
    parts::{Field, Holds, attribute_above, draw, field, icon},
    till::{Till, Where},
};

/// Draws name, note and coupon.
pub fn order(till: Till) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Order { name, note, coupon, coupons } => Some((name.clone(), note.clone(), coupon.clone(), *coupons)),
        _ => None,
    });
    let (name, note, coupon, coupons) = state.get_untracked().unwrap_or_default();
    let kept = |field, text| till.kept_from(Where::Panel, field, text);
    let (name, note, coupon) = (kept("order-name", name), kept("order-note", note), kept("order-coupon", coupon));
    let words = |label, testid, value, first| field(Field { label, testid, holds: Holds::Words, value, first }, |_| {});
    let fields = (
        words(t("Name, for when it is put aside"), "order-name", name, true),
        words(t("Note on the receipt"), "order-note", note, false),
        coupons.then(|| words(t("Coupon code"), "order-coupon", coupon, false)),
    )
        .into_any();
    let split = html::button()
        .attr("class", "button large")
        .attr("type", "button")
        .attr("data-testid", "order-split")
        .on(ev::click, move |_| till.send(Event::FormOpened(till::Form::Split)))
        .child((draw(icon::SPLIT), t("Split")))
        .into_any();
    form(till, Form { fields, beside: Some(split), testid: "order-apply", words: t("Keep").into() }, move || Event::OrderNoted {
        name: name.get_untracked(),
        note: note.get_untracked(),
        coupon: coupon.get_untracked(),
    })
}

/// Draws the lines to choose from.
pub fn split(till: Till) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Split(lines) => Some(lines.clone()),
        _ => None,
    });
    let chosen = till.kept_as(Where::Panel, "split-lines", BTreeSet::new(), places, |chosen| {
        chosen.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
    });
    let line = move |(place, (name, price)): (usize, (String, String))| {
        html::button()
            .attr("class", "option split-line")
            .attr("type", "button")
            .attr("data-testid", "split-line")
            .attr("data-place", place.to_string())
            .attr("aria-pressed", move || if chosen.with(|chosen| chosen.contains(&place)) { "true" } else { "false" })
            .child((html::span().child(name), html::strong().child(price)))
    };
    let fields = (
        html::p().class("lead").child(t("Which lines are put aside as an order of their own?")),
        html::div()
            .attr("class", "split-lines")
            .attr("role", "group")
            .attr("aria-label", t("Lines"))
            .on(ev::click, move |event| {
                if let Some(place) = attribute_above(&event, "data-place").and_then(|place| place.parse::<usize>().ok()) {
                    chosen.update(|chosen| {
                        if !chosen.remove(&place) {
                            chosen.insert(place);
                        }
                    });
                }
            })
            .child(move || state.get().unwrap_or_default().into_iter().enumerate().map(line).collect::<Vec<_>>()),
    )
        .into_any();
    form(till, Form { fields, beside: None, testid: "split-apply", words: t("Put these aside").into() }, move || {
        Event::SplitSubmitted(chosen.get_untracked().into_iter().collect())
    })
}

fn places(kept: &str) -> Option<BTreeSet<usize>> {
    kept.split_whitespace().map(|place| place.parse().ok()).collect()
}
