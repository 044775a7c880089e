//! What a person does at the till, from sign-in to Z report, and what must never happen on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    config::{Config, TillState},
    device::{DeviceAlert, DeviceError, Status},
    ids::{Seq, StaffId},
    journal::{Body, LockCause},
    money::{Currency, Minor},
    staff::{LogInWay, Pin, Proof, Role},
    tax::TaxMode,
    till::{Change, Count, Effect, Event, Form, Model, Phase, Stage, update},
    view::{Screen, view},
};
use common::{TestTill, config, locked};
use proptest::prelude::*;

#[test]
fn a_sale_from_shift_to_z_report() {
    let mut till = TestTill::open(1);
    for sku in ["mug", "bread", "mug"] {
        till.tap(sku);
    }
    till.send(Event::ChargePressed);
    till.send(Event::CashTyped("30".into()));
    let Screen::Tender(tender) = view(&till.model).screen else { panic!("tender screen") };
    assert_eq!((tender.due.minor, tender.change.unwrap().minor, tender.remaining.minor), (2889, 111, 0));
    till.send(Event::TenderConfirmed);
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!("receipt") };
    assert_eq!((receipt.id.as_str(), receipt.total.minor, receipt.change.minor), ("1-1-4", 2889, 111));
    assert_eq!(receipt.staff, "Cashier");
    till.send(Event::NewSalePressed);
    till.tap("bread");
    till.pay_exact();
    till.send(Event::ShiftClosePressed);
    till.send(Event::CountSubmitted(Count::Sum("132.00".into())));
    let Stage::Report(report, head) = till.stage() else { panic!("report: {:?}", till.stage()) };
    assert_eq!((report.figures.sales, *head), (2, till.head.hash));
    assert_eq!((report.expected, report.counted, report.difference), (Minor(13_278), Minor(13_200), Minor(-78)));
    assert_eq!((report.from, report.to, report.turnover), (Seq(3), Seq(5), Minor(3278)));
    assert!(till.effects.iter().any(|effect| matches!(effect, Effect::Snapshot(ledger) if ledger.upto == Seq(6))));
    let kinds: Vec<&str> = till.journal.iter().map(|entry| entry.body.kind()).collect();
    assert_eq!(kinds, ["log_in", "config_applied", "shift_opened", "sale", "sale", "shift_closed"]);
    assert!(till.journal.iter().all(|entry| entry.staff == Some(StaffId(1))), "row 19: who did it stands in the entry");
}

#[test]
fn row_01_paid_is_shown_only_after_both_disks_have_it() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.hold = true;
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Tendering(_)), "still tendering while the write runs");
    till.send(Event::TenderConfirmed);
    till.send(Event::TenderLeft);
    till.tap("bread");
    assert_eq!(till.held.len(), 1, "a second tap does not sell twice, and nothing changes meanwhile");
    till.release();
    assert!(matches!(till.stage(), Stage::Receipt(_)));
}

#[test]
fn row_02_a_failed_write_never_shows_success() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.fail_next = Some(DeviceError::StorageFull);
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Tendering(_)));
    assert_eq!(till.error(), Some(DeviceError::StorageFull.to_string().as_str()));
    let sales = till.journal.len();
    till.send(Event::TenderConfirmed);
    assert!(matches!(till.stage(), Stage::Receipt(_)), "and can be tried again");
    assert_eq!(till.journal.len(), sales + 1);
}

#[test]
fn row_10_an_old_draft_never_brings_a_paid_order_back() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    let stale = till.saved.clone();
    till.pay_exact();
    till.saved = stale; // the draft's deletion did not reach the disk
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(1, config(TaxMode::Inclusive));
    // Nobody may have seen that it is paid: the receipt says so.
    assert!(matches!(till.stage(), Stage::Receipt(paid) if paid.sale.totals.gross == Minor(1250)));
    till.send(Event::NewSalePressed);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.is_empty()));
}

