use proptest::prelude::*;

use super::card::{Corners, Fit};
use super::picture::{Order, Picture};
use super::*;
use crate::frame::{GrayFrame, Region, RgbFrame};

const SIZE: InputSize = InputSize { width: 96, height: 64 };
/// Cells of 96 × 64 at strides 8, 16, 32.
const GRID: usize = 96 + 24 + 6;

fn shapes(outputs: &[(&str, &[usize])]) -> Vec<OutputShape> {
    outputs.iter().map(|(name, sides)| OutputShape { name: (*name).to_owned(), sides: sides.to_vec() }).collect()
}

fn named(classes: usize) -> ModelCard {
    ModelCard { names: (0..classes).map(|class| (class, format!("class {class}"))).collect(), ..ModelCard::default() }
}

fn fitted(card: &ModelCard, outputs: &[(&str, &[usize])]) -> Head {
    Head::fit(card, SIZE, &shapes(outputs)).unwrap()
}

#[test]
fn shapes_tell_the_family() {
    let check = |outputs: &[(&str, &[usize])], expected: Family| {
        assert_eq!(fitted(&ModelCard::default(), outputs).family(), expected, "{outputs:?}");
    };
    check(&[("output0", &[1, 3 * GRID, 85])], Family::Yolov5);
    check(&[("output0", &[1, 84, GRID])], Family::Yolov8);
    check(&[("output0", &[1, 5, GRID])], Family::Yolov8);
    check(&[("output0", &[1, GRID, 84])], Family::Yolov8);
    check(&[("output0", &[1, 300, 6])], Family::EndToEnd);
    check(&[("output", &[11, 7])], Family::EndToEnd);
    check(&[("output", &[0, 7])], Family::EndToEnd);
    check(&[("output", &[1, GRID, 85])], Family::Yolox);
    check(&[("output", &[1, GRID, 112])], Family::Gfl);
    check(&[("output", &[1, GRID + 2, 112])], Family::Gfl);
    check(&[("output0", &[1, 300, 84])], Family::Detr);
    check(&[("dets", &[1, 300, 4]), ("labels", &[1, 300, 91])], Family::Detr);
    check(&[("labels", &[1, 300]), ("boxes", &[1, 300, 4]), ("scores", &[1, 300])], Family::Boxes);
    check(&[("scores", &[1, 3000, 21]), ("boxes", &[1, 3000, 4])], Family::Ssd);
    // The rank 5 outputs of an export for training are passed over.
    check(&[("output", &[1, 3 * GRID, 85]), ("345", &[1, 3, 8, 8, 85])], Family::Yolov5);
}

#[test]
fn a_list_of_boxes_is_thinned_out_where_the_card_says_at_which_overlap() {
    let silent = ModelCard::default();
    let said = ModelCard { overlap_max: Some(0.5), ..ModelCard::default() };
    let list: &[(&str, &[usize])] = &[("output0", &[1, 300, 6])];
    let grid: &[(&str, &[usize])] = &[("output", &[1, 84, GRID])];
    let thinned = |card: &ModelCard, outputs| fitted(card, outputs).needs_suppression(card);
    assert_eq!([thinned(&silent, list), thinned(&said, list), thinned(&silent, grid)], [false, true, true]);
}

