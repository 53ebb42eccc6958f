//! Several links: who may say what to whom, which link is used, whose frames are believed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mavlink::MAVLinkV1MessageRaw;
use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use onboard::link::checksum::checksum;
use onboard::link::failover::{SILENCE, STEADY};
use onboard::link::frames::{Decoder, Encoder, Frame};
use onboard::link::high_latency::{Known, expanded};
use onboard::link::routes::ROUTES_MAX;
use onboard::link::signing::{Distrust, Key, Signer, SigningClock};
use onboard::link::splitter::{RawFrame, Splitter};
use onboard::link::wire::{Ground, LinkSetup, PORTION_MAX, Remark, Role, WAITING_MAX, Wire};
use proptest::prelude::*;
use telemetry::{MavComponentId, MavSystemId, Timestamp};

const VEHICLE: MavSystemId = MavSystemId(7);
const FIRST: usize = 0;
const SECOND: usize = 1;
const CAMERA: usize = 2;
const LISTENER: usize = 3;
const COMMANDER: usize = 4;

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn key() -> Key {
    Key::new([7; 32])
}

fn setup(name: &str, role: Role, signed: bool) -> LinkSetup {
    LinkSetup { name: name.to_owned(), role, datagrams: true, signed }
}

fn ground(commands: bool, thin: bool) -> Role {
    Role::Ground(Ground { commands, thin })
}

/// Two links to the autopilot, a camera, a ground station that listens and one that commands.
fn wire() -> Wire {
    let setups = vec![
        setup("first", Role::Autopilot, false),
        setup("second", Role::Autopilot, false),
        setup("camera", Role::Payload, false),
        setup("listener", ground(false, false), false),
        setup("commander", ground(true, false), false),
    ];
    Wire::new(VEHICLE, setups, None, start())
}

/// Somebody who speaks.
struct Voice(Encoder);

impl Voice {
    fn new(system: u8, component: u8) -> Self {
        Self(Encoder::new(MavSystemId(system), MavComponentId(component)))
    }

    fn autopilot() -> Self {
        Self::new(VEHICLE.0, 1)
    }

    fn says(&mut self, message: &MavMessage) -> Vec<u8> {
        self.0.encode(message)
    }
}

fn beat() -> MavMessage {
    MavMessage::HEARTBEAT(HEARTBEAT_DATA { mavlink_version: 3, ..HEARTBEAT_DATA::default() })
}

fn command(command: MavCmd, system: u8, component: u8) -> MavMessage {
    MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
        command,
        target_system: system,
        target_component: component,
        ..COMMAND_LONG_DATA::default()
    })
}

fn arm() -> MavMessage {
    command(MavCmd::MAV_CMD_COMPONENT_ARM_DISARM, VEHICLE.0, 1)
}

fn sent(wire: &mut Wire, link: usize) -> Vec<u8> {
    std::iter::from_fn(|| wire.next_portion(link)).flatten().collect()
}

/// What each link got, and ourselves last.
fn all_sent(wire: &mut Wire) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = (0..wire.links()).map(|link| sent(wire, link)).collect();
    let mut local = Vec::new();
    wire.take_local(&mut local);
    all.push(local);
    all
}

fn decoded(bytes: &[u8]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    std::iter::from_fn(|| decoder.next_frame()).collect()
}

/// A wire on which everybody has been heard once, and nothing waits.
fn acquainted() -> (Wire, Voice, Voice, Voice, Voice) {
    let mut wire = wire();
    let (mut autopilot, mut camera) = (Voice::autopilot(), Voice::new(VEHICLE.0, 100));
    let (mut listener, mut commander) = (Voice::new(255, 190), Voice::new(254, 190));
    wire.receive(start(), FIRST, &autopilot.says(&beat()));
    wire.receive(start(), CAMERA, &camera.says(&beat()));
    wire.receive(start(), LISTENER, &listener.says(&beat()));
    wire.receive(start(), COMMANDER, &commander.says(&beat()));
    all_sent(&mut wire);
    wire.take_remarks();
    (wire, autopilot, camera, listener, commander)
}

