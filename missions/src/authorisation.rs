//! Flight authorisations: who may fly where and when.
//!
//! An authorisation is what an authority granted on paper. It covers a drone in a zone at a time; whether the drone
//! seen is the one that was authorised is for the station's rules and the operator to judge.

use serde::Deserialize;
use serde_spanned::Spanned;
use telemetry::{AltitudeAmsl, LatLon, Timestamp, ZoneId};

use crate::file::Reading;
use crate::notation::{AltitudeNote, LonLat, Moment};
use crate::ring;
use crate::site::Site;

/// A grant to fly in zones over a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct FlightAuthorisation {
    /// The number on the paper.
    pub id: String,
    /// Who was granted it.
    pub operator: String,
    /// The aircraft's own identification, where the grant names one: as sent by Remote ID (ANSI/CTA-2063-A).
    pub uas_id: Option<String>,
    /// In which zones.
    pub zones: Vec<ZoneId>,
    /// From when.
    pub from: Timestamp,
    /// Until when, included.
    pub to: Timestamp,
    /// Where in the zones; nothing means everywhere in them.
    pub volume: Option<AuthorisedVolume>,
}

/// Where an authorisation holds.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorisedVolume {
    /// The corners on the ground, not closed.
    pub ring: Vec<LatLon>,
    /// From this altitude.
    pub floor: AltitudeAmsl,
    /// Up to this altitude.
    pub ceiling: AltitudeAmsl,
}

impl FlightAuthorisation {
    /// Whether it holds in a zone at a time, somewhere.
    #[must_use]
    pub fn covers(&self, zone: &ZoneId, at: Timestamp) -> bool {
        self.from <= at && at <= self.to && self.zones.contains(zone)
    }

    /// Whether it holds in a zone at a time and a place.
    #[must_use]
    pub fn covers_place(&self, zone: &ZoneId, at: Timestamp, place: LatLon, altitude: AltitudeAmsl) -> bool {
        let inside = |volume: &AuthorisedVolume| {
            volume.floor <= altitude && altitude <= volume.ceiling && ring::contains(&volume.ring, place)
        };
        self.covers(zone, at) && self.volume.as_ref().is_none_or(inside)
    }
}

/// An authorisation as found in a file; not yet checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorisationTable {
    id: Spanned<String>,
    operator: Spanned<String>,
    uas_id: Option<Spanned<String>>,
    zones: Spanned<Vec<Spanned<String>>>,
    from: Spanned<Moment>,
    to: Spanned<Moment>,
    volume: Option<VolumeTable>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct VolumeTable {
    ring: Spanned<Vec<Spanned<LonLat>>>,
    floor: Spanned<AltitudeNote>,
    ceiling: Spanned<AltitudeNote>,
}

impl AuthorisationTable {
    /// Checks the table against a site. Without a `start` only full instants are allowed.
    pub fn resolve(
        &self,
        reading: &mut Reading<'_>,
        site: &Site,
        start: Option<Timestamp>,
    ) -> Option<FlightAuthorisation> {
        let id = reading.text(&self.id, 80);
        let operator = reading.text(&self.operator, 80);
        let uas_id = self.uas_id.as_ref().map(|uas_id| reading.text(uas_id, 40));
        let zones = self.zones.get_ref().iter().filter_map(|zone| site.zone_named(reading, zone)).collect();
        if self.zones.get_ref().is_empty() {
            reading.refuse(self.zones.span(), "at least one zone of the site");
        }
        let from = reading.moment(&self.from, start);
        let to = reading.moment(&self.to, start);
        if from >= to {
            reading.refuse(self.to.span(), "a moment after from");
        }
        let volume = match &self.volume {
            None => None,
            Some(table) => Some(volume(reading, site, table)?),
        };
        Some(FlightAuthorisation { id, operator, uas_id, zones, from, to, volume })
    }
}

fn volume(reading: &mut Reading<'_>, site: &Site, table: &VolumeTable) -> Option<AuthorisedVolume> {
    let floor = site.altitude(reading, &table.floor);
    let ceiling = site.altitude(reading, &table.ceiling);
    if floor >= ceiling {
        reading.refuse(table.ceiling.span(), "a ceiling above the floor");
    }
    Some(AuthorisedVolume { ring: site.ring(reading, &table.ring)?, floor, ceiling })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded;
    use crate::file::Source;

    const TABLE: &str = r#"
id = "A-1"
operator = "Courier"
zones = ["locks"]
from = "2026-11-21T01:00:00Z"
to = "2026-11-21T01:30:00Z"
volume = { ring = [[10.13, 54.36], [10.13, 54.38], [10.15, 54.38], [10.15, 54.36]], floor = { agl_m = 0 }, ceiling = { agl_m = 120 } }
"#;

    fn resolved(text: &str, start: Option<Timestamp>) -> Result<FlightAuthorisation, crate::FileErrors> {
        let site = embedded::site("kiel-holtenau").unwrap();
        let source = Source::new("a.toml", text.as_bytes())?;
        let table: AuthorisationTable = source.parse()?;
        let mut reading = Reading::new(&source);
        let authorisation = table.resolve(&mut reading, &site, start);
        reading.finish(authorisation)
    }

    #[test]
    fn it_covers_its_zone_in_its_time_and_volume_and_nothing_else() {
        let authorisation = resolved(TABLE, None).unwrap();
        let zone = |name: &str| ZoneId::new(name).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let cases = [
            ("locks", "2026-11-21T01:00:00Z", true),
            ("locks", "2026-11-21T01:30:00Z", true),
            ("locks", "2026-11-21T00:59:59Z", false),
            ("locks", "2026-11-21T01:30:00.001Z", false),
            ("naval-harbour", "2026-11-21T01:10:00Z", false),
        ];
        for (name, when, covered) in cases {
            assert_eq!(authorisation.covers(&zone(name), at(when)), covered, "{name} {when}");
        }
        let now = at("2026-11-21T01:10:00Z");
        let place = |lon, lat| LatLon::from_degrees(lat, lon).unwrap();
        for (lon, altitude_m, covered) in [(10.14, 60.0, true), (10.14, 121.0, false), (10.16, 60.0, false)] {
            let altitude = AltitudeAmsl::new(altitude_m);
            assert_eq!(authorisation.covers_place(&zone("locks"), now, place(lon, 54.37), altitude), covered);
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |from: &str, to: &str| resolved(&TABLE.replace(from, to), None).unwrap_err().to_string();
        assert!(
            told("\"locks\"", "\"lock\"")
                .contains("a.toml:4:10: zones[0]: found \"lock\"; allowed: a zone of the site")
        );
        assert!(told("[\"locks\"]", "[]").contains("at least one zone"));
        assert!(told("01:30:00Z", "00:30:00Z").contains("a moment after from"));
        assert!(told("\"2026-11-21T01:00:00Z\"", "\"01:00:00\"").contains("an instant such as"));
        let start = "2026-11-21T00:50:00Z".parse().ok();
        assert!(resolved(&TABLE.replace("\"2026-11-21T01:00:00Z\"", "\"01:00:00\""), start).is_ok());
    }
}
