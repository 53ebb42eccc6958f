//! The planning desk and the zones: `/api/plans` and `/api/zones`.
//!
//! Whoever asks must be signed in. A proposal changes nothing; to save it is a request on the console's socket like
//! every other act.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use telemetry::VehicleId;
use tokio::sync::oneshot;

use super::api::{error, not_signed_in, signed_in};
use super::view::{ProposalView, uas_zones};
use super::{Ask, Web};
use crate::desk::{Request, Situation};

/// Whose flight is disturbed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replan {
    vehicle: VehicleId,
}

pub(super) const NO_STORE: (axum::http::HeaderName, &str) = (CACHE_CONTROL, "no-store");

/// `POST /api/plans/propose`
pub(super) async fn propose(State(web): State<Arc<Web>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((operator, _)) = signed_in(&web, &headers) else { return not_signed_in() };
    let request = match Request::read(&body) {
        Ok(request) => request,
        Err(why) => return error(StatusCode::BAD_REQUEST, &why),
    };
    let Some(situation) = situation(&web).await else { return busy() };
    tracing::info!(%operator, kind = ?request.kind, "asks for a plan");
    match web.desk.propose(operator, request, situation) {
        Ok(number) => (StatusCode::ACCEPTED, [NO_STORE], Json(json!({ "proposal": number }))).into_response(),
        Err(why) => error(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

/// `POST /api/plans/replan`: what to change for a flight that is disturbed.
pub(super) async fn replan(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    wanted: Result<Json<Replan>, JsonRejection>,
) -> Response {
    let Some((operator, _)) = signed_in(&web, &headers) else { return not_signed_in() };
    let Ok(Json(Replan { vehicle })) = wanted else {
        return error(StatusCode::BAD_REQUEST, "expected {\"vehicle\": …}");
    };
    let Some(situation) = situation(&web).await else { return busy() };
    tracing::info!(%operator, %vehicle, "asks what to change");
    match web.desk.replan(operator, &vehicle, situation) {
        Ok(number) => (StatusCode::ACCEPTED, [NO_STORE], Json(json!({ "proposal": number }))).into_response(),
        Err(why) => error(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}

/// `GET /api/plans/proposals/{number}`
pub(super) async fn proposal(State(web): State<Arc<Web>>, Path(number): Path<u64>, headers: HeaderMap) -> Response {
    if signed_in(&web, &headers).is_none() {
        return not_signed_in();
    }
    match web.desk.proposal(number) {
        Some(proposal) => ([NO_STORE], Json(ProposalView::from(&proposal))).into_response(),
        None => error(StatusCode::NOT_FOUND, "there is no such proposal any more"),
    }
}

/// `DELETE /api/plans/proposals/{number}`: stops the search; what was found is kept.
pub(super) async fn stop(State(web): State<Arc<Web>>, Path(number): Path<u64>, headers: HeaderMap) -> Response {
    if signed_in(&web, &headers).is_none() {
        return not_signed_in();
    }
    if web.desk.cancel(number) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        error(StatusCode::NOT_FOUND, "there is no such proposal any more")
    }
}

/// `GET /api/zones`
pub(super) async fn zones(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    if signed_in(&web, &headers).is_none() {
        return not_signed_in();
    }
    let Some(situation) = situation(&web).await else { return busy() };
    let zones = uas_zones(&situation.airspace, situation.now);
    ([NO_STORE], Json(json!({ "zones": zones }))).into_response()
}

/// What the station knows now; nothing when it does not answer.
pub(super) async fn situation(web: &Web) -> Option<Situation> {
    let (answer, situation) = oneshot::channel();
    web.asks.try_send(Ask::Situation { answer }).ok()?;
    situation.await.ok().map(|situation| *situation)
}

pub(super) fn busy() -> Response {
    error(StatusCode::SERVICE_UNAVAILABLE, "the station is busy: try again")
}
