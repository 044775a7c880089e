//! What the screen shows, as plain data with every amount already written for people. The screen draws it and decides nothing.

use std::rc::Rc;

use crate::{
    bytes::Hash,
    card::{DeclinedPayment, risk::exposure},
    cart::{Cart, CartLine, Reckoned},
    catalogue::{Extra, Unit},
    config::Config,
    device::{DeviceAlert, RosterEntry},
    journal::Alert,
    ledger::{Figures, ShiftReport},
    money::{Currency, Milli, Minor},
    printer::Trouble,
    sale::{Discount, SaleLine, Totals},
    staff::Permission,
    stock::Mark,
    tender::TenderKind,
    till::{Change, Desk, Model, Phase, SignIn, Stage},
};

mod counter;
mod customer;
mod customers;
mod exchange;
mod gift;
mod history;
mod panel;
mod payment;
mod stock;

pub use counter::{ExtraView, LineAsks, VariantView};
pub use customer::{Bill, BillLine, CustomerView, Scene, customer};
pub use customers::{CustomerRow, CustomersView};
pub use exchange::ExchangeView;
use exchange::exchange_view;
use gift::cart_gifts;
pub use gift::{CartGiftView, GiftCardView, GiftState, GiftView, IssuedView, TipView};
use history::history_view;
pub use history::{HistoryView, OrderRow, OrderState, OrderView, RefundLineView, RefundView, clocks};
pub use panel::{MenuChoice, MenuItem, PanelContent, PanelView, ReaderView};
pub(crate) use payment::receipt_here;
pub use payment::{CardView, ReceiptView, TenderPart, TenderView, receipt_of};
use payment::{receipt_view, tender_view};
pub use stock::{ArticleView, CountView, CountedView};

/// The whole screen.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Always on screen.
    pub status: StatusLine,
    /// What fills the rest.
    pub screen: Screen,
    /// What is open over it. While it is, errors stand in it.
    pub panel: Option<PanelView>,
    /// Something was not printed: why. It stays until it was tried again or read, and keeps nobody from selling.
    pub print_trouble: Option<Trouble>,
    /// What else can be done here. Empty while nobody is signed in.
    pub menu: Vec<MenuItem>,
}

/// Online or not, what waits, what the person should know.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusLine {
    /// Did the server answer last time?
    pub online: bool,
    /// Entries that wait to be sent.
    pub unsent: u64,
    /// Age of the oldest of them, such as `5 min`.
    pub oldest: Option<String>,
    /// Who is signed in.
    pub staff: Option<String>,
    /// The till's name.
    pub till: Option<String>,
    /// What the person should know.
    pub alerts: Vec<DeviceAlert>,
    /// What somebody has to deal with. Empty while nobody is signed in.
    pub tasks: Vec<Task>,
    /// Card payments that the bank has not authorised, such as `3 card payments, €45.00, not yet authorised`.
    pub exposure: Option<String>,
}

/// Something that the till warns of until somebody has dealt with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name, as in `data-kind`.
    pub kind: &'static str,
    /// What happened and what to do.
    pub sentence: String,
    /// What it is answered with; nothing for one that ends by itself.
    pub answers: Option<Alert>,
}

/// What fills the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// The page has just opened.
    Starting,
    /// Nothing can be done here; the sentence says why.
    Closed {
        /// What to do.
        sentence: String,
    },
    /// Enrolment.
    Enrol {
        /// A request is on its way.
        busy: bool,
        /// What went wrong.
        error: Option<String>,
        /// It was a till before.
        keys_lost: bool,
    },
    /// Signing in.
    SignIn(SignInView),
    /// Opening a shift.
    OpenShift {
        /// May this person?
        allowed: bool,
        /// Being written.
        busy: bool,
        /// What went wrong.
        error: Option<String>,
    },
    /// Products and cart.
    Selling(SellingView),
    /// Payment.
    Tender(TenderView),
    /// Paid.
    Receipt(Box<ReceiptView>),
    /// The sales that the till holds.
    History(HistoryView),
    /// Counting the drawer.
    Count {
        /// What the drawer should hold, for those who may see it before they count.
        expected: Option<String>,
        /// Coins and notes, ascending.
        denominations: Vec<Money>,
        /// Being written.
        busy: bool,
        /// Unsent entries: closing is possible, and they are sent later.
        unsent: u64,
        /// What went wrong.
        error: Option<String>,
    },
    /// The Z report.
    Report(ReportView),
}

