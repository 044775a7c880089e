//! The store in IndexedDB.

use barrow_core::ids::Seq;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbFactory, IdbKeyRange};

use super::{Change, Key, Life, Rows, StorageError, Store, Table};
use crate::{
    database::{Database, Write},
    wait::Later,
};

/// The version of the schema below. Versions only add stores.
const VERSION: u32 = 1;
const STORES: [&str; 4] = [name(Table::Meta), name(Table::Journal), name(Table::Outbox), name(Table::Quarantine)];

const fn name(table: Table) -> &'static str {
    match table {
        Table::Meta => "meta",
        Table::Journal => "journal",
        Table::Outbox => "outbox",
        Table::Quarantine => "quarantine",
    }
}

/// IndexedDB, one database a till.
pub struct IndexedStore {
    database: Database,
}

impl IndexedStore {
    /// Names the database; it is opened at the first use.
    pub fn new(factory: IdbFactory, database: &str) -> IndexedStore {
        IndexedStore { database: Database::new(factory.into(), database, database, VERSION, &STORES) }
    }
}

impl Store for IndexedStore {
    fn transact<'a>(&'a self, strict: bool, changes: &'a [Change]) -> Later<'a, Result<(), StorageError>> {
        Box::pin(async move {
            let writes = changes.iter().map(to_write).collect::<Result<Vec<_>, _>>()?;
            self.database.write(strict, &writes).await
        })
    }

    fn get<'a>(&'a self, table: Table, key: &'a Key) -> Later<'a, Result<Option<Vec<u8>>, StorageError>> {
        Box::pin(async move {
            let range = IdbKeyRange::only(&to_js(key)).map_err(|_| bad_key())?;
            let rows = self.database.read(name(table), Some(range), 1).await?;
            Ok(rows.into_iter().next().map(|(_, value)| to_bytes(&value)))
        })
    }

    fn places(&self, table: Table, life: Life, from: Seq, limit: u32) -> Rows<'_, Seq> {
        Box::pin(async move {
            let rows = self.database.read(name(table), Some(places_from(life, from)?), limit).await?;
            Ok(rows.into_iter().map(|(key, value)| (to_seq(&key), to_bytes(&value))).collect())
        })
    }

    fn place_keys(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<Vec<Seq>, StorageError>> {
        Box::pin(async move {
            let keys = self.database.keys(name(table), places_from(life, from)?).await?;
            Ok(keys.iter().map(to_seq).collect())
        })
    }

    fn count(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<u64, StorageError>> {
        Box::pin(async move { self.database.count(name(table), places_from(life, from)?).await })
    }

    fn names<'a>(&'a self, table: Table, prefix: &'a str) -> Rows<'a, String> {
        Box::pin(async move {
            let range = IdbKeyRange::bound(&prefix.into(), &format!("{prefix}\u{ffff}").into()).map_err(|_| bad_key())?;
            let rows = self.database.read(name(table), Some(range), u32::MAX).await?;
            Ok(rows.into_iter().filter_map(|(key, value)| Some((key.as_string()?, to_bytes(&value)))).collect())
        })
    }

    fn generation(&self) -> u64 {
        self.database.openings()
    }

    fn close(&self) {
        self.database.close();
    }
}

fn to_write(change: &Change) -> Result<Write, StorageError> {
    Ok(match change {
        Change::Put(table, key, value) => {
            Write::Put { store: name(*table), key: to_js(key), value: Uint8Array::from(value.as_slice()).into() }
        }
        Change::Delete(table, key) => Write::Delete { store: name(*table), key: to_js(key) },
        Change::DeleteUpTo(table, life, upto) => Write::DeleteRange { store: name(*table), range: places(*life, Seq(0), *upto)? },
    })
}

fn to_js(key: &Key) -> JsValue {
    match key {
        Key::Name(name) => name.into(),
        Key::Place(life, seq) => {
            let numbers = [life.till.0 as f64, f64::from(life.epoch.0), seq.0 as f64];
            numbers.map(JsValue::from_f64).iter().collect::<Array>().into()
        }
    }
}

fn to_seq(key: &JsValue) -> Seq {
    Seq(key.unchecked_ref::<Array>().get(2).as_f64().unwrap_or(0.0) as u64)
}

fn to_bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

fn places_from(life: Life, from: Seq) -> Result<IdbKeyRange, StorageError> {
    // Numbers are exact up to here; a till at one sale a second gets there in 285 million years.
    places(life, from, Seq(js_sys::Number::MAX_SAFE_INTEGER as u64))
}

fn places(life: Life, from: Seq, to: Seq) -> Result<IdbKeyRange, StorageError> {
    IdbKeyRange::bound(&to_js(&Key::Place(life, from)), &to_js(&Key::Place(life, to))).map_err(|_| bad_key())
}

fn bad_key() -> StorageError {
    StorageError::Failed("a key that IndexedDB does not take".into())
}
