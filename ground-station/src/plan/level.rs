//! The level frame of a problem: metres east and north of a place, on a sphere.
//!
//! x = R cos(lat₀) Δlon, y = R Δlat: good to a few millionths over ten kilometres, and what the problem's own numbers are
//! in, so that places given in degrees fall where the rest is.

use serde::Deserialize;
use telemetry::LatLon;

/// Where the frame stands.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Level {
    lat0: f64,
    lon0: f64,
    #[serde(rename = "R")]
    radius_m: f64,
}

impl Level {
    /// A place in the frame, metres.
    pub(super) fn place_m(&self, at: LatLon) -> [f64; 2] {
        let east = (at.longitude_deg() - self.lon0).to_radians() * self.lat0.to_radians().cos();
        [east * self.radius_m, (at.latitude_deg() - self.lat0).to_radians() * self.radius_m]
    }
}
