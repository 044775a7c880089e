//! The printer of a signed-in till, and what was last printed.

use crate::{
    ids::SaleId,
    printer::{Job, PrinterSeen, Trouble},
};

/// What the desk knows of printing.
#[derive(Debug, Default)]
pub struct Printing {
    /// What the tablet says of printers.
    pub seen: PrinterSeen,
    /// What was set before this sign-in has been read. From then on the desk knows better than an answer that was on its way.
    pub(super) is_known: bool,
    /// The receipt on screen was printed: what is printed of it from now on is a copy.
    pub printed: bool,
    /// The job by which it was printed: if that fails, it was not.
    pub(super) original: Option<u64>,
    /// The receipt on screen prints by itself as soon as its code was made.
    pub(super) waits_for_code: bool,
    /// The sale whose receipt was last asked for by e-mail.
    pub mailed: Option<SaleId>,
    /// What did not come out, until that was read.
    pub trouble: Option<Trouble>,
    /// What is being printed.
    pub(super) waiting: Vec<Job>,
    /// What was not printed, to try it again.
    pub(super) failed: Vec<Job>,
    /// The last job's number.
    pub(super) jobs: u64,
}
