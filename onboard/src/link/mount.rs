//! How the vehicle's camera stands in the world, from what autopilot and gimbal say: a pose with every attitude.
//!
//! Times are brought from the autopilot's boot clock to ours by TIMESYNC ([`super::time_sync`]), so that the delay of a
//! serial line or a router does not turn the picture. Where the autopilot answers no TIMESYNC, or a component counts by
//! a clock of its own, the time at which a message came stands for it, and the pose says how much worse that is.
//!
//! Positions come less often than attitudes and are carried on by their velocity, the gimbal's head by its last turn.
//!
//! Limits: nothing is told of a place older than [`PLACE_FRESH_S`] or of a head older than [`HEAD_FRESH_S`]. The first
//! gimbal that speaks is the camera's.
//!
//! Source: ATTITUDE, GLOBAL_POSITION_INT, GPS_RAW_INT and GIMBAL_DEVICE_ATTITUDE_STATUS in
//! <https://mavlink.io/en/messages/common.html>.

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, COMMAND_LONG_DATA, GIMBAL_DEVICE_ATTITUDE_STATUS_DATA, GPS_RAW_INT_DATA, GimbalDeviceFlags, MavCmd,
    MavMessage,
};
use nalgebra::{Quaternion, UnitQuaternion, Vector3};
use telemetry::messages::{MountPose, MountSigma};
use telemetry::{BootTime, Enu, MavComponentId, MavSystemId, Timestamp, VehicleId};

use super::frames::Frame;
use super::session::AUTOPILOT;
use super::telemetry::{Fix, Telemetry};
use super::time_sync::Offset;

/// A place older than this, seconds, is not carried on.
pub const PLACE_FRESH_S: f64 = 2.0;
/// Nor the attitude of a gimbal's head.
pub const HEAD_FRESH_S: f64 = 0.5;
/// A message is believed to be dated by the autopilot's clock if that makes it no older and no younger than this, seconds.
const AGE_S: std::ops::RangeInclusive<f64> = -0.05..=2.0;
/// How late a message may be that is dated by when it came: a serial line's queue.
const UNDATED_SIGMA_S: f64 = 0.05;
/// `time_boot_ms` counts whole milliseconds: half of one to either side, evenly.
const WHOLE_MS_SIGMA_S: f64 = 0.000_3;
/// The milliseconds after which `time_boot_ms` begins anew, in nanoseconds.
const BOOT_CIRCLE_NS: i64 = (1 << 32) * 1_000_000;
/// What a receiver that does not say how exact it is, is: metres, level and vertical.
const PLACE_SIGMA_M: [f64; 2] = [1.5, 3.0];
/// A receiver that says it is better than this, or worse, is not believed.
const PLACE_SIGMA_RANGE_M: [f64; 2] = [0.02, 200.0];
/// A head that is told more seldom is asked for more often: how often, and when it is asked again.
const HEAD_EVERY: Duration = Duration::from_millis(50);
const HEAD_SELDOM_S: f64 = 0.12;
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How good an autopilot's attitude is; autopilots do not say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttitudeSigma {
    /// Of the heading, radians.
    pub heading_rad: f64,
    /// Of roll and of pitch, radians.
    pub tilt_rad: f64,
}

/// How the gimbal's head lay, and when.
#[derive(Debug, Clone, Copy)]
struct Head {
    at: Timestamp,
    sigma_s: f64,
    ned_from_head: UnitQuaternion<f64>,
    /// Its turn, radians a second about north, east, down.
    rate_rad_s: Vector3<f64>,
}

/// Makes poses. See the module.
#[derive(Debug)]
pub struct Mount {
    vehicle: VehicleId,
    system: MavSystemId,
    attitude: AttitudeSigma,
    place_sigma_m: [f64; 2],
    place: Option<(Timestamp, Fix)>,
    body: Option<(Timestamp, UnitQuaternion<f64>)>,
    gimbal: Option<MavComponentId>,
    head: Option<Head>,
    ask_at: Timestamp,
}

