//! The journal's projection: what the open shift holds, and what never resets.
//!
//! Rebuilt from a snapshot and the entries after it; the same entries give the same ledger on till and server.

use serde::{Deserialize, Serialize};

use crate::{
    book::Book,
    bytes::{Blob, Hash},
    card::{DeclinedPayment, OpenPayment, Outcome, Reader, open_payments},
    gift::{GiftBook, GiftOverdrawn},
    ids::{PaymentId, SaleId, Seq, ShiftId, StaffId},
    journal::{Alert, Body, Entry},
    money::{Milli, Minor, OutOfRange},
    refund::Refund,
    sale::{Sale, TaxTotal, is_nothing},
    stock::{self, Own},
    tender::TenderKind,
};

/// What the entries so far add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The last entry that is in it; 0 for none.
    pub upto: Seq,
    /// Turnover since enrolment; every sale entry carries it. It never resets.
    pub turnover: Minor,
    /// The open shift, if any.
    pub shift: Option<OpenShift>,
    /// The newest configuration that took effect.
    pub config_version: u64,
    /// The last sale, for its receipt.
    pub last_sale: Option<Paid>,
    /// Card payments that the bank has not decided yet, oldest first.
    #[serde(default)]
    pub open_cards: Vec<OpenPayment>,
    /// Card payments that were declined after the sale, and that nobody has dealt with.
    #[serde(default)]
    pub declined: Vec<DeclinedPayment>,
    /// Card payments of the last sale that were approved.
    #[serde(default)]
    pub approved: Vec<PaymentId>,
    /// The readers that were attached when last looked at.
    #[serde(default)]
    pub readers: Vec<Reader>,
    /// Readers that are not this till's, and that nobody has dealt with.
    #[serde(default)]
    pub wrong_readers: Vec<Reader>,
    /// The refund of an exchange whose sale is the next entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchanging: Option<Box<Refund>>,
    /// What its entries moved, as far as the server's levels may lack it.
    #[serde(default, skip_serializing_if = "Own::is_empty")]
    pub stock: Own,
    /// What is known of gift cards.
    #[serde(default, skip_serializing_if = "GiftBook::is_empty")]
    pub gifts: GiftBook,
    /// Gift cards of which more was spent than was on them, and that nobody has dealt with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overdrawn: Vec<GiftOverdrawn>,
}

/// A sale with what its entry says around it: all that a receipt shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Its identity.
    pub id: SaleId,
    /// The till's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who sold.
    pub staff: Option<StaffId>,
    /// What.
    pub sale: Sale,
    /// It was taken back.
    #[serde(default)]
    pub voided: bool,
    /// How much of each line was given back, in the order of the lines; empty while nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Milli>,
    /// It is known by its receipt alone, whose proof and signature ([`crate::proof::SignedProof`]) these are. The till that made
    /// it has the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Blob>,
    /// What came back for it, in an exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchanged: Option<Box<Refund>>,
    /// How many copies of its receipt were printed.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub copies: u32,
    /// By what its entry stands in the chain, where that was told ([`Ledger::take_in`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
}

fn is_none_yet(copies: &u32) -> bool {
    *copies == 0
}

/// A shift that is still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenShift {
    /// Its identity.
    pub id: ShiftId,
    /// When it was opened.
    pub opened_at_ms: i64,
    /// By whom.
    pub opened_by: Option<StaffId>,
    /// Cash in the drawer then.
    pub float: Minor,
    /// Its running figures.
    pub figures: Figures,
    /// Its sales: any of them can still be voided.
    #[serde(default)]
    pub book: Book,
    /// What was taken from gift cards without the server's word.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub gifts_offline: Minor,
}

/// Sums over a shift's sales.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of sales.
    pub sales: u32,
    /// Without tax.
    pub net: Minor,
    /// With tax.
    pub gross: Minor,
    /// What cash rounding added.
    pub rounding: Minor,
    /// Taxes by code and rate.
    pub taxes: Vec<TaxTotal>,
    /// What was paid, by means.
    pub tenders: Vec<(TenderKind, Minor)>,
    /// What was taken off prices; the figures above are without it.
    #[serde(default)]
    pub discounts: Minor,
    /// Number of sales that were taken back; they are in `sales`, and in none of the sums above.
    #[serde(default)]
    pub voids: u32,
    /// What those came to.
    #[serde(default)]
    pub voided: Minor,
    /// Cash put into the drawer outside of sales.
    #[serde(default)]
    pub cash_in: Minor,
    /// Cash taken out of it.
    #[serde(default)]
    pub cash_out: Minor,
    /// How often the drawer was opened without a sale.
    #[serde(default)]
    pub no_sales: u32,
    /// What was given back for sales of this shift and of others; it is in none of the sums above.
    #[serde(default)]
    pub refunds: Refunds,
    /// What was put on gift cards that were sold: owed to their holders, and no turnover.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub gifts_sold: Minor,
    /// Tips: the staff's, and no turnover.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tips: Minor,
}

