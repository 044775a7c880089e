//! Customers: what tills wrote down of them, who of them is one person, and forgetting.
//!
//! Each entry is a record of its own, and none replaces another: of each field the newest that is not empty is shown, by the tills'
//! clocks and then by place, so that the order in which tills deliver makes no difference. Ids that share an e-mail address or a
//! telephone number are one person; their leader is the smallest of them, for the same reason.

use std::collections::BTreeMap;

use barrow_core::{
    customer::{Beside, Customer, CustomerNews, KEPT_MAX, Person, Place},
    ids::{CustomerId, SaleId, Seq, ShopId, StaffId},
    wire::{Ack, FORMAT},
};
use sqlx::any::AnyRow;

use super::{Conn, Dialect, Read as _, Store, StoreError, db, journal::Chain, sale_id};

/// The most erased ids that a till is told of at once.
const ERASED_MAX: i64 = 10_000;
/// How often a checkpoint is tried that readers stand in the way of.
const CHECKPOINTS_MAX: u32 = 100;
/// How long between two of them, milliseconds.
const CHECKPOINT_EVERY_MS: u64 = 50;

/// What an entry brought.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Of which till's which life.
    pub chain: Chain,
    /// At which place.
    pub seq: Seq,
    /// The till's clock, milliseconds since 1970.
    pub at_ms: i64,
    /// Who wrote it down.
    pub staff: Option<StaffId>,
    /// Of whom.
    pub id: CustomerId,
    /// What.
    pub beside: Beside,
}

/// A record as it is kept.
#[derive(Clone, Debug)]
pub struct KeptRecord {
    /// The entry that it came with.
    pub at: SaleId,
    /// The till's clock.
    pub at_ms: i64,
    /// Under which id.
    pub id: CustomerId,
    /// What.
    pub person: Person,
}

/// A sale to a customer.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// Which.
    pub sale: SaleId,
    /// The till's clock.
    pub at_ms: i64,
    /// What it came to.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Was it taken back?
    pub voided: bool,
}

async fn next_version(conn: &mut Conn, shop: ShopId) -> Result<u64, StoreError> {
    sqlx::query("INSERT INTO customer_state (shop, version) VALUES ($1, 0) ON CONFLICT DO NOTHING")
        .bind(db(shop.0)?)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE customer_state SET version = version + 1 WHERE shop = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    let row = sqlx::query("SELECT version FROM customer_state WHERE shop = $1").bind(db(shop.0)?).fetch_one(conn).await?;
    row.number("version")
}

/// Takes records in. What comes of somebody who was erased is not kept.
///
/// # Errors
/// [`StoreError`].
pub async fn apply(conn: &mut Conn, shop: ShopId, records: Vec<NewRecord>) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let version = next_version(conn, shop).await?;
    for record in records {
        let own = match standing(conn, shop, record.id).await? {
            Standing::Erased => continue,
            Standing::Known(leader) => leader,
            Standing::New => {
                let new = "INSERT INTO customers (shop, id, leader, version) VALUES ($1, $2, $2, $3)";
                sqlx::query(new).bind(db(shop.0)?).bind(record.id.0.as_slice()).bind(db(version)?).execute(&mut *conn).await?;
                record.id
            }
        };
        if insert(conn, shop, &record).await? {
            let mut leaders = same_person(conn, shop, &record.beside.person).await?;
            leaders.push(own);
            lead(conn, shop, &leaders, version).await?;
        }
    }
    Ok(())
}

enum Standing {
    New,
    Known(CustomerId),
    Erased,
}

async fn standing(conn: &mut Conn, shop: ShopId, id: CustomerId) -> Result<Standing, StoreError> {
    let row = sqlx::query("SELECT leader, erased_at_ms FROM customers WHERE shop = $1 AND id = $2")
        .bind(db(shop.0)?)
        .bind(id.0.as_slice())
        .fetch_optional(conn)
        .await?;
    Ok(match row {
        None => Standing::New,
        Some(row) if row.maybe_int("erased_at_ms")?.is_some() => Standing::Erased,
        Some(row) => Standing::Known(customer_id(&row, "leader")?),
    })
}

