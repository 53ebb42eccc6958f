//! What the autopilot does by itself when it loses its ground station, and whether that contradicts a plan.
//!
//! The plan's rule is carried out by the guard on board. The autopilot has a rule of its own, which acts beneath the
//! guard and is not asked: a submarine disarms unless somebody has set it otherwise, a copter set to it returns after
//! 5 s although the plan says to go on. So its settings are read before a mission is brought and before every start,
//! and a plan that they contradict is refused, in words that say what to set. They are never changed from here: they
//! belong to whoever answers for the vehicle.
//!
//! An autopilot that does nothing (PX4's default) contradicts no plan, because the guard does what the plan says; but
//! nobody does it if this computer fails, and that is said.
//!
//! Source: ArduPilot 4.5, `ArduCopter/defines.h`, `ArduPlane/defines.h`, `Rover/defines.h`, `ArduSub/defines.h`;
//! PX4 1.17, `src/modules/commander/commander_params.c`.

use std::collections::BTreeMap;

use telemetry::messages::{LostLink, LostLinkAction};
use thiserror::Error;

use super::mode::{Family, Make, Personality};
use super::parameters::Value;

/// FS_OPTIONS of a copter: in AUTO it goes on with its mission when the ground station is lost.
const CONTINUE_IN_AUTO: i64 = 1 << 1;

/// Settings that a plan must not be flown with.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{found}; {remedy}")]
pub struct Contradiction {
    /// What they are, and what they contradict.
    pub found: String,
    /// What to set instead.
    pub remedy: String,
}

/// What the autopilot does when it loses its ground station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Response {
    /// It goes on with whatever it does.
    Nothing,
    Return,
    Hold,
    Land,
    /// A submarine comes up.
    Surface,
    Glide,
    /// The motors stop where it is.
    Disarm,
    /// As meant by whoever wrote it; this version does not know it.
    Unknown(i64),
}

/// The names of the settings that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Names {
    /// What it does.
    action: &'static str,
    /// Further settings that change it; an autopilot may not have them.
    also: &'static [&'static str],
    /// After how many seconds.
    timeout: &'static str,
}

fn names(personality: Personality) -> Names {
    match (personality.make, personality.family) {
        (Make::Px4, _) => Names { action: "NAV_DLL_ACT", also: &[], timeout: "COM_DL_LOSS_T" },
        (Make::ArduPilot, Family::Copter) => {
            Names { action: "FS_GCS_ENABLE", also: &["FS_OPTIONS"], timeout: "FS_GCS_TIMEOUT" }
        }
        (Make::ArduPilot, Family::Plane | Family::Vtol) => {
            Names { action: "FS_GCS_ENABL", also: &["FS_LONG_ACTN"], timeout: "FS_LONG_TIMEOUT" }
        }
        (Make::ArduPilot, Family::Rover) => {
            Names { action: "FS_GCS_ENABLE", also: &["FS_ACTION"], timeout: "FS_GCS_TIMEOUT" }
        }
        (Make::ArduPilot, Family::Sub) => Names { action: "FS_GCS_ENABLE", also: &[], timeout: "FS_GCS_TIMEOUT" },
    }
}

/// The settings to read. A copter's exceptions matter only to a plan that goes on, and many a copter has none.
#[must_use]
pub fn settings(personality: Personality, lost_link: LostLink) -> Vec<&'static str> {
    let names = names(personality);
    let needless = personality.family == Family::Copter && lost_link.action == LostLinkAction::ReturnHome;
    let also = if needless { &[] } else { names.also };
    [names.action, names.timeout].into_iter().chain(also.iter().copied()).collect()
}

