//! What is printed: a small printer reads the bytes back, and what it prints is a whole receipt, on either roll, by either page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use barrow_core::{
    bytes::{Blob, Hash},
    config::Config,
    device::DeviceError,
    journal::{Body, LockCause},
    ledger::Ledger,
    money::{AMOUNT_MAX, Currency, Minor},
    printer::{Job, Link, PrinterFailed, PrinterSeen, Settings, Width},
    receipt::{Block, Document, Place, Raster, Weight, code_page::CodePage, escpos, layout},
    tax::TaxMode,
    till::{Effect, Event, Form, Phase, Stage},
    view::{PanelContent, ReceiptView, Screen, receipt_of, view},
};
use common::{TestTill, config, open_order};
use proptest::prelude::*;

// — A printer that takes ESC/POS —

/// What came out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Out {
    /// A line with how it stands: `c` in the middle, `b` bold, `L` large.
    Line(String, String),
    Picture(u16, u16),
    /// A QR code's text, and its dots across with the quiet zone.
    Qr(String, usize),
    Cut,
    Drawer,
}

#[derive(Default)]
struct Printer {
    page: CodePage,
    centre: bool,
    bold: bool,
    large: bool,
    qr: Vec<u8>,
    qr_dot: u8,
    line: String,
    out: Vec<Out>,
}

impl Printer {
    /// Reads `bytes` as a printer does. What it does not know is an error of ours.
    fn takes(bytes: &[u8]) -> Vec<Out> {
        let mut printer = Printer::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[printer.step(rest)..];
        }
        assert_eq!(printer.line, "", "the last line was not ended");
        printer.out
    }

    /// Does what the next command says, and gives its length.
    fn step(&mut self, bytes: &[u8]) -> usize {
        match bytes {
            [0x1b, b'@', ..] => {
                *self = Printer { out: std::mem::take(&mut self.out), ..Printer::default() };
                2
            }
            [0x1b, b't', page, ..] => {
                self.page = CodePage::ALL.into_iter().find(|known| known.number() == *page).expect("a known code page");
                3
            }
            [0x1b, b'a', n @ 0..=1, ..] => {
                self.centre = *n == 1;
                3
            }
            [0x1b, b'E', n @ 0..=1, ..] => {
                self.bold = *n == 1;
                3
            }
            [0x1d, b'!', n @ (0 | 0x11), ..] => {
                self.large = *n == 0x11;
                3
            }
            [0x1d, b'v', b'0', 0, xl, xh, yl, yh, rest @ ..] => {
                let (across, down) = (u16::from_le_bytes([*xl, *xh]), u16::from_le_bytes([*yl, *yh]));
                let length = usize::from(across) * usize::from(down);
                assert!(rest.len() >= length, "the picture is cut short");
                self.out.push(Out::Picture(across * 8, down));
                8 + length
            }
            [0x1d, b'(', b'k', low, high, rest @ ..] => {
                let length = usize::from(u16::from_le_bytes([*low, *high]));
                match &rest[..length] {
                    [b'1', b'A', b'2', 0] | [b'1', b'E', b'1'] => {}
                    [b'1', b'C', dot] => self.qr_dot = *dot,
                    [b'1', b'P', b'0', text @ ..] => self.qr = text.to_vec(),
                    [b'1', b'Q', b'0'] => {
                        let text = String::from_utf8(std::mem::take(&mut self.qr)).unwrap();
                        self.out.push(Out::Qr(text, usize::from(self.qr_dot)));
                    }
                    other => panic!("no QR function {other:?}"),
                }
                5 + length
            }
            [0x1d, b'V', 66, 0, ..] => {
                self.out.push(Out::Cut);
                4
            }
            [0x1b, b'p', 0, 25, 250, ..] => {
                self.out.push(Out::Drawer);
                5
            }
            [b'\n', ..] => {
                let marks = [(self.centre, 'c'), (self.bold, 'b'), (self.large, 'L')];
                let how = marks.into_iter().filter(|(on, _)| *on).map(|(_, mark)| mark).collect();
                self.out.push(Out::Line(std::mem::take(&mut self.line), how));
                1
            }
            [byte, ..] => {
                self.line.push(self.page.letter(*byte).unwrap_or_else(|| panic!("no letter {byte:#x}")));
                1
            }
            [] => 0,
        }
    }
}

