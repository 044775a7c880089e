//! Gift cards: what all tills' journals say of each, and what somebody has to be told.

use barrow_core::{
    gift::{GiftOverdrawn, GiftRef, LAST4_MAX},
    ids::{SaleId, Seq, ShopId, StaffId, TillId},
    money::Minor,
};
use serde::Serialize;

use super::{
    Conn, Read as _, StoreError, db,
    journal::{Chain, staff_number},
    reports::ROWS_MAX,
    sale_id, staff_id,
};

/// The most blocked cards that a configuration names; the till asks the server for the others.
pub const BLOCKED_MAX: i64 = 1_000;

/// What happened to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It was sold.
    Issue,
    /// More was put on it.
    TopUp,
    /// It was given as store credit for a refund.
    Credit,
    /// It paid.
    Redeem,
    /// What it had paid went back to it.
    Refund,
    /// The sale that had loaded it was voided.
    VoidLoad,
    /// The sale that it had paid was voided.
    VoidRedeem,
}

impl Kind {
    const ALL: [Kind; 7] = [Kind::Issue, Kind::TopUp, Kind::Credit, Kind::Redeem, Kind::Refund, Kind::VoidLoad, Kind::VoidRedeem];

    fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| super::word(kind) == text)
    }

    /// Does it put money on a card that is new or old?
    pub fn loads(self) -> bool {
        matches!(self, Kind::Issue | Kind::TopUp | Kind::Credit)
    }

    fn voided(self) -> Kind {
        if self.loads() { Kind::VoidLoad } else { Kind::VoidRedeem }
    }
}

/// Something that happened to a card.
#[derive(Clone, Debug)]
pub struct NewMove<'a> {
    /// Which card.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: &'a str,
    /// Until when it can be spent, as the entry says.
    pub until_ms: Option<i64>,
    /// What.
    pub kind: Kind,
    /// Which of several in one entry.
    pub part: usize,
    /// How much; negative for what was taken.
    pub amount: Minor,
    /// The till took it without this server's word.
    pub offline: bool,
}

