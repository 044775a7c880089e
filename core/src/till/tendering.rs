//! A cart on its way to being paid: what is owed, what was taken of it so far, and what is being taken now.

use crate::{
    card::{CardSeen, risk::Concern},
    cart::Cart,
    ids::PaymentId,
    money::{Currency, Minor, OutOfRange},
    sale::{SaleLine, Totals},
    tender::Tender,
};

/// A cart on its way to being paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tendering {
    /// The cart, to go back to.
    pub cart: Cart,
    /// Its lines with tax.
    pub lines: Vec<SaleLine>,
    /// Their sums.
    pub totals: Totals,
    /// What was taken of it already.
    pub tenders: Vec<Tender>,
    /// Cash that was handed over for the rest, once it is known.
    pub cash: Option<Minor>,
    /// Where a card payment for the rest stands.
    pub card: CardStep,
}

/// Where a card payment stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CardStep {
    /// No card is asked for.
    #[default]
    Idle,
    /// The reader waits for a card.
    Waiting {
        /// The payment's identity.
        payment: PaymentId,
        /// How much is to be paid with it.
        amount: Minor,
    },
    /// A card was read, and nothing speaks against it that nobody could wave through.
    Seen {
        /// What may be known of it.
        card: Box<CardSeen>,
        /// What somebody has to accept.
        concerns: Vec<Concern>,
    },
}

impl Tendering {
    /// Of `cart`, with nothing taken yet.
    pub fn of(cart: Cart, lines: Vec<SaleLine>, totals: Totals) -> Tendering {
        Tendering { cart, lines, totals, tenders: Vec::new(), cash: None, card: CardStep::Idle }
    }

    /// What is still owed, before cash rounding.
    pub fn remaining(&self) -> Minor {
        let taken = self.tenders.iter().map(|tender| tender.amount.0).fold(0, i64::saturating_add);
        Minor(self.totals.gross.0.saturating_sub(taken))
    }

    /// What is still owed if it is paid in cash.
    pub fn cash_due(&self, currency: &Currency) -> Minor {
        currency.round_cash(self.remaining())
    }

    /// What cash rounding adds to the total if the rest is paid in cash.
    pub fn rounding(&self, currency: &Currency) -> Minor {
        Minor(self.cash_due(currency).0.saturating_sub(self.remaining().0))
    }

    /// The cash on the counter that is a part of the price only, when the rest is to be paid otherwise: less than is owed.
    pub fn cash_part(&self) -> Option<Minor> {
        self.cash.filter(|cash| cash.0 > 0 && *cash < self.remaining())
    }

    /// Notes that part as taken.
    pub(super) fn take_cash_part(&mut self) -> Result<(), OutOfRange> {
        if let Some(part) = self.cash_part() {
            self.tenders.push(Tender::cash(part, part)?);
        }
        self.cash = None;
        Ok(())
    }
}
