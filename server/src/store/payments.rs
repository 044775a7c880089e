//! Card payments: what the tills took, and how far the processor has been asked.
//!
//! A row goes from `waiting` by way of `asking` to `approved` or `declined`, and no further but to `reversed`. It is claimed by an
//! update that succeeds for one server only, and for a time only: a server that dies leaves it to the others.

use std::collections::HashMap;

use barrow_core::{
    card::{Decided, Outcome},
    ids::{PaymentId, SaleId, Seq, ShopId, StaffId, TillId},
    money::Minor,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{
    Conn, Read as _, StoreError, db,
    journal::{Chain, staff_number},
    reports::{ROWS_MAX, till_filter},
    sale_id, staff_id, word,
};

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The processor never got it.
    Waiting,
    /// A server asks for it now.
    Asking,
    /// The processor may have got it; its answer is not known.
    Unknown,
    /// It pays.
    Approved,
    /// It does not.
    Declined,
    /// It is not asked for until somebody has looked at it.
    Held,
    /// Its sale was voided before it was asked for.
    Cancelled,
    /// Its sale was voided; the processor is to take it back.
    Reversing,
    /// The processor took it back.
    Reversed,
}

impl State {
    /// Every state.
    pub const ALL: [State; 9] = [
        State::Waiting,
        State::Asking,
        State::Unknown,
        State::Approved,
        State::Declined,
        State::Held,
        State::Cancelled,
        State::Reversing,
        State::Reversed,
    ];

    /// Reads the word that stands in the database and in the API.
    #[must_use]
    pub fn parse(text: &str) -> Option<State> {
        Self::ALL.into_iter().find(|state| word(state) == text)
    }

    /// Nobody knows yet whether it will pay.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, State::Waiting | State::Asking | State::Unknown | State::Held)
    }
}

/// A payment that a till took.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    /// Its identity.
    pub payment: PaymentId,
    /// The sale's place.
    pub seq: Seq,
    /// The till's clock.
    pub at_ms: i64,
    /// Who took it.
    pub staff: Option<StaffId>,
    /// How much.
    pub amount: Minor,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The card's scheme, in words.
    pub brand: &'a str,
    /// Its last four digits.
    pub last4: &'a str,
    /// How it was read, in words.
    pub mode: &'a str,
    /// The processor's key that it is sealed to.
    pub kid: &'a str,
    /// What it was sealed into; none where that is no text.
    pub jwe: Option<&'a str>,
    /// Waiting, held or cancelled.
    pub state: State,
    /// Why it is held.
    pub reason: Option<&'a str>,
}

/// Adds a payment, once. False if there is one of this identity already.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(conn: &mut Conn, chain: Chain, new: &NewPayment<'_>, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO payments (shop, payment, till, epoch, seq, at_ms, staff, amount_minor, currency, brand, last4, mode, kid, jwe, \
         state, attempts, next_at_ms, reason, told, received_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17, 0, $18) ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(new.payment.0.as_slice())
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(new.seq.0)?)
    .bind(new.at_ms)
    .bind(staff_number(new.staff))
    .bind(new.amount.0)
    .bind(new.currency)
    .bind(new.brand)
    .bind(new.last4)
    .bind(new.mode)
    .bind(new.kid)
    .bind(new.jwe)
    .bind(word(new.state))
    .bind(now_ms)
    .bind(new.reason)
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A payment as it is kept.
#[derive(Clone, Debug)]
pub struct PaymentRow {
    /// Its identity.
    pub payment: PaymentId,
    /// The sale that it pays for.
    pub sale: SaleId,
    /// The till's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who took it.
    pub staff: Option<StaffId>,
    /// How much.
    pub amount: Minor,
    /// ISO 4217 code.
    pub currency: String,
    /// The card's scheme, in words.
    pub brand: String,
    /// Its last four digits.
    pub last4: String,
    /// How it was read, in words.
    pub mode: String,
    /// The processor's key that it is sealed to.
    pub kid: String,
    /// What it was sealed into, while there is something left to ask.
    pub jwe: Option<String>,
    /// How far it has come.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is due again, or until when the server that asks has it for itself.
    pub next_at_ms: i64,
    /// When it was decided.
    pub decided_at_ms: Option<i64>,
    /// The processor's number for it.
    pub authorization: Option<String>,
    /// Why it was declined or is held.
    pub reason: Option<String>,
    /// When the server got it.
    pub received_at_ms: i64,
}

/// One payment.
///
/// # Errors
/// [`StoreError`].
pub async fn get(conn: &mut Conn, shop: ShopId, payment: PaymentId) -> Result<Option<PaymentRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM payments WHERE shop = $1 AND payment = $2")
        .bind(db(shop.0)?)
        .bind(payment.0.as_slice())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(payment_row).transpose()
}

