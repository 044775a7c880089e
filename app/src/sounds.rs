//! What is heard: a product was added, something is wrong, it is paid. The screen always says the same, and a switch on this
//! tablet turns it off.

use std::time::Duration;

use barrow_browser::{
    page,
    sound::{self, Tone},
};
use barrow_core::view::{PanelContent, Screen, View};
use leptos::prelude::*;

/// What the switch is called on this tablet.
const SWITCH: &str = "barrow-sounds";

const ADDED: [Tone; 1] = [Tone { hz: 1320.0, from_s: 0.0, until_s: 0.06 }];
const WRONG: [Tone; 2] = [Tone { hz: 330.0, from_s: 0.0, until_s: 0.14 }, Tone { hz: 247.0, from_s: 0.16, until_s: 0.36 }];
const PAID: [Tone; 3] = [
    Tone { hz: 784.0, from_s: 0.0, until_s: 0.09 },
    Tone { hz: 988.0, from_s: 0.09, until_s: 0.18 },
    Tone { hz: 1319.0, from_s: 0.18, until_s: 0.34 },
];

/// The switch.
#[derive(Clone, Copy)]
pub struct Sounds {
    /// Are they on?
    pub on: RwSignal<bool>,
}

impl Sounds {
    /// As it was left on this tablet; on, where nobody touched it.
    pub fn remembered() -> Sounds {
        Sounds { on: RwSignal::new(!page::is_off(SWITCH)) }
    }

    /// Turns them on or off, at once.
    pub fn turn(self) {
        let on = !self.on.get_untracked();
        self.on.set(on);
        page::remember_off(SWITCH, !on);
        if on { sound::play(&ADDED) } else { sound::stop() }
    }

    /// Says what changed on the screen; `adds`: by somebody who added something.
    pub fn say(self, before: &View, after: &View, adds: bool) {
        if let Some(tones) = tones(before, after, adds)
            && self.on.get_untracked()
        {
            // After the screen: the first tone of a page takes the browser a moment.
            set_timeout(move || sound::play(tones), Duration::ZERO);
        }
    }
}

fn tones(before: &View, after: &View, adds: bool) -> Option<&'static [Tone]> {
    let is_unknown =
        |view: &View| view.panel.as_ref().is_some_and(|panel| matches!(panel.content, PanelContent::UnknownCode { .. }));
    let at_counter = |view: &View| matches!(view.screen, Screen::Selling(_) | Screen::Tender(_) | Screen::Receipt(_));
    if !at_counter(before) || !at_counter(after) {
        // Whoever comes or goes reads what is wrong.
        None
    } else if matches!((&before.screen, &after.screen), (Screen::Tender(_), Screen::Receipt(_))) {
        Some(&PAID)
    } else if is_unknown(after) && before.panel != after.panel || error(after).is_some() && error(before) != error(after) {
        Some(&WRONG)
    } else if adds && matches!(&after.screen, Screen::Selling(now) if !now.lines.is_empty()) && before.screen != after.screen {
        Some(&ADDED)
    } else {
        None
    }
}

/// What went wrong at the counter.
fn error(view: &View) -> Option<&String> {
    let on_screen = match &view.screen {
        Screen::Selling(selling) => selling.error.as_ref(),
        Screen::Tender(tender) => tender.error.as_ref(),
        Screen::Receipt(paid) => paid.error.as_ref(),
        _ => None,
    };
    view.panel.as_ref().and_then(|panel| panel.error.as_ref()).or(on_screen)
}
