//! The server: seals, signatures and `core::sync::ingest` for real; its database is a value that is put in place whole, so
//! that a commit happens or does not.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use barrow_core::{
    bytes::{Blob, Hash},
    config::TillState,
    ids::{Epoch, SaleId, Seq, ShopId, TillId},
    journal::{Body, Entry, Head},
    money::Minor,
    sync::{Anomaly, Known, Received, Verdict, ingest},
    wire::{self, Ack, Batch, BatchReply, EnrolmentRecord, Record, SealKey},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
    outbox::{Opener, RecordBinding, Suite},
};

use crate::{Broken, keys::KeyRing, sabotage::Sabotage};

/// The one shop.
pub(crate) const SHOP: ShopId = ShopId(1);

/// The server's process and disk.
pub(crate) struct Server {
    ring: Rc<KeyRing>,
    sabotage: Option<Sabotage>,
    /// Goes up at each restore.
    pub(crate) epoch: u32,
    pub(crate) db: Db,
    /// The two newest, oldest first.
    pub(crate) backups: Vec<Db>,
    /// Who is who. The simulator keeps it out of backup and restore: a restored server knows each enrolment.
    pub(crate) enrolled: BTreeMap<(TillId, Epoch), Enrolled>,
    pub(crate) revoked: BTreeSet<TillId>,
    /// What the office was told.
    pub(crate) alerts: BTreeSet<(TillId, Epoch, Seq, Anomaly)>,
}

/// One enrolment.
pub(crate) struct Enrolled {
    pub(crate) root: Head,
    key: Vec<u8>,
}

/// What is backed up.
#[derive(Clone, Default)]
pub(crate) struct Db {
    pub(crate) journals: BTreeMap<(TillId, Epoch), Journal>,
    /// The sales as the office lists them.
    pub(crate) sales: Vec<SoldRow>,
    /// Those that were taken back, once for each void.
    pub(crate) voids: Vec<SoldRow>,
    /// What was given back, once for each refund.
    pub(crate) refunds: Vec<SoldRow>,
    /// Of everything stored or quarantined.
    pub(crate) hashes: BTreeSet<Hash>,
}

/// One epoch of a till.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) known: Known,
    pub(crate) entries: BTreeMap<Seq, Rc<Stored>>,
    pub(crate) quarantine: Vec<Rc<Stored>>,
}

/// One record that was kept.
pub(crate) struct Stored {
    pub(crate) seq: Seq,
    pub(crate) hash: Hash,
    /// The signed bytes; the whole record where they could not be had.
    pub(crate) bytes: Vec<u8>,
    /// What was in it, if seal, signature and shape are good.
    pub(crate) entry: Result<Entry, Anomaly>,
}

/// One line of the office's list.
#[derive(Clone, Copy)]
pub(crate) struct SoldRow {
    pub(crate) id: SaleId,
    pub(crate) hash: Hash,
    pub(crate) due: Minor,
}

impl Server {
    pub(crate) fn new(ring: Rc<KeyRing>, sabotage: Option<Sabotage>) -> Server {
        Server {
            ring,
            sabotage,
            epoch: 1,
            db: Db::default(),
            backups: vec![Db::default()],
            enrolled: BTreeMap::new(),
            revoked: BTreeSet::new(),
            alerts: BTreeSet::new(),
        }
    }

    /// A new life for `till`. Gives the signed enrolment record and the life's root.
    pub(crate) fn enrol(&mut self, till: TillId, key: &[u8], now_ms: i64) -> Result<(Vec<u8>, Head), Broken> {
        let epoch = Epoch(self.newest_epoch(till).map_or(1, |newest| newest.0 + 1));
        let suites = [Suite::X25519, Suite::XWing];
        let record = EnrolmentRecord {
            v: wire::FORMAT,
            shop: SHOP,
            till,
            epoch,
            till_key: Blob(key.to_vec()),
            server_key: Blob(self.ring.server_public.clone()),
            seal_keys: suites.map(|s| SealKey { suite: s.into(), key: Blob(self.ring.seal_public(s).to_vec()) }).to_vec(),
            at_ms: now_ms,
        };
        let signed = self.ring.server.sign_message(Domain::Enrolment, &cbor::to_vec(&record)?);
        let root = Head { shop: SHOP, till, epoch, seq: Seq(0), hash: Hash::of(&signed), at_ms: 0 };
        self.enrolled.insert((till, epoch), Enrolled { root, key: key.to_vec() });
        Ok((signed, root))
    }

