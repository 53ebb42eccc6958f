//! Signing in and out, and the site.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use telemetry::OperatorId;

use super::session::{NotLetIn, SESSION_LIFE, fresh_key};
use super::{Ask, Web, WebCounts};
use crate::store::Access;

const COOKIE_NAME: &str = "picket_session";
pub(super) const NO_STORE: (axum::http::HeaderName, &str) = (CACHE_CONTROL, "no-store");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    operator: String,
    key: String,
}

#[derive(Serialize)]
struct Who {
    operator: Named,
}

/// An operator, as the console shows them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Named {
    pub(super) id: OperatorId,
    pub(super) name: String,
}

/// `POST /api/session`
pub(super) async fn sign_in(
    State(web): State<Arc<Web>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    credentials: Result<Json<Credentials>, JsonRejection>,
) -> Response {
    let Ok(Json(Credentials { operator, key })) = credentials else {
        return error(StatusCode::BAD_REQUEST, "expected {\"operator\": …, \"key\": …}");
    };
    let Ok(session) = fresh_key() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "this machine has no randomness to give");
    };
    let answer = web.sessions().sign_in(Instant::now(), from.ip(), &operator, &key, &session);
    match answer {
        Ok(operator) => {
            WebCounts::count(&web.counts.signed_in);
            note(&web, operator, Access::SignedIn);
            let life = SESSION_LIFE.as_secs();
            let cookie = format!("{COOKIE_NAME}={session}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict");
            (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
        }
        Err(why) => {
            WebCounts::count(&web.counts.turned_away);
            // Only a wrong key for somebody who exists is stored, and of those only so many in half a minute: whoever
            // tries names must not fill the disk with them.
            let known = web.operators.iter().find(|known| known.id.as_str() == operator);
            if let (NotLetIn::WrongKey, Some(known)) = (why, known) {
                note(&web, known.id.clone(), Access::Refused);
            }
            match why {
                NotLetIn::WrongKey => error(StatusCode::UNAUTHORIZED, "operator or key is not right"),
                NotLetIn::Wait(wait) => {
                    let seconds = wait.as_secs() + 1;
                    let told = format!("too many wrong keys; try again in {seconds} s");
                    let mut response = error(StatusCode::TOO_MANY_REQUESTS, &told);
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                    response
                }
            }
        }
    }
}

/// `GET /api/session`
pub(super) async fn who(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    match signed_in(&web, &headers) {
        Some((operator, _)) => ([NO_STORE], Json(Who { operator: named(&web, operator) })).into_response(),
        None => not_signed_in(),
    }
}

/// `DELETE /api/session`
pub(super) async fn sign_out(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let operator = cookie(&headers).and_then(|session| web.sessions().sign_out(session));
    if let Some(operator) = operator {
        note(&web, operator, Access::SignedOut);
    }
    let gone = format!("{COOKIE_NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response()
}

/// `GET /api/site`
pub(super) async fn site(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    match signed_in(&web, &headers) {
        Some(_) => ([NO_STORE], Json(&web.site)).into_response(),
        None => not_signed_in(),
    }
}

/// Who sent a request, and with which session.
pub(super) fn signed_in(web: &Web, headers: &HeaderMap) -> Option<(OperatorId, String)> {
    let session = cookie(headers)?;
    let operator = web.sessions().operator(Instant::now(), session)?;
    Some((operator, session.to_owned()))
}

pub(super) fn named(web: &Web, id: OperatorId) -> Named {
    let name = web.operator_name(&id);
    Named { id, name }
}

pub(super) fn not_signed_in() -> Response {
    error(StatusCode::UNAUTHORIZED, "not signed in")
}

pub(super) fn error(status: StatusCode, why: &str) -> Response {
    (status, [NO_STORE], Json(serde_json::json!({ "error": why }))).into_response()
}

/// The session id in the cookies, if there is one (RFC 6265, 4.2).
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// Notes an access for the store. When the queue is full the note is left out: a flood of wrong keys must not keep a
/// person's action from it.
pub(super) fn note(web: &Web, operator: OperatorId, what: Access) {
    tracing::info!(%operator, ?what, "at the door");
    if web.asks.try_send(Ask::Access { operator, what }).is_err() {
        tracing::warn!("the queue to the station is full: an access was not stored");
    }
}
