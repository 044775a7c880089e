//! Where the journal lies: what a till needs of a store, in memory for tests and in IndexedDB for real.
//!
//! | table | key | value |
//! |---|---|---|
//! | meta | a name | heads, acknowledgements and marks, in clear: numbers and hashes only, and what is set for the printer; the draft, the hot-card list and pictures, sealed |
//! | journal | life, seq | `1` and the entry sealed under the journal key; `2` and the entry sealed under the device's key, written while nobody was signed in; `0` and a hash, where the entry is lost |
//! | outbox | life, seq | an encoded `wire::Record`, sealed to the server |
//! | quarantine | a name | what could not be read, as it was found |
//!
//! Every change says what shall be, so that doing it twice is doing it once.

use std::fmt;

use barrow_core::{
    ids::{Epoch, Seq, TillId},
    journal::Head,
    wire::Record,
};

pub use crate::database::StorageError;
use crate::wait::Later;

mod indexed;
mod memory;

pub use indexed::IndexedStore;
pub use memory::MemoryStore;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// Small things with names.
    Meta,
    /// The till's own copy of each entry.
    Journal,
    /// What goes to the server.
    Outbox,
    /// What could not be read.
    Quarantine,
}

/// One life of a till: its number, and its epoch. A tablet may hold what several of them left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Life {
    /// The till.
    pub till: TillId,
    /// Its epoch.
    pub epoch: Epoch,
}

impl From<&Head> for Life {
    fn from(head: &Head) -> Life {
        Life { till: head.till, epoch: head.epoch }
    }
}

impl From<&Record> for Life {
    fn from(record: &Record) -> Life {
        Life { till: record.till, epoch: record.epoch }
    }
}

/// As in names: `till.epoch`.
impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.till, self.epoch)
    }
}

/// Where a value stands in a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// In `Meta` and `Quarantine`.
    Name(String),
    /// In `Journal` and `Outbox`.
    Place(Life, Seq),
}

/// One change of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This value shall stand there.
    Put(Table, Key, Vec<u8>),
    /// Nothing shall stand there.
    Delete(Table, Key),
    /// Nothing shall stand in this life up to and with this place.
    DeleteUpTo(Table, Life, Seq),
}

impl Change {
    /// [`Change::Put`] under a name.
    pub fn name(table: Table, name: impl Into<String>, value: Vec<u8>) -> Change {
        Change::Put(table, Key::Name(name.into()), value)
    }

    /// [`Change::Put`] at a place.
    pub fn place(table: Table, life: Life, seq: Seq, value: Vec<u8>) -> Change {
        Change::Put(table, Key::Place(life, seq), value)
    }
}

/// Keys and their values, read later.
pub type Rows<'a, K> = Later<'a, Result<Vec<(K, Vec<u8>)>, StorageError>>;

/// A store of bytes with transactions.
pub trait Store {
    /// Makes all `changes`, or none. With `strict`, they are on the disk when this answers.
    fn transact<'a>(&'a self, strict: bool, changes: &'a [Change]) -> Later<'a, Result<(), StorageError>>;

    /// The value at `key`.
    fn get<'a>(&'a self, table: Table, key: &'a Key) -> Later<'a, Result<Option<Vec<u8>>, StorageError>>;

    /// At most `limit` values of a life from `from` on, ascending.
    fn places(&self, table: Table, life: Life, from: Seq, limit: u32) -> Rows<'_, Seq>;

    /// The places of a life from `from` on, ascending.
    fn place_keys(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<Vec<Seq>, StorageError>>;

    /// How many values a life has from `from` on.
    fn count(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<u64, StorageError>>;

    /// The values whose names begin with `prefix`, by name.
    fn names<'a>(&'a self, table: Table, prefix: &'a str) -> Rows<'a, String>;

    /// Goes up whenever the connection was lost and made again: what was written before may be gone then.
    fn generation(&self) -> u64;

    /// Lets the connection go; the next use opens it again.
    fn close(&self);
}
