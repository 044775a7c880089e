//! What risk rules and hot-card lists know a card by: 16 bytes under a key, never a plain hash (PCI DSS 4, 3.5.1.1).

use zeroize::Zeroizing;

use super::{Expiry, Last4};
use crate::{derive, key::Key};

/// A keyed name of a card, HKDF-SHA-256 cut to 16 bytes. A full and a partial one of the same card have nothing in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// Of the whole PAN: equal tokens are equal cards.
    Full([u8; 16]),
    /// Of what an encrypting reader shows: equal tokens are *possibly* equal cards, and a person decides.
    Partial([u8; 16]),
}

/// The first digits that an encrypting reader shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lead {
    /// The first four.
    Four(u16),
    /// The first six, the BIN.
    Six(u32),
}

impl Lead {
    /// The first six digits, if all of them are shown.
    #[must_use]
    pub const fn bin(self) -> Option<u32> {
        match self {
            Self::Four(_) => None,
            Self::Six(bin) => Some(bin),
        }
    }
}

impl Token {
    /// Of a whole PAN, ASCII digits; `None` if it is not 8 to 19 of them. HKDF's info is `barrow/card-token/v1|<PAN>`.
    #[must_use]
    pub fn full(key: &Key, pan: &[u8]) -> Option<Self> {
        const DOMAIN: &[u8] = b"barrow/card-token/v1|";
        if !super::track::PAN_DIGITS.contains(&pan.len()) || !pan.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut info = Zeroizing::new(Vec::with_capacity(DOMAIN.len() + pan.len()));
        info.extend_from_slice(DOMAIN);
        info.extend_from_slice(pan);
        Some(Self::Full(cut(key, &info)))
    }

    /// Of what is shown. HKDF's info is `barrow/card-token-partial/v1|<four or six digits>|<last four>|<YYMM, or nothing>`.
    #[must_use]
    pub fn partial(key: &Key, lead: Lead, last4: Last4, expiry: Option<Expiry>) -> Self {
        let lead = match lead {
            Lead::Four(digits) => format!("{digits:04}"),
            Lead::Six(digits) => format!("{digits:06}"),
        };
        let expiry = expiry.map(|expiry| expiry.to_string()).unwrap_or_default();
        Self::Partial(cut(key, format!("barrow/card-token-partial/v1|{lead}|{last4}|{expiry}").as_bytes()))
    }

    /// The 16 bytes, full or partial.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        match self {
            Self::Full(bytes) | Self::Partial(bytes) => bytes,
        }
    }
}

/// The key of a till's own tokens: HKDF-SHA-256 of `journal key ‖ device`, where `device` is the HMAC with the device secret, info
/// `barrow/card-token-key/v1`. Only an unlocked till has both. (A hot-card list is built elsewhere, and brings a key of its own.)
#[must_use]
pub fn token_key(journal_key: &Key, device: &[u8; 32]) -> Key {
    let mut secret = Zeroizing::new(Vec::with_capacity(64));
    secret.extend_from_slice(journal_key.expose());
    secret.extend_from_slice(device);
    derive::key(b"", &secret, b"barrow/card-token-key/v1")
}

fn cut(key: &Key, info: &[u8]) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&derive::key(b"", key.expose(), info).expose()[..16]);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_part_counts() {
        let (key, other) = (Key::new([1; 32]), Key::new([2; 32]));
        let last4 = |digits| Last4::new(digits).unwrap();
        let tokens = [
            Token::full(&key, b"4111111111111111").unwrap(),
            Token::full(&key, b"4111111111111112").unwrap(),
            Token::full(&other, b"4111111111111111").unwrap(),
            Token::partial(&key, Lead::Six(411_111), last4(b"1111"), Expiry::new(b"3012")),
            Token::partial(&key, Lead::Six(411_111), last4(b"1111"), None),
            Token::partial(&key, Lead::Four(4111), last4(b"1111"), None),
            Token::partial(&key, Lead::Six(4111), last4(b"1111"), None),
            Token::partial(&other, Lead::Four(4111), last4(b"1111"), None),
            Token::partial(&key, Lead::Four(4111), last4(b"1112"), None),
        ];
        for (place, token) in tokens.iter().enumerate() {
            assert!(tokens[..place].iter().all(|earlier| earlier.as_bytes() != token.as_bytes()), "token {place}");
        }
    }

    #[test]
    fn only_a_pan_has_a_full_one() {
        for no_pan in [&b""[..], b"1234567", b"12345678901234567890", b"4111********1111"] {
            assert_eq!(Token::full(&Key::new([1; 32]), no_pan), None);
        }
    }

    #[test]
    fn the_key_takes_both_secrets() {
        let keys = [(1, 2), (1, 3), (4, 2)].map(|(journal, device)| *token_key(&Key::new([journal; 32]), &[device; 32]).expose());
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    }
}
