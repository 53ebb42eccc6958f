//! The cameras that can be looked at now, and a camera's socket: who looks, and frame after frame while this console does. Nothing can be asked through it.
//!
//! One task serves a viewer. A frame waits for a slow console in its own queue ([`crate::video`]) and gives way there to
//! newer ones; a console that takes nothing for [`STALLED_AFTER`] is let go. Each look is stored with the name.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use telemetry::SensorId;
use tokio::time::{Instant, sleep_until, timeout};

use super::{Web, WebCounts, api, socket};
use crate::store::Access;
use crate::video::{News, NotShown, Viewer};

/// A console that takes nothing for this long is let go.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// How often it is looked whether the session goes on.
const SESSION_EVERY: Duration = Duration::from_secs(1);
/// Nothing longer is read from the other side, which has nothing to say.
const FRAME_BYTES_MAX: usize = 1024;

/// `GET /api/cameras`
pub(super) async fn cameras(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    match api::signed_in(&web, &headers) {
        Some(_) => ([api::NO_STORE], Json(serde_json::json!({ "cameras": web.video.cameras() }))).into_response(),
        None => api::not_signed_in(),
    }
}

/// `GET /ws/video/{camera}`
pub(super) async fn open(
    State(web): State<Arc<Web>>,
    Path(camera): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (operator, session) = match socket::let_in(&web, &headers) {
        Ok(signed_in) => signed_in,
        Err(refused) => return refused,
    };
    let name = web.operator_name(&operator);
    let looked = SensorId::new(&camera).map_err(|_| NotShown::NoCamera);
    let looked = looked.and_then(|camera| web.video.look(&camera, name).map(|viewer| (camera, viewer)));
    let (camera, viewer) = match looked {
        Ok(looked) => looked,
        Err(why @ NotShown::NoCamera) => return api::error(StatusCode::NOT_FOUND, &why.to_string()),
        Err(why @ NotShown::OtherVehicle(_)) => return api::error(StatusCode::CONFLICT, &why.to_string()),
        Err(why @ (NotShown::NotNow | NotShown::TooMany)) => {
            return api::error(StatusCode::SERVICE_UNAVAILABLE, &why.to_string());
        }
    };
    api::note(&web, operator, Access::LookedAt(camera));
    WebCounts::count(&web.counts.looks);
    upgrade.max_message_size(FRAME_BYTES_MAX).max_frame_size(FRAME_BYTES_MAX).on_upgrade(move |mut socket| async move {
        let Some((code, reason)) = show(&web, &session, viewer, &mut socket).await else { return };
        let frame = CloseFrame { code, reason: reason.into() };
        // The other side may be gone already; then there is nobody to tell.
        let _ = timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
    })
}

/// Shows until somebody ends it: gives why we do, or nothing where the other side is gone.
async fn show(web: &Web, session: &str, mut viewer: Viewer, socket: &mut WebSocket) -> Option<(u16, &'static str)> {
    let mut session_due = Instant::now() + SESSION_EVERY;
    loop {
        let message = tokio::select! {
            () = web.stopping.cancelled() => return Some((close_code::AWAY, "the operations room closes")),
            () = sleep_until(session_due) => {
                if web.sessions().operator(std::time::Instant::now(), session).is_none() {
                    return Some((close_code::POLICY, "the session has ended"));
                }
                session_due = Instant::now() + SESSION_EVERY;
                continue;
            }
            said = socket.recv() => match said {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    return Some((close_code::POLICY, "nothing can be asked here"));
                }
                None | Some(Ok(Message::Close(_)) | Err(_)) => return None,
            },
            news = viewer.next() => match news {
                News::Frame(frame) => Message::Binary(frame.bytes.clone()),
                News::Names(names) => {
                    Message::Text(serde_json::json!({ "type": "viewers", "viewers": names }).to_string().into())
                }
                News::Ended => return Some((close_code::AWAY, "the bus is closed")),
            },
        };
        if let Message::Binary(bytes) = &message {
            web.counts.video_bytes.fetch_add(bytes.len() as u64, std::sync::atomic::Ordering::Relaxed);
        }
        if !matches!(timeout(STALLED_AFTER, socket.send(message)).await, Ok(Ok(()))) {
            return None;
        }
    }
}
