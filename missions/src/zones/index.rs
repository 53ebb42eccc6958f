//! Which zones are at a place, without looking at all of them.

use rstar::{AABB, RTree, RTreeObject};
use telemetry::LatLon;

use super::{Outline, UasZone, ZoneVolume};

/// The mean radius of the Earth, metres: good enough for a box that is a little too large.
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// How much larger a box is made: the ellipsoid is up to 0.7 % off the sphere.
const SLACK: f64 = 1.01;

/// Zones and where each is.
#[derive(Debug)]
pub struct ZoneIndex {
    zones: Vec<UasZone>,
    boxes: RTree<Boxed>,
}

/// A box around a volume, degrees.
#[derive(Debug)]
struct Boxed {
    zone: usize,
    low: [f64; 2],
    high: [f64; 2],
}

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

impl ZoneIndex {
    /// An index of these zones.
    #[must_use]
    pub fn new(zones: Vec<UasZone>) -> Self {
        let mut boxes = Vec::new();
        for (number, zone) in zones.iter().enumerate() {
            for volume in &zone.volumes {
                boxes.extend(around(volume).into_iter().map(|[low, high]| Boxed { zone: number, low, high }));
            }
        }
        Self { boxes: RTree::bulk_load(boxes), zones }
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn zones(&self) -> &[UasZone] {
        &self.zones
    }

    /// The zones, by number and in order, whose boxes come within a distance of the box around some places. Places on both
    /// sides of the antimeridian are asked for one by one.
    #[must_use]
    pub fn near(&self, places: &[LatLon], within_m: f64) -> Vec<usize> {
        let spread = |places: &[LatLon]| around_places(places, within_m);
        let bounds = spread(places);
        let wide = bounds.is_some_and(|[low, high]| high[0] - low[0] > 180.0);
        let asked: Vec<[[f64; 2]; 2]> = if wide {
            places.iter().filter_map(|place| spread(std::slice::from_ref(place))).collect()
        } else {
            bounds.into_iter().collect()
        };
        let mut found: Vec<usize> = Vec::new();
        for [low, high] in asked {
            for turn in [-360.0, 0.0, 360.0] {
                let asked = AABB::from_corners([low[0] + turn, low[1]], [high[0] + turn, high[1]]);
                found.extend(self.boxes.locate_in_envelope_intersecting(&asked).map(|boxed| boxed.zone));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// South-west and north-east of places, and so much more all round, degrees.
fn around_places(places: &[LatLon], within_m: f64) -> Option<[[f64; 2]; 2]> {
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for place in places {
        for (axis, degrees) in [place.longitude_deg(), place.latitude_deg()].into_iter().enumerate() {
            (low[axis], high[axis]) = (low[axis].min(degrees), high[axis].max(degrees));
        }
    }
    let north = (within_m * SLACK / EARTH_RADIUS_M).to_degrees();
    let widest = (low[1].abs().max(high[1].abs()) + north).min(89.9).to_radians();
    let east = (north / widest.cos()).min(360.0);
    (!places.is_empty()).then_some([[low[0] - east, low[1] - north], [high[0] + east, high[1] + north]])
}

/// The box around a volume: two where it spans the antimeridian.
fn around(volume: &ZoneVolume) -> Vec<[[f64; 2]; 2]> {
    match &volume.outline {
        Outline::Circle { centre, radius_m } => around_places(&[*centre], *radius_m).into_iter().collect(),
        Outline::Polygon(rings) => {
            let Some(bounds) = rings.first().and_then(|ring| around_places(ring, 0.0)) else { return Vec::new() };
            let [low, high] = bounds;
            if high[0] - low[0] <= 180.0 {
                return vec![bounds];
            }
            // No zone reaches half round the Earth: it is the other way round.
            let east: Vec<LatLon> = rings[0].iter().copied().filter(|at| at.longitude() >= 0.0).collect();
            let west: Vec<LatLon> = rings[0].iter().copied().filter(|at| at.longitude() < 0.0).collect();
            let mut both = Vec::new();
            both.extend(around_places(&east, 0.0).map(|[low, high]| [low, [180.0, high[1]]]));
            both.extend(around_places(&west, 0.0).map(|[low, high]| [[-180.0, low[1]], high]));
            both.iter_mut().for_each(|sides| (sides[0][1], sides[1][1]) = (low[1], high[1]));
            both
        }
    }
}
