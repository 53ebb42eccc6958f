//! What the vehicle is about: one errand at a time, on whose behalf, and as which steps.

use telemetry::messages::{Command, FlightPlan, LostLink, PlanAltitude, PlanItem};
use telemetry::{AltitudeAmsl, CommandId, CueId, GeoidUndulation};

use crate::guard::command_check::Ready;
use crate::guard::{Demand, Situation};
use crate::link::fence_switch::Reach;
use crate::link::items::Mission;
use crate::link::mode::{Aim, Family, Make, Personality};
use crate::link::procedure::{Procedure, Step};
use crate::link::telemetry::Telemetry;

/// Why a procedure runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cause {
    /// Somebody said so.
    Command {
        /// Which command.
        id: CommandId,
        /// What it is.
        errand: Errand,
    },
    /// The guard demands it.
    Guard(Demand),
    /// After a restart: does the autopilot still hold the plan?
    Recall,
    /// A start failed with the motors armed.
    Disarm,
}

/// The kinds of errand, for words and for what may follow what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Errand {
    Upload,
    Start,
    Pause,
    Resume,
    ReturnHome,
    Land,
    GoTo,
    Observe(CueId),
}

/// One errand on its way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) cause: Cause,
    pub(super) procedure: Procedure,
    /// What the autopilot holds once it is done.
    pub(super) mission: Option<Mission>,
}

/// A newer target for a look that is still being begun. It waits, because to begin anew with each target would never
/// end where targets come faster than a change of mode; of several that wait, the newest stays.
#[derive(Debug)]
pub(super) struct NextLook {
    pub(super) id: CommandId,
    pub(super) cue: CueId,
    pub(super) steps: Vec<Step>,
}

impl Errand {
    /// The errand that a command is; nothing for what happens beside the flight.
    pub(super) fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Plan(_) => Self::Upload,
            Command::Start => Self::Start,
            Command::Pause => Self::Pause,
            Command::Resume => Self::Resume,
            Command::ReturnHome => Self::ReturnHome,
            Command::Land => Self::Land,
            Command::GoTo { .. } => Self::GoTo,
            Command::Observe { cue, .. } => Self::Observe(cue.clone()),
            Command::Camera(_) | Command::Point(_) => return None,
        })
    }

    pub(super) fn in_words(&self) -> &'static str {
        match self {
            Self::Upload => "taking a plan",
            Self::Start => "the start",
            Self::Pause => "the pause",
            Self::Resume => "going on with the plan",
            Self::ReturnHome => "the return home",
            Self::Land => "the landing",
            Self::GoTo => "going to a place",
            Self::Observe(_) => "looking at a target",
        }
    }
}

impl Cause {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Command { id, errand } => format!("{} (command {id})", errand.in_words()),
            Self::Guard(_) => "what the guard demands".to_owned(),
            Self::Recall => "comparing the autopilot's mission with the plan".to_owned(),
            Self::Disarm => "putting the motors at rest".to_owned(),
        }
    }

    /// Whether it makes the vehicle look at the target of this cue.
    pub(super) fn looks_for(&self, cue: &CueId) -> bool {
        matches!(self, Self::Command { errand: Errand::Observe(looked_for), .. } if looked_for == cue)
    }

    /// Whether it leads to what the guard demands.
    pub(super) fn meets(&self, demand: Demand) -> bool {
        match (self, demand) {
            (Self::Guard(met), demand) => *met == demand,
            (Self::Command { errand, .. }, Demand::Mode(aim)) => match errand {
                Errand::Land => matches!(aim, Aim::Return | Aim::Land | Aim::WithoutPosition),
                Errand::ReturnHome => aim == Aim::Return,
                _ => false,
            },
            _ => false,
        }
    }

    pub(super) fn is_start(&self) -> bool {
        matches!(self, Self::Command { errand: Errand::Start, .. })
    }
}

/// What the guard looks at. A function of the parts, because the guard is one of the agent's other parts.
pub(super) fn situation<'a>(
    telemetry: &'a Telemetry,
    mission: Option<&Mission>,
    running: Option<&Running>,
) -> Situation<'a> {
    Situation {
        telemetry,
        mission_held: mission.is_some(),
        leg: leg(telemetry, mission),
        starting: running.is_some_and(|running| running.cause.is_start()),
    }
}

/// The leg of the plan that is being flown.
pub(super) fn leg(telemetry: &Telemetry, mission: Option<&Mission>) -> Option<u16> {
    mission.zip(telemetry.mission_item).and_then(|(mission, item)| mission.leg(item))
}

