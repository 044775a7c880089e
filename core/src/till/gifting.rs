//! A gift card that was shown at the till: what is known of it, and how much of it may be taken.

use super::{Desk, Stage};
use crate::{
    gift::{GiftCode, GiftRef, KnownCard},
    money::Minor,
};

/// Gift cards: one that was shown, or none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GiftPanel {
    /// The card that was shown.
    pub shown: Option<ShownGift>,
}

/// A gift card that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownGift {
    /// Its code.
    pub code: GiftCode,
    /// What it is known by.
    pub card: GiftRef,
    /// How far the question for its balance has come.
    pub asked: Asked,
}

/// How far the question for a card's balance has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The server is being asked.
    Asking,
    /// It has answered, and the journal has its word.
    Told,
    /// There is no answer: what this till knows must do.
    NoAnswer,
}

impl Desk {
    /// What the till knows of a card.
    pub fn known_gift(&self, card: GiftRef) -> Option<&KnownCard> {
        self.ledger.gifts.find(card)
    }

    /// The gift card on screen.
    pub fn shown_gift(&self) -> Option<&ShownGift> {
        match &self.panel {
            Some(super::Panel::Gift(panel)) => panel.shown.as_ref(),
            _ => None,
        }
    }

    /// The most that the shown card may pay of what is owed now.
    ///
    /// # Errors
    /// Why it pays nothing, as a sentence.
    pub fn redeemable(&self, shown: &ShownGift, now_ms: i64) -> Result<Minor, String> {
        let Stage::Tendering(tendering) = &self.stage else { return Err("Go to the payment first.".into()) };
        let known = self.known_gift(shown.card);
        let told = known.and_then(|known| known.told).filter(|_| shown.asked == Asked::Told);
        let listed = self.config.gifts.as_ref().is_some_and(|gifts| gifts.blocked.contains(&shown.card));
        if listed || known.and_then(|known| known.told).is_some_and(|told| told.blocked) {
            return Err("The office blocked this card. Ask for another payment.".into());
        }
        if known.and_then(|known| known.until_ms).is_some_and(|until| now_ms >= until) {
            return Err("This card has expired. Ask for another payment.".into());
        }
        let here = tendering.taken_from(Some(shown.card));
        let mut most = known.and_then(KnownCard::balance).map(|balance| Minor(balance.0.saturating_sub(here.0)));
        match told {
            Some(_) if most.is_none() => {
                return Err("No till has told the server of this card yet. Ask for another payment.".into());
            }
            Some(_) => {}
            None => {
                let rules = &self.config.rules.gift;
                let taken = known.map_or(Minor::ZERO, KnownCard::taken_offline);
                let of_card = rules.offline_card_max.0.saturating_sub(taken.0).saturating_sub(here.0);
                let in_shift = self.ledger.shift.as_ref().map_or(Minor::ZERO, |shift| shift.gifts_offline);
                let of_shift = rules.offline_shift_max.0.saturating_sub(in_shift.0).saturating_sub(tendering.taken_from(None).0);
                let limit = of_card.min(of_shift).max(0);
                if limit == 0 {
                    return Err("The server cannot be asked now, and without it nothing more may be taken from this card.".into());
                }
                most = Some(Minor(most.map_or(limit, |most| most.0.min(limit))));
            }
        }
        match most.unwrap_or_default() {
            most if most.0 <= 0 => Err("Nothing is left on this card.".into()),
            most => match tendering.payable_by_gift() {
                owed if owed.0 <= 0 => Err("Gift cards are not paid with gift cards.".into()),
                owed => Ok(most.min(owed)),
            },
        }
    }
}
