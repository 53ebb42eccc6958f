//! What was checked as a recording for the Rerun viewer, on the time line of the missions themselves.
//!
//! | entity | what is seen there |
//! |---|---|
//! | `mission/n` | its way; at `at`, where it is at each moment |
//! | `zone/n` | the outline of a zone near it, with its name |
//! | `fence/n.m` | the outlines of its fences |
//! | `finding/n` | where and when a rule is broken; in words in `findings` |
//!
//! Heights are above the place where the frame stands, as the missions have them above mean sea level.

use std::f64::consts::TAU;
use std::path::Path;

use planning::preflight::{Airspace, Area};
use rerun_log::{Colour, Place, RerunLog, RerunLogError};
use telemetry::Timestamp;

use super::Read;
use super::report::Report;
use super::way::Way;
use crate::plan::level::Level;
use crate::plan::preflight::area;

const WAY: Colour = [80, 220, 120];
const ZONE: Colour = [230, 90, 80];
const FENCE: Colour = [110, 140, 120];
const FINDING: Colour = [255, 200, 60];
/// Corners of a circle.
const CORNERS: u32 = 48;

/// What is written.
pub(super) struct Scene<'s> {
    pub(super) departs: Timestamp,
    pub(super) frame: &'s Level,
    pub(super) flights: &'s [Read],
    pub(super) ways: &'s [Way],
    /// With the zones near the missions, and no fences.
    pub(super) airspace: &'s Airspace<'s>,
    pub(super) report: &'s Report,
}

/// Writes the recording.
pub(super) fn write(path: &Path, scene: &Scene<'_>) -> Result<(), RerunLogError> {
    let log = RerunLog::create(path, "pre-flight check")?;
    log.at(scene.departs.unix_nanos());
    for (number, zone) in scene.airspace.zones.iter().enumerate() {
        scene.outline(&log, &format!("zone/{number}"), &zone.area, &zone.id, ZONE)?;
    }
    for (number, (read, way)) in scene.flights.iter().zip(scene.ways).enumerate() {
        for (fence_number, fence) in read.flight.fences.iter().enumerate() {
            let entity = format!("fence/{number}.{fence_number}");
            scene.outline(&log, &entity, &area(&fence.outline, scene.frame), "fence", FENCE)?;
        }
        let fixes = &way.mission.fixes;
        let places: Vec<Place> = fixes.iter().filter_map(|fix| scene.place(fix.place_m, fix.amsl_m)).collect();
        log.at(scene.departs.unix_nanos());
        log.line(&format!("mission/{number}"), &places, WAY)?;
        for fix in fixes {
            log.at(scene.departs.offset_seconds(fix.at_s).unix_nanos());
            if let Some(place) = scene.place(fix.place_m, fix.amsl_m) {
                log.point(&format!("mission/{number}/at"), place, &read.name, WAY)?;
            }
        }
    }
    for (number, finding) in scene.report.found().enumerate() {
        log.at(finding.at.unix_nanos());
        log.say("findings", finding.text, true)?;
        if let Some([lon, lat]) = finding.position {
            let place = telemetry::LatLon::from_degrees(lat, lon).ok().map(|at| scene.frame.place_m(at));
            if let Some(place) = place.and_then(|place_m| scene.place(place_m, finding.amsl_m)) {
                log.point(&format!("finding/{number}"), place, finding.key, FINDING)?;
            }
        }
    }
    log.finish()
}

impl Scene<'_> {
    fn outline(
        &self,
        log: &RerunLog,
        entity: &str,
        area: &Area,
        name: &str,
        colour: Colour,
    ) -> Result<(), RerunLogError> {
        let ring: Vec<[f64; 2]> = match area {
            Area::Circle { centre_m: [x, y], radius_m } => (0..=CORNERS)
                .map(|corner| f64::from(corner) / f64::from(CORNERS) * TAU)
                .map(|angle| [x + radius_m * angle.cos(), y + radius_m * angle.sin()])
                .collect(),
            Area::Polygon(polygon) => polygon.exterior().coords().map(|at| [at.x, at.y]).collect(),
        };
        let places: Vec<Place> = ring.iter().filter_map(|at_m| self.place(*at_m, 0.0)).collect();
        log.line(entity, &places, colour)?;
        match places.first() {
            Some(first) => log.point(&format!("{entity}/name"), *first, name, colour),
            None => Ok(()),
        }
    }

    fn place(&self, [east_m, north_m]: [f64; 2], amsl_m: f64) -> Option<Place> {
        let at = self.frame.lat_lon([east_m, north_m])?;
        Some(Place { enu_m: [east_m, north_m, amsl_m], lat_lon_deg: [at.latitude_deg(), at.longitude_deg()] })
    }
}
