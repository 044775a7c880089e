//! Receipts' codes: made for what this till sold, and checked when somebody brings one back.

use super::{Effect, Stage, Turn};
use crate::{
    device::DeviceError,
    ids::SaleId,
    proof::{BadReceipt, SignedProof, text},
    till::{Opened, Step},
};

impl Turn<'_> {
    /// A receipt's code was scanned, or typed where sales are looked for.
    pub(super) fn receipt_scanned(&mut self, code: &str) {
        let read = text::read(code).and_then(|receipt| receipt.0.fits(&self.desk.config).map(|()| receipt));
        let receipt = match read {
            Ok(receipt) => receipt,
            Err(e) => return self.fail(e),
        };
        self.open_history();
        if let Stage::History(history) = &mut self.desk.stage {
            history.opened = None;
            history.receipt = Some(Box::new(receipt));
        }
        self.look_at_receipt();
    }

    /// Opens the sale of the receipt that was scanned, if the till holds it; else the receipt has to speak for itself. Nothing while
    /// the journal is still read.
    pub(super) fn look_at_receipt(&mut self) {
        let Stage::History(history) = &mut self.desk.stage else { return };
        let (Some(book), Some(receipt)) = (&history.book, &history.receipt) else { return };
        let (proof, signed) = &**receipt;
        let sale = proof.sale;
        match book.find(sale).map(|paid| (&paid.proof, proof.is_of(paid))) {
            // Made here: what this till wrote itself says whether the code was altered.
            Some((None, genuine)) => {
                history.receipt = None;
                return if genuine { self.open_order(sale) } else { self.fail(BadReceipt::Forged) };
            }
            Some((Some(known), _)) if known.0 == signed.to_bytes() => {
                history.receipt = None;
                return self.open_order(sale);
            }
            Some(_) | None => {}
        }
        match proof.key(&self.desk.config) {
            Ok(key) => self.effects.push(Effect::VerifyReceipt { key: key.clone(), signed: signed.clone() }),
            Err(e) => {
                history.receipt = None;
                self.fail(e);
            }
        }
    }

    /// Its signature was looked at.
    pub(super) fn receipt_verified(&mut self, signed: &SignedProof, result: Result<bool, DeviceError>) {
        let Stage::History(history) = &mut self.desk.stage else { return };
        // An answer about a receipt that was put aside in the meantime.
        let Some(receipt) = history.receipt.take_if(|receipt| receipt.1 == *signed) else { return };
        let paid = match result {
            Ok(true) => receipt.0.paid(signed, &self.desk.config),
            Ok(false) => Err(BadReceipt::Forged),
            Err(why) => return self.fail(why),
        };
        match (paid, &mut history.book) {
            (Ok(paid), Some(book)) => {
                let sale = paid.id;
                book.add_known(paid);
                self.open_order(sale);
            }
            (Err(e), _) => self.fail(e),
            (Ok(_), None) => {}
        }
    }

    /// Shows one sale of those that are held.
    pub(super) fn open_order(&mut self, sale: SaleId) {
        if let Stage::History(history) = &mut self.desk.stage
            && let Some(paid) = history.book.as_ref().and_then(|book| book.find(sale))
        {
            let own = paid.proof.is_none();
            history.opened = Some(Opened { sale, step: Step::Shown });
            if own {
                self.want_code(sale);
            }
        }
    }

    /// The code of a sale of this till is to be shown. Nothing waits for it.
    pub(super) fn want_code(&mut self, sale: SaleId) {
        if self.desk.code.as_ref().is_none_or(|(of, _)| *of != sale) {
            self.effects.push(Effect::MakeReceiptCode(sale));
        }
    }
}
