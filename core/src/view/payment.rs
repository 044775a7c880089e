//! Payment and receipt, as the screen shows them.

use super::{
    ExchangeView, LineView, Money, TipView,
    exchange::{exchanged_view, tendering_view},
    gift::{IssuedView, tip_view},
    line_view, money, taken_off,
};
use crate::{
    config::Config,
    gift::GiftSold,
    ids::StaffId,
    ledger::{Ledger, Paid},
    money::{Currency, Minor},
    receipt::Raster,
    staff::Permission,
    tender::{Tender, TenderKind, quick_cash},
    till::{CardStep, Desk, Stage, Tendering},
};

/// Payment.
#[derive(Clone, Debug, PartialEq)]
pub struct TenderView {
    /// What the sale comes to, after cash rounding; in an exchange, less what comes back.
    pub due: Money,
    /// What is missing beyond what was taken, whatever is on the counter.
    pub rest: Money,
    /// What is missing beyond what was taken and what is on the counter.
    pub remaining: Money,
    /// What is owed of the rest, if it is paid in cash: the "exact" button.
    pub cash_due: Money,
    /// Quick-cash buttons after "exact".
    pub quick: Vec<Money>,
    /// What was handed over.
    pub tendered: Option<Money>,
    /// What to hand back, once enough was handed over.
    pub change: Option<Money>,
    /// What is on the counter pays the rest.
    pub enough: bool,
    /// What was taken already.
    pub parts: Vec<TenderPart>,
    /// What of it is the tip, where the shop asks for one.
    pub tip: Option<TipView>,
    /// A gift card can pay.
    pub takes_gifts: bool,
    /// Card or terminal take only this much next.
    pub part: Option<Money>,
    /// Where a card payment stands, or why there can be none.
    pub card: CardView,
    /// Being written to both disks.
    pub busy: bool,
    /// Cash rounding, if any.
    pub rounding: Option<String>,
    /// What comes back for it, in an exchange.
    pub exchange: Option<ExchangeView>,
    /// What went wrong.
    pub error: Option<String>,
}

/// A part of a payment.
#[derive(Clone, Debug, PartialEq)]
pub struct TenderPart {
    /// By what means.
    pub kind: TenderKind,
    /// The same for people, such as `Visa ····4242`.
    pub what: String,
    /// How much.
    pub amount: Money,
    /// What the bank says of it, for a card.
    pub bank: Option<String>,
}

/// Where a card payment stands.
#[derive(Clone, Debug, PartialEq)]
pub enum CardView {
    /// There can be none; the sentence says what to do instead.
    Off(String),
    /// No reader is connected, and the person may connect one.
    NoReader,
    /// It can be asked for.
    Ready,
    /// The reader waits for the card.
    Waiting {
        /// How much is to be paid with it.
        amount: Money,
    },
    /// A card was read.
    Seen {
        /// Its scheme and last four digits.
        what: String,
        /// How it was read, and until when it is good.
        how: String,
        /// How much.
        amount: Money,
        /// What somebody has to accept.
        concerns: Vec<String>,
        /// May the person who works here accept that?
        allowed: bool,
    },
}

