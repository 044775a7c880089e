//! Every change to the orders can be undone, once, and by nobody who could not have done the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    journal::{Body, LockCause},
    money::{Milli, Minor},
    staff::{Permission, Role},
    tax::TaxMode,
    till::{Change, Event, Orders, Panel, Stage},
    view::{Screen, view},
};
use common::{TestTill, config};

/// A till of `staff` with a mug and two loaves, and a loaf put aside.
fn till(staff: u64) -> TestTill {
    let mut till = TestTill::open(3);
    till.tap("bread");
    till.send(Event::ParkPressed);
    till.tap("mug");
    till.tap("bread");
    till.tap("bread");
    till.send(Event::LockPressed(LockCause::Switch));
    till.sign_in(staff, config(TaxMode::Inclusive));
    till
}

fn offered(till: &TestTill) -> Option<Change> {
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    selling.undo.map(|(change, _)| change)
}

/// Of orders, what a person sees: times do not count.
fn seen(till: &TestTill) -> String {
    let Orders { cart, parked, .. } = till.desk().orders();
    let words =
        |cart: &barrow_core::cart::Cart| format!("{:?} {:?} {:?} {:?}", cart.lines(), cart.order_off(), cart.name(), cart.note());
    format!("{} {:?}", words(&cart), parked.iter().map(|parked| words(&parked.cart)).collect::<Vec<_>>())
}

#[test]
fn a_gift_card_in_the_order_is_called_one() {
    let mut till = till(3);
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "25".into(), random: [1; barrow_core::gift::RANDOM_BYTES] });
    assert_eq!(offered(&till), Some(Change::GiftCard));
}

#[test]
fn each_change_is_undone_once() {
    let off = |percent: &str| Event::DiscountSubmitted { line: 0, percent: percent.into(), reason: "scratch".into() };
    let order_off = |off: &str| Event::OrderDiscountSubmitted { by_amount: false, off: off.into(), reason: "regular".into() };
    let changes: [(Change, fn() -> Event); 8] = [
        (Change::Removed, || Event::LineRemoved(0)),
        (Change::Removed, || Event::QtyStepped { line: 0, pieces: -1 }),
        (Change::Price, || Event::PriceSubmitted { line: 0, price: "3".into() }),
        (Change::Options, || Event::LineNoted { line: 0, chosen: Vec::new(), note: "gift".into() }),
        (Change::PutAside, || Event::ParkPressed),
        (Change::Recalled, || Event::ParkedChosen(0)),
        (Change::Split, || Event::SplitSubmitted(vec![1])),
        (Change::Joined, || Event::ParkedMerged(0)),
    ];
    for (change, event) in changes {
        let mut till = till(3);
        let before = seen(&till);
        till.send(event());
        assert_eq!((till.error(), offered(&till)), (None, Some(change)));
        assert_ne!(seen(&till), before);
        let saved = till.saved.clone();
        till.send(Event::UndoPressed);
        assert_eq!((seen(&till), offered(&till)), (before, None), "{change:?}");
        assert_ne!(till.saved, saved, "it is kept, too");
        let after = seen(&till);
        till.send(Event::UndoPressed);
        assert_eq!((till.error(), seen(&till)), (Some("There is nothing to undo."), after));
    }
    let mut till = till(3);
    till.send(off("10"));
    assert_eq!(offered(&till), Some(Change::Discount));
    let before = seen(&till);
    till.send(off("0"));
    till.send(Event::UndoPressed);
    assert_eq!(seen(&till), before, "the discount is there again");
    till.send(order_off("10"));
    assert_eq!(offered(&till), Some(Change::OrderDiscount));
    till.send(Event::LineRemoved(1));
    till.send(Event::LineRemoved(0));
    till.send(Event::UndoPressed);
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    assert!(selling.order_off.is_some(), "what went with the last line comes back with it");
    till.send(Event::OrderNoted { name: "Anna".into(), note: String::new(), coupon: String::new() });
    assert_eq!(offered(&till), Some(Change::Words));
    // Kept as it was: nothing is offered that was not offered before.
    till.send(Event::OrderNoted { name: "Anna".into(), note: String::new(), coupon: String::new() });
    assert_eq!(offered(&till), Some(Change::Words));
    till.send(Event::UndoPressed);
    till.send(Event::OrderNoted { name: String::new(), note: String::new(), coupon: String::new() });
    assert_eq!(offered(&till), None);
    // What was added is not offered, and undone all the same.
    till.tap("odd");
    assert_eq!(offered(&till), None);
    till.send(Event::UndoPressed);
    assert_eq!(till.desk().cart().unwrap().lines().len(), 1);
}

