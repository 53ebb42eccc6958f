//! A drone flew across a border to our side.
//!
//! To have crossed, a track must first have been clearly on the other side and then be clearly on ours, and the way
//! between the two must go across the line. *Clearly*: by more than twice the standard deviation of the estimate, so
//! that one that turns back before the line is not made to cross it by noise.
//!
//! A track that breaks off at the line and is found again behind it begins with what is known of the one that broke
//! off there.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetry::messages::{AlertRule, Severity, Subject, Track};
use telemetry::{LatLon, Timestamp, TrackId, ZoneId};

use super::zones::ZoneShape;
use super::{Finding, Scene, sentence};

/// How many standard deviations make a side clear.
const SIGMAS: f64 = 2.0;
/// The least and the most distance from the line that is asked for, metres. Beyond the most, an estimate is too bad to
/// tell sides.
const MARGIN_M: [f64; 2] = [10.0, 250.0];
/// How many looks in a row must find it on our side.
const LOOKS_ON_OUR_SIDE: u8 = 2;
/// How long it must be clearly back before it can cross again.
const BACK_AFTER: Duration = Duration::from_secs(10);
/// How long the memory of a broken track waits for the one that goes on.
const BROKEN_KEPT: Duration = Duration::from_secs(20);
/// The most broken tracks remembered; the oldest is forgotten.
const BROKEN_MAX: usize = 64;
/// How far a new track may be from where a broken one was going, metres.
const SAME_WITHIN_M: f64 = 150.0;

/// The memory of this rule: one side a drone and border, as long as the track lives and a little longer.
#[derive(Debug, Default)]
pub(super) struct BorderCrossed {
    sides: BTreeMap<(TrackId, ZoneId), Side>,
    last_seen: BTreeMap<TrackId, Track>,
    broken: Vec<Broken>,
}

/// On which side of a border a drone is known to have been.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Unknown,
    Theirs { last: LatLon, looks_on_ours: u8 },
    Ours { back_since: Option<Timestamp> },
}

#[derive(Debug)]
struct Broken {
    track: Track,
    at: Timestamp,
    sides: Vec<(ZoneId, Side)>,
}

impl BorderCrossed {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        self.set_broken_aside(scene);
        let mut findings = Vec::new();
        for sighting in scene.drones() {
            let track = &sighting.track;
            for zone in scene.site.zones() {
                let Some(border) = zone.zone.border() else { continue };
                let key = (track.id, zone.zone.id.clone());
                let before = self.sides.get(&key).copied().or_else(|| self.inherited(scene, track, &zone.zone.id));
                let depth_m = border.depth_m(track.position.lat_lon());
                let (side, crossed) = step(scene, zone, track, before.unwrap_or(Side::Unknown), depth_m);
                self.sides.insert(key, side);
                // An authorised or declared flight may cross; its side is kept all the same.
                if crossed && !scene.authorised(&zone.zone.id, track) && !scene.declared(track) {
                    findings.push(finding(scene, zone, track));
                }
            }
            self.last_seen.insert(track.id, track.clone());
        }
        findings
    }

    /// Moves what is known of tracks that are gone to where a new track can take it up.
    fn set_broken_aside(&mut self, scene: &Scene<'_>) {
        let gone: Vec<TrackId> = self.last_seen.keys().copied().filter(|track| !scene.lives(*track)).collect();
        for id in gone {
            let Some(track) = self.last_seen.remove(&id) else { continue };
            let sides = self.sides.iter().filter(|((of, _), _)| *of == id);
            let sides = sides.map(|((_, zone), side)| (zone.clone(), *side)).collect();
            self.broken.push(Broken { track, at: scene.now, sides });
        }
        self.sides.retain(|(track, _), _| scene.lives(*track));
        self.broken.retain(|broken| scene.now.since(broken.at) <= BROKEN_KEPT);
        let too_many = self.broken.len().saturating_sub(BROKEN_MAX);
        self.broken.drain(..too_many);
    }

    /// What a new track inherits: the side of the nearest broken track that was going to where the new one is.
    fn inherited(&self, scene: &Scene<'_>, track: &Track, zone: &ZoneId) -> Option<Side> {
        let expected = |broken: &Broken| {
            let flown_s = scene.now.seconds_since(broken.track.estimated_at);
            let v = broken.track.velocity.vector() * flown_s;
            broken.track.position.displaced(telemetry::Enu::from_vector(v)).ok()
        };
        let apart_m = |broken: &Broken| {
            expected(broken).map(|at| missions::ring::distance_m(at.lat_lon(), track.position.lat_lon()))
        };
        let near = self.broken.iter().filter_map(|broken| Some((apart_m(broken)?, broken)));
        let (_, broken) = near.filter(|(m, _)| *m <= SAME_WITHIN_M).min_by(|a, b| a.0.total_cmp(&b.0))?;
        broken.sides.iter().find(|(of, _)| of == zone).map(|(_, side)| *side)
    }
}

