//! Exchanges: a refund and a sale in one, that balance to the minor unit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    bytes::Hash,
    config::Config,
    device::DeviceError,
    exchange::{paid_by_return, set_off_by},
    ids::{Epoch, Seq, ShopId, TillId},
    journal::{Body, Entry, Head},
    money::{Currency, Minor},
    receipt::{Block, Document, Weight},
    refund::{Refund, RefundFault},
    sale::{Sale, SaleFault},
    sync::{Anomaly, Audited, Known, Received, audit, ingest},
    tax::TaxMode,
    tender::TenderKind,
    till::{Effect, Event, Panel, Phase, Stage},
    view::{Screen, view},
    wire::Batch,
};
use common::{TestTill, config, open_order, show_card, take_cards};
use proptest::prelude::*;

/// Opens the newest sale, and exchanges these quantities of its lines.
fn exchange(till: &mut TestTill, quantities: &[(usize, &str)]) {
    open_order(till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundAllChosen(false));
    for (line, qty) in quantities {
        till.send(Event::RefundQtyTyped { line: *line, qty: (*qty).into() });
    }
    till.send(Event::ExchangeSubmitted("too small".into()));
}

fn sold(staff: u64, skus: &[&str]) -> TestTill {
    let mut till = TestTill::open(staff);
    skus.iter().for_each(|sku| till.tap(sku));
    till.pay_exact();
    till.send(Event::NewSalePressed);
    till
}

/// The last two entries.
fn both(till: &TestTill) -> (&Refund, &Sale) {
    match till.bodies(till.journal.len() - 2)[..] {
        [Body::Refund(refund), Body::Sale(sale)] => (refund, sale),
        ref other => panic!("{other:?}: {:?}", till.error()),
    }
}

fn drawer(till: &TestTill) -> i64 {
    till.desk().ledger.shift.as_ref().unwrap().expected_cash().unwrap().0
}

fn anomalies(journal: &[Entry]) -> Vec<Anomaly> {
    let hash = |entry: &Entry| Hash::of(format!("{entry:?}").as_bytes());
    let root = Head { shop: ShopId(1), till: TillId(1), epoch: Epoch(1), seq: Seq(0), hash: Hash::of(b"enrolment"), at_ms: 0 };
    let received: Vec<Received> = journal
        .iter()
        .map(|entry| Received { seq: entry.seq, hash: hash(entry), entry: Ok(entry.clone()), stored: None })
        .collect();
    let head = journal.last().unwrap();
    let batch = Batch {
        v: 1,
        till: TillId(1),
        epoch: Epoch(1),
        holds_from: Seq(1),
        head: head.seq,
        head_hash: hash(head),
        records: Vec::new(),
        stock: None,
        customers: None,
    };
    let at_server = ingest(&Known::new(root), &batch, &received);
    let audited: Vec<Audited> =
        journal.iter().map(|entry| Audited { hash: hash(entry), entry: Some(entry.clone()), signed: true }).collect();
    let by_anybody = audit(root, &audited, None);
    at_server.findings.iter().chain(&by_anybody).map(|finding| finding.anomaly).collect()
}

#[test]
fn the_customer_pays_the_difference() {
    let mut till = sold(3, &["bread", "mug"]);
    let before = drawer(&till);
    exchange(&mut till, &[(0, "1")]);
    let shown = |till: &TestTill| match view(&till.model).screen {
        Screen::Selling(selling) => selling.exchange.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!((shown(&till).difference.minor, shown(&till).worth.minor), (-389, 389), "nothing is taken for it yet");
    till.send(Event::ChargePressed);
    assert_eq!(till.error(), Some("There is nothing to charge yet."));
    till.tap("mug");
    assert_eq!(shown(&till).difference.minor, 1250 - 389);
    till.send(Event::ChargePressed);
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    assert_eq!((tender.remaining.minor, tender.parts[0].kind), (861, TenderKind::Exchange));
    assert_eq!(tender.due.minor, 861, "what came back is not to be paid");
    till.send(Event::TenderRemoved(0));
    assert!(till.error().unwrap().contains("cart"), "what comes back is taken out in the cart");
    till.send(Event::CashTyped("10".into()));
    till.send(Event::TenderConfirmed);

    let (refund, sale) = both(&till);
    let seq = till.journal.last().unwrap().seq;
    assert_eq!((refund.exchange, sale.exchange), (Some(seq), Some(Seq(seq.0 - 1))), "each names the other");
    assert_eq!((refund.check(), sale.check()), (Ok(()), Ok(())));
    assert_eq!((set_off_by(refund), paid_by_return(sale)), (Ok(Minor(389)), Ok(Minor(389))));
    assert_eq!((refund.due(), sale.due(), refund.tenders.len()), (Ok(Minor(389)), Ok(Minor(1250)), 1));
    assert_eq!(drawer(&till) - before, 861);
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!() };
    let back = receipt.exchange.unwrap();
    assert_eq!((back.difference.minor, back.lines[0].0.as_str(), receipt.change.minor), (861, "1 × Product bread", 139));
    assert!(!receipt.can_void);
    assert_eq!(anomalies(&till.journal), []);
}