#[test]
fn the_number_of_classes_decides_where_shapes_alone_do_not() {
    let outputs: &[(&str, &[usize])] = &[("output", &[1, GRID, 37])];
    let refused = Head::fit(&ModelCard::default(), SIZE, &shapes(outputs)).unwrap_err().to_string();
    assert!(refused.contains("output [1, 126, 37]"), "{refused}");
    assert_eq!(fitted(&named(33), outputs).family(), Family::Yolov8);
    assert_eq!(fitted(&named(32), outputs).family(), Family::Yolox);
    assert_eq!(fitted(&named(5), outputs).family(), Family::Gfl);
    let stated = ModelCard { family: Some(Family::Yolox), ..ModelCard::default() };
    assert_eq!(fitted(&stated, outputs).family(), Family::Yolox);
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_what_would() {
    let check = |card: &ModelCard, outputs: &[(&str, &[usize])], expected: &[&str]| {
        let refused = Head::fit(card, SIZE, &shapes(outputs)).unwrap_err().to_string();
        for part in expected {
            assert!(refused.contains(part), "{refused:?} does not say {part:?}");
        }
    };
    check(&named(2), &[("output0", &[1, 84, GRID])], &["output0 [1, 84, 126]", "96x64", "2 classes", "[1, 6, 126]"]);
    check(&named(80), &[("output0", &[1, 84, 8400])], &["[1, 84, 8400]", "96x64", "[1, 84, 126]", "[1, 378, 85]"]);
    check(&ModelCard::default(), &[], &["follow no convention"]);
    let yolox = ModelCard { family: Some(Family::Yolox), ..ModelCard::default() };
    check(&yolox, &[("output0", &[1, 84, GRID])], &["family Yolox", "YOLOX [1, 126, 5 + classes]"]);
}

/// Decodes what one output holds.
fn decoded(head: &Head, shape: &[usize], numbers: &[f32]) -> Vec<Candidate> {
    head.decode(&[Tensor::new("output", shape.to_vec(), Values::F32(numbers)).unwrap()], 0.5)
}

fn assert_box(found: &[Candidate], corners: [f32; 4], class: usize, score: f32) {
    let [one] = found else { panic!("one box expected, {found:?} found") };
    let off = [one.left - corners[0], one.top - corners[1], one.right - corners[2], one.bottom - corners[3]];
    assert!(off.iter().all(|off| off.abs() < 1e-3), "{one:?} is not {corners:?}");
    assert!(one.class == class && (one.score - score).abs() < 1e-5, "{one:?} is not {class} with {score}");
}

#[test]
fn grids_are_read() {
    let v5 = fitted(&named(2), &[("output", &[1, 3 * GRID, 7])]);
    let mut numbers = vec![0.0; 3 * GRID * 7];
    numbers[70..77].copy_from_slice(&[20.0, 30.0, 8.0, 4.0, 0.9, 0.1, 0.8]);
    assert_box(&decoded(&v5, &[1, 3 * GRID, 7], &numbers), [16.0, 28.0, 24.0, 32.0], 1, 0.72);

    let v8 = fitted(&named(3), &[("output", &[1, 7, GRID])]);
    let mut numbers = vec![0.0; 7 * GRID];
    for (row, value) in [20.0, 30.0, 8.0, 4.0, 0.1, 0.2, 0.75].into_iter().enumerate() {
        numbers[row * GRID + 125] = value;
    }
    assert_box(&decoded(&v8, &[1, 7, GRID], &numbers), [16.0, 28.0, 24.0, 32.0], 2, 0.75);
}

#[test]
fn yolox_counts_from_its_cells() {
    let head = fitted(&named(1), &[("output", &[1, GRID, 6])]);
    assert_eq!(head.family(), Family::Yolox);
    let mut numbers = vec![0.0; GRID * 6];
    // The second row of stride 16: cell (1, 1) is number 96 + 6 + 1.
    numbers[103 * 6..104 * 6].copy_from_slice(&[0.5, 0.25, 0.0, 2f32.ln(), 1.0, 0.8]);
    assert_box(&decoded(&head, &[1, GRID, 6], &numbers), [16.0, 4.0, 32.0, 36.0], 0, 0.8);
}

#[test]
fn distributions_give_their_expectation() {
    let head = fitted(&named(1), &[("output", &[1, GRID, 33])]);
    let mut numbers = vec![0.0; GRID * 33];
    let row = &mut numbers[13 * 33..14 * 33];
    row[0] = 0.9;
    // All of the weight on 1, 2, 3 and, halves, on 0 and 1.
    for place in [1 + 1, 1 + 8 + 2, 1 + 16 + 3, 1 + 24, 1 + 24 + 1] {
        row[place] = 60.0;
    }
    // Cell (1, 1) of stride 8, its middle at 11.5.
    assert_box(&decoded(&head, &[1, GRID, 33], &numbers), [3.5, -4.5, 35.5, 15.5], 0, 0.9);
}

#[test]
fn a_head_in_levels_is_the_same_head() {
    let outputs: [(&str, &[usize]); 6] = [
        ("cls_pred_stride_8", &[1, 96, 1]),
        ("dis_pred_stride_8", &[1, 96, 32]),
        ("cls_pred_stride_16", &[1, 24, 1]),
        ("dis_pred_stride_16", &[1, 24, 32]),
        ("cls_pred_stride_32", &[1, 6, 1]),
        ("dis_pred_stride_32", &[1, 6, 32]),
    ];
    let head = fitted(&named(1), &outputs);
    assert_eq!(head.family(), Family::Gfl);
    let mut numbers = outputs.map(|(_, shape)| vec![0.0f32; shape.iter().product()]);
    numbers[2][7] = 0.7;
    let tensors = outputs.iter().zip(&numbers);
    let tensors: Vec<_> =
        tensors.map(|((name, shape), all)| Tensor::new(name, shape.to_vec(), Values::F32(all)).unwrap()).collect();
    // Even weights over 0 to 7 are 3.5 strides; cell (1, 1) of stride 16 has its middle at 23.5.
    assert_box(&head.decode(&tensors, 0.5), [-32.5, -32.5, 79.5, 79.5], 0, 0.7);
}

#[test]
fn lists_are_read_in_every_unit() {
    let shape: [(&str, &[usize]); 3] = [("boxes", &[1, 2, 4]), ("scores", &[1, 2]), ("labels", &[1, 2])];
    let check = |corners: Corners, numbers: [f32; 4]| {
        let card = ModelCard { boxes: Some(corners), ..ModelCard::default() };
        let boxes = [numbers, [0.0; 4]].concat();
        let tensors = [
            Tensor::new("boxes", vec![1, 2, 4], Values::F32(&boxes)).unwrap(),
            Tensor::new("scores", vec![1, 2], Values::F32(&[0.9, 0.1])).unwrap(),
            Tensor::new("labels", vec![1, 2], Values::I64(&[7, 0])).unwrap(),
        ];
        assert_box(&fitted(&card, &shape).decode(&tensors, 0.5), [8.0, 16.0, 24.0, 48.0], 7, 0.9);
    };
    check(Corners::Pixels, [8.0, 16.0, 24.0, 48.0]);
    check(Corners::Shares, [8.0 / 96.0, 0.25, 0.25, 0.75]);
    check(Corners::SharesYx, [0.25, 8.0 / 96.0, 0.75, 0.25]);
}

#[test]
fn a_list_s_count_is_kept_to() {
    let card = ModelCard::default();
    let shape: [(&str, &[usize]); 4] =
        [("num_dets", &[1, 1]), ("det_boxes", &[1, 2, 4]), ("det_scores", &[1, 2]), ("det_classes", &[1, 2])];
    let tensors = [
        Tensor::new("num_dets", vec![1, 1], Values::I32(&[1])).unwrap(),
        Tensor::new("det_boxes", vec![1, 2, 4], Values::F32(&[1.0, 1.0, 9.0, 9.0, 2.0, 2.0, 9.0, 9.0])).unwrap(),
        Tensor::new("det_scores", vec![1, 2], Values::F32(&[0.9, 0.8])).unwrap(),
        Tensor::new("det_classes", vec![1, 2], Values::I32(&[3, 3])).unwrap(),
    ];
    assert_box(&fitted(&card, &shape).decode(&tensors, 0.5), [1.0, 1.0, 9.0, 9.0], 3, 0.9);
}

#[test]
fn rows_queries_and_default_boxes_are_read() {
    let card = ModelCard::default();
    let rows = fitted(&card, &[("output", &[1, 2, 6])]);
    let numbers = [1.0, 2.0, 3.0, 4.0, 0.9, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_box(&decoded(&rows, &[1, 2, 6], &numbers), [1.0, 2.0, 3.0, 4.0], 5, 0.9);
    let rows = fitted(&card, &[("output", &[1, 7])]);
    assert_box(&decoded(&rows, &[1, 7], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.9]), [1.0, 2.0, 3.0, 4.0], 5, 0.9);

    let queries = fitted(&card, &[("dets", &[1, 1, 4]), ("labels", &[1, 1, 3])]);
    let tensors = [
        Tensor::new("dets", vec![1, 1, 4], Values::F32(&[0.5, 0.5, 0.25, 0.5])).unwrap(),
        Tensor::new("labels", vec![1, 1, 3], Values::F32(&[-9.0, 0.0, -9.0])).unwrap(),
    ];
    assert_box(&queries.decode(&tensors, 0.5), [36.0, 16.0, 60.0, 48.0], 1, 0.5);

    let ssd = fitted(&card, &[("scores", &[1, 2000, 3]), ("boxes", &[1, 2000, 4])]);
    let (mut scores, mut boxes) = (vec![0.0; 6000], vec![0.0; 8000]);
    scores[0..3].copy_from_slice(&[0.95, 0.0, 0.0]);
    scores[3..6].copy_from_slice(&[0.1, 0.2, 0.7]);
    boxes[4..8].copy_from_slice(&[0.25, 0.5, 0.5, 1.0]);
    let tensors = [
        Tensor::new("scores", vec![1, 2000, 3], Values::F32(&scores)).unwrap(),
        Tensor::new("boxes", vec![1, 2000, 4], Values::F32(&boxes)).unwrap(),
    ];
    assert_box(&ssd.decode(&tensors, 0.5), [24.0, 32.0, 48.0, 64.0], 2, 0.7);
}

/// A preparation that changes no level.
fn plain(colour: Colour, fit: Fit) -> Preparation {
    Preparation { size: InputSize { width: 8, height: 8 }, colour, fit, mean: [0.0; 3], deviation: [1.0; 3] }
}

#[test]
fn a_letterbox_keeps_proportions_and_boxes_come_back() {
    let frame = RgbFrame::new(16, 8, 48, [200u8, 100, 50].repeat(128), 0).unwrap();
    let picture = Picture::Rgb(&frame);
    let check = |fit: Fit, first_row: usize, rows: usize| {
        let mut input = vec![0.0; 3 * 64];
        let placement = plain(Colour::Bgr, fit).fill(picture, picture.region(), Order::Planes, &mut input, |x| x);
        for y in 0..8 {
            let inside = (first_row..first_row + rows).contains(&y);
            let expected = if inside { [50.0, 100.0, 200.0] } else { [114.0; 3] };
            assert_eq!([0, 1, 2].map(|c| input[c * 64 + y * 8 + 3]), expected, "row {y}, {fit:?}");
        }
        let top = first_row as f32;
        let whole = Candidate { left: 0.0, top, right: 8.0, bottom: top + rows as f32, class: 0, score: 1.0 };
        let back = placement.back(whole);
        assert_eq!([back.left, back.top, back.right, back.bottom], [0.0, 0.0, 16.0, 8.0], "{fit:?}");
    };
    check(Fit::Letterbox, 2, 4);
    check(Fit::LetterboxCorner, 0, 4);
    check(Fit::Stretch, 0, 8);
}

#[test]
fn a_slice_s_boxes_are_counted_from_the_picture_s_corner() {
    let frame = GrayFrame::new(32, 32, 32, vec![9; 1024], 0).unwrap();
    let region = Region { x: 16, y: 8, width: 16, height: 16 };
    let mut input = vec![0u8; 64];
    let preparation = plain(Colour::Grey, Fit::Letterbox);
    let placement = preparation.fill(Picture::Gray(&frame), region, Order::Pixels, &mut input, |x| x as u8);
    assert_eq!(input, [9; 64]);
    let back = placement.back(Candidate { left: 1.0, top: 2.0, right: 3.0, bottom: 99.0, class: 0, score: 1.0 });
    assert_eq!([back.left, back.top, back.right, back.bottom], [18.0, 12.0, 22.0, 24.0]);
}

/// Numbers as a damaged or hostile network makes them.
fn hostile() -> impl Strategy<Value = f32> {
    prop_oneof![
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::NEG_INFINITY),
        Just(f32::MAX),
        Just(-1.0f32),
        0.0f32..1.0,
        -100.0f32..100.0
    ]
}

