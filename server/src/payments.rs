//! Card payments: taken from the tills' sales, asked of the processor until it has decided, and told to the tills.
//!
//! The card stands in a JWE (RFC 7516) that only the processor opens; what is read here is its protected header. [`take`] is what
//! ingest calls, inside its own transaction; [`forward`] is the task that asks; [`processor`] is the port, and [`http`] the one
//! adapter; [`supply`] keeps the processor's keys and hot-card list.

pub mod circuit;
pub mod forward;
pub mod header;
pub mod http;
pub mod processor;
pub mod supply;
pub mod take;