#[test]
fn the_customer_gets_the_difference_back() {
    let mut till = sold(3, &["mug"]);
    let before = drawer(&till);
    let Phase::Unlocked(desk) = &mut till.model.phase else { panic!() };
    let mut config = (*desk.config).clone();
    config.rules.tips.on = true;
    desk.config = std::rc::Rc::new(config);
    exchange(&mut till, &[(0, "1")]);
    till.tap("bread");
    till.send(Event::ChargePressed);
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    let back = tender.exchange.unwrap();
    assert_eq!((tender.remaining.minor, tender.enough, back.difference.minor), (0, true, -861));
    assert_eq!((back.then, tender.tip), (vec!["Give €8.61 back in cash.".to_owned()], None), "nobody is asked for a tip");
    till.send(Event::ExternalSubmitted { reference: "1".into() });
    assert!(till.error().unwrap().contains("Nothing is left"));
    till.send(Event::TenderConfirmed);
    let (refund, sale) = both(&till);
    let given: Vec<_> = refund.tenders.iter().map(|given| (given.kind, given.amount.0)).collect();
    assert_eq!(given, [(TenderKind::Exchange, 389), (TenderKind::Cash, 861)]);
    assert_eq!((sale.tenders.len(), drawer(&till) - before), (1, -861));
    let figures = &till.desk().ledger.shift.as_ref().unwrap().figures;
    let of = |sums: &[(TenderKind, Minor)]| sums.iter().find(|(kind, _)| *kind == TenderKind::Exchange).map(|(_, sum)| sum.0);
    assert_eq!((of(&figures.tenders), of(&figures.refunds.tenders)), (Some(389), Some(389)), "both sides of the Z report");
    assert_eq!(anomalies(&till.journal), []);
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!() };
    let printed = Document::sale(&receipt).blocks;
    let row = |name: &str, amount: &str| Block::Row(name.into(), amount.into(), Weight::Plain);
    for block in [row("1 × Product mug", "−€12.50"), row("Given back in cash", "€8.61"), row("Exchange", "€3.89")] {
        assert!(printed.contains(&block), "{block:?} in {printed:?}");
    }
    assert!(!format!("{printed:?}").contains("back in cash."), "no order to the cashier stands on it");

    // Neither the old sale nor the new one can be voided; the new one can be refunded, in cash.
    till.send(Event::VoidSubmitted("wrong".into()));
    assert!(till.error().unwrap().contains("part of an exchange"));
    till.send(Event::NewSalePressed);
    open_order(&mut till, 1);
    till.send(Event::VoidSubmitted("wrong".into()));
    assert!(till.error().unwrap().contains("refunded already"));
    till.send(Event::OrdersLeft);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundSubmitted("broken".into()));
    let Body::Refund(last) = &till.journal.last().unwrap().body else { panic!("{:?}", till.error()) };
    assert_eq!((last.tenders[0].kind, last.tenders[0].amount), (TenderKind::Cash, Minor(389)));
    assert_eq!((drawer(&till), till.desk().ledger.turnover), (10_000, Minor(0)), "everything went back");
    assert_eq!(anomalies(&till.journal), []);
}

