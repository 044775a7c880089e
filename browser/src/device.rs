//! The tablet as a till: the one façade that the screen talks to.
//!
//! | file | what |
//! |---|---|
//! | `boot` | opening, and comparing both copies |
//! | `enrol` | becoming a till |
//! | `roster`, `sign_in` | who may sign in, and how it opens the till |
//! | `proof`, `lock_out`, `expiry` | what people show; wrong ones; how long any of it holds without the server |
//! | `journal` | from stored rows to the ledger, checking the chain |
//! | `commit` | writing entries to both copies |
//! | `upkeep` | sending, configuration, purging, status |
//! | `printing` | what is set for the receipt printer |
//! | `cards`, `hot_list` | card readers, and what they read sealed to the processor; the list of cards reported lost or stolen |
//! | `pictures` | products' pictures |
//! | `stock`, `customers` | the server's levels of stock; the customers that this till knows |
//! | `second_copy` | what stands in the black box |

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use barrow_core::{
    card::Decided,
    config::Config,
    customer::Directory,
    device::{Boot, Committed, DeviceAlert, DeviceError, Locked, RosterEntry, Session, Status, Unusable},
    gift::{GiftOverdrawn, GiftRef},
    ids::{Seq, StaffId},
    journal::{Body, Draft, Head, LockCause},
    ledger::Ledger,
    staff::{Pin, Proof},
    stock::Base,
    wire::{Ack, GiftReply},
};
use barrow_sealing::{Key as SecretKey, outbox::Sealer};

use crate::{
    black_box::{BlackBox, BlackBoxError, MemoryBlackBox, OpfsBlackBox},
    locks::Held,
    news::News,
    passkey::{BrowserPasskeys, Passkeys},
    readers::{BrowserReaders, Readers},
    server::{Identity, Server},
    store::{IndexedStore, MemoryStore, StorageError, Store},
    transport::{Fetch, Transport},
    uploader::Uploader,
    vault::{TillKeys, Vault, default_factory},
    wait::{Counter, now_ms, uptime_ms},
    webcrypto::SigningKey,
};

mod boot;
mod cards;
mod commit;
mod customers;
mod enrol;
mod expiry;
mod hot_list;
mod journal;
mod lock_out;
mod pictures;
mod printing;
mod proof;
mod roster;
mod second_copy;
mod sign_in;
mod stock;
mod upkeep;

/// The till's name in this browser: of its databases, files, locks and channel.
const NAME: &str = "barrow";
const BLACK_BOX_SCRIPT: &str = "/blackbox.js";

/// A tablet that is, or may become, a till. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Device {
    inner: Rc<Inner>,
}

/// What a till stands on: the browser's facilities, or what a test puts in their place.
pub struct Parts {
    /// Of its databases, files, locks and channel; tills of different names share nothing.
    pub name: String,
    /// Where the journal lies.
    pub store: Rc<dyn Store>,
    /// The second copy.
    pub black_box: Rc<dyn BlackBox>,
    /// The way to the server.
    pub transport: Rc<dyn Transport>,
    /// Milliseconds since 1970 UTC.
    pub clock: Rc<dyn Fn() -> i64>,
    /// Milliseconds of a clock that nobody can set; it may begin anew with each page.
    pub uptime: Rc<dyn Fn() -> u64>,
    /// Passkeys.
    pub passkeys: Rc<dyn Passkeys>,
    /// Card readers.
    pub readers: Rc<dyn Readers>,
}

impl Parts {
    /// IndexedDB, OPFS and `fetch`. `black_box_script` is where `blackbox.js` is served.
    pub fn of_browser(name: &str, black_box_script: &str) -> Result<Parts, StorageError> {
        Ok(Parts {
            name: name.to_owned(),
            store: Rc::new(IndexedStore::new(default_factory()?, name)),
            black_box: Rc::new(OpfsBlackBox::new(name, black_box_script)),
            transport: Rc::new(Fetch),
            clock: Rc::new(now_ms),
            uptime: Rc::new(uptime_ms),
            passkeys: Rc::new(BrowserPasskeys),
            readers: Rc::new(BrowserReaders::default()),
        })
    }

