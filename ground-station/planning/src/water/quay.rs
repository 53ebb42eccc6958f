//! A quay wall, from the water down.

use super::face::strips;
use super::tether::{Plan, Rov, Station, WaterError, spans};
use crate::flight::{Look, Stop};
use crate::limits::{points, within};
use crate::offset::{Side, beside};
use crate::plane::{between, direction, distance, left, plus, times};

/// A wall to be inspected.
#[derive(Debug, Clone, PartialEq)]
pub struct QuayRequest {
    /// Its edge, m east and north.
    pub wall_m: Vec<[f64; 2]>,
    /// On which side of it the water is.
    pub water: Side,
    /// How deep the water is at it, m.
    pub depth_m: f64,
    /// How far off the wall the vehicle stays, m.
    pub stand_off_m: f64,
    /// With what; the controller stands on the edge.
    pub rov: Rov,
    /// The first dive begins, s.
    pub begins_s: f64,
}

/// It keeps off the bottom, and below the surface, by this, m.
const CLEAR_M: f64 = 0.5;

/// Plans the inspection of a quay wall.
///
/// # Errors
/// [`WaterError`] when it cannot be done.
pub fn quay(request: &QuayRequest) -> Result<Plan, WaterError> {
    let QuayRequest { wall_m, water, depth_m, stand_off_m, rov, begins_s } = request;
    points("point of the wall", wall_m, 2)?;
    within("depth", *depth_m, 3.0 * CLEAR_M, 1e4)?;
    within("distance off the wall", *stand_off_m, 0.1, 50.0)?;
    within("begin", *begins_s, -1e11, 1e11)?;
    rov.check("the wall", *depth_m)?;
    let reach_m = rov.reach_m();
    let deepest_m = stand_off_m.hypot(*depth_m);
    let least_m = rov.apart_m() / 2.0;
    if deepest_m.hypot(least_m) > reach_m {
        return Err(WaterError::Tether { what: "the wall's foot", reach_m, needs_m: deepest_m.hypot(least_m) });
    }
    let longest_m = 2.0 * (reach_m * reach_m - deepest_m * deepest_m).sqrt();
    let way = beside(wall_m, *water, *stand_off_m, &[]);
    let way = way.ok_or(WaterError::Tether { what: "a wall without a length", reach_m, needs_m: 0.0 })?;
    let whole_m: f64 = way.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
    crate::limits::count("stations", (whole_m / longest_m).min(1e9) as usize, 0, 2_000)?;
    let mut stations = Vec::new();
    let mut now_s = *begins_s;
    for ends in spans(whole_m, longest_m) {
        let station = station(request, &way, ends, now_s)?;
        now_s += station.dive.lasts_s() + rov.moves_s;
        stations.push(station);
    }
    let ends_s = now_s - rov.moves_s;
    let reasons = vec![format!(
        "{} stations along {whole_m:.0} m of wall, {depth_m:.1} m deep; {:.0} s in all",
        stations.len(),
        ends_s - begins_s
    )];
    Ok(Plan { stations, seen: 1.0, ends_s, reasons })
}

/// A stretch of the wall, to and fro from the top; corners of the wall are turned.
fn station(request: &QuayRequest, way: &[[f64; 2]], ends: [f64; 2], starts_s: f64) -> Result<Station, WaterError> {
    let rov = &request.rov;
    let sign = if request.water == Side::Left { -1.0 } else { 1.0 };
    let wall = |along: f64| {
        let (at, ahead) = walked(way, along);
        (at, plus(at, times(left(ahead), sign * request.stand_off_m)))
    };
    let (_, controller_m) = wall(f64::midpoint(ends[0], ends[1]));
    let surface = Stop::new(controller_m, 0.0, Look::Free);
    let mut stops = vec![surface];
    let lowest_m = request.depth_m - CLEAR_M;
    let corners = corners(way);
    for pair in strips(ends, [0.0, request.depth_m], rov.apart_m()).chunks_exact(2) {
        let depth_m = pair[0][1].clamp(CLEAR_M, lowest_m);
        let (from, to) = (pair[0][0], pair[1][0]);
        let mut along: Vec<f64> =
            corners.iter().copied().filter(|at| *at > from.min(to) && *at < from.max(to)).collect();
        if from > to {
            along.reverse();
        }
        for along in std::iter::once(from).chain(along).chain([to]) {
            let (at_m, foot_m) = wall(along);
            stops.push(Stop::new(at_m, -depth_m, Look::At { place_m: foot_m, height_m: -depth_m }));
        }
    }
    stops.push(surface);
    let length = |stop: &Stop| distance(stop.place_m, controller_m).hypot(stop.height_m);
    let tether_m = stops.iter().map(length).fold(0.0, f64::max);
    Ok(Station { at_m: controller_m, dive: rov.dive(starts_s, &stops)?, tether_m })
}

/// How far along a way its corners are.
fn corners(way: &[[f64; 2]]) -> Vec<f64> {
    let mut gone_m = 0.0;
    way.windows(2)
        .map(|pair| {
            gone_m += distance(pair[0], pair[1]);
            gone_m
        })
        .collect()
}

/// The place so far along a way, and the direction there.
fn walked(way: &[[f64; 2]], along_m: f64) -> ([f64; 2], [f64; 2]) {
    let mut gone_m = 0.0;
    for pair in way.windows(2) {
        let leg_m = distance(pair[0], pair[1]);
        if gone_m + leg_m >= along_m - 1e-9 && leg_m > 0.0 {
            let at = between(pair[0], pair[1], ((along_m - gone_m) / leg_m).clamp(0.0, 1.0));
            return (at, direction(pair[0], pair[1]).unwrap_or([1.0, 0.0]));
        }
        gone_m += leg_m;
    }
    (way[way.len() - 1], [1.0, 0.0])
}
