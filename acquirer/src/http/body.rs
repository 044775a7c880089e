//! Reading request bodies: JSON, not too large, not too slow.

use std::time::Duration;

use axum::{
    body::{HttpBody as _, to_bytes},
    extract::Request,
    http::header,
};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A sealed payment has some 3 KB.
const BYTES_MAX: usize = 64 * 1024;
/// So much is read and dropped before a body is refused: a client that is still sending when the connection closes would see a
/// network fault, and never the answer.
const DROPPED_BYTES_MAX: usize = 16 * BYTES_MAX;
/// A whole body must have arrived within this time.
const TIME_MAX: Duration = Duration::from_secs(30);

/// The body, which must be the JSON of a `T`.
pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let right_kind = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    let body = request.into_body();
    if body.size_hint().lower() > DROPPED_BYTES_MAX as u64 {
        return Err(Problem::TOO_LARGE);
    }
    let read = tokio::time::timeout(TIME_MAX, to_bytes(body, DROPPED_BYTES_MAX)).await.map_err(|_| Problem::TOO_SLOW)?;
    // What breaks off here is either too long or gone; whoever is gone does not read the answer.
    let bytes = read.map_err(|_| Problem::TOO_LARGE)?;
    if bytes.len() > BYTES_MAX {
        return Err(Problem::TOO_LARGE);
    }
    if !right_kind {
        return Err(Problem::MEDIA_TYPE);
    }
    serde_json::from_slice(&bytes).map_err(|_| Problem::malformed("The body is not the JSON that this address reads."))
}