/// What the steps of a command depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    pub(super) personality: Personality,
    /// The plan's rule for a lost link, where there is a plan.
    pub(super) lost_link: Option<LostLink>,
    /// How far its fence reaches.
    pub(super) fence: Option<Reach>,
    /// Whether the vehicle follows single targets, because it was told to.
    pub(super) guided: bool,
    pub(super) undulation: GeoidUndulation,
}

/// The steps of a command that the guard has let pass; [`Command::Plan`] has its own, and what the camera is told has
/// none. A vehicle that is guided already is given a new target at once.
pub(super) fn steps(command: &Command, ready: Ready, here: Here) -> Vec<Step> {
    match (command, ready) {
        (Command::Plan(_) | Command::Camera(_) | Command::Point(_), _) => Vec::new(),
        (Command::Start, _) => {
            let agreed = here.lost_link.map(Step::Agree).into_iter();
            // Switched on again: ArduPilot forgets it when it restarts.
            agreed.chain(here.fence.map(Step::Fence)).chain(start(here.personality)).collect()
        }
        (Command::Resume | Command::ReturnHome, Ready::RoundACorner) => Vec::new(),
        (Command::Pause, _) => vec![Step::Mode(Aim::Hold)],
        (Command::Resume, _) => vec![Step::Mode(Aim::Mission)],
        (Command::ReturnHome, _) => vec![Step::Mode(Aim::Return)],
        (Command::Land, _) => vec![Step::Mode(Aim::Land)],
        (Command::GoTo { .. } | Command::Observe { .. }, Ready::Target { position, altitude, speed_m_s }) => {
            let mut steps = Vec::new();
            if !here.guided {
                steps.extend([Step::Mode(Aim::Guided), Step::Speed(speed_m_s)]);
            } else if matches!(command, Command::GoTo { .. }) {
                steps.push(Step::Speed(speed_m_s));
            }
            steps.push(Step::Reposition(position, altitude));
            if let Command::Observe { target, .. } = command {
                steps.push(Step::LookAt(target.lat_lon(), target.height().amsl(here.undulation)));
            }
            steps
        }
        // The guard answers these two commands with a target, and nothing else.
        (Command::GoTo { .. } | Command::Observe { .. }, Ready::AsSaid | Ready::RoundACorner) => Vec::new(),
    }
}

/// How the plan has the camera look on a leg, for when the plan goes on after a look at something else: the last word on it
/// up to there. A plan that says nothing of it lets the camera go.
pub(super) fn look_of_plan(plan: &FlightPlan, leg: Option<u16>, home: AltitudeAmsl) -> Step {
    let flown = plan.items.iter().take(leg.map_or(0, |leg| usize::from(leg) + 1));
    let step = |item: &PlanItem| match *item {
        PlanItem::LookAhead { elevation } => Some(Step::LookAhead(elevation.radians().to_degrees().round())),
        PlanItem::LookAt { position, altitude: PlanAltitude::Amsl(altitude) } => Some(Step::LookAt(position, altitude)),
        PlanItem::LookAt { position, altitude: PlanAltitude::Home(height) } => {
            Some(Step::LookAt(position, AltitudeAmsl::new(home.metres + height.metres)))
        }
        _ => None,
    };
    flown.rev().find_map(step).unwrap_or(Step::LookFree)
}

/// ArduPilot's copter is armed in GUIDED, because it refuses to be in AUTO, and told to start; its submarine is armed in
/// whatever mode it lies, for the same reason. The others, and everything that PX4 flies, arm in mission mode and go: PX4 would put its motors at rest again
/// after 10 s on the ground.
fn start(personality: Personality) -> Vec<Step> {
    match (personality.make, personality.family) {
        (Make::ArduPilot, Family::Copter) => vec![
            Step::FromStart,
            Step::Mode(Aim::Guided),
            Step::Arm,
            Step::StartMission,
            Step::Mode(Aim::Mission),
            Step::UnderWay,
        ],
        (Make::ArduPilot, Family::Sub) => {
            vec![Step::FromStart, Step::Arm, Step::Mode(Aim::Mission), Step::UnderWay]
        }
        (Make::Px4, _) | (Make::ArduPilot, Family::Plane | Family::Vtol | Family::Rover) => {
            vec![Step::FromStart, Step::Mode(Aim::Mission), Step::Arm, Step::UnderWay]
        }
    }
}
