//! Writing entries: prepare everything, then both disks at once. `docs/adr/0003` says what happens when one of them fails.

use std::rc::Rc;

use barrow_core::{
    bytes::{Blob, Hash},
    device::{Committed, DeviceAlert, DeviceError},
    ids::{Epoch, Seq},
    journal::{Body, Draft, Head},
    wire::{self, RECORD_BYTES_MAX, Record},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
    hash::sha256,
    local::{self, Binding, Namespace},
    outbox::{RecordBinding, Sealer, Suite},
};

use super::{
    Device, Till, append_failed, boot,
    roster::roster_key,
    second_copy::{Kept, entries_frame},
    write_failed,
};
use crate::{
    locks, random,
    store::{Change, Key, Life, StorageError, Table},
    uploader::{Delivery, delivery, lock_name, mark, to_seq},
    wait::{Turn, both, within},
};

/// A clock that is corrected over the network steps by less than this, milliseconds.
const CLOCK_STEP_MS: i64 = 2_000;
/// How long taking an entry back may wait for an upload that is under way, milliseconds.
const UPLOAD_ENDS_MS: u32 = 5_000;

/// A row of the journal begins with one of these.
pub(super) mod row {
    /// A hash follows: lost.
    pub(crate) const STUB: u8 = 0;
    /// The entry follows, sealed under the journal key.
    pub(crate) const SEALED: u8 = 1;
    /// The entry follows, sealed under the device's own key: written while nobody was signed in. It holds numbers only.
    pub(crate) const WHILE_LOCKED: u8 = 2;
}

/// What one commit writes, ready.
struct Prepared {
    committed: Vec<Committed>,
    changes: Vec<Change>,
    undo: Vec<Change>,
    frame: Vec<u8>,
    head: Head,
}

impl Device {
    /// May these be written, as far as the owner and the server are concerned? From memory: this stands before every sale.
    pub(super) fn may_sell(&self, drafts: &[Draft]) -> Result<(), DeviceError> {
        let sells = drafts.iter().any(|draft| matches!(draft.body, Body::Sale(_) | Body::ShiftOpened { .. }));
        match self.inner.blocked.borrow().as_ref() {
            Some(reason) if sells => Err(reason.clone()),
            _ => Ok(()),
        }
    }

    /// Remembers whether this till may sell.
    pub(super) fn note(&self, delivery: Option<&Delivery>) {
        *self.inner.blocked.borrow_mut() = match delivery {
            Some(delivery) if delivery.is_copy() => Some(DeviceError::Copy),
            Some(delivery) if delivery.is_revoked() => Some(DeviceError::Revoked),
            _ => None,
        };
    }

    /// Writes entries to both copies. What the till owes the journal goes first.
    pub(super) async fn write(&self, turn: &Turn, drafts: Vec<Draft>) -> Result<Vec<Committed>, DeviceError> {
        if self.inner.unsure.get() {
            return Err(DeviceError::Unsure);
        }
        let till = self.enrolled()?;
        self.prove().await?;
        let before = self.inner.head.get().ok_or(DeviceError::Damaged)?;
        let owed = self.inner.owed.borrow().clone();
        let (drafts, clock) = self.in_order(&owed, drafts);
        let opens_shift = drafts.iter().any(|draft| matches!(draft.body, Body::ShiftOpened { .. }));
        let prepared = self.prepare(&till, before, drafts).await?;
        self.write_both(&prepared, before).await?;

        self.inner.head.set(Some(prepared.head));
        self.inner.clock_floor.set(clock);
        // Anything that was added while this was written stays owed.
        self.inner.owed.borrow_mut().drain(..owed.len());
        if let Some(open) = self.inner.session.borrow_mut().as_mut() {
            prepared.committed.iter().for_each(|done| open.ledger.take_in(&done.entry, done.hash));
        }
        if opens_shift {
            *self.inner.sealer.borrow_mut() = None;
        }
        self.look_again(turn).await;
        Ok(prepared.committed)
    }

    /// Nothing is written before it is known where the chain stands.
    async fn prove(&self) -> Result<(), DeviceError> {
        if !self.inner.unproven.get() {
            return Ok(());
        }
        let till = self.enrolled()?;
        let life = till.identity.life();
        let store = &self.inner.parts.store;
        till.uploader.drain().await.map_err(super::read_failed)?;
        let delivery = delivery(&**store, life).await.map_err(super::read_failed)?.ok_or(DeviceError::Damaged)?;
        if delivery.is_copy() {
            self.alert(DeviceAlert::Copy);
            return Err(DeviceError::Copy);
        }
        if delivery.ack.is_none() {
            return Err(DeviceError::Offline);
        }
        let known = [Change::Delete(Table::Meta, Key::Name(boot::unproven(life)))];
        store.transact(true, &known).await.map_err(|error| write_failed(&error))?;
        self.inner.unproven.set(false);
        Ok(())
    }

