//! What goes over the wire between till and server: CBOR maps, `Content-Type: application/cbor`.
//!
//! Where a field says "signed", its bytes are a COSE_Sign1 message of the named domain, whose payload is the CBOR of the
//! named type. `docs/formats.md` has the whole picture.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::{Blob, Hash},
    card::Decided,
    config::TillState,
    customer::Place,
    gift::{GiftOverdrawn, GiftRef},
    ids::{Epoch, Seq, ShopId, StaffId, TillId},
    money::Minor,
    stock::Cursor,
};

/// The version in every `v` here.
pub const FORMAT: u8 = 1;
/// The largest body of a batch that a till sends, bytes. Halved on `413`.
pub const BATCH_BYTES_MAX: usize = 512 * 1024;
/// The largest body that the server reads, bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The largest record, bytes: a sale of 500 lines fits several times.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;
/// The most pictures that are asked for at once.
pub const IMAGES_MAX: usize = 32;
/// The most records in one batch.
pub const BATCH_RECORDS_MAX: usize = 2000;

/// `POST /v1/enrol` (not signed: the code is the proof).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// Format.
    pub v: u8,
    /// The one-time code from the office. Case and dashes do not matter.
    pub code: String,
    /// The till's new public key: P-256, SEC 1 uncompressed, 65 bytes.
    pub till_key: Blob,
}

/// The answer to [`EnrolRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolReply {
    /// Signed [`EnrolmentRecord`], domain `barrow/enrolment/v1`, by the server's key inside it. Its SHA-256 is the first entry's `prev`.
    pub record: Blob,
    /// Signed [`crate::config::Config`], domain `barrow/config/v1`.
    pub config: Blob,
}

/// What a till is: the root of its chain, and the keys that it pins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRecord {
    /// Format.
    pub v: u8,
    /// The shop.
    pub shop: ShopId,
    /// The till.
    pub till: TillId,
    /// The till's new life.
    pub epoch: Epoch,
    /// The till's public key, as in the request.
    pub till_key: Blob,
    /// The server's signing key: P-256, SEC 1 uncompressed, 65 bytes.
    pub server_key: Blob,
    /// The server's HPKE keys, one for each suite that it opens.
    pub seal_keys: Vec<SealKey>,
    /// When, by the server's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// A public key of the server that entries are sealed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealKey {
    /// 1: X25519 (RFC 9180). 2: X-Wing.
    pub suite: u8,
    /// The public key, as the suite writes it.
    pub key: Blob,
}

/// `POST /v1/tills/{till}/first-pin`: proves the one-time code of a person, and asks for the till's journal key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPinRequest {
    /// Format.
    pub v: u8,
    /// Who.
    pub staff: StaffId,
    /// Their one-time code from the office. Case and dashes do not matter.
    pub code: String,
    /// A fresh X25519 public key, 32 bytes: the answer is sealed to it.
    pub reply_key: Blob,
    /// A fresh journal key, sealed to the server (purpose `Escrow`, associated data `shop|till|epoch`): kept if the server has none for this epoch yet.
    pub proposed: Blob,
}

/// The answer to [`FirstPinRequest`]: signed, domain `barrow/first-pin/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstPinReply {
    /// Format.
    pub v: u8,
    /// The till.
    pub till: TillId,
    /// The till's epoch.
    pub epoch: Epoch,
    /// Who may now choose a PIN.
    pub staff: StaffId,
    /// The journal key of this epoch, sealed to `reply_key` (purpose `FirstPin`, associated data `shop|till|epoch|staff`).
    pub sealed: Blob,
}

/// One sealed entry as it leaves the till, and as it stands in outbox and black box. It needs no key to be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Format.
    pub v: u8,
    /// HPKE suite, as in [`SealKey::suite`].
    pub suite: u8,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// The entry's place.
    pub seq: Seq,
    /// SHA-256 of the entry's signed bytes.
    pub hash: Hash,
    /// The till's clock at the entry, milliseconds since 1970: for "oldest unsent" on a locked till.
    pub at_ms: i64,
    /// The session's HPKE encapsulated key.
    pub enc: Blob,
    /// The signed entry, AES-256-GCM under the session's export secret.
    pub ct: Blob,
    /// What travels beside the entry and is no part of the chain, since it is a person's and is forgotten one day
    /// ([`crate::customer::Beside`], [`crate::mail::MailTo`]); sealed in the same session. The entry holds a hash of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Blob>,
}

/// `POST /v1/tills/{till}/entries`: records of one epoch, ascending. An empty batch is a handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Format. An older one is always taken.
    pub v: u8,
    /// The till.
    pub till: TillId,
    /// The records' epoch.
    pub epoch: Epoch,
    /// The lowest place that the till still holds in this epoch (its head's next when it holds none): what lies before it and the server lacks is lost.
    pub holds_from: Seq,
    /// The till's head in this epoch.
    pub head: Seq,
    /// The head's hash.
    pub head_hash: Hash,
    /// Encoded [`Record`]s.
    pub records: Vec<Blob>,
    /// Levels of stock that changed since are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<Cursor>,
    /// Customers that changed since are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Place>,
}

