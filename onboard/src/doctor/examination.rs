//! The autopilot, examined: who is there, which program it flies with, what keeps it from arming, satellites, battery,
//! streams, clock, Remote ID, and its failsafe settings.
//!
//! A conversation without I/O: bytes in by [`Examination::hear`], frames out by [`Examination::advance`], and when it
//! is [`Examination::over`], [`Examination::findings`]. It asks only for what changes nothing: REQUEST_MESSAGE,
//! PARAM_REQUEST_READ, and ArduPilot's own checks before arming, of a vehicle whose motors are off. Each question is
//! asked at most [`ASKED_MAX`] times, a second apart; an autopilot that answers nothing ends it after
//! [`SILENCE_MAX`], one that leaves questions open after [`TIME_MAX`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, BATTERY_STATUS_DATA, COMMAND_LONG_DATA, GPS_RAW_INT_DATA, HEARTBEAT_DATA,
    HOME_POSITION_DATA, MavAutopilot, MavCmd, MavMessage, MavModeFlag, MavOdidArmStatus, MavState, MavType,
    OPEN_DRONE_ID_ARM_STATUS_DATA, PARAM_REQUEST_READ_DATA, PARAM_VALUE_DATA, SYS_STATUS_DATA, SYSTEM_TIME_DATA,
};
use mavlink::types::CharArray;
use telemetry::messages::{LostLink, VehicleKind};
use telemetry::{MavSystemId, Timestamp};

use super::Finding;
use super::settings::Program;
use crate::link::endpoint::Endpoint;
use crate::link::mode::Make;
use crate::link::parameters::{Encoding, Value};
use crate::link::session::AUTOPILOT;
use crate::link::signing::{Distrust, Key, SigningClock};
use crate::link::status_text::StatusTexts;

/// How often a question is asked.
pub const ASKED_MAX: u32 = 4;
/// How long nobody may answer.
pub const SILENCE_MAX: Duration = Duration::from_secs(6);
/// How long it may take in all.
pub const TIME_MAX: Duration = Duration::from_secs(14);
/// How long is listened at least once somebody is there: checks before arming are told a text at a time.
const LISTEN: Duration = Duration::from_secs(5);
const EVERY: Duration = Duration::from_secs(1);
/// The most senders and reasons that are remembered; more are not listed.
const LISTED_MAX: usize = 16;

/// The messages asked for.
const WANTED: [u32; 7] = [
    AUTOPILOT_VERSION_DATA::ID,
    SYS_STATUS_DATA::ID,
    GPS_RAW_INT_DATA::ID,
    BATTERY_STATUS_DATA::ID,
    HOME_POSITION_DATA::ID,
    SYSTEM_TIME_DATA::ID,
    OPEN_DRONE_ID_ARM_STATUS_DATA::ID,
];

/// What the autopilot has said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) heartbeat: Option<HEARTBEAT_DATA>,
    pub(super) version: Option<AUTOPILOT_VERSION_DATA>,
    pub(super) status: Option<SYS_STATUS_DATA>,
    pub(super) gps: Option<GPS_RAW_INT_DATA>,
    pub(super) battery: Option<BATTERY_STATUS_DATA>,
    pub(super) home: bool,
    /// Its clock less ours, seconds, and whether it knows the time at all.
    pub(super) clock_ahead_s: Option<Option<f64>>,
    pub(super) remote_id: Option<Result<(), String>>,
    pub(super) parameters: BTreeMap<String, Value>,
    /// Why it would not arm, in its words.
    pub(super) reasons: BTreeSet<String>,
    /// Everybody who beats, as (system, component).
    pub(super) senders: BTreeSet<(u8, u8)>,
}

/// One examination of one autopilot.
#[derive(Debug)]
pub struct Examination {
    kind: VehicleKind,
    system: MavSystemId,
    /// The rule of the plan that is kept on board.
    rule: Option<LostLink>,
    begun: Timestamp,
    first_heard: Option<Timestamp>,
    next: Timestamp,
    rounds: u32,
    bytes: u64,
    endpoint: Endpoint,
    texts: StatusTexts,
    heard: Heard,
}

