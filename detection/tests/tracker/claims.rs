//! What targets say of themselves, true and false: Remote ID and AIS beside radars.

use std::collections::BTreeSet;

use telemetry::messages::{Detection, SensorDescription, Track, TrackAlert, TrackStatus};

use crate::scene::{
    Mover, Noise, ais_report, at, believed, coastal_plot, feed, patrol, radar_plot, remote_id_receiver,
    remote_id_report, scan, sensors, tracker_of,
};

const DRONE: Mover = Mover { from: [1200.0, -600.0, 80.0], velocity: [-6.0, 12.0, 0.0] };
const FERRY: Mover = Mover { from: [2500.0, 1200.0, 0.0], velocity: [-6.0, 2.0, 0.0] };
const MMSI: u32 = 211_234_560;

/// The target as it would be if it walked off from a moment on, m/s east and north.
fn walking_off(mover: &Mover, from_s: f64, [east_m_s, north_m_s]: [f64; 2]) -> Mover {
    let [e, n, u] = mover.from;
    let [ve, vn, vu] = mover.velocity;
    Mover { from: [e - from_s * east_m_s, n - from_s * north_m_s, u], velocity: [ve + east_m_s, vn + north_m_s, vu] }
}

fn air() -> Vec<SensorDescription> {
    [sensors(), vec![remote_id_receiver()]].concat()
}

/// A hundred seconds of a radar that sees some drones and a receiver that hears some claims: what is tracked each second,
/// tentative tracks included.
fn flight(
    drones: &[Mover],
    seed: u64,
    claims: impl Fn(f64) -> Vec<Detection>,
    mut each: impl FnMut(u32, &[Track]),
) -> Vec<Track> {
    let all = air();
    let (radar, receiver) = (&all[0], &all[4]);
    let (mut tracker, mut noise) = (tracker_of(&all), Noise::new(seed));
    for second in 0..100u32 {
        let seconds = f64::from(second);
        let plots = (0..).zip(drones).map(|(id, drone)| radar_plot(radar, drone, id, seconds, &mut noise)).collect();
        feed(&mut tracker, &scan(radar, seconds, plots));
        feed(&mut tracker, &scan(receiver, seconds + 0.4, claims(seconds + 0.4)));
        each(second, &tracker.tracks(at(seconds + 0.4)));
    }
    believed(&tracker, 99.4)
}

/// Five minutes of a coastal radar that sees some vessels and a receiver that hears some claims, every six seconds.
fn passage(
    vessels: &[Mover],
    seed: u64,
    claims: impl Fn(f64) -> Vec<Detection>,
    mut each: impl FnMut(f64, &[Track]),
) -> Vec<Track> {
    let all = sensors();
    let (coast, ais) = (&all[1], &all[2]);
    let (mut tracker, mut noise) = (tracker_of(&all), Noise::new(seed));
    for second in 0..300u32 {
        let seconds = f64::from(second);
        if second % 4 == 0 {
            let plot = |(id, vessel)| coastal_plot(coast, vessel, id, seconds, &mut noise);
            let plots = (0..).zip(vessels).map(plot).collect();
            feed(&mut tracker, &scan(coast, seconds, plots));
        }
        if second % 6 == 3 {
            let claims = claims(seconds);
            if !claims.is_empty() {
                feed(&mut tracker, &scan(ais, seconds, claims));
            }
        }
        each(seconds, &believed(&tracker, seconds));
    }
    believed(&tracker, 299.0)
}

fn alerts(tracks: &[Track]) -> BTreeSet<TrackAlert> {
    tracks.iter().flat_map(|track| track.alerts.iter().copied()).collect()
}

