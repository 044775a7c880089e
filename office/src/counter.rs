//! What the owner decides about the counter: promotions, the shop's own labels, keyboard shortcuts. Each is saved by itself, by
//! `PATCH /v1/office/rules`, and leaves the others as they are.

use std::collections::BTreeMap;

use barrow_core::{
    config::LabelHolds,
    promotion::Promotion,
    shortcuts::{self, Action, BadShortcut, Chord},
};
use barrow_language::key;
use serde::{Deserialize, Serialize};

/// The counter's part of `GET /v1/office/rules`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CounterRules {
    /// The configuration's version, which only goes up.
    pub version: u64,
    /// In the order in which they are tried.
    pub promotions: Vec<Promotion>,
    /// By the label's first two digits, without a zero in front.
    pub labels: BTreeMap<String, LabelHolds>,
    /// The key of each action, or none.
    pub shortcuts: BTreeMap<Action, Option<Chord>>,
}

/// What is saved; what is nothing stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CounterChange {
    /// All promotions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotions: Option<Vec<Promotion>>,
    /// All labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, LabelHolds>>,
    /// All shortcuts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shortcuts: Option<BTreeMap<Action, Option<Chord>>>,
}

/// The first digits of labels that are the shop's own (GS1 General Specifications, 2.1.12), as people read them and as they are
/// written.
pub const PREFIXES: [(&str, &str); 11] = [
    ("02", "2"),
    ("20", "20"),
    ("21", "21"),
    ("22", "22"),
    ("23", "23"),
    ("24", "24"),
    ("25", "25"),
    ("26", "26"),
    ("27", "27"),
    ("28", "28"),
    ("29", "29"),
];

/// Keys as they are typed, by action; nothing typed is no key.
pub type TypedKeys = BTreeMap<Action, String>;

/// As the server has them.
pub fn typed_keys(keys: &BTreeMap<Action, Option<Chord>>) -> TypedKeys {
    let text = |chord: &Option<Chord>| chord.as_ref().map(ToString::to_string).unwrap_or_default();
    Action::ALL.into_iter().map(|action| (action, keys.get(&action).map(text).unwrap_or_default())).collect()
}

/// As a shop has them that did not change any.
pub fn preset_keys() -> TypedKeys {
    Action::ALL.into_iter().map(|action| (action, action.preset().to_string())).collect()
}

/// What is to be saved.
///
/// # Errors
/// Each action whose key cannot be read, or stands twice, with the reason.
pub fn read_keys(typed: &TypedKeys) -> Result<BTreeMap<Action, Option<Chord>>, BTreeMap<Action, String>> {
    let mut faults = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for action in Action::ALL {
        let text = typed.get(&action).map(|text| text.trim()).unwrap_or_default();
        match if text.is_empty() { Ok(None) } else { Chord::parse(text).map(Some) } {
            Ok(chord) => drop(keys.insert(action, chord)),
            Err(why) => drop(faults.insert(action, why.to_string())),
        }
    }
    if let Err(why @ BadShortcut::Twice(_)) = shortcuts::checked(keys.clone()) {
        let BadShortcut::Twice(twice) = &why else { return Err(faults) };
        for action in keys.iter().filter(|(_, chord)| chord.as_ref() == Some(twice)).map(|(action, _)| *action) {
            faults.insert(action, why.to_string());
        }
    }
    if faults.is_empty() { Ok(keys) } else { Err(faults) }
}

/// What an action is called.
pub fn action_words(action: Action) -> &'static str {
    match action {
        Action::Search => key("Search for a product"),
        Action::Quantity => key("Quantity of the last line"),
        Action::Discount => key("Discount for the last line"),
        Action::Remove => key("Remove the last line"),
        Action::Undo => key("Undo the last change"),
        Action::Charge => key("Charge"),
        Action::CashExact => key("Paid exactly in cash"),
        Action::Confirm => key("Take the payment"),
        Action::NewSale => key("New sale"),
        Action::Park => key("Put the order aside"),
        Action::Orders => key("Orders and refunds"),
        Action::Menu => key("Menu"),
        Action::Lock => key("Lock the till"),
        Action::Help => key("Help"),
    }
}

/// Its name in test ids.
pub fn action_id(action: Action) -> &'static str {
    match action {
        Action::Search => "search",
        Action::Quantity => "quantity",
        Action::Discount => "discount",
        Action::Remove => "remove",
        Action::Undo => "undo",
        Action::Charge => "charge",
        Action::CashExact => "cash-exact",
        Action::Confirm => "confirm",
        Action::NewSale => "new-sale",
        Action::Park => "park",
        Action::Orders => "orders",
        Action::Menu => "menu",
        Action::Lock => "lock",
        Action::Help => "help",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn keys_are_read_or_their_faults_are_said() {
        let mut typed = preset_keys();
        typed.insert(Action::Lock, " ".into());
        typed.insert(Action::Charge, "alt + k".into());
        let keys = read_keys(&typed).unwrap();
        assert_eq!((keys[&Action::Lock].clone(), keys[&Action::Charge].as_ref().map(Chord::as_str)), (None, Some("Alt+K")));
        assert_eq!(typed_keys(&keys)[&Action::Charge], "Alt+K");
        typed.insert(Action::Park, "Ctrl+W".into());
        typed.insert(Action::Menu, "Alt+K".into());
        let faults = read_keys(&typed).unwrap_err();
        assert_eq!(faults.keys().copied().collect::<Vec<_>>(), [Action::Charge, Action::Park, Action::Menu]);
    }

    #[test]
    fn what_is_nothing_is_not_sent_and_no_key_is() {
        let keys = BTreeMap::from([(Action::Lock, None)]);
        let change = CounterChange { shortcuts: Some(keys), ..CounterChange::default() };
        assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"shortcuts":{"lock":null}}"#);
    }
}
