//! A receipt's code: a compact statement of a sale that the till signs, so that another till can check it with no network.
//!
//! A sale's [`ReceiptProof`] is written as bytes ([`bytes`]), signed (COSE_Sign1, domain `barrow/receipt/v1`; of the message only
//! payload and signature are kept: the rest is the same for all), and stands as text behind the `#` of a link in the receipt's QR
//! ([`text`]). The link itself leads to the receipt on the server ([`link`]). It holds nothing of the customer or the staff, and of a
//! card no more than the paper does.

use thiserror::Error;

use crate::{
    bytes::{Blob, Hash},
    card::{Brand, CardTender, EntryMode, Token},
    config::Config,
    gift::{GiftPaid, GiftRef},
    ids::{PaymentId, SaleId, Seq, ShopId},
    ledger::Paid,
    money::{Milli, Minor},
    sale::{Sale, SaleLine, Totals},
    tax::{Ppm, Tax, TaxMode, split},
    tender::{Tender, TenderKind},
};

pub mod bytes;
pub mod link;
pub mod text;

/// The version that the first byte holds.
pub const FORMAT: u8 = 1;
/// The longest proof with its signature, bytes. A sale whose lines would make it longer is stated by its totals alone.
pub const PROOF_BYTES_MAX: usize = 600;
/// Length of an ES256 signature, bytes.
pub const SIGNATURE_LEN: usize = 64;

/// What a till states of a sale that it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptProof {
    /// Whose.
    pub shop: ShopId,
    /// Which sale, and so which till's key it is signed with.
    pub sale: SaleId,
    /// SHA-256 of the sale's entry.
    pub entry: Hash,
    /// The till's clock at the sale, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// ISO 4217 code of every amount in it.
    pub currency: String,
    /// Were prices with or without tax?
    pub tax_mode: TaxMode,
    /// Without tax.
    pub net: Minor,
    /// With tax.
    pub gross: Minor,
    /// What cash rounding added.
    pub rounding: Minor,
    /// What was paid beside: gift cards that were sold with it, and the tip.
    pub outside: Minor,
    /// How it was paid.
    pub paid: Vec<Payment>,
    /// What was sold; nothing where that would have been too long.
    pub lines: Option<Vec<Line>>,
}

/// A part of how it was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payment {
    /// Notes and coins.
    Cash(Minor),
    /// What came back in an exchange.
    Exchange(Minor),
    /// A card: the payment's identity, its scheme and last four digits.
    Card {
        /// How much.
        amount: Minor,
        /// Which payment.
        payment: PaymentId,
        /// The card's scheme.
        brand: Brand,
        /// Its last four digits, as they stand on the receipt; empty where the reader hides them.
        last4: String,
    },
    /// A gift card: what it is known by, and the last symbols of its code.
    Gift {
        /// How much.
        amount: Minor,
        /// Which card.
        card: GiftRef,
        /// The last symbols of its code, as they stand on the receipt.
        last4: String,
    },
    /// A terminal of its own.
    External {
        /// How much.
        amount: Minor,
        /// The number on its slip.
        reference: String,
    },
}

/// A line of the sale: what comes of it follows from price and rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The product's key.
    pub sku: String,
    /// How much of it.
    pub qty: Milli,
    /// What all of it came to, as prices are shown, after everything that was taken off.
    pub price: Minor,
    /// Its taxes' codes and rates, in the sale's order.
    pub taxes: Vec<(String, Ppm)>,
}

/// A proof with its signature, which is not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedProof {
    /// The bytes that were signed.
    pub payload: Vec<u8>,
    /// r and s.
    pub signature: [u8; SIGNATURE_LEN],
}

/// What was scanned or typed is no receipt of ours, or cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadReceipt {
    /// It is no receipt's code, or was read wrongly.
    #[error("This is not a whole receipt code. Scan it again.")]
    Unreadable,
    /// A newer till made it.
    #[error("This receipt was made by a newer version of Barrow. Update this till, then scan it again.")]
    Newer,
    /// Of another shop.
    #[error("This receipt is from another shop.")]
    OtherShop,
    /// In another currency.
    #[error("This receipt is in another currency than this shop's.")]
    OtherCurrency,
    /// This till has no key of the one that made it.
    #[error("This till does not know the till that made this receipt. Connect it once, then scan the receipt again.")]
    UnknownTill,
    /// The till that made it was taken out of use.
    #[error("The till that made this receipt was revoked by the owner. Ask the office to check the sale.")]
    Revoked,
    /// The signature is not the till's.
    #[error("This receipt is not genuine, or its code was altered: its signature is not the till's. Do not refund it.")]
    Forged,
}

