//! A plan as a recording for the Rerun viewer.
//!
//! | entity | what is seen there |
//! |---|---|
//! | `area/KIND/n` | the rings of areas: what is to be seen, where may be flown, what is closed |
//! | `way/n` | a way; at `at`, who flies it, at each of its points in turn |
//! | `place/n` | places with their names, such as home |
//! | `plan` | what was found, in words |
//!
//! A problem knows no clock: the points of a way follow each other by one second on the time line.

use std::path::Path;

use planning::drawing::{Drawing, Kind};
use rerun_log::{Colour, Place, RerunLog, RerunLogError};
use serde::Deserialize;

const TARGET: Colour = [90, 170, 230];
const ALLOWED: Colour = [110, 140, 120];
const CLOSED: Colour = [230, 90, 80];
const WAY: Colour = [80, 220, 120];
const HOME: Colour = [230, 230, 230];
const SECOND_NS: i64 = 1_000_000_000;

/// The tangent plane of a problem: metres east and north of a place.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Frame {
    lat0: f64,
    lon0: f64,
    /// The Earth's radius that it was made with, metres.
    #[serde(rename = "R", default = "earth_radius_m")]
    radius_m: f64,
}

/// The mean radius of WGS-84, metres.
fn earth_radius_m() -> f64 {
    6_371_008.8
}

/// Writes the plan. Without a frame the view on a map shows it where the equator crosses Greenwich's meridian.
pub(super) fn write(path: &Path, drawing: &Drawing, frame: Option<Frame>, summary: &str) -> Result<(), RerunLogError> {
    let frame = frame.unwrap_or(Frame { lat0: 0.0, lon0: 0.0, radius_m: earth_radius_m() });
    let places = |points: &[[f64; 2]]| points.iter().map(|at_m| frame.place(*at_m)).collect::<Vec<_>>();
    let log = RerunLog::create(path, "plan")?;
    log.at(0);
    log.say("plan", summary, false)?;
    for (number, (kind, ring)) in drawing.rings().enumerate() {
        let (name, colour) = match kind {
            Kind::Target => ("target", TARGET),
            Kind::Allowed => ("allowed", ALLOWED),
            Kind::Closed => ("closed", CLOSED),
            Kind::Obstacle => ("obstacle", CLOSED),
        };
        let closed: Vec<Place> = places(ring).into_iter().chain(ring.first().map(|at_m| frame.place(*at_m))).collect();
        log.line(&format!("area/{name}/{number}"), &closed, colour)?;
    }
    for (number, (name, at_m)) in drawing.places().enumerate() {
        log.point(&format!("place/{number}"), frame.place(at_m), name, HOME)?;
    }
    for (number, (name, points)) in drawing.ways().enumerate() {
        let entity = format!("way/{number}");
        log.at(0);
        log.line(&entity, &places(points), WAY)?;
        for (second, place) in places(points).into_iter().enumerate() {
            log.at(second as i64 * SECOND_NS);
            log.point(&format!("{entity}/at"), place, name, WAY)?;
        }
    }
    log.finish()
}

impl Frame {
    fn place(self, [east_m, north_m]: [f64; 2]) -> Place {
        let latitude = self.lat0 + (north_m / self.radius_m).to_degrees();
        let longitude = self.lon0 + (east_m / (self.radius_m * self.lat0.to_radians().cos())).to_degrees();
        Place { enu_m: [east_m, north_m, 0.0], lat_lon_deg: [latitude, longitude] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Drawing, Frame, Kind, write};

    #[test]
    fn a_plan_is_written_with_its_areas_and_its_ways() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.rrd");
        let ring = vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]];
        let drawing = Drawing::new("a").area(Kind::Target, &[ring]).way("drone 7", &[[0.0, 0.0], [50.0, 20.0]]);
        let frame = Frame { lat0: 54.0, lon0: 10.0, radius_m: 6_371_008.8 };
        write(&path, &drawing.place("home", [0.0, 0.0]), Some(frame), "all of it is seen").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"RRF"), "the format's first bytes");
        for entity in ["site/area/target/0", "map/way/0/at", "site/place/0"] {
            let found = bytes.windows(entity.len()).any(|window| window == entity.as_bytes());
            assert!(found, "{entity} is not in the file");
        }
        let [latitude, longitude] = frame.place([0.0, 6_371_008.8 * std::f64::consts::PI / 180.0]).lat_lon_deg;
        assert!((latitude - 55.0).abs() < 1e-9 && (longitude - 10.0).abs() < 1e-9, "{latitude}, {longitude}");
    }
}
