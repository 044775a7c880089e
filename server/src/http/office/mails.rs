//! Receipts by e-mail: what waits, what was sent, and trying again by hand.

use axum::{
    extract::{Path, Request, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    Names, parse_id,
};
use crate::{
    clock::{now_ms, rfc3339},
    http::json,
    store::{
        StoreError,
        changes::{self, Change},
        mails::{self, MailRow, State as Progress},
        reports::ROWS_MAX,
    },
};

/// `GET /v1/office/mails`: the newest, and whether there is a mail server at all.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = mails::list(&mut conn, shop.id, ROWS_MAX).await?;
    let mails: Vec<Value> = rows.iter().map(|mail| as_json(mail, &names)).collect();
    Ok(json(object!({"configured": app.mails_are_sent, "mails": mails}).to_string()))
}

fn as_json(mail: &MailRow, names: &Names) -> Value {
    let waits = mail.state == Progress::Waiting;
    object!({
        "id": mail.id.to_string(),
        "sale": mail.of.to_string(),
        "till_name": names.till(mail.id.till),
        "staff": names.staff(mail.staff),
        "at": rfc3339(mail.at_ms),
        "state": mail.state,
        "address": mail.address,
        "attempts": mail.attempts,
        "next_at": waits.then(|| rfc3339(mail.next_at_ms)),
        "trouble": mail.trouble,
        "done_at": mail.done_at_ms.map(rfc3339),
    })
}

/// `POST /v1/office/mails/{id}/resend`: has a mail tried again now.
pub(in super::super) async fn resend(State(app): Shared, Path(id): Path<String>, request: Request) -> Result<Response, Problem> {
    let (signed_in, _) = write(&app, request).await?;
    let id = parse_id(&id).ok_or_else(|| Problem::not_found("There is no such mail."))?;
    let (shop, now_ms) = (signed_in.shop.id, now_ms());
    let mut tx = app.store.write().await?;
    if !mails::resend(&mut tx, shop, id, now_ms).await? {
        return Err(Problem::conflict(
            "/problems/not-due",
            "This mail was sent, is being sent, or its address is forgotten. The till can ask for the receipt again.",
        ));
    }
    changes::note(&mut tx, shop, &signed_in.login, Change::MailRetried { mail: id.to_string() }, now_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.mail_wake.notify_one();
    Ok(json(object!({"due": true}).to_string()))
}
