//! One event at a signed-in till: permission, then what it does to the desk, then what is to be done outside.

use std::rc::Rc;

use super::{Desk, Effect, Event, Parked, Purpose, Stage, Tendering};
use crate::{
    cart::{Cart, CartError},
    config::Config,
    device::{Committed, DeviceError, Status},
    journal::{Body, Draft},
    money::{Milli, Minor},
    sale::Sale,
    staff::Permission,
    tender::{Tender, TenderKind},
};

const NOT_ALLOWED: &str = "Your role does not allow this. Ask a supervisor or manager.";

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
        if let Some(permission) = event.permission() {
            if !self.desk.staff.role.allows(permission) {
                return self.fail(NOT_ALLOWED);
            }
            if permission == Permission::Sell
                && let Some(why) = self.desk.blocked(self.status)
            {
                return self.fail(why);
            }
        }
        match event {
            Event::CommitDone { id, result } => self.commit_done(id, result),
            Event::ConfigArrived(config) => self.config_arrived(*config),
            Event::ErrorDismissed => self.desk.error = None,
            Event::LockPressed { idle } if !self.desk.busy() => self.effects.push(Effect::Lock { idle }),
            _ if self.desk.busy() => {}
            event => {
                self.desk.error = None;
                self.act(event);
            }
        }
    }

    fn act(&mut self, event: Event) {
        match event {
            Event::ShiftOpenSubmitted(text) => match (&self.desk.stage, self.desk.config.currency.parse(&text)) {
                (Stage::NoShift, Ok(float)) => self.commit(Purpose::OpenShift, vec![Body::ShiftOpened { float }]),
                (Stage::NoShift, Err(e)) => self.fail(e),
                _ => {}
            },
            Event::ProductTapped(sku) => self.add(&sku),
            Event::QtyTyped { line, qty } => match qty.trim().parse::<i64>() {
                Ok(pieces) => self.change_cart(|cart, config| cart.set_qty(line, Milli::pieces(pieces), config)),
                Err(_) => self.fail(CartError::Quantity),
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
            Event::RemoveUndone => {
                if let Some((at, line)) = self.desk.removed.take() {
                    self.change_cart(|cart, config| cart.put_back(at, line, config));
                }
            }
            Event::ParkPressed => {
                if let Stage::Selling(cart) = &mut self.desk.stage
                    && !cart.is_empty()
                {
                    let cart = std::mem::take(cart);
                    self.desk.parked.push(Parked { at_ms: self.now_ms, cart });
                    self.desk.removed = None;
                    self.save_orders();
                }
            }
            Event::ParkedChosen(index) => self.recall(index),
            Event::ChargePressed => self.charge(),
            Event::TenderLeft => {
                if let Stage::Tendering(tendering) = &mut self.desk.stage {
                    self.desk.stage = Stage::Selling(std::mem::take(&mut tendering.cart));
                }
            }
            Event::CashGiven(amount) => self.cash(amount),
            Event::CashTyped(text) => match self.desk.config.currency.parse(&text) {
                Ok(amount) => self.cash(amount),
                Err(e) => {
                    if let Stage::Tendering(tendering) = &mut self.desk.stage {
                        tendering.tendered = None;
                    }
                    if !text.trim().is_empty() {
                        self.fail(e);
                    }
                }
            },
            Event::TenderConfirmed => self.sell(),
            Event::NewSalePressed => {
                if let Stage::Receipt(_) = self.desk.stage {
                    self.desk.stage = Stage::Selling(Cart::default());
                    self.apply_config_when_safe();
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
            Event::CountSubmitted(text) => self.close_shift(&text),
            Event::ReportLeft => {
                if let Stage::Report(_) = self.desk.stage {
                    self.desk.stage = Stage::NoShift;
                    self.apply_config_when_safe();
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, sku: &str) {
        if let Stage::Receipt(_) = self.desk.stage {
            // A tap or scan on the receipt starts the next sale, as cashiers expect.
            self.desk.stage = Stage::Selling(Cart::default());
        }
        match self.desk.config.product(sku).cloned() {
            Some(product) => self.change_cart(|cart, config| cart.add(&product, config)),
            None => self.fail("This product is not in the catalogue."),
        }
    }

    fn remove(&mut self, line: usize) {
        if let Stage::Selling(cart) = &mut self.desk.stage {
            match cart.remove(line) {
                Ok(removed) => {
                    self.desk.removed = Some((line, removed));
                    self.save_orders();
                }
                Err(e) => self.fail(e),
            }
        }
    }

    fn change_cart(&mut self, change: impl FnOnce(&mut Cart, &Config) -> Result<(), CartError>) {
        let config = Rc::clone(&self.desk.config);
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        let was_empty = cart.is_empty();
        match change(cart, &config) {
            Ok(()) => {
                self.desk.removed = None;
                if was_empty {
                    self.effects.push(Effect::KeepAwake(true));
                }
                self.save_orders();
            }
            Err(e) => self.fail(e),
        }
    }

    fn recall(&mut self, index: usize) {
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        if index >= self.desk.parked.len() {
            return;
        }
        let chosen = self.desk.parked.remove(index);
        let current = std::mem::replace(cart, chosen.cart);
        if !current.is_empty() {
            self.desk.parked.push(Parked { at_ms: self.now_ms, cart: current });
        }
        self.save_orders();
    }

    fn charge(&mut self) {
        let Stage::Selling(cart) = &mut self.desk.stage else { return };
        if cart.is_empty() {
            return self.fail("There is nothing to charge yet.");
        }
        match cart.reckon(&self.desk.config) {
            Ok((lines, totals)) => {
                let due = self.desk.config.currency.round_cash(totals.gross);
                let rounding = due.minus(totals.gross).unwrap_or(Minor::ZERO);
                let cart = std::mem::take(cart);
                self.desk.stage = Stage::Tendering(Tendering { cart, lines, totals, rounding, due, tendered: None });
            }
            Err(e) => self.fail(e),
        }
    }

    fn cash(&mut self, amount: Minor) {
        if let Stage::Tendering(tendering) = &mut self.desk.stage {
            tendering.tendered = Some(amount);
        }
    }

    fn sell(&mut self) {
        let Stage::Tendering(tendering) = &self.desk.stage else { return };
        let currency = &self.desk.config.currency;
        let Some(tendered) = tendering.tendered else {
            return self.fail("Type or tap how much cash was handed over.");
        };
        let short = tendering.due.0 - tendered.0;
        if short > 0 {
            let sentence = format!("{} is still missing.", currency.format(Minor(short)));
            return self.fail(sentence);
        }
        let figures =
            self.desk.ledger.turnover.plus(tendering.due).and_then(|turnover| Ok((turnover, tendered.minus(tendering.due)?)));
        match figures {
            Ok((turnover, change)) => {
                let sale = Sale {
                    currency: currency.code.clone(),
                    tax_mode: self.desk.config.tax_mode,
                    lines: tendering.lines.clone(),
                    totals: tendering.totals,
                    rounding: tendering.rounding,
                    tenders: vec![Tender { kind: TenderKind::Cash, amount: tendering.due, tendered, change }],
                    turnover,
                };
                self.commit(Purpose::Sell, vec![Body::Sale(sale)]);
            }
            Err(e) => self.fail(e),
        }
    }

    fn close_shift(&mut self, counted: &str) {
        let (Stage::Counting(_), Some(shift)) = (&self.desk.stage, &self.desk.ledger.shift) else { return };
        let counted = match self.desk.config.currency.parse(counted) {
            Ok(counted) => counted,
            Err(e) => return self.fail(e),
        };
        match shift.report(counted, &self.desk.ledger) {
            Ok(report) => self.commit(Purpose::CloseShift, vec![Body::ShiftClosed(report)]),
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
                if purpose == Purpose::LogIn {
                    // Nobody works at a till that cannot write down who works there.
                    self.desk.locked_out = Some(why.to_string());
                    self.effects.push(Effect::Lock { idle: false });
                }
                self.fail(why);
                return;
            }
        };
        for done in &committed {
            self.desk.ledger.apply(&done.entry);
        }
        self.effects.push(Effect::Sync);
        match purpose {
            Purpose::OpenShift => self.desk.stage = Stage::Selling(Cart::default()),
            Purpose::Sell => {
                if let Some(paid) = self.desk.ledger.last_sale.clone() {
                    self.desk.stage = Stage::Receipt(Box::new(paid));
                    self.desk.removed = None;
                    self.save_orders();
                    self.effects.push(Effect::KeepAwake(false));
                }
            }
            Purpose::CloseShift => {
                let report = committed.into_iter().rev().find_map(|done| match done.entry.body {
                    Body::ShiftClosed(report) => Some(report),
                    _ => None,
                });
                if let Some(report) = report {
                    self.desk.stage = Stage::Report(Box::new(report));
                    self.effects.push(Effect::Snapshot(Box::new(self.desk.ledger.clone())));
                }
            }
            Purpose::LogIn | Purpose::ApplyConfig => {}
        }
    }

    fn config_arrived(&mut self, config: Config) {
        if config.version > self.desk.config.version {
            self.desk.next_config = Some(config);
            self.apply_config_when_safe();
        }
    }

    /// A new price list never changes under an open cart.
    fn apply_config_when_safe(&mut self) {
        if !self.desk.at_rest() {
            return;
        }
        let Some(config) = self.desk.next_config.take() else { return };
        let version = config.version;
        let me = config.staff.iter().find(|member| member.id == self.desk.staff.id).cloned();
        self.desk.config = Rc::new(config);
        self.commit(Purpose::ApplyConfig, vec![Body::ConfigApplied { version }]);
        match me {
            Some(me) => self.desk.staff = me,
            None => self.effects.push(Effect::Lock { idle: false }),
        }
    }

    pub(super) fn commit(&mut self, purpose: Purpose, bodies: Vec<Body>) {
        let shift = self.desk.ledger.shift.as_ref().map(|shift| shift.id);
        let draft = |body| Draft { at_ms: self.now_ms, staff: Some(self.desk.staff.id), shift, body };
        self.commit = Some((purpose, bodies.into_iter().map(draft).collect()));
    }

    fn save_orders(&mut self) {
        self.effects.push(Effect::SaveOrders(self.desk.orders()));
    }

    fn fail(&mut self, sentence: impl ToString) {
        self.desk.error = Some(sentence.to_string());
    }
}
