//! Who works at the tills: adding, changing, taking off, giving back, and the one-time code for the first PIN.

use barrow_language::{key, t};
use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    form::Said,
    table::{Column, OnPhone, cell, chip, empty, freshness, table},
};
use crate::{
    answers::{Person, Till},
    wording,
};

mod add;
mod code;
mod details;

const NAME: Column = Column::Words(key("Name"));
const ROLE: Column = Column::Words(key("Role"));
const STATE: Column = Column::Key(key("State"));

/// What each part of the room can reach.
#[derive(Clone, Copy)]
struct People {
    office: Office,
    staff: Feed<Vec<Person>>,
    tills: Feed<Vec<Till>>,
    /// Whose row is open.
    open: RwSignal<Option<u64>>,
    /// What came of the last addition.
    added: Said,
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let people = People {
        office,
        staff: Feed::of(office, Pace::Live, || "/v1/office/staff".to_owned()),
        tills: Feed::of(office, Pace::Live, || "/v1/office/tills".to_owned()),
        open: RwSignal::new(None),
        added: Said::nothing(),
    };
    let shown = move || people.staff.latest.with(|staff| staff.iter().flatten().map(|person| person.id).collect::<Vec<_>>());
    let list = For(ForProps::builder().each(shown).key(|id| *id).children(move |id| row(people, id)).build());
    let is_empty = Memo::new(move |_| people.staff.latest.with(|staff| staff.as_ref().is_some_and(Vec::is_empty)));
    (
        add::form(people),
        move || is_empty.get().then(|| empty(t("Nobody yet. Add the first person."))),
        html::div().class("sheet").attr("hidden", move || is_empty.get()).child(table(
            t("People"),
            OnPhone::Brief,
            &[NAME, ROLE, STATE],
            list.into_any(),
        )),
        freshness(people.staff),
    )
}

fn row(people: People, id: u64) -> impl IntoView {
    let person = Memo::new(move |_| people.staff.latest.with(|staff| staff.iter().flatten().find(|one| one.id == id).cloned()));
    let of = move |read: fn(&Person) -> String| move || person.with(|person| person.as_ref().map(read).unwrap_or_default());
    let is_open = Memo::new(move |_| people.open.get() == Some(id));
    let toggle = move |_| {
        people.added.clear();
        people.open.update(|open| *open = if *open == Some(id) { None } else { Some(id) });
    };
    let place = format!("person-{id}");
    let button = html::button()
        .class("row-button")
        .r#type("button")
        .attr("data-testid", "office-person-open")
        .attr("aria-expanded", move || is_open.get().to_string())
        .attr("aria-controls", place.clone())
        .on(ev::click, toggle)
        .child(of(|person| person.name.clone()));
    let state = move || {
        person.with(|person| {
            let works_here = person.as_ref().is_some_and(|person| person.active);
            if works_here { chip("good", t("Works here")) } else { chip("plain", t("Taken off")) }
        })
    };
    let summary = html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-person")
        .attr("data-id", id.to_string())
        .attr("data-staff", of(|person| person.name.clone()))
        .attr("data-role", of(|person| wording::role_id(person.role).to_owned()))
        .attr("data-active", of(|person| person.active.to_string()))
        .child((cell(NAME, button), cell(ROLE, of(|person| wording::role(person.role).to_owned())), cell(STATE, state)));
    let more = move || {
        is_open.get().then(|| {
            html::tr()
                .class("details")
                .id(place.clone())
                .attr("role", "row")
                .child(html::td().attr("colspan", "3").attr("role", "cell").child(details::view(people, id, person)))
        })
    };
    html::tbody().attr("role", "rowgroup").child((summary, more))
}