/// The side after one more look, and whether this look made it a crossing.
fn step(scene: &Scene<'_>, zone: &ZoneShape, track: &Track, before: Side, depth_m: f64) -> (Side, bool) {
    let wanted_m = SIGMAS * track.horizontal_sigma_m();
    if wanted_m.is_nan() || wanted_m > MARGIN_M[1] {
        return (before, false);
    }
    let margin_m = wanted_m.max(MARGIN_M[0]);
    let here = track.position.lat_lon();
    match before {
        Side::Unknown if depth_m <= -margin_m => (Side::Theirs { last: here, looks_on_ours: 0 }, false),
        Side::Unknown if depth_m >= margin_m => (Side::Ours { back_since: None }, false),
        Side::Unknown => (before, false),
        Side::Theirs { .. } if depth_m <= -margin_m => (Side::Theirs { last: here, looks_on_ours: 0 }, false),
        Side::Theirs { last, looks_on_ours } if depth_m >= margin_m => {
            if looks_on_ours + 1 < LOOKS_ON_OUR_SIDE {
                return (Side::Theirs { last, looks_on_ours: looks_on_ours + 1 }, false);
            }
            (Side::Ours { back_since: None }, zone.crossed_by(scene.site, last, here))
        }
        Side::Theirs { last, .. } => (Side::Theirs { last, looks_on_ours: 0 }, false),
        Side::Ours { back_since } if depth_m <= -margin_m => match back_since {
            Some(since) if scene.now.since(since) >= BACK_AFTER => {
                (Side::Theirs { last: here, looks_on_ours: 0 }, false)
            }
            since => (Side::Ours { back_since: since.or(Some(scene.now)) }, false),
        },
        Side::Ours { .. } => (Side::Ours { back_since: None }, false),
    }
}

