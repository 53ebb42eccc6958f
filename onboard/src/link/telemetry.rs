//! What the autopilot says of the vehicle, message by message, and the state that follows.
//!
//! North-east-down, millimetres, centidegrees and "unknown" numbers end here. A value that cannot be (a latitude of
//! 200°, an angle that is not a number) is dropped with its message and counted; the state keeps what it had.
//!
//! Terms: *home* is where the autopilot returns to, and height is measured from it; its altitude is taken as the
//! difference of the two altitudes of one GLOBAL_POSITION_INT, so it is always the one the autopilot flies by.

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, BATTERY_STATUS_DATA, GLOBAL_POSITION_INT_DATA, GPS_RAW_INT_DATA, GpsFixType, HEARTBEAT_DATA,
    HIGH_LATENCY2_DATA, MISSION_CURRENT_DATA, MavLandedState, MavMessage, MavModeFlag, MavSysStatusSensor,
    SYS_STATUS_DATA,
};
use telemetry::messages::{Battery, FlightMode, FlightPhase, Gnss, VehicleKind};
use telemetry::{
    AltitudeAmsl, Attitude, EnuVelocity, Geodetic, GeoidUndulation, Heading, HeightAboveHome, LatLon, Ned, Timestamp,
};

use super::high_latency::{Known, expanded};
use super::listed_modes::ListedModes;
use super::mode::{Aim, Family, Make, Personality};
use super::pace::Pace;

/// A height above home, metres, at which an aircraft flies where its autopilot does not say whether it does.
const FLYING_ABOVE_M: f64 = 2.0;

/// PX4 repeats that it has reached an item for several seconds; so long it is the same report.
const REACHED_REPEATED_FOR: Duration = Duration::from_secs(12);

/// One position report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// When it came.
    pub at: Timestamp,
    /// Where.
    pub position: Geodetic,
    /// The same height above mean sea level.
    pub altitude: AltitudeAmsl,
    /// Height above home.
    pub height: HeightAboveHome,
    /// Velocity over ground.
    pub velocity: EnuVelocity,
}

/// The newest the autopilot has said.
#[derive(Debug, Clone)]
pub struct Telemetry {
    kind: VehicleKind,
    /// How the autopilot is to be spoken to: the family as configured, the make as its heartbeat says.
    pub personality: Personality,
    undulation: GeoidUndulation,
    listed: ListedModes,
    /// Whether the vehicle holds its place because it was sent there. PX4 has one mode for both.
    pub sent_to_place: bool,
    /// Where it is, once there was a fix.
    pub fix: Option<Fix>,
    /// Orientation.
    pub attitude: Attitude,
    /// The battery.
    pub battery: Battery,
    /// The satellite receiver.
    pub gnss: Gnss,
    /// When the last heartbeat came, or the last summary.
    pub heard: Option<Timestamp>,
    /// How often it is heard.
    pub pace: Pace,
    /// The mode by the autopilot's number, once a heartbeat has come.
    pub custom_mode: Option<u32>,
    /// Whether the motors are armed.
    pub armed: bool,
    /// Why this autopilot cannot be flown by this program, if it cannot.
    pub foreign: Option<String>,
    /// Where home is.
    pub home: Option<LatLon>,
    /// The item of the mission that is being flown.
    pub mission_item: Option<u16>,
    /// The item of the mission that was reached last, and when that was first said.
    pub reached: Option<(u16, Timestamp)>,
    /// The number that the autopilot calls its mission by, where it has one, and since when.
    pub mission_number: Option<(u32, Timestamp)>,
    /// Whether the autopilot says that its motors fail.
    pub motors_failed: bool,
    /// Whether the autopilot says that it enforces a fence of its own.
    pub fenced: bool,
    landed: MavLandedState,
    dropped: u64,
}

impl Telemetry {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(kind: VehicleKind, family: Family, undulation: GeoidUndulation) -> Self {
        Self {
            kind,
            personality: Personality { make: Make::ArduPilot, family },
            undulation,
            listed: ListedModes::default(),
            sent_to_place: false,
            fix: None,
            attitude: Attitude::default(),
            battery: Battery::default(),
            gnss: Gnss::default(),
            heard: None,
            pace: Pace::default(),
            custom_mode: None,
            armed: false,
            foreign: None,
            home: None,
            mission_item: None,
            reached: None,
            mission_number: None,
            motors_failed: false,
            fenced: false,
            landed: MavLandedState::MAV_LANDED_STATE_UNDEFINED,
            dropped: 0,
        }
    }

