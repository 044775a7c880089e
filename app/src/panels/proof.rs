//! How the person who works here signs in: their PIN, a passkey beside it, or a passkey in its place.

use barrow_core::{device::DeviceError, staff::PasskeyUse, till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{
    language::t,
    parts::{Field, Holds, date_hint, field},
    till::Till,
};

const NONE: &str = "none";
const WITH_PIN: &str = "with-pin";
const ALONE: &str = "alone";

/// Draws the choices and the PINs that they need.
pub fn proof(till: Till) -> impl IntoView {
    let passkey = till.panel_part(|panel| match &panel.content {
        PanelContent::Proof { passkey } => Some(*passkey),
        _ => None,
    });
    // What stood when the panel was opened: what is typed belongs to it.
    let now = passkey.get_untracked().flatten();
    let (pin, new, repeat) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let wanted = RwSignal::new(word(now));
    let busy = busy(till);
    let failed = till.panel_part(|panel| Some(panel.error.is_some()));
    // A PIN that was refused is typed again from the beginning.
    Effect::new(move |_| {
        if failed.get() == Some(true) {
            pin.set(String::new());
        }
    });
    html::form()
        .attr("class", "panel-form proof")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::ProofSubmitted {
                pin: pin.get_untracked(),
                new_pin: new.get_untracked(),
                repeat: repeat.get_untracked(),
                passkey: meaning(wanted.get_untracked()),
            });
        })
        .child((
            (now != Some(PasskeyUse::Alone)).then(|| {
                field(Field { label: t("PIN now"), testid: "pin-now", holds: Holds::Pin, value: pin, first: true }, |_| {})
            }),
            passkey_choice(till, wanted, now),
            move || (wanted.get() != ALONE).then(|| new_pin(new, repeat, now != Some(PasskeyUse::Alone))),
            error(till),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "proof-apply")
                .prop("disabled", busy)
                .child(move || if busy() { t("Checking…") } else { t("Change it") }),
        ))
}

fn new_pin(new: RwSignal<String>, repeat: RwSignal<String>, may_stay: bool) -> impl IntoView {
    let label = if may_stay { t("New PIN (leave empty to keep yours)") } else { t("New PIN") };
    (
        field(Field { label, testid: "pin-new", holds: Holds::Pin, value: new, first: false }, |_| {}),
        date_hint(new),
        field(
            Field { label: t("New PIN again"), testid: "pin-new-repeat", holds: Holds::Pin, value: repeat, first: false },
            |_| {},
        ),
    )
}

fn passkey_choice(till: Till, wanted: RwSignal<&'static str>, now: Option<PasskeyUse>) -> impl IntoView {
    let possible = Memo::new(move |_| till.around.with(|around| around.passkeys));
    let option = move |(value, words): (&'static str, String)| {
        html::button()
            .attr("class", "option")
            .attr("type", "button")
            .attr("data-testid", "passkey-use")
            .attr("data-use", value)
            .attr("aria-pressed", move || if wanted.get() == value { "true" } else { "false" })
            // What stands now can always be left.
            .prop("disabled", move || !possible.get() && value != NONE && value != word(now))
            .on(ev::click, move |_| wanted.set(value))
            .child(words)
    };
    let options = [(NONE, t("No passkey")), (WITH_PIN, t("PIN and passkey")), (ALONE, t("Passkey only"))];
    html::div().class("field").child((
        html::span()
            .attr("class", "label")
            .attr("id", "passkey-label")
            .child(t("Passkey (this tablet's fingerprint, face or screen lock)")),
        html::div()
            .attr("class", "choice even")
            .attr("role", "group")
            .attr("aria-labelledby", "passkey-label")
            .child(options.map(option).into_iter().collect::<Vec<_>>()),
        html::p()
            .class("small")
            .child(t("With a passkey, a thief who copies the tablet's disk cannot try PINs on another machine.")),
        move || {
            (!possible.get()).then(|| {
                html::p()
                    .attr("class", "hint")
                    .attr("data-testid", "passkey-unavailable")
                    .child(t(&DeviceError::NoPasskeys.to_string()))
            })
        },
    ))
}

fn word(passkey: Option<PasskeyUse>) -> &'static str {
    match passkey {
        None => NONE,
        Some(PasskeyUse::WithPin) => WITH_PIN,
        Some(PasskeyUse::Alone) => ALONE,
    }
}

fn meaning(word: &str) -> Option<PasskeyUse> {
    match word {
        WITH_PIN => Some(PasskeyUse::WithPin),
        ALONE => Some(PasskeyUse::Alone),
        _ => None,
    }
}
