//! `import`: products from a CSV or JSON file.

use std::{collections::HashSet, path::Path};

use barrow_core::{
    catalogue::{Category, Details, Extra, Modifier, Product, Unit},
    money::{Currency, Milli, Minor},
    stock::Kept,
    tax::Tax,
};
use barrow_sealing::cbor;
use serde::Deserialize;
use thiserror::Error;

use super::{CliError, Place, file_fault};
use crate::{
    clock,
    demo::ean13_check_digit,
    store::{
        changes::{self, COMMAND_LINE, Change},
        shop::{self, Shop},
    },
};

/// The largest file, bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most products in one file.
const PRODUCTS_MAX: usize = 100_000;
/// What the rest of a configuration may take beside the products, bytes: taxes, people, rules, keys and readers.
const REST_BYTES: usize = 2 * 1024 * 1024;

/// Why a file was not imported. Nothing of it was.
#[derive(Debug, Error)]
pub(super) enum ImportError {
    #[error("the file is larger than 64 MiB")]
    TooLarge,
    #[error("the file has more than {PRODUCTS_MAX} products")]
    TooMany,
    #[error("the file ends in neither .csv nor .json")]
    Kind,
    #[error("the file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    #[error("the file cannot be read: {0}")]
    Json(serde_json::Error),
    #[error("the whole catalogue would be larger than a till takes: shorter names and fewer modifiers make it smaller")]
    Catalogue,
    #[error("product {number} ({sku}): {fault}")]
    Product { number: usize, sku: String, fault: &'static str },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    sku: String,
    name: String,
    #[serde(default)]
    variant: String,
    category: String,
    price: String,
    #[serde(default)]
    taxes: String,
    #[serde(default)]
    barcodes: String,
    #[serde(default)]
    price_embedded: String,
    /// `kg` or `l`: sold by weight or volume.
    #[serde(default)]
    unit: String,
    #[serde(default)]
    open_price: String,
    #[serde(default)]
    favourite: String,
    /// `Milk? oat +0.50 | soy +0.40; Extras: extra shot +0.80`: a question mark for one answer at most, a colon for any number.
    #[serde(default)]
    modifiers: String,
    /// From which level down its stock is marked as low; nothing leaves it as it is.
    #[serde(default)]
    stock_low: String,
}

pub(super) async fn import(place: &Place, file: &Path, replace: bool) -> Result<(), CliError> {
    let length = std::fs::metadata(file).map_err(file_fault(file))?.len();
    if length > FILE_BYTES_MAX {
        return Err(ImportError::TooLarge.into());
    }
    let bytes = std::fs::read(file).map_err(file_fault(file))?;
    let rows = read(file, &bytes)?;
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?;
    let mut categories = shop::categories(&mut tx, shop.id).await?;
    let known = categories.len();
    let products = products(&rows, &shop, &mut categories)?;
    for category in categories.iter().skip(known) {
        shop::insert_category(&mut tx, shop.id, category).await?;
    }
    let first = if replace {
        shop::clear_products(&mut tx, shop.id).await?;
        0
    } else {
        shop::products(&mut tx, shop.id).await?.len()
    };
    for (index, product) in products.iter().enumerate() {
        shop::put_product(&mut tx, shop.id, first.saturating_add(index), product).await?;
    }
    let encoded = cbor::to_vec(&shop::products(&mut tx, shop.id).await?).ok();
    if encoded.is_none_or(|bytes| bytes.len() > cbor::MAX_BYTES - REST_BYTES) {
        return Err(ImportError::Catalogue.into());
    }
    let change = Change::CatalogueImported { products: products.len() as u64 };
    changes::note(&mut tx, shop.id, COMMAND_LINE, change, clock::now_ms()).await?;
    shop::config_changed(&mut tx, shop.id).await?;
    tx.commit().await?;
    println!("{} products imported.", products.len());
    Ok(())
}

fn read(file: &Path, bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let rows = match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "csv" => {
            // Spreadsheets put a byte order mark in front.
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
            reader.deserialize().take(PRODUCTS_MAX + 1).collect::<Result<Vec<Row>, _>>()?
        }
        "json" => serde_json::from_slice(bytes).map_err(ImportError::Json)?,
        _ => return Err(ImportError::Kind),
    };
    if rows.len() > PRODUCTS_MAX { Err(ImportError::TooMany) } else { Ok(rows) }
}

