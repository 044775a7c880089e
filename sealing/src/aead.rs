//! AES-256-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D). Private: what others see are envelopes.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use zeroize::Zeroizing;

use crate::{
    MAX_BYTES,
    error::{OpenError, SealError},
    key::Key,
};

/// Length of the tag behind every ciphertext, bytes.
pub(crate) const TAG_LEN: usize = 16;

/// Appends ciphertext and tag of `plain` to `out`. A nonce must never come twice under one key with different contents.
pub(crate) fn seal_onto(out: &mut Vec<u8>, key: &Key, nonce: &[u8; 12], ad: &[u8], plain: &[u8]) -> Result<(), SealError> {
    let too_long = SealError::TooLong { limit: MAX_BYTES, found: plain.len() };
    if plain.len() > MAX_BYTES {
        return Err(too_long);
    }
    let start = out.len();
    // Reserved at once: a later move of the buffer would leave a copy of the clear text behind.
    out.reserve_exact(plain.len() + TAG_LEN);
    out.extend_from_slice(plain);
    let (_, body) = out.split_at_mut(start);
    let tag = cipher(key).encrypt_inout_detached(nonce.into(), ad, body.into()).map_err(|_| too_long)?;
    out.extend_from_slice(&tag);
    Ok(())
}

/// The clear text of `sealed`, which is ciphertext and tag.
pub(crate) fn open(key: &Key, nonce: &[u8; 12], ad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    if sealed.len() > MAX_BYTES + TAG_LEN {
        return Err(OpenError::Length);
    }
    let (body, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(OpenError::Length)?;
    let mut plain = Zeroizing::new(body.to_vec());
    cipher(key)
        .decrypt_inout_detached(nonce.into(), ad, plain.as_mut_slice().into(), tag.into())
        .map_err(|_| OpenError::Refused)?;
    Ok(plain)
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::published::{self, Hex};

    /// Wycheproof `aes_gcm_test.json`, all cases with a 256-bit key, a 96-bit nonce and a 128-bit tag.
    #[test]
    fn wycheproof() {
        let (mut valid, mut invalid) = (0, 0);
        for (group, test) in published::wycheproof("aes_gcm_test.json") {
            if group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128 {
                continue;
            }
            let key = Key::from_slice(&test.hex("key")).unwrap();
            let nonce: [u8; 12] = test.hex("iv").try_into().unwrap();
            let (ad, plain) = (test.hex("aad"), test.hex("msg"));
            let sealed = [test.hex("ct"), test.hex("tag")].concat();
            if test["result"] == "valid" {
                let mut out = Vec::new();
                seal_onto(&mut out, &key, &nonce, &ad, &plain).unwrap();
                assert_eq!(out, sealed, "sealing, case {}", test["tcId"]);
                assert_eq!(*open(&key, &nonce, &ad, &sealed).unwrap(), plain, "opening, case {}", test["tcId"]);
                valid += 1;
            } else {
                assert_eq!(open(&key, &nonce, &ad, &sealed), Err(OpenError::Refused), "case {}", test["tcId"]);
                invalid += 1;
            }
        }
        assert!(valid >= 30 && invalid >= 15, "the file was not read: {valid} valid, {invalid} invalid");
    }

    #[test]
    fn too_long_is_refused_both_ways() {
        let long = vec![0; MAX_BYTES + TAG_LEN + 1];
        let key = Key::new([1; 32]);
        assert_eq!(
            seal_onto(&mut Vec::new(), &key, &[0; 12], b"", &long),
            Err(SealError::TooLong { limit: MAX_BYTES, found: long.len() })
        );
        assert_eq!(open(&key, &[0; 12], b"", &long), Err(OpenError::Length));
        assert_eq!(open(&key, &[0; 12], b"", &[0; TAG_LEN - 1]), Err(OpenError::Length));
    }
}