fn when(_: i64) -> String {
    "26 Nov 2026, 18:04".into()
}

fn printed(document: &Document, width: Width, page: CodePage) -> Vec<Out> {
    Printer::takes(&escpos::print(document, width, page, &when))
}

/// As a roll looks, with marks before each line that has any.
fn paper(out: &[Out]) -> String {
    let line = |out: &Out| match out {
        Out::Line(text, how) if how.is_empty() => text.clone(),
        Out::Line(text, how) => format!("{how}>{text}"),
        other => format!("{other:?}"),
    };
    out.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn shop() -> Config {
    let mut config = config(TaxMode::Inclusive);
    config.shop_name = "Café Zoë".into();
    config.receipt_head = vec!["Lindenstraße 1, Köln".into(), "VAT DE123456789".into()];
    config.receipt_foot = vec!["Danke — à bientôt".into()];
    config.products[0].name = "Becher „Größe XL“ mit einem sehr langen Namen".into();
    config.receipt_logo = Some(Raster { width: 12, height: 2, bits: Blob(vec![0xff, 0xf0, 0x80, 0x10]) });
    config
}

fn sold() -> (TestTill, ReceiptView) {
    let mut till = TestTill::start();
    till.sign_in(3, shop());
    till.send(Event::ShiftOpenSubmitted("100".into()));
    till.tap("mug");
    till.tap("mug");
    till.tap("bread");
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(5000)));
    till.send(Event::TenderConfirmed);
    let receipt = receipt(&till);
    (till, receipt)
}

fn receipt(till: &TestTill) -> ReceiptView {
    let paid = till.desk().ledger.last_sale.clone().unwrap();
    ReceiptView {
        chain: Some("0badf00d".into()),
        qr: Some("proof".into()),
        ..receipt_of(&paid, &till.desk().config, &Ledger::default())
    }
}

const ON_80: &str = include_str!("receipts/80.txt");
const ON_58: &str = include_str!("receipts/58.txt");
const BYTES: &str = include_str!("receipts/58.hex");

#[test]
fn a_receipt_comes_out_as_expected_on_both_rolls() {
    let document = Document::sale(&sold().1);
    for (width, expected) in [(Width::Mm80, ON_80), (Width::Mm58, ON_58)] {
        let by_page = CodePage::ALL.map(|page| paper(&printed(&document, width, page)));
        assert_eq!(by_page[0], expected.trim_end_matches('\n'), "{width:?}:\n{}", by_page[0]);
        assert_eq!(by_page[1], by_page[0].replace(['„', '“'], "\"").replace('—', "-"), "the other page lacks these");
    }
}

#[test]
fn the_bytes_of_a_receipt_are_frozen() {
    let bytes = escpos::print(&Document::sale(&sold().1), Width::Mm58, CodePage::Wpc1252, &when);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, BYTES.trim());
}

#[test]
fn the_drawer_opens_by_its_own_command() {
    assert_eq!(Printer::takes(&escpos::drawer()), [Out::Drawer]);
}

#[test]
fn a_qr_code_fits_the_roll_and_one_that_cannot_be_is_left_out() {
    for width in [Width::Mm80, Width::Mm58] {
        for length in [1, 14, 15, 300, 1000, 2331] {
            let document = Document { blocks: vec![Block::Qr("x".repeat(length))] };
            let out = printed(&document, width, CodePage::Wpc1252);
            let Some(Out::Qr(text, dot)) = out.first() else { panic!("{out:?}") };
            assert_eq!(text.len(), length);
            // At the most, 177 modules and the quiet zone of four on each side.
            assert!(*dot >= 1 && *dot <= 6 && (length < 2331 || dot * 185 <= width.dots()));
        }
        let document = Document { blocks: vec![Block::Qr("x".repeat(2332))] };
        assert_eq!(printed(&document, width, CodePage::Wpc1252), [Out::Cut]);
    }
}

