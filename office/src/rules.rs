//! The shop's rules: what the server holds, and what is being typed over it.
//!
//! [`Rules`] is the server's answer; a [`Draft`] is the form, text that may be wrong; [`Draft::read`] makes what is saved of
//! it, or says at which field it cannot. A draft stays as it was typed, whatever the server answers.

use std::collections::BTreeSet;

use barrow_core::{
    money::{AMOUNT_MAX, Currency, Minor, as_ascii},
    staff::{Permission, Role},
};
use barrow_language::{key, number};
use serde::{Deserialize, Serialize};

use crate::amounts;

mod gifts;

pub use gifts::{GiftDraft, GiftField, GiftSet, TipSet};

/// The rules, of `GET /v1/office/rules`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rules {
    /// The configuration's version, which only goes up.
    pub version: u64,
    /// What amounts are in.
    pub currency: CurrencyFacts,
    /// The rules themselves.
    #[serde(flatten)]
    pub set: RuleSet,
}

/// What the rules say of the shop's currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CurrencyFacts {
    /// ISO 4217 code.
    pub code: String,
    /// What stands before an amount.
    pub symbol: String,
    /// Digits after the decimal point.
    pub decimals: u8,
}

/// What is saved, by `PUT /v1/office/rules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// Lock after so many idle minutes; 0 is never.
    pub idle_lock_minutes: u32,
    /// Lock as soon as the page is out of sight.
    pub lock_when_hidden: bool,
    /// So many days without the server until nobody can sign in; 0 is never.
    pub credential_days: u32,
    /// Nobody sees what the drawer should hold before it is counted.
    pub blind_count: bool,
    /// A larger difference needs somebody who may accept it.
    pub difference_max_minor: i64,
    /// What each role may do, all four.
    pub roles: Vec<RolePowers>,
    /// Gift cards.
    #[serde(default)]
    pub gift: GiftSet,
    /// Tips.
    #[serde(default)]
    pub tips: TipSet,
}

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePowers {
    /// Which role.
    pub role: Role,
    /// The permissions that it has.
    pub permissions: BTreeSet<Permission>,
    /// The largest discount, in whole percent.
    pub discount_percent_max: u8,
    /// The largest refund for one sale, in minor units.
    pub refund_max_minor: i64,
}

impl RolePowers {
    /// What `role` may do in a shop that did not change it.
    pub fn preset(role: Role) -> RolePowers {
        let powers = role.preset();
        RolePowers {
            role,
            permissions: powers.permissions,
            discount_percent_max: powers.discount_percent_max,
            refund_max_minor: powers.refund_max.0,
        }
    }
}

impl CurrencyFacts {
    /// Of a currency of which only the ISO 4217 code is known.
    pub fn of_code(code: &str) -> CurrencyFacts {
        let Currency { code, symbol, decimals, .. } = amounts::currency(code);
        CurrencyFacts { code, symbol, decimals }
    }

    fn currency(&self) -> Currency {
        Currency {
            code: self.code.clone(),
            decimals: self.decimals,
            symbol: self.symbol.clone(),
            notes: Vec::new(),
            coins: Vec::new(),
            cash_step: Minor(1),
            style: None,
        }
    }

    /// An amount as it is typed: without symbol and thousands separators.
    pub fn typed(&self, minor: i64) -> String {
        let plain = Currency { symbol: String::new(), ..self.currency() };
        number(&plain.format(Minor(minor)).replace(',', ""))
    }
}

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Idle minutes, as typed.
    pub idle_lock_minutes: String,
    /// Lock when hidden?
    pub lock_when_hidden: bool,
    /// Days without the server, as typed.
    pub credential_days: String,
    /// Count blind?
    pub blind_count: bool,
    /// The largest difference, as typed.
    pub difference_max: String,
    /// One for each role.
    pub roles: Vec<RoleDraft>,
    /// Gift cards and tips.
    pub gifts: GiftDraft,
}

/// A role in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDraft {
    /// Which.
    pub role: Role,
    /// Ticked permissions.
    pub permissions: BTreeSet<Permission>,
    /// Largest discount in percent, as typed.
    pub discount_percent_max: String,
    /// Refunds of any amount; what is typed does not count then.
    pub refund_any: bool,
    /// Largest refund, as typed.
    pub refund_max: String,
}

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Idle minutes.
    IdleMinutes,
    /// Days without the server.
    CredentialDays,
    /// The largest difference.
    DifferenceMax,
    /// Something about gift cards or tips.
    Gift(GiftField),
    /// A role's largest discount.
    Discount(Role),
    /// A role's largest refund.
    Refund(Role),
}

