//! What takes several steps: a start, a return, a look at a target. One step after the other, each confirmed, all
//! within a bound, and a failure says which step and why.
//!
//! Some steps may fail without ending the procedure (a camera that cannot be pointed does not keep the vehicle from
//! going there); they leave a remark.

mod begin;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavMessage, MavProtocolCapability};
use telemetry::messages::{FlightPhase, LostLink};
use telemetry::{AltitudeAmsl, HeightAboveHome, LatLon, MavSystemId, Timestamp};

use super::command::{Exchange, Outcome as CallOutcome};
use super::confirmed::Confirmed;
use super::failsafe_settings::judge;
use super::fence_switch::{self, Reach, Switch};
use super::items::Mission;
use super::lists::{List, ListKind};
use super::mode::{Aim, Personality};
use super::parameters::{Read, Value};
use super::set_current::SetCurrent;
use super::status_text::StatusTexts;
use super::telemetry::Telemetry;
use super::transfer::{self, Transfer};
use begin::begin;

/// How long a change of mode may take, all ways and repetitions together.
pub const MODE_PATIENCE: Duration = Duration::from_secs(20);
/// How long to try to arm: long enough for a navigation filter that is just settling.
pub const ARM_PATIENCE: Duration = Duration::from_secs(45);
/// How long an armed vehicle in mission mode may take to leave the ground.
pub const UNDER_WAY_PATIENCE: Duration = Duration::from_secs(30);
/// How long a take-off may take to show.
pub const TAKE_OFF_PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to switch a fence on.
pub const FENCE_PATIENCE: Duration = Duration::from_secs(12);

/// What a procedure may look at.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The autopilot's system.
    pub system: MavSystemId,
    /// What the autopilot says it can do, once it has.
    pub capabilities: Option<MavProtocolCapability>,
    /// What the autopilot says of the vehicle.
    pub telemetry: &'a Telemetry,
    /// What it says in words.
    pub texts: &'a StatusTexts,
}

impl Surroundings<'_> {
    fn personality(&self) -> Personality {
        self.telemetry.personality
    }

    /// Whether the autopilot says that it cannot hold such a list.
    fn lacks(&self, kind: ListKind) -> bool {
        let bit = match kind {
            ListKind::Mission => return false,
            ListKind::Fence => MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_FENCE,
            ListKind::Rally => MavProtocolCapability::MAV_PROTOCOL_CAPABILITY_MISSION_RALLY,
        };
        self.capabilities.is_some_and(|capabilities| !capabilities.contains(bit))
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// See that the autopilot's own failsafe does not contradict this rule.
    Agree(LostLink),
    /// Bring a fence or rally points into the autopilot and prove it; an autopilot that has no such lists may go without.
    Bring(List),
    /// See whether the autopilot's own fence may be switched on, and have it done.
    Fence(Reach),
    /// Switch the autopilot's own fence on, shown by its status; may fail.
    FenceOn,
    /// Bring a mission into the autopilot and prove it.
    Upload(Mission),
    /// Compare what the autopilot holds with a mission, without changing it.
    Compare(Mission),
    /// Go to a mode, shown by the heartbeat.
    Mode(Aim),
    /// Arm the motors, shown by the heartbeat.
    Arm,
    /// Put the motors at rest, unless the autopilot thinks better of it.
    Disarm,
    /// Begin the mission at its first item.
    FromStart,
    /// Tell a copter on the ground that it may leave it. The mode that follows is a step of its own.
    StartMission,
    /// Take off to a height and stay there, shown by the telemetry. The motors must be armed; where the autopilot has
    /// put them at rest in the meantime (PX4 does after 10 s on the ground), they are armed once more.
    TakeOff(HeightAboveHome),
    /// Wait until the vehicle is under way.
    UnderWay,
    /// Change the speed over ground, m/s; may fail.
    Speed(f64),
    /// Fly to a place and stay there.
    Reposition(LatLon, AltitudeAmsl),
    /// Point the camera at a place; may fail.
    LookAt(LatLon, AltitudeAmsl),
    /// Point the camera along the nose, so many degrees above the horizon; may fail.
    LookAhead(f64),
    /// Let go of what the camera is pointed at; may fail.
    LookFree,
}

/// How a procedure stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Under way.
    Waiting,
    /// Every step is done.
    Done,
    /// A step failed, and why; the steps after it were not begun.
    Failed(String),
}

#[derive(Debug)]
enum Running {
    Reading(Read, Asked),
    Moving(Transfer),
    Setting(SetCurrent),
    Calling(Exchange),
    Confirming(Confirmed),
    Awaiting { until: Timestamp },
}

