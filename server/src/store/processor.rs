//! What the card processor has published: its public keys and its hot-card list.

use barrow_core::{
    bytes::{Blob, Hash},
    card::rules::{HotListInfo, ProcessorKey},
    ids::ShopId,
};

use super::{Conn, Read as _, StoreError, db};

/// The keys, the newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn keys(conn: &mut Conn, shop: ShopId) -> Result<Vec<ProcessorKey>, StoreError> {
    let rows = sqlx::query("SELECT * FROM processor_keys WHERE shop = $1 ORDER BY from_ms DESC, kid")
        .bind(db(shop.0)?)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ProcessorKey {
                kid: row.text("kid")?,
                n: Blob(row.bytes("n")?),
                e: Blob(row.bytes("e")?),
                from_ms: row.int("from_ms")?,
                until_ms: row.int("until_ms")?,
            })
        })
        .collect()
}

/// Replaces all keys.
///
/// # Errors
/// [`StoreError`].
pub async fn set_keys(conn: &mut Conn, shop: ShopId, keys: &[ProcessorKey]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM processor_keys WHERE shop = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    for key in keys {
        sqlx::query("INSERT INTO processor_keys (shop, kid, n, e, from_ms, until_ms) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(db(shop.0)?)
            .bind(&key.kid)
            .bind(key.n.0.as_slice())
            .bind(key.e.0.as_slice())
            .bind(key.from_ms)
            .bind(key.until_ms)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// What is known of the hot-card list, if there is one.
///
/// # Errors
/// [`StoreError`].
pub async fn hot_list_info(conn: &mut Conn, shop: ShopId) -> Result<Option<HotListInfo>, StoreError> {
    let row = sqlx::query("SELECT hash, bytes, entries, made_at_ms, key FROM hot_lists WHERE shop = $1")
        .bind(db(shop.0)?)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(HotListInfo {
            hash: row.hash("hash")?,
            bytes: row.small("bytes")?,
            entries: row.small("entries")?,
            made_at_ms: row.int("made_at_ms")?,
            key: Blob(row.bytes("key")?),
        })
    })
    .transpose()
}

/// The hot-card list and its hash, if there is one.
///
/// # Errors
/// [`StoreError`].
pub async fn hot_list(conn: &mut Conn, shop: ShopId) -> Result<Option<(Hash, Vec<u8>)>, StoreError> {
    let row = sqlx::query("SELECT hash, list FROM hot_lists WHERE shop = $1").bind(db(shop.0)?).fetch_optional(conn).await?;
    row.map(|row| Ok((row.hash("hash")?, row.bytes("list")?))).transpose()
}

/// Replaces the hot-card list, or takes it away.
///
/// # Errors
/// [`StoreError`].
pub async fn set_hot_list(conn: &mut Conn, shop: ShopId, list: Option<(&HotListInfo, &[u8])>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM hot_lists WHERE shop = $1").bind(db(shop.0)?).execute(&mut *conn).await?;
    let Some((info, list)) = list else { return Ok(()) };
    sqlx::query("INSERT INTO hot_lists (shop, hash, list, bytes, entries, key, made_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(db(shop.0)?)
        .bind(info.hash.0.as_slice())
        .bind(list)
        .bind(i64::from(info.bytes))
        .bind(i64::from(info.entries))
        .bind(info.key.0.as_slice())
        .bind(info.made_at_ms)
        .execute(conn)
        .await?;
    Ok(())
}
