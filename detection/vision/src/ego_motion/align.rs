//! Laying one picture upon another: the affine under which its points look as they did before.
//!
//! Method: inverse compositional alignment on points of strong gradient (S. Baker, I. Matthews, "Lucas-Kanade 20 years
//! on: a unifying framework", IJCV 56, 2004), with Tukey's weights from the median of the residuals, so that whatever
//! moves by itself, or is burnt in, has no say. What rates of gimbal and autopilot say enters as a prior of the shift.

use nalgebra::{Matrix2, Matrix2x3, Matrix6, Vector2, Vector6};

use super::pyramid::{Level, Point};

/// The affine's six numbers about the picture's centre: shift in pixels, then scale, turn and two shears, which are
/// multiplied by half the picture's width, so that all six are pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Warp {
    linear: Matrix2<f32>,
    shift: Vector2<f32>,
}

/// Shear beyond this is no camera's motion from one picture to the next: one standard deviation.
const SHEAR: f32 = 0.002;
/// Likewise scale and turn.
const TURN: f32 = 0.02;
/// Residuals beyond this many deviations have no weight.
const TUKEY: f32 = 4.7;
/// The least deviation of residuals, grey levels.
const RESIDUAL_LEAST: f32 = 0.7;
/// How far beside the best place it must look worse, pixels.
const BESIDE: f32 = 6.0;
/// Neighbouring points err alike: so many count as one.
const CORRELATED: f64 = 3.0;

/// What the rates say of the shift, pixels of the level.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShiftPrior {
    pub(super) shift: Vector2<f32>,
    pub(super) deviation: f32,
}

/// How well a warp fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) warp: Warp,
    /// The mean of the capped residuals, grey levels.
    pub(super) cost: f32,
    /// The share of the points that agree.
    pub(super) agreeing: f32,
    /// Covariance of the six numbers, px².
    pub(super) covariance: Matrix6<f64>,
    /// The same from the picture alone.
    pub(super) measured: Matrix6<f64>,
}

impl Warp {
    pub(super) fn shifted(shift: Vector2<f32>) -> Self {
        Self { linear: Matrix2::identity(), shift }
    }

    /// For a level half as coarse.
    pub(super) fn finer(self) -> Self {
        Self { shift: self.shift * 2.0, ..self }
    }

    pub(super) fn shift(&self) -> Vector2<f32> {
        self.shift
    }

    /// From an affine in the full picture's pixels. `factor`: pixels of the picture in one of the level.
    pub(super) fn from_affine(affine: &Matrix2x3<f64>, centre: Vector2<f64>, factor: f64) -> Self {
        let linear: Matrix2<f64> = affine.fixed_columns::<2>(0).into();
        let shift = linear * centre + affine.column(2) - centre;
        Self { linear: linear.cast(), shift: (shift / factor).cast() }
    }

    /// As an affine in the full picture's pixels.
    pub(super) fn to_affine(self, centre: Vector2<f64>, factor: f64) -> Matrix2x3<f64> {
        let linear: Matrix2<f64> = self.linear.cast();
        let shift: Vector2<f64> = self.shift.cast::<f64>() * factor + centre - linear * centre;
        Matrix2x3::from_columns(&[linear.column(0).into(), linear.column(1).into(), shift])
    }

    pub(super) fn apply(&self, x: f32, y: f32, centre: Vector2<f32>) -> Vector2<f32> {
        self.linear * (Vector2::new(x, y) - centre) + self.shift + centre
    }

    /// This warp after the inverse of a small one.
    fn after_inverse(&self, step: &Vector6<f32>, half: f32) -> Option<Self> {
        let [scale, turn, stretch, shear] = [step[2] / half, step[3] / half, step[4] / half, step[5] / half];
        let small = Matrix2::new(1.0 + scale + stretch, shear - turn, shear + turn, 1.0 + scale - stretch);
        let linear = self.linear * small.try_inverse()?;
        Some(Self { linear, shift: self.shift - linear * Vector2::new(step[0], step[1]) })
    }

