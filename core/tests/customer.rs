//! What the customer's screen says at each step of a sale, and what it never says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    bytes::Blob,
    device::Status,
    gift::Gifts,
    journal::LockCause,
    money::Minor,
    till::{Event, Phase},
    view::{Scene, customer},
};
use common::{TestTill, open_order, show_card, take_cards};

fn scene(till: &TestTill) -> Scene {
    let view = customer(&till.model).unwrap();
    assert_eq!(view.shop, "Shop");
    view.scene
}

fn thanks(paid: Option<&str>, change: Option<&str>, get_back: Option<&str>) -> Scene {
    let [paid, change, get_back] = [paid, change, get_back].map(|amount| amount.map(str::to_owned));
    Scene::Thanks { paid, change, get_back }
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
    assert_eq!(scene(&till), thanks(Some("€28.89"), Some("€1.11"), None));
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

#[test]
fn an_exchange_says_what_comes_back_and_the_difference() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.pay_exact();
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::ExchangeSubmitted("too small".into()));
    // 12.50 come back for 3.89.
    till.tap("bread");
    let returned = vec![("1 × Product mug".to_owned(), "−€12.50".to_owned())];
    let Scene::Order(bill) = scene(&till) else { panic!("an order") };
    assert_eq!((bill.back, bill.get_back.as_deref(), bill.to_pay), (returned.clone(), Some("€8.61"), None));
    till.send(Event::ChargePressed);
    let Scene::Pay { bill, due, given, .. } = scene(&till) else { panic!("paying") };
    assert_eq!((bill.back, bill.get_back.as_deref()), (returned, Some("€8.61")));
    assert_eq!((due.as_str(), given), ("€0.00", None), "what came back is no payment");
    till.send(Event::TenderLeft);
    // Two of them, and another mug: 7.78 are to be paid.
    till.tap("bread");
    till.tap("mug");
    let Scene::Order(bill) = scene(&till) else { panic!("an order") };
    assert_eq!((bill.get_back, bill.to_pay.as_deref(), bill.total.as_str()), (None, Some("€7.78"), "€20.28"));
    till.send(Event::ChargePressed);
    let Scene::Pay { due, remaining, .. } = scene(&till) else { panic!("paying") };
    assert_eq!((due.as_str(), remaining.as_str()), ("€7.78", "€7.78"));
    till.send(Event::CashGiven(Minor(1000)));
    till.send(Event::TenderConfirmed);
    assert_eq!(scene(&till), thanks(Some("€7.78"), Some("€2.22"), None));
    till.send(Event::NewSalePressed);

    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundQtyTyped { line: 0, qty: "0".into() });
    till.send(Event::ExchangeSubmitted("too large".into()));
    till.tap("bread");
    till.send(Event::ChargePressed);
    till.send(Event::TenderConfirmed);
    assert_eq!(scene(&till), thanks(None, None, Some("€8.61")));
}

#[test]
fn tip_and_gift_cards_stand_beside_the_lines() {
    let mut till = TestTill::open(1);
    let Phase::Unlocked(desk) = &mut till.model.phase else { panic!() };
    let mut config = (*desk.config).clone();
    config.rules.tips.on = true;
    config.gifts = Some(Gifts { key: Blob(vec![7; 32]), blocked: Vec::new() });
    desk.config = std::rc::Rc::new(config);
    till.tap("bread");
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "20".into(), random: [1; 12] });
    let Scene::Order(bill) = scene(&till) else { panic!("an order") };
    assert_eq!((bill.gifts.as_deref(), bill.total.as_str(), bill.tip), (Some("€20.00"), "€23.89", None));
    till.send(Event::ChargePressed);
    till.send(Event::TipChosen(Minor(100)));
    let Scene::Pay { bill, due, .. } = scene(&till) else { panic!("paying") };
    assert_eq!((bill.tip.as_deref(), bill.total.as_str(), due.as_str()), (Some("€1.00"), "€23.89", "€24.89"));
}
