//! Signing in to the office: a password for a cookie.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;

use super::{App, Shared, body, headers::is_loopback, json, problem::Problem};
use crate::{
    clock, passwords, random,
    store::{
        owners,
        shop::{self, Shop},
    },
};

const COOKIE: &str = "barrow_office";
const LIFETIME_S: i64 = 12 * 3600;

#[derive(Deserialize)]
struct SignIn {
    login: String,
    password: String,
}

/// `POST /v1/office/session`.
pub(super) async fn sign_in(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let loopback = is_loopback(&headers);
    let bytes = body::read(request, "application/json").await;
    same_site(&headers)?;
    let ask: SignIn = serde_json::from_slice(&bytes?).map_err(|_| Problem::malformed("Send {\"login\": …, \"password\": …}."))?;
    let now_ms = clock::now_ms();
    app.wrong_passwords.check("", now_ms)?;
    if ask.login.len() > 256 || ask.password.len() > 1024 || ask.login.contains('\0') {
        app.wrong_passwords.wrong("", now_ms);
        return Err(Problem::sign_in());
    }
    let _turn = app.hashing.acquire().await.map_err(|_| Problem::busy(2))?;
    let (shop, kept) = {
        let mut conn = app.store.read().await?;
        let shop = shop::get(&mut conn).await?;
        let kept = owners::password(&mut conn, shop.id, &ask.login).await?;
        (shop, kept)
    };
    let right = tokio::task::spawn_blocking(move || passwords::verify(&ask.password, kept.as_deref()));
    if !right.await.map_err(|_| Problem::internal())? {
        app.wrong_passwords.wrong("", now_ms);
        return Err(Problem::sign_in());
    }
    let token = Base64UrlUnpadded::encode_string(&random::bytes::<32>());
    let mut tx = app.store.write().await?;
    let expires_at_ms = now_ms.saturating_add(LIFETIME_S * 1000);
    let hash = app.keys.keyed_hash("session", &token);
    owners::begin_session(&mut tx, shop.id, &hash, &ask.login, now_ms, expires_at_ms).await?;
    tx.commit().await.map_err(crate::store::StoreError::from)?;
    let mut response = json(serde_json::json!({"login": ask.login}).to_string());
    set_cookie(&mut response, &token, LIFETIME_S, loopback)?;
    Ok(response)
}

/// `GET /v1/office/session`: who is signed in.
pub(super) async fn who(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let signed_in = SignedIn::check(&app, &headers).await?;
    Ok(json(serde_json::json!({"login": signed_in.login}).to_string()))
}

/// `DELETE /v1/office/session`.
pub(super) async fn sign_out(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    same_site(&headers)?;
    if let Some(token) = token(&headers) {
        let mut tx = app.store.write().await?;
        let shop = shop::get(&mut tx).await?;
        owners::end_session(&mut tx, shop.id, &app.keys.keyed_hash("session", token)).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", 0, is_loopback(&headers))?;
    Ok(response)
}

/// Somebody whose session was checked.
pub(super) struct SignedIn {
    pub(super) login: String,
    pub(super) shop: Shop,
}

impl SignedIn {
    /// Reads the session's cookie.
    pub(super) async fn check(app: &Arc<App>, headers: &HeaderMap) -> Result<SignedIn, Problem> {
        let token = token(headers).ok_or_else(Problem::signed_out)?;
        let mut conn = app.store.read().await?;
        let shop = shop::get(&mut conn).await?;
        let hash = app.keys.keyed_hash("session", token);
        let login = owners::session(&mut conn, shop.id, &hash, clock::now_ms()).await?.ok_or_else(Problem::signed_out)?;
        Ok(SignedIn { login, shop })
    }
}

/// Reads a write's body: from our own page (or no page at all), by somebody signed in, as JSON.
pub(super) async fn write(app: &Arc<App>, request: Request) -> Result<(SignedIn, Vec<u8>), Problem> {
    let headers = request.headers().clone();
    // Read whatever the answer is: who is still sending when the connection closes sees a network fault, and no answer.
    let bytes = body::read(request, "application/json").await;
    same_site(&headers)?;
    let signed_in = SignedIn::check(app, &headers).await?;
    Ok((signed_in, bytes?))
}

/// Refuses what another site's page makes a browser send. `SameSite=Strict` already keeps the cookie from it; this also
/// keeps such a page from signing somebody in or out.
fn same_site(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("unreadable"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(Problem::cross_site());
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) if origin.split_once("://").is_none_or(|(_, from)| from != host) => Err(Problem::cross_site()),
        (Some(_), None) => Err(Problem::cross_site()),
        _ => Ok(()),
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE && value.len() <= 64).then_some(value))
}

fn set_cookie(response: &mut Response, token: &str, seconds: i64, loopback: bool) -> Result<(), Problem> {
    let secure = if loopback { "" } else { "; Secure" };
    let cookie = format!("{COOKIE}={token}; Path=/v1/office; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_our_own_page_may_write() {
        let allowed = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
            same_site(&headers).is_ok()
        };
        assert!(allowed(&[("host", "shop.example")]), "a program without a browser");
        assert!(allowed(&[("host", "shop.example"), ("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")]));
        assert!(!allowed(&[("host", "shop.example"), ("origin", "https://evil.example")]));
        assert!(!allowed(&[("host", "shop.example"), ("origin", "null")]));
        assert!(!allowed(&[("host", "shop.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[("host", "shop.example"), ("sec-fetch-site", "same-site")]));
    }
}
