//! A promotion as it is typed, and what it says in words.

use std::collections::{BTreeMap, BTreeSet};

use barrow_core::{
    promotion::{Deal, Goods, Promotion, When},
    tax::Ppm,
};
use barrow_language::{key, number, percent, t, tf};

use crate::rules::whole;

/// What is taken off, as it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Of so many pieces, fewer are paid.
    #[default]
    NForM,
    /// A part of each price.
    Percent,
}

/// The form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What stands on the line and the receipt.
    pub name: String,
    /// What is taken off.
    pub kind: Kind,
    /// Of so many pieces, as typed,
    pub take: String,
    /// so many are paid.
    pub pay: String,
    /// The part, in per cent.
    pub percent: String,
    /// Categories that are ticked.
    pub categories: BTreeSet<u32>,
    /// SKUs, with commas between them.
    pub skus: String,
    /// The first day, such as `2026-11-22`.
    pub from_day: String,
    /// The last day.
    pub until_day: String,
    /// Days of the week that are ticked; Monday is 1.
    pub days: BTreeSet<u8>,
    /// From this time of the day, such as `17:00`,
    pub from_time: String,
    /// to this one.
    pub until_time: String,
    /// The coupon's code.
    pub coupon: String,
    /// What it ran by before: a time that was not touched stays to the millisecond.
    was: When,
}

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// How many are taken.
    Take,
    /// How many are paid.
    Pay,
    /// The part.
    Percent,
    /// The first day.
    FromDay,
    /// The last day.
    UntilDay,
    /// The first minute.
    FromTime,
    /// The last minute.
    UntilTime,
    /// The coupon.
    Coupon,
}

