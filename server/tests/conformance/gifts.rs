//! Gift cards on the server: one ledger of all tills' entries, in any order; nothing is refused, and what does not fit is told.

use barrow_core::{
    bytes::Blob,
    gift::{GiftBack, GiftCode, GiftPaid, GiftRef, GiftSold},
    ids::{Epoch, SaleId, Seq, StaffId, TillId},
    journal::{Alert, Body},
    ledger::Paid,
    money::{Currency, Milli, Minor},
    reason::Reason,
    refund::Refund,
    sale::Void,
    tender::Tender,
    wire::{Batch, FORMAT, GiftReply, GiftRequest},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
};
use serde_json::{Value, json};

use super::support::{
    Backend, Office,
    till::{Till, sale},
};

fn code(n: u8) -> GiftCode {
    GiftCode::of([n; 12])
}

fn card(till: &Till, n: u8) -> GiftRef {
    code(n).reference(&till.config.gifts.as_ref().unwrap().key.0)
}

/// Sells two pieces at `unit_minor`, and money for cards; of what it comes to, `gifts` pay their parts and cash the rest.
fn sell(till: &mut Till, unit_minor: i64, loads: &[(u8, i64)], gifts: &[(u8, i64)], tip: i64) -> Seq {
    till.turnover += unit_minor * 2;
    let mut sold = sale(unit_minor, till.turnover);
    sold.tip = Minor(tip);
    sold.gifts = loads
        .iter()
        .map(|(n, amount)| GiftSold {
            card: card(till, *n),
            last4: code(*n).last4(),
            amount: Minor(*amount),
            top_up: false,
            until_ms: None,
        })
        .collect();
    let due = sold.due().unwrap();
    let mut rest = due.0;
    sold.tenders = gifts
        .iter()
        .map(|(n, amount)| {
            rest -= amount;
            Tender::gift(Minor(*amount), GiftPaid { card: card(till, *n), last4: code(*n).last4(), offline: true })
        })
        .collect();
    if rest > 0 {
        sold.tenders.push(Tender::cash(Minor(rest), Minor(rest)).unwrap());
    }
    assert_eq!(sold.check(), Ok(()));
    till.append_by(StaffId(1), Body::Sale(sold))
}

fn id(till: &Till, seq: Seq) -> SaleId {
    SaleId { till: till.head.till, epoch: till.head.epoch, seq }
}

fn void(till: &mut Till, seq: Seq, due: i64, outside: i64) -> Seq {
    till.turnover -= due - outside;
    let sale = id(till, seq);
    let void = Void { sale, reason: "wrong".into(), due: Minor(due), outside: Minor(outside), turnover: Minor(till.turnover) };
    till.append_by(StaffId(2), Body::SaleVoided(void))
}

/// What the server says is on a card, its signature checked.
fn ask(till: &Till, n: u8) -> GiftReply {
    let request = GiftRequest { v: FORMAT, card: card(till, n), nonce: Blob(vec![5; 16]) };
    let answer = till.post_bytes(&till.path("gift"), &cbor::to_vec(&request).unwrap());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let payload = cose::verify_message(&till.record.server_key.0, Domain::Gift, &answer.body).unwrap();
    let reply: GiftReply = cbor::from_slice(&payload).unwrap();
    assert_eq!((reply.till, reply.card, &reply.nonce), (till.head.till, request.card, &request.nonce));
    reply
}

/// Alerts that nobody has dealt with, as `kind@seq`, sorted.
fn open_alerts(office: &Office) -> Vec<String> {
    let open = office.get("alerts").into_iter().filter(|alert| alert["answered"].is_null());
    let mut list: Vec<String> = open.map(|alert| format!("{}@{}", alert["kind"].as_str().unwrap(), alert["seq"])).collect();
    list.sort();
    list
}

fn gifts(office: &Office) -> Value {
    office.answer("gifts").json()
}

fn of(office: &Office, n: u8) -> Value {
    let last4 = code(n).last4();
    gifts(office)["cards"].as_array().unwrap().iter().find(|card| card["last4"] == last4).unwrap().clone()
}

