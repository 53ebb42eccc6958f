//! A command that counts only once the telemetry shows it: a mode, armed motors, a take-off, a fence.
//!
//! An acknowledgement alone proves nothing (PX4 accepts modes it does not have, and a take-off with its motors at rest;
//! ArduPilot's arming can fail with every pre-arm check healthy), and its loss proves nothing either. So after the acknowledgement the heartbeat is watched,
//! and what does not show is asked for again, by the next of several ways where there are several, until
//! [`Confirmed::begin`]'s patience ends. The reasons given are the autopilot's own words.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{MavCmd, MavMessage, MavModeFlag};
use telemetry::messages::FlightPhase;
use telemetry::{AltitudeAmsl, HeightAboveHome, MavSystemId, Timestamp};

use super::command::{Addressee, Call, Exchange, Form, Outcome};
use super::mode::{Aim, Make, Personality};
use super::procedure::Surroundings;

/// How long after the acknowledgement a heartbeat should show it: heartbeats come once a second and may be lost. Over a
/// thin link it is longer, by its [`super::pace::Pace`].
pub const SHOWN_WITHIN: Duration = Duration::from_secs(4);
/// A heartbeat that is older than this when the command was not acknowledged may have been sent before it.
const CROSSING: Duration = Duration::from_millis(1500);
/// How long to wait before asking again.
pub const PAUSE: Duration = Duration::from_secs(2);

/// What the heartbeat must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// This mode, by the autopilot's number.
    Mode(u32),
    /// Motors armed, or not.
    Armed(bool),
    /// Off the ground.
    Flying,
    /// The autopilot says that it enforces a fence.
    Fenced,
}

#[derive(Debug)]
enum State {
    Asking { exchange: Exchange, since: Timestamp },
    Watching { until: Timestamp },
    Resting { until: Timestamp },
}

/// One such command on its way.
#[derive(Debug)]
pub struct Confirmed {
    ways: Vec<(Call, Sign)>,
    /// Which of the ways is tried now.
    way: usize,
    state: State,
    begun: Timestamp,
    give_up: Timestamp,
    /// Why the last way failed.
    why: String,
}

impl Confirmed {
    /// Begins to ask for one of several ways to the same end, the best first. There must be at least one.
    pub fn begin(
        now: Timestamp,
        system: MavSystemId,
        ways: Vec<(Call, Sign)>,
        patience: Duration,
        out: &mut Vec<MavMessage>,
    ) -> Self {
        let exchange = Exchange::begin(now, Addressee::autopilot(system), ways[0].0, out);
        Self {
            ways,
            way: 0,
            state: State::Asking { exchange, since: now },
            begun: now,
            give_up: now + patience,
            why: String::new(),
        }
    }