/// Sums over a shift's refunds. Every amount is what customers got, and so is positive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunds {
    /// Number of refunds.
    pub count: u32,
    /// Without tax.
    pub net: Minor,
    /// With tax.
    pub gross: Minor,
    /// What cash rounding added.
    pub rounding: Minor,
    /// Taxes by code and rate.
    pub taxes: Vec<TaxTotal>,
    /// How it was given back, by means.
    pub tenders: Vec<(TenderKind, Minor)>,
}

/// A Z report: what a closed shift came to. (An X report is the same, drawn while the shift is open.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftReport {
    /// Which shift.
    pub shift: ShiftId,
    /// When it was opened.
    pub opened_at_ms: i64,
    /// Cash in the drawer then.
    pub float: Minor,
    /// Its figures.
    pub figures: Figures,
    /// What the drawer should hold: float plus cash taken and put in, less cash taken out and refunded.
    pub expected: Minor,
    /// What was counted.
    pub counted: Minor,
    /// How many of which coin or note, where they were counted one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<(Minor, u32)>,
    /// `counted − expected`.
    pub difference: Minor,
    /// Turnover since enrolment, which never resets.
    pub turnover: Minor,
    /// The shift's first entry.
    pub from: Seq,
    /// The last entry before the closing one.
    pub to: Seq,
}

impl Ledger {
    /// As [`Ledger::apply`], of an entry that stands in the chain by `hash`: a receipt tells it.
    pub fn take_in(&mut self, entry: &Entry, hash: Hash) {
        let is_new = entry.seq > self.upto;
        self.apply(entry);
        if let (true, Body::Sale(_)) = (is_new, &entry.body) {
            if let Some(paid) = &mut self.last_sale {
                paid.hash = Some(hash);
            }
            if let Some(shift) = &mut self.shift {
                shift.book.stands_by(entry.sale_id(), hash);
            }
        }
    }

