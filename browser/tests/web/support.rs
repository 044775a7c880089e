//! A shop, a sale, and tills of one test each.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use barrow_browser::{
    Device, Later, Parts,
    black_box::{BlackBox, BlackBoxError},
    readers::BrowserReaders,
    store::{Change, Key, Life, Rows, StorageError, Store, Table},
    vault::Vault,
};
use barrow_core::{
    catalogue::{Category, Product},
    config::{Config, Rules, TillState},
    device::{Boot, DeviceAlert, DeviceError, Session},
    ids::{Epoch, Seq, ShopId, StaffId, TillId},
    journal::{Body, Draft},
    ledger::Ledger,
    money::{Currency, Milli, Minor},
    sale::{Sale, SaleLine, Totals},
    staff::{LogInWay, Pin, Proof, Role, StaffMember},
    tax::TaxMode,
    tender::Tender,
};
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use crate::{
    authenticator::FakePasskeys,
    ports::Ports,
    server::{FakeServer, code},
};

pub const ADA: StaffId = StaffId(7);
pub const BOB: StaffId = StaffId(8);
/// When each test begins, by all clocks.
pub const BEGINNING_MS: i64 = 1_700_000_000_000;
/// Words that may stand nowhere in clear.
pub const SECRETS: [&str; 6] = ["Sourdough", "Marchetti", "Bob Bottomley", "Harbour Bakery", "Window Till", "sd-0815"];

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &js_sys::Function, ms: u32) -> JsValue;
    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    fn random() -> f64;
}

pub fn fill(out: &mut [u8]) {
    out.iter_mut().for_each(|byte| *byte = (random() * 256.0) as u8);
}

pub async fn pause(ms: u32) {
    let _ = JsFuture::from(Promise::new(&mut |done, _| {
        set_timeout(&done, ms);
    }))
    .await;
}

pub fn config(version: u64) -> Config {
    Config {
        v: 1,
        shop: ShopId(3),
        till: TillId(5),
        version,
        issued_at_ms: BEGINNING_MS,
        state: TillState::Active,
        shop_name: "Harbour Bakery".into(),
        till_name: "Window Till".into(),
        receipt_head: Vec::new(),
        receipt_foot: Vec::new(),
        receipt_logo: None,
        currency: Currency::eur(),
        tax_mode: TaxMode::Inclusive,
        taxes: Vec::new(),
        categories: vec![Category { id: 1, name: "Bread".into() }],
        products: vec![Product {
            sku: "sd-0815".into(),
            name: "Sourdough".into(),
            variant: None,
            category: 1,
            price: Minor(450),
            taxes: Vec::new(),
            barcodes: Vec::new(),
            price_embedded: false,
            details: Default::default(),
        }]
        .into(),
        staff: vec![
            StaffMember { id: ADA, name: "Ada Marchetti".into(), role: Role::Manager },
            StaffMember { id: BOB, name: "Bob Bottomley".into(), role: Role::Cashier },
        ],
        idle_lock_minutes: 2,
        rules: Rules::default(),
        cards: None,
        tills: Vec::new(),
        gifts: None,
    }
}

/// One loaf, paid in cash.
pub fn sale(ledger: &Ledger) -> Body {
    let price = Minor(450);
    let line = SaleLine {
        sku: "sd-0815".into(),
        name: "Sourdough".into(),
        qty: Milli::pieces(1),
        unit: price,
        list_unit: None,
        measure: None,
        extras: Vec::new(),
        note: None,
        promotion: None,
        order_off: Minor(0),
        discount: None,
        price,
        net: price,
        taxes: Vec::new(),
        gross: price,
    };
    Body::Sale(Sale {
        customer: None,
        currency: "EUR".into(),
        tax_mode: TaxMode::Inclusive,
        totals: Totals { net: price, tax: Minor(0), gross: price },
        lines: vec![line],
        rounding: Minor(0),
        tenders: vec![Tender::cash(price, price).unwrap()],
        turnover: Minor(ledger.turnover.0 + price.0),
        discount: None,
        note: None,
        exchange: None,
        gifts: Vec::new(),
        tip: Minor(0),
    })
}

pub fn life(epoch: u32) -> Life {
    Life { till: TillId(5), epoch: Epoch(epoch) }
}

pub fn pin() -> Pin {
    Pin::choose("274951830627").unwrap()
}

/// That PIN, shown.
pub fn proof() -> Proof {
    Proof::Pin(pin())
}

