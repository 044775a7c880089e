//! The processor's end.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Header, JweError, MAX_HEADER, MAX_PLAIN, RSA_BYTES};
use crate::{
    aead::{self, TAG_LEN},
    key::Key,
};

/// A JWE of the only kind that is accepted, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The protected header. To be believed only once [`Parsed::open`] has succeeded.
    pub header: Header,
    compact: Compact,
}

/// Reads a JWE, every part within its limits and in its only spelling.
///
/// # Errors
/// [`JweError`], all but [`JweError::Refused`].
pub fn parse(jwe: &str) -> Result<Parsed, JweError> {
    let compact = Compact::parse(jwe)?;
    compact.algorithm()?;
    let header = compact.header()?;
    Ok(Parsed { header, compact })
}

impl Parsed {
    /// The CEK under the processor's RSA key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.compact.encrypted_key
    }

    /// What was sealed, if `cek` is the key and nothing was changed.
    ///
    /// # Errors
    /// [`JweError::Refused`].
    pub fn open(&self, cek: &Key) -> Result<Zeroizing<Vec<u8>>, JweError> {
        self.compact.open(cek)
    }
}

/// The five parts, decoded, whatever the algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Compact {
    /// As it was written: this is the associated data.
    protected: String,
    header: Vec<u8>,
    encrypted_key: Vec<u8>,
    iv: [u8; 12],
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

impl Compact {
    fn parse(jwe: &str) -> Result<Self, JweError> {
        // Five parts in base64url, and four dots.
        const LIMIT: usize = (MAX_HEADER + *RSA_BYTES.end() + 12 + MAX_PLAIN + TAG_LEN + 5 * 3) / 3 * 4 + 4;
        if jwe.len() > LIMIT {
            return Err(JweError::Length);
        }
        let mut parts = jwe.split('.');
        let mut next = || parts.next().ok_or(JweError::Length);
        let (protected, encrypted_key, iv, ciphertext, tag) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(JweError::Length);
        }
        let header = decoded(protected)?;
        let tag: [u8; TAG_LEN] = decoded(tag)?.try_into().map_err(|_| JweError::Length)?;
        let iv = decoded(iv)?.try_into().map_err(|_| JweError::Length)?;
        let mut sealed = decoded(ciphertext)?;
        if header.len() > MAX_HEADER || sealed.len() > MAX_PLAIN {
            return Err(JweError::Length);
        }
        sealed.extend_from_slice(&tag);
        Ok(Self { protected: protected.to_owned(), header, encrypted_key: decoded(encrypted_key)?, iv, sealed })
    }

    /// Are `alg` and `enc` ours? Asked before the rest of the header is looked at.
    fn algorithm(&self) -> Result<(), JweError> {
        #[derive(Deserialize)]
        struct Algorithms<'a> {
            alg: &'a str,
            enc: &'a str,
        }
        let read: Algorithms<'_> = serde_json::from_slice(&self.header).map_err(|_| JweError::Header)?;
        if (read.alg, read.enc) != ("RSA-OAEP-256", "A256GCM") {
            return Err(JweError::Algorithm);
        }
        if RSA_BYTES.contains(&self.encrypted_key.len()) { Ok(()) } else { Err(JweError::Length) }
    }

    fn header(&self) -> Result<Header, JweError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields<'a> {
            #[serde(rename = "alg")]
            _alg: &'a str,
            #[serde(rename = "enc")]
            _enc: &'a str,
            kid: &'a str,
            payment: &'a str,
            amount: i64,
            currency: &'a str,
            shop: u64,
            till: u64,
        }
        let read: Fields<'_> = serde_json::from_slice(&self.header).map_err(|_| JweError::Header)?;
        let header = Header {
            kid: read.kid.to_owned(),
            payment: payment(read.payment).ok_or(JweError::Header)?,
            amount: read.amount,
            currency: read.currency.to_owned(),
            shop: read.shop,
            till: read.till,
        };
        // One header has one spelling: no white space, no other order, no other way to write a number.
        if header.to_json()?.as_bytes() == self.header { Ok(header) } else { Err(JweError::Header) }
    }

    fn open(&self, cek: &Key) -> Result<Zeroizing<Vec<u8>>, JweError> {
        aead::open(cek, &self.iv, self.protected.as_bytes(), &self.sealed).map_err(|_| JweError::Refused)
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, JweError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| JweError::Encoding)
}

fn payment(hex: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()));
        *byte = high? << 4 | low?;
    }
    Some(out)
}
