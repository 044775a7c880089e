//! Signed messages: COSE_Sign1 (RFC 9052, 4.2), tagged, ES256 (RFC 9053, 2.1), in one fixed shape.
//!
//! `18([ << {1: -7} >>, {}, payload, signature ])`, every length in its shortest form. Nothing else is read, so payload and
//! signature determine each byte of the message, and checking a signature never re-serialises anything. The domain is
//! the `external_aad` (RFC 9052, 4.3): a signature for one domain says nothing in another.

use crate::{MAX_BYTES, error::CodecError};

#[cfg(feature = "ecdsa")]
mod es256;
#[cfg(feature = "ecdsa")]
pub use es256::{SigningKey, verify, verify_message};

/// Length of an ES256 signature (r and s, IEEE P1363), bytes.
pub const SIGNATURE_LEN: usize = 64;

/// The protected header: the map {alg (1): ES256 (-7)}.
const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x26];
/// Tag 18, an array of four, the protected header as a byte string, an empty unprotected header.
const OPENING: [u8; 7] = [0xd2, 0x84, 0x43, PROTECTED[0], PROTECTED[1], PROTECTED[2], 0xa0];
/// The head of a byte string of 64 bytes.
const SIGNATURE_HEAD: [u8; 2] = [0x58, 64];

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Domain {
    /// A till's journal entry.
    Journal,
    /// The server's record of an enrolment.
    Enrolment,
    /// The server's configuration for a till.
    Config,
    /// The server's acknowledgement: nothing else removes an entry from a till.
    Ack,
    /// The server's answer to a first PIN.
    FirstPin,
    /// What became of a till's card payments, in the server's words.
    Payments,
    /// What a till states of a sale on its receipt. Of the message only payload and signature are printed.
    Receipt,
    /// Levels of stock, in the server's words.
    Stock,
    /// What changed among customers, in the server's words.
    Customers,
    /// The server's word on a gift card.
    Gift,
}

impl Domain {
    /// All of them.
    pub const ALL: [Domain; 10] = [
        Self::Journal,
        Self::Enrolment,
        Self::Config,
        Self::Ack,
        Self::FirstPin,
        Self::Payments,
        Self::Receipt,
        Self::Gift,
        Self::Stock,
        Self::Customers,
    ];

    /// The `external_aad`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Journal => "barrow/journal/v1",
            Self::Enrolment => "barrow/enrolment/v1",
            Self::Config => "barrow/config/v1",
            Self::Ack => "barrow/ack/v1",
            Self::FirstPin => "barrow/first-pin/v1",
            Self::Payments => "barrow/payments/v1",
            Self::Receipt => "barrow/receipt/v1",
            Self::Stock => "barrow/stock/v1",
            Self::Customers => "barrow/customers/v1",
            Self::Gift => "barrow/gift/v1",
        }
    }
}

/// The bytes to be signed (`Sig_structure`, RFC 9052, 4.4): ECDSA P-256 with SHA-256 goes over these.
#[must_use]
pub fn to_be_signed(domain: Domain, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + payload.len());
    out.push(0x84);
    out.push(0x6a);
    out.extend_from_slice(b"Signature1");
    push_byte_string(&mut out, &PROTECTED);
    push_byte_string(&mut out, domain.as_str().as_bytes());
    push_byte_string(&mut out, payload);
    out
}

/// The message of a payload and its signature.
///
/// # Errors
/// [`CodecError::TooLong`] over [`MAX_BYTES`].
pub fn assemble(payload: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<Vec<u8>, CodecError> {
    let out = write(payload, signature);
    if out.len() > MAX_BYTES { Err(CodecError::TooLong { found: out.len() }) } else { Ok(out) }
}

/// A message that has the right shape. Its signature is not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// Exactly the bytes that were signed over.
    pub payload: Vec<u8>,
    /// r and s (IEEE P1363), as WebCrypto gives and takes them.
    pub signature: [u8; SIGNATURE_LEN],
}

impl Signed {
    /// What the signature must be over, if the message belongs to `domain`.
    #[must_use]
    pub fn to_be_signed(&self, domain: Domain) -> Vec<u8> {
        to_be_signed(domain, &self.payload)
    }
}

impl std::fmt::Debug for Signed {
    /// Without the payload: it may be a sale.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signed").field("payload_bytes", &self.payload.len()).finish_non_exhaustive()
    }
}

/// Reads a message: exactly the bytes that [`assemble`] writes, and nothing else.
///
/// # Errors
/// [`CodecError::TooLong`]; [`CodecError::NotOurs`] for another header, algorithm, form or length; [`CodecError::Trailing`].
pub fn parse(bytes: &[u8]) -> Result<Signed, CodecError> {
    if bytes.len() > MAX_BYTES {
        return Err(CodecError::TooLong { found: bytes.len() });
    }
    let rest = bytes.strip_prefix(&OPENING).ok_or(CodecError::NotOurs)?;
    let (length, rest) = byte_string_head(rest).ok_or(CodecError::NotOurs)?;
    let (payload, rest) = rest.split_at_checked(length).ok_or(CodecError::NotOurs)?;
    let rest = rest.strip_prefix(&SIGNATURE_HEAD).ok_or(CodecError::NotOurs)?;
    let (signature, rest) = rest.split_first_chunk().ok_or(CodecError::NotOurs)?;
    if !rest.is_empty() {
        return Err(CodecError::Trailing);
    }
    Ok(Signed { payload: payload.to_vec(), signature: *signature })
}

