//! Refunds as they arrive: listed, net in the sums, held against the sale of whichever till, and never refused.

use barrow_core::{
    ids::{Epoch, PaymentId, SaleId, Seq, StaffId, TillId},
    journal::Body,
    ledger::Paid,
    money::{Currency, Milli, Minor},
    reason::Reason,
    refund::Refund,
    sale::Sale,
    tender::TenderKind,
};
use serde_json::{Value, json};

use super::{
    cards::states,
    support::{
        Backend, Office, Place,
        processor::FakeProcessor,
        till::{Till, payment_id, sale},
        until,
    },
};

/// What comes of giving `pieces` of the only line of `sale` back, of which `before` had come back.
fn refund(till: &Till, id: SaleId, sale: Sale, before: i64, pieces: i64) -> Refund {
    let paid = Paid {
        id,
        at_ms: 0,
        staff: None,
        sale,
        voided: false,
        returned: vec![Milli::pieces(before)],
        proof: None,
        exchanged: None,
        copies: 0,
        hash: None,
    };
    let reason = Reason::parse("damaged").unwrap();
    Refund::of(&paid, &[(0, Milli::pieces(pieces))], &Currency::eur(), &reason, Minor(till.turnover)).unwrap()
}

fn give_back(till: &mut Till, refund: Refund) -> Seq {
    till.turnover = refund.turnover.0;
    till.append_by(StaffId(2), Body::Refund(refund))
}

/// Gives one of the two pieces back that were sold at `seq`.
pub fn refund_one(till: &mut Till, seq: Seq, unit_minor: i64) {
    let refund = refund(till, id(till, seq), sale(unit_minor, 0), 0, 1);
    give_back(till, refund);
}

/// What comes of giving one of the two pieces back that were sold at `seq`; its turnover counts.
pub fn refund_of(till: &mut Till, seq: Seq, unit_minor: i64) -> Refund {
    let refund = refund(till, id(till, seq), sale(unit_minor, 0), 0, 1);
    till.turnover = refund.turnover.0;
    refund
}

fn id(till: &Till, seq: Seq) -> SaleId {
    SaleId { till: till.head.till, epoch: till.head.epoch, seq }
}

fn listed(office: &Office, id: &str) -> Value {
    office.get("sales").into_iter().find(|sale| sale["id"] == id).unwrap()
}

fn sum(office: &Office) -> i64 {
    office.get("sales").iter().map(|sale| sale["total_minor"].as_i64().unwrap()).sum()
}

pub fn refunds_are_listed_and_sums_are_net_of_them(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let seq = till.sell(249);
    till.sell(100);
    let (sold, of) = (sale(249, 498), id(&till, seq));
    let first = refund(&till, of, sold.clone(), 0, 1);
    give_back(&mut till, first);
    till.deliver();
    till.deliver();
    assert_eq!(office.alerts(), Vec::<String>::new());
    let row = listed(&office, "1-1-4");
    assert_eq!(
        (row["kind"].as_str(), row["of"].as_str(), row["reason"].as_str()),
        (Some("refund"), Some("1-1-2"), Some("damaged"))
    );
    assert_eq!((row["total_minor"].as_i64(), row["staff"].as_str()), (Some(-249), Some("Supervisor")));
    let line = &row["lines"][0];
    assert_eq!(
        (line["qty_milli"].as_i64(), line["of_line"].as_i64(), line["gross_minor"].as_i64()),
        (Some(-1000), Some(0), Some(-249))
    );
    assert_eq!((row["tenders"][0]["kind"].as_str(), row["tenders"][0]["amount_minor"].as_i64()), (Some("cash"), Some(-249)));
    assert_eq!((listed(&office, "1-1-2")["kind"].as_str(), listed(&office, "1-1-2")["of"].as_str()), (Some("sale"), None));
    assert_eq!(sum(&office), 498 + 200 - 249);
    let second = refund(&till, of, sold, 1, 1);
    give_back(&mut till, second);
    till.deliver();
    assert_eq!((office.alerts(), sum(&office)), (Vec::new(), 200), "to the cent");
    let figures = |shift: &Value| {
        ["sales", "gross_minor", "refunds", "refunded_minor", "expected_minor"].map(|f| shift[f].as_i64().unwrap())
    };
    let shift = &office.get("reports/shifts")[0];
    assert_eq!(figures(shift), [2, 698, 2, 498, 10_000 + 200]);
    assert_eq!(shift["refund_tenders"], json!([{"kind": "cash", "amount_minor": 498}]));
    assert_eq!(shift["refund_taxes"][0]["tax_minor"].as_i64().unwrap() + shift["refunded_net_minor"].as_i64().unwrap(), 498);
    let trail = office.get("audit?topic=sales");
    assert!(trail.iter().any(|row| row["what"].as_str().unwrap().starts_with("Refunded €2.49 of sale 1-1-2, 1 × Espresso")));
}

