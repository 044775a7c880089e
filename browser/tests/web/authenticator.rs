//! An authenticator with a PRF, where no hardware can be: each passkey is a secret of its own.

use std::cell::{Cell, RefCell};

use barrow_browser::{
    Later,
    passkey::{Made, PasskeyFailed, Passkeys, Prf, Salt, Wanted},
};
use barrow_sealing::hash::sha256;

use crate::support::{fill, pause};

#[derive(Default)]
pub struct FakePasskeys {
    /// The passkeys that it holds: id and secret.
    held: RefCell<Vec<([u8; 16], [u8; 32])>>,
    /// For whom they were made.
    pub made_for: RefCell<Vec<String>>,
    /// There is none in this browser.
    pub missing: Cell<bool>,
    /// The person closes the dialog.
    pub dismissed: Cell<bool>,
    /// The PRF answers with something else.
    pub wrong: Cell<bool>,
    /// It gives the PRF's output when it makes a passkey.
    pub at_once: Cell<bool>,
    /// How many dialogs there were.
    pub dialogs: Cell<u32>,
}

impl FakePasskeys {
    /// The person loses it.
    pub fn lose_all(&self) {
        self.held.borrow_mut().clear();
    }

    fn secret_of(&self, credential: &[u8]) -> Option<[u8; 32]> {
        self.held.borrow().iter().find(|(id, _)| id == credential).map(|(_, secret)| *secret)
    }

    fn dialog(&self) -> Result<(), PasskeyFailed> {
        self.dialogs.set(self.dialogs.get() + 1);
        match (self.missing.get(), self.dismissed.get()) {
            (true, _) => Err(PasskeyFailed::Missing),
            (_, true) => Err(PasskeyFailed::NotShown),
            _ => Ok(()),
        }
    }

    fn output(&self, credential: &[u8], salt: &Salt) -> Result<Prf, PasskeyFailed> {
        let mut secret = self.secret_of(credential).ok_or(PasskeyFailed::NotShown)?;
        secret[0] ^= u8::from(self.wrong.get());
        Ok(Prf::new(sha256(&[secret, *salt].concat())))
    }
}

impl Passkeys for FakePasskeys {
    fn possible(&self) -> Later<'_, bool> {
        Box::pin(async { !self.missing.get() })
    }

    fn make<'a>(&'a self, wanted: Wanted<'a>) -> Later<'a, Result<Made, PasskeyFailed>> {
        Box::pin(async move {
            pause(1).await;
            self.dialog()?;
            let (mut id, mut secret) = ([0; 16], [0; 32]);
            fill(&mut id);
            fill(&mut secret);
            self.held.borrow_mut().push((id, secret));
            self.made_for.borrow_mut().push(wanted.person.to_owned());
            let prf = if self.at_once.get() { Some(self.output(&id, wanted.salt)?) } else { None };
            Ok(Made { credential: id.to_vec(), prf })
        })
    }

    fn prf<'a>(&'a self, credential: &'a [u8], salt: &'a Salt) -> Later<'a, Result<Prf, PasskeyFailed>> {
        Box::pin(async move {
            pause(1).await;
            self.dialog()?;
            self.output(credential, salt)
        })
    }
}
