//! What a parser gives: the payload for the processor, and what of the card may be shown and judged.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    Brand, CardPayload, Cipher, Lead, Token,
    track::{Fields, Shown},
};
use crate::{hash, key::Key};

/// One card, read.
#[derive(Debug)]
pub struct CardRead {
    /// For the processor alone.
    pub payload: CardPayload,
    /// By the first digits, or by the chip's application.
    pub brand: Brand,
    /// The first six digits; `None` where the reader masks any of them, as most encrypting ones do.
    pub bin: Option<u32>,
    /// The last four digits.
    pub last4: Option<Last4>,
    /// `None` where masked or missing.
    pub expiry: Option<Expiry>,
    /// `None` where masked or missing: not known, then, and so not harmless.
    pub service_code: Option<ServiceCode>,
    /// How it was read.
    pub entry: EntryMode,
    /// Did the reader encrypt it? If not, the PAN has passed through this program.
    pub encrypted: bool,
    /// The DUKPT key serial number in hexadecimal, upper case; empty if it is not encrypted.
    pub ksn: String,
    /// Does the PAN pass the Luhn check (ISO/IEC 7812-1, annex B)? Only a warning, and only from a reader in clear: masked digits
    /// prove nothing.
    pub luhn_ok: Option<bool>,
    /// The reader's serial number; empty if it does not say.
    pub serial: String,
    /// What a chip said besides.
    pub emv: Option<EmvFacts>,
    pub(super) lead: Option<Lead>,
    pub(super) pan: Option<Pan>,
}

impl CardRead {
    /// What the rules know this card by, under a key that only an unlocked till has: of the whole PAN where the reader gives it,
    /// else of what it shows. `None` if it shows too little (the first four and the last four digits).
    #[must_use]
    pub fn token(&self, key: &Key) -> Option<Token> {
        match &self.pan {
            Some(pan) => Token::full(key, &pan.0),
            None => Some(Token::partial(key, self.lead?, self.last4?, self.expiry)),
        }
    }

    /// A swipe: `fields` are of the track that shows most.
    pub(super) fn swiped(payload: CardPayload, fields: &Fields<'_>) -> Self {
        let Shown { lead, last4, luhn_ok } = fields.shown();
        let clear = payload.cipher == Cipher::Clear;
        let fallback = fields.service_code.is_some_and(ServiceCode::has_chip);
        Self {
            brand: Brand::of_digits(fields.digits()),
            bin: lead.and_then(Lead::bin),
            last4,
            expiry: fields.expiry,
            service_code: fields.service_code,
            entry: if fallback { EntryMode::Fallback } else { EntryMode::Swipe },
            encrypted: !clear,
            ksn: hash::hex(&payload.ksn).to_ascii_uppercase(),
            luhn_ok: luhn_ok.filter(|_| clear),
            serial: payload.serial.clone(),
            emv: None,
            lead,
            pan: clear.then(|| Pan(fields.pan.to_vec())),
            payload,
        }
    }
}

/// A PAN in clear: from here it goes only into a token.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Pan(Vec<u8>);

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pan(…)")
    }
}

/// How the card was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryMode {
    /// Magnetic stripe.
    Swipe,
    /// Contact chip.
    Chip,
    /// Contactless, chip or magnetic stripe data.
    Contactless,
    /// Magnetic stripe of a card that has a chip.
    Fallback,
}

/// The last four digits of a PAN, which may be shown (PCI DSS 4, 3.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Last4([u8; 4]);

/// When a card expires: the end of this month.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expiry([u8; 4]);

/// What the card is for (ISO/IEC 7813).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceCode([u8; 3]);

impl Last4 {
    /// Takes four ASCII digits.
    #[must_use]
    pub fn new(digits: &[u8]) -> Option<Self> {
        numerals(digits).map(Self)
    }
}