    /// Takes the next entry in. Entries come in the order of their places; one that is in already changes nothing.
    pub fn apply(&mut self, entry: &Entry) {
        if entry.seq <= self.upto {
            return;
        }
        self.upto = entry.seq;
        // Before a void takes its sale out of what can still be voided.
        let book = self.shift.as_ref().map(|shift| &shift.book);
        let sale_of = |sale| book?.find(sale).filter(|paid| !paid.voided).map(|paid| &paid.sale);
        let moves = stock::moves(entry, sale_of);
        self.stock.add(entry.seq, moves);
        self.apply_gifts(entry);
        match &entry.body {
            Body::ShiftOpened { float } => {
                self.shift = Some(OpenShift {
                    id: ShiftId { epoch: entry.epoch, seq: entry.seq },
                    opened_at_ms: entry.at_ms,
                    opened_by: entry.staff,
                    float: *float,
                    figures: Figures::default(),
                    book: Book::default(),
                    gifts_offline: Minor::ZERO,
                });
            }
            Body::ShiftClosed(_) => self.shift = None,
            Body::Sale(sale) => {
                self.turnover = sale.turnover;
                let paid = Paid { exchanged: self.exchanging.take(), ..Paid::of(entry, sale) };
                if let Some(shift) = &mut self.shift {
                    shift.figures.add(sale);
                    let offline = sale.tenders.iter().filter(|tender| tender.gift.as_ref().is_some_and(|gift| gift.offline));
                    let offline = offline.map(|tender| tender.amount.0).fold(0, i64::saturating_add);
                    shift.gifts_offline.0 = shift.gifts_offline.0.saturating_add(offline);
                    shift.book.add(paid.clone());
                }
                self.approved.clear();
                self.open_cards.extend(open_payments(&sale.tenders, paid.id, entry.staff, entry.at_ms));
                self.last_sale = Some(paid);
            }
            Body::SaleVoided(void) => {
                self.turnover = void.turnover;
                // The server asks the processor for nothing any more, or takes it back.
                self.open_cards.retain(|open| open.sale != void.sale);
                if let Some(shift) = &mut self.shift
                    && let Some(paid) = shift.book.void(void)
                {
                    shift.figures.take_back(&paid.sale);
                }
                if let Some(paid) = self.last_sale.as_mut().filter(|paid| paid.id == void.sale) {
                    paid.voided = true;
                }
            }
            Body::Refund(refund) => {
                self.turnover = refund.turnover;
                self.exchanging = refund.exchange.map(|_| Box::new(refund.clone()));
                // A card payment that goes back whole is cancelled or reversed, as for a void.
                self.open_cards.retain(|open| !refund.card_payments().any(|whole| whole == (open.payment, open.amount)));
                if let Some(shift) = &mut self.shift {
                    shift.figures.refunds.add(refund);
                    shift.book.give_back(refund);
                }
                if let Some(paid) = self.last_sale.as_mut().filter(|paid| paid.id == refund.of) {
                    paid.give_back(refund);
                }
            }
            Body::ReceiptPrinted { of, copy } => {
                if let Some(shift) = &mut self.shift {
                    shift.book.copied(*of, *copy);
                }
                if let Some(paid) = self.last_sale.as_mut().filter(|paid| paid.id == *of) {
                    paid.copies = paid.copies.max(*copy);
                }
            }
            Body::CashMoved { amount, .. } => {
                if let Some(shift) = &mut self.shift {
                    let side = if amount.0 < 0 { &mut shift.figures.cash_out } else { &mut shift.figures.cash_in };
                    side.0 = side.0.saturating_add(amount.0.saturating_abs());
                }
            }
            Body::NoSale { .. } => {
                if let Some(shift) = &mut self.shift {
                    shift.figures.no_sales = shift.figures.no_sales.saturating_add(1);
                }
            }
            Body::CardDecided(decided) => {
                let Some(place) = self.open_cards.iter().position(|open| open.payment == decided.payment) else { return };
                let payment = self.open_cards.remove(place);
                match &decided.outcome {
                    Outcome::Declined { reason } => self.declined.push(DeclinedPayment { payment, reason: reason.clone() }),
                    Outcome::Approved { .. } => {
                        if self.last_sale.as_ref().is_some_and(|paid| paid.id == payment.sale) {
                            self.approved.push(payment.payment);
                        }
                    }
                }
            }
            Body::AlertRaised(Alert::GiftOverdrawn(found)) => self.overdrawn.push(found.clone()),
            Body::AlertRaised(Alert::WrongReader(reader)) => self.wrong_readers.push(reader.clone()),
            Body::AlertAnswered { alert: Alert::GiftOverdrawn(found), .. } => self.overdrawn.retain(|other| other != found),
            Body::AlertAnswered { alert: Alert::CardDeclined(payment), .. } => {
                self.declined.retain(|declined| declined.payment.payment != *payment);
            }
            Body::AlertAnswered { alert: Alert::WrongReader(reader), .. } => self.wrong_readers.retain(|wrong| wrong != reader),
            Body::ReaderAttached(reader) => self.readers.push(reader.clone()),
            Body::ReaderDetached(reader) => self.readers.retain(|attached| attached != reader),
            Body::ConfigApplied { version } => self.config_version = *version,
            Body::Enrolled { .. }
            | Body::LogIn { .. }
            | Body::LogInFailed { .. }
            | Body::Locked { .. }
            | Body::LockOutEnded { .. }
            | Body::PinChanged
            | Body::PasskeyAdded { .. }
            | Body::PasskeyRemoved
            | Body::Refused { .. }
            | Body::Approved { .. }
            | Body::CardRefused { .. }
            | Body::ReceiptRequested { .. }
            | Body::TenderTakenOut { .. }
            | Body::LinesTakenOut { .. }
            | Body::StockCounted(_)
            | Body::CustomerSaved(_)
            | Body::GiftChecked { .. }
            | Body::AlertRaised(Alert::CardDeclined(_))
            | Body::ClockBack { .. }
            | Body::Recovered { .. }
            | Body::Quarantined { .. } => {}
        }
    }
}

impl Ledger {
    fn apply_gifts(&mut self, entry: &Entry) {
        let voided = match &entry.body {
            Body::SaleVoided(void) => {
                let book = self.shift.as_ref().map(|shift| &shift.book);
                book.and_then(|book| book.find(void.sale)).filter(|paid| !paid.voided)
            }
            _ => None,
        };
        self.gifts.apply(entry, voided);
    }

    /// Is this a payment of the last sale that the bank has approved?
    pub fn is_approved(&self, payment: PaymentId) -> bool {
        self.approved.contains(&payment)
    }
}

impl Figures {
    /// Adds a sale. Sums saturate: a sale's own amounts were checked when it was made.
    pub fn add(&mut self, sale: &Sale) {
        self.sales = self.sales.saturating_add(1);
        self.count(sale, 1);
    }

    /// Takes a sale back that was added before.
    pub fn take_back(&mut self, sale: &Sale) {
        self.voids = self.voids.saturating_add(1);
        self.voided.0 = self.voided.0.saturating_add(sale.due().unwrap_or(sale.totals.gross).0);
        self.count(sale, -1);
    }

