//! Why somebody did what the owner will ask about.

use thiserror::Error;

/// A reason in a person's words: at least one character, at most [`REASON_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

/// The longest reason, in characters.
pub const REASON_MAX: usize = 120;

/// Nothing was typed, or far too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Say why, in a few words.")]
pub struct BadReason;

impl Reason {
    /// Reads what was typed. White space around it and control characters in it are dropped.
    pub fn parse(text: &str) -> Result<Reason, BadReason> {
        let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
        if text.is_empty() || text.chars().count() > REASON_MAX { Err(BadReason) } else { Ok(Reason(text)) }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something() {
        assert_eq!(Reason::parse("  bank\n").map(|r| r.0), Ok("bank".into()));
        for text in ["", " \t", "\u{7}", &"x".repeat(REASON_MAX + 1)] {
            assert_eq!(Reason::parse(text), Err(BadReason), "{text:?}");
        }
        assert!(Reason::parse(&"é".repeat(REASON_MAX)).is_ok());
    }
}