fn products(rows: &[Row], shop: &Shop, categories: &mut Vec<Category>) -> Result<Vec<Product>, ImportError> {
    let mut seen = HashSet::new();
    rows.iter()
        .enumerate()
        .map(|(index, row)| {
            let product = product(row, &shop.currency, &shop.taxes, categories);
            let product =
                product.and_then(|p| if seen.insert(p.sku.clone()) { Ok(p) } else { Err("this SKU comes twice in the file") });
            product.map_err(|fault| ImportError::Product { number: index + 1, sku: row.sku.clone(), fault })
        })
        .collect()
}

fn product(row: &Row, currency: &Currency, taxes: &[Tax], categories: &mut Vec<Category>) -> Result<Product, &'static str> {
    let plain = |text: &str, max: usize| !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    if !plain(&row.sku, 64) {
        return Err("a SKU has 1 to 64 characters");
    }
    if !plain(&row.name, 200) || (!row.variant.is_empty() && !plain(&row.variant, 100)) || !plain(&row.category, 80) {
        return Err("name, variant or category is missing, too long, or has characters that do not print");
    }
    let price: Minor = currency.parse(&row.price).map_err(|_| "the price is not an amount of the shop's money")?;
    let codes: Vec<String> = row.taxes.split_whitespace().map(str::to_owned).collect();
    if !codes.iter().all(|code| taxes.iter().any(|tax| tax.code == *code)) {
        return Err("the shop has no tax of this code");
    }
    let barcodes: Vec<String> = row.barcodes.split_whitespace().map(str::to_owned).collect();
    if !barcodes.iter().all(|code| is_barcode(code)) {
        return Err("a barcode is 4 to 18 digits, with the right check digit if they are 13, or 3 to 48 characters of Code 128");
    }
    let price_embedded = yes(&row.price_embedded).ok_or("price_embedded is yes or no")?;
    let details = Details {
        unit: match row.unit.as_str() {
            "" => None,
            sign => Some(Unit::of(sign).ok_or("unit is kg or l, or nothing for what is sold by the piece")?),
        },
        open_price: yes(&row.open_price).ok_or("open_price is yes or no")?,
        favourite: yes(&row.favourite).ok_or("favourite is yes or no")?,
        modifiers: modifiers(&row.modifiers, currency).ok_or(BAD_MODIFIERS)?,
        image: None,
        stock: match row.stock_low.as_str() {
            "" => None,
            low => Some(Kept { low: Milli::parse(low).ok_or("stock_low is a quantity such as 5 or 0.5")? }),
        },
    };
    if details.open_price && details.unit.is_some() {
        return Err("a product has either an open price or a price for its unit");
    }
    if price_embedded && !barcodes.iter().any(|code| code.len() == 13 && code.get(7..12) == Some("00000")) {
        return Err("a product with the price in its barcode needs that barcode with 00000 for the price");
    }
    let category = match categories.iter().find(|category| category.name == row.category) {
        Some(category) => category.id,
        None => {
            let id = categories.iter().map(|category| category.id).max().unwrap_or(0).saturating_add(1);
            categories.push(Category { id, name: row.category.clone() });
            id
        }
    };
    Ok(Product {
        sku: row.sku.clone(),
        name: row.name.clone(),
        variant: (!row.variant.is_empty()).then(|| row.variant.clone()),
        category,
        price,
        taxes: codes,
        barcodes,
        price_embedded,
        details,
    })
}

const BAD_MODIFIERS: &str = "modifiers are written as Milk? oat +0.50 | soy +0.40; Extras: extra shot +0.80";
/// The most questions about a product, and the most answers to each.
const MODIFIERS_MAX: usize = 20;

fn yes(text: &str) -> Option<bool> {
    match text {
        "" | "0" | "no" | "false" => Some(false),
        "1" | "yes" | "true" => Some(true),
        _ => None,
    }
}

