//! People and PINs: the journal key is wrapped once for each person, and a wrong PIN is slowed down across restarts.

use std::rc::Rc;

use barrow_core::{
    bytes::Blob,
    config::Config,
    device::{DeviceError, Session},
    ids::StaffId,
    journal::{Body, Draft},
    staff::{Failures, Pin},
    wire::{self, EnrolmentRecord, FirstPinRequest},
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    direct::{self, Purpose},
    error::OpenError,
    kek::{self, MIN_ROUNDS, WrappedKey},
    local::{self, Binding, Namespace},
    outbox::Suite,
};
use serde::{Deserialize, Serialize};

use super::{Device, OpenSession, Till, read_failed, write_failed};
use crate::{
    random,
    server::Failure,
    vault::VaultChange,
    webcrypto::{CryptoFailed, pbkdf2},
};

/// The vault's record of a configuration.
#[derive(Serialize, Deserialize)]
pub(super) struct ConfigRow {
    pub(super) version: u64,
    /// The signed configuration, sealed under the journal key.
    sealed: Blob,
}

/// A one-time code that was shown to the server, and the key that its answer is sealed to.
#[derive(Clone)]
pub(super) struct Asked {
    staff: StaffId,
    code: String,
    reply_private: SecretKey,
    reply_key: Vec<u8>,
}

/// The vault's name for a person's wrapped key.
pub(super) fn wrap_name(staff: StaffId) -> String {
    format!("wrap/{staff}")
}

fn failures_name(staff: StaffId) -> String {
    format!("failures/{staff}")
}

impl Device {
    pub(super) async fn set_first_pin(&self, staff: StaffId, code: &str, pin: &Pin) -> Result<Session, DeviceError> {
        let till = self.enrolled()?;
        let EnrolmentRecord { shop, till: till_id, epoch, seal_keys, .. } = &till.identity.record;
        let escrow_to = seal_keys.iter().find(|key| key.suite == u8::from(Suite::X25519)).ok_or(DeviceError::Damaged)?;
        let place = format!("{shop}|{till_id}|{epoch}");
        let fresh = SecretKey::new(random::bytes());
        let proposed = direct::seal_to(&escrow_to.key.0, Purpose::Escrow, place.as_bytes(), fresh.expose(), &mut random::fill)
            .map_err(|_| DeviceError::Damaged)?;
        let code = code.trim().to_owned();
        let Asked { reply_private, reply_key, .. } = self.asked(staff, &code);
        let request = FirstPinRequest { v: wire::FORMAT, staff, code, reply_key: Blob(reply_key), proposed: proposed.into() };
        let reply = till.server.first_pin(&request).await?;
        let opened = direct::open(&reply_private, Purpose::FirstPin, format!("{place}|{staff}").as_bytes(), &reply.sealed.0)
            .map_err(|_| DeviceError::NotOurServer)?;
        let key = SecretKey::from_slice(&opened).map_err(|_| DeviceError::NotOurServer)?;

        self.inner.asked.borrow_mut().take();
        let salt = random::bytes();
        let kek = derive(&till, staff, pin, &salt, MIN_ROUNDS).await?;
        let wrapped = kek::wrap(&kek, &key, &wrap_place(&till, staff), salt, MIN_ROUNDS, random::bytes())
            .map_err(|_| DeviceError::Damaged)?;
        let bytes = cbor::to_vec(&wrapped).map_err(|_| DeviceError::Damaged)?;
        let changes = vec![VaultChange::Put(wrap_name(staff), bytes), VaultChange::Delete(failures_name(staff))];
        self.vault()?.change(changes).await.map_err(|error| write_failed(&error))?;
        self.open_session(&till, staff, key).await
    }

    /// One reply key for all tries of one code: an answer that was lost can be asked for again.
    fn asked(&self, staff: StaffId, code: &str) -> Asked {
        let mut slot = self.inner.asked.borrow_mut();
        if let Some(asked) = slot.as_ref().filter(|asked| asked.staff == staff && asked.code == code) {
            return asked.clone();
        }
        let (reply_private, reply_key) = direct::make_reply_key(&mut random::fill);
        slot.insert(Asked { staff, code: code.to_owned(), reply_private, reply_key }).clone()
    }

    pub(super) async fn try_pin(&self, staff: StaffId, pin: &Pin) -> Result<Session, DeviceError> {
        let (till, vault) = (self.enrolled()?, self.vault()?);
        let failures = self.failures(staff).await?;
        let wait_ms = failures.wait_ms(self.now_ms());
        if wait_ms > 0 {
            return Err(DeviceError::Wait { ms: wait_ms });
        }
        let bytes = vault.get(&wrap_name(staff)).await.map_err(read_failed)?.ok_or(DeviceError::NoPin)?;
        let wrapped: WrappedKey = cbor::from_slice(&bytes).map_err(|_| DeviceError::Damaged)?;
        wrapped.check().map_err(|_| DeviceError::Damaged)?;
        let kek = derive(&till, staff, pin, &wrapped.salt, wrapped.rounds).await?;
        match kek::unwrap(&kek, &wrap_place(&till, staff), &wrapped) {
            Ok(key) => {
                if failures != Failures::default() {
                    let forgiven = vec![VaultChange::Delete(failures_name(staff))];
                    vault.change(forgiven).await.map_err(|error| write_failed(&error))?;
                }
                self.open_session(&till, staff, key).await
            }
            Err(OpenError::Refused) => Err(self.wrong_pin(staff, failures).await),
            Err(_) => Err(DeviceError::Damaged),
        }
    }

