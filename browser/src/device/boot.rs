//! Opening: the lock, the storage, and the comparison of both copies before any number is given out.

use std::{collections::BTreeSet, rc::Rc};

use barrow_core::{
    device::{Boot, DeviceAlert, Unusable},
    ids::Seq,
    journal::{Body, Head},
};
use barrow_sealing::cbor;
use wasm_bindgen_futures::spawn_local;

use super::{
    Device, Till,
    journal::SnapshotRow,
    second_copy::{Contents, Kept, enrolment_frame, entries_frame},
    sign_in::ConfigRow,
};
use crate::{
    frames, locks,
    server::{Identity, Server},
    store::{Change, Key, Life, StorageError, Table},
    uploader::{Uploader, delivery, lives, mark},
    vault::{TillKeys, Vault},
    wait::{Turn, both, within},
    webcrypto,
};

/// How long a till waits for the server's word where it decides who may sign in, or whether data was lost, milliseconds.
pub(super) const ASK_SERVER_MS: u32 = 3_000;
/// How often in a row both copies are compared, if the database goes on getting lost.
const COMPARISONS_MAX: u32 = 3;

/// Why the till does not start.
pub(super) struct Trouble(pub(super) Unusable);

/// What a storage's refusal means.
pub(super) fn unusable(error: &StorageError) -> Unusable {
    match error {
        StorageError::Newer => Unusable::NewerData,
        // Firefox before 115 answers so in private windows.
        StorageError::Refused(name) if name == "InvalidStateError" || name == "SecurityError" => Unusable::PrivateWindow,
        _ => Unusable::NoStorage,
    }
}

/// What the comparison came to.
#[derive(Default)]
pub(super) struct Compared {
    /// There are entries of some life of this tablet.
    pub(super) was_till: bool,
    /// The current life's end, by both copies. Nothing, if neither knows.
    pub(super) head: Option<Head>,
}

impl Device {
    pub(super) async fn start(&self) -> Result<Boot, Unusable> {
        if !webcrypto::available() {
            return Err(Unusable::NotSecure);
        }
        let lock_name = format!("{}-till", self.inner.parts.name);
        match locks::try_take(&lock_name).await {
            Some(lock) => *self.inner.lock.borrow_mut() = Some(lock),
            None => {
                let device = self.clone();
                spawn_local(async move {
                    let lock = locks::wait_for(&lock_name).await;
                    *device.inner.lock.borrow_mut() = lock;
                    device.tell_listeners();
                });
                self.alert(DeviceAlert::SecondTab);
                return Ok(Boot::SecondTab);
            }
        }
        self.listen();
        self.open().await.map_err(|Trouble(unusable)| unusable)
    }

    async fn open(&self) -> Result<Boot, Trouble> {
        // The worker of the black box takes a while to start; what is wrong with it shows when it is asked again.
        let (vault, _) = both(Vault::open(&self.inner.parts.name), self.inner.parts.black_box.read()).await;
        let vault = Rc::new(vault?);
        *self.inner.vault.borrow_mut() = Some(vault.clone());
        self.keep_counting();
        let enrolled = match (vault.keys().await?, vault.get("enrolment").await?) {
            (Some(keys), Some(signed)) => Identity::read(signed).await.ok().map(|identity| (keys, identity)),
            _ => None,
        };
        let enrolled = enrolled.filter(|(keys, identity)| identity.record.till_key.0 == keys.signing.public);
        let life = enrolled.as_ref().map(|(_, identity)| identity.life());
        let snapshot = vault.get("snapshot").await?.and_then(|bytes| cbor::from_slice::<SnapshotRow>(&bytes).ok());
        if let Some(row) = snapshot.filter(|row| Some(Life::from(&row.head)) == life) {
            self.inner.snapshot_upto.set(row.head.seq);
        }
        let quarantined = self.inner.parts.store.names(Table::Quarantine, "").await?.len() as u64;
        self.inner.quarantined.set(quarantined);
        let turn = self.inner.writing.turn().await;
        let compared = self.compare(life, enrolled.as_ref().map(|(_, identity)| identity.signed.as_slice())).await?;
        drop(turn);
        let Some((keys, identity)) = enrolled else {
            if compared.was_till {
                self.alert(DeviceAlert::KeysLost);
            }
            return Ok(Boot::NotEnrolled { keys_lost: compared.was_till });
        };
        self.open_till(keys, identity, &vault, compared).await
    }

