//! Barcode scanners over WebHID (<https://wicg.github.io/webhid/>) that are no keyboards: usage page 0x8C. What they hold is no secret, so
//! they stay open while the till is locked; what they send then, the core does not take.

use std::{cell::RefCell, future::Future, rc::Rc};

use barrow_core::scan::hid::{Assembly, Item, Layout, USAGE_PAGE};
use js_sys::{Array, DataView, Uint8Array};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::EventTarget;

use crate::{
    readers::{Hid, HidDevice},
    scope::{object, property, scope},
    wait::uptime_ms,
};

/// More than any scanner's report, bytes.
const REPORT_BYTES_MAX: u32 = 4096;
/// The longest name that is believed, characters.
const NAME_MAX: usize = 64;
/// The most collections, reports and items that a descriptor is believed to have.
const PARTS_MAX: usize = 256;

/// Why no scanner was added. The wording is for the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScannerFailed {
    /// No WebHID in this browser.
    #[error("This browser cannot connect to a scanner. One that types like a keyboard works as it is, and so does the camera.")]
    Missing,
    /// The person chose none.
    #[error("No scanner was chosen.")]
    NotChosen,
    /// What was chosen describes no decoded data.
    #[error("This till cannot read that scanner. Set it to HID POS mode, or to keyboard mode, which needs no connecting.")]
    NotKnown,
    /// It did not open.
    #[error("The scanner did not open. Unplug it, close other programs that use it, and plug it in again.")]
    NotOpened,
}

/// The scanners of this page. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Scanners {
    inner: Rc<Inner>,
}

struct Inner {
    hid: Option<Hid>,
    attached: RefCell<Vec<Attached>>,
    on_scan: Box<dyn Fn(String)>,
    on_change: Box<dyn Fn(Vec<String>)>,
}

struct Attached {
    device: HidDevice,
    name: String,
    layout: Layout,
    assembly: Assembly,
    /// It is open, and was told of.
    ready: bool,
}

impl Scanners {
    /// Opens the scanners that were chosen before, and those of them that are plugged in from now on. `on_scan` hears each code,
    /// `on_change` the names of all that are attached, whenever one came or went.
    pub fn open(on_scan: impl Fn(String) + 'static, on_change: impl Fn(Vec<String>) + 'static) -> Scanners {
        let hid = property(&scope().navigator(), "hid");
        let hid: Option<Hid> = hid.is_object().then(|| hid.unchecked_into());
        let (on_scan, on_change) = (Box::new(on_scan), Box::new(on_change));
        let scanners = Scanners { inner: Rc::new(Inner { hid, attached: RefCell::default(), on_scan, on_change }) };
        scanners.listen_to_plugs();
        let known = scanners.inner.hid.as_ref().map(Hid::get_devices);
        if let Some(Ok(known)) = known {
            let scanners = scanners.clone();
            spawn_local(async move {
                for device in JsFuture::from(known).await.map(|known| Array::from(&known)).unwrap_or_default().iter() {
                    // One that is no scanner, or does not open, is told of when it is plugged in again.
                    let _ = scanners.take(device.unchecked_into()).await;
                }
            });
        }
        scanners
    }

    /// The names of those that are attached; nothing, where this browser reaches none.
    pub fn attached(&self) -> Option<Vec<String>> {
        self.inner.hid.as_ref()?;
        let attached = self.inner.attached.borrow();
        Some(attached.iter().filter(|scanner| scanner.ready).map(|scanner| scanner.name.clone()).collect())
    }

    /// Lets the person choose a scanner, and opens it. The browser is asked before this returns, because it lets itself be asked
    /// only in the course of a click.
    pub fn connect(&self) -> impl Future<Output = Result<(), ScannerFailed>> + use<> {
        let filter = object(&[("usagePage", USAGE_PAGE.into())]);
        let options = object(&[("filters", Array::of1(&filter).into())]);
        let asked = self.inner.hid.as_ref().map(|hid| hid.request_device(&options));
        let scanners = self.clone();
        async move {
            let asked = asked.ok_or(ScannerFailed::Missing)?.map_err(|_| ScannerFailed::NotChosen)?;
            let chosen = Array::from(&JsFuture::from(asked).await.map_err(|_| ScannerFailed::NotChosen)?);
            let mut done = Err(ScannerFailed::NotChosen);
            for device in chosen.iter() {
                let taken = scanners.take(device.unchecked_into()).await;
                done = done.or(taken);
            }
            done
        }
    }