#[test]
fn what_the_autopilot_says_to_everybody_goes_everywhere_but_back() {
    let (mut wire, mut autopilot, ..) = acquainted();
    let frame = autopilot.says(&MavMessage::ATTITUDE(ATTITUDE_DATA::default()));
    wire.receive(start(), FIRST, &frame);
    let none = Vec::new();
    assert_eq!(all_sent(&mut wire), [none.clone(), none, frame.clone(), frame.clone(), frame.clone(), frame]);
}

#[test]
fn what_is_for_one_goes_only_where_that_one_was_heard() {
    let (mut wire, mut autopilot, ..) = acquainted();
    let mut ack = COMMAND_ACK_DATA { target_system: 255, target_component: 190, ..COMMAND_ACK_DATA::default() };
    wire.receive(start(), FIRST, &autopilot.says(&MavMessage::COMMAND_ACK(ack.clone())));
    let lengths: Vec<_> = all_sent(&mut wire).iter().map(|bytes| !bytes.is_empty()).collect();
    assert_eq!(lengths, [false, false, false, true, false, false]);
    ack.target_system = 99;
    wire.receive(start(), FIRST, &autopilot.says(&MavMessage::COMMAND_ACK(ack)));
    assert!(all_sent(&mut wire).iter().all(Vec::is_empty), "nobody has heard system 99");
    assert_eq!(wire.counts(FIRST).1.astray, 1);
}

#[test]
fn a_listener_asks_but_does_not_command_and_is_told_of_once() {
    let (mut wire, _, _, mut listener, _) = acquainted();
    let request =
        MavMessage::PARAM_REQUEST_LIST(PARAM_REQUEST_LIST_DATA { target_system: VEHICLE.0, target_component: 1 });
    let frame = listener.says(&request);
    wire.receive(start(), LISTENER, &frame);
    assert_eq!(sent(&mut wire, FIRST), frame);
    let mission = MISSION_COUNT_DATA { target_system: VEHICLE.0, target_component: 1, ..MISSION_COUNT_DATA::default() };
    let forbidden = [
        arm(),
        command(MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL, VEHICLE.0, 1),
        MavMessage::MISSION_COUNT(mission),
        MavMessage::PARAM_SET(PARAM_SET_DATA {
            target_system: VEHICLE.0,
            target_component: 1,
            ..PARAM_SET_DATA::default()
        }),
        MavMessage::MANUAL_CONTROL(MANUAL_CONTROL_DATA { target: VEHICLE.0, ..MANUAL_CONTROL_DATA::default() }),
        MavMessage::RC_CHANNELS_OVERRIDE(RC_CHANNELS_OVERRIDE_DATA {
            target_system: VEHICLE.0,
            target_component: 1,
            ..RC_CHANNELS_OVERRIDE_DATA::default()
        }),
        command(MavCmd::MAV_CMD_IMAGE_START_CAPTURE, VEHICLE.0, 100),
    ];
    for message in &forbidden {
        wire.receive(start(), LISTENER, &listener.says(message));
        let all = all_sent(&mut wire);
        assert!(all[FIRST].is_empty() && all[CAMERA].is_empty(), "{message:?}");
    }
    let mut write = FILE_TRANSFER_PROTOCOL_DATA {
        target_system: VEHICLE.0,
        target_component: 1,
        ..FILE_TRANSFER_PROTOCOL_DATA::default()
    };
    write.payload[3] = 7;
    wire.receive(start(), LISTENER, &listener.says(&MavMessage::FILE_TRANSFER_PROTOCOL(write.clone())));
    assert!(sent(&mut wire, FIRST).is_empty(), "a file is not written");
    write.payload[3] = 15;
    wire.receive(start(), LISTENER, &listener.says(&MavMessage::FILE_TRANSFER_PROTOCOL(write)));
    assert!(!sent(&mut wire, FIRST).is_empty(), "but read");
    let remarks = wire.take_remarks();
    assert!(
        matches!(&remarks[..], [Remark::Operator(words)] if words.contains("COMMAND_LONG of system 255")),
        "{remarks:?}"
    );
    assert_eq!(wire.counts(LISTENER).1.denied, forbidden.len() as u64 + 1);
}

