//! What people do at a till: events of `core::till`, as taps would make them.

use barrow_core::{
    catalogue::Product,
    config::{Config, Rules, TillState},
    ids::{StaffId, TillId},
    journal::LockCause,
    money::{Currency, Minor},
    staff::{Role, StaffMember},
    tax::{Ppm, Tax, TaxMode},
    till::{Count, Event, Panel, Phase, SignIn, Stage, Step},
};

use crate::{Broken, must, server::SHOP, world::World};

/// The person who works here.
pub(crate) const STAFF: StaffId = StaffId(1);
/// Who approves what that person may not do.
pub(crate) const BOSS: StaffId = StaffId(2);

/// A till's configuration: some tills have prices with tax, some without; some round cash.
pub(crate) fn config(till: TillId) -> Config {
    let tax = |code: &str, rate| Tax { code: code.into(), name: code.into(), rate: Ppm(rate) };
    let product = |n: i64| Product {
        sku: format!("P{n}"),
        name: format!("Thing {n}"),
        variant: None,
        category: 1,
        price: Minor(n * n * 37 + 99),
        taxes: if n % 3 == 0 { vec!["A".into(), "B".into()] } else { vec!["A".into()] },
        barcodes: Vec::new(),
        price_embedded: false,
        details: Default::default(),
    };
    Config {
        v: 1,
        shop: SHOP,
        till,
        version: 1,
        issued_at_ms: 0,
        state: TillState::Active,
        shop_name: "Sim".into(),
        till_name: format!("Till {till}"),
        receipt_head: Vec::new(),
        receipt_foot: Vec::new(),
        receipt_logo: None,
        currency: Currency { cash_step: if till.0.is_multiple_of(2) { Minor(5) } else { Minor(1) }, ..Currency::eur() },
        tax_mode: if till.0.is_multiple_of(3) { TaxMode::Exclusive } else { TaxMode::Inclusive },
        taxes: vec![tax("A", 190_000), tax("B", 70_000)],
        categories: Vec::new(),
        products: (1..=9).map(product).collect(),
        staff: vec![
            StaffMember { id: STAFF, name: "Mara".into(), role: Role::Cashier },
            StaffMember { id: BOSS, name: "Ida".into(), role: Role::Manager },
        ],
        idle_lock_minutes: 5,
        rules: Rules::default(),
        cards: None,
        tills: Vec::new(),
        gifts: None,
    }
}

/// What a person sees.
enum Screen {
    Nothing,
    Enrolling,
    SignIn,
    NoShift,
    Selling {
        lines: usize,
    },
    Tendering {
        due: Minor,
    },
    Receipt,
    /// Looking for a sale, or at one.
    History {
        sales: usize,
        lines: usize,
        step: Option<Step>,
    },
    Counting,
    Report,
    /// Somebody is to approve.
    Approval,
}

