//! Tax, reckoned line by line and rounded half away from zero on each line.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{Minor, OutOfRange, as_ascii, divide_rounding};

/// A rate in millionths: 190,000 is 19 %, 88,750 is 8.875 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub u32);

impl Ppm {
    /// One per cent.
    pub const PERCENT: u32 = 10_000;
    /// All of it.
    pub const WHOLE: Ppm = Ppm(1_000_000);

    /// This part of `amount`, rounded half away from zero.
    pub fn of(self, amount: Minor) -> Result<Minor, OutOfRange> {
        Minor::checked(divide_rounding(i128::from(amount.0) * i128::from(self.0), i128::from(Ppm::WHOLE.0)))
    }

    /// Reads what a person typed as per cent: `10`, `12.5`, `12,5`; at most 100.
    pub fn parse_percent(text: &str) -> Result<Ppm, BadPercent> {
        let text = as_ascii(text);
        let text = text.trim().trim_start_matches(['%', '٪']).trim_end_matches(['%', '٪']).trim();
        let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 4 || !digits(whole) || !digits(part) {
            return Err(BadPercent);
        }
        let ppm: u32 = format!("{whole}{part:0<4}").parse().map_err(|_| BadPercent)?;
        if ppm > Ppm::WHOLE.0 { Err(BadPercent) } else { Ok(Ppm(ppm)) }
    }
}

/// As people write it: `19 %`, `8.875 %`.
impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / Ppm::PERCENT, self.0 % Ppm::PERCENT);
        if part == 0 {
            return write!(f, "{whole} %");
        }
        let part = format!("{part:04}");
        write!(f, "{whole}.{} %", part.trim_end_matches('0'))
    }
}

/// What was typed is no percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Type a percentage between 0 and 100, such as 10 or 12.5.")]
pub struct BadPercent;

/// A named tax of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Its short code, such as `A` or `VAT20`: what stands on the receipt's line.
    pub code: String,
    /// Its name for people, such as `VAT 20%`.
    pub name: String,
    /// Its rate.
    pub rate: Ppm,
}

/// Whether the shop's prices hold their tax already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// Prices include tax (as is usual in Europe).
    Inclusive,
    /// Tax comes on top (as is usual in North America).
    Exclusive,
}

/// One line's share of one tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxShare {
    /// The tax's code.
    pub code: String,
    /// The rate that was used.
    pub rate: Ppm,
    /// The tax, in minor units.
    pub amount: Minor,
}

/// A line's amount split into net, taxes and gross; `net + Σ taxes = gross`, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Without tax.
    pub net: Minor,
    /// Each tax, in the order of the rates given.
    pub taxes: Vec<TaxShare>,
    /// With tax.
    pub gross: Minor,
}

