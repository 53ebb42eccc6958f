//! Detectors whole, on tiny models of every kind of input (`tests/models/make.py` makes them). They need ONNX Runtime's
//! library, which `scripts/onnxruntime.sh` fetches; without it they say so and pass.

use std::path::PathBuf;

use vision::detector::{Detector, open_all};
use vision::frame::{GrayFrame, Region, RgbFrame};
use vision::heads::picture::Picture;
use vision::heads::{Family, ModelCard};
use vision::session::{Execution, Network, Runtime};

fn runtime() -> Option<Runtime> {
    Runtime::load(None).inspect_err(|absent| eprintln!("passed over: {absent}")).ok()
}

fn model(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name)
}

fn one_thread() -> Execution {
    Execution { threads: 1, ..Execution::default() }
}

/// A picture of one colour, whose proportions are not the models'.
fn picture(level: u8) -> RgbFrame {
    RgbFrame::new(192, 192, 576, vec![level; 576 * 192], 0).expect("rows of 576 bytes")
}

#[test]
fn every_kind_of_input_is_filled() {
    let Some(runtime) = runtime() else { return };
    // Where the picture is letterboxed, 64 of 96 columns are it and the rest is grey 114.
    let mean = |level: f32| (64.0 * level + 32.0 * 114.0) / 96.0;
    let check = |name: &str, score: f32| {
        let mut detector = Detector::open(&runtime, &model(name), &one_thread()).unwrap();
        assert_eq!(detector.head().family(), Family::Yolov8, "{name}");
        let frame = picture(200);
        let picture = Picture::Rgb(&frame);
        let found = detector.detect(picture, &[picture.region()]).unwrap();
        let [one] = found[..] else { panic!("{name}: {found:?}") };
        assert!((one.score - score).abs() < 2e-3, "{name}: {one:?}, expected {score}");
        // 24 x 16 pixels in the middle of the input are three times as many in the picture.
        assert_eq!([one.left, one.top, one.right, one.bottom], [60.0, 72.0, 132.0, 120.0], "{name}");
        assert_eq!(detector.name_of(one.class), Some("drone"), "{name}");
    };
    check("fixed.onnx", mean(200.0) / 255.0);
    check("free.onnx", mean(200.0) / 255.0);
    check("halves.onnx", mean(200.0) / 255.0);
}

#[test]
fn bytes_go_in_as_they_are() {
    let Some(runtime) = runtime() else { return };
    let mut detector = Detector::open(&runtime, &model("bytes.onnx"), &one_thread()).unwrap();
    // The score is the mean: of black with grey 114 beside it that is 38, which is no score; all black is none either.
    let found = |detector: &mut Detector, frame: &GrayFrame| {
        let picture = Picture::Gray(frame);
        detector.detect(picture, &[picture.region()]).unwrap()
    };
    assert_eq!(found(&mut detector, &GrayFrame::new(96, 64, 96, vec![0; 96 * 64], 0).unwrap()), []);
    assert_eq!(found(&mut detector, &GrayFrame::new(96, 64, 96, vec![1; 96 * 64], 0).unwrap())[0].score, 1.0);
}

#[test]
fn slices_that_see_the_same_thing_give_it_once() {
    let Some(runtime) = runtime() else { return };
    let mut detector = Detector::open(&runtime, &model("fixed.onnx"), &one_thread()).unwrap();
    let frame = picture(255);
    let slice = |x| Region { x, y: 0, width: 96, height: 64 };
    let found = detector.detect(Picture::Rgb(&frame), &[slice(0), slice(2), slice(90)]).unwrap();
    let lefts: Vec<_> = found.iter().map(|one| one.left).collect();
    assert_eq!(lefts, [36.0, 126.0], "the second is the first again");
}

#[test]
fn a_model_that_asks_for_the_size_is_told_it() {
    let Some(runtime) = runtime() else { return };
    let mut detector = Detector::open(&runtime, &model("detr.onnx"), &one_thread()).unwrap();
    let frame = picture(255);
    let picture = Picture::Rgb(&frame);
    let found = detector.detect(picture, &[picture.region()]).unwrap();
    assert_eq!(detector.head().family(), Family::Boxes);
    assert_eq!(([found[0].left, found[0].right, found[0].bottom], found[0].class), ([0.0, 192.0, 192.0], 3));
}