/// Judges the settings that were read against a plan's rule. Gives back what should be known of them, if anything.
///
/// # Errors
/// [`Contradiction`] says why the plan must not be flown with these settings, which of them it is, and what to set.
pub fn judge(
    personality: Personality,
    found: &BTreeMap<String, Value>,
    lost_link: LostLink,
) -> Result<Option<String>, Contradiction> {
    let names = names(personality);
    let whole = |name: &str| found.get(name).map(|value| value.real() as i64);
    let Some(action) = whole(names.action) else {
        return Err(Contradiction {
            found: format!(
                "the autopilot does not say what it does when it loses its ground station: no answer to {}",
                names.action
            ),
            remedy: "look with a ground station whether it has that setting, and set it".to_owned(),
        });
    };
    let also = names.also.first().and_then(|name| whole(name));
    let contradiction = |found: String| {
        let Fit { name, value, meaning } = fit(personality, lost_link.action, also);
        Contradiction { found, remedy: format!("set {name} to {value} ({meaning})") }
    };
    let response = response(personality, action, also);
    let setting = match (names.also.first(), also) {
        (Some(name), Some(value)) => format!("{} is {action}, {name} is {value}", names.action),
        _ => format!("{} is {action}", names.action),
    };
    let does = response.in_words();
    let comes_home =
        response == Response::Return || (response == Response::Surface && personality.family == Family::Sub);
    match lost_link.action {
        _ if response == Response::Nothing => Ok((lost_link.action == LostLinkAction::ReturnHome).then(|| {
            format!(
                "the autopilot does nothing by itself when it loses its ground station ({setting}): should this computer \
                 fail then, nobody brings the vehicle home"
            )
        })),
        LostLinkAction::ReturnHome if comes_home => {
            let after_s = found.get(names.timeout).map(|value| value.real());
            Ok(after_s.filter(|after_s| *after_s < lost_link.after_s).map(|after_s| {
                format!(
                    "the autopilot {does} by itself {after_s:.0} s after it loses its ground station ({setting}), before \
                     the plan's {:.0} s",
                    lost_link.after_s
                )
            }))
        }
        LostLinkAction::ReturnHome => Err(contradiction(format!(
            "the plan returns home when the link is lost, but the autopilot {does} by itself: {setting}"
        ))),
        LostLinkAction::Continue => Err(contradiction(format!(
            "the plan goes on when the link is lost, but the autopilot {does} by itself: {setting}"
        ))),
    }
}

/// The one setting that makes an autopilot's own rule agree with a plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fit {
    name: &'static str,
    value: i64,
    meaning: &'static str,
}

fn fit(personality: Personality, action: LostLinkAction, also: Option<i64>) -> Fit {
    let (name, value, meaning) = match (personality.make, personality.family, action) {
        (Make::Px4, _, LostLinkAction::ReturnHome) => ("NAV_DLL_ACT", 2, "return"),
        (Make::Px4, _, LostLinkAction::Continue) => ("NAV_DLL_ACT", 0, "nothing: the guard does what the plan says"),
        (_, Family::Copter, LostLinkAction::ReturnHome) => ("FS_GCS_ENABLE", 1, "return"),
        (_, Family::Copter, LostLinkAction::Continue) => {
            ("FS_OPTIONS", also.unwrap_or(0) | CONTINUE_IN_AUTO, "in AUTO it goes on with its mission")
        }
        (_, Family::Plane | Family::Vtol, LostLinkAction::ReturnHome) => ("FS_LONG_ACTN", 1, "return"),
        (_, Family::Plane | Family::Vtol, LostLinkAction::Continue) => {
            ("FS_GCS_ENABL", 0, "nothing: the guard does what the plan says")
        }
        (_, Family::Rover, LostLinkAction::ReturnHome) => ("FS_ACTION", 1, "return"),
        (_, Family::Rover, LostLinkAction::Continue) => ("FS_GCS_ENABLE", 2, "in AUTO it goes on with its mission"),
        (_, Family::Sub, LostLinkAction::ReturnHome) => ("FS_GCS_ENABLE", 4, "come to the surface"),
        (_, Family::Sub, LostLinkAction::Continue) => ("FS_GCS_ENABLE", 1, "warn only"),
    };
    Fit { name, value, meaning }
}

