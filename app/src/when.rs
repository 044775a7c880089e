//! Times as people read them, in the tablet's own time zone. The core knows only milliseconds.

use barrow_core::view::clocks;
use barrow_language::locale;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// Hours and minutes, such as `14:05`.
pub fn clock(at_ms: i64) -> String {
    written(at_ms, &[("hour", "2-digit"), ("minute", "2-digit")])
}

/// Day and time, such as `22 Nov 2026, 14:05`.
pub fn day_and_clock(at_ms: i64) -> String {
    let parts = [("day", "numeric"), ("month", "short"), ("year", "numeric"), ("hour", "2-digit"), ("minute", "2-digit")];
    written(at_ms, &parts)
}

/// Hours and minutes by either clock, for what is searched by time however the screen writes it.
pub fn both_clocks(at_ms: i64) -> String {
    let at = Date::new(&JsValue::from_f64(at_ms as f64));
    clocks(at.get_hours(), at.get_minutes())
}

/// Day and time with seconds, such as `22 Nov, 14:05:09`: for what is looked into.
pub fn to_the_second(at_ms: i64) -> String {
    let parts = [("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit")];
    written(at_ms, &parts)
}

/// The first millisecond of the day `YYYY-MM-DD`, and of the one after it, in the tablet's own time zone. Nothing for what is
/// no day.
pub fn day(text: &str) -> Option<(i64, i64)> {
    let mut parts = text.splitn(3, '-');
    let year: u32 = parts.next()?.parse().ok()?;
    let month: i32 = parts.next()?.parse().ok()?;
    let day: i32 = parts.next()?.parse().ok()?;
    let begins = |day: i32| {
        let ms = Date::new_with_year_month_day(year, month.saturating_sub(1), day).get_time();
        ms.is_finite().then_some(ms as i64)
    };
    // A day past the month's end is the first of the next one; the calendar knows which days have 23 or 25 hours.
    Some((begins(day)?, begins(day.saturating_add(1))?))
}

fn written(at_ms: i64, parts: &[(&str, &str)]) -> String {
    let options = Object::new();
    for (name, value) in parts {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from(*name), &JsValue::from(*value));
    }
    let date = Date::new(&JsValue::from_f64(at_ms as f64));
    date.to_locale_string(&locale(), &options).into()
}
