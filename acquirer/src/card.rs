//! What is on a card: account number, expiry, service code, read from a clear track (ISO/IEC 7813). Every copy is wiped when it
//! goes, and nothing here prints more of a number than its BIN and last four (PCI DSS 4, 3.4.1).

use std::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

/// Track 1 has at most 79 characters, sentinels and LRC included (ISO/IEC 7813, 6.1); track 2 at most 40 (7.1).
const TRACK_1_MAX: usize = 79;
const TRACK_2_MAX: usize = 40;

/// A primary account number: 12 to 19 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pan(Zeroizing<String>);

impl Pan {
    /// Takes digits only.
    #[must_use]
    pub fn parse(digits: &[u8]) -> Option<Pan> {
        let right = (12..=19).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
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

/// Up to which month a card is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry {
    year: u16,
    month: u8,
}

impl Expiry {
    /// From `YYMM`; years are of this century.
    #[must_use]
    pub fn parse(digits: &[u8; 4]) -> Option<Expiry> {
        let [y1, y2, m1, m2] = digits.map(|digit| char::from(digit).to_digit(10));
        let (year, month) = (2000 + y1? * 10 + y2?, m1? * 10 + m2?);
        let (year, month) = (u16::try_from(year).ok()?, u8::try_from(month).ok()?);
        (1..=12).contains(&month).then_some(Expiry { year, month })
    }

    /// Is the card's last month over, in UTC?
    #[must_use]
    pub fn is_over(self, now_ms: i64) -> bool {
        let Ok(now) = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)) else { return true };
        (i32::from(self.year), self.month) < (now.year(), u8::from(now.month()))
    }
}

/// What the processor needs of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The account.
    pub pan: Pan,
    /// Absent on some cards.
    pub expiry: Option<Expiry>,
}

impl Card {
    /// Reads clear track 1 and track 2, either of which may be empty. What is padded with zeros is read up to them.
    ///
    /// None if neither is a track, if one that is there is none, or if they are of two cards.
    #[must_use]
    pub fn from_tracks(first: &[u8], second: &[u8]) -> Option<Card> {
        let (first, second) = (unpadded(first), unpadded(second));
        match (first.is_empty(), second.is_empty()) {
            (true, true) => None,
            (false, true) => track_1(first),
            (true, false) => track_2(second),
            (false, false) => {
                let (first, second) = (track_1(first)?, track_2(second)?);
                (first.pan == second.pan).then_some(second)
            }
        }
    }
}

fn unpadded(track: &[u8]) -> &[u8] {
    let end = track.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &track[..end]
}

/// `%B PAN ^ name ^ YYMM SVC discretionary ? LRC`.
fn track_1(track: &[u8]) -> Option<Card> {
    let body = body(track.strip_prefix(b"%B")?, track.len(), TRACK_1_MAX)?;
    let mut fields = body.splitn(3, |byte| *byte == b'^');
    let (pan, _name, rest) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Card { pan: Pan::parse(pan)?, expiry: expiry(rest, b'^')? })
}

/// `; PAN = YYMM SVC discretionary ? LRC`.
fn track_2(track: &[u8]) -> Option<Card> {
    let body = body(track.strip_prefix(b";")?, track.len(), TRACK_2_MAX)?;
    let at = body.iter().position(|byte| *byte == b'=')?;
    Some(Card { pan: Pan::parse(&body[..at])?, expiry: expiry(&body[at + 1..], b'=')? })
}

/// What stands before the end sentinel; behind it there is at most the LRC.
fn body(rest: &[u8], length: usize, length_max: usize) -> Option<&[u8]> {
    let end = rest.iter().position(|byte| *byte == b'?')?;
    let right = length <= length_max && rest.len() - end <= 2 && rest[..end].iter().all(|byte| (0x20..0x60).contains(byte));
    right.then(|| &rest[..end])
}

/// `YYMM`, or one separator where the card has none.
fn expiry(rest: &[u8], separator: u8) -> Option<Option<Expiry>> {
    if rest.first() == Some(&separator) {
        return Some(None);
    }
    Expiry::parse(rest.first_chunk()?).map(Some)
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
        assert_eq!((both.pan.expose(), both.expiry), ("5452300551227189", Expiry::parse(b"0804")));
        assert_eq!((both.pan.bin(), both.pan.last_four(), both.pan.luhn()), ("545230", "7189", false));
        assert_eq!(Card::from_tracks(TRACK_1, b""), Some(both.clone()));
        assert_eq!(Card::from_tracks(&[0; 8], &[TRACK_2, &[0; 3]].concat()), Some(both.clone()));
        let with_lrc = b"%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?!";
        assert_eq!(Card::from_tracks(with_lrc, b"").unwrap().pan.expose(), "4266841088889999");
        assert_eq!(format!("{both:?}"), "Card { pan: Pan(…), expiry: Some(Expiry { year: 2008, month: 4 }) }");
    }

    #[test]
    fn what_is_no_track_or_two_cards_is_not_read() {
        for (first, second) in [
            (&b""[..], &b""[..]),
            (TRACK_1, b";4266841088889999=080910110000046?0"),
            (TRACK_1, b"\x12\x99garbage"),
            (b"", b";5452300551227189=0804?00"),
            (b"", b";5452300551227189=0804"),
            (b"", b";5452300551227189=0813?"),
            (b"", b";54523005512=0804?"),
            (b"", b";5452300551A27189=0804?"),
            (b"", b";5452300551227189=08\x0041?"),
            (b"", b";5452300551227189=080432100000007250000000000?"),
            (b"%B5452300551227189^NAME?", b""),
        ] {
            assert_eq!(Card::from_tracks(first, second), None);
        }
        assert_eq!(Card::from_tracks(b"", b";5452300551227189==?").unwrap().expiry, None);
    }

    #[test]
    fn a_card_is_good_to_the_end_of_its_month() {
        let expiry = Expiry::parse(b"2612").unwrap();
        assert!(!expiry.is_over(1_798_761_599_999), "2026-12-31T23:59:59.999Z");
        assert!(expiry.is_over(1_798_761_600_000), "2027-01-01T00:00:00Z");
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
