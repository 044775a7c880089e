//! Errors as RFC 9457 has them: `application/problem+json` with `type`, `title`, `status`, `detail`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    ingest::writer::NotTaken,
    limits::TooMany,
    names::BadName,
    people::PeopleFault,
    rules::BadRules,
    store::{StoreError, codes::CodeFault},
};

/// An error on its way to whoever asked.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem { status, kind, title, detail: detail.into(), retry_after_s: None }
    }

    /// 400: not what the endpoint reads.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "/problems/malformed", "The request cannot be read", detail)
    }

    /// 401: not signed by the till, or not so that it can be checked.
    #[must_use]
    pub fn signature(detail: &'static str) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "/problems/signature", "The request's signature is not valid", detail)
    }

    /// 401: no such till in this life.
    #[must_use]
    pub fn unknown_till() -> Problem {
        let detail = "This server does not know this till. Enrol the tablet again with a code from the office.";
        Problem::new(StatusCode::UNAUTHORIZED, "/problems/unknown-till", "The till is not known", detail)
    }

    /// 403: signed by one till, for another.
    #[must_use]
    pub fn other_till() -> Problem {
        let detail = "A till may only speak for itself.";
        Problem::new(StatusCode::FORBIDDEN, "/problems/other-till", "The request is for another till", detail)
    }

    /// 403: the till may not sell any more.
    #[must_use]
    pub fn till_revoked() -> Problem {
        let detail = "The office has taken this till out of use. Ask the owner.";
        Problem::new(StatusCode::FORBIDDEN, "/problems/till-revoked", "The till is out of use", detail)
    }

    /// 403: another tablet, or a later enrolment of this one, is this till now.
    #[must_use]
    pub fn till_fenced() -> Problem {
        let detail = "This till was enrolled again since. This tablet must be enrolled with a new code.";
        Problem::new(StatusCode::FORBIDDEN, "/problems/till-fenced", "The till was enrolled again", detail)
    }

    /// 401: nobody is signed in.
    #[must_use]
    pub fn signed_out() -> Problem {
        let detail = "Sign in to the office first.";
        Problem::new(StatusCode::UNAUTHORIZED, "/problems/signed-out", "Nobody is signed in", detail)
    }

    /// 401: login or password is wrong.
    #[must_use]
    pub fn sign_in() -> Problem {
        let detail = "Login or password is wrong.";
        Problem::new(StatusCode::UNAUTHORIZED, "/problems/sign-in", "Signing in failed", detail)
    }

    /// 403: asked from another site's page.
    #[must_use]
    pub fn cross_site() -> Problem {
        let detail = "This can only be done from the office's own page.";
        Problem::new(StatusCode::FORBIDDEN, "/problems/cross-site", "The request comes from another site", detail)
    }

    /// 404.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "/problems/not-found", "Not found", detail)
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed() -> Problem {
        let detail = "This address does not take this method.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "/problems/method-not-allowed", "Method not allowed", detail)
    }

    /// 408: the body did not arrive in time.
    #[must_use]
    pub fn too_slow() -> Problem {
        let detail = "The request took too long to arrive. Send less at a time.";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "/problems/too-slow", "The request took too long", detail)
    }

    /// 413: the body is too large.
    #[must_use]
    pub fn too_large(limit_bytes: usize) -> Problem {
        let detail = format!("A request may have at most {limit_bytes} bytes. Send less at a time.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "/problems/too-large", "The request is too large", detail)
    }

    /// 415: the body is of another kind.
    #[must_use]
    pub fn media_type(wanted: &'static str) -> Problem {
        let detail = format!("Send the body as {wanted}.");
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "/problems/media-type", "The body is of another kind", detail)
    }

    /// 422: it can be read, and cannot be done.
    #[must_use]
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "/problems/invalid", "A value cannot be taken", detail)
    }

    /// 409: something stands against it that somebody can change.
    #[must_use]
    pub fn conflict(kind: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, kind, "This cannot be done now", detail)
    }

    /// 503: come again.
    #[must_use]
    pub fn busy(retry_after_s: u64) -> Problem {
        let detail = "The server cannot take this now. Nothing is lost: try again in a moment.";
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "/problems/busy", "The server is busy", detail);
        Problem { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// 500: a fault of the server, whose cause stands in its log.
    #[must_use]
    pub fn internal() -> Problem {
        let detail = "The server has a fault. Its log says more.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "/problems/internal", "The server has a fault", detail)
    }

    /// An enrolment code that does not work.
    #[must_use]
    pub fn enrol_code(fault: CodeFault) -> Problem {
        let (status, kind) = match fault {
            CodeFault::Wrong => (StatusCode::FORBIDDEN, "/problems/enrol-code-wrong"),
            CodeFault::Expired => (StatusCode::GONE, "/problems/enrol-code-expired"),
            CodeFault::Used => (StatusCode::CONFLICT, "/problems/enrol-code-used"),
        };
        Problem::new(status, kind, "The enrolment code does not work", fault.to_string())
    }

    /// A person's one-time code that does not work.
    #[must_use]
    pub fn pin_code(fault: CodeFault) -> Problem {
        let (status, kind) = match fault {
            CodeFault::Wrong => (StatusCode::FORBIDDEN, "/problems/first-pin-code-wrong"),
            CodeFault::Expired => (StatusCode::GONE, "/problems/first-pin-code-expired"),
            CodeFault::Used => (StatusCode::CONFLICT, "/problems/first-pin-code-used"),
        };
        Problem::new(status, kind, "The one-time code does not work", fault.to_string())
    }
}

