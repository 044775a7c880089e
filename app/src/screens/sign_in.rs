//! Who works here, and the proof of it.

use barrow_core::{
    device::RosterEntry,
    staff::PasskeyUse,
    till::Event,
    view::{Screen, SignInView},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{language_choice, t, tf},
    parts::{Field, Holds, attribute_above, date_hint, draw, field, heading, icon, initial, keypad, sentence, wordmark},
    till::Till,
};

/// Draws the people, then the PIN of the one who was chosen.
pub fn sign_in(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::SignIn(state) => Some(state.clone()),
        _ => None,
    });
    // A lock-out changes what is said about a person, not what is asked of them.
    let chosen = Memo::new(move |_| {
        let chosen = state.with(|state| state.as_ref().and_then(|state| state.chosen.clone()));
        chosen.map(|person| RosterEntry { locked_out: false, ..person })
    });
    move || match chosen.get() {
        None => people(till, state).into_any(),
        Some(person) => proof(till, state, person).into_any(),
    }
}

fn people(till: Till, state: Memo<Option<SignInView>>) -> impl IntoView {
    let text = move |pick: fn(&SignInView) -> &String| state.with(|state| state.as_ref().map(|s| pick(s).clone()));
    let roster = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.roster.clone()).unwrap_or_default()));
    html::section().class("card people").child((
        html::div().class("card-head").child((wordmark(), language_choice(till))),
        heading(t("Who is selling?")),
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
                .then(|| html::p().class("lead").child(t("Nobody may work at this till yet. Add people in the office.")))
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
            html::span().class("person-name").child(person.name.clone()),
            note(&person).map(|note| html::span().class("small").child(note)),
        ))
}

fn note(person: &RosterEntry) -> Option<String> {
    match person {
        RosterEntry { has_pin: false, .. } => Some(t("First time: one-time code")),
        RosterEntry { locked_out: true, .. } => Some(t("Locked out")),
        RosterEntry { passkey: Some(PasskeyUse::Alone), .. } => Some(t("Passkey")),
        RosterEntry { passkey: Some(PasskeyUse::WithPin), .. } => Some(t("PIN and passkey")),
        _ => None,
    }
}

/// What a person shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A one-time code; then they choose a PIN.
    Code,
    /// The PIN, and a passkey after it where they have one.
    Pin { passkey: bool },
    /// The passkey alone.
    Passkey,
}

fn proof(till: Till, state: Memo<Option<SignInView>>, person: RosterEntry) -> impl IntoView {
    let usual = match (person.has_pin, person.passkey) {
        (false, _) => Way::Code,
        (true, Some(PasskeyUse::Alone)) => Way::Passkey,
        (true, passkey) => Way::Pin { passkey: passkey.is_some() },
    };
    let way = RwSignal::new(usual);
    let (code, pin, repeat) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = move || state.with(|state| state.as_ref().is_some_and(|s| s.busy));
    let wait_s = move || state.with(|state| state.as_ref().and_then(|s| s.wait_s));
    let error = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.error.clone())));
    let locked_out = move || state.with(|state| state.as_ref().and_then(|s| s.chosen.as_ref()).is_some_and(|me| me.locked_out));
    // A PIN that was refused is typed again from the beginning.
    Effect::new(move |_| {
        if error.with(Option::is_some) {
            pin.set(String::new());
            repeat.set(String::new());
        }
    });
    let submit = move || match way.get_untracked() {
        Way::Code => till.send(Event::FirstPinSubmitted {
            code: code.get_untracked(),
            pin: pin.get_untracked(),
            repeat: repeat.get_untracked(),
        }),
        Way::Pin { .. } => till.send(Event::PinSubmitted(pin.get_untracked())),
        Way::Passkey => till.send(Event::PasskeyPressed),
    };
    // A person with another way may use a code all the same: who forgot the PIN, or lost the passkey.
    let change_way = move |to: Way| {
        pin.set(String::new());
        way.set(to);
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
                    .attr("aria-label", t("Somebody else"))
                    .on(ev::click, move |_| till.send(Event::StaffChoiceLeft))
                    .child(draw(icon::BACK)),
                initial(&person.name),
                html::h1().class("title").child(person.name),
            )),
            move || asked(way.get(), code, pin, repeat),
            sentence("unlock-error", move || error.get()),
            move || {
                // The error of a wrong PIN says the same; a new code is taken all the same.
                (locked_out() && error.with(Option::is_none) && way.get() != Way::Code).then(|| {
                    html::p()
                        .class("hint")
                        .attr("data-testid", "locked-out")
                        .child(t("Too many wrong PINs. Ask a manager to end the lock-out (Menu, People), or wait."))
                })
            },
            html::p().class("lead wait").attr("role", "timer").child(move || wait_s().map(wait_words)),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", move || if way.get() == Way::Passkey { "passkey-unlock" } else { "unlock" })
                .prop("disabled", move || busy() || (wait_s().is_some() && way.get() != Way::Code))
                .child(move || match (busy(), way.get()) {
                    (true, Way::Passkey) => t("Waiting for the passkey…"),
                    (true, _) => t("Checking…"),
                    (false, Way::Code) => t("Set PIN and sign in"),
                    (false, Way::Pin { .. }) => t("Sign in"),
                    (false, Way::Passkey) => t("Sign in with your passkey"),
                }),
            (usual != Way::Code).then(|| {
                html::button()
                    .attr("class", "button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "use-code")
                    .on(ev::click, move |_| {
                        change_way(if way.get_untracked() == Way::Code { usual } else { Way::Code });
                    })
                    .child(move || match way.get() {
                        Way::Code => t("Sign in as usual"),
                        _ => t("I have a new one-time code"),
                    })
            }),
        ))
}

/// What is to be typed.
fn asked(way: Way, code: RwSignal<String>, pin: RwSignal<String>, repeat: RwSignal<String>) -> impl IntoView {
    match way {
        Way::Code => (
            html::p().class("lead").child(t("Type your one-time code, then choose a PIN of 6 to 12 digits.")),
            field(
                Field { label: t("One-time code"), testid: "first-pin-code", holds: Holds::Code, value: code, first: true },
                |_| {},
            ),
            field(Field { label: t("New PIN"), testid: "pin-input", holds: Holds::Pin, value: pin, first: false }, |_| {}),
            date_hint(pin),
            field(
                Field { label: t("New PIN again"), testid: "pin-repeat", holds: Holds::Pin, value: repeat, first: false },
                |_| {},
            ),
        )
            .into_any(),
        Way::Pin { passkey } => (
            field(Field { label: t("PIN"), testid: "pin-input", holds: Holds::Pin, value: pin, first: true }, |_| {}),
            keypad(Holds::Pin, pin, |_| {}),
            passkey.then(|| html::p().class("small").child(t("After the PIN, your passkey is asked for."))),
        )
            .into_any(),
        Way::Passkey => html::p().class("lead").child(t("You sign in here with your passkey.")).into_any(),
    }
}

fn wait_words(seconds: u64) -> String {
    match seconds {
        0..120 => tf("Try again in {} s.", &[&seconds]),
        longer => tf("Try again in {} min.", &[&longer.div_ceil(60)]),
    }
}
