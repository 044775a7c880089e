//! Which lines of the audit trail are asked for.
use barrow_language::key;

/// What stands in a till's place for what was changed in the office.
pub const OFFICE: &str = "office";

/// The filter of the audit room, as its fields hold it; an empty field filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// A person's number.
    pub person: String,
    /// A topic, as `barrow_core::audit::Topic` writes it.
    pub topic: String,
    /// A till's number, or [`OFFICE`].
    pub till: String,
    /// The first day, such as `2026-11-22`, of this browser's calendar.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl AuditFilter {
    /// Does it filter anything?
    pub fn is_empty(&self) -> bool {
        *self == AuditFilter::default()
    }

    /// Why it can find nothing, if so.
    pub fn fault(&self) -> Option<&'static str> {
        // Days are written so that their order is that of their letters.
        let backwards = !self.from.is_empty() && !self.to.is_empty() && self.from > self.to;
        backwards.then_some(key("The first day comes after the last."))
    }

    /// What stands behind the question mark, without it; nothing for no filter. `moments` gives the first and the last moment of
    /// a day (RFC 3339, UTC): a day is what this browser's calendar calls so, which the server cannot know.
    pub fn query(&self, moments: impl Fn(&str) -> Option<(String, String)>) -> String {
        let day = |day: &String| if day.is_empty() { None } else { moments(day) };
        let from = day(&self.from).map(|(first, _)| first).unwrap_or_default();
        let to = day(&self.to).map(|(_, last)| last).unwrap_or_default();
        let fields = [("person", &self.person), ("topic", &self.topic), ("till", &self.till), ("from", &from), ("to", &to)];
        // What a field holds comes from a list or a calendar; anything else is left out rather than written into an address.
        let is_plain = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'.'));
        let parts: Vec<String> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty() && is_plain(value))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        parts.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_chosen_is_asked_for() {
        let moments = |day: &str| (day != "no day").then(|| (format!("{day}T00:00:00.000Z"), format!("{day}T23:59:59.999Z")));
        assert_eq!(AuditFilter::default().query(moments), "");
        let filter = AuditFilter { person: "3".into(), topic: "sign-in".into(), to: "2026-11-22".into(), ..Default::default() };
        assert_eq!(filter.query(moments), "person=3&topic=sign-in&to=2026-11-22T23:59:59.999Z");
        assert!(!filter.is_empty());
        let days = AuditFilter { from: "2026-11-22".into(), to: "no day".into(), ..Default::default() };
        assert_eq!(days.query(moments), "from=2026-11-22T00:00:00.000Z");
        assert_eq!(AuditFilter { till: "1&limit=9".into(), ..Default::default() }.query(moments), "");
    }

    #[test]
    fn days_in_the_wrong_order_are_said() {
        let days = |from: &str, to: &str| AuditFilter { from: from.into(), to: to.into(), ..Default::default() }.fault();
        assert!(days("2026-11-23", "2026-11-22").is_some());
        assert_eq!(days("2026-11-22", "2026-11-22"), None);
        assert_eq!(days("", "2026-11-22"), None);
        assert_eq!(days("2026-11-22", ""), None);
    }
}
