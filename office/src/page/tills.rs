//! Tills: who they are, how far the server has heard of them.

use barrow_language::{key, t, tf};
use leptos::{html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    table::{Column, OnPhone, cell, chip, empty, freshness, rows, table, with},
};
use crate::{amounts, answers::Till, clock, wording};

const TILL: Column = Column::Words(key("Till"));
const STATE: Column = Column::Words(key("State"));
const HEARD: Column = Column::Words(key("Last acknowledged"));
const ENTRY: Column = Column::Figures(key("Last entry"));
const EPOCH: Column = Column::Figures(key("Epoch"));
const SINCE: Column = Column::Words(key("Enrolled"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Vec<Till>>::of(office, Pace::Live, || "/v1/office/tills".to_owned());
    let list = with(feed, move |tills| {
        if tills.is_empty() {
            return empty(t("This shop has no till yet. `barrow-server enrol-code --new-till NAME` makes one."));
        }
        let lines = tills.iter().map(|till| row(office, till)).collect();
        html::div()
            .class("sheet")
            .child(table(t("Tills"), OnPhone::SpeltOut, &[TILL, STATE, HEARD, ENTRY, EPOCH, SINCE], rows(lines)))
            .into_any()
    });
    (list, freshness(feed))
}

fn row(office: Office, till: &Till) -> AnyView {
    let state = match till.state.as_str() {
        "active" => chip("good", t("In use")),
        "waiting" => chip("plain", t("Waits for a tablet")),
        "revoked" => chip("serious", t("Out of use")),
        other => chip("notice", wording::plain(other)),
    };
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-till")
        .attr("data-till", till.id.to_string())
        .attr("data-state", till.state.clone())
        .child((
            cell(
                TILL,
                (html::strong().child(till.name.clone()), html::small().class("quiet").child(tf("number {}", &[&till.id]))),
            ),
            cell(STATE, state),
            cell(HEARD, heard(office, till.last_ack_at.clone())),
            cell(ENTRY, if till.last_seq == 0 { "–".to_owned() } else { till.last_seq.to_string() }),
            cell(EPOCH, if till.epoch == 0 { "–".to_owned() } else { till.epoch.to_string() }),
            cell(SINCE, till.enrolled_at.as_deref().map_or_else(|| "–".into_any(), day)),
        ))
        .into_any()
}

fn day(rfc3339: &str) -> AnyView {
    html::time().attr("datetime", rfc3339.to_owned()).title(clock::moment(rfc3339)).child(clock::day(rfc3339)).into_any()
}

/// How long ago, growing with every beat.
fn heard(office: Office, at: Option<String>) -> AnyView {
    let Some(at) = at else { return html::span().class("quiet").child(t("never")).into_any() };
    let exact = clock::moment(&at);
    let age = {
        let at_ms = clock::parse(&at);
        move || {
            office.beat.track();
            at_ms.map(|at_ms| amounts::ago(clock::now_ms().saturating_sub(at_ms)))
        }
    };
    html::time().attr("datetime", at).child((html::span().child(age), html::small().class("quiet").child(exact))).into_any()
}
