//! Each target once, whoever sees it, wherever on Earth.

use telemetry::messages::{AisClaim, Claim, TargetClass, Track, TrackStatus};
use telemetry::{AltitudeHae, Enu, EnuVelocity, Geodetic, Mmsi, TrackId};

use crate::sharing::NUMBERS_FROM;
use crate::sharing::scene::{Noise, at, later, place, station, track};
use crate::sharing::{Picture, PictureConfig};

const OURS_M: [f64; 3] = [4.0, 7.0, 6.0];
const THEIRS_M: [f64; 3] = [7.0, 4.0, 6.0];

/// What a station makes of a target: off by an error that a tracker keeps for some seconds, as large as stated.
struct Watch {
    target: Track,
    sigma_m: [f64; 3],
    error: [f64; 6],
}

/// How much of an error is left a second later.
const KEPT: f64 = 0.7;

impl Watch {
    fn new(id: u64, from: Geodetic, velocity: [f64; 3], sigma_m: [f64; 3], noise: &mut Noise) -> Self {
        let target = track(id, from, velocity, sigma_m);
        Self { target, sigma_m, error: [0; 6].map(|_| noise.normal()) }
    }

    fn look(&mut self, seconds: f64, noise: &mut Noise) -> Track {
        for error in &mut self.error {
            *error = KEPT * *error + (1.0 - KEPT * KEPT).sqrt() * noise.normal();
        }
        let mut seen = later(&self.target, seconds);
        let [e, n, u, ve, vn, vu] = self.error;
        let off = Enu { east_m: e * self.sigma_m[0], north_m: n * self.sigma_m[1], up_m: u * self.sigma_m[2] };
        seen.position = seen.position.displaced(off).unwrap();
        let off = EnuVelocity { east_m_s: 3.0 * ve, north_m_s: 3.0 * vn, up_m_s: 3.0 * vu };
        seen.velocity = EnuVelocity::from_vector(seen.velocity.vector() + off.vector());
        seen
    }
}

fn picture() -> Picture {
    Picture::new(PictureConfig::new(station("ours")))
}

/// The pictures of a minute, one a second; what we see and what a neighbour sees.
fn watched(ours: &mut [Watch], theirs: &mut [Watch], noise: &mut Noise) -> (Vec<Vec<Track>>, Picture) {
    let mut picture = picture();
    let mut minute = Vec::new();
    for second in 0..60 {
        let seconds = f64::from(second);
        for watch in theirs.iter_mut() {
            let seen = watch.look(seconds - 0.4, noise);
            picture.receive(at(seconds), &station("theirs"), &seen).unwrap();
        }
        let own: Vec<Track> = ours.iter_mut().map(|watch| watch.look(seconds, noise)).collect();
        minute.push(picture.fuse(at(seconds), &own));
    }
    (minute, picture)
}

/// Two drones side by side: how many targets the last half of a minute shows, when we see some and the neighbour
/// others.
fn counts_of_two(apart_m: f64, ours: &[usize], theirs: &[usize], seed: u64) -> Vec<usize> {
    let mut noise = Noise::new(seed);
    let mut watch = |which: &usize, first: u64, sigma_m| {
        let from = place(0.0, *which as f64 * apart_m);
        Watch::new(first + *which as u64, from, [15.0, 0.0, 0.0], sigma_m, &mut noise)
    };
    let mut ours: Vec<Watch> = ours.iter().map(|which| watch(which, 1, OURS_M)).collect();
    let mut theirs: Vec<Watch> = theirs.iter().map(|which| watch(which, 71, THEIRS_M)).collect();
    let (minute, _) = watched(&mut ours, &mut theirs, &mut noise);
    minute[30..].iter().map(Vec::len).collect()
}

#[test]
fn one_target_of_two_stations_is_one() {
    for seed in 0..10 {
        assert_eq!(counts_of_two(0.0, &[0], &[0], seed), [1; 30], "seed {seed}");
    }
}

