//! Modes of the autopilot by name: the numbers of each make and program, what each means for a flight, and which to
//! ask for.
//!
//! Terms: a *make* is who wrote the autopilot; a *family* is the kind of craft it flies; both together are its
//! *personality*, which says how `custom_mode` is to be read. ArduPilot numbers the modes of each program anew; PX4 has
//! one set for all, with the main mode in bits 16 to 23 and the sub-mode in bits 24 to 31.
//!
//! Source: ArduPilot 4.5, `ArduCopter/mode.h`, `ArduPlane/mode.h`, `Rover/mode.h`, `ArduSub/mode.h`; PX4 1.17,
//! `src/modules/commander/px4_custom_mode.h`.

use mavlink::dialects::ardupilotmega::{MavAutopilot, MavType};
use telemetry::messages::{FlightMode, VehicleKind};

/// Who wrote the autopilot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// ArduPilot.
    ArduPilot,
    /// PX4.
    Px4,
}

/// The kinds of craft that Picket flies. With ArduPilot each is a program with numbers of its own for its modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ArduCopter.
    Copter,
    /// ArduPlane.
    Plane,
    /// ArduPlane with lifting rotors.
    Vtol,
    /// Rover, which steers boats too.
    Rover,
    /// ArduSub.
    Sub,
}

/// How an autopilot is to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personality {
    /// Who wrote it.
    pub make: Make,
    /// What it flies.
    pub family: Family,
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

/// The modes of lifting rotors are here too: an aeroplane without them never enters one.
#[rustfmt::skip]
const PLANE: &[Mode] = &[
    (0, "MANUAL", FlightMode::Manual), (1, "CIRCLE", FlightMode::Hold), (2, "STABILIZE", FlightMode::Manual),
    (3, "TRAINING", FlightMode::Manual), (4, "ACRO", FlightMode::Manual), (5, "FBWA", FlightMode::Manual),
    (6, "FBWB", FlightMode::Manual), (7, "CRUISE", FlightMode::Manual), (10, "AUTO", FlightMode::Mission),
    (11, "RTL", FlightMode::Return), (12, "LOITER", FlightMode::Hold), (13, "TAKEOFF", FlightMode::Mission),
    (15, "GUIDED", FlightMode::Guided), (17, "QSTABILIZE", FlightMode::Manual), (18, "QHOVER", FlightMode::Manual),
    (19, "QLOITER", FlightMode::Hold), (20, "QLAND", FlightMode::Land), (21, "QRTL", FlightMode::Return),
    (23, "QACRO", FlightMode::Manual), (25, "LOITER_ALT_QLAND", FlightMode::Land), (26, "AUTOLAND", FlightMode::Land),
];

#[rustfmt::skip]
const ROVER: &[Mode] = &[
    (0, "MANUAL", FlightMode::Manual), (1, "ACRO", FlightMode::Manual), (3, "STEERING", FlightMode::Manual),
    (4, "HOLD", FlightMode::Hold), (5, "LOITER", FlightMode::Hold), (10, "AUTO", FlightMode::Mission),
    (11, "RTL", FlightMode::Return), (12, "SMART_RTL", FlightMode::Return), (15, "GUIDED", FlightMode::Guided),
];

/// ArduSub knows no way home: where others return, it comes up, and that is its landing.
#[rustfmt::skip]
const SUB: &[Mode] = &[
    (0, "STABILIZE", FlightMode::Manual), (1, "ACRO", FlightMode::Manual), (2, "ALT_HOLD", FlightMode::Manual),
    (3, "AUTO", FlightMode::Mission), (4, "GUIDED", FlightMode::Guided), (7, "CIRCLE", FlightMode::Hold),
    (9, "SURFACE", FlightMode::Land), (16, "POSHOLD", FlightMode::Hold), (19, "MANUAL", FlightMode::Manual),
    (20, "MOTOR_DETECT", FlightMode::Manual), (21, "SURFTRAK", FlightMode::Manual),
];

/// PX4's number of a main mode and its sub-mode.
const fn px4(main: u32, sub: u32) -> u32 {
    main << 16 | sub << 24
}

/// PX4 has no mode for single targets: it follows them in HOLD.
#[rustfmt::skip]
const PX4: &[Mode] = &[
    (px4(1, 0), "MANUAL", FlightMode::Manual), (px4(2, 0), "ALTCTL", FlightMode::Manual),
    (px4(3, 0), "POSCTL", FlightMode::Manual), (px4(3, 1), "ORBIT", FlightMode::Hold),
    (px4(3, 2), "POSITION_SLOW", FlightMode::Manual), (px4(4, 1), "READY", FlightMode::Hold),
    (px4(4, 2), "TAKEOFF", FlightMode::Mission), (px4(4, 3), "HOLD", FlightMode::Hold),
    (px4(4, 4), "MISSION", FlightMode::Mission), (px4(4, 5), "RTL", FlightMode::Return),
    (px4(4, 6), "LAND", FlightMode::Land), (px4(4, 8), "FOLLOWME", FlightMode::Guided),
    (px4(4, 9), "PRECLAND", FlightMode::Land), (px4(4, 10), "VTOL_TAKEOFF", FlightMode::Mission),
    (px4(5, 0), "ACRO", FlightMode::Manual), (px4(6, 0), "OFFBOARD", FlightMode::Guided),
    (px4(7, 0), "STABILIZED", FlightMode::Manual), (px4(10, 0), "TERMINATION", FlightMode::Land),
    (px4(11, 0), "ALTITUDE_CRUISE", FlightMode::Manual),
];