#[test]
fn models_that_do_not_fit_are_refused_in_words() {
    let Some(runtime) = runtime() else { return };
    let check = |name: &str, expected: &[&str]| {
        let refused = Detector::open(&runtime, &model(name), &one_thread()).unwrap_err();
        let mut said = refused.to_string();
        if let Some(cause) = std::error::Error::source(&refused) {
            said += &format!(": {cause}");
        }
        for part in expected {
            assert!(said.contains(part), "{said:?} does not say {part:?}");
        }
    };
    check("unfit.onnx", &["unfit.onnx", "flat [1, 192]", "8x8", "allowed for this input"]);
    check("sound.onnx", &["sound.onnx", "samples F32 [1, 16000]", "[1, 3, height, width]"]);
    check("absent.onnx", &["cannot read", "absent.onnx", "No such file"]);
    check("make.py", &["ONNX Runtime does not take the model"]);
}

#[test]
fn a_card_beside_the_model_overrules_its_metadata() {
    let Some(runtime) = runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bird.onnx");
    std::fs::copy(model("fixed.onnx"), &path).unwrap();
    std::fs::write(path.with_extension("toml"), "names = [\"bird\"]\nscore_min = 0.99").unwrap();
    let mut detector = Detector::open(&runtime, &path, &one_thread()).unwrap();
    let frame = picture(200);
    let picture = Picture::Rgb(&frame);
    assert_eq!(detector.name_of(0), Some("bird"));
    assert_eq!(detector.detect(picture, &[picture.region()]).unwrap(), []);
    std::fs::write(path.with_extension("toml"), "names = [\"bird\", \"drone\"]").unwrap();
    let said = Detector::open(&runtime, &path, &one_thread()).unwrap_err().to_string();
    assert!(said.contains("2 classes") && said.contains("output0 [1, 5, 126]"), "{said}");
}

#[test]
fn threads_are_bounded() {
    let Some(runtime) = runtime() else { return };
    let none = Execution { threads: 0, ..Execution::default() };
    let said = Network::open(&runtime, &model("fixed.onnx"), &none).unwrap_err().to_string();
    assert!(said.contains("threads = 0") && said.contains("1 to 64"), "{said}");
    let network = Network::open(&runtime, &model("fixed.onnx"), &one_thread()).unwrap();
    assert!(Detector::new(network, ModelCard::default()).is_ok());
}

#[test]
fn only_classes_that_are_wanted_are_found_and_a_name_that_no_model_has_is_refused() {
    let Some(runtime) = runtime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let beside = |name: &str, names: &str| {
        let path = folder.path().join(name);
        std::fs::copy(model(name), &path).unwrap();
        std::fs::write(path.with_extension("toml"), format!("names = [{names}]\n")).unwrap();
        path
    };
    let paths = [beside("fixed.onnx", "'person'"), beside("detr.onnx", "'kite', 'plane', 'dog', 'boat'")];
    let open = |classes: &[&str]| {
        let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
        open_all(&runtime, &paths, &one_thread(), &classes).map_err(|error| error.to_string())
    };
    let frame = picture(200);
    let found = |classes: &[&str]| -> Vec<usize> {
        let picture = Picture::Rgb(&frame);
        let mut detectors = open(classes).unwrap();
        detectors.iter_mut().map(|one| one.detect(picture, &[picture.region()]).unwrap().len()).collect()
    };
    // One sees a person wherever it looks, the other a boat.
    for (classes, expected) in [
        (&[][..], [1, 1]),
        (&["person", "boat"], [1, 1]),
        (&["person", "kite"], [1, 0]),
        (&["dog", "person", "plane"], [1, 0]),
    ] {
        assert_eq!(found(classes), expected, "{classes:?}");
    }
    let said = open(&["person", "boot"]).unwrap_err();
    assert_eq!(said, "no model finds \"boot\": allowed is boat, dog, kite, person, plane");
    let said = open(&["boat"]).unwrap_err();
    assert!(said.contains("fixed") && said.ends_with("finds none of boat: it finds person"), "{said}");
    let said = open_all(&runtime, &[], &one_thread(), &["boat".to_owned()]).unwrap_err().to_string();
    assert!(said.contains("none without a model"), "{said}");
}
