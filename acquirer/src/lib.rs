//! A card processor to develop and test against. It alone holds the processor's private keys and the readers' base derivation
//! keys; what a till sealed ends here.
//!
//! [`Acquirer`] is all that another program needs: open it on a folder, and serve its router. `authorize` is the way of a payment:
//! [`keys`] open the JWE, [`read`] the reader's own encryption ([`dukpt`] under [`bdks`]), [`decide`] says yes or no, and [`store`]
//! has the answer on the disk before anybody hears it.

pub mod bdks;
pub mod card;
pub mod cli;
pub mod clock;
pub mod decide;
pub mod dukpt;
pub mod files;
pub mod hex;
pub mod hot;
pub mod http;
pub mod keys;
pub mod read;
pub mod settlement;
pub mod store;
pub mod swipe;
pub mod test_cards;

mod authorize;

use std::{fs::File, io, path::Path, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::sync::watch;

use crate::{
    authorize::{Refused, check_key},
    bdks::Bdks,
    hot::HotList,
    keys::{Jwk, KeyError, Keyring},
    store::{Payment, Store, StoreError},
};

/// A clock: milliseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How the processor behaves.
#[derive(Clone)]
pub struct Options {
    /// By which cards expire, and answers are dated.
    pub clock: Clock,
    /// Invented cards on the hot list, beside the test cards.
    pub hot_cards: u32,
    /// For how long a request hangs that is to hang.
    pub hang: Duration,
    /// For how many days a key stays open after the next has taken over.
    pub key_overlap_days: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { clock: Arc::new(clock::now_ms), hot_cards: 0, hang: Duration::from_secs(120), key_overlap_days: 30 }
    }
}

/// Why the processor does not start.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Its keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Its database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its folder.
    #[error("the data folder: {0}")]
    Folder(#[from] io::Error),
    /// Two processors would not know of each other's answers.
    #[error("another barrow-acquirer runs on this data folder; stop it first")]
    Running,
    /// The program is being stopped.
    #[error("stopped while it was starting")]
    Stopping,
}

/// An open processor. Cheap to clone.
#[derive(Clone)]
pub struct Acquirer(Arc<Inner>);

struct Inner {
    options: Options,
    keys: Keyring,
    bdks: Bdks,
    hot_list: HotList,
    store: Store,
    stopping: watch::Sender<bool>,
    _lock: File,
}

impl Acquirer {
    /// Opens the processor whose keys and answers are in the folder `data`, which is made if it is not there. The first time takes
    /// a moment: it makes an RSA key pair.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(data: &Path, options: Options) -> Result<Acquirer, OpenError> {
        let (folder, opts) = (data.to_owned(), options.clone());
        let open = move || -> Result<_, OpenError> {
            files::private_dir(&folder)?;
            let lock = File::options().create(true).append(true).open(folder.join("lock"))?;
            lock.try_lock().map_err(|fault| match fault {
                std::fs::TryLockError::WouldBlock => OpenError::Running,
                std::fs::TryLockError::Error(fault) => fault.into(),
            })?;
            let now_ms = (opts.clock)();
            let keys = Keyring::open(&folder, opts.key_overlap_days, now_ms)?;
            Ok((lock, keys, Bdks::open(&folder)?, HotList::open(&folder, opts.hot_cards, now_ms)?))
        };
        let (lock, keys, bdks, hot_list) = tokio::task::spawn_blocking(open).await.map_err(|_| OpenError::Stopping)??;
        let store = Store::open(data).await?;
        let stopping = watch::Sender::new(false);
        Ok(Acquirer(Arc::new(Inner { options, keys, bdks, hot_list, store, stopping, _lock: lock })))
    }

    /// Its HTTP addresses, to be served alone or nested under a path.
    pub fn router(&self) -> axum::Router {
        http::router(self.clone())
    }

    /// Ends requests that hang, so that a server can stop. Call it when stopping begins.
    pub fn stop(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Closes the database; call it when no request is under way any more.
    pub async fn close(&self) {
        self.stop();
        self.0.store.close().await;
    }

    /// Makes a new key pair, to which tills are to seal from now on; gives its `kid`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate_key(&self) -> Result<String, KeyError> {
        self.0.keys.rotate(self.now_ms())
    }

    /// The open public keys; the first is the one to seal to.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn public_keys(&self) -> Result<Vec<Jwk>, KeyError> {
        self.0.keys.refresh()?;
        Ok(self.0.keys.public(self.now_ms()))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        (self.0.options.clock)()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn hot_list(&self) -> &HotList {
        &self.0.hot_list
    }

    pub(crate) fn keys(&self) -> (&Keyring, &Bdks) {
        (&self.0.keys, &self.0.bdks)
    }

    pub(crate) async fn find(&self, key: &str) -> Result<(Option<Payment>, bool), Refused> {
        check_key(key)?;
        Ok(self.0.store.find(key).await?)
    }

    pub(crate) async fn reverse(&self, key: &str) -> Result<(), Refused> {
        check_key(key)?;
        Ok(self.0.store.reverse(key, self.now_ms()).await?)
    }

    /// Waits as long as a request that hangs is to wait.
    pub(crate) async fn hang(&self) {
        let mut stopping = self.0.stopping.subscribe();
        let _ = tokio::time::timeout(self.0.options.hang, stopping.wait_for(|stopping| *stopping)).await;
    }
}
