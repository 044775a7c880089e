//! Sentences in another language. The English sentence in the source is the key (as with gettext), its values are holes: `{}`.
//!
//! Core, server and journal speak English; what is drawn is translated at the screen's edge. A screen knows template and values
//! ([`Phrases::fill`]); a finished sentence, such as an error or a line of the audit trail, is recognised by the fixed words of
//! its template ([`Phrases::say`]). Invariant: whatever is in no catalogue stays as it is; nothing is ever left out.

use std::collections::BTreeMap;

/// A translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Translation {
    /// The same for every value.
    One(String),
    /// By the plural category of the first value (`zero`, `one`, `two`, `few`, `many`, `other`: Unicode CLDR).
    Forms(BTreeMap<String, String>),
}

/// What only the browser knows of a language.
pub struct Rules {
    /// The plural category of a count.
    pub category: Box<dyn Fn(u64) -> String>,
    /// A count in the language's digits.
    pub count: Box<dyn Fn(u64) -> String>,
    /// It is written from right to left: values are kept apart from the words around them.
    pub right_to_left: bool,
}

/// One language's catalogue.
pub struct Phrases {
    rules: Rules,
    translations: BTreeMap<String, Translation>,
    /// Keys with holes, cut at them; those with the most fixed text first.
    templates: Vec<Vec<String>>,
}

/// Which keys a sentence is looked for among.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Those that say how it ends.
    Said,
    /// Those that end in a hole, too.
    Open,
}

/// A template with less fixed text than this, in letters, is recognised only around figures: `{} of {}` is in many a name.
const TELLING: usize = 7;
/// The hole in a key.
const HOLE: &str = "{}";

impl Phrases {
    /// A catalogue of these translations.
    pub fn new(rules: Rules, translations: BTreeMap<String, Translation>) -> Phrases {
        let cut = |key: &String| key.split(HOLE).map(str::to_owned).collect::<Vec<_>>();
        let mut templates: Vec<Vec<String>> = translations.keys().filter(|key| key.contains(HOLE)).map(cut).collect();
        templates.sort_by_key(|parts| std::cmp::Reverse(parts.iter().map(String::len).sum::<usize>()));
        Phrases { rules, translations, templates }
    }

    /// The translation of `template` with these values, which are taken as they are.
    pub fn fill(&self, template: &str, values: &[String]) -> String {
        match self.translations.get(template) {
            Some(translation) => self.filled(translation, values),
            None => self.set(template, values),
        }
    }

    /// A finished English sentence, or several after each other, as far as the catalogue has them.
    pub fn say(&self, english: &str) -> String {
        // A key that ends in a hole would take the sentences after its own for a value.
        let whole = || self.known(english, End::Said).or_else(|| self.sentences(english, End::Said));
        let open = || self.known(english, End::Open).or_else(|| self.sentences(english, End::Open));
        whole().or_else(open).unwrap_or_else(|| english.to_owned())
    }

    fn known(&self, english: &str, end: End) -> Option<String> {
        if let Some(translation) = self.translations.get(english) {
            return Some(self.filled(translation, &[]));
        }
        let fits = |parts: &&Vec<String>| end == End::Open || parts.last().is_some_and(|last| !last.is_empty());
        let recognised = self.templates.iter().filter(fits).find_map(|parts| Some((parts.join(HOLE), values(parts, english)?)));
        if let Some((key, values)) = recognised {
            return Some(self.filled(self.translations.get(&key)?, &values));
        }
        // What is a part of other sentences may stand alone.
        let lower = with_first(english, |c| c.to_lowercase().collect());
        if lower == english {
            // And the other way round.
            let upper = with_first(english, |c| c.to_uppercase().collect());
            return Some(self.filled(self.translations.get(&upper)?, &[]));
        }
        Some(with_first(&self.filled(self.translations.get(&lower)?, &[]), |c| c.to_uppercase().collect()))
    }

    /// One known sentence, and what comes after it: another one, or a part after a dot in the middle or a semicolon.
    fn sentences(&self, english: &str, end: End) -> Option<String> {
        for between in [" · ", "; "] {
            if let Some((first, rest)) = english.split_once(between)
                && let Some(first) = self.known(first, end)
            {
                return Some(format!("{first}{between}{}", self.say(rest)));
            }
        }
        let ends = english.match_indices(". ").map(|(at, _)| at + 1);
        ends.into_iter().find_map(|at| {
            let first = self.known(&english[..at], end)?;
            // Full-width stops bring their space along.
            let space = if first.ends_with('。') { "" } else { " " };
            Some(format!("{first}{space}{}", self.say(&english[at + 1..])))
        })
    }

    fn filled(&self, translation: &Translation, values: &[String]) -> String {
        let text = match translation {
            Translation::One(text) => text,
            Translation::Forms(forms) => {
                let count = values.first().and_then(|count| count.parse::<u64>().ok());
                let category = count.map(|count| (self.rules.category)(count)).unwrap_or_default();
                let Some(text) = forms.get(&category).or_else(|| forms.get("other")) else { return String::new() };
                if let Some(count) = count {
                    let counted = std::iter::once((self.rules.count)(count)).chain(values.iter().skip(1).cloned());
                    return self.set(text, &counted.collect::<Vec<_>>());
                }
                text
            }
        };
        self.set(text, values)
    }

