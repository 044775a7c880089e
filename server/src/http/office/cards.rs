//! How cards are taken: the rules, the readers, and what the processor has published.

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};

use super::super::{
    App, Shared, json,
    problem::Problem,
    session::{SignedIn, write},
};
use crate::{
    cards::{self, Form},
    store::{Conn, StoreError, shop::Shop},
};

/// `GET /v1/office/cards`.
pub(in super::super) async fn read(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    described(&app, &mut conn, &shop).await
}

/// `PUT /v1/office/cards`: all of it at once.
pub(in super::super) async fn replace(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: Form =
        serde_json::from_slice(&bytes).map_err(|fault| Problem::malformed(format!("The settings cannot be read: {fault}.")))?;
    let checked = form.check().map_err(|fault| Problem::invalid(fault.to_string()))?;
    let mut tx = app.store.write().await?;
    let shop = cards::put(&mut tx, signed_in.shop.id, &signed_in.login, &checked).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let mut conn = app.store.read().await?;
    described(&app, &mut conn, &shop).await
}

async fn described(app: &App, conn: &mut Conn, shop: &Shop) -> Result<Response, Problem> {
    Ok(json(cards::as_json(conn, shop, app.processor.as_deref()).await?.to_string()))
}
