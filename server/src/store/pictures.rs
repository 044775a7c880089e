//! Products' pictures: each once, by its SHA-256, and which product has which.

use std::collections::HashMap;

use barrow_core::{
    bytes::Hash,
    ids::ShopId,
    image::{self, BadImage},
};

use super::{Conn, Read as _, StoreError, db};

/// A picture that was looked at.
pub struct Picture {
    hash: Hash,
    bytes: Vec<u8>,
}

impl Picture {
    /// Looks at a picture.
    ///
    /// # Errors
    /// [`BadImage`].
    pub fn read(bytes: Vec<u8>) -> Result<Picture, BadImage> {
        image::check(&bytes)?;
        Ok(Picture { hash: Hash::of(&bytes), bytes })
    }
}

/// Gives the product of this SKU a picture, or takes it away. Tills hear of it by [`super::shop::config_changed`].
///
/// # Errors
/// [`StoreError`].
pub async fn set(conn: &mut Conn, shop: ShopId, sku: &str, picture: Option<&Picture>) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM product_pictures WHERE shop = $1 AND sku = $2")
        .bind(db(shop.0)?)
        .bind(sku)
        .execute(&mut *conn)
        .await?;
    if let Some(Picture { hash, bytes }) = picture {
        sqlx::query("INSERT INTO pictures (shop, hash, picture) VALUES ($1, $2, $3) ON CONFLICT (shop, hash) DO NOTHING")
            .bind(db(shop.0)?)
            .bind(hash.0.as_slice())
            .bind(bytes.as_slice())
            .execute(&mut *conn)
            .await?;
        sqlx::query("INSERT INTO product_pictures (shop, sku, hash) VALUES ($1, $2, $3)")
            .bind(db(shop.0)?)
            .bind(sku)
            .bind(hash.0.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    // What no product has any more.
    sqlx::query("DELETE FROM pictures WHERE shop = $1 AND hash NOT IN (SELECT hash FROM product_pictures WHERE shop = $1)")
        .bind(db(shop.0)?)
        .execute(conn)
        .await?;
    Ok(())
}

/// Which product, by its SKU, has which picture.
///
/// # Errors
/// [`StoreError`].
pub async fn of_products(conn: &mut Conn, shop: ShopId) -> Result<HashMap<String, Hash>, StoreError> {
    let rows = sqlx::query("SELECT sku, hash FROM product_pictures WHERE shop = $1").bind(db(shop.0)?).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.text("sku")?, row.hash("hash")?))).collect()
}

/// The picture of this hash.
///
/// # Errors
/// [`StoreError`].
pub async fn get(conn: &mut Conn, shop: ShopId, hash: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("SELECT picture FROM pictures WHERE shop = $1 AND hash = $2")
        .bind(db(shop.0)?)
        .bind(hash.0.as_slice())
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.bytes("picture")).transpose()
}
