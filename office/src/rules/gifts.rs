//! The rules for gift cards and tips, and the form for them.

use barrow_core::{
    gift::{GiftRules, TipRules},
    tax::Ppm,
};
use barrow_language::{key, number};
use serde::{Deserialize, Serialize};

use super::{CurrencyFacts, amount, whole};

/// The longest time until a gift card expires, months.
pub const EXPIRY_MONTHS_MAX: u32 = 600;

/// How gift cards are handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftSet {
    /// They are sold and taken.
    pub on: bool,
    /// The most that is put on a card at a time.
    pub load_max_minor: i64,
    /// The most that a till takes from one card without the server's word.
    pub offline_card_max_minor: i64,
    /// The same for all cards in one shift.
    pub offline_shift_max_minor: i64,
    /// They expire after so many months; 0 is never.
    pub expiry_months: u32,
}

/// Whether a tip is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipSet {
    /// It is.
    pub on: bool,
    /// Suggested parts of the price, in millionths.
    pub percents_ppm: Vec<u32>,
}

impl Default for GiftSet {
    fn default() -> Self {
        let GiftRules { on, load_max, offline_card_max, offline_shift_max, expiry_months } = GiftRules::default();
        GiftSet {
            on,
            load_max_minor: load_max.0,
            offline_card_max_minor: offline_card_max.0,
            offline_shift_max_minor: offline_shift_max.0,
            expiry_months,
        }
    }
}

impl Default for TipSet {
    fn default() -> Self {
        let TipRules { on, percents } = TipRules::default();
        TipSet { on, percents_ppm: percents.into_iter().map(|part| part.0).collect() }
    }
}

/// The form for gift cards and tips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GiftDraft {
    /// Are gift cards sold and taken?
    pub on: bool,
    /// The most that is put on a card, as typed.
    pub load_max: String,
    /// The most from one card without the server, as typed.
    pub offline_card_max: String,
    /// The most in a shift without the server, as typed.
    pub offline_shift_max: String,
    /// Months, as typed.
    pub expiry_months: String,
    /// Is a tip asked for?
    pub tips_on: bool,
    /// Suggested percents with commas between them, as typed.
    pub tip_percents: String,
}

/// A field of it that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiftField {
    /// The most that is put on a card.
    LoadMax,
    /// The most from one card without the server.
    OfflineCard,
    /// The most in a shift without the server.
    OfflineShift,
    /// Months until a card expires.
    Months,
    /// Suggested tips.
    Tips,
}

impl GiftDraft {
    /// The form for what the server holds.
    pub fn of(gift: &GiftSet, tips: &TipSet, currency: &CurrencyFacts) -> GiftDraft {
        let percent = |ppm: &u32| Ppm(*ppm).to_string().trim_end_matches(" %").to_owned();
        GiftDraft {
            on: gift.on,
            load_max: currency.typed(gift.load_max_minor),
            offline_card_max: currency.typed(gift.offline_card_max_minor),
            offline_shift_max: currency.typed(gift.offline_shift_max_minor),
            expiry_months: number(&gift.expiry_months.to_string()),
            tips_on: tips.on,
            tip_percents: tips.percents_ppm.iter().map(percent).collect::<Vec<_>>().join(", "),
        }
    }

    /// What is to be saved.
    ///
    /// # Errors
    /// Every field that cannot be read, in the order of the form.
    pub fn read(&self, currency: &CurrencyFacts) -> Result<(GiftSet, TipSet), Vec<(GiftField, &'static str)>> {
        let mut faults = Vec::new();
        let mut sum = |field, text: &str, least: i64| {
            let read = amount(text, currency)
                .and_then(|sum| if sum < least { Err(key("Type an amount of more than 0.")) } else { Ok(sum) });
            read.unwrap_or_else(|sentence| {
                faults.push((field, sentence));
                0
            })
        };
        let gift = GiftSet {
            on: self.on,
            load_max_minor: sum(GiftField::LoadMax, &self.load_max, 1),
            offline_card_max_minor: sum(GiftField::OfflineCard, &self.offline_card_max, 0),
            offline_shift_max_minor: sum(GiftField::OfflineShift, &self.offline_shift_max, 0),
            expiry_months: whole(&self.expiry_months, EXPIRY_MONTHS_MAX).unwrap_or_default(),
        };
        if whole(&self.expiry_months, EXPIRY_MONTHS_MAX).is_none() {
            faults.push((GiftField::Months, key("Type whole months, at most 600; 0 is never.")));
        }
        let percents = percents(&self.tip_percents);
        if percents.is_none() {
            faults.push((GiftField::Tips, key("Type at most 4 percentages with commas between them, such as 5, 10, 15.")));
        }
        let tips = TipSet { on: self.tips_on, percents_ppm: percents.unwrap_or_default() };
        if faults.is_empty() { Ok((gift, tips)) } else { Err(faults) }
    }
}

/// Percentages with commas between them. A decimal comma is none: there is a point for that.
fn percents(text: &str) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let read = |part: &&str| Ppm::parse_percent(part).ok().map(|part| part.0).filter(|ppm| *ppm > 0);
    let read: Option<Vec<u32>> = parts.iter().map(read).collect();
    read.filter(|percents| percents.len() <= TipRules::PERCENTS_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_not_touched_is_saved_as_it_was_and_what_is_wrong_is_named() {
        let euros = CurrencyFacts::of_code("EUR");
        let (gift, tips) = (GiftSet::default(), TipSet::default());
        let draft = GiftDraft::of(&gift, &tips, &euros);
        assert_eq!((draft.load_max.as_str(), draft.tip_percents.as_str()), ("500.00", "5, 10, 15"));
        assert_eq!(draft.read(&euros), Ok((gift, tips)));
        let wrong = GiftDraft {
            load_max: "0".into(),
            offline_card_max: "x".into(),
            offline_shift_max: "-1".into(),
            expiry_months: "601".into(),
            tip_percents: "5, 0".into(),
            ..draft
        };
        let fields: Vec<GiftField> = wrong.read(&euros).unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [GiftField::LoadMax, GiftField::OfflineCard, GiftField::OfflineShift, GiftField::Months, GiftField::Tips]
        );
        for (text, want) in [("", Some(vec![])), ("12.5;20", Some(vec![125_000, 200_000])), ("1,2,3,4,5", None), ("101", None)] {
            assert_eq!(percents(text), want, "{text}");
        }
    }
}
