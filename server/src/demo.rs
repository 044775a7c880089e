//! The demo shop: a pop-up stall with enough on its shelves to try everything.

use barrow_core::{
    catalogue::{Category, Details, Extra, Modifier, Product},
    config::Rules,
    ids::ShopId,
    money::{Currency, Milli, Minor},
    promotion::{Deal, Goods, Promotion, When},
    staff::Role,
    stock::Kept,
    tax::{Ppm, Tax, TaxMode},
};

use crate::{
    clock,
    store::{
        Conn, StoreError,
        changes::COMMAND_LINE,
        shop::{self, CardSettings, Shop},
        stock::{self, Move},
        tills,
    },
};

mod pictures;
mod shelves;

use shelves::{MILK, ON_TOP, Sold};

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
        receipt_logo: None,
        idle_lock_minutes: 2,
        rules: Rules { promotions: promotions(), ..Rules::default() },
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
    pictures::hang(conn, shop.id, &products).await?;
    let opening = products.iter().zip(levels());
    let opening = opening.filter_map(|(product, level)| Some((product.sku.as_str(), level?)));
    let moves =
        opening.map(|(sku, level)| Move::of_office(COMMAND_LINE, "receipt", sku, level, "Opening stock", shop.config_at_ms));
    stock::apply(conn, shop.id, moves.collect()).await?;
    for (name, role) in [("Cashier", Role::Cashier), ("Supervisor", Role::Supervisor), ("Manager", Role::Manager)] {
        shop::insert_staff(conn, shop.id, name, role).await?;
    }
    tills::insert(conn, shop.id, "Till 1").await?;
    Ok(shop)
}

/// How much there is of each product at first, in the catalogue's order.
fn levels() -> impl Iterator<Item = Option<Milli>> {
    let items = shelves::SHELVES.iter().flat_map(|shelf| shelf.items);
    items.flat_map(|item| {
        let level = item.stock.map(|(level, _)| Milli::pieces(level));
        std::iter::repeat_n(level, item.variants.len().max(1))
    })
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
                let by_weight = matches!(item.sold, Sold::ByWeight(_));
                let barcode = if by_weight {
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
                    price_embedded: by_weight,
                    details: Details {
                        image: None,
                        unit: match item.sold {
                            Sold::ByWeight(unit) => Some(unit),
                            Sold::ByPiece | Sold::OpenPrice => None,
                        },
                        open_price: item.sold == Sold::OpenPrice,
                        favourite: item.favourite,
                        stock: item.stock.map(|(_, low)| Kept { low: Milli::pieces(low) }),
                        modifiers: if item.coffee { vec![modifier(MILK, true), modifier(ON_TOP, false)] } else { Vec::new() },
                    },
                });
            }
        }
    }
    (categories, products)
}

fn modifier((name, options): (&str, &[(&str, i64)]), one: bool) -> Modifier {
    let extra = |(name, price): &(&str, i64)| Extra { name: (*name).into(), price: Minor(*price) };
    Modifier { name: name.into(), one, options: options.iter().map(extra).collect() }
}

/// The demo's promotions: one for each kind of deal, one with a coupon.
#[must_use]
pub fn promotions() -> Vec<Promotion> {
    let in_category = |name: &str| {
        let place = shelves::SHELVES.iter().position(|shelf| shelf.name == name).unwrap_or_default();
        Goods { categories: vec![u32::try_from(place + 1).unwrap_or_default()], skus: Vec::new() }
    };
    let promotion = |name: &str, deal: Deal, goods: Goods, coupon: Option<&str>| Promotion {
        name: name.into(),
        deal,
        goods,
        when: When::default(),
        coupon: coupon.map(str::to_owned),
    };
    vec![
        promotion("With WELCOME10", Deal::Percent(Ppm(100_000)), Goods::default(), Some("WELCOME10")),
        promotion("3 candles for 2", Deal::NForM { take: 3, pay: 2 }, in_category("Candles & scents"), Some("CANDLES")),
    ]
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
        assert!(products.iter().all(|p| (p.price.0 > 0) != p.details.open_price && p.barcodes[0].len() == 13));
        let kinds: [fn(&Product) -> bool; 4] = [
            |p| p.details.open_price,
            |p| p.details.unit.is_some(),
            |p| p.details.favourite,
            |p| !p.details.modifiers.is_empty(),
        ];
        for kind in kinds {
            assert!(products.iter().any(kind));
        }
        assert_eq!(catalogue().1, products, "always the same");
    }
}
