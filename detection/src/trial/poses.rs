//! Where a moving platform says it was: rows of time, place and yaw, straight lines between them.

use serde::Deserialize;
use telemetry::angle::wrapped_pi;
use telemetry::{AltitudeHae, Azimuth, Geodetic};

use super::checked::Place;

/// Where a platform was, and which way its sensor looked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    pub(super) at: Geodetic,
    /// What the field of view's azimuths count from.
    pub(super) yaw: Azimuth,
}

/// `[t, latitude, longitude, height, yaw]`, seconds, degrees and metres; at least one, times ascending.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<[f64; 5]>")]
pub(super) struct Poses {
    rows: Vec<(f64, Pose)>,
}

impl TryFrom<Vec<[f64; 5]>> for Poses {
    type Error = String;
    fn try_from(found: Vec<[f64; 5]>) -> Result<Self, String> {
        let mut rows: Vec<(f64, Pose)> = Vec::with_capacity(found.len());
        for (n, [t, latitude, longitude, height, yaw]) in found.into_iter().enumerate() {
            let Place(at) = Place::try_from([latitude, longitude, height]).map_err(|why| format!("row {n}: {why}"))?;
            if !t.is_finite() || rows.last().is_some_and(|(last, _)| t <= *last) {
                return Err(format!("row {n}: found time {t}; allowed: a time later than the row before"));
            }
            if !(-720.0..=720.0).contains(&yaw) {
                return Err(format!("row {n}: found yaw {yaw}; allowed: degrees, -720 to 720"));
            }
            rows.push((t, Pose { at, yaw: Azimuth::from_degrees(yaw) }));
        }
        if rows.is_empty() {
            return Err("found no row; allowed: at least one, [t, latitude, longitude, height, yaw]".to_owned());
        }
        Ok(Self { rows })
    }
}

impl Poses {
    /// The first pose.
    pub(super) fn first(&self) -> Pose {
        self.rows[0].1
    }

    /// The pose at a time; before the first and after the last row, that row's.
    pub(super) fn at(&self, seconds: f64) -> Pose {
        let after = self.rows.partition_point(|(t, _)| *t <= seconds);
        let Some((t0, from)) = after.checked_sub(1).map(|before| self.rows[before]) else {
            return self.first();
        };
        let Some(&(t1, to)) = self.rows.get(after) else {
            return from;
        };
        between(from, to, (seconds - t0) / (t1 - t0))
    }
}

/// The pose at a share of the way. Longitude and yaw take the shorter way round.
fn between(from: Pose, to: Pose, share: f64) -> Pose {
    let line = |a: f64, b: f64| a + share * (b - a);
    let longitude = from.at.longitude() + share * wrapped_pi(to.at.longitude() - from.at.longitude());
    let height = AltitudeHae::new(line(from.at.height().metres, to.at.height().metres));
    let latitude = line(from.at.latitude(), to.at.latitude());
    let at = Geodetic::from_radians(latitude, wrapped_pi(longitude), height);
    let yaw = Azimuth::from_radians(from.yaw.radians() + share * to.yaw.turn_from(from.yaw));
    // Between two points on Earth lies a point on Earth; rounding does not lead off it.
    Pose { at: at.unwrap_or(from.at), yaw }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pose_lies_on_the_line_between_its_rows() {
        let check = |rows: &str, seconds: f64, expected: [f64; 4]| {
            let Pose { at, yaw } = serde_json::from_str::<Poses>(rows).unwrap().at(seconds);
            let place = at.lat_lon();
            let found = [place.latitude_deg(), place.longitude_deg(), at.height().metres, yaw.degrees()];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{rows} at {seconds}: {found}, not {expected}");
            }
        };
        let flight = "[[1, 47, 19, 100, 350], [3, 47.2, 19.4, 140, 30]]";
        check(flight, 2.0, [47.1, 19.2, 120.0, 10.0]);
        check(flight, 1.75, [47.075, 19.15, 115.0, 5.0]);
        check(flight, 0.0, [47.0, 19.0, 100.0, 350.0]);
        check(flight, 9.0, [47.2, 19.4, 140.0, 30.0]);
        let over_the_antimeridian = "[[0, 0, 179.9, 0, 0], [2, 0, -179.9, 0, 0]]";
        check(over_the_antimeridian, 0.5, [0.0, 179.95, 0.0, 0.0]);
        check(over_the_antimeridian, 1.5, [0.0, -179.95, 0.0, 0.0]);
        check("[[5, 1, 2, 3, -90]]", 7.0, [1.0, 2.0, 3.0, 270.0]);
    }

    #[test]
    fn rows_that_make_no_path_are_refused() {
        let check = |rows: &str, expected: &str| {
            let error = serde_json::from_str::<Poses>(rows).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("[]", "at least one");
        check("[[0,0,0,0,0],[0,0,0,0,0]]", "row 1: found time 0; allowed: a time later");
        check("[[0,91,0,0,0]]", "row 0: found [91, 0, 0]; allowed: [latitude");
        check("[[0,0,0,0,1e9]]", "row 0: found yaw 1000000000; allowed: degrees");
    }
}