/// What is wrong with a field.
pub type Fault = (Field, &'static str);

/// The longest name and code, in characters.
pub const WORDS_MAX: usize = 60;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Draft {
    /// The form for a promotion that there is. `offset_min`: this computer's time is so many minutes ahead of UTC.
    pub fn of(promotion: &Promotion, offset_min: i16) -> Draft {
        let Promotion { name, deal, goods, when, coupon } = promotion;
        let day = |ms: Option<i64>| ms.map(|ms| day_of(ms, offset_min)).unwrap_or_default();
        let (take, pay, percent) = match deal {
            Deal::NForM { take, pay } => (number(&take.to_string()), number(&pay.to_string()), String::new()),
            Deal::Percent(rate) => (String::new(), String::new(), percent_typed(*rate)),
        };
        Draft {
            name: name.clone(),
            kind: if matches!(deal, Deal::Percent(_)) { Kind::Percent } else { Kind::NForM },
            take,
            pay,
            percent,
            categories: goods.categories.iter().copied().collect(),
            skus: goods.skus.join(", "),
            from_day: day(when.from_ms),
            // The last day is the one before the moment when it is over.
            until_day: day(when.before_ms.map(|ms| ms - 1)),
            days: when.days.iter().copied().collect(),
            from_time: when.minutes.map(|(from, _)| time(from)).unwrap_or_default(),
            until_time: when.minutes.map(|(_, until)| time(until)).unwrap_or_default(),
            coupon: coupon.clone().unwrap_or_default(),
            was: when.clone(),
        }
    }

    /// What is to be saved, by a computer whose time is `offset_min` minutes ahead of UTC.
    ///
    /// # Errors
    /// Every field that cannot be read, in the order of the form.
    pub fn read(&self, offset_min: i16) -> Result<Promotion, Vec<Fault>> {
        let mut faults: Vec<Fault> = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > WORDS_MAX {
            faults.push((Field::Name, key("Give it a name of at most 60 characters: it stands on the line and the receipt.")));
        }
        let deal = match self.kind {
            Kind::NForM => {
                let take = whole(&self.take, 100).filter(|take| *take >= 2);
                let pay = whole(&self.pay, 99).filter(|pay| *pay >= 1);
                if take.is_none() {
                    faults.push((Field::Take, key("Type a whole number from 2 to 100.")));
                }
                if pay.is_none() || take.zip(pay).is_some_and(|(take, pay)| pay >= take) {
                    faults.push((Field::Pay, key("Type a whole number of at least 1, and fewer than are taken.")));
                }
                Deal::NForM { take: take.unwrap_or_default(), pay: pay.unwrap_or_default() }
            }
            Kind::Percent => {
                let rate = Ppm::parse_percent(&self.percent).ok().filter(|rate| rate.0 > 0 && *rate <= Ppm::WHOLE);
                if rate.is_none() {
                    faults.push((Field::Percent, key("Type a part between 0 and 100, such as 12.5.")));
                }
                Deal::Percent(rate.unwrap_or_default())
            }
        };
        let when = self.when(offset_min, &mut faults);
        let coupon = self.coupon.trim();
        if coupon.chars().count() > WORDS_MAX {
            faults.push((Field::Coupon, key("A code has at most 60 characters.")));
        }
        let skus = self.skus.split(',').map(str::trim).filter(|sku| !sku.is_empty()).map(str::to_owned).collect();
        let goods = Goods { categories: self.categories.iter().copied().collect(), skus };
        let coupon = (!coupon.is_empty()).then(|| coupon.to_owned());
        if faults.is_empty() { Ok(Promotion { name: name.to_owned(), deal, goods, when, coupon }) } else { Err(faults) }
    }

    fn when(&self, offset_min: i16, faults: &mut Vec<Fault>) -> When {
        let mut moment = |field, text: &str, was: Option<i64>, plus_ms: i64| {
            let same = was.is_some_and(|was| day_of(was - plus_ms.min(1), offset_min) == text);
            let read = || day_start_ms(text, offset_min).map(|ms| ms + plus_ms);
            let ms = if text.is_empty() {
                None
            } else if same {
                was
            } else {
                read()
            };
            if !text.is_empty() && ms.is_none() {
                faults.push((field, key("Choose a day of the calendar.")));
            }
            ms
        };
        let from_ms = moment(Field::FromDay, self.from_day.trim(), self.was.from_ms, 0);
        let before_ms = moment(Field::UntilDay, self.until_day.trim(), self.was.before_ms, DAY_MS);
        if from_ms.zip(before_ms).is_some_and(|(from, before)| from >= before) {
            faults.push((Field::UntilDay, key("The last day comes before the first.")));
        }
        let minutes = match (self.from_time.trim(), self.until_time.trim()) {
            ("", "") => None,
            (from, until) => {
                let (first, last) = (minute_of(from), minute_of(until).map(|last| if last == 0 { 24 * 60 } else { last }));
                if first.is_none() {
                    faults.push((Field::FromTime, key("Type a time such as 17:00.")));
                }
                if last.is_none() || first.zip(last).is_some_and(|(first, last)| first >= last) {
                    faults.push((Field::UntilTime, key("Type a later time, such as 19:00; midnight is 00:00.")));
                }
                first.zip(last)
            }
        };
        let days: Vec<u8> = self.days.iter().copied().collect();
        // Only these two are told by the shop's clock.
        let local = minutes.is_some() || !days.is_empty();
        When { from_ms, before_ms, days, minutes, utc_offset_min: if local { offset_min } else { 0 } }
    }
}

/// What a promotion says, each part a sentence. `categories` are names by number.
pub fn sentences(
    promotion: &Promotion,
    categories: &BTreeMap<u32, String>,
    offset_min: i16,
    day: impl Fn(&str) -> String,
) -> Vec<String> {
    let Promotion { deal, goods, when, coupon, .. } = promotion;
    let mut said = vec![match deal {
        Deal::NForM { take, pay } => tf("Of every {} pieces, {} are paid; the cheapest are free.", &[&take, &pay]),
        Deal::Percent(rate) => tf("{} off each price.", &[&percent(*rate)]),
    }];
    if goods.categories.is_empty() && goods.skus.is_empty() {
        said.push(t("On everything."));
    }
    if !goods.categories.is_empty() {
        let name = |id: &u32| categories.get(id).cloned().unwrap_or_else(|| tf("category {}", &[&id]));
        said.push(tf("On {}.", &[&goods.categories.iter().map(name).collect::<Vec<_>>().join(", ")]));
    }
    if !goods.skus.is_empty() {
        said.push(tf("On the products {}.", &[&goods.skus.join(", ")]));
    }
    said.extend(when.from_ms.map(|ms| tf("From {}.", &[&day(&day_of(ms, offset_min))])));
    said.extend(when.before_ms.map(|ms| tf("Until {}, that day included.", &[&day(&day_of(ms - 1, offset_min))])));
    if !when.days.is_empty() {
        let names = when.days.iter().filter_map(|day| DAYS.get(usize::from(*day).checked_sub(1)?)).map(|day| t(day));
        said.push(tf("On {} only.", &[&names.collect::<Vec<_>>().join(", ")]));
    }
    said.extend(when.minutes.map(|(from, until)| tf("Between {} and {}.", &[&time(from), &time(until)])));
    said.extend(coupon.as_ref().map(|code| tf("Only with the coupon {}.", &[&code])));
    said
}

/// Days of the week, Monday first (ISO 8601).
pub const DAYS: [&str; 7] =
    [key("Monday"), key("Tuesday"), key("Wednesday"), key("Thursday"), key("Friday"), key("Saturday"), key("Sunday")];

fn percent_typed(rate: Ppm) -> String {
    let text = format!("{}.{:04}", rate.0 / 10_000, rate.0 % 10_000);
    number(text.trim_end_matches('0').trim_end_matches('.'))
}

fn time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (whole(hours, 23)?, whole(minutes, 59)?);
    u16::try_from(hours * 60 + minutes).ok()
}

/// When a day begins.
fn day_start_ms(day: &str, offset_min: i16) -> Option<i64> {
    let mut parts = day.splitn(3, '-').map(|part| whole(part, 9999).map(i64::from));
    let (year, month, of_month) = (parts.next()??, parts.next()??, parts.next()??);
    let number = day_number(year, month, of_month);
    // A day that no month has comes out as another one.
    let ms = number * DAY_MS - i64::from(offset_min) * 60_000;
    ((1970..=9999).contains(&year) && day_of(ms, offset_min) == day).then_some(ms)
}

