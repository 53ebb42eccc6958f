//! Path following for aeroplanes: the L1 law of ArduPilot's `AP_L1_Control`.
//!
//! Source: Park, Deyst, How, "A New Nonlinear Guidance Logic for Trajectory Tracking", AIAA 2004-4900, with ArduPilot's
//! period and damping in place of a fixed look-ahead.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, PI, TAU};

use nalgebra::Vector2;
use telemetry::angle::wrapped_pi;
use telemetry::{Geodetic, Heading};

use super::super::super::local::displacement;
use super::super::super::parameters::{Parameter, Parameters};
use super::super::{Demand, Navigated, Path};

/// The lateral acceleration that follows the path, m/s², positive to the right.
pub(super) fn lateral_acceleration(demand: &Demand, at: &Navigated, nose: Heading, settings: &Parameters) -> f64 {
    let law = Law::new(at, nose, settings);
    match demand.path {
        Path::Free => 0.0,
        Path::Line { from, to, .. } => law.line(from, to),
        Path::Stay(centre) => law.ring(centre, settings.get(Parameter::WpLoiterRad)),
        Path::Ring { centre, radius_m } => law.ring(centre, radius_m),
        Path::Velocity { east_m_s, north_m_s } => law.heading(east_m_s.atan2(north_m_s)),
        Path::Ahead(heading) => law.heading(heading.radians()),
    }
}

struct Law {
    position: Geodetic,
    velocity: Vector2<f64>,
    speed_m_s: f64,
    period_s: f64,
    damping: f64,
}

impl Law {
    fn new(at: &Navigated, nose: Heading, settings: &Parameters) -> Self {
        let velocity = at.velocity.xy();
        // A headwind as strong as the aeroplane leaves no ground track; the nose stands in for it.
        let velocity = if velocity.norm() > 3.0 {
            velocity
        } else {
            Vector2::new(nose.radians().sin(), nose.radians().cos()) * 3.0
        };
        Self {
            position: at.position,
            velocity,
            speed_m_s: velocity.norm(),
            period_s: settings.get(Parameter::Navl1Period).clamp(4.0, 60.0),
            damping: settings.get(Parameter::Navl1Damping).clamp(0.4, 1.0),
        }
    }

    fn distance_m(&self) -> f64 {
        (self.damping * self.period_s * self.speed_m_s / PI).max(1.0)
    }

    fn gain(&self) -> f64 {
        4.0 * self.damping * self.damping
    }

    fn line(&self, from: Geodetic, to: Geodetic) -> f64 {
        let from_start = horizontal(from, self.position);
        let leg = horizontal(from, to);
        let unit = if leg.norm() > 1.0 { leg.normalize() } else { self.velocity / self.speed_m_s };
        let l1_m = self.distance_m();
        // Far behind the start: fly to the start first.
        if from_start.norm() > l1_m && from_start.dot(&unit) / from_start.norm().max(1.0) < -FRAC_1_SQRT_2 {
            let toward = -from_start.normalize();
            return self.acceleration(angle_from(self.velocity, toward), l1_m);
        }
        // Positive to the right of the line.
        let across_m = cross(unit, from_start);
        let onward_m_s = self.velocity.dot(&unit);
        let across_m_s = cross(unit, self.velocity);
        let nu2 = across_m_s.atan2(onward_m_s);
        let nu1 = (across_m / l1_m).clamp(-FRAC_1_SQRT_2, FRAC_1_SQRT_2).asin();
        self.acceleration(-(nu1 + nu2), l1_m)
    }

    fn ring(&self, centre: Geodetic, radius_m: f64) -> f64 {
        let side = if radius_m < 0.0 { -1.0 } else { 1.0 };
        let radius_m = radius_m.abs().max(10.0);
        let from_centre = horizontal(centre, self.position);
        let distance_m = from_centre.norm();
        let out = if distance_m > 1.0 { from_centre / distance_m } else { self.velocity / self.speed_m_s };
        let capture = self.acceleration(angle_from(self.velocity, -out), self.distance_m());
        // A second-order law around the circle: radial error and radial speed, plus the turn itself.
        let omega = TAU / self.period_s;
        let outward_m_s = self.velocity.dot(&out);
        let correction = (distance_m - radius_m) * omega * omega + outward_m_s * 2.0 * self.damping * omega;
        let tangential_m_s = side * cross(out, self.velocity);
        let correction = if outward_m_s > 0.0 && tangential_m_s < 0.0 { correction.max(0.0) } else { correction };
        let turning = tangential_m_s.powi(2) / distance_m.max(0.5 * radius_m);
        let circling = side * (correction + turning);
        let capturing = distance_m > radius_m && side * capture < side * circling;
        if capturing { capture } else { circling }
    }

    fn heading(&self, radians: f64) -> f64 {
        let omega = TAU / self.period_s;
        let course = self.velocity.x.atan2(self.velocity.y);
        wrapped_pi(radians - course).clamp(-FRAC_PI_2, FRAC_PI_2) * 2.0 * omega * self.speed_m_s
    }

    fn acceleration(&self, nu: f64, l1_m: f64) -> f64 {
        self.gain() * self.speed_m_s * self.speed_m_s / l1_m * nu.clamp(-FRAC_PI_2, FRAC_PI_2).sin()
    }
}

fn horizontal(from: Geodetic, to: Geodetic) -> Vector2<f64> {
    let by = displacement(from, to);
    Vector2::new(by.east_m, by.north_m)
}

/// How far `v` lies to the right of `unit` (east-north axes).
fn cross(unit: Vector2<f64>, v: Vector2<f64>) -> f64 {
    v.x * unit.y - v.y * unit.x
}

/// The turn from one direction to another, clockwise positive.
fn angle_from(from: Vector2<f64>, to: Vector2<f64>) -> f64 {
    cross(from, to).atan2(from.dot(&to))
}