#[test]
fn a_receipt_that_perhaps_nobody_saw_is_shown_again() {
    let shown = |cause: Option<LockCause>, next: bool| {
        let mut till = TestTill::open(1);
        till.tap("mug");
        till.pay_exact();
        if next {
            till.send(Event::NewSalePressed);
        }
        match cause {
            Some(cause) => till.send(Event::LockPressed(cause)),
            // The page went away.
            None => till.send(Event::LockDone(locked())),
        }
        till.sign_in(1, config(TaxMode::Inclusive));
        matches!(till.stage(), Stage::Receipt(_))
    };
    assert!(shown(None, false));
    assert!(shown(Some(LockCause::Idle), false));
    assert!(!shown(None, true), "the next customer is there");
    assert!(!shown(Some(LockCause::Switch), false), "who takes over begins anew");
}

#[test]
fn an_open_order_survives_lock_and_reload() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.send(Event::ParkPressed);
    till.tap("bread");
    till.send(Event::LockPressed(LockCause::Idle));
    assert!(matches!(view(&till.model).screen, Screen::SignIn(_)), "nothing of the sale is on a locked screen");
    till.sign_in(1, config(TaxMode::Inclusive));
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    assert_eq!((selling.total.minor, selling.parked.len()), (389, 1));
    till.send(Event::ParkedChosen(0));
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    assert_eq!((selling.total.minor, selling.parked.len()), (1250, 1), "the two orders change places");
}

#[test]
fn a_price_change_waits_for_the_open_cart() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    let mut dearer = config(TaxMode::Inclusive);
    dearer.version = 2;
    dearer.products[0].price = Minor(9999);
    till.send(Event::ConfigArrived(Box::new(dearer)));
    till.tap("mug");
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Receipt(paid) if paid.sale.totals.gross == Minor(2500)));
    till.send(Event::NewSalePressed);
    till.tap("mug");
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines()[0].product.price == Minor(9999)));
    till.send(Event::ConfigArrived(Box::new(config(TaxMode::Inclusive))));
    till.pay_exact();
    till.send(Event::NewSalePressed);
    let applied: Vec<&Body> = till.journal.iter().map(|e| &e.body).filter(|b| matches!(b, Body::ConfigApplied { .. })).collect();
    assert_eq!(applied, [&Body::ConfigApplied { version: 1 }, &Body::ConfigApplied { version: 2 }], "never a lower version");
}

#[test]
fn settings_wait_for_whatever_is_under_way_and_drop_none_of_it() {
    let newer = |version| {
        let mut newer = Config { version, ..config(TaxMode::Inclusive) };
        newer.rules.lock_when_hidden = true;
        Event::ConfigArrived(Box::new(newer))
    };
    // What was approved is written after the approval, and the settings after both.
    let mut till = TestTill::open(1);
    till.send(Event::NoSaleSubmitted("change".into()));
    till.hold = true;
    till.approve(3);
    till.send(newer(2));
    till.hold = false;
    till.release();
    let written = till.bodies(till.journal.len() - 3);
    assert!(
        matches!(written[..], [Body::Approved { .. }, Body::NoSale { .. }, Body::ConfigApplied { version: 2 }]),
        "{written:?}"
    );

    // An open panel, and an entry on its way to the disks.
    let mut till = TestTill::open(3);
    till.send(Event::FormOpened(Form::Cash));
    till.send(newer(2));
    assert_eq!(till.desk().config.version, 1);
    till.send(Event::PanelClosed);
    assert_eq!(till.desk().config.version, 2);
    till.hold = true;
    till.send(Event::NoSaleSubmitted("change".into()));
    till.send(newer(3));
    assert_eq!(till.desk().config.version, 2);

    // Who leaves gets them at the next sign-in: nothing is written behind a closing door.
    till.send(Event::LockPressed(LockCause::Hidden));
    till.hold = false;
    till.release();
    assert!(matches!(till.model.phase, Phase::Locked(_)));
    assert!(matches!(till.journal.last().unwrap().body, Body::NoSale { .. }));
}

