//! The browser's readers: WebHID (<https://wicg.github.io/webhid/>). web-sys has it only behind a switch for unstable parts, so
//! what is needed of it is bound here.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use barrow_core::card::Reader;
use barrow_sealing::card::reader::{ReaderModel, model_of};
use js_sys::{Array, DataView, Object, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::EventTarget;
use zeroize::Zeroizing;

use super::{Listener, ReaderFailed, ReaderId, ReaderNews, Readers, properties};
use crate::{
    scope::{object, property, scope},
    wait::{Counter, Later, within},
};

/// What the browser's dialog offers, by vendor (MagTek, ID TECH) and by usage page (vendor's own; magnetic stripe reader).
const OFFERED: [(Option<u16>, u16); 3] = [(Some(0x0801), 0xff00), (Some(0x0acd), 0xff00), (None, 0x8e)];
/// More than any reader's report, bytes.
const REPORT_BYTES_MAX: u32 = 4096;
/// The longest name that is believed, characters.
const NAME_MAX: usize = 64;
/// How long a reader may take to say who it is, milliseconds.
const PROPERTIES_MS: u32 = 1_000;

#[wasm_bindgen]
extern "C" {
    /// `navigator.hid`.
    pub(crate) type Hid;
    #[wasm_bindgen(method, catch, js_name = requestDevice)]
    pub(crate) fn request_device(this: &Hid, options: &Object) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getDevices)]
    pub(crate) fn get_devices(this: &Hid) -> Result<Promise, JsValue>;

    /// One HID interface of a device.
    #[derive(Clone)]
    pub(crate) type HidDevice;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn opened(this: &HidDevice) -> bool;
    #[wasm_bindgen(method, getter, js_name = vendorId)]
    pub(crate) fn vendor_id(this: &HidDevice) -> u16;
    #[wasm_bindgen(method, getter, js_name = productId)]
    pub(crate) fn product_id(this: &HidDevice) -> u16;
    #[wasm_bindgen(method, getter, js_name = productName)]
    pub(crate) fn product_name(this: &HidDevice) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn collections(this: &HidDevice) -> JsValue;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn open(this: &HidDevice) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn close(this: &HidDevice) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sendFeatureReport)]
    pub(crate) async fn send_feature_report(this: &HidDevice, id: u8, data: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = receiveFeatureReport)]
    pub(crate) async fn receive_feature_report(this: &HidDevice, id: u8) -> Result<JsValue, JsValue>;
}

/// WebHID, or what a test puts in its place. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct BrowserReaders {
    inner: Rc<Inner>,
}

struct Inner {
    hid: Option<Hid>,
    heard: RefCell<Option<Rc<Listener>>>,
    attached: RefCell<Vec<Attached>>,
    /// Are readers wanted, as of when? Goes up with each opening and closing; odd while they are wanted.
    wanted: Cell<u64>,
    last_id: Cell<ReaderId>,
    listening: Cell<bool>,
    /// The one listener of every reader's reports.
    reports: RefCell<Option<JsValue>>,
    /// A device takes one order at a time.
    orders: Counter,
}

#[derive(Clone)]
struct Attached {
    id: ReaderId,
    device: HidDevice,
    /// It was told of.
    told: bool,
}

impl Default for BrowserReaders {
    fn default() -> BrowserReaders {
        BrowserReaders::on(&property(&scope().navigator(), "hid"))
    }
}

impl BrowserReaders {
    /// On an object with the shape of `navigator.hid`; on none, if it is no object.
    pub fn on(hid: &JsValue) -> BrowserReaders {
        let hid = hid.is_object().then(|| hid.clone().unchecked_into());
        let inner = Inner {
            hid,
            heard: RefCell::default(),
            attached: RefCell::default(),
            wanted: Cell::new(0),
            last_id: Cell::new(0),
            listening: Cell::new(false),
            reports: RefCell::default(),
            orders: Counter::default(),
        };
        BrowserReaders { inner: Rc::new(inner) }
    }

    /// Since when readers are wanted; nothing while they are not.
    fn wanted(&self) -> Option<u64> {
        Some(self.inner.wanted.get()).filter(|wanted| wanted % 2 == 1)
    }

    fn want(&self) -> u64 {
        let wanted = self.inner.wanted.get() | 1;
        self.inner.wanted.set(wanted);
        self.listen_to_plugs();
        wanted
    }

