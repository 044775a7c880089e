//! From stored rows to the ledger: every row opened, the chain checked again, and its newest signature with it.
//!
//! One signature is enough: each entry names the hash of the one before, so the newest signed entry vouches for all of them.

use std::collections::BTreeMap;

use barrow_core::{
    bytes::{Blob, Hash},
    device::{Committed, DeviceAlert, DeviceError},
    ids::Seq,
    journal::{Body, Entry, Head},
    ledger::Ledger,
    wire::Record,
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    cose::{self, Domain},
    hash::sha256,
    local::{self, Binding, Namespace},
};
use serde::{Deserialize, Serialize};

use super::{
    Device, Till,
    commit::{journal_store, locked_store, row, stub},
    read_failed,
    roster::roster_key,
    second_copy::Contents,
    write_failed,
};
use crate::{
    frames, random,
    store::{Change, Key, Life, Table},
    vault::VaultChange,
    webcrypto::VerifyingKey,
};

/// The vault's record of a snapshot. The head is in clear: numbers and a hash.
#[derive(Serialize, Deserialize)]
pub(super) struct SnapshotRow {
    /// The last entry that is in it.
    pub(super) head: Head,
    /// The [`Ledger`], sealed under the journal key.
    sealed: Blob,
}

/// What opens the journal's rows.
pub(super) struct RowKeys<'a> {
    /// What was written while somebody was signed in.
    pub(super) journal: &'a SecretKey,
    /// What was written while nobody was.
    pub(super) device: &'a SecretKey,
}

/// What a row turned out to be.
enum Opened {
    Entry { entry: Box<Entry>, hash: Hash, signed: Vec<u8> },
    Stub(Hash),
    Unreadable,
}

impl Device {
    /// What the journal adds up to.
    pub(super) async fn rebuild(&self, till: &Till, key: &SecretKey) -> Result<Ledger, DeviceError> {
        let store = &self.inner.parts.store;
        let end = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let life = Life::from(&end);
        let (mut ledger, mut at) = match self.open_snapshot(till, key).await? {
            Some((ledger, head)) => (ledger, head),
            None => (Ledger::default(), till.identity.root_head()),
        };
        let keys = &RowKeys { journal: key, device: &roster_key(&till.keys).await? };
        let stored = store.places(Table::Journal, life, at.seq.next(), u32::MAX).await.map_err(read_failed)?;
        let mut stored: BTreeMap<Seq, Vec<u8>> = stored.into_iter().collect();
        let mut second: Option<Contents> = None;
        let mut newest_signed = None;
        // After a row that is lost, the next one's word is taken for what came before.
        let mut known = true;
        let (mut repairs, mut bad, mut healed) = (Vec::new(), Vec::new(), 0);
        while at.seq < end.seq {
            let seq = at.seq.next();
            let bytes = stored.remove(&seq);
            let mut opened = self.fitting(&at, known, keys, bytes.as_deref(), seq);
            if matches!(opened, Opened::Unreadable) {
                if second.is_none() {
                    second = Some(self.second_copy().await?);
                }
                let copy = second.as_ref().and_then(|contents| contents.entries.get(&life)?.get(&seq));
                let from_copy = copy.map(|(_, kept)| kept.row.0.as_slice());
                opened = self.fitting(&at, known, keys, from_copy, seq);
                match (&opened, from_copy) {
                    (Opened::Unreadable, _) => {
                        // The outbox names the hash without opening anything; where it does not, the gap stays open.
                        let hash = match copy {
                            Some((record, _)) => Some(record.hash),
                            None => self.recorded_hash(life, seq).await?,
                        };
                        repairs.push(Change::place(Table::Journal, life, seq, stub(&hash.unwrap_or_default())));
                        opened = Opened::Stub(hash.unwrap_or_default());
                        bad.push(bytes.unwrap_or_default());
                    }
                    (_, Some(row)) => {
                        repairs.push(Change::place(Table::Journal, life, seq, row.to_vec()));
                        healed += 1;
                    }
                    (_, None) => {}
                }
            }
            match opened {
                Opened::Entry { entry, hash, signed } => {
                    ledger.take_in(&entry, hash);
                    at = Head { seq, hash, at_ms: at.at_ms.max(entry.at_ms), ..at };
                    newest_signed = Some(signed);
                    known = true;
                }
                Opened::Stub(hash) => {
                    at = Head { seq, hash, ..at };
                    known = hash != Hash::default();
                }
                Opened::Unreadable => {}
            }
        }
        let whole = !known || at.hash == end.hash;
        let signed = match newest_signed {
            Some(signed) => self.is_own(till, &signed).await?,
            None => true,
        };
        self.report(repairs, bad, healed, whole && signed).await?;
        Ok(ledger)
    }

