//! The conversation itself: heartbeats both ways, and the streams of telemetry.
//!
//! ArduPilot streams nothing until asked, forgets what it was asked when it restarts, and may lose a request; PX4 streams
//! what it thinks fit. So the session does not count acknowledgements; it watches what comes. A stream that is due and
//! does not come is asked for, with growing patience, by MAV_CMD_SET_MESSAGE_INTERVAL, and after
//! [`ROUNDS_BEFORE_GROUPS`] rounds in vain by the older REQUEST_DATA_STREAM as well, which PX4 does not know.
//!
//! Over a link so thin that the autopilot says everything in one HIGH_LATENCY2, no stream is asked for and nobody beats:
//! a heartbeat a second would be most of what such a link carries (satellite links charge by the byte).
//! Source: <https://mavlink.io/en/services/high_latency.html>.
//!
//! It listens to component 1 of the configured system only: a camera's or a second vehicle's heartbeat is not ours.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    COMMAND_LONG_DATA, HEARTBEAT_DATA, MavAutopilot, MavCmd, MavMessage, MavModeFlag, MavState, MavType,
};
use mavlink::{Message, MessageData};
use telemetry::{BootTime, MavComponentId, MavSystemId, Timestamp};

use super::discovery::Discovery;
use super::frames::Frame;
use super::mode::Make;
use super::stream_groups;

/// The component that flies: MAV_COMP_ID_AUTOPILOT1.
pub const AUTOPILOT: MavComponentId = MavComponentId(1);
/// Ourselves: MAV_COMP_ID_ONBOARD_COMPUTER.
pub const COMPANION: MavComponentId = MavComponentId(191);
/// How often our heartbeat goes out.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);
/// Requests are pointless while the autopilot is silent for longer than this.
const SILENCE: Duration = Duration::from_secs(3);
/// Rounds in vain before the streams are asked for in the old way too.
pub const ROUNDS_BEFORE_GROUPS: u32 = 3;
/// The longest time between two requests for one stream.
const PATIENCE_MAX: Duration = Duration::from_secs(60);
/// A boot clock that falls back by more than this has begun anew; less is a message that was late.
const REBOOT_MS: u32 = 5_000;

/// What streams are wanted, and how often, in milliseconds.
#[rustfmt::skip]
const WANTED: [(u32, u64); 7] = [
    (mavlink::dialects::ardupilotmega::GLOBAL_POSITION_INT_DATA::ID, 200),
    (mavlink::dialects::ardupilotmega::ATTITUDE_DATA::ID, 200),
    (mavlink::dialects::ardupilotmega::SYS_STATUS_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::GPS_RAW_INT_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::EXTENDED_SYS_STATE_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::MISSION_CURRENT_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::HOME_POSITION_DATA::ID, 5_000),
];

/// What is asked for as well, and done without: not every autopilot has it. The wind and the airspeed for the way home, and
/// what the autopilot's own receiver hears of crewed aircraft.
#[rustfmt::skip]
const WELCOME: [(u32, u64); 4] = [
    (mavlink::dialects::ardupilotmega::WIND_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::WIND_COV_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::VFR_HUD_DATA::ID, 1_000),
    (mavlink::dialects::ardupilotmega::ADSB_VEHICLE_DATA::ID, 1_000),
];

/// How often a vehicle whose camera needs its pose says how it lies and where it is.
#[rustfmt::skip]
const POSE: [(u32, u64); 2] = [
    (mavlink::dialects::ardupilotmega::GLOBAL_POSITION_INT_DATA::ID, 100),
    (mavlink::dialects::ardupilotmega::ATTITUDE_DATA::ID, 40),
];

/// What the session notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The first heartbeat of the autopilot.
    Connected,
    /// The autopilot has started anew.
    Rebooted,
    /// The autopilot has said its version and what it can do.
    Identified,
}

#[derive(Debug)]
struct Stream {
    id: u32,
    interval: Duration,
    /// When it was last seen or asked for, whichever is later.
    since: Option<Timestamp>,
    rounds: u32,
    /// Whether it cannot be done without.
    wanted: bool,
    pace: Pace,
}

/// What counts as coming.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pace {
    /// At all.
    AtAll,
    /// As often as was asked, or nearly: at most twice the interval after the one before.
    Prompt {
        /// The one before.
        before: Option<Timestamp>,
    },
}

/// One conversation with one autopilot.
#[derive(Debug)]
pub struct Session {
    system: MavSystemId,
    next_beat: Timestamp,
    heard: Option<Timestamp>,
    /// The link is too thin for streams: the autopilot says everything in HIGH_LATENCY2, unasked.
    thin: bool,
    boot: Option<BootTime>,
    streams: Vec<Stream>,
    discovery: Discovery,
}

