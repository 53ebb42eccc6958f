//! Sensors that measure no range: direction finders, cameras on moving platforms, acoustic arrays.

use telemetry::messages::{AzimuthSector, Detection, PoseSigma, SensorDescription, SensorKind, SensorScan, Track};
use telemetry::{Azimuth, Enu};

use crate::scene::{
    Mover, Noise, at, bearing, believed, direction, feed, heard, place, radar_plot, scan, sensor, tracker_of,
};

/// Three direction finders, 1.5° noisy, in a triangle of two kilometres.
fn finders() -> Vec<SensorDescription> {
    let corners = [[-1000.0, -600.0], [1000.0, -600.0], [0.0, 1100.0]];
    let finder = |(n, [e, north]): (usize, [f64; 2])| {
        sensor(&format!("finder-{n}"), SensorKind::RfDirectionFinder, place(e, north, 15.0))
    };
    corners.into_iter().enumerate().map(finder).collect()
}

/// What is believed each second under the direction finders alone; they look one after the other.
fn heard_by_finders(drones: &[Mover], seconds: u32, seed: u64, mut each: impl FnMut(u32, &[Track])) {
    let finders = finders();
    let (mut tracker, mut noise) = (tracker_of(&finders), Noise::new(seed));
    for second in 0..seconds {
        for (finder, phase) in finders.iter().zip([0.0, 0.3, 0.7]) {
            let seconds = f64::from(second) + phase;
            let mut seen: Vec<Detection> = Vec::new();
            for (id, drone) in (0..).zip(drones) {
                if noise.uniform() < 0.9 {
                    seen.push(bearing(finder, drone, (id, 1.5), seconds, &mut noise));
                }
            }
            feed(&mut tracker, &scan(finder, seconds, seen));
        }
        each(second, &believed(&tracker, f64::from(second) + 0.8));
    }
}

/// How far off in the level plane: bearings say nothing of height.
fn level_m(drone: &Mover, track: &Track) -> f64 {
    let truth = drone.position(track.estimated_at.seconds_since(at(0.0)));
    telemetry::SiteFrame::new(truth).enu(track.position).horizontal_m()
}

#[test]
fn three_direction_finders_start_and_hold_a_drone_that_no_radar_sees() {
    let drone = Mover { from: [300.0, 100.0, 90.0], velocity: [-9.0, 5.0, 0.0] };
    for seed in 0..8 {
        let mut first = None;
        heard_by_finders(&[drone], 60, seed, |second, tracks| {
            if !tracks.is_empty() {
                first = first.or(Some(second));
            }
            assert!(tracks.len() <= 1, "seed {seed}, second {second}: {}", tracks.len());
            if second > 20 {
                let off_m = level_m(&drone, &tracks[0]);
                assert!(off_m < 80.0, "seed {seed}, second {second}: {off_m} m off");
            }
        });
        assert!(first.is_some_and(|first| first < 15), "seed {seed}: first at {first:?}");
    }
}

#[test]
fn three_drones_under_three_direction_finders_are_three_tracks_and_no_ghosts() {
    let drones = [
        Mover { from: [300.0, 100.0, 90.0], velocity: [-9.0, 5.0, 0.0] },
        Mover { from: [-500.0, 250.0, 70.0], velocity: [12.0, -8.0, 0.0] },
        Mover { from: [100.0, -400.0, 110.0], velocity: [4.0, 11.0, 0.0] },
    ];
    let (mut ghosts, mut missing, mut all) = (0, 0, 0);
    for seed in 0..8 {
        heard_by_finders(&drones, 60, seed, |second, tracks| {
            let near = |track: &Track| drones.iter().any(|drone| level_m(drone, track) < 150.0);
            if second >= 20 {
                ghosts += tracks.iter().filter(|track| !near(track)).count();
            }
            let found = |drone: &&Mover| tracks.iter().any(|track| level_m(drone, track) < 150.0);
            if second >= 20 {
                all += 3;
                missing += 3 - drones.iter().filter(found).count();
            }
            assert!(second < 59 || tracks.len() == 3, "seed {seed}: {} tracks", tracks.len());
        });
    }
    assert_eq!(ghosts, 0);
    assert!(missing * 20 <= all, "{missing} of {all}");
}

