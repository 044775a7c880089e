//! What the office reads (JSON, newest first, each answer one array), and in the files beside this one what it changes.

use std::collections::HashMap;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use barrow_core::{
    catalogue::Unit,
    config::TillState,
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};

use super::{Shared, json, problem::Problem, session::SignedIn};
use crate::{
    clock::rfc3339,
    store::{
        Conn, StoreError,
        journal::TenderBody,
        payments::{self as payment_store, State as Progress},
        reports::{self, Page, ROWS_MAX, SoldRow},
        shop, tills,
    },
};

pub(super) mod alerts;
pub(super) mod audit;
pub(super) mod cards;
pub(super) mod customers;
pub(super) mod gifts;
pub(super) mod mails;
pub(super) mod payments;
pub(super) mod pictures;
pub(super) mod rules;
pub(super) mod shifts;
pub(super) mod staff;
pub(super) mod stock;
pub(super) mod terminals;

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    till: Option<u64>,
    limit: Option<u32>,
    before: Option<String>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

impl Filter {
    fn page(asked: Asked) -> Result<Page, Problem> {
        let Query(filter) = asked.map_err(|_| Problem::malformed("till and limit are numbers, before is a sale's id."))?;
        let before = match filter.before {
            Some(text) => Some(parse_id(&text).ok_or_else(|| Problem::malformed("before is a sale's id, such as 1-1-42."))?),
            None => None,
        };
        Ok(Page { till: filter.till.map(TillId), before, limit: filter.limit.unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX) })
    }
}

fn parse_id(text: &str) -> Option<SaleId> {
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next()?.parse::<u64>().ok();
    let id = SaleId { till: TillId(next()?), epoch: Epoch(u32::try_from(next()?).ok()?), seq: Seq(next()?) };
    (i64::try_from(id.till.0).is_ok() && i64::try_from(id.seq.0).is_ok()).then_some(id)
}

/// `GET /v1/office/sales`.
pub(super) async fn sales(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let page = Filter::page(asked)?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = reports::sales(&mut conn, shop.id, &page).await?;
    let last = (rows.len() as u64 == u64::from(page.limit)).then(|| rows.last().map(|row| row.id.to_string())).flatten();
    let arrived = |row: Option<&SoldRow>| row.map_or(0, |row| row.received_at_ms);
    let mut states = payment_store::states(&mut conn, shop.id, arrived(rows.last()), arrived(rows.first())).await?;
    let sales: Vec<Value> = rows
        .into_iter()
        .map(|SoldRow { id, sale, voided, .. }| {
            let voided = voided.map(
                |void| object!({"at": rfc3339(void.at_ms), "at_ms": void.at_ms, "reason": void.reason, "by": names.staff(void.staff)}),
            );
            let tenders: Vec<Value> = sale.body.tenders.iter().map(|tender| tender_json(tender, &mut states)).collect();
            object!({
                "id": id.to_string(),
                "kind": if sale.refund.is_some() { "refund" } else { "sale" },
                "of": sale.refund.as_ref().map(|of| of.sale.to_string()),
                "reason": sale.refund.as_ref().map(|of| of.reason.as_str()),
                "till": id.till.0,
                "till_name": names.till(id.till),
                "epoch": id.epoch.0,
                "seq": id.seq.0,
                "at": rfc3339(sale.at_ms),
                "at_ms": sale.at_ms,
                "staff": names.staff(sale.staff),
                "currency": sale.currency,
                "total_minor": sale.total_minor,
                "net_minor": sale.net_minor,
                "tax_minor": sale.tax_minor,
                "rounding_minor": sale.rounding_minor,
                "gifts_minor": sale.gifts_minor,
                "tip_minor": sale.tip_minor,
                "gifts": sale.body.gifts,
                "lines": sale.body.lines,
                "discount": sale.body.discount,
                "note": sale.body.note,
                "tenders": tenders,
                "voided": voided,
                "late": has(&sale.flags, "late"),
                "flags": list(&sale.flags),
            })
        })
        .collect();
    let mut response = answer(&sales)?;
    if let Some(last) = last {
        let till = page.till.map(|till| format!("till={till}&")).unwrap_or_default();
        let link = format!("</v1/office/sales?{till}limit={}&before={last}>; rel=\"next\"", page.limit);
        response.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).map_err(|_| Problem::internal())?);
    }
    Ok(response)
}