/// What is due, the longest due first.
///
/// # Errors
/// [`StoreError`].
pub async fn due(conn: &mut Conn, shop: ShopId, now_ms: i64, limit: usize) -> Result<Vec<PaymentRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM payments WHERE shop = $1 AND state IN ('waiting', 'asking', 'unknown', 'reversing') AND next_at_ms <= $2 \
         ORDER BY next_at_ms, payment LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(now_ms)
    .bind(i64::try_from(limit).map_err(|_| StoreError::Range)?)
    .fetch_all(conn)
    .await?;
    rows.iter().map(payment_row).collect()
}

/// Takes a payment for this server until `until_ms`. None if another was quicker, or something else has happened to it.
///
/// # Errors
/// [`StoreError`].
pub async fn claim(conn: &mut Conn, shop: ShopId, found: &PaymentRow, until_ms: i64) -> Result<Option<PaymentRow>, StoreError> {
    let state = if found.state == State::Reversing { State::Reversing } else { State::Asking };
    let attempts = found.attempts.saturating_add(1);
    let done = sqlx::query(
        "UPDATE payments SET state = $1, attempts = $2, next_at_ms = $3 \
         WHERE shop = $4 AND payment = $5 AND state = $6 AND attempts = $7 AND next_at_ms = $8",
    )
    .bind(word(state))
    .bind(attempts)
    .bind(until_ms)
    .bind(db(shop.0)?)
    .bind(found.payment.0.as_slice())
    .bind(word(found.state))
    .bind(found.attempts)
    .bind(found.next_at_ms)
    .execute(conn)
    .await?;
    Ok((done.rows_affected() == 1).then(|| PaymentRow { state, attempts, next_at_ms: until_ms, ..found.clone() }))
}

/// Gives a claimed payment back, to be tried again at `next_at_ms`. Changes nothing if somebody else has it by now. One whose sale
/// was voided in between goes on being taken back, or is cancelled if it is still waiting: then the processor never got it.
///
/// # Errors
/// [`StoreError`].
pub async fn put_back(
    conn: &mut Conn,
    shop: ShopId,
    claimed: &PaymentRow,
    state: State,
    next_at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE payments SET state = CASE WHEN state = 'reversing' AND $1 = 'waiting' THEN 'cancelled' \
                                          WHEN state = 'reversing' THEN state ELSE $1 END, next_at_ms = $2 \
         WHERE shop = $3 AND payment = $4 AND attempts = $5 AND state IN ('asking', 'reversing')",
    )
    .bind(word(state))
    .bind(next_at_ms)
    .bind(db(shop.0)?)
    .bind(claimed.payment.0.as_slice())
    .bind(claimed.attempts)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down what the processor said; gives the state that follows. One whose sale was voided in between is taken back if it was
