//! The wind, as far as the vehicle tells: what the autopilot reports, else what its own motion shows.
//!
//! | source | how |
//! |---|---|
//! | WIND (ArduPilot), WIND_COV (PX4), HIGH_LATENCY2 | taken as it is |
//! | an aeroplane's airspeed and heading | velocity over ground less velocity through the air, smoothed |
//! | a copter's tilt | a copter leans against the air it moves through, so its acceleration by tilt, `g·tan(tilt)`, is proportional to its velocity through the air; over legs in different directions a straight line through (velocity over ground, acceleration) gives both the factor and the wind |
//!
//! The second and the third need flight: some samples, and for the copter legs that differ. Until then nothing is
//! said, which is not the same as calm.
//!
//! Source for the third: Neumann, Bartholmai, "Real-time wind estimation on a micro unmanned aerial vehicle using its
//! inertial measurement unit", Sensors and Actuators A 235 (2015), with a linear instead of a tabulated drag.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::VehicleKind;
use telemetry::{Attitude, EnuVelocity, Timestamp};

use crate::link::high_latency;

/// A report older than this is no longer the wind of here.
const REPORT_FRESH: Duration = Duration::from_secs(60);
/// Faster is no wind that anything of ours flies in: a report of it is dropped.
const SPEED_MAX_M_S: f64 = 60.0;
/// An airspeed below this is a sensor's noise, not flight.
const AIRSPEED_MIN_M_S: f64 = 5.0;
/// Over how many samples (five a second) the motion is smoothed: a minute.
const MEMORY: f64 = 300.0;
/// How many samples an estimate needs.
const SAMPLES_MIN: f64 = 50.0;
/// The variance of the velocity over ground, m²/s², that a copter's legs must have had.
const LEGS_DIFFER_M2_S2: f64 = 6.0;
/// Acceleration by tilt for each m/s through the air, 1/s, that a copter can have.
const DRAGS: std::ops::RangeInclusive<f64> = 0.05..=1.5;
const GRAVITY_M_S2: f64 = 9.806_65;

/// What is known of the wind. A wind is the velocity of the air over ground: where it goes to.
#[derive(Debug, Clone)]
pub struct WindEstimate {
    kind: VehicleKind,
    reported: Option<(Timestamp, EnuVelocity)>,
    airspeed_m_s: Option<(Timestamp, f64)>,
    motion: Motion,
}

/// Sums over the motion, each fading with [`MEMORY`].
#[derive(Debug, Clone, Copy, Default)]
struct Motion {
    weight: f64,
    velocity: [f64; 2],
    /// Acceleration by tilt (a copter), velocity through the air (an aeroplane).
    other: [f64; 2],
    speed2: f64,
    product: f64,
}

impl WindEstimate {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(kind: VehicleKind) -> Self {
        Self { kind, reported: None, airspeed_m_s: None, motion: Motion::default() }
    }

    /// Takes what the autopilot says; messages about other things are ignored, and so are values that cannot be.
    pub fn hear(&mut self, now: Timestamp, message: &MavMessage) {
        let wind = match message {
            MavMessage::WIND(wind) => coming_from(wind.direction, wind.speed),
            MavMessage::HIGH_LATENCY2(summary) => {
                let Some((from_deg, speed_m_s)) = high_latency::wind(summary) else { return };
                coming_from(from_deg, speed_m_s)
            }
            MavMessage::WIND_COV(wind) => {
                EnuVelocity { east_m_s: wind.wind_y.into(), north_m_s: wind.wind_x.into(), up_m_s: 0.0 }
            }
            MavMessage::VFR_HUD(hud) if hud.airspeed.is_finite() => {
                self.airspeed_m_s = Some((now, hud.airspeed.into()));
                return;
            }
            _ => return,
        };
        // A speed that is not a number is not below the bound.
        if wind.ground_speed_m_s() <= SPEED_MAX_M_S {
            self.reported = Some((now, wind));
        }
    }

    /// Takes a sample of the flight.
    pub fn note(&mut self, now: Timestamp, velocity: EnuVelocity, attitude: Attitude) {
        let (sin, cos) = attitude.heading.radians().sin_cos();
        let other = match self.kind {
            VehicleKind::FixedWing | VehicleKind::Vtol => {
                let fresh = |(at, speed): (Timestamp, f64)| (now <= at + Duration::from_secs(2)).then_some(speed);
                let Some(speed) = self.airspeed_m_s.and_then(fresh).filter(|speed| *speed >= AIRSPEED_MIN_M_S) else {
                    return;
                };
                [speed * sin, speed * cos]
            }
            VehicleKind::Multirotor => {
                // Nose down accelerates ahead, right side down to the right.
                let (ahead, right) = (-GRAVITY_M_S2 * attitude.pitch_rad.tan(), GRAVITY_M_S2 * attitude.roll_rad.tan());
                [ahead * sin + right * cos, ahead * cos - right * sin]
            }
            _ => return,
        };
        self.motion.note([velocity.east_m_s, velocity.north_m_s], other);
    }

