//! Too much, or nothing, for a long time: what the tracker holds stays bounded.

use detection::tracker::{Tracker, TrackerConfig};
use telemetry::messages::{Detection, SensorDescription, TrackStatus};
use telemetry::{AltitudeHae, SensorId};

use crate::scene::{
    Mover, Noise, WATER_M, at, believed, clutter, datum, feed, radar_plot, remote_id_receiver, remote_id_report, scan,
    sensors, tracker,
};

const DRONE: Mover = Mover { from: [1200.0, -300.0, 60.0], velocity: [9.0, 3.0, 0.0] };

/// Everything the tracker holds, as text: its length is a measure of its memory.
fn held(tracker: &Tracker) -> usize {
    format!("{tracker:?}").len()
}

fn tracker_with_room_for(targets: usize, sensors: Vec<SensorDescription>) -> Tracker {
    let config = TrackerConfig::new(datum(), AltitudeHae::new(WATER_M), sensors);
    Tracker::new(TrackerConfig { tracks_max: targets, ..config })
}

#[test]
fn a_million_empty_frames_cost_little_and_leave_nothing_behind() {
    let mut tracker = tracker();
    let names: Vec<SensorId> = sensors().into_iter().map(|sensor| sensor.id).collect();
    let mut empty = scan(&sensors()[0], 0.0, vec![]);
    let mut after_ten_thousand = 0;
    for number in 0..1_000_000u32 {
        empty.sensor.clone_from(&names[number as usize % names.len()]);
        empty.scan = number.into();
        empty.measured_at = at(f64::from(number) * 0.05);
        tracker.step(empty.measured_at, &empty);
        if number == 10_000 {
            after_ten_thousand = held(&tracker);
        }
    }
    let metrics = tracker.metrics();
    assert_eq!((metrics.scans, metrics.targets, metrics.late, metrics.repeated), (1_000_000, 0, 0, 0));
    let ratio = held(&tracker) as f64 / after_ten_thousand as f64;
    assert!(ratio < 1.1, "{ratio} times as much as after ten thousand");
}

#[test]
fn a_sensor_that_sends_a_hundred_times_its_clutter_fills_no_memory_and_loses_no_confirmed_track() {
    let radar = &sensors()[0];
    let (mut tracker, mut noise) = (tracker_with_room_for(200, sensors()), Noise::new(3));
    let mut most = 0;
    for second in 0..60u32 {
        let seconds = f64::from(second);
        let mut plots = vec![radar_plot(radar, &DRONE, 0, seconds, &mut noise)];
        if second >= 5 {
            plots.extend((1..=300).map(|id| clutter(radar, id, seconds, &mut noise)));
        }
        feed(&mut tracker, &scan(radar, seconds, plots));
        assert!(tracker.metrics().targets <= 200);
        let drone = &tracker.tracks(at(seconds))[0];
        assert!(second < 5 || (drone.id.0, drone.status) == (1, TrackStatus::Confirmed), "second {second}");
        let false_tracks = believed(&tracker, seconds).len().saturating_sub(1);
        assert!(false_tracks < 20, "second {second}: {false_tracks} false tracks of 300 false plots a second");
        if second == 30 {
            most = held(&tracker);
        }
    }
    assert!(DRONE.distance_m(&tracker.tracks(at(59.0))[0]) < 60.0);
    assert!(tracker.metrics().displaced > 0, "{:?}", tracker.metrics());
    assert!(held(&tracker) < 2 * most);
    assert!(tracker.take_dropped().len() <= 200);
}

#[test]
fn after_a_flood_the_sky_is_clear_again() {
    let radar = &sensors()[0];
    let (mut tracker, mut noise) = (tracker_with_room_for(500, sensors()), Noise::new(4));
    for second in 0..90u32 {
        let seconds = f64::from(second);
        let mut plots = vec![radar_plot(radar, &DRONE, 0, seconds, &mut noise)];
        if (10..20).contains(&second) {
            plots.extend((1..=300).map(|id| clutter(radar, id, seconds, &mut noise)));
        }
        feed(&mut tracker, &scan(radar, seconds, plots));
    }
    assert_eq!(believed(&tracker, 89.0).len(), 1);
    assert!(tracker.metrics().targets <= 5, "{:?}", tracker.metrics());
}

#[test]
fn a_flood_of_claims_leaves_room_for_a_drone_that_is_measured() {
    let (radar, receiver) = (&sensors()[0], remote_id_receiver());
    let all = [sensors(), vec![receiver.clone()]].concat();
    let (mut tracker, mut noise) = (tracker_with_room_for(100, all), Noise::new(5));
    for second in 0..30u32 {
        let seconds = f64::from(second);
        let ghost = |n: u32, noise: &mut Noise| {
            let from = [9000.0 + 2000.0 * noise.normal(), 2000.0 * noise.normal(), 80.0];
            let ghost = Mover { from, velocity: [5.0, 0.0, 0.0] };
            remote_id_report(&format!("GHOST{second}X{n}"), &ghost, seconds + 0.5)
        };
        let claims: Vec<Detection> = (0..50).map(|n| ghost(n, &mut noise)).collect();
        feed(&mut tracker, &scan(&receiver, seconds + 0.5, claims));
        let plots = if second >= 10 { vec![radar_plot(radar, &DRONE, 0, seconds + 0.7, &mut noise)] } else { vec![] };
        feed(&mut tracker, &scan(radar, seconds + 0.7, plots));
        assert!(tracker.metrics().targets <= 100);
    }
    let tracks = believed(&tracker, 29.7);
    let drone = DRONE.nearest(&tracks).expect("the drone that the radar sees is a track");
    assert!(DRONE.distance_m(drone) < 30.0, "{drone:?}");
}
