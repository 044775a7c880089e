//! The till's end of a session.

use std::fmt;

use hpke::{Kem, aead::ExportOnlyAead};

use super::{EXPORTER_CONTEXT, INFO, RecordBinding, Suite, VERSION};
use crate::{
    MAX_BYTES,
    aead::{self, TAG_LEN},
    error::SealError,
    hash,
    kem::{self, HkdfSha256},
    key::Key,
    random::Random,
};

/// Seals entries to the server for one session (a shift, or one start of the page). The secret is overwritten when this is
/// dropped, and never leaves it.
pub struct Sealer {
    suite: Suite,
    encapsulated: Vec<u8>,
    export_secret: Key,
}

impl Sealer {
    /// Begins a session to the holder of `server_public`, a public key of `suite`.
    ///
    /// # Errors
    /// [`SealError::PublicKey`] if it is no such key.
    pub fn new(suite: Suite, server_public: &[u8], random: &mut dyn Random) -> Result<Self, SealError> {
        let (encapsulated, export_secret) = match suite {
            Suite::X25519 => encapsulate::<kem::X25519>(server_public, random)?,
            Suite::XWing => encapsulate::<kem::XWing>(server_public, random)?,
        };
        Ok(Sealer { suite, encapsulated, export_secret })
    }

    /// What the server needs to open this session's records, beside its private key. Not secret.
    #[must_use]
    pub fn encapsulated(&self) -> &[u8] {
        &self.encapsulated
    }

    /// The suite of this session.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Seals one signed entry.
    ///
    /// # Errors
    /// [`SealError::HashMismatch`] if `binding.hash` is not SHA-256 of `signed`; [`SealError::TooLong`] over [`MAX_BYTES`].
    pub fn seal(&self, binding: &RecordBinding, signed: &[u8]) -> Result<Vec<u8>, SealError> {
        if hash::sha256(signed) != binding.hash {
            return Err(SealError::HashMismatch);
        }
        let mut out = Vec::with_capacity(1 + signed.len().min(MAX_BYTES) + TAG_LEN);
        out.push(VERSION);
        let key = binding.key(&self.export_secret);
        aead::seal_onto(&mut out, &key, &binding.nonce(), binding.associated_data().as_bytes(), signed)?;
        Ok(out)
    }
}

impl Sealer {
    /// Seals what travels beside the entry of `binding`, which must hold a digest of it.
    ///
    /// # Errors
    /// [`SealError::TooLong`] over [`MAX_BYTES`].
    pub fn seal_beside(&self, binding: &RecordBinding, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut out = Vec::with_capacity(1 + plain.len().min(MAX_BYTES) + TAG_LEN);
        out.push(VERSION);
        let key = binding.beside_key(&self.export_secret);
        aead::seal_onto(&mut out, &key, &binding.nonce(), binding.beside().as_bytes(), plain)?;
        Ok(out)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("suite", &self.suite).finish_non_exhaustive()
    }
}

fn encapsulate<K: Kem>(public: &[u8], random: &mut dyn Random) -> Result<(Vec<u8>, Key), SealError> {
    let kem::Sender { encapsulated, context } =
        kem::to::<ExportOnlyAead, HkdfSha256, K>(public, INFO, random).map_err(|_| SealError::PublicKey)?;
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    context.export(EXPORTER_CONTEXT, secret.as_mut_slice()).map_err(|_| SealError::PublicKey)?;
    Ok((encapsulated, Key::new(*secret)))
}
