//! UAS geographical zones as authorities publish them: where, between which heights, when, and who may be there.
//!
//! [`ed269`] and [`ed318`] read the data models of EUROCAE ED-269 and ED-318, [`openair`] the text that pilots of gliders and
//! drones exchange. What is read is what the file says, in metres, radians and UTC; what a plan makes of it is not decided
//! here. A [`ZoneDocument`] keeps a file whole; [`ZoneIndex`] finds the zones at a place.

mod document;
pub mod ed269;
pub mod ed318;
mod index;
pub mod openair;
mod schedule;
mod values;
mod write;

use telemetry::{LatLon, Timestamp};

pub use document::{ZoneDocument, ZoneFormat, read};
pub use index::ZoneIndex;
pub use schedule::{Applicability, DailyPeriod, DayTime, Days};
pub use write::{write_ed269, write_ed318};

/// Who may be in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Nobody.
    Prohibited,
    /// Who has an authorisation.
    RequiresAuthorisation,
    /// Who uses the services of the U-space there, which authorise flights.
    USpace,
    /// Who keeps its conditions.
    Conditional,
    /// Everybody.
    Unrestricted,
}

/// What a height counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerticalReference {
    /// The ground.
    Agl,
    /// Mean sea level.
    Amsl,
    /// The ellipsoid of WGS-84.
    Wgs84,
}

/// The lower or upper limit of a volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VerticalLimit {
    /// Metres.
    pub metres: f64,
    /// From where.
    pub reference: VerticalReference,
}

/// The outline of a volume.
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// Round a place.
    Circle {
        /// The place.
        centre: LatLon,
        /// Metres.
        radius_m: f64,
    },
    /// Rings, closed or not: the outer one, then holes.
    Polygon(Vec<Vec<LatLon>>),
}

/// A part of a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneVolume {
    /// From this height; nothing: from the ground.
    pub lower: Option<VerticalLimit>,
    /// Up to this height; nothing: however high.
    pub upper: Option<VerticalLimit>,
    /// Where.
    pub outline: Outline,
}

impl ZoneVolume {
    /// A place at which the sun's hours of the zone are counted.
    fn a_place(&self) -> Option<LatLon> {
        match &self.outline {
            Outline::Circle { centre, .. } => Some(*centre),
            Outline::Polygon(rings) => rings.first()?.first().copied(),
        }
    }
}

/// A zone.
#[derive(Debug, Clone, PartialEq)]
pub struct UasZone {
    /// As its authority calls it.
    pub identifier: String,
    /// Its country, three letters of ISO 3166.
    pub country: String,
    /// For people.
    pub name: Option<String>,
    /// Who may be there.
    pub restriction: Restriction,
    /// Why, as the file says.
    pub reasons: Vec<String>,
    /// What a pilot is to be told.
    pub message: Option<String>,
    /// When; it applies when one of these does.
    pub applicability: Vec<Applicability>,
    /// Where.
    pub volumes: Vec<ZoneVolume>,
}

impl UasZone {
    /// When it applies between two times, in order and apart from each other; nothing where it always does.
    #[must_use]
    pub fn active(&self, from: Timestamp, to: Timestamp) -> Option<Vec<[Timestamp; 2]>> {
        if self.applicability.iter().any(Applicability::is_always) {
            return None;
        }
        let mut spans: Vec<[Timestamp; 2]> = {
            let place = self.volumes.first().and_then(ZoneVolume::a_place);
            self.applicability.iter().flat_map(|applicability| applicability.spans(from, to, place)).collect()
        };
        spans.sort_unstable();
        spans.dedup_by(|next, before| {
            let joins = next[0] <= before[1];
            if joins {
                before[1] = before[1].max(next[1]);
            }
            joins
        });
        Some(spans)
    }
}
