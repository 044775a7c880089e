//! Stock: levels that are sums of movements, and the movements.
//!
//! A movement is keyed by the journal entry that it follows from, so whatever is delivered again moves nothing; and since a level
//! is only ever added to, the order in which tills deliver makes no difference. Every transaction that moves something takes
//! `stock_state`'s row first, after any till's epoch: that is its lock and gives it its version.

use std::collections::BTreeMap;

use barrow_core::{
    ids::{Epoch, Seq, ShopId, StaffId, TillId},
    money::Milli,
    stock::{Cursor, Kept, NEWS_MAX, StockNews},
    wire::{Ack, FORMAT},
};
use sqlx::any::AnyRow;

use super::{Conn, Read as _, StoreError, db, journal::Chain, staff_id};

/// No movement is beyond this, in thousandths: a level is a sum of them that a column must hold.
const MOVE_MAX: i64 = 10_000_000_000;

/// What moves a level.
#[derive(Clone, Debug)]
pub struct Move {
    /// The till; 0 for the office.
    pub till: TillId,
    /// Its life; 0 for the office.
    pub epoch: Epoch,
    /// The entry; for the office, the version that the move made.
    pub seq: Seq,
    /// The article.
    pub sku: String,
    /// By how much.
    pub delta: Milli,
    /// `sale`, `void`, `refund`, `count`, `receipt` or `correction`.
    pub kind: String,
    /// By the till's clock, or the server's.
    pub at_ms: i64,
    /// Who, at a till.
    pub staff: Option<StaffId>,
    /// Who, in the office.
    pub login: Option<String>,
    /// In the person's words.
    pub reason: String,
    /// Of a count: what it was held against, and what was there.
    pub count: Option<(Milli, Milli)>,
    /// Of a count: the version of the levels that it was held against.
    pub known: Option<u64>,
}

/// A movement as it is listed.
#[derive(Clone, Debug)]
pub struct Moved {
    /// What moved.
    pub of: Move,
    /// When the server took it in, as a version.
    pub version: u64,
}

/// An article of which stock is kept.
#[derive(Clone, Debug)]
pub struct Level {
    /// Its key.
    pub sku: String,
    /// How much there is.
    pub level: Milli,
    /// From there down it is marked.
    pub low: Milli,
}

impl Move {
    /// Of an entry of a till's journal.
    #[must_use]
    pub fn of_entry(chain: Chain, seq: Seq, kind: &str, at_ms: i64, staff: Option<StaffId>) -> Move {
        Move { staff, ..Move::bare(chain.till, chain.epoch, seq, kind, at_ms) }
    }

    /// Of the office.
    #[must_use]
    pub fn of_office(login: &str, kind: &str, sku: &str, delta: Milli, reason: &str, at_ms: i64) -> Move {
        let bare = Move::bare(TillId(0), Epoch(0), Seq(0), kind, at_ms);
        Move { sku: sku.to_owned(), delta, login: Some(login.to_owned()), reason: reason.to_owned(), ..bare }
    }

    fn bare(till: TillId, epoch: Epoch, seq: Seq, kind: &str, at_ms: i64) -> Move {
        Move {
            till,
            epoch,
            seq,
            sku: String::new(),
            delta: Milli(0),
            kind: kind.to_owned(),
            at_ms,
            staff: None,
            login: None,
            reason: String::new(),
            count: None,
            known: None,
        }
    }
}