#[test]
fn a_message_nobody_knows_passes_downwards_byte_for_byte_and_upwards_only_from_a_commander() {
    let (mut wire, ..) = acquainted();
    let unknown = |system: u8, component: u8| {
        let mut frame = vec![0xFD, 3, 0, 0, 1, system, component, 0x40, 0xEB, 0x00, 1, 2, 3];
        let sum = checksum(&frame[1..], 0x5A);
        frame.extend_from_slice(&sum.to_le_bytes());
        frame
    };
    wire.receive(start(), FIRST, &unknown(VEHICLE.0, 1));
    assert_eq!(sent(&mut wire, LISTENER), unknown(VEHICLE.0, 1));
    wire.receive(start(), LISTENER, &unknown(255, 190));
    assert!(sent(&mut wire, FIRST).is_empty());
    wire.receive(start(), COMMANDER, &unknown(254, 190));
    assert_eq!(sent(&mut wire, FIRST), unknown(254, 190));
}

#[test]
fn a_commander_commands_but_sets_no_key_and_a_camera_does_not_fly() {
    let (mut wire, _, mut camera, _, mut commander) = acquainted();
    let frame = commander.says(&arm());
    wire.receive(start(), COMMANDER, &frame);
    assert_eq!(sent(&mut wire, FIRST), frame);
    let new_key = SETUP_SIGNING_DATA { target_system: VEHICLE.0, target_component: 1, ..SETUP_SIGNING_DATA::default() };
    wire.receive(start(), COMMANDER, &commander.says(&MavMessage::SETUP_SIGNING(new_key)));
    wire.receive(start(), CAMERA, &camera.says(&arm()));
    assert!(sent(&mut wire, FIRST).is_empty());
    let request = command(MavCmd::MAV_CMD_REQUEST_MESSAGE, VEHICLE.0, 1);
    wire.receive(start(), CAMERA, &camera.says(&request));
    assert!(!sent(&mut wire, FIRST).is_empty());
}

#[test]
fn a_frame_that_comes_around_or_in_the_vehicles_name_is_dropped() {
    let (mut wire, mut autopilot, _, mut listener, mut commander) = acquainted();
    let attitude = autopilot.says(&MavMessage::ATTITUDE(ATTITUDE_DATA::default()));
    wire.receive(start(), FIRST, &attitude);
    all_sent(&mut wire);
    wire.receive(start(), COMMANDER, &attitude);
    wire.receive(start(), COMMANDER, &Voice::autopilot().says(&arm()));
    wire.receive(start(), COMMANDER, &Voice::new(VEHICLE.0, 191).says(&arm()));
    assert!(all_sent(&mut wire).iter().all(Vec::is_empty));
    assert_eq!(wire.counts(COMMANDER).1.looped, 3);
    // Two ground links that meet behind our back: the second copy goes nowhere.
    let from_far = commander.says(&beat());
    wire.receive(start(), COMMANDER, &from_far);
    assert_eq!(sent(&mut wire, LISTENER), from_far);
    wire.receive(start(), LISTENER, &from_far);
    wire.receive(start(), LISTENER, &listener.says(&beat()));
    assert_eq!(wire.counts(LISTENER).1.looped, 1);
}

