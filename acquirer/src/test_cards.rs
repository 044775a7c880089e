//! The test cards: what the processor does, by account number or by the amount's last two digits.
//!
//! Both tables stand in `docs/cards.md` and in `--help` as well. Amounts are there so that one and the same published swipe can
//! exercise each outcome: they count for every card that would be approved.

/// What the processor does with a payment that nothing else speaks against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Approves it.
    Approve,
    /// Declines it: not enough on the account.
    InsufficientFunds,
    /// Declines it: reported stolen.
    Stolen,
    /// Declines it: expired.
    Expired,
    /// Declines it: on the hot list.
    Hot,
    /// The first request hangs and nothing is decided; the second is approved.
    HangOnce,
    /// The first request is approved, and the connection dropped before the answer; the second gets that answer.
    DropOnce,
    /// The first request gets a 500 and nothing is decided; the second is approved.
    FaultOnce,
}

/// Cards by account number, with what they are called in the table. Only published samples fail the Luhn check.
pub const CARDS: &[(&str, Outcome, &str)] = &[
    ("5452300551227189", Outcome::Approve, "MagTek's published swipe"),
    ("4266841088889999", Outcome::Approve, "ID TECH's published swipe"),
    ("5413339000001513", Outcome::Approve, "MagTek's published chip"),
    ("4761731000000043", Outcome::Approve, "ID TECH's published swipe in a chip reader"),
    ("4111111111111111", Outcome::Approve, "approved"),
    ("5555555555554444", Outcome::Approve, "approved"),
    ("378282246310005", Outcome::Approve, "approved, 15 digits"),
    ("4000000000000515", Outcome::InsufficientFunds, "declined, insufficient funds"),
    ("4000000000000523", Outcome::HangOnce, "the first request hangs"),
    ("4000000000000531", Outcome::DropOnce, "approved, the first answer is lost"),
    ("4000000000000549", Outcome::FaultOnce, "the first request gets a 500"),
    ("4000000000000556", Outcome::Stolen, "declined, stolen"),
    ("4000000000000564", Outcome::Hot, "declined, on the hot list"),
    ("4000000000000572", Outcome::Expired, "declined, expired"),
];

/// Amounts by their last two digits in minor units.
pub const AMOUNTS: &[(u64, Outcome, &str)] = &[
    (51, Outcome::InsufficientFunds, "declined, insufficient funds"),
    (52, Outcome::HangOnce, "the first request hangs"),
    (53, Outcome::DropOnce, "approved, the first answer is lost"),
    (54, Outcome::FaultOnce, "the first request gets a 500"),
    (55, Outcome::Stolen, "declined, stolen"),
];

/// The card's row, if it is a test card. It comes before expiry and Luhn: the published samples fail both.
#[must_use]
pub fn by_pan(pan: &str) -> Option<Outcome> {
    CARDS.iter().find(|(card, ..)| *card == pan).map(|(_, outcome, _)| *outcome)
}

/// The amount's row; what is in no row is approved.
#[must_use]
pub fn by_amount(amount_minor: u64) -> Outcome {
    AMOUNTS.iter().find(|(ending, ..)| *ending == amount_minor % 100).map_or(Outcome::Approve, |(_, outcome, _)| *outcome)
}

/// Both tables for `--help`.
#[must_use]
pub fn help() -> String {
    let cards = CARDS.iter().map(|(pan, _, what)| format!("  {pan:<16}  {what}\n")).collect::<String>();
    let amounts = AMOUNTS.iter().map(|(ending, _, what)| format!("  …{ending}               {what}\n")).collect::<String>();
    format!("Test cards:\n{cards}\nAmounts that end in (for cards that would be approved):\n{amounts}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::card::Pan;

    #[test]
    fn our_own_cards_pass_the_luhn_check() {
        for (pan, _, what) in CARDS.iter().filter(|(.., what)| !what.contains("published")) {
            assert!(Pan::parse(pan.as_bytes()).unwrap().luhn(), "{what}");
        }
    }

    #[test]
    fn the_page_and_help_have_every_row() {
        let page = include_str!("../../docs/cards.md");
        for (pan, _, what) in CARDS {
            assert!(page.contains(&format!("| `{pan}` | {what} |")), "{what}");
            assert!(help().contains(pan));
        }
        for (ending, _, what) in AMOUNTS {
            assert!(page.contains(&format!("| {ending} | {what} |")), "{what}");
        }
    }
}
