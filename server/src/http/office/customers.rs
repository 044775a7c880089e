//! Customers: who they are, what they bought, one person's data as a file, erasing, and two who are one.

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{customer::Customer, ids::CustomerId};
use serde::Deserialize;
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    answer,
};
use crate::{
    clock::{now_ms, rfc3339},
    http::json,
    store::{
        Conn, StoreError,
        changes::{self, Change},
        customers,
        shop::Shop,
    },
};

/// The most customers in one answer; searching finds the others.
const ROWS_MAX: usize = 200;

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Filter {
    search: Option<String>,
    id: Option<String>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

fn filter(asked: Asked) -> Result<Filter, Problem> {
    asked.map(|Query(filter)| filter).map_err(|_| Problem::malformed("search and id are texts."))
}

/// `GET /v1/office/customers`: by name.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let search = filter(asked)?.search.unwrap_or_default();
    let mut found = customers::all(&mut *app.store.read().await?, shop.id).await?;
    found.retain(|customer| customer.person.fits(&search));
    found.sort_by_cached_key(|customer| customer.person.name.to_lowercase());
    found.truncate(ROWS_MAX);
    answer(&found.iter().map(row).collect::<Vec<_>>())
}

fn row(customer: &Customer) -> Value {
    object!({
        "id": customer.id.to_string(),
        "aliases": customer.aliases.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "name": customer.person.name,
        "email": customer.person.email,
        "phone": customer.person.phone,
    })
}

/// `GET /v1/office/customers/one?id=…`: everything about one person; with `Content-Disposition`, to be handed to them.
pub(in super::super) async fn one(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let id = id(&filter(asked)?.id.unwrap_or_default())?;
    let mut conn = app.store.read().await?;
    let whole = whole(&mut conn, &shop, id).await?;
    let disposition = [(header::CONTENT_DISPOSITION, format!("inline; filename=\"customer-{id}.json\""))];
    Ok((disposition, json(whole.to_string())).into_response())
}

async fn whole(conn: &mut Conn, shop: &Shop, id: CustomerId) -> Result<Value, Problem> {
    let customer = customers::one(conn, shop.id, id).await?.ok_or_else(nobody)?;
    let records: Vec<Value> = customers::records(conn, shop.id, customer.id)
        .await?
        .iter()
        .map(|record| {
            object!({
                "entry": record.at.to_string(),
                "at": rfc3339(record.at_ms),
                "id": record.id.to_string(),
                "name": record.person.name,
                "email": record.person.email,
                "phone": record.person.phone,
            })
        })
        .collect();
    let purchases: Vec<Value> = customers::purchases(conn, shop.id, customer.id)
        .await?
        .iter()
        .map(|purchase| {
            object!({
                "sale": purchase.sale.to_string(),
                "at": rfc3339(purchase.at_ms),
                "total_minor": purchase.total_minor,
                "currency": purchase.currency,
                "voided": purchase.voided,
            })
        })
        .collect();
    let mut whole = row(&customer);
    whole["records"] = object!(records);
    whole["purchases"] = object!(purchases);
    Ok(whole)
}

#[derive(Deserialize)]
struct One {
    id: String,
}

/// `POST /v1/office/customers/erase`: nothing of the person is kept but ids and digests that nobody can read any more.
pub(in super::super) async fn erase(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: One = serde_json::from_slice(&bytes).map_err(|_| Problem::malformed("Send {\"id\": ID}."))?;
    let (shop, id, at_ms) = (signed_in.shop, id(&ask.id)?, now_ms());
    let mut tx = app.store.write().await?;
    if !customers::erase(&mut tx, shop.id, id, at_ms).await? {
        return Err(nobody());
    }
    changes::note(&mut tx, shop.id, &signed_in.login, Change::CustomerErased { customer: id.to_string() }, at_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    customers::scrub(&app.store).await?;
    Ok(json(object!({"id": id.to_string(), "erased_at": rfc3339(at_ms)}).to_string()))
}

#[derive(Deserialize)]
struct Two {
    id: String,
    with: String,
}

/// `POST /v1/office/customers/merge`: two are one person; all that was known of either stays.
pub(in super::super) async fn merge(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: Two = serde_json::from_slice(&bytes).map_err(|_| Problem::malformed("Send {\"id\": ID, \"with\": ID}."))?;
    let (shop, one, other) = (signed_in.shop, id(&ask.id)?, id(&ask.with)?);
    if one == other {
        return Err(Problem::invalid("Choose another customer to merge with."));
    }
    let mut tx = app.store.write().await?;
    if !customers::merge(&mut tx, shop.id, one, other).await? {
        return Err(nobody());
    }
    let change = Change::CustomersMerged { customer: one.to_string(), with: other.to_string() };
    changes::note(&mut tx, shop.id, &signed_in.login, change, now_ms()).await?;
    let whole = whole(&mut tx, &shop, one).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(whole.to_string()))
}

fn id(text: &str) -> Result<CustomerId, Problem> {
    CustomerId::from_hex(text).ok_or_else(|| Problem::malformed("An id is 32 hexadecimal digits."))
}

fn nobody() -> Problem {
    Problem::not_found("Nothing is known of a customer of this id.")
}
