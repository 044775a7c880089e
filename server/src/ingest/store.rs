//! One batch into the database, inside the writer's transaction.

use barrow_core::{
    audit::{self, Topic},
    gift::{GiftSold, LAST4_MAX},
    ids::Seq,
    journal::{Body, Entry},
    mail::MailTo,
    money::{Minor, OutOfRange},
    reason::REASON_MAX,
    sale::{Discount, Sale, SaleLine, Totals, Void},
    sync::{Anomaly, Finding, Received, Verdict, ingest},
    tender::TenderKind,
    wire::{Ack, FORMAT},
};

use super::{
    Opened,
    customers::gather_customers,
    gifts,
    moves::gather,
    refunds::{judge_refund, project_refund, sale_arrived},
    writer::Delivery,
};
use crate::payments::take;
use crate::store::{
    Conn, StoreError,
    alerts::{self, NewAlert},
    customers::NewRecord,
    journal::{
        self, CardBody, Chain, DiscountBody, ExtraBody, GiftBody, GiftTenderBody, LineBody, NewEntry, SaleBody, SaleRow, Set,
        TaxBody, TenderBody, VoidRow,
    },
    mails,
    shop::Shop,
    stock::Move,
    tills::{self, EpochRow},
    word,
};

/// A till's clock may be so far ahead of the server's before the office is told, milliseconds.
const AHEAD_MS_MAX: i64 = 15 * 60 * 1000;
/// An entry may seem so much older than its till's enrolment before the office is told, milliseconds.
const BEHIND_MS_MAX: i64 = 24 * 3600 * 1000;

/// What is added up at a transaction's end.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) moves: Vec<Move>,
    pub(super) customers: Vec<NewRecord>,
}

/// Takes a batch in and gives the acknowledgement, to be signed after the commit. What it
/// moves in stock and says of customers is added to `gathered`.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn take_in(
    conn: &mut Conn,
    shop: &Shop,
    delivery: &Delivery,
    gathered: &mut Gathered,
    now_ms: i64,
) -> Result<Ack, StoreError> {
    let Delivery { till, batch, .. } = delivery;
    let chain = Chain { shop: shop.id, till: *till, epoch: batch.epoch };
    tills::lock_epoch(conn, shop.id, *till, batch.epoch).await?;
    let row = tills::get(conn, shop.id, *till).await?.ok_or(StoreError::Corrupt("till"))?;
    let epoch = tills::epoch(conn, shop.id, *till, batch.epoch).await?.ok_or(StoreError::Corrupt("epoch"))?;
    let fenced = batch.epoch < row.epoch;
    // A tablet that enrolled again and hands in its old black box is no clone.
    let suspect = fenced && delivery.signer <= batch.epoch;

    let mut received = Vec::with_capacity(delivery.opened.len());
    for opened in &delivery.opened {
        let stored = if opened.seq <= epoch.head_seq { journal::hash_at(conn, chain, opened.seq).await? } else { None };
        received.push(Received { seq: opened.seq, hash: opened.hash, entry: opened.entry.clone(), stored });
    }
    let plan = ingest(&epoch.known(shop.id, *till, suspect), batch, &received);

    let mut alarms = Alarms::after(&journal::flags_at(conn, chain, epoch.head_seq).await?, &epoch, now_ms);
    for (opened, verdict) in delivery.opened.iter().zip(&plan.verdicts) {
        match verdict {
            Verdict::Store(flags) => {
                store(conn, shop, chain, opened, flags, gathered, now_ms).await?;
                alarms.note(opened, flags);
            }
            Verdict::Quarantine(reason) => {
                let reason = reason.to_string();
                let set = Set {
                    seq: opened.seq,
                    hash: opened.hash,
                    reason: &reason,
                    signed: opened.signed.as_deref(),
                    record: &opened.record,
                };
                journal::quarantine(conn, chain, &set, now_ms).await?;
                if let Ok(entry) = &opened.entry {
                    take::quarantined(conn, shop, chain, entry, now_ms).await?;
                }
            }
            Verdict::Already | Verdict::NotYet => {}
        }
    }
    for finding in &plan.findings {
        // A request that was overtaken by a newer one of the same till shows an old head, and no restored tablet.
        let overtaken = finding.anomaly == Anomaly::Rollback && delivery.created_s <= epoch.last_created_s;
        if !overtaken && !alarms.known_already(finding) {
            journal::alert(conn, chain, Seq(finding.seq.0.min(i64::MAX as u64)), &finding.anomaly.to_string(), now_ms).await?;
        }
    }
    for (seq, kind) in &alarms.clock {
        journal::alert(conn, chain, *seq, kind, now_ms).await?;
    }
    tills::set_known(conn, &plan.known, delivery.created_s.max(epoch.last_created_s), now_ms).await?;

    let head = plan.known.head;
    Ok(Ack {
        v: FORMAT,
        server_epoch: shop.server_epoch,
        shop: shop.id,
        till: *till,
        epoch: batch.epoch,
        seq: head.seq,
        hash: head.hash,
        safe: if shop.backed_up { epoch.safe_seq.min(head.seq) } else { head.seq },
        state: row.state,
        fenced,
        config_version: shop.config_version,
        now_ms,
    })
}

