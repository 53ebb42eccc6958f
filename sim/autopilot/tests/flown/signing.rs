//! Signed links.

use autopilot::AutopilotConfig;
use mavlink::dialects::ardupilotmega::{COMMAND_LONG_DATA, MavCmd, MavMessage, SETUP_SIGNING_DATA};
use mavlink::{MAVLinkV2MessageRaw, MavHeader};
use sha2::{Digest, Sha256};

use crate::pilot::{Pilot, START, VEHICLE, copter_config, px4_config};

const KEY: [u8; 32] = [7; 32];
/// 2015-01-01T00:00:00Z.
const EPOCH_UNIX_S: i64 = 1_420_070_400;
const SECOND: u64 = 100_000;

fn with_key(config: AutopilotConfig) -> Pilot {
    let mut pilot = Pilot::with(AutopilotConfig { signing: Some(KEY), ..config }, 1);
    pilot.run(1.0);
    pilot
}

/// The vehicle's time on the clock of signatures.
fn now(pilot: &Pilot) -> u64 {
    let since_start = (pilot.seconds() * SECOND as f64) as u64;
    (START.unix_nanos() / 10_000 - EPOCH_UNIX_S * SECOND as i64) as u64 + since_start
}

/// Asks for a version with a signature of this key and stamp; true if it was answered.
fn answered(pilot: &mut Pilot, from: u8, key: [u8; 32], stamp: u64) -> bool {
    let message = MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
        param1: 148.0,
        command: MavCmd::MAV_CMD_REQUEST_MESSAGE,
        target_system: VEHICLE,
        target_component: 1,
        ..COMMAND_LONG_DATA::default()
    });
    let mut raw = MAVLinkV2MessageRaw::new();
    raw.serialize_message(MavHeader { system_id: u32::from(from), component_id: 190, sequence: 0 }, &message);
    let mut bytes = raw.raw_bytes().to_vec();
    bytes[2] |= 1;
    let end = bytes.len() - 2;
    let crc = mavlink::calculate_crc(&bytes[1..end], <MavMessage as mavlink::Message>::extra_crc(76));
    bytes[end..].copy_from_slice(&crc.to_le_bytes());
    bytes.push(0);
    bytes.extend(&stamp.to_le_bytes()[..6]);
    let hash = Sha256::new().chain_update(key).chain_update(&bytes).finalize();
    bytes.extend(&hash[..6]);
    pilot.inbox.clear();
    pilot.autopilot.receive(pilot.now, &bytes);
    pilot.run(0.2);
    pilot.inbox.iter().any(|message| matches!(message, MavMessage::AUTOPILOT_VERSION(_)))
}

#[test]
fn with_a_key_everything_goes_out_signed_and_what_is_not_is_dropped_in_silence() {
    let mut pilot = with_key(copter_config());
    assert!(pilot.signed > 0);
    pilot.inbox.clear();
    pilot.texts.clear();
    pilot.order(MavCmd::MAV_CMD_REQUEST_MESSAGE, [148.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(pilot.inbox.is_empty() && pilot.texts.is_empty());
    assert!(pilot.autopilot.counts().frames_unsigned > 0);
    let stamp = now(&pilot);
    assert!(!answered(&mut pilot, 255, [8; 32], stamp), "a wrong key");
    assert!(answered(&mut pilot, 255, KEY, stamp));
    assert!(!answered(&mut pilot, 255, KEY, stamp), "played back");
    assert!(answered(&mut pilot, 255, KEY, stamp + 1));
}

#[test]
fn a_frame_of_the_future_moves_the_clock_and_shuts_out_those_who_lag_behind_it() {
    let ten_minutes = 600 * SECOND;
    let mut pilot = with_key(copter_config());
    let stamp = now(&pilot);
    assert!(answered(&mut pilot, 255, KEY, stamp + ten_minutes));
    assert!(!answered(&mut pilot, 42, KEY, stamp), "ten minutes behind the vehicle now");
    assert!(answered(&mut pilot, 42, KEY, stamp + ten_minutes - 30 * SECOND), "within a minute");

    let mut config = copter_config();
    config.quirks.believes_future_timestamps = false;
    let mut pilot = with_key(config);
    assert!(!answered(&mut pilot, 255, KEY, stamp + ten_minutes));
    assert!(answered(&mut pilot, 42, KEY, stamp));
}

#[test]
fn px4_hears_heartbeats_without_a_signature() {
    let mut pilot = with_key(px4_config());
    let dropped = pilot.autopilot.counts().frames_unsigned;
    pilot.run(3.0);
    assert_eq!(pilot.autopilot.counts().frames_unsigned, dropped);
}

#[test]
fn a_key_is_set_up_and_taken_away_over_the_link_while_disarmed() {
    let mut pilot = Pilot::copter();
    pilot.run(13.0);
    let set_up = |key| {
        MavMessage::SETUP_SIGNING(SETUP_SIGNING_DATA {
            initial_timestamp: 0,
            target_system: VEHICLE,
            target_component: 1,
            secret_key: key,
        })
    };
    pilot.arm();
    pilot.send(&set_up(KEY));
    pilot.run(2.0);
    assert!(pilot.signed == 0 && pilot.said("Won't setup signing when armed"));
    pilot.until(20.0, "disarmed", |pilot| !pilot.truth().armed);
    pilot.send(&set_up(KEY));
    pilot.run(2.0);
    assert!(pilot.signed > 0);
    let stamp = now(&pilot);
    assert!(answered(&mut pilot, 255, KEY, stamp));
}
