//! `backup` and `restore`: database and keys together, in one folder.

use std::{fs, path::Path};

use barrow_core::ids::{Epoch, TillId};
use sqlx::Row as _;

use super::{CliError, Place, file_fault};
use crate::{
    clock, keys,
    store::{Dialect, SQLITE_FILE, Store, shop, tills},
};

/// SQLite's files, the first being the database itself.
const FILES: [&str; 3] = [SQLITE_FILE, "barrow.db-wal", "barrow.db-shm"];

pub(super) async fn backup(place: &Place, dir: &Path) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    if store.dialect() == Dialect::Postgres {
        return Err(CliError::Usage(format!(
            "PostgreSQL is backed up with its own tools (pg_dump, or an archive of its log); keep {} with it",
            place.data.join(keys::FILE).display()
        )));
    }
    fs::create_dir_all(dir).map_err(file_fault(dir))?;
    if fs::read_dir(dir).map_err(file_fault(dir))?.next().is_some() {
        return Err(CliError::Usage(format!("{} is not empty", dir.display())));
    }
    let copy = dir.join(SQLITE_FILE);
    let name = copy.to_str().ok_or_else(|| CliError::Usage("the folder's name is not UTF-8".into()))?;
    // An empty file of ours first, so that the copy is never readable by others.
    keys::write_private(&copy, b"").map_err(file_fault(&copy))?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(&mut *store.read().await?).await?;
    let kept = place.data.join(keys::FILE);
    let bytes = zeroize::Zeroizing::new(fs::read(&kept).map_err(file_fault(&kept))?);
    let copied_keys = dir.join(keys::FILE);
    keys::write_private(&copied_keys, &bytes).map_err(file_fault(&copied_keys))?;
    fs::File::open(&copy).and_then(|file| file.sync_all()).map_err(file_fault(&copy))?;
    keys::sync_dir(dir).map_err(file_fault(dir))?;

    // Only what the copy really holds is called safe, and only now that it is on the disk.
    let copied = Store::open(dir, None).await?;
    let covered: Vec<(TillId, Epoch, u64)> = {
        let mut conn = copied.read().await?;
        let shop = shop::get(&mut conn).await?.id;
        let epochs = tills::all_epochs(&mut conn, shop).await?;
        epochs.into_iter().map(|(till, epoch)| (till, epoch.epoch, epoch.head_seq.0)).collect()
    };
    copied.close().await;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    shop::backed_up(&mut tx, shop, &covered).await?;
    tx.commit().await?;
    println!("Backed up to {}. It holds the server's keys: keep it where nobody else can read it.", dir.display());
    Ok(())
}

pub(super) async fn restore(place: &Place, dir: &Path) -> Result<(), CliError> {
    if place.database.as_deref().is_some_and(|url| !url.starts_with("sqlite:")) {
        return Err(CliError::Usage("PostgreSQL is restored with its own tools".into()));
    }
    for name in [SQLITE_FILE, keys::FILE] {
        let path = dir.join(name);
        fs::metadata(&path).map_err(file_fault(&path))?;
    }
    fs::create_dir_all(&place.data).map_err(file_fault(&place.data))?;
    let _lock = place.lock()?;
    let now_ms = clock::now_ms();
    let before = server_epoch(&place.data).await;
    set_aside(&place.data, now_ms)?;
    for name in [keys::FILE, SQLITE_FILE] {
        let (from, to) = (dir.join(name), place.data.join(name));
        let bytes = zeroize::Zeroizing::new(fs::read(&from).map_err(file_fault(&from))?);
        keys::write_private(&to, &bytes).map_err(file_fault(&to))?;
    }
    keys::sync_dir(&place.data).map_err(file_fault(&place.data))?;
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let epoch = shop::restored(&mut tx, shop, before, now_ms).await?;
    tx.commit().await?;
    store.close().await;
    println!("Restored (server epoch {epoch}). The tills will send again what this backup does not hold.");
    println!("Codes and office sessions from before are void: `barrow-server enrol-code` makes new codes.");
    Ok(())
}

/// The server epoch of the database that is about to be replaced; 0 if it cannot be read, which may be why it is replaced.
async fn server_epoch(data: &Path) -> u32 {
    if !data.join(SQLITE_FILE).exists() {
        return 0;
    }
    let Ok(store) = Store::open(data, None).await else { return 0 };
    let epoch = async {
        let row =
            sqlx::query("SELECT MAX(server_epoch) AS epoch FROM shops").fetch_one(&mut *store.read().await.ok()?).await.ok()?;
        row.try_get::<Option<i64>, _>("epoch").ok()?
    };
    let epoch = epoch.await;
    store.close().await;
    epoch.and_then(|epoch| u32::try_from(epoch).ok()).unwrap_or(0)
}

/// Moves what is there into a folder beside: nothing is thrown away.
fn set_aside(data: &Path, now_ms: i64) -> Result<(), CliError> {
    let aside = data.join(format!("before-restore-{now_ms}"));
    for name in FILES.into_iter().chain([keys::FILE]) {
        let from = data.join(name);
        if from.exists() {
            fs::create_dir_all(&aside).map_err(file_fault(&aside))?;
            fs::rename(&from, aside.join(name)).map_err(file_fault(&from))?;
        }
    }
    Ok(())
}
