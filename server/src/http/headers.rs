//! Headers that every answer carries.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::Response,
};

/// Nothing but our own files runs, nothing is framed, and strings cannot become scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default";

/// What pages may use of the device, beside its ports and the camera: a wake lock keeps the till lit, passkeys sign in; nothing else
/// is wanted.
macro_rules! permissions_policy {
    ($devices:literal) => {
        concat!(
            $devices,
            ", screen-wake-lock=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), accelerometer=(), ",
            "autoplay=(), browsing-topics=(), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), ",
            "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), xr-spatial-tracking=()"
        )
    };
}

/// Not the till: the office, the interface, and the customer's window, by its address and by its file's.
const OTHERS: [&str; 4] = ["/office", "/v1", "/display", "/display.html"];

/// Card readers and scanners come over WebHID, receipt printers over the next three, and the camera reads barcodes: at the till and
/// nowhere else.
const TILL_POLICY: &str = permissions_policy!("hid=(self), usb=(self), serial=(self), bluetooth=(self), camera=(self)");
const OTHER_POLICY: &str = permissions_policy!("hid=(), usb=(), serial=(), bluetooth=(), camera=()");

const FIXED: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds them.
pub(super) async fn add(request: Request, next: Next) -> Response {
    let loopback = is_loopback(request.headers());
    let path = request.uri().path();
    let till = !OTHERS.iter().any(|other| path == *other || path.starts_with(&format!("{other}/")));
    let permissions = if till { TILL_POLICY } else { OTHER_POLICY };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(permissions));
    if !loopback {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Was the server asked by a name of this machine itself? Only there is plain HTTP a secure context.
pub(super) fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    host.is_none_or(|host| matches!(host.host(), "localhost" | "127.0.0.1" | "[::1]") || host.host().ends_with(".localhost"))
}
