//! The RSA key pairs that tills seal to. Their private halves are nowhere else.
//!
//! One file a pair in `DATA/keys/`, mode 0600, named after its `kid` (the key's RFC 7638 thumbprint). A new pair takes over at
//! once; the ones before stay open for some days more, for what tills sealed while they were offline.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use rsa::{
    Generate as _, PrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _},
    traits::PublicKeyParts as _,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::files;

const FORMAT: u8 = 1;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file system refused.
    #[error("{path}: {fault}", path = path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        fault: io::Error,
    },
    /// Not a key file of this program, or of a newer one. It is left as it is.
    #[error("{path} is no key file that this program can read", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The operating system gave no randomness, or a key could not be written down.
    #[error("a key pair could not be made")]
    Make,
}

/// Why a content key was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotOpened {
    /// No such key, or one that is closed by now.
    #[error("the processor has no such key, or has closed it")]
    UnknownKey,
    /// It is not sealed to this key, or was changed.
    #[error("the seal does not open")]
    Refused,
}

/// One public key as a JWK (RFC 7517; RFC 7518, 6.3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `RSA`.
    pub kty: String,
    /// `enc`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `RSA-OAEP-256`.
    pub alg: String,
    /// The thumbprint (RFC 7638).
    pub kid: String,
    /// The modulus, base64url.
    pub n: String,
    /// The public exponent, base64url.
    pub e: String,
}

/// All open key pairs.
pub struct Keyring {
    dir: PathBuf,
    overlap_ms: i64,
    /// Oldest first.
    pairs: RwLock<Vec<Arc<Pair>>>,
}

struct Pair {
    made_at_ms: i64,
    jwk: Jwk,
    private: PrivateKey,
}

#[derive(Serialize, Deserialize)]
struct File {
    v: u8,
    made_at_ms: i64,
    pkcs8: String,
}

