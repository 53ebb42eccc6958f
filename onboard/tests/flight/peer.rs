//! A scripted autopilot that behaves towards a companion computer as ArduPilot or as PX4 does. ArduPilot streams nothing
//! until asked, asks for mission items by the deprecated message, rewrites item 0, takes COMMAND_INT only for a
//! reposition. PX4 acknowledges modes it does not have and take-offs with its motors at rest, which it puts there after
//! 10 s on the ground; it counts altitudes of a take-off from the sea. Its quirks can be switched. It flies at a constant
//! speed straight to where it is sent; that is all the physics the tests need.

#![allow(deprecated, reason = "what autopilots send")]

mod commands;
mod flying;
mod lists;
mod parameters;
mod remote_id;
mod telling;

use std::collections::BTreeMap;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use mavlink::{Message as _, MessageData};
use onboard::link::mode::{Family, Make, Personality};
use telemetry::messages::FlightMode;
use telemetry::{Enu, Geodetic, LatLon, SiteFrame, Timestamp};

use lists::{Receiving, Sending};
use parameters::Settings;
use remote_id::Broadcast;

pub(crate) const SYSTEM: u8 = 7;
const COMPANION: u8 = 191;

/// What the tests switch.
#[derive(Debug, Clone)]
pub(crate) struct Quirks {
    /// How often arming fails before it works.
    pub(crate) arm_refusals: u32,
    /// Modes that are acknowledged but not entered.
    pub(crate) deaf_to_modes: Vec<u32>,
    /// SET_MESSAGE_INTERVAL is not known.
    pub(crate) knows_intervals: bool,
    /// The number of an item that is changed on arrival.
    pub(crate) spoils_item: Option<u16>,
    /// The final acknowledgement of an upload.
    pub(crate) final_ack: MavMissionResult,
    /// Commands that are answered with this instead of being carried out, as often as the count says.
    pub(crate) answers: BTreeMap<u32, (MavResult, u32)>,
    /// No camera to point.
    pub(crate) no_camera: bool,
    /// Another station uploads until then.
    pub(crate) other_station_until: Timestamp,
    /// An item at which the upload breaks off, once.
    pub(crate) dies_at_item: Option<u16>,
    /// It does not ask again by itself for an item that does not come.
    pub(crate) never_asks_again: bool,
    /// Lists it does not have, by their type.
    pub(crate) lacks: Vec<u32>,
    /// It finds a fence wrong, and says so at the very end.
    pub(crate) refuses_fence: bool,
    /// It does not know where home is.
    pub(crate) home_unknown: bool,
    /// Parameters that it does not change, whatever it is told.
    pub(crate) keeps: Vec<&'static str>,
    /// Modes that it lists, as number and standard mode.
    pub(crate) listed_modes: Vec<(u32, MavStandardMode)>,
    /// It is behind a thin link: one summary every so often, no heartbeat and no stream.
    pub(crate) summary_every: Option<Duration>,
    /// It does not arm before it can say by Remote ID who it is.
    pub(crate) needs_remote_id: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            arm_refusals: 0,
            deaf_to_modes: Vec::new(),
            knows_intervals: true,
            spoils_item: None,
            final_ack: MavMissionResult::MAV_MISSION_ACCEPTED,
            answers: BTreeMap::new(),
            no_camera: false,
            other_station_until: Timestamp::EPOCH,
            dies_at_item: None,
            never_asks_again: false,
            lacks: Vec::new(),
            refuses_fence: false,
            home_unknown: false,
            keeps: Vec::new(),
            listed_modes: Vec::new(),
            summary_every: None,
            needs_remote_id: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) quirks: Quirks,
    pub(crate) make: Make,
    pub(crate) mavtype: MavType,
    pub(crate) alive: bool,
    pub(crate) armed: bool,
    pub(crate) mode: u32,
    pub(crate) frame: SiteFrame,
    /// East, north of home and height above it.
    pub(crate) at: Enu,
    pub(crate) home_altitude_m: f64,
    pub(crate) battery_percent: f64,
    pub(crate) percent_per_s: f64,
    pub(crate) fix_type: GpsFixType,
    pub(crate) motors_healthy: bool,
    /// It does not move, whatever it does.
    pub(crate) frozen: bool,
    pub(crate) mission: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) fence: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) rally: Vec<MISSION_ITEM_INT_DATA>,
    pub(crate) settings: Settings,
    /// How often a parameter was set, a whole mission taken, an item received that was not wanted.
    pub(crate) parameters_set: u32,
    pub(crate) uploads: u32,
    pub(crate) duplicates: u32,
    pub(crate) take_offs: u32,
    pub(crate) current: u16,
    /// Every target the vehicle was given, as latitude, longitude and height above home, and by what.
    pub(crate) targets: Vec<(LatLon, f64, MavCmd)>,
    pub(crate) armings: u32,
    /// What was missing when it refused to arm for want of Remote ID.
    pub(crate) refused_for: Option<&'static str>,
    broadcast: Broadcast,
    /// What was asked of the peer, in order.
    pub(crate) heard: Vec<MavMessage>,
    velocity_m_s: [f64; 2],
    guided: Option<Enu>,
    receiving: Option<Receiving>,
    sending: Option<Sending>,
    /// The list taken last, and how many items it had.
    finished: Option<(MavMissionType, u16)>,
    /// The item reached last, how often it was said, and when to say it again.
    reached: Option<(u16, u32, Timestamp)>,
    armed_at: Timestamp,
    booted: Timestamp,
    next_by_stream: BTreeMap<u32, (Timestamp, Duration)>,
    next_beat: Timestamp,
    stepped: Timestamp,
    out: Vec<MavMessage>,
}