proptest! {
    #[test]
    fn whatever_numbers_come_only_sound_boxes_go_on(
        which in 0usize..8,
        seed in prop::collection::vec(hostile(), 97),
        score_min in 0.0f32..1.0,
    ) {
        let outputs: [&[(&str, &[usize])]; 8] = [
            &[("o", &[1, 3 * GRID, 85])], &[("o", &[1, 84, GRID])], &[("o", &[1, GRID, 84])], &[("o", &[1, 40, 6])],
            &[("o", &[1, GRID, 85])], &[("o", &[1, GRID, 112])], &[("d", &[1, 9, 4]), ("l", &[1, 9, 5])],
            &[("labels", &[1, 9]), ("boxes", &[1, 9, 4]), ("scores", &[1, 9])],
        ];
        let outputs = outputs[which];
        let head = fitted(&ModelCard::default(), outputs);
        let numbers: Vec<Vec<f32>> = outputs
            .iter()
            .map(|(_, shape)| seed.iter().copied().cycle().take(shape.iter().product()).collect())
            .collect();
        let tensors: Vec<_> = outputs
            .iter()
            .zip(&numbers)
            .map(|((name, shape), all)| Tensor::new(name, shape.to_vec(), Values::F32(all)).unwrap())
            .collect();
        let mut found = head.decode(&tensors, score_min);
        prop_assert!(found.iter().all(|c| c.is_sound() && c.score >= score_min));
        suppress(&mut found, 0.5);
        prop_assert!(found.len() <= CANDIDATES_MAX);
    }

    #[test]
    fn outputs_of_other_shapes_than_those_fitted_give_nothing_and_break_nothing(
        fitted_to in 0usize..3,
        rows in 0usize..100,
        columns in 0usize..100,
    ) {
        let outputs: [&[(&str, &[usize])]; 3] =
            [&[("o", &[1, 3 * GRID, 85])], &[("o", &[1, 84, GRID])], &[("o", &[1, GRID, 112])]];
        let head = fitted(&ModelCard::default(), outputs[fitted_to]);
        let numbers = vec![0.9; rows * columns];
        let tensor = Tensor::new("o", vec![1, rows, columns], Values::F32(&numbers)).unwrap();
        let _ = head.decode(&[tensor], 0.5);
        prop_assert!(head.decode(&[], 0.5).is_empty());
    }
}
