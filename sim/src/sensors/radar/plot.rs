//! Plots before they are reported, and how a radar merges those it cannot tell apart.

use rand_chacha::ChaCha8Rng;
use telemetry::angle::wrapped_pi;
use telemetry::messages::Resolution;

use crate::random;

/// A plot in the making. Before it is disturbed its `drone_llr` holds the mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) range_m: f64,
    pub(super) azimuth_rad: f64,
    pub(super) elevation_rad: f64,
    pub(super) range_rate_m_s: f64,
    pub(super) drone_llr: Option<f64>,
}

impl Plot {
    fn unresolved_from(&self, other: &Self, cell: Resolution) -> bool {
        (self.range_m - other.range_m).abs() < cell.range_m
            && wrapped_pi(self.azimuth_rad - other.azimuth_rad).abs() < cell.azimuth_rad
            && (self.elevation_rad - other.elevation_rad).abs() < cell.elevation_rad
    }
}

/// Targets within a cell of the first of them give one plot at their centroid. The weights are the powers of their
/// echoes, which fluctuate exponentially from look to look (Swerling I).
pub(super) fn merged(mut targets: Vec<Plot>, cell: Option<Resolution>, rng: &mut ChaCha8Rng) -> Vec<Plot> {
    let Some(cell) = cell else { return targets };
    let mut plots = Vec::new();
    while let Some(first) = targets.pop() {
        let (mut together, apart) =
            targets.iter().partition::<Vec<_>, _>(|target| target.unresolved_from(&first, cell));
        together.push(first);
        plots.push(centroid(&first, &together, rng));
        targets = apart;
    }
    plots
}

fn centroid(first: &Plot, together: &[Plot], rng: &mut ChaCha8Rng) -> Plot {
    if together.len() < 2 {
        return *first;
    }
    let powers: Vec<f64> = together.iter().map(|_| random::exponential(rng, 1.0)).collect();
    let total: f64 = powers.iter().sum();
    let mean = |offset: &dyn Fn(&Plot) -> f64| {
        together.iter().zip(&powers).map(|(plot, power)| offset(plot) * power / total).sum::<f64>()
    };
    Plot {
        range_m: first.range_m + mean(&|plot| plot.range_m - first.range_m),
        azimuth_rad: first.azimuth_rad + mean(&|plot| wrapped_pi(plot.azimuth_rad - first.azimuth_rad)),
        elevation_rad: first.elevation_rad + mean(&|plot| plot.elevation_rad - first.elevation_rad),
        range_rate_m_s: first.range_rate_m_s + mean(&|plot| plot.range_rate_m_s - first.range_rate_m_s),
        drone_llr: first.drone_llr,
    }
}
