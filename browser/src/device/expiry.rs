//! Sign-ins end when the till has not heard from the server for longer than the shop allows, so that a person who left is cut off
//! even on a tablet that is kept off the network.
//!
//! Heard is the server's clock in its newest **signed** acknowledgement that knows our configuration as the newest one; else
//! the time at which that was signed. Now is the latest of three: the tablet's clock; the newest entry that the server has not
//! acknowledged; and the server's clock then, with the time since for which the till was open. How far the tablet's clock is off,
//! the server tells this page when it answers. So a clock that is set back gains nothing while the till is used, and one that is
//! set ahead only locks out until the till was connected once.

use barrow_core::{
    config::Config,
    device::{DeviceAlert, DeviceError},
    ids::{Seq, StaffId},
    wire::Ack,
};
use barrow_sealing::{Key as SecretKey, cbor, cose::Domain};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::{Device, Till, boot::ASK_SERVER_MS, read_failed, write_failed};
use crate::{
    store::{Key, Table},
    uploader::mark,
    vault::VaultChange,
    wait::within,
};

/// The vault's name for [`HeardRow`].
pub(super) const HEARD: &str = "heard";

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How often the time for which the till was open is written down, milliseconds.
const KEEP_MS: u64 = 60_000;

/// For how long the till was open since the server said something, as the vault has it.
#[derive(Serialize, Deserialize)]
struct HeardRow {
    heard_ms: i64,
    open_ms: u64,
}

/// The same, with the uptime from which on it grows.
#[derive(Clone, Copy)]
pub(super) struct OpenTime {
    heard_ms: i64,
    open_ms: u64,
    since: u64,
}

/// What the newest configuration says about sign-ins; known once somebody's key has opened it.
#[derive(Clone, Copy)]
pub(super) struct Validity {
    version: u64,
    issued_at_ms: i64,
    days: u32,
}

impl From<&Config> for Validity {
    fn from(config: &Config) -> Validity {
        Validity { version: config.version, issued_at_ms: config.issued_at_ms, days: config.rules.credential_days }
    }
}

impl Device {
    /// The configuration, if it lets this person in: they are on it, and it is not too old. Where either is in doubt, the
    /// server is asked first.
    pub(super) async fn config_for(&self, till: &Till, staff: StaffId, key: &SecretKey) -> Result<Config, DeviceError> {
        let config = self.newest_config(till, key).await?;
        if works_here(&config, staff) && !self.has_expired(till, &config).await? {
            return Ok(config);
        }
        self.ask_server().await;
        let config = self.listed(till, staff, key).await?;
        if self.has_expired(till, &config).await? { Err(DeviceError::Expired) } else { Ok(config) }
    }

    /// As [`Device::config_for`], for somebody whom the server has just vouched for.
    pub(super) async fn config_for_known(&self, till: &Till, staff: StaffId, key: &SecretKey) -> Result<Config, DeviceError> {
        let config = self.newest_config(till, key).await?;
        if works_here(&config, staff) {
            return Ok(config);
        }
        self.ask_server().await;
        self.listed(till, staff, key).await
    }

    async fn listed(&self, till: &Till, staff: StaffId, key: &SecretKey) -> Result<Config, DeviceError> {
        let config = self.newest_config(till, key).await?;
        if works_here(&config, staff) {
            Ok(config)
        } else {
            Err(DeviceError::Refused("The owner took you off this till. Ask a manager.".into()))
        }
    }

    async fn has_expired(&self, till: &Till, config: &Config) -> Result<bool, DeviceError> {
        let validity = Validity::from(config);
        self.inner.validity.set(Some(validity));
        let (heard_ms, now_ms) = self.heard_and_now(till, validity).await?;
        Ok(config.has_expired(heard_ms, now_ms))
    }

    /// One exchange, but no longer than a person waits. It goes on by itself where it takes longer.
    async fn ask_server(&self) {
        let device = self.clone();
        let asked = future_to_promise(async move {
            device.exchange().await;
            Ok(JsValue::UNDEFINED)
        });
        let _ = within(ASK_SERVER_MS, JsFuture::from(asked)).await;
    }

    /// What the person should know of it.
    pub(super) async fn sign_ins_end(&self, till: &Till) -> Option<DeviceAlert> {
        let validity = self.inner.validity.get().filter(|validity| validity.days > 0)?;
        let (heard_ms, now_ms) = self.heard_and_now(till, validity).await.ok()?;
        let valid_ms = i64::from(validity.days).saturating_mul(DAY_MS);
        let left_ms = heard_ms.saturating_add(valid_ms).saturating_sub(now_ms);
        let hours = u32::try_from(left_ms.max(0) / HOUR_MS).unwrap_or(u32::MAX);
        (left_ms < DAY_MS.min(valid_ms / 4)).then_some(DeviceAlert::SignInEnds { hours })
    }