    /// Takes a message of the autopilot, after the telemetry has taken it.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage, around: &Surroundings<'_>) -> Outcome {
        if let (MavMessage::COMMAND_ACK(ack), State::Asking { exchange, .. }) = (message, &mut self.state) {
            match exchange.take(now, ack) {
                Outcome::Waiting => {}
                Outcome::Accepted => {
                    self.state = State::Watching { until: now + around.telemetry.pace.patience(SHOWN_WITHIN) };
                }
                Outcome::Refused(why) => self.rest(now, why),
            }
        }
        let tells =
            matches!(message, MavMessage::HEARTBEAT(_) | MavMessage::SYS_STATUS(_) | MavMessage::HIGH_LATENCY2(_));
        if tells && self.shown(now, around) {
            return Outcome::Accepted;
        }
        Outcome::Waiting
    }

    /// Asks again, or gives up, when it is time.
    pub fn advance(&mut self, now: Timestamp, around: &Surroundings<'_>, out: &mut Vec<MavMessage>) -> Outcome {
        if now >= self.give_up {
            let mut words =
                if self.why.is_empty() { self.what().to_owned() + " did not happen" } else { self.why.clone() };
            let reasons = around.texts.reasons_since(self.begun);
            if !reasons.is_empty() {
                words = format!("{words}: {reasons}");
            }
            return Outcome::Refused(words);
        }
        match &mut self.state {
            State::Asking { exchange, .. } => {
                if let Outcome::Refused(why) = exchange.advance(now, out) {
                    self.rest(now, why);
                }
            }
            State::Watching { until } if now >= *until => {
                let why = format!("{} was accepted by the autopilot but did not happen", self.what());
                self.rest(now, why);
            }
            State::Resting { until } if now >= *until => {
                self.way = (self.way + 1) % self.ways.len();
                let exchange = Exchange::begin(now, Addressee::autopilot(around.system), self.ways[self.way].0, out);
                self.state = State::Asking { exchange, since: now };
            }
            State::Watching { .. } | State::Resting { .. } => {}
        }
        Outcome::Waiting
    }

    /// When [`Confirmed::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        let due = match &self.state {
            State::Asking { exchange, .. } => exchange.next_deadline(),
            State::Watching { until } | State::Resting { until } => *until,
        };
        due.min(self.give_up)
    }

    fn what(&self) -> &'static str {
        self.ways[self.way].0.what
    }

    fn rest(&mut self, now: Timestamp, why: String) {
        self.why = why;
        self.state = State::Resting { until: now + PAUSE };
    }

    fn shown(&self, now: Timestamp, around: &Surroundings<'_>) -> bool {
        let fresh = match &self.state {
            State::Asking { since, .. } => now >= *since + CROSSING,
            State::Watching { .. } | State::Resting { .. } => true,
        };
        let shown = |sign: &Sign| match *sign {
            Sign::Mode(mode) => around.telemetry.custom_mode == Some(mode),
            Sign::Armed(armed) => around.telemetry.armed == armed,
            Sign::Flying => around.telemetry.phase() == FlightPhase::Underway,
            Sign::Fenced => around.telemetry.fenced,
        };
        fresh && self.ways.iter().any(|(_, sign)| shown(sign))
    }
}

/// The ways to a mode that serves an aim; none where the vehicle cannot do it.
#[must_use]
pub fn ways_to(personality: Personality, aim: Aim) -> Vec<(Call, Sign)> {
    let enabled = f32::from(MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED.bits());
    let way = |mode: &u32| {
        let [main, sub] = personality.mode_params(*mode);
        let call = Call {
            what: match aim {
                Aim::Mission => "the change to mission mode",
                Aim::Guided => "the change to guided mode",
                Aim::Hold => "the change to hold",
                Aim::Return => "the change to return",
                Aim::Land => "the change to landing",
                Aim::WithoutPosition => "the change to a mode that needs no position",
            },
            command: MavCmd::MAV_CMD_DO_SET_MODE,
            form: Form::Long([enabled, main, sub, 0.0, 0.0, 0.0, 0.0]),
        };
        (call, Sign::Mode(*mode))
    };
    personality.modes_for(aim).iter().map(way).collect()
}

/// The way to armed motors, or to motors at rest. Never by force: the autopilot's own checks stand.
#[must_use]
pub fn way_to_armed(armed: bool) -> Vec<(Call, Sign)> {
    let call = Call {
        what: if armed { "arming" } else { "disarming" },
        command: MavCmd::MAV_CMD_COMPONENT_ARM_DISARM,
        form: Form::Long([f32::from(u8::from(armed)), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    };
    vec![(call, Sign::Armed(armed))]
}

/// The way off the ground. ArduPilot takes the height above home, PX4 the altitude above the sea.
#[must_use]
pub fn way_off_the_ground(make: Make, height: HeightAboveHome, home: AltitudeAmsl) -> Vec<(Call, Sign)> {
    let z = match make {
        Make::ArduPilot => height.metres,
        Make::Px4 => home.metres + height.metres,
    };
    // Heading and place stay as they are.
    let here = f32::NAN;
    let params = match make {
        Make::ArduPilot => [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, z as f32],
        Make::Px4 => [here, 0.0, 0.0, here, here, here, z as f32],
    };
    let call = Call { what: "the take-off", command: MavCmd::MAV_CMD_NAV_TAKEOFF, form: Form::Long(params) };
    vec![(call, Sign::Flying)]
}
