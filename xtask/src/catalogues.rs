//! Holds the till's catalogues (`public/lang/*.json`) against the sources: every text that a cashier can see has a translation in
//! every language, with the same values in it, and there is none for a text that is gone (ADR 0015).
//!
//! In `app`, a text is what stands in `t("…")`, `tf("…")` or `key("…")`, and no other literal may look like one. `core`, and what
//! reaches the till of `browser` and `server`, speaks English without marks: there, every literal that reads like words counts.

mod literals;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Map, Value};

use crate::shell::Failure;
use literals::literals;

/// The languages beside English, with the plural categories that each must have. (French and Spanish have `many` as well, from a
/// million on.)
const LANGUAGES: &[(&str, &[&str])] = &[
    ("de", &["one", "other"]),
    ("fr", &["one", "other"]),
    ("es", &["one", "other"]),
    ("ja", &["other"]),
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
];

/// What of the other crates a cashier can see.
const SPOKEN: &[&str] = &[
    "core/src",
    "browser/src/readers.rs",
    "browser/src/readers/webhid.rs",
    "browser/src/camera.rs",
    "browser/src/scanners.rs",
    "browser/src/device/expiry.rs",
    "browser/src/device/cards.rs",
    "browser/src/server.rs",
    "server/src/http/problem.rs",
    "server/src/store/codes.rs",
];

/// Of those, what speaks to the office alone; and of `app`, what is made of names: of languages, and of keys.
const QUIET: &[&str] = &[
    "core/src/receipt/code_page.rs",
    "core/src/image.rs",
    "core/src/shortcuts.rs",
    "core/src/money/currencies.rs",
    "core/src/promotion.rs",
    "app/src/language.rs",
    "app/src/shortcuts.rs",
];

/// Literals of those that read like words, and that no cashier ever sees, with the reason.
const UNSEEN: &[&str] = include!("catalogues/unseen.in");

/// Checks all catalogues; gives how many texts there are.
pub fn check() -> Result<usize, Failure> {
    let texts = Texts::read(Path::new("."))?;
    let mut faults = texts.unmarked.clone();
    let mut meant: BTreeMap<String, (BTreeSet<usize>, &str)> = BTreeMap::new();
    for (code, categories) in LANGUAGES {
        let catalogue = catalogue(code)?;
        for key in texts.wanted.iter().filter(|key| !catalogue.contains_key(*key)) {
            faults.push(format!("{code}: no translation of {key:?}"));
        }
        for (key, translation) in &catalogue {
            if !texts.all.contains(key) {
                faults.push(format!("{code}: {key:?} stands nowhere in the sources"));
            }
            faults.extend(faults_of(key, translation, categories).into_iter().map(|fault| format!("{code}: {key:?}: {fault}")));
            let phrases = phrases_in(translation);
            let (first, of) = meant.entry(key.clone()).or_insert_with(|| (phrases.clone(), *code));
            if *first != phrases {
                faults.push(format!("{code}: {key:?}: not the same values are phrases (with a `!`) as in {of}"));
            }
        }
    }
    if faults.is_empty() { Ok(texts.wanted.len()) } else { Err(Failure(faults.join("\n"))) }
}

/// The keys that a catalogue lacks, one a line, as JSON strings: for whoever translates.
pub fn missing(code: &str) -> Result<String, Failure> {
    let catalogue = catalogue(code)?;
    let texts = Texts::read(Path::new("."))?;
    let lines = texts.wanted.iter().filter(|key| !catalogue.contains_key(*key)).map(|key| Value::from(key.as_str()).to_string());
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

struct Texts {
    /// Each must be in every catalogue.
    wanted: BTreeSet<String>,
    /// Each may be.
    all: BTreeSet<String>,
    /// Literals of `app` that look like a text, and are not marked as one.
    unmarked: Vec<String>,
}

impl Texts {
    fn read(root: &Path) -> Result<Texts, Failure> {
        let mut texts = Texts { wanted: BTreeSet::new(), all: BTreeSet::new(), unmarked: Vec::new() };
        for (path, source) in sources(&root.join("app/src"))? {
            for literal in literals(&source) {
                // What has no letters is the same in every language; its values are kept apart all the same.
                if literal.is_marked() && !literal.key().chars().any(char::is_alphabetic) {
                    continue;
                }
                if literal.is_marked() {
                    texts.wanted.insert(literal.key());
                } else if literal.looks_drawn() && !is_quiet(&path) {
                    texts.unmarked.push(format!("{path}: {:?} is drawn without t(…) or tf(…)", literal.text));
                }
                texts.all.insert(literal.key());
            }
        }
        for text in page_texts(&root.join("public/display.html"))? {
            texts.wanted.insert(text.clone());
            texts.all.insert(text);
        }
        for place in SPOKEN {
            for (path, source) in sources(&root.join(place))? {
                for literal in literals(&source) {
                    let is_spoken =
                        literal.reads_like_words() && !is_quiet(&path) && (!place.starts_with("server/") || literal.is_answer());
                    if is_spoken && !UNSEEN.contains(&literal.key().as_str()) {
                        texts.wanted.insert(literal.key());
                    }
                    texts.all.insert(literal.key());
                }
            }
        }
        Ok(texts)
    }
}

/// The texts of the customer's page, which translates itself: what stands between tags, and names for screen readers.
fn page_texts(page: &Path) -> Result<Vec<String>, Failure> {
    let html = fs::read_to_string(page).map_err(|e| Failure(format!("{}: {e}", page.display())))?;
    let body = html.split_once("<body>").map_or("", |(_, body)| body).split("<noscript>").next().unwrap_or_default();
    let between = body.split('>').skip(1).filter_map(|rest| rest.split('<').next());
    let names = body.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next());
    Ok(between.chain(names).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect())
}