#[test]
fn the_link_is_changed_when_it_falls_silent_and_back_when_the_better_one_is_steady() {
    let mut wire = wire();
    let (mut first, mut second) = (Voice::autopilot(), Voice::autopilot());
    let mut used = Vec::new();
    for second_passed in 0..40 {
        let now = start() + Duration::from_secs(second_passed);
        if !(10..15).contains(&second_passed) {
            wire.receive(now, FIRST, &first.says(&beat()));
        }
        wire.receive(now, SECOND, &second.says(&beat()));
        let mut local = Vec::new();
        wire.take_local(&mut local);
        wire.send(now, &Voice::new(VEHICLE.0, 191).says(&arm()));
        let to = [FIRST, SECOND].map(|link| !sent(&mut wire, link).is_empty());
        used.push(to);
        assert!(decoded(&local).len() <= 1, "only one link speaks for the autopilot");
    }
    let (by_first, by_second) = ([true, false], [false, true]);
    // Heard last at 9 s; more than three seconds later it counts as silent.
    assert_eq!(used[..13], [by_first; 13]);
    assert_eq!(used[13..25], [by_second; 12]);
    assert_eq!(used[25..], [by_first; 15]);
    assert!(SILENCE == Duration::from_secs(3) && STEADY == Duration::from_secs(10));
    let words: Vec<_> = wire.take_remarks().into_iter().collect();
    assert!(matches!(&words[0], Remark::Log(text) if text.contains("reached by first")), "{words:?}");
    assert!(
        matches!(&words[1], Remark::Operator(text) if text.contains("second now: first was silent for 4.0 s")),
        "{words:?}"
    );
    assert!(matches!(&words[2], Remark::Operator(text) if text.contains("first again")), "{words:?}");
    assert_eq!(words.len(), 3);
}

#[test]
fn our_heartbeat_goes_over_every_link_of_the_autopilot_and_the_rest_over_the_one_in_use() {
    let (mut wire, ..) = acquainted();
    let mut ours = Voice::new(VEHICLE.0, 191);
    wire.send(start(), &ours.says(&beat()));
    assert!(!sent(&mut wire, SECOND).is_empty() && !sent(&mut wire, FIRST).is_empty());
    wire.send(start(), &ours.says(&MavMessage::SYSTEM_TIME(SYSTEM_TIME_DATA::default())));
    assert!(sent(&mut wire, SECOND).is_empty() && !sent(&mut wire, FIRST).is_empty());
}

#[test]
fn what_waits_for_a_link_is_bounded_and_in_portions_that_fit_a_datagram() {
    let (mut wire, mut autopilot, ..) = acquainted();
    let text = STATUSTEXT_DATA { text: CharArray::new([b'x'; 50]), ..STATUSTEXT_DATA::default() };
    for _ in 0..3_000 {
        wire.receive(start(), FIRST, &autopilot.says(&MavMessage::STATUSTEXT(text.clone())));
    }
    let portions: Vec<_> = std::iter::from_fn(|| wire.next_portion(LISTENER)).collect();
    let total: usize = portions.iter().map(Vec::len).sum();
    assert!(portions.iter().all(|portion| portion.len() <= PORTION_MAX));
    assert!((WAITING_MAX..WAITING_MAX + 300).contains(&total), "{total}");
    assert!(wire.counts(LISTENER).1.unsent > 1_000);
    assert!(portions.iter().all(|portion| !decoded(portion).is_empty()), "portions are whole frames");
}

#[test]
fn a_flood_of_senders_neither_grows_without_bound_nor_drives_out_those_who_speak() {
    let (mut wire, mut autopilot, _, mut listener, _) = acquainted();
    for number in 0..(8 * ROUTES_MAX as u32) {
        let mut stranger = Voice::new(10 + (number / 250) as u8, (number % 250) as u8);
        wire.receive(start(), COMMANDER, &stranger.says(&beat()));
    }
    all_sent(&mut wire);
    wire.receive(start(), LISTENER, &listener.says(&beat()));
    let ack = COMMAND_ACK_DATA { target_system: 255, target_component: 190, ..COMMAND_ACK_DATA::default() };
    wire.receive(start(), FIRST, &autopilot.says(&MavMessage::COMMAND_ACK(ack)));
    assert!(!sent(&mut wire, LISTENER).is_empty());
}

