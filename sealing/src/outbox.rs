//! What goes to the server. Nobody on the tablet can open it again.
//!
//! One HPKE encapsulation (RFC 9180, base mode, export-only) a session gives an export secret at both ends. A record's key is
//! HKDF-SHA-256 of that secret with the record's whole binding as `info`; its nonce is four zero bytes and `seq`, big-endian; its
//! associated data is the binding again. The server can open any record alone, in any order, and twice.
//!
//! *Why a key a record:* a write can fail after sealing, and the next try gives the same `seq` to another entry. Under the
//! export secret itself that would be one nonce for two texts, which breaks AES-GCM. The binding holds the entry's hash, which
//! [`Sealer::seal`] checks, so that the same key and nonce can only ever meet the same bytes.
//!
//! Layout of a record: version (1 byte, `1`), ciphertext, tag (16 bytes).

use serde::{Deserialize, Serialize};

use crate::{derive, hash, key::Key};

mod sealer;
pub(crate) mod server_keys;

pub use sealer::Sealer;
pub use server_keys::{Opener, ServerKeys};

const VERSION: u8 = 1;
const INFO: &[u8] = b"barrow/outbox/v1";
const EXPORTER_CONTEXT: &[u8] = b"barrow outbox v1";

/// Which KEM encapsulates; the KDF is HKDF-SHA-256 and the AEAD export-only in both. Tills use X-Wing: it adds 7.5 KB to the
/// compressed wasm (measured by `brotli -q 11` after `wasm-opt -Oz`, 23.0 KB with X25519 alone). The server opens both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum Suite {
    /// DHKEM(X25519, HKDF-SHA256), RFC 9180's 0x0020: a public key of 32 bytes, an encapsulated key of 32.
    X25519 = 1,
    /// X-Wing, 0x647a, hybrid with ML-KEM-768: a public key of 1,216 bytes, an encapsulated key of 1,120.
    XWing = 2,
}

impl From<Suite> for u8 {
    fn from(suite: Suite) -> u8 {
        suite as u8
    }
}

/// A suite number that this program does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("suite {0} is not known here")]
pub struct UnknownSuite(pub u8);

impl TryFrom<u8> for Suite {
    type Error = UnknownSuite;

    fn try_from(number: u8) -> Result<Self, UnknownSuite> {
        match number {
            1 => Ok(Self::X25519),
            2 => Ok(Self::XWing),
            other => Err(UnknownSuite(other)),
        }
    }
}

/// Which record it is: all of this is in the clear beside it, and the seal is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordBinding {
    /// The shop's number.
    pub shop: u64,
    /// The till's number.
    pub till: u64,
    /// The till's life since its last enrolment.
    pub epoch: u32,
    /// The entry's place in the journal.
    pub seq: u64,
    /// SHA-256 of the signed entry.
    pub hash: [u8; 32],
}

impl RecordBinding {
    fn associated_data(&self) -> String {
        let RecordBinding { shop, till, epoch, seq, hash } = self;
        format!("barrow/outbox/v1|{shop}|{till}|{epoch}|{seq}|{}", hash::hex(hash))
    }

    /// Of what travels beside the entry, sealed by the same session: another text, so another key.
    fn beside(&self) -> String {
        self.associated_data().replacen("barrow/outbox/v1", "barrow/beside/v1", 1)
    }

    /// The key of what travels beside the entry. The entry's hash is in it, and the entry holds a digest of what is beside it: the
    /// same key and nonce meet the same bytes only.
    fn beside_key(&self, export_secret: &Key) -> Key {
        derive::key(b"", export_secret.expose(), self.beside().as_bytes())
    }

    fn nonce(&self) -> [u8; 12] {
        let [a, b, c, d, e, f, g, h] = self.seq.to_be_bytes();
        [0, 0, 0, 0, a, b, c, d, e, f, g, h]
    }

    fn key(&self, export_secret: &Key) -> Key {
        derive::key(b"", export_secret.expose(), self.associated_data().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binding_reads_as_documented() {
        let binding = RecordBinding { shop: 1, till: 2, epoch: 3, seq: 0x0102, hash: [0xab; 32] };
        assert_eq!(binding.associated_data(), format!("barrow/outbox/v1|1|2|3|258|{}", "ab".repeat(32)));
        assert_eq!(binding.nonce(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn suites_keep_their_numbers() {
        assert_eq!([Suite::X25519, Suite::XWing].map(u8::from), [1, 2]);
        assert_eq!([1, 2].map(Suite::try_from), [Ok(Suite::X25519), Ok(Suite::XWing)]);
        assert_eq!(Suite::try_from(3), Err(UnknownSuite(3)));
    }
}
