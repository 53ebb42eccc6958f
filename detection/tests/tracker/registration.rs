//! What the tracker finds of its sensors' constant errors.

use detection::tracker::Tracker;
use telemetry::messages::{BiasSigma, Registration, SensorDescription, SensorKind};

use crate::scene::{
    Mover, Noise, at, believed, feed, off_by, place, radar_plot, remote_id_receiver, remote_id_report, scan, sensor,
    tracker_of,
};

/// The drone that sends Remote ID, and one that does not.
const COOPERATIVE: Mover = Mover { from: [900.0, -700.0, 90.0], velocity: [-5.0, 14.0, 0.0] };
const SILENT: Mover = Mover { from: [-700.0, 900.0, 70.0], velocity: [15.0, -6.0, 0.0] };

fn claimed(azimuth_deg: f64) -> Option<BiasSigma> {
    Some(BiasSigma { range_m: 1.0, azimuth_rad: azimuth_deg.to_radians(), elevation_rad: 0.001, time_s: 0.0 })
}

/// A good radar, one that may be off north, and a receiver of Remote ID.
fn site(second_claims_deg: f64) -> [SensorDescription; 3] {
    let mut good = sensor("good", SensorKind::Radar, place(0.0, 0.0, 20.0));
    let mut askew = sensor("askew", SensorKind::Radar, place(-600.0, -400.0, 15.0));
    good.performance.bias_sigma = claimed(0.05);
    askew.performance.bias_sigma = claimed(second_claims_deg);
    [good, askew, remote_id_receiver()]
}

/// A minute in which the second radar stands so many degrees off; `each` is called every second.
fn minute(sensors: &[SensorDescription], off_deg: f64, seed: u64, mut each: impl FnMut(f64, &Tracker)) -> Tracker {
    let (mut tracker, mut noise) = (tracker_of(sensors), Noise::new(seed));
    for second in 0..60u32 {
        for (sensor, phase) in sensors.iter().zip([0.0, 0.35, 0.7]) {
            let seconds = f64::from(second) + phase;
            let seen = match sensor.kind {
                SensorKind::Radar => {
                    let off_deg = if sensor.id == sensors[1].id { off_deg } else { 0.0 };
                    let plot = |(id, drone)| off_by(radar_plot(sensor, drone, id, seconds, &mut noise), off_deg);
                    (0..).zip(&[COOPERATIVE, SILENT]).map(plot).collect()
                }
                _ => vec![remote_id_report("1581F5", &COOPERATIVE, seconds)],
            };
            feed(&mut tracker, &scan(sensor, seconds, seen));
        }
        each(f64::from(second) + 0.7, &tracker);
    }
    tracker
}

fn of(tracker: &Tracker, name: &str) -> Registration {
    let all = tracker.registrations(at(60.0));
    all.into_iter().find(|registration| registration.sensor.as_str() == name).unwrap()
}

#[test]
fn a_radar_a_degree_off_beside_a_good_one_is_found_out_within_a_minute() {
    for seed in 0..6 {
        for off_deg in [1.0, -1.0] {
            let tracker = minute(&site(1.0), off_deg, seed, |_, _| {});
            let (good, askew) = (of(&tracker, "good"), of(&tracker, "askew"));
            let found_deg = askew.bias.azimuth_rad.to_degrees();
            assert!((found_deg - off_deg).abs() < 0.2, "seed {seed}: found {found_deg}° instead of {off_deg}°");
            assert!(good.bias.azimuth_rad.to_degrees().abs() < 0.1, "seed {seed}: {good:?}");
            assert!((found_deg - off_deg).abs() < 4.0 * askew.sigma.azimuth_rad.to_degrees(), "seed {seed}: {askew:?}");
            assert!(askew.comparisons > 50 && !askew.beyond_claim && !good.beyond_claim, "seed {seed}: {askew:?}");
        }
    }
}

#[test]
fn a_radar_found_askew_no_longer_doubles_or_drags_the_drones() {
    for seed in 0..6 {
        minute(&site(1.0), 1.0, seed, |seconds, tracker| {
            let tracks = believed(tracker, seconds);
            if seconds > 20.0 {
                assert_eq!(tracks.len(), 2, "seed {seed}, {seconds} s");
                for drone in [COOPERATIVE, SILENT] {
                    let off_m = drone.distance_m(drone.nearest(&tracks).unwrap());
                    assert!(off_m < 20.0, "seed {seed}, {seconds} s: {off_m} m off");
                }
            }
        });
    }
}

#[test]
fn a_radar_that_is_farther_off_than_it_claims_is_found_and_reported_whether_it_claims_anything_or_not() {
    for seed in 0..3 {
        for claims in [claimed(0.2), None] {
            let mut sensors = site(0.2);
            sensors[1].performance.bias_sigma = claims;
            let askew = of(&minute(&sensors, 1.0, seed, |_, _| {}), "askew");
            let found_deg = askew.bias.azimuth_rad.to_degrees();
            assert!((found_deg - 1.0).abs() < 0.2, "seed {seed}, {claims:?}: found {found_deg}°");
            assert!(askew.beyond_claim, "seed {seed}, {claims:?}: {askew:?}");
        }
    }
}

#[test]
fn radars_that_are_not_off_are_not_accused() {
    for seed in 0..6 {
        let tracker = minute(&site(1.0), 0.0, seed, |_, _| {});
        for name in ["good", "askew"] {
            let found = of(&tracker, name);
            assert!(found.bias.azimuth_rad.to_degrees().abs() < 0.2 && !found.beyond_claim, "seed {seed}: {found:?}");
        }
    }
}

#[test]
fn a_site_whose_radar_nothing_can_be_compared_with_publishes_nothing() {
    let radar = sensor("radar", SensorKind::Radar, place(0.0, 0.0, 20.0));
    let (mut tracker, mut noise) = (tracker_of(std::slice::from_ref(&radar)), Noise::new(1));
    for second in 0..30u32 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(&radar, seconds, vec![radar_plot(&radar, &SILENT, 1, seconds, &mut noise)]));
    }
    assert_eq!(tracker.registrations(at(30.0)), []);
}
