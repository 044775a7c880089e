//! What people show: the journal key is wrapped once for each person, under their PIN, their passkey or both.
//!
//! Nothing is compared with anything that is stored: a proof is right if the key it gives opens the wrap.

use barrow_core::{
    bytes::Blob,
    device::DeviceError,
    ids::StaffId,
    staff::{PasskeyUse, Pin, Proof},
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    error::OpenError,
    kek::{self, Factors, MIN_ROUNDS, WrappedKey},
    local::Binding,
};
use serde::{Deserialize, Serialize};

use super::{Device, Till, lock_out::failures_name, read_failed, sign_in::place, write_failed};
use crate::{
    passkey::{PasskeyFailed, Prf, Salt, Wanted},
    random,
    vault::VaultChange,
    webcrypto::{CryptoFailed, pbkdf2},
};

/// The vault's record of a person's passkey. It holds no secret: what the passkey gives is in its authenticator alone.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct PasskeyRow {
    /// The credential's id.
    credential: Blob,
    /// What its PRF is asked with.
    #[serde(with = "cbor::bytes")]
    salt: Salt,
    /// What it is for.
    pub(super) used: PasskeyUse,
}

/// A passkey that was shown.
pub(super) struct Shown {
    row: PasskeyRow,
    prf: Prf,
}

/// What a right proof opened. Dropped, it overwrites itself.
pub(super) struct Opened {
    pub(super) key: SecretKey,
    passkey: Option<Shown>,
}

/// The vault's name for a person's wrapped key.
pub(super) fn wrap_name(staff: StaffId) -> String {
    format!("wrap/{staff}")
}

/// The vault's name for a person's passkey.
pub(super) fn passkey_name(staff: StaffId) -> String {
    format!("passkey/{staff}")
}

impl Device {
    /// Looks at a proof: right, it gives the journal key, and earlier failures are forgiven; wrong, it is counted and journalled.
    /// Call it while holding the turn to sign in.
    pub(super) async fn look_at(&self, till: &Till, staff: StaffId, proof: &Proof) -> Result<Opened, DeviceError> {
        let failures = self.may_try(staff).await?;
        let bytes = self.vault()?.get(&wrap_name(staff)).await.map_err(read_failed)?.ok_or(DeviceError::NoPin)?;
        let wrapped: WrappedKey = cbor::from_slice(&bytes).map_err(|_| DeviceError::Damaged)?;
        wrapped.check().map_err(|_| DeviceError::Damaged)?;
        let row = self.passkey_of(staff).await?;
        let pin = match (proof, row.as_ref().map(|row| row.used)) {
            (Proof::Pin(pin), None) | (Proof::PinAndPasskey(pin), Some(PasskeyUse::WithPin)) => Some(pin),
            // Nothing is stretched here, so nobody may have said that it is.
            (Proof::Passkey, Some(PasskeyUse::Alone)) if wrapped.rounds == MIN_ROUNDS => None,
            (Proof::Passkey, Some(PasskeyUse::Alone)) => return Err(DeviceError::Damaged),
            // Another way to sign in than this person's: there is nothing that it could be tried on.
            _ => return Err(DeviceError::Passkey),
        };
        let passkey = match row {
            Some(row) => {
                // Closing the dialog is no wrong proof: nothing was tried.
                let prf = self.inner.parts.passkeys.prf(&row.credential.0, &row.salt).await.map_err(not_shown)?;
                Some(Shown { row, prf })
            }
            None => None,
        };
        let prf = passkey.as_ref().map(|shown| &*shown.prf);
        let kek = derive(till, staff, pin, prf, &wrapped.salt, wrapped.rounds).await?;
        match kek::unwrap(&kek, &wrap_place(till, staff), &wrapped) {
            Ok(key) => {
                self.forgive(staff, failures).await?;
                Ok(Opened { key, passkey })
            }
            Err(OpenError::Refused) => {
                let count = self.count_wrong(staff, failures).await?;
                Err(if pin.is_some() { DeviceError::WrongPin { count } } else { DeviceError::Passkey })
            }
            Err(_) => Err(DeviceError::Damaged),
        }
    }

    /// Looks at another person's proof, and keeps nothing of it.
    pub(super) async fn look_at_approver(&self, by: StaffId, proof: &Proof) -> Result<(), DeviceError> {
        let till = self.enrolled()?;
        self.signed_in()?;
        let opened = self.look_at(&till, by, proof).await?;
        self.config_for(&till, by, &opened.key).await.map(drop)
    }

    /// Wraps the signed-in person's key anew. The old wrap, and what it was made with, is gone when the new one is there.
    pub(super) async fn wrap_anew(&self, from: &Proof, to: &Proof) -> Result<(), DeviceError> {
        let till = self.enrolled()?;
        let staff = self.signed_in()?;
        let Opened { key, passkey } = self.look_at(&till, staff, from).await?;
        let passkey = match (used_in(to), passkey) {
            (None, _) => None,
            // The passkey stays, and was shown just now; only what goes with it changes.
            (Some(used), Some(Shown { row, prf })) => Some(Shown { row: PasskeyRow { used, ..row }, prf }),
            (Some(used), None) => Some(self.new_passkey(staff, used).await?),
        };
        // The dialog takes its time, and the till may have been locked meanwhile.
        if self.signed_in()? != staff {
            return Err(DeviceError::Locked);
        }
        let changes = wrapping(&till, staff, pin_in(to), passkey, &key).await?;
        self.vault()?.change(changes).await.map_err(|error| write_failed(&error))
    }

