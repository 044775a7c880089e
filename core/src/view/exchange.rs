//! An exchange as the screen shows it: what comes back, and the difference.

use super::{Money, history::sentences, money};
use crate::{
    exchange::Return,
    money::{Currency, Minor},
    refund::{GivenBack, Refund},
    tender::TenderKind,
    till::{Desk, Tendering, difference},
};

/// What comes back for the order in the cart.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeView {
    /// Of which sale, `till-epoch-seq`.
    pub of: String,
    /// What, each with what it is worth.
    pub lines: Vec<(String, Money)>,
    /// All of it together.
    pub worth: Money,
    /// What is to be paid; negative: to be given back.
    pub difference: Money,
    /// The same without its sign.
    pub amount: String,
    /// For whoever gives it back: what is to be done, one sentence for each means.
    pub then: Vec<String>,
    /// For the receipt: what was given back, by which means.
    pub given: Vec<(String, Money)>,
}

/// Of an order that comes to `gross`.
pub(super) fn exchange_view(back: &Return, gross: Minor, desk: &Desk) -> Option<ExchangeView> {
    let worth = back.worth(&desk.config.currency).ok()?;
    // As it would be written now; where nothing was taken for it yet, as if all of it were.
    let credit = if gross.0 > 0 { worth.min(gross) } else { worth };
    let refund = back.refund(credit, &desk.config.currency, Minor::ZERO).ok()?;
    Some(view_of(&refund, worth, gross, &desk.config.currency))
}

/// Of an order that is being paid.
pub(super) fn tendering_view(tendering: &Tendering, desk: &Desk) -> Option<ExchangeView> {
    let back = tendering.cart.exchange()?;
    let gross = tendering.totals.gross;
    let worth = back.worth(&desk.config.currency).ok()?;
    let refund = back.refund(worth.min(gross), &desk.config.currency, Minor::ZERO).ok()?;
    let then = given(&refund, back, desk);
    Some(ExchangeView { then, ..view_of(&refund, worth, gross, &desk.config.currency) })
}

/// Of a sale that was paid.
pub(super) fn exchanged_view(refund: &Refund, gross: Minor, currency: &Currency) -> ExchangeView {
    let parts = || refund.tenders.iter().filter(|part| part.kind != TenderKind::Exchange);
    let given = parts().map(|part| (given_words(part), money(currency, part.amount))).collect();
    ExchangeView { then: sentences(parts(), None, currency), given, ..view_of(refund, refund.totals.gross, gross, currency) }
}

/// By which means something was given back, as the customer reads it.
fn given_words(part: &GivenBack) -> String {
    let last4 = part.gift.as_ref().map(|gift| gift.last4.as_str()).unwrap_or_default();
    match part.kind {
        TenderKind::Cash => "Given back in cash".to_owned(),
        TenderKind::GiftCard if part.is_credit() => format!("Given as store credit ····{last4}"),
        TenderKind::GiftCard => format!("Given back on gift card ····{last4}"),
        TenderKind::Card | TenderKind::External | TenderKind::Exchange => "Given back to the card".to_owned(),
    }
}

fn given(refund: &Refund, back: &Return, desk: &Desk) -> Vec<String> {
    let parts = refund.tenders.iter().filter(|part| part.kind != TenderKind::Exchange);
    sentences(parts, Some(&back.paid.sale), &desk.config.currency)
}

fn view_of(refund: &Refund, worth: Minor, gross: Minor, currency: &Currency) -> ExchangeView {
    let line = |line: &crate::refund::RefundLine| {
        (format!("{} × {}", line.qty, line.sold.name), money(currency, Minor(line.gross.0.saturating_neg())))
    };
    // Cash that goes back is rounded; what is still to be paid is not known to be cash yet.
    let difference = match difference(worth, gross) {
        back if back.0 < 0 => Minor(back.0.saturating_sub(refund.rounding.0)),
        due => due,
    };
    ExchangeView {
        of: refund.of.to_string(),
        lines: refund.lines.iter().map(line).collect(),
        worth: money(currency, worth),
        difference: money(currency, difference),
        amount: currency.format(Minor(difference.0.saturating_abs())),
        then: Vec::new(),
        given: Vec::new(),
    }
}
