//! Initiate: what is first believed of a target, and which plots start one.

use std::sync::Arc;

use nalgebra::{Matrix3, Vector3};
use telemetry::{Azimuth, Elevation, Enu, SiteFrame};

use super::classify::Belief;
use super::estimate::{Gaussian, Matrix6, Vector6};
use super::existence::{Existence, Way};
use super::gate::{Candidate, Look};
use super::imm::{Imm, Linear, Motions};
use super::measure::{AZIMUTH, ELEVATION, Plot, Pose, RANGE, RANGE_RATE};
use super::motion::Domain;
use super::register::Seen;
use super::scene::{Key, Scene, Target};
use super::step::{Frame, Step};
use super::update::SHOWN;

/// A plot without elevation leaves the height as open as this, metres, unless its target floats.
const HEIGHT_SIGMA_M: f64 = 300.0;
/// What is seen this far from where small drones fly, in standard deviations, flies elsewhere.
const UNUSUAL_SIGMAS: f64 = 2.0;
/// How well the height of what floats is known, metres.
pub(super) const WATER_SIGMA_M: f64 = 1.0;
/// A plot that so many unconfirmed targets may explain starts no other.
const TRIED_MAX: usize = 3;

impl Step<'_> {
    /// Starts targets of the plots that no known target explains.
    pub(super) fn initiate(
        &self,
        scene: &mut Scene,
        frame: &Frame,
        look: &Look<'_>,
        plots: &[Plot],
        free: &[f64],
        (densities, tried): (&[[f64; 2]], &[usize]),
    ) {
        let domain = if look.sensor.watches(Domain::Air) { Domain::Air } else { Domain::Surface };
        for (((plot, free), [clutter, births]), tried) in plots.iter().zip(free).zip(densities).zip(tried) {
            let belief = Belief::of(domain);
            let births = births * belief.fit_of(plot.llr);
            let probability = free * births / (births + clutter);
            if !plot.places() || *tried >= TRIED_MAX {
                continue;
            }
            let Some(imm) = from_plot(self.motions, self.site, self.ground_m, look.pose, plot, domain) else {
                continue;
            };
            let mut target = Target {
                key: Key {
                    at: plot.at,
                    sensor: frame.sensor,
                    detection: frame.scan.detections[plot.index].id.0,
                    serial: 0,
                },
                imm,
                existence: Existence::born(probability, Way::Reflects),
                belief,
                confirmed: false,
                shown: probability >= SHOWN,
                first_seen_at: plot.at,
                updated_at: plot.at,
                detections: 1.0,
                revisit_s: look.sensor.revisit_s(),
                claimed: None,
                seen: Seen::default(),
                measured_by: vec![(frame.sensor, plot.at)],
            };
            if let Some(llr) = plot.llr {
                target.belief.take_ratio(llr, 1.0);
            }
            let estimate = target.imm.estimate();
            target.belief.moves(&estimate, self.motions.ground_m(), 0.0);
            self.admit(scene, target);
        }
    }

    /// Gives a new target its place, if there is room or somebody to make it.
    pub(super) fn admit(&self, scene: &mut Scene, target: Target) {
        if scene.targets.len() < self.targets_max || make_room(scene, &target) {
            scene.targets.push(Arc::new(target));
        } else {
            scene.crowded_out += 1;
        }
    }
}

/// How many unconfirmed targets each plot may belong to.
pub(super) fn tried(scene: &Scene, candidates: &[Candidate], plots: usize) -> Vec<usize> {
    let mut tried = vec![0; plots];
    for candidate in candidates.iter().filter(|candidate| !scene.targets[candidate.target].confirmed) {
        for gated in &candidate.plots {
            tried[gated.plot] += 1;
        }
    }
    tried
}

/// Makes room for a newcomer. For one that was measured the least probable unconfirmed target goes; for any, the one heard
/// of longest ago of those that nobody ever measured: words, however many, drive out words only. False where there is none.
fn make_room(scene: &mut Scene, newcomer: &Target) -> bool {
    let tentative = scene.targets.iter().enumerate().filter(|(_, target)| !target.confirmed);
    let least = tentative
        .min_by(|(_, a), (_, b)| a.existence.probability.total_cmp(&b.existence.probability).then(a.key.cmp(&b.key)));
    let least = least.filter(|(_, target)| {
        target.existence.probability <= newcomer.existence.probability && newcomer.claimed.is_none()
    });
    let unmeasured = || {
        let only_words = |target: &Target| target.claimed.as_ref().is_some_and(|claimed| claimed.independent.is_none());
        let all = scene.targets.iter().enumerate().filter(|(_, target)| only_words(target));
        all.min_by_key(|(_, target)| (target.updated_at, target.key))
    };
    let Some(place) = least.or_else(unmeasured).map(|(place, _)| place) else { return false };
    let gone = scene.targets.remove(place);
    scene.displaced += 1;
    scene.bury(gone);
    true
}

/// No place is known better than this from one plot, metres.
const DEVIATION_MIN_M: f64 = 0.1;

