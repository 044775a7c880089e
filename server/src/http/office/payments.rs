//! Card payments: how far each has come, what is open, and asking again by hand.

use axum::{
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::ids::{PaymentId, TillId};
use serde::Deserialize;
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    Names, answer,
    audit::written,
};
use crate::{
    clock::{now_ms, rfc3339, span_ms},
    http::json,
    payments::take::HELD,
    store::{
        StoreError,
        alerts::{self, Answer},
        changes::{self, Change},
        payments::{self, PaymentRow, State as Progress, Wanted},
        reports::ROWS_MAX,
        word,
    },
};

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Filter {
    state: Option<String>,
    till: Option<u64>,
    from: Option<String>,
    to: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

/// An empty field filters nothing, as no field does.
fn given(field: Option<&String>) -> Option<&String> {
    field.filter(|text| !text.is_empty())
}

impl Filter {
    fn of(asked: Asked) -> Result<Filter, Problem> {
        asked.map(|Query(filter)| filter).map_err(|_| Problem::malformed("till and limit are numbers."))
    }

    fn wanted(&self) -> Result<Wanted, Problem> {
        let state = match given(self.state.as_ref()) {
            Some(text) => Some(Progress::parse(text).ok_or_else(|| {
                let all = Progress::ALL.map(word).join(", ");
                Problem::malformed(format!("state is one of {all}."))
            })?),
            None => None,
        };
        let moment = |field: Option<&String>, name: &str| match given(field) {
            Some(text) => span_ms(text).map(Some).ok_or_else(|| {
                Problem::malformed(format!("{name} is a day such as 2026-05-01, or a moment such as 2026-05-01T09:30:00Z."))
            }),
            None => Ok(None),
        };
        let before = match given(self.before.as_ref()) {
            Some(text) => Some(PaymentId::from_hex(text).ok_or_else(|| Problem::malformed("before is a payment's id."))?),
            None => None,
        };
        Ok(Wanted {
            till: self.till.map(TillId),
            state,
            from_ms: moment(self.from.as_ref(), "from")?.map_or(i64::MIN, |(first, _)| first),
            to_ms: moment(self.to.as_ref(), "to")?.map_or(i64::MAX, |(_, last)| last),
            before,
            limit: self.limit.unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX),
        })
    }

    /// The address of the next page. What is written into it was parsed before: nothing in it needs an escape but a time zone's plus.
    fn next(&self, limit: u32, last: PaymentId) -> String {
        let till = self.till.map(|till| till.to_string());
        let fields = [("state", &self.state), ("till", &till), ("from", &self.from), ("to", &self.to)];
        let fields: String = fields
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}&", given(value.as_ref())?.replace('+', "%2B"))))
            .collect();
        format!("/v1/office/payments?{fields}limit={limit}&before={last}")
    }
}

/// `GET /v1/office/payments`: newest first.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let filter = Filter::of(asked)?;
    let wanted = filter.wanted()?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = payments::list(&mut conn, shop.id, &wanted).await?;
    let list: Vec<Value> = rows.iter().map(|row| as_json(row, &names)).collect();
    let mut response = answer(&list)?;
    if let Some(last) = rows.last().filter(|_| rows.len() as u64 == u64::from(wanted.limit)) {
        let link = format!("<{}>; rel=\"next\"", filter.next(wanted.limit, last.payment));
        response.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).map_err(|_| Problem::internal())?);
    }
    Ok(response)
}

fn as_json(row: &PaymentRow, names: &Names) -> Value {
    object!({
        "id": row.payment.to_string(),
        "sale": row.sale.to_string(),
        "till": row.sale.till.0,
        "till_name": names.till(row.sale.till),
        "at": rfc3339(row.at_ms),
        "at_ms": row.at_ms,
        "staff": names.staff(row.staff),
        "amount_minor": row.amount.0,
        "currency": row.currency,
        "brand": row.brand,
        "last4": row.last4,
        "mode": row.mode,
        "kid": row.kid,
        "state": row.state,
        "may_retry": may_retry(row),
        "attempts": row.attempts,
        "decided_at": row.decided_at_ms.map(rfc3339),
        "authorization": row.authorization,
        "reason": row.reason,
        "received_at": rfc3339(row.received_at_ms),
    })
}

