//! The audit trail: each journal entry as who did what, when, where, and how it went (PCI DSS 4.0, 10.2.2).

use serde::{Deserialize, Serialize};

use crate::{
    card::{Decided, Outcome, risk},
    ids::{Seq, StaffId},
    journal::{Alert, Body, Entry, LineOut, LockCause},
    money::Currency,
    sale::Sale,
    staff::{LogInWay, PasskeyUse},
    stock::Counted,
};

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Log-ins, failures, locks, PINs and passkeys.
    SignIn,
    /// Sales, voids and refunds.
    Sales,
    /// Customers that were written down; never who they are.
    Customers,
    /// Stock that was counted.
    Stock,
    /// Shifts, cash in and out, the drawer.
    Cash,
    /// Cards that were refused or decided, readers that came and went.
    Cards,
    /// What was refused, and what was approved.
    Approvals,
    /// Configuration.
    Settings,
    /// What the tablet noticed.
    Tablet,
}

impl Topic {
    /// Every topic, in the order of a filter.
    pub const ALL: [Topic; 9] = [
        Topic::SignIn,
        Topic::Sales,
        Topic::Customers,
        Topic::Stock,
        Topic::Cash,
        Topic::Cards,
        Topic::Approvals,
        Topic::Settings,
        Topic::Tablet,
    ];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Topic::SignIn => "Sign-in",
            Topic::Sales => "Sales",
            Topic::Customers => "Customers",
            Topic::Stock => "Stock",
            Topic::Cash => "Cash and shifts",
            Topic::Cards => "Cards and readers",
            Topic::Approvals => "Approvals",
            Topic::Settings => "Settings",
            Topic::Tablet => "Tablet",
        }
    }

    /// As it is written in the office's API, in both pages' choices and in test ids.
    pub fn id(self) -> &'static str {
        match self {
            Topic::SignIn => "sign-in",
            Topic::Sales => "sales",
            Topic::Customers => "customers",
            Topic::Stock => "stock",
            Topic::Cash => "cash",
            Topic::Cards => "cards",
            Topic::Approvals => "approvals",
            Topic::Settings => "settings",
            Topic::Tablet => "tablet",
        }
    }

    /// The topic of this [`Topic::id`].
    pub fn of(id: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.id() == id)
    }
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The entry's place in the till's journal.
    pub seq: Seq,
    /// When, milliseconds since 1970 by the till's clock.
    pub at_ms: i64,
    /// Who; nobody for what the till did by itself.
    pub who: Option<String>,
    /// What it is about.
    pub topic: Topic,
    /// What happened.
    pub what: String,
    /// Did it succeed?
    pub done: bool,
}

/// The line of `entry`; `name_of` tells people's names.
pub fn line<'a>(entry: &Entry, currency: &Currency, name_of: impl Fn(StaffId) -> &'a str) -> Line {
    let done = !matches!(entry.body, Body::LogInFailed { .. } | Body::Refused { .. } | Body::CardRefused { .. });
    Line {
        seq: entry.seq,
        at_ms: entry.at_ms,
        who: entry.staff.or_else(|| about(&entry.body)).map(|id| name_of(id).to_owned()),
        topic: topic(&entry.body),
        what: what(&entry.body, currency, name_of),
        done,
    }
}