    /// The six numbers of the deviation from "nothing moved", of which a prior speaks.
    fn numbers(&self, half: f32) -> Vector6<f32> {
        let l = &self.linear;
        let (scale, stretch) = ((l.m11 + l.m22) / 2.0 - 1.0, (l.m11 - l.m22) / 2.0);
        let (turn, shear) = ((l.m21 - l.m12) / 2.0, (l.m21 + l.m12) / 2.0);
        Vector6::new(self.shift.x, self.shift.y, scale * half, turn * half, stretch * half, shear * half)
    }
}

/// Two levels of the same size, the earlier picture's points, and how much stronger the later picture's contrast is.
pub(super) struct Pair<'a> {
    pub(super) points: &'a [Point],
    pub(super) current: &'a Level,
    pub(super) gain: f32,
}

impl Pair<'_> {
    pub(super) fn centre(&self) -> Vector2<f32> {
        Vector2::new((self.current.width as f32 - 1.0) / 2.0, (self.current.height as f32 - 1.0) / 2.0)
    }

    fn half(&self) -> f32 {
        self.current.width as f32 / 2.0
    }

    /// How much brighter the point is in the later picture under a warp; nothing where it lies outside.
    pub(super) fn residual(&self, point: &Point, warp: &Warp) -> Option<f32> {
        let there = warp.apply(point.x, point.y, self.centre());
        Some(self.current.at(there.x, there.y)? - self.gain * point.value)
    }

    /// The residuals of the points, and their deviation from the median of their absolutes.
    fn residuals(&self, warp: &Warp) -> (Vec<Option<f32>>, f32) {
        let residuals: Vec<_> = self.points.iter().map(|point| self.residual(point, warp)).collect();
        let mut absolutes: Vec<_> = residuals.iter().flatten().map(|residual| residual.abs()).collect();
        if absolutes.is_empty() {
            return (residuals, RESIDUAL_LEAST);
        }
        let middle = absolutes.len() / 2;
        let (_, median, _) = absolutes.select_nth_unstable_by(middle, f32::total_cmp);
        let deviation = (1.4826 * *median).max(RESIDUAL_LEAST);
        (residuals, deviation)
    }

    /// The information that is known beforehand, and what it says of a warp.
    fn prior(&self, warp: &Warp, prior: Option<&ShiftPrior>) -> (Vector6<f32>, Vector6<f32>) {
        let half = self.half();
        let [turn, shear] = [(TURN * half).powi(-2), (SHEAR * half).powi(-2)];
        let shift = prior.map_or(0.0, |prior| prior.deviation.powi(-2));
        let expected = prior.map_or(Vector2::zeros(), |prior| prior.shift);
        let mut off = warp.numbers(half);
        off[0] -= expected.x;
        off[1] -= expected.y;
        (Vector6::new(shift, shift, turn, turn, shear, shear), off)
    }

    /// Follows the gradients from `warp` to the best one near it.
    pub(super) fn refine(&self, mut warp: Warp, prior: Option<&ShiftPrior>, steps: usize) -> Fit {
        let half = self.half();
        let centre = self.centre();
        let mut hessian = Matrix6::<f32>::zeros();
        for _ in 0..steps {
            let (residuals, deviation) = self.residuals(&warp);
            hessian = Matrix6::zeros();
            let mut slope = Vector6::<f32>::zeros();
            for (point, residual) in self.points.iter().zip(&residuals) {
                let Some(residual) = residual else { continue };
                let off = (residual / (TUKEY * deviation)).powi(2);
                if off >= 1.0 {
                    continue;
                }
                let weight = (1.0 - off).powi(2) / (deviation * deviation);
                let steepest = steepest(point, centre, half) * self.gain;
                hessian.syger(weight, &steepest, &steepest, 1.0);
                slope.axpy(weight * residual, &steepest, 1.0);
            }
            hessian.fill_upper_triangle_with_lower_triangle();
            let (information, off) = self.prior(&warp, prior);
            // The step is undone from the warp: towards the prior is against its sign.
            let normal = hessian + Matrix6::from_diagonal(&information);
            let Some(cholesky) = normal.cholesky() else { break };
            let step = cholesky.solve(&(slope + information.component_mul(&off)));
            let Some(next) = warp.after_inverse(&step, half) else { break };
            warp = next;
            if step.amax() < 0.01 {
                break;
            }
        }
        self.judge(warp, prior, &hessian.cast())
    }

    fn judge(&self, warp: Warp, prior: Option<&ShiftPrior>, hessian: &Matrix6<f64>) -> Fit {
        let (residuals, deviation) = self.residuals(&warp);
        let inside = residuals.iter().flatten().count().max(1);
        let agree =
            residuals.iter().flatten().filter(|residual| residual.abs() < 2.5 * RESIDUAL_LEAST.max(deviation.min(3.0)));
        let (information, _) = self.prior(&warp, prior);
        let measured = hessian / CORRELATED;
        let invert = |information: Matrix6<f64>| information.try_inverse().unwrap_or(Matrix6::identity() * 1e6);
        let (known, mut shapes): (Vector6<f64>, Vector6<f64>) = (information.cast(), information.cast());
        shapes[0] = 1e-6;
        shapes[1] = 1e-6;
        Fit {
            warp,
            cost: self.cost(&warp),
            agreeing: agree.count() as f32 / inside as f32,
            covariance: invert(measured + Matrix6::from_diagonal(&known)),
            measured: invert(measured + Matrix6::from_diagonal(&shapes)),
        }
    }

    /// How much worse the points fit some pixels beside a warp, relative to how they fit there: 0 where it makes no
    /// difference, as with grain alone, towards 1 where they fit nowhere else.
    pub(super) fn distinctness(&self, fit: &Fit) -> f32 {
        let beside = [(BESIDE, 0.0), (-BESIDE, 0.0), (0.0, BESIDE), (0.0, -BESIDE)];
        let costs = beside.map(|(x, y)| self.cost(&Warp { shift: fit.warp.shift + Vector2::new(x, y), ..fit.warp }));
        let (sum, count) =
            costs.iter().filter(|cost| cost.is_finite()).fold((0.0, 0), |(sum, n), cost| (sum + cost, n + 1));
        if count == 0 { 0.0 } else { 1.0 - fit.cost * count as f32 / sum }
    }

    /// The mean capped residual; infinite where too few points stay inside the picture.
    pub(super) fn cost(&self, warp: &Warp) -> f32 {
        const CAP: f32 = 12.0;
        let residuals = self.points.iter().filter_map(|point| self.residual(point, warp));
        let (sum, count) =
            residuals.fold((0.0, 0), |(sum, count), residual| (sum + residual.abs().min(CAP), count + 1));
        if count * 3 < self.points.len() || count == 0 { f32::INFINITY } else { sum / count as f32 }
    }
}

