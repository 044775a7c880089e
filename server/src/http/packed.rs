//! Large answers go out compressed (RFC 9110, 8.4.1.3): a catalogue of 100,000 products is eleven megabytes of CBOR, and a fifth of
//! that on the wire. The signature covers what is inside, and a browser unpacks it before the till's code sees it.

use std::io::Write as _;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use flate2::{Compression, write::GzEncoder};

use super::problem::Problem;

/// What is shorter fits into a few packets anyway, bytes.
const PACKED_FROM: usize = 8 * 1024;

/// Does whoever asks take gzip?
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let refused = |part: &str| part.strip_prefix("q=").is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty());
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && !parts.any(refused)
    })
}

/// An answer of CBOR that nobody keeps, packed if it is large and `gzip` is taken.
pub(super) async fn cbor(bytes: Vec<u8>, gzip: bool) -> Result<Response, Problem> {
    if !gzip || bytes.len() < PACKED_FROM {
        return Ok(super::cbor(bytes));
    }
    let packed = tokio::task::spawn_blocking(move || pack(&bytes)).await.map_err(|_| Problem::internal())?;
    let mut response = super::cbor(packed.map_err(|_| Problem::internal())?);
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

fn pack(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn only_what_is_large_is_packed_and_only_for_who_takes_it() {
        let large = vec![7; PACKED_FROM];
        for (bytes, gzip, packed) in [(large.clone(), true, true), (large.clone(), false, false), (vec![7; 100], true, false)] {
            let response = cbor(bytes, gzip).await.unwrap();
            assert_eq!(response.headers().contains_key(header::CONTENT_ENCODING), packed);
        }
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*pack(&large).unwrap()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, large);
    }

    #[test]
    fn gzip_is_taken_as_it_is_asked_for() {
        let takes =
            |value: &'static str| takes_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]));
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=1.0, GZIP;q=0.8"));
        assert!(!takes("br") && !takes("gzip;q=0") && !takes("gzip;q=0.000") && !takes_gzip(&HeaderMap::new()));
    }
}
