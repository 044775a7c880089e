//! Currencies that a shop can be set up with: their notes and coins, and what is left of small coins.

use super::{Currency, Minor};

/// Code, sign, decimals, notes (and coins that are handed over like notes) for quick-cash buttons, other coins, smallest payable amount.
type Row = (&'static str, &'static str, u8, &'static [i64], &'static [i64], i64);

/// In the order of their codes. What cash is rounded to is the central bank's rule where it has withdrawn coins (Sweden, Norway, Denmark,
/// Switzerland, Canada, Australia, New Zealand, Czechia, Hungary), and the smallest coin elsewhere.
const CURRENCIES: &[Row] = &[
    ("AUD", "A$", 2, &[500, 1000, 2000, 5000, 10_000], &[5, 10, 20, 50, 100, 200], 5),
    ("CAD", "C$", 2, &[500, 1000, 2000, 5000, 10_000], &[5, 10, 25, 100, 200], 5),
    ("CHF", "CHF ", 2, &[1000, 2000, 5000, 10_000, 20_000], &[5, 10, 20, 50, 100, 200, 500], 5),
    ("CZK", "Kč ", 2, &[10_000, 20_000, 50_000, 100_000, 200_000], &[100, 200, 500, 1000, 2000, 5000], 100),
    ("DKK", "kr ", 2, &[5000, 10_000, 20_000, 50_000], &[50, 100, 200, 500, 1000, 2000], 50),
    ("EUR", "€", 2, &[500, 1000, 2000, 5000, 10_000, 20_000], &[1, 2, 5, 10, 20, 50, 100, 200], 1),
    ("GBP", "£", 2, &[500, 1000, 2000, 5000], &[1, 2, 5, 10, 20, 50, 100, 200], 1),
    ("HUF", "Ft ", 0, &[500, 1000, 2000, 5000, 10_000, 20_000], &[5, 10, 20, 50, 100, 200], 5),
    ("JPY", "¥", 0, &[1000, 2000, 5000, 10_000], &[1, 5, 10, 50, 100, 500], 1),
    ("NOK", "kr ", 2, &[5000, 10_000, 20_000, 50_000, 100_000], &[100, 500, 1000, 2000], 100),
    ("NZD", "NZ$", 2, &[500, 1000, 2000, 5000, 10_000], &[10, 20, 50, 100, 200], 10),
    ("PLN", "zł ", 2, &[1000, 2000, 5000, 10_000, 20_000, 50_000], &[1, 2, 5, 10, 20, 50, 100, 200, 500], 1),
    ("SEK", "kr ", 2, &[2000, 5000, 10_000, 20_000, 50_000, 100_000], &[100, 200, 500, 1000], 100),
    ("USD", "$", 2, &[100, 500, 1000, 2000, 5000, 10_000], &[1, 5, 10, 25, 50], 1),
];

impl Currency {
    /// The currency of this ISO 4217 code, in any case, if a shop can be set up with it.
    pub fn of(code: &str) -> Option<Currency> {
        let (code, symbol, decimals, notes, coins, cash_step) =
            CURRENCIES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code))?;
        Some(Currency {
            code: (*code).into(),
            decimals: *decimals,
            symbol: (*symbol).into(),
            notes: notes.iter().copied().map(Minor).collect(),
            coins: coins.iter().copied().map(Minor).collect(),
            cash_step: Minor(*cash_step),
            style: None,
        })
    }

    /// The codes of all of them.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        CURRENCIES.iter().map(|(code, ..)| *code)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;
    use crate::tender::quick_cash;

    #[test]
    fn what_is_handed_over_is_offered_in_every_currency() {
        let offered = |code: &str, due: i64| {
            let currency = Currency::of(code).unwrap();
            quick_cash(currency.round_cash(Minor(due)), &currency, 6).iter().map(|amount| amount.0).collect::<Vec<_>>()
        };
        assert_eq!(offered("eur", 1230), [1230, 1500, 2000, 5000, 10_000, 20_000]);
        assert_eq!(offered("USD", 1230), [1230, 1300, 1500, 2000, 5000, 10_000]);
        assert_eq!(offered("GBP", 1230), [1230, 1500, 2000, 5000]);
        assert_eq!(offered("CHF", 1232), [1230, 2000, 5000, 10_000, 20_000]);
        assert_eq!(offered("JPY", 1230), [1230, 2000, 5000, 10_000]);
        assert_eq!(offered("NZD", 1234), [1230, 1500, 2000, 5000, 10_000]);
        assert_eq!(offered("SEK", 12_349), [12_300, 14_000, 15_000, 20_000, 50_000, 100_000]);
        assert_eq!(offered("HUF", 1232), [1230, 1500, 2000, 5000, 10_000, 20_000]);
        assert_eq!(Currency::of("XXX"), None);
    }

    #[test]
    fn every_note_and_coin_can_be_paid_with() {
        for code in Currency::codes() {
            let currency = Currency::of(code).unwrap();
            assert!(currency.notes.is_sorted() && currency.coins.is_sorted(), "{code}");
            assert!(currency.notes.iter().all(|note| note.0 % currency.cash_step.0 == 0), "{code}");
            let smallest = currency.denominations().first().copied().unwrap();
            assert!(smallest <= currency.cash_step, "{code}: a rounded amount can be made of coins");
        }
    }

    #[test]
    fn no_currency_rounds_by_more_than_half_of_its_smallest_coin() {
        let most = CURRENCIES.iter().map(|(.., cash_step)| *cash_step / 2).max();
        assert_eq!(most, Some(super::super::ROUNDING_MAX));
    }

    proptest! {
        #[test]
        fn cash_is_off_by_at_most_half_a_coin_and_rounding_twice_changes_nothing(amount in -10_000_000i64..10_000_000, at in 0usize..14) {
            let currency = Currency::of(Currency::codes().nth(at).unwrap()).unwrap();
            let rounded = currency.round_cash(Minor(amount));
            prop_assert_eq!(rounded.0 % currency.cash_step.0, 0);
            prop_assert!((rounded.0 - amount).abs() * 2 <= currency.cash_step.0);
            prop_assert_eq!(currency.round_cash(rounded), rounded);
            prop_assert_eq!(currency.round_cash(Minor(-amount)), Minor(-rounded.0), "the same for what goes back");
        }
    }
}
