//! The shop's rules, pure: no browser, no clock, no randomness, no I/O.
//!
//! Time, ids and randomness arrive inside events; what is to be done leaves as effects. The same code runs in the till
//! and on the server, so that both reckon the same totals. Start with [`till`] (what a person does), then
//! [`journal`] (what is kept of it) and [`sync`] (how it reaches the server).

pub mod audit;
pub mod book;
pub mod bytes;
pub mod card;
pub mod cart;
pub mod catalogue;
pub mod config;
pub mod customer;
pub mod device;
pub mod gift;
pub mod ids;
pub mod image;
pub mod journal;
pub mod ledger;
pub mod mail;
pub mod money;
pub mod phrases;
pub mod printer;
pub mod promotion;
pub mod reason;
pub mod receipt;
pub mod refund;
pub mod sale;
pub mod scan;
pub mod search;
pub mod shortcuts;
pub mod staff;
pub mod stock;
pub mod sync;
pub mod tax;
pub mod tender;
pub mod till;
pub mod view;
pub mod wire;
