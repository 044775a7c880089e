//! One event at a signed-in till: permission, then what it does to the desk, then what is to be done outside.

use std::rc::Rc;

use super::{AuditFilter, Change, Count, Desk, Effect, Event, Form, Panel, Parked, Purpose, Stage, issued_with};
use crate::{
    cart::{Cart, CartError},
    config::Config,
    device::{Committed, DeviceError, Status},
    gift::{GiftSold, KnownCard},
    journal::{Body, Draft, LockCause},
    money::{BadAmount, Milli, Minor},
    reason::Reason,
    sale::Void,
    staff::Permission,
    tax::Ppm,
};

mod approval;
mod cards;
mod customer;
mod exchange;
mod gift;
mod history;
mod line;
mod own_proof;
mod payment;
mod place;
mod print;
mod proof;
mod stock;
mod taken_out;

pub(crate) use approval::approvers;
pub(crate) use exchange::difference;
pub(super) use line::order_off;

/// One event at a signed-in till, with what it asks for.
pub(super) struct Turn<'a> {
    pub(super) desk: &'a mut Desk,
    pub(super) status: &'a Status,
    pub(super) now_ms: i64,
    pub(super) effects: Vec<Effect>,
    pub(super) commit: Option<(Purpose, Vec<Draft>)>,
}

