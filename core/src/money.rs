//! Money is whole minor units (cents, yen) with its ISO 4217 currency. No floating point comes near it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

mod style;

use crate::{catalogue::Unit, tax::Ppm};
pub use style::{Affixes, Style, as_ascii};

mod currencies;

/// An amount in minor units of a currency that the context names. It may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

/// The largest amount that any field may hold, in minor units: far above a stall's day, far below overflow, and exact
/// in a JavaScript number.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// The most that cash rounding changes what is owed: half of the largest [`Currency::cash_step`] of any currency.
pub const ROUNDING_MAX: i64 = 50;

/// The amount left the range ±[`AMOUNT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("This amount is too large for a till.")]
pub struct OutOfRange;

impl Minor {
    /// Nothing.
    pub const ZERO: Minor = Minor(0);

    /// The amount, if it is within ±[`AMOUNT_MAX`].
    pub fn checked(amount: i128) -> Result<Minor, OutOfRange> {
        if amount.unsigned_abs() > AMOUNT_MAX as u128 {
            return Err(OutOfRange);
        }
        i64::try_from(amount).map(Minor).map_err(|_| OutOfRange)
    }

    /// Sum, within range.
    pub fn plus(self, other: Minor) -> Result<Minor, OutOfRange> {
        Minor::checked(i128::from(self.0) + i128::from(other.0))
    }

    /// Difference, within range.
    pub fn minus(self, other: Minor) -> Result<Minor, OutOfRange> {
        Minor::checked(i128::from(self.0) - i128::from(other.0))
    }

    /// Sum of all, within range at every step.
    pub fn sum(amounts: impl IntoIterator<Item = Minor>) -> Result<Minor, OutOfRange> {
        amounts.into_iter().try_fold(Minor::ZERO, Minor::plus)
    }
}

/// A quantity in thousandths (1000 = one piece, 250 = a quarter of a kilogram).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Milli(pub i64);

/// The largest quantity on a line, in thousandths: 9,999 pieces.
pub const QTY_MAX: Milli = Milli(9_999_000);

impl Milli {
    /// One piece.
    pub const ONE: Milli = Milli(1000);

    /// `pieces` whole pieces.
    pub fn pieces(pieces: i64) -> Milli {
        Milli(pieces.saturating_mul(1000))
    }

    /// Reads a weight or volume as a person types it or a scale writes it: `2`, `0.352`, `0,35`; at most three decimals.
    pub fn parse(text: &str) -> Option<Milli> {
        let text = as_ascii(text);
        let (whole, part) = text.trim().split_once(['.', ',']).unwrap_or((text.trim(), ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) || whole.len() > 4 || part.len() > 3 {
            return None;
        }
        format!("{whole}{part:0<3}").parse().ok().map(Milli)
    }

    /// Price of this quantity at `unit` a piece, rounded half away from zero.
    pub fn price(self, unit: Minor) -> Result<Minor, OutOfRange> {
        Minor::checked(divide_rounding(i128::from(self.0) * i128::from(unit.0), 1000))
    }
}

/// As people write it: `2`, `0.25`.
impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:03}");
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

/// `numerator / denominator`, rounded half away from zero (commercial rounding). A zero denominator gives zero.
pub fn divide_rounding(numerator: i128, denominator: i128) -> i128 {
    if denominator == 0 {
        return 0;
    }
    let half = denominator.abs() / 2;
    let magnitude = (numerator.abs() + half) / denominator.abs();
    if (numerator < 0) == (denominator < 0) { magnitude } else { -magnitude }
}

/// A currency: ISO 4217 code, number of decimals, and what a till needs to handle its cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Currency {
    /// ISO 4217 alphabetic code, such as `EUR`.
    pub code: String,
    /// Digits after the decimal point: 2 for `EUR`, 0 for `JPY`.
    pub decimals: u8,
    /// What stands before an amount on screen, such as `€`.
    pub symbol: String,
    /// Notes and large coins for quick-cash buttons, ascending, in minor units.
    pub notes: Vec<Minor>,
    /// The other coins, ascending: with the notes, what a drawer is counted by.
    #[serde(default)]
    pub coins: Vec<Minor>,
    /// The smallest amount payable in cash (1 where every minor unit is a coin; 5 in Switzerland).
    pub cash_step: Minor,
    /// How its amounts are written on this screen; nothing: as the journal and the server write them.
    #[serde(skip)]
    pub style: Option<Box<Style>>,
}

impl Currency {
    /// The euro.
    pub fn eur() -> Currency {
        Currency {
            code: "EUR".into(),
            decimals: 2,
            symbol: "€".into(),
            notes: [500, 1000, 2000, 5000, 10_000, 20_000].map(Minor).to_vec(),
            coins: [1, 2, 5, 10, 20, 50, 100, 200].map(Minor).to_vec(),
            cash_step: Minor(1),
            style: None,
        }
    }

    /// The same currency in the style that is the same everywhere: for whatever is stored, signed or sent.
    pub fn canonical(&self) -> Currency {
        Currency { style: None, ..self.clone() }
    }