/// Signing in.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInView {
    /// The shop's name.
    pub shop: String,
    /// The till's name.
    pub till: String,
    /// Who may be chosen.
    pub roster: Vec<RosterEntry>,
    /// Who was chosen.
    pub chosen: Option<RosterEntry>,
    /// A PIN is being tried.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// Whole seconds until a PIN is taken again.
    pub wait_s: Option<u64>,
}

/// Products and cart.
#[derive(Clone, Debug)]
pub struct SellingView {
    /// The shop: products and categories, in order.
    pub config: Rc<Config>,
    /// The cart.
    pub lines: Vec<LineView>,
    /// Money for gift cards.
    pub gifts: Vec<CartGiftView>,
    /// The shop sells and takes gift cards.
    pub takes_gifts: bool,
    /// What is owed.
    pub total: Money,
    /// Tax in it or on top, such as `incl. €1.60 tax`.
    pub tax: String,
    /// Pieces in the cart, for the button of the bottom sheet.
    pub pieces: String,
    /// The orders that were put aside.
    pub parked: Vec<ParkedView>,
    /// The last change, where a person may want to undo it: what it was, and the name of the product that it is about. (What was
    /// added is undone on the line itself, or by the shortcut.)
    pub undo: Option<(Change, Option<String>)>,
    /// What is taken off the whole order, such as `−€5.00 loyal customer`.
    pub order_off: Option<String>,
    /// Whose the order is, where that is known.
    pub customer: Option<String>,
    /// What the order is called and its note, as far as there are any.
    pub words: Vec<String>,
    /// What comes back for it, in an exchange.
    pub exchange: Option<ExchangeView>,
    /// Its coupon's code, if there is one.
    pub coupon: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

impl PartialEq for SellingView {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.config, &other.config)
            && (&self.lines, &self.total, &self.tax, &self.parked, &self.undo, &self.error)
                == (&other.lines, &other.total, &other.tax, &other.parked, &other.undo, &other.error)
            && (&self.order_off, &self.words, &self.coupon, &self.gifts, &self.customer, &self.exchange)
                == (&other.order_off, &other.words, &other.coupon, &other.gifts, &other.customer, &other.exchange)
    }
}

/// An order that was put aside.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedView {
    /// When, milliseconds since 1970; the screen writes it in the tablet's own time zone.
    pub at_ms: i64,
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// How many pieces, such as `3 items`.
    pub pieces: String,
    /// What they come to.
    pub total: String,
}

/// An amount for a person and for a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// In minor units.
    pub minor: i64,
    /// As people write it.
    pub text: String,
}

/// A line of the cart.
#[derive(Clone, Debug, PartialEq)]
pub struct LineView {
    /// The product's key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// How many, or how much.
    pub qty: String,
    /// It is one piece.
    pub is_one: bool,
    /// What `qty` and `unit` are of, where not of pieces: `kg`.
    pub measure: Option<&'static str>,
    /// Price of one.
    pub unit: String,
    /// Price of all, before what is taken off the whole order.
    pub price: String,
    /// What was chosen with it, such as `oat milk +€0.50`.
    pub extras: Vec<String>,
    /// That there is not plenty of it.
    pub stock: Option<Mark>,
    /// What was said about it.
    pub note: Option<String>,
    /// What a promotion took off, such as `3 for 2: −€2.40`.
    pub promotion: Option<String>,
    /// What was taken off, such as `−10 % staff`.
    pub discount: Option<String>,
    /// The catalogue's price of one, where another was taken.
    pub list_unit: Option<String>,
}

/// An X or Z report, as label and value.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportView {
    /// When the shift was opened, milliseconds since 1970.
    pub opened_at_ms: i64,
    /// The rows.
    pub rows: Vec<(String, String)>,
    /// The difference between count and expectation; only a Z report has one.
    pub difference: Option<Money>,
    /// The chain's head with this report in it; only a Z report has one.
    pub head: Option<String>,
    /// Entries that still wait to be sent.
    pub unsent: u64,
}

