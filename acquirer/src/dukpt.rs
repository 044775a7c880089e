//! Derived unique key per transaction: how a reader and its processor come to the same key for one swipe, from a base
//! derivation key (BDK) that only the processor holds and a key serial number (KSN) that the reader sends along.
//!
//! [`tdes`] is ANSI X9.24-1 (10-byte KSN, two-key TDES), [`aes`] is ANSI X9.24-3 (12-byte KSN). Both are tested to the byte
//! against published vectors. Readers encrypt in CBC with a zero IV: [`cbc`].

pub mod aes;
pub mod cbc;
pub mod tdes;

use thiserror::Error;

/// Why there is no key for a KSN, or no clear text for a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DukptError {
    /// The counter is zero, or has more bits set than a reader ever uses.
    #[error("the key serial number's counter is none that a reader uses")]
    Counter,
    /// A key has a length that its algorithm does not have.
    #[error("a key has the wrong length")]
    KeyLength,
    /// A ciphertext is empty or not of whole blocks.
    #[error("a ciphertext is not of whole blocks")]
    Blocks,
}

/// What both parts of X9.24 say of counters: none is zero, and only those with at most `bits_max` bits set are used, so that a
/// host needs at most so many derivations.
fn check_counter(counter: u32, bits_max: u32) -> Result<(), DukptError> {
    if counter == 0 || counter.count_ones() > bits_max { Err(DukptError::Counter) } else { Ok(()) }
}
