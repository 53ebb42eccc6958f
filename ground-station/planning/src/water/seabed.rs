//! The seabed, square by square.

use geo::{BooleanOps, Coord, LineString, Polygon as GeoPolygon};

use super::tether::{Plan, Rov, Station, WaterError};
use crate::clock::{Clock, Part};
use crate::coverage::{self, Polygon, Problem, Turning};
use crate::flight::{Look, Stop};
use crate::limits::{count, within};
use crate::plane::distance;

/// A piece of the seabed to be inspected.
#[derive(Debug, Clone, PartialEq)]
pub struct SeabedRequest {
    /// What is to be seen.
    pub area: Polygon,
    /// How deep the water is, m.
    pub depth_m: f64,
    /// How high above the bottom the vehicle goes, m.
    pub above_m: f64,
    /// With what; the controller is on a boat above.
    pub rov: Rov,
    /// The largest acceleration, m/s².
    pub acceleration_m_s2: f64,
    /// The share that must be seen.
    pub share: f64,
    /// The first dive begins, s.
    pub begins_s: f64,
}

/// The most squares.
const STATIONS_MAX: usize = 400;
/// Pieces of the area smaller than this share of a strip's square are left out.
const CRUMB: f64 = 0.25;

/// Plans the inspection of a seabed: the area is cut into squares that the tether reaches from above their middles.
///
/// # Errors
/// [`WaterError`] when it cannot be done.
pub fn seabed(request: &SeabedRequest, seed: u64, clock: &mut dyn Clock) -> Result<Plan, WaterError> {
    let SeabedRequest { area, depth_m, above_m, rov, .. } = request;
    within("depth", *depth_m, 0.5, 1e4)?;
    within("height above the bottom", *above_m, 0.1, *depth_m)?;
    within("begin", request.begins_s, -1e11, 1e11)?;
    let down_m = depth_m - above_m;
    rov.check("the seabed", down_m)?;
    problem(request, area.clone(), area.outer.first().copied().unwrap_or_default(), 1.0).check_target()?;
    let reach_m = rov.reach_m();
    let level_m = (reach_m * reach_m - down_m * down_m).max(0.0).sqrt();
    // A strip beside the edge is seen from within it.
    let side_m = level_m * std::f64::consts::SQRT_2;
    if side_m < rov.strip_m {
        return Err(WaterError::Tether { what: "the seabed", reach_m, needs_m: down_m.hypot(rov.strip_m) });
    }
    let pieces = pieces(area, side_m, CRUMB * rov.strip_m * rov.strip_m)?;
    let mut stations = Vec::new();
    let (mut now_s, mut seen_m2, mut all_m2) = (request.begins_s, 0.0, 0.0);
    for (number, (middle_m, piece)) in pieces.iter().enumerate() {
        let [from, to] = [number, number + 1].map(|at| at as f64 / pieces.len() as f64);
        let mut part = Part { whole: &mut *clock, from, to };
        let piece_m2 = piece.area_m2();
        let problem = problem(request, piece.clone(), *middle_m, side_m);
        let plan = coverage::search(&problem, seed, &mut part, &mut |_| {})?;
        all_m2 += piece_m2;
        seen_m2 += plan.seen * piece_m2;
        let surface = Stop::new(*middle_m, 0.0, Look::Free);
        let mut stops = vec![surface];
        for route in &plan.routes {
            stops.extend(route.path_m.iter().map(|at_m| Stop::new(*at_m, -down_m, Look::Down)));
        }
        stops.push(surface);
        let length = |stop: &Stop| distance(stop.place_m, *middle_m).hypot(stop.height_m);
        let tether_m = stops.iter().map(length).fold(0.0, f64::max);
        let station = Station { at_m: *middle_m, dive: rov.dive(now_s, &stops)?, tether_m };
        now_s += station.dive.lasts_s() + rov.moves_s;
        stations.push(station);
    }
    let ends_s = if stations.is_empty() { now_s } else { now_s - rov.moves_s };
    let seen = if all_m2 > 0.0 { seen_m2 / all_m2 } else { 0.0 };
    let reasons = vec![format!(
        "{} squares of {side_m:.0} m: so far the tether of {:.0} m reaches from {down_m:.1} m above; {:.1} % is seen in {:.0} s",
        stations.len(),
        rov.tether_m,
        100.0 * seen,
        ends_s - request.begins_s
    )];
    Ok(Plan { stations, seen, ends_s, reasons })
}

/// A square's search: it stays within the square.
fn problem(request: &SeabedRequest, target: Polygon, middle_m: [f64; 2], side_m: f64) -> Problem {
    let corner = |[east, north]: [f64; 2]| [middle_m[0] + east * side_m / 2.0, middle_m[1] + north * side_m / 2.0];
    let outer = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]].map(corner).to_vec();
    Problem {
        target,
        fly: Polygon { outer, holes: Vec::new() },
        swath_m: request.rov.apart_m(),
        share: request.share,
        homes_m: vec![middle_m],
        airspeed_m_s: request.rov.pace.airspeed_m_s,
        turning: Turning::Corners { acceleration_m_s2: request.acceleration_m_s2 },
        wind_m_s: request.rov.pace.wind_m_s,
    }
}

/// The area cut into squares: the middle of each, and what of the area is in it.
fn pieces(area: &Polygon, side_m: f64, crumb_m2: f64) -> Result<Vec<([f64; 2], Polygon)>, WaterError> {
    let ring = |points: &Vec<[f64; 2]>| points.iter().map(|at| Coord { x: at[0], y: at[1] }).collect::<LineString>();
    let whole = GeoPolygon::new(ring(&area.outer), area.holes.iter().map(ring).collect());
    let [low, high] = area.bounds();
    let counts = [0, 1].map(|axis: usize| ((high[axis] - low[axis]) / side_m).ceil().clamp(1.0, 1e6) as usize);
    count("squares", counts[0].saturating_mul(counts[1]), 1, STATIONS_MAX)?;
    let mut pieces = Vec::new();
    for number in 0..counts[0] * counts[1] {
        // To and fro, so that the boat goes on to a neighbour.
        let (row, along) = (number / counts[0], number % counts[0]);
        let column = if row % 2 == 0 { along } else { counts[0] - 1 - along };
        let [west, south] = [low[0] + column as f64 * side_m, low[1] + row as f64 * side_m];
        let corners =
            vec![[west, south], [west + side_m, south], [west + side_m, south + side_m], [west, south + side_m]];
        let square = GeoPolygon::new(ring(&corners), Vec::new());
        for piece in whole.intersection(&square).iter() {
            let points = |line: &LineString| line.coords().map(|at| [at.x, at.y]).collect::<Vec<_>>();
            let outer = points(piece.exterior());
            let polygon = Polygon { outer, holes: piece.interiors().iter().map(points).collect() };
            if polygon.area_m2() > crumb_m2 {
                pieces.push(([west + side_m / 2.0, south + side_m / 2.0], polygon));
            }
        }
    }
    Ok(pieces)
}
