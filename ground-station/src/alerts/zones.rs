//! The site's zones on the flat map of the site frame, and how deep in one an estimate lies.
//!
//! *Depth*: metres inside the ring, negative outside. A reading is clear only where the depth is larger than the
//! estimate's error; of an estimate worse than [`SIGMA_MAX_M`], as a bearing alone gives, nothing is clear.

use geo::{Contains, Coord, Distance, Euclidean, Line, LineString, Point, Polygon};
use missions::{Site, Zone};
use telemetry::messages::Track;
use telemetry::{AltitudeAmsl, Geodetic, LatLon, SiteFrame};

use super::presence::Reading;
use crate::picture::up_sigma_m;

/// An estimate worse than this says nothing of zones, metres.
const SIGMA_MAX_M: f64 = 250.0;
/// The most and the least depth asked for before a place counts as inside, metres.
const DEPTH_ASKED_M: [f64; 2] = [2.0, 50.0];
/// How much farther out than in a place must be to count as outside, metres.
const HYSTERESIS_M: f64 = 20.0;
/// Beyond this standard deviation a height says nothing, and only the ring decides, metres.
const HEIGHT_SIGMA_MAX_M: f64 = 50.0;

/// The site, as the rules see it.
#[derive(Debug)]
pub(crate) struct SiteZones {
    frame: SiteFrame,
    site: Site,
    zones: Vec<ZoneShape>,
}

/// A zone on the flat map.
#[derive(Debug)]
pub(crate) struct ZoneShape {
    pub(crate) zone: Zone,
    polygon: Polygon,
}

impl SiteZones {
    pub(crate) fn new(site: &Site) -> Self {
        let frame = site.frame();
        let coord = |at: &LatLon| flat(&frame, *at, site.datum);
        let shape = |zone: &Zone| ZoneShape {
            zone: zone.clone(),
            polygon: Polygon::new(LineString::new(zone.ring.iter().map(coord).collect()), Vec::new()),
        };
        Self { frame, zones: site.zones.iter().map(shape).collect(), site: site.clone() }
    }

    pub(crate) fn zones(&self) -> impl Iterator<Item = &ZoneShape> {
        self.zones.iter()
    }

    /// Above mean sea level.
    pub(crate) fn altitude(&self, at: Geodetic) -> AltitudeAmsl {
        at.height().amsl(self.site.undulation)
    }

    /// Metres above the site's ground.
    pub(crate) fn height_m(&self, at: Geodetic) -> f64 {
        self.height_of_m(self.altitude(at))
    }

    /// How far an altitude lies above the site's ground, metres.
    pub(crate) fn height_of_m(&self, altitude: AltitudeAmsl) -> f64 {
        altitude.metres - self.site.ground.metres
    }

    /// The height as far as it was measured.
    pub(crate) fn measured_height_m(&self, track: &Track) -> Option<f64> {
        (up_sigma_m(track) <= HEIGHT_SIGMA_MAX_M).then(|| self.height_m(track.position))
    }

    /// Whether a point lies in the box that the site is interested in.
    pub(crate) fn interesting(&self, at: LatLon) -> bool {
        let [west, south, east, north] = self.site.bounds.degrees();
        (west..=east).contains(&at.longitude_deg()) && (south..=north).contains(&at.latitude_deg())
    }

    /// Where a point lies on the flat map, metres east and north of the datum.
    pub(crate) fn coord(&self, at: LatLon) -> Coord {
        flat(&self.frame, at, self.site.datum)
    }

    /// Whether a track is in a zone's ring.
    pub(crate) fn in_ring(&self, zone: &ZoneShape, track: &Track) -> Reading {
        let sigma_m = track.horizontal_sigma_m();
        if sigma_m.is_nan() || sigma_m > SIGMA_MAX_M {
            return Reading::Unclear;
        }
        let depth_m = zone.depth_m(self.coord(track.position.lat_lon()));
        let asked_m = sigma_m.clamp(DEPTH_ASKED_M[0], DEPTH_ASKED_M[1]);
        if depth_m >= asked_m {
            Reading::Inside
        } else if depth_m <= -asked_m - HYSTERESIS_M {
            Reading::Outside
        } else {
            Reading::Unclear
        }
    }

    /// Whether a track is in a zone's volume. Where its height is not known, the ring alone decides.
    pub(crate) fn in_volume(&self, zone: &ZoneShape, track: &Track) -> Reading {
        let ring = self.in_ring(zone, track);
        let sigma_up_m = up_sigma_m(track);
        if ring != Reading::Inside || sigma_up_m > HEIGHT_SIGMA_MAX_M {
            return ring;
        }
        let altitude = self.altitude(track.position).metres;
        let (floor, ceiling) = (zone.zone.floor.metres, zone.zone.ceiling.metres);
        // Nothing is below the ground, so a floor there is no boundary.
        let above_floor_m = if floor <= self.site.ground.metres { f64::INFINITY } else { altitude - floor };
        let depth_m = above_floor_m.min(ceiling - altitude);
        if depth_m >= 0.0 {
            Reading::Inside
        } else if depth_m <= -sigma_up_m.max(10.0) {
            Reading::Outside
        } else {
            Reading::Unclear
        }
    }
}

impl ZoneShape {
    fn depth_m(&self, at: Coord) -> f64 {
        let edge_m = Euclidean.distance(&Point(at), self.polygon.exterior());
        if self.polygon.contains(&at) { edge_m } else { -edge_m }
    }

    /// Whether a straight way goes across the border line, or ends in the strip behind it.
    pub(crate) fn crossed_by(&self, site: &SiteZones, from: LatLon, to: LatLon) -> bool {
        use geo::Intersects;
        let Some(border) = self.zone.border() else { return false };
        let line = LineString::new(border.line.iter().map(|at| site.coord(*at)).collect());
        let (from, to) = (site.coord(from), site.coord(to));
        line.intersects(&Line::new(from, to)) || self.polygon.contains(&to)
    }
}

/// The point on the ground below, so that a high one is not drawn outwards by the curve of the Earth.
fn flat(frame: &SiteFrame, at: LatLon, datum: Geodetic) -> Coord {
    let enu = frame.enu(at.at_height(datum.height()));
    Coord { x: enu.east_m, y: enu.north_m }
}