#[test]
fn a_logo_that_is_not_what_it_says_is_left_out() {
    // With too few bytes, with too many, and one that is wider than any may be.
    for (width, bits) in [(12, vec![]), (12, vec![0; 3]), (12, vec![0; 5]), (392, vec![0; 98])] {
        let document = Document { blocks: vec![Block::Logo(Raster { width, height: 2, bits: Blob(bits) })] };
        assert!([Width::Mm80, Width::Mm58].iter().all(|roll| printed(&document, *roll, CodePage::Wpc1252) == [Out::Cut]));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,60}", "[a-zäöü ]{0,90}", "[\\x00-\\x1f€ął…]{0,20}", Just(String::new())]
}

fn any_amount() -> impl Strategy<Value = String> {
    (-AMOUNT_MAX..=AMOUNT_MAX).prop_map(|minor| Currency::eur().format(Minor(minor)))
}

fn any_weight() -> impl Strategy<Value = Weight> {
    prop_oneof![Just(Weight::Plain), Just(Weight::Bold), Just(Weight::Large)]
}

fn any_block() -> impl Strategy<Value = Block> {
    prop_oneof![
        (any_text(), any_weight()).prop_map(|(text, weight)| Block::Words(text, Place::Centre, weight)),
        (any_text(), any_weight()).prop_map(|(text, weight)| Block::Words(format!("  {text}"), Place::Start, weight)),
        (any_text(), any_amount(), any_weight()).prop_map(|(name, amount, weight)| Block::Row(name, amount, weight)),
        any_text().prop_map(|text| Block::When(0, text)),
        Just(Block::Rule),
        Just(Block::Gap),
    ]
}

proptest! {
    #[test]
    fn every_line_fits_and_no_amount_is_cut(blocks in prop::collection::vec(any_block(), 0..12), narrow: bool, other: bool) {
        let width = if narrow { Width::Mm58 } else { Width::Mm80 };
        let page = if other { CodePage::Pc858 } else { CodePage::Wpc1252 };
        let document = Document { blocks };
        let out = printed(&document, width, page);
        let mut lines = Vec::new();
        for one in &out {
            if let Out::Line(text, how) = one {
                let room = if how.contains('L') { width.columns() / 2 } else { width.columns() };
                prop_assert!(text.chars().count() <= room, "{text:?} is longer than {room}");
                lines.push(text.as_str());
            }
        }
        for block in &document.blocks {
            if let Block::Row(_, amount, _) = block {
                let amount = page.letters(amount);
                prop_assert!(lines.iter().any(|line| line.ends_with(&amount)), "{amount:?} is not in {lines:?}");
            }
        }
        // The page that draws the blocks and the mail that sends lines break in the same places.
        let laid = layout::lines(&document, width.columns(), &when, &|text| page.letters(text));
        prop_assert_eq!(laid.len(), lines.len());
    }
}

// — At the till —

fn jobs(till: &TestTill) -> Vec<&Job> {
    till.effects.iter().filter_map(|effect| if let Effect::Print(job) = effect { Some(&**job) } else { None }).collect()
}

fn drawers(till: &TestTill) -> usize {
    till.effects.iter().filter(|effect| matches!(effect, Effect::OpenDrawer(Link::Usb))).count()
}

fn says(job: &Job, words: &str) -> bool {
    paper(&printed(&job.document, job.settings.width, job.settings.page)).contains(words)
}

fn with_printer(till: &mut TestTill) {
    let settings = Settings { link: Link::Usb, auto: true, drawer: true, ..Settings::default() };
    let seen = PrinterSeen { settings, ways: Link::ALL.to_vec(), connected: Some("TM-T20".into()) };
    till.send(Event::PrinterSeen(seen));
}

fn sell(till: &mut TestTill) {
    till.tap("mug");
    till.pay_exact();
    coded(till);
}

/// The code of the last sale's receipt was made.
fn coded(till: &mut TestTill) {
    let sale = till.desk().ledger.last_sale.as_ref().unwrap().id;
    till.send(Event::ReceiptCoded { sale, code: Some("R/CODE".into()) });
}

