//! What the processor remembers: one SQLite file, in which every answer is on the disk before it is given.
//!
//! A *payment row* is one decision and never changes; a *reversal row* takes a payment back, whether it has come yet or not; a
//! *swipe row* ties a reader's counter to the payment that used it; a *mishap row* notes that a test card's mishap has happened.
//! No row holds more of a card than BIN and last four.

use std::path::Path;

use sqlx::{
    Row as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use thiserror::Error;

use crate::decide::{Answer, Known};

/// The file's name in the data directory.
pub const FILE: &str = "acquirer.db";

const SCHEMA: i64 = 1;
const TABLES: &str = "
CREATE TABLE payments (
    key TEXT PRIMARY KEY, jwe_sha256 BLOB NOT NULL, at_ms INTEGER NOT NULL, shop TEXT NOT NULL, till TEXT NOT NULL,
    amount_minor INTEGER NOT NULL, currency TEXT NOT NULL, kid TEXT NOT NULL, entry TEXT NOT NULL, bin TEXT, last_four TEXT,
    answer TEXT NOT NULL, warnings TEXT NOT NULL
) STRICT;
CREATE INDEX payments_by_time ON payments (at_ms);
CREATE TABLE reversals (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX reversals_by_time ON reversals (at_ms);
CREATE TABLE swipes (ksn BLOB PRIMARY KEY, payment TEXT NOT NULL) STRICT;
CREATE TABLE mishaps (key TEXT PRIMARY KEY) STRICT;
PRAGMA user_version = 1;
";

/// The statement that reads payments as [`payment`] wants them.
macro_rules! payments {
    ($rest:literal) => {
        concat!("SELECT p.*, r.at_ms AS reversed_at_ms FROM payments p LEFT JOIN reversals r ON r.key = p.key ", $rest)
    };
}

/// Why the database did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It is busy, full or broken.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// A newer program wrote it.
    #[error("the database has schema {0}, and this program knows only up to {SCHEMA}; use the newer barrow-acquirer")]
    TooNew(i64),
    /// A row holds what this program never wrote.
    #[error("the database holds something that cannot be read: {0}")]
    Corrupt(&'static str),
}

/// One decided payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its idempotency key: the JWE's `payment`.
    pub key: String,
    /// SHA-256 of the JWE that it was decided on.
    pub jwe_sha256: [u8; 32],
    /// When.
    pub at_ms: i64,
    /// The shop in the header.
    pub shop: String,
    /// The till in the header.
    pub till: String,
    /// The amount in the header, minor units.
    pub amount_minor: i64,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// The key that it was sealed to.
    pub kid: String,
    /// How the card was read.
    pub entry: String,
    /// The card's first six and last four digits; none if it could not be read.
    pub card: Option<(String, String)>,
    /// What the shop was told.
    pub answer: Answer,
    /// What was odd and did not matter, words separated by spaces.
    pub warnings: String,
    /// When it was taken back.
    pub reversed_at_ms: Option<i64>,
}

/// What came of asking.
#[derive(Debug)]
pub enum Asked {
    /// Decided now, and on the disk.
    Decided(Payment),
    /// Decided before.
    Before(Payment),
    /// Nothing was decided.
    Nothing,
}

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the file in `data`, made if it is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(data: &Path) -> Result<Store, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(data.join(FILE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on the disk when it returns, also after a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(std::time::Duration::from_secs(15));
        // One connection: decisions are taken one after the other, so that none overlooks another's.
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        let store = Store { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let found: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut *tx).await?.try_get(0)?;
        match found {
            0 => {
                sqlx::raw_sql(TABLES).execute(&mut *tx).await?;
            }
            SCHEMA => {}
            newer => return Err(StoreError::TooNew(newer)),
        }
        tx.commit().await?;
        Ok(())
    }

    /// The payment under `key`, as it was decided; otherwise `decide` is asked, with what is known of it and of `ksn`, and the
    /// payment that it gives is on the disk when this returns; or, if it gives none, that the payment's mishap is over.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was decided.
    pub async fn ask(
        &self,
        key: &str,
        ksn: Option<&[u8]>,
        decide: impl FnOnce(Known) -> Option<Payment> + Send,
    ) -> Result<Asked, StoreError> {
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(row) = sqlx::query(payments!("WHERE p.key = ?")).bind(key).fetch_optional(&mut *tx).await? {
            return Ok(Asked::Before(payment(&row)?));
        }
        let known = Known {
            reversed: found(&mut tx, "SELECT 1 FROM reversals WHERE key = ?", key).await?,
            mishap_over: found(&mut tx, "SELECT 1 FROM mishaps WHERE key = ?", key).await?,
            ksn_used: match ksn {
                Some(ksn) => {
                    sqlx::query("SELECT 1 FROM swipes WHERE ksn = ?").bind(ksn).fetch_optional(&mut *tx).await?.is_some()
                }
                None => false,
            },
        };
        let asked = match decide(known) {
            Some(decided) => {
                insert(&mut tx, &decided).await?;
                if let Some(ksn) = ksn.filter(|_| !known.ksn_used) {
                    let sql = "INSERT INTO swipes (ksn, payment) VALUES (?, ?)";
                    sqlx::query(sql).bind(ksn).bind(key).execute(&mut *tx).await?;
                }
                Asked::Decided(decided)
            }
            None => {
                sqlx::query("INSERT OR IGNORE INTO mishaps (key) VALUES (?)").bind(key).execute(&mut *tx).await?;
                Asked::Nothing
            }
        };
        tx.commit().await?;
        Ok(asked)
    }

    /// The payment under `key`, and whether it was taken back, which it can be without being there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, key: &str) -> Result<(Option<Payment>, bool), StoreError> {
        let mut tx = self.pool.begin().await?;
        let row = sqlx::query(payments!("WHERE p.key = ?")).bind(key).fetch_optional(&mut *tx).await?;
        let reversed = found(&mut tx, "SELECT 1 FROM reversals WHERE key = ?", key).await?;
        Ok((row.as_ref().map(payment).transpose()?, reversed))
    }

    /// Takes a payment back; a second time changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reverse(&self, key: &str, at_ms: i64) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO reversals (key, at_ms) VALUES (?, ?)";
        sqlx::query(sql).bind(key).bind(at_ms).execute(&self.pool).await?;
        Ok(())
    }

    /// The newest payments, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest(&self, limit: u32) -> Result<Vec<Payment>, StoreError> {
        let sql = payments!("ORDER BY p.at_ms DESC, p.rowid DESC LIMIT ?");
        let rows = sqlx::query(sql).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(payment).collect()
    }

    /// What was decided, or taken back, from `from_ms` up to but without `to_ms`, in the order of deciding.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn within(&self, from_ms: i64, to_ms: i64) -> Result<Vec<Payment>, StoreError> {
        let sql =
            payments!("WHERE (p.at_ms >= ?1 AND p.at_ms < ?2) OR (r.at_ms >= ?1 AND r.at_ms < ?2) ORDER BY p.at_ms, p.rowid");
        let rows = sqlx::query(sql).bind(from_ms).bind(to_ms).fetch_all(&self.pool).await?;
        rows.iter().map(payment).collect()
    }

    /// Closes the file; what is under way ends first.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

