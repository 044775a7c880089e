//! Times as people read them, in the tablet's own time zone. The core knows only milliseconds.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

const LOCALE: &str = "en-GB";

/// Hours and minutes, such as `14:05`.
pub fn clock(at_ms: i64) -> String {
    written(at_ms, &[("hour", "2-digit"), ("minute", "2-digit")])
}

/// Day and time, such as `22 Nov 2026, 14:05`.
pub fn day_and_clock(at_ms: i64) -> String {
    let parts = [("day", "numeric"), ("month", "short"), ("year", "numeric"), ("hour", "2-digit"), ("minute", "2-digit")];
    written(at_ms, &parts)
}

fn written(at_ms: i64, parts: &[(&str, &str)]) -> String {
    let options = Object::new();
    for (name, value) in parts {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from(*name), &JsValue::from(*value));
    }
    let date = Date::new(&JsValue::from_f64(at_ms as f64));
    date.to_locale_string(LOCALE, &options).into()
}
