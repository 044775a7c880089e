//! WebUSB (<https://wicg.github.io/webusb/>): the bulk endpoint of a printer's interface (USB Printer Class 1.1).

use barrow_core::printer::PrinterFailed;
use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};

use super::filters;
use crate::scope::property;

/// Interface classes that are offered, and taken: printers (USB Printer Class 1.1), and what makers call their own.
const CLASSES: [u8; 2] = [0x07, 0xff];

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type UsbDevice;
    #[wasm_bindgen(method, getter)]
    fn opened(this: &UsbDevice) -> bool;
    #[wasm_bindgen(method, getter, js_name = productName)]
    fn product_name(this: &UsbDevice) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn configuration(this: &UsbDevice) -> JsValue;
    #[wasm_bindgen(method, catch)]
    async fn open(this: &UsbDevice) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn close(this: &UsbDevice) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = selectConfiguration)]
    async fn select_configuration(this: &UsbDevice, number: u8) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = claimInterface)]
    async fn claim_interface(this: &UsbDevice, number: u8) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = selectAlternateInterface)]
    async fn select_alternate(this: &UsbDevice, number: u8, alternate: u8) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = transferOut)]
    async fn transfer_out(this: &UsbDevice, endpoint: u8, data: &Uint8Array) -> Result<JsValue, JsValue>;
}

/// A printer, open and claimed.
#[derive(Clone)]
pub(super) struct UsbPrinter {
    device: UsbDevice,
    endpoint: u8,
}

/// Where a printer takes its data.
struct Way {
    interface: u8,
    alternate: u8,
    endpoint: u8,
}

/// What the browser's dialog offers.
pub(super) fn offered() -> Object {
    filters(CLASSES.into_iter().map(|class| ("classCode", class.into())), &[])
}

impl UsbPrinter {
    pub(super) async fn open(device: JsValue) -> Result<UsbPrinter, PrinterFailed> {
        let device: UsbDevice = device.unchecked_into();
        if !device.opened() {
            device.open().await.map_err(|_| PrinterFailed::NotOpened)?;
        }
        if !device.configuration().is_object() {
            device.select_configuration(1).await.map_err(|_| PrinterFailed::NotOpened)?;
        }
        let Some(way) = way_in(&device.configuration()) else {
            let _ = device.close().await;
            return Err(PrinterFailed::NotKnown);
        };
        device.claim_interface(way.interface).await.map_err(|_| PrinterFailed::NotOpened)?;
        if way.alternate != 0 {
            device.select_alternate(way.interface, way.alternate).await.map_err(|_| PrinterFailed::NotOpened)?;
        }
        Ok(UsbPrinter { device, endpoint: way.endpoint })
    }

    pub(super) fn name(&self) -> Option<String> {
        self.device.product_name()
    }

    pub(super) async fn write(&self, piece: &Uint8Array) -> Result<(), JsValue> {
        let result = self.device.transfer_out(self.endpoint, piece).await?;
        if property(&result, "status").as_string().as_deref() == Some("ok") { Ok(()) } else { Err(result) }
    }

    pub(super) async fn close(&self) {
        let _ = self.device.close().await;
    }
}

/// The first bulk endpoint out, of a printer's interface rather than of one that its maker calls its own.
fn way_in(configuration: &JsValue) -> Option<Way> {
    let list = |value: &JsValue, name: &str| Array::from(&property(value, name)).to_vec();
    let byte = |value: &JsValue, name: &str| property(value, name).as_f64().map(|number| number as u8);
    CLASSES.into_iter().find_map(|class| {
        list(configuration, "interfaces").iter().find_map(|interface| {
            let of_class = |alternate: &&JsValue| byte(alternate, "interfaceClass") == Some(class);
            list(interface, "alternates").iter().filter(of_class).find_map(|alternate| {
                let is_out = |endpoint: &&JsValue| {
                    let is = |name: &str, word: &str| property(endpoint, name).as_string().as_deref() == Some(word);
                    is("direction", "out") && is("type", "bulk")
                };
                let endpoints = list(alternate, "endpoints");
                let endpoint = byte(endpoints.iter().find(is_out)?, "endpointNumber")?;
                let alternate = byte(alternate, "alternateSetting").unwrap_or(0);
                Some(Way { interface: byte(interface, "interfaceNumber")?, alternate, endpoint })
            })
        })
    })
}