/// How a point's brightness changes with each of the six numbers.
fn steepest(point: &Point, centre: Vector2<f32>, half: f32) -> Vector6<f32> {
    let (x, y) = ((point.x - centre.x) / half, (point.y - centre.y) / half);
    let (gx, gy) = (point.gradient.x, point.gradient.y);
    Vector6::new(gx, gy, gx * x + gy * y, gy * x - gx * y, gx * x - gy * y, gx * y + gy * x)
}

/// The shift by whole pixels, up to `reach` each way, under which two levels differ least. Every other row counts.
pub(super) fn search(previous: &Level, current: &Level, reach: i32) -> Vector2<f32> {
    const CAP: f32 = 12.0;
    let (width, height) = (current.width as i32, current.height as i32);
    let mut best = (f32::INFINITY, 0, 0);
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let (left, right) = (0.max(-dx), width.min(width - dx));
            let (top, bottom) = (0.max(-dy), height.min(height - dy));
            let mut sum = 0.0;
            let mut rows = 0;
            for y in (top..bottom).step_by(2) {
                let before = &previous.row(y as usize)[left as usize..right as usize];
                let after = &current.row((y + dy) as usize)[(left + dx) as usize..(right + dx) as usize];
                sum += before.iter().zip(after).map(|(a, b)| (a - b).abs().min(CAP)).sum::<f32>();
                rows += 1;
            }
            let cost = sum / (rows * (right - left)).max(1) as f32;
            // Of equals the smaller motion.
            if (cost, dx * dx + dy * dy) < (best.0, best.1 * best.1 + best.2 * best.2) {
                best = (cost, dx, dy);
            }
        }
    }
    Vector2::new(best.1 as f32, best.2 as f32)
}
