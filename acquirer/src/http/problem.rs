//! Errors as RFC 9457 has them. None of them repeats anything of what was sent.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{keys::NotOpened, store::StoreError};

/// An error on its way to whoever asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem(StatusCode, &'static str, &'static str);

impl Problem {
    /// 400: not what the endpoint reads.
    pub(super) const fn malformed(detail: &'static str) -> Problem {
        Problem(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 404.
    pub(super) const NOT_FOUND: Problem = Problem(StatusCode::NOT_FOUND, "not-found", "There is nothing at this address.");

    /// 405.
    pub(super) const METHOD: Problem =
        Problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This address does not take this method.");

    /// 408.
    pub(super) const TOO_SLOW: Problem = Problem(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long to arrive.");

    /// 409: the same key with another JWE.
    pub(super) const OTHER_JWE: Problem =
        Problem(StatusCode::CONFLICT, "other-jwe", "This idempotency key was used for another sealed payment.");

    /// 413.
    pub(super) const TOO_LARGE: Problem =
        Problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "A request may have at most 65536 bytes.");

    /// 415.
    pub(super) const MEDIA_TYPE: Problem =
        Problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Send the body as application/json.");

    /// 422: the request's own words are not those that were sealed.
    pub(super) const MISMATCH: Problem =
        Problem(StatusCode::UNPROCESSABLE_ENTITY, "mismatch", "The request and the sealed payment's header do not agree.");

    /// 422: sealed, but not as a payment of the kind that this processor reads.
    pub(super) const NO_PAYMENT: Problem =
        Problem(StatusCode::UNPROCESSABLE_ENTITY, "no-payment", "What was sealed is no payment that this processor can read.");

    /// 500: the fault that a test card or amount asks for.
    pub(super) const TEST_FAULT: Problem = Problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "test-fault",
        "This card or amount asks for a fault once. Nothing was decided: ask again.",
    );

    /// 500.
    pub(super) const INTERNAL: Problem =
        Problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The processor has a fault. Its log says more.");

    /// 504: what a request that hangs gets in the end.
    pub(super) const HUNG: Problem =
        Problem(StatusCode::GATEWAY_TIMEOUT, "hung", "The processor did not answer in time. Nothing was decided: ask again.");
}

impl From<NotOpened> for Problem {
    fn from(fault: NotOpened) -> Problem {
        match fault {
            NotOpened::UnknownKey => {
                let detail = "It is sealed to a key that this processor does not have, or has closed.";
                Problem(StatusCode::UNPROCESSABLE_ENTITY, "unknown-key", detail)
            }
            NotOpened::Refused => Problem(StatusCode::UNPROCESSABLE_ENTITY, "seal", "The sealed payment does not open."),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Problem {
        eprintln!("barrow-acquirer: {fault}");
        match fault {
            StoreError::Database(_) => {
                Problem(StatusCode::SERVICE_UNAVAILABLE, "busy", "The processor cannot decide now. Ask again in a moment.")
            }
            StoreError::TooNew(_) | StoreError::Corrupt(_) => Problem::INTERNAL,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem(status, kind, detail) = self;
        let title = status.canonical_reason().unwrap_or_default();
        let body = serde_json::json!({
            "type": format!("/problems/{kind}"), "title": title, "status": status.as_u16(), "detail": detail,
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        (status, headers, body.to_string()).into_response()
    }
}
