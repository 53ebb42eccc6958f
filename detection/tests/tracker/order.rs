//! Scans that come late, twice, or in another order.

use detection::tracker::Tracker;
use telemetry::messages::{Detection, SensorDescription, SensorKind, SensorScan, Track};

use crate::scene::{
    Mover, Noise, at, bearing, believed, clutter, feed, place, radar_plot, remote_id_receiver, remote_id_report, scan,
    sensor, sensors, tracker, tracker_of,
};

const DRONE: Mover = Mover { from: [1500.0, -400.0, 60.0], velocity: [-12.0, 9.0, 0.0] };

/// Four drones; the last sends Remote ID.
const DRONES: [Mover; 4] = [
    Mover { from: [1500.0, -400.0, 60.0], velocity: [-12.0, 9.0, 0.0] },
    Mover { from: [-600.0, 900.0, 90.0], velocity: [14.0, -6.0, 0.0] },
    Mover { from: [-620.0, 960.0, 95.0], velocity: [14.0, -6.0, 0.0] },
    Mover { from: [300.0, -1500.0, 120.0], velocity: [3.0, 17.0, 0.5] },
];
const SECONDS: u32 = 60;

fn site() -> Vec<SensorDescription> {
    vec![
        sensor("radar", SensorKind::Radar, place(0.0, 0.0, 20.0)),
        sensor("radar-2", SensorKind::Radar, place(800.0, 500.0, 15.0)),
        sensor("finder", SensorKind::RfDirectionFinder, place(-900.0, 600.0, 12.0)),
        remote_id_receiver(),
    ]
}

/// Everything that the four sensors see in a minute, in the order in which it was measured.
fn minute(seed: u64) -> Vec<SensorScan> {
    let (sensors, mut noise) = (site(), Noise::new(seed));
    let mut scans = Vec::new();
    for second in 0..SECONDS {
        for (sensor, phase) in sensors.iter().zip([0.0, 0.31, 0.57, 0.83]) {
            let seconds = f64::from(second) + phase;
            let mut seen: Vec<Detection> = Vec::new();
            for (id, drone) in (0..).zip(&DRONES) {
                let detected = noise.uniform() < 0.9;
                match sensor.kind {
                    SensorKind::Radar if detected => seen.push(radar_plot(sensor, drone, id, seconds, &mut noise)),
                    SensorKind::RfDirectionFinder if detected => {
                        seen.push(bearing(sensor, drone, (id, 1.5), seconds, &mut noise));
                    }
                    SensorKind::RemoteIdReceiver if id == 3 => seen.push(remote_id_report("1581F5", drone, seconds)),
                    _ => {}
                }
            }
            if sensor.kind == SensorKind::Radar {
                seen.extend((10..12).map(|id| clutter(sensor, id, seconds, &mut noise)));
            }
            scans.push(scan(sensor, seconds, seen));
        }
    }
    scans
}

/// Delivers scans with a latency of each its own, up to two seconds.
fn shuffled(scans: Vec<SensorScan>, noise: &mut Noise) -> Vec<(f64, SensorScan)> {
    let delivered = |scan: SensorScan| (scan.measured_at.seconds_since(at(0.0)) + 2.0 * noise.uniform(), scan);
    let mut scans: Vec<_> = scans.into_iter().map(delivered).collect();
    scans.sort_by(|a, b| a.0.total_cmp(&b.0));
    scans
}

/// The same scans as if each had come at once.
fn sorted(scans: &[(f64, SensorScan)]) -> Vec<(f64, SensorScan)> {
    let mut scans: Vec<_> =
        scans.iter().map(|(_, scan)| (scan.measured_at.seconds_since(at(0.0)), scan.clone())).collect();
    scans.sort_by(|a, b| a.0.total_cmp(&b.0));
    scans
}

fn taken(sensors: &[SensorDescription], scans: &[(f64, SensorScan)]) -> Tracker {
    let mut tracker = tracker_of(sensors);
    for (received_s, scan) in scans {
        tracker.step(at(*received_s), scan);
    }
    tracker
}

fn square_error(drones: &[Mover], tracks: &[Track]) -> f64 {
    drones.iter().map(|drone| drone.distance_m(drone.nearest(tracks).unwrap()).powi(2)).sum()
}

