//! What has to be known before a product can be added: its price, or what the scale shows.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::t,
    parts::{Field, Holds, field, keypad},
    till::{Till, Where},
};

/// Draws one field; no product asks for both.
pub fn ask(till: Till) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Ask(asks) => Some(asks.clone()),
        _ => None,
    });
    let typed = till.kept(Where::Panel, "ask");
    let by_weight = state.with_untracked(|asks| asks.as_ref().is_some_and(|asks| asks.measure.is_some()));
    let label = match state.with_untracked(|asks| asks.as_ref().and_then(|asks| asks.measure)) {
        Some("kg") => t("Kilograms, as the scale shows"),
        Some(_) => t("Litres"),
        None => t("Price"),
    };
    let lead = move || {
        state.get().map(|asks| match asks.unit {
            Some(unit) => format!("{} · {unit}", asks.name),
            None => asks.name,
        })
    };
    let fields = (
        html::p().class("lead").child(lead),
        field(
            Field {
                label,
                testid: if by_weight { "ask-qty" } else { "ask-price" },
                holds: Holds::Amount,
                value: typed,
                first: true,
            },
            |_| {},
        ),
        keypad(Holds::Amount, typed, |_| {}),
    )
        .into_any();
    form(till, Form { fields, beside: None, testid: "ask-add", words: t("Add to the cart").into() }, move || {
        let sku = state.with_untracked(|asks| asks.as_ref().map(|asks| asks.sku.clone())).unwrap_or_default();
        let (price, qty) =
            if by_weight { (String::new(), typed.get_untracked()) } else { (typed.get_untracked(), String::new()) };
        Event::LineAsked { sku, price, qty }
    })
}
