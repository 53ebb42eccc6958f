//! How the camera moved from one picture to the next: the affine that lays the previous upon the current one.
//!
//! Candidates for the shift (nothing moved, as before, as the rates say, and the best of an exhaustive search on a small
//! picture) are refined at quarter size; the one under which the points look most alike wins and is refined at the finest
//! level (`align`, `pyramid`). Cells that stay where they are while everything else moves are burnt in, and are left
//! out from then on (`overlay`). Where the picture has too little to hold on to, as over a calm sea or in the sky, the
//! prior decides, and the result says so.
//!
//! An affine describes a distant scene and a camera that turns, pans or zooms by a few degrees from one picture to the next.
//! It never follows parallax: near things move differently, and count as moving by themselves.

mod align;
mod overlay;
mod pyramid;

use nalgebra::{Matrix2, Matrix2x3, UnitQuaternion, Vector2, Vector3};

use crate::frame::GrayFrame;
use align::{Fit, Pair, ShiftPrior, Warp, search};
use overlay::Overlay;
use pyramid::{Point, Pyramid};

/// The fewest points that make a measurement.
const POINTS_LEAST: usize = 30;
/// The least share of points that agree.
const AGREEING_LEAST: f32 = 0.25;
/// The largest deviation at the centre that is still a measurement, pixels of the finest level.
const DEVIATION_MOST: f64 = 0.7;
/// The least share by which the points fit worse some pixels beside.
const DISTINCT_LEAST: f32 = 0.15;
/// What the method itself gets wrong at best, px of the finest level.
const FLOOR: f64 = 0.03;

/// What gimbal and autopilot say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Where a thing at a place of the previous picture is in the current one, pixels.
    pub current_from_previous: Matrix2x3<f64>,
    /// How wrong its shift may be, one standard deviation, pixels.
    pub deviation_px: f64,
}

impl Prior {
    /// From the camera's turn between two pictures, by a pinhole camera's geometry at the picture's centre: camera frames
    /// right, down, optical axis; the focal lengths and the principal point are the lens's.
    #[must_use]
    pub fn from_turn(
        current_from_previous_cam: &UnitQuaternion<f64>,
        focal_px: Vector2<f64>,
        centre_px: Vector2<f64>,
        deviation_px: f64,
    ) -> Self {
        let project = |pixel: Vector2<f64>| {
            let ray = (pixel - centre_px).component_div(&focal_px);
            let turned = current_from_previous_cam * Vector3::new(ray.x, ray.y, 1.0);
            Vector2::new(turned.x, turned.y).component_div(&Vector2::repeat(turned.z)).component_mul(&focal_px)
                + centre_px
        };
        let step = 1.0;
        let column = |along: Vector2<f64>| (project(centre_px + along) - project(centre_px - along)) / (2.0 * step);
        let linear = Matrix2::from_columns(&[column(Vector2::x() * step), column(Vector2::y() * step)]);
        let shift = project(centre_px) - linear * centre_px;
        let current_from_previous = Matrix2x3::from_columns(&[linear.column(0).into(), linear.column(1).into(), shift]);
        Self { current_from_previous, deviation_px }
    }

    fn is_sane(&self) -> bool {
        let determinant = self.current_from_previous.fixed_columns::<2>(0).determinant();
        self.current_from_previous.iter().all(|number| number.is_finite())
            && (0.5..2.0).contains(&determinant)
            && self.deviation_px > 0.0
    }
}

/// Where a registration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the pictures, the prior being at most a hint.
    Measured,
    /// From the prior: the pictures had too little to hold on to.
    Prior,
    /// From nothing: the first picture, or pictures without texture and no prior. The affine is "nothing moved".
    Nothing,
}

/// How the camera moved between two pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Registration {
    /// Where a thing at a place of the previous picture is in the current one, pixels.
    pub current_from_previous: Matrix2x3<f64>,
    /// Covariance of the shift at the picture's centre, px².
    pub shift_covariance: Matrix2<f64>,
    /// One standard deviation of the shift at the picture's left and right edges, pixels.
    pub edge_deviation_px: f64,
    /// The share of the points followed that agree, 0 to 1.
    pub agreeing: f64,
    /// How many points were followed.
    pub points: usize,
    /// Where it comes from.
    pub source: Source,
}

/// Registers one picture after another. See the module.
#[derive(Debug, Default)]
pub struct EgoMotion {
    previous: Option<Prepared>,
    last_shift: Vector2<f32>,
    overlay: Overlay,
}

/// A picture with the points of its two finer levels.
#[derive(Debug)]
struct Prepared {
    pyramid: Pyramid,
    points: [Vec<Point>; 2],
    width: usize,
    height: usize,
}

/// Whole pixels of the coarsest level that the search reaches each way.
const REACH: i32 = 8;

