//! Is a card good enough while nobody can ask the bank? Rules that the office signed, what is open already, and the card.

use serde::{Deserialize, Serialize};

use super::{CardSeen, EntryMode, HotMatch, OpenPayment, rules::CardRules};
use crate::{
    ids::StaffId,
    money::{Currency, Minor},
};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What speaks against taking a card now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// It has expired.
    Expired,
    /// It is on the hot-card list.
    Hot,
    /// Its first digits are among those that the shop does not take.
    RefusedBin,
    /// A card that looks like it is on the hot-card list.
    PossiblyHot,
    /// More than one sale may be.
    SaleLimit,
    /// This card was used too often.
    CardCount,
    /// This card would owe too much.
    CardSum,
    /// This cashier's payments would be too much.
    StaffSum,
    /// This till's payments would be too much.
    TillSum,
    /// Too many payments wait on this till.
    Stored,
    /// The till has been off the network for too long.
    TooLongOffline,
    /// A chip card was swiped.
    Fallback,
    /// A swipe that may be of a chip card: the reader hides the service code.
    UnknownService,
}

impl Concern {
    /// No person can wave it through: the customer pays otherwise.
    pub fn is_final(self) -> bool {
        matches!(self, Concern::Expired | Concern::Hot | Concern::RefusedBin)
    }

    /// What is wrong, for the cashier.
    pub fn sentence(self) -> &'static str {
        match self {
            Concern::Expired => "This card has expired.",
            Concern::Hot => "This card is reported lost or stolen. Do not take it.",
            Concern::RefusedBin => "The shop does not take this kind of card.",
            Concern::PossiblyHot => "A card with these digits is reported lost or stolen. Look at the card.",
            Concern::SaleLimit => "The amount is above the limit for a card without the bank's word.",
            Concern::CardCount => "This card was used too often today without the bank's word.",
            Concern::CardSum => "This card would owe more than the limit without the bank's word.",
            Concern::StaffSum => "Your open card payments would be above the limit.",
            Concern::TillSum => "This till's open card payments would be above the limit.",
            Concern::Stored => "Too many card payments wait on this till.",
            Concern::TooLongOffline => "The till has been off the network for too long to take cards.",
            Concern::Fallback => "This card has a chip, and was swiped.",
            Concern::UnknownService => "This may be a chip card, and was swiped.",
        }
    }
}

/// All that is judged beside the card itself.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// The shop's rules.
    pub rules: &'a CardRules,
    /// Payments that the bank has not decided yet, those of the running sale included.
    pub open: Vec<OpenPayment>,
    /// What the running sale has on cards already, minor units.
    pub in_sale: Minor,
    /// Who takes the payment.
    pub staff: StaffId,
    /// Now, milliseconds since 1970 UTC.
    pub now_ms: i64,
    /// The server's last word, milliseconds since 1970 UTC; nothing if it was never heard.
    pub heard_ms: Option<i64>,
    /// When the processor made the hot-card list that the till holds. Nothing if there is none to hold, which counts as no list
    /// being kept; 0 if there is one and the till lacks it, which counts as stale.
    pub hot_list_ms: Option<i64>,
}

/// What speaks against taking `card` for its amount, worst first. Nothing: it may be taken.
pub fn assess(card: &CardSeen, around: &Circumstances) -> Vec<Concern> {
    let rules = around.rules;
    let mut concerns = Vec::new();
    let mut note = |concern, applies: bool| {
        if applies {
            concerns.push(concern);
        }
    };
    note(Concern::Expired, card.expiry.is_some_and(|last| (last.year, last.month) < year_and_month(around.now_ms)));
    note(Concern::Hot, card.hot == HotMatch::Certain);
    let refused = |bin: u32| rules.refused_bins.iter().any(|(from, to)| (*from..=*to).contains(&bin));
    note(Concern::RefusedBin, card.bin.is_some_and(refused));
    note(Concern::PossiblyHot, card.hot == HotMatch::Possible);

    let limit = |amount: Minor| if around.list_is_stale() { shrunk(amount, rules.stale_percent) } else { amount };
    note(Concern::SaleLimit, card.amount.0.saturating_add(around.in_sale.0) > limit(rules.sale_max).0);
    let since_ms = around.now_ms.saturating_sub(i64::from(rules.window_hours).saturating_mul(HOUR_MS));
    let of_card = |open: &&OpenPayment| open.token == card.token && open.at_ms >= since_ms;
    let count = around.open.iter().filter(of_card).count();
    note(Concern::CardCount, count >= usize::try_from(rules.card_count_max).unwrap_or(usize::MAX));
    let with = |others: i64| Minor(others.saturating_add(card.amount.0));
    let sum = |belongs: &dyn Fn(&&OpenPayment) -> bool| {
        with(around.open.iter().filter(belongs).map(|open| open.amount.0).fold(0, i64::saturating_add))
    };
    note(Concern::CardSum, sum(&of_card) > limit(rules.card_sum_max));
    note(Concern::StaffSum, sum(&|open| open.staff == Some(around.staff)) > limit(rules.staff_sum_max));
    note(Concern::TillSum, sum(&|_| true) > limit(rules.till_sum_max));
    note(Concern::Stored, around.open.len() >= usize::try_from(rules.stored_max).unwrap_or(usize::MAX));
    let alone_ms = around.heard_ms.map_or(i64::MAX, |heard| around.now_ms.saturating_sub(heard));
    note(Concern::TooLongOffline, alone_ms > i64::from(rules.offline_hours_max).saturating_mul(HOUR_MS));
    note(Concern::Fallback, card.mode == EntryMode::Fallback && card.amount > rules.fallback_max);
    let unknown = card.mode == EntryMode::Swipe && card.service_code.is_none();
    note(Concern::UnknownService, unknown && card.amount > rules.unknown_service_max);
    concerns
}

impl Circumstances<'_> {
    fn list_is_stale(&self) -> bool {
        let days = i64::from(self.rules.hot_list_days);
        self.hot_list_ms.is_some_and(|made| self.now_ms.saturating_sub(made) > days.saturating_mul(DAY_MS))
    }
}

fn shrunk(amount: Minor, percent: u8) -> Minor {
    let part = i128::from(amount.0) * i128::from(percent.min(100)) / 100;
    Minor(i64::try_from(part).unwrap_or(amount.0))
}

/// Year and month of a moment, UTC (the civil calendar from a count of days).
fn year_and_month(at_ms: i64) -> (u16, u8) {
    // Eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
    let days = at_ms.div_euclid(DAY_MS) + 719_468;
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = days.div_euclid(146_097) * 400 + year_of_era + i64::from(month <= 2);
    (u16::try_from(year).unwrap_or_default(), u8::try_from(month).unwrap_or_default())
}

/// Concerns as one text for the cashier, each a sentence.
pub fn sentences(concerns: &[Concern]) -> String {
    concerns.iter().map(|concern| concern.sentence()).collect::<Vec<_>>().join(" ")
}

/// What is open, as people read it: `3 card payments, €45.00, not yet authorised`. Nothing while nothing is open.
pub fn exposure(open: &[OpenPayment], currency: &Currency) -> Option<String> {
    let sum = Minor(open.iter().map(|payment| payment.amount.0).fold(0, i64::saturating_add));
    match open.len() {
        0 => None,
        1 => Some(format!("1 card payment, {}, not yet authorised", currency.format(sum))),
        count => Some(format!("{count} card payments, {}, not yet authorised", currency.format(sum))),
    }
}
