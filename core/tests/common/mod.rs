//! A small shop, and a till that commits in memory.
#![allow(dead_code, reason = "each test file uses its part")]

use std::rc::Rc;

use barrow_core::{
    bytes::{Blob, Hash},
    card::{
        Brand, CardSeen, EntryMode, Expiry, HotMatch, Reader, Token,
        rules::{Cards, ProcessorKey},
    },
    catalogue::{Category, Product},
    config::{Config, Rules, TillState},
    customer::Directory,
    device::{Boot, Committed, DeviceError, Locked, RosterEntry, Session},
    gift::Gifts,
    ids::{Epoch, PaymentId, SaleId, Seq, ShopId, StaffId, TillId},
    journal::{Body, Draft, Entry, Head},
    ledger::Ledger,
    money::{Currency, Minor},
    staff::{LogInWay, Role, StaffMember},
    stock::Base,
    tax::{Ppm, Tax, TaxMode},
    till::{Desk, Effect, Event, Model, Orders, Phase, Stage, update},
};

pub fn config(mode: TaxMode) -> Config {
    let product = |sku: &str, price: i64, taxes: &[&str]| Product {
        sku: sku.into(),
        name: format!("Product {sku}"),
        variant: None,
        category: 1,
        price: Minor(price),
        taxes: taxes.iter().map(|t| t.to_string()).collect(),
        barcodes: Vec::new(),
        price_embedded: false,
        details: Default::default(),
    };
    let tax = |code: &str, rate: u32| Tax { code: code.into(), name: format!("VAT {code}"), rate: Ppm(rate) };
    Config {
        v: 1,
        shop: ShopId(1),
        till: TillId(1),
        version: 1,
        issued_at_ms: 0,
        state: TillState::Active,
        shop_name: "Shop".into(),
        till_name: "Till 1".into(),
        receipt_head: Vec::new(),
        receipt_foot: Vec::new(),
        receipt_logo: None,
        currency: Currency::eur(),
        tax_mode: mode,
        taxes: vec![tax("A", 190_000), tax("B", 70_000), tax("C", 12_345)],
        categories: vec![Category { id: 1, name: "All".into() }],
        products: vec![
            product("mug", 1250, &["A"]),
            product("bread", 389, &["B"]),
            product("odd", 333, &["A", "C"]),
            product("free", 0, &[]),
        ]
        .into(),
        staff: vec![
            StaffMember { id: StaffId(1), name: "Cashier".into(), role: Role::Cashier },
            StaffMember { id: StaffId(2), name: "Supervisor".into(), role: Role::Supervisor },
            StaffMember { id: StaffId(3), name: "Manager".into(), role: Role::Manager },
            StaffMember { id: StaffId(4), name: "Auditor".into(), role: Role::Auditor },
        ],
        idle_lock_minutes: 2,
        rules: Rules::default(),
        cards: None,
        tills: Vec::new(),
        gifts: Some(Gifts { key: Blob(vec![7; 32]), blocked: Vec::new() }),
    }
}

/// A model with its journal in memory. `now` goes up by a second with every event.
pub struct TestTill {
    pub model: Model,
    pub journal: Vec<Entry>,
    pub head: Head,
    pub saved: Option<Orders>,
    pub effects: Vec<Effect>,
    pub fail_next: Option<DeviceError>,
    /// Commits wait here when `hold` is set.
    pub held: Vec<(u64, Vec<Draft>)>,
    pub hold: bool,
    pub now: i64,
    /// What the server told of stock.
    pub stock: Base,
    /// The customers that the device keeps.
    pub customers: Directory,
}

impl TestTill {
    pub fn start() -> TestTill {
        let head =
            Head { shop: ShopId(1), till: TillId(1), epoch: Epoch(1), seq: Seq(0), hash: Hash::of(b"enrolment"), at_ms: 0 };
        let mut till = TestTill {
            model: Model::default(),
            journal: Vec::new(),
            head,
            saved: None,
            effects: Vec::new(),
            fail_next: None,
            held: Vec::new(),
            hold: false,
            now: 1_000_000,
            stock: Base::empty(Epoch(1)),
            customers: Directory::default(),
        };
        till.send(Event::Booted(Boot::Locked(locked())));
        till
    }