impl EgoMotion {
    /// A registration that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a picture with the one given before. A picture of another size begins anew.
    pub fn register(&mut self, frame: &GrayFrame, prior: Option<&Prior>) -> Registration {
        let prior = prior.filter(|prior| prior.is_sane());
        let Some(current) = Pyramid::new(frame) else {
            self.previous = None;
            return Registration::unmeasured(prior, 0);
        };
        let fits = |previous: &Prepared| (previous.width, previous.height) == (frame.width(), frame.height());
        let registration = match self.previous.take().filter(fits) {
            Some(previous) => self.between(&previous, &current, prior, frame),
            None => {
                self.overlay = Overlay::new(&current.levels[0]);
                Registration::unmeasured(prior, 0)
            }
        };
        let points = [current.levels[0].points(|cell| self.overlay.bars(cell)), {
            let (fine, coarse) = (&current.levels[0], &current.levels[1]);
            coarse.points(|cell| self.overlay.bars_coarse(cell, fine, coarse))
        }];
        self.previous = Some(Prepared { pyramid: current, points, width: frame.width(), height: frame.height() });
        registration
    }

    fn between(
        &mut self,
        previous: &Prepared,
        current: &Pyramid,
        prior: Option<&Prior>,
        frame: &GrayFrame,
    ) -> Registration {
        let centre = Vector2::new(frame.width() as f64 - 1.0, frame.height() as f64 - 1.0) / 2.0;
        let factor = current.factor as f64;
        let pair = |level: usize| {
            let contrast = previous.pyramid.levels[level].contrast.max(0.1);
            let gain = (current.levels[level].contrast / contrast).clamp(0.5, 2.0);
            Pair { points: &previous.points[level], current: &current.levels[level], gain }
        };
        let known = |level: usize| {
            let size = factor * f64::from(1 << level);
            prior.map(|prior| {
                let shift = Warp::from_affine(&prior.current_from_previous, centre, size).shift();
                ShiftPrior { shift, deviation: ((prior.deviation_px / size) as f32).max(0.02) }
            })
        };
        let points = previous.points[0].len();
        let coarse = self.candidates(previous, current, known(1).as_ref());
        let best = coarse.into_iter().map(|start| pair(1).refine(start, known(1).as_ref(), 8));
        let best = best.min_by(|a, b| a.cost.total_cmp(&b.cost)).expect("invariant: \"nothing moved\" is a candidate");
        let fit = pair(0).refine(best.warp.finer(), known(0).as_ref(), 6);
        let deviation = (fit.measured[(0, 0)] + fit.measured[(1, 1)]).sqrt();
        let holds = points >= POINTS_LEAST && fit.agreeing >= AGREEING_LEAST && deviation <= DEVIATION_MOST;
        if !holds || pair(0).distinctness(&fit) < DISTINCT_LEAST {
            self.last_shift = Vector2::zeros();
            return Registration::unmeasured(prior, points);
        }
        self.last_shift = fit.warp.shift();
        self.overlay.learn(&pair(0), &fit.warp);
        Registration::measured(&fit, points, centre, factor)
    }

    /// Where to begin, at the second level.
    fn candidates(&self, previous: &Prepared, current: &Pyramid, prior: Option<&ShiftPrior>) -> Vec<Warp> {
        let found = search(&previous.pyramid.levels[2], &current.levels[2], REACH) * 2.0;
        let mut shifts = vec![Vector2::zeros(), self.last_shift / 2.0, found];
        shifts.extend(prior.map(|prior| prior.shift));
        let mut apart: Vec<Vector2<f32>> = Vec::new();
        for shift in shifts {
            if apart.iter().all(|other| (other - shift).amax() > 0.7) {
                apart.push(shift);
            }
        }
        apart.into_iter().map(Warp::shifted).collect()
    }
}

impl Registration {
    fn unmeasured(prior: Option<&Prior>, points: usize) -> Self {
        let (current_from_previous, deviation, source) = match prior {
            Some(prior) => (prior.current_from_previous, prior.deviation_px, Source::Prior),
            // Nothing is known: a pan may shift by tens of pixels.
            None => (Matrix2x3::identity(), 30.0, Source::Nothing),
        };
        let shift_covariance = Matrix2::identity() * deviation * deviation;
        Self { current_from_previous, shift_covariance, edge_deviation_px: deviation, agreeing: 0.0, points, source }
    }

    fn measured(fit: &Fit, points: usize, centre: Vector2<f64>, factor: f64) -> Self {
        let covariance = fit.covariance;
        let floor = Matrix2::identity() * FLOOR * FLOOR;
        let shift_covariance = (covariance.fixed_view::<2, 2>(0, 0) + floor) * factor * factor;
        // At the edge half a width away the numbers of scale and turn are the shift itself.
        let edge = shift_covariance.trace() / 2.0 + factor * factor * covariance.fixed_view::<4, 4>(2, 2).trace() / 2.0;
        Self {
            current_from_previous: fit.warp.to_affine(centre, factor),
            shift_covariance,
            edge_deviation_px: edge.sqrt(),
            agreeing: f64::from(fit.agreeing),
            points,
            source: Source::Measured,
        }
    }
}

#[cfg(test)]
mod tests;
