//! How a customer pays.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    card::CardTender,
    gift::GiftPaid,
    money::{Currency, Minor, OutOfRange},
};

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// What came back in an exchange ([`crate::exchange`]).
    Exchange,
    /// A payment card, read here and sealed to the processor.
    Card,
    /// A gift card or store credit.
    GiftCard,
    /// A terminal that is not connected to the till: the customer has paid there, and the slip's number is noted.
    External,
}

impl TenderKind {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            TenderKind::Cash => "Cash",
            TenderKind::Exchange => "Exchange",
            TenderKind::Card => "Card",
            TenderKind::GiftCard => "Gift card",
            TenderKind::External => "External terminal",
        }
    }
}

/// One payment towards a sale. `amount = tendered − change`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// By what means.
    pub kind: TenderKind,
    /// What of it pays for the sale.
    pub amount: Minor,
    /// What was handed over.
    pub tendered: Minor,
    /// What was handed back. Only cash gives change.
    pub change: Minor,
    /// The card that pays, with [`TenderKind::Card`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Box<CardTender>>,
    /// The gift card that pays, with [`TenderKind::GiftCard`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<GiftPaid>,
    /// The number on the terminal's slip, with [`TenderKind::External`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Tender {
    /// Cash: `tendered` was handed over for `amount`.
    pub fn cash(amount: Minor, tendered: Minor) -> Result<Tender, OutOfRange> {
        Ok(Tender { tendered, change: tendered.minus(amount)?, ..Tender::exact(TenderKind::Cash, amount) })
    }

    /// What came back pays `amount`.
    pub fn exchange(amount: Minor) -> Tender {
        let (kind, change) = (TenderKind::Exchange, Minor::ZERO);
        Tender { kind, amount, tendered: amount, change, card: None, gift: None, reference: None }
    }

    /// A card pays exactly `amount`.
    pub fn card(amount: Minor, card: CardTender) -> Tender {
        Tender { card: Some(Box::new(card)), ..Tender::exact(TenderKind::Card, amount) }
    }

    /// A gift card pays exactly `amount`.
    pub fn gift(amount: Minor, gift: GiftPaid) -> Tender {
        Tender { gift: Some(gift), ..Tender::exact(TenderKind::GiftCard, amount) }
    }

    /// A terminal took exactly `amount`, and its slip says `reference`.
    pub fn external(amount: Minor, reference: &Reference) -> Tender {
        Tender { reference: Some(reference.0.clone()), ..Tender::exact(TenderKind::External, amount) }
    }

    fn exact(kind: TenderKind, amount: Minor) -> Tender {
        Tender { kind, amount, tendered: amount, change: Minor::ZERO, card: None, gift: None, reference: None }
    }

    /// Do its parts belong together: change only from cash, a card with a card payment, a gift card with a gift card, a reference with a terminal's?
    pub fn is_consistent(&self) -> bool {
        self.tendered.minus(self.change) == Ok(self.amount)
            && self.change.0 >= 0
            && (self.kind == TenderKind::Cash || self.change.0 == 0)
            && (self.kind == TenderKind::Card) == self.card.is_some()
            && (self.kind == TenderKind::GiftCard) == self.gift.is_some()
            && (self.kind != TenderKind::GiftCard || self.amount.0 > 0)
            && (self.kind == TenderKind::External) == self.reference.is_some()
    }

    /// Its means, for people: a card or gift card with its last four digits, a terminal with its slip's number.
    pub fn words(&self) -> String {
        match (&self.card, &self.gift, &self.reference) {
            (Some(card), ..) => card.brand.with(&card.last4),
            (_, Some(gift), _) => format!("Gift card ····{}", gift.last4),
            (.., Some(reference)) => format!("External terminal {reference}"),
            _ => self.kind.words().to_owned(),
        }
    }
}

/// The number on a terminal's slip: 1 to [`REFERENCE_MAX`] letters, digits and `-./`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

/// The longest reference, in characters.
pub const REFERENCE_MAX: usize = 32;

/// Nothing was typed, too much, or something else than a slip's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Type the number that stands on the terminal's slip: letters and digits only.")]
pub struct BadReference;

impl Reference {
    /// Reads what was typed. What looks like a card number is refused: none may be kept (PCI DSS 4.0, 3.3).
    pub fn parse(text: &str) -> Result<Reference, BadReference> {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        let card_number = (13..=19).contains(&digits.len()) && luhn(&digits);
        if text.is_empty() || text.len() > REFERENCE_MAX || !text.chars().all(fits) || card_number {
            return Err(BadReference);
        }
        Ok(Reference(text.to_owned()))
    }
}

/// Does the check digit fit (ISO/IEC 7812-1, annex B)?
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) => double % 10 + double / 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Amounts for quick-cash buttons, ascending and distinct: the exact amount, then what people hand over for it — the next
/// multiple of each note, up to `most` buttons.
pub fn quick_cash(due: Minor, currency: &Currency, most: usize) -> Vec<Minor> {
    let mut amounts = vec![due];
    for note in currency.notes.iter().filter(|note| note.0 > 0) {
        let multiple = due.0.max(0).div_euclid(note.0) + i64::from(due.0.max(0).rem_euclid(note.0) != 0);
        amounts.push(Minor(multiple.max(1).saturating_mul(note.0)));
    }
    amounts.retain(|amount| *amount >= due);
    amounts.sort();
    amounts.dedup();
    amounts.truncate(most);
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slips_number_is_kept_and_a_cards_is_not() {
        for text in ["004711", " T-12/7 ", "8.15"] {
            assert!(Reference::parse(text).is_ok(), "{text:?}");
        }
        for text in ["", "  ", "4242 4242", "4242424242424242", "x".repeat(33).as_str(), "ä", "4242-4242-4242-4242"] {
            assert_eq!(Reference::parse(text), Err(BadReference), "{text:?}");
        }
        assert!(Reference::parse("4242424242424241").is_ok(), "not a card's number: its check digit is wrong");
    }

    #[test]
    fn offers_what_people_hand_over() {
        let offered = |due| quick_cash(Minor(due), &Currency::eur(), 6).iter().map(|m| m.0).collect::<Vec<_>>();
        assert_eq!(offered(1230), [1230, 1500, 2000, 5000, 10_000, 20_000]);
        assert_eq!(offered(500), [500, 1000, 2000, 5000, 10_000, 20_000]);
        assert_eq!(offered(4_710), [4_710, 5000, 6000, 10_000, 20_000]);
    }

    proptest! {
        #[test]
        fn every_button_pays_the_bill(due in 0i64..10_000_000, most in 1usize..8) {
            let amounts = quick_cash(Minor(due), &Currency::eur(), most);
            prop_assert_eq!(amounts[0], Minor(due));
            prop_assert!(amounts.len() <= most);
            prop_assert!(amounts.windows(2).all(|w| w[0] < w[1]));
        }
    }
}
