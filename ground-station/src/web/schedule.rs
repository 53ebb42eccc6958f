//! The schedule of the night: `/api/schedule`.
//!
//! Whoever asks must be signed in. A proposal changes nothing; to accept it is a request on the console's socket like
//! every other act.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Web;
use super::api::{error, not_signed_in, signed_in};
use super::planning::{NO_STORE, busy, situation};
use crate::night::{self, Night, Request};

/// `POST /api/schedule/propose`
pub(super) async fn propose(State(web): State<Arc<Web>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((operator, _)) = signed_in(&web, &headers) else { return not_signed_in() };
    let request = match Request::read(&body) {
        Ok(request) => request,
        Err(why) => return error(StatusCode::BAD_REQUEST, &why),
    };
    let Some(situation) = situation(&web).await else { return busy() };
    tracing::info!(%operator, "asks for a schedule of the night");
    let worked = web.desk.schedule(move || night::propose(&request, &situation)).await;
    answered(worked, &[])
}

/// `POST /api/schedule/again`: the rest of the night without who dropped out of it.
pub(super) async fn again(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some((operator, _)) = signed_in(&web, &headers) else { return not_signed_in() };
    let Some(situation) = situation(&web).await else { return busy() };
    let Some((before, out)) = situation.schedule.clone() else {
        return error(StatusCode::UNPROCESSABLE_ENTITY, "no night is scheduled");
    };
    tracing::info!(%operator, "asks for the rest of the night");
    let (now, names) = (situation.now, situation.vehicles.clone());
    let old = before.clone();
    let worked = web.desk.schedule(move || night::again(&before, &out, &situation)).await;
    let changes = match &worked {
        Ok((_, new)) => night::changes(&old, new, now, |vehicle| {
            names.get(vehicle).map_or_else(|| vehicle.to_string(), |standing| standing.name.clone())
        }),
        Err(_) => Vec::new(),
    };
    answered(worked, &changes)
}

fn answered(worked: Result<(u64, Arc<Night>), String>, changes: &[String]) -> Response {
    match worked {
        Ok((number, night)) => {
            let body = json!({ "schedule": number, "night": *night, "changes": changes });
            ([NO_STORE], Json(body)).into_response()
        }
        Err(why) => error(StatusCode::UNPROCESSABLE_ENTITY, &why),
    }
}
