//! Our server, as a till knows it: signed requests out, answers that are checked before anything believes them.

use std::rc::Rc;

use barrow_core::{
    bytes::{Blob, Hash},
    card::Decided,
    config::Config,
    customer::{CustomerNews, KEPT_MAX},
    device::DeviceError,
    gift::{GiftOverdrawn, GiftRef},
    ids::{Epoch, Seq, TillId},
    journal::Head,
    stock::{NEWS_MAX, StockNews},
    sync::Answer,
    wire::{
        self, Ack, Batch, BatchReply, EnrolReply, EnrolRequest, EnrolmentRecord, FirstPinReply, FirstPinRequest, GiftReply,
        GiftRequest, PAYMENT_NEWS_MAX, PaymentNews,
    },
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
    hash::sha256,
};

use crate::{
    base64, random,
    scope::log,
    store::Life,
    transport::{LARGE_REQUEST_MS, REQUEST_MS, Reply, Request, Transport, Unreachable, problem_detail},
    wait::now_ms,
    webcrypto::{CryptoFailed, NotSigned, SigningKey, VerifyingKey},
};

const CBOR: &str = "application/cbor";
const BYTES: &str = "application/octet-stream";
/// How long somebody waits at the counter for a gift card's balance, milliseconds.
const GIFT_MS: u32 = 8_000;
/// What the server's own messages come as.
const SIGNED: [&str; 2] = [CBOR, "application/cose"];

/// Who this till is, and whom it believes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the server signed.
    pub record: EnrolmentRecord,
    /// The signed bytes.
    pub signed: Vec<u8>,
    /// Their SHA-256: the root of the chain.
    pub root: Hash,
    /// The server's key, pinned.
    pub server_key: VerifyingKey,
}

impl Identity {
    /// Reads a signed enrolment record, and checks it against the key that it names.
    pub async fn read(signed: Vec<u8>) -> Result<Identity, NotSigned> {
        // The key stands inside: at enrolment, TLS and the one-time code vouch for it; from then on it is pinned.
        let unchecked = cose::parse(&signed).map_err(|_| NotSigned::Forged)?;
        let record: EnrolmentRecord = cbor::from_slice(&unchecked.payload).map_err(|_| NotSigned::Forged)?;
        let server_key = VerifyingKey::read(&record.server_key.0).await.map_err(|CryptoFailed| NotSigned::Forged)?;
        server_key.payload(Domain::Enrolment, &signed).await?;
        let root = Hash(sha256(&signed));
        Ok(Identity { record, signed, root, server_key })
    }

    /// Which till this is, in which life.
    pub fn life(&self) -> Life {
        Life { till: self.record.till, epoch: self.record.epoch }
    }

    /// The head of a chain that has no entry yet.
    pub fn root_head(&self) -> Head {
        let EnrolmentRecord { shop, till, epoch, .. } = self.record;
        Head { shop, till, epoch, seq: Seq(0), hash: self.root, at_ms: 0 }
    }
}

/// Why there is no believable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No answer at all.
    Unreachable,
    /// Something answered that is not our server.
    NotOurServer,
    /// It refused, or has a fault.
    Refused {
        /// HTTP status.
        status: u16,
        /// Seconds, if it named them.
        retry_after: Option<u32>,
        /// Its own words.
        detail: String,
    },
    /// The browser's cryptography failed.
    Crypto,
}

impl Failure {
    /// For the uploader's plans.
    pub fn answer(&self) -> Answer {
        match self {
            Failure::Unreachable | Failure::NotOurServer | Failure::Crypto => Answer::NotOurServer,
            Failure::Refused { status: 413, .. } => Answer::TooLarge,
            Failure::Refused { status: 429 | 503, retry_after, .. } => Answer::Busy(*retry_after),
            Failure::Refused { status, .. } => Answer::Refused(*status),
        }
    }
}

