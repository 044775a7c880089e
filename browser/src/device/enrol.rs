//! Becoming a till: a new life with new keys. What an older life left unsent stays, and is handed in under the new key.

use barrow_core::{
    bytes::Blob,
    device::{DeviceError, Locked},
    ids::Seq,
    journal::{Body, Draft},
};
use barrow_sealing::cbor;

use super::{
    Device, append_failed,
    boot::unproven,
    roster::sealed_roster,
    second_copy::{Contents, enrolment_frame},
    upkeep::forget,
    write_failed,
};
use crate::{
    frames, server,
    store::{Change, Key, Life, Table},
    uploader::delivery,
    vault::{TillKeys, VaultChange},
    webcrypto::{DeviceSecret, SigningKey},
};

impl Device {
    pub(super) async fn become_till(&self, code: &str) -> Result<Locked, DeviceError> {
        let vault = self.vault()?;
        let parts = &self.inner.parts;
        let signing = self.candidate().await?;
        let (identity, config, signed_config) = server::enrol(&*parts.transport, code, &signing.public).await?;
        let secret = DeviceSecret::make().await.map_err(|_| DeviceError::Damaged)?;
        let keys = TillKeys { signing, secret };
        let roster = sealed_roster(&keys, &identity, &config).await?;

        let turn = self.inner.writing.turn().await;
        *self.inner.session.borrow_mut() = None;
        self.make_room(identity.life()).await?;
        // The root goes to the black box first, so that no entry ever stands there without it.
        let frame = enrolment_frame(&identity.signed).map_err(|error| append_failed(&error))?;
        parts.black_box.append(&frame).await.map_err(|error| append_failed(&error))?;
        let mut changes = vec![
            VaultChange::Keys(keys.clone()),
            VaultChange::Put("enrolment".into(), identity.signed.clone()),
            VaultChange::Put("roster".into(), roster),
            VaultChange::Delete("config".into()),
            VaultChange::Delete("snapshot".into()),
            VaultChange::Delete(super::expiry::HEARD.into()),
        ];
        // Wrapped under another device secret: nobody can open them any more, and the server gives the key again.
        changes.extend(self.forget_people(|_| true).await?);
        vault.change(changes).await.map_err(|error| write_failed(&error))?;
        let root = identity.root_head();
        let head = self.head_change(&root).map_err(|error| write_failed(&error))?;
        let proven = Change::Delete(Table::Meta, Key::Name(unproven(identity.life())));
        let no_draft = Change::Delete(Table::Meta, Key::Name(super::upkeep::DRAFT.into()));
        parts.store.transact(true, &[head, proven, no_draft]).await.map_err(|error| write_failed(&error))?;

        self.forget_pictures().await.map_err(|error| write_failed(&error))?;
        self.adopt(keys, identity);
        let inner = &self.inner;
        *inner.sealer.borrow_mut() = None;
        *inner.candidate.borrow_mut() = None;
        inner.head.set(Some(root));
        inner.snapshot_upto.set(Seq(0));
        inner.box_floor.set(Seq(0));
        inner.clock_floor.set(0);
        inner.open_time.set(None);
        inner.open_ms_kept.set(0);
        inner.validity.set(None);
        inner.unproven.set(false);
        inner.purged.set((Seq(0), Seq(0)));
        inner.config_version.set(config.version);
        inner.generation.set(parts.store.generation());
        // There is no key yet to seal it under; it stays in memory until somebody sets a PIN, or is fetched again.
        *inner.pending_config.borrow_mut() = Some((config, signed_config));
        self.alert_is_over("keys-lost");
        self.alert_is_over("copy");
        self.note(None);
        let enrolled = Body::Enrolled { app: env!("CARGO_PKG_VERSION").into() };
        self.write(&turn, vec![Draft { at_ms: self.now_ms(), staff: None, shift: None, body: enrolled }]).await?;
        drop(turn);
        Ok(self.locked().await)
    }

    /// A server that was set up anew begins to count anew: what an older life of the same name left can never be delivered,
    /// and must not be taken for this one's. It is set aside.
    async fn make_room(&self, life: Life) -> Result<(), DeviceError> {
        let (store, black_box) = (&self.inner.parts.store, &self.inner.parts.black_box);
        let (unwritten, unread) = (|error| write_failed(&error), |_| DeviceError::Damaged);
        let file = black_box.read().await.map_err(|_| DeviceError::Damaged)?;
        let mut contents = Contents::of(&frames::read(&file));
        let in_box = contents.entries.remove(&life);
        let had_base = contents.bases.remove(&life).is_some();
        let mut left: Vec<Blob> = in_box.into_iter().flatten().map(|(_, (_, kept))| kept.record).collect();
        for (_, record) in store.places(Table::Outbox, life, Seq(0), u32::MAX).await.map_err(unread)? {
            if !left.iter().any(|known| known.0 == record) {
                left.push(Blob(record));
            }
        }
        let known = delivery(&**store, life).await.map_err(unread)?.is_some_and(|delivery| delivery.head.seq > Seq(0));
        if left.is_empty() && !known && !had_base {
            return Ok(());
        }
        let bytes = cbor::to_vec(&left).map_err(|_| DeviceError::WriteFailed)?;
        self.set_aside("older-life", vec![bytes]).await.map_err(unwritten)?;
        let kept = contents.rewritten(|_, _| true).map_err(|error| append_failed(&error))?;
        black_box.replace(&kept).await.map_err(|error| append_failed(&error))?;
        store.transact(true, &forget(life)).await.map_err(unwritten)
    }

    /// One key pair for all tries of this page: an answer that was lost can be asked for again.
    async fn candidate(&self) -> Result<SigningKey, DeviceError> {
        if let Some(key) = self.inner.candidate.borrow().as_ref() {
            return Ok(key.clone());
        }
        let key = SigningKey::make().await.map_err(|_| DeviceError::Damaged)?;
        *self.inner.candidate.borrow_mut() = Some(key.clone());
        Ok(key)
    }
}