    /// On the ground: the next flight may be another day.
    pub fn stand(&mut self) {
        self.motion = Motion::default();
    }

    /// The wind, where enough is known of it.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Option<EnuVelocity> {
        let reported = self.reported.filter(|(at, _)| now <= *at + REPORT_FRESH).map(|(_, wind)| wind);
        reported.or_else(|| match self.kind {
            VehicleKind::FixedWing | VehicleKind::Vtol => self.motion.by_airspeed(),
            VehicleKind::Multirotor => self.motion.by_tilt(),
            _ => None,
        })
    }
}

impl Motion {
    fn note(&mut self, velocity: [f64; 2], other: [f64; 2]) {
        let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
        if !(dot(velocity, velocity) + dot(other, other)).is_finite() {
            return;
        }
        let keep = 1.0 - 1.0 / MEMORY;
        let add = |sum: f64, sample: f64| sum * keep + sample;
        self.weight = add(self.weight, 1.0);
        for axis in 0..2 {
            self.velocity[axis] = add(self.velocity[axis], velocity[axis]);
            self.other[axis] = add(self.other[axis], other[axis]);
        }
        self.speed2 = add(self.speed2, dot(velocity, velocity));
        self.product = add(self.product, dot(velocity, other));
    }

    fn means(&self) -> Option<([f64; 2], [f64; 2])> {
        let mean = |sum: [f64; 2]| [sum[0] / self.weight, sum[1] / self.weight];
        (self.weight >= SAMPLES_MIN).then(|| (mean(self.velocity), mean(self.other)))
    }

    fn by_airspeed(&self) -> Option<EnuVelocity> {
        self.means().and_then(|(ground, air)| believable(ground[0] - air[0], ground[1] - air[1]))
    }

    /// Least squares of `acceleration = drag · (velocity − wind)`, both axes at once.
    fn by_tilt(&self) -> Option<EnuVelocity> {
        let (velocity, tilt) = self.means()?;
        let variance = self.speed2 / self.weight - velocity[0].powi(2) - velocity[1].powi(2);
        if variance < LEGS_DIFFER_M2_S2 {
            return None;
        }
        let covariance = self.product / self.weight - velocity[0] * tilt[0] - velocity[1] * tilt[1];
        let drag = Some(covariance / variance).filter(|drag| DRAGS.contains(drag))?;
        believable(velocity[0] - tilt[0] / drag, velocity[1] - tilt[1] / drag)
    }
}

fn coming_from(from_deg: f32, speed_m_s: f32) -> EnuVelocity {
    let (from, speed_m_s) = (f64::from(from_deg).to_radians(), f64::from(speed_m_s));
    EnuVelocity { east_m_s: -speed_m_s * from.sin(), north_m_s: -speed_m_s * from.cos(), up_m_s: 0.0 }
}

fn believable(east_m_s: f64, north_m_s: f64) -> Option<EnuVelocity> {
    (east_m_s.hypot(north_m_s) <= SPEED_MAX_M_S).then_some(EnuVelocity { east_m_s, north_m_s, up_m_s: 0.0 })
}

#[cfg(test)]
mod tests {
    use mavlink::dialects::ardupilotmega::{HIGH_LATENCY2_DATA, MavAutopilot, VFR_HUD_DATA, WIND_COV_DATA, WIND_DATA};
    use proptest::prelude::*;
    use telemetry::Heading;

    use super::*;

    const NOW: Timestamp = Timestamp::EPOCH;

    fn off_m_s(estimate: &WindEstimate, east_m_s: f64, north_m_s: f64) -> f64 {
        let wind = estimate.current(NOW).unwrap();
        (wind.east_m_s - east_m_s).hypot(wind.north_m_s - north_m_s)
    }

    #[test]
    fn a_west_wind_that_the_autopilot_reports_blows_to_the_east() {
        let mut ardupilot = WindEstimate::new(VehicleKind::Multirotor);
        ardupilot.hear(NOW, &MavMessage::WIND(WIND_DATA { direction: 270.0, speed: 8.0, speed_z: 0.0 }));
        assert!(off_m_s(&ardupilot, 8.0, 0.0) < 1e-5);
        let mut px4 = WindEstimate::new(VehicleKind::Boat);
        px4.hear(NOW, &MavMessage::WIND_COV(WIND_COV_DATA { wind_x: 1.0, wind_y: 8.0, ..WIND_COV_DATA::default() }));
        assert!(off_m_s(&px4, 8.0, 1.0) < 1e-5);
        assert_eq!(px4.current(NOW + REPORT_FRESH + Duration::from_secs(1)), None);
    }

