//! Stock: levels are sums of what every till delivers, in whatever order and however often, and no till counts its own twice.

use barrow_core::{
    bytes::Blob,
    ids::{Seq, StaffId},
    journal::Body,
    money::Milli,
    stock::{Base, Counted, Cursor, StockNews},
    wire::{Batch, BatchReply},
};
use barrow_sealing::{cbor, cose, cose::Domain};
use serde_json::{Value, json};

use super::{
    refunds::refund_of,
    support::{Backend, Office, Server, till::Till},
};

const SKU: &str = "COF-001";

/// An office that keeps stock of espresso and has 20 of it, and two tills with open shifts.
fn counter(backend: &Backend) -> (Server, Office, [Till; 2]) {
    let (server, first) = super::enrolled(backend);
    let office = server.office();
    let second = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    assert_eq!(office.send("POST", "stock/keep", &json!({"sku": SKU, "low_milli": 5000})).status, 200);
    let goods = json!({"items": [{"sku": SKU, "qty_milli": 20_000}], "note": "Delivery 7"});
    assert_eq!(office.send("POST", "stock/receive", &goods).status, 200);
    let mut tills = [first, second];
    for till in &mut tills {
        till.open_shift();
    }
    (server, office, tills)
}

fn level(office: &Office) -> i64 {
    row(office)["level_milli"].as_i64().unwrap()
}

fn row(office: &Office) -> Value {
    office.get("stock").into_iter().find(|row| row["sku"] == SKU).unwrap()
}

/// Sends `records`, and takes what the server tells of stock into `base`.
fn ask(till: &Till, records: &[Blob], base: &mut Base) -> StockNews {
    let answer = till.post_batch(&Batch { stock: Some(base.now.clone()), ..till.batch(records) });
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let reply: BatchReply = cbor::from_slice(&answer.body).unwrap();
    let payload = cose::verify_message(&till.record.server_key.0, Domain::Stock, &reply.stock.unwrap().0).unwrap();
    let news: StockNews = cbor::from_slice(&payload).unwrap();
    assert!(base.take(&news).is_some(), "{news:?} follows on {:?}", base.now);
    news
}

fn told(base: &Base) -> (i64, u64) {
    let told = base.told(SKU).unwrap();
    (told.level.0, told.upto.0)
}

pub fn stock_of_all_tills_is_added_up_whatever_comes_when(backend: &Backend) {
    let (_server, office, [mut first, mut second]) = counter(backend);
    // Each sale is of two. The first till voids one, and gets one back of another, which is broken.
    first.sell(249);
    let void_me = first.sell(249);
    let half_back = first.sell(100);
    first.void(void_me, 498, 498);
    let mut broken = refund_of(&mut first, half_back, 100);
    broken.off_shelf = true;
    first.append_by(StaffId(2), Body::Refund(broken));
    let back_again = second.sell(100);
    let refund = refund_of(&mut second, back_again, 100);
    second.append_by(StaffId(2), Body::Refund(refund));
    for _ in 0..3 {
        second.sell(249);
    }
    let expected = 20_000 - 2000 - 2000 - 2000 + 1000 - 6000;
    // Interleaved, in pieces, with repetitions.
    first.deliver_batch(&first.batch(&first.records[..3]));
    second.deliver_batch(&second.batch(&second.records[..4]));
    first.deliver_batch(&first.batch(&first.records[..3]));
    second.deliver();
    first.deliver_batch(&first.batch(&first.records[1..]));
    first.deliver();
    second.deliver();
    assert_eq!(level(&office), expected);
    assert_eq!(row(&office)["state"], "enough");
    let moves = office.get("stock/moves?sku=COF-001");
    let kinds = |kind: &str| moves.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((kinds("sale"), kinds("void"), kinds("refund"), kinds("receipt")), (7, 1, 1, 1), "what is broken moves nothing");
    let sum: i64 = moves.iter().map(|row| row["delta_milli"].as_i64().unwrap()).sum();
    assert_eq!(sum, expected, "a level is the sum of its movements");
    assert!(office.get("stock/moves?sku=COF-002").is_empty(), "of others no stock is kept");
}

pub fn a_void_that_comes_before_its_sale_moves_as_much(backend: &Backend) {
    let (_server, office, [mut first, _]) = counter(backend);
    let sold = first.sell(249);
    first.void(sold, 498, 498);
    let lost = Batch { holds_from: Seq(3), ..first.batch(&first.records[2..]) };
    first.deliver_batch(&first.batch(&first.records[..1]));
    first.deliver_batch(&lost);
    assert_eq!(level(&office), 20_000, "the sale is not there yet");
    first.deliver();
    assert_eq!(level(&office), 20_000, "sold and brought back");
    assert_eq!(office.get("stock/moves?sku=COF-001").len(), 3);
    first.void(sold, 498, 498);
    first.deliver();
    assert_eq!(level(&office), 20_000, "a second void of it brings nothing back");
}

