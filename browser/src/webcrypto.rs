//! Keys that never leave the browser: made, used and kept by WebCrypto.
//!
//! ECDSA P-256 and HMAC-SHA-256 keys are non-extractable; what is unwrapped by a PIN is `barrow_sealing`'s business. RSA, which
//! `barrow_sealing` leaves to others, is done here.

use barrow_sealing::cose::{self, Domain, SIGNATURE_LEN};
use js_sys::{Array, Object, Uint8Array};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use crate::{
    base64,
    scope::{object, property, scope},
};

/// WebCrypto is missing, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the browser's cryptography does not answer")]
pub struct CryptoFailed;

/// Why a signed message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotSigned {
    /// It is not signed by this key for this domain, or is no signed message at all.
    #[error("the message is not signed by the key that was expected")]
    Forged,
    /// WebCrypto did not answer.
    #[error(transparent)]
    Crypto(#[from] CryptoFailed),
}

/// A till's signing key.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// Non-extractable.
    pub private: CryptoKey,
    /// SEC 1 uncompressed, 65 bytes.
    pub public: Vec<u8>,
}

impl SigningKey {
    /// A new key pair; its private half cannot be read out.
    pub async fn make() -> Result<SigningKey, CryptoFailed> {
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let pair = wait(subtle()?.generate_key_with_object(&ecdsa_p256(), false, &usages)).await?;
        let private = property(&pair, "privateKey").dyn_into().map_err(|_| CryptoFailed)?;
        let public: CryptoKey = property(&pair, "publicKey").dyn_into().map_err(|_| CryptoFailed)?;
        let raw = wait(subtle()?.export_key("raw", &public)).await?;
        Ok(SigningKey { private, public: Uint8Array::new(&raw).to_vec() })
    }

    /// ES256 over `message`: r and s, as COSE and HTTP signatures have it.
    pub async fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], CryptoFailed> {
        let signature = wait(subtle()?.sign_with_object_and_u8_array(&ecdsa_sha256(), &self.private, message)).await?;
        Uint8Array::new(&signature).to_vec().try_into().map_err(|_| CryptoFailed)
    }
}

/// A public key to verify with: the server's, or the till's own.
#[derive(Clone, Debug)]
pub struct VerifyingKey(CryptoKey);

impl VerifyingKey {
    /// Reads a P-256 point, SEC 1 uncompressed.
    pub async fn read(raw: &[u8]) -> Result<VerifyingKey, CryptoFailed> {
        let usages = Array::of1(&"verify".into());
        let data = Uint8Array::from(raw);
        let key = wait(subtle()?.import_key_with_object("raw", &data, &ecdsa_p256(), false, &usages)).await?;
        key.dyn_into().map(VerifyingKey).map_err(|_| CryptoFailed)
    }

    /// The payload of a COSE_Sign1 message of `domain`, if this key signed it.
    pub async fn payload(&self, domain: Domain, message: &[u8]) -> Result<Vec<u8>, NotSigned> {
        let signed = cose::parse(message).map_err(|_| NotSigned::Forged)?;
        let tbs = signed.to_be_signed(domain);
        let answer =
            wait(subtle()?.verify_with_object_and_u8_array_and_u8_array(&ecdsa_sha256(), &self.0, &signed.signature, &tbs))
                .await?;
        if answer.is_truthy() { Ok(signed.payload) } else { Err(NotSigned::Forged) }
    }
}

/// The tablet's own secret: mixed into every PIN derivation, so that a PIN alone opens nothing elsewhere.
#[derive(Clone, Debug)]
pub struct DeviceSecret(pub CryptoKey);

impl DeviceSecret {
    /// A new secret that cannot be read out.
    pub async fn make() -> Result<DeviceSecret, CryptoFailed> {
        let usages = Array::of1(&"sign".into());
        let key = wait(subtle()?.generate_key_with_object(&hmac_sha256(), false, &usages)).await?;
        key.dyn_into().map(DeviceSecret).map_err(|_| CryptoFailed)
    }

    /// HMAC-SHA-256 of `message`.
    pub async fn mac(&self, message: &[u8]) -> Result<Zeroizing<[u8; 32]>, CryptoFailed> {
        let mac = wait(subtle()?.sign_with_object_and_u8_array(&hmac_sha256(), &self.0, message)).await?;
        secret_bytes(&mac)
    }
}

