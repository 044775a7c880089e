//! A tablet's disks: IndexedDB, the key bucket and the black box; and how each start puts back what one of them lost.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    rc::Rc,
};

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, Seq, TillId},
    journal::Head,
    till::Orders,
    wire::Ack,
};
use barrow_sealing::Key;

use crate::{keys::TillKey, sabotage::Sabotage};

/// Everything on one tablet.
#[derive(Clone, Default)]
pub(crate) struct Disks {
    pub(crate) idb: Idb,
    /// In a storage bucket of its own: it may survive when IndexedDB does not.
    pub(crate) keys: Option<Rc<Keys>>,
    pub(crate) black_box: BlackBox,
}

/// What a tablet is since its last enrolment.
pub(crate) struct Keys {
    pub(crate) till: TillId,
    pub(crate) epoch: Epoch,
    pub(crate) pair: Rc<TillKey>,
    pub(crate) journal_key: Key,
}

/// IndexedDB: one life for each enrolment that this tablet has known.
#[derive(Clone, Default)]
pub(crate) struct Idb {
    pub(crate) lives: BTreeMap<Epoch, Life>,
}

/// One epoch's journal, outbox and head.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) root: Head,
    pub(crate) head: Head,
    /// The last entry's time, milliseconds since 1970.
    pub(crate) last_ms: i64,
    pub(crate) ack: Option<Ack>,
    /// After the server was restored: how far what it may have lost was sent again.
    pub(crate) again: Option<Seq>,
    /// The server holds another branch: this tablet's own entries are handed in, whatever stands in their places.
    pub(crate) copy: bool,
    /// How far a copy has handed in its entries to the server of today.
    pub(crate) handed: Seq,
    pub(crate) outbox: BTreeMap<Seq, Row>,
    /// Sealed under the journal key.
    pub(crate) journal: BTreeMap<Seq, Rc<Vec<u8>>>,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) orders: Option<Orders>,
}

/// One entry in the outbox.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) hash: Hash,
    pub(crate) at_ms: i64,
    /// The encoded `wire::Record`.
    pub(crate) record: Rc<Vec<u8>>,
}

/// A ledger, sealed under the journal key, and the head that it stands at.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) head: Head,
    pub(crate) sealed: Rc<Vec<u8>>,
}

/// The append-only file. Its framing is the browser crate's own test; here frames are whole or gone.
#[derive(Clone, Default)]
pub(crate) struct BlackBox {
    pub(crate) roots: BTreeMap<Epoch, Head>,
    /// What stands in for the frames that rotation took out.
    pub(crate) bases: BTreeMap<Epoch, Snapshot>,
    pub(crate) frames: BTreeMap<(Epoch, Seq), Frame>,
}

/// One entry in the black box.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) row: Row,
    /// The journal's row, sealed under the journal key: without it a start could send the entry but not reckon with it.
    pub(crate) local: Option<Rc<Vec<u8>>>,
}

impl Life {
    pub(crate) fn new(root: Head) -> Life {
        Life {
            root,
            head: root,
            last_ms: 0,
            ack: None,
            copy: false,
            again: None,
            handed: Seq(0),
            outbox: BTreeMap::new(),
            journal: BTreeMap::new(),
            snapshot: None,
            orders: None,
        }
    }

    /// What the server has not acknowledged, in order.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (&Seq, &Row)> {
        let acknowledged = self.ack.map_or(Seq(0), |ack| ack.seq);
        let acknowledged = self.again.map_or(acknowledged, |again| again.min(acknowledged));
        let from = if self.copy { self.handed } else { acknowledged };
        self.outbox.range((Excluded(from), Unbounded))
    }

    /// The till's own hash at `seq`, where it still has it.
    pub(crate) fn own_hash(&self, seq: Seq) -> Option<Hash> {
        [Some(self.root), self.snapshot.as_ref().map(|s| s.head), Some(self.head)]
            .into_iter()
            .flatten()
            .find(|head| head.seq == seq)
            .map(|head| head.hash)
            .or_else(|| self.outbox.get(&seq).map(|row| row.hash))
    }

    fn snapshot_seq(&self) -> Seq {
        self.snapshot.as_ref().map_or(Seq(0), |snapshot| snapshot.head.seq)
    }

    /// Appends an entry.
    pub(crate) fn append(&mut self, head: Head, at_ms: i64, frame: &Frame) {
        self.outbox.insert(head.seq, frame.row.clone());
        if let Some(local) = &frame.local {
            self.journal.insert(head.seq, Rc::clone(local));
        }
        self.head = head;
        self.last_ms = at_ms;
    }
}

