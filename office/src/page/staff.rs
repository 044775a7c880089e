//! Who works at the tills. Read-only: people are added and taken out with `barrow-server staff`.

use leptos::{html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    table::{Column, OnPhone, cell, chip, empty, freshness, rows, table, with},
};
use crate::{answers::Person, wording};

const NAME: Column = Column::Words("Name");
const ROLE: Column = Column::Words("Role");
const STATE: Column = Column::Key("State");

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Vec<Person>>::of(office, Pace::Once, || "/v1/office/staff".to_owned());
    let list = with(feed, |staff| {
        if staff.is_empty() {
            return empty("Nobody yet. `barrow-server staff add` adds people.");
        }
        html::div()
            .class("sheet")
            .child(table("Staff", OnPhone::Brief, &[NAME, ROLE, STATE], rows(staff.iter().map(row).collect())))
            .into_any()
    });
    (list, freshness(feed))
}

fn row(person: &Person) -> AnyView {
    let state = if person.active { chip("good", "Works here") } else { chip("plain", "Left") };
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-person")
        .attr("data-staff", person.name.clone())
        .child((
            cell(NAME, html::strong().child(person.name.clone())),
            cell(ROLE, wording::plain(&person.role)),
            cell(STATE, state),
        ))
        .into_any()
}
