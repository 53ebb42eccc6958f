//! Register: feeds the registration filter with the plots and reports that are surely of one target, and corrects plots
//! by what it has found.
//!
//! A plot is compared once with the best second opinion there is: the target's own report of that moment, else the last
//! plot of another sensor. Comparisons are made only of confirmed targets and of plots that are theirs beyond doubt, so
//! that a wrong association cannot pass for a bias.
//!
//! What it never does: correct directions of sensors without a range; they are not compared.

use std::sync::Arc;

use nalgebra::{Matrix3, Matrix3x4, SMatrix, Vector3, Vector4};
use telemetry::messages::{BiasSigma, Registration as Published, SensorBias, SensorKind};
use telemetry::{Azimuth, Elevation, Enu, Timestamp};

use crate::registration::{Comparison, Prior, Registration, Sighting, Source, consider, polar_position_by_bias};

use super::gate::Noise;
use super::measure::{AZIMUTH, ELEVATION, Plot, Pose, RANGE, ROWS, RowsSquare};
use super::scene::{Scene, Target};
use super::sensor::Sensor;

/// What a radar that claims nothing may be off by.
const UNSTATED: BiasSigma = BiasSigma { range_m: 1.0, azimuth_rad: 0.0012, elevation_rad: 0.0012, time_s: 0.0 };
/// A plot is surely its target's from this share on.
const SURE: f64 = 0.97;
/// Sightings this far apart, seconds, are not compared.
const APART_S: f64 = 1.6;
/// What a target may accelerate between two sightings, m/s².
const ACCELERATION_M_S2: f64 = 2.0;
/// The height of what a 2-D radar sees is as open as this, metres.
const HEIGHT_SIGMA_M: f64 = 300.0;

/// The last sightings of one target, each with whether it was compared already.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    plots: Vec<(Sighting, bool)>,
    report: Option<(Sighting, Vec<u16>)>,
}

/// The filter over all sensors of a site that measure a range.
pub(super) fn registration(sensors: &[Sensor]) -> Registration {
    let prior = |sensor: &Sensor| {
        let ranged = matches!(sensor.kind(), SensorKind::Radar | SensorKind::CoastalRadar);
        let stated = sensor.description.performance.bias_sigma.unwrap_or(UNSTATED);
        let sigma = [stated.range_m, stated.azimuth_rad, stated.elevation_rad, stated.time_s];
        Prior { sigma: if ranged { sigma } else { [0.0; 4] } }
    };
    Registration::new(&sensors.iter().map(prior).collect::<Vec<_>>())
}

/// What the filter has found of every sensor that has anything to find.
pub(super) fn published(sensors: &[Sensor], filter: &Registration, at: Timestamp) -> Vec<Published> {
    let bias = |v: Vector4<f64>| SensorBias { range_m: v[0], azimuth_rad: v[1], elevation_rad: v[2], time_s: v[3] };
    let entry = |(place, sensor): (usize, &Sensor)| {
        (filter.comparisons(place) > 0).then(|| Published {
            sensor: sensor.id.clone(),
            estimated_at: at,
            bias: bias(filter.bias(place)),
            sigma: bias(filter.covariance(place).diagonal().map(|variance| variance.max(0.0).sqrt())),
            comparisons: filter.comparisons(place),
            beyond_claim: filter.beyond_claim(place),
        })
    };
    sensors.iter().enumerate().filter_map(entry).collect()
}

/// Takes out of the plots what the sensor is known to be off by, and says what remains unknown.
pub(super) fn correct(filter: &Registration, sensor: u16, plots: &mut [Plot], noise: &mut Noise) {
    let place = usize::from(sensor);
    let bias = filter.bias(place);
    let covariance = filter.covariance(place);
    if covariance.diagonal().max() <= 0.0 {
        return;
    }
    for plot in plots {
        for row in [RANGE, AZIMUTH, ELEVATION] {
            if plot.has[row] {
                plot.value[row] -= bias[row];
            }
        }
        plot.at = plot.at.offset_seconds(-bias[3]);
    }
    let mut by_bias = SMatrix::<f64, ROWS, 4>::zeros();
    for row in [RANGE, AZIMUTH, ELEVATION] {
        by_bias[(row, row)] = 1.0;
    }
    let added: RowsSquare = consider(&by_bias, &covariance);
    noise.registration = added;
}

