//! An exchange: something of a sale comes back, and its worth pays for what is sold in its place.
//!
//! It stands in the journal as what it is, a refund and a sale, one right after the other and written together or not at all; each
//! names the other's place. What of the refund pays for the sale is a means of payment of its own on both sides
//! ([`TenderKind::Exchange`]), so that each adds up by itself, and the drawer to what went in and out.

use serde::{Deserialize, Serialize};

use crate::{
    ids::Seq,
    ledger::Paid,
    money::{Currency, Milli, Minor, OutOfRange},
    reason::Reason,
    refund::{Refund, RefundFault},
    sale::Sale,
    tender::TenderKind,
};

/// What comes back in an exchange. It stays with the order that takes its place until that is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The sale that it is of.
    pub paid: Paid,
    /// Lines by place, with quantities.
    pub wanted: Vec<(usize, Milli)>,
    /// The goods cannot be sold again.
    #[serde(default, skip_serializing_if = "crate::catalogue::is_false")]
    pub off_shelf: bool,
    /// Why.
    pub reason: String,
}

impl Return {
    /// The refund that is written with the sale, if `credit` of it pays for that. `turnover` is the till's before both.
    ///
    /// # Errors
    /// [`RefundFault`].
    pub fn refund(&self, credit: Minor, currency: &Currency, turnover: Minor) -> Result<Refund, RefundFault> {
        let refund = Refund::in_exchange(&self.paid, &self.wanted, currency, &self.reason()?, credit, turnover)?;
        Ok(Refund { off_shelf: self.off_shelf, ..refund })
    }

    /// What comes back is worth so much.
    ///
    /// # Errors
    /// [`RefundFault`].
    pub fn worth(&self, currency: &Currency) -> Result<Minor, RefundFault> {
        Ok(Refund::of(&self.paid, &self.wanted, currency, &self.reason()?, Minor::ZERO)?.totals.gross)
    }

    fn reason(&self) -> Result<Reason, RefundFault> {
        // It was a reason when it was typed; a draft that says otherwise is no exchange.
        Reason::parse(&self.reason).map_err(|_| RefundFault::Nothing)
    }
}

/// What of a refund was set off against the sale that follows.
///
/// # Errors
/// [`OutOfRange`].
pub fn set_off_by(refund: &Refund) -> Result<Minor, OutOfRange> {
    Minor::sum(refund.tenders.iter().filter(|given| given.kind == TenderKind::Exchange).map(|given| given.amount))
}

/// What a refund paid of a sale.
///
/// # Errors
/// [`OutOfRange`].
pub fn paid_by_return(sale: &Sale) -> Result<Minor, OutOfRange> {
    Minor::sum(sale.tenders.iter().filter(|tender| tender.kind == TenderKind::Exchange).map(|tender| tender.amount))
}

/// What the entry before this one, a refund at `before`, leaves to be paid for by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owed(pub(crate) Minor);

impl Owed {
    /// Does `sale`, at `seq`, take just what the refund before it left?
    pub(crate) fn is_taken_by(self, sale: &Sale, seq: Seq) -> bool {
        paid_by_return(sale) == Ok(self.0) && sale.exchange.is_none_or(|refund| refund.next() == seq)
    }

    /// What the refund at `seq` leaves; nothing if it names another place than the next.
    pub(crate) fn left_by(refund: &Refund, seq: Seq) -> Option<Owed> {
        let fits = refund.exchange.is_none_or(|sale| sale == seq.next());
        set_off_by(refund).ok().filter(|_| fits).map(Owed)
    }
}
