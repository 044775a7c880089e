//! Holds the catalogues against the sources: the till's (`public/lang/*.json`), and what the office's page has beside them
//! (`public/lang/office/*.json`). Every text that a person can see has a translation in every language, with the same values in it,
//! and there is none for a text that is gone (ADR 0015).
//!
//! In `app` and `office`, a text is what stands in `t("…")`, `tf("…")` or `key("…")`, and no other literal may look like one.
//! `core`, and what reaches a page of `browser` and `server`, speaks English without marks: there, every literal that reads like
//! words counts.

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

/// One page's catalogues, and where its texts are.
struct Page {
    /// The folder of its catalogues.
    folder: &'static str,
    /// Its own sources, in which texts are marked.
    marked: &'static str,
    /// Pages that translate themselves.
    html: &'static [&'static str],
    /// What of the other crates can be seen on it: all that reads like words.
    spoken: &'static [&'static str],
    /// What of the server answers it: only what is an answer's text.
    answers: &'static [&'static str],
    /// Of all of those, what is made of names, or speaks to others alone.
    quiet: &'static [&'static str],
    /// Literals that read like words, and that nobody ever sees on it, with the reason.
    unseen: &'static [&'static str],
}

const TILL: Page = Page {
    folder: "public/lang",
    marked: "app/src",
    html: &["public/display.html"],
    spoken: &[
        "core/src",
        "browser/src/readers.rs",
        "browser/src/readers/webhid.rs",
        "browser/src/camera.rs",
        "browser/src/scanners.rs",
        "browser/src/device/expiry.rs",
        "browser/src/device/cards.rs",
        "browser/src/server.rs",
    ],
    answers: &["server/src/http/problem.rs", "server/src/store/codes.rs"],
    quiet: &[
        "core/src/receipt/code_page.rs",
        "core/src/image.rs",
        "core/src/shortcuts.rs",
        "core/src/money/currencies.rs",
        "core/src/promotion.rs",
        "app/src/shortcuts.rs",
    ],
    unseen: include!("catalogues/unseen.in"),
};

/// Its catalogues hold only what the till's lack: the page loads both.
const OFFICE: Page = Page {
    folder: "public/lang/office",
    marked: "office/src",
    html: &[],
    spoken: &[
        "core/src/image.rs",
        "core/src/shortcuts.rs",
        "server/src/http/office/alerts.rs",
        "server/src/http/office/audit.rs",
        "server/src/http/office/terminals.rs",
        "server/src/ingest/gifts.rs",
        "server/src/ingest/refunds.rs",
        "server/src/mail.rs",
        "server/src/payments/forward.rs",
        "server/src/payments/header.rs",
        "server/src/payments/take.rs",
        "server/src/cards.rs",
        "server/src/rules.rs",
        "server/src/store/changes.rs",
    ],
    answers: &[
        "server/src/http/office.rs",
        "server/src/http/office",
        "server/src/http/problem.rs",
        "server/src/names.rs",
        "server/src/people.rs",
    ],
    quiet: &[],
    unseen: include!("catalogues/unseen_office.in"),
};

/// Checks all catalogues; gives how many texts there are.
pub fn check() -> Result<usize, Failure> {
    let (till, office) = texts()?;
    let faults = [faults(&TILL, &till)?, faults(&OFFICE, &office)?].concat();
    if faults.is_empty() { Ok(till.wanted.len() + office.wanted.len()) } else { Err(Failure(faults.join("\n"))) }
}

fn faults(page: &Page, texts: &Texts) -> Result<Vec<String>, Failure> {
    let mut faults = texts.unmarked.clone();
    let mut meant: BTreeMap<String, (BTreeSet<usize>, &str)> = BTreeMap::new();
    for (code, categories) in LANGUAGES {
        let (path, catalogue) = catalogue(page, code)?;
        for key in texts.wanted.iter().filter(|key| !catalogue.contains_key(*key)) {
            faults.push(format!("{path}: no translation of {key:?}"));
        }
        for (key, translation) in &catalogue {
            if !texts.all.contains(key) {
                faults.push(format!(
                    "{path}: {key:?} stands nowhere in the sources, or in another catalogue that is loaded with it"
                ));
            }
            faults.extend(faults_of(key, translation, categories).into_iter().map(|fault| format!("{path}: {key:?}: {fault}")));
            let phrases = phrases_in(translation);
            let (first, of) = meant.entry(key.clone()).or_insert_with(|| (phrases.clone(), *code));
            if *first != phrases {
                faults.push(format!("{path}: {key:?}: not the same values are phrases (with a `!`) as in {of}"));
            }
        }
    }
    Ok(faults)
}

