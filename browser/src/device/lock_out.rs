//! Wrong proofs are counted on the disk, and slow down what follows. How much of a wait was served is counted by a clock that
//! nobody can set, and written down again and again, so that neither a restart nor another date shortens it.

use std::rc::Rc;

use barrow_core::{
    device::DeviceError,
    ids::StaffId,
    journal::{Body, Draft},
    staff::Failures,
};
use barrow_sealing::cbor;
use wasm_bindgen_futures::spawn_local;

use super::{Device, read_failed, write_failed};
use crate::{vault::VaultChange, wait::sleep};

/// How often it is written down while somebody waits, milliseconds: what a restart costs them at most.
const KEEP_MS: u32 = 15_000;

const PREFIX: &str = "failures/";

/// The vault's name for a person's wrong proofs.
pub(super) fn failures_name(staff: StaffId) -> String {
    format!("{PREFIX}{staff}")
}

impl Device {
    /// A person's wrong proofs, as of now.
    pub(super) async fn failures(&self, staff: StaffId) -> Result<Failures, DeviceError> {
        let Some(bytes) = self.vault()?.get(&failures_name(staff)).await.map_err(read_failed)? else {
            return Ok(Failures::default());
        };
        // A count that cannot be read is a count that somebody damaged.
        let stored: Failures = cbor::from_slice(&bytes).map_err(|_| DeviceError::Damaged)?;
        let since = self.inner.served_upto.borrow().get(&staff).copied().unwrap_or(self.inner.opened_at);
        Ok(stored.served(self.uptime_ms().saturating_sub(since)))
    }

    /// May this person try now?
    pub(super) async fn may_try(&self, staff: StaffId) -> Result<Failures, DeviceError> {
        let failures = self.failures(staff).await?;
        match failures.wait_ms() {
            0 => Ok(failures),
            ms => {
                self.keep(staff, failures).await?;
                Err(DeviceError::Wait { ms })
            }
        }
    }

    /// Counts a wrong proof, on the disk before anybody is told. How many in a row.
    pub(super) async fn count_wrong(&self, staff: StaffId, failures: Failures) -> Result<u32, DeviceError> {
        let failures = failures.and_one_more();
        self.keep(staff, failures).await?;
        let turn = self.inner.writing.turn().await;
        let body = Body::LogInFailed { as_staff: staff, count: failures.count };
        // The count above is what slows a thief down; the entry is for the owner, and a full disk must not hide the answer.
        let _ = self.write(&turn, vec![Draft { at_ms: self.now_ms(), staff: None, shift: None, body }]).await;
        drop(turn);
        Ok(failures.count)
    }

    /// After a right proof, or by a manager.
    pub(super) async fn forgive(&self, staff: StaffId, failures: Failures) -> Result<(), DeviceError> {
        if failures == Failures::default() {
            return Ok(());
        }
        let forgiven = vec![VaultChange::Delete(failures_name(staff))];
        self.vault()?.change(forgiven).await.map_err(|error| write_failed(&error))
    }

    /// A manager ends a lock-out. That the person may, the core has checked.
    pub(super) async fn forget_failures(&self, of: StaffId) -> Result<(), DeviceError> {
        if self.inner.session.borrow().is_none() {
            return Err(DeviceError::Locked);
        }
        let forgiven = vec![VaultChange::Delete(failures_name(of))];
        self.vault()?.change(forgiven).await.map_err(|error| write_failed(&error))
    }

    /// Writes down again and again how long this till has been open, for as long as it is.
    pub(super) fn keep_counting(&self) {
        let inner = Rc::downgrade(&self.inner);
        spawn_local(async move {
            loop {
                sleep(KEEP_MS).await;
                let Some(inner) = inner.upgrade() else { return };
                let device = Device { inner };
                if device.vault().is_err() {
                    return;
                }
                // What fails now is counted from the same place next time.
                let _ = device.keep_served().await;
                let _ = device.keep_open_time().await;
            }
        });
    }

    async fn keep_served(&self) -> Result<(), DeviceError> {
        let _turn = self.inner.signing_in.turn().await;
        let names = self.vault()?.names(PREFIX).await.map_err(read_failed)?;
        for staff in names.iter().filter_map(|name| name.strip_prefix(PREFIX)?.parse().ok()).map(StaffId) {
            let failures = self.failures(staff).await?;
            if failures.wait_ms() > 0 {
                self.keep(staff, failures).await?;
            }
        }
        Ok(())
    }

    async fn keep(&self, staff: StaffId, failures: Failures) -> Result<(), DeviceError> {
        let upto = self.uptime_ms();
        let bytes = cbor::to_vec(&failures).map_err(|_| DeviceError::Damaged)?;
        let change = vec![VaultChange::Put(failures_name(staff), bytes)];
        self.vault()?.change(change).await.map_err(|error| write_failed(&error))?;
        self.inner.served_upto.borrow_mut().insert(staff, upto);
        Ok(())
    }
}
