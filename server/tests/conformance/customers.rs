//! Customers: those of several tills are one person whatever comes when, and nothing is left of one who was erased but the chain.

use barrow_core::{
    bytes::Blob,
    customer::{Beside, CustomerNews, Person, Place},
    ids::CustomerId,
    journal::Body,
    wire::{Batch, BatchReply, Record},
};
use barrow_sealing::{cbor, cose, cose::Domain};
use serde_json::{Value, json};

use super::support::{
    Backend, Office,
    till::{Till, random, sale},
};

fn fresh<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    random(&mut out);
    out
}

/// Writes somebody down, as a till does: data and salt beside the entry.
fn write_down(till: &mut Till, id: CustomerId, name: &str, email: &str, phone: &str) {
    let saved = Beside::of(id, fresh(), Person::parse(name, email, phone).unwrap());
    let beside = saved.beside.clone().unwrap();
    till.append(Body::CustomerSaved(saved));
    till.put_beside(&cbor::to_vec(&beside).unwrap());
}

fn sell_to(till: &mut Till, id: CustomerId, unit_minor: i64) {
    till.turnover += unit_minor * 2;
    let mut sold = sale(unit_minor, till.turnover);
    sold.customer = Some(id);
    till.append(Body::Sale(sold));
}

fn whole(office: &Office, id: &Value) -> Value {
    let answer = office.answer(&format!("customers/one?id={}", id.as_str().unwrap()));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn news(till: &Till, since: Place) -> CustomerNews {
    let answer = till.post_batch(&Batch { customers: Some(since), ..till.batch(&[]) });
    let reply: BatchReply = cbor::from_slice(&answer.body).unwrap();
    let payload = cose::verify_message(&till.record.server_key.0, Domain::Customers, &reply.customers.unwrap().0).unwrap();
    cbor::from_slice(&payload).unwrap()
}

pub fn customers_of_several_tills_are_one_person(backend: &Backend) {
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let (server, first) = super::enrolled(backend);
        let office = server.office();
        let more = ["Till 2", "Till 3"].map(|name| Till::enrol(&server, &server.place.codes(&["--new-till", name]).enrol));
        let [second, third] = more;
        let mut tills = [first, second, third];
        let ids = [3, 1, 2].map(|id| CustomerId([id; 16]));
        // The third shares an address with the first, and a number with the second, who have nothing in common.
        let said = [
            ("Anna", "Anna@Example.org", ""),
            ("A. Quitte", "", "+49 30 1234567"),
            ("Anna Quitte", "anna@example.org", "0049301234567"),
        ];
        for (place, till) in tills.iter_mut().enumerate() {
            till.clock_ms += 60_000 * i64::try_from(place).unwrap();
            till.open_shift();
            let (name, email, phone) = said[place];
            write_down(till, ids[place], name, email, phone);
            sell_to(till, ids[place], 100);
        }
        for place in order {
            tills[place].deliver();
            tills[place].deliver();
        }
        let list = office.get("customers");
        assert_eq!(list.len(), 1, "{list:?}");
        let one = whole(&office, &list[0]["id"]);
        assert_eq!(
            (one["records"].as_array().unwrap().len(), one["purchases"].as_array().unwrap().len()),
            (3, 3),
            "nothing is lost"
        );
        let told = news(&tills[0], Place::default());
        assert_eq!((told.changed.len(), told.changed[0].aliases.len()), (1, 2));
        assert!(news(&tills[0], told.now).changed.is_empty());
        assert_eq!(office.get("customers?search=quitte").len(), 1);
        assert_eq!(office.get("customers?search=30123").len(), 1);
        assert!(office.get("customers?search=nobody").is_empty());
        seen.push((list[0].clone(), told.changed));
        if matches!(backend, Backend::Postgres { .. }) {
            // One database a case.
            break;
        }
    }
    assert!(seen.windows(2).all(|two| two[0].0 == two[1].0 && two[0].1[0].person == two[1].1[0].person), "{seen:?}");
    assert_eq!(seen[0].0["name"], "Anna Quitte", "the latest word");
    assert_eq!(seen[0].0["id"], "01010101010101010101010101010101", "the smallest id");
}