    async fn open_till(&self, keys: TillKeys, identity: Identity, vault: &Vault, compared: Compared) -> Result<Boot, Trouble> {
        let store = &self.inner.parts.store;
        let life = identity.life();
        let config = vault.get("config").await?.and_then(|bytes| cbor::from_slice::<ConfigRow>(&bytes).ok());
        self.inner.config_version.set(config.map_or(0, |row| row.version));
        self.adopt(keys, identity);
        let Some(till) = self.till() else { return Ok(Boot::NotEnrolled { keys_lost: true }) };
        let unproven_mark = Key::Name(unproven(life));
        let head = match compared.head {
            Some(head) => {
                self.inner.unproven.set(store.get(Table::Meta, &unproven_mark).await?.is_some());
                head
            }
            // An enrolled till has a head, if only the root. Neither copy knows it: both are gone, and only the server can
            // say whether anything was ever written.
            None => {
                let root = till.identity.root_head();
                self.inner.unproven.set(true);
                let changes = [self.head_change(&root)?, Change::Put(Table::Meta, unproven_mark, vec![1])];
                store.transact(true, &changes).await?;
                root
            }
        };
        self.inner.head.set(Some(head));
        self.inner.clock_floor.set(head.at_ms);
        let recovered = self.inner.alerts.borrow().iter().any(|alert| matches!(alert, DeviceAlert::Recovered { .. }));
        if recovered || self.inner.unproven.get() {
            // What the server knows decides whether the recovery is whole.
            let _ = within(ASK_SERVER_MS, self.exchange()).await;
        }
        let delivery = delivery(&**store, life).await?;
        self.note(delivery.as_ref());
        let known = delivery.and_then(|d| d.ack).map_or(Seq(0), |ack| ack.seq).max(self.inner.snapshot_upto.get());
        if delivery.is_some_and(|d| d.is_copy()) || known > head.seq {
            self.alert(DeviceAlert::Copy);
            return Ok(Boot::NotEnrolled { keys_lost: true });
        }
        Ok(Boot::Locked(self.locked().await))
    }

    /// Takes on an identity.
    pub(super) fn adopt(&self, keys: TillKeys, identity: Identity) {
        let parts = &self.inner.parts;
        let identity = Rc::new(identity);
        let server = Server::new(parts.transport.clone(), keys.signing.clone(), identity.clone());
        let uploader = Uploader::new(&parts.name, parts.store.clone(), server.clone(), identity.clone());
        *self.inner.till.borrow_mut() = Some(Rc::new(Till { identity, keys, server, uploader }));
    }

    pub(super) fn head_change(&self, head: &Head) -> Result<Change, StorageError> {
        let bytes = cbor::to_vec(head).map_err(|error| StorageError::Failed(error.to_string()))?;
        Ok(Change::name(Table::Meta, mark::head(Life::from(head)), bytes))
    }

    /// Compares store and black box, and gives each what it lacks from the other. Call it while holding the turn to write.
    pub(super) async fn compare(&self, current: Option<Life>, enrolment: Option<&[u8]>) -> Result<Compared, Trouble> {
        let store = &self.inner.parts.store;
        let mut compared = Compared::default();
        for _ in 0..COMPARISONS_MAX {
            let generation = store.generation();
            compared = self.compare_once(current, enrolment).await?;
            self.inner.generation.set(store.generation());
            // A database that was lost, or turned out to be damaged, in the middle of this has only half of what it should.
            if store.generation() == generation {
                break;
            }
        }
        Ok(compared)
    }

    async fn compare_once(&self, current: Option<Life>, enrolment: Option<&[u8]>) -> Result<Compared, Trouble> {
        let (store, black_box) = (&self.inner.parts.store, &self.inner.parts.black_box);
        let file = black_box.read().await?;
        let found = frames::read(&file);
        let mut contents = Contents::of(&found);
        let tail = &file[found.good_bytes..];
        // A torn write begins like a frame or is a hole of zeros; anything else was something once.
        if !tail.is_empty() && !tail.starts_with(b"BBX1") && tail.iter().any(|byte| *byte != 0) {
            contents.damaged.push(tail.to_vec());
        }
        if current.and_then(|life| contents.bases.get(&life)).is_some() {
            let base = current.and_then(|life| contents.bases.get(&life)).map_or(Seq(0), |base| base.seq);
            self.inner.box_floor.set(base);
        }

        let recovered = self.put_back(current, &contents).await?;
        let known = lives(&**store).await?;
        if !contents.damaged.is_empty() {
            self.set_aside("black-box", std::mem::take(&mut contents.damaged)).await?;
            black_box.replace(&contents.rewritten(|_, _| true)?).await?;
        } else if found.good_bytes < file.len() {
            black_box.keep(found.good_bytes as u64).await?;
        }
        if let Some(life) = current {
            self.complete_box(life, enrolment, &contents).await?;
        }
        if recovered > 0 {
            self.alert(DeviceAlert::Recovered { entries: recovered });
            self.inner.owed.borrow_mut().push(Body::Recovered { entries: recovered });
        }
        let head = match current {
            Some(life) => delivery(&**store, life).await?.map(|delivery| delivery.head),
            None => None,
        };
        let was_till = !known.is_empty() || !contents.enrolments.is_empty() || !contents.entries.is_empty();
        Ok(Compared { was_till, head })
    }

    /// Compares again, if the connection was lost since the last time, and with it perhaps the database: at once, and not at the
    /// next start. Call it while holding the turn to write.
    pub(super) async fn look_again(&self, _turn: &Turn) {
        if let Some(till) = self.till()
            && self.inner.parts.store.generation() != self.inner.generation.get()
        {
            let _ = self.compare(Some(till.identity.life()), Some(&till.identity.signed)).await;
        }
    }

