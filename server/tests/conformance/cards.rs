//! Card payments, from the till's journal to the processor and back. The processor here decides without a card; the real one is in
//! `tests/acquirer.rs`.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use barrow_core::{
    bytes::Hash,
    card::{Decided, Outcome, Reader},
    config::Config,
    ids::{Epoch, PaymentId, Seq, ShopId, TillId},
    journal::{Alert, Body},
    money::Minor,
};
use barrow_server::{
    payments::{
        forward::{Forwarder, Options},
        processor::{Fault, HotList, Processor, PublicKey},
    },
    store::{
        Store,
        journal::Chain,
        payments::{self, NewPayment, State},
    },
};
use tokio::sync::{Notify, watch};

use super::support::{
    Answer, Backend, Office, Place, Server,
    processor::{FakeProcessor, Mood, jwk, nobody},
    till::{CardHeader, Till, payment_id},
    until,
};

fn served(place: Place, processor: &str) -> Server {
    place.serve_with(&["--processor", processor, "--processor-timeout", "1"])
}

/// A server with this processor, and an open till.
fn opened(backend: &Backend, processor: &str) -> (Server, Till) {
    let server = served(Place::new(backend), processor);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    till.open_shift();
    (server, till)
}

fn approved() -> Outcome {
    Outcome::Approved { authorization: "A1B2C3".into() }
}

/// The till takes note of an outcome.
fn decided(till: &mut Till, payment: PaymentId, outcome: Outcome) {
    till.append(Body::CardDecided(Decided { payment, outcome, at_ms: 1 }));
}

pub fn row_41_a_payment_is_asked_for_once_and_told_until_the_till_has_it(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (_server, mut till) = opened(backend, &processor.url());
    let ids = [payment_id(), payment_id()];
    for (id, unit) in ids.iter().zip([500, 700]) {
        till.sell_by_card(unit, *id);
    }
    till.sell(300);
    for id in ids {
        assert_eq!(till.outcome(id), approved());
    }
    // Told again with each batch, until the journal has it.
    assert_eq!((till.news().len(), till.news().len()), (2, 2));
    decided(&mut till, ids[0], approved());
    assert_eq!(till.news().iter().map(|decided| decided.payment).collect::<Vec<_>>(), [ids[1]]);
    decided(&mut till, ids[1], approved());
    assert!(till.news().is_empty());
    for id in ids {
        assert_eq!(processor.counts(&id.to_string()), (1, 1));
    }
    assert_eq!(processor.seen().authorized.len(), 2);
}

pub fn row_41_an_answer_that_was_lost_charges_nobody_twice(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (_server, mut till) = opened(backend, &processor.url());
    let id = payment_id();
    processor.set(Mood::LoseAnswer);
    till.sell_by_card(500, id);
    assert_eq!(till.outcome(id), approved());
    assert_eq!(processor.counts(&id.to_string()), (2, 1));
}

pub fn row_41_a_processor_that_is_away_and_a_restart_lose_and_double_nothing(backend: &Backend) {
    let address = nobody();
    let url = format!("http://{address}");
    let (server, mut till) = opened(backend, &url);
    // More than it takes to open the circuit.
    let ids: Vec<_> = (0..12).map(|_| payment_id()).collect();
    for id in &ids[..8] {
        till.sell_by_card(500, *id);
    }
    assert!(till.news().is_empty());
    let server = served(server.kill(), &url);
    till.url = server.url.clone();
    for id in &ids[8..] {
        till.sell_by_card(500, *id);
    }
    assert!(till.news().is_empty());
    let processor = FakeProcessor::at(address);
    for id in &ids {
        assert_eq!(till.outcome(*id), approved());
    }
    // Once more, while it asks.
    processor.set(Mood::HangUp);
    let last = payment_id();
    till.sell_by_card(600, last);
    till.deliver();
    until("it was asked", || processor.counts(&last.to_string()).0 > 0);
    let server = served(server.kill(), &url);
    till.url = server.url.clone();
    processor.set(Mood::Approve);
    assert_eq!(till.outcome(last), approved());
    for id in ids.iter().chain([&last]) {
        assert_eq!(processor.counts(&id.to_string()).1, 1, "{id}");
    }
    server.stop();
}

