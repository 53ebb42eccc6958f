//! An autopilot that says exactly how the vehicle moves, 80 ms after it did.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    ATTITUDE_DATA, GLOBAL_POSITION_INT_DATA, GPS_RAW_INT_DATA, GpsFixType, HEARTBEAT_DATA, MavAutopilot, MavMessage,
    MavModeFlag, MavState, MavType, TIMESYNC_DATA,
};
use onboard::link::frames::{Decoder, Encoder};
use telemetry::{MavComponentId, MavSystemId, SiteFrame, Timestamp};
use tokio::net::UdpSocket;
use tokio::time::interval;

use crate::film::{UNDULATION_M, motion, water};
use crate::now;

/// How long everything but TIMESYNC is on its way.
const DELAY: Duration = Duration::from_millis(80);
const TICK: Duration = Duration::from_millis(10);
/// How long before the film it was switched on.
const BOOTED_S: f64 = 1234.567;

/// Flies for ever.
pub(crate) async fn fly(to: SocketAddr, begins: Timestamp) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let booted = begins.offset_seconds(-BOOTED_S);
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new(MavSystemId(1), MavComponentId(1)));
    let mut on_its_way: VecDeque<(Timestamp, MavMessage)> = VecDeque::new();
    let (mut ticks, mut tick, mut buffer) = (interval(TICK), 0_u32, [0; 2048]);
    loop {
        let mut due = Vec::new();
        tokio::select! {
            _ = ticks.tick() => {
                let now = now();
                on_its_way.extend(says(tick, now, booted, begins).into_iter().map(|message| (now + DELAY, message)));
                tick += 1;
                while let Some((_, message)) = on_its_way.pop_front_if(|(at, _)| *at <= now) {
                    due.push(message);
                }
            }
            Ok((length, _)) = socket.recv_from(&mut buffer) => {
                let now = now();
                decoder.push(&buffer[..length]);
                while let Some(frame) = decoder.next_frame() {
                    if let MavMessage::TIMESYNC(asked) = frame.message && asked.tc1 == 0 {
                        let tc1 = now.unix_nanos() - booted.unix_nanos();
                        let (target_system, target_component) = (frame.system.0, frame.component.0);
                        due.push(MavMessage::TIMESYNC(TIMESYNC_DATA { tc1, ts1: asked.ts1, target_system, target_component }));
                    }
                }
            }
        }
        for message in due {
            // Nobody may listen yet.
            let _ = socket.send_to(&encoder.encode(&message), to).await;
        }
    }
}

/// What it says in one tick: 25 attitudes a second, 10 places, a heartbeat.
fn says(tick: u32, now: Timestamp, booted: Timestamp, begins: Timestamp) -> Vec<MavMessage> {
    // What it measures, it measures on whole milliseconds of its clock.
    let boot_ms = now.since(booted).as_millis() as u32;
    let seconds = (booted + Duration::from_millis(boot_ms.into())).seconds_since(begins);
    let motion = motion(seconds);
    let mut says = Vec::new();
    if tick.is_multiple_of(4) {
        says.push(MavMessage::ATTITUDE(ATTITUDE_DATA {
            time_boot_ms: boot_ms,
            roll: motion.roll as f32,
            pitch: motion.pitch as f32,
            yaw: motion.yaw as f32,
            ..ATTITUDE_DATA::default()
        }));
    }
    if tick.is_multiple_of(10) {
        let at = SiteFrame::new(water()).geodetic(telemetry::Enu::from_vector(motion.place)).unwrap();
        let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
        let amsl_mm = ((at.height().metres - UNDULATION_M) * 1e3).round() as i32;
        says.push(MavMessage::GLOBAL_POSITION_INT(GLOBAL_POSITION_INT_DATA {
            time_boot_ms: boot_ms,
            lat: e7(at.lat_lon().latitude_deg()),
            lon: e7(at.lat_lon().longitude_deg()),
            alt: amsl_mm,
            relative_alt: amsl_mm,
            vx: (motion.velocity.y * 1e2) as i16,
            vy: (motion.velocity.x * 1e2) as i16,
            vz: (-motion.velocity.z * 1e2) as i16,
            hdg: u16::MAX,
        }));
    }
    if tick.is_multiple_of(100) {
        says.push(MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: 4,
            mavtype: MavType::MAV_TYPE_QUADROTOR,
            autopilot: MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
            base_mode: MavModeFlag::MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED,
            system_status: MavState::MAV_STATE_ACTIVE,
            mavlink_version: 3,
        }));
        says.push(MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA {
            fix_type: GpsFixType::GPS_FIX_TYPE_3D_FIX,
            satellites_visible: 14,
            h_acc: 100,
            v_acc: 100,
            ..GPS_RAW_INT_DATA::default()
        }));
    }
    says
}
