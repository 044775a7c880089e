//! The shop, its catalogue and its staff: what becomes the tills' configuration.

use barrow_core::{
    bytes::Blob,
    card::rules::{CardRules, Cards, PinnedReader},
    catalogue::{Category, Details, Product},
    config::{Config, Rules, TillKey, TillState},
    ids::{ShopId, StaffId, TillId},
    money::{Currency, Milli, Minor},
    receipt::Raster,
    staff::{Role, StaffMember},
    stock::Kept,
    tax::{Tax, TaxMode},
};
use barrow_sealing::cbor;
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use super::{
    Conn, Read as _, StoreError, db, json, pictures, processor, stock,
    tills::{self, EpochRow, TillRow},
};
use crate::clock;

/// The shop of this server.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its number.
    pub id: ShopId,
    /// Its name on screen and receipt.
    pub name: String,
    /// Its money.
    pub currency: Currency,
    /// Are prices with or without tax?
    pub tax_mode: TaxMode,
    /// Its taxes.
    pub taxes: Vec<Tax>,
    /// Lines at a receipt's head.
    pub receipt_head: Vec<String>,
    /// Lines at a receipt's foot.
    pub receipt_foot: Vec<String>,
    /// The logo at a receipt's head.
    pub receipt_logo: Option<Raster>,
    /// Tills lock after so many idle minutes; 0 is never.
    pub idle_lock_minutes: u32,
    /// What people may do, and what happens when they do not.
    pub rules: Rules,
    /// How cards are taken, if they are.
    pub cards: CardSettings,
    /// Goes up with every change that tills are to know of.
    pub config_version: u64,
    /// When that change was made, milliseconds since 1970 UTC.
    pub config_at_ms: i64,
    /// Goes up when the server was restored from a backup.
    pub server_epoch: u32,
    /// Was a backup ever made? From then on tills keep what is not in one.
    pub backed_up: bool,
}

/// How the shop takes cards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardSettings {
    /// Are cards taken at all?
    pub taken: bool,
    /// How far tills go without the bank's word.
    pub rules: CardRules,
    /// The readers that belong to a till, or to any.
    pub readers: Vec<Pinned>,
}

/// A reader that belongs to one till, or to all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Which till; none for any.
    pub till: Option<TillId>,
    /// The reader.
    #[serde(flatten)]
    pub reader: PinnedReader,
}

/// Adds a shop.
///
/// # Errors
/// [`StoreError`].
pub async fn insert(conn: &mut Conn, shop: &Shop) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO shops (id, name, currency, tax_mode, taxes, receipt_head, receipt_foot, idle_lock_minutes, rules, config_version, \
         config_at_ms, server_epoch, backed_up, cards) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(db(shop.id.0)?)
    .bind(&shop.name)
    .bind(json(&shop.currency)?)
    .bind(json(&shop.tax_mode)?)
    .bind(json(&shop.taxes)?)
    .bind(json(&shop.receipt_head)?)
    .bind(json(&shop.receipt_foot)?)
    .bind(i64::from(shop.idle_lock_minutes))
    .bind(json(&shop.rules)?)
    .bind(db(shop.config_version)?)
    .bind(shop.config_at_ms)
    .bind(i64::from(shop.server_epoch))
    .bind(i64::from(shop.backed_up))
    .bind(json(&shop.cards)?)
    .execute(conn)
    .await?;
    Ok(())
}

/// The shop of this server. (The tables can hold many; this program serves the first.)
///
/// # Errors
/// [`StoreError::NoShop`] before there is one.
pub async fn get(conn: &mut Conn) -> Result<Shop, StoreError> {
    let row = sqlx::query("SELECT * FROM shops ORDER BY id LIMIT 1").fetch_optional(conn).await?.ok_or(StoreError::NoShop)?;
    Ok(Shop {
        id: ShopId(row.number("id")?),
        name: row.text("name")?,
        currency: row.json("currency")?,
        tax_mode: row.json("tax_mode")?,
        taxes: row.json("taxes")?,
        receipt_head: row.json("receipt_head")?,
        receipt_foot: row.json("receipt_foot")?,
        receipt_logo: row.maybe_text("receipt_logo")?.as_deref().and_then(read_logo),
        idle_lock_minutes: row.small("idle_lock_minutes")?,
        rules: row.json("rules")?,
        cards: row.json("cards")?,
        config_version: row.number("config_version")?,
        config_at_ms: row.int("config_at_ms")?,
        server_epoch: row.small("server_epoch")?,
        backed_up: row.int("backed_up")? != 0,
    })
}

/// Holds other writers off the shop's rules, its staff and the office's journal until the transaction ends.
///
/// # Errors
/// [`StoreError`].
pub async fn lock(conn: &mut Conn, shop: ShopId) -> Result<(), StoreError> {
    // An update that changes nothing locks the row in either database.
    sqlx::query("UPDATE shops SET id = id WHERE id = $1").bind(db(shop.0)?).execute(conn).await?;
    Ok(())
}