#[test]
fn two_targets_side_by_side_are_two() {
    for apart_m in [30.0, 200.0] {
        for seed in 0..10 {
            let check = |ours: &[usize], theirs: &[usize]| {
                let counts = counts_of_two(apart_m, ours, theirs, seed);
                assert_eq!(counts, [2; 30], "{apart_m} m apart, {ours:?} and {theirs:?}, seed {seed}");
            };
            check(&[0, 1], &[0, 1]);
            check(&[0], &[0, 1]);
            check(&[0, 1], &[1]);
        }
    }
    for seed in 0..10 {
        assert_eq!(counts_of_two(200.0, &[0], &[1], seed), [2; 30], "seed {seed}");
    }
}

#[test]
fn two_targets_that_each_station_sees_one_of_are_told_apart_as_the_errors_allow() {
    // 30 m are 3.5 standard deviations of the difference: at one instant that is the edge of the gate.
    let shown: usize = (0..40).map(|seed| counts_of_two(30.0, &[0], &[1], seed).iter().sum::<usize>()).sum();
    let share = shown as f64 / (40.0 * 30.0) - 1.0;
    assert!(share > 0.8, "two are shown {share} of the time");
}

#[test]
fn crossing_targets_keep_their_numbers_and_partners() {
    for seed in 0..10 {
        let mut noise = Noise::new(100 + seed);
        let courses = [(place(-450.0, 0.0), [15.0, 0.0, 0.0]), (place(-260.0, -370.0), [8.66, 12.5, 0.0])];
        let mut watch = |which: usize, id, sigma_m| {
            let (from, velocity) = courses[which];
            Watch::new(id, from, velocity, sigma_m, &mut noise)
        };
        let mut ours = [watch(0, 1, OURS_M), watch(1, 2, OURS_M)];
        let mut theirs = [watch(0, 72, THEIRS_M), watch(1, 71, THEIRS_M)];
        let (minute, picture) = watched(&mut ours, &mut theirs, &mut noise);
        // They meet half a minute on. A pair that starts out farther apart than one in twenty does is joined soon
        // after.
        for shown in &minute[5..] {
            assert_eq!(shown.iter().map(|track| track.id.0).collect::<Vec<_>>(), [1, 2], "seed {seed}");
            let partners: Vec<u64> = shown.iter().map(|track| track.sources[1].track.0).collect();
            assert_eq!(partners, [72, 71], "seed {seed}");
        }
        assert_eq!((picture.metrics().joined, picture.metrics().parted), (2, 0));
    }
}

#[test]
fn a_swarm_of_both_is_counted_right_and_paired_right() {
    let mut noise = Noise::new(7);
    let mut swarm = |first: u64, sigma_m| -> Vec<Watch> {
        let spot = |n: u64| place(30.0 * (n % 5) as f64, 30.0 * (n / 5) as f64);
        (0..25).map(|n| Watch::new(first + n, spot(n), [15.0, 5.0, 0.0], sigma_m, &mut noise)).collect()
    };
    let (mut ours, mut theirs) = (swarm(1, OURS_M), swarm(101, THEIRS_M));
    let (minute, _) = watched(&mut ours, &mut theirs, &mut noise);
    for shown in &minute[30..] {
        assert_eq!(shown.len(), 25);
        let right = |track: &&Track| track.sources.get(1).is_some_and(|source| source.track.0 == track.id.0 + 100);
        assert!(shown.iter().filter(right).count() >= 23, "{shown:?}");
    }
}

#[test]
fn a_pair_that_wanders_for_a_moment_stays_and_one_that_leaves_parts() {
    let mut picture = picture();
    let mut shown = |seconds: f64, apart_m: f64| {
        let ours = later(&track(1, place(0.0, 0.0), [0.0; 3], OURS_M), seconds);
        let theirs = later(&track(2, place(apart_m, 0.0), [0.0; 3], THEIRS_M), seconds);
        picture.receive(at(seconds), &station("theirs"), &theirs).unwrap();
        picture.fuse(at(seconds), &[ours]).len()
    };
    assert_eq!(shown(0.0, 36.0), 2, "too far to be joined");
    assert_eq!([shown(20.0, 1.0), shown(40.0, 1.0)], [1, 1]);
    assert_eq!([shown(41.0, 36.0), shown(42.0, 36.0), shown(43.0, 1.0)], [1, 1, 1]);
    let leaving: Vec<usize> = (44..60).map(|second| shown(f64::from(second), 60.0)).collect();
    assert_eq!((leaving[0], leaving[8]), (1, 2), "{leaving:?}");
    assert!(leaving.is_sorted(), "{leaving:?}");
    assert_eq!(shown(60.0, 3000.0), 2);
}