pub fn nothing_is_left_of_a_customer_who_was_erased(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let (gone, stays) = (CustomerId([1; 16]), CustomerId([2; 16]));
    write_down(&mut till, gone, "Zacharias Zimt", "zacharias.zimt@example.org", "");
    sell_to(&mut till, gone, 100);
    write_down(&mut till, stays, "Berta", "berta@example.org", "");
    till.deliver();
    let told = news(&till, Place::default());
    assert_eq!(told.changed.len(), 2);
    let erase = |id: &str| office.send("POST", "customers/erase", &json!({"id": id})).status;
    if server.place.is_sqlite() {
        assert!(server.place.files_hold("Zimt") && server.place.files_hold("berta@example.org"), "this would find it");
    }
    assert_eq!(erase(&gone.to_string()), 200);
    assert_eq!(erase(&gone.to_string()), 404, "there is nobody any more");
    assert_eq!(erase("zz"), 400);
    // What comes late of one who was erased is not kept.
    write_down(&mut till, gone, "Zacharias Zimt", "zacharias.zimt@example.org", "");
    till.deliver();
    assert_eq!(office.get("customers").iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), ["Berta"]);
    let after = news(&till, told.now);
    assert_eq!((after.erased, after.changed.len()), (vec![gone], 0));
    assert_eq!(office.get("sales").len(), 1, "what was sold was sold");
    for path in ["audit", "sales", "alerts", "customers"] {
        let text = format!("{:?}", office.get(path));
        assert!(!text.contains("Zimt") && !text.contains("zacharias"), "{path}");
    }
    for text in ["Zimt", "zacharias.zimt"] {
        assert!(!server.place.files_hold(text), "{text} stands in the database's files");
    }
    assert_eq!(office.send("POST", "customers/merge", &json!({"id": stays.to_string(), "with": gone.to_string()})).status, 404);
}

pub fn two_customers_are_made_one_by_hand(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let (one, other) = (CustomerId([1; 16]), CustomerId([2; 16]));
    write_down(&mut till, one, "Anna", "anna@example.org", "");
    write_down(&mut till, other, "Anna Q.", "", "030 1234567");
    sell_to(&mut till, other, 100);
    till.deliver();
    assert_eq!(office.get("customers").len(), 2);
    let merge =
        |with: CustomerId| office.send("POST", "customers/merge", &json!({"id": one.to_string(), "with": with.to_string()}));
    assert_eq!(merge(one).status, 422);
    let merged = merge(other);
    assert_eq!(merged.status, 200, "{merged:?}");
    let merged = merged.json();
    assert_eq!(
        (merged["name"].as_str(), merged["email"].as_str(), merged["phone"].as_str()),
        (Some("Anna Q."), Some("anna@example.org"), Some("030 1234567"))
    );
    assert_eq!(merged["purchases"].as_array().unwrap().len(), 1);
    assert_eq!(office.get("customers").len(), 1);
}

pub fn what_does_not_fit_its_digest_is_no_customers_data(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let saved = Beside::of(CustomerId([1; 16]), fresh(), Person::parse("Anna", "", "").unwrap());
    till.append(Body::CustomerSaved(saved));
    let other = Beside { salt: Blob(vec![1; 32]), person: Person::parse("Somebody else", "", "").unwrap() };
    till.put_beside(&cbor::to_vec(&other).unwrap());
    // One without anything beside it.
    till.append(Body::CustomerSaved(Beside::of(CustomerId([2; 16]), fresh(), Person::parse("Berta", "", "").unwrap())));
    let ack = till.deliver();
    assert_eq!(ack.seq, till.head.seq, "the entries are whole");
    assert!(office.get("customers").is_empty());
    assert_eq!(office.get("audit?topic=customers").len(), 2);
    let record: Record = cbor::from_slice(&till.records.last().unwrap().0).unwrap();
    assert_eq!(record.beside, None);
}