/// What is wrong with a field, as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub field: Field,
    /// What.
    pub sentence: &'static str,
}

/// The longest idle time that can be set, minutes: a day.
pub const IDLE_MINUTES_MAX: u32 = 24 * 60;
/// The most days without the server that can be set.
pub const CREDENTIAL_DAYS_MAX: u32 = 365;

impl Draft {
    /// The form for what the server holds.
    pub fn of(rules: &Rules) -> Draft {
        let set = &rules.set;
        Draft {
            idle_lock_minutes: number(&set.idle_lock_minutes.to_string()),
            lock_when_hidden: set.lock_when_hidden,
            credential_days: number(&set.credential_days.to_string()),
            blind_count: set.blind_count,
            difference_max: rules.currency.typed(set.difference_max_minor),
            roles: set.roles.iter().map(|powers| RoleDraft::of(powers, &rules.currency)).collect(),
            gifts: GiftDraft::of(&set.gift, &set.tips, &rules.currency),
        }
    }

    /// What is to be saved.
    ///
    /// # Errors
    /// Every field that cannot be read, in the order of the form.
    pub fn read(&self, currency: &CurrencyFacts) -> Result<RuleSet, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut check = |field, read: Result<i64, &'static str>| {
            read.unwrap_or_else(|sentence| {
                faults.push(Fault { field, sentence });
                0
            })
        };
        let mut roles = Vec::new();
        for draft in &self.roles {
            let percent = whole(&draft.discount_percent_max, 100).ok_or(key("Type a whole number from 0 to 100."));
            let refund = if draft.refund_any { Ok(AMOUNT_MAX) } else { amount(&draft.refund_max, currency) };
            let percent = check(Field::Discount(draft.role), percent.map(i64::from));
            roles.push(RolePowers {
                role: draft.role,
                permissions: draft.permissions.clone(),
                discount_percent_max: u8::try_from(percent).unwrap_or_default(),
                refund_max_minor: check(Field::Refund(draft.role), refund),
            });
        }
        let minutes =
            whole(&self.idle_lock_minutes, IDLE_MINUTES_MAX).ok_or(key("Type whole minutes, at most 1440; 0 is never."));
        let minutes = check(Field::IdleMinutes, minutes.map(i64::from));
        let days = whole(&self.credential_days, CREDENTIAL_DAYS_MAX).ok_or(key("Type whole days, at most 365; 0 is for ever."));
        let days = check(Field::CredentialDays, days.map(i64::from));
        let difference = check(Field::DifferenceMax, amount(&self.difference_max, currency));
        let gifts = self.gifts.read(currency);
        if let Err(wrong) = &gifts {
            faults.extend(wrong.iter().map(|(field, sentence)| Fault { field: Field::Gift(*field), sentence }));
        }
        let (gift, tips) = match gifts {
            Ok(both) if faults.is_empty() => both,
            _ => return Err(faults),
        };
        Ok(RuleSet {
            idle_lock_minutes: u32::try_from(minutes).unwrap_or_default(),
            lock_when_hidden: self.lock_when_hidden,
            credential_days: u32::try_from(days).unwrap_or_default(),
            blind_count: self.blind_count,
            difference_max_minor: difference,
            roles,
            gift,
            tips,
        })
    }

    /// A role's part of the form.
    pub fn role(&self, role: Role) -> Option<&RoleDraft> {
        self.roles.iter().find(|draft| draft.role == role)
    }

    /// A role's part of the form, to type into.
    pub fn role_mut(&mut self, role: Role) -> Option<&mut RoleDraft> {
        self.roles.iter_mut().find(|draft| draft.role == role)
    }
}

impl RoleDraft {
    /// The form for what a role may do.
    pub fn of(powers: &RolePowers, currency: &CurrencyFacts) -> RoleDraft {
        let refund_any = powers.refund_max_minor >= AMOUNT_MAX;
        RoleDraft {
            role: powers.role,
            permissions: powers.permissions.clone(),
            discount_percent_max: number(&powers.discount_percent_max.to_string()),
            refund_any,
            refund_max: if refund_any { String::new() } else { currency.typed(powers.refund_max_minor) },
        }
    }

    /// Is it what the role may do in a shop that did not change it? What is typed counts, not how.
    pub fn is_preset(&self, currency: &CurrencyFacts) -> bool {
        let preset = RolePowers::preset(self.role);
        let refund = if self.refund_any { Ok(AMOUNT_MAX) } else { amount(&self.refund_max, currency) };
        self.permissions == preset.permissions
            && whole(&self.discount_percent_max, 100) == Some(u32::from(preset.discount_percent_max))
            && refund == Ok(preset.refund_max_minor)
    }
}