/// A tablet: its disk's name, its server, its clock, and faults that its disks shall have.
pub struct Tablet {
    pub name: String,
    pub server: Rc<FakeServer>,
    pub clock: Rc<Cell<i64>>,
    /// How long the page has been open, by a clock that nobody can set.
    pub uptime: Rc<Cell<u64>>,
    pub passkeys: Rc<FakePasskeys>,
    /// The ports that card readers are plugged into.
    pub ports: Ports,
    pub store: Rc<FaultyStore>,
    pub black_box: Rc<FaultyBox>,
    /// What the screen believes.
    pub ledger: RefCell<Ledger>,
}

impl Tablet {
    pub fn new(name: &str) -> Tablet {
        // Names that no earlier run of this profile has used.
        let name = format!("{name}-{}", (random() * 1e9) as u64);
        let server = Rc::new(FakeServer::default());
        let parts = Parts::of_browser(&name, &script()).unwrap();
        Tablet {
            name,
            server,
            clock: Rc::new(Cell::new(BEGINNING_MS)),
            uptime: Rc::default(),
            passkeys: Rc::default(),
            ports: Ports::default(),
            store: Rc::new(FaultyStore::around(parts.store)),
            black_box: Rc::new(FaultyBox::around(parts.black_box)),
            ledger: RefCell::default(),
        }
    }

    /// Opens the page.
    pub async fn boot(&self) -> (Device, Boot) {
        let (clock, uptime) = (self.clock.clone(), self.uptime.clone());
        // Each page counts from its own beginning.
        uptime.set(0);
        Device::boot_on(Parts {
            name: self.name.clone(),
            store: self.store.clone(),
            black_box: self.black_box.clone(),
            transport: self.server.clone(),
            clock: Rc::new(move || clock.get()),
            uptime: Rc::new(move || uptime.get()),
            passkeys: self.passkeys.clone(),
            readers: Rc::new(BrowserReaders::on(&self.ports.hid)),
        })
        .await
    }

    /// Opens the page of a till, and signs in.
    pub async fn unlocked(&self) -> (Device, Session) {
        let (device, boot) = self.boot().await;
        assert!(matches!(boot, Boot::Locked(_)), "{boot:?}");
        let session = device.unlock(ADA, &proof()).await.unwrap();
        *self.ledger.borrow_mut() = session.ledger.clone();
        (device, session)
    }

    /// A till with an open shift, and all of it sent.
    pub async fn selling(name: &str) -> (Tablet, Device) {
        let tablet = Tablet::new(name);
        let (device, boot) = tablet.boot().await;
        assert_eq!(boot, Boot::NotEnrolled { keys_lost: false });
        device.enrol("ENROL").await.unwrap();
        device.first_pin(ADA, &code(ADA), &pin()).await.unwrap();
        commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Code }, Body::ConfigApplied { version: 1 }]).await.unwrap();
        commit(&tablet, &device, vec![Body::ShiftOpened { float: Minor(5000) }]).await.unwrap();
        assert_eq!(device.sync_now().await.unsent, 0);
        (tablet, device)
    }

    /// Closes the page, as a crash would: nobody locks.
    pub async fn close(&self, device: Device) {
        device.close();
        // Locks and file handles are let go of a moment later.
        pause(20).await;
    }

    /// The till's vault, to look into or to change as a thief would.
    pub async fn vault(&self) -> Vault {
        Vault::open(&self.name).await.unwrap()
    }

    /// Every byte on this tablet's disks.
    pub async fn disk(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for name in [self.name.clone(), format!("{}-keys", self.name)] {
            for factory in factories(&self.name).await {
                all.extend(dump(&factory, &name).await);
            }
        }
        for suffix in ["a", "b"] {
            all.extend(opfs_file(&format!("{}-blackbox-{suffix}", self.name)).await);
        }
        all
    }
}

/// Writes entries as Ada.
pub async fn commit(tablet: &Tablet, device: &Device, bodies: Vec<Body>) -> Result<u64, DeviceError> {
    tablet.clock.set(tablet.clock.get() + 1000);
    let shift = tablet.ledger.borrow().shift.as_ref().map(|shift| shift.id);
    let draft = |body| Draft { at_ms: tablet.clock.get(), staff: Some(ADA), shift, body };
    let committed = device.commit(bodies.into_iter().map(draft).collect()).await?;
    committed.iter().for_each(|done| tablet.ledger.borrow_mut().take_in(&done.entry, done.hash));
    Ok(committed.last().unwrap().entry.seq.0)
}

/// Sells one loaf.
pub async fn sell(tablet: &Tablet, device: &Device) -> Result<u64, DeviceError> {
    let body = sale(&tablet.ledger.borrow());
    commit(tablet, device, vec![body]).await
}

