//! Who works at the till: their roles and powers, and how they prove who they are.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::StaffId;

mod pin;
mod powers;

pub use pin::{BadPin, Failures, LogInWay, PasskeyUse, Pin, Proof};
pub use powers::{Need, Permission, Powers};

/// A person who may work at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Their number in the shop.
    pub id: StaffId,
    /// As shown on the sign-in screen and the receipt.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A preset of powers. The office may give a role others ([`crate::config::Rules::roles`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sells.
    Cashier,
    /// Sells, and runs the shift.
    Supervisor,
    /// May do everything at the till.
    Manager,
    /// Sees, and changes nothing.
    Auditor,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Role; 4] = [Role::Cashier, Role::Supervisor, Role::Manager, Role::Auditor];

    /// What the role may do in a shop that did not change it.
    pub fn preset(self) -> Powers {
        use Permission::*;
        let powers = |permissions: &[Permission], discount_percent_max, refund_max| Powers {
            permissions: permissions.iter().copied().collect::<BTreeSet<_>>(),
            discount_percent_max,
            refund_max,
        };
        match self {
            Role::Cashier => {
                powers(&[Sell, Discount, VoidLine, OpenShift, CloseShift, AnswerAlerts, Training], 10, Powers::NOTHING)
            }
            Role::Supervisor => powers(
                &[
                    Sell,
                    Discount,
                    VoidLine,
                    OpenShift,
                    CloseShift,
                    AnswerAlerts,
                    Training,
                    PriceOverride,
                    VoidSale,
                    Refund,
                    StoreCredit,
                    NoSale,
                    MoveCash,
                    CountStock,
                    SeeExpectedCash,
                    SeeReports,
                    ConnectReader,
                    ExportBackup,
                    ApplyUpdate,
                ],
                30,
                Powers::A_LITTLE,
            ),
            Role::Manager => powers(&Permission::ALL, 100, Powers::EVERYTHING),
            Role::Auditor => powers(&[SeeExpectedCash, SeeReports, SeeAudit, SeeDevice], 0, Powers::NOTHING),
        }
    }
}