fn is_quiet(path: &str) -> bool {
    QUIET.iter().any(|quiet| path.ends_with(quiet))
}

fn faults_of(key: &str, translation: &Value, categories: &[&str]) -> Vec<String> {
    let wanted = holes(key);
    match translation {
        Value::String(text) if text.trim().is_empty() => vec!["is empty".into()],
        Value::String(text) if holes(text) == wanted => Vec::new(),
        Value::String(text) => vec![format!("{text:?} has not the same values")],
        Value::Object(forms) => {
            let mut faults: Vec<String> = categories
                .iter()
                .filter(|category| !forms.contains_key(**category))
                .map(|c| format!("no form for {c:?}"))
                .collect();
            let known = |category: &str| categories.contains(&category) || category == "many";
            faults.extend(forms.keys().filter(|category| !known(category)).map(|c| format!("no such form: {c:?}")));
            for text in forms.values() {
                let mut found = holes(text.as_str().unwrap_or_default());
                // "Two items" may be one word.
                found.insert(0);
                if found != wanted {
                    faults.push(format!("{text} has not the same values"));
                }
            }
            faults
        }
        _ => vec!["is neither a text nor an object of plural forms".into()],
    }
}

/// The places of the values in `text`.
fn holes(text: &str) -> BTreeSet<usize> {
    each_hole(text).into_iter().map(|(place, _)| place).collect()
}

/// The places of the values that are phrases themselves.
fn phrases_in(translation: &Value) -> BTreeSet<usize> {
    let texts: Vec<&str> = match translation {
        Value::Object(forms) => forms.values().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    };
    texts.into_iter().flat_map(each_hole).filter(|(_, phrase)| *phrase).map(|(place, _)| place).collect()
}

fn each_hole(text: &str) -> Vec<(usize, bool)> {
    let mut next = 0;
    let holes = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(hole, _)| hole));
    holes
        .map(|hole| {
            let place = hole.trim_end_matches('!').parse().unwrap_or(next);
            next = place + 1;
            (place, hole.ends_with('!'))
        })
        .collect()
}

fn catalogue(code: &str) -> Result<Map<String, Value>, Failure> {
    let path = format!("public/lang/{code}.json");
    let text = fs::read_to_string(&path).map_err(|e| Failure(format!("{path}: {e}")))?;
    serde_json::from_str(&text).map_err(|e| Failure(format!("{path}: {e}")))
}

/// The sources at or below `place`, with their paths. What is not there is none.
fn sources(place: &Path) -> Result<Vec<(String, String)>, Failure> {
    let failed = |e: std::io::Error| Failure(format!("{}: {e}", place.display()));
    if place.is_dir() {
        let mut all = Vec::new();
        for entry in fs::read_dir(place).map_err(failed)? {
            all.extend(sources(&entry.map_err(failed)?.path())?);
        }
        all.sort();
        return Ok(all);
    }
    if place.extension().is_none_or(|ending| ending != "rs") {
        return Ok(Vec::new());
    }
    Ok(vec![(place.display().to_string(), fs::read_to_string(place).map_err(failed)?)])
}

#[cfg(test)]
mod tests {
    use super::{literals::Literal, *};

    #[test]
    fn every_catalogue_is_complete() {
        // Tests run in the crate's own folder.
        std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap_or_default();
        if let Err(Failure(why)) = check() {
            panic!("{why}");
        }
    }

    #[test]
    fn values_are_held_against_the_key() {
        let faults = |text: Value| faults_of("{} of {}", &text, &["one", "other"]);
        assert!(faults("{1} / {0}".into()).is_empty());
        assert_eq!(faults("{} / {}!".into()).len() + faults("{}".into()).len() + faults("".into()).len(), 2);
        assert_eq!(faults(serde_json::json!({"other": "{} / {}"})), ["no form for \"one\""]);
        assert!(faults(serde_json::json!({"one": "eins / {1}", "other": "{} / {}"})).is_empty());
    }

    #[test]
    fn literals_are_told_apart() {
        let source = r##"
            //! "Not this"
            #[error("Type it.")] // "nor this"
            fn a() { t("New \"sale\""); html::p().child("Bare").class("notice grave"); '"'; tf(
                "Sale {id:>3} \
                 more", &[]); f(r#"Raw"#); }
            #[cfg(test)]
            mod tests { "Never" }
        "##;
        let found = literals(source);
        let texts: Vec<&str> = found.iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(texts, ["Type it.", "New \"sale\"", "Bare", "notice grave", "Sale {id:>3} more", "Raw"]);
        let marked: Vec<String> = found.iter().filter(|literal| literal.is_marked()).map(Literal::key).collect();
        assert_eq!(marked, ["New \"sale\"", "Sale {} more"]);
        assert_eq!(found.iter().filter(|l| !l.is_marked() && l.looks_drawn()).count(), 3, "bare, raw and the error");
    }
}
