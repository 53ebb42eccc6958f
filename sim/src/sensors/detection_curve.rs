//! The probability of detection against range.

use thiserror::Error;

/// A curve that is no curve.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "a detection curve is points (range in metres, probability 0 to 1) in rising order of range; point {index} is {found:?}"
)]
pub struct DetectionCurveFault {
    /// The first point that is wrong; 0 for a curve without points.
    pub index: usize,
    /// What was found there.
    pub found: Option<(f64, f64)>,
}

/// The probability to detect the reference target against range, straight between the points and level outside.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectionCurve(Vec<(f64, f64)>);

impl DetectionCurve {
    /// From points `(range in metres, probability)`.
    ///
    /// # Errors
    /// [`DetectionCurveFault`] when there are none, ranges do not rise or a probability is not in 0 to 1.
    pub fn new(points: Vec<(f64, f64)>) -> Result<Self, DetectionCurveFault> {
        let fault = |index: usize| DetectionCurveFault { index, found: points.get(index).copied() };
        if points.is_empty() {
            return Err(fault(0));
        }
        let allowed = |&(range_m, probability): &(f64, f64)| range_m.is_finite() && (0.0..=1.0).contains(&probability);
        if let Some(index) = points.iter().position(|point| !allowed(point)) {
            return Err(fault(index));
        }
        if let Some(index) = points.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
            return Err(fault(index + 1));
        }
        Ok(Self(points))
    }

    /// The same probability at every range.
    #[must_use]
    pub fn level(probability: f64) -> Self {
        Self(vec![(0.0, probability.clamp(0.0, 1.0))])
    }

    /// The shape of a radar's curve: level to 45 % of its range, then falling, to about 40 % of the level at the end.
    #[must_use]
    pub fn falling(probability: f64, range_m: f64) -> Self {
        let shape = [(0.0, 1.0), (0.45, 1.0), (0.67, 0.9), (0.89, 0.68), (1.0, 0.42)];
        let point = |(share, left): (f64, f64)| (share * range_m.max(1.0), (left * probability).clamp(0.0, 1.0));
        Self(shape.map(point).to_vec())
    }

    /// The probability at a range.
    #[must_use]
    pub fn at(&self, range_m: f64) -> f64 {
        let after = self.0.partition_point(|&(range, _)| range <= range_m);
        let (Some(&(r0, p0)), Some(&(r1, p1))) = (self.0.get(after.wrapping_sub(1)), self.0.get(after)) else {
            let (_, level) = if after == 0 { self.0[0] } else { self.0[self.0.len() - 1] };
            return level;
        };
        p0 + (p1 - p0) * (range_m - r0) / (r1 - r0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_straight_between_points_and_level_outside() {
        let curve = DetectionCurve::new(vec![(1000.0, 0.9), (2000.0, 0.5)]).unwrap();
        for (range_m, expected) in [(0.0, 0.9), (1000.0, 0.9), (1500.0, 0.7), (2000.0, 0.5), (9000.0, 0.5)] {
            assert!((curve.at(range_m) - expected).abs() < 1e-12, "{range_m}");
        }
        assert!((DetectionCurve::level(0.8).at(123.0) - 0.8).abs() < 1e-12);
        assert!((DetectionCurve::falling(0.95, 4500.0).at(4500.0) - 0.4).abs() < 0.01);
    }

    #[test]
    fn a_curve_that_is_none_is_refused_at_its_first_bad_point() {
        let index = |points: &[(f64, f64)]| DetectionCurve::new(points.to_vec()).unwrap_err().index;
        assert_eq!(index(&[]), 0);
        assert_eq!(index(&[(0.0, 0.5), (1.0, 1.5)]), 1);
        assert_eq!(index(&[(0.0, 0.5), (1.0, f64::NAN)]), 1);
        assert_eq!(index(&[(0.0, 0.5), (2.0, 0.5), (2.0, 0.4)]), 2);
    }
}
