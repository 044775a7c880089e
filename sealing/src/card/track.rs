//! The text of a magnetic stripe's tracks (ISO/IEC 7811-6, 7813), in clear or masked.
//!
//! Track 1: `%B PAN ^ name ^ YYMM SVC discretionary ?`, at most 79 characters; track 2: `; PAN = YYMM SVC discretionary ?`, at
//! most 40. A separator stands where expiry or service code is missing. A reader may leave the longitudinal check (LRC) behind
//! the end sentinel.

use std::ops::RangeInclusive;

use super::{Expiry, Last4, Lead, ServiceCode};

/// How many digits a PAN has (ISO/IEC 7812-1 allows up to 19).
pub const PAN_DIGITS: RangeInclusive<usize> = 8..=19;

/// The most characters of tracks 1 to 3.
pub const MAX_CHARACTERS: [usize; 3] = [79, 40, 107];

/// What is read of a track; the name is passed over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fields<'a> {
    /// The PAN: digits, and the mask's characters where there is one.
    pub pan: &'a [u8],
    /// `None` where masked or missing.
    pub expiry: Option<Expiry>,
    /// `None` where masked or missing.
    pub service_code: Option<ServiceCode>,
    mask: Mask,
}

/// How a reader hides the middle of a PAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// It does not.
    None,
    /// With `*`, as ID TECH does (and MagTek can).
    Stars,
    /// With `0`, and one digit in the middle that makes the Luhn check pass: MagTek's way. Which digits are masked does not show.
    Zeros,
}

/// What may be seen of a PAN.
pub(super) struct Shown {
    pub(super) lead: Option<Lead>,
    pub(super) last4: Option<Last4>,
    pub(super) luhn_ok: Option<bool>,
}

/// The fields of track 1; `None` if it is no payment card's.
#[must_use]
pub fn track1(text: &[u8], mask: Mask) -> Option<Fields<'_>> {
    // A mask may cover the format code too.
    let body = text.strip_prefix(b"%B").or_else(|| text.strip_prefix(b"%*").filter(|_| mask != Mask::None))?;
    within(text, 0)?;
    let (pan, rest) = split(body, b'^')?;
    let (name, rest) = split(rest, b'^')?;
    (name.len() <= 26).then_some(())?;
    fields(pan, rest, b'^', mask)
}

/// The fields of track 2, or of a track 3 that is written like one; `None` if it is no payment card's.
#[must_use]
pub fn track2(text: &[u8], mask: Mask) -> Option<Fields<'_>> {
    let body = text.strip_prefix(b";")?;
    within(text, 1)?;
    let (pan, rest) = split(body, b'=')?;
    fields(pan, rest, b'=', mask)
}

/// The fields of the track that shows most: where two tracks tell of the same card, one may mask what the other does not. `None` if
/// neither track 1 nor track 2 is a payment card's, or if they are of different cards.
pub(super) fn best<'a>(tracks: [&'a [u8]; 3], mask: Mask) -> Option<Fields<'a>> {
    let [one, two, _] = tracks;
    let (one, two) = (track1(one, mask), track2(two, mask));
    match (one, two) {
        (Some(one), Some(two)) if one.pan != two.pan => None,
        (Some(one), Some(two)) => {
            Some(Fields { expiry: two.expiry.or(one.expiry), service_code: two.service_code.or(one.service_code), ..two })
        }
        (one, two) => two.or(one),
    }
}

/// Is it one, by its sentinels and its alphabet (track 1: six bits, tracks 2 and 3: four)? Nothing else can come out of a stripe.
pub(super) fn is_track(text: &[u8], number: usize) -> bool {
    let start = text.first();
    let (sentinel, alphabet) = match (number, start) {
        (0, Some(b'%')) | (2, Some(b'%')) => (b'%', 0x20..=0x5f),
        (1 | 2, Some(b';')) => (b';', 0x30..=0x3f),
        _ => return false,
    };
    start == Some(&sentinel) && text.iter().all(|byte| alphabet.contains(byte)) && within(text, number).is_some()
}

/// Short enough, and with an end sentinel last, or last but the LRC.
fn within(text: &[u8], number: usize) -> Option<()> {
    let limit = MAX_CHARACTERS.get(number)?;
    let ended = matches!(text, [.., b'?'] | [.., b'?', _]);
    (text.len() <= *limit && ended).then_some(())
}

fn split(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn fields<'a>(pan: &'a [u8], rest: &'a [u8], separator: u8, mask: Mask) -> Option<Fields<'a>> {
    let masked = |byte: &u8| mask == Mask::Stars && *byte == b'*';
    let is_pan = PAN_DIGITS.contains(&pan.len()) && pan.iter().all(|byte| byte.is_ascii_digit() || masked(byte));
    is_pan.then_some(())?;
    let (expiry, rest) = match rest.split_first_chunk::<4>() {
        _ if rest.first() == Some(&separator) => (None, rest.get(1..)?),
        Some((yymm, rest)) => (Expiry::new(yymm), rest),
        None => (None, rest),
    };
    let service_code = rest.first_chunk::<3>().and_then(|digits| ServiceCode::new(digits));
    Some(Fields { pan, expiry, service_code, mask })
}

impl Fields<'static> {
    /// What is read where nothing is shown.
    pub(super) const fn nothing() -> Self {
        Self { pan: &[], expiry: None, service_code: None, mask: Mask::Stars }
    }
}