/// A paid sale.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiptView {
    /// The sale's identity, `till-epoch-seq`.
    pub id: String,
    /// The shop's name.
    pub shop: String,
    /// Lines at the head.
    pub head: Vec<String>,
    /// Lines at the foot.
    pub foot: Vec<String>,
    /// The till's name.
    pub till: String,
    /// Who sold.
    pub staff: String,
    /// When, milliseconds since 1970; the screen writes it in the tablet's own time zone.
    pub at_ms: i64,
    /// What was sold.
    pub lines: Vec<LineView>,
    /// Gift cards that were sold with it.
    pub gifts: Vec<IssuedView>,
    /// The tip, if any.
    pub tip: Option<String>,
    /// Without tax.
    pub net: String,
    /// Taxes by rate: name, net, tax.
    pub taxes: Vec<(String, String, String)>,
    /// Cash rounding, if any.
    pub rounding: Option<String>,
    /// What was paid.
    pub total: Money,
    /// How it was paid.
    pub tenders: Vec<TenderPart>,
    /// The cash that was handed over, if any.
    pub handed: Option<String>,
    /// What is handed back.
    pub change: Money,
    /// A card pays, and the bank has not said so yet: for cashier and customer.
    pub unauthorised: Option<String>,
    /// What was taken off prices, if anything.
    pub discounts: Option<String>,
    /// What was taken off the whole order, if anything: the lines' prices are without it.
    pub order_off: Option<String>,
    /// What the customer wanted to read here.
    pub note: Option<String>,
    /// What came back for it, in an exchange.
    pub exchange: Option<ExchangeView>,
    /// The shop's logo, if it has one.
    pub logo: Option<Raster>,
    /// What its QR code holds ([`crate::proof::text`]), capital letters and digits but for one `#`. It comes a moment after the
    /// rest; where none could be made, the receipt is without.
    pub qr: Option<String>,
    /// The beginning of the hash by which the sale stands in the journal's chain.
    pub chain: Option<String>,
    /// This is a copy: the how-manieth.
    pub copy: Option<u32>,
    /// It was printed: what is printed of it from now on is a copy.
    pub printed: bool,
    /// It was asked for by e-mail.
    pub mailed: bool,
    /// Whose it is, as long as that is known here.
    pub customer: Option<String>,
    /// It was taken back, and this is to be done with what was paid.
    pub voided: Option<String>,
    /// It can still be taken back.
    pub can_void: bool,
    /// What went wrong.
    pub error: Option<String>,
}

/// Stands on the receipt and on the screen as long as the bank has not been asked.
const UNAUTHORISED: &str = "Card payment accepted offline: not yet authorised by the bank.";

pub(super) fn tender_view(tendering: &Tendering, desk: &Desk, error: Option<String>) -> TenderView {
    let currency = &desk.config.currency;
    let cash_due = tendering.cash_due(currency);
    let in_cash = tendering.card == CardStep::Idle;
    let given = tendering.cash.unwrap_or_default();
    let change = tendering.cash.map(|given| Minor(given.0 - cash_due.0)).filter(|change| change.0 >= 0);
    let rounding = if in_cash { tendering.rounding(currency) } else { Minor::ZERO };
    let set_off = tendering.tenders.iter().filter(|tender| tender.kind == TenderKind::Exchange).map(|tender| tender.amount.0);
    let due = tendering.owed().0.saturating_sub(set_off.sum()).saturating_add(rounding.0);
    let exchange = tendering_view(tendering, desk);
    let gives_back = exchange.as_ref().is_some_and(|back| back.difference.minor < 0);
    let paid_up = tendering.remaining() == Minor::ZERO && !tendering.tenders.is_empty();
    TenderView {
        due: money(currency, Minor(due)),
        rest: money(currency, Minor((tendering.remaining().0 + rounding.0).max(0))),
        remaining: money(currency, Minor((tendering.remaining().0 + rounding.0 - given.0).max(0))),
        cash_due: money(currency, cash_due),
        quick: quick_cash(cash_due, currency, 6)
            .into_iter()
            .filter(|amount| *amount != cash_due)
            .map(|amount| money(currency, amount))
            .collect(),
        tendered: tendering.cash.map(|given| money(currency, given)),
        change: change.filter(|_| in_cash).map(|change| money(currency, change)),
        enough: paid_up
            || in_cash && cash_due == Minor::ZERO && tendering.cash.is_none()
            || if in_cash { change.is_some() } else { matches!(tendering.card, CardStep::Seen { .. }) },
        // Nobody is asked for a tip who gets money back.
        tip: tip_view(tendering, desk).filter(|_| !gives_back),
        takes_gifts: desk.config.gifts.is_some() && tendering.payable_by_gift().0 > 0,
        part: tendering.part.map(|part| money(currency, part)),
        parts: tendering.tenders.iter().map(|tender| part(tender, currency, &desk.ledger)).collect(),
        card: card_view(tendering, desk),
        busy: desk.busy(),
        rounding: Some(rounding).filter(|r| r.0 != 0).map(|r| currency.format(r)),
        exchange,
        error,
    }
}

