//! The adapter for a processor that speaks the HTTP shape in `docs/cards.md`.

use std::{io, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderValue, Method, Request, StatusCode, Uri, header},
};
use barrow_core::{bytes::Blob, card::Outcome, ids::PaymentId, wire::HOT_LIST_BYTES_MAX};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use thiserror::Error;

use super::{
    processor::{Fault, HotList, Processor, PublicKey},
    take::short,
};

/// The longest answer but for the hot-card list, bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The hot-card list as base64 in JSON.
const LIST_ANSWER_BYTES_MAX: usize = HOT_LIST_BYTES_MAX / 3 * 4 + 4096;
/// A connection must be there within this time, or not much later than half of the whole time.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Reasons and numbers of a processor are cut after so many characters.
const WORDS_MAX: usize = 200;

/// Why a processor's address cannot be used.
#[derive(Debug, Error)]
pub enum BadAddress {
    /// No `http://` or `https://` address.
    #[error("the processor's address must begin with https://, or http:// where nobody can listen")]
    Address,
    /// The token cannot stand in a header.
    #[error("the processor's token has characters that a header cannot have")]
    Token,
    /// TLS needs root certificates.
    #[error("this machine's root certificates cannot be read: {0}")]
    Roots(io::Error),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// A processor at an address.
pub struct HttpProcessor {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    authorization: Option<HeaderValue>,
    timeout: Duration,
}

impl HttpProcessor {
    /// A processor at `base`, such as `https://processor.example/v1`. `token` goes along as a bearer token (RFC 6750). A request that
    /// is not answered within `timeout` is given up, and its outcome unknown.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn new(base: &str, token: Option<&str>, timeout: Duration) -> Result<HttpProcessor, BadAddress> {
        let uri: Uri = base.parse().map_err(|_| BadAddress::Address)?;
        let scheme = uri.scheme_str().filter(|_| uri.host().is_some() && uri.query().is_none());
        let builder =
            ClientConfig::builder_with_provider(ring::default_provider().into()).with_safe_default_protocol_versions()?;
        let tls = match scheme {
            Some("https") => builder.with_native_roots().map_err(BadAddress::Roots)?,
            // Never used, and a machine without root certificates can do without them.
            Some("http") => builder.with_root_certificates(RootCertStore::empty()),
            _ => return Err(BadAddress::Address),
        }
        .with_no_client_auth();
        let authorization = match token {
            Some(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| BadAddress::Token)?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_MAX.min(timeout / 2)));
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(HttpProcessor { client, base: base.trim_end_matches('/').to_owned(), authorization, timeout })
    }

    /// Sends one request and gives what a 200 says in JSON.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        bytes_max: usize,
    ) -> Result<T, Fault> {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|fault| Fault::Unreached(fault.to_string()))?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|fault| {
                let words = sources(&fault);
                if fault.is_connect() { Fault::Unreached(words) } else { Fault::Unknown(words) }
            })?;
            let status = response.status();
            let body = Limited::new(response.into_body(), bytes_max).collect().await;
            let body = body.map_err(|fault| Fault::Unknown(format!("the answer broke off: {fault}")))?.to_bytes();
            Ok::<_, Fault>((status, body))
        };
        let answered = tokio::time::timeout(self.timeout, exchange).await;
        let (status, body) =
            answered.map_err(|_| Fault::Unknown(format!("no answer within {} s", self.timeout.as_secs_f32())))??;
        if status == StatusCode::OK {
            // What answers in another way is no processor: a login page of the network, a proxy.
            return serde_json::from_slice(&body).map_err(|_| Fault::Unknown("an answer that is not the processor's".into()));
        }
        let detail = serde_json::from_slice::<Problem>(&body).ok().and_then(|problem| problem.detail);
        let words = format!("{} {}", status.as_u16(), cleaned(detail.as_deref().unwrap_or("without a reason")));
        Err(if is_final(status) { Fault::Refused(words) } else { Fault::Unknown(words) })
    }
}

/// Will the same request get the same refusal? Not where a token, an address or the time of day may be to blame.
fn is_final(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
    )
}