    async fn failures(&self, staff: StaffId) -> Result<Failures, DeviceError> {
        let bytes = self.vault()?.get(&failures_name(staff)).await.map_err(read_failed)?;
        // A count that cannot be read is a count that somebody damaged.
        bytes.map_or(Ok(Failures::default()), |bytes| cbor::from_slice(&bytes).map_err(|_| DeviceError::Damaged))
    }

    /// Counts a wrong PIN, on the disk before anybody is told.
    async fn wrong_pin(&self, staff: StaffId, failures: Failures) -> DeviceError {
        let failures = failures.and_one_more(self.now_ms());
        let counted = async {
            let bytes = cbor::to_vec(&failures).map_err(|_| DeviceError::Damaged)?;
            let change = vec![VaultChange::Put(failures_name(staff), bytes)];
            self.vault()?.change(change).await.map_err(|error| write_failed(&error))
        };
        if let Err(error) = counted.await {
            return error;
        }
        let turn = self.inner.writing.turn().await;
        let body = Body::LogInFailed { as_staff: staff, count: failures.count };
        // The count above is what slows a thief down; the entry is for the owner, and a full disk must not hide the answer.
        let _ = self.write(&turn, vec![Draft { at_ms: self.now_ms(), staff: None, shift: None, body }]).await;
        DeviceError::WrongPin { count: failures.count }
    }

    async fn open_session(&self, till: &Till, staff: StaffId, key: SecretKey) -> Result<Session, DeviceError> {
        let config = self.newest_config(till, &key).await?;
        let ledger = self.rebuild(till, &key).await?;
        let draft = self.open_draft(till, &key).await?;
        // What was sealed while locked is one session, what comes now another.
        *self.inner.sealer.borrow_mut() = None;
        *self.inner.session.borrow_mut() = Some(OpenSession { staff, key: Rc::new(key), ledger: ledger.clone() });
        Ok(Session { staff, config, ledger, draft })
    }

    /// The newest configuration that this till has, sealed into the vault if it was not yet; else the server's.
    async fn newest_config(&self, till: &Till, key: &SecretKey) -> Result<Config, DeviceError> {
        let pending = self.inner.pending_config.borrow().clone();
        if let Some((config, signed)) = pending {
            self.seal_config(till, key, config.version, &signed).await?;
            self.inner.pending_config.borrow_mut().take();
            return Ok(config);
        }
        if let Some(config) = self.stored_config(till, key).await? {
            return Ok(config);
        }
        let (config, signed) = till.server.config().await?;
        self.seal_config(till, key, config.version, &signed).await?;
        self.keep_roster(&config).await?;
        Ok(config)
    }

    async fn stored_config(&self, till: &Till, key: &SecretKey) -> Result<Option<Config>, DeviceError> {
        let Some(bytes) = self.vault()?.get("config").await.map_err(read_failed)? else { return Ok(None) };
        let opened = cbor::from_slice::<ConfigRow>(&bytes)
            .ok()
            .and_then(|row| local::open(key, Namespace::Config, &config_place(till, row.version), &row.sealed.0).ok());
        let config = match opened {
            Some(signed) => match till.server.read_config(&signed).await {
                Ok(config) => Some(config),
                Err(Failure::Crypto) => return Err(DeviceError::Damaged),
                Err(_) => None,
            },
            None => None,
        };
        if config.is_none() {
            let failed = |error| write_failed(&error);
            self.set_aside("config", vec![bytes]).await.map_err(failed)?;
            self.vault()?.change(vec![VaultChange::Delete("config".into())]).await.map_err(failed)?;
        }
        Ok(config)
    }

    /// Keeps a configuration; nothing of it stands in clear on the disk.
    pub(super) async fn seal_config(&self, till: &Till, key: &SecretKey, version: u64, signed: &[u8]) -> Result<(), DeviceError> {
        let sealed = local::seal(key, Namespace::Config, &config_place(till, version), random::bytes(), signed)
            .map_err(|_| DeviceError::WriteFailed)?;
        let bytes = cbor::to_vec(&ConfigRow { version, sealed: Blob(sealed) }).map_err(|_| DeviceError::WriteFailed)?;
        let change = vec![VaultChange::Put("config".into(), bytes)];
        self.vault()?.change(change).await.map_err(|error| write_failed(&error))?;
        self.inner.config_version.set(version);
        Ok(())
    }
}

/// The key-encryption key of one person: from the PIN, and from the device secret that never leaves this browser.
async fn derive(till: &Till, staff: StaffId, pin: &Pin, salt: &[u8; 16], rounds: u32) -> Result<SecretKey, DeviceError> {
    let failed = |CryptoFailed| DeviceError::Damaged;
    let from_pin = pbkdf2(pin.expose(), salt, rounds).await.map_err(failed)?;
    let from_device = till.keys.secret.mac(salt).await.map_err(failed)?;
    let record = &till.identity.record;
    Ok(kek::derive_kek(&from_pin, &from_device, salt, record.shop.0, record.till.0, staff.0))
}

fn wrap_place(till: &Till, staff: StaffId) -> Binding<'static> {
    place(till, "wrap", staff.0)
}

fn config_place(till: &Till, version: u64) -> Binding<'static> {
    place(till, "config", version)
}

pub(super) fn place(till: &Till, store: &'static str, seq: u64) -> Binding<'static> {
    let record = &till.identity.record;
    Binding { shop: record.shop.0, till: record.till.0, store, seq }
}
