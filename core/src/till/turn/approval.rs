//! What a person's role does not allow, another person may approve on the spot: once, for this command, on this order.

use super::{DeviceError, Effect, Event, Panel, Purpose, Turn};
use crate::{
    bytes::Hash,
    cart::Cart,
    ids::StaffId,
    journal::Body,
    staff::{Need, PasskeyUse, Permission, Pin, Proof},
    till::{Desk, Refused, Stage},
};

impl Turn<'_> {
    /// Says no, writes so into the journal, and asks whether somebody else approves.
    pub(super) fn refuse(&mut self, event: Event, need: Need) {
        let permission = need.permission();
        let currency = &self.desk.config.currency;
        // What is signed says the same on a screen of any language.
        let (what, shown) = (event.words(self.desk, &currency.canonical()), event.words(self.desk, currency));
        self.commit(Purpose::Note, vec![Body::Refused { what: what.clone(), permission }]);
        if permission.can_be_approved() && approvers(self.desk, need).next().is_some() {
            let order = order(self.desk);
            self.desk.panel = Some(Panel::Approval(Box::new(Refused { event, need, what, shown, order, busy: false })));
        } else {
            self.fail("Your role does not allow this. Ask a supervisor or manager to do it.");
        }
    }

    pub(super) fn approve(&mut self, by: StaffId, pin: &str) {
        let Some(Panel::Approval(refused)) = &self.desk.panel else { return };
        if refused.busy {
            return;
        }
        if !approvers(self.desk, refused.need).any(|approver| approver == by) {
            return self.fail("This person may not approve it. Choose another one.");
        }
        let passkey = self.desk.roster.iter().find(|entry| entry.id == by).and_then(|entry| entry.passkey);
        match shown(passkey, pin) {
            Ok(proof) => {
                self.desk.error = None;
                if let Some(Panel::Approval(refused)) = &mut self.desk.panel {
                    refused.busy = true;
                }
                self.effects.push(Effect::Approve { by, proof });
            }
            Err(sentence) => self.fail(sentence),
        }
    }

    pub(super) fn approval_done(&mut self, by: StaffId, result: Result<(), DeviceError>) {
        let order = order(self.desk);
        let approvers: Vec<StaffId> = match &self.desk.panel {
            Some(Panel::Approval(refused)) => approvers(self.desk, refused.need).collect(),
            _ => return,
        };
        let Some(Panel::Approval(refused)) = &mut self.desk.panel else { return };
        if !refused.busy {
            return;
        }
        match result {
            // Checked again: a configuration or an order may have changed while the proof was looked at.
            Ok(()) if approvers.contains(&by) && refused.order == order => {
                let (what, permission) = (refused.what.clone(), refused.need.permission());
                self.commit(Purpose::Approve, vec![Body::Approved { by, what, permission, order }]);
            }
            Ok(()) => {
                refused.busy = false;
                self.fail("The order has changed. Ask again.");
            }
            Err(why) => {
                refused.busy = false;
                self.fail(why);
            }
        }
    }

    /// The approval is in the journal: what it was for is done, and nothing else.
    pub(super) fn do_approved(&mut self) {
        if let Some(Panel::Approval(refused)) = self.desk.panel.take()
            && refused.order == order(self.desk)
        {
            if let Some(why) = self.desk.blocked(self.status) {
                return self.fail(why);
            }
            self.act(refused.event);
        }
    }
}

/// Who may approve this here: somebody else, who may approve, whose own role allows it, and who can sign in on this till.
pub(crate) fn approvers(desk: &Desk, need: Need) -> impl Iterator<Item = StaffId> + '_ {
    desk.config
        .staff
        .iter()
        .filter(|member| member.id != desk.staff.id && desk.roster.iter().any(|entry| entry.id == member.id && entry.has_pin))
        .filter(move |member| {
            let powers = desk.config.powers(member.role);
            powers.has(Permission::Approve) && powers.allow(need)
        })
        .map(|member| member.id)
}

/// What a person with this passkey shows beside what they typed.
pub(super) fn shown(passkey: Option<PasskeyUse>, pin: &str) -> Result<Proof, String> {
    match passkey {
        Some(PasskeyUse::Alone) => Ok(Proof::Passkey),
        Some(PasskeyUse::WithPin) => Pin::parse(pin).map(Proof::PinAndPasskey).map_err(|e| e.to_string()),
        None => Pin::parse(pin).map(Proof::Pin).map_err(|e| e.to_string()),
    }
}

fn order(desk: &Desk) -> Hash {
    if let Stage::History(history) = &desk.stage {
        return history.digest();
    }
    desk.cart().map_or_else(|| Cart::default().digest(), Cart::digest)
}