pub async fn alerts(device: &Device) -> Vec<&'static str> {
    device.status().await.alerts.iter().map(DeviceAlert::kind).collect()
}

/// How many sales the server has, and that nothing was found wrong with any entry.
pub fn sales_at(server: &FakeServer, epoch: u32) -> usize {
    assert_eq!(server.lives.borrow()[&epoch].findings, [], "the server found something");
    assert!(server.lives.borrow()[&epoch].quarantine.is_empty());
    server.entries(epoch).iter().filter(|entry| matches!(entry.body, Body::Sale(_))).count()
}

/// What a write to one of the disks shall come to, once.
#[derive(Clone, Debug)]
pub enum Mishap {
    /// Refused, nothing written.
    Store(StorageError),
    /// Written, and nobody hears so.
    StoreSilent,
}

pub struct FaultyStore {
    inner: Rc<dyn Store>,
    pub mishaps: RefCell<VecDeque<Mishap>>,
    /// What happens, once, after the uploader has read the head, and before it reads the rows of its batch.
    pub before_batch: RefCell<Option<Later<'static, ()>>>,
}

impl FaultyStore {
    fn around(inner: Rc<dyn Store>) -> FaultyStore {
        FaultyStore { inner, mishaps: RefCell::default(), before_batch: RefCell::default() }
    }
}

impl Store for FaultyStore {
    fn transact<'a>(&'a self, strict: bool, changes: &'a [Change]) -> Later<'a, Result<(), StorageError>> {
        let entries =
            changes.iter().any(|change| matches!(change, Change::Put(Table::Journal, ..) | Change::Delete(Table::Journal, _)));
        let mishap = if entries { self.mishaps.borrow_mut().pop_front() } else { None };
        Box::pin(async move {
            match mishap {
                None => self.inner.transact(strict, changes).await,
                Some(Mishap::Store(error)) => Err(error),
                Some(Mishap::StoreSilent) => {
                    self.inner.transact(strict, changes).await.unwrap();
                    Err(StorageError::Silent)
                }
            }
        })
    }

    fn get<'a>(&'a self, table: Table, key: &'a Key) -> Later<'a, Result<Option<Vec<u8>>, StorageError>> {
        self.inner.get(table, key)
    }

    fn places(&self, table: Table, life: Life, from: Seq, limit: u32) -> Rows<'_, Seq> {
        // Who only counts what waits reads one row.
        let is_batch = table == Table::Outbox && limit > 1;
        let happens = if is_batch { self.before_batch.take() } else { None };
        Box::pin(async move {
            if let Some(happens) = happens {
                happens.await;
            }
            self.inner.places(table, life, from, limit).await
        })
    }

    fn place_keys(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<Vec<Seq>, StorageError>> {
        self.inner.place_keys(table, life, from)
    }

    fn count(&self, table: Table, life: Life, from: Seq) -> Later<'_, Result<u64, StorageError>> {
        self.inner.count(table, life, from)
    }

    fn names<'a>(&'a self, table: Table, prefix: &'a str) -> Rows<'a, String> {
        self.inner.names(table, prefix)
    }

    fn generation(&self) -> u64 {
        self.inner.generation()
    }

    fn close(&self) {
        self.inner.close();
    }
}

pub struct FaultyBox {
    inner: Rc<dyn BlackBox>,
    /// So many of the next appends fail.
    pub failures: Cell<u32>,
    /// Cutting back fails too.
    pub stuck: Cell<bool>,
}

impl FaultyBox {
    fn around(inner: Rc<dyn BlackBox>) -> FaultyBox {
        FaultyBox { inner, failures: Cell::new(0), stuck: Cell::new(false) }
    }
}

impl BlackBox for FaultyBox {
    fn read(&self) -> Later<'_, Result<Vec<u8>, BlackBoxError>> {
        self.inner.read()
    }

    fn keep(&self, length: u64) -> Later<'_, Result<(), BlackBoxError>> {
        Box::pin(async move {
            if self.stuck.get() { Err(BlackBoxError::Failed("stuck".into())) } else { self.inner.keep(length).await }
        })
    }

    fn append<'a>(&'a self, bytes: &'a [u8]) -> Later<'a, Result<(), BlackBoxError>> {
        Box::pin(async move {
            if self.failures.get() > 0 {
                self.failures.set(self.failures.get() - 1);
                return Err(BlackBoxError::Failed("injected".into()));
            }
            self.inner.append(bytes).await
        })
    }

    fn replace<'a>(&'a self, bytes: &'a [u8]) -> Later<'a, Result<(), BlackBoxError>> {
        self.inner.replace(bytes)
    }

    fn length(&self) -> u64 {
        self.inner.length()
    }

    fn close(&self) {
        self.inner.close();
    }
}

