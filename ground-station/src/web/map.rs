//! The base map: one PMTiles archive, of which a browser asks for ranges of bytes (RFC 9110, section 14).
//!
//! An archive on disk is streamed in pieces and never held in memory. One range a request is answered; several at once
//! are refused, for no reader of PMTiles asks so.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use missions::site::MapContent;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Web, page};

/// How much is read from disk at once.
const PIECE_BYTES: u64 = 64 * 1024;

/// `GET /map/{file}.pmtiles`
pub(super) async fn archive(State(web): State<Arc<Web>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(map) = web.map.as_ref().filter(|map| map.file_name == file) else { return page::nothing().await };
    let range = headers.get(RANGE).map(|range| range.to_str().unwrap_or_default().to_owned());
    match &map.content {
        MapContent::Shipped(bytes) => {
            let all: &'static [u8] = bytes;
            answer(all.len() as u64, range.as_deref(), |part| {
                Body::from(Bytes::from_static(all).slice(part.start as usize..part.end as usize))
            })
        }
        MapContent::File(path) => match open(path).await {
            Ok((file, length)) => answer(length, range.as_deref(), |part| pieces(file, part)),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the map cannot be read");
                page::nothing().await
            }
        },
        MapContent::Absent => page::nothing().await,
    }
}

async fn open(path: &FilePath) -> std::io::Result<(File, u64)> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    Ok((file, length))
}

fn answer(length: u64, range: Option<&str>, body: impl FnOnce(Range<u64>) -> Body) -> Response {
    let (status, part) = match range.map(|range| part(range, length)) {
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
    headers.insert(CONTENT_TYPE, axum::http::HeaderValue::from_static("application/vnd.pmtiles"));
    headers.insert(ACCEPT_RANGES, axum::http::HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, axum::http::HeaderValue::from_static("no-cache"));
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
