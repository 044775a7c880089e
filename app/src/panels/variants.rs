//! Which of a product's variants.

use barrow_core::{
    till::Event,
    view::{PanelContent, VariantView},
};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{language::t, parts::attribute_above, stock::chip, till::Till};

/// Draws the name and its variants.
pub fn variants(till: Till) -> impl IntoView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Variants { name, options } => Some((name.clone(), options.clone())),
        _ => None,
    });
    let option = |option: VariantView| {
        html::button()
            .attr("class", "option variant")
            .attr("type", "button")
            .attr("data-testid", "product-tile")
            .attr("data-sku", option.sku)
            .child((html::strong().child(option.name), html::span().child(option.price), option.stock.map(chip)))
    };
    (
        html::p().class("lead").child(move || state.get().map(|(name, _)| name)),
        html::div()
            .attr("class", "variants")
            .attr("role", "group")
            .attr("aria-label", t("Variants"))
            .on(ev::click, move |event| {
                if let Some(sku) = attribute_above(&event, "data-sku") {
                    till.send(Event::ProductTapped(sku));
                }
            })
            .child(move || state.get().map(|(_, options)| options.into_iter().map(option).collect::<Vec<_>>())),
        error(till),
    )
}
