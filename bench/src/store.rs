//! A throw-away till's journal: what a till does between the tap and "paid".

use barrow_browser::throwaway::Throwaway;
use barrow_core::{
    journal::{Body, Entry},
    money::{Milli, Minor},
    sale::{Sale, SaleLine, Totals},
    tax::TaxMode,
    tender::Tender,
};
use wasm_bindgen::prelude::*;

/// An open throw-away till.
#[wasm_bindgen]
pub struct BenchStore(Throwaway);

/// Makes a till of this name. `black_box_script` is the address of `blackbox.js`.
#[wasm_bindgen]
pub async fn open_store(name: String, black_box_script: String) -> Result<BenchStore, JsError> {
    Ok(BenchStore(Throwaway::open(&name, &black_box_script).await?))
}

#[wasm_bindgen]
impl BenchStore {
    /// Writes sales (each as JSON text), all or none. Resolves when both copies of every one are on the disk.
    pub async fn put(&self, sales: Vec<String>) -> Result<(), JsError> {
        self.0.put(sales.into_iter().map(sale).collect()).await?;
        Ok(())
    }

    /// The sales that are held, oldest first, or only those among the newest `count` entries.
    pub async fn read(&self, count: Option<u32>) -> Result<Vec<String>, JsError> {
        Ok(self.0.read(count).await?.into_iter().filter_map(text).collect())
    }

    /// Lets go of files and locks.
    pub fn close(self) {
        self.0.close();
    }
}

/// A sale entry that carries the caller's JSON as its line's name, so that any shape is sealed and read back whole.
fn sale(json: String) -> Body {
    let price = Minor(100);
    Body::Sale(Sale {
        customer: None,
        currency: "EUR".into(),
        tax_mode: TaxMode::Inclusive,
        lines: vec![SaleLine {
            sku: "one".into(),
            name: json,
            qty: Milli::ONE,
            unit: price,
            list_unit: None,
            measure: None,
            extras: Vec::new(),
            note: None,
            promotion: None,
            order_off: Minor(0),
            discount: None,
            price,
            net: price,
            taxes: Vec::new(),
            gross: price,
        }],
        totals: Totals { net: price, tax: Minor::ZERO, gross: price },
        rounding: Minor::ZERO,
        tenders: Tender::cash(price, price).into_iter().collect(),
        turnover: price,
        discount: None,
        note: None,
        exchange: None,
        gifts: Vec::new(),
        tip: Minor(0),
    })
}

fn text(entry: Entry) -> Option<String> {
    match entry.body {
        Body::Sale(sale) => sale.lines.into_iter().next().map(|line| line.name),
        _ => None,
    }
}
