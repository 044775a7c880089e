//! What a receipt's link holds, sealed to the server: which sale, and a part of its entry's hash, which nobody knows but who was
//! there. Without that, whoever has the server's public key could ask for one receipt after the other.

use super::bytes::{Reader, push_number};
use crate::{bytes::Hash, ids::SaleId};

/// How much of the hash stands in it, bytes.
pub const SECRET_LEN: usize = 16;

/// Which receipt is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The sale.
    pub sale: SaleId,
    /// The first bytes of its entry's hash.
    pub secret: [u8; SECRET_LEN],
}

impl Link {
    /// To the sale whose entry has this hash.
    pub fn to(sale: SaleId, entry: &Hash) -> Link {
        let mut secret = [0; SECRET_LEN];
        secret.copy_from_slice(&entry.0[..SECRET_LEN]);
        Link { sale, secret }
    }

    /// The bytes that are sealed: till, epoch and seq (LEB128), then the secret.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [self.sale.till.0, u64::from(self.sale.epoch.0), self.sale.seq.0] {
            push_number(&mut out, number);
        }
        out.extend_from_slice(&self.secret);
        out
    }

    /// Reads what [`Link::to_bytes`] wrote.
    pub fn read(bytes: &[u8]) -> Option<Link> {
        let mut reader = Reader(bytes);
        let link = Link { sale: reader.sale()?, secret: reader.array()? };
        reader.0.is_empty().then_some(link)
    }

    /// Is it to the sale whose entry has this hash?
    pub fn is_to(&self, entry: &Hash) -> bool {
        // In constant time, so that no answer tells how much of a guess is right.
        self.secret.iter().zip(&entry.0).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}
