//! Who works at the tills.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use barrow_core::ids::{StaffId, TillId};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared, json,
        problem::Problem,
        session::{SignedIn, write},
    },
    answer,
};
use crate::{
    clock::rfc3339,
    names::Name,
    people::{self, PeopleFault, Wish},
    rules,
    store::{
        StoreError,
        shop::{self, Person},
    },
};

/// `GET /v1/office/staff`.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    let people: Vec<Value> = shop::staff(&mut conn, shop.id).await?.iter().map(as_json).collect();
    answer(&people)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPerson {
    name: String,
    role: String,
}

/// `POST /v1/office/staff`.
pub(in super::super) async fn add(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: NewPerson = decode(&bytes, "Send {\"name\": …, \"role\": …}.")?;
    let (name, role) = (Name::parse(&ask.name)?, rules::role(&ask.role)?);
    let mut tx = app.store.write().await?;
    let person = people::add(&mut tx, signed_in.shop.id, &signed_in.login, &name, role).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok((StatusCode::CREATED, json(as_json(&person).to_string())).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonChange {
    name: Option<String>,
    role: Option<String>,
    active: Option<bool>,
}

/// `PATCH /v1/office/staff/{id}`.
pub(in super::super) async fn change(State(app): Shared, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: PersonChange = decode(&bytes, "Send what is to change: {\"name\": …, \"role\": …, \"active\": …}.")?;
    let wish = Wish {
        name: ask.name.as_deref().map(Name::parse).transpose()?,
        role: ask.role.as_deref().map(rules::role).transpose()?,
        active: ask.active,
    };
    if wish == Wish::default() {
        return Err(Problem::malformed("Say what is to change: name, role or active."));
    }
    let id = staff_id(&id)?;
    let mut tx = app.store.write().await?;
    let person = people::change(&mut tx, signed_in.shop.id, &signed_in.login, id, &wish).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(as_json(&person).to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtTill {
    till: u64,
}

/// `POST /v1/office/staff/{id}/first-pin-code`: a one-time code for one person at one till.
pub(in super::super) async fn first_pin_code(
    State(app): Shared,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: AtTill = decode(&bytes, "Send {\"till\": NUMBER}: the code works at that till alone.")?;
    let id = staff_id(&id)?;
    let mut tx = app.store.write().await?;
    let shop = signed_in.shop.id;
    let made = people::first_pin(&mut tx, &app.keys, shop, &signed_in.login, id, TillId(ask.till)).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(object!({"code": made.code.to_string(), "expires_at": rfc3339(made.expires_at_ms)}).to_string()))
}

fn as_json(person: &Person) -> Value {
    object!({"id": person.member.id.0, "name": person.member.name, "role": person.member.role, "active": person.active})
}

fn decode<T: DeserializeOwned>(bytes: &[u8], wanted: &'static str) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|_| Problem::malformed(wanted))
}

/// A number that cannot be anybody's is nobody's.
fn staff_id(text: &str) -> Result<StaffId, PeopleFault> {
    text.parse().map(StaffId).map_err(|_| PeopleFault::Nobody)
}
