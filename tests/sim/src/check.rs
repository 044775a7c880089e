//! What must be true at every step, and after the network healed.

use std::collections::{BTreeMap, BTreeSet};

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, TillId},
    journal::Body,
    ledger::Figures,
    money::Minor,
    sync::{Anomaly, Audited, audit},
};

use crate::{
    Broken, must,
    oracle::Tamper,
    server::{Journal, SoldRow, Stored},
    tablet::Tablet,
    world::World,
};

impl World {
    /// At every step: a sale that was shown as paid is in the server's backup or on a tablet.
    pub(crate) fn check_step(&self) -> Result<(), Broken> {
        for entry in self.oracle.written.iter().filter(|entry| entry.paid && !entry.settled && !entry.excused) {
            let SaleId { till, epoch, seq } = entry.id;
            let held = |tablet: &Tablet| tablet.till == till && tablet.disks.holds(epoch, seq, entry.hash);
            must(self.tablets.iter().any(held), || {
                format!("paid sale {} is on no tablet any more, and in no backup of the server", entry.id)
            })?;
        }
        Ok(())
    }

    /// After everything healed and settled. That every outbox is empty was waited for.
    pub(crate) fn check_end(&self) -> Result<(), Broken> {
        self.check_nothing_lost()?;
        self.check_nothing_twice()?;
        for ((till, epoch), journal) in &self.server.db.journals {
            self.check_chain(*till, *epoch, journal)?;
            self.check_anomalies_found(*till, *epoch, journal)?;
            if self.reckonable(*till, *epoch) {
                self.check_totals(*till, *epoch, journal)?;
            }
        }
        self.check_turnover()?;
        self.check_alerts_explained()
    }

    fn check_nothing_lost(&self) -> Result<(), Broken> {
        let db = &self.server.db;
        let counted: BTreeMap<Hash, Minor> = db.sales.iter().map(|row| (row.hash, row.due)).collect();
        let kept_as = |hash: Hash, id: SaleId| -> Option<&Stored> {
            let journal = db.journals.get(&(id.till, id.epoch))?;
            let stored = journal.entries.get(&id.seq).into_iter().chain(&journal.quarantine);
            stored.map(AsRef::as_ref).find(|stored| stored.hash == hash)
        };
        for entry in self.oracle.written.iter().filter(|entry| entry.paid && !entry.excused) {
            let Some(sold) = entry.sold else { continue };
            let Some(stored) = kept_as(entry.hash, entry.id) else {
                return Err(Broken(format!("paid sale {} never reached the server", entry.id)));
            };
            match counted.get(&entry.hash) {
                Some(due) => must(*due == sold.due, || {
                    format!("sale {}: the customer paid {}, the server counts {}", entry.id, sold.due.0, due.0)
                })?,
                None => {
                    let spoilt = stored.entry.is_err() && matches!(entry.tamper, Some(Tamper::Seal | Tamper::Signature));
                    let forked = self.oracle.explains(entry.id.till, entry.id.epoch, entry.id.seq, Anomaly::Fork);
                    must(spoilt || forked, || format!("paid sale {} is at the server, but not among its sales", entry.id))?;
                }
            }
        }
        Ok(())
    }

    fn check_nothing_twice(&self) -> Result<(), Broken> {
        let mut places = BTreeSet::new();
        let mut purchases: BTreeMap<u64, SaleId> = BTreeMap::new();
        for row in &self.server.db.sales {
            must(places.insert(row.id), || format!("sale {} is counted twice", row.id))?;
            let Some(sold) = self.oracle.by_hash(row.hash).and_then(|entry| entry.sold) else {
                return Err(Broken(format!("sale {} was never made", row.id)));
            };
            if let Some(first) = purchases.insert(sold.purchase, row.id) {
                return Err(Broken(format!("one purchase was sold twice, as {first} and as {}", row.id)));
            }
        }
        Ok(())
    }

    /// The stored bytes make a whole chain, but for what was broken on purpose; and what is broken was alerted.
    fn check_chain(&self, till: TillId, epoch: Epoch, journal: &Journal) -> Result<(), Broken> {
        let Some(enrolled) = self.server.enrolled.get(&(till, epoch)) else {
            return Err(Broken(format!("till {till} epoch {epoch} was never enrolled")));
        };
        let audited: Vec<Audited> = journal
            .entries
            .values()
            .map(|stored| Audited {
                hash: if stored.entry == Err(Anomaly::BadSeal) { stored.hash } else { Hash::of(&stored.bytes) },
                entry: stored.entry.clone().ok(),
                signed: stored.entry.is_ok(),
            })
            .collect();
        let end = (journal.known.head.seq, journal.known.head.hash);
        for finding in audit(enrolled.root, &audited, Some(end)) {
            // The audit cannot read the number of what it cannot read: behind a gap it names the gap's beginning.
            let spoilt = finding.anomaly == Anomaly::Unreadable
                && journal.entries.range(finding.seq..).any(|(seq, stored)| {
                    stored.entry.as_ref().is_err_and(|anomaly| self.oracle.explains(till, epoch, *seq, *anomaly))
                })
                // Whether a void or refund has its sale cannot be told either where entries are missing, or of two branches.
                || matches!(finding.anomaly, Anomaly::BadVoid | Anomaly::BadRefund | Anomaly::DoubleRefund)
                    && !self.reckonable(till, epoch);
            must(spoilt || self.oracle.explains(till, epoch, finding.seq, finding.anomaly), || {
                format!(
                    "till {till} epoch {epoch}: the audit finds {} at {}, and nothing explains it",
                    finding.anomaly, finding.seq
                )
            })?;
            let told = self.server.alerts.contains(&(till, epoch, finding.seq, finding.anomaly));
            // In these the audit, which sees only what stands in place, counts otherwise than the server did.
            let counts_otherwise =
                [Anomaly::Fork, Anomaly::Gap].iter().any(|anomaly| self.oracle.explains_anywhere(till, epoch, *anomaly));
            must(told || spoilt || counts_otherwise, || {
                format!("till {till} epoch {epoch}: {} at {} raised no alert", finding.anomaly, finding.seq)
            })?;
        }
        Ok(())
    }

