//! What ArduPilot's flight modes are called; each of its programs counts its own way (ArduPilot 4.5, `mode.h` of each).

/// Which of ArduPilot's programs flew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Copter,
    Plane,
    Rover,
    Sub,
}

impl Program {
    /// By the banner a program sends, "ArduCopter V4.5.7 (…)".
    pub(crate) fn of_banner(text: &str) -> Option<Self> {
        let known = [
            ("ArduCopter", Self::Copter),
            ("ArduPlane", Self::Plane),
            ("ArduRover", Self::Rover),
            ("ArduSub", Self::Sub),
        ];
        known.into_iter().find(|(name, _)| text.starts_with(name)).map(|(_, program)| program)
    }

    /// By MAV_TYPE.
    pub(crate) fn of_type(mav_type: u8) -> Option<Self> {
        match mav_type {
            1 | 19..=25 => Some(Self::Plane),
            2 | 3 | 4 | 13 | 14 | 15 | 29 => Some(Self::Copter),
            10 | 11 => Some(Self::Rover),
            12 => Some(Self::Sub),
            _ => None,
        }
    }

    /// The name of a mode; its number where there is none.
    pub(crate) fn mode(self, number: u32) -> String {
        let names: &[&str] = match self {
            Self::Copter => &[
                "STABILIZE",
                "ACRO",
                "ALT_HOLD",
                "AUTO",
                "GUIDED",
                "LOITER",
                "RTL",
                "CIRCLE",
                "",
                "LAND",
                "",
                "DRIFT",
                "",
                "SPORT",
                "FLIP",
                "AUTOTUNE",
                "POSHOLD",
                "BRAKE",
                "THROW",
                "AVOID_ADSB",
                "GUIDED_NOGPS",
                "SMART_RTL",
                "FLOWHOLD",
                "FOLLOW",
                "ZIGZAG",
            ],
            Self::Plane => &[
                "MANUAL",
                "CIRCLE",
                "STABILIZE",
                "TRAINING",
                "ACRO",
                "FBWA",
                "FBWB",
                "CRUISE",
                "AUTOTUNE",
                "",
                "AUTO",
                "RTL",
                "LOITER",
                "TAKEOFF",
                "AVOID_ADSB",
                "GUIDED",
                "INITIALISING",
                "QSTABILIZE",
                "QHOVER",
                "QLOITER",
                "QLAND",
                "QRTL",
                "QAUTOTUNE",
                "QACRO",
                "THERMAL",
            ],
            Self::Rover => &[
                "MANUAL",
                "ACRO",
                "",
                "STEERING",
                "HOLD",
                "LOITER",
                "FOLLOW",
                "SIMPLE",
                "DOCK",
                "CIRCLE",
                "AUTO",
                "RTL",
                "SMART_RTL",
                "",
                "",
                "GUIDED",
                "INITIALISING",
            ],
            Self::Sub => &[
                "STABILIZE",
                "ACRO",
                "ALT_HOLD",
                "AUTO",
                "GUIDED",
                "",
                "",
                "CIRCLE",
                "",
                "SURFACE",
                "",
                "",
                "",
                "",
                "",
                "",
                "POSHOLD",
                "",
                "",
                "MANUAL",
                "MOTORDETECT",
            ],
        };
        let name = usize::try_from(number).ok().and_then(|number| names.get(number)).filter(|name| !name.is_empty());
        name.map_or_else(|| format!("mode {number}"), |name| (*name).to_owned())
    }
}
