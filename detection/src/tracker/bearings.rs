//! Initiate from directions alone: where the bearings of two sensors cross.
//!
//! A direction that no known target explains is kept for a moment. Each new one is crossed with those of other sensors;
//! where the lines meet in both fields of view, at a fair angle, a tentative target begins, with the position and
//! covariance of the least-squares crossing (Gauss–Newton; D. J. Torrieri, "Statistical theory of passive location
//! systems", IEEE T-AES 20 (1984)).
//!
//! With several targets most crossings are ghosts. They are not told from targets here: each begins with little
//! probability, and a direction has one origin only, so the ghosts starve as soon as the targets that all sensors see
//! take their directions (see `marginal`).
//!
//! Limits: directions of the last [`WINDOW_S`] seconds, at most [`KEPT_MAX`]; the oldest go first.

use nalgebra::{Matrix3, Vector3};
use telemetry::{Azimuth, Elevation, Enu};

use super::classify::Belief;
use super::existence::{Existence, Way};
use super::initiate;
use super::measure::{AZIMUTH, ELEVATION, Plot, Pose, Rows};
use super::motion::Domain;
use super::register::Seen;
use super::scene::{Key, Scene, Target};
use super::step::{Frame, Step};

/// Seconds for which a direction is kept: a little more than a look of a direction finder.
const WINDOW_S: f64 = 1.3;
const KEPT_MAX: usize = 256;
/// A direction that known targets explain better than this starts nothing.
const FREE_MIN: f64 = 0.4;
/// How surely a crossing is a target, at first.
const CROSSING: f64 = 0.02;
/// Lines that meet at less than this are parallel, radians.
const ANGLE_MIN: f64 = 0.17;
/// The crossing may be no vaguer than this, metres.
const VAGUE_M: f64 = 350.0;
/// A target moves this fast while the second sensor has not looked yet, m/s.
const DRIFT_M_S: f64 = 15.0;
/// A crossing this near to a known target, in squared standard deviations, is that target.
const KNOWN: f64 = 6.0;
const ITERATIONS: usize = 8;

/// A direction that no known target explains.
#[derive(Debug, Clone)]
pub(super) struct Direction {
    sensor: u16,
    plot: Plot,
    pose: Pose,
    range_max_m: f64,
}

