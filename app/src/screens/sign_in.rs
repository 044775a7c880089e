//! Who works here, and the proof of it.

use barrow_core::{
    device::RosterEntry,
    till::Event,
    view::{Screen, SignInView},
};
use leptos::{ev, html, prelude::*};

use crate::{
    parts::{Field, Holds, attribute_above, draw, field, heading, icon, keypad, sentence, wordmark},
    till::Till,
};

/// Draws the people, then the PIN of the one who was chosen.
pub fn sign_in(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::SignIn(state) => Some(state.clone()),
        _ => None,
    });
    let chosen = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|state| state.chosen.clone())));
    move || match chosen.get() {
        None => people(till, state).into_any(),
        Some(person) => proof(till, state, person).into_any(),
    }
}

fn people(till: Till, state: Memo<Option<SignInView>>) -> impl IntoView {
    let text = move |pick: fn(&SignInView) -> &String| state.with(|state| state.as_ref().map(|s| pick(s).clone()));
    let roster = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.roster.clone()).unwrap_or_default()));
    html::section().class("card people").child((
        wordmark(),
        heading("Who is selling?"),
        html::p().class("lead").child((move || text(|s| &s.shop), " · ", move || text(|s| &s.till))),
        html::div()
            .class("roster")
            .on(ev::click, move |event| {
                let Some(place) = attribute_above(&event, "data-place").and_then(|place| place.parse::<usize>().ok()) else {
                    return;
                };
                if let Some(id) = roster.with_untracked(|roster| roster.get(place).map(|person| person.id)) {
                    till.send(Event::StaffChosen(id));
                }
            })
            .child(move || roster.get().into_iter().enumerate().map(person_button).collect::<Vec<_>>()),
        move || {
            roster
                .with(Vec::is_empty)
                .then(|| html::p().class("lead").child("Nobody may work at this till yet. Add people in the office."))
        },
        sentence("unlock-error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
    ))
}

fn person_button((place, person): (usize, RosterEntry)) -> impl IntoView {
    html::button()
        .class("person")
        .attr("type", "button")
        .attr("data-testid", "staff-option")
        .attr("data-staff", person.name.clone())
        .attr("data-place", place.to_string())
        .child((
            initial(&person.name),
            html::span().class("person-name").child(person.name),
            (!person.has_pin).then(|| html::span().class("small").child("First time: one-time code")),
        ))
}

fn initial(name: &str) -> impl IntoView + use<> {
    let letter: String = name.chars().take(1).collect();
    html::span().class("initial").attr("aria-hidden", "true").child(letter)
}

fn proof(till: Till, state: Memo<Option<SignInView>>, person: RosterEntry) -> impl IntoView {
    let (code, pin, repeat) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = move || state.with(|state| state.as_ref().is_some_and(|s| s.busy));
    let wait_s = move || state.with(|state| state.as_ref().and_then(|s| s.wait_s));
    let error = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.error.clone())));
    let first = !person.has_pin;
    // A PIN that was refused is typed again from the beginning.
    Effect::new(move |_| {
        if error.with(Option::is_some) {
            pin.set(String::new());
            repeat.set(String::new());
        }
    });
    let submit = move || {
        if first {
            till.send(Event::FirstPinSubmitted {
                code: code.get_untracked(),
                pin: pin.get_untracked(),
                repeat: repeat.get_untracked(),
            });
        } else {
            till.send(Event::PinSubmitted(pin.get_untracked()));
        }
    };
    html::form()
        .attr("class", "card proof")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            submit();
        })
        .child((
            html::div().class("proof-head").child((
                html::button()
                    .class("button quiet icon-only")
                    .attr("type", "button")
                    .attr("aria-label", "Somebody else")
                    .on(ev::click, move |_| till.send(Event::StaffChoiceLeft))
                    .child(draw(icon::BACK)),
                initial(&person.name),
                html::h1().class("title").child(person.name),
            )),
            first.then(|| {
                (
                    html::p().class("lead").child("Type your one-time code, then choose a PIN of 6 to 12 digits."),
                    field(
                        Field { label: "One-time code", testid: "first-pin-code", holds: Holds::Code, value: code, first: true },
                        |_| {},
                    ),
                )
            }),
            field(
                Field {
                    label: if first { "New PIN" } else { "PIN" },
                    testid: "pin-input",
                    holds: Holds::Pin,
                    value: pin,
                    first: !first,
                },
                |_| {},
            ),
            if first {
                let again =
                    Field { label: "New PIN again", testid: "pin-repeat", holds: Holds::Pin, value: repeat, first: false };
                field(again, |_| {}).into_any()
            } else {
                keypad(Holds::Pin, pin, |_| {}).into_any()
            },
            sentence("unlock-error", move || error.get()),
            html::p().class("lead wait").attr("role", "timer").child(move || wait_s().map(wait_words)),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "unlock")
                .prop("disabled", move || busy() || wait_s().is_some())
                .child(move || match (busy(), first) {
                    (true, _) => "Checking…",
                    (false, true) => "Set PIN and sign in",
                    (false, false) => "Sign in",
                }),
        ))
}

fn wait_words(seconds: u64) -> String {
    match seconds {
        0..120 => format!("Try again in {seconds} s."),
        longer => format!("Try again in {} min.", longer.div_ceil(60)),
    }
}