    /// Opens a row, and holds it against the chain.
    fn fitting(&self, at: &Head, known: bool, keys: &RowKeys<'_>, bytes: Option<&[u8]>, seq: Seq) -> Opened {
        let Some(bytes) = bytes else { return Opened::Unreadable };
        match open_row(keys, at, seq, bytes) {
            Opened::Entry { entry, hash, signed } => {
                let before = if known { *at } else { Head { hash: entry.prev, ..*at } };
                match before.check(&entry, hash) {
                    Ok(_) => Opened::Entry { entry, hash, signed },
                    Err(_) => Opened::Unreadable,
                }
            }
            other => other,
        }
    }

    async fn is_own(&self, till: &Till, signed: &[u8]) -> Result<bool, DeviceError> {
        let key = VerifyingKey::read(&till.keys.signing.public).await.map_err(|_| DeviceError::Damaged)?;
        Ok(key.payload(Domain::Journal, signed).await.is_ok())
    }

    async fn second_copy(&self) -> Result<Contents, DeviceError> {
        let turn = self.inner.writing.turn().await;
        let file = self.inner.parts.black_box.read().await.map_err(|_| DeviceError::Damaged)?;
        drop(turn);
        Ok(Contents::of(&frames::read(&file)))
    }

    async fn recorded_hash(&self, life: Life, seq: Seq) -> Result<Option<Hash>, DeviceError> {
        let record = self.inner.parts.store.get(Table::Outbox, &Key::Place(life, seq)).await.map_err(read_failed)?;
        Ok(record.and_then(|bytes| cbor::from_slice::<Record>(&bytes).ok()).map(|record| record.hash))
    }

    async fn report(&self, repairs: Vec<Change>, bad: Vec<Vec<u8>>, healed: u64, whole: bool) -> Result<(), DeviceError> {
        let failed = |error| write_failed(&error);
        if !bad.is_empty() {
            self.set_aside("journal", bad).await.map_err(failed)?;
        }
        if !repairs.is_empty() {
            self.inner.parts.store.transact(true, &repairs).await.map_err(failed)?;
        }
        if healed > 0 {
            self.alert(DeviceAlert::Recovered { entries: healed });
            self.inner.owed.borrow_mut().push(Body::Recovered { entries: healed });
        }
        if !whole {
            // Each row opens, and yet the end is not the one that was written down: nobody but the owner can judge that.
            self.alert(DeviceAlert::Quarantined { records: 1 });
            self.inner.owed.borrow_mut().push(Body::Quarantined { store: "head".into(), records: 1 });
        }
        Ok(())
    }

    async fn open_snapshot(&self, till: &Till, key: &SecretKey) -> Result<Option<(Ledger, Head)>, DeviceError> {
        let vault = self.vault()?;
        let Some(bytes) = vault.get("snapshot").await.map_err(read_failed)? else { return Ok(None) };
        let opened = cbor::from_slice::<SnapshotRow>(&bytes).ok().and_then(|row| {
            let plain = local::open(key, Namespace::Snapshot, &snapshot_place(&row.head), &row.sealed.0).ok()?;
            Some((cbor::from_slice(&plain).ok()?, row.head))
        });
        match opened {
            Some((ledger, head)) if Life::from(&head) == till.identity.life() => Ok(Some((ledger, head))),
            Some(_) => Ok(None),
            None => {
                let failed = |error| write_failed(&error);
                self.set_aside("snapshot", vec![bytes]).await.map_err(failed)?;
                vault.change(vec![VaultChange::Delete("snapshot".into())]).await.map_err(failed)?;
                Ok(None)
            }
        }
    }

    /// Keeps the ledger at the journal's head. Call it while holding the turn to write.
    pub(super) async fn keep_snapshot(&self, ledger: &Ledger) -> Result<(), DeviceError> {
        let head = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let sealed = {
            let session = self.inner.session.borrow();
            let open = session.as_ref().ok_or(DeviceError::Locked)?;
            // The screen's projection and this one are of the same entries; this one also has what the till wrote by itself.
            let ledger = if ledger.upto >= open.ledger.upto { ledger } else { &open.ledger };
            let plain = cbor::to_vec(&Ledger { upto: head.seq, ..ledger.clone() }).map_err(|_| DeviceError::WriteFailed)?;
            local::seal(&open.key, Namespace::Snapshot, &snapshot_place(&head), random::bytes(), &plain)
                .map_err(|_| DeviceError::WriteFailed)?
        };
        let row = SnapshotRow { head, sealed: Blob(sealed) };
        let bytes = cbor::to_vec(&row).map_err(|_| DeviceError::WriteFailed)?;
        let vault = self.vault()?;
        vault.change(vec![VaultChange::Put("snapshot".into(), bytes)]).await.map_err(|error| write_failed(&error))?;
        self.inner.snapshot_upto.set(head.seq);
        Ok(())
    }