impl Expiry {
    /// Takes year and month, `YYMM`, as ASCII digits.
    #[must_use]
    pub fn new(yymm: &[u8]) -> Option<Self> {
        let digits = numerals(yymm)?;
        let expiry = Self(digits);
        (1..=12).contains(&expiry.month()).then_some(expiry)
    }

    /// The year's last two digits.
    #[must_use]
    pub const fn year(self) -> u8 {
        (self.0[0] - b'0') * 10 + self.0[1] - b'0'
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        (self.0[2] - b'0') * 10 + self.0[3] - b'0'
    }
}

impl ServiceCode {
    /// Takes three ASCII digits. `000` stands for none: readers that mask with zeros send it.
    #[must_use]
    pub fn new(digits: &[u8]) -> Option<Self> {
        numerals(digits).filter(|digits| digits != b"000").map(Self)
    }

    /// Does the card have a chip, so that a swipe of it is fallback?
    #[must_use]
    pub const fn has_chip(self) -> bool {
        matches!(self.0[0], b'2' | b'6')
    }
}

fn numerals<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    digits.try_into().ok().filter(|digits: &[u8; N]| digits.iter().all(u8::is_ascii_digit))
}

/// Text that is no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these are not the digits that are expected here")]
pub struct NotDigits;

/// As text everywhere: on a receipt, in a record, in a log.
macro_rules! as_digits {
    ($($name:ident),*) => {$(
        impl $name {
            /// Its ASCII digits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|digit| fmt::Write::write_char(f, char::from(*digit)))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl From<$name> for String {
            fn from(digits: $name) -> String {
                digits.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotDigits;

            fn try_from(text: String) -> Result<Self, NotDigits> {
                Self::new(text.as_bytes()).ok_or(NotDigits)
            }
        }
    )*};
}

as_digits!(Last4, Expiry, ServiceCode);

/// What a chip said, for the journal and the receipt. None of it is card data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmvFacts {
    /// The application's identifier in hexadecimal (tag 4F, 84 or 9F06); empty if not sent. EMV Book 4, 11.4 wants it on receipts.
    pub aid: String,
    /// What kind of cryptogram the card gave (tag 9F27).
    pub cryptogram: Option<Cryptogram>,
    /// The amount that the card saw, minor units (tag 9F02).
    pub amount: Option<u64>,
    /// The currency that the card saw, ISO 4217 numeric (tag 5F2A).
    pub currency: Option<u16>,
    /// Terminal verification results in hexadecimal (tag 95); empty if not sent.
    pub tvr: String,
    /// POS entry mode (tag 9F39, ISO 8583:1987).
    pub pos_entry: Option<u8>,
}

/// What the card decided (EMV Book 3, table 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cryptogram {
    /// AAC: declined.
    Declined,
    /// TC: approved offline.
    ApprovedOffline,
    /// ARQC: the issuer is to be asked.
    AskIssuer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_checked() {
        assert_eq!(Last4::new(b"7189").map(|last4| last4.to_string()), Some("7189".into()));
        assert_eq!(Last4::new(b"718"), None);
        assert_eq!(Last4::new(b"71*9"), None);
        let expiry = Expiry::new(b"0804");
        assert_eq!(expiry.map(|expiry| (expiry.year(), expiry.month())), Some((8, 4)));
        assert_eq!([&b"0813"[..], b"0800", b"080", b"****"].map(Expiry::new), [None; 4]);
        assert_eq!(ServiceCode::new(b"000"), None);
        assert_eq!(ServiceCode::new(b"201").map(ServiceCode::has_chip), Some(true));
        assert_eq!(ServiceCode::new(b"620").map(ServiceCode::has_chip), Some(true));
        assert_eq!(ServiceCode::new(b"101").map(ServiceCode::has_chip), Some(false));
    }

    #[test]
    fn a_pan_is_not_printed() {
        assert_eq!(format!("{:?}", Pan(b"4111111111111111".to_vec())), "Pan(…)");
    }
}