/// May a person have it asked for now? What never got past this server's own checks is not asked for by anybody.
fn may_retry(row: &PaymentRow) -> bool {
    match row.state {
        Progress::Waiting | Progress::Unknown | Progress::Reversing => true,
        Progress::Held => row.attempts > 0,
        _ => false,
    }
}

const COLUMNS: [&str; 13] = [
    "id",
    "sale",
    "till",
    "when",
    "who",
    "amount_minor",
    "currency",
    "card",
    "how",
    "state",
    "decided",
    "authorization",
    "reason",
];

/// `GET /v1/office/payments.csv`: the newest that fit, in one file (RFC 4180).
pub(in super::super) async fn csv(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let wanted = Filter::of(asked)?.wanted()?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = payments::list(&mut conn, shop.id, &wanted).await?;
    let lines = rows.iter().map(|row| {
        [
            row.payment.to_string(),
            row.sale.to_string(),
            names.till(row.sale.till).unwrap_or_default().to_owned(),
            rfc3339(row.at_ms),
            names.staff(row.staff).unwrap_or_default().to_owned(),
            row.amount.0.to_string(),
            row.currency.clone(),
            format!("{} {}", row.brand, row.last4),
            row.mode.clone(),
            word(row.state),
            row.decided_at_ms.map(rfc3339).unwrap_or_default(),
            row.authorization.clone().unwrap_or_default(),
            row.reason.clone().unwrap_or_default(),
        ]
    });
    let text = written(std::iter::once(COLUMNS.map(str::to_owned)).chain(lines))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"card-payments.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

/// `GET /v1/office/payments/open`: what nobody knows yet whether it will pay, by till.
pub(in super::super) async fn open(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let list: Vec<Value> = payments::exposure(&mut conn, shop.id)
        .await?
        .into_iter()
        .map(|open| {
            object!({
                "till": open.till.0,
                "till_name": names.till(open.till),
                "payments": open.payments,
                "amount_minor": open.amount.0,
                "currency": shop.currency.code,
            })
        })
        .collect();
    answer(&list)
}

/// `POST /v1/office/payments/{id}/retry`: has a payment asked for now, with the same key.
pub(in super::super) async fn retry(State(app): Shared, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (signed_in, _) = write(&app, request).await?;
    let not_found = || Problem::not_found("There is no such card payment.");
    let id = PaymentId::from_hex(&id).ok_or_else(not_found)?;
    let (shop, now_ms) = (signed_in.shop.id, now_ms());
    let mut tx = app.store.write().await?;
    payments::get(&mut tx, shop, id).await?.ok_or_else(not_found)?;
    if !payments::ask_again(&mut tx, shop, id, now_ms).await? {
        return Err(Problem::conflict(
            "/problems/not-due",
            "This payment is decided, is being asked for, or may not be asked for.",
        ));
    }
    changes::note(&mut tx, shop, &signed_in.login, Change::PaymentRetried { payment: id.to_string() }, now_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.wake.notify_one();
    Ok(json(object!({"due": true}).to_string()))
}

/// `POST /v1/office/payments/{id}/give-up`: a payment that is held will not be charged. Its till is told that it was declined.
pub(in super::super) async fn give_up(State(app): Shared, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (signed_in, _) = write(&app, request).await?;
    let not_found = || Problem::not_found("There is no such card payment.");
    let id = PaymentId::from_hex(&id).ok_or_else(not_found)?;
    let (shop, now_ms) = (signed_in.shop.id, now_ms());
    let mut tx = app.store.write().await?;
    let row = payments::get(&mut tx, shop, id).await?.ok_or_else(not_found)?;
    if !payments::give_up(&mut tx, shop, id, now_ms).await? {
        return Err(Problem::conflict("/problems/not-held", "Only a payment that is held can be given up."));
    }
    let answer = Answer { at_ms: now_ms, by: signed_in.login.clone(), note: "Given up: it will not be charged.".into() };
    alerts::answer_all(&mut tx, (shop, row.sale.till), (HELD, &id.to_string()), &answer).await?;
    changes::note(&mut tx, shop, &signed_in.login, Change::PaymentGivenUp { payment: id.to_string() }, now_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(object!({"given_up": true}).to_string()))
}