fn modifiers(text: &str, currency: &Currency) -> Option<Vec<Modifier>> {
    let word = |text: &str| {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= 60 && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    };
    let extra = |text: &str| match text.rsplit_once('+') {
        Some((name, price)) => Some(Extra { name: word(name)?, price: currency.parse(price).ok()? }),
        None => Some(Extra { name: word(text)?, price: Minor::ZERO }),
    };
    let modifier = |text: &str| {
        let at = text.find(['?', ':'])?;
        let (name, options) = text.split_at(at);
        let options = options.get(1..)?.split('|').map(extra).collect::<Option<Vec<_>>>()?;
        (options.len() <= MODIFIERS_MAX).then_some(Modifier { name: word(name)?, one: text[at..].starts_with('?'), options })
    };
    let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > MODIFIERS_MAX { None } else { parts.into_iter().map(modifier).collect() }
}

/// Digits, with the right check digit where they are an EAN-13; or any text that Code 128 can hold.
fn is_barcode(code: &str) -> bool {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return (3..=48).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic());
    }
    let checked =
        code.split_at_checked(12).is_none_or(|(body, check)| code.len() != 13 || check == ean13_check_digit(body).to_string());
    (4..=18).contains(&code.len()) && checked
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use barrow_core::tax::Ppm;

    use super::*;

    fn parse(csv: &str) -> Result<Vec<Product>, String> {
        let rows = read(Path::new("x.csv"), csv.as_bytes()).map_err(|fault| fault.to_string())?;
        let taxes = [Tax { code: "A".into(), name: String::new(), rate: Ppm(190_000) }];
        let mut categories = vec![Category { id: 4, name: "Tea".into() }];
        rows.iter().map(|row| product(row, &Currency::eur(), &taxes, &mut categories).map_err(str::to_owned)).collect()
    }

    #[test]
    fn reads_what_a_spreadsheet_writes() {
        let head = "\u{feff}sku,name,variant,category,price,taxes,barcodes,price_embedded\n";
        let products = parse(&format!("{head}T1,Green tea,,Tea,\"3,50\",A,4006381333931,\nT2,Mug,blue,Cups,12,,,no\n")).unwrap();
        assert_eq!((products[0].price, products[0].category, products[0].taxes.len()), (Minor(350), 4, 1));
        assert_eq!((products[1].category, products[1].variant.as_deref()), (5, Some("blue")));
        for (row, why) in [
            ("T1,Green tea,,Tea,3.505,A,,", "amount"),
            ("T1,Green tea,,Tea,3,B,,", "tax"),
            ("T1,Green tea,,Tea,3,A,4006381333930,", "check digit"),
            (",Green tea,,Tea,3,A,,", "SKU"),
            ("T1,,,Tea,3,A,,", "name"),
            ("T1,Cheese,,Tea,3,A,,yes", "00000"),
            ("T1,Cheese,,Tea,3,A,,perhaps", "yes or no"),
            ("T1,Cheese", "cannot be read"),
        ] {
            assert!(parse(&format!("{head}{row}\n")).unwrap_err().contains(why), "{row}");
        }
    }

    #[test]
    fn reads_how_a_product_is_sold() {
        let head = "sku,name,category,price,barcodes,unit,open_price,favourite,modifiers\n";
        let products = parse(&format!(
            "{head}C1,Latte,Tea,3.90,LATTE-1 4006381333931,,,yes,Milk? oat +0.50 | soy; Top: cream +0.6\nC2,Brie,Tea,24.90,,kg,,,\nC3,Repair,Tea,0,,,yes,,\n"
        ))
        .unwrap();
        let latte = &products[0];
        assert_eq!((latte.barcodes.len(), latte.details.favourite, latte.details.modifiers.len()), (2, true, 2));
        let milk = &latte.details.modifiers[0];
        assert_eq!(
            (milk.name.as_str(), milk.one, milk.options[0].price, milk.options[1].name.as_str()),
            ("Milk", true, Minor(50), "soy")
        );
        assert_eq!((products[1].details.unit, products[2].details.open_price), (Some(Unit::Kg), true));
        for (row, why) in [
            ("C1,x,Tea,1,,lb,,,", "kg or l"),
            ("C1,x,Tea,1,,,maybe,,", "open_price"),
            ("C1,x,Tea,1,,kg,yes,,", "either"),
            ("C1,x,Tea,1,,,,,Milk oat", "modifiers"),
            ("C1,x,Tea,1,,,,,Milk? oat +x", "modifiers"),
            ("C1,x,Tea,1,,,,,Milk? ", "modifiers"),
        ] {
            assert!(parse(&format!("{head}{row}\n")).unwrap_err().contains(why), "{row}");
        }
    }
}