#[test]
fn honest_claims_raise_nothing_and_sharpen_the_track() {
    for seed in 0..5 {
        let claims = |seconds| vec![remote_id_report("1581F5", &DRONE, seconds)];
        let tracks = flight(&[DRONE], seed, claims, |second, tracks| {
            assert_eq!(alerts(tracks), BTreeSet::new(), "seed {seed}, second {second}");
        });
        assert_eq!(tracks.len(), 1);
        assert!(tracks[0].claim.is_some() && DRONE.distance_m(&tracks[0]) < 8.0, "{:?}", tracks[0]);
        let claims = |seconds| vec![ais_report(MMSI, &FERRY, seconds)];
        let tracks = passage(&[FERRY], seed, claims, |seconds, tracks| {
            assert_eq!(alerts(tracks), BTreeSet::new(), "seed {seed}, {seconds} s");
        });
        assert_eq!(tracks.len(), 1);
        assert!(tracks[0].claim.is_some() && FERRY.distance_m(&tracks[0]) < 20.0, "{:?}", tracks[0]);
    }
}

#[test]
fn a_remote_id_that_walks_off_is_raised_and_does_not_drag_the_track() {
    let mut worst = 0.0f64;
    for seed in 0..8 {
        let mut raised = None;
        let lie = walking_off(&DRONE, 30.0, [3.5, 0.0]);
        let claims = |seconds| vec![remote_id_report("1581F5", if seconds < 30.0 { &DRONE } else { &lie }, seconds)];
        let tracks = flight(&[DRONE], seed, claims, |second, tracks| {
            if second >= 10 {
                let track = DRONE.nearest(tracks).unwrap();
                worst = worst.max(DRONE.distance_m(track));
                assert!(second >= 30 || track.alerts.is_empty(), "seed {seed}, second {second}");
            }
            if alerts(tracks).contains(&TrackAlert::RidSpoof) {
                raised = raised.or(Some(second - 30));
            }
        });
        assert!(raised.is_some_and(|after| after < 20), "seed {seed}: raised after {raised:?} s");
        let track = DRONE.nearest(&tracks).unwrap();
        assert_eq!((track.id.0, track.alerts.contains(&TrackAlert::RidSpoof)), (1, true), "seed {seed}");
        assert!(DRONE.distance_m(track) < 15.0, "seed {seed}: {} m off", DRONE.distance_m(track));
        assert_eq!(tracks.len(), 1, "seed {seed}: the lie is no drone");
    }
    assert!(worst < 40.0, "dragged {worst} m off");
}

#[test]
fn a_remote_id_whose_position_alone_walks_off_is_raised_too() {
    for seed in 0..8 {
        let mut raised = None;
        // It goes on reporting the velocity that the drone has.
        let lie = |seconds: f64| {
            let [e, n, u] = DRONE.from;
            Mover { from: [e + 3.5 * (seconds - 30.0).max(0.0), n, u], ..DRONE }
        };
        let claims = |seconds| vec![remote_id_report("1581F5", &lie(seconds), seconds)];
        let tracks = flight(&[DRONE], seed, claims, |second, tracks| {
            assert!(second >= 30 || alerts(tracks).is_empty(), "seed {seed}, second {second}");
            if alerts(tracks).contains(&TrackAlert::RidSpoof) {
                raised = raised.or(Some(second - 30));
            }
        });
        assert!(raised.is_some_and(|after| after < 20), "seed {seed}: raised after {raised:?} s");
        assert!(DRONE.distance_m(DRONE.nearest(&tracks).unwrap()) < 15.0, "seed {seed}");
    }
}

#[test]
fn an_honest_drone_may_turn_as_hard_as_it_likes() {
    let all = air();
    let (radar, receiver) = (&all[0], &all[4]);
    for seed in 0..10 {
        let (mut tracker, mut noise) = (tracker_of(&all), Noise::new(seed));
        for second in 0..150u32 {
            let seconds = f64::from(second);
            feed(
                &mut tracker,
                &scan(radar, seconds, vec![radar_plot(radar, &patrol(seconds), 1, seconds, &mut noise)]),
            );
            let heard = seconds + 0.4;
            feed(&mut tracker, &scan(receiver, heard, vec![remote_id_report("1581F5", &patrol(heard), heard)]));
            let tracks = believed(&tracker, heard);
            assert_eq!(alerts(&tracks), BTreeSet::new(), "seed {seed}, second {second}");
            assert!(second < 3 || tracks.len() == 1, "seed {seed}, second {second}");
        }
    }
}