/// The answer to a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReply {
    /// Signed [`Ack`], domain `barrow/ack/v1`.
    pub ack: Blob,
    /// Signed [`PaymentNews`], domain `barrow/payments/v1`; absent while there is nothing to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Blob>,
    /// Signed [`crate::stock::StockNews`], domain `barrow/stock/v1`, where [`Batch::stock`] asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<Blob>,
    /// Signed [`crate::customer::CustomerNews`], domain `barrow/customers/v1`, where [`Batch::customers`] asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Blob>,
}

/// What became of a till's card payments. Told again with every batch until the till's journal has a
/// [`crate::journal::Body::CardDecided`] for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentNews {
    /// Format.
    pub v: u8,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// At most [`PAYMENT_NEWS_MAX`], oldest first.
    pub decided: Vec<Decided>,
    /// Gift cards that this till took more from than was on them; at most [`PAYMENT_NEWS_MAX`], told again until the till's journal
    /// has an alert for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overdrawn: Vec<GiftOverdrawn>,
}

/// `POST /v1/tills/{till}/gift`: what is on a gift card?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftRequest {
    /// Format.
    pub v: u8,
    /// Which card.
    pub card: GiftRef,
    /// Sixteen random bytes, so that an old answer fits no new question.
    pub nonce: Blob,
}

/// The answer to [`GiftRequest`]: signed, domain `barrow/gift/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftReply {
    /// Format.
    pub v: u8,
    /// The shop.
    pub shop: ShopId,
    /// The till that asked.
    pub till: TillId,
    /// In which life.
    pub epoch: Epoch,
    /// As in the request.
    pub card: GiftRef,
    /// As in the request.
    pub nonce: Blob,
    /// What is on it; nothing, where no journal has told of this card yet. It is negative where more was spent than was on it.
    pub balance: Option<Minor>,
    /// The office blocked it.
    pub blocked: bool,
    /// Until when it can be spent, milliseconds since 1970 UTC.
    pub until_ms: Option<i64>,
    /// Up to here the till's own entries are in it.
    pub upto: Seq,
}

/// The most outcomes that one [`PaymentNews`] tells.
pub const PAYMENT_NEWS_MAX: usize = 100;
/// The largest hot-card list, bytes (`GET /v1/tills/{till}/hot-list`, `application/octet-stream`).
pub const HOT_LIST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the server has: the only thing that takes an entry out of a till's outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// Format.
    pub v: u8,
    /// Goes up when the server was restored from a backup.
    pub server_epoch: u32,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// The highest place up to which nothing is missing; 0 for none.
    pub seq: Seq,
    /// The hash at that place; the enrolment record's for 0.
    pub hash: Hash,
    /// The highest place that is in a backup too (equal to `seq` where the server keeps no backups): up to here a till may forget.
    pub safe: Seq,
    /// May the till go on selling?
    pub state: TillState,
    /// This epoch was followed by a newer one: the tablet is a restored or cloned copy and must enrol again.
    pub fenced: bool,
    /// The newest configuration for this till.
    pub config_version: u64,
    /// The server's clock, milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// HTTP Message Signatures (RFC 9421) as tills use them: label `sig1`, algorithm `ecdsa-p256-sha256`, over the method, the
/// path and the body's digest (RFC 9530). The till's clock may be years off, so `created` is not judged: a request that is
/// replayed has no second effect.
pub mod http {
    use crate::ids::{Epoch, TillId};

    /// The value of `@signature-params`: what stands after `sig1=` in `Signature-Input`.
    pub fn signature_params(created_s: i64, till: TillId, epoch: Epoch) -> String {
        format!(r#"("@method" "@path" "content-digest");created={created_s};keyid="{till}.{epoch}";alg="ecdsa-p256-sha256""#)
    }

    /// The signature base (RFC 9421, 2.5): the bytes to be signed. `content_digest` is the header's value, `sha-256=:…:`;
    /// `params` is what stands after `sig1=` in `Signature-Input`, as it was sent.
    pub fn signature_base(method: &str, path: &str, content_digest: &str, params: &str) -> String {
        format!("\"@method\": {method}\n\"@path\": {path}\n\"content-digest\": {content_digest}\n\"@signature-params\": {params}")
    }

    /// Reads till and epoch out of a `keyid`, `till.epoch`.
    pub fn parse_key_id(key_id: &str) -> Option<(TillId, Epoch)> {
        let (till, epoch) = key_id.split_once('.')?;
        Some((TillId(till.parse().ok()?), Epoch(epoch.parse().ok()?)))
    }
}
