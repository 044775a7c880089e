//! The demo shop: a pop-up stall with enough on its shelves to try everything.

use barrow_core::{
    catalogue::{Category, Product},
    config::Rules,
    ids::ShopId,
    money::{Currency, Minor},
    staff::Role,
    tax::{Ppm, Tax, TaxMode},
};

use crate::{
    clock,
    store::{
        Conn, StoreError,
        shop::{self, CardSettings, Shop},
        tills,
    },
};

mod shelves;

/// Makes the shop with its catalogue, its staff, and one till that waits.
///
/// # Errors
/// [`StoreError`].
pub async fn make(conn: &mut Conn) -> Result<Shop, StoreError> {
    let shop = Shop {
        id: ShopId(1),
        name: "Barrow Demo Market".into(),
        currency: Currency::eur(),
        tax_mode: TaxMode::Inclusive,
        taxes: vec![
            Tax { code: "A".into(), name: "VAT 19%".into(), rate: Ppm(190_000) },
            Tax { code: "B".into(), name: "VAT 7%".into(), rate: Ppm(70_000) },
        ],
        receipt_head: vec!["Harbour Square, Stall 12".into(), "VAT no. DE000000000 (demo)".into()],
        receipt_foot: vec!["Thank you for stopping by!".into(), "Exchange within 14 days with this receipt.".into()],
        idle_lock_minutes: 2,
        rules: Rules::default(),
        cards: CardSettings { taken: true, ..CardSettings::default() },
        config_version: 1,
        config_at_ms: clock::now_ms(),
        server_epoch: 1,
        backed_up: false,
    };
    shop::insert(conn, &shop).await?;
    let (categories, products) = catalogue();
    for category in &categories {
        shop::insert_category(conn, shop.id, category).await?;
    }
    for (position, product) in products.iter().enumerate() {
        shop::put_product(conn, shop.id, position, product).await?;
    }
    for (name, role) in [("Cashier", Role::Cashier), ("Supervisor", Role::Supervisor), ("Manager", Role::Manager)] {
        shop::insert_staff(conn, shop.id, name, role).await?;
    }
    tills::insert(conn, shop.id, "Till 1").await?;
    Ok(shop)
}

/// The demo's catalogue: always the same.
#[must_use]
pub fn catalogue() -> (Vec<Category>, Vec<Product>) {
    let mut categories = Vec::new();
    let mut products = Vec::new();
    for (shelf, id) in shelves::SHELVES.iter().zip(1u32..) {
        categories.push(Category { id, name: shelf.name.into() });
        let mut number = 0u32;
        for item in shelf.items {
            let variants: &[&str] = if item.variants.is_empty() { &[""] } else { item.variants };
            for variant in variants {
                number += 1;
                let barcode = if item.by_weight {
                    // 28 and five digits name the article; five digits of price follow, zero here.
                    format!("28{id:02}{number:03}00000")
                } else {
                    format!("200{id:03}{number:06}")
                };
                products.push(Product {
                    sku: format!("{}-{number:03}", shelf.prefix),
                    name: item.name.into(),
                    variant: (!variant.is_empty()).then(|| (*variant).into()),
                    category: id,
                    price: Minor(item.price_minor),
                    taxes: vec![shelf.tax.into()],
                    barcodes: vec![format!("{barcode}{}", ean13_check_digit(&barcode))],
                    price_embedded: item.by_weight,
                });
            }
        }
    }
    (categories, products)
}

/// The thirteenth digit of an EAN-13 (GS1 General Specifications, 7.9): weights 1 and 3 from the left.
#[must_use]
pub fn ean13_check_digit(twelve: &str) -> u32 {
    let sum: u32 =
        twelve.chars().filter_map(|c| c.to_digit(10)).zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn check_digits_are_gs1s() {
        for code in ["4006381333931", "5901234123457", "2000010000014"] {
            let (body, check) = code.split_at(12);
            if code.starts_with('2') {
                assert_eq!(format!("{body}{}", ean13_check_digit(body)).len(), 13);
            } else {
                assert_eq!(ean13_check_digit(body).to_string(), check);
            }
        }
    }

    #[test]
    fn the_demo_has_what_surface_promises() {
        let (categories, products) = catalogue();
        assert!(categories.len() >= 8 && products.len() >= 200, "{} categories, {} products", categories.len(), products.len());
        let distinct = |of: fn(&Product) -> String| products.iter().map(of).collect::<HashSet<_>>().len();
        assert_eq!(distinct(|p| p.sku.clone()), products.len());
        assert_eq!(distinct(|p| p.barcodes[0].clone()), products.len());
        assert_eq!(distinct(Product::title), products.len());
        assert!(products.iter().any(|p| p.variant.is_some()));
        assert_eq!(distinct(|p| p.taxes[0].clone()), 2);
        let embedded: Vec<_> = products.iter().filter(|p| p.price_embedded).collect();
        assert!(!embedded.is_empty() && embedded.iter().all(|p| p.barcodes[0].get(7..12) == Some("00000")));
        assert!(products.iter().all(|p| p.price.0 > 0 && p.barcodes[0].len() == 13));
        assert_eq!(catalogue().1, products, "always the same");
    }
}
