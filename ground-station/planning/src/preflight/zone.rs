//! Zones: where, between which heights, and when.

use geo::{BoundingRect, Contains, Distance, Euclidean, Point, Polygon, Rect};

/// Who may be in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneRule {
    /// Nobody.
    Prohibited,
    /// Who has an authorisation.
    NeedsAuthorisation,
    /// Nobody for now.
    Closed,
    /// Not this mission: its own fence says so.
    KeptOut,
}

/// What a height counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datum {
    /// The ground below.
    Agl,
    /// Mean sea level.
    Amsl,
}

/// The lower or upper limit of a zone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Metres.
    pub metres: f64,
    /// From where.
    pub datum: Datum,
}

/// The outline of a zone, metres east and north.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {
    /// Round a point.
    Circle {
        /// The point.
        centre_m: [f64; 2],
        /// The radius.
        radius_m: f64,
    },
    /// A polygon, perhaps with holes.
    Polygon(Polygon),
}

/// A zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// As its authority calls it.
    pub id: String,
    /// Who may be in it.
    pub rule: ZoneRule,
    /// Where.
    pub area: Area,
    /// From this height; nothing: from the ground.
    pub floor: Option<Limit>,
    /// Up to this height; nothing: however high.
    pub ceiling: Option<Limit>,
    /// When, from and to, s; nothing: always.
    pub active_s: Option<Vec<[f64; 2]>>,
}

/// A zone made ready for many looks.
pub(super) struct Bounded<'a> {
    pub(super) zone: &'a Zone,
    bounds: Option<Rect>,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        let bounds = match &zone.area {
            Area::Circle { centre_m: [x, y], radius_m } => {
                Some(Rect::new((x - radius_m, y - radius_m), (x + radius_m, y + radius_m)))
            }
            Area::Polygon(polygon) => polygon.bounding_rect(),
        };
        Self { zone, bounds }
    }

    /// Whether a mission between two times may meet it.
    pub(super) fn is_met(&self, from_s: f64, to_s: f64, reach: &Rect) -> bool {
        let in_time = match &self.zone.active_s {
            None => true,
            Some(spans) => spans.iter().any(|span| span[0] <= to_s && from_s <= span[1]),
        };
        let in_space = self.bounds.as_ref().is_some_and(|bounds| {
            bounds.min().x <= reach.max().x
                && reach.min().x <= bounds.max().x
                && bounds.min().y <= reach.max().y
                && reach.min().y <= bounds.max().y
        });
        in_time && in_space
    }

    fn is_active(&self, at_s: f64) -> bool {
        self.zone.active_s.as_ref().is_none_or(|spans| spans.iter().any(|span| (span[0]..=span[1]).contains(&at_s)))
    }

    /// How deep inside it something is, metres; nothing outside. `agl_m` is nothing where the ground is not known.
    pub(super) fn depth_m(&self, at_s: f64, place_m: [f64; 2], amsl_m: f64, agl_m: Option<f64>) -> Option<f64> {
        let point = Point::new(place_m[0], place_m[1]);
        if !self.is_active(at_s) || !self.bounds.as_ref().is_some_and(|bounds| bounds.contains(&point)) {
            return None;
        }
        let level_m = self.level_m(point)?;
        let height = |limit: &Limit| match limit.datum {
            Datum::Amsl => Some(amsl_m),
            Datum::Agl => agl_m,
        };
        // From the ground up there is nothing below; so where the ground is not known.
        let above_m = |limit: &Limit| match limit {
            Limit { metres, datum: Datum::Agl } if *metres <= 0.0 => f64::INFINITY,
            limit => height(limit).map_or(f64::INFINITY, |height_m| height_m - limit.metres),
        };
        let below_m = |limit: &Limit| height(limit).map_or(f64::INFINITY, |height_m| limit.metres - height_m);
        let above_m = self.zone.floor.as_ref().map_or(f64::INFINITY, above_m);
        let below_m = self.zone.ceiling.as_ref().map_or(f64::INFINITY, below_m);
        let depth_m = level_m.min(above_m).min(below_m);
        (depth_m > 0.0).then_some(depth_m)
    }

    /// How far from its outline a point inside is, metres.
    fn level_m(&self, point: Point) -> Option<f64> {
        self.zone.area.depth_m(point)
    }
}

impl Area {
    /// How far inside a point is, metres; nothing outside.
    fn depth_m(&self, point: Point) -> Option<f64> {
        match self {
            Self::Circle { centre_m, radius_m } => {
                let depth_m = radius_m - (point.x() - centre_m[0]).hypot(point.y() - centre_m[1]);
                (depth_m > 0.0).then_some(depth_m)
            }
            Self::Polygon(polygon) => polygon.contains(&point).then(|| from_outline_m(polygon, point)),
        }
    }

    /// How far outside a point is, metres; nothing inside.
    pub(super) fn outside_m(&self, point: Point) -> Option<f64> {
        match self {
            Self::Circle { centre_m, radius_m } => {
                let out_m = (point.x() - centre_m[0]).hypot(point.y() - centre_m[1]) - radius_m;
                (out_m > 0.0).then_some(out_m)
            }
            Self::Polygon(polygon) => (!polygon.contains(&point)).then(|| from_outline_m(polygon, point)),
        }
    }
}

/// How far a point is from the outline of a polygon, holes included, metres.
fn from_outline_m(polygon: &Polygon, point: Point) -> f64 {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    rings.map(|ring| Euclidean.distance(&point, ring)).fold(f64::INFINITY, f64::min)
}
