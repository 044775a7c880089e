//! Every entry of every till: who did what, when, where, and how it went.

use barrow_core::audit::Topic;
use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Choice, Holds, Text},
    paging::Pages,
    table::{Column, OnPhone, cell, chip, empty, flags, freshness, moment, person, rows, table, till, with},
};
use crate::{
    amounts,
    answers::{Entry, Person, Till},
    audit_filter::{AuditFilter, OFFICE},
    clock, wording,
};

const PAGE: usize = 100;

const WHAT: Column = Column::Words(key("What"));
const WHO: Column = Column::Words(key("Who"));
const WHEN: Column = Column::Words(key("When"));
const WHERE: Column = Column::Words(key("Where"));
const RESULT: Column = Column::Key(key("Result"));
const HASH: Column = Column::Words(key("Hash"));

/// The filter's fields.
#[derive(Clone, Copy)]
struct Fields {
    person: RwSignal<String>,
    topic: RwSignal<String>,
    till: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
}

impl Fields {
    fn filter(self) -> AuditFilter {
        AuditFilter {
            person: self.person.get(),
            topic: self.topic.get(),
            till: self.till.get(),
            from: self.from.get(),
            to: self.to.get(),
        }
    }

    fn clear(self) {
        for field in [self.person, self.topic, self.till, self.from, self.to] {
            field.set(String::new());
        }
    }
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let empty_field = || RwSignal::new(String::new());
    let fields =
        Fields { person: empty_field(), topic: empty_field(), till: empty_field(), from: empty_field(), to: empty_field() };
    // A filter that can find nothing is not asked for: the list stays as it is, and the field says why.
    let query = Memo::new(move |before: Option<&String>| {
        let filter = fields.filter();
        if filter.fault().is_some() { before.cloned().unwrap_or_default() } else { filter.query(clock::moments_of) }
    });
    let pages = Pages::of(PAGE);
    // Another question begins at its own first page.
    Effect::new(move |before: Option<()>| {
        query.track();
        if before.is_some() {
            pages.restart();
        }
    });
    let feed = Feed::<Vec<Entry>>::of(office, Pace::Live, move || {
        let filter = query.get();
        let and = if filter.is_empty() { "" } else { "&" };
        format!("/v1/office/audit?{filter}{and}{}", pages.query())
    });
    let list = with(feed, move |entries| {
        if entries.is_empty() {
            let sentence =
                if untrack(|| query.with(String::is_empty)) { t("No entry has arrived yet.") } else { t("No entry fits.") };
            return empty(sentence);
        }
        let lines = entries.iter().map(row).collect();
        html::div()
            .class("sheet")
            .child(table(t("Audit log"), OnPhone::Brief, &[WHAT, WHO, WHEN, WHERE, HASH, RESULT], rows(lines)))
            .into_any()
    });
    (filters(office, fields, query), list, pages.view(feed, |entry| entry.id.clone(), "office-audit"), freshness(feed))
}

fn filters(office: Office, fields: Fields, query: Memo<String>) -> impl IntoView {
    let staff = Feed::<Vec<Person>>::of(office, Pace::Once, || "/v1/office/staff".to_owned());
    let tills = Feed::<Vec<Till>>::of(office, Pace::Once, || "/v1/office/tills".to_owned());
    let all = |name: String| (String::new(), name);
    let people = Memo::new(move |_| {
        let named = staff
            .latest
            .with(|staff| staff.iter().flatten().map(|person| (person.id.to_string(), person.name.clone())).collect::<Vec<_>>());
        [vec![all(t("Everybody"))], named].concat()
    });
    let topics = Memo::new(move |_| {
        let named = Topic::ALL.map(|topic| (topic.id().to_owned(), t(topic.words())));
        [vec![all(t("Everything"))], named.to_vec()].concat()
    });
    let places = Memo::new(move |_| {
        let named = tills
            .latest
            .with(|tills| tills.iter().flatten().map(|till| (till.id.to_string(), till.name.clone())).collect::<Vec<_>>());
        [vec![all(t("Every till, and the office")), (OFFICE.to_owned(), t("The office"))], named].concat()
    });
    let choice =
        |id: &str, label, testid, answers, value| form::choice(Choice { id: id.to_owned(), label, testid, answers, value });
    let fault = Signal::derive(move || t(fields.filter().fault().unwrap_or_default()));
    let day = |id: &str, label: String, testid, value: RwSignal<String>, error| {
        let text = Text { id: id.to_owned(), label, hint: "", testid, holds: Holds::Day, value: value.into(), error };
        form::text(text, move |typed| value.set(typed))
    };
    let export = move || {
        let query = query.get();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/v1/office/audit.csv{mark}{query}")
    };
    html::div().class("card filters").attr("role", "search").attr("aria-label", t("Filter the audit log")).child((
        choice("audit-person", t("Person"), "office-audit-person", people, fields.person),
        choice("audit-topic", t("Topic"), "office-audit-topic", topics, fields.topic),
        choice("audit-till", t("Till"), "office-audit-till", places, fields.till),
        day("audit-from", t("From day"), "office-audit-from", fields.from, Signal::derive(String::new)),
        day("audit-to", t("To day"), "office-audit-to", fields.to, fault),
        html::div().class("actions").child((
            html::a()
                .class("button")
                .attr("data-testid", "office-audit-export")
                .href(export)
                .attr("download", "audit.csv")
                .child(t("Export as CSV")),
            html::button()
                .r#type("button")
                .attr("data-testid", "office-audit-clear")
                .attr("hidden", move || fields.filter().is_empty())
                .on(ev::click, move |_| {
                    fields.clear();
                    form::focus("audit-person");
                })
                .child(t("Clear the filter")),
        )),
    ))
}

fn row(entry: &Entry) -> AnyView {
    let short: String = entry.hash.chars().take(12).collect();
    let (class, result) = wording::result(&entry.result);
    let place = match entry.till {
        0 => tf("change {}", &[&entry.seq]),
        _ => tf("entry {}-{}", &[&entry.epoch, &entry.seq]),
    };
    let about = entry.about.as_ref().map(|name| html::small().class("quiet").child(tf("about {}", &[&name])));
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-entry")
        .attr("data-till", entry.till.to_string())
        .attr("data-seq", entry.seq.to_string())
        .attr("data-kind", entry.kind.clone())
        .attr("data-topic", entry.topic.clone())
        .attr("data-result", entry.result.clone())
        .child((
            cell(
                WHAT,
                (
                    html::strong().class("what").child(amounts::in_sentence(&t(&entry.what))),
                    flags(&entry.flags),
                    html::small().class("quiet").child(wording::topic(&entry.topic)),
                ),
            ),
            cell(WHO, (person(entry.who.as_ref()), about)),
            cell(WHEN, moment(&entry.at)),
            cell(WHERE, (till(entry.till_name.as_deref(), entry.till), html::small().class("place quiet").child(place))),
            cell(HASH, html::code().title(entry.hash.clone()).child(short)),
            cell(RESULT, chip(class, result)),
        ))
        .into_any()
}
