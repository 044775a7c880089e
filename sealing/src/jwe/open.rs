//! The processor's end.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Header, JweError, MAX_HEADER, MAX_PLAIN, RSA_BYTES};
use crate::{
    aead::{self, TAG_LEN},
    key::Key,
};

/// A JWE of the only kind that is accepted, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The protected header. To be believed only once [`Parsed::open`] has succeeded.
    pub header: Header,
    compact: Compact,
}

/// Reads a JWE, every part within its limits and in its only spelling.
///
/// # Errors
/// [`JweError`], all but [`JweError::Refused`].
pub fn parse(jwe: &str) -> Result<Parsed, JweError> {
    let compact = Compact::parse(jwe)?;
    compact.algorithm()?;
    let header = compact.header()?;
    Ok(Parsed { header, compact })
}

impl Parsed {
    /// The CEK under the processor's RSA key.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.compact.encrypted_key
    }

    /// What was sealed, if `cek` is the key and nothing was changed.
    ///
    /// # Errors
    /// [`JweError::Refused`].
    pub fn open(&self, cek: &Key) -> Result<Zeroizing<Vec<u8>>, JweError> {
        self.compact.open(cek)
    }
}

/// The five parts, decoded, whatever the algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Compact {
    /// As it was written: this is the associated data.
    protected: String,
    header: Vec<u8>,
    encrypted_key: Vec<u8>,
    iv: [u8; 12],
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

impl Compact {
    fn parse(jwe: &str) -> Result<Self, JweError> {
        // Five parts in base64url, and four dots.
        const LIMIT: usize = (MAX_HEADER + *RSA_BYTES.end() + 12 + MAX_PLAIN + TAG_LEN + 5 * 3) / 3 * 4 + 4;
        if jwe.len() > LIMIT {
            return Err(JweError::Length);
        }
        let mut parts = jwe.split('.');
        let mut next = || parts.next().ok_or(JweError::Length);
        let (protected, encrypted_key, iv, ciphertext, tag) = (next()?, next()?, next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(JweError::Length);
        }
        let header = decoded(protected)?;
        let tag: [u8; TAG_LEN] = decoded(tag)?.try_into().map_err(|_| JweError::Length)?;
        let iv = decoded(iv)?.try_into().map_err(|_| JweError::Length)?;
        let mut sealed = decoded(ciphertext)?;
        if header.len() > MAX_HEADER || sealed.len() > MAX_PLAIN {
            return Err(JweError::Length);
        }
        sealed.extend_from_slice(&tag);
        Ok(Self { protected: protected.to_owned(), header, encrypted_key: decoded(encrypted_key)?, iv, sealed })
    }

    /// Are `alg` and `enc` ours? Asked before the rest of the header is looked at.
    fn algorithm(&self) -> Result<(), JweError> {
        #[derive(Deserialize)]
        struct Algorithms<'a> {
            alg: &'a str,
            enc: &'a str,
        }
        let read: Algorithms<'_> = serde_json::from_slice(&self.header).map_err(|_| JweError::Header)?;
        if (read.alg, read.enc) != ("RSA-OAEP-256", "A256GCM") {
            return Err(JweError::Algorithm);
        }
        if RSA_BYTES.contains(&self.encrypted_key.len()) { Ok(()) } else { Err(JweError::Length) }
    }

    fn header(&self) -> Result<Header, JweError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields<'a> {
            #[serde(rename = "alg")]
            _alg: &'a str,
            #[serde(rename = "enc")]
            _enc: &'a str,
            kid: &'a str,
            payment: &'a str,
            amount: i64,
            currency: &'a str,
            shop: u64,
            till: u64,
        }
        let read: Fields<'_> = serde_json::from_slice(&self.header).map_err(|_| JweError::Header)?;
        let header = Header {
            kid: read.kid.to_owned(),
            payment: payment(read.payment).ok_or(JweError::Header)?,
            amount: read.amount,
            currency: read.currency.to_owned(),
            shop: read.shop,
            till: read.till,
        };
        // One header has one spelling: no white space, no other order, no other way to write a number.
        if header.to_json()?.as_bytes() == self.header { Ok(header) } else { Err(JweError::Header) }
    }

    fn open(&self, cek: &Key) -> Result<Zeroizing<Vec<u8>>, JweError> {
        aead::open(cek, &self.iv, self.protected.as_bytes(), &self.sealed).map_err(|_| JweError::Refused)
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, JweError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| JweError::Encoding)
}

