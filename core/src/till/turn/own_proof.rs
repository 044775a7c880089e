//! How the person who works here signs in: another PIN, a passkey beside it or in its place, and back. And lock-outs of others.

use super::{DeviceError, Effect, Panel, Purpose, Turn, approval::shown};
use crate::{
    ids::StaffId,
    journal::Body,
    staff::{PasskeyUse, Pin, Proof},
    till::{Form, chosen_pin},
};

impl Turn<'_> {
    pub(super) fn change_proof(&mut self, pin: &str, new_pin: &str, repeat: &str, passkey: Option<PasskeyUse>) {
        if self.desk.changing_proof.is_some() {
            return;
        }
        let before = self.desk.roster.iter().find(|entry| entry.id == self.desk.staff.id).and_then(|entry| entry.passkey);
        let proofs = shown(before, pin).and_then(|from| Ok((wanted(&from, new_pin, repeat, passkey)?, from)));
        match proofs {
            Ok((to, from)) => {
                let mut bodies = Vec::new();
                match (before, passkey) {
                    (Some(_), None) => bodies.push(Body::PasskeyRemoved),
                    (before, Some(used)) if before != passkey => bodies.push(Body::PasskeyAdded { used }),
                    _ => {}
                }
                if let (_, Proof::Pin(new) | Proof::PinAndPasskey(new)) = (&from, &to)
                    && !matches!(&from, Proof::Pin(old) | Proof::PinAndPasskey(old) if old == new)
                {
                    bodies.push(Body::PinChanged);
                }
                if bodies.is_empty() {
                    return self.fail("This is how you sign in already.");
                }
                self.desk.changing_proof = Some(bodies);
                self.effects.push(Effect::ChangeProof { from, to });
            }
            Err(sentence) => self.fail(sentence),
        }
    }

    pub(super) fn proof_changed(&mut self, result: Result<(), DeviceError>) {
        let Some(bodies) = self.desk.changing_proof.take() else { return };
        match result {
            Ok(()) => {
                self.commit(Purpose::Note, bodies);
                if let Some(Panel::Form(Form::Proof)) = self.desk.panel {
                    self.desk.panel = None;
                }
            }
            Err(why) => self.fail(why),
        }
    }

    pub(super) fn lock_out_ended(&mut self, of: StaffId, result: Result<(), DeviceError>) {
        match result {
            Ok(()) => self.commit(Purpose::Note, vec![Body::LockOutEnded { of }]),
            Err(why) => self.fail(why),
        }
    }
}

/// What the person will show from now on.
fn wanted(from: &Proof, new_pin: &str, repeat: &str, passkey: Option<PasskeyUse>) -> Result<Proof, String> {
    let pin = || -> Result<Pin, String> {
        match from {
            // Who only adds a passkey, or takes it away, keeps the PIN.
            Proof::Pin(pin) | Proof::PinAndPasskey(pin) if new_pin.is_empty() && repeat.is_empty() => Ok(pin.clone()),
            _ => chosen_pin(new_pin, repeat),
        }
    };
    Ok(match passkey {
        Some(PasskeyUse::Alone) => Proof::Passkey,
        Some(PasskeyUse::WithPin) => Proof::PinAndPasskey(pin()?),
        None => Proof::Pin(pin()?),
    })
}