/// ArduPilot's mode numbers that the peer gives a meaning, by type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Doing {
    Mission,
    Guided,
    Hold,
    Return,
    Land,
    Other,
}

impl Peer {
    pub(crate) fn new(make: Make, mavtype: MavType, home: Geodetic, home_altitude_m: f64, now: Timestamp) -> Self {
        Self {
            quirks: Quirks::default(),
            make,
            mavtype,
            alive: true,
            armed: false,
            mode: 0,
            frame: SiteFrame::new(home),
            at: Enu::default(),
            home_altitude_m,
            battery_percent: 100.0,
            percent_per_s: 0.05,
            fix_type: GpsFixType::GPS_FIX_TYPE_3D_FIX,
            motors_healthy: true,
            frozen: false,
            mission: Vec::new(),
            fence: Vec::new(),
            rally: Vec::new(),
            settings: parameters::usual(make, mavtype),
            parameters_set: 0,
            uploads: 0,
            duplicates: 0,
            take_offs: 0,
            current: 0,
            targets: Vec::new(),
            armings: 0,
            refused_for: None,
            broadcast: Broadcast::default(),
            heard: Vec::new(),
            velocity_m_s: [0.0; 2],
            guided: None,
            receiving: None,
            sending: None,
            finished: None,
            reached: None,
            armed_at: now,
            booted: now - Duration::from_secs(100),
            next_by_stream: BTreeMap::new(),
            next_beat: now,
            stepped: now,
            out: Vec::new(),
        }
    }

    pub(crate) fn personality(&self) -> Personality {
        Personality { make: self.make, family: Family::of_heartbeat(self.mavtype).unwrap() }
    }

    /// The number of one of its modes.
    pub(crate) fn mode_called(&self, name: &str) -> u32 {
        self.personality().number(name).unwrap()
    }

    pub(crate) fn doing(&self) -> Doing {
        match self.personality().meaning(self.mode) {
            Some(FlightMode::Mission) => Doing::Mission,
            Some(FlightMode::Guided) => Doing::Guided,
            // PX4 goes to a place in the mode in which it holds one.
            Some(FlightMode::Hold) if self.make == Make::Px4 && self.guided.is_some() => Doing::Guided,
            Some(FlightMode::Hold) => Doing::Hold,
            Some(FlightMode::Return) => Doing::Return,
            Some(FlightMode::Land) => Doing::Land,
            _ => Doing::Other,
        }
    }

