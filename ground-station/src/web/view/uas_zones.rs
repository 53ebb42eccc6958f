//! The authorities' zones with their hours, as a console sees them.

use missions::zones::{Outline, Restriction, UasZone, VerticalLimit, VerticalReference};
use serde::Serialize;
use telemetry::Timestamp;

use super::LonLat;
use super::planning::{circle, ring};
use crate::airspace::Airspace;

/// Into how many corners a circle is drawn.
const CIRCLE_CORNERS: usize = 48;
/// How far ahead the hours of zones are told, seconds.
const AHEAD_S: f64 = 48.0 * 3600.0;
/// The most zones told.
const ZONES_TOLD_MAX: usize = 5000;

/// A part of an authority's zone.
#[derive(Debug, Serialize)]
pub(in crate::web) struct UasZoneView<'a> {
    id: &'a str,
    name: Option<&'a str>,
    restriction: &'static str,
    message: Option<&'a str>,
    rings: Vec<Vec<LonLat>>,
    lower: Option<LimitView>,
    upper: Option<LimitView>,
    /// When it applies within the next two days, Unix milliseconds; nothing: always.
    active: Option<Vec<[i64; 2]>>,
}

#[derive(Debug, Serialize)]
struct LimitView {
    metres: f64,
    reference: &'static str,
}

impl From<VerticalLimit> for LimitView {
    fn from(limit: VerticalLimit) -> Self {
        let reference = match limit.reference {
            VerticalReference::Agl => "agl",
            VerticalReference::Amsl => "amsl",
            VerticalReference::Wgs84 => "wgs84",
        };
        Self { metres: limit.metres, reference }
    }
}

/// Every part of every zone that keeps somebody out, with its hours from `now` on.
pub(in crate::web) fn uas_zones(airspace: &Airspace, now: Timestamp) -> Vec<UasZoneView<'_>> {
    let of_zone = |zone| parts(airspace, now, zone);
    airspace.zones().iter().flat_map(of_zone).take(ZONES_TOLD_MAX).collect()
}

fn parts<'a>(airspace: &Airspace, now: Timestamp, zone: &'a UasZone) -> Vec<UasZoneView<'a>> {
    let restriction = match zone.restriction {
        Restriction::Prohibited => "prohibited",
        Restriction::RequiresAuthorisation | Restriction::USpace => "authorisation",
        Restriction::Conditional => "conditional",
        Restriction::Unrestricted => return Vec::new(),
    };
    let active = zone.active(now, now.offset_seconds(AHEAD_S));
    let active: Option<Vec<[i64; 2]>> =
        active.map(|spans| spans.into_iter().map(|span| span.map(Timestamp::unix_millis)).collect());
    let part = |volume: &missions::zones::ZoneVolume| UasZoneView {
        id: &zone.identifier,
        name: zone.name.as_deref(),
        restriction,
        message: zone.message.as_deref(),
        rings: match &volume.outline {
            Outline::Circle { centre, radius_m } => {
                vec![ring(&circle(airspace, *centre, *radius_m, CIRCLE_CORNERS))]
            }
            Outline::Polygon(rings) => rings.iter().map(|corners| ring(corners)).collect(),
        },
        lower: volume.lower.map(LimitView::from),
        upper: volume.upper.map(LimitView::from),
        active: active.clone(),
    };
    zone.volumes.iter().map(part).collect()
}
