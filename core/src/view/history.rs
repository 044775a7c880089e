//! The sales that the till holds, as the screen shows them, and what goes back of one.

use super::{Money, ReceiptView, money, payment::receipt_view};
use crate::{
    ids::{SaleId, StaffId},
    ledger::Paid,
    money::{Currency, Milli, Minor, as_ascii},
    reason::Reason,
    refund::{GivenBack, Refund, RefundFault},
    sale::Sale,
    tender::TenderKind,
    till::{Desk, History, Step},
};

/// The sales that the till holds.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryView {
    /// The list, newest first; nothing while the journal is read, or while one sale is on screen.
    pub rows: Option<Vec<OrderRow>>,
    /// The sale that was chosen.
    pub order: Option<Box<OrderView>>,
    /// Something is being written.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
}

/// A sale in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRow {
    /// Which.
    pub sale: SaleId,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who sold.
    pub staff: String,
    /// What, such as `2 × Mug, 1 × Bread`.
    pub what: String,
    /// What it came to.
    pub total: Money,
    /// The same as digits with a `.`, whatever the screen's style: what a typed amount is held against.
    pub amount: String,
    /// What became of it.
    pub state: OrderState,
}

/// What became of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// It stands as it was paid.
    Paid,
    /// It was taken back.
    Voided,
    /// A part of it was given back.
    PartlyRefunded,
    /// All of it was given back.
    Refunded,
}

/// A sale that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderView {
    /// Which.
    pub sale: SaleId,
    /// Its receipt.
    pub receipt: ReceiptView,
    /// It is known by its receipt alone, which was checked: by which till's signature, and what follows from that.
    pub checked: Option<String>,
    /// What became of it.
    pub state: OrderState,
    /// What was given back of it so far, if anything.
    pub refunded: Option<Money>,
    /// Something of it can still be given back.
    pub can_refund: bool,
    /// The refund that is being made, or was just made.
    pub refund: Option<RefundView>,
}

/// A refund.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundView {
    /// The sale's lines; none once it is written.
    pub lines: Vec<RefundLineView>,
    /// What the customer gets back.
    pub total: Money,
    /// The goods cannot be sold again.
    pub off_shelf: bool,
    /// What is to be done, one sentence for each means.
    pub then: Vec<String>,
    /// It can be given as store credit.
    pub credit: bool,
    /// All of it is on a gift card: nobody gives anything back.
    pub on_card: bool,
    /// It is written down.
    pub done: bool,
}

/// A line of the sale that something is given back of.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundLineView {
    /// Its place in the sale.
    pub line: usize,
    /// The product's key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// How much of it can come back, such as `2 of 3`.
    pub left: String,
    /// How much of it comes back.
    pub qty: String,
    /// What that comes to.
    pub gross: String,
    /// Nothing of it comes back.
    pub is_none: bool,
    /// All that is left of it comes back.
    pub is_all: bool,
}

impl OrderState {
    fn of(paid: &Paid) -> OrderState {
        match (paid.voided, paid.returned.is_empty(), paid.has_any_left()) {
            (true, ..) => OrderState::Voided,
            (false, true, _) => OrderState::Paid,
            (false, false, true) => OrderState::PartlyRefunded,
            (false, false, false) => OrderState::Refunded,
        }
    }

    /// For people; nothing for a sale that stands as it was paid.
    pub fn words(self) -> Option<&'static str> {
        match self {
            OrderState::Paid => None,
            OrderState::Voided => Some("Voided"),
            OrderState::PartlyRefunded => Some("Partly refunded"),
            OrderState::Refunded => Some("Refunded"),
        }
    }
}

impl OrderRow {
    /// Is this sale meant by `words`: its number or the end of it, its amount, a product's name, who sold, or the time as the
    /// screen writes it (`time`)? Every word has to be found. A receipt's code is the sale's number.
    pub fn is_meant_by(&self, words: &str, time: &str) -> bool {
        let id = self.sale.to_string();
        let text = format!("{} {} {time}", self.what, self.staff).to_lowercase();
        as_ascii(words).split_whitespace().all(|word| {
            let number = word.trim_start_matches('#');
            id == number
                || self.sale.seq.to_string() == number
                || self.amount.starts_with(&word.replace(',', "."))
                || text.contains(&word.to_lowercase())
        })
    }
}

/// A time of the day as it is typed by the clock of 24 hours and by that of 12, such as `22:04 10:04`.
pub fn clocks(hour: u32, minute: u32) -> String {
    let twelve = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{hour:02}:{minute:02} {twelve:02}:{minute:02}")
}

pub(super) fn history_view(history: &History, desk: &Desk, error: Option<String>) -> HistoryView {
    let order = history.paid().map(|paid| Box::new(order_view(history, paid, desk)));
    let rows = match &history.book {
        Some(book) if order.is_none() => {
            // What is known by its receipt alone is found by its receipt.
            Some(book.sales().iter().rev().filter(|paid| paid.proof.is_none()).map(|paid| row(paid, desk)).collect())
        }
        _ => None,
    };
    HistoryView { rows, order, busy: desk.busy(), error }
}

