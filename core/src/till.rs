//! What a person does at the till: `update` takes an event in, changes the model and says what is to be done outside.
//!
//! The model's lifecycles are enums, so that an impossible state cannot be written down. A sale is "paid" only when
//! [`Event::CommitDone`] brings its entry back from both disks; until then the tender screen stays as it is.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::{
    cart::{Cart, CartError, CartLine},
    config::{Config, TillState},
    device::{Boot, Committed, DeviceAlert, DeviceError, Locked, Session, Status, Unusable},
    ids::{SaleId, StaffId},
    journal::{Body, Draft},
    ledger::{Ledger, Paid, ShiftReport},
    money::{Milli, Minor},
    sale::{Sale, SaleLine, Totals},
    staff::{Permission, Pin, StaffMember},
    tender::{Tender, TenderKind},
};

/// Everything that the till's page knows. Not stored: the journal is the truth, this is its projection.
#[derive(Debug, Default)]
pub struct Model {
    /// Where the till is in its life.
    pub phase: Phase,
    /// What the status line shows.
    pub status: Status,
    /// The time of the last event, milliseconds since 1970 UTC.
    pub now_ms: i64,
    commits: u64,
}

/// Where the till is in its life.
#[derive(Debug, Default)]
pub enum Phase {
    /// The page has just opened.
    #[default]
    Starting,
    /// This browser cannot be a till.
    Unusable(Unusable),
    /// Another tab is the till.
    SecondTab,
    /// Waiting for an enrolment code.
    Enrolling {
        /// A request is on its way.
        busy: bool,
        /// What went wrong last time.
        error: Option<DeviceError>,
        /// It was a till before, and its unsent entries are kept.
        keys_lost: bool,
    },
    /// Waiting for a person to sign in.
    Locked(SignIn),
    /// Somebody is signed in.
    Unlocked(Box<Desk>),
}

/// The sign-in screen.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Names to choose from.
    pub info: Locked,
    /// Who was chosen.
    pub chosen: Option<StaffId>,
    /// A PIN is being tried.
    pub busy: bool,
    /// What went wrong last time.
    pub error: Option<String>,
    /// Until when no PIN is taken, milliseconds since 1970.
    pub wait_until_ms: Option<i64>,
}

/// A signed-in till.
#[derive(Debug)]
pub struct Desk {
    /// Who works.
    pub staff: StaffMember,
    /// The shop.
    pub config: Rc<Config>,
    /// What the journal adds up to.
    pub ledger: Ledger,
    /// What is on screen.
    pub stage: Stage,
    /// Orders that were put aside.
    pub parked: Vec<Parked>,
    /// What went wrong last, for the person.
    pub error: Option<String>,
    /// The line that was removed last, and where it stood.
    pub removed: Option<(usize, CartLine)>,
    /// Why the till locks by itself, for the sign-in screen.
    locked_out: Option<String>,
    next_config: Option<Config>,
    pending: Vec<(u64, Purpose)>,
}

/// What is on the screen of a signed-in till.
#[derive(Debug)]
pub enum Stage {
    /// No shift is open.
    NoShift,
    /// Products and cart.
    Selling(Cart),
    /// Taking payment for a cart that no longer changes.
    Tendering(Tendering),
    /// Paid: on both disks.
    Receipt(Box<Paid>),
    /// Counting the drawer; the cart that was open stays.
    Counting(Cart),
    /// The shift's Z report.
    Report(Box<ShiftReport>),
}

/// A cart on its way to being paid.
#[derive(Debug)]
pub struct Tendering {
    /// The cart, to go back to.
    pub cart: Cart,
    /// Its lines with tax.
    pub lines: Vec<SaleLine>,
    /// Their sums.
    pub totals: Totals,
    /// What cash rounding adds.
    pub rounding: Minor,
    /// What the customer owes in cash.
    pub due: Minor,
    /// What was handed over, once it is known.
    pub tendered: Option<Minor>,
}

/// An order that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// When, milliseconds since 1970; also what it is called on screen.
    pub at_ms: i64,
    /// The order.
    pub cart: Cart,
}

