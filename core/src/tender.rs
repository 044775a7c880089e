//! How a customer pays.

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Minor};

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
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
    /// What was handed back.
    pub change: Minor,
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
