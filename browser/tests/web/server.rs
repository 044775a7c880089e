//! A server in the page: the production plans and seals, with every bad habit that a network has.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
};

use barrow_browser::{
    Later,
    transport::{Reply, Request, Transport, Unreachable},
};
use barrow_core::{
    bytes::{Blob, Hash},
    config::{Config, TillState},
    ids::{Epoch, Seq, StaffId},
    journal::{Entry, Head},
    sync::{Anomaly, Finding, Known, Received, Verdict, ingest},
    wire::{
        Ack, Batch, BatchReply, EnrolReply, EnrolRequest, EnrolmentRecord, FirstPinReply, FirstPinRequest, PaymentNews, Record,
        SealKey, http,
    },
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain, SigningKey},
    direct::{self, Purpose},
    hash::sha256,
    outbox::{RecordBinding, ServerKeys, Suite},
};

use crate::support::{BEGINNING_MS, config, fill};

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Unreachable,
    /// The server did it, and nobody hears so.
    ReplyLost,
    /// `200 text/html`.
    Portal,
    Status(u16),
    Busy(u32),
    /// An acknowledgement that somebody else signed.
    Forged,
}

pub struct Life {
    till_key: Vec<u8>,
    pub known: Known,
    pub entries: BTreeMap<u64, (Hash, Entry)>,
    pub quarantine: Vec<(u64, Anomaly)>,
    pub findings: Vec<Finding>,
    escrow: Option<Vec<u8>>,
}

pub struct FakeServer {
    signing: SigningKey,
    keys: ServerKeys,
    pub lives: RefCell<BTreeMap<u32, Life>>,
    pub faults: RefCell<VecDeque<Fault>>,
    pub always: Cell<Option<Fault>>,
    pub body_max: Cell<usize>,
    pub records_seen: Cell<usize>,
    pub requests: RefCell<Vec<String>>,
    pub config: RefCell<Config>,
    pub server_epoch: Cell<u32>,
    /// What is in a backup; nothing: everything.
    pub backed_up: Cell<Option<u64>>,
    pub state: Cell<TillState>,
    /// Its clock.
    pub now_ms: Cell<i64>,
    /// What it sends as the hot-card list.
    pub hot_list: RefCell<Vec<u8>>,
    /// Signed news of card payments.
    payments: RefCell<Option<Blob>>,
    /// Every body that reached it.
    pub bodies: RefCell<Vec<u8>>,
}

impl Default for FakeServer {
    fn default() -> FakeServer {
        FakeServer {
            signing: SigningKey::generate(&mut fill),
            keys: ServerKeys::generate(&mut fill),
            lives: RefCell::default(),
            faults: RefCell::default(),
            always: Cell::default(),
            body_max: Cell::new(1024 * 1024),
            records_seen: Cell::default(),
            requests: RefCell::default(),
            config: RefCell::new(config(1)),
            server_epoch: Cell::new(1),
            backed_up: Cell::default(),
            state: Cell::default(),
            now_ms: Cell::new(BEGINNING_MS),
            hot_list: RefCell::default(),
            payments: RefCell::default(),
            bodies: RefCell::default(),
        }
    }
}

impl FakeServer {
    /// The entries of an epoch, in order.
    pub fn entries(&self, epoch: u32) -> Vec<Entry> {
        self.lives.borrow()[&epoch].entries.values().map(|(_, entry)| entry.clone()).collect()
    }

    pub fn head(&self, epoch: u32) -> u64 {
        self.lives.borrow()[&epoch].known.head.seq.0
    }

    /// Loses what came after `seq`, as a restored backup does.
    pub fn restore(&self, epoch: u32, seq: u64) {
        let mut lives = self.lives.borrow_mut();
        let life = lives.get_mut(&epoch).unwrap();
        life.entries.retain(|place, _| *place <= seq);
        life.known.head.seq = Seq(seq);
        life.known.head.hash = life.entries[&seq].0;
        let sold = life.entries.values().filter_map(|(_, entry)| match &entry.body {
            barrow_core::journal::Body::Sale(sale) => Some(sale.turnover),
            _ => None,
        });
        life.known.turnover = sold.max().unwrap_or_default();
        life.known.head.at_ms = 0;
        self.server_epoch.set(self.server_epoch.get() + 1);
    }