type Tx<'a> = sqlx::Transaction<'a, sqlx::Sqlite>;

async fn found(tx: &mut Tx<'_>, sql: &'static str, key: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query(sql).bind(key).fetch_optional(&mut **tx).await?.is_some())
}

async fn insert(tx: &mut Tx<'_>, payment: &Payment) -> Result<(), StoreError> {
    let (bin, last_four) = payment.card.as_ref().map(|(bin, last)| (bin.as_str(), last.as_str())).unzip();
    sqlx::query(
        "INSERT INTO payments (key, jwe_sha256, at_ms, shop, till, amount_minor, currency, kid, entry, bin, last_four, answer, \
         warnings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&payment.key)
    .bind(payment.jwe_sha256.as_slice())
    .bind(payment.at_ms)
    .bind(&payment.shop)
    .bind(&payment.till)
    .bind(payment.amount_minor)
    .bind(&payment.currency)
    .bind(&payment.kid)
    .bind(&payment.entry)
    .bind(bin)
    .bind(last_four)
    .bind(serde_json::to_string(&payment.answer).map_err(|_| StoreError::Corrupt("answer"))?)
    .bind(&payment.warnings)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn payment(row: &SqliteRow) -> Result<Payment, StoreError> {
    let jwe_sha256: Vec<u8> = row.try_get("jwe_sha256")?;
    let answer: String = row.try_get("answer")?;
    let (bin, last_four): (Option<String>, Option<String>) = (row.try_get("bin")?, row.try_get("last_four")?);
    Ok(Payment {
        key: row.try_get("key")?,
        jwe_sha256: jwe_sha256.try_into().map_err(|_| StoreError::Corrupt("jwe_sha256"))?,
        at_ms: row.try_get("at_ms")?,
        shop: row.try_get("shop")?,
        till: row.try_get("till")?,
        amount_minor: row.try_get("amount_minor")?,
        currency: row.try_get("currency")?,
        kid: row.try_get("kid")?,
        entry: row.try_get("entry")?,
        card: bin.zip(last_four),
        answer: serde_json::from_str(&answer).map_err(|_| StoreError::Corrupt("answer"))?,
        warnings: row.try_get("warnings")?,
        reversed_at_ms: row.try_get("reversed_at_ms")?,
    })
}
