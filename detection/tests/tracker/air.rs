//! Drones under a radar: when they are believed, how well, and what becomes of those that are no longer seen.

use telemetry::Azimuth;
use telemetry::messages::{AzimuthSector, Resolution, SensorKind, TrackStatus};

use crate::scene::{
    Mover, Noise, at, bearing, believed, clutter, feed, patrol, place, radar_plot, scan, sensor, sensors, tracker,
    tracker_of,
};

const DRONE: Mover = Mover { from: [1500.0, -400.0, 60.0], velocity: [-12.0, 9.0, 0.0] };

#[test]
fn a_drone_is_confirmed_by_its_third_plot_and_held() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(1));
    let radar = &sensors()[0];
    for second in 0..40u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &DRONE, second.into(), seconds, &mut noise)]));
        let believed = believed(&tracker, seconds);
        assert!(second > 0 || believed.is_empty(), "one plot may be anything");
        assert!(second < 2 || believed.len() == 1, "second {second}");
        for track in believed.iter().filter(|_| second > 5) {
            let error_m = DRONE.distance_m(track);
            assert!(error_m < 30.0, "second {second}: {error_m} m off");
        }
    }
    let track = &believed(&tracker, 39.0)[0];
    assert_eq!((track.id.0, track.status), (1, TrackStatus::Confirmed));
    assert!((track.velocity.vector() - DRONE.velocity().vector()).norm() < 5.0);
    assert!(track.horizontal_sigma_m() < 15.0);
    assert_eq!(track.first_seen_at, at(0.0));
}

#[test]
fn clutter_alone_is_no_drone() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(7));
    let radar = &sensors()[0];
    for second in 0..120u32 {
        let seconds = f64::from(second);
        let plots = (0..3).map(|id| clutter(radar, id, seconds, &mut noise)).collect();
        feed(&mut tracker, &scan(radar, seconds, plots));
        assert_eq!(believed(&tracker, seconds), [], "second {second}");
    }
}

#[test]
fn a_target_far_from_the_datum_has_its_true_height() {
    // 45 km off, the tangent plane at the datum stands 160 m above the water.
    let radar = sensor("radar", SensorKind::Radar, place(31_000.0, 33_000.0, 20.0));
    let drone = Mover { from: [32_000.0, 33_500.0, 80.0], velocity: [10.0, 5.0, 0.0] };
    let (mut tracker, mut noise) = (tracker_of(std::slice::from_ref(&radar)), Noise::new(3));
    for second in 0..20u32 {
        let seconds = f64::from(second);
        let plot = radar_plot(&radar, &drone, second.into(), seconds, &mut noise);
        feed(&mut tracker, &scan(&radar, seconds, vec![plot]));
    }
    let track = &believed(&tracker, 19.0)[0];
    let height_m = track.position.height().metres - drone.position(19.0).height().metres;
    assert!(height_m.abs() < 15.0, "{height_m} m off");
    assert!((track.velocity.vector() - drone.velocity().vector()).norm() < 5.0, "{:?}", track.velocity);
}

#[test]
fn a_bearing_starts_no_track_and_sharpens_one_that_is_there() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(4));
    let all = sensors();
    let (radar, finder) = (&all[0], &all[3]);
    for second in 0..3u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(finder, seconds, vec![bearing(finder, &DRONE, (7, 0.3), seconds, &mut noise)]));
    }
    assert_eq!(tracker.tracks(at(3.0)), []);
    for second in 3..12u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &DRONE, second.into(), seconds, &mut noise)]));
    }
    let before = believed(&tracker, 11.5)[0].horizontal_sigma_m();
    feed(&mut tracker, &scan(finder, 11.5, vec![bearing(finder, &DRONE, (7, 0.3), 11.5, &mut noise)]));
    let track = &believed(&tracker, 11.5)[0];
    assert!(track.horizontal_sigma_m() < before);
    assert_eq!(track.measured_by.len(), 2);
}

/// When a drone seen for ten seconds is no longer believed, and when its track is dropped, in seconds after its last
/// plot; the radar goes on looking at a sector, or all round.
fn lost_after(sector: Option<[f64; 2]>) -> (u32, u32) {
    let (mut tracker, mut noise) = (tracker(), Noise::new(5));
    let radar = &sensors()[0];
    for second in 0..10u32 {
        let seconds = f64::from(second);
        let plot = radar_plot(radar, &DRONE, second.into(), seconds, &mut noise);
        feed(&mut tracker, &scan(radar, seconds, vec![plot]));
    }
    let mut believed_until = None;
    for second in 10..90u32 {
        let seconds = f64::from(second);
        let mut empty = scan(radar, seconds, vec![]);
        empty.sector =
            sector.map(|[from, to]| AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) });
        feed(&mut tracker, &empty);
        match believed(&tracker, seconds).first() {
            Some(track) if second >= 13 => assert_eq!(track.status, TrackStatus::Coasting, "second {second}"),
            Some(_) => {}
            None => believed_until = believed_until.or(Some(second - 9)),
        }
        let last = tracker.take_dropped();
        if let Some(track) = last.iter().find(|track| track.first_seen_at == at(0.0)) {
            assert_eq!((track.id.0, track.status, last.len()), (1, TrackStatus::Dropped, 1));
            return (believed_until.unwrap_or(second - 9), second - 9);
        }
    }
    panic!("never dropped");
}

#[test]
fn a_drone_that_stays_away_fades_sooner_where_the_radar_looks_than_where_it_does_not() {
    let (looked, looked_dropped) = lost_after(None);
    let (not_looked, not_looked_dropped) = lost_after(Some([180.0, 270.0]));
    assert!((2..=8).contains(&looked), "believed for {looked} s where the radar looks");
    assert!(looked < not_looked, "{looked} s and {not_looked} s");
    assert!(looked_dropped <= 41 && not_looked_dropped <= 41, "{looked_dropped} s and {not_looked_dropped} s");
}