    pub(crate) fn newest_epoch(&self, till: TillId) -> Option<Epoch> {
        self.enrolled.range((till, Epoch(0))..=(till, Epoch(u32::MAX))).next_back().map(|((_, epoch), _)| *epoch)
    }

    pub(crate) fn fenced(&self, till: TillId, epoch: Epoch) -> bool {
        self.newest_epoch(till).is_some_and(|newest| newest > epoch)
    }

    /// `POST /v1/tills/{till}/entries`: the answer's body, or the status that refuses. Everything or nothing is committed.
    pub(crate) fn entries(&mut self, body: &[u8], now_ms: i64) -> Result<Vec<u8>, u16> {
        let batch: Batch = cbor::from_slice(body).map_err(|_| 400u16)?;
        let place = (batch.till, batch.epoch);
        let enrolled = self.enrolled.get(&place).ok_or(404u16)?;
        let mut journal = match self.db.journals.get(&place) {
            Some(journal) => journal.clone(),
            None => Journal { known: Known::new(enrolled.root), entries: BTreeMap::new(), quarantine: Vec::new() },
        };
        journal.known.fenced = self.fenced(batch.till, batch.epoch);
        let mut opened = Vec::with_capacity(batch.records.len());
        let mut session: Option<(Blob, Opener)> = None;
        for bytes in &batch.records {
            let record: Record = cbor::from_slice(&bytes.0).map_err(|_| 400u16)?;
            if (record.shop, record.till, record.epoch) != (SHOP, batch.till, batch.epoch) {
                return Err(400);
            }
            opened.push(match journal.entries.get(&record.seq) {
                Some(stored) if stored.hash == record.hash => Rc::clone(stored),
                _ => Rc::new(self.open(&record, &bytes.0, &enrolled.key, &mut session)),
            });
        }
        if self.sabotage == Some(Sabotage::ServerBlocksOnBadRecord) && opened.iter().any(|record| record.entry.is_err()) {
            return Err(422);
        }
        let received: Vec<Received> = opened
            .iter()
            .map(|record| Received {
                seq: record.seq,
                hash: record.hash,
                entry: record.entry.clone(),
                stored: journal.entries.get(&record.seq).map(|stored| stored.hash),
            })
            .collect();
        let outcome = ingest(&journal.known, &batch, &received);
        journal.known = outcome.known;
        for (verdict, record) in outcome.verdicts.iter().zip(opened) {
            self.keep(&mut journal, batch.till, batch.epoch, verdict, record);
        }
        if self.sabotage != Some(Sabotage::ServerRaisesNoAlerts) {
            self.alerts.extend(outcome.findings.iter().map(|f| (batch.till, batch.epoch, f.seq, f.anomaly)));
        }
        let ack = self.ack(batch.till, batch.epoch, &journal.known, now_ms);
        self.db.journals.insert(place, journal);
        let payload = cbor::to_vec(&ack).map_err(|_| 500u16)?;
        let reply = BatchReply { ack: Blob(self.ring.server.sign_message(Domain::Ack, &payload)), payments: None, stock: None };
        cbor::to_vec(&reply).map_err(|_| 500)
    }

    fn open(&self, record: &Record, raw: &[u8], key: &[u8], session: &mut Option<(Blob, Opener)>) -> Stored {
        let stored = |bytes: Vec<u8>, entry| Stored { seq: record.seq, hash: record.hash, bytes, entry };
        if session.as_ref().is_none_or(|(enc, _)| *enc != record.enc) {
            let opener = Suite::try_from(record.suite).ok().and_then(|s| self.ring.seal.opener(s, &record.enc.0).ok());
            *session = opener.map(|opener| (record.enc.clone(), opener));
        }
        let binding = RecordBinding {
            shop: record.shop.0,
            till: record.till.0,
            epoch: record.epoch.0,
            seq: record.seq.0,
            hash: record.hash.0,
        };
        let Some(signed) = session.as_ref().and_then(|(_, opener)| opener.open(&binding, &record.ct.0).ok()) else {
            return stored(raw.to_vec(), Err(Anomaly::BadSeal));
        };
        let entry = match cose::parse(&signed) {
            Err(_) => Err(Anomaly::Unreadable),
            Ok(message) => match cose::verify(key, &message.to_be_signed(Domain::Journal), &message.signature) {
                Err(_) => Err(Anomaly::BadSignature),
                Ok(()) => cbor::from_slice::<Entry>(&message.payload).map_err(|_| Anomaly::Unreadable),
            },
        };
        stored(signed, entry)
    }

