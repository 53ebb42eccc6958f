//! The guard: the last word on board. It checks every plan and command once more before the autopilot hears of it, and
//! watches the flight; it may refuse, and it may send the vehicle home. It says why, in words for a person.
//!
//! Terms: a *refusal* keeps something from beginning; a *failsafe* is a state of the vehicle that takes freedom away,
//! and may *demand* something of it. The guard works with the operations room gone and trusts nobody, the room
//! included: what it checks, it checks by the vehicle's own telemetry.
//!
//! `separation` keeps it apart from others and makes it give way; `detour` leads it round the corners of its fence, by a
//! `way` that `battery` and `wind` say the cost of.
//!
//! Limits: it knows what the autopilot tells it, and of others what the room and the autopilot's receiver tell it. It does not clip: a target outside the fence is refused, not moved to
//! the fence. It does not fight a person: in a mode in which somebody steers by hand it warns and orders nothing.

pub mod avoid;
pub mod battery;
pub mod command_check;
pub mod daa;
pub mod detour;
pub mod fence;
pub mod plan_check;
pub mod separation;
pub mod traffic;
pub mod watch;
pub mod way;
pub mod wind;

use mavlink::dialects::ardupilotmega::MavMessage;
use telemetry::messages::{Command, Failsafe, FlightMode, FlightPhase, FlightPlan, Track, VehicleKind, VehicleState};
use telemetry::{AltitudeAmsl, LatLon, Timestamp};
use thiserror::Error;

use crate::agent::AgentConfig;
use crate::link::mode::Aim;
use crate::link::telemetry::Telemetry;
use command_check::{Ready, Request};
use detour::Detour;
use fence::Fence;
use separation::Separation;
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

/// Whether a kind of vehicle leaves the water: who else is near, and what the wind does, is another matter there.
#[must_use]
pub(crate) fn flies(kind: VehicleKind) -> bool {
    !matches!(kind, VehicleKind::Boat | VehicleKind::Rov)
}

/// Whether a kind of vehicle stays at a place by circling it.
#[must_use]
pub(crate) fn circles(kind: VehicleKind) -> bool {
    matches!(kind, VehicleKind::FixedWing | VehicleKind::Vtol)
}

/// What the guard wants of the vehicle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Demand {
    /// To be in a mode that serves this.
    Mode(Aim),
    /// To give way: to go to a place in the fence and stay there.
    To {
        /// Where.
        position: LatLon,
        /// How high.
        altitude: AltitudeAmsl,
    },
}

/// The guard of one vehicle.
#[derive(Debug)]
pub struct Guard {
    kind: VehicleKind,
    plan: Option<(FlightPlan, Fence)>,
    watch: Watch,
    separation: Separation,
    detour: Detour,
}