/// What the office is told of, once a run: a clock that stays wrong for a thousand sales is one alert.
struct Alarms {
    before: Vec<Anomaly>,
    quiet: Vec<Finding>,
    clock: Vec<(Seq, &'static str)>,
    clock_was: Option<&'static str>,
    enrolled_at_ms: i64,
    now_ms: i64,
}

impl Alarms {
    /// After the entry with `flags` that is the head so far.
    fn after(flags: &str, epoch: &EpochRow, now_ms: i64) -> Alarms {
        let before = [Anomaly::ClockBack, Anomaly::Clone];
        let mut alarms = Alarms {
            before: before.into_iter().filter(|anomaly| flags.split(' ').any(|flag| flag == anomaly.to_string())).collect(),
            quiet: Vec::new(),
            clock: Vec::new(),
            clock_was: None,
            enrolled_at_ms: epoch.enrolled_at_ms,
            now_ms,
        };
        if epoch.head_seq > Seq(0) {
            alarms.clock_was = alarms.clock_fault(epoch.head_at_ms);
        }
        alarms
    }

    fn note(&mut self, opened: &Opened, flags: &[Anomaly]) {
        for anomaly in [Anomaly::ClockBack, Anomaly::Clone] {
            if flags.contains(&anomaly) && self.before.contains(&anomaly) {
                self.quiet.push(Finding { anomaly, seq: opened.seq });
            }
        }
        self.before = flags.to_vec();
        if let Ok(entry) = &opened.entry {
            let fault = self.clock_fault(entry.at_ms);
            if let Some(kind) = fault
                && fault != self.clock_was
            {
                self.clock.push((opened.seq, kind));
            }
            self.clock_was = fault;
        }
    }

    fn clock_fault(&self, at_ms: i64) -> Option<&'static str> {
        if at_ms > self.now_ms.saturating_add(AHEAD_MS_MAX) {
            Some("clock-ahead")
        } else if at_ms < self.enrolled_at_ms.saturating_sub(BEHIND_MS_MAX) {
            Some("clock-behind")
        } else {
            None
        }
    }

    fn known_already(&self, finding: &Finding) -> bool {
        self.quiet.contains(finding)
    }
}

