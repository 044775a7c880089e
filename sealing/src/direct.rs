//! One small message to one recipient's key: HPKE base mode (RFC 9180, 6.1), DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
//! AES-256-GCM. It carries the journal key to the server, and back to a till where somebody enters a first PIN; and which receipt a
//! customer asks for.
//!
//! Layout: version (1 byte, `1`), encapsulated key (32 bytes), ciphertext, tag (16 bytes).

use hpke::aead::AesGcm256;
use zeroize::Zeroizing;

use crate::{
    aead::TAG_LEN,
    error::{OpenError, SealError},
    kem::{self, HkdfSha256},
    key::Key,
    outbox::server_keys::{generate, public},
    random::Random,
};

const VERSION: u8 = 1;
const ENCAPSULATED_LEN: usize = 32;

/// The most that one message may hold, bytes.
pub const MAX_PLAIN: usize = 64 * 1024;

/// The most that may stand in the clear beside it, bytes.
pub const MAX_AAD: usize = 4 * 1024;

/// What the message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A till's journal key, kept by the server.
    Escrow,
    /// The journal key on its way to a till where a first PIN is set.
    FirstPin,
    /// Which receipt a customer's link leads to.
    Receipt,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Escrow => b"barrow/direct/escrow/v1",
            Self::FirstPin => b"barrow/direct/first-pin/v1",
            Self::Receipt => b"barrow/direct/receipt/v1",
        }
    }
}

/// Seals `plain` to the holder of `public` (32 bytes, X25519). `aad` is bound to it and is not part of it.
///
/// # Errors
/// [`SealError::PublicKey`]; [`SealError::TooLong`] over [`MAX_PLAIN`] or [`MAX_AAD`].
pub fn seal_to(public: &[u8], purpose: Purpose, aad: &[u8], plain: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, SealError> {
    for (limit, found) in [(MAX_PLAIN, plain.len()), (MAX_AAD, aad.len())] {
        if found > limit {
            return Err(SealError::TooLong { limit, found });
        }
    }
    let kem::Sender { encapsulated, mut context } =
        kem::to::<AesGcm256, HkdfSha256, kem::X25519>(public, purpose.info(), random).map_err(|_| SealError::PublicKey)?;
    let sealed = context.seal(plain, aad).map_err(|_| SealError::PublicKey)?;
    Ok([&[VERSION], encapsulated.as_slice(), &sealed].concat())
}

/// Opens what [`seal_to`] made for the holder of `private`, with the same purpose and `aad`.
///
/// # Errors
/// [`OpenError::Length`], [`OpenError::Version`], [`OpenError::Encapsulated`], [`OpenError::Refused`].
pub fn open(private: &Key, purpose: Purpose, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    if sealed.len() > 1 + ENCAPSULATED_LEN + MAX_PLAIN + TAG_LEN || aad.len() > MAX_AAD {
        return Err(OpenError::Length);
    }
    let (version, rest) = sealed.split_first().ok_or(OpenError::Length)?;
    if *version != VERSION {
        return Err(OpenError::Version(*version));
    }
    let (encapsulated, body) = rest.split_first_chunk::<ENCAPSULATED_LEN>().ok_or(OpenError::Length)?;
    let mut context = kem::from::<AesGcm256, HkdfSha256, kem::X25519>(private.expose(), encapsulated, purpose.info())
        .map_err(|_| OpenError::Encapsulated)?;
    context.open(body, aad).map(Zeroizing::new).map_err(|_| OpenError::Refused)
}

/// A key pair for one answer: the private key, and the 32 public bytes to send with the question.
#[must_use]
pub fn make_reply_key(random: &mut dyn Random) -> (Key, Vec<u8>) {
    let private = generate::<kem::X25519>(random);
    let public = public::<kem::X25519>(&private);
    (private, public)
}
