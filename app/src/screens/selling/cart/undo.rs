//! What was changed last, and the way back.

use barrow_core::till::{Change, Event};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    till::Till,
};

/// Draws the last change that a person may want to undo, if there is one.
pub fn bar(till: Till, undo: Memo<Option<(Change, Option<String>)>>) -> impl IntoView {
    html::div().class("undo-place").attr("role", "status").child(move || {
        undo.get().map(|(change, product)| {
            html::div().class("undo").child((
                html::span().child(words(change, &product.unwrap_or_default())),
                html::button()
                    .class("button")
                    .attr("type", "button")
                    .attr("data-testid", "undo")
                    .on(ev::click, move |_| till.send(Event::UndoPressed))
                    .child(t("Undo")),
            ))
        })
    })
}

fn words(change: Change, product: &str) -> String {
    match change {
        Change::Added => tf("Added {}", &[&product]),
        Change::Removed => tf("Removed {}", &[&product]),
        Change::Quantity => tf("Quantity changed: {}", &[&product]),
        Change::Discount => tf("Discount changed: {}", &[&product]),
        Change::Price => tf("Price changed: {}", &[&product]),
        Change::Options => tf("Options changed: {}", &[&product]),
        Change::OrderDiscount => t("The order’s discount was changed."),
        Change::GiftCard => t("The order’s gift cards were changed."),
        Change::Words => t("The order’s name, note or coupon was changed."),
        Change::PutAside => t("The order was put aside."),
        Change::Recalled => t("The order came back."),
        Change::Split => t("The order was split."),
        Change::Joined => t("The orders were joined."),
    }
}
