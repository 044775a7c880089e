//! The network, as far as a till uses it: one request, one whole answer, or nothing.

use js_sys::{Object, Uint8Array};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{
    scope::{object, property, scope},
    wait::Later,
};

/// How long a request may take with its answer, milliseconds.
pub const REQUEST_MS: u32 = 20_000;
/// The same, where the answer may be some megabytes on a slow network.
pub const LARGE_REQUEST_MS: u32 = 180_000;

/// A request to our own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// From `/v1` on.
    pub path: String,
    /// Beside those that the browser sets.
    pub headers: Vec<(&'static str, String)>,
    /// For `POST`.
    pub body: Option<Vec<u8>>,
    /// How long it may take with its answer, milliseconds.
    pub within_ms: u32,
}

/// An answer, whoever gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, in lower case; empty without one.
    pub media_type: String,
    /// `Retry-After` in seconds, if it was a number.
    pub retry_after: Option<u32>,
    /// All of it.
    pub body: Vec<u8>,
}

/// No answer: no network, no server, a redirect elsewhere, or it took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the server did not answer")]
pub struct Unreachable;

/// Something that carries requests.
pub trait Transport {
    /// Carries one.
    fn send(&self, request: Request) -> Later<'_, Result<Reply, Unreachable>>;
}

/// The browser's `fetch`, in a page or in a worker.
pub struct Fetch;

impl Transport for Fetch {
    fn send(&self, request: Request) -> Later<'_, Result<Reply, Unreachable>> {
        Box::pin(fetch(request))
    }
}

#[wasm_bindgen]
extern "C" {
    type AbortSignal;
    #[wasm_bindgen(static_method_of = AbortSignal)]
    fn timeout(ms: u32) -> JsValue;

    type Response;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Response) -> Headers;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    async fn array_buffer(this: &Response) -> Result<JsValue, JsValue>;

    type Headers;
    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;
}

async fn fetch(request: Request) -> Result<Reply, Unreachable> {
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
    let options: Object = object(&[
        ("method", request.method.into()),
        ("headers", object(&headers).into()),
        ("body", request.body.map_or(JsValue::UNDEFINED, |body| Uint8Array::from(body.as_slice()).into())),
        ("cache", "no-store".into()),
        ("credentials", "omit".into()),
        ("redirect", "error".into()),
        ("referrerPolicy", "no-referrer".into()),
        ("signal", AbortSignal::timeout(request.within_ms)),
    ]);
    let response: Response = scope().fetch(&request.path, &options).await.map_err(|_| Unreachable)?.unchecked_into();
    let headers = response.headers();
    let media_type = headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    let retry_after = headers.get("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    let body = response.array_buffer().await.map_err(|_| Unreachable)?;
    Ok(Reply { status: response.status(), media_type, retry_after, body: Uint8Array::new(&body).to_vec() })
}

/// The `detail` of a problem (RFC 9457), or its `title`.
pub(crate) fn problem_detail(body: &[u8]) -> Option<String> {
    let problem = js_sys::JSON::parse(std::str::from_utf8(body).ok()?).ok()?;
    let text = |name| property(&problem, name).as_string().filter(|text| !text.is_empty());
    text("detail").or_else(|| text("title"))
}