impl Mount {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(vehicle: VehicleId, system: MavSystemId, attitude: AttitudeSigma, now: Timestamp) -> Self {
        Self {
            vehicle,
            system,
            attitude,
            place_sigma_m: PLACE_SIGMA_M,
            place: None,
            body: None,
            gimbal: None,
            head: None,
            ask_at: now,
        }
    }

    /// Takes a message of any component, after `telemetry` has taken it; gives a pose with each attitude of the
    /// autopilot, once it has said where it is. `offset` is what TIMESYNC says; requests go to `out`.
    pub fn take(
        &mut self,
        now: Timestamp,
        frame: &Frame,
        telemetry: &Telemetry,
        offset: Option<Offset>,
        out: &mut Vec<MavMessage>,
    ) -> Option<MountPose> {
        if frame.system != self.system {
            return None;
        }
        let dated = |boot_ms: u32| instant(now, BootTime(boot_ms), offset);
        match &frame.message {
            MavMessage::GIMBAL_DEVICE_ATTITUDE_STATUS(status) => {
                let (at, sigma_s) = dated(status.time_boot_ms);
                self.gimbal(now, frame.component, at, sigma_s, status, out);
            }
            _ if frame.component != AUTOPILOT => {}
            MavMessage::GLOBAL_POSITION_INT(position) => {
                self.place = telemetry.fix.map(|fix| (dated(position.time_boot_ms).0, fix));
            }
            MavMessage::GPS_RAW_INT(receiver) => self.receiver(receiver),
            MavMessage::ATTITUDE(attitude) => {
                let (at, sigma_s) = dated(attitude.time_boot_ms);
                return self.pose(now, at, sigma_s, attitude);
            }
            _ => {}
        }
        None
    }

    /// The autopilot has started anew, and its clock with it.
    pub fn forget(&mut self) {
        (self.place, self.body, self.head) = (None, None, None);
    }

    fn receiver(&mut self, receiver: &GPS_RAW_INT_DATA) {
        let [least, most] = PLACE_SIGMA_RANGE_M;
        let stated = [receiver.h_acc, receiver.v_acc].map(|millimetres| f64::from(millimetres) / 1e3);
        if stated.iter().all(|metres| (least..=most).contains(metres)) {
            self.place_sigma_m = stated;
        }
    }

    fn gimbal(
        &mut self,
        now: Timestamp,
        component: MavComponentId,
        at: Timestamp,
        sigma_s: f64,
        status: &GIMBAL_DEVICE_ATTITUDE_STATUS_DATA,
        out: &mut Vec<MavMessage>,
    ) {
        if *self.gimbal.get_or_insert(component) != component {
            return;
        }
        let Some(ned_from_head) = self.head_attitude(status) else { return };
        let before = self.head.filter(|head| (1e-3..=HEAD_FRESH_S).contains(&at.seconds_since(head.at)));
        let since_s = before.map(|head| at.seconds_since(head.at));
        let rate_rad_s = before.zip(since_s).map_or_else(Vector3::zeros, |(head, since_s)| {
            (ned_from_head * head.ned_from_head.inverse()).scaled_axis() / since_s
        });
        if since_s.is_none_or(|since_s| since_s > HEAD_SELDOM_S) && now >= self.ask_at {
            self.ask_at = now + ASK_AGAIN;
            out.push(head_request(self.system, component));
        }
        if self.head.is_none_or(|head| at > head.at) {
            self.head = Some(Head { at, sigma_s, ned_from_head, rate_rad_s });
        }
    }

