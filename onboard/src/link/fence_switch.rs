//! Whether the autopilot's own fence may be switched on for a plan, and how.
//!
//! ArduPilot keeps a fence that it was given and does nothing with it until it is switched on (FENCE_ENABLE, or
//! MAV_CMD_DO_FENCE_ENABLE). Switched on, it enforces everything that FENCE_TYPE names: beside the polygon, as it comes
//! out of its box, a circle of 300 m around home and a ceiling of 100 m. Those are settings, which are never changed
//! from here. So they are read first: where they leave room for the plan's fence it is switched on; where they do not,
//! it stays off, or, where somebody has switched it on, the plan is refused, because the autopilot would turn the
//! vehicle back in the middle of it.
//!
//! PX4 enforces a fence from the moment it holds it, by GF_ACTION, and needs no switch.
//!
//! Source: ArduPilot 4.5, `libraries/AC_Fence/AC_Fence.cpp` and `libraries/GCS_MAVLink/GCS_Fence.cpp` (the command's
//! second parameter, which types to switch, is ignored before 4.6).

use std::collections::BTreeMap;

use mavlink::dialects::ardupilotmega::MavCmd;

use super::command::{Call, Form};
use super::mode::{Family, Make, Personality};
use super::parameters::Value;

/// Bits of FENCE_TYPE.
const CEILING: i64 = 1;
const CIRCLE: i64 = 2;
const POLYGON: i64 = 4;
const FLOOR: i64 = 8;

/// What a plan's fence asks of the autopilot's other barriers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// How far from home its farthest corner lies, metres.
    pub radius_m: f64,
    /// How high above home it allows, metres.
    pub ceiling_m: f64,
}

/// What to do about the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switch {
    /// Switch it on.
    On,
    /// Leave it off, and why.
    LeaveOff(String),
}

/// The settings to read; none where there is no switch.
#[must_use]
pub fn settings(personality: Personality) -> &'static [&'static str] {
    match (personality.make, personality.family) {
        (Make::Px4, _) => &[],
        // A vehicle on the water has no ceiling.
        (Make::ArduPilot, Family::Rover) => &["FENCE_ENABLE", "FENCE_TYPE", "FENCE_RADIUS"],
        (Make::ArduPilot, _) => &["FENCE_ENABLE", "FENCE_TYPE", "FENCE_RADIUS", "FENCE_ALT_MAX"],
    }
}

/// Judges the settings that were read.
///
/// # Errors
/// Why the plan must not be flown with these settings.
pub fn judge(found: &BTreeMap<String, Value>, reach: Reach) -> Result<Switch, String> {
    let value = |name: &str| found.get(name).map(|value| value.real());
    let (Some(enabled), Some(types)) = (value("FENCE_ENABLE"), value("FENCE_TYPE")) else {
        let why = "the autopilot does not tell its fence's settings (FENCE_ENABLE, FENCE_TYPE): it is not switched on";
        return Ok(Switch::LeaveOff(why.to_owned()));
    };
    let types = types as i64;
    let narrow = |bit, name, wanted_m: f64| {
        value(name).filter(|allowed_m| types & bit != 0 && *allowed_m < wanted_m).map(|allowed_m| {
            format!(
                "{name} is {allowed_m:.0} m and counts (FENCE_TYPE is {types}), the plan's fence needs {wanted_m:.0} m"
            )
        })
    };
    let against = narrow(CIRCLE, "FENCE_RADIUS", reach.radius_m)
        .or_else(|| narrow(CEILING, "FENCE_ALT_MAX", reach.ceiling_m))
        .or_else(|| (types & FLOOR != 0).then(|| format!("a lowest height counts (FENCE_TYPE is {types})")))
        .or_else(|| (types & POLYGON == 0).then(|| format!("no polygon counts (FENCE_TYPE is {types})")));
    match against {
        None => Ok(Switch::On),
        Some(why) if enabled == 0.0 || types & POLYGON == 0 => Ok(Switch::LeaveOff(format!(
            "the autopilot's own fence stays off, and the guard on board goes by the plan's alone: {why}"
        ))),
        Some(why) => Err(format!("the autopilot's own fence is on and contradicts the plan: {why}")),
    }
}

/// The command that switches it on.
#[must_use]
pub fn switched_on() -> Call {
    Call {
        what: "switching the fence on",
        command: MavCmd::MAV_CMD_DO_FENCE_ENABLE,
        form: Form::Long([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACH: Reach = Reach { radius_m: 700.0, ceiling_m: 90.0 };

    fn judged(settings: &[(&str, f64)]) -> Result<Switch, String> {
        let found = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::Real(*value as f32)));
        judge(&found.collect(), REACH)
    }

    #[test]
    fn a_polygon_alone_is_switched_on_and_so_is_a_circle_that_holds_the_plan() {
        assert_eq!(judged(&[("FENCE_ENABLE", 0.0), ("FENCE_TYPE", 4.0)]), Ok(Switch::On));
        let wide = [("FENCE_ENABLE", 1.0), ("FENCE_TYPE", 7.0), ("FENCE_RADIUS", 700.0), ("FENCE_ALT_MAX", 100.0)];
        assert_eq!(judged(&wide), Ok(Switch::On));
    }

    #[test]
    fn barriers_that_would_turn_the_vehicle_back_keep_it_off_or_the_plan_on_the_ground() {
        for (types, radius_m, ceiling_m, words) in [
            (7.0, 300.0, 100.0, "FENCE_RADIUS is 300 m"),
            (5.0, 300.0, 80.0, "FENCE_ALT_MAX is 80 m"),
            (12.0, 900.0, 100.0, "a lowest height counts"),
        ] {
            let settings = |enabled| {
                [
                    ("FENCE_ENABLE", enabled),
                    ("FENCE_TYPE", types),
                    ("FENCE_RADIUS", radius_m),
                    ("FENCE_ALT_MAX", ceiling_m),
                ]
            };
            let Ok(Switch::LeaveOff(why)) = judged(&settings(0.0)) else { panic!("{words}") };
            assert!(why.contains(words), "{why}");
            let refused = judged(&settings(1.0)).unwrap_err();
            assert!(refused.contains(words) && refused.contains("is on"), "{refused}");
        }
    }

    #[test]
    fn a_fence_without_a_polygon_or_without_settings_is_left_as_it_is() {
        assert!(matches!(judged(&[("FENCE_ENABLE", 1.0), ("FENCE_TYPE", 1.0), ("FENCE_ALT_MAX", 100.0)]),
            Ok(Switch::LeaveOff(why)) if why.contains("no polygon")));
        assert!(matches!(judged(&[]), Ok(Switch::LeaveOff(why)) if why.contains("does not tell")));
    }
}