impl Step<'_> {
    /// Crosses the free directions of a look with those of other sensors.
    pub(super) fn cross(&self, scene: &mut Scene, frame: &Frame, pose: &Pose, plots: &[Plot], free: &[f64]) {
        let sensor = &self.sensors[usize::from(frame.sensor)];
        if !sensor.watches(Domain::Air) {
            return;
        }
        let since = frame.scan.measured_at.offset_seconds(-WINDOW_S);
        scene.directions.retain(|known| known.plot.at > since);
        let fresh: Vec<Direction> = plots
            .iter()
            .zip(free)
            .filter(|(plot, free)| !plot.places() && **free > FREE_MIN)
            .map(|(plot, _)| Direction {
                sensor: frame.sensor,
                plot: *plot,
                pose: *pose,
                range_max_m: sensor.description.coverage.range_m[1],
            })
            .collect();
        for new in &fresh {
            for known in scene.directions.clone().iter().filter(|known| known.sensor != frame.sensor) {
                if let Some((position, covariance)) = self.crossing(new, known) {
                    self.begin(scene, frame, new, position, covariance);
                }
            }
        }
        scene.directions.extend(fresh);
        let excess = scene.directions.len().saturating_sub(KEPT_MAX);
        scene.directions.drain(..excess);
    }

    fn begin(
        &self,
        scene: &mut Scene,
        frame: &Frame,
        new: &Direction,
        position: Vector3<f64>,
        covariance: Matrix3<f64>,
    ) {
        let level = |m: &Matrix3<f64>| m.fixed_view::<2, 2>(0, 0).into_owned();
        let known = scene.targets.iter().any(|target| {
            let belief = target.imm.estimate();
            let off = (belief.position() - position).xy();
            let spread = level(&covariance) + belief.covariance.fixed_view::<2, 2>(0, 0);
            spread.cholesky().is_some_and(|factor| off.dot(&factor.solve(&off)) < KNOWN)
        });
        if known {
            return;
        }
        let imm = initiate::placed(self.motions, new.plot.at, position, covariance, Domain::Air);
        let way = if self.sensors[usize::from(frame.sensor)].listens() { Way::Transmits } else { Way::Reflects };
        let serial = scene.serial;
        scene.serial += 1;
        let target = Target {
            key: Key {
                at: new.plot.at,
                sensor: frame.sensor,
                detection: frame.scan.detections[new.plot.index].id.0,
                serial,
            },
            imm,
            existence: Existence::born(CROSSING, way),
            belief: Belief::of(Domain::Air),
            confirmed: false,
            shown: false,
            first_seen_at: new.plot.at,
            updated_at: new.plot.at,
            detections: 1.0,
            revisit_s: self.sensors[usize::from(frame.sensor)].revisit_s(),
            claimed: None,
            seen: Seen::default(),
            measured_by: vec![(frame.sensor, new.plot.at)],
        };
        self.admit(scene, target);
    }

    /// Where two directions cross, and how surely; nothing where they do not.
    fn crossing(&self, a: &Direction, b: &Direction) -> Option<(Vector3<f64>, Matrix3<f64>)> {
        let (height_m, sigma_m) = self.motions.of(Domain::Air).usual_height()?;
        let up = self.motions.ground_m() + height_m;
        let start = meeting(a, b, up)?;
        let apart_s = a.plot.at.seconds_since(b.plot.at).abs();
        let mut position = start;
        let mut information = Matrix3::zeros();
        for _ in 0..ITERATIONS {
            information = Matrix3::zeros();
            information[(2, 2)] = 1.0 / (sigma_m * sigma_m);
            let mut gradient = Vector3::new(0.0, 0.0, (up - position.z) / (sigma_m * sigma_m));
            for direction in [a, b] {
                let state = nalgebra::Vector6::new(position.x, position.y, position.z, 0.0, 0.0, 0.0);
                let expected = direction.pose.expects(&state)?;
                if expected.range_m > direction.range_max_m {
                    return None;
                }
                let residual: Rows = expected.residual(&direction.plot);
                let drift = DRIFT_M_S * apart_s / expected.level_m;
                for row in [AZIMUTH, ELEVATION] {
                    if direction.plot.has[row] {
                        let weight = 1.0 / (direction.plot.sigma[row].powi(2) + drift * drift);
                        let slope = expected.jacobian.fixed_view::<1, 3>(row, 0).transpose();
                        information += slope * slope.transpose() * weight;
                        gradient += slope * (weight * residual[row]);
                    }
                }
            }
            let step = information.cholesky()?.solve(&gradient);
            position += step;
            if step.norm() < 0.1 {
                break;
            }
        }
        let covariance = information.try_inverse()?;
        let vague = (covariance[(0, 0)] + covariance[(1, 1)]).sqrt();
        let sound = position.iter().all(|x| x.is_finite()) && vague < VAGUE_M;
        sound.then_some((position, covariance))
    }
}

/// Where two level lines of sight meet, ahead of both sensors.
fn meeting(a: &Direction, b: &Direction, up: f64) -> Option<Vector3<f64>> {
    let ray = |direction: &Direction| {
        let along =
            Enu::from_polar(1.0, Azimuth::from_radians(direction.plot.value[AZIMUTH]), Elevation::from_radians(0.0));
        (direction.pose.origin.xy(), (direction.pose.sensor_from_site.transpose() * along.vector()).xy())
    };
    let ((from_a, to_a), (from_b, to_b)) = (ray(a), ray(b));
    let cross = to_a.perp(&to_b);
    if cross.abs() < ANGLE_MIN.sin() * to_a.norm() * to_b.norm() {
        return None;
    }
    let between = from_b - from_a;
    let (along_a, along_b) = (between.perp(&to_b) / cross, between.perp(&to_a) / cross);
    let near = |along: f64, range_max_m: f64| (1.0..=range_max_m).contains(&along);
    let met = near(along_a, a.range_max_m) && near(along_b, b.range_max_m);
    let place = from_a + to_a * along_a;
    met.then(|| Vector3::new(place.x, place.y, up))
}

#[cfg(test)]
mod tests;
