//! Stock: levels, what moved them, goods that came, and corrections.

use std::collections::HashMap;

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{
    catalogue::{Product, Unit},
    money::Milli,
    reason::Reason,
    stock::{Kept, LEVEL_MAX, amount},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    Names, answer,
    audit::harmless,
};
use crate::{
    clock::{now_ms, rfc3339},
    payments::take::short,
    store::{
        Conn, StoreError,
        changes::{self, Change},
        shop::{self, Shop},
        stock::{self, Level, Move, Moved},
    },
};

/// The most articles in one answer; searching finds the others.
const ROWS_MAX: usize = 500;
/// The most movements in one answer.
const MOVES_MAX: u32 = 200;
/// The most articles that are received at once.
const ITEMS_MAX: usize = 500;

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Filter {
    search: Option<String>,
    sku: Option<String>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

fn filter(asked: Asked) -> Result<Filter, Problem> {
    asked.map(|Query(filter)| filter).map_err(|_| Problem::malformed("search and sku are texts."))
}

/// `GET /v1/office/stock`: sold out first, then low, then the others by name; with `search`, also articles of which no stock is kept.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let search = filter(asked)?.search.unwrap_or_default().trim().to_lowercase();
    let mut rows = rows(&mut *app.store.read().await?, &shop).await?;
    rows.retain(|row| row.fits(&search));
    rows.truncate(ROWS_MAX);
    answer(&rows.iter().map(Row::json).collect::<Vec<_>>())
}

/// `GET /v1/office/stock.csv`: every article of which stock is kept (RFC 4180).
pub(in super::super) async fn csv(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let rows = rows(&mut *app.store.read().await?, &shop).await?;
    let file = file(&rows).map_err(|_| Problem::internal())?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"stock.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file).into_response())
}

fn file(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    out.write_record(["sku", "name", "unit", "level", "low", "state"])?;
    for (row, level) in rows.iter().filter_map(|row| row.level.as_ref().map(|level| (row, level))) {
        // A level below zero is a number, and no formula.
        let (in_stock, low) = (level.level.to_string(), level.low.to_string());
        let (sku, name) = (harmless(row.product.sku.clone()), harmless(row.product.title()));
        let unit = row.product.details.unit.map_or("", Unit::sign);
        out.write_record([sku.as_str(), &name, unit, &in_stock, &low, row.state()])?;
    }
    out.into_inner().map_err(|fault| csv::Error::from(fault.into_error()))
}

/// `GET /v1/office/stock/moves?sku=…`: what moved an article, newest first.
pub(in super::super) async fn moves(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let sku = filter(asked)?.sku.unwrap_or_default();
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = stock::moves(&mut conn, shop.id, &sku, MOVES_MAX).await?;
    answer(&rows.iter().map(|row| moved(row, &rows, &names)).collect::<Vec<_>>())
}

/// A movement; a count with what other tills had sold before it, by their clocks, that its till did not know of: whoever counted
/// counted without that, and the level has it twice.
fn moved(row: &Moved, all: &[Moved], names: &Names) -> Value {
    let of = &row.of;
    let office = of.login.is_some();
    let unknown = of.known.map(|known| {
        let unseen = |other: &&Moved| {
            let elsewhere = (other.of.till, other.of.epoch) != (of.till, of.epoch);
            elsewhere
                && other.of.count.is_none()
                && other.of.login.is_none()
                && other.version > known
                && other.of.at_ms < of.at_ms
        };
        all.iter().filter(unseen).fold(0, |sum: i64, other| sum.saturating_add(other.of.delta.0))
    });
    object!({
        "id": if office { format!("office-{}", of.seq) } else { format!("{}-{}-{}", of.till, of.epoch, of.seq) },
        "kind": of.kind,
        "at": rfc3339(of.at_ms),
        "at_ms": of.at_ms,
        "delta_milli": of.delta.0,
        "till": (!office).then_some(of.till.0),
        "till_name": names.till(of.till),
        "by": of.login.as_deref().or_else(|| names.staff(of.staff)),
        "reason": of.reason,
        "expected_milli": of.count.map(|(expected, _)| expected.0),
        "counted_milli": of.count.map(|(_, counted)| counted.0),
        "unknown_milli": unknown,
    })
}