impl From<TooMany> for Problem {
    fn from(TooMany { retry_after_s }: TooMany) -> Problem {
        let detail = format!("There were too many wrong tries. Wait {retry_after_s} seconds, then try again.");
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "/problems/too-many-tries", "Too many wrong tries", detail);
        Problem { retry_after_s: Some(retry_after_s), ..problem }
    }
}

impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Problem {
        eprintln!("barrow-server: {fault}");
        match fault {
            StoreError::Database(_) => Problem::busy(2),
            StoreError::NoShop => Problem::busy(30),
            StoreError::TooNew { .. } | StoreError::Corrupt(_) | StoreError::Range | StoreError::Address => Problem::internal(),
        }
    }
}

impl From<BadName> for Problem {
    fn from(fault: BadName) -> Problem {
        Problem::invalid(fault.to_string())
    }
}

impl From<BadRules> for Problem {
    fn from(fault: BadRules) -> Problem {
        Problem::invalid(fault.to_string())
    }
}

impl From<PeopleFault> for Problem {
    fn from(fault: PeopleFault) -> Problem {
        let detail = fault.to_string();
        match fault {
            PeopleFault::Store(fault) => fault.into(),
            PeopleFault::Nobody | PeopleFault::NoTill => Problem::not_found(detail),
            PeopleFault::NameTaken(_) => Problem::conflict("/problems/name-taken", detail),
            PeopleFault::LastManager(_) => Problem::conflict("/problems/last-manager", detail),
            PeopleFault::Left(_) => Problem::conflict("/problems/staff-left", detail),
            PeopleFault::TillRevoked => Problem::conflict("/problems/till-out-of-use", detail),
        }
    }
}

impl From<NotTaken> for Problem {
    /// Whatever the cause, nothing of the batch was kept, and the till is to come again.
    fn from(_: NotTaken) -> Problem {
        Problem::busy(2)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": self.kind, "title": self.title, "status": self.status.as_u16(), "detail": self.detail,
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, body.to_string()).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn row_20_who_is_turned_away_is_told_when_to_come_again() {
        for (problem, status, seconds) in [
            (Problem::from(NotTaken::Full), 503, "2"),
            (Problem::from(TooMany { retry_after_s: 42 }), 429, "42"),
            (Problem::from(StoreError::Database(sqlx::Error::PoolTimedOut)), 503, "2"),
        ] {
            let response = problem.into_response();
            assert_eq!(
                (response.status().as_u16(), response.headers()[header::RETRY_AFTER].to_str().unwrap()),
                (status, seconds)
            );
        }
    }
}