    /// Nothing that lasts: for a browser that cannot be a till.
    fn nowhere() -> Parts {
        Parts {
            name: NAME.to_owned(),
            store: Rc::new(MemoryStore::default()),
            black_box: Rc::new(MemoryBlackBox::default()),
            transport: Rc::new(Fetch),
            clock: Rc::new(now_ms),
            uptime: Rc::new(uptime_ms),
            passkeys: Rc::new(BrowserPasskeys),
            readers: Rc::new(BrowserReaders::default()),
        }
    }
}

struct Inner {
    parts: Parts,
    news: News,
    listeners: RefCell<Vec<Rc<dyn Fn()>>>,
    lock: RefCell<Option<Held>>,
    vault: RefCell<Option<Rc<Vault>>>,
    till: RefCell<Option<Rc<Till>>>,
    session: RefCell<Option<OpenSession>>,
    sealer: RefCell<Option<Rc<Sealer>>>,
    head: Cell<Option<Head>>,
    snapshot_upto: Cell<Seq>,
    /// Up to here the black box holds nothing any more.
    box_floor: Cell<Seq>,
    /// The store's generation when it was last compared with the black box.
    generation: Cell<u64>,
    /// The latest time that was written; a clock that is behind it has gone back.
    clock_floor: Cell<i64>,
    /// The uptime when this page opened the till.
    opened_at: u64,
    /// Up to which uptime a person's record of wrong proofs has counted the wait.
    served_upto: RefCell<BTreeMap<StaffId, u64>>,
    /// The newest acknowledgement whose signature was checked, with its bytes.
    checked_ack: RefCell<Option<(Vec<u8>, Ack)>>,
    open_time: Cell<Option<expiry::OpenTime>>,
    /// What of it is on the disk, milliseconds.
    open_ms_kept: Cell<u64>,
    validity: Cell<Option<expiry::Validity>>,
    /// What to add to the tablet's clock to have the server's, by its newest answer to this page, milliseconds.
    clock_off_ms: Cell<i64>,
    config_version: Cell<u64>,
    /// A configuration that arrived while there was no key to seal it under.
    pending_config: RefCell<Option<(Config, Vec<u8>)>>,
    new_config: RefCell<Option<Config>>,
    /// The server's levels of stock, while somebody is signed in; and the same until the page takes them.
    stock: RefCell<Option<Base>>,
    new_stock: RefCell<Option<Base>>,
    /// The customers that this till knows, while somebody is signed in; and the same until the page takes them.
    customers: RefCell<Option<customers::KnownCustomers>>,
    new_customers: RefCell<Option<Directory>>,
    alerts: RefCell<Vec<DeviceAlert>>,
    /// Why nothing may be sold, by the server's last word.
    blocked: RefCell<Option<DeviceError>>,
    quarantined: Cell<u64>,
    /// What the last purge went up to: the server's `safe`, and the snapshot.
    purged: Cell<(Seq, Seq)>,
    /// What the journal is to be told as soon as it can be written.
    owed: RefCell<Vec<Body>>,
    /// Nothing local says where the chain stands: the server has to be asked before the next entry.
    unproven: Cell<bool>,
    /// The two copies may disagree: nothing more is written until the page is loaded again.
    unsure: Cell<bool>,
    /// A key pair for the next try to enrol, so that a lost answer can be asked for again.
    candidate: RefCell<Option<SigningKey>>,
    asked: RefCell<Option<sign_in::Asked>>,
    cards: cards::Cards,
    pictures: pictures::Pictures,
    writing: Counter,
    signing_in: Counter,
}

/// A tablet that is enrolled.
struct Till {
    identity: Rc<Identity>,
    keys: TillKeys,
    server: Server,
    uploader: Uploader,
}