#[test]
fn a_fused_target_is_known_better_than_by_either_and_says_who_saw_it() {
    let mut picture = picture();
    let ours = track(7, place(0.0, 0.0), [15.0, 0.0, 0.0], [4.0, 30.0, 20.0]);
    let mut theirs = track(9, place(3.0, -8.0), [14.0, 1.0, 0.0], [30.0, 4.0, 20.0]);
    theirs.measured_by = [(telemetry::SensorId::new("far-radar").unwrap(), at(-0.5))].into();
    theirs.first_seen_at = at(-60.0);
    theirs.alerts.insert(telemetry::messages::TrackAlert::RidSpoof);
    theirs.classification.evidence.push("rotor lines in the spectrum".into());
    picture.receive(at(0.0), &station("theirs"), &theirs).unwrap();
    let ours = Track { status: TrackStatus::Coasting, ..ours };
    let shown = picture.fuse(at(0.0), std::slice::from_ref(&ours));
    let [fused] = &shown[..] else { panic!("{shown:?}") };
    assert!(fused.horizontal_sigma_m() < 7.0, "{} m", fused.horizontal_sigma_m());
    assert!(fused.position.distance_m(place(0.0, -8.0)) < 2.0);
    assert_eq!((fused.id, fused.status, fused.first_seen_at), (TrackId(7), TrackStatus::Confirmed, at(-60.0)));
    assert_eq!((fused.measured_by.len(), fused.alerts.len()), (2, 1));
    assert_eq!(fused.classification.likeliest(), TargetClass::Drone);
    assert_eq!(fused.classification.evidence, ["theirs: rotor lines in the spectrum"]);
    let sources: Vec<_> = fused.sources.iter().map(|source| (source.station.as_str(), source.track.0)).collect();
    assert_eq!(sources, [("ours", 7), ("theirs", 9)]);
}

#[test]
fn a_track_of_ours_alone_is_as_it_was() {
    let own = [track(3, place(0.0, 0.0), [15.0, 0.0, 0.0], OURS_M), track(1, place(900.0, 0.0), [0.0; 3], OURS_M)];
    let shown = picture().fuse(at(5.0), &own);
    assert_eq!(shown, [own[1].clone(), own[0].clone()]);
}

#[test]
fn a_target_handed_over_keeps_its_number_and_one_that_parts_gets_another() {
    let (mut picture, neighbour) = (picture(), station("theirs"));
    let (ours, theirs) =
        (track(7, place(0.0, 0.0), [15.0, 0.0, 0.0], OURS_M), track(9, place(1.0, 2.0), [15.0, 0.0, 0.0], THEIRS_M));
    let numbers = |picture: &mut Picture, seconds, ours: &[Track]| -> Vec<u64> {
        picture.fuse(at(seconds), ours).iter().map(|track| track.id.0).collect()
    };
    picture.receive(at(0.0), &neighbour, &theirs).unwrap();
    assert_eq!(numbers(&mut picture, 0.0, &[]), [NUMBERS_FROM.0], "only they see it");
    assert_eq!(numbers(&mut picture, 0.0, std::slice::from_ref(&ours)), [7], "we see it too");
    picture.receive(at(1.0), &neighbour, &later(&theirs, 1.0)).unwrap();
    assert_eq!(numbers(&mut picture, 1.0, &[]), [7], "we see it no longer");
    let far = Track { position: place(3000.0, 0.0), ..later(&ours, 2.0) };
    assert_eq!(numbers(&mut picture, 2.0, &[far]), [7, NUMBERS_FROM.0 + 1], "it was two");
    assert_eq!(numbers(&mut picture, 3.0, &[]), [NUMBERS_FROM.0 + 1]);
    let dropped = Track { status: TrackStatus::Dropped, ..later(&theirs, 4.0) };
    picture.receive(at(4.0), &neighbour, &dropped).unwrap();
    assert_eq!(numbers(&mut picture, 4.0, &[]), [0; 0]);
}

