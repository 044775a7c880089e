//! Where a person was at the till, and what they had typed: kept with the orders, so that a reload or a lock comes back to it.

use std::{
    collections::BTreeMap,
    mem::{Discriminant, discriminant},
};

use serde::{Deserialize, Serialize};

use super::{Desk, Form, History, Opened, Panel, Stage, Step};
use crate::{bytes::Hash, gift::GiftCode, ids::SaleId, ledger::Paid, ledger::ShiftReport, money::Minor};

/// Where a person was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// What was on the screen.
    #[serde(default)]
    pub(super) doing: Doing,
    /// What was open over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) over: Option<Over>,
    /// What stands in the fields of both.
    #[serde(default)]
    pub(super) fields: Fields,
}

/// What is on the screen, as far as the order and the journal do not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Doing {
    /// Selling.
    #[default]
    Selling,
    /// Opening a shift.
    Opening,
    /// Taking payment.
    Paying {
        /// Cash that lies on the counter.
        cash: Option<Minor>,
        /// How much a card or a terminal is to take next.
        part: Option<Minor>,
    },
    /// The receipt.
    Receipt,
    /// Looking for a sale, or giving something of it back.
    LookingBack {
        /// The sale that was chosen, and how far that has come.
        opened: Option<Opened>,
        /// That sale, where only its receipt tells of it.
        known: Option<Box<Paid>>,
        /// What comes back cannot be sold again.
        off_shelf: bool,
    },
    /// Counting the drawer.
    Counting,
    /// The Z report, and the chain's head with it.
    Report(Box<ShiftReport>, Hash),
}

/// What is open over the screen, where closing it would lose something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Over {
    Form(Form),
    /// Gift cards, and the one that was shown.
    Gift(Option<GiftCode>),
}

/// What stands in fields, each by its name. Never a PIN: their fields are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) screen: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) over: BTreeMap<String, String>,
}

impl Fields {
    /// What stands in this field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.over.get(field).or_else(|| self.screen.get(field)).map(String::as_str)
    }
}

impl Doing {
    /// Two of the same screen have the same fields.
    fn screen(&self) -> (Discriminant<Doing>, Option<(SaleId, Discriminant<Step>)>) {
        let sale = match self {
            Doing::LookingBack { opened: Some(opened), .. } => Some((opened.sale, discriminant(&opened.step))),
            _ => None,
        };
        (discriminant(self), sale)
    }

    fn of(stage: &Stage) -> Doing {
        match stage {
            Stage::NoShift => Doing::Opening,
            Stage::Selling(_) => Doing::Selling,
            Stage::Tendering(tendering) => Doing::Paying { cash: tendering.cash, part: tendering.part },
            Stage::Receipt(_) => Doing::Receipt,
            Stage::History(history) => {
                Doing::LookingBack { opened: history.opened.clone(), known: known(history), off_shelf: history.off_shelf }
            }
            Stage::Counting(_) => Doing::Counting,
            Stage::Report(report, head) => Doing::Report(report.clone(), *head),
        }
    }
}

/// The sale on screen, if the journal does not hold it. What was returned of it here, the journal does know.
fn known(history: &History) -> Option<Box<Paid>> {
    let read = history.paid().filter(|paid| paid.proof.is_some());
    read.map(|paid| Box::new(Paid { returned: Vec::new(), ..paid.clone() })).or_else(|| history.known.clone())
}

impl Over {
    fn of(panel: &Panel) -> Option<Over> {
        match panel {
            // Nothing is lost with what is only looked at. A PIN is typed anew, and codes that nobody has seen are kept by themselves.
            Panel::Form(
                Form::Proof | Form::Issued | Form::Help | Form::People | Form::Readers | Form::Scanners | Form::Printer,
            )
            | Panel::XReport(_)
            | Panel::Audit { .. }
            | Panel::Approval(_) => None,
            Panel::Form(form) => Some(Over::Form(form.clone())),
            Panel::Gift(panel) => Some(Over::Gift(panel.shown.as_ref().map(|shown| shown.code.clone()))),
        }
    }
}

impl Desk {
    /// Where the person is.
    pub(super) fn place(&self) -> Place {
        Place { doing: Doing::of(&self.stage), over: self.panel.as_ref().and_then(Over::of), fields: self.fields.clone() }
    }

    /// Empties the fields of what is not there any more.
    pub(super) fn leave(&mut self, before: &Place) {
        let now = self.place();
        if now.doing.screen() != before.doing.screen() {
            self.fields.screen.clear();
        }
        if now.over != before.over || now.over.is_none() {
            self.fields.over.clear();
        }
    }
}