async fn store(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    opened: &Opened,
    flags: &[Anomaly],
    gathered: &mut Gathered,
    now_ms: i64,
) -> Result<(), StoreError> {
    let whole = opened.entry.as_ref().ok();
    let mut flags = flags.to_vec();
    let mut first_void = false;
    if let Some(entry) = whole
        && let Body::SaleVoided(void) = &entry.body
    {
        let taken = take_back(conn, chain, entry, void, now_ms).await?;
        first_void = taken.first;
        if !taken.fits {
            flags.push(Anomaly::BadVoid);
            journal::alert(conn, chain, entry.seq, &Anomaly::BadVoid.to_string(), now_ms).await?;
        }
    }
    if let Some(entry) = whole
        && let Body::Refund(refund) = &entry.body
        && let Some((anomaly, detail)) = judge_refund(conn, shop, chain, refund).await?
        && !flags.contains(&anomaly)
    {
        flags.push(anomaly);
        let alert = NewAlert { seq: entry.seq, kind: &anomaly.to_string(), about: "", detail: &detail };
        alerts::raise(conn, chain, &alert, now_ms).await?;
    }
    let flags = flags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let entry = NewEntry {
        seq: opened.seq,
        hash: opened.hash,
        kind: opened.kind.as_deref().unwrap_or("unreadable"),
        at_ms: whole.map_or(0, |entry| entry.at_ms),
        staff: whole.and_then(|entry| entry.staff),
        topic: &word(whole.map_or(Topic::Tablet, |entry| audit::topic(&entry.body))),
        about: whole.and_then(|entry| audit::about(&entry.body)),
        flags: &flags,
        signed: opened.signed.as_deref(),
        record: if whole.is_some() { None } else { Some(&opened.record) },
    };
    journal::insert(conn, chain, &entry, now_ms).await?;
    match whole.map(|entry| &entry.body) {
        Some(Body::Sale(sale)) => {
            if let Some(entry) = whole {
                journal::insert_sale(conn, chain, &project(entry, sale, &flags), now_ms).await?;
            }
        }
        Some(Body::Refund(refund)) => {
            if let Some(entry) = whole {
                journal::insert_sale(conn, chain, &project_refund(entry, refund, &flags), now_ms).await?;
            }
        }
        Some(Body::ReceiptRequested { of, to, .. }) => {
            if let Some(entry) = whole {
                let address = opened.beside.as_deref().and_then(|beside| MailTo::open(beside, *to));
                mails::ask(conn, chain, entry, opened.hash, *of, address.as_ref(), now_ms).await?;
            }
        }
        Some(Body::ShiftClosed(report)) => journal::insert_shift(conn, chain, &entry, report, now_ms).await?,
        _ => {}
    }
    let Some(whole) = whole else { return Ok(()) };
    gifts::entry(conn, shop, chain, whole, now_ms).await?;
    gather(conn, chain, whole, first_void, &mut gathered.moves).await?;
    gather_customers(conn, chain, whole, &mut gathered.customers).await?;
    take::entry(conn, shop, chain, whole, now_ms).await?;
    match &whole.body {
        Body::Sale(_) => sale_arrived(conn, chain, whole, now_ms).await,
        _ => Ok(()),
    }
}

/// What came of a void.
struct TakenBack {
    /// It took its sale back: nothing did before.
    first: bool,
    /// Nothing about it needs a look.
    fits: bool,
}

/// Marks the sale as taken back, once. It does not fit if something about it needs a look: the sale is not there (it may still turn up,
/// and is voided then), is no sale of that shift, was taken back already, or came to another amount. Another chain's sale is left
/// alone: no till takes back what another sold.
async fn take_back(conn: &mut Conn, chain: Chain, entry: &Entry, void: &Void, now_ms: i64) -> Result<TakenBack, StoreError> {
    let sale = void.sale;
    if (sale.till, sale.epoch) != (chain.till, chain.epoch) || sale.seq >= entry.seq {
        return Ok(TakenBack { first: false, fits: false });
    }
    let total = journal::whole_sale_total(conn, chain, sale.seq).await?;
    // A part of an exchange is not taken back without the other.
    let exchanged = match journal::known_sale(conn, chain.shop, sale).await? {
        Some(known) => known.body.tenders.iter().any(|tender| tender.kind == word(TenderKind::Exchange)),
        None => false,
    };
    let reason = void.reason.chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
    let row = VoidRow { void_seq: entry.seq, at_ms: entry.at_ms, staff: entry.staff, reason };
    let first = journal::insert_void(conn, chain, sale.seq, &row).await?;
    if first {
        take::sale_voided(conn, chain, entry, sale.seq, now_ms).await?;
    }
    let fits = first && !exchanged && void.fits(entry.shift, total.map(|(total, outside)| (Minor(total), Minor(outside))));
    Ok(TakenBack { first, fits })
}

