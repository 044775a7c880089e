//! Receipts' codes: what stands in them, how another till takes them, and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    bytes::{Blob, Hash},
    config::{Config, TillKey},
    device::DeviceError,
    ids::{Epoch, SaleId, Seq, ShopId, TillId},
    journal::{Body, LockCause},
    money::{Milli, Minor},
    proof::{BadReceipt, PROOF_BYTES_MAX, ReceiptProof, SignedProof, link::Link, text},
    refund::{Refund, RefundFault},
    sale::{Sale, SaleLine, Totals},
    tax::{self, Ppm, Tax, TaxMode},
    tender::{Reference, Tender, TenderKind},
    till::{Effect, Event, Stage, Step},
    view::{Screen, view},
};
use common::{TestTill, config, show_card, take_cards};
use proptest::prelude::*;

const LINK: [u8; 70] = [0xa5; 70];

/// The key of the first till's first life, in the configuration of both.
fn keyed(till: u64, name: &str) -> Config {
    let key = |till, name: &str| TillKey {
        till: TillId(till),
        epoch: Epoch(1),
        name: name.into(),
        key: Blob(vec![till as u8; 65]),
        revoked: false,
    };
    Config {
        till: TillId(till),
        till_name: name.into(),
        tills: vec![key(1, "Till 1"), key(2, "Till 2")],
        ..config(TaxMode::Inclusive)
    }
}

/// A manager's till with a shift open.
fn till(id: u64) -> TestTill {
    let mut till = TestTill::start();
    till.head.till = TillId(id);
    till.sign_in(3, keyed(id, &format!("Till {id}")));
    till.send(Event::ShiftOpenSubmitted("100".into()));
    till
}

/// The last sale's code. The core looks at no signature itself.
fn code(till: &TestTill) -> String {
    let committed = till.committed();
    let sold = committed.iter().rev().find(|done| matches!(done.entry.body, Body::Sale(_))).unwrap();
    let Body::Sale(sale) = &sold.entry.body else { unreachable!() };
    let id = SaleId { till: sold.entry.till, epoch: sold.entry.epoch, seq: sold.entry.seq };
    coded(&ReceiptProof::of(sold.entry.shop, id, sold.hash, sold.entry.at_ms, sale))
}

fn coded(proof: &ReceiptProof) -> String {
    text::write("https://shop.example:8080", &LINK, &SignedProof { payload: proof.to_bytes(), signature: [7; 64] })
}

/// Scans a code, lets the till read its journal, and answers whether the signature is the key's.
fn scan(till: &mut TestTill, code: &str, genuine: bool) {
    till.effects.clear();
    till.send(Event::Scanned(code.into()));
    if till.effects.contains(&Effect::ReadJournal) {
        let read = till.committed();
        till.send(Event::JournalRead(Ok(read)));
    }
    let asked = till.effects.iter().find_map(|effect| match effect {
        Effect::VerifyReceipt { key, signed } => Some((key.clone(), signed.clone())),
        _ => None,
    });
    if let Some((key, signed)) = asked {
        assert_eq!(key, Blob(vec![1; 65]), "the key of the till that made it");
        till.send(Event::ReceiptVerified { signed: Box::new(signed), result: Ok(genuine) });
    }
}

fn give_back(till: &mut TestTill, quantities: &[(usize, &str)]) {
    till.send(Event::RefundPressed);
    till.send(Event::RefundAllChosen(false));
    for (line, qty) in quantities {
        till.send(Event::RefundQtyTyped { line: *line, qty: (*qty).into() });
    }
    till.send(Event::RefundSubmitted("broken".into()));
}

fn refunds(till: &TestTill) -> Vec<&Refund> {
    till.journal.iter().filter_map(|entry| if let Body::Refund(refund) = &entry.body { Some(refund) } else { None }).collect()
}

fn checked(till: &TestTill) -> Option<String> {
    match view(&till.model).screen {
        Screen::History(history) => history.order.and_then(|order| order.checked),
        _ => None,
    }
}

/// The first till sells two mugs, at a discount, and a bread.
fn sold() -> TestTill {
    let mut till = till(1);
    for sku in ["mug", "mug", "bread"] {
        till.tap(sku);
    }
    till.send(Event::DiscountSubmitted { line: 0, percent: "15".into(), reason: "staff".into() });
    till.pay_exact();
    till
}

