//! Between sales: sending, a newer configuration, forgetting what the server has, and what is always on screen.

use std::collections::BTreeMap;

use barrow_core::{
    bytes::Blob,
    device::{DeviceAlert, DeviceError, Status},
    ids::Seq,
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    local::{self, Namespace},
};

use super::{Device, Till, journal::SnapshotRow, read_failed, second_copy::Contents, sign_in::place, write_failed};
use crate::{
    frames, random,
    scope::{property, scope},
    store::{Change, Key, Life, StorageError, Table},
    uploader::{delivery, lives, mark, waiting},
    wait::Turn,
};

/// The unfinished order's name in [`Table::Meta`].
pub(super) const DRAFT: &str = "draft";
/// Behind every place that there is.
const LAST: Seq = Seq(u64::MAX >> 12);
/// Below this the person is warned, bytes.
const FREE_BYTES_LOW: u64 = 50 * 1024 * 1024;

impl Device {
    /// Sends, fetches, forgets. Whatever fails is tried again next time.
    pub(super) async fn exchange(&self) {
        let Some(till) = self.till() else { return };
        let turn = self.inner.writing.turn().await;
        self.look_again(&turn).await;
        drop(turn);
        let told_before = till.uploader.contact().told_ms;
        self.ask_for_stock(&till);
        self.ask_for_customers(&till);
        let learnt = till.uploader.drain().await.unwrap_or(false);
        self.hear_of_stock(&till).await;
        self.hear_of_customers(&till).await;
        if let Some(told_ms) = till.uploader.contact().told_ms.filter(|told| Some(*told) != told_before) {
            self.inner.clock_off_ms.set(told_ms.saturating_sub(self.now_ms()));
        }
        if till.uploader.contact().config_version > self.inner.config_version.get() {
            let _ = self.fetch_config(&till).await;
        }
        if till.uploader.contact().online {
            self.renew_hot_list();
            self.renew_pictures();
        }
        if learnt {
            let turn = self.inner.writing.turn().await;
            let _ = self.purge(&turn).await;
            drop(turn);
            self.inner.news.tell();
        }
    }