fn payment(hex: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()));
        *byte = high? << 4 | low?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use rsa::{BoxedUint, PrivateKey, oaep::DecryptingKey, traits::Decryptor};
    use serde_json::Value;
    use sha2::Sha256;

    use super::*;
    use crate::{
        jwe::{PublicKey, seal},
        published::{self, Hex},
    };

    /// How a processor unwraps the CEK: RSA-OAEP with SHA-256, MGF1 with SHA-256, no label (RFC 7518, 4.3).
    fn unwrap_cek(private: &PrivateKey, encrypted_key: &[u8]) -> Option<Key> {
        let cek = Zeroizing::new(private.oaep_decrypt::<Sha256>(encrypted_key).ok()?);
        Key::from_slice(&cek).ok()
    }

    fn private_key(parts: [&[u8]; 5]) -> PrivateKey {
        let [n, e, d, p, q] = parts.map(BoxedUint::from_be_slice_vartime);
        PrivateKey::from_components(n, e, d, vec![p, q]).unwrap()
    }

    fn from_jwk(jwk: &Value) -> PrivateKey {
        let part = |name: &str| Base64UrlUnpadded::decode_vec(jwk[name].as_str().unwrap()).unwrap();
        private_key([&part("n"), &part("e"), &part("d"), &part("p"), &part("q")])
    }

    /// Wycheproof `json_web_encryption_test.json`, all cases of the keys for RSA-OAEP-256: those with A256GCM open, all others are
    /// refused.
    #[test]
    fn wycheproof_jwe() {
        let (mut opened, mut refused, mut keys) = (0, 0, Vec::new());
        for (group, test) in published::wycheproof("json_web_encryption_test.json") {
            if group["private"]["alg"] != "RSA-OAEP-256" {
                continue;
            }
            let jwk = &group["private"];
            if keys.last().is_none_or(|(earlier, _)| earlier != jwk) {
                keys.push((jwk.clone(), from_jwk(jwk)));
            }
            let public = PublicKey::from_jwk("k", jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap()).unwrap();
            assert_eq!(public.modulus().len(), 256);
            let answer = Compact::parse(test["jwe"].as_str().unwrap()).and_then(|compact| {
                compact.algorithm()?;
                let cek = unwrap_cek(&keys.last().unwrap().1, &compact.encrypted_key).ok_or(JweError::Refused)?;
                compact.open(&cek)
            });
            if test["result"] == "valid" && test["enc"] == "A256GCM" {
                assert_eq!(*answer.unwrap(), test.hex("pt"), "case {}", test["tcId"]);
                opened += 1;
            } else {
                assert!(answer.is_err(), "case {}", test["tcId"]);
                refused += 1;
            }
        }
        assert_eq!((opened, refused), (1, 19), "the file was not read");
    }

    /// Wycheproof `rsa_oaep_2048_sha256_mgf1sha256_test.json`, all cases: what the `rsa` crate does with the calls of `unwrap_cek`.
    /// Its 0.10.0 does not look at the padding's first byte (RFC 8017, 7.1.2, step 3.g), and so accepts one invalid case. Nobody can
    /// make use of that: whoever makes such a ciphertext knows what is in it.
    #[test]
    fn wycheproof_rsa_oaep() {
        let (mut valid, mut invalid, mut accepted) = (0, 0, Vec::new());
        let cases = published::wycheproof("rsa_oaep_2048_sha256_mgf1sha256_test.json");
        let key = &cases[0].0["privateKey"];
        let [n, e, d, p, q] = ["modulus", "publicExponent", "privateExponent", "prime1", "prime2"].map(|part| key.hex(part));
        let private = private_key([&n, &e, &d, &p, &q]);
        for (group, test) in &cases {
            assert_eq!(&group["privateKey"], key, "one key for all cases");
            let (label, message, ciphertext) = (test.hex("label"), test.hex("msg"), test.hex("ct"));
            let answer = if label.is_empty() {
                private.oaep_decrypt::<Sha256>(&ciphertext)
            } else {
                DecryptingKey::<Sha256>::new_with_label(private.clone(), label.clone()).decrypt(&ciphertext)
            };
            if test["result"] == "valid" {
                assert_eq!(answer.ok().as_ref(), Some(&message), "case {}", test["tcId"]);
                let fits = label.is_empty() && message.len() == 32;
                assert_eq!(unwrap_cek(&private, &ciphertext).is_some(), fits, "case {}", test["tcId"]);
                valid += 1;
            } else {
                invalid += 1;
                if answer.is_ok() {
                    accepted.push(test["comment"].as_str().unwrap());
                }
            }
        }
        assert!(valid >= 10 && invalid >= 10, "the file was not read: {valid} valid, {invalid} invalid");
        assert_eq!(accepted, ["First byte is 1"]);
    }

    /// RFC 7520, 5.4 (ECDH-ES+A128KW), 5.6 (dir) and 5.8 (A128KW), all with A128GCM: that the five parts are read as they were
    /// written, that the associated data is the header as written, and that other algorithms than ours are refused. AES-128-GCM is
    /// the test's; ours takes 256 bits only.
    #[test]
    fn rfc_7520_cookbook() {
        use aes_gcm::{Aes128Gcm, KeyInit, aead::AeadInOut};
        for name in [
            "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm",
            "5_6.direct_encryption_using_aes-gcm",
            "5_8.key_wrap_using_aes-keywrap_with_aes-gcm",
        ] {
            let file = published::object(&format!("jose/{name}.json"));
            let compact = Compact::parse(file["output"]["compact"].as_str().unwrap()).unwrap();
            assert_eq!(compact.protected, file["encrypting_content"]["protected_b64u"]);
            assert_eq!(serde_json::from_slice::<Value>(&compact.header).unwrap(), file["encrypting_content"]["protected"]);
            let cek = file["generated"]["cek"].as_str().or(file["input"]["key"]["k"].as_str()).unwrap();
            let cipher = Aes128Gcm::new_from_slice(&Base64UrlUnpadded::decode_vec(cek).unwrap()).unwrap();
            let (body, tag) = compact.sealed.split_last_chunk::<TAG_LEN>().unwrap();
            let mut plain = body.to_vec();
            let opened = cipher.decrypt_inout_detached(
                &compact.iv.into(),
                compact.protected.as_bytes(),
                plain.as_mut_slice().into(),
                tag.into(),
            );
            assert!(opened.is_ok(), "{name}");
            assert_eq!(str::from_utf8(&plain).unwrap(), file["input"]["plaintext"]);
            assert_eq!(parse(file["output"]["compact"].as_str().unwrap()).err(), Some(JweError::Algorithm), "{name}");
        }
    }

    fn header() -> Header {
        Header { kid: "acq-1".into(), payment: [0xab; 16], amount: 1250, currency: "EUR".into(), shop: 7, till: 2 }
    }

    fn sealed() -> String {
        seal(&header(), &Key::new([1; 32]), &[2; 256], &[3; 12], b"a card").unwrap()
    }

    #[test]
    fn what_is_sealed_opens() {
        let parsed = parse(&sealed()).unwrap();
        assert_eq!((&parsed.header, parsed.encrypted_key()), (&header(), &[2; 256][..]));
        assert_eq!(parsed.open(&Key::new([1; 32])).unwrap().as_slice(), b"a card");
        assert_eq!(parsed.open(&Key::new([2; 32])), Err(JweError::Refused));
        assert_eq!(seal(&header(), &Key::new([1; 32]), &[2; 255], &[3; 12], b""), Err(JweError::Length));
        assert_eq!(seal(&header(), &Key::new([1; 32]), &[2; 256], &[3; 12], &[0; MAX_PLAIN + 1]), Err(JweError::Length));
        let longest = seal(&header(), &Key::new([1; 32]), &[2; 1024], &[3; 12], &[0; MAX_PLAIN]).unwrap();
        assert!(parse(&longest).is_ok());
    }

    /// The same card under another amount, payment, till: each is in the associated data.
    #[test]
    fn a_changed_header_does_not_open() {
        let changes: [fn(&mut Header); 6] = [
            |h| h.amount += 1,
            |h| h.payment[15] ^= 1,
            |h| h.currency = "USD".into(),
            |h| h.till += 1,
            |h| h.shop += 1,
            |h| h.kid = "acq-2".into(),
        ];
        let jwe = sealed();
        let (_, rest) = jwe.split_once('.').unwrap();
        for change in changes {
            let mut other = header();
            change(&mut other);
            let forged = format!("{}.{rest}", Base64UrlUnpadded::encode_string(other.to_json().unwrap().as_bytes()));
            assert_eq!(parse(&forged).unwrap().open(&Key::new([1; 32])), Err(JweError::Refused), "{other:?}");
        }
    }

    #[test]
    fn every_header_has_one_spelling() {
        let jwe = sealed();
        let (_, rest) = jwe.split_once('.').unwrap();
        let json = header().to_json().unwrap();
        let with = |json: &str| parse(&format!("{}.{rest}", Base64UrlUnpadded::encode_string(json.as_bytes()))).err();
        assert_eq!(with(&json), None);
        for (from, to, error) in [
            ("RSA-OAEP-256", "RSA-OAEP", JweError::Algorithm),
            ("RSA-OAEP-256", "RSA1_5", JweError::Algorithm),
            ("A256GCM", "A128GCM", JweError::Algorithm),
            ("{\"alg\"", "{ \"alg\"", JweError::Header),
            ("\"till\":2", "\"till\":2,\"till\":2", JweError::Header),
            ("\"till\":2", "\"till\":2,\"zip\":\"DEF\"", JweError::Header),
            ("\"till\":2", "\"till\":2,\"crit\":[]", JweError::Header),
            ("\"alg\":\"RSA-OAEP-256\"", "\"alg\":\"RSA-OAEP-256\",\"alg\":\"RSA-OAEP-256\"", JweError::Header),
            (",\"till\":2", "", JweError::Header),
            ("1250", "1250.0", JweError::Header),
            ("1250", "-1250", JweError::Header),
            ("abab", "ABAB", JweError::Header),
            ("acq-1", "acq\\u002d1", JweError::Header),
            ("{", "[", JweError::Header),
        ] {
            assert!(json.contains(from));
            assert_eq!(with(&json.replacen(from, to, 1)), Some(error), "{from} to {to}");
        }
    }

    #[test]
    fn limits_and_spelling_of_the_parts() {
        let jwe = sealed();
        let parts: Vec<&str> = jwe.split('.').collect();
        let with = |at: usize, part: &str| {
            let mut parts = parts.clone();
            parts[at] = part;
            parse(&parts.join(".")).err()
        };
        for (at, part, error) in [
            (1, "", JweError::Length),
            (1, "AA", JweError::Length),
            (2, "AAAA", JweError::Length),
            (4, "AAAA", JweError::Length),
            (3, "A", JweError::Encoding),
            (3, "AB", JweError::Encoding),
            (3, "A+/=", JweError::Encoding),
            (3, "AAAA ", JweError::Encoding),
            (2, "AAAAAAAAAAAAAAAA=", JweError::Encoding),
            (0, "e30", JweError::Header),
        ] {
            assert_eq!(with(at, part), Some(error), "part {at}: {part}");
        }
        assert_eq!(parse(&format!("{jwe}.")).err(), Some(JweError::Length));
        assert_eq!(parse(jwe.rsplit_once('.').unwrap().0).err(), Some(JweError::Length));
        assert_eq!(parse(&"A".repeat(20_000)).err(), Some(JweError::Length));
        assert_eq!(with(3, &"A".repeat(11_000)), Some(JweError::Length));
    }
}
