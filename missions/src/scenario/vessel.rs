//! Simulated vessels: where they go, and when they send AIS.

use serde_spanned::Spanned;
use telemetry::{LatLon, Mmsi, Timestamp};

use super::TimeSpan;
use super::path::{AtEnd, Path, TimedPoint};
use super::read::Night;
use super::tables::{AisName, AtEndName, VesselTable};
use crate::file::{Reading, one_of};
use crate::notation::M_S_PER_KNOT;
use crate::ring;

/// A simulated vessel.
#[derive(Debug, Clone, PartialEq)]
pub struct Vessel {
    /// Its name, as AIS sends it and expectations call it.
    pub name: String,
    /// Its Maritime Mobile Service Identity.
    pub mmsi: Mmsi,
    /// Its call sign.
    pub call_sign: Option<String>,
    /// Type of ship and cargo, ITU-R M.1371-5 table 53.
    pub ship_type: u8,
    /// Length over all, metres.
    pub length_m: f64,
    /// Where it goes, on the water.
    pub path: Path,
    /// When it sends no AIS.
    pub silence: AisSilence,
}

/// When a vessel sends no AIS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AisSilence {
    /// It always sends.
    Never,
    /// It never sends.
    Always,
    /// It falls silent in these spans.
    During(Vec<TimeSpan>),
}

impl AisSilence {
    /// Whether it sends at an instant.
    #[must_use]
    pub fn sends(&self, at: Timestamp) -> bool {
        match self {
            Self::Never => true,
            Self::Always => false,
            Self::During(spans) => !spans.iter().any(|span| span.contains(at)),
        }
    }
}

/// Checks one vessel.
pub(super) fn vessel(reading: &mut Reading<'_>, night: &Night<'_>, table: &Spanned<VesselTable>) -> Option<Vessel> {
    let vessel = table.get_ref();
    // AIS sends 20 characters of six bits (ITU-R M.1371-5, message 5).
    let name = reading.text(&vessel.name, 20);
    let mmsi = u32::try_from(*vessel.mmsi.get_ref()).ok().and_then(|number| Mmsi::new(number).ok());
    if mmsi.is_none() {
        reading.refuse(vessel.mmsi.span(), "a number of at most nine digits");
    }
    let call_sign = vessel.call_sign.as_ref().map(|sign| reading.text(sign, 7));
    let ship_type = match vessel.ship_type.as_ref().map(|number| (number, u8::try_from(*number.get_ref()))) {
        // 70: cargo, all ships of this type.
        None => 70,
        Some((_, Ok(number))) if number <= 99 => number,
        Some((number, _)) => {
            reading.refuse(number.span(), "0 to 99 (ITU-R M.1371-5, table 53)");
            0
        }
    };
    let length_m = reading.number(&vessel.length_m, 1.0..=500.0, "m");
    let path = path(reading, night, table);
    let silence = silence(reading, night, vessel);
    Some(Vessel { name, mmsi: mmsi?, call_sign, ship_type, length_m, path: path?, silence })
}

fn path(reading: &mut Reading<'_>, night: &Night<'_>, table: &Spanned<VesselTable>) -> Option<Path> {
    let vessel = table.get_ref();
    let mut points: Vec<LatLon> = match (&vessel.route, &vessel.fairway) {
        (Some(route), None) => night.site.points(reading, route, 1),
        (None, Some(name)) => night.fairway(reading, name)?,
        _ => {
            reading.refuse_found(vessel.name.span(), "neither or both of route and fairway", "one of them");
            return None;
        }
    };
    if vessel.reversed {
        points.reverse();
    }
    let starts_at = vessel.starts_at.as_ref().map_or(night.start, |moment| night.moment(reading, moment));
    let speed_m_s = match (&vessel.speed_kn, points.len()) {
        (Some(speed), _) => reading.number(speed, 0.1..=80.0, "knots") * M_S_PER_KNOT,
        (None, 1) => 1.0,
        (None, _) => {
            reading.refuse_found(vessel.name.span(), "no field speed_kn", "speed_kn for a vessel that moves");
            return None;
        }
    };
    let at_end = match (vessel.at_end, points.len()) {
        (Some(AtEndName::Vanish), _) | (None, 2..) => AtEnd::Vanish,
        (Some(AtEndName::Stay), _) | (None, _) => AtEnd::Stay,
        (Some(AtEndName::Repeat), _) => AtEnd::Repeat,
    };
    let mut timed: Vec<TimedPoint> = Vec::new();
    let mut at = starts_at;
    let mut before: Option<LatLon> = None;
    for point in points {
        if let Some(before) = before {
            at = at.offset_seconds(ring::distance_m(before, point) / speed_m_s);
        }
        before = Some(point);
        timed.push(TimedPoint { at, position: night.site.at_altitude(point, night.site.ground) });
    }
    let path = Path::new(timed, at_end);
    if let Err(fault) = &path {
        reading.refuse_found(vessel.name.span(), fault.to_string(), "points that differ from the one before");
    }
    path.ok()
}

fn silence(reading: &mut Reading<'_>, night: &Night<'_>, vessel: &VesselTable) -> AisSilence {
    let spans: Vec<TimeSpan> =
        vessel.dark.iter().map(|span| night.span(reading, &span.from, span.to.as_ref())).collect();
    match vessel.ais {
        AisName::Off => AisSilence::Always,
        AisName::On if spans.is_empty() => AisSilence::Never,
        AisName::On => AisSilence::During(spans),
    }
}

impl Night<'_> {
    /// A fairway of the site, by its name.
    fn fairway(&self, reading: &mut Reading<'_>, name: &Spanned<String>) -> Option<Vec<LatLon>> {
        let found = self.site.fairways.iter().find(|fairway| fairway.id == *name.get_ref());
        if found.is_none() {
            let names = self.site.fairways.iter().map(|fairway| fairway.id.as_str());
            reading.refuse(name.span(), one_of("a fairway of the site", names));
        }
        found.map(|fairway| fairway.points.clone())
    }
}
