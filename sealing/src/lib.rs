//! Keys and envelopes: everything that Barrow seals, signs or derives, pure and synchronous.
//!
//! This crate knows no browser, no clock, no disk, and makes no randomness: whoever calls it hands in random bytes. Raw
//! primitives stay private; what is public is an envelope with its own namespace, its own version and a frozen test vector
//! (`tests/frozen.rs`), so that a record of one kind can never be opened as another.
//!
//! | envelope | from, to | what |
//! |---|---|---|
//! | [`local`] | tablet to itself | AES-256-GCM, bound to namespace, shop, till, store and number |
//! | [`outbox`] | tablet to server | one HPKE encapsulation a session, AES-256-GCM a record |
//! | [`direct`] | one small message to one key | HPKE base mode, X25519 |
//! | [`cose`] | signer to verifier | COSE_Sign1, ES256 |
//! | [`jwe`] | till to processor | JWE, RSA-OAEP-256 (outside) and A256GCM, what is paid in the protected header |
//! | [`kek`] | PIN, passkey or both to journal key | HKDF-SHA-256 over PBKDF2's result, the device secret and the PRF's output |
//!
//! Beside the envelopes stand what is sealed in them and judged before: [`card`] has the readers' reports parsed, [`hot_list`] the
//! cards that are not to be taken.

pub mod card;
pub mod cbor;
pub mod cose;
pub mod direct;
pub mod error;
pub mod hash;
pub mod hot_list;
pub mod jwe;
pub mod kek;
pub mod key;
pub mod local;
pub mod outbox;

mod aead;
mod derive;
mod kem;
#[cfg(test)]
mod published;
mod random;

pub use key::Key;
pub use random::Random;

/// The most that any one envelope may hold, in bytes (32 MiB): a configuration with 100,000 products takes about a third of it. What is
/// longer is refused before anything is allocated for it.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