    /// Signed in as `staff`, with a shift open where that person may open one.
    pub fn open(staff: u64) -> TestTill {
        let mut till = TestTill::start();
        till.sign_in(staff, config(TaxMode::Inclusive));
        till.send(Event::ShiftOpenSubmitted("100".into()));
        till
    }

    pub fn sign_in(&mut self, staff: u64, config: Config) {
        let mut ledger = Ledger::default();
        self.committed().iter().for_each(|done| ledger.take_in(&done.entry, done.hash));
        let (stock, customers) = (self.stock.clone(), self.customers.clone());
        let session = Session { staff: StaffId(staff), config, ledger, draft: None, roster: locked().roster, stock, customers };
        // As the device keeps it.
        let kept = |orders: &Orders| {
            let mut bytes = Vec::new();
            ciborium::into_writer(orders, &mut bytes).expect("written");
            ciborium::from_reader::<Orders, _>(bytes.as_slice()).expect("read")
        };
        let orders = self.saved.as_ref().map(kept);
        self.send(Event::SignedIn { way: LogInWay::Pin, result: Ok((Box::new(session), orders.map(Box::new))) });
    }

    pub fn send(&mut self, event: Event) {
        self.now += 1000;
        let effects = update(&mut self.model, self.now, event);
        for effect in effects {
            match effect {
                Effect::Commit { id, drafts } if self.hold => self.held.push((id, drafts)),
                Effect::Commit { id, drafts } => self.commit(id, drafts),
                Effect::SaveOrders(orders) => self.saved = Some(*orders),
                Effect::Lock(_) => self.send(Event::LockDone(locked())),
                other => self.effects.push(other),
            }
        }
    }

    pub fn release(&mut self) {
        for (id, drafts) in std::mem::take(&mut self.held) {
            self.commit(id, drafts);
        }
    }

    fn commit(&mut self, id: u64, drafts: Vec<Draft>) {
        let result = match self.fail_next.take() {
            Some(why) => Err(why),
            None => Ok(drafts.into_iter().map(|draft| self.append(draft)).collect()),
        };
        self.send(Event::CommitDone { id, result });
    }

    fn append(&mut self, draft: Draft) -> Committed {
        let entry = self.head.follow(draft);
        let hash = Hash::of(format!("{entry:?}").as_bytes());
        self.head = self.head.check(&entry, hash).expect("follows");
        self.journal.push(entry.clone());
        Committed { entry, hash }
    }

    pub fn stage(&self) -> &Stage {
        match &self.model.phase {
            Phase::Unlocked(desk) => &desk.stage,
            other => panic!("not unlocked: {other:?}"),
        }
    }

    pub fn error(&self) -> Option<&str> {
        match &self.model.phase {
            Phase::Unlocked(desk) => desk.error.as_deref(),
            _ => None,
        }
    }

    pub fn desk(&self) -> &Desk {
        match &self.model.phase {
            Phase::Unlocked(desk) => desk,
            other => panic!("not unlocked: {other:?}"),
        }
    }

    /// `by` shows the right PIN for what is asked.
    pub fn approve(&mut self, by: u64) {
        self.effects.clear();
        self.send(Event::ApprovalSubmitted { by: StaffId(by), pin: "274951".into() });
        if let Some(Effect::Approve { by, .. }) = self.effects.iter().find(|effect| matches!(effect, Effect::Approve { .. })) {
            let by = *by;
            self.send(Event::ApprovalDone { by, result: Ok(()) });
        }
    }

    /// The journal as the device reads it back.
    pub fn committed(&self) -> Vec<Committed> {
        let hash = |entry: &Entry| Hash::of(format!("{entry:?}").as_bytes());
        self.journal.iter().map(|entry| Committed { entry: entry.clone(), hash: hash(entry) }).collect()
    }

