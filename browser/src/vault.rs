//! The till's keys, and what is worthless without them: one lifetime for all of it (facts/failures row 33).
//!
//! A database of its own, in a Storage Bucket of its own where the browser has them, so that a wipe of the default bucket
//! takes neither. `keys` holds the non-extractable CryptoKeys, `vault` small records by name:
//!
//! | name | what |
//! |---|---|
//! | `enrolment` | the signed enrolment record |
//! | `roster` | names for the sign-in screen, sealed under a key from the device secret |
//! | `wrap/<staff>` | the journal key, wrapped under that person's PIN, passkey or both |
//! | `passkey/<staff>` | the passkey's credential id, the salt that its PRF is asked with, and what it is for; no secret |
//! | `failures/<staff>` | wrong PINs, and how much of the wait was served, in clear |
//! | `heard` | for how long the till was open since the server's newest word, in clear |
//! | `config` | the signed configuration, sealed under the journal key |
//! | `snapshot` | the ledger at some entry, sealed under the journal key |

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbFactory, IdbKeyRange};

use crate::{
    database::{Database, Source, StorageError, Write, bucket},
    scope::{error_name, scope},
    webcrypto::{DeviceSecret, SigningKey},
};

const VERSION: u32 = 1;
const KEYS: &str = "keys";
const RECORDS: &str = "vault";
const STORES: [&str; 2] = [KEYS, RECORDS];
const SIGNING: &str = "signing";
const SIGNING_PUBLIC: &str = "signing-public";
const DEVICE: &str = "device";

/// What makes a tablet this till.
#[derive(Clone, Debug)]
pub struct TillKeys {
    /// Signs entries and requests.
    pub signing: SigningKey,
    /// Mixed into PINs.
    pub secret: DeviceSecret,
}

/// One change of a transaction on the vault.
pub enum VaultChange {
    /// These keys, instead of any others.
    Keys(TillKeys),
    /// This record under this name.
    Put(String, Vec<u8>),
    /// No record under this name.
    Delete(String),
}

/// The till's keys and their records.
pub struct Vault {
    database: Database,
}

impl Vault {
    /// Opens the vault of the till called `name`.
    pub async fn open(name: &str) -> Result<Vault, StorageError> {
        let database = format!("{name}-keys");
        let vault_in =
            |source: Source, label: &str| Vault { database: Database::new(source, &database, label, VERSION, &STORES) };
        let by_default = vault_in(default_factory()?.into(), &format!("{database}-default"));
        // Where a bucket is refused, falling back to the default one would look like lost keys.
        let Some(bucket) = bucket(name).await? else { return by_default.whole().await };
        let in_bucket = vault_in(bucket, &database).whole().await?;
        // A till that was enrolled before this browser had buckets keeps its keys where they are.
        if in_bucket.keys().await?.is_none() && by_default.keys().await?.is_some() {
            return by_default.whole().await;
        }
        by_default.database.close();
        Ok(in_bucket)
    }

    /// Reads all of it once: what is damaged is left now, and not when half of it is in use.
    async fn whole(self) -> Result<Vault, StorageError> {
        for store in STORES {
            self.database.read(store, None, u32::MAX).await?;
        }
        Ok(self)
    }

    /// The keys, if there are all of them.
    pub async fn keys(&self) -> Result<Option<TillKeys>, StorageError> {
        let rows = self.database.read(KEYS, None, u32::MAX).await?;
        let find = |name: &str| rows.iter().find(|(key, _)| key.as_string().as_deref() == Some(name)).map(|(_, value)| value);
        let (Some(private), Some(public), Some(secret)) = (find(SIGNING), find(SIGNING_PUBLIC), find(DEVICE)) else {
            return Ok(None);
        };
        let (Ok(private), Ok(secret)) = (private.clone().dyn_into(), secret.clone().dyn_into()) else { return Ok(None) };
        let signing = SigningKey { private, public: Uint8Array::new(public).to_vec() };
        Ok(Some(TillKeys { signing, secret: DeviceSecret(secret) }))
    }

    /// The record called `name`.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let range = IdbKeyRange::only(&name.into()).map_err(|_| StorageError::Failed("name".into()))?;
        let rows = self.database.read(RECORDS, Some(range), 1).await?;
        Ok(rows.first().map(|(_, value)| Uint8Array::new(value).to_vec()))
    }

    /// The names that begin with `prefix`.
    pub async fn names(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let range = IdbKeyRange::bound(&prefix.into(), &format!("{prefix}\u{ffff}").into())
            .map_err(|_| StorageError::Failed("name".into()))?;
        let keys = self.database.keys(RECORDS, range).await?;
        Ok(keys.iter().filter_map(JsValue::as_string).collect())
    }

    /// Makes all `changes`, or none; on the disk when this answers.
    pub async fn change(&self, changes: Vec<VaultChange>) -> Result<(), StorageError> {
        let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
        let writes: Vec<Write> = changes
            .into_iter()
            .flat_map(|change| match change {
                VaultChange::Keys(TillKeys { signing, secret }) => vec![
                    Write::Put { store: KEYS, key: SIGNING.into(), value: signing.private.into() },
                    Write::Put { store: KEYS, key: SIGNING_PUBLIC.into(), value: bytes(&signing.public) },
                    Write::Put { store: KEYS, key: DEVICE.into(), value: secret.0.into() },
                ],
                VaultChange::Put(name, value) => {
                    vec![Write::Put { store: RECORDS, key: name.into(), value: bytes(&value) }]
                }
                VaultChange::Delete(name) => vec![Write::Delete { store: RECORDS, key: name.into() }],
            })
            .collect();
        self.database.write(true, &writes).await
    }

    /// Forgets the keys: what a browser does that evicts them. For tests.
    pub async fn lose_keys(&self) -> Result<(), StorageError> {
        let writes = [SIGNING, SIGNING_PUBLIC, DEVICE].map(|name| Write::Delete { store: KEYS, key: name.into() });
        self.database.write(true, &writes).await
    }

    /// Lets the connection go; the next use opens it again.
    pub fn close(&self) {
        self.database.close();
    }
}

/// The default bucket's IndexedDB.
pub(crate) fn default_factory() -> Result<IdbFactory, StorageError> {
    match scope().indexed_db() {
        Ok(Some(factory)) => Ok(factory),
        Ok(None) => Err(StorageError::Refused("missing".into())),
        Err(error) => Err(StorageError::Refused(error_name(&error))),
    }
}
