//! A strip along a line: lanes beside it, flown to and fro.

use super::fleet::{Fleet, StripError, ends_s, length_m, parts};
use super::{Plan, Side};
use crate::flight::Look;
use crate::limits::{count, points, within};
use crate::offset::beside;
use crate::plane::{Point, distance};

/// A strip to be flown over.
#[derive(Debug, Clone, PartialEq)]
pub struct CorridorRequest {
    /// Its middle, m east and north.
    pub line_m: Vec<[f64; 2]>,
    /// How wide it is, m.
    pub width_m: f64,
    /// How wide a strip is seen at once, the overlap taken off, m.
    pub swath_m: f64,
    /// How often all of it is flown over.
    pub passes: usize,
    /// By whom.
    pub fleet: Fleet,
}

/// The most lanes of all passes.
const LANES_MAX: usize = 1_000;

/// Plans a strip. Each vehicle has a part of the line of the same length, and flies the lanes of its part to and fro.
///
/// # Errors
/// [`StripError`] when it cannot be flown.
pub fn corridor(request: &CorridorRequest) -> Result<Plan, StripError> {
    let CorridorRequest { line_m, width_m, swath_m, passes, fleet } = request;
    points("point of the line", line_m, 2)?;
    within("width", *width_m, 0.0, 1e5)?;
    within("swath", *swath_m, 0.1, 1e5)?;
    fleet.check()?;
    let lanes = (width_m / swath_m).ceil().max(1.0);
    count("passes", *passes, 1, LANES_MAX)?;
    count("lanes of all passes", lanes.min(1e9) as usize * passes, 1, LANES_MAX)?;
    let line = crate::coverage::area::distinct_line(line_m);
    if line.len() < 2 {
        return Err(StripError::NoWay { what: "line", apart_m: 0.0 });
    }
    let mut flights = Vec::new();
    let mut ways_m = Vec::new();
    let mut revisit_s = None;
    for (vehicle, part) in parts(&line, fleet.homes_m.len()).iter().enumerate() {
        let way = to_and_fro(part, *width_m, lanes as usize, *passes, fleet.homes_m[vehicle])?;
        let flown = fleet.fly(vehicle, fleet.begins_s, &way, Look::Down)?;
        if *passes > 1 {
            let lasts_s = ends_s(&flown, fleet.begins_s) - fleet.begins_s;
            // A pass flown backwards leaves the first lane alone for nearly two passes.
            let alone_s = 2.0 * lasts_s / *passes as f64;
            revisit_s = Some(alone_s.max(revisit_s.unwrap_or(0.0)));
        }
        flights.extend(flown);
        ways_m.push(way);
    }
    let ends_s = ends_s(&flights, fleet.begins_s);
    let followed = followed(&line, *width_m, *swath_m, &ways_m);
    let reasons = vec![
        format!("{lanes} lanes {:.0} m apart see {width_m:.0} m", width_m / lanes),
        format!("{} sorties; the last is home after {:.0} s", flights.len(), ends_s - fleet.begins_s),
    ];
    Ok(Plan { flights, ways_m, ends_s, revisit_s, followed, reasons })
}

/// The lanes of a part of the line, pass after pass; it begins at the end that is nearer to home.
fn to_and_fro(
    part: &[Point],
    width_m: f64,
    lanes: usize,
    passes: usize,
    home_m: Point,
) -> Result<Vec<Point>, StripError> {
    let mut line = part.to_vec();
    if distance(line[line.len() - 1], home_m) < distance(line[0], home_m) {
        line.reverse();
    }
    let mut pass: Vec<Vec<Point>> = Vec::new();
    for lane in 0..lanes {
        let aside_m = ((lane as f64 + 0.5) / lanes as f64 - 0.5) * width_m;
        let side = if aside_m < 0.0 { Side::Left } else { Side::Right };
        let mut way = beside(&line, side, aside_m.abs(), &[])
            .ok_or(StripError::NoWay { what: "line", apart_m: aside_m.abs() })?;
        if lane % 2 == 1 {
            way.reverse();
        }
        pass.push(way);
    }
    let forwards: Vec<Point> = pass.concat();
    let mut way = Vec::new();
    for number in 0..passes {
        if number % 2 == 0 { way.extend(&forwards) } else { way.extend(forwards.iter().rev()) }
    }
    Ok(way)
}

/// The share of the strip within half a swath of a way: places across it, along the line.
fn followed(line: &[Point], width_m: f64, swath_m: f64, ways_m: &[Vec<Point>]) -> f64 {
    let step_m = (length_m(line) / 400.0).max(1.0);
    let (mut all, mut near) = (0_u32, 0_u32);
    for pair in line.windows(2) {
        let Some(along) = crate::plane::direction(pair[0], pair[1]) else { continue };
        let steps = (distance(pair[0], pair[1]) / step_m).ceil() as usize;
        for step in 0..steps {
            let on = crate::plane::between(pair[0], pair[1], (step as f64 + 0.5) / steps as f64);
            for across in [-0.48, -0.24, 0.0, 0.24, 0.48] {
                let aside = crate::plane::times(crate::plane::left(along), across * width_m);
                let at = crate::plane::plus(on, aside);
                all += 1;
                near += u32::from(
                    ways_m.iter().any(|way| crate::offset::distance_to(way, at) <= swath_m / 2.0 + 0.01 * width_m),
                );
            }
        }
    }
    if all == 0 { 1.0 } else { f64::from(near) / f64::from(all) }
}
