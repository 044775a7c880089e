//! What [`update`](super::update) wants done outside; the shell has one adapter for each.

use super::Orders;
use crate::{
    device::CardRequest,
    gift::GiftRef,
    ids::StaffId,
    journal::{Draft, LockCause},
    ledger::Ledger,
    printer::{Job, Link, Settings},
    staff::{Pin, Proof},
};

/// What is to be done outside.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Enrol with this code; answer [`Event::EnrolDone`].
    Enrol(String),
    /// Prove a one-time code and set a PIN; answer [`Event::SignedIn`].
    FirstPin {
        /// Who.
        staff: StaffId,
        /// Their code.
        code: String,
        /// Their new PIN.
        pin: Pin,
    },
    /// Try a proof; answer [`Event::SignedIn`].
    Unlock {
        /// Who.
        staff: StaffId,
        /// Their proof.
        proof: Proof,
    },
    /// Forget the keys; answer [`Event::LockDone`].
    Lock(LockCause),
    /// Look at another person's proof, and open nothing; answer [`Event::ApprovalDone`], then [`Event::RosterChanged`].
    Approve {
        /// Who.
        by: StaffId,
        /// Their proof.
        proof: Proof,
    },
    /// Wrap the signed-in person's key anew; answer [`Event::ProofChanged`], then [`Event::RosterChanged`].
    ChangeProof {
        /// What they show now.
        from: Proof,
        /// What they will show.
        to: Proof,
    },
    /// Forget a person's wrong PINs; answer [`Event::LockOutEnded`], then [`Event::RosterChanged`].
    EndLockOut(StaffId),
    /// Read what is kept of the journal; answer [`Event::JournalRead`].
    ReadJournal,
    /// Write entries to both disks, all or none; answer [`Event::CommitDone`].
    Commit {
        /// To tell the answers apart.
        id: u64,
        /// In this order.
        drafts: Vec<Draft>,
    },
    /// Let the readers take a card for this payment, and no other; nothing: let none be taken. Answers [`Event::CardRead`].
    ReadCard(Option<CardRequest>),
    /// Ask the server what is on a gift card; answer [`Event::GiftTold`].
    AskGift(GiftRef),
    /// Let the person choose a reader to connect; answer [`Event::ReaderConnected`]. It must begin within the person's own tap.
    ConnectReader,
    /// Print; answer [`Event::Printed`].
    Print(Box<Job>),
    /// Open the cash drawer through the printer; answer [`Event::DrawerOpened`].
    OpenDrawer(Link),
    /// Let the person choose a printer to connect; answer [`Event::PrinterConnected`]. It must begin within the person's own tap.
    ConnectPrinter(Link),
    /// Keep what is set for printing.
    KeepPrinter(Settings),
    /// Let the person choose a barcode scanner to connect; answer [`Event::ScannerConnected`]. It must begin within the person's own
    /// tap.
    ConnectScanner,
    /// Keep the unfinished orders.
    SaveOrders(Box<Orders>),
    /// Keep the ledger, so that older entries may be purged.
    Snapshot(Box<Ledger>),
    /// Send what waits.
    Sync,
    /// Keep the screen awake, or let it sleep.
    KeepAwake(bool),
}
