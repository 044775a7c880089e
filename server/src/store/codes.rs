//! One-time codes at rest: only their keyed hash, whom they are for, and what became of them.

use barrow_core::ids::{Epoch, ShopId, StaffId, TillId};
use thiserror::Error;

use super::{Conn, Read as _, StoreError, db};
use crate::{
    codes::{Code, LIFETIME_MS, Purpose, REPEAT_MS},
    keys::Keys,
};

/// Why a code does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CodeFault {
    /// Nobody was ever given this code for this.
    #[error("This code is not right. Check it against the office's screen.")]
    Wrong,
    /// It is older than a day.
    #[error("This code has expired. Ask the office for a new one.")]
    Expired,
    /// Somebody used it.
    #[error("This code has been used already. Ask the office for a new one.")]
    Used,
}

/// A code that works.
#[derive(Clone, Debug)]
pub struct Found {
    /// For which till.
    pub till: TillId,
    /// For whom; nobody for an enrolment.
    pub staff: Option<StaffId>,
    /// It was used moments ago by the same asker, in this epoch: the answer is to be given again.
    pub again: Option<Epoch>,
}

/// Makes a code, keeps its hash, and gives it.
///
/// # Errors
/// [`StoreError`].
pub async fn issue(
    conn: &mut Conn,
    keys: &Keys,
    shop: ShopId,
    purpose: Purpose,
    till: TillId,
    staff: Option<StaffId>,
    now_ms: i64,
) -> Result<Code, StoreError> {
    let code = Code::make(purpose);
    sqlx::query("INSERT INTO codes (shop, hash, purpose, till, staff, expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(db(shop.0)?)
        .bind(keys.keyed_hash(purpose.as_str(), code.plain()).as_slice())
        .bind(purpose.as_str())
        .bind(db(till.0)?)
        .bind(staff.map(|staff| db(staff.0)).transpose()?)
        .bind(now_ms.saturating_add(LIFETIME_MS))
        .execute(&mut *conn)
        .await?;
    // Long-dead codes need not be told apart from wrong ones.
    sqlx::query("DELETE FROM codes WHERE shop = $1 AND expires_at_ms < $2")
        .bind(db(shop.0)?)
        .bind(now_ms.saturating_sub(30 * LIFETIME_MS))
        .execute(conn)
        .await?;
    Ok(code)
}

/// Somebody shows a code.
pub struct Shown<'a> {
    /// The server's keys, under which codes are hashed.
    pub keys: &'a Keys,
    /// Whose code it should be.
    pub shop: ShopId,
    /// What for.
    pub purpose: Purpose,
    /// The code.
    pub code: &'a Code,
    /// A hash of who asks.
    pub asker: [u8; 32],
    /// The server's clock, milliseconds since 1970 UTC.
    pub now_ms: i64,
}

impl Shown<'_> {
    /// Looks the code up. Nothing is changed yet.
    ///
    /// # Errors
    /// [`StoreError`] outside; inside, why the code does not work.
    pub async fn find(&self, conn: &mut Conn) -> Result<Result<Found, CodeFault>, StoreError> {
        let row = sqlx::query("SELECT * FROM codes WHERE shop = $1 AND hash = $2 AND purpose = $3")
            .bind(db(self.shop.0)?)
            .bind(self.hash().as_slice())
            .bind(self.purpose.as_str())
            .fetch_optional(conn)
            .await?;
        let Some(row) = row else { return Ok(Err(CodeFault::Wrong)) };
        let staff = row.maybe_int("staff")?.map(|id| u64::try_from(id).map(StaffId)).transpose();
        let staff = staff.map_err(|_| StoreError::Corrupt("staff"))?;
        let mut found = Found { till: TillId(row.number("till")?), staff, again: None };
        if let Some(used_at_ms) = row.maybe_int("used_at_ms")? {
            let same_asker = row.maybe_bytes("used_by")?.is_some_and(|by| by == self.asker);
            if !same_asker || self.now_ms.saturating_sub(used_at_ms) > REPEAT_MS {
                return Ok(Err(CodeFault::Used));
            }
            found.again = Some(Epoch(row.small("used_epoch")?));
        } else if self.now_ms > row.int("expires_at_ms")? {
            return Ok(Err(CodeFault::Expired));
        }
        Ok(Ok(found))
    }

    /// Marks the code as used, in `epoch`. False if somebody else was faster.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn consume(&self, conn: &mut Conn, epoch: Epoch) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE codes SET used_at_ms = $1, used_by = $2, used_epoch = $3 \
             WHERE shop = $4 AND hash = $5 AND purpose = $6 AND used_at_ms IS NULL",
        )
        .bind(self.now_ms)
        .bind(self.asker.as_slice())
        .bind(i64::from(epoch.0))
        .bind(db(self.shop.0)?)
        .bind(self.hash().as_slice())
        .bind(self.purpose.as_str())
        .execute(conn)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    fn hash(&self) -> [u8; 32] {
        self.keys.keyed_hash(self.purpose.as_str(), self.code.plain())
    }
}

/// Makes the first-PIN codes of one person at one till useless, because a new one takes their place.
///
/// # Errors
/// [`StoreError`].
pub async fn cancel_first_pins(conn: &mut Conn, shop: ShopId, till: TillId, staff: StaffId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM codes WHERE shop = $1 AND till = $2 AND staff = $3 AND used_at_ms IS NULL")
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(db(staff.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes every code of a till, or of a person, useless.
///
/// # Errors
/// [`StoreError`].
pub async fn cancel(conn: &mut Conn, shop: ShopId, till: Option<TillId>, staff: Option<StaffId>) -> Result<(), StoreError> {
    for (sql, id) in [
        ("DELETE FROM codes WHERE shop = $1 AND till = $2 AND used_at_ms IS NULL", till.map(|till| till.0)),
        ("DELETE FROM codes WHERE shop = $1 AND staff = $2 AND used_at_ms IS NULL", staff.map(|staff| staff.0)),
    ] {
        if let Some(id) = id {
            sqlx::query(sql).bind(db(shop.0)?).bind(db(id)?).execute(&mut *conn).await?;
        }
    }
    Ok(())
}
