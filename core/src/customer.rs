//! Customers, as far as a shop knows them: a name, and an e-mail address or a telephone number where somebody gave one.
//!
//! The journal can never forget, and a customer can ask to be forgotten. So no entry holds what is known of a person: it holds a
//! random [`CustomerId`] and a digest of that under a random salt. Both, data and salt, travel beside the entry ([`Beside`]) and
//! are kept beside the journal. Once they are destroyed, nobody can tell from the digest whom it was of, and the chain is whole.

use std::{collections::BTreeMap, rc::Rc};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::{Blob, Hash},
    ids::{CustomerId, Epoch, ShopId, TillId},
};

/// The most characters of a name, and of an e-mail address.
pub const WORDS_MAX: usize = 80;
/// The most customers that a till is told of, and keeps: the others are found in the office.
pub const KEPT_MAX: usize = 1_000;

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What they are called; never empty.
    pub name: String,
    /// Their e-mail address; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Their telephone number; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
}

/// Somebody new, as it was typed.
#[derive(Clone)]
pub struct Typed {
    /// Sixteen random bytes.
    pub id: CustomerId,
    /// Thirty-two more.
    pub salt: [u8; 32],
    /// Their name.
    pub name: String,
    /// Their e-mail address, if any.
    pub email: String,
    /// Their telephone number, if any.
    pub phone: String,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typed").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why something is no customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPerson {
    /// No name, or one that is too long.
    #[error("Type the customer's name, up to 80 characters.")]
    Name,
    /// No e-mail address.
    #[error("This is no e-mail address. Leave it empty if there is none.")]
    Email,
    /// No telephone number.
    #[error("This is no telephone number. Leave it empty if there is none.")]
    Phone,
}

impl Person {
    /// Reads what was typed.
    ///
    /// # Errors
    /// [`BadPerson`].
    pub fn parse(name: &str, email: &str, phone: &str) -> Result<Person, BadPerson> {
        let fits = |text: &str| text.chars().count() <= WORDS_MAX && !text.chars().any(char::is_control);
        let (name, email, phone) = (name.trim(), email.trim(), phone.trim());
        if name.is_empty() || !fits(name) {
            return Err(BadPerson::Name);
        }
        let is_address = |text: &str| {
            let is_domain = |text: &str| text.contains('.') && text.split('.').all(|label| !label.is_empty());
            let parts = text.split_once('@').filter(|(one, other)| !one.is_empty() && is_domain(other) && !other.contains('@'));
            parts.is_some() && fits(text) && !text.contains(char::is_whitespace)
        };
        if !email.is_empty() && !is_address(email) {
            return Err(BadPerson::Email);
        }
        let person = Person { name: name.to_owned(), email: email.to_owned(), phone: phone.to_owned() };
        let digits = person.phone_key().len();
        let is_written = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '(' | ')' | '.'));
        if !phone.is_empty() && (!is_written || !(5..=20).contains(&digits)) {
            return Err(BadPerson::Phone);
        }
        Ok(person)
    }

    /// What two spellings of one e-mail address have in common: no case. Empty for none.
    pub fn email_key(&self) -> String {
        self.email.trim().to_lowercase()
    }

    /// What two spellings of one telephone number have in common: its digits, with `00` in front for `+`. Empty for none.
    pub fn phone_key(&self) -> String {
        let digits: String = self.phone.chars().filter(char::is_ascii_digit).collect();
        if self.phone.trim_start().starts_with('+') { format!("00{digits}") } else { digits }
    }

    /// Does `typed` stand in any of it, whatever the case?
    pub fn fits(&self, typed: &str) -> bool {
        let typed = typed.trim().to_lowercase();
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let is_number = digits.len() >= 3 && typed.chars().all(|c| !c.is_alphabetic());
        self.name.to_lowercase().contains(&typed)
            || self.email.to_lowercase().contains(&typed)
            || is_number && self.phone_key().contains(&digits)
    }
}

/// That something was written down of a customer: what the journal keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Whom it is of.
    pub id: CustomerId,
    /// [`Beside::proof`].
    pub proof: Hash,
    /// The data itself, on its way: never in the signed bytes.
    #[serde(skip)]
    pub beside: Option<Beside>,
}

