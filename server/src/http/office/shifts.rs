//! Shifts: the open ones with their running figures, the closed ones with their Z reports.

use axum::{extract::State, http::HeaderMap, response::Response};
use barrow_core::{
    ledger::Figures,
    money::{Currency, Minor},
    sale::TaxTotal,
    tender::TenderKind,
};
use serde_json::{Value, json as object};

use super::{
    super::{Shared, problem::Problem, session::SignedIn},
    Asked, Filter, Names, answer,
};
use crate::{
    clock::rfc3339,
    store::reports::{self, OpenRow, ShiftRow},
};

/// `GET /v1/office/reports/shifts`: those that are open by till, then the closed ones, newest first.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let page = Filter::page(asked)?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let mut list: Vec<Value> = reports::open_shifts(&mut conn, shop.id, page.till)
        .await?
        .iter()
        .map(|row| with_figures(open(row, &names), &row.shift.figures, &shop.currency))
        .collect();
    let room = page.limit.saturating_sub(u32::try_from(list.len()).unwrap_or(u32::MAX));
    let closed_rows = reports::shifts(&mut conn, shop.id, page.till, room).await?;
    list.extend(closed_rows.iter().map(|row| with_figures(closed(row, &names), &row.report.figures, &shop.currency)));
    answer(&list)
}

fn open(row: &OpenRow, names: &Names) -> Value {
    object!({
        "id": row.at.to_string(),
        "till": row.at.till.0,
        "till_name": names.till(row.at.till),
        "epoch": row.at.epoch.0,
        "opened_at": rfc3339(row.shift.opened_at_ms),
        "opened_by": names.staff(row.shift.opened_by),
        "closed_at": null,
        "closed_by": null,
        "float_minor": row.shift.float.0,
        "expected_minor": row.shift.expected_cash().unwrap_or_default().0,
        "counted_minor": null,
        "pieces": [],
        "difference_minor": null,
        "turnover_minor": row.turnover.0,
        "from_seq": row.at.seq.0,
        "to_seq": row.to.0,
        "head": null,
    })
}

fn closed(row: &ShiftRow, names: &Names) -> Value {
    let report = &row.report;
    let pieces: Vec<Value> =
        report.pieces.iter().map(|(Minor(value), count)| object!({"value_minor": value, "count": count})).collect();
    object!({
        "id": row.at.to_string(),
        "till": row.at.till.0,
        "till_name": names.till(row.at.till),
        "epoch": row.at.epoch.0,
        "opened_at": rfc3339(report.opened_at_ms),
        "opened_by": names.staff(row.opened_by),
        "closed_at": rfc3339(row.at_ms),
        "closed_by": names.staff(row.staff),
        "float_minor": report.float.0,
        "expected_minor": report.expected.0,
        "counted_minor": report.counted.0,
        "pieces": pieces,
        "difference_minor": report.difference.0,
        "turnover_minor": report.turnover.0,
        "from_seq": report.from.0,
        "to_seq": report.to.0,
        "head": row.head.map(|head| head.to_string()),
    })
}

/// Adds a shift's sums, which an open one has as well as a closed one.
fn with_figures(mut shift: Value, figures: &Figures, currency: &Currency) -> Value {
    let tenders = |tenders: &[(TenderKind, Minor)]| -> Vec<Value> {
        tenders.iter().map(|(kind, Minor(sum))| object!({"kind": kind, "amount_minor": sum})).collect()
    };
    let taxes = |taxes: &[TaxTotal]| -> Vec<Value> {
        taxes
            .iter()
            .map(|tax| object!({"code": tax.code, "rate_ppm": tax.rate.0, "net_minor": tax.net.0, "tax_minor": tax.tax.0}))
            .collect()
    };
    let refunds = &figures.refunds;
    let sums = object!({
        "currency": currency.code,
        "sales": figures.sales,
        "net_minor": figures.net.0,
        "gross_minor": figures.gross.0,
        "rounding_minor": figures.rounding.0,
        "taxes": taxes(&figures.taxes),
        "tenders": tenders(&figures.tenders),
        "gifts_sold_minor": figures.gifts_sold.0,
        "tips_minor": figures.tips.0,
        "discounts_minor": figures.discounts.0,
        "voids": figures.voids,
        "voided_minor": figures.voided.0,
        "refunds": refunds.count,
        "refunded_minor": refunds.sum().0,
        "refunded_net_minor": refunds.net.0,
        "refund_taxes": taxes(&refunds.taxes),
        "refund_tenders": tenders(&refunds.tenders),
        "cash_in_minor": figures.cash_in.0,
        "cash_out_minor": figures.cash_out.0,
        "no_sales": figures.no_sales,
    });
    if let (Value::Object(shift), Value::Object(sums)) = (&mut shift, sums) {
        shift.extend(sums);
    }
    shift
}
