//! A till without a browser: the same formats, the same crates.

use std::time::{SystemTime, UNIX_EPOCH};

use barrow_core::{
    bytes::{Blob, Hash},
    card::{Brand, CardTender, Decided, EntryMode, Outcome, Token},
    config::Config,
    ids::{Epoch, PaymentId, SaleId, Seq, ShiftId, ShopId, StaffId, TillId},
    journal::{Body, Draft, Head},
    ledger::{Figures, ShiftReport},
    money::{Milli, Minor},
    sale::{Sale, SaleLine, Totals, Void},
    tax::{self, Ppm, Tax, TaxMode},
    tender::{Reference, Tender},
    wire::{
        Ack, Batch, BatchReply, EnrolReply, EnrolRequest, EnrolmentRecord, FORMAT, FirstPinReply, FirstPinRequest, PaymentNews,
        Record,
        http::{signature_base, signature_params},
    },
};
use barrow_sealing::{
    Key, cbor,
    cose::{self, Domain, SigningKey},
    direct::{self, Purpose},
    hash::sha256,
    outbox::{RecordBinding, Sealer, Suite},
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};

use super::{Answer, Server, agent, until};

pub fn random(out: &mut [u8]) {
    getrandom::fill(out).unwrap();
}

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A till, and everything that it has written.
pub struct Till {
    agent: ureq::Agent,
    pub url: String,
    pub key: SigningKey,
    pub record: EnrolmentRecord,
    pub config: Config,
    pub head: Head,
    pub records: Vec<Blob>,
    pub shift: Option<ShiftId>,
    pub turnover: i64,
    pub clock_ms: i64,
    pub created_s: std::cell::Cell<i64>,
    sealer: Sealer,
}

/// Sends an enrolment.
pub fn enrol_with(server: &Server, code: &str, key: &SigningKey) -> Answer {
    let ask = EnrolRequest { v: FORMAT, code: code.into(), till_key: Blob(key.public()) };
    post(server, "/v1/enrol", &cbor::to_vec(&ask).unwrap())
}

/// Sends CBOR without a signature.
pub fn post(server: &Server, path: &str, body: &[u8]) -> Answer {
    let url = format!("{}{path}", server.url);
    Answer::of(agent().post(url).header("content-type", "application/cbor").send(body))
}

impl Till {
    pub fn enrol(server: &Server, code: &str) -> Till {
        let key = SigningKey::generate(&mut random);
        let answer = enrol_with(server, code, &key);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        Till::from_reply(server, key, &answer.body)
    }

    pub fn from_reply(server: &Server, key: SigningKey, body: &[u8]) -> Till {
        let reply: EnrolReply = cbor::from_slice(body).unwrap();
        let message = cose::parse(&reply.record.0).unwrap();
        let record: EnrolmentRecord = cbor::from_slice(&message.payload).unwrap();
        cose::verify(&record.server_key.0, &message.to_be_signed(Domain::Enrolment), &message.signature).unwrap();
        assert_eq!(record.till_key.0, key.public());
        let config = cose::verify_message(&record.server_key.0, Domain::Config, &reply.config.0).unwrap();
        let seal_key = record.seal_keys.iter().find(|key| key.suite == 1).unwrap();
        Till {
            agent: agent(),
            url: server.url.clone(),
            head: Head {
                shop: record.shop,
                till: record.till,
                epoch: record.epoch,
                seq: Seq(0),
                hash: Hash::of(&reply.record.0),
                at_ms: 0,
            },
            config: cbor::from_slice(&config).unwrap(),
            sealer: Sealer::new(Suite::X25519, &seal_key.key.0, &mut random).unwrap(),
            key,
            record,
            records: Vec::new(),
            shift: None,
            turnover: 0,
            clock_ms: now_ms(),
            created_s: std::cell::Cell::new(1_700_000_000),
        }
    }

