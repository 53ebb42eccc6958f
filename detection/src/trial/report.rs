//! What is written of a track at a report: one JSON object a line.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use telemetry::messages::{Claim, TargetClass, Track, TrackAlert, TrackStatus};

/// A track at a report. Angles are degrees, lengths metres, speeds m/s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The report's time, seconds from the trial's start.
    pub t: f64,
    /// Which track.
    pub id: String,
    /// Latitude, to 1e-8 degrees.
    pub lat: f64,
    /// Longitude, to 1e-8 degrees.
    pub lon: f64,
    /// Height above the ellipsoid, to a millimetre.
    pub alt: f64,
    /// East velocity at the track, to 0.1 mm/s, as the other two.
    pub ve: f64,
    /// North velocity.
    pub vn: f64,
    /// Up velocity.
    pub vu: f64,
    /// The upper triangle, by rows, of the covariance of east, north, up and their velocities at the track: m, m/s.
    pub cov: [f32; 21],
    /// What it most likely is.
    pub class: TargetClass,
    /// How far it is believed to exist.
    pub status: RowStatus,
    /// Who it says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ident: Option<String>,
    /// What is wrong with what it says.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub alerts: BTreeSet<TrackAlert>,
}

/// How far a track is believed to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// Perhaps; a scorer does not count it.
    Tentative,
    /// Believed, and measured lately.
    Confirmed,
    /// Believed, but not measured lately.
    Coasting,
}

impl Row {
    /// The row of a track at a report's time, seconds from the trial's start; nothing for one that was given up.
    #[must_use]
    pub fn of(track: &Track, t: f64) -> Option<Self> {
        let status = match track.status {
            TrackStatus::Tentative => RowStatus::Tentative,
            TrackStatus::Confirmed => RowStatus::Confirmed,
            TrackStatus::Coasting => RowStatus::Coasting,
            TrackStatus::Dropped => return None,
        };
        let place = track.position.lat_lon();
        Some(Self {
            t,
            id: track.id.to_string(),
            lat: rounded(place.latitude_deg(), 1e8),
            lon: rounded(place.longitude_deg(), 1e8),
            alt: rounded(track.position.height().metres, 1e3),
            ve: rounded(track.velocity.east_m_s, 1e4),
            vn: rounded(track.velocity.north_m_s, 1e4),
            vu: rounded(track.velocity.up_m_s, 1e4),
            cov: track.covariance,
            class: track.classification.likeliest(),
            status,
            ident: track.claim.as_ref().map(Claim::identity),
            alerts: track.alerts.clone(),
        })
    }
}

/// To one part in `parts`.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