    fn count(&mut self, sale: &Sale, sign: i64) {
        let add = |to: &mut Minor, amount: Minor| to.0 = to.0.saturating_add(amount.0.saturating_mul(sign));
        add(&mut self.discounts, sale.discounts());
        add(&mut self.net, sale.totals.net);
        add(&mut self.gross, sale.totals.gross);
        add(&mut self.rounding, sale.rounding);
        add(&mut self.gifts_sold, sale.gifts_sold().unwrap_or_default());
        add(&mut self.tips, sale.tip);
        add_taxes(&mut self.taxes, sale.taxes(), sign);
        for tender in &sale.tenders {
            add_tender(&mut self.tenders, tender.kind, tender.amount, sign);
        }
    }

    /// Cash taken.
    pub fn cash(&self) -> Minor {
        cash_in(&self.tenders)
    }
}

impl Refunds {
    /// Adds a refund. Sums saturate: its own amounts were checked when it was made.
    pub fn add(&mut self, refund: &Refund) {
        let add = |to: &mut Minor, amount: Minor| to.0 = to.0.saturating_add(amount.0);
        self.count = self.count.saturating_add(1);
        add(&mut self.net, refund.totals.net);
        add(&mut self.gross, refund.totals.gross);
        add(&mut self.rounding, refund.rounding);
        add_taxes(&mut self.taxes, refund.taxes(), 1);
        for given in &refund.tenders {
            add_tender(&mut self.tenders, given.kind, given.amount, 1);
        }
    }

    /// What customers got back, after cash rounding.
    pub fn sum(&self) -> Minor {
        Minor(self.gross.0.saturating_add(self.rounding.0))
    }

    /// What of it was cash.
    pub fn cash(&self) -> Minor {
        cash_in(&self.tenders)
    }
}

fn cash_in(tenders: &[(TenderKind, Minor)]) -> Minor {
    tenders.iter().find(|(kind, _)| *kind == TenderKind::Cash).map_or(Minor::ZERO, |(_, sum)| *sum)
}

/// Adds `more` to sums that are kept in the order of code and rate.
fn add_taxes(sums: &mut Vec<TaxTotal>, more: Vec<TaxTotal>, sign: i64) {
    let add = |to: &mut Minor, amount: Minor| to.0 = to.0.saturating_add(amount.0.saturating_mul(sign));
    for tax in more {
        let place = sums.binary_search_by(|sum| (&sum.code, sum.rate).cmp(&(&tax.code, tax.rate))).unwrap_or_else(|place| {
            sums.insert(place, TaxTotal { net: Minor::ZERO, tax: Minor::ZERO, ..tax.clone() });
            place
        });
        if let Some(sum) = sums.get_mut(place) {
            add(&mut sum.net, tax.net);
            add(&mut sum.tax, tax.tax);
        }
    }
}

fn add_tender(sums: &mut Vec<(TenderKind, Minor)>, kind: TenderKind, amount: Minor, sign: i64) {
    let place = sums.binary_search_by_key(&kind, |(kind, _)| *kind).unwrap_or_else(|place| {
        sums.insert(place, (kind, Minor::ZERO));
        place
    });
    if let Some((_, sum)) = sums.get_mut(place) {
        sum.0 = sum.0.saturating_add(amount.0.saturating_mul(sign));
    }
}

impl OpenShift {
    /// Can this sale still be taken back: was it made in this shift, by itself and not in an exchange, and was nothing of it taken or
    /// given back yet?
    pub fn can_void(&self, paid: &Paid) -> bool {
        paid.proof.is_none()
            && paid.sale.exchange.is_none()
            && !paid.voided
            && paid.returned.is_empty()
            && paid.id.epoch == self.id.epoch
            && paid.id.seq > self.id.seq
    }

    /// What the drawer should hold now.
    pub fn expected_cash(&self) -> Result<Minor, OutOfRange> {
        let figures = &self.figures;
        let in_the_drawer = self.float.plus(figures.cash())?.plus(figures.cash_in)?;
        in_the_drawer.minus(figures.cash_out)?.minus(figures.refunds.cash())
    }

    /// The report of this shift if it closed now with `counted` in the drawer. (An X report counts what is expected.)
    pub fn report(&self, counted: Minor, pieces: Vec<(Minor, u32)>, ledger: &Ledger) -> Result<ShiftReport, OutOfRange> {
        let expected = self.expected_cash()?;
        Ok(ShiftReport {
            shift: self.id,
            opened_at_ms: self.opened_at_ms,
            float: self.float,
            figures: self.figures.clone(),
            expected,
            counted,
            pieces,
            difference: counted.minus(expected)?,
            turnover: ledger.turnover,
            from: self.id.seq,
            to: ledger.upto,
        })
    }
}
