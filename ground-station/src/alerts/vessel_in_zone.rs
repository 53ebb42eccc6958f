//! A vessel that sends AIS is inside a restricted zone that reaches down to the water.
//!
//! Where a vessel is, is its own word until another sensor measures it; the alert says so by naming the vessel as what
//! it calls itself. Our own boats are left out.

use std::collections::BTreeMap;

use missions::{Zone, ZoneKind};
use telemetry::messages::{AisClaim, AlertRule, Severity, Subject, Track};
use telemetry::{TrackId, ZoneId};

use super::presence::Presence;
use super::{Finding, Scene, sentence};

/// A zone that begins higher than this above the ground lets vessels pass beneath, metres.
const REACHES_DOWN_TO_M: f64 = 5.0;

/// The memory of this rule: one presence a vessel and zone, as long as the track lives.
#[derive(Debug, Default)]
pub(super) struct VesselInZone {
    presences: BTreeMap<(TrackId, ZoneId), Presence>,
}

impl VesselInZone {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        self.presences.retain(|(track, _), _| scene.lives(*track));
        let mut findings = Vec::new();
        for sighting in scene.picture.sightings().filter(|sighting| sighting.own.is_none() && sighting.believed()) {
            let track = &sighting.track;
            let Some(claim) = sentence::ais(track) else { continue };
            for zone in scene.site.zones() {
                let reaches_down = scene.site.height_of_m(zone.zone.floor) <= REACHES_DOWN_TO_M;
                if zone.zone.kind != ZoneKind::Restricted || !reaches_down {
                    continue;
                }
                let presence = self.presences.entry((track.id, zone.zone.id.clone())).or_default();
                if presence.take(scene.now, scene.site.in_ring(zone, track)) {
                    findings.push(finding(&zone.zone, track, claim));
                }
            }
        }
        findings
    }
}

fn finding(zone: &Zone, track: &Track, claim: &AisClaim) -> Finding {
    let voyage = sentence::voyage(track.position, track.velocity.ground_speed_m_s(), track.velocity.course());
    Finding {
        rule: AlertRule::VesselInZone,
        severity: Severity::Warning,
        subject: Subject::Track(track.id),
        measured_at: track.updated_at,
        position: Some(track.position),
        zone: Some(zone.id.clone()),
        text: format!("{} is in {}: {voyage}.", sentence::capitalised(&sentence::vessel(claim)), zone.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{HARBOUR, config, drone, own, play, vessel};
    use crate::picture::Sighting;
    use telemetry::EnuVelocity;

    fn check(mut case: impl FnMut(f64) -> Sighting) -> Vec<(usize, String)> {
        let found = play(&config(), 0..60, |s| vec![case(s)]);
        found.into_iter().map(|(s, finding)| (s, finding.zone.unwrap().to_string())).collect()
    }

    #[test]
    fn a_vessel_in_a_restricted_zone_is_told_once() {
        assert_eq!(check(|s| vessel(s, [200.0, 200.0, 0.0])), [(1, HARBOUR.to_owned())]);
    }

    #[test]
    fn a_vessel_in_a_zone_of_the_air_beside_a_zone_or_of_our_own_is_not_told() {
        assert_eq!(check(|s| vessel(s, [-1200.0, 200.0, 0.0])), []);
        assert_eq!(check(|s| vessel(s, [-100.0, 200.0, 0.0])), []);
        assert_eq!(check(|s| own(vessel(s, [200.0, 200.0, 0.0]))), []);
    }

    #[test]
    fn what_sends_no_ais_is_another_rules_business() {
        let mut config = config();
        config.rules.drone_belief = 1.0;
        assert_eq!(play(&config, 0..60, |s| vec![drone(s, [200.0, 200.0, 0.0])]), []);
    }

    #[test]
    fn the_sentence_gives_the_name_as_the_vessels_word() {
        let sailing = |s| {
            let mut sighting = vessel(s, [200.0, 200.0, 0.0]);
            sighting.track.velocity = EnuVelocity { east_m_s: 5.144, north_m_s: 0.0, up_m_s: 0.0 };
            sighting
        };
        let (_, finding) = play(&config(), 0..3, |s| vec![sailing(s)]).remove(0);
        assert_eq!(
            finding.text,
            "The vessel that calls itself NORDSTERN (MMSI 211000001) is in Harbour: 54.00180° N 10.00305° E, 10 kn, \
             course 090°."
        );
    }
}