#[test]
fn new_settings_hold_for_who_is_signed_in() {
    let mut till = TestTill::open(1);
    let mut newer = Config { version: 2, ..config(TaxMode::Inclusive) };
    newer.staff[0].role = Role::Auditor;
    till.send(Event::ConfigArrived(Box::new(newer.clone())));
    till.tap("mug");
    assert!(till.error().unwrap().contains("role"), "an auditor sells nothing");
    newer.version = 3;
    newer.staff.remove(0);
    till.send(Event::PanelClosed);
    till.send(Event::ConfigArrived(Box::new(newer)));
    assert!(matches!(till.model.phase, Phase::Locked(_)), "whom the owner took off the till works there no more");
}

#[test]
fn each_role_is_held_to_its_permissions_by_the_core() {
    let mut till = TestTill::open(4);
    assert!(matches!(till.stage(), Stage::NoShift), "an auditor opens no shift");
    till.send(Event::PanelClosed);
    let before = till.journal.len();
    for event in [Event::ProductTapped("mug".into()), Event::ChargePressed, Event::TenderConfirmed] {
        till.send(event);
        assert!(till.error().unwrap().contains("role"));
    }
    let refused = till.bodies(before);
    assert_eq!(refused.len(), 3, "and nothing else happened");
    assert!(refused.iter().all(|body| matches!(body, Body::Refused { .. })));
}

#[test]
fn promise_10_how_delivery_stands_is_on_every_screen() {
    let mut till = TestTill::open(1);
    let told = |till: &mut TestTill, online, unsent, age_ms: Option<i64>| {
        let oldest_ms = age_ms.map(|age_ms| till.now - age_ms);
        till.send(Event::StatusChanged(Status { online, unsent, oldest_ms, ..Status::default() }));
    };
    let shown = |till: &TestTill| {
        let status = view(&till.model).status;
        (status.online, status.unsent, status.oldest)
    };
    told(&mut till, true, 0, None);
    assert_eq!(shown(&till), (true, 0, None));
    till.tap("mug");
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Receipt(_)));
    assert_eq!(shown(&till), (true, 1, Some("just now".into())), "counted with the receipt, before the device looks again");
    for (minutes, says) in [(1, "1 min"), (59, "59 min"), (60, "1 h"), (47 * 60, "47 h"), (48 * 60, "2 days")] {
        told(&mut till, false, 5, Some(minutes * 60_000));
        assert_eq!(shown(&till), (false, 5, Some(says.into())));
    }
    till.send(Event::ShiftClosePressed);
    assert!(matches!(view(&till.model).screen, Screen::Count { unsent: 5, .. }), "promise 8: who closes knows what is unsent");
    till.send(Event::CountSubmitted(Count::Sum("112.50".into())));
    let Screen::Report(report) = view(&till.model).screen else { panic!("report") };
    assert_eq!(report.unsent, 6, "with the closing itself");
    till.send(Event::LockPressed(LockCause::Button));
    assert!(matches!(view(&till.model).screen, Screen::SignIn(_)));
    assert_eq!(shown(&till), (false, 6, Some("2 days".into())), "on a locked till too");
}

#[test]
fn a_revoked_or_copied_till_sells_nothing() {
    for (alert, why) in [(DeviceAlert::Revoked, DeviceError::Revoked), (DeviceAlert::Copy, DeviceError::Copy)] {
        let mut till = TestTill::open(1);
        till.send(Event::StatusChanged(Status { alerts: vec![alert], ..Status::default() }));
        till.tap("mug");
        assert_eq!(till.error(), Some(why.to_string().as_str()));
        assert!(matches!(till.stage(), Stage::Selling(cart) if cart.is_empty()));
    }
    let mut till = TestTill::open(1);
    let revoked = barrow_core::config::Config { version: 2, state: TillState::Revoked, ..config(TaxMode::Inclusive) };
    till.send(Event::ConfigArrived(Box::new(revoked)));
    till.tap("mug");
    assert_eq!(till.error(), Some(DeviceError::Revoked.to_string().as_str()));
}