#[test]
fn another_till_gives_a_line_back_by_the_receipt_alone() {
    let (a, mut b) = (sold(), till(2));
    let code = code(&a);
    scan(&mut b, &code, true);
    assert_eq!(checked(&b).as_deref(), Some("Checked: signed by Till 1."));
    let Screen::History(history) = view(&b.model).screen else { panic!() };
    let order = history.order.unwrap();
    assert_eq!((order.receipt.lines.len(), order.receipt.total.minor, order.receipt.can_void), (2, 2125 + 389, false));
    assert_eq!(order.receipt.lines[0].name, "Product mug", "by its own catalogue");
    assert_eq!(order.receipt.staff, "", "who sold stands in no code");

    give_back(&mut b, &[(0, "1")]);
    let refund = refunds(&b)[0];
    assert_eq!((refund.of.till, refund.due()), (TillId(1), Ok(Minor(1063))), "half of what both came to");
    assert_eq!((refund.tenders[0].kind, refund.check()), (TenderKind::Cash, Ok(())));
    let Body::Sale(sale) = &a.journal.iter().find(|entry| matches!(entry.body, Body::Sale(_))).unwrap().body else { panic!() };
    assert!(refund.fits(sale));
    let drawer = b.desk().ledger.shift.as_ref().unwrap().expected_cash().unwrap();
    assert_eq!((drawer, b.desk().ledger.turnover), (Minor(10_000 - 1063), Minor(-1063)));

    // The same piece again, at once and after the list was left: no more than is left.
    for _ in 0..2 {
        scan(&mut b, &code, true);
        b.send(Event::RefundPressed);
        b.send(Event::RefundQtyTyped { line: 0, qty: "2".into() });
        assert_eq!(b.error(), Some(RefundFault::TooMuch.to_string().as_str()));
        b.send(Event::OrderLeft);
        b.send(Event::OrderLeft);
        b.send(Event::OrdersLeft);
    }
    scan(&mut b, &code, true);
    // The page goes away in the middle, and with it the receipt that was scanned.
    b.send(Event::RefundPressed);
    b.send(Event::LockPressed(LockCause::Button));
    b.sign_in(3, keyed(2, "Till 2"));
    b.send(Event::JournalRead(Ok(b.committed())));
    b.send(Event::RefundQtyTyped { line: 0, qty: "2".into() });
    assert_eq!(b.error(), Some(RefundFault::TooMuch.to_string().as_str()), "what came back counts once");
    give_back(&mut b, &[(0, "1"), (1, "1")]);
    assert_eq!(refunds(&b)[1].due(), Ok(Minor(1062 + 389)), "to the cent, in two parts");
    scan(&mut b, &code, true);
    b.send(Event::RefundPressed);
    assert_eq!(b.error(), Some(RefundFault::TooMuch.to_string().as_str()), "nothing is left");
    b.send(Event::VoidSubmitted("wrong".into()));
    assert!(!b.journal.iter().any(|entry| matches!(entry.body, Body::SaleVoided(_))), "another till's sale is not voided here");
}

#[test]
fn what_is_not_genuine_or_not_ours_is_refused_with_a_sentence() {
    let a = sold();
    let good = code(&a);
    let (proof, _) = text::read(&good).unwrap();
    let refused = |b: &mut TestTill, code: &str, genuine: bool, why: BadReceipt| {
        scan(b, code, genuine);
        assert_eq!(b.error(), Some(why.to_string().as_str()));
        assert_eq!(checked(b), None);
        give_back(b, &[(0, "1")]);
        assert!(refunds(b).is_empty());
        b.send(Event::OrdersLeft);
    };
    let mut b = till(2);
    refused(&mut b, &good, false, BadReceipt::Forged);
    let change = |change: fn(&mut ReceiptProof)| {
        let mut other = proof.clone();
        change(&mut other);
        coded(&other)
    };
    refused(&mut b, &change(|proof| proof.shop = ShopId(2)), true, BadReceipt::OtherShop);
    refused(&mut b, &change(|proof| proof.currency = "USD".into()), true, BadReceipt::OtherCurrency);
    refused(&mut b, &change(|proof| proof.sale.till = TillId(9)), true, BadReceipt::UnknownTill);
    refused(&mut b, &change(|proof| proof.gross.0 += 1), true, BadReceipt::Unreadable);
    let cut: String = good.chars().take(good.len() - 20).collect();
    refused(&mut b, &cut, true, BadReceipt::Unreadable);
    let mut revoked = keyed(2, "Till 2");
    revoked.version = 2;
    revoked.tills[0].revoked = true;
    b.send(Event::ConfigArrived(Box::new(revoked)));
    refused(&mut b, &good, true, BadReceipt::Revoked);
    // WebCrypto that does not answer, and an answer about a receipt that nobody looks at any more.
    let mut b = till(2);
    b.send(Event::Scanned(good.clone()));
    let read = b.committed();
    b.send(Event::JournalRead(Ok(read)));
    let (_, signed) = text::read(&good).unwrap();
    let other = SignedProof { signature: [8; 64], ..signed.clone() };
    b.send(Event::ReceiptVerified { signed: Box::new(other), result: Ok(true) });
    assert_eq!(checked(&b), None);
    b.send(Event::ReceiptVerified { signed: Box::new(signed), result: Err(DeviceError::Damaged) });
    assert_eq!((checked(&b), b.error()), (None, Some(DeviceError::Damaged.to_string().as_str())));
}

