//! Taking the sale on the receipt back.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{busy, error, reason::reason};
use crate::till::Till;

const REASONS: &[&str] = &["Wrong item", "Wrong amount", "Customer changed their mind"];

/// Draws what goes back to the customer, and asks why.
pub fn void(till: Till) -> impl IntoView {
    let total = till.panel_part(|panel| match &panel.content {
        PanelContent::Void { total } => Some(total.text.clone()),
        _ => None,
    });
    let why = RwSignal::new(String::new());
    let busy = busy(till);
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::VoidSubmitted(why.get_untracked()));
        })
        .child((
            html::p().class("label").child("To give back"),
            html::p().class("huge").child(move || total.get()),
            reason("void-reason", why, REASONS),
            html::p().class("small").child("The sale and its void both stay in the journal."),
            error(till),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "void-confirm")
                .prop("disabled", busy)
                .child(move || if busy() { "Saving…" } else { "Void the sale" }),
        ))
}
