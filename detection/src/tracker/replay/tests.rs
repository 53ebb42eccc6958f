//! Scans in any order beside the same scans in order.

use telemetry::messages::Detection;

use super::*;
use crate::tracker::example::{Noise, World, site};
use crate::tracker::{Tracker, TrackerConfig};

/// Two targets that cross, as both radars see them, with noise: a scan every half second from each, in order.
fn night(world: &World, scans: usize) -> Vec<Frame> {
    let mut noise = Noise::new(31);
    (0..scans)
        .map(|n| {
            let (sensor, seconds) = ((n % 2) as u16, 0.5 * n as f64);
            let mut seen = |id: u64, place: [f64; 3]| -> Detection {
                world.plot(sensor, id, seconds, place.map(|x| x + 4.0 * noise.normal()))
            };
            let plots = vec![
                seen(2 * n as u64, [600.0 + 9.0 * seconds, 900.0, 100.0]),
                seen(2 * n as u64 + 1, [900.0, 500.0 + 11.0 * seconds, 120.0]),
            ];
            world.frame(sensor, seconds, plots)
        })
        .collect()
}

fn copy(frame: &Frame) -> Frame {
    Frame { sensor: frame.sensor, scan: frame.scan.clone(), taken_at: frame.taken_at }
}

fn history(world: &World) -> History {
    History::new(world.scene())
}

/// Everything the scene holds, to the last bit.
fn told(history: &History) -> String {
    format!("{:?}", history.now)
}

fn taken(world: &World, frames: &[Frame], order: impl IntoIterator<Item = usize>) -> (History, Vec<Taken>) {
    let mut history = history(world);
    let became = order.into_iter().map(|n| history.take(&world.step(), copy(&frames[n]))).collect();
    (history, became)
}

#[test]
fn late_scans_in_any_order_give_the_same_scene_as_in_order() {
    let world = World::of_two_radars();
    let frames = night(&world, 40);
    let (in_order, became) = taken(&world, &frames, 0..40);
    assert!(became.iter().all(|taken| *taken == Taken::InOrder));
    assert!(in_order.now.targets.len() >= 2);
    let mut noise = Noise::new(5);
    for _ in 0..8 {
        // Each scan up to three seconds late, the first ones too.
        let delayed: Vec<f64> = (0..40).map(|n| 0.5 * f64::from(n) + 3.0 * noise.uniform()).collect();
        let mut order: Vec<usize> = (0..40).collect();
        order.sort_by(|&a, &b| delayed[a].total_cmp(&delayed[b]));
        let (late, became) = taken(&world, &frames, order.clone());
        assert!(became.contains(&Taken::OutOfSequence) && !became.contains(&Taken::TooLate), "{order:?}");
        assert!(told(&late) == told(&in_order), "in the order {order:?}");
    }
}

#[test]
fn scans_of_one_instant_are_taken_in_one_order_however_they_come() {
    let world = World::of_two_radars();
    let mut frames = night(&world, 12);
    for frame in frames.iter_mut().skip(1).step_by(2) {
        let before = 0.5;
        frame.taken_at = frame.taken_at.offset_seconds(-before);
        frame.scan.measured_at = frame.taken_at;
        frame.scan.detections.iter_mut().for_each(|d| d.measured_at = frame.taken_at);
    }
    let (a, _) = taken(&world, &frames, 0..12);
    let (b, became) = taken(&world, &frames, [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]);
    assert!(told(&a) == told(&b));
    assert_eq!(became.iter().filter(|taken| **taken == Taken::OutOfSequence).count(), 6);
}

#[test]
fn a_scan_late_by_a_moment_is_taken_where_it_is() {
    let world = World::of_two_radars();
    let mut frames = night(&world, 20);
    let late = &mut frames[18];
    late.taken_at = late.taken_at.offset_seconds(0.4);
    late.scan.measured_at = late.taken_at;
    let (history, became) = taken(&world, &frames, (0..18).chain([19, 18]));
    assert_eq!(became.last(), Some(&Taken::InOrder));
    assert!(history.frames.back().unwrap().taken_at > frames[19].taken_at, "it stands after those that came before it");

    // And so it does when what was late before both is taken.
    let mut frames = night(&world, 22);
    let late = &mut frames[18];
    late.taken_at = late.taken_at.offset_seconds(0.4);
    late.scan.measured_at = late.taken_at;
    let (all, _) = taken(&world, &frames, (0..18).chain([19, 18, 20, 21]));
    let (again, became) = taken(&world, &frames, (0..17).chain([19, 18, 20, 17, 21]));
    assert!(became.contains(&Taken::OutOfSequence));
    assert!(told(&all) == told(&again));
}

#[test]
fn a_scan_older_than_the_window_is_too_late_and_changes_nothing() {
    let world = World::of_two_radars();
    let frames = night(&world, 40);
    let (mut history, _) = taken(&world, &frames, (0..20).chain(21..40));
    let before = told(&history);
    assert_eq!(history.take(&world.step(), copy(&frames[20])), Taken::TooLate);
    assert!(told(&history) == before);
}

#[test]
fn the_tracker_counts_what_was_late_and_what_was_too_late() {
    let world = World::of_two_radars();
    let descriptions = world.sensors.iter().map(|sensor| sensor.description.clone()).collect();
    let mut tracker = Tracker::new(TrackerConfig::new(site().datum(), site().datum().height(), descriptions));
    let frames = night(&world, 40);
    for n in (0..20).chain([21, 22, 20]).chain(24..40).chain([23]) {
        tracker.step(frames[n].taken_at.offset_seconds(5.0), &frames[n].scan);
    }
    let metrics = tracker.metrics();
    assert_eq!((metrics.scans, metrics.out_of_sequence, metrics.late), (40, 1, 1));
}

#[test]
fn the_window_bounds_scans_and_checkpoints() {
    let world = World::of_two_radars();
    let mut history = history(&world);
    for n in 0..2000 {
        history.take(&world.step(), world.frame(0, 0.02 * f64::from(n), vec![]));
        let (first, last) = (history.frames.front().unwrap(), history.frames.back().unwrap());
        assert!(last.taken_at.seconds_since(first.taken_at) <= WINDOW_S + 2.0 * SPACING_S);
        assert!(history.checkpoints.len() <= (WINDOW_S / SPACING_S) as usize + 2);
    }
}

#[test]
fn a_flood_of_scans_is_bounded_and_what_is_then_late_comes_too_late() {
    let world = World::of_two_radars();
    let mut history = history(&world);
    let scans = FRAMES_MAX as i32 + 1500;
    for n in 0..scans {
        history.take(&world.step(), world.frame(0, 5e-4 * f64::from(n), vec![]));
        assert!(history.frames.len() <= FRAMES_MAX);
    }
    // The first 1500 scans are gone, so nothing can be taken among them.
    assert_eq!(history.take(&world.step(), world.frame(1, 0.3, vec![])), Taken::TooLate);
    assert_eq!(history.take(&world.step(), world.frame(1, 1.6, vec![])), Taken::OutOfSequence);
}