#[test]
fn an_undo_ends_with_the_sale_and_with_the_person() {
    let mut till = till(3);
    till.send(Event::LineRemoved(0));
    till.pay_exact();
    till.send(Event::NewSalePressed);
    till.send(Event::UndoPressed);
    assert!(till.desk().cart().unwrap().is_empty());
    till.tap("mug");
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(1, config(TaxMode::Inclusive));
    till.send(Event::UndoPressed);
    assert_eq!(till.desk().cart().unwrap().lines().len(), 1);
}

#[test]
fn an_undo_gives_nobody_more_than_their_role() {
    let mut till = till(1);
    till.send(Event::DiscountSubmitted { line: 0, percent: "40".into(), reason: "scratch".into() });
    till.approve(3);
    till.send(Event::DiscountSubmitted { line: 0, percent: "0".into(), reason: String::new() });
    till.send(Event::UndoPressed);
    assert!(matches!(till.desk().panel, Some(Panel::Approval(_))), "40 % are asked for anew");
    till.approve(3);
    assert!(till.desk().cart().unwrap().lines()[0].discount.is_some(), "and come back once they are approved");

    // Who may take no line out takes none out by undoing that it was added; one piece more of a line is another matter.
    let mut shop = config(TaxMode::Inclusive);
    let mut powers = Role::Cashier.preset();
    powers.permissions.remove(&Permission::VoidLine);
    shop.rules.roles.insert(Role::Cashier, powers);
    let mut till = TestTill::start();
    till.sign_in(1, shop);
    till.send(Event::ShiftOpenSubmitted("0".into()));
    till.tap("mug");
    till.tap("mug");
    till.send(Event::UndoPressed);
    assert_eq!((till.desk().panel.is_none(), till.desk().cart().unwrap().lines()[0].qty), (true, Milli::ONE));
    till.tap("bread");
    till.send(Event::UndoPressed);
    assert!(matches!(till.desk().panel, Some(Panel::Approval(_))), "taking the bread out is asked for");
    till.send(Event::PanelClosed);
    assert_eq!(till.desk().cart().unwrap().lines().len(), 2);
}

/// What the journal knows of what was taken out of orders: by whom, SKU, thousandths, amount.
fn journalled(till: &TestTill) -> Vec<(u64, String, i64, i64)> {
    let lines = till.journal.iter().flat_map(|entry| match &entry.body {
        Body::LinesTakenOut { lines } => lines.clone(),
        _ => Vec::new(),
    });
    lines.map(|out| (out.by.0, out.sku, out.qty.0, out.amount.0)).collect()
}

#[test]
fn what_is_taken_out_of_an_order_is_in_the_journal_before_its_sale() {
    let mut till = till(2);
    let (mug, bread) = ("mug".to_owned(), "bread".to_owned());
    // Removed, brought back, removed again; and one piece less of the other.
    till.send(Event::LineRemoved(0));
    till.send(Event::UndoPressed);
    till.send(Event::LineRemoved(0));
    till.send(Event::QtyStepped { line: 0, pieces: -1 });
    assert_eq!(journalled(&till), [], "nothing is certain yet");
    // The page goes away and another person goes on; putting aside and coming back takes nothing out.
    till.send(Event::LockPressed(LockCause::Switch));
    till.sign_in(3, config(TaxMode::Inclusive));
    till.send(Event::ParkPressed);
    till.send(Event::ParkedChosen(1));
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(500)));
    till.send(Event::TenderConfirmed);
    let products = till.desk().config.products.clone();
    let price = |sku: &str| products.with_sku(sku).unwrap().price.0;
    let want = vec![(2, mug.clone(), 1000, price("mug")), (2, bread, 1000, price("bread"))];
    assert_eq!(journalled(&till), want);
    assert!(matches!(till.journal.last().unwrap().body, Body::Sale(_)), "{:?}", till.journal.last());
    assert!(matches!(till.stage(), Stage::Receipt(_)));

    // Told once. What was added by mistake and undone is told too, at the latest with the shift's end.
    till.send(Event::NewSalePressed);
    till.tap("mug");
    till.send(Event::UndoPressed);
    let mug_out = (3, mug, 1000, price("mug"));
    till.send(Event::ParkedChosen(0));
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(500)));
    till.send(Event::TenderConfirmed);
    assert_eq!(journalled(&till), [want, vec![mug_out]].concat());
    till.tap("mug");
    till.tap("mug");
    assert_eq!(till.desk().orders().taken_out, []);
}