#[test]
fn a_receipt_prints_by_itself_and_the_drawer_opens_where_cash_is() {
    let mut till = TestTill::open(3);
    sell(&mut till);
    assert_eq!((jobs(&till).len(), drawers(&till)), (0, 0), "nothing was set");
    till.send(Event::NewSalePressed);
    with_printer(&mut till);
    sell(&mut till);
    assert_eq!((jobs(&till).len(), drawers(&till)), (1, 1));
    let hash = till.committed().last().unwrap().hash;
    assert!(says(jobs(&till)[0], &format!("Journal {}", hash.short())), "the chain's hash is on it");
    assert!(jobs(&till)[0].document.blocks.contains(&Block::Qr("R/CODE".into())), "and its code");
    till.send(Event::NewSalePressed);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::ExternalSubmitted { reference: "4711".into() });
    assert_eq!((jobs(&till).len(), drawers(&till)), (1, 1), "no cash, no drawer");
    till.send(Event::NewSalePressed);
    assert_eq!(jobs(&till).len(), 2, "nobody waits for a code that does not come");
    till.send(Event::NewSalePressed);
    till.send(Event::NoSaleSubmitted("change".into()));
    till.send(Event::CashSubmitted { out: true, amount: "5".into(), reason: "bank".into() });
    assert_eq!(drawers(&till), 3);
    sell(&mut till);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundSubmitted("broken".into()));
    assert_eq!(drawers(&till), 5, "the sale, and the refund");
    till.effects.clear();
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[0], "REFUND") && says(jobs(&till)[0], "broken"));
}

#[test]
fn what_was_just_set_is_not_undone_by_an_answer_that_was_on_its_way() {
    let mut till = TestTill::open(3);
    with_printer(&mut till);
    let narrow = Settings { width: Width::Mm58, ..till.desk().printing.seen.settings };
    till.send(Event::PrinterSet(narrow));
    assert!(till.effects.contains(&Effect::KeepPrinter(narrow)));
    with_printer(&mut till);
    assert_eq!(till.desk().printing.seen.settings, narrow);
    assert_eq!(till.desk().printing.seen.connected.as_deref(), Some("TM-T20"));
    till.send(Event::PrinterSet(Settings { link: Link::Serial, ..narrow }));
    with_printer(&mut till);
    assert_eq!(till.desk().printing.seen.connected, None, "that is another way's printer");
}

#[test]
fn what_is_printed_a_second_time_is_a_copy_and_is_written_down_first() {
    let mut till = TestTill::open(3);
    sell(&mut till);
    till.send(Event::PrintPressed);
    let written = till.journal.len();
    assert!(!says(jobs(&till)[0], "COPY"));
    till.send(Event::PrintPressed);
    let of = till.desk().ledger.last_sale.as_ref().unwrap().id;
    assert_eq!(till.bodies(written), [&Body::ReceiptPrinted { of, copy: 1 }]);
    assert!(says(jobs(&till)[1], "COPY 1"));
    // Nobody gets a second original by locking, or by a reload.
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(3, config(TaxMode::Inclusive));
    assert!(matches!(till.stage(), Stage::Receipt(_)));
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[2], "COPY 2"));
    // From the list, whatever was printed is a copy.
    till.send(Event::NewSalePressed);
    sell(&mut till);
    till.send(Event::NewSalePressed);
    open_order(&mut till, 1);
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[3], "COPY 3"));
    till.fail_next = Some(DeviceError::WriteFailed);
    till.send(Event::PrintPressed);
    assert_eq!(jobs(&till).len(), 4, "what cannot be written down is not printed");
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[4], "COPY 4"));
}

#[test]
fn what_did_not_come_out_was_not_the_receipt() {
    let mut till = TestTill::open(3);
    with_printer(&mut till);
    sell(&mut till);
    let first = jobs(&till)[0].clone();
    till.send(Event::Printed { job: first.id, result: Err(PrinterFailed::Silent) });
    assert!(!till.saved.as_ref().unwrap().printed);
    // With paper in it, the button prints the receipt, and there is nothing more to be tried again.
    till.send(Event::PrintPressed);
    assert_eq!((&jobs(&till)[1].document, view(&till.model).print_trouble), (&first.document, None));
    till.send(Event::PrintAgainPressed);
    assert_eq!(jobs(&till).len(), 2);
    // That failed as well, and is tried again: what comes after it is a copy.
    till.send(Event::Printed { job: jobs(&till)[1].id, result: Err(PrinterFailed::Silent) });
    till.send(Event::PrintAgainPressed);
    till.send(Event::Printed { job: jobs(&till)[2].id, result: Ok(()) });
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[3], "COPY 1") && !says(jobs(&till)[2], "COPY"));
}

