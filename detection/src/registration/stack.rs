//! The Kalman filter over the free biases of all sensors, stacked.
//!
//! A state is counted in the standard deviations of its prior, so that it begins with zero mean, unit variance, and all
//! numbers of the covariance are of one size whatever the units. Measurements come as independent rows of unit noise
//! and are taken one by one; with the optimal gain Joseph's form of a scalar update is P − w wᵀ, w = P hᵀ / √s, which
//! is symmetric to the last bit. What is left in the direction of h is P's part times noise / s; [`FINEST`] bounds that
//! from below, far above rounding, so that P stays positive definite.

use nalgebra::{DMatrix, DVector, Matrix4, SMatrix, SVector, SymmetricEigen, Vector4};

use super::difference::{Difference, Innovation, Rows, WIDTH};

/// The least variance of a single row along its direction, in squared standard deviations of the prior: no one
/// comparison tells a bias to a ten-thousandth of what the sensor claims.
const FINEST: f64 = 1e-8;
/// Eigenvalues of an information matrix below this, counted the same way, say nothing.
const LEAST_INFORMATION: f64 = 1e-9;
/// A state is widened no further than to this variance: ten times the claim, as standard deviation.
const WIDEST: f64 = 100.0;

#[derive(Debug, Clone)]
pub(super) struct Stack {
    estimate: DVector<f64>,
    covariance: DMatrix<f64>,
    /// Scratch of an update.
    gain: DVector<f64>,
}

/// What several comparisons with reports say of one sensor together: the sums of Hᵀ H and of Hᵀ z over their rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) information: Matrix4<f64>,
    pub(super) vector: Vector4<f64>,
}

impl Block {
    pub(super) fn add(&mut self, other: &Self) {
        self.information += other.information;
        self.vector += other.vector;
    }
}

impl Stack {
    pub(super) fn new(states: usize) -> Self {
        let zeros = DVector::zeros(states);
        Self { estimate: zeros.clone(), covariance: DMatrix::identity(states, states), gain: zeros }
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.estimate.copy_from(&other.estimate);
        self.covariance.copy_from(&other.covariance);
    }

    /// Of the state at a column; zero of one that is not there.
    pub(super) fn estimate(&self, column: usize) -> f64 {
        self.estimate.get(column).copied().unwrap_or(0.0)
    }

    /// Of the states at two columns; zero of those that are not there.
    pub(super) fn covariance(&self, i: usize, j: usize) -> f64 {
        self.covariance.get((i, j)).copied().unwrap_or(0.0)
    }

    /// How far a difference is from the one expected.
    pub(super) fn innovation(&self, difference: &Difference) -> Option<Innovation> {
        let columns = difference.columns();
        let estimate = SVector::from_fn(|i, _| self.estimate(columns[i]));
        difference.innovation(&estimate, &SMatrix::from_fn(|i, j| self.covariance(columns[i], columns[j])))
    }

    /// A step of the Gauss–Markov drift, of which `kept` of the variance is left.
    pub(super) fn drift(&mut self, kept: f64) {
        self.estimate *= kept.sqrt();
        self.covariance *= kept;
        for state in 0..self.estimate.len() {
            self.covariance[(state, state)] += 1.0 - kept;
        }
    }

    /// Doubles the standard deviations of the free states among a sensor's, and adds the prior's.
    pub(super) fn widen(&mut self, columns: &[usize; 4], unit: &Vector4<f64>) {
        for (&column, _) in columns.iter().zip(unit.iter()).filter(|(_, unit)| **unit > 0.0) {
            if self.covariance[(column, column)] < WIDEST / 4.0 {
                self.covariance.column_mut(column).scale_mut(2.0);
                self.covariance.row_mut(column).scale_mut(2.0);
                self.covariance[(column, column)] += 1.0;
            }
        }
    }

    pub(super) fn observe(&mut self, rows: &Rows) {
        for (value, slopes) in rows.values.iter().zip(rows.slopes.row_iter()) {
            self.observe_row(*value, slopes.iter().copied().zip(rows.columns));
        }
    }

    /// Takes what several comparisons say together, along the eigenvectors of their information.
    pub(super) fn absorb(&mut self, block: &Block, columns: &[usize; 4]) {
        let eigen = SymmetricEigen::new(block.information);
        for (information, direction) in eigen.eigenvalues.iter().zip(eigen.eigenvectors.column_iter()) {
            if *information > LEAST_INFORMATION {
                let root = information.sqrt();
                let slopes = direction.iter().map(|entry| entry * root);
                self.observe_row(direction.dot(&block.vector) / root, slopes.zip(columns.iter().copied()));
            }
        }
    }

    /// One measurement of unit noise. Slopes of zero may stand at any column.
    fn observe_row(&mut self, value: f64, slopes: impl Iterator<Item = (f64, usize)> + Clone) {
        self.gain.fill(0.0);
        let used = slopes.filter(|(slope, _)| *slope != 0.0);
        for (slope, column) in used.clone() {
            self.gain.axpy(slope, &self.covariance.column(column), 1.0);
        }
        let expected: f64 = used.clone().map(|(slope, column)| slope * self.estimate[column]).sum();
        let known: f64 = used.clone().map(|(slope, column)| slope * self.gain[column]).sum();
        let steepness: f64 = used.map(|(slope, _)| slope * slope).sum();
        let root = (known.max(0.0) + (FINEST * steepness).max(1.0)).sqrt();
        self.gain /= root;
        self.estimate.axpy((value - expected) / root, &self.gain, 1.0);
        self.covariance.ger(-1.0, &self.gain, &self.gain, 1.0);
    }
}

/// The rows of a comparison of one sensor with a report, as a block.
impl From<&Rows> for Block {
    fn from(rows: &Rows) -> Self {
        // The sensor stands first or second, and the other half is zero.
        let slopes = rows.slopes.fixed_columns::<4>(0) + rows.slopes.fixed_columns::<4>(WIDTH - 4);
        Self { information: slopes.tr_mul(&slopes), vector: slopes.tr_mul(&rows.values) }
    }
}
