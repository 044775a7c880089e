//! Everything over HTTP: the tills' endpoints, the office's, the pages.
//!
//! A till is known by its signature, a person in the office by a session cookie. Whatever goes wrong is answered as
//! `application/problem+json` (RFC 9457) with a sentence for whoever has to act.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, patch, post, put},
};
use tokio::sync::{Notify, Semaphore};

use crate::{ingest::writer::Writer, keys::Keys, limits::Limiter, store::Store};

mod assets;
mod body;
mod gift;
mod headers;
mod office;
mod packed;
pub mod problem;
mod session;
mod signature;
mod till;

use problem::Problem;

/// Describes everything under `/v1`.
pub const OPENAPI: &str = include_str!("http/openapi.json");

/// What every request can reach.
pub struct App {
    /// The database.
    pub store: Store,
    /// The server's keys.
    pub keys: Keys,
    /// The way to the disk for batches.
    pub writer: Writer,
    /// The folder with the built pages: `till` and `office`.
    pub dist: PathBuf,
    /// Tells the forwarder of card payments that there may be something to do.
    pub wake: Arc<Notify>,
    /// Tells the one who sends mail the same.
    pub mail_wake: Arc<Notify>,
    /// Is there a mail server?
    pub mails_are_sent: bool,
    /// The card processor's address, if there is one.
    pub processor: Option<String>,
    wrong_enrol_codes: Limiter,
    wrong_pin_codes: Limiter,
    wrong_passwords: Limiter,
    /// Batches that are being opened at the same time.
    opening: Semaphore,
    /// Passwords that are being tried at the same time: each costs tens of milliseconds and 19 MiB.
    hashing: Semaphore,
}

impl App {
    /// An application over an open database.
    #[must_use]
    pub fn new(store: Store, keys: Keys, writer: Writer, dist: PathBuf) -> App {
        const MINUTE_MS: i64 = 60_000;
        App {
            store,
            keys,
            writer,
            dist,
            wake: Arc::default(),
            mail_wake: Arc::default(),
            mails_are_sent: false,
            processor: None,
            wrong_enrol_codes: Limiter::new(10, MINUTE_MS),
            wrong_pin_codes: Limiter::new(10, MINUTE_MS),
            wrong_passwords: Limiter::new(10, MINUTE_MS),
            opening: Semaphore::new(64),
            hashing: Semaphore::new(2),
        }
    }
}

type Shared = State<Arc<App>>;

