//! Alerts, and what was done about them.

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};
use barrow_core::ids::{Epoch, SaleId, Seq, TillId};
use serde::Deserialize;
use serde_json::{Value, json as object};

use super::{
    super::{
        Shared,
        problem::Problem,
        session::{SignedIn, write},
    },
    Asked, Filter, Names, answer,
};
use crate::{
    clock::{now_ms, rfc3339},
    http::json,
    payments::take::short,
    store::{
        StoreError,
        alerts::{self, ANSWER_MAX, AlertRow, Answer},
        changes::{self, Change},
    },
};

/// `GET /v1/office/alerts`.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let page = Filter::page(asked)?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = alerts::list(&mut conn, shop.id, page.till, page.limit).await?;
    let alerts: Vec<Value> = rows.iter().map(|alert| as_json(alert, &names)).collect();
    answer(&alerts)
}

fn as_json(alert: &AlertRow, names: &Names) -> Value {
    let answered = alert
        .answer
        .as_ref()
        .map(|answer| object!({"at": rfc3339(answer.at_ms), "at_ms": answer.at_ms, "by": answer.by, "note": answer.note}));
    object!({
        "till": alert.at.till.0,
        "till_name": names.till(alert.at.till),
        "epoch": alert.at.epoch.0,
        "seq": alert.at.seq.0,
        "kind": alert.kind,
        "about": alert.about,
        "at": rfc3339(alert.at_ms),
        "at_ms": alert.at_ms,
        "text": sentence(&alert.kind),
        "detail": alert.detail,
        "answered": answered,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerForm {
    till: u64,
    epoch: u32,
    seq: u64,
    kind: String,
    #[serde(default)]
    about: String,
    note: String,
}

/// `POST /v1/office/alerts/answer`: what was done about one alert.
pub(in super::super) async fn answered(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let (signed_in, bytes) = write(&app, request).await?;
    let form: AnswerForm = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::malformed("Send the alert's till, epoch, seq, kind and about, and a note."))?;
    let note = short(form.note.trim(), ANSWER_MAX);
    if note.is_empty() {
        return Err(Problem::invalid("Say in a few words what was done."));
    }
    let at = SaleId { till: TillId(form.till), epoch: Epoch(form.epoch), seq: Seq(form.seq) };
    let (shop, now_ms) = (signed_in.shop.id, now_ms());
    let mut tx = app.store.write().await?;
    let given = Answer { at_ms: now_ms, by: signed_in.login.clone(), note: note.clone() };
    if !alerts::answer_one(&mut tx, shop, at, (&form.kind, &form.about), &given).await? {
        return Err(Problem::not_found("There is no such open alert."));
    }
    let change = Change::AlertAnswered { alert: form.kind, at: at.to_string(), note };
    changes::note(&mut tx, shop, &signed_in.login, change, now_ms).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(json(object!({"answered": true}).to_string()))
}

/// What an alert means for whoever reads it.
fn sentence(kind: &str) -> &'static str {
    match kind {
        "gap" => "Entries are missing from here on, and the till no longer has them.",
        "altered" => "An entry is not the one that the next was built on. Somebody may have changed the journal.",
        "bad-signature" => "An entry does not carry this till's signature. It is kept, and not counted.",
        "bad-seal" => "An entry could not be opened. It is kept, and not counted.",
        "unreadable" => "An entry could be opened but not understood. It is kept, and not counted.",
        "fork" => "Two different entries claim the same place. The later one is in quarantine: this till may run on two tablets.",
        "reordered" => "An entry stands at another place than it says. It is kept, and not counted.",
        "truncated" => "The journal ends before its known end.",
        "rollback" => "The till is behind what it sent before: the tablet was restored from a copy. It must be enrolled again.",
        "clone" => "A tablet went on selling as this till after another enrolment. Its sales are counted and marked.",
        "clock-back" => "The tablet's clock went back. The order of entries is not affected.",
        "clock-ahead" => "The tablet's clock is ahead of the server's. Times on receipts are wrong until it is set.",
        "clock-behind" => "The tablet's clock is far behind. Times on receipts are wrong until it is set.",
        "totals" => "A sale's totals did not follow from its lines. The server's own figures are shown.",
        "turnover" => "The running turnover does not follow from the sale before.",
        "bad-void" => {
            "A sale was voided that is not there, is not of that shift, was voided or refunded already, or came to another \
             amount. It is voided once at most."
        }
        "bad-refund" => {
            "Money was given back of a sale that is not there, was voided, or has no such lines, or the figures do not follow \
             from them. It is counted as given back."
        }
        "bad-exchange" => "The two entries of an exchange do not belong together: look at the refund and the sale at this place.",
        "double-refund" => {
            "More of a line was given back than was sold, perhaps at two tills. It is counted, because the money is gone."
        }
        "card-refund" => "A part of a card payment is to be given back by the processor.",
        "card-declined" => "A card payment was declined after the sale.",
        "gift-overdrawn" => {
            "More was spent of a gift card than was on it, perhaps at two tills at the same time. The sale stands."
        }
        "gift-unknown" => "A sale was paid with a gift card that no till is known to have sold. It may still be on its way.",
        "gift-blocked" => "A sale was paid with a gift card that the office had blocked.",
        "card-held" => "A card payment is not asked for until somebody has looked at it.",
        "wrong-reader" => "A card reader was attached that is not one of this till's.",
        "late" => "A sale arrived for a shift that was already closed, or filled a gap. It is counted.",
        _ => "Something about this entry needs a look.",
    }
}
