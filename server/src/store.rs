//! The database: SQLite in a file, or PostgreSQL, by the same statements.
//!
//! A *till row* says which enrolment (epoch) of a till is the newest; an *epoch row* is the head of one chain; an *entry row*
//! is one journal entry, exactly as it was signed. Rows are only ever written inside a transaction from [`Store::write`], and
//! what was acknowledged has been committed with `synchronous=FULL` before.

use std::path::Path;

use barrow_core::ids::{Epoch, SaleId, Seq, StaffId, TillId};
use sqlx::{AnyConnection, AnyPool, Row as _, any::AnyPoolOptions, any::AnyRow, pool::PoolConnection};
use thiserror::Error;

pub mod alerts;
pub mod changes;
pub mod codes;
pub mod customers;
pub mod exchanges;
pub mod gifts;
pub mod journal;
pub mod mails;
pub mod migrations;
pub mod owners;
pub mod payments;
pub mod pictures;
pub mod processor;
pub mod reports;
pub mod shop;
pub mod stock;
pub mod terminals;
pub mod tills;

/// One connection, with or without a transaction.
pub type Conn = AnyConnection;
/// A transaction; dropped without `commit` it leaves nothing behind.
pub type Tx = sqlx::Transaction<'static, sqlx::Any>;

/// The SQLite file's name in the data directory and in a backup.
pub const SQLITE_FILE: &str = "barrow.db";

/// Why the database did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is away, busy or broken.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// A newer program wrote it.
    #[error("the database has schema {found}, and this program knows only up to {known}; use the newer barrow-server")]
    TooNew {
        /// The version found.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A row holds what this program never wrote.
    #[error("the database holds something that cannot be read: {0}")]
    Corrupt(&'static str),
    /// A number is beyond what a database column holds.
    #[error("a number is out of range")]
    Range,
    /// There is no shop yet.
    #[error("there is no shop yet: `barrow-server init` makes one, `--demo` makes a demo shop")]
    NoShop,
    /// The address of the database cannot be used.
    #[error("the database's address must begin with postgres:// or sqlite:")]
    Address,
}

impl StoreError {
    /// Would the same statement succeed later? (Away, busy, deadlock; not: a value that does not fit.)
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }
}

/// Which database it is. Only opening, locking and backing up differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: a file of this server alone.
    Sqlite,
    /// PostgreSQL: shared by any number of servers.
    Postgres,
}

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
}

impl Store {
    /// Opens `url`, or the SQLite file in `data` if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::TooNew`], [`StoreError::Database`].
    pub async fn open(data: &Path, url: Option<&str>) -> Result<Store, StoreError> {
        sqlx::any::install_default_drivers();
        let (url, dialect) = match url {
            None => (sqlite_url(&data.join(SQLITE_FILE)), Dialect::Sqlite),
            Some(url) if url.starts_with("sqlite:") => (url.to_owned(), Dialect::Sqlite),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                (url.to_owned(), Dialect::Postgres)
            }
            Some(_) => return Err(StoreError::Address),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .after_connect(move |conn, _| {
                Box::pin(async move {
                    if dialect == Dialect::Sqlite {
                        // FULL: a commit is on the disk when it returns, also after a power cut. What is deleted is overwritten.
                        for pragma in [
                            "PRAGMA busy_timeout=15000",
                            "PRAGMA journal_mode=WAL",
                            "PRAGMA synchronous=FULL",
                            "PRAGMA secure_delete=ON",
                        ] {
                            sqlx::raw_sql(pragma).execute(&mut *conn).await?;
                        }
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        let store = Store { pool, dialect };
        migrations::run(&store).await?;
        Ok(store)
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection to read from.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn read(&self) -> Result<PoolConnection<sqlx::Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction to write in.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn write(&self) -> Result<Tx, StoreError> {
        // SQLite would otherwise begin as a reader, and fail at its first write if somebody else wrote in between.
        Ok(match self.dialect {
            Dialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.pool.begin().await?,
        })
    }

    /// Closes every connection; what is under way ends first.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn sqlite_url(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut url = String::from("sqlite://");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => url.push(char::from(byte)),
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url.push_str("?mode=rwc");
    url
}

/// A number as a database holds it.
fn db(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Range)
}

/// Reading rows: each column into the type that it must have.
trait Read {
    fn int(&self, column: &'static str) -> Result<i64, StoreError>;
    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, StoreError>;
    fn number(&self, column: &'static str) -> Result<u64, StoreError>;
    fn small(&self, column: &'static str) -> Result<u32, StoreError>;
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError>;
    fn maybe_bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError>;
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn hash(&self, column: &'static str) -> Result<barrow_core::bytes::Hash, StoreError>;
    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError>;
}

impl Read for AnyRow {
    fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| StoreError::Corrupt(column))
    }

    fn small(&self, column: &'static str) -> Result<u32, StoreError> {
        u32::try_from(self.int(column)?).map_err(|_| StoreError::Corrupt(column))
    }

    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn maybe_bytes(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn hash(&self, column: &'static str) -> Result<barrow_core::bytes::Hash, StoreError> {
        self.bytes(column)?.try_into().map(barrow_core::bytes::Hash).map_err(|_| StoreError::Corrupt(column))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| StoreError::Corrupt(column))
    }
}

/// The place that a row is about.
fn sale_id(row: &AnyRow) -> Result<SaleId, StoreError> {
    Ok(SaleId { till: TillId(row.number("till")?), epoch: Epoch(row.small("epoch")?), seq: Seq(row.number("seq")?) })
}

/// A person in a column that may be empty.
fn staff_id(row: &AnyRow, column: &'static str) -> Result<Option<StaffId>, StoreError> {
    Ok(row.maybe_int(column)?.and_then(|id| u64::try_from(id).ok()).map(StaffId))
}

/// The word by which serde names a unit variant, such as a role or a topic.
pub(crate) fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A value as the JSON text of a column.
fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("JSON"))
}