fn response(personality: Personality, action: i64, also: Option<i64>) -> Response {
    match (personality.make, personality.family) {
        (Make::Px4, _) => match action {
            0 => Response::Nothing,
            1 => Response::Hold,
            2 => Response::Return,
            3 => Response::Land,
            5 | 6 => Response::Disarm,
            other => Response::Unknown(other),
        },
        (Make::ArduPilot, Family::Copter) => match action {
            0 => Response::Nothing,
            _ if also.is_some_and(|options| options & CONTINUE_IN_AUTO != 0) => Response::Nothing,
            1..=4 | 6 => Response::Return,
            5 | 7 => Response::Land,
            other => Response::Unknown(other),
        },
        (Make::ArduPilot, Family::Plane | Family::Vtol) => match (action, also) {
            (0, _) | (_, Some(0)) => Response::Nothing,
            (_, Some(1 | 4)) => Response::Return,
            (_, Some(2)) => Response::Glide,
            (_, Some(3)) => Response::Disarm,
            (_, other) => Response::Unknown(other.unwrap_or(-1)),
        },
        (Make::ArduPilot, Family::Rover) => match (action, also) {
            (0 | 2, _) | (_, Some(0)) => Response::Nothing,
            (_, Some(1 | 3)) => Response::Return,
            (_, Some(2 | 4)) => Response::Hold,
            (_, Some(5)) => Response::Disarm,
            (_, other) => Response::Unknown(other.unwrap_or(-1)),
        },
        // 1 warns only.
        (Make::ArduPilot, Family::Sub) => match action {
            0 | 1 => Response::Nothing,
            2 => Response::Disarm,
            3 => Response::Hold,
            4 => Response::Surface,
            other => Response::Unknown(other),
        },
    }
}

