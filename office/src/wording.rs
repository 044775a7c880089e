//! The server's words put for people, and how serious each is.

use barrow_core::{
    audit::Topic,
    staff::{Permission, Role},
};
use barrow_language::{key, t};

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
        "gift-unknown" | "late" | "clock-back" | "clock-ahead" | "clock-behind" => Weight::Notice,
        _ => Weight::Serious,
    }
}

/// An alert's kind as a heading.
pub fn alert(kind: &str) -> String {
    t(match kind {
        "gap" => key("Entries are missing"),
        "altered" => key("An entry was altered"),
        "bad-signature" => key("A signature is not the till’s"),
        "bad-seal" => key("A seal does not open"),
        "unreadable" => key("An entry cannot be read"),
        "fork" => key("Two entries claim one place"),
        "reordered" => key("Entries changed places"),
        "truncated" => key("The journal’s end is missing"),
        "rollback" => key("A tablet went back in time"),
        "clone" => key("A fenced tablet went on selling"),
        "clock-back" => key("The till’s clock went back"),
        "clock-ahead" => key("The till’s clock is ahead"),
        "clock-behind" => key("The till’s clock is behind"),
        "totals" => key("A sale’s figures do not add up"),
        "turnover" => key("The running turnover does not add up"),
        "bad-void" => key("A sale was voided that could not be"),
        "bad-refund" => key("Money was given back that could not be"),
        "bad-exchange" => key("An exchange does not add up"),
        "double-refund" => key("More was given back than was sold"),
        "card-refund" => key("A card payment is to be given back"),
        "late" => key("A sale came after its shift had closed"),
        "card-declined" => key("A card payment was declined"),
        "gift-overdrawn" => key("More was spent of a gift card than was on it"),
        "gift-unknown" => key("A gift card paid that no till has sold"),
        "gift-blocked" => key("A blocked gift card paid"),
        "card-held" => key("A card payment is held"),
        "wrong-reader" => key("A card reader is not this till’s"),
        other => return plain(other),
    })
}

/// The states of a card payment, in the order of a filter: the server's word, and how it is called.
pub const PAYMENT_STATES: [(&str, &str); 9] = [
    ("waiting", key("Waiting")),
    ("asking", key("Being asked for")),
    ("unknown", key("Answer unknown")),
    ("approved", key("Approved")),
    ("declined", key("Declined")),
    ("held", key("Held")),
    ("cancelled", key("Cancelled")),
    ("reversing", key("Being reversed")),
    ("reversed", key("Reversed")),
];

/// A card payment's state: the weight of its chip, and how it is called.
pub fn payment_state(state: &str) -> (&'static str, String) {
    let class = match state {
        "approved" => "good",
        "declined" | "held" => "serious",
        "unknown" | "reversing" => "notice",
        _ => "plain",
    };
    let named = PAYMENT_STATES.iter().find(|(word, _)| *word == state);
    (class, named.map_or_else(|| plain(state), |(_, name)| t(name)))
}

/// A gift card's state: the weight of its chip, and how it is called.
pub fn gift_state(state: &str) -> (&'static str, String) {
    let class = match state {
        "active" => "good",
        "overdrawn" | "blocked" => "serious",
        "unknown" | "expired" => "notice",
        _ => "plain",
    };
    (class, plain(state))
}

/// What happened to a gift card.
pub fn gift_move(kind: &str) -> String {
    t(match kind {
        "issue" => key("Sold"),
        "top_up" => key("Topped up"),
        "credit" => key("Given as store credit"),
        "redeem" => key("Paid with it"),
        "refund" => key("Refunded onto it"),
        "void_load" => key("Its sale was voided"),
        "void_redeem" => key("What it paid was voided"),
        other => return plain(other),
    })
}

/// A role's name.
pub fn role(role: Role) -> String {
    t(match role {
        Role::Cashier => key("Cashier"),
        Role::Supervisor => key("Supervisor"),
        Role::Manager => key("Manager"),
        Role::Auditor => key("Auditor"),
    })
}

/// A role as the API and test ids write it.
pub fn role_id(role: Role) -> &'static str {
    match role {
        Role::Cashier => "cashier",
        Role::Supervisor => "supervisor",
        Role::Manager => "manager",
        Role::Auditor => "auditor",
    }
}

/// A permission as a heading: its words with a capital letter.
pub fn may(permission: Permission) -> String {
    t(&capital(permission.words()))
}

/// A topic's name, from the word that the API has for it.
pub fn topic(id: &str) -> String {
    Topic::of(id).map_or_else(|| plain(id), |topic| t(topic.words()))
}

/// How it went, from the API's word: the class of its chip, and the word on it.
pub fn result(word: &str) -> (&'static str, String) {
    match word {
        "ok" => ("good", t("Done")),
        "failed" => ("serious", t("Failed")),
        "refused" => ("notice", t("Refused")),
        other => ("plain", plain(other)),
    }
}

/// A word of the API as people read it: `log_in` becomes `Log in`.
pub fn plain(word: &str) -> String {
    t(&if word.is_empty() { key("Unknown").to_owned() } else { capital(&word.replace(['_', '-'], " ")) })
}

/// Single words that the server is known to send, and [`plain`] makes of them: states, flags, how was paid, how a card was read,
/// and parts of what was changed.
#[expect(dead_code, reason = "read by the check of the catalogues")]
const KNOWN: [&str; 40] = [
    key("Active"),
    key("Empty"),
    key("Overdrawn"),
    key("Blocked"),
    key("Expired"),
    key("Cash"),
    key("Card"),
    key("External"),
    key("Gift card"),
    key("Gift"),
    key("Store credit"),
    key("Gap"),
    key("Altered"),
    key("Bad signature"),
    key("Bad seal"),
    key("Unreadable"),
    key("Fork"),
    key("Reordered"),
    key("Truncated"),
    key("Rollback"),
    key("Clone"),
    key("Clock back"),
    key("Totals"),
    key("Turnover"),
    key("Bad void"),
    key("Bad refund"),
    key("Bad exchange"),
    key("Double refund"),
    key("Late"),
    key("Gift overdrawn"),
    key("Gift unknown"),
    key("Gift blocked"),
    key("chip"),
    key("contactless"),
    key("yes"),
    key("no"),
    key("none"),
    key("{} min"),
    key("{} days"),
    key("{} months"),
];

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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
            BadVoid,
            BadRefund,
            BadExchange,
            DoubleRefund,
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
        assert_eq!(may(Permission::EndLockout), "End a lock-out");
        assert_eq!(plain("cash_in"), "Cash in");
        assert_eq!(plain(""), "Unknown");
        assert_eq!(result("put off"), ("plain", "Put off".to_owned()));
        assert_eq!(topic("card-readers"), "Card readers");
    }

    #[test]
    fn roles_and_topics_are_written_as_the_core_writes_them() {
        for role in Role::ALL {
            assert_eq!(serde_json::json!(role), role_id(role));
        }
        for topic in Topic::ALL {
            assert_eq!(serde_json::json!(topic), topic.id());
            assert_eq!(super::topic(topic.id()), topic.words());
        }
    }

    #[test]
    fn no_two_results_look_or_read_alike() {
        let all = ["ok", "failed", "refused", "else"].map(result);
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn serious_comes_first() {
        assert!(Weight::Serious < Weight::Notice);
    }
}