#[test]
fn a_spoofed_ais_that_walks_off_is_raised_and_does_not_drag_the_track() {
    let mut worst = 0.0f64;
    for seed in 0..8 {
        let mut raised = None;
        let lie = walking_off(&FERRY, 100.0, [2.5, 2.45]);
        let claims = |seconds| vec![ais_report(MMSI, if seconds < 100.0 { &FERRY } else { &lie }, seconds)];
        let tracks = passage(&[FERRY], seed, claims, |seconds, tracks| {
            if seconds >= 30.0 {
                let track = FERRY.nearest(tracks).unwrap();
                worst = worst.max(FERRY.distance_m(track));
                assert!(seconds >= 100.0 || track.alerts.is_empty(), "seed {seed}, {seconds} s");
            }
            if alerts(tracks).contains(&TrackAlert::AisSpoof) {
                raised = raised.or(Some(seconds - 100.0));
            }
        });
        assert!(raised.is_some_and(|after| after < 60.0), "seed {seed}: raised after {raised:?} s");
        let track = FERRY.nearest(&tracks).unwrap();
        assert_eq!((track.id.0, track.alerts.contains(&TrackAlert::AisSpoof)), (1, true), "seed {seed}");
        assert!(FERRY.distance_m(track) < 30.0, "seed {seed}: {} m off", FERRY.distance_m(track));
    }
    assert!(worst < 100.0, "dragged {worst} m off");
}

#[test]
fn a_claim_that_jumps_is_raised_and_the_track_stays_where_the_radar_sees_it() {
    let elsewhere = Mover { from: [4000.0, 3000.0, 0.0], ..FERRY };
    let claims = |seconds| vec![ais_report(MMSI, if seconds < 100.0 { &FERRY } else { &elsewhere }, seconds)];
    let mut raised = None;
    passage(&[FERRY], 1, claims, |seconds, tracks| {
        if seconds >= 30.0 {
            let off_m = FERRY.distance_m(FERRY.nearest(tracks).unwrap());
            assert!(off_m < 60.0, "{seconds} s: {off_m} m off");
        }
        if !alerts(tracks).is_empty() {
            raised = raised.or(Some(seconds));
        }
    });
    assert!(raised.is_some_and(|at_s| (100.0..130.0).contains(&at_s)), "raised at {raised:?}");
}

#[test]
fn a_claim_that_jumps_is_raised_where_no_radar_looks_too() {
    let elsewhere = Mover { from: [4000.0, 3000.0, 0.0], ..FERRY };
    let claims = |seconds| vec![ais_report(MMSI, if seconds < 100.0 { &FERRY } else { &elsewhere }, seconds)];
    let mut raised = None;
    passage(&[], 1, claims, |seconds, tracks| {
        if !alerts(tracks).is_empty() {
            raised = raised.or(Some(seconds));
        }
    });
    assert!(raised.is_some_and(|at_s| (100.0..130.0).contains(&at_s)), "raised at {raised:?}");
}

#[test]
fn a_single_report_from_elsewhere_does_not_drag_a_vessel() {
    let elsewhere = Mover { from: [4000.0, 3000.0, 0.0], ..FERRY };
    for seen in [&[][..], &[FERRY]] {
        let is_wrong = |seconds: f64| (100.0..106.0).contains(&seconds);
        let claims = |seconds| vec![ais_report(MMSI, if is_wrong(seconds) { &elsewhere } else { &FERRY }, seconds)];
        passage(seen, 1, claims, |seconds, tracks| {
            if seconds >= 30.0 {
                let off_m = FERRY.distance_m(FERRY.nearest(tracks).unwrap());
                assert!(off_m < 60.0, "{} seen, {seconds} s: {off_m} m off", seen.len());
            }
        });
    }
}

#[test]
fn two_drones_under_one_identity_are_two_tracks_and_both_are_raised() {
    let other = Mover { from: [-900.0, 500.0, 80.0], velocity: [9.0, 3.0, 0.0] };
    let claims = |seconds| {
        let second = remote_id_report("1581F5", &other, seconds + 0.1);
        vec![remote_id_report("1581F5", &DRONE, seconds), second]
    };
    let tracks = flight(&[DRONE, other], 2, claims, |_, _| {});
    assert_eq!(tracks.len(), 2, "{tracks:?}");
    for drone in [DRONE, other] {
        let track = drone.nearest(&tracks).unwrap();
        assert!(drone.distance_m(track) < 20.0, "{track:?}");
        assert_eq!(track.alerts, BTreeSet::from([TrackAlert::DuplicateIdentity]));
    }
}

