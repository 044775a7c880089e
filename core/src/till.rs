//! What a person does at the till: `update` takes an event in, changes the model and says what is to be done outside.
//!
//! The model's lifecycles are enums, so that an impossible state cannot be written down. A sale is "paid" only when
//! [`Event::CommitDone`] brings its entry back from both disks; until then the tender screen stays as it is.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Hash,
    card::Reader,
    cart::Cart,
    catalogue::is_false,
    config::{Config, TillState},
    customer::Directory,
    device::{Boot, DeviceAlert, DeviceError, Locked, RosterEntry, Session, Status, Unusable},
    gift::{CartGift, Issued},
    ids::{SaleId, StaffId},
    journal::{Body, Draft, LineOut, LockCause},
    ledger::{Ledger, Paid, ShiftReport},
    money::Minor,
    sale::is_nothing,
    staff::{Failures, LogInWay, PasskeyUse, Pin, Powers, Proof, StaffMember},
    stock::Shelf,
    tender::Tender,
};

mod command;
mod effect;
mod event;
mod gifting;
mod history;
mod panel;
mod place;
mod printing;
mod tendering;
mod turn;
mod undo;

pub use effect::Effect;
pub use event::Event;
pub use gifting::{Asked, GiftPanel, ShownGift};
pub use history::{History, Opened, Step};
pub use panel::{AuditFilter, Count, Form, Panel, Refused};
pub use place::{Fields, Place};
pub use printing::Printing;
pub use tendering::{CardStep, Tendering};
use turn::Turn;
pub(crate) use turn::{approvers, difference};
pub use undo::{Change, Undo};

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
    /// The orders before their last change.
    pub undo: Option<Undo>,
    /// What was taken out of orders since the journal was told last.
    taken_out: Vec<LineOut>,
    /// What is open over the screen.
    pub panel: Option<Panel>,
    /// What stands in the fields of both.
    pub fields: Fields,
    /// Who may sign in here, and how.
    pub roster: Vec<RosterEntry>,
    /// The code of the receipt that was shown last, and of which sale.
    pub code: Option<(SaleId, String)>,
    /// What is in stock, as far as the till can know.
    pub shelf: Shelf,
    /// The customers that this till knows.
    pub customers: Directory,
    /// Cards that were just sold or given as credit: their codes are shown until the customer has them.
    pub issued: Vec<Issued>,
    /// The printer, and what was last printed.
    pub printing: Printing,
    /// Why the till locks by itself, for the sign-in screen.
    locked_out: Option<String>,
    /// Lock as soon as what is being written is done.
    lock_next: Option<LockCause>,
    /// What the journal is told once the device has changed the person's proof; nothing, while it does not.
    changing_proof: Option<Vec<Body>>,
    next_config: Option<Config>,
    /// The readers that are attached, where the journal does not say so yet.
    next_readers: Option<Vec<Reader>>,
    /// Can this browser reach readers?
    pub(crate) readers_possible: bool,
    /// The barcode scanners that are attached; nothing, where this browser reaches none.
    pub(crate) scanners: Option<Vec<String>>,
    /// When news of payments were asked for last, milliseconds since 1970.
    asked_ms: i64,
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
    Tendering(Box<Tendering>),
    /// Paid: on both disks.
    Receipt(Box<Paid>),
    /// The sales that the till holds.
    History(Box<History>),
    /// Counting the drawer; the cart that was open stays.
    Counting(Cart),
    /// The shift's Z report, and the chain's head with it.
    Report(Box<ShiftReport>, Hash),
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
    /// What was taken of its price already, by a terminal or a card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenders: Vec<Tender>,
    /// The tip that was chosen for it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tip: Minor,
    /// What was taken out of orders, and is not in the journal yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_out: Vec<LineOut>,
    /// Cards that were just sold or given as credit, and whose codes nobody may have seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issued: Vec<Issued>,
    /// The receipt of that sale was on screen: whoever signs in next sees it, since perhaps nobody has.
    #[serde(default)]
    pub receipt: bool,
    /// And it was printed: what is printed of it from now on is a copy.
    #[serde(default, skip_serializing_if = "is_false")]
    pub printed: bool,
    /// Where the person was.
    #[serde(default)]
    pub place: Place,
}

