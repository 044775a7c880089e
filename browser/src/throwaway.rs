//! A till without a server, for measurements: it enrols itself, and writes exactly as a real one does.

use std::rc::Rc;

use barrow_core::{
    bytes::Blob,
    config::{Config, Rules, TillState},
    device::{Committed, DeviceError, Session},
    ids::{Epoch, ShopId, StaffId, TillId},
    journal::{Body, Draft, Entry},
    money::Currency,
    staff::{Pin, Role, StaffMember},
    tax::TaxMode,
    wire::{EnrolReply, EnrolRequest, EnrolmentRecord, FORMAT, FirstPinReply, FirstPinRequest, SealKey},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
    direct::{self, Purpose},
    outbox::{ServerKeys, Suite},
};

use crate::{
    Device, Parts, random,
    transport::{Reply, Request, Transport, Unreachable},
    wait::Later,
    webcrypto::SigningKey,
};

const STAFF: StaffId = StaffId(1);
const PIN: &str = "274951";
const SHOP: ShopId = ShopId(1);
const TILL: TillId = TillId(1);
const EPOCH: Epoch = Epoch(1);

/// A till of its own, open and signed in.
pub struct Throwaway {
    device: Device,
    /// What signing in gave: the configuration and the ledger.
    pub session: Session,
}

impl Throwaway {
    /// Makes the till called `name`; tills of other names share nothing with it. `black_box_script` is where `blackbox.js` is.
    /// A till of that name from an earlier page cannot be opened again: its keys went with that page's "server".
    pub async fn open(name: &str, black_box_script: &str) -> Result<Throwaway, DeviceError> {
        let parts = Parts::of_browser(name, black_box_script).map_err(|_| DeviceError::Damaged)?;
        let signing = SigningKey::make().await.map_err(|_| DeviceError::Damaged)?;
        let desk = Desk { signing, keys: ServerKeys::generate(&mut random::fill) };
        let (device, _) = Device::boot_on(Parts { transport: Rc::new(desk), ..parts }).await;
        device.enrol("throw-away").await?;
        let pin = Pin::parse(PIN).map_err(|_| DeviceError::Damaged)?;
        let session = device.first_pin(STAFF, "throw-away", &pin).await?;
        Ok(Throwaway { device, session })
    }

    /// Writes entries as a till does when it says "paid": signed, chained, sealed, on both disks.
    pub async fn put(&self, bodies: Vec<Body>) -> Result<Vec<Committed>, DeviceError> {
        let at_ms = crate::now_ms();
        let draft = |body| Draft { at_ms, staff: Some(STAFF), shift: None, body };
        self.device.commit(bodies.into_iter().map(draft).collect()).await
    }

    /// The newest `count` entries, or all, oldest first.
    pub async fn read(&self, count: Option<u32>) -> Result<Vec<Entry>, DeviceError> {
        self.device.entries(count).await
    }

    /// Lets go of everything.
    pub fn close(self) {
        self.device.close();
    }
}

/// Just enough of a server to enrol at.
struct Desk {
    signing: SigningKey,
    keys: ServerKeys,
}

impl Transport for Desk {
    fn send(&self, request: Request) -> Later<'_, Result<Reply, Unreachable>> {
        Box::pin(async move {
            let body = request.body.unwrap_or_default();
            let answer = match request.path.as_str() {
                "/v1/enrol" => self.enrol(&body).await,
                path if path.ends_with("/first-pin") => self.first_pin(&body).await,
                _ => None,
            };
            let body = answer.ok_or(Unreachable)?;
            Ok(Reply { status: 200, media_type: "application/cbor".into(), retry_after: None, body })
        })
    }
}

impl Desk {
    async fn enrol(&self, body: &[u8]) -> Option<Vec<u8>> {
        let request: EnrolRequest = cbor::from_slice(body).ok()?;
        let record = EnrolmentRecord {
            v: FORMAT,
            shop: SHOP,
            till: TILL,
            epoch: EPOCH,
            till_key: request.till_key,
            server_key: Blob(self.signing.public.clone()),
            seal_keys: [Suite::X25519, Suite::XWing]
                .map(|suite| SealKey { suite: suite.into(), key: Blob(self.keys.public(suite)) })
                .to_vec(),
            at_ms: crate::now_ms(),
        };
        let record = self.sign(Domain::Enrolment, &record).await?;
        let config = self.sign(Domain::Config, &config()).await?;
        cbor::to_vec(&EnrolReply { record: Blob(record), config: Blob(config) }).ok()
    }

    async fn first_pin(&self, body: &[u8]) -> Option<Vec<u8>> {
        let request: FirstPinRequest = cbor::from_slice(body).ok()?;
        let place = format!("{SHOP}|{TILL}|{EPOCH}");
        let key = self.keys.open_direct(Purpose::Escrow, place.as_bytes(), &request.proposed.0).ok()?;
        let place = format!("{place}|{}", request.staff);
        let to = &request.reply_key.0;
        let sealed = direct::seal_to(to, Purpose::FirstPin, place.as_bytes(), &key, &mut random::fill).ok()?;
        let reply = FirstPinReply { v: FORMAT, till: TILL, epoch: EPOCH, staff: request.staff, sealed: Blob(sealed) };
        self.sign(Domain::FirstPin, &reply).await
    }

    async fn sign<T: serde::Serialize>(&self, domain: Domain, message: &T) -> Option<Vec<u8>> {
        let payload = cbor::to_vec(message).ok()?;
        let signature = self.signing.sign(&cose::to_be_signed(domain, &payload)).await.ok()?;
        cose::assemble(&payload, &signature).ok()
    }
}

fn config() -> Config {
    Config {
        v: FORMAT,
        shop: SHOP,
        till: TILL,
        version: 1,
        issued_at_ms: crate::now_ms(),
        state: TillState::Active,
        shop_name: "Throw-away".into(),
        till_name: "Throw-away".into(),
        receipt_head: Vec::new(),
        receipt_foot: Vec::new(),
        receipt_logo: None,
        currency: Currency::eur(),
        tax_mode: TaxMode::Inclusive,
        taxes: Vec::new(),
        categories: Vec::new(),
        products: Vec::new().into(),
        staff: vec![StaffMember { id: STAFF, name: "Nobody".into(), role: Role::Manager }],
        idle_lock_minutes: 0,
        rules: Rules::default(),
        cards: None,
        tills: Vec::new(),
        gifts: None,
    }
}