async fn insert(conn: &mut Conn, shop: ShopId, record: &NewRecord) -> Result<bool, StoreError> {
    let person = &record.beside.person;
    let done = sqlx::query(
        "INSERT INTO customer_records (shop, till, epoch, seq, customer, at_ms, staff, name, email, phone, email_key, phone_key, salt) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
    )
    .bind(db(shop.0)?)
    .bind(db(record.chain.till.0)?)
    .bind(i64::from(record.chain.epoch.0))
    .bind(db(record.seq.0)?)
    .bind(record.id.0.as_slice())
    .bind(record.at_ms)
    .bind(record.staff.and_then(|staff| i64::try_from(staff.0).ok()))
    .bind(&person.name)
    .bind(&person.email)
    .bind(&person.phone)
    .bind(person.email_key())
    .bind(person.phone_key())
    .bind(record.beside.salt.0.as_slice())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The leaders of those who share an address or a number with `person`.
async fn same_person(conn: &mut Conn, shop: ShopId, person: &Person) -> Result<Vec<CustomerId>, StoreError> {
    let mut leaders = Vec::new();
    for (column, key) in [("email_key", person.email_key()), ("phone_key", person.phone_key())] {
        if key.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT DISTINCT c.leader FROM customer_records r JOIN customers c ON c.shop = r.shop AND c.id = r.customer \
             WHERE r.shop = $1 AND r.{column} = $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(db(shop.0)?).bind(key).fetch_all(&mut *conn).await?;
        for row in &rows {
            leaders.push(customer_id(row, "leader")?);
        }
    }
    Ok(leaders)
}

/// All that these lead is one person from now on.
async fn lead(conn: &mut Conn, shop: ShopId, leaders: &[CustomerId], version: u64) -> Result<(), StoreError> {
    let Some(first) = leaders.iter().min() else { return Ok(()) };
    for leader in leaders {
        sqlx::query("UPDATE customers SET leader = $1, version = $2 WHERE shop = $3 AND leader = $4")
            .bind(first.0.as_slice())
            .bind(db(version)?)
            .bind(db(shop.0)?)
            .bind(leader.0.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Two customers are one person, by somebody's word. False, if one of them is not there.
///
/// # Errors
/// [`StoreError`].
pub async fn merge(conn: &mut Conn, shop: ShopId, one: CustomerId, other: CustomerId) -> Result<bool, StoreError> {
    let version = next_version(conn, shop).await?;
    match (standing(conn, shop, one).await?, standing(conn, shop, other).await?) {
        (Standing::Known(one), Standing::Known(other)) => {
            lead(conn, shop, &[one, other], version).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Deletes all that is known of a person, under whatever ids. False, if there is nobody of this id. After the commit,
/// [`scrub`] takes it out of the database's files.
///
/// # Errors
/// [`StoreError`].
pub async fn erase(conn: &mut Conn, shop: ShopId, id: CustomerId, now_ms: i64) -> Result<bool, StoreError> {
    let version = next_version(conn, shop).await?;
    let Standing::Known(leader) = standing(conn, shop, id).await? else { return Ok(false) };
    sqlx::query(
        "DELETE FROM customer_records WHERE shop = $1 AND customer IN (SELECT id FROM customers WHERE shop = $1 AND leader = $2)",
    )
    .bind(db(shop.0)?)
    .bind(leader.0.as_slice())
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE customers SET erased_at_ms = $1, version = $2 WHERE shop = $3 AND leader = $4")
        .bind(now_ms)
        .bind(db(version)?)
        .bind(db(shop.0)?)
        .bind(leader.0.as_slice())
        .execute(conn)
        .await?;
    Ok(true)
}

/// Takes what was deleted out of the database's files: SQLite overwrites deleted rows (`secure_delete`), and its write-ahead log
/// is emptied here; PostgreSQL's dead rows are freed to be overwritten.
///
/// # Errors
/// [`StoreError`].
pub async fn scrub(store: &Store) -> Result<(), StoreError> {
    let mut conn = store.read().await?;
    if store.dialect() == Dialect::Postgres {
        sqlx::raw_sql("VACUUM customer_records").execute(&mut *conn).await?;
        return Ok(());
    }
    for _ in 0..CHECKPOINTS_MAX {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *conn).await?;
        if row.int("busy")? == 0 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(CHECKPOINT_EVERY_MS)).await;
    }
    // Readers stood in the way all the time; the next checkpoint does it.
    Ok(())
}

/// Notes whose a sale is.
///
/// # Errors
/// [`StoreError`].
pub async fn note_sale(conn: &mut Conn, chain: Chain, seq: Seq, id: CustomerId) -> Result<(), StoreError> {
    sqlx::query("UPDATE sales SET customer = $1 WHERE shop = $2 AND till = $3 AND epoch = $4 AND seq = $5")
        .bind(id.0.as_slice())
        .bind(db(chain.shop.0)?)
        .bind(db(chain.till.0)?)
        .bind(i64::from(chain.epoch.0))
        .bind(db(seq.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Those who changed behind a version, the newest [`KEPT_MAX`].
///
/// # Errors
/// [`StoreError`].
pub async fn changed(conn: &mut Conn, shop: ShopId, since: u64) -> Result<Vec<Customer>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.leader, c.id, c.version, r.name, r.email, r.phone FROM customers c \
         LEFT JOIN customer_records r ON r.shop = c.shop AND r.customer = c.id \
         WHERE c.shop = $1 AND c.leader IN (SELECT leader FROM customers WHERE shop = $1 AND version > $2 \
         AND erased_at_ms IS NULL GROUP BY leader ORDER BY MAX(version) DESC LIMIT $3) \
         ORDER BY c.leader, r.at_ms, r.till, r.epoch, r.seq",
    )
    .bind(db(shop.0)?)
    .bind(db(since).unwrap_or(i64::MAX))
    .bind(i64::try_from(KEPT_MAX).map_err(|_| StoreError::Range)?)
    .fetch_all(conn)
    .await?;
    people(&rows)
}

/// Everybody of whom something is known.
///
/// # Errors
/// [`StoreError`].
pub async fn all(conn: &mut Conn, shop: ShopId) -> Result<Vec<Customer>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.leader, c.id, c.version, r.name, r.email, r.phone FROM customers c \
         LEFT JOIN customer_records r ON r.shop = c.shop AND r.customer = c.id \
         WHERE c.shop = $1 AND c.erased_at_ms IS NULL ORDER BY c.leader, r.at_ms, r.till, r.epoch, r.seq",
    )
    .bind(db(shop.0)?)
    .fetch_all(conn)
    .await?;
    people(&rows)
}

/// The customer with this id or alias, if something is known of them.
///
/// # Errors
/// [`StoreError`].
pub async fn one(conn: &mut Conn, shop: ShopId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let Standing::Known(leader) = standing(conn, shop, id).await? else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT c.leader, c.id, c.version, r.name, r.email, r.phone FROM customers c \
         LEFT JOIN customer_records r ON r.shop = c.shop AND r.customer = c.id \
         WHERE c.shop = $1 AND c.leader = $2 ORDER BY c.leader, r.at_ms, r.till, r.epoch, r.seq",
    )
    .bind(db(shop.0)?)
    .bind(leader.0.as_slice())
    .fetch_all(conn)
    .await?;
    Ok(people(&rows)?.pop())
}

/// Of rows in the order of leader and time: the later word counts, where there is one.
fn people(rows: &[AnyRow]) -> Result<Vec<Customer>, StoreError> {
    let mut found: BTreeMap<CustomerId, Customer> = BTreeMap::new();
    for row in rows {
        let (leader, id, version) = (customer_id(row, "leader")?, customer_id(row, "id")?, row.number("version")?);
        let customer = found.entry(leader).or_insert_with(|| Customer {
            id: leader,
            aliases: Vec::new(),
            person: Person::default(),
            version,
        });
        customer.version = customer.version.max(version);
        if id != leader && !customer.aliases.contains(&id) {
            customer.aliases.push(id);
        }
        let fields =
            [(&mut customer.person.name, "name"), (&mut customer.person.email, "email"), (&mut customer.person.phone, "phone")];
        for (field, column) in fields {
            if let Some(said) = row.maybe_text(column)?.filter(|said| !said.is_empty()) {
                *field = said;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Every record of a person, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn records(conn: &mut Conn, shop: ShopId, leader: CustomerId) -> Result<Vec<KeptRecord>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.* FROM customer_records r JOIN customers c ON c.shop = r.shop AND c.id = r.customer \
         WHERE r.shop = $1 AND c.leader = $2 ORDER BY r.at_ms, r.till, r.epoch, r.seq",
    )
    .bind(db(shop.0)?)
    .bind(leader.0.as_slice())
    .fetch_all(conn)
    .await?;
    let record = |row: &AnyRow| {
        let person = Person { name: row.text("name")?, email: row.text("email")?, phone: row.text("phone")? };
        Ok(KeptRecord { at: sale_id(row)?, at_ms: row.int("at_ms")?, id: customer_id(row, "customer")?, person })
    };
    rows.iter().map(record).collect()
}

/// What a person bought, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn purchases(conn: &mut Conn, shop: ShopId, leader: CustomerId) -> Result<Vec<Purchase>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.till, s.epoch, s.seq, s.at_ms, s.total_minor, s.currency, v.void_seq FROM sales s \
         JOIN customers c ON c.shop = s.shop AND c.id = s.customer \
         LEFT JOIN voids v ON v.shop = s.shop AND v.till = s.till AND v.epoch = s.epoch AND v.seq = s.seq \
         WHERE s.shop = $1 AND c.leader = $2 ORDER BY s.at_ms DESC, s.till, s.seq DESC",
    )
    .bind(db(shop.0)?)
    .bind(leader.0.as_slice())
    .fetch_all(conn)
    .await?;
    let purchase = |row: &AnyRow| {
        Ok(Purchase {
            sale: sale_id(row)?,
            at_ms: row.int("at_ms")?,
            total_minor: row.int("total_minor")?,
            currency: row.text("currency")?,
            voided: row.maybe_int("void_seq")?.is_some(),
        })
    };
    rows.iter().map(purchase).collect()
}

/// What of the customers changed since `asked`, for a till.
///
/// # Errors
/// [`StoreError`].
pub async fn news(conn: &mut Conn, ack: &Ack, asked: Place) -> Result<CustomerNews, StoreError> {
    // After a restore, versions mean something else.
    let since = if asked.server_epoch == ack.server_epoch { asked.version } else { 0 };
    let Ack { shop, till, epoch, server_epoch, .. } = *ack;
    let row =
        sqlx::query("SELECT version FROM customer_state WHERE shop = $1").bind(db(shop.0)?).fetch_optional(&mut *conn).await?;
    let version = row.map_or(Ok(0), |row| row.number("version"))?;
    let changed = changed(conn, shop, since).await?;
    let rows = sqlx::query(
        "SELECT id FROM customers WHERE shop = $1 AND version > $2 AND erased_at_ms IS NOT NULL ORDER BY version DESC LIMIT $3",
    )
    .bind(db(shop.0)?)
    .bind(db(since).unwrap_or(i64::MAX))
    .bind(ERASED_MAX)
    .fetch_all(conn)
    .await?;
    let erased = rows.iter().map(|row| customer_id(row, "id")).collect::<Result<_, _>>()?;
    Ok(CustomerNews { v: FORMAT, shop, till, epoch, now: Place { server_epoch, version }, changed, erased })
}

fn customer_id(row: &AnyRow, column: &'static str) -> Result<CustomerId, StoreError> {
    row.bytes(column)?.try_into().map(CustomerId).map_err(|_| StoreError::Corrupt(column))
}