#[test]
fn a_drone_hidden_for_ten_seconds_comes_back_under_its_number() {
    for seed in 0..10 {
        let (mut tracker, mut noise) = (tracker(), Noise::new(seed));
        let radar = &sensors()[0];
        let mut hidden_shown = 0;
        for second in 0..45u32 {
            let seconds = f64::from(second);
            let hidden = (20..30).contains(&second);
            let plots = if hidden { vec![] } else { vec![radar_plot(radar, &DRONE, 1, seconds, &mut noise)] };
            feed(&mut tracker, &scan(radar, seconds, plots));
            let tracks = tracker.tracks(at(seconds));
            let track = DRONE.nearest(&tracks).unwrap();
            assert_eq!(track.id.0, 1, "seed {seed}, second {second}");
            // Whoever is sent to where a track is shown finds the target.
            if hidden && track.status != TrackStatus::Tentative {
                hidden_shown += 1;
                assert!(track.horizontal_sigma_m() < 50.0, "seed {seed}, second {second}: {track:?}");
                assert!(second < 23 || track.status == TrackStatus::Coasting, "seed {seed}, second {second}");
            }
            if second > 31 {
                assert_eq!(track.status, TrackStatus::Confirmed, "seed {seed}, second {second}");
                assert!(DRONE.distance_m(track) < 30.0, "seed {seed}, second {second}");
            }
        }
        assert!((1..10).contains(&hidden_shown), "seed {seed}: shown for {hidden_shown} s of its absence");
        assert_eq!(believed(&tracker, 44.0).len(), 1, "seed {seed}");
    }
}

#[test]
fn a_drone_that_turns_with_five_metres_a_second_squared_keeps_its_track() {
    for seed in 0..10 {
        let (mut tracker, mut noise) = (tracker(), Noise::new(seed));
        let radar = &sensors()[0];
        for second in 0..150u32 {
            let seconds = f64::from(second);
            let drone = patrol(seconds);
            feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &drone, 1, seconds, &mut noise)]));
            let tracks = believed(&tracker, seconds);
            if second > 3 {
                let numbers: Vec<u64> = tracks.iter().map(|track| track.id.0).collect();
                assert_eq!(numbers, [1], "seed {seed}, second {second}");
                let off_m = drone.distance_m(&tracks[0]);
                assert!(off_m < 30.0, "seed {seed}, second {second}: {off_m} m off");
            }
        }
    }
}

#[test]
fn crossing_drones_keep_their_numbers() {
    let one = Mover { from: [900.0, -300.0, 60.0], velocity: [0.0, 15.0, 0.0] };
    let two = Mover { from: [600.0, 0.0, 62.0], velocity: [15.0, 0.0, 0.0] };
    for seed in 0..10 {
        let (mut tracker, mut noise) = (tracker(), Noise::new(seed));
        let radar = &sensors()[0];
        let mut numbers = Vec::new();
        for second in 0..40u32 {
            let seconds = f64::from(second);
            let plots =
                vec![radar_plot(radar, &one, 1, seconds, &mut noise), radar_plot(radar, &two, 2, seconds, &mut noise)];
            feed(&mut tracker, &scan(radar, seconds, plots));
            if second == 10 || second == 39 {
                let tracks = believed(&tracker, seconds);
                assert_eq!(tracks.len(), 2, "seed {seed}, second {second}");
                numbers.push([one, two].map(|mover| mover.nearest(&tracks).unwrap().id));
            }
        }
        assert_eq!(numbers[0], numbers[1], "seed {seed}");
    }
}

#[test]
fn two_drones_that_are_one_plot_for_a_while_both_live_to_part_again() {
    let resolution = Resolution { range_m: 8.0, azimuth_rad: 0.0314, elevation_rad: 0.07 };
    // The second overtakes the first on the line of sight: for thirteen seconds they are in one cell.
    let one = Mover { from: [500.0, 0.0, 60.0], velocity: [14.0, 0.0, 0.0] };
    let two = Mover { from: [475.0, 3.0, 63.0], velocity: [15.25, 0.0, 0.0] };
    let both = Mover { from: [487.5, 1.5, 61.5], velocity: [14.625, 0.0, 0.0] };
    for seed in 0..10 {
        let mut radar = sensors()[0].clone();
        radar.performance.resolution = Some(resolution);
        let (mut tracker, mut noise) = (tracker_of(std::slice::from_ref(&radar)), Noise::new(seed));
        for second in 0..45u32 {
            let seconds = f64::from(second);
            let merged = (25.0 - 1.25 * seconds).abs() < resolution.range_m;
            let seen: &[Mover] = if merged { &[both] } else { &[one, two] };
            let plot = |(id, mover)| radar_plot(&radar, mover, id, seconds, &mut noise);
            let plots = (0..).zip(seen).map(plot).collect();
            feed(&mut tracker, &scan(&radar, seconds, plots));
            if second > 32 {
                let tracks = believed(&tracker, seconds);
                let numbers: Vec<u64> = tracks.iter().map(|track| track.id.0).collect();
                assert_eq!(numbers, [1, 2], "seed {seed}, second {second}");
                let nearest = [one, two].map(|mover| mover.nearest(&tracks).unwrap());
                assert!(second < 42 || nearest[0].id != nearest[1].id, "seed {seed}, second {second}");
                for (mover, track) in [one, two].iter().zip(nearest) {
                    let off_m = mover.distance_m(track);
                    assert!(off_m < 30.0, "seed {seed}, second {second}: {off_m} m off");
                }
            }
        }
    }
}
