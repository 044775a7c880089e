//! Payments from a till's seal to the processor's answer, over a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::{sync::Arc, thread, time::Duration};

use barrow_acquirer::{Options, hex, swipe::Reader};
use barrow_sealing::card::{CardPayload, Cipher, Source, reader::ReaderModel};
use serde_json::{Value, json};
use support::{Processor, folder, message, published, random, seal, swipe, swipe_until};

const MAGTEK: &str = "5452300551227189";
const IDTECH: &str = "4266841088889999";

/// A swipe of MagTek's sample card with a counter of its own.
fn sample(counter: u32) -> CardPayload {
    swipe(MAGTEK, Reader::Magtek, counter)
}

#[test]
fn the_published_swipes_are_opened_and_approved() {
    let processor = Processor::start();
    for (payload, card) in published().iter().zip(["545230******7189", "426684******9999"]) {
        let sealed = processor.seal(1250, payload);
        let answer = processor.authorize(&sealed);
        assert_eq!((answer.status, answer.kind.as_str()), (200, "application/json"), "{answer:?}");
        assert_eq!(answer.json()["result"], "approved");
        let authorization = answer.json()["authorization"].clone();
        assert_eq!(authorization.as_str().unwrap().len(), 6);
        let state = json!({
            "idempotency_key": sealed.key, "result": "approved", "authorization": authorization, "amount": 1250,
            "currency": "EUR", "reversed": false,
        });
        assert_eq!(processor.payment(&sealed.key), state);
        assert_eq!(processor.post("/status", &json!({ "idempotency_key": sealed.key })).unwrap().json(), state);
        let row = &processor.log()[0];
        let expected = [
            ("card", json!(card)),
            ("amount", json!(1250)),
            ("entry", json!("swipe")),
            ("shop", json!("7")),
            ("till", json!("2")),
            ("warnings", json!(["luhn"])),
            ("result", json!("approved")),
            ("payment", json!(sealed.key)),
        ];
        for (name, value) in expected {
            assert_eq!(row[name], value, "{name}");
        }
        assert_eq!(row["kid"], processor.get("/keys").json()["keys"][0]["kid"]);
    }
}

#[test]
fn the_published_messages_of_chip_readers_are_opened_and_the_chips_amount_counts() {
    let processor = Processor::start();
    let chip = message("magtek-dynapro-emv.hex", ReaderModel::Emv);
    assert_eq!(processor.authorize(&processor.seal(201, &chip)).json()["reason"], "amount_mismatch");
    let processor = Processor::start();
    assert_eq!(processor.authorize(&processor.seal(200, &chip)).json()["result"], "approved");
    let swipe = message("idtech-vp3350-message.hex", ReaderModel::Emv);
    assert_eq!(processor.authorize(&processor.seal(1250, &swipe)).json()["result"], "approved");
    let log = processor.log();
    let seen: Vec<[&str; 2]> = log.iter().map(|row| ["card", "entry"].map(|name| row[name].as_str().unwrap())).collect();
    assert_eq!(seen, [["476173******0043", "fallback"], ["541333******1513", "chip"]]);
}

#[test]
fn every_reader_and_cipher_is_opened() {
    let processor = Processor::start();
    for (counter, reader) in [Reader::Magtek, Reader::Idtech, Reader::IdtechAes, Reader::SureSwipe].into_iter().enumerate() {
        let payload = swipe("4111111111111111", reader, u32::try_from(counter).unwrap() + 16);
        let answer = processor.authorize(&processor.seal(1000, &payload)).json();
        assert_eq!(answer["result"], "approved", "{reader:?}");
        let clear = if reader == Reader::SureSwipe { json!(["clear"]) } else { json!([]) };
        assert_eq!(processor.log()[0]["warnings"], clear, "{reader:?}");
    }
}