#[test]
fn a_thin_link_gets_a_summary_instead_of_the_stream() {
    let setups = vec![setup("autopilot", Role::Autopilot, false), setup("satellite", ground(false, true), false)];
    let mut wire = Wire::new(VEHICLE, setups, None, start());
    let mut autopilot = Voice::autopilot();
    wire.receive(
        start(),
        0,
        &autopilot.says(&MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: 4,
            autopilot: MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
            base_mode: MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED,
            ..HEARTBEAT_DATA::default()
        })),
    );
    let position = GLOBAL_POSITION_INT_DATA {
        lat: 543_800_000,
        lon: 101_500_000,
        alt: 52_000,
        relative_alt: 40_000,
        vx: 300,
        vy: 400,
        vz: -100,
        ..GLOBAL_POSITION_INT_DATA::default()
    };
    wire.receive(start(), 0, &autopilot.says(&MavMessage::GLOBAL_POSITION_INT(position.clone())));
    wire.receive(
        start(),
        0,
        &autopilot.says(&MavMessage::ATTITUDE(ATTITUDE_DATA { yaw: -1.0, ..ATTITUDE_DATA::default() })),
    );
    wire.receive(
        start(),
        0,
        &autopilot
            .says(&MavMessage::SYS_STATUS(SYS_STATUS_DATA { battery_remaining: 63, ..SYS_STATUS_DATA::default() })),
    );
    assert!(sent(&mut wire, 1).is_empty());
    let due = wire.next_deadline();
    assert_eq!(due.since(start()), Duration::from_secs(5));
    wire.advance(due);
    let frames = decoded(&sent(&mut wire, 1));
    let [Frame { component: MavComponentId(1), message: MavMessage::HIGH_LATENCY2(summary), .. }] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!(
        (summary.latitude, summary.altitude, summary.groundspeed, summary.climb_rate),
        (543_800_000, 52, 25, 10)
    );
    assert_eq!((summary.battery, summary.custom_mode, summary.heading), (63, 4, 151));
    // And back: who is behind such a link reads the same.
    let known = Known { home_altitude_m: 12.0, armed: false };
    let messages = expanded(summary, known);
    let read = messages.iter().find_map(|message| match message {
        MavMessage::GLOBAL_POSITION_INT(position) => Some(position),
        _ => None,
    });
    let read = read.unwrap();
    assert_eq!(
        (read.lat, read.lon, read.alt, read.relative_alt, read.vz),
        (position.lat, position.lon, 52_000, 40_000, -100)
    );
    let armed = messages.iter().any(|message| {
        matches!(message, MavMessage::HEARTBEAT(beat)
        if beat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED) && beat.custom_mode == 4)
    });
    assert!(armed);
}

#[test]
fn a_mode_of_px4_survives_a_summary_which_does_not_say_whether_the_motors_are_armed() {
    let setups = vec![setup("autopilot", Role::Autopilot, false), setup("satellite", ground(false, true), false)];
    let mut wire = Wire::new(VEHICLE, setups, None, start());
    let mission = 4 << 16 | 4 << 24;
    let heartbeat = HEARTBEAT_DATA {
        custom_mode: mission,
        autopilot: MavAutopilot::MAV_AUTOPILOT_PX4,
        ..HEARTBEAT_DATA::default()
    };
    wire.receive(start(), 0, &Voice::autopilot().says(&MavMessage::HEARTBEAT(heartbeat)));
    let due = wire.next_deadline();
    wire.advance(due);
    let frames = decoded(&sent(&mut wire, 1));
    let [Frame { message: MavMessage::HIGH_LATENCY2(summary), .. }] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(summary.custom_mode, 0x0404, "main mode and sub mode");
    // PX4 itself has nothing to say in the place where ArduPilot says it.
    let of_px4 = HIGH_LATENCY2_DATA { custom0: i8::MIN, ..summary.clone() };
    for armed in [false, true] {
        let messages = expanded(&of_px4, Known { home_altitude_m: 0.0, armed });
        let read = messages.iter().find_map(|message| match message {
            MavMessage::HEARTBEAT(beat) => {
                Some((beat.custom_mode, beat.base_mode.contains(MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED)))
            }
            _ => None,
        });
        assert_eq!(read, Some((mission, armed)), "as it was before");
    }
}

