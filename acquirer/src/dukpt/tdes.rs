//! DUKPT with two-key TDES: ANSI X9.24-1:2009, annex A.

use des::{
    Des, TdesEde2,
    cipher::{BlockCipherEncrypt as _, KeyInit as _},
};
use zeroize::Zeroizing;

use super::{DukptError, check_counter};

/// A two-key TDES key, wiped when it goes.
pub type Key = Zeroizing<[u8; 16]>;
/// Key set, device and, in the last 21 bits, the counter.
pub type Ksn = [u8; 10];

const COUNTER_MASK: u64 = 0x1f_ffff;
const COUNTER_BITS: u32 = 21;
/// X9.24-1, A.2: counters with more bits set are skipped by the device.
const COUNTER_ONES_MAX: u32 = 10;
/// What tells the left half's derivations from the right half's (annex A, "C0C0C0C000000000").
const HALF_MASK: u64 = 0xc0c0_c0c0_0000_0000;

/// The key that was loaded into the device that `ksn` names (the IPEK).
#[must_use]
pub fn initial_key(bdk: &[u8; 16], ksn: &Ksn) -> Key {
    let [a, b, c, d, e, f, g, h, ..] = *ksn;
    let device = u64::from_be_bytes([a, b, c, d, e, f, g, h & 0xe0]);
    join(tdes(bdk, device), tdes(&mask(bdk, HALF_MASK), device))
}

/// The key of the one transaction that `ksn` counts.
///
/// # Errors
/// [`DukptError::Counter`].
pub fn transaction_key(initial: &Key, ksn: &Ksn) -> Result<Key, DukptError> {
    let [_, _, low @ ..] = *ksn;
    let low = u64::from_be_bytes(low);
    let counter = low & COUNTER_MASK;
    check_counter(u32::try_from(counter).unwrap_or(0), COUNTER_ONES_MAX)?;
    let mut register = low & !COUNTER_MASK;
    let mut key = initial.clone();
    for bit in (0..COUNTER_BITS).rev().map(|bit| 1 << bit).filter(|bit| counter & bit != 0) {
        register |= bit;
        key = next(&key, register);
    }
    Ok(key)
}

/// The variant for PINs, with which MagTek's readers encrypt tracks.
#[must_use]
pub fn pin_key(transaction: &Key) -> Key {
    mask(transaction, 0xff)
}

/// The variant for data with the one-way step, with which ID TECH's readers encrypt tracks.
#[must_use]
pub fn data_key(transaction: &Key) -> Key {
    let variant = mask(transaction, 0xff_0000);
    let (left, right) = halves(&variant);
    join(tdes(&variant, left), tdes(&variant, right))
}

/// The non-reversible step from one key to another (A.2).
fn next(key: &Key, register: u64) -> Key {
    let half = |key: &Key| {
        let (left, right) = halves(key);
        des(left, right ^ register) ^ right
    };
    join(half(&mask(key, HALF_MASK)), half(key))
}

fn des(key: u64, block: u64) -> u64 {
    let mut block = block.to_be_bytes().into();
    Des::new(&key.to_be_bytes().into()).encrypt_block(&mut block);
    u64::from_be_bytes(block.into())
}

fn tdes(key: &[u8; 16], block: u64) -> u64 {
    let mut block = block.to_be_bytes().into();
    TdesEde2::new(&(*key).into()).encrypt_block(&mut block);
    u64::from_be_bytes(block.into())
}

fn mask(key: &[u8; 16], mask: u64) -> Key {
    let (left, right) = halves(key);
    join(left ^ mask, right ^ mask)
}

fn halves(key: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_be_bytes(*key);
    ((both >> 64) as u64, both as u64)
}

fn join(left: u64, right: u64) -> Key {
    Zeroizing::new((u128::from(left) << 64 | u128::from(right)).to_be_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::hex;

    const BDK: &str = "0123456789ABCDEFFEDCBA9876543210";

    fn array<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    fn keys(ksn: &str) -> (String, String, String) {
        let ksn = array(ksn);
        let key = transaction_key(&initial_key(&array(BDK), &ksn), &ksn).unwrap();
        let text = |key: &Key| hex::encode(&**key).to_uppercase();
        (text(&key), text(&pin_key(&key)), text(&data_key(&key)))
    }

    #[test]
    fn the_published_keys_come_out() {
        let initial = initial_key(&array(BDK), &array("FFFF9876543210E00000"));
        assert_eq!(hex::encode(&*initial), "6ac292faa1315b4d858ab3a3d7d5933a");
        let (session, pin, _) = keys("FFFF9876543210E00008");
        assert_eq!((session.as_str(), pin.as_str()), ("27F66D5244FF62E1AA6F6120EDEB4280", "27F66D5244FF621EAA6F6120EDEB427F"));
        assert_eq!(keys("62994901190000000002").2, "1A994C3E09D9ACEF3EA9BD4381EFA334");
    }

    #[test]
    fn the_initial_key_does_not_depend_on_the_counter() {
        let of = |ksn| initial_key(&array(BDK), &array(ksn));
        assert_eq!(of("FFFF9876543210E00000"), of("FFFF9876543210FFFFFF"));
        assert_ne!(of("FFFF9876543210E00000"), of("FFFF9876543210C00000"));
    }

    #[test]
    fn counters_that_no_reader_uses_are_refused() {
        let of = |ksn: &str| transaction_key(&initial_key(&array(BDK), &array(ksn)), &array(ksn)).err();
        assert_eq!(of("FFFF9876543210E00000"), Some(DukptError::Counter), "zero");
        assert_eq!(of("FFFF9876543210FFC000"), None, "seven bits");
        assert_eq!(of("FFFF9876543210FFE000"), None, "ten at most would go on");
        assert_eq!(of("FFFF9876543210E003FF"), None, "ten bits");
        assert_eq!(of("FFFF9876543210E007FF"), Some(DukptError::Counter), "eleven bits");
    }
}
