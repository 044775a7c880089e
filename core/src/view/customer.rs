//! What the customer sees on a screen of their own: what is being bought, what is to be paid, the change, and thanks.
//!
//! Invariant: nothing of staff stands in it, nothing of the network, of a card, or of why something was taken off.

use super::{money, payment::tender_view};
use crate::{
    cart::Reckoned,
    catalogue::Unit,
    money::{Currency, Minor},
    sale::{Discount, SaleLine, Totals},
    tax::TaxMode,
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
        /// What it comes to, after cash rounding.
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
        /// How much was paid.
        paid: String,
        /// What comes back, if anything.
        change: Option<String>,
    },
}

/// An order as a customer reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Its lines, oldest first.
    pub lines: Vec<BillLine>,
    /// What is taken off the whole, such as `−€3.00`.
    pub off: Option<String>,
    /// What it comes to.
    pub total: String,
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
        Stage::Selling(cart) if !cart.is_empty() => {
            cart.reckon_order(&desk.config).map_or(Scene::Idle, |order| Scene::Order(bill(&order, desk)))
        }
        Stage::Tendering(tendering) => {
            let shown = tender_view(tendering, desk, None);
            let given = tendering.tenders.iter().map(|tender| tender.amount.0);
            let given = given.chain(tendering.cash.map(|cash| cash.0)).fold(0, i64::saturating_add);
            Scene::Pay {
                bill: tendering.cart.reckon_order(&desk.config).map(|order| bill(&order, desk)).unwrap_or_default(),
                due: shown.due.text,
                given: (given > 0).then(|| money(currency, Minor(given)).text),
                remaining: shown.remaining.text,
                change: shown.change.map(|change| change.text),
            }
        }
        Stage::Receipt(paid) if !paid.voided => Scene::Thanks {
            paid: currency.format(paid.sale.due().unwrap_or(paid.sale.totals.gross)),
            change: Some(paid.sale.change()).filter(|change| change.0 > 0).map(|change| currency.format(change)),
        },
        _ => Scene::Idle,
    }
}

fn bill(order: &Reckoned, desk: &Desk) -> Bill {
    let currency = &desk.config.currency;
    let Totals { gross, tax, .. } = &order.totals;
    Bill {
        lines: order.lines.iter().map(|line| bill_line(line, currency)).collect(),
        off: order.discount.as_ref().map(|off| format!("−{}", currency.format(off.amount))),
        total: currency.format(*gross),
        tax: currency.format(*tax),
        tax_included: desk.config.tax_mode == TaxMode::Inclusive,
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
