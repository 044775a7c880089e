//! The base derivation keys of the readers that this processor knows, by the beginning of their key serial numbers.
//!
//! `DATA/bdks.json` (mode 0600), made at the first start with the published sample keys: an array of
//! `{"ksn_prefix": HEX, "algorithm": "tdes" | "aes", "key": HEX}`. AES keys have 16, 24 or 32 bytes. The longest prefix wins.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    dukpt::{DukptError, aes, cbc::Cipher, tdes},
    files, hex,
    keys::KeyError,
};

/// The file's name in the data directory.
pub const FILE: &str = "bdks.json";

/// Published by the readers' makers and in X9.24-3, for testing only: MagTek's and ID TECH's stripe readers, their chip readers, and
/// AES-DUKPT.
const SAMPLES: [(&str, &str, &str); 5] = [
    ("FFFF987654", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
    ("6299490119", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
    ("9500030000", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
    ("FFFFFF0200", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
    ("12345678", "aes", "FEDCBA9876543210F1F1F1F1F1F1F1F1"),
];

/// What a reader encrypted with, as the till names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// TDES-CBC under the PIN variant.
    TdesPin,
    /// TDES-CBC under the data variant.
    TdesData,
    /// AES-CBC under the data key.
    AesData,
}

/// All base derivation keys.
pub struct Bdks(Vec<(Vec<u8>, Bdk)>);

enum Bdk {
    Tdes(Zeroizing<[u8; 16]>),
    Aes(aes::Key),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    ksn_prefix: String,
    algorithm: String,
    key: String,
}

impl Bdks {
    /// Reads the file in `data`; makes it if it is not there.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data: &Path) -> Result<Bdks, KeyError> {
        let path = data.join(FILE);
        let fault = |fault| KeyError::File { path: path.clone(), fault };
        let json = match fs::read(&path) {
            Ok(json) => Zeroizing::new(json),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                let json = serde_json::to_vec_pretty(&SAMPLES.map(row)).map_err(|_| KeyError::Make)?;
                files::write_new(&path, &json).map_err(fault)?;
                Zeroizing::new(json)
            }
            Err(other) => return Err(fault(other)),
        };
        let damaged = || KeyError::Damaged { path: path.clone() };
        let rows: Vec<Row> = serde_json::from_slice(&json).map_err(|_| damaged())?;
        Bdks::of(rows).ok_or_else(damaged)
    }

    /// The published sample keys, as in a new file.
    #[must_use]
    pub(crate) fn samples() -> Option<Bdks> {
        Bdks::of(SAMPLES.map(row).into())
    }

    fn of(rows: Vec<Row>) -> Option<Bdks> {
        let mut keys = rows.into_iter().map(read).collect::<Option<Vec<_>>>()?;
        keys.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Some(Bdks(keys))
    }

    /// The cipher of the one transaction that `ksn` counts; none where no reader of ours could have made it.
    ///
    /// # Errors
    /// [`DukptError`].
    pub fn cipher(&self, scheme: Scheme, ksn: &[u8]) -> Result<Option<Cipher>, DukptError> {
        let Some((_, bdk)) = self.0.iter().find(|(prefix, _)| ksn.starts_with(prefix)) else { return Ok(None) };
        match bdk {
            Bdk::Tdes(bdk) => {
                let Ok(ksn) = ksn.try_into() else { return Ok(None) };
                let key = tdes::transaction_key(&tdes::initial_key(bdk, ksn), ksn)?;
                Ok(Some(match scheme {
                    Scheme::TdesPin => Cipher::tdes(&tdes::pin_key(&key)),
                    Scheme::TdesData => Cipher::tdes(&tdes::data_key(&key)),
                    // Readers that encrypt with AES under a 10-byte KSN take the TDES data key for an AES-128 key.
                    Scheme::AesData => Cipher::aes(&*tdes::data_key(&key))?,
                }))
            }
            Bdk::Aes(bdk) if scheme == Scheme::AesData => {
                let Ok(ksn) = ksn.try_into() else { return Ok(None) };
                let key = aes::transaction_key(&aes::initial_key(bdk, &aes::key_id(ksn)), ksn)?;
                Ok(Some(Cipher::aes(aes::data_key(&key, ksn).expose())?))
            }
            Bdk::Aes(_) => Ok(None),
        }
    }
}

fn row((ksn_prefix, algorithm, key): (&str, &str, &str)) -> Row {
    Row { ksn_prefix: ksn_prefix.into(), algorithm: algorithm.into(), key: key.into() }
}

fn read(mut row: Row) -> Option<(Vec<u8>, Bdk)> {
    let key = hex::decode(&row.key).map(Zeroizing::new);
    row.key.zeroize();
    let bdk = match row.algorithm.as_str() {
        "tdes" => Bdk::Tdes(Zeroizing::new(key?.as_slice().try_into().ok()?)),
        "aes" => Bdk::Aes(aes::Key::new(&key?).ok()?),
        _ => return None,
    };
    Some((hex::decode(&row.ksn_prefix)?, bdk))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn written(content: &str) -> Result<Bdks, KeyError> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), content).unwrap();
        Bdks::open(dir.path())
    }

    #[test]
    fn a_new_file_has_the_published_samples() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let bdks = Bdks::open(dir.path()).unwrap();
            let ksn = hex::decode("FFFF9876543210E00008").unwrap();
            assert!(bdks.cipher(Scheme::TdesPin, &ksn).unwrap().is_some());
        }
        assert_eq!(fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_longest_prefix_wins() {
        let row =
            |prefix: &str, key: &str| format!(r#"{{"ksn_prefix":"{prefix}","algorithm":"tdes","key":"{}"}}"#, key.repeat(16));
        let bdks = written(&format!("[{},{},{}]", row("FFFF", "01"), row("FFFF98", "02"), row("", "03"))).unwrap();
        let block = |bdks: &Bdks, ksn: &str| {
            bdks.cipher(Scheme::TdesData, &hex::decode(ksn).unwrap()).unwrap().map(|cipher| cipher.encrypt(b"12345678"))
        };
        let only = |key: &str| written(&format!("[{}]", row("", key))).unwrap();
        for (ksn, key) in [("FFFF9876543210E00008", "02"), ("FFFF0076543210E00008", "01"), ("00FF9876543210E00008", "03")] {
            assert_eq!(block(&bdks, ksn), block(&only(key), ksn), "{ksn}");
            assert!(block(&bdks, ksn).is_some());
        }
    }

    #[test]
    fn a_cipher_needs_the_right_kind_of_key_and_serial_number() {
        let bdks = Bdks::samples().unwrap();
        let found = |scheme, ksn: &str| bdks.cipher(scheme, &hex::decode(ksn).unwrap()).map(|cipher| cipher.is_some());
        assert_eq!(found(Scheme::AesData, "123456789012345600000001"), Ok(true));
        assert_eq!(found(Scheme::TdesData, "123456789012345600000001"), Ok(false), "an AES key is for AES alone");
        assert_eq!(found(Scheme::AesData, "12345678901234560000"), Ok(false), "ten bytes");
        assert_eq!(found(Scheme::TdesPin, "FFFF9876543210E0000800"), Ok(false), "eleven bytes");
        assert_eq!(found(Scheme::TdesPin, "0000000000000000"), Ok(false), "unknown");
        assert_eq!(found(Scheme::TdesPin, ""), Ok(false));
        assert_eq!(found(Scheme::TdesPin, "FFFF9876543210E00000"), Err(DukptError::Counter));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused() {
        for content in [
            "",
            "{}",
            r#"[{"ksn_prefix":"FF","algorithm":"rot13","key":"00"}]"#,
            r#"[{"ksn_prefix":"F","algorithm":"tdes","key":"00000000000000000000000000000000"}]"#,
            r#"[{"ksn_prefix":"FF","algorithm":"tdes","key":"0000"}]"#,
            r#"[{"ksn_prefix":"FF","algorithm":"aes","key":"0000"}]"#,
        ] {
            assert!(matches!(written(content), Err(KeyError::Damaged { .. })), "{content}");
        }
    }
}
