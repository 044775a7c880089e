//! Receipts by e-mail: what waits to be sent, and what became of it. An address stands here only for as long as it is needed.

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
    mail::Address,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{Conn, Read as _, StoreError, db, journal::Chain, sale_id, staff_id, word};

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is to be sent, or to be tried again.
    Waiting,
    /// The mail server has taken it.
    Sent,
    /// The mail server says that there is no such address.
    Refused,
    /// It was tried for long enough, or its address never came.
    GivenUp,
}

/// A mail.
#[derive(Clone, Debug)]
pub struct MailRow {
    /// The entry that asks for it.
    pub id: SaleId,
    /// That entry's hash.
    pub hash: Hash,
    /// Whose receipt.
    pub of: SaleId,
    /// Who asked.
    pub staff: Option<StaffId>,
    /// When, by the till's clock.
    pub at_ms: i64,
    /// When it arrived.
    pub received_at_ms: i64,
    /// Where it goes, while that is needed.
    pub address: Option<String>,
    /// How far it has come.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub next_at_ms: i64,
    /// Why it was not sent the last time.
    pub trouble: String,
    /// When it was sent, refused or given up.
    pub done_at_ms: Option<i64>,
}

/// Notes what an entry asks for, once. Without an address there is nothing that can be done.
///
/// # Errors
/// [`StoreError`].
pub async fn ask(
    conn: &mut Conn,
    chain: Chain,
    entry: &barrow_core::journal::Entry,
    hash: Hash,
    of: SaleId,
    address: Option<&Address>,
    now_ms: i64,
) -> Result<(), StoreError> {
    // A sale that no column can hold is none that could arrive.
    let (Ok(of_till), Ok(of_seq)) = (db(of.till.0), db(of.seq.0)) else { return Ok(()) };
    let state = if address.is_some() { State::Waiting } else { State::GivenUp };
    sqlx::query(
        "INSERT INTO mails (shop, till, epoch, seq, hash, of_till, of_epoch, of_seq, staff, at_ms, received_at_ms, address, state, \
         attempts, next_at_ms, trouble, done_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $11, $14, $15) ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(entry.seq.0)?)
    .bind(hash.0.as_slice())
    .bind(of_till)
    .bind(i64::from(of.epoch.0))
    .bind(of_seq)
    .bind(entry.staff.and_then(|staff| i64::try_from(staff.0).ok()))
    .bind(entry.at_ms)
    .bind(now_ms)
    .bind(address.map(Address::as_str))
    .bind(word(state))
    .bind(if address.is_some() { "" } else { "The address did not arrive with the entry." })
    .bind(address.is_none().then_some(now_ms))
    .execute(conn)
    .await?;
    Ok(())
}

/// Mails that are due, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn due(conn: &mut Conn, shop: ShopId, now_ms: i64, limit: u32) -> Result<Vec<MailRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM mails WHERE shop = $1 AND state = $2 AND next_at_ms <= $3 ORDER BY next_at_ms, till, epoch, seq LIMIT $4",
    )
    .bind(db(shop.0)?)
    .bind(word(State::Waiting))
    .bind(now_ms)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(row).collect()
}

/// Makes a due mail this server's until `until_ms`. False if another one has it, or it is not due any more.
///
/// # Errors
/// [`StoreError`].
pub async fn claim(conn: &mut Conn, shop: ShopId, mail: &MailRow, until_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET attempts = attempts + 1, next_at_ms = $1 WHERE shop = $2 AND till = $3 AND epoch = $4 AND seq = $5 \
         AND state = $6 AND attempts = $7 AND next_at_ms = $8",
    )
    .bind(until_ms)
    .bind(db(shop.0)?)
    .bind(db(mail.id.till.0)?)
    .bind(i64::from(mail.id.epoch.0))
    .bind(db(mail.id.seq.0)?)
    .bind(word(State::Waiting))
    .bind(mail.attempts)
    .bind(mail.next_at_ms)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server has taken it: the address is forgotten.
    Sent,
    /// The mail server says that there is no such address. It is kept for a while, so that the office can look at it.
    Refused(String),
    /// It is tried again at this moment.
    Again(i64, String),
}