/// Draws the model.
pub fn view(model: &Model) -> View {
    let mut status = StatusLine {
        online: model.status.online,
        unsent: model.status.unsent,
        oldest: model.status.oldest_ms.map(|at| age(model.now_ms.saturating_sub(at))),
        staff: None,
        till: None,
        alerts: model.status.alerts.clone(),
        tasks: Vec::new(),
        exposure: None,
    };
    let (mut panel, mut menu, mut print_trouble) = (None, Vec::new(), None);
    let screen = match &model.phase {
        Phase::Starting => Screen::Starting,
        Phase::Unusable(why) => Screen::Closed { sentence: why.to_string() },
        Phase::SecondTab => Screen::Closed { sentence: DeviceAlert::SecondTab.sentence() },
        Phase::Enrolling { busy, error, keys_lost } => {
            Screen::Enrol { busy: *busy, error: error.as_ref().map(ToString::to_string), keys_lost: *keys_lost }
        }
        Phase::Locked(sign_in) => {
            status.till = Some(sign_in.info.till_name.clone());
            Screen::SignIn(sign_in_view(sign_in, model.now_ms))
        }
        Phase::Unlocked(desk) => {
            status.staff = Some(desk.staff.name.clone());
            status.till = Some(desk.config.till_name.clone());
            status.tasks = tasks(desk);
            status.exposure = exposure(&desk.ledger.open_cards, &desk.config.currency);
            panel = panel::panel_view(desk, model.status.unsent, model.now_ms);
            menu = panel::menu(desk);
            print_trouble = desk.printing.trouble;
            desk_screen(desk, model.status.unsent)
        }
    };
    View { status, screen, panel, print_trouble, menu }
}

fn tasks(desk: &Desk) -> Vec<Task> {
    let currency = &desk.config.currency;
    let declined = desk.ledger.declined.iter().map(|DeclinedPayment { payment, reason }| Task {
        kind: "card-declined",
        sentence: format!(
            "The bank declined {} of sale {}, {} ({reason}). Ask the customer for another payment, or note the loss.",
            currency.format(payment.amount),
            payment.sale,
            payment.card
        ),
        answers: Some(Alert::CardDeclined(payment.payment)),
    });
    let wrong = desk.ledger.wrong_readers.iter().map(|reader| Task {
        kind: "wrong-reader",
        sentence: format!("{} does not belong to this till: perhaps somebody has swapped it. Do not use it.", reader.words()),
        answers: Some(Alert::WrongReader(reader.clone())),
    });
    let clear = desk.ledger.readers.iter().filter(|reader| reader.clear).map(|reader| Task {
        kind: "clear-reader",
        sentence: format!("{} sends card numbers in clear over its cable. Replace it by one that encrypts.", reader.words()),
        answers: None,
    });
    let overdrawn = desk.ledger.overdrawn.iter().map(|found| Task {
        kind: "gift-overdrawn",
        sentence: format!(
            "More was spent of gift card ····{} than was on it: {} too much, found with sale {}. Ask the customer for another payment, \
             or note the loss.",
            found.last4,
            currency.format(found.over),
            found.sale
        ),
        answers: Some(Alert::GiftOverdrawn(found.clone())),
    });
    declined.chain(overdrawn).chain(wrong).chain(clear).collect()
}