/// `public/blackbox.js`, where no server serves it.
pub fn script() -> String {
    script_after("")
}

/// The same, after `prologue` has run in the worker.
pub fn script_after(prologue: &str) -> String {
    // A block of its own: the names that it uses are not the script's.
    let source = Array::of1(&format!("{{{prologue}}}\n{}", include_str!("../../../public/blackbox.js")).into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("text/javascript");
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&source, &options).unwrap();
    web_sys::Url::create_object_url_with_blob(&blob).unwrap()
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap()
}

pub async fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> JsValue {
    let function: js_sys::Function = get(object, method).unchecked_into();
    let arguments: Array = arguments.iter().collect();
    let result = function.apply(object, &arguments).unwrap();
    match result.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.unwrap_or(JsValue::UNDEFINED),
        Err(value) => value,
    }
}

pub fn default_factory() -> web_sys::IdbFactory {
    get(&js_sys::global(), "indexedDB").unchecked_into()
}

/// The default bucket's IndexedDB, and that of the till's own bucket where there are buckets.
pub async fn factories(name: &str) -> Vec<web_sys::IdbFactory> {
    let buckets = get(&get(&js_sys::global(), "navigator"), "storageBuckets");
    let mut all = vec![default_factory()];
    if !buckets.is_undefined() {
        let bucket = call(&buckets, "open", &[name.into()]).await;
        all.push(get(&bucket, "indexedDB").unchecked_into());
    }
    all
}

/// An IndexedDB request's result.
pub async fn request(request: &web_sys::IdbRequest) -> Result<JsValue, JsValue> {
    let done = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(done).await.map(|_| request.result().unwrap())
}

pub async fn delete_database(name: &str) {
    request(&default_factory().delete_database(name).unwrap()).await.unwrap();
}

/// Leaves of a database what a browser may open after its files were damaged: its version, and no stores.
pub async fn hollow(factory: &web_sys::IdbFactory, name: &str) {
    request(&factory.delete_database(name).unwrap()).await.unwrap();
    let empty: web_sys::IdbDatabase = request(&factory.open_with_u32(name, 1).unwrap()).await.unwrap().unchecked_into();
    empty.close();
}

/// All keys and values of a database, as one heap of bytes.
async fn dump(factory: &web_sys::IdbFactory, name: &str) -> Vec<u8> {
    let database: web_sys::IdbDatabase = request(&factory.open(name).unwrap()).await.unwrap().unchecked_into();
    let mut all = Vec::new();
    let stores = database.object_store_names();
    for index in 0..stores.length() {
        let store = stores.get(index).unwrap();
        let objects = database.transaction_with_str(&store).unwrap().object_store(&store).unwrap();
        let keys = objects.get_all_keys().unwrap();
        let values = request(&objects.get_all().unwrap()).await.unwrap();
        for value in Array::from(&keys.result().unwrap()).iter().chain(Array::from(&values).iter()) {
            all.extend(js_sys::JSON::stringify(&value).map(String::from).unwrap_or_default().into_bytes());
            if value.is_instance_of::<js_sys::Uint8Array>() {
                all.extend(js_sys::Uint8Array::new(&value).to_vec());
            }
        }
    }
    database.close();
    all
}

async fn opfs_file(name: &str) -> Vec<u8> {
    let storage = get(&get(&js_sys::global(), "navigator"), "storage");
    let folder = call(&storage, "getDirectory", &[]).await;
    let handle = call(&folder, "getFileHandle", &[name.into()]).await;
    let file = call(&handle, "getFile", &[]).await;
    let buffer = call(&file, "arrayBuffer", &[]).await;
    js_sys::Uint8Array::new(&buffer).to_vec()
}

/// Writes a row where a disk would have lost a bit of it.
pub async fn damage(store: &dyn Store, table: Table, seq: u64) {
    let key = Key::Place(life(1), Seq(seq));
    let mut bytes = store.get(table, &key).await.unwrap().unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    store.transact(true, &[Change::Put(table, key, bytes)]).await.unwrap();
}

impl Tablet {
    /// The second copy is gone: both files are empty.
    pub async fn black_box_lost(&self) {
        self.black_box.close();
        pause(20).await;
        let storage = get(&get(&js_sys::global(), "navigator"), "storage");
        let folder = call(&storage, "getDirectory", &[]).await;
        for suffix in ["a", "b"] {
            call(&folder, "removeEntry", &[format!("{}-blackbox-{suffix}", self.name).into()]).await;
        }
    }

    pub fn black_box_bytes(&self) -> u64 {
        self.black_box.length()
    }
}
