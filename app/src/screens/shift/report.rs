//! The Z report, and the figures that it shares with the X report.

use barrow_core::{
    till::Event,
    view::{Money, ReportView, Screen},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{draw, heading, icon},
    till::Till,
    when::day_and_clock,
};

/// Draws the Z report.
pub fn report(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Report(report) => Some(report.clone()),
        _ => None,
    });
    html::section().class("card report").attr("data-testid", "shift-report").child((
        html::div().class("paper").child(move || {
            state.get().map(|report| {
                (
                    heading(t("Z report")),
                    html::p().class("small").child(tf("Shift of {}", &[&day_and_clock(report.opened_at_ms)])),
                    figures(report),
                )
            })
        }),
        html::div().class("actions").child((
            html::button()
                .class("button large")
                .attr("type", "button")
                .attr("data-testid", "report-print")
                .on(ev::click, move |_| till.send(Event::PrintPressed))
                .child((draw(icon::PRINT), t("Print"))),
            html::button()
                .class("button primary large")
                .attr("type", "button")
                .attr("data-testid", "report-done")
                .on(ev::click, move |_| till.send(Event::ReportLeft))
                .child(t("Done")),
        )),
    ))
}

/// The rows of a report, and below them what proves it.
pub fn figures(report: ReportView) -> impl IntoView {
    // What makes up the row above it begins with a space.
    let row = |(name, value): (String, String)| {
        html::div()
            .attr("data-part", name.starts_with(' ').then_some("true"))
            .child((html::dt().child(t(name.trim_start())), html::dd().child(t(&value))))
    };
    (
        report.difference.map(verdict),
        html::dl().class("facts").child(report.rows.into_iter().map(row).collect::<Vec<_>>()),
        report.head.map(head),
        (report.unsent > 0).then(|| {
            html::p().class("small").child(match report.unsent {
                1 => t("1 entry still waits to be sent."),
                unsent => tf("{} entries still wait to be sent.", &[&unsent]),
            })
        }),
    )
}

fn verdict(difference: Money) -> impl IntoView {
    let words = match difference.minor {
        0 => t("The drawer is right."),
        short if short < 0 => tf("The drawer is short: {}", &[&difference.text]),
        _ => tf("The drawer is over: {}", &[&difference.text]),
    };
    html::p()
        .attr("class", "verdict")
        .attr("data-minor", difference.minor.to_string())
        .attr("data-off", (difference.minor != 0).then_some("true"))
        .child(words)
}

/// The journal's head with this report in it: short to compare by eye, whole for who wants to be sure.
fn head(head: String) -> impl IntoView {
    let short: String = head.chars().take(8).collect();
    html::details()
        .attr("class", "chain")
        .attr("data-testid", "report-head")
        .attr("data-head", head.clone())
        .child((html::summary().child((t("Journal’s head"), " ", html::code().child(short))), html::code().child(head)))
}