    pub(crate) fn take_out(&mut self) -> Vec<MavMessage> {
        let out = std::mem::take(&mut self.out);
        if self.alive { out } else { Vec::new() }
    }

    /// Starts anew: forgets what it was asked to stream, keeps the mission.
    pub(crate) fn reboot(&mut self, now: Timestamp) {
        self.booted = now;
        self.next_by_stream.clear();
        self.receiving = None;
        self.armed = false;
        self.mode = 0;
    }

    pub(crate) fn say(&mut self, severity: MavSeverity, words: &str) {
        self.out.push(MavMessage::STATUSTEXT(STATUSTEXT_DATA {
            severity,
            text: CharArray::from(words),
            id: 0,
            chunk_seq: 0,
        }));
    }

    /// Sends a message that the peer does not send of itself.
    pub(crate) fn tell(&mut self, message: MavMessage) {
        self.out.push(message);
    }

    pub(crate) fn position(&self) -> Geodetic {
        self.frame.geodetic(self.at).unwrap()
    }

    pub(crate) fn heard_count(&self, mut of: impl FnMut(&MavMessage) -> bool) -> usize {
        self.heard.iter().filter(|message| of(message)).count()
    }

    pub(crate) fn take(&mut self, now: Timestamp, message: MavMessage) {
        if !self.alive {
            return;
        }
        match &message {
            MavMessage::COMMAND_LONG(long) => {
                let params =
                    [long.param1, long.param2, long.param3, long.param4, long.param5, long.param6, long.param7];
                self.command(now, long.command, params, None);
            }
            MavMessage::COMMAND_INT(int) => {
                let params = [int.param1, int.param2, int.param3, int.param4, 0.0, 0.0, int.z];
                self.command(now, int.command, params, Some((int.x, int.y, int.frame)));
            }
            MavMessage::REQUEST_DATA_STREAM(_) if self.make == Make::ArduPilot => {
                for id in [
                    GLOBAL_POSITION_INT_DATA::ID,
                    ATTITUDE_DATA::ID,
                    SYS_STATUS_DATA::ID,
                    GPS_RAW_INT_DATA::ID,
                    MISSION_CURRENT_DATA::ID,
                ] {
                    self.next_by_stream.entry(id).or_insert((now, Duration::from_millis(200)));
                }
            }
            MavMessage::MISSION_SET_CURRENT(current) => self.current = current.seq,
            other => {
                self.broadcast.take(other);
                self.transfer(now, other);
                self.parameter(other);
            }
        }
        self.heard.push(message);
    }

    pub(crate) fn step(&mut self, now: Timestamp) {
        let took_s = now.seconds_since(self.stepped);
        self.stepped = now;
        self.fly(took_s);
        self.step_transfers(now);
        self.repeat_reached(now);
        let rests = self.make == Make::Px4 && self.armed && self.at.up_m < 0.2;
        if rests && now >= self.armed_at + Duration::from_secs(10) && !self.is_water_craft() {
            self.armed = false;
        }
        if let Some(every) = self.quirks.summary_every {
            if now >= self.next_beat {
                self.next_beat = now + every;
                self.out.push(self.summary());
            }
            return;
        }
        if now >= self.next_beat {
            self.next_beat = self.next_beat + Duration::from_secs(1);
            self.out.push(self.heartbeat());
        }
        let due: Vec<u32> = self.next_by_stream.iter().filter(|(_, (at, _))| now >= *at).map(|(id, _)| *id).collect();
        for id in due {
            if let Some((at, every)) = self.next_by_stream.get_mut(&id) {
                *at = *at + *every;
            }
            let message = self.stream(now, id);
            self.out.extend(message);
        }
    }
}

/// The name of a message, for assertions.
pub(crate) fn name(message: &MavMessage) -> &'static str {
    message.message_name()
}
