//! The journal: everything that matters, in order, each entry chained to the one before by its hash.
//!
//! The model on screen is a projection of it ([`crate::ledger`]). Later entries correct earlier ones; none is edited.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::Hash,
    card::{Decided, Reader, risk::Concern},
    customer::Saved,
    gift::{GiftOverdrawn, GiftRef, Told},
    ids::{Epoch, PaymentId, SaleId, Seq, ShiftId, ShopId, StaffId, TillId},
    ledger::ShiftReport,
    mail::MailTo,
    money::{Milli, Minor},
    refund::Refund,
    sale::{Sale, Void},
    staff::{LogInWay, PasskeyUse, Permission},
    stock::Counted,
};

mod decode;

/// The version that [`Entry::v`] holds.
pub const FORMAT: u8 = 1;

/// One entry: the CBOR map `{v, shop, till, epoch, seq, prev, at_ms, staff, shift, kind, body}` that is signed, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Format; [`FORMAT`].
    pub v: u8,
    /// Whose journal it is.
    pub shop: ShopId,
    /// Which till wrote it.
    pub till: TillId,
    /// In which of the till's lives.
    pub epoch: Epoch,
    /// Its place; the first is 1.
    pub seq: Seq,
    /// SHA-256 of the previous entry's signed bytes; for the first, of the signed enrolment record.
    pub prev: Hash,
    /// The till's clock, milliseconds since 1970 UTC. Order comes from `seq`, never from this.
    pub at_ms: i64,
    /// Who did it; nobody for what the till does by itself.
    pub staff: Option<StaffId>,
    /// In which shift, if one was open.
    pub shift: Option<ShiftId>,
    /// What happened.
    #[serde(flatten)]
    pub body: Body,
}

impl Entry {
    /// The identity of the sale that it is, if it is one.
    pub fn sale_id(&self) -> SaleId {
        SaleId { till: self.till, epoch: self.epoch, seq: self.seq }
    }
}

/// What happened, before it has a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The till's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who did it.
    pub staff: Option<StaffId>,
    /// In which shift.
    pub shift: Option<ShiftId>,
    /// What happened.
    pub body: Body,
}

/// Written with its kind beside it, and read by [`decode`] as if the kind were around it: Serde has one form for both, so the
/// reading form is a twin.
macro_rules! written_and_read {
    ($(#[$doc:meta])* pub enum Body $variants:tt) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind", content = "body", rename_all = "snake_case")]
        pub enum Body $variants

        #[derive(Deserialize)]
        #[serde(remote = "Body", rename_all = "snake_case")]
        enum Read $variants

        fn read_body<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
            Read::deserialize(deserializer)
        }
    };
}

