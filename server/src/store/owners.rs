//! Who may enter the office, and their sessions.

use barrow_core::ids::ShopId;

use super::{Conn, Read as _, StoreError, db};

/// The argon2id hash (PHC string) of a login, if there is such a login.
///
/// # Errors
/// [`StoreError`].
pub async fn password(conn: &mut Conn, shop: ShopId, login: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT password FROM owners WHERE shop = $1 AND login = $2")
        .bind(db(shop.0)?)
        .bind(login)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.text("password")).transpose()
}

/// Adds a login, or gives it another password, which ends its sessions.
///
/// # Errors
/// [`StoreError`].
pub async fn set_password(conn: &mut Conn, shop: ShopId, login: &str, password: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO owners (shop, login, password) VALUES ($1, $2, $3) \
         ON CONFLICT (shop, login) DO UPDATE SET password = excluded.password",
    )
    .bind(db(shop.0)?)
    .bind(login)
    .bind(password)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM sessions WHERE shop = $1 AND login = $2").bind(db(shop.0)?).bind(login).execute(conn).await?;
    Ok(())
}

/// Keeps a session by the hash of its token.
///
/// # Errors
/// [`StoreError`].
pub async fn begin_session(
    conn: &mut Conn,
    shop: ShopId,
    hash: &[u8; 32],
    login: &str,
    now_ms: i64,
    expires_at_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE shop = $1 AND expires_at_ms < $2")
        .bind(db(shop.0)?)
        .bind(now_ms)
        .execute(&mut *conn)
        .await?;
    sqlx::query("INSERT INTO sessions (shop, hash, login, expires_at_ms) VALUES ($1, $2, $3, $4)")
        .bind(db(shop.0)?)
        .bind(hash.as_slice())
        .bind(login)
        .bind(expires_at_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose session it is, while it lasts.
///
/// # Errors
/// [`StoreError`].
pub async fn session(conn: &mut Conn, shop: ShopId, hash: &[u8; 32], now_ms: i64) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT login FROM sessions WHERE shop = $1 AND hash = $2 AND expires_at_ms > $3")
        .bind(db(shop.0)?)
        .bind(hash.as_slice())
        .bind(now_ms)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.text("login")).transpose()
}

/// Ends a session.
///
/// # Errors
/// [`StoreError`].
pub async fn end_session(conn: &mut Conn, shop: ShopId, hash: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE shop = $1 AND hash = $2")
        .bind(db(shop.0)?)
        .bind(hash.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}
