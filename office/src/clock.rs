//! The browser's clock, time zone and language.

use barrow_language::locale;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Now, in milliseconds since 1970 UTC.
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is whole and far below 2^53")]
pub fn now_ms() -> i64 {
    Date::now() as i64
}

/// A time as RFC 3339 has it, in milliseconds since 1970 UTC.
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is whole and far below 2^53")]
pub fn parse(rfc3339: &str) -> Option<i64> {
    let ms = Date::parse(rfc3339);
    ms.is_finite().then_some(ms as i64)
}

/// Date and time to the minute, in this browser's time zone and language; what cannot be read stays as it is.
pub fn moment(rfc3339: &str) -> String {
    written(rfc3339, &[("dateStyle", "medium"), ("timeStyle", "short")])
}

/// The date alone, as [`moment`] has it.
pub fn day(rfc3339: &str) -> String {
    written(rfc3339, &[("dateStyle", "medium")])
}

/// A day of the calendar, `YYYY-MM-DD`, as people write it.
pub fn calendar_day(day: &str) -> String {
    // Without a zone this is a time by this browser's clock.
    let midnight = format!("{day}T00:00:00");
    if parse(&midnight).is_some() { written(&midnight, &[("dateStyle", "medium")]) } else { day.to_owned() }
}

/// The first and the last millisecond of a day such as `2026-11-22`, by this browser's time zone, as RFC 3339 has them in UTC.
pub fn moments_of(day: &str) -> Option<(String, String)> {
    // Without a zone this is a time by this browser's clock (ECMA-262, 21.4.1.32); a day may have 23 or 25 hours.
    let first = Date::new(&JsValue::from_str(&format!("{day}T00:00:00")));
    let next = Date::new(&JsValue::from_f64(first.get_time()));
    next.set_date(next.get_date() + 1);
    let last = Date::new(&JsValue::from_f64(next.get_time() - 1.0));
    let written = |date: &Date| date.get_time().is_finite().then(|| String::from(date.to_iso_string()));
    written(&first).zip(written(&last))
}

/// This browser's time is so many minutes ahead of UTC now.
#[expect(clippy::cast_possible_truncation, reason = "at most 14 hours")]
pub fn offset_min() -> i16 {
    -(Date::new_0().get_timezone_offset() as i16)
}

/// Today by this browser's calendar, such as `2026-11-22`.
pub fn today() -> String {
    let now = Date::new_0();
    format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date())
}

/// The time of day now, to the second.
pub fn time_now() -> String {
    local(&Date::new_0(), &[("timeStyle", "medium")])
}

fn written(rfc3339: &str, options: &[(&str, &str)]) -> String {
    if parse(rfc3339).is_none() {
        return rfc3339.to_owned();
    }
    local(&Date::new(&JsValue::from_str(rfc3339)), options)
}

fn local(date: &Date, options: &[(&str, &str)]) -> String {
    let chosen = Object::new();
    for (name, value) in options {
        // Setting a property on an object just made cannot fail.
        let _ = Reflect::set(&chosen, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    String::from(date.to_locale_string(&locale(), &chosen))
}
