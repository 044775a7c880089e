//! What each command needs, and what it is called when somebody else has to approve it.

use super::{CardStep, Desk, Event, Form, Stage, turn::order_off, undo};
use crate::{
    card::risk,
    cart::{Cart, CartLine, Measure, both},
    catalogue::Product,
    ledger::Paid,
    money::{Currency, Milli, Minor, as_ascii},
    proof,
    reason::Reason,
    refund::Refund,
    staff::{Need, Permission},
    tax::Ppm,
};

impl Event {
    /// What this command needs, at this desk. What the device reports, and what only looks at what everybody may see, needs
    /// nothing. A command that needs two things names the greater one last.
    pub(super) fn needs(&self, desk: &Desk) -> Vec<Need> {
        use Permission::*;
        let one = |permission| vec![Need::Permission(permission)];
        match self {
            Event::Scanned(code) if proof::text::is_code(code) => one(Sell),
            Event::ProductTapped(_) | Event::Scanned(_) | Event::LineAsked { .. } => more(desk),
            Event::UndoPressed => undo::needs(desk),
            Event::ParkPressed
            | Event::ParkedChosen(_)
            | Event::ParkedMerged(_)
            | Event::SplitSubmitted(_)
            | Event::OrderNoted { .. }
            | Event::ChargePressed
            | Event::CashGiven(_)
            | Event::CashTyped(_)
            | Event::TipTyped(_)
            | Event::TipChosen(_)
            | Event::PartTyped(_)
            | Event::GiftPressed
            | Event::GiftCodeSubmitted(_)
            | Event::GiftSold { .. }
            | Event::GiftLoaded { .. }
            | Event::CartGiftRemoved(_)
            | Event::GiftRedeemed { .. }
            | Event::CardPressed { .. }
            | Event::ExternalSubmitted { .. }
            | Event::TenderRemoved(_)
            | Event::OrdersPressed
            | Event::OrderChosen(_)
            | Event::RefundPressed
            | Event::RefundAllChosen(_)
            | Event::RefundQtyTyped { .. }
            | Event::RefundQtyStepped { .. }
            | Event::RefundOffShelf(_)
            | Event::FormOpened(Form::Customer)
            | Event::CustomerChosen(_)
            | Event::CustomerSubmitted(_)
            | Event::ExchangeLeft => one(Sell),
            Event::StockCounted { .. } => one(CountStock),
            Event::RefundSubmitted(_) | Event::ExchangeSubmitted(_) => {
                vec![Need::Permission(Sell), Need::Refund(given_back_with_this(desk))]
            }
            Event::CreditSubmitted { .. } => {
                vec![Need::Permission(Sell), Need::Credit(given_back_with_this(desk))]
            }
            Event::TenderConfirmed => match &desk.stage {
                Stage::Tendering(tendering) if matches!(&tendering.card, CardStep::Seen { concerns, .. } if !concerns.is_empty()) =>
                {
                    vec![Need::Permission(Sell), Need::Permission(AcceptOfflineCard)]
                }
                _ => one(Sell),
            },
            Event::ReaderConnectPressed => one(ConnectReader),
            // A printer without paper at ten in the evening is the cashier's to deal with.
            Event::PrinterSet(_) | Event::PrinterConnectPressed(_) | Event::TestPrintPressed | Event::MailSubmitted { .. } => {
                one(Sell)
            }
            Event::PrintPressed if desk.shown_sale().is_some() && desk.panel.is_none() => one(Sell),
            Event::ScannerConnectPressed => one(Sell),
            Event::AlertAnswered { .. } | Event::FormOpened(Form::Alert(_)) => one(AnswerAlerts),
            Event::LineRemoved(_) => vec![Need::Permission(Sell), Need::Permission(VoidLine)],
            Event::QtyTyped { line, qty } => more_of(desk, *line, desk.typed_qty(*line, qty)),
            Event::QtyStepped { line, pieces } => {
                let qty = cart_line(desk, *line).map(|line| Milli(line.qty.0.saturating_add(Milli::pieces(*pieces).0)));
                match qty {
                    Some(qty) if qty.0 <= 0 => vec![Need::Permission(Sell), Need::Permission(VoidLine)],
                    qty => more_of(desk, *line, qty),
                }
            }
            Event::DiscountSubmitted { percent, .. } => {
                // What cannot be read is refused as such, later.
                discount(Ppm::parse_percent(percent).unwrap_or_default(), order_rate(desk))
            }
            Event::AmountOffSubmitted { line, amount, .. } => {
                let of = desk.cart().and_then(|cart| cart.before_discount(*line, &desk.config).ok()).unwrap_or_default();
                let amount = desk.config.currency.parse(amount).unwrap_or_default();
                discount(Measure::Amount { amount, of }.rate(), order_rate(desk))
            }
            Event::OrderDiscountSubmitted { by_amount, off, .. } => {
                // What cannot be read is refused as such, later.
                let off = order_off(desk, *by_amount, off, "asked").ok().flatten().map(|off| off.measure.rate());
                let dearest = desk.cart().and_then(|cart| cart.lines().iter().map(CartLine::rate_off).max());
                discount(dearest.unwrap_or_default(), off.unwrap_or_default())
            }
            // Its price is asked anyway.
            Event::PriceSubmitted { line, .. } if cart_line(desk, *line).is_some_and(|line| line.product.details.open_price) => {
                dearer(desk, *line)
            }
            Event::LineNoted { line, .. } => dearer(desk, *line),
            Event::PriceSubmitted { .. } => vec![Need::Permission(Sell), Need::Permission(PriceOverride)],
            Event::VoidSubmitted(_) => one(VoidSale),
            Event::CashSubmitted { .. } => one(MoveCash),
            Event::NoSaleSubmitted(_) => one(NoSale),
            Event::ShiftOpenSubmitted(_) => one(OpenShift),
            Event::ShiftClosePressed => one(CloseShift),
            Event::CountSubmitted(count) => match difference(desk, count) {
                Some(difference) if difference > desk.config.rules.difference_max.0 => {
                    vec![Need::Permission(CloseShift), Need::Permission(AcceptDifference)]
                }
                _ => one(CloseShift),
            },
            Event::XReportPressed => one(SeeReports),
            Event::AuditPressed | Event::AuditFiltered(_) => one(SeeAudit),
            Event::LockOutEndPressed(_) | Event::FormOpened(Form::People) => one(EndLockout),
            _ => Vec::new(),
        }
    }