pub fn a_till_is_told_levels_with_what_of_its_own_is_in_them(backend: &Backend) {
    let (server, office, [mut first, mut second]) = counter(backend);
    let (mut one, mut other) = (Base::empty(first.head.epoch), Base::empty(second.head.epoch));
    ask(&first, &first.records, &mut one);
    assert_eq!(told(&one), (20_000, 1));
    first.sell(249);
    second.sell(249);
    // The second till's sale comes; the first one's waits.
    ask(&second, &second.records, &mut other);
    assert_eq!(told(&other), (18_000, 2));
    let news = ask(&first, &[], &mut one);
    assert_eq!((told(&one), news.levels.len()), ((18_000, 1), 1), "without its own sale, which it adds itself");
    let news = ask(&first, &first.records, &mut one);
    assert_eq!((told(&one), news.more, one.settled), ((16_000, 2), false, Seq(2)));
    assert_eq!(ask(&first, &[], &mut one).levels, vec![], "only what changed");
    // After a restore, everything is told anew.
    let mut elsewhere = Base::of(first.head.epoch, Cursor { server_epoch: 9, ..one.now.clone() }, Seq(2), vec![]);
    let news = ask(&first, &[], &mut elsewhere);
    assert_eq!((news.since, told(&elsewhere).0), (Cursor::default(), 16_000));
    // Who does not ask is told nothing.
    let reply: BatchReply = cbor::from_slice(&first.post_batch(&first.batch(&[])).body).unwrap();
    assert!(reply.stock.is_none());
    assert_eq!(level(&office), 16_000);
    let config = first.read_config(&first.get_config(None));
    assert_eq!(config.product(SKU).unwrap().details.stock.map(|kept| kept.low), Some(Milli(5000)));
    drop(server);
}

pub fn a_count_loses_no_sale_of_another_till(backend: &Backend) {
    let (_server, office, [mut first, mut second]) = counter(backend);
    let mut base = Base::empty(first.head.epoch);
    ask(&first, &first.records, &mut base);
    // The second till sells before and after, and neither has arrived when the first one counts 19 where it knows of 20.
    second.sell(249);
    let mut count = Counted {
        sku: SKU.into(),
        name: "Espresso".into(),
        expected: Milli(20_000),
        counted: Milli(19_000),
        version: base.now.version,
        upto: Seq(1),
    };
    first.clock_ms = second.clock_ms + 60_000;
    first.append(Body::StockCounted(count.clone()));
    second.clock_ms += 120_000;
    second.sell(249);
    first.deliver();
    assert_eq!(level(&office), 19_000);
    second.deliver();
    assert_eq!(level(&office), 15_000, "both sales count");
    let counted = office.get("stock/moves?sku=COF-001").into_iter().find(|row| row["kind"] == "count").unwrap();
    assert_eq!((counted["expected_milli"].as_i64(), counted["delta_milli"].as_i64()), (Some(20_000), Some(-1000)));
    assert_eq!(counted["unknown_milli"].as_i64(), Some(-2000), "what was sold before, and not known to the count");
    // One that finds what it should is listed all the same.
    count.expected = Milli(19_000);
    first.append(Body::StockCounted(count));
    first.deliver();
    assert_eq!(level(&office), 15_000);
    assert_eq!(office.get("audit?topic=stock").len(), 2);
}

pub fn the_office_receives_and_corrects(backend: &Backend) {
    let (_server, office, [mut first, _]) = counter(backend);
    let correct = |expected: i64, counted: i64, reason: &str| {
        let ask = json!({"sku": SKU, "expected_milli": expected, "counted_milli": counted, "reason": reason});
        office.send("POST", "stock/correct", &ask).status
    };
    first.sell(249);
    first.deliver();
    // The page showed 20 when somebody began to type.
    assert_eq!(correct(20_000, 6500, "Breakage"), 200);
    assert_eq!(level(&office), 4500, "what was sold meanwhile is not lost");
    assert_eq!(row(&office)["state"], "low");
    assert_eq!(office.get("stock")[0]["state"], "sold-out", "what is needed first stands first");
    for (path, ask, status) in [
        ("stock/correct", json!({"sku": SKU, "expected_milli": 1, "counted_milli": -1, "reason": "x y z"}), 422),
        ("stock/correct", json!({"sku": SKU, "expected_milli": 1, "counted_milli": 1, "reason": " "}), 422),
        ("stock/correct", json!({"sku": "NONE", "expected_milli": 1, "counted_milli": 1, "reason": "lost"}), 404),
        ("stock/receive", json!({"items": []}), 422),
        ("stock/receive", json!({"items": [{"sku": SKU, "qty_milli": 0}]}), 422),
        ("stock/receive", json!({"items": [{"sku": SKU, "qty_milli": 5}, {"sku": "COF-002", "qty_milli": 5}]}), 422),
        ("stock/receive", json!({"items": [{"sku": SKU, "qty_milli": 5}, {"sku": SKU, "qty_milli": 5}]}), 422),
        ("stock/keep", json!({"sku": SKU, "low_milli": i64::MAX}), 422),
        ("stock/keep", json!({"sku": 7}), 400),
    ] {
        assert_eq!(office.send("POST", path, &ask).status, status, "{path} {ask}");
    }
    assert_eq!(level(&office), 4500, "nothing of what was refused is kept");
    let found = office.get("stock?search=espresso");
    assert!(found.iter().any(|row| row["state"] == "not-kept"), "what is searched for can be kept from now on");
    let file = office.answer("stock.csv");
    let text = String::from_utf8(file.body).unwrap();
    assert!(text.contains(&format!("{SKU},")) && text.contains(",4.5,5,low\r\n"), "{text}");
    let words: Vec<String> = office.get("audit").iter().map(|row| row["what"].as_str().unwrap().to_owned()).collect();
    assert!(words.iter().any(|what| what.contains("from 20 to 6.5: Breakage")), "{words:?}");
    assert!(words.iter().any(|what| what.starts_with("Received 20 × ") && what.ends_with("(Delivery 7)")), "{words:?}");
    assert_eq!(office.send("POST", "stock/keep", &json!({"sku": SKU, "low_milli": null})).status, 200);
    assert!(office.get("stock").iter().all(|row| row["sku"] != SKU));
}