/// Notes a corrected plot that is surely a target's, and compares it with the best second opinion.
pub(super) fn sighted(scene: &mut Scene, target: usize, sensor: u16, pose: &Pose, plot: &Plot, share: f64) {
    let Scene { targets, registration, .. } = scene;
    if share < SURE || !targets[target].confirmed || !plot.places() || !plot.has[AZIMUTH] {
        return;
    }
    let target = Arc::make_mut(&mut targets[target]);
    let bias = registration.bias(usize::from(sensor));
    let Some(sighting) = of_plot(target, sensor, pose, plot, &bias) else { return };
    let estimate = target.imm.estimate();
    let compare = |filter: &mut Arc<Registration>, other: &Sighting| {
        Arc::make_mut(filter).compare(&Comparison {
            first: sighting,
            second: *other,
            velocity: estimate.velocity(),
            velocity_covariance: estimate.covariance.fixed_view::<3, 3>(3, 3).into_owned(),
            acceleration_sigma: ACCELERATION_M_S2,
        });
    };
    let near = |other: &Sighting| (sighting.at_s - other.at_s).abs() < APART_S;
    let mut compared = false;
    if let Some((report, with)) = target.seen.report.as_mut().filter(|(report, _)| near(report)) {
        if !with.contains(&sensor) {
            with.push(sensor);
            compare(registration, report);
            compared = true;
        }
    } else {
        let others = target
            .seen
            .plots
            .iter_mut()
            .filter(|(other, compared)| !compared && other.source != sighting.source && near(other));
        if let Some((other, done)) = others.max_by(|a, b| a.0.at_s.total_cmp(&b.0.at_s)) {
            compare(registration, other);
            *done = true;
            compared = true;
        }
    }
    target.seen.plots.retain(|(other, _)| other.source != sighting.source);
    target.seen.plots.push((sighting, compared));
}

/// Notes a target's own report.
pub(super) fn reported(
    target: &mut Target,
    identity: &str,
    at: Timestamp,
    position: Vector3<f64>,
    covariance: Matrix3<f64>,
) {
    let source = Source::Report(
        identity
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
    );
    let by_bias = Matrix3x4::zeros();
    let sighting = Sighting { source, at_s: at.unix_seconds(), position, covariance, by_bias };
    target.seen.report = Some((sighting, Vec::new()));
}

fn of_plot(target: &Target, sensor: u16, pose: &Pose, plot: &Plot, bias: &Vector4<f64>) -> Option<Sighting> {
    let elevation = if plot.has[ELEVATION] { plot.value[ELEVATION] + bias[2] } else { 0.0 };
    let (range, azimuth) = (plot.value[RANGE] + bias[0], plot.value[AZIMUTH] + bias[1]);
    let seen = Enu::from_polar(range, Azimuth::from_radians(azimuth), Elevation::from_radians(elevation));
    let estimate = target.imm.estimate();
    let expected = pose.expects(&estimate.mean)?;
    let level = plot.has[ELEVATION].then(|| Elevation::from_radians(expected.value[ELEVATION] + bias[2] / 2.0));
    let by_bias = polar_position_by_bias(
        expected.range_m,
        Azimuth::from_radians(expected.value[AZIMUTH] + bias[1] / 2.0),
        level,
        &pose.sensor_from_site,
        &estimate.velocity(),
    );
    let elevation_sigma = if plot.has[ELEVATION] { plot.sigma[ELEVATION] } else { HEIGHT_SIGMA_M / expected.range_m };
    let sigma = Vector3::new(plot.sigma[RANGE], plot.sigma[AZIMUTH], elevation_sigma);
    // The slopes of the biases are those of the noise; a 2-D radar's height is added by itself.
    let slopes: Matrix3<f64> = by_bias.fixed_view::<3, 3>(0, 0).into_owned();
    let mut covariance = slopes * Matrix3::from_diagonal(&sigma.map(|s| s * s)) * slopes.transpose();
    if !plot.has[ELEVATION] {
        let up = pose.sensor_from_site.row(2).transpose();
        covariance += up * up.transpose() * HEIGHT_SIGMA_M.powi(2);
    }
    let at_s = plot.at.offset_seconds(bias[3]).unix_seconds();
    Some(Sighting {
        source: Source::Sensor(usize::from(sensor)),
        at_s,
        position: pose.in_site(seen),
        covariance,
        by_bias,
    })
}

#[cfg(test)]
mod tests;