fn finding(scene: &Scene<'_>, zone: &ZoneShape, track: &Track) -> Finding {
    Finding {
        rule: AlertRule::BorderCrossed,
        severity: Severity::Critical,
        subject: Subject::Track(track.id),
        measured_at: track.updated_at,
        position: Some(track.position),
        zone: Some(zone.zone.id.clone()),
        text: format!("A drone crossed {} to our side: {}.", zone.zone.name, sentence::flight(scene.site, track)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{TOLD, config, drone, grant, own, play, set_sigma};
    use crate::picture::Sighting;
    use telemetry::{EnuVelocity, TrackId};

    /// The line runs at −2000 m; a drone goes by `path`, metres north of the line, 3 m exact unless said otherwise.
    fn at_line(s: f64, east_m: f64, north_of_line_m: f64, sigma_m: f64) -> Sighting {
        let mut sighting = drone(s, [east_m, north_of_line_m - 2000.0, 60.0]);
        set_sigma(&mut sighting.track, sigma_m, sigma_m);
        sighting
    }

    fn check(sigma_m: f64, path: impl Fn(f64) -> f64) -> Vec<usize> {
        play(&config(), 0..200, |s| vec![at_line(s, 0.0, path(s), sigma_m)]).into_iter().map(|(s, _)| s).collect()
    }

    #[test]
    fn one_that_comes_across_is_told_once_soon_after_the_line() {
        // 15 m/s northwards, over the line at 100 s; clear of it by 10 m from 101 s on, twice in a row at 102 s.
        assert_eq!(check(3.0, |s| 15.0 * (s - 100.0)), [102]);
        // A vague estimate takes longer: 40 m beyond the line are asked for.
        assert_eq!(check(20.0, |s| 15.0 * (s - 100.0)), [104]);
    }

    #[test]
    fn one_that_turns_back_before_the_line_is_not_told_whatever_the_noise() {
        for (turns_at_m, sigma_m) in [(-250.0, 5.0), (-30.0, 5.0), (-30.0, 20.0), (-5.0, 5.0)] {
            let path = |s: f64| turns_at_m - 15.0 * (s - 100.0).abs() + sigma_m * (s * 2.4).sin();
            assert_eq!(check(sigma_m, path), [] as [usize; 0], "{turns_at_m} {sigma_m}");
        }
    }

    #[test]
    fn noise_on_the_line_crosses_nothing() {
        assert_eq!(check(10.0, |s| 15.0 * (s * 1.7).sin()), [] as [usize; 0]);
    }

    #[test]
    fn one_first_seen_on_our_side_did_not_cross_and_one_that_leaves_did_not_either() {
        assert_eq!(check(3.0, |s| 100.0 + s), [] as [usize; 0]);
        assert_eq!(check(3.0, |s| 500.0 - 15.0 * s), [] as [usize; 0]);
    }

    #[test]
    fn one_that_goes_back_and_comes_again_is_told_again() {
        // Over the line at 20 s, back at 60 s, over it again at 100 s.
        let path = |s: f64| match s {
            s if s < 40.0 => 15.0 * (s - 20.0),
            s if s < 80.0 => 15.0 * (60.0 - s),
            s => 15.0 * (s - 100.0),
        };
        assert_eq!(check(3.0, path), [22, 102]);
    }

    #[test]
    fn a_way_round_the_end_of_the_line_does_not_cross_it() {
        let round = |s: f64| at_line(s, 3500.0, 15.0 * (s - 100.0), 3.0);
        assert_eq!(play(&config(), 0..200, |s| vec![round(s)]), []);
    }

    #[test]
    fn one_that_is_authorised_to_cross_is_not_told_and_one_authorised_elsewhere_is() {
        for (zone, told) in [("border", 0), ("harbour", 1)] {
            let mut config = config();
            config.authorisations = vec![grant(zone, 0.0, 300.0)];
            let found = play(&config, 0..200, |s| vec![at_line(s, 0.0, 15.0 * (s - 100.0), 3.0)]);
            assert_eq!(found.len(), told, "{zone}");
        }
    }

    #[test]
    fn our_own_drone_crosses_without_an_alert() {
        assert_eq!(play(&config(), 0..200, |s| vec![own(at_line(s, 0.0, 15.0 * (s - 100.0), 3.0))]), []);
    }

    #[test]
    fn a_track_that_breaks_at_the_line_goes_on_in_the_next() {
        let flight = |s: f64, id| {
            let mut sighting = at_line(s, 0.0, 15.0 * (s - 100.0), 3.0);
            sighting.track.id = TrackId(id);
            sighting.track.velocity = EnuVelocity { east_m_s: 0.0, north_m_s: 15.0, up_m_s: 0.0 };
            sighting
        };
        let seen = |s: f64| match s {
            s if s < 98.0 => vec![flight(s, 7)],
            s if s < 104.0 => Vec::new(),
            s => vec![flight(s, 8)],
        };
        let found = play(&config(), 0..200, seen);
        assert_eq!(found.iter().map(|(s, _)| *s).collect::<Vec<_>>(), [104 + TOLD]);
        // One that appears somewhere else is another drone.
        let elsewhere = |s: f64| match s {
            s if s < 98.0 => vec![flight(s, 7)],
            s => {
                let mut sighting = flight(s, 8);
                sighting.track.position = drone(s, [900.0, 15.0 * (s - 90.0) - 2000.0, 60.0]).track.position;
                vec![sighting]
            }
        };
        assert_eq!(play(&config(), 0..200, elsewhere), []);
    }

    #[test]
    fn the_sentence_names_the_border() {
        let (_, finding) = play(&config(), 90..110, |s| vec![at_line(s, 0.0, 15.0 * (s - 100.0), 3.0)]).remove(0);
        assert!(finding.text.starts_with("A drone crossed State border to our side: 53.98"), "{}", finding.text);
    }
}
