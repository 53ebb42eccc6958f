use nalgebra::{Matrix2x3, UnitQuaternion, Vector2, Vector3};
use proptest::prelude::*;

use super::*;

const WIDTH: usize = 480;
const HEIGHT: usize = 272;

/// A value between 0 and 1 that belongs to a place.
fn hash(x: i64, y: i64) -> f64 {
    let mut bits = (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    bits = (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((bits ^ (bits >> 32)) & 0xffff) as f64 / 65535.0
}

/// A smooth random scene with structure of this size.
fn noise(place: Vector2<f64>, size: f64) -> f64 {
    let (x, y) = (place.x / size, place.y / size);
    let (column, row) = (x.floor(), y.floor());
    let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (smooth(x - column), smooth(y - row));
    let corner = |dx: i64, dy: i64| hash(column as i64 + dx, row as i64 + dy);
    let above = corner(0, 0) + fx * (corner(1, 0) - corner(0, 0));
    let below = corner(0, 1) + fx * (corner(1, 1) - corner(0, 1));
    above + fy * (below - above)
}

fn scene(place: Vector2<f64>) -> f64 {
    60.0 + 60.0 * noise(place, 24.0) + 40.0 * noise(place, 7.0)
}

/// Every picture has grain of its own.
fn render(brightness: impl Fn(Vector2<f64>) -> f64) -> GrayFrame {
    let salt =
        (brightness(Vector2::new(17.0, 17.0)) * 1e6) as i64 + (brightness(Vector2::new(400.0, 99.0)) * 1e6) as i64;
    let pixel = |i: usize| {
        let (x, y) = (i % WIDTH, i / WIDTH);
        let grain = 3.0 * (hash(x as i64 + salt, y as i64 - salt) - 0.5);
        (brightness(Vector2::new(x as f64, y as f64)) + grain).round().clamp(0.0, 255.0) as u8
    };
    GrayFrame::new(WIDTH, HEIGHT, WIDTH, (0..WIDTH * HEIGHT).map(pixel).collect::<Vec<_>>(), 0).unwrap()
}

fn apply(affine: &Matrix2x3<f64>, place: Vector2<f64>) -> Vector2<f64> {
    affine.fixed_columns::<2>(0) * place + affine.column(2)
}

/// A camera's motion about the picture's centre.
fn motion(dx: f64, dy: f64, turn: f64, scale: f64) -> Matrix2x3<f64> {
    let centre = Vector2::new(WIDTH as f64 - 1.0, HEIGHT as f64 - 1.0) / 2.0;
    let linear = nalgebra::Rotation2::new(turn).matrix() * scale;
    let shift = centre + Vector2::new(dx, dy) - linear * centre;
    Matrix2x3::from_columns(&[linear.column(0).into(), linear.column(1).into(), shift])
}

fn inverse(affine: &Matrix2x3<f64>, place: Vector2<f64>) -> Vector2<f64> {
    let linear = affine.fixed_columns::<2>(0).into_owned();
    linear.try_inverse().unwrap() * (place - affine.column(2))
}

/// The worst error over the picture's corners, pixels.
fn error(found: &Registration, truth: &Matrix2x3<f64>) -> f64 {
    let (w, h) = (WIDTH as f64, HEIGHT as f64);
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(x, y)| Vector2::new(x, y));
    let off = |corner: Vector2<f64>| (apply(&found.current_from_previous, corner) - apply(truth, corner)).norm();
    corners.map(off).into_iter().fold(0.0, f64::max)
}

/// Registers the moved scene with the scene.
fn register(truth: &Matrix2x3<f64>, change: impl Fn(f64, Vector2<f64>) -> f64) -> Registration {
    let mut ego_motion = EgoMotion::new();
    ego_motion.register(&render(scene), None);
    ego_motion.register(&render(|place| change(scene(inverse(truth, place)), place)), None)
}

#[test]
fn pans_turns_and_zooms_are_found_to_a_tenth_of_a_pixel() {
    for (dx, dy, turn, scale) in [
        (0.0, 0.0, 0.0, 1.0),
        (3.3, -1.7, 0.0, 1.0),
        (-13.4, 6.2, 0.004, 1.0),
        (38.0, -21.5, 0.0, 1.0),
        (1.0, 2.0, -0.02, 1.0),
        (-4.0, 0.5, 0.01, 1.02),
    ] {
        let truth = motion(dx, dy, turn, scale);
        let found = register(&truth, |brightness, _| brightness);
        assert_eq!(found.source, Source::Measured);
        assert!(error(&found, &truth) < 0.1, "{dx} {dy} {turn} {scale}: {} px, {found:?}", error(&found, &truth));
        assert!(found.agreeing > 0.8 && found.edge_deviation_px < 0.2, "{found:?}");
    }
}

#[test]
fn a_change_of_gain_and_a_shadow_do_not_move_the_picture() {
    let truth = motion(-7.3, 2.4, 0.003, 1.0);
    let found = register(&truth, |brightness, place| 1.3 * brightness - 30.0 + 0.08 * place.x);
    assert!(error(&found, &truth) < 0.15, "{} px, {found:?}", error(&found, &truth));
}

#[test]
fn what_moves_by_itself_has_no_say() {
    // A third of the picture goes its own way.
    let truth = motion(5.0, 1.0, 0.0, 1.0);
    let found = register(&truth, |brightness, place| {
        if place.x < WIDTH as f64 / 3.0 { scene(place + Vector2::new(911.0, 404.0)) } else { brightness }
    });
    assert_eq!(found.source, Source::Measured);
    assert!(error(&found, &truth) < 0.3, "{} px, {found:?}", error(&found, &truth));
    assert!((0.4..0.85).contains(&found.agreeing), "{found:?}");
}

/// Letters: strokes of full contrast in the four corners and a crosshair.
fn burnt_in(brightness: f64, place: Vector2<f64>) -> f64 {
    let text = !(30.0..HEIGHT as f64 - 30.0).contains(&place.y) && !(160.0..320.0).contains(&place.x);
    let stroke = text && noise(place + Vector2::new(5000.0, 0.0), 5.0) > 0.62;
    let cross = (place.x - 240.0).abs() < 1.5 || (place.y - 136.0).abs() < 1.5;
    if stroke || cross { 250.0 } else { brightness }
}

#[test]
fn burnt_in_text_is_learned_and_left_out_even_where_the_scene_is_faint() {
    let mut ego_motion = EgoMotion::new();
    // Over rich ground the text is found out; then only a faint sky is left beside it.
    let shift = |frame: usize| Vector2::new(4.0 * frame as f64, 1.5 * frame as f64);
    for frame in 0..12 {
        ego_motion.register(&render(|place| burnt_in(scene(place - shift(frame)), place)), None);
    }
    let sky = |place: Vector2<f64>| 120.0 + 30.0 * noise(place, 12.0);
    ego_motion.register(&render(|place| burnt_in(sky(place), place)), None);
    let truth = motion(3.0, -2.0, 0.0, 1.0);
    let found = ego_motion.register(&render(|place| burnt_in(sky(inverse(&truth, place)), place)), None);
    assert!(error(&found, &truth) < 0.5, "{} px, {found:?}", error(&found, &truth));
}

#[test]
fn without_texture_the_prior_decides_and_is_named() {
    let mut ego_motion = EgoMotion::new();
    let sky = |frame: f64| render(|place| 100.0 + frame + 0.1 * place.y);
    assert_eq!(ego_motion.register(&sky(0.0), None).source, Source::Nothing);
    let found = ego_motion.register(&sky(0.1), None);
    assert_eq!(found.source, Source::Nothing, "{found:?}");
    let prior = Prior { current_from_previous: motion(6.0, 1.0, 0.0, 1.0), deviation_px: 1.5 };
    let found = ego_motion.register(&sky(0.2), Some(&prior));
    assert_eq!((found.source, found.current_from_previous), (Source::Prior, prior.current_from_previous));
    assert_eq!(found.edge_deviation_px, 1.5);
}

#[test]
fn a_prior_finds_a_pan_beyond_the_search() {
    let truth = motion(95.0, -40.0, 0.01, 1.0);
    let prior = Prior { current_from_previous: motion(93.0, -41.0, 0.01, 1.0), deviation_px: 3.0 };
    let mut ego_motion = EgoMotion::new();
    ego_motion.register(&render(scene), None);
    let found = ego_motion.register(&render(|place| scene(inverse(&truth, place))), Some(&prior));
    assert_eq!(found.source, Source::Measured);
    assert!(error(&found, &truth) < 0.2, "{} px, {found:?}", error(&found, &truth));
}

#[test]
fn a_wrong_prior_does_not_outweigh_the_picture() {
    let truth = motion(2.0, 1.0, 0.0, 1.0);
    let prior = Prior { current_from_previous: motion(-9.0, 4.0, 0.0, 1.0), deviation_px: 2.0 };
    let mut ego_motion = EgoMotion::new();
    ego_motion.register(&render(scene), None);
    let found = ego_motion.register(&render(|place| scene(inverse(&truth, place))), Some(&prior));
    assert!(error(&found, &truth) < 0.2, "{} px", error(&found, &truth));
}

#[test]
fn a_prior_from_rates_is_the_pinholes_geometry() {
    let (focal, centre) = (Vector2::new(800.0, 800.0), Vector2::new(239.5, 135.5));
    // The camera turns right by 10 mrad: the scene moves left by 8 px.
    let turn = UnitQuaternion::from_scaled_axis(Vector3::new(0.0, -0.01, 0.0));
    let prior = Prior::from_turn(&turn, focal, centre, 1.0);
    let moved = apply(&prior.current_from_previous, centre) - centre;
    assert!((moved - Vector2::new(-8.0, 0.0)).norm() < 0.01, "{moved}");
    let roll = Prior::from_turn(&UnitQuaternion::from_scaled_axis(Vector3::z() * 0.02), focal, centre, 1.0);
    let moved = apply(&roll.current_from_previous, centre + Vector2::x() * 100.0) - centre;
    assert!((moved - Vector2::new(100.0 * 0.02f64.cos(), 100.0 * 0.02f64.sin())).norm() < 0.01, "{moved}");
}

#[test]
fn another_size_begins_anew_and_tiny_pictures_are_no_error() {
    let mut ego_motion = EgoMotion::new();
    ego_motion.register(&render(scene), None);
    let part = render(scene).crop(crate::frame::Region { x: 0, y: 0, width: 400, height: 200 }).unwrap();
    assert_eq!(ego_motion.register(&part, None).source, Source::Nothing);
    assert_eq!(ego_motion.register(&part, None).source, Source::Measured);
    let tiny = GrayFrame::new(3, 2, 3, vec![0; 6], 0).unwrap();
    assert_eq!(ego_motion.register(&tiny, None).source, Source::Nothing);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_two_pictures_give_a_finite_answer(
        seed in any::<[u8; 16]>(), width in 1usize..200, height in 1usize..160, prior in prop::array::uniform6(any::<f64>())
    ) {
        let mut ego_motion = EgoMotion::new();
        let prior = Prior { current_from_previous: Matrix2x3::from_row_slice(&prior), deviation_px: prior[0] };
        for salt in 0..3 {
            let pixel = |i: usize| seed[(i * 7 + i / width * 3 + salt) % 16] ^ (i * salt) as u8;
            let frame = GrayFrame::new(width, height, width, (0..width * height).map(pixel).collect::<Vec<_>>(), 0).unwrap();
            let found = ego_motion.register(&frame, Some(&prior));
            prop_assert!(found.current_from_previous.iter().all(|number| number.is_finite()));
            prop_assert!(found.edge_deviation_px > 0.0);
        }
    }
}
