//! Refunds as they arrive: held against the sale that they are of, whichever till made it. They are taken in any case: the money
//! is gone. What does not fit is flagged.

use barrow_core::{
    gift::LAST4_MAX,
    journal::Entry,
    reason::REASON_MAX,
    refund::{GivenBack, Refund, RefundLine},
    sync::Anomaly,
};

use super::store::line_body;
use crate::payments::take;
use crate::store::{
    Conn, StoreError,
    journal::{self, Chain, GiftTenderBody, KnownSale, LineBody, RefundOf, SaleBody, SaleRow, TaxBody, TenderBody},
    word,
};

/// What is wrong with a refund beside its own figures, which [`Refund::check`] has: its sale is not there or was voided, its lines
/// are others; or more of a line is given back than was sold.
pub(super) async fn judge_refund(conn: &mut Conn, chain: Chain, refund: &Refund) -> Result<Option<Anomaly>, StoreError> {
    let Some(sale) = journal::known_sale(conn, chain.shop, refund.of).await? else { return Ok(Some(Anomaly::BadRefund)) };
    if sale.voided || !is_of(refund, &sale) {
        return Ok(Some(Anomaly::BadRefund));
    }
    let too_much = |line: &RefundLine| {
        let before = sale.returned.get(&line.line).copied().unwrap_or(0);
        before.saturating_add(line.qty.0) > line.sold.qty.0
    };
    Ok(refund.lines.iter().any(too_much).then_some(Anomaly::DoubleRefund))
}

fn is_of(refund: &Refund, sale: &KnownSale) -> bool {
    let has_line = |line: &RefundLine| sale.body.lines.get(line.line as usize) == Some(&line_body(&line.sold));
    let has_tender = |given: &GivenBack| {
        let gift = given.gift.as_ref().map(|gift| gift.card.to_string());
        let payment = given.payment.map(|payment| payment.to_string());
        sale.body.tenders.iter().any(|tender| {
            tender.kind == word(given.kind)
                && tender.card.as_ref().map(|card| &card.payment) == payment.as_ref()
                && tender.gift.as_ref().map(|gift| &gift.card) == gift.as_ref()
        })
    };
    refund.currency == sale.currency
        && refund.lines.iter().all(has_line)
        && refund.tenders.iter().all(|given| given.is_credit() || has_tender(given))
}

/// A refund as the office lists it. Its amounts and quantities are negative.
pub(super) fn project_refund(entry: &Entry, refund: &Refund, flags: &str) -> SaleRow {
    SaleRow {
        refund: Some(RefundOf { sale: refund.of, reason: take::short(&refund.reason, REASON_MAX) }),
        seq: entry.seq,
        at_ms: entry.at_ms,
        staff: entry.staff,
        currency: take::short(&refund.currency, 16),
        total_minor: less(refund.totals.gross.plus(refund.rounding).unwrap_or(refund.totals.gross).0),
        net_minor: less(refund.totals.net.0),
        tax_minor: less(refund.totals.tax.0),
        rounding_minor: less(refund.rounding.0),
        gifts_minor: 0,
        tip_minor: 0,
        flags: flags.to_owned(),
        body: SaleBody {
            discount: None,
            note: None,
            gifts: Vec::new(),
            lines: refund.lines.iter().map(returned_line).collect(),
            tenders: refund.tenders.iter().map(tender_body).collect(),
        },
    }
}

fn returned_line(line: &RefundLine) -> LineBody {
    LineBody {
        of_line: Some(line.line),
        qty_milli: less(line.qty.0),
        promotion: None,
        discount: None,
        order_off_minor: 0,
        price_minor: less(line.gross.0),
        net_minor: less(line.net.0),
        gross_minor: less(line.gross.0),
        taxes: line
            .taxes
            .iter()
            .map(|tax| TaxBody { code: tax.code.clone(), rate_ppm: tax.rate.0, amount_minor: less(tax.amount.0) })
            .collect(),
        ..line_body(&line.sold)
    }
}

fn tender_body(given: &GivenBack) -> TenderBody {
    let amount = less(given.amount.0);
    TenderBody {
        kind: word(given.kind),
        amount_minor: amount,
        tendered_minor: amount,
        change_minor: 0,
        card: None,
        gift: given.gift.as_ref().map(|gift| GiftTenderBody {
            card: gift.card.to_string(),
            last4: take::short(&gift.last4, LAST4_MAX),
            credit: gift.credit,
            offline: false,
        }),
        reference: given.reference.as_deref().map(|reference| take::short(reference, REASON_MAX)),
        payment: given.payment.map(|payment| payment.to_string()),
    }
}

fn less(amount: i64) -> i64 {
    amount.saturating_neg()
}