#[test]
fn claims_help_and_forbid_and_so_does_what_is_sure_to_fly() {
    let claim = |mmsi: u32| Some(Claim::Ais(AisClaim::of(Mmsi::new(mmsi).unwrap())));
    let shown = |apart_m: f64, ours: Option<Claim>, theirs: Option<Claim>, class: TargetClass| {
        let mut picture = picture();
        let mut their_track = track(9, place(apart_m, 0.0), [0.0; 3], THEIRS_M);
        their_track.claim = theirs;
        their_track.classification.belief = [(class, 1.0)].into();
        picture.receive(at(0.0), &station("theirs"), &their_track).unwrap();
        let mut our_track = track(7, place(0.0, 0.0), [0.0; 3], OURS_M);
        our_track.claim = ours;
        our_track.classification.belief = [(TargetClass::Vessel, 1.0)].into();
        picture.fuse(at(0.0), &[our_track]).len()
    };
    let edge_m = 33.0;
    assert_eq!(shown(5.0, None, None, TargetClass::Vessel), 1);
    assert_eq!(shown(edge_m, None, None, TargetClass::Vessel), 2);
    assert_eq!(shown(edge_m, claim(211_000_001), claim(211_000_001), TargetClass::Vessel), 1);
    assert_eq!(shown(500.0, claim(211_000_001), claim(211_000_001), TargetClass::Vessel), 2, "a claim is no proof");
    assert_eq!(shown(5.0, claim(211_000_001), claim(211_000_002), TargetClass::Vessel), 2);
    assert_eq!(shown(5.0, claim(211_000_001), None, TargetClass::Vessel), 1);
    assert_eq!(shown(5.0, None, None, TargetClass::Drone), 2);
}

#[test]
fn the_same_scene_is_the_same_at_the_poles_and_at_the_antimeridian() {
    let fused = |latitude: f64, longitude: f64| {
        let mut picture = picture();
        let at_place = |east_m, north_m| {
            let datum = Geodetic::from_degrees(latitude, longitude, AltitudeHae::new(100.0)).unwrap();
            datum.displaced(Enu { east_m, north_m, up_m: 0.0 }).unwrap()
        };
        // Isotropic in the horizontal, and at rest, so that it reads the same in axes turned by any angle.
        let theirs = [
            track(8, at_place(6.0, -3.0), [0.0; 3], [5.0, 5.0, 9.0]),
            track(9, at_place(400.0, 0.0), [0.0; 3], [5.0; 3]),
        ];
        for track in &theirs {
            picture.receive(at(0.0), &station("theirs"), track).unwrap();
        }
        let shown = picture.fuse(at(2.0), &[later(&track(1, at_place(0.0, 0.0), [0.0; 3], [8.0, 8.0, 4.0]), 2.0)]);
        assert_eq!(shown.len(), 2, "at {latitude}, {longitude}");
        let off_m = shown[0].position.distance_m(at_place(0.0, 0.0));
        (shown[0].horizontal_sigma_m(), off_m)
    };
    let (sigma_m, off_m) = fused(54.5, 10.3);
    for (latitude, longitude) in
        [(90.0, 0.0), (-90.0, 50.0), (89.9999, 120.0), (0.0, 180.0), (60.0, -180.0), (60.0, 179.99999)]
    {
        let (found_sigma_m, found_off_m) = fused(latitude, longitude);
        assert!((found_sigma_m - sigma_m).abs() < 1e-5 * sigma_m, "{found_sigma_m} at {latitude}, {longitude}");
        assert!(
            (found_off_m - off_m).abs() < 1e-4 * off_m,
            "{found_off_m} instead of {off_m} at {latitude}, {longitude}"
        );
    }
}