/// Why a commit was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    LogIn,
    OpenShift,
    Sell,
    VoidSale,
    Refund,
    /// The server's word on a gift card.
    GiftCheck,
    CloseShift,
    MoveCash,
    CountStock,
    SaveCustomer,
    NoSale,
    /// A copy of a receipt is printed once that is written.
    Copy,
    /// A receipt by e-mail.
    Mail,
    ApplyConfig,
    /// What was approved is done once the approval is written.
    Approve,
    /// Readers that came or went.
    Readers,
    /// What the bank said of payments.
    Decided,
    AnswerAlert,
    /// Nothing waits for it.
    Note,
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
        Event::Ticked if !matches!(model.phase, Phase::Unlocked(_)) => Vec::new(),
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
                Event::SignedIn { way, result: Ok((session, orders)) } => {
                    sign_in_done(model, way, *session, orders.map(|orders| *orders))
                }
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
            // A wait is one person's, not the till's.
            (sign_in.error, sign_in.wait_until_ms) = (None, None);
        }
        Event::StaffChoiceLeft if !sign_in.busy => {
            sign_in.chosen = None;
            sign_in.error = None;
        }
        Event::PinSubmitted(text) => {
            let passkey = sign_in.chosen_entry().and_then(|entry| entry.passkey);
            let proof = Pin::parse(&text).map_err(|e| e.to_string()).map(|pin| match passkey {
                Some(PasskeyUse::WithPin) => Proof::PinAndPasskey(pin),
                Some(PasskeyUse::Alone) | None => Proof::Pin(pin),
            });
            return try_proof(sign_in, proof.map(|proof| move |staff| Effect::Unlock { staff, proof }));
        }
        Event::PasskeyPressed => {
            return try_proof(sign_in, Ok(|staff| Effect::Unlock { staff, proof: Proof::Passkey }));
        }
        Event::FirstPinSubmitted { code, pin, repeat } => {
            let code = code.trim().to_owned();
            let pin = chosen_pin(&pin, &repeat);
            return try_proof(sign_in, pin.map(|pin| move |staff| Effect::FirstPin { staff, code, pin }));
        }
        Event::RosterChanged(roster) => sign_in.info.roster = roster,
        Event::SignedIn { result: Err(why), .. } => {
            sign_in.busy = false;
            let wait_ms = match why {
                DeviceError::Wait { ms } => ms,
                // The wrong PIN that begins a wait says so at once.
                DeviceError::WrongPin { count } => Failures { count, served_ms: 0 }.wait_ms(),
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

/// A PIN that was typed twice.
fn chosen_pin(pin: &str, repeat: &str) -> Result<Pin, String> {
    if pin == repeat {
        Pin::choose(pin).map_err(|e| e.to_string())
    } else {
        Err("The two PINs are not the same. Type them again.".into())
    }
}

fn try_proof(sign_in: &mut SignIn, effect: Result<impl FnOnce(StaffId) -> Effect, String>) -> Vec<Effect> {
    let Some(staff) = sign_in.chosen.filter(|_| !sign_in.busy) else { return Vec::new() };
    match effect {
        Ok(effect) => {
            sign_in.busy = true;
            sign_in.error = None;
            vec![effect(staff)]
        }
        Err(sentence) => {
            sign_in.error = Some(sentence);
            Vec::new()
        }
    }
}

fn sign_in_done(model: &mut Model, way: LogInWay, mut session: Session, orders: Option<Orders>) -> Vec<Effect> {
    let Some(staff) = session.config.staff.iter().find(|member| member.id == session.staff).cloned() else {
        if let Phase::Locked(sign_in) = &mut model.phase {
            sign_in.busy = false;
            sign_in.error = Some("The owner took you off this till. Ask a manager.".into());
        }
        return vec![Effect::Lock(LockCause::Till)];
    };
    let orders = orders.unwrap_or_default();
    session.ledger.stock.settle(session.stock.settled);
    let shelf = Shelf::of(session.stock, &session.ledger.stock);
    let already_sold = session.ledger.last_sale.as_ref().map(|paid| paid.id) != orders.after;
    let in_shift = session.ledger.shift.is_some();
    let stage = match session.ledger.last_sale.clone() {
        // The page went away between the sale's writing and the next one: perhaps nobody was told that it is paid.
        Some(paid) if in_shift && (orders.receipt || already_sold && !orders.cart.is_empty()) => Stage::Receipt(Box::new(paid)),
        _ if !in_shift => Stage::NoShift,
        _ if already_sold => Stage::Selling(Cart::default()),
        _ => resumed(orders.cart.clone(), orders.tenders, orders.tip, &session.config),
    };
    let mut issued = orders.issued;
    if let Stage::Receipt(paid) = &stage {
        // The page went away before it could keep the codes of what it had just sold.
        issued.extend(issued_with(&orders.cart, paid));
    }
    // What the journal does not know of was not written in the end.
    issued.retain(|issued| session.ledger.gifts.find(issued.card).is_some());
    let mut bodies = vec![Body::LogIn { way }];
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
        undo: None,
        // What was taken out of an order was written with its sale.
        taken_out: if already_sold { Vec::new() } else { orders.taken_out },
        panel: None,
        fields: Fields::default(),
        roster: session.roster,
        code: None,
        shelf,
        customers: session.customers,
        issued,
        printing: Printing { printed: orders.printed, ..Printing::default() },
        locked_out: None,
        lock_next: None,
        changing_proof: None,
        next_config: None,
        next_readers: None,
        readers_possible: false,
        scanners: None,
        asked_ms: 0,
        pending: Vec::new(),
    };
    let mut turn = Turn { desk: &mut desk, status: &model.status, now_ms: model.now_ms, effects: Vec::new(), commit: None };
    turn.show_issued();
    turn.come_back(orders.place);
    turn.commit(Purpose::LogIn, bodies);
    let (effects, commit) = (turn.effects, turn.commit);
    model.phase = Phase::Unlocked(Box::new(desk));
    finish_turn(model, effects, commit)
}

/// The order that was on screen: at the counter again, or where a part of it was paid already, on the way to being paid.
fn resumed(cart: Cart, tenders: Vec<Tender>, tip: Minor, config: &Config) -> Stage {
    match cart.reckon(config) {
        Ok((lines, totals)) if !tenders.is_empty() || tip.0 != 0 => {
            Stage::Tendering(Box::new(Tendering { tip, tenders, ..Tendering::of(cart, lines, totals) }))
        }
        _ => Stage::Selling(cart),
    }
}

/// The cards of an order that became this sale, with their codes.
fn issued_with(cart: &Cart, paid: &Paid) -> Vec<Issued> {
    let of = |gift: &CartGift| {
        let sold = paid.sale.gifts.iter().find(|sold| sold.card == gift.card)?;
        Some(Issued { code: gift.code.clone(), card: gift.card, amount: sold.amount, until_ms: sold.until_ms })
    };
    cart.gifts().iter().filter_map(of).collect()
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

impl SignIn {
    fn chosen_entry(&self) -> Option<&RosterEntry> {
        self.info.roster.iter().find(|entry| Some(entry.id) == self.chosen)
    }
}

impl Desk {
    /// Is something being written that the next step waits for?
    pub fn busy(&self) -> bool {
        self.pending.iter().any(|(_, purpose)| {
            !matches!(purpose, Purpose::LogIn | Purpose::ApplyConfig | Purpose::Note | Purpose::Readers | Purpose::Decided)
        })
    }

    /// What the person who works here may do.
    pub fn powers(&self) -> Powers {
        self.config.powers(self.staff.role)
    }

    /// Is the device changing how the person signs in?
    pub(crate) fn proof_is_changing(&self) -> bool {
        self.changing_proof.is_some()
    }

    /// Is somebody's proof being looked at?
    fn asks_for_a_proof(&self) -> bool {
        self.proof_is_changing() || matches!(&self.panel, Some(Panel::Approval(refused)) if refused.busy)
    }

    /// The order on screen.
    pub fn cart(&self) -> Option<&Cart> {
        match &self.stage {
            Stage::Selling(cart) | Stage::Counting(cart) => Some(cart),
            Stage::Tendering(tendering) => Some(&tendering.cart),
            Stage::History(history) => Some(&history.cart),
            Stage::NoShift | Stage::Receipt(_) | Stage::Report(..) => None,
        }
    }

    /// The sale on screen: on its receipt, or chosen from those that the till holds.
    pub fn shown_sale(&self) -> Option<&Paid> {
        match &self.stage {
            Stage::Receipt(paid) => Some(paid),
            Stage::History(history) => history.paid(),
            _ => None,
        }
    }

    /// Nothing is open that a reload or a new version would disturb.
    pub fn at_rest(&self) -> bool {
        self.pending.is_empty()
            && self.panel.is_none()
            && match &self.stage {
                Stage::NoShift | Stage::Receipt(_) | Stage::Report(..) => true,
                Stage::Selling(cart) => cart.is_empty(),
                Stage::Tendering(_) | Stage::History(_) | Stage::Counting(_) => false,
            }
    }

    /// The unfinished orders, to be kept.
    pub fn orders(&self) -> Orders {
        Orders {
            cart: self.cart().cloned().unwrap_or_default(),
            parked: self.parked.clone(),
            after: self.ledger.last_sale.as_ref().map(|paid| paid.id),
            tenders: match &self.stage {
                Stage::Tendering(tendering) => tendering.tenders.clone(),
                _ => Vec::new(),
            },
            tip: match &self.stage {
                Stage::Tendering(tendering) => tendering.tip,
                _ => Minor::ZERO,
            },
            taken_out: self.taken_out.clone(),
            issued: self.issued.clone(),
            receipt: matches!(self.stage, Stage::Receipt(_)),
            printed: matches!(self.stage, Stage::Receipt(_)) && self.printing.printed,
            place: self.place(),
        }
    }

    /// May this tablet sell at all?
    fn blocked(&self, status: &Status) -> Option<DeviceError> {
        if self.config.state == TillState::Revoked || status.alerts.contains(&DeviceAlert::Revoked) {
            return Some(DeviceError::Revoked);
        }
        status.alerts.contains(&DeviceAlert::Copy).then_some(DeviceError::Copy)
    }
}