    async fn fetch_config(&self, till: &Till) -> Result<(), DeviceError> {
        let (config, signed) = till.server.config().await?;
        if config.version <= self.inner.config_version.get() {
            return Ok(());
        }
        self.keep_roster(&config).await?;
        self.inner.validity.set(Some((&config).into()));
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone());
        match key {
            Some(key) => {
                self.seal_config(till, &key, config.version, &signed).await?;
                self.cards_changed(&config);
                self.pictures_wanted(&config);
                *self.inner.new_config.borrow_mut() = Some(config);
            }
            // Locked: no catalogue touches the disk in clear, so it waits in memory for the next person.
            None => {
                self.inner.config_version.set(config.version);
                *self.inner.pending_config.borrow_mut() = Some((config, signed));
            }
        }
        self.tell_listeners();
        Ok(())
    }

    /// Forgets what the server's signed word covers and no open shift needs. Call it while holding the turn to write.
    pub(super) async fn purge(&self, _turn: &Turn) -> Result<(), StorageError> {
        let Some(till) = self.till() else { return Ok(()) };
        let store = &self.inner.parts.store;
        let current = till.identity.life();
        let upto = self.inner.snapshot_upto.get();
        let mut changes = Vec::new();
        let mut over = Vec::new();
        let mut rewrite = false;
        let mut done = self.inner.purged.get();
        for life in lives(&**store).await? {
            let Some(delivery) = delivery(&**store, life).await? else { continue };
            // On a copy, the server's numbers are another tablet's entries.
            let ack = delivery.ack.filter(|_| delivery.copy.is_none());
            let safe = ack.map_or(Seq(0), |ack| ack.safe.min(ack.seq)).min(delivery.head.seq);
            if life == current {
                done = (safe, upto);
                if self.inner.purged.get() == done {
                    continue;
                }
                changes.push(Change::DeleteUpTo(Table::Outbox, life, safe));
                changes.push(Change::DeleteUpTo(Table::Journal, life, safe.min(upto)));
                rewrite |= safe >= upto && upto > self.inner.box_floor.get();
            } else if safe >= delivery.head.seq {
                changes.extend(forget(life));
                over.push(life);
                rewrite = true;
            }
        }
        // The black box goes first: cut short here, the store still has everything.
        if rewrite {
            self.rotate(&till, upto, &over).await?;
        }
        store.transact(true, &changes).await?;
        self.inner.purged.set(done);
        Ok(())
    }

    /// Writes the black box anew without what is forgotten.
    async fn rotate(&self, till: &Till, upto: Seq, over: &[Life]) -> Result<(), StorageError> {
        let failed = |error: crate::black_box::BlackBoxError| StorageError::Failed(error.to_string());
        let black_box = &self.inner.parts.black_box;
        let current = till.identity.life();
        let file = black_box.read().await.map_err(failed)?;
        let found = frames::read(&file);
        let mut contents = Contents::of(&found);
        if !contents.damaged.is_empty() {
            self.set_aside("black-box", std::mem::take(&mut contents.damaged)).await?;
        }
        contents.enrolments.retain(|signed| *signed == till.identity.signed);
        contents.bases.retain(|life, _| !over.contains(life));
        if let Some(head) = self.snapshot_head().await? {
            contents.bases.insert(current, head);
        }
        let bytes = contents.rewritten(|life, seq| !over.contains(&life) && (life != current || seq > upto));
        black_box.replace(&bytes.map_err(failed)?).await.map_err(failed)?;
        self.inner.box_floor.set(upto);
        Ok(())
    }

    async fn snapshot_head(&self) -> Result<Option<barrow_core::journal::Head>, StorageError> {
        let Ok(vault) = self.vault() else { return Ok(None) };
        let row = vault.get("snapshot").await?.and_then(|bytes| cbor::from_slice::<SnapshotRow>(&bytes).ok());
        let current = self.till().map(|till| till.identity.life());
        Ok(row.map(|row| row.head).filter(|head| Some(Life::from(head)) == current))
    }

    pub(super) async fn keep_draft(&self, draft: Option<Vec<u8>>) -> Result<(), DeviceError> {
        let till = self.enrolled()?;
        let change = match draft {
            None => Change::Delete(Table::Meta, Key::Name(DRAFT.into())),
            Some(plain) => {
                let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone()).ok_or(DeviceError::Locked)?;
                let sealed = local::seal(&key, Namespace::Draft, &place(&till, DRAFT, 0), random::bytes(), &plain);
                Change::name(Table::Meta, DRAFT, sealed.map_err(|_| DeviceError::WriteFailed)?)
            }
        };
        self.inner.parts.store.transact(false, &[change]).await.map_err(|error| write_failed(&error))
    }

    pub(super) async fn open_draft(&self, till: &Till, key: &SecretKey) -> Result<Option<Vec<u8>>, DeviceError> {
        let name = Key::Name(DRAFT.into());
        let Some(sealed) = self.inner.parts.store.get(Table::Meta, &name).await.map_err(read_failed)? else {
            return Ok(None);
        };
        match local::open(key, Namespace::Draft, &place(till, DRAFT, 0), &sealed) {
            Ok(plain) => Ok(Some(plain.to_vec())),
            Err(_) => {
                let failed = |error| write_failed(&error);
                self.set_aside(DRAFT, vec![sealed]).await.map_err(failed)?;
                self.inner.parts.store.transact(true, &[Change::Delete(Table::Meta, name)]).await.map_err(failed)?;
                Ok(None)
            }
        }
    }

    pub(super) async fn quarantine_file(&self) -> Result<Vec<u8>, DeviceError> {
        let rows = self.inner.parts.store.names(Table::Quarantine, "").await.map_err(read_failed)?;
        let file: BTreeMap<String, Blob> = rows.into_iter().map(|(name, bytes)| (name, Blob(bytes))).collect();
        cbor::to_vec(&file).map_err(|_| DeviceError::Damaged)
    }

    pub(super) async fn look(&self) -> Status {
        let Some(till) = self.till() else {
            return Status { alerts: self.inner.alerts.borrow().clone(), ..Status::default() };
        };
        let store = &self.inner.parts.store;
        let life = till.identity.life();
        let (unsent, oldest_ms) = waiting(&**store).await.unwrap_or_default();
        let delivery = delivery(&**store, life).await.ok().flatten();
        self.note(delivery.as_ref());
        let quarantined = self.inner.quarantined.get();
        let contact = till.uploader.contact();
        let (persisted, free_bytes) = storage().await;
        let sign_ins_end = self.sign_ins_end(&till).await;
        let heard_ms = self.last_word_ms(&till).await;
        let hot_list_ms = self.hot_list_ms();

        let mut alerts = self.inner.alerts.borrow().clone();
        let mut also = |holds: bool, alert: DeviceAlert| {
            if holds && !alerts.iter().any(|other| other.kind() == alert.kind()) {
                alerts.push(alert);
            }
        };
        also(delivery.is_some_and(|delivery| delivery.is_revoked()), DeviceAlert::Revoked);
        also(delivery.is_some_and(|delivery| delivery.is_copy()), DeviceAlert::Copy);
        also(quarantined > 0, DeviceAlert::Quarantined { records: quarantined });
        also(contact.not_our_server, DeviceAlert::NotOurServer);
        also(free_bytes.is_some_and(|free| free < FREE_BYTES_LOW), DeviceAlert::StorageLow);
        also(!persisted, DeviceAlert::NotPersisted);
        alerts.extend(sign_ins_end);
        Status { online: contact.online, unsent, oldest_ms, persisted, free_bytes, quarantined, alerts, heard_ms, hot_list_ms }
    }
}

/// Everything that the store has of a life.
pub(super) fn forget(life: Life) -> Vec<Change> {
    let names = [mark::head(life), mark::ack(life), mark::sent(life), mark::copy(life)];
    let names = names.map(|name| Change::Delete(Table::Meta, Key::Name(name)));
    let rows = [Change::DeleteUpTo(Table::Outbox, life, LAST), Change::DeleteUpTo(Table::Journal, life, LAST)];
    rows.into_iter().chain(names).collect()
}

/// Asks the browser to keep this origin's data. Its answer.
pub(super) async fn persist() -> bool {
    match scope().navigator().storage() {
        Some(storage) => storage.persist().await.is_ok_and(|answer| answer.is_truthy()),
        None => false,
    }
}

/// Did the browser promise to keep this origin's data, and how many bytes are left?
async fn storage() -> (bool, Option<u64>) {
    let Some(storage) = scope().navigator().storage() else { return (false, None) };
    let persisted = storage.persisted().await.is_ok_and(|answer| answer.is_truthy());
    let free = storage.estimate().await.ok().and_then(|estimate| {
        let number = |name| property(&estimate, name).as_f64();
        Some((number("quota")? - number("usage")?).max(0.0) as u64)
    });
    (persisted, free)
}