#[test]
fn a_till_finds_its_own_sale_by_its_receipt() {
    let mut a = sold();
    let good = code(&a);
    scan(&mut a, &good, false);
    let Stage::History(history) = a.stage() else { panic!("{:?}", a.stage()) };
    let opened = history.opened.as_ref().unwrap();
    assert_eq!((opened.sale.till, &opened.step), (TillId(1), &Step::Shown), "its own journal is asked, no signature");
    assert_eq!(checked(&a), None);
    assert!(a.effects.contains(&Effect::MakeReceiptCode(opened.sale)), "its code is made, should it be printed again");
    let (mut dearer, _) = text::read(&good).unwrap();
    dearer.lines.as_mut().unwrap()[0].qty = Milli::pieces(9);
    scan(&mut a, &coded(&dearer), true);
    assert_eq!(a.error(), Some(BadReceipt::Forged.to_string().as_str()), "and tells an altered code");
    // While a payment is taken, and while something is open over the screen, nothing changes.
    a.send(Event::OrdersLeft);
    a.tap("mug");
    a.send(Event::ChargePressed);
    scan(&mut a, &good, true);
    assert!(matches!(a.stage(), Stage::Tendering(_)) && a.error().unwrap().contains("Finish this sale"));
}

#[test]
fn the_code_comes_after_the_sale_is_paid_and_stands_on_its_receipt() {
    let a = sold();
    let Stage::Receipt(paid) = a.stage() else { panic!() };
    let id = paid.id;
    assert!(a.effects.contains(&Effect::MakeReceiptCode(id)));
    let mut a = a;
    let qr = |till: &TestTill| match view(&till.model).screen {
        Screen::Receipt(receipt) => receipt.qr,
        _ => None,
    };
    assert_eq!(qr(&a), None, "paid, and nothing waits for a code");
    a.send(Event::ReceiptCoded { sale: SaleId { seq: Seq(99), ..id }, code: Some("OTHER".into()) });
    assert_eq!(qr(&a), None);
    a.send(Event::ReceiptCoded { sale: id, code: Some("CODE".into()) });
    assert_eq!(qr(&a).as_deref(), Some("CODE"));
}

#[test]
fn a_terminal_and_a_card_get_back_what_they_paid_at_another_till() {
    let mut a = till(1);
    take_cards(&mut a);
    a.tap("mug");
    a.send(Event::ChargePressed);
    a.send(Event::CashTyped("2.50".into()));
    show_card(&mut a, |_| {});
    a.send(Event::TenderConfirmed);
    let by_card = code(&a);
    a.send(Event::NewSalePressed);
    a.tap("bread");
    a.send(Event::ChargePressed);
    a.send(Event::ExternalSubmitted { reference: "T-12/7".into() });
    let by_terminal = code(&a);
    let (proof, _) = text::read(&by_card).unwrap();
    assert!(!format!("{proof:?}").contains("B1234"), "no reader, no token, nothing sealed");

    let mut b = till(2);
    scan(&mut b, &by_card, true);
    give_back(&mut b, &[(0, "1")]);
    scan(&mut b, &by_terminal, true);
    give_back(&mut b, &[(0, "1")]);
    let given: Vec<_> = refunds(&b).iter().flat_map(|refund| &refund.tenders).map(|given| (given.kind, given.amount.0)).collect();
    assert_eq!(given, [(TenderKind::Card, 1000), (TenderKind::Cash, 250), (TenderKind::External, 389)]);
    assert_eq!(refunds(&b)[1].tenders[0].reference.as_deref(), Some("T-12/7"));
    assert!(refunds(&b)[0].card_payments().count() == 1 && refunds(&b).iter().all(|refund| refund.check().is_ok()));
}

