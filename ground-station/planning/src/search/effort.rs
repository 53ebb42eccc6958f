//! How large an area for how much effort.

use crate::patterns::probability_of_detection;

/// Half sides that are tried, in standard deviations: from, to, and how many.
const TRIED: (f64, f64, usize) = (0.3, 4.5, 400);
/// Doublings, and then halvings, until the effort for a success is known.
const STEPS: usize = 60;

/// The probability that a square around the datum holds the object.
#[must_use]
pub fn containment(half_side_m: f64, sd_m: f64) -> f64 {
    error_function(half_side_m / (sd_m * std::f64::consts::SQRT_2)).powi(2)
}

/// Half the side of the square with which this effort (sweep width times track length, m²) succeeds most likely, m.
#[must_use]
pub fn best_half_side(sd_m: f64, effort_m2: f64) -> f64 {
    let (from, to, count) = TRIED;
    let tried = (0..=count).map(|step| sd_m * (from + (to - from) * step as f64 / count as f64));
    let success = |half_m: f64| containment(half_m, sd_m) * probability_of_detection(effort_m2, 4.0 * half_m * half_m);
    tried.max_by(|a, b| success(*a).total_cmp(&success(*b))).unwrap_or(sd_m)
}

/// The effort for this probability of success, m².
pub(super) fn needed_m2(sd_m: f64, wanted: f64) -> f64 {
    let reaches = |effort_m2: f64| {
        let half_m = best_half_side(sd_m, effort_m2);
        containment(half_m, sd_m) * probability_of_detection(effort_m2, 4.0 * half_m * half_m) >= wanted
    };
    let (mut low_m2, mut high_m2) = (0.0, sd_m * sd_m);
    for _ in 0..STEPS {
        if reaches(high_m2) {
            break;
        }
        (low_m2, high_m2) = (high_m2, 2.0 * high_m2);
    }
    for _ in 0..STEPS {
        let middle_m2 = f64::midpoint(low_m2, high_m2);
        *(if reaches(middle_m2) { &mut high_m2 } else { &mut low_m2 }) = middle_m2;
    }
    high_m2
}

/// The error function to 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26).
pub(crate) fn error_function(x: f64) -> f64 {
    if x < 0.0 {
        return -error_function(-x);
    }
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    1.0 - polynomial * (-x * x).exp()
}
