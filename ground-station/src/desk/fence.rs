//! The fence of a proposed plan: that of the plan the vehicle has, where the way stays in it, else a hull around the way.

use geo::{ConvexHull, Coord, MultiPoint, Simplify};
use missions::ring;
use telemetry::LatLon;

use super::Standing;
use crate::airspace::Airspace;

/// How far around the way a hull is drawn, metres.
const MARGIN_M: f64 = 150.0;
/// How near to a border a corner of a hull may come, metres.
const BORDER_M: f64 = 20.0;
/// A corner that is off the straight line past it by less is none, metres.
const CORNER_M: f64 = 0.5;
/// A plan's fence has no more corners than this.
const CORNERS_MAX: usize = 90;
/// A corner is drawn back from a border in so many steps.
const STEPS: usize = 20;

/// The corners of the fence.
pub(super) fn around(airspace: &Airspace, standing: &Standing, home: LatLon, way: &[LatLon]) -> Vec<LatLon> {
    let kept = standing.fence.as_ref().map(|fence| &fence.ring).filter(|ring| holds(ring, home, way));
    kept.cloned().unwrap_or_else(|| hull(airspace, home, way))
}

fn holds(fence: &[LatLon], home: LatLon, way: &[LatLon]) -> bool {
    let inside = |at: &LatLon| ring::contains(fence, *at) && ring::to_edge_m(fence, *at) > 10.0;
    let stays = way.windows(2).all(|pair| !ring::crosses_edge(fence, pair[0], pair[1]));
    stays && way.iter().all(inside) && ring::contains(fence, home)
}

fn hull(airspace: &Airspace, home: LatLon, way: &[LatLon]) -> Vec<LatLon> {
    let wide = |at: &LatLon| {
        let [x, y] = airspace.place_m(*at);
        (0..8).map(move |n| {
            let angle = std::f64::consts::TAU * f64::from(n) / 8.0;
            // The corners of an octagon reach a little farther, so that its sides keep the margin.
            let reach_m = MARGIN_M / (std::f64::consts::PI / 8.0).cos();
            Coord { x: x + reach_m * angle.cos(), y: y + reach_m * angle.sin() }
        })
    };
    let points: Vec<Coord> = std::iter::once(&home).chain(way).flat_map(wide).collect();
    let points: MultiPoint = points.into_iter().map(geo::Point::from).collect();
    // Corners a few centimetres apart would be one in a file.
    let mut hull = points.convex_hull().simplify(CORNER_M);
    let mut tolerance_m = 1.0;
    while hull.exterior().0.len() > CORNERS_MAX {
        hull = hull.simplify(tolerance_m);
        tolerance_m *= 2.0;
    }
    let mut corners: Vec<LatLon> = hull.exterior().0.iter().map(|at| airspace.lat_lon([at.x, at.y])).collect();
    corners.pop();
    corners.into_iter().map(|at| on_our_side(airspace, home, at)).collect()
}

/// A corner beyond a border is drawn towards home until it is on our side: a look at a target keeps to the fence alone.
fn on_our_side(airspace: &Airspace, home: LatLon, corner: LatLon) -> LatLon {
    let borders: Vec<_> = airspace.site().zones.iter().filter_map(|zone| zone.border()).collect();
    let ours = |at: LatLon| borders.iter().all(|border| border.depth_m(at) > BORDER_M);
    let ([hx, hy], [cx, cy]) = (airspace.place_m(home), airspace.place_m(corner));
    let along = |step: usize| {
        let share = 1.0 - step as f64 / STEPS as f64;
        airspace.lat_lon([hx + (cx - hx) * share, hy + (cy - hy) * share])
    };
    if ours(corner) { corner } else { (1..STEPS).map(along).find(|at| ours(*at)).unwrap_or(corner) }
}
