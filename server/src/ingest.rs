//! Taking journals in: open the seals, check the signatures, let [`barrow_core::sync::ingest`] decide, store, acknowledge.
//!
//! Opening is arithmetic and happens beside each other; storing is one writer with one commit for all batches that wait
//! ([`writer`]). Nothing is acknowledged before that commit is on the disk.

use std::collections::HashMap;

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, Seq, ShopId, TillId},
    journal::Entry,
    sync::Anomaly,
    wire::{Batch, RECORD_BYTES_MAX, Record},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
    error::OpenError,
    outbox::{Opener, RecordBinding, ServerKeys, Suite},
};
use serde::Deserialize;

pub(crate) mod gifts;
mod moves;
mod refunds;
mod store;
pub mod writer;

/// One record after its seal and signature were tried.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The record as it came.
    pub record: Vec<u8>,
    /// The place that it claims.
    pub seq: Seq,
    /// The hash that it claims.
    pub hash: Hash,
    /// The signed bytes, if the seal opened.
    pub signed: Option<Vec<u8>>,
    /// What happened, as far as it can be told: a newer till may write kinds that are unknown here.
    pub kind: Option<String>,
    /// The entry, or what is wrong.
    pub entry: Result<Entry, Anomaly>,
    /// What came sealed beside the entry, if that opened.
    pub beside: Option<Vec<u8>>,
}

/// Whose records are expected, and what opens them.
pub struct Expected<'a> {
    /// The server's private sealing keys.
    pub keys: &'a ServerKeys,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// That life's public key.
    pub till_key: &'a [u8],
}

/// Tries every record of a batch. One that cannot even be read takes the place where it stands in the order, so that it
/// holds nothing up.
#[must_use]
pub fn open(expected: &Expected<'_>, batch: &Batch) -> Vec<Opened> {
    let mut openers = HashMap::new();
    let mut opened: Vec<Opened> = Vec::with_capacity(batch.records.len());
    let mut nameless = Vec::new();
    for raw in &batch.records {
        match read_record(expected, &raw.0) {
            Some(record) => opened.push(open_record(expected, &mut openers, record, &raw.0)),
            None => {
                let before = opened.last().map_or(batch.holds_from.0.saturating_sub(1), |last| last.seq.0);
                nameless.push(opened.len());
                opened.push(Opened {
                    record: raw.0.clone(),
                    seq: Seq(before).next(),
                    hash: Hash::of(&raw.0),
                    signed: None,
                    kind: None,
                    entry: Err(Anomaly::Unreadable),
                    beside: None,
                });
            }
        }
    }
    // Its hash is what the entry behind it was chained to, or the till's head. The acknowledgement may have to name it.
    for index in nameless {
        let follower = opened.get(index + 1).and_then(|next| next.entry.as_ref().ok()).map(|entry| entry.prev);
        if let Some(record) = opened.get_mut(index) {
            record.hash = follower.unwrap_or(if record.seq == batch.head { batch.head_hash } else { record.hash });
        }
    }
    opened
}

/// A record of this chain with numbers that can be kept, or nothing.
fn read_record(expected: &Expected<'_>, raw: &[u8]) -> Option<Record> {
    if raw.len() > RECORD_BYTES_MAX {
        return None;
    }
    let record: Record = cbor::from_slice(raw).ok()?;
    let ours = (record.shop, record.till, record.epoch) == (expected.shop, expected.till, expected.epoch);
    (ours && record.seq > Seq(0) && i64::try_from(record.seq.0).is_ok()).then_some(record)
}

type Openers = HashMap<(u8, Vec<u8>), Result<Opener, OpenError>>;

fn open_record(expected: &Expected<'_>, openers: &mut Openers, record: Record, raw: &[u8]) -> Opened {
    let mut opened = Opened {
        record: raw.to_vec(),
        seq: record.seq,
        hash: record.hash,
        signed: None,
        kind: None,
        entry: Err(Anomaly::BadSeal),
        beside: None,
    };
    let Ok(suite) = Suite::try_from(record.suite) else { return opened };
    let binding =
        RecordBinding { shop: record.shop.0, till: record.till.0, epoch: record.epoch.0, seq: record.seq.0, hash: record.hash.0 };
    // One decapsulation for all records of a session.
    let opener = openers.entry((record.suite, record.enc.0)).or_insert_with_key(|(_, enc)| expected.keys.opener(suite, enc));
    let Ok(opener) = opener else { return opened };
    let Ok(signed) = opener.open(&binding, &record.ct.0) else { return opened };
    opened.entry = read_entry(expected, &signed, record.seq);
    opened.kind = kind_of(&signed);
    if let (Some(sealed), Some(named)) = (&record.beside, opened.entry.as_ref().ok().and_then(|entry| entry.body.names_beside()))
    {
        opened.beside = opener.open(&RecordBinding { hash: named.0, ..binding }, &sealed.0).ok();
    }
    opened.signed = Some(signed);
    opened
}

fn read_entry(expected: &Expected<'_>, signed: &[u8], seq: Seq) -> Result<Entry, Anomaly> {
    let message = cose::parse(signed).map_err(|_| Anomaly::Unreadable)?;
    cose::verify(expected.till_key, &message.to_be_signed(Domain::Journal), &message.signature)
        .map_err(|_| Anomaly::BadSignature)?;
    let entry: Entry = cbor::from_slice(&message.payload).map_err(|_| Anomaly::Unreadable)?;
    let here = (entry.shop, entry.till, entry.epoch, entry.seq) == (expected.shop, expected.till, expected.epoch, seq);
    if here { Ok(entry) } else { Err(Anomaly::Reordered) }
}

/// The entry in signed bytes that were checked when they were stored.
#[must_use]
pub fn entry_of(signed: &[u8]) -> Option<Entry> {
    cbor::from_slice(&cose::parse(signed).ok()?.payload).ok()
}

fn kind_of(signed: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let kind = cbor::from_slice::<Kind>(&cose::parse(signed).ok()?.payload).ok()?.kind;
    (kind.len() <= 64 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then_some(kind)
}