impl Turn<'_> {
    pub(super) fn take(&mut self, event: Event) {
        let before = self.desk.place();
        match event {
            Event::CommitDone { id, result } => self.commit_done(id, result),
            Event::ConfigArrived(config) => self.config_arrived(*config),
            Event::StyleChosen(style) => {
                if let Some(next) = &mut self.desk.next_config {
                    next.currency.style = style.clone();
                }
                Rc::make_mut(&mut self.desk.config).currency.style = style;
            }
            Event::RosterChanged(roster) => self.desk.roster = roster,
            Event::StockTold(base) => self.stock_told(base),
            Event::CustomersTold(directory) => self.customers_told(directory),
            Event::Ticked => self.ask_for_news(),
            Event::ReadersSeen(seen) => {
                self.desk.readers_possible = seen.is_some();
                self.readers_seen(seen.unwrap_or_default());
            }
            Event::ReaderConnected(result) => self.reader_connected(result),
            Event::PrinterSeen(seen) => self.printer_seen(seen),
            Event::PrinterConnected(result) => self.printer_connected(result),
            Event::Printed { job, result } => self.printed(job, result),
            Event::DrawerOpened(result) => self.drawer_opened(result),
            Event::PrintTroubleRead => self.trouble_read(),
            Event::ScannersSeen(seen) => self.desk.scanners = seen,
            Event::ScannerConnected(result) => {
                if let Err(why) = result {
                    self.fail(why);
                }
            }
            Event::PaymentsDecided(decided) => self.payments_decided(decided),
            Event::GiftTold { card, result } => self.gift_told(card, result),
            Event::GiftsOverdrawn(found) => self.gifts_overdrawn(found),
            Event::CardRead(result) => self.card_read(result),
            Event::JournalRead(result) => self.journal_read(result),
            Event::ReceiptVerified { signed, result } => self.receipt_verified(&signed, result),
            Event::ReceiptCoded { sale, code } => {
                self.desk.code = code.map(|code| (sale, code)).or(self.desk.code.take());
                self.print_what_waits();
            }
            Event::ApprovalDone { by, result } => self.approval_done(by, result),
            Event::ProofChanged(result) => self.proof_changed(result),
            Event::LockOutEnded { of, result } => self.lock_out_ended(of, result),
            Event::ErrorDismissed => self.desk.error = None,
            // The browser's own question for a passkey may hide the page.
            Event::LockPressed(LockCause::Hidden) if !self.desk.config.rules.lock_when_hidden || self.desk.asks_for_a_proof() => {
            }
            // A page that goes out of sight is not asked again; a cashier and the clock are.
            Event::LockPressed(cause) if self.desk.busy() => {
                self.desk.lock_next = (cause == LockCause::Hidden).then_some(cause);
            }
            Event::LockPressed(cause) => {
                if let (Stage::Receipt(_), LockCause::Switch) = (&self.desk.stage, cause) {
                    // Who comes next begins with the next customer.
                    self.desk.stage = Stage::Selling(Cart::default());
                    self.save_orders();
                }
                self.effects.push(Effect::Lock(cause));
            }
            Event::FieldTyped { field, text, over } => self.typed(field, text, over),
            _ if self.desk.busy() => {}
            // A code that is shown only once is not lost by a slip of the finger.
            Event::PanelClosed if matches!(self.desk.panel, Some(Panel::Form(Form::Issued))) => {}
            Event::IssuedRead => self.issued_read(),
            Event::PanelClosed => {
                self.desk.error = None;
                self.desk.panel = None;
            }
            Event::ApprovalSubmitted { by, pin } => self.approve(by, &pin),
            // Nothing changes under a question that waits for its answer.
            _ if matches!(self.desk.panel, Some(Panel::Approval(_))) => {}
            event => {
                self.desk.error = None;
                self.run(event);
            }
        }
        self.hand_over_issued();
        self.apply_config_when_quiet();
        self.keep_place(&before);
    }

    /// Does what was asked for, if the person may.
    fn run(&mut self, event: Event) {
        // Whoever goes on does not wait for a code, and the customer gets the receipt all the same.
        self.print_what_waits();
        let (powers, needs) = (self.desk.powers(), event.needs(self.desk));
        if let Some(need) = needs.iter().find(|need| !powers.allow(**need)) {
            return self.refuse(event, *need);
        }
        if needs.iter().any(|need| need.permission() == Permission::Sell)
            && let Some(why) = self.desk.blocked(self.status)
        {
            return self.fail(why);
        }
        self.act(event);
    }

    fn act(&mut self, event: Event) {
        match event {
            Event::ShiftOpenSubmitted(text) => match (&self.desk.stage, self.desk.config.currency.parse(&text)) {
                (Stage::NoShift, Ok(float)) => self.commit(Purpose::OpenShift, vec![Body::ShiftOpened { float }]),
                (Stage::NoShift, Err(e)) => self.fail(e),
                _ => {}
            },
            Event::ProductTapped(sku) => self.add(&sku),
            Event::Scanned(_)
            | Event::LineAsked { .. }
            | Event::LineNoted { .. }
            | Event::AmountOffSubmitted { .. }
            | Event::OrderDiscountSubmitted { .. }
            | Event::OrderNoted { .. }
            | Event::SplitSubmitted(_)
            | Event::ParkedMerged(_) => self.counter(event),
            Event::QtyTyped { line, qty } => match self.desk.typed_qty(line, &qty) {
                Some(qty) => self.change_cart(|cart, config| cart.set_qty(line, qty, config)),
                None => self.fail(CartError::Quantity),
            },
            Event::QtyStepped { line, pieces } => {
                let Stage::Selling(cart) = &self.desk.stage else { return };
                let Some(qty) = cart.lines().get(line).map(|line| line.qty) else { return };
                let next = Milli(qty.0.saturating_add(Milli::pieces(pieces).0));
                if next.0 <= 0 {
                    self.remove(line);
                } else {
                    self.change_cart(|cart, config| cart.set_qty(line, next, config));
                }
            }
            Event::LineRemoved(line) => self.remove(line),
            Event::ExchangeSubmitted(_) | Event::ExchangeLeft => self.exchange(event),
            Event::ParkPressed | Event::ParkedChosen(_) if self.is_exchanging() => self.fail(exchange::OPEN),
            Event::UndoPressed => self.undo(),
            Event::ParkPressed => {
                let before = self.before();
                if let Stage::Selling(cart) = &mut self.desk.stage
                    && !cart.is_empty()
                {
                    let cart = std::mem::take(cart);
                    self.desk.parked.push(Parked { at_ms: self.now_ms, cart });
                    self.can_undo(before, Some(Change::PutAside));
                    self.save_orders();
                }
            }
            Event::ParkedChosen(index) => self.recall(index),
            Event::ChargePressed
            | Event::TenderLeft
            | Event::CashGiven(_)
            | Event::CashTyped(_)
            | Event::TipTyped(_)
            | Event::TipChosen(_)
            | Event::PartTyped(_)
            | Event::CardPressed { .. }
            | Event::CardLeft
            | Event::ExternalSubmitted { .. }
            | Event::TenderRemoved(_)
            | Event::TenderConfirmed => self.pay(event),
            Event::GiftPressed
            | Event::GiftCodeSubmitted(_)
            | Event::GiftSold { .. }
            | Event::GiftLoaded { .. }
            | Event::CartGiftRemoved(_)
            | Event::GiftRedeemed { .. } => self.gift(event),
            Event::CreditSubmitted { reason, random } => self.give_credit(&reason, random),
            Event::AlertAnswered { alert, note } => self.answer_alert(alert, &note),
            Event::ReaderConnectPressed => self.connect_reader(),
            Event::PrinterSet(_)
            | Event::PrinterConnectPressed(_)
            | Event::PrintPressed
            | Event::TestPrintPressed
            | Event::PrintAgainPressed
            | Event::PrintBySystemPressed
            | Event::MailSubmitted { .. } => self.print(event),
            Event::ScannerConnectPressed => self.effects.push(Effect::ConnectScanner),
            Event::NewSalePressed => {
                if let Stage::Receipt(_) = self.desk.stage {
                    self.desk.stage = Stage::Selling(Cart::default());
                    self.save_orders();
                }
            }
            Event::ShiftClosePressed => {
                if let Stage::Receipt(_) = self.desk.stage {
                    self.desk.stage = Stage::Selling(Cart::default());
                }
                if let Stage::Selling(cart) = &mut self.desk.stage {
                    if cart.is_empty() && self.desk.parked.is_empty() {
                        self.desk.stage = Stage::Counting(std::mem::take(cart));
                    } else {
                        self.fail("Finish or remove the open orders first, then close the shift.");
                    }
                }
            }
            Event::CountLeft => {
                if let Stage::Counting(cart) = &mut self.desk.stage {
                    self.desk.stage = Stage::Selling(std::mem::take(cart));
                }
            }
            Event::CountSubmitted(count) => self.close_shift(count),
            Event::DiscountSubmitted { line, percent, reason } => {
                let rate = match Ppm::parse_percent(&percent) {
                    Ok(rate) => rate,
                    Err(e) => return self.fail(e),
                };
                // Taking a discount away needs no reason.
                let reason = if rate.0 == 0 { Reason::parse("none") } else { Reason::parse(&reason) };
                match reason {
                    Ok(reason) => self.change_line(|cart, config| cart.set_discount(line, rate, &reason, config)),
                    Err(e) => self.fail(e),
                }
            }
            Event::PriceSubmitted { line, price } => match self.desk.config.currency.parse(&price) {
                Ok(price) => self.change_line(|cart, config| cart.set_price(line, price, config)),
                Err(e) => self.fail(e),
            },
            Event::VoidSubmitted(reason) => self.void(&reason),
            Event::OrdersPressed
            | Event::OrdersLeft
            | Event::OrderChosen(_)
            | Event::OrderLeft
            | Event::RefundPressed
            | Event::RefundAllChosen(_)
            | Event::RefundQtyTyped { .. }
            | Event::RefundQtyStepped { .. }
            | Event::RefundOffShelf(_)
            | Event::RefundSubmitted(_) => self.look_back(event),
            Event::CustomerChosen(_) | Event::CustomerSubmitted(_) => self.customer(event),
            Event::CountChosen(sku) => self.choose_to_count(&sku),
            Event::StockCounted { sku, counted } => self.count_stock(&sku, &counted),
            Event::CashSubmitted { out, amount, reason } => {
                match (self.desk.config.currency.parse(&amount), Reason::parse(&reason)) {
                    (Ok(Minor(0)), _) => self.fail(BadAmount),
                    (Ok(amount), Ok(reason)) => {
                        let amount = if out { Minor(-amount.0) } else { amount };
                        let body = Body::CashMoved { amount, reason: reason.as_str().to_owned() };
                        self.commit_in_shift(Purpose::MoveCash, body);
                    }
                    (Err(e), _) => self.fail(e),
                    (_, Err(e)) => self.fail(e),
                }
            }
            Event::NoSaleSubmitted(reason) => match Reason::parse(&reason) {
                Ok(reason) => self.commit_in_shift(Purpose::NoSale, Body::NoSale { reason: reason.as_str().to_owned() }),
                Err(e) => self.fail(e),
            },
            Event::FormOpened(form) => self.desk.panel = Some(Panel::Form(form)),
            Event::XReportPressed => self.x_report(),
            Event::AuditPressed => {
                self.desk.panel = Some(Panel::Audit { entries: None, filter: AuditFilter::default() });
                self.effects.push(Effect::ReadJournal);
            }
            Event::AuditFiltered(wanted) => {
                if let Some(Panel::Audit { filter, .. }) = &mut self.desk.panel {
                    *filter = wanted;
                }
            }
            Event::ProofSubmitted { pin, new_pin, repeat, passkey } => self.change_proof(&pin, &new_pin, &repeat, passkey),
            Event::LockOutEndPressed(of) => self.effects.push(Effect::EndLockOut(of)),
            Event::ReportLeft => {
                if let Stage::Report(..) = self.desk.stage {
                    self.desk.stage = Stage::NoShift;
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, line: usize) {
        let before = self.before();
        if let Stage::Selling(cart) = &mut self.desk.stage {
            match cart.remove(line) {
                Ok(_) => {
                    self.can_undo(before, None);
                    self.save_orders();
                }
                Err(e) => self.fail(e),
            }
        }
    }

    fn change_cart(&mut self, change: impl FnOnce(&mut Cart, &Config) -> Result<(), CartError>) {
        let config = Rc::clone(&self.desk.config);
        let before = self.before();
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        let was_empty = cart.is_empty();
        cart.touch(self.now_ms);
        match change(cart, &config) {
            Ok(()) => {
                self.can_undo(before, None);
                if was_empty {
                    self.effects.push(Effect::KeepAwake(true));
                }
                self.save_orders();
            }
            Err(e) => self.fail(e),
        }
    }

    fn recall(&mut self, index: usize) {
        let before = self.before();
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        if index >= self.desk.parked.len() {
            return;
        }
        let mut chosen = self.desk.parked.remove(index);
        chosen.cart.touch(self.now_ms);
        let current = std::mem::replace(cart, chosen.cart);
        if !current.is_empty() {
            self.desk.parked.push(Parked { at_ms: self.now_ms, cart: current });
        }
        self.can_undo(before, Some(Change::Recalled));
        self.save_orders();
    }

    /// As [`Self::change_cart`], from a form that is done with it.
    fn change_line(&mut self, change: impl FnOnce(&mut Cart, &Config) -> Result<(), CartError>) {
        self.change_cart(change);
        if self.desk.error.is_none() {
            self.desk.panel = None;
        }
    }

    fn commit_in_shift(&mut self, purpose: Purpose, body: Body) {
        if self.desk.ledger.shift.is_none() {
            return self.fail("Open a shift first.");
        }
        self.commit(purpose, vec![body]);
    }

    /// Takes the sale on screen back, if it is of the open shift.
    fn void(&mut self, reason: &str) {
        if self.is_exchanging() {
            return self.fail(exchange::OPEN);
        }
        let Some(paid) = self.desk.shown_sale() else { return };
        if paid.sale.exchange.is_some() {
            return self.fail("This sale was part of an exchange, so it cannot be voided. Refund it instead.");
        }
        if !paid.returned.is_empty() {
            return self.fail("Something of this sale was refunded already. Refund the rest of it instead.");
        }
        if !self.desk.ledger.shift.as_ref().is_some_and(|shift| shift.can_void(paid)) {
            return self.fail("Only a sale of the open shift can be voided, and only once.");
        }
        let spent = |sold: &GiftSold| {
            let left = self.desk.known_gift(sold.card).and_then(KnownCard::balance);
            left.is_some_and(|left| left < sold.amount)
        };
        if paid.sale.gifts.iter().any(spent) {
            return self.fail("A gift card of this sale was spent already, so the sale can no longer be voided.");
        }
        let turnover = self.desk.ledger.turnover;
        let figures = paid.sale.due().and_then(|due| {
            let outside = paid.sale.outside()?;
            Ok((due, outside, turnover.minus(due.minus(outside)?)?))
        });
        match (figures, Reason::parse(reason)) {
            (Ok((due, outside, turnover)), Ok(reason)) => {
                let void = Void { sale: paid.id, reason: reason.as_str().to_owned(), due, outside, turnover };
                self.commit(Purpose::VoidSale, vec![Body::SaleVoided(void)]);
            }
            (Err(e), _) => self.fail(e),
            (_, Err(e)) => self.fail(e),
        }
    }

    fn x_report(&mut self) {
        let Some(shift) = &self.desk.ledger.shift else { return self.fail("Open a shift first.") };
        match shift.expected_cash().and_then(|expected| shift.report(expected, Vec::new(), &self.desk.ledger)) {
            Ok(report) => self.desk.panel = Some(Panel::XReport(Box::new(report))),
            Err(e) => self.fail(e),
        }
    }

    fn journal_read(&mut self, result: Result<Vec<Committed>, DeviceError>) {
        let mut read = match result {
            Ok(read) => read,
            Err(why) => return self.fail(why),
        };
        self.history_read(&read);
        if let Some(Panel::Audit { entries, .. }) = &mut self.desk.panel {
            read.reverse();
            *entries = Some(read);
        }
    }

    fn close_shift(&mut self, count: Count) {
        let (Stage::Counting(_), Some(shift)) = (&self.desk.stage, &self.desk.ledger.shift) else { return };
        let (counted, pieces) = match count.sum(&self.desk.config.currency) {
            Ok(counted) => counted,
            Err(e) => return self.fail(e),
        };
        match shift.report(counted, pieces, &self.desk.ledger) {
            Ok(report) => self.commit(Purpose::CloseShift, self.with_taken_out(vec![Body::ShiftClosed(report)])),
            Err(e) => self.fail(e),
        }
    }

    fn commit_done(&mut self, id: u64, result: Result<Vec<Committed>, DeviceError>) {
        // An answer to a question that nobody asks any more changes nothing.
        let Some(place) = self.desk.pending.iter().position(|(pending, _)| *pending == id) else { return };
        let (_, purpose) = self.desk.pending.remove(place);
        let committed = match result {
            Ok(committed) => committed,
            Err(why) => {
                if purpose == Purpose::GiftCheck {
                    self.gift_checked(false);
                }
                if purpose == Purpose::Refund {
                    // No credit was given: its code is worth nothing.
                    self.desk.issued.clear();
                }
                if purpose == Purpose::LogIn {
                    // Nobody works at a till that cannot write down who works there.
                    self.desk.locked_out = Some(why.to_string());
                    self.effects.push(Effect::Lock(LockCause::Till));
                }
                if let (Purpose::Approve, Some(Panel::Approval(refused))) = (purpose, &mut self.desk.panel) {
                    refused.busy = false;
                }
                self.fail(why);
                return;
            }
        };
        for done in &committed {
            self.desk.ledger.take_in(&done.entry, done.hash);
        }
        if matches!(purpose, Purpose::Sell | Purpose::CloseShift) {
            self.taken_out_is_written();
        }
        self.note_in_history(&committed);
        self.note_on_shelf();
        self.effects.push(Effect::Sync);
        match purpose {
            Purpose::OpenShift => self.desk.stage = Stage::Selling(Cart::default()),
            Purpose::Sell => {
                if let Some(paid) = self.desk.ledger.last_sale.clone() {
                    self.want_code(paid.id);
                    self.desk.issued = self.desk.cart().map(|cart| issued_with(cart, &paid)).unwrap_or_default();
                    self.desk.stage = Stage::Receipt(Box::new(paid));
                    self.sold();
                    self.save_orders();
                    self.effects.push(Effect::KeepAwake(false));
                }
            }
            Purpose::CloseShift => {
                self.save_orders();
                let report = committed.into_iter().rev().find_map(|done| match done.entry.body {
                    Body::ShiftClosed(report) => Some((report, done.hash)),
                    _ => None,
                });
                if let Some((report, head)) = report {
                    self.desk.stage = Stage::Report(Box::new(report), head);
                    self.effects.push(Effect::Snapshot(Box::new(self.desk.ledger.clone())));
                }
            }
            Purpose::VoidSale => {
                self.show_last_sale();
                self.desk.panel = None;
            }
            Purpose::MoveCash | Purpose::NoSale => {
                self.open_drawer();
                self.desk.panel = None;
            }
            Purpose::SaveCustomer => self.customer_saved(&committed),
            Purpose::CountStock => self.stock_counted(&committed),
            Purpose::Copy => self.print_copy(&committed),
            Purpose::Mail => self.mailed(&committed),
            Purpose::Refund => {
                self.refunded(&committed);
                self.show_issued();
            }
            Purpose::Approve => self.do_approved(),
            Purpose::AnswerAlert => self.alert_answered(),
            Purpose::LogIn => {
                // The receipt that was on screen when the page went away.
                if let Stage::Receipt(paid) = &self.desk.stage {
                    let sale = paid.id;
                    self.want_code(sale);
                }
            }
            Purpose::GiftCheck => self.gift_checked(true),
            Purpose::ApplyConfig | Purpose::Note | Purpose::Readers | Purpose::Decided => {}
        }
        self.note_readers();
        if self.commit.is_none()
            && let Some(cause) = self.desk.lock_next.take()
        {
            self.effects.push(Effect::Lock(cause));
        }
    }

    /// Shows on the receipt what became of its sale.
    fn show_last_sale(&mut self) {
        if let (Stage::Receipt(shown), Some(paid)) = (&mut self.desk.stage, &self.desk.ledger.last_sale) {
            **shown = paid.clone();
        }
    }

    fn config_arrived(&mut self, config: Config) {
        if config.version > self.desk.config.version {
            self.desk.next_config = Some(config);
        }
    }

    /// Settings that have arrived, as soon as nothing is written or open: a new price list never changes under an open cart.
    fn apply_config_when_quiet(&mut self) {
        let leaves = self.effects.iter().any(|effect| matches!(effect, Effect::Lock(_)));
        if self.commit.is_some() || leaves || !self.desk.at_rest() {
            return;
        }
        let Some(config) = self.desk.next_config.take() else { return };
        let version = config.version;
        let me = config.staff.iter().find(|member| member.id == self.desk.staff.id).cloned();
        self.desk.config = Rc::new(config);
        self.commit(Purpose::ApplyConfig, vec![Body::ConfigApplied { version }]);
        match me {
            Some(me) => self.desk.staff = me,
            None => self.effects.push(Effect::Lock(LockCause::Till)),
        }
    }

    pub(super) fn commit(&mut self, purpose: Purpose, bodies: Vec<Body>) {
        let shift = self.desk.ledger.shift.as_ref().map(|shift| shift.id);
        let draft = |body| Draft { at_ms: self.now_ms, staff: Some(self.desk.staff.id), shift, body };
        self.commit = Some((purpose, bodies.into_iter().map(draft).collect()));
    }

    pub(super) fn save_orders(&mut self) {
        self.effects.push(Effect::SaveOrders(Box::new(self.desk.orders())));
    }

    pub(super) fn fail(&mut self, sentence: impl ToString) {
        self.desk.error = Some(sentence.to_string());
    }
}