impl ReceiptProof {
    /// What is stated of `sale`, whose entry `entry` has this identity: with its lines, if all of it stays within
    /// [`PROOF_BYTES_MAX`].
    pub fn of(shop: ShopId, id: SaleId, entry: Hash, at_ms: i64, sale: &Sale) -> ReceiptProof {
        let mut proof = ReceiptProof {
            shop,
            sale: id,
            entry,
            at_ms,
            currency: sale.currency.clone(),
            tax_mode: sale.tax_mode,
            net: sale.totals.net,
            gross: sale.totals.gross,
            rounding: sale.rounding,
            // A sum that is out of range was refused when the sale was made.
            outside: sale.outside().unwrap_or_default(),
            paid: sale.tenders.iter().map(Payment::of).collect(),
            lines: Some(sale.lines.iter().map(Line::of).collect()),
        };
        if proof.to_bytes().len() + SIGNATURE_LEN > PROOF_BYTES_MAX {
            proof.lines = None;
        }
        proof
    }

    /// Does it state of this sale what there is to state? (Of its entry's hash, nothing is known here.)
    pub fn is_of(&self, paid: &Paid) -> bool {
        *self == ReceiptProof::of(self.shop, paid.id, self.entry, paid.at_ms, &paid.sale)
    }

    /// Is it one that this shop's tills can take?
    ///
    /// # Errors
    /// [`BadReceipt::OtherShop`], [`BadReceipt::OtherCurrency`].
    pub fn fits(&self, config: &Config) -> Result<(), BadReceipt> {
        if self.shop != config.shop {
            return Err(BadReceipt::OtherShop);
        }
        if self.currency != config.currency.code {
            return Err(BadReceipt::OtherCurrency);
        }
        Ok(())
    }

    /// The key that it must be signed with, as the signed configuration has it.
    ///
    /// # Errors
    /// [`BadReceipt::UnknownTill`], [`BadReceipt::Revoked`].
    pub fn key<'a>(&self, config: &'a Config) -> Result<&'a Blob, BadReceipt> {
        let of = config.tills.iter().find(|till| (till.till, till.epoch) == (self.sale.till, self.sale.epoch));
        match of {
            None => Err(BadReceipt::UnknownTill),
            Some(till) if till.revoked => Err(BadReceipt::Revoked),
            Some(till) => Ok(&till.key),
        }
    }

    /// The sale as far as the proof tells of it. `name_of` gives a product's name. Of a line, the price of one is what one came to.
    /// Nothing if its figures do not follow from its lines.
    pub fn sale(&self, name_of: impl Fn(&str) -> String) -> Option<Sale> {
        let lines = self.lines.iter().flatten().map(|line| line.sold(self.tax_mode, &name_of)).collect::<Option<Vec<_>>>()?;
        let totals = Totals { net: self.net, gross: self.gross, tax: self.gross.minus(self.net).ok()? };
        if self.lines.is_some() && Totals::of(&lines) != Ok(totals) {
            return None;
        }
        Some(Sale {
            currency: self.currency.clone(),
            tax_mode: self.tax_mode,
            lines,
            totals,
            rounding: self.rounding,
            tenders: self.paid.iter().map(Payment::tender).collect(),
            turnover: Minor::ZERO,
            discount: None,
            note: None,
            gifts: Vec::new(),
            tip: self.outside,
            customer: None,
            exchange: self.paid.iter().any(|part| matches!(part, Payment::Exchange(_))).then_some(Seq(0)),
        })
    }

    /// The sale as one that something can be given back of; `signed` goes with it, for the server.
    ///
    /// # Errors
    /// [`BadReceipt::Unreadable`] if its figures do not follow from its lines.
    pub fn paid(&self, signed: &SignedProof, config: &Config) -> Result<Paid, BadReceipt> {
        let name_of = |sku: &str| config.product(sku).map_or_else(|| sku.to_owned(), |product| product.title());
        let sale = self.sale(name_of).ok_or(BadReceipt::Unreadable)?;
        Ok(Paid {
            id: self.sale,
            at_ms: self.at_ms,
            staff: None,
            sale,
            voided: false,
            returned: Vec::new(),
            proof: Some(Blob(signed.to_bytes())),
            exchanged: None,
            copies: 0,
            hash: None,
        })
    }
}