    /// Owed entries first, times that do not go back by themselves, and an entry that says so where the clock did. The second
    /// value is the time that the next commit is held against.
    fn in_order(&self, owed: &[Body], drafts: Vec<Draft>) -> (Vec<Draft>, i64) {
        let now = self.now_ms();
        let floor = self.inner.clock_floor.get();
        let mut out = Vec::with_capacity(owed.len() + drafts.len() + 1);
        let by_the_till = |at_ms, body| Draft { at_ms, staff: None, shift: None, body };
        let (mut last, went_back) = if now < floor.saturating_sub(CLOCK_STEP_MS) { (now, true) } else { (floor, false) };
        if went_back {
            self.alert(DeviceAlert::ClockBack);
            out.push(by_the_till(now, Body::ClockBack { was_ms: floor }));
        } else if self.inner.head.get().is_none_or(|head| now >= head.at_ms) {
            self.alert_is_over("clock-back");
        }
        out.extend(owed.iter().map(|body| by_the_till(now.max(last), body.clone())));
        out.extend(drafts);
        for draft in &mut out {
            // The time of the tap, but never before what is already written; a step back of the clock is not carried on.
            draft.at_ms = if went_back { draft.at_ms.min(now).max(last) } else { draft.at_ms.max(last) };
            last = draft.at_ms;
        }
        (out, last)
    }

    async fn prepare(&self, till: &Till, before: Head, drafts: Vec<Draft>) -> Result<Prepared, DeviceError> {
        let sealer = self.sealer(till)?;
        let journal_key = self.inner.session.borrow().as_ref().map(|open| open.key.clone());
        let (kind, key, store) = match journal_key {
            Some(key) => (row::SEALED, key, journal_store(before.epoch)),
            None => (row::WHILE_LOCKED, Rc::new(roster_key(&till.keys).await?), locked_store(before.epoch)),
        };
        let life = Life::from(&before);
        let mut head = before;
        let mut prepared = Prepared {
            committed: Vec::with_capacity(drafts.len()),
            changes: Vec::new(),
            undo: vec![self.head_change(&before).map_err(|error| write_failed(&error))?],
            frame: Vec::new(),
            head,
        };
        let mut kept = Vec::with_capacity(drafts.len());
        let failed = |_| DeviceError::WriteFailed;
        for draft in drafts {
            let entry = head.follow(draft);
            let payload = cbor::to_vec(&entry).map_err(failed)?;
            let signature = till.keys.signing.sign(&cose::to_be_signed(Domain::Journal, &payload)).await;
            let signed = cose::assemble(&payload, &signature.map_err(|_| DeviceError::WriteFailed)?).map_err(failed)?;
            let hash = Hash(sha256(&signed));
            head = head.check(&entry, hash).map_err(|_| DeviceError::Damaged)?;
            let (shop, at, epoch, seq) = (entry.shop, entry.till, entry.epoch, entry.seq);
            let binding = Binding { shop: shop.0, till: at.0, store: &store, seq: seq.0 };
            let sealed = local::seal(&key, Namespace::Journal, &binding, random::bytes(), &signed);
            let row = [&[kind], sealed.map_err(|_| DeviceError::WriteFailed)?.as_slice()].concat();
            let binding = RecordBinding { shop: shop.0, till: at.0, epoch: epoch.0, seq: seq.0, hash: hash.0 };
            let beside =
                entry.body.beside().map(|(named, bytes)| sealer.seal(&RecordBinding { hash: named.0, ..binding }, bytes));
            let record = Record {
                v: wire::FORMAT,
                suite: sealer.suite().into(),
                shop,
                till: at,
                epoch,
                seq,
                hash,
                at_ms: entry.at_ms,
                enc: Blob(sealer.encapsulated().to_vec()),
                ct: Blob(sealer.seal(&binding, &signed).map_err(|_| DeviceError::WriteFailed)?),
                beside: beside.transpose().map_err(|_| DeviceError::WriteFailed)?.map(Blob),
            };
            let record = cbor::to_vec(&record).map_err(failed)?;
            if record.len() > RECORD_BYTES_MAX {
                return Err(DeviceError::WriteFailed);
            }
            prepared.changes.push(Change::place(Table::Journal, life, seq, row.clone()));
            prepared.changes.push(Change::place(Table::Outbox, life, seq, record.clone()));
            prepared.undo.push(Change::Delete(Table::Journal, Key::Place(life, seq)));
            prepared.undo.push(Change::Delete(Table::Outbox, Key::Place(life, seq)));
            prepared.committed.push(Committed { entry, hash });
            kept.push(Kept { record: record.into(), row: row.into() });
        }
        prepared.changes.push(self.head_change(&head).map_err(|error| write_failed(&error))?);
        prepared.frame = entries_frame(&kept).map_err(|error| append_failed(&error))?;
        prepared.head = head;
        Ok(prepared)
    }

