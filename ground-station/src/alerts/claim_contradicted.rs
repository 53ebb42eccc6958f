//! A target is measured elsewhere than it says it is, by AIS, Remote ID or ADS-B.
//!
//! The tracker compares what is said with what is measured and marks the track; this rule tells people of it, once for a
//! track and system, and gives the measured place. Whether somebody lies, or a receiver on board is wrong, it does not
//! say: nobody here can know.

use std::collections::BTreeMap;

use telemetry::TrackId;
use telemetry::messages::{AlertRule, Claim, Severity, Subject, Track, TrackAlert};

use super::presence::{Presence, Reading};
use super::{Finding, Scene, sentence};

/// The marks this rule tells of.
const MARKS: [TrackAlert; 3] = [TrackAlert::AisSpoof, TrackAlert::RidSpoof, TrackAlert::AdsbSpoof];

/// The memory of this rule: one presence a marked track and mark, as long as the track lives.
#[derive(Debug, Default)]
pub(super) struct ClaimContradicted {
    presences: BTreeMap<(TrackId, TrackAlert), Presence>,
}

impl ClaimContradicted {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        self.presences.retain(|(track, _), _| scene.lives(*track));
        let mut findings = Vec::new();
        for sighting in scene.picture.sightings().filter(|sighting| sighting.own.is_none() && sighting.believed()) {
            let track = &sighting.track;
            for mark in MARKS {
                let key = (track.id, mark);
                let told = if track.alerts.contains(&mark) {
                    self.presences.entry(key).or_default().take(scene.now, Reading::Inside)
                } else {
                    self.presences.get_mut(&key).is_some_and(|marked| marked.take(scene.now, Reading::Outside))
                };
                if told {
                    findings.push(finding(scene, track, mark));
                }
            }
        }
        findings
    }
}

fn finding(scene: &Scene<'_>, track: &Track, mark: TrackAlert) -> Finding {
    let claimant = track.claim.as_ref().filter(|claim| marked_by(claim) == mark).map(sentence::claimant);
    let (anyone, system) = match mark {
        TrackAlert::RidSpoof => ("a drone", "Remote ID"),
        TrackAlert::AdsbSpoof => ("an aircraft", "ADS-B"),
        _ => ("a vessel", "AIS"),
    };
    let who = sentence::capitalised(claimant.as_deref().unwrap_or(anyone));
    let whereabouts = sentence::whereabouts(scene.site, track);
    Finding {
        rule: AlertRule::ClaimContradicted,
        severity: Severity::Warning,
        subject: Subject::Track(track.id),
        measured_at: track.updated_at,
        position: Some(track.position),
        zone: None,
        text: format!("{who} is not where it says by {system}. Measured: {whereabouts}."),
    }
}

/// The mark of a claim that is contradicted.
fn marked_by(claim: &Claim) -> TrackAlert {
    match claim {
        Claim::Ais(_) => TrackAlert::AisSpoof,
        Claim::RemoteId(_) => TrackAlert::RidSpoof,
        Claim::Adsb(_) => TrackAlert::AdsbSpoof,
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{config, drone, own, play, vessel};
    use crate::picture::Sighting;
    use telemetry::EnuVelocity;
    use telemetry::messages::{AdsbClaim, AlertRule, Claim, RemoteIdClaim, TrackAlert, TrackStatus};

    const OFF_EVERY_ZONE: [f64; 3] = [1000.0, 1000.0, 60.0];

    fn marked(mut sighting: Sighting, mark: TrackAlert) -> Sighting {
        sighting.track.alerts.insert(mark);
        sighting
    }

    /// When a contradicted claim is told of, of one track that `case` describes by the second.
    fn check(mut case: impl FnMut(f64) -> Sighting) -> Vec<(usize, String)> {
        let found = play(&config(), 0..120, |s| vec![case(s)]).into_iter();
        let ours = found.filter(|(_, finding)| finding.rule == AlertRule::ClaimContradicted);
        ours.map(|(s, finding)| (s, finding.text)).collect()
    }

    fn seconds(case: impl FnMut(f64) -> Sighting) -> Vec<usize> {
        check(case).into_iter().map(|(s, _)| s).collect()
    }

    fn spoofing(s: f64) -> Sighting {
        marked(vessel(s, OFF_EVERY_ZONE), TrackAlert::AisSpoof)
    }

    #[test]
    fn a_contradicted_claim_is_told_once() {
        assert_eq!(seconds(spoofing), [1]);
        assert_eq!(seconds(|s| vessel(s, OFF_EVERY_ZONE)), [] as [usize; 0]);
    }

    #[test]
    fn it_is_told_again_only_after_the_claim_was_right_for_a_while() {
        let right = |span: std::ops::Range<f64>| {
            seconds(move |s| if span.contains(&s) { vessel(s, OFF_EVERY_ZONE) } else { spoofing(s) })
        };
        assert_eq!(right(20.0..40.0), [1]);
        assert_eq!(right(20.0..60.0), [1, 61]);
    }

    #[test]
    fn a_track_that_is_not_confirmed_or_is_our_own_vehicle_is_not_told() {
        let tentative = |s| {
            let mut sighting = spoofing(s);
            sighting.track.status = TrackStatus::Tentative;
            sighting
        };
        assert_eq!(seconds(tentative), [] as [usize; 0]);
        assert_eq!(seconds(|s| own(spoofing(s))), [] as [usize; 0]);
    }

    #[test]
    fn other_marks_are_other_rules_business() {
        for mark in [TrackAlert::DuplicateIdentity, TrackAlert::AisOff, TrackAlert::Unknown] {
            assert_eq!(seconds(|s| marked(vessel(s, OFF_EVERY_ZONE), mark)), [] as [usize; 0], "{mark:?}");
        }
    }

    #[test]
    fn the_sentence_says_who_by_which_system_and_where_it_is_measured() {
        let text = |case: &dyn Fn(f64) -> Sighting| check(case).remove(0).1;
        let sailing = |s| {
            let mut sighting = spoofing(s);
            sighting.track.velocity = EnuVelocity { east_m_s: 5.144, north_m_s: 0.0, up_m_s: 0.0 };
            sighting
        };
        assert_eq!(
            text(&sailing),
            "The vessel that calls itself NORDSTERN (MMSI 211000001) is not where it says by AIS. Measured: 54.00898° N \
             10.01525° E, 10 kn, course 090°."
        );
        let flying = |claim: Claim, mark: TrackAlert| {
            text(&move |s| {
                let mut sighting = marked(drone(s, OFF_EVERY_ZONE), mark);
                sighting.track.claim = Some(claim.clone());
                sighting
            })
        };
        let place = "Measured: 54.00898° N 10.01525° E, 60 m above ground, 0 m/s, not moving.";
        assert_eq!(
            flying(Claim::RemoteId(RemoteIdClaim::new("1581F5FKD2").unwrap()), TrackAlert::RidSpoof),
            format!("The drone that calls itself 1581F5FKD2 is not where it says by Remote ID. {place}")
        );
        let adsb = AdsbClaim { icao: "4CA1B2".parse().unwrap(), call_sign: Some("RYR12AB ".to_owned()) };
        assert_eq!(
            flying(Claim::Adsb(adsb.clone()), TrackAlert::AdsbSpoof),
            format!("The aircraft that calls itself RYR12AB (address 4CA1B2) is not where it says by ADS-B. {place}")
        );
        assert_eq!(
            flying(Claim::Adsb(AdsbClaim { call_sign: None, ..adsb }), TrackAlert::RidSpoof),
            format!("A drone is not where it says by Remote ID. {place}"),
            "the claim that is left is of another system"
        );
    }
}
