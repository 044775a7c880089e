//! What was changed last, and the way back.

use barrow_core::till::{Change, Event};
use leptos::{ev, html, prelude::*};

use crate::till::Till;

/// Draws the last change that a person may want to undo, if there is one.
pub fn bar(till: Till, undo: Memo<Option<(Change, Option<String>)>>) -> impl IntoView {
    html::div().class("undo-place").attr("role", "status").child(move || {
        undo.get().map(|(change, product)| {
            html::div().class("undo").child((
                html::span().child((words(change), product.map(|product| (" ", html::strong().child(product))))),
                html::button()
                    .class("button")
                    .attr("type", "button")
                    .attr("data-testid", "undo")
                    .on(ev::click, move |_| till.send(Event::UndoPressed))
                    .child("Undo"),
            ))
        })
    })
}

fn words(change: Change) -> &'static str {
    match change {
        Change::Added => "Added",
        Change::Removed => "Removed",
        Change::Quantity => "Quantity changed:",
        Change::Discount => "Discount changed:",
        Change::Price => "Price changed:",
        Change::Options => "Options changed:",
        Change::OrderDiscount => "The order’s discount was changed.",
        Change::Words => "The order’s name, note or coupon was changed.",
        Change::PutAside => "The order was put aside.",
        Change::Recalled => "The order came back.",
        Change::Split => "The order was split.",
        Change::Joined => "The orders were joined.",
    }
}
