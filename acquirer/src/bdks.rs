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

/// Published by the readers' makers and in X9.24-3, for testing only: MagTek's, ID TECH's, and AES-DUKPT's sample keys.
const SAMPLES: [(&str, &str, &str); 3] = [
    ("FFFF987654", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
    ("6299490119", "tdes", "0123456789ABCDEFFEDCBA9876543210"),
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
