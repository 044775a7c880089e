//! Runs the core: takes events in, carries its effects out on the device, and shows the screens their view.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use barrow_browser::{Device, cbor, page, printers::Printers, scanners::Scanners};
use barrow_core::{
    bytes::Hash,
    config::Config,
    device::{Boot, DeviceAlert, DeviceError, Session, Status},
    image::Encoding,
    journal::LockCause,
    staff::{LogInWay, Permission},
    stock::Shelf,
    till::{self, Effect, Event, Model, Orders, Phase},
    view::{PanelView, Screen, View, view},
};
use leptos::{prelude::*, task::spawn_local};

mod kept;

pub use kept::Where;

use crate::{customer::Customer, language, printing::Sheet, sounds::Sounds, stopped::web_error};

/// How often delivery is tried, whatever else wakes it: the main road of every upload.
const SYNC_EVERY_MS: u32 = 5_000;
/// How often waiting times and the idle lock are looked at.
const TICK_EVERY_MS: u32 = 1_000;

/// The running till: a handle that every screen and handler holds a copy of.
#[derive(Clone, Copy)]
pub struct Till {
    /// What the core shows.
    pub view: RwSignal<View, LocalStorage>,
    /// The shop, set again only when it changed, so that product tiles are not drawn anew for every tap.
    pub shop: RwSignal<Option<Rc<Config>>, LocalStorage>,
    /// What is in stock, set again only when it changed.
    pub shelf: RwSignal<Option<Shelf>, LocalStorage>,
    /// What the view does not hold.
    pub around: RwSignal<Around>,
    /// Goes up when something came that this page did not do: pictures among it.
    pub news: RwSignal<u32>,
    /// What is searched for among the products.
    pub query: RwSignal<String>,
    /// What the system prints, until it was printed.
    pub sheet: RwSignal<Option<Sheet>>,
    /// The receipt printers.
    pub printers: StoredValue<Printers, LocalStorage>,
    /// What is heard on this tablet.
    pub sounds: Sounds,
    /// The code of the language: all is drawn again when it changes.
    pub language: RwSignal<&'static str>,
    inside: StoredValue<Rc<Inside>, LocalStorage>,
}

/// What stands around the core's view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Around {
    /// A new version waits, and may be put in place now.
    pub may_update: bool,
    /// The device's state, for those who may see it.
    pub tablet: Option<Status>,
    /// This browser can hold a passkey's key.
    pub passkeys: bool,
}

struct Inside {
    model: RefCell<Model>,
    device: OnceCell<Device>,
    scanners: OnceCell<Scanners>,
    customer: OnceCell<Customer>,
    keeping: RefCell<VecDeque<Keep>>,
    keeping_now: Cell<bool>,
    syncing: Cell<bool>,
    sync_again: Cell<Option<bool>>,
    background_sync_asked: Cell<bool>,
    update_ready: Cell<bool>,
    passkeys: Cell<bool>,
    touched_ms: Cell<i64>,
    /// How many commits have ended.
    commits: Cell<u64>,
}

/// What must reach the device one after the other: an older order must not overtake a newer one, nor the lock either.
enum Keep {
    Orders(Box<Orders>),
    Lock(LockCause),
}

impl Till {
    /// Opens the device, and keeps the till going for as long as the page lives.
    pub fn start() -> Till {
        let model = Model::default();
        let till = Till {
            view: RwSignal::new_local(view(&model)),
            shop: RwSignal::new_local(None),
            shelf: RwSignal::new_local(None),
            around: RwSignal::new(Around::default()),
            news: RwSignal::new(0),
            query: RwSignal::new(String::new()),
            sheet: RwSignal::new(None),
            printers: StoredValue::new_local(Printers::default()),
            sounds: Sounds::remembered(),
            language: RwSignal::new(language::chosen().code),
            inside: StoredValue::new_local(Rc::new(Inside {
                model: RefCell::new(model),
                device: OnceCell::new(),
                scanners: OnceCell::new(),
                customer: OnceCell::new(),
                keeping: RefCell::default(),
                keeping_now: Cell::new(false),
                syncing: Cell::new(false),
                sync_again: Cell::new(None),
                background_sync_asked: Cell::new(false),
                update_ready: Cell::new(false),
                passkeys: Cell::new(false),
                touched_ms: Cell::new(page::now_ms()),
                commits: Cell::new(0),
            })),
        };
        spawn_local(till.boot());
        till
    }

