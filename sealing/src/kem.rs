//! HPKE's base mode (RFC 9180, 5.1.1) over key and message bytes, for whichever suite the envelope names.

use hpke::{
    Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable,
    aead::{Aead, AeadCtxR, AeadCtxS},
    kdf::Kdf,
};

use crate::random::{Handed, Random};

/// HPKE's KEM 0x0020.
pub(crate) type X25519 = hpke::kem::X25519HkdfSha256;
/// HPKE's KEM 0x647a, X25519 and ML-KEM-768 together (draft-ietf-hpke-pq).
pub(crate) type XWing = hpke::kem::XWing;
/// HPKE's KDF 0x0001, used with both KEMs.
pub(crate) type HkdfSha256 = hpke::kdf::HkdfSha256;

/// The sender's end of a fresh session.
pub(crate) struct Sender<A: Aead, D: Kdf, K: Kem> {
    /// What the receiver needs beside its private key. Not secret.
    pub(crate) encapsulated: Vec<u8>,
    pub(crate) context: AeadCtxS<A, D, K>,
}

/// A fresh session to the holder of `public`.
pub(crate) fn to<A: Aead, D: Kdf, K: Kem>(
    public: &[u8],
    info: &[u8],
    random: &mut dyn Random,
) -> Result<Sender<A, D, K>, HpkeError> {
    let public = K::PublicKey::from_bytes(public)?;
    let (encapsulated, context): (K::EncappedKey, _) =
        hpke::setup_sender_with_rng(&OpModeS::Base, &public, info, &mut Handed(random))?;
    Ok(Sender { encapsulated: encapsulated.to_bytes().to_vec(), context })
}

/// The receiver's end of the same session, at the holder of `private`.
pub(crate) fn from<A: Aead, D: Kdf, K: Kem>(
    private: &[u8],
    encapsulated: &[u8],
    info: &[u8],
) -> Result<AeadCtxR<A, D, K>, HpkeError> {
    let private = K::PrivateKey::from_bytes(private)?;
    let encapsulated = K::EncappedKey::from_bytes(encapsulated)?;
    hpke::setup_receiver(&OpModeR::Base, &private, &encapsulated, info)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use hpke::aead::{AesGcm128, AesGcm256, ExportOnlyAead};
    use serde_json::Value;

    use super::*;
    use crate::{
        derive,
        published::{self, Hex},
    };

    /// ChaCha20-Poly1305 by its number and sizes alone, which AES-256-GCM shares: exported secrets depend on nothing more of a
    /// cipher, and this one is not built in.
    struct ChaChaNumber;
    impl Aead for ChaChaNumber {
        type AeadImpl = <AesGcm256 as Aead>::AeadImpl;
        const AEAD_ID: u16 = 3;
    }

    /// The key pair from its seed, the sender from its randomness, the receiver from its key: all three must give the vector's bytes.
    fn check<A: Aead, D: Kdf, K: Kem>(vector: &Value) -> (AeadCtxS<A, D, K>, AeadCtxR<A, D, K>) {
        let info = vector.hex("info");
        let (private, public) = K::derive_keypair(&vector.hex("ikmR"));
        // X25519's keys stand unclamped in the vectors; reading one clamps it.
        assert_eq!(private.to_bytes(), K::PrivateKey::from_bytes(&vector.hex("skRm")).unwrap().to_bytes());
        assert_eq!(public.to_bytes().to_vec(), vector.hex("pkRm"));
        let mut randomness = vector.hex("ikmE");
        let mut random = |out: &mut [u8]| out.copy_from_slice(&randomness.drain(..out.len()).collect::<Vec<_>>());
        let Sender { encapsulated, context: sender } = to::<A, D, K>(&vector.hex("pkRm"), &info, &mut random).unwrap();
        assert_eq!(encapsulated, vector.hex("enc"));
        let receiver = from::<A, D, K>(&vector.hex("skRm"), &vector.hex("enc"), &info).unwrap();
        let exports = vector["exports"].as_array().unwrap();
        assert!(exports.len() >= 3);
        for export in exports {
            let mut out = vec![0; usize::try_from(export["L"].as_u64().unwrap()).unwrap()];
            sender.export(&export.hex("exporter_context"), &mut out).unwrap();
            assert_eq!(out, export.hex("exported_value"));
            out.fill(0);
            receiver.export(&export.hex("exporter_context"), &mut out).unwrap();
            assert_eq!(out, export.hex("exported_value"));
        }
        (sender, receiver)
    }

    fn check_messages<A: Aead, D: Kdf, K: Kem>(vector: &Value) {
        let (mut sender, mut receiver) = check::<A, D, K>(vector);
        let messages = vector["encryptions"].as_array().unwrap();
        assert_eq!(messages.len(), 10);
        for message in messages {
            let (plain, aad) = (message.hex("pt"), message.hex("aad"));
            assert_eq!(sender.seal(&plain, &aad).unwrap(), message.hex("ct"));
            assert_eq!(receiver.open(&message.hex("ct"), &aad).unwrap(), plain);
        }
    }

    /// RFC 9180, appendix A: base mode, DHKEM(X25519), HKDF-SHA-256.
    #[test]
    fn rfc_9180_x25519() {
        let vectors = published::array("hpke/rfc9180-base-x25519-sha256.json");
        assert_eq!(vectors.len(), 3);
        check_messages::<AesGcm128, HkdfSha256, X25519>(&vectors[0]);
        check_messages::<AesGcm256, HkdfSha256, X25519>(&vectors[1]);
        check::<ExportOnlyAead, HkdfSha256, X25519>(&vectors[2]);
    }

    /// Go's X-Wing vectors: with HKDF-SHA-256, which the outbox uses, and with SHAKE256.
    #[test]
    fn go_xwing() {
        let vectors = published::array("hpke/go-8aa8a04.json");
        assert_eq!(vectors.len(), 2);
        check::<ChaChaNumber, HkdfSha256, XWing>(&vectors[0]);
        check::<ChaChaNumber, hpke::kdf::KdfShake256, XWing>(&vectors[1]);
    }

    /// Wycheproof `x25519_test.json`, as far as HPKE lets: each agreed value, put through the KEM's own derivation
    /// (RFC 9180, 4.1), must be what decapsulation gives; an all-zero value must be refused.
    #[test]
    fn wycheproof_x25519() {
        let (mut agreed, mut zero) = (0, 0);
        for (_, test) in published::wycheproof("x25519_test.json") {
            let private = <X25519 as Kem>::PrivateKey::from_bytes(&test.hex("private")).unwrap();
            let encapsulated = <X25519 as Kem>::EncappedKey::from_bytes(&test.hex("public")).unwrap();
            let answer = X25519::decap(&private, None, &encapsulated);
            let shared = test.hex("shared");
            if shared.iter().all(|byte| *byte == 0) {
                assert!(answer.is_err(), "case {}", test["tcId"]);
                zero += 1;
                continue;
            }
            let suite = b"KEM\x00\x20".as_slice();
            let context = [test.hex("public"), X25519::sk_to_pk(&private).to_bytes().to_vec()].concat();
            let ikm = [b"HPKE-v1", suite, b"eae_prk", &shared].concat();
            let info = [b"\x00\x20HPKE-v1", suite, b"shared_secret", &context].concat();
            let expected = derive::key(b"", &ikm, &info);
            assert_eq!(answer.unwrap().0.as_slice(), expected.expose(), "case {}", test["tcId"]);
            agreed += 1;
        }
        assert!(agreed > 400 && zero > 10, "the file was not read: {agreed} agreed, {zero} zero");
    }
}