/// A logo as its column holds it: CBOR in Base64 (JSON has no bytes).
fn write_logo(logo: &Raster) -> Result<String, StoreError> {
    cbor::to_vec(logo).map(|bytes| Base64::encode_string(&bytes)).map_err(|_| StoreError::Corrupt("receipt_logo"))
}

/// What cannot be read is no logo: nobody is kept from selling for a picture.
fn read_logo(text: &str) -> Option<Raster> {
    cbor::from_slice::<Raster>(&Base64::decode_vec(text).ok()?).ok().filter(Raster::is_whole)
}

/// Replaces the logo. Tills hear of it by [`config_changed`].
///
/// # Errors
/// [`StoreError`].
pub async fn set_logo(conn: &mut Conn, shop: ShopId, logo: Option<&Raster>) -> Result<(), StoreError> {
    let logo = logo.map(write_logo).transpose()?;
    sqlx::query("UPDATE shops SET receipt_logo = $1 WHERE id = $2").bind(logo).bind(db(shop.0)?).execute(conn).await?;
    Ok(())
}

/// Replaces the rules. Tills hear of it by [`config_changed`].
///
/// # Errors
/// [`StoreError`].
pub async fn set_rules(conn: &mut Conn, shop: ShopId, idle_lock_minutes: u32, rules: &Rules) -> Result<(), StoreError> {
    sqlx::query("UPDATE shops SET idle_lock_minutes = $1, rules = $2 WHERE id = $3")
        .bind(i64::from(idle_lock_minutes))
        .bind(json(rules)?)
        .bind(db(shop.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces how cards are taken. Tills hear of it by [`config_changed`].
///
/// # Errors
/// [`StoreError`].
pub async fn set_cards(conn: &mut Conn, shop: ShopId, cards: &CardSettings) -> Result<(), StoreError> {
    sqlx::query("UPDATE shops SET cards = $1 WHERE id = $2").bind(json(cards)?).bind(db(shop.0)?).execute(conn).await?;
    Ok(())
}

/// Gives the configuration its next version, because something in it changed.
///
/// # Errors
/// [`StoreError`].
pub async fn config_changed(conn: &mut Conn, shop: ShopId) -> Result<(), StoreError> {
    sqlx::query("UPDATE shops SET config_version = config_version + 1, config_at_ms = $1 WHERE id = $2")
        .bind(clock::now_ms())
        .bind(db(shop.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// The whole configuration of one till. The same database gives the same bytes.
///
/// # Errors
/// [`StoreError`].
pub async fn config(conn: &mut Conn, shop: &Shop, till: &TillRow) -> Result<Config, StoreError> {
    let staff = staff(conn, shop.id).await?;
    Ok(Config {
        categories: categories(conn, shop.id).await?,
        products: products(conn, shop.id).await?.into(),
        staff: staff.into_iter().filter(|person| person.active).map(|person| person.member).collect(),
        cards: cards(conn, shop, till.id).await?,
        tills: till_keys(conn, shop.id).await?,
        ..receipt_config(shop, till)
    })
}

/// What of one till's configuration its receipts need: everything but people, goods and keys.
#[must_use]
pub fn receipt_config(shop: &Shop, till: &TillRow) -> Config {
    Config {
        v: 1,
        shop: shop.id,
        till: till.id,
        version: shop.config_version,
        issued_at_ms: shop.config_at_ms,
        state: till.state,
        shop_name: shop.name.clone(),
        till_name: till.name.clone(),
        receipt_head: shop.receipt_head.clone(),
        receipt_foot: shop.receipt_foot.clone(),
        receipt_logo: shop.receipt_logo.clone(),
        currency: shop.currency.clone(),
        tax_mode: shop.tax_mode,
        taxes: shop.taxes.clone(),
        categories: Vec::new(),
        products: Vec::new().into(),
        staff: Vec::new(),
        idle_lock_minutes: shop.idle_lock_minutes,
        rules: shop.rules.clone(),
        cards: None,
        tills: Vec::new(),
        gifts: None,
    }
}

/// With what keys the shop's tills sign and signed, each in all of its lives.
async fn till_keys(conn: &mut Conn, shop: ShopId) -> Result<Vec<TillKey>, StoreError> {
    let tills = tills::all(conn, shop).await?;
    let lives = tills::all_epochs(conn, shop).await?;
    let key = |(id, life): (TillId, EpochRow)| {
        let till = tills.iter().find(|till| till.id == id)?;
        let revoked = till.state == TillState::Revoked;
        Some(TillKey { till: id, epoch: life.epoch, name: till.name.clone(), key: Blob(life.till_key), revoked })
    };
    Ok(lives.into_iter().filter_map(key).collect())
}

/// How one till takes cards; none while the shop does not, or nothing could be sealed to the processor.
async fn cards(conn: &mut Conn, shop: &Shop, till: TillId) -> Result<Option<Cards>, StoreError> {
    if !shop.cards.taken {
        return Ok(None);
    }
    let keys = processor::keys(conn, shop.id).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let readers = shop.cards.readers.iter().filter(|pinned| pinned.till.is_none_or(|of| of == till));
    Ok(Some(Cards {
        rules: shop.cards.rules.clone(),
        keys,
        readers: readers.map(|pinned| pinned.reader.clone()).collect(),
        hot_list: processor::hot_list_info(conn, shop.id).await?,
    }))
}

/// The categories in the order in which they are shown.
///
/// # Errors
/// [`StoreError`].
pub async fn categories(conn: &mut Conn, shop: ShopId) -> Result<Vec<Category>, StoreError> {
    let rows =
        sqlx::query("SELECT id, name FROM categories WHERE shop = $1 ORDER BY id").bind(db(shop.0)?).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(Category { id: row.small("id")?, name: row.text("name")? })).collect()
}

/// Adds a category.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_category(conn: &mut Conn, shop: ShopId, category: &Category) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO categories (shop, id, name) VALUES ($1, $2, $3)")
        .bind(db(shop.0)?)
        .bind(i64::from(category.id))
        .bind(&category.name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The products in the order in which they are shown.
///
/// # Errors
/// [`StoreError`].
pub async fn products(conn: &mut Conn, shop: ShopId) -> Result<Vec<Product>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.*, s.low_milli FROM products p LEFT JOIN stock_levels s ON s.shop = p.shop AND s.sku = p.sku \
         WHERE p.shop = $1 ORDER BY p.position, p.sku",
    )
    .bind(db(shop.0)?)
    .fetch_all(&mut *conn)
    .await?;
    let pictures = pictures::of_products(conn, shop).await?;
    let mut products = rows.iter().map(product_row).collect::<Result<Vec<Product>, _>>()?;
    for product in &mut products {
        product.details.image = pictures.get(&product.sku).copied();
    }
    Ok(products)
}

/// The product with this SKU, without its picture.
///
/// # Errors
/// [`StoreError`].
pub async fn product(conn: &mut Conn, shop: ShopId, sku: &str) -> Result<Option<Product>, StoreError> {
    let row = sqlx::query(
        "SELECT p.*, s.low_milli FROM products p LEFT JOIN stock_levels s ON s.shop = p.shop AND s.sku = p.sku \
         WHERE p.shop = $1 AND p.sku = $2",
    )
    .bind(db(shop.0)?)
    .bind(sku)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(product_row).transpose()
}

fn product_row(row: &AnyRow) -> Result<Product, StoreError> {
    Ok(Product {
        sku: row.text("sku")?,
        name: row.text("name")?,
        variant: sqlx::Row::try_get(row, "variant")?,
        category: row.small("category")?,
        price: Minor(row.int("price_minor")?),
        taxes: row.json("taxes")?,
        barcodes: row.json("barcodes")?,
        price_embedded: row.int("price_embedded")? != 0,
        details: Details { stock: row.maybe_int("low_milli")?.map(|low| Kept { low: Milli(low) }), ..row.json("details")? },
    })
}

/// Adds a product, or replaces the one with the same SKU. Of which articles stock is kept stands beside the catalogue: a product
/// that does not say so leaves it as it is.
/// Its picture is set by itself ([`pictures::set`]).
///
/// # Errors
/// [`StoreError`].
pub async fn put_product(conn: &mut Conn, shop: ShopId, position: usize, product: &Product) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO products (shop, sku, position, name, variant, category, price_minor, taxes, barcodes, price_embedded, \
         details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (shop, sku) DO UPDATE SET position = excluded.position, name = excluded.name, variant = excluded.variant, \
         category = excluded.category, price_minor = excluded.price_minor, taxes = excluded.taxes, barcodes = excluded.barcodes, \
         price_embedded = excluded.price_embedded, details = excluded.details",
    )
    .bind(db(shop.0)?)
    .bind(&product.sku)
    .bind(i64::try_from(position).map_err(|_| StoreError::Range)?)
    .bind(&product.name)
    .bind(product.variant.as_deref())
    .bind(i64::from(product.category))
    .bind(product.price.0)
    .bind(json(&product.taxes)?)
    .bind(json(&product.barcodes)?)
    .bind(i64::from(product.price_embedded))
    .bind(json(&Details { stock: None, image: None, ..product.details.clone() })?)
    .execute(&mut *conn)
    .await?;
    match product.details.stock {
        Some(kept) => stock::keep(conn, shop, &product.sku, Some(kept)).await,
        None => Ok(()),
    }
}

/// Takes every product out of the catalogue. Sales keep their own copy of what they sold.
///
/// # Errors
/// [`StoreError`].
pub async fn clear_products(conn: &mut Conn, shop: ShopId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM products WHERE shop = $1").bind(db(shop.0)?).execute(conn).await?;
    Ok(())
}

/// A person, working here or gone.
#[derive(Clone, Debug)]
pub struct Person {
    /// Number, name and role.
    pub member: StaffMember,
    /// Do they still work here?
    pub active: bool,
}

/// Everybody who works here or did.
///
/// # Errors
/// [`StoreError`].
pub async fn staff(conn: &mut Conn, shop: ShopId) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query("SELECT * FROM staff WHERE shop = $1 ORDER BY id").bind(db(shop.0)?).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let member = StaffMember { id: StaffId(row.number("id")?), name: row.text("name")?, role: row.json("role")? };
            Ok(Person { member, active: row.int("active")? != 0 })
        })
        .collect()
}

