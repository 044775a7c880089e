//! What is open over a signed-in till's screen.

use serde::{Deserialize, Serialize};

use super::{Event, GiftPanel};
use crate::{
    audit::Topic,
    bytes::Hash,
    device::Committed,
    ids::StaffId,
    journal::Alert,
    ledger::ShiftReport,
    money::{Currency, Minor, OutOfRange},
    staff::Need,
    stock::Counted,
};

/// What is open over the screen.
#[derive(Debug)]
pub enum Panel {
    /// Something to fill in.
    Form(Form),
    /// The X report.
    XReport(Box<ShiftReport>),
    /// Who did what.
    Audit {
        /// The journal as far as the till keeps it, newest first; nothing while it is read.
        entries: Option<Vec<Committed>>,
        /// Which of them are shown.
        filter: AuditFilter,
    },
    /// Gift cards.
    Gift(Box<GiftPanel>),
    /// A command that waits for somebody who may approve it.
    Approval(Box<Refused>),
}

/// Something to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A discount for a line of the cart.
    Discount {
        /// Which line.
        line: usize,
    },
    /// Which of the variants of a product's name.
    Variants {
        /// One of them.
        sku: String,
    },
    /// The price or the weight of a product that is to be added.
    Ask {
        /// Which product.
        sku: String,
    },
    /// What is chosen with a line, and what is said about it.
    Extras {
        /// Which line.
        line: usize,
    },
    /// Something off the whole order.
    OrderDiscount,
    /// The order's name, note and coupon.
    Order,
    /// Which lines become an order of their own.
    Split,
    /// A code was scanned that the shop does not know.
    UnknownCode {
        /// The code.
        code: String,
    },
    /// Another price for a line.
    Price {
        /// Which line.
        line: usize,
    },
    /// Taking a sale back.
    Void,
    /// Cash in or out.
    Cash,
    /// Whose the order is.
    Customer,
    /// Counting stock.
    CountStock {
        /// Which article; nothing while one is to be chosen.
        sku: Option<String>,
        /// The article that was counted last.
        last: Option<Counted>,
    },
    /// Opening the drawer.
    NoSale,
    /// How the person who works here signs in.
    Proof,
    /// Shortcuts, the most common things, and what to do without a network.
    Help,
    /// Who is locked out.
    People,
    /// The card readers.
    Readers,
    /// The receipt printer.
    Printer,
    /// To which e-mail address the receipt on screen goes.
    Mail,
    /// The barcode scanners.
    Scanners,
    /// The number on the slip of a terminal that took the payment.
    External,
    /// The codes of cards that were just sold or given as credit.
    Issued,
    /// What was done about something that the till warns of.
    Alert(Alert),
}

/// A command that the person's role does not allow.
#[derive(Debug)]
pub struct Refused {
    /// The command: what is done once it is approved.
    pub(super) event: Event,
    /// What it needs.
    pub need: Need,
    /// What it would do, as the journal keeps it.
    pub what: String,
    /// The same, with amounts as this screen writes them.
    pub shown: String,
    /// The order when it was refused: an approval holds for no other.
    pub order: Hash,
    /// A proof is looked at, or the approval is being written.
    pub busy: bool,
}

/// Which entries of the audit trail are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this person.
    pub person: Option<StaffId>,
    /// About this.
    pub topic: Option<Topic>,
    /// From this time on, milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Before this time.
    pub before_ms: Option<i64>,
}

/// What was counted in the drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// A sum, as it was typed.
    Sum(String),
    /// How many of which coin or note.
    Pieces(Vec<(Minor, u32)>),
}

impl AuditFilter {
    /// Is this entry among them?
    pub fn shows(&self, committed: &Committed) -> bool {
        let entry = &committed.entry;
        self.person.is_none_or(|person| entry.staff == Some(person) || crate::audit::about(&entry.body) == Some(person))
            && self.topic.is_none_or(|topic| crate::audit::topic(&entry.body) == topic)
            && self.from_ms.is_none_or(|from| entry.at_ms >= from)
            && self.before_ms.is_none_or(|before| entry.at_ms < before)
    }
}

impl Count {
    /// The sum, and the pieces that make it (none for a typed sum).
    pub(super) fn sum(self, currency: &Currency) -> Result<(Minor, Vec<(Minor, u32)>), String> {
        match self {
            Count::Sum(text) => currency.parse(&text).map(|sum| (sum, Vec::new())).map_err(|e| e.to_string()),
            Count::Pieces(mut pieces) => {
                let known = currency.denominations();
                pieces.retain(|(value, count)| *count > 0 && known.contains(value));
                let sum = pieces
                    .iter()
                    .try_fold(Minor::ZERO, |sum, (value, count)| {
                        sum.plus(Minor::checked(i128::from(value.0) * i128::from(*count))?)
                    })
                    .map_err(|e: OutOfRange| e.to_string())?;
                Ok((sum, pieces))
            }
        }
    }
}
