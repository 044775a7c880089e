//! What the server found wrong, the serious first.

use leptos::{html, prelude::*};

use super::{
    feed::Feed,
    table::{chip, empty, freshness, moment, with},
};
use crate::{
    answers::{Alert, till_label},
    wording::{self, Weight},
};

/// The room; its feed belongs to the frame.
pub(super) fn page(feed: Feed<Vec<Alert>>) -> impl IntoView {
    let list = with(feed, |alerts| {
        if alerts.is_empty() {
            return empty("Nothing to report: every entry that arrived is in its place, sealed and signed.");
        }
        let mut sorted: Vec<&Alert> = alerts.iter().collect();
        // Stable: within one weight the server's order, newest first, stays.
        sorted.sort_by_key(|alert| wording::weight(&alert.kind));
        let cards: Vec<_> = sorted.into_iter().map(card).collect();
        html::ul().class("cards").attr("role", "list").child(cards).into_any()
    });
    (list, freshness(feed))
}

fn card(alert: &Alert) -> impl IntoView {
    let (class, word) = match wording::weight(&alert.kind) {
        Weight::Serious => ("serious", "Serious"),
        Weight::Notice => ("notice", "Notice"),
    };
    html::li()
        .class(format!("card alert {class}"))
        .attr("data-testid", "office-alert")
        .attr("data-kind", alert.kind.clone())
        .attr("data-till", alert.till.to_string())
        .attr("data-seq", alert.seq.to_string())
        .child((
            html::p().class("alert-head").child((chip(class, word), html::strong().child(wording::alert(&alert.kind)))),
            html::p().child(alert.text.clone()),
            html::p().class("quiet").child((
                till_label(alert.till_name.as_deref(), alert.till),
                format!(" · entry {} · epoch {} · ", alert.seq, alert.epoch),
                moment(&alert.at),
            )),
        ))
}
