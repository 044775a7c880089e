//! Printing: receipts and their copies, reports, the drawer; and receipts by e-mail. Nothing here keeps a sale from being made.

use super::{DeviceError, Effect, Event, Panel, Purpose, Stage, Turn};
use crate::{
    device::Committed,
    journal::Body,
    ledger::Paid,
    mail::{Address, MailTo},
    printer::{Job, Link, PrinterFailed, PrinterSeen, Settings, Trouble},
    receipt::Document,
    refund::Refund,
    tender::TenderKind,
    till::{Form, History, Opened, Step},
    view::{ReceiptView, receipt_here, x_report, z_report},
};

impl Turn<'_> {
    pub(super) fn print(&mut self, event: Event) {
        match event {
            Event::PrinterSet(settings) => {
                let seen = &mut self.desk.printing.seen;
                // Whether the other way's printer is there, the tablet says next.
                seen.connected.take_if(|_| seen.settings.link != settings.link);
                seen.settings = settings;
                self.effects.push(Effect::KeepPrinter(settings));
            }
            Event::PrinterConnectPressed(link) => self.effects.push(Effect::ConnectPrinter(link)),
            Event::TestPrintPressed => self.put_out(Document::test(&self.desk.config)),
            Event::PrintPressed => self.print_what_is_shown(),
            Event::PrintAgainPressed => {
                if self.desk.printing.trouble.is_some_and(|trouble| trouble.drawer) {
                    self.open_drawer();
                }
                self.print_failed_again(self.desk.printing.seen.settings);
            }
            Event::PrintBySystemPressed => {
                self.print_failed_again(Settings { link: Link::System, ..self.desk.printing.seen.settings });
            }
            Event::MailSubmitted { address, salt } => self.mail(&address, salt),
            _ => {}
        }
    }

    pub(super) fn printer_seen(&mut self, seen: PrinterSeen) {
        let printing = &mut self.desk.printing;
        let settings = if printing.is_known { printing.seen.settings } else { seen.settings };
        let connected = seen.connected.filter(|_| seen.settings.link == settings.link);
        printing.seen = PrinterSeen { settings, connected, ..seen };
        printing.is_known = true;
    }

    fn print_what_is_shown(&mut self) {
        let unsent = self.status.unsent;
        if let Some(Panel::XReport(report)) = &self.desk.panel {
            let shown = x_report(report, self.desk, unsent);
            return self.put_out(Document::report("X report", &shown, &self.desk.config));
        }
        let desk = &*self.desk;
        match &desk.stage {
            Stage::Receipt(paid) if !desk.printing.printed => {
                let document = Document::sale(&receipt_here(paid, desk, true));
                self.print_original(document);
            }
            Stage::Report(report, head) => {
                let shown = z_report(report, *head, desk, unsent);
                self.put_out(Document::report("Z report", &shown, &desk.config));
            }
            Stage::History(history) => match refund_on_screen(history) {
                Some(refund) => {
                    let document = Document::refund(refund, self.now_ms, &desk.staff.name, &desk.config);
                    self.put_out(document);
                }
                None => self.ask_for_copy(),
            },
            _ => self.ask_for_copy(),
        }
    }

    /// The receipt itself, once: one that did not come out is not tried again beside this one.
    fn print_original(&mut self, document: Document) {
        let printing = &mut self.desk.printing;
        printing.failed.retain(|job| Some(job.id) != printing.original);
        if printing.failed.is_empty() {
            printing.trouble.take_if(|trouble| !trouble.drawer);
        }
        printing.printed = true;
        printing.original = Some(printing.jobs + 1);
        self.save_orders();
        self.put_out(document);
    }

    /// A copy is written down before it is printed.
    fn ask_for_copy(&mut self) {
        if let Some(paid) = self.desk.shown_sale() {
            let body = Body::ReceiptPrinted { of: paid.id, copy: paid.copies.saturating_add(1) };
            self.commit(Purpose::Copy, vec![body]);
        }
    }

    /// The copy is written down.
    pub(super) fn print_copy(&mut self, committed: &[Committed]) {
        self.show_last_sale();
        let written = committed.iter().rev().find_map(|done| match done.entry.body {
            Body::ReceiptPrinted { of, copy } => Some((of, copy)),
            _ => None,
        });
        let desk = &*self.desk;
        if let (Some((of, copy)), Some(paid)) = (written, desk.shown_sale())
            && paid.id == of
        {
            let receipt = ReceiptView { copy: Some(copy), ..receipt_here(paid, desk, false) };
            self.put_out(Document::sale(&receipt));
        }
    }

    /// A sale was just written, and its receipt is on screen.
    pub(super) fn sold(&mut self) {
        (self.desk.printing.printed, self.desk.printing.original) = (false, None);
        let Stage::Receipt(paid) = &self.desk.stage else { return };
        if has_cash(paid) {
            self.open_drawer();
        }
        self.desk.printing.waits_for_code = self.desk.printing.seen.settings.auto;
    }

    /// Prints the receipt on screen, if it is to print by itself and has not yet.
    pub(super) fn print_what_waits(&mut self) {
        if std::mem::take(&mut self.desk.printing.waits_for_code) && matches!(self.desk.stage, Stage::Receipt(_)) {
            self.print_what_is_shown();
        }
    }

    /// A refund was just written.
    pub(super) fn refunded(&mut self, committed: &[Committed]) {
        let in_cash = |done: &Committed| match &done.entry.body {
            Body::Refund(refund) => refund.tenders.iter().any(|given| given.kind == TenderKind::Cash),
            _ => false,
        };
        if committed.iter().any(in_cash) {
            self.open_drawer();
        }
    }

    /// Cash changes hands, or somebody has to get at it.
    pub(super) fn open_drawer(&mut self) {
        let Settings { link, drawer, .. } = self.desk.printing.seen.settings;
        if drawer && link != Link::System {
            self.effects.push(Effect::OpenDrawer(link));
        }
    }

    fn put_out(&mut self, document: Document) {
        self.send_out(document, self.desk.printing.seen.settings);
    }

    fn send_out(&mut self, document: Document, settings: Settings) {
        let printing = &mut self.desk.printing;
        printing.jobs += 1;
        let job = Job { id: printing.jobs, document, settings };
        printing.waiting.push(job.clone());
        self.effects.push(Effect::Print(Box::new(job)));
    }

    fn print_failed_again(&mut self, settings: Settings) {
        let failed = std::mem::take(&mut self.desk.printing.failed);
        self.desk.printing.trouble = None;
        for job in failed {
            let printing = &mut self.desk.printing;
            if printing.original == Some(job.id) {
                (printing.printed, printing.original) = (true, Some(printing.jobs + 1));
            }
            self.send_out(job.document, settings);
        }
    }

    pub(super) fn printed(&mut self, job: u64, result: Result<(), PrinterFailed>) {
        let printing = &mut self.desk.printing;
        let Some(place) = printing.waiting.iter().position(|waiting| waiting.id == job) else { return };
        let job = printing.waiting.remove(place);
        if let Err(why) = result {
            printing.printed &= printing.original != Some(job.id);
            printing.failed.push(job);
            printing.trouble = Some(Trouble { why, drawer: false });
            self.save_orders();
        }
    }

    pub(super) fn drawer_opened(&mut self, result: Result<(), PrinterFailed>) {
        let printing = &mut self.desk.printing;
        if let (Err(why), None) = (result, printing.trouble) {
            printing.trouble = Some(Trouble { why, drawer: true });
        }
    }

    /// What was not printed is not wanted any more.
    pub(super) fn trouble_read(&mut self) {
        self.desk.printing.trouble = None;
        self.desk.printing.failed.clear();
    }

    pub(super) fn printer_connected(&mut self, result: Result<(), PrinterFailed>) {
        match result {
            Ok(()) => {}
            Err(why) => self.fail(DeviceError::Refused(why.to_string())),
        }
    }

    fn mail(&mut self, address: &str, salt: [u8; 16]) {
        let Some(of) = self.desk.shown_sale().map(|paid| paid.id) else { return };
        match Address::parse(address) {
            Ok(address) => {
                let beside = MailTo::new(salt, &address);
                let body = Body::ReceiptRequested { of, to: beside.hash(), beside: Some(beside) };
                self.commit(Purpose::Mail, vec![body]);
            }
            Err(e) => self.fail(e),
        }
    }

    /// The wish for a receipt by e-mail is written down.
    pub(super) fn mailed(&mut self, committed: &[Committed]) {
        self.desk.printing.mailed = committed.iter().rev().find_map(|done| match done.entry.body {
            Body::ReceiptRequested { of, .. } => Some(of),
            _ => None,
        });
        if let Some(Panel::Form(Form::Mail)) = self.desk.panel {
            self.desk.panel = None;
        }
    }
}

fn has_cash(paid: &Paid) -> bool {
    paid.sale.tenders.iter().any(|tender| tender.kind == TenderKind::Cash)
}

/// The refund that was just written, while it is on screen.
fn refund_on_screen(history: &History) -> Option<&Refund> {
    match &history.opened {
        Some(Opened { step: Step::Done(refund), .. }) => Some(refund),
        _ => None,
    }
}
