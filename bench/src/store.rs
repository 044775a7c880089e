//! A throw-away till's journal: what a till does between the tap and "paid".

use std::rc::Rc;

use barrow_browser::{Device, Parts, now_ms};
use barrow_core::{
    device::{Boot, Session},
    ids::ShiftId,
    journal::{Body, Draft, Entry},
    money::{Milli, Minor},
    sale::{Sale, SaleLine, Totals},
    staff::Pin,
    tax::TaxMode,
    tender::{Tender, TenderKind},
};
use wasm_bindgen::prelude::*;

use crate::enroller::{Enroller, STAFF};

/// An open throw-away till.
#[wasm_bindgen]
pub struct BenchStore {
    device: Device,
    shift: Option<ShiftId>,
}

/// Makes a till of this name, signed in and with a shift open. `black_box_script` is the address of `blackbox.js`.
#[wasm_bindgen]
pub async fn open_store(name: String, black_box_script: String) -> Result<BenchStore, JsError> {
    let parts = Parts::of_browser(&name, &black_box_script)?;
    let transport = Rc::new(Enroller::new(fill));
    let (device, boot) = Device::boot_on(Parts { transport, ..parts }).await;
    let pin = Pin::choose("274951")?;
    let session: Session = match boot {
        Boot::NotEnrolled { .. } => {
            device.enrol("BENCH").await?;
            device.first_pin(STAFF, "BENCH", &pin).await?
        }
        Boot::Locked(_) => device.unlock(STAFF, &pin).await?,
        Boot::SecondTab => return Err(JsError::new("a store of this name is open in another tab")),
        Boot::Unusable(why) => return Err(why.into()),
    };
    let mut store = BenchStore { device, shift: session.ledger.shift.map(|shift| shift.id) };
    if store.shift.is_none() {
        let opened = store.commit(vec![Body::ShiftOpened { float: Minor::ZERO }]).await?;
        store.shift = opened.last().map(|entry| ShiftId { epoch: entry.epoch, seq: entry.seq });
    }
    Ok(store)
}

#[wasm_bindgen]
impl BenchStore {
    /// Writes sales (each as JSON text), all or none. Resolves when both copies of every one are on the disk.
    pub async fn put(&self, sales: Vec<String>) -> Result<(), JsError> {
        self.commit(sales.into_iter().map(sale).collect()).await.map(drop)
    }

    /// The sales that are still held, oldest first, or only the newest `count`.
    pub async fn read(&self, count: Option<u32>) -> Result<Vec<String>, JsError> {
        let entries = self.device.entries(count).await?;
        Ok(entries.into_iter().filter_map(text).collect())
    }

    /// Lets go of files and locks.
    pub fn close(&self) {
        self.device.close();
    }

    async fn commit(&self, bodies: Vec<Body>) -> Result<Vec<Entry>, JsError> {
        let at_ms = now_ms();
        let drafts = bodies.into_iter().map(|body| Draft { at_ms, staff: Some(STAFF), shift: self.shift, body }).collect();
        let committed = self.device.commit(drafts).await?;
        Ok(committed.into_iter().map(|done| done.entry).collect())
    }
}

/// A sale entry that carries the caller's JSON as its line's name, so that any shape is sealed and read back whole.
fn sale(json: String) -> Body {
    let price = Minor(100);
    Body::Sale(Sale {
        currency: "EUR".into(),
        tax_mode: TaxMode::Inclusive,
        lines: vec![SaleLine {
            sku: "one".into(),
            name: json,
            qty: Milli::ONE,
            unit: price,
            price,
            net: price,
            taxes: Vec::new(),
            gross: price,
        }],
        totals: Totals { net: price, tax: Minor::ZERO, gross: price },
        rounding: Minor::ZERO,
        tenders: vec![Tender { kind: TenderKind::Cash, amount: price, tendered: price, change: Minor::ZERO }],
        turnover: price,
    })
}

fn text(entry: Entry) -> Option<String> {
    match entry.body {
        Body::Sale(sale) => sale.lines.into_iter().next().map(|line| line.name),
        _ => None,
    }
}

fn fill(out: &mut [u8]) {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
        fn get_random_values(out: &mut [u8]);
    }
    get_random_values(out);
}
