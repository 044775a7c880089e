//! What the office reads (JSON, newest first, each answer one array), and in the files beside this one what it changes.

use std::collections::HashMap;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use barrow_core::{
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
        reports::{self, Page, ROWS_MAX, SoldRow},
        shop, tills,
    },
};

pub(super) mod audit;
pub(super) mod rules;
pub(super) mod shifts;
pub(super) mod staff;

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
    let sales: Vec<Value> = rows
        .into_iter()
        .map(|SoldRow { id, sale, voided }| {
            let voided = voided.map(
                |void| object!({"at": rfc3339(void.at_ms), "at_ms": void.at_ms, "reason": void.reason, "by": names.staff(void.staff)}),
            );
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
                "lines": sale.body.lines,
                "tenders": sale.body.tenders,
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

/// `GET /v1/office/alerts`.
pub(super) async fn alerts(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let page = Filter::page(asked)?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = reports::alerts(&mut conn, shop.id, page.till, page.limit).await?;
    let alerts: Vec<Value> = rows
        .into_iter()
        .map(|alert| {
            object!({
                "till": alert.at.till.0,
                "till_name": names.till(alert.at.till),
                "epoch": alert.at.epoch.0,
                "seq": alert.at.seq.0,
                "kind": alert.kind,
                "at": rfc3339(alert.at_ms),
                "at_ms": alert.at_ms,
                "text": sentence(&alert.kind),
            })
        })
        .collect();
    answer(&alerts)
}

/// What an alert means for whoever reads it.
fn sentence(kind: &str) -> &'static str {
    match kind {
        "gap" => "Entries are missing from here on, and the till no longer has them.",
        "altered" => "An entry is not the one that the next was built on. Somebody may have changed the journal.",
        "bad-signature" => "An entry does not carry this till's signature. It is kept, and not counted.",
        "bad-seal" => "An entry could not be opened. It is kept, and not counted.",
        "unreadable" => "An entry could be opened but not understood. It is kept, and not counted.",
        "fork" => "Two different entries claim the same place. The later one is in quarantine: this till may run on two tablets.",
        "reordered" => "An entry stands at another place than it says. It is kept, and not counted.",
        "truncated" => "The journal ends before its known end.",
        "rollback" => "The till is behind what it sent before: the tablet was restored from a copy. It must be enrolled again.",
        "clone" => "A tablet went on selling as this till after another enrolment. Its sales are counted and marked.",
        "clock-back" => "The tablet's clock went back. The order of entries is not affected.",
        "clock-ahead" => "The tablet's clock is ahead of the server's. Times on receipts are wrong until it is set.",
        "clock-behind" => "The tablet's clock is far behind. Times on receipts are wrong until it is set.",
        "totals" => "A sale's totals did not follow from its lines. The server's own figures are shown.",
        "turnover" => "The running turnover does not follow from the sale before.",
        "bad-void" => {
            "A sale was voided that is not there, is not of that shift, was voided or refunded already, or came to another \
             amount. It is voided once at most."
        }
        "bad-refund" => {
            "Money was given back of a sale that is not there, was voided, or has no such lines, or the figures do not follow \
             from them. It is counted as given back."
        }
        "double-refund" => {
            "More of a line was given back than was sold, perhaps at two tills. It is counted, because the money is gone."
        }
        "late" => "A sale arrived for a shift that was already closed, or filled a gap. It is counted.",
        _ => "Something about this entry needs a look.",
    }
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
                "price_minor": product.price.0,
                "currency": shop.currency.code,
                "taxes": product.taxes,
                "barcodes": product.barcodes,
                "price_embedded": product.price_embedded,
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