    /// Coins and notes, ascending: a drawer is counted by them.
    pub fn denominations(&self) -> Vec<Minor> {
        let mut all: Vec<Minor> = self.coins.iter().chain(&self.notes).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A quantity for people, such as `0.25`.
    pub fn quantity(&self, qty: Milli) -> String {
        let canonical = qty.to_string();
        self.style.as_ref().map(|style| style.number(&canonical)).unwrap_or(canonical)
    }

    /// A quantity with its unit where it has one: `3`, `0.4 kg`.
    pub fn measured(&self, qty: Milli, unit: Option<Unit>) -> String {
        match unit {
            Some(unit) => format!("{} {}", self.quantity(qty), unit.sign()),
            None => self.quantity(qty),
        }
    }

    /// A rate for people, such as `12.5 %`.
    pub fn percent(&self, rate: Ppm) -> String {
        let canonical = rate.to_string();
        let Some(style) = &self.style else { return canonical };
        format!("{}{}{}", style.percent.before, style.number(canonical.trim_end_matches(" %")), style.percent.after)
    }

    /// An amount for people, such as `€1,234.50`.
    pub fn format(&self, amount: Minor) -> String {
        let scale = 10u64.pow(u32::from(self.decimals.min(4)));
        let magnitude = amount.0.unsigned_abs();
        if let Some(style) = &self.style {
            let width = usize::from(self.decimals.min(4));
            let digits = match scale {
                1 => magnitude.to_string(),
                _ => format!("{}.{:0width$}", magnitude / scale, magnitude % scale),
            };
            let around = if amount.0 < 0 { &style.below_zero } else { &style.amount };
            return format!("{}{}{}", around.before, style.digits(&digits), around.after);
        }
        let whole = (magnitude / scale).to_string();
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if amount.0 < 0 { "−" } else { "" };
        if scale == 1 {
            return format!("{sign}{}{grouped}", self.symbol);
        }
        let width = usize::from(self.decimals.min(4));
        format!("{sign}{}{grouped}.{:0width$}", self.symbol, magnitude % scale)
    }

    /// Reads what a person typed: `12`, `12.5`, `12,50`, `١٢٫٥`, with or without the currency's sign. Thousands separators and
    /// signs are not accepted.
    pub fn parse(&self, text: &str) -> Result<Minor, BadAmount> {
        let text = as_ascii(text);
        let mut text = text.trim();
        text = text.strip_prefix(self.symbol.trim()).unwrap_or(text).trim();
        if let Some(style) = &self.style {
            let around = [as_ascii(&style.amount.before), as_ascii(&style.amount.after)];
            text = text.strip_prefix(around[0].trim()).unwrap_or(text).trim();
            text = text.strip_suffix(around[1].trim()).unwrap_or(text).trim();
        }
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let decimals = usize::from(self.decimals.min(4));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) || part.len() > decimals || whole.len() > 12 {
            return Err(BadAmount);
        }
        let padded = format!("{whole}{part:0<decimals$}");
        let amount: i64 = padded.parse().map_err(|_| BadAmount)?;
        Minor::checked(i128::from(amount)).map_err(|_| BadAmount)
    }

    /// `amount` rounded to what can be paid in cash, half away from zero.
    pub fn round_cash(&self, amount: Minor) -> Minor {
        let step = i128::from(self.cash_step.0.max(1));
        Minor::checked(divide_rounding(i128::from(amount.0), step) * step).unwrap_or(amount)
    }
}

/// What was typed is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Type an amount such as 12.50.")]
pub struct BadAmount;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounds_half_away_from_zero() {
        let cases = [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (15, 10, 2), (25, 10, 3), (-25, 10, -3), (7, 0, 0)];
        for (n, d, want) in cases {
            assert_eq!(divide_rounding(n, d), want, "{n}/{d}");
        }
    }

    #[test]
    fn reads_and_writes_amounts_as_people_do() {
        let eur = Currency::eur();
        for (text, minor) in [("12", 1200), ("12.5", 1250), ("12,50", 1250), (" €0.05", 5), (".5", 50)] {
            assert_eq!(eur.parse(text), Ok(Minor(minor)), "{text}");
        }
        for text in ["", ".", "-1", "1.234", "1e3", "1,000.00", "٣٬٠٠٠", "99999999999999"] {
            assert_eq!(eur.parse(text), Err(BadAmount), "{text}");
        }
        assert_eq!(eur.format(Minor(123_456)), "€1,234.56");
        assert_eq!(eur.format(Minor(-5)), "−€0.05");
        assert_eq!(Currency { decimals: 0, symbol: "¥".into(), ..eur }.format(Minor(1000)), "¥1,000");
    }

    #[test]
    fn reads_quantities_as_scales_write_them() {
        for (text, milli) in [("2", 2000), ("0.352", 352), (" 0,35 ", 350), (".5", 500), ("9999", 9_999_000)] {
            assert_eq!(Milli::parse(text), Some(Milli(milli)), "{text}");
        }
        for text in ["", ".", "-1", "0.0001", "12345", "1e3", "٬١"] {
            assert_eq!(Milli::parse(text), None, "{text}");
        }
    }

    #[test]
    fn cash_rounds_to_the_smallest_coin() {
        let chf = Currency { cash_step: Minor(5), ..Currency::eur() };
        for (amount, want) in [(1002, 1000), (1003, 1005), (-1003, -1005)] {
            assert_eq!(chf.round_cash(Minor(amount)), Minor(want));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(amount in 0..AMOUNT_MAX) {
            let eur = Currency::eur();
            let plain = eur.format(Minor(amount)).replace(',', "");
            prop_assert_eq!(eur.parse(&plain), Ok(Minor(amount)));
        }

        #[test]
        fn rounding_is_off_by_at_most_half(n in -1_000_000_000i128..1_000_000_000, d in 1i128..100_000) {
            let error = divide_rounding(n, d) * d - n;
            prop_assert!(error.abs() * 2 <= d);
        }

        #[test]
        fn sums_never_leave_the_range(amounts in prop::collection::vec(-AMOUNT_MAX..AMOUNT_MAX, 0..20)) {
            let exact: i128 = amounts.iter().map(|a| i128::from(*a)).sum();
            if let Ok(sum) = Minor::sum(amounts.into_iter().map(Minor)) {
                prop_assert_eq!(i128::from(sum.0), exact);
                prop_assert!(sum.0.abs() <= AMOUNT_MAX);
            }
        }
    }
}
