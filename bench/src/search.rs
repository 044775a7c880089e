//! The till's product search over a list of the caller's.

use barrow_core::search::SearchIndex;
use wasm_bindgen::prelude::*;

/// What stands between the fields of a slice; `search.mjs` takes it out of them.
const BETWEEN: char = '\u{1f}';

/// An index over products.
#[wasm_bindgen]
#[derive(Default)]
pub struct BenchSearch(SearchIndex);

#[wasm_bindgen]
impl BenchSearch {
    /// Without products.
    #[wasm_bindgen(constructor)]
    pub fn new() -> BenchSearch {
        BenchSearch::default()
    }

    /// Adds products: for each its name, SKU and barcode, all joined by U+001F.
    pub fn add(&mut self, slice: &str) {
        let mut fields = slice.split(BETWEEN);
        while let (Some(name), Some(sku), Some(barcode)) = (fields.next(), fields.next(), fields.next()) {
            self.0.add(name, [barcode, sku].into_iter());
        }
    }

    /// Makes the products that were added searchable.
    pub fn seal(&mut self) {
        self.0.seal();
    }

    /// Places of the products that fit, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<u32> {
        self.0.search(query, limit).into_iter().filter_map(|place| u32::try_from(place).ok()).collect()
    }
}
