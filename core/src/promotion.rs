//! Promotions: what the office takes off by itself. Delivered in the signed configuration, explained on the line.
//!
//! A line takes part in at most one promotion: the first in the configuration's order that it fits. Promotions come before
//! discounts that a person gives; a line that is sold at another price than the catalogue's takes part in none. A coupon never makes an
//! order dearer: where it would displace what takes off more, the order is reckoned as if it were not there.

use serde::{Deserialize, Serialize};

use crate::{
    money::{Minor, OutOfRange},
    tax::Ppm,
};

/// Something that is taken off by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// What stands on the line and the receipt.
    pub name: String,
    /// What is taken off.
    pub deal: Deal,
    /// Off what; nothing named: off everything.
    #[serde(default)]
    pub goods: Goods,
    /// When.
    #[serde(default)]
    pub when: When,
    /// Only with this code, typed or scanned into the order. Case does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
}

/// What is taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deal {
    /// Of `take` pieces, the cheapest are free, so that `pay` are paid. What is sold by weight takes no part.
    NForM {
        /// So many are taken, at least 2.
        take: u32,
        /// So many are paid, at least 1 and less than `take`.
        pay: u32,
    },
    /// This part of each price.
    Percent(Ppm),
}

/// Products of these categories, and these products.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Goods {
    /// Categories' numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<u32>,
    /// Products' SKUs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<String>,
}

/// When a promotion runs. What is not named does not limit it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct When {
    /// From this time on, milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<i64>,
    /// Before this time, milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_ms: Option<i64>,
    /// On these days of the week, Monday is 1 (ISO 8601).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// From the first to before the second minute of the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<(u16, u16)>,
    /// The shop's time is so many minutes ahead of UTC: what `days` and `minutes` are told by.
    #[serde(skip_serializing_if = "is_zero")]
    pub utc_offset_min: i16,
}

fn is_zero(number: &i16) -> bool {
    *number == 0
}

/// A line as promotions see it.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The product's key.
    pub sku: &'a str,
    /// Its category.
    pub category: u32,
    /// Whole pieces; none for what is sold by weight.
    pub pieces: Option<u32>,
    /// The price of one.
    pub unit: Minor,
    /// The line's price before anything is taken off.
    pub full: Minor,
    /// May promotions touch it?
    pub open: bool,
}

/// What a promotion took off a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The promotion's name.
    pub name: String,
    /// How much.
    pub amount: Minor,
}

