//! Who works at the till, what each may do, and how a wrong PIN is slowed down.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::StaffId;

/// A person who may work at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Their number in the shop.
    pub id: StaffId,
    /// As shown on the sign-in screen and the receipt.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A preset of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sells.
    Cashier,
    /// Sells, and runs the shift.
    Supervisor,
    /// May do everything at the till.
    Manager,
    /// Sees, and changes nothing.
    Auditor,
}

/// What a command needs. Each command names one; [`Role::allows`] decides; the screen only mirrors it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change the cart and take payment.
    Sell,
    /// Begin a shift and count its float.
    OpenShift,
    /// End a shift and count the drawer.
    CloseShift,
    /// See what the drawer should hold before it is counted.
    SeeExpectedCash,
    /// See the device's state: storage, quarantine, what is kept and why.
    SeeDevice,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Role; 4] = [Role::Cashier, Role::Supervisor, Role::Manager, Role::Auditor];

    /// May this role do what needs `permission`?
    pub fn allows(self, permission: Permission) -> bool {
        use Permission::{CloseShift, OpenShift, SeeDevice, SeeExpectedCash, Sell};
        match self {
            Role::Cashier => matches!(permission, Sell | OpenShift | CloseShift),
            Role::Supervisor => matches!(permission, Sell | OpenShift | CloseShift | SeeExpectedCash),
            Role::Manager => true,
            Role::Auditor => matches!(permission, SeeExpectedCash | SeeDevice),
        }
    }
}

/// A PIN of 6 to 12 digits. It never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// Why a PIN cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPin {
    /// Wrong length or not only digits.
    #[error("A PIN has 6 to 12 digits.")]
    Shape,
    /// Repeats or runs, which a thief tries first.
    #[error("This PIN is too easy to guess. Choose one without repeats or runs.")]
    Trivial,
}

impl Pin {
    /// A PIN that somebody types to sign in.
    pub fn parse(text: &str) -> Result<Pin, BadPin> {
        if (6..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Pin(text.to_owned()))
        } else {
            Err(BadPin::Shape)
        }
    }

    /// A PIN that somebody chooses: not one digit repeated, not a run up or down, not one short pattern repeated.
    pub fn choose(text: &str) -> Result<Pin, BadPin> {
        let pin = Pin::parse(text)?;
        let digits = text.as_bytes();
        let steps = |step: i16| digits.windows(2).all(|w| (i16::from(w[1]) - i16::from(w[0])).rem_euclid(10) == step);
        let periodic = |period: usize| digits.iter().zip(&digits[period..]).all(|(a, b)| a == b);
        if steps(0) || steps(1) || steps(9) || periodic(2) || periodic(3) {
            return Err(BadPin::Trivial);
        }
        Ok(pin)
    }

    /// The digits, for the key derivation alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// What a till remembers of wrong PINs, in clear and across restarts, for each person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Wrong PINs since the last right one.
    pub count: u32,
    /// When the last one was typed, milliseconds since 1970 by the till's clock.
    pub last_ms: i64,
}

impl Failures {
    /// After one more wrong PIN.
    pub fn and_one_more(self, now_ms: i64) -> Failures {
        Failures { count: self.count.saturating_add(1), last_ms: now_ms }
    }

    /// How long to wait before the next try, in milliseconds. Four wrong PINs cost nothing; the fifth costs 30 s, and each
    /// further one twice as long, up to 30 minutes (PCI DSS 8.3.4 asks for a lock-out after ten). A clock that was moved
    /// back does not shorten the wait: it begins again.
    pub fn wait_ms(self, now_ms: i64) -> u64 {
        const FIRST_MS: u64 = 30_000;
        const LONGEST_MS: u64 = 30 * 60_000;
        let Some(doublings) = self.count.checked_sub(5) else { return 0 };
        let delay = FIRST_MS.saturating_mul(1 << doublings.min(10)).min(LONGEST_MS);
        match u64::try_from(now_ms.saturating_sub(self.last_ms)) {
            Ok(passed) => delay.saturating_sub(passed),
            Err(_) => delay,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn pins_have_six_to_twelve_digits() {
        for text in ["", "12345", "1234567890123", "12345a", "１２３４５６"] {
            assert_eq!(Pin::parse(text), Err(BadPin::Shape), "{text}");
        }
        assert!(Pin::parse("111111").is_ok(), "typed to sign in, an old PIN is only wrong");
        for text in ["111111", "123456", "987654", "890123", "121212", "147147", "456456456"] {
            assert_eq!(Pin::choose(text), Err(BadPin::Trivial), "{text}");
        }
        assert!(Pin::choose("274951").is_ok());
        assert_eq!(format!("{:?}", Pin::parse("274951").unwrap()), "Pin(…)");
    }

    #[test]
    fn the_fifth_wrong_pin_begins_growing_delays() {
        let mut failures = Failures::default();
        let mut waits = Vec::new();
        for _ in 0..13 {
            failures = failures.and_one_more(1_000);
            waits.push(failures.wait_ms(1_000) / 1000);
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
        assert_eq!(failures.wait_ms(1_000 + 1_799_000), 1000);
        assert_eq!(failures.wait_ms(1_000 + 1_800_000), 0);
        assert_eq!(failures.wait_ms(-50_000_000), 1_800_000, "moving the clock back does not help");
    }

    #[test]
    fn what_each_role_may_do() {
        use Permission::*;
        let table = [
            (Role::Cashier, [true, true, true, false, false]),
            (Role::Supervisor, [true, true, true, true, false]),
            (Role::Manager, [true, true, true, true, true]),
            (Role::Auditor, [false, false, false, true, true]),
        ];
        for (role, allowed) in table {
            let got = [Sell, OpenShift, CloseShift, SeeExpectedCash, SeeDevice].map(|p| role.allows(p));
            assert_eq!(got, allowed, "{role:?}");
        }
    }
}