/// The unfinished orders, kept encrypted across reloads and locks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The order on screen.
    pub cart: Cart,
    /// Those put aside.
    pub parked: Vec<Parked>,
    /// The last sale when this was written: if the journal knows a later one, `cart` is what was sold, and must not come back.
    pub after: Option<SaleId>,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The device was looked at.
    Booted(Boot),
    /// Delivery or storage changed.
    StatusChanged(Status),
    /// Time passed.
    Ticked,
    /// An enrolment code was typed.
    EnrolSubmitted(String),
    /// Enrolment ended.
    EnrolDone(Result<Locked, DeviceError>),
    /// A person said who they are.
    StaffChosen(StaffId),
    /// Back to the list of people.
    StaffChoiceLeft,
    /// A one-time code and a new PIN, twice.
    FirstPinSubmitted {
        /// The code from the office.
        code: String,
        /// The PIN that was chosen.
        pin: String,
        /// And again.
        repeat: String,
    },
    /// A PIN was typed.
    PinSubmitted(String),
    /// Signing in ended; `first` with a one-time code. The orders were decoded from the session's draft.
    SignedIn {
        /// With a one-time code?
        first: bool,
        /// How it ended.
        result: Result<(Box<Session>, Option<Orders>), DeviceError>,
    },
    /// The lock button, or idle minutes.
    LockPressed {
        /// Nobody did anything for a while.
        idle: bool,
    },
    /// The keys are gone from memory.
    LockDone(Locked),
    /// A float was counted.
    ShiftOpenSubmitted(String),
    /// A product's tile, or its code.
    ProductTapped(String),
    /// A new quantity was typed for a line.
    QtyTyped {
        /// Which line.
        line: usize,
        /// What was typed.
        qty: String,
    },
    /// Plus or minus on a line.
    QtyStepped {
        /// Which line.
        line: usize,
        /// Pieces to add (negative: to take away).
        pieces: i64,
    },
    /// A line was taken out.
    LineRemoved(usize),
    /// The last removed line comes back.
    RemoveUndone,
    /// The order was put aside.
    ParkPressed,
    /// An order that was put aside comes back; the one on screen, if any, takes its place.
    ParkedChosen(usize),
    /// To payment.
    ChargePressed,
    /// Back to the cart.
    TenderLeft,
    /// A quick-cash button: this much was handed over.
    CashGiven(Minor),
    /// An amount was typed.
    CashTyped(String),
    /// Take the payment.
    TenderConfirmed,
    /// From the receipt to the next sale.
    NewSalePressed,
    /// Count the drawer.
    ShiftClosePressed,
    /// Back from counting.
    CountLeft,
    /// The drawer was counted.
    CountSubmitted(String),
    /// The Z report was read.
    ReportLeft,
    /// A commit ended.
    CommitDone {
        /// Which one.
        id: u64,
        /// How.
        result: Result<Vec<Committed>, DeviceError>,
    },
    /// A newer configuration arrived.
    ConfigArrived(Box<Config>),
    /// The error was read.
    ErrorDismissed,
}

/// What is to be done outside.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Enrol with this code; answer [`Event::EnrolDone`].
    Enrol(String),
    /// Prove a one-time code and set a PIN; answer [`Event::SignedIn`].
    FirstPin {
        /// Who.
        staff: StaffId,
        /// Their code.
        code: String,
        /// Their new PIN.
        pin: Pin,
    },
    /// Try a PIN; answer [`Event::SignedIn`].
    Unlock {
        /// Who.
        staff: StaffId,
        /// Their PIN.
        pin: Pin,
    },
    /// Forget the keys; answer [`Event::LockDone`].
    Lock {
        /// By itself.
        idle: bool,
    },
    /// Write entries to both disks, all or none; answer [`Event::CommitDone`].
    Commit {
        /// To tell the answers apart.
        id: u64,
        /// In this order.
        drafts: Vec<Draft>,
    },
    /// Keep the unfinished orders.
    SaveOrders(Orders),
    /// Keep the ledger, so that older entries may be purged.
    Snapshot(Box<Ledger>),
    /// Send what waits.
    Sync,
    /// Keep the screen awake, or let it sleep.
    KeepAwake(bool),
}

/// Why a commit was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    LogIn,
    OpenShift,
    Sell,
    CloseShift,
    ApplyConfig,
}

const NOT_ALLOWED: &str = "Your role does not allow this. Ask a supervisor or manager.";