/// approved. None if it was decided before.
///
/// # Errors
/// [`StoreError`].
pub async fn decide(
    conn: &mut Conn,
    shop: ShopId,
    payment: PaymentId,
    outcome: &Outcome,
    now_ms: i64,
) -> Result<Option<State>, StoreError> {
    let (state, authorization, reason) = match outcome {
        Outcome::Approved { authorization } => (State::Approved, Some(authorization.as_str()), None),
        Outcome::Declined { reason } => (State::Declined, None, Some(reason.as_str())),
    };
    let row = sqlx::query(
        "UPDATE payments SET state = CASE WHEN state = 'reversing' AND $1 = 'approved' THEN 'reversing' \
                                          WHEN state = 'reversing' THEN 'cancelled' ELSE $1 END, \
         authorization_code = $2, reason = $3, decided_at_ms = $4, next_at_ms = $4, jwe = NULL \
         WHERE shop = $5 AND payment = $6 AND state IN ('waiting', 'asking', 'unknown', 'reversing') AND decided_at_ms IS NULL \
         RETURNING state",
    )
    .bind(word(state))
    .bind(authorization)
    .bind(reason)
    .bind(now_ms)
    .bind(db(shop.0)?)
    .bind(payment.0.as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(|row| State::parse(&row.text("state")?).ok_or(StoreError::Corrupt("state"))).transpose()
}

/// Holds a claimed payment for somebody to look at. False if something else has happened to it.
///
/// # Errors
/// [`StoreError`].
pub async fn hold(conn: &mut Conn, shop: ShopId, claimed: &PaymentRow, reason: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE payments SET state = 'held', reason = $1 WHERE shop = $2 AND payment = $3 AND attempts = $4 AND state = 'asking'",
    )
    .bind(reason)
    .bind(db(shop.0)?)
    .bind(claimed.payment.0.as_slice())
    .bind(claimed.attempts)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks that the processor took a payment back.
///
/// # Errors
/// [`StoreError`].
pub async fn reversed(conn: &mut Conn, shop: ShopId, payment: PaymentId) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET state = 'reversed', jwe = NULL WHERE shop = $1 AND payment = $2 AND state = 'reversing'")
        .bind(db(shop.0)?)
        .bind(payment.0.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes a payment due now: one that is waited for, or one that the processor refused (`held`) after somebody has looked into it.
/// False if it is neither.
///
/// # Errors
/// [`StoreError`].
pub async fn ask_again(conn: &mut Conn, shop: ShopId, payment: PaymentId, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE payments SET state = CASE WHEN state = 'held' THEN 'unknown' ELSE state END, next_at_ms = $1 \
         WHERE shop = $2 AND payment = $3 AND (state IN ('waiting', 'unknown', 'reversing') OR (state = 'held' AND attempts > 0))",
    )
    .bind(now_ms)
    .bind(db(shop.0)?)
    .bind(payment.0.as_slice())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a payment that is held: it will not be charged, and its till is told so. False if it is not held.
///
/// # Errors
/// [`StoreError`].
pub async fn give_up(conn: &mut Conn, shop: ShopId, payment: PaymentId, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE payments SET state = 'declined', reason = 'not charged: ' || COALESCE(reason, ''), decided_at_ms = $1, jwe = NULL \
         WHERE shop = $2 AND payment = $3 AND state = 'held'",
    )
    .bind(now_ms)
    .bind(db(shop.0)?)
    .bind(payment.0.as_slice())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A sale was taken back: what the processor never got is cancelled, the rest is to be reversed. What a server asks for at this
/// moment is left to end first.
///
/// # Errors
/// [`StoreError`].
pub async fn sale_voided(conn: &mut Conn, chain: Chain, sale: Seq, now_ms: i64) -> Result<(), StoreError> {
    // In this order: a payment that is claimed between the two is seen by the second.
    sqlx::query(
        "UPDATE payments SET state = 'cancelled', jwe = NULL WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 \
         AND (state = 'waiting' OR (state = 'held' AND attempts = 0))",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(sale.0)?)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE payments SET next_at_ms = CASE WHEN state = 'asking' THEN next_at_ms ELSE $5 END, state = 'reversing' \
         WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 AND state IN ('asking', 'unknown', 'approved', 'held')",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(sale.0)?)
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// All of one payment was given back: what the processor never got is cancelled, the rest is to be reversed. False if there is
/// nothing (any more) to take back.
///
/// # Errors
/// [`StoreError`].
pub async fn give_back(conn: &mut Conn, shop: ShopId, payment: PaymentId, now_ms: i64) -> Result<bool, StoreError> {
    // In this order: a payment that is claimed between the two is seen by the second.
    let cancelled = sqlx::query(
        "UPDATE payments SET state = 'cancelled', jwe = NULL WHERE shop = $1 AND payment = $2 \
         AND (state = 'waiting' OR (state = 'held' AND attempts = 0))",
    )
    .bind(db(shop.0)?)
    .bind(payment.0.as_slice())
    .execute(&mut *conn)
    .await?;
    let reversing = sqlx::query(
        "UPDATE payments SET next_at_ms = CASE WHEN state = 'asking' THEN next_at_ms ELSE $3 END, state = 'reversing' \
         WHERE shop = $1 AND payment = $2 AND state IN ('asking', 'unknown', 'approved', 'held')",
    )
    .bind(db(shop.0)?)
    .bind(payment.0.as_slice())
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(cancelled.rows_affected() + reversing.rows_affected() > 0)
}

/// The payments of one sale.
///
/// # Errors
/// [`StoreError`].
pub async fn of_sale(conn: &mut Conn, chain: Chain, sale: Seq) -> Result<Vec<PaymentRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM payments WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 ORDER BY payment")
        .bind(db(chain.shop.0)?)
        .bind(db(chain.till.0)?)
        .bind(i64::from(chain.epoch.0))
        .bind(db(sale.0)?)
        .fetch_all(conn)
        .await?;
    rows.iter().map(payment_row).collect()
}

/// How far the payments have come that arrived between two moments, by their identities in hexadecimal. A payment arrives in the
/// same moment as its sale.
///
/// # Errors
/// [`StoreError`].
pub async fn states(conn: &mut Conn, shop: ShopId, first_ms: i64, last_ms: i64) -> Result<HashMap<String, State>, StoreError> {
    let rows = sqlx::query("SELECT payment, state FROM payments WHERE shop = $1 AND received_at_ms BETWEEN $2 AND $3")
        .bind(db(shop.0)?)
        .bind(first_ms)
        .bind(last_ms)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let payment = row.bytes("payment")?.try_into().map(PaymentId).map_err(|_| StoreError::Corrupt("payment"))?;
            Ok((payment.to_string(), State::parse(&row.text("state")?).ok_or(StoreError::Corrupt("state"))?))
        })
        .collect()
}

