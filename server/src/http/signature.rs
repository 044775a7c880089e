//! Who asks: HTTP Message Signatures (RFC 9421) in the one form that tills send ([`barrow_core::wire::http`]).

use axum::http::{HeaderMap, Method};
use barrow_core::{
    ids::{Epoch, TillId},
    wire::http::{parse_key_id, signature_base},
};
use barrow_sealing::{cose, hash::sha256};
use base64ct::{Base64, Encoding as _};

use super::problem::Problem;

const COMPONENTS: &str = r#"("@method" "@path" "content-digest")"#;

/// A request's signature, read but not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// Which till says that it asks.
    pub(super) till: TillId,
    /// In which life.
    pub(super) epoch: Epoch,
    /// When, by its clock, seconds since 1970.
    pub(super) created_s: i64,
    base: String,
    signature: [u8; 64],
}

impl Claim {
    /// Reads the signature's headers, and holds the body against its digest.
    pub(super) fn read(method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Claim, Problem> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let digest = text("content-digest").ok_or_else(|| Problem::signature("Content-Digest is missing."))?;
        if byte_sequence(digest, "sha-256=").as_deref() != Some(sha256(body).as_slice()) {
            return Err(Problem::signature("The body is not the one that Content-Digest names."));
        }
        let unreadable = || Problem::signature("Signature-Input or Signature is missing, or not in the form that tills send.");
        let params = text("signature-input").and_then(|input| input.strip_prefix("sig1=")).ok_or_else(unreadable)?;
        let mut created_s = None;
        let mut key_id = None;
        for param in params.strip_prefix(COMPONENTS).and_then(|rest| rest.strip_prefix(';')).ok_or_else(unreadable)?.split(';') {
            match param.split_once('=') {
                Some(("created", seconds)) => created_s = seconds.parse().ok(),
                Some(("keyid", id)) => key_id = id.strip_prefix('"').and_then(|id| id.strip_suffix('"')).and_then(parse_key_id),
                Some(("alg", r#""ecdsa-p256-sha256""#)) => {}
                _ => return Err(unreadable()),
            }
        }
        let (till, epoch) = key_id.ok_or_else(unreadable)?;
        let signature = text("signature").and_then(|value| byte_sequence(value, "sig1=")).ok_or_else(unreadable)?;
        Ok(Claim {
            till,
            epoch,
            created_s: created_s.ok_or_else(unreadable)?,
            base: signature_base(method.as_str(), path, digest, params),
            signature: signature.try_into().map_err(|_| unreadable())?,
        })
    }

    /// Checks it with the public key of that till's life.
    pub(super) fn check(&self, till_key: &[u8]) -> Result<(), Problem> {
        cose::verify(till_key, self.base.as_bytes(), &self.signature)
            .map_err(|_| Problem::signature("The signature is not this till's."))
    }
}

/// A structured field's byte sequence (RFC 8941, 3.3.5) after `prefix`.
fn byte_sequence(value: &str, prefix: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(value.strip_prefix(prefix)?.strip_prefix(':')?.strip_suffix(':')?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use axum::http::HeaderValue;
    use barrow_core::wire::http::signature_params;
    use barrow_sealing::cose::SigningKey;

    use super::*;

    fn signed(body: &[u8], params: &str, sign_path: &str) -> (SigningKey, HeaderMap) {
        let key = SigningKey::generate(&mut |out: &mut [u8]| out.fill(3));
        let digest = format!("sha-256=:{}:", Base64::encode_string(&sha256(body)));
        let base = signature_base("POST", sign_path, &digest, params);
        let mut headers = HeaderMap::new();
        headers.insert("content-digest", digest.parse().unwrap());
        headers.insert("signature-input", format!("sig1={params}").parse().unwrap());
        headers.insert("signature", format!("sig1=:{}:", Base64::encode_string(&key.sign(base.as_bytes()))).parse().unwrap());
        (key, headers)
    }

    #[test]
    fn a_tills_signature_covers_method_path_and_body() {
        let params = signature_params(1_700_000_000, TillId(7), Epoch(2));
        let (key, headers) = signed(b"body", &params, "/v1/tills/7/entries");
        let read = |method: Method, path: &str, body: &[u8]| Claim::read(&method, path, &headers, body);
        let claim = read(Method::POST, "/v1/tills/7/entries", b"body").unwrap();
        assert_eq!((claim.till, claim.epoch, claim.created_s), (TillId(7), Epoch(2), 1_700_000_000));
        assert!(claim.check(&key.public()).is_ok());
        assert!(read(Method::POST, "/v1/tills/7/entries", b"other").is_err());
        assert!(read(Method::POST, "/v1/tills/8/entries", b"body").unwrap().check(&key.public()).is_err());
        assert!(read(Method::PUT, "/v1/tills/7/entries", b"body").unwrap().check(&key.public()).is_err());
        let other = SigningKey::generate(&mut |out: &mut [u8]| out.fill(4));
        assert!(claim.check(&other.public()).is_err());
    }

    #[test]
    fn another_form_is_refused() {
        for params in [
            r#"("@method" "@path");created=1;keyid="7.2";alg="ecdsa-p256-sha256""#,
            r#"("@method" "@path" "content-digest");created=1;keyid="7";alg="ecdsa-p256-sha256""#,
            r#"("@method" "@path" "content-digest");created=1;keyid="7.2";alg="hmac-sha256""#,
            r#"("@method" "@path" "content-digest");keyid="7.2""#,
            r#"("@method" "@path" "content-digest")"#,
            "",
        ] {
            let (_, headers) = signed(b"", params, "/");
            assert!(Claim::read(&Method::POST, "/", &headers, b"").is_err(), "{params}");
        }
        let (_, mut headers) = signed(b"", &signature_params(1, TillId(1), Epoch(1)), "/");
        headers.insert("signature", HeaderValue::from_static("sig1=:AAAA:"));
        assert!(Claim::read(&Method::POST, "/", &headers, b"").is_err());
    }
}
