//! The port to a card processor: what the server asks of one, whoever it is.

use barrow_core::{bytes::Blob, card::Outcome, ids::PaymentId};
use thiserror::Error;

/// Why a processor did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The request never got there: no connection could be made.
    #[error("the processor cannot be reached: {0}")]
    Unreached(String),
    /// It may have got there and been acted on: the connection broke, the answer took too long or makes no sense, or it says that
    /// it is busy or broken.
    #[error("the processor's answer is not known: {0}")]
    Unknown(String),
    /// It got there, and the same request will be refused again.
    #[error("the processor refuses it: {0}")]
    Refused(String),
}

/// A public key as the processor publishes it (RFC 7517, `RSA`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its name.
    pub kid: String,
    /// The modulus, big endian.
    pub n: Vec<u8>,
    /// The public exponent, big endian.
    pub e: Vec<u8>,
}

/// The processor's hot-card list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotList {
    /// When it was made, milliseconds since 1970 UTC.
    pub made_at_ms: i64,
    /// How many cards are on it.
    pub entries: u32,
    /// The key of its tokens, 32 bytes.
    pub key: Blob,
    /// The filter.
    pub filter: Vec<u8>,
}

/// A processor. `key` is the idempotency key: asked again with it, a processor says again what it said before.
pub trait Processor: Send + Sync + 'static {
    /// Asks for a payment whose card and amount stand in `jwe`.
    fn authorize(&self, key: PaymentId, jwe: &str) -> impl Future<Output = Result<Outcome, Fault>> + Send;

    /// Takes a payment back. One that the processor has not seen yet it will decline when it comes.
    fn reverse(&self, key: PaymentId) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The keys that may be sealed to, the one to use first. Never empty.
    fn keys(&self) -> impl Future<Output = Result<Vec<PublicKey>, Fault>> + Send;

    /// The hot-card list, if there is one.
    fn hot_list(&self) -> impl Future<Output = Result<Option<HotList>, Fault>> + Send;
}
