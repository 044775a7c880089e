//! Refunds as they arrive: held against the sale that they are of, whichever till made it. They are taken in any case: the money
//! is gone. What does not fit is flagged.

use barrow_core::{
    gift::LAST4_MAX,
    ids::SaleId,
    journal::Entry,
    money::{Currency, Milli},
    proof::SignedProof,
    reason::REASON_MAX,
    refund::{GivenBack, Refund, RefundLine},
    sync::Anomaly,
    tender::TenderKind,
};

use barrow_sealing::cose::{self, Domain};

use super::store::line_body;
use crate::payments::take;
use crate::store::{
    Conn, StoreError,
    journal::{self, Chain, GiftTenderBody, KnownSale, LineBody, RefundOf, SaleBody, SaleRow, TaxBody, TenderBody},
    shop::Shop,
    tills, word,
};

/// The longest sentence about a refund, characters.
const DETAIL_MAX: usize = 1_000;

/// What is wrong with a refund beside its own figures, which [`Refund::check`] has: its sale is not there or was voided, its lines
/// are others; or more of a line is given back than was sold. A sale that has not arrived is taken on the word of the till that
/// signed its receipt. With it, the sentence for the office, where there is more to say than what kind of thing it is.
pub(super) async fn judge_refund(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    refund: &Refund,
) -> Result<Option<(Anomaly, String)>, StoreError> {
    let bad = Ok(Some((Anomaly::BadRefund, String::new())));
    if !is_proven(conn, chain, refund).await? {
        return bad;
    }
    match journal::known_sale(conn, chain.shop, refund.of).await? {
        Some(sale) if sale.voided || !is_of(refund, &sale) => return bad,
        None if refund.proof.is_none() => return bad,
        Some(_) | None => {}
    }
    let before = journal::refunds_of(conn, chain.shop, refund.of).await?;
    let too_much = |line: &RefundLine| {
        let returned = before.iter().flat_map(|refund| &refund.body.lines).filter(|part| part.of_line == Some(line.line));
        let returned = Milli(returned.map(|part| less(part.qty_milli)).fold(0, i64::saturating_add));
        let is_too_much = returned.0.saturating_add(line.qty.0) > line.sold.qty.0;
        is_too_much.then(|| twice(refund.of, line, returned, &shop.currency))
    };
    let mut sentences: Vec<String> = refund.lines.iter().filter_map(too_much).collect();
    if sentences.is_empty() {
        return Ok(None);
    }
    sentences.push("It is counted, because the money is gone.".to_owned());
    Ok(Some((Anomaly::DoubleRefund, take::short(&sentences.join(" "), DETAIL_MAX))))
}

/// What is said of a line of which more came back than was sold.
fn twice(of: SaleId, line: &RefundLine, before: Milli, currency: &Currency) -> String {
    let RefundLine { qty, sold, gross, .. } = line;
    format!(
        "Of sale {of}, {qty} × {} came back for {}, but of {} sold {before} had come back before, perhaps at another till.",
        sold.name,
        currency.format(*gross),
        sold.qty
    )
}

/// If a receipt speaks for the sale: is it of this shop, did the till that it names sign it, and is it of the entry that is there?
async fn is_proven(conn: &mut Conn, chain: Chain, refund: &Refund) -> Result<bool, StoreError> {
    let Some(bytes) = &refund.proof else { return Ok(true) };
    let Ok((proof, signed)) = SignedProof::read(&bytes.0) else { return Ok(false) };
    let SaleId { till, epoch, seq } = proof.sale;
    let Some(life) = tills::epoch(conn, chain.shop, till, epoch).await? else { return Ok(false) };
    let tbs = cose::to_be_signed(Domain::Receipt, &signed.payload);
    if proof.shop != chain.shop || cose::verify(&life.till_key, &tbs, &signed.signature).is_err() {
        return Ok(false);
    }
    // A place that no column can hold is none that is there.
    let place = if i64::try_from(seq.0).is_ok() { Some(Chain { shop: chain.shop, till, epoch }) } else { None };
    Ok(match place {
        Some(place) => journal::hash_at(conn, place, seq).await?.is_none_or(|hash| hash == proof.entry),
        None => false,
    })
}

fn is_of(refund: &Refund, sale: &KnownSale) -> bool {
    let has_line = |line: &RefundLine| {
        let sold = line_body(&line.sold);
        match sale.body.lines.get(line.line as usize) {
            Some(own) if refund.proof.is_some() => is_alike(own, &sold),
            own => own == Some(&sold),
        }
    };
    let has_tender = |given: &GivenBack| {
        let gift = given.gift.as_ref().map(|gift| gift.card.to_string());
        let payment = given.payment.map(|payment| payment.to_string());
        // What goods paid that came back goes back in cash; what is set off against new goods goes nowhere.
        let by_goods = |tender: &TenderBody| given.kind == TenderKind::Cash && tender.kind == word(TenderKind::Exchange);
        given.kind == TenderKind::Exchange
            || sale.body.tenders.iter().any(|tender| {
                (tender.kind == word(given.kind) || by_goods(tender))
                    && tender.card.as_ref().map(|card| &card.payment) == payment.as_ref()
                    && tender.gift.as_ref().map(|gift| &gift.card) == gift.as_ref()
            })
    };
    refund.currency == sale.currency
        && refund.lines.iter().all(has_line)
        && refund.tenders.iter().all(|given| given.is_credit() || has_tender(given))
}

/// The same goods for the same money: what a receipt's code tells of a line.
fn is_alike(own: &LineBody, stated: &LineBody) -> bool {
    let figures = |line: &LineBody| (line.qty_milli, line.price_minor, line.net_minor, line.gross_minor);
    (&own.sku, &own.taxes, figures(own)) == (&stated.sku, &stated.taxes, figures(stated))
}

/// A sale has arrived of which other tills gave something back already, on its receipt's word. What they gave back for other goods
/// than it has is flagged; a card payment that went back whole is not asked for.
pub(super) async fn sale_arrived(conn: &mut Conn, chain: Chain, entry: &Entry, now_ms: i64) -> Result<(), StoreError> {
    let id = SaleId { till: chain.till, epoch: chain.epoch, seq: entry.seq };
    let refunds = journal::refunds_of(conn, chain.shop, id).await?;
    if refunds.is_empty() {
        return Ok(());
    }
    let Some(sale) = journal::known_sale(conn, chain.shop, id).await? else { return Ok(()) };
    for refund in refunds {
        let is_sold = |part: &LineBody| {
            let own = part.of_line.and_then(|line| sale.body.lines.get(line as usize));
            own.is_some_and(|own| own.sku == part.sku)
        };
        if !refund.body.lines.iter().all(is_sold) {
            journal::alert(conn, refund.chain, refund.seq, &Anomaly::BadRefund.to_string(), now_ms).await?;
        }
        take::given_back_before(conn, chain, &refund, now_ms).await?;
    }
    Ok(())
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