impl Examination {
    /// One that begins now, of the autopilot that the configuration speaks of.
    #[must_use]
    pub fn new(kind: VehicleKind, system: MavSystemId, now: Timestamp) -> Self {
        Self {
            kind,
            system,
            rule: None,
            begun: now,
            first_heard: None,
            next: now,
            rounds: 0,
            bytes: 0,
            endpoint: Endpoint::new(system, None),
            texts: StatusTexts::default(),
            heard: Heard::default(),
        }
    }

    /// Makes it judge the failsafe settings by a plan's rule for a lost link.
    #[must_use]
    pub fn against(self, rule: Option<LostLink>) -> Self {
        Self { rule, ..self }
    }

    /// Makes it sign what it asks, and believe only what is signed with that key.
    #[must_use]
    pub fn signed(self, key: Option<(Key, SigningClock)>) -> Self {
        Self { endpoint: Endpoint::new(self.system, key), ..self }
    }

    /// Takes bytes from the port.
    pub fn hear(&mut self, now: Timestamp, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.endpoint.push(bytes);
        while let Some(frame) = self.endpoint.next_frame(now) {
            if matches!(frame.message, MavMessage::HEARTBEAT(_)) && self.heard.senders.len() < LISTED_MAX {
                self.heard.senders.insert((frame.system.0, frame.component.0));
            }
            if frame.system == self.system && frame.component == AUTOPILOT {
                self.first_heard.get_or_insert(now);
                self.take(now, &frame.message);
            }
        }
    }

