//! The built pages: `dist/till` at `/`, with the customer's window at `/display`, and `dist/office` at `/office/`.
//!
//! A missing asset is a 404, never a page: an old page that asks for a file of its own build must learn that it is gone.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::bytes::Hash;

use super::problem::Problem;

/// Answers a request for a page or one of its files.
pub(super) async fn serve(dist: &Path, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::method_not_allowed().into_response();
    }
    if path == "/office" {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, "/office/")]).into_response();
    }
    let (root, rest) = match path.strip_prefix("/office/") {
        Some(rest) => (dist.join("office"), rest),
        None if path == "/display" => (dist.join("till"), "display.html"),
        None => (dist.join("till"), path.trim_start_matches('/')),
    };
    let Some(file) = Asked::parse(rest) else { return not_found() };
    match file {
        Asked::Page => page(&root, headers).await,
        Asked::File(name) => match read(&root.join(&name), headers).await {
            Ok(found) => found,
            Err(_) => not_found(),
        },
    }
}

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    /// The start page: `/`, or any address without a file's extension.
    Page,
    /// A file.
    File(PathBuf),
}

impl Asked {
    /// Reads a path below the root. Only plain names: nothing hidden, nothing above, nothing encoded.
    fn parse(rest: &str) -> Option<Asked> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+');
        if rest.len() > 512 || !rest.chars().all(plain) {
            return None;
        }
        let path = PathBuf::from(rest);
        let named = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
        if !path.components().all(named) {
            return None;
        }
        let compressed = path.extension().is_some_and(|extension| extension == "br");
        match path.extension() {
            _ if compressed => None,
            Some(_) if !rest.ends_with('/') => Some(Asked::File(path)),
            _ => Some(Asked::Page),
        }
    }
}

async fn page(root: &Path, headers: &HeaderMap) -> Response {
    match read(&root.join("index.html"), headers).await {
        Ok(page) => page,
        Err(_) => not_built(),
    }
}

async fn read(path: &Path, headers: &HeaderMap) -> io::Result<Response> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".br");
    let beside = PathBuf::from(beside);
    let has_brotli = tokio::fs::try_exists(&beside).await?;
    let brotli = has_brotli && accepts_brotli(headers);
    let bytes = tokio::fs::read(if brotli { &beside } else { path }).await?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let tag = format!("\"{}\"", Hash::of(&bytes).short());
    let mut response = if headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" }),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    if has_brotli {
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if brotli {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    Ok(response)
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("br") && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// Does the name hold its content's hash, at least 8 hexadecimal digits after a dash?
fn is_hashed(name: &str) -> bool {
    name.split(['-', '.', '_']).skip(1).any(|part| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_found() -> Response {
    Problem::not_found("There is no such file.").into_response()
}

/// Says what to do when the pages are not there.
fn not_built() -> Response {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Barrow</title>\
        <h1>This page has not been built yet</h1>\
        <p>Run <code>make build</code> in Barrow's checkout, or start the server with <code>--dist</code> and the folder that it made.</p>\
        <p>The server itself is running: <a href=\"/healthz\">/healthz</a>.</p></html>";
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, PAGE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_31_paths_with_an_extension_are_files_and_nothing_leads_out() {
        assert_eq!(Asked::parse(""), Some(Asked::Page));
        assert_eq!(Asked::parse("orders/12"), Some(Asked::Page));
        assert_eq!(Asked::parse("icons/icon-192.png"), Some(Asked::File("icons/icon-192.png".into())));
        for path in
            ["../keys.json", "a/../../b.js", ".env", "a/.git/x.js", "a%2e%2e/b.js", "a\\b.js", "app.js.br", "/etc/passwd.txt"]
        {
            assert_eq!(Asked::parse(path), None, "{path}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for name in ["barrow-app-4f1d2c3b4a596877.js", "barrow-app-4f1d2c3b4a596877_bg.wasm", "style-0123456789abcdef.css"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["index.html", "sw.js", "icon-192.png", "manifest.webmanifest", "blackbox.js"] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn brotli_only_for_who_takes_it() {
        let accepts = |value: &'static str| {
            accepts_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(accepts("gzip, deflate, br, zstd") && accepts("br;q=0.5"));
        assert!(!accepts("gzip") && !accepts("br;q=0") && !accepts_brotli(&HeaderMap::new()));
    }
}
