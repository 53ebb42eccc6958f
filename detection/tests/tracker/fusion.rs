//! Several sensors of different kinds see the same targets.

use telemetry::messages::{SensorDescription, SensorKind, Track};

use crate::scene::{Mover, Noise, bearing, believed, clutter, feed, place, radar_plot, scan, sensor, tracker_of};

const DRONES: [Mover; 3] = [
    Mover { from: [700.0, -400.0, 80.0], velocity: [-10.0, 9.0, 0.2] },
    Mover { from: [-500.0, -300.0, 110.0], velocity: [12.0, 3.0, -0.3] },
    Mover { from: [-600.0, -700.0, 100.0], velocity: [-4.0, 13.0, 0.0] },
];

/// A minute of the drones under two radars and a direction finder, nine of ten seen, among clutter: what is believed
/// each second.
fn minute(seed: u64, mut each: impl FnMut(u32, &[Track])) {
    let sensors: [SensorDescription; 3] = [
        sensor("radar", SensorKind::Radar, place(100.0, -50.0, 10.0)),
        sensor("radar-2", SensorKind::Radar, place(-400.0, 350.0, 5.0)),
        sensor("finder", SensorKind::RfDirectionFinder, place(300.0, 600.0, 8.0)),
    ];
    let (mut tracker, mut noise) = (tracker_of(&sensors), Noise::new(seed));
    for second in 0..60u32 {
        for (sensor, phase) in sensors.iter().zip([0.0, 0.3, 0.5]) {
            let seconds = f64::from(second) + phase;
            let is_radar = sensor.kind == SensorKind::Radar;
            let mut seen = Vec::new();
            for (id, drone) in (0..).zip(&DRONES) {
                if noise.uniform() < 0.9 {
                    seen.push(match is_radar {
                        true => radar_plot(sensor, drone, id, seconds, &mut noise),
                        false => bearing(sensor, drone, (id, 1.0), seconds, &mut noise),
                    });
                }
            }
            let false_plots = if is_radar { 10..13 } else { 10..10 };
            seen.extend(false_plots.map(|id| clutter(sensor, id, seconds, &mut noise)));
            feed(&mut tracker, &scan(sensor, seconds, seen));
        }
        each(second, &believed(&tracker, f64::from(second) + 0.5));
    }
}

#[test]
fn drones_that_several_sensors_see_are_one_track_each() {
    for seed in 0..6 {
        minute(seed, |second, tracks| {
            let numbers: Vec<u64> = tracks.iter().map(|track| track.id.0).collect();
            assert!(second < 5 || numbers.len() == 3, "seed {seed}, second {second}: {numbers:?}");
            for drone in DRONES.iter().filter(|_| second >= 5) {
                let off_m = drone.distance_m(drone.nearest(tracks).unwrap());
                assert!(off_m < 20.0, "seed {seed}, second {second}: {off_m} m off");
            }
        });
    }
}

#[test]
fn the_stated_uncertainty_is_the_error_s() {
    let (mut all, mut held, mut sum, mut metres) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..12 {
        minute(seed, |second, tracks| {
            for drone in DRONES.iter().filter(|_| second >= 5) {
                let track = drone.nearest(tracks).unwrap();
                let error = drone.normalised_error(track);
                all += 1.0;
                sum += error;
                metres += drone.distance_m(track).powi(2);
                // 95 % of χ² with three degrees of freedom.
                held += f64::from(error < 7.815);
            }
        });
    }
    let (held, mean) = (held / all, sum / all / 3.0);
    assert!((0.90..=0.995).contains(&held), "the 95 % ellipsoid holds the truth {held} of the time");
    assert!((0.5..=1.3).contains(&mean), "the normalised error squared is {mean} of what it should be");
}