const PX4_HOLD: u32 = px4(4, 3);
const PX4_MISSION: u32 = px4(4, 4);
const PX4_RETURN: u32 = px4(4, 5);
const PX4_LAND: u32 = px4(4, 6);

impl Make {
    /// The make that an autopilot's heartbeat speaks of; nothing for one that Picket cannot fly with. An autopilot that
    /// is "generic" (MAVSDK's is) speaks as PX4 does.
    #[must_use]
    pub fn of_heartbeat(autopilot: MavAutopilot) -> Option<Self> {
        match autopilot {
            MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA => Some(Self::ArduPilot),
            MavAutopilot::MAV_AUTOPILOT_PX4 | MavAutopilot::MAV_AUTOPILOT_GENERIC => Some(Self::Px4),
            _ => None,
        }
    }
}

impl Family {
    /// The family of a kind of vehicle; nothing for a kind that this version does not know.
    #[must_use]
    pub fn of(kind: VehicleKind) -> Option<Self> {
        match kind {
            VehicleKind::Multirotor => Some(Self::Copter),
            VehicleKind::FixedWing => Some(Self::Plane),
            VehicleKind::Vtol => Some(Self::Vtol),
            VehicleKind::Boat => Some(Self::Rover),
            VehicleKind::Rov => Some(Self::Sub),
            VehicleKind::Unknown => None,
        }
    }

    /// The kind of vehicle of a family.
    #[must_use]
    pub fn kind(self) -> VehicleKind {
        match self {
            Self::Copter => VehicleKind::Multirotor,
            Self::Plane => VehicleKind::FixedWing,
            Self::Vtol => VehicleKind::Vtol,
            Self::Rover => VehicleKind::Boat,
            Self::Sub => VehicleKind::Rov,
        }
    }

    /// The family that an autopilot's heartbeat speaks of.
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
            MavType::MAV_TYPE_VTOL_TAILSITTER_DUOROTOR
            | MavType::MAV_TYPE_VTOL_TAILSITTER_QUADROTOR
            | MavType::MAV_TYPE_VTOL_TILTROTOR
            | MavType::MAV_TYPE_VTOL_FIXEDROTOR
            | MavType::MAV_TYPE_VTOL_TAILSITTER
            | MavType::MAV_TYPE_VTOL_TILTWING => Some(Self::Vtol),
            MavType::MAV_TYPE_GROUND_ROVER | MavType::MAV_TYPE_SURFACE_BOAT => Some(Self::Rover),
            MavType::MAV_TYPE_SUBMARINE => Some(Self::Sub),
            _ => None,
        }
    }
}

