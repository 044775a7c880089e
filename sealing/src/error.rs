//! What can go wrong. None of these carries a secret, and none says why a seal did not open: an attacker learns only "no".

use thiserror::Error;

use crate::MAX_BYTES;

/// Bytes that are not what they should be, or a value that cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Longer than [`MAX_BYTES`].
    #[error("{found} bytes are more than the {MAX_BYTES} that one message may have")]
    TooLong {
        /// The length found, bytes.
        found: usize,
    },
    /// A field of fixed length has another length.
    #[error("{expected} bytes were expected and {found} were found")]
    Length {
        /// The only right length, bytes.
        expected: usize,
        /// The length found, bytes.
        found: usize,
    },
    /// Not CBOR, or not the shape that was asked for.
    #[error("the data cannot be read: {0}")]
    Malformed(String),
    /// A whole value, and then something more.
    #[error("there is more data after the end of the message")]
    Trailing,
    /// Not a COSE_Sign1 message with exactly the header that Barrow writes.
    #[error("this is not a signed message of the only kind that is accepted here")]
    NotOurs,
}

/// Why something was not sealed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// Longer than this envelope may hold.
    #[error("{found} bytes are more than the {limit} that this envelope may hold")]
    TooLong {
        /// The most that it may hold, bytes.
        limit: usize,
        /// The length found, bytes.
        found: usize,
    },
    /// The store's name is empty, too long, or has a character that could blur the binding.
    #[error("a store's name is 1 to 64 printable ASCII characters without '|'")]
    StoreName,
    /// The receiver's public key is not a key of the suite.
    #[error("the receiver's public key cannot be used")]
    PublicKey,
    /// The hash to bind to is not the hash of what is sealed.
    #[error("the hash is not that of the entry to be sealed")]
    HashMismatch,
    /// PBKDF2 rounds out of bounds.
    #[error("the number of PIN derivation rounds is out of bounds")]
    Rounds,
}

/// Why something sealed was not opened.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Too short or too long to be this envelope.
    #[error("the sealed record has an impossible length")]
    Length,
    /// A version that this program does not know: probably written by a newer one.
    #[error("the sealed record has version {0}, which this program does not know")]
    Version(u8),
    /// Wrong key, wrong place, or changed bytes: which of them cannot be told apart.
    #[error("the sealed record does not open: wrong key, wrong place, or changed")]
    Refused,
    /// The store's name cannot be part of a binding, so that nothing was ever sealed under it.
    #[error("a store's name is 1 to 64 printable ASCII characters without '|'")]
    StoreName,
    /// The encapsulated key is not one of the suite.
    #[error("the encapsulated key cannot be used")]
    Encapsulated,
    /// The seal is whole, but what was inside has another hash than the record claims.
    #[error("the opened entry does not have the hash that its record claims")]
    HashMismatch,
    /// PBKDF2 rounds out of bounds.
    #[error("the number of PIN derivation rounds is out of bounds")]
    Rounds,
}

/// A signature that is not the key's signature over these bytes, or a key that is not a P-256 point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the signature is not valid")]
pub struct BadSignature;

/// Why a signed message was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// It cannot be read.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// It can be read, and is not signed by this key for this domain.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}
