//! What stays on the tablet: AES-256-GCM, bound to what it is and where it belongs.
//!
//! Layout: version (1 byte, `1`), nonce (12 bytes), ciphertext, tag (16 bytes). The associated data is
//! `barrow/<namespace>/v1|<shop>|<till>|<store>|<seq>`, so that a record moved to another place does not open there.

use zeroize::Zeroizing;

use crate::{
    MAX_BYTES,
    aead::{self, TAG_LEN},
    error::{OpenError, SealError},
    key::Key,
};

const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;

/// What a sealed record adds to the length of its contents, bytes.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

/// The kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// A journal entry.
    Journal,
    /// The signed configuration (catalogue, taxes, rules).
    Config,
    /// The staff roster, which is readable before anybody's PIN.
    Roster,
    /// An unfinished cart.
    Draft,
    /// The model's projection up to some entry.
    Snapshot,
    /// The journal key itself, wrapped for one member of staff.
    JournalKey,
    /// A hot-card list.
    HotList,
    /// A product's picture, or the list of those that are kept.
    Picture,
    /// Levels of stock.
    Stock,
    /// A customer.
    Customer,
}

impl Namespace {
    /// All of them.
    pub const ALL: [Namespace; 10] = [
        Self::Journal,
        Self::Config,
        Self::Roster,
        Self::Draft,
        Self::Snapshot,
        Self::JournalKey,
        Self::HotList,
        Self::Picture,
        Self::Stock,
        Self::Customer,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Config => "config",
            Self::Roster => "roster",
            Self::Draft => "draft",
            Self::Snapshot => "snapshot",
            Self::JournalKey => "journal-key",
            Self::HotList => "hot-list",
            Self::Picture => "picture",
            Self::Stock => "stock",
            Self::Customer => "customer",
        }
    }
}

/// Where a record belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The shop's number.
    pub shop: u64,
    /// The till's number.
    pub till: u64,
    /// The store that keeps it: 1 to 64 printable ASCII characters without `|`.
    pub store: &'a str,
    /// The journal's sequence number, or the record's number or version in its store.
    pub seq: u64,
}

/// Seals `plain`. `nonce` is 12 fresh random bytes: one key must not see the same ones twice, so at most 2^32 records a key
/// (NIST SP 800-38D, 8.3).
///
/// # Errors
/// [`SealError::StoreName`]; [`SealError::TooLong`] over [`MAX_BYTES`].
pub fn seal(key: &Key, namespace: Namespace, binding: &Binding<'_>, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let ad = associated_data(namespace, binding).ok_or(SealError::StoreName)?;
    let mut out = Vec::with_capacity(plain.len().min(MAX_BYTES) + OVERHEAD);
    out.push(VERSION);
    out.extend_from_slice(&nonce);
    aead::seal_onto(&mut out, key, &nonce, ad.as_bytes(), plain)?;
    Ok(out)
}

/// Opens what [`seal`] made with the same key, namespace and binding.
///
/// # Errors
/// [`OpenError::Version`] from a newer program; [`OpenError::Refused`] for a wrong key, place or byte; [`OpenError::Length`];
/// [`OpenError::StoreName`].
pub fn open(key: &Key, namespace: Namespace, binding: &Binding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let ad = associated_data(namespace, binding).ok_or(OpenError::StoreName)?;
    let (version, rest) = sealed.split_first().ok_or(OpenError::Length)?;
    if *version != VERSION {
        return Err(OpenError::Version(*version));
    }
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Length)?;
    aead::open(key, nonce, ad.as_bytes(), body)
}

fn associated_data(namespace: Namespace, binding: &Binding<'_>) -> Option<String> {
    let Binding { shop, till, store, seq } = binding;
    let named = (1..=64).contains(&store.len()) && store.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'|');
    named.then(|| format!("barrow/{}/v1|{shop}|{till}|{store}|{seq}", namespace.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(store: &str) -> Binding<'_> {
        Binding { shop: 1, till: 2, store, seq: 3 }
    }

    #[test]
    fn associated_data_reads_as_documented() {
        let ad = associated_data(Namespace::JournalKey, &place("staff"));
        assert_eq!(ad.as_deref(), Some("barrow/journal-key/v1|1|2|staff|3"));
    }

    #[test]
    fn a_name_that_could_blur_the_binding_is_refused() {
        let key = Key::new([1; 32]);
        for name in ["", "a|1", "a b", "caf\u{e9}", "a\n", &"x".repeat(65)] {
            assert_eq!(seal(&key, Namespace::Draft, &place(name), [0; 12], b""), Err(SealError::StoreName), "{name:?}");
            assert_eq!(open(&key, Namespace::Draft, &place(name), &[1; 40]), Err(OpenError::StoreName), "{name:?}");
        }
        assert!(seal(&key, Namespace::Draft, &place(&"x".repeat(64)), [0; 12], b"").is_ok());
    }

    #[test]
    fn a_newer_version_is_named() {
        assert_eq!(open(&Key::new([1; 32]), Namespace::Draft, &place("a"), &[2; 40]), Err(OpenError::Version(2)));
    }
}