    /// The bodies of the journal from `from` on.
    pub fn bodies(&self, from: usize) -> Vec<&Body> {
        self.journal.iter().skip(from).map(|entry| &entry.body).collect()
    }

    pub fn tap(&mut self, sku: &str) {
        self.send(Event::ProductTapped(sku.into()));
    }

    pub fn pay_exact(&mut self) {
        self.send(Event::ChargePressed);
        if let Stage::Tendering(tendering) = self.stage() {
            let due = tendering.cash_due(&self.desk().config.currency);
            self.send(Event::CashGiven(due));
            self.send(Event::TenderConfirmed);
        }
    }
}

/// Opens the list of sales, and in it the newest one, or the one at this place from the newest.
pub fn open_order(till: &mut TestTill, back: usize) {
    till.send(Event::OrdersPressed);
    let read = till.committed();
    till.send(Event::JournalRead(Ok(read)));
    let sold = till.journal.iter().rev().filter(|entry| matches!(entry.body, Body::Sale(_)));
    let entry = sold.skip(back).map(|entry| (entry.till, entry.epoch, entry.seq)).next();
    let Some((till_id, epoch, seq)) = entry else { panic!("nothing was sold") };
    till.send(Event::OrderChosen(SaleId { till: till_id, epoch, seq }));
}

pub fn locked() -> Locked {
    Locked {
        shop_name: "Shop".into(),
        till_name: "Till 1".into(),
        roster: [(1, "Cashier"), (2, "Supervisor"), (3, "Manager"), (4, "Auditor")].map(on_roster).to_vec(),
    }
}

fn on_roster((id, name): (u64, &str)) -> RosterEntry {
    RosterEntry { id: StaffId(id), name: name.into(), has_pin: true, passkey: None, locked_out: false }
}

/// What the office decides about cards, with the default rules and one key that is valid for ever.
pub fn cards() -> Cards {
    let key = ProcessorKey { kid: "k1".into(), n: Blob(vec![0xc5; 256]), e: Blob(vec![1, 0, 1]), from_ms: 0, until_ms: i64::MAX };
    Cards { keys: vec![key], ..Cards::default() }
}

/// From now on the till takes cards, and a reader is attached.
pub fn take_cards(till: &mut TestTill) {
    let Phase::Unlocked(desk) = &mut till.model.phase else { panic!("signed in") };
    let config = Config { cards: Some(cards()), ..(*desk.config).clone() };
    desk.config = Rc::new(config);
    till.model.status.heard_ms = Some(till.now);
    till.send(Event::ReadersSeen(Some(vec![reader("B1234")])));
}

pub fn reader(serial: &str) -> Reader {
    Reader { vendor: 0x0801, product: 0x0011, name: "MagTek".into(), serial: serial.into(), ..Reader::default() }
}

/// Charges what is in the cart, and shows a card to the reader. `change` makes it another one.
pub fn show_card(till: &mut TestTill, change: impl FnOnce(&mut CardSeen)) {
    if !matches!(till.stage(), Stage::Tendering(_)) {
        till.send(Event::ChargePressed);
    }
    let payment = PaymentId((till.now as u128).to_be_bytes());
    till.effects.clear();
    till.send(Event::CardPressed { payment });
    let Some(Effect::ReadCard(Some(request))) = till.effects.iter().find(|e| matches!(e, Effect::ReadCard(Some(_)))) else {
        panic!("the reader was not asked: {:?}", till.error());
    };
    let mut card = CardSeen {
        payment,
        amount: request.amount,
        brand: Brand::Visa,
        last4: "4242".into(),
        expiry: Some(Expiry { year: 2031, month: 12 }),
        bin: Some(424_242),
        service_code: Some(101),
        mode: EntryMode::Swipe,
        encrypted: true,
        luhn_ok: Some(true),
        token: Token([1; 16]),
        hot: HotMatch::No,
        ksn: "FFFF9876543210E00008".into(),
        reader: "B1234".into(),
        kid: "k1".into(),
        sealed: Blob(b"only the processor opens this".to_vec()),
    };
    change(&mut card);
    till.send(Event::CardRead(Ok(Box::new(card))));
}
