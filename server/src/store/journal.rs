//! Entries as they arrived, and what is derived from them.

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
    ledger::ShiftReport,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{
    Conn, Read as _, StoreError,
    alerts::{self, NewAlert},
    db, json,
};

/// One till's one life: the first half of every key here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
}

/// An entry to be stored.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// Its place.
    pub seq: Seq,
    /// SHA-256 of its signed bytes.
    pub hash: Hash,
    /// The word for what happened; `unreadable` where that cannot be told.
    pub kind: &'a str,
    /// The till's clock, milliseconds since 1970.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// What it is about, as [`barrow_core::audit::Topic`] is written.
    pub topic: &'a str,
    /// The person whom it is about beside the one who did it.
    pub about: Option<StaffId>,
    /// What is wrong with it, such as `totals late`; usually nothing.
    pub flags: &'a str,
    /// The exact signed bytes, where the seal could be opened.
    pub signed: Option<&'a [u8]>,
    /// The sealed record, where the entry is not whole.
    pub record: Option<&'a [u8]>,
}

/// An entry as it is stored.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its place.
    pub seq: Seq,
    /// Its hash.
    pub hash: Hash,
    /// What happened.
    pub kind: String,
    /// The till's clock.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// What is wrong with it.
    pub flags: String,
    /// The exact signed bytes.
    pub signed: Option<Vec<u8>>,
    /// Its seal opened, its signature is the till's, and it could be read.
    pub whole: bool,
}

/// The hash that stands at a place, if any.
///
/// # Errors
/// [`StoreError`].
pub async fn hash_at(conn: &mut Conn, chain: Chain, seq: Seq) -> Result<Option<Hash>, StoreError> {
    let row = sqlx::query("SELECT hash FROM entries WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4")
        .bind(db(chain.shop.0)?)
        .bind(db(chain.till.0)?)
        .bind(i64::from(chain.epoch.0))
        .bind(db(seq.0)?)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.hash("hash")).transpose()
}

/// What was found wrong with the entry at a place.
///
/// # Errors
/// [`StoreError`].
pub async fn flags_at(conn: &mut Conn, chain: Chain, seq: Seq) -> Result<String, StoreError> {
    let row = sqlx::query("SELECT flags FROM entries WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4")
        .bind(db(chain.shop.0)?)
        .bind(db(chain.till.0)?)
        .bind(i64::from(chain.epoch.0))
        .bind(db(seq.0)?)
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(String::new()), |row| row.text("flags"))
}

/// Stores an entry at its place, which is free.
///
/// # Errors
/// [`StoreError`]; the key keeps a place from being taken twice.
pub async fn insert(conn: &mut Conn, chain: Chain, entry: &NewEntry<'_>, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO entries (shop, till, epoch, seq, hash, kind, at_ms, staff, topic, about, flags, signed, record, \
         received_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(entry.seq.0)?)
    .bind(entry.hash.0.as_slice())
    .bind(entry.kind)
    .bind(entry.at_ms)
    .bind(staff_number(entry.staff))
    .bind(entry.topic)
    .bind(staff_number(entry.about))
    .bind(entry.flags)
    .bind(entry.signed)
    .bind(entry.record)
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// What cannot stand in the journal, kept whole.
#[derive(Clone, Debug)]
pub struct Set<'a> {
    /// The place that it claims.
    pub seq: Seq,
    /// The hash that it claims.
    pub hash: Hash,
    /// Why it cannot stand there.
    pub reason: &'a str,
    /// The signed bytes, where the seal could be opened.
    pub signed: Option<&'a [u8]>,
    /// The record as it came.
    pub record: &'a [u8],
}

/// Sets a record aside, once.
///
/// # Errors
/// [`StoreError`].
pub async fn quarantine(conn: &mut Conn, chain: Chain, set: &Set<'_>, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO quarantine (shop, till, epoch, seq, hash, reason, signed, record, received_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(set.seq.0)?)
    .bind(set.hash.0.as_slice())
    .bind(set.reason)
    .bind(set.signed)
    .bind(set.record)
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Raises an alert for the office, once for each till, epoch, place and kind.
///
/// # Errors
/// [`StoreError`].
pub async fn alert(conn: &mut Conn, chain: Chain, seq: Seq, kind: &str, now_ms: i64) -> Result<(), StoreError> {
    alerts::raise(conn, chain, &NewAlert { seq, kind, about: "", detail: "" }, now_ms).await
}

/// A sale's figures as the server reckoned them, or a refund's. A refund's amounts and quantities are negative.
#[derive(Clone, Debug)]
pub struct SaleRow {
    /// Of which sale it is a refund; nothing for a sale.
    pub refund: Option<RefundOf>,
    /// The entry that is the sale.
    pub seq: Seq,
    /// The till's clock.
    pub at_ms: i64,
    /// Who sold.
    pub staff: Option<StaffId>,
    /// ISO 4217 code.
    pub currency: String,
    /// What the customer owed, after cash rounding.
    pub total_minor: i64,
    /// Without tax.
    pub net_minor: i64,
    /// All taxes.
    pub tax_minor: i64,
    /// What cash rounding added.
    pub rounding_minor: i64,
    /// What of the total was put on gift cards.
    pub gifts_minor: i64,
    /// What of it is a tip.
    pub tip_minor: i64,
    /// What is wrong with it.
    pub flags: String,
    /// Lines and tenders.
    pub body: SaleBody,
}

/// What a refund is of, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOf {
    /// The sale.
    pub sale: SaleId,
    /// Why, in the person's words.
    pub reason: String,
}