/// What an entry is about.
pub fn topic(body: &Body) -> Topic {
    match body {
        Body::LogIn { .. }
        | Body::LogInFailed { .. }
        | Body::Locked { .. }
        | Body::LockOutEnded { .. }
        | Body::PinChanged
        | Body::PasskeyAdded { .. }
        | Body::PasskeyRemoved => Topic::SignIn,
        Body::Sale(_)
        | Body::SaleVoided(_)
        | Body::Refund(_)
        | Body::ReceiptPrinted { .. }
        | Body::ReceiptRequested { .. }
        | Body::TenderTakenOut { .. }
        | Body::LinesTakenOut { .. }
        | Body::GiftChecked { .. } => Topic::Sales,
        Body::StockCounted(_) => Topic::Stock,
        Body::CustomerSaved(_) => Topic::Customers,
        Body::ShiftOpened { .. } | Body::ShiftClosed(_) | Body::CashMoved { .. } | Body::NoSale { .. } => Topic::Cash,
        Body::Refused { .. } | Body::Approved { .. } => Topic::Approvals,
        Body::CardRefused { .. }
        | Body::CardDecided(_)
        | Body::AlertRaised(_)
        | Body::AlertAnswered { .. }
        | Body::ReaderAttached(_)
        | Body::ReaderDetached(_) => Topic::Cards,
        Body::ConfigApplied { .. } => Topic::Settings,
        Body::Enrolled { .. } | Body::ClockBack { .. } | Body::Recovered { .. } | Body::Quarantined { .. } => Topic::Tablet,
    }
}

/// The person whom an entry is about beside the one who did it.
pub fn about(body: &Body) -> Option<StaffId> {
    match body {
        Body::LogInFailed { as_staff, .. } => Some(*as_staff),
        Body::LockOutEnded { of } => Some(*of),
        Body::Approved { by, .. } => Some(*by),
        _ => None,
    }
}

