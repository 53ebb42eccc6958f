//! Files of which a browser asks for ranges of bytes (RFC 9110, section 14).
//!
//! A file on disk is streamed in pieces and never held in memory. One range a request is answered; several at once are
//! refused, for no reader of maps or films asks so.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// How much is read from disk at once.
const PIECE_BYTES: u64 = 64 * 1024;

/// What a browser is told of a file.
pub(super) struct Content {
    pub(super) kind: HeaderValue,
    pub(super) cache: HeaderValue,
}

/// A file on disk, or the range of it that is asked for.
///
/// # Errors
/// When it cannot be opened.
pub(super) async fn file(path: &Path, range: Option<&HeaderValue>, content: Content) -> std::io::Result<Response> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    Ok(answer(length, range, content, |part| pieces(file, part)))
}

/// The answer to who asks for a range, or for everything.
pub(super) fn answer(
    length: u64,
    range: Option<&HeaderValue>,
    content: Content,
    body: impl FnOnce(Range<u64>) -> Body,
) -> Response {
    let (status, part) = match range.map(|range| part(range.to_str().unwrap_or_default(), length)) {
        None => (StatusCode::OK, 0..length),
        Some(Some(part)) => (StatusCode::PARTIAL_CONTENT, part),
        Some(None) => {
            let told = [(CONTENT_RANGE, format!("bytes */{length}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, told).into_response();
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content.kind);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, content.cache);
    headers.insert(CONTENT_LENGTH, (part.end - part.start).into());
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(told) = format!("bytes {}-{}/{length}", part.start, part.end - 1).parse()
    {
        headers.insert(CONTENT_RANGE, told);
    }
    *response.body_mut() = body(part);
    response
}

/// The bytes a `Range` header asks for; nothing where they are not there or more than one range is asked for.
fn part(range: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let part = match (first, last) {
        ("", last) => length.saturating_sub(number(last)?.max(1))..length,
        (first, "") => number(first)?..length,
        (first, last) => number(first)?..number(last)?.saturating_add(1).min(length),
    };
    (part.start < part.end).then_some(part)
}

/// Digits only: `u64::from_str` would take a sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A part of a file, read piece by piece as the browser takes it.
fn pieces(file: File, part: Range<u64>) -> Body {
    let begin = (file, part, false);
    Body::from_stream(stream::unfold(begin, |(mut file, mut left, placed)| async move {
        if left.is_empty() {
            return None;
        }
        let piece = read_piece(&mut file, &left, placed).await;
        match &piece {
            Ok(bytes) => left.start += bytes.len() as u64,
            Err(_) => left.start = left.end,
        }
        Some((piece, (file, left, true)))
    }))
}

async fn read_piece(file: &mut File, left: &Range<u64>, placed: bool) -> std::io::Result<Bytes> {
    if !placed {
        file.seek(SeekFrom::Start(left.start)).await?;
    }
    let mut piece = vec![0; PIECE_BYTES.min(left.end - left.start) as usize];
    file.read_exact(&mut piece).await?;
    Ok(Bytes::from(piece))
}

#[cfg(test)]
mod tests {
    use super::part;
    use proptest::prelude::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let cases = [
            ("bytes=0-99", Some(0..100)),
            ("bytes=0-0", Some(0..1)),
            ("bytes=990-2000", Some(990..1000)),
            ("bytes=990-", Some(990..1000)),
            ("bytes=-10", Some(990..1000)),
            ("bytes=-2000", Some(0..1000)),
            ("bytes=1000-", None),
            ("bytes=5-4", None),
            ("bytes=0-1,5-6", None),
            ("bytes=+1-2", None),
            ("bytes=a-b", None),
            ("bytes=-", None),
            ("items=0-1", None),
            ("", None),
        ];
        for (range, expected) in cases {
            assert_eq!(part(range, 1000), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), None);
    }

    proptest! {
        #[test]
        fn a_range_never_leaves_the_file(text in "(bytes=)?[0-9-]{0,24}", length: u64) {
            if let Some(part) = part(&text, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }
    }
}
