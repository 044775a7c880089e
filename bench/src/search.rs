//! The till's product search over a list of the caller's.

use std::cell::RefCell;

use barrow_browser::indexing;
use barrow_core::search::{SearchIndex, pack_one};
use js_sys::Function;
use wasm_bindgen::prelude::*;

/// What stands between the fields of a slice; `search.mjs` takes it out of them.
const BETWEEN: char = '\u{1f}';

/// An index over products.
#[wasm_bindgen]
#[derive(Default)]
pub struct BenchSearch(RefCell<SearchIndex>);

#[wasm_bindgen]
impl BenchSearch {
    /// Without products.
    #[wasm_bindgen(constructor)]
    pub fn new() -> BenchSearch {
        BenchSearch::default()
    }

    /// Indexes `count` products as the till does: in a worker, whose script is `indexer.js` at `script`. `slice` gives those from its first to before its second argument,
    /// for each its name, SKU and barcode, all joined by U+001F.
    pub async fn index(&self, script: &str, count: usize, slice: &Function) {
        let pack = |range: std::ops::Range<usize>| {
            let slice = slice.call2(&JsValue::NULL, &range.start.into(), &range.end.into()).ok()?.as_string()?;
            let (mut fields, mut packed) = (slice.split(BETWEEN), Vec::new());
            while let (Some(name), Some(sku), Some(barcode)) = (fields.next(), fields.next(), fields.next()) {
                pack_one(&mut packed, name, [barcode, sku].into_iter());
            }
            Some(packed)
        };
        indexing::index(script, count, pack, |segment| self.0.borrow_mut().push(segment)).await;
    }

    /// Places of the products that fit, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<u32> {
        self.0.borrow().search(query, limit).into_iter().filter_map(|place| u32::try_from(place).ok()).collect()
    }
}
