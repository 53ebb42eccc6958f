//! Registration: the constant errors of every sensor, estimated from what two of them say of one target.
//!
//! A radar stands a degree off north, another counts its range from the wrong end of a cable, a third stamps its plots
//! late. No track shows it: only a second opinion on the same target does. A **comparison** sets two **sightings** of
//! one target side by side, two sensors' or a sensor's and a position the target reports itself (Remote ID, ADS-B,
//! AIS). Their difference is a measurement of the two sensors' **biases** alone, because the target's position cancels:
//! the pseudo-measurement of Lin, Bar-Shalom and Kirubarajan ("Exact multisensor dynamic bias estimation with local
//! tracks", IEEE Trans. AES 40(2), 2004; for sensors that measure at different times, AES 41(3), 2005; see also
//! Bar-Shalom, Willett and Tian, "Tracking and Data Fusion", 2011, ch. 10). One Kalman filter holds the biases of all
//! sensors stacked, four each: range, azimuth, elevation, time offset.
//!
//! **Signs.** Measured = true + bias, the time included: a plot stamped `t` was measured at `t` − time offset, so a
//! target that moves appears where it was, and the position changes with the time offset by minus its velocity.
//!
//! **What is known beforehand** is the sensor's claim, a [`Prior`]: it is the start of the estimate, and what it
//! returns to. A bias drifts as a first-order Gauss–Markov process about zero with the prior's variance
//! ([`DRIFT_TIME_S`]), so that the filter never freezes and, jumps apart, its uncertainty never grows beyond the claim.
//!
//! **What can be known.** Two azimuth radars that look at a target from one direction, or from one mast, show the
//! difference of their biases only; each then gets its share by the priors, and the covariance says that the sum is as
//! unknown as before. From different directions the range of one tells the azimuth of the other. What tells such
//! directions apart is the slopes [`Sighting::by_bias`] alone, so take them where the target is thought to be, not at
//! the plot: the noise of plots makes slopes differ, and the filter would take that for knowledge of the sum.
//!
//! **Mistakes and lies.** A comparison off by more than it can be is refused; one at the edge is weighted down as Huber
//! would. What a target says of itself may be a lie, so it counts on probation first: two filters run, one on what is
//! proven and one on everything, and a report that walks away from what the sensor measures takes with it all that it
//! said on probation (`probation`). Where two sensors no longer agree though they did, because a mast was knocked, the
//! estimate is opened again (`watch`); reports cannot cause that.
//!
//! **Independence.** The random errors of the comparisons must be independent, so no plot may be compared with two
//! plots of one partner. Where k sources see one target and each pair is compared, the k (k − 1) / 2 differences stem
//! from k plots, and with equal noise their information is counted k / 2 times: with three, the normalised estimation
//! error squared should come out at 6 instead of 4 (5.4 and 6.2 were measured), standard deviations 18 % too small.
//! Better compare each plot once, with the most precise partner there is: a sensor with the report where there is one,
//! which leaves nothing for the other sensors to add.
//!
//! Limits: comparisons of plots at most a minute apart; biases small enough that their effect is linear
//! ([`polar_position_by_bias`] says how to be exact to second order). A comparison costs some multiples of the square
//! of the number of free states, at most four for each of some 64 sensors; it allocates only for a report heard for the
//! first time.
//!
//! What it never does: correct a plot, decide which plots show one target, or read a clock. When nobody else looks it
//! cannot tell a report that lies by a constant offset from its first word on, or walks off too slowly for the noise,
//! from a bias: it believes it as far as the prior lets it. Nor can it tell a sensor that was knocked from a liar when
//! only reports see its targets: it believes nothing then, and [`Registration::refused`] grows.

mod by_bias;
mod difference;
mod probation;
mod stack;
#[cfg(test)]
mod tests;
mod watch;

use nalgebra::{Matrix3, Matrix3x4, Matrix4, Vector3, Vector4};

pub use by_bias::{consider, polar_position_by_bias};
use difference::{Difference, Innovation};
use probation::{Probations, Verdict};
use stack::Stack;
use watch::Watch;