/// The belief that one plot with a range gives. `ground_m` is the height of the ground above the ellipsoid.
pub(super) fn from_plot(
    motions: &Motions,
    site: &SiteFrame,
    ground_m: f64,
    pose: &Pose,
    plot: &Plot,
    domain: Domain,
) -> Option<Imm> {
    if !plot.has[RANGE] || !plot.has[AZIMUTH] {
        return None;
    }
    let azimuth = Azimuth::from_radians(plot.value[AZIMUTH]);
    let range_m = plot.value[RANGE];
    let (elevation, elevation_sigma) = if plot.has[ELEVATION] {
        (plot.value[ELEVATION], plot.sigma[ELEVATION])
    } else {
        (0.0, HEIGHT_SIGMA_M / range_m.max(1.0))
    };
    let seen = Enu::from_polar(range_m, azimuth, Elevation::from_radians(elevation));
    let axes = polar_axes(azimuth.radians(), elevation);
    let deviations = Vector3::new(
        plot.sigma[RANGE],
        plot.sigma[AZIMUTH] * range_m * elevation.cos().max(0.05),
        elevation_sigma * range_m,
    );
    let deviations = deviations.map(|deviation| deviation.max(DEVIATION_MIN_M));
    let local = axes * Matrix3::from_diagonal(&deviations.map(|d| d * d)) * axes.transpose();
    let position = pose.in_site(seen);
    let covariance = pose.sensor_from_site.transpose() * local * pose.sensor_from_site;
    let mut imm = placed(motions, plot.at, position, covariance, domain);
    match domain {
        Domain::Surface => float(&mut imm, site, ground_m)?,
        Domain::Air => settle(&mut imm, motions, site, ground_m)?,
    }
    if plot.has[RANGE_RATE] {
        imm.condition::<1>(|state| {
            let expected = pose.expects(state)?;
            let residual = nalgebra::Vector1::new(plot.value[RANGE_RATE] - expected.value[RANGE_RATE]);
            let jacobian = expected.jacobian.row(RANGE_RATE).into_owned();
            let noise = nalgebra::Matrix1::new(plot.sigma[RANGE_RATE].powi(2) + 0.09);
            Some(Linear { residual, jacobian, noise })
        })?;
    }
    Some(imm)
}

/// A belief at a position, with the velocity any new target may have.
pub(super) fn placed(
    motions: &Motions,
    at: telemetry::Timestamp,
    position: Vector3<f64>,
    covariance: Matrix3<f64>,
    domain: Domain,
) -> Imm {
    let motion = motions.of(domain);
    let mut all = Matrix6::zeros();
    all.fixed_view_mut::<3, 3>(0, 0).copy_from(&covariance);
    for axis in 0..3 {
        let sigma = if axis < 2 { motion.speed_sigma_m_s } else { motion.climb_sigma_m_s };
        all[(axis + 3, axis + 3)] = sigma * sigma;
    }
    let mean = Vector6::new(position.x, position.y, position.z, 0.0, 0.0, 0.0);
    Imm::new(domain, at, Gaussian { mean, covariance: all })
}

/// Range, azimuth and elevation directions as columns, in the sensor's frame.
fn polar_axes(azimuth: f64, elevation: f64) -> Matrix3<f64> {
    let ((sa, ca), (se, ce)) = (azimuth.sin_cos(), elevation.sin_cos());
    Matrix3::new(sa * ce, ca, -sa * se, ca * ce, -sa, -ca * se, se, 0.0, ce)
}

/// Puts what floats on the water.
pub(super) fn float(imm: &mut Imm, site: &SiteFrame, water_m: f64) -> Option<()> {
    at_height(imm, site, water_m, WATER_SIGMA_M)
}

/// Takes that small drones fly where they usually do.
fn settle(imm: &mut Imm, motions: &Motions, site: &SiteFrame, ground_m: f64) -> Option<()> {
    let (height_m, sigma_m) = motions.of(Domain::Air).usual_height()?;
    let estimate = imm.estimate();
    let here = site.geodetic(Enu::from_vector(estimate.position())).ok()?;
    let off = here.height().metres - ground_m - height_m;
    let spread = (estimate.covariance[(2, 2)] + sigma_m * sigma_m).sqrt();
    if off.abs() > UNUSUAL_SIGMAS * spread {
        return Some(());
    }
    at_height(imm, site, ground_m + height_m, sigma_m)
}

/// Takes the height above the ellipsoid, geodetically, as measured.
fn at_height(imm: &mut Imm, site: &SiteFrame, height_m: f64, sigma_m: f64) -> Option<()> {
    imm.condition::<1>(|state| {
        let position = Enu::from_vector(state.fixed_rows::<3>(0).into_owned());
        let here = site.geodetic(position).ok()?;
        let up = SiteFrame::new(here).enu_from_other(site).row(2).into_owned();
        let mut jacobian = nalgebra::SMatrix::<f64, 1, 6>::zeros();
        jacobian.fixed_view_mut::<1, 3>(0, 0).copy_from(&up);
        let residual = nalgebra::Vector1::new(height_m - here.height().metres);
        Some(Linear { residual, jacobian, noise: nalgebra::Matrix1::new(sigma_m * sigma_m) })
    })?;
    Some(())
}

#[cfg(test)]
mod tests;