impl SignedProof {
    /// Payload and signature after each other.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.payload.as_slice(), &self.signature].concat()
    }

    /// Reads what [`SignedProof::to_bytes`] wrote, and what is stated in it.
    ///
    /// # Errors
    /// [`BadReceipt::Unreadable`], [`BadReceipt::Newer`].
    pub fn read(bytes: &[u8]) -> Result<(ReceiptProof, SignedProof), BadReceipt> {
        if bytes.len() > PROOF_BYTES_MAX {
            return Err(BadReceipt::Unreadable);
        }
        let (payload, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(BadReceipt::Unreadable)?;
        let proof = ReceiptProof::from_bytes(payload)?;
        Ok((proof, SignedProof { payload: payload.to_vec(), signature: *signature }))
    }
}

impl std::fmt::Debug for SignedProof {
    /// Without what was sold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedProof({} bytes)", self.payload.len())
    }
}

impl Payment {
    fn of(tender: &Tender) -> Payment {
        if let Some(gift) = &tender.gift {
            return Payment::Gift { amount: tender.amount, card: gift.card, last4: gift.last4.clone() };
        }
        match (&tender.card, &tender.reference) {
            (Some(card), _) => {
                Payment::Card { amount: tender.amount, payment: card.payment, brand: card.brand, last4: card.last4.clone() }
            }
            (None, Some(reference)) => Payment::External { amount: tender.amount, reference: reference.clone() },
            (None, None) if tender.kind == TenderKind::Exchange => Payment::Exchange(tender.amount),
            (None, None) => Payment::Cash(tender.amount),
        }
    }

    fn tender(&self) -> Tender {
        let (kind, amount) = match self {
            Payment::Cash(amount) => (TenderKind::Cash, *amount),
            Payment::Exchange(amount) => (TenderKind::Exchange, *amount),
            Payment::Card { amount, .. } => (TenderKind::Card, *amount),
            Payment::Gift { amount, .. } => (TenderKind::GiftCard, *amount),
            Payment::External { amount, .. } => (TenderKind::External, *amount),
        };
        let (mut card, mut gift, mut reference) = (None, None, None);
        match self {
            Payment::Cash(_) | Payment::Exchange(_) => {}
            Payment::Card { payment, brand, last4, .. } => {
                // What was sealed, and what the rules know the card by, stays where it was read.
                card = Some(Box::new(CardTender {
                    payment: *payment,
                    brand: *brand,
                    last4: last4.clone(),
                    expiry: None,
                    mode: EntryMode::Chip,
                    token: Token([0; 16]),
                    ksn: String::new(),
                    reader: String::new(),
                    kid: String::new(),
                    sealed: Blob::default(),
                }));
            }
            Payment::Gift { card, last4, .. } => gift = Some(GiftPaid { card: *card, last4: last4.clone(), offline: false }),
            Payment::External { reference: slip, .. } => reference = Some(slip.clone()),
        }
        Tender { kind, amount, tendered: amount, change: Minor::ZERO, card, gift, reference }
    }
}

impl Line {
    fn of(line: &SaleLine) -> Line {
        Line {
            sku: line.sku.clone(),
            qty: line.qty,
            price: line.price,
            taxes: line.taxes.iter().map(|tax| (tax.code.clone(), tax.rate)).collect(),
        }
    }

    /// The line as it was sold, as far as this tells.
    pub fn sold(&self, mode: TaxMode, name_of: &impl Fn(&str) -> String) -> Option<SaleLine> {
        let rates: Vec<Tax> =
            self.taxes.iter().map(|(code, rate)| Tax { code: code.clone(), name: String::new(), rate: *rate }).collect();
        let split = split(self.price, &rates, mode).ok()?;
        let one = crate::money::divide_rounding(i128::from(self.price.0) * 1000, i128::from(self.qty.0));
        Some(SaleLine {
            sku: self.sku.clone(),
            name: name_of(&self.sku),
            qty: self.qty,
            unit: Minor::checked(one).ok()?,
            list_unit: None,
            measure: None,
            extras: Vec::new(),
            note: None,
            promotion: None,
            discount: None,
            order_off: Minor::ZERO,
            price: self.price,
            net: split.net,
            taxes: split.taxes,
            gross: split.gross,
        })
    }
}
