//! The server's words put for people, and how serious each is.

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Somebody has to look into it: the journal is not whole, or not the till's.
    Serious,
    /// To know, and mostly harmless.
    Notice,
}

/// How much an alert of this kind matters. A kind that this page does not know is serious.
pub fn weight(alert_kind: &str) -> Weight {
    match alert_kind {
        "late" | "clock-back" | "clock-ahead" | "clock-behind" => Weight::Notice,
        _ => Weight::Serious,
    }
}

/// An alert's kind as a heading.
pub fn alert(kind: &str) -> String {
    match kind {
        "gap" => "Entries are missing",
        "altered" => "An entry was altered",
        "bad-signature" => "A signature is not the till’s",
        "bad-seal" => "A seal does not open",
        "unreadable" => "An entry cannot be read",
        "fork" => "Two entries claim one place",
        "reordered" => "Entries changed places",
        "truncated" => "The journal’s end is missing",
        "rollback" => "A tablet went back in time",
        "clone" => "A fenced tablet went on selling",
        "clock-back" => "The till’s clock went back",
        "clock-ahead" => "The till’s clock is ahead",
        "clock-behind" => "The till’s clock is behind",
        "totals" => "A sale’s figures do not add up",
        "turnover" => "The running turnover does not add up",
        "late" => "A sale came after its shift had closed",
        other => return plain(other),
    }
    .to_owned()
}

/// What happened, from a journal entry's kind.
pub fn happened(kind: &str) -> String {
    match kind {
        "enrolled" => "Tablet enrolled",
        "log_in" => "Signed in",
        "log_in_failed" => "Wrong PIN",
        "locked" => "Till locked",
        "shift_opened" => "Shift opened",
        "shift_closed" => "Shift closed",
        "sale" => "Sale",
        "config_applied" => "Catalogue applied",
        "clock_back" => "Clock went back",
        "recovered" => "Entries recovered",
        "quarantined" => "Records set aside",
        other => return plain(other),
    }
    .to_owned()
}

/// A word of the API as people read it: `log_in` becomes `Log in`.
pub fn plain(word: &str) -> String {
    let spaced = word.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use barrow_core::sync::Anomaly;

    #[test]
    fn every_anomaly_of_the_core_has_a_heading_of_its_own() {
        use Anomaly::*;
        let all = [
            Gap,
            Altered,
            BadSignature,
            BadSeal,
            Unreadable,
            Fork,
            Reordered,
            Truncated,
            Rollback,
            Clone,
            ClockBack,
            Totals,
            Turnover,
            Late,
        ];
        for anomaly in all {
            let kind = anomaly.to_string();
            assert_ne!(alert(&kind), plain(&kind), "{kind}");
        }
    }

    #[test]
    fn what_is_not_known_is_serious_and_still_readable() {
        assert_eq!(weight("late"), Weight::Notice);
        assert_eq!(weight("fork"), Weight::Serious);
        assert_eq!(weight("something-new"), Weight::Serious);
        assert_eq!(alert("something-new"), "Something new");
        assert_eq!(happened("cash_in"), "Cash in");
        assert_eq!(happened(""), "Unknown");
    }

    #[test]
    fn serious_comes_first() {
        assert!(Weight::Serious < Weight::Notice);
    }
}
