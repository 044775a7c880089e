//! The server's clock, and how it writes moments for people and programs.

use std::time::{SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Now, in milliseconds since 1970 UTC.
#[must_use]
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
}

/// A moment as RFC 3339 in UTC, such as `2026-05-01T09:30:00.25Z`. One before year 0 or after year 9999, which only a broken
/// clock gives, is written as the nearest that can be.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    const FIRST_MS: i64 = -62_167_219_200_000;
    const LAST_MS: i64 = 253_402_300_799_999;
    let nanos = i128::from(at_ms.clamp(FIRST_MS, LAST_MS)) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}

/// What somebody asks for by a day (`2026-05-01`, in UTC) or a moment (RFC 3339): its first and its last millisecond.
#[must_use]
pub fn span_ms(text: &str) -> Option<(i64, i64)> {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let parse = |text: &str| {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
    };
    if text.len() == 10 {
        let first = parse(&format!("{text}T00:00:00Z"))?;
        return Some((first, first.saturating_add(DAY_MS - 1)));
    }
    parse(text).map(|moment| (moment, moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_clock_can_be_written_down() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_777_627_800_250), "2026-05-01T09:30:00.25Z");
        assert_eq!(rfc3339(i64::MIN), "0000-01-01T00:00:00Z");
        assert_eq!(rfc3339(i64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_day_is_read_as_its_first_and_last_millisecond() {
        assert_eq!(span_ms("1970-01-02"), Some((86_400_000, 172_799_999)));
        assert_eq!(span_ms("1969-12-31"), Some((-86_400_000, -1)));
        assert_eq!(span_ms("2026-05-01T11:30:00.25+02:00"), Some((1_777_627_800_250, 1_777_627_800_250)));
        for text in ["", "today", "2026-5-1", "2026-02-30", "2026-W01-1", "2026-05-01T11:30:00", "2026-05-01 "] {
            assert_eq!(span_ms(text), None, "{text}");
        }
    }
}
