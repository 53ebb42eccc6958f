//! Tasks: the one thing the vehicle is doing now, whichever mode asked for it, and what that demands of the body.

use telemetry::messages::VehicleKind;
use telemetry::{AltitudeHae, Geodetic, Heading, Timestamp};

use super::super::dynamics::{Demand, Lift, Motors, Nose, Path, Vertical};
use super::super::local::{displacement, moved};
use super::super::parameters::Parameter;
use super::Situation;

/// Arming to lift-off of a copter: ArduCopter's arming delay of 2 s, and a second to spool up.
const SPOOL_UP_S: f64 = 3.0;
/// The sink at which an aeroplane flares out.
const FLARE_SINK_M_S: f64 = 0.6;
/// An aeroplane follows a sloping height this much late.
const HEIGHT_LAG_S: f64 = 3.0;
/// An aeroplane approaches this much above stalling, by way of its lowest set airspeed.
const APPROACH_MARGIN: f64 = 1.05;

/// The one thing the vehicle is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Task {
    /// Nothing: on the ground, or a boat with its motors stopped.
    Rest,
    /// Keep level and at this height; where the wind takes it. For modes in which a pilot would steer.
    Level { height: AltitudeHae },
    /// Take off, straight up or, as an aeroplane, straight ahead.
    Rise { from: Geodetic, heading: Heading, height: AltitudeHae },
    /// Fly along a line and stay at its end.
    Fly { from: Geodetic, to: Geodetic, exit_m_s: f64 },
    /// Stay at a point.
    Stay { at: Geodetic },
    /// Circle a point; a positive radius is clockwise.
    Circle { centre: Geodetic, radius_m: f64 },
    /// Move with a velocity (east, north, up, m/s) until a moment, then stop.
    Move { velocity: [f64; 3], until: Timestamp },
    /// Go straight down and land, holding a place if one is known.
    Descend { at: Option<Geodetic> },
    /// An aeroplane's final approach along a line to the touch-down point.
    Approach { from: Geodetic, to: Geodetic },
}

/// What a task needs from outside to become a demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Manner {
    /// The speed to go at.
    pub(crate) speed_m_s: f64,
    pub(crate) nose: Nose,
    pub(crate) armed_at: Timestamp,
    /// Whether a copter may leave the ground.
    pub(crate) cleared: bool,
}

impl Task {
    /// What carries a VTOL: it rises, stands and comes down on its rotors, and goes anywhere on its wing.
    pub(super) fn lift(&self) -> Lift {
        match self {
            Self::Rest | Self::Rise { .. } | Self::Stay { .. } | Self::Move { .. } | Self::Descend { .. } => {
                Lift::Rotors
            }
            Self::Level { .. } | Self::Fly { .. } | Self::Circle { .. } | Self::Approach { .. } => Lift::Wing,
        }
    }