/// The keys that a language's catalogues lack, as JSON strings below the name of the file: for whoever translates.
pub fn missing(code: &str) -> Result<String, Failure> {
    let (till, office) = texts()?;
    let mut lines = Vec::new();
    for (page, texts) in [(TILL, till), (OFFICE, office)] {
        let (path, catalogue) = catalogue(&page, code)?;
        let missing: Vec<_> = texts.wanted.iter().filter(|key| !catalogue.contains_key(*key)).collect();
        if !missing.is_empty() {
            lines.push(format!("{path}:"));
            lines.extend(missing.into_iter().map(|key| Value::from(key.as_str()).to_string()));
        }
    }
    Ok(lines.join("\n"))
}

/// The till's texts, and the office's that no catalogue of the till's has.
fn texts() -> Result<(Texts, Texts), Failure> {
    let till = Texts::read(Path::new("."), &TILL)?;
    let mut office = Texts::read(Path::new("."), &OFFICE)?;
    // The till's may hold more than is wanted of it, such as single words of the core.
    let mut held = till.all.clone();
    for (code, _) in LANGUAGES {
        let (_, catalogue) = catalogue(&TILL, code)?;
        held.retain(|key| catalogue.contains_key(key));
    }
    let held = |key: &String| till.wanted.contains(key) || held.contains(key);
    office.wanted.retain(|key| !held(key));
    office.all.retain(|key| !held(key));
    Ok((till, office))
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
    fn read(root: &Path, page: &Page) -> Result<Texts, Failure> {
        let mut texts = Texts { wanted: BTreeSet::new(), all: BTreeSet::new(), unmarked: Vec::new() };
        let is_quiet = |path: &str| page.quiet.iter().any(|quiet| path.ends_with(quiet));
        let is_unseen = |key: &str| page.unseen.contains(&key);
        for (path, source) in sources(&root.join(page.marked))? {
            for literal in literals(&source) {
                // What has no letters is the same in every language; its values are kept apart all the same.
                if literal.is_marked() && !literal.key().chars().any(char::is_alphabetic) {
                    continue;
                }
                if literal.is_marked() {
                    texts.wanted.insert(literal.key());
                } else if literal.looks_drawn() && !is_quiet(&path) && !is_unseen(&literal.key()) {
                    texts.unmarked.push(format!("{path}: {:?} is drawn without t(…) or tf(…)", literal.text));
                }
                texts.all.insert(literal.key());
            }
        }
        for page in page.html {
            for text in page_texts(&root.join(page))? {
                texts.wanted.insert(text.clone());
                texts.all.insert(text);
            }
        }
        for (place, is_answers) in
            page.spoken.iter().map(|place| (place, false)).chain(page.answers.iter().map(|place| (place, true)))
        {
            for (path, source) in sources(&root.join(place))? {
                for literal in literals(&source) {
                    let is_spoken = literal.reads_like_words() && !is_quiet(&path) && (!is_answers || literal.is_answer());
                    if is_spoken && !is_unseen(&literal.key()) {
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

/// A page's catalogue of a language, and its path. One that is not there is empty.
fn catalogue(page: &Page, code: &str) -> Result<(String, Map<String, Value>), Failure> {
    let path = format!("{}/{code}.json", page.folder);
    if !Path::new(&path).exists() {
        return Ok((path, Map::new()));
    }
    let text = fs::read_to_string(&path).map_err(|e| Failure(format!("{path}: {e}")))?;
    let catalogue = serde_json::from_str(&text).map_err(|e| Failure(format!("{path}: {e}")))?;
    Ok((path, catalogue))
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