/// A whole number from 0 to `max`.
pub(crate) fn whole(text: &str, max: u32) -> Option<u32> {
    let text = as_ascii(text);
    let text = text.trim();
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| *number <= max)
}

/// An amount in minor units.
pub(crate) fn amount(text: &str, currency: &CurrencyFacts) -> Result<i64, &'static str> {
    currency.currency().parse(text).map(|minor| minor.0).map_err(|_| "Type an amount such as 12.50.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const RULES: &str = r#"{
        "version": 7, "currency": {"code": "EUR", "symbol": "€", "decimals": 2},
        "idle_lock_minutes": 2, "lock_when_hidden": false, "credential_days": 7, "blind_count": true, "difference_max_minor": 123450,
        "roles": [
            {"role": "cashier", "permissions": ["sell", "void_line"], "discount_percent_max": 5, "refund_max_minor": 0, "preset": false},
            {"role": "manager", "permissions": ["sell"], "discount_percent_max": 100, "refund_max_minor": 1000000000000, "preset": false}
        ],
        "permissions": [{"name": "sell", "words": "sell"}]
    }"#;

    fn rules() -> Rules {
        serde_json::from_str(RULES).unwrap()
    }

    #[test]
    fn what_is_not_touched_is_saved_as_it_was() {
        let rules = rules();
        let draft = Draft::of(&rules);
        assert_eq!(draft.difference_max, "1234.50");
        assert!(draft.role(Role::Manager).unwrap().refund_any);
        assert_eq!(draft.read(&rules.currency).unwrap(), rules.set);
        let sent = serde_json::to_value(draft.read(&rules.currency).unwrap()).unwrap();
        let mut names: Vec<&String> = sent.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(
            names,
            [
                "blind_count",
                "credential_days",
                "difference_max_minor",
                "gift",
                "idle_lock_minutes",
                "lock_when_hidden",
                "roles",
                "tips"
            ]
        );
        assert_eq!(sent["roles"][0]["permissions"], serde_json::json!(["sell", "void_line"]));
    }

    #[test]
    fn every_wrong_field_is_named_and_nothing_typed_is_lost() {
        let rules = rules();
        let mut draft = Draft::of(&rules);
        draft.idle_lock_minutes = "2.5".into();
        draft.credential_days = "366".into();
        draft.difference_max = "-1".into();
        draft.role_mut(Role::Cashier).unwrap().discount_percent_max = "101".into();
        draft.role_mut(Role::Manager).unwrap().refund_any = false;
        let before = draft.clone();
        let fields: Vec<Field> = draft.read(&rules.currency).unwrap_err().into_iter().map(|fault| fault.field).collect();
        let want = [
            Field::Discount(Role::Cashier),
            Field::Refund(Role::Manager),
            Field::IdleMinutes,
            Field::CredentialDays,
            Field::DifferenceMax,
        ];
        assert_eq!(fields, want);
        assert_eq!(draft, before);
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (text, want) in [("0", Some(0)), (" 30 ", Some(30)), ("007", Some(7)), ("100", Some(100)), ("٣٠", Some(30))] {
            assert_eq!(whole(text, 100), want, "{text:?}");
        }
        for text in ["", " ", "101", "-1", "1.0", "1e1", "99999999999999999999"] {
            assert_eq!(whole(text, 100), None, "{text:?}");
        }
    }

    #[test]
    fn a_role_as_it_came_is_its_preset_however_it_is_typed() {
        let euros = rules().currency;
        for role in Role::ALL {
            assert!(RoleDraft::of(&RolePowers::preset(role), &euros).is_preset(&euros), "{role:?}");
        }
        let mut supervisor = RoleDraft::of(&RolePowers::preset(Role::Supervisor), &euros);
        supervisor.refund_max = "€100".into();
        assert!(supervisor.is_preset(&euros));
        supervisor.refund_max = "100.01".into();
        assert!(!supervisor.is_preset(&euros));
        supervisor =
            RoleDraft { discount_percent_max: "x".into(), ..RoleDraft::of(&RolePowers::preset(Role::Supervisor), &euros) };
        assert!(!supervisor.is_preset(&euros));
        let mut cashier = RoleDraft::of(&RolePowers::preset(Role::Cashier), &euros);
        cashier.permissions.insert(Permission::Refund);
        assert!(!cashier.is_preset(&euros));
    }
}
