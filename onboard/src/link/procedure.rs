//! What takes several steps: a start, a return, a look at a target. One step after the other, each confirmed, all
//! within a bound, and a failure says which step and why.
//!
//! Some steps may fail without ending the procedure (a camera that cannot be pointed does not keep the vehicle from
//! going there); they leave a remark.

use std::collections::VecDeque;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavCmd, MavFrame, MavMessage};
use telemetry::messages::FlightPhase;
use telemetry::{AltitudeAmsl, LatLon, MavSystemId, Timestamp};

use super::command::{Call, Exchange, Form, Outcome as CallOutcome};
use super::confirmed::{Confirmed, way_to_armed, ways_to};
use super::items::{Mission, e7};
use super::mission::{self, Upload};
use super::mode::{Aim, Family};
use super::status_text::StatusTexts;
use super::telemetry::Telemetry;

/// How long a change of mode may take, all ways and repetitions together.
pub const MODE_PATIENCE: Duration = Duration::from_secs(20);
/// How long to try to arm: long enough for a navigation filter that is just settling.
pub const ARM_PATIENCE: Duration = Duration::from_secs(45);
/// How long an armed vehicle in mission mode may take to leave the ground.
pub const UNDER_WAY_PATIENCE: Duration = Duration::from_secs(30);
/// The first item of a mission after home.
const FIRST_ITEM: u16 = 1;
/// MAV_DO_REPOSITION_FLAGS_CHANGE_MODE.
const CHANGE_MODE: f32 = 1.0;

/// What a procedure may look at.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The autopilot's system.
    pub system: MavSystemId,
    /// Which program flies.
    pub family: Family,
    /// What the autopilot says of the vehicle.
    pub telemetry: &'a Telemetry,
    /// What it says in words.
    pub texts: &'a StatusTexts,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
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
    /// Wait until the vehicle is under way.
    UnderWay,
    /// Change the speed over ground, m/s; may fail.
    Speed(f64),
    /// Fly to a place and stay there.
    Reposition(LatLon, AltitudeAmsl),
    /// Point the camera at a place; may fail.
    LookAt(LatLon, AltitudeAmsl),
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
    Uploading(Upload),
    Calling(Exchange),
    Confirming(Confirmed),
    Awaiting { until: Timestamp },
}

/// Several steps on their way.
#[derive(Debug)]
pub struct Procedure {
    steps: VecDeque<Step>,
    /// The step being carried out, nothing once all are done.
    running: Option<(Step, Running)>,
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
        let mut procedure = Self { steps: steps.into_iter().collect(), running: None, remarks: Vec::new() };
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
            Some(Running::Uploading(upload)) => upload.take(now, message, out).into(),
            Some(Running::Calling(exchange)) => match message {
                MavMessage::COMMAND_ACK(ack) => exchange.take(now, ack),
                _ => CallOutcome::Waiting,
            },
            Some(Running::Confirming(confirmed)) => confirmed.take(now, message, around),
            Some(Running::Awaiting { .. }) if around.telemetry.phase() == FlightPhase::Underway => {
                CallOutcome::Accepted
            }
            Some(Running::Awaiting { .. }) => CallOutcome::Waiting,
        };
        self.proceed(now, outcome, around, out)
    }

    /// Repeats, goes on or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) -> Outcome {
        let outcome = match self.running.as_mut().map(|(_, running)| running) {
            None => return Outcome::Done,
            Some(Running::Uploading(upload)) => upload.advance(now, out).into(),
            Some(Running::Calling(exchange)) => exchange.advance(now, out),
            Some(Running::Confirming(confirmed)) => confirmed.advance(now, around, out),
            Some(Running::Awaiting { until }) if now >= *until => {
                let words = "armed and in mission mode, but not under way".to_owned();
                let reasons = around.texts.reasons_since(*until - UNDER_WAY_PATIENCE);
                CallOutcome::Refused(if reasons.is_empty() { words } else { format!("{words}: {reasons}") })
            }
            Some(Running::Awaiting { .. }) => CallOutcome::Waiting,
        };
        self.proceed(now, outcome, around, out)
    }

    /// When [`Procedure::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.running.as_ref().map(|(_, running)| match running {
            Running::Uploading(upload) => upload.next_deadline(),
            Running::Calling(exchange) => exchange.next_deadline(),
            Running::Confirming(confirmed) => confirmed.next_deadline(),
            Running::Awaiting { until } => *until,
        })
    }

    /// Ends the procedure before its time. An upload is called off; a command already sent may still be carried out.
    pub fn abandon(self, out: &mut Vec<MavMessage>) {
        if let Some((_, Running::Uploading(upload))) = self.running {
            upload.cancel(out);
        }
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
                Some((Step::Speed(_) | Step::LookAt(..) | Step::StartMission, _)) => self.remarks.push(why),
                _ => {
                    self.running = None;
                    self.steps.clear();
                    return Outcome::Failed(why);
                }
            },
        }
        self.next_step(now, around, out);
        if self.running.is_none() { Outcome::Done } else { Outcome::Waiting }
    }

    /// Begins the next step that has something to do.
    fn next_step(&mut self, now: Timestamp, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) {
        self.running = None;
        while let Some(step) = self.steps.pop_front() {
            if let Some(running) = begin(now, &step, around, out) {
                self.running = Some((step, running));
                return;
            }
        }
    }
}