    /// Takes an event into the core, shows what came of it, and starts what is to be done outside.
    pub fn send(self, mut event: Event) {
        let inside = self.inside();
        let adds = matches!(event, Event::ProductTapped(_) | Event::Scanned(_) | Event::LineAsked { .. });
        // A configuration comes with the amounts of this screen.
        match &mut event {
            Event::SignedIn { result: Ok((session, _)), .. } => {
                session.config.currency.style = language::style(&session.config.currency);
            }
            Event::ConfigArrived(config) => config.currency.style = language::style(&config.currency),
            _ => {}
        }
        let effects = till::update(&mut inside.model.borrow_mut(), page::now_ms(), event);
        self.show(adds);
        for effect in effects {
            self.perform(effect);
        }
    }

    /// A part of the screen, as a memo: what depends on it is drawn again only when this part changed. While another screen
    /// takes its place, the last one stays.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(self, pick: fn(&Screen) -> Option<T>) -> Memo<Option<T>> {
        Memo::new(move |last: Option<&Option<T>>| {
            self.view.with(|view| pick(&view.screen)).or_else(|| last.and_then(Clone::clone))
        })
    }

    /// A part of what is open over the screen, as [`Till::part`] is one of the screen.
    pub fn panel_part<T: Clone + PartialEq + Send + Sync + 'static>(self, pick: fn(&PanelView) -> Option<T>) -> Memo<Option<T>> {
        Memo::new(move |last: Option<&Option<T>>| {
            self.view.with(|view| view.panel.as_ref().and_then(pick)).or_else(|| last.and_then(Clone::clone))
        })
    }

    /// The language of the document is another one now.
    pub fn language_changed(self, code: &'static str) {
        let style = self.shop.with_untracked(|shop| shop.as_ref().and_then(|shop| language::style(&shop.currency)));
        self.send(Event::StyleChosen(style));
        self.language.set(code);
    }

    /// Puts the waiting version in place and reloads. Does nothing while a sale is open.
    pub fn apply_update(self) {
        if self.around.with_untracked(|around| around.may_update) {
            page::apply_update();
        }
    }

    /// Asks the browser to keep the till's data, and shows its answer.
    pub fn ask_to_be_kept(self) {
        spawn_local(async move {
            if let Ok(device) = self.device() {
                device.request_persistence().await;
                self.look_at_status().await;
            }
        });
    }

    /// Hands what was set aside to the person as a file. An error goes to `failed`.
    pub fn export_quarantine(self, failed: impl Fn(DeviceError) + 'static) {
        spawn_local(async move {
            match self.ask(async |device| device.export_quarantine().await).await {
                Ok(bytes) => page::download("barrow-quarantine.cbor", "application/cbor", &bytes),
                Err(why) => failed(why),
            }
        });
    }

    /// A product's picture, if it is here.
    pub async fn picture(self, hash: Hash) -> Option<(Encoding, Vec<u8>)> {
        self.device().ok()?.picture(hash).await
    }

    fn inside(self) -> Rc<Inside> {
        self.inside.get_value()
    }

    /// The tablet, once it is open.
    pub fn device(self) -> Result<Device, DeviceError> {
        self.inside().device.get().cloned().ok_or(DeviceError::Locked)
    }

    /// Asks the device, if it is open.
    async fn ask<T>(self, question: impl AsyncFnOnce(Device) -> Result<T, DeviceError>) -> Result<T, DeviceError> {
        question(self.device()?).await
    }

    /// Draws the model, and says what changed; `adds`: somebody added something.
    fn show(self, adds: bool) {
        let inside = self.inside();
        let model = inside.model.borrow();
        let next = view(&model);
        let (shop, around) = inside.around(&model);
        if let Some(customer) = inside.customer.get() {
            customer.follow(&model);
        }
        let shelf = match &model.phase {
            Phase::Unlocked(desk) => Some(desk.shelf.clone()),
            _ => None,
        };
        let is_locked = matches!(model.phase, Phase::Locked(_));
        drop(model);
        // Nobody is asked at the sign-in screen. A browser that is closed while a version waits may lose both: Firefox has started
        // without any service worker then, and without one the till does not open offline.
        if is_locked && around.may_update && inside.update_ready.take() {
            page::apply_update();
        }
        let same = |old: &Option<Rc<Config>>| match (old, &shop) {
            (Some(old), Some(new)) => Rc::ptr_eq(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !self.shop.with_untracked(same) {
            self.shop.set(shop);
        }
        let same = |old: &Option<Shelf>| match (old, &shelf) {
            (Some(old), Some(new)) => old.is(new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !self.shelf.with_untracked(same) {
            self.shelf.set(shelf);
        }
        if self.around.with_untracked(|old| *old != around) {
            self.around.set(around);
        }
        if self.view.with_untracked(|old| *old != next) {
            self.view.with_untracked(|old| self.sounds.say(old, &next, adds));
            self.view.set(next);
        }
    }

    async fn boot(self) {
        let (device, boot) = Device::boot().await;
        let usable = matches!(boot, Boot::NotEnrolled { .. } | Boot::Locked(_));
        let second_tab = boot == Boot::SecondTab;
        // This runs once, so the cell is empty.
        let _ = self.inside().device.set(device.clone());
        self.send(Event::Booted(boot));
        self.face_the_customer();
        device.on_card(move |read| self.send(Event::CardRead(read)));
        device.on_readers(move |readers| self.send(Event::ReadersSeen(Some(readers))));
        if usable {
            let scanned = move |code| self.send(Event::Scanned(code));
            let _ = self.inside().scanners.set(Scanners::open(scanned, move |names| self.send(Event::ScannersSeen(Some(names)))));
        }
        self.inside().passkeys.set(device.passkeys_possible().await);
        device.on_news(move || {
            if second_tab {
                return page::reload();
            }
            self.news.update(|news| *news += 1);
            self.sync(false);
            // A locked till shows at once who came and who left.
            spawn_local(self.look_at_roster());
        });
        self.look_at_status().await;
        leptos::task::tick().await;
        if usable {
            self.keep_going();
            page::mark_ready();
        }
        page::register_service_worker("/sw.js", move || {
            self.inside().update_ready.set(true);
            spawn_local(self.look_at_status());
        });
    }

    /// A customer's window that is open shows what this page says, from now on until it goes.
    fn face_the_customer(self) {
        let answer = move || {
            let inside = self.inside();
            if let Some(customer) = inside.customer.get() {
                customer.answer(&inside.model.borrow());
            }
        };
        // This runs once, so the cell is empty.
        let _ = self.inside().customer.set(Customer::new(answer));
        answer();
        page::on_leaving(move || {
            if let Some(customer) = self.inside().customer.get() {
                customer.leave();
            }
        });
    }

    /// Timer, network, visibility, hands on the screen.
    fn keep_going(self) {
        page::every(SYNC_EVERY_MS, move || self.sync(false));
        page::every(TICK_EVERY_MS, move || self.tick());
        page::on_network(move |online| self.sync(online));
        page::on_visibility(move |shown| {
            if shown {
                self.tick();
                self.sync(false);
            } else {
                self.send(Event::LockPressed(LockCause::Hidden));
            }
        });
        for sign_of_life in ["pointerdown", "keydown"] {
            let touched = window_event_listener_untyped(sign_of_life, move |_| self.inside().touched_ms.set(page::now_ms()));
            // For as long as the page lives: dropping the handle does not remove the listener.
            drop(touched);
        }
    }

    /// Once a second: waiting times on screen, and the lock of a till that nobody touches.
    fn tick(self) {
        // A wait that runs out, and payments that the bank is being asked about.
        let waits = |view: &View| matches!(&view.screen, Screen::SignIn(sign_in) if sign_in.wait_s.is_some());
        if self.view.with_untracked(|view| waits(view) || view.status.exposure.is_some()) {
            self.send(Event::Ticked);
        }
        let minutes = self.shop.with_untracked(|shop| shop.as_ref().map_or(0, |shop| shop.idle_lock_minutes));
        let idle_ms = page::now_ms().saturating_sub(self.inside().touched_ms.get());
        if minutes > 0 && idle_ms >= i64::from(minutes) * 60_000 {
            self.inside().touched_ms.set(page::now_ms());
            self.send(Event::LockPressed(LockCause::Idle));
        }
    }

    fn perform(self, effect: Effect) {
        match effect {
            Effect::Enrol(code) => spawn_local(async move {
                let result = self.ask(async |device| device.enrol(&code).await).await;
                let enrolled = result.is_ok();
                self.send(Event::EnrolDone(result));
                if enrolled {
                    self.ask_to_be_kept();
                }
            }),
            Effect::FirstPin { staff, code, pin } => spawn_local(async move {
                let result = self.ask(async |device| device.first_pin(staff, &code, &pin).await).await;
                self.signed_in(LogInWay::Code, result).await;
            }),
            Effect::Unlock { staff, proof } => spawn_local(async move {
                let result = self.ask(async |device| device.unlock(staff, &proof).await).await;
                self.signed_in(proof.way(), result).await;
            }),
            Effect::Lock(cause) => self.keep(Keep::Lock(cause)),
            Effect::Approve { by, proof } => spawn_local(async move {
                let result = self.ask(async |device| device.approve(by, &proof).await).await;
                self.send(Event::ApprovalDone { by, result });
                self.look_at_roster().await;
            }),
            Effect::ChangeProof { from, to } => spawn_local(async move {
                let result = self.ask(async |device| device.change_proof(&from, &to).await).await;
                self.send(Event::ProofChanged(result));
                self.look_at_roster().await;
            }),
            Effect::EndLockOut(of) => spawn_local(async move {
                let result = self.ask(async |device| device.end_lock_out(of).await).await;
                self.send(Event::LockOutEnded { of, result });
                self.look_at_roster().await;
            }),
            Effect::ReadJournal => spawn_local(async move {
                let result = self.ask(async |device| device.read_journal().await).await;
                self.send(Event::JournalRead(result));
            }),
            Effect::VerifyReceipt { key, signed } => spawn_local(async move {
                let result = self.ask(async |device| device.verify_receipt(&key, &signed).await).await;
                self.send(Event::ReceiptVerified { signed: Box::new(signed), result });
            }),
            Effect::MakeReceiptCode(sale) => spawn_local(async move {
                let made = self.ask(async |device| device.receipt_code(sale, &page::origin()).await).await;
                if let Err(why) = &made {
                    // The receipt is as good without; it is found by its number.
                    web_error(&format!("no code for the receipt of {sale}: {why}"));
                }
                self.send(Event::ReceiptCoded { sale, code: made.ok() });
            }),
            Effect::Commit { id, drafts } => spawn_local(async move {
                let result = self.ask(async |device| device.commit(drafts).await).await;
                self.inside().commits.update(|commits| commits + 1);
                self.send(Event::CommitDone { id, result });
                self.look_at_status().await;
            }),
            Effect::SaveOrders(orders) => self.keep(Keep::Orders(orders)),
            Effect::Snapshot(ledger) => spawn_local(async move {
                // Without the snapshot the entries stay where they are: nothing is lost, only not yet purged.
                if let Ok(device) = self.device()
                    && let Err(why) = device.snapshot(&ledger).await
                {
                    web_error(&why.to_string());
                }
            }),
            Effect::ReadCard(request) => {
                if let Ok(device) = self.device() {
                    device.read_card(request);
                }
            }
            Effect::AskGift(card) => spawn_local(async move {
                let result = self.ask(async |device| device.gift_balance(card).await).await;
                self.send(Event::GiftTold { card, result });
            }),
            Effect::ConnectReader => {
                // The browser lets itself be asked only in the course of the tap, so it is asked before anything waits.
                let connecting = self.device().map(|device| device.connect_reader());
                spawn_local(async move {
                    let result = match connecting {
                        Ok(connecting) => connecting.await.map_err(|why| DeviceError::Refused(why.to_string())),
                        Err(why) => Err(why),
                    };
                    self.send(Event::ReaderConnected(result));
                });
            }
            Effect::Print(job) => self.print(*job),
            Effect::OpenDrawer(link) => self.open_drawer(link),
            Effect::ConnectPrinter(link) => self.connect_printer(link),
            Effect::KeepPrinter(settings) => spawn_local(self.keep_printer(settings)),
            Effect::ConnectScanner => {
                // As above.
                let connecting = self.inside().scanners.get().map(Scanners::connect);
                spawn_local(async move {
                    let result = match connecting {
                        Some(connecting) => connecting.await.map_err(|why| DeviceError::Refused(why.to_string())),
                        None => Err(DeviceError::Locked),
                    };
                    self.send(Event::ScannerConnected(result));
                });
            }
            Effect::Sync => self.sync(false),
            Effect::KeepAwake(awake) => page::wake_lock(awake),
        }
    }

    async fn signed_in(self, way: LogInWay, result: Result<Session, DeviceError>) {
        let refused = result.is_err();
        let result = result.map(|session| {
            let orders = session.draft.as_deref().and_then(|bytes| match cbor::from_slice::<Orders>(bytes) {
                Ok(orders) => Some(orders),
                Err(why) => {
                    web_error(&format!("the unfinished order could not be read: {why}"));
                    None
                }
            });
            (Box::new(session), orders.map(Box::new))
        });
        self.inside().touched_ms.set(page::now_ms());
        self.send(Event::SignedIn { way, result });
        if refused {
            // The last of too many wrong PINs locks the person out.
            self.look_at_roster().await;
        } else {
            spawn_local(self.open_printer());
            self.send(Event::ScannersSeen(self.inside().scanners.get().and_then(Scanners::attached)));
            self.open_readers().await;
        }
    }

    /// The readers that were chosen before; or, where the browser reaches none, that it does not.
    async fn open_readers(self) {
        let Ok(device) = self.device() else { return };
        if device.readers_possible() {
            device.open_readers().await;
        } else {
            self.send(Event::ReadersSeen(None));
        }
    }

    async fn look_at_roster(self) {
        if let Ok(device) = self.device() {
            self.send(Event::RosterChanged(device.roster().await));
        }
    }

    /// Puts `next` behind what is already waiting for the device; of orders that follow each other only the newest goes.
    fn keep(self, next: Keep) {
        let inside = self.inside();
        {
            let mut waiting = inside.keeping.borrow_mut();
            if let (Keep::Orders(_), Some(Keep::Orders(_))) = (&next, waiting.back()) {
                waiting.pop_back();
            }
            waiting.push_back(next);
        }
        if !inside.keeping_now.replace(true) {
            spawn_local(async move {
                let inside = self.inside();
                loop {
                    let Some(next) = inside.keeping.borrow_mut().pop_front() else { break };
                    self.keep_one(next).await;
                }
                inside.keeping_now.set(false);
            });
        }
    }

    async fn keep_one(self, next: Keep) {
        let Ok(device) = self.device() else { return };
        match next {
            Keep::Orders(orders) => {
                let written = match cbor::to_vec(&orders) {
                    Ok(bytes) => device.save_draft(Some(bytes)).await.map_err(|why| why.to_string()),
                    Err(why) => Err(why.to_string()),
                };
                // The open order is still on screen; the next change writes all of it again.
                if let Err(why) = written {
                    web_error(&format!("the open order was not kept: {why}"));
                }
            }
            Keep::Lock(cause) => {
                let locked = device.lock(cause).await;
                self.send(Event::LockDone(locked));
                self.look_at_status().await;
            }
        }
    }

    /// Sends what waits and takes in what the office changed; `now` does not wait for the pause after a failure to end.
    fn sync(self, now: bool) {
        let inside = self.inside();
        if inside.syncing.replace(true) {
            inside.sync_again.set(Some(now || inside.sync_again.get() == Some(true)));
            return;
        }
        spawn_local(async move {
            if let Ok(device) = self.device() {
                let mut now = now;
                loop {
                    let before = inside.commits.get();
                    let status = if now { device.sync_now().await } else { device.sync().await };
                    if before == inside.commits.get() {
                        self.status_changed(status);
                    } else {
                        self.look_at_status().await;
                    }
                    if let Some(customers) = device.take_new_customers() {
                        self.send(Event::CustomersTold(customers));
                    }
                    if let Some(stock) = device.take_new_stock() {
                        self.send(Event::StockTold(stock));
                    }
                    if let Some(config) = device.take_new_config() {
                        self.send(Event::ConfigArrived(Box::new(config)));
                    }
                    let decided = device.take_payment_news();
                    if !decided.is_empty() {
                        self.send(Event::PaymentsDecided(decided));
                    }
                    let overdrawn = device.take_overdrawn();
                    if !overdrawn.is_empty() {
                        self.send(Event::GiftsOverdrawn(overdrawn));
                    }
                    let Some(again) = inside.sync_again.take() else { break };
                    now = again;
                }
                self.ask_for_background_sync();
            }
            inside.syncing.set(false);
        });
    }

    /// Once for each time that something waits: the browser gives up after three tries, and does not like to be asked again.
    fn ask_for_background_sync(self) {
        let inside = self.inside();
        let unsent = inside.model.borrow().status.unsent > 0;
        if unsent && !inside.background_sync_asked.replace(unsent) {
            page::request_background_sync();
        }
        inside.background_sync_asked.set(unsent);
    }

    async fn look_at_status(self) {
        let Ok(device) = self.device() else { return };
        loop {
            let before = self.inside().commits.get();
            let status = device.status().await;
            // What was looked at while an entry was written may not count it yet, and would hide it (promise 10).
            if before == self.inside().commits.get() {
                return self.status_changed(status);
            }
        }
    }

    fn status_changed(self, mut status: Status) {
        if self.inside().update_ready.get() && !status.alerts.contains(&DeviceAlert::UpdateReady) {
            status.alerts.push(DeviceAlert::UpdateReady);
        }
        self.send(Event::StatusChanged(status));
    }
}

impl Inside {
    fn around(&self, model: &Model) -> (Option<Rc<Config>>, Around) {
        let (shop, tablet, at_rest) = match &model.phase {
            Phase::Unlocked(desk) => {
                let tablet = desk.powers().has(Permission::SeeDevice).then(|| model.status.clone());
                (Some(Rc::clone(&desk.config)), tablet, desk.at_rest())
            }
            // Open orders are kept. Only whoever has begun to sign in is not to be interrupted.
            Phase::Locked(sign_in) => (None, None, sign_in.chosen.is_none()),
            _ => (None, None, true),
        };
        let may_update = at_rest && model.status.alerts.contains(&DeviceAlert::UpdateReady);
        (shop, Around { may_update, tablet, passkeys: self.passkeys.get() })
    }
}