#[test]
fn a_cards_part_is_set_off_before_cash_goes_back() {
    let mut till = TestTill::open(3);
    take_cards(&mut till);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashTyped("2.50".into()));
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.send(Event::NewSalePressed);
    exchange(&mut till, &[(0, "1")]);
    till.tap("bread");
    till.send(Event::ChargePressed);
    till.send(Event::TenderConfirmed);
    let (refund, _) = both(&till);
    let given: Vec<_> = refund.tenders.iter().map(|given| (given.kind, given.amount.0)).collect();
    assert_eq!(given, [(TenderKind::Exchange, 389), (TenderKind::Card, 1000 - 389), (TenderKind::Cash, 250)]);
}

#[test]
fn both_are_written_or_neither_is() {
    let mut till = sold(3, &["mug"]);
    exchange(&mut till, &[(0, "1")]);
    till.tap("bread");
    till.send(Event::ChargePressed);
    let before = till.journal.len();
    till.fail_next = Some(DeviceError::StorageFull);
    till.send(Event::TenderConfirmed);
    assert_eq!((till.journal.len(), till.error()), (before, Some(DeviceError::StorageFull.to_string().as_str())));
    assert!(matches!(till.stage(), Stage::Tendering(_)), "not paid");
    till.send(Event::TenderConfirmed);
    assert_eq!(till.journal.len(), before + 2);
}

#[test]
fn it_survives_a_reload_and_is_done_once() {
    let mut till = sold(3, &["mug", "bread"]);
    exchange(&mut till, &[(0, "1")]);
    till.tap("bread");
    let journal = till.journal.clone();
    let mut again = TestTill::start();
    (again.journal, again.head, again.saved) = (journal, till.head, till.saved.clone());
    again.sign_in(3, config(TaxMode::Inclusive));
    let Stage::Selling(cart) = again.stage() else { panic!("{:?}", again.stage()) };
    assert_eq!((cart.lines().len(), cart.exchange().map(|back| back.wanted.len())), (1, Some(1)));
    // The same goods are not refunded meanwhile, nothing is put aside, and no shift ends over it.
    open_order(&mut again, 0);
    again.send(Event::RefundPressed);
    assert!(again.error().unwrap().contains("exchange is open"));
    again.send(Event::VoidSubmitted("wrong".into()));
    assert!(again.error().unwrap().contains("exchange is open"));
    again.send(Event::OrdersLeft);
    again.send(Event::ParkPressed);
    assert!(again.error().unwrap().contains("exchange is open"));
    again.send(Event::ShiftClosePressed);
    assert!(again.error().unwrap().contains("open orders"));
    // Left, it is a sale like any other.
    again.send(Event::ExchangeLeft);
    again.pay_exact();
    let Body::Sale(sale) = &again.journal.last().unwrap().body else { panic!() };
    assert_eq!((sale.exchange, sale.due()), (None, Ok(Minor(389))));
    // And done, it comes back no second time.
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Receipt(_)), "{:?}", till.error());
    till.send(Event::NewSalePressed);
    open_order(&mut till, 1);
    till.send(Event::RefundPressed);
    till.send(Event::RefundQtyTyped { line: 0, qty: "1".into() });
    assert_eq!(till.error(), Some(RefundFault::TooMuch.to_string().as_str()));
}

#[test]
fn who_may_not_refund_may_not_exchange() {
    let mut till = sold(1, &["mug"]);
    exchange(&mut till, &[(0, "1")]);
    assert!(matches!(&till.desk().panel, Some(Panel::Approval(_))), "a cashier asks");
    till.approve(3);
    let Stage::Selling(cart) = till.stage() else { panic!("{:?}", till.error()) };
    assert!(cart.exchange().is_some());
    let approved =
        till.journal.iter().filter(|entry| matches!(&entry.body, Body::Approved { what, .. } if what.contains("Exchange")));
    assert_eq!(approved.count(), 1);
    till.tap("mug");
    till.pay_exact();
    assert_eq!(both(&till).1.due(), Ok(Minor(1250)));
    assert!(till.effects.iter().any(|effect| matches!(effect, Effect::Sync)));
}

