//! The shop's rules for people and cash as the office writes them: read once, with a limit on every number.

use std::collections::{BTreeMap, BTreeSet};

use barrow_core::{
    config::{LabelHolds, Rules},
    gift::{GiftRules, TipRules},
    ids::ShopId,
    money::{AMOUNT_MAX, Currency, Minor},
    promotion::Promotion,
    shortcuts::BadShortcut,
    staff::{Permission, Powers, Role},
    tax::Ppm,
};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    clock,
    store::{
        Conn, StoreError,
        changes::{self, Author, Change},
        shop::{self, Shop},
        word,
    },
};

mod counter;

use counter::PROMOTIONS_MAX;
pub use counter::{Counter, CounterForm};

/// The longest idle time before a till locks, minutes: a day.
const IDLE_MINUTES_MAX: u32 = 24 * 60;
/// The longest time off the network before sign-ins end, days: a year.
const CREDENTIAL_DAYS_MAX: u32 = 365;
/// The longest time until a gift card expires, months.
const EXPIRY_MONTHS_MAX: u32 = 600;

/// The rules as they are sent. Numbers and words may be anything still.
#[derive(Clone, Debug, Deserialize)]
pub struct Form {
    idle_lock_minutes: i64,
    lock_when_hidden: bool,
    credential_days: i64,
    blind_count: bool,
    difference_max_minor: i64,
    roles: Vec<RoleForm>,
    /// Left out, they stay as they are.
    #[serde(default)]
    promotions: Option<Vec<Promotion>>,
    /// Left out, they stay as they are.
    #[serde(default)]
    labels: Option<BTreeMap<u8, LabelHolds>>,
    /// Left out, they stay as they are.
    #[serde(default)]
    shortcuts: Option<BTreeMap<String, Option<String>>>,
    /// Left out, they stay as they are.
    #[serde(default)]
    gift: Option<GiftForm>,
    /// Left out, they stay as they are.
    #[serde(default)]
    tips: Option<TipForm>,
}

/// Gift cards, as they are sent.
#[derive(Clone, Debug, Deserialize)]
struct GiftForm {
    on: bool,
    load_max_minor: i64,
    offline_card_max_minor: i64,
    offline_shift_max_minor: i64,
    expiry_months: i64,
}

/// Tips, as they are sent.
#[derive(Clone, Debug, Deserialize)]
struct TipForm {
    on: bool,
    percents_ppm: Vec<i64>,
}

#[derive(Clone, Debug, Deserialize)]
struct RoleForm {
    role: String,
    permissions: Vec<String>,
    discount_percent_max: i64,
    refund_max_minor: i64,
}

/// Why rules cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadRules {
    /// A word that is no permission.
    #[error("\"{0}\" is not a permission.")]
    Permission(String),
    /// A word that is no role.
    #[error("\"{0}\" is not a role: there are cashier, supervisor, manager and auditor.")]
    Role(String),
    /// A role that comes twice, or not at all.
    #[error("Each of the four roles must be there once, and {0} is not.")]
    Roles(String),
    /// A discount of less than nothing or more than all.
    #[error("The largest discount is a percentage between 0 and 100, and for the {0} it is not.")]
    Discount(String),
    /// A refund of less than nothing, or more than a till reckons with.
    #[error("The largest refund is an amount of 0 or more, and for the {0} it is not, or is too large.")]
    Refund(String),
    /// A difference of less than nothing, or more than a till reckons with.
    #[error("The largest cash difference is an amount of 0 or more, and not too large.")]
    Difference,
    /// A promotion that promises nothing, or too much.
    #[error(
        "The promotion \"{0}\" cannot work: it needs a name, a part between 0 and 100 % or fewer pieces paid than taken, days from 1 to 7, and minutes of one day."
    )]
    Promotion(String),
    /// More promotions than a till tries for each line.
    #[error("A shop has at most {PROMOTIONS_MAX} promotions.")]
    Promotions,
    /// A label that is not the shop's own.
    #[error("Only labels that begin with 02 or 20 to 29 are the shop's own.")]
    Label,
    /// A word that is nothing a shortcut does.
    #[error("\"{0}\" is nothing that a shortcut can do.")]
    Action(String),
    /// A key that cannot be a shortcut, or that stands twice.
    #[error(transparent)]
    Shortcut(#[from] BadShortcut),
    /// An amount for gift cards that a till does not reckon with.
    #[error("The amounts for gift cards are 0 or more, and the most that is put on a card is more than 0.")]
    GiftAmount,
    /// Not a number of months.
    #[error("Gift cards expire after 0 to 600 months, where 0 is never.")]
    GiftMonths,
    /// Suggestions for a tip that nobody would give.
    #[error("There are at most 4 suggestions for a tip, each of more than 0 and at most 100 %.")]
    Tips,
    /// Not a number of minutes.
    #[error("Tills lock after 0 to 1440 idle minutes, where 0 is never.")]
    IdleMinutes,
    /// Not a number of days.
    #[error("Sign-ins last for 0 to 365 days off the network, where 0 is for ever.")]
    CredentialDays,
}