impl Response {
    fn in_words(self) -> String {
        match self {
            Self::Nothing => "does nothing".to_owned(),
            Self::Return => "returns home".to_owned(),
            Self::Hold => "holds its place".to_owned(),
            Self::Land => "lands where it is".to_owned(),
            Self::Surface => "comes to the surface".to_owned(),
            Self::Glide => "glides down".to_owned(),
            Self::Disarm => "stops its motors".to_owned(),
            Self::Unknown(action) => format!("does something that this version does not know ({action})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: LostLink = LostLink { after_s: 10.0, action: LostLinkAction::ReturnHome };
    const GO_ON: LostLink = LostLink { after_s: 10.0, action: LostLinkAction::Continue };

    fn with(
        make: Make,
        family: Family,
        settings: &[(&str, i64)],
        lost_link: LostLink,
    ) -> Result<Option<String>, Contradiction> {
        let found = settings.iter().map(|(name, value)| ((*name).to_owned(), Value::Whole(*value))).collect();
        judge(Personality { make, family }, &found, lost_link)
    }

    #[track_caller]
    fn check_refused(judged: Result<Option<String>, Contradiction>, words: &str) {
        let why = judged.unwrap_err().to_string();
        assert!(why.contains(words), "{why:?} should say {words:?}");
    }

    #[test]
    fn a_submarine_that_would_disarm_flies_no_plan_at_all() {
        for lost_link in [HOME, GO_ON] {
            let judged = with(Make::ArduPilot, Family::Sub, &[("FS_GCS_ENABLE", 2)], lost_link);
            check_refused(judged, "stops its motors by itself: FS_GCS_ENABLE is 2");
        }
        assert_eq!(with(Make::ArduPilot, Family::Sub, &[("FS_GCS_ENABLE", 4)], HOME), Ok(None));
    }

    #[test]
    fn a_copter_that_would_return_flies_no_plan_that_goes_on() {
        let settings = [("FS_GCS_ENABLE", 1), ("FS_GCS_TIMEOUT", 5)];
        check_refused(with(Make::ArduPilot, Family::Copter, &settings, GO_ON), "returns home by itself");
        let excepted = [("FS_GCS_ENABLE", 1), ("FS_OPTIONS", 2)];
        assert_eq!(with(Make::ArduPilot, Family::Copter, &excepted, GO_ON), Ok(None));
        let early = with(Make::ArduPilot, Family::Copter, &settings, HOME).unwrap();
        assert!(early.is_some_and(|words| words.contains("5 s after it loses its ground station")));
    }

    #[test]
    fn a_px4_that_does_nothing_may_fly_and_it_is_said_who_brings_it_home() {
        let remark = with(Make::Px4, Family::Copter, &[("NAV_DLL_ACT", 0)], HOME).unwrap();
        assert!(remark.is_some_and(|words| words.contains("does nothing by itself") && words.contains("NAV_DLL_ACT")));
        assert_eq!(with(Make::Px4, Family::Copter, &[("NAV_DLL_ACT", 0)], GO_ON), Ok(None));
        check_refused(with(Make::Px4, Family::Vtol, &[("NAV_DLL_ACT", 5)], HOME), "stops its motors");
        check_refused(with(Make::Px4, Family::Plane, &[("NAV_DLL_ACT", 1)], HOME), "holds its place by itself");
    }

    #[test]
    fn a_boat_and_an_aeroplane_are_judged_by_what_their_second_setting_says() {
        let boat = |action| [("FS_GCS_ENABLE", 1), ("FS_ACTION", action)];
        check_refused(with(Make::ArduPilot, Family::Rover, &boat(2), GO_ON), "holds its place");
        assert_eq!(with(Make::ArduPilot, Family::Rover, &boat(1), HOME), Ok(None));
        let plane = |action| [("FS_GCS_ENABL", 1), ("FS_LONG_ACTN", action)];
        check_refused(with(Make::ArduPilot, Family::Plane, &plane(2), HOME), "glides down");
        assert_eq!(with(Make::ArduPilot, Family::Vtol, &plane(0), GO_ON), Ok(None));
    }

    #[test]
    fn an_autopilot_that_does_not_say_and_one_that_says_something_new_are_not_trusted() {
        check_refused(with(Make::ArduPilot, Family::Copter, &[], HOME), "no answer to FS_GCS_ENABLE");
        check_refused(with(Make::Px4, Family::Copter, &[("NAV_DLL_ACT", 17)], HOME), "does not know (17)");
    }

    #[test]
    fn what_a_refusal_says_to_set_makes_the_plan_fly() {
        // For each kind the settings that stop its motors, or the worst that it has.
        let worst = [
            (Make::Px4, Family::Copter, [("NAV_DLL_ACT", 5), ("COM_DL_LOSS_T", 10)]),
            (Make::ArduPilot, Family::Copter, [("FS_GCS_ENABLE", 5), ("FS_OPTIONS", 1)]),
            (Make::ArduPilot, Family::Plane, [("FS_GCS_ENABL", 1), ("FS_LONG_ACTN", 3)]),
            (Make::ArduPilot, Family::Vtol, [("FS_GCS_ENABL", 1), ("FS_LONG_ACTN", 2)]),
            (Make::ArduPilot, Family::Rover, [("FS_GCS_ENABLE", 1), ("FS_ACTION", 5)]),
            (Make::ArduPilot, Family::Sub, [("FS_GCS_ENABLE", 2), ("FS_GCS_TIMEOUT", 30)]),
        ];
        for (make, family, settings) in worst {
            for lost_link in [HOME, GO_ON] {
                let refusal = with(make, family, &settings, lost_link).unwrap_err();
                let mut words = refusal.remedy.strip_prefix("set ").unwrap().split(' ');
                let (name, value) = (words.next().unwrap(), words.nth(1).unwrap().parse().unwrap());
                let mended: Vec<_> =
                    settings.into_iter().filter(|(other, _)| *other != name).chain([(name, value)]).collect();
                let judged = with(make, family, &mended, lost_link);
                assert!(judged.is_ok(), "{make:?} {family:?} {lost_link:?}: {refusal} does not help: {judged:?}");
            }
        }
        let kept = with(Make::ArduPilot, Family::Copter, &[("FS_GCS_ENABLE", 1), ("FS_OPTIONS", 16)], GO_ON);
        check_refused(kept, "set FS_OPTIONS to 18 ");
    }
}
