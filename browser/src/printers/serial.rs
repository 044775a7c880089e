//! Web Serial (<https://wicg.github.io/serial/>).

use barrow_core::printer::PrinterFailed;
use js_sys::{Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};

use crate::scope::{object, property};

/// What Epson's printers are set to when they leave the factory; those that come as a USB or Bluetooth port take any.
const BAUD: u32 = 38_400;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type SerialPort;
    #[wasm_bindgen(method, catch)]
    async fn open(this: &SerialPort, options: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn close(this: &SerialPort) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &SerialPort) -> Option<Writable>;

    /// Streams Standard, 5.2.
    type Writable;
    #[wasm_bindgen(method, catch, js_name = getWriter)]
    fn get_writer(this: &Writable) -> Result<Writer, JsValue>;
    type Writer;
    #[wasm_bindgen(method, catch)]
    async fn write(this: &Writer, piece: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = releaseLock)]
    fn release_lock(this: &Writer);
}

/// A port that is open.
#[derive(Clone)]
pub(super) struct SerialPrinter {
    port: SerialPort,
}

/// The stream's one writer, let go of also where a write is given up.
struct Held(Writer);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.release_lock();
    }
}

impl SerialPrinter {
    pub(super) async fn open(port: JsValue) -> Result<SerialPrinter, PrinterFailed> {
        let is_open = property(&port, "writable").is_object();
        let port: SerialPort = port.unchecked_into();
        if !is_open {
            port.open(&object(&[("baudRate", BAUD.into())])).await.map_err(|_| PrinterFailed::NotOpened)?;
        }
        Ok(SerialPrinter { port })
    }

    pub(super) async fn write(&self, piece: &Uint8Array) -> Result<(), JsValue> {
        let writer = Held(self.port.writable().ok_or(JsValue::UNDEFINED)?.get_writer()?);
        writer.0.write(piece).await.map(drop)
    }

    pub(super) async fn close(&self) {
        let _ = self.port.close().await;
    }
}