#[test]
fn the_limit_and_the_role_hold_for_another_tills_sale_too() {
    let mut a = till(1);
    for _ in 0..9 {
        a.tap("mug");
    }
    a.pay_exact();
    let code = code(&a);
    let mut b = TestTill::start();
    b.head.till = TillId(2);
    b.sign_in(2, keyed(2, "Till 2"));
    b.send(Event::ShiftOpenSubmitted("100".into()));
    scan(&mut b, &code, true);
    give_back(&mut b, &[(0, "9")]);
    assert!(refunds(&b).is_empty(), "above a supervisor's limit");
    b.approve(3);
    assert_eq!(refunds(&b).len(), 1, "a manager approved it: {:?}", b.error());
}

#[test]
fn a_refund_that_does_not_follow_from_its_proof_is_known() {
    let (a, mut b) = (sold(), till(2));
    scan(&mut b, &code(&a), true);
    give_back(&mut b, &[(0, "1")]);
    let good = refunds(&b)[0].clone();
    let wrong = |change: fn(&mut Refund)| {
        let mut other = good.clone();
        change(&mut other);
        other.check()
    };
    assert_eq!(good.check(), Ok(()));
    for change in [
        (|refund| refund.lines[0].sold.qty = Milli::pieces(3)) as fn(&mut Refund),
        |refund| refund.lines[0].sold.sku = "bread".into(),
        |refund| refund.lines[0].sold.price.0 += 1,
        |refund| refund.lines[0].line = 1,
        |refund| refund.of.seq = Seq(1),
        |refund| refund.proof = Some(Blob(vec![1; 90])),
        // Without it, the line's price has to follow from its price of one, and that it does not.
        |refund| refund.proof = None,
    ] {
        assert!(wrong(change).is_err());
    }
}

#[test]
fn a_usual_sale_is_short_and_a_long_one_is_stated_by_its_totals() {
    let mut a = till(1);
    for sku in ["mug", "bread", "odd", "free", "mug"] {
        a.tap(sku);
    }
    a.pay_exact();
    let (proof, signed) = text::read(&code(&a)).unwrap();
    assert!(signed.to_bytes().len() <= 220, "{} bytes", signed.to_bytes().len());
    let line = |n: usize| line(&format!("a-rather-long-sku-{n}"), 1000, 100 + n as i64, 190_000, TaxMode::Inclusive);
    let many = sale((0..60).map(line).collect(), TaxMode::Inclusive);
    let long = ReceiptProof::of(ShopId(1), proof.sale, Hash::default(), 0, &many);
    assert!(long.lines.is_none() && long.to_bytes().len() < 100);
    let mut b = till(2);
    scan(&mut b, &coded(&long), true);
    assert!(checked(&b).unwrap().contains("too many lines"));
    b.send(Event::RefundPressed);
    assert_eq!(b.error(), Some(RefundFault::TooMuch.to_string().as_str()));
}

#[test]
fn scanners_that_are_set_for_another_keyboard_are_read() {
    let good = code(&sold());
    let read = text::read(&good).unwrap();
    for garbled in [
        good.to_lowercase(),
        good.replace(':', ">").replace('/', "-").replace('#', "§"),
        format!("]Q3{good}\n"),
        good.rsplit('#').next().unwrap().to_owned(),
    ] {
        assert!(text::is_code(&garbled), "{garbled}");
        assert_eq!(text::read(&garbled).unwrap(), read);
    }
    for other in ["", "4006381333931", "https://id.gs1.org/01/09506000134352/10/ABC123", "1-1-7", &"ö".repeat(200)] {
        assert!(!text::is_code(other), "{other}");
    }
}

#[test]
fn a_link_names_its_sale_and_fits_no_other() {
    let entry = Hash::of(b"entry");
    let link = Link::to(SaleId { till: TillId(300), epoch: Epoch(2), seq: Seq(70_000) }, &entry);
    assert_eq!(Link::read(&link.to_bytes()), Some(link));
    assert!(link.is_to(&entry) && !link.is_to(&Hash::of(b"other")));
    assert_eq!(Link::read(&link.to_bytes()[..link.to_bytes().len() - 1]), None);
    assert_eq!(Link::read(&[link.to_bytes(), vec![0]].concat()), None);
}