fn write(payload: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Vec<u8> {
    let mut out = Vec::with_capacity(OPENING.len() + 5 + payload.len() + SIGNATURE_HEAD.len() + SIGNATURE_LEN);
    out.extend_from_slice(&OPENING);
    push_byte_string(&mut out, payload);
    out.extend_from_slice(&SIGNATURE_HEAD);
    out.extend_from_slice(signature);
    out
}

/// Major type 2 with the length in its shortest form (RFC 8949, 4.2.1).
fn push_byte_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len();
    if let Ok(length) = u8::try_from(length) {
        if length < 24 {
            out.push(0x40 | length);
        } else {
            out.extend_from_slice(&[0x58, length]);
        }
    } else if let Ok(length) = u16::try_from(length) {
        out.push(0x59);
        out.extend_from_slice(&length.to_be_bytes());
    } else if let Ok(length) = u32::try_from(length) {
        out.push(0x5a);
        out.extend_from_slice(&length.to_be_bytes());
    } else {
        out.push(0x5b);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
    out.extend_from_slice(bytes);
}

/// A byte string's length, only in its shortest form, and what follows.
fn byte_string_head(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first()?;
    let (length, least, rest) = match head {
        0x40..=0x57 => (u32::from(head & 0x1f), 0, rest),
        0x58 => rest.split_first().map(|(length, rest)| (u32::from(*length), 24, rest))?,
        0x59 => rest.split_first_chunk().map(|(length, rest)| (u32::from(u16::from_be_bytes(*length)), 0x100, rest))?,
        0x5a => rest.split_first_chunk().map(|(length, rest)| (u32::from_be_bytes(*length), 0x1_0000, rest))?,
        _ => return None,
    };
    if length < least { None } else { Some((usize::try_from(length).ok()?, rest)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use coset::{CborSerializable, CoseSign1, TaggedCborSerializable};

    use super::*;

    /// coset, written by others, reads what we write, writes the same, and would sign the same bytes.
    #[test]
    fn coset_agrees() {
        for length in [0, 1, 23, 24, 255, 256, 65_535, 65_536, 70_000] {
            let payload = vec![0x5a; length];
            let ours = assemble(&payload, &[7; 64]).unwrap();
            let theirs = CoseSign1::from_tagged_slice(&ours).unwrap();
            assert_eq!(theirs.protected.header.alg, Some(coset::Algorithm::Assigned(coset::iana::Algorithm::ES256)));
            assert_eq!(theirs.payload.as_deref(), Some(payload.as_slice()));
            for domain in Domain::ALL {
                assert_eq!(theirs.tbs_data(domain.as_str().as_bytes()), to_be_signed(domain, &payload));
            }
            assert_eq!(theirs.to_tagged_vec().unwrap(), ours);
            assert_eq!(parse(&ours).unwrap(), Signed { payload, signature: [7; 64] });
        }
    }

    #[test]
    fn other_headers_algorithms_and_forms_are_refused() {
        let good = assemble(b"payload", &[7; 64]).unwrap();
        assert!(parse(&good).is_ok());
        let untagged = CoseSign1::from_tagged_slice(&good).unwrap().to_vec().unwrap();
        assert_eq!(parse(&untagged), Err(CodecError::NotOurs));
        let mut es384 = good.clone();
        es384[5] = 0x38;
        assert_eq!(parse(&es384), Err(CodecError::NotOurs));
        let long_form = [&good[..7], b"\x58\x07payload", &good[15..]].concat();
        assert_eq!(CoseSign1::from_tagged_slice(&long_form).unwrap().payload.unwrap(), b"payload");
        assert_eq!(parse(&long_form), Err(CodecError::NotOurs));
        assert_eq!(parse(&[good.as_slice(), &[0]].concat()), Err(CodecError::Trailing));
        assert_eq!(parse(&good[..good.len() - 1]), Err(CodecError::NotOurs));
        assert_eq!(parse(b""), Err(CodecError::NotOurs));
    }

    #[test]
    fn too_long_is_refused_both_ways() {
        assert!(matches!(assemble(&vec![0; MAX_BYTES], &[0; 64]), Err(CodecError::TooLong { .. })));
        assert!(matches!(parse(&vec![0; MAX_BYTES + 1]), Err(CodecError::TooLong { .. })));
    }

    #[test]
    fn debug_keeps_the_payload_to_itself() {
        let signed = Signed { payload: b"a sale".to_vec(), signature: [7; 64] };
        assert_eq!(format!("{signed:?}"), "Signed { payload_bytes: 6, .. }");
    }
}