/// An article, and its level if stock of it is kept.
struct Row {
    product: Product,
    level: Option<Level>,
}

async fn rows(conn: &mut Conn, shop: &Shop) -> Result<Vec<Row>, Problem> {
    let levels = stock::levels(conn, shop.id).await?.into_iter().map(|level| (level.sku.clone(), level));
    let mut levels: HashMap<String, Level> = levels.collect();
    let products = shop::products(conn, shop.id).await?;
    let mut rows: Vec<Row> = products
        .into_iter()
        .map(|product| {
            let level = levels.remove(&product.sku);
            Row { product, level }
        })
        .collect();
    rows.sort_by_cached_key(|row| (row.rank(), row.product.title().to_lowercase()));
    Ok(rows)
}

impl Row {
    fn state(&self) -> &'static str {
        match &self.level {
            None => "not-kept",
            Some(level) if level.level.0 <= 0 => "sold-out",
            Some(level) if level.level <= level.low => "low",
            Some(_) => "enough",
        }
    }

    fn rank(&self) -> u8 {
        match self.state() {
            "sold-out" => 0,
            "low" => 1,
            "enough" => 2,
            _ => 3,
        }
    }

    fn fits(&self, search: &str) -> bool {
        if search.is_empty() {
            return self.level.is_some();
        }
        let has = |text: &str| text.to_lowercase().contains(search);
        has(&self.product.title()) || has(&self.product.sku) || self.product.barcodes.iter().any(|code| code == search)
    }

    fn json(&self) -> Value {
        object!({
            "sku": self.product.sku,
            "name": self.product.title(),
            "unit": self.product.details.unit.map(Unit::sign),
            "state": self.state(),
            "level_milli": self.level.as_ref().map(|level| level.level.0),
            "low_milli": self.level.as_ref().map(|level| level.low.0),
        })
    }
}

#[derive(Deserialize)]
struct Keep {
    sku: String,
    low_milli: Option<i64>,
}

/// `POST /v1/office/stock/keep`: from now on stock of an article is kept, or not any more. The tills hear of it.
pub(in super::super) async fn keep(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let Keep { sku, low_milli } = decode(&bytes, "Send {\"sku\": SKU, \"low_milli\": THOUSANDTHS or null}.")?;
    let kept = match low_milli {
        Some(low) => Some(Kept { low: level(low)? }),
        None => None,
    };
    let shop = signed_in.shop;
    let mut tx = app.store.write().await?;
    let product = product(&mut tx, &shop, &sku).await?;
    stock::keep(&mut tx, shop.id, &sku, kept).await?;
    let low = kept.map(|kept| amount(kept.low, product.details.unit));
    changes::note(&mut tx, shop.id, &signed_in.login, Change::StockKept { sku, name: product.title(), low }, now_ms()).await?;
    shop::config_changed(&mut tx, shop.id).await?;
    let now = now(&mut tx, &shop, [product]).await?;
    tx.commit().await.map_err(StoreError::from)?;
    answer(&now)
}

#[derive(Deserialize)]
struct Receipt {
    items: Vec<Received>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
struct Received {
    sku: String,
    qty_milli: i64,
}

/// `POST /v1/office/stock/receive`: goods came in; all of them or none.
pub(in super::super) async fn receive(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let Receipt { items, note } =
        decode(&bytes, "Send {\"items\": [{\"sku\": SKU, \"qty_milli\": THOUSANDTHS}], \"note\": TEXT}.")?;
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(Problem::invalid("Receive 1 to 500 articles at once."));
    }
    let (shop, login, at_ms) = (signed_in.shop, signed_in.login, now_ms());
    let note = short(note.trim(), barrow_core::reason::REASON_MAX);
    let mut tx = app.store.write().await?;
    let (mut moves, mut what, mut products) = (Vec::new(), Vec::new(), Vec::new());
    for Received { sku, qty_milli } in items {
        let qty = level(qty_milli)?;
        if qty.0 == 0 {
            return Err(Problem::invalid("Receive more than nothing of each article."));
        }
        if moves.iter().any(|known: &Move| known.sku == sku) {
            return Err(Problem::invalid("Each article is received once."));
        }
        let product = product(&mut tx, &shop, &sku).await?;
        kept_level(&mut tx, &shop, &sku).await?;
        what.push(format!("{} × {}", amount(qty, product.details.unit), product.title()));
        moves.push(Move::of_office(&login, "receipt", &sku, qty, &note, at_ms));
        products.push(product);
    }
    stock::apply(&mut tx, shop.id, moves).await?;
    changes::note(&mut tx, shop.id, &login, Change::GoodsReceived { what, note }, at_ms).await?;
    let now = now(&mut tx, &shop, products).await?;
    tx.commit().await.map_err(StoreError::from)?;
    answer(&now)
}