/// Writes down what an entry does to a card, once.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(
    conn: &mut Conn,
    chain: Chain,
    (seq, at_ms, staff): (Seq, i64, Option<StaffId>),
    new: &NewMove<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let last4: String = new.last4.chars().filter(char::is_ascii_alphanumeric).take(LAST4_MAX).collect();
    sqlx::query(
        // The row is written even where it is there, so that two servers judge a card one after the other.
        "INSERT INTO gift_cards (shop, card, last4) VALUES ($1, $2, $3) ON CONFLICT (shop, card) DO UPDATE SET last4 = gift_cards.last4",
    )
        .bind(db(chain.shop.0)?)
        .bind(new.card.0.as_slice())
        .bind(last4)
        .execute(&mut *conn)
        .await?;
    if new.kind.loads() {
        // Whatever order they come in, the latest load counts; one without an end counts for ever.
        sqlx::query(
            "UPDATE gift_cards SET until_ms = CASE \
                 WHEN CAST($3 AS BIGINT) IS NULL THEN NULL \
                 WHEN NOT EXISTS (SELECT 1 FROM gift_entries e WHERE e.shop = $1 AND e.card = $2 AND e.kind IN ('issue', 'top_up', 'credit')) \
                      OR until_ms < CAST($3 AS BIGINT) THEN CAST($3 AS BIGINT) ELSE until_ms END \
             WHERE shop = $1 AND card = $2",
        )
        .bind(db(chain.shop.0)?)
        .bind(new.card.0.as_slice())
        .bind(new.until_ms)
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query(
        "INSERT INTO gift_entries (shop, till, epoch, seq, kind, part, card, amount_minor, offline, at_ms, staff, received_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(seq.0)?)
    .bind(super::word(new.kind))
    .bind(i64::try_from(new.part).map_err(|_| StoreError::Range)?)
    .bind(new.card.0.as_slice())
    .bind(new.amount.0)
    .bind(i64::from(new.offline))
    .bind(at_ms)
    .bind(staff_number(staff))
    .bind(now_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back what a sale did to cards, once; gives the cards.
///
/// # Errors
/// [`StoreError`].
pub async fn take_back(
    conn: &mut Conn,
    chain: Chain,
    sale: Seq,
    (at_ms, staff): (i64, Option<StaffId>),
    now_ms: i64,
) -> Result<Vec<GiftRef>, StoreError> {
    let rows = sqlx::query(
        "SELECT e.kind, e.part, e.card, e.amount_minor, c.last4 FROM gift_entries e \
         JOIN gift_cards c ON c.shop = e.shop AND c.card = e.card \
         WHERE e.shop = $1 AND e.till = $2 AND e.epoch = $3 AND e.seq = $4 AND e.kind IN ('issue', 'top_up', 'redeem')",
    )
    .bind(db(chain.shop.0)?)
    .bind(db(chain.till.0)?)
    .bind(i64::from(chain.epoch.0))
    .bind(db(sale.0)?)
    .fetch_all(&mut *conn)
    .await?;
    let mut cards = Vec::new();
    for row in rows {
        let kind = Kind::parse(&row.text("kind")?).ok_or(StoreError::Corrupt("kind"))?;
        let new = NewMove {
            card: card(row.bytes("card")?)?,
            last4: &row.text("last4")?,
            until_ms: None,
            kind: kind.voided(),
            // An issue and a top-up of one sale have parts of one count.
            part: usize::try_from(row.int("part")?).map_err(|_| StoreError::Corrupt("part"))?,
            amount: Minor(row.int("amount_minor")?.saturating_neg()),
            offline: false,
        };
        insert(conn, chain, (sale, at_ms, staff), &new, now_ms).await?;
        cards.push(new.card);
    }
    Ok(cards)
}

/// A card and what it comes to.
#[derive(Clone, Debug)]
pub struct Card {
    /// What it is known by.
    pub card: GiftRef,
    /// The last four symbols of its code.
    pub last4: String,
    /// What is on it; negative where more was spent than was on it.
    pub balance: Minor,
    /// What was ever put on it by a sale or as credit, less what was voided.
    pub loaded: Minor,
    /// Some till's journal told of its being loaded.
    pub known: bool,
    /// Until when it can be spent, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
    /// When the office blocked it.
    pub blocked_at_ms: Option<i64>,
    /// Who did.
    pub blocked_by: Option<String>,
    /// The first thing that happened to it, by the till's clock.
    pub first_ms: Option<i64>,
    /// The last one.
    pub last_ms: Option<i64>,
}

const CARDS: &str = "SELECT c.card, c.last4, c.until_ms, c.blocked_at_ms, c.blocked_by, \
    CAST(COALESCE(SUM(e.amount_minor), 0) AS BIGINT) AS balance, \
    CAST(COALESCE(SUM(CASE WHEN e.kind IN ('issue', 'top_up', 'credit', 'void_load') THEN e.amount_minor ELSE 0 END), 0) AS BIGINT) AS loaded, \
    CAST(COALESCE(SUM(CASE WHEN e.kind IN ('issue', 'top_up', 'credit') THEN 1 ELSE 0 END), 0) AS BIGINT) AS loads, \
    MIN(e.at_ms) AS first_ms, MAX(e.at_ms) AS last_ms \
    FROM gift_cards c LEFT JOIN gift_entries e ON e.shop = c.shop AND e.card = c.card";
const GROUPED: &str = "GROUP BY c.card, c.last4, c.until_ms, c.blocked_at_ms, c.blocked_by";

fn card_row(row: &sqlx::any::AnyRow) -> Result<Card, StoreError> {
    Ok(Card {
        card: card(row.bytes("card")?)?,
        last4: row.text("last4")?,
        balance: Minor(row.int("balance")?),
        loaded: Minor(row.int("loaded")?),
        known: row.int("loads")? > 0,
        until_ms: row.maybe_int("until_ms")?,
        blocked_at_ms: row.maybe_int("blocked_at_ms")?,
        blocked_by: row.maybe_text("blocked_by")?,
        first_ms: row.maybe_int("first_ms")?,
        last_ms: row.maybe_int("last_ms")?,
    })
}

/// One card, if anything was ever heard of it.
///
/// # Errors
/// [`StoreError`].
pub async fn get(conn: &mut Conn, shop: ShopId, card: GiftRef) -> Result<Option<Card>, StoreError> {
    let sql = format!("{CARDS} WHERE c.shop = $1 AND c.card = $2 {GROUPED}");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(db(shop.0)?).bind(card.0.as_slice()).fetch_optional(conn).await?;
    row.as_ref().map(card_row).transpose()
}

/// The cards, the one that was used last first; only those whose last four symbols begin so, if `last4` is given.
///
/// # Errors
/// [`StoreError`].
pub async fn list(conn: &mut Conn, shop: ShopId, last4: Option<&str>) -> Result<Vec<Card>, StoreError> {
    let sql = format!(
        "{CARDS} WHERE c.shop = $1 AND ($2 = '' OR c.last4 = $2) {GROUPED} ORDER BY MAX(e.received_at_ms) DESC, c.card LIMIT $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(db(shop.0)?)
        .bind(last4.unwrap_or_default().to_ascii_uppercase())
        .bind(i64::from(ROWS_MAX))
        .fetch_all(conn)
        .await?;
    rows.iter().map(card_row).collect()
}

/// What the shop owes to the holders of all cards, and what was spent beyond what was on them.
///
/// # Errors
/// [`StoreError`].
pub async fn totals(conn: &mut Conn, shop: ShopId) -> Result<(Minor, Minor), StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN balance > 0 THEN balance ELSE 0 END), 0) AS BIGINT) AS owed, \
                CAST(COALESCE(SUM(CASE WHEN balance < 0 THEN balance ELSE 0 END), 0) AS BIGINT) AS overdrawn \
         FROM (SELECT SUM(amount_minor) AS balance FROM gift_entries WHERE shop = $1 GROUP BY card) AS cards",
    )
    .bind(db(shop.0)?)
    .fetch_one(conn)
    .await?;
    Ok((Minor(row.int("owed")?), Minor(row.int("overdrawn")?.saturating_neg())))
}

