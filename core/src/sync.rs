//! How entries reach the server: pure plans on both sides.
//!
//! Delivery is at least once, effect exactly once: `(shop, till, epoch, seq)` is an entry's identity. The till sends what
//! the server has not acknowledged, again and again; [`ingest`] decides for each record what it is. Nothing is thrown
//! away, and one bad entry never blocks those behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Hash,
    exchange::Owed,
    ids::{Epoch, Seq},
    journal::{Body, BrokenLink, Entry, Head},
    money::{Minor, OutOfRange},
    wire::{Ack, Batch},
};

mod audit;
mod till_side;

pub use audit::{Audited, audit};
pub use till_side::{Answer, Backoff, accept_ack, plan_batch};

/// What is wrong with an entry, a till or a journal. Each has its name, and its alert in the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anomaly {
    /// Numbers are missing, and the till no longer holds them.
    Gap,
    /// The entry's bytes are not those that its neighbour was chained to.
    Altered,
    /// The signature is not the till's.
    BadSignature,
    /// The seal does not open.
    BadSeal,
    /// What was sealed and signed cannot be read.
    Unreadable,
    /// Two entries claim one place.
    Fork,
    /// An entry stands at another place than its number says.
    Reordered,
    /// The journal ends before the head that is known of it.
    Truncated,
    /// The till's head is behind what the server has: a restored or cloned tablet.
    Rollback,
    /// A tablet went on in an epoch that a newer enrolment had fenced.
    Clone,
    /// The till's clock went back.
    ClockBack,
    /// A sale's figures do not follow from its lines.
    Totals,
    /// The running turnover does not follow from the one before.
    Turnover,
    /// A sale for a shift that was closed already: taken as late.
    Late,
    /// A sale was voided that is not there, not of that shift, voided already, or of another amount.
    BadVoid,
    /// Money was given back of a sale that is not there, was voided, or has no such lines; or the figures do not follow.
    BadRefund,
    /// The two entries of an exchange do not belong together: one is not there, or they differ in what was set off.
    BadExchange,
    /// More was given back of a line than was sold: twice, perhaps at two tills.
    DoubleRefund,
}

/// The name as it stands in alerts and reports, such as `bad-signature`.
impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Anomaly::Gap => "gap",
            Anomaly::Altered => "altered",
            Anomaly::BadSignature => "bad-signature",
            Anomaly::BadSeal => "bad-seal",
            Anomaly::Unreadable => "unreadable",
            Anomaly::Fork => "fork",
            Anomaly::Reordered => "reordered",
            Anomaly::Truncated => "truncated",
            Anomaly::Rollback => "rollback",
            Anomaly::Clone => "clone",
            Anomaly::ClockBack => "clock-back",
            Anomaly::Totals => "totals",
            Anomaly::Turnover => "turnover",
            Anomaly::Late => "late",
            Anomaly::BadVoid => "bad-void",
            Anomaly::BadRefund => "bad-refund",
            Anomaly::BadExchange => "bad-exchange",
            Anomaly::DoubleRefund => "double-refund",
        })
    }
}

/// A finding at a place in a till's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub anomaly: Anomaly,
    /// Where. For a gap, the first missing number.
    pub seq: Seq,
}

/// What the server knows of one epoch of a till.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The highest place up to which nothing is missing, and its hash.
    pub head: Head,
    /// The turnover in the last sale.
    pub turnover: Minor,
    /// The shift that is open, by the place of its opening.
    pub open_shift: Option<Seq>,
    /// What the last entry, the refund of an exchange, leaves to be paid for by the sale that must follow.
    pub set_off: Minor,
    /// A newer epoch exists.
    pub fenced: bool,
}

impl Known {
    /// Of an epoch that has just begun with the enrolment record whose hash is in `head`.
    pub fn new(head: Head) -> Known {
        Known { head, turnover: Minor::ZERO, open_shift: None, set_off: Minor::ZERO, fenced: false }
    }
}

/// One record of a batch, after the server tried its seal and signature.
#[derive(Clone, Debug)]
pub struct Received {
    /// The place that it claims.
    pub seq: Seq,
    /// The hash that it claims; the seal is bound to it.
    pub hash: Hash,
    /// What was in it, or the reason why that cannot be told.
    pub entry: Result<Entry, Anomaly>,
    /// The hash that is stored at this place already, if any.
    pub stored: Option<Hash>,
}

