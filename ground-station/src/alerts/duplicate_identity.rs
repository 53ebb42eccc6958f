//! Several targets claim one identity: one MMSI, one Remote ID, one 24-bit address.
//!
//! The tracker marks every track that does so; people are told once for an identity, with the place of each. Which of
//! them is the true one is not said: both may be false.

use std::collections::BTreeMap;

use telemetry::messages::{AlertRule, Severity, Subject, TrackAlert};

use super::presence::{Presence, Reading};
use super::{Finding, Scene, sentence};
use crate::picture::Sighting;

/// More places than these a sentence does not name.
const PLACES_MAX: usize = 3;

/// The memory of this rule: one presence an identity, as long as some track claims it.
#[derive(Debug, Default)]
pub(super) struct DuplicateIdentity {
    presences: BTreeMap<String, Presence>,
}

impl DuplicateIdentity {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        // Only identities that were marked once are looked up again.
        let mut claimed: BTreeMap<String, Vec<&Sighting>> = BTreeMap::new();
        for sighting in scene.picture.sightings().filter(|sighting| sighting.believed()) {
            let Some(claim) = &sighting.track.claim else { continue };
            let identity = claim.identity();
            let marked = sighting.track.alerts.contains(&TrackAlert::DuplicateIdentity);
            if marked || self.presences.contains_key(&identity) {
                let claimants = claimed.entry(identity).or_default();
                claimants.extend(marked.then_some(sighting));
            }
        }
        self.presences.retain(|identity, _| claimed.contains_key(identity));
        let mut findings = Vec::new();
        for (identity, claimants) in claimed {
            // Where one of them is a vehicle of ours, the other one is the news.
            let foreign = claimants.iter().find(|sighting| sighting.own.is_none());
            let reading = if foreign.is_some() { Reading::Inside } else { Reading::Outside };
            let entered = self.presences.entry(identity).or_default().take(scene.now, reading);
            if let Some(foreign) = foreign.filter(|_| entered) {
                findings.push(finding(foreign, &claimants));
            }
        }
        findings
    }
}

fn finding(first: &Sighting, claimants: &[&Sighting]) -> Finding {
    let track = &first.track;
    let identity = track.claim.as_ref().map(sentence::identity).unwrap_or_default();
    let places: Vec<String> = claimants.iter().take(PLACES_MAX).map(|other| whereabouts(other)).collect();
    let text = match claimants.len() {
        1 => format!("Another target also claims to be {identity}. This one: {}.", places.join("")),
        count => format!("{count} targets claim to be {identity}: {}.", places.join("; ")),
    };
    Finding {
        rule: AlertRule::DuplicateIdentity,
        severity: Severity::Warning,
        subject: Subject::Track(track.id),
        measured_at: track.updated_at,
        position: Some(track.position),
        zone: None,
        text,
    }
}

fn whereabouts(sighting: &Sighting) -> String {
    let track = &sighting.track;
    let whose = sighting.own.as_ref().map_or(String::new(), |vehicle| format!(", our {vehicle}"));
    format!("T{} at {}{whose}", track.id, sentence::place(track.position))
}

#[cfg(test)]
mod tests {
    use super::super::stage::{config, own, play, vessel};
    use crate::picture::Sighting;
    use telemetry::messages::{AlertRule, TrackAlert};
    use telemetry::{Mmsi, TrackId};

    fn claimant(s: f64, track: u64, east_m: f64) -> Sighting {
        let mut sighting = vessel(s, [east_m, 1000.0, 0.0]);
        sighting.track.id = TrackId(track);
        sighting.track.alerts.insert(TrackAlert::DuplicateIdentity);
        sighting
    }

    fn honest(s: f64, track: u64) -> Sighting {
        let mut sighting = claimant(s, track, 2000.0);
        sighting.track.alerts.clear();
        sighting
    }

    /// When an identity that several claim is told of, and how.
    fn check(case: impl FnMut(f64) -> Vec<Sighting>) -> Vec<(usize, String)> {
        let found = play(&config(), 0..120, case).into_iter();
        let ours = found.filter(|(_, finding)| finding.rule == AlertRule::DuplicateIdentity);
        ours.map(|(s, finding)| (s, finding.text)).collect()
    }

    #[test]
    fn two_tracks_with_one_identity_are_told_once_together_with_both_places() {
        let found = check(|s| vec![claimant(s, 7, 1000.0), claimant(s, 9, 3000.0)]);
        let text =
            "2 targets claim to be MMSI 211000001: T7 at 54.00898° N 10.01525° E; T9 at 54.00898° N 10.04576° E.";
        assert_eq!(found, [(1, text.to_owned())]);
    }

    #[test]
    fn one_of_whose_twin_nothing_is_known_yet_is_told_as_such() {
        let (_, text) = check(|s| vec![claimant(s, 7, 1000.0)]).remove(0);
        assert_eq!(text, "Another target also claims to be MMSI 211000001. This one: T7 at 54.00898° N 10.01525° E.");
    }

    #[test]
    fn a_crowd_with_one_identity_is_counted_and_three_of_it_are_named() {
        let crowd = |s| (1..=5).map(|n| claimant(s, n, 1000.0)).collect();
        let (_, text) = check(crowd).remove(0);
        assert!(text.starts_with("5 targets") && text.matches("T").count() == 3, "{text}");
    }

    #[test]
    fn each_identity_is_told_of_by_itself() {
        let other = |s| {
            let mut sighting = claimant(s, 9, 3000.0);
            let mut claim = super::super::stage::claim();
            claim.mmsi = Mmsi::new(211_000_002).unwrap();
            sighting.track.claim = Some(telemetry::messages::Claim::Ais(claim));
            sighting
        };
        assert_eq!(check(|s| vec![claimant(s, 7, 1000.0), other(s)]).len(), 2);
    }

    #[test]
    fn it_is_told_again_only_after_only_one_claimed_it_for_a_while() {
        let check = |until_s: f64| {
            let case = |s| {
                if (20.0..until_s).contains(&s) { vec![honest(s, 7)] } else { vec![claimant(s, 7, 1000.0)] }
            };
            check(case).into_iter().map(|(s, _)| s).collect::<Vec<_>>()
        };
        assert_eq!(check(40.0), [1]);
        assert_eq!(check(60.0), [1, 61]);
    }

    #[test]
    fn somebody_who_takes_the_identity_of_a_vehicle_of_ours_is_told_and_our_vehicle_alone_is_not() {
        let ours = |s| own(claimant(s, 3, 2000.0));
        let (_, text) = check(|s| vec![ours(s), claimant(s, 7, 1000.0)]).remove(0);
        assert!(text.contains("T3 at 54.00898° N 10.03051° E, our d1; T7 at"), "{text}");
        assert_eq!(check(|s| vec![ours(s)]), []);
        assert_eq!(check(|s| vec![honest(s, 7), honest(s, 9)]), []);
    }
}