/// A card processor's key, which content keys are wrapped with: RSA-OAEP with SHA-256 (RFC 7518, 4.3).
#[derive(Clone, Debug)]
pub struct WrappingKey(CryptoKey);

impl WrappingKey {
    /// Reads modulus and public exponent, both big-endian.
    pub async fn read(n: &[u8], e: &[u8]) -> Result<WrappingKey, CryptoFailed> {
        let jwk = object(&[
            ("kty", "RSA".into()),
            ("alg", "RSA-OAEP-256".into()),
            ("n", base64::encode_url(n).into()),
            ("e", base64::encode_url(e).into()),
        ]);
        let algorithm = object(&[("name", "RSA-OAEP".into()), ("hash", "SHA-256".into())]);
        let usages = Array::of1(&"encrypt".into());
        let key = wait(subtle()?.import_key_with_object("jwk", &jwk, &algorithm, false, &usages)).await?;
        key.dyn_into().map(WrappingKey).map_err(|_| CryptoFailed)
    }

    /// Wraps `secret`. WebCrypto takes its copy before this waits.
    pub async fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, CryptoFailed> {
        let algorithm = object(&[("name", "RSA-OAEP".into())]);
        let wrapped = wait(subtle()?.encrypt_with_object_and_u8_array(&algorithm, &self.0, secret)).await?;
        Ok(Uint8Array::new(&wrapped).to_vec())
    }
}

/// PBKDF2-SHA-256 of a PIN, 256 bits.
pub async fn pbkdf2(pin: &str, salt: &[u8], rounds: u32) -> Result<Zeroizing<[u8; 32]>, CryptoFailed> {
    let usages = Array::of1(&"deriveBits".into());
    let material = Uint8Array::from(pin.as_bytes());
    let algorithm = object(&[("name", "PBKDF2".into())]);
    let key = wait(subtle()?.import_key_with_object("raw", &material, &algorithm, false, &usages)).await;
    material.fill(0, 0, material.length());
    let key: CryptoKey = key?.dyn_into().map_err(|_| CryptoFailed)?;
    let derivation = object(&[
        ("name", "PBKDF2".into()),
        ("hash", "SHA-256".into()),
        ("salt", Uint8Array::from(salt).into()),
        ("iterations", rounds.into()),
    ]);
    let bits = wait(subtle()?.derive_bits_with_object(&derivation, &key, 256)).await?;
    secret_bytes(&bits)
}

/// Is there WebCrypto? A page without TLS that is not localhost has none.
pub fn available() -> bool {
    subtle().is_ok()
}

fn subtle() -> Result<SubtleCrypto, CryptoFailed> {
    let crypto = scope().crypto().ok_or(CryptoFailed)?;
    // Outside of secure contexts the getter gives `undefined`, which web-sys does not expect.
    property(&crypto, "subtle").dyn_into().map_err(|_| CryptoFailed)
}

async fn wait(promise: Result<js_sys::Promise, JsValue>) -> Result<JsValue, CryptoFailed> {
    JsFuture::from(promise.map_err(|_| CryptoFailed)?).await.map_err(|_| CryptoFailed)
}

/// Takes 32 bytes out of the browser's buffer, and overwrites that.
pub(crate) fn secret_bytes(buffer: &JsValue) -> Result<Zeroizing<[u8; 32]>, CryptoFailed> {
    let view = Uint8Array::new(buffer);
    if view.length() != 32 {
        return Err(CryptoFailed);
    }
    let mut out = Zeroizing::new([0; 32]);
    view.copy_to(out.as_mut_slice());
    view.fill(0, 0, 32);
    Ok(out)
}

fn ecdsa_p256() -> Object {
    object(&[("name", "ECDSA".into()), ("namedCurve", "P-256".into())])
}

fn ecdsa_sha256() -> Object {
    object(&[("name", "ECDSA".into()), ("hash", "SHA-256".into())])
}

fn hmac_sha256() -> Object {
    object(&[("name", "HMAC".into()), ("hash", "SHA-256".into())])
}
