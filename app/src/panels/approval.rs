//! Somebody else approves on the spot what a person's role does not allow: for this once.

use barrow_core::{device::RosterEntry, ids::StaffId, staff::PasskeyUse, till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{
    language::{t, tf},
    parts::{Field, Holds, attribute_above, field, initial, keypad},
    till::Till,
};

#[derive(Clone, PartialEq)]
struct Question {
    what: String,
    may_not: String,
    approvers: Vec<RosterEntry>,
}

/// Draws what is asked, who can approve it, and the place for their proof.
pub fn approval(till: Till) -> impl IntoView {
    let question = till.panel_part(|panel| match &panel.content {
        PanelContent::Approval { what, may_not, approvers } => {
            Some(Question { what: what.clone(), may_not: may_not.clone(), approvers: approvers.clone() })
        }
        _ => None,
    });
    let approvers = Memo::new(move |_| question.with(|q| q.as_ref().map(|q| q.approvers.clone()).unwrap_or_default()));
    // Where only one can, that one is chosen.
    let only = approvers.with_untracked(|approvers| match approvers.as_slice() {
        [only] => Some(only.id),
        _ => None,
    });
    let chosen = RwSignal::new(only);
    let passkey = Memo::new(move |_| {
        let by = chosen.get()?;
        approvers.with(|approvers| approvers.iter().find(|person| person.id == by).map(|person| person.passkey))
    });
    let pin = RwSignal::new(String::new());
    let failed = till.panel_part(|panel| Some(panel.error.is_some()));
    Effect::new(move |_| {
        if failed.get() == Some(true) {
            pin.set(String::new());
        }
    });
    let busy = busy(till);
    html::form()
        .attr("class", "panel-form proof")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            if let Some(by) = chosen.get_untracked() {
                till.send(Event::ApprovalSubmitted { by, pin: pin.get_untracked() });
            }
        })
        .child((
            html::p().class("asked").child(move || question.with(|q| q.as_ref().map(|q| t(&q.what)))),
            html::p().class("small").child(move || {
                question.with(|q| {
                    q.as_ref().map(|q| tf("Your role may not {}. One of these can approve it, for this once.", &[&t(&q.may_not)]))
                })
            }),
            html::div()
                .attr("class", "approvers")
                .attr("role", "group")
                .attr("aria-label", t("Who approves"))
                .on(ev::click, move |event| {
                    if let Some(id) = attribute_above(&event, "data-id").and_then(|id| id.parse().ok()) {
                        pin.set(String::new());
                        chosen.set(Some(StaffId(id)));
                    }
                })
                .child(move || approvers.get().into_iter().map(|person| approver(person, chosen)).collect::<Vec<_>>()),
            move || match passkey.get() {
                None => ().into_any(),
                Some(Some(PasskeyUse::Alone)) => html::p().class("small").child(t("They approve with their passkey.")).into_any(),
                Some(with) => (
                    field(
                        Field { label: t("Their PIN"), testid: "override-pin", holds: Holds::Pin, value: pin, first: true },
                        |_| {},
                    ),
                    keypad(Holds::Pin, pin, |_| {}),
                    with.map(|_| html::p().class("small").child(t("After the PIN, their passkey is asked for."))),
                )
                    .into_any(),
            },
            error(till),
            html::div().class("actions").child((
                html::button()
                    .attr("class", "button large")
                    .attr("type", "button")
                    .attr("data-testid", "override-cancel")
                    .on(ev::click, move |_| till.send(Event::PanelClosed))
                    .child(t("Do not do it")),
                html::button()
                    .attr("class", "button primary large")
                    .attr("type", "submit")
                    .attr("data-testid", "override-confirm")
                    .prop("disabled", move || busy() || chosen.with(Option::is_none))
                    .child(move || if busy() { t("Checking…") } else { t("Approve") }),
            )),
        ))
}

fn approver(person: RosterEntry, chosen: RwSignal<Option<StaffId>>) -> impl IntoView {
    let id = person.id;
    html::button()
        .attr("class", "approver")
        .attr("type", "button")
        .attr("data-testid", "override-person")
        .attr("data-staff", person.name.clone())
        .attr("data-id", id.to_string())
        .attr("aria-pressed", move || if chosen.get() == Some(id) { "true" } else { "false" })
        .child((
            initial(&person.name),
            html::span().class("person-name").child(person.name),
            person.locked_out.then(|| html::span().class("small").child(t("Locked out"))),
        ))
}
