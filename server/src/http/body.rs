//! Reading request bodies: of the right kind, not too large, not too slow.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::{HeaderMap, header},
};
use barrow_core::wire::BODY_BYTES_MAX;

use super::problem::Problem;

/// A whole body must have arrived within this time. A till on a bad line sends small batches.
const TIME_MAX: Duration = Duration::from_secs(60);
/// Of a body that is too large, so much is read and dropped before the answer: a browser that is still sending when the
/// connection closes would see a network fault, and never the 413 that tells it to send less.
const DROPPED_BYTES_MAX: usize = 16 * BODY_BYTES_MAX;

/// The body of a request that must be of `kind` (a media type).
pub(super) async fn read(request: Request, kind: &'static str) -> Result<Vec<u8>, Problem> {
    let right_kind = is_of(request.headers(), kind);
    let bytes = tokio::time::timeout(TIME_MAX, collect(request.into_body())).await.map_err(|_| Problem::too_slow())??;
    if right_kind { Ok(bytes) } else { Err(Problem::media_type(kind)) }
}

async fn collect(mut body: Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut length = 0usize;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Problem::malformed("The body broke off."))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&data);
        } else if length > DROPPED_BYTES_MAX {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    if length > BODY_BYTES_MAX { Err(Problem::too_large(BODY_BYTES_MAX)) } else { Ok(bytes) }
}

fn is_of(headers: &HeaderMap, kind: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(kind))
}