/// A processor that takes its time and counts.
#[derive(Default)]
struct Counting(Mutex<HashMap<PaymentId, u32>>);

impl Processor for Counting {
    async fn authorize(&self, key: PaymentId, _: &str) -> Result<Outcome, Fault> {
        *self.0.lock().unwrap().entry(key).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok(approved())
    }

    async fn reverse(&self, _: PaymentId) -> Result<(), Fault> {
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<PublicKey>, Fault> {
        Err(Fault::Unreached("none".into()))
    }

    async fn hot_list(&self) -> Result<Option<HotList>, Fault> {
        Ok(None)
    }
}

pub fn row_41_several_servers_ask_once(backend: &Backend) {
    const PAYMENTS: usize = 60;
    let place = Place::new(backend);
    std::fs::create_dir_all(place.data()).unwrap();
    let url = match backend {
        Backend::Sqlite => None,
        Backend::Postgres { url } => Some(url.as_str()),
    };
    let open = |data: &Path| {
        let data = data.to_owned();
        async move { Store::open(&data, url).await.unwrap() }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(&place.data()).await;
        let mut tx = store.write().await.unwrap();
        let shop = barrow_server::demo::make(&mut tx).await.unwrap().id;
        for seq in 1..=PAYMENTS {
            put(&mut tx, shop, Seq(seq as u64)).await;
        }
        tx.commit().await.unwrap();
        let processor = Arc::new(Counting::default());
        let stop = watch::Sender::new(false);
        let options = Options { look_every: Duration::from_millis(1), ..Options::for_timeout(Duration::from_secs(20)) };
        let mut servers = Vec::new();
        for _ in 0..3 {
            let wake = Arc::new(Notify::new());
            servers.push(Forwarder::start(open(&place.data()).await, Arc::clone(&processor), options, wake, stop.subscribe()));
        }
        for _ in 0..3000 {
            if undecided(&store, shop).await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.send_replace(true);
        for server in servers {
            server.ended().await;
        }
        assert_eq!(undecided(&store, shop).await, 0);
        let asked = processor.0.lock().unwrap().clone();
        assert_eq!((asked.len(), asked.values().max()), (PAYMENTS, Some(&1)));
    });
}

async fn put(conn: &mut barrow_server::store::Conn, shop: ShopId, seq: Seq) {
    let new = NewPayment {
        payment: payment_id(),
        seq,
        at_ms: 0,
        staff: None,
        amount: Minor(100),
        currency: "EUR",
        brand: "Visa",
        last4: "4242",
        mode: "swiped",
        kid: "k1",
        jwe: Some("a.b.c.d.e"),
        state: State::Waiting,
        reason: None,
    };
    assert!(payments::insert(conn, Chain { shop, till: TillId(1), epoch: Epoch(1) }, &new, 0).await.unwrap());
}

async fn undecided(store: &Store, shop: ShopId) -> u64 {
    let exposure = payments::exposure(&mut store.read().await.unwrap(), shop).await.unwrap();
    exposure.iter().map(|till| till.payments).sum()
}

pub fn what_is_no_answer_is_asked_again(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (_server, mut till) = opened(backend, &processor.url());
    processor.set(Mood::LoginPage);
    let id = payment_id();
    till.sell_by_card(500, id);
    till.deliver();
    until("it was asked", || processor.seen().bytes.windows(10).any(|window| window == b"/authorize"));
    assert!(till.news().is_empty());
    processor.set(Mood::Approve);
    assert_eq!(till.outcome(id), approved());
    assert_eq!(processor.counts(&id.to_string()).1, 1);
}

pub fn a_void_before_it_was_asked_for_cancels_the_payment(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let (voided, kept) = (payment_id(), payment_id());
    // In one batch, so that nobody can ask between the two.
    let seq = till.sell_by_card(500, voided);
    till.void(seq, 1000, 1000);
    till.sell_by_card(600, kept);
    till.deliver();
    assert_eq!(till.outcome(kept), approved());
    assert_eq!(processor.counts(&voided.to_string()), (0, 0));
    assert!(processor.seen().reversed.is_empty());
    assert_eq!(states(&server)[&voided.to_string()], "cancelled");
    assert!(till.news().iter().all(|decided| decided.payment == kept));
}

pub fn a_void_afterwards_takes_the_payment_back(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let id = payment_id();
    let seq = till.sell_by_card(500, id);
    assert_eq!(till.outcome(id), approved());
    // The answer to the first reversal is lost, too.
    processor.set(Mood::HangUp);
    till.void(seq, 1000, 1000);
    till.deliver();
    until("it is being taken back", || states(&server)[&id.to_string()] == "reversing");
    processor.set(Mood::Approve);
    until("it was taken back", || states(&server)[&id.to_string()] == "reversed");
    assert_eq!(processor.counts(&id.to_string()), (1, 0));
    assert!(till.news().is_empty());
}

pub fn a_void_while_nobody_knows_takes_the_payment_back(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    processor.set(Mood::HangUp);
    let id = payment_id();
    let seq = till.sell_by_card(500, id);
    till.deliver();
    until("nobody knows", || states(&server)[&id.to_string()] == "unknown");
    till.void(seq, 1000, 1000);
    till.deliver();
    processor.set(Mood::Approve);
    until("it was taken back", || ["reversed", "cancelled"].contains(&states(&server)[&id.to_string()].as_str()));
    assert_eq!(processor.counts(&id.to_string()).1, 0, "nothing is charged in the end");
    assert!(till.news().is_empty());
}

pub fn a_payment_that_is_not_the_sales_is_held(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let good = CardHeader { payment: payment_id(), amount: 1000, shop: 1, till: 1 };
    let headers = [
        CardHeader { amount: 999, ..good },
        CardHeader { payment: payment_id(), ..good },
        CardHeader { shop: 2, ..good },
        CardHeader { till: 2, ..good },
    ];
    let ids: Vec<_> = headers.iter().map(|_| payment_id()).collect();
    for (n, header) in headers.iter().enumerate() {
        let header = if n == 1 { header } else { &CardHeader { payment: ids[n], ..*header } };
        till.sell_sealed(500, ids[n], header.jwe());
    }
    let unreadable = payment_id();
    till.sell_sealed(500, unreadable, "no JWE".into());
    let marker = payment_id();
    till.sell_by_card(500, marker);
    assert_eq!(till.outcome(marker), approved());
    assert_eq!(processor.seen().authorized, [marker.to_string()]);
    let states = states(&server);
    for id in ids.iter().chain([&unreadable]) {
        assert_eq!(states[&id.to_string()], "held");
    }
    let office = server.office();
    let held: Vec<_> = office.get("alerts").into_iter().filter(|alert| alert["kind"] == "card-held").collect();
    assert_eq!(held.len(), 5);
    assert!(
        held.iter().all(|alert| alert["detail"].as_str().unwrap().contains("€10.00 by Mastercard ····7189 is not asked for")),
        "{held:?}"
    );
    // The sales count all the same.
    assert_eq!(office.sale_ids().len(), 6);
    // Nobody can have it charged; who gives it up lets the till know.
    let ask = |id: PaymentId, what: &str| office.send("POST", &format!("payments/{id}/{what}"), &serde_json::json!({}));
    ask(ids[0], "retry").is_problem(409, "/problems/not-due");
    assert_eq!(ask(ids[0], "give-up").status, 200);
    ask(ids[0], "give-up").is_problem(409, "/problems/not-held");
    ask(marker, "give-up").is_problem(409, "/problems/not-held");
    assert_eq!(till.outcome(ids[0]), Outcome::Declined { reason: "not charged: it was sealed for another amount".into() });
    let alert = office.get("alerts").into_iter().find(|alert| alert["about"] == ids[0].to_string().as_str()).unwrap();
    assert_eq!(alert["answered"]["by"], "owner");
    assert_eq!(processor.seen().authorized, [marker.to_string()]);
}

pub fn a_sale_in_quarantine_is_not_charged(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let mut copy = till.copy();
    let (first, second) = (payment_id(), payment_id());
    till.sell_by_card(500, first);
    assert_eq!(till.outcome(first), approved());
    copy.sell_by_card(500, second);
    copy.deliver();
    let marker = payment_id();
    till.sell_by_card(500, marker);
    assert_eq!(till.outcome(marker), approved());
    assert_eq!(processor.counts(&second.to_string()), (0, 0));
    assert_eq!(states(&server)[&second.to_string()], "held");
    assert!(server.office().alerts().contains(&"card-held@2".to_owned()));
}

pub fn a_decline_is_told_and_answered(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    processor.set(Mood::Decline);
    let ids = [payment_id(), payment_id()];
    let reason = "insufficient funds";
    for id in ids {
        till.sell_by_card(500, id);
        assert_eq!(till.outcome(id), Outcome::Declined { reason: reason.into() });
    }
    let office = server.office();
    let find = |id: PaymentId| {
        let about = id.to_string();
        office.get("alerts").into_iter().find(|alert| alert["about"] == about.as_str()).unwrap()
    };
    let alert = find(ids[0]);
    assert_eq!((alert["kind"].as_str(), alert["answered"].is_null()), (Some("card-declined"), true));
    assert!(
        alert["detail"]
            .as_str()
            .unwrap()
            .starts_with("€10.00 by Mastercard ····7189 was declined after the sale: insufficient funds.")
    );
    decided(&mut till, ids[0], Outcome::Declined { reason: reason.into() });
    till.append(Body::AlertAnswered { alert: Alert::CardDeclined(ids[0]), note: "Paid in cash instead".into() });
    till.deliver();
    let answered = find(ids[0])["answered"].clone();
    assert_eq!((answered["by"].as_str(), answered["note"].as_str()), (Some("Cashier"), Some("Paid in cash instead")));
    assert!(find(ids[1])["answered"].is_null());
    // The owner may deal with it as well, once.
    let other = find(ids[1]);
    let ask = serde_json::json!({"till": 1, "epoch": 1, "seq": other["seq"], "kind": "card-declined", "about": ids[1].to_string(),
                                 "note": "Written off"});
    assert_eq!(answer(&office, &ask).status, 200);
    answer(&office, &ask).is_problem(404, "/problems/not-found");
    assert_eq!(find(ids[1])["answered"]["note"], "Written off");
    assert_eq!(find(ids[1])["answered"]["by"], "owner");
}

fn answer(office: &Office, ask: &serde_json::Value) -> Answer {
    office.send("POST", "alerts/answer", ask)
}

pub fn what_the_processor_refuses_is_held(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    processor.set(Mood::Refuse);
    let id = payment_id();
    let seq = till.sell_by_card(500, id);
    till.deliver();
    until("it is held", || states(&server)[&id.to_string()] == "held");
    assert_eq!(processor.counts(&id.to_string()), (1, 0));
    assert!(server.office().alerts().contains(&format!("card-held@{seq}")));
    // Somebody has looked into it.
    processor.set(Mood::Approve);
    let office = server.office();
    let retry = |id: PaymentId| office.send("POST", &format!("payments/{id}/retry"), &serde_json::json!({}));
    assert_eq!(retry(id).status, 200);
    assert_eq!(till.outcome(id), approved());
    retry(id).is_problem(409, "/problems/not-due");
    retry(payment_id()).is_problem(404, "/problems/not-found");
}

pub fn the_processors_keys_and_hot_list_reach_the_tills(backend: &Backend) {
    let processor = FakeProcessor::start();
    let list = vec![0x5a; 300_000];
    processor.seen().hot_list = Some(list.clone());
    let (server, till) = opened(backend, &processor.url());
    let config = || till.read_config(&till.get_config(None));
    let used = |config: &Config| {
        let cards = config.cards.clone()?;
        Some(cards.key_at(super::support::till::now_ms())?.kid.clone())
    };
    until("the keys are there", || used(&config()).as_deref() == Some("k1"));
    let first = config();
    let cards = first.cards.clone().unwrap();
    assert_eq!((cards.keys[0].n.0.len(), cards.keys[0].e.0.as_slice()), (256, &[1, 0, 1][..]));
    let hot = cards.hot_list.unwrap();
    assert_eq!((hot.entries, hot.bytes, hot.hash, hot.key.0.len()), (3, 300_000, Hash::of(&list), 32));
    let fetched = till.get("hot-list");
    assert_eq!((fetched.status, fetched.header("content-type")), (200, "application/octet-stream"));
    assert_eq!(Hash::of(&fetched.body), hot.hash);
    // A stranger gets none.
    let url = format!("{}/v1/tills/1/hot-list", server.url);
    assert_eq!(Answer::of(super::agent().get(url).call()).status, 401);
    // The processor takes a new key and keeps the old one open; at the next start it is fetched.
    processor.seen().keys = vec![jwk("k2"), jwk("k1")];
    processor.seen().hot_list = None;
    let server = served(server.stop(), &processor.url());
    let mut till = till;
    till.url = server.url.clone();
    let config = || till.read_config(&till.get_config(None));
    until("the new key is used", || used(&config()).as_deref() == Some("k2"));
    let second = config();
    assert!(second.version > first.version);
    let cards = second.cards.clone().unwrap();
    assert_eq!(cards.keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["k2", "k1"]);
    assert!(cards.hot_list.is_none());
    till.get("hot-list").is_problem(404, "/problems/not-found");
    assert_eq!(config().version, second.version, "what did not change is no new configuration");
}

pub fn a_wrong_reader_is_told(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let reader = Reader { vendor: 0x801, product: 0x11, name: "MagTek\u{7}".into(), serial: "B1".into(), ..Reader::default() };
    till.append(Body::ReaderAttached(reader.clone()));
    let seq = till.append(Body::AlertRaised(Alert::WrongReader(reader.clone())));
    till.deliver();
    let office = server.office();
    let alert = office.get("alerts").into_iter().find(|alert| alert["kind"] == "wrong-reader").unwrap();
    assert_eq!((alert["seq"].as_u64(), alert["answered"].is_null()), (Some(seq.0), true));
    assert!(alert["detail"].as_str().unwrap().starts_with("MagTek, serial B1 was attached and is not one of this till's."));
    till.append(Body::AlertAnswered { alert: Alert::WrongReader(reader), note: "Ours, from the spare box".into() });
    till.deliver();
    let alert = office.get("alerts").into_iter().find(|alert| alert["kind"] == "wrong-reader").unwrap();
    assert_eq!(alert["answered"]["note"], "Ours, from the spare box");
    assert!(office.answer("cards").json()["readers_seen"][0]["serial"] == "B1");
}

pub fn a_days_terminal_payments_are_held_against_the_terminals_own_total(backend: &Backend) {
    let (server, mut till) = opened(backend, "http://127.0.0.1:9");
    till.sell_by_terminal(500, "SLIP-1");
    let voided = till.sell_by_terminal(700, "SLIP-2");
    till.void(voided, 1400, 1400);
    till.sell(100);
    till.deliver();
    let office = server.office();
    let today = office.answer("terminals").json();
    let references: Vec<_> =
        today["payments"].as_array().unwrap().iter().map(|row| (&row["reference"], &row["voided"])).collect();
    assert_eq!(serde_json::json!(references), serde_json::json!([["SLIP-1", false], ["SLIP-2", true]]));
    assert_eq!((today["noted_minor"].as_i64(), today["totals"].as_array().unwrap().len()), (Some(1000), 0));
    let say = |body: serde_json::Value| office.send("POST", "terminals", &body);
    let day = today["day"].as_str().unwrap();
    let after = say(serde_json::json!({"day": day, "reported_minor": 1250, "note": "batch 7"})).json();
    let total = &after["totals"][0];
    assert_eq!(
        (total["difference_minor"].as_i64(), total["by"].as_str(), total["note"].as_str()),
        (Some(250), Some("owner"), Some("batch 7"))
    );
    assert_eq!(office.answer("terminals?day=2001-01-01").json()["payments"], serde_json::json!([]));
    say(serde_json::json!({"day": "someday", "reported_minor": 1})).is_problem(400, "/problems/malformed");
    say(serde_json::json!({"day": day, "reported_minor": i64::MAX})).is_problem(422, "/problems/invalid");
    let trail = office.get("audit?topic=settings&till=office");
    assert!(trail[0]["what"].as_str().unwrap().contains("€12.50, the tills noted €10.00, difference €2.50"), "{}", trail[0]);
}

pub fn card_rules_and_pinned_readers_reach_the_tills(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, till) = opened(backend, &processor.url());
    let config = || till.read_config(&till.get_config(None));
    until("the keys are there", || config().cards.is_some());
    let office = server.office();
    let mut form = office.answer("cards").json();
    assert_eq!(form["processor"], processor.url().as_str());
    for field in ["version", "currency", "readers_seen", "processor", "keys", "hot_list"] {
        form.as_object_mut().unwrap().remove(field);
    }
    form["rules"]["sale_max_minor"] = 2500.into();
    form["readers"] = serde_json::json!([
        {"till": 1, "vendor": 2049, "product": 17, "serial": "B1", "name": "Counter"},
        {"till": 2, "vendor": 2049, "product": 17, "serial": "B2", "name": "Other till"},
        {"till": null, "vendor": 2765, "product": 8208, "serial": "", "name": "Spare"},
    ]);
    let before = config().version;
    assert_eq!(office.send("PUT", "cards", &form).status, 200);
    let after = config();
    assert!(after.version > before);
    let cards = after.cards.unwrap();
    assert_eq!(cards.rules.sale_max, Minor(2500));
    assert_eq!(cards.readers.iter().map(|reader| reader.name.as_str()).collect::<Vec<_>>(), ["Counter", "Spare"]);
    assert_eq!(office.send("PUT", "cards", &form).status, 200);
    assert_eq!(config().version, after.version, "the same again changes nothing");
    let trail = office.get("audit?topic=settings&till=office");
    assert!(
        trail[0]["what"]
            .as_str()
            .unwrap()
            .starts_with("Changed how cards are taken: limit of a sale: €25.00 (was €100.00); pinned")
    );
    form["rules"]["stale_percent"] = 101.into();
    office.send("PUT", "cards", &form).is_problem(422, "/problems/invalid");
    form["rules"]["stale_percent"] = 50.into();
    form["taken"] = false.into();
    assert_eq!(office.send("PUT", "cards", &form).status, 200);
    assert!(config().cards.is_none());
}