#[test]
fn half_an_exchange_is_found() {
    let mut till = sold(3, &["mug"]);
    exchange(&mut till, &[(0, "1")]);
    till.tap("bread");
    till.pay_exact();
    let whole = till.journal.clone();
    let (refund, sale) = both(&till);
    assert_eq!(Sale { exchange: None, ..sale.clone() }.check(), Err(SaleFault::Tenders));
    assert_eq!(Refund { exchange: None, ..refund.clone() }.check(), Err(RefundFault::Tenders));
    let rewritten = |bodies: Vec<Body>| {
        let mut head =
            Head { shop: ShopId(1), till: TillId(1), epoch: Epoch(1), seq: Seq(0), hash: Hash::of(b"enrolment"), at_ms: 0 };
        let mut journal = Vec::new();
        for (old, body) in whole.iter().zip(bodies) {
            let entry = Entry { seq: head.seq.next(), prev: head.hash, body, ..old.clone() };
            let hash = Hash::of(format!("{entry:?}").as_bytes());
            head = head.check(&entry, hash).unwrap();
            journal.push(entry);
        }
        anomalies(&journal)
    };
    let bodies: Vec<Body> = whole.iter().map(|entry| entry.body.clone()).collect();
    assert_eq!(rewritten(bodies.clone()), []);
    // The refund alone; the sale after something else; one that names another place.
    let alone = bodies[..bodies.len() - 1].to_vec();
    assert!(rewritten(alone).contains(&Anomaly::BadExchange));
    let mut without = bodies.clone();
    let at = without.len() - 2;
    without[at] = Body::NoSale { reason: "change".into() };
    assert!(rewritten(without).contains(&Anomaly::BadExchange));
    let mut elsewhere = bodies;
    if let Some(Body::Sale(sale)) = elsewhere.last_mut() {
        sale.exchange = Some(Seq(2));
    }
    assert!(rewritten(elsewhere).contains(&Anomaly::BadExchange));
}

proptest! {
    #[test]
    fn refund_sale_and_difference_always_balance(
        old in prop::collection::vec(0usize..3, 1..6), new in prop::collection::vec(0usize..3, 1..6),
        percent in 0u32..60, back in 1usize..4, step in prop::sample::select(vec![1i64, 5, 10, 100]), exclusive: bool,
    ) {
        const SKUS: [&str; 3] = ["mug", "bread", "odd"];
        let mode = if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive };
        let currency = Currency { cash_step: Minor(step), ..Currency::eur() };
        let mut till = TestTill::start();
        till.sign_in(3, Config { currency: currency.clone(), ..config(mode) });
        till.send(Event::ShiftOpenSubmitted("100".into()));
        old.iter().for_each(|sku| till.tap(SKUS[*sku]));
        till.send(Event::DiscountSubmitted { line: 0, percent: percent.to_string(), reason: "used".into() });
        till.pay_exact();
        till.send(Event::NewSalePressed);
        let (drawer_before, turnover_before) = (drawer(&till), till.desk().ledger.turnover.0);
        open_order(&mut till, 0);
        till.send(Event::RefundPressed);
        let Stage::History(history) = till.stage() else { panic!() };
        let kinds = history.paid().unwrap().sale.lines.len();
        for line in back.min(kinds)..kinds {
            till.send(Event::RefundQtyTyped { line, qty: "0".into() });
        }
        till.send(Event::ExchangeSubmitted("wrong".into()));
        new.iter().for_each(|sku| till.tap(SKUS[*sku]));
        till.pay_exact();
        if !matches!(till.stage(), Stage::Receipt(_)) {
            till.send(Event::TenderConfirmed);
        }
        let (refund, sale) = both(&till);
        prop_assert_eq!((refund.check(), sale.check()), (Ok(()), Ok(())));
        prop_assert_eq!(set_off_by(refund), paid_by_return(sale));
        let set_off = set_off_by(refund).unwrap();
        prop_assert_eq!(set_off, refund.totals.gross.min(sale.totals.gross));
        // What moved is the difference, but for what cash rounding says that it added.
        let moved = drawer(&till) - drawer_before;
        let difference = sale.totals.gross.0 - refund.totals.gross.0;
        prop_assert_eq!(moved, difference + sale.rounding.0 - refund.rounding.0);
        // Each end of what comes back is rounded by at most half a coin.
        let most = if step > 1 { step } else { 0 };
        prop_assert!((moved - difference).abs() <= most);
        prop_assert_eq!(till.desk().ledger.turnover.0 - turnover_before, moved);
        prop_assert_eq!(anomalies(&till.journal), []);
    }
}