    fn answer(&self, request: &Request) -> Reply {
        let body = request.body.clone().unwrap_or_default();
        self.bodies.borrow_mut().extend_from_slice(&body);
        if body.len() > self.body_max.get() {
            return problem(413, "too large");
        }
        match request.path.as_str() {
            "/v1/enrol" => self.enrol(&body),
            path if path.ends_with("/first-pin") => self.first_pin(request, &body),
            path if path.ends_with("/entries") => self.take(request, &body),
            path if path.ends_with("/config") => match self.who(request, &[]) {
                Some(_) => cbor_reply(self.signed_config()),
                None => problem(401, "not signed"),
            },
            path if path.ends_with("/hot-list") => match self.who(request, &[]) {
                Some(_) => Reply { media_type: "application/octet-stream".into(), ..cbor_reply(self.hot_list.borrow().clone()) },
                None => problem(401, "not signed"),
            },
            _ => problem(404, "no such place"),
        }
    }

    fn enrol(&self, body: &[u8]) -> Reply {
        let request: EnrolRequest = cbor::from_slice(body).unwrap();
        if request.code != "ENROL" {
            return problem(403, "This code is not known.");
        }
        let mut lives = self.lives.borrow_mut();
        lives.values_mut().for_each(|life| life.known.fenced = true);
        let epoch = Epoch(lives.keys().max().map_or(1, |last| last + 1));
        let config = self.config.borrow();
        let seal_keys = [Suite::X25519, Suite::XWing]
            .map(|suite| SealKey { suite: suite.into(), key: Blob(self.keys.public(suite)) })
            .to_vec();
        let record = EnrolmentRecord {
            v: 1,
            shop: config.shop,
            till: config.till,
            epoch,
            till_key: request.till_key.clone(),
            server_key: Blob(self.signing.public()),
            seal_keys,
            at_ms: 0,
        };
        let record = self.signing.sign_message(Domain::Enrolment, &cbor::to_vec(&record).unwrap());
        let root = Head { shop: config.shop, till: config.till, epoch, seq: Seq(0), hash: Hash(sha256(&record)), at_ms: 0 };
        let life = Life {
            till_key: request.till_key.0,
            known: Known::new(root),
            entries: BTreeMap::new(),
            quarantine: Vec::new(),
            findings: Vec::new(),
            escrow: None,
        };
        lives.insert(epoch.0, life);
        drop(config);
        let reply = EnrolReply { record: Blob(record), config: Blob(self.signed_config()) };
        cbor_reply(cbor::to_vec(&reply).unwrap())
    }

    fn first_pin(&self, request: &Request, body: &[u8]) -> Reply {
        let Some(epoch) = self.who(request, body) else { return problem(401, "not signed") };
        let asked: FirstPinRequest = cbor::from_slice(body).unwrap();
        if asked.code != format!("CODE-{}", asked.staff) {
            return problem(403, "This code is not known.");
        }
        let config = self.config.borrow();
        let place = format!("{}|{}|{epoch}", config.shop, config.till);
        let mut lives = self.lives.borrow_mut();
        let life = lives.get_mut(&epoch.0).unwrap();
        let escrow = life.escrow.get_or_insert(asked.proposed.0).clone();
        let key = self.keys.open_direct(Purpose::Escrow, place.as_bytes(), &escrow).unwrap();
        let aad = format!("{place}|{}", asked.staff);
        let sealed = direct::seal_to(&asked.reply_key.0, Purpose::FirstPin, aad.as_bytes(), &key, &mut fill).unwrap();
        let reply = FirstPinReply { v: 1, till: config.till, epoch, staff: asked.staff, sealed: Blob(sealed) };
        cbor_reply(self.signing.sign_message(Domain::FirstPin, &cbor::to_vec(&reply).unwrap()))
    }

