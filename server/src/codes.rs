//! One-time codes: what somebody reads off the office's screen and types into a tablet.

use std::fmt;

use crate::random;

/// Digits and capital letters that are not taken for each other: no 0 O, 1 I L, 5 S, 2 Z, 8 B, U V.
const ALPHABET: &[u8; 24] = b"34679ACDEFGHJKMNPQRTVWXY";

/// How long a code works, milliseconds.
pub const LIFETIME_MS: i64 = 24 * 3600 * 1000;
/// How long a used code still gives the same answer to the same asker, milliseconds: the first answer may have been lost.
pub const REPEAT_MS: i64 = 10 * 60 * 1000;

/// What a code is for. The two kinds are hashed apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Makes a tablet a till.
    Enrol,
    /// Lets a person choose a PIN at one till.
    FirstPin,
}

impl Purpose {
    /// As it stands in the database and in the keyed hash.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Enrol => "enrol",
            Purpose::FirstPin => "first-pin",
        }
    }

    /// Characters in such a code. With 24 characters each is 4.58 bits: 10 are 45 bits, and tries are limited.
    const fn length(self) -> usize {
        match self {
            Purpose::Enrol => 8,
            Purpose::FirstPin => 10,
        }
    }
}

/// A code as its holder has it. The server keeps only its keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A fresh one.
    #[must_use]
    pub fn make(purpose: Purpose) -> Code {
        let mut text = String::with_capacity(purpose.length());
        while text.len() < purpose.length() {
            // Bytes from 240 up are dropped: 240 is the last multiple of 24, so that each character is as likely as the next.
            let [byte] = random::bytes::<1>();
            if byte < 240
                && let Some(character) = ALPHABET.get(usize::from(byte % 24))
            {
                text.push(char::from(*character));
            }
        }
        Code(text)
    }

    /// What somebody typed: case, spaces and dashes do not matter. Anything that cannot be a code is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Code> {
        if text.len() > 64 {
            return None;
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        let fits = (8..=12).contains(&text.len()) && text.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then_some(Code(text))
    }

    /// The characters without dashes, for the keyed hash.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.0
    }
}

/// For people: in two halves, such as `K4HM-9XQT`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = self.0.split_at_checked(self.0.len() / 2).unwrap_or((&self.0, ""));
        write!(f, "{left}-{right}")
    }
}

/// Never prints the code into a log.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for (purpose, shown) in [(Purpose::Enrol, 9), (Purpose::FirstPin, 11)] {
            let code = Code::make(purpose);
            assert_eq!(code.to_string().len(), shown);
            assert_eq!(Code::parse(&code.to_string()), Some(code.clone()));
            assert_eq!(Code::parse(&format!("  {} ", code.plain().to_lowercase())), Some(code.clone()));
            assert_ne!(Code::make(purpose), code);
        }
        for text in ["", "1234", "ABCD-EFG", "K4HM-9XQ0", "K4HM9XQT\u{0661}", &"K".repeat(80)] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
        assert_eq!(format!("{:?}", Code::make(Purpose::Enrol)), "Code(…)");
    }
}
