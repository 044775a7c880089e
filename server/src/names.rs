//! Names that people give: of a person, a till, a shop. They stand on screens, receipts and in the audit trail.

use std::fmt;

use thiserror::Error;

/// A name that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// The longest name, in characters.
pub const NAME_MAX: usize = 80;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadName {
    /// Nothing, or only white space.
    #[error("A name cannot be empty.")]
    Empty,
    /// More than [`NAME_MAX`] characters.
    #[error("A name has at most 80 characters.")]
    TooLong,
    /// A character that does not print, or that turns the text around it.
    #[error("A name has only characters that print.")]
    Unprintable,
}

impl Name {
    /// Reads a name; white space around it is dropped.
    ///
    /// # Errors
    /// [`BadName`].
    pub fn parse(text: &str) -> Result<Name, BadName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadName::Empty);
        }
        if text.chars().count() > NAME_MAX {
            return Err(BadName::TooLong);
        }
        // With invisible characters two people look alike; with those that turn the direction, one looks like another (Unicode UTR 36).
        let hidden =
            |c: char| c.is_control() || matches!(c, '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
        if text.chars().any(hidden) { Err(BadName::Unprintable) } else { Ok(Name(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Would people take one name for the other? Case and the width of spaces do not count.
#[must_use]
pub fn are_alike(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    plain(one) == plain(other)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_name_can_be_read() {
        assert_eq!(Name::parse("  Zoë O'Neill \n").unwrap().as_str(), "Zoë O'Neill");
        for (text, fault) in [
            ("", BadName::Empty),
            (" \t ", BadName::Empty),
            (&"é".repeat(81), BadName::TooLong),
            ("a\u{0}b", BadName::Unprintable),
            ("a\nb", BadName::Unprintable),
            ("\u{202E}reganaM", BadName::Unprintable),
        ] {
            assert_eq!(Name::parse(text), Err(fault), "{text:?}");
        }
        assert!(Name::parse(&"é".repeat(80)).is_ok());
        assert!(are_alike("Kim  Lee", "KIM lee"));
        assert!(!are_alike("Kim", "Kim L"));
    }
}
