//! The nearest legal change: how to fly so that a finding goes away.

use geo::{Closest, ClosestPoint, Point};
use missions::sun;
use planning::preflight::{self as geometry, Airspace as Sky, Area, Datum, Limit, Zone};
use telemetry::{LatLon, Timestamp};

use super::Flight;
use super::examine::{NIGHT_BELOW, clock, empty, mission};
use crate::airspace::{Airspace, Layers};

/// A start is put off in steps of this, seconds.
const LATER_STEP_S: f64 = 30.0;
/// And at most by this many of them: an hour.
const LATER_STEPS: usize = 120;
/// Dawn is looked for in steps of this, seconds, over a day.
const DAWN_STEP_S: f64 = 300.0;
/// A start is not put off longer than this to wait for an area to open, seconds.
const WAIT_MAX_S: f64 = 12.0 * 3600.0;

/// The way out of a zone that a finding lies nearest to.
pub(super) fn out_of(zone: &Zone, found: &geometry::Finding, ground_m: f64, layers: Option<&Layers>) -> String {
    let by_m = found.by.ceil() + 1.0;
    let amsl_m = |limit: &Limit| match limit.datum {
        Datum::Amsl => limit.metres,
        Datum::Agl => ground_m + limit.metres,
    };
    // The depth is the least of the three ways out; which one it is shows which it equals.
    let is = |depth_m: f64| (depth_m - found.by).abs() < 0.01;
    if let Some(ceiling_m) = zone.ceiling.as_ref().map(amsl_m).filter(|top_m| is(top_m - found.amsl_m)) {
        let height_m = ceiling_m + 1.0 - ground_m;
        if layers.is_none_or(|layers| height_m <= layers.fast_below_m) {
            return format!("Climb {by_m:.0} m, to {height_m:.0} m above ground");
        }
    }
    if let Some(floor_m) = zone.floor.as_ref().map(amsl_m).filter(|floor_m| is(found.amsl_m - floor_m)) {
        return format!("Stay {by_m:.0} m lower, at {:.0} m above ground", floor_m - 1.0 - ground_m);
    }
    let (east_m, north_m) = aside(zone, found.place_m);
    let aside_m = east_m.hypot(north_m).ceil() + 1.0;
    format!("Keep {aside_m:.0} m farther {}", compass(east_m, north_m))
}

/// How far and which way the nearest point of a zone's outline is.
fn aside(zone: &Zone, [x, y]: [f64; 2]) -> (f64, f64) {
    match &zone.area {
        Area::Circle { centre_m, radius_m } => {
            let (east, north) = (x - centre_m[0], y - centre_m[1]);
            let from_m = east.hypot(north);
            let (east, north) = if from_m > 0.0 { (east / from_m, north / from_m) } else { (0.0, 1.0) };
            ((radius_m - from_m) * east, (radius_m - from_m) * north)
        }
        Area::Polygon(polygon) => {
            let point = Point::new(x, y);
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            let nearest = rings.filter_map(|ring| match ring.closest_point(&point) {
                Closest::Intersection(at) | Closest::SinglePoint(at) => Some((at.x() - x, at.y() - y)),
                Closest::Indeterminate => None,
            });
            nearest.min_by(|a, b| a.0.hypot(a.1).total_cmp(&b.0.hypot(b.1))).unwrap_or((0.0, 0.0))
        }
    }
}

/// One of eight directions.
fn compass(east_m: f64, north_m: f64) -> &'static str {
    const NAMES: [&str; 8] = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let eighth = (east_m.atan2(north_m).to_degrees() / 45.0).round().rem_euclid(8.0);
    NAMES[(eighth as usize).min(7)]
}

/// To begin so much later that an area is open by the time it is reached.
pub(super) fn after(flight: &Flight, met_at_s: f64, opens: Timestamp) -> Option<String> {
    let wait_s = opens.seconds_since(flight.begins) - first_met_s(flight, met_at_s);
    let begin = flight.begins.offset_seconds(wait_s.max(0.0) + 60.0);
    (wait_s > 0.0 && wait_s < WAIT_MAX_S).then(|| format!("begin at {} or later", clock(begin)))
}

/// The finding tells the worst place; what leads there may meet the area some legs earlier.
fn first_met_s(flight: &Flight, worst_at_s: f64) -> f64 {
    let before = flight.fixes.iter().rev().find(|fix| fix.at_s <= worst_at_s);
    before.map_or(0.0, |fix| fix.at_s)
}

/// To begin so much later that another of ours has passed.
pub(super) fn later(airspace: &Airspace, flight: &Flight, other: &Flight) -> Option<String> {
    let sky = empty(airspace);
    let theirs = mission(flight.begins, other);
    // Past their landing it is certain; that far the steps need not go one by one.
    let mut put_off = flight.clone();
    for step in 1..=LATER_STEPS {
        put_off.begins = flight.begins.offset_seconds(step as f64 * LATER_STEP_S);
        if put_off.begins > other.ends() {
            break;
        }
        if !close(&sky, &mission(flight.begins, &put_off), &theirs) {
            let minutes = step as f64 * LATER_STEP_S / 60.0;
            return Some(format!("Begin {minutes:.1} min later, at {}.", clock(put_off.begins)));
        }
    }
    let after = other.ends();
    (after.seconds_since(flight.begins) < WAIT_MAX_S)
        .then(|| format!("Begin after {} has landed, at {}.", other.name, clock(after)))
}

fn close(sky: &Sky<'_>, ours: &geometry::Mission, theirs: &geometry::Mission) -> bool {
    // Looks along a mission cost most of the time and find nothing in an empty sky; a pair of short ones is enough.
    let found = geometry::check(sky, &[ours.clone(), theirs.clone()]).unwrap_or_default();
    found.iter().any(|one| matches!(one.rule, geometry::Rule::Separation(_)))
}

/// To leave out what is too long for the battery.
pub(super) fn shorter(flight: &Flight, lacking: f64) -> Option<String> {
    let minutes = lacking * flight.endurance_s / 60.0;
    let charge = flight.battery_used + flight.reserve;
    if charge <= 1.0 {
        return Some(format!(
            "Charge it to {:.0} %, or shorten the flight by {minutes:.0} min.",
            (charge * 100.0).ceil()
        ));
    }
    Some(format!("Shorten the flight by {:.0} min.", minutes.ceil()))
}

/// The next moment from which the whole flight is in daylight.
pub(super) fn dawn(flight: &Flight, datum: LatLon) -> Option<String> {
    let light = |at: Timestamp| sun::elevation(at, datum) >= NIGHT_BELOW;
    let steps = (86_400.0 / DAWN_STEP_S) as usize;
    let begins = (0..=steps).map(|step| flight.begins.offset_seconds(step as f64 * DAWN_STEP_S));
    let mut fit = begins.filter(|at| light(*at) && light(at.offset_seconds(flight.duration_s())));
    fit.next().map(|at| format!("Begin at {} or later.", clock(at)))
}
