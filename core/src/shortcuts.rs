//! Keys that do what a button does. Each shop may give them others; the configuration holds what differs from the preset.
//!
//! A key that types a character is told from typing and from scanners by the page ([`crate::scan`]). What the browser keeps for
//! itself (reload, close, copy, the address bar) can be no shortcut.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Go to the search.
    Search,
    /// Take payment for the order.
    Charge,
    /// Exactly what is owed lies on the counter.
    CashExact,
    /// Take the payment.
    Confirm,
    /// From the receipt to the next sale.
    NewSale,
    /// Type a quantity for the line.
    Quantity,
    /// A discount for the line.
    Discount,
    /// Take the line out.
    Remove,
    /// Undo the last change to the order.
    Undo,
    /// Put the order aside.
    Park,
    /// The sales that the till holds.
    Orders,
    /// What else can be done.
    Menu,
    /// Lock the till.
    Lock,
    /// The help sheet.
    Help,
}

impl Action {
    /// All of them, in the order in which people read them.
    pub const ALL: [Action; 14] = [
        Action::Search,
        Action::Quantity,
        Action::Discount,
        Action::Remove,
        Action::Undo,
        Action::Charge,
        Action::CashExact,
        Action::Confirm,
        Action::NewSale,
        Action::Park,
        Action::Orders,
        Action::Menu,
        Action::Lock,
        Action::Help,
    ];

    /// Its key in a shop that did not change it.
    pub fn preset(self) -> Chord {
        Chord(
            match self {
                Action::Search => "/",
                Action::Quantity => "*",
                Action::Discount => "Alt+D",
                Action::Remove => "Delete",
                Action::Undo => "Ctrl+Z",
                Action::Charge => "F2",
                Action::CashExact => "F3",
                Action::Confirm => "F4",
                Action::NewSale => "F9",
                Action::Park => "F8",
                Action::Orders => "Alt+O",
                Action::Menu => "Alt+M",
                Action::Lock => "Alt+L",
                Action::Help => "?",
            }
            .to_owned(),
        )
    }
}

/// A key, alone or with Ctrl or Alt, in one spelling: `F2`, `Delete`, `?`, `Ctrl+Z`, `Alt+P`. (⌘ counts as Ctrl.)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chord(String);

/// Function keys that browsers leave to the page; not reload, address bar, full screen and developer tools.
const FUNCTION_KEYS: [&str; 8] = ["F1", "F2", "F3", "F4", "F7", "F8", "F9", "F10"];
/// Signs that stand for something at a counter.
const SIGNS: [&str; 10] = ["/", "?", "*", "+", "-", "=", ".", ",", ";", "#"];
/// With Ctrl, browsers close, open, reload, search and quit by these, and people edit text.
const WITH_CTRL_NOT: &str = "ACFHJKLNPQRTVWXY";

/// Why something is no shortcut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadShortcut {
    /// Not a key that can be one.
    #[error(
        "\"{0}\" cannot be a shortcut. Use F1 to F4, F7 to F10, Delete, Insert, one of / ? * + - = . , ; # or a letter with Alt+ or Ctrl+ that the browser does not use."
    )]
    Key(String),
    /// One key for two things.
    #[error("{0} would do two things. Give each shortcut a key of its own.")]
    Twice(Chord),
}

impl Chord {
    /// Reads what a person typed: capitals and blanks do not count.
    ///
    /// # Errors
    /// [`BadShortcut::Key`] for keys that are no use or are the browser's own.
    pub fn parse(text: &str) -> Result<Chord, BadShortcut> {
        let wrong = || BadShortcut::Key(text.chars().filter(|c| !c.is_control()).take(20).collect());
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect::<String>().to_ascii_uppercase();
        let letter = |rest: &str| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(rest) = plain.strip_prefix("ALT+").filter(|rest| letter(rest)) {
            return Ok(Chord(format!("Alt+{rest}")));
        }
        if let Some(rest) = plain.strip_prefix("CTRL+").filter(|rest| letter(rest)) {
            return if WITH_CTRL_NOT.contains(rest) { Err(wrong()) } else { Ok(Chord(format!("Ctrl+{rest}"))) };
        }
        match plain.as_str() {
            "DELETE" | "DEL" => Ok(Chord("Delete".to_owned())),
            "INSERT" | "INS" => Ok(Chord("Insert".to_owned())),
            key if FUNCTION_KEYS.contains(&key) || SIGNS.contains(&key) => Ok(Chord(plain)),
            _ => Err(wrong()),
        }
    }

    /// Does it type a character where there is a field?
    pub fn types(&self) -> bool {
        SIGNS.contains(&self.0.as_str())
    }

    /// Is it a function key? These do nothing in a field, so they work there as well.
    pub fn is_function_key(&self) -> bool {
        FUNCTION_KEYS.contains(&self.0.as_str())
    }

