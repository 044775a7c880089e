//! Receipt printers, as the till knows them: how one is reached, what is set, and why something was not printed.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::receipt::{Document, code_page::CodePage};

/// The way to a printer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The system's own printing: the browser's dialog.
    #[default]
    System,
    /// ESC/POS over WebUSB.
    Usb,
    /// ESC/POS over Web Serial.
    Serial,
    /// ESC/POS over Web Bluetooth.
    Bluetooth,
}

impl Link {
    /// In the order in which they are offered.
    pub const ALL: [Link; 4] = [Link::System, Link::Usb, Link::Serial, Link::Bluetooth];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Link::System => "The system’s printing",
            Link::Usb => "Receipt printer by USB",
            Link::Serial => "Receipt printer by serial port",
            Link::Bluetooth => "Receipt printer by Bluetooth",
        }
    }

    /// In test ids.
    pub fn id(self) -> &'static str {
        match self {
            Link::System => "system",
            Link::Usb => "usb",
            Link::Serial => "serial",
            Link::Bluetooth => "bluetooth",
        }
    }
}

/// The width of the paper roll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    /// 80 mm: 48 columns.
    #[default]
    Mm80,
    /// 58 mm: 32 columns.
    Mm58,
}

impl Width {
    /// Letters on a line.
    pub fn columns(self) -> usize {
        match self {
            Width::Mm80 => 48,
            Width::Mm58 => 32,
        }
    }

    /// Dots on a line, at 203 dpi.
    pub fn dots(self) -> usize {
        match self {
            Width::Mm80 => 576,
            Width::Mm58 => 384,
        }
    }

    /// Of the roll, millimetres.
    pub fn mm(self) -> u8 {
        match self {
            Width::Mm80 => 80,
            Width::Mm58 => 58,
        }
    }
}

/// What is set at this tablet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How the printer is reached.
    pub link: Link,
    /// Its paper.
    pub width: Width,
    /// Its letters.
    pub page: CodePage,
    /// Print each receipt once the sale is paid.
    pub auto: bool,
    /// Open the drawer where cash changes hands.
    pub drawer: bool,
}

/// What the tablet says of printers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrinterSeen {
    /// What is set.
    pub settings: Settings,
    /// The ways that this browser has. [`Link::System`] is always among them.
    pub ways: Vec<Link>,
    /// The name of the printer that is connected by [`Settings::link`], if one is.
    pub connected: Option<String>,
}

/// Something to print, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// To tell the answers apart.
    pub id: u64,
    /// What.
    pub document: Document,
    /// With these settings.
    pub settings: Settings,
}

/// What did not come out of the printer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub why: PrinterFailed,
    /// It was the drawer that did not open; nothing is missing on paper.
    pub drawer: bool,
}

/// Why nothing was printed. The wording is for the cashier; what to do follows from the screen: try again, or print by the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrinterFailed {
    /// This browser has no such way.
    #[error("This browser cannot reach a receipt printer that way. Print by the system instead.")]
    Missing,
    /// The person chose none.
    #[error("No printer was chosen.")]
    NotChosen,
    /// What was chosen takes no ESC/POS.
    #[error("That is no receipt printer that this till can print on. Choose another one.")]
    NotKnown,
    /// It did not open.
    #[error("The printer did not open. Switch it on, close other programs that use it, and try again.")]
    NotOpened,
    /// None is connected.
    #[error("The printer is not connected. Connect it in the menu under Printer, or print by the system.")]
    NotConnected,
    /// It takes no data: no paper, cover open, out of reach.
    #[error("The printer does not answer. Look at its paper, cover and cable, then try again, or print by the system.")]
    Silent,
}