/// Writes down what came of a try.
///
/// # Errors
/// [`StoreError`].
pub async fn note(conn: &mut Conn, shop: ShopId, id: SaleId, outcome: &Outcome, now_ms: i64) -> Result<(), StoreError> {
    let (state, next_at_ms, trouble) = match outcome {
        Outcome::Sent => (State::Sent, 0, ""),
        Outcome::Refused(why) => (State::Refused, 0, why.as_str()),
        Outcome::Again(at_ms, why) => (State::Waiting, *at_ms, why.as_str()),
    };
    sqlx::query(
        "UPDATE mails SET state = $1, next_at_ms = $2, trouble = $3, done_at_ms = $4, \
         address = CASE WHEN $1 = 'sent' THEN NULL ELSE address END WHERE shop = $5 AND till = $6 AND epoch = $7 AND seq = $8",
    )
    .bind(word(state))
    .bind(next_at_ms)
    .bind(trouble)
    .bind((state != State::Waiting).then_some(now_ms))
    .bind(db(shop.0)?)
    .bind(db(id.till.0)?)
    .bind(i64::from(id.epoch.0))
    .bind(db(id.seq.0)?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Has a mail tried again now. False if its address is forgotten, or it was sent.
///
/// # Errors
/// [`StoreError`].
pub async fn resend(conn: &mut Conn, shop: ShopId, id: SaleId, now_ms: i64) -> Result<bool, StoreError> {
    let (Ok(till), Ok(seq)) = (db(id.till.0), db(id.seq.0)) else { return Ok(false) };
    // One that is being sent at this moment is left alone: its claim lies ahead, with nothing wrong written down yet.
    let done = sqlx::query(
        "UPDATE mails SET state = 'waiting', next_at_ms = $1, done_at_ms = NULL WHERE shop = $2 AND till = $3 AND epoch = $4 \
         AND seq = $5 AND address IS NOT NULL AND (state = 'refused' OR (state = 'waiting' AND trouble <> ''))",
    )
    .bind(now_ms)
    .bind(db(shop.0)?)
    .bind(till)
    .bind(i64::from(id.epoch.0))
    .bind(seq)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Is there anything that [`forget`] would forget?
///
/// # Errors
/// [`StoreError`].
pub async fn has_old(conn: &mut Conn, shop: ShopId, before_ms: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT seq FROM mails WHERE shop = $1 AND address IS NOT NULL AND received_at_ms < $2 LIMIT 1")
        .bind(db(shop.0)?)
        .bind(before_ms)
        .fetch_optional(conn)
        .await?;
    Ok(row.is_some())
}

/// Gives up what arrived before `before_ms` and was not sent, and forgets its address. Gives how many.
///
/// # Errors
/// [`StoreError`].
pub async fn forget(conn: &mut Conn, shop: ShopId, before_ms: i64, now_ms: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET address = NULL, done_at_ms = COALESCE(done_at_ms, $1), \
         state = CASE WHEN state = 'waiting' THEN 'given-up' ELSE state END \
         WHERE shop = $2 AND address IS NOT NULL AND received_at_ms < $3",
    )
    .bind(now_ms)
    .bind(db(shop.0)?)
    .bind(before_ms)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Mails, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(conn: &mut Conn, shop: ShopId, limit: u32) -> Result<Vec<MailRow>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM mails WHERE shop = $1 ORDER BY received_at_ms DESC, till DESC, epoch DESC, seq DESC LIMIT $2")
            .bind(db(shop.0)?)
            .bind(i64::from(limit))
            .fetch_all(conn)
            .await?;
    rows.iter().map(row).collect()
}

fn row(row: &AnyRow) -> Result<MailRow, StoreError> {
    let of =
        SaleId { till: TillId(row.number("of_till")?), epoch: Epoch(row.small("of_epoch")?), seq: Seq(row.number("of_seq")?) };
    let state = serde_json::from_value(row.text("state")?.into()).map_err(|_| StoreError::Corrupt("state"))?;
    Ok(MailRow {
        id: sale_id(row)?,
        hash: row.hash("hash")?,
        of,
        staff: staff_id(row, "staff")?,
        at_ms: row.int("at_ms")?,
        received_at_ms: row.int("received_at_ms")?,
        address: row.maybe_text("address")?,
        state,
        attempts: row.int("attempts")?,
        next_at_ms: row.int("next_at_ms")?,
        trouble: row.text("trouble")?,
        done_at_ms: row.maybe_int("done_at_ms")?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use barrow_core::{
        journal::{Body, Draft, Head},
        mail::MailTo,
    };

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn an_address_is_forgotten_after_its_time_whatever_came_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None).await.unwrap();
        let (shop, till, epoch) = (ShopId(1), TillId(1), Epoch(1));
        let address = Address::parse("anna@example.org").unwrap();
        let to = MailTo::new([7; 16], &address);
        let mut tx = store.write().await.unwrap();
        // One that was refused, one that still waits, and one that came later.
        for (seq, received_at_ms) in [(1, 10), (2, 10), (3, 20)] {
            let head = Head { shop, till, epoch, seq: Seq(seq), hash: Hash::default(), at_ms: 0 };
            let of = SaleId { till, epoch, seq: Seq(1) };
            let body = Body::ReceiptRequested { of, to: to.hash(), beside: None };
            let entry = head.follow(Draft { at_ms: 5, staff: None, shift: None, body });
            ask(&mut tx, Chain { shop, till, epoch }, &entry, Hash::default(), of, Some(&address), received_at_ms).await.unwrap();
        }
        let refused = SaleId { till, epoch, seq: Seq(2) };
        note(&mut tx, shop, refused, &Outcome::Refused("no such address".into()), 12).await.unwrap();
        assert!(!has_old(&mut tx, shop, 10).await.unwrap() && has_old(&mut tx, shop, 11).await.unwrap());
        assert_eq!(forget(&mut tx, shop, 11, 15).await.unwrap(), 2);
        assert!(!has_old(&mut tx, shop, 11).await.unwrap());
        tx.commit().await.unwrap();
        let rows = list(&mut store.read().await.unwrap(), shop, 9).await.unwrap();
        let seen: Vec<_> = rows.iter().map(|row| (row.id.seq.0, row.state, row.address.is_some(), row.done_at_ms)).collect();
        assert_eq!(
            seen,
            [(4, State::Waiting, true, None), (3, State::GivenUp, false, Some(15)), (2, State::Refused, false, Some(12))]
        );
    }
}