/// Rules that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    idle_lock_minutes: u32,
    rules: Rules,
    counter: Counter,
    gift: Option<GiftRules>,
    tips: Option<TipRules>,
}

impl GiftForm {
    fn check(&self) -> Result<GiftRules, BadRules> {
        let sum = |minor| amount(minor).ok_or(BadRules::GiftAmount);
        let months = u32::try_from(self.expiry_months).ok().filter(|months| *months <= EXPIRY_MONTHS_MAX);
        Ok(GiftRules {
            on: self.on,
            load_max: sum(self.load_max_minor).ok().filter(|most| most.0 > 0).ok_or(BadRules::GiftAmount)?,
            offline_card_max: sum(self.offline_card_max_minor)?,
            offline_shift_max: sum(self.offline_shift_max_minor)?,
            expiry_months: months.ok_or(BadRules::GiftMonths)?,
        })
    }
}

impl TipForm {
    fn check(&self) -> Result<TipRules, BadRules> {
        let part = |ppm: &i64| u32::try_from(*ppm).ok().map(Ppm).filter(|part| *part > Ppm(0) && *part <= Ppm::WHOLE);
        let percents: Option<Vec<Ppm>> = self.percents_ppm.iter().map(part).collect();
        let percents = percents.filter(|percents| percents.len() <= TipRules::PERCENTS_MAX).ok_or(BadRules::Tips)?;
        Ok(TipRules { on: self.on, percents })
    }
}

impl Form {
    /// Checks everything.
    ///
    /// # Errors
    /// [`BadRules`], the first that is found.
    pub fn check(self) -> Result<Checked, BadRules> {
        let number = |number: i64, most: u32| u32::try_from(number).ok().filter(|number| *number <= most);
        let mut given = BTreeMap::new();
        for form in self.roles {
            let role = role(&form.role)?;
            if given.insert(role, powers(&form, role)?).is_some() {
                return Err(BadRules::Roles(word(role)));
            }
        }
        if let Some(missing) = Role::ALL.into_iter().find(|role| !given.contains_key(role)) {
            return Err(BadRules::Roles(word(missing)));
        }
        let counter = CounterForm { promotions: self.promotions, labels: self.labels, shortcuts: self.shortcuts }.check()?;
        // A role that is as its preset follows the preset, also where a later version of the program changes that.
        given.retain(|role, powers| *powers != role.preset());
        Ok(Checked {
            counter,
            gift: self.gift.as_ref().map(GiftForm::check).transpose()?,
            tips: self.tips.as_ref().map(TipForm::check).transpose()?,
            idle_lock_minutes: number(self.idle_lock_minutes, IDLE_MINUTES_MAX).ok_or(BadRules::IdleMinutes)?,
            rules: Rules {
                roles: given,
                lock_when_hidden: self.lock_when_hidden,
                credential_days: number(self.credential_days, CREDENTIAL_DAYS_MAX).ok_or(BadRules::CredentialDays)?,
                blind_count: self.blind_count,
                difference_max: amount(self.difference_max_minor).ok_or(BadRules::Difference)?,
                ..Rules::default()
            },
        })
    }
}

/// Reads a role.
///
/// # Errors
/// [`BadRules::Role`].
pub fn role(text: &str) -> Result<Role, BadRules> {
    Role::ALL.into_iter().find(|role| word(role) == text).ok_or_else(|| BadRules::Role(shortened(text)))
}