/// Takes `event`, which happened at `now_ms` (milliseconds since 1970 UTC by the till's clock), into `model`.
pub fn update(model: &mut Model, now_ms: i64, event: Event) -> Vec<Effect> {
    model.now_ms = now_ms;
    match event {
        Event::Booted(boot) => {
            model.phase = match boot {
                Boot::Unusable(why) => Phase::Unusable(why),
                Boot::SecondTab => Phase::SecondTab,
                Boot::NotEnrolled { keys_lost } => Phase::Enrolling { busy: false, error: None, keys_lost },
                Boot::Locked(info) => Phase::Locked(SignIn { info, ..SignIn::default() }),
            };
            vec![Effect::Sync]
        }
        Event::StatusChanged(status) => {
            model.status = status;
            Vec::new()
        }
        Event::Ticked => Vec::new(),
        Event::LockDone(info) => {
            let error = match &mut model.phase {
                Phase::Unlocked(desk) => desk.locked_out.take(),
                _ => None,
            };
            model.phase = Phase::Locked(SignIn { info, error, ..SignIn::default() });
            vec![Effect::KeepAwake(false)]
        }
        event => match &mut model.phase {
            Phase::Enrolling { .. } => enrolling(model, event),
            Phase::Locked(sign_in) => match event {
                Event::SignedIn { first, result: Ok((session, orders)) } => sign_in_done(model, first, *session, orders),
                event => signing_in(sign_in, now_ms, event),
            },
            Phase::Unlocked(desk) => {
                let (effects, drafts) = {
                    let mut turn = Turn { desk, status: &model.status, now_ms, effects: Vec::new(), commit: None };
                    turn.take(event);
                    (turn.effects, turn.commit)
                };
                finish_turn(model, effects, drafts)
            }
            Phase::Starting | Phase::Unusable(_) | Phase::SecondTab => Vec::new(),
        },
    }
}