#[test]
fn a_voided_sales_paper_tells_nobody_to_give_money_back() {
    let mut till = TestTill::open(3);
    with_printer(&mut till);
    sell(&mut till);
    till.send(Event::VoidSubmitted("wrong item".into()));
    let Screen::Receipt(shown) = view(&till.model).screen else { panic!() };
    assert!(shown.voided.unwrap().starts_with("Give "), "the screen does, now");
    till.send(Event::PrintPressed);
    let paper = jobs(&till).last().copied().unwrap();
    assert!(says(paper, "Everything was given back.") && !says(paper, "Give "));
}

#[test]
fn a_printer_that_fails_keeps_nobody_from_selling() {
    let mut till = TestTill::open(3);
    with_printer(&mut till);
    sell(&mut till);
    let job = jobs(&till)[0].clone();
    till.send(Event::Printed { job: job.id, result: Err(PrinterFailed::Silent) });
    till.send(Event::DrawerOpened(Err(PrinterFailed::Silent)));
    let trouble = view(&till.model).print_trouble.unwrap();
    assert!(!trouble.drawer && trouble.why.to_string().contains("paper"));
    till.send(Event::NewSalePressed);
    till.tap("bread");
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 1));
    till.effects.clear();
    till.send(Event::PrintAgainPressed);
    assert_eq!(jobs(&till)[0].document, job.document, "the same receipt, and no copy");
    let again = jobs(&till)[0].id;
    till.send(Event::Printed { job: again, result: Err(PrinterFailed::NotConnected) });
    till.send(Event::PrintBySystemPressed);
    assert_eq!(jobs(&till)[1].settings.link, Link::System);
    assert_eq!(view(&till.model).print_trouble, None);
    till.effects.clear();
    till.send(Event::PrintAgainPressed);
    assert_eq!(jobs(&till).len(), 0, "nothing is left to be tried again");
}

#[test]
fn reports_print_on_the_same_paper() {
    let mut till = TestTill::open(3);
    sell(&mut till);
    till.send(Event::NewSalePressed);
    till.send(Event::XReportPressed);
    till.send(Event::PrintPressed);
    till.send(Event::PanelClosed);
    till.send(Event::ShiftClosePressed);
    till.send(Event::CountSubmitted(barrow_core::till::Count::Sum("112.50".into())));
    till.send(Event::PrintPressed);
    assert!(says(jobs(&till)[0], "X report") && says(jobs(&till)[0], "€12.50"));
    assert!(says(jobs(&till)[1], "Z report") && says(jobs(&till)[1], "Difference"));
    till.send(Event::TestPrintPressed);
    assert!(says(jobs(&till)[2], "€ äöüß é"));
}

#[test]
fn an_address_goes_beside_the_entry_and_never_into_it() {
    let mut till = TestTill::open(1);
    sell(&mut till);
    till.send(Event::FormOpened(Form::Mail));
    till.send(Event::MailSubmitted { address: "nobody".into(), salt: [7; 16] });
    assert_eq!(till.error(), Some("Type an e-mail address such as name@example.org."));
    let written = till.journal.len();
    till.send(Event::MailSubmitted { address: "anna@example.org".into(), salt: [7; 16] });
    assert_eq!(till.error(), None);
    let Body::ReceiptRequested { of, to, beside: Some(beside) } = till.bodies(written)[0].clone() else {
        panic!("not asked for")
    };
    assert_eq!(Some(of), till.desk().ledger.last_sale.as_ref().map(|paid| paid.id));
    assert_eq!(to, Hash::of(beside.bytes()));
    let mut bytes = Vec::new();
    ciborium::into_writer(&till.journal[written], &mut bytes).unwrap();
    assert!(!bytes.windows(4).any(|window| window == b"anna"), "the chain is for ever");
    let read: barrow_core::journal::Entry = ciborium::from_reader(bytes.as_slice()).unwrap();
    assert_eq!(read.body, Body::ReceiptRequested { of, to, beside: None });
    let Phase::Unlocked(desk) = &till.model.phase else { panic!("signed in") };
    assert!(desk.panel.is_none());
    assert!(!matches!(view(&till.model).panel, Some(panel) if matches!(panel.content, PanelContent::Mail { .. })));
}
