//! The air of a room as the geometry takes it: ground, zones, closed areas, and what the room keeps to.

use geo::{Coord, LineString, Polygon};
use missions::zones::{Outline, Restriction, UasZone, VerticalLimit, VerticalReference, ZoneVolume};
use planning::preflight::{Area, Datum, Heights, Limit, Rules, Zone, ZoneRule};
use telemetry::{AltitudeAmsl, AltitudeHae, Timestamp};

use super::findings::Named;
use crate::airspace::{Airspace, ClosedArea};

/// The ground of a room.
pub(super) struct RoomGround<'a>(pub(super) &'a Airspace);

impl Heights for RoomGround<'_> {
    fn height_m(&self, place_m: [f64; 2]) -> Option<f64> {
        self.0.ground_m(place_m)
    }
}

/// What the room keeps to of what `planning` knows. Heights above ground are for aircraft; the least of them is for where
/// the ground is known and not taken as flat.
pub(super) fn rules(airspace: &Airspace, flies: bool) -> Rules {
    let limits = airspace.limits();
    let layers = limits.layers.filter(|_| flies);
    let known = flies && airspace.terrain().is_some();
    Rules {
        agl_min_m: if known { limits.clearance_min_m } else { f64::NEG_INFINITY },
        agl_max_m: layers.map_or(f64::INFINITY, |layers| layers.fast_below_m),
        slow_below_agl_m: layers.map_or(f64::NEG_INFINITY, |layers| layers.slow_below_m),
        fast_m_s: layers.map_or(f64::INFINITY, |layers| layers.slow_m_s),
        apart_level_m: limits.apart_level_m,
        apart_height_m: limits.apart_height_m,
    }
}

/// Where somebody is and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach<'a> {
    /// From when to when.
    pub(super) span: [Timestamp; 2],
    /// The places of their way.
    pub(super) places_m: &'a [[f64; 2]],
    /// So far from it they may come, metres.
    pub(super) within_m: f64,
}

/// What somebody may be kept out of in their reach, and the names of it; times in seconds after its beginning. Zones are for
/// what flies, closed areas for everybody.
pub(super) fn zones(airspace: &Airspace, flies: bool, reach: Reach<'_>) -> (Vec<Zone>, Vec<Named>) {
    let Reach { span, places_m, within_m } = reach;
    let (mut zones, mut named) = (Vec::new(), Vec::new());
    for zone in airspace.zones_near(places_m, within_m).filter(|_| flies) {
        for volume in volumes(airspace, span, zone) {
            zones.push(volume);
            named.push(Named::zone(zone));
        }
    }
    for area in airspace.areas() {
        zones.push(closed(airspace, span[0], area));
        named.push(Named::area(area));
    }
    (zones, named)
}

fn volumes(airspace: &Airspace, span: [Timestamp; 2], zone: &UasZone) -> Vec<Zone> {
    let rule = match zone.restriction {
        Restriction::Prohibited => ZoneRule::Prohibited,
        // Nobody here has looked whether its conditions are kept.
        Restriction::RequiresAuthorisation | Restriction::USpace | Restriction::Conditional => {
            ZoneRule::NeedsAuthorisation
        }
        Restriction::Unrestricted => return Vec::new(),
    };
    if rule == ZoneRule::NeedsAuthorisation && airspace.limits().authorised_zones.contains(&zone.identifier) {
        return Vec::new();
    }
    let active = zone.active(span[0], span[1]);
    let seconds = |active: [Timestamp; 2]| active.map(|at| at.seconds_since(span[0]));
    let active_s: Option<Vec<[f64; 2]>> = active.map(|spans| spans.into_iter().map(seconds).collect());
    if active_s.as_ref().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let volume = |volume: &ZoneVolume| Zone {
        id: zone.identifier.clone(),
        rule,
        area: area(airspace, &volume.outline),
        floor: volume.lower.map(|lower| limit(airspace, lower)),
        ceiling: volume.upper.map(|upper| limit(airspace, upper)),
        active_s: active_s.clone(),
    };
    zone.volumes.iter().map(volume).collect()
}

fn area(airspace: &Airspace, outline: &Outline) -> Area {
    match outline {
        Outline::Circle { centre, radius_m } => {
            Area::Circle { centre_m: airspace.place_m(*centre), radius_m: *radius_m }
        }
        Outline::Polygon(rings) => {
            let ring = |ring: &Vec<telemetry::LatLon>| ring.iter().map(|at| airspace.place_m(*at)).collect();
            let rings: Vec<Vec<[f64; 2]>> = rings.iter().map(ring).collect();
            Area::Polygon(polygon(&rings))
        }
    }
}

fn limit(airspace: &Airspace, limit: VerticalLimit) -> Limit {
    let (metres, datum) = match limit.reference {
        VerticalReference::Agl => (limit.metres, Datum::Agl),
        VerticalReference::Amsl => (limit.metres, Datum::Amsl),
        VerticalReference::Wgs84 => {
            (AltitudeHae::new(limit.metres).amsl(airspace.site().undulation).metres, Datum::Amsl)
        }
    };
    Limit { metres, datum }
}

fn closed(airspace: &Airspace, epoch: Timestamp, area: &ClosedArea) -> Zone {
    let amsl = |altitude: AltitudeAmsl| Limit { metres: altitude.metres, datum: Datum::Amsl };
    let closure = &area.closure;
    let ring: Vec<[f64; 2]> = closure.ring.iter().map(|at| airspace.place_m(*at)).collect();
    Zone {
        id: area.id.to_string(),
        rule: ZoneRule::Closed,
        area: Area::Polygon(polygon(&[ring])),
        floor: closure.floor.map(amsl),
        ceiling: closure.ceiling.map(amsl),
        active_s: Some(vec![[closure.from, closure.to].map(|at| at.seconds_since(epoch))]),
    }
}

pub(super) fn polygon(rings: &[Vec<[f64; 2]>]) -> Polygon {
    let ring = |ring: &Vec<[f64; 2]>| ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect::<LineString>();
    let mut rings = rings.iter().map(ring);
    Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
}
