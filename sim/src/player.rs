//! A recorded flight as a vehicle: it says over MAVLink what it said then, at the times it did.
//!
//! Ground software sees a vehicle that flies and takes no orders: it answers nothing, since what happened has happened.
//! Bytes come out; sockets and clocks are elsewhere.

use flight_log::{Event, EventKind, Flight, Sample};
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, GLOBAL_POSITION_INT_DATA, HEARTBEAT_DATA, HOME_POSITION_DATA, MavAutopilot, MavMessage, MavModeFlag,
    MavSeverity, MavState, MavType, STATUSTEXT_DATA, SYS_STATUS_DATA, VFR_HUD_DATA,
};
use mavlink::{MAVLinkV2MessageRaw, MavHeader};
use telemetry::MavSystemId;

/// Rates, as a ground station asks an autopilot for them.
const HEARTBEAT_S: f64 = 1.0;
const STATUS_S: f64 = 1.0;
const HOME_S: f64 = 5.0;
const MOTION_S: f64 = 0.1;

/// Plays a flight.
#[derive(Debug)]
pub struct Player<'f> {
    flight: &'f Flight,
    heights_m: Vec<Option<f64>>,
    system: MavSystemId,
    sequence: u8,
    sample: usize,
    event: usize,
    armed: bool,
    next_heartbeat_s: f64,
    next_status_s: f64,
    next_home_s: f64,
    next_motion_s: f64,
}

impl<'f> Player<'f> {
    /// A player at the beginning of a flight, for the vehicle of this system id.
    #[must_use]
    pub fn new(flight: &'f Flight, system: MavSystemId) -> Self {
        // Of a record that never says so, whatever flies is armed.
        let armed = !flight.events.iter().any(|event| event.kind == EventKind::Armed);
        Self {
            flight,
            heights_m: flight.heights_m(),
            system,
            sequence: 0,
            sample: 0,
            event: 0,
            armed,
            next_heartbeat_s: 0.0,
            next_status_s: 0.0,
            next_home_s: 0.0,
            next_motion_s: 0.0,
        }
    }

    /// Whether the flight is over at this time.
    #[must_use]
    pub fn over(&self, at_s: f64) -> bool {
        at_s > self.flight.duration_s()
    }

    /// What the vehicle says from where the last call ended up to this time, seconds since the flight began.
    pub fn play(&mut self, at_s: f64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(event) = self.flight.events.get(self.event).filter(|event| event.at_s <= at_s) {
            self.event += 1;
            match event.kind {
                EventKind::Armed => self.armed = true,
                EventKind::Disarmed => self.armed = false,
                _ => {}
            }
            self.say(&mut bytes, &text(event));
        }
        let samples = &self.flight.samples;
        while samples.get(self.sample + 1).is_some_and(|next| next.at_s <= at_s) {
            self.sample += 1;
        }
        let (sample, height_m) = (samples[self.sample], self.heights_m[self.sample]);
        if due(&mut self.next_heartbeat_s, HEARTBEAT_S, at_s) {
            let message = self.heartbeat();
            self.say(&mut bytes, &message);
        }
        if due(&mut self.next_motion_s, MOTION_S, at_s) {
            for message in motion(&sample, height_m, at_s).into_iter().flatten() {
                self.say(&mut bytes, &message);
            }
        }
        if due(&mut self.next_status_s, STATUS_S, at_s) {
            self.say(&mut bytes, &status(&sample));
        }
        if due(&mut self.next_home_s, HOME_S, at_s)
            && let Some(message) = self.home()
        {
            self.say(&mut bytes, &message);
        }
        bytes
    }

    fn say(&mut self, bytes: &mut Vec<u8>, message: &MavMessage) {
        let header = MavHeader { system_id: self.system.0.into(), component_id: 1, sequence: self.sequence };
        self.sequence = self.sequence.wrapping_add(1);
        let mut raw = MAVLinkV2MessageRaw::new();
        raw.serialize_message(header, message);
        bytes.extend_from_slice(raw.raw_bytes());
    }

    fn heartbeat(&self) -> MavMessage {
        let vehicle = self.flight.vehicle.as_deref().unwrap_or_default();
        let mavtype = match vehicle {
            _ if vehicle.starts_with("ArduPlane") => MavType::MAV_TYPE_FIXED_WING,
            _ if vehicle.starts_with("ArduRover") => MavType::MAV_TYPE_SURFACE_BOAT,
            _ if vehicle.starts_with("ArduSub") => MavType::MAV_TYPE_SUBMARINE,
            _ => MavType::MAV_TYPE_QUADROTOR,
        };
        let base_mode = if self.armed {
            MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED
        } else {
            MavModeFlag::MAV_MODE_FLAG_STABILIZE_ENABLED
        };
        MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: 0,
            mavtype,
            autopilot: MavAutopilot::MAV_AUTOPILOT_GENERIC,
            base_mode,
            system_status: if self.armed { MavState::MAV_STATE_ACTIVE } else { MavState::MAV_STATE_STANDBY },
            mavlink_version: 3,
        })
    }

    fn home(&self) -> Option<MavMessage> {
        let home = self.flight.home?;
        Some(MavMessage::HOME_POSITION(HOME_POSITION_DATA {
            latitude: e7(home.at.latitude_deg()),
            longitude: e7(home.at.longitude_deg()),
            altitude: home.altitude.map_or(0, |altitude| (altitude.metres * 1000.0) as i32),
            x: 0.0,
            y: 0.0,
            z: 0.0,
            q: [f32::NAN; 4],
            approach_x: 0.0,
            approach_y: 0.0,
            approach_z: 0.0,
            time_usec: 0,
        }))
    }
}