fn powers(form: &RoleForm, role: Role) -> Result<Powers, BadRules> {
    let permission = |text: &String| {
        let found = Permission::ALL.into_iter().find(|permission| word(permission) == *text);
        found.ok_or_else(|| BadRules::Permission(shortened(text)))
    };
    let percent = u8::try_from(form.discount_percent_max).ok().filter(|percent| *percent <= 100);
    Ok(Powers {
        permissions: form.permissions.iter().map(permission).collect::<Result<_, _>>()?,
        discount_percent_max: percent.ok_or_else(|| BadRules::Discount(word(role)))?,
        refund_max: amount(form.refund_max_minor).ok_or_else(|| BadRules::Refund(word(role)))?,
    })
}

fn amount(minor: i64) -> Option<Minor> {
    (0..=AMOUNT_MAX).contains(&minor).then_some(Minor(minor))
}

/// What was sent, short enough for a sentence.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Replaces the shop's rules, in one transaction. The same rules again change nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn put(conn: &mut Conn, shop: ShopId, by: Author<'_>, checked: &Checked) -> Result<Shop, StoreError> {
    shop::lock(conn, shop).await?;
    let before = shop::get(conn).await?;
    let Rules { promotions, labels, shortcuts, gift, tips, .. } = before.rules.clone();
    let gift = checked.gift.clone().unwrap_or(gift);
    let tips = checked.tips.clone().unwrap_or(tips);
    let mut rules = Rules { promotions, labels, shortcuts, gift, tips, ..checked.rules.clone() };
    checked.counter.clone().over(&mut rules);
    write(conn, shop, by, before, checked.idle_lock_minutes, rules).await
}

/// Changes what `counter` names of the shop's rules, in one transaction, and nothing else.
///
/// # Errors
/// [`StoreError`].
pub async fn put_counter(conn: &mut Conn, shop: ShopId, by: Author<'_>, counter: Counter) -> Result<Shop, StoreError> {
    shop::lock(conn, shop).await?;
    let before = shop::get(conn).await?;
    let (minutes, mut rules) = (before.idle_lock_minutes, before.rules.clone());
    counter.over(&mut rules);
    write(conn, shop, by, before, minutes, rules).await
}

async fn write(
    conn: &mut Conn,
    shop: ShopId,
    by: Author<'_>,
    before: Shop,
    idle_lock_minutes: u32,
    rules: Rules,
) -> Result<Shop, StoreError> {
    let what = differences(&before, idle_lock_minutes, &rules);
    if what.is_empty() {
        return Ok(before);
    }
    shop::set_rules(conn, shop, idle_lock_minutes, &rules).await?;
    changes::note(conn, shop, by, Change::RulesChanged { what }, clock::now_ms()).await?;
    shop::config_changed(conn, shop).await?;
    shop::get(conn).await
}

/// The rules as the office reads them.
#[must_use]
pub fn as_json(shop: &Shop) -> Value {
    let roles: Vec<Value> = Role::ALL
        .into_iter()
        .map(|role| {
            let powers = powers_of(&shop.rules, role);
            json!({
                "role": role,
                "permissions": powers.permissions,
                "discount_percent_max": powers.discount_percent_max,
                "refund_max_minor": powers.refund_max.0,
                "preset": powers == role.preset(),
            })
        })
        .collect();
    let permissions: Vec<Value> =
        Permission::ALL.into_iter().map(|permission| json!({"name": permission, "words": permission.words()})).collect();
    json!({
        "version": shop.config_version,
        "currency": {"code": shop.currency.code, "symbol": shop.currency.symbol, "decimals": shop.currency.decimals},
        "idle_lock_minutes": shop.idle_lock_minutes,
        "lock_when_hidden": shop.rules.lock_when_hidden,
        "credential_days": shop.rules.credential_days,
        "blind_count": shop.rules.blind_count,
        "difference_max_minor": shop.rules.difference_max.0,
        "promotions": shop.rules.promotions,
        "labels": shop.rules.labels,
        "shortcuts": counter::shortcuts_json(&shop.rules),
        "gift": {
            "on": shop.rules.gift.on,
            "load_max_minor": shop.rules.gift.load_max.0,
            "offline_card_max_minor": shop.rules.gift.offline_card_max.0,
            "offline_shift_max_minor": shop.rules.gift.offline_shift_max.0,
            "expiry_months": shop.rules.gift.expiry_months,
        },
        "tips": {"on": shop.rules.tips.on, "percents_ppm": shop.rules.tips.percents},
        "roles": roles,
        "permissions": permissions,
    })
}