/// A sale's lines and tenders as the office shows them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaleBody {
    /// What was sold.
    pub lines: Vec<LineBody>,
    /// How it was paid.
    pub tenders: Vec<TenderBody>,
    /// What was taken off the whole order; the lines have their shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<DiscountBody>,
    /// What the customer wanted to read on the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Gift cards that were sold with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<GiftBody>,
}

/// Money that was put on a gift card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GiftBody {
    /// Which, by its reference, hexadecimal.
    pub card: String,
    /// The last four symbols of its code.
    pub last4: String,
    /// How much.
    pub amount_minor: i64,
    /// There was money on it before.
    pub top_up: bool,
}

/// A gift card that pays, or that something went back to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GiftTenderBody {
    /// Which, by its reference, hexadecimal.
    pub card: String,
    /// The last four symbols of its code.
    pub last4: String,
    /// Of a refund: it is new, and store credit.
    pub credit: bool,
    /// The till had not asked the server.
    pub offline: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBody {
    /// Of a refund: the line of the sale that it is a part of; the first is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_line: Option<u32>,
    /// The product's key.
    pub sku: String,
    /// Its name at the time.
    pub name: String,
    /// How much, in thousandths.
    pub qty_milli: i64,
    /// Price of one piece.
    pub unit_minor: i64,
    /// The catalogue's price of one piece, where it was sold at another.
    #[serde(default)]
    pub list_unit_minor: Option<i64>,
    /// What quantity and unit price are of, where not of pieces: `kg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// What was chosen with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<ExtraBody>,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What a promotion took off: a negative price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<ExtraBody>,
    /// What was taken off.
    #[serde(default)]
    pub discount: Option<DiscountBody>,
    /// Its share of what was taken off the whole order.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub order_off_minor: i64,
    /// `qty × (unit + extras)`, less all that was taken off.
    pub price_minor: i64,
    /// Without tax.
    pub net_minor: i64,
    /// With tax.
    pub gross_minor: i64,
    /// Its taxes.
    pub taxes: Vec<TaxBody>,
}

fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

/// A name and what it adds to the price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraBody {
    /// Its name at the time.
    pub name: String,
    /// What it adds.
    pub price_minor: i64,
}

/// What was taken off a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountBody {
    /// Which part, in millionths.
    pub rate_ppm: u32,
    /// How much that is.
    pub amount_minor: i64,
    /// Why, in the person's words.
    pub reason: String,
}

/// One tax on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxBody {
    /// The tax's code.
    pub code: String,
    /// Its rate in millionths.
    pub rate_ppm: u32,
    /// The tax.
    pub amount_minor: i64,
}

/// One payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TenderBody {
    /// By what means.
    pub kind: String,
    /// What of it pays for the sale.
    pub amount_minor: i64,
    /// What was handed over.
    pub tendered_minor: i64,
    /// What was handed back.
    pub change_minor: i64,
    /// The card that pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardBody>,
    /// The gift card that pays, or that something went back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<GiftTenderBody>,
    /// The number on another terminal's slip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Of a refund: the card payment of which this goes back, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
}

/// A card that pays, as far as anybody here may know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardBody {
    /// The payment's identity, hexadecimal.
    pub payment: String,
    /// Its scheme, in words.
    pub brand: String,
    /// Four digits; empty where the reader hides them.
    pub last4: String,
    /// How it was read.
    pub mode: String,
}

