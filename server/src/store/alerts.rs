//! What the office is warned of, until somebody has dealt with it.

use barrow_core::ids::{SaleId, Seq, ShopId, TillId};

use super::{Conn, Read as _, StoreError, db, journal::Chain, reports::ROWS_MAX, sale_id};

/// The most characters of what somebody did about an alert.
pub const ANSWER_MAX: usize = 500;

/// A warning on its way to the office.
#[derive(Clone, Copy, Debug)]
pub struct NewAlert<'a> {
    /// Where in the journal.
    pub seq: Seq,
    /// What, such as `card-declined`.
    pub kind: &'a str,
    /// Which of several things at that place, such as a payment's identity; usually nothing.
    pub about: &'a str,
    /// What exactly, in a sentence; usually nothing.
    pub detail: &'a str,
}

/// Raises an alert, once for each till, epoch, place, kind and thing.
///
/// # Errors
/// [`StoreError`].
pub async fn raise(conn: &mut Conn, chain: Chain, alert: &NewAlert<'_>, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alerts (shop, till, epoch, seq, kind, about, at_ms, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(alert.seq.0)?)
    .bind(alert.kind)
    .bind(alert.about)
    .bind(now_ms)
    .bind(alert.detail)
    .execute(conn)
    .await?;
    Ok(())
}

/// Who dealt with an alert, and how.
#[derive(Clone, Debug)]
pub struct Answer {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who: a name of the moment.
    pub by: String,
    /// What they did, in their words.
    pub note: String,
}

/// Answers every open alert of a till of this kind and about this thing. False if there is none.
///
/// # Errors
/// [`StoreError`].
pub async fn answer_all(
    conn: &mut Conn,
    (shop, till): (ShopId, TillId),
    (kind, about): (&str, &str),
    answer: &Answer,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE alerts SET answered_at_ms = $1, answered_by = $2, answer = $3 \
         WHERE shop = $4 AND till = $5 AND kind = $6 AND about = $7 AND answered_at_ms IS NULL",
    )
    .bind(answer.at_ms)
    .bind(&answer.by)
    .bind(&answer.note)
    .bind(db(shop.0)?)
    .bind(db(till.0)?)
    .bind(kind)
    .bind(about)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Answers every open alert of this kind about this thing, whichever till's.
///
/// # Errors
/// [`StoreError`].
pub async fn answer_everywhere(
    conn: &mut Conn,
    shop: ShopId,
    (kind, about): (&str, &str),
    answer: &Answer,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE alerts SET answered_at_ms = $1, answered_by = $2, answer = $3 \
         WHERE shop = $4 AND kind = $5 AND about = $6 AND answered_at_ms IS NULL",
    )
    .bind(answer.at_ms)
    .bind(&answer.by)
    .bind(&answer.note)
    .bind(db(shop.0)?)
    .bind(kind)
    .bind(about)
    .execute(conn)
    .await?;
    Ok(())
}

/// Answers one alert. False if it is not there, or was answered already.
///
/// # Errors
/// [`StoreError`].
pub async fn answer_one(
    conn: &mut Conn,
    shop: ShopId,
    at: SaleId,
    (kind, about): (&str, &str),
    answer: &Answer,
) -> Result<bool, StoreError> {
    let (Ok(till), Ok(seq)) = (db(at.till.0), db(at.seq.0)) else { return Ok(false) };
    let done = sqlx::query(
        "UPDATE alerts SET answered_at_ms = $1, answered_by = $2, answer = $3 WHERE shop = $4 AND till = $5 AND epoch = $6 \
         AND seq = $7 AND kind = $8 AND about = $9 AND answered_at_ms IS NULL",
    )
    .bind(answer.at_ms)
    .bind(&answer.by)
    .bind(&answer.note)
    .bind(db(shop.0)?)
    .bind(till)
    .bind(i64::from(at.epoch.0))
    .bind(seq)
    .bind(kind)
    .bind(about)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An alert as it is kept.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// Where in which till's journal.
    pub at: SaleId,
    /// What.
    pub kind: String,
    /// Which of several things at that place.
    pub about: String,
    /// What exactly.
    pub detail: String,
    /// When it was raised, by the server's clock.
    pub at_ms: i64,
    /// Who dealt with it, if somebody has.
    pub answer: Option<Answer>,
}

/// Alerts, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(conn: &mut Conn, shop: ShopId, till: Option<TillId>, limit: u32) -> Result<Vec<AlertRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM alerts WHERE shop = $1 AND ($2 < 0 OR till = $2) \
         ORDER BY at_ms DESC, till, epoch DESC, seq DESC, kind, about LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(till.map_or(Ok(-1), |till| db(till.0))?)
    .bind(i64::from(limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let answer = match row.maybe_int("answered_at_ms")? {
                Some(at_ms) => Some(Answer { at_ms, by: row.text("answered_by")?, note: row.text("answer")? }),
                None => None,
            };
            Ok(AlertRow {
                at: sale_id(row)?,
                kind: row.text("kind")?,
                about: row.text("about")?,
                detail: row.text("detail")?,
                at_ms: row.int("at_ms")?,
                answer,
            })
        })
        .collect()
}
