//! Barrow's server: enrols tills, signs their configuration, takes their journals in, and shows them to the office.
//!
//! One program for everything: [`cli`] is what a person types, [`http`] is what tills and browsers ask, [`ingest`] is the way
//! of an entry from the wire to the disk, [`store`] is the disk. It knows the shop's rules from `barrow-core` and never has
//! any of its own; it cannot read a till's disk, and holds no card datum.

pub mod cli;
pub mod clock;
pub mod codes;
pub mod demo;
pub mod http;
pub mod ingest;
pub mod keys;
pub mod limits;
pub mod passwords;
pub mod random;
pub mod store;