/// The time constant of the drift, seconds: 200 h. Within an hour a bias wanders by a tenth of its prior's standard
/// deviation; left alone for a night, an estimate loses a twentieth.
pub const DRIFT_TIME_S: f64 = 200.0 * 3600.0;
/// Drift is applied in steps of this, seconds: it is slow, and costs the square of the states.
const DRIFT_STEP_S: f64 = 1.0;
/// Squared distances beyond which a comparison is refused: χ² with three degrees of freedom, 99.9 % between sensors and
/// 99 % against a report, which may lie.
const GATE_SENSORS: f64 = 16.27;
const GATE_REPORT: f64 = 11.34;
/// Squared distances from where on a comparison pulls no harder (Huber): 95 % and 75 %.
const HUBER_SENSORS: f64 = 7.81;
const HUBER_REPORT: f64 = 4.11;
/// A bias is beyond the claim when it is, with [`SURE_SIGMAS`], more than this many claimed standard deviations. Of the
/// sensors whose claim is true 1 in 90 exceeds it in one of its four biases; at 2.5 it would be 1 in 20, and an alarm
/// sends somebody up a mast.
const CLAIM_SIGMAS: f64 = 3.0;
const SURE_SIGMAS: f64 = 2.0;
/// A claim below this is taken for this when it is judged: nobody is sent for less. Metres, radians (0.05°), seconds.
const CLAIM_FLOOR: [f64; 4] = [2.0, 0.000_873, 0.000_873, 0.02];
/// More freedom than this is none at all to a linear model: metres, radians, seconds.
const SIGMA_MAX: [f64; 4] = [5e3, 0.5, 0.5, 10.0];

/// What is known of a sensor's biases before anything is compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prior {
    /// The standard deviations that the sensor claims for the biases of range (metres), azimuth, elevation (radians)
    /// and time (seconds). 0, or a number that is none, stands for certainty: that bias is zero and stays so. More than
    /// 5 km, half a radian or 10 s counts as that.
    pub sigma: [f64; 4],
}

/// Who saw the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A sensor, by its place among the priors.
    Sensor(usize),
    /// The target itself; the number stands for the identity it claims, the same for all its reports.
    Report(u64),
}

/// Where a target was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// Who saw it.
    pub source: Source,
    /// The stamp, seconds from any moment that both sightings share, corrected by nothing.
    pub at_s: f64,
    /// The position, metres in the site frame, corrected by nothing.
    pub position: Vector3<f64>,
    /// The covariance of its random error, m². What is not measured (the height, to a 2-D radar) has a large variance.
    pub covariance: Matrix3<f64>,
    /// The change of the position with the sensor's biases of range, azimuth, elevation (metres per metre or radian)
    /// and time (minus the velocity, m/s), taken where the target is thought to be: see [`polar_position_by_bias`]. Not
    /// looked at in a report.
    pub by_bias: Matrix3x4<f64>,
}

/// Two sightings of one target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// One of them.
    pub first: Sighting,
    /// The other; which is which makes no difference.
    pub second: Sighting,
    /// The target's velocity about then, m/s in the site frame.
    pub velocity: Vector3<f64>,
    /// The covariance of the velocity's error, (m/s)².
    pub velocity_covariance: Matrix3<f64>,
    /// The standard deviation of the target's acceleration along each axis, m/s².
    pub acceleration_sigma: f64,
}

/// What became of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// It was taken.
    Taken {
        /// The normalised innovation squared, three degrees of freedom.
        nis: f64,
    },
    /// It was refused: too far from what the biases can explain.
    Gated {
        /// The normalised innovation squared.
        nis: f64,
    },
    /// It was refused: the report walked away from what this sensor measures or another, lately or just now. What it
    /// said on probation is forgotten.
    Distrusted {
        /// The normalised innovation squared.
        nis: f64,
    },
    /// It cannot be used: a number is none, a covariance is singular, the stamps are too far apart, a sensor is
    /// unknown, both sightings are one sensor's, or no bias in it is free.
    Unusable,
}

/// The biases of all sensors of a site.
#[derive(Debug, Clone)]
pub struct Registration {
    sensors: Vec<Sensor>,
    /// Estimated from all that was taken.
    current: Stack,
    /// Estimated from that, less what reports said on probation.
    proven: Stack,
    probations: Probations,
    /// Time gone by that the drift has not seen yet.
    undrifted_s: f64,
    unusable: u64,
}