/// Splits `amount` (a line's price as shown) under `taxes`.
///
/// Exclusive: each tax is `amount × rate`, rounded on its own. Inclusive: the taxes together are
/// `amount × Σrate / (1 + Σrate)`, rounded once; each takes its share of that sum, and what rounding leaves goes to the
/// largest remainders, so that net plus taxes is the shelf price to the cent.
pub fn split(amount: Minor, taxes: &[Tax], mode: TaxMode) -> Result<Split, OutOfRange> {
    const ONE: i128 = 1_000_000;
    let amount_exact = i128::from(amount.0);
    let share = |tax: &Tax, exact: i128| Ok(TaxShare { code: tax.code.clone(), rate: tax.rate, amount: Minor::checked(exact)? });
    match mode {
        TaxMode::Exclusive => {
            let taxes = taxes
                .iter()
                .map(|tax| share(tax, divide_rounding(amount_exact * i128::from(tax.rate.0), ONE)))
                .collect::<Result<Vec<_>, OutOfRange>>()?;
            let gross = Minor::sum(taxes.iter().map(|t| t.amount))?.plus(amount)?;
            Ok(Split { net: amount, taxes, gross })
        }
        TaxMode::Inclusive => {
            let rates: i128 = taxes.iter().map(|t| i128::from(t.rate.0)).sum();
            let total = divide_rounding(amount_exact * rates, ONE + rates);
            let mut shares: Vec<i128> = Vec::with_capacity(taxes.len());
            let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(taxes.len());
            for (index, tax) in taxes.iter().enumerate() {
                let exact = total.abs() * i128::from(tax.rate.0);
                let divisor = rates.max(1);
                shares.push(exact / divisor);
                remainders.push((exact % divisor, index));
            }
            let mut left = if rates == 0 { 0 } else { total.abs() - shares.iter().sum::<i128>() };
            remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, index) in remainders {
                if left > 0 {
                    shares[index] += 1;
                    left -= 1;
                }
            }
            let sign = if total < 0 { -1 } else { 1 };
            let taxes =
                taxes.iter().zip(shares).map(|(tax, exact)| share(tax, sign * exact)).collect::<Result<Vec<_>, OutOfRange>>()?;
            Ok(Split { net: Minor::checked(amount_exact - total)?, taxes, gross: amount })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn percentages_are_read_and_written_as_people_do() {
        for (text, ppm) in [("10", 100_000), ("12.5", 125_000), (" 12,5 % ", 125_000), ("100", 1_000_000), ("0.0001", 1)] {
            assert_eq!(Ppm::parse_percent(text), Ok(Ppm(ppm)), "{text}");
        }
        for text in ["", "-1", "100.1", "1000", "1e1", "ten", ".5", "1.00001"] {
            assert_eq!(Ppm::parse_percent(text), Err(BadPercent), "{text}");
        }
        assert_eq!((Ppm(125_000).to_string(), Ppm(190_000).to_string()), ("12.5 %".into(), "19 %".into()));
        assert_eq!(Ppm(125_000).of(Minor(999)), Ok(Minor(125)));
    }
    use crate::money::AMOUNT_MAX;
    use proptest::prelude::*;

    fn tax(rate: u32) -> Tax {
        Tax { code: format!("T{rate}"), name: String::new(), rate: Ppm(rate) }
    }

    #[test]
    fn textbook_cases() {
        let vat = split(Minor(11_900), &[tax(190_000)], TaxMode::Inclusive).unwrap();
        assert_eq!((vat.net, vat.taxes[0].amount, vat.gross), (Minor(10_000), Minor(1900), Minor(11_900)));
        // New York City: 4 % state, 4.5 % city, 0.375 % transport, on 19.99.
        let nyc = split(Minor(1999), &[tax(40_000), tax(45_000), tax(3750)], TaxMode::Exclusive).unwrap();
        assert_eq!(nyc.taxes.iter().map(|t| t.amount.0).collect::<Vec<_>>(), [80, 90, 7]);
        assert_eq!(nyc.gross, Minor(2176));
        // Two inclusive rates on 10.00: 1.50 of tax cannot be split evenly by rate without a remainder.
        let two = split(Minor(1000), &[tax(70_000), tax(100_000)], TaxMode::Inclusive).unwrap();
        assert_eq!(two.net.0 + two.taxes.iter().map(|t| t.amount.0).sum::<i64>(), 1000);
        assert_eq!(two.taxes.iter().map(|t| t.amount.0).collect::<Vec<_>>(), [60, 85]);
        let none = split(Minor(500), &[], TaxMode::Inclusive).unwrap();
        assert_eq!((none.net, none.gross), (Minor(500), Minor(500)));
    }

    proptest! {
        #[test]
        fn net_and_taxes_are_always_the_gross(
            amount in -AMOUNT_MAX / 10..AMOUNT_MAX / 10,
            rates in prop::collection::vec(0u32..500_000, 0..5),
            inclusive: bool,
        ) {
            let taxes: Vec<Tax> = rates.into_iter().map(tax).collect();
            let mode = if inclusive { TaxMode::Inclusive } else { TaxMode::Exclusive };
            let s = split(Minor(amount), &taxes, mode).unwrap();
            let sum: i64 = s.taxes.iter().map(|t| t.amount.0).sum();
            prop_assert_eq!(s.net.0 + sum, s.gross.0);
            prop_assert!(s.taxes.iter().all(|t| t.amount.0.signum() * amount.signum() >= 0), "a tax has its line's sign");
            prop_assert_eq!(if inclusive { s.gross } else { s.net }, Minor(amount));
        }
    }
}