impl From<Failure> for DeviceError {
    fn from(failure: Failure) -> DeviceError {
        match failure {
            Failure::Unreachable => DeviceError::Offline,
            Failure::NotOurServer => DeviceError::NotOurServer,
            Failure::Refused { detail, .. } => DeviceError::Refused(detail),
            Failure::Crypto => DeviceError::Damaged,
        }
    }
}

impl From<Unreachable> for Failure {
    fn from(Unreachable: Unreachable) -> Failure {
        Failure::Unreachable
    }
}

impl From<NotSigned> for Failure {
    fn from(error: NotSigned) -> Failure {
        match error {
            NotSigned::Forged => Failure::NotOurServer,
            NotSigned::Crypto(CryptoFailed) => Failure::Crypto,
        }
    }
}

/// The answer to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The acknowledgement, checked.
    pub ack: Ack,
    /// Its signed bytes.
    pub signed: Vec<u8>,
    /// What became of card payments and gift cards, checked too.
    pub decided: Vec<Decided>,
    /// Levels of stock, checked too.
    pub stock: Option<StockNews>,
    /// What changed among customers, checked too.
    pub customers: Option<CustomerNews>,
    /// Gift cards that this till took too much from.
    pub overdrawn: Vec<GiftOverdrawn>,
}

/// The server, for a till that is enrolled.
#[derive(Clone)]
pub struct Server {
    transport: Rc<dyn Transport>,
    signing: SigningKey,
    identity: Rc<Identity>,
}

impl Server {
    /// `signing` is the key that the identity names.
    pub fn new(transport: Rc<dyn Transport>, signing: SigningKey, identity: Rc<Identity>) -> Server {
        Server { transport, signing, identity }
    }

    /// Sends a batch.
    pub async fn send(&self, batch: &Batch) -> Result<Answered, Failure> {
        let body = cbor::to_vec(batch).map_err(|_| Failure::Crypto)?;
        let path = format!("/v1/tills/{}/entries", batch.till);
        let reply: BatchReply = decode(&self.signed("POST", path, Some(body)).await?)?;
        let payload = self.identity.server_key.payload(Domain::Ack, &reply.ack.0).await?;
        let ack: Ack = decode(&payload)?;
        if (ack.shop, ack.till, ack.epoch) != (self.identity.record.shop, batch.till, batch.epoch) {
            return Err(Failure::NotOurServer);
        }
        let (decided, overdrawn) = match reply.payments {
            Some(signed) => self.payment_news(&signed.0, batch.till).await,
            None => Default::default(),
        };
        let stock = match reply.stock {
            Some(signed) => self.stock_news(&signed.0, batch).await,
            None => None,
        };
        let customers = match reply.customers {
            Some(signed) => self.customer_news(&signed.0, batch).await,
            None => None,
        };
        Ok(Answered { ack, signed: reply.ack.0, decided, overdrawn, stock, customers })
    }

    /// What became of card payments and gift cards. What cannot be believed is left out: the acknowledgement beside it counts all the same.
    async fn payment_news(&self, signed: &[u8], till: TillId) -> (Vec<Decided>, Vec<GiftOverdrawn>) {
        let payload = self.identity.server_key.payload(Domain::Payments, signed).await.ok();
        let news: Option<PaymentNews> = payload.and_then(|payload| cbor::from_slice(&payload).ok());
        let ours = |news: &PaymentNews| {
            (news.v, news.shop, news.till) == (wire::FORMAT, self.identity.record.shop, till)
                && news.decided.len().max(news.overdrawn.len()) <= PAYMENT_NEWS_MAX
        };
        match news.filter(ours) {
            Some(news) => (news.decided, news.overdrawn),
            None => {
                log("news of card payments was not believed: not signed by our server for this till");
                Default::default()
            }
        }
    }