fn powers_of(rules: &Rules, role: Role) -> Powers {
    rules.roles.get(&role).cloned().unwrap_or_else(|| role.preset())
}

/// What changes, each in words, for the audit trail.
fn differences(before: &Shop, idle_lock_minutes: u32, new: &Rules) -> Vec<String> {
    let mut what = Vec::new();
    let mut what_promotions = None;
    let mut note = |label: &str, old: String, new: String| {
        if old != new {
            what.push(format!("{label}: {new} (was {old})"));
        }
    };
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let counted = |number: u32, unit: &str, none: &str| if number == 0 { none.to_owned() } else { format!("{number} {unit}") };
    let old = &before.rules;
    let minutes = |number| counted(number, "min", "never");
    note("idle lock", minutes(before.idle_lock_minutes), minutes(idle_lock_minutes));
    note("lock when hidden", yes(old.lock_when_hidden), yes(new.lock_when_hidden));
    let days = |number| counted(number, "days", "for ever");
    note("sign-ins off the network", days(old.credential_days), days(new.credential_days));
    note("blind count", yes(old.blind_count), yes(new.blind_count));
    let money = |amount| amount_words(&before.currency, amount);
    note("largest cash difference", money(old.difference_max), money(new.difference_max));
    note("gift cards", yes(old.gift.on), yes(new.gift.on));
    note("most on a gift card at a time", money(old.gift.load_max), money(new.gift.load_max));
    note("gift card off the network up to", money(old.gift.offline_card_max), money(new.gift.offline_card_max));
    note("gift cards off the network in a shift up to", money(old.gift.offline_shift_max), money(new.gift.offline_shift_max));
    let months = |number| counted(number, "months", "never");
    note("gift cards expire after", months(old.gift.expiry_months), months(new.gift.expiry_months));
    note("tips", yes(old.tips.on), yes(new.tips.on));
    let parts = |rules: &TipRules| rules.percents.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    note("suggested tips", parts(&old.tips), parts(&new.tips));
    let names = |rules: &Rules| match rules.promotions.iter().map(|promotion| promotion.name.as_str()).collect::<Vec<_>>() {
        names if names.is_empty() => "none".to_owned(),
        names => names.join(", "),
    };
    if old.promotions != new.promotions {
        what_promotions = Some(format!("promotions: {} (was {})", names(new), names(old)));
    }
    for role in Role::ALL {
        let (was, is) = (powers_of(old, role), powers_of(new, role));
        note(
            &format!("{} discount up to", word(role)),
            format!("{} %", was.discount_percent_max),
            format!("{} %", is.discount_percent_max),
        );
        note(&format!("{} refund up to", word(role)), money(was.refund_max), money(is.refund_max));
    }
    what.extend(what_promotions);
    if old.labels != new.labels {
        what.push("what the shop's own labels hold".to_owned());
    }
    if old.shortcuts != new.shortcuts {
        what.push("keyboard shortcuts".to_owned());
    }
    for role in Role::ALL {
        let (was, is) = (powers_of(old, role).permissions, powers_of(new, role).permissions);
        let words = |of: &BTreeSet<Permission>, without: &BTreeSet<Permission>| {
            let words: Vec<_> = of.difference(without).map(|permission| permission.words()).collect();
            (!words.is_empty()).then(|| words.join(" · "))
        };
        what.extend(words(&is, &was).map(|words| format!("{}: may now {words}", word(role))));
        what.extend(words(&was, &is).map(|words| format!("{}: may no longer {words}", word(role))));
    }
    what
}