/// Begins a step; nothing when it is done already.
fn begin(now: Timestamp, step: &Step, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) -> Option<Running> {
    let system = around.system;
    let long = |what, command, params, out: &mut Vec<MavMessage>| {
        Running::Calling(Exchange::begin(now, system, Call { what, command, form: Form::Long(params) }, out))
    };
    match step {
        Step::Upload(mission) => Some(Running::Uploading(Upload::begin(now, system, mission.clone(), out))),
        Step::Compare(mission) => Some(Running::Uploading(Upload::compare(now, system, mission.clone(), out))),
        Step::Mode(aim) => {
            let ways = ways_to(around.family, *aim);
            // The guard refuses what a vehicle cannot do before it comes here.
            (!ways.is_empty()).then(|| Running::Confirming(Confirmed::begin(now, system, ways, MODE_PATIENCE, out)))
        }
        Step::Arm if around.telemetry.armed => None,
        Step::Arm => Some(Running::Confirming(Confirmed::begin(now, system, way_to_armed(true), ARM_PATIENCE, out))),
        Step::Disarm if !around.telemetry.armed => None,
        Step::Disarm => {
            Some(Running::Confirming(Confirmed::begin(now, system, way_to_armed(false), MODE_PATIENCE, out)))
        }
        Step::FromStart if around.telemetry.mission_item.is_none_or(|item| item <= FIRST_ITEM) => None,
        Step::FromStart => {
            let params = [f32::from(FIRST_ITEM), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
            Some(long("the return to the mission's start", MavCmd::MAV_CMD_DO_SET_MISSION_CURRENT, params, out))
        }
        Step::StartMission => Some(long("the start of the mission", MavCmd::MAV_CMD_MISSION_START, [0.0; 7], out)),
        Step::UnderWay if around.telemetry.phase() == FlightPhase::Underway => None,
        Step::UnderWay => Some(Running::Awaiting { until: now + UNDER_WAY_PATIENCE }),
        Step::Speed(speed_m_s) => {
            let kind = if around.family == Family::Plane { 0.0 } else { 1.0 };
            let params = [kind, *speed_m_s as f32, -1.0, 0.0, 0.0, 0.0, 0.0];
            Some(long("the change of speed", MavCmd::MAV_CMD_DO_CHANGE_SPEED, params, out))
        }
        Step::Reposition(position, altitude) => {
            // Speed and yaw as they are; radius only matters to an aeroplane, which has a default of its own.
            let params = [-1.0, CHANGE_MODE, 0.0, f32::NAN];
            Some(Running::Calling(at_place(
                now,
                around,
                ("the new target", MavCmd::MAV_CMD_DO_REPOSITION),
                params,
                (*position, *altitude),
                out,
            )))
        }
        Step::LookAt(position, altitude) => Some(Running::Calling(at_place(
            now,
            around,
            ("pointing the camera", MavCmd::MAV_CMD_DO_SET_ROI_LOCATION),
            [0.0; 4],
            (*position, *altitude),
            out,
        ))),
    }
}

fn at_place(
    now: Timestamp,
    around: &Surroundings<'_>,
    (what, command): (&'static str, MavCmd),
    params: [f32; 4],
    (position, altitude): (LatLon, AltitudeAmsl),
    out: &mut Vec<MavMessage>,
) -> Exchange {
    let (x, y) = e7(position);
    let form = Form::Int { frame: MavFrame::MAV_FRAME_GLOBAL, params, x, y, z: altitude.metres as f32 };
    Exchange::begin(now, around.system, Call { what, command, form }, out)
}

impl From<mission::Outcome> for CallOutcome {
    fn from(outcome: mission::Outcome) -> Self {
        match outcome {
            mission::Outcome::Waiting => Self::Waiting,
            mission::Outcome::Done => Self::Accepted,
            mission::Outcome::Failed(why) => Self::Refused(why),
        }
    }
}