    /// One encapsulation a session; its secret lives in memory only.
    fn sealer(&self, till: &Till) -> Result<Rc<Sealer>, DeviceError> {
        let mut slot = self.inner.sealer.borrow_mut();
        if let Some(sealer) = slot.as_ref() {
            return Ok(sealer.clone());
        }
        let keys = &till.identity.record.seal_keys;
        // The stronger one first; a build without it takes the other.
        let sealer = [Suite::XWing, Suite::X25519].into_iter().find_map(|suite| {
            let key = keys.iter().find(|key| key.suite == u8::from(suite))?;
            Sealer::new(suite, &key.key.0, &mut random::fill).ok()
        });
        let sealer = Rc::new(sealer.ok_or(DeviceError::Damaged)?);
        *slot = Some(sealer.clone());
        Ok(sealer)
    }

    /// Both writes at once. When only one succeeds, it is tried again or the other is taken back; when neither can be had, the
    /// till stops rather than guess.
    async fn write_both(&self, prepared: &Prepared, before: Head) -> Result<(), DeviceError> {
        let (store, black_box) = (&self.inner.parts.store, &self.inner.parts.black_box);
        let length = black_box.length();
        let (stored, appended) = both(store.transact(true, &prepared.changes), black_box.append(&prepared.frame)).await;
        let is_stored = match &stored {
            Ok(()) => true,
            Err(error) => self.is_stored(error, &prepared.head).await?,
        };
        let appended = match appended {
            Err(_) if is_stored => black_box.append(&prepared.frame).await,
            appended => appended,
        };
        match (is_stored, &stored, &appended) {
            (true, _, Ok(())) => Ok(()),
            (true, _, Err(error)) => {
                let error = append_failed(error);
                self.take_back(prepared, before).await?;
                self.cut(length).await?;
                Err(error)
            }
            (false, Err(error), _) => {
                let error = write_failed(error);
                self.cut(length).await?;
                Err(error)
            }
            // Not stored without an error cannot be; nothing was shown as paid.
            (false, Ok(()), _) => Err(self.now_unsure()),
        }
    }

    /// Is `head` in the store, after a write that ended in `error`?
    async fn is_stored(&self, error: &StorageError, head: &Head) -> Result<bool, DeviceError> {
        if *error != StorageError::Silent {
            // An abort wrote nothing.
            return Ok(false);
        }
        let bytes = self.inner.parts.store.get(Table::Meta, &Key::Name(mark::head(Life::from(head)))).await;
        match bytes {
            Ok(bytes) => Ok(bytes.and_then(|bytes| cbor::from_slice::<Head>(&bytes).ok()) == Some(*head)),
            Err(_) => Err(self.now_unsure()),
        }
    }

    /// Takes stored entries back, unless the server may have them already.
    async fn take_back(&self, prepared: &Prepared, before: Head) -> Result<(), DeviceError> {
        let store = &self.inner.parts.store;
        let upload = within(UPLOAD_ENDS_MS, locks::wait_for(&lock_name(&self.inner.parts.name))).await.flatten();
        let sent = store.get(Table::Meta, &Key::Name(mark::sent(Life::from(&before)))).await;
        let unsent = matches!(&sent, Ok(sent) if sent.as_deref().map_or(Seq(0), to_seq) <= before.seq);
        if upload.is_none() || !unsent || store.transact(true, &prepared.undo).await.is_err() {
            return Err(self.now_unsure());
        }
        Ok(())
    }

    async fn cut(&self, length: u64) -> Result<(), DeviceError> {
        match self.inner.parts.black_box.keep(length).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.now_unsure()),
        }
    }

    fn now_unsure(&self) -> DeviceError {
        self.inner.unsure.set(true);
        DeviceError::Unsure
    }
}

/// The store's name in a journal row's binding.
pub(super) fn journal_store(epoch: Epoch) -> String {
    format!("journal.{epoch}")
}

/// The same, of what was written while nobody was signed in.
pub(super) fn locked_store(epoch: Epoch) -> String {
    format!("journal-locked.{epoch}")
}

/// A row that holds no more than the entry's hash.
pub(super) fn stub(hash: &Hash) -> Vec<u8> {
    [&[row::STUB], hash.0.as_slice()].concat()
}
