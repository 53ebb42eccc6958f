//! Modes of the autopilot by name: ArduPilot's numbers for copter, plane and rover, what each means for a flight, and
//! which to ask for.
//!
//! Source: ArduPilot 4.5, `ArduCopter/mode.h`, `ArduPlane/mode.h`, `Rover/mode.h`.

use mavlink::dialects::ardupilotmega::MavType;
use telemetry::messages::{FlightMode, VehicleKind};

/// The three programs of ArduPilot that Picket flies, each with numbers of its own for its modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ArduCopter.
    Copter,
    /// ArduPlane.
    Plane,
    /// Rover, which steers boats too.
    Rover,
}

/// What to ask of the autopilot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Follow the mission.
    Mission,
    /// Follow single targets.
    Guided,
    /// Hold the place.
    Hold,
    /// Return home.
    Return,
    /// Land here.
    Land,
    /// Make the best of it without knowing the place.
    WithoutPosition,
}

type Mode = (u32, &'static str, FlightMode);

#[rustfmt::skip]
const COPTER: &[Mode] = &[
    (0, "STABILIZE", FlightMode::Manual), (1, "ACRO", FlightMode::Manual), (2, "ALT_HOLD", FlightMode::Manual),
    (3, "AUTO", FlightMode::Mission), (4, "GUIDED", FlightMode::Guided), (5, "LOITER", FlightMode::Hold),
    (6, "RTL", FlightMode::Return), (7, "CIRCLE", FlightMode::Hold), (9, "LAND", FlightMode::Land),
    (11, "DRIFT", FlightMode::Manual), (13, "SPORT", FlightMode::Manual), (16, "POSHOLD", FlightMode::Hold),
    (17, "BRAKE", FlightMode::Hold), (20, "GUIDED_NOGPS", FlightMode::Guided), (21, "SMART_RTL", FlightMode::Return),
    (27, "AUTO_RTL", FlightMode::Return),
];

#[rustfmt::skip]
const PLANE: &[Mode] = &[
    (0, "MANUAL", FlightMode::Manual), (1, "CIRCLE", FlightMode::Hold), (2, "STABILIZE", FlightMode::Manual),
    (3, "TRAINING", FlightMode::Manual), (4, "ACRO", FlightMode::Manual), (5, "FBWA", FlightMode::Manual),
    (6, "FBWB", FlightMode::Manual), (7, "CRUISE", FlightMode::Manual), (10, "AUTO", FlightMode::Mission),
    (11, "RTL", FlightMode::Return), (12, "LOITER", FlightMode::Hold), (13, "TAKEOFF", FlightMode::Mission),
    (15, "GUIDED", FlightMode::Guided), (20, "QLAND", FlightMode::Land), (21, "QRTL", FlightMode::Return),
    (26, "AUTOLAND", FlightMode::Land),
];

#[rustfmt::skip]
const ROVER: &[Mode] = &[
    (0, "MANUAL", FlightMode::Manual), (1, "ACRO", FlightMode::Manual), (3, "STEERING", FlightMode::Manual),
    (4, "HOLD", FlightMode::Hold), (5, "LOITER", FlightMode::Hold), (10, "AUTO", FlightMode::Mission),
    (11, "RTL", FlightMode::Return), (12, "SMART_RTL", FlightMode::Return), (15, "GUIDED", FlightMode::Guided),
];

impl Family {
    /// The program that flies a kind of vehicle; nothing for a kind that this version does not know.
    #[must_use]
    pub fn of(kind: VehicleKind) -> Option<Self> {
        match kind {
            VehicleKind::Multirotor => Some(Self::Copter),
            VehicleKind::FixedWing | VehicleKind::Vtol => Some(Self::Plane),
            VehicleKind::Boat => Some(Self::Rover),
            VehicleKind::Rov | VehicleKind::Unknown => None,
        }
    }

    /// The program that an autopilot's heartbeat speaks of.
    #[must_use]
    pub fn of_heartbeat(kind: MavType) -> Option<Self> {
        match kind {
            MavType::MAV_TYPE_QUADROTOR
            | MavType::MAV_TYPE_HEXAROTOR
            | MavType::MAV_TYPE_OCTOROTOR
            | MavType::MAV_TYPE_TRICOPTER
            | MavType::MAV_TYPE_DODECAROTOR
            | MavType::MAV_TYPE_DECAROTOR
            | MavType::MAV_TYPE_GENERIC_MULTIROTOR
            | MavType::MAV_TYPE_COAXIAL
            | MavType::MAV_TYPE_HELICOPTER => Some(Self::Copter),
            MavType::MAV_TYPE_FIXED_WING => Some(Self::Plane),
            MavType::MAV_TYPE_GROUND_ROVER | MavType::MAV_TYPE_SURFACE_BOAT => Some(Self::Rover),
            _ => None,
        }
    }

    fn modes(self) -> &'static [Mode] {
        match self {
            Self::Copter => COPTER,
            Self::Plane => PLANE,
            Self::Rover => ROVER,
        }
    }

    /// What a mode means for the flight.
    #[must_use]
    pub fn meaning(self, custom_mode: u32) -> FlightMode {
        self.modes().iter().find(|mode| mode.0 == custom_mode).map_or(FlightMode::Unknown, |mode| mode.2)
    }

    /// The autopilot's own name of a mode.
    #[must_use]
    pub fn name(self, custom_mode: u32) -> &'static str {
        self.modes().iter().find(|mode| mode.0 == custom_mode).map_or("a mode unknown here", |mode| mode.1)
    }

    /// The modes that serve an aim, the best first; none where the vehicle cannot do it.
    ///
    /// A copter holds in BRAKE rather than LOITER, which would take the throttle stick of a remote control that is not
    /// there for "down". A boat holds in LOITER, because HOLD lets it drift.
    #[must_use]
    pub fn modes_for(self, aim: Aim) -> &'static [u32] {
        match (self, aim) {
            (Self::Copter, Aim::Mission) => &[3],
            (Self::Copter, Aim::Guided) => &[4],
            (Self::Copter, Aim::Hold) => &[17, 5],
            (Self::Copter, Aim::Return) => &[6],
            (Self::Copter, Aim::Land | Aim::WithoutPosition) => &[9],
            (Self::Plane, Aim::Mission) => &[10],
            (Self::Plane, Aim::Guided) => &[15],
            (Self::Plane, Aim::Hold) => &[12],
            (Self::Plane, Aim::Return) => &[11],
            (Self::Plane, Aim::WithoutPosition) => &[1, 12],
            (Self::Rover, Aim::Mission) => &[10],
            (Self::Rover, Aim::Guided) => &[15],
            (Self::Rover, Aim::Hold) => &[5, 4],
            (Self::Rover, Aim::Return) => &[11],
            (Self::Rover, Aim::WithoutPosition) => &[4],
            (Self::Plane | Self::Rover, Aim::Land) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_asked_for_means_what_it_is_asked_for() {
        let pairs = [
            (Aim::Mission, FlightMode::Mission),
            (Aim::Guided, FlightMode::Guided),
            (Aim::Hold, FlightMode::Hold),
            (Aim::Return, FlightMode::Return),
            (Aim::Land, FlightMode::Land),
        ];
        for family in [Family::Copter, Family::Plane, Family::Rover] {
            for (aim, meaning) in pairs {
                for mode in family.modes_for(aim) {
                    assert_eq!(family.meaning(*mode), meaning, "{family:?} {aim:?} {mode}");
                }
            }
        }
    }

    #[test]
    fn a_mode_this_version_does_not_know_is_unknown_rather_than_wrong() {
        assert_eq!(Family::Copter.meaning(4711), FlightMode::Unknown);
        assert_eq!(Family::Plane.name(4711), "a mode unknown here");
    }
}
