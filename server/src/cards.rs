//! How the shop takes cards, as the office writes it: read once, with a limit on every number.

use barrow_core::{
    card::rules::{CardRules, PinnedReader},
    ids::{ShopId, TillId},
    money::{AMOUNT_MAX, Currency, Minor},
};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    clock::{self, rfc3339},
    names::Name,
    store::{
        Conn, StoreError,
        changes::{self, Author, Change},
        processor,
        shop::{self, CardSettings, Pinned, Shop},
        terminals,
    },
};

/// The most payments that a till may hold, or one card may have open.
const COUNT_MAX: u32 = 10_000;
/// The longest time off the network, and the longest window, hours: a week, as no provider allows more.
const HOURS_MAX: u32 = 7 * 24;
/// The longest age of a hot-card list, days.
const DAYS_MAX: u32 = 365;
/// The most ranges and readers.
const LIST_MAX: usize = 500;
/// The longest serial number, characters.
const SERIAL_MAX: usize = 40;
/// The largest first six digits.
const BIN_MAX: i64 = 999_999;

/// The settings as they are sent. Numbers and words may be anything still.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    taken: bool,
    rules: RulesForm,
    readers: Vec<ReaderForm>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesForm {
    sale_max_minor: i64,
    card_count_max: i64,
    card_sum_max_minor: i64,
    window_hours: i64,
    staff_sum_max_minor: i64,
    till_sum_max_minor: i64,
    stored_max: i64,
    offline_hours_max: i64,
    fallback_max_minor: i64,
    unknown_service_max_minor: i64,
    refused_bins: Vec<(i64, i64)>,
    hot_list_days: i64,
    stale_percent: i64,
    clear_readers: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderForm {
    till: Option<u64>,
    vendor: i64,
    product: i64,
    serial: String,
    name: String,
}

/// Why settings cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadCards {
    /// An amount of less than nothing, or more than a till reckons with.
    #[error("The limit \"{0}\" is an amount of 0 or more, and not too large.")]
    Amount(&'static str),
    /// Not a number in its range.
    #[error("\"{0}\" is a number from 0 to {1}.")]
    Number(&'static str, u32),
    /// Not six digits, or a range that ends before it begins.
    #[error("Cards that are refused are ranges of first six digits, such as 400000 to 400099.")]
    Bins,
    /// Not a reader's USB numbers, serial number or name.
    #[error("A pinned reader has two USB numbers from 0 to 65535, a serial number of at most 40 characters, and a name.")]
    Reader,
    /// The same reader twice.
    #[error("The reader {0} stands there twice.")]
    Twice(String),
    /// More than anybody has.
    #[error("There may be at most 500 readers and 500 ranges of refused cards.")]
    TooMany,
}

impl Form {
    /// Checks everything.
    ///
    /// # Errors
    /// [`BadCards`], the first that is found.
    pub fn check(self) -> Result<CardSettings, BadCards> {
        let form = self.rules;
        if form.refused_bins.len() > LIST_MAX || self.readers.len() > LIST_MAX {
            return Err(BadCards::TooMany);
        }
        let bin = |first: i64| u32::try_from(first).ok().filter(|_| (0..=BIN_MAX).contains(&first)).ok_or(BadCards::Bins);
        let refused_bins = form
            .refused_bins
            .into_iter()
            .map(|(first, last)| if first <= last { Ok((bin(first)?, bin(last)?)) } else { Err(BadCards::Bins) })
            .collect::<Result<_, _>>()?;
        let rules = CardRules {
            sale_max: amount(form.sale_max_minor, "one sale")?,
            card_count_max: number(form.card_count_max, "payments of one card", COUNT_MAX)?,
            card_sum_max: amount(form.card_sum_max_minor, "one card")?,
            window_hours: number(form.window_hours, "hours in which a card's payments are counted", HOURS_MAX)?,
            staff_sum_max: amount(form.staff_sum_max_minor, "one cashier")?,
            till_sum_max: amount(form.till_sum_max_minor, "one till")?,
            stored_max: number(form.stored_max, "payments that a till holds", COUNT_MAX)?,
            offline_hours_max: number(form.offline_hours_max, "hours off the network", HOURS_MAX)?,
            fallback_max: amount(form.fallback_max_minor, "a chip card that was swiped")?,
            unknown_service_max: amount(form.unknown_service_max_minor, "a swiped card that may have a chip")?,
            refused_bins,
            hot_list_days: number(form.hot_list_days, "days until the hot-card list is stale", DAYS_MAX)?,
            stale_percent: u8::try_from(number(form.stale_percent, "per cent while the list is stale", 100)?).unwrap_or(0),
            clear_readers: form.clear_readers,
        };
        let mut readers: Vec<Pinned> = Vec::new();
        for form in self.readers {
            let pinned = reader(form)?;
            let same = |other: &Pinned| {
                let key =
                    |pinned: &Pinned| (pinned.till, pinned.reader.vendor, pinned.reader.product, pinned.reader.serial.clone());
                key(other) == key(&pinned)
            };
            if readers.iter().any(same) {
                return Err(BadCards::Twice(pinned.reader.name));
            }
            readers.push(pinned);
        }
        Ok(CardSettings { taken: self.taken, rules, readers })
    }
}

fn reader(form: ReaderForm) -> Result<Pinned, BadCards> {
    let usb = |number: i64| u16::try_from(number).map_err(|_| BadCards::Reader);
    let serial = form.serial.trim();
    if serial.chars().count() > SERIAL_MAX || serial.chars().any(char::is_control) {
        return Err(BadCards::Reader);
    }
    Ok(Pinned {
        till: form.till.map(TillId),
        reader: PinnedReader {
            vendor: usb(form.vendor)?,
            product: usb(form.product)?,
            serial: serial.to_owned(),
            name: Name::parse(&form.name).map_err(|_| BadCards::Reader)?.to_string(),
        },
    })
}

fn amount(minor: i64, what: &'static str) -> Result<Minor, BadCards> {
    if (0..=AMOUNT_MAX).contains(&minor) { Ok(Minor(minor)) } else { Err(BadCards::Amount(what)) }
}

fn number(number: i64, what: &'static str, most: u32) -> Result<u32, BadCards> {
    u32::try_from(number).ok().filter(|number| *number <= most).ok_or(BadCards::Number(what, most))
}

/// Replaces how cards are taken, in one transaction. The same again changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn put(conn: &mut Conn, shop: ShopId, by: Author<'_>, settings: &CardSettings) -> Result<Shop, StoreError> {
    shop::lock(conn, shop).await?;
    let before = shop::get(conn).await?;
    let what = differences(&before.currency, &before.cards, settings);
    if what.is_empty() {
        return Ok(before);
    }
    shop::set_cards(conn, shop, settings).await?;
    changes::note(conn, shop, by, Change::CardsChanged { what }, clock::now_ms()).await?;
    shop::config_changed(conn, shop).await?;
    shop::get(conn).await
}

/// What changes, each in words, for the audit trail.
fn differences(currency: &Currency, before: &CardSettings, after: &CardSettings) -> Vec<String> {
    let mut what = Vec::new();
    let mut note = |label: &str, old: String, new: String| {
        if old != new {
            what.push(format!("{label}: {new} (was {old})"));
        }
    };
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    note("cards taken", yes(before.taken), yes(after.taken));
    let (old, new) = (&before.rules, &after.rules);
    type Of<T> = fn(&CardRules) -> T;
    let amounts: [(&str, Of<Minor>); 6] = [
        ("limit of a sale", |rules| rules.sale_max),
        ("limit of a card", |rules| rules.card_sum_max),
        ("limit of a cashier", |rules| rules.staff_sum_max),
        ("limit of a till", |rules| rules.till_sum_max),
        ("limit of a chip card that was swiped", |rules| rules.fallback_max),
        ("limit of a swiped card that may have a chip", |rules| rules.unknown_service_max),
    ];
    for (label, of) in amounts {
        note(label, currency.format(of(old)), currency.format(of(new)));
    }
    let numbers: [(&str, Of<u32>); 6] = [
        ("payments of one card", |rules| rules.card_count_max),
        ("window, hours", |rules| rules.window_hours),
        ("payments that a till holds", |rules| rules.stored_max),
        ("hours off the network", |rules| rules.offline_hours_max),
        ("days until the hot-card list is stale", |rules| rules.hot_list_days),
        ("per cent while it is stale", |rules| u32::from(rules.stale_percent)),
    ];
    for (label, of) in numbers {
        note(label, of(old).to_string(), of(new).to_string());
    }
    note("readers in clear", yes(old.clear_readers), yes(new.clear_readers));
    let bins = |rules: &CardRules| {
        let ranges: Vec<_> = rules.refused_bins.iter().map(|(first, last)| format!("{first:06} to {last:06}")).collect();
        if ranges.is_empty() { "none".to_owned() } else { ranges.join(", ") }
    };
    note("refused cards", bins(old), bins(new));
    for (is_new, these, those) in [(true, after, before), (false, before, after)] {
        for pinned in these.readers.iter().filter(|pinned| !those.readers.contains(pinned)) {
            let till = pinned.till.map_or_else(|| "any till".to_owned(), |till| format!("till {till}"));
            let reader = format!("{} ({})", pinned.reader.name, pinned.reader.serial);
            what.push(if is_new { format!("pinned {reader} at {till}") } else { format!("unpinned {reader} at {till}") });
        }
    }
    what
}

/// Everything about cards, as the office reads it.
///
/// # Errors
/// [`StoreError`].
pub async fn as_json(conn: &mut Conn, shop: &Shop, processor_url: Option<&str>) -> Result<Value, StoreError> {
    let CardSettings { taken, rules, readers } = &shop.cards;
    let keys: Vec<Value> = processor::keys(conn, shop.id)
        .await?
        .iter()
        .map(|key| json!({"kid": key.kid, "bits": key.n.0.len() * 8, "from": rfc3339(key.from_ms), "until": rfc3339(key.until_ms)}))
        .collect();
    let hot_list = processor::hot_list_info(conn, shop.id).await?.map(|list| {
        json!({"made_at": rfc3339(list.made_at_ms), "made_at_ms": list.made_at_ms, "entries": list.entries, "bytes": list.bytes})
    });
    let pinned: Vec<Value> = readers
        .iter()
        .map(|Pinned { till, reader }| {
            json!({"till": till, "vendor": reader.vendor, "product": reader.product, "serial": reader.serial, "name": reader.name})
        })
        .collect();
    let seen: Vec<Value> = terminals::readers(conn, shop.id)
        .await?
        .iter()
        .map(|seen| {
            let reader = &seen.reader;
            let pinned =
                readers.iter().any(|pinned| pinned.till.is_none_or(|till| till == seen.till) && reader.is(&pinned.reader));
            json!({"till": seen.till, "vendor": reader.vendor, "product": reader.product, "serial": reader.serial,
                   "name": reader.name, "firmware": reader.firmware, "clear": reader.clear, "last_at": rfc3339(seen.last_at_ms),
                   "pinned": pinned})
        })
        .collect();
    Ok(json!({
        "version": shop.config_version,
        "currency": {"code": shop.currency.code, "symbol": shop.currency.symbol, "decimals": shop.currency.decimals},
        "taken": taken,
        "rules": {
            "sale_max_minor": rules.sale_max.0,
            "card_count_max": rules.card_count_max,
            "card_sum_max_minor": rules.card_sum_max.0,
            "window_hours": rules.window_hours,
            "staff_sum_max_minor": rules.staff_sum_max.0,
            "till_sum_max_minor": rules.till_sum_max.0,
            "stored_max": rules.stored_max,
            "offline_hours_max": rules.offline_hours_max,
            "fallback_max_minor": rules.fallback_max.0,
            "unknown_service_max_minor": rules.unknown_service_max.0,
            "refused_bins": rules.refused_bins,
            "hot_list_days": rules.hot_list_days,
            "stale_percent": rules.stale_percent,
            "clear_readers": rules.clear_readers,
        },
        "readers": pinned,
        "readers_seen": seen,
        "processor": processor_url,
        "keys": keys,
        "hot_list": hot_list,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn form() -> Value {
        json!({"taken": true, "readers": [{"till": 1, "vendor": 2049, "product": 17, "serial": "B1", "name": "Counter"}], "rules": {
            "sale_max_minor": 10_000, "card_count_max": 2, "card_sum_max_minor": 15_000, "window_hours": 24,
            "staff_sum_max_minor": 100_000, "till_sum_max_minor": 200_000, "stored_max": 100, "offline_hours_max": 24,
            "fallback_max_minor": 0, "unknown_service_max_minor": 5000, "refused_bins": [], "hot_list_days": 7, "stale_percent": 50,
            "clear_readers": false}})
    }

    fn check(at: &str, value: Value) -> Result<CardSettings, BadCards> {
        let mut form = form();
        *form.pointer_mut(at).unwrap() = value;
        serde_json::from_value::<Form>(form).unwrap().check()
    }

    #[test]
    fn the_defaults_are_the_cores() {
        let settings = check("/readers", json!([])).unwrap();
        assert_eq!(settings, CardSettings { taken: true, ..CardSettings::default() });
    }

    #[test]
    fn every_limit_is_kept() {
        let one = form()["readers"][0].clone();
        for (at, value) in [
            ("/rules/sale_max_minor", json!(-1)),
            ("/rules/till_sum_max_minor", json!(AMOUNT_MAX + 1)),
            ("/rules/card_count_max", json!(-1)),
            ("/rules/stored_max", json!(10_001)),
            ("/rules/window_hours", json!(169)),
            ("/rules/offline_hours_max", json!(i64::MAX)),
            ("/rules/hot_list_days", json!(366)),
            ("/rules/stale_percent", json!(101)),
            ("/rules/refused_bins", json!([[400_000, 399_999]])),
            ("/rules/refused_bins", json!([[-1, 5]])),
            ("/rules/refused_bins", json!([[0, 1_000_000]])),
            ("/rules/refused_bins", json!(vec![[1, 2]; 501])),
            ("/readers/0/vendor", json!(65_536)),
            ("/readers/0/product", json!(-1)),
            ("/readers/0/serial", json!("x".repeat(41))),
            ("/readers/0/serial", json!("a\u{7}")),
            ("/readers/0/name", json!(" ")),
            ("/readers", json!([one, one])),
        ] {
            assert!(check(at, value.clone()).is_err(), "{at} {value}");
        }
        assert!(check("/rules/refused_bins", json!([[400_000, 400_000]])).is_ok());
    }

    #[test]
    fn what_changes_is_told_in_words() {
        let before = check("/taken", json!(true)).unwrap();
        let mut after = before.clone();
        after.rules.sale_max = Minor(2500);
        after.rules.refused_bins = vec![(1, 2)];
        after.readers[0].reader.serial = "B2".into();
        assert_eq!(
            differences(&Currency::eur(), &before, &after),
            [
                "limit of a sale: €25.00 (was €100.00)",
                "refused cards: 000001 to 000002 (was none)",
                "pinned Counter (B2) at till 1",
                "unpinned Counter (B1) at till 1",
            ]
        );
        assert!(differences(&Currency::eur(), &before, &before).is_empty());
    }
}
