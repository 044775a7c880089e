//! Who may sign in here, and how: names for the sign-in screen, sealed, and what the vault has of each person.

use barrow_core::{
    config::Config,
    device::{DeviceError, Locked, RosterEntry},
    ids::StaffId,
    staff::Failures,
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    kek::derive_roster_key,
    local::{self, Binding, Namespace},
};
use serde::{Deserialize, Serialize};

use super::{Device, lock_out::failures_name, proof::passkey_name, proof::wrap_name, write_failed};
use crate::{
    random,
    server::Identity,
    vault::{TillKeys, VaultChange},
};

/// What the roster's key is derived from.
const ROSTER_LABEL: &[u8] = b"barrow roster v1";
/// What the vault's names of a person's records begin with.
const OF_PEOPLE: [&str; 3] = ["wrap/", "passkey/", "failures/"];

/// Who may sign in, as it lies in the vault: sealed, since a locked till must show names and a search of the disk must not.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Roster {
    pub(super) shop_name: String,
    pub(super) till_name: String,
    pub(super) people: Vec<(StaffId, String)>,
}

impl Device {
    /// What a locked till shows.
    pub(super) async fn locked(&self) -> Locked {
        let names = self.names().await.unwrap_or_default();
        let roster = self.people(names.people).await;
        Locked { shop_name: names.shop_name, till_name: names.till_name, roster }
    }

    /// Each person with what the vault has of them.
    pub(super) async fn people(&self, people: Vec<(StaffId, String)>) -> Vec<RosterEntry> {
        let with_key = match self.vault() {
            Ok(vault) => vault.names("wrap/").await.unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        let mut roster = Vec::with_capacity(people.len());
        for (id, name) in people {
            let passkey = self.passkey_of(id).await.ok().flatten().map(|row| row.used);
            // A count that cannot be read lets nobody in, and a new code or a manager puts it right: as after too many tries.
            let locked_out =
                self.failures(id).await.map_or(true, |failures| failures.count >= Failures::LOCK_OUT && failures.wait_ms() > 0);
            roster.push(RosterEntry { id, name, has_pin: with_key.contains(&wrap_name(id)), passkey, locked_out });
        }
        roster
    }

    /// The names.
    pub(super) async fn names(&self) -> Option<Roster> {
        let (till, vault) = (self.till()?, self.vault().ok()?);
        let sealed = vault.get("roster").await.ok()??;
        let key = roster_key(&till.keys).await.ok()?;
        let plain = local::open(&key, Namespace::Roster, &roster_place(&till.identity), &sealed).ok()?;
        cbor::from_slice(&plain).ok()
    }

    /// The roster of a new configuration takes the old one's place; who left loses the wrapped key and all that goes with it.
    pub(super) async fn keep_roster(&self, config: &Config) -> Result<(), DeviceError> {
        let (till, vault) = (self.enrolled()?, self.vault()?);
        let mut changes = vec![VaultChange::Put("roster".into(), sealed_roster(&till.keys, &till.identity, config).await?)];
        let stay: Vec<String> = config
            .staff
            .iter()
            .flat_map(|member| [wrap_name(member.id), passkey_name(member.id), failures_name(member.id)])
            .collect();
        changes.extend(self.forget_people(|name| !stay.iter().any(|kept| kept == name)).await?);
        vault.change(changes).await.map_err(|error| write_failed(&error))
    }

    /// What deletes the records of people whose names `leaves` wants gone.
    pub(super) async fn forget_people(&self, leaves: impl Fn(&str) -> bool) -> Result<Vec<VaultChange>, DeviceError> {
        let vault = self.vault()?;
        let mut changes = Vec::new();
        for prefix in OF_PEOPLE {
            let names = vault.names(prefix).await.map_err(|error| write_failed(&error))?;
            changes.extend(names.into_iter().filter(|name| leaves(name)).map(VaultChange::Delete));
        }
        Ok(changes)
    }
}

/// The roster of `config`, as it lies in the vault.
pub(super) async fn sealed_roster(keys: &TillKeys, identity: &Identity, config: &Config) -> Result<Vec<u8>, DeviceError> {
    let roster = Roster {
        shop_name: config.shop_name.clone(),
        till_name: config.till_name.clone(),
        people: config.staff.iter().map(|member| (member.id, member.name.clone())).collect(),
    };
    let plain = cbor::to_vec(&roster).map_err(|_| DeviceError::Damaged)?;
    let key = roster_key(keys).await?;
    local::seal(&key, Namespace::Roster, &roster_place(identity), random::bytes(), &plain).map_err(|_| DeviceError::Damaged)
}

pub(super) async fn roster_key(keys: &TillKeys) -> Result<SecretKey, DeviceError> {
    let mac = keys.secret.mac(ROSTER_LABEL).await.map_err(|_| DeviceError::Damaged)?;
    Ok(derive_roster_key(&mac))
}

fn roster_place(identity: &Identity) -> Binding<'static> {
    let record = &identity.record;
    Binding { shop: record.shop.0, till: record.till.0, store: "roster", seq: u64::from(record.epoch.0) }
}