/// Something that a radar, seven looks of ten seen, and a second sensor look at for a minute; how far off the track is each
/// second, metres east, north and up, and by how many of its deviations, squared.
fn with_radar(
    mover: &Mover,
    other: &SensorDescription,
    mut look: impl FnMut(f64, &mut Noise) -> SensorScan,
    noise: &mut Noise,
) -> Vec<(Enu, f64)> {
    let mut radar = sensor("radar", SensorKind::Radar, place(-1600.0, -1100.0, 20.0));
    radar.detection_probability = 0.7;
    let mut tracker = tracker_of(&[radar.clone(), other.clone()]);
    let mut off = Vec::new();
    for second in 0..60u32 {
        let seconds = f64::from(second);
        let seen = noise.uniform() < 0.7;
        let plots = if seen { vec![radar_plot(&radar, mover, 1, seconds, noise)] } else { vec![] };
        feed(&mut tracker, &scan(&radar, seconds, plots));
        for part in [0.2, 0.7] {
            feed(&mut tracker, &look(seconds + part, noise));
        }
        let tracks = tracker.tracks(at(seconds + 0.7));
        if second >= 15 {
            let track = mover.nearest(&tracks).unwrap();
            let truth = telemetry::SiteFrame::new(mover.position(seconds + 0.7));
            let error = truth.enu(track.position);
            let [ee, en, eu, _, _, _, nn, nu, _, _, _, uu, ..] = track.covariance.map(f64::from);
            let covariance = nalgebra::Matrix3::new(ee, en, eu, en, nn, nu, eu, nu, uu);
            let inverse = covariance.try_inverse().unwrap();
            off.push((error, error.vector().dot(&(inverse * error.vector()))));
        }
    }
    off
}

fn rms_m(off: &[(Enu, f64)]) -> f64 {
    (off.iter().map(|(off, _)| off.range_m().powi(2)).sum::<f64>() / off.len() as f64).sqrt()
}

#[test]
fn a_camera_on_a_drone_that_knows_its_place_to_a_few_metres_helps_a_radar() {
    let drone = Mover { from: [100.0, -300.0, 90.0], velocity: [4.0, 11.0, 0.0] };
    let mut camera = sensor("camera", SensorKind::Camera, place(300.0, 0.0, 60.0));
    camera.performance.pose_sigma = Some(PoseSigma { horizontal_m: 3.0, vertical_m: 2.0, correlation_s: 120.0 });
    let all_round = AzimuthSector { from: Azimuth::from_degrees(180.0), to: Azimuth::from_degrees(360.0) };
    let (mut alone, mut helped) = (Vec::new(), Vec::new());
    for seed in 0..40 {
        let blind = |seconds: f64, _: &mut Noise| SensorScan {
            sector: Some(AzimuthSector { from: Azimuth::from_degrees(80.0), to: Azimuth::from_degrees(100.0) }),
            ..scan(&camera, seconds, vec![])
        };
        alone.extend(with_radar(&drone, &camera, blind, &mut Noise::new(seed)));
        // The pose is off by as much for a while, as a satellite receiver's is.
        let platform = Mover { from: [320.0, -250.0, 60.0], velocity: [3.0, 9.0, 0.0] };
        let mut noise = Noise::new(seed);
        let wrong = [3.0 * noise.normal(), 3.0 * noise.normal(), 2.0 * noise.normal()];
        let look = |seconds: f64, noise: &mut Noise| {
            let said = Mover { from: std::array::from_fn(|axis| platform.from[axis] + wrong[axis]), ..platform };
            let seen = direction(platform.position(seconds), &drone, (1, 0.15), seconds, noise);
            SensorScan { origin: said.position(seconds), sector: Some(all_round), ..scan(&camera, seconds, vec![seen]) }
        };
        helped.extend(with_radar(&drone, &camera, look, &mut noise));
    }
    // The 95 % of a chi-square with three degrees of freedom.
    let holds = helped.iter().filter(|(_, deviations)| *deviations < 7.815).count() as f64 / helped.len() as f64;
    let (alone, helped) = (rms_m(&alone), rms_m(&helped));
    assert!(helped < 0.8 * alone, "{helped} m with the camera, {alone} m without");
    assert!(helped < 8.0, "{helped} m");
    assert!((0.90..=0.98).contains(&holds), "the 95 % ellipsoid holds {holds}");
}

#[test]
fn an_acoustic_array_that_states_the_speed_of_sound_does_not_drag_a_fast_target_back() {
    let drone = Mover { from: [-900.0, 150.0, 90.0], velocity: [26.0, 0.0, 0.0] };
    let lag = |sound_speed_m_s: Option<f64>| {
        let mut array = sensor("array", SensorKind::Acoustic, place(0.0, 0.0, 3.0));
        array.performance.sound_speed_m_s = sound_speed_m_s;
        let mut along = Vec::new();
        for seed in 0..10 {
            let look = |seconds: f64, noise: &mut Noise| {
                let near = drone.position(seconds).distance_m(array.position) < 500.0;
                let seen = if near { vec![heard(&array, &drone, (1, 1.0), seconds, noise)] } else { vec![] };
                scan(&array, seconds, seen)
            };
            // Between 20 s and 50 s it passes the array.
            let off = with_radar(&drone, &array, look, &mut Noise::new(seed));
            along.extend(off[8..33].iter().map(|(off, _)| off.east_m));
        }
        along.iter().sum::<f64>() / along.len() as f64
    };
    let (modelled, ignored) = (lag(Some(340.0)), lag(None));
    assert!(modelled.abs() < 2.0, "{modelled} m along the course");
    assert!(ignored < -3.0 * modelled.abs(), "{ignored} m where the delay is ignored");
}