impl Fields<'_> {
    /// Is the middle of the PAN hidden? All but one digit of it must be the mask's: the one may make the Luhn check pass.
    pub(super) fn is_hidden(&self) -> bool {
        let mask = match self.mask {
            Mask::None => return false,
            Mask::Stars => b'*',
            Mask::Zeros => b'0',
        };
        let middle = self.pan.len().checked_sub(4).and_then(|end| self.pan.get(6..end)).unwrap_or_default();
        middle.len() >= 3 && middle.iter().filter(|byte| **byte != mask).count() <= 1
    }

    /// The first digits that are certainly the card's.
    pub(super) fn digits(&self) -> &[u8] {
        let seen = match self.mask {
            Mask::None => self.pan.len(),
            Mask::Stars => self.pan.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            Mask::Zeros => match self.pan {
                // Neither can be the mask, and the digit for the Luhn check is only one.
                [_, _, _, _, b'1'..=b'9', b'1'..=b'9', ..] => 6,
                _ => 4,
            },
        };
        // Never so many that, with the last four, nothing would be hidden.
        self.pan.get(..seen.min(6)).unwrap_or_default()
    }

    pub(super) fn shown(&self) -> Shown {
        let number = |digits: &[u8]| digits.iter().fold(0u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        let lead = match self.digits() {
            six @ [_, _, _, _, _, _] => Some(Lead::Six(number(six))),
            [four @ .., _] if four.len() == 4 => u16::try_from(number(four)).ok().map(Lead::Four),
            four @ [_, _, _, _] => u16::try_from(number(four)).ok().map(Lead::Four),
            _ => None,
        };
        let last4 = self.pan.last_chunk::<4>().and_then(|digits| Last4::new(digits));
        Shown { lead, last4, luhn_ok: (self.mask == Mask::None).then(|| luhn(self.pan)) }
    }
}

/// The Luhn check (ISO/IEC 7812-1, annex B).
fn luhn(pan: &[u8]) -> bool {
    let sum: u32 = pan
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.wrapping_sub(b'0'));
            let doubled = digit * 2;
            if place % 2 == 0 {
                digit
            } else if doubled > 9 {
                doubled - 9
            } else {
                doubled
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn clear_tracks() {
        let one = track1(b"%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?", Mask::None).unwrap();
        assert_eq!(one.pan, b"5452300551227189");
        assert_eq!(one.expiry, Expiry::new(b"0804"));
        assert_eq!(one.service_code, ServiceCode::new(b"321"));
        let two = track2(b";5452300551227189=080432100000007250?", Mask::None).unwrap();
        assert!(two == one);
        let shown = two.shown();
        assert_eq!((shown.lead, shown.last4, shown.luhn_ok), (Some(Lead::Six(545_230)), Last4::new(b"7189"), Some(false)));
    }

    #[test]
    fn missing_fields_are_separators() {
        let two = track2(b";4111111111111111==123?", Mask::None).unwrap();
        assert_eq!((two.expiry, two.service_code), (None, ServiceCode::new(b"123")));
        let two = track2(b";4111111111111111=3012=99?", Mask::None).unwrap();
        assert_eq!((two.expiry, two.service_code), (Expiry::new(b"3012"), None));
        let one = track1(b"%B4111111111111111^A/B^^^99?", Mask::None).unwrap();
        assert_eq!((one.expiry, one.service_code), (None, None));
        let two = track2(b";4111111111111111=?", Mask::None).unwrap();
        assert_eq!((two.expiry, two.service_code), (None, None));
    }

    #[test]
    fn masked_tracks() {
        let stars = track1(b"%*4266********9999^BUSH JR/GEORGE W.MR^*******************************?*", Mask::Stars).unwrap();
        let shown = stars.shown();
        assert_eq!((shown.lead, shown.last4, shown.luhn_ok), (Some(Lead::Four(4266)), Last4::new(b"9999"), None));
        assert_eq!((stars.expiry, stars.service_code), (None, None));
        let zeros = track2(b";5452000000007189=080400000000000000?", Mask::Zeros).unwrap();
        let shown = zeros.shown();
        assert_eq!((shown.lead, shown.last4, shown.luhn_ok), (Some(Lead::Four(5452)), Last4::new(b"7189"), None));
        assert_eq!((zeros.expiry, zeros.service_code), (Expiry::new(b"0804"), None));
        let six = track2(b";5452310050007189=080400000000000000?", Mask::Zeros).unwrap();
        assert_eq!(six.shown().lead, Some(Lead::Six(545_231)));
    }

    #[test]
    fn what_is_no_track_is_not_read() {
        for text in [
            &b""[..],
            b"%B",
            b"%B4111111111111111^NAME?",
            b"%A4111111111111111^NAME^3012101?",
            b";4111111111111111=3012101",
            b";411111=3012101?",
            b";41111111111111111111=3012101?",
            b";4111********1111=3012101?",
            b";4111111111111111=30121010000000000000000?",
        ] {
            assert!(track1(text, Mask::None).is_none() && track2(text, Mask::None).is_none(), "{text:?}");
        }
    }

    #[test]
    fn luhn_check() {
        for (pan, passes) in
            [("4111111111111111", true), ("79927398713", true), ("79927398710", false), ("5452000000007189", true)]
        {
            assert_eq!(luhn(pan.as_bytes()), passes, "{pan}");
        }
    }

    #[test]
    fn alphabets() {
        assert!(is_track(b"%B4111111111111111^A/B^3012101?", 0) && is_track(b";4111111111111111=3012101?7", 1));
        assert!(!is_track(b"%B4111111111111111^a/b^3012101?", 0));
        assert!(!is_track(b";4111111111111111=3012101\x00?", 1));
        assert!(!is_track(b"%B4111111111111111^A/B^3012101?", 1));
    }
}