/// What travels and is kept beside a [`Saved`], and is destroyed when the person asks for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// 32 random bytes, used once.
    pub salt: Blob,
    /// Who it is.
    pub person: Person,
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beside(…)")
    }
}

impl Beside {
    /// SHA-256 of the salt and the data: `barrow/customer/v1`, and then each of salt, name, address and number after its length (4
    /// bytes, big endian).
    pub fn proof(&self) -> Hash {
        let Person { name, email, phone } = &self.person;
        let mut bytes = b"barrow/customer/v1".to_vec();
        for part in [self.salt.0.as_slice(), name.as_bytes(), email.as_bytes(), phone.as_bytes()] {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Hash::of(&bytes)
    }

    /// What the journal keeps of it.
    pub fn of(id: CustomerId, salt: [u8; 32], person: Person) -> Saved {
        let beside = Beside { salt: Blob(salt.to_vec()), person };
        Saved { id, proof: beside.proof(), beside: Some(beside) }
    }
}

/// A customer as the server tells tills of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Their id; of several that turned out to be one person, the smallest.
    pub id: CustomerId,
    /// The others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<CustomerId>,
    /// Who it is.
    pub person: Person,
    /// The server's version of it; 0 for what it has not told yet.
    pub version: u64,
}

/// What changed among customers: signed by the server, domain `barrow/customers/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerNews {
    /// Format.
    pub v: u8,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// Up to which version it goes, in which epoch of the server.
    pub now: Place,
    /// At most [`KEPT_MAX`], the newest.
    pub changed: Vec<Customer>,
    /// Who was erased since.
    pub erased: Vec<CustomerId>,
}

/// Up to where a till was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The server's epoch: after a restore, everything is told anew.
    pub server_epoch: u32,
    /// The version.
    pub version: u64,
}

/// The customers that a till knows. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    known: Rc<BTreeMap<CustomerId, Customer>>,
    aliases: Rc<BTreeMap<CustomerId, CustomerId>>,
}

impl Directory {
    /// Of what was kept.
    pub fn of(customers: impl IntoIterator<Item = Customer>) -> Directory {
        let mut directory = Directory::default();
        customers.into_iter().for_each(|customer| directory.put(customer));
        directory
    }

    /// Adds a customer, or what is new of one.
    pub fn put(&mut self, customer: Customer) {
        let (known, aliases) = (Rc::make_mut(&mut self.known), Rc::make_mut(&mut self.aliases));
        aliases.remove(&customer.id);
        for alias in &customer.aliases {
            known.remove(alias);
            aliases.insert(*alias, customer.id);
        }
        known.insert(customer.id, customer);
    }

    /// Forgets a customer.
    pub fn remove(&mut self, id: CustomerId) {
        Rc::make_mut(&mut self.known).remove(&id);
        Rc::make_mut(&mut self.aliases).retain(|alias, of| *alias != id && *of != id);
    }

    /// The customer with this id, or with which it turned out to be one.
    pub fn find(&self, id: CustomerId) -> Option<&Customer> {
        self.known.get(self.aliases.get(&id).unwrap_or(&id))
    }

    /// The customers that `typed` fits, by name, at most so many.
    pub fn search(&self, typed: &str, most: usize) -> Vec<&Customer> {
        let mut found: Vec<&Customer> = self.known.values().filter(|customer| customer.person.fits(typed)).collect();
        found.sort_by_cached_key(|customer| customer.person.name.to_lowercase());
        found.truncate(most);
        found
    }

    /// All of them, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Customer> {
        self.known.values()
    }

    /// Those that are too many, oldest first: what the server has not told yet is not among them.
    pub fn too_many(&self) -> Vec<CustomerId> {
        let mut told: Vec<&Customer> = self.known.values().filter(|customer| customer.version > 0).collect();
        told.sort_by_key(|customer| customer.version);
        let surplus = told.len().saturating_sub(KEPT_MAX);
        told.into_iter().take(surplus).map(|customer| customer.id).collect()
    }
}
