//! What the office decides about cards, delivered in the signed configuration.

use serde::{Deserialize, Serialize};

use super::Reader;
use crate::{
    bytes::{Blob, Hash},
    money::Minor,
};

/// Everything that a till needs in order to take cards. Without it, there is no card payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cards {
    /// How far a till goes without the bank's word.
    pub rules: CardRules,
    /// The processor's public keys; the newest that is valid is used ([`Cards::key_at`]). Others may still be in use elsewhere.
    pub keys: Vec<ProcessorKey>,
    /// The readers that this till may use; empty for any that it supports.
    pub readers: Vec<PinnedReader>,
    /// The newest hot-card list, if the processor has one.
    pub hot_list: Option<HotListInfo>,
}

/// Limits for payments that the bank has not authorised yet. Amounts are minor units of the shop's currency; what is above a limit
/// needs somebody who may accept it, or another tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardRules {
    /// The most that one sale may put on a card (the floor limit).
    pub sale_max: Minor,
    /// The most payments with one card that are open within [`window_hours`](Self::window_hours).
    pub card_count_max: u32,
    /// The most that one card may owe within them.
    pub card_sum_max: Minor,
    /// How far back one card's payments are counted, hours.
    pub window_hours: u32,
    /// The most that may be open of one cashier's payments.
    pub staff_sum_max: Minor,
    /// The most that may be open on this till.
    pub till_sum_max: Minor,
    /// The most payments that may be open on this till.
    pub stored_max: u32,
    /// After so many hours without the server, cards are above the limit.
    pub offline_hours_max: u32,
    /// The most for a chip card that was swiped. The networks' floor limit for it is zero.
    pub fallback_max: Minor,
    /// The most for a swipe whose service code the reader hides: it may be a chip card.
    pub unknown_service_max: Minor,
    /// Ranges of first six digits that are not taken, each inclusive.
    pub refused_bins: Vec<(u32, u32)>,
    /// A hot-card list older than this is stale, days.
    pub hot_list_days: u32,
    /// What is left of `sale_max`, `card_sum_max`, `staff_sum_max` and `till_sum_max` while the list is stale, per cent.
    pub stale_percent: u8,
    /// May readers be used that send card numbers in clear?
    pub clear_readers: bool,
}

/// A public key of the processor (RFC 7517, `RSA`), and when it may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessorKey {
    /// Its name.
    pub kid: String,
    /// The modulus, big endian; at least 2048 bits.
    pub n: Blob,
    /// The public exponent, big endian.
    pub e: Blob,
    /// From when on, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Until when; nothing is sealed to it from then on.
    pub until_ms: i64,
}

/// A reader that belongs to a till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedReader {
    /// USB vendor id.
    pub vendor: u16,
    /// USB product id.
    pub product: u16,
    /// Its serial number; empty for any of this make.
    pub serial: String,
    /// What the shop calls it.
    pub name: String,
}

/// Which hot-card list a till should hold. The list itself is fetched apart, and believed if its hash is this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotListInfo {
    /// SHA-256 of the list's bytes.
    pub hash: Hash,
    /// How long they are.
    pub bytes: u32,
    /// How many cards are on it.
    pub entries: u32,
    /// When the processor made it, milliseconds since 1970 UTC.
    pub made_at_ms: i64,
    /// The key under which its tokens were made, 32 bytes.
    pub key: Blob,
}

impl Default for CardRules {
    fn default() -> Self {
        CardRules {
            sale_max: Minor(10_000),
            card_count_max: 2,
            card_sum_max: Minor(15_000),
            window_hours: 24,
            staff_sum_max: Minor(100_000),
            till_sum_max: Minor(200_000),
            stored_max: 100,
            offline_hours_max: 24,
            fallback_max: Minor::ZERO,
            unknown_service_max: Minor(5_000),
            refused_bins: Vec::new(),
            hot_list_days: 7,
            stale_percent: 50,
            clear_readers: false,
        }
    }
}

impl Cards {
    /// Does `reader` belong to this till, as far as it has told who it is? Where none is pinned, every one does.
    pub fn own(&self, reader: &Reader) -> bool {
        self.readers.is_empty() || self.readers.iter().any(|pinned| reader.is(pinned))
    }

    /// The key that payments are sealed to at `now_ms`: of those that are valid, the one that began last.
    pub fn key_at(&self, now_ms: i64) -> Option<&ProcessorKey> {
        self.keys.iter().filter(|key| key.from_ms <= now_ms && now_ms < key.until_ms).max_by_key(|key| key.from_ms)
    }
}
