//! Nothing can be done here: another tab is the till, or this browser cannot be one.

use barrow_core::{device::DeviceAlert, view::Screen};
use leptos::{html, prelude::*};

use crate::{
    language::t,
    parts::{heading, wordmark},
    till::Till,
};

/// Draws the sentence that says why.
pub fn closed(till: Till) -> impl IntoView {
    let sentence = till.part(|screen| match screen {
        Screen::Closed { sentence } => Some(sentence.clone()),
        _ => None,
    });
    let second_tab = move || sentence.get() == Some(DeviceAlert::SecondTab.sentence());
    html::section().class("card").child((
        wordmark(),
        heading(t("Not here")),
        html::p()
            .attr("class", "lead")
            .attr("role", "alert")
            .attr("data-testid", move || if second_tab() { "alert" } else { "error" })
            .attr("data-kind", move || if second_tab() { "second-tab" } else { "unusable" })
            .child(move || sentence.get().map(|sentence| t(&sentence))),
    ))
}
