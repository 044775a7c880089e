//! Payment cards, as far as a till may know them: what a reader's report lets it show and judge, and what it keeps.
//!
//! Card data itself is never here. The browser's layer seals a report to the processor as soon as it arrives
//! ([`CardSeen::sealed`]); only what is in this module goes on from there. [`rules`] is the signed part that the office decides,
//! [`risk`] is what a till makes of it while nobody can ask the bank.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Blob,
    ids::{PaymentId, SaleId, StaffId},
    money::Minor,
    tender::Tender,
};

pub mod risk;
pub mod rules;

/// The card's scheme, by the first digits of its number (ISO/IEC 7812) or its application (EMV AID).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Another one.
    Other,
}

/// How the card was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryMode {
    /// Magnetic stripe of a card that has no chip, or of which that is not known.
    Swipe,
    /// Magnetic stripe of a card that has a chip (its service code begins with 2 or 6).
    Fallback,
    /// Chip, by contact.
    Chip,
    /// Chip, without contact.
    Contactless,
}

/// The last month in which a card is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expiry {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

/// A card's name for the till's rules: a keyed hash of its number, 16 bytes, which only an unlocked till can compute.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub [u8; 16]);

/// What the hot-card list says of a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HotMatch {
    /// It is not on it, or there is none.
    #[default]
    No,
    /// A card of the same first six and last four digits and expiry is on it: a person decides.
    Possible,
    /// It is on it.
    Certain,
}

/// What a reader's report lets a till show and judge. It lives until the payment is kept or given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSeen {
    /// The payment for which it was read.
    pub payment: PaymentId,
    /// The amount that stands in `sealed`, minor units.
    pub amount: Minor,
    /// Its scheme.
    pub brand: Brand,
    /// Four digits; empty where the reader hides them.
    pub last4: String,
    /// Until when it is good.
    pub expiry: Option<Expiry>,
    /// Its first six digits (IIN), where the reader shows them. Judged, never kept.
    pub bin: Option<u32>,
    /// Its service code (ISO/IEC 7813), where the reader shows it.
    pub service_code: Option<u16>,
    /// How it was read.
    pub mode: EntryMode,
    /// Encrypted in the reader: the till never saw the number.
    pub encrypted: bool,
    /// Does the number's check digit fit? A warning only: encrypting readers may mask it.
    pub luhn_ok: Option<bool>,
    /// Its name for the rules; of the whole number, or of what an encrypting reader shows of it.
    pub token: Token,
    /// What the hot-card list says.
    pub hot: HotMatch,
    /// The reader's key serial number (ANSI X9.24), hexadecimal; empty for a reader that reads in clear.
    pub ksn: String,
    /// The reader's serial number; empty if it tells none.
    pub reader: String,
    /// Which of the processor's keys it is sealed to.
    pub kid: String,
    /// The JWE (RFC 7516, compact) that only the processor can open.
    pub sealed: Blob,
}

/// A card payment as the journal keeps it, inside a sale's tender. The bank has not been asked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardTender {
    /// The payment's identity, for till, server and processor.
    pub payment: PaymentId,
    /// Its scheme.
    pub brand: Brand,
    /// Four digits; empty where the reader hides them.
    pub last4: String,
    /// Until when it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// How it was read.
    pub mode: EntryMode,
    /// Its name for the rules.
    pub token: Token,
    /// The reader's key serial number, hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ksn: String,
    /// The reader's serial number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reader: String,
    /// Which of the processor's keys it is sealed to.
    pub kid: String,
    /// The JWE that only the processor can open.
    pub sealed: Blob,
}

/// What the bank said of a payment, in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It pays.
    Approved {
        /// The processor's number for it.
        authorization: String,
    },
    /// It does not pay, and will not.
    Declined {
        /// Why, in the processor's words.
        reason: String,
    },
}

