//! Every entry of every till.

use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, person, rows, table, with},
};
use crate::{
    answers::{Entry, till_label},
    wording::{self, Weight},
};

const STEP: usize = 100;

const WHAT: Column = Column::Words("What");
const WHO: Column = Column::Words("Who");
const WHEN: Column = Column::Words("When");
const TILL: Column = Column::Words("Till");
const ENTRY: Column = Column::Key("Entry");
const HASH: Column = Column::Words("Hash");

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let limit = RwSignal::new(STEP);
    let feed = Feed::<Vec<Entry>>::of(office, Pace::Live, move || format!("/v1/office/audit?limit={}", limit.get()));
    let list = with(feed, |entries| {
        if entries.is_empty() {
            return empty("No entry has arrived yet.");
        }
        let lines = entries.iter().map(row).collect();
        html::div()
            .class("sheet")
            .child(table("Audit log", OnPhone::Brief, &[WHAT, WHO, WHEN, TILL, ENTRY, HASH], rows(lines)))
            .into_any()
    });
    let is_more = move || feed.latest.with(|entries| entries.as_ref().is_some_and(|entries| entries.len() >= limit.get()));
    let more = html::div().class("turn").attr("hidden", move || !is_more()).child(
        html::button()
            .r#type("button")
            .attr("data-testid", "office-audit-more")
            .on(ev::click, move |_| limit.update(|limit| *limit = limit.saturating_add(STEP)))
            .child("Show more"),
    );
    (list, more, freshness(feed))
}

fn row(entry: &Entry) -> AnyView {
    let flags: Vec<AnyView> = entry
        .flags
        .iter()
        .map(|flag| chip(if wording::weight(flag) == Weight::Serious { "serious" } else { "notice" }, wording::plain(flag)))
        .collect();
    let short: String = entry.hash.chars().take(12).collect();
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-entry")
        .attr("data-kind", entry.kind.clone())
        .attr("data-seq", entry.seq.to_string())
        .child((
            cell(WHAT, (html::strong().child(wording::happened(&entry.kind)), flags)),
            cell(WHO, person(entry.staff.as_ref())),
            cell(WHEN, moment(&entry.at)),
            cell(TILL, till_label(entry.till_name.as_deref(), entry.till)),
            cell(ENTRY, format!("{}-{}", entry.epoch, entry.seq)),
            cell(HASH, html::code().title(entry.hash.clone()).child(short)),
        ))
        .into_any()
}