/// Whether something is due that comes at a rate; what was missed is not made up for.
fn due(next_s: &mut f64, every_s: f64, at_s: f64) -> bool {
    let due = at_s >= *next_s;
    if due {
        *next_s = at_s + every_s;
    }
    due
}

fn e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

fn motion(sample: &Sample, height_m: Option<f64>, at_s: f64) -> [Option<MavMessage>; 3] {
    let time_boot_ms = (at_s.max(0.0) * 1000.0) as u32;
    let velocity = sample.velocity.unwrap_or_default();
    let heading = sample.attitude.map(|attitude| attitude.heading.degrees());
    let height_m = height_m.unwrap_or(0.0);
    let altitude_m = sample.altitude.map_or(height_m, |altitude| altitude.metres);
    let position = sample.position.map(|at| {
        MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA {
            time_boot_ms,
            lat: e7(at.latitude_deg()),
            lon: e7(at.longitude_deg()),
            alt: (altitude_m * 1000.0) as i32,
            relative_alt: (height_m * 1000.0) as i32,
            vx: (velocity.north_m_s * 100.0) as i16,
            vy: (velocity.east_m_s * 100.0) as i16,
            vz: (-velocity.up_m_s * 100.0) as i16,
            hdg: heading.map_or(u16::MAX, |degrees| (degrees * 100.0) as u16 % 36_000),
        })
    });
    let attitude = sample.attitude.map(|attitude| {
        MavMessage::ATTITUDE(ATTITUDE_DATA {
            time_boot_ms,
            roll: attitude.roll_rad as f32,
            pitch: attitude.pitch_rad as f32,
            yaw: telemetry::angle::wrapped_pi(attitude.heading.radians()) as f32,
            rollspeed: 0.0,
            pitchspeed: 0.0,
            yawspeed: 0.0,
        })
    });
    let hud = MavMessage::VFR_HUD(VFR_HUD_DATA {
        airspeed: 0.0,
        groundspeed: velocity.ground_speed_m_s() as f32,
        alt: altitude_m as f32,
        climb: velocity.up_m_s as f32,
        heading: heading.map_or(0, |degrees| degrees as i16),
        throttle: 0,
    });
    [position, attitude, Some(hud)]
}

fn status(sample: &Sample) -> MavMessage {
    let battery = sample.battery.unwrap_or_default();
    MavMessage::SYS_STATUS(SYS_STATUS_DATA {
        voltage_battery: battery.voltage_v.map_or(u16::MAX, |volts| (volts * 1000.0) as u16),
        current_battery: battery.current_a.map_or(-1, |amperes| (amperes * 100.0) as i16),
        battery_remaining: battery.remaining.map_or(-1, |share| (share * 100.0).round() as i8),
        ..SYS_STATUS_DATA::default()
    })
}

fn text(event: &Event) -> MavMessage {
    let words = match event.kind {
        EventKind::Mode => format!("Mode {}", event.text),
        EventKind::Reached => format!("Reached item {}", event.text),
        EventKind::Armed | EventKind::Disarmed | EventKind::Said | EventKind::Warned | EventKind::Dropout => {
            event.text.clone()
        }
    };
    let cut: String = words.chars().filter(char::is_ascii).take(50).collect();
    MavMessage::STATUSTEXT(STATUSTEXT_DATA {
        severity: if event.kind == EventKind::Warned {
            MavSeverity::MAV_SEVERITY_WARNING
        } else {
            MavSeverity::MAV_SEVERITY_INFO
        },
        text: cut.as_str().into(),
        id: 0,
        chunk_seq: 0,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const COPTER: &[u8] = include_bytes!("../flight-log/tests/data/sitl_copter457.tlog");

    #[test]
    fn a_flight_that_is_played_and_heard_again_is_the_same_flight() {
        let flight = flight_log::read(Cursor::new(COPTER)).unwrap();
        let mut player = Player::new(&flight, MavSystemId(9));
        // A ground station's telemetry log of what is played: a time, then a frame.
        let mut log = Vec::new();
        for tick in 0..=1_328_u32 {
            let at_s = f64::from(tick) / 10.0;
            assert!(!player.over(at_s) || at_s > flight.duration_s());
            let bytes = player.play(at_s);
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let length = usize::from(rest[1]) + 12;
                log.extend_from_slice(&u64::from(tick * 100_000).to_be_bytes());
                log.extend_from_slice(&rest[..length]);
                rest = &rest[length..];
            }
        }
        let heard = flight_log::read(Cursor::new(log)).unwrap();
        let (then, now) = (flight_log::Summary::of(&flight), flight_log::Summary::of(&heard));
        assert!((then.duration_s - now.duration_s).abs() < 0.5, "{} s and {} s", then.duration_s, now.duration_s);
        let (then_m, now_m) = (then.distance_m.unwrap(), now.distance_m.unwrap());
        assert!((then_m - now_m).abs() < 3.0, "{then_m} m and {now_m} m");
        assert!((then.heights_m.unwrap().1 - now.heights_m.unwrap().1).abs() < 0.2);
        assert!((then.armed_s.unwrap() - now.armed_s.unwrap()).abs() < 2.0, "{:?} {:?}", then.armed_s, now.armed_s);
        assert!(heard.damage.none());
    }
}
