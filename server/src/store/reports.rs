//! What the office reads, newest first.

use barrow_core::{
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
    ledger::ShiftReport,
};
use sqlx::any::AnyRow;

use super::{Conn, Read as _, StoreError, db, journal::SaleBody, journal::SaleRow};

/// The most rows that one answer has.
pub const ROWS_MAX: u32 = 10_000;

/// Which rows.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only this till's.
    pub till: Option<TillId>,
    /// Only what is older than this one (by arrival).
    pub before: Option<SaleId>,
    /// At most so many.
    pub limit: u32,
}

/// Sales by arrival, newest first, with their till and epoch.
///
/// # Errors
/// [`StoreError`].
pub async fn sales(conn: &mut Conn, shop: ShopId, page: &Page) -> Result<Vec<(SaleId, SaleRow)>, StoreError> {
    // What stands for "no filter": keys that come after all others.
    let mut bound = (i64::MAX, i64::MAX, i64::MAX, i64::MAX);
    if let Some(id) = page.before {
        let (till, epoch, seq) = (db(id.till.0)?, i64::from(id.epoch.0), db(id.seq.0)?);
        let row = sqlx::query("SELECT received_at_ms FROM sales WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4")
            .bind(db(shop.0)?)
            .bind(till)
            .bind(epoch)
            .bind(seq)
            .fetch_optional(&mut *conn)
            .await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        bound = (row.int("received_at_ms")?, till, epoch, seq);
    }
    let rows = sqlx::query(
        "SELECT * FROM sales WHERE shop = $1 AND ($2 < 0 OR till = $2) AND (received_at_ms, till, epoch, seq) < ($3, $4, $5, $6) \
         ORDER BY received_at_ms DESC, till DESC, epoch DESC, seq DESC LIMIT $7",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(page.till)?)
    .bind(bound.0)
    .bind(bound.1)
    .bind(bound.2)
    .bind(bound.3)
    .bind(i64::from(page.limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let body: SaleBody = row.json("body")?;
            let id = sale_id(row)?;
            let sale = SaleRow {
                seq: id.seq,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row)?,
                currency: row.text("currency")?,
                total_minor: row.int("total_minor")?,
                net_minor: row.int("net_minor")?,
                tax_minor: row.int("tax_minor")?,
                rounding_minor: row.int("rounding_minor")?,
                flags: row.text("flags")?,
                body,
            };
            Ok((id, sale))
        })
        .collect()
}

/// An alert.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// Where in which till's journal.
    pub at: SaleId,
    /// What.
    pub kind: String,
    /// When it was raised, by the server's clock.
    pub at_ms: i64,
}

/// Alerts, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn alerts(conn: &mut Conn, shop: ShopId, till: Option<TillId>, limit: u32) -> Result<Vec<AlertRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT till, epoch, seq, kind, at_ms FROM alerts WHERE shop = $1 AND ($2 < 0 OR till = $2) \
         ORDER BY at_ms DESC, till, epoch DESC, seq DESC, kind LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(till)?)
    .bind(i64::from(limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(AlertRow { at: sale_id(row)?, kind: row.text("kind")?, at_ms: row.int("at_ms")? })).collect()
}

/// A line of the audit log.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Where in which till's journal.
    pub at: SaleId,
    /// What happened.
    pub kind: String,
    /// The till's clock.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// Its hash.
    pub hash: barrow_core::bytes::Hash,
    /// What is wrong with it.
    pub flags: String,
}

/// Every entry of every till by arrival, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn audit(conn: &mut Conn, shop: ShopId, till: Option<TillId>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT till, epoch, seq, kind, at_ms, staff, hash, flags FROM entries WHERE shop = $1 AND ($2 < 0 OR till = $2) \
         ORDER BY received_at_ms DESC, till, epoch DESC, seq DESC LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(till)?)
    .bind(i64::from(limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AuditRow {
                at: sale_id(row)?,
                kind: row.text("kind")?,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row)?,
                hash: row.hash("hash")?,
                flags: row.text("flags")?,
            })
        })
        .collect()
}

/// A closed shift.
#[derive(Clone, Debug)]
pub struct ShiftRow {
    /// The closing entry.
    pub at: SaleId,
    /// The till's clock then.
    pub at_ms: i64,
    /// Who closed it.
    pub staff: Option<StaffId>,
    /// Its Z report.
    pub report: ShiftReport,
}

/// Closed shifts, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn shifts(conn: &mut Conn, shop: ShopId, till: Option<TillId>, limit: u32) -> Result<Vec<ShiftRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT till, epoch, seq, at_ms, staff, report FROM shifts WHERE shop = $1 AND ($2 < 0 OR till = $2) \
         ORDER BY received_at_ms DESC, till, epoch DESC, seq DESC LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(till)?)
    .bind(i64::from(limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ShiftRow { at: sale_id(row)?, at_ms: row.int("at_ms")?, staff: staff_id(row)?, report: row.json("report")? })
        })
        .collect()
}

fn till_filter(till: Option<TillId>) -> Result<i64, StoreError> {
    till.map_or(Ok(-1), |till| db(till.0))
}

fn sale_id(row: &AnyRow) -> Result<SaleId, StoreError> {
    Ok(SaleId { till: TillId(row.number("till")?), epoch: Epoch(row.small("epoch")?), seq: Seq(row.number("seq")?) })
}

fn staff_id(row: &AnyRow) -> Result<Option<StaffId>, StoreError> {
    Ok(row.maybe_int("staff")?.and_then(|id| u64::try_from(id).ok()).map(StaffId))
}
