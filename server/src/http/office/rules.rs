//! The rules for people and cash, and what else the owner decides about the counter.

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};

use super::super::{
    Shared, json,
    problem::Problem,
    session::{SignedIn, write},
};
use crate::{
    rules::{self, CounterForm, Form},
    store::StoreError,
};

/// `GET /v1/office/rules`.
pub(in super::super) async fn read(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    Ok(json(rules::as_json(&shop).to_string()))
}

/// `PUT /v1/office/rules`: all of them at once.
pub(in super::super) async fn replace(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: Form =
        serde_json::from_slice(&bytes).map_err(|fault| Problem::malformed(format!("The rules cannot be read: {fault}.")))?;
    let checked = form.check()?;
    let mut tx = app.store.write().await?;
    let shop = rules::put(&mut tx, signed_in.shop.id, &signed_in.login, &checked).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(rules::as_json(&shop).to_string()))
}

/// `PATCH /v1/office/rules`: promotions, labels, shortcuts; what is not named stays.
pub(in super::super) async fn change(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: CounterForm =
        serde_json::from_slice(&bytes).map_err(|fault| Problem::malformed(format!("The change cannot be read: {fault}.")))?;
    let checked = form.check()?;
    let mut tx = app.store.write().await?;
    let shop = rules::put_counter(&mut tx, signed_in.shop.id, &signed_in.login, checked).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(rules::as_json(&shop).to_string()))
}
