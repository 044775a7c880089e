//! Cipher block chaining with a zero IV (NIST SP 800-38A, 6.2), as readers encrypt their tracks. It does not authenticate:
//! whether what comes out is a track is for the track's parser to say.

use aes::{Aes128, Aes192, Aes256};
use des::{
    TdesEde2,
    cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit as _},
};
use zeroize::Zeroizing;

use super::DukptError;

/// The cipher under a transaction's key.
pub enum Cipher {
    /// Blocks of 8 bytes.
    Tdes(TdesEde2),
    /// Blocks of 16 bytes.
    Aes128(Aes128),
    /// Blocks of 16 bytes.
    Aes192(Aes192),
    /// Blocks of 16 bytes.
    Aes256(Aes256),
}

impl Cipher {
    /// Two-key TDES.
    #[must_use]
    pub fn tdes(key: &[u8; 16]) -> Cipher {
        Cipher::Tdes(TdesEde2::new(&(*key).into()))
    }

    /// AES, by the key's length.
    ///
    /// # Errors
    /// [`DukptError::KeyLength`].
    pub fn aes(key: &[u8]) -> Result<Cipher, DukptError> {
        let made = match key.len() {
            16 => Aes128::new_from_slice(key).map(Cipher::Aes128),
            24 => Aes192::new_from_slice(key).map(Cipher::Aes192),
            _ => Aes256::new_from_slice(key).map(Cipher::Aes256),
        };
        made.map_err(|_| DukptError::KeyLength)
    }

    /// Opens whole blocks.
    ///
    /// # Errors
    /// [`DukptError::Blocks`].
    pub fn decrypt(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DukptError> {
        match self {
            Cipher::Tdes(cipher) => decrypt(cipher, sealed),
            Cipher::Aes128(cipher) => decrypt(cipher, sealed),
            Cipher::Aes192(cipher) => decrypt(cipher, sealed),
            Cipher::Aes256(cipher) => decrypt(cipher, sealed),
        }
    }

    /// What a reader does: pads with zeros to whole blocks, and encrypts.
    #[must_use]
    pub fn encrypt(&self, clear: &[u8]) -> Vec<u8> {
        match self {
            Cipher::Tdes(cipher) => encrypt(cipher, clear),
            Cipher::Aes128(cipher) => encrypt(cipher, clear),
            Cipher::Aes192(cipher) => encrypt(cipher, clear),
            Cipher::Aes256(cipher) => encrypt(cipher, clear),
        }
    }
}

fn decrypt<C: BlockCipherDecrypt + BlockSizeUser>(cipher: &C, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DukptError> {
    let size = C::block_size();
    if sealed.is_empty() || !sealed.len().is_multiple_of(size) {
        return Err(DukptError::Blocks);
    }
    let mut clear = Zeroizing::new(sealed.to_vec());
    let before = std::iter::once(&[0; 16][..size]).chain(sealed.chunks_exact(size));
    for (block, before) in clear.chunks_exact_mut(size).zip(before) {
        let whole: &mut Block<C> = (&mut *block).try_into().map_err(|_| DukptError::Blocks)?;
        cipher.decrypt_block(whole);
        block.iter_mut().zip(before).for_each(|(byte, before)| *byte ^= before);
    }
    Ok(clear)
}

fn encrypt<C: BlockCipherEncrypt + BlockSizeUser>(cipher: &C, clear: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(clear.len().next_multiple_of(C::block_size()));
    let mut block = Block::<C>::default();
    for chunk in clear.chunks(C::block_size()) {
        block.iter_mut().zip(chunk).for_each(|(byte, clear)| *byte ^= clear);
        cipher.encrypt_block(&mut block);
        sealed.extend_from_slice(&block);
    }
    sealed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::hex;

    /// NIST SP 800-38A, F.2 (first two blocks), with the published IV undone by the first block of plain text.
    #[test]
    fn the_published_aes_blocks_come_out() {
        let iv = hex::decode("000102030405060708090a0b0c0d0e0f").unwrap();
        let plain = hex::decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").unwrap();
        let under_zero: Vec<u8> = plain.iter().enumerate().map(|(at, byte)| byte ^ iv.get(at).copied().unwrap_or(0)).collect();
        for (key, sealed) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a",
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
            ),
        ] {
            let cipher = Cipher::aes(&hex::decode(key).unwrap()).unwrap();
            assert_eq!(hex::encode(&cipher.encrypt(&under_zero)), sealed);
            assert_eq!(*cipher.decrypt(&hex::decode(sealed).unwrap()).unwrap(), under_zero);
        }
    }

    #[test]
    fn only_whole_blocks_are_opened() {
        let (tdes, aes) = (Cipher::tdes(&[1; 16]), Cipher::aes(&[1; 16]).unwrap());
        for (length, by_tdes, by_aes) in
            [(0, false, false), (1, false, false), (8, true, false), (16, true, true), (17, false, false)]
        {
            assert_eq!(tdes.decrypt(&vec![9; length]).is_ok(), by_tdes, "{length}");
            assert_eq!(aes.decrypt(&vec![9; length]).is_ok(), by_aes, "{length}");
        }
        assert!(Cipher::aes(&[0; 17]).is_err());
    }

    #[test]
    fn what_is_encrypted_is_padded_with_zeros() {
        let cipher = Cipher::tdes(&[3; 16]);
        assert_eq!(*cipher.decrypt(&cipher.encrypt(b"123456789")).unwrap(), b"123456789\0\0\0\0\0\0\0");
    }
}
