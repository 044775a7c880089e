//! A sealed card's whole way: from the till's journal through the server, which cannot open it, to the demo's own processor, which
//! does; and that nothing of the card stays anywhere on it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::{fs, path::Path};

use barrow_acquirer::{
    card::Pan,
    swipe::{Reader, Stripe},
};
use barrow_core::{
    card::{Outcome, rules::ProcessorKey},
    ids::PaymentId,
    wire::BatchReply,
};
use barrow_sealing::{
    Key,
    card::{
        CardPayload,
        reader::{self, ReaderModel},
    },
    cbor,
    jwe::{self, Header},
};
use base64ct::{Base64, Encoding as _};
use rsa::{BoxedUint, PublicKey};
use serde_json::Value;
use sha2::Sha256;
use support::{
    Answer, Backend, OWN_ACQUIRER, Place, Server, agent,
    postgres::Cluster,
    till::{Till, payment_id, random},
    until,
};

/// The published samples, and a test card that the clear reader reads.
const PANS: [&str; 3] = ["5452300551227189", "4266841088889999", "4111111111111111"];
const TRACKS: [&str; 2] = ["5452300551227189=08043210000000725", "4266841088889999=080910110000046"];

fn opened(backend: &Backend) -> (Server, Till) {
    let server = Place::new(backend).serve_with(&[OWN_ACQUIRER, "--processor-timeout", "2"]);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    until("the processor's key is there", || {
        till.config = till.read_config(&till.get_config(None));
        till.config.cards.is_some()
    });
    till.open_shift();
    (server, till)
}

/// As a till seals, with RSA in Rust.
fn seal(key: &ProcessorKey, payment: PaymentId, amount: i64, payload: &CardPayload) -> String {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, u32::try_from(bytes.len() * 8).unwrap()).unwrap();
    let public = PublicKey::new(number(&key.n.0), number(&key.e.0)).unwrap();
    let header = Header { kid: key.kid.clone(), payment: payment.0, amount, currency: "EUR".into(), shop: 1, till: 1 };
    let (mut cek, mut iv) = ([0; 32], [0; 12]);
    random(&mut cek);
    random(&mut iv);
    let cek = Key::new(cek);
    let wrapped = public.oaep_encrypt::<Sha256>(cek.expose()).unwrap();
    jwe::seal(&header, &cek, &wrapped, &iv, &payload.to_cbor().unwrap()).unwrap()
}

fn published(name: &str, model: ReaderModel) -> CardPayload {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/readers").join(name);
    let text: String = fs::read_to_string(path).unwrap().split_whitespace().collect();
    let report = barrow_acquirer::hex::decode(&text).unwrap();
    reader::parse(model, &report).unwrap().payload.clone()
}

fn swiped_in_clear(counter: u32) -> CardPayload {
    let pan = Pan::parse(PANS[2].as_bytes()).unwrap();
    let report = Stripe { pan: &pan, expiry: "4912", service_code: "101" }.report(Reader::SureSwipe, counter).unwrap();
    reader::parse(ReaderModel::SureSwipe, &report).unwrap().payload.clone()
}

/// What the processor says that it decided.
fn log(server: &Server) -> Vec<Value> {
    let url = format!("{}/log", server.ready["acquirer"].as_str().unwrap());
    Answer::of(agent().get(url).call()).json()["payments"].as_array().unwrap().clone()
}

/// A sale of `amount`, which must be even.
fn sell(till: &mut Till, amount: i64, payload: &CardPayload) -> PaymentId {
    let id = payment_id();
    let key = till.config.cards.clone().unwrap().key_at(support::till::now_ms()).unwrap().clone();
    till.sell_sealed(amount / 2, id, seal(&key, id, amount, payload));
    id
}