    /// From a gimbal's own words: its angles count from north, or from the vehicle's heading, as its flags say.
    fn head_attitude(&self, status: &GIMBAL_DEVICE_ATTITUDE_STATUS_DATA) -> Option<UnitQuaternion<f64>> {
        type Flags = GimbalDeviceFlags;
        let [w, x, y, z] = status.q.map(f64::from);
        let stated = Quaternion::new(w, x, y, z);
        // Not a number where the device does not know.
        if !(0.9..=1.1).contains(&stated.norm()) {
            return None;
        }
        let stated = UnitQuaternion::new_normalize(stated);
        let from_heading = status.flags.contains(Flags::GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME);
        let from_north = status.flags.contains(Flags::GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME);
        // Older devices set neither, and what they say of the difference is to be passed over.
        let locked = status.flags.contains(Flags::GIMBAL_DEVICE_FLAGS_YAW_LOCK);
        if from_north || (!from_heading && locked) {
            return Some(stated);
        }
        let said = Some(f64::from(status.delta_yaw)).filter(|yaw| from_heading && yaw.is_finite());
        let heading = said.or_else(|| self.body.map(|(_, body)| body.euler_angles().2))?;
        Some(UnitQuaternion::from_euler_angles(0.0, 0.0, heading) * stated)
    }

    fn pose(&mut self, now: Timestamp, at: Timestamp, sigma_s: f64, attitude: &ATTITUDE_DATA) -> Option<MountPose> {
        let [roll, pitch, yaw] = [attitude.roll, attitude.pitch, attitude.yaw].map(f64::from);
        if ![roll, pitch, yaw].iter().all(|angle| angle.is_finite()) {
            return None;
        }
        let body = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
        self.body = Some((at, body));
        let (place_at, fix) = self.place.filter(|(place_at, _)| at.seconds_since(*place_at).abs() <= PLACE_FRESH_S)?;
        let way = fix.velocity.vector() * at.seconds_since(place_at);
        let position = fix.position.displaced(Enu::from_vector(way)).ok()?;
        let head = self.head.filter(|head| at.seconds_since(head.at).abs() <= HEAD_FRESH_S);
        let turned = head.map(|head| {
            let since_s = at.seconds_since(head.at);
            UnitQuaternion::from_scaled_axis(head.rate_rad_s * since_s) * head.ned_from_head
        });
        let [horizontal_m, vertical_m] = self.place_sigma_m;
        let AttitudeSigma { heading_rad, tilt_rad } = self.attitude;
        let time_s = head.map_or(sigma_s, |head| sigma_s.max(head.sigma_s));
        Some(MountPose {
            vehicle: self.vehicle.clone(),
            sent_at: now,
            measured_at: at,
            position,
            altitude: telemetry::AltitudeAmsl::new(fix.altitude.metres + way.z),
            body: body.into(),
            head: turned.map(Into::into),
            sigma: MountSigma { horizontal_m, vertical_m, heading_rad, tilt_rad, time_s },
        })
    }
}

/// When a message held, by our clock, and how far off that may be, one standard deviation in seconds.
fn instant(now: Timestamp, boot: BootTime, offset: Option<Offset>) -> (Timestamp, f64) {
    let undated = (now, UNDATED_SIGMA_S);
    let Some(offset) = offset else { return undated };
    // Saturating: the autopilot's numbers are a stranger's.
    let there = now.unix_nanos().saturating_add(offset.ahead_ns);
    let stated = i64::from(boot.0) * 1_000_000;
    let behind = there.saturating_sub(stated).rem_euclid(BOOT_CIRCLE_NS);
    // Half a circle behind is half a circle ahead.
    let behind = if behind > BOOT_CIRCLE_NS / 2 { behind - BOOT_CIRCLE_NS } else { behind };
    if !AGE_S.contains(&(behind as f64 / 1e9)) {
        return undated;
    }
    // The offset is wrong by half the round trip at most, evenly: a deviation of the whole over the root of twelve.
    let sigma_s = (offset.round_trip.as_secs_f64() / 12.0_f64.sqrt()).hypot(WHOLE_MS_SIGMA_S);
    (Timestamp::from_unix_nanos(now.unix_nanos().saturating_sub(behind)), sigma_s)
}

fn head_request(system: MavSystemId, component: MavComponentId) -> MavMessage {
    MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
        command: MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL,
        param1: GIMBAL_DEVICE_ATTITUDE_STATUS_DATA::ID as f32,
        param2: HEAD_EVERY.as_micros() as f32,
        target_system: system.0,
        target_component: component.0,
        ..COMMAND_LONG_DATA::default()
    })
}
