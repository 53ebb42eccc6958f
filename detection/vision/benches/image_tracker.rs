//! What tracking costs a frame: 20,000 frames a second are asked for on benchmark sequences of some ten targets.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nalgebra::{Matrix2x3, Vector2};
use vision::image_tracker::{BoxDetection, ImageTracker, ImageTrackerConfig};

const FRAMES: usize = 300;

fn main() {
    divan::main();
}

/// Targets on straight ways, one detection in five missing, and false alarms strewn about.
fn boxes(frame: usize, targets: usize) -> Vec<BoxDetection> {
    let drawn = |x: f64, y: f64, confidence: f64| BoxDetection {
        centre: Vector2::new(x, y),
        size: Vector2::new(14.0, 9.0),
        confidence,
        class: 0,
    };
    let target = |k: usize| {
        let (x, y) = ((k * 397 % 1500) as f64, (k * 211 % 900) as f64);
        drawn(x + 1.3 * frame as f64, y + 0.4 * frame as f64, 0.7)
    };
    let seen = (0..targets).filter(|k| !(k + frame * 7).is_multiple_of(5)).map(target);
    let strewn = (0..2)
        .map(|k| drawn(((frame * 7919 + k * 104_729) % 1900) as f64, ((frame * 611_953 + k * 31) % 1060) as f64, 0.3));
    seen.chain(strewn).collect()
}

#[divan::bench(args = [1, 10, 100], consts = [0, 12])]
fn frames<const DELAY: usize>(bencher: Bencher, targets: usize) {
    let sequence: Vec<_> = (0..FRAMES).map(|frame| boxes(frame, targets)).collect();
    let picture = Vector2::new(1920.0, 1080.0);
    let config = ImageTrackerConfig { picture, frame_s: 1.0 / 30.0, delay_frames: DELAY, demand: None };
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| {
        let mut tracker = ImageTracker::new(config);
        for (frame, boxes) in sequence.iter().enumerate() {
            tracker.step(frame as f64 / 30.0, &Matrix2x3::identity(), boxes);
            black_box(tracker.delayed());
        }
    });
}
