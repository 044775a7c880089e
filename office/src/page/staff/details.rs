//! What can be done with a person.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    super::form::{self, Choice, Holds, Said, Text},
    People, add, code,
};
use crate::{
    answers::Person,
    server::{self, Failure, Method},
    wording,
};

/// What is to be other than it is.
#[derive(Default, Serialize)]
struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
}

/// The open part of a person's row.
pub(super) fn view(people: People, id: u64, person: Memo<Option<Person>>) -> AnyView {
    let is_active = Memo::new(move |_| person.with(|person| person.as_ref().is_some_and(|person| person.active)));
    // Here and not in the parts: it outlives them when the person is taken off or given back.
    let said = Said::nothing();
    let parts = move || {
        if is_active.get() {
            (name_and_role(people, id, person), code::view(people, id, person), take_off(people, id, person, said)).into_any()
        } else {
            give_back(people, id, person, said)
        }
    };
    html::div()
        .class("contents thirds")
        .child((parts, html::div().class("whole").child(said.view("office-person-change"))))
        .into_any()
}

fn name_and_role(people: People, id: u64, person: Memo<Option<Person>>) -> AnyView {
    let now = person.get_untracked();
    let name = RwSignal::new(now.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let role = RwSignal::new(now.as_ref().map(|person| wording::role_id(person.role).to_owned()).unwrap_or_default());
    let said = Said::nothing();
    let busy = RwSignal::new(false);
    let field = format!("name-{id}");
    let submit = {
        let field = field.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            let Some(now) = person.get_untracked() else { return };
            let (new_name, new_role) = (name.get_untracked().trim().to_owned(), role.get_untracked());
            if new_name.is_empty() {
                said.bad(t("Type the person’s name."));
                form::focus(&field);
                return;
            }
            let change = Change {
                name: (new_name != now.name).then_some(new_name),
                role: (new_role != wording::role_id(now.role)).then_some(new_role),
                active: None,
            };
            if change.name.is_none() && change.role.is_none() {
                said.good(t("Nothing has changed."));
                return;
            }
            send(people, id, change, busy, said, t("Saved. Tills take it at their next contact."));
        }
    };
    html::form()
        .class("stack")
        .attr("aria-label", t("Name and role"))
        .on(ev::submit, submit)
        .child((
            html::h2().child(t("Name and role")),
            form::text(
                Text {
                    id: field,
                    label: t("Name"),
                    hint: "",
                    testid: "office-person-name",
                    holds: Holds::Name,
                    value: name.into(),
                    error: Signal::derive(String::new),
                },
                move |typed| {
                    said.clear();
                    name.set(typed);
                },
            ),
            form::choice(Choice {
                id: format!("role-{id}"),
                label: t("Role"),
                testid: "office-person-role",
                answers: add::roles(),
                value: role,
            }),
            html::div().class("actions").child(
                html::button()
                    .r#type("submit")
                    .attr("data-testid", "office-person-save")
                    .attr("aria-disabled", move || busy.get().then_some("true"))
                    .child(move || if busy.get() { t("Saving…") } else { t("Save") }),
            ),
            said.view("office-person-save"),
        ))
        .into_any()
}

fn take_off(people: People, id: u64, person: Memo<Option<Person>>, said: Said) -> AnyView {
    let name = move || person.with(|person| person.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let is_asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let (ask_id, keep_id, title_id) = (format!("off-{id}"), format!("keep-{id}"), format!("off-title-{id}"));
    let ask = {
        let keep_id = keep_id.clone();
        move |_| {
            said.clear();
            is_asking.set(true);
            form::focus_soon(keep_id.clone());
        }
    };
    let keep = {
        let ask_id = ask_id.clone();
        move || {
            is_asking.set(false);
            form::focus_soon(ask_id.clone());
        }
    };
    let confirm = move || {
        let change = Change { active: Some(false), ..Change::default() };
        let done = tf("{} was taken off. Every till follows at its next contact.", &[&name()]);
        send(people, id, change, busy, said, done);
    };
    let question = move || {
        let (keep, keep_on_escape) = (keep.clone(), keep.clone());
        html::div()
            .class("confirm stack")
            .attr("role", "group")
            .attr("aria-labelledby", title_id.clone())
            .attr("data-testid", "office-person-off-question")
            .on(ev::keydown, move |event| {
                if event.key() == "Escape" {
                    keep_on_escape();
                }
            })
            .child((
                html::p().id(title_id.clone()).child(html::strong().child(move || tf("Take {} off every till?", &[&name()]))),
                html::p().child(
                    t("Every till does so at its next contact with the server: it locks, and the PIN or passkey opens it no more. A \
                     till that is kept off the network goes on until its sign-ins end (see Roles & rules). What the person sold \
                     and did stays as it is."),
                ),
                html::div().class("actions").child((
                    form::button(
                        "danger",
                        "office-person-off-confirm",
                        move || if busy.get() { t("Taking off…") } else { tf("Take {} off", &[&name()]) },
                        busy,
                        confirm,
                    ),
                    html::button()
                        .id(keep_id.clone())
                        .r#type("button")
                        .attr("data-testid", "office-person-off-cancel")
                        .on(ev::click, move |_| keep())
                        .child(t("Cancel")),
                )),
            ))
    };
    let offer = move || {
        html::button()
            .class("danger-soft")
            .id(ask_id.clone())
            .r#type("button")
            .attr("data-testid", "office-person-off")
            .on(ev::click, ask.clone())
            .child(t("Take off…"))
    };
    html::section()
        .class("stack")
        .child((html::h2().child(t("On the tills")), move || {
            if is_asking.get() {
                question().into_any()
            } else {
                (
                    html::p().class("quiet").child(t("For somebody who works here no more.")),
                    html::div().class("actions").child(offer()),
                )
                    .into_any()
            }
        }))
        .into_any()
}

fn give_back(people: People, id: u64, person: Memo<Option<Person>>, said: Said) -> AnyView {
    let name = move || person.with(|person| person.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let busy = RwSignal::new(false);
    let give = move || {
        let done = tf("{} works here again. Tills that had taken {} off need a new one-time code.", &[&name(), &name()]);
        send(people, id, Change { active: Some(true), ..Change::default() }, busy, said, done);
    };
    html::section()
        .class("stack")
        .child((
            html::h2().child(t("On the tills")),
            html::p()
                .class("quiet")
                .child(t("Taken off: this person signs in at no till. What they sold and did stays as it is.")),
            html::div().class("actions").child(form::button(
                "",
                "office-person-back",
                move || if busy.get() { t("Giving back…") } else { t("Give back") }.to_owned(),
                busy,
                give,
            )),
        ))
        .into_any()
}

fn send(people: People, id: u64, change: Change, busy: RwSignal<bool>, said: Said, done: String) {
    said.clear();
    busy.set(true);
    spawn_local(async move {
        let answer = server::send::<Person>(Method::Patch, &format!("/v1/office/staff/{id}"), &change).await;
        let _ = busy.try_set(false);
        match answer {
            Ok(changed) => {
                said.good(done);
                // At once, and not at the next reading.
                let _ = people.staff.latest.try_update(|staff| {
                    if let Some(place) = staff.iter_mut().flatten().find(|person| person.id == id) {
                        *place = changed;
                    }
                });
            }
            Err(Failure::SignedOut(_)) => {
                people.office.signed_out(Some(key("You were signed out. Nothing was changed.").to_owned()))
            }
            Err(failure) => said.bad(failure.to_string()),
        }
    });
}
