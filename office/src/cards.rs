//! How the shop takes cards: what the server holds, and what is being typed over it.
//!
//! [`Cards`] is the server's answer; a [`Draft`] is the form, text that may be wrong; [`Draft::read`] makes what is saved of it,
//! or says at which field it cannot.

use barrow_language::{key, number, t, tf};
use serde::{Deserialize, Serialize};

use crate::rules::{CurrencyFacts, amount, whole};

/// Everything about cards, of `GET /v1/office/cards`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Cards {
    /// The configuration's version, which only goes up.
    pub version: u64,
    /// What amounts are in.
    pub currency: CurrencyFacts,
    /// What the office decides.
    #[serde(flatten)]
    pub set: CardSet,
    /// Readers that tills have told of, the newest first.
    pub readers_seen: Vec<SeenReader>,
    /// The processor's address.
    pub processor: Option<String>,
    /// Its public keys, the one in use first.
    pub keys: Vec<Key>,
    /// Its hot-card list.
    pub hot_list: Option<HotList>,
}

/// What is saved, by `PUT /v1/office/cards`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSet {
    /// Are cards taken at all?
    pub taken: bool,
    /// The limits.
    pub rules: CardRules,
    /// The readers that belong to a till, or to any.
    pub readers: Vec<Reader>,
}

/// Limits for payments that the bank has not authorised yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "as in barrow_core::card::rules::CardRules")]
pub struct CardRules {
    pub sale_max_minor: i64,
    pub card_count_max: u32,
    pub card_sum_max_minor: i64,
    pub window_hours: u32,
    pub staff_sum_max_minor: i64,
    pub till_sum_max_minor: i64,
    pub stored_max: u32,
    pub offline_hours_max: u32,
    pub fallback_max_minor: i64,
    pub unknown_service_max_minor: i64,
    pub refused_bins: Vec<(u32, u32)>,
    pub hot_list_days: u32,
    pub stale_percent: u32,
    pub clear_readers: bool,
}

/// A pinned reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Which till; none for any.
    pub till: Option<u64>,
    /// USB vendor id.
    pub vendor: u32,
    /// USB product id.
    pub product: u32,
    /// Its serial number; empty for any of this make.
    pub serial: String,
    /// What the shop calls it.
    pub name: String,
}

/// A reader that a till has told of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SeenReader {
    /// At which till.
    pub till: u64,
    /// USB vendor id.
    pub vendor: u32,
    /// USB product id.
    pub product: u32,
    /// Its serial number, if it tells one.
    pub serial: String,
    /// What it calls itself.
    pub name: String,
    /// Its firmware, if it tells.
    pub firmware: String,
    /// It sends card numbers in clear.
    pub clear: bool,
    /// When it was last attached.
    pub last_at: String,
}

/// A public key of the processor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Its name.
    pub kid: String,
    /// Its length.
    pub bits: u32,
    /// From when on tills may use it.
    pub from: String,
    /// Until when.
    pub until: String,
}

/// What is known of the hot-card list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HotList {
    /// When the processor made it.
    pub made_at: String,
    /// How many cards are on it.
    pub entries: u64,
    /// How long it is.
    pub bytes: u64,
}

impl SeenReader {
    /// The reader as it is pinned at the till that told of it.
    pub fn to_pin(&self) -> Reader {
        let name = if self.name.trim().is_empty() { t("Card reader") } else { self.name.trim().to_owned() };
        Reader { till: Some(self.till), vendor: self.vendor, product: self.product, serial: self.serial.clone(), name }
    }

    /// Is it pinned at its till by one of `readers`?
    pub fn is_pinned(&self, readers: &[Reader]) -> bool {
        readers.iter().any(|reader| {
            reader.till.is_none_or(|till| till == self.till)
                && (reader.vendor, reader.product) == (self.vendor, self.product)
                && (reader.serial.is_empty() || reader.serial == self.serial)
        })
    }
}

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as the rules are")]
pub enum Field {
    SaleMax,
    CardCount,
    CardSum,
    Window,
    StaffSum,
    TillSum,
    Stored,
    Offline,
    Fallback,
    UnknownService,
    Bins,
    HotListDays,
    StalePercent,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An amount.
    Amount,
    /// A whole number up to this.
    Number(u32),
    /// Ranges of first six digits.
    Bins,
}

impl Field {
    /// In the order of the form.
    pub const ALL: [Field; 13] = [
        Field::SaleMax,
        Field::CardSum,
        Field::CardCount,
        Field::Window,
        Field::StaffSum,
        Field::TillSum,
        Field::Stored,
        Field::Offline,
        Field::Fallback,
        Field::UnknownService,
        Field::Bins,
        Field::HotListDays,
        Field::StalePercent,
    ];