    /// Levels of stock. What cannot be believed is left out, as with payments.
    async fn stock_news(&self, signed: &[u8], batch: &Batch) -> Option<StockNews> {
        let payload = self.identity.server_key.payload(Domain::Stock, signed).await.ok();
        let news: Option<StockNews> = payload.and_then(|payload| cbor::from_slice(&payload).ok());
        let place = (wire::FORMAT, self.identity.record.shop, batch.till, batch.epoch);
        let news = news.filter(|news| (news.v, news.shop, news.till, news.epoch) == place && news.levels.len() <= NEWS_MAX);
        if news.is_none() {
            log("levels of stock were not believed: not signed by our server for this till");
        }
        news
    }

    /// What changed among customers. What cannot be believed is left out, as with payments.
    async fn customer_news(&self, signed: &[u8], batch: &Batch) -> Option<CustomerNews> {
        let payload = self.identity.server_key.payload(Domain::Customers, signed).await.ok();
        let news: Option<CustomerNews> = payload.and_then(|payload| cbor::from_slice(&payload).ok());
        let place = (wire::FORMAT, self.identity.record.shop, batch.till, batch.epoch);
        let news = news.filter(|news| (news.v, news.shop, news.till, news.epoch) == place && news.changed.len() <= KEPT_MAX);
        if news.is_none() {
            log("news of customers was not believed: not signed by our server for this till");
        }
        news
    }

    /// The newest hot-card list, as it was sent: its hash tells whether it is the right one.
    pub async fn hot_list(&self) -> Result<Vec<u8>, Failure> {
        let path = format!("/v1/tills/{}/hot-list", self.identity.record.till);
        body_of(self.reply("GET", path, None, LARGE_REQUEST_MS).await?, &[BYTES])
    }

    /// Pictures by their hashes, as they were sent: those that the server has.
    pub async fn images(&self, hashes: &[Hash]) -> Result<Vec<Blob>, Failure> {
        let hashes: Vec<String> = hashes.iter().map(Hash::to_string).collect();
        let path = format!("/v1/tills/{}/images/{}", self.identity.record.till, hashes.join(","));
        decode(&body_of(self.reply("GET", path, None, LARGE_REQUEST_MS).await?, &[CBOR])?)
    }

    /// What is on a gift card.
    pub async fn gift(&self, card: GiftRef) -> Result<GiftReply, Failure> {
        let nonce = Blob(random::bytes::<16>().to_vec());
        let request = GiftRequest { v: wire::FORMAT, card, nonce };
        let EnrolmentRecord { shop, till, epoch, .. } = self.identity.record;
        let body = cbor::to_vec(&request).map_err(|_| Failure::Crypto)?;
        let reply = self.reply("POST", format!("/v1/tills/{till}/gift"), Some(body), GIFT_MS).await?;
        let payload = self.identity.server_key.payload(Domain::Gift, &body_of(reply, &SIGNED)?).await?;
        let reply: GiftReply = decode(&payload)?;
        // An answer to another question is none: an old one would give money back that was spent since.
        let ours = (reply.shop, reply.till, reply.epoch, reply.card, &reply.nonce) == (shop, till, epoch, card, &request.nonce);
        if ours { Ok(reply) } else { Err(Failure::NotOurServer) }
    }

    /// The newest configuration, with its signed bytes.
    pub async fn config(&self) -> Result<(Config, Vec<u8>), Failure> {
        let path = format!("/v1/tills/{}/config", self.identity.record.till);
        let signed = body_of(self.reply("GET", path, None, LARGE_REQUEST_MS).await?, &SIGNED)?;
        let config = self.read_config(&signed).await?;
        Ok((config, signed))
    }

    /// Checks and reads a signed configuration.
    pub async fn read_config(&self, signed: &[u8]) -> Result<Config, Failure> {
        read_config(&self.identity, signed).await
    }

    /// Proves a one-time code.
    pub async fn first_pin(&self, request: &FirstPinRequest) -> Result<FirstPinReply, Failure> {
        let body = cbor::to_vec(request).map_err(|_| Failure::Crypto)?;
        let path = format!("/v1/tills/{}/first-pin", self.identity.record.till);
        let signed = self.signed("POST", path, Some(body)).await?;
        let payload = self.identity.server_key.payload(Domain::FirstPin, &signed).await?;
        let reply: FirstPinReply = decode(&payload)?;
        let EnrolmentRecord { till, epoch, .. } = self.identity.record;
        if (reply.till, reply.epoch, reply.staff) == (till, epoch, request.staff) {
            Ok(reply)
        } else {
            Err(Failure::NotOurServer)
        }
    }

