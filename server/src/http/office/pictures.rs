//! Products' pictures.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{bytes::Hash, image};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;

use super::super::{
    Shared, json,
    problem::Problem,
    session::{SignedIn, write},
};
use crate::{
    clock,
    store::{
        StoreError,
        changes::{self, Change},
        pictures::{self, Picture},
        shop,
    },
};

/// A picture for a product, or none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    sku: String,
    /// The file, Base64.
    picture: Option<String>,
}

/// `PUT /v1/office/products/picture`: a product gets a picture, or loses it.
pub(in super::super) async fn put(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: Form =
        serde_json::from_slice(&bytes).map_err(|fault| Problem::malformed(format!("The picture cannot be read: {fault}.")))?;
    let read = |text: String| {
        let bytes = Base64::decode_vec(&text).map_err(|_| Problem::malformed("The picture is not Base64."))?;
        Picture::read(bytes).map_err(|fault| Problem::malformed(fault.to_string()))
    };
    let picture = form.picture.map(read).transpose()?;
    let shop = signed_in.shop.id;
    let mut tx = app.store.write().await?;
    if shop::product(&mut tx, shop, &form.sku).await?.is_none() {
        return Err(Problem::not_found("The shop has no product of this SKU."));
    }
    pictures::set(&mut tx, shop, &form.sku, picture.as_ref()).await?;
    let change = Change::PictureChanged { sku: form.sku, removed: picture.is_none() };
    changes::note(&mut tx, shop, &signed_in.login, change, clock::now_ms()).await?;
    shop::config_changed(&mut tx, shop).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json("{}".to_owned()))
}

/// `GET /v1/office/pictures/{hash}`: the picture itself. It never changes, as its hash names it.
pub(in super::super) async fn get(State(app): Shared, Path(hash): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let none = || Problem::not_found("There is no such picture.");
    let hash = Hash::from_hex(&hash).ok_or_else(none)?;
    let bytes = pictures::get(&mut *app.store.read().await?, shop.id, &hash).await?.ok_or_else(none)?;
    let kind = image::check(&bytes).map_err(|_| Problem::internal())?.media_type();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    ];
    Ok((headers, bytes).into_response())
}