#[test]
fn two_vessels_under_one_identity_are_two_tracks_and_both_are_raised_whether_a_radar_sees_them_or_not() {
    let cutter = Mover { from: [-3000.0, 2500.0, 0.0], velocity: [5.0, 4.0, 0.0] };
    let claims = |seconds| vec![ais_report(MMSI, &FERRY, seconds), ais_report(MMSI, &cutter, seconds + 0.1)];
    for seen in [&[][..], &[FERRY, cutter]] {
        let tracks = passage(seen, 2, claims, |_, _| {});
        assert_eq!(tracks.len(), 2, "{} seen: {tracks:?}", seen.len());
        for vessel in [FERRY, cutter] {
            let track = vessel.nearest(&tracks).unwrap();
            assert!(vessel.distance_m(track) < 50.0, "{} seen: {track:?}", seen.len());
            assert_eq!(track.alerts, BTreeSet::from([TrackAlert::DuplicateIdentity]), "{} seen", seen.len());
        }
    }
}

#[test]
fn a_vessel_that_stops_claiming_while_the_radar_sees_it_is_raised_and_kept() {
    for seed in 0..5 {
        let claims = |seconds| match seconds {
            100.0..220.0 => vec![],
            _ => vec![ais_report(MMSI, &FERRY, seconds)],
        };
        let mut off = BTreeSet::new();
        passage(&[FERRY], seed, claims, |seconds, tracks| {
            if seconds >= 30.0 {
                assert_eq!(tracks.iter().map(|track| track.id.0).collect::<Vec<_>>(), [1], "seed {seed}, {seconds} s");
                assert!(tracks[0].claim.is_some() && FERRY.distance_m(&tracks[0]) < 60.0, "seed {seed}, {seconds} s");
            }
            if alerts(tracks).contains(&TrackAlert::AisOff) {
                off.insert(seconds as u32);
            }
        });
        let (first, last) = (*off.first().unwrap(), *off.last().unwrap());
        assert!((115..180).contains(&first), "seed {seed}: raised at {first} s");
        assert!((215..230).contains(&last), "seed {seed}: withdrawn at {last} s");
    }
}

#[test]
fn a_vessel_that_only_claims_may_fall_silent_without_an_alert() {
    let claims = |seconds| if seconds < 100.0 { vec![ais_report(MMSI, &FERRY, seconds)] } else { vec![] };
    passage(&[], 1, claims, |seconds, tracks| assert_eq!(alerts(tracks), BTreeSet::new(), "{seconds} s"));
}

#[test]
fn a_claim_alone_confirms_nothing_that_flies() {
    // One within the radar's view, where the radar sees nothing; one beyond it.
    for from in [[1200.0, -600.0, 80.0], [9000.0, 4000.0, 80.0]] {
        let ghost = Mover { from, ..DRONE };
        flight(
            &[],
            1,
            |seconds| vec![remote_id_report("GHOST", &ghost, seconds)],
            |second, tracks| {
                let status: Vec<TrackStatus> = tracks.iter().map(|track| track.status).collect();
                let tentative = status.iter().all(|status| *status == TrackStatus::Tentative);
                assert!(tentative && status.len() <= 1, "second {second}: {status:?}");
            },
        );
    }
}

#[test]
fn a_drone_that_falls_silent_is_kept_by_the_radar_under_its_number() {
    let claims = |seconds| if seconds < 50.0 { vec![remote_id_report("1581F5", &DRONE, seconds)] } else { vec![] };
    flight(&[DRONE], 3, claims, |second, tracks| {
        assert!(second < 3 || tracks.iter().map(|track| track.id.0).eq([1]), "second {second}: {tracks:?}");
        assert!(second < 3 || tracks[0].status == TrackStatus::Confirmed, "second {second}: {tracks:?}");
    });
}
