//! Opening the drawer without a sale.

use barrow_core::till::Event;
use leptos::{ev, html, prelude::*};

use super::{busy, error, reason::reason};
use crate::till::Till;

const REASONS: &[&str] = &["Give change", "Check the drawer", "Wrong change given"];

/// Asks why.
pub fn no_sale(till: Till) -> impl IntoView {
    let why = RwSignal::new(String::new());
    let busy = busy(till);
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::NoSaleSubmitted(why.get_untracked()));
        })
        .child((
            html::p().class("lead").child("Without a sale, the journal keeps who opened it, when and why."),
            reason("no-sale-reason", why, REASONS),
            error(till),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "no-sale-apply")
                .prop("disabled", busy)
                .child(move || if busy() { "Saving…" } else { "Open the drawer" }),
        ))
}