fn signed(signer: &mut Signer, now: Timestamp, link: u8, frame: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(signer.sign(now, link, &RawFrame::whole(frame).unwrap(), &mut out));
    out
}

fn partner() -> Signer {
    Signer::new(key(), SigningClock::default())
}

#[test]
fn a_signed_frame_is_believed_once_and_a_changed_unsigned_or_foreign_one_never() {
    let (mut theirs, mut ours) = (partner(), partner());
    let frame = Voice::new(255, 190).says(&beat());
    let good = signed(&mut theirs, start(), 3, &frame);
    assert_eq!(good.len(), frame.len() + 13);
    let raw = RawFrame::whole(&good).unwrap();
    assert!(raw.checked && raw.signed(), "the checksum is right as well");
    assert_eq!(ours.check(start(), &raw), Ok(()));
    assert_eq!(ours.check(start(), &raw), Err(Distrust::Replayed));
    assert_eq!(ours.check(start(), &RawFrame::whole(&frame).unwrap()), Err(Distrust::Unsigned));
    let foreign = signed(&mut Signer::new(Key::new([8; 32]), SigningClock::default()), start(), 3, &frame);
    assert_eq!(ours.check(start(), &RawFrame::whole(&foreign).unwrap()), Err(Distrust::WrongKey));
    let mut relinked = signed(&mut theirs, start(), 3, &frame);
    let link_at = relinked.len() - 13;
    relinked[link_at] = 4;
    assert_eq!(ours.check(start(), &RawFrame::whole(&relinked).unwrap()), Err(Distrust::WrongKey));
}

#[test]
fn a_frame_stamped_ten_minutes_ahead_moves_the_clock_and_who_is_behind_is_told_by_how_much() {
    let (mut ahead, mut behind, mut ours) = (partner(), partner(), partner());
    let frame = |system| Voice::new(system, 190).says(&beat());
    let ten_minutes = Duration::from_secs(600);
    let early = signed(&mut ahead, start() + ten_minutes, 0, &frame(255));
    assert_eq!(ours.check(start(), &RawFrame::whole(&early).unwrap()), Ok(()));
    let late = signed(&mut behind, start(), 0, &frame(254));
    assert_eq!(ours.check(start(), &RawFrame::whole(&late).unwrap()), Err(Distrust::Behind(600)));
    // What we sign now is later than the partner's stamp, although our wall clock is not.
    let answer = signed(&mut ours, start(), 0, &frame(7));
    assert_eq!(ahead.check(start(), &RawFrame::whole(&answer).unwrap()), Ok(()));
    // And after a restart as well.
    let mut restarted = Signer::new(key(), SigningClock::restored(ours.clock().stamp()));
    let answer = signed(&mut restarted, start(), 0, &frame(7));
    assert_eq!(ahead.check(start(), &RawFrame::whole(&answer).unwrap()), Ok(()));
}

#[test]
fn a_signed_ground_link_drops_what_is_not_signed_says_so_once_and_signs_what_it_sends() {
    let setups = vec![setup("autopilot", Role::Autopilot, false), setup("ground", ground(true, false), true)];
    let mut wire = Wire::new(VEHICLE, setups, Some((key(), SigningClock::default())), start());
    let (mut autopilot, mut station, mut theirs) = (Voice::autopilot(), Voice::new(255, 190), partner());
    let unsigned_beat = autopilot.says(&beat());
    wire.receive(start(), 0, &unsigned_beat);
    let down = sent(&mut wire, 1);
    assert_eq!(theirs.check(start(), &RawFrame::whole(&down).unwrap()), Ok(()));
    for _ in 0..3 {
        wire.receive(start(), 1, &station.says(&arm()));
    }
    assert!(sent(&mut wire, 0).is_empty());
    assert_eq!(wire.counts(1).1.distrusted, 3);
    let remarks = wire.take_remarks();
    let told = remarks.iter().filter(|remark| matches!(remark, Remark::Operator(words) if words.contains("ground: a frame of system 255, component 190 is dropped") && words.contains("not signed")));
    assert_eq!(told.count(), 1, "{remarks:?}");
    let plain = station.says(&arm());
    wire.receive(start(), 1, &signed(&mut theirs, start(), 0, &plain));
    assert_eq!(sent(&mut wire, 0), plain, "the autopilot, without a key, gets it without the signature");
    // MAVLink 1 cannot be signed: it does not go out here.
    let mut v1 = MAVLinkV1MessageRaw::new();
    v1.serialize_message(mavlink::MavHeader { system_id: 7, component_id: 1, sequence: 9 }, &beat());
    wire.receive(start(), 0, v1.raw_bytes());
    assert!(sent(&mut wire, 1).is_empty());
    assert_eq!(wire.counts(1).1.unsent, 1);
}

