//! One IndexedDB database: opened with time limits, opened again when the connection is lost, written to in short strict
//! transactions.
//!
//! What has bitten others (facts/failures): only `abort` tells of a full disk (row 23); the system may take the connection
//! away (25); another tab's older version blocks an upgrade, a newer one must be let through (27, 28); requests that never
//! answer (29). `idb` opens and makes the stores; the transactions go through web-sys, since `idb` has no durability option.

use std::{cell::Cell, cell::RefCell, rc::Rc};

use idb::{DatabaseEvent, ObjectStoreParams, Request};
use js_sys::{Array, Promise};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbTransaction};

use crate::{
    scope::{StorageBucket, StrictDatabase, StrictTransaction, error_name, object, scope},
    wait::{Counter, sleep, within},
};

/// How long a database may take to open, milliseconds.
const OPEN_MS: u32 = 10_000;
/// How often, and after how many milliseconds each, a database that cannot be opened is tried again.
const REOPENINGS: [u32; 2] = [200, 800];
/// How long a transaction may take, milliseconds.
const TRANSACTION_MS: u32 = 15_000;

/// Why the storage did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StorageError {
    /// No room: nothing was written.
    #[error("there is no room left")]
    Full,
    /// A newer version of Barrow has changed this database.
    #[error("the database was written by a newer version")]
    Newer,
    /// There is no such storage in this browser, or it is not allowed.
    #[error("the browser refuses its storage: {0}")]
    Refused(String),
    /// The connection was lost or the transaction aborted: nothing was written.
    #[error("the browser's storage failed: {0}")]
    Failed(String),
    /// No answer in time: whether something was written is not known.
    #[error("the browser's storage does not answer")]
    Silent,
}

/// One change. Each says what shall be, not what to add: doing it twice is doing it once.
pub(crate) enum Write {
    Put {
        store: &'static str,
        key: JsValue,
        value: JsValue,
    },
    Delete {
        store: &'static str,
        key: JsValue,
    },
    /// Every key in the range.
    DeleteRange {
        store: &'static str,
        range: IdbKeyRange,
    },
}

impl Write {
    fn store(&self) -> &'static str {
        match self {
            Write::Put { store, .. } | Write::Delete { store, .. } | Write::DeleteRange { store, .. } => store,
        }
    }
}

/// A database that opens when it is needed.
pub(crate) struct Database {
    factory: RefCell<IdbFactory>,
    name: String,
    version: u32,
    stores: &'static [&'static str],
    slot: Rc<RefCell<Option<IdbDatabase>>>,
    opening: Counter,
    openings: Cell<u64>,
}

