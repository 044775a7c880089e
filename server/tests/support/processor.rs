//! A card processor that does as it is told: it decides without a card, and remembers everything that it was asked.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

/// What it does with a request to authorise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Approve,
    Decline,
    /// Decides, and hangs up before it says so.
    LoseAnswer,
    /// Hangs up on everything, and decides nothing.
    HangUp,
    /// Says 422.
    Refuse,
    /// Answers as a network's login page does.
    LoginPage,
}

pub struct Seen {
    pub mood: Mood,
    /// Keys in the order in which they were asked for, one for each request that was read.
    pub authorized: Vec<String>,
    pub reversed: Vec<String>,
    /// How often each was charged.
    pub charged: HashMap<String, u32>,
    pub jwes: HashMap<String, String>,
    pub keys: Vec<Value>,
    pub hot_list: Option<Vec<u8>>,
    /// Everything that came in, byte for byte.
    pub bytes: Vec<u8>,
}

/// A running processor. It ends with the test's process.
pub struct FakeProcessor {
    seen: Arc<Mutex<Seen>>,
    pub address: SocketAddr,
}

/// A public key as in a JWK set; any modulus of the right length will do.
pub fn jwk(kid: &str) -> Value {
    let n = Base64UrlUnpadded::encode_string(&[0xc5; 256]);
    json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": kid, "n": n, "e": "AQAB"})
}

/// An address at which nothing listens.
pub fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl FakeProcessor {
    pub fn start() -> FakeProcessor {
        FakeProcessor::at("127.0.0.1:0".parse().unwrap())
    }

    pub fn at(address: SocketAddr) -> FakeProcessor {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            mood: Mood::Approve,
            authorized: vec![],
            reversed: vec![],
            charged: HashMap::new(),
            jwes: HashMap::new(),
            keys: vec![jwk("k1")],
            hot_list: None,
            bytes: vec![],
        }));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        FakeProcessor { seen, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    pub fn set(&self, mood: Mood) {
        self.seen().mood = mood;
    }

    /// How often `key` was asked for, and how often it was charged.
    pub fn counts(&self, key: &str) -> (usize, u32) {
        let seen = self.seen();
        (seen.authorized.iter().filter(|asked| *asked == key).count(), seen.charged.get(key).copied().unwrap_or(0))
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Seen>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.trim().parse().unwrap());
    while bytes.len() < head + length {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    }
    let path = text.split(' ').nth(1).unwrap().to_owned();
    let body: Value = serde_json::from_slice(&bytes[head..]).unwrap_or_default();
    let mut seen = seen.lock().unwrap();
    seen.bytes.extend_from_slice(&bytes);
    if let Some((status, body)) = answer(&mut seen, &path, &body) {
        drop(seen);
        let kind = if body.is_string() { "text/html" } else { "application/json" };
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let head =
            format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    }
}

/// Status and body, or nothing where it hangs up.
fn answer(seen: &mut Seen, path: &str, body: &Value) -> Option<(u16, Value)> {
    let key = body["idempotency_key"].as_str().unwrap_or_default().to_owned();
    match (path, seen.mood) {
        ("/keys", _) => Some((200, json!({"keys": seen.keys}))),
        ("/hot-list", _) => Some(match &seen.hot_list {
            Some(list) => {
                let key = Base64UrlUnpadded::encode_string(&[9; 32]);
                (
                    200,
                    json!({"made_at_ms": 1_790_000_000_000_i64, "entries": 3, "key": key, "filter": Base64::encode_string(list)}),
                )
            }
            None => (404, json!({"detail": "There is none."})),
        }),
        (_, Mood::HangUp) => {
            if path == "/authorize" {
                seen.authorized.push(key);
            }
            None
        }
        (_, Mood::LoginPage) => Some((200, "<html>Welcome to the market's wireless network</html>".into())),
        ("/authorize", mood) => {
            seen.authorized.push(key.clone());
            let jwe = body["jwe"].as_str().unwrap().to_owned();
            assert_eq!(*seen.jwes.entry(key.clone()).or_insert_with(|| jwe.clone()), jwe, "the same key, another JWE");
            if mood == Mood::Refuse {
                return Some((422, json!({"detail": "The sealed payment does not open."})));
            }
            if seen.reversed.contains(&key) {
                return Some((200, json!({"result": "declined", "reason": "reversed"})));
            }
            if mood == Mood::Decline {
                return Some((200, json!({"result": "declined", "reason": "insufficient_funds"})));
            }
            // Asked again with the same key, it charges nothing more.
            seen.charged.entry(key).or_insert(1);
            if mood == Mood::LoseAnswer {
                seen.mood = Mood::Approve;
                return None;
            }
            Some((200, json!({"result": "approved", "authorization": "A1B2C3"})))
        }
        ("/reverse", _) => {
            seen.reversed.push(key.clone());
            seen.charged.remove(&key);
            Some((200, json!({"result": "unknown", "reversed": true})))
        }
        _ => Some((404, json!({"detail": "There is nothing here."}))),
    }
}