/// What is to be done with one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Store it as the entry of its place; with findings, flagged. It is acknowledged.
    Store(Vec<Anomaly>),
    /// It is there already. Nothing to do.
    Already,
    /// Another entry has this place, or that of one that it is chained to: keep this one in quarantine, raise the alarm. It is
    /// acknowledged by what stands there.
    Quarantine(Anomaly),
    /// Something before it has not arrived yet. The till will send it again.
    NotYet,
}

/// The outcome of [`ingest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingest {
    /// One for each record, in order.
    pub verdicts: Vec<Verdict>,
    /// What the office is to be told.
    pub findings: Vec<Finding>,
    /// What the server knows afterwards; its head is what is acknowledged.
    pub known: Known,
}

/// Decides what becomes of a batch. `received` are the batch's records in its order.
pub fn ingest(known: &Known, batch: &Batch, received: &[Received]) -> Ingest {
    let mut out = Ingest { verdicts: Vec::with_capacity(received.len()), findings: Vec::new(), known: *known };
    if batch.head < known.head.seq {
        out.findings.push(Finding { anomaly: Anomaly::Rollback, seq: batch.head });
    }
    let mut within_batch: Vec<(Seq, Hash)> = Vec::new();
    let mut branch: Vec<Hash> = Vec::new();
    for record in received {
        let head = out.known.head;
        let stored = record.stored.or_else(|| within_batch.iter().find(|(seq, _)| *seq == record.seq).map(|(_, hash)| *hash));
        let verdict = match stored {
            Some(hash) if hash == record.hash => Verdict::Already,
            Some(_) => Verdict::Quarantine(Anomaly::Fork),
            // What is chained to a quarantined entry is of its branch. Were it stored, the head would move on to that branch, and
            // the tablet would take the acknowledgement for its own and never learn that there are two of it.
            None if record.entry.as_ref().is_ok_and(|entry| branch.contains(&entry.prev)) => Verdict::Quarantine(Anomaly::Fork),
            // Nothing stands at a place that was passed as a gap: it turned up after all.
            None if record.seq <= head.seq => Verdict::Store(late_arrival(&record.entry)),
            // A gap is given up only as far as the till has nothing to fill it with: what it still holds, it will send again.
            None if record.seq > head.seq.next().max(batch.holds_from) => Verdict::NotYet,
            None => {
                let mut flags = Vec::new();
                if record.seq > head.seq.next() {
                    out.findings.push(Finding { anomaly: Anomaly::Gap, seq: head.seq.next() });
                    flags.push(Anomaly::Gap);
                }
                advance(&mut out.known, record, &mut flags);
                Verdict::Store(flags)
            }
        };
        match &verdict {
            Verdict::Store(flags) => {
                within_batch.push((record.seq, record.hash));
                out.findings
                    .extend(flags.iter().filter(|a| **a != Anomaly::Gap).map(|a| Finding { anomaly: *a, seq: record.seq }));
            }
            Verdict::Quarantine(anomaly) => {
                branch.push(record.hash);
                out.findings.push(Finding { anomaly: *anomaly, seq: record.seq });
            }
            Verdict::Already | Verdict::NotYet => {}
        }
        out.verdicts.push(verdict);
    }
    out
}

/// Flags of a record that fills a gap which was given up.
fn late_arrival(entry: &Result<Entry, Anomaly>) -> Vec<Anomaly> {
    let mut flags = vec![Anomaly::Late];
    match entry {
        Err(anomaly) => flags.push(*anomaly),
        Ok(entry) => flags.extend(adds_up(&entry.body).err()),
    }
    flags
}

/// Do the figures of a sale or refund follow from its lines? What has none adds up.
fn adds_up(body: &Body) -> Result<(), Anomaly> {
    match body {
        Body::Sale(sale) => sale.check().map_err(|_| Anomaly::Totals),
        Body::Refund(refund) => refund.check().map_err(|_| Anomaly::BadRefund),
        _ => Ok(()),
    }
}

