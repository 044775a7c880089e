//! Adding a person.

use barrow_core::staff::Role;
use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    super::form::{self, Choice, Holds, Said, Text},
    People,
};
use crate::{
    answers::Person,
    server::{self, Failure, Method},
    wording,
};

/// What makes a person.
#[derive(Serialize)]
struct NewPerson {
    name: String,
    role: String,
}

/// The button, and the form that it opens.
pub(super) fn form(people: People) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let open = move |_| {
        people.added.clear();
        is_open.set(true);
        form::focus_soon("new-name".to_owned());
    };
    let close = move || {
        is_open.set(false);
        form::focus_soon("add-person".to_owned());
    };
    let button = move || {
        (!is_open.get()).then(|| {
            html::div().class("actions").child(
                html::button()
                    .class("primary")
                    .id("add-person")
                    .r#type("button")
                    .attr("data-testid", "office-person-add")
                    .on(ev::click, open)
                    .child(t("Add a person")),
            )
        })
    };
    (button, move || is_open.get().then(|| fields(people, close)), people.added.view("office-person-new"))
}

fn fields(people: People, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let role = RwSignal::new(wording::role_id(Role::Cashier).to_owned());
    let said = Said::nothing();
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let person = NewPerson { name: name.get_untracked().trim().to_owned(), role: role.get_untracked() };
        if person.name.is_empty() {
            said.bad(t("Type the person’s name."));
            form::focus("new-name");
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = server::send::<Person>(Method::Post, "/v1/office/staff", &person).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(person) => {
                    people.added.good(tf(
                        "{} was added. Tills hear of it at their next contact. Make a one-time code below, so that {} can \
                         choose a PIN.",
                        &[&person.name, &person.name],
                    ));
                    let _ = people.open.try_set(Some(person.id));
                    people.office.refresh();
                    close();
                }
                Err(Failure::SignedOut(_)) => {
                    people.office.signed_out(Some(key("You were signed out. Nobody was added.").to_owned()))
                }
                Err(failure) => {
                    said.bad(failure.to_string());
                    form::focus("new-name");
                }
            }
        });
    };
    html::form().class("card form").attr("aria-label", t("Add a person")).on(ev::submit, submit).child((
        html::h2().child(t("Add a person")),
        html::div().class("fields").child((
            form::text(
                Text {
                    id: "new-name".to_owned(),
                    label: t("Name"),
                    hint: key("As it stands on the sign-in screen and on receipts."),
                    testid: "office-person-new-name",
                    holds: Holds::Name,
                    value: name.into(),
                    error: said.why(),
                },
                move |typed| name.set(typed),
            ),
            form::choice(Choice {
                id: "new-role".to_owned(),
                label: t("Role"),
                testid: "office-person-new-role",
                answers: roles(),
                value: role,
            }),
        )),
        html::div().class("actions").child((
            html::button()
                .class("primary")
                .r#type("submit")
                .attr("data-testid", "office-person-new-submit")
                .attr("aria-disabled", move || busy.get().then_some("true"))
                .child(move || if busy.get() { t("Adding…") } else { t("Add") }),
            html::button()
                .r#type("button")
                .attr("data-testid", "office-person-new-cancel")
                .on(ev::click, move |_| close())
                .child(t("Cancel")),
        )),
    ))
}

/// Every role, to choose from.
pub(super) fn roles() -> Memo<Vec<(String, String)>> {
    Memo::new(|_| Role::ALL.map(|role| (wording::role_id(role).to_owned(), wording::role(role).to_owned())).to_vec())
}