    /// Gives the store what only the black box has. How many entries of the current life that were.
    async fn put_back(&self, current: Option<Life>, contents: &Contents) -> Result<u64, Trouble> {
        let store = &self.inner.parts.store;
        let mut changes = Vec::new();
        let mut recovered = 0;
        let mut all: BTreeSet<Life> = contents.entries.keys().chain(contents.bases.keys()).copied().collect();
        all.extend(current);
        for life in all {
            let delivery = delivery(&**store, life).await?;
            let safe = delivery.and_then(|delivery| delivery.ack).map_or(Seq(0), |ack| ack.safe);
            let upto = if current == Some(life) { self.inner.snapshot_upto.get() } else { Seq(u64::MAX) };
            // The rows, and not only their keys: damage shows here then, and not in the middle of a sale.
            let rows = async |table| store.places(table, life, Seq(0), u32::MAX).await;
            let outbox: BTreeSet<Seq> = rows(Table::Outbox).await?.into_iter().map(|(seq, _)| seq).collect();
            let journal: BTreeSet<Seq> = rows(Table::Journal).await?.into_iter().map(|(seq, _)| seq).collect();
            for (seq, (_, Kept { record, row })) in contents.entries.get(&life).into_iter().flatten() {
                let sends = *seq > safe && !outbox.contains(seq);
                let counts = *seq > safe.min(upto) && !journal.contains(seq);
                if sends {
                    changes.push(Change::place(Table::Outbox, life, *seq, record.0.clone()));
                }
                if counts {
                    changes.push(Change::place(Table::Journal, life, *seq, row.0.clone()));
                }
                recovered += u64::from((sends || counts) && current == Some(life));
            }
            let in_store = delivery.map(|delivery| delivery.head);
            if let Some(in_box) = contents.head(life)
                && in_store.is_none_or(|head| head.seq < in_box.seq)
            {
                changes.push(self.head_change(&in_box)?);
            }
        }
        if !changes.is_empty() {
            store.transact(true, &changes).await?;
        }
        Ok(recovered)
    }

    /// Gives the black box what only the store has: a write that was cut short between the two, or a black box that is gone.
    async fn complete_box(&self, life: Life, enrolment: Option<&[u8]>, contents: &Contents) -> Result<(), Trouble> {
        let (store, black_box) = (&self.inner.parts.store, &self.inner.parts.black_box);
        let mut missing = Vec::new();
        if let Some(signed) = enrolment
            && !contents.enrolments.iter().any(|record| record == signed)
        {
            missing.extend(enrolment_frame(signed)?);
        }
        let there = contents.entries.get(&life);
        for seq in store.place_keys(Table::Outbox, life, self.inner.box_floor.get().next()).await? {
            if there.is_some_and(|entries| entries.contains_key(&seq)) {
                continue;
            }
            let at = Key::Place(life, seq);
            if let (Some(record), Some(row)) = (store.get(Table::Outbox, &at).await?, store.get(Table::Journal, &at).await?) {
                missing.extend(entries_frame(&[Kept { record: record.into(), row: row.into() }])?);
            }
        }
        if !missing.is_empty() {
            black_box.append(&missing).await?;
        }
        Ok(())
    }

    /// Puts unreadable bytes where they are kept and can be exported, and says so.
    pub(super) async fn set_aside(&self, from: &str, pieces: Vec<Vec<u8>>) -> Result<(), StorageError> {
        let records = pieces.len() as u64;
        let at_ms = self.now_ms();
        let changes: Vec<Change> = pieces
            .into_iter()
            .enumerate()
            .map(|(index, bytes)| Change::name(Table::Quarantine, format!("{from}/{at_ms}/{index}"), bytes))
            .collect();
        self.inner.parts.store.transact(true, &changes).await?;
        self.inner.quarantined.set(self.inner.quarantined.get() + records);
        self.alert(DeviceAlert::Quarantined { records: self.inner.quarantined.get() });
        self.inner.owed.borrow_mut().push(Body::Quarantined { store: from.to_owned(), records });
        Ok(())
    }

    fn listen(&self) {
        let inner = Rc::downgrade(&self.inner);
        self.inner.parts.readers.listen(Rc::new(move |news| {
            if let Some(inner) = inner.upgrade() {
                Device { inner }.heard_reader(news);
            }
        }));
        let inner = Rc::downgrade(&self.inner);
        self.inner.news.listen(move || {
            if let Some(inner) = inner.upgrade() {
                let device = Device { inner };
                spawn_local(async move {
                    // The service worker may have heard that this till is revoked.
                    device.look().await;
                    device.tell_listeners();
                });
            }
        });
    }

    pub(super) fn tell_listeners(&self) {
        let listeners = self.inner.listeners.borrow().clone();
        for heard in listeners {
            heard();
        }
    }
}

/// The mark of a till that lost both copies and has not heard from the server since.
pub(super) fn unproven(life: Life) -> String {
    format!("unproven/{life}")
}
