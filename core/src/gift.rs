//! Gift cards and store credit: a balance that its holder spends by a code.
//!
//! A gift card is a multi-purpose voucher (Directive (EU) 2016/1065): selling it is no turnover and bears no tax, and the goods that
//! are paid with it are taxed as any. So what is sold as gift cards stands beside a sale's totals, never in them. A card's balance is
//! the sum of what the journals of all tills say of it; no till owns it.

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::is_false,
    ids::SaleId,
    money::{AMOUNT_MAX, Minor},
    tax::Ppm,
};

mod code;
mod known;

pub use code::{BadGiftCode, GiftCode, GiftRef, RANDOM_BYTES};
pub use known::{CARDS_KEPT_MAX, GiftBook, KnownCard, Told};

/// The longest name of a card: its last four symbols.
pub const LAST4_MAX: usize = 4;

/// How the shop's tills handle gift cards. Amounts are minor units of the shop's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GiftRules {
    /// Are gift cards sold and taken at all?
    pub on: bool,
    /// The most that is put on a card at a time.
    pub load_max: Minor,
    /// The most that a till takes from one card without the server's word on its balance; 0 is nothing.
    pub offline_card_max: Minor,
    /// The most that a till takes from all cards together in one shift without it.
    pub offline_shift_max: Minor,
    /// A card can be spent for so many months of 31 days after it was last loaded; 0 is for ever.
    pub expiry_months: u32,
}

impl Default for GiftRules {
    fn default() -> Self {
        GiftRules {
            on: true,
            load_max: Minor(50_000),
            offline_card_max: Minor(5_000),
            offline_shift_max: Minor(20_000),
            expiry_months: 0,
        }
    }
}

impl GiftRules {
    /// Until when a card can be spent that is loaded at `now_ms`, milliseconds since 1970.
    pub fn until_ms(&self, now_ms: i64) -> Option<i64> {
        const MONTH_MS: i64 = 31 * 24 * 3_600_000;
        (self.expiry_months > 0).then(|| now_ms.saturating_add(i64::from(self.expiry_months).saturating_mul(MONTH_MS)))
    }
}

/// Whether a tip is asked for, and what is suggested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TipRules {
    /// Is a tip asked for?
    pub on: bool,
    /// Parts of the goods' price, tax included, that are suggested; at most [`TipRules::PERCENTS_MAX`].
    pub percents: Vec<Ppm>,
}

impl TipRules {
    /// The most suggestions that fit on a screen.
    pub const PERCENTS_MAX: usize = 4;
}

impl Default for TipRules {
    fn default() -> Self {
        TipRules { on: false, percents: [5, 10, 15].map(|percent| Ppm(percent * Ppm::PERCENT)).to_vec() }
    }
}

/// What a till needs in order to handle gift cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gifts {
    /// The shop's key, under which a card's code becomes its [`GiftRef`]; 32 bytes.
    pub key: crate::bytes::Blob,
    /// Cards that the office blocked, as many as were blocked last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<GiftRef>,
}

/// Money that was put on a card, beside what else was sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftSold {
    /// Which card.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: String,
    /// How much; more than nothing.
    pub amount: Minor,
    /// There was money on it before, as far as the till knew.
    #[serde(default, skip_serializing_if = "is_false")]
    pub top_up: bool,
    /// Until when it can be spent, milliseconds since 1970, if not for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// The card that a part of a sale was paid with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftPaid {
    /// Which card.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: String,
    /// The server was not asked: the till took it within its limit.
    #[serde(default, skip_serializing_if = "is_false")]
    pub offline: bool,
}

/// The card that a part of a refund went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftBack {
    /// Which card.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: String,
    /// It is store credit: a new card, given in place of what the sale was paid with.
    #[serde(default, skip_serializing_if = "is_false")]
    pub credit: bool,
    /// Until when it can be spent, milliseconds since 1970, if not for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// More was spent of a card than was on it, which the server found when the tills' entries came together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftOverdrawn {
    /// Which card.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: String,
    /// The sale of this till with which it was found.
    pub sale: SaleId,
    /// By how much.
    pub over: Minor,
}

/// Money for a card in an order that is not paid yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartGift {
    /// The code: the order is kept sealed, and what is written of it in the end has only the reference.
    pub code: GiftCode,
    /// Which card.
    pub card: GiftRef,
    /// How much.
    pub amount: Minor,
    /// There was money on it before, as far as the till knows.
    #[serde(default, skip_serializing_if = "is_false")]
    pub top_up: bool,
}

/// A card that was just sold: its code is shown until the customer has it, and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The code.
    pub code: GiftCode,
    /// Which card.
    pub card: GiftRef,
    /// How much was put on it.
    pub amount: Minor,
    /// Until when it can be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

impl GiftSold {
    /// Can this be?
    pub fn is_consistent(&self) -> bool {
        (1..=AMOUNT_MAX).contains(&self.amount.0) && self.last4.len() == LAST4_MAX
    }
}
