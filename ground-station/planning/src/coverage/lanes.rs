//! Parallel lanes over what is not yet seen.

use super::area::Area;
use super::raster::Raster;
use crate::plane::{Point, distance, dot, left, minus, plus, times};

/// The lines across a lane along which the target is felt for, as shares of half the swath.
const FEELERS: [f64; 5] = [-0.85, -0.45, 0.0, 0.45, 0.85];
/// Lanes on one line nearer to each other than this are one, in swaths.
const GAP: f64 = 1.2;
/// How far lanes stay from the border of the area, m.
const MARGIN_M: f64 = 0.3;

/// Where lanes lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// Their direction, a unit vector.
    pub(super) along: Point,
    /// The first lane's distance from the origin to the left of that, and the distance from lane to lane, m.
    pub(super) first_m: f64,
    pub(super) apart_m: f64,
    /// Between which distances along they are felt for, and how many they are.
    pub(super) reach: [f64; 2],
    pub(super) count: usize,
}

impl Pattern {
    /// Lanes in a direction over the box around `points`, shifted by a share of their distance from one to the next.
    pub(super) fn over(points: &[Point], along: Point, swath_m: f64, shift: f64) -> Self {
        let span = |axis: Point| {
            points
                .iter()
                .map(|at| dot(*at, axis))
                .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)])
        };
        let [low, high] = span(left(along));
        let count = ((high - low) / swath_m - 1e-9 + shift).ceil().max(1.0);
        // Without a shift they are spread evenly.
        let apart_m = if shift > 0.0 { swath_m } else { (high - low) / count };
        let first_m = low + apart_m * (0.5 - shift);
        Self { along, first_m, apart_m, reach: span(along), count: count as usize }
    }
}

/// Feels in steps for what is not seen of the target, and gives the lanes that see it.
pub(super) fn lanes(raster: &Raster, area: &Area, pattern: &Pattern, swath_m: f64, step_m: f64) -> Vec<[Point; 2]> {
    let reach_m = swath_m / 2.0;
    let aside = left(pattern.along);
    let steps = ((pattern.reach[1] - pattern.reach[0]) / step_m).ceil() as usize + 1;
    let mut lanes = Vec::new();
    for lane in 0..pattern.count {
        let origin = times(aside, pattern.first_m + lane as f64 * pattern.apart_m);
        let mut needed: Vec<[f64; 2]> = Vec::new();
        for feeler in FEELERS {
            let line = plus(origin, times(aside, feeler * pattern.apart_m / 2.0));
            let across = feeler * pattern.apart_m / 2.0;
            let sight_m = (reach_m * reach_m - across * across).max(0.0).sqrt();
            let mut since = None;
            for step in 0..=steps {
                let along_m = pattern.reach[0] + (step as f64 - 0.5) * step_m;
                let at = plus(line, times(pattern.along, along_m));
                let unseen = step < steps && raster.is_unseen(at);
                match (unseen, since) {
                    (true, None) => since = Some(along_m - step_m / 2.0),
                    (false, Some(began)) => {
                        since = None;
                        let (from, to) = (began + sight_m, along_m - step_m / 2.0 - sight_m);
                        let turned = f64::midpoint(from, to);
                        needed.push(if from <= to { [from, to] } else { [turned, turned] });
                    }
                    _ => {}
                }
            }
        }
        if needed.is_empty() {
            continue;
        }
        let inside = area.inside_along(origin, pattern.along);
        for [from, to] in merged(needed, GAP * swath_m) {
            for [enters, leaves] in &inside {
                let (from, to) = (from.max(enters + MARGIN_M), to.min(leaves - MARGIN_M));
                if from <= to {
                    let at = |along_m| plus(origin, times(pattern.along, along_m));
                    lanes.push([at(from), at(to)]);
                }
            }
        }
    }
    lanes
}

/// A lane in parts, cut where another home becomes the nearest, so that vehicles which begin apart can share it.
pub(super) fn cut([from, to]: [Point; 2], homes: &[Point], least_m: f64) -> Vec<[Point; 2]> {
    let way = minus(to, from);
    let squared = |at: Point, home: Point| dot(minus(at, home), minus(at, home));
    let mut cuts = vec![from];
    let mut shares: Vec<f64> = Vec::new();
    for (number, one) in homes.iter().enumerate() {
        for other in &homes[..number] {
            // Where both are equally far, and nobody is nearer.
            let share = (squared(from, *one) - squared(from, *other)) / (2.0 * dot(way, minus(*one, *other)));
            let at = plus(from, times(way, share));
            let nearest = homes.iter().all(|home| squared(at, *home) > squared(at, *one) - 1e-6 * least_m * least_m);
            if share > 0.0 && share < 1.0 && nearest {
                shares.push(share);
            }
        }
    }
    shares.sort_by(f64::total_cmp);
    for at in shares.into_iter().map(|share| plus(from, times(way, share))) {
        if distance(at, *cuts.last().expect("it has its beginning")) >= least_m && distance(at, to) >= least_m {
            cuts.push(at);
        }
    }
    cuts.push(to);
    cuts.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Spans that overlap or nearly touch, as one.
fn merged(mut spans: Vec<[f64; 2]>, gap: f64) -> Vec<[f64; 2]> {
    spans.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut merged: Vec<[f64; 2]> = Vec::new();
    for [from, to] in spans {
        match merged.last_mut() {
            Some(last) if from <= last[1] + gap => last[1] = last[1].max(to),
            _ => merged.push([from, to]),
        }
    }
    merged
}
