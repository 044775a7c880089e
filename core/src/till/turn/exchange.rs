//! Something comes back, and something else is taken for it.

use super::{Event, Stage, Turn};
use crate::{
    exchange::Return,
    journal::Body,
    money::Minor,
    reason::Reason,
    refund::RefundFault,
    sale::Sale,
    tender::{Tender, TenderKind},
    till::Tendering,
};

/// Why something that was to be done with the order, or with another sale, waits.
pub(super) const OPEN: &str = "An exchange is open. Finish it, or take it out of the cart, first.";

impl Turn<'_> {
    pub(super) fn exchange(&mut self, event: Event) {
        match event {
            Event::ExchangeSubmitted(reason) => self.begin_exchange(&reason),
            Event::ExchangeLeft => {
                if let Stage::Selling(cart) = &mut self.desk.stage {
                    cart.set_exchange(None);
                    self.save_orders();
                }
            }
            _ => {}
        }
    }

    /// What was chosen of the sale goes with the order that was on screen.
    fn begin_exchange(&mut self, reason: &str) {
        let Stage::History(history) = &self.desk.stage else { return };
        let reason = match Reason::parse(reason) {
            Ok(reason) => reason,
            Err(e) => return self.fail(e),
        };
        let Some(paid) = history.paid().cloned() else { return };
        let back = Return { paid, wanted: history.wanted(), off_shelf: history.off_shelf, reason: reason.as_str().to_owned() };
        let was_declined = |payment| self.desk.ledger.declined.iter().any(|declined| declined.payment.payment == payment);
        match history.refund(&self.desk.config.currency, &reason, self.desk.ledger.turnover) {
            Ok(refund) if refund.card_payments().any(|(payment, _)| was_declined(payment)) => {
                self.fail("The bank declined this card payment, so nothing was paid that could be set off.");
            }
            Ok(refund) if refund.totals.gross.0 <= 0 => self.fail(RefundFault::Credit),
            Ok(_) => {
                let Stage::History(history) = &mut self.desk.stage else { return };
                let mut cart = std::mem::take(&mut history.cart);
                cart.set_exchange(Some(back));
                self.desk.stage = Stage::Selling(cart);
                self.save_orders();
            }
            Err(e) => self.fail(e),
        }
    }

    /// What comes back pays for the order first.
    pub(super) fn set_off(&self, tendering: &mut Tendering) -> Result<(), String> {
        let Some(back) = tendering.cart.exchange() else { return Ok(()) };
        if !tendering.cart.gifts().is_empty() {
            return Err("Sell gift cards by themselves, not in an exchange.".to_owned());
        }
        let worth = back.worth(&self.desk.config.currency).map_err(|e| e.to_string())?;
        let credit = worth.min(tendering.totals.gross);
        if credit.0 <= 0 {
            return Err(RefundFault::Credit.to_string());
        }
        tendering.tenders.push(Tender::exchange(credit));
        Ok(())
    }

    /// The entries of a sale: by itself, or after the refund that pays for it in part.
    pub(super) fn with_return(&self, back: Option<&Return>, mut sale: Sale) -> Result<Vec<Body>, RefundFault> {
        let share = sale.turnover_share()?;
        let credit = sale.tenders.iter().find(|tender| tender.kind == TenderKind::Exchange).map(|tender| tender.amount);
        let (Some(back), Some(credit)) = (back, credit) else {
            sale.turnover = self.desk.ledger.turnover.plus(share)?;
            return Ok(vec![Body::Sale(sale)]);
        };
        let refund = back.refund(credit, &self.desk.config.currency, self.desk.ledger.turnover)?;
        sale.turnover = refund.turnover.plus(share)?;
        // The journal puts the refund's place there.
        sale.exchange = refund.exchange;
        Ok(vec![Body::Refund(refund), Body::Sale(sale)])
    }

    /// Does something in the cart wait for an exchange to be finished?
    pub(super) fn is_exchanging(&self) -> bool {
        self.desk.cart().is_some_and(|cart| cart.exchange().is_some())
    }
}

/// What is still to be paid for an order, or (negative) to be given back, before cash rounding.
pub(crate) fn difference(worth: Minor, gross: Minor) -> Minor {
    Minor(gross.0.saturating_sub(worth.0))
}
