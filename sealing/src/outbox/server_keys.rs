//! The server's end: its private keys, and what they open.

use std::fmt;

use hpke::{Deserializable, Kem, Serializable, aead::ExportOnlyAead};
use zeroize::Zeroizing;

use super::{EXPORTER_CONTEXT, INFO, RecordBinding, Suite, VERSION};
use crate::{
    aead,
    direct::{self, Purpose},
    error::{CodecError, OpenError},
    hash,
    kem::{self, HkdfSha256},
    key::Key,
    random::{Handed, Random},
};

/// The server's private keys, one a suite: tills of both kinds can always be opened.
#[derive(Clone)]
pub struct ServerKeys {
    x25519: Key,
    /// X-Wing's seed (draft-connolly-cfrg-xwing-kem, 5.2).
    xwing: Key,
}

impl ServerKeys {
    /// New keys from fresh randomness.
    #[must_use]
    pub fn generate(random: &mut dyn Random) -> Self {
        ServerKeys { x25519: generate::<kem::X25519>(random), xwing: generate::<kem::XWing>(random) }
    }

    /// Both private keys, 64 bytes, for the server's own key store: X25519's, then X-Wing's seed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([self.x25519.expose().as_slice(), self.xwing.expose()].concat())
    }

    /// Reads what [`ServerKeys::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CodecError::Length`] for anything but 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        match bytes.split_first_chunk::<32>() {
            Some((x25519, xwing)) if xwing.len() == 32 => {
                Ok(ServerKeys { x25519: Key::new(*x25519), xwing: Key::from_slice(xwing)? })
            }
            _ => Err(CodecError::Length { expected: 64, found: bytes.len() }),
        }
    }

    /// The public key that tills seal to: 32 bytes for [`Suite::X25519`], 1,216 for [`Suite::XWing`].
    #[must_use]
    pub fn public(&self, suite: Suite) -> Vec<u8> {
        match suite {
            Suite::X25519 => public::<kem::X25519>(&self.x25519),
            Suite::XWing => public::<kem::XWing>(&self.xwing),
        }
    }

    /// Opens one record.
    ///
    /// # Errors
    /// As [`ServerKeys::opener`] and [`Opener::open`].
    pub fn open(&self, suite: Suite, encapsulated: &[u8], binding: &RecordBinding, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.opener(suite, encapsulated)?.open(binding, sealed)
    }

    /// Decapsulates once for all the records of a session.
    ///
    /// # Errors
    /// [`OpenError::Encapsulated`] if it is no encapsulated key of `suite`. A well-formed one for another server only shows
    /// when a record does not open.
    pub fn opener(&self, suite: Suite, encapsulated: &[u8]) -> Result<Opener, OpenError> {
        let export_secret = match suite {
            Suite::X25519 => decapsulate::<kem::X25519>(&self.x25519, encapsulated)?,
            Suite::XWing => decapsulate::<kem::XWing>(&self.xwing, encapsulated)?,
        };
        Ok(Opener { export_secret })
    }

    /// Opens a small message that was sealed to [`Suite::X25519`]'s public key by [`direct::seal_to`].
    ///
    /// # Errors
    /// As [`direct::open`].
    pub fn open_direct(&self, purpose: Purpose, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        direct::open(&self.x25519, purpose, aad, sealed)
    }
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKeys(…)")
    }
}

/// The server's end of one session.
pub struct Opener {
    export_secret: Key,
}

impl Opener {
    /// Opens one record of the session; any, in any order.
    ///
    /// # Errors
    /// [`OpenError::Version`], [`OpenError::Length`], [`OpenError::Refused`]; [`OpenError::HashMismatch`] if a till sealed another
    /// entry than its record names.
    pub fn open(&self, binding: &RecordBinding, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (version, body) = sealed.split_first().ok_or(OpenError::Length)?;
        if *version != VERSION {
            return Err(OpenError::Version(*version));
        }
        let key = binding.key(&self.export_secret);
        let mut signed = aead::open(&key, &binding.nonce(), binding.associated_data().as_bytes(), body)?;
        if hash::sha256(&signed) != binding.hash {
            return Err(OpenError::HashMismatch);
        }
        Ok(std::mem::take(&mut *signed))
    }
}

impl Opener {
    /// Opens what travels beside an entry.
    ///
    /// # Errors
    /// [`OpenError::Version`], [`OpenError::Length`], [`OpenError::Refused`].
    pub fn open_beside(&self, binding: &RecordBinding, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (version, body) = sealed.split_first().ok_or(OpenError::Length)?;
        if *version != VERSION {
            return Err(OpenError::Version(*version));
        }
        let key = binding.beside_key(&self.export_secret);
        let mut plain = aead::open(&key, &binding.nonce(), binding.beside().as_bytes(), body)?;
        Ok(std::mem::take(&mut *plain))
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener(…)")
    }
}

pub(crate) fn generate<K: Kem>(random: &mut dyn Random) -> Key {
    let (private, _) = K::gen_keypair_with_rng(&mut Handed(random));
    let mut key = Zeroizing::new([0; 32]);
    private.write_exact(key.as_mut_slice());
    Key::new(*key)
}

/// The public half of a private key. Both suites read any 32 bytes as a private key, so there is always one.
pub(crate) fn public<K: Kem>(private: &Key) -> Vec<u8> {
    K::PrivateKey::from_bytes(private.expose()).map(|key| K::sk_to_pk(&key).to_bytes().to_vec()).unwrap_or_default()
}

fn decapsulate<K: Kem>(private: &Key, encapsulated: &[u8]) -> Result<Key, OpenError> {
    let context =
        kem::from::<ExportOnlyAead, HkdfSha256, K>(private.expose(), encapsulated, INFO).map_err(|_| OpenError::Encapsulated)?;
    let mut secret = Zeroizing::new([0; 32]);
    context.export(EXPORTER_CONTEXT, secret.as_mut_slice()).map_err(|_| OpenError::Encapsulated)?;
    Ok(Key::new(*secret))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::outbox::Sealer;

    /// A till that lies about its entry's hash cannot be built from [`Sealer`], so the record is sealed here by hand.
    #[test]
    fn a_record_that_names_another_entry_is_refused() {
        let keys = ServerKeys::generate(&mut |out: &mut [u8]| out.fill(1));
        let sealer = Sealer::new(Suite::X25519, &keys.public(Suite::X25519), &mut |out: &mut [u8]| out.fill(2)).unwrap();
        let opener = keys.opener(Suite::X25519, sealer.encapsulated()).unwrap();
        let binding = RecordBinding { shop: 1, till: 2, epoch: 3, seq: 4, hash: [9; 32] };
        assert_eq!(sealer.seal(&binding, b"entry"), Err(crate::error::SealError::HashMismatch));
        let mut sealed = vec![VERSION];
        let (key, ad) = (binding.key(&opener.export_secret), binding.associated_data());
        aead::seal_onto(&mut sealed, &key, &binding.nonce(), ad.as_bytes(), b"entry").unwrap();
        assert_eq!(opener.open(&binding, &sealed), Err(OpenError::HashMismatch));
    }
}
