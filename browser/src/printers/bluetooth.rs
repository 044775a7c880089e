//! Web Bluetooth (<https://webbluetoothcg.github.io/web-bluetooth/>): a characteristic that takes bytes, of a service that receipt
//! printers have. There is no standard for them; these are the three that nearly all have in common.

use barrow_core::printer::PrinterFailed;
use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};

use super::filters;
use crate::scope::property;

const SERVICES: [&str; 3] =
    ["000018f0-0000-1000-8000-00805f9b34fb", "e7810a71-73ae-499d-8c15-faa9aef0c3f2", "49535343-fe7d-4ae5-8fa9-9fafd205e455"];
/// Bytes that are written at once: what fits into a packet with most printers.
pub(super) const PIECE: usize = 100;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type BluetoothDevice;
    #[wasm_bindgen(method, getter)]
    fn name(this: &BluetoothDevice) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn gatt(this: &BluetoothDevice) -> Option<Gatt>;

    type Gatt;
    #[wasm_bindgen(method, catch)]
    async fn connect(this: &Gatt) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn disconnect(this: &Gatt);
    #[wasm_bindgen(method, catch, js_name = getPrimaryService)]
    async fn get_primary_service(this: &Gatt, id: &str) -> Result<JsValue, JsValue>;

    type Service;
    #[wasm_bindgen(method, catch, js_name = getCharacteristics)]
    async fn get_characteristics(this: &Service) -> Result<JsValue, JsValue>;

    #[derive(Clone)]
    type Characteristic;
    #[wasm_bindgen(method, catch, js_name = writeValueWithResponse)]
    async fn write_with_response(this: &Characteristic, piece: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = writeValueWithoutResponse)]
    async fn write_without_response(this: &Characteristic, piece: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// A printer that is connected.
#[derive(Clone)]
pub(super) struct BluetoothPrinter {
    device: BluetoothDevice,
    characteristic: Characteristic,
    answers: bool,
}

/// What the browser's dialog offers.
pub(super) fn offered() -> Object {
    filters(SERVICES.into_iter().map(|service| ("services", Array::of1(&service.into()).into())), &[])
}

impl BluetoothPrinter {
    pub(super) async fn open(device: JsValue) -> Result<BluetoothPrinter, PrinterFailed> {
        let device: BluetoothDevice = device.unchecked_into();
        let gatt = device.gatt().ok_or(PrinterFailed::NotKnown)?;
        gatt.connect().await.map_err(|_| PrinterFailed::NotOpened)?;
        for id in SERVICES {
            let Ok(service) = gatt.get_primary_service(id).await else { continue };
            let Ok(found) = service.unchecked_into::<Service>().get_characteristics().await else { continue };
            for characteristic in Array::from(&found).iter() {
                let can = |name: &str| property(&property(&characteristic, "properties"), name).is_truthy();
                if can("write") || can("writeWithoutResponse") {
                    let answers = can("write");
                    return Ok(BluetoothPrinter { device, characteristic: characteristic.unchecked_into(), answers });
                }
            }
        }
        gatt.disconnect();
        Err(PrinterFailed::NotKnown)
    }

    pub(super) fn name(&self) -> Option<String> {
        self.device.name()
    }

    pub(super) async fn write(&self, piece: &Uint8Array) -> Result<(), JsValue> {
        let written = if self.answers {
            self.characteristic.write_with_response(piece).await
        } else {
            self.characteristic.write_without_response(piece).await
        };
        written.map(drop)
    }

    pub(super) fn close(&self) {
        if let Some(gatt) = self.device.gatt() {
            gatt.disconnect();
        }
    }
}