impl Personality {
    fn modes(self) -> &'static [Mode] {
        match (self.make, self.family) {
            (Make::Px4, _) => PX4,
            (Make::ArduPilot, Family::Copter) => COPTER,
            (Make::ArduPilot, Family::Plane | Family::Vtol) => PLANE,
            (Make::ArduPilot, Family::Rover) => ROVER,
            (Make::ArduPilot, Family::Sub) => SUB,
        }
    }

    /// What a mode means for the flight; nothing for a number that is not in the tables.
    #[must_use]
    pub fn meaning(self, custom_mode: u32) -> Option<FlightMode> {
        self.modes().iter().find(|mode| mode.0 == custom_mode).map(|mode| mode.2)
    }

    /// The autopilot's own name of a mode.
    #[must_use]
    pub fn name(self, custom_mode: u32) -> Option<&'static str> {
        self.modes().iter().find(|mode| mode.0 == custom_mode).map(|mode| mode.1)
    }

    /// The number of a mode that the autopilot calls so.
    #[must_use]
    pub fn number(self, name: &str) -> Option<u32> {
        self.modes().iter().find(|mode| mode.1.eq_ignore_ascii_case(name)).map(|mode| mode.0)
    }

    /// The parameters of MAV_CMD_DO_SET_MODE that stand for a mode, after the first: ArduPilot wants the number, PX4
    /// its two halves.
    #[must_use]
    pub fn mode_params(self, custom_mode: u32) -> [f32; 2] {
        match self.make {
            Make::ArduPilot => [custom_mode as f32, 0.0],
            Make::Px4 => [(custom_mode >> 16 & 0xFF) as f32, (custom_mode >> 24) as f32],
        }
    }

    /// The modes that serve an aim, the best first; none where the vehicle cannot do it.
    ///
    /// A copter holds in BRAKE rather than LOITER, which would take the throttle stick of a remote control that is not
    /// there for "down". A boat holds in LOITER, because HOLD lets it drift. A submarine returns by coming up.
    #[must_use]
    pub fn modes_for(self, aim: Aim) -> &'static [u32] {
        match (self.make, self.family) {
            (Make::Px4, family) => px4_modes_for(family, aim),
            (Make::ArduPilot, Family::Copter) => match aim {
                Aim::Mission => &[3],
                Aim::Guided => &[4],
                Aim::Hold => &[17, 5],
                Aim::Return => &[6],
                Aim::Land | Aim::WithoutPosition => &[9],
            },
            (Make::ArduPilot, Family::Plane | Family::Vtol) => match (aim, self.family) {
                (Aim::Mission, _) => &[10],
                (Aim::Guided, _) => &[15],
                (Aim::Hold, _) => &[12],
                (Aim::Return, _) => &[11],
                (Aim::Land, Family::Vtol) => &[20],
                (Aim::Land, _) => &[],
                (Aim::WithoutPosition, _) => &[1, 12],
            },
            (Make::ArduPilot, Family::Rover) => match aim {
                Aim::Mission => &[10],
                Aim::Guided => &[15],
                Aim::Hold => &[5, 4],
                Aim::Return => &[11],
                Aim::Land => &[],
                Aim::WithoutPosition => &[4],
            },
            (Make::ArduPilot, Family::Sub) => match aim {
                Aim::Mission => &[3],
                Aim::Guided => &[4],
                Aim::Hold => &[16],
                Aim::Return | Aim::Land | Aim::WithoutPosition => &[9],
            },
        }
    }
}

/// Without a position PX4 lands what can stand in the air; an aeroplane circles in HOLD, a boat stops in it.
fn px4_modes_for(family: Family, aim: Aim) -> &'static [u32] {
    match (aim, family) {
        (Aim::Mission, _) => &[PX4_MISSION],
        (Aim::Guided | Aim::Hold, _) => &[PX4_HOLD],
        (Aim::Return, _) => &[PX4_RETURN],
        (Aim::Land | Aim::WithoutPosition, Family::Copter | Family::Vtol | Family::Sub) => &[PX4_LAND],
        (Aim::Land, Family::Plane | Family::Rover) => &[],
        (Aim::WithoutPosition, Family::Plane | Family::Rover) => &[PX4_HOLD],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> impl Iterator<Item = Personality> {
        [Make::ArduPilot, Make::Px4].into_iter().flat_map(|make| {
            [Family::Copter, Family::Plane, Family::Vtol, Family::Rover, Family::Sub]
                .map(|family| Personality { make, family })
        })
    }

    #[test]
    fn every_mode_asked_for_means_what_it_is_asked_for() {
        let pairs = [
            (Aim::Mission, FlightMode::Mission),
            (Aim::Guided, FlightMode::Guided),
            (Aim::Hold, FlightMode::Hold),
            (Aim::Return, FlightMode::Return),
            (Aim::Land, FlightMode::Land),
        ];
        for personality in every() {
            for (aim, meaning) in pairs {
                for mode in personality.modes_for(aim) {
                    let found = personality.meaning(*mode);
                    let holds_to_follow = personality.make == Make::Px4 && aim == Aim::Guided;
                    let comes_up = personality.family == Family::Sub && aim == Aim::Return;
                    let meaning = match (holds_to_follow, comes_up && personality.make == Make::ArduPilot) {
                        (true, _) => FlightMode::Hold,
                        (_, true) => FlightMode::Land,
                        _ => meaning,
                    };
                    assert_eq!(found, Some(meaning), "{personality:?} {aim:?} {mode}");
                }
            }
        }
    }

    #[test]
    fn a_mode_is_found_by_its_name_and_its_name_by_the_mode_in_both_encodings() {
        for personality in every() {
            for (number, name, _) in personality.modes() {
                assert_eq!((personality.number(name), personality.name(*number)), (Some(*number), Some(*name)));
            }
        }
        let px4 = Personality { make: Make::Px4, family: Family::Copter };
        assert_eq!(px4.number("mission"), Some(0x0404_0000));
        assert_eq!(px4.mode_params(0x0504_0000), [4.0, 5.0]);
        let sub = Personality { make: Make::ArduPilot, family: Family::Sub };
        assert_eq!((sub.number("SURFACE"), sub.mode_params(9)), (Some(9), [9.0, 0.0]));
    }

    #[test]
    fn a_mode_this_version_does_not_know_is_unknown_rather_than_wrong() {
        for personality in every() {
            assert_eq!(
                (personality.meaning(4711), personality.name(4711), personality.number("X")),
                (None, None, None)
            );
        }
    }
}
