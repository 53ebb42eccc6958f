//! Drones and birds under a radar.

use telemetry::messages::{Measurement, TargetClass, TrackStatus};
use telemetry::{Azimuth, SiteFrame};

use crate::scene::{
    Mover, Noise, at, believed, datum, detection, feed, place, radar_plot, scan, sensor, sensors, share, tracker,
};
use telemetry::messages::SensorKind;

const DRONE: Mover = Mover { from: [1500.0, -400.0, 60.0], velocity: [-12.0, 9.0, 0.0] };

#[test]
fn a_drone_is_confirmed_at_its_third_plot_and_held() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(1));
    let radar = &sensors()[0];
    for second in 0..40u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &DRONE, second.into(), seconds, &mut noise)]));
        let believed = believed(&tracker, seconds);
        assert_eq!(believed.len(), usize::from(second >= 2), "second {second}");
        for track in believed.iter().filter(|_| second > 5) {
            let error_m = track.position.distance_m(DRONE.position(seconds));
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
fn a_drone_over_the_water_is_believed_to_be_one_and_birds_never_are() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(2));
    let radar = &sensors()[0];
    let bird = |n: f64| Mover { from: [800.0 + 200.0 * n, 1500.0, 40.0], velocity: [10.0, -4.0, 0.0] };
    for second in 0..30u32 {
        let seconds = f64::from(second);
        let mut plots = vec![radar_plot(radar, &DRONE, 0, seconds, &mut noise)];
        plots[0].drone_llr = Some(1.0 + noise.normal() as f32 * 0.3);
        for n in 0..4 {
            let mut plot = radar_plot(radar, &bird(f64::from(n)), 1 + n as u64, seconds, &mut noise);
            plot.drone_llr = Some(-1.0 + noise.normal() as f32 * 0.3);
            plots.push(plot);
        }
        feed(&mut tracker, &scan(radar, seconds, plots));
        for track in tracker.tracks(at(seconds)) {
            let is_drone = track.position.distance_m(DRONE.position(seconds)) < 100.0;
            let likeliest = track.classification.likeliest();
            assert!(is_drone || likeliest != TargetClass::Drone, "second {second}: a bird taken for a drone");
            assert!(!is_drone || second < 5 || share(&track, TargetClass::Drone) >= 0.7, "second {second}: {track:?}");
        }
    }
    let birds = believed(&tracker, 29.0);
    let birds = birds.iter().filter(|track| track.classification.likeliest() == TargetClass::Bird);
    assert_eq!(birds.count(), 4);
}

#[test]
fn a_target_far_from_the_datum_has_its_true_height() {
    // 45 km off, the tangent plane at the datum stands 160 m above the water.
    let radar = sensor("radar", SensorKind::Radar, place(31_000.0, 33_000.0, 20.0));
    let drone = Mover { from: [32_000.0, 33_500.0, 80.0], velocity: [10.0, 5.0, 0.0] };
    let config = detection::tracker::TrackerConfig::new(datum(), datum().height(), vec![radar.clone()]);
    let (mut tracker, mut noise) = (detection::tracker::Tracker::new(config), Noise::new(3));
    for second in 0..20u32 {
        let seconds = f64::from(second);
        feed(
            &mut tracker,
            &scan(&radar, seconds, vec![radar_plot(&radar, &drone, second.into(), seconds, &mut noise)]),
        );
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
    let bearing = |seconds: f64| {
        let seen = SiteFrame::new(finder.position).enu(DRONE.position(seconds));
        let azimuth = Azimuth::from_radians(seen.azimuth().radians());
        detection(7, seconds, Measurement::Azimuth { azimuth, sigma: 0.005 })
    };
    for second in 0..3u32 {
        feed(&mut tracker, &scan(finder, f64::from(second), vec![bearing(f64::from(second))]));
    }
    assert_eq!(tracker.tracks(at(3.0)), []);
    assert_eq!(tracker.metrics().unused, 3);
    for second in 3..12u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &DRONE, second.into(), seconds, &mut noise)]));
    }
    let before = believed(&tracker, 11.5)[0].horizontal_sigma_m();
    feed(&mut tracker, &scan(finder, 11.5, vec![bearing(11.5)]));
    let track = &believed(&tracker, 11.5)[0];
    assert!(track.horizontal_sigma_m() < before);
    assert_eq!(track.measured_by.len(), 2);
}