    /// The same tablet, copied: its keys and its journal twice in the world.
    pub fn copy(&self) -> Till {
        let seal_key = self.record.seal_keys.iter().find(|key| key.suite == 1).unwrap();
        Till {
            agent: agent(),
            url: self.url.clone(),
            key: self.key.clone(),
            record: self.record.clone(),
            config: self.config.clone(),
            head: self.head,
            records: self.records.clone(),
            shift: self.shift,
            turnover: self.turnover,
            clock_ms: self.clock_ms,
            created_s: self.created_s.clone(),
            sealer: Sealer::new(Suite::X25519, &seal_key.key.0, &mut random).unwrap(),
        }
    }

    /// Begins a session of another suite.
    pub fn seal_with(&mut self, suite: Suite) {
        let seal_key = self.record.seal_keys.iter().find(|key| key.suite == u8::from(suite)).unwrap();
        self.sealer = Sealer::new(suite, &seal_key.key.0, &mut random).unwrap();
    }

    // What it writes.

    pub fn append(&mut self, body: Body) -> Seq {
        self.append_by(StaffId(1), body)
    }

    pub fn append_by(&mut self, staff: StaffId, body: Body) -> Seq {
        let mail = match &body {
            Body::ReceiptRequested { beside, .. } => beside.clone(),
            _ => None,
        };
        self.clock_ms += 1000;
        let draft = Draft { at_ms: self.clock_ms, staff: Some(staff), shift: self.shift, body };
        let entry = self.head.follow(draft);
        let signed = self.key.sign_message(Domain::Journal, &cbor::to_vec(&entry).unwrap());
        let hash = Hash::of(&signed);
        self.push_sealed(entry.seq, entry.at_ms, hash, &signed);
        if let Some(mail) = mail {
            self.put_beside(mail.bytes());
        }
        self.head = Head { seq: entry.seq, hash, at_ms: self.head.at_ms.max(entry.at_ms), ..self.head };
        entry.seq
    }

    /// Puts what travels beside the last entry into its record.
    pub fn put_beside(&mut self, plain: &[u8]) {
        let last = self.records.last_mut().unwrap();
        let record: Record = cbor::from_slice(&last.0).unwrap();
        let Record { shop, till, epoch, seq, hash, .. } = record;
        let binding = RecordBinding { shop: shop.0, till: till.0, epoch: epoch.0, seq: seq.0, hash: hash.0 };
        let beside = Some(Blob(self.sealer.seal_beside(&binding, plain).unwrap()));
        *last = Blob(cbor::to_vec(&Record { beside, ..record }).unwrap());
    }

    /// Seals any bytes as the record of a place.
    pub fn push_sealed(&mut self, seq: Seq, at_ms: i64, hash: Hash, signed: &[u8]) {
        let Head { shop, till, epoch, .. } = self.head;
        let binding = RecordBinding { shop: shop.0, till: till.0, epoch: epoch.0, seq: seq.0, hash: hash.0 };
        let ct = self.sealer.seal(&binding, signed).unwrap();
        let enc = Blob(self.sealer.encapsulated().to_vec());
        let record = Record {
            v: FORMAT,
            suite: self.sealer.suite().into(),
            shop,
            till,
            epoch,
            seq,
            hash,
            at_ms,
            enc,
            ct: Blob(ct),
            beside: None,
        };
        self.records.push(Blob(cbor::to_vec(&record).unwrap()));
    }

    pub fn open_shift(&mut self) -> Seq {
        let seq = self.append(Body::ShiftOpened { float: Minor(10_000) });
        self.shift = Some(ShiftId { epoch: self.head.epoch, seq });
        seq
    }

    pub fn close_shift(&mut self) -> Seq {
        let shift = self.shift.unwrap();
        let report = ShiftReport {
            shift,
            opened_at_ms: self.clock_ms - 60_000,
            float: Minor(10_000),
            figures: Figures {
                sales: 3,
                discounts: Minor(50),
                voids: 1,
                voided: Minor(480),
                cash_in: Minor(700),
                cash_out: Minor(300),
                no_sales: 2,
                ..Figures::default()
            },
            expected: Minor(12_000),
            counted: Minor(11_990),
            pieces: vec![(Minor(5000), 2), (Minor(1990), 1)],
            difference: Minor(-10),
            turnover: Minor(self.turnover),
            from: shift.seq,
            to: self.head.seq,
        };
        let seq = self.append(Body::ShiftClosed(report));
        self.shift = None;
        seq
    }

