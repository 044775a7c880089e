//! Making this tablet a till.

use barrow_core::{till::Event, view::Screen};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{language_choice, t},
    parts::{Field, Holds, field, sentence, wordmark},
    till::Till,
};

/// Draws the field for the one-time code.
pub fn enrol(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Enrol { busy, error, keys_lost } => Some((*busy, error.clone(), *keys_lost)),
        _ => None,
    });
    let busy = move || state.with(|state| state.as_ref().is_some_and(|(busy, ..)| *busy));
    let error = move || state.with(|state| state.as_ref().and_then(|(_, error, _)| error.clone()));
    let keys_lost = move || state.with(|state| state.as_ref().is_some_and(|(_, _, lost)| *lost));
    let code = RwSignal::new(String::new());
    html::form()
        .attr("class", "card")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::EnrolSubmitted(code.get_untracked()));
        })
        .child((
            html::div().class("card-head").child((wordmark(), language_choice(till))),
            html::h1().class("title").child(t("Set up this tablet")),
            html::p().class("lead").child(move || {
                if keys_lost() {
                    t("This tablet was a till and lost its keys. Type a new code from the office; its unsent sales are kept and sent then.")
                } else {
                    t("Type the enrolment code from the office. The tablet needs the network for this, once.")
                }
            }),
            field(Field { label: t("Enrolment code"), testid: "enrol-code", holds: Holds::Code, value: code, first: true }, |_| {}),
            sentence("enrol-error", error),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "enrol-submit")
                .prop("disabled", busy)
                .child(move || if busy() { t("Setting up…") } else { t("Set up") }),
        ))
}
