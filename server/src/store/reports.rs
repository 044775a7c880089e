//! What the office reads, newest first.

use barrow_core::{
    audit::Topic,
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
    ledger::{Ledger, OpenShift, ShiftReport},
    money::Minor,
};

use sqlx::any::AnyRow;

use super::{
    Conn, Read as _, StoreError,
    changes::{self, ChangeRow},
    db,
    journal::{self, Chain, RefundOf, SaleBody, SaleRow, VoidRow},
    sale_id, staff_id, tills, word,
};
use crate::ingest::entry_of;

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

/// A sale or refund with its place, and how it was taken back, if it was.
#[derive(Clone, Debug)]
pub struct SoldRow {
    /// Its identity.
    pub id: SaleId,
    /// Its figures.
    pub sale: SaleRow,
    /// It was taken back.
    pub voided: Option<VoidRow>,
    /// When it arrived, by the server's clock, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
}

/// Sales and refunds by arrival, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn sales(conn: &mut Conn, shop: ShopId, page: &Page) -> Result<Vec<SoldRow>, StoreError> {
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
        "SELECT s.*, v.void_seq, v.at_ms AS void_at_ms, v.staff AS void_staff, v.reason AS void_reason FROM sales s \
         LEFT JOIN voids v ON v.shop = s.shop AND v.till = s.till AND v.epoch = s.epoch AND v.seq = s.seq \
         WHERE s.shop = $1 AND ($2 < 0 OR s.till = $2) AND (s.received_at_ms, s.till, s.epoch, s.seq) < ($3, $4, $5, $6) \
         ORDER BY s.received_at_ms DESC, s.till DESC, s.epoch DESC, s.seq DESC LIMIT $7",
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
                refund: refund_of(row)?,
                seq: id.seq,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row, "staff")?,
                currency: row.text("currency")?,
                total_minor: row.int("total_minor")?,
                net_minor: row.int("net_minor")?,
                tax_minor: row.int("tax_minor")?,
                rounding_minor: row.int("rounding_minor")?,
                gifts_minor: row.int("gifts_minor")?,
                tip_minor: row.int("tip_minor")?,
                flags: row.text("flags")?,
                body,
            };
            let voided = match row.maybe_int("void_seq")? {
                None => None,
                Some(seq) => Some(VoidRow {
                    void_seq: Seq(u64::try_from(seq).map_err(|_| StoreError::Corrupt("void_seq"))?),
                    at_ms: row.int("void_at_ms")?,
                    staff: staff_id(row, "void_staff")?,
                    reason: row.text("void_reason")?,
                }),
            };
            Ok(SoldRow { id, sale, voided, received_at_ms: row.int("received_at_ms")? })
        })
        .collect()
}

/// Where a line of the audit trail stands: in a till's journal, or in the office's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One till's.
    Till(TillId),
    /// The office's own.
    Office,
}

/// Which lines of the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    /// Only what this person did, or what was about them.
    pub person: Option<StaffId>,
    /// Only what is about this.
    pub topic: Option<Topic>,
    /// Only what stands there.
    pub whose: Option<Whose>,
    /// Only from this moment on by the clock of whoever wrote it, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Only up to this one, itself included.
    pub to_ms: i64,
    /// Only what is older than this line (by arrival).
    pub before: Option<SaleId>,
    /// At most so many.
    pub limit: u32,
}

/// The till that stands for the office in a line's place. No till has it.
pub const OFFICE: SaleId = SaleId { till: TillId(0), epoch: Epoch(0), seq: Seq(0) };

/// A till's entry in the audit trail.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// Where in which till's journal.
    pub at: SaleId,
    /// What happened, in a word that the till chose.
    pub kind: String,
    /// The till's clock.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// The person beside them whom it is about.
    pub about: Option<StaffId>,
    /// Its hash.
    pub hash: Hash,
    /// What is wrong with it.
    pub flags: String,
    /// The signed bytes of an entry that is whole.
    pub signed: Option<Vec<u8>>,
    received_at_ms: i64,
}

/// A line of the audit trail.
#[derive(Clone, Debug)]
pub enum TrailRow {
    /// Of a till.
    Entry(EntryRow),
    /// Of the office.
    Change(ChangeRow),
}

/// An order of all lines: by arrival, then by place.
type Key = (i64, i64, i64, i64);