    /// Gives out the frames that are due.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Vec<u8>> {
        while let Some(text) = self.texts.overdue(now) {
            self.reason(&text.words);
        }
        if now < self.next {
            return Vec::new();
        }
        self.next = now + EVERY;
        let mut messages = vec![own_heartbeat()];
        if let Some(heartbeat) = self.heard.heartbeat.clone().filter(|_| self.rounds < ASKED_MAX) {
            self.rounds += 1;
            messages.extend(self.questions(&heartbeat));
        }
        messages.iter().map(|message| self.endpoint.encode(now, message)).collect()
    }

    /// When [`Examination::advance`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Timestamp {
        self.next
    }

    /// Whether nothing more is to be expected.
    #[must_use]
    pub fn over(&self, now: Timestamp) -> bool {
        let Some(first) = self.first_heard else { return now >= self.begun + SILENCE_MAX };
        let open = self.rounds < ASKED_MAX && !self.open_messages().is_empty();
        now >= self.begun + TIME_MAX || (now >= first + LISTEN && !open && self.open_parameters().is_empty())
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self, port: &str, now: Timestamp) -> Vec<Finding> {
        let Some(heartbeat) = &self.heard.heartbeat else { return vec![self.nobody(port)] };
        let mut findings = super::autopilot::findings(&self.heard, heartbeat, self.kind, self.system);
        findings.push(self.link(now));
        findings.extend(self.signatures());
        if let Some(program) = program_of(heartbeat) {
            findings.extend(program.findings(&self.heard.parameters, self.rule));
        }
        findings
    }

    /// Why nobody was heard, as far as what did come tells.
    fn nobody(&self, port: &str) -> Finding {
        let about = "autopilot";
        let counts = self.endpoint.counts();
        if self.bytes == 0 {
            return Finding::missing(about, format!("nothing came by {port} within {} s", SILENCE_MAX.as_secs()))
                .so("is it switched on, and is it the right port? A serial line: are TX and RX crossed, and does \
                 SERIALn_PROTOCOL say MAVLink 2? UDP: does the autopilot, or what forwards it, send to this address?");
        }
        if let Some(finding) = self.signatures() {
            return finding;
        }
        if self.heard.senders.is_empty() {
            let found = format!(
                "{} bytes came by {port}, but {} messages of MAVLink in them, and no heartbeat",
                self.bytes, counts.messages
            );
            return Finding::missing(about, found)
                .so("is the line's speed the autopilot's (SERIALn_BAUD)? Is it MAVLink that is spoken there?");
        }
        let who: Vec<String> = self.heard.senders.iter().map(|(system, part)| format!("{system} ({part})")).collect();
        let found = format!(
            "no autopilot with system id {} beats; these systems (components) do: {}",
            self.system.0,
            who.join(", ")
        );
        match self.heard.senders.iter().find(|(_, component)| *component == AUTOPILOT.0) {
            Some((system, _)) => Finding::missing(about, found)
                .so(format!("write system = {system} into the configuration, or change the autopilot's own id")),
            None => {
                Finding::missing(about, found).so("none of them is an autopilot (component 1): which port is this?")
            }
        }
    }

    /// What is wrong with signatures, if anything is.
    fn signatures(&self) -> Option<Finding> {
        let about = "signatures";
        let signatures = self.endpoint.signatures();
        if signatures.unexamined > 0 {
            let found = "the autopilot signs what it sends, and drops in silence what is not signed with its key";
            return Some(
                Finding::missing(about, found)
                    .so("write its key's file into the configuration: [signing] with key = \"FILE\", autopilot = true"),
            );
        }
        let why = signatures.why?;
        let found = format!("{} messages are not believed: of the last, {why}", signatures.distrusted);
        if self.heard.heartbeat.is_some() && why == Distrust::Unsigned {
            // Radios put their own reports into the stream and cannot sign.
            return Some(Finding::note(about, found));
        }
        let remedy = match why {
            Distrust::Unsigned => {
                "give the autopilot the key (SETUP_SIGNING, once, over a wire), or write autopilot = false"
            }
            Distrust::WrongKey => "is it another vehicle's key? Give the autopilot this one, or the file its own",
            Distrust::Behind(_) => "set the clock of whoever is behind; an autopilot sets its own by its satellites",
            Distrust::Replayed | Distrust::TooMany => "does somebody send what was recorded into this link?",
        };
        Some(Finding::missing(about, found).so(remedy))
    }

    /// How much of what is sent arrives.
    fn link(&self, now: Timestamp) -> Finding {
        let counts = self.endpoint.counts();
        let seconds = self.first_heard.map_or(0.0, |first| now.seconds_since(first)).max(1.0);
        let rate = counts.messages as f64 / seconds;
        let spoiled = counts.bad_crc;
        let found = format!("{rate:.0} messages a second, {spoiled} spoiled of {}", counts.messages + spoiled);
        if spoiled * 20 > counts.messages {
            return Finding::warning("link", found)
                .so("more than one in twenty is spoiled: shorten the line, or lower its speed on both ends");
        }
        Finding::good("link", found)
    }

    fn take(&mut self, now: Timestamp, message: &MavMessage) {
        let heard = &mut self.heard;
        match message {
            MavMessage::HEARTBEAT(heartbeat) => heard.heartbeat = Some(heartbeat.clone()),
            MavMessage::AUTOPILOT_VERSION(version) => heard.version = Some(version.clone()),
            MavMessage::SYS_STATUS(status) => heard.status = Some(status.clone()),
            MavMessage::GPS_RAW_INT(gps) => heard.gps = Some(gps.clone()),
            MavMessage::BATTERY_STATUS(battery) if battery.id == 0 => heard.battery = Some(battery.clone()),
            MavMessage::HOME_POSITION(_) => heard.home = true,
            MavMessage::SYSTEM_TIME(time) => {
                let ahead = |unix_us: u64| unix_us as f64 / 1e6 - now.unix_seconds();
                // Before its first fix an autopilot says 0 here, or the time since it was switched on.
                heard.clock_ahead_s =
                    Some((time.time_unix_usec > 1_000_000_000_000_000).then(|| ahead(time.time_unix_usec)));
            }
            MavMessage::OPEN_DRONE_ID_ARM_STATUS(status) => {
                let good = status.status == MavOdidArmStatus::MAV_ODID_ARM_STATUS_GOOD_TO_ARM;
                let why = status.error.to_str().unwrap_or_default().to_owned();
                heard.remote_id = Some(if good { Ok(()) } else { Err(why) });
            }
            MavMessage::PARAM_VALUE(value) => self.parameter(value),
            MavMessage::STATUSTEXT(text) => {
                if let Some(text) = self.texts.take(now, text) {
                    self.reason(&text.words);
                }
            }
            _ => {}
        }
    }

    fn parameter(&mut self, value: &PARAM_VALUE_DATA) {
        let Some(heartbeat) = &self.heard.heartbeat else { return };
        let (Some(program), Some(make)) = (program_of(heartbeat), Make::of_heartbeat(heartbeat.autopilot)) else {
            return;
        };
        let encoding = Encoding::of(make, self.heard.version.as_ref().map(|version| version.capabilities));
        if let Ok(name) = value.param_id.to_str()
            && program.parameters().contains(&name)
            && let Some(found) = encoding.decode(value.param_type, value.param_value)
        {
            self.heard.parameters.insert(name.to_owned(), found);
        }
    }

    fn reason(&mut self, words: &str) {
        let reason = ["PreArm: ", "Arm: ", "Preflight Fail: "].iter().find_map(|prefix| words.strip_prefix(prefix));
        if let Some(reason) = reason.filter(|_| self.heard.reasons.len() < LISTED_MAX) {
            self.heard.reasons.insert(reason.trim().to_owned());
        }
    }

    fn open_messages(&self) -> Vec<u32> {
        let heard = &self.heard;
        let here = |id: &u32| match *id {
            AUTOPILOT_VERSION_DATA::ID => heard.version.is_some(),
            SYS_STATUS_DATA::ID => heard.status.is_some(),
            GPS_RAW_INT_DATA::ID => heard.gps.is_some(),
            BATTERY_STATUS_DATA::ID => heard.battery.is_some(),
            HOME_POSITION_DATA::ID => heard.home,
            SYSTEM_TIME_DATA::ID => heard.clock_ahead_s.is_some(),
            _ => heard.remote_id.is_some(),
        };
        WANTED.into_iter().filter(|id| !here(id)).collect()
    }

    fn open_parameters(&self) -> Vec<&'static str> {
        let program = self.heard.heartbeat.as_ref().and_then(program_of);
        let names = program.map_or(&[][..], Program::parameters);
        names.iter().copied().filter(|name| !self.heard.parameters.contains_key(*name)).collect()
    }

    fn questions(&self, heartbeat: &HEARTBEAT_DATA) -> Vec<MavMessage> {
        let command = |command: MavCmd, param1: f32| {
            MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
                command,
                param1,
                target_system: self.system.0,
                target_component: AUTOPILOT.0,
                ..COMMAND_LONG_DATA::default()
            })
        };
        let mut questions: Vec<MavMessage> =
            self.open_messages().into_iter().map(|id| command(MavCmd::MAV_CMD_REQUEST_MESSAGE, id as f32)).collect();
        questions.extend(self.open_parameters().into_iter().map(|name| {
            MavMessage::PARAM_REQUEST_READ(PARAM_REQUEST_READ_DATA {
                param_index: -1,
                target_system: self.system.0,
                target_component: AUTOPILOT.0,
                param_id: CharArray::from(name),
            })
        }));
        let armed = heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED);
        if self.rounds == 1 && !armed && heartbeat.autopilot == MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA {
            questions.push(command(MavCmd::MAV_CMD_RUN_PREARM_CHECKS, 0.0));
        }
        questions
    }
}

/// Which list of parameters an autopilot has, by its heartbeat.
pub(super) fn program_of(heartbeat: &HEARTBEAT_DATA) -> Option<Program> {
    match (heartbeat.autopilot, heartbeat.mavtype) {
        (MavAutopilot::MAV_AUTOPILOT_PX4, _) => Some(Program::Px4),
        (MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA, kind) => Some(match super::autopilot::kind_of(kind)? {
            VehicleKind::Multirotor => Program::Copter,
            VehicleKind::FixedWing | VehicleKind::Vtol => Program::Plane,
            VehicleKind::Boat => Program::Rover,
            VehicleKind::Rov => Program::Sub,
            VehicleKind::Unknown => return None,
        }),
        _ => None,
    }
}

fn own_heartbeat() -> MavMessage {
    MavMessage::HEARTBEAT(HEARTBEAT_DATA {
        custom_mode: 0,
        mavtype: MavType::MAV_TYPE_ONBOARD_CONTROLLER,
        autopilot: MavAutopilot::MAV_AUTOPILOT_INVALID,
        base_mode: MavModeFlag::empty(),
        system_status: MavState::MAV_STATE_ACTIVE,
        mavlink_version: 3,
    })
}
