//! What a sensor would measure of a state, and how that changes with the state: exact geodesy, linearised where the
//! filter wants it.
//!
//! A measurement is taken in the tangent frame at the sensor, the state in the site's. The two differ by the rotation
//! between their verticals and by the sensor's position, both exact. A plot has up to four rows (range, azimuth,
//! elevation, range rate); rows it has not are padded with a zero row of the Jacobian, unit noise and no residual, so
//! that they change nothing and every matrix keeps one size.

use nalgebra::{Matrix3, RowVector3, SMatrix, SVector, Vector3};
use telemetry::angle::wrapped_pi;
use telemetry::messages::{Detection, Measurement};
use telemetry::{Enu, Geodetic, SiteFrame, Timestamp};

use super::estimate::Vector6;

/// Most rows of a plot.
pub(super) const ROWS: usize = 4;
pub(super) type Rows = SVector<f64, ROWS>;
pub(super) type RowsSquare = SMatrix<f64, ROWS, ROWS>;
pub(super) type Jacobian = SMatrix<f64, ROWS, 6>;

/// Closer to the sensor's vertical than this, metres, an azimuth means nothing.
const NEAREST_M: f64 = 1.0;

/// Range, azimuth, elevation and range rate, in this order, in every array of rows.
pub(super) const RANGE: usize = 0;
pub(super) const AZIMUTH: usize = 1;
pub(super) const ELEVATION: usize = 2;
pub(super) const RANGE_RATE: usize = 3;

/// Where a sensor stands in the site frame, and what its signals do on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pose {
    pub(super) origin: Vector3<f64>,
    pub(super) sensor_from_site: Matrix3<f64>,
    /// Metres a second at which what it hears comes to it; nothing for light and radio.
    pub(super) sound_speed_m_s: Option<f64>,
}

/// One plot: what was measured, in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plot {
    pub(super) at: Timestamp,
    /// Its place among the scan's detections.
    pub(super) index: usize,
    /// Which rows were measured.
    pub(super) has: [bool; ROWS],
    pub(super) value: Rows,
    pub(super) sigma: Rows,
    /// The sensor's log-likelihood ratio drone : not drone.
    pub(super) llr: Option<f64>,
}

impl Plot {
    /// The rows of a detection; nothing of a reported position.
    pub(super) fn of(index: usize, detection: &Detection) -> Option<Self> {
        let (has, value, sigma) = match detection.measurement {
            Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma: [r, a, e] } => {
                let rate = range_rate.map_or((0.0, 1.0), |rate| (rate.m_s, rate.sigma_m_s));
                let value = [range_m, azimuth.radians(), elevation.radians(), rate.0];
                ([true, true, true, range_rate.is_some()], value, [r, a, e, rate.1])
            }
            Measurement::RangeAz { range_m, azimuth, sigma: [r, a] } => {
                ([true, true, false, false], [range_m, azimuth.radians(), 0.0, 0.0], [r, a, 1.0, 1.0])
            }
            Measurement::AzEl { azimuth, elevation, sigma: [a, e] } => {
                ([false, true, true, false], [0.0, azimuth.radians(), elevation.radians(), 0.0], [1.0, a, e, 1.0])
            }
            Measurement::Azimuth { azimuth, sigma } => {
                ([false, true, false, false], [0.0, azimuth.radians(), 0.0, 0.0], [1.0, sigma, 1.0, 1.0])
            }
            Measurement::Position { .. } => return None,
        };
        let llr = detection.drone_llr.map(f64::from);
        Some(Self { at: detection.measured_at, index, has, value: value.into(), sigma: sigma.into(), llr })
    }

    /// Whether range is among the rows: the plot places its target.
    pub(super) fn places(&self) -> bool {
        self.has[RANGE]
    }
}

/// What a sensor would measure of a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) value: Rows,
    pub(super) jacobian: Jacobian,
    /// Slant and level range, metres.
    pub(super) range_m: f64,
    pub(super) level_m: f64,
}

impl Pose {
    pub(super) fn new(site: &SiteFrame, origin: Geodetic) -> Self {
        let sensor = SiteFrame::new(origin);
        Self { origin: site.enu(origin).vector(), sensor_from_site: sensor.enu_from_other(site), sound_speed_m_s: None }
    }

    /// A point of the site frame as the sensor sees it.
    pub(super) fn sees(&self, position: &Vector3<f64>) -> Enu {
        Enu::from_vector(self.sensor_from_site * (position - self.origin))
    }

    /// What the sensor sees as a point of the site frame.
    pub(super) fn in_site(&self, seen: Enu) -> Vector3<f64> {
        self.origin + self.sensor_from_site.tr_mul(&seen.vector())
    }

    /// What it would measure of a state. Nothing where the state lies so close to the sensor's vertical that its
    /// direction means nothing.
    pub(super) fn expects(&self, state: &Vector6) -> Option<Expected> {
        let velocity = self.sensor_from_site * state.fixed_rows::<3>(3);
        let mut seen = self.sensor_from_site * (state.fixed_rows::<3>(0) - self.origin);
        let mut delay_s = 0.0;
        if let Some(speed) = self.sound_speed_m_s {
            // The sound left when the target was nearer to where it came from: r = |q - v r/c|, to first order in v/c.
            delay_s = seen.norm() / speed;
            seen -= velocity * delay_s;
        }
        let level_m = seen.x.hypot(seen.y);
        if level_m.is_nan() || level_m < NEAREST_M {
            return None;
        }
        let range_m = level_m.hypot(seen.z);
        let (east, north, up) = (seen.x, seen.y, seen.z);
        let along = seen / range_m;
        let rate = along.dot(&velocity);
        let (level2, range2) = (level_m * level_m, range_m * range_m);
        let value = Rows::new(range_m, east.atan2(north), up.atan2(level_m), rate);
        let rows = [
            along.transpose(),
            RowVector3::new(north / level2, -east / level2, 0.0),
            RowVector3::new(-east * up / level_m, -north * up / level_m, level_m) / range2,
            (velocity - along * rate).transpose() / range_m,
        ];
        let mut jacobian = Jacobian::zeros();
        for (row, gradient) in rows.iter().enumerate() {
            let in_site = gradient * self.sensor_from_site;
            jacobian.fixed_view_mut::<1, 3>(row, 0).copy_from(&in_site);
            jacobian.fixed_view_mut::<1, 3>(row, 3).copy_from(&(in_site * -delay_s));
        }
        let by_velocity = along.transpose() * self.sensor_from_site;
        let mut rate_row = jacobian.fixed_view_mut::<1, 3>(RANGE_RATE, 3);
        rate_row += by_velocity;
        Some(Expected { value, jacobian, range_m, level_m })
    }
}

impl Expected {
    /// The Jacobian of the rows measured; zero rows elsewhere.
    pub(super) fn rows(&self, has: [bool; ROWS]) -> Jacobian {
        let mut jacobian = self.jacobian;
        for (row, has) in has.into_iter().enumerate() {
            if !has {
                jacobian.row_mut(row).fill(0.0);
            }
        }
        jacobian
    }

    /// Measured less expected, zero where nothing was measured.
    pub(super) fn residual(&self, plot: &Plot) -> Rows {
        let mut residual = plot.value - self.value;
        residual[AZIMUTH] = wrapped_pi(residual[AZIMUTH]);
        for (row, has) in plot.has.into_iter().enumerate() {
            if !has {
                residual[row] = 0.0;
            }
        }
        residual
    }
}

#[cfg(test)]
mod tests;
