//! A drone claims the serial of a declared flight, and is not where or when that flight was declared.
//!
//! Either the flight went astray, or somebody borrows its name: a person should look. Told once for a visit outside of
//! what was declared.

use std::collections::BTreeMap;

use telemetry::messages::{AlertRule, Severity, Subject};
use telemetry::{FlightId, TrackId};

use super::presence::{Presence, Reading};
use super::{Finding, Scene, sentence};

/// The memory of this rule: one presence outside a track and flight, as long as the track lives.
#[derive(Debug, Default)]
pub(super) struct OffDeclared {
    outside: BTreeMap<(TrackId, FlightId), Presence>,
}

impl OffDeclared {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        self.outside.retain(|(track, _), _| scene.lives(*track));
        let mut findings = Vec::new();
        for sighting in scene.drones() {
            let track = &sighting.track;
            let Some(claimed) = scene.airspace.claimed(scene.now, track) else { continue };
            let reading = if claimed.off.is_some() { Reading::Inside } else { Reading::Outside };
            let outside = self.outside.entry((track.id, claimed.flight.id.clone())).or_default();
            let news = outside.take(scene.now, reading);
            let Some(off) = claimed.off.filter(|_| news) else { continue };
            let declared = &claimed.flight.declaration;
            findings.push(Finding {
                rule: AlertRule::OffDeclaration,
                severity: Severity::Warning,
                subject: Subject::Track(track.id),
                measured_at: track.updated_at,
                position: Some(track.position),
                zone: None,
                text: format!(
                    "A drone that claims the declared serial {} ({}) is {}: {}.",
                    declared.uas_id,
                    declared.operator,
                    off.in_words(),
                    sentence::flight(scene.site, track)
                ),
            });
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{HARBOUR, air, at, config, drone, ground};
    use crate::airspace::{Airspace, DeclaredFlight};
    use crate::alerts::Rules;
    use crate::picture::{Picture, Sighting};
    use telemetry::messages::{AlertRule, Claim, FlightDeclaration, RemoteIdClaim, TrackAlert};
    use telemetry::{AltitudeAmsl, FlightId, OperatorId};

    const SERIAL: &str = "1581F4XF5231C00A0042";

    /// Declared over the harbour, up to 120 m, from second 0 to 600.
    fn declared() -> Airspace {
        let mut air = air(&config());
        let ring = [(-100.0, -100.0), (500.0, -100.0), (500.0, 500.0), (-100.0, 500.0)];
        let declaration = FlightDeclaration {
            operator: "Courier".to_owned(),
            uas_id: SERIAL.to_owned(),
            purpose: "delivery".to_owned(),
            ring: ring.iter().map(|(east, north)| ground(*east, *north)).collect(),
            floor: AltitudeAmsl::new(0.0),
            ceiling: AltitudeAmsl::new(120.0),
            from: at(0.0),
            to: at(600.0),
        };
        let by = OperatorId::new("anna").unwrap();
        let id = FlightId::new("stage.flight.1").unwrap();
        air.file(DeclaredFlight { id, declaration, by, at: at(0.0) }).unwrap();
        air
    }

    fn claiming(serial: &str, mut sighting: Sighting) -> Sighting {
        sighting.track.claim = Some(Claim::RemoteId(RemoteIdClaim::new(serial).unwrap()));
        sighting
    }

    /// The rules that speak within two minutes of a drone that `case` describes.
    fn told(seconds: std::ops::Range<usize>, case: impl Fn(f64) -> Sighting) -> Vec<AlertRule> {
        let (config, air) = (config(), declared());
        let mut rules = Rules::new(&config);
        let mut told = Vec::new();
        for s in seconds {
            let picture = Picture::of(&config, vec![case(s as f64)]);
            told.extend(rules.look(at(s as f64), &picture, &air, &config).into_iter().map(|finding| finding.rule));
        }
        told
    }

    const INSIDE: [f64; 3] = [200.0, 200.0, 60.0];

    #[test]
    fn a_declared_flight_in_its_volume_and_time_is_no_intruder_and_anything_else_is() {
        assert_eq!(told(0..120, |s| claiming(SERIAL, drone(s, INSIDE))), [], "{HARBOUR}");
        let intruder = [AlertRule::ZoneEntered];
        assert_eq!(told(0..120, |s| drone(s, INSIDE)), intruder, "without a claim the volume proves nothing");
        assert_eq!(told(0..120, |s| claiming("OTHER", drone(s, INSIDE))), intruder);
    }

    #[test]
    fn a_matching_serial_outside_its_volume_or_time_or_elsewhere_than_it_says_is_told_once() {
        let off = [AlertRule::OffDeclaration];
        assert_eq!(told(0..120, |s| claiming(SERIAL, drone(s, [-500.0, 1000.0, 60.0]))), off);
        let both = [AlertRule::ZoneEntered, AlertRule::OffDeclaration];
        assert_eq!(told(0..120, |s| claiming(SERIAL, drone(s, [200.0, 200.0, 240.0]))), both);
        assert_eq!(told(800..920, |s| claiming(SERIAL, drone(s, INSIDE))), both);
        let spoofed = |s: f64| {
            let mut sighting = claiming(SERIAL, drone(s, INSIDE));
            sighting.track.alerts.insert(TrackAlert::RidSpoof);
            sighting
        };
        let rules = told(0..120, spoofed);
        assert!(rules.contains(&AlertRule::OffDeclaration) && rules.contains(&AlertRule::ZoneEntered), "{rules:?}");
    }
}