    fn tell(&self, news: ReaderNews) {
        let heard = self.inner.heard.borrow().clone();
        if let Some(heard) = heard {
            heard(news);
        }
    }

    /// Opens a reader and tells of it, unless that was done, or readers are not wanted any more.
    async fn take(&self, device: HidDevice, since: u64) -> Result<(), ReaderFailed> {
        let model = model(&device).ok_or(ReaderFailed::NotKnown)?;
        let _turn = self.inner.orders.turn().await;
        if self.wanted() != Some(since) || self.id_of(&device).is_some() {
            return Ok(());
        }
        let id = self.inner.last_id.get() + 1;
        self.inner.last_id.set(id);
        self.inner.attached.borrow_mut().push(Attached { id, device: device.clone(), told: false });
        if !device.opened() && device.open().await.is_err() {
            self.inner.attached.borrow_mut().retain(|attached| attached.id != id);
            return Err(ReaderFailed::NotOpened);
        }
        let mut reader = Reader {
            vendor: device.vendor_id(),
            product: device.product_id(),
            name: device.product_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_MAX).collect(),
            serial: String::new(),
            firmware: String::new(),
            clear: model.is_clear(),
        };
        if properties::are_told_by(model)
            && let Some(told) = within(PROPERTIES_MS, properties::ask(&device)).await
        {
            (reader.serial, reader.firmware) = (told.serial, told.firmware);
        }
        if self.wanted() != Some(since) {
            let _ = device.close().await;
            return Ok(());
        }
        // It may have been unplugged meanwhile.
        let mut is_here = false;
        for attached in self.inner.attached.borrow_mut().iter_mut().filter(|attached| attached.id == id) {
            (attached.told, is_here) = (true, true);
        }
        if is_here {
            self.tell(ReaderNews::Here { id, model, reader });
            let target: &EventTarget = device.unchecked_ref();
            let _ = target.add_event_listener_with_callback("inputreport", self.reports().unchecked_ref());
        }
        Ok(())
    }

    fn id_of(&self, device: &HidDevice) -> Option<ReaderId> {
        let is_it = |attached: &&Attached| AsRef::<JsValue>::as_ref(&attached.device) == AsRef::<JsValue>::as_ref(device);
        self.inner.attached.borrow().iter().find(is_it).map(|attached| attached.id)
    }

    fn reports(&self) -> JsValue {
        let mut slot = self.inner.reports.borrow_mut();
        slot.get_or_insert_with(|| {
            let weak = Rc::downgrade(&self.inner);
            let heard = move |event: JsValue| {
                let report = take_out(&property(&event, "data"));
                let device: HidDevice = property(&event, "device").unchecked_into();
                if let Some(inner) = weak.upgrade() {
                    let readers = BrowserReaders { inner };
                    if let (Some(report), Some(id), Some(_)) = (report, readers.id_of(&device), readers.wanted()) {
                        // A byte by the standard.
                        let number = property(&event, "reportId").as_f64().unwrap_or_default() as u8;
                        readers.tell(ReaderNews::Report { id, number, report });
                    }
                }
            };
            Closure::<dyn Fn(JsValue)>::new(heard).into_js_value()
        })
        .clone()
    }

    /// Hears, from now on, which readers are plugged in and out.
    fn listen_to_plugs(&self) {
        let Some(hid) = &self.inner.hid else { return };
        if self.inner.listening.replace(true) {
            return;
        }
        let target: &EventTarget = hid.unchecked_ref();
        for (event, plugged_in) in [("connect", true), ("disconnect", false)] {
            let weak = Rc::downgrade(&self.inner);
            let heard = move |event: JsValue| {
                let (Some(inner), device) = (weak.upgrade(), property(&event, "device")) else { return };
                let (readers, device) = (BrowserReaders { inner }, device.unchecked_into::<HidDevice>());
                let Some(since) = readers.wanted() else { return };
                if plugged_in {
                    spawn_local(async move {
                        // One that does not open now is told of when it is plugged in again, or at the next sign-in.
                        let _ = readers.take(device, since).await;
                    });
                } else {
                    readers.drop_unplugged(&device);
                }
            };
            let heard = Closure::<dyn Fn(JsValue)>::new(heard).into_js_value();
            let _ = target.add_event_listener_with_callback(event, heard.unchecked_ref());
        }
    }

    fn drop_unplugged(&self, device: &HidDevice) {
        let Some(id) = self.id_of(device) else { return };
        let mut attached = self.inner.attached.borrow_mut();
        let was_told = attached.iter().any(|attached| attached.id == id && attached.told);
        attached.retain(|attached| attached.id != id);
        drop(attached);
        if was_told {
            self.tell(ReaderNews::Gone(id));
        }
    }
}

