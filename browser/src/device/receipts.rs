//! Receipts' codes: what this till states of its sales, signed; and whether another till has signed what it seems to.

use barrow_core::{
    bytes::Blob,
    device::DeviceError,
    ids::SaleId,
    journal::Body,
    proof::{ReceiptProof, SignedProof, link::Link, text},
};
use barrow_sealing::{
    cose::{self, Domain},
    direct::{self, Purpose},
    outbox::Suite,
};

use super::{Device, journal::RowKeys, read_failed, roster::roster_key};
use crate::{
    random,
    store::{Key, Life, Table},
    webcrypto::{NotSigned, VerifyingKey},
};

impl Device {
    /// The code of a sale's receipt: a link at `origin`, and the proof behind it. The sale is read back from the journal, so that the
    /// code is of what was written.
    ///
    /// # Errors
    /// [`DeviceError::Damaged`]: this life's journal holds no such sale (any more).
    pub async fn receipt_code(&self, sale: SaleId, origin: &str) -> Result<String, DeviceError> {
        let till = self.enrolled()?;
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone()).ok_or(DeviceError::Locked)?;
        let head = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let life = Life::from(&head);
        if (sale.till, sale.epoch) != (life.till, life.epoch) {
            return Err(DeviceError::Damaged);
        }
        let row = self.inner.parts.store.get(Table::Journal, &Key::Place(life, sale.seq)).await.map_err(read_failed)?;
        let keys = &RowKeys { journal: &key, device: &roster_key(&till.keys).await? };
        let written = row.and_then(|row| super::journal::opened_row(keys, &head, sale.seq, &row)).ok_or(DeviceError::Damaged)?;
        let Body::Sale(body) = &written.entry.body else { return Err(DeviceError::Damaged) };

        let shop = written.entry.shop;
        let payload = ReceiptProof::of(shop, sale, written.hash, written.entry.at_ms, body).to_bytes();
        let signature = till.keys.signing.sign(&cose::to_be_signed(Domain::Receipt, &payload)).await;
        let signed = SignedProof { payload, signature: signature.map_err(|_| DeviceError::WriteFailed)? };
        let to = till.identity.record.seal_keys.iter().find(|key| key.suite == u8::from(Suite::X25519));
        let to = to.ok_or(DeviceError::Damaged)?;
        let link = Link::to(sale, &written.hash).to_bytes();
        let aad = shop.to_string();
        let link = direct::seal_to(&to.key.0, Purpose::Receipt, aad.as_bytes(), &link, &mut random::fill)
            .map_err(|_| DeviceError::Damaged)?;
        Ok(text::write(origin, &link, &signed))
    }

    /// Has this key, a P-256 point as the signed configuration holds it, signed this receipt?
    ///
    /// # Errors
    /// [`DeviceError::Damaged`]: WebCrypto does not take the key, or does not answer.
    pub async fn verify_receipt(&self, key: &Blob, signed: &SignedProof) -> Result<bool, DeviceError> {
        let key = VerifyingKey::read(&key.0).await.map_err(|_| DeviceError::Damaged)?;
        let message = cose::assemble(&signed.payload, &signed.signature).map_err(|_| DeviceError::Damaged)?;
        match key.payload(Domain::Receipt, &message).await {
            Ok(_) => Ok(true),
            Err(NotSigned::Forged) => Ok(false),
            Err(NotSigned::Crypto(_)) => Err(DeviceError::Damaged),
        }
    }
}
