//! A reload or a lock in the middle of something comes back to it: to the screen, to what is open over it, and to what was typed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    journal::{Body, LockCause},
    money::{Milli, Minor},
    tax::TaxMode,
    tender::TenderKind,
    till::{Event, Form, Panel, Stage, Step},
    view::{PanelContent, view},
};
use common::{TestTill, config, open_order};

fn typed(till: &mut TestTill, field: &str, text: &str, over: bool) {
    till.send(Event::FieldTyped { field: field.into(), text: text.into(), over });
}

/// The page goes away; what the device kept is all that comes back.
fn reload(till: &mut TestTill, staff: u64) {
    let mut again = TestTill::start();
    again.journal = std::mem::take(&mut till.journal);
    (again.head, again.saved, again.now) = (till.head, till.saved.take(), till.now);
    *till = again;
    till.sign_in(staff, config(TaxMode::Inclusive));
}

fn panel(till: &TestTill) -> PanelContent {
    view(&till.model).panel.unwrap().content
}

/// What stands in a field.
fn field<'a>(till: &'a TestTill, name: &str) -> Option<&'a str> {
    till.desk().fields.get(name)
}

#[test]
fn a_terminal_that_was_asked_is_not_asked_again() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashTyped("2.50".into()));
    till.send(Event::PartTyped("4".into()));
    till.send(Event::FormOpened(Form::External));
    typed(&mut till, "external-reference", "0042", true);
    reload(&mut till, 1);
    let PanelContent::External { amount } = panel(&till) else { panic!("the dialog is open") };
    assert_eq!((amount.minor, field(&till, "external-reference")), (400, Some("0042")));
    till.send(Event::ExternalSubmitted { reference: "0042".into() });
    assert_eq!((till.error(), field(&till, "external-reference")), (None, None));
    let Stage::Tendering(tendering) = till.stage() else { panic!("the rest is still to be paid") };
    let parts: Vec<_> = tendering.tenders.iter().map(|tender| (tender.kind, tender.amount.0)).collect();
    assert_eq!(parts, [(TenderKind::Cash, 250), (TenderKind::External, 400)]);
    assert_eq!(tendering.remaining(), Minor(600));
    // Another cashier after a lock as well, and once paid, nothing of it comes back.
    till.send(Event::CashTyped("10".into()));
    till.send(Event::LockPressed(LockCause::Switch));
    till.sign_in(2, config(TaxMode::Inclusive));
    till.send(Event::TenderConfirmed);
    let Stage::Receipt(paid) = till.stage() else { panic!("{:?}", till.error()) };
    assert_eq!(paid.sale.tenders.last().unwrap().change, Minor(400));
    till.send(Event::NewSalePressed);
    reload(&mut till, 1);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.is_empty()) && till.desk().panel.is_none());
}

#[test]
fn a_sale_that_was_written_as_the_page_went_away_is_not_taken_again() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::FormOpened(Form::External));
    let before = till.saved.clone();
    till.send(Event::ExternalSubmitted { reference: "0042".into() });
    assert!(matches!(till.stage(), Stage::Receipt(_)));
    till.saved = before;
    reload(&mut till, 1);
    assert!(matches!(till.stage(), Stage::Receipt(_)) && till.desk().panel.is_none());
}

#[test]
fn what_comes_back_of_a_sale_is_still_chosen() {
    let mut till = TestTill::open(3);
    for sku in ["mug", "mug", "bread"] {
        till.tap(sku);
    }
    till.pay_exact();
    till.send(Event::NewSalePressed);
    till.tap("odd");
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundQtyTyped { line: 0, qty: "1".into() });
    till.send(Event::RefundOffShelf(true));
    typed(&mut till, "refund-reason", "cracked", false);
    let before = till.saved.clone();
    let read = |till: &mut TestTill| till.send(Event::JournalRead(Ok(till.committed())));
    reload(&mut till, 3);
    read(&mut till);
    let step = |till: &TestTill| match till.stage() {
        Stage::History(history) => history.opened.clone().map(|opened| opened.step),
        other => panic!("{other:?}"),
    };
    assert_eq!(step(&till), Some(Step::Choosing(vec![Milli(1000), Milli(1000)])));
    assert_eq!(field(&till, "refund-reason"), Some("cracked"));
    till.send(Event::RefundSubmitted("cracked".into()));
    let Body::Refund(refund) = &till.journal.last().unwrap().body else { panic!("{:?}", till.error()) };
    assert_eq!((refund.totals.gross, refund.off_shelf), (Minor(1250 + 389), true));
    assert_eq!(field(&till, "refund-reason"), None, "for this refund, not for the next");
    // What is to be given back stays on screen, until somebody goes on.
    reload(&mut till, 3);
    read(&mut till);
    assert!(matches!(step(&till), Some(Step::Done(done)) if done.totals.gross == Minor(1639)));
    till.send(Event::OrdersLeft);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 1), "and the order waits");
    // Written, but kept as it was before: the sale says that it came back already.
    till.saved = before;
    reload(&mut till, 3);
    read(&mut till);
    assert_eq!(step(&till), Some(Step::Shown));
    // Who may not look at sales gets the order.
    till.send(Event::RefundPressed);
    reload(&mut till, 4);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 1), "{:?}", till.stage());
}