    pub fn sell(&mut self, unit_minor: i64) -> Seq {
        self.sell_by(StaffId(1), unit_minor)
    }

    pub fn sell_by(&mut self, staff: StaffId, unit_minor: i64) -> Seq {
        self.turnover += unit_minor * 2;
        let sale = sale(unit_minor, self.turnover);
        self.append_by(staff, Body::Sale(sale))
    }

    /// Takes back the sale at `seq` that came to `due_minor`; the running turnover goes down by `counted_minor`.
    pub fn void(&mut self, seq: Seq, due_minor: i64, counted_minor: i64) -> Seq {
        self.turnover -= counted_minor;
        let sale = SaleId { till: self.head.till, epoch: self.head.epoch, seq };
        let void = Void {
            sale,
            reason: "=wrong, \"change\"".into(),
            due: Minor(due_minor),
            outside: Minor(0),
            turnover: Minor(self.turnover),
        };
        self.append_by(StaffId(2), Body::SaleVoided(void))
    }

    /// Sells two pieces at `unit_minor`, paid by a card that is sealed into nothing that opens.
    pub fn sell_by_card(&mut self, unit_minor: i64, payment: PaymentId) -> Seq {
        let header = CardHeader { payment, amount: unit_minor * 2, shop: self.head.shop.0, till: self.head.till.0 };
        self.sell_sealed(unit_minor, payment, header.jwe())
    }

    /// Sells two pieces at `unit_minor` by a card that is sealed as `jwe`.
    pub fn sell_sealed(&mut self, unit_minor: i64, payment: PaymentId, jwe: String) -> Seq {
        let kid = self.config.cards.as_ref().and_then(|cards| cards.key_at(now_ms())).map_or("k1", |key| &key.kid).to_owned();
        self.turnover += unit_minor * 2;
        let mut sale = sale(unit_minor, self.turnover);
        let card = CardTender {
            payment,
            brand: Brand::Mastercard,
            last4: "7189".into(),
            expiry: None,
            mode: EntryMode::Swipe,
            token: Token([payment.0[0]; 16]),
            ksn: "FFFF9876543210E00008".into(),
            reader: "21042812D01".into(),
            kid,
            sealed: Blob(jwe.into_bytes()),
        };
        sale.tenders = vec![Tender::card(Minor(unit_minor * 2), card)];
        self.append(Body::Sale(sale))
    }

    /// Sells two pieces at `unit_minor`, paid at a terminal whose slip says `reference`.
    pub fn sell_by_terminal(&mut self, unit_minor: i64, reference: &str) -> Seq {
        self.turnover += unit_minor * 2;
        let mut sale = sale(unit_minor, self.turnover);
        sale.tenders = vec![Tender::external(Minor(unit_minor * 2), &Reference::parse(reference).unwrap())];
        self.append(Body::Sale(sale))
    }

    // What it sends.

    /// Sends everything that it has, and gives what the server tells of its card payments.
    pub fn news(&self) -> Vec<Decided> {
        self.all_news().map(|news| news.decided).unwrap_or_default()
    }

    /// The same, with what it tells of gift cards.
    pub fn all_news(&self) -> Option<PaymentNews> {
        let answer = self.post_batch(&self.batch(&self.records));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let reply: BatchReply = cbor::from_slice(&answer.body).unwrap();
        let signed = reply.payments?;
        let payload = cose::verify_message(&self.record.server_key.0, Domain::Payments, &signed.0).unwrap();
        let news: PaymentNews = cbor::from_slice(&payload).unwrap();
        assert_eq!((news.v, news.shop, news.till), (FORMAT, self.head.shop, self.head.till));
        Some(news)
    }