/// A span of time as people say it, in its largest whole unit.
fn age(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match minutes {
        0 => "just now".into(),
        1..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

fn sign_in_view(sign_in: &SignIn, now_ms: i64) -> SignInView {
    let wait_s = sign_in.wait_until_ms.and_then(|until| u64::try_from((until - now_ms + 999) / 1000).ok()).filter(|s| *s > 0);
    SignInView {
        shop: sign_in.info.shop_name.clone(),
        till: sign_in.info.till_name.clone(),
        chosen: sign_in.info.roster.iter().find(|entry| Some(entry.id) == sign_in.chosen).cloned(),
        roster: sign_in.info.roster.clone(),
        busy: sign_in.busy,
        // A wait that is over is no error any more.
        error: sign_in.error.clone().filter(|_| sign_in.wait_until_ms.is_none() || wait_s.is_some()),
        wait_s,
    }
}

/// A Z report as it is shown and printed.
pub(crate) fn z_report(report: &ShiftReport, head: Hash, desk: &Desk, unsent: u64) -> ReportView {
    ReportView {
        difference: Some(money(&desk.config.currency, report.difference)),
        head: Some(head.to_string()),
        ..report_view(report, desk, Drawer::Counted, unsent)
    }
}

/// An X report as the person who works here may see it.
pub(crate) fn x_report(report: &ShiftReport, desk: &Desk, unsent: u64) -> ReportView {
    let drawer = if desk.powers().has(Permission::SeeExpectedCash) { Drawer::Expected } else { Drawer::Hidden };
    report_view(report, desk, drawer, unsent)
}

fn desk_screen(desk: &Desk, unsent: u64) -> Screen {
    let currency = &desk.config.currency;
    let error = desk.error.clone().filter(|_| desk.panel.is_none());
    match &desk.stage {
        Stage::NoShift => Screen::OpenShift { allowed: desk.powers().has(Permission::OpenShift), busy: desk.busy(), error },
        Stage::Selling(cart) => {
            let Reckoned { lines, totals, discount } = cart.reckon_order(&desk.config).unwrap_or_default();
            Screen::Selling(SellingView {
                config: Rc::clone(&desk.config),
                order_off: discount.map(|discount| taken_off(&discount, currency)),
                customer: customers::name_of(cart.customer(), desk),
                words: cart.name().into_iter().chain(cart.note()).map(str::to_owned).collect(),
                exchange: cart.exchange().and_then(|back| exchange_view(back, totals.gross, desk)),
                coupon: cart.coupon().map(str::to_owned),
                lines: {
                    let marks = stock::marks(cart.lines(), &desk.shelf);
                    lines.iter().zip(marks).map(|(line, stock)| LineView { stock, ..line_view(line, currency) }).collect()
                },
                gifts: cart_gifts(desk),
                takes_gifts: desk.config.gifts.is_some(),
                total: money(currency, Minor(totals.gross.0.saturating_add(cart.gifts_sum().0))),
                tax: tax_words(&totals, desk),
                pieces: pieces(cart),
                parked: desk
                    .parked
                    .iter()
                    .map(|parked| {
                        let goods = parked.cart.reckon(&desk.config).map(|(_, totals)| totals.gross).unwrap_or_default();
                        let total = Minor(goods.0.saturating_add(parked.cart.gifts_sum().0));
                        ParkedView {
                            at_ms: parked.at_ms,
                            name: parked.cart.name().map(str::to_owned),
                            pieces: pieces(&parked.cart),
                            total: currency.format(total),
                        }
                    })
                    .collect(),
                undo: desk
                    .undo
                    .as_ref()
                    .map(|undo| undo.what(cart))
                    .filter(|(change, _)| !matches!(change, Change::Added | Change::Quantity)),
                error,
            })
        }
        Stage::Tendering(tendering) => Screen::Tender(tender_view(tendering, desk, error)),
        Stage::Receipt(paid) => Screen::Receipt(Box::new(receipt_view(paid, desk, error))),
        Stage::History(history) => Screen::History(history_view(history, desk, error)),
        Stage::Counting(_) => {
            let expected = desk.ledger.shift.as_ref().and_then(|shift| shift.expected_cash().ok());
            let may_see = desk.powers().has(Permission::SeeExpectedCash) && !desk.config.rules.blind_count;
            Screen::Count {
                expected: expected.filter(|_| may_see).map(|amount| currency.format(amount)),
                denominations: currency.denominations().into_iter().map(|value| money(currency, value)).collect(),
                busy: desk.busy(),
                unsent,
                error,
            }
        }
        Stage::Report(report, head) => Screen::Report(z_report(report, *head, desk, unsent)),
    }
}

fn money(currency: &Currency, amount: Minor) -> Money {
    Money { minor: amount.0, text: currency.format(amount) }
}

fn pieces(cart: &Cart) -> String {
    let of = |line: &CartLine| if line.product.details.unit.is_some() { 1 } else { line.qty.0.div_euclid(1000).max(1) };
    let gifts = i64::try_from(cart.gifts().len()).unwrap_or(i64::MAX);
    let whole: i64 = cart.lines().iter().map(of).fold(gifts, i64::saturating_add);
    if whole == 1 { "1 item".into() } else { format!("{whole} items") }
}

fn tax_words(totals: &Totals, desk: &Desk) -> String {
    let tax = desk.config.currency.format(totals.tax);
    match desk.config.tax_mode {
        crate::tax::TaxMode::Inclusive => format!("incl. {tax} tax"),
        crate::tax::TaxMode::Exclusive => format!("{} + {tax} tax", desk.config.currency.format(totals.net)),
    }
}

fn line_view(line: &SaleLine, currency: &Currency) -> LineView {
    let extra = |extra: &Extra| match extra.price {
        Minor(0) => extra.name.clone(),
        price => format!("{} +{}", extra.name, currency.format(price)),
    };
    LineView {
        sku: line.sku.clone(),
        name: line.name.clone(),
        qty: currency.quantity(line.qty),
        is_one: line.qty == Milli::ONE,
        measure: line.measure.map(Unit::sign),
        unit: currency.format(line.unit),
        price: currency.format(Minor(line.price.0.saturating_add(line.order_off.0))),
        extras: line.extras.iter().map(extra).collect(),
        stock: None,
        note: line.note.clone(),
        promotion: line.promotion.as_ref().map(|taken| format!("{}: −{}", taken.name, currency.format(taken.amount))),
        discount: line.discount.as_ref().map(|discount| match discount.by_amount {
            true => taken_off(discount, currency),
            false => format!("−{} {}", currency.percent(discount.rate), discount.reason),
        }),
        list_unit: line.list_unit.map(|unit| currency.format(unit)),
    }
}

/// A discount as an amount, with the part where one was agreed, and the reason.
fn taken_off(discount: &Discount, currency: &Currency) -> String {
    let amount = currency.format(discount.amount);
    if discount.by_amount {
        return format!("−{amount} {}", discount.reason);
    }
    format!("−{amount} ({}) {}", currency.percent(discount.rate), discount.reason)
}

/// What a report says about the drawer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawer {
    /// Nothing: the person may not see it.
    Hidden,
    /// What it should hold.
    Expected,
    /// That, and what was counted.
    Counted,
}

fn report_view(report: &ShiftReport, desk: &Desk, drawer: Drawer, unsent: u64) -> ReportView {
    let currency = &desk.config.currency;
    let Figures { sales, net, gross, rounding, taxes, discounts, voids, voided, cash_in, cash_out, no_sales, refunds, .. } =
        &report.figures;
    let money = |amount: Minor| currency.format(amount);
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut row = |label: &str, value: String| rows.push((label.to_owned(), value));
    row("Sales", sales.to_string());
    row("Gross", money(*gross));
    row("Net", money(*net));
    for tax in taxes {
        row(&format!("Tax {} on {}", tax.code, money(tax.net)), money(tax.tax));
    }
    if rounding.0 != 0 {
        row("Cash rounding", money(*rounding));
    }
    if report.figures.gifts_sold.0 != 0 {
        row("Gift cards sold (no turnover)", money(report.figures.gifts_sold));
    }
    if report.figures.tips.0 != 0 {
        row("Tips (no turnover)", money(report.figures.tips));
    }
    for (kind, sum) in report.figures.tenders.iter().filter(|(kind, _)| *kind != TenderKind::Cash) {
        let label = if *kind == TenderKind::GiftCard { "Gift cards redeemed" } else { kind.words() };
        row(label, money(*sum));
    }
    if let Some(open) = exposure(&desk.ledger.open_cards, currency) {
        row("Open at the bank", open);
    }
    row("Discounts given", money(*discounts));
    row("Voided sales", format!("{voids} · {}", money(*voided)));
    row("Refunds", format!("{} · {}", refunds.count, money(refunds.sum())));
    for tax in &refunds.taxes {
        row(&format!("  Tax {} on {} refunded", tax.code, money(tax.net)), money(tax.tax));
    }
    for (kind, sum) in refunds.tenders.iter().filter(|(kind, _)| *kind != TenderKind::Cash) {
        let label = match kind {
            TenderKind::GiftCard => "  Refunded onto gift cards".to_owned(),
            kind => format!("  Refunded by {}", kind.words().to_lowercase()),
        };
        row(&label, money(*sum));
    }
    row("Drawer opened without a sale", no_sales.to_string());
    if drawer != Drawer::Hidden {
        row("Float", money(report.float));
        row("Cash taken", money(report.figures.cash()));
        if refunds.cash().0 != 0 {
            row("Cash refunded", money(refunds.cash()));
        }
        row("Cash put in", money(*cash_in));
        row("Cash taken out", money(*cash_out));
        row("Expected in the drawer", money(report.expected));
    }
    if drawer == Drawer::Counted {
        row("Counted", money(report.counted));
        for (value, count) in &report.pieces {
            row(&format!("  {count} × {}", money(*value)), money(Minor(value.0.saturating_mul(i64::from(*count)))));
        }
    }
    row("Grand total (never resets)", money(report.turnover));
    row("Journal entries", format!("{}–{}", report.from, report.to));
    ReportView { opened_at_ms: report.opened_at_ms, rows, difference: None, head: None, unsent }
}
