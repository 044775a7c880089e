//! Talks to the server's office API: JSON over same-origin requests, the session in a cookie that scripts cannot read.

use barrow_language::t;
use js_sys::JSON;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect, Response};

/// Why there is no answer, as a sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// Nobody is signed in, or the session has ended.
    #[error("{}", t(.0))]
    SignedOut(String),
    /// The server says no, and why (`detail` of RFC 9457).
    #[error("{}", t(.0))]
    Refused(String),
    /// No connection.
    #[error("{}", t("The server cannot be reached."))]
    Unreachable,
    /// Something that is not the server answered, such as a network's sign-in page; or the server is of another version.
    #[error("{}", t("What answered is not the office’s server. Reload this page; if that does not help, look at the network."))]
    Foreign,
}

/// What a person signs in with.
#[derive(Serialize)]
struct Credentials<'a> {
    login: &'a str,
    password: &'a str,
}

/// An error as RFC 9457 has it.
#[derive(Deserialize)]
struct Problem {
    detail: Option<String>,
    title: Option<String>,
}

/// Reads `path` (absolute, such as `/v1/office/tills`).
///
/// # Errors
/// [`Failure`].
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    let answer = ask("GET", path, None).await?;
    serde_wasm_bindgen::from_value(json(&answer).await?).map_err(|_| Failure::Foreign)
}

/// Sends `body` to `path` by `method` and reads the answer.
///
/// # Errors
/// [`Failure`].
pub async fn send<T: DeserializeOwned>(method: Method, path: &str, body: &impl Serialize) -> Result<T, Failure> {
    let answer = ask(method.name(), path, Some(written(body)?)).await?;
    serde_wasm_bindgen::from_value(json(&answer).await?).map_err(|_| Failure::Foreign)
}

/// Changes a part of what is at `path`. Unlike with [`send`], what is nothing in `body` is sent, as `null`.
///
/// # Errors
/// [`Failure`].
pub async fn patch_whole<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, Failure> {
    let value = body.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|_| Failure::Foreign)?;
    let text = JSON::stringify(&value).map(JsValue::from).map_err(|_| Failure::Foreign)?;
    let answer = ask(Method::Patch.name(), path, Some(text)).await?;
    serde_wasm_bindgen::from_value(json(&answer).await?).map_err(|_| Failure::Foreign)
}

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Makes something new.
    Post,
    /// Puts something in the place of what was.
    Put,
    /// Changes a part of something.
    Patch,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

/// `text` as it stands in an address.
#[must_use]
pub fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

/// Is somebody signed in?
///
/// # Errors
/// [`Failure::SignedOut`] if not; else why that cannot be told.
pub async fn session() -> Result<(), Failure> {
    ask("GET", SESSION, None).await.map(|_| ())
}

/// Signs in; the server sets the cookie.
///
/// # Errors
/// [`Failure`].
pub async fn sign_in(login: &str, password: &str) -> Result<(), Failure> {
    ask("POST", SESSION, Some(written(&Credentials { login, password })?)).await.map(|_| ())
}

/// Signs out; the server ends the session.
///
/// # Errors
/// [`Failure`].
pub async fn sign_out() -> Result<(), Failure> {
    ask("DELETE", SESSION, None).await.map(|_| ())
}

const SESSION: &str = "/v1/office/session";

/// `body` as JSON. What is nothing is left out.
fn written(body: &impl Serialize) -> Result<JsValue, Failure> {
    let value = serde_wasm_bindgen::to_value(body).map_err(|_| Failure::Foreign)?;
    JSON::stringify(&value).map(JsValue::from).map_err(|_| Failure::Foreign)
}

async fn ask(method: &str, path: &str, body: Option<JsValue>) -> Result<Response, Failure> {
    let headers = Headers::new().map_err(|_| Failure::Foreign)?;
    let _ = headers.set("accept", "application/json, application/problem+json");
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Error);
    if let Some(body) = body {
        let _ = headers.set("content-type", "application/json");
        init.set_body(&body);
    }
    init.set_headers(&headers);
    let window = web_sys::window().ok_or(Failure::Foreign)?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await.map_err(|_| Failure::Unreachable)?;
    let answer: Response = answer.dyn_into().map_err(|_| Failure::Foreign)?;
    if answer.ok() { Ok(answer) } else { Err(refusal(&answer).await) }
}

async fn refusal(answer: &Response) -> Failure {
    let problem = match json(answer).await {
        Ok(value) => serde_wasm_bindgen::from_value::<Problem>(value).ok(),
        Err(_) => None,
    };
    let Some(sentence) = problem.and_then(|problem| problem.detail.or(problem.title)) else { return Failure::Foreign };
    if answer.status() == 401 { Failure::SignedOut(sentence) } else { Failure::Refused(sentence) }
}

/// The body, if it says that it is JSON.
async fn json(answer: &Response) -> Result<JsValue, Failure> {
    let kind = answer.headers().get("content-type").ok().flatten().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "application/json" | "application/problem+json") {
        return Err(Failure::Foreign);
    }
    let body = answer.json().map_err(|_| Failure::Foreign)?;
    JsFuture::from(body).await.map_err(|_| Failure::Unreachable)
}