impl Session {
    /// A conversation that begins now.
    #[must_use]
    pub fn new(system: MavSystemId, now: Timestamp) -> Self {
        let stream = |(id, interval_ms), wanted| {
            let interval = Duration::from_millis(interval_ms);
            Stream { id, interval, since: None, rounds: 0, wanted, pace: Pace::AtAll }
        };
        let wanted = WANTED.into_iter().map(|one| stream(one, true));
        let welcome = WELCOME.into_iter().map(|one| stream(one, false));
        Self {
            system,
            next_beat: now,
            heard: None,
            thin: false,
            boot: None,
            streams: wanted.chain(welcome).collect(),
            discovery: Discovery::new(system),
        }
    }

    /// Makes it want attitude and position as often as a camera needs them, whatever streams already.
    #[must_use]
    pub fn with_pose(mut self) -> Self {
        for (id, interval_ms) in POSE {
            for stream in self.streams.iter_mut().filter(|stream| stream.id == id) {
                stream.interval = Duration::from_millis(interval_ms);
                stream.pace = Pace::Prompt { before: None };
            }
        }
        self
    }

    /// Whether a frame is from the autopilot we fly with.
    #[must_use]
    pub fn concerns(&self, frame: &Frame) -> bool {
        frame.system == self.system && frame.component == AUTOPILOT
    }

    /// Takes a message of our autopilot.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage) -> Option<Notice> {
        let id = message.message_id();
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id) {
            let comes = match &mut stream.pace {
                Pace::AtAll => true,
                Pace::Prompt { before } => {
                    before.replace(now).is_some_and(|before| now <= before + stream.interval * 2)
                }
            };
            if comes {
                stream.since = Some(now);
                stream.rounds = 0;
            }
        }
        if self.discovery.take(message) {
            return Some(Notice::Identified);
        }
        match message {
            MavMessage::HEARTBEAT(_) | MavMessage::HIGH_LATENCY2(_) => {
                self.thin = matches!(message, MavMessage::HIGH_LATENCY2(_));
                self.heard.replace(now).is_none().then_some(Notice::Connected)
            }
            MavMessage::GLOBAL_POSITION_INT(position) => self.compare_boot(BootTime(position.time_boot_ms)),
            MavMessage::ATTITUDE(attitude) => self.compare_boot(BootTime(attitude.time_boot_ms)),
            _ => None,
        }
    }

    /// What the autopilot is.
    #[must_use]
    pub fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    /// When the autopilot's last heartbeat came, or its last summary.
    #[must_use]
    pub fn heard(&self) -> Option<Timestamp> {
        self.heard
    }

    /// When [`Session::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.next_beat
    }

    /// Sends what is due.
    pub fn advance(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        if now < self.next_beat {
            return;
        }
        self.next_beat = self.next_beat + HEARTBEAT_EVERY;
        if !self.thin {
            out.push(own_heartbeat());
        }
        if self.heard.is_some_and(|heard| now <= heard + SILENCE) {
            if !self.thin {
                self.ask_for_streams(now, out);
            }
            self.discovery.advance(now, out);
        }
    }

    /// After a gap in time too long to be lived through beat by beat.
    pub fn skip_to(&mut self, now: Timestamp) {
        self.next_beat = self.next_beat.max(now);
    }

    fn compare_boot(&mut self, boot: BootTime) -> Option<Notice> {
        let before = self.boot.replace(boot)?;
        // The boot clock wraps after 49.7 days; half a circle back is a step forward.
        let back = before.0.wrapping_sub(boot.0);
        if (REBOOT_MS..u32::MAX / 2).contains(&back) {
            for stream in &mut self.streams {
                stream.since = None;
                stream.rounds = 0;
            }
            self.discovery.begin_anew();
            return Some(Notice::Rebooted);
        }
        None
    }

    fn ask_for_streams(&mut self, now: Timestamp, out: &mut Vec<MavMessage>) {
        let mut in_vain = false;
        for stream in &mut self.streams {
            let patience = (stream.interval * 3).max(SILENCE) * 2_u32.saturating_pow(stream.rounds.min(5));
            if stream.since.is_some_and(|since| now < since + patience.min(PATIENCE_MAX)) {
                continue;
            }
            in_vain |= stream.wanted && stream.rounds == ROUNDS_BEFORE_GROUPS;
            stream.since = Some(now);
            stream.rounds = stream.rounds.saturating_add(1);
            out.push(interval_request(self.system, stream.id, stream.interval));
        }
        if in_vain && self.discovery.make() != Some(Make::Px4) {
            out.extend(stream_groups::requests(self.system));
        }
    }
}

/// What says that we are there.
#[must_use]
pub fn own_heartbeat() -> MavMessage {
    MavMessage::HEARTBEAT(HEARTBEAT_DATA {
        custom_mode: 0,
        mavtype: MavType::MAV_TYPE_ONBOARD_CONTROLLER,
        autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
        base_mode: MavModeFlag::empty(),
        system_status: MavState::MAV_STATE_ACTIVE,
        mavlink_version: 3,
    })
}

fn interval_request(system: MavSystemId, id: u32, interval: Duration) -> MavMessage {
    MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
        command: MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL,
        param1: id as f32,
        param2: interval.as_micros() as f32,
        target_system: system.0,
        target_component: AUTOPILOT.0,
        ..COMMAND_LONG_DATA::default()
    })
}
