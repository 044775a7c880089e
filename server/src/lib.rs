//! Barrow's server: enrols tills, signs their configuration, takes their journals in, and shows them to the office.
//!
//! One program for everything: [`cli`] is what a person types, [`http`] is what tills and browsers ask, [`people`] and [`rules`]
//! are what the office may change by either, [`ingest`] is the way of an entry from the wire to the disk, [`store`] is the disk.
//! It takes what the rules mean from `barrow-core`; it cannot read a till's disk, and holds no card datum.

pub mod cards;
pub mod cli;
pub mod clock;
pub mod codes;
pub mod demo;
pub mod http;
pub mod ingest;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod names;
pub mod passwords;
pub mod payments;
pub mod people;
pub mod random;
pub mod rules;
pub mod store;
