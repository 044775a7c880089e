//! Fields whose content comes back after a reload or a lock: the core keeps it with the open orders.

use barrow_core::till::{Event, Phase};
use leptos::prelude::*;

use super::Till;

/// Where a field stands: what was typed into it is forgotten with that.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// On the screen.
    Screen,
    /// In what is open over it.
    Panel,
}

impl Till {
    /// A text field of this name. Not for what nobody may keep, such as a PIN.
    pub fn kept(self, at: Where, field: &'static str) -> RwSignal<String> {
        self.kept_from(at, field, String::new())
    }

    /// As [`Till::kept`], beginning with `text`.
    pub fn kept_from(self, at: Where, field: &'static str, text: String) -> RwSignal<String> {
        self.kept_as(at, field, text, |kept| Some(kept.to_owned()), String::clone)
    }

    /// One of some words, at first the first of them.
    pub fn kept_choice<const N: usize>(self, at: Where, field: &'static str, words: [&'static str; N]) -> RwSignal<&'static str> {
        let first = words.first().copied().unwrap_or_default();
        self.kept_as(at, field, first, move |kept| words.into_iter().find(|word| *word == kept), |word| (*word).to_owned())
    }

    /// Anything that can be written as text, and read from it.
    pub fn kept_as<T: Clone + Send + Sync + 'static>(
        self,
        at: Where,
        field: &'static str,
        first: T,
        read: impl FnOnce(&str) -> Option<T>,
        write: fn(&T) -> String,
    ) -> RwSignal<T> {
        let kept = match &self.inside().model.borrow().phase {
            Phase::Unlocked(desk) => desk.fields.get(field).and_then(read),
            _ => None,
        };
        let value = RwSignal::new(kept.unwrap_or(first));
        self.tell(at, field, Signal::derive(move || value.with(write)));
        value
    }

    /// Tells the core what stands in a field, from its first change on.
    fn tell(self, at: Where, field: &'static str, text: Signal<String>) {
        Effect::new(move |before: Option<String>| {
            let text = text.get();
            if before.is_some_and(|before| before != text) {
                self.send(Event::FieldTyped { field: field.to_owned(), text: text.clone(), over: at == Where::Panel });
            }
            text
        });
    }
}