impl World {
    /// Somebody does the next thing.
    pub(crate) fn act(&mut self, tablet: usize) -> Result<(), Broken> {
        let device = &self.tablets[tablet];
        if device.page.is_none() || (!device.retired && device.is_copy() && self.dice.chance(600)) {
            return self.care(tablet);
        }
        if device.retired {
            return Ok(());
        }
        match self.screen(tablet) {
            Screen::Nothing => Ok(()),
            Screen::Enrolling => self.care(tablet),
            Screen::SignIn => self.sign_in(tablet),
            Screen::NoShift => self.dispatch(tablet, Event::ShiftOpenSubmitted("100".into())),
            Screen::Approval if self.dice.chance(800) => {
                self.dispatch(tablet, Event::ApprovalSubmitted { by: BOSS, pin: "593184".into() })
            }
            Screen::Approval => self.dispatch(tablet, Event::PanelClosed),
            Screen::Selling { lines: 0 } => match self.dice.weighted(&[66, 8, 6, 6, 6, 8]) {
                0 => self.sell(tablet),
                1 => self.tap(tablet),
                2 => self.dispatch(tablet, Event::LockPressed(LockCause::Idle)),
                3 => self.at_the_drawer(tablet),
                4 => self.dispatch(tablet, Event::OrdersPressed),
                _ => {
                    self.dispatch(tablet, Event::ShiftClosePressed)?;
                    self.count(tablet)
                }
            },
            Screen::Selling { lines } => match self.dice.weighted(&[60, 10, 10, 10, 10]) {
                0 => self.sell(tablet),
                1 => self.tap(tablet),
                2 => {
                    let line = self.dice.below(lines as u64) as usize;
                    self.dispatch(tablet, Event::QtyStepped { line, pieces: 1 })
                }
                3 => {
                    let line = self.dice.below(lines as u64) as usize;
                    let percent = self.dice.below(40).to_string();
                    self.dispatch(tablet, Event::DiscountSubmitted { line, percent, reason: "damaged".into() })
                }
                _ => self.dispatch(tablet, Event::LockPressed(LockCause::Button)),
            },
            Screen::Tendering { due } => self.pay(tablet, due),
            Screen::History { sales, lines, step } => self.look_back(tablet, sales, lines, step),
            Screen::Receipt => match self.dice.weighted(&[62, 15, 8, 5, 10]) {
                0 => self.sell(tablet),
                1 => self.dispatch(tablet, Event::NewSalePressed),
                2 => self.dispatch(tablet, Event::VoidSubmitted("wrong size".into())),
                3 => self.dispatch(tablet, Event::OrdersPressed),
                _ => {
                    self.dispatch(tablet, Event::ShiftClosePressed)?;
                    self.count(tablet)
                }
            },
            Screen::Counting => self.count(tablet),
            Screen::Report => self.dispatch(tablet, Event::ReportLeft),
        }
    }

    /// Does what the tablet asks the owner for: opens the page, enrols it, or takes a copy out of use.
    pub(crate) fn care(&mut self, tablet: usize) -> Result<(), Broken> {
        if self.tablets[tablet].page.is_none() {
            self.boot(tablet)?;
        }
        let device = &self.tablets[tablet];
        let Some(keys) = device.disks.keys.clone() else {
            return self.dispatch(tablet, Event::EnrolSubmitted("CODE-CODE".into()));
        };
        if device.retired || !device.is_copy() {
            return Ok(());
        }
        if device.twin && self.server.fenced(keys.till, keys.epoch) {
            // The other tablet was enrolled again and is the till now.
            self.note(format_args!("tablet {tablet}: taken out of use"));
            self.tablets[tablet].retired = true;
        } else if self.enrol(tablet)? {
            self.tablets[tablet].purchase = self.oracle.new_purchase();
            self.boot(tablet)?;
        }
        Ok(())
    }

    /// One more sale, if the till is in use.
    pub(crate) fn sell_once(&mut self, tablet: usize) -> Result<(), Broken> {
        let before = self.tablets[tablet].receipts;
        // Enough for a person who goes on trying to refund what has come back already.
        for _ in 0..200 {
            if self.tablets[tablet].retired || self.tablets[tablet].receipts > before {
                return Ok(());
            }
            self.act(tablet)?;
        }
        must(false, || format!("tablet {tablet} cannot sell any more, though everything healed"))
    }

    fn screen(&self, tablet: usize) -> Screen {
        let Some(page) = &self.tablets[tablet].page else { return Screen::Nothing };
        match &page.model.phase {
            Phase::Enrolling { .. } => Screen::Enrolling,
            Phase::Locked(SignIn { .. }) => Screen::SignIn,
            Phase::Unlocked(desk) if matches!(desk.panel, Some(Panel::Approval(_))) => Screen::Approval,
            Phase::Unlocked(desk) => match &desk.stage {
                Stage::NoShift => Screen::NoShift,
                Stage::Selling(cart) => Screen::Selling { lines: cart.lines().len() },
                Stage::Tendering(tendering) => Screen::Tendering { due: tendering.cash_due(&desk.config.currency) },
                Stage::Receipt(_) => Screen::Receipt,
                Stage::History(history) => Screen::History {
                    sales: history.book.as_ref().map_or(0, |book| book.sales().len()),
                    lines: history.paid().map_or(0, |paid| paid.sale.lines.len()),
                    step: history.opened.as_ref().map(|opened| opened.step.clone()),
                },
                Stage::Counting(_) => Screen::Counting,
                Stage::Report(..) => Screen::Report,
            },
            Phase::Starting | Phase::Unusable(_) | Phase::SecondTab => Screen::Nothing,
        }
    }