#[derive(Deserialize)]
struct Correction {
    sku: String,
    expected_milli: i64,
    counted_milli: i64,
    reason: String,
}

/// `POST /v1/office/stock/correct`: what is there in place of what was shown. The difference is added, so that what tills sold
/// meanwhile is not lost.
pub(in super::super) async fn correct(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: Correction = decode(
        &bytes,
        "Send {\"sku\": SKU, \"expected_milli\": THOUSANDTHS, \"counted_milli\": THOUSANDTHS, \"reason\": TEXT}.",
    )?;
    let counted = level(ask.counted_milli)?;
    if !(-LEVEL_MAX.0..=LEVEL_MAX.0).contains(&ask.expected_milli) {
        return Err(Problem::invalid("This is more than can be kept in stock."));
    }
    let reason = Reason::parse(&ask.reason).map_err(|fault| Problem::invalid(fault.to_string()))?;
    let (shop, login, at_ms) = (signed_in.shop, signed_in.login, now_ms());
    let expected = Milli(ask.expected_milli);
    let mut tx = app.store.write().await?;
    let product = product(&mut tx, &shop, &ask.sku).await?;
    kept_level(&mut tx, &shop, &ask.sku).await?;
    let delta = Milli(counted.0 - expected.0);
    let correction = Move::of_office(&login, "correction", &ask.sku, delta, reason.as_str(), at_ms);
    stock::apply(&mut tx, shop.id, vec![Move { count: Some((expected, counted)), ..correction }]).await?;
    let unit = product.details.unit;
    let change = Change::StockCorrected {
        sku: ask.sku,
        name: product.title(),
        from: amount(expected, unit),
        to: amount(counted, unit),
        reason: reason.as_str().to_owned(),
    };
    changes::note(&mut tx, shop.id, &login, change, at_ms).await?;
    let now = now(&mut tx, &shop, [product]).await?;
    tx.commit().await.map_err(StoreError::from)?;
    answer(&now)
}

/// What was changed, as it is now.
async fn now(conn: &mut Conn, shop: &Shop, products: impl IntoIterator<Item = Product>) -> Result<Vec<Value>, Problem> {
    let mut rows = Vec::new();
    for product in products {
        let level = stock::locked_level(conn, shop.id, &product.sku).await?;
        rows.push(Row { product, level }.json());
    }
    Ok(rows)
}

async fn product(conn: &mut Conn, shop: &Shop, sku: &str) -> Result<Product, Problem> {
    let product = shop::product(conn, shop.id, sku).await?;
    product.ok_or_else(|| Problem::not_found("The shop has no article with this SKU."))
}

async fn kept_level(conn: &mut Conn, shop: &Shop, sku: &str) -> Result<Level, Problem> {
    let level = stock::locked_level(conn, shop.id, sku).await?;
    level.ok_or_else(|| Problem::invalid("No stock is kept of this article yet."))
}

fn level(milli: i64) -> Result<Milli, Problem> {
    if (0..=LEVEL_MAX.0).contains(&milli) { Ok(Milli(milli)) } else { Err(Problem::invalid("A quantity is 0 to 1,000,000.")) }
}

fn decode<T: DeserializeOwned>(bytes: &[u8], wanted: &'static str) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|_| Problem::malformed(wanted))
}
