//! Signing in: by a one-time code, which the server proves, or by what a person shows; and the configuration that it opens.

use std::rc::Rc;

use barrow_core::{
    bytes::Blob,
    config::Config,
    device::{DeviceError, Session},
    ids::StaffId,
    staff::{Pin, Proof},
    wire::{self, EnrolmentRecord, FirstPinRequest},
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    direct::{self, Purpose},
    local::{self, Binding, Namespace},
    outbox::Suite,
};
use serde::{Deserialize, Serialize};

use super::{Device, OpenSession, Till, proof::wrapping, read_failed, write_failed};
use crate::{random, server::Failure, vault::VaultChange};

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
        // A lost passkey goes with the lost PIN.
        let changes = wrapping(&till, staff, Some(pin), None, &key).await?;
        self.vault()?.change(changes).await.map_err(|error| write_failed(&error))?;
        let config = self.config_for_known(&till, staff, &key).await?;
        self.open_session(&till, staff, key, config).await
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

    pub(super) async fn sign_in(&self, staff: StaffId, proof: &Proof) -> Result<Session, DeviceError> {
        let till = self.enrolled()?;
        let key = self.look_at(&till, staff, proof).await?.key;
        let config = self.config_for(&till, staff, &key).await?;
        self.open_session(&till, staff, key, config).await
    }

    async fn open_session(&self, till: &Till, staff: StaffId, key: SecretKey, config: Config) -> Result<Session, DeviceError> {
        let ledger = self.rebuild(till, &key).await?;
        let draft = self.open_draft(till, &key).await?;
        self.open_cards(till, &key, &config).await?;
        self.pictures_wanted(&config);
        let stock = self.open_stock(till, &key).await;
        let customers = self.open_customers(till, &key).await;
        // What was sealed while locked is one session, what comes now another.
        *self.inner.sealer.borrow_mut() = None;
        *self.inner.session.borrow_mut() = Some(OpenSession { staff, key: Rc::new(key), ledger: ledger.clone() });
        Ok(Session { staff, config, ledger, draft, roster: self.locked().await.roster, stock, customers })
    }

    /// The newest configuration that this till has, sealed into the vault if it was not yet; else the server's.
    pub(super) async fn newest_config(&self, till: &Till, key: &SecretKey) -> Result<Config, DeviceError> {
        // Taken, not copied: it may be some megabytes.
        let pending = self.inner.pending_config.borrow_mut().take();
        if let Some((config, signed)) = pending {
            let sealed = self.seal_config(till, key, config.version, &signed).await;
            if let Err(why) = sealed {
                // A still newer one may have come meanwhile.
                self.inner.pending_config.borrow_mut().get_or_insert((config, signed));
                return Err(why);
            }
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

fn config_place(till: &Till, version: u64) -> Binding<'static> {
    place(till, "config", version)
}

pub(super) fn place(till: &Till, store: &'static str, seq: u64) -> Binding<'static> {
    let record = &till.identity.record;
    Binding { shop: record.shop.0, till: record.till.0, store, seq }
}
