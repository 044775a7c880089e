//! The languages of the till. English is in the source, and what is drawn goes through [`t`] or [`tf`]: the English text is the
//! key (ADR 0015). A catalogue is a file of its own, `public/lang/<code>.json`, of which only the chosen one is loaded.

mod choice;

use std::{cell::RefCell, fmt::Display};

use barrow_browser::language;
use barrow_core::{
    money::{Currency, Style},
    phrases::{Phrases, fill},
};
use leptos::task::spawn_local;

use crate::{stopped, till::Till};
pub use choice::language_choice;

/// A language that the till speaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// What it is called in itself.
    pub name: &'static str,
    right_to_left: bool,
}

/// All of them, in the order in which they are offered.
pub const LANGUAGES: [Language; 6] = [
    Language { code: "en", name: "English", right_to_left: false },
    Language { code: "de", name: "Deutsch", right_to_left: false },
    Language { code: "fr", name: "Français", right_to_left: false },
    Language { code: "es", name: "Español", right_to_left: false },
    Language { code: "ja", name: "日本語", right_to_left: false },
    Language { code: "ar", name: "العربية", right_to_left: true },
];

thread_local! {
    /// Nothing: the source's own English.
    static PHRASES: RefCell<Option<Phrases>> = const { RefCell::new(None) };
    /// How numbers are written, as far as that is known.
    static STYLE: RefCell<Option<Box<Style>>> = const { RefCell::new(None) };
}

/// The translation of a text from the source, or of a sentence that the core has made: an error, a line of the audit trail.
pub fn t(english: &str) -> String {
    PHRASES.with_borrow(|phrases| phrases.as_ref().map_or_else(|| english.to_owned(), |phrases| phrases.say(english)))
}

/// The translation of a template with values in place of its holes (`{}`). The values are taken as they are.
pub fn tf(template: &str, values: &[&dyn Display]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    PHRASES.with_borrow(|phrases| match phrases {
        Some(phrases) => phrases.fill(template, &values),
        None => fill(template, &values, |value, _| value.to_owned()),
    })
}

/// Marks a text in the source that is translated where it is drawn.
pub const fn key(english: &'static str) -> &'static str {
    english
}

/// The language of the document.
pub fn chosen() -> &'static Language {
    let locale = language::locale();
    let code = locale.split('-').next().unwrap_or_default();
    LANGUAGES.iter().find(|language| language.code == code).unwrap_or(&LANGUAGES[0])
}

/// Loads the catalogue of the document's language: before anything is drawn, so that nobody sees another one.
pub async fn load() {
    let chosen = chosen();
    if !speak(chosen).await {
        language::set(LANGUAGES[0].code, LANGUAGES[0].right_to_left);
    }
    stopped::prepare();
}

/// The person chose another language: from now on, and after every reload of this tablet. What cannot be loaded is not chosen.
pub fn choose(till: Till, language: &'static Language) {
    spawn_local(async move {
        if speak(language).await {
            language::keep(language.code);
            language::set(language.code, language.right_to_left);
            stopped::prepare();
            till.language_changed(language.code);
        }
    });
}

/// What stands between a number's whole part and its decimals.
pub fn decimal() -> String {
    language::decimal(&language::locale())
}

/// How amounts of this currency are written in the document's language.
pub fn style(currency: &Currency) -> Option<Box<Style>> {
    let style = language::number_style(&language::locale(), currency);
    STYLE.set(style.clone());
    style
}

/// A number that the core has written without a style, such as `0.4 kg`.
pub fn number(canonical: &str) -> String {
    STYLE.with_borrow(|style| style.as_ref().map_or_else(|| canonical.to_owned(), |style| style.number(canonical)))
}

async fn speak(language: &Language) -> bool {
    if language.code == LANGUAGES[0].code {
        PHRASES.set(None);
        return true;
    }
    let Some(translations) = language::catalogue(language.code).await else { return false };
    let rules = language::rules(&language::as_owner_writes(language.code), language.right_to_left);
    PHRASES.set(Some(Phrases::new(rules, translations)));
    true
}
