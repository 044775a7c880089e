//! The languages of the till: what is drawn goes through [`t`] or [`tf`] (`barrow_language`, ADR 0015).

mod choice;

pub use barrow_language::{LANGUAGES, Language, chosen, decimal, is_latin, key, number, style, t, tf};
use leptos::task::spawn_local;

use crate::{stopped, till::Till};
pub use choice::language_choice;

/// Where the till's catalogue is.
const CATALOGUES: &[&str] = &["/lang/{}.json"];

/// Loads the catalogue of the document's language: before anything is drawn, so that nobody sees another one.
pub async fn load() {
    barrow_language::load(CATALOGUES).await;
    stopped::prepare();
}

/// The person chose another language. What cannot be loaded is not chosen.
pub fn choose(till: Till, language: &'static Language) {
    spawn_local(async move {
        if barrow_language::choose(language, CATALOGUES).await {
            stopped::prepare();
            till.language_changed(language.code);
        }
    });
}
