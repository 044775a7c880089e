//! A store that forgets: for tests, and the model that IndexedDB is held against.

use std::{cell::RefCell, collections::BTreeMap};

use barrow_core::ids::Seq;

use super::{Change, Key, Life, Rows, StorageError, Store, Table};
use crate::wait::Later;

/// A store in memory.
#[derive(Default)]
pub struct MemoryStore {
    rows: RefCell<BTreeMap<(Table, Key), Vec<u8>>>,
}

impl Store for MemoryStore {
    fn transact<'a>(&'a self, _strict: bool, changes: &'a [Change]) -> Later<'a, Result<(), StorageError>> {
        let mut rows = self.rows.borrow_mut();
        for change in changes {
            match change {
                Change::Put(table, key, value) => {
                    rows.insert((*table, key.clone()), value.clone());
                }
                Change::Delete(table, key) => {
                    rows.remove(&(*table, key.clone()));
                }
                Change::DeleteUpTo(table, life, upto) => rows.retain(|(in_table, key), _| {
                    in_table != table || !matches!(key, Key::Place(l, seq) if l == life && seq <= upto)
                }),
            }
        }
        answer(())
    }

    fn get<'a>(&'a self, table: Table, key: &'a Key) -> Later<'a, Result<Option<Vec<u8>>, StorageError>> {
        answer(self.rows.borrow().get(&(table, key.clone())).cloned())
    }

    fn places(&self, table: Table, life: Life, from: Seq, limit: u32) -> Rows<'_, Seq> {
        answer(self.of_life(table, life, from).into_iter().take(limit as usize).collect())
    }

    fn place_keys(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<Vec<Seq>, StorageError>> {
        answer(self.of_life(table, life, from).into_iter().map(|(seq, _)| seq).collect())
    }

    fn count(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<u64, StorageError>> {
        answer(self.of_life(table, life, from).len() as u64)
    }

    fn names<'a>(&'a self, table: Table, prefix: &'a str) -> Rows<'a, String> {
        let rows = self.rows.borrow();
        answer(
            rows.iter()
                .filter_map(|((in_table, key), value)| match key {
                    Key::Name(name) if *in_table == table && name.starts_with(prefix) => Some((name.clone(), value.clone())),
                    _ => None,
                })
                .collect(),
        )
    }

    fn generation(&self) -> u64 {
        1
    }

    fn close(&self) {}
}

impl MemoryStore {
    fn of_life(&self, table: Table, life: Life, from: Seq) -> Vec<(Seq, Vec<u8>)> {
        self.rows
            .borrow()
            .range((table, Key::Place(life, from))..=(table, Key::Place(life, Seq(u64::MAX))))
            .filter_map(|((_, key), value)| match key {
                Key::Place(_, seq) => Some((*seq, value.clone())),
                Key::Name(_) => None,
            })
            .collect()
    }
}

fn answer<'a, T: 'a>(value: T) -> Later<'a, Result<T, StorageError>> {
    Box::pin(std::future::ready(Ok(value)))
}
