//! The card's brand, by its first digits (ISO/IEC 7812-1) or its chip's application (ISO/IEC 7816-5).

use serde::{Deserialize, Serialize};

/// Whose card it is, for the receipt and for the rules. A guess from public ranges: the processor alone knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
    /// American Express.
    Amex,
    /// Discover.
    Discover,
    /// Diners Club.
    Diners,
    /// JCB.
    Jcb,
    /// UnionPay.
    UnionPay,
    /// Maestro.
    Maestro,
    /// None of these, or too few digits to tell.
    Other,
}

impl Brand {
    /// By the first digits that can be seen, as ASCII: four are enough for every range below. Where ranges overlap (62 is
    /// UnionPay's, and partly Discover's in the United States) the wider one is taken.
    #[must_use]
    pub fn of_digits(digits: &[u8]) -> Self {
        let number = |count: usize| {
            let digits = digits.get(..count).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
            Some(digits.iter().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0')))
        };
        match (number(1), number(2), number(3), number(4)) {
            (Some(4), ..) => Self::Visa,
            (_, Some(34 | 37), ..) => Self::Amex,
            (_, Some(51..=55), ..) | (.., Some(2221..=2720)) => Self::Mastercard,
            (_, Some(36 | 38 | 39), ..) | (_, _, Some(300..=305), _) | (.., Some(3095)) => Self::Diners,
            (.., Some(3528..=3589)) => Self::Jcb,
            (_, Some(62 | 81), ..) => Self::UnionPay,
            (_, Some(65), ..) | (_, _, Some(644..=649), _) | (.., Some(6011)) => Self::Discover,
            (_, Some(50 | 56..=58 | 63 | 67), ..) => Self::Maestro,
            _ => Self::Other,
        }
    }

    /// By a chip application's identifier (EMV tags 4F, 84, 9F06): its first five bytes are the brand's.
    #[must_use]
    pub fn of_aid(aid: &[u8]) -> Self {
        match aid {
            [0xa0, 0, 0, 0, 0x04, 0x30, 0x60, ..] => Self::Maestro,
            [0xa0, 0, 0, 0, 0x03, ..] => Self::Visa,
            [0xa0, 0, 0, 0, 0x04, ..] => Self::Mastercard,
            [0xa0, 0, 0, 0, 0x25, ..] => Self::Amex,
            [0xa0, 0, 0, 0, 0x65, ..] => Self::Jcb,
            [0xa0, 0, 0, 0x01, 0x52, ..] | [0xa0, 0, 0, 0x03, 0x24, ..] => Self::Discover,
            [0xa0, 0, 0, 0x03, 0x33, ..] => Self::UnionPay,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_digits() {
        for (digits, brand) in [
            ("411111", Brand::Visa),
            ("4", Brand::Visa),
            ("545230", Brand::Mastercard),
            ("2221", Brand::Mastercard),
            ("2720", Brand::Mastercard),
            ("2721", Brand::Other),
            ("2220", Brand::Other),
            ("3714", Brand::Amex),
            ("3005", Brand::Diners),
            ("3600", Brand::Diners),
            ("3528", Brand::Jcb),
            ("3590", Brand::Other),
            ("6250", Brand::UnionPay),
            ("6011", Brand::Discover),
            ("6012", Brand::Other),
            ("6500", Brand::Discover),
            ("6440", Brand::Discover),
            ("5018", Brand::Maestro),
            ("6759", Brand::Maestro),
            ("6304", Brand::Maestro),
            ("", Brand::Other),
            ("****", Brand::Other),
        ] {
            assert_eq!(Brand::of_digits(digits.as_bytes()), brand, "{digits}");
        }
    }

    #[test]
    fn by_application() {
        for (aid, brand) in [
            (&[0xa0, 0, 0, 0, 0x04, 0x10, 0x10][..], Brand::Mastercard),
            (&[0xa0, 0, 0, 0, 0x04, 0x30, 0x60], Brand::Maestro),
            (&[0xa0, 0, 0, 0, 0x03, 0x10, 0x10], Brand::Visa),
            (&[0xa0, 0, 0, 0x03, 0x33, 1, 1], Brand::UnionPay),
            (&[0xa0, 0, 0, 0], Brand::Other),
            (&[], Brand::Other),
        ] {
            assert_eq!(Brand::of_aid(aid), brand, "{aid:?}");
        }
    }
}
