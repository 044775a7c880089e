//! The processor over HTTP. `/authorize`, `/status`, `/payments/{key}`, `/reverse`, `/keys`, `/hot-list` and `/settlement` are what a
//! shop's server uses; `/log` and `/keys/rotate` are for development.
//!
//! Bodies are JSON, errors `application/problem+json` (RFC 9457). Nothing that goes out, or into the log, has more of a card than
//! BIN and last four.

mod body;
mod problem;

use std::{pin::Pin, task};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Acquirer,
    authorize::{Outcome, Refused, Request as Authorization},
    clock::{day_ms, day_of, rfc3339},
    decide::Answer,
    settlement,
    store::Payment,
};
use problem::Problem;

/// Rows in `/log`.
const LOG_ROWS_MAX: u32 = 1000;

/// All addresses, relative to where the router is mounted.
pub(crate) fn router(acquirer: Acquirer) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/keys", get(keys))
        .route("/keys/rotate", post(rotate))
        .route("/authorize", post(authorize))
        .route("/status", post(status))
        .route("/payments/{key}", get(payment))
        .route("/reverse", post(reverse))
        .route("/hot-list", get(hot_list))
        .route("/settlement", get(settlement_file))
        .route("/log", get(log))
        .fallback(async || Problem::NOT_FOUND)
        .method_not_allowed_fallback(async || Problem::METHOD)
        .with_state(acquirer)
}

async fn keys(State(acquirer): State<Acquirer>) -> Result<Response, Problem> {
    let keys = acquirer.public_keys().map_err(|fault| {
        eprintln!("barrow-acquirer: {fault}");
        Problem::INTERNAL
    })?;
    Ok(answer(&json!({ "keys": keys })))
}

async fn rotate(State(acquirer): State<Acquirer>) -> Result<Response, Problem> {
    let made = tokio::task::spawn_blocking(move || acquirer.rotate_key()).await;
    match made {
        Ok(Ok(kid)) => Ok(answer(&json!({ "kid": kid }))),
        Ok(Err(fault)) => {
            eprintln!("barrow-acquirer: {fault}");
            Err(Problem::INTERNAL)
        }
        Err(_) => Err(Problem::INTERNAL),
    }
}

async fn authorize(State(acquirer): State<Acquirer>, request: Request) -> Result<Response, Problem> {
    let request: Authorization = body::json(request).await?;
    match acquirer.authorize(request).await? {
        Outcome::Answer(given) => Ok(answer(&given)),
        Outcome::AnswerLost => Ok(Response::new(Body::new(Lost))),
        Outcome::Hang => {
            acquirer.hang().await;
            Err(Problem::HUNG)
        }
        Outcome::Fault => Err(Problem::TEST_FAULT),
    }
}

#[derive(Deserialize)]
struct Key {
    idempotency_key: String,
}

async fn status(State(acquirer): State<Acquirer>, request: Request) -> Result<Response, Problem> {
    let Key { idempotency_key } = body::json(request).await?;
    state_of(&acquirer, &idempotency_key).await
}

async fn payment(State(acquirer): State<Acquirer>, Path(key): Path<String>) -> Result<Response, Problem> {
    state_of(&acquirer, &key).await
}

async fn reverse(State(acquirer): State<Acquirer>, request: Request) -> Result<Response, Problem> {
    let Key { idempotency_key } = body::json(request).await?;
    acquirer.reverse(&idempotency_key).await?;
    state_of(&acquirer, &idempotency_key).await
}

/// What became of a payment. `unknown` is an answer as well: it may be asked for (again).
async fn state_of(acquirer: &Acquirer, key: &str) -> Result<Response, Problem> {
    let (found, reversed) = acquirer.find(key).await?;
    let mut state = match &found {
        Some(payment) => json!({ "amount": payment.amount_minor, "currency": payment.currency }),
        None => json!({ "result": "unknown" }),
    };
    state["idempotency_key"] = key.into();
    state["reversed"] = reversed.into();
    if let Some(Payment { answer, .. }) = &found {
        let (result, detail, value) = words(answer);
        state["result"] = result.into();
        state[detail] = value;
    }
    Ok(answer(&state))
}

fn words(answer: &Answer) -> (&'static str, &'static str, serde_json::Value) {
    match answer {
        Answer::Approved { authorization } => ("approved", "authorization", authorization.as_str().into()),
        Answer::Declined { reason } => ("declined", "reason", json!(reason)),
    }
}

async fn hot_list(State(acquirer): State<Acquirer>) -> Response {
    let list = acquirer.hot_list();
    answer(&json!({
        "made_at_ms": list.made_at_ms(),
        "entries": list.entries(),
        "key": Base64UrlUnpadded::encode_string(list.key().expose()),
        "filter": Base64::encode_string(list.filter()),
    }))
}

#[derive(Deserialize)]
struct Day {
    day: Option<String>,
}

async fn settlement_file(State(acquirer): State<Acquirer>, Query(Day { day }): Query<Day>) -> Result<Response, Problem> {
    let day = day.unwrap_or_else(|| day_of(acquirer.now_ms()));
    let (from_ms, to_ms) = day_ms(&day).ok_or(Problem::malformed("Ask for a day as day=2026-05-01."))?;
    let file = settlement::file(acquirer.store(), from_ms, to_ms).await?;
    let name = format!("attachment; filename=\"settlement-{day}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, name.as_str()),
    ];
    Ok((headers, file).into_response())
}

async fn log(State(acquirer): State<Acquirer>) -> Result<Response, Problem> {
    let payments = acquirer.store().newest(LOG_ROWS_MAX).await?;
    let rows: Vec<serde_json::Value> = payments
        .iter()
        .map(|payment| {
            let (result, detail, value) = words(&payment.answer);
            json!({
                "payment": payment.key, "at": rfc3339(payment.at_ms), "shop": payment.shop, "till": payment.till,
                "amount": payment.amount_minor, "currency": payment.currency, "card": settlement::masked(payment),
                "entry": payment.entry, "kid": payment.kid, "result": result, detail: value,
                "warnings": payment.warnings.split_whitespace().collect::<Vec<_>>(),
                "reversed": payment.reversed_at_ms.is_some(),
            })
        })
        .collect();
    Ok(answer(&json!({ "payments": rows })))
}

fn answer(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            (StatusCode::OK, headers, text).into_response()
        }
        Err(_) => Problem::INTERNAL.into_response(),
    }
}

/// A body that breaks off before its first byte: the server then closes the connection without having sent anything, as a
/// network that fails after the decision would.
struct Lost;

impl HttpBody for Lost {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> task::Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        task::Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
    }
}

impl From<Refused> for Problem {
    fn from(fault: Refused) -> Problem {
        match fault {
            Refused::Key => {
                Problem::malformed("An idempotency key is the payment's 16 bytes as 32 lower-case hexadecimal digits.")
            }
            Refused::Jwe => Problem::malformed("The JWE cannot be read."),
            Refused::NotOpened(fault) => fault.into(),
            Refused::NoPayment => Problem::NO_PAYMENT,
            Refused::Mismatch => Problem::MISMATCH,
            Refused::OtherJwe => Problem::OTHER_JWE,
            Refused::Store(fault) => fault.into(),
            Refused::Stopping => Problem::INTERNAL,
        }
    }
}
