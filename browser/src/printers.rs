//! Receipt printers that take ESC/POS: by WebUSB, Web Serial or Web Bluetooth, where the browser has them (Chromium does; Firefox and
//! Safari print by the system alone).
//!
//! web-sys has these facilities only behind a switch for unstable parts, so what is needed of them is bound here.

use std::{cell::RefCell, rc::Rc};

use barrow_core::printer::{Link, PrinterFailed};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;

use crate::{
    scope::{object, property, scope},
    wait::{Counter, Later, within},
};

mod bluetooth;
mod serial;
mod usb;

/// How long a printer may take for one piece of a receipt, milliseconds: one without paper takes nothing.
const PIECE_MS: u32 = 10_000;
/// The longest name that is shown, characters.
const NAME_MAX: usize = 64;

#[wasm_bindgen]
extern "C" {
    /// `navigator.usb`, `navigator.serial` or `navigator.bluetooth`: all three ask and remember alike.
    #[derive(Clone)]
    type Facility;
    #[wasm_bindgen(method, catch, js_name = requestDevice)]
    fn request_device(this: &Facility, options: &js_sys::Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = requestPort)]
    fn request_port(this: &Facility) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getDevices)]
    async fn get_devices(this: &Facility) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getPorts)]
    async fn get_ports(this: &Facility) -> Result<JsValue, JsValue>;
}

/// A printer that is open.
#[derive(Clone)]
enum Printer {
    Usb(usb::UsbPrinter),
    Serial(serial::SerialPrinter),
    Bluetooth(bluetooth::BluetoothPrinter),
}

impl Printer {
    async fn open(link: Link, device: JsValue) -> Result<Printer, PrinterFailed> {
        Ok(match link {
            Link::System => return Err(PrinterFailed::Missing),
            Link::Usb => Printer::Usb(usb::UsbPrinter::open(device).await?),
            Link::Serial => Printer::Serial(serial::SerialPrinter::open(device).await?),
            Link::Bluetooth => Printer::Bluetooth(bluetooth::BluetoothPrinter::open(device).await?),
        })
    }

    fn link(&self) -> Link {
        match self {
            Printer::Usb(_) => Link::Usb,
            Printer::Serial(_) => Link::Serial,
            Printer::Bluetooth(_) => Link::Bluetooth,
        }
    }

    fn name(&self) -> String {
        let name = match self {
            Printer::Usb(printer) => printer.name(),
            Printer::Serial(_) => None,
            Printer::Bluetooth(printer) => printer.name(),
        };
        let name: String = name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
        if name.is_empty() { self.link().words().to_owned() } else { name }
    }

    /// Bytes that it takes at once.
    fn piece(&self) -> usize {
        match self {
            Printer::Usb(_) | Printer::Serial(_) => 4096,
            Printer::Bluetooth(_) => bluetooth::PIECE,
        }
    }

    async fn write(&self, piece: &Uint8Array) -> Result<(), JsValue> {
        match self {
            Printer::Usb(printer) => printer.write(piece).await,
            Printer::Serial(printer) => printer.write(piece).await,
            Printer::Bluetooth(printer) => printer.write(piece).await,
        }
    }

    async fn close(&self) {
        match self {
            Printer::Usb(printer) => printer.close().await,
            Printer::Serial(printer) => printer.close().await,
            Printer::Bluetooth(printer) => printer.close(),
        }
    }
}

/// The browser's receipt printers. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Printers {
    inner: Rc<Inner>,
}

#[derive(Default)]
struct Inner {
    open: RefCell<Option<Printer>>,
    /// A printer takes one receipt at a time.
    turns: Counter,
}

impl Printers {
    /// The ways to a printer that this browser has.
    pub fn ways(&self) -> Vec<Link> {
        Link::ALL.into_iter().filter(|link| *link == Link::System || facility(*link).is_some()).collect()
    }

    /// The name of the printer that is open, if it is one of this way.
    pub fn connected(&self, link: Link) -> Option<String> {
        self.inner.open.borrow().as_ref().filter(|printer| printer.link() == link).map(Printer::name)
    }