fn the_whole_way(backend: &Backend) {
    let (server, mut till) = opened(backend);
    let samples = [
        sell(&mut till, 1000, &published("magtek-hid-856.hex", ReaderModel::Magtek)),
        sell(&mut till, 1200, &published("idtech-enhanced-414.hex", ReaderModel::IdTech)),
    ];
    for id in samples {
        assert!(matches!(till.outcome(id), Outcome::Approved { .. }));
    }
    // The amount's end makes the processor hang once, and break once.
    let again = [sell(&mut till, 1252, &swiped_in_clear(1)), sell(&mut till, 1254, &swiped_in_clear(2))];
    for id in again {
        assert!(matches!(till.outcome(id), Outcome::Approved { .. }));
    }
    // The same swipe for another payment.
    let replay = sell(&mut till, 1000, &published("magtek-hid-856.hex", ReaderModel::Magtek));
    assert_eq!(till.outcome(replay), Outcome::Declined { reason: "replay".into() });
    let decided = log(&server);
    assert_eq!(decided.len(), 5);
    for id in samples.iter().chain(&again) {
        let of: Vec<_> = decided.iter().filter(|row| row["payment"] == id.to_string().as_str()).collect();
        assert_eq!((of.len(), of[0]["result"].as_str()), (1, Some("approved")), "{id}");
    }

    // Everything that went over the wire, and everything that anybody reads.
    let batch = cbor::to_vec(&till.batch(&till.records)).unwrap();
    let answer = till.post_bytes(&till.path("entries"), &batch);
    let reply: BatchReply = cbor::from_slice(&answer.body).unwrap();
    assert!(reply.payments.is_some());
    let office = server.office();
    let mut texts = vec![("batch".to_owned(), batch), ("reply".to_owned(), answer.body)];
    for path in [
        "sales",
        "payments",
        "payments.csv",
        "payments/open",
        "alerts",
        "audit",
        "audit.csv",
        "cards",
        "terminals",
        "reports/shifts",
    ] {
        let answer = office.answer(path);
        assert_eq!(answer.status, 200, "{path}");
        texts.push((path.to_owned(), answer.body));
    }
    texts.push(("log".to_owned(), server.log()));
    let (url, data) = (database_dump(backend), server.place.data());
    if let Some(dump) = url {
        texts.push(("PostgreSQL".to_owned(), dump));
    }
    files(&data, &mut texts);
    assert!(texts.iter().any(|(name, _)| name.ends_with("keys.json")), "the data folder was read");
    for (name, bytes) in &texts {
        assert_eq!(found(bytes), None, "{name}");
    }
    let place = server.stop();
    let mut after = Vec::new();
    files(&place.data(), &mut after);
    for (name, bytes) in &after {
        assert_eq!(found(bytes), None, "{name}, stopped");
    }
}

#[test]
fn a_sealed_card_goes_the_whole_way_and_leaves_no_trace() {
    the_whole_way(&Backend::Sqlite);
}

#[test]
fn the_same_on_postgresql() {
    let Some(mut cluster) = Cluster::start() else {
        eprintln!("skipped: PostgreSQL is not installed here");
        return;
    };
    the_whole_way(&Backend::Postgres { url: cluster.database() });
}

/// The search below would find what it looks for.
#[test]
fn the_search_finds_each_form() {
    for needle in PANS.into_iter().chain(TRACKS) {
        for (form, bytes) in forms(needle.as_bytes()) {
            let mut around = b"before".to_vec();
            around.extend_from_slice(&bytes);
            around.extend_from_slice(b"after");
            assert!(found(&around).is_some(), "{needle} as {form}");
        }
    }
    assert_eq!(found(b"5452 3005 5122 7188"), None);
}

/// Every row of every table, as text. SQLite's files are read as they are.
fn database_dump(backend: &Backend) -> Option<Vec<u8>> {
    let Backend::Postgres { url } = backend else { return None };
    let output = std::process::Command::new("pg_dump").args(["--data-only", "--inserts", url]).output();
    let output = output.expect("pg_dump belongs to PostgreSQL's client");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // bytea stands there as hexadecimal: so it is decoded, and both are searched.
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("INTO public.payments"));
    let mut all = text.clone().into_bytes();
    for hex in text.split("'\\x").skip(1) {
        let digits: String = hex.chars().take_while(char::is_ascii_hexdigit).collect();
        all.extend(barrow_acquirer::hex::decode(&digits).unwrap_or_default());
        all.push(b'\n');
    }
    Some(all)
}

fn files(dir: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// What of the samples stands in these bytes, in whatever form.
fn found(bytes: &[u8]) -> Option<String> {
    PANS.into_iter().chain(TRACKS).find_map(|needle| {
        forms(needle.as_bytes())
            .into_iter()
            .find(|(_, form)| bytes.windows(form.len()).any(|window| window == form))
            .map(|(form, _)| format!("{needle} as {form}"))
    })
}

/// A text in clear, in hexadecimal, in base64 at each of its three alignments, and in UTF-16.
fn forms(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex = |upper: bool| -> Vec<u8> {
        let digits: String = text.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect();
        digits.into_bytes()
    };
    let utf16 =
        |low_first: bool| text.iter().flat_map(|byte| if low_first { [*byte, 0] } else { [0, *byte] }).collect::<Vec<u8>>();
    let mut forms = vec![
        ("clear".to_owned(), text.to_vec()),
        ("hexadecimal".to_owned(), hex(false)),
        ("HEXADECIMAL".to_owned(), hex(true)),
        ("UTF-16 LE".to_owned(), utf16(true)),
        ("UTF-16 BE".to_owned(), utf16(false)),
    ];
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(text);
        let encoded = Base64::encode_string(&padded);
        // What depends on the bytes around it is left out.
        let from = (before * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        forms.push((format!("base64 at {before}"), encoded.as_bytes()[from..to].to_vec()));
    }
    forms
}