impl Database {
    /// Names a database; `stores` are all that `version` has.
    pub(crate) fn new(factory: IdbFactory, name: &str, version: u32, stores: &'static [&'static str]) -> Database {
        Database {
            factory: RefCell::new(factory),
            name: name.to_owned(),
            version,
            stores,
            slot: Rc::default(),
            opening: Counter::default(),
            openings: Cell::new(0),
        }
    }

    /// How often it was opened: more than once means that the connection was lost in between.
    pub(crate) fn openings(&self) -> u64 {
        self.openings.get()
    }

    /// Lets the connection go; the next use opens it again.
    pub(crate) fn close(&self) {
        if let Some(database) = self.slot.borrow_mut().take() {
            database.close();
        }
    }

    /// Does all of `writes`, or none, and answers when it is done: on the disk, if `strict`.
    pub(crate) async fn write(&self, strict: bool, writes: &[Write]) -> Result<(), StorageError> {
        match self.write_once(strict, writes).await {
            // Doing it twice is doing it once, so that even an uncertain end may be tried again.
            Err(StorageError::Failed(_) | StorageError::Silent) => {
                self.close();
                self.write_once(strict, writes).await
            }
            result => result,
        }
    }

    /// Keys and values in `range` (all, without one), in order, at most `limit`.
    pub(crate) async fn read(
        &self,
        store: &'static str,
        range: Option<IdbKeyRange>,
        limit: u32,
    ) -> Result<Vec<(JsValue, JsValue)>, StorageError> {
        self.reading(store, async |objects: IdbObjectStore, done: JsFuture| {
            let range = range.as_ref().map_or(JsValue::UNDEFINED, JsValue::from);
            let keys = objects.get_all_keys_with_key_and_limit(&range, limit).map_err(failed)?;
            let values = objects.get_all_with_key_and_limit(&range, limit).map_err(failed)?;
            done.await.map_err(failed)?;
            let keys: Array = keys.result().map_err(failed)?.unchecked_into();
            let values: Array = values.result().map_err(failed)?.unchecked_into();
            Ok(keys.iter().zip(values.iter()).collect())
        })
        .await
    }

    /// Keys in `range`, in order.
    pub(crate) async fn keys(&self, store: &'static str, range: IdbKeyRange) -> Result<Vec<JsValue>, StorageError> {
        self.reading(store, async |objects: IdbObjectStore, done: JsFuture| {
            let keys = objects.get_all_keys_with_key(&range).map_err(failed)?;
            done.await.map_err(failed)?;
            Ok(keys.result().map_err(failed)?.unchecked_into::<Array>().iter().collect())
        })
        .await
    }

    /// How many keys are in `range`.
    pub(crate) async fn count(&self, store: &'static str, range: IdbKeyRange) -> Result<u64, StorageError> {
        self.reading(store, async |objects: IdbObjectStore, done: JsFuture| {
            let count = objects.count_with_key(&range).map_err(failed)?;
            done.await.map_err(failed)?;
            Ok(count.result().map_err(failed)?.as_f64().unwrap_or(0.0) as u64)
        })
        .await
    }

    async fn write_once(&self, strict: bool, writes: &[Write]) -> Result<(), StorageError> {
        let mut names: Vec<&'static str> = writes.iter().map(Write::store).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let (transaction, done) = self.begin(&names, "readwrite", strict).await?;
        for write in writes {
            let queued = transaction.object_store(write.store()).and_then(|objects| match write {
                Write::Put { key, value, .. } => objects.put_with_key(value, key),
                Write::Delete { key, .. } => objects.delete(key),
                Write::DeleteRange { range, .. } => objects.delete(range),
            });
            if let Err(error) = queued {
                let _ = transaction.abort();
                return Err(failed(error));
            }
        }
        // Not needed for success, but it spares a round through the event loop.
        let _ = transaction.unchecked_ref::<StrictTransaction>().commit_now();
        match within(TRANSACTION_MS, done).await {
            Some(Ok(_)) => Ok(()),
            // A full disk comes as an abort with its reason in the transaction, and in no other way.
            Some(Err(_)) => {
                Err(transaction.error().map_or_else(|| StorageError::Failed("aborted".into()), |reason| failed(reason.into())))
            }
            None => Err(StorageError::Silent),
        }
    }

    async fn reading<T>(
        &self,
        store: &'static str,
        read: impl AsyncFn(IdbObjectStore, JsFuture) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match self.read_once(store, &read).await {
            Err(StorageError::Failed(_) | StorageError::Silent) => {
                self.close();
                self.read_once(store, &read).await
            }
            result => result,
        }
    }

    async fn read_once<T>(
        &self,
        store: &'static str,
        read: &impl AsyncFn(IdbObjectStore, JsFuture) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let (transaction, done) = self.begin(&[store], "readonly", false).await?;
        let objects = transaction.object_store(store).map_err(failed)?;
        within(TRANSACTION_MS, read(objects, done)).await.unwrap_or(Err(StorageError::Silent))
    }

    async fn begin(&self, stores: &[&'static str], mode: &str, strict: bool) -> Result<(IdbTransaction, JsFuture), StorageError> {
        let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let options = object(&[("durability", if strict { "strict" } else { "default" }.into())]);
        let open = async || {
            let database = self.connection().await?;
            database.unchecked_ref::<StrictDatabase>().transaction(&names, mode, &options).map_err(failed)
        };
        let transaction = match open().await {
            // The connection was closed under us; nothing was begun yet.
            Err(StorageError::Failed(_)) => {
                self.close();
                open().await?
            }
            result => result?,
        };
        let done = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        });
        Ok((transaction, JsFuture::from(done)))
    }

    async fn connection(&self) -> Result<IdbDatabase, StorageError> {
        let _turn = self.opening.turn().await;
        if let Some(database) = self.slot.borrow().as_ref() {
            return Ok(database.clone());
        }
        let database = match self.open().await {
            Err(StorageError::Refused(reason)) if reason == "UnknownError" => self.open_elsewhere().await?,
            opened => opened?,
        };
        self.openings.set(self.openings.get() + 1);
        // A newer version, or somebody who deletes the database, must not wait for us for ever.
        let slot = self.slot.clone();
        let step_aside = Closure::<dyn Fn()>::new(move || {
            if let Some(database) = slot.borrow_mut().take() {
                database.close();
            }
        })
        .into_js_value();
        database.set_onversionchange(Some(step_aside.unchecked_ref()));
        database.set_onclose(Some(step_aside.unchecked_ref()));
        *self.slot.borrow_mut() = Some(database.clone());
        Ok(database)
    }

    /// Chromium can neither open nor delete a database whose files are damaged in the wrong place (LevelDB's `CURRENT`), now
    /// or ever. What can be had again then goes into a bucket beside it; the damaged files stay as they are.
    async fn open_elsewhere(&self) -> Result<IdbDatabase, StorageError> {
        for ms in REOPENINGS {
            sleep(ms).await;
            if let Ok(database) = self.open().await {
                return Ok(database);
            }
        }
        match bucket_factory(&format!("{}-beside", self.name)).await? {
            Some(factory) => *self.factory.borrow_mut() = factory,
            None => return Err(StorageError::Refused("UnknownError".into())),
        }
        self.open().await
    }

    async fn open(&self) -> Result<IdbDatabase, StorageError> {
        let factory = self.factory.borrow().clone();
        let mut request = idb::Factory::from(factory)
            .open(&self.name, Some(self.version))
            .map_err(|error| StorageError::Refused(error.to_string()))?;
        let stores = self.stores;
        // Versions only ever add stores: nothing is deleted here, whatever an older or newer version had.
        request.on_upgrade_needed(move |event| {
            let Ok(database) = event.database() else { return };
            let there = database.store_names();
            for store in stores.iter().filter(|store| !there.iter().any(|name| name == *store)) {
                let _ = database.create_object_store(store, ObjectStoreParams::new());
            }
        });
        let opened = Promise::new(&mut |resolve, reject| {
            request.on_success(move |_| {
                let _ = resolve.call0(&JsValue::NULL);
            });
            request.on_error(move |_| {
                let _ = reject.call0(&JsValue::NULL);
            });
        });
        match within(OPEN_MS, JsFuture::from(opened.clone())).await {
            Some(Ok(_)) => request.database().map(IdbDatabase::from).map_err(|error| StorageError::Failed(error.to_string())),
            Some(Err(_)) => {
                let reason = request.error().ok().flatten().map_or(JsValue::NULL, JsValue::from);
                Err(match error_name(&reason).as_str() {
                    "VersionError" => StorageError::Newer,
                    "QuotaExceededError" => StorageError::Full,
                    name => StorageError::Refused(name.to_owned()),
                })
            }
            None => {
                // Should it open after all, it must not block others.
                spawn_local(async move {
                    if JsFuture::from(opened).await.is_ok()
                        && let Ok(database) = request.database()
                    {
                        database.close();
                    }
                });
                Err(StorageError::Silent)
            }
        }
    }
}

/// IndexedDB in the Storage Bucket called `name`; nothing, where the browser has no buckets.
pub(crate) async fn bucket_factory(name: &str) -> Result<Option<IdbFactory>, StorageError> {
    let Some(buckets) = scope().navigator().storage_buckets() else { return Ok(None) };
    let options = object(&[("durability", "strict".into()), ("persisted", true.into())]);
    let bucket = match buckets.open(name, &options).await {
        // A browser may refuse to promise persistence, and still make the bucket.
        Err(_) => buckets.open(name, &object(&[])).await,
        bucket => bucket,
    };
    let bucket = bucket.map_err(|error| StorageError::Refused(error_name(&error)))?.unchecked_into::<StorageBucket>();
    let factory = bucket.bucket_indexed_db().ok().flatten().ok_or_else(|| StorageError::Refused("bucket".into()))?;
    Ok(Some(factory))
}

/// What an exception of IndexedDB means.
fn failed(error: JsValue) -> StorageError {
    match error_name(&error).as_str() {
        "QuotaExceededError" => StorageError::Full,
        "VersionError" => StorageError::Newer,
        "SecurityError" => StorageError::Refused("SecurityError".into()),
        name => StorageError::Failed(name.to_owned()),
    }
}