    async fn take(&self, device: HidDevice) -> Result<(), ScannerFailed> {
        let layout = layout(&device.collections()).ok_or(ScannerFailed::NotKnown)?;
        if self.inner.attached.borrow().iter().any(|attached| same(&attached.device, &device)) {
            return Ok(());
        }
        let name: String = device.product_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
        let name = if name.trim().is_empty() { "Barcode scanner".to_owned() } else { name };
        let attached = Attached { device: device.clone(), name, layout, assembly: Assembly::default(), ready: false };
        self.inner.attached.borrow_mut().push(attached);
        if !device.opened() && device.open().await.is_err() {
            self.inner.attached.borrow_mut().retain(|attached| !same(&attached.device, &device));
            return Err(ScannerFailed::NotOpened);
        }
        for attached in self.inner.attached.borrow_mut().iter_mut().filter(|attached| same(&attached.device, &device)) {
            attached.ready = true;
        }
        let weak = Rc::downgrade(&self.inner);
        let heard = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            if let Some(inner) = weak.upgrade() {
                Scanners { inner }.report(&event);
            }
        });
        let target: &EventTarget = device.unchecked_ref();
        let _ = target.add_event_listener_with_callback("inputreport", heard.into_js_value().unchecked_ref());
        self.tell();
        Ok(())
    }

    fn report(&self, event: &JsValue) {
        let device: HidDevice = property(event, "device").unchecked_into();
        // A byte by the standard.
        let id = property(event, "reportId").as_f64().unwrap_or_default() as u8;
        let Some(bytes) = bytes_of(&property(event, "data")) else { return };
        let at_ms = i64::try_from(uptime_ms()).unwrap_or(i64::MAX);
        let code = self
            .inner
            .attached
            .borrow_mut()
            .iter_mut()
            .find(|attached| same(&attached.device, &device))
            .and_then(|attached| attached.assembly.take(&attached.layout, id, &bytes, at_ms));
        if let Some(code) = code {
            (self.inner.on_scan)(code);
        }
    }

    fn listen_to_plugs(&self) {
        let Some(hid) = &self.inner.hid else { return };
        let target: &EventTarget = hid.unchecked_ref();
        for (event, plugged_in) in [("connect", true), ("disconnect", false)] {
            let weak = Rc::downgrade(&self.inner);
            let heard = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                let Some(inner) = weak.upgrade() else { return };
                let (scanners, device) = (Scanners { inner }, property(&event, "device").unchecked_into::<HidDevice>());
                if plugged_in {
                    spawn_local(async move {
                        // One that does not open now is told of when it is plugged in again.
                        let _ = scanners.take(device).await;
                    });
                } else {
                    scanners.inner.attached.borrow_mut().retain(|attached| !same(&attached.device, &device));
                    scanners.tell();
                }
            });
            let _ = target.add_event_listener_with_callback(event, heard.into_js_value().unchecked_ref());
        }
    }

    fn tell(&self) {
        if let Some(names) = self.attached() {
            (self.inner.on_change)(names);
        }
    }
}

fn same(one: &HidDevice, other: &HidDevice) -> bool {
    AsRef::<JsValue>::as_ref(one) == AsRef::<JsValue>::as_ref(other)
}

/// The bytes of a report.
fn bytes_of(data: &JsValue) -> Option<Vec<u8>> {
    let view: &DataView = data.dyn_ref()?;
    let length = (view.byte_length() as u32).min(REPORT_BYTES_MAX);
    Some(Uint8Array::new_with_byte_offset_and_length(&view.buffer(), view.byte_offset() as u32, length).to_vec())
}

/// Where a scanner's reports hold what, by its descriptor as WebHID gives it (`HIDCollectionInfo`, `HIDReportItem`). An item stands in
/// its collection, and in some browsers in those around it: of each report, the collection that knows most of it counts.
fn layout(collections: &JsValue) -> Option<Layout> {
    let mut reports: Vec<(u8, Vec<Item>)> = Vec::new();
    let mut open: Vec<JsValue> = array(collections).collect();
    if !open.iter().any(|collection| property(collection, "usagePage").as_f64() == Some(f64::from(USAGE_PAGE))) {
        return None;
    }
    let mut looked_at = 0;
    while let Some(collection) = open.pop() {
        looked_at += 1;
        if looked_at > PARTS_MAX {
            return None;
        }
        for report in array(&property(&collection, "inputReports")) {
            let id = property(&report, "reportId").as_f64().unwrap_or_default() as u8;
            let items: Vec<Item> = array(&property(&report, "items")).map(|of| item(&of)).collect();
            match reports.iter_mut().find(|(known, _)| *known == id) {
                Some((_, known)) if known.len() < items.len() => *known = items,
                Some(_) => {}
                None => reports.push((id, items)),
            }
        }
        open.extend(array(&property(&collection, "children")));
    }
    Layout::of(&reports)
}

fn item(of: &JsValue) -> Item {
    let number = |name: &str| property(of, name).as_f64().unwrap_or_default();
    let usages = match (property(of, "isConstant").is_truthy(), property(of, "isRange").is_truthy()) {
        // Padding.
        (true, _) => Vec::new(),
        (_, true) => {
            let (first, last) = (number("usageMinimum") as u32, number("usageMaximum") as u32);
            (first..=last).take(PARTS_MAX).collect()
        }
        _ => array(&property(of, "usages")).filter_map(|usage| usage.as_f64()).map(|usage| usage as u32).collect(),
    };
    Item { usages, bits: number("reportSize") as usize, count: number("reportCount") as usize }
}

fn array(value: &JsValue) -> impl Iterator<Item = JsValue> + use<> {
    let array = if value.is_object() { Array::from(value) } else { Array::new() };
    array.to_vec().into_iter().take(PARTS_MAX)
}