    /// Takes a message of our autopilot.
    pub fn take(&mut self, now: Timestamp, message: &MavMessage) {
        let sound = match message {
            MavMessage::HEARTBEAT(heartbeat) => {
                self.pace.beat();
                self.heartbeat(now, heartbeat)
            }
            MavMessage::HIGH_LATENCY2(summary) => {
                self.summary(now, summary);
                true
            }
            MavMessage::GLOBAL_POSITION_INT(position) => self.position(now, position),
            MavMessage::ATTITUDE(attitude) => self.attitude(attitude),
            MavMessage::SYS_STATUS(status) => self.system_status(status),
            MavMessage::BATTERY_STATUS(battery) => self.battery(battery),
            MavMessage::GPS_RAW_INT(gnss) => self.receiver(gnss),
            MavMessage::EXTENDED_SYS_STATE(state) => {
                self.landed = state.landed_state;
                true
            }
            MavMessage::HOME_POSITION(home) => match place(home.latitude, home.longitude) {
                Some(place) => {
                    self.home = Some(place);
                    true
                }
                None => false,
            },
            MavMessage::MISSION_CURRENT(current) => {
                self.mission_current(now, current);
                true
            }
            MavMessage::MISSION_ITEM_REACHED(reached) => {
                let repeated =
                    self.reached.is_some_and(|(item, since)| item == reached.seq && now < since + REACHED_REPEATED_FOR);
                if !repeated {
                    self.reached = Some((reached.seq, now));
                }
                true
            }
            MavMessage::AVAILABLE_MODES(mode) => {
                self.listed.take(mode);
                true
            }
            MavMessage::CURRENT_MODE(mode) => {
                self.custom_mode = Some(mode.custom_mode);
                true
            }
            _ => true,
        };
        self.dropped += u64::from(!sound);
    }

    /// How many messages held values that cannot be.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The mode, as it is understood across makes.
    #[must_use]
    pub fn mode(&self) -> FlightMode {
        let Some(mode) = self.custom_mode else { return FlightMode::Unknown };
        let meaning = self.personality.meaning(mode).or_else(|| self.listed.meaning(mode));
        match meaning.unwrap_or(FlightMode::Unknown) {
            FlightMode::Hold if self.sent_to_place && self.serves(Aim::Guided) => FlightMode::Guided,
            meaning => meaning,
        }
    }

    /// What the autopilot calls its mode, once a heartbeat has come.
    #[must_use]
    pub fn mode_name(&self) -> Option<&str> {
        let mode = self.custom_mode?;
        self.personality.name(mode).or_else(|| self.listed.name(mode))
    }

    /// Whether the mode is one that serves an aim.
    #[must_use]
    pub fn serves(&self, aim: Aim) -> bool {
        self.custom_mode.is_some_and(|mode| self.personality.modes_for(aim).contains(&mode))
    }

    /// On the ground, flying, or in between. A boat, and what dives, is under way as soon as something other than a person
    /// steers it.
    #[must_use]
    pub fn phase(&self) -> FlightPhase {
        if self.custom_mode.is_none() {
            return FlightPhase::Unknown;
        }
        if !self.armed {
            return FlightPhase::Disarmed;
        }
        let under_way = match (self.kind, self.landed) {
            (VehicleKind::Boat | VehicleKind::Rov, _) => self.mode() != FlightMode::Manual,
            (_, MavLandedState::MAV_LANDED_STATE_ON_GROUND) => false,
            (_, MavLandedState::MAV_LANDED_STATE_UNDEFINED) => {
                self.fix.is_some_and(|fix| fix.height.metres > FLYING_ABOVE_M)
            }
            _ => true,
        };
        if under_way { FlightPhase::Underway } else { FlightPhase::Armed }
    }

    /// How high home lies, once there was a fix.
    #[must_use]
    pub fn home_altitude(&self) -> Option<AltitudeAmsl> {
        self.fix.map(|fix| AltitudeAmsl::new(fix.altitude.metres - fix.height.metres))
    }

    /// An autopilot behind a thin link says all in one message.
    fn summary(&mut self, now: Timestamp, summary: &HIGH_LATENCY2_DATA) {
        let home_altitude_m = self.home_altitude().map_or(f64::from(summary.altitude), |home| home.metres);
        for part in expanded(summary, Known { home_altitude_m, armed: self.armed }) {
            match &part {
                MavMessage::HEARTBEAT(heartbeat) => {
                    self.heartbeat(now, heartbeat);
                }
                part => self.take(now, part),
            }
        }
        self.pace.summary(now);
    }