written_and_read! {
/// What happened.
pub enum Body {
    /// The tablet became this till.
    Enrolled {
        /// The program's version.
        app: String,
    },
    /// Somebody signed in.
    LogIn {
        /// How.
        way: LogInWay,
    },
    /// Somebody failed to sign in as `staff`.
    LogInFailed {
        /// As whom.
        as_staff: StaffId,
        /// The how-manieth wrong PIN in a row.
        count: u32,
    },
    /// The till was locked.
    Locked {
        /// Why.
        cause: LockCause,
    },
    /// A manager ended somebody's lock-out after too many wrong PINs.
    LockOutEnded {
        /// Whose.
        of: StaffId,
    },
    /// Somebody changed their own PIN.
    PinChanged,
    /// Somebody put a passkey beside or in place of their PIN.
    PasskeyAdded {
        /// What it is for.
        used: PasskeyUse,
    },
    /// Somebody took their passkey away.
    PasskeyRemoved,
    /// Somebody's role did not allow what they wanted.
    Refused {
        /// What they wanted.
        what: String,
        /// Which permission was missing.
        permission: Permission,
    },
    /// Another person approved, on the spot and for this once, what somebody's role does not allow. What was approved follows.
    Approved {
        /// Who approved.
        by: StaffId,
        /// What.
        what: String,
        /// Which permission was missing.
        permission: Permission,
        /// The order at that moment ([`crate::cart::Cart::digest`]), or the sale with what was to be given back of it.
        order: Hash,
    },
    /// Cash was put into the drawer, or taken out, outside of a sale.
    CashMoved {
        /// How much; negative for out.
        amount: Minor,
        /// Why.
        reason: String,
    },
    /// The drawer was opened without a sale.
    NoSale {
        /// Why.
        reason: String,
    },
    /// A shift began.
    ShiftOpened {
        /// Cash in the drawer at the start.
        float: Minor,
    },
    /// A shift ended, with its Z report.
    ShiftClosed(ShiftReport),
    /// Something was written down of a customer. What, stands beside the journal.
    CustomerSaved(Saved),
    /// A paid sale.
    Sale(Sale),
    /// A sale of the open shift was taken back.
    SaleVoided(Void),
    /// Money was given back for a part of a sale.
    Refund(Refund),
    /// An article of which stock is kept was counted.
    StockCounted(Counted),
    /// A copy of a sale's receipt was printed. (The first print is no copy, and no entry.)
    ReceiptPrinted {
        /// Of which sale.
        of: SaleId,
        /// The how-manieth copy, as it stands on it; the first is 1.
        copy: u32,
    },
    /// The customer wants a sale's receipt by e-mail.
    ReceiptRequested {
        /// Of which sale.
        of: SaleId,
        /// SHA-256 of what goes to the server beside the entry ([`MailTo`]): the chain keeps no address.
        to: Hash,
        /// That itself, until it is sealed. It is no part of the entry, and is not read back.
        #[serde(skip)]
        beside: Option<MailTo>,
    },
    /// A part of a payment was taken out again before the sale was paid.
    TenderTakenOut {
        /// Its means.
        what: String,
        /// How much, minor units.
        amount: Minor,
    },
    /// What was taken out of orders again before they were paid: whoever takes the money first and the line afterwards shows here.
    LinesTakenOut {
        /// Since the last entry of this kind, oldest first.
        lines: Vec<LineOut>,
    },
    /// The server told the balance of a gift card, because somebody at the till wanted to know it.
    GiftChecked {
        /// Which card.
        card: GiftRef,
        /// The last four symbols of its code.
        last4: String,
        /// What the server said.
        told: Told,
    },
    /// A card was not taken: the rules spoke against it.
    CardRefused {
        /// Its scheme and last four digits.
        card: String,
        /// How much was to be paid, minor units.
        amount: Minor,
        /// What spoke against it.
        concerns: Vec<Concern>,
    },
    /// The till learnt what the bank said of a payment that it had taken without.
    CardDecided(Decided),
    /// The till warned of something that somebody has to deal with.
    AlertRaised(Alert),
    /// Somebody has dealt with it.
    AlertAnswered {
        /// What the till had warned of.
        alert: Alert,
        /// What was done, in the person's words.
        note: String,
    },
    /// A card reader was attached.
    ReaderAttached(Reader),
    /// A card reader was taken away.
    ReaderDetached(Reader),
    /// A signed configuration took effect.
    ConfigApplied {
        /// Its version.
        version: u64,
    },
    /// The till's clock went back.
    ClockBack {
        /// The latest time seen before, milliseconds since 1970.
        was_ms: i64,
    },
    /// The browser lost entries, and the black box gave them back.
    Recovered {
        /// How many.
        entries: u64,
    },
    /// A stored record could not be read and was set aside.
    Quarantined {
        /// Which store it was in.
        store: String,
        /// How many records.
        records: u64,
    },
}
}

/// Something that a till warns of until somebody has dealt with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// A payment was declined after the goods had gone.
    CardDeclined(PaymentId),
    /// More was spent of a gift card than was on it.
    GiftOverdrawn(GiftOverdrawn),
    /// A reader that is not this till's: perhaps somebody has swapped it.
    WrongReader(Reader),
}

/// Why a till was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockCause {
    /// By the button.
    Button,
    /// Nobody did anything for a while.
    Idle,
    /// The page went out of sight.
    Hidden,
    /// Somebody else takes over.
    Switch,
    /// By the till: the owner took the person off it, or it could not write who works here.
    Till,
}

