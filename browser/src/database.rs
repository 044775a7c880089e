//! One IndexedDB database: opened with time limits, opened again when the connection is lost, written to in short strict
//! transactions.
//!
//! What has bitten others (facts/failures): only `abort` tells of a full disk (row 23); the system may take the connection
//! away (25); files get damaged (26); another tab's older version blocks an upgrade, a newer one must be let through (27, 28);
//! requests that never answer (29). `idb` opens and makes the stores; the transactions go through web-sys, since `idb` has no
//! durability option.
//!
//! Neither browser can repair or delete a database whose files are damaged in the wrong place (LevelDB's `CURRENT`, a page of
//! SQLite's): `open`, or every transaction, answers `UnknownError` for ever. The database then goes on in another place beside
//! it, empty, and the damaged files stay as they are. Places are numbered: 0 is where it was first; the others are Storage
//! Buckets, or where there are none (Firefox keeps each database in files of its own), databases of another name. Page and
//! service worker must come to the same one, and go on doing so although an older place may seem to work: an empty file in
//! OPFS stands for each place that was ever used, since IndexedDB cannot list its databases when one of them is damaged.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use idb::{DatabaseEvent, ObjectStoreParams, Request};
use js_sys::{Array, Promise};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

use crate::{
    scope::{Folder, StorageBucket, StrictDatabase, StrictTransaction, error_name, object, property, scope},
    wait::{Counter, sleep, within},
};

/// How long a database may take to open, milliseconds.
const OPEN_MS: u32 = 10_000;
/// After how many milliseconds each a database that seems damaged is tried again, before it is left.
const PATIENCE_MS: [u32; 2] = [200, 800];
/// The reason of a read that ended well, without what was read.
const UNREADABLE: &str = "unreadable";
/// The last of a database's places.
const PLACE_MAX: u32 = 20;
/// How many places are tried in one go: more than this cannot be damage.
const PLACES_AT_ONCE: usize = 3;
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

impl StorageError {
    /// Is this what a browser answers when the files themselves are damaged?
    fn is_damage(&self) -> bool {
        match self {
            StorageError::Refused(name) => name == "UnknownError",
            // `NotFoundError`: it opens, but lost its stores.
            StorageError::Failed(name) => ["UnknownError", "NotFoundError", UNREADABLE].contains(&name.as_str()),
            _ => false,
        }
    }
}

impl Write {
    fn store(&self) -> &'static str {
        match self {
            Write::Put { store, .. } | Write::Delete { store, .. } | Write::DeleteRange { store, .. } => store,
        }
    }
}

/// Where databases are made. Chromium answers no write to a bucket's database any more once the bucket's own object was
/// collected, so that it is kept for as long as anybody works with it.
#[derive(Clone)]
pub(crate) struct Source {
    factory: IdbFactory,
    _bucket: Option<Rc<StorageBucket>>,
}

impl From<IdbFactory> for Source {
    fn from(factory: IdbFactory) -> Source {
        Source { factory, _bucket: None }
    }
}

/// A connection, and what it hangs on.
struct Connection {
    database: IdbDatabase,
    _source: Source,
}

/// A database that opens when it is needed.
pub(crate) struct Database {
    source: Source,
    name: String,
    /// What its places beside are called, with their number behind.
    beside: String,
    place: Cell<u32>,
    version: u32,
    stores: &'static [&'static str],
    slot: Rc<RefCell<Option<Connection>>>,
    opening: Counter,
    openings: Cell<u64>,
}

