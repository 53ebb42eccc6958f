//! The level frame of a problem: metres east and north of a place, on a sphere.
//!
//! x = R cos(lat₀) Δlon, y = R Δlat: good to a few millionths over ten kilometres, and what the problem's own numbers are
//! in, so that places given in degrees fall where the rest is.

use serde::Deserialize;
use telemetry::LatLon;

/// The mean radius of the Earth (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Where the frame stands.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Level {
    lat0: f64,
    lon0: f64,
    #[serde(rename = "R")]
    radius_m: f64,
}

impl Level {
    /// A place in the frame, metres.
    pub(crate) fn place_m(&self, at: LatLon) -> [f64; 2] {
        // The short way round, across the antimeridian too.
        let degrees = (at.longitude_deg() - self.lon0 + 180.0).rem_euclid(360.0) - 180.0;
        let east = degrees.to_radians() * self.lat0.to_radians().cos();
        [east * self.radius_m, (at.latitude_deg() - self.lat0).to_radians() * self.radius_m]
    }

    /// A frame that stands at a place.
    pub(crate) fn at(place: LatLon) -> Self {
        Self { lat0: place.latitude_deg(), lon0: place.longitude_deg(), radius_m: EARTH_RADIUS_M }
    }

    /// The place of a point of the frame; nothing beyond a pole.
    pub(crate) fn lat_lon(&self, [east_m, north_m]: [f64; 2]) -> Option<LatLon> {
        let lat = self.lat0 + (north_m / self.radius_m).to_degrees();
        let lon = self.lon0 + (east_m / self.radius_m / self.lat0.to_radians().cos()).to_degrees();
        LatLon::from_degrees(lat, (lon + 180.0).rem_euclid(360.0) - 180.0).ok()
    }
}
