//! Files of evidence, for who is signed in. They are read and nothing else; each request is stored with the name.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::RANGE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use telemetry::messages::FileHash;

use super::range::{self, Content};
use super::{Web, api};
use crate::evidence::Kind;
use crate::store::Access;

/// `GET /api/evidence/{hash}`: a name is 64 hexadecimal digits that a record of this room has, and nothing else is looked
/// for on disk.
pub(super) async fn file(State(web): State<Arc<Web>>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let Some((operator, _)) = api::signed_in(&web, &headers) else { return api::not_signed_in() };
    let none = || api::error(StatusCode::NOT_FOUND, "there is no such evidence");
    let Some((hash, evidence)) = hash.parse::<FileHash>().ok().zip(web.evidence.as_ref()) else { return none() };
    let Some((path, kind)) = evidence.file(&hash) else { return none() };
    let kind = match kind {
        Kind::Clip => HeaderValue::from_static("video/mp4"),
        Kind::Snapshot => HeaderValue::from_static("image/jpeg"),
    };
    let content = Content { kind, cache: HeaderValue::from_static("no-store") };
    match range::file(&path, headers.get(RANGE), content).await {
        Ok(answer) => {
            api::note(&web, operator, Access::Fetched(hash));
            answer
        }
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "evidence cannot be read");
            api::error(StatusCode::GONE, "the file is not in the room's folder any more")
        }
    }
}
