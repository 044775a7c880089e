//! Looking for a sale, and giving something of it back.

use super::{Effect, Event, Purpose, Stage, Turn};
use crate::{
    book::Book,
    cart::{Cart, CartError},
    device::Committed,
    gift::{GiftBack, Issued},
    ids::SaleId,
    journal::Body,
    money::Milli,
    reason::Reason,
    refund::{Refund, RefundFault},
    till::{History, Opened, Step},
};

impl Turn<'_> {
    pub(super) fn look_back(&mut self, event: Event) {
        match event {
            Event::OrdersPressed => self.open_history(),
            Event::OrdersLeft => {
                if let Stage::History(history) = &mut self.desk.stage {
                    self.desk.stage = Stage::Selling(std::mem::take(&mut history.cart));
                }
            }
            Event::OrderChosen(sale) => self.open_order(sale),
            Event::OrderLeft => {
                if let Stage::History(history) = &mut self.desk.stage {
                    match history.opened.take() {
                        Some(Opened { sale, step: Step::Choosing(_) }) => {
                            history.opened = Some(Opened { sale, step: Step::Shown });
                        }
                        Some(Opened { step: Step::Shown | Step::Done(_), .. }) | None => {}
                    }
                }
            }
            Event::RefundPressed => self.choose_all(true),
            Event::RefundAllChosen(all) => self.choose_all(all),
            Event::RefundQtyTyped { line, qty } => match qty.trim().parse::<i64>() {
                Ok(pieces) => self.choose(line, |_, _| Milli::pieces(pieces)),
                Err(_) => self.fail(CartError::Quantity),
            },
            Event::RefundQtyStepped { line, pieces } => {
                // From a part of a piece, one step goes to all that is left, or to nothing.
                self.choose(line, |now, left| Milli(now.0.saturating_add(Milli::pieces(pieces).0).clamp(0, left.0)));
            }
            Event::RefundOffShelf(off_shelf) => {
                if let Stage::History(history) = &mut self.desk.stage {
                    history.off_shelf = off_shelf;
                }
            }
            Event::RefundSubmitted(reason) => self.refund(&reason, None),
            _ => {}
        }
    }

    /// The sales that are held are read from the journal. From a receipt, its sale is the one that is opened.
    pub(super) fn open_history(&mut self) {
        let (cart, shown): (Cart, Option<SaleId>) = match &mut self.desk.stage {
            Stage::Selling(cart) => (std::mem::take(cart), None),
            Stage::Receipt(paid) => (Cart::default(), Some(paid.id)),
            _ => return,
        };
        let opened = shown.map(|sale| Opened { sale, step: Step::Shown });
        self.desk.stage = Stage::History(Box::new(History { cart, opened, ..History::default() }));
        self.desk.undo = None;
        self.save_orders();
        self.effects.push(Effect::ReadJournal);
    }

    /// The journal was read.
    pub(super) fn history_read(&mut self, read: &[Committed]) {
        if let Stage::History(history) = &mut self.desk.stage
            && history.book.is_none()
        {
            let mut book = Book::default();
            read.iter().for_each(|committed| book.take_in(&committed.entry, committed.hash));
            if let Some(known) = history.known.take() {
                book.add_known(*known);
            }
            history.book = Some(book);
            history.look_again();
            match history.paid().map(|paid| paid.id) {
                Some(sale) => self.want_code(sale),
                None => history.opened = None,
            }
            self.look_at_receipt();
        }
    }

    /// Everything that is left of the sale, or nothing of it.
    fn choose_all(&mut self, all: bool) {
        if self.is_exchanging() {
            return self.fail(super::exchange::OPEN);
        }
        let Stage::History(history) = &mut self.desk.stage else { return };
        let Some(paid) = history.paid() else { return };
        if !paid.has_any_left() {
            let fault = if paid.voided { RefundFault::Voided } else { RefundFault::TooMuch };
            return self.fail(fault);
        }
        let wanted = (0..paid.sale.lines.len()).map(|line| if all { paid.left(line) } else { Milli(0) }).collect();
        if let Some(opened) = &mut history.opened {
            if !matches!(opened.step, Step::Choosing(_)) {
                history.off_shelf = false;
            }
            opened.step = Step::Choosing(wanted);
        }
    }

    /// Another quantity of a line, made of what is chosen now and what is left.
    fn choose(&mut self, line: usize, qty: impl FnOnce(Milli, Milli) -> Milli) {
        let Stage::History(history) = &mut self.desk.stage else { return };
        let left = history.paid().map_or(Milli(0), |paid| paid.left(line));
        let Some(Opened { step: Step::Choosing(wanted), .. }) = &mut history.opened else { return };
        let Some(chosen) = wanted.get_mut(line) else { return };
        let qty = qty(*chosen, left);
        if qty.0 < 0 || qty > left {
            return self.fail(RefundFault::TooMuch);
        }
        *chosen = qty;
    }

    /// Gives what was chosen back the way it was paid, or onto a new card.
    pub(super) fn refund(&mut self, reason: &str, credit: Option<Issued>) {
        let Stage::History(history) = &self.desk.stage else { return };
        let reason = match Reason::parse(reason) {
            Ok(reason) => reason,
            Err(e) => return self.fail(e),
        };
        let was_declined = |payment| self.desk.ledger.declined.iter().any(|declined| declined.payment.payment == payment);
        let refund = history.refund(&self.desk.config.currency, &reason, self.desk.ledger.turnover);
        if let Some(issued) = credit {
            return self.refund_as_credit(refund, issued);
        }
        match refund {
            Ok(refund) if refund.card_payments().any(|(payment, _)| was_declined(payment)) => {
                self.fail("The bank declined this card payment, so there is nothing to give back to the card.");
            }
            Ok(refund) => self.commit_in_shift(Purpose::Refund, Body::Refund(refund)),
            Err(e) => self.fail(e),
        }
    }

    fn refund_as_credit(&mut self, refund: Result<Refund, RefundFault>, issued: Issued) {
        let Stage::History(history) = &self.desk.stage else { return };
        let Some(paid) = history.paid() else { return };
        // Credit for what the bank may still refuse to pay would be a present.
        let (declined, open) = (&self.desk.ledger.declined, &self.desk.ledger.open_cards);
        let unpaid = declined.iter().map(|declined| declined.payment.sale).chain(open.iter().map(|open| open.sale));
        if unpaid.into_iter().any(|sale| sale == paid.id) {
            return self.fail("The bank has not paid this sale yet, so no store credit can be given for it.");
        }
        let Issued { code, card, until_ms, .. } = issued.clone();
        let back = GiftBack { card, last4: code.last4(), credit: true, until_ms };
        match refund.and_then(|refund| refund.as_credit(back)) {
            Ok(refund) if refund.tenders.is_empty() => self.fail("There is nothing to give back for this."),
            Ok(refund) => {
                // Kept before it is written: a page that goes away now must not take the only copy of the code with it.
                self.desk.issued = vec![Issued { amount: refund.totals.gross, ..issued }];
                self.save_orders();
                self.commit_in_shift(Purpose::Refund, Body::Refund(refund));
            }
            Err(e) => self.fail(e),
        }
    }

    /// What was just written about sales that are on screen.
    pub(super) fn note_in_history(&mut self, committed: &[Committed]) {
        let Stage::History(history) = &mut self.desk.stage else { return };
        let Some(book) = &mut history.book else { return };
        for done in committed {
            book.take_in(&done.entry, done.hash);
            if let (Body::Refund(refund), Some(opened)) = (&done.entry.body, &mut history.opened)
                && opened.sale == refund.of
            {
                opened.step = Step::Done(Box::new(refund.clone()));
            }
        }
    }
}
