//! A drone is in a restricted or flight-controlled zone, and no flight authorisation covers it.
//!
//! An authorisation covers what flies in its zone, place and time and claims by Remote ID to be the aircraft that it names,
//! where it names one. A drone that leaves the authorised place but stays in the zone is an entry like any other, and so is
//! one whose claim is contradicted by what is measured. A flight that was declared to the room is told by its serial in the
//! same way; see [`crate::airspace`].

use std::collections::BTreeMap;

use missions::ZoneKind;
use telemetry::messages::{AlertRule, Severity, Subject, Track};
use telemetry::{TrackId, ZoneId};

use super::presence::{Presence, Reading};
use super::zones::ZoneShape;
use super::{Finding, Scene, sentence};

/// The memory of this rule: one presence a drone and zone, as long as the track lives.
#[derive(Debug, Default)]
pub(super) struct ZoneEntered {
    presences: BTreeMap<(TrackId, ZoneId), Presence>,
}

impl ZoneEntered {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        self.presences.retain(|(track, _), _| scene.lives(*track));
        let mut findings = Vec::new();
        for sighting in scene.drones() {
            for zone in scene.site.zones() {
                let severity = match zone.zone.kind {
                    ZoneKind::Restricted => Severity::Critical,
                    ZoneKind::FlightControlled => Severity::Warning,
                    ZoneKind::Border(_) => continue,
                };
                let presence = self.presences.entry((sighting.track.id, zone.zone.id.clone())).or_default();
                if presence.take(scene.now, unauthorised(scene, zone, &sighting.track)) {
                    findings.push(finding(scene, zone, &sighting.track, severity));
                }
            }
        }
        findings
    }
}

/// Whether a drone is in a zone without an authorisation. With one it counts as outside.
fn unauthorised(scene: &Scene<'_>, zone: &ZoneShape, track: &Track) -> Reading {
    match scene.site.in_volume(zone, track) {
        Reading::Inside if scene.authorised(&zone.zone.id, track) || scene.declared(track) => Reading::Outside,
        reading => reading,
    }
}

