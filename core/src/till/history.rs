//! The sales that the till still holds, one of them on screen, and what of it is to be given back.

use serde::{Deserialize, Serialize};

use crate::{
    book::Book,
    bytes::Hash,
    cart::Cart,
    ids::SaleId,
    ledger::Paid,
    money::{Currency, Milli, Minor},
    proof::{ReceiptProof, SignedProof},
    reason::Reason,
    refund::{Refund, RefundFault},
};

/// Looking for a sale.
#[derive(Debug, Default)]
pub struct History {
    /// The order that was on screen; it stays.
    pub cart: Cart,
    /// The sales; nothing while the journal is read.
    pub book: Option<Book>,
    /// The sale that was chosen.
    pub opened: Option<Opened>,
    /// The sale that was chosen before the page went away, where only its receipt tells of it.
    pub known: Option<Box<Paid>>,
    /// A receipt that was scanned and is looked at.
    pub receipt: Option<Box<(ReceiptProof, SignedProof)>>,
    /// What comes back cannot be sold again.
    pub off_shelf: bool,
}

/// A sale that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Which.
    pub sale: SaleId,
    /// How far giving something of it back has come.
    pub step: Step,
}

/// How far a refund has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// The sale is only looked at.
    Shown,
    /// How much of each line comes back, in the order of the lines.
    Choosing(Vec<Milli>),
    /// It is written down, and this is to be given back.
    Done(Box<Refund>),
}

impl History {
    /// The sale that was chosen.
    pub fn paid(&self) -> Option<&Paid> {
        self.book.as_ref()?.find(self.opened.as_ref()?.sale)
    }

    /// What is chosen to come back: each line with its quantity.
    pub fn wanted(&self) -> Vec<(usize, Milli)> {
        match self.opened.as_ref().map(|opened| &opened.step) {
            Some(Step::Choosing(wanted)) => wanted.iter().copied().enumerate().filter(|(_, qty)| qty.0 > 0).collect(),
            _ => Vec::new(),
        }
    }

    /// The refund that would be written.
    ///
    /// # Errors
    /// [`RefundFault`].
    pub fn refund(&self, currency: &Currency, reason: &Reason, turnover: Minor) -> Result<Refund, RefundFault> {
        let paid = self.paid().ok_or(RefundFault::Nothing)?;
        let refund = Refund::of(paid, &self.wanted(), currency, reason, turnover)?;
        Ok(Refund { off_shelf: self.off_shelf, ..refund })
    }

    /// The sale and what of it is to come back, as a digest: an approval is bound to it.
    pub(super) fn digest(&self) -> Hash {
        let mut bytes = b"refund".to_vec();
        if let Some(paid) = self.paid() {
            bytes.extend_from_slice(&paid.id.till.0.to_be_bytes());
            bytes.extend_from_slice(&paid.id.epoch.0.to_be_bytes());
            bytes.extend_from_slice(&paid.id.seq.0.to_be_bytes());
            for line in 0..paid.sale.lines.len() {
                bytes.extend_from_slice(&paid.returned(line).0.to_be_bytes());
            }
        }
        bytes.push(u8::from(self.off_shelf));
        for (line, qty) in self.wanted() {
            bytes.extend_from_slice(&(line as u64).to_be_bytes());
            bytes.extend_from_slice(&qty.0.to_be_bytes());
        }
        Hash::of(&bytes)
    }
}