#[test]
fn cards_and_amounts_decide_as_the_tables_say() {
    let processor = Processor::start();
    let outcome = |pan: &str, amount, counter| {
        let answer = processor.authorize(&processor.seal(amount, &swipe(pan, Reader::Idtech, counter))).json();
        answer.get("reason").unwrap_or(&answer["result"]).as_str().unwrap().to_owned()
    };
    for (pan, amount, expected) in [
        ("4000000000000515", 1000, "insufficient_funds"),
        ("4000000000000556", 1000, "stolen_card"),
        ("4000000000000564", 1000, "hot_card"),
        ("4000000000000572", 1000, "expired_card"),
        (IDTECH, 1251, "insufficient_funds"),
        (IDTECH, 1255, "stolen_card"),
        (IDTECH, 1250, "approved"),
    ] {
        assert_eq!(
            outcome(pan, amount, 1 << 8 | u32::try_from(amount % 100).unwrap() | pan_bits(pan)),
            expected,
            "{pan} {amount}"
        );
    }
}

/// Some bits that differ from card to card, so that counters do.
fn pan_bits(pan: &str) -> u32 {
    pan[14..].parse::<u32>().unwrap() << 10
}

#[test]
fn a_request_hangs_once_and_the_same_key_is_then_answered() {
    let processor = Processor::start();
    for (number, (pan, amount)) in [(MAGTEK, 1252), ("4000000000000523", 1000)].into_iter().enumerate() {
        let sealed = processor.seal(amount, &swipe(pan, Reader::Magtek, 32 + u32::try_from(number).unwrap()));
        let impatient: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(700))).build().into();
        let body = json!({ "idempotency_key": sealed.key, "jwe": sealed.jwe });
        let hung = impatient.post(format!("{}/authorize", processor.url)).send_json(&body);
        assert!(matches!(hung, Err(ureq::Error::Timeout(_))), "{hung:?}");
        assert_eq!(processor.payment(&sealed.key)["result"], "unknown");
        assert_eq!(processor.authorize(&sealed).json()["result"], "approved");
    }
}

#[test]
fn a_request_that_hung_once_does_not_hang_after_a_restart() {
    let processor = Processor::start_with(folder(), Options { hang: Duration::from_millis(1), ..Options::default() });
    let sealed = processor.seal(1252, &sample(40));
    processor.authorize(&sealed).is_problem(504, "hung");
    let processor = processor.restart();
    assert_eq!(processor.authorize(&sealed).json()["result"], "approved");
}

#[test]
fn an_answer_is_lost_after_the_decision_and_then_given() {
    let processor = Processor::start();
    for (number, (pan, amount)) in [(MAGTEK, 1253), ("4000000000000531", 1000)].into_iter().enumerate() {
        let sealed = processor.seal(amount, &swipe(pan, Reader::Magtek, 48 + u32::try_from(number).unwrap()));
        let lost = processor.try_authorize(&sealed);
        assert!(lost.is_err(), "{lost:?}");
        let known = processor.payment(&sealed.key);
        assert_eq!(known["result"], "approved", "it was decided");
        let answer = processor.authorize(&sealed).json();
        assert_eq!(answer, json!({ "result": "approved", "authorization": known["authorization"] }));
    }
    assert_eq!(processor.log().len(), 2);
}

#[test]
fn a_fault_happens_once() {
    let processor = Processor::start();
    for (number, (pan, amount)) in [(MAGTEK, 1254), ("4000000000000549", 1000)].into_iter().enumerate() {
        let sealed = processor.seal(amount, &swipe(pan, Reader::Magtek, 56 + u32::try_from(number).unwrap()));
        processor.authorize(&sealed).is_problem(500, "test-fault");
        assert_eq!(processor.payment(&sealed.key)["result"], "unknown");
        assert_eq!(processor.authorize(&sealed).json()["result"], "approved");
    }
}

#[test]
fn fifty_at_once_get_one_answer() {
    let processor = Arc::new(Processor::start());
    let sealed = processor.seal(1250, &sample(64));
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let (processor, sealed) = (processor.clone(), sealed.clone());
            thread::spawn(move || processor.authorize(&sealed))
        })
        .collect();
    let answers: Vec<_> = asked.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(answers[0].json()["result"], "approved");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(processor.log().len(), 1);
}

#[test]
fn fifty_payments_with_one_swipe_are_one_approval() {
    let processor = Arc::new(Processor::start());
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let processor = processor.clone();
            thread::spawn(move || processor.authorize(&processor.seal(1250, &sample(65))).json())
        })
        .collect();
    let answers: Vec<Value> = asked.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| answer["result"] == "approved").count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer["reason"] == "replay").count(), 49);
}