fn row(paid: &Paid, desk: &Desk) -> OrderRow {
    let currency = &desk.config.currency;
    let pieces: Vec<String> =
        paid.sale.lines.iter().map(|line| format!("{} × {}", currency.quantity(line.qty), line.name)).collect();
    let total = paid.sale.due().unwrap_or(paid.sale.totals.gross);
    OrderRow {
        sale: paid.id,
        at_ms: paid.at_ms,
        staff: paid.staff.map(|id: StaffId| desk.config.name_of(id).to_owned()).unwrap_or_default(),
        what: pieces.join(", "),
        amount: currency.canonical().format(total).chars().filter(|c| c.is_ascii_digit() || *c == '.').collect(),
        total: money(currency, total),
        state: OrderState::of(paid),
    }
}

fn order_view(history: &History, paid: &Paid, desk: &Desk) -> OrderView {
    let currency = &desk.config.currency;
    let given_back = paid.given_back().unwrap_or_default();
    let refund = match history.opened.as_ref().map(|opened| &opened.step) {
        Some(Step::Choosing(wanted)) => Some(choosing(history, wanted, paid, desk)),
        Some(Step::Done(refund)) => Some(RefundView {
            lines: Vec::new(),
            total: money(currency, refund.due().unwrap_or(refund.totals.gross)),
            off_shelf: refund.off_shelf,
            then: sentences(refund.tenders.iter(), Some(&paid.sale), currency),
            credit: false,
            on_card: refund.tenders.iter().all(|given| given.gift.is_some()),
            done: true,
        }),
        Some(Step::Shown) | None => None,
    };
    OrderView {
        sale: paid.id,
        receipt: receipt_view(paid, desk, None),
        checked: paid.proof.is_some().then(|| checked(paid, desk)),
        state: OrderState::of(paid),
        refunded: (given_back.0 != 0).then(|| money(currency, given_back)),
        can_refund: paid.has_any_left(),
        refund,
    }
}

fn checked(paid: &Paid, desk: &Desk) -> String {
    let till = desk.config.name_of_till(paid.id.till);
    if paid.sale.lines.is_empty() {
        format!("Checked: signed by {till}. It has too many lines for its code, so refund it at {till} or in the office.")
    } else {
        format!("Checked: signed by {till}.")
    }
}

fn choosing(history: &History, wanted: &[Milli], paid: &Paid, desk: &Desk) -> RefundView {
    let currency = &desk.config.currency;
    let refund = refund_so_far(history, desk);
    let lines = paid.sale.lines.iter().enumerate().map(|(line, sold)| {
        let (qty, left) = (wanted.get(line).copied().unwrap_or(Milli(0)), paid.left(line));
        let part = refund.as_ref().ok().and_then(|refund| refund.lines.iter().find(|part| part.line as usize == line));
        RefundLineView {
            line,
            sku: sold.sku.clone(),
            name: sold.name.clone(),
            left: format!("{} of {}", currency.quantity(left), currency.quantity(sold.qty)),
            qty: currency.quantity(qty),
            gross: currency.format(part.map_or(Minor::ZERO, |part| part.gross)),
            is_none: qty.0 == 0,
            is_all: qty == left,
        }
    });
    RefundView {
        lines: lines.collect(),
        total: money(currency, refund.as_ref().ok().and_then(|refund| refund.due().ok()).unwrap_or_default()),
        off_shelf: history.off_shelf,
        then: refund.as_ref().map_or_else(|_| Vec::new(), |refund| sentences(refund.tenders.iter(), Some(&paid.sale), currency)),
        credit: desk.config.gifts.is_some(),
        on_card: false,
        done: false,
    }
}

fn refund_so_far(history: &History, desk: &Desk) -> Result<Refund, RefundFault> {
    let reason = Reason::parse("shown").map_err(|_| RefundFault::Nothing)?;
    history.refund(&desk.config.currency, &reason, desk.ledger.turnover)
}

/// What is to be done with each part of a refund.
pub(super) fn sentences<'a>(given: impl Iterator<Item = &'a GivenBack>, sale: Option<&Sale>, currency: &Currency) -> Vec<String> {
    let sentence = |part: &GivenBack| {
        let amount = currency.format(part.amount);
        match part.kind {
            TenderKind::Cash => format!("Give {amount} back in cash."),
            TenderKind::Exchange => format!("{amount} is set off against the new goods."),
            TenderKind::Card => {
                let paid = |tender: &&crate::tender::Tender| {
                    part.payment.is_some() && tender.card.as_ref().map(|card| card.payment) == part.payment
                };
                let card = sale
                    .and_then(|sale| sale.tenders.iter().find(paid))
                    .map_or_else(|| "the card".to_owned(), |tender| tender.words());
                format!("{amount} goes back to {card} by itself.")
            }
            TenderKind::GiftCard => {
                let last4 = part.gift.as_ref().map(|gift| gift.last4.as_str()).unwrap_or_default();
                match part.is_credit() {
                    true => format!("{amount} is on a new card as store credit (····{last4})."),
                    false => format!("{amount} is on gift card ····{last4} again."),
                }
            }
            TenderKind::External => {
                let slip = part.reference.as_deref().unwrap_or_default();
                format!("Refund {amount} on the terminal (slip {slip}).")
            }
        }
    };
    given.map(sentence).collect()
}