#[test]
fn a_drone_that_stays_away_is_dropped_soon_where_the_radar_looks_and_late_where_it_does_not() {
    let lost_after = |seconds_unseen: &dyn Fn(f64) -> Option<[f64; 2]>| {
        let (mut tracker, mut noise) = (tracker(), Noise::new(5));
        let radar = &sensors()[0];
        for second in 0..10u32 {
            let seconds = f64::from(second);
            let plot = radar_plot(radar, &DRONE, second.into(), seconds, &mut noise);
            feed(&mut tracker, &scan(radar, seconds, vec![plot]));
        }
        for second in 10..60u32 {
            let seconds = f64::from(second);
            let mut empty = scan(radar, seconds, vec![]);
            empty.sector = seconds_unseen(seconds).map(|[from, to]| telemetry::messages::AzimuthSector {
                from: Azimuth::from_degrees(from),
                to: Azimuth::from_degrees(to),
            });
            feed(&mut tracker, &empty);
            if believed(&tracker, seconds).is_empty() {
                let last = tracker.take_dropped();
                let last: Vec<_> = last.iter().filter(|track| track.first_seen_at == at(0.0)).collect();
                assert_eq!((last.len(), last[0].status), (1, TrackStatus::Dropped));
                return second - 9;
            }
            assert!(second < 12 || believed(&tracker, seconds)[0].status == TrackStatus::Coasting);
        }
        panic!("never dropped");
    };
    let looked = lost_after(&|_| None);
    let not_looked = lost_after(&|_| Some([180.0, 270.0]));
    assert!((4..=8).contains(&looked), "{looked} s where the radar looks");
    assert!((18..=25).contains(&not_looked), "{not_looked} s where it does not");
}

#[test]
fn crossing_drones_keep_their_tracks() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(6));
    let radar = &sensors()[0];
    let one = Mover { from: [900.0, -300.0, 60.0], velocity: [0.0, 15.0, 0.0] };
    let two = Mover { from: [600.0, 0.0, 62.0], velocity: [15.0, 0.0, 0.0] };
    let mut first_ids = Vec::new();
    for second in 0..40u32 {
        let seconds = f64::from(second);
        let plots =
            vec![radar_plot(radar, &one, 1, seconds, &mut noise), radar_plot(radar, &two, 2, seconds, &mut noise)];
        feed(&mut tracker, &scan(radar, seconds, plots));
        if second == 10 || second == 39 {
            let nearest = |mover: &Mover| {
                let tracks = believed(&tracker, seconds);
                assert_eq!(tracks.len(), 2);
                let off = |track: &telemetry::messages::Track| track.position.distance_m(mover.position(seconds));
                tracks.iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap().id
            };
            first_ids.push((nearest(&one), nearest(&two)));
        }
    }
    assert_eq!(first_ids[0], first_ids[1]);
}

#[test]
fn an_older_scan_still_helps_and_one_too_old_does_no_harm() {
    let all = sensors();
    let second_radar = sensor("radar-2", SensorKind::Radar, place(400.0, 0.0, 20.0));
    let config = detection::tracker::TrackerConfig::new(datum(), datum().height(), {
        let mut sensors = all.clone();
        sensors.push(second_radar.clone());
        sensors
    });
    let (mut tracker, mut noise) = (detection::tracker::Tracker::new(config), Noise::new(8));
    for second in 0..10u32 {
        let seconds = f64::from(second);
        let plot = radar_plot(&all[0], &DRONE, second.into(), seconds, &mut noise);
        feed(&mut tracker, &scan(&all[0], seconds, vec![plot]));
    }
    let before = believed(&tracker, 9.0)[0].clone();
    let late = |seconds: f64, noise: &mut Noise| {
        scan(&second_radar, seconds, vec![radar_plot(&second_radar, &DRONE, 99, seconds, noise)])
    };
    let report = tracker.step(at(9.3), &late(8.2, &mut noise));
    assert_eq!((report.associated, report.out_of_sequence, report.initiated), (1, 1, 0));
    let after = believed(&tracker, 9.0)[0].clone();
    assert!(after.horizontal_sigma_m() < before.horizontal_sigma_m());
    assert!(after.position.distance_m(DRONE.position(9.0)) < 30.0);
    assert_eq!(after.updated_at, before.updated_at, "it measures the past");
    let report = tracker.step(at(9.4), &late(5.0, &mut noise));
    assert_eq!((report.associated, report.late, report.initiated), (0, 1, 0));
    assert_eq!(believed(&tracker, 9.0)[0].position, after.position);
}

#[test]
fn a_scan_that_comes_twice_counts_once() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(9));
    let radar = &sensors()[0];
    let once = scan(radar, 0.0, vec![radar_plot(radar, &DRONE, 1, 0.0, &mut noise)]);
    for _ in 0..5 {
        feed(&mut tracker, &once);
    }
    assert_eq!((tracker.metrics().initiated, tracker.metrics().repeated), (1, 4));
    assert_eq!(believed(&tracker, 0.0), []);
}