/// What settings are read for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    LostLink(LostLink),
    Fence(Reach),
}

/// Several steps on their way.
#[derive(Debug)]
pub struct Procedure {
    steps: VecDeque<Step>,
    /// The step being carried out, nothing once all are done.
    running: Option<(Step, Running)>,
    /// When that step was begun: what the autopilot says since is about it.
    since: Timestamp,
    /// Whether a take-off was begun once more.
    armed_again: bool,
    /// What the autopilot calls the mission that was brought, where it has a number for it.
    mission_number: Option<u32>,
    remarks: Vec<String>,
}

impl Procedure {
    /// Begins the first step.
    pub fn begin(
        now: Timestamp,
        steps: impl IntoIterator<Item = Step>,
        around: &Surroundings<'_>,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let mut procedure = Self {
            steps: steps.into_iter().collect(),
            running: None,
            since: now,
            armed_again: false,
            mission_number: None,
            remarks: Vec::new(),
        };
        procedure.next_step(now, around, out);
        procedure
    }

    /// Takes a message of the autopilot, after the telemetry has taken it.
    pub fn take(
        &mut self,
        now: Timestamp,
        message: &MavMessage,
        around: &Surroundings<'_>,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        let outcome = match self.running.as_mut().map(|(_, running)| running) {
            None => return Outcome::Done,
            Some(Running::Reading(read, asked)) => {
                let (found, asked) = (read.take(now, message), *asked);
                found.map_or(CallOutcome::Waiting, |found| self.agreed(&found, asked, around))
            }
            Some(Running::Moving(transfer)) => {
                let outcome = transfer.take(now, message, out);
                self.moved(outcome)
            }
            Some(Running::Setting(current)) => current.take(now, message),
            Some(Running::Calling(exchange)) => match message {
                MavMessage::COMMAND_ACK(ack) => exchange.take(now, ack),
                _ => CallOutcome::Waiting,
            },
            Some(Running::Confirming(confirmed)) => confirmed.take(now, message, around),
            Some(Running::Awaiting { .. }) => awaited(message, around),
        };
        self.proceed(now, outcome, around, out)
    }

    /// Repeats, goes on or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) -> Outcome {
        let outcome = match self.running.as_mut().map(|(_, running)| running) {
            None => return Outcome::Done,
            Some(Running::Reading(read, asked)) => {
                let (found, asked) = (read.advance(now, out), *asked);
                found.map_or(CallOutcome::Waiting, |found| self.agreed(&found, asked, around))
            }
            Some(Running::Moving(transfer)) => {
                let outcome = transfer.advance(now, out);
                self.moved(outcome)
            }
            Some(Running::Setting(current)) => current.advance(now, out),
            Some(Running::Calling(exchange)) => exchange.advance(now, out),
            Some(Running::Confirming(confirmed)) => confirmed.advance(now, around, out),
            Some(Running::Awaiting { until }) if now >= *until => {
                CallOutcome::Refused("armed and in mission mode, but not under way".to_owned())
            }
            Some(Running::Awaiting { .. }) => CallOutcome::Waiting,
        };
        self.proceed(now, outcome, around, out)
    }

    /// When [`Procedure::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.running.as_ref().map(|(_, running)| match running {
            Running::Reading(read, _) => read.next_deadline(),
            Running::Moving(transfer) => transfer.next_deadline(),
            Running::Setting(current) => current.next_deadline(),
            Running::Calling(exchange) => exchange.next_deadline(),
            Running::Confirming(confirmed) => confirmed.next_deadline(),
            Running::Awaiting { until } => *until,
        })
    }

    /// Ends the procedure before its time. A transfer is called off, and so is a command that the autopilot says is in
    /// progress; another command already sent may still be carried out.
    pub fn abandon(self, out: &mut Vec<MavMessage>) {
        match self.running {
            Some((_, Running::Moving(transfer))) => transfer.cancel(out),
            Some((_, Running::Calling(exchange))) => exchange.cancel(out),
            _ => {}
        }
    }

    /// What the autopilot calls the mission that was brought or compared, where it has a number for it.
    #[must_use]
    pub fn mission_number(&self) -> Option<u32> {
        self.mission_number
    }

    /// What went wrong without ending the procedure; each is told once.
    pub fn take_remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    fn proceed(
        &mut self,
        now: Timestamp,
        outcome: CallOutcome,
        around: &Surroundings<'_>,
        out: &mut Vec<MavMessage>,
    ) -> Outcome {
        match outcome {
            CallOutcome::Waiting => return Outcome::Waiting,
            CallOutcome::Accepted => {}
            CallOutcome::Refused(why) => match &self.running {
                Some((
                    Step::Speed(_) | Step::LookAt(..) | Step::LookAhead(_) | Step::LookFree | Step::StartMission,
                    _,
                )) => self.remarks.push(why),
                Some((Step::FenceOn, _)) => {
                    self.remarks.push(format!("{why}: the guard on board goes by the plan's fence alone"));
                }
                Some((Step::TakeOff(height), _)) if !around.telemetry.armed && !self.armed_again => {
                    self.remarks.push(format!("{why}: its motors are at rest again"));
                    self.armed_again = true;
                    self.steps.push_front(Step::TakeOff(*height));
                    self.steps.push_front(Step::Arm);
                }
                running => {
                    let why = told(running.as_ref(), why, around.texts.reasons_since(self.since));
                    self.running = None;
                    self.steps.clear();
                    return Outcome::Failed(why);
                }
            },
        }
        self.next_step(now, around, out);
        if self.running.is_none() { Outcome::Done } else { Outcome::Waiting }
    }

    /// The autopilot's settings are here.
    fn agreed(&mut self, found: &BTreeMap<String, Value>, asked: Asked, around: &Surroundings<'_>) -> CallOutcome {
        let judged = match asked {
            Asked::LostLink(lost_link) => {
                judge(around.personality(), found, lost_link).map_err(|contradiction| contradiction.to_string())
            }
            Asked::Fence(reach) => fence_switch::judge(found, reach).map(|switch| match switch {
                Switch::LeaveOff(why) => Some(why),
                Switch::On => {
                    self.steps.push_front(Step::FenceOn);
                    None
                }
            }),
        };
        match judged {
            Ok(remark) => {
                self.remarks.extend(remark);
                CallOutcome::Accepted
            }
            Err(why) => CallOutcome::Refused(why),
        }
    }

    fn moved(&mut self, outcome: transfer::Outcome) -> CallOutcome {
        match (outcome, self.running.as_ref().map(|(step, _)| step)) {
            (transfer::Outcome::Waiting, _) => CallOutcome::Waiting,
            (transfer::Outcome::Done(number), Some(Step::Upload(_) | Step::Compare(_))) => {
                self.mission_number = (number != 0).then_some(number);
                CallOutcome::Accepted
            }
            (transfer::Outcome::Done(_), _) => CallOutcome::Accepted,
            (transfer::Outcome::Unsupported, Some(Step::Bring(list))) => {
                self.remarks.push(goes_without(list.kind));
                CallOutcome::Accepted
            }
            (transfer::Outcome::Unsupported, _) => {
                CallOutcome::Refused("the autopilot does not support missions".to_owned())
            }
            (transfer::Outcome::Failed(why), _) => CallOutcome::Refused(why),
        }
    }

    /// Begins the next step that has something to do.
    fn next_step(&mut self, now: Timestamp, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) {
        self.running = None;
        self.since = now;
        while let Some(step) = self.steps.pop_front() {
            if let Step::Bring(list) = &step
                && around.lacks(list.kind)
            {
                self.remarks.push(goes_without(list.kind));
                continue;
            }
            if matches!(step, Step::Fence(_)) && around.lacks(ListKind::Fence) {
                continue;
            }
            if let Some(running) = begin(now, &step, around, out) {
                self.running = Some((step, running));
                return;
            }
        }
    }
}

/// Whether a vehicle that was started is under way, or has been put at rest again.
fn awaited(message: &MavMessage, around: &Surroundings<'_>) -> CallOutcome {
    let telemetry = around.telemetry;
    match message {
        _ if telemetry.phase() == FlightPhase::Underway => CallOutcome::Accepted,
        MavMessage::HEARTBEAT(_) | MavMessage::HIGH_LATENCY2(_) if !telemetry.armed => CallOutcome::Refused(
            "the autopilot put its motors at rest again before the vehicle was under way".to_owned(),
        ),
        _ => CallOutcome::Waiting,
    }
}

/// A failure with the autopilot's own words for it. A command that is confirmed has brought them along.
fn told(running: Option<&(Step, Running)>, why: String, reasons: String) -> String {
    let has_them = matches!(running, Some((_, Running::Confirming(_) | Running::Reading(..))));
    if has_them || reasons.is_empty() { why } else { format!("{why}: {reasons}") }
}

fn goes_without(kind: ListKind) -> String {
    format!("the autopilot cannot hold {}: the guard on board goes by it alone", kind.in_words())
}
