//! What a person does at the till: `update` takes an event in, changes the model and says what is to be done outside.
//!
//! The model's lifecycles are enums, so that an impossible state cannot be written down. A sale is "paid" only when
//! [`Event::CommitDone`] brings its entry back from both disks; until then the tender screen stays as it is.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::{
    cart::{Cart, CartLine},
    config::{Config, TillState},
    device::{Boot, Committed, DeviceAlert, DeviceError, Locked, Session, Status, Unusable},
    ids::{SaleId, StaffId},
    journal::{Body, Draft},
    ledger::{Ledger, Paid, ShiftReport},
    money::Minor,
    sale::{SaleLine, Totals},
    staff::{Failures, Permission, Pin, StaffMember},
};

mod turn;
use turn::Turn;

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
                if let Event::CommitDone { result: Ok(committed), .. } = &event {
                    // What was just written is unsent until the device says otherwise (promise 10).
                    model.status.unsent = model.status.unsent.saturating_add(committed.len() as u64);
                    model.status.oldest_ms.get_or_insert(now_ms);
                }
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
            let wait_ms = match why {
                DeviceError::Wait { ms } => ms,
                // The wrong PIN that begins a wait says so at once.
                DeviceError::WrongPin { count } => Failures { count, last_ms: now_ms }.wait_ms(now_ms),
                _ => 0,
            };
            let until_ms = now_ms.saturating_add(i64::try_from(wait_ms).unwrap_or(i64::MAX));
            sign_in.wait_until_ms = (wait_ms > 0).then_some(until_ms);
            let why = if wait_ms > 0 { DeviceError::Wait { ms: wait_ms } } else { why };
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
