//! Selling a line at another price than the catalogue's.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::{t, tf},
    parts::{Field, Holds, field, keypad},
    till::{Till, Where},
};

/// Draws the field for the price of one.
pub fn price(till: Till, line: usize) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Price { name, list, .. } => Some((name.clone(), list.clone())),
        _ => None,
    });
    let amount = till.kept(Where::Panel, "price-amount");
    let fields = (
        html::p().class("lead").child(move || state.get().map(|(name, list)| tf("{} · {} in the catalogue", &[&name, &list]))),
        field(
            Field { label: t("Price of one"), testid: "price-amount", holds: Holds::Amount, value: amount, first: true },
            |_| {},
        ),
        keypad(Holds::Amount, amount, |_| {}),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "price-apply", words: t("Sell at this price").into() };
    form(till, asked, move || Event::PriceSubmitted { line, price: amount.get_untracked() })
}
