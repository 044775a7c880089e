//! Tills and their lives (epochs).

use barrow_core::{
    bytes::Hash,
    config::TillState,
    ids::{Epoch, Seq, ShopId, StaffId, TillId},
    journal::Head,
    money::Minor,
    sync::Known,
};
use sqlx::any::AnyRow;

use super::{Conn, Read as _, StoreError, db, shop::state_text};

/// A till.
#[derive(Clone, Debug)]
pub struct TillRow {
    /// Its number.
    pub id: TillId,
    /// Its name for people.
    pub name: String,
    /// May it sell?
    pub state: TillState,
    /// Its newest life; 0 while it waits for its first enrolment.
    pub epoch: Epoch,
    /// The life that its next enrolment begins.
    pub next_epoch: Epoch,
}

impl TillRow {
    /// Was a tablet ever enrolled as this till?
    #[must_use]
    pub fn enrolled(&self) -> bool {
        self.epoch > Epoch(0)
    }
}

/// One life of a till.
#[derive(Clone, Debug)]
pub struct EpochRow {
    /// Which.
    pub epoch: Epoch,
    /// The till's public key: P-256, SEC 1 uncompressed.
    pub till_key: Vec<u8>,
    /// The signed enrolment record: the root of the chain.
    pub record: Vec<u8>,
    /// When it began, by the server's clock, milliseconds since 1970 UTC.
    pub enrolled_at_ms: i64,
    /// The journal key, sealed to the server.
    pub escrow: Option<Vec<u8>>,
    /// The highest place up to which nothing is missing.
    pub head_seq: Seq,
    /// The hash there.
    pub head_hash: Hash,
    /// The latest time in the chain.
    pub head_at_ms: i64,
    /// The turnover in the last sale.
    pub turnover: Minor,
    /// The shift that is open.
    pub open_shift: Option<Seq>,
    /// What the last entry, the refund of an exchange, leaves to be paid for by the next.
    pub set_off: Minor,
    /// The highest place that a backup holds.
    pub safe_seq: Seq,
    /// When it was last acknowledged, by the server's clock.
    pub last_ack_at_ms: Option<i64>,
    /// The newest request of it, by the till's clock, seconds since 1970.
    pub last_created_s: i64,
}

impl EpochRow {
    /// What [`barrow_core::sync::ingest`] wants to know.
    #[must_use]
    pub fn known(&self, shop: ShopId, till: TillId, fenced: bool) -> Known {
        let head = Head { shop, till, epoch: self.epoch, seq: self.head_seq, hash: self.head_hash, at_ms: self.head_at_ms };
        Known { head, turnover: self.turnover, open_shift: self.open_shift, set_off: self.set_off, fenced }
    }
}

/// All tills.
///
/// # Errors
/// [`StoreError`].
pub async fn all(conn: &mut Conn, shop: ShopId) -> Result<Vec<TillRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM tills WHERE shop = $1 ORDER BY id").bind(db(shop.0)?).fetch_all(conn).await?;
    rows.iter().map(till_row).collect()
}

/// One till, if there is one of that number.
///
/// # Errors
/// [`StoreError`].
pub async fn get(conn: &mut Conn, shop: ShopId, till: TillId) -> Result<Option<TillRow>, StoreError> {
    // A number that no column can hold is no till's.
    let Ok(id) = db(till.0) else { return Ok(None) };
    let row =
        sqlx::query("SELECT * FROM tills WHERE shop = $1 AND id = $2").bind(db(shop.0)?).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(till_row).transpose()
}