/// One thing that happened to a card.
#[derive(Clone, Debug)]
pub struct MoveRow {
    /// The sale or refund.
    pub at: SaleId,
    /// What.
    pub kind: Kind,
    /// How much; negative for what was taken.
    pub amount: Minor,
    /// The till did not have this server's word.
    pub offline: bool,
    /// By the till's clock.
    pub at_ms: i64,
    /// Who.
    pub staff: Option<StaffId>,
    /// When the server learnt of it.
    pub received_at_ms: i64,
}

/// What happened to a card, oldest first by the tills' clocks.
///
/// # Errors
/// [`StoreError`].
pub async fn history(conn: &mut Conn, shop: ShopId, card: GiftRef) -> Result<Vec<MoveRow>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM gift_entries WHERE shop = $1 AND card = $2 ORDER BY at_ms, till, epoch, seq, part LIMIT $3")
            .bind(db(shop.0)?)
            .bind(card.0.as_slice())
            .bind(i64::from(ROWS_MAX))
            .fetch_all(conn)
            .await?;
    rows.iter()
        .map(|row| {
            Ok(MoveRow {
                at: sale_id(row)?,
                kind: Kind::parse(&row.text("kind")?).ok_or(StoreError::Corrupt("kind"))?,
                amount: Minor(row.int("amount_minor")?),
                offline: row.int("offline")? != 0,
                at_ms: row.int("at_ms")?,
                staff: staff_id(row, "staff")?,
                received_at_ms: row.int("received_at_ms")?,
            })
        })
        .collect()
}

/// The sale that took from a card last, as it arrived, and how much it took.
///
/// # Errors
/// [`StoreError`].
pub async fn last_redeemed(conn: &mut Conn, shop: ShopId, card: GiftRef) -> Result<Option<(SaleId, Minor)>, StoreError> {
    let row = sqlx::query(
        "SELECT till, epoch, seq, CAST(SUM(-amount_minor) AS BIGINT) AS taken FROM gift_entries \
         WHERE shop = $1 AND card = $2 AND kind = 'redeem' GROUP BY till, epoch, seq \
         ORDER BY MAX(received_at_ms) DESC, MAX(at_ms) DESC, till DESC, epoch DESC, seq DESC LIMIT 1",
    )
    .bind(db(shop.0)?)
    .bind(card.0.as_slice())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(|row| Ok((sale_id(row)?, Minor(row.int("taken")?)))).transpose()
}