    /// Waits for the outcome of one payment.
    pub fn outcome(&self, payment: PaymentId) -> Outcome {
        let mut found = None;
        until("the payment is decided", || {
            found = self.news().into_iter().find(|decided| decided.payment == payment);
            found.is_some()
        });
        found.unwrap().outcome
    }

    pub fn batch(&self, records: &[Blob]) -> Batch {
        let Head { till, epoch, seq, hash, .. } = self.head;
        Batch {
            v: FORMAT,
            till,
            epoch,
            holds_from: Seq(1),
            head: seq,
            head_hash: hash,
            records: records.to_vec(),
            stock: None,
            customers: None,
        }
    }

    pub fn path(&self, end: &str) -> String {
        format!("/v1/tills/{}/{end}", self.record.till)
    }

    /// The headers of a request signed by this till.
    pub fn signed(&self, method: &str, path: &str, body: &[u8]) -> [(&'static str, String); 3] {
        self.created_s.set(self.created_s.get() + 1);
        let params = signature_params(self.created_s.get(), self.record.till, self.record.epoch);
        let digest = format!("sha-256=:{}:", Base64::encode_string(&sha256(body)));
        let signature = self.key.sign(signature_base(method, path, &digest, &params).as_bytes());
        [
            ("content-digest", digest),
            ("signature-input", format!("sig1={params}")),
            ("signature", format!("sig1=:{}:", Base64::encode_string(&signature))),
        ]
    }

    pub fn post_bytes(&self, path: &str, body: &[u8]) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.url)).header("content-type", "application/cbor");
        for (name, value) in self.signed("POST", path, body) {
            request = request.header(name, value);
        }
        Answer::of(request.send(body))
    }

    pub fn post_batch(&self, batch: &Batch) -> Answer {
        self.post_bytes(&self.path("entries"), &cbor::to_vec(batch).unwrap())
    }

    /// Sends a batch and gives the acknowledgement, whose signature is checked against the pinned key.
    pub fn deliver_batch(&self, batch: &Batch) -> Ack {
        let answer = self.post_batch(batch);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let reply: BatchReply = cbor::from_slice(&answer.body).unwrap();
        let payload = cose::verify_message(&self.record.server_key.0, Domain::Ack, &reply.ack.0).unwrap();
        cbor::from_slice(&payload).unwrap()
    }

    /// Sends everything that it has.
    pub fn deliver(&self) -> Ack {
        self.deliver_batch(&self.batch(&self.records))
    }

    pub fn get_config(&self, known: Option<&str>) -> Answer {
        let path = self.path("config");
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in self.signed("GET", &path, b"") {
            request = request.header(name, value);
        }
        if let Some(tag) = known {
            request = request.header("if-none-match", tag);
        }
        Answer::of(request.call())
    }

    /// A signed request to read something.
    pub fn get(&self, end: &str) -> Answer {
        let path = self.path(end);
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in self.signed("GET", &path, b"") {
            request = request.header(name, value);
        }
        Answer::of(request.call())
    }

    /// Reads a configuration, whose signature is checked.
    pub fn read_config(&self, answer: &Answer) -> Config {
        cbor::from_slice(&cose::verify_message(&self.record.server_key.0, Domain::Config, &answer.body).unwrap()).unwrap()
    }

    /// Shows a first-PIN code, proposing a fresh journal key.
    pub fn first_pin(&self, ask: &AskPin) -> Answer {
        let body = FirstPinRequest {
            v: FORMAT,
            staff: ask.staff,
            code: ask.code.clone(),
            reply_key: Blob(ask.reply_public.clone()),
            proposed: Blob(ask.proposed(&self.record)),
        };
        self.post_bytes(&self.path("first-pin"), &cbor::to_vec(&body).unwrap())
    }

    /// Opens the answer to `first_pin`.
    pub fn journal_key(&self, ask: &AskPin, answer: &Answer) -> Vec<u8> {
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let payload = cose::verify_message(&self.record.server_key.0, Domain::FirstPin, &answer.body).unwrap();
        let reply: FirstPinReply = cbor::from_slice(&payload).unwrap();
        assert_eq!((reply.till, reply.epoch, reply.staff), (self.record.till, self.record.epoch, ask.staff));
        let context = format!("{}|{}", context(&self.record), ask.staff);
        direct::open(&ask.reply_private, Purpose::FirstPin, context.as_bytes(), &reply.sealed.0).unwrap().to_vec()
    }
}