impl Guard {
    /// A guard without a plan.
    #[must_use]
    pub fn new(config: &AgentConfig, now: Timestamp) -> Self {
        let kind = config.kind;
        Self {
            kind,
            plan: None,
            watch: Watch::new(kind, config.limits, now),
            separation: Separation::new(kind, config.vehicle.clone(), config.undulation, now),
            detour: Detour::default(),
        }
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
        let fence = Fence::new(&plan.geofence)?.surveyed(plan_check::room_m(self.kind));
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
            failsafes: self.failsafes(),
            watch: &self.watch,
            separation: &self.separation,
        };
        command_check::check(command, &request)
    }

    /// Remembers that a command was let pass and is being carried out.
    pub fn obey(&mut self, command: &Command) {
        self.separation.obey(command);
        self.detour.obey(match command {
            Command::ReturnHome => Some(Aim::Return),
            Command::Resume => Some(Aim::Mission),
            _ => None,
        });
    }

    /// Takes a message of the autopilot: what it says of the wind, and whom its own receiver hears.
    pub fn hear(&mut self, now: Timestamp, message: &MavMessage) {
        self.watch.hear(now, message);
        self.separation.hear(now, message);
    }

    /// Takes a track whose estimate was `age_s` old when it came.
    pub fn track(&mut self, now: Timestamp, age_s: f64, track: &Track, situation: &Situation<'_>) {
        self.separation.track(now, age_s, track, situation.telemetry.fix.as_ref());
    }

    /// Takes the state of another vehicle of ours; its own is ignored.
    pub fn mate(&mut self, now: Timestamp, state: &VehicleState) {
        self.separation.mate(now, state);
    }

    /// The operations room is there.
    pub fn beat(&mut self, now: Timestamp) {
        self.watch.beat(now);
    }

    /// Looks at the flight. Gives back what has newly gone wrong.
    pub fn look(&mut self, now: Timestamp, situation: &Situation<'_>) -> Vec<Raised> {
        let mut raised = self.watch.look(now, self.plan.as_ref(), situation);
        let plan = self.plan.as_ref().map(|(plan, fence)| (fence, plan.cruise_m_s));
        let battery_low = self.watch.failsafes().contains(&Failsafe::BatteryReserve);
        let called_home = situation.telemetry.home.filter(|_| battery_low);
        let told = self.separation.look_round(now, situation, plan, called_home);
        let traffic = |(severity, text)| Raised { failsafe: Failsafe::Traffic, severity, text };
        raised.extend(told.into_iter().map(traffic));
        let wanted = match (self.watch.demand(), self.separation.demand()) {
            (Some(Aim::Return), _) => Some(Aim::Return),
            // A vehicle that holds its place is not called back to its plan.
            (Some(Aim::Mission), _) if situation.telemetry.mode() == FlightMode::Guided => Some(Aim::Mission),
            (_, Some(Demand::Mode(aim @ (Aim::Return | Aim::Mission)))) => Some(aim),
            _ => None,
        };
        self.detour.look(self.plan.as_ref(), situation, wanted);
        raised
    }

    /// What is wrong.
    #[must_use]
    pub fn failsafes(&self) -> Vec<Failsafe> {
        let mut failsafes = self.watch.failsafes();
        failsafes.extend(self.separation.gives_way_to().map(|_| Failsafe::Traffic));
        failsafes
    }

    /// What the vehicle must do because of what is wrong, unless it does it already or a person steers.
    #[must_use]
    pub fn demand(&self, situation: &Situation<'_>) -> Option<Demand> {
        let telemetry = situation.telemetry;
        let mode = telemetry.mode();
        if telemetry.phase() != FlightPhase::Underway || mode == FlightMode::Manual {
            return None;
        }
        let aim = match (self.watch.demand(), self.separation.demand()) {
            (Some(aim), Some(_)) if !self.gives_way_before(aim) => aim,
            (_, Some(Demand::Mode(aim @ (Aim::Mission | Aim::Return)))) if self.detour.flown() => aim,
            (_, Some(Demand::Mode(aim))) => return (!telemetry.serves(aim)).then_some(Demand::Mode(aim)),
            (_, Some(to)) => return Some(to),
            (Some(aim), None) => aim,
            (None, None) => return self.detour.demand(),
        };
        if matches!(aim, Aim::Return | Aim::Mission) && self.detour.flown() {
            return self.detour.demand();
        }
        let homeward = mode == FlightMode::Mission && watch::leads_home(self.plan(), situation.leg);
        let served = match aim {
            Aim::Return => matches!(mode, FlightMode::Return | FlightMode::Land) || homeward,
            Aim::Land => mode == FlightMode::Land,
            Aim::WithoutPosition => telemetry.serves(aim) || mode == FlightMode::Land,
            Aim::Mission | Aim::Guided | Aim::Hold => mode != FlightMode::Guided,
        };
        (!served).then_some(Demand::Mode(aim))
    }

    /// Whether giving way comes before what is wrong with the vehicle. What makes it land comes first, because it
    /// leads down and away; people in the air come before a way home; and that, when battery or fence demand it,
    /// before anybody else.
    fn gives_way_before(&self, aim: Aim) -> bool {
        let urgent = |failsafe: &Failsafe| matches!(failsafe, Failsafe::BatteryReserve | Failsafe::Geofence);
        match aim {
            Aim::WithoutPosition | Aim::Land => false,
            _ if self.separation.gives_way_to_people() => true,
            _ => self.separation.gives_way_to().is_some() && !self.watch.failsafes().iter().any(urgent),
        }
    }
}
