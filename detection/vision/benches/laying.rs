//! What laying three frames of 960 by 544 pixels onto one another costs, by how the camera moves.

use divan::{Bencher, black_box};
use nalgebra::Matrix2x3;
use vision::frame::GrayFrame;
use vision::small::Triples;

const WIDTH: usize = 960;
const HEIGHT: usize = 544;

fn main() {
    divan::main();
}

/// Frame to frame: still, a pan that is not of whole pixels, a hand that holds it, a turn and zoom that is strong.
const MOTIONS: [(&str, [f64; 6]); 4] = [
    ("still", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
    ("pan", [1.0, 0.0, -3.3, 0.0, 1.0, 0.4]),
    ("held", [1.0005, -0.002, 1.7, 0.002, 1.0005, -0.6]),
    ("turned", [1.01, -0.02, 4.0, 0.02, 1.01, -3.0]),
];

#[divan::bench(args = MOTIONS.map(|(name, _)| name), sample_count = 50, sample_size = 2)]
fn lay_960_by_544(bencher: Bencher, name: &str) {
    let (_, motion) = MOTIONS.into_iter().find(|(known, _)| *known == name).expect("one of them");
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(|i| (i * 31 % 251) as u8).collect();
    let frame = GrayFrame::new(WIDTH, HEIGHT, WIDTH, pixels, 0).expect("as many pixels as the size asks for");
    let mut triples = Triples::default();
    for _ in 0..7 {
        triples.push(frame.clone(), &Matrix2x3::from_row_slice(&motion));
    }
    let mut tensor = Vec::new();
    bencher.bench_local(|| black_box(triples.write(&mut tensor)));
}