    /// What it would do, as the person who is to approve it reads it, and the journal keeps it; amounts in the style of `currency`.
    pub(super) fn words(&self, desk: &Desk, currency: &Currency) -> String {
        let line = |index: usize| cart_line(desk, index).map_or_else(|| "a line".to_owned(), |line| line.product.title());
        let typed = &desk.config.currency;
        let amount = |text: &str| typed.parse(text).map_or_else(|_| text.trim().to_owned(), |amount| currency.format(amount));
        let percent =
            |text: &str| Ppm::parse_percent(text).map_or_else(|_| text.trim().to_owned(), |rate| currency.percent(rate));
        match self {
            Event::LineRemoved(index) => format!("Take {} out of the order", line(*index)),
            Event::QtyTyped { line: index, qty } => format!("{} × {}", as_ascii(qty).trim(), line(*index)),
            Event::QtyStepped { line: index, pieces } => format!("{pieces:+} × {}", line(*index)),
            Event::DiscountSubmitted { line: index, percent: rate, reason } => {
                format!("{} off {} ({})", percent(rate), line(*index), reason.trim())
            }
            Event::AmountOffSubmitted { line: index, amount: off, reason } => {
                format!("{} off {} ({})", amount(off), line(*index), reason.trim())
            }
            Event::OrderDiscountSubmitted { by_amount, off, reason } => {
                let off = if *by_amount { amount(off) } else { percent(off) };
                format!("{off} off the whole order ({})", reason.trim())
            }
            Event::PriceSubmitted { line: index, price } => format!("A price of {} for {}", amount(price), line(*index)),
            Event::VoidSubmitted(reason) => match &desk.stage {
                Stage::History(history) => match history.paid() {
                    Some(paid) => format!("Void sale {} ({})", paid.id, reason.trim()),
                    None => "Void a sale".to_owned(),
                },
                _ => format!("Void the sale ({})", reason.trim()),
            },
            Event::RefundSubmitted(reason) => refund_words(desk, reason, currency, false),
            Event::ExchangeSubmitted(reason) => refund_words(desk, reason, currency, true),
            Event::CreditSubmitted { reason, .. } => {
                format!("{} (as store credit)", refund_words(desk, reason, currency, false))
            }
            Event::CashSubmitted { out, amount: text, reason } => {
                let (amount, reason) = (amount(text), reason.trim());
                if *out { format!("Cash out {amount} ({reason})") } else { format!("Cash in {amount} ({reason})") }
            }
            Event::StockCounted { sku, counted } => {
                let name = desk.config.product(sku).map_or_else(|| sku.clone(), Product::title);
                format!("Count {} of {name}", counted.trim())
            }
            Event::NoSaleSubmitted(reason) => format!("Open the drawer ({})", reason.trim()),
            Event::TenderConfirmed => match &desk.stage {
                Stage::Tendering(tendering) => match &tendering.card {
                    CardStep::Seen { card, concerns } => {
                        let concerns = risk::sentences(concerns);
                        format!("Take {} for {}. {concerns}", card.brand.with(&card.last4), currency.format(card.amount))
                    }
                    _ => "Take the payment".to_owned(),
                },
                _ => "Take the payment".to_owned(),
            },
            Event::CountSubmitted(_) => "Close the shift with a cash difference".to_owned(),
            _ => {
                let need = self.needs(desk).last().map(|need| need.permission().words());
                let words = need.unwrap_or("do this");
                let mut letters = words.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
            }
        }
    }
}

