//! Checking an exported journal: what anybody can do who has the file and the public keys.

use super::{Anomaly, Finding, adds_up, exchanged};
use crate::{
    book::Book,
    bytes::Hash,
    exchange::Owed,
    ids::Seq,
    journal::{Body, Entry, Head},
    ledger::Paid,
};

/// One message of an exported journal, after its signature was tried.
#[derive(Clone, Debug)]
pub struct Audited {
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// What is in it, if it can be read.
    pub entry: Option<Entry>,
    /// Is the signature the till's?
    pub signed: bool,
}

/// Checks an exported journal from its root to `end`, the head that is known of it (from an acknowledgement), if any.
/// An empty answer means: whole.
pub fn audit(root: Head, entries: &[Audited], end: Option<(Seq, Hash)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |anomaly, seq| findings.push(Finding { anomaly, seq });
    let mut head = root;
    let mut seen: Vec<(Seq, Hash)> = Vec::new();
    let mut branch: Vec<Hash> = Vec::new();
    let mut book = Book::default();
    let mut owed = Owed::default();
    for (index, item) in entries.iter().enumerate() {
        let Some(entry) = &item.entry else {
            find(Anomaly::Unreadable, head.seq.next());
            head = Head { seq: head.seq.next(), hash: item.hash, ..head };
            continue;
        };
        if let Some((_, hash)) = seen.iter().find(|(seq, _)| *seq == entry.seq) {
            if *hash != item.hash {
                branch.push(item.hash);
            }
            find(if *hash == item.hash { Anomaly::Reordered } else { Anomaly::Fork }, entry.seq);
            continue;
        }
        if branch.contains(&entry.prev) {
            branch.push(item.hash);
            find(Anomaly::Fork, entry.seq);
            continue;
        }
        seen.push((entry.seq, item.hash));
        if entry.seq < head.seq {
            find(Anomaly::Reordered, entry.seq);
            continue;
        }
        if entry.seq > head.seq.next() {
            let comes_later =
                entries[index + 1..].iter().filter_map(|later| later.entry.as_ref()).any(|later| later.seq == head.seq.next());
            find(if comes_later { Anomaly::Reordered } else { Anomaly::Gap }, head.seq.next());
        } else if entry.prev != head.hash {
            // The root's own hash is pinned; else it is the entry before that no longer is what it was.
            find(Anomaly::Altered, if head.seq == root.seq { entry.seq } else { head.seq });
        }
        if !item.signed {
            find(Anomaly::BadSignature, entry.seq);
        }
        if (entry.shop, entry.till, entry.epoch) != (root.shop, root.till, root.epoch) {
            find(Anomaly::Altered, entry.seq);
        }
        if entry.at_ms < head.at_ms {
            find(Anomaly::ClockBack, entry.seq);
        }
        if let Err(anomaly) = adds_up(&entry.body) {
            find(anomaly, entry.seq);
        }
        let before = std::mem::take(&mut owed);
        match exchanged(before, entry) {
            Ok(left) => owed = left,
            Err(anomaly) => find(anomaly, entry.seq),
        }
        match &entry.body {
            Body::Sale(sale) => book.add(Paid::of(entry, sale)),
            Body::SaleVoided(void) => {
                // A sale is given back once: one that was taken or given back already can no longer be voided.
                let due = book
                    .find(void.sale)
                    .filter(|paid| paid.is_whole())
                    .and_then(|paid| Some((paid.sale.due().ok()?, paid.sale.outside().ok()?)));
                if !void.fits(entry.shift, due) {
                    find(Anomaly::BadVoid, entry.seq);
                }
                book.void(void);
            }
            // Of another till's sale, or of one before this journal, only the server can tell.
            Body::Refund(refund) if (refund.of.till, refund.of.epoch) == (root.till, root.epoch) => {
                match book.find(refund.of) {
                    Some(paid) if !paid.voided && refund.fits(&paid.sale) => {
                        if !paid.has_left(refund) {
                            find(Anomaly::DoubleRefund, entry.seq);
                        }
                    }
                    _ => find(Anomaly::BadRefund, entry.seq),
                }
                book.give_back(refund);
            }
            _ => {}
        }
        head = Head { seq: entry.seq, hash: item.hash, at_ms: head.at_ms.max(entry.at_ms), ..head };
    }
    if owed != Owed::default() {
        // Both are written together, or neither is.
        find(Anomaly::BadExchange, head.seq);
    }
    if let Some((seq, hash)) = end {
        if head.seq < seq {
            find(Anomaly::Truncated, head.seq);
        } else if head.seq == seq && head.hash != hash {
            find(Anomaly::Altered, seq);
        }
    }
    findings
}
