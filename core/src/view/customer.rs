//! What the customer sees on a screen of their own: what is being bought, what is to be paid, the change, and thanks.
//!
//! Invariant: nothing of staff stands in it, nothing of the network, of a card, or of why something was taken off.

use super::{
    ExchangeView,
    exchange::{exchange_view, exchanged_view},
    money,
    payment::tender_view,
};
use crate::{
    cart::{Cart, Reckoned},
    catalogue::Unit,
    exchange::paid_by_return,
    ledger::Paid,
    money::{Currency, Minor},
    sale::{Discount, SaleLine, Totals},
    tax::TaxMode,
    tender::TenderKind,
    till::{Desk, Model, Phase, Stage},
};

/// The customer's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerView {
    /// The shop's name.
    pub shop: String,
    /// What is going on.
    pub scene: Scene,
}

/// What is going on at the till, as far as it is the customer's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Nothing: the next customer may come.
    Idle,
    /// An order is being taken.
    Order(Bill),
    /// It is being paid.
    Pay {
        /// The order.
        bill: Bill,
        /// What it comes to, after cash rounding; in an exchange, less what came back.
        due: String,
        /// What was handed over so far.
        given: Option<String>,
        /// What is still missing.
        remaining: String,
        /// What comes back.
        change: Option<String>,
    },
    /// It is paid, on both disks.
    Thanks {
        /// How much was paid; nothing in an exchange that gave something back.
        paid: Option<String>,
        /// What comes back, if anything.
        change: Option<String>,
        /// What an exchange gave back.
        get_back: Option<String>,
    },
}

/// An order as a customer reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Its lines, oldest first.
    pub lines: Vec<BillLine>,
    /// What comes back for it, in an exchange: what, and what it is worth.
    pub back: Vec<(String, String)>,
    /// What is taken off the whole, such as `−€3.00`.
    pub off: Option<String>,
    /// What is put on gift cards with it.
    pub gifts: Option<String>,
    /// The tip.
    pub tip: Option<String>,
    /// What it comes to, without what comes back and without the tip.
    pub total: String,
    /// In an exchange, what is still to be paid.
    pub to_pay: Option<String>,
    /// In an exchange, what the customer gets back instead.
    pub get_back: Option<String>,
    /// Tax, and whether the total has it in it already.
    pub tax: String,
    /// Is the tax part of the prices? Else it was added to them.
    pub tax_included: bool,
}

/// A line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillLine {
    /// How many, or how much, with its unit.
    pub qty: String,
    /// What.
    pub name: String,
    /// What was chosen with it, and what was taken off.
    pub under: Vec<String>,
    /// What it comes to.
    pub price: String,
}

/// What the customer sees of `model`; nothing while this page is no till.
pub fn customer(model: &Model) -> Option<CustomerView> {
    match &model.phase {
        Phase::Locked(sign_in) => Some(CustomerView { shop: sign_in.info.shop_name.clone(), scene: Scene::Idle }),
        Phase::Unlocked(desk) => Some(CustomerView { shop: desk.config.shop_name.clone(), scene: scene(desk) }),
        Phase::Starting | Phase::Unusable(_) | Phase::SecondTab | Phase::Enrolling { .. } => None,
    }
}

fn scene(desk: &Desk) -> Scene {
    let currency = &desk.config.currency;
    match &desk.stage {
        Stage::Selling(cart) if !cart.is_empty() => cart.reckon_order(&desk.config).map_or(Scene::Idle, |order| {
            let exchange = cart.exchange().and_then(|back| exchange_view(back, order.totals.gross, desk));
            Scene::Order(bill(&order, cart, exchange, desk))
        }),
        Stage::Tendering(tendering) => {
            let shown = tender_view(tendering, desk, None);
            let paid = tendering.tenders.iter().filter(|tender| tender.kind != TenderKind::Exchange);
            let given = paid.map(|tender| tender.amount.0);
            let given = given.chain(tendering.cash.map(|cash| cash.0)).fold(0, i64::saturating_add);
            Scene::Pay {
                bill: Bill {
                    tip: some(tendering.tip, currency),
                    ..tendering
                        .cart
                        .reckon_order(&desk.config)
                        .map(|order| bill(&order, &tendering.cart, shown.exchange, desk))
                        .unwrap_or_default()
                },
                due: shown.due.text,
                given: (given > 0).then(|| money(currency, Minor(given)).text),
                remaining: shown.remaining.text,
                change: shown.change.map(|change| change.text),
            }
        }
        Stage::Receipt(paid) if !paid.voided => thanks(paid, currency),
        _ => Scene::Idle,
    }
}

fn thanks(paid: &Paid, currency: &Currency) -> Scene {
    let due = paid.sale.due().unwrap_or(paid.sale.totals.gross);
    let set_off = paid_by_return(&paid.sale).unwrap_or_default();
    let back = paid.exchanged.as_deref().map(|refund| exchanged_view(refund, paid.sale.totals.gross, currency));
    let get_back = back.filter(|back| back.difference.minor < 0).map(|back| back.amount);
    Scene::Thanks {
        paid: get_back.is_none().then(|| currency.format(Minor(due.0.saturating_sub(set_off.0)))),
        change: some(paid.sale.change(), currency),
        get_back,
    }
}

/// Nothing for nothing.
fn some(amount: Minor, currency: &Currency) -> Option<String> {
    (amount.0 > 0).then(|| currency.format(amount))
}

fn bill(order: &Reckoned, cart: &Cart, exchange: Option<ExchangeView>, desk: &Desk) -> Bill {
    let currency = &desk.config.currency;
    let Totals { gross, tax, .. } = &order.totals;
    let amount = |of: fn(i64) -> bool| exchange.as_ref().filter(|back| of(back.difference.minor)).map(|back| back.amount.clone());
    Bill {
        to_pay: amount(|difference| difference >= 0),
        get_back: amount(|difference| difference < 0),
        gifts: some(cart.gifts_sum(), currency),
        tip: None,
        lines: order.lines.iter().map(|line| bill_line(line, currency)).collect(),
        off: order.discount.as_ref().map(|off| format!("−{}", currency.format(off.amount))),
        total: currency.format(Minor(gross.0.saturating_add(cart.gifts_sum().0))),
        tax: currency.format(*tax),
        tax_included: desk.config.tax_mode == TaxMode::Inclusive,
        back: exchange.map(|back| back.lines.into_iter().map(|(what, worth)| (what, worth.text)).collect()).unwrap_or_default(),
    }
}

fn bill_line(line: &SaleLine, currency: &Currency) -> BillLine {
    let extras = line.extras.iter().map(|extra| match extra.price {
        Minor(0) => extra.name.clone(),
        price => format!("{} +{}", extra.name, currency.format(price)),
    });
    let promotion = line.promotion.as_ref().map(|taken| format!("{} −{}", taken.name, currency.format(taken.amount)));
    // Why, is between the shop and its staff.
    let discount = line.discount.as_ref().map(|Discount { rate, amount, by_amount, .. }| match by_amount {
        true => format!("−{}", currency.format(*amount)),
        false => format!("−{}", currency.percent(*rate)),
    });
    BillLine {
        qty: match line.measure.map(Unit::sign) {
            Some(unit) => format!("{} {unit}", currency.quantity(line.qty)),
            None => currency.quantity(line.qty),
        },
        name: line.name.clone(),
        under: extras.chain(promotion).chain(discount).collect(),
        price: currency.format(Minor(line.price.0.saturating_add(line.order_off.0))),
    }
}
