//! The geofence: a ring on the ground and a band of height above home.
//!
//! The ring is computed on a flat map around its first corner (equirectangular), where a straight line differs from
//! the one flown by less than a metre within the [`REACH_MAX_M`] a fence may have. Its edge counts as inside. Near the
//! poles that map is none, so no fence reaches beyond [`LATITUDE_MAX_DEG`].

use geo::{Area, Covers, Distance, Euclidean, Line, LineString, Point, Polygon, Validation};
use telemetry::angle::wrapped_pi;
use telemetry::frames::SEMI_MAJOR_M;
use telemetry::messages::Geofence;
use telemetry::{HeightAboveHome, LatLon};

use super::Refusal;
use super::way::Bends;

/// How far a corner may lie from the first, metres.
pub const REACH_MAX_M: f64 = 100_000.0;
/// How far from the equator a fence may begin, degrees.
pub const LATITUDE_MAX_DEG: f64 = 85.0;
/// A way that leaves a fence by less than this, metres, is one along its edge in a gust.
pub const GRAZE_M: f64 = 5.0;
/// How finely a way is looked at for that: every so many metres, but no more often than this.
const LOOKS: (f64, usize) = (10.0, 500);
/// The most corners.
pub const CORNERS_MAX: usize = 512;
/// The smallest area: less is a line with rounding errors.
const AREA_MIN_M2: f64 = 100.0;
/// Heights are compared to this, metres: a barometer's rounding must not refuse a plan at the edge of its band.
pub const HEIGHT_TOLERANCE_M: f64 = 1.0;

/// A fence that is one.
#[derive(Debug, Clone)]
pub struct Fence {
    map: FlatMap,
    area: Polygon,
    bends: Bends,
    floor: HeightAboveHome,
    ceiling: HeightAboveHome,
}

/// Metres east and north of an origin.
#[derive(Debug, Clone, Copy)]
struct FlatMap {
    origin: LatLon,
}

impl FlatMap {
    fn point(self, at: LatLon) -> Point {
        let east = wrapped_pi(at.longitude() - self.origin.longitude()) * self.origin.latitude().cos();
        let north = at.latitude() - self.origin.latitude();
        Point::new(east * SEMI_MAJOR_M, north * SEMI_MAJOR_M)
    }

    fn place(self, point: Point) -> Option<LatLon> {
        let (east, north) = (point.x() / SEMI_MAJOR_M, point.y() / SEMI_MAJOR_M);
        let longitude = wrapped_pi(self.origin.longitude() + east / self.origin.latitude().cos());
        LatLon::from_radians(self.origin.latitude() + north, longitude).ok()
    }
}

impl Fence {
    /// Takes a fence as it travels.
    ///
    /// # Errors
    /// [`Refusal`] when the ring has fewer than three corners, crosses itself or is too large, or the band is none.
    pub fn new(geofence: &Geofence) -> Result<Self, Refusal> {
        let (corners, band) = (geofence.ring.len(), (geofence.floor.metres, geofence.ceiling.metres));
        let Some(origin) = geofence.ring.first().copied().filter(|_| (3..=CORNERS_MAX).contains(&corners)) else {
            return Err(Refusal::new(format!("the fence has {corners} corners: allowed are 3 to {CORNERS_MAX}")));
        };
        if !(band.0.is_finite() && band.1.is_finite() && band.0 <= band.1) {
            return Err(Refusal::new(format!("the fence's band from {} to {} m is none", band.0, band.1)));
        }
        if origin.latitude_deg().abs() > LATITUDE_MAX_DEG {
            let found = origin.latitude_deg();
            return Err(Refusal::new(format!(
                "the fence begins at a latitude of {found:.1}°: allowed are -{LATITUDE_MAX_DEG}° to {LATITUDE_MAX_DEG}°"
            )));
        }
        let map = FlatMap { origin };
        let ring: Vec<Point> = geofence.ring.iter().map(|at| map.point(*at)).collect();
        if ring.iter().any(|corner| corner.x().hypot(corner.y()) > REACH_MAX_M) {
            return Err(Refusal::new("the fence reaches farther than 100 km"));
        }
        let area = Polygon::new(LineString::from(ring), Vec::new());
        if !area.is_valid() || area.unsigned_area() < AREA_MIN_M2 {
            return Err(Refusal::new("the fence's ring crosses itself or has no area"));
        }
        Ok(Self { map, area, bends: Bends::default(), floor: geofence.floor, ceiling: geofence.ceiling })
    }

    /// The fence, surveyed for ways round its corners by a vehicle that needs so much room there, metres.
    #[must_use]
    pub fn surveyed(self, room_m: f64) -> Self {
        let bends = Bends::survey(&self.area, room_m);
        Self { bends, ..self }
    }

    /// Whether a place lies inside.
    #[must_use]
    pub fn holds(&self, at: LatLon) -> bool {
        self.area.covers(&self.map.point(at))
    }

    /// Whether the straight way between two places stays inside.
    #[must_use]
    pub fn holds_way(&self, from: LatLon, to: LatLon) -> bool {
        self.area.covers(&Line::new(self.map.point(from), self.map.point(to)))
    }

    /// Whether the straight way between two places inside leaves the fence by more than [`GRAZE_M`]. False where one of
    /// them is outside.
    #[must_use]
    pub fn leaves(&self, from: LatLon, to: LatLon) -> bool {
        if self.holds_way(from, to) || !(self.holds(from) && self.holds(to)) {
            return false;
        }
        let (from, to) = (self.map.point(from), self.map.point(to));
        let looks = ((Euclidean.distance(from, to) / LOOKS.0) as usize).clamp(2, LOOKS.1);
        (1..looks)
            .map(|look| from + (to - from) * (look as f64 / looks as f64))
            .any(|look| !self.area.covers(&look) && Euclidean.distance(&look, self.area.exterior()) > GRAZE_M)
    }

    /// The shortest way inside, straight or from bend to bend: the places to pass, the goal last. Nothing where the
    /// fence holds none, or was not surveyed.
    #[must_use]
    pub fn way(&self, from: LatLon, to: LatLon) -> Option<Vec<LatLon>> {
        if self.holds_way(from, to) {
            return Some(vec![to]);
        }
        let bends = self.bends.between(&self.area, self.map.point(from), self.map.point(to))?;
        bends.into_iter().map(|bend| self.map.place(bend)).chain([Some(to)]).collect()
    }

    /// The first bend of that way which is not reached yet; nothing where the goal is next.
    #[must_use]
    pub fn next_bend(&self, from: LatLon, to: LatLon) -> Option<LatLon> {
        let way = self.way(from, to)?;
        let (_, bends) = way.split_last()?;
        bends.first().copied()
    }

    /// Whether a circle stays inside.
    #[must_use]
    pub fn holds_circle(&self, centre: LatLon, radius_m: f64) -> bool {
        self.holds(centre) && Euclidean.distance(&self.map.point(centre), self.area.exterior()) >= radius_m
    }

    /// Whether a height lies in the band.
    #[must_use]
    pub fn holds_height(&self, height: HeightAboveHome) -> bool {
        height.metres >= self.floor.metres - HEIGHT_TOLERANCE_M
            && height.metres <= self.ceiling.metres + HEIGHT_TOLERANCE_M
    }

    /// The lowest height allowed once under way.
    #[must_use]
    pub fn floor(&self) -> HeightAboveHome {
        self.floor
    }

    /// The greatest height allowed.
    #[must_use]
    pub fn ceiling(&self) -> HeightAboveHome {
        self.ceiling
    }
}