/// A tender; one by card with how far its payment has come.
fn tender_json(tender: &TenderBody, states: &mut HashMap<String, Progress>) -> Value {
    let mut json = object!(tender);
    if let Some(card) = &tender.card {
        json["card"]["state"] = object!(states.remove(&card.payment));
    }
    json
}

/// `GET /v1/office/tills`.
pub(super) async fn tills(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    let mut list = Vec::new();
    for till in tills::all(&mut conn, shop.id).await? {
        let epoch = tills::epoch(&mut conn, shop.id, till.id, till.epoch).await?;
        list.push(object!({
            "id": till.id.0,
            "name": till.name,
            "state": match (till.enrolled(), till.state) {
                (_, TillState::Revoked) => "revoked",
                (true, TillState::Active) => "active",
                (false, TillState::Active) => "waiting",
            },
            "enrolled": till.enrolled(),
            "epoch": till.epoch.0,
            "last_seq": epoch.as_ref().map_or(0, |epoch| epoch.head_seq.0),
            "last_ack_at": epoch.as_ref().and_then(|epoch| epoch.last_ack_at_ms).map(rfc3339),
            "enrolled_at": epoch.as_ref().map(|epoch| rfc3339(epoch.enrolled_at_ms)),
        }));
    }
    answer(&list)
}

/// `GET /v1/office/products`.
pub(super) async fn products(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    let categories: HashMap<u32, String> =
        shop::categories(&mut conn, shop.id).await?.into_iter().map(|category| (category.id, category.name)).collect();
    let products = shop::products(&mut conn, shop.id).await?;
    let list: Vec<Value> = products
        .into_iter()
        .map(|product| {
            object!({
                "sku": product.sku,
                "name": product.name,
                "variant": product.variant,
                "category": categories.get(&product.category),
                "category_id": product.category,
                "price_minor": product.price.0,
                "currency": shop.currency.code,
                "taxes": product.taxes,
                "barcodes": product.barcodes,
                "price_embedded": product.price_embedded,
                "unit": product.details.unit.map(Unit::sign),
                "open_price": product.details.open_price,
                "favourite": product.details.favourite,
                "stock_low_milli": product.details.stock.map(|kept| kept.low.0),
                "modifiers": product.details.modifiers,
                "picture": product.details.image.map(|hash| hash.to_string()),
            })
        })
        .collect();
    answer(&list)
}

/// Numbers to names.
struct Names {
    staff: HashMap<StaffId, String>,
    tills: HashMap<TillId, String>,
}

impl Names {
    async fn load(conn: &mut Conn, shop: ShopId) -> Result<Names, StoreError> {
        let staff = shop::staff(conn, shop).await?.into_iter().map(|person| (person.member.id, person.member.name)).collect();
        let tills = tills::all(conn, shop).await?.into_iter().map(|till| (till.id, till.name)).collect();
        Ok(Names { staff, tills })
    }

    fn staff(&self, id: Option<StaffId>) -> Option<&str> {
        id.and_then(|id| self.staff.get(&id)).map(String::as_str)
    }

    fn till(&self, id: TillId) -> Option<&str> {
        self.tills.get(&id).map(String::as_str)
    }
}

fn has(flags: &str, flag: &str) -> bool {
    flags.split(' ').any(|one| one == flag)
}

fn list(flags: &str) -> Vec<&str> {
    flags.split(' ').filter(|flag| !flag.is_empty()).collect()
}

fn answer<T: Serialize>(rows: &[T]) -> Result<Response, Problem> {
    serde_json::to_string(rows).map(json).map_err(|_| Problem::internal())
}