/// A sensor's share of the filter.
#[derive(Debug, Clone)]
struct Sensor {
    /// What its state is counted in: the prior's standard deviations, so that every free state begins with variance 1.
    unit: Vector4<f64>,
    /// Where its states stand in the stack. A fixed one, of unit 0, stands nowhere; 0 fills its place.
    columns: [usize; 4],
    taken: u32,
    refused: u32,
    watch: Watch,
}

impl Registration {
    /// Of sensors about which nothing is known but their claims.
    #[must_use]
    pub fn new(priors: &[Prior]) -> Self {
        let mut free = 0;
        let sensors: Vec<Sensor> = priors.iter().map(|prior| Sensor::new(prior, &mut free)).collect();
        let probations = Probations::new(sensors.len());
        let stack = Stack::new(free);
        Self { sensors, current: stack.clone(), proven: stack, probations, undrifted_s: 0.0, unusable: 0 }
    }

    /// Lets time go by, seconds; a number that is none, or negative, is no time.
    pub fn advance(&mut self, seconds: f64) {
        if !(seconds.is_finite() && seconds > 0.0) {
            return;
        }
        self.undrifted_s += seconds;
        if self.undrifted_s >= DRIFT_STEP_S {
            let kept = (-2.0 * std::mem::take(&mut self.undrifted_s) / DRIFT_TIME_S).exp();
            self.current.drift(kept);
            self.proven.drift(kept);
        }
    }

    /// Takes a comparison, if it is sound.
    pub fn compare(&mut self, comparison: &Comparison) -> Outcome {
        let Some((difference, innovation)) = self.innovation(comparison) else {
            self.unusable += 1;
            return Outcome::Unusable;
        };
        let nis = innovation.nis();
        let outcome = match difference.reporter {
            None => self.take_from_sensors(&difference, &innovation, nis),
            Some(reporter) => self.take_from_report(&difference, &innovation, nis, reporter),
        };
        let taken = matches!(outcome, Outcome::Taken { .. });
        for (sensor, _) in difference.sensors() {
            let sensor = &mut self.sensors[sensor];
            let count = if taken { &mut sensor.taken } else { &mut sensor.refused };
            *count = count.saturating_add(1);
        }
        outcome
    }

    /// The estimated biases of a sensor: range (metres), azimuth, elevation (radians), time (seconds). Zero of a sensor
    /// that is none.
    #[must_use]
    pub fn bias(&self, sensor: usize) -> Vector4<f64> {
        self.sensors.get(sensor).map_or_else(Vector4::zeros, |sensor| {
            Vector4::from_fn(|row, _| sensor.unit[row] * self.current.estimate(sensor.columns[row]))
        })
    }

    /// The covariance of the error of [`Self::bias`]; zero in the rows and columns of what is certain.
    #[must_use]
    pub fn covariance(&self, sensor: usize) -> Matrix4<f64> {
        self.sensors.get(sensor).map_or_else(Matrix4::zeros, |sensor| {
            let (unit, columns) = (&sensor.unit, &sensor.columns);
            Matrix4::from_fn(|i, j| unit[i] * unit[j] * self.current.covariance(columns[i], columns[j]))
        })
    }

    /// How many comparisons the estimate of a sensor rests on.
    #[must_use]
    pub fn comparisons(&self, sensor: usize) -> u32 {
        self.sensors.get(sensor).map_or(0, |sensor| sensor.taken)
    }

    /// How many comparisons with a sensor were refused. Many of them and none taken: it is off by far more than it
    /// claims, or everybody lies.
    #[must_use]
    pub fn refused(&self, sensor: usize) -> u32 {
        self.sensors.get(sensor).map_or(0, |sensor| sensor.refused)
    }

    /// How many comparisons could not be used at all.
    #[must_use]
    pub fn unusable(&self) -> u64 {
        self.unusable
    }