/// Puts a sale or a refund where the office looks for it.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_sale(conn: &mut Conn, chain: Chain, sale: &SaleRow, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sales (shop, till, epoch, seq, at_ms, staff, currency, total_minor, net_minor, tax_minor, rounding_minor, flags, \
         body, received_at_ms, kind, of_till, of_epoch, of_seq, reason, gifts_minor, tip_minor) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(sale.seq.0)?)
    .bind(sale.at_ms)
    .bind(staff_number(sale.staff))
    .bind(&sale.currency)
    .bind(sale.total_minor)
    .bind(sale.net_minor)
    .bind(sale.tax_minor)
    .bind(sale.rounding_minor)
    .bind(&sale.flags)
    .bind(json(&sale.body)?)
    .bind(now_ms)
    .bind(if sale.refund.is_some() { "refund" } else { "sale" })
    // A sale that no column can hold is none that could arrive.
    .bind(sale.refund.as_ref().and_then(|of| db(of.sale.till.0).ok()))
    .bind(sale.refund.as_ref().map(|of| i64::from(of.sale.epoch.0)))
    .bind(sale.refund.as_ref().and_then(|of| db(of.sale.seq.0).ok()))
    .bind(sale.refund.as_ref().map(|of| of.reason.as_str()))
    .bind(sale.gifts_minor)
    .bind(sale.tip_minor)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of a sale that something is to be given back of.
#[derive(Clone, Debug)]
pub struct KnownSale {
    /// ISO 4217 code.
    pub currency: String,
    /// Its lines and tenders.
    pub body: SaleBody,
    /// It was taken back.
    pub voided: bool,
}

/// The sale with this identity, whichever till made it, if it has arrived.
///
/// # Errors
/// [`StoreError`].
pub async fn known_sale(conn: &mut Conn, shop: ShopId, sale: SaleId) -> Result<Option<KnownSale>, StoreError> {
    let (Ok(till), Ok(seq)) = (db(sale.till.0), db(sale.seq.0)) else { return Ok(None) };
    let epoch = i64::from(sale.epoch.0);
    let row = sqlx::query(
        "SELECT s.currency, s.body, v.void_seq FROM sales s \
         LEFT JOIN voids v ON v.shop = s.shop AND v.till = s.till AND v.epoch = s.epoch AND v.seq = s.seq \
         WHERE s.shop = $1 AND s.till = $2 AND s.epoch = $3 AND s.seq = $4 AND s.kind = 'sale'",
    )
    .bind(db(shop.0)?)
    .bind(till)
    .bind(epoch)
    .bind(seq)
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KnownSale { currency: row.text("currency")?, body: row.json("body")?, voided: row.maybe_int("void_seq")?.is_some() }))
}

/// A refund as it is listed.
#[derive(Clone, Debug)]
pub struct ListedRefund {
    /// The till and life that gave back.
    pub chain: Chain,
    /// The entry.
    pub seq: Seq,
    /// The till's clock.
    pub at_ms: i64,
    /// Lines and tenders, with negative quantities and amounts.
    pub body: SaleBody,
}

/// What all tills gave back of a sale, whether it has arrived or not.
///
/// # Errors
/// [`StoreError`].
pub async fn refunds_of(conn: &mut Conn, shop: ShopId, sale: SaleId) -> Result<Vec<ListedRefund>, StoreError> {
    let (Ok(till), Ok(seq)) = (db(sale.till.0), db(sale.seq.0)) else { return Ok(Vec::new()) };
    let rows = sqlx::query(
        "SELECT till, epoch, seq, at_ms, body FROM sales WHERE shop = $1 AND of_till = $2 AND of_epoch = $3 AND of_seq = $4",
    )
    .bind(db(shop.0)?)
    .bind(till)
    .bind(i64::from(sale.epoch.0))
    .bind(seq)
    .fetch_all(conn)
    .await?;
    let listed = |row: &AnyRow| {
        Ok(ListedRefund {
            chain: Chain { shop, till: TillId(row.number("till")?), epoch: Epoch(row.small("epoch")?) },
            seq: Seq(row.number("seq")?),
            at_ms: row.int("at_ms")?,
            body: row.json("body")?,
        })
    };
    rows.iter().map(listed).collect()
}

/// A sale that was taken back.
#[derive(Clone, Debug)]
pub struct VoidRow {
    /// The entry that did it.
    pub void_seq: Seq,
    /// The till's clock.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// Why.
    pub reason: String,
}

/// Marks a sale as taken back, whether it has arrived or not. False if it was already.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_void(conn: &mut Conn, chain: Chain, sale: Seq, void: &VoidRow) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO voids (shop, till, epoch, seq, void_seq, at_ms, staff, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(sale.0)?)
    .bind(db(void.void_seq.0)?)
    .bind(void.at_ms)
    .bind(staff_number(void.staff))
    .bind(&void.reason)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Was the sale at a place taken back?
///
/// # Errors
/// [`StoreError`].
pub async fn is_voided(conn: &mut Conn, chain: Chain, sale: Seq) -> Result<bool, StoreError> {
    Ok(void_of(conn, chain, sale).await?.is_some())
}

