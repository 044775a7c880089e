//! A gift card's code: what its holder shows, and what everybody else keeps in its place.
//!
//! Twenty symbols of Crockford's base 32: nineteen random ones (95 bits) and a check symbol. Whoever has the code can spend the
//! card, so it stands nowhere but on the customer's paper and, sealed, in the order that is being sold. Journal, server and office
//! know a card by its [`GiftRef`], and by its last four symbols, which leave 75 bits to guess.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The symbols of a code, the check symbol included.
const SYMBOLS: usize = 20;
/// Random bytes that a new code is made of; their last bit is not used.
pub const RANDOM_BYTES: usize = 12;
/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A gift card's code. It is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct GiftCode([u8; SYMBOLS]);

/// What a gift card is known by: HMAC-SHA-256 of its code under the shop's key (RFC 2104), cut to 16 bytes. It spends nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GiftRef(pub [u8; 16]);

/// What was typed or scanned is no gift card's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("This is not the code of a gift card. Scan it, or type its 20 letters and digits again.")]
pub struct BadGiftCode;

impl GiftCode {
    /// A new code of random bytes.
    pub fn of(random: [u8; RANDOM_BYTES]) -> GiftCode {
        let bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte)) >> 1;
        let mut symbols = [0; SYMBOLS];
        for (place, symbol) in symbols.iter_mut().take(SYMBOLS - 1).enumerate() {
            *symbol = (bits >> (5 * place) & 31) as u8;
        }
        symbols[SYMBOLS - 1] = check(&symbols);
        GiftCode(symbols)
    }

    /// Reads what was typed or scanned. Case, dashes and spaces do not matter, and O, I and L are read as the digits that they
    /// look like.
    ///
    /// # Errors
    /// [`BadGiftCode`]: another number of symbols, another alphabet, or a slip that the check symbol shows.
    pub fn parse(text: &str) -> Result<GiftCode, BadGiftCode> {
        let mut symbols = [0; SYMBOLS];
        let mut count = 0;
        for letter in text.chars().filter(|c| !matches!(c, '-' | ' ' | '\u{2013}')) {
            let value = value_of(letter).ok_or(BadGiftCode)?;
            *symbols.get_mut(count).ok_or(BadGiftCode)? = value;
            count += 1;
        }
        if count != SYMBOLS || check(&symbols) != symbols[SYMBOLS - 1] {
            return Err(BadGiftCode);
        }
        Ok(GiftCode(symbols))
    }

    /// Its last four symbols: what people tell cards apart by.
    pub fn last4(&self) -> String {
        letters(&self.0[SYMBOLS - 4..])
    }

    /// What it is known by under the shop's key.
    pub fn reference(&self, key: &[u8]) -> GiftRef {
        let mac = hmac_sha256(key, letters(&self.0).as_bytes());
        let mut out = [0; 16];
        out.copy_from_slice(&mac[..16]);
        GiftRef(out)
    }
}

/// As it is printed: five groups of four.
impl fmt::Display for GiftCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, group) in self.0.chunks(4).enumerate() {
            if place > 0 {
                f.write_str("-")?;
            }
            f.write_str(&letters(group))?;
        }
        Ok(())
    }
}

impl fmt::Debug for GiftCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "····{}", self.last4())
    }
}

impl Serialize for GiftCode {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for GiftCode {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        GiftCode::parse(&String::deserialize(d)?).map_err(|_| de::Error::custom("not a gift card's code"))
    }
}

impl GiftRef {
    /// Reads 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<GiftRef> {
        crate::bytes::from_hex(text).map(GiftRef)
    }
}

/// Lower-case hexadecimal, 32 digits.
impl fmt::Display for GiftRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for GiftRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn letters(symbols: &[u8]) -> String {
    symbols.iter().filter_map(|symbol| ALPHABET.get(usize::from(*symbol))).map(|letter| char::from(*letter)).collect()
}

fn value_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    ALPHABET.iter().position(|symbol| char::from(*symbol) == letter).and_then(|place| u8::try_from(place).ok())
}

/// The check symbol: the sum of `α^(n+1) · symbol n` in the field of 32 elements (x⁵ + x² + 1). Every weight is another one, so each
/// wrong symbol and each pair of symbols that changed places shows.
fn check(symbols: &[u8; SYMBOLS]) -> u8 {
    // Horner's scheme from the last random symbol to the first.
    symbols.iter().take(SYMBOLS - 1).rev().fold(0, |sum, symbol| times_alpha(sum ^ symbol))
}

fn times_alpha(element: u8) -> u8 {
    let doubled = element << 1;
    if doubled & 0b10_0000 == 0 { doubled } else { doubled ^ 0b10_0101 }
}

/// HMAC-SHA-256 (RFC 2104) with a key of at most one block.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_key_is_used_as_rfc_4231_says() {
        // Test case 2.
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_code_is_read_as_people_write_it_and_not_shown_by_accident() {
        let code = GiftCode::of([0xa7; RANDOM_BYTES]);
        let text = code.to_string();
        assert_eq!(text.len(), 24);
        for written in [text.clone(), text.to_lowercase(), text.replace('-', ""), text.replace('-', " "), text.replace('0', "o")]
        {
            assert_eq!(GiftCode::parse(&written), Ok(code.clone()), "{written}");
        }
        assert!(!format!("{code:?}").contains(&text[..4]), "{code:?}");
        for wrong in ["", "4006381333931", &text[..23], &format!("{text}0"), "UUUU-UUUU-UUUU-UUUU-UUUU"] {
            assert_eq!(GiftCode::parse(wrong), Err(BadGiftCode), "{wrong}");
        }
    }

    #[test]
    fn another_key_gives_another_reference() {
        let code = GiftCode::of([1; RANDOM_BYTES]);
        assert_ne!(code.reference(&[1; 32]), code.reference(&[2; 32]));
        assert_eq!(GiftRef::from_hex(&code.reference(&[1; 32]).to_string()), Some(code.reference(&[1; 32])));
    }

    proptest! {
        #[test]
        fn a_slip_or_a_swap_shows(random: [u8; RANDOM_BYTES], at in 0..SYMBOLS, other in 0..SYMBOLS, by in 1u8..32) {
            let code = GiftCode::of(random);
            prop_assert_eq!(GiftCode::parse(&code.to_string()), Ok(code.clone()));
            let mut slip = code.0;
            slip[at] ^= by;
            prop_assert_eq!(GiftCode::parse(&letters(&slip)), Err(BadGiftCode));
            let mut swapped = code.0;
            swapped.swap(at, other);
            prop_assert_eq!(GiftCode::parse(&letters(&swapped)).is_ok(), swapped == code.0);
        }
    }
}
