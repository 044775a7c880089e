//! From a PIN to the journal key.
//!
//! A browser derives PBKDF2-SHA-256 of the PIN and HMACs the salt with its non-extractable device secret; here the two become
//! one key-encryption key by HKDF-SHA-256. So a PIN alone opens nothing away from its tablet, and the tablet nothing without a PIN.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    cbor, derive,
    error::{OpenError, SealError},
    key::Key,
    local::{self, Binding, Namespace},
};

/// The fewest PBKDF2-SHA-256 rounds that are accepted.
pub const MIN_ROUNDS: u32 = 600_000;

/// The most: a changed record must not stop a till for minutes.
pub const MAX_ROUNDS: u32 = 10_000_000;

const VERSION: u8 = 1;

/// The key-encryption key of one member of staff on one till: HKDF-SHA-256 of `pbkdf2 ‖ device` with `salt` and the info
/// `barrow/kek/v1|<shop>|<till>|<staff>`. `pbkdf2` comes from the PIN, `device` from the HMAC with the device secret.
#[must_use]
pub fn derive_kek(pbkdf2: &[u8; 32], device: &[u8; 32], salt: &[u8], shop: u64, till: u64, staff: u64) -> Key {
    let mut secret = Zeroizing::new([0; 64]);
    let (pin_half, device_half) = secret.split_at_mut(32);
    pin_half.copy_from_slice(pbkdf2);
    device_half.copy_from_slice(device);
    derive::key(salt, secret.as_slice(), format!("barrow/kek/v1|{shop}|{till}|{staff}").as_bytes())
}

/// The key of the staff roster, which must be readable before anybody's PIN: HKDF-SHA-256 of `device` alone, with the info
/// `barrow/roster-key/v1`. It keeps names out of a plain search of the disk, and does not resist who can run code on the tablet.
#[must_use]
pub fn derive_roster_key(device: &[u8; 32]) -> Key {
    derive::key(b"", device, b"barrow/roster-key/v1")
}

/// The journal key, wrapped for one member of staff, with what it takes to derive the KEK again from a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// Version of the derivation, `1`.
    pub v: u8,
    /// PBKDF2's and HKDF's salt.
    #[serde(with = "cbor::bytes")]
    pub salt: [u8; 16],
    /// PBKDF2's rounds, [`MIN_ROUNDS`] to [`MAX_ROUNDS`].
    pub rounds: u32,
    /// The journal key as [`local`] seals it in [`Namespace::JournalKey`].
    #[serde(with = "cbor::bytes")]
    pub sealed: Vec<u8>,
}

impl WrappedKey {
    /// To be asked before the derivation is begun: is this a record that the PIN can be tried on?
    ///
    /// # Errors
    /// [`OpenError::Version`]; [`OpenError::Rounds`]; [`OpenError::Length`] if no key can be inside.
    pub fn check(&self) -> Result<(), OpenError> {
        if self.v != VERSION {
            return Err(OpenError::Version(self.v));
        }
        if !rounds_are_sane(self.rounds) {
            return Err(OpenError::Rounds);
        }
        if self.sealed.len() == 32 + local::OVERHEAD { Ok(()) } else { Err(OpenError::Length) }
    }
}

/// Wraps the journal key under a KEK. `binding.store` names the store of wrapped keys, `binding.seq` the member of staff;
/// `salt` and `rounds` are those that the KEK was derived with; `nonce` is 12 fresh random bytes.
///
/// # Errors
/// [`SealError::Rounds`]; [`SealError::StoreName`].
pub fn wrap(
    kek: &Key,
    journal_key: &Key,
    binding: &Binding<'_>,
    salt: [u8; 16],
    rounds: u32,
    nonce: [u8; 12],
) -> Result<WrappedKey, SealError> {
    if !rounds_are_sane(rounds) {
        return Err(SealError::Rounds);
    }
    let sealed = local::seal(kek, Namespace::JournalKey, binding, nonce, journal_key.expose())?;
    Ok(WrappedKey { v: VERSION, salt, rounds, sealed })
}

/// The journal key, if the KEK is right: [`OpenError::Refused`] is a wrong PIN or another tablet.
///
/// # Errors
/// As [`WrappedKey::check`] and [`local::open`].
pub fn unwrap(kek: &Key, binding: &Binding<'_>, wrapped: &WrappedKey) -> Result<Key, OpenError> {
    wrapped.check()?;
    let plain = local::open(kek, Namespace::JournalKey, binding, &wrapped.sealed)?;
    Key::from_slice(&plain).map_err(|_| OpenError::Length)
}

fn rounds_are_sane(rounds: u32) -> bool {
    (MIN_ROUNDS..=MAX_ROUNDS).contains(&rounds)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    const PLACE: Binding<'static> = Binding { shop: 1, till: 2, store: "staff-keys", seq: 3 };

    fn kek() -> Key {
        derive_kek(&[1; 32], &[2; 32], &[3; 16], 1, 2, 3)
    }

    fn wrapped() -> WrappedKey {
        wrap(&kek(), &Key::new([9; 32]), &PLACE, [3; 16], MIN_ROUNDS, [4; 12]).unwrap()
    }

    #[test]
    fn the_right_pin_on_the_right_tablet_opens_it_and_nothing_else_does() {
        assert_eq!(unwrap(&kek(), &PLACE, &wrapped()).unwrap().expose(), &[9; 32]);
        let others = [
            derive_kek(&[0; 32], &[2; 32], &[3; 16], 1, 2, 3),
            derive_kek(&[1; 32], &[0; 32], &[3; 16], 1, 2, 3),
            derive_kek(&[1; 32], &[2; 32], &[0; 16], 1, 2, 3),
            derive_kek(&[1; 32], &[2; 32], &[3; 16], 0, 2, 3),
            derive_kek(&[1; 32], &[2; 32], &[3; 16], 1, 0, 3),
            derive_kek(&[1; 32], &[2; 32], &[3; 16], 1, 2, 0),
            derive_roster_key(&[2; 32]),
        ];
        for other in others {
            assert_eq!(unwrap(&other, &PLACE, &wrapped()).err(), Some(OpenError::Refused));
        }
        assert_eq!(unwrap(&kek(), &Binding { seq: 4, ..PLACE }, &wrapped()).err(), Some(OpenError::Refused));
    }

    #[test]
    fn impossible_records_are_named_before_anything_is_derived() {
        let changed = |change: fn(&mut WrappedKey)| {
            let mut record = wrapped();
            change(&mut record);
            record.check()
        };
        assert_eq!(changed(|_| ()), Ok(()));
        assert_eq!(changed(|record| record.v = 2), Err(OpenError::Version(2)));
        assert_eq!(changed(|record| record.rounds = MIN_ROUNDS - 1), Err(OpenError::Rounds));
        assert_eq!(changed(|record| record.rounds = u32::MAX), Err(OpenError::Rounds));
        assert_eq!(changed(|record| record.sealed.push(0)), Err(OpenError::Length));
        assert_eq!(wrap(&kek(), &Key::new([9; 32]), &PLACE, [3; 16], 1000, [4; 12]), Err(SealError::Rounds));
    }

    #[test]
    fn survives_cbor() {
        let bytes = cbor::to_vec(&wrapped()).unwrap();
        assert_eq!(cbor::from_slice::<WrappedKey>(&bytes).unwrap(), wrapped());
    }
}