/// A sale with the figures that follow from its quantities, unit prices, discounts and rates. Only where they are out of any range
/// does the till's own word stand (flagged).
fn project(entry: &Entry, sale: &Sale, flags: &str) -> SaleRow {
    // A sale that cannot be reckoned at all (amounts out of range) is shown as it came; its flags say so.
    let (lines, discount) = sale.reckoned().unwrap_or_else(|OutOfRange| (sale.lines.clone(), sale.discount.clone()));
    let totals = Totals::of(&lines).unwrap_or(sale.totals);
    let gifts = sale.gifts_sold().unwrap_or_default();
    let due = sale.outside().and_then(|outside| totals.gross.plus(sale.rounding)?.plus(outside));
    SaleRow {
        refund: None,
        seq: entry.seq,
        at_ms: entry.at_ms,
        staff: entry.staff,
        currency: sale.currency.chars().filter(|c| !c.is_control()).take(16).collect(),
        total_minor: due.unwrap_or(totals.gross).0,
        net_minor: totals.net.0,
        tax_minor: totals.tax.0,
        rounding_minor: sale.rounding.0,
        gifts_minor: gifts.0,
        tip_minor: sale.tip.0,
        flags: flags.to_owned(),
        body: SaleBody {
            discount: discount.as_ref().map(discount_body),
            note: sale.note.clone(),
            gifts: sale.gifts.iter().map(gift_body).collect(),
            lines: lines.iter().map(line_body).collect(),
            tenders: sale
                .tenders
                .iter()
                .map(|tender| TenderBody {
                    kind: word(tender.kind),
                    amount_minor: tender.amount.0,
                    tendered_minor: tender.tendered.0,
                    change_minor: tender.change.0,
                    card: tender.card.as_deref().map(|card| CardBody {
                        payment: card.payment.to_string(),
                        brand: card.brand.words().to_owned(),
                        last4: card.last4.chars().filter(char::is_ascii_digit).take(4).collect(),
                        mode: card.mode.words().to_owned(),
                    }),
                    gift: tender.gift.as_ref().map(|gift| GiftTenderBody {
                        card: gift.card.to_string(),
                        last4: take::short(&gift.last4, LAST4_MAX),
                        credit: false,
                        offline: gift.offline,
                    }),
                    reference: tender.reference.as_deref().map(|reference| take::short(reference, REASON_MAX)),
                    payment: None,
                })
                .collect(),
        },
    }
}

fn gift_body(sold: &GiftSold) -> GiftBody {
    GiftBody {
        card: sold.card.to_string(),
        last4: take::short(&sold.last4, LAST4_MAX),
        amount_minor: sold.amount.0,
        top_up: sold.top_up,
    }
}

fn discount_body(discount: &Discount) -> DiscountBody {
    DiscountBody { rate_ppm: discount.rate.0, amount_minor: discount.amount.0, reason: discount.reason.clone() }
}

pub(super) fn line_body(line: &SaleLine) -> LineBody {
    LineBody {
        of_line: None,
        sku: line.sku.clone(),
        name: line.name.clone(),
        qty_milli: line.qty.0,
        unit_minor: line.unit.0,
        list_unit_minor: line.list_unit.map(|unit| unit.0),
        measure: line.measure.map(|unit| unit.sign().to_owned()),
        extras: line.extras.iter().map(|extra| ExtraBody { name: extra.name.clone(), price_minor: extra.price.0 }).collect(),
        note: line.note.clone(),
        promotion: line
            .promotion
            .as_ref()
            .map(|taken| ExtraBody { name: taken.name.clone(), price_minor: taken.amount.0.saturating_neg() }),
        discount: line.discount.as_ref().map(discount_body),
        order_off_minor: line.order_off.0,
        price_minor: line.price.0,
        net_minor: line.net.0,
        gross_minor: line.gross.0,
        taxes: line
            .taxes
            .iter()
            .map(|tax| TaxBody { code: tax.code.clone(), rate_ppm: tax.rate.0, amount_minor: tax.amount.0 })
            .collect(),
    }
}