fn card_view(tendering: &Tendering, desk: &Desk) -> CardView {
    let currency = &desk.config.currency;
    match &tendering.card {
        CardStep::Waiting { amount, .. } => CardView::Waiting { amount: money(currency, *amount) },
        CardStep::Seen { card, concerns } => CardView::Seen {
            what: card.brand.with(&card.last4),
            how: match card.expiry {
                Some(expiry) => format!("{}, good until {expiry}", card.mode.words()),
                None => card.mode.words().to_owned(),
            },
            amount: money(currency, card.amount),
            concerns: concerns.iter().map(|concern| concern.sentence().to_owned()).collect(),
            allowed: concerns.is_empty() || desk.powers().has(Permission::AcceptOfflineCard),
        },
        CardStep::Idle if desk.config.cards.is_none() => CardView::Off("Cards are taken by the terminal here.".into()),
        CardStep::Idle if !desk.readers_possible => CardView::Off(
            "This browser reaches no card readers (Chrome or Edge on a computer or Windows tablet does). Use the terminal."
                .into(),
        ),
        CardStep::Idle if !desk.ledger.readers.is_empty() => CardView::Ready,
        CardStep::Idle if desk.powers().has(Permission::ConnectReader) => CardView::NoReader,
        CardStep::Idle => CardView::Off("No card reader is connected. Ask a manager to connect it, or use the terminal.".into()),
    }
}

fn part(tender: &Tender, currency: &Currency, ledger: &Ledger) -> TenderPart {
    let bank = tender.card.as_ref().map(|card| {
        let declined = ledger.declined.iter().find(|declined| declined.payment.payment == card.payment);
        if let Some(declined) = declined {
            format!("declined: {}", declined.reason)
        } else if ledger.is_approved(card.payment) {
            "approved".to_owned()
        } else {
            "not yet authorised".to_owned()
        }
    });
    let amount = money(currency, tender.amount);
    TenderPart { kind: tender.kind, what: tender.words(), amount, bank }
}

pub(super) fn receipt_view(paid: &Paid, desk: &Desk, error: Option<String>) -> ReceiptView {
    let printed = desk.printing.printed || matches!(desk.stage, Stage::History(_));
    let view = receipt_here(paid, desk, matches!(desk.stage, Stage::Receipt(_)));
    ReceiptView { error, printed, mailed: desk.printing.mailed == Some(paid.id), ..view }
}

/// What stands in the QR of its receipt, once it was made.
fn code_of(paid: &Paid, desk: &Desk) -> Option<String> {
    let is_of = |(of, _): &&(crate::ids::SaleId, String)| *of == paid.id && paid.proof.is_none() && !paid.voided;
    desk.code.as_ref().filter(is_of).map(|(_, code)| code.clone())
}

