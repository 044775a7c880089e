//! The figures of the open shift so far.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{draw, icon},
    screens::figures,
    till::Till,
    when::day_and_clock,
};

/// Draws the report.
pub fn x_report(till: Till) -> impl IntoView {
    let report = till.panel_part(|panel| match &panel.content {
        PanelContent::XReport(report) => Some(report.clone()),
        _ => None,
    });
    html::div().attr("class", "report").attr("data-testid", "x-report").child((
        html::div().class("paper").child((
            html::h2().attr("class", "paper-title").attr("aria-hidden", "true").child(t("X report")),
            move || {
                report.get().map(|report| {
                    (html::p().class("small").child(tf("Shift of {}", &[&day_and_clock(report.opened_at_ms)])), figures(report))
                })
            },
        )),
        html::div().class("actions").child((
            html::button()
                .attr("class", "button large")
                .attr("type", "button")
                .attr("data-testid", "report-print")
                .on(ev::click, move |_| till.send(Event::PrintPressed))
                .child((draw(icon::PRINT), t("Print"))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "button")
                .on(ev::click, move |_| till.send(Event::PanelClosed))
                .child(t("Done")),
        )),
    ))
}