    fn take(&self, request: &Request, body: &[u8]) -> Reply {
        if self.who(request, body).is_none() {
            return problem(401, "not signed");
        }
        let batch: Batch = cbor::from_slice(body).unwrap();
        self.records_seen.set(self.records_seen.get() + batch.records.len());
        let mut lives = self.lives.borrow_mut();
        let Some(life) = lives.get_mut(&batch.epoch.0) else { return problem(404, "no such epoch") };
        let received: Vec<Received> = batch
            .records
            .iter()
            .map(|bytes| {
                let record: Record = cbor::from_slice(&bytes.0).unwrap();
                let stored = life.entries.get(&record.seq.0).map(|(hash, _)| *hash);
                Received { seq: record.seq, hash: record.hash, entry: self.open(&life.till_key, &record), stored }
            })
            .collect();
        let done = ingest(&life.known, &batch, &received);
        for (record, verdict) in received.into_iter().zip(done.verdicts) {
            match verdict {
                Verdict::Store(_) => {
                    life.entries.insert(record.seq.0, (record.hash, record.entry.unwrap()));
                }
                Verdict::Quarantine(anomaly) => life.quarantine.push((record.seq.0, anomaly)),
                Verdict::Already | Verdict::NotYet => {}
            }
        }
        life.known = done.known;
        life.findings.extend(done.findings);
        let head = life.known.head;
        let ack = Ack {
            v: 1,
            server_epoch: self.server_epoch.get(),
            shop: head.shop,
            till: head.till,
            epoch: head.epoch,
            seq: head.seq,
            hash: head.hash,
            safe: Seq(self.backed_up.get().unwrap_or(head.seq.0).min(head.seq.0)),
            state: self.state.get(),
            fenced: life.known.fenced,
            config_version: self.config.borrow().version,
            now_ms: self.now_ms.get(),
        };
        self.acknowledge(&self.signing, &ack)
    }

    fn acknowledge(&self, key: &SigningKey, ack: &Ack) -> Reply {
        let ack = key.sign_message(Domain::Ack, &cbor::to_vec(ack).unwrap());
        cbor_reply(cbor::to_vec(&BatchReply { ack: Blob(ack), payments: self.payments.borrow().clone(), stock: None }).unwrap())
    }

    fn open(&self, till_key: &[u8], record: &Record) -> Result<Entry, Anomaly> {
        let suite = Suite::try_from(record.suite).map_err(|_| Anomaly::BadSeal)?;
        let binding = RecordBinding {
            shop: record.shop.0,
            till: record.till.0,
            epoch: record.epoch.0,
            seq: record.seq.0,
            hash: record.hash.0,
        };
        let signed = self.keys.open(suite, &record.enc.0, &binding, &record.ct.0).map_err(|_| Anomaly::BadSeal)?;
        let payload = cose::verify_message(till_key, Domain::Journal, &signed).map_err(|_| Anomaly::BadSignature)?;
        cbor::from_slice(&payload).map_err(|_| Anomaly::Unreadable)
    }

    /// Which life of the till signed this request.
    fn who(&self, request: &Request, body: &[u8]) -> Option<Epoch> {
        let header = |name: &str| request.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        let params = header("signature-input")?.strip_prefix("sig1=")?;
        let key_id = params.split("keyid=\"").nth(1)?.split('"').next()?;
        let (_, epoch) = http::parse_key_id(key_id)?;
        let digest = header("content-digest")?;
        if digest != format!("sha-256=:{}:", base64(&sha256(body))) {
            return None;
        }
        let base = http::signature_base(request.method, &request.path, digest, params);
        let signature = header("signature")?.strip_prefix("sig1=:")?.strip_suffix(':')?;
        let signature: [u8; 64] = unbase64(signature).try_into().ok()?;
        let lives = self.lives.borrow();
        cose::verify(&lives.get(&epoch.0)?.till_key, base.as_bytes(), &signature).ok()?;
        Some(epoch)
    }

