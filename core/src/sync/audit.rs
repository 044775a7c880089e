//! Checking an exported journal: what anybody can do who has the file and the public keys.

use std::collections::BTreeMap;

use super::{Anomaly, Finding, adds_up};
use crate::{
    bytes::Hash,
    ids::Seq,
    journal::{Body, Entry, Head},
    money::Minor,
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
    let mut sales: BTreeMap<Seq, Option<Minor>> = BTreeMap::new();
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
        if !adds_up(&entry.body) {
            find(Anomaly::Totals, entry.seq);
        }
        match &entry.body {
            Body::Sale(sale) => {
                sales.insert(entry.seq, sale.due().ok());
            }
            Body::SaleVoided(void) => {
                // A sale is given back once: what is taken out here, a second void does not find.
                let own = (void.sale.till, void.sale.epoch) == (root.till, root.epoch);
                let due = if own { sales.remove(&void.sale.seq).flatten() } else { None };
                if !void.fits(entry.shift, due) {
                    find(Anomaly::BadVoid, entry.seq);
                }
            }
            _ => {}
        }
        head = Head { seq: entry.seq, hash: item.hash, at_ms: head.at_ms.max(entry.at_ms), ..head };
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
