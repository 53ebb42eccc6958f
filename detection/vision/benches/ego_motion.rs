//! What registering two pictures of 960 by 544 pixels costs: the budget is 5 ms of one core.

use divan::{Bencher, black_box};
use vision::ego_motion::EgoMotion;
use vision::frame::GrayFrame;

const WIDTH: usize = 960;
const HEIGHT: usize = 544;

fn main() {
    divan::main();
}

/// Waves of several lengths in several directions, moved by whole pixels.
fn picture(dx: usize, dy: usize) -> GrayFrame {
    let pixel = |i: usize| {
        let (x, y) = ((i % WIDTH + dx) as f64, (i / WIDTH + dy) as f64);
        let waves = (x / 9.1).sin() * (y / 7.3).cos() + ((x + 2.0 * y) / 31.0).sin() + ((3.0 * x - y) / 57.0).cos();
        (120.0 + 30.0 * waves) as u8
    };
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(pixel).collect();
    GrayFrame::new(WIDTH, HEIGHT, WIDTH, pixels, 0).expect("as many pixels as the size asks for")
}

#[divan::bench(sample_count = 30, sample_size = 2)]
fn register_960_by_544(bencher: Bencher) {
    let pictures = [picture(0, 0), picture(7, 3)];
    let mut ego_motion = EgoMotion::new();
    let mut next = 0;
    bencher.bench_local(|| {
        next = 1 - next;
        black_box(ego_motion.register(&pictures[next], None))
    });
}