fn enrolling(model: &mut Model, event: Event) -> Vec<Effect> {
    let Phase::Enrolling { busy, error, .. } = &mut model.phase else { return Vec::new() };
    match event {
        Event::EnrolSubmitted(code) if !*busy => {
            *busy = true;
            *error = None;
            vec![Effect::Enrol(code.trim().to_owned())]
        }
        Event::EnrolDone(Ok(info)) => {
            model.phase = Phase::Locked(SignIn { info, ..SignIn::default() });
            vec![Effect::Sync]
        }
        Event::EnrolDone(Err(why)) => {
            *busy = false;
            *error = Some(why);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn signing_in(sign_in: &mut SignIn, now_ms: i64, event: Event) -> Vec<Effect> {
    match event {
        Event::StaffChosen(id) if !sign_in.busy => {
            sign_in.chosen = sign_in.info.roster.iter().any(|entry| entry.id == id).then_some(id);
            sign_in.error = None;
        }
        Event::StaffChoiceLeft if !sign_in.busy => {
            sign_in.chosen = None;
            sign_in.error = None;
        }
        Event::PinSubmitted(text) => return try_pin(sign_in, Pin::parse(&text).map_err(|e| e.to_string()), None),
        Event::FirstPinSubmitted { code, pin, repeat } => {
            let pin = if pin == repeat {
                Pin::choose(&pin).map_err(|e| e.to_string())
            } else {
                Err("The two PINs are not the same. Type them again.".into())
            };
            return try_pin(sign_in, pin, Some(code));
        }
        Event::SignedIn { result: Err(why), .. } => {
            sign_in.busy = false;
            sign_in.wait_until_ms = match why {
                DeviceError::Wait { ms } => Some(now_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))),
                _ => None,
            };
            if why == DeviceError::NoPin
                && let Some(entry) = sign_in.info.roster.iter_mut().find(|entry| Some(entry.id) == sign_in.chosen)
            {
                entry.has_pin = false;
            }
            sign_in.error = Some(why.to_string());
        }
        _ => {}
    }
    Vec::new()
}

fn try_pin(sign_in: &mut SignIn, pin: Result<Pin, String>, code: Option<String>) -> Vec<Effect> {
    let Some(staff) = sign_in.chosen.filter(|_| !sign_in.busy) else { return Vec::new() };
    match pin {
        Ok(pin) => {
            sign_in.busy = true;
            sign_in.error = None;
            vec![match code {
                Some(code) => Effect::FirstPin { staff, code: code.trim().to_owned(), pin },
                None => Effect::Unlock { staff, pin },
            }]
        }
        Err(sentence) => {
            sign_in.error = Some(sentence);
            Vec::new()
        }
    }
}

fn sign_in_done(model: &mut Model, first: bool, session: Session, orders: Option<Orders>) -> Vec<Effect> {
    let Some(staff) = session.config.staff.iter().find(|member| member.id == session.staff).cloned() else {
        if let Phase::Locked(sign_in) = &mut model.phase {
            sign_in.busy = false;
            sign_in.error = Some("The owner took you off this till. Ask a manager.".into());
        }
        return vec![Effect::Lock { idle: false }];
    };
    let orders = orders.unwrap_or_default();
    let already_sold = session.ledger.last_sale.as_ref().map(|paid| paid.id) != orders.after;
    let cart = if already_sold { Cart::default() } else { orders.cart };
    let stage = if session.ledger.shift.is_some() { Stage::Selling(cart) } else { Stage::NoShift };
    let mut bodies = vec![Body::LogIn { first }];
    if session.ledger.config_version != session.config.version {
        bodies.push(Body::ConfigApplied { version: session.config.version });
    }
    let mut desk = Desk {
        staff,
        config: Rc::new(session.config),
        ledger: session.ledger,
        stage,
        parked: orders.parked,
        error: None,
        removed: None,
        locked_out: None,
        next_config: None,
        pending: Vec::new(),
    };
    let mut turn = Turn { desk: &mut desk, status: &model.status, now_ms: model.now_ms, effects: Vec::new(), commit: None };
    turn.commit(Purpose::LogIn, bodies);
    let (effects, commit) = (turn.effects, turn.commit);
    model.phase = Phase::Unlocked(Box::new(desk));
    finish_turn(model, effects, commit)
}

/// Gives the turn's commit its number.
fn finish_turn(model: &mut Model, mut effects: Vec<Effect>, commit: Option<(Purpose, Vec<Draft>)>) -> Vec<Effect> {
    if let (Some((purpose, drafts)), Phase::Unlocked(desk)) = (commit, &mut model.phase) {
        model.commits += 1;
        desk.pending.push((model.commits, purpose));
        effects.insert(0, Effect::Commit { id: model.commits, drafts });
    }
    effects
}

impl Event {
    /// The permission that this command needs. What the device reports, and what only looks, needs none.
    fn permission(&self) -> Option<Permission> {
        match self {
            Event::ProductTapped(_)
            | Event::QtyTyped { .. }
            | Event::QtyStepped { .. }
            | Event::LineRemoved(_)
            | Event::RemoveUndone
            | Event::ParkPressed
            | Event::ParkedChosen(_)
            | Event::ChargePressed
            | Event::CashGiven(_)
            | Event::CashTyped(_)
            | Event::TenderConfirmed => Some(Permission::Sell),
            Event::ShiftOpenSubmitted(_) => Some(Permission::OpenShift),
            Event::ShiftClosePressed | Event::CountSubmitted(_) => Some(Permission::CloseShift),
            _ => None,
        }
    }
}

impl Desk {
    /// Is something being written that the next step waits for?
    pub fn busy(&self) -> bool {
        self.pending.iter().any(|(_, purpose)| matches!(purpose, Purpose::OpenShift | Purpose::Sell | Purpose::CloseShift))
    }

    /// Nothing is open that a reload or a new version would disturb.
    pub fn at_rest(&self) -> bool {
        self.pending.is_empty()
            && match &self.stage {
                Stage::NoShift | Stage::Receipt(_) | Stage::Report(_) => true,
                Stage::Selling(cart) => cart.is_empty(),
                Stage::Tendering(_) | Stage::Counting(_) => false,
            }
    }

    /// The unfinished orders, to be kept.
    pub fn orders(&self) -> Orders {
        let cart = match &self.stage {
            Stage::Selling(cart) | Stage::Counting(cart) => cart.clone(),
            Stage::Tendering(tendering) => tendering.cart.clone(),
            Stage::NoShift | Stage::Receipt(_) | Stage::Report(_) => Cart::default(),
        };
        Orders { cart, parked: self.parked.clone(), after: self.ledger.last_sale.as_ref().map(|paid| paid.id) }
    }

    /// May this tablet sell at all?
    fn blocked(&self, status: &Status) -> Option<DeviceError> {
        if self.config.state == TillState::Revoked || status.alerts.contains(&DeviceAlert::Revoked) {
            return Some(DeviceError::Revoked);
        }
        status.alerts.contains(&DeviceAlert::Copy).then_some(DeviceError::Copy)
    }
}

/// One event at a signed-in till, with what it asks for.
struct Turn<'a> {
    desk: &'a mut Desk,
    status: &'a Status,
    now_ms: i64,
    effects: Vec<Effect>,
    commit: Option<(Purpose, Vec<Draft>)>,
}

impl Turn<'_> {
    fn take(&mut self, event: Event) {
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

    fn commit(&mut self, purpose: Purpose, bodies: Vec<Body>) {
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