    /// The server's last word of any kind, by this tablet's clock, milliseconds since 1970; nothing while locked, or if it never
    /// said one. Its age counts as that of sign-ins does, so setting the clock back makes it no younger.
    pub(super) async fn last_word_ms(&self, till: &Till) -> Option<i64> {
        let validity = self.inner.validity.get().filter(|_| self.inner.session.borrow().is_some())?;
        let (_, now_ms) = self.heard_and_now(till, validity).await.ok()?;
        let written_ms = self.newest_ack(till).await.ok()?.map(|ack| ack.now_ms);
        let heard_ms = written_ms.max(till.uploader.contact().told_ms)?;
        Some(self.now_ms().saturating_sub(now_ms.saturating_sub(heard_ms).max(0)))
    }

    /// When the server was last heard, and what time it is at least, both milliseconds since 1970.
    async fn heard_and_now(&self, till: &Till, validity: Validity) -> Result<(i64, i64), DeviceError> {
        let ack = self.newest_ack(till).await?;
        let knows_ours = ack.filter(|ack| ack.config_version == validity.version);
        let heard_ms = knows_ours.map_or(validity.issued_at_ms, |ack| ack.now_ms.max(validity.issued_at_ms));
        let acknowledged = ack.map_or(Seq(0), |ack| ack.seq);
        let head = self.inner.head.get().filter(|head| head.seq > acknowledged);
        let by_server = |ms: i64| ms.saturating_add(self.inner.clock_off_ms.get());
        let written_ms = head.map_or(i64::MIN, |head| by_server(head.at_ms.max(self.inner.clock_floor.get())));
        let open_ms = i64::try_from(self.open_time(heard_ms).await?.open_ms).unwrap_or(i64::MAX);
        Ok((heard_ms, by_server(self.now_ms()).max(written_ms).max(heard_ms.saturating_add(open_ms))))
    }

    /// The newest acknowledgement of this life. It may have been changed on the disk, so its signature is checked again.
    async fn newest_ack(&self, till: &Till) -> Result<Option<Ack>, DeviceError> {
        let name = Key::Name(mark::ack(till.identity.life()));
        let Some(signed) = self.inner.parts.store.get(Table::Meta, &name).await.map_err(read_failed)? else { return Ok(None) };
        if let Some((known, ack)) = self.inner.checked_ack.borrow().as_ref()
            && *known == signed
        {
            return Ok(Some(*ack));
        }
        let payload = till.identity.server_key.payload(Domain::Ack, &signed).await.ok();
        let ack: Option<Ack> = payload.and_then(|payload| cbor::from_slice(&payload).ok());
        let record = &till.identity.record;
        let ack = ack.filter(|ack| (ack.shop, ack.till, ack.epoch) == (record.shop, record.till, record.epoch));
        *self.inner.checked_ack.borrow_mut() = ack.map(|ack| (signed, ack));
        Ok(ack)
    }

    /// For how long the till was open since `heard_ms`.
    async fn open_time(&self, heard_ms: i64) -> Result<OpenTime, DeviceError> {
        let known = match self.inner.open_time.get() {
            Some(known) => Some(known),
            None => {
                let row = self.vault()?.get(HEARD).await.map_err(read_failed)?;
                let row = row.and_then(|bytes| cbor::from_slice::<HeardRow>(&bytes).ok());
                row.map(|HeardRow { heard_ms, open_ms }| OpenTime { heard_ms, open_ms, since: self.inner.opened_at })
            }
        };
        let now = self.uptime_ms();
        // Of a newer word nobody knows when in this page's life it came: its time begins now.
        let known = known.filter(|known| known.heard_ms == heard_ms);
        let open_ms = known.map_or(0, |known| known.open_ms.saturating_add(now.saturating_sub(known.since)));
        let time = OpenTime { heard_ms, open_ms, since: now };
        self.inner.open_time.set(Some(time));
        Ok(time)
    }

    /// Writes it down, if it is worth it.
    pub(super) async fn keep_open_time(&self) -> Result<(), DeviceError> {
        let Some(OpenTime { heard_ms, .. }) = self.inner.open_time.get() else { return Ok(()) };
        let OpenTime { open_ms, .. } = self.open_time(heard_ms).await?;
        if open_ms.abs_diff(self.inner.open_ms_kept.get()) < KEEP_MS {
            return Ok(());
        }
        let bytes = cbor::to_vec(&HeardRow { heard_ms, open_ms }).map_err(|_| DeviceError::WriteFailed)?;
        let change = vec![VaultChange::Put(HEARD.into(), bytes)];
        self.vault()?.change(change).await.map_err(|error| write_failed(&error))?;
        self.inner.open_ms_kept.set(open_ms);
        Ok(())
    }
}

fn works_here(config: &Config, staff: StaffId) -> bool {
    config.staff.iter().any(|member| member.id == staff)
}