/// Days since 1970-01-01 in the Gregorian calendar, by years that begin in March.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The day of a moment, such as `2026-11-22`.
fn day_of(ms: i64, offset_min: i16) -> String {
    let number = (ms + i64::from(offset_min) * 60_000).div_euclid(DAY_MS) + 719_468;
    let (era, of_era) = (number.div_euclid(146_097), number.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn three_for_two() -> Draft {
        Draft { name: " 3 for 2 ".into(), take: "3".into(), pay: "2".into(), ..Draft::default() }
    }

    #[test]
    fn a_form_becomes_a_promotion_and_comes_back() {
        let draft = Draft {
            categories: BTreeSet::from([4, 2]),
            skus: "MUG-1, , MUG-2".into(),
            from_day: "2026-02-28".into(),
            until_day: "2026-03-01".into(),
            days: BTreeSet::from([5, 6]),
            from_time: "17:00".into(),
            until_time: "00:00".into(),
            coupon: " SPRING ".into(),
            ..three_for_two()
        };
        let promotion = draft.read(60).unwrap();
        assert_eq!((promotion.name.as_str(), promotion.coupon.as_deref()), ("3 for 2", Some("SPRING")));
        assert_eq!(promotion.deal, Deal::NForM { take: 3, pay: 2 });
        assert_eq!((promotion.goods.categories.clone(), promotion.goods.skus.len()), (vec![2, 4], 2));
        // 2026-02-28 began at 23:00 UTC of the day before; two days later it is over.
        assert_eq!(promotion.when.from_ms, Some(1_772_233_200_000));
        assert_eq!(promotion.when.before_ms, Some(1_772_233_200_000 + 2 * DAY_MS));
        assert_eq!((promotion.when.minutes, promotion.when.utc_offset_min), (Some((1020, 1440)), 60));
        assert_eq!(Draft::of(&promotion, 60).read(60), Ok(promotion.clone()));
        let said = sentences(&promotion, &BTreeMap::from([(2, "Bakery".into())]), 60, str::to_owned);
        for part in [
            "Of every 3 pieces, 2 are paid",
            "On Bakery, category 4.",
            "From 2026-02-28.",
            "Until 2026-03-01",
            "Friday, Saturday",
            "Between 17:00 and 00:00.",
            "SPRING",
        ] {
            assert!(said.iter().any(|sentence| sentence.contains(part)), "{part}: {said:?}");
        }
    }

    #[test]
    fn a_time_that_was_not_touched_stays() {
        let when = When { from_ms: Some(1_000_000_123), before_ms: Some(2_000_000_456), ..When::default() };
        let promotion = Promotion { when, ..three_for_two().read(0).unwrap() };
        assert_eq!(Draft::of(&promotion, 120).read(120), Ok(promotion.clone()));
        let moved = Draft { from_day: "1970-01-13".into(), ..Draft::of(&promotion, 0) }.read(0).unwrap();
        assert_eq!((moved.when.from_ms, moved.when.before_ms), (Some(12 * DAY_MS), Some(2_000_000_456)));
    }

    #[test]
    fn every_field_says_what_is_wrong() {
        let wrong = |change: fn(&mut Draft)| {
            let mut draft = three_for_two();
            change(&mut draft);
            draft.read(0).unwrap_err().into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|d| d.name = "  ".into()), [Field::Name]);
        assert_eq!(wrong(|d| d.take = "1".into()), [Field::Take]);
        assert_eq!(wrong(|d| d.pay = "3".into()), [Field::Pay]);
        assert_eq!(wrong(|d| d.kind = Kind::Percent), [Field::Percent]);
        assert_eq!(wrong(|d| (d.kind, d.percent) = (Kind::Percent, "101".into())), [Field::Percent]);
        assert_eq!(wrong(|d| d.from_day = "2026-02-30".into()), [Field::FromDay]);
        assert_eq!(wrong(|d| (d.from_day, d.until_day) = ("2026-03-02".into(), "2026-03-01".into())), [Field::UntilDay]);
        assert_eq!(wrong(|d| d.from_time = "17:00".into()), [Field::UntilTime]);
        assert_eq!(wrong(|d| (d.from_time, d.until_time) = ("25:00".into(), "19:00".into())), [Field::FromTime]);
        assert_eq!(wrong(|d| d.coupon = "x".repeat(61)), [Field::Coupon]);
        let tenth = Draft { kind: Kind::Percent, percent: "12.5".into(), ..three_for_two() }.read(0).unwrap();
        assert_eq!((Draft::of(&tenth, 0).percent.as_str(), tenth.deal), ("12.5", Deal::Percent(Ppm(125_000))));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (day, number) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-12-31", 20_818), ("2100-03-01", 47_541)] {
            assert_eq!(day_start_ms(day, 0), Some(number * DAY_MS), "{day}");
            assert_eq!(day_of(number * DAY_MS, 0), day);
        }
        for none in ["2100-02-29", "2026-13-01", "2026-1-1", "1969-12-31", "x", "2026-11"] {
            assert_eq!(day_start_ms(none, 0), None, "{none}");
        }
    }
}
