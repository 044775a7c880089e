//! What the tests stand on: a processor on a real socket, and a till that seals to it.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "tests; not every test file uses everything")]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
    time::Duration,
};

use barrow_acquirer::{
    Acquirer, Options,
    card::Pan,
    hex,
    swipe::{Reader, Stripe},
};
use barrow_sealing::{
    Key,
    card::{
        CardPayload,
        reader::{self, ReaderModel},
    },
    jwe::{self, Header},
};
use rsa::{BoxedUint, PublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::runtime::Runtime;

/// A processor on a real socket.
pub struct Processor {
    pub url: String,
    pub acquirer: Acquirer,
    dir: tempfile::TempDir,
    runtime: Runtime,
    agent: ureq::Agent,
    heard: Mutex<Vec<String>>,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    /// Asserts that it is a problem of this type.
    pub fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!((self.status, self.kind.as_str()), (status, "application/problem+json"), "{}", self.text);
        assert_eq!(self.json()["type"], format!("/problems/{kind}"));
        assert_eq!(self.json()["status"], status);
    }
}

/// One sealed payment.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub key: String,
    pub jwe: String,
}

/// A folder that has key pairs already: they are slow to make, and any will do.
pub fn folder() -> tempfile::TempDir {
    static KEYS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = KEYS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        barrow_acquirer::keys::Keyring::open(dir.path(), 30, barrow_acquirer::clock::now_ms()).unwrap();
        dir
    });
    let dir = tempfile::tempdir().unwrap();
    barrow_acquirer::files::private_dir(&dir.path().join("keys")).unwrap();
    for file in fs::read_dir(made.path().join("keys")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join("keys").join(file.file_name())).unwrap();
    }
    dir
}

impl Processor {
    pub fn start() -> Processor {
        Processor::start_with(folder(), Options { hang: Duration::from_secs(600), ..Options::default() })
    }

    pub fn start_with(dir: tempfile::TempDir, options: Options) -> Processor {
        let runtime = Runtime::new().unwrap();
        let acquirer = runtime.block_on(Acquirer::open(dir.path(), options)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = acquirer.router();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        let heard = Mutex::default();
        Processor { url, acquirer, dir, runtime, agent: agent(), heard }
    }

    /// Ends it without a word; what it answered is on the disk.
    pub fn stop(self) -> tempfile::TempDir {
        self.runtime.block_on(self.acquirer.close());
        self.runtime.shutdown_timeout(Duration::from_secs(10));
        self.dir
    }

    pub fn restart(self) -> Processor {
        Processor::start_with(self.stop(), Options::default())
    }

    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    /// Everything that it has answered.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.hear(self.agent.get(format!("{}{path}", self.url)).call()).unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        self.hear(self.agent.post(format!("{}{path}", self.url)).send_json(body))
    }

    pub fn post_bytes(&self, path: &str, kind: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        self.hear(self.agent.post(format!("{}{path}", self.url)).content_type(kind).send(body))
    }

    fn hear(&self, response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
        let answer = answer(response)?;
        self.heard.lock().unwrap().push(answer.text.clone());
        Ok(answer)
    }

    pub fn authorize(&self, sealed: &Sealed) -> Answer {
        self.try_authorize(sealed).unwrap()
    }

    pub fn try_authorize(&self, sealed: &Sealed) -> Result<Answer, ureq::Error> {
        self.post("/authorize", &json!({ "idempotency_key": sealed.key, "jwe": sealed.jwe }))
    }

    /// Seals to the key that it names first.
    pub fn seal(&self, amount: i64, payload: &CardPayload) -> Sealed {
        seal(&self.get("/keys").json()["keys"][0], random(), amount, &payload.to_cbor().unwrap())
    }

    pub fn payment(&self, key: &str) -> Value {
        let answer = self.get(&format!("/payments/{key}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    pub fn log(&self) -> Vec<Value> {
        self.get("/log").json()["payments"].as_array().unwrap().clone()
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

pub fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let mut response = response?;
    let kind = response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    Ok(Answer { status: response.status().as_u16(), kind, text: response.body_mut().read_to_string()? })
}

/// As a till seals, with RSA in Rust.
pub fn seal(jwk: &Value, payment: [u8; 16], amount: i64, plain: &[u8]) -> Sealed {
    let kid = jwk["kid"].as_str().unwrap().to_owned();
    let header = Header { kid, payment, amount, currency: "EUR".into(), shop: 7, till: 2 };
    let cek = Key::new(random());
    let wrapped = public_key(jwk).oaep_encrypt::<Sha256>(cek.expose()).unwrap();
    let jwe = jwe::seal(&header, &cek, &wrapped, &random(), plain).unwrap();
    Sealed { key: hex::encode(&payment), jwe }
}

/// By the till's own parser, which is to accept it.
fn public_key(jwk: &Value) -> PublicKey {
    let [kid, n, e] = ["kid", "n", "e"].map(|name| jwk[name].as_str().unwrap());
    let key = jwe::PublicKey::from_jwk(kid, n, e).unwrap();
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, u32::try_from(bytes.len() * 8).unwrap()).unwrap();
    PublicKey::new(number(key.modulus()), number(key.exponent())).unwrap()
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// What a till makes of a swipe of `pan` that the reader counts as `counter`.
pub fn swipe(pan: &str, reader: Reader, counter: u32) -> CardPayload {
    swipe_until(pan, "4912", reader, counter)
}

pub fn swipe_until(pan: &str, expiry: &str, reader: Reader, counter: u32) -> CardPayload {
    let pan = Pan::parse(pan.as_bytes()).unwrap();
    let report = Stripe { pan: &pan, expiry, service_code: "101" }.report(reader, counter).unwrap();
    let model = match reader {
        Reader::Magtek => ReaderModel::Magtek,
        Reader::Idtech | Reader::IdtechAes => ReaderModel::IdTech,
        Reader::SureSwipe => ReaderModel::SureSwipe,
    };
    reader::parse(model, &report).unwrap().payload.clone()
}

/// The two published swipes, as a till reads them.
pub fn published() -> [CardPayload; 2] {
    [message("magtek-hid-856.hex", ReaderModel::Magtek), message("idtech-enhanced-414.hex", ReaderModel::IdTech)]
}

/// A published message, as a till reads it.
pub fn message(name: &str, model: ReaderModel) -> CardPayload {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/readers").join(name);
    let text: String = fs::read_to_string(&path).unwrap().split_whitespace().collect();
    reader::parse(model, &hex::decode(&text).unwrap()).unwrap().payload.clone()
}