impl Body {
    /// The word that stands in `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Body::Enrolled { .. } => "enrolled",
            Body::LogIn { .. } => "log_in",
            Body::LogInFailed { .. } => "log_in_failed",
            Body::Locked { .. } => "locked",
            Body::LockOutEnded { .. } => "lock_out_ended",
            Body::PinChanged => "pin_changed",
            Body::PasskeyAdded { .. } => "passkey_added",
            Body::PasskeyRemoved => "passkey_removed",
            Body::Refused { .. } => "refused",
            Body::Approved { .. } => "approved",
            Body::CashMoved { .. } => "cash_moved",
            Body::NoSale { .. } => "no_sale",
            Body::ShiftOpened { .. } => "shift_opened",
            Body::ShiftClosed(_) => "shift_closed",
            Body::CustomerSaved(_) => "customer_saved",
            Body::Sale(_) => "sale",
            Body::SaleVoided(_) => "sale_voided",
            Body::Refund(_) => "refund",
            Body::StockCounted(_) => "stock_counted",
            Body::ReceiptPrinted { .. } => "receipt_printed",
            Body::ReceiptRequested { .. } => "receipt_requested",
            Body::TenderTakenOut { .. } => "tender_taken_out",
            Body::LinesTakenOut { .. } => "lines_taken_out",
            Body::GiftChecked { .. } => "gift_checked",
            Body::CardRefused { .. } => "card_refused",
            Body::CardDecided(_) => "card_decided",
            Body::AlertRaised(_) => "alert_raised",
            Body::AlertAnswered { .. } => "alert_answered",
            Body::ReaderAttached(_) => "reader_attached",
            Body::ReaderDetached(_) => "reader_detached",
            Body::ConfigApplied { .. } => "config_applied",
            Body::ClockBack { .. } => "clock_back",
            Body::Recovered { .. } => "recovered",
            Body::Quarantined { .. } => "quarantined",
        }
    }
}

/// What was taken out of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineOut {
    /// By whom.
    pub by: StaffId,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The product's key.
    pub sku: String,
    /// What it is called.
    pub name: String,
    /// How much of it.
    pub qty: Milli,
    /// What that would have cost before anything was taken off, minor units.
    pub amount: Minor,
}

/// The end of a chain: what the next entry is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// The last entry's place; 0 when there is none yet.
    pub seq: Seq,
    /// SHA-256 of the last entry's signed bytes; of the signed enrolment record when there is none yet.
    pub hash: Hash,
    /// The latest time in the chain, milliseconds since 1970; 0 when there is none.
    pub at_ms: i64,
}

/// A link that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BrokenLink {
    /// Another shop's, till's or epoch's entry.
    #[error("the entry belongs to another journal")]
    Foreign,
    /// A number is missing or comes twice.
    #[error("the entry's number does not follow the one before")]
    Order,
    /// `prev` is not the hash of the entry before.
    #[error("the entry is not chained to the one before")]
    Hash,
}

impl Head {
    /// The entry that would follow, made of `draft`.
    pub fn follow(&self, draft: Draft) -> Entry {
        let seq = self.seq.next();
        let mut body = draft.body;
        // The two entries of an exchange stand side by side, and name each other's place.
        match &mut body {
            Body::Refund(Refund { exchange: Some(sale), .. }) => *sale = seq.next(),
            Body::Sale(Sale { exchange: Some(refund), .. }) => *refund = self.seq,
            _ => {}
        }
        Entry {
            v: FORMAT,
            shop: self.shop,
            till: self.till,
            epoch: self.epoch,
            seq,
            prev: self.hash,
            at_ms: draft.at_ms,
            staff: draft.staff,
            shift: draft.shift,
            body,
        }
    }

    /// Checks that `entry` follows, and gives the head after it. `hash` is SHA-256 of the entry's signed bytes.
    ///
    /// Called on append and again on load: one check, made twice.
    pub fn check(&self, entry: &Entry, hash: Hash) -> Result<Head, BrokenLink> {
        if (entry.shop, entry.till, entry.epoch) != (self.shop, self.till, self.epoch) {
            return Err(BrokenLink::Foreign);
        }
        if entry.seq != self.seq.next() {
            return Err(BrokenLink::Order);
        }
        if entry.prev != self.hash {
            return Err(BrokenLink::Hash);
        }
        Ok(Head { seq: entry.seq, hash, at_ms: self.at_ms.max(entry.at_ms), ..*self })
    }
}
