//! A Gaussian belief of where a target is and how it moves, in the site frame.

use nalgebra::{SMatrix, SVector, Vector3};

/// East, north, up in metres, then their rates in m/s, all in the site frame.
pub(super) type Vector6 = SVector<f64, 6>;
/// The covariance of a [`Vector6`].
pub(super) type Matrix6 = SMatrix<f64, 6, 6>;

/// Mean and covariance of position and velocity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gaussian {
    pub(super) mean: Vector6,
    pub(super) covariance: Matrix6,
}

impl Gaussian {
    pub(super) fn position(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(0).into_owned()
    }

    pub(super) fn velocity(&self) -> Vector3<f64> {
        self.mean.fixed_rows::<3>(3).into_owned()
    }

    /// Whether every number is one, and every variance positive.
    pub(super) fn is_sound(&self) -> bool {
        let finite = self.mean.iter().chain(self.covariance.iter()).all(|x| x.is_finite());
        finite && self.covariance.diagonal().iter().all(|&variance| variance > 0.0)
    }
}

/// Sums weighted Gaussians to the one with the mixture's mean and covariance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    weight: f64,
    first: Vector6,
    second: Matrix6,
    /// Means are summed as offsets from here, so that large coordinates lose no digits.
    around: Vector6,
}

impl Moments {
    pub(super) fn around(point: &Vector6) -> Self {
        Self { weight: 0.0, first: Vector6::zeros(), second: Matrix6::zeros(), around: *point }
    }

    pub(super) fn add(&mut self, weight: f64, mean: &Vector6, covariance: &Matrix6) {
        let offset = mean - self.around;
        self.weight += weight;
        self.first += offset * weight;
        self.second += (covariance + offset * offset.transpose()) * weight;
    }

    /// The mixture's moments; nothing of a mixture without weight.
    pub(super) fn gaussian(&self) -> Option<Gaussian> {
        if !(self.weight > 0.0 && self.weight.is_finite()) {
            return None;
        }
        let first = self.first / self.weight;
        let covariance = self.second / self.weight - first * first.transpose();
        Some(Gaussian { mean: self.around + first, covariance: (covariance + covariance.transpose()) * 0.5 })
    }
}