#[test]
fn bad_input_says_what_to_do_and_changes_nothing() {
    let mut till = TestTill::open(1);
    till.send(Event::ChargePressed);
    assert_eq!(till.error(), Some("There is nothing to charge yet."));
    till.tap("no-such-thing");
    assert_eq!(till.error(), Some("This product is not in the catalogue."));
    till.tap("mug");
    for qty in ["0", "-1", "10000", "abc", "9999999999999999999999"] {
        till.send(Event::QtyTyped { line: 0, qty: qty.into() });
        assert_eq!(till.error(), Some("A quantity is more than 0 and at most 9,999."), "{qty}");
    }
    till.send(Event::QtyTyped { line: 7, qty: "2".into() });
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 1 && cart.lines()[0].qty.0 == 1000));
    till.send(Event::ShiftClosePressed);
    assert!(till.error().unwrap().contains("open orders"));
    till.send(Event::ChargePressed);
    till.send(Event::TenderConfirmed);
    assert!(till.error().unwrap().contains("cash"));
    till.send(Event::CashTyped("12.49".into()));
    till.send(Event::TenderConfirmed);
    assert_eq!(till.error(), Some("€0.01 is still missing."));
    till.send(Event::CashTyped("12,5x".into()));
    assert_eq!(till.error(), Some("Type an amount such as 12.50."));
    assert!(matches!(till.stage(), Stage::Tendering(_)));
}

#[test]
fn removing_a_line_can_be_undone() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.tap("bread");
    till.send(Event::QtyStepped { line: 0, pieces: -1 });
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    assert_eq!((selling.lines.len(), selling.undo), (1, Some((Change::Removed, Some("Product mug".into())))));
    till.send(Event::UndoPressed);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines()[0].product.sku == "mug"));
}

#[test]
fn cash_is_rounded_where_small_coins_are_gone() {
    let mut till = TestTill::start();
    let mut swiss = config(TaxMode::Inclusive);
    swiss.currency = Currency { cash_step: Minor(5), ..Currency::eur() };
    till.sign_in(1, swiss);
    till.send(Event::ShiftOpenSubmitted("0".into()));
    till.tap("bread");
    till.pay_exact();
    let Stage::Receipt(paid) = till.stage() else { panic!("receipt") };
    assert_eq!((paid.sale.totals.gross, paid.sale.rounding, paid.sale.tenders[0].amount), (Minor(389), Minor(1), Minor(390)));
    assert_eq!(paid.sale.check(), Ok(()));
}

#[test]
fn signing_in_goes_through_its_states() {
    let mut model = Model::default();
    update(&mut model, 0, Event::Booted(barrow_core::device::Boot::Locked(locked())));
    update(&mut model, 1, Event::PinSubmitted("274951".into()));
    assert!(matches!(&model.phase, Phase::Locked(s) if !s.busy), "nobody was chosen");
    update(&mut model, 2, Event::StaffChosen(StaffId(1)));
    update(&mut model, 3, Event::PinSubmitted("12".into()));
    assert!(matches!(&model.phase, Phase::Locked(s) if s.error.as_deref() == Some("A PIN has 6 to 12 digits.")));
    let effects = update(&mut model, 4, Event::PinSubmitted("274951".into()));
    assert_eq!(effects, [Effect::Unlock { staff: StaffId(1), proof: Proof::Pin(Pin::parse("274951").unwrap()) }]);
    assert!(update(&mut model, 5, Event::PinSubmitted("274951".into())).is_empty(), "one try at a time");
    update(&mut model, 10_000, Event::SignedIn { way: LogInWay::Pin, result: Err(DeviceError::Wait { ms: 30_000 }) });
    let Screen::SignIn(sign_in) = view(&model).screen else { panic!("sign-in") };
    assert_eq!(sign_in.wait_s, Some(30));
    let new_pin =
        |pin: &str, repeat: &str| Event::FirstPinSubmitted { code: "ABCD".into(), pin: pin.into(), repeat: repeat.into() };
    assert!(update(&mut model, 11_000, new_pin("274951", "274952")).is_empty());
    assert!(update(&mut model, 11_000, new_pin("123456", "123456")).is_empty());
    assert_eq!(update(&mut model, 11_000, new_pin("274951", "274951")).len(), 1);
}

