//! What the customer's screen says at each step of a sale, and what it never says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    device::Status,
    journal::LockCause,
    money::Minor,
    till::Event,
    view::{Scene, customer},
};
use common::{TestTill, show_card, take_cards};

fn scene(till: &TestTill) -> Scene {
    let view = customer(&till.model).unwrap();
    assert_eq!(view.shop, "Shop");
    view.scene
}

#[test]
fn a_sale_from_the_first_line_to_thanks() {
    let mut till = TestTill::start();
    assert_eq!(scene(&till), Scene::Idle, "locked");
    let mut till = {
        till = TestTill::open(1);
        till
    };
    assert_eq!(scene(&till), Scene::Idle);
    till.tap("mug");
    till.tap("mug");
    till.tap("bread");
    let Scene::Order(bill) = scene(&till) else { panic!("an order") };
    let lines: Vec<_> = bill.lines.iter().map(|line| (line.qty.as_str(), line.name.as_str(), line.price.as_str())).collect();
    assert_eq!(lines, [("2", "Product mug", "€25.00"), ("1", "Product bread", "€3.89")]);
    assert_eq!((bill.total.as_str(), bill.off), ("€28.89", None));
    till.send(Event::ChargePressed);
    let Scene::Pay { due, given, remaining, change, .. } = scene(&till) else { panic!("paying") };
    assert_eq!((due.as_str(), given, remaining.as_str(), change), ("€28.89", None, "€28.89", None));
    till.send(Event::CashGiven(Minor(3000)));
    let Scene::Pay { given, remaining, change, .. } = scene(&till) else { panic!("paying") };
    assert_eq!((given.as_deref(), remaining.as_str(), change.as_deref()), (Some("€30.00"), "€0.00", Some("€1.11")));
    till.hold = true;
    till.send(Event::TenderConfirmed);
    assert!(matches!(scene(&till), Scene::Pay { .. }), "no thanks before it is on both disks");
    till.hold = false;
    till.release();
    assert_eq!(scene(&till), Scene::Thanks { paid: "€28.89".into(), change: Some("€1.11".into()) });
    till.send(Event::NewSalePressed);
    assert_eq!(scene(&till), Scene::Idle);
    till.tap("mug");
    till.send(Event::LockPressed(LockCause::Button));
    assert_eq!(scene(&till), Scene::Idle, "an order is nobody's business while the till is locked");
}

#[test]
fn it_says_nothing_of_staff_cards_network_or_reasons() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.tap("bread");
    till.send(Event::DiscountSubmitted { line: 0, percent: "10".into(), reason: "ZZREASON".into() });
    till.send(Event::OrderDiscountSubmitted { by_amount: true, off: "1".into(), reason: "ZZREASON".into() });
    till.send(Event::LineNoted { line: 1, chosen: Vec::new(), note: "ZZNOTE".into() });
    till.send(Event::StatusChanged(Status { online: false, unsent: 77, ..Status::default() }));
    take_cards(&mut till);
    let mut said = String::new();
    let mut look = |till: &TestTill| said.push_str(&format!("{:?}", customer(&till.model)));
    look(&till);
    show_card(&mut till, |_| {});
    look(&till);
    till.send(Event::TenderConfirmed);
    look(&till);
    assert!(said.contains("−10 %") && said.contains("Thanks"), "{said}");
    for secret in ["ZZREASON", "ZZNOTE", "Manager", "Till 1", "Visa", "4242", "77", "nline", "unsent"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
