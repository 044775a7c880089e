//! A card processor in the page: an RSA key of WebCrypto's own, and what it opens.

use std::cell::RefCell;

use barrow_core::{
    bytes::Blob,
    card::{CardSeen, rules::ProcessorKey},
};
use barrow_sealing::{
    Key,
    card::CardPayload,
    jwe::{self, Header, PublicKey},
};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use crate::support::{call, get};

#[derive(Clone)]
pub struct Processor {
    private: JsValue,
    n: Vec<u8>,
    e: Vec<u8>,
}

thread_local! {
    static FIRST: RefCell<Option<Processor>> = const { RefCell::new(None) };
}

fn subtle() -> JsValue {
    get(&get(&js_sys::global(), "crypto"), "subtle")
}

fn parsed(json: &str) -> JsValue {
    js_sys::JSON::parse(json).unwrap()
}

impl Processor {
    /// The one of most tests: making a key takes a while.
    pub async fn usual() -> Processor {
        let known = FIRST.with_borrow(Clone::clone);
        match known {
            Some(known) => known,
            None => {
                let made = Processor::make().await;
                FIRST.with_borrow_mut(|slot| slot.insert(made).clone())
            }
        }
    }

    pub async fn make() -> Processor {
        let algorithm = parsed(r#"{"name":"RSA-OAEP","modulusLength":2048,"hash":"SHA-256"}"#);
        js_sys::Reflect::set(&algorithm, &"publicExponent".into(), &Uint8Array::from(&[1, 0, 1][..])).unwrap();
        let pair = call(&subtle(), "generateKey", &[algorithm, true.into(), parsed(r#"["encrypt","decrypt"]"#)]).await;
        let jwk = call(&subtle(), "exportKey", &["jwk".into(), get(&pair, "publicKey")]).await;
        let text = |name| get(&jwk, name).as_string().unwrap();
        let public = PublicKey::from_jwk("any", &text("n"), &text("e")).unwrap();
        Processor { private: get(&pair, "privateKey"), n: public.modulus().to_vec(), e: public.exponent().to_vec() }
    }

    pub fn key(&self, kid: &str, from_ms: i64, until_ms: i64) -> ProcessorKey {
        ProcessorKey { kid: kid.into(), n: Blob(self.n.clone()), e: Blob(self.e.clone()), from_ms, until_ms }
    }

    /// Opens what was sealed of a card.
    pub async fn open(&self, seen: &CardSeen) -> (Header, CardPayload) {
        let jwe = jwe::parse(std::str::from_utf8(&seen.sealed.0).unwrap()).unwrap();
        let wrapped = Uint8Array::from(jwe.encrypted_key());
        let cek = call(&subtle(), "decrypt", &[parsed(r#"{"name":"RSA-OAEP"}"#), self.private.clone(), wrapped.into()]).await;
        let cek = Key::from_slice(&Uint8Array::new(&cek).to_vec()).unwrap();
        (jwe.header.clone(), CardPayload::from_cbor(&jwe.open(&cek).unwrap()).unwrap())
    }
}
