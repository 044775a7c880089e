//! Card readers, as a till needs them: who is there, and what they send.
//!
//! A report may hold a card's data in clear. It is copied once, into a buffer that overwrites itself, and the browser's own buffer
//! is overwritten then; nothing here looks into it.

use std::rc::Rc;

use barrow_core::card::Reader;
use barrow_sealing::card::reader::ReaderModel;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::wait::Later;

mod properties;
mod webhid;

pub use webhid::BrowserReaders;
pub(crate) use webhid::{Hid, HidDevice};

/// Which reader, for as long as it is open: a number that is not used again.
pub type ReaderId = u32;

/// What readers tell. It has no `Debug`: a report is nobody's to print.
pub enum ReaderNews {
    /// It is open, and sends reports from now on.
    Here {
        /// Which.
        id: ReaderId,
        /// How its reports are read.
        model: ReaderModel,
        /// Who it says it is.
        reader: Reader,
    },
    /// It was unplugged.
    Gone(ReaderId),
    /// It sent a report.
    Report {
        /// Which reader.
        id: ReaderId,
        /// The report's own id (HID 1.11, 6.2.2.7); 0 for a reader that has only one kind.
        number: u8,
        /// What follows that id.
        report: Zeroizing<Vec<u8>>,
    },
}

/// Who is told of readers.
pub type Listener = dyn Fn(ReaderNews);

/// Why no reader was added. The wording is for the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReaderFailed {
    /// No WebHID in this browser.
    #[error("This browser cannot use a card reader. Take cards on another terminal, or use Chrome or Edge on a computer.")]
    Missing,
    /// The person chose none.
    #[error("No card reader was chosen.")]
    NotChosen,
    /// What was chosen is no reader that this till can read.
    #[error("This till does not know that reader. Choose another one.")]
    NotKnown,
    /// It did not open: another page or program has it, or it was just unplugged.
    #[error("The card reader did not open. Unplug it, close other programs that use it, and plug it in again.")]
    NotOpened,
}

/// Card readers.
pub trait Readers {
    /// Can this browser have any?
    fn possible(&self) -> bool;

    /// From now on `heard` is told what readers tell.
    fn listen(&self, heard: Rc<Listener>);

    /// Lets the person choose a reader, and opens it. The browser is asked before this returns, because it lets itself be asked
    /// only in the course of a click.
    fn connect(&self) -> Later<'static, Result<(), ReaderFailed>>;

    /// Opens the readers that were chosen before, and those of them that are plugged in from now on.
    fn open_known(&self) -> Later<'static, ()>;

    /// Closes all: nothing that they send is heard any more, nor that they come and go.
    fn close(&self);
}
