//! Identities. Each is a type of its own, so that a till is never taken for a shop.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A shop: the unit of ownership, and the key by which a server may be spread.
    ShopId(u64)
);
id!(
    /// A till: one enrolled tablet's place in a shop. It keeps its number when the tablet enrols again.
    TillId(u64)
);
id!(
    /// A person who works at a till.
    StaffId(u64)
);
id!(
    /// A till's life since one enrolment. A new enrolment begins a new epoch; the old one is fenced.
    Epoch(u32)
);
id!(
    /// An entry's place in its epoch's journal; the first is 1. Zero means "none yet".
    Seq(u64)
);

impl Seq {
    /// The place after this one.
    pub fn next(self) -> Seq {
        Seq(self.0.saturating_add(1))
    }
}

/// One card payment: 16 random bytes, made when the payment begins. It stands in what is sealed to the processor, and is what
/// keeps a payment that is asked for again from being charged twice. Written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentId(pub [u8; 16]);

impl PaymentId {
    /// Reads 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<PaymentId> {
        crate::bytes::from_hex(text).map(PaymentId)
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A customer: 16 random bytes, made where they are first written down. It is all that a sale says of whose it is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerId(pub [u8; 16]);

impl CustomerId {
    /// Reads 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<CustomerId> {
        crate::bytes::from_hex(text).map(CustomerId)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A shift: named by the journal entry that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShiftId {
    /// The epoch in which it was opened.
    pub epoch: Epoch,
    /// The opening entry.
    pub seq: Seq,
}

/// A sale's identity everywhere: on the receipt, in the office, on the wire. Written `till-epoch-seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SaleId {
    /// The till that made it.
    pub till: TillId,
    /// The till's epoch.
    pub epoch: Epoch,
    /// The journal entry that is the sale.
    pub seq: Seq,
}

impl fmt::Display for SaleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.till, self.epoch, self.seq)
    }
}
