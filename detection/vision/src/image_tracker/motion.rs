//! Where a target is in the picture, and how fast: a Kalman filter in stabilised coordinates.
//!
//! A target keeps its velocity over the ground or the sky, not in the picture: so before every step the state is carried
//! into the new picture by ego-motion's affine. The box's centre is measured equally well in both directions and the
//! affine is close to a similarity, so that the covariance is one 2×2 matrix (place, velocity) that both axes share. That
//! costs a twentieth of the full matrices. What is left of shear is carried by the mean and neglected in the covariance.
//!
//! Process noise is a white acceleration (Y. Bar-Shalom, X. R. Li, T. Kirubarajan, "Estimation with Applications to
//! Tracking and Navigation", 2001, section 6.2.2) and a white shift of the picture, which is what ego-motion leaves.

use nalgebra::{Matrix2, Matrix2x3, Vector2};

/// The covariance of (place, velocity) of either axis: px², px²/s, px²/s².
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) place: f64,
    pub(super) mixed: f64,
    pub(super) velocity: f64,
}

/// A place in the picture and its velocity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Motion {
    /// Pixels.
    pub(super) place: Vector2<f64>,
    /// Pixels a second.
    pub(super) velocity: Vector2<f64>,
    pub(super) spread: Spread,
}

/// How one picture becomes the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    pub(super) seconds: f64,
    pub(super) current_from_previous: Matrix2x3<f64>,
    /// The area of the new picture's pixels in the old: the square of the scale.
    pub(super) scale_squared: f64,
}

impl Change {
    /// An affine that is no map of one picture onto another (not finite, flat, mirrored, or beyond a factor of four) is
    /// taken for "nothing moved".
    pub(super) fn new(seconds: f64, current_from_previous: &Matrix2x3<f64>) -> Self {
        let linear: Matrix2<f64> = current_from_previous.fixed_columns::<2>(0).into();
        let area = linear.determinant();
        let sane = current_from_previous.iter().all(|value| value.is_finite()) && (1.0 / 16.0..16.0).contains(&area);
        if sane {
            Self { seconds, current_from_previous: *current_from_previous, scale_squared: area }
        } else {
            Self { seconds, current_from_previous: Matrix2x3::identity(), scale_squared: 1.0 }
        }
    }

    pub(super) fn linear(&self) -> Matrix2<f64> {
        self.current_from_previous.fixed_columns::<2>(0).into()
    }

    /// A change of place or velocity in the new picture, seen in the old one.
    pub(super) fn undone(&self, change: Vector2<f64>) -> Vector2<f64> {
        let linear = self.linear();
        let adjoint = Matrix2::new(linear.m22, -linear.m12, -linear.m21, linear.m11);
        adjoint * change / self.scale_squared
    }
}

/// How far a target may leave its straight way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unrest {
    /// Spectral density of the acceleration, px²/s³.
    pub(super) acceleration: f64,
    /// Variance of the picture's shift that ego-motion leaves, px² a frame.
    pub(super) shift: f64,
}

impl Motion {
    /// A target seen once.
    pub(super) fn seen_at(place: Vector2<f64>, place_variance: f64, velocity_variance: f64) -> Self {
        let spread = Spread { place: place_variance, mixed: 0.0, velocity: velocity_variance };
        Self { place, velocity: Vector2::zeros(), spread }
    }

    pub(super) fn predicted(&self, change: &Change, unrest: Unrest) -> Self {
        let dt = change.seconds;
        let linear = change.linear();
        let place = linear * (self.place + self.velocity * dt) + change.current_from_previous.column(2);
        let Spread { place: p, mixed: m, velocity: v } = self.spread;
        let q = unrest.acceleration;
        let scale = change.scale_squared;
        let spread = Spread {
            place: scale * (p + dt * (2.0 * m + dt * v)) + q * dt.powi(3) / 3.0 + unrest.shift,
            mixed: scale * (m + dt * v) + q * dt * dt / 2.0,
            velocity: scale * v + q * dt,
        };
        Self { place, velocity: linear * self.velocity, spread }
    }

    pub(super) fn updated(&self, measured: Vector2<f64>, variance: f64) -> Self {
        let Spread { place: p, mixed: m, velocity: v } = self.spread;
        let innovation = measured - self.place;
        let (gain_place, gain_velocity) = (p / (p + variance), m / (p + variance));
        Self {
            place: self.place + innovation * gain_place,
            velocity: self.velocity + innovation * gain_velocity,
            spread: Spread {
                place: p * (1.0 - gain_place),
                mixed: m * (1.0 - gain_place),
                velocity: v - m * gain_velocity,
            },
        }
    }

    /// What the smoothed state of the next picture says about this one (H. E. Rauch, F. Tung, C. T. Striebel, "Maximum
    /// likelihood estimates of linear dynamic systems", AIAA Journal 3, 1965). `predicted` is this state's own
    /// prediction for the next picture.
    pub(super) fn smoothed(&self, change: &Change, predicted: &Self, next: &Self) -> Self {
        let dt = change.seconds;
        let Spread { place: p, mixed: m, velocity: v } = self.spread;
        // P Fᵀ, and the prediction's covariance seen in this picture.
        let (a, b, c, d) = (p + dt * m, m, m + dt * v, v);
        let of = predicted.spread;
        let (pp, pm, pv) =
            (of.place / change.scale_squared, of.mixed / change.scale_squared, of.velocity / change.scale_squared);
        let determinant = pp * pv - pm * pm;
        if determinant <= f64::MIN_POSITIVE {
            return *self;
        }
        let gain = Matrix2::new(a * pv - b * pm, b * pp - a * pm, c * pv - d * pm, d * pp - c * pm) / determinant;
        let place = change.undone(next.place - predicted.place);
        let velocity = change.undone(next.velocity - predicted.velocity);
        Self {
            place: self.place + place * gain.m11 + velocity * gain.m12,
            velocity: self.velocity + place * gain.m21 + velocity * gain.m22,
            spread: self.spread,
        }
    }
}
