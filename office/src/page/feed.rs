//! Answers of the server, read again while the page is looked at.

use std::time::Duration;

use barrow_language::key;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;

use super::Office;
use crate::{
    clock,
    server::{self, Failure},
};

/// How often a page that is looked at reads again.
const EVERY: Duration = Duration::from_secs(10);

/// What the server last said at one address.
pub(super) struct Feed<T: Send + Sync + 'static> {
    /// The newest answer; kept while a newer one cannot be had.
    pub latest: RwSignal<Option<T>>,
    /// Why there is no newer one.
    pub trouble: RwSignal<Option<String>>,
    /// The time of day of the newest answer.
    pub as_of: RwSignal<String>,
}

// Not derived: that would ask the same of `T`.
impl<T: Send + Sync + 'static> Clone for Feed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Feed<T> {}

/// How often an address is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Every 10 seconds.
    Live,
    /// Until there is an answer, then no more: it seldom changes, or is large.
    Once,
}

impl<T: DeserializeOwned + PartialEq + Send + Sync + 'static> Feed<T> {
    /// Reads `path` now, whenever it changes, and at its pace.
    pub fn of(office: Office, pace: Pace, path: impl Fn() -> String + Send + Sync + 'static) -> Feed<T> {
        let feed = Feed { latest: RwSignal::new(None), trouble: RwSignal::new(None), as_of: RwSignal::new(String::new()) };
        let path = Memo::new(move |_| path());
        // Answers may overtake one another: only the one to the newest question counts.
        let newest = StoredValue::new(0u32);
        Effect::new(move || {
            office.beat.track();
            let path = path.get();
            let settled = feed.latest.with_untracked(Option::is_some) && feed.trouble.with_untracked(Option::is_none);
            if pace == Pace::Once && settled {
                return;
            }
            newest.update_value(|asked| *asked = asked.wrapping_add(1));
            let mine = newest.get_value();
            spawn_local(async move {
                let answer = server::get::<T>(&path).await;
                // The room may be left, and its signals gone, by now.
                if newest.try_get_value() == Some(mine) {
                    feed.take(office, answer);
                }
            });
        });
        feed
    }

    fn take(self, office: Office, answer: Result<T, Failure>) {
        match answer {
            Ok(answer) => {
                self.trouble.set(None);
                self.as_of.set(clock::time_now());
                // What did not change is not drawn again: an open row and a text selection stay as they are.
                if self.latest.with_untracked(|known| known.as_ref() != Some(&answer)) {
                    self.latest.set(Some(answer));
                }
            }
            Err(Failure::SignedOut(_)) => office.signed_out(Some(key("You were signed out. Sign in again.").to_owned())),
            Err(other) => self.trouble.set(Some(other.to_string())),
        }
    }
}

/// Lets the live feeds beat: every 10 seconds while the page can be seen, and at once when it is seen again.
pub(super) fn keep_beating(office: Office) {
    let beat = move || {
        if !document().hidden() {
            office.refresh();
        }
    };
    set_interval(beat, EVERY);
    for event in ["visibilitychange", "online"] {
        // The page listens for as long as it lives.
        drop(window_event_listener_untyped(event, move |_| beat()));
    }
}