/// Outcomes that a till's journal does not have yet, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn untold(conn: &mut Conn, shop: ShopId, till: TillId, limit: usize) -> Result<Vec<Decided>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM payments WHERE shop = $1 AND till = $2 AND told = 0 AND state IN ('approved', 'declined') \
         ORDER BY decided_at_ms, payment LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(db(till.0)?)
    .bind(i64::try_from(limit).map_err(|_| StoreError::Range)?)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let row = payment_row(row)?;
            let outcome = match row.state {
                State::Approved => Outcome::Approved { authorization: row.authorization.unwrap_or_default() },
                _ => Outcome::Declined { reason: row.reason.unwrap_or_default() },
            };
            Ok(Decided { payment: row.payment, outcome, at_ms: row.decided_at_ms.unwrap_or_default() })
        })
        .collect()
}

/// Marks that a till's journal has an outcome.
///
/// # Errors
/// [`StoreError`].
pub async fn told(conn: &mut Conn, shop: ShopId, till: TillId, payment: PaymentId) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET told = 1 WHERE shop = $1 AND till = $2 AND payment = $3 AND decided_at_ms IS NOT NULL")
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(payment.0.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Which payments.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Only of this till.
    pub till: Option<TillId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only from this moment on by the till's clock, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Only up to this one, itself included.
    pub to_ms: i64,
    /// Only what arrived before this one.
    pub before: Option<PaymentId>,
    /// At most so many.
    pub limit: u32,
}

/// Payments by arrival, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(conn: &mut Conn, shop: ShopId, wanted: &Wanted) -> Result<Vec<PaymentRow>, StoreError> {
    // What stands for "no filter": keys that come after all others.
    let mut bound = (i64::MAX, vec![0xff; 17]);
    if let Some(before) = wanted.before {
        let Some(row) = get(conn, shop, before).await? else { return Ok(Vec::new()) };
        bound = (row.received_at_ms, row.payment.0.to_vec());
    }
    let rows = sqlx::query(
        "SELECT * FROM payments WHERE shop = $1 AND ($2 < 0 OR till = $2) AND ($3 = '' OR state = $3) AND at_ms BETWEEN $4 AND $5 \
         AND (received_at_ms, payment) < ($6, $7) ORDER BY received_at_ms DESC, payment DESC LIMIT $8",
    )
    .bind(db(shop.0)?)
    .bind(till_filter(wanted.till)?)
    .bind(wanted.state.map(word).unwrap_or_default())
    .bind(wanted.from_ms)
    .bind(wanted.to_ms)
    .bind(bound.0)
    .bind(bound.1)
    .bind(i64::from(wanted.limit.min(ROWS_MAX)))
    .fetch_all(conn)
    .await?;
    rows.iter().map(payment_row).collect()
}

/// What is open at one till.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Which till.
    pub till: TillId,
    /// How many payments.
    pub payments: u64,
    /// What they come to.
    pub amount: Minor,
}

/// What nobody knows yet whether it will pay, by till.
///
/// # Errors
/// [`StoreError`].
pub async fn exposure(conn: &mut Conn, shop: ShopId) -> Result<Vec<Exposure>, StoreError> {
    let rows = sqlx::query(
        "SELECT till, COUNT(*) AS n, CAST(SUM(amount_minor) AS BIGINT) AS amount FROM payments \
         WHERE shop = $1 AND state IN ('waiting', 'asking', 'unknown', 'held') GROUP BY till ORDER BY till",
    )
    .bind(db(shop.0)?)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let till = TillId(row.number("till")?);
            Ok(Exposure { till, payments: row.number("n")?, amount: Minor(row.int("amount")?) })
        })
        .collect()
}

fn payment_row(row: &AnyRow) -> Result<PaymentRow, StoreError> {
    let payment = row.bytes("payment")?.try_into().map_err(|_| StoreError::Corrupt("payment"))?;
    Ok(PaymentRow {
        payment: PaymentId(payment),
        sale: sale_id(row)?,
        at_ms: row.int("at_ms")?,
        staff: staff_id(row, "staff")?,
        amount: Minor(row.int("amount_minor")?),
        currency: row.text("currency")?,
        brand: row.text("brand")?,
        last4: row.text("last4")?,
        mode: row.text("mode")?,
        kid: row.text("kid")?,
        jwe: row.maybe_text("jwe")?,
        state: State::parse(&row.text("state")?).ok_or(StoreError::Corrupt("state"))?,
        attempts: row.int("attempts")?,
        next_at_ms: row.int("next_at_ms")?,
        decided_at_ms: row.maybe_int("decided_at_ms")?,
        authorization: row.maybe_text("authorization_code")?,
        reason: row.maybe_text("reason")?,
        received_at_ms: row.int("received_at_ms")?,
    })
}
