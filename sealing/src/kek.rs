//! From a PIN, a passkey or both to the journal key.
//!
//! A browser derives PBKDF2-SHA-256 of the PIN, HMACs the salt with its non-extractable device secret, and asks the passkey's
//! authenticator for its PRF output; here they become one key-encryption key by HKDF-SHA-256. So a PIN alone opens nothing away
//! from its tablet, the tablet nothing without what the person shows, and with a passkey a copied disk nothing without the
//! authenticator's hardware.

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

/// What a person shows, as secrets: what PBKDF2 made of their PIN, what their passkey's PRF gave, or both.
#[derive(Clone, Copy)]
pub enum Factors<'a> {
    /// PBKDF2-SHA-256 of the PIN.
    Pin(&'a [u8; 32]),
    /// The passkey's PRF output, in place of a PIN.
    Passkey(&'a [u8; 32]),
    /// Both: neither opens anything alone.
    PinAndPasskey {
        /// PBKDF2-SHA-256 of the PIN.
        pin: &'a [u8; 32],
        /// The passkey's PRF output.
        prf: &'a [u8; 32],
    },
}

/// The key-encryption key of one member of staff on one till: HKDF-SHA-256 with `salt` over what they show and `device`, the HMAC
/// with the device secret.
///
/// | factors | secret | info |
/// |---|---|---|
/// | PIN | `pin ‖ device` | `barrow/kek/v1\|<shop>\|<till>\|<staff>` |
/// | passkey | `device ‖ prf` | `barrow/kek-passkey/v1\|<shop>\|<till>\|<staff>` |
/// | both | `pin ‖ device ‖ prf` | `barrow/kek-pin-passkey/v1\|<shop>\|<till>\|<staff>` |
#[must_use]
pub fn derive_kek(factors: Factors<'_>, device: &[u8; 32], salt: &[u8], shop: u64, till: u64, staff: u64) -> Key {
    let (name, parts) = match factors {
        Factors::Pin(pin) => ("kek", [Some(pin), Some(device), None]),
        Factors::Passkey(prf) => ("kek-passkey", [None, Some(device), Some(prf)]),
        Factors::PinAndPasskey { pin, prf } => ("kek-pin-passkey", [Some(pin), Some(device), Some(prf)]),
    };
    // With room for all of them at once: a vector that grows leaves a copy behind that nobody overwrites.
    let mut secret = Zeroizing::new(Vec::with_capacity(3 * 32));
    parts.into_iter().flatten().for_each(|part| secret.extend_from_slice(part));
    derive::key(salt, &secret, format!("barrow/{name}/v1|{shop}|{till}|{staff}").as_bytes())
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

    const PIN: [u8; 32] = [1; 32];
    const PRF: [u8; 32] = [5; 32];

    fn kek() -> Key {
        derive_kek(Factors::Pin(&PIN), &[2; 32], &[3; 16], 1, 2, 3)
    }

    fn wrapped() -> WrappedKey {
        wrap(&kek(), &Key::new([9; 32]), &PLACE, [3; 16], MIN_ROUNDS, [4; 12]).unwrap()
    }

    #[test]
    fn the_right_pin_on_the_right_tablet_opens_it_and_nothing_else_does() {
        assert_eq!(unwrap(&kek(), &PLACE, &wrapped()).unwrap().expose(), &[9; 32]);
        let others = [
            derive_kek(Factors::Pin(&[0; 32]), &[2; 32], &[3; 16], 1, 2, 3),
            derive_kek(Factors::Pin(&PIN), &[0; 32], &[3; 16], 1, 2, 3),
            derive_kek(Factors::Pin(&PIN), &[2; 32], &[0; 16], 1, 2, 3),
            derive_kek(Factors::Pin(&PIN), &[2; 32], &[3; 16], 0, 2, 3),
            derive_kek(Factors::Pin(&PIN), &[2; 32], &[3; 16], 1, 0, 3),
            derive_kek(Factors::Pin(&PIN), &[2; 32], &[3; 16], 1, 2, 0),
            derive_kek(Factors::Passkey(&PIN), &[2; 32], &[3; 16], 1, 2, 3),
            derive_kek(Factors::PinAndPasskey { pin: &PIN, prf: &PRF }, &[2; 32], &[3; 16], 1, 2, 3),
            derive_roster_key(&[2; 32]),
        ];
        for other in others {
            assert_eq!(unwrap(&other, &PLACE, &wrapped()).err(), Some(OpenError::Refused));
        }
        assert_eq!(unwrap(&kek(), &Binding { seq: 4, ..PLACE }, &wrapped()).err(), Some(OpenError::Refused));
    }

    #[test]
    fn beside_a_passkey_the_pin_alone_opens_nothing_nor_the_passkey() {
        let with = |factors| derive_kek(factors, &[2; 32], &[3; 16], 1, 2, 3);
        let both = |pin, prf| with(Factors::PinAndPasskey { pin, prf });
        let wrapped = wrap(&both(&PIN, &PRF), &Key::new([9; 32]), &PLACE, [3; 16], MIN_ROUNDS, [4; 12]).unwrap();
        assert_eq!(unwrap(&both(&PIN, &PRF), &PLACE, &wrapped).unwrap().expose(), &[9; 32]);
        let others = [
            with(Factors::Pin(&PIN)),
            with(Factors::Passkey(&PRF)),
            both(&PIN, &[0; 32]),
            both(&[0; 32], &PRF),
            both(&PRF, &PIN),
            derive_kek(Factors::PinAndPasskey { pin: &PIN, prf: &PRF }, &[0; 32], &[3; 16], 1, 2, 3),
        ];
        for other in others {
            assert_eq!(unwrap(&other, &PLACE, &wrapped).err(), Some(OpenError::Refused));
        }
    }

    /// The same 64 secret bytes stand for different factors.
    #[test]
    fn factors_are_told_apart_by_more_than_their_bytes() {
        let of_pin = derive_kek(Factors::Pin(&PIN), &PRF, &[3; 16], 1, 2, 3);
        let of_passkey = derive_kek(Factors::Passkey(&PRF), &PIN, &[3; 16], 1, 2, 3);
        assert_ne!(of_pin.expose(), of_passkey.expose());
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
