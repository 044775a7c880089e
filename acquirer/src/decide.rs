//! Whether a payment is approved: a pure function of what was sealed, of what the processor knows already, and of the clock.

use serde::{Deserialize, Serialize};

use crate::{
    card::{Card, Pan},
    test_cards::{self, Outcome},
};

/// What the shop is told, now and whenever it asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Answer {
    /// The money will come.
    Approved {
        /// Six characters, for the receipt.
        authorization: String,
    },
    /// It will not.
    Declined {
        /// Why not.
        reason: Reason,
    },
}

/// Why a payment was declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not enough on the account.
    InsufficientFunds,
    /// The card was reported stolen.
    StolenCard,
    /// The card is on the hot list.
    HotCard,
    /// The card's last month is over.
    ExpiredCard,
    /// The number fails the Luhn check, and came in clear, so that a reader's mask is no excuse.
    InvalidCard,
    /// The reader's ciphertext does not open, or what is in it is no card.
    Unreadable,
    /// The reader counted this swipe for another payment.
    Replay,
    /// The payment was taken back before it was asked for.
    Reversed,
    /// The chip signed another amount than the till sealed.
    AmountMismatch,
}

/// What one payment's sealed payload was found to be.
pub struct Presented {
    /// The card; none if it could not be read.
    pub card: Option<Card>,
    /// Did it come in clear from the reader?
    pub clear: bool,
    /// The amount that the chip signed, if a chip did.
    pub chip_amount_minor: Option<u64>,
    /// The amount in the JWE's protected header, minor units.
    pub amount_minor: u64,
}

/// What the processor knows already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// This payment was taken back.
    pub reversed: bool,
    /// The KSN was used for another payment.
    pub ksn_used: bool,
    /// The mishap that this payment calls for has happened.
    pub mishap_over: bool,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Approve it.
    Approve {
        /// Drop the connection once it is on the disk.
        lose_answer: bool,
    },
    /// Decline it.
    Decline(Reason),
    /// Decide nothing: let this request hang.
    Hang,
    /// Decide nothing: answer 500.
    Fault,
}