/// A sale as its receipt shows it. What the bank says of its cards, and whether it can be voided, the ledger tells.
pub fn receipt_of(paid: &Paid, config: &Config, ledger: &Ledger) -> ReceiptView {
    let currency = &config.currency;
    let sale = &paid.sale;
    let staff = paid.staff.unwrap_or(StaffId(0));
    let name_of = |code: &str| config.taxes.iter().find(|tax| tax.code == code).map_or(code, |tax| tax.name.as_str()).to_owned();
    let cash = sale.tenders.iter().filter(|tender| tender.kind == TenderKind::Cash);
    let handed = cash.map(|tender| tender.tendered.0).reduce(i64::saturating_add);
    let waits = ledger.open_cards.iter().any(|open| open.sale == paid.id);
    ReceiptView {
        id: paid.id.to_string(),
        shop: config.shop_name.clone(),
        head: config.receipt_head.clone(),
        foot: config.receipt_foot.clone(),
        till: if paid.proof.is_some() { config.name_of_till(paid.id.till) } else { config.till_name.clone() },
        staff: config.staff.iter().find(|member| member.id == staff).map(|member| member.name.clone()).unwrap_or_default(),
        at_ms: paid.at_ms,
        lines: sale.lines.iter().map(|line| line_view(line, currency)).collect(),
        gifts: sold_gifts(paid, currency),
        tip: Some(sale.tip).filter(|tip| tip.0 != 0).map(|tip| currency.format(tip)),
        net: currency.format(sale.totals.net),
        taxes: sale.taxes().into_iter().map(|t| (name_of(&t.code), currency.format(t.net), currency.format(t.tax))).collect(),
        rounding: Some(sale.rounding).filter(|r| r.0 != 0).map(|r| currency.format(r)),
        total: money(currency, sale.due().unwrap_or(sale.totals.gross)),
        tenders: sale
            .tenders
            .iter()
            .map(|tender| part(tender, currency, ledger))
            // What the bank said is told to the till that took the card.
            .map(|part| TenderPart { bank: part.bank.filter(|_| paid.proof.is_none()), ..part })
            .collect(),
        handed: handed.map(|handed| currency.format(Minor(handed))),
        change: money(currency, sale.change()),
        unauthorised: waits.then(|| UNAUTHORISED.to_owned()),
        discounts: Some(sale.discounts()).filter(|off| off.0 != 0).map(|off| currency.format(off)),
        order_off: sale.discount.as_ref().map(|discount| taken_off(discount, currency)),
        customer: None,
        note: sale.note.clone(),
        exchange: paid.exchanged.as_deref().map(|refund| exchanged_view(refund, sale.totals.gross, currency)),
        logo: config.receipt_logo.clone(),
        qr: None,
        chain: paid.hash.map(|hash| hash.short()),
        copy: None,
        printed: false,
        mailed: false,
        voided: paid.voided.then(|| give_back(&sale.tenders, currency)),
        can_void: ledger.shift.as_ref().is_some_and(|shift| shift.can_void(paid)),
        error: None,
    }
}

/// The gift cards of a sale, without their codes: those are in no journal.
fn sold_gifts(paid: &Paid, currency: &Currency) -> Vec<IssuedView> {
    let view = |sold: &GiftSold| IssuedView {
        last4: sold.last4.clone(),
        code: None,
        top_up: sold.top_up,
        credit: false,
        amount: money(currency, sold.amount),
        until_ms: sold.until_ms,
    };
    paid.sale.gifts.iter().map(view).collect()
}

/// A sale as its receipt shows it at this till: with the customer's name, and the `first` time with the codes of gift cards.
pub(crate) fn receipt_here(paid: &Paid, desk: &Desk, first: bool) -> ReceiptView {
    let mut view = receipt_of(paid, &desk.config, &desk.ledger);
    view.customer = super::customers::name_of(paid.sale.customer, desk);
    view.qr = code_of(paid, desk);
    for (shown, sold) in view.gifts.iter_mut().zip(&paid.sale.gifts).filter(|_| first) {
        shown.code = desk.issued.iter().find(|issued| issued.card == sold.card).map(|issued| issued.code.to_string());
    }
    view
}

/// What is to be done with what was paid for a sale that is taken back.
pub(super) fn give_back(tenders: &[Tender], currency: &Currency) -> String {
    let sum = |kind: TenderKind| tenders.iter().filter(|t| t.kind == kind).map(|t| t.amount.0).reduce(i64::saturating_add);
    let mut sentences = Vec::new();
    if let Some(cash) = sum(TenderKind::Cash) {
        sentences.push(format!("Give {} back in cash.", currency.format(Minor(cash))));
    }
    if let Some(card) = sum(TenderKind::Card) {
        sentences.push(format!("The card payment of {} is cancelled with the bank by itself.", currency.format(Minor(card))));
    }
    if let Some(gift) = sum(TenderKind::GiftCard) {
        sentences.push(format!("{} is on the gift card again by itself.", currency.format(Minor(gift))));
    }
    if let Some(external) = sum(TenderKind::External) {
        sentences.push(format!("Reverse {} on the terminal.", currency.format(Minor(external))));
    }
    sentences.join(" ")
}
