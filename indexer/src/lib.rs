//! The search's [`Indexer`] for a worker (`public/indexer.js`). It has no access to anything: names and codes in, tables out.

#![cfg(target_arch = "wasm32")]

use barrow_core::search::Indexer;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

/// A catalogue that is being indexed.
#[wasm_bindgen]
#[derive(Default)]
pub struct Catalogue(Indexer);

#[wasm_bindgen]
impl Catalogue {
    /// Without products.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Catalogue {
        Catalogue::default()
    }

    /// Adds packed products, the last ones if `last`. The segments that are finished by then, a `Uint8Array` each.
    pub fn add(&mut self, products: &[u8], last: bool) -> Result<Array, String> {
        self.0.add_packed(products).map_err(|error| error.to_string())?;
        if last {
            self.0.seal();
        }
        Ok(self.0.take().iter().map(|segment| JsValue::from(Uint8Array::from(segment.to_bytes().as_slice()))).collect())
    }
}
