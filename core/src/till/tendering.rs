//! A cart on its way to being paid: what is owed, what was taken of it so far, and what is being taken now.

use crate::{
    card::{CardSeen, risk::Concern},
    cart::Cart,
    gift::GiftRef,
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
    /// What the customer gives on top for the staff.
    pub tip: Minor,
    /// Card or terminal are to take only this much next, and not all that is owed.
    pub part: Option<Minor>,
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
        Tendering { cart, lines, totals, tip: Minor::ZERO, part: None, tenders: Vec::new(), cash: None, card: CardStep::Idle }
    }

    /// What is owed in all, before cash rounding: goods, gift cards and the tip.
    pub fn owed(&self) -> Minor {
        let outside = self.cart.gifts_sum().0.saturating_add(self.tip.0);
        Minor(self.totals.gross.0.saturating_add(outside))
    }

    /// What is still owed, before cash rounding.
    pub fn remaining(&self) -> Minor {
        let taken = self.tenders.iter().map(|tender| tender.amount.0).fold(0, i64::saturating_add);
        Minor(self.owed().0.saturating_sub(taken))
    }

    /// What is still owed beside the cash that lies on the counter for a part of it.
    pub fn beside_cash(&self) -> Minor {
        Minor(self.remaining().0.saturating_sub(self.cash_part().unwrap_or_default().0))
    }

    /// What a card or a terminal is to take next.
    pub fn next_part(&self) -> Minor {
        let rest = self.beside_cash();
        self.part.filter(|part| part.0 > 0).map_or(rest, |part| part.min(rest))
    }

    /// What was taken from a gift card so far, or from all of them.
    pub fn taken_from(&self, card: Option<GiftRef>) -> Minor {
        let from = |tender: &&Tender| tender.gift.as_ref().is_some_and(|gift| card.is_none_or(|card| card == gift.card));
        Minor(self.tenders.iter().filter(from).map(|tender| tender.amount.0).fold(0, i64::saturating_add))
    }

    /// What a gift card may pay beside the cash on the counter: gift cards that are being sold are paid otherwise.
    pub fn payable_by_gift(&self) -> Minor {
        let without_gifts = self.totals.gross.0.saturating_add(self.tip.0).saturating_sub(self.taken_from(None).0);
        Minor(self.beside_cash().0.min(without_gifts))
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

    /// Notes that part as taken. What the next card or terminal is to take stays as it was said.
    pub(super) fn take_cash_part(&mut self) -> Result<(), OutOfRange> {
        if let Some(part) = self.cash_part() {
            self.tenders.push(Tender::cash(part, part)?);
        }
        self.cash = None;
        Ok(())
    }
}