    fn set(&self, text: &str, values: &[String]) -> String {
        fill(text, values, |value, translate| {
            let value = if translate { self.say(value) } else { value.to_owned() };
            if self.rules.right_to_left && !value.is_empty() { format!("\u{2068}{value}\u{2069}") } else { value }
        })
    }
}

/// `text` with its holes filled: `{}` with the next value, `{1}` with that one (counted from 0); with a `!` before the closing
/// brace, the value is itself a phrase. `write` says how a value is written.
pub fn fill(text: &str, values: &[String], write: impl Fn(&str, bool) -> String) -> String {
    let (mut out, mut rest, mut next) = (String::with_capacity(text.len()), text, 0);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((hole, after)) = after.split_once('}') else { break };
        let number = hole.trim_end_matches('!');
        let place = number.parse().unwrap_or(next);
        next = place + 1;
        out.push_str(&values.get(place).map(|value| write(value, hole.ends_with('!'))).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands in the holes between `parts`, if `sentence` is made of them.
fn values(parts: &[String], sentence: &str) -> Option<Vec<String>> {
    let (first, others) = parts.split_first()?;
    let (last, middle) = others.split_last()?;
    let mut rest = sentence.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
    let mut values = Vec::with_capacity(others.len());
    for part in middle {
        let (value, after) = rest.split_once(part.as_str())?;
        values.push(value.to_owned());
        rest = after;
    }
    values.push(rest.to_owned());
    let is_telling = parts.iter().map(|part| part.chars().count()).sum::<usize>() >= TELLING;
    (is_telling || values.iter().all(|value| is_figure(value))).then_some(values)
}

/// A count or an amount, with at most a currency's code.
fn is_figure(value: &str) -> bool {
    value.chars().any(char::is_numeric) && !value.contains('·') && value.chars().filter(|c| c.is_alphabetic()).count() <= 3
}

fn with_first(text: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| change(first) + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(right_to_left: bool) -> Phrases {
        let rules = Rules {
            category: Box::new(|count| if count == 1 { "one".into() } else { "other".into() }),
            count: Box::new(|count| format!("#{count}")),
            right_to_left,
        };
        let one = |key: &str, text: &str| (key.to_owned(), Translation::One(text.to_owned()));
        let forms = [("one", "{} Artikel"), ("other", "{} Artikel insgesamt")];
        let forms = forms.map(|(category, text)| (category.to_owned(), text.to_owned())).into();
        let all = [
            one("New sale", "Neuer Verkauf"),
            one("void a sale", "einen Verkauf stornieren"),
            one("Give {} back in cash.", "{} bar zurückgeben."),
            one("Reverse {} on the terminal.", "{} am Terminal stornieren."),
            one("{} of {}", "von {1} noch {0}"),
            one("Of sale {}", "Zu Verkauf {}"),
            one("Of sale {}, {} came back.", "Von Verkauf {} kam {} zurück."),
            one("Refused: {} (may not {})", "Abgelehnt: {!} (darf nicht {!})"),
            ("{} items".to_owned(), Translation::Forms(forms)),
        ];
        Phrases::new(rules, all.into())
    }

    #[test]
    fn sentences_are_found_whole_by_their_template_and_one_after_the_other() {
        let de = phrases(false);
        for (english, german) in [
            ("New sale", "Neuer Verkauf"),
            ("Give €5.00 back in cash.", "€5.00 bar zurückgeben."),
            ("2 of 3", "von 3 noch 2"),
            ("1 items", "#1 Artikel"),
            ("12 items", "#12 Artikel insgesamt"),
            ("Give €5.00 back in cash. Reverse €1.00 on the terminal.", "€5.00 bar zurückgeben. €1.00 am Terminal stornieren."),
            (
                "Refused: Void a sale (may not void a sale)",
                "Abgelehnt: Einen Verkauf stornieren (darf nicht einen Verkauf stornieren)",
            ),
            ("12 items · 2 of 3 · Tea", "#12 Artikel insgesamt · von 3 noch 2 · Tea"),
            ("12 items; New sale; Tea", "#12 Artikel insgesamt; Neuer Verkauf; Tea"),
            ("Of sale 1-1-4", "Zu Verkauf 1-1-4"),
            ("Of sale 1-1-4, 2 × Tea came back. New sale", "Von Verkauf 1-1-4 kam 2 × Tea zurück. Neuer Verkauf"),
            ("new sale", "Neuer Verkauf"),
            ("3 × Glass of wine", "3 × Glass of wine"),
            ("", ""),
        ] {
            assert_eq!(de.say(english), german);
        }
    }

    #[test]
    fn values_are_taken_as_they_are_and_kept_apart_from_right_to_left_words() {
        assert_eq!(phrases(false).fill("{} of {}", &["New sale".into(), "{0}".into()]), "von {0} noch New sale");
        assert_eq!(phrases(true).say("2 of 3"), "von \u{2068}3\u{2069} noch \u{2068}2\u{2069}");
        assert_eq!(phrases(false).fill("{} and {}", &["a".into(), "b".into()]), "a and b");
    }
}
