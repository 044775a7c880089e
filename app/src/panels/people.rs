//! Who may sign in here, and who is locked out after too many wrong PINs.

use barrow_core::{device::RosterEntry, ids::StaffId, staff::PasskeyUse, till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{
    language::{t, tf},
    parts::{attribute_above, draw, icon, initial},
    till::Till,
};

/// Draws everybody.
pub fn people(till: Till) -> impl IntoView {
    let roster = till.panel_part(|panel| match &panel.content {
        PanelContent::People(roster) => Some(roster.clone()),
        _ => None,
    });
    let busy = busy(till);
    html::div().class("panel-form").child((
        html::p()
            .class("small")
            .child(t("After ten wrong PINs a person waits for half an hour, or for somebody who ends it here.")),
        html::ul()
            .attr("class", "person-rows")
            .on(ev::click, move |event| {
                if let Some(id) = attribute_above(&event, "data-id").and_then(|id| id.parse().ok())
                    && !busy()
                {
                    till.send(Event::LockOutEndPressed(StaffId(id)));
                }
            })
            .child(move || roster.get().unwrap_or_default().into_iter().map(row).collect::<Vec<_>>()),
        error(till),
    ))
}

fn row(person: RosterEntry) -> impl IntoView {
    let way = match (person.has_pin, person.passkey) {
        (false, _) => t("Needs a one-time code"),
        (true, None) => t("PIN"),
        (true, Some(PasskeyUse::WithPin)) => t("PIN and passkey"),
        (true, Some(PasskeyUse::Alone)) => t("Passkey"),
    };
    html::li()
        .attr("class", "person-row")
        .attr("data-testid", "person-row")
        .attr("data-staff", person.name.clone())
        .attr("data-locked-out", if person.locked_out { "true" } else { "false" })
        .child((
            initial(&person.name),
            html::div().class("person-what").child((
                html::span().class("person-name").child(person.name.clone()),
                html::span().class("small").child(way),
                person.locked_out.then(|| html::span().class("flag").child((draw(icon::LOCK), t("Locked out")))),
            )),
            person.locked_out.then(|| {
                html::button()
                    .attr("class", "button")
                    .attr("type", "button")
                    .attr("data-testid", "lock-out-end")
                    .attr("data-id", person.id.to_string())
                    .attr("aria-label", tf("End lock-out of {}", &[&person.name]))
                    .child(t("End lock-out"))
            }),
        ))
}
