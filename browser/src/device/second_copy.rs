//! What stands in the black box's frames: entries as they stand in the store too, and the roots of their chains.

use std::collections::BTreeMap;

use barrow_core::{bytes::Blob, ids::Seq, journal::Head, wire::Record};
use barrow_sealing::cbor;
use serde::{Deserialize, Serialize};

use crate::{
    black_box::BlackBoxError,
    frames::{self, Found, Kind},
    store::Life,
};

/// One entry: what goes to the server, and the till's own row of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// An encoded [`Record`].
    pub(super) record: Blob,
    /// A row of the journal.
    pub(super) row: Blob,
}

/// All that the black box holds.
#[derive(Default)]
pub(super) struct Contents {
    /// Entries by life and place.
    pub(super) entries: BTreeMap<Life, BTreeMap<Seq, (Record, Kept)>>,
    /// Where chains stood when what lay before was dropped.
    pub(super) bases: BTreeMap<Life, Head>,
    /// Signed enrolment records, oldest first.
    pub(super) enrolments: Vec<Vec<u8>>,
    /// What could not be read.
    pub(super) damaged: Vec<Vec<u8>>,
}

impl Contents {
    pub(super) fn of(found: &Found<'_>) -> Contents {
        let mut contents =
            Contents { damaged: found.damaged.iter().map(|bytes| bytes.to_vec()).collect(), ..Contents::default() };
        for frame in &found.frames {
            let read = match frame.kind {
                Some(Kind::Generation) => true,
                Some(Kind::Enrolment) => {
                    contents.enrolments.push(frame.content.to_vec());
                    true
                }
                Some(Kind::Base) => {
                    let head: Result<Head, _> = cbor::from_slice(frame.content);
                    head.map(|head| contents.bases.insert(Life::from(&head), head)).is_ok()
                }
                Some(Kind::Entries) => contents.take_entries(frame.content),
                None => false,
            };
            if !read {
                contents.damaged.push(frame.content.to_vec());
            }
        }
        contents
    }

    fn take_entries(&mut self, content: &[u8]) -> bool {
        let Ok(entries) = cbor::from_slice::<Vec<Kept>>(content) else { return false };
        let mut all = true;
        for kept in entries {
            match cbor::from_slice::<Record>(&kept.record.0) {
                Ok(record) => {
                    self.entries.entry(Life::from(&record)).or_default().insert(record.seq, (record, kept));
                }
                Err(_) => all = false,
            }
        }
        all
    }

    /// Where a life's chain ends here.
    pub(super) fn head(&self, life: Life) -> Option<Head> {
        let base = self.bases.get(&life).copied();
        let entries = self.entries.get(&life);
        let latest = entries.into_iter().flat_map(|all| all.values()).map(|(record, _)| record.at_ms).max();
        let last = entries.and_then(|all| all.values().next_back()).map(|(record, _)| Head {
            shop: record.shop,
            till: record.till,
            epoch: life.epoch,
            seq: record.seq,
            hash: record.hash,
            at_ms: latest.unwrap_or_default().max(base.map_or(0, |base| base.at_ms)),
        });
        match (base, last) {
            (Some(base), Some(last)) if base.seq >= last.seq => Some(base),
            (base, last) => last.or(base),
        }
    }

    /// The bytes of a black box that holds this without what was damaged, and without the entries that `keep` does not want.
    pub(super) fn rewritten(&self, keep: impl Fn(Life, Seq) -> bool) -> Result<Vec<u8>, BlackBoxError> {
        let mut out = Vec::new();
        for record in &self.enrolments {
            out.extend(enrolment_frame(record)?);
        }
        for base in self.bases.values() {
            out.extend(base_frame(base)?);
        }
        for (life, entries) in &self.entries {
            for (seq, (_, kept)) in entries {
                if keep(*life, *seq) {
                    out.extend(entries_frame(std::slice::from_ref(kept))?);
                }
            }
        }
        Ok(out)
    }
}

pub(super) fn entries_frame(entries: &[Kept]) -> Result<Vec<u8>, BlackBoxError> {
    encode(Kind::Entries, &cbor::to_vec(&entries).map_err(|_| BlackBoxError::Full)?)
}

pub(super) fn enrolment_frame(signed: &[u8]) -> Result<Vec<u8>, BlackBoxError> {
    encode(Kind::Enrolment, signed)
}

fn base_frame(head: &Head) -> Result<Vec<u8>, BlackBoxError> {
    encode(Kind::Base, &cbor::to_vec(head).map_err(|_| BlackBoxError::Full)?)
}

fn encode(kind: Kind, content: &[u8]) -> Result<Vec<u8>, BlackBoxError> {
    frames::frame(kind, content).ok_or(BlackBoxError::Full)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use barrow_core::{
        bytes::Hash,
        ids::{Epoch, ShopId, TillId},
        wire,
    };

    use super::*;

    fn life(epoch: u32) -> Life {
        Life { till: TillId(2), epoch: Epoch(epoch) }
    }

    fn kept(epoch: u32, seq: u64) -> Kept {
        let record = Record {
            v: wire::FORMAT,
            suite: 1,
            shop: ShopId(1),
            till: TillId(2),
            epoch: Epoch(epoch),
            seq: Seq(seq),
            hash: Hash([seq as u8; 32]),
            at_ms: 1000 - seq as i64,
            enc: Blob(vec![1; 32]),
            ct: Blob(vec![2; 50]),
            beside: None,
        };
        Kept { record: Blob(cbor::to_vec(&record).unwrap()), row: Blob(vec![0, 1]) }
    }

    fn file() -> Vec<u8> {
        [
            enrolment_frame(b"signed").unwrap(),
            entries_frame(&[kept(1, 1), kept(1, 2)]).unwrap(),
            entries_frame(&[kept(1, 3)]).unwrap(),
            entries_frame(&[kept(2, 1)]).unwrap(),
        ]
        .concat()
    }

    #[test]
    fn heads_are_where_the_chains_end() {
        let contents = Contents::of(&frames::read(&file()));
        assert_eq!(contents.head(life(1)).map(|head| (head.seq, head.hash, head.at_ms)), Some((Seq(3), Hash([3; 32]), 999)));
        assert_eq!(contents.head(life(2)).map(|head| head.seq), Some(Seq(1)));
        assert_eq!(contents.head(life(3)), None);
    }

    #[test]
    fn rewriting_drops_what_is_not_wanted_and_keeps_the_head() {
        let mut contents = Contents::of(&frames::read(&file()));
        let head = contents.head(life(1)).unwrap();
        contents.bases.insert(life(1), head);
        let rewritten = contents.rewritten(|of, _| of != life(1)).unwrap();
        let again = Contents::of(&frames::read(&rewritten));
        assert_eq!(again.enrolments, [b"signed"]);
        assert_eq!(again.head(life(1)), Some(head));
        assert!(!again.entries.contains_key(&life(1)));
        assert_eq!(again.entries[&life(2)].len(), 1);
    }

    #[test]
    fn a_frame_that_is_whole_and_means_nothing_is_kept_as_damaged() {
        let bytes = frames::frame(Kind::Entries, b"not cbor").unwrap();
        assert_eq!(Contents::of(&frames::read(&bytes)).damaged, [b"not cbor"]);
    }
}