/// Moves the head over `record`, and notes what does not fit.
fn advance(known: &mut Known, record: &Received, flags: &mut Vec<Anomaly>) {
    let owed = Owed(std::mem::take(&mut known.set_off));
    let entry = match &record.entry {
        Ok(entry) if (entry.seq, entry.epoch, entry.till) == (record.seq, known.head.epoch, known.head.till) => entry,
        Ok(_) => {
            flags.push(Anomaly::Reordered);
            known.head = Head { seq: record.seq, hash: record.hash, ..known.head };
            return;
        }
        Err(anomaly) => {
            flags.push(*anomaly);
            known.head = Head { seq: record.seq, hash: record.hash, ..known.head };
            return;
        }
    };
    let after_gap = flags.contains(&Anomaly::Gap);
    match known.head.check(entry, record.hash) {
        Ok(_) => {}
        Err(BrokenLink::Order) if after_gap => {}
        Err(BrokenLink::Hash | BrokenLink::Order | BrokenLink::Foreign) => flags.push(Anomaly::Altered),
    }
    if entry.at_ms < known.head.at_ms {
        flags.push(Anomaly::ClockBack);
    }
    flags.extend(adds_up(&entry.body).err());
    match exchanged(owed, entry) {
        Ok(Owed(set_off)) => known.set_off = set_off,
        Err(anomaly) if !after_gap => flags.push(anomaly),
        Err(_) => {}
    }
    if let Some((expected, stated)) = turnover_after(&entry.body, known.turnover) {
        if expected != Ok(stated) && !after_gap {
            flags.push(Anomaly::Turnover);
        }
        known.turnover = stated;
        if entry.shift.is_none_or(|shift| Some(shift.seq) != known.open_shift) {
            flags.push(Anomaly::Late);
        }
    }
    match &entry.body {
        Body::ShiftOpened { .. } => known.open_shift = Some(entry.seq),
        Body::ShiftClosed(_) => known.open_shift = None,
        _ => {}
    }
    if known.fenced {
        flags.push(Anomaly::Clone);
    }
    known.head = Head { seq: record.seq, hash: record.hash, at_ms: known.head.at_ms.max(entry.at_ms), ..known.head };
}

/// What `entry` leaves to be paid for by the next one, if it takes what the one before it left.
fn exchanged(owed: Owed, entry: &Entry) -> Result<Owed, Anomaly> {
    let (takes, left) = match &entry.body {
        Body::Sale(sale) => (owed.is_taken_by(sale, entry.seq), Some(Owed::default())),
        Body::Refund(refund) => (owed == Owed::default(), Owed::left_by(refund, entry.seq)),
        _ => (owed == Owed::default(), Some(Owed::default())),
    };
    left.filter(|_| takes).ok_or(Anomaly::BadExchange)
}

/// What the running turnover should be after this entry, and what the entry says; nothing, if it does not move it.
fn turnover_after(body: &Body, before: Minor) -> Option<(Result<Minor, OutOfRange>, Minor)> {
    match body {
        Body::Sale(sale) => Some((sale.turnover_share().and_then(|share| before.plus(share)), sale.turnover)),
        Body::SaleVoided(void) => Some((void.turnover_share().and_then(|share| before.minus(share)), void.turnover)),
        Body::Refund(refund) => Some((refund.due().and_then(|due| before.minus(due)), refund.turnover)),
        _ => None,
    }
}

/// What a till does when an acknowledgement has arrived, told by [`accept_ack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckNews {
    /// Older than what is known. Changes nothing.
    Stale,
    /// The new state of delivery.
    Progress,
    /// The server was restored: what its backup did not have ([`Ack::safe`]) is sent again, once. What is there already does no
    /// harm, and what stands there of a copy of this tablet comes to light.
    ServerRestored,
    /// The server is ahead of the till's head, or has another entry at that place: this tablet is a restored or cloned copy. It must enrol again.
    TillIsCopy,
}

/// A till's own view for [`accept_ack`].
#[derive(Clone, Copy, Debug)]
pub struct TillView {
    /// Its epoch.
    pub epoch: Epoch,
    /// The last acknowledgement that it holds.
    pub ack: Option<Ack>,
    /// Its head.
    pub head: Head,
}