    /// Its name in the document.
    pub fn id(self) -> &'static str {
        match self {
            Field::SaleMax => "sale-max",
            Field::CardCount => "card-count",
            Field::CardSum => "card-sum",
            Field::Window => "window",
            Field::StaffSum => "staff-sum",
            Field::TillSum => "till-sum",
            Field::Stored => "stored",
            Field::Offline => "offline",
            Field::Fallback => "fallback",
            Field::UnknownService => "unknown-service",
            Field::Bins => "bins",
            Field::HotListDays => "hot-list-days",
            Field::StalePercent => "stale-percent",
        }
    }

    /// What is asked for, and what it means.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Field::SaleMax => (key("One sale"), key("The most that one sale may put on a card (the floor limit).")),
            Field::CardCount => (key("Payments of one card"), key("That are open within the hours below.")),
            Field::CardSum => (key("One card"), key("The most that one card may owe within the hours below.")),
            Field::Window => (key("Hours in which a card’s payments are counted"), ""),
            Field::StaffSum => (key("One cashier"), key("The most that may be open of one cashier’s payments.")),
            Field::TillSum => (key("One till"), key("The most that may be open on one till.")),
            Field::Stored => {
                (key("Payments that a till holds"), key("The most that may be open on one till, whatever they come to."))
            }
            Field::Offline => (key("Hours off the network"), key("After so long without the server, cards are above the limit.")),
            Field::Fallback => (key("A chip card that was swiped"), key("The networks’ limit for it is zero.")),
            Field::UnknownService => (key("A swiped card that may have a chip"), key("The reader hides what would tell.")),
            Field::Bins => (
                key("Cards that are not taken"),
                key("Ranges of first six digits, such as 400000-400099, 510000. Empty for none."),
            ),
            Field::HotListDays => (key("Days until the hot-card list is stale"), ""),
            Field::StalePercent => (key("Per cent of the limits while it is stale"), ""),
        }
    }

    /// How it is read.
    pub fn kind(self) -> Kind {
        match self {
            Field::SaleMax | Field::CardSum | Field::StaffSum | Field::TillSum | Field::Fallback | Field::UnknownService => {
                Kind::Amount
            }
            Field::CardCount | Field::Stored => Kind::Number(10_000),
            Field::Window | Field::Offline => Kind::Number(168),
            Field::HotListDays => Kind::Number(365),
            Field::StalePercent => Kind::Number(100),
            Field::Bins => Kind::Bins,
        }
    }
}

/// What is wrong with a field, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub field: Field,
    /// What.
    pub sentence: String,
}

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Are cards taken at all?
    pub taken: bool,
    /// May readers be used that send card numbers in clear?
    pub clear_readers: bool,
    /// The pinned readers.
    pub readers: Vec<Reader>,
    fields: Vec<(Field, String)>,
}

impl Draft {
    /// The form for what the server holds.
    pub fn of(cards: &Cards) -> Draft {
        let rules = &cards.set.rules;
        let money = |minor| cards.currency.typed(minor);
        let text = |field| match field {
            Field::SaleMax => money(rules.sale_max_minor),
            Field::CardCount => number(&rules.card_count_max.to_string()),
            Field::CardSum => money(rules.card_sum_max_minor),
            Field::Window => number(&rules.window_hours.to_string()),
            Field::StaffSum => money(rules.staff_sum_max_minor),
            Field::TillSum => money(rules.till_sum_max_minor),
            Field::Stored => number(&rules.stored_max.to_string()),
            Field::Offline => number(&rules.offline_hours_max.to_string()),
            Field::Fallback => money(rules.fallback_max_minor),
            Field::UnknownService => money(rules.unknown_service_max_minor),
            Field::Bins => {
                let ranges = rules
                    .refused_bins
                    .iter()
                    .map(|(first, last)| if first == last { format!("{first:06}") } else { format!("{first:06}-{last:06}") });
                ranges.collect::<Vec<_>>().join(", ")
            }
            Field::HotListDays => number(&rules.hot_list_days.to_string()),
            Field::StalePercent => number(&rules.stale_percent.to_string()),
        };
        Draft {
            taken: cards.set.taken,
            clear_readers: rules.clear_readers,
            readers: cards.set.readers.clone(),
            fields: Field::ALL.map(|field| (field, text(field))).to_vec(),
        }
    }

    /// What is typed in a field.
    pub fn text(&self, field: Field) -> String {
        self.fields.iter().find(|(of, _)| *of == field).map(|(_, text)| text.clone()).unwrap_or_default()
    }

    /// Types into a field.
    pub fn set(&mut self, field: Field, text: String) {
        if let Some(found) = self.fields.iter_mut().find(|(of, _)| *of == field) {
            found.1 = text;
        }
    }

