//! The processor's clock, and how it writes moments and days. A test hands in its own clock.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{Date, OffsetDateTime, Time, format_description::well_known::Rfc3339};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Now, in milliseconds since 1970 UTC.
#[must_use]
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
}

/// A moment as RFC 3339 in UTC; one that has no date there is written as a number.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| at_ms.to_string())
}

/// First millisecond of a day (`2026-05-01`, in UTC), and that of the next.
#[must_use]
pub fn day_ms(text: &str) -> Option<(i64, i64)> {
    let parts: Option<Vec<&str>> = (text.len() == 10 && text.is_ascii()).then(|| text.split('-').collect());
    let [year, month, day] = parts?.try_into().ok()?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u16>().ok()).flatten();
    let month = u8::try_from(digits(month)?).ok()?.try_into().ok()?;
    let date = Date::from_calendar_date(i32::from(digits(year)?), month, u8::try_from(digits(day)?).ok()?).ok()?;
    let first_ms = OffsetDateTime::new_utc(date, Time::MIDNIGHT).unix_timestamp() * 1000;
    Some((first_ms, first_ms + DAY_MS))
}

/// The day that a moment is in, as [`day_ms`] reads it.
#[must_use]
pub fn day_of(at_ms: i64) -> String {
    rfc3339(at_ms).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        assert_eq!(day_ms("1970-01-02"), Some((DAY_MS, 2 * DAY_MS)));
        assert_eq!(day_of(2 * DAY_MS - 1), "1970-01-02");
        for text in ["", "today", "2026-5-01", "2026-02-30", "2026-05-0é", "+026-05-01", "2026-05-01T"] {
            assert_eq!(day_ms(text), None, "{text}");
        }
    }
}
