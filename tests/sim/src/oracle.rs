//! What really happened. Those who do something note it here; only `check` reads it.

use std::collections::{BTreeMap, BTreeSet};

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, TillId},
    money::Minor,
    sync::Anomaly,
};

/// The all-seeing side of a run.
#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) written: Vec<Written>,
    by_hash: BTreeMap<Hash, usize>,
    /// Findings that a fault explains at one place.
    places: BTreeSet<(TillId, Epoch, Seq, Anomaly)>,
    /// Findings that a fault explains anywhere in an epoch.
    epochs: BTreeMap<(TillId, Epoch), BTreeSet<Anomaly>>,
    purchases: u64,
    /// What was done on purpose, by name.
    pub(crate) faults: BTreeMap<&'static str, u64>,
}

/// An entry that a till tried to write. Whether any disk has it depends on how the write went.
pub(crate) struct Written {
    pub(crate) id: SaleId,
    pub(crate) hash: Hash,
    pub(crate) sold: Option<Sold>,
    /// The screen said "paid".
    pub(crate) paid: bool,
    /// In the server's newest backup.
    pub(crate) settled: bool,
    /// No protocol could have saved it: its only copies were destroyed, or its record was spoilt on purpose.
    pub(crate) excused: bool,
    pub(crate) tamper: Option<Tamper>,
}

/// What the customer paid, and which purchase it was: the same goods must not be sold again after a restart.
#[derive(Clone, Copy)]
pub(crate) struct Sold {
    pub(crate) due: Minor,
    pub(crate) purchase: u64,
}

/// A bad record, made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tamper {
    /// Its sealed bytes rot in the outbox.
    Seal,
    /// Another key signs it.
    Signature,
    /// A line's price is not quantity times unit price.
    Totals,
}

impl Tamper {
    pub(crate) fn anomaly(self) -> Anomaly {
        match self {
            Tamper::Seal => Anomaly::BadSeal,
            Tamper::Signature => Anomaly::BadSignature,
            Tamper::Totals => Anomaly::Totals,
        }
    }
}

impl Oracle {
    pub(crate) fn new_purchase(&mut self) -> u64 {
        self.purchases += 1;
        self.purchases
    }

    pub(crate) fn write(&mut self, id: SaleId, hash: Hash, sold: Option<Sold>, tamper: Option<Tamper>) {
        self.by_hash.insert(hash, self.written.len());
        self.written.push(Written { id, hash, sold, paid: false, settled: false, excused: false, tamper });
        match tamper {
            None => {}
            Some(Tamper::Totals) => self.explain_at(id, Tamper::Totals.anomaly()),
            Some(tamper @ (Tamper::Signature | Tamper::Seal)) => self.explain_unreadable(id, tamper),
        }
    }

    /// What the server cannot read, it cannot reckon with: the running figures behind it do not fit either.
    pub(crate) fn explain_unreadable(&mut self, id: SaleId, tamper: Tamper) {
        self.explain_at(id, tamper.anomaly());
        self.explain(id.till, id.epoch, &[Anomaly::Turnover, Anomaly::Late]);
    }

    pub(crate) fn by_hash(&self, hash: Hash) -> Option<&Written> {
        self.by_hash.get(&hash).map(|index| &self.written[*index])
    }

    pub(crate) fn by_hash_mut(&mut self, hash: Hash) -> Option<&mut Written> {
        self.by_hash.get(&hash).map(|index| &mut self.written[*index])
    }

    pub(crate) fn explain_at(&mut self, id: SaleId, anomaly: Anomaly) {
        self.places.insert((id.till, id.epoch, id.seq, anomaly));
    }

    pub(crate) fn explain(&mut self, till: TillId, epoch: Epoch, anomalies: &[Anomaly]) {
        self.epochs.entry((till, epoch)).or_default().extend(anomalies);
    }

    /// Two branches of this epoch may exist from here on.
    pub(crate) fn explain_branches(&mut self, till: TillId, epoch: Epoch) {
        use Anomaly::{Altered, ClockBack, Clone, Fork, Late, Rollback, Turnover};
        self.explain(till, epoch, &[Fork, Rollback, Altered, Turnover, Late, ClockBack, Clone]);
    }

    pub(crate) fn explains(&self, till: TillId, epoch: Epoch, seq: Seq, anomaly: Anomaly) -> bool {
        self.places.contains(&(till, epoch, seq, anomaly)) || self.explains_anywhere(till, epoch, anomaly)
    }

    /// Is `anomaly` explained at every place of this epoch?
    pub(crate) fn explains_anywhere(&self, till: TillId, epoch: Epoch, anomaly: Anomaly) -> bool {
        self.epochs.get(&(till, epoch)).is_some_and(|set| set.contains(&anomaly))
    }

    pub(crate) fn count(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }
}
