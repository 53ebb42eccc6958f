//! What the autopilot's own failsafe settings mean for a flight, and where they contradict what a plan can say.
//!
//! A plan says what the vehicle does when the operations room falls silent; the guard does it. The autopilot has rules
//! of its own beside that: a ground-station failsafe that returns after five seconds makes "go on with the plan" a dead
//! letter; one that does nothing leaves nobody to act when this computer dies. Where a plan is kept on board its rule
//! is known, and the settings are judged against it as they are before a start.
//!
//! Sources: ArduPilot 4.5 parameter lists of Copter, Plane, Rover and Sub; PX4 1.17 parameter reference.

use std::collections::BTreeMap;

use telemetry::messages::{LostLink, LostLinkAction};

use super::Finding;
use crate::link::failsafe_settings::judge;
use crate::link::mode::{Family, Make, Personality};
use crate::link::parameters::Value;

/// Which list of parameters applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// ArduCopter.
    Copter,
    /// ArduPlane, with lifting rotors or without.
    Plane,
    /// ArduRover, boats too.
    Rover,
    /// ArduSub.
    Sub,
    /// PX4, whatever it flies.
    Px4,
}

impl Program {
    /// The parameters to read.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Copter => {
                &["ARMING_CHECK", "FS_GCS_ENABLE", "FS_OPTIONS", "FS_GCS_TIMEOUT", "BATT_FS_LOW_ACT", "FENCE_ENABLE"]
            }
            Self::Plane => &["ARMING_CHECK", "FS_GCS_ENABL", "FS_LONG_ACTN", "FS_LONG_TIMEOUT", "BATT_FS_LOW_ACT"],
            Self::Rover => &["ARMING_CHECK", "FS_GCS_ENABLE", "FS_ACTION", "FS_GCS_TIMEOUT", "BATT_FS_LOW_ACT"],
            Self::Sub => &["ARMING_CHECK", "FS_GCS_ENABLE", "FS_GCS_TIMEOUT"],
            Self::Px4 => &["NAV_DLL_ACT", "COM_DL_LOSS_T", "COM_LOW_BAT_ACT", "GF_ACTION"],
        }
    }

    /// How its settings are read. PX4 has the same ones whatever it flies.
    fn personality(self) -> Personality {
        let (make, family) = match self {
            Self::Copter => (Make::ArduPilot, Family::Copter),
            Self::Plane => (Make::ArduPilot, Family::Plane),
            Self::Rover => (Make::ArduPilot, Family::Rover),
            Self::Sub => (Make::ArduPilot, Family::Sub),
            Self::Px4 => (Make::Px4, Family::Copter),
        };
        Personality { make, family }
    }

    /// Judges what was read; by the kept plan's rule for a lost link, where a plan is kept.
    #[must_use]
    pub fn findings(self, values: &BTreeMap<String, Value>, rule: Option<LostLink>) -> Vec<Finding> {
        if values.is_empty() {
            return vec![
                Finding::warning("failsafes", "the autopilot did not give its settings")
                    .so("the link may lose too much; try again, or read them with a ground station"),
            ];
        }
        let value = |name: &str| values.get(name).map(|value| value.real());
        let mut findings = vec![match rule {
            Some(rule) => self.against(rule, values),
            None => self.ground_failsafe(value),
        }];
        findings.extend(battery_failsafe(self, value));
        if value("ARMING_CHECK").is_some_and(|checks| checks == 0.0) {
            findings.push(
                Finding::warning("failsafes", "the autopilot's checks before arming are off (ARMING_CHECK = 0)")
                    .so("set ARMING_CHECK to 1: it then refuses to fly with a sick sensor"),
            );
        }
        if value("FENCE_ENABLE").is_some_and(|fence| fence == 0.0) {
            findings.push(Finding::note(
                "failsafes",
                "the autopilot's own fence is off (FENCE_ENABLE = 0); the guard on this computer keeps the plan's",
            ));
        }
        findings
    }

    /// Whether the vehicle would be let fly its plan with these settings.
    fn against(self, rule: LostLink, values: &BTreeMap<String, Value>) -> Finding {
        let about = "failsafes";
        match judge(self.personality(), values, rule) {
            Ok(None) => {
                let does = match rule.action {
                    LostLinkAction::ReturnHome => "returns home",
                    LostLinkAction::Continue => "goes on",
                };
                Finding::good(
                    about,
                    format!("the autopilot's own agree with the kept plan, which {does} without a link"),
                )
            }
            Ok(Some(remark)) => Finding::note(about, remark),
            Err(contradiction) => {
                Finding::missing(about, format!("the kept plan would not be flown: {}", contradiction.found))
                    .so(contradiction.remedy)
            }
        }
    }

    fn ground_failsafe(self, value: impl Fn(&str) -> Option<f64>) -> Finding {
        let about = "failsafes";
        let (name, after_s) = match self {
            Self::Copter | Self::Rover | Self::Sub => ("FS_GCS_ENABLE", value("FS_GCS_TIMEOUT").unwrap_or(5.0)),
            Self::Plane => ("FS_GCS_ENABL", value("FS_LONG_TIMEOUT").unwrap_or(5.0)),
            Self::Px4 => ("NAV_DLL_ACT", value("COM_DL_LOSS_T").unwrap_or(10.0)),
        };
        let Some(setting) = value(name) else {
            return Finding::warning(
                about,
                format!("the autopilot did not say what it does without a ground station ({name})"),
            );
        };
        let does = |what: &str| {
            format!(
                "without a ground station's heartbeat for {after_s:.0} s the autopilot {what} ({name} = {setting:.0})"
            )
        };
        // A number that is not whole is no setting; the cast saturates.
        match (self, setting as i64) {
            (Self::Sub, 2) => Finding::missing(about, does("disarms, where it is")).so(
                "an ArduSub that loses its link under water stops its motors by default: set FS_GCS_ENABLE to 3 (hold \
                 depth) or 4 (surface)",
            ),
            (_, 0) => Finding::note(about, does("does nothing"))
                .so("the guard on this computer does what the plan says; if this computer fails as well, nobody does"),
            (Self::Px4, 1) => Finding::good(about, does("holds")),
            (Self::Px4, 2) => {
                Finding::good(about, does("returns")).so("a plan that says to go on without a link contradicts it")
            }
            (Self::Px4, 5 | 6) => {
                Finding::missing(about, does("stops its motors in the air")).so("set NAV_DLL_ACT to 2 (return)")
            }
            (Self::Sub, 1) => Finding::good(about, does("warns only")),
            (Self::Sub, 3) => Finding::good(about, does("holds its depth")),
            (Self::Sub, 4) => Finding::good(about, does("surfaces")),
            _ => Finding::good(about, does("acts by itself, mostly by returning"))
                .so("a plan that says to go on without a link contradicts it"),
        }
    }
}