#[derive(Deserialize)]
struct Problem {
    detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Decision {
    Approved { authorization: String },
    Declined { reason: String },
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    #[serde(default)]
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

#[derive(Deserialize)]
struct List {
    made_at_ms: i64,
    entries: u32,
    key: String,
    filter: String,
}

impl Processor for HttpProcessor {
    async fn authorize(&self, key: PaymentId, jwe: &str) -> Result<Outcome, Fault> {
        let body = json!({"idempotency_key": key.to_string(), "jwe": jwe});
        Ok(match self.ask(Method::POST, "/authorize", Some(&body), ANSWER_BYTES_MAX).await? {
            Decision::Approved { authorization } => Outcome::Approved { authorization: cleaned(&authorization) },
            Decision::Declined { reason } => Outcome::Declined { reason: cleaned(&reason).replace('_', " ") },
        })
    }

    async fn reverse(&self, key: PaymentId) -> Result<(), Fault> {
        let body = json!({"idempotency_key": key.to_string()});
        let answer: Value = self.ask(Method::POST, "/reverse", Some(&body), ANSWER_BYTES_MAX).await?;
        // A 200 of something else on the way must not count as money that was given back.
        let done = answer.get("reversed") == Some(&Value::Bool(true));
        if done { Ok(()) } else { Err(Fault::Unknown("an answer that does not say \"reversed\": true".into())) }
    }

    async fn keys(&self) -> Result<Vec<PublicKey>, Fault> {
        let set: Jwks = self.ask(Method::GET, "/keys", None, ANSWER_BYTES_MAX).await?;
        let keys: Vec<PublicKey> = set.keys.iter().filter_map(public_key).collect();
        if keys.is_empty() { Err(Fault::Unknown("a key set without a usable key".into())) } else { Ok(keys) }
    }

    async fn hot_list(&self) -> Result<Option<HotList>, Fault> {
        let list: List = match self.ask(Method::GET, "/hot-list", None, LIST_ANSWER_BYTES_MAX).await {
            // A processor without a list.
            Err(Fault::Unknown(words)) if words.starts_with("404 ") => return Ok(None),
            other => other?,
        };
        let wrong = || Fault::Unknown("a hot-card list that cannot be read".into());
        let key = Base64UrlUnpadded::decode_vec(list.key.trim_end_matches('=')).ok().filter(|key| key.len() == 32);
        let filter = Base64::decode_vec(&list.filter).ok().filter(|filter| filter.len() <= HOT_LIST_BYTES_MAX);
        let (key, filter) = key.zip(filter).ok_or_else(wrong)?;
        Ok(Some(HotList { made_at_ms: list.made_at_ms, entries: list.entries, key: Blob(key), filter }))
    }
}

/// A key that a till can seal to, or nothing.
fn public_key(jwk: &Jwk) -> Option<PublicKey> {
    let right = jwk.kty == "RSA"
        && jwk.usage.as_deref().is_none_or(|usage| usage == "enc")
        && jwk.alg.as_deref().is_none_or(|alg| alg == "RSA-OAEP-256");
    let kid =
        (1..=64).contains(&jwk.kid.len()) && jwk.kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte));
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).ok().filter(|bytes| !bytes.is_empty());
    (right && kid).then_some(())?;
    Some(PublicKey { kid: jwk.kid.clone(), n: decode(&jwk.n)?, e: decode(&jwk.e)? })
}

/// A processor's words, short, and without anything that could be a card number (12 to 19 digits in a row).
fn cleaned(words: &str) -> String {
    let words = short(words, WORDS_MAX);
    let mut out = String::with_capacity(words.len());
    let mut digits = String::new();
    for c in words.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() >= 12 { "…" } else { &digits });
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// An error with everything behind it: "error sending request" alone helps nobody.
fn sources(fault: &dyn std::error::Error) -> String {
    let mut words = fault.to_string();
    let mut next = fault.source();
    while let Some(source) = next {
        words = format!("{words}: {source}");
        next = source.source();
    }
    short(&words, WORDS_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_processors_words_hold_no_card_number() {
        assert_eq!(cleaned("insufficient funds"), "insufficient funds");
        assert_eq!(cleaned("card 5452300551227189 expired 0804"), "card … expired 0804");
        assert_eq!(cleaned("4266841088889999"), "…");
        assert_eq!(cleaned("A12345\n"), "A12345");
        assert_eq!(cleaned(&"x".repeat(5000)).len(), WORDS_MAX);
    }

    #[test]
    fn an_address_must_be_one() {
        let new = |base: &str| HttpProcessor::new(base, Some("t"), Duration::from_secs(1)).map(|_| ());
        assert!(new("http://127.0.0.1:1/x/").is_ok());
        for base in ["", "processor", "/v1", "ftp://x", "http://", "http://x/?y=1"] {
            assert!(matches!(new(base), Err(BadAddress::Address)), "{base}");
        }
        assert!(matches!(HttpProcessor::new("http://x", Some("a\nb"), Duration::from_secs(1)), Err(BadAddress::Token)));
    }

    #[test]
    fn only_keys_that_a_till_can_use_are_taken() {
        let jwk = |change: &dyn Fn(&mut Value)| {
            let mut value = json!({"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "k", "n": "wQ", "e": "AQAB"});
            change(&mut value);
            public_key(&serde_json::from_value(value).unwrap())
        };
        assert_eq!(jwk(&|_| {}), Some(PublicKey { kid: "k".into(), n: vec![0xc1], e: vec![1, 0, 1] }));
        for (name, value) in
            [("kty", "EC"), ("use", "sig"), ("alg", "RSA1_5"), ("kid", ""), ("kid", "a b"), ("n", ""), ("e", "#")]
        {
            assert_eq!(jwk(&|jwk| jwk[name] = value.into()), None, "{name} {value}");
        }
    }
}