impl BlackBox {
    /// A flushed file whose last frame was torn all the same.
    pub(crate) fn tear_tail(&mut self) {
        self.frames.pop_last();
    }
}

impl Disks {
    /// What every start does before any number is given out: each disk gets back what the other still has. Says how many
    /// entries IndexedDB had lost.
    pub(crate) fn recover(&mut self, sabotage: Option<Sabotage>) -> u64 {
        let mut recovered = 0;
        let Disks { idb, black_box, .. } = self;
        if sabotage != Some(Sabotage::TillIgnoresBlackBox) {
            for (epoch, root) in &black_box.roots {
                idb.lives.entry(*epoch).or_insert_with(|| Life::new(*root));
            }
            for (epoch, base) in &black_box.bases {
                let Some(life) = idb.lives.get_mut(epoch) else { continue };
                if base.head.seq > life.snapshot_seq() {
                    life.snapshot = Some(base.clone());
                }
                if base.head.seq > life.head.seq {
                    (life.head, life.last_ms) = (base.head, base.head.at_ms);
                }
            }
            for ((epoch, seq), frame) in &black_box.frames {
                let Some(life) = idb.lives.get_mut(epoch) else { continue };
                if life.outbox.contains_key(seq) {
                    continue;
                }
                recovered += 1;
                life.outbox.insert(*seq, frame.row.clone());
                if let Some(local) = frame.local.as_ref().filter(|_| *seq > life.snapshot_seq()) {
                    life.journal.insert(*seq, Rc::clone(local));
                }
                if *seq > life.head.seq {
                    let at_ms = life.head.at_ms.max(frame.row.at_ms);
                    life.head = Head { seq: *seq, hash: frame.row.hash, at_ms, ..life.head };
                    life.last_ms = frame.row.at_ms;
                }
            }
        }
        for (epoch, life) in &idb.lives {
            if !black_box.roots.contains_key(epoch) {
                black_box.roots.insert(*epoch, life.root);
                if let Some(snapshot) = &life.snapshot {
                    black_box.bases.insert(*epoch, snapshot.clone());
                }
            }
            for (seq, row) in &life.outbox {
                let frame = || Frame { row: row.clone(), local: life.journal.get(seq).cloned() };
                black_box.frames.entry((*epoch, *seq)).or_insert_with(frame);
            }
        }
        recovered
    }

    /// Forgets what a signed acknowledgement covers as backed up, and what no open shift needs. `current` is the epoch in
    /// which the tablet sells. A copy forgets nothing: `safe` speaks of the other branch.
    pub(crate) fn purge(&mut self, current: Epoch, sabotage: Option<Sabotage>) {
        let Disks { idb, black_box, .. } = self;
        for (epoch, life) in &mut idb.lives {
            let Some(ack) = life.ack.filter(|_| !life.copy) else { continue };
            let safe = if sabotage == Some(Sabotage::TillPurgesBeforeSafe) { ack.seq } else { ack.safe };
            let floor = if *epoch == current {
                let Some(snapshot) = &life.snapshot else { continue };
                if sabotage != Some(Sabotage::BlackBoxWithoutBase) {
                    black_box.bases.insert(*epoch, snapshot.clone());
                }
                safe.min(snapshot.head.seq)
            } else if safe >= life.head.seq {
                life.head.seq
            } else {
                continue;
            };
            life.outbox.retain(|seq, _| *seq > floor);
            life.journal.retain(|seq, _| *seq > floor);
            black_box.frames.retain(|(of, seq), _| of != epoch || *seq > floor);
        }
    }

    /// Does either disk hold this entry?
    pub(crate) fn holds(&self, epoch: Epoch, seq: Seq, hash: Hash) -> bool {
        let in_idb = self.idb.lives.get(&epoch).and_then(|life| life.outbox.get(&seq)).is_some_and(|row| row.hash == hash);
        in_idb || self.black_box.frames.get(&(epoch, seq)).is_some_and(|frame| frame.row.hash == hash)
    }
}