fn line(sku: &str, qty: i64, price: i64, rate: u32, mode: TaxMode) -> SaleLine {
    let tax = Tax { code: format!("T{rate}"), name: String::new(), rate: Ppm(rate) };
    let split = tax::split(Minor(price), &[tax], mode).unwrap();
    SaleLine {
        sku: sku.into(),
        name: String::new(),
        qty: Milli(qty),
        unit: Minor::ZERO,
        list_unit: None,
        measure: None,
        extras: Vec::new(),
        note: None,
        promotion: None,
        discount: None,
        order_off: Minor::ZERO,
        price: Minor(price),
        net: split.net,
        taxes: split.taxes,
        gross: split.gross,
    }
}

fn sale(lines: Vec<SaleLine>, tax_mode: TaxMode) -> Sale {
    let totals = Totals::of(&lines).unwrap();
    let reference = Reference::parse("S-1").unwrap();
    Sale {
        currency: "EUR".into(),
        tax_mode,
        lines,
        totals,
        rounding: Minor::ZERO,
        tenders: vec![Tender::external(totals.gross, &reference)],
        turnover: Minor::ZERO,
        discount: None,
        note: None,
        customer: None,
        exchange: None,
        gifts: Vec::new(),
        tip: Minor::ZERO,
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_nothing_else(
        goods in prop::collection::vec(("[a-z0-9-]{1,20}", 1i64..100_000, 0i64..10_000_000, 0u32..300_000), 0..12),
        inclusive: bool, seq in 1u64..10_000_000, at_ms in 0i64..4_000_000_000_000, flip in 0usize..600, bit in 0u8..8,
    ) {
        let mode = if inclusive { TaxMode::Inclusive } else { TaxMode::Exclusive };
        let sale = sale(goods.iter().map(|(sku, qty, price, rate)| line(sku, *qty, *price, *rate, mode)).collect(), mode);
        let id = SaleId { till: TillId(3), epoch: Epoch(1), seq: Seq(seq) };
        let proof = ReceiptProof::of(ShopId(1), id, Hash::of(&seq.to_be_bytes()), at_ms, &sale);
        let code = coded(&proof);
        let (read, signed) = text::read(&code).unwrap();
        prop_assert!(signed.to_bytes().len() <= PROOF_BYTES_MAX);
        prop_assert_eq!(&read, &proof);
        if proof.lines.is_some() {
            let stated = read.sale(str::to_owned).unwrap();
            prop_assert_eq!(stated.totals, sale.totals);
            prop_assert!(stated.lines.iter().zip(&sale.lines).all(|(a, b)| a.is_alike(b)));
        }
        // One bit of what is signed: it reads as something else, or as nothing.
        let mut bytes = proof.to_bytes();
        let place = flip % bytes.len();
        bytes[place] ^= 1 << bit;
        prop_assert!(ReceiptProof::from_bytes(&bytes).map_or(true, |other| other != proof && other.to_bytes() == bytes));
    }

    #[test]
    fn no_bytes_and_no_text_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,300}") {
        let _ = SignedProof::read(&[&[1u8], bytes.as_slice()].concat());
        let _ = text::read(&text);
        let _ = Link::read(&bytes);
        prop_assert_eq!(text::decode(&text::encode(&bytes)), Some(bytes));
    }
}

/// Frozen: what stands on paper stays readable. If this fails, the code is wrong.
#[test]
fn a_proof_of_the_first_version_is_what_it_was() {
    let mut sale = sale(
        vec![line("COF-1", 2000, 480, 190_000, TaxMode::Inclusive), line("BAG", 350, 123, 70_000, TaxMode::Inclusive)],
        TaxMode::Inclusive,
    );
    sale.tenders.push(Tender::cash(Minor(100), Minor(200)).unwrap());
    let id = SaleId { till: TillId(2), epoch: Epoch(1), seq: Seq(258) };
    let proof = ReceiptProof::of(ShopId(7), id, Hash([0x5a; 32]), 1_700_000_000_000, &sale);
    let hex: String = proof.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let frozen = "0107020182025a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a80d095ffbc3103455552028c08b609000202b60903532d31\
                  00c80102010754313930303030b0cc0b0106543730303030f0a2040205434f462d31d00fc0070003424147de02f60101";
    assert_eq!(hex, frozen);
    assert_eq!(ReceiptProof::from_bytes(&proof.to_bytes()), Ok(proof));
}
