//! The till's product search over a list of the caller's.

use barrow_core::{catalogue::Product, money::Minor, search::SearchIndex};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// A product as outside benches describe it.
#[derive(Deserialize)]
struct Described {
    name: String,
    sku: String,
    #[serde(default)]
    barcode: String,
}

/// An index over products.
#[wasm_bindgen]
pub struct BenchSearch(SearchIndex);

/// Builds the index over `products`, an array of `{name, sku, barcode, category}`.
#[wasm_bindgen]
pub fn build_search(products: JsValue) -> Result<BenchSearch, JsError> {
    let described: Vec<Described> = serde_wasm_bindgen::from_value(products)?;
    let products: Vec<Product> = described
        .into_iter()
        .map(|one| Product {
            sku: one.sku,
            name: one.name,
            variant: None,
            category: 0,
            price: Minor::ZERO,
            taxes: Vec::new(),
            barcodes: vec![one.barcode],
            price_embedded: false,
        })
        .collect();
    Ok(BenchSearch(SearchIndex::build(&products)))
}

#[wasm_bindgen]
impl BenchSearch {
    /// Places of the products that fit, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<u32> {
        self.0.search(query, limit).into_iter().filter_map(|place| u32::try_from(place).ok()).collect()
    }
}
