//! Payments at terminals that are not connected to a till, held against the terminal's own batch report.

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::HeaderMap,
    response::Response,
};
use barrow_core::money::{AMOUNT_MAX, Currency, Minor};
use serde::Deserialize;
use serde_json::{Value, json as object};

use super::{
    super::{
        App, Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    Names,
};
use crate::{
    clock::{now_ms, rfc3339, span_ms},
    http::json,
    payments::take::short,
    store::{
        Conn, StoreError,
        changes::{self, Change},
        shop::Shop,
        terminals::{self, TerminalPayment, TerminalTotal},
    },
};

/// The most characters of what a person writes to a total.
const NOTE_MAX: usize = 200;

/// Which day. When it begins and ends is for whoever asks to say: a day is what a calendar calls so, in its own time zone.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Day {
    day: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl Day {
    /// The day's name, and its first and last millisecond; in UTC if nothing else is said.
    fn read(&self) -> Result<(String, (i64, i64)), Problem> {
        let day = self.day.clone().unwrap_or_else(|| rfc3339(now_ms()).chars().take(10).collect());
        let whole = span_ms(&day).filter(|_| day.len() == 10);
        let (first, last) = whole.ok_or_else(|| Problem::malformed("day is a day such as 2026-05-01."))?;
        let moment = |field: &Option<String>, name: &str| match field {
            Some(text) => span_ms(text).map(Some).ok_or_else(|| Problem::malformed(format!("{name} is a moment (RFC 3339)."))),
            None => Ok(None),
        };
        let from_ms = moment(&self.from, "from")?.map_or(first, |(first, _)| first);
        Ok((day, (from_ms, moment(&self.to, "to")?.map_or(last, |(_, last)| last))))
    }
}

/// `GET /v1/office/terminals?day=2026-05-01`: a day's payments, what they come to, and the totals that were typed in.
pub(in super::super) async fn day(
    State(app): Shared,
    headers: HeaderMap,
    asked: Result<Query<Day>, QueryRejection>,
) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let (day, span) = asked.map(|Query(day)| day).unwrap_or_default().read()?;
    Ok(json(as_json(&app, &shop, &day, span).await?.to_string()))
}

#[derive(Deserialize)]
struct Total {
    #[serde(flatten)]
    day: Day,
    reported_minor: i64,
    #[serde(default)]
    note: String,
}

/// `POST /v1/office/terminals`: keeps what the terminal's batch report says for a day, beside what the tills have noted by now.
pub(in super::super) async fn total(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let ask: Total = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::malformed("Send {\"day\": \"2026-05-01\", \"reported_minor\": AMOUNT, \"note\": TEXT}."))?;
    let (day, span) = ask.day.read()?;
    if !(-AMOUNT_MAX..=AMOUNT_MAX).contains(&ask.reported_minor) {
        return Err(Problem::invalid("The terminal's total is too large."));
    }
    let shop = signed_in.shop;
    let mut tx = app.store.write().await?;
    let noted = noted(&terminals::payments(&mut tx, shop.id, span.0, span.1).await?);
    let total = TerminalTotal {
        at_ms: now_ms(),
        by: signed_in.login.clone(),
        reported: Minor(ask.reported_minor),
        noted,
        note: short(ask.note.trim(), NOTE_MAX),
    };
    terminals::insert_total(&mut tx, shop.id, &day, &total).await?;
    let what = in_words(&shop.currency, &total);
    changes::note(&mut tx, shop.id, &signed_in.login, Change::TerminalTotal { day: day.clone(), what }, total.at_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(as_json(&app, &shop, &day, span).await?.to_string()))
}

fn in_words(currency: &Currency, total: &TerminalTotal) -> String {
    let difference = total.reported.0.saturating_sub(total.noted.0);
    let money = |minor: i64| currency.format(Minor(minor));
    format!("{}, the tills noted {}, difference {}", money(total.reported.0), money(total.noted.0), money(difference))
}

/// What the terminal should have: a sale that was voided is given back there by hand.
fn noted(payments: &[TerminalPayment]) -> Minor {
    let kept = payments.iter().filter(|payment| !payment.voided);
    Minor(kept.fold(0, |sum: i64, payment| sum.saturating_add(payment.amount.0)))
}

async fn as_json(app: &App, shop: &Shop, day: &str, span: (i64, i64)) -> Result<Value, Problem> {
    let mut conn = app.store.read().await?;
    let conn: &mut Conn = &mut conn;
    let names = Names::load(conn, shop.id).await?;
    let rows = terminals::payments(conn, shop.id, span.0, span.1).await?;
    let payments: Vec<Value> = rows
        .iter()
        .map(|row| {
            object!({
                "sale": row.sale.to_string(),
                "till": row.sale.till.0,
                "till_name": names.till(row.sale.till),
                "at": rfc3339(row.at_ms),
                "at_ms": row.at_ms,
                "staff": names.staff(row.staff),
                "amount_minor": row.amount.0,
                "reference": row.reference,
                "voided": row.voided,
            })
        })
        .collect();
    let totals: Vec<Value> = terminals::totals(conn, shop.id, day)
        .await?
        .iter()
        .map(|total| {
            object!({
                "at": rfc3339(total.at_ms),
                "at_ms": total.at_ms,
                "by": total.by,
                "reported_minor": total.reported.0,
                "noted_minor": total.noted.0,
                "difference_minor": total.reported.0.saturating_sub(total.noted.0),
                "note": total.note,
            })
        })
        .collect();
    Ok(object!({
        "day": day,
        "currency": shop.currency.code,
        "noted_minor": noted(&rows).0,
        "payments": payments,
        "totals": totals,
    }))
}