/// Takes the lock, and gives the transaction's version; nothing, where no stock is kept.
async fn next_version(conn: &mut Conn, shop: ShopId) -> Result<Option<u64>, StoreError> {
    let done =
        sqlx::query("UPDATE stock_state SET version = version + 1 WHERE shop = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let row = sqlx::query("SELECT version FROM stock_state WHERE shop = $1").bind(db(shop.0)?).fetch_one(conn).await?;
    Ok(Some(row.number("version")?))
}

/// Adds movements to the levels of the articles of which stock is kept, each once.
///
/// # Errors
/// [`StoreError`].
pub async fn apply(conn: &mut Conn, shop: ShopId, moves: Vec<Move>) -> Result<(), StoreError> {
    if moves.is_empty() {
        return Ok(());
    }
    let Some(version) = next_version(conn, shop).await? else { return Ok(()) };
    let mut sums: BTreeMap<String, Option<i64>> = BTreeMap::new();
    for moved in moves {
        if !sums.contains_key(&moved.sku) {
            let row = level_row(conn, shop, &moved.sku).await?;
            sums.insert(moved.sku.clone(), row.map(|_| 0));
        }
        let Some(Some(sum)) = sums.get_mut(&moved.sku) else { continue };
        let delta = moved.delta.0.clamp(-MOVE_MAX, MOVE_MAX);
        let seq = if moved.till == TillId(0) { Seq(version) } else { moved.seq };
        if insert(conn, shop, &Move { delta: Milli(delta), seq, ..moved }, version).await? {
            *sum = sum.saturating_add(delta);
        }
    }
    for (sku, sum) in sums.into_iter().filter_map(|(sku, sum)| Some((sku, sum?))) {
        sqlx::query("UPDATE stock_levels SET level_milli = level_milli + $1, version = $2 WHERE shop = $3 AND sku = $4")
            .bind(sum)
            .bind(db(version)?)
            .bind(db(shop.0)?)
            .bind(sku)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn insert(conn: &mut Conn, shop: ShopId, moved: &Move, version: u64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO stock_moves (shop, till, epoch, seq, sku, delta_milli, kind, at_ms, staff, by_login, reason, \
         expected_milli, counted_milli, known, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
    )
    .bind(db(shop.0)?)
    .bind(db(moved.till.0)?)
    .bind(i64::from(moved.epoch.0))
    .bind(db(moved.seq.0)?)
    .bind(&moved.sku)
    .bind(moved.delta.0)
    .bind(&moved.kind)
    .bind(moved.at_ms)
    .bind(moved.staff.and_then(|staff| i64::try_from(staff.0).ok()))
    .bind(moved.login.as_deref())
    .bind(&moved.reason)
    .bind(moved.count.map(|(expected, _)| expected.0))
    .bind(moved.count.map(|(_, counted)| counted.0))
    .bind(moved.known.and_then(|known| i64::try_from(known).ok()))
    .bind(db(version)?)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn level_row(conn: &mut Conn, shop: ShopId, sku: &str) -> Result<Option<AnyRow>, StoreError> {
    let row = sqlx::query("SELECT sku, level_milli, low_milli FROM stock_levels WHERE shop = $1 AND sku = $2");
    Ok(row.bind(db(shop.0)?).bind(sku).fetch_optional(conn).await?)
}

/// From now on stock of this article is kept, or not any more. What moved before stays.
///
/// # Errors
/// [`StoreError`].
pub async fn keep(conn: &mut Conn, shop: ShopId, sku: &str, kept: Option<Kept>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO stock_state (shop, version) VALUES ($1, 0) ON CONFLICT DO NOTHING")
        .bind(db(shop.0)?)
        .execute(&mut *conn)
        .await?;
    let Some(version) = next_version(conn, shop).await? else { return Ok(()) };
    sqlx::query(
        "INSERT INTO stock_levels (shop, sku, level_milli, low_milli, version) VALUES ($1, $2, 0, $3, $4) \
         ON CONFLICT (shop, sku) DO UPDATE SET low_milli = excluded.low_milli, version = excluded.version",
    )
    .bind(db(shop.0)?)
    .bind(sku)
    .bind(kept.map(|kept| kept.low.0))
    .bind(db(version)?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the lock, and gives the level of an article of which stock is kept: it stays so until the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub async fn locked_level(conn: &mut Conn, shop: ShopId, sku: &str) -> Result<Option<Level>, StoreError> {
    sqlx::query("UPDATE stock_state SET version = version WHERE shop = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    let row = level_row(conn, shop, sku).await?;
    Ok(row.as_ref().map(level).transpose()?.flatten())
}

/// Every article of which stock is kept.
///
/// # Errors
/// [`StoreError`].
pub async fn levels(conn: &mut Conn, shop: ShopId) -> Result<Vec<Level>, StoreError> {
    let rows = sqlx::query(
        "SELECT sku, level_milli, low_milli FROM stock_levels WHERE shop = $1 AND low_milli IS NOT NULL ORDER BY sku",
    )
    .bind(db(shop.0)?)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(level).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn level(row: &AnyRow) -> Result<Option<Level>, StoreError> {
    let Some(low) = row.maybe_int("low_milli")? else { return Ok(None) };
    Ok(Some(Level { sku: row.text("sku")?, level: Milli(row.int("level_milli")?), low: Milli(low) }))
}

/// The movements of an article, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn moves(conn: &mut Conn, shop: ShopId, sku: &str, limit: u32) -> Result<Vec<Moved>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM stock_moves WHERE shop = $1 AND sku = $2 ORDER BY version DESC, till DESC, epoch DESC, seq DESC LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(sku)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(moved).collect()
}

fn moved(row: &AnyRow) -> Result<Moved, StoreError> {
    let count = row.maybe_int("expected_milli")?.zip(row.maybe_int("counted_milli")?);
    let of = Move {
        till: TillId(row.number("till")?),
        epoch: Epoch(row.small("epoch")?),
        seq: Seq(row.number("seq")?),
        sku: row.text("sku")?,
        delta: Milli(row.int("delta_milli")?),
        kind: row.text("kind")?,
        at_ms: row.int("at_ms")?,
        staff: staff_id(row, "staff")?,
        login: row.maybe_text("by_login")?,
        reason: row.text("reason")?,
        count: count.map(|(expected, counted)| (Milli(expected), Milli(counted))),
        known: row.maybe_int("known")?.and_then(|known| u64::try_from(known).ok()),
    };
    Ok(Moved { of, version: row.number("version")? })
}

/// What of the levels changed since `asked`, for the till whose entries up to `ack` are in them. Call it in the transaction that
/// holds the till's epoch, so that no entry of it comes in between.
///
/// # Errors
/// [`StoreError`].
pub async fn news(conn: &mut Conn, ack: &Ack, asked: &Cursor) -> Result<StockNews, StoreError> {
    // After a restore, versions mean something else.
    let since = if asked.server_epoch == ack.server_epoch { asked.clone() } else { Cursor::default() };
    let version = db(since.version).unwrap_or(i64::MAX);
    let rows = sqlx::query(
        "SELECT sku, level_milli, version FROM stock_levels WHERE shop = $1 AND (version > $2 OR (version = $2 AND sku > $3)) \
         ORDER BY version, sku LIMIT $4",
    )
    .bind(db(ack.shop.0)?)
    .bind(version)
    .bind(&since.sku)
    .bind(i64::try_from(NEWS_MAX + 1).map_err(|_| StoreError::Range)?)
    .fetch_all(conn)
    .await?;
    let more = rows.len() > NEWS_MAX;
    let mut now = Cursor { server_epoch: ack.server_epoch, ..since.clone() };
    let mut levels = Vec::with_capacity(rows.len().min(NEWS_MAX));
    for row in rows.iter().take(NEWS_MAX) {
        let sku = row.text("sku")?;
        (now.version, now.sku) = (row.number("version")?, sku.clone());
        levels.push((sku, Milli(row.int("level_milli")?)));
    }
    let Ack { shop, till, epoch, seq, .. } = *ack;
    Ok(StockNews { v: FORMAT, shop, till, epoch, upto: seq, since, now, more, levels })
}
