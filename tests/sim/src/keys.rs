//! Keys, made once and used by every run: making them is slow, and no run depends on which they are.

use std::{cell::RefCell, rc::Rc};

use barrow_sealing::{
    cose::SigningKey,
    outbox::{ServerKeys, Suite},
};

use crate::dice::Dice;

/// All keys that runs use. Making one takes a moment; share it between runs.
pub struct KeyRing {
    pub(crate) server: SigningKey,
    pub(crate) server_public: Vec<u8>,
    pub(crate) seal: ServerKeys,
    /// Signs what only pretends to come from a till or the server.
    pub(crate) stranger: SigningKey,
    x25519_public: Vec<u8>,
    xwing_public: Vec<u8>,
    tills: RefCell<Vec<Rc<TillKey>>>,
}

/// One enrolment's key pair.
pub(crate) struct TillKey {
    pub(crate) private: SigningKey,
    pub(crate) public: Vec<u8>,
}

impl Default for KeyRing {
    fn default() -> Self {
        let mut dice = Dice::new(0xba44);
        let mut random = |out: &mut [u8]| dice.fill(out);
        let (server, stranger) = (SigningKey::generate(&mut random), SigningKey::generate(&mut random));
        let seal = ServerKeys::generate(&mut random);
        KeyRing {
            server_public: server.public(),
            x25519_public: seal.public(Suite::X25519),
            xwing_public: seal.public(Suite::XWing),
            server,
            stranger,
            seal,
            tills: RefCell::default(),
        }
    }
}

impl KeyRing {
    /// The key of a run's `n`th enrolment.
    pub(crate) fn till(&self, n: usize) -> Rc<TillKey> {
        let mut tills = self.tills.borrow_mut();
        while tills.len() <= n {
            let mut dice = Dice::new(0x7111 + tills.len() as u64);
            let private = SigningKey::generate(&mut |out: &mut [u8]| dice.fill(out));
            tills.push(Rc::new(TillKey { public: private.public(), private }));
        }
        Rc::clone(&tills[n])
    }

    pub(crate) fn seal_public(&self, suite: Suite) -> &[u8] {
        match suite {
            Suite::X25519 => &self.x25519_public,
            Suite::XWing => &self.xwing_public,
        }
    }
}
