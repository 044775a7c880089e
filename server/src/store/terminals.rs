//! Card readers that tills have told of, and payments at terminals that are not connected to a till.

use barrow_core::{
    card::Reader,
    ids::{SaleId, ShopId, StaffId, TillId},
    journal::Entry,
    money::Minor,
    tender::Tender,
};

use super::{
    Conn, Read as _, StoreError, db,
    journal::{Chain, staff_number},
    reports::ROWS_MAX,
    sale_id, staff_id,
};

/// Takes note of a reader. Its newest name and firmware stay.
///
/// # Errors
/// [`StoreError`].
pub async fn seen(conn: &mut Conn, chain: Chain, reader: &Reader, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO readers_seen (shop, till, vendor, product, serial, name, firmware, clear, last_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (shop, till, vendor, product, serial) DO UPDATE SET \
         name = excluded.name, firmware = excluded.firmware, clear = excluded.clear, last_at_ms = excluded.last_at_ms",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(reader.vendor))
    .bind(i64::from(reader.product))
    .bind(&reader.serial)
    .bind(&reader.name)
    .bind(&reader.firmware)
    .bind(i64::from(reader.clear))
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// A reader that a till has told of.
#[derive(Clone, Debug)]
pub struct SeenReader {
    /// Which till.
    pub till: TillId,
    /// What it told of itself.
    pub reader: Reader,
    /// When it was last attached, by the server's clock.
    pub last_at_ms: i64,
}

/// The readers that tills have told of, the newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn readers(conn: &mut Conn, shop: ShopId) -> Result<Vec<SeenReader>, StoreError> {
    let rows = sqlx::query("SELECT * FROM readers_seen WHERE shop = $1 ORDER BY last_at_ms DESC, till, serial LIMIT 200")
        .bind(db(shop.0)?)
        .fetch_all(conn)
        .await?;
    let half = |number: u32, column| u16::try_from(number).map_err(|_| StoreError::Corrupt(column));
    rows.iter()
        .map(|row| {
            Ok(SeenReader {
                till: TillId(row.number("till")?),
                reader: Reader {
                    vendor: half(row.small("vendor")?, "vendor")?,
                    product: half(row.small("product")?, "product")?,
                    name: row.text("name")?,
                    serial: row.text("serial")?,
                    firmware: row.text("firmware")?,
                    clear: row.int("clear")? != 0,
                },
                last_at_ms: row.int("last_at_ms")?,
            })
        })
        .collect()
}

/// Takes note of a payment at another terminal: its place among the sale's tenders, the tender, and the slip's number.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(
    conn: &mut Conn,
    chain: Chain,
    entry: &Entry,
    (n, tender, reference): (usize, &Tender, &str),
    currency: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO terminal_payments (shop, till, epoch, seq, n, at_ms, staff, amount_minor, currency, reference) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(entry.seq.0)?)
    .bind(i64::try_from(n).map_err(|_| StoreError::Range)?)
    .bind(entry.at_ms)
    .bind(staff_number(entry.staff))
    .bind(tender.amount.0)
    .bind(currency)
    .bind(reference)
    .execute(conn)
    .await?;
    Ok(())
}

/// A payment at another terminal.
#[derive(Clone, Debug)]
pub struct TerminalPayment {
    /// The sale that it pays for.
    pub sale: SaleId,
    /// The till's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who took it.
    pub staff: Option<StaffId>,
    /// How much.
    pub amount: Minor,
    /// The number on the slip.
    pub reference: String,
    /// Its sale was voided; the terminal has to be told by hand.
    pub voided: bool,
}

/// Payments at other terminals between two moments, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn payments(conn: &mut Conn, shop: ShopId, from_ms: i64, to_ms: i64) -> Result<Vec<TerminalPayment>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.*, v.void_seq FROM terminal_payments p \
         LEFT JOIN voids v ON v.shop = p.shop AND v.till = p.till AND v.epoch = p.epoch AND v.seq = p.seq \
         WHERE p.shop = $1 AND p.at_ms BETWEEN $2 AND $3 ORDER BY p.at_ms, p.till, p.epoch, p.seq, p.n LIMIT $4",
    )
    .bind(db(shop.0)?)
    .bind(from_ms)
    .bind(to_ms)
    .bind(i64::from(ROWS_MAX))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(TerminalPayment {
                sale: sale_id(row)?,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row, "staff")?,
                amount: Minor(row.int("amount_minor")?),
                reference: row.text("reference")?,
                voided: row.maybe_int("void_seq")?.is_some(),
            })
        })
        .collect()
}

/// What a terminal's batch report said for a day, beside what the tills had noted.
#[derive(Clone, Debug)]
pub struct TerminalTotal {
    /// When it was typed in, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// The terminal's own total.
    pub reported: Minor,
    /// The tills' total at that moment.
    pub noted: Minor,
    /// What the person wrote to it.
    pub note: String,
}

/// Keeps a terminal's total for a day.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_total(conn: &mut Conn, shop: ShopId, day: &str, total: &TerminalTotal) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO terminal_totals (shop, day, at_ms, by_login, reported_minor, noted_minor, note) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(db(shop.0)?)
    .bind(day)
    .bind(total.at_ms)
    .bind(&total.by)
    .bind(total.reported.0)
    .bind(total.noted.0)
    .bind(&total.note)
    .execute(conn)
    .await?;
    Ok(())
}

/// The totals that were typed in for a day, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn totals(conn: &mut Conn, shop: ShopId, day: &str) -> Result<Vec<TerminalTotal>, StoreError> {
    let rows = sqlx::query("SELECT * FROM terminal_totals WHERE shop = $1 AND day = $2 ORDER BY at_ms DESC LIMIT 100")
        .bind(db(shop.0)?)
        .bind(day)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(TerminalTotal {
                at_ms: row.int("at_ms")?,
                by: row.text("by_login")?,
                reported: Minor(row.int("reported_minor")?),
                noted: Minor(row.int("noted_minor")?),
                note: row.text("note")?,
            })
        })
        .collect()
}