    /// Lets the person choose a printer, and opens it. The browser is asked before this returns, because it lets itself be asked only
    /// in the course of a click.
    pub fn connect(&self, link: Link) -> Later<'static, Result<(), PrinterFailed>> {
        let Some(facility) = facility(link) else { return Box::pin(async { Err(PrinterFailed::Missing) }) };
        let asked = match link {
            Link::Serial => facility.request_port(),
            Link::Bluetooth => facility.request_device(&bluetooth::offered()),
            _ => facility.request_device(&usb::offered()),
        };
        let printers = self.clone();
        Box::pin(async move {
            let chosen = JsFuture::from(asked.map_err(|_| PrinterFailed::NotChosen)?).await;
            let chosen = chosen.map_err(|_| PrinterFailed::NotChosen)?;
            let _turn = printers.inner.turns.turn().await;
            printers.close().await;
            let opened = Printer::open(link, chosen).await?;
            *printers.inner.open.borrow_mut() = Some(opened);
            Ok(())
        })
    }

    /// Opens the printer that was chosen before, if the browser remembers one and it is there.
    pub async fn open_known(&self, link: Link) {
        let _turn = self.inner.turns.turn().await;
        let _ = self.opened(link).await;
    }

    /// Sends `bytes`.
    ///
    /// # Errors
    /// [`PrinterFailed`]; a part may have been printed.
    pub async fn send(&self, link: Link, bytes: &[u8]) -> Result<(), PrinterFailed> {
        let _turn = self.inner.turns.turn().await;
        let printer = self.opened(link).await?;
        for piece in bytes.chunks(printer.piece()) {
            let written = within(PIECE_MS, printer.write(&Uint8Array::from(piece))).await;
            if !matches!(written, Some(Ok(()))) {
                // Opened anew the next time: it may have been unplugged, or switched off and on.
                self.close().await;
                return Err(PrinterFailed::Silent);
            }
        }
        Ok(())
    }

    async fn opened(&self, link: Link) -> Result<Printer, PrinterFailed> {
        let open = self.inner.open.borrow().clone();
        match open {
            Some(printer) if printer.link() == link => return Ok(printer),
            Some(_) => self.close().await,
            None => {}
        }
        let mut failed = PrinterFailed::NotConnected;
        for device in known(link).await {
            match Printer::open(link, device).await {
                Ok(printer) => {
                    *self.inner.open.borrow_mut() = Some(printer.clone());
                    return Ok(printer);
                }
                Err(why) => failed = why,
            }
        }
        Err(failed)
    }

    async fn close(&self) {
        let open = self.inner.open.borrow_mut().take();
        if let Some(printer) = open {
            // One that hangs is let go of all the same.
            let _ = within(PIECE_MS, printer.close()).await;
        }
    }
}

/// The devices that the person chose before, as far as the browser remembers them.
async fn known(link: Link) -> Vec<JsValue> {
    let Some(facility) = facility(link) else { return Vec::new() };
    let known = match link {
        Link::Serial => facility.get_ports().await,
        _ => facility.get_devices().await,
    };
    // Some browsers have Bluetooth and no such list: they throw.
    known.map(|known| Array::from(&known).to_vec()).unwrap_or_default()
}

fn facility(link: Link) -> Option<Facility> {
    let name = match link {
        Link::System => return None,
        Link::Usb => "usb",
        Link::Serial => "serial",
        Link::Bluetooth => "bluetooth",
    };
    let found = property(&scope().navigator(), name);
    found.is_object().then(|| found.unchecked_into())
}

/// `{filters: [{field: value}, …], …more}`.
fn filters(all: impl Iterator<Item = (&'static str, JsValue)>, more: &[(&str, JsValue)]) -> js_sys::Object {
    let all: Array = all.map(|(field, value)| object(&[(field, value)])).collect();
    let mut fields = vec![("filters", all.into())];
    fields.extend(more.iter().cloned());
    object(&fields)
}
