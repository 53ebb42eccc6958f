//! The base map: one PMTiles archive, of which a browser asks for ranges of bytes.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::RANGE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use missions::site::MapContent;

use super::range::{Content, answer, file};
use super::{Web, page};

/// What a browser is told of it.
const CONTENT: Content =
    Content { kind: HeaderValue::from_static("application/vnd.pmtiles"), cache: HeaderValue::from_static("no-cache") };

/// `GET /map/{file}.pmtiles`
pub(super) async fn archive(State(web): State<Arc<Web>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(map) = web.map.as_ref().filter(|map| map.file_name == file) else { return page::nothing().await };
    let range = headers.get(RANGE);
    match &map.content {
        MapContent::Shipped(bytes) => {
            let all: &'static [u8] = bytes;
            answer(all.len() as u64, range, CONTENT, |part| {
                Body::from(Bytes::from_static(all).slice(part.start as usize..part.end as usize))
            })
        }
        MapContent::File(path) => on_disk(path, range).await,
        MapContent::Absent => page::nothing().await,
    }
}

async fn on_disk(path: &FilePath, range: Option<&HeaderValue>) -> Response {
    match file(path, range, CONTENT).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the map cannot be read");
            page::nothing().await
        }
    }
}
