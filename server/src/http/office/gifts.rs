//! Gift cards: what is on each, what happened to it, and blocking one.

use axum::{
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{
    gift::GiftRef,
    money::{Currency, Minor},
};
use serde::Deserialize;
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared, json,
        problem::Problem,
        session::{SignedIn, write},
    },
    Names,
    audit::written,
};
use crate::{
    clock::{now_ms, rfc3339},
    store::{
        StoreError,
        changes::{self, Change},
        gifts::{self, Card, MoveRow},
        shop, word,
    },
};

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Filter {
    last4: Option<String>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

fn last4(asked: Asked) -> Result<Option<String>, Problem> {
    let Query(filter) = asked.map_err(|_| Problem::malformed("last4 is the last four letters or digits of a card's code."))?;
    Ok(filter.last4.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// `GET /v1/office/gifts`: the cards, the one that was used last first, and what the shop owes for all of them.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let last4 = last4(asked)?;
    let mut conn = app.store.read().await?;
    let (owed, overdrawn) = gifts::totals(&mut conn, shop.id).await?;
    let rows = gifts::list(&mut conn, shop.id, last4.as_deref()).await?;
    let cards: Vec<Value> = rows.iter().map(|card| as_json(card, &shop.currency)).collect();
    let answer = object!({
        "currency": shop.currency.code,
        "liability_minor": owed.0,
        "overdrawn_minor": overdrawn.0,
        "cards": cards,
    });
    Ok(json(answer.to_string()))
}

fn as_json(card: &Card, currency: &Currency) -> Value {
    object!({
        "id": card.card.to_string(),
        "last4": card.last4,
        "currency": currency.code,
        "balance_minor": card.balance.0,
        "loaded_minor": card.loaded.0,
        "spent_minor": card.loaded.0.saturating_sub(card.balance.0),
        "state": state(card),
        "until": card.until_ms.map(rfc3339),
        "first_at": card.first_ms.map(rfc3339),
        "last_at": card.last_ms.map(rfc3339),
        "blocked_at": card.blocked_at_ms.map(rfc3339),
        "blocked_by": card.blocked_by,
    })
}

fn state(card: &Card) -> &'static str {
    match card {
        Card { blocked_at_ms: Some(_), .. } => "blocked",
        Card { known: false, .. } => "unknown",
        Card { balance: Minor(..0), .. } => "overdrawn",
        Card { until_ms: Some(until), .. } if *until <= now_ms() => "expired",
        Card { balance: Minor(0), .. } => "empty",
        _ => "active",
    }
}

const COLUMNS: [&str; 9] =
    ["last4", "state", "balance_minor", "loaded_minor", "spent_minor", "currency", "first_used", "last_used", "id"];

/// `GET /v1/office/gifts.csv`: the same as a file (RFC 4180).
pub(in super::super) async fn csv(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let last4 = last4(asked)?;
    let mut conn = app.store.read().await?;
    let rows = gifts::list(&mut conn, shop.id, last4.as_deref()).await?;
    let lines = rows.iter().map(|card| {
        [
            card.last4.clone(),
            state(card).to_owned(),
            card.balance.0.to_string(),
            card.loaded.0.to_string(),
            card.loaded.0.saturating_sub(card.balance.0).to_string(),
            shop.currency.code.clone(),
            card.first_ms.map(rfc3339).unwrap_or_default(),
            card.last_ms.map(rfc3339).unwrap_or_default(),
            card.card.to_string(),
        ]
    });
    let text = written(std::iter::once(COLUMNS.map(str::to_owned)).chain(lines))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"gift-cards.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

/// `GET /v1/office/gifts/{id}`: what happened to one card, oldest first.
pub(in super::super) async fn history(
    State(app): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let id = GiftRef::from_hex(&id).ok_or_else(not_found)?;
    let mut conn = app.store.read().await?;
    let card = gifts::get(&mut conn, shop.id, id).await?.ok_or_else(not_found)?;
    let names = Names::load(&mut conn, shop.id).await?;
    let mut balance = 0i64;
    let mut moves = Vec::new();
    for MoveRow { at, kind, amount, offline, at_ms, staff, received_at_ms } in gifts::history(&mut conn, shop.id, id).await? {
        balance = balance.saturating_add(amount.0);
        moves.push(object!({
            "sale": at.to_string(),
            "till": at.till.0,
            "till_name": names.till(at.till),
            "kind": word(kind),
            "amount_minor": amount.0,
            "balance_minor": balance,
            "offline": offline,
            "at": rfc3339(at_ms),
            "staff": names.staff(staff),
            "received_at": rfc3339(received_at_ms),
        }));
    }
    let mut answer = as_json(&card, &shop.currency);
    answer["moves"] = object!(moves);
    Ok(json(answer.to_string()))
}

#[derive(Deserialize)]
struct BlockForm {
    blocked: bool,
}

/// `POST /v1/office/gifts/{id}/block`: no till takes the card any more, or may take it again.
pub(in super::super) async fn block(State(app): Shared, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: BlockForm = serde_json::from_slice(&bytes).map_err(|_| Problem::malformed("blocked is true or false."))?;
    let id = GiftRef::from_hex(&id).ok_or_else(not_found)?;
    let (shop, now_ms) = (signed_in.shop.id, now_ms());
    let mut tx = app.store.write().await?;
    let card = gifts::get(&mut tx, shop, id).await?.ok_or_else(not_found)?;
    let by = form.blocked.then_some(signed_in.login.as_str());
    if gifts::block(&mut tx, shop, id, by, now_ms).await? {
        let change = match form.blocked {
            true => Change::GiftBlocked { last4: card.last4 },
            false => Change::GiftUnblocked { last4: card.last4 },
        };
        changes::note(&mut tx, shop, &signed_in.login, change, now_ms).await?;
        shop::config_changed(&mut tx, shop).await?;
    }
    let card = gifts::get(&mut tx, shop, id).await?.ok_or_else(not_found)?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(as_json(&card, &signed_in.shop.currency).to_string()))
}

fn not_found() -> Problem {
    Problem::not_found("There is no such gift card.")
}
