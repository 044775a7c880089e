//! Products and cart: side by side where the screen is wide, the cart as a sheet at the bottom where it is tall.

mod cart;
mod products;
mod viewfinder;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

pub use products::Finder;

use crate::{language::t, till::Till};

/// Draws both panes, and sends what is typed anywhere to the search.
pub fn selling(till: Till) -> impl IntoView {
    let search = NodeRef::<html::Input>::new();
    let keys = window_event_listener(ev::keydown, move |event| {
        if begins_to_type(&event)
            && let Some(search) = search.get_untracked()
        {
            // Only an element outside of the document refuses. The character of this key press goes into the field.
            let _ = search.focus();
        }
    });
    on_cleanup(move || keys.remove());
    html::div().class("selling").child((
        html::h1().class("said-only").child(t("Selling")),
        products::products(till, search),
        cart::cart(till),
    ))
}

/// A character that nothing on the screen waits for: a person begins to search, or a scanner types. Without this, the Enter
/// at a code's end would press whatever button was pressed last.
fn begins_to_type(event: &KeyboardEvent) -> bool {
    // What is prevented is a shortcut.
    let printable = event.key().chars().count() == 1 && event.key() != " " && !event.default_prevented();
    let command = event.ctrl_key() || event.meta_key() || event.alt_key();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let elsewhere = target.is_some_and(|target| target.closest("input, dialog").ok().flatten().is_some());
    printable && !command && !elsewhere
}