    /// What is kept of the current life and can be opened, oldest first, each held against the chain, and the newest signature
    /// checked.
    pub(super) async fn kept_entries(&self) -> Result<Vec<Committed>, DeviceError> {
        let till = self.enrolled()?;
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone()).ok_or(DeviceError::Locked)?;
        let keys = &RowKeys { journal: &key, device: &roster_key(&till.keys).await? };
        let end = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let store = &self.inner.parts.store;
        let rows = store.places(Table::Journal, Life::from(&end), Seq(1), u32::MAX).await.map_err(read_failed)?;
        let mut at = till.identity.root_head();
        let (mut kept, mut newest_signed) = (Vec::new(), None);
        for (seq, bytes) in rows.into_iter().filter(|(seq, _)| *seq <= end.seq) {
            // What was purged, and what cannot be read, is a gap: after it, the next entry's word is taken for what came before.
            let known = seq == at.seq.next() && at.hash != Hash::default();
            let before = if known { at } else { Head { seq: Seq(seq.0.saturating_sub(1)), ..at } };
            at = match self.fitting(&before, known, keys, Some(&bytes), seq) {
                Opened::Entry { entry, hash, signed } => {
                    newest_signed = Some(signed);
                    kept.push(Committed { entry: *entry, hash });
                    Head { seq, hash, ..at }
                }
                Opened::Stub(hash) => Head { seq, hash, ..at },
                Opened::Unreadable => Head { seq, hash: Hash::default(), ..at },
            };
        }
        let whole = at.seq < end.seq || at.hash == Hash::default() || at.hash == end.hash;
        let signed = match newest_signed {
            Some(signed) => self.is_own(&till, &signed).await?,
            None => true,
        };
        if whole && signed { Ok(kept) } else { Err(DeviceError::Damaged) }
    }

    /// The entries that this till still holds and can open, oldest first; at most the `newest` ones.
    pub async fn entries(&self, newest: Option<u32>) -> Result<Vec<Entry>, DeviceError> {
        let till = self.enrolled()?;
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone()).ok_or(DeviceError::Locked)?;
        let keys = &RowKeys { journal: &key, device: &roster_key(&till.keys).await? };
        let head = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let from = newest.map_or(Seq(1), |count| Seq((head.seq.0 + 1).saturating_sub(u64::from(count))));
        let rows = self.inner.parts.store.places(Table::Journal, Life::from(&head), from, u32::MAX).await.map_err(read_failed)?;
        Ok(opened_entries(keys, &head, &rows))
    }
}

/// The entry in one row, if it opens.
pub(super) fn opened_row(keys: &RowKeys<'_>, chain: &Head, seq: Seq, bytes: &[u8]) -> Option<Committed> {
    match open_row(keys, chain, seq, bytes) {
        Opened::Entry { entry, hash, .. } => Some(Committed { entry: *entry, hash }),
        Opened::Stub(_) | Opened::Unreadable => None,
    }
}

fn opened_entries(keys: &RowKeys<'_>, head: &Head, rows: &[(Seq, Vec<u8>)]) -> Vec<Entry> {
    rows.iter().filter_map(|(seq, bytes)| opened_row(keys, head, *seq, bytes)).map(|committed| committed.entry).collect()
}

fn open_row(keys: &RowKeys<'_>, chain: &Head, seq: Seq, bytes: &[u8]) -> Opened {
    match bytes.split_first() {
        Some((&row::STUB, hash)) => hash.try_into().map_or(Opened::Unreadable, |hash| Opened::Stub(Hash(hash))),
        Some((&kind @ (row::SEALED | row::WHILE_LOCKED), sealed)) => {
            let (key, store) = match kind {
                row::SEALED => (keys.journal, journal_store(chain.epoch)),
                _ => (keys.device, locked_store(chain.epoch)),
            };
            let binding = Binding { shop: chain.shop.0, till: chain.till.0, store: &store, seq: seq.0 };
            let opened = local::open(key, Namespace::Journal, &binding, sealed).ok().and_then(|signed| {
                let entry: Entry = cbor::from_slice(&cose::parse(&signed).ok()?.payload).ok()?;
                let hash = Hash(sha256(&signed));
                Some(Opened::Entry { entry: Box::new(entry), hash, signed: signed.to_vec() })
            });
            opened.unwrap_or(Opened::Unreadable)
        }
        _ => Opened::Unreadable,
    }
}

fn snapshot_place(head: &Head) -> Binding<'static> {
    Binding { shop: head.shop.0, till: head.till.0, store: "snapshot", seq: head.seq.0 }
}
