//! The guard: the last word on board. It checks every plan and command once more before the autopilot hears of it, and
//! watches the flight; it may refuse, and it may send the vehicle home. It says why, in words for a person.
//!
//! Terms: a *refusal* keeps something from beginning; a *failsafe* is a state of the vehicle that takes freedom away,
//! and may *demand* something of it. The guard works with the operations room gone and trusts nobody, the room
//! included: what it checks, it checks by the vehicle's own telemetry.
//!
//! Limits: it knows what the autopilot tells it. It does not clip: a target outside the fence is refused, not moved to
//! the fence. It does not fight a person: in a mode in which somebody steers by hand it warns and orders nothing.

pub mod battery;
pub mod command_check;
pub mod fence;
pub mod plan_check;
pub mod watch;

use telemetry::Timestamp;
use telemetry::messages::{Command, Failsafe, FlightMode, FlightPhase, FlightPlan, VehicleKind};
use thiserror::Error;

use crate::agent::Limits;
use crate::link::mode::Aim;
use crate::link::telemetry::Telemetry;
use command_check::{Ready, Request};
use fence::Fence;
use watch::{Raised, Watch};

/// Why something was refused, for a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

/// What the guard looks at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What the autopilot says of the vehicle.
    pub telemetry: &'a Telemetry,
    /// Whether the autopilot holds the guard's plan, compared item by item.
    pub mission_held: bool,
    /// The plan's leg that is being flown.
    pub leg: Option<u16>,
    /// Whether a start is being carried out.
    pub starting: bool,
}

/// The guard of one vehicle.
#[derive(Debug)]
pub struct Guard {
    kind: VehicleKind,
    plan: Option<(FlightPlan, Fence)>,
    watch: Watch,
}

impl Guard {
    /// A guard without a plan.
    #[must_use]
    pub fn new(kind: VehicleKind, limits: Limits, now: Timestamp) -> Self {
        Self { kind, plan: None, watch: Watch::new(kind, limits, now) }
    }

    /// The plan the guard goes by.
    #[must_use]
    pub fn plan(&self) -> Option<&FlightPlan> {
        self.plan.as_ref().map(|(plan, _)| plan)
    }

    /// Checks a plan, and from then on goes by its fence and its rules.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong with it; the plan before stays.
    pub fn adopt(&mut self, plan: &FlightPlan, situation: &Situation<'_>) -> Result<(), Refusal> {
        let fence = plan_check::check(plan, self.kind, situation.telemetry)?;
        self.plan = Some((plan.clone(), fence));
        Ok(())
    }

    /// Goes by a plan that was adopted before a restart; its altitudes are checked again at the next start.
    ///
    /// # Errors
    /// [`Refusal`] when its fence is not one.
    pub fn remember(&mut self, plan: FlightPlan) -> Result<(), Refusal> {
        let fence = Fence::new(&plan.geofence)?;
        self.plan = Some((plan, fence));
        Ok(())
    }

    /// Checks a command other than [`Command::Plan`], which [`Guard::adopt`] checks. Gives back what may be asked of
    /// the autopilot.
    ///
    /// # Errors
    /// [`Refusal`] says why it must not be carried out now.
    pub fn check(&self, command: &Command, situation: &Situation<'_>) -> Result<Ready, Refusal> {
        let request = Request {
            kind: self.kind,
            plan: self.plan.as_ref(),
            situation,
            failsafes: self.watch.failsafes(),
            burn_per_s: self.watch.burn_per_s(),
        };
        command_check::check(command, &request)
    }

    /// The operations room is there.
    pub fn beat(&mut self, now: Timestamp) {
        self.watch.beat(now);
    }

    /// Looks at the flight. Gives back what has newly gone wrong.
    pub fn look(&mut self, now: Timestamp, situation: &Situation<'_>) -> Vec<Raised> {
        self.watch.look(now, self.plan.as_ref(), situation)
    }

    /// What is wrong.
    #[must_use]
    pub fn failsafes(&self) -> Vec<Failsafe> {
        self.watch.failsafes()
    }

    /// What the vehicle must do because of what is wrong, unless it does it already or a person steers.
    #[must_use]
    pub fn demand(&self, situation: &Situation<'_>) -> Option<Aim> {
        let telemetry = situation.telemetry;
        let mode = telemetry.mode();
        if telemetry.phase() != FlightPhase::Underway || mode == FlightMode::Manual {
            return None;
        }
        let aim = self.watch.demand()?;
        let homeward = mode == FlightMode::Mission && watch::leads_home(self.plan(), situation.leg);
        let served = match aim {
            Aim::Return => matches!(mode, FlightMode::Return | FlightMode::Land) || homeward,
            Aim::Land => mode == FlightMode::Land,
            Aim::WithoutPosition => telemetry.serves(aim) || mode == FlightMode::Land,
            Aim::Mission | Aim::Guided | Aim::Hold => mode != FlightMode::Guided,
        };
        (!served).then_some(aim)
    }
}