#[test]
fn the_same_key_gets_the_same_answer_after_a_restart() {
    let processor = Processor::start();
    let approved = processor.seal(1250, &sample(72));
    let declined = processor.seal(1251, &sample(73));
    let before = [processor.authorize(&approved), processor.authorize(&declined)];
    let replayed = processor.seal(1250, &sample(72));
    let processor = processor.restart();
    assert_eq!([processor.authorize(&approved), processor.authorize(&declined)], before);
    assert_eq!(processor.authorize(&replayed).json()["reason"], "replay", "counters are remembered as well");
    assert_eq!(processor.log().len(), 3);
}

#[test]
fn a_key_is_for_one_jwe() {
    let processor = Processor::start();
    let jwk = processor.get("/keys").json()["keys"][0].clone();
    let payment = random();
    let sealed = |amount, counter| seal(&jwk, payment, amount, &sample(counter).to_cbor().unwrap());
    let first = sealed(1250, 80);
    let answer = processor.authorize(&first);
    processor.authorize(&sealed(1, 81)).is_problem(409, "other-jwe");
    // Sealing the same once more gives another JWE: a till sends the one that it has.
    processor.authorize(&sealed(1250, 80)).is_problem(409, "other-jwe");
    assert_eq!(processor.authorize(&first), answer);
}

#[test]
fn what_is_asked_must_be_what_was_sealed() {
    let processor = Processor::start();
    let sealed = processor.seal(1250, &sample(88));
    let ask = |field: &str, value: Value| {
        let mut body = json!({ "idempotency_key": sealed.key, "jwe": sealed.jwe });
        body[field] = value;
        processor.post("/authorize", &body).unwrap()
    };
    for (field, value) in [
        ("idempotency_key", json!(hex::encode(&random::<16>()))),
        ("amount", json!(1251)),
        ("currency", json!("CHF")),
        ("shop", json!(8)),
        ("till", json!(3)),
    ] {
        ask(field, value).is_problem(422, "mismatch");
    }
    assert_eq!(processor.log().len(), 0, "nothing was decided");
    assert_eq!(ask("amount", json!(1250)).json()["result"], "approved");
}

#[test]
fn a_seal_that_was_changed_or_is_for_another_key_does_not_open() {
    let processor = Processor::start();
    let sealed = processor.seal(1250, &sample(96));
    let parts: Vec<&str> = sealed.jwe.split('.').collect();
    let flip = |part: &str| format!("{}{}", if part.starts_with('A') { 'B' } else { 'A' }, &part[1..]);
    for at in [1, 2, 3, 4] {
        let changed: Vec<String> =
            parts.iter().enumerate().map(|(n, part)| if n == at { flip(part) } else { (*part).into() }).collect();
        let changed = support::Sealed { key: sealed.key.clone(), jwe: changed.join(".") };
        processor.authorize(&changed).is_problem(422, "seal");
    }
    // A header from another seal: same key, other amount.
    let other = seal(&processor.get("/keys").json()["keys"][0], hex::decode(&sealed.key).unwrap().try_into().unwrap(), 1, b"x");
    let swapped = format!("{}.{}", other.jwe.split('.').next().unwrap(), parts[1..].join("."));
    processor.authorize(&support::Sealed { key: sealed.key.clone(), jwe: swapped }).is_problem(422, "seal");
    let mut stranger = processor.get("/keys").json()["keys"][0].clone();
    stranger["kid"] = json!("nobody");
    processor.authorize(&seal(&stranger, random(), 1250, b"x")).is_problem(422, "unknown-key");
    processor
        .authorize(&seal(&processor.get("/keys").json()["keys"][0], random(), 1250, b"no CBOR"))
        .is_problem(422, "no-payment");
    assert_eq!(processor.log().len(), 0);
    assert_eq!(processor.authorize(&sealed).json()["result"], "approved");
}

