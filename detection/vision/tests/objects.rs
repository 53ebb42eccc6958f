//! The detector that `make objects-model` makes, read as any other model. It is not shipped: where it has not been made, in the target
//! folder or where `OBJECTS_MODEL` says, or where ONNX Runtime's library is not, the tests say so and pass.

use std::path::{Path, PathBuf};

use vision::detector::Detector;
use vision::frame::RgbFrame;
use vision::heads::Family;
use vision::heads::picture::Picture;
use vision::session::{Execution, Runtime};

/// As large as the network's input, so that nothing is made smaller.
const SIZE: [usize; 2] = [512, 512];

fn detector() -> Option<Detector> {
    let absent = |why: &dyn std::fmt::Display| eprintln!("passed over: {why}");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("objects").join("objects.onnx");
    let model = std::env::var_os("OBJECTS_MODEL").map_or(made, PathBuf::from);
    if !model.is_file() {
        absent(&format!("{} is not there: `make objects-model`", model.display()));
        return None;
    }
    let runtime = Runtime::load(None).inspect_err(|error| absent(error)).ok()?;
    let execution = Execution { threads: 1, ..Execution::default() };
    Some(Detector::open(&runtime, &model, &execution).expect("a model that one of the heads reads"))
}

/// A sea under a sky, with a hull and its house on it, so many pixels long.
fn hull(length: usize) -> RgbFrame {
    let [width, height] = SIZE;
    let (tall, left, top) = (length / 7, width / 2 - length / 2, height / 2 - length / 14);
    let colour = |x: usize, y: usize| -> [u8; 3] {
        let (along, down) = (x.wrapping_sub(left), y.wrapping_sub(top));
        let bow = down < tall && along < length && along + down > tall / 2 && along < length - down;
        let house = down.wrapping_add(tall) < tall && (length / 8..length / 3).contains(&along);
        match y {
            _ if bow => [60, 35, 30],
            _ if house => [225, 225, 220],
            _ if y < height * 9 / 20 => [150, 175, 205],
            _ => [70, 90, 105],
        }
    };
    let pixels: Vec<u8> = (0..width * height).flat_map(|at| colour(at % width, at / width)).collect();
    RgbFrame::new(width, height, 3 * width, pixels, 0).expect("rows of three bytes a pixel")
}

#[test]
fn it_is_read_as_a_list_of_boxes_of_eighty_classes() {
    let Some(detector) = detector() else { return };
    assert_eq!(detector.head().family(), Family::EndToEnd);
    let named = |class| detector.name_of(class);
    assert_eq!([named(0), named(2), named(8), named(79)], ["person", "car", "boat", "toothbrush"].map(Some));
    assert_eq!(named(80), None);
}

/// That it is taken for an aeroplane is the network's mistake; that the numbers are those of the graph is what counts. They come from
/// the same picture, drawn and evaluated in Python as `scripts/objects/check.py` does; with red and blue exchanged the score
/// would be 0.551.
#[test]
fn a_picture_gives_what_the_graph_gives_for_it_once() {
    let Some(mut detector) = detector() else { return };
    let frame = hull(60);
    let picture = Picture::Rgb(&frame);
    let found = detector.detect(picture, &[picture.region()]).expect("the network runs");
    let [one] = found[..] else { panic!("{found:?}") };
    assert_eq!(detector.name_of(one.class), Some("airplane"));
    assert!((one.score - 0.5156).abs() < 1e-3, "{one:?}");
    for (found, expected) in
        [one.left, one.top, one.right, one.bottom].into_iter().zip([222.20, 247.25, 288.41, 262.04])
    {
        assert!((found - expected).abs() < 0.1, "{one:?}");
    }
}