impl TrailRow {
    /// Its place; [`OFFICE`] with the number of the change for the office's own.
    #[must_use]
    pub fn id(&self) -> SaleId {
        match self {
            TrailRow::Entry(entry) => entry.at,
            TrailRow::Change(change) => SaleId { seq: change.record.seq, ..OFFICE },
        }
    }

    fn key(&self) -> Result<Key, StoreError> {
        let id = self.id();
        let arrived = match self {
            TrailRow::Entry(entry) => entry.received_at_ms,
            TrailRow::Change(change) => change.record.at_ms,
        };
        Ok((arrived, db(id.till.0)?, i64::from(id.epoch.0), db(id.seq.0)?))
    }
}

/// Every entry of every till and every change in the office, by arrival, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn trail(conn: &mut Conn, shop: ShopId, trail: &Trail) -> Result<Vec<TrailRow>, StoreError> {
    let mut bound = (i64::MAX, i64::MAX, i64::MAX, i64::MAX);
    if let Some(id) = trail.before {
        match arrived(conn, shop, id).await? {
            Some(key) => bound = key,
            None => return Ok(Vec::new()),
        }
    }
    let mut rows = Vec::new();
    if trail.whose != Some(Whose::Office) {
        rows.extend(entries(conn, shop, trail, bound).await?.into_iter().map(TrailRow::Entry));
    }
    if !matches!(trail.whose, Some(Whose::Till(_))) && trail.topic.is_none_or(|topic| topic == Topic::Settings) {
        // At the same moment the tills' entries come first, because the office's place is before all of theirs.
        let before = if bound.1 == 0 { (bound.0, bound.3) } else { (bound.0, i64::MAX) };
        let wanted =
            changes::Wanted { person: trail.person, from_ms: trail.from_ms, to_ms: trail.to_ms, before, limit: trail.limit };
        rows.extend(changes::read(conn, shop, &wanted).await?.into_iter().map(TrailRow::Change));
    }
    let mut keyed = rows.into_iter().map(|row| Ok((row.key()?, row))).collect::<Result<Vec<_>, StoreError>>()?;
    keyed.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
    keyed.truncate(usize::try_from(trail.limit).unwrap_or(usize::MAX));
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

/// The key of the line at a place, if there is one.
async fn arrived(conn: &mut Conn, shop: ShopId, id: SaleId) -> Result<Option<Key>, StoreError> {
    let (till, epoch, seq) = (db(id.till.0)?, i64::from(id.epoch.0), db(id.seq.0)?);
    let sql = if id.till == OFFICE.till {
        "SELECT at_ms AS at FROM office_changes WHERE shop = $1 AND $2 = 0 AND $3 = 0 AND seq = $4"
    } else {
        "SELECT received_at_ms AS at FROM entries WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4"
    };
    let row = sqlx::query(sql).bind(db(shop.0)?).bind(till).bind(epoch).bind(seq).fetch_optional(conn).await?;
    row.map(|row| Ok((row.int("at")?, till, epoch, seq))).transpose()
}

