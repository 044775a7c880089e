//! Selling a line at another price than the catalogue's.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{
    parts::{Field, Holds, field, keypad},
    till::Till,
};

/// Draws the field for the price of one.
pub fn price(till: Till, line: usize) -> impl IntoView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Price { name, list, .. } => Some((name.clone(), list.clone())),
        _ => None,
    });
    let amount = RwSignal::new(String::new());
    let busy = busy(till);
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::PriceSubmitted { line, price: amount.get_untracked() });
        })
        .child((
            html::p().class("lead").child(move || state.get().map(|(name, list)| format!("{name} · {list} in the catalogue"))),
            field(
                Field { label: "Price of one", testid: "price-amount", holds: Holds::Amount, value: amount, first: true },
                |_| {},
            ),
            keypad(Holds::Amount, amount, |_| {}),
            error(till),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "price-apply")
                .prop("disabled", busy)
                .child("Sell at this price"),
        ))
}