#[test]
fn who_is_no_longer_on_the_staff_list_is_not_let_in() {
    let mut till = TestTill::start();
    till.sign_in(99, config(TaxMode::Inclusive));
    assert!(matches!(till.model.phase, Phase::Locked(_)));
    assert!(till.journal.is_empty());
}

#[test]
fn a_log_in_that_cannot_be_written_down_lets_nobody_in() {
    let mut till = TestTill::start();
    till.fail_next = Some(DeviceError::WriteFailed);
    till.sign_in(1, config(TaxMode::Inclusive));
    let Screen::SignIn(sign_in) = view(&till.model).screen else { panic!("locked") };
    assert_eq!(sign_in.error, Some(DeviceError::WriteFailed.to_string()), "and says why");
}

#[derive(Clone, Debug)]
enum Act {
    Tap(usize),
    Step(usize, i64),
    Remove(usize),
    Undo,
    Park,
    Recall(usize),
    Charge,
    Leave,
    Cash(i64),
    Confirm,
    NewSale,
    FailNext,
    LockAndBack,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0usize..4).prop_map(Act::Tap),
        2 => (0usize..4, -2i64..5).prop_map(|(line, n)| Act::Step(line, n)),
        1 => (0usize..4).prop_map(Act::Remove),
        1 => Just(Act::Undo),
        1 => Just(Act::Park),
        1 => (0usize..3).prop_map(Act::Recall),
        3 => Just(Act::Charge),
        1 => Just(Act::Leave),
        3 => (0i64..20_000).prop_map(Act::Cash),
        3 => Just(Act::Confirm),
        2 => Just(Act::NewSale),
        1 => Just(Act::FailNext),
        1 => Just(Act::LockAndBack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_a_cashier_does_the_figures_agree(acts in prop::collection::vec(act(), 1..80), exclusive: bool) {
        let mode = if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive };
        let mut till = TestTill::start();
        till.sign_in(1, config(mode));
        till.send(Event::ShiftOpenSubmitted("50".into()));
        let skus = ["mug", "bread", "odd", "free"];
        let mut shown = Minor::ZERO;
        for step in acts {
            match step {
                Act::Tap(n) => till.tap(skus[n]),
                Act::Step(line, pieces) => till.send(Event::QtyStepped { line, pieces }),
                Act::Remove(line) => till.send(Event::LineRemoved(line)),
                Act::Undo => till.send(Event::UndoPressed),
                Act::Park => till.send(Event::ParkPressed),
                Act::Recall(n) => till.send(Event::ParkedChosen(n)),
                Act::Charge => till.send(Event::ChargePressed),
                Act::Leave => till.send(Event::TenderLeft),
                Act::Cash(amount) => till.send(Event::CashGiven(Minor(amount))),
                Act::Confirm => {
                    let before = till.journal.len();
                    till.send(Event::TenderConfirmed);
                    if let (Stage::Receipt(paid), true) = (till.stage(), till.journal.len() > before) {
                        shown = shown.plus(paid.sale.due().unwrap()).unwrap();
                    }
                }
                Act::NewSale => till.send(Event::NewSalePressed),
                Act::FailNext => till.fail_next = Some(DeviceError::WriteFailed),
                Act::LockAndBack => {
                    till.fail_next = None;
                    till.send(Event::LockPressed(LockCause::Button));
                    till.sign_in(1, config(mode));
                }
            }
            view(&till.model);
        }
        // What was shown as paid is what the journal holds, and every sale can be reckoned again from its lines.
        let mut sum = Minor::ZERO;
        for entry in &till.journal {
            if let Body::Sale(sale) = &entry.body {
                prop_assert_eq!(sale.check(), Ok(()));
                sum = sum.plus(sale.due().unwrap()).unwrap();
                prop_assert_eq!(sale.turnover, sum);
            }
        }
        prop_assert_eq!(sum, shown);
    }
}