/// Adds a person under the next number.
///
/// # Errors
/// [`StoreError`].
pub async fn insert_staff(conn: &mut Conn, shop: ShopId, name: &str, role: Role) -> Result<StaffId, StoreError> {
    let row = sqlx::query("SELECT COALESCE(MAX(id), 0) AS id FROM staff WHERE shop = $1")
        .bind(db(shop.0)?)
        .fetch_one(&mut *conn)
        .await?;
    let id = StaffId(row.number("id")?.saturating_add(1));
    sqlx::query("INSERT INTO staff (shop, id, name, role, active) VALUES ($1, $2, $3, $4, 1)")
        .bind(db(shop.0)?)
        .bind(db(id.0)?)
        .bind(name)
        .bind(json(&role)?)
        .execute(conn)
        .await?;
    Ok(id)
}

/// Writes down a person's name, role and whether they work here.
///
/// # Errors
/// [`StoreError`].
pub async fn set_staff(conn: &mut Conn, shop: ShopId, person: &Person) -> Result<(), StoreError> {
    sqlx::query("UPDATE staff SET name = $1, role = $2, active = $3 WHERE shop = $4 AND id = $5")
        .bind(&person.member.name)
        .bind(json(&person.member.role)?)
        .bind(i64::from(person.active))
        .bind(db(shop.0)?)
        .bind(db(person.member.id.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks that what the tills have delivered up to now is in a backup: `(till, epoch, seq)` each.
///
/// # Errors
/// [`StoreError`].
pub async fn backed_up(
    conn: &mut Conn,
    shop: ShopId,
    covered: &[(TillId, barrow_core::ids::Epoch, u64)],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE shops SET backed_up = 1 WHERE id = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    for (till, epoch, seq) in covered {
        sqlx::query("UPDATE epochs SET safe_seq = $1 WHERE shop = $2 AND till = $3 AND epoch = $4 AND safe_seq < $1")
            .bind(db(*seq)?)
            .bind(db(shop.0)?)
            .bind(db(till.0)?)
            .bind(i64::from(epoch.0))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// What a restored database needs before a server may use it: everything that a till or a person may have been given since
/// the backup must never be given again.
///
/// # Errors
/// [`StoreError`].
pub async fn restored(conn: &mut Conn, shop: ShopId, at_least: u32, now_ms: i64) -> Result<u32, StoreError> {
    // Seconds since 1970 outrun any number that the lost database can have counted up to, and any earlier restore.
    let now_s = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
    let row = sqlx::query("SELECT server_epoch, config_version FROM shops WHERE id = $1")
        .bind(db(shop.0)?)
        .fetch_one(&mut *conn)
        .await?;
    let epoch = row.small("server_epoch")?.saturating_add(1).max(at_least.saturating_add(1)).max(now_s);
    let version = row.int("config_version")?.saturating_add(1).max(i64::from(now_s));
    sqlx::query("UPDATE shops SET server_epoch = $1, config_version = $2, config_at_ms = $3, backed_up = 1 WHERE id = $4")
        .bind(i64::from(epoch))
        .bind(version)
        .bind(now_ms)
        .bind(db(shop.0)?)
        .execute(&mut *conn)
        .await?;
    for sql in [
        "UPDATE tills SET next_epoch = next_epoch + 1000 WHERE shop = $1",
        "UPDATE epochs SET safe_seq = head_seq WHERE shop = $1",
        "DELETE FROM codes WHERE shop = $1",
        "DELETE FROM sessions WHERE shop = $1",
    ] {
        sqlx::query(sql).bind(db(shop.0)?).execute(&mut *conn).await?;
    }
    Ok(epoch)
}

/// How a state stands in the database.
pub(super) fn state_text(state: TillState) -> &'static str {
    match state {
        TillState::Active => "active",
        TillState::Revoked => "revoked",
    }
}