fn amount_words(currency: &Currency, amount: Minor) -> String {
    if amount.0 >= AMOUNT_MAX { "any amount".to_owned() } else { currency.format(amount) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn presets() -> Value {
        let roles: Vec<Value> = Role::ALL
            .into_iter()
            .map(|role| {
                let powers = role.preset();
                json!({"role": role, "permissions": powers.permissions, "discount_percent_max": powers.discount_percent_max,
                       "refund_max_minor": powers.refund_max.0})
            })
            .collect();
        json!({"idle_lock_minutes": 2, "lock_when_hidden": false, "credential_days": 7, "blind_count": false,
               "difference_max_minor": 1000, "roles": roles, "promotions": null, "labels": null, "shortcuts": null})
    }

    fn check(change: impl FnOnce(&mut Value)) -> Result<Checked, BadRules> {
        let mut form = presets();
        change(&mut form);
        serde_json::from_value::<Form>(form).unwrap().check()
    }

    #[test]
    fn a_role_as_its_preset_is_none() {
        let same = check(|_| {}).unwrap();
        let counter = Counter::default();
        assert_eq!(same, Checked { idle_lock_minutes: 2, rules: Rules::default(), counter, gift: None, tips: None });
        let other = check(|form| form["roles"][0]["discount_percent_max"] = 11.into()).unwrap();
        assert_eq!(other.rules.roles.keys().collect::<Vec<_>>(), [&Role::Cashier]);
        assert_eq!(other.rules.roles[&Role::Cashier].permissions, Role::Cashier.preset().permissions);
    }

    #[test]
    fn every_limit_is_kept() {
        let word = |text: &str| text.to_owned();
        for (at, value, fault) in [
            ("/idle_lock_minutes", json!(-1), BadRules::IdleMinutes),
            ("/idle_lock_minutes", json!(1441), BadRules::IdleMinutes),
            ("/credential_days", json!(-1), BadRules::CredentialDays),
            ("/credential_days", json!(366), BadRules::CredentialDays),
            ("/difference_max_minor", json!(-1), BadRules::Difference),
            ("/difference_max_minor", json!(AMOUNT_MAX + 1), BadRules::Difference),
            ("/roles/0/discount_percent_max", json!(101), BadRules::Discount(word("cashier"))),
            ("/roles/1/discount_percent_max", json!(-1), BadRules::Discount(word("supervisor"))),
            ("/roles/2/refund_max_minor", json!(-1), BadRules::Refund(word("manager"))),
            ("/roles/2/refund_max_minor", json!(i64::MAX), BadRules::Refund(word("manager"))),
            ("/roles/0/role", json!("king"), BadRules::Role(word("king"))),
            ("/roles/0/role", json!("manager"), BadRules::Roles(word("manager"))),
            ("/promotions", json!([{"name": " ", "deal": {"percent": 1}}]), BadRules::Promotion(word(" "))),
            ("/promotions", json!([{"name": "x", "deal": {"percent": 1_000_001}}]), BadRules::Promotion(word("x"))),
            ("/promotions", json!([{"name": "x", "deal": {"n_for_m": {"take": 3, "pay": 3}}}]), BadRules::Promotion(word("x"))),
            (
                "/promotions",
                json!([{"name": "x", "deal": {"percent": 1}, "when": {"days": [8]}}]),
                BadRules::Promotion(word("x")),
            ),
            ("/labels", json!({"30": "price"}), BadRules::Label),
            ("/gift/load_max_minor", json!(0), BadRules::GiftAmount),
            ("/gift/offline_card_max_minor", json!(-1), BadRules::GiftAmount),
            ("/gift/offline_shift_max_minor", json!(AMOUNT_MAX + 1), BadRules::GiftAmount),
            ("/gift/expiry_months", json!(601), BadRules::GiftMonths),
            ("/tips/percents_ppm", json!([0]), BadRules::Tips),
            ("/tips/percents_ppm", json!([1, 2, 3, 4, 5]), BadRules::Tips),
            ("/roles", json!([]), BadRules::Roles(word("cashier"))),
            ("/roles/3/permissions", json!(["sell", "fly\n"]), BadRules::Permission(word("fly"))),
        ] {
            let result = check(|form| {
                form["gift"] = json!({"on": true, "load_max_minor": 1, "offline_card_max_minor": 0, "offline_shift_max_minor": 0,
                                      "expiry_months": 0});
                form["tips"] = json!({"on": true, "percents_ppm": [50_000]});
                *form.pointer_mut(at).unwrap() = value.clone();
            });
            assert_eq!(result, Err(fault), "{at} {value}");
        }
        assert!(check(|form| form["idle_lock_minutes"] = 0.into()).is_ok());
        assert!(check(|form| form["roles"][2]["refund_max_minor"] = AMOUNT_MAX.into()).is_ok());
    }
}
