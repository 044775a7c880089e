//! Pictures of a handful of the demo's products, drawn for it.

use barrow_core::{catalogue::Product, ids::ShopId};

use crate::store::{
    Conn, StoreError,
    pictures::{self, Picture},
};

/// By the product's name; all its variants have the same.
const PICTURES: [(&str, &[u8]); 10] = [
    ("Espresso", include_bytes!("pictures/espresso.webp")),
    ("Cappuccino", include_bytes!("pictures/cappuccino.webp")),
    ("Pot of tea", include_bytes!("pictures/tea.webp")),
    ("Butter croissant", include_bytes!("pictures/croissant.webp")),
    ("Sourdough loaf", include_bytes!("pictures/bread.webp")),
    ("Alpine cheese, cut to order", include_bytes!("pictures/cheese.webp")),
    ("Organic cotton T-shirt", include_bytes!("pictures/tshirt.webp")),
    ("Soy candle", include_bytes!("pictures/candle.webp")),
    ("Stoneware mug", include_bytes!("pictures/mug.webp")),
    ("Monstera, small", include_bytes!("pictures/plant.webp")),
];

/// Gives those of `products` that have one their picture.
pub(super) async fn hang(conn: &mut Conn, shop: ShopId, products: &[Product]) -> Result<(), StoreError> {
    for (name, bytes) in PICTURES {
        // Ours are small enough; a test looks at each.
        let Ok(picture) = Picture::read(bytes.to_vec()) else { continue };
        for product in products.iter().filter(|product| product.name == name) {
            pictures::set(conn, shop, &product.sku, Some(&picture)).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_small_enough_and_of_a_product() {
        let (_, products) = super::super::catalogue();
        for (name, bytes) in PICTURES {
            assert!(Picture::read(bytes.to_vec()).is_ok(), "{name}");
            assert!(products.iter().any(|product| product.name == name), "{name}");
        }
    }
}