pub fn the_same_goods_come_back_once_across_tills(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    let mut other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    till.open_shift();
    other.open_shift();
    other.sell(1000);
    let seq = till.sell(300);
    let (sold, of) = (sale(300, 600), id(&till, seq));
    let here = refund(&till, of, sold.clone(), 0, 2);
    give_back(&mut till, here);
    till.deliver();
    // The other till does not know of it: it is told, and counted, because the money is gone.
    let there = refund(&other, of, sold.clone(), 0, 1);
    let at = give_back(&mut other, there);
    let ack = other.deliver();
    assert_eq!(ack.seq, at);
    assert_eq!(office.alerts(), [format!("double-refund@{at}")]);
    assert_eq!(
        office.get("alerts")[0]["detail"],
        format!(
            "Of sale {of}, 1 × Espresso, single came back for €3.00, but of 2 sold 2 had come back before, perhaps at another till. \
             It is counted, because the money is gone."
        )
    );
    assert_eq!(listed(&office, &id(&other, at).to_string())["flags"], json!(["double-refund"]));
    assert_eq!(sum(&office), 2000 - 300);

    // A sale that never was; one of other lines; figures that do not follow; a sale that was voided.
    let unknown = refund(&till, SaleId { till: TillId(1), epoch: Epoch(9), seq: Seq(2) }, sold.clone(), 0, 1);
    let a = give_back(&mut till, unknown);
    let next = till.sell(500);
    let other_lines = refund(&till, id(&till, next), sold, 0, 1);
    let b = give_back(&mut till, other_lines);
    let mut dearer = refund(&till, id(&till, next), sale(500, 0), 0, 1);
    dearer.totals.gross.0 += 1;
    dearer.tenders[0].amount.0 += 1;
    dearer.turnover.0 -= 1;
    let c = give_back(&mut till, dearer);
    let voided = till.sell(700);
    till.void(voided, 1400, 1400);
    let late = refund(&till, id(&till, voided), sale(700, 0), 0, 1);
    let d = give_back(&mut till, late);
    // And the reverse: what was refunded is not voided.
    let last = till.sell(100);
    let part = refund(&till, id(&till, last), sale(100, 0), 0, 1);
    give_back(&mut till, part);
    let e = till.void(last, 200, 200);
    let ack = till.deliver();
    assert_eq!(ack.seq, e, "none is refused");
    let mut alerts = office.alerts();
    alerts.retain(|alert| !alert.starts_with("double-refund"));
    alerts.sort();
    let mut expected = vec![
        format!("bad-refund@{a}"),
        format!("bad-refund@{b}"),
        format!("bad-refund@{c}"),
        format!("bad-refund@{d}"),
        format!("bad-void@{e}"),
    ];
    expected.sort();
    assert_eq!(alerts, expected);
}

pub fn a_card_gets_back_what_it_paid(backend: &Backend) {
    let processor = FakeProcessor::start();
    let server = Place::new(backend).serve_with(&["--processor", &processor.url(), "--processor-timeout", "1"]);
    let office = server.office();
    let mut till = Till::enrol(&server, &server.codes().enrol);
    till.open_shift();
    let payments: [PaymentId; 2] = [payment_id(), payment_id()];
    let seqs = payments.map(|payment| till.sell_by_card(500, payment));
    for payment in payments {
        until("it is decided", || {
            states(&server).get(&payment.to_string()).is_some_and(|state| state == "approved") || {
                till.deliver();
                false
            }
        });
    }
    let by_card = |till: &mut Till, index: usize, pieces: i64| {
        let mut refund = refund(till, id(till, seqs[index]), sale(500, 0), 0, pieces);
        refund.tenders[0].kind = TenderKind::Card;
        refund.tenders[0].payment = Some(payments[index]);
        give_back(till, refund)
    };
    by_card(&mut till, 0, 2);
    let part = by_card(&mut till, 1, 1);
    till.deliver();
    until("all of the first is taken back", || states(&server)[&payments[0].to_string()] == "reversed");
    assert_eq!(states(&server)[&payments[1].to_string()], "approved", "no processor gives a part back by itself");
    assert_eq!(office.alerts(), [format!("card-refund@{part}")], "so somebody is told");
    let row = listed(&office, &id(&till, part).to_string());
    assert_eq!(row["tenders"][0]["payment"], payments[1].to_string());
}