/// Decides. `hot` tells whether a card is on the hot list.
#[must_use]
pub fn decide(presented: &Presented, known: Known, now_ms: i64, hot: impl Fn(&Pan) -> bool) -> Decision {
    if known.reversed {
        return Decision::Decline(Reason::Reversed);
    }
    let Some(card) = &presented.card else { return Decision::Decline(Reason::Unreadable) };
    if known.ksn_used {
        return Decision::Decline(Reason::Replay);
    }
    if presented.chip_amount_minor.is_some_and(|amount| amount != presented.amount_minor) {
        return Decision::Decline(Reason::AmountMismatch);
    }
    let outcome = test_cards::by_pan(card.pan.expose());
    if outcome.is_none() {
        if hot(&card.pan) {
            return Decision::Decline(Reason::HotCard);
        }
        if presented.clear && !card.pan.luhn() {
            return Decision::Decline(Reason::InvalidCard);
        }
        if card.is_over(now_ms) {
            return Decision::Decline(Reason::ExpiredCard);
        }
    }
    match outcome.filter(|outcome| *outcome != Outcome::Approve).unwrap_or(test_cards::by_amount(presented.amount_minor)) {
        Outcome::InsufficientFunds => Decision::Decline(Reason::InsufficientFunds),
        Outcome::Stolen => Decision::Decline(Reason::StolenCard),
        Outcome::Expired => Decision::Decline(Reason::ExpiredCard),
        Outcome::Hot => Decision::Decline(Reason::HotCard),
        Outcome::HangOnce if !known.mishap_over => Decision::Hang,
        Outcome::FaultOnce if !known.mishap_over => Decision::Fault,
        Outcome::DropOnce => Decision::Approve { lose_answer: true },
        Outcome::Approve | Outcome::HangOnce | Outcome::FaultOnce => Decision::Approve { lose_answer: false },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use barrow_sealing::card::Expiry;

    /// 2026-11-26.
    const NOW_MS: i64 = 1_795_000_000_000;
    const STRANGER: &str = "4000000000000002";

    fn presented(pan: &str, expiry: &[u8; 4], amount_minor: u64) -> Presented {
        let card = Card { pan: Pan::parse(pan.as_bytes()).unwrap(), expiry: Expiry::new(expiry), has_chip: false };
        Presented { card: Some(card), clear: false, chip_amount_minor: None, amount_minor }
    }

    fn decided(presented: &Presented, known: Known) -> Decision {
        decide(presented, known, NOW_MS, |pan| pan.expose() == "4000000000000010")
    }

    fn first(pan: &str, expiry: &[u8; 4], amount_minor: u64) -> Decision {
        decided(&presented(pan, expiry, amount_minor), Known::default())
    }

    const APPROVED: Decision = Decision::Approve { lose_answer: false };

    #[test]
    fn the_published_samples_are_approved_although_they_are_old_and_fail_luhn() {
        assert_eq!(first("5452300551227189", b"0804", 1000), APPROVED);
        assert_eq!(first("4266841088889999", b"0809", 1000), APPROVED);
    }

    #[test]
    fn every_row_of_the_tables_does_what_it_says() {
        let again = Known { mishap_over: true, ..Known::default() };
        let rows = [
            ("4000000000000515", 51, Decision::Decline(Reason::InsufficientFunds), Decision::Decline(Reason::InsufficientFunds)),
            ("4000000000000523", 52, Decision::Hang, APPROVED),
            ("4000000000000531", 53, Decision::Approve { lose_answer: true }, Decision::Approve { lose_answer: true }),
            ("4000000000000549", 54, Decision::Fault, APPROVED),
            ("4000000000000556", 55, Decision::Decline(Reason::StolenCard), Decision::Decline(Reason::StolenCard)),
        ];
        for (pan, ending, at_first, then) in rows {
            for presented in [presented(pan, b"3012", 1000), presented("5452300551227189", b"0804", 1200 + ending)] {
                assert_eq!(decided(&presented, Known::default()), at_first, "{ending}");
                assert_eq!(decided(&presented, again), then, "{ending}");
            }
        }
        assert_eq!(first("4000000000000564", b"3012", 1000), Decision::Decline(Reason::HotCard));
        assert_eq!(first("4000000000000572", b"3012", 1000), Decision::Decline(Reason::ExpiredCard));
        assert_eq!(first("4000000000000515", b"3012", 53), Decision::Decline(Reason::InsufficientFunds), "the card comes first");
    }

    #[test]
    fn any_other_card_must_be_good() {
        assert_eq!(first(STRANGER, b"3012", 1000), APPROVED);
        assert_eq!(first(STRANGER, b"2611", 1000), APPROVED);
        assert_eq!(first(STRANGER, b"2610", 1000), Decision::Decline(Reason::ExpiredCard));
        assert_eq!(first("4000000000000010", b"3012", 1000), Decision::Decline(Reason::HotCard));
        let wrong = presented("4000000000000003", b"3012", 1000);
        assert_eq!(decided(&wrong, Known::default()), APPROVED, "encrypted: Luhn only warns");
        assert_eq!(decided(&Presented { clear: true, ..wrong }, Known::default()), Decision::Decline(Reason::InvalidCard));
    }

    #[test]
    fn what_speaks_against_it_comes_first() {
        let good = presented("5452300551227189", b"0804", 1252);
        let of = |known| decided(&good, known);
        assert_eq!(of(Known { ksn_used: true, ..Known::default() }), Decision::Decline(Reason::Replay));
        assert_eq!(of(Known { ksn_used: true, reversed: true, mishap_over: false }), Decision::Decline(Reason::Reversed));
        let none = Presented { card: None, ..presented("5452300551227189", b"0804", 1252) };
        assert_eq!(decided(&none, Known::default()), Decision::Decline(Reason::Unreadable));
        let chip = |amount| Presented { chip_amount_minor: Some(amount), ..presented("5452300551227189", b"0804", 1000) };
        assert_eq!(decided(&chip(1000), Known::default()), APPROVED);
        assert_eq!(decided(&chip(1001), Known::default()), Decision::Decline(Reason::AmountMismatch));
    }
}
