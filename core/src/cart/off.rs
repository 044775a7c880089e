//! What a person takes off a line or an order: a part, or an amount.

use serde::{Deserialize, Serialize};

use crate::{
    money::Minor,
    sale::{Discount, reckon},
    tax::Ppm,
};

/// What a person takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    /// How much.
    pub measure: Measure,
    /// Why, in the person's words.
    pub reason: String,
}

/// How much is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A part.
    Rate(Ppm),
    /// An amount, off what came to `of` then. Of less, it is less in proportion: taking things out never raises the part that
    /// somebody was allowed to take off.
    Amount {
        /// The amount.
        amount: Minor,
        /// Off what.
        of: Minor,
    },
}

impl Measure {
    /// What it comes to on `base`.
    pub(super) fn on(self, base: Minor) -> Discounted {
        match self {
            Measure::Rate(rate) => Discounted { rate, amount: Minor::ZERO, by_amount: false },
            Measure::Amount { amount, of } => {
                let less = i128::from(amount.0) * i128::from(base.0.max(0)) / i128::from(of.0.max(1));
                let amount = if base >= of { amount } else { Minor(i64::try_from(less).unwrap_or(0)) };
                Discounted { rate: Ppm(0), amount, by_amount: true }
            }
        }
    }

    /// The part that it is at most.
    pub fn rate(self) -> Ppm {
        match self {
            Measure::Rate(rate) => rate,
            Measure::Amount { amount, of } => reckon::part(amount, of),
        }
    }
}

pub(super) struct Discounted {
    rate: Ppm,
    amount: Minor,
    by_amount: bool,
}

impl Discounted {
    pub(super) fn because(self, reason: &str) -> Discount {
        Discount { rate: self.rate, amount: self.amount, by_amount: self.by_amount, reason: reason.to_owned() }
    }
}

/// Two parts taken off after each other, as one, rounded up.
pub fn both(first: Ppm, then: Ppm) -> Ppm {
    let one = u64::from(Ppm::WHOLE.0);
    let (first, then) = (u64::from(first.min(Ppm::WHOLE).0), u64::from(then.min(Ppm::WHOLE).0));
    let left = (one - first) * (one - then) / one;
    Ppm(u32::try_from(one - left).unwrap_or(Ppm::WHOLE.0))
}