    /// What is to be saved.
    ///
    /// # Errors
    /// Every field that cannot be read, in the order of the form.
    pub fn read(&self, currency: &CurrencyFacts) -> Result<CardSet, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut read = |field: Field| -> i64 {
            let text = self.text(field);
            let number = match field.kind() {
                Kind::Amount => amount(&text, currency).map_err(t),
                Kind::Number(max) => {
                    whole(&text, max).map(i64::from).ok_or_else(|| tf("Type a whole number from 0 to {}.", &[&max]))
                }
                Kind::Bins => Ok(0),
            };
            number.unwrap_or_else(|sentence| {
                faults.push(Fault { field, sentence });
                0
            })
        };
        let small = |number: i64| u32::try_from(number).unwrap_or_default();
        let mut rules = CardRules {
            sale_max_minor: read(Field::SaleMax),
            card_sum_max_minor: read(Field::CardSum),
            card_count_max: small(read(Field::CardCount)),
            window_hours: small(read(Field::Window)),
            staff_sum_max_minor: read(Field::StaffSum),
            till_sum_max_minor: read(Field::TillSum),
            stored_max: small(read(Field::Stored)),
            offline_hours_max: small(read(Field::Offline)),
            fallback_max_minor: read(Field::Fallback),
            unknown_service_max_minor: read(Field::UnknownService),
            refused_bins: Vec::new(),
            hot_list_days: small(read(Field::HotListDays)),
            stale_percent: small(read(Field::StalePercent)),
            clear_readers: self.clear_readers,
        };
        match bins(&self.text(Field::Bins)) {
            Some(ranges) => rules.refused_bins = ranges,
            None => {
                let sentence = t("Type ranges of six digits, such as 400000-400099, 510000.");
                faults.push(Fault { field: Field::Bins, sentence });
            }
        }
        if faults.is_empty() { Ok(CardSet { taken: self.taken, rules, readers: self.readers.clone() }) } else { Err(faults) }
    }
}

/// Reads `400000-400099, 510000`.
fn bins(text: &str) -> Option<Vec<(u32, u32)>> {
    let six = |text: &str| {
        let text = text.trim();
        (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u32>().ok()).flatten()
    };
    text.split([',', '\n', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
            let range = (six(first)?, six(last)?);
            (range.0 <= range.1).then_some(range)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn cards() -> Cards {
        Cards {
            version: 1,
            currency: CurrencyFacts::of_code("EUR"),
            set: CardSet {
                taken: true,
                rules: CardRules {
                    sale_max_minor: 10_000,
                    card_count_max: 2,
                    card_sum_max_minor: 15_000,
                    window_hours: 24,
                    staff_sum_max_minor: 100_000,
                    till_sum_max_minor: 200_000,
                    stored_max: 100,
                    offline_hours_max: 24,
                    fallback_max_minor: 0,
                    unknown_service_max_minor: 5000,
                    refused_bins: vec![(400_000, 400_099), (1, 1)],
                    hot_list_days: 7,
                    stale_percent: 50,
                    clear_readers: false,
                },
                readers: Vec::new(),
            },
            readers_seen: Vec::new(),
            processor: None,
            keys: Vec::new(),
            hot_list: None,
        }
    }

    #[test]
    fn what_the_server_holds_is_read_back_the_same() {
        let cards = cards();
        assert_eq!(Draft::of(&cards).read(&cards.currency), Ok(cards.set));
    }

    #[test]
    fn every_field_says_what_is_wrong_with_it() {
        let cards = cards();
        for field in Field::ALL {
            let mut draft = Draft::of(&cards);
            draft.set(field, "x".to_owned());
            let faults = draft.read(&cards.currency).unwrap_err();
            assert_eq!(faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), [field]);
            if let Kind::Number(max) = field.kind() {
                draft.set(field, (max + 1).to_string());
                assert!(draft.read(&cards.currency).is_err());
                draft.set(field, max.to_string());
                assert!(draft.read(&cards.currency).is_ok());
            }
        }
    }

    #[test]
    fn ranges_are_six_digits_each() {
        assert_eq!(bins(""), Some(vec![]));
        assert_eq!(bins(" 400000 – 400099;\n510000,"), Some(vec![(400_000, 400_099), (510_000, 510_000)]));
        for wrong in ["4", "400000-39", "400001-400000", "40000a", "400000-400001-400002", "4000000"] {
            assert_eq!(bins(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_seen_reader_is_pinned_by_its_serial_at_its_till() {
        let seen = SeenReader {
            till: 1,
            vendor: 5,
            product: 6,
            serial: "B1".into(),
            name: " ".into(),
            firmware: String::new(),
            clear: false,
            last_at: String::new(),
        };
        let pin = seen.to_pin();
        assert_eq!((pin.till, pin.name.as_str()), (Some(1), "Card reader"));
        assert!(seen.is_pinned(std::slice::from_ref(&pin)));
        for other in [Reader { till: Some(2), ..pin.clone() }, Reader { serial: "B2".into(), ..pin.clone() }] {
            assert!(!seen.is_pinned(&[other]));
        }
        assert!(seen.is_pinned(&[Reader { till: None, serial: String::new(), ..pin }]));
    }
}