impl Database {
    /// Names a database; `stores` are all that `version` has. `label` is its own among all databases of this origin.
    pub(crate) fn new(source: Source, name: &str, label: &str, version: u32, stores: &'static [&'static str]) -> Database {
        Database {
            source,
            name: name.to_owned(),
            beside: format!("{label}-beside"),
            place: Cell::new(0),
            version,
            stores,
            slot: Rc::default(),
            opening: Counter::default(),
            openings: Cell::new(0),
        }
    }

    /// How often it was opened: more than once means that the connection was lost in between, and perhaps the data.
    pub(crate) fn openings(&self) -> u64 {
        self.openings.get()
    }

    /// Lets the connection go; the next use opens it again.
    pub(crate) fn close(&self) {
        if let Some(connection) = self.slot.borrow_mut().take() {
            connection.database.close();
        }
    }

    /// Does all of `writes`, or none, and answers when it is done: on the disk, if `strict`.
    pub(crate) async fn write(&self, strict: bool, writes: &[Write]) -> Result<(), StorageError> {
        // Doing it twice is doing it once, so that even an uncertain end may be tried again.
        self.lasting(async || self.write_once(strict, writes).await).await
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
            let all = |request: IdbRequest| request.result().ok().and_then(|result| result.dyn_into::<Array>().ok());
            match (all(keys), all(values)) {
                (Some(keys), Some(values)) if keys.length() == values.length() => Ok(keys.iter().zip(values.iter()).collect()),
                // Firefox completes a transaction even if it could not make sense of a row, and then has no result.
                _ => Err(StorageError::Failed(UNREADABLE.into())),
            }
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
        // A full disk comes as an abort with its reason in the transaction, and in no other way.
        within(TRANSACTION_MS, done).await.map_or(Err(StorageError::Silent), |ended| ended.map(drop).map_err(failed))
    }

    async fn reading<T>(
        &self,
        store: &'static str,
        read: impl AsyncFn(IdbObjectStore, JsFuture) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.lasting(async || self.read_once(store, &read).await).await
    }

    /// Does `act`; again at once, if the connection was lost; again a little later, if this looks like damage; and in another
    /// place, if it goes on to.
    async fn lasting<T>(&self, act: impl AsyncFn() -> Result<T, StorageError>) -> Result<T, StorageError> {
        let mut result = act().await;
        if matches!(result, Err(StorageError::Failed(_) | StorageError::Silent)) {
            self.close();
            result = act().await;
        }
        // What cannot be opened (`Refused`) was given its chances there.
        let damaged = |result: &Result<T, _>| matches!(result, Err(error @ StorageError::Failed(_)) if error.is_damage());
        let mut place = self.place.get();
        for ms in PATIENCE_MS {
            if !damaged(&result) {
                return result;
            }
            sleep(ms).await;
            self.close();
            place = self.place.get();
            result = act().await;
        }
        if damaged(&result) {
            // Unless somebody else has left it in the meantime.
            if self.place.get() == place {
                self.place.set(place + 1);
            }
            self.close();
            result = act().await;
        }
        result
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
        if let Some(connection) = self.slot.borrow().as_ref() {
            return Ok(connection.database.clone());
        }
        let connection = self.open_undamaged().await?;
        let database = connection.database.clone();
        self.openings.set(self.openings.get() + 1);
        // A newer version, or somebody who deletes the database, must not wait for us for ever.
        let slot = self.slot.clone();
        let step_aside = Closure::<dyn Fn()>::new(move || {
            if let Some(connection) = slot.borrow_mut().take() {
                connection.database.close();
            }
        })
        .into_js_value();
        database.set_onversionchange(Some(step_aside.unchecked_ref()));
        database.set_onclose(Some(step_aside.unchecked_ref()));
        *self.slot.borrow_mut() = Some(connection);
        Ok(database)
    }

    /// Opens the database in its newest place; where that is damaged, in the next.
    async fn open_undamaged(&self) -> Result<Connection, StorageError> {
        let marked = within(OPEN_MS, self.newest_marked()).await.unwrap_or(0);
        let mut opened = Err(StorageError::Refused("UnknownError".into()));
        for place in (self.place.get().max(marked)..=PLACE_MAX).take(PLACES_AT_ONCE) {
            opened = self.open(place).await;
            for ms in PATIENCE_MS {
                if opened.as_ref().is_err_and(StorageError::is_damage) {
                    sleep(ms).await;
                    opened = self.open(place).await;
                }
            }
            if opened.is_ok() {
                self.place.set(place);
                for place in marked + 1..=place {
                    // Unmarked, it is found again only where the older place still seems damaged.
                    let _ = within(OPEN_MS, self.mark(place, true)).await;
                }
            }
            if !opened.as_ref().is_err_and(StorageError::is_damage) {
                break;
            }
        }
        opened
    }

    async fn newest_marked(&self) -> u32 {
        let mut place = 0;
        while place < PLACE_MAX && self.mark(place + 1, false).await {
            place += 1;
        }
        place
    }

    /// Is this place marked as used? It is afterwards, with `create`.
    async fn mark(&self, place: u32, create: bool) -> bool {
        let Some(storage) = scope().navigator().storage() else { return false };
        let Ok(folder) = storage.get_directory().await else { return false };
        let options = object(&[("create", create.into())]);
        folder.unchecked_into::<Folder>().get_file_handle(&self.name_of(place), &options).await.is_ok()
    }

    fn name_of(&self, place: u32) -> String {
        format!("{}-{place}", self.beside)
    }

    async fn open(&self, place: u32) -> Result<Connection, StorageError> {
        let (source, name) = match place {
            0 => (self.source.clone(), self.name.clone()),
            _ => {
                let name = self.name_of(place);
                (bucket(&name).await?.unwrap_or_else(|| self.source.clone()), name)
            }
        };
        let mut request = idb::Factory::from(source.factory.clone())
            .open(&name, Some(self.version))
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
            Some(Ok(_)) => {
                let database = request.database().map_err(|error| StorageError::Failed(error.to_string()))?;
                Ok(Connection { database: database.into(), _source: source })
            }
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
pub(crate) async fn bucket(name: &str) -> Result<Option<Source>, StorageError> {
    let Some(buckets) = scope().navigator().storage_buckets() else { return Ok(None) };
    let options = object(&[("durability", "strict".into()), ("persisted", true.into())]);
    let bucket = match buckets.open(name, &options).await {
        // A browser may refuse to promise persistence, and still make the bucket.
        Err(_) => buckets.open(name, &object(&[])).await,
        bucket => bucket,
    };
    let bucket = bucket.map_err(|error| StorageError::Refused(error_name(&error)))?.unchecked_into::<StorageBucket>();
    let factory = bucket.bucket_indexed_db().ok().flatten().ok_or_else(|| StorageError::Refused("bucket".into()))?;
    Ok(Some(Source { factory, _bucket: Some(Rc::new(bucket)) }))
}

/// What an exception of IndexedDB, or the event of a transaction that aborted, means.
fn failed(error: JsValue) -> StorageError {
    let mut name = error_name(&error);
    if name.is_empty() {
        name = error_name(&property(&property(&error, "target"), "error"));
    }
    match name.as_str() {
        "QuotaExceededError" => StorageError::Full,
        "VersionError" => StorageError::Newer,
        "SecurityError" => StorageError::Refused(name),
        "" => StorageError::Failed("aborted".into()),
        _ => StorageError::Failed(name),
    }
}
