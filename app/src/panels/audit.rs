//! Who did what: the journal as far as this till still keeps it.

use barrow_core::{
    audit::{Line, Topic},
    ids::StaffId,
    till::{AuditFilter, Event},
    view::PanelContent,
};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{
    language::t,
    parts::{draw, icon},
    till::Till,
    when::{day, to_the_second},
};

/// Lines that are drawn at first, and that "Show more" adds.
const PAGE: usize = 100;

/// Draws filters and lines.
pub fn audit(till: Till) -> impl IntoView {
    let lines = till.panel_part(|panel| match &panel.content {
        PanelContent::Audit { lines, .. } => Some(lines.clone()),
        _ => None,
    });
    let failed = till.panel_part(|panel| Some(panel.error.is_some()));
    let shown = RwSignal::new(PAGE);
    let count = Memo::new(move |_| lines.with(|lines| lines.as_ref().and_then(|lines| lines.as_ref().map(Vec::len))));
    let where_ = move || till.view.with(|view| view.status.till.clone()).unwrap_or_default();
    html::div().attr("class", "audit").attr("data-testid", "audit").child((
        filters(till, shown),
        html::div().class("table-place").child(
            html::table().attr("class", "trail").attr("role", "table").attr("aria-label", t("Entries, newest first")).child((
                html::thead().attr("role", "rowgroup").child(
                    html::tr().attr("role", "row").child(
                        [t("When"), t("Who"), t("What"), t("Result"), t("Where")]
                            .map(|name| html::th().attr("role", "columnheader").attr("scope", "col").child(name))
                            .into_iter()
                            .collect::<Vec<_>>(),
                    ),
                ),
                html::tbody().attr("role", "rowgroup").child(move || {
                    let till = where_();
                    let most = shown.get();
                    lines.with(|lines| {
                        let lines = lines.as_ref().and_then(|lines| lines.as_deref()).unwrap_or_default();
                        lines.iter().take(most).map(|line| row(line, &till)).collect::<Vec<_>>()
                    })
                }),
            )),
        ),
        error(till),
        html::p().attr("class", "lead none").attr("role", "status").child(move || match count.get() {
            None if failed.get() == Some(true) => None,
            None => Some(t("Reading the journal…")),
            Some(0) => Some(t("There is nothing like this on the till.")),
            Some(_) => None,
        }),
        move || {
            count.get().is_some_and(|count| count > shown.get()).then(|| {
                html::button()
                    .attr("class", "button more")
                    .attr("type", "button")
                    .attr("data-testid", "audit-more")
                    .on(ev::click, move |_| shown.update(|shown| *shown += PAGE))
                    .child(t("Show more"))
            })
        },
        html::p()
            .class("small")
            .child(t("This till keeps the entries of the open shift and what still waits. Older entries are in the office.")),
    ))
}

fn filters(till: Till, shown: RwSignal<usize>) -> impl IntoView {
    let people = till.panel_part(|panel| match &panel.content {
        PanelContent::Audit { people, .. } => Some(people.clone()),
        _ => None,
    });
    let filter = RwSignal::new(AuditFilter::default());
    let narrow = move |change: &dyn Fn(&mut AuditFilter)| {
        filter.update(|filter| change(filter));
        shown.set(PAGE);
        till.send(Event::AuditFiltered(filter.get_untracked()));
    };
    let option = |value: String, words: String| html::option().attr("value", value).child(words);
    html::div().attr("class", "filters").attr("role", "group").attr("aria-label", t("Show only")).child((
        html::label().class("field").child((
            html::span().class("label").child(t("Person")),
            html::select()
                .attr("class", "input")
                .attr("data-testid", "audit-person")
                .on(ev::change, move |event| {
                    let person = event_target_value(&event).parse().ok().map(StaffId);
                    narrow(&|filter| filter.person = person);
                })
                .child((
                    option(String::new(), t("Everybody")),
                    people
                        .get_untracked()
                        .unwrap_or_default()
                        .into_iter()
                        .map(|(id, name)| option(id.to_string(), name))
                        .collect::<Vec<_>>(),
                )),
        )),
        html::label().class("field").child((
            html::span().class("label").child(t("Topic")),
            html::select()
                .attr("class", "input")
                .attr("data-testid", "audit-topic")
                .on(ev::change, move |event| {
                    let chosen = event_target_value(&event);
                    narrow(&|filter| filter.topic = Topic::of(&chosen));
                })
                .child((
                    option(String::new(), t("Everything")),
                    Topic::ALL.map(|topic| option(topic.id().into(), t(topic.words()))).into_iter().collect::<Vec<_>>(),
                )),
        )),
        html::label().class("field").child((
            html::span().class("label").child(t("Day")),
            html::input().attr("class", "input").attr("type", "date").attr("data-testid", "audit-day").on(
                ev::input,
                move |event| {
                    let day = day(&event_target_value(&event));
                    narrow(&|filter| {
                        filter.from_ms = day.map(|(from, _)| from);
                        filter.before_ms = day.map(|(_, before)| before);
                    });
                },
            ),
        )),
    ))
}

fn row(line: &Line, till: &str) -> impl IntoView + use<> {
    let cell = |name: String, text: String| html::td().attr("role", "cell").attr("data-name", name).child(text);
    let result = if line.done {
        html::span().class("result").child(t("OK")).into_any()
    } else {
        // A sign and a word, for those who do not see the colour.
        let word = if line.topic == Topic::Approvals { t("Refused") } else { t("Failed") };
        html::span().class("result bad").child((draw(icon::NOTICE), word)).into_any()
    };
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "audit-row")
        .attr("data-seq", line.seq.to_string())
        .attr("data-topic", line.topic.id())
        .attr("data-done", if line.done { "true" } else { "false" })
        .child((
            cell(t("When"), to_the_second(line.at_ms)),
            cell(t("Who"), line.who.clone().unwrap_or_else(|| t("The till"))),
            cell(t("What"), t(&line.what)),
            html::td().attr("role", "cell").attr("data-name", "Result").child(result),
            cell(t("Where"), format!("{till} · {}", line.seq)),
        ))
}
