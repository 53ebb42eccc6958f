//! Whether one place is in sight of another: obstacles are prisms, rings with a flat top.

use crate::coverage::area::around;
use crate::limits::{Check, LimitError, count, points};
use crate::plane::{Point, between, cross, minus};

/// A building, a wood, a stack of containers.
#[derive(Debug, Clone, PartialEq)]
pub struct Prism {
    /// Its outline, m east and north.
    pub ring_m: Vec<[f64; 2]>,
    /// How high its top is, m, from the level that heights count from.
    pub top_m: f64,
}

/// A place in space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) at_m: Point,
    pub(crate) height_m: f64,
}

pub(crate) fn check(prisms: &[Prism]) -> Result<(), LimitError> {
    count("obstacles", prisms.len(), 0, 2_000)?;
    count("points of obstacles", prisms.iter().map(|prism| prism.ring_m.len()).sum(), 0, 20_000)?;
    prisms.iter().enumerate().try_for_each(|(number, prism)| {
        points("point of an obstacle", &prism.ring_m, 3)?;
        Check { what: "obstacle", number }.within("top", prism.top_m, -1e4, 1e4)
    })
}

/// Whether nothing stands between two places. What grazes a top is in sight.
pub(crate) fn clear(prisms: &[Prism], from: Place, to: Place) -> bool {
    prisms.iter().all(|prism| {
        let lowest_m = from.height_m.min(to.height_m);
        lowest_m >= prism.top_m || !hides(prism, from, to)
    })
}

/// Whether the straight goes through the prism: over each stretch within its outline it has to be above its top.
fn hides(prism: &Prism, from: Place, to: Place) -> bool {
    let way = minus(to.at_m, from.at_m);
    let mut cuts: Vec<f64> = around(&prism.ring_m)
        .filter_map(|[a, b]| {
            let (side_a, side_b) = (cross(way, minus(a, from.at_m)), cross(way, minus(b, from.at_m)));
            ((side_a > 0.0) != (side_b > 0.0)).then(|| {
                let at = between(a, b, side_a / (side_a - side_b));
                let axis = usize::from(way[1].abs() > way[0].abs());
                (at[axis] - from.at_m[axis]) / way[axis]
            })
        })
        .collect();
    cuts.sort_by(f64::total_cmp);
    let height = |share: f64| from.height_m + share * (to.height_m - from.height_m);
    cuts.chunks_exact(2).any(|pair| {
        let (enters, leaves) = (pair[0].max(0.0), pair[1].min(1.0));
        enters < leaves && height(enters).min(height(leaves)) < prism.top_m
    })
}

/// Whether a place is within an outline.
pub(crate) fn within_ring(ring: &[Point], at: Point) -> bool {
    let crosses = |[a, b]: &[Point; 2]| {
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    around(ring).filter(crosses).count() % 2 == 1
}