/// The entry that took the sale at a place back, if one did.
///
/// # Errors
/// [`StoreError`].
pub async fn void_of(conn: &mut Conn, chain: Chain, sale: Seq) -> Result<Option<Seq>, StoreError> {
    let row = sqlx::query("SELECT void_seq FROM voids WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4")
        .bind(db(chain.shop.0)?)
        .bind(db(chain.till.0)?)
        .bind(i64::from(chain.epoch.0))
        .bind(db(sale.0)?)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.number("void_seq").map(Seq)).transpose()
}

/// The signed bytes of the entry at a place, if it is whole.
///
/// # Errors
/// [`StoreError`].
pub async fn signed_at(conn: &mut Conn, chain: Chain, seq: Seq) -> Result<Option<Vec<u8>>, StoreError> {
    let row =
        sqlx::query("SELECT signed FROM entries WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 AND record IS NULL")
            .bind(db(chain.shop.0)?)
            .bind(db(chain.till.0)?)
            .bind(i64::from(chain.epoch.0))
            .bind(db(seq.0)?)
            .fetch_optional(conn)
            .await?;
    row.map_or(Ok(None), |row| row.maybe_bytes("signed"))
}

/// What the sale at a place came to, and what of it was no turnover, if there is one of which nothing was given back.
///
/// # Errors
/// [`StoreError`].
pub async fn whole_sale_total(conn: &mut Conn, chain: Chain, seq: Seq) -> Result<Option<(i64, i64)>, StoreError> {
    let row = sqlx::query(
        "SELECT total_minor, gifts_minor + tip_minor AS outside FROM sales s WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 AND kind = 'sale' \
         AND NOT EXISTS (SELECT 1 FROM sales r WHERE r.shop = $1 AND r.of_till = $2 AND r.of_epoch = $3 AND r.of_seq = $4)",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(seq.0)?)
    .fetch_optional(conn)
    .await?;
    row.map(|row| Ok((row.int("total_minor")?, row.int("outside")?))).transpose()
}

/// Puts a Z report where the office looks for it.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_shift(
    conn: &mut Conn,
    chain: Chain,
    entry: &NewEntry<'_>,
    report: &ShiftReport,
    now_ms: i64,
) -> Result<(), StoreError> {
    let opened = entry_staff(conn, chain, report.from).await?;
    sqlx::query(
        "INSERT INTO shifts (shop, till, epoch, seq, at_ms, staff, opened_by, report, received_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(entry.seq.0)?)
    .bind(entry.at_ms)
    .bind(staff_number(entry.staff))
    .bind(opened)
    .bind(json(report)?)
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Who opened the shift that begins at a place. A place that no column can hold is nobody's.
async fn entry_staff(conn: &mut Conn, chain: Chain, seq: Seq) -> Result<Option<i64>, StoreError> {
    let Ok(seq) = db(seq.0) else { return Ok(None) };
    let row = sqlx::query(
        "SELECT staff FROM entries WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 AND kind = 'shift_opened'",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(seq)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.maybe_int("staff")).transpose()?.flatten())
}

/// Entries after `after`, in the order of their places, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn entries(conn: &mut Conn, chain: Chain, after: Seq, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, hash, kind, at_ms, staff, flags, signed, CAST(CASE WHEN record IS NULL THEN 1 ELSE 0 END AS BIGINT) AS whole \
         FROM entries \
         WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq > $4 ORDER BY seq LIMIT $5",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(after.0)?)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredEntry {
                seq: Seq(row.number("seq")?),
                hash: row.hash("hash")?,
                kind: row.text("kind")?,
                at_ms: row.int("at_ms")?,
                staff: row.maybe_int("staff")?.and_then(|id| u64::try_from(id).ok()).map(StaffId),
                flags: row.text("flags")?,
                signed: row.maybe_bytes("signed")?,
                whole: row.int("whole")? != 0,
            })
        })
        .collect()
}

/// Forks that were set aside: place, hash and signed bytes.
///
/// # Errors
/// [`StoreError`].
pub async fn forks(conn: &mut Conn, chain: Chain) -> Result<Vec<(Seq, Hash, Vec<u8>)>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, hash, signed FROM quarantine \
         WHERE shop = $1 AND till = $2 AND epoch = $3 AND reason = 'fork' AND signed IS NOT NULL ORDER BY seq",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((Seq(row.number("seq")?), row.hash("hash")?, row.bytes("signed")?))).collect()
}

/// A staff number that a till wrote. One that no column can hold is nobody's.
pub(super) fn staff_number(staff: Option<StaffId>) -> Option<i64> {
    staff.and_then(|staff| db(staff.0).ok())
}