impl Readers for BrowserReaders {
    fn possible(&self) -> bool {
        self.inner.hid.is_some()
    }

    fn listen(&self, heard: Rc<Listener>) {
        *self.inner.heard.borrow_mut() = Some(heard);
    }

    fn connect(&self) -> Later<'static, Result<(), ReaderFailed>> {
        let Some(hid) = &self.inner.hid else { return Box::pin(async { Err(ReaderFailed::Missing) }) };
        let filters = OFFERED.iter().map(|(vendor, page)| {
            let vendor = vendor.map_or(JsValue::UNDEFINED, JsValue::from);
            let all = object(&[("usagePage", (*page).into())]);
            if !vendor.is_undefined() {
                let _ = js_sys::Reflect::set(&all, &"vendorId".into(), &vendor);
            }
            all
        });
        let asked = hid.request_device(&object(&[("filters", filters.collect::<Array>().into())]));
        let (readers, since) = (self.clone(), self.want());
        Box::pin(async move {
            let chosen = JsFuture::from(asked.map_err(|_| ReaderFailed::NotChosen)?).await;
            let chosen = Array::from(&chosen.map_err(|_| ReaderFailed::NotChosen)?);
            // One device may come as several interfaces, of which one sends the cards.
            let mut done = Err(ReaderFailed::NotChosen);
            for device in chosen.iter() {
                let taken = readers.take(device.unchecked_into(), since).await;
                done = done.or(taken);
            }
            done
        })
    }

    fn open_known(&self) -> Later<'static, ()> {
        let (readers, since) = (self.clone(), self.want());
        Box::pin(async move {
            let known = match readers.inner.hid.as_ref().map(Hid::get_devices) {
                Some(Ok(known)) => JsFuture::from(known).await,
                _ => return,
            };
            for device in known.map(|known| Array::from(&known)).unwrap_or_default().iter() {
                // One that is no reader, or does not open, keeps nobody from signing in.
                let _ = readers.take(device.unchecked_into(), since).await;
            }
        })
    }

    fn close(&self) {
        if let Some(since) = self.wanted() {
            self.inner.wanted.set(since + 1);
        }
        let attached = self.inner.attached.take();
        if attached.is_empty() {
            return;
        }
        let (orders, reports) = (self.inner.orders.clone(), self.inner.reports.borrow().clone());
        for Attached { device, .. } in &attached {
            let target: &EventTarget = device.unchecked_ref();
            if let Some(reports) = &reports {
                let _ = target.remove_event_listener_with_callback("inputreport", reports.unchecked_ref());
            }
        }
        spawn_local(async move {
            let _turn = orders.turn().await;
            for Attached { device, .. } in attached {
                let _ = device.close().await;
            }
        });
    }
}

/// How a device's reports are read, by the usage pages of its collections.
fn model(device: &HidDevice) -> Option<ReaderModel> {
    let collections = device.collections();
    let collections = if collections.is_object() { Array::from(&collections) } else { Array::new() };
    let pages = collections.iter().filter_map(|collection| property(&collection, "usagePage").as_f64());
    pages.filter_map(|page| model_of(device.vendor_id(), device.product_id(), page as u16)).next()
}

/// Takes the bytes out of a report, and overwrites it.
fn take_out(data: &JsValue) -> Option<Zeroizing<Vec<u8>>> {
    let view: &DataView = data.dyn_ref()?;
    let bytes = Uint8Array::new_with_byte_offset_and_length(&view.buffer(), view.byte_offset() as u32, view.byte_length() as u32);
    let mut report = Zeroizing::new(vec![0; bytes.length().min(REPORT_BYTES_MAX) as usize]);
    bytes.subarray(0, report.len() as u32).copy_to(&mut report);
    bytes.fill(0, 0, bytes.length());
    Some(report)
}
