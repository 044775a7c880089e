//! Counting the float.

use barrow_core::{till::Event, view::Screen};
use leptos::{ev, html, prelude::*};

use crate::{
    language::t,
    parts::{Field, Holds, field, keypad, sentence},
    till::{Till, Where},
};

/// Draws the field for the float.
pub fn open_shift(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::OpenShift { allowed, busy, error } => Some((*allowed, *busy, error.clone())),
        _ => None,
    });
    let allowed = move || state.with(|state| state.as_ref().is_some_and(|(allowed, ..)| *allowed));
    let busy = move || state.with(|state| state.as_ref().is_some_and(|(_, busy, _)| *busy));
    let float = till.kept(Where::Screen, "float-amount");
    html::form()
        .attr("class", "card counting")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::ShiftOpenSubmitted(float.get_untracked()));
        })
        .child((
            html::h1().class("title").child(t("Open the shift")),
            html::p().class("lead").child(move || {
                if allowed() {
                    t("Count the cash in the drawer. That is the float.")
                } else {
                    t("Count the cash in the drawer. Somebody who may open a shift has to approve it.")
                }
            }),
            field(Field { label: t("Float"), testid: "float-amount", holds: Holds::Amount, value: float, first: true }, |_| {}),
            keypad(Holds::Amount, float, |_| {}),
            sentence("error", move || state.with(|state| state.as_ref().and_then(|(_, _, error)| error.clone()))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "shift-open")
                .prop("disabled", busy)
                .child(move || if busy() { t("Saving…") } else { t("Open the shift") }),
        ))
}