/// A till that somebody has unlocked.
struct OpenSession {
    staff: StaffId,
    key: Rc<SecretKey>,
    ledger: Ledger,
}

impl Device {
    /// Opens the storage, takes the till's lock, compares both copies of the journal, and says what was found.
    pub async fn boot() -> (Device, Boot) {
        match Parts::of_browser(NAME, BLACK_BOX_SCRIPT) {
            Ok(parts) => Device::boot_on(parts).await,
            Err(error) => (Device::on(Parts::nowhere()), Boot::Unusable(boot::unusable(&error))),
        }
    }

    /// As [`Device::boot`], on other parts.
    pub async fn boot_on(parts: Parts) -> (Device, Boot) {
        let device = Device::on(parts);
        let boot = device.start().await.unwrap_or_else(Boot::Unusable);
        (device, boot)
    }

    /// Makes this tablet a till by a one-time code from the office. Needs the network.
    pub async fn enrol(&self, code: &str) -> Result<Locked, DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.become_till(code).await
    }

    /// A person's first sign-in on this till: the code proves who it is, `pin` is the one that was chosen. Needs the network.
    pub async fn first_pin(&self, staff: StaffId, code: &str, pin: &Pin) -> Result<Session, DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.set_first_pin(staff, code, pin).await
    }

    /// Signs in.
    pub async fn unlock(&self, staff: StaffId, proof: &Proof) -> Result<Session, DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.sign_in(staff, proof).await
    }

    /// Looks at another person's proof on the spot: wrong ones count as at sign-in. It opens no session and keeps no key.
    pub async fn approve(&self, by: StaffId, proof: &Proof) -> Result<(), DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.look_at_approver(by, proof).await
    }

    /// From now on the signed-in person shows `to`; `from` is what they show until now, and is looked at.
    pub async fn change_proof(&self, from: &Proof, to: &Proof) -> Result<(), DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.wrap_anew(from, to).await
    }

    /// Forgets a person's wrong proofs. Somebody has to be signed in; that they may, the core has checked.
    pub async fn end_lock_out(&self, of: StaffId) -> Result<(), DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        self.forget_failures(of).await
    }

    /// Who may sign in here, and how.
    pub async fn roster(&self) -> Vec<RosterEntry> {
        self.locked().await.roster
    }

    /// Can a passkey that holds a key be made on this tablet?
    pub async fn passkeys_possible(&self) -> bool {
        self.inner.parts.passkeys.possible().await
    }

    /// What this life of the till still keeps and can open of its journal, oldest first, checked as when it is loaded. What was
    /// written while nobody was signed in is among it until the page is loaded again; after that it is with the server alone.
    pub async fn read_journal(&self) -> Result<Vec<Committed>, DeviceError> {
        self.kept_entries().await
    }

    /// Writes entries, in order, all or none: when this is `Ok`, each is on both disks. Entries that the till owes the journal
    /// (a clock that went back, a recovery) come first in the answer.
    pub async fn commit(&self, drafts: Vec<Draft>) -> Result<Vec<Committed>, DeviceError> {
        let turn = self.inner.writing.turn().await;
        if self.inner.session.borrow().is_none() {
            return Err(DeviceError::Locked);
        }
        self.may_sell(&drafts)?;
        let committed = self.write(&turn, drafts).await;
        drop(turn);
        committed
    }

    /// Keeps (or, with `None`, forgets) the unfinished order that is on screen, sealed.
    pub async fn save_draft(&self, draft: Option<Vec<u8>>) -> Result<(), DeviceError> {
        self.keep_draft(draft).await
    }

    /// Locks: closes the card readers, writes so into the journal, and overwrites the key.
    pub async fn lock(&self, cause: LockCause) -> Locked {
        self.close_cards();
        let turn = self.inner.writing.turn().await;
        let who = self.inner.session.borrow().as_ref().map(|open| (open.staff, open.ledger.shift.as_ref().map(|s| s.id)));
        if let Some((staff, shift)) = who {
            let draft = Draft { at_ms: self.now_ms(), staff: Some(staff), shift, body: Body::Locked { cause } };
            // A till that cannot write it down is locked all the same.
            let _ = self.write(&turn, vec![draft]).await;
            *self.inner.session.borrow_mut() = None;
            self.close_stock();
            self.close_customers();
            *self.inner.sealer.borrow_mut() = None;
        }
        drop(turn);
        self.locked().await
    }

    /// Keeps what the journal adds up to, so that entries before it can be purged. To be called after a shift was closed.
    pub async fn snapshot(&self, ledger: &Ledger) -> Result<(), DeviceError> {
        let turn = self.inner.writing.turn().await;
        self.keep_snapshot(ledger).await?;
        let purged = self.purge(&turn).await;
        purged.map_err(|_| DeviceError::WriteFailed)
    }

    /// Sends what waits, if it is time to ([`Device::next_sync_in_ms`]), and fetches a newer configuration.
    pub async fn sync(&self) -> Status {
        if self.next_sync_in_ms() == 0 {
            self.exchange().await;
        }
        self.status().await
    }

    /// As [`Device::sync`], now.
    pub async fn sync_now(&self) -> Status {
        self.exchange().await;
        self.status().await
    }

    /// How long until [`Device::sync`] would do something, milliseconds; 0 is now.
    pub fn next_sync_in_ms(&self) -> u32 {
        let head = self.inner.head.get();
        self.till().map_or(u32::MAX, |till| till.uploader.due_in_ms(till.uploader.has_more_than(head)))
    }

    /// What is always on screen.
    pub async fn status(&self) -> Status {
        self.look().await
    }

    /// A newer configuration that arrived since the last call, already checked and kept. The caller commits `ConfigApplied`.
    pub fn take_new_config(&self) -> Option<Config> {
        self.inner.new_config.borrow_mut().take()
    }

    /// The server's levels of stock, where it told of others since the last call.
    pub fn take_new_stock(&self) -> Option<Base> {
        self.inner.new_stock.borrow_mut().take()
    }

    /// The customers that this till knows, where the server told of others since the last call.
    pub fn take_new_customers(&self) -> Option<Directory> {
        self.inner.new_customers.borrow_mut().take()
    }

    /// What was set aside because it could not be read, as one file for the owner: a CBOR map of names to bytes.
    pub async fn export_quarantine(&self) -> Result<Vec<u8>, DeviceError> {
        self.quarantine_file().await
    }

    /// Asks the browser to keep this data. Its answer.
    pub async fn request_persistence(&self) -> bool {
        upkeep::persist().await
    }

    /// What became of card payments, by the server's signed word, told since the last call. It is told again until the journal has
    /// it, so nothing is lost with the page. Nothing while locked.
    pub fn take_payment_news(&self) -> Vec<Decided> {
        let is_open = self.inner.session.borrow().is_some();
        self.till().filter(|_| is_open).map(|till| till.uploader.take_decided()).unwrap_or_default()
    }

    /// Gift cards that this till took more from than was on them, told since the last call. Nothing while locked.
    pub fn take_overdrawn(&self) -> Vec<GiftOverdrawn> {
        let is_open = self.inner.session.borrow().is_some();
        self.till().filter(|_| is_open).map(|till| till.uploader.take_overdrawn()).unwrap_or_default()
    }

    /// What is on a gift card, by the server's signed word. Needs the network.
    pub async fn gift_balance(&self, card: GiftRef) -> Result<GiftReply, DeviceError> {
        Ok(self.enrolled()?.server.gift(card).await?)
    }

    /// `heard` is called when something changed that this page did not do: the service worker sent entries, or the other tab
    /// closed. After a [`Boot::SecondTab`], `heard` means that this tab may be the till now: reload.
    pub fn on_news(&self, heard: impl Fn() + 'static) {
        self.inner.listeners.borrow_mut().push(Rc::new(heard));
    }

    /// Lets go of locks, files and connections, as closing the page does. For tests.
    pub fn close(&self) {
        self.close_cards();
        self.inner.lock.borrow_mut().take();
        self.inner.parts.store.close();
        self.inner.parts.black_box.close();
        if let Some(vault) = self.inner.vault.borrow_mut().take() {
            vault.close();
        }
        *self.inner.session.borrow_mut() = None;
    }

    fn on(parts: Parts) -> Device {
        let news = News::open(&parts.name);
        let opened_at = (parts.uptime)();
        let inner = Inner {
            parts,
            news,
            listeners: RefCell::default(),
            lock: RefCell::default(),
            vault: RefCell::default(),
            till: RefCell::default(),
            session: RefCell::default(),
            sealer: RefCell::default(),
            head: Cell::default(),
            snapshot_upto: Cell::default(),
            box_floor: Cell::default(),
            generation: Cell::default(),
            clock_floor: Cell::default(),
            opened_at,
            served_upto: RefCell::default(),
            checked_ack: RefCell::default(),
            open_time: Cell::default(),
            open_ms_kept: Cell::default(),
            validity: Cell::default(),
            clock_off_ms: Cell::default(),
            config_version: Cell::default(),
            pending_config: RefCell::default(),
            new_config: RefCell::default(),
            stock: RefCell::default(),
            new_stock: RefCell::default(),
            customers: RefCell::default(),
            new_customers: RefCell::default(),
            alerts: RefCell::default(),
            blocked: RefCell::default(),
            quarantined: Cell::default(),
            purged: Cell::default(),
            owed: RefCell::default(),
            unproven: Cell::default(),
            unsure: Cell::default(),
            candidate: RefCell::default(),
            asked: RefCell::default(),
            cards: cards::Cards::default(),
            pictures: pictures::Pictures::default(),
            writing: Counter::default(),
            signing_in: Counter::default(),
        };
        Device { inner: Rc::new(inner) }
    }

    fn now_ms(&self) -> i64 {
        (self.inner.parts.clock)()
    }

    fn uptime_ms(&self) -> u64 {
        (self.inner.parts.uptime)()
    }

    fn till(&self) -> Option<Rc<Till>> {
        self.inner.till.borrow().clone()
    }

    fn enrolled(&self) -> Result<Rc<Till>, DeviceError> {
        self.till().ok_or(DeviceError::Damaged)
    }

    fn vault(&self) -> Result<Rc<Vault>, DeviceError> {
        self.inner.vault.borrow().clone().ok_or(DeviceError::Damaged)
    }

    fn alert(&self, alert: DeviceAlert) {
        let mut alerts = self.inner.alerts.borrow_mut();
        alerts.retain(|other| other.kind() != alert.kind());
        alerts.push(alert);
    }

    fn alert_is_over(&self, kind: &str) {
        self.inner.alerts.borrow_mut().retain(|alert| alert.kind() != kind);
    }
}

/// What a failed write means for the person.
fn write_failed(error: &StorageError) -> DeviceError {
    match error {
        StorageError::Full => DeviceError::StorageFull,
        _ => DeviceError::WriteFailed,
    }
}

fn append_failed(error: &BlackBoxError) -> DeviceError {
    match error {
        BlackBoxError::Full => DeviceError::StorageFull,
        _ => DeviceError::WriteFailed,
    }
}

/// What a failed read means for the person.
fn read_failed(_: StorageError) -> DeviceError {
    DeviceError::Damaged
}

/// Why this browser cannot be a till, if its storage says so.
impl From<StorageError> for boot::Trouble {
    fn from(error: StorageError) -> boot::Trouble {
        boot::Trouble(boot::unusable(&error))
    }
}

impl From<BlackBoxError> for boot::Trouble {
    fn from(error: BlackBoxError) -> boot::Trouble {
        boot::Trouble(match error {
            BlackBoxError::Missing => Unusable::NoBlackBox,
            BlackBoxError::Private => Unusable::PrivateWindow,
            BlackBoxError::Full | BlackBoxError::Failed(_) => Unusable::NoStorage,
        })
    }
}