#[test]
fn what_does_not_open_under_the_readers_key_is_unreadable() {
    let processor = Processor::start();
    let good = sample(104);
    let mut unknown = good.clone();
    unknown.ksn[0] ^= 1;
    let mut other_counter = good.clone();
    other_counter.ksn[9] ^= 1;
    let mut changed = good.clone();
    changed.tracks[1][0] ^= 1;
    let mut no_counter = good.clone();
    no_counter.ksn = vec![0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0, 0];
    for payload in [unknown, other_counter, changed, no_counter] {
        assert_eq!(processor.authorize(&processor.seal(1250, &payload)).json()["reason"], "unreadable");
        assert_eq!(processor.log()[0]["card"], "");
    }
    // None of them has spent the counter.
    assert_eq!(processor.authorize(&processor.seal(1250, &good)).json()["result"], "approved");
}

#[test]
fn aes_dukpt_with_a_long_serial_number_is_opened() {
    use barrow_acquirer::dukpt::{aes, cbc::Cipher as Block};
    let processor = Processor::start();
    let ksn: [u8; 12] = hex::decode("123456789012345600000001").unwrap().try_into().unwrap();
    let bdk = aes::Key::new(&hex::decode("FEDCBA9876543210F1F1F1F1F1F1F1F1").unwrap()).unwrap();
    let key = aes::transaction_key(&aes::initial_key(&bdk, &aes::key_id(&ksn)), &ksn).unwrap();
    let cipher = Block::aes(aes::data_key(&key, &ksn).expose()).unwrap();
    let track = b";4111111111111111=49121010000000000?";
    let mut payload = swipe("4111111111111111", Reader::IdtechAes, 1);
    (payload.source, payload.cipher, payload.ksn) = (Source::IdtechEnhanced, Cipher::AesData, ksn.to_vec());
    payload.tracks = [vec![], cipher.encrypt(track), vec![]];
    payload.lens = [0, u16::try_from(track.len()).unwrap(), 0];
    assert_eq!(processor.authorize(&processor.seal(1250, &payload)).json()["result"], "approved");
}

#[test]
fn a_clear_read_must_pass_luhn_and_any_card_must_be_good() {
    let processor = Processor::start();
    let reason = |payload: CardPayload| processor.authorize(&processor.seal(1250, &payload)).json()["reason"].clone();
    assert_eq!(reason(swipe("4111111111111112", Reader::SureSwipe, 1)), "invalid_card");
    assert_eq!(reason(swipe_until("4000000000000002", "2401", Reader::SureSwipe, 1)), "expired_card");
    assert_eq!(reason(swipe_until("4000000000000002", "4901", Reader::SureSwipe, 1)), Value::Null);
}

#[test]
fn a_payment_is_taken_back_once_and_before_it_comes() {
    let processor = Processor::start();
    let reverse = |key: &str| processor.post("/reverse", &json!({ "idempotency_key": key })).unwrap().json();
    let sealed = processor.seal(1250, &sample(112));
    let approved = processor.authorize(&sealed);
    for _ in 0..2 {
        let state = reverse(&sealed.key);
        assert_eq!((&state["result"], &state["reversed"]), (&json!("approved"), &json!(true)));
    }
    assert_eq!(processor.authorize(&sealed), approved, "what was said stays said");
    assert_eq!(processor.log()[0]["reversed"], true);

    let late = processor.seal(1250, &sample(113));
    assert_eq!(reverse(&late.key)["result"], "unknown");
    let processor = processor.restart();
    assert_eq!(processor.authorize(&late).json()["reason"], "reversed");
    assert_eq!(processor.payment(&late.key)["reversed"], true);
}

#[test]
fn the_settlement_has_what_was_approved_and_taken_back() {
    let processor = Processor::start();
    for (amount, counter) in [(1250, 120), (100, 121), (1251, 122)] {
        processor.authorize(&processor.seal(amount, &sample(counter)));
    }
    let key = processor.log()[1]["payment"].as_str().unwrap().to_owned();
    processor.post("/reverse", &json!({ "idempotency_key": key })).unwrap();
    let answer = processor.get("/settlement");
    assert_eq!(answer.kind, "text/csv; charset=utf-8; header=present");
    let kinds: Vec<&str> = answer.text.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(kinds, ["kind", "sale", "sale", "reversal", "total"], "{}", answer.text);
    assert!(answer.text.ends_with("total,,,,,,,3 rows,1250,EUR\r\n"), "{}", answer.text);
    assert_eq!(processor.get("/settlement?day=2001-01-01").text.lines().count(), 1);
    processor.get("/settlement?day=yesterday").is_problem(400, "malformed");
}
