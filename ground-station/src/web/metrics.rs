//! Counters as text, in the exposition format of Prometheus. No names of people, vehicles or vessels are in it.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use detection::tracker::TrackerMetrics;

use super::{Web, WebCounts};
use crate::station::Counts;

/// What the owner of the station last said of itself.
#[derive(Debug, Default)]
pub struct Gauges {
    latest: Mutex<Latest>,
}

/// The numbers at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Latest {
    pub(crate) station: Counts,
    pub(crate) tracks: u64,
    pub(crate) tracker: TrackerMetrics,
    pub(crate) store_waiting: u64,
    pub(crate) store_in_trouble: bool,
    pub(crate) records_lost: u64,
    pub(crate) bus_dropped: u64,
    pub(crate) bus_displaced: u64,
    pub(crate) publishes_dropped: u64,
}

impl Gauges {
    pub(crate) fn set(&self, latest: Latest) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = latest;
    }

    fn get(&self) -> Latest {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /metrics`
pub(super) async fn text(State(web): State<Arc<Web>>) -> Response {
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    let evidence = web.evidence.as_ref().map_or((0, 0), |evidence| evidence.counts());
    (kind, written(&web.gauges.get(), &web.counts, evidence)).into_response()
}

#[rustfmt::skip]
fn written(latest: &Latest, web: &WebCounts, (evidence, evidence_refused): (u64, u64)) -> String {
    let station = &latest.station;
    let tracker = &latest.tracker;
    let rows: [(&str, &str, u64, &str); 41] = [
        ("picket_scans_total", "counter", station.scans, "Scans given to the tracker"),
        ("picket_vehicle_states_total", "counter", station.vehicle_states, "Vehicle states taken"),
        ("picket_journal_new_total", "counter", station.journal_new, "Journal entries taken for the first time"),
        ("picket_journal_duplicate_total", "counter", station.journal_duplicate, "Journal entries that were known"),
        ("picket_journal_ahead_total", "counter", station.journal_ahead, "Journal entries too far beyond a gap"),
        ("picket_journal_unreadable_total", "counter", station.journal_unreadable, "Journal entries stored but not readable"),
        ("picket_ignored_total", "counter", station.ignored, "Messages of nobody known, or that a station does not take"),
        ("picket_alerts_total", "counter", station.alerts, "Alerts raised here or taken from vehicles"),
        ("picket_actions_total", "counter", station.actions, "Operator actions done"),
        ("picket_actions_refused_total", "counter", station.actions_refused, "Operator actions refused"),
        ("picket_requests_unanswered_total", "counter", station.unanswered, "Requests that no vehicle answered in time"),
        ("picket_tracks", "gauge", latest.tracks, "Tracks held, tentative ones included"),
        ("picket_tracker_scans_refused_unknown_total", "counter", tracker.unknown_sensor, "Scans of sensors that are not in the configuration"),
        ("picket_tracker_scans_repeated_total", "counter", tracker.repeated, "Scans that had been taken before"),
        ("picket_tracker_scans_untimely_total", "counter", tracker.untimely, "Scans measured after their reception, or long before it"),
        ("picket_tracker_scans_late_total", "counter", tracker.late, "Scans that came too late to be taken"),
        ("picket_tracker_scans_reordered_total", "counter", tracker.out_of_sequence, "Scans taken where they belong, after newer ones"),
        ("picket_tracker_nonsense_total", "counter", tracker.nonsense, "Detections left out because their numbers or times were none"),
        ("picket_tracker_displaced_total", "counter", tracker.displaced, "Tentative targets that made room for others"),
        ("picket_tracker_crowded_out_total", "counter", tracker.crowded_out, "New targets that found no room"),
        ("picket_tracker_targets", "gauge", tracker.targets, "Targets held, those too improbable to be shown included"),
        ("picket_tracks_dropped_total", "counter", tracker.dropped, "Tracks given up"),
        ("picket_shared_tracks_total", "counter", station.shared_tracks, "Tracks of neighbours taken"),
        ("picket_shared_tracks_refused_total", "counter", station.shared_tracks_refused, "Tracks of neighbours that could not be taken"),
        ("picket_evidence", "gauge", evidence, "Alerts and cameras of which the room has a clip"),
        ("picket_evidence_refused_total", "counter", evidence_refused, "Announcements of evidence that were not taken"),
        ("picket_store_waiting", "gauge", latest.store_waiting, "Records that wait for the disk"),
        ("picket_store_in_trouble", "gauge", latest.store_in_trouble.into(), "1 while the disk does not take records"),
        ("picket_store_lost_total", "counter", latest.records_lost, "Records given up because too many waited"),
        ("picket_bus_dropped_total", "counter", latest.bus_dropped, "Messages from the bus that could not be used"),
        ("picket_bus_displaced_total", "counter", latest.bus_displaced, "Messages from the bus that newer ones replaced"),
        ("picket_publishes_dropped_total", "counter", latest.publishes_dropped, "Messages not published because the bus was slow"),
        ("picket_signed_in_total", "counter", WebCounts::read(&web.signed_in), "Sign-ins"),
        ("picket_turned_away_total", "counter", WebCounts::read(&web.turned_away), "Sign-ins refused"),
        ("picket_foreign_host_total", "counter", WebCounts::read(&web.foreign_host), "Requests for another host or from another page"),
        ("picket_consoles_total", "counter", WebCounts::read(&web.consoles), "Consoles that connected"),
        ("picket_video_looks_total", "counter", WebCounts::read(&web.looks), "Times that somebody began to look at a camera"),
        ("picket_video_bytes_total", "counter", WebCounts::read(&web.video_bytes), "Bytes of live video sent to consoles"),
        ("picket_console_messages_total", "counter", WebCounts::read(&web.messages_sent), "Messages sent to consoles"),
        ("picket_console_requests_total", "counter", WebCounts::read(&web.requests), "Messages from consoles"),
        ("picket_console_unreadable_total", "counter", WebCounts::read(&web.requests_unreadable), "Messages from consoles that are no request"),
    ];
    let mut text = String::new();
    for (name, kind, value, help) in rows {
        // Writing to a String does not fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    }
    text
}