    /// Is it a letter with Alt? These edit nothing.
    pub fn is_with_alt(&self) -> bool {
        self.0.starts_with("Alt+")
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Chord {
    type Error = BadShortcut;

    fn try_from(text: String) -> Result<Chord, BadShortcut> {
        Chord::parse(&text)
    }
}

impl From<Chord> for String {
    fn from(chord: Chord) -> String {
        chord.0
    }
}

/// What a shop changed: another key for an action, or none.
pub type Changed = BTreeMap<Action, Option<Chord>>;

/// The key of each action in a shop, where it has one.
pub fn keys(changed: &Changed) -> impl Iterator<Item = (Action, Option<Chord>)> + '_ {
    Action::ALL.into_iter().map(|action| (action, key(changed, action)))
}

/// The key of `action`, if it has one.
pub fn key(changed: &Changed, action: Action) -> Option<Chord> {
    match changed.get(&action) {
        Some(own) => own.clone(),
        None => Some(action.preset()),
    }
}

/// What `pressed` does in a shop, if anything.
pub fn meant(changed: &Changed, pressed: &Chord) -> Option<Action> {
    Action::ALL.into_iter().find(|action| key(changed, *action).as_ref() == Some(pressed))
}

/// Checks what a shop wants, and gives it without what is as the preset.
///
/// # Errors
/// [`BadShortcut::Twice`] where one key would do two things.
pub fn checked(mut wanted: Changed) -> Result<Changed, BadShortcut> {
    wanted.retain(|action, chord| chord.as_ref() != Some(&action.preset()));
    let mut seen = std::collections::BTreeSet::new();
    for chord in keys(&wanted).filter_map(|(_, chord)| chord) {
        if !seen.insert(chord.clone()) {
            return Err(BadShortcut::Twice(chord));
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_have_one_spelling() {
        for (typed, written) in
            [("f2", "F2"), (" alt + p ", "Alt+P"), ("CTRL+z", "Ctrl+Z"), ("del", "Delete"), ("?", "?"), ("+", "+")]
        {
            assert_eq!(Chord::parse(typed).unwrap().as_str(), written);
        }
        for browsers in
            ["F5", "F12", "F13", "Ctrl+W", "ctrl+c", "Ctrl+1", "Alt+", "Alt+1", "a", "1", "Enter", "", "Ctrl+Alt+X", "é"]
        {
            assert!(matches!(Chord::parse(browsers), Err(BadShortcut::Key(_))), "{browsers}");
        }
    }

    #[test]
    fn the_presets_can_be_shortcuts_and_are_all_different() {
        for action in Action::ALL {
            assert_eq!(Chord::parse(action.preset().as_str()), Ok(action.preset()), "{action:?}");
        }
        assert_eq!(checked(Changed::new()), Ok(Changed::new()));
    }

    #[test]
    fn what_is_as_the_preset_is_not_kept_and_nothing_stands_twice() {
        let chord = |text: &str| Some(Chord::parse(text).unwrap());
        let same = Changed::from([(Action::Charge, chord("f2")), (Action::Lock, None)]);
        assert_eq!(checked(same), Ok(Changed::from([(Action::Lock, None)])));
        let twice = Changed::from([(Action::Park, chord("F2"))]);
        assert_eq!(checked(twice), Err(BadShortcut::Twice(Chord::parse("F2").unwrap())));
        // Two that change places are no clash.
        let swapped = Changed::from([(Action::Charge, chord("F3")), (Action::CashExact, chord("F2"))]);
        assert_eq!(checked(swapped.clone()), Ok(swapped.clone()));
        assert_eq!(meant(&swapped, &Chord::parse("F2").unwrap()), Some(Action::CashExact));
        assert_eq!(meant(&Changed::from([(Action::Lock, None)]), &Action::Lock.preset()), None);
    }

    #[test]
    fn a_configuration_with_a_bad_key_is_not_read() {
        let read = |action: &str, key: Option<&str>| {
            let mut bytes = Vec::new();
            ciborium::into_writer(&BTreeMap::from([(action, key)]), &mut bytes).unwrap();
            ciborium::from_reader::<Changed, _>(bytes.as_slice())
        };
        assert_eq!(read("charge", Some("alt+k")).unwrap(), Changed::from([(Action::Charge, Chord::parse("Alt+K").ok())]));
        assert_eq!(read("lock", None).unwrap(), Changed::from([(Action::Lock, None)]));
        assert!(read("charge", Some("F5")).is_err() && read("rob", Some("F2")).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_a_shortcut_or_a_sentence(text in ".{0,40}") {
            match Chord::parse(&text) {
                Ok(chord) => prop_assert_eq!(Chord::parse(chord.as_str()), Ok(chord)),
                Err(why) => prop_assert!(why.to_string().len() < 300),
            }
        }
    }
}
