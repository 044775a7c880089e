//! DUKPT with AES: ANSI X9.24-3:2017, 6.3.

use ::aes::{
    Aes128, Aes192, Aes256,
    cipher::{Array, BlockCipherEncrypt as _, KeyInit as _},
};
use zeroize::Zeroizing;

use super::{DukptError, check_counter};

/// The 12-byte KSN: initial key id and counter.
pub type Ksn = [u8; 12];

/// X9.24-3, 6.3: counters with more bits set are skipped by the device.
const COUNTER_ONES_MAX: u32 = 16;

/// What a derived key is for (X9.24-3, table 2).
#[derive(Clone, Copy)]
enum Usage {
    InitialKey = 0x8001,
    Derivation = 0x8000,
    DataEncryption = 0x3000,
}

/// An AES key of one of the three sizes, wiped when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Key {
    /// Takes 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`DukptError::KeyLength`].
    pub fn new(bytes: &[u8]) -> Result<Key, DukptError> {
        match bytes.len() {
            16 | 24 | 32 => Ok(Key(Zeroizing::new(bytes.to_vec()))),
            _ => Err(DukptError::KeyLength),
        }
    }

    /// The secret itself, for a cipher.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// AES-128 is 2, AES-192 is 3, AES-256 is 4 (table 3).
    fn algorithm(&self) -> u16 {
        match self.0.len() {
            16 => 2,
            24 => 3,
            _ => 4,
        }
    }

    /// A key of the same size for `usage` (6.3.2, "Derive Key"); `id` is the last half of the derivation data.
    fn derive(&self, usage: Usage, id: [u8; 8]) -> Key {
        let length = self.0.len();
        let mut out = Zeroizing::new(Vec::with_capacity(32));
        for counter in 1..=u8::try_from(length.div_ceil(16)).unwrap_or(1) {
            let mut block = [0; 16];
            block[0] = 1;
            block[1] = counter;
            block[2..4].copy_from_slice(&(usage as u16).to_be_bytes());
            block[4..6].copy_from_slice(&self.algorithm().to_be_bytes());
            block[6..8].copy_from_slice(&u16::try_from(length * 8).unwrap_or(0).to_be_bytes());
            block[8..].copy_from_slice(&id);
            self.encrypt(&mut block);
            out.extend_from_slice(&block);
        }
        out.truncate(length);
        Key(out)
    }

    fn encrypt(&self, block: &mut [u8; 16]) {
        let block: &mut Array<u8, _> = block.into();
        let key = self.0.as_slice();
        if let Ok(cipher) = Aes128::new_from_slice(key) {
            cipher.encrypt_block(block);
        } else if let Ok(cipher) = Aes192::new_from_slice(key) {
            cipher.encrypt_block(block);
        } else if let Ok(cipher) = Aes256::new_from_slice(key) {
            cipher.encrypt_block(block);
        }
    }
}

/// The key that was loaded into the device with this id.
#[must_use]
pub fn initial_key(bdk: &Key, id: &[u8; 8]) -> Key {
    bdk.derive(Usage::InitialKey, *id)
}

/// The key of one transaction, from which its working keys come.
///
/// # Errors
/// [`DukptError::Counter`].
pub fn transaction_key(initial: &Key, ksn: &Ksn) -> Result<Key, DukptError> {
    let [_, _, _, _, device @ .., a, b, c, d] = *ksn;
    let counter = u32::from_be_bytes([a, b, c, d]);
    check_counter(counter, COUNTER_ONES_MAX)?;
    let mut key = initial.clone();
    let mut working = 0;
    for bit in (0..32).rev().map(|bit| 1 << bit).filter(|bit| counter & bit != 0) {
        working |= bit;
        key = key.derive(Usage::Derivation, identity(device, working));
    }
    Ok(key)
}

/// The working key for encrypting data, of the same size as the transaction's.
#[must_use]
pub fn data_key(transaction: &Key, ksn: &Ksn) -> Key {
    let [_, _, _, _, device @ .., a, b, c, d] = *ksn;
    transaction.derive(Usage::DataEncryption, identity(device, u32::from_be_bytes([a, b, c, d])))
}

/// The initial key id in a KSN.
#[must_use]
pub fn key_id(ksn: &Ksn) -> [u8; 8] {
    let [id @ .., _, _, _, _] = *ksn;
    id
}

fn identity(device: [u8; 4], counter: u32) -> [u8; 8] {
    (u64::from(u32::from_be_bytes(device)) << 32 | u64::from(counter)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::hex;

    const BDK_128: &str = "FEDCBA9876543210F1F1F1F1F1F1F1F1";
    const BDK_192: &str = "FEDCBA9876543210F1F1F1F1F1F1F1F1FEDCBA9876543210";
    const BDK_256: &str = "FEDCBA9876543210F1F1F1F1F1F1F1F1FEDCBA9876543210F1F1F1F1F1F1F1F1";

    fn ksn(counter: u32) -> Ksn {
        let mut ksn = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, 0];
        ksn[8..].copy_from_slice(&counter.to_be_bytes());
        ksn
    }

    /// Initial key, transaction key and data key.
    fn keys(bdk: &str, counter: u32) -> [String; 3] {
        let initial = initial_key(&Key::new(&hex::decode(bdk).unwrap()).unwrap(), &key_id(&ksn(counter)));
        let transaction = transaction_key(&initial, &ksn(counter)).unwrap();
        let data = data_key(&transaction, &ksn(counter));
        [initial, transaction, data].map(|key| hex::encode(key.expose()).to_uppercase())
    }

    /// X9.24-3's published vectors.
    #[test]
    fn the_published_keys_come_out() {
        let of_128 = |transaction: &str, data: &str| ["1273671EA26AC29AFA4D1084127652A1", transaction, data].map(str::to_owned);
        assert_eq!(keys(BDK_128, 1), of_128("4F21B565BAD9835E112B6465635EAE44", "A35C412EFD41FDB98B69797C02DCD08F"));
        assert_eq!(keys(BDK_128, 2)[1], "2F34D68DE10F68D38091A73B9E7C437C");
        assert_eq!(keys(BDK_128, 8), of_128("718EE6CF0B27E53D5F7AF99C4D8146A2", "650F34204ABD4E57764D61AC3D266FB1"));
        assert_eq!(keys(BDK_192, 1)[0], "5B6DEE2B5B7FABFFA32591F35BF8F23DD9329AE85131E584");
        assert_eq!(
            keys(BDK_256, 1),
            [
                "CE9CE0C101D1138F97FB6CAD4DF045A7083D4EAE2D35A31789D01CCF0949550F",
                "54AC2B32B145EA4A554CB8BC44B17467063A799856B1CCC2A138D36E8DBF78B3",
                "71EB36C9A6B7F801D1D1700C29741FC5A5C4E9B45D742DA7AF6992B8AA29AF58",
            ]
        );
    }

    #[test]
    fn counters_that_no_reader_uses_are_refused() {
        let initial = Key::new(&[7; 16]).unwrap();
        for (counter, fault) in [(0, true), (0x0000_ffff, false), (0xffff_0000, false), (0x0001_ffff, true), (u32::MAX, true)] {
            assert_eq!(transaction_key(&initial, &ksn(counter)).is_err(), fault, "{counter:x}");
        }
    }

    #[test]
    fn keys_have_16_24_or_32_bytes() {
        for length in 0..40 {
            assert_eq!(Key::new(&vec![0; length]).is_ok(), [16, 24, 32].contains(&length));
        }
    }
}
