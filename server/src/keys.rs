//! The server's own keys: made once, kept in one file of the data directory with mode 0600.
//!
//! A backup holds them too: without them no till would believe the restored server, and no sealed entry could be opened.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use barrow_core::{bytes::Blob, wire::SealKey};
use barrow_sealing::{
    cose::{Domain, SigningKey},
    error::CodecError,
    outbox::{ServerKeys, Suite},
};
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::random;

/// The file's name in the data directory and in a backup.
pub const FILE: &str = "keys.json";
const FORMAT: u8 = 1;

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file system refused.
    #[error("{path}: {fault}", path = path.display())]
    File {
        /// Which file or directory.
        path: PathBuf,
        /// What it said.
        fault: io::Error,
    },
    /// The file is damaged. It is left as it is.
    #[error("{path} is not a key file of this program, or it is damaged", path = path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("{path} was written by a newer barrow-server (format {found})", path = path.display())]
    TooNew {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: u8,
    },
}

/// All private keys of one server.
pub struct Keys {
    signing: SigningKey,
    sealing: ServerKeys,
    /// Keys the hashes of one-time codes, so that a copy of the database alone does not let anybody try codes.
    codes: Zeroizing<[u8; 32]>,
}

impl Keys {
    /// Reads the keys of the data directory; makes directory and keys if there are none. Safe when two programs do so at once.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn load_or_make(data: &Path) -> Result<Keys, KeyError> {
        let file_fault = |path: &Path| {
            let path = path.to_owned();
            move |fault| KeyError::File { path, fault }
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(file_fault(data))?;
        let path = data.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => return Keys::parse(&Zeroizing::new(bytes), &path),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
            Err(fault) => return Err(file_fault(&path)(fault)),
        }
        let keys = Keys::generate();
        let draft = data.join(format!("{FILE}.{}", std::process::id()));
        write_private(&draft, keys.to_json().as_bytes()).map_err(file_fault(&draft))?;
        // A link never replaces: whoever comes second reads the first one's keys.
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).map_err(file_fault(&draft))?;
        match linked {
            Ok(()) => sync_dir(data).map_err(file_fault(data)).map(|()| keys),
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {
                Keys::parse(&Zeroizing::new(fs::read(&path).map_err(file_fault(&path))?), &path)
            }
            Err(fault) => Err(file_fault(&path)(fault)),
        }
    }

    /// New keys.
    #[must_use]
    pub fn generate() -> Keys {
        let mut random = random::fill;
        Keys {
            signing: SigningKey::generate(&mut random),
            sealing: ServerKeys::generate(&mut random),
            codes: Zeroizing::new(random::bytes()),
        }
    }

    /// A whole signed message.
    #[must_use]
    pub fn sign(&self, domain: Domain, payload: &[u8]) -> Vec<u8> {
        self.signing.sign_message(domain, payload)
    }

    /// The public signing key: P-256, SEC 1 uncompressed, 65 bytes.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        self.signing.public()
    }

    /// The public keys that tills seal to, one a suite.
    #[must_use]
    pub fn seal_keys(&self) -> Vec<SealKey> {
        [Suite::X25519, Suite::XWing].map(|suite| SealKey { suite: suite.into(), key: Blob(self.sealing.public(suite)) }).to_vec()
    }

    /// What opens the tills' seals.
    #[must_use]
    pub fn sealing(&self) -> &ServerKeys {
        &self.sealing
    }

    /// The keyed hash (HMAC-SHA-256) under which a secret of `purpose` is kept.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, secret: &str) -> [u8; 32] {
        // HMAC takes a key of any length, so that this cannot fail; an empty answer would match nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.codes.as_slice()) else { return random::bytes() };
        mac.update(purpose.as_bytes());
        mac.update(b"|");
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().into()
    }

    fn to_json(&self) -> Zeroizing<String> {
        let mut file = File {
            v: FORMAT,
            signing: Base64::encode_string(self.signing.to_bytes().as_slice()),
            sealing: Base64::encode_string(&self.sealing.to_bytes()),
            codes: Base64::encode_string(self.codes.as_slice()),
        };
        let json = Zeroizing::new(serde_json::to_string(&file).unwrap_or_default());
        file.wipe();
        json
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Keys, KeyError> {
        #[derive(Deserialize)]
        struct Version {
            v: u8,
        }
        let damaged = || KeyError::Damaged { path: path.to_owned() };
        let version: Version = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        if version.v > FORMAT {
            return Err(KeyError::TooNew { path: path.to_owned(), found: version.v });
        }
        let mut file: File = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let keys = file.keys().ok_or_else(damaged);
        file.wipe();
        keys
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    v: u8,
    signing: String,
    sealing: String,
    codes: String,
}

impl File {
    fn keys(&self) -> Option<Keys> {
        let raw = |text: &str| Base64::decode_vec(text).ok().map(Zeroizing::new);
        let codes: [u8; 32] = raw(&self.codes)?.as_slice().try_into().ok()?;
        let read = || -> Result<_, CodecError> {
            Ok((
                SigningKey::from_bytes(&raw(&self.signing).unwrap_or_default())?,
                ServerKeys::from_bytes(&raw(&self.sealing).unwrap_or_default())?,
            ))
        };
        let (signing, sealing) = read().ok()?;
        Some(Keys { signing, sealing, codes: Zeroizing::new(codes) })
    }

    fn wipe(&mut self) {
        self.signing.zeroize();
        self.sealing.zeroize();
        self.codes.zeroize();
    }
}

/// Writes a new file that only its owner can read, down to the disk.
///
/// # Errors
/// What the file system says; also if the file exists.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes what happened to a directory's names last.
///
/// # Errors
/// What the file system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_only_their_owner_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let first = Keys::load_or_make(&data).unwrap();
        let again = Keys::load_or_make(&data).unwrap();
        assert_eq!(first.public(), again.public());
        assert_eq!(first.seal_keys(), again.seal_keys());
        assert_eq!(first.keyed_hash("enrol", "X"), again.keyed_hash("enrol", "X"));
        assert_ne!(first.keyed_hash("enrol", "X"), first.keyed_hash("first-pin", "X"));
        assert_eq!(fs::metadata(data.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "no draft stays behind");
    }

    #[test]
    fn a_damaged_or_newer_key_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for (content, too_new) in
            [("{", false), (r#"{"v":1,"signing":"AA==","sealing":"","codes":""}"#, false), (r#"{"v":9}"#, true)]
        {
            fs::write(&path, content).unwrap();
            let fault = Keys::load_or_make(dir.path()).err().unwrap();
            assert_eq!(matches!(fault, KeyError::TooNew { .. }), too_new, "{fault}");
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }
}
