//! Carries out what the core wants printed: on a receipt printer, or as a sheet that the system prints.

use barrow_browser::page;
use barrow_core::{
    printer::{Job, Link, PrinterSeen, Width},
    receipt::{Document, escpos},
    till::Event,
};
use leptos::{prelude::*, task::spawn_local};

use crate::{language::t, stopped::web_error, till::Till, when::day_and_clock};

/// What the system prints: drawn on paper only ([`crate::sheet`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What.
    pub document: Document,
    /// On which roll.
    pub width: Width,
}

impl Till {
    /// Prints, and tells the core how it went.
    pub fn print(self, job: Job) {
        let Job { id, document, settings } = job;
        let document = document.in_words(&|text| t(text));
        if settings.link == Link::System {
            self.sheet.set(Some(Sheet { document, width: settings.width }));
            return spawn_local(async move {
                // The sheet is drawn first.
                leptos::task::tick().await;
                page::print();
                self.send(Event::Printed { job: id, result: Ok(()) });
            });
        }
        let bytes = escpos::print(&document, settings.width, settings.page, &day_and_clock);
        spawn_local(async move {
            let result = self.printers.get_value().send(settings.link, &bytes).await;
            self.send(Event::Printed { job: id, result });
            self.look_at_printers().await;
        });
    }

    /// Opens the cash drawer, and tells the core how it went.
    pub fn open_drawer(self, link: Link) {
        spawn_local(async move {
            let result = self.printers.get_value().send(link, &escpos::drawer()).await;
            self.send(Event::DrawerOpened(result));
        });
    }

    /// Lets the person choose a printer.
    pub fn connect_printer(self, link: Link) {
        // The browser lets itself be asked only in the course of the tap, so it is asked before anything waits.
        let connecting = self.printers.get_value().connect(link);
        spawn_local(async move {
            let result = connecting.await;
            self.send(Event::PrinterConnected(result));
            self.look_at_printers().await;
        });
    }

    /// The printer that was set before is opened, as far as the browser remembers it.
    pub async fn open_printer(self) {
        let link = self.printer_settings().await.link;
        self.look_at_printers().await;
        if link != Link::System {
            self.printers.get_value().open_known(link).await;
            self.look_at_printers().await;
        }
    }

    /// Tells the core what is set and what is connected.
    pub async fn look_at_printers(self) {
        let (settings, printers) = (self.printer_settings().await, self.printers.get_value());
        let connected = printers.connected(settings.link);
        self.send(Event::PrinterSeen(PrinterSeen { settings, ways: printers.ways(), connected }));
    }

    /// Keeps what was set, and opens the printer of that way if it is known.
    pub async fn keep_printer(self, settings: barrow_core::printer::Settings) {
        if let Ok(device) = self.device()
            && let Err(why) = device.keep_printer_settings(&settings).await
        {
            web_error(&format!("what was set for printing was not kept: {why}"));
        }
        self.open_printer().await;
    }

    async fn printer_settings(self) -> barrow_core::printer::Settings {
        match self.device() {
            Ok(device) => device.printer_settings().await,
            Err(_) => Default::default(),
        }
    }
}
