//! The sea's horizon as an attitude reference.
//!
//! Seen from a height the horizon lies below the horizontal by the dip, which height and refraction give; so every point
//! of it in the picture says where "up" is, to about an arc minute, far better than a small autopilot's roll and pitch. Two
//! angles are found, the turns about the camera's level axes; the heading it says nothing of.
//!
//! [`find`] looks for the edge near where the attitude expects it, [`level`] fits the attitude to its points. It never
//! decides whether there is sea on the horizon: a coast or a ridge is higher, and whoever calls must know where the
//! camera looks over open water.

use nalgebra::{Matrix2, Unit, UnitQuaternion, Vector2, Vector3};

use super::{EARTH_RADIUS_M, Lens, REFRACTION};
use crate::frame::GrayFrame;

/// The fewest points of a horizon, and the least share of the points offered that must agree.
const POINTS_LEAST: usize = 12;
const AGREEING_LEAST: f64 = 0.6;
/// What refraction leaves unknown of the dip, radians: an arc minute.
const DIP_DEVIATION_RAD: f64 = 3e-4;
/// Columns looked at, at most.
const COLUMNS: usize = 96;
/// The least step of brightness at a horizon, grey levels, across rows this far apart.
const STEP_LEAST: f64 = 4.0;
const STEP_ROWS: usize = 4;

/// How far the sea's horizon lies below the horizontal, radians, seen from this height above the water.
#[must_use]
pub fn dip_rad(height_m: f64) -> f64 {
    // An Earth of larger radius stands for the bent light.
    let radius = EARTH_RADIUS_M / (1.0 - REFRACTION);
    (radius / (radius + height_m.max(0.0))).acos()
}

/// An attitude that the horizon has corrected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levelled {
    /// The corrected attitude of the camera.
    pub enu_from_cam: UnitQuaternion<f64>,
    /// The correction: a turn about east, north, up, radians; about up it is zero.
    pub correction_rad: Vector3<f64>,
    /// Covariance of what is left of it, about east and north, rad².
    pub covariance: Matrix2<f64>,
    /// The share of the points that agree.
    pub agreeing: f64,
}

/// The points of the horizon, pixels: in each of some columns the strongest step of brightness within `margin_rad` of
/// where the attitude expects the horizon. Columns without a step are left out.
#[must_use]
pub fn find(
    frame: &GrayFrame,
    lens: &Lens,
    enu_from_cam: &UnitQuaternion<f64>,
    height_m: f64,
    margin_rad: f64,
) -> Vec<Vector2<f64>> {
    let stride = frame.width().div_ceil(COLUMNS);
    let columns = (stride / 2..frame.width()).step_by(stride);
    let dip = dip_rad(height_m);
    columns.filter_map(|x| in_column(frame, lens, enu_from_cam, x, -dip, margin_rad)).collect()
}

fn in_column(
    frame: &GrayFrame,
    lens: &Lens,
    enu_from_cam: &UnitQuaternion<f64>,
    x: usize,
    elevation: f64,
    margin: f64,
) -> Option<Vector2<f64>> {
    let near = |y: &usize| {
        let pixel = Vector2::new(x as f64, *y as f64);
        let direction = lens.direction(pixel).map(|direction| enu_from_cam * direction);
        direction.is_some_and(|direction| (direction.z.asin() - elevation).abs() < margin)
    };
    // So far from the edges that the neighbours of a step have all their rows.
    let rows: Vec<_> = (STEP_ROWS + 1..frame.height().saturating_sub(STEP_ROWS + 1)).filter(near).collect();
    // Three columns and some rows on either side, so that grain and single waves count for little.
    let mean = |from: usize, to: usize| {
        let sides = x.saturating_sub(1)..(x + 2).min(frame.width());
        let count = ((to - from) * sides.len()) as f64;
        (from..to).flat_map(|y| &frame.row(y)[sides.clone()]).map(|&pixel| f64::from(pixel)).sum::<f64>() / count
    };
    let step = |y: usize| (mean(y - STEP_ROWS, y) - mean(y, y + STEP_ROWS)).abs();
    let best = rows.iter().copied().max_by(|&a, &b| step(a).total_cmp(&step(b)))?;
    if step(best) < STEP_LEAST {
        return None;
    }
    // Between rows: the top of the parabola through the neighbours.
    let (before, at, after) = (step(best - 1), step(best), step(best + 1));
    let bend = before - 2.0 * at + after;
    let part = if bend < -1e-9 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    // The step lies between row best − 1 and row best.
    Some(Vector2::new(x as f64, best as f64 - 0.5 + part))
}

/// Fits the attitude to points of the horizon, pixels, seen from `height_m` above the water, by reweighted least squares
/// with Tukey's weights. `deviation_px`: of a point. Nothing where too few agree, or they say nothing of one of the two
/// angles.
#[must_use]
pub fn level(
    points: &[Vector2<f64>],
    lens: &Lens,
    enu_from_cam: &UnitQuaternion<f64>,
    height_m: f64,
    deviation_px: f64,
) -> Option<Levelled> {
    let rays: Vec<Unit<Vector3<f64>>> = points.iter().filter_map(|&pixel| lens.direction(pixel)).collect();
    if rays.len() < POINTS_LEAST {
        return None;
    }
    let expected = -dip_rad(height_m).sin();
    let deviation = deviation_px / lens.focal_px().min();
    let mut attitude = *enu_from_cam;
    let mut information = Matrix2::zeros();
    let mut scale = f64::INFINITY;
    for _ in 0..12 {
        let residuals: Vec<_> = rays.iter().map(|ray| (attitude * ray, (attitude * ray).z - expected)).collect();
        let mut absolutes: Vec<_> = residuals.iter().map(|(_, residual)| residual.abs()).collect();
        absolutes.sort_by(f64::total_cmp);
        scale = (1.4826 * absolutes[absolutes.len() / 2]).max(deviation).min(scale);
        let mut slope = Vector2::zeros();
        information = Matrix2::zeros();
        for (direction, residual) in &residuals {
            let off = (residual / (4.7 * scale)).powi(2);
            if off < 1.0 {
                // A turn (a, b, 0) moves the direction's z by a·d_y − b·d_x.
                let steepest = Vector2::new(direction.y, -direction.x);
                let weight = (1.0 - off).powi(2);
                information += steepest * steepest.transpose() * weight;
                slope += steepest * (weight * residual);
            }
        }
        let step = information.try_inverse()? * slope;
        attitude = UnitQuaternion::from_scaled_axis(-Vector3::new(step.x, step.y, 0.0)) * attitude;
        if step.amax() < 1e-9 {
            break;
        }
    }
    let agree = rays
        .iter()
        .filter(|ray| ((attitude * **ray).z - expected).abs() < 4.0 * deviation.max(scale.min(3.0 * deviation)));
    let agreeing = agree.count() as f64 / rays.len() as f64;
    let covariance =
        information.try_inverse()? * scale.max(deviation).powi(2) + Matrix2::identity() * DIP_DEVIATION_RAD.powi(2);
    let correction = (attitude * enu_from_cam.inverse()).scaled_axis();
    let poorly_known = covariance.symmetric_eigenvalues().max() > 0.02f64.powi(2);
    (agreeing >= AGREEING_LEAST && !poorly_known).then_some(Levelled {
        enu_from_cam: attitude,
        correction_rad: correction,
        covariance,
        agreeing,
    })
}
