//! Our own vehicles between two steps of their flight: a picture is taken when it is due, not when they have moved.

use std::time::Duration;

use autopilot::VehicleTruth;
use missions::Scenario;
use missions::scenario::OwnVehicle;
use nalgebra::Vector3;
use telemetry::messages::VehicleKind;
use telemetry::{Attitude, Elevation, Enu, Geodetic, SiteFrame, Timestamp, VehicleId};

use crate::night::{FLIGHT_STEP, Night, NightError};

/// One vehicle at one instant.
#[derive(Debug, Clone)]
pub(super) struct Instant {
    pub(super) vehicle: VehicleId,
    pub(super) kind: VehicleKind,
    pub(super) position: Geodetic,
    pub(super) velocity: Vector3<f64>,
    pub(super) attitude: Attitude,
    pub(super) camera_target: Option<Geodetic>,
    pub(super) camera_elevation: Option<Elevation>,
    pub(super) on_ground: bool,
}

impl Instant {
    pub(super) fn of(vehicle: &OwnVehicle, truth: &VehicleTruth) -> Self {
        Self {
            vehicle: vehicle.id.clone(),
            kind: vehicle.kind,
            position: truth.position,
            velocity: truth.velocity.vector(),
            attitude: truth.attitude,
            camera_target: truth.camera_target,
            camera_elevation: truth.camera_elevation,
            on_ground: truth.on_ground,
        }
    }
}

/// The night flown on, step by step, with the last two steps kept.
pub(super) struct Flight {
    night: Night,
    before: (Timestamp, Vec<Instant>),
    after: (Timestamp, Vec<Instant>),
}

impl Flight {
    /// The vehicles of a scenario, at its start.
    pub(super) fn new(scenario: Scenario, seed: u64) -> Result<Self, NightError> {
        let start = scenario.start;
        let mut night = Night::new(scenario, seed, None)?;
        night.play(start)?;
        let now = (start, instants(&night));
        Ok(Self { night, before: now.clone(), after: now })
    }

    /// Every vehicle at an instant, which is never before the last one asked for.
    pub(super) fn at(&mut self, now: Timestamp) -> Result<Vec<Instant>, NightError> {
        while self.after.0 < now {
            // Far from the instant nothing is kept, and the night is played on in one piece.
            let ahead_s = now.seconds_since(self.after.0) - 2.0 * FLIGHT_STEP.as_secs_f64();
            let steps = (ahead_s / FLIGHT_STEP.as_secs_f64()).floor().max(0.0) as u32;
            let next =
                self.after.0 + FLIGHT_STEP + Duration::from_nanos(FLIGHT_STEP.as_nanos() as u64 * u64::from(steps));
            self.night.play(next)?;
            self.before = std::mem::replace(&mut self.after, (next, instants(&self.night)));
        }
        let ((from, earlier), (to, later)) = (&self.before, &self.after);
        let whole_s = to.seconds_since(*from);
        let part = if whole_s > 0.0 { (now.seconds_since(*from) / whole_s).clamp(0.0, 1.0) } else { 1.0 };
        Ok(earlier.iter().zip(later).map(|(a, b)| between(a, b, part)).collect())
    }
}

fn instants(night: &Night) -> Vec<Instant> {
    night.vehicles().map(|(vehicle, truth)| Instant::of(vehicle, &truth)).collect()
}

/// A part of the way from one instant of a vehicle to the next.
fn between(a: &Instant, b: &Instant, part: f64) -> Instant {
    let way = SiteFrame::new(a.position).enu(b.position).vector();
    let turned = a.attitude.ned_from_frd().slerp(&b.attitude.ned_from_frd(), part);
    let (roll_rad, pitch_rad, heading_rad) = turned.euler_angles();
    Instant {
        // A way of metres leads nowhere off the Earth.
        position: a.position.displaced(Enu::from_vector(way * part)).unwrap_or(b.position),
        velocity: a.velocity.lerp(&b.velocity, part),
        attitude: Attitude { roll_rad, pitch_rad, heading: telemetry::Heading::from_radians(heading_rad) },
        ..b.clone()
    }
}