    fn heartbeat(&mut self, now: Timestamp, heartbeat: &HEARTBEAT_DATA) -> bool {
        self.heard = Some(now);
        self.armed = heartbeat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED);
        self.custom_mode = Some(heartbeat.custom_mode);
        let make = Make::of_heartbeat(heartbeat.autopilot);
        if let Some(make) = make {
            self.personality.make = make;
        }
        let expected = self.personality;
        self.foreign = match (make, Family::of_heartbeat(heartbeat.mavtype)) {
            (None, _) => Some(format!(
                "the autopilot says it is a {:?}: this version flies with ArduPilot and PX4",
                heartbeat.autopilot
            )),
            (_, Some(family)) if family == expected.family => None,
            // ArduPlane does not say in its heartbeat that it has lifting rotors, unless somebody has set it to.
            (Some(Make::ArduPilot), Some(Family::Plane)) if expected.family == Family::Vtol => None,
            _ => Some(format!(
                "the autopilot says it flies a {:?}, the configuration says {:?}",
                heartbeat.mavtype, self.kind
            )),
        };
        true
    }

    fn mission_current(&mut self, now: Timestamp, current: &MISSION_CURRENT_DATA) {
        self.mission_item = Some(current.seq);
        let known = self.mission_number.map_or(0, |(number, _)| number);
        if current.mission_id != known {
            self.mission_number = (current.mission_id != 0).then_some((current.mission_id, now));
        }
    }

    fn position(&mut self, now: Timestamp, message: &GLOBAL_POSITION_INT_DATA) -> bool {
        // Before its first fix ArduPilot reports the point where the equator meets Greenwich.
        if message.lat == 0 && message.lon == 0 {
            return true;
        }
        let Some(place) = place(message.lat, message.lon) else { return false };
        let altitude = AltitudeAmsl::new(f64::from(message.alt) / 1e3);
        let velocity = Ned {
            north: f64::from(message.vx) / 1e2,
            east: f64::from(message.vy) / 1e2,
            down: f64::from(message.vz) / 1e2,
        };
        self.fix = Some(Fix {
            at: now,
            position: place.at_height(altitude.hae(self.undulation)),
            altitude,
            height: HeightAboveHome::new(f64::from(message.relative_alt) / 1e3),
            velocity: velocity.enu_velocity(),
        });
        true
    }

    fn attitude(&mut self, message: &ATTITUDE_DATA) -> bool {
        let angles = [message.roll, message.pitch, message.yaw];
        if !angles.iter().all(|angle| angle.is_finite()) {
            return false;
        }
        self.attitude = Attitude {
            roll_rad: message.roll.into(),
            pitch_rad: message.pitch.into(),
            heading: Heading::from_radians(message.yaw.into()),
        };
        true
    }

    fn system_status(&mut self, message: &SYS_STATUS_DATA) -> bool {
        self.battery = Battery {
            remaining: fraction(message.battery_remaining),
            voltage_v: if message.voltage_battery == u16::MAX {
                f32::NAN
            } else {
                f32::from(message.voltage_battery) / 1e3
            },
            current_a: if message.current_battery < 0 { f32::NAN } else { f32::from(message.current_battery) / 1e2 },
        };
        let motors = MavSysStatusSensor::MAV_SYS_STATUS_SENSOR_MOTOR_OUTPUTS;
        let expected = message.onboard_control_sensors_present & message.onboard_control_sensors_enabled;
        self.fenced = expected.contains(MavSysStatusSensor::MAV_SYS_STATUS_GEOFENCE);
        self.motors_failed = expected.contains(motors) && !message.onboard_control_sensors_health.contains(motors);
        true
    }

    /// The first battery's own report counts only where SYS_STATUS does not say what is left.
    fn battery(&mut self, message: &BATTERY_STATUS_DATA) -> bool {
        if message.id == 0 && self.battery.remaining.is_nan() {
            self.battery.remaining = fraction(message.battery_remaining);
        }
        true
    }

    fn receiver(&mut self, message: &GPS_RAW_INT_DATA) -> bool {
        let fix = match message.fix_type {
            GpsFixType::GPS_FIX_TYPE_NO_GPS => 0,
            GpsFixType::GPS_FIX_TYPE_NO_FIX => 1,
            GpsFixType::GPS_FIX_TYPE_2D_FIX => 2,
            GpsFixType::GPS_FIX_TYPE_3D_FIX => 3,
            GpsFixType::GPS_FIX_TYPE_DGPS => 4,
            GpsFixType::GPS_FIX_TYPE_RTK_FLOAT => 5,
            GpsFixType::GPS_FIX_TYPE_RTK_FIXED => 6,
            GpsFixType::GPS_FIX_TYPE_STATIC | GpsFixType::GPS_FIX_TYPE_PPP => 3,
        };
        let satellites = if message.satellites_visible == u8::MAX { 0 } else { message.satellites_visible };
        self.gnss = Gnss { fix, satellites };
        true
    }
}

fn place(latitude_e7: i32, longitude_e7: i32) -> Option<LatLon> {
    LatLon::from_degrees(f64::from(latitude_e7) / 1e7, f64::from(longitude_e7) / 1e7).ok()
}

/// −1 means that the autopilot does not know.
fn fraction(percent: i8) -> f32 {
    if (0..=100).contains(&percent) { f32::from(percent) / 100.0 } else { f32::NAN }
}
