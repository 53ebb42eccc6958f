//! From corners in space to a polygon in the picture.

use nalgebra::{Vector2, Vector3};

use crate::lens::{Distortion, Lens};
use crate::pose::Pose;

/// Nearer than this before the camera nothing is drawn, metres.
const NEAREST_M: f64 = 0.3;
/// Where the lens bends straight edges they are drawn in pieces of about this many pixels.
const PIECE_PX: f64 = 24.0;
const PIECES_MAX: f64 = 64.0;

/// The polygon that flat corners make in the picture, into `outline`; empty where nothing is seen. What lies behind the
/// camera or beyond the lens's field is cut off in space, where edges are straight.
pub(crate) fn project(
    lens: &Lens,
    pose: &Pose,
    corners: impl Iterator<Item = Vector3<f64>>,
    outline: &mut Vec<Vector2<f64>>,
) {
    outline.clear();
    let mut points: Vec<Vector3<f64>> = corners.map(|corner| pose.cam(&corner)).collect();
    let reach = lens.reach() * (1.0 - 1e-9);
    let inside = |point: &Vector3<f64>| {
        point.z >= NEAREST_M && point.x.abs() <= reach.x * point.z && point.y.abs() <= reach.y * point.z
    };
    if !points.iter().all(inside) {
        let planes = [
            (Vector3::z(), NEAREST_M),
            (Vector3::new(1.0, 0.0, reach.x), 0.0),
            (Vector3::new(-1.0, 0.0, reach.x), 0.0),
            (Vector3::new(0.0, 1.0, reach.y), 0.0),
            (Vector3::new(0.0, -1.0, reach.y), 0.0),
        ];
        for (normal, offset) in planes {
            points = clipped(&points, |point| point.dot(&normal) - offset);
        }
    }
    let straight = lens.distortion() == Distortion::default();
    let seen = |point: &Vector3<f64>| lens.project(point);
    for (from, to) in points.iter().zip(points.iter().cycle().skip(1)) {
        let Some(first) = seen(from) else { continue };
        outline.push(first);
        if straight {
            continue;
        }
        let Some(last) = seen(to) else { continue };
        let pieces = ((last - first).norm() / PIECE_PX).ceil().clamp(1.0, PIECES_MAX);
        let between = (1..pieces as usize).filter_map(|piece| seen(&from.lerp(to, piece as f64 / pieces)));
        outline.extend(between);
    }
    if outline.len() < 3 {
        outline.clear();
    }
}

/// The part of a polygon on the side where `depth` is not negative.
fn clipped(points: &[Vector3<f64>], depth: impl Fn(&Vector3<f64>) -> f64) -> Vec<Vector3<f64>> {
    let mut kept = Vec::with_capacity(points.len() + 2);
    for (from, to) in points.iter().zip(points.iter().cycle().skip(1)) {
        let (before, after) = (depth(from), depth(to));
        if before >= 0.0 {
            kept.push(*from);
        }
        if (before < 0.0) != (after < 0.0) {
            kept.push(from + (to - from) * (before / (before - after)));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(corners: [[f64; 3]; 4], lens: &Lens) -> Vec<Vector2<f64>> {
        let pose = Pose::looking(Vector3::zeros(), 0.0, 0.0, 0.0);
        let mut outline = Vec::new();
        project(lens, &pose, corners.into_iter().map(Vector3::from), &mut outline);
        outline
    }

    #[test]
    fn a_plain_that_reaches_behind_the_camera_is_cut_before_it() {
        let lens = Lens::pinhole([960, 544], 1.0).unwrap();
        let plain = [[-1e3, -1e3, -10.0], [1e3, -1e3, -10.0], [1e3, 1e3, -10.0], [-1e3, 1e3, -10.0]];
        let outline = seen(plain, &lens);
        let top = outline.iter().map(|point| point.y).fold(f64::MAX, f64::min);
        let focal = lens.focal_px().y;
        assert!((top - (271.5 + focal * 0.01)).abs() < 1e-6, "its far edge lies 10 m below over 1 km: {top}");
        assert!(outline.iter().all(|point| point.x.is_finite() && point.y < 620.0));
        let behind = [[0.0, -5.0, 0.0], [1.0, -5.0, 0.0], [1.0, -5.0, 1.0], [0.0, -5.0, 1.0]];
        assert!(seen(behind, &lens).is_empty());
    }

    #[test]
    fn a_straight_edge_follows_the_distortion() {
        let distortion = Distortion { radial: [-0.3, 0.08, 0.0], tangential: [0.0; 2] };
        let lens = Lens::new([960, 544], Vector2::repeat(800.0), Vector2::new(479.5, 271.5), distortion).unwrap();
        let wall = [[-5.0, 10.0, 2.0], [5.0, 10.0, 2.0], [5.0, 10.0, 3.0], [-5.0, 10.0, 3.0]];
        let outline = seen(wall, &lens);
        assert!(outline.len() > 40, "{}", outline.len());
        for point in outline {
            let ray = lens.ray(point).unwrap();
            let height = -ray.y / ray.z * 10.0;
            assert!((2.0 - 1e-6..=3.0 + 1e-6).contains(&height), "{height}");
        }
    }
}