/// A payment whose outcome the server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Which payment.
    pub payment: PaymentId,
    /// How it ended.
    pub outcome: Outcome,
    /// When the server learnt it, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// A payment that is kept and not decided yet: part of the exposure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPayment {
    /// Its identity.
    pub payment: PaymentId,
    /// In which sale.
    pub sale: SaleId,
    /// How much, minor units.
    pub amount: Minor,
    /// Who took it.
    pub staff: Option<StaffId>,
    /// The card's name for the rules.
    pub token: Token,
    /// Scheme and last four digits, such as `Visa ····4242`.
    pub card: String,
    /// The till's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// A payment that was declined after the sale, until somebody has dealt with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedPayment {
    /// The payment.
    pub payment: OpenPayment,
    /// Why, in the processor's words.
    pub reason: String,
}

/// A card reader, as far as it tells who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reader {
    /// USB vendor id.
    pub vendor: u16,
    /// USB product id.
    pub product: u16,
    /// Its name, as it tells it.
    pub name: String,
    /// Its serial number; empty until it tells one (many do so only with the first card).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub serial: String,
    /// Its firmware; empty if it does not tell.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub firmware: String,
    /// It sends card numbers in clear.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clear: bool,
}

/// The card payments among `tenders`, as they stand open until the bank has decided.
pub fn open_payments(tenders: &[Tender], sale: SaleId, staff: Option<StaffId>, at_ms: i64) -> impl Iterator<Item = OpenPayment> {
    tenders.iter().filter_map(move |tender| {
        let card = tender.card.as_ref()?;
        Some(OpenPayment {
            payment: card.payment,
            sale,
            amount: tender.amount,
            staff,
            token: card.token,
            card: tender.words(),
            at_ms,
        })
    })
}

impl Brand {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Brand::Visa => "Visa",
            Brand::Mastercard => "Mastercard",
            Brand::Amex => "American Express",
            Brand::Discover => "Discover",
            Brand::Diners => "Diners Club",
            Brand::Jcb => "JCB",
            Brand::UnionPay => "UnionPay",
            Brand::Maestro => "Maestro",
            Brand::Other => "Card",
        }
    }

    /// Scheme and last four digits, as screens and receipts name a card.
    pub fn with(self, last4: &str) -> String {
        match self {
            _ if last4.is_empty() => self.words().to_owned(),
            Brand::Other => format!("Card ····{last4}"),
            _ => format!("{} ····{last4}", self.words()),
        }
    }
}

impl EntryMode {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            EntryMode::Swipe => "swiped",
            EntryMode::Fallback => "swiped, though it has a chip",
            EntryMode::Chip => "chip",
            EntryMode::Contactless => "contactless",
        }
    }
}

impl CardSeen {
    /// What is kept of it once it pays.
    pub fn tender(&self) -> CardTender {
        CardTender {
            payment: self.payment,
            brand: self.brand,
            last4: self.last4.clone(),
            expiry: self.expiry,
            mode: self.mode,
            token: self.token,
            ksn: self.ksn.clone(),
            reader: self.reader.clone(),
            kid: self.kid.clone(),
            sealed: self.sealed.clone(),
        }
    }
}

impl Reader {
    /// Is it the one that `pinned` names, as far as it has told? A serial number that it has not told yet does not count against it.
    pub fn is(&self, pinned: &rules::PinnedReader) -> bool {
        (self.vendor, self.product) == (pinned.vendor, pinned.product)
            && (self.serial.is_empty() || pinned.serial.is_empty() || self.serial == pinned.serial)
    }

    /// Name and serial number, for people.
    pub fn words(&self) -> String {
        let name = if self.name.is_empty() { "Card reader" } else { &self.name };
        if self.serial.is_empty() { name.to_owned() } else { format!("{name}, serial {}", self.serial) }
    }
}

/// `MM/YY`, as it stands on the card.
impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}/{:02}", self.month, self.year % 100)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}…", self.0[0], self.0[1])
    }
}
