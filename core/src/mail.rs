//! Where a receipt is to be sent. An address is a person's, and the chain is for ever: so the entry holds a hash, and what it is of
//! travels beside it, sealed to the server like the entry itself, and is forgotten there once the receipt was sent.

use std::fmt;

use thiserror::Error;

use crate::bytes::Hash;

/// An e-mail address, as RFC 5321 has it in common use: no quotes, no comments, at most 254 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// What was typed is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("Type an e-mail address such as name@example.org.")]
pub struct BadAddress;

/// The longest address, bytes (RFC 5321, 4.5.3.1.3 less the brackets).
pub const ADDRESS_MAX: usize = 254;
/// The longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LOCAL_MAX: usize = 64;
/// Random bytes before the address: without them, who has the chain could try addresses.
const SALT: usize = 16;

impl Address {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(BadAddress)?;
        let local_fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
        let label = |label: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            (1..=63).contains(&label.len()) && label.chars().all(fits) && !label.starts_with('-') && !label.ends_with('-')
        };
        let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
        let good = text.len() <= ADDRESS_MAX
            && (1..=LOCAL_MAX).contains(&local.len())
            && local.chars().all(local_fits)
            && !dots(local)
            && domain.contains('.')
            && domain.split('.').all(label);
        if good { Ok(Address(text.to_owned())) } else { Err(BadAddress) }
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address is a person's: it stands in no log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// What goes to the server beside the entry that asks for a receipt: salt and address.
#[derive(Clone, PartialEq, Eq)]
pub struct MailTo(Vec<u8>);

impl fmt::Debug for MailTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailTo(…)")
    }
}

impl MailTo {
    /// `salt` is random.
    pub fn new(salt: [u8; SALT], address: &Address) -> MailTo {
        MailTo([salt.as_slice(), address.0.as_bytes()].concat())
    }

    /// What the entry holds of it.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// The bytes that are sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The address in bytes that were sealed, if they are what the entry's `hash` is of.
    pub fn open(bytes: &[u8], hash: Hash) -> Option<Address> {
        let address = std::str::from_utf8(bytes.get(SALT..)?).ok()?;
        (Hash::of(bytes) == hash).then(|| Address::parse(address).ok())?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn addresses_are_read_and_nothing_else_is() {
        for good in ["a@b.de", " Anna.Maria+till@shop.example.org ", "o'neil@x-y.museum"] {
            assert_eq!(Address::parse(good).unwrap().as_str(), good.trim());
        }
        let long = format!("{}@b.de", "a".repeat(65));
        for bad in
            ["", "a", "a@b", "@b.de", "a@", "a@b..de", ".a@b.de", "a b@c.de", "a@b.de\nBcc: x@y.de", "a@-b.de", "<a@b.de>", &long]
        {
            assert_eq!(Address::parse(bad), Err(BadAddress), "{bad:?}");
        }
    }

    #[test]
    fn what_goes_beside_an_entry_belongs_to_it() {
        let address = Address::parse("a@b.de").unwrap();
        let to = MailTo::new([7; 16], &address);
        assert_eq!(MailTo::open(to.bytes(), to.hash()), Some(address.clone()));
        assert_eq!(MailTo::open(to.bytes(), MailTo::new([8; 16], &address).hash()), None, "another request's");
        assert_eq!(format!("{to:?} {address:?}"), "MailTo(…) Address(…)");
    }
}