pub fn a_gift_cards_balance_is_the_sum_of_all_tills_entries(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    let mut other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    assert_eq!(card(&till, 1), card(&other, 1), "the same card everywhere");
    till.open_shift();
    other.open_shift();
    let sold = sell(&mut till, 100, &[(1, 5000), (2, 1000)], &[], 0);
    let paid = sell(&mut other, 500, &[], &[(1, 800)], 0);
    other.deliver();
    // The card's own sale has not arrived yet.
    assert_eq!(ask(&other, 1).balance, None);
    assert_eq!(open_alerts(&office), [format!("gift-unknown@{paid}")]);
    assert_eq!(of(&office, 1)["state"], "unknown");
    till.deliver();
    till.deliver();
    assert_eq!(open_alerts(&office), Vec::<String>::new(), "the card's sale has come");
    let reply = ask(&other, 1);
    assert_eq!((reply.balance, reply.upto, reply.blocked), (Some(Minor(4200)), paid, false));
    assert_eq!(ask(&till, 9).balance, None);
    assert_eq!(gifts(&office)["liability_minor"], 4200 + 1000);
    // A void puts back; a refund puts back; credit is a card of its own.
    void(&mut other, paid, 1000, 0);
    let again = sell(&mut other, 500, &[], &[(1, 1000)], 0);
    let body = |till: &Till, n: u8, credit: bool, seq: Seq| {
        let mut of = sale(500, 0);
        of.tenders = vec![Tender::gift(Minor(1000), GiftPaid { card: card(till, 1), last4: code(1).last4(), offline: true })];
        let paid = Paid {
            id: id(till, seq),
            at_ms: 0,
            staff: None,
            sale: of,
            voided: false,
            returned: vec![Milli::pieces(i64::from(credit))],
            proof: None,
            exchanged: None,
            copies: 0,
            hash: None,
        };
        let reason = Reason::parse("damaged").unwrap();
        let refund = Refund::of(&paid, &[(0, Milli::pieces(1))], &Currency::eur(), &reason, Minor(till.turnover)).unwrap();
        let back = GiftBack { card: card(till, n), last4: code(n).last4(), credit: true, until_ms: None };
        if credit { refund.as_credit(back).unwrap() } else { refund }
    };
    for credit in [false, true] {
        let refund = body(&other, 3, credit, again);
        other.turnover = refund.turnover.0;
        other.append_by(StaffId(2), Body::Refund(refund));
    }
    other.deliver();
    assert_eq!(open_alerts(&office), Vec::<String>::new());
    assert_eq!(ask(&till, 1).balance, Some(Minor(5000 - 1000 + 500)));
    assert_eq!(ask(&till, 3).balance, Some(Minor(500)));
    assert_eq!(of(&office, 3)["state"], "active");
    let history = office.answer(&format!("gifts/{}", card(&till, 1))).json();
    let kinds: Vec<&str> = history["moves"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    for kind in ["issue", "redeem", "void_redeem", "refund"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    // The first sale is taken back with both cards: one was spent in part, which is told.
    void(&mut till, sold, 6200, 6000);
    till.deliver();
    assert_eq!(open_alerts(&office), [format!("gift-overdrawn@{again}")]);
    assert_eq!(ask(&till, 2).balance, Some(Minor(0)));
    assert_eq!(gifts(&office)["overdrawn_minor"], 500);
    let csv = String::from_utf8(office.answer("gifts.csv").body).unwrap();
    assert!(
        csv.starts_with("last4,state,balance_minor") && csv.contains(&format!("{},overdrawn,'-500,", code(1).last4())),
        "{csv}"
    );
    // No code is on the server in any form.
    for n in 1..=3 {
        assert!(!csv.contains(&code(n).to_string()));
    }
}

pub fn a_void_moves_a_card_once_also_before_its_sale(backend: &Backend) {
    let (_server, mut till) = super::enrolled(backend);
    till.open_shift();
    sell(&mut till, 100, &[(1, 1000)], &[], 0);
    let sold = sell(&mut till, 500, &[(2, 700)], &[(1, 600)], 0);
    let before = void(&mut till, sold, 1700, 700);
    till.deliver_batch(&till.batch(&till.records[..2]));
    // The till says that it has lost the sale, and finds it again.
    till.deliver_batch(&Batch { holds_from: before, ..till.batch(&till.records[3..]) });
    till.deliver();
    let balances = |till: &Till| [1, 2].map(|n| ask(till, n).balance);
    assert_eq!(balances(&till), [Some(Minor(1000)), Some(Minor(0))], "put back, and taken off");
    void(&mut till, sold, 1700, 700);
    till.deliver();
    assert_eq!(balances(&till), [Some(Minor(1000)), Some(Minor(0))], "a second void of it moves nothing");
}

pub fn what_is_overdrawn_unknown_or_blocked_is_told(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    let mut other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    till.open_shift();
    other.open_shift();
    sell(&mut till, 100, &[(1, 1000)], &[], 0);
    sell(&mut till, 500, &[], &[(1, 700)], 0);
    let second = sell(&mut other, 500, &[], &[(1, 800)], 0);
    // The other till's entries come first, and those of the till that sold the card after them: the last to arrive asked too much.
    other.deliver();
    till.deliver();
    assert_eq!(of(&office, 1)["balance_minor"], -500);
    let found = till.all_news().unwrap().overdrawn;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].card, found[0].over, found[0].sale.till), (card(&till, 1), Minor(500), TillId(1)));
    assert_eq!(other.all_news(), None);
    assert!(open_alerts(&office).iter().any(|alert| alert.starts_with("gift-overdrawn@")), "{:?}", open_alerts(&office));
    let listed = office.get("sales");
    assert!(listed.iter().any(|sale| sale["id"] == id(&other, second).to_string()), "the sale stands");
    // The till writes it down, and is not told again; somebody there deals with it.
    till.append(Body::AlertRaised(Alert::GiftOverdrawn(found[0].clone())));
    assert_eq!(till.all_news(), None);
    till.append(Body::AlertAnswered { alert: Alert::GiftOverdrawn(found[0].clone()), note: "Written off".into() });
    till.deliver();
    assert_eq!(open_alerts(&office), Vec::<String>::new());

    // Blocked: the configuration says so, and so does the server when it is asked.
    let reference = card(&till, 1).to_string();
    assert_eq!(office.send("POST", &format!("gifts/{reference}/block"), &json!({"blocked": true})).status, 200);
    let config = till.read_config(&till.get_config(None));
    assert_eq!(config.gifts.unwrap().blocked, [card(&till, 1)]);
    assert!(config.version > till.config.version && ask(&till, 1).blocked);
    let third = sell(&mut other, 500, &[], &[(1, 100)], 0);
    other.deliver();
    // Each till is told of its own share: what another sale was told is not asked of a second customer.
    let found = other.all_news().unwrap().overdrawn;
    assert_eq!((found.len(), found[0].over, found[0].sale), (1, Minor(100), id(&other, third)));
    let alerts = open_alerts(&office);
    assert!(
        alerts.contains(&format!("gift-blocked@{third}")) && alerts.contains(&format!("gift-overdrawn@{third}")),
        "{alerts:?}"
    );
    assert_eq!(office.send("POST", &format!("gifts/{reference}/block"), &json!({"blocked": false})).status, 200);
    assert!(!ask(&till, 1).blocked);
    let trail = office.get("audit?topic=settings");
    assert!(trail.iter().any(|row| row["what"].as_str().unwrap().starts_with("Blocked gift card")), "{trail:?}");
    office.send("POST", "gifts/x/block", &json!({"blocked": true})).is_problem(404, "/problems/not-found");
    till.post_bytes(&till.path("gift"), b"x").is_problem(400, "/problems/malformed");
}