    /// Each bad record and each fork that the server holds has its alert, and none was taken for good.
    fn check_anomalies_found(&self, till: TillId, epoch: Epoch, journal: &Journal) -> Result<(), Broken> {
        let told = |seq: Seq, anomaly| {
            must(self.server.alerts.contains(&(till, epoch, seq, anomaly)), || {
                format!("till {till} epoch {epoch}: {anomaly} at {seq} raised no alert")
            })
        };
        for stored in journal.entries.values() {
            if let Err(anomaly) = stored.entry {
                told(stored.seq, anomaly)?;
            }
            match self.oracle.by_hash(stored.hash).and_then(|entry| entry.tamper) {
                Some(Tamper::Totals) => told(stored.seq, Anomaly::Totals)?,
                Some(Tamper::Signature) => must(stored.entry.is_err(), || {
                    format!("till {till} epoch {epoch}: entry {} is not signed by the till, and was taken", stored.seq)
                })?,
                Some(Tamper::Seal) | None => {}
            }
        }
        journal.quarantine.iter().try_for_each(|stored| told(stored.seq, Anomaly::Fork))
    }

    /// The sums of the server's sales are its running turnover, and each Z report's figures.
    fn check_totals(&self, till: TillId, epoch: Epoch, journal: &Journal) -> Result<(), Broken> {
        let sum_of = |rows: &[SoldRow]| -> i64 {
            rows.iter().filter(|row| (row.id.till, row.id.epoch) == (till, epoch)).map(|row| row.due.0).sum()
        };
        let sum = sum_of(&self.server.db.sales) - sum_of(&self.server.db.voids) - sum_of(&self.server.db.refunds);
        must(sum == journal.known.turnover.0, || {
            format!(
                "till {till} epoch {epoch}: sales less voids and refunds come to {sum}, the running turnover to {}",
                journal.known.turnover.0
            )
        })?;
        let entries = || journal.entries.values().filter_map(|stored| stored.entry.as_ref().ok());
        for closing in entries() {
            let Body::ShiftClosed(report) = &closing.body else { continue };
            let mut figures = Figures::default();
            for entry in entries().filter(|entry| entry.shift == Some(report.shift)) {
                match &entry.body {
                    Body::Sale(sale) => figures.add(sale),
                    Body::SaleVoided(void) => {
                        let sold = entries().find(|entry| entry.seq == void.sale.seq);
                        if let Some(Body::Sale(sale)) = sold.map(|entry| &entry.body) {
                            figures.take_back(sale);
                        }
                    }
                    Body::Refund(refund) => figures.refunds.add(refund),
                    Body::CashMoved { amount, .. } if amount.0 < 0 => figures.cash_out.0 -= amount.0,
                    Body::CashMoved { amount, .. } => figures.cash_in.0 += amount.0,
                    Body::NoSale { .. } => figures.no_sales += 1,
                    _ => {}
                }
            }
            must(figures == report.figures, || {
                format!("till {till} epoch {epoch}: the Z report at {} is not the sum of its shift", closing.seq)
            })?;
        }
        Ok(())
    }

    /// What a till's own journal comes to is what the server reckons.
    fn check_turnover(&self) -> Result<(), Broken> {
        for (index, tablet) in self.tablets.iter().enumerate().filter(|(_, tablet)| !tablet.retired) {
            let (Some(keys), Some(own)) = (&tablet.disks.keys, self.own_turnover(index)?) else { continue };
            let Some(journal) = self.server.db.journals.get(&(keys.till, keys.epoch)) else { continue };
            must(!self.reckonable(keys.till, keys.epoch) || own == journal.known.turnover, || {
                format!("tablet {index} reckons a turnover of {}, the server of {}", own.0, journal.known.turnover.0)
            })?;
        }
        Ok(())
    }

    /// No alert without a cause: an office that is told nonsense stops listening.
    fn check_alerts_explained(&self) -> Result<(), Broken> {
        for (till, epoch, seq, anomaly) in &self.server.alerts {
            must(self.oracle.explains(*till, *epoch, *seq, *anomaly), || {
                format!("till {till} epoch {epoch}: alert {anomaly} at {seq}, and nothing explains it")
            })?;
        }
        Ok(())
    }

    /// Was nothing done to this epoch that makes its sums differ?
    fn reckonable(&self, till: TillId, epoch: Epoch) -> bool {
        !self.oracle.explains_anywhere(till, epoch, Anomaly::Turnover)
    }
}