#[test]
fn forms_come_back_with_what_was_typed() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    for (form, name) in [
        (Form::Customer, "customer-search"),
        (Form::CountStock { sku: None, last: None }, "count-search"),
        (Form::Discount { line: 0 }, "discount-amount"),
        (Form::Extras { line: 0 }, "line-note"),
        (Form::UnknownCode { code: "4006381333931".into() }, "unknown"),
    ] {
        till.send(Event::FormOpened(form.clone()));
        typed(&mut till, name, "12", true);
        reload(&mut till, 3);
        assert!(matches!(&till.desk().panel, Some(Panel::Form(open)) if *open == form), "{form:?}");
        assert_eq!(field(&till, name), Some("12"));
        till.send(Event::PanelClosed);
        assert_eq!(field(&till, name), None, "closed is closed");
        // The last letter comes late.
        typed(&mut till, name, "123", true);
        reload(&mut till, 3);
        assert!(till.desk().panel.is_none() && field(&till, name).is_none());
    }
    // What stands in one form does not come into another.
    till.send(Event::FormOpened(Form::Price { line: 0 }));
    typed(&mut till, "price-amount", "1", true);
    till.send(Event::FormOpened(Form::Cash));
    assert_eq!(field(&till, "price-amount"), None);
    // No PIN is kept, nor its form.
    till.send(Event::FormOpened(Form::Proof));
    reload(&mut till, 3);
    assert!(till.desk().panel.is_none());
    // A form that the next person may not have stays closed; whoever may finds it again.
    till.send(Event::FormOpened(Form::Customer));
    reload(&mut till, 4);
    assert!(till.desk().panel.is_none() && till.error().is_none());
    reload(&mut till, 1);
    assert!(matches!(till.desk().panel, Some(Panel::Form(Form::Customer))));
}

#[test]
fn a_gift_card_on_screen_is_asked_about_again() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::GiftPressed);
    till.send(Event::GiftCodeSubmitted(barrow_core::gift::GiftCode::of([7; barrow_core::gift::RANDOM_BYTES]).to_string()));
    let shown = till.desk().shown_gift().map(|shown| shown.card);
    typed(&mut till, "gift-load-amount", "25", true);
    reload(&mut till, 2);
    assert_eq!((till.desk().shown_gift().map(|shown| shown.card), field(&till, "gift-load-amount")), (shown, Some("25")));
}

#[test]
fn float_count_and_report_come_back() {
    let mut till = TestTill::start();
    till.sign_in(3, config(TaxMode::Inclusive));
    typed(&mut till, "float-amount", "80", false);
    reload(&mut till, 3);
    assert_eq!((field(&till, "float-amount"), matches!(till.stage(), Stage::NoShift)), (Some("80"), true));
    till.send(Event::ShiftOpenSubmitted("80".into()));
    assert_eq!(field(&till, "float-amount"), None);
    till.send(Event::ShiftClosePressed);
    typed(&mut till, "counted-amount", "79.50", false);
    reload(&mut till, 3);
    assert_eq!((field(&till, "counted-amount"), matches!(till.stage(), Stage::Counting(_))), (Some("79.50"), true));
    till.send(Event::CountSubmitted(barrow_core::till::Count::Sum("80".into())));
    let Stage::Report(report, head) = till.stage() else { panic!("{:?}", till.error()) };
    let shown = (report.clone(), *head);
    reload(&mut till, 3);
    assert!(matches!(till.stage(), Stage::Report(report, head) if (report.clone(), *head) == shown));
    till.send(Event::ReportLeft);
    reload(&mut till, 3);
    assert!(matches!(till.stage(), Stage::NoShift));
}