    async fn new_passkey(&self, staff: StaffId, used: PasskeyUse) -> Result<Shown, DeviceError> {
        let passkeys = &self.inner.parts.passkeys;
        if !passkeys.possible().await {
            return Err(DeviceError::NoPasskeys);
        }
        let names = self.names().await.unwrap_or_default();
        let person = names.people.iter().find(|(id, _)| *id == staff).map_or("", |(_, name)| name.as_str());
        let salt: Salt = random::bytes();
        let made = passkeys.make(Wanted { shop_name: &names.shop_name, person, salt: &salt }).await.map_err(not_shown)?;
        let prf = match made.prf {
            Some(prf) => prf,
            // Most authenticators give it only to who asks again.
            None => passkeys.prf(&made.credential, &salt).await.map_err(not_shown)?,
        };
        Ok(Shown { row: PasskeyRow { credential: Blob(made.credential), salt, used }, prf })
    }

    /// A person's passkey.
    pub(super) async fn passkey_of(&self, staff: StaffId) -> Result<Option<PasskeyRow>, DeviceError> {
        let Some(bytes) = self.vault()?.get(&passkey_name(staff)).await.map_err(read_failed)? else { return Ok(None) };
        cbor::from_slice(&bytes).map(Some).map_err(|_| DeviceError::Damaged)
    }

    fn signed_in(&self) -> Result<StaffId, DeviceError> {
        self.inner.session.borrow().as_ref().map(|open| open.staff).ok_or(DeviceError::Locked)
    }
}

/// What it takes to open `key` by these from now on, and by nothing else of this person's.
pub(super) async fn wrapping(
    till: &Till,
    staff: StaffId,
    pin: Option<&Pin>,
    passkey: Option<Shown>,
    key: &SecretKey,
) -> Result<Vec<VaultChange>, DeviceError> {
    let salt = random::bytes();
    let kek = derive(till, staff, pin, passkey.as_ref().map(|shown| &*shown.prf), &salt, MIN_ROUNDS).await?;
    let wrapped = kek::wrap(&kek, key, &wrap_place(till, staff), salt, MIN_ROUNDS, random::bytes());
    let encoded = |bytes: Result<Vec<u8>, _>| bytes.map_err(|_: barrow_sealing::error::CodecError| DeviceError::Damaged);
    let wrapped = encoded(cbor::to_vec(&wrapped.map_err(|_| DeviceError::Damaged)?))?;
    let passkey = match passkey {
        Some(shown) => VaultChange::Put(passkey_name(staff), encoded(cbor::to_vec(&shown.row))?),
        None => VaultChange::Delete(passkey_name(staff)),
    };
    Ok(vec![VaultChange::Put(wrap_name(staff), wrapped), passkey, VaultChange::Delete(failures_name(staff))])
}

/// The key-encryption key of one person: from what they show, and from the device secret that never leaves this browser.
async fn derive(
    till: &Till,
    staff: StaffId,
    pin: Option<&Pin>,
    prf: Option<&[u8; 32]>,
    salt: &[u8; 16],
    rounds: u32,
) -> Result<SecretKey, DeviceError> {
    let failed = |CryptoFailed| DeviceError::Damaged;
    let from_pin = match pin {
        Some(pin) => Some(pbkdf2(pin.expose(), salt, rounds).await.map_err(failed)?),
        None => None,
    };
    let factors = match (from_pin.as_deref(), prf) {
        (Some(pin), None) => Factors::Pin(pin),
        (None, Some(prf)) => Factors::Passkey(prf),
        (Some(pin), Some(prf)) => Factors::PinAndPasskey { pin, prf },
        (None, None) => return Err(DeviceError::Damaged),
    };
    let from_device = till.keys.secret.mac(salt).await.map_err(failed)?;
    let record = &till.identity.record;
    Ok(kek::derive_kek(factors, &from_device, salt, record.shop.0, record.till.0, staff.0))
}

fn pin_in(proof: &Proof) -> Option<&Pin> {
    match proof {
        Proof::Pin(pin) | Proof::PinAndPasskey(pin) => Some(pin),
        Proof::Passkey => None,
    }
}

fn used_in(proof: &Proof) -> Option<PasskeyUse> {
    match proof {
        Proof::Pin(_) => None,
        Proof::Passkey => Some(PasskeyUse::Alone),
        Proof::PinAndPasskey(_) => Some(PasskeyUse::WithPin),
    }
}

fn not_shown(why: PasskeyFailed) -> DeviceError {
    match why {
        PasskeyFailed::Missing => DeviceError::NoPasskeys,
        PasskeyFailed::NotShown => DeviceError::Passkey,
    }
}

fn wrap_place(till: &Till, staff: StaffId) -> Binding<'static> {
    place(till, "wrap", staff.0)
}