/// What a sealed card says in clear.
pub struct CardHeader {
    pub payment: PaymentId,
    pub amount: i64,
    pub shop: u64,
    pub till: u64,
}

impl CardHeader {
    /// In the form of a JWE; nothing that opens is behind it.
    pub fn jwe(&self) -> String {
        let Self { payment, amount, shop, till } = self;
        let header = format!(
            r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"k1","payment":"{payment}","amount":{amount},"currency":"EUR","shop":{shop},"till":{till}}}"#
        );
        format!("{}.AA.AA.AA.AA", Base64UrlUnpadded::encode_string(header.as_bytes()))
    }
}

/// A payment's fresh identity.
pub fn payment_id() -> PaymentId {
    let mut id = [0; 16];
    random(&mut id);
    PaymentId(id)
}

/// Somebody with a first-PIN code.
pub struct AskPin {
    pub staff: StaffId,
    pub code: String,
    pub reply_private: Key,
    pub reply_public: Vec<u8>,
    pub key: [u8; 32],
}

impl AskPin {
    pub fn new(staff: u64, code: &str) -> AskPin {
        let (reply_private, reply_public) = direct::make_reply_key(&mut random);
        let mut key = [0; 32];
        random(&mut key);
        AskPin { staff: StaffId(staff), code: code.into(), reply_private, reply_public, key }
    }

    fn proposed(&self, record: &EnrolmentRecord) -> Vec<u8> {
        let seal_key = record.seal_keys.iter().find(|key| key.suite == 1).unwrap();
        direct::seal_to(&seal_key.key.0, Purpose::Escrow, context(record).as_bytes(), &self.key, &mut random).unwrap()
    }
}

fn context(record: &EnrolmentRecord) -> String {
    format!("{}|{}|{}", record.shop, record.till, record.epoch)
}

/// Two pieces at `unit_minor`, 19 % inclusive, paid in cash with change.
pub fn sale(unit_minor: i64, turnover: i64) -> Sale {
    let rates = [Tax { code: "A".into(), name: String::new(), rate: Ppm(190_000) }];
    let (qty, unit) = (Milli::pieces(2), Minor(unit_minor));
    let price = qty.price(unit).unwrap();
    let split = tax::split(price, &rates, TaxMode::Inclusive).unwrap();
    let line = SaleLine {
        sku: "COF-001".into(),
        name: "Espresso, single".into(),
        qty,
        unit,
        list_unit: None,
        measure: None,
        extras: Vec::new(),
        note: None,
        promotion: None,
        order_off: Minor(0),
        discount: None,
        price,
        net: split.net,
        taxes: split.taxes,
        gross: split.gross,
    };
    let totals = Totals::of(std::slice::from_ref(&line)).unwrap();
    let tendered = Minor(totals.gross.0 + 30);
    let tender = Tender::cash(totals.gross, tendered).unwrap();
    Sale {
        currency: "EUR".into(),
        tax_mode: TaxMode::Inclusive,
        lines: vec![line],
        totals,
        rounding: Minor(0),
        tenders: vec![tender],
        turnover: Minor(turnover),
        discount: None,
        note: None,
        customer: None,
        exchange: None,
        gifts: Vec::new(),
        tip: Minor(0),
    }
}

/// A till of another number, for requests that claim to be it.
pub fn as_other_till(till: &Till, number: u64) -> Till {
    let mut other = till.copy();
    other.record.till = TillId(number);
    other.head.till = TillId(number);
    other
}

/// The parts of an identity, for tests that build records by hand.
pub fn ids(till: &Till) -> (ShopId, TillId, Epoch) {
    (till.head.shop, till.head.till, till.head.epoch)
}