/// Adds a till that waits to be enrolled, under the next number.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(conn: &mut Conn, shop: ShopId, name: &str) -> Result<TillId, StoreError> {
    let row = sqlx::query("SELECT COALESCE(MAX(id), 0) AS id FROM tills WHERE shop = $1")
        .bind(db(shop.0)?)
        .fetch_one(&mut *conn)
        .await?;
    let id = TillId(row.number("id")?.saturating_add(1));
    sqlx::query("INSERT INTO tills (shop, id, name, state, epoch, next_epoch) VALUES ($1, $2, $3, $4, 0, 1)")
        .bind(db(shop.0)?)
        .bind(db(id.0)?)
        .bind(name)
        .bind(state_text(TillState::Active))
        .execute(conn)
        .await?;
    Ok(id)
}

/// Sets whether a till may sell.
///
/// # Errors
/// [`StoreError`].
pub async fn set_state(conn: &mut Conn, shop: ShopId, till: TillId, state: TillState) -> Result<(), StoreError> {
    sqlx::query("UPDATE tills SET state = $1 WHERE shop = $2 AND id = $3")
        .bind(state_text(state))
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Begins a till's next life with the enrolment record's signed bytes. The life before is fenced by that.
///
/// # Errors
/// [`StoreError`].
pub async fn begin_epoch(
    conn: &mut Conn,
    shop: ShopId,
    till: &TillRow,
    till_key: &[u8],
    record: &[u8],
    now_ms: i64,
) -> Result<(), StoreError> {
    let epoch = i64::from(till.next_epoch.0);
    sqlx::query(
        "INSERT INTO epochs (shop, till, epoch, till_key, record, enrolled_at_ms, head_seq, head_hash, head_at_ms, turnover, \
         safe_seq, last_created_s) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, 0, 0, $8)",
    )
    .bind(db(shop.0)?)
    .bind(db(till.id.0)?)
    .bind(epoch)
    .bind(till_key)
    .bind(record)
    .bind(now_ms)
    .bind(Hash::of(record).0.as_slice())
    .bind(i64::MIN)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE tills SET epoch = $1, next_epoch = $2, state = $3 WHERE shop = $4 AND id = $5")
        .bind(epoch)
        .bind(epoch.saturating_add(1))
        .bind(state_text(TillState::Active))
        .bind(db(shop.0)?)
        .bind(db(till.id.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// One life of a till, if there is one of that number.
///
/// # Errors
/// [`StoreError`].
pub async fn epoch(conn: &mut Conn, shop: ShopId, till: TillId, epoch: Epoch) -> Result<Option<EpochRow>, StoreError> {
    let Ok(id) = db(till.0) else { return Ok(None) };
    let row = sqlx::query("SELECT * FROM epochs WHERE shop = $1 AND till = $2 AND epoch = $3")
        .bind(db(shop.0)?)
        .bind(id)
        .bind(i64::from(epoch.0))
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(epoch_row).transpose()
}

/// Every life of every till.
///
/// # Errors
/// [`StoreError`].
pub async fn all_epochs(conn: &mut Conn, shop: ShopId) -> Result<Vec<(TillId, EpochRow)>, StoreError> {
    let rows = sqlx::query("SELECT * FROM epochs WHERE shop = $1 ORDER BY till, epoch").bind(db(shop.0)?).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((TillId(row.number("till")?), epoch_row(row)?))).collect()
}

/// Holds other servers off one epoch until the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub async fn lock_epoch(conn: &mut Conn, shop: ShopId, till: TillId, epoch: Epoch) -> Result<(), StoreError> {
    // An update that changes nothing locks the row in either database.
    sqlx::query("UPDATE epochs SET epoch = epoch WHERE shop = $1 AND till = $2 AND epoch = $3")
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(i64::from(epoch.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down what is known of an epoch after a batch, and that it was acknowledged.
///
/// # Errors
/// [`StoreError`].
pub async fn set_known(conn: &mut Conn, known: &Known, created_s: i64, now_ms: i64) -> Result<(), StoreError> {
    let head = &known.head;
    sqlx::query(
        "UPDATE epochs SET head_seq = $1, head_hash = $2, head_at_ms = $3, turnover = $4, open_shift = $5, last_ack_at_ms = $6, \
         last_created_s = $7, set_off_minor = $11 WHERE shop = $8 AND till = $9 AND epoch = $10",
    )
    .bind(db(head.seq.0)?)
    .bind(head.hash.0.as_slice())
    .bind(head.at_ms)
    .bind(known.turnover.0)
    .bind(known.open_shift.map(|seq| db(seq.0)).transpose()?)
    .bind(now_ms)
    .bind(created_s)
    .bind(db(head.shop.0)?)
    .bind(db(head.till.0)?)
    .bind(i64::from(head.epoch.0))
    .bind(known.set_off.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps `proposed` as the epoch's sealed journal key if it has none yet, and gives the one that it has then.
///
/// # Errors
/// [`StoreError`].
pub async fn escrow(conn: &mut Conn, shop: ShopId, till: TillId, epoch: Epoch, proposed: &[u8]) -> Result<Vec<u8>, StoreError> {
    sqlx::query("UPDATE epochs SET escrow = $1 WHERE shop = $2 AND till = $3 AND epoch = $4 AND escrow IS NULL")
        .bind(proposed)
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(i64::from(epoch.0))
        .execute(&mut *conn)
        .await?;
    let row = self::epoch(conn, shop, till, epoch).await?;
    row.and_then(|row| row.escrow).ok_or(StoreError::Corrupt("escrow"))
}

/// Notes that somebody was let in to choose a PIN.
///
/// # Errors
/// [`StoreError`].
pub async fn note_first_pin(
    conn: &mut Conn,
    shop: ShopId,
    till: TillId,
    epoch: Epoch,
    staff: StaffId,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO first_pins (shop, till, epoch, staff, at_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(i64::from(epoch.0))
        .bind(db(staff.0)?)
        .bind(now_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Who was let in to choose a PIN at this till in its present life.
///
/// # Errors
/// [`StoreError`].
pub async fn with_pin(conn: &mut Conn, shop: ShopId, till: &TillRow) -> Result<Vec<StaffId>, StoreError> {
    let rows = sqlx::query("SELECT staff FROM first_pins WHERE shop = $1 AND till = $2 AND epoch = $3")
        .bind(db(shop.0)?)
        .bind(db(till.id.0)?)
        .bind(i64::from(till.epoch.0))
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok(StaffId(row.number("staff")?))).collect()
}

fn till_row(row: &AnyRow) -> Result<TillRow, StoreError> {
    let state = match row.text("state")?.as_str() {
        "active" => TillState::Active,
        "revoked" => TillState::Revoked,
        _ => return Err(StoreError::Corrupt("state")),
    };
    Ok(TillRow {
        id: TillId(row.number("id")?),
        name: row.text("name")?,
        state,
        epoch: Epoch(row.small("epoch")?),
        next_epoch: Epoch(row.small("next_epoch")?),
    })
}

fn epoch_row(row: &AnyRow) -> Result<EpochRow, StoreError> {
    let maybe_seq = |value: Option<i64>| value.map(|seq| u64::try_from(seq).map(Seq)).transpose();
    Ok(EpochRow {
        epoch: Epoch(row.small("epoch")?),
        till_key: row.bytes("till_key")?,
        record: row.bytes("record")?,
        enrolled_at_ms: row.int("enrolled_at_ms")?,
        escrow: row.maybe_bytes("escrow")?,
        head_seq: Seq(row.number("head_seq")?),
        head_hash: row.hash("head_hash")?,
        head_at_ms: row.int("head_at_ms")?,
        turnover: Minor(row.int("turnover")?),
        open_shift: maybe_seq(row.maybe_int("open_shift")?).map_err(|_| StoreError::Corrupt("open_shift"))?,
        set_off: Minor(row.int("set_off_minor")?),
        safe_seq: Seq(row.number("safe_seq")?),
        last_ack_at_ms: row.maybe_int("last_ack_at_ms")?,
        last_created_s: row.int("last_created_s")?,
    })
}
