//! The languages of the till and of the office. English is in the source, and what is drawn goes through [`t`] or [`tf`]: the
//! English text is the key (ADR 0015). A catalogue is a file of its own below `public/lang`, of which only the chosen one is
//! loaded.

mod intl;

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    fmt::Display,
};

use barrow_core::{
    money::{Currency, Style},
    phrases::{Phrases, fill},
    tax::Ppm,
};

pub use intl::locale;

/// A language that Barrow speaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// What it is called in itself.
    pub name: &'static str,
    right_to_left: bool,
    latin: bool,
}

/// All of them, in the order in which they are offered.
pub const LANGUAGES: [Language; 6] = [
    Language { code: "en", name: "English", right_to_left: false, latin: true },
    Language { code: "de", name: "Deutsch", right_to_left: false, latin: true },
    Language { code: "fr", name: "Français", right_to_left: false, latin: true },
    Language { code: "es", name: "Español", right_to_left: false, latin: true },
    Language { code: "ja", name: "日本語", right_to_left: false, latin: false },
    Language { code: "ar", name: "العربية", right_to_left: true, latin: false },
];

thread_local! {
    /// Nothing: the source's own English.
    static PHRASES: RefCell<Option<Phrases>> = const { RefCell::new(None) };
    /// How numbers are written, as far as that is known.
    static STYLE: RefCell<Option<Box<Style>>> = const { RefCell::new(None) };
    /// How amounts are written, by their currency's code.
    static STYLES: RefCell<HashMap<String, Option<Box<Style>>>> = RefCell::new(HashMap::new());
}

/// The translation of a text from the source, or of a sentence that core, server or journal have made: an error, an alert, a line
/// of the audit trail.
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

/// The language of this code.
pub fn of_code(code: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| language.code == code)
}

/// The language of the document.
pub fn chosen() -> &'static Language {
    of_code(locale().split('-').next().unwrap_or_default()).unwrap_or(&LANGUAGES[0])
}

/// Is the language written in Latin letters?
pub fn is_latin() -> bool {
    chosen().latin
}

/// Loads the catalogues of the document's language: before anything is drawn, so that nobody sees another one. Each address has
/// `{}` in the place of the language's code; what stands in several is taken from the last.
pub async fn load(catalogues: &[&str]) {
    let chosen = chosen();
    if !speak(chosen, catalogues).await {
        intl::set(LANGUAGES[0].code, LANGUAGES[0].right_to_left);
    }
    learn_figures();
}

/// The person chose another language: from now on, and after every reload of this browser. False, and nothing has changed, where
/// it cannot be loaded.
pub async fn choose(language: &Language, catalogues: &[&str]) -> bool {
    if !speak(language, catalogues).await {
        return false;
    }
    intl::keep(language.code);
    intl::set(language.code, language.right_to_left);
    learn_figures();
    true
}

/// What stands between a number's whole part and its decimals.
pub fn decimal() -> String {
    intl::decimal(&locale())
}

/// How amounts of this currency are written in the document's language. Nothing, where the browser does not know the currency,
/// and outside of browsers.
pub fn style(currency: &Currency) -> Option<Box<Style>> {
    if !cfg!(target_arch = "wasm32") {
        return None;
    }
    let known = STYLES.with_borrow(|styles| styles.get(&currency.code).cloned());
    let style = known.unwrap_or_else(|| {
        let style = intl::number_style(&locale(), currency);
        STYLES.with_borrow_mut(|styles| styles.insert(currency.code.clone(), style.clone()));
        style
    });
    STYLE.set(style.clone());
    style
}

/// A number that the core has written without a style, such as `0.4 kg`.
pub fn number(canonical: &str) -> String {
    STYLE.with_borrow(|style| style.as_ref().map_or_else(|| canonical.to_owned(), |style| style.number(canonical)))
}

/// A rate, such as `19 %` or `8.875 %`.
pub fn percent(rate: Ppm) -> String {
    STYLE.with_borrow(|style| Currency { style: style.clone(), ..Currency::eur() }.percent(rate))
}

/// Until the shop's currency is known, numbers are written as beside any other.
fn learn_figures() {
    STYLES.with_borrow_mut(HashMap::clear);
    let _ = style(&Currency::eur());
}

async fn speak(language: &Language, catalogues: &[&str]) -> bool {
    if language.code == LANGUAGES[0].code {
        PHRASES.set(None);
        return true;
    }
    let mut translations = BTreeMap::new();
    for address in catalogues {
        let Some(catalogue) = intl::catalogue(&address.replace("{}", language.code)).await else { return false };
        translations.extend(catalogue);
    }
    let rules = intl::rules(&intl::as_owner_writes(language.code), language.right_to_left);
    PHRASES.set(Some(Phrases::new(rules, translations)));
    true
}