    /// What it demands of the body. The motors are armed.
    pub(crate) fn demand(&self, s: &Situation<'_>, manner: &Manner) -> Demand {
        let running = |path, vertical| Demand {
            motors: Motors::Running,
            path,
            vertical,
            speed_m_s: manner.speed_m_s,
            nose: manner.nose,
            lift: self.lift(),
        };
        match *self {
            Self::Rest => Demand::resting(Motors::Idle),
            Self::Level { height } => running(Path::Free, Vertical::Height(height)),
            Self::Rise { from, heading, height } => {
                if s.kind() == VehicleKind::FixedWing {
                    // ArduPlane's speed and height control pitches up to its limit, with the throttle full.
                    let angle =
                        s.parameters.get(Parameter::TkoffLvlPitch).max(s.parameters.get(Parameter::PtchLimMaxDeg));
                    let angle = angle.clamp(3.0, 45.0).to_radians();
                    let climb_m_s = (s.estimate.airspeed_m_s * angle.sin()).max(1.0);
                    return running(Path::Ahead(heading), Vertical::Rate(climb_m_s));
                }
                // ArduPlane takes off as soon as it is armed in AUTO.
                let held = !manner.cleared && s.kind() != VehicleKind::Vtol;
                if held || s.now < manner.armed_at.offset_seconds(SPOOL_UP_S) {
                    return Demand::resting(Motors::Idle);
                }
                Demand { nose: Nose::Keep, ..running(Path::Stay(from), Vertical::Height(height)) }
            }
            Self::Fly { from, to, exit_m_s } => running(Path::Line { from, to, exit_m_s }, Vertical::AlongLine),
            Self::Stay { at } => Demand { nose: Nose::Keep, ..running(Path::Stay(at), Vertical::Height(at.height())) },
            Self::Circle { centre, radius_m } => {
                running(Path::Ring { centre, radius_m }, Vertical::Height(centre.height()))
            }
            Self::Move { velocity: [east_m_s, north_m_s, up_m_s], .. } => {
                running(Path::Velocity { east_m_s, north_m_s }, Vertical::Rate(up_m_s))
            }
            Self::Descend { at } => {
                let path = at.map_or(Path::Free, Path::Stay);
                Demand { nose: Nose::Keep, ..running(path, Vertical::Rate(-sink_m_s(s))) }
            }
            Self::Approach { from, to } => approach(s, from, to, &running),
        }
    }
}

/// How fast a copter sinks: fast down to `LAND_ALT_LOW`, then slowly.
fn sink_m_s(s: &Situation<'_>) -> f64 {
    let (high_m_s, low_m_s, low_m) = if s.kind() == VehicleKind::Vtol {
        let final_m_s = s.parameters.get(Parameter::QLandFinalSpd);
        (s.parameters.metres(Parameter::QWpSpeedDn), final_m_s, s.parameters.get(Parameter::QLandFinalAlt))
    } else {
        let high_m_s = s.parameters.metres(Parameter::LandSpeedHigh);
        let high_m_s = if high_m_s > 0.0 { high_m_s } else { s.parameters.metres(Parameter::WpnavSpeedDn) };
        (high_m_s, s.parameters.metres(Parameter::LandSpeed), s.parameters.metres(Parameter::LandAltLow))
    };
    let low_m_s = low_m_s.clamp(0.2, 3.0);
    let above_m = s.above_ground_m() - low_m;
    // The last metre above the change of speed is used to slow down.
    low_m_s + (high_m_s - low_m_s).max(0.0) * above_m.clamp(0.0, 1.0)
}

fn approach(s: &Situation<'_>, from: Geodetic, to: Geodetic, running: &dyn Fn(Path, Vertical) -> Demand) -> Demand {
    let leg = displacement(from, to);
    let length_m = leg.horizontal_m().max(1.0);
    let gap = displacement(s.estimate.position, to);
    let left_m = (gap.east_m * leg.east_m + gap.north_m * leg.north_m) / length_m;
    let slope = -leg.up_m / length_m;
    let flare_m = s.parameters.get(Parameter::LandFlareAlt).clamp(0.5, 20.0);
    let above_m = s.above_ground_m();
    let vertical = if above_m <= flare_m {
        Vertical::Rate(-FLARE_SINK_M_S)
    } else {
        // The glide path ends where the flare begins, so that the touch-down is near the point.
        let ground_m_s = s.estimate.velocity.xy().norm();
        let early_m = ground_m_s * (flare_m / FLARE_SINK_M_S + HEIGHT_LAG_S);
        let aim_m = s.ground.metres + flare_m + ((left_m - early_m) * slope).max(-flare_m);
        Vertical::Height(AltitudeHae::new(aim_m.min(from.height().metres)))
    };
    // The line goes on beyond the point: there is no turning back on final.
    let beyond = moved(to, telemetry::Enu { east_m: leg.east_m, north_m: leg.north_m, up_m: 0.0 });
    let speed_m_s = APPROACH_MARGIN * s.parameters.get(Parameter::AirspeedMin);
    Demand { speed_m_s, ..running(Path::Line { from, to: beyond, exit_m_s: 0.0 }, vertical) }
}
