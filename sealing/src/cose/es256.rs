//! ECDSA P-256 with SHA-256 in Rust (FIPS 186-5), for the server and the simulator.

use std::fmt;

use p256::ecdsa::{
    Signature, VerifyingKey,
    signature::{Signer, Verifier},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Domain, SIGNATURE_LEN, parse, to_be_signed, write};
use crate::{
    error::{BadSignature, CodecError, VerifyError},
    random::Random,
};

/// Length of an uncompressed public key (SEC 1, 2.3.3), bytes.
const PUBLIC_LEN: usize = 65;

/// A P-256 private key: overwritten when dropped, never printed. Signatures are deterministic (RFC 6979).
#[derive(Clone)]
pub struct SigningKey(p256::ecdsa::SigningKey);

impl SigningKey {
    /// A new key from fresh randomness.
    #[must_use]
    pub fn generate(random: &mut dyn Random) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(seed.as_mut_slice());
        // Not every 32 bytes are a key, though only one draw in 2^32 is none. Hashing with a counter ends even if the source
        // gives the same bytes for ever.
        let mut counter = 0u64;
        loop {
            let digest = Sha256::new().chain_update(seed.as_slice()).chain_update(counter.to_be_bytes()).finalize();
            if let Ok(key) = Self::from_bytes(&digest) {
                return key;
            }
            counter = counter.wrapping_add(1);
        }
    }

    /// The secret scalar, 32 bytes big-endian, for the server's own key store.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// Reads what [`SigningKey::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CodecError::Length`] for anything but 32 bytes; [`CodecError::Malformed`] for zero, or the group's order and above.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() != 32 {
            return Err(CodecError::Length { expected: 32, found: bytes.len() });
        }
        match p256::ecdsa::SigningKey::from_slice(bytes) {
            Ok(key) => Ok(SigningKey(key)),
            Err(_) => Err(CodecError::Malformed("not a P-256 private key".into())),
        }
    }

    /// The public key, 65 bytes uncompressed (SEC 1), as WebCrypto's "raw" format has it.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// Signs bytes from [`to_be_signed`], or another protocol's own signature base.
    #[must_use]
    pub fn sign(&self, tbs: &[u8]) -> [u8; SIGNATURE_LEN] {
        let signature: Signature = self.0.sign(tbs);
        signature.to_bytes().into()
    }

    /// The whole signed message. One over [`crate::MAX_BYTES`] would be refused by whoever reads it.
    #[must_use]
    pub fn sign_message(&self, domain: Domain, payload: &[u8]) -> Vec<u8> {
        write(payload, &self.sign(&to_be_signed(domain, payload)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// Checks a signature (r and s, IEEE P1363) over `tbs`. Both values of s are accepted, as WebCrypto makes both.
///
/// # Errors
/// [`BadSignature`], also for a public key that is not an uncompressed P-256 point.
pub fn verify(public_sec1: &[u8], tbs: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
    if public_sec1.len() != PUBLIC_LEN {
        return Err(BadSignature);
    }
    let public = VerifyingKey::from_sec1_bytes(public_sec1).map_err(|_| BadSignature)?;
    let signature = Signature::from_slice(signature).map_err(|_| BadSignature)?;
    public.verify(tbs, &signature).map_err(|_| BadSignature)
}

/// Reads a message, checks its signature for `domain`, and gives its payload.
///
/// # Errors
/// [`VerifyError`].
pub fn verify_message(public_sec1: &[u8], domain: Domain, bytes: &[u8]) -> Result<Vec<u8>, VerifyError> {
    let signed = parse(bytes)?;
    verify(public_sec1, &signed.to_be_signed(domain), &signed.signature)?;
    Ok(signed.payload)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::published::{self, Hex};

    /// Wycheproof `ecdsa_secp256r1_sha256_p1363_test.json`, all cases.
    #[test]
    fn wycheproof() {
        let (mut valid, mut invalid) = (0, 0);
        for (group, test) in published::wycheproof("ecdsa_secp256r1_sha256_p1363_test.json") {
            // A signature of another length cannot even be handed over.
            let answer = match test.hex("sig").try_into() {
                Ok(signature) => verify(&group["publicKey"].hex("uncompressed"), &test.hex("msg"), &signature),
                Err(_) => Err(BadSignature),
            };
            assert_eq!(answer.is_ok(), test["result"] == "valid", "case {}", test["tcId"]);
            *(if answer.is_ok() { &mut valid } else { &mut invalid }) += 1;
        }
        assert!(valid > 100 && invalid > 50, "the file was not read: {valid} valid, {invalid} invalid");
    }

    #[test]
    fn a_source_that_gives_only_zeros_still_ends() {
        let key = SigningKey::generate(&mut |out: &mut [u8]| out.fill(0));
        assert!(verify(&key.public(), b"x", &key.sign(b"x")).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(matches!(SigningKey::from_bytes(&[0; 32]), Err(CodecError::Malformed(_))));
        assert!(matches!(SigningKey::from_bytes(&[0xff; 32]), Err(CodecError::Malformed(_))));
        assert!(matches!(SigningKey::from_bytes(&[1; 31]), Err(CodecError::Length { .. })));
        assert_eq!(verify(&[4; 65], b"", &[1; 64]), Err(BadSignature));
        assert_eq!(verify(&[], b"", &[1; 64]), Err(BadSignature));
    }

    #[test]
    fn is_not_printed() {
        let key = SigningKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
        assert_eq!(SigningKey::from_bytes(&*key.to_bytes()).unwrap().public(), key.public());
    }
}