fn battery_failsafe(program: Program, value: impl Fn(&str) -> Option<f64>) -> Option<Finding> {
    let name = if program == Program::Px4 { "COM_LOW_BAT_ACT" } else { "BATT_FS_LOW_ACT" };
    match value(name)? {
        0.0 => Some(
            Finding::note("failsafes", format!("with a low battery the autopilot only warns ({name} = 0)"))
                .so("the guard on this computer calls it home in time; a second net would be to return (2)"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[track_caller]
    fn check(program: Program, values: &[(&str, f32)], verdict: Verdict, words: &str) {
        check_by(None, program, values, verdict, words);
    }

    #[track_caller]
    fn check_by(rule: Option<LostLink>, program: Program, values: &[(&str, f32)], verdict: Verdict, words: &str) {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), Value::Real(*value))).collect();
        let findings = program.findings(&values, rule);
        let worst = findings.iter().max_by_key(|finding| finding.verdict).unwrap();
        assert_eq!(worst.verdict, verdict, "{findings:?}");
        assert!(worst.found.contains(words), "{} should say {words:?}", worst.found);
    }

    #[test]
    fn what_the_autopilot_does_without_a_ground_station_is_told_in_words() {
        let returns = [("FS_GCS_ENABLE", 1.0), ("FS_GCS_TIMEOUT", 5.0), ("ARMING_CHECK", 1.0)];
        check(Program::Copter, &returns, Verdict::Good, "for 5 s the autopilot acts by itself");
        check(Program::Copter, &[("FS_GCS_ENABLE", 0.0)], Verdict::Note, "does nothing (FS_GCS_ENABLE = 0)");
        check(Program::Sub, &[("FS_GCS_ENABLE", 2.0)], Verdict::Missing, "disarms");
        check(Program::Px4, &[("NAV_DLL_ACT", 0.0)], Verdict::Note, "for 10 s the autopilot does nothing");
        check(Program::Px4, &[("NAV_DLL_ACT", 6.0)], Verdict::Missing, "stops its motors");
        check(Program::Plane, &[("BATT_FS_LOW_ACT", 1.0)], Verdict::Warning, "(FS_GCS_ENABL)");
        check(Program::Rover, &[], Verdict::Warning, "did not give its settings");
    }

    #[test]
    fn checks_that_are_off_are_told() {
        let off = [("FS_GCS_ENABLE", 1.0), ("ARMING_CHECK", 0.0), ("BATT_FS_LOW_ACT", 0.0), ("FENCE_ENABLE", 0.0)];
        check(Program::Copter, &off, Verdict::Warning, "checks before arming are off");
        check(Program::Copter, &[("FS_GCS_ENABLE", f32::NAN)], Verdict::Note, "does nothing");
    }

    #[test]
    fn with_a_kept_plan_the_settings_are_judged_by_its_rule_and_told_what_to_set() {
        let home = Some(LostLink { after_s: 20.0, action: LostLinkAction::ReturnHome });
        let on = Some(LostLink { after_s: 20.0, action: LostLinkAction::Continue });
        let returns = [("FS_GCS_ENABLE", 1.0), ("FS_GCS_TIMEOUT", 30.0), ("FS_OPTIONS", 16.0)];
        check_by(home, Program::Copter, &returns, Verdict::Good, "agree with the kept plan, which returns home");
        check_by(on, Program::Copter, &returns, Verdict::Missing, "would not be flown: the plan goes on");
        let values = returns.iter().map(|(name, value)| ((*name).to_owned(), Value::Real(*value))).collect();
        let remedy = Program::Copter.findings(&values, on).remove(0).remedy;
        assert!(remedy.is_some_and(|words| words.starts_with("set FS_OPTIONS to 18")), "the bit beside those set");
        let goes_on = [("FS_GCS_ENABLE", 1.0), ("FS_OPTIONS", 2.0)];
        check_by(on, Program::Copter, &goes_on, Verdict::Good, "which goes on without a link");
        check_by(home, Program::Copter, &goes_on, Verdict::Note, "FS_OPTIONS is 2");
        check_by(home, Program::Px4, &[("NAV_DLL_ACT", 0.0)], Verdict::Note, "nobody brings the vehicle home");
        check_by(home, Program::Sub, &[("FS_GCS_ENABLE", 2.0)], Verdict::Missing, "stops its motors");
        check_by(home, Program::Plane, &[("BATT_FS_LOW_ACT", 1.0)], Verdict::Missing, "no answer to FS_GCS_ENABL");
        check_by(home, Program::Rover, &[], Verdict::Warning, "did not give its settings");
    }
}