pub fn the_office_finds_card_payments(backend: &Backend) {
    let processor = FakeProcessor::start();
    let (server, mut till) = opened(backend, &processor.url());
    let ids = [payment_id(), payment_id(), payment_id()];
    till.sell_by_card(500, ids[0]);
    assert_eq!(till.outcome(ids[0]), approved());
    processor.set(Mood::HangUp);
    till.sell_by_card(600, ids[1]);
    till.sell_sealed(700, ids[2], "no JWE".into());
    till.deliver();
    let office = server.office();
    let found = |query: &str| {
        let rows = office.get(&format!("payments?{query}"));
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("state=approved"), [ids[0].to_string()]);
    assert_eq!(found("state=held&till=1"), [ids[2].to_string()]);
    assert_eq!((found("till=2").len(), found("to=2001-01-01").len(), found("from=2001-01-01").len()), (0, 0, 3));
    let mut paged = found("limit=2");
    paged.extend(found(&format!("limit=2&before={}", paged[1])));
    paged.sort();
    let mut all = found("");
    all.sort();
    assert_eq!(paged, all);
    for query in ["state=lost", "from=x", "before=x", "till=x"] {
        office.answer(&format!("payments?{query}")).is_problem(400, "/problems/malformed");
    }
    let open = office.get("payments/open");
    assert_eq!((open[0]["payments"].as_u64(), open[0]["amount_minor"].as_i64()), (Some(2), Some(2600)));
    let csv = office.answer("payments.csv?state=approved").text();
    assert!(csv.lines().count() == 2 && csv.contains(",1000,EUR,Mastercard 7189,swiped,approved,"), "{csv}");
    let sale = &office.get("sales")[2];
    let card = &sale["tenders"][0]["card"];
    assert_eq!(
        (card["brand"].as_str(), card["last4"].as_str(), card["state"].as_str()),
        (Some("Mastercard"), Some("7189"), Some("approved"))
    );
}

/// Every payment's state.
pub fn states(server: &Server) -> HashMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    server.office().get("payments").iter().map(|payment| (text(&payment["id"]), text(&payment["state"]))).collect()
}