/// Blocks a card, or lets it be spent again. False if nothing changes.
///
/// # Errors
/// [`StoreError`].
pub async fn block(conn: &mut Conn, shop: ShopId, card: GiftRef, by: Option<&str>, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE gift_cards SET blocked_at_ms = $3, blocked_by = $4 \
         WHERE shop = $1 AND card = $2 AND (blocked_at_ms IS NULL) = (CAST($5 AS BIGINT) = 1)",
    )
    .bind(db(shop.0)?)
    .bind(card.0.as_slice())
    .bind(by.map(|_| now_ms))
    .bind(by)
    .bind(i64::from(by.is_some()))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The cards that were blocked last.
///
/// # Errors
/// [`StoreError`].
pub async fn blocked(conn: &mut Conn, shop: ShopId) -> Result<Vec<GiftRef>, StoreError> {
    let rows = sqlx::query(
        "SELECT card FROM gift_cards WHERE shop = $1 AND blocked_at_ms IS NOT NULL ORDER BY blocked_at_ms DESC, card LIMIT $2",
    )
    .bind(db(shop.0)?)
    .bind(BLOCKED_MAX)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| card(row.bytes("card")?)).collect()
}

/// A till is to be told that it took more from a card than was on it.
///
/// # Errors
/// [`StoreError`].
pub async fn tell(conn: &mut Conn, shop: ShopId, sale: SaleId, card: GiftRef, over: Minor) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO gift_overdrawn (shop, till, epoch, seq, card, over_minor, told) VALUES ($1, $2, $3, $4, $5, $6, 0) \
         ON CONFLICT DO NOTHING",
    )
    .bind(db(shop.0)?)
    .bind(db(sale.till.0)?)
    .bind(i64::from(sale.epoch.0))
    .bind(db(sale.seq.0)?)
    .bind(card.0.as_slice())
    .bind(over.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// The till's journal has it.
///
/// # Errors
/// [`StoreError`].
pub async fn told(conn: &mut Conn, shop: ShopId, till: TillId, found: &GiftOverdrawn) -> Result<(), StoreError> {
    let Ok(seq) = db(found.sale.seq.0) else { return Ok(()) };
    sqlx::query("UPDATE gift_overdrawn SET told = 1 WHERE shop = $1 AND till = $2 AND epoch = $3 AND seq = $4 AND card = $5")
        .bind(db(shop.0)?)
        .bind(db(till.0)?)
        .bind(i64::from(found.sale.epoch.0))
        .bind(seq)
        .bind(found.card.0.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// What a till's journal does not have yet.
///
/// # Errors
/// [`StoreError`].
pub async fn untold(conn: &mut Conn, shop: ShopId, till: TillId, limit: usize) -> Result<Vec<GiftOverdrawn>, StoreError> {
    let rows = sqlx::query(
        "SELECT o.till, o.epoch, o.seq, o.card, o.over_minor, c.last4 FROM gift_overdrawn o \
         JOIN gift_cards c ON c.shop = o.shop AND c.card = o.card \
         WHERE o.shop = $1 AND o.till = $2 AND o.told = 0 ORDER BY o.epoch, o.seq, o.card LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(db(till.0)?)
    .bind(i64::try_from(limit).map_err(|_| StoreError::Range)?)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(GiftOverdrawn {
                card: card(row.bytes("card")?)?,
                last4: row.text("last4")?,
                sale: sale_id(row)?,
                over: Minor(row.int("over_minor")?),
            })
        })
        .collect()
}

fn card(bytes: Vec<u8>) -> Result<GiftRef, StoreError> {
    bytes.try_into().map(GiftRef).map_err(|_| StoreError::Corrupt("card"))
}