#[test]
fn scans_up_to_two_seconds_late_and_shuffled_give_the_tracks_of_in_order_processing() {
    let sensors = site();
    let (mut in_order, mut out_of_order) = (0.0, 0.0);
    for seed in 0..3 {
        let scans = shuffled(minute(seed), &mut Noise::new(100 + seed));
        for until_s in [15.0, 30.0, 45.0, 58.0] {
            let delivered: Vec<_> = scans.iter().filter(|(received_s, _)| *received_s <= until_s).cloned().collect();
            let tracker = taken(&sensors, &delivered);
            let expected = believed(&taken(&sensors, &sorted(&delivered)), until_s);
            let found = believed(&tracker, until_s);
            assert_eq!(found.len(), expected.len(), "seed {seed}, {until_s} s");
            assert_eq!(tracker.metrics().late, 0, "seed {seed}, {until_s} s");
            assert!(tracker.metrics().out_of_sequence as f64 > until_s, "seed {seed}, {until_s} s");
            in_order += square_error(&DRONES, &expected);
            out_of_order += square_error(&DRONES, &found);
        }
    }
    let ratio = (out_of_order / in_order).sqrt();
    assert!((ratio - 1.0).abs() < 0.02, "the error is {ratio} times that of in-order processing");
}

#[test]
fn the_scans_of_a_lone_radar_may_come_out_of_sequence_too() {
    let radar = &site()[..1];
    let scans: Vec<_> = minute(7).into_iter().filter(|scan| scan.sensor == radar[0].id).collect();
    let delivered = shuffled(scans, &mut Noise::new(8));
    let tracker = taken(radar, &delivered);
    assert_eq!(tracker.metrics().late, 0);
    let found = believed(&tracker, 62.0);
    let expected = believed(&taken(radar, &sorted(&delivered)), 62.0);
    assert_eq!(found.len(), expected.len());
    let ratio = (square_error(&DRONES, &found) / square_error(&DRONES, &expected)).sqrt();
    assert!((ratio - 1.0).abs() < 0.05, "the error is {ratio} times that of in-order processing");
}

#[test]
fn an_older_scan_still_helps_and_one_too_old_does_no_harm() {
    let all = site();
    let (mut tracker, mut noise) = (tracker_of(&all), Noise::new(8));
    for second in 0..20u32 {
        let seconds = f64::from(second);
        let plot = radar_plot(&all[0], &DRONE, second.into(), seconds, &mut noise);
        feed(&mut tracker, &scan(&all[0], seconds, vec![plot]));
    }
    let before = believed(&tracker, 19.0)[0].clone();
    let late =
        |seconds: f64, noise: &mut Noise| scan(&all[1], seconds, vec![radar_plot(&all[1], &DRONE, 99, seconds, noise)]);
    tracker.step(at(19.3), &late(18.2, &mut noise));
    assert_eq!((tracker.metrics().out_of_sequence, tracker.metrics().late), (1, 0));
    let after = believed(&tracker, 19.0)[0].clone();
    assert!(after.horizontal_sigma_m() < before.horizontal_sigma_m());
    assert!(DRONE.distance_m(&after) < 30.0);
    assert_eq!((after.id, after.updated_at), (before.id, before.updated_at), "it measures the past");
    tracker.step(at(19.4), &late(9.0, &mut noise));
    assert_eq!((tracker.metrics().out_of_sequence, tracker.metrics().late), (1, 1));
    assert_eq!(believed(&tracker, 19.0), [after]);
}

#[test]
fn a_scan_that_comes_twice_counts_once() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(9));
    let radar = &sensors()[0];
    let once = scan(radar, 0.0, vec![radar_plot(radar, &DRONE, 1, 0.0, &mut noise)]);
    for _ in 0..5 {
        feed(&mut tracker, &once);
    }
    assert_eq!((tracker.metrics().targets, tracker.metrics().repeated), (1, 4));
    assert_eq!(believed(&tracker, 0.0), []);
}

#[test]
fn a_late_scan_never_renumbers_the_tracks_there_are() {
    let sensors = site();
    let mut tracker = tracker_of(&sensors);
    let mut numbers: Vec<Option<u64>> = vec![None; DRONES.len()];
    for (received_s, scan) in shuffled(minute(3), &mut Noise::new(5)) {
        tracker.step(at(received_s), &scan);
        if received_s < 10.0 {
            continue;
        }
        let tracks = tracker.tracks(at(received_s));
        for (drone, known) in DRONES.iter().zip(&mut numbers) {
            let id = drone.nearest(&tracks).unwrap().id.0;
            assert_eq!(*known.get_or_insert(id), id, "{received_s} s");
        }
    }
}
