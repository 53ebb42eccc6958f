//! Flight modes and their numbers, which differ by vehicle: ArduCopter, ArduPlane and Rover count each their own way. PX4
//! counts all alike, main mode in the third byte and sub-mode in the fourth.

use telemetry::messages::VehicleKind;

use super::super::personality::Personality;

/// What the autopilot is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Copter: the pilot leans it. Nobody is at the sticks, so it keeps level and drifts.
    Stabilize,
    /// Copter: as [`Mode::Stabilize`]; height is kept.
    AltHold,
    /// Aeroplane and boat: the pilot steers. Nobody is at the sticks: an aeroplane flies on, a boat drifts.
    Manual,
    /// Boat: motors stopped.
    Hold,
    /// It keeps its place: a copter hovers, an aeroplane circles, a boat returns when it has drifted off.
    Loiter,
    /// Copter: stops at once and hovers.
    Brake,
    /// It follows single targets.
    Guided,
    /// It follows the mission.
    Auto,
    /// It returns home or to a rally point; aircraft land there.
    Rtl,
    /// Copter: lands where it is.
    Land,
    /// Underwater vehicle: it keeps its place and its depth.
    PosHold,
    /// Underwater vehicle: it comes up.
    Surface,
    /// VTOL: it hovers where it is; [`Mode::Loiter`] circles.
    QLoiter,
    /// PX4: as [`Mode::Loiter`], for a pilot.
    Position,
    /// PX4: takes off where it stands, then holds.
    Takeoff,
    /// PX4: follows the setpoints of a companion computer for as long as they come.
    Offboard,
}

const COPTER: &[(Mode, u32)] = &[
    (Mode::Stabilize, 0),
    (Mode::AltHold, 2),
    (Mode::Auto, 3),
    (Mode::Guided, 4),
    (Mode::Loiter, 5),
    (Mode::Rtl, 6),
    (Mode::Land, 9),
    (Mode::Brake, 17),
];
const PLANE: &[(Mode, u32)] =
    &[(Mode::Manual, 0), (Mode::Auto, 10), (Mode::Rtl, 11), (Mode::Loiter, 12), (Mode::Guided, 15)];
const ROVER: &[(Mode, u32)] =
    &[(Mode::Manual, 0), (Mode::Hold, 4), (Mode::Loiter, 5), (Mode::Auto, 10), (Mode::Rtl, 11), (Mode::Guided, 15)];
const QUADPLANE: &[(Mode, u32)] = &[
    (Mode::Manual, 0),
    (Mode::Auto, 10),
    (Mode::Rtl, 11),
    (Mode::Loiter, 12),
    (Mode::Guided, 15),
    (Mode::QLoiter, 19),
    (Mode::Land, 20),
];
const SUB: &[(Mode, u32)] = &[
    (Mode::Manual, 19),
    (Mode::Stabilize, 0),
    (Mode::AltHold, 2),
    (Mode::Auto, 3),
    (Mode::Guided, 4),
    (Mode::Surface, 9),
    (Mode::PosHold, 16),
];

const fn px4(main: u32, sub: u32) -> u32 {
    main << 16 | sub << 24
}

/// In the order of PX4's list of available modes, but for the first, which is the mode after switching on.
const PX4: &[(Mode, u32)] = &[
    (Mode::Loiter, px4(4, 3)),
    (Mode::Manual, px4(1, 0)),
    (Mode::AltHold, px4(2, 0)),
    (Mode::Position, px4(3, 0)),
    (Mode::Auto, px4(4, 4)),
    (Mode::Rtl, px4(4, 5)),
    (Mode::Offboard, px4(6, 0)),
    (Mode::Stabilize, px4(7, 0)),
    (Mode::Takeoff, px4(4, 2)),
    (Mode::Land, px4(4, 6)),
];

fn numbers(kind: VehicleKind, personality: Personality) -> &'static [(Mode, u32)] {
    if personality == Personality::Px4 {
        return PX4;
    }
    match kind {
        VehicleKind::Multirotor | VehicleKind::Unknown => COPTER,
        VehicleKind::FixedWing => PLANE,
        VehicleKind::Boat => ROVER,
        VehicleKind::Vtol => QUADPLANE,
        VehicleKind::Rov => SUB,
    }
}

impl Mode {
    /// The mode of this kind of vehicle with MAVLink `custom_mode` number.
    pub(crate) fn from_custom(kind: VehicleKind, personality: Personality, number: u32) -> Option<Self> {
        numbers(kind, personality).iter().find(|(_, of_mode)| *of_mode == number).map(|(mode, _)| *mode)
    }

    /// The MAVLink `custom_mode` number.
    pub(crate) fn custom(self, kind: VehicleKind, personality: Personality) -> u32 {
        numbers(kind, personality).iter().find(|(mode, _)| *mode == self).map_or(0, |(_, number)| *number)
    }

    /// The mode after switching on.
    pub(crate) fn initial(kind: VehicleKind, personality: Personality) -> Self {
        numbers(kind, personality)[0].0
    }

    /// Every mode of this vehicle, with its number.
    pub(crate) fn all(kind: VehicleKind, personality: Personality) -> &'static [(Self, u32)] {
        numbers(kind, personality)
    }

    /// Whether the mode needs to know where it is.
    pub(crate) fn needs_position(self) -> bool {
        !matches!(self, Self::Stabilize | Self::AltHold | Self::Manual | Self::Hold | Self::Land | Self::Surface)
    }

    /// Whether it may be armed in this mode: a copter must not jump up on its own.
    pub(crate) fn allows_arming(self, kind: VehicleKind, personality: Personality) -> bool {
        if personality == Personality::Px4 {
            return !matches!(self, Self::Rtl | Self::Land);
        }
        kind != VehicleKind::Multirotor || !matches!(self, Self::Auto | Self::Rtl | Self::Land | Self::Brake)
    }

    /// ArduPilot's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stabilize => "STABILIZE",
            Self::AltHold => "ALT_HOLD",
            Self::Manual => "MANUAL",
            Self::Hold => "HOLD",
            Self::Loiter => "LOITER",
            Self::Brake => "BRAKE",
            Self::Guided => "GUIDED",
            Self::Auto => "AUTO",
            Self::Rtl => "RTL",
            Self::Land => "LAND",
            Self::PosHold => "POSHOLD",
            Self::Surface => "SURFACE",
            Self::QLoiter => "QLOITER",
            Self::Position => "POSITION",
            Self::Takeoff => "TAKEOFF",
            Self::Offboard => "OFFBOARD",
        }
    }

    /// PX4's name for it.
    pub(crate) fn px4_name(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::AltHold => "Altitude",
            Self::Position => "Position",
            Self::Loiter => "Hold",
            Self::Auto => "Mission",
            Self::Rtl => "Return",
            Self::Offboard => "Offboard",
            Self::Stabilize => "Stabilized",
            Self::Takeoff => "Takeoff",
            Self::Land => "Land",
            // Modes PX4 does not have.
            _ => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_comes_back_from_its_number() {
        for kind in
            [VehicleKind::Multirotor, VehicleKind::FixedWing, VehicleKind::Boat, VehicleKind::Vtol, VehicleKind::Rov]
        {
            for personality in [Personality::ArduPilot, Personality::Px4] {
                for (mode, number) in numbers(kind, personality) {
                    assert_eq!(Mode::from_custom(kind, personality, *number), Some(*mode));
                    assert_eq!(mode.custom(kind, personality), *number);
                }
                assert_eq!(Mode::from_custom(kind, personality, 99), None);
            }
        }
    }
}