    /// Tells `news` with every answer from now on, signed as a message of `domain`; by somebody else, if `forged`.
    pub fn tell_payments(&self, news: &PaymentNews, domain: Domain, forged: bool) {
        let payload = cbor::to_vec(news).unwrap();
        let other = SigningKey::generate(&mut fill);
        let key = if forged { &other } else { &self.signing };
        *self.payments.borrow_mut() = Some(Blob(key.sign_message(domain, &payload)));
    }

    fn signed_config(&self) -> Vec<u8> {
        self.signing.sign_message(Domain::Config, &cbor::to_vec(&*self.config.borrow()).unwrap())
    }

    /// Gives the newest configuration a new version.
    pub fn change_config(&self, change: impl FnOnce(&mut Config)) {
        let mut config = self.config.borrow_mut();
        config.version += 1;
        config.issued_at_ms = self.now_ms.get();
        change(&mut config);
    }
}

impl Transport for FakeServer {
    fn send(&self, request: Request) -> Later<'_, Result<Reply, Unreachable>> {
        self.requests.borrow_mut().push(request.path.clone());
        let fault = self.faults.borrow_mut().pop_front().or(self.always.get());
        let reply = match fault {
            None => Ok(self.answer(&request)),
            Some(Fault::Unreachable) => Err(Unreachable),
            Some(Fault::ReplyLost) => {
                self.answer(&request);
                Err(Unreachable)
            }
            Some(Fault::Portal) => {
                Ok(Reply { status: 200, media_type: "text/html".into(), retry_after: None, body: b"<html>Hotel".to_vec() })
            }
            Some(Fault::Status(status)) => Ok(problem(status, "something")),
            Some(Fault::Busy(seconds)) => Ok(Reply { retry_after: Some(seconds), ..problem(503, "busy") }),
            Some(Fault::Forged) => {
                // It claims to have everything.
                let lives = self.lives.borrow();
                let known = lives.values().next_back().unwrap().known;
                let ack = Ack {
                    v: 1,
                    server_epoch: 9,
                    shop: known.head.shop,
                    till: known.head.till,
                    epoch: known.head.epoch,
                    seq: Seq(known.head.seq.0),
                    hash: known.head.hash,
                    safe: Seq(u64::MAX),
                    state: TillState::Active,
                    fenced: false,
                    config_version: 1,
                    now_ms: 0,
                };
                Ok(self.acknowledge(&SigningKey::generate(&mut fill), &ack))
            }
        };
        Box::pin(async move {
            // A network is never at once.
            crate::support::pause(1).await;
            reply
        })
    }
}

fn problem(status: u16, detail: &str) -> Reply {
    Reply {
        status,
        media_type: "application/problem+json".into(),
        retry_after: None,
        body: format!(r#"{{"status":{status},"detail":"{detail}"}}"#).into_bytes(),
    }
}

fn cbor_reply(body: Vec<u8>) -> Reply {
    Reply { status: 200, media_type: "application/cbor".into(), retry_after: None, body }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn unbase64(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.bytes().filter_map(|c| DIGITS.iter().position(|d| *d == c)).map(|index| index as u32).collect();
    digits
        .chunks(4)
        .flat_map(|chunk| {
            let bits = chunk.iter().enumerate().fold(0, |bits, (place, digit)| bits | digit << (18 - 6 * place));
            (0..chunk.len() - 1).map(move |byte| (bits >> (16 - 8 * byte)) as u8)
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    let mut out: String = bytes
        .chunks(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().enumerate().fold(0u32, |bits, (place, byte)| bits | u32::from(*byte) << (16 - 8 * place));
            (0..=chunk.len()).map(move |place| DIGITS[(bits >> (18 - 6 * place) & 63) as usize] as char)
        })
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// The code that the office would give this person.
pub fn code(staff: StaffId) -> String {
    format!("CODE-{staff}")
}
