//! USB ports without hardware: the stand-in for `navigator.hid` that the end-to-end tests put into their pages, one for each tablet.

use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};

use crate::support::get;

/// MagTek MagneSafe, as facts and vectors have it; it tells its serial number and software when asked.
pub const MAGTEK: &str =
    r#"{"vendorId":2049,"productId":17,"productName":"MagneSafe","serial":"B012345","firmware":"21042812D01"}"#;
/// The same, from before it told anything.
pub const MAGTEK_MUTE: &str = r#"{"vendorId":2049,"productId":17,"productName":"MagneSafe"}"#;
/// MagTek SureSwipe: in clear.
pub const SURE_SWIPE: &str = r#"{"vendorId":2049,"productId":2,"productName":"SureSwipe"}"#;
/// ID TECH SecureMag.
pub const ID_TECH: &str = r#"{"vendorId":2765,"productId":8208,"productName":"SecureMag"}"#;
/// ID TECH VP3300: chip and contactless, in reports of 63 bytes with an id.
pub const CHIP: &str = r#"{"vendorId":2765,"productId":13616,"productName":"VP3300"}"#;
/// Something else with the usage page of a vendor.
pub const LAMP: &str = r#"{"vendorId":2049,"productId":9999,"productName":"Lamp"}"#;

pub const MAGTEK_REPORT: &str = include_str!("../../../tests/vectors/readers/magtek-hid-856.hex");
pub const CHIP_MESSAGE: &str = include_str!("../../../tests/vectors/readers/idtech-vp3350-message.hex");
pub const ID_TECH_REPORT: &str = include_str!("../../../tests/vectors/readers/idtech-enhanced-414.hex");

/// A stand-in and the hand that holds its plugs.
pub struct Ports {
    pub hid: JsValue,
    control: JsValue,
}

impl Default for Ports {
    fn default() -> Ports {
        let script = include_str!("../../../tests/e2e/harness/hid-page.js");
        let both = js_sys::eval(&format!("({script})()")).unwrap();
        Ports { hid: get(&both, "hid"), control: get(&both, "control") }
    }
}

impl Ports {
    fn tell(&self, method: &str, values: &[JsValue]) -> JsValue {
        let method: Function = get(&self.control, method).unchecked_into();
        method.apply(&self.control, &values.iter().collect::<Array>()).unwrap()
    }

    /// Plugs a reader in.
    pub fn plug(&self, name: &str, device: &str) {
        self.tell("plug", &[name.into(), js_sys::JSON::parse(device).unwrap()]);
    }

    pub fn unplug(&self, name: &str) {
        self.tell("unplug", &[name.into()]);
    }

    /// What the person will choose in the dialog.
    pub fn choose(&self, names: &[&str]) {
        self.tell("choose", &names.iter().map(|name| (*name).into()).collect::<Vec<JsValue>>());
    }

    /// Sends a report. False: the reader is closed.
    pub fn deliver(&self, name: &str, hex: &str) -> bool {
        self.tell("deliver", &[name.into(), hex.into()]).is_truthy()
    }

    /// The same for a report with an id of its own.
    pub fn deliver_numbered(&self, name: &str, hex: &str, number: u8) -> bool {
        self.tell("deliver", &[name.into(), hex.into(), number.into()]).is_truthy()
    }

    /// Bytes of all reports that were not overwritten.
    pub fn left(&self) -> f64 {
        self.tell("left", &[]).as_f64().unwrap()
    }

    pub fn is_open(&self, name: &str) -> bool {
        self.tell("isOpen", &[name.into()]).is_truthy()
    }

    /// How often the dialog was opened.
    pub fn dialogs(&self) -> u32 {
        Array::from(&self.tell("asked", &[])).length()
    }
}

/// A report of SureSwipe: status, lengths, encode type, and three tracks of 110 bytes, in hexadecimal.
pub fn sure_swipe(tracks: [&str; 3]) -> String {
    let mut report = vec![0; 7];
    for (place, track) in tracks.iter().enumerate() {
        report[3 + place] = track.len() as u8;
        let mut field = track.as_bytes().to_vec();
        field.resize(110, 0);
        report.extend(field);
    }
    hex(&report)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
