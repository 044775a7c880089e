//! What is on a card: account number and expiry, from a clear track (ISO/IEC 7813) or a chip. Every copy is wiped when it goes, and
//! nothing here prints more of a number than its BIN and last four (PCI DSS 4, 3.4.1).

use std::fmt;

use barrow_sealing::card::{
    Expiry, ServiceCode,
    track::{Fields, Mask, PAN_DIGITS, track1, track2},
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

/// A primary account number: 8 to 19 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pan(Zeroizing<String>);

impl Pan {
    /// Takes digits only.
    #[must_use]
    pub fn parse(digits: &[u8]) -> Option<Pan> {
        let right = PAN_DIGITS.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        right.then(|| Pan(Zeroizing::new(digits.iter().map(|digit| char::from(*digit)).collect())))
    }

    /// The whole number, for comparing it. Nothing may keep or print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first six digits: the issuer's.
    #[must_use]
    pub fn bin(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// The last four digits.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.0.get(self.0.len() - 4..).unwrap_or_default()
    }

    /// Is the last digit the right check digit (ISO/IEC 7812-1, annex B)?
    #[must_use]
    pub fn luhn(&self) -> bool {
        luhn_sum(self.0.bytes().rev()).is_multiple_of(10)
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pan(…)")
    }
}

/// The digit that makes `digits` pass the Luhn check when it is put behind them.
#[must_use]
pub fn check_digit(digits: &[u8]) -> u8 {
    let sum = luhn_sum(std::iter::once(b'0').chain(digits.iter().rev().copied()));
    b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

fn luhn_sum(from_the_right: impl Iterator<Item = u8>) -> u32 {
    from_the_right
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0')) << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum()
}

/// What the processor needs of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The account.
    pub pan: Pan,
    /// Absent on some cards.
    pub expiry: Option<Expiry>,
    /// Does its service code say that it has a chip?
    pub has_chip: bool,
}

impl Card {
    /// Reads clear track 1 and track 2, either of which may be empty. What is padded with zeros is read up to them.
    ///
    /// None if neither is a payment card's track, if one that is there is none, or if they are of two cards.
    #[must_use]
    pub fn from_tracks(first: &[u8], second: &[u8]) -> Option<Card> {
        let (first, second) = (unpadded(first), unpadded(second));
        let of = |fields: Fields<'_>| {
            let has_chip = fields.service_code.is_some_and(ServiceCode::has_chip);
            Some(Card { pan: Pan::parse(fields.pan)?, expiry: fields.expiry, has_chip })
        };
        match (first.is_empty(), second.is_empty()) {
            (true, true) => None,
            (false, true) => of(track1(first, Mask::None)?),
            (true, false) => of(track2(second, Mask::None)?),
            (false, false) => {
                let (first, second) = (of(track1(first, Mask::None)?)?, of(track2(second, Mask::None)?)?);
                (first.pan == second.pan).then_some(second)
            }
        }
    }

    /// Reads a chip's track 2 equivalent (EMV tag 57): two digits a byte, `D` for the separator, `F` behind the end.
    #[must_use]
    pub fn from_chip(track_2: &[u8]) -> Option<Card> {
        let mut text = Zeroizing::new(Vec::with_capacity(2 * track_2.len() + 2));
        text.push(b';');
        for nibble in track_2.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter(|nibble| *nibble != 15) {
            text.push(match nibble {
                0..=9 => b'0' + nibble,
                13 => b'=',
                _ => return None,
            });
        }
        text.push(b'?');
        Card::from_tracks(b"", &text)
    }

    /// Is its last month over, in UTC? A card that has none never expires.
    #[must_use]
    pub fn is_over(&self, now_ms: i64) -> bool {
        let Ok(now) = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)) else { return true };
        self.expiry.is_some_and(|last| (2000 + i32::from(last.year()), last.month()) < (now.year(), u8::from(now.month())))
    }
}

fn unpadded(track: &[u8]) -> &[u8] {
    let end = track.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &track[..end]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    const TRACK_1: &[u8] = b"%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?";
    const TRACK_2: &[u8] = b";5452300551227189=080432100000007250?";

    #[test]
    fn the_published_cards_are_read_from_either_track() {
        let both = Card::from_tracks(TRACK_1, TRACK_2).unwrap();
        assert_eq!((both.pan.expose(), both.expiry), ("5452300551227189", Expiry::new(b"0804")));
        assert_eq!((both.pan.bin(), both.pan.last_four(), both.pan.luhn()), ("545230", "7189", false));
        assert_eq!(Card::from_tracks(TRACK_1, b""), Some(both.clone()));
        assert_eq!(Card::from_tracks(&[0; 8], &[TRACK_2, &[0; 3]].concat()), Some(both.clone()));
        let with_lrc = b"%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?!";
        assert_eq!(Card::from_tracks(with_lrc, b"").unwrap().pan.expose(), "4266841088889999");
        assert_eq!(format!("{both:?}"), "Card { pan: Pan(…), expiry: Some(Expiry(0804)), has_chip: false }");
    }

    #[test]
    fn what_is_no_track_or_two_cards_is_not_read() {
        for (first, second) in [
            (&b""[..], &b""[..]),
            (TRACK_1, b";4266841088889999=080910110000046?0"),
            (TRACK_1, b"\x12\x99garbage"),
            (b"", b";5452300551227189=0804?00"),
            (b"", b";5452300551227189=0804"),
            (b"", b";5452300=0804?"),
            (b"", b";5452300551A27189=0804?"),
            (b"", b";5452300551227189=080432100000007250000000000?"),
            (b"%B5452300551227189^NAME?", b""),
        ] {
            assert_eq!(Card::from_tracks(first, second), None);
        }
        assert_eq!(Card::from_tracks(b"", b";5452300551227189==?").unwrap().expiry, None);
    }

    #[test]
    fn a_chips_track_2_is_read() {
        let card = Card::from_chip(&[0x54, 0x13, 0x33, 0x90, 0x00, 0x00, 0x15, 0x13, 0xd0, 0x11, 0x42, 0x01, 0x0f]).unwrap();
        assert_eq!((card.pan.expose(), card.expiry, card.has_chip), ("5413339000001513", None, true));
        let card = Card::from_chip(&[0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10, 0xd4, 0x91, 0x22, 0x01, 0xff]).unwrap();
        assert_eq!((card.pan.expose(), card.expiry, card.has_chip), ("4761739001010010", Expiry::new(b"4912"), true));
        assert_eq!(Card::from_chip(&[0x54, 0x1a]), None);
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let card = Card::from_tracks(b"", b";4111111111111111=2612101?").unwrap();
        assert!(!card.is_over(1_798_761_599_999), "2026-12-31T23:59:59.999Z");
        assert!(card.is_over(1_798_761_600_000), "2027-01-01T00:00:00Z");
        assert!(!Card { expiry: None, ..card }.is_over(1_798_761_600_000));
    }

    #[test]
    fn check_digits_are_those_of_known_cards() {
        for pan in ["4111111111111111", "5555555555554444", "378282246310005"] {
            assert!(Pan::parse(pan.as_bytes()).unwrap().luhn());
            let (last, digits) = pan.as_bytes().split_last().unwrap();
            assert_eq!(check_digit(digits), *last);
        }
        assert!(!Pan::parse(b"4111111111111112").unwrap().luhn());
    }
}