async fn entries(conn: &mut Conn, shop: ShopId, trail: &Trail, before: Key) -> Result<Vec<EntryRow>, StoreError> {
    let till = match trail.whose {
        Some(Whose::Till(till)) => Some(till),
        _ => None,
    };
    let rows = sqlx::query(
        "SELECT till, epoch, seq, kind, at_ms, staff, about, hash, flags, received_at_ms, \
         CASE WHEN record IS NULL THEN signed END AS signed FROM entries \
         WHERE shop = $1 AND ($2 < 0 OR till = $2) AND ($3 < 0 OR staff = $3 OR about = $3) AND ($4 = '' OR topic = $4) \
         AND at_ms >= $5 AND at_ms <= $6 AND (received_at_ms, till, epoch, seq) < ($7, $8, $9, $10) \
         ORDER BY received_at_ms DESC, till DESC, epoch DESC, seq DESC LIMIT $11",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(till)?)
    .bind(trail.person.map_or(Ok(-1), |person| db(person.0))?)
    .bind(trail.topic.map(word).unwrap_or_default())
    .bind(trail.from_ms)
    .bind(trail.to_ms)
    .bind(before.0)
    .bind(before.1)
    .bind(before.2)
    .bind(before.3)
    .bind(i64::from(trail.limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(EntryRow {
                at: sale_id(row)?,
                kind: row.text("kind")?,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row, "staff")?,
                about: staff_id(row, "about")?,
                hash: row.hash("hash")?,
                flags: row.text("flags")?,
                signed: row.maybe_bytes("signed")?,
                received_at_ms: row.int("received_at_ms")?,
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
    /// Who opened it.
    pub opened_by: Option<StaffId>,
    /// The closing entry's hash: the chain's head with the report in it.
    pub head: Option<Hash>,
    /// Its Z report.
    pub report: ShiftReport,
}

/// Closed shifts, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn shifts(conn: &mut Conn, shop: ShopId, till: Option<TillId>, limit: u32) -> Result<Vec<ShiftRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.till, s.epoch, s.seq, s.at_ms, s.staff, s.opened_by, s.report, e.hash FROM shifts s \
         LEFT JOIN entries e ON e.shop = s.shop AND e.till = s.till AND e.epoch = s.epoch AND e.seq = s.seq \
         WHERE s.shop = $1 AND ($2 < 0 OR s.till = $2) ORDER BY s.received_at_ms DESC, s.till, s.epoch DESC, s.seq DESC LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(till)?)
    .bind(i64::from(limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(ShiftRow {
                at: sale_id(row)?,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row, "staff")?,
                opened_by: staff_id(row, "opened_by")?,
                head: row.maybe_bytes("hash")?.and_then(|bytes| bytes.try_into().ok()).map(Hash),
                report: row.json("report")?,
            })
        })
        .collect()
}

/// A shift that is open at a till as far as its entries have arrived.
#[derive(Clone, Debug)]
pub struct OpenRow {
    /// The opening entry.
    pub at: SaleId,
    /// The shift with its running figures, reckoned by the same code as on the till.
    pub shift: OpenShift,
    /// Turnover since enrolment.
    pub turnover: Minor,
    /// The last entry that has arrived.
    pub to: Seq,
}

/// The open shift of each till in its present life, by till.
///
/// # Errors
/// [`StoreError`].
pub async fn open_shifts(conn: &mut Conn, shop: ShopId, only: Option<TillId>) -> Result<Vec<OpenRow>, StoreError> {
    const ROWS: u32 = 1000;
    let mut open = Vec::new();
    for till in tills::all(conn, shop).await?.into_iter().filter(|till| only.is_none_or(|only| only == till.id)) {
        let Some(life) = tills::epoch(conn, shop, till.id, till.epoch).await? else { continue };
        let Some(from) = life.open_shift else { continue };
        let chain = Chain { shop, till: till.id, epoch: life.epoch };
        let mut ledger = Ledger::default();
        let mut after = Seq(from.0.saturating_sub(1));
        loop {
            let rows = journal::entries(conn, chain, after, ROWS).await?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            let whole = rows.iter().filter(|row| row.whole).filter_map(|row| entry_of(row.signed.as_deref()?));
            whole.for_each(|entry| ledger.apply(&entry));
        }
        if let Some(shift) = ledger.shift {
            let at = SaleId { till: till.id, epoch: life.epoch, seq: from };
            open.push(OpenRow { at, shift, turnover: life.turnover, to: life.head_seq });
        }
    }
    Ok(open)
}

/// What a row is a refund of, if it is one.
fn refund_of(row: &AnyRow) -> Result<Option<RefundOf>, StoreError> {
    if row.text("kind")? != "refund" {
        return Ok(None);
    }
    let number = |column: &'static str| -> Result<u64, StoreError> {
        let number = row.maybe_int(column)?.unwrap_or(0);
        u64::try_from(number).map_err(|_| StoreError::Corrupt(column))
    };
    let epoch = u32::try_from(number("of_epoch")?).map_err(|_| StoreError::Corrupt("of_epoch"))?;
    let sale = SaleId { till: TillId(number("of_till")?), epoch: Epoch(epoch), seq: Seq(number("of_seq")?) };
    Ok(Some(RefundOf { sale, reason: row.text("reason")? }))
}

pub(super) fn till_filter(till: Option<TillId>) -> Result<i64, StoreError> {
    till.map_or(Ok(-1), |till| db(till.0))
}
