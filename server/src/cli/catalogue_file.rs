//! `import`: products from a CSV or JSON file.

use std::{collections::HashSet, path::Path};

use barrow_core::{
    catalogue::{Category, Product},
    money::{Currency, Minor},
    tax::Tax,
};
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
        return Err("a barcode has 4 to 18 digits, and the right check digit if it has 13");
    }
    let price_embedded = match row.price_embedded.as_str() {
        "" | "0" | "no" | "false" => false,
        "1" | "yes" | "true" => true,
        _ => return Err("price_embedded is yes or no"),
    };
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
    })
}

fn is_barcode(code: &str) -> bool {
    let digits = (4..=18).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    let checked =
        code.split_at_checked(12).is_none_or(|(body, check)| code.len() != 13 || check == ean13_check_digit(body).to_string());
    digits && checked
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
}