#[test]
fn an_autopilot_that_signs_while_we_do_not_is_told_to_the_operator() {
    let (mut wire, mut autopilot, ..) = acquainted();
    for _ in 0..3 {
        let frame = signed(&mut partner(), start(), 0, &autopilot.says(&beat()));
        wire.receive(start(), FIRST, &frame);
    }
    let remarks = wire.take_remarks();
    assert!(
        matches!(&remarks[..], [Remark::Operator(words)] if words.contains("first: the autopilot signs")),
        "{remarks:?}"
    );
}

#[test]
fn the_flight_record_has_every_frame_that_passed_with_its_time() {
    let (mut wire, mut autopilot, ..) = acquainted();
    wire.take_record();
    let frame = autopilot.says(&beat());
    wire.receive(start(), FIRST, &frame);
    let ours = Voice::new(VEHICLE.0, 191).says(&arm());
    wire.send(start() + Duration::from_micros(1_500), &ours);
    let record = wire.take_record();
    let micros = (start().unix_nanos() / 1_000) as u64;
    let expected = [&micros.to_be_bytes()[..], &frame, &(micros + 1_500).to_be_bytes(), &ours].concat();
    assert_eq!(record, expected);
}

proptest! {
    #[test]
    fn no_bytes_on_any_link_make_the_wire_panic_or_send_back(
        portions in proptest::collection::vec((0_usize..5, proptest::collection::vec(any::<u8>(), 0..80)), 0..40)
    ) {
        let (mut wire, mut autopilot, ..) = acquainted();
        for (link, noise) in portions {
            wire.receive(start(), link, &[&noise[..], &autopilot.says(&beat()), &noise].concat());
            let all = all_sent(&mut wire);
            let mut splitter = Splitter::new();
            splitter.push_datagram(&all[link]);
            while let Some(frame) = splitter.next_raw() {
                prop_assert!(frame.sender() != (VEHICLE, MavComponentId(1)) || link != FIRST);
            }
        }
    }

    #[test]
    fn signing_and_taking_the_signature_off_gives_the_frame_back(
        payload in proptest::collection::vec(any::<u8>(), 1..255), extra: u8, sequence: u8
    ) {
        let mut frame = vec![0xFD, payload.len() as u8, 0, 0, sequence, 9, 9, 0x40, 0xEB, 0x00];
        frame.extend_from_slice(&payload);
        let sum = checksum(&frame[1..], extra);
        frame.extend_from_slice(&sum.to_le_bytes());
        let mut splitter = Splitter::new();
        splitter.push_datagram(&frame);
        let raw = splitter.next_raw().unwrap();
        let mut with = Vec::new();
        partner().sign(start(), 1, &raw, &mut with);
        let end = with.len() - 15;
        let sum = checksum(&with[1..end], extra).to_le_bytes();
        prop_assert_eq!(&with[end..end + 2], &sum[..], "the checksum is that of a signed frame");
        let mut splitter = Splitter::new();
        splitter.push_datagram(&with);
        let mut without = Vec::new();
        onboard::link::signing::append_unsigned(&splitter.next_raw().unwrap(), &mut without);
        prop_assert_eq!(without, frame);
    }
}