impl Keyring {
    /// Reads the pairs in `data`; makes a first one if there is none. This takes a moment: RSA keys are slow to make.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data: &Path, overlap_days: u32, now_ms: i64) -> Result<Keyring, KeyError> {
        let dir = data.join("keys");
        files::private_dir(&dir).map_err(file_fault(&dir))?;
        let overlap_ms = i64::from(overlap_days).saturating_mul(DAY_MS);
        let ring = Keyring { dir, overlap_ms, pairs: RwLock::default() };
        ring.refresh()?;
        if ring.all().is_empty() {
            ring.rotate(now_ms)?;
        }
        Ok(ring)
    }

    /// Makes a new pair, which tills are to seal to from now on; gives its `kid`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate(&self, now_ms: i64) -> Result<String, KeyError> {
        let private = PrivateKey::try_generate().map_err(|_| KeyError::Make)?;
        let der = private.to_pkcs8_der().map_err(|_| KeyError::Make)?;
        // Never before the pair that it follows, even if the clock went back.
        let made_at_ms = self.all().last().map_or(now_ms, |last| now_ms.max(last.made_at_ms + 1));
        let mut file = File { v: FORMAT, made_at_ms, pkcs8: Base64::encode_string(der.as_bytes()) };
        let json = Zeroizing::new(serde_json::to_vec(&file).unwrap_or_default());
        file.pkcs8.zeroize();
        let kid = jwk(&private).kid;
        let path = self.dir.join(format!("{kid}.json"));
        files::write_new(&path, &json).map_err(file_fault(&path))?;
        self.refresh()?;
        Ok(kid)
    }

    /// Takes note of pairs that another program (`rotate-key`) has put there.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn refresh(&self) -> Result<(), KeyError> {
        let mut pairs = self.pairs.write().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.dir).map_err(file_fault(&self.dir))? {
            let path = entry.map_err(file_fault(&self.dir))?.path();
            let kid = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if path.extension().is_none_or(|kind| kind != "json") || pairs.iter().any(|pair| pair.jwk.kid == kid) {
                continue;
            }
            pairs.push(Arc::new(read(&path)?));
        }
        pairs.sort_by_key(|pair| pair.made_at_ms);
        Ok(())
    }

    /// The public halves of the pairs that are open now; the first is the one to seal to.
    #[must_use]
    pub fn public(&self, now_ms: i64) -> Vec<Jwk> {
        self.open_at(now_ms).iter().rev().map(|pair| pair.jwk.clone()).collect()
    }

    /// Opens the content key of a JWE (RSA-OAEP with SHA-256, RFC 7518, 4.3), blinded against timing.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open_content_key(&self, kid: &str, sealed: &[u8], now_ms: i64) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let find = || self.open_at(now_ms).into_iter().find(|pair| pair.jwk.kid == kid);
        let pair = match find() {
            Some(pair) => pair,
            None => {
                self.refresh().map_err(|_| NotOpened::UnknownKey)?;
                find().ok_or(NotOpened::UnknownKey)?
            }
        };
        pair.private.oaep_decrypt::<Sha256>(sealed).map(Zeroizing::new).map_err(|_| NotOpened::Refused)
    }

    /// A pair is open until the overlap has passed since the next was made.
    fn open_at(&self, now_ms: i64) -> Vec<Arc<Pair>> {
        let all = self.all();
        let next = all.iter().skip(1).map(|next| next.made_at_ms.saturating_add(self.overlap_ms)).chain([i64::MAX]);
        all.iter().zip(next).filter(|(_, closes_at_ms)| now_ms < *closes_at_ms).map(|(pair, _)| pair.clone()).collect()
    }

    fn all(&self) -> Vec<Arc<Pair>> {
        self.pairs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(path: &Path) -> Result<Pair, KeyError> {
    let damaged = || KeyError::Damaged { path: path.to_owned() };
    let json = Zeroizing::new(fs::read(path).map_err(file_fault(path))?);
    let mut file: File = serde_json::from_slice(&json).map_err(|_| damaged())?;
    let der = Base64::decode_vec(&file.pkcs8).map(Zeroizing::new).map_err(|_| damaged());
    file.pkcs8.zeroize();
    let private = PrivateKey::from_pkcs8_der(&der?).map_err(|_| damaged())?;
    let jwk = jwk(&private);
    let right = file.v == FORMAT && path.file_stem().is_some_and(|name| name == jwk.kid.as_str());
    if right { Ok(Pair { made_at_ms: file.made_at_ms, jwk, private }) } else { Err(damaged()) }
}

fn jwk(private: &PrivateKey) -> Jwk {
    public(&private.n_bytes(), &private.e_bytes())
}

fn public(n: &[u8], e: &[u8]) -> Jwk {
    let [n, e] = [n, e].map(Base64UrlUnpadded::encode_string);
    // RFC 7638, 3: the required members in the order of their names, without spaces.
    let thumbprint = Sha256::digest(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    let kid = Base64UrlUnpadded::encode_string(&thumbprint);
    Jwk { kty: "RSA".into(), usage: "enc".into(), alg: "RSA-OAEP-256".into(), kid, n, e }
}

fn file_fault(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |fault| KeyError::File { path, fault }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// The example of RFC 7638, 3.1.
    #[test]
    fn the_published_thumbprint_comes_out() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn6\
                 4tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpb\
                 ISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let (n, e) = (Base64UrlUnpadded::decode_vec(n).unwrap(), Base64UrlUnpadded::decode_vec("AQAB").unwrap());
        assert_eq!(public(&n, &e).kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_pair_is_made_once_opens_its_own_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let ring = Keyring::open(dir.path(), 30, 1000).unwrap();
        let again = Keyring::open(dir.path(), 30, 2000).unwrap();
        assert_eq!(ring.public(2000), again.public(2000));
        let jwk = &ring.public(2000)[0];
        let file = dir.path().join("keys").join(format!("{}.json", jwk.kid));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join("keys")).unwrap().permissions().mode() & 0o777, 0o700);
        let sealed = ring.all()[0].private.to_public_key().oaep_encrypt::<Sha256>(b"content key").unwrap();
        assert_eq!(*again.open_content_key(&jwk.kid, &sealed, 2000).unwrap(), b"content key");
        let mut changed = sealed.clone();
        changed[9] ^= 1;
        for wrong in [&changed[..], &sealed[1..], &[], &[0; 384], &[0xff; 384]] {
            assert_eq!(again.open_content_key(&jwk.kid, wrong, 2000).err(), Some(NotOpened::Refused));
        }
        assert_eq!(again.open_content_key("nobody", &sealed, 2000).err(), Some(NotOpened::UnknownKey));
    }

    #[test]
    fn a_damaged_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/kid.json");
        files::private_dir(&dir.path().join("keys")).unwrap();
        for content in ["", "{", r#"{"v":1,"made_at_ms":0,"pkcs8":"AA=="}"#, r#"{"v":2,"made_at_ms":0,"pkcs8":""}"#] {
            fs::write(&path, content).unwrap();
            assert!(matches!(Keyring::open(dir.path(), 30, 0), Err(KeyError::Damaged { .. })), "{content}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }
}