    fn keep(&mut self, journal: &mut Journal, till: TillId, epoch: Epoch, verdict: &Verdict, record: Rc<Stored>) {
        let counts_again = self.sabotage == Some(Sabotage::ServerCountsTwice) && *verdict == Verdict::Already;
        let drops = self.sabotage == Some(Sabotage::ServerDropsAcknowledged) && record.seq.0.is_multiple_of(5);
        let overwrites = self.sabotage == Some(Sabotage::ServerOverwritesForks);
        let counts = (matches!(verdict, Verdict::Store(_)) && !drops) || counts_again;
        if counts && let Ok(Entry { body: Body::Sale(sale), .. }) = &record.entry {
            let cent = i64::from(self.sabotage == Some(Sabotage::ServerMiscounts));
            let due = sale.due().map_or(Minor::ZERO, |due| Minor(due.0 + cent));
            self.db.sales.push(SoldRow { id: SaleId { till, epoch, seq: record.seq }, hash: record.hash, due });
        }
        if counts && let Ok(Entry { body: Body::SaleVoided(void), .. }) = &record.entry {
            self.db.voids.push(SoldRow { id: void.sale, hash: record.hash, due: void.due });
        }
        if counts && let Ok(Entry { body: Body::Refund(refund), .. }) = &record.entry {
            let due = refund.due().unwrap_or_default();
            self.db.refunds.push(SoldRow { id: SaleId { till, epoch, seq: record.seq }, hash: record.hash, due });
        }
        match verdict {
            Verdict::Store(_) if drops => {}
            Verdict::Quarantine(_) if !overwrites => {
                if self.db.hashes.insert(record.hash) {
                    journal.quarantine.push(record);
                }
            }
            Verdict::Store(_) | Verdict::Quarantine(_) => {
                self.db.hashes.insert(record.hash);
                let mut bytes = record.bytes.clone();
                if self.sabotage == Some(Sabotage::ServerAltersEntries)
                    && record.seq.0.is_multiple_of(5)
                    && let Some(byte) = bytes.last_mut()
                {
                    *byte ^= 1;
                }
                let stored = Stored { seq: record.seq, hash: record.hash, bytes, entry: record.entry.clone() };
                journal.entries.insert(record.seq, Rc::new(stored));
            }
            Verdict::Already | Verdict::NotYet => {}
        }
    }

    fn ack(&self, till: TillId, epoch: Epoch, known: &Known, now_ms: i64) -> Ack {
        let backed_up = self.backups.last().and_then(|db| db.journals.get(&(till, epoch))).map_or(Seq(0), |j| j.known.head.seq);
        Ack {
            v: wire::FORMAT,
            server_epoch: self.epoch,
            shop: SHOP,
            till,
            epoch,
            seq: known.head.seq,
            hash: known.head.hash,
            safe: backed_up.min(known.head.seq),
            state: if self.revoked.contains(&till) { TillState::Revoked } else { TillState::Active },
            fenced: self.fenced(till, epoch),
            config_version: 1,
            now_ms,
        }
    }

    /// Makes a backup; keeps the two newest.
    pub(crate) fn back_up(&mut self) {
        self.backups.push(self.db.clone());
        if self.backups.len() > 2 {
            self.backups.remove(0);
        }
    }

    /// Starts again from the newest backup, or from the one before, which is then the newest.
    pub(crate) fn restore(&mut self, older: bool) {
        if older && self.backups.len() > 1 {
            self.backups.pop();
        }
        self.db = self.backups.last().cloned().unwrap_or_default();
        if self.sabotage != Some(Sabotage::ServerForgetsItsEpoch) {
            self.epoch += 1;
        }
    }
}