    fn sign_in(&mut self, tablet: usize) -> Result<(), Broken> {
        self.dispatch(tablet, Event::StaffChosen(STAFF))?;
        self.dispatch(tablet, Event::PinSubmitted("482913".into()))
    }

    fn tap(&mut self, tablet: usize) -> Result<(), Broken> {
        if matches!(self.screen(tablet), Screen::Selling { lines: 0 } | Screen::Receipt) {
            self.tablets[tablet].purchase = self.oracle.new_purchase();
        }
        let sku = format!("P{}", self.dice.between(1, 9));
        self.dispatch(tablet, Event::ProductTapped(sku))
    }

    fn sell(&mut self, tablet: usize) -> Result<(), Broken> {
        for _ in 0..self.dice.between(1, 3) {
            self.tap(tablet)?;
        }
        self.dispatch(tablet, Event::ChargePressed)?;
        match self.screen(tablet) {
            Screen::Tendering { due } => self.pay(tablet, due),
            _ => Ok(()),
        }
    }

    fn pay(&mut self, tablet: usize, due: Minor) -> Result<(), Broken> {
        if self.dice.chance(50) {
            return self.dispatch(tablet, Event::TenderLeft);
        }
        let more = self.dice.below(3) * 500;
        self.dispatch(tablet, Event::CashGiven(Minor(due.0 + more as i64)))?;
        self.dispatch(tablet, Event::TenderConfirmed)
    }

    /// A sale of before: looked at, voided, or refunded whole or in part, more than once at times.
    fn look_back(&mut self, tablet: usize, sales: usize, lines: usize, step: Option<Step>) -> Result<(), Broken> {
        let event = match (step, self.dice.weighted(&[60, 15, 15, 10])) {
            (None, 0..=2) if sales > 0 => {
                let place = self.dice.below(sales as u64) as usize;
                let Some(Phase::Unlocked(desk)) = self.tablets[tablet].page.as_ref().map(|page| &page.model.phase) else {
                    return Ok(());
                };
                let Stage::History(history) = &desk.stage else { return Ok(()) };
                match history.book.as_ref().and_then(|book| book.sales().get(place)) {
                    Some(paid) => Event::OrderChosen(paid.id),
                    None => Event::OrdersLeft,
                }
            }
            (Some(Step::Shown | Step::Done(_)), 0) => Event::RefundPressed,
            (Some(Step::Shown), 1) => Event::VoidSubmitted("wrong size".into()),
            (Some(Step::Choosing(_)), 0) => Event::RefundSubmitted("broken".into()),
            (Some(Step::Choosing(_)), 1 | 2) => {
                let line = self.dice.below(lines.max(1) as u64) as usize;
                Event::RefundQtyStepped { line, pieces: -1 }
            }
            (Some(_), 2) => Event::OrderLeft,
            _ => Event::OrdersLeft,
        };
        self.dispatch(tablet, event)
    }

    /// Cash in or out, or the drawer alone.
    fn at_the_drawer(&mut self, tablet: usize) -> Result<(), Broken> {
        let reason = String::from("bank");
        let event = match self.dice.below(3) {
            0 => Event::NoSaleSubmitted(reason),
            way => Event::CashSubmitted { out: way == 1, amount: self.dice.between(1, 90).to_string(), reason },
        };
        self.dispatch(tablet, event)
    }

    fn count(&mut self, tablet: usize) -> Result<(), Broken> {
        match self.screen(tablet) {
            Screen::Counting => self.dispatch(tablet, Event::CountSubmitted(Count::Sum("250.00".into()))),
            _ => Ok(()),
        }
    }
}
