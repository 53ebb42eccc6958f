//! The page, as it was built into the program.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// The files of the built page, by path, sorted.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is served where the page was not built.
const MISSING: &str = "\
The operations room is running, but this program was built without its page.

Build the page and then the program again:

    make console build

The page needs Node.js 18 or newer with npm; `make setup-run` says what is missing on this machine.
";

/// Whether the page was built into the program.
pub(crate) fn built() -> bool {
    file("index.html").is_some()
}

/// `GET /`
pub(super) async fn index() -> Response {
    match file("index.html") {
        // The page names its parts by their content, so only the page itself must always be asked for.
        Some(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")], page).into_response(),
        None => {
            let kind = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
            (StatusCode::SERVICE_UNAVAILABLE, kind, MISSING).into_response()
        }
    }
}

/// `GET /assets/…`
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    let Some(bytes) = file(&format!("assets/{path}")) else { return nothing().await };
    let kind = [(CONTENT_TYPE, content_type(&path)), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (kind, bytes).into_response()
}

/// Everything else.
pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "There is nothing here.\n").into_response()
}

fn file(path: &str) -> Option<&'static [u8]> {
    FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok().map(|at| FILES[at].1)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