    #[test]
    fn a_summary_tells_the_wind_of_both_makes_each_in_its_way_and_none_where_there_is_none() {
        let said = |autopilot, wind_heading, windspeed| {
            let summary = HIGH_LATENCY2_DATA { autopilot, wind_heading, windspeed, ..HIGH_LATENCY2_DATA::default() };
            let mut estimate = WindEstimate::new(VehicleKind::Multirotor);
            estimate.hear(NOW, &MavMessage::HIGH_LATENCY2(summary));
            estimate
        };
        // 270° and 90° in steps of 2°, 8 m/s in fifths.
        let ardupilot = said(MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA, 135, 40);
        assert!(off_m_s(&ardupilot, 8.0, 0.0) < 1e-5);
        let px4 = said(MavAutopilot::MAV_AUTOPILOT_PX4, 45, 40);
        assert!(off_m_s(&px4, 8.0, 0.0) < 1e-5);
        assert_eq!(said(MavAutopilot::MAV_AUTOPILOT_PX4, 45, 0).current(NOW), None);
    }

    #[test]
    fn a_wind_that_is_no_number_or_no_wind_is_not_taken() {
        let mut estimate = WindEstimate::new(VehicleKind::Multirotor);
        for (direction, speed) in [(f32::NAN, 5.0), (90.0, f32::NAN), (90.0, f32::INFINITY), (0.0, 400.0)] {
            estimate.hear(NOW, &MavMessage::WIND(WIND_DATA { direction, speed, speed_z: 0.0 }));
            assert_eq!(estimate.current(NOW), None);
        }
    }

    #[test]
    fn an_aeroplane_that_drifts_shows_the_wind() {
        let mut estimate = WindEstimate::new(VehicleKind::FixedWing);
        let attitude = Attitude { heading: Heading::from_degrees(90.0), ..Attitude::default() };
        estimate.hear(NOW, &MavMessage::VFR_HUD(VFR_HUD_DATA { airspeed: 15.0, ..VFR_HUD_DATA::default() }));
        let velocity = EnuVelocity { east_m_s: 10.0, north_m_s: 2.0, up_m_s: 0.0 };
        (0..100).for_each(|_| estimate.note(NOW, velocity, attitude));
        assert!(off_m_s(&estimate, -5.0, 2.0) < 1e-5);
    }

    #[test]
    fn a_copter_that_has_flown_one_leg_only_does_not_know_the_wind() {
        let mut estimate = WindEstimate::new(VehicleKind::Multirotor);
        let velocity = EnuVelocity { east_m_s: 10.0, north_m_s: 0.0, up_m_s: 0.0 };
        (0..1000).for_each(|_| estimate.note(NOW, velocity, Attitude { pitch_rad: -0.2, ..Attitude::default() }));
        assert_eq!(estimate.current(NOW), None);
        estimate.note(NOW, velocity, Attitude { pitch_rad: f64::NAN, ..Attitude::default() });
        assert_eq!(estimate.current(NOW), None);
    }

    proptest! {
        /// The oracle is the physics backwards: a copter with a linear drag flies a square and leans as it must.
        #[test]
        fn a_copter_that_flies_a_square_shows_the_wind_by_how_it_leans(
            east_m_s in -10.0..10.0_f64, north_m_s in -10.0..10.0_f64, drag in 0.1..0.5_f64, turn in 0.0..6.0_f64,
        ) {
            let mut estimate = WindEstimate::new(VehicleKind::Multirotor);
            for leg in 0..4 {
                let (sin, cos) = (turn + f64::from(leg) * std::f64::consts::FRAC_PI_2).sin_cos();
                let velocity = EnuVelocity { east_m_s: 10.0 * sin, north_m_s: 10.0 * cos, up_m_s: 0.0 };
                let lean = [drag * (velocity.east_m_s - east_m_s), drag * (velocity.north_m_s - north_m_s)];
                let attitude = Attitude {
                    roll_rad: ((lean[0] * cos - lean[1] * sin) / GRAVITY_M_S2).atan(),
                    pitch_rad: -((lean[0] * sin + lean[1] * cos) / GRAVITY_M_S2).atan(),
                    heading: Heading::from_radians(sin.atan2(cos)),
                };
                (0..60).for_each(|_| estimate.note(NOW, velocity, attitude));
            }
            prop_assert!(off_m_s(&estimate, east_m_s, north_m_s) < 0.01);
        }
    }
}
