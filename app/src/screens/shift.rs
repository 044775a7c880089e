//! The shift's beginning and end: counting the float, counting the drawer, the Z report.

use barrow_browser::page;
use barrow_core::{
    till::Event,
    view::{ReportView, Screen},
};
use leptos::{ev, html, prelude::*};

use crate::{
    parts::{Field, Holds, draw, field, heading, icon, keypad, sentence},
    till::Till,
    when::day_and_clock,
};

/// Counting the float.
pub fn open_shift(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::OpenShift { allowed, busy, error } => Some((*allowed, *busy, error.clone())),
        _ => None,
    });
    let allowed = move || state.with(|state| state.as_ref().is_some_and(|(allowed, ..)| *allowed));
    let busy = move || state.with(|state| state.as_ref().is_some_and(|(_, busy, _)| *busy));
    let float = RwSignal::new(String::new());
    html::form()
        .attr("class", "card counting")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::ShiftOpenSubmitted(float.get_untracked()));
        })
        .child((
            html::h1().class("title").child("Open the shift"),
            html::p().class("lead").child(move || {
                if allowed() {
                    "Count the cash in the drawer. That is the float."
                } else {
                    "No shift is open. Ask somebody who may open one."
                }
            }),
            field(Field { label: "Float", testid: "float-amount", holds: Holds::Amount, value: float, first: true }, |_| {}),
            keypad(Holds::Amount, float, |_| {}),
            sentence("error", move || state.with(|state| state.as_ref().and_then(|(_, _, error)| error.clone()))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "shift-open")
                .prop("disabled", move || busy() || !allowed())
                .child(move || if busy() { "Saving…" } else { "Open the shift" }),
        ))
}

#[derive(Clone, PartialEq)]
struct Counting {
    expected: Option<String>,
    busy: bool,
    unsent: u64,
    error: Option<String>,
}

/// Counting the drawer.
pub fn count(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Count { expected, busy, unsent, error } => {
            Some(Counting { expected: expected.clone(), busy: *busy, unsent: *unsent, error: error.clone() })
        }
        _ => None,
    });
    let busy = move || state.with(|state| state.as_ref().is_some_and(|s| s.busy));
    let hint = move || {
        state.with(|state| {
            let expected = state.as_ref().and_then(|s| s.expected.as_ref());
            expected.map(|amount| format!("It should hold {amount}."))
        })
    };
    let waiting = move || match state.with(|state| state.as_ref().map_or(0, |s| s.unsent)) {
        0 => None,
        1 => Some("1 entry still waits to be sent. You can close the shift; it is sent by itself later.".to_owned()),
        n => Some(format!("{n} entries still wait to be sent. You can close the shift; they are sent by themselves later.")),
    };
    let counted = RwSignal::new(String::new());
    html::form()
        .attr("class", "card counting")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::CountSubmitted(counted.get_untracked()));
        })
        .child((
            html::div().class("proof-head").child((
                html::button()
                    .class("button quiet icon-only")
                    .attr("type", "button")
                    .attr("aria-label", "Back to selling")
                    .on(ev::click, move |_| till.send(Event::CountLeft))
                    .child(draw(icon::BACK)),
                html::h1().class("title").child("Close the shift"),
            )),
            html::p().class("lead").child(("Count all the cash in the drawer, float included. ", hint)),
            html::p().class("lead").child(waiting),
            field(
                Field { label: "Counted", testid: "counted-amount", holds: Holds::Amount, value: counted, first: true },
                |_| {},
            ),
            keypad(Holds::Amount, counted, |_| {}),
            sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "shift-close")
                .prop("disabled", busy)
                .child(move || if busy() { "Saving…" } else { "Close the shift" }),
        ))
}

/// The Z report.
pub fn report(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Report(report) => Some(report.clone()),
        _ => None,
    });
    html::section().class("card report").attr("data-testid", "shift-report").child((
        html::div().class("paper").child(move || state.get().map(figures)),
        html::div().class("actions").child((
            html::button()
                .class("button large")
                .attr("type", "button")
                .attr("data-testid", "report-print")
                .on(ev::click, |_| page::print())
                .child((draw(icon::PRINT), "Print")),
            html::button()
                .class("button primary large")
                .attr("type", "button")
                .attr("data-testid", "report-done")
                .on(ev::click, move |_| till.send(Event::ReportLeft))
                .child("Done"),
        )),
    ))
}

fn figures(report: ReportView) -> impl IntoView {
    let verdict = match report.difference.minor {
        0 => "The drawer is right.".to_owned(),
        short if short < 0 => format!("The drawer is short: {}", report.difference.text),
        _ => format!("The drawer is over: {}", report.difference.text),
    };
    let row = |(name, value): (String, String)| html::div().child((html::dt().child(name), html::dd().child(value)));
    (
        heading("Z report"),
        html::p().class("small").child(format!("Shift of {}", day_and_clock(report.opened_at_ms))),
        html::p()
            .attr("class", "verdict")
            .attr("data-minor", report.difference.minor.to_string())
            .attr("data-off", (report.difference.minor != 0).then_some("true"))
            .child(verdict),
        html::dl().class("facts").child(report.rows.into_iter().map(row).collect::<Vec<_>>()),
        (report.unsent > 0).then(|| html::p().class("small").child(format!("{} entries still wait to be sent.", report.unsent))),
    )
}