fn finding(scene: &Scene<'_>, zone: &ZoneShape, track: &Track, severity: Severity) -> Finding {
    Finding {
        rule: AlertRule::ZoneEntered,
        severity,
        subject: Subject::Track(track.id),
        measured_at: track.updated_at,
        position: Some(track.position),
        zone: Some(zone.zone.id.clone()),
        text: format!(
            "A drone without flight authorisation is in {}: {}.",
            zone.zone.name,
            sentence::flight(scene.site, track)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{HARBOUR, LOCKS, TOLD, config, drone, grant, own, play, set_sigma};
    use crate::picture::Sighting;
    use missions::FlightAuthorisation;
    use telemetry::messages::{
        AlertRule, Claim, RemoteIdClaim, SensorDescription, SensorKind, Severity, TargetClass, TrackAlert, TrackStatus,
    };
    use telemetry::{EnuVelocity, SensorId, TrackId};

    /// The seconds and zones in which an alert comes of one track that `case` describes by the second.
    fn check(grants: &[missions::FlightAuthorisation], case: impl FnMut(f64) -> Sighting) -> Vec<(usize, String)> {
        let mut config = config();
        config.authorisations = grants.to_vec();
        let mut case = case;
        let found = play(&config, 0..120, |s| vec![case(s)]);
        found.into_iter().map(|(s, finding)| (s, finding.zone.unwrap().to_string())).collect()
    }

    fn once(s: usize, zone: &str) -> Vec<(usize, String)> {
        vec![(s, zone.to_owned())]
    }

    const INSIDE: [f64; 3] = [200.0, 200.0, 60.0];

    fn changed(mut sighting: Sighting, change: impl FnOnce(&mut Sighting)) -> Sighting {
        change(&mut sighting);
        sighting
    }

    #[test]
    fn a_drone_in_a_zone_is_told_once() {
        assert_eq!(check(&[], |s| drone(s, INSIDE)), once(TOLD, HARBOUR));
        assert_eq!(check(&[], |s| drone(s, [-1200.0, 200.0, 60.0])), once(TOLD, LOCKS));
    }

    #[test]
    fn what_is_outside_above_or_below_a_zone_is_not_told() {
        for place in [[-50.0, 200.0, 60.0], [200.0, 200.0, 320.0], [-1200.0, 200.0, 5.0], [-1200.0, 200.0, 170.0]] {
            assert_eq!(check(&[], |s| drone(s, place)), [], "{place:?}");
        }
    }

    #[test]
    fn only_what_is_believed_to_be_somebody_elses_drone_is_told() {
        type Change = fn(&mut Sighting);
        let cases: [Change; 5] = [
            |sighting| *sighting = own(sighting.clone()),
            |sighting| sighting.track.status = TrackStatus::Tentative,
            |sighting| sighting.track.classification.belief = [(TargetClass::Bird, 0.95)].into(),
            |sighting| {
                sighting.track.classification.belief = [(TargetClass::Drone, 0.8), (TargetClass::Bird, 0.2)].into()
            },
            |sighting| sighting.track.classification.belief.clear(),
        ];
        for (n, change) in cases.into_iter().enumerate() {
            assert_eq!(check(&[], |s| changed(drone(s, INSIDE), change)), [], "case {n}");
        }
        let coasting = |s| changed(drone(s, INSIDE), |sighting| sighting.track.status = TrackStatus::Coasting);
        assert_eq!(check(&[], coasting), once(TOLD, HARBOUR));
    }

    #[test]
    fn a_bird_that_looks_like_a_drone_now_and_then_is_not_told() {
        let flicker = |s: f64| {
            changed(drone(s, INSIDE), |sighting| {
                if s as usize % 5 == 4 {
                    sighting.track.classification.belief = [(TargetClass::Drone, 0.6), (TargetClass::Bird, 0.4)].into();
                }
            })
        };
        assert_eq!(check(&[], flicker), []);
    }

    #[test]
    fn noise_at_the_edge_makes_no_entry_and_no_second_one() {
        // Back and forth over the edge every second by less than the error of the estimate.
        let flutter = |s: f64| if (s as usize).is_multiple_of(2) { 4.0 } else { -4.0 };
        assert_eq!(check(&[], |s| drone(s, [flutter(s), 200.0, 60.0])), []);
        // Once well inside, flutter makes no second alert.
        let entered = |s: f64| if s < 10.0 { 100.0 } else { flutter(s) };
        assert_eq!(check(&[], |s| drone(s, [entered(s), 200.0, 60.0])), once(TOLD, HARBOUR));
    }

    #[test]
    fn an_estimate_that_says_nothing_of_the_place_makes_no_alert() {
        let vague = |s| changed(drone(s, INSIDE), |sighting| set_sigma(&mut sighting.track, 400.0, 400.0));
        assert_eq!(check(&[], vague), []);
    }

    #[test]
    fn a_drone_that_leaves_for_half_a_minute_and_comes_again_is_told_again() {
        let visits = |s: f64| if (40.0..80.0).contains(&s) { [-300.0, 200.0, 60.0] } else { INSIDE };
        assert_eq!(check(&[], |s| drone(s, visits(s))), [once(TOLD, HARBOUR), once(81, HARBOUR)].concat());
        let short = |s: f64| if (40.0..60.0).contains(&s) { [-300.0, 200.0, 60.0] } else { INSIDE };
        assert_eq!(check(&[], |s| drone(s, short(s))), once(TOLD, HARBOUR));
    }

    #[test]
    fn an_authorisation_covers_its_zone_and_its_time() {
        assert_eq!(check(&[grant(HARBOUR, 0.0, 200.0)], |s| drone(s, INSIDE)), []);
        assert_eq!(check(&[grant(LOCKS, 0.0, 200.0)], |s| drone(s, INSIDE)), once(TOLD, HARBOUR));
        assert_eq!(check(&[grant(HARBOUR, 0.0, 60.0)], |s| drone(s, INSIDE)), once(62, HARBOUR));
    }

    #[test]
    fn an_authorisation_that_names_an_aircraft_covers_what_claims_to_be_it_and_is_where_it_claims() {
        let named =
            FlightAuthorisation { uas_id: Some("1581F4XF5231C00A0042".to_owned()), ..grant(HARBOUR, 0.0, 200.0) };
        let told = |receiver: bool, serial: Option<&str>, spoofed: bool| {
            let mut config = config();
            config.authorisations = vec![named.clone()];
            if receiver {
                config.sensors.push(SensorDescription {
                    id: SensorId::new("rid-1").unwrap(),
                    kind: SensorKind::RemoteIdReceiver,
                    ..config.sensors[0].clone()
                });
            }
            let found = play(&config, 0..120, |s| {
                vec![changed(drone(s, INSIDE), |sighting| {
                    sighting.track.claim = serial.map(|serial| Claim::RemoteId(RemoteIdClaim::new(serial).unwrap()));
                    sighting.track.alerts.extend(spoofed.then_some(TrackAlert::RidSpoof));
                })]
            });
            found.iter().filter(|(_, finding)| finding.rule == AlertRule::ZoneEntered).count()
        };
        let own = Some("1581F4XF5231C00A0042");
        assert_eq!(told(true, own, false), 0);
        assert_eq!(told(true, Some("1581F4XF5231C00A0043"), false), 1, "another aircraft");
        assert_eq!(told(true, None, false), 1, "no claim where claims are heard");
        assert_eq!(told(true, own, true), 1, "measured elsewhere than it claims");
        assert_eq!(told(false, None, false), 0, "a room that hears no claims goes by place and time");
        assert_eq!(told(false, Some("1581F4XF5231C00A0043"), false), 1, "but believes no other one");
    }

    #[test]
    fn two_drones_are_two_alerts() {
        let other = |s| changed(drone(s, [100.0, 100.0, 50.0]), |sighting| sighting.track.id = TrackId(8));
        assert_eq!(play(&config(), 0..60, |s| vec![drone(s, INSIDE), other(s)]).len(), 2);
    }

    #[test]
    fn the_sentence_says_where_how_high_how_fast_and_which_way() {
        let flying = |s| {
            changed(drone(s, INSIDE), |sighting| {
                sighting.track.velocity = EnuVelocity { east_m_s: 0.0, north_m_s: -12.0, up_m_s: 0.0 };
            })
        };
        let (_, finding) = play(&config(), 0..TOLD + 1, |s| vec![flying(s)]).remove(0);
        assert_eq!(
            finding.text,
            "A drone without flight authorisation is in Harbour: 54.00180° N 10.00305° E, 60 m above ground, 12 m/s, \
             course 180°."
        );
        assert_eq!(finding.severity, Severity::Critical);
        let unknown = |s| changed(drone(s, INSIDE), |sighting| set_sigma(&mut sighting.track, 5.0, 200.0));
        let (_, finding) = play(&config(), 0..TOLD + 1, |s| vec![unknown(s)]).remove(0);
        assert!(finding.text.contains("height not measured, 0 m/s, not moving"), "{}", finding.text);
    }
}