/// One route: its path as OpenAPI writes it, its methods, and what answers.
type Route = (&'static str, &'static [&'static str], MethodRouter<Arc<App>>);

/// The routes under `/v1`. `openapi.json` describes each of them; a test holds the two together.
fn routes() -> Vec<Route> {
    vec![
        ("/v1/enrol", &["post"], post(till::enrol)),
        ("/v1/tills/{till}/first-pin", &["post"], post(till::first_pin)),
        ("/v1/tills/{till}/entries", &["post"], post(till::entries)),
        ("/v1/tills/{till}/config", &["get"], get(till::config)),
        ("/v1/tills/{till}/hot-list", &["get"], get(till::hot_list)),
        ("/v1/tills/{till}/images/{hashes}", &["get"], get(till::images)),
        ("/v1/tills/{till}/gift", &["post"], post(gift::balance)),
        ("/v1/office/session", &["post", "get", "delete"], post(session::sign_in).get(session::who).delete(session::sign_out)),
        ("/v1/office/sales", &["get"], get(office::sales)),
        ("/v1/office/tills", &["get"], get(office::tills)),
        ("/v1/office/alerts", &["get"], get(office::alerts::list)),
        ("/v1/office/alerts/answer", &["post"], post(office::alerts::answered)),
        ("/v1/office/audit", &["get"], get(office::audit::list)),
        ("/v1/office/audit.csv", &["get"], get(office::audit::csv)),
        ("/v1/office/payments", &["get"], get(office::payments::list)),
        ("/v1/office/payments.csv", &["get"], get(office::payments::csv)),
        ("/v1/office/payments/open", &["get"], get(office::payments::open)),
        ("/v1/office/payments/{id}/retry", &["post"], post(office::payments::retry)),
        ("/v1/office/payments/{id}/give-up", &["post"], post(office::payments::give_up)),
        ("/v1/office/mails", &["get"], get(office::mails::list)),
        ("/v1/office/mails/{id}/resend", &["post"], post(office::mails::resend)),
        ("/v1/office/terminals", &["get", "post"], get(office::terminals::day).post(office::terminals::total)),
        ("/v1/office/cards", &["get", "put"], get(office::cards::read).put(office::cards::replace)),
        ("/v1/office/customers", &["get"], get(office::customers::list)),
        ("/v1/office/customers/one", &["get"], get(office::customers::one)),
        ("/v1/office/customers/erase", &["post"], post(office::customers::erase)),
        ("/v1/office/customers/merge", &["post"], post(office::customers::merge)),
        ("/v1/office/stock", &["get"], get(office::stock::list)),
        ("/v1/office/stock.csv", &["get"], get(office::stock::csv)),
        ("/v1/office/stock/moves", &["get"], get(office::stock::moves)),
        ("/v1/office/stock/keep", &["post"], post(office::stock::keep)),
        ("/v1/office/stock/receive", &["post"], post(office::stock::receive)),
        ("/v1/office/stock/correct", &["post"], post(office::stock::correct)),
        ("/v1/office/gifts", &["get"], get(office::gifts::list)),
        ("/v1/office/gifts.csv", &["get"], get(office::gifts::csv)),
        ("/v1/office/gifts/{id}", &["get"], get(office::gifts::history)),
        ("/v1/office/gifts/{id}/block", &["post"], post(office::gifts::block)),
        ("/v1/office/products", &["get"], get(office::products)),
        ("/v1/office/products/picture", &["put"], put(office::pictures::put)),
        ("/v1/office/pictures/{hash}", &["get"], get(office::pictures::get)),
        (
            "/v1/office/rules",
            &["get", "put", "patch"],
            get(office::rules::read).put(office::rules::replace).patch(office::rules::change),
        ),
        ("/v1/office/staff", &["get", "post"], get(office::staff::list).post(office::staff::add)),
        ("/v1/office/staff/{id}", &["patch"], patch(office::staff::change)),
        ("/v1/office/staff/{id}/first-pin-code", &["post"], post(office::staff::first_pin_code)),
        ("/v1/office/reports/shifts", &["get"], get(office::shifts::list)),
    ]
}

/// The whole application.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new().route("/healthz", get(health)).route("/openapi.json", get(openapi));
    for (path, _, answers) in routes() {
        router = router.route(path, answers);
    }
    router
        .fallback(fallback)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn(headers::add))
        .with_state(app)
}

async fn health(State(app): Shared) -> Response {
    let alive =
        async { sqlx::query("SELECT 1").execute(&mut *app.store.read().await?).await.map_err(crate::store::StoreError::from) };
    match alive.await {
        Ok(_) => json(r#"{"status":"ok"}"#.to_owned()),
        Err(fault) => {
            eprintln!("barrow-server: health: {fault}");
            Problem::busy(5).into_response()
        }
    }
}

async fn openapi() -> Response {
    json(OPENAPI.to_owned())
}

/// What no route takes: an unknown part of the API, or a page's file.
async fn fallback(State(app): Shared, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path();
    if path.starts_with("/v1/") {
        return Problem::not_found("There is nothing at this address.").into_response();
    }
    assets::serve(&app.dist, &parts.method, path, &parts.headers).await
}

/// A JSON answer that nobody keeps.
fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// A CBOR answer that nobody keeps.
fn cbor(bytes: Vec<u8>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/cbor"), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_openapi_document_describes_every_route_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3."));
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if ["get", "post", "put", "delete", "patch"].contains(&method.as_str()) {
                    assert!(operation["summary"].is_string() && operation["responses"].is_object(), "{method} {path}");
                    described.insert((path.clone(), method.clone()));
                }
            }
        }
        let served: BTreeSet<_> = routes()
            .into_iter()
            .flat_map(|(path, methods, _)| methods.iter().map(move |method| (path.to_owned(), (*method).to_owned())))
            .chain([("/healthz".to_owned(), "get".to_owned())])
            .collect();
        assert_eq!(described, served);
    }
}
