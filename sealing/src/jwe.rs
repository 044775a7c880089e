//! What the processor alone can open: JWE in compact serialisation (RFC 7516, 7.1), `RSA-OAEP-256` and `A256GCM` (RFC 7518, 4.3 and
//! 5.3), with what is paid in the protected header, so that a card sealed for one payment opens for no other.
//!
//! RSA stays outside. A browser makes a fresh content encryption key (CEK), wraps it by WebCrypto under the processor's
//! [`PublicKey`], and hands both in; the processor parses, unwraps with its own RSA, and opens.
//!
//! `<header> . <encrypted key> . <IV, 12 bytes> . <ciphertext> . <tag, 16 bytes>`, each in base64url without padding.

use base64ct::{Base64UrlUnpadded, Encoding};
use thiserror::Error;

use crate::{aead, key::Key};

mod header;
mod jwk;
#[cfg(feature = "jwe-open")]
mod open;

pub use header::Header;
pub use jwk::PublicKey;
#[cfg(feature = "jwe-open")]
pub use open::{Parsed, parse};

/// The most that is sealed, bytes: a card with a chip's data is under 5,000.
pub const MAX_PLAIN: usize = 8 * 1024;

/// The longest protected header, bytes of JSON.
pub const MAX_HEADER: usize = 1024;

/// RSA moduli from 2048 to 8192 bits, bytes.
pub const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Why a JWE was not made, not read or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JweError {
    /// Not five parts, or a part too long or too short.
    #[error("the sealed card data has an impossible length")]
    Length,
    /// Not base64url without padding (RFC 7515, 2), each value in its only spelling.
    #[error("the sealed card data is not base64url")]
    Encoding,
    /// Another `alg` or `enc`.
    #[error("the card data is sealed in a way that is not accepted here")]
    Algorithm,
    /// The header is not the one that Barrow writes: a field is missing, double, unknown or impossible.
    #[error("the sealed card data's header cannot be read")]
    Header,
    /// The processor's key is no RSA public key of 2048 to 8192 bits.
    #[error("the processor's key cannot be used")]
    PublicKey,
    /// Wrong key or changed bytes: which of them cannot be told apart.
    #[error("the sealed card data does not open: wrong key, or changed")]
    Refused,
}

/// Seals `plaintext`. `cek` and `iv` are fresh random bytes, used for this one message; `encrypted_key` is `cek` under the
/// processor's key (RSA-OAEP with SHA-256 and MGF1 with SHA-256, no label).
///
/// # Errors
/// [`JweError::Header`] for a header that [`Header::check`] refuses; [`JweError::Length`].
pub fn seal(header: &Header, cek: &Key, encrypted_key: &[u8], iv: &[u8; 12], plaintext: &[u8]) -> Result<String, JweError> {
    let json = header.to_json()?;
    if plaintext.len() > MAX_PLAIN || !RSA_BYTES.contains(&encrypted_key.len()) {
        return Err(JweError::Length);
    }
    // RFC 7516, 5.1, step 14: the associated data is the header as it is written, in base64url.
    let mut out = Base64UrlUnpadded::encode_string(json.as_bytes());
    let mut sealed = Vec::new();
    aead::seal_onto(&mut sealed, cek, iv, out.as_bytes(), plaintext).map_err(|_| JweError::Length)?;
    let (ciphertext, tag) = sealed.split_last_chunk::<{ aead::TAG_LEN }>().ok_or(JweError::Length)?;
    for part in [encrypted_key, iv, ciphertext, tag] {
        out.push('.');
        out.push_str(&Base64UrlUnpadded::encode_string(part));
    }
    Ok(out)
}