    /// Whether one of a sensor's biases is significantly beyond what the sensor claims: |bias| − 2 σ more than three
    /// times the claimed standard deviation. A claim below 2 m, 0.05° or 20 ms counts as that.
    #[must_use]
    pub fn beyond_claim(&self, sensor: usize) -> bool {
        let (bias, covariance) = (self.bias(sensor), self.covariance(sensor));
        self.sensors.get(sensor).is_some_and(|sensor| {
            (0..4).any(|row| {
                let surely = bias[row].abs() - SURE_SIGMAS * covariance[(row, row)].sqrt();
                surely > CLAIM_SIGMAS * sensor.unit[row].max(CLAIM_FLOOR[row])
            })
        })
    }

    fn innovation(&self, comparison: &Comparison) -> Option<(Difference, Innovation)> {
        let offset = |source| match source {
            Source::Sensor(sensor) => (self.bias(sensor)[3], self.covariance(sensor)[(3, 3)]),
            Source::Report(_) => (0.0, 0.0),
        };
        let (first, second) = (offset(comparison.first.source), offset(comparison.second.source));
        let difference = Difference::new(comparison, &self.sensors, (first.0 - second.0, first.1 + second.1))?;
        let innovation = self.current.innovation(&difference)?;
        Some((difference, innovation))
    }

    fn take_from_sensors(&mut self, difference: &Difference, innovation: &Innovation, nis: f64) -> Outcome {
        for (sensor, by_state) in difference.sensors() {
            let Sensor { watch, columns, unit, .. } = &mut self.sensors[sensor];
            if watch.has_moved(&innovation.no_longer_than(HUBER_SENSORS).value, &innovation.whiten(by_state)) {
                self.current.widen(columns, unit);
                self.proven.widen(columns, unit);
            }
        }
        if nis > GATE_SENSORS {
            return Outcome::Gated { nis };
        }
        let Some(rows) = difference.rows(huber(nis, HUBER_SENSORS)) else { return Outcome::Gated { nis } };
        self.current.observe(&rows);
        self.proven.observe(&rows);
        Outcome::Taken { nis }
    }

    fn take_from_report(&mut self, difference: &Difference, innovation: &Innovation, nis: f64, by: u64) -> Outcome {
        let Some((sensor, _)) = difference.sensors().next() else { return Outcome::Unusable };
        if self.probations.make_room((by, sensor), &mut self.sensors) {
            self.forget();
        }
        let rows = if nis > GATE_REPORT { None } else { difference.rows(huber(nis, HUBER_REPORT)) };
        match self.probations.judge((by, sensor), &innovation.no_longer_than(GATE_REPORT), rows.as_ref()) {
            Verdict::Distrusted => return Outcome::Distrusted { nis },
            Verdict::Caught => {
                if self.probations.distrust(by, &mut self.sensors) {
                    self.forget();
                }
                return Outcome::Distrusted { nis };
            }
            Verdict::Sound => {}
            Verdict::Proven(block) => {
                // The current filter has had it all along.
                self.proven.absorb(&block, &self.sensors[sensor].columns);
            }
        }
        let Some(rows) = rows else { return Outcome::Gated { nis } };
        self.current.observe(&rows);
        Outcome::Taken { nis }
    }

    /// Estimates everything anew from what is proven and what is still on probation.
    fn forget(&mut self) {
        self.current.copy_from(&self.proven);
        for (block, sensor) in self.probations.on_probation().zip(&self.sensors) {
            self.current.absorb(block, &sensor.columns);
        }
    }
}

impl Sensor {
    fn new(prior: &Prior, free: &mut usize) -> Self {
        let mut columns = [0; 4];
        let mut unit = Vector4::zeros();
        for (state, &sigma) in prior.sigma.iter().enumerate() {
            if sigma.is_finite() && sigma > 0.0 {
                unit[state] = sigma.min(SIGMA_MAX[state]);
                columns[state] = *free;
                *free += 1;
            }
        }
        Self { unit, columns, taken: 0, refused: 0, watch: Watch::default() }
    }
}

/// The factor on the noise of an innovation that lies `nis` off, so that it pulls no harder than one that lies `bend`
/// off (Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35, 1964).
fn huber(nis: f64, bend: f64) -> f64 {
    (nis / bend).sqrt().max(1.0)
}
