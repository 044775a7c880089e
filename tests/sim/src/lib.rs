//! The fleet simulator: N tills and one server, with the production code of core, sealing and sync, on virtual disks,
//! clocks and networks. One seed is one run: `barrow-sim --seed N` replays it to the last byte.
//!
//! | part | is |
//! |---|---|
//! | [`world`] | the virtual clock, and what happens next |
//! | `person` | what people do at a till, as events of `core::till` |
//! | `tablet` | a tablet: its page, its two disks, what it does with the till's effects |
//! | `disks` | IndexedDB, key bucket and black box; how a start puts back what one of them lost |
//! | `uploader` | the way to the server, and what an answer means |
//! | `network` | everything that may happen to a request and its answer |
//! | `server` | ingest, acknowledgement, backup, restore |
//! | `mishaps` | power cuts, damage, clones, clocks, captive portals, revocations |
//! | `oracle` | what really happened: written by the hand that does it, read by `check` alone |
//! | `check` | what must be true at every step, and after the network healed |
//!
//! The simulator checks itself: each [`Sabotage`] puts one bug in, and a test shows that a checker finds it.

mod check;
mod dice;
mod disks;
mod keys;
mod mishaps;
mod network;
mod oracle;
mod person;
mod sabotage;
mod server;
mod tablet;
mod uploader;
pub mod world;

pub use keys::KeyRing;
pub use sabotage::Sabotage;
pub use world::{Failure, Options, Tally, run};

/// A rule that does not hold, in one sentence. Anything that fails inside the simulator ends the run as one.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

impl<E: std::error::Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Broken(error.to_string())
    }
}

/// Ends the run with a sentence unless `holds`.
pub(crate) fn must(holds: bool, sentence: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(sentence())) }
}
