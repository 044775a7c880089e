//! PINs and passkeys, and how a wrong one is slowed down.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::as_ascii;

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
        // The same PIN, whichever keyboard it is typed on.
        let text = as_ascii(text);
        if (6..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Pin(text))
        } else {
            Err(BadPin::Shape)
        }
    }

    /// A PIN that somebody chooses: not one digit repeated, not a run up or down, not one short pattern repeated.
    pub fn choose(text: &str) -> Result<Pin, BadPin> {
        let pin = Pin::parse(text)?;
        let digits = pin.0.as_bytes();
        let steps = |step: i16| digits.windows(2).all(|w| (i16::from(w[1]) - i16::from(w[0])).rem_euclid(10) == step);
        let periodic = |period: usize| digits.iter().zip(&digits[period..]).all(|(a, b)| a == b);
        if steps(0) || steps(1) || steps(9) || periodic(2) || periodic(3) {
            return Err(BadPin::Trivial);
        }
        Ok(pin)
    }

    /// Has it the shape of a date, such as a birthday? Those are guessed first; a person who chooses one is told so, no more.
    pub fn looks_like_a_date(text: &str) -> bool {
        let text = as_ascii(text);
        let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
        let day_and_month = |a, b| match (a, b) {
            (Some(a), Some(b)) => {
                (1..=31).contains(&a) && (1..=12).contains(&b) || (1..=12).contains(&a) && (1..=31).contains(&b)
            }
            _ => false,
        };
        let year = |digits: Option<u32>| digits.is_some_and(|year| (1900..2100).contains(&year));
        match text.len() {
            6 => day_and_month(part(0, 2), part(2, 4)) || day_and_month(part(2, 4), part(4, 6)),
            8 => {
                (day_and_month(part(0, 2), part(2, 4)) && year(part(4, 8)))
                    || (day_and_month(part(4, 6), part(6, 8)) && year(part(0, 4)))
            }
            _ => false,
        }
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

/// What a person shows to sign in, or to approve something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The PIN alone.
    Pin(Pin),
    /// The passkey alone.
    Passkey,
    /// Both.
    PinAndPasskey(Pin),
}

/// How somebody signed in, as the journal has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogInWay {
    /// With a one-time code from the office, choosing a PIN.
    Code,
    /// With the PIN.
    Pin,
    /// With the passkey.
    Passkey,
    /// With both.
    PinAndPasskey,
}

/// What a person's passkey is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasskeyUse {
    /// In place of the PIN.
    Alone,
    /// As a second factor beside it.
    WithPin,
}

impl Proof {
    /// How the journal names it.
    pub fn way(&self) -> LogInWay {
        match self {
            Proof::Pin(_) => LogInWay::Pin,
            Proof::Passkey => LogInWay::Passkey,
            Proof::PinAndPasskey(_) => LogInWay::PinAndPasskey,
        }
    }
}

/// What a till remembers of a person's wrong PINs, in clear and across restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Wrong PINs since the last right one.
    pub count: u32,
    /// How much of the wait was served, milliseconds of a clock that nobody can set (the time that the till was open).
    #[serde(default)]
    pub served_ms: u64,
}

impl Failures {
    /// From so many wrong PINs in a row on, only half an hour or a manager helps (PCI DSS 8.3.4: at most ten tries, at least 30
    /// minutes).
    pub const LOCK_OUT: u32 = 10;

    /// After one more wrong PIN.
    pub fn and_one_more(self) -> Failures {
        Failures { count: self.count.saturating_add(1), served_ms: 0 }
    }

    /// After the till was open for another `ms` milliseconds.
    pub fn served(self, ms: u64) -> Failures {
        Failures { served_ms: self.served_ms.saturating_add(ms), ..self }
    }

    /// How long to wait before the next try, milliseconds. Four wrong PINs cost nothing; the fifth costs 30 s, each further one
    /// twice as long, and the tenth and every one after it 30 minutes. Setting the tablet's clock changes nothing.
    pub fn wait_ms(self) -> u64 {
        const FIRST_MS: u64 = 30_000;
        const LOCK_OUT_MS: u64 = 30 * 60_000;
        let delay = match self.count {
            0..5 => 0,
            5..Self::LOCK_OUT => FIRST_MS << (self.count - 5),
            _ => LOCK_OUT_MS,
        };
        delay.saturating_sub(self.served_ms)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn pins_have_six_to_twelve_digits() {
        for text in ["", "12345", "1234567890123", "12345a"] {
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
    fn what_looks_like_a_birthday_is_only_warned_of() {
        for text in ["240683", "062483", "830624", "24061983", "19830624", "06241983", "290200"] {
            assert!(Pin::looks_like_a_date(text), "{text}");
            assert!(Pin::choose(text).is_ok(), "{text} is allowed");
        }
        for text in ["274951", "995599", "24068", "2406835", "24061783", "000000", "31x199"] {
            assert!(!Pin::looks_like_a_date(text), "{text}");
        }
    }

    #[test]
    fn the_fifth_wrong_pin_begins_growing_delays_and_the_tenth_locks_out() {
        let mut failures = Failures::default();
        let mut waits = Vec::new();
        for _ in 0..13 {
            failures = failures.and_one_more();
            waits.push(failures.wait_ms() / 1000);
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 1800, 1800, 1800, 1800]);
        assert_eq!(failures.served(1_799_000).wait_ms(), 1000);
        assert_eq!(failures.served(1_799_000).served(1_000).wait_ms(), 0);
        assert_eq!(failures.served(1_799_000).and_one_more().wait_ms(), 1_800_000, "and the next one begins it again");
    }
}
