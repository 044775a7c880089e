//! The least that a till needs of a server to become one: an enrolment and one person's first PIN. Everything else is offline.

use std::cell::RefCell;

use barrow_browser::{
    Later, cbor,
    transport::{Reply, Request, Transport, Unreachable},
};
use barrow_core::{
    bytes::Blob,
    catalogue::{Category, Product},
    config::{Config, TillState},
    ids::{Epoch, ShopId, StaffId, TillId},
    money::{Currency, Minor},
    staff::{Role, StaffMember},
    tax::TaxMode,
    wire::{EnrolReply, EnrolRequest, EnrolmentRecord, FirstPinReply, FirstPinRequest, SealKey},
};
use barrow_sealing::{
    cose::{Domain, SigningKey},
    direct::{self, Purpose},
    outbox::{ServerKeys, Suite},
};

const SHOP: ShopId = ShopId(1);
const TILL: TillId = TillId(1);
const EPOCH: Epoch = Epoch(1);
/// The one person who works at the throw-away till.
pub const STAFF: StaffId = StaffId(1);

/// A server that lets one till in and then is gone.
pub struct Enroller {
    signing: SigningKey,
    keys: ServerKeys,
    random: RefCell<fn(&mut [u8])>,
}

impl Enroller {
    /// With fresh keys.
    pub fn new(mut random: fn(&mut [u8])) -> Enroller {
        Enroller { signing: SigningKey::generate(&mut random), keys: ServerKeys::generate(&mut random), random: RefCell::new(random) }
    }

    fn answer(&self, request: &Request) -> Option<Vec<u8>> {
        let body = request.body.as_deref()?;
        match request.path.as_str() {
            "/v1/enrol" => self.enrol(&cbor::from_slice(body).ok()?),
            path if path.ends_with("/first-pin") => self.first_pin(&cbor::from_slice(body).ok()?),
            _ => None,
        }
    }

    fn enrol(&self, request: &EnrolRequest) -> Option<Vec<u8>> {
        let seal_keys = [Suite::X25519, Suite::XWing]
            .map(|suite| SealKey { suite: suite.into(), key: Blob(self.keys.public(suite)) })
            .to_vec();
        let record = EnrolmentRecord {
            v: 1,
            shop: SHOP,
            till: TILL,
            epoch: EPOCH,
            till_key: request.till_key.clone(),
            server_key: Blob(self.signing.public()),
            seal_keys,
            at_ms: 0,
        };
        let signed = |domain, bytes: Vec<u8>| Blob(self.signing.sign_message(domain, &bytes));
        let reply = EnrolReply {
            record: signed(Domain::Enrolment, cbor::to_vec(&record).ok()?),
            config: signed(Domain::Config, cbor::to_vec(&config()).ok()?),
        };
        cbor::to_vec(&reply).ok()
    }

    fn first_pin(&self, request: &FirstPinRequest) -> Option<Vec<u8>> {
        let context = format!("{SHOP}|{TILL}|{EPOCH}");
        let key = self.keys.open_direct(Purpose::Escrow, context.as_bytes(), &request.proposed.0).ok()?;
        let context = format!("{context}|{}", request.staff);
        let mut random = self.random.borrow_mut();
        let sealed = direct::seal_to(&request.reply_key.0, Purpose::FirstPin, context.as_bytes(), &key, &mut *random).ok()?;
        let reply = FirstPinReply { v: 1, till: TILL, epoch: EPOCH, staff: request.staff, sealed: Blob(sealed) };
        Some(self.signing.sign_message(Domain::FirstPin, &cbor::to_vec(&reply).ok()?))
    }
}

impl Transport for Enroller {
    fn send(&self, request: Request) -> Later<'_, Result<Reply, Unreachable>> {
        let body = self.answer(&request);
        Box::pin(async move {
            let body = body.ok_or(Unreachable)?;
            Ok(Reply { status: 200, media_type: "application/cbor".into(), retry_after: None, body })
        })
    }
}

fn config() -> Config {
    Config {
        v: 1,
        shop: SHOP,
        till: TILL,
        version: 1,
        issued_at_ms: 0,
        state: TillState::Active,
        shop_name: "Bench".into(),
        till_name: "Throw-away".into(),
        receipt_head: Vec::new(),
        receipt_foot: Vec::new(),
        currency: Currency::eur(),
        tax_mode: TaxMode::Inclusive,
        taxes: Vec::new(),
        categories: vec![Category { id: 1, name: "All".into() }],
        products: vec![Product {
            sku: "one".into(),
            name: "One".into(),
            variant: None,
            category: 1,
            price: Minor(100),
            taxes: Vec::new(),
            barcodes: Vec::new(),
            price_embedded: false,
        }],
        staff: vec![StaffMember { id: STAFF, name: "Bench".into(), role: Role::Manager }],
        idle_lock_minutes: 0,
    }
}