    async fn signed(&self, method: &'static str, path: String, body: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        body_of(self.reply(method, path, body, REQUEST_MS).await?, &SIGNED)
    }

    async fn reply(&self, method: &'static str, path: String, body: Option<Vec<u8>>, within_ms: u32) -> Result<Reply, Failure> {
        let EnrolmentRecord { till, epoch, .. } = self.identity.record;
        let headers = sign(&self.signing, method, &path, body.as_deref().unwrap_or_default(), till, epoch).await?;
        Ok(self.transport.send(Request { method, path, headers, body, within_ms }).await?)
    }
}

/// Enrols with a one-time code: who this till is now, its configuration, and that with its signed bytes.
pub async fn enrol(transport: &dyn Transport, code: &str, till_key: &[u8]) -> Result<(Identity, Config, Vec<u8>), Failure> {
    let request = EnrolRequest { v: wire::FORMAT, code: code.trim().to_owned(), till_key: Blob(till_key.to_vec()) };
    let body = cbor::to_vec(&request).map_err(|_| Failure::Crypto)?;
    let headers = vec![("content-type", CBOR.to_owned())];
    let request = Request { method: "POST", path: "/v1/enrol".into(), headers, body: Some(body), within_ms: LARGE_REQUEST_MS };
    let reply: EnrolReply = decode(&body_of(transport.send(request).await?, &SIGNED)?)?;
    let identity = Identity::read(reply.record.0).await?;
    if identity.record.till_key.0 != till_key {
        return Err(Failure::NotOurServer);
    }
    let config = read_config(&identity, &reply.config.0).await?;
    Ok((identity, config, reply.config.0))
}

async fn read_config(identity: &Identity, signed: &[u8]) -> Result<Config, Failure> {
    let payload = identity.server_key.payload(Domain::Config, signed).await?;
    let config: Config = decode(&payload)?;
    if (config.shop, config.till) == (identity.record.shop, identity.record.till) {
        Ok(config)
    } else {
        Err(Failure::NotOurServer)
    }
}

async fn sign(
    key: &SigningKey,
    method: &str,
    path: &str,
    body: &[u8],
    till: TillId,
    epoch: Epoch,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let digest = format!("sha-256=:{}:", base64::encode(&sha256(body)));
    let params = wire::http::signature_params(now_ms().div_euclid(1000), till, epoch);
    let base = wire::http::signature_base(method, path, &digest, &params);
    let signature = key.sign(base.as_bytes()).await.map_err(|CryptoFailed| Failure::Crypto)?;
    Ok(vec![
        ("content-type", CBOR.to_owned()),
        ("content-digest", digest),
        ("signature-input", format!("sig1={params}")),
        ("signature", format!("sig1=:{}:", base64::encode(&signature))),
    ])
}

/// The body of an answer that looks like our server's. Whether it is, its signature tells.
fn body_of(reply: Reply, media_types: &[&str]) -> Result<Vec<u8>, Failure> {
    let ours = media_types.iter().any(|media_type| reply.media_type.starts_with(media_type));
    match reply.status {
        200..=299 if ours => Ok(reply.body),
        // A captive portal's page (facts/failures row 16).
        200..=399 => Err(Failure::NotOurServer),
        status => {
            let problem = reply.media_type.starts_with("application/problem+json");
            let detail = problem.then(|| problem_detail(&reply.body)).flatten();
            let detail = detail.unwrap_or_else(|| format!("The server has a fault (status {status}). Try again later."));
            Err(Failure::Refused { status, retry_after: reply.retry_after, detail })
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    cbor::from_slice(bytes).map_err(|_| Failure::NotOurServer)
}
