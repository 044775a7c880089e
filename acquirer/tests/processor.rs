//! The program around the payments: keys, hot list, bad input, what is left behind, starting and stopping.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
    time::Duration,
};

use barrow_acquirer::{Options, hex, swipe::Reader};
use barrow_sealing::{
    Key,
    card::{Token, reader::ReaderModel},
    hot_list::HotList,
};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use support::{Processor, agent, answer, folder, message, published, random, seal, swipe};

const DAY_MS: i64 = 24 * 3600 * 1000;

#[test]
fn a_rotated_key_stays_open_for_its_days_and_then_closes() {
    let now = Arc::new(AtomicI64::new(barrow_acquirer::clock::now_ms()));
    let hands = now.clone();
    let options = Options { clock: Arc::new(move || hands.load(Ordering::SeqCst)), key_overlap_days: 7, ..Options::default() };
    let processor = Processor::start_with(folder(), options);
    let keys = |processor: &Processor| processor.get("/keys").json()["keys"].as_array().unwrap().clone();
    let first = keys(&processor);
    assert_eq!(first.len(), 1);
    for (member, value) in [("kty", "RSA"), ("use", "enc"), ("alg", "RSA-OAEP-256"), ("e", "AQAB")] {
        assert_eq!(first[0][member], value);
    }
    let made = processor.post("/keys/rotate", &json!({})).unwrap().json();
    let both = keys(&processor);
    assert_eq!((both.len(), &both[0]["kid"], &both[1]), (2, &made["kid"], &first[0]));
    let plain = |counter| swipe("4111111111111111", Reader::Magtek, counter).to_cbor().unwrap();
    let ask = |processor: &Processor, key: &Value, counter| processor.authorize(&seal(key, random(), 1000, &plain(counter)));
    assert_eq!(ask(&processor, &both[0], 1).json()["result"], "approved");
    now.fetch_add(7 * DAY_MS - 60_000, Ordering::SeqCst);
    assert_eq!(ask(&processor, &first[0], 2).json()["result"], "approved");
    now.fetch_add(120_000, Ordering::SeqCst);
    ask(&processor, &first[0], 3).is_problem(422, "unknown-key");
    assert_eq!(keys(&processor), both[..1]);
    assert_eq!(ask(&processor, &both[0], 3).json()["result"], "approved");
    for file in fs::read_dir(processor.data().join("keys")).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_hot_list_knows_its_cards_and_names_none() {
    let options = || Options { hot_cards: 1000, ..Options::default() };
    let processor = Processor::start_with(folder(), options());
    let list = processor.get("/hot-list").json();
    assert_eq!(list["entries"], 1001);
    let filter = Base64::decode_vec(list["filter"].as_str().unwrap()).unwrap();
    let filter = HotList::parse(&filter).unwrap();
    assert_eq!((u64::from(filter.cards()), filter.made_ms()), (1001, list["made_at_ms"].as_u64().unwrap()));
    let key = Key::from_slice(&Base64UrlUnpadded::decode_vec(list["key"].as_str().unwrap()).unwrap()).unwrap();
    let has = |pan: &str| filter.contains(Token::full(&key, pan.as_bytes()).unwrap().as_bytes());
    assert!(has("4000000000000564"));
    assert!(!has("5452300551227189") && !has("4111111111111111"));
    let again = Processor::start_with(processor.stop(), options()).get("/hot-list").json();
    assert_eq!(again["key"], list["key"], "the same cards under the same key");
}

#[test]
fn bad_bodies_get_a_problem_and_change_nothing() {
    let processor = Processor::start();
    let good = processor.seal(1250, &published()[0]);
    let mut bodies: Vec<Vec<u8>> = vec![
        vec![],
        b"null".into(),
        b"[]".into(),
        b"{}".into(),
        b"{\"idempotency_key\":1,\"jwe\":2}".into(),
        vec![0xff; 1000],
        format!("{{\"idempotency_key\":\"{}\"}}", good.key).into(),
        json!({ "idempotency_key": good.key, "jwe": "" }).to_string().into(),
        json!({ "idempotency_key": good.key, "jwe": "...." }).to_string().into(),
        json!({ "idempotency_key": good.key, "jwe": good.jwe.replace('.', "") }).to_string().into(),
        json!({ "idempotency_key": good.key, "jwe": format!("{}.", good.jwe) }).to_string().into(),
        json!({ "idempotency_key": good.key.to_uppercase(), "jwe": good.jwe }).to_string().into(),
        json!({ "idempotency_key": "", "jwe": good.jwe }).to_string().into(),
        json!({ "idempotency_key": "5".repeat(33), "jwe": good.jwe }).to_string().into(),
        "[".repeat(60_000).into(),
    ];
    for _ in 0..200 {
        let mut bytes = json!({ "idempotency_key": good.key, "jwe": good.jwe }).to_string().into_bytes();
        let [at, with, more, ..]: [u8; 8] = random();
        let at = (usize::from(at) << 4 | usize::from(more)) % 20;
        bytes.truncate(bytes.len() - at - 1);
        bytes.push(with | 0x80);
        bodies.push(bytes);
    }
    for body in &bodies {
        for path in ["/authorize", "/status", "/reverse"] {
            // `/status` and `/reverse` read only the key.
            let with_key = path != "/authorize"
                && serde_json::from_slice::<Value>(body).is_ok_and(|body| body["idempotency_key"] == good.key);
            if !with_key {
                processor.post_bytes(path, "application/json", body).unwrap().is_problem(400, "malformed");
            }
        }
    }
    processor.post_bytes("/authorize", "text/plain", b"{}").unwrap().is_problem(415, "media-type");
    processor.get("/nowhere").is_problem(404, "not-found");
    processor.get("/authorize").is_problem(405, "method-not-allowed");
    processor.get("/payments/x").is_problem(400, "malformed");
    processor.post_bytes("/authorize", "application/json", &vec![b' '; 65_537]).unwrap().is_problem(413, "too-large");
    // Announced as far too long, it is refused before it is sent.
    let mut stream = TcpStream::connect(processor.url.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "POST /authorize HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9999999\r\n\r\n")
        .unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 413");
    assert_eq!(processor.payment(&good.key)["result"], "unknown");
    assert_eq!(processor.log().len(), 0);
    assert_eq!(processor.authorize(&good).json()["result"], "approved");
}

/// A running program.
struct Program {
    child: Child,
    url: String,
    said: thread::JoinHandle<String>,
}

impl Program {
    fn start(data: &Path, more: &[&str]) -> Program {
        let mut child = command(data)
            .args(["--listen", "127.0.0.1:0", "--ready-json"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut line, mut out) = (String::new(), BufReader::new(child.stdout.take().unwrap()));
        out.read_line(&mut line).unwrap();
        let url = serde_json::from_str::<Value>(&line).expect(&line)["listening"].as_str().unwrap().to_owned();
        let mut err = child.stderr.take().unwrap();
        let said = thread::spawn(move || {
            let mut said = String::new();
            err.read_to_string(&mut said).unwrap();
            out.read_to_string(&mut said).unwrap();
            said
        });
        Program { child, url, said }
    }

    fn get(&self, path: &str) -> support::Answer {
        answer(agent().get(format!("{}{path}", self.url)).call()).unwrap()
    }

    fn authorize(&self, sealed: &support::Sealed) -> support::Answer {
        let body = json!({ "idempotency_key": sealed.key, "jwe": sealed.jwe });
        answer(agent().post(format!("{}/authorize", self.url)).send_json(&body)).unwrap()
    }

    /// SIGTERM; it must end by itself, and well. Gives what it wrote.
    fn stop(mut self) -> String {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "it did not end cleanly");
        self.said.join().unwrap()
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.said.join().unwrap();
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barrow-acquirer"));
    command.arg("--data").arg(data);
    command
}

fn run(data: &Path, args: &[&str]) -> String {
    let output = command(data).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_program_remembers_over_a_kill_and_ends_cleanly_while_a_request_hangs() {
    let dir = folder();
    let program = Program::start(dir.path(), &[]);
    let jwk = program.get("/keys").json()["keys"][0].clone();
    let sealed = seal(&jwk, random(), 1250, &published()[0].to_cbor().unwrap());
    let before = program.authorize(&sealed);
    assert_eq!(before.json()["result"], "approved");
    program.kill();

    let program = Program::start(dir.path(), &[]);
    assert_eq!(program.authorize(&sealed), before);
    let second = command(dir.path()).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another barrow-acquirer runs"));

    let kid = run(dir.path(), &["rotate-key"]);
    assert_eq!(program.get("/keys").json()["keys"][0]["kid"], kid.trim(), "a running processor takes note");
    assert!(run(dir.path(), &["settlement"]).contains("sale,"));
    let report = run(dir.path(), &["swipe", "--counter", "9"]);
    assert_eq!(hex::decode(report.trim()).unwrap().len(), 856);

    let hangs = seal(&jwk, random(), 1252, &published()[1].to_cbor().unwrap());
    let url = program.url.clone();
    let body = json!({ "idempotency_key": hangs.key, "jwe": hangs.jwe });
    let hanging = thread::spawn(move || answer(agent().post(format!("{url}/authorize")).send_json(&body)));
    // That it happens is on the disk before the request begins to hang.
    let noted = || walk(dir.path()).iter().any(|file| contains(&fs::read(file).unwrap_or_default(), hangs.key.as_bytes()));
    assert!(
        (0..6000).any(|_| noted() || {
            thread::sleep(Duration::from_millis(10));
            false
        }),
        "it never came to hang"
    );
    assert_eq!(program.stop(), "");
    if let Ok(answer) = hanging.join().unwrap() {
        answer.is_problem(504, "hung");
    }
}

/// Promise 4: what comes here stays here only as BIN and last four.
#[test]
fn no_card_data_is_left_anywhere() {
    let dir = folder();
    let processor = Processor::start_with(dir, Options { hang: Duration::from_millis(1), ..Options::default() });
    let mut payloads = published().to_vec();
    payloads.push(message("magtek-dynapro-emv.hex", ReaderModel::Emv));
    payloads.push(message("idtech-vp3350-message.hex", ReaderModel::Emv));
    let pans =
        ["5452300551227189", "4266841088889999", "4111111111111111", "4000000000000564", "5413339000001513", "4761731000000043"];
    for (counter, (pan, reader)) in (512..).zip([
        (pans[0], Reader::Magtek),
        (pans[1], Reader::Idtech),
        (pans[2], Reader::SureSwipe),
        (pans[3], Reader::SureSwipe),
        (pans[2], Reader::IdtechAes),
    ]) {
        payloads.push(swipe(pan, reader, counter));
    }
    let mut keys = Vec::new();
    for payload in &payloads {
        for amount in [200, 1250, 1251, 1252, 1253, 1254] {
            let sealed = processor.seal(amount, payload);
            for _ in 0..2 {
                let _ = processor.try_authorize(&sealed);
            }
            keys.push(sealed.key);
        }
    }
    let mut unreadable = payloads[0].clone();
    unreadable.ksn[9] ^= 4;
    processor.authorize(&processor.seal(1250, &unreadable));
    for key in &keys {
        processor.payment(key);
    }
    processor.post("/reverse", &json!({ "idempotency_key": keys[0] })).unwrap();
    for path in ["/log", "/settlement", "/hot-list", "/keys"] {
        processor.get(path);
    }
    let heard = processor.heard();
    assert!(heard.contains("545230******7189"), "something was there to be found");
    let dir = processor.stop();
    let mut places = vec![("HTTP".to_owned(), heard.into_bytes())];
    for file in walk(dir.path()) {
        places.push((file.display().to_string(), fs::read(&file).unwrap()));
    }
    assert!(places.len() > 4, "database, keys, base derivation keys, hot list");
    let tracks = [
        "%B5452300551227189^HOGAN/PAUL",
        ";5452300551227189=0804",
        ";4266841088889999=0809",
        "HOGAN/PAUL",
        "BUSH JR/GEORGE",
        ";5163499080020445=",
    ];
    for secret in pans.iter().chain(&tracks) {
        for form in forms(secret) {
            for (place, bytes) in &places {
                assert!(!contains(bytes, &form), "{secret} stands in {place} as {:?}", String::from_utf8_lossy(&form));
            }
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}

/// In clear, in hexadecimal, as a chip packs digits, in base64 at each of its three places, and in UTF-16 of either order.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.into(), hex::encode(secret.as_bytes()).into()];
    forms.extend(hex::decode(secret));
    for shift in 0..3 {
        let shifted = [&b"xx"[..shift], secret.as_bytes()].concat();
        let text = Base64UrlUnpadded::encode_string(&shifted);
        // The first and the last characters depend on what stands around it.
        let inside = &text[[0, 2, 3][shift]..text.len() - 2];
        forms.push(inside.into());
        forms.push(inside.replace('-', "+").replace('_', "/").into());
    }
    forms.push(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    forms.push(secret.encode_utf16().flat_map(u16::to_be_bytes).collect());
    forms
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
