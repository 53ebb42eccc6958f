//! Who may speak to the server at all, and what browsers are told to allow.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Web, WebCounts};

/// Everything from this server and nothing from anywhere else, and no script, style or image in the page itself. Live video is
/// put together by the page out of what came over its own socket (`blob:`); clips of alerts come from this server.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self'; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The names under which this server may be asked for.
#[derive(Debug)]
pub(super) struct Door {
    address: SocketAddr,
}

impl Door {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Whether a `Host` header names this server: by its address, or as localhost where it listens on loopback. One
    /// that listens on every address has no address of its own, so any will do; a name never will, because a name is
    /// what others can point here.
    pub(super) fn ours(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse::<u16>().ok()),
            _ => (host, Some(80)),
        };
        if port != Some(self.address.port()) {
            return false;
        }
        let own = self.address.ip();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match bare.parse::<std::net::IpAddr>() {
            Ok(named) => named == own || own.is_unspecified() || (own.is_loopback() && named.is_loopback()),
            Err(_) => own.is_loopback() && name.eq_ignore_ascii_case("localhost"),
        }
    }

    /// Whether an `Origin` header names a page of this server.
    pub(super) fn our_page(&self, origin: &str) -> bool {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(|host| self.ours(host))
    }

    /// Whether what a request says of its origin, if it says anything, is our page.
    fn origin_fits(&self, headers: &HeaderMap) -> bool {
        headers.get(ORIGIN).is_none_or(|origin| origin.to_str().is_ok_and(|origin| self.our_page(origin)))
    }
}

/// Turns away what does not name this server, and puts the policy on every answer.
pub(super) async fn guard(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).map(str::to_owned).or(authority);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let admitted = host.is_some_and(|host| web.door.ours(&host)) && (reads || web.door.origin_fits(headers));
    let mut response = if admitted {
        next.run(request).await
    } else {
        WebCounts::count(&web.counts.foreign_host);
        (StatusCode::FORBIDDEN, "This server answers only to its own address.\n").into_response()
    };
    harden(response.headers_mut());
    response
}

fn harden(headers: &mut HeaderMap) {
    let set: [(HeaderName, &str); 6] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
    ];
    for (name, value) in set {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn a_host_is_ours_by_address_or_localhost_and_never_by_a_name() {
        let cases = [
            ("127.0.0.1:8320", "127.0.0.1:8320", true),
            ("127.0.0.1:8320", "localhost:8320", true),
            ("127.0.0.1:8320", "LOCALHOST:8320", true),
            ("127.0.0.1:8320", "[::1]:8320", true),
            ("127.0.0.1:8320", "127.0.0.1:8321", false),
            ("127.0.0.1:8320", "127.0.0.1", false),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("[::1]:80", "[::1]", true),
            ("127.0.0.1:8320", "evil.example:8320", false),
            ("127.0.0.1:8320", "localhost.evil.example:8320", false),
            ("127.0.0.1:8320", "127.0.0.1.evil.example:8320", false),
            ("127.0.0.1:8320", "", false),
            ("127.0.0.1:8320", ":8320", false),
            ("0.0.0.0:8320", "192.168.1.5:8320", true),
            ("0.0.0.0:8320", "ops.example:8320", false),
            ("192.168.1.5:8320", "192.168.1.5:8320", true),
            ("192.168.1.5:8320", "localhost:8320", false),
            ("192.168.1.5:8320", "127.0.0.1:8320", false),
        ];
        for (address, host, expected) in cases {
            assert_eq!(Door::new(address.parse().unwrap()).ours(host), expected, "{host} at {address}");
        }
    }

    #[test]
    fn an_origin_is_ours_when_its_host_is() {
        let door = Door::new("127.0.0.1:8320".parse().unwrap());
        let cases = [
            ("http://127.0.0.1:8320", true),
            ("http://localhost:8320", true),
            ("http://127.0.0.1:8321", false),
            ("http://evil.example", false),
            ("null", false),
            ("file://127.0.0.1:8320", false),
            ("", false),
        ];
        for (origin, expected) in cases {
            assert_eq!(door.our_page(origin), expected, "{origin}");
        }
    }
}