fn what<'a>(body: &Body, currency: &Currency, name_of: impl Fn(StaffId) -> &'a str) -> String {
    match body {
        Body::Enrolled { app } => format!("Till enrolled, version {app}"),
        Body::LogIn { way: LogInWay::Code } => "Signed in with a one-time code, chose a PIN".into(),
        Body::LogIn { way: LogInWay::Pin } => "Signed in".into(),
        Body::LogIn { way: LogInWay::Passkey } => "Signed in with a passkey".into(),
        Body::LogIn { way: LogInWay::PinAndPasskey } => "Signed in with PIN and passkey".into(),
        Body::LogInFailed { count, .. } => format!("Wrong PIN, number {count} in a row"),
        Body::Locked { cause: LockCause::Button } => "Locked the till".into(),
        Body::Locked { cause: LockCause::Idle } => "Till locked: nobody touched it".into(),
        Body::Locked { cause: LockCause::Hidden } => "Till locked: out of sight".into(),
        Body::Locked { cause: LockCause::Switch } => "Left the till to somebody else".into(),
        Body::Locked { cause: LockCause::Till } => "Till locked by itself".into(),
        Body::LockOutEnded { of } => format!("Ended the lock-out of {}", name_of(*of)),
        Body::PinChanged => "Changed the PIN".into(),
        Body::PasskeyAdded { used: PasskeyUse::Alone } => "Added a passkey in place of the PIN".into(),
        Body::PasskeyAdded { used: PasskeyUse::WithPin } => "Added a passkey beside the PIN".into(),
        Body::PasskeyRemoved => "Removed the passkey".into(),
        Body::Refused { what, permission } => format!("Refused: {what} (may not {})", permission.refusal()),
        Body::Approved { by, what, order, .. } => format!("{} approved: {what} [order {}]", name_of(*by), order.short()),
        Body::CashMoved { amount, reason } if amount.0 < 0 => {
            format!("Cash out {}: {reason}", currency.format(crate::money::Minor(amount.0.saturating_neg())))
        }
        Body::CashMoved { amount, reason } => format!("Cash in {}: {reason}", currency.format(*amount)),
        Body::NoSale { reason } => format!("Opened the drawer: {reason}"),
        Body::ShiftOpened { float } => format!("Opened a shift with {}", currency.format(*float)),
        Body::ShiftClosed(report) => {
            format!(
                "Closed the shift, counted {}, difference {}",
                currency.format(report.counted),
                currency.format(report.difference)
            )
        }
        Body::Sale(sale) => {
            let discounts = sale.discounts();
            let (due, beside) = (currency.format(sale.due().unwrap_or(sale.totals.gross)), beside(sale, currency));
            let sold = match (discounts.0, sale.exchange) {
                (0, None) => format!("Sold for {due}"),
                (0, Some(_)) => format!("Sold for {due}, in an exchange"),
                (_, None) => format!("Sold for {due}, {} off", currency.format(discounts)),
                (_, Some(_)) => format!("Sold for {due}, {} off, in an exchange", currency.format(discounts)),
            };
            sold + &beside
        }
        Body::SaleVoided(void) => format!("Voided sale {} of {}: {}", void.sale, currency.format(void.due), void.reason),
        Body::Refund(refund) => {
            let due = currency.format(refund.due().unwrap_or(refund.totals.gross));
            let pieces: Vec<String> =
                refund.lines.iter().map(|line| format!("{} × {}", currency.quantity(line.qty), line.sold.name)).collect();
            let pieces = pieces.join(", ");
            match refund.exchange {
                None => format!("Refunded {due} of sale {}, {pieces}: {}", refund.of, refund.reason),
                Some(_) => format!("Exchanged {due} of sale {}, {pieces}: {}", refund.of, refund.reason),
            }
        }
        Body::CustomerSaved(saved) => format!("Wrote customer {} down", saved.id),
        Body::StockCounted(Counted { name, expected, counted, .. }) => {
            format!("Counted {counted} of {name}, expected {expected}")
        }
        Body::ReceiptPrinted { of, copy } => format!("Printed copy {copy} of the receipt of sale {of}"),
        Body::ReceiptRequested { of, .. } => format!("Asked for the receipt of sale {of} by e-mail"),
        Body::TenderTakenOut { what, amount } => format!("Took {} {what} out of a payment", currency.format(*amount)),
        Body::LinesTakenOut { lines } => {
            let line = |out: &LineOut| format!("{} × {} {}", currency.quantity(out.qty), out.name, currency.format(out.amount));
            format!("Took out of an order: {}", lines.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        Body::GiftChecked { last4, told, .. } => match told.balance {
            Some(balance) => format!("Asked for the balance of gift card ····{last4}: {}", currency.format(balance)),
            None => format!("Asked for the balance of gift card ····{last4}, which is not known"),
        },
        Body::CardRefused { card, amount, concerns } => {
            format!("{card} not taken for {}: {}", currency.format(*amount), risk::sentences(concerns))
        }
        Body::CardDecided(Decided { payment, outcome: Outcome::Approved { authorization }, .. }) => {
            format!("Card payment {payment} approved, {authorization}")
        }
        Body::CardDecided(Decided { payment, outcome: Outcome::Declined { reason }, .. }) => {
            format!("Card payment {payment} declined after the sale: {reason}")
        }
        Body::AlertRaised(alert) => format!("Warned of {}", alert_words(alert)),
        Body::AlertAnswered { alert, note } => format!("Dealt with {}: {note}", alert_words(alert)),
        Body::ReaderAttached(reader) => format!("Attached {}", reader.words()),
        Body::ReaderDetached(reader) => format!("Detached {}", reader.words()),
        Body::ConfigApplied { version } => format!("Settings version {version} took effect"),
        Body::ClockBack { .. } => "The tablet's clock went back".into(),
        Body::Recovered { entries } => format!("The browser lost data; {entries} entries came back from the black box"),
        Body::Quarantined { store, records } => format!("{records} unreadable records set aside ({store})"),
    }
}

/// What of a sale is no turnover, as far as anything is.
fn beside(sale: &Sale, currency: &Currency) -> String {
    let gifts = sale.gifts.iter().map(|sold| format!(" · {} on gift card ····{}", currency.format(sold.amount), sold.last4));
    let tip = (sale.tip.0 != 0).then(|| format!(" · tip {}", currency.format(sale.tip)));
    gifts.chain(tip).collect()
}

fn alert_words(alert: &Alert) -> String {
    match alert {
        Alert::GiftOverdrawn(found) => format!("gift card ····{}, of which more was spent than was on it", found.last4),
        Alert::CardDeclined(payment) => format!("the declined card payment {payment}"),
        Alert::WrongReader(reader) => format!("a reader that is not this till's: {}", reader.words()),
    }
}