pub fn gifts_and_tips_are_no_turnover(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let seq = sell(&mut till, 500, &[(1, 2500)], &[], 150);
    till.deliver();
    assert_eq!(open_alerts(&office), Vec::<String>::new());
    let listed = &office.get("sales")[0];
    let figures = ["total_minor", "gifts_minor", "tip_minor"].map(|field| listed[field].as_i64().unwrap());
    assert_eq!(figures, [3650, 2500, 150]);
    assert_eq!(listed["net_minor"].as_i64().unwrap() + listed["tax_minor"].as_i64().unwrap(), 1000);
    assert_eq!(listed["gifts"][0]["last4"], code(1).last4());
    let shift = &office.get("reports/shifts")[0];
    let figures = ["gross_minor", "gifts_sold_minor", "tips_minor", "turnover_minor"].map(|field| shift[field].as_i64());
    assert_eq!(figures[..3], [Some(1000), Some(2500), Some(150)]);
    // A void that says otherwise of what was turnover is told.
    let bad = void(&mut till, seq, 3650, 2500);
    till.deliver();
    assert!(open_alerts(&office).contains(&format!("bad-void@{bad}")), "{:?}", open_alerts(&office));
    assert_eq!(ask(&till, 1).balance, Some(Minor(0)), "the card is worth nothing all the same");
    let mut wrong = sale(100, till.turnover + 200);
    (wrong.tip, till.turnover) = (Minor(-5), till.turnover + 200);
    let at = till.append(Body::Sale(wrong));
    till.deliver();
    assert!(open_alerts(&office).contains(&format!("totals@{at}")));
    assert_eq!(Epoch(1), till.head.epoch);
}