fn cart_line(desk: &Desk, index: usize) -> Option<&crate::cart::CartLine> {
    desk.cart().and_then(|cart| cart.lines().get(index))
}

/// The part that is taken off the whole order now.
fn order_rate(desk: &Desk) -> Ppm {
    desk.cart().and_then(Cart::order_off).map(|off| off.measure.rate()).unwrap_or_default()
}

/// What taking `line` off a line and `order` off the whole needs, as one part.
fn discount(line: Ppm, order: Ppm) -> Vec<Need> {
    vec![Need::Permission(Permission::Sell), Need::Discount(both(line, order))]
}

/// More in an order of which a part is taken off needs what that part needed: who approved it for these goods did not approve it
/// for others. (An amount stays what it is.)
fn more(desk: &Desk) -> Vec<Need> {
    let off = desk.cart().and_then(Cart::order_off).filter(|off| matches!(off.measure, Measure::Rate(_)));
    [Need::Permission(Permission::Sell)].into_iter().chain(off.map(|off| Need::Discount(off.measure.rate()))).collect()
}

/// What makes a line dearer of which a part is taken off needs what that part needed.
fn dearer(desk: &Desk, index: usize) -> Vec<Need> {
    let rate = desk.cart().map(|cart| cart.rate_off(index)).unwrap_or_default();
    [Need::Permission(Permission::Sell)].into_iter().chain((rate.0 > 0).then_some(Need::Discount(rate))).collect()
}

/// More of a line that is not sold as the catalogue says needs what its price needed: who approved one piece did not approve a
/// hundred.
fn more_of(desk: &Desk, index: usize, qty: Option<Milli>) -> Vec<Need> {
    let mut needs = vec![Need::Permission(Permission::Sell)];
    let Some(line) = cart_line(desk, index) else { return needs };
    if qty.is_some_and(|qty| qty > line.qty) {
        let by_rate = line.discount.is_some() || more(desk).len() > 1;
        let rate = desk.cart().map(|cart| cart.rate_off(index)).unwrap_or_default();
        needs.extend(by_rate.then_some(Need::Discount(rate)));
        needs.extend(line.unit.map(|_| Need::Permission(Permission::PriceOverride)));
    }
    needs
}

/// The refund that the desk is about to write.
fn refund(desk: &Desk) -> Option<(&Paid, Refund)> {
    let Stage::History(history) = &desk.stage else { return None };
    let reason = Reason::parse("asked").ok()?;
    Some((history.paid()?, history.refund(&desk.config.currency, &reason, desk.ledger.turnover).ok()?))
}

/// What is given back of the sale with this refund: a limit holds for all that is given back of one sale, not for each part. What
/// cannot be reckoned is refused as such, later.
fn given_back_with_this(desk: &Desk) -> Minor {
    let sum = refund(desk).and_then(|(paid, refund)| paid.given_back().ok()?.plus(refund.totals.gross).ok());
    sum.unwrap_or_default()
}

fn refund_words(desk: &Desk, reason: &str, currency: &Currency, exchange: bool) -> String {
    let Some((paid, refund)) = refund(desk) else { return if exchange { "Exchange" } else { "Refund" }.to_owned() };
    let due = currency.format(refund.due().unwrap_or(refund.totals.gross));
    let pieces: Vec<String> =
        refund.lines.iter().map(|line| format!("{} × {}", currency.quantity(line.qty), line.sold.name)).collect();
    let (pieces, reason) = (pieces.join(", "), reason.trim());
    match exchange {
        false => format!("Refund {due} of sale {}: {pieces} ({reason})", paid.id),
        true => format!("Exchange {due} of sale {}: {pieces} ({reason})", paid.id),
    }
}

/// By how much a count differs from what the drawer should hold, without its sign. Nothing, if that cannot be told.
fn difference(desk: &Desk, count: &super::Count) -> Option<i64> {
    let (counted, _) = count.clone().sum(&desk.config.currency).ok()?;
    let expected = desk.ledger.shift.as_ref()?.expected_cash().ok()?;
    Some(counted.0.saturating_sub(expected.0).saturating_abs())
}