/// What is taken off each of `items` at `at_ms` (milliseconds since 1970 UTC) with `coupon`.
pub fn apply(
    items: &[Item<'_>],
    promotions: &[Promotion],
    at_ms: i64,
    coupon: Option<&str>,
) -> Result<Vec<Option<Taken>>, OutOfRange> {
    let without = taken_off(items, promotions, at_ms, None)?;
    if coupon.is_none() {
        return Ok(without);
    }
    let with = taken_off(items, promotions, at_ms, coupon)?;
    let sum = |taken: &[Option<Taken>]| taken.iter().flatten().map(|taken| i128::from(taken.amount.0)).sum::<i128>();
    Ok(if sum(&with) < sum(&without) { without } else { with })
}

fn taken_off(
    items: &[Item<'_>],
    promotions: &[Promotion],
    at_ms: i64,
    coupon: Option<&str>,
) -> Result<Vec<Option<Taken>>, OutOfRange> {
    let mut taken: Vec<Option<Taken>> = vec![None; items.len()];
    // A line that filled up a group is used, also where nothing was taken off itself.
    let mut used: Vec<bool> = items.iter().map(|item| !item.open || item.full.0 <= 0).collect();
    for promotion in promotions.iter().filter(|promotion| promotion.runs(at_ms, coupon)) {
        let fits = |place: usize| !used[place] && promotion.goods.hold(&items[place]);
        let mut places: Vec<usize> = (0..items.len()).filter(|place| fits(*place)).collect();
        let mut take = |place: usize, amount: Minor| {
            used[place] = true;
            if amount.0 > 0 {
                taken[place] = Some(Taken { name: promotion.name.clone(), amount });
            }
        };
        match promotion.deal {
            Deal::Percent(rate) => {
                for place in places {
                    take(place, rate.min(Ppm::WHOLE).of(items[place].full)?);
                }
            }
            Deal::NForM { take: n, pay: m } if n > 1 && m < n => {
                places.retain(|place| items[*place].pieces.is_some());
                places.sort_by_key(|place| std::cmp::Reverse(items[*place].unit));
                let count = |place: &usize| u64::from(items[*place].pieces.unwrap_or(0));
                let (n, m) = (u64::from(n), u64::from(m));
                // Only whole groups count; of each, dearest first, the last n − m are free.
                let grouped = places.iter().map(count).sum::<u64>() / n * n;
                let free_before = |pieces: u64| pieces / n * (n - m) + (pieces % n).saturating_sub(m);
                let mut before = 0u64;
                for place in places {
                    let after = before + count(&place);
                    let free = free_before(after.min(grouped)) - free_before(before.min(grouped));
                    if before < grouped {
                        take(place, Minor::checked(i128::from(items[place].unit.0) * i128::from(free))?);
                    }
                    before = after;
                }
            }
            // Nothing would be free: what the office refuses to save takes nothing off either.
            Deal::NForM { .. } => {}
        }
    }
    Ok(taken)
}

impl Promotion {
    /// Does it run at `at_ms`, with this coupon in the order?
    pub fn runs(&self, at_ms: i64, coupon: Option<&str>) -> bool {
        let wanted = self.coupon.as_deref().map(str::trim);
        self.when.holds(at_ms) && wanted.is_none_or(|wanted| coupon.is_some_and(|code| code.trim().eq_ignore_ascii_case(wanted)))
    }
}

impl Goods {
    fn hold(&self, item: &Item<'_>) -> bool {
        let all = self.categories.is_empty() && self.skus.is_empty();
        all || self.categories.contains(&item.category) || self.skus.iter().any(|sku| sku == item.sku)
    }
}

impl When {
    /// Is `at_ms` (milliseconds since 1970 UTC) within it?
    pub fn holds(&self, at_ms: i64) -> bool {
        let local_min = at_ms.div_euclid(60_000).saturating_add(i64::from(self.utc_offset_min));
        // The first of January 1970 was a Thursday, day 4.
        let day = (local_min.div_euclid(24 * 60) + 3).rem_euclid(7) + 1;
        let minute = local_min.rem_euclid(24 * 60);
        self.from_ms.is_none_or(|from| at_ms >= from)
            && self.before_ms.is_none_or(|before| at_ms < before)
            && (self.days.is_empty() || self.days.iter().any(|wanted| i64::from(*wanted) == day))
            && self.minutes.is_none_or(|(from, before)| (i64::from(from)..i64::from(before)).contains(&minute))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn promotion(name: &str, deal: Deal) -> Promotion {
        Promotion { name: name.into(), deal, goods: Goods::default(), when: When::default(), coupon: None }
    }

    fn item(sku: &str, pieces: u32, unit: i64) -> Item<'_> {
        Item { sku, category: 1, pieces: Some(pieces), unit: Minor(unit), full: Minor(unit * i64::from(pieces)), open: true }
    }

    fn off(items: &[Item<'_>], promotions: &[Promotion]) -> Vec<i64> {
        apply(items, promotions, 0, None).unwrap().into_iter().map(|taken| taken.map_or(0, |taken| taken.amount.0)).collect()
    }

    #[test]
    fn three_for_two_frees_the_cheapest_of_each_three() {
        let deal = promotion("3 for 2", Deal::NForM { take: 3, pay: 2 });
        assert_eq!(off(&[item("a", 2, 500)], std::slice::from_ref(&deal)), [0]);
        assert_eq!(off(&[item("a", 3, 500)], std::slice::from_ref(&deal)), [500]);
        assert_eq!(off(&[item("a", 7, 500)], std::slice::from_ref(&deal)), [1000]);
        assert_eq!(off(&[item("a", 1, 300), item("b", 2, 500)], std::slice::from_ref(&deal)), [300, 0], "mixed: the cheapest");
        assert_eq!(
            off(&[item("a", 1, 100), item("b", 4, 500)], std::slice::from_ref(&deal)),
            [0, 500],
            "the fifth fills no group"
        );
        let weighed = Item { pieces: None, ..item("w", 1, 900) };
        let overridden = Item { open: false, ..item("o", 9, 900) };
        assert_eq!(off(&[weighed, overridden, item("a", 3, 1)], &[deal]), [0, 0, 1]);
        assert_eq!(off(&[item("a", 3, 500)], &[promotion("wrong", Deal::NForM { take: 2, pay: 2 })]), [0]);
    }

    #[test]
    fn a_line_takes_part_in_one_promotion() {
        let goods = Goods { categories: vec![1], skus: Vec::new() };
        let tenth = Promotion { goods, ..promotion("10 % off", Deal::Percent(Ppm(100_000))) };
        let all = promotion("half", Deal::Percent(Ppm(500_000)));
        let other = Item { category: 2, ..item("b", 1, 1000) };
        let taken = apply(&[item("a", 1, 1000), other], &[tenth, all], 0, None).unwrap();
        let names: Vec<_> = taken.into_iter().flatten().map(|taken| (taken.name, taken.amount.0)).collect();
        assert_eq!(names, [("10 % off".to_owned(), 100), ("half".to_owned(), 500)]);
    }

    #[test]
    fn a_coupon_never_makes_an_order_dearer() {
        let coupon = Promotion { coupon: Some("TEN".into()), ..promotion("ten", Deal::Percent(Ppm(100_000))) };
        let deals = [coupon, promotion("3 for 2", Deal::NForM { take: 3, pay: 2 })];
        let off = |pieces| {
            let taken = apply(&[item("a", pieces, 500)], &deals, 0, Some("ten")).unwrap();
            taken.into_iter().flatten().map(|taken| (taken.name, taken.amount.0)).collect::<Vec<_>>()
        };
        assert_eq!(off(2), [("ten".to_owned(), 100)]);
        assert_eq!(off(3), [("3 for 2".to_owned(), 500)], "the coupon would take off 150");
    }

    #[test]
    fn time_and_coupon_decide() {
        let happy = When { days: vec![5], minutes: Some((17 * 60, 19 * 60)), utc_offset_min: 60, ..When::default() };
        // 2024-03-01 was a Friday; 16:30 UTC is 17:30 in the shop.
        let friday_ms = 1_709_310_600_000;
        assert!(happy.holds(friday_ms));
        assert!(!happy.holds(friday_ms - 3_600_000) && !happy.holds(friday_ms + 2 * 3_600_000), "hours");
        assert!(!happy.holds(friday_ms + 24 * 3_600_000), "days");
        assert!(
            !When { from_ms: Some(10), ..When::default() }.holds(9) && !When { before_ms: Some(10), ..When::default() }.holds(10)
        );
        let deal = Promotion { coupon: Some("Spring".into()), ..promotion("spring", Deal::Percent(Ppm(1))) };
        assert!(deal.runs(0, Some(" SPRING ")) && !deal.runs(0, None) && !deal.runs(0, Some("summer")));
    }

    proptest! {
        #[test]
        fn nothing_costs_less_than_nothing_and_groups_are_paid(
            lines in prop::collection::vec((1u32..50, 0i64..100_000), 0..12), take in 2u32..6, pay in 1u32..5,
        ) {
            let items: Vec<Item<'_>> = lines.iter().map(|(pieces, unit)| item("x", *pieces, *unit)).collect();
            let deal = promotion("n for m", Deal::NForM { take, pay });
            let offs = off(&items, std::slice::from_ref(&deal));
            prop_assert!(offs.iter().zip(&items).all(|(off, item)| (0..=item.full.0).contains(off)));
            // Reckoned piece by piece: the cheapest of each whole group.
            let mut pieces: Vec<i64> = lines.iter().filter(|(_, unit)| *unit > 0).flat_map(|(n, unit)| vec![*unit; *n as usize]).collect();
            pieces.sort_unstable_by(|a, b| b.cmp(a));
            let free = take.saturating_sub(pay) as usize;
            let want: i64 = pieces.chunks_exact(take as usize).flat_map(|group| &group[take as usize - free..]).sum();
            prop_assert_eq!(offs.iter().sum::<i64>(), want);
            // Two promotions after each other never take off the same line twice.
            let twice = off(&items, &[deal, promotion("all", Deal::Percent(Ppm::WHOLE))]);
            prop_assert!(twice.iter().zip(&items).all(|(off, item)| (0..=item.full.0).contains(off)));
        }
    }
}
