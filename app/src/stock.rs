//! Marks of articles that run out. They stop nothing: what is on the counter can be sold.

use barrow_core::{
    catalogue::Product,
    money::Milli,
    stock::{Mark, State},
};
use leptos::{html, prelude::*};

use crate::{
    language::{number, t, tf},
    till::Till,
};

/// A product's mark, kept up to date; nothing for one of which no stock is kept.
pub fn badge(till: Till, product: &Product) -> Option<impl IntoView + use<>> {
    product.details.stock?;
    let product = product.clone();
    Some(move || {
        let mark = till.shelf.with(|shelf| shelf.as_ref().and_then(|shelf| shelf.mark(&product, Milli::ONE)));
        mark.map(chip)
    })
}

/// A mark as a word in a frame.
pub fn chip(mark: Mark) -> impl IntoView {
    let words = match mark.state {
        State::SoldOut => t("Sold out"),
        State::Short => tf("Only {} left", &[&number(&mark.amount())]),
        State::Low => tf("{} left", &[&number(&mark.amount())]),
    };
    html::span()
        .attr("class", "stock-mark")
        .attr("data-testid", "stock-mark")
        .attr("data-stock", mark.kind())
        .attr("data-left-milli", mark.left.0.to_string())
        .child(words)
}
