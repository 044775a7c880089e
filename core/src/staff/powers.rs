//! What a role may do: named permissions, and how far the two that have a measure go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    money::{AMOUNT_MAX, Minor},
    tax::Ppm,
};

/// What a command needs. Each command names one; [`Powers::allow`] decides; the screen only mirrors it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Change the cart and take payment.
    Sell,
    /// Give a discount, up to [`Powers::discount_percent_max`].
    Discount,
    /// Sell at another price than the catalogue's.
    PriceOverride,
    /// Take a line out of an order.
    VoidLine,
    /// Take back a sale of the open shift.
    VoidSale,
    /// Give money back for what was sold, up to [`Powers::refund_max`].
    Refund,
    /// Give store credit in place of what a sale was paid with.
    StoreCredit,
    /// Open the drawer without a sale.
    NoSale,
    /// Put cash into the drawer, or take it out, outside of a sale.
    MoveCash,
    /// Count what is in stock.
    CountStock,
    /// Begin a shift and count its float.
    OpenShift,
    /// End a shift and count the drawer.
    CloseShift,
    /// End a shift whose count differs by more than the shop allows.
    AcceptDifference,
    /// See what the drawer should hold before it is counted.
    SeeExpectedCash,
    /// See the X report.
    SeeReports,
    /// See who did what.
    SeeAudit,
    /// See the device's state: storage, quarantine, what is kept and why.
    SeeDevice,
    /// Take a card above the offline limit.
    AcceptOfflineCard,
    /// Answer what the till warns of.
    AnswerAlerts,
    /// Connect a card reader.
    ConnectReader,
    /// Write a sealed backup.
    ExportBackup,
    /// Put a new version in place.
    ApplyUpdate,
    /// Practise with sales that do not count.
    Training,
    /// Approve on the spot what another person's role does not allow.
    Approve,
    /// End another person's lock-out after too many wrong PINs.
    EndLockout,
}

impl Permission {
    /// Every permission, in the order in which the office lists them.
    pub const ALL: [Permission; 25] = {
        use Permission::*;
        [
            Sell,
            Discount,
            PriceOverride,
            VoidLine,
            VoidSale,
            Refund,
            StoreCredit,
            NoSale,
            MoveCash,
            CountStock,
            OpenShift,
            CloseShift,
            AcceptDifference,
            SeeExpectedCash,
            SeeReports,
            SeeAudit,
            SeeDevice,
            AcceptOfflineCard,
            AnswerAlerts,
            ConnectReader,
            ExportBackup,
            ApplyUpdate,
            Training,
            Approve,
            EndLockout,
        ]
    };

    /// Can somebody else approve it on the spot? Working here at all, and seeing what others did, cannot be lent.
    pub fn can_be_approved(self) -> bool {
        use Permission::*;
        !matches!(self, Sell | SeeAudit | SeeDevice | Approve | EndLockout)
    }

    /// For people, as in "may not … " after a refusal: somebody who gives discounts or refunds may have wanted to give too much.
    pub fn refusal(self) -> &'static str {
        match self {
            Permission::Discount => "give that much off",
            Permission::Refund => "refund that much",
            permission => permission.words(),
        }
    }

    /// For people, as in "may … ".
    pub fn words(self) -> &'static str {
        match self {
            Permission::Sell => "sell",
            Permission::Discount => "give discounts",
            Permission::PriceOverride => "change a price",
            Permission::VoidLine => "take a line out of an order",
            Permission::VoidSale => "void a sale",
            Permission::Refund => "refund",
            Permission::StoreCredit => "give store credit",
            Permission::NoSale => "open the drawer without a sale",
            Permission::MoveCash => "put cash in or take it out",
            Permission::CountStock => "count stock",
            Permission::OpenShift => "open a shift",
            Permission::CloseShift => "close a shift",
            Permission::AcceptDifference => "accept a cash difference",
            Permission::SeeExpectedCash => "see the expected cash",
            Permission::SeeReports => "see reports",
            Permission::SeeAudit => "see the audit trail",
            Permission::SeeDevice => "see the device's state",
            Permission::AcceptOfflineCard => "accept a card above the offline limit",
            Permission::AnswerAlerts => "answer alerts",
            Permission::ConnectReader => "connect a card reader",
            Permission::ExportBackup => "write a backup",
            Permission::ApplyUpdate => "apply an update",
            Permission::Training => "use the training mode",
            Permission::Approve => "approve for others",
            Permission::EndLockout => "end a lock-out",
        }
    }
}

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Powers {
    /// The permissions that it has.
    pub permissions: BTreeSet<Permission>,
    /// With [`Permission::Discount`]: the most that may be taken off a line, in whole percent of its price.
    pub discount_percent_max: u8,
    /// With [`Permission::Refund`]: the most that may be given back for one sale, in minor units.
    pub refund_max: Minor,
}

/// What one command needs, with its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A permission.
    Permission(Permission),
    /// [`Permission::Discount`], for taking this much off.
    Discount(Ppm),
    /// [`Permission::Refund`], for giving this much back of one sale, in minor units.
    Refund(Minor),
    /// [`Permission::StoreCredit`] beside what a refund of this much needs.
    Credit(Minor),
}

impl Need {
    /// The permission in it.
    pub fn permission(self) -> Permission {
        match self {
            Need::Permission(permission) => permission,
            Need::Discount(_) => Permission::Discount,
            Need::Refund(_) => Permission::Refund,
            Need::Credit(_) => Permission::StoreCredit,
        }
    }
}

impl Powers {
    pub(super) const NOTHING: Minor = Minor::ZERO;
    pub(super) const A_LITTLE: Minor = Minor(10_000);
    pub(super) const EVERYTHING: Minor = Minor(AMOUNT_MAX);

    /// Is this permission among them?
    pub fn has(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Do they cover what a command needs?
    pub fn allow(&self, need: Need) -> bool {
        self.has(need.permission())
            && match need {
                Need::Permission(_) => true,
                Need::Discount(off) => off.0 <= u32::from(self.discount_percent_max) * Ppm::PERCENT,
                Need::Refund(amount) => amount <= self.refund_max,
                Need::Credit(amount) => self.allow(Need::Refund(amount)),
            }
    }
}
