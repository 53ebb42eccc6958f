//! What is seen of a place from around it.

use std::f64::consts::TAU;

use crate::plane::Point;
use crate::sight::{Place, Prism, clear, within_ring};

/// Directions that are looked from.
pub(super) const DIRECTIONS: usize = 144;

/// A circle around a place, and from where on it the place is in sight. Directions are from the place, counted to the
/// right from north.
#[derive(Debug, Clone)]
pub(super) struct Circle {
    pub(super) radius_m: f64,
    pub(super) height_m: f64,
    /// Whether it leads through no obstacle and no closed area.
    pub(super) free: bool,
    /// Direction by direction: it may be flown there, and the place is in sight.
    pub(super) sees: Vec<bool>,
}

/// Around what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) target: Place,
    pub(super) obstacles: &'a [Prism],
    /// Where nobody flies.
    pub(super) closed: &'a [Vec<[f64; 2]>],
}

impl Circle {
    pub(super) fn around(around: &Around, radius_m: f64, height_m: f64) -> Self {
        let places: Vec<Place> = (0..DIRECTIONS)
            .map(|number| Place { at_m: at(around.target.at_m, radius_m, angle(number as f64)), height_m })
            .collect();
        let free = |place: &Place| {
            let low = |prism: &Prism| height_m < prism.top_m + CLEARANCE_M && within_ring(&prism.ring_m, place.at_m);
            !around.obstacles.iter().any(low) && !around.closed.iter().any(|ring| within_ring(ring, place.at_m))
        };
        let sees = |place: &Place| free(place) && clear(around.obstacles, around.target, *place);
        Self { radius_m, height_m, free: places.iter().all(free), sees: places.iter().map(sees).collect() }
    }

    /// The share of the circle from which it is seen.
    pub(super) fn share(&self) -> f64 {
        self.sees.iter().filter(|sees| **sees).count() as f64 / DIRECTIONS as f64
    }

    /// The longest stretch in sight: where it begins, and how many directions long it is.
    pub(super) fn longest(&self) -> (usize, usize) {
        let length = |from: usize| (0..DIRECTIONS).take_while(|step| self.sees[(from + step) % DIRECTIONS]).count();
        let stretches = (0..DIRECTIONS).map(|from| (from, length(from)));
        stretches.max_by_key(|(from, length)| (*length, DIRECTIONS - from)).unwrap_or((0, 0))
    }

    /// Whether it is in sight from a direction, rad.
    pub(super) fn sees_from(&self, direction: f64) -> bool {
        let number = (direction.rem_euclid(TAU) / TAU * DIRECTIONS as f64).round() as usize;
        self.sees[number % DIRECTIONS]
    }
}

/// So far over an obstacle's top is over it, m.
const CLEARANCE_M: f64 = 15.0;

/// The direction of so many steps.
pub(super) fn angle(steps: f64) -> f64 {
    TAU * steps / DIRECTIONS as f64
}

/// A place on a circle, in a direction to the right from north.
pub(super) fn at(middle: Point, radius_m: f64, direction: f64) -> Point {
    [middle[0] + radius_m * direction.sin(), middle[1] + radius_m * direction.cos()]
}
