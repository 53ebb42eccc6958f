//! The doctor and autopilots in every state: what it says, and that it changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use mavlink::dialects::ardupilotmega::{
    AUTOPILOT_VERSION_DATA, GPS_RAW_INT_DATA, GpsFixType, HEARTBEAT_DATA, MavAutopilot, MavCmd, MavMessage,
    MavModeFlag, MavParamType, MavSeverity, MavState, MavSysStatusSensor, MavType, PARAM_VALUE_DATA, STATUSTEXT_DATA,
    SYS_STATUS_DATA,
};
use mavlink::types::CharArray;
use onboard::doctor::examination::{Examination, SILENCE_MAX, TIME_MAX};
use onboard::doctor::{Diagnosis, Verdict};
use onboard::link::frames::{Encoder, Frame};
use onboard::link::signing::{Key, Signer, SigningClock};
use onboard::link::splitter::{RawFrame, Splitter};
use proptest::prelude::*;
use telemetry::messages::{LostLink, LostLinkAction, VehicleKind};
use telemetry::{MavComponentId, MavSystemId, Timestamp};

fn start() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// An autopilot that answers what it is asked.
#[derive(Debug, Clone)]
struct Patient {
    system: u8,
    make: MavAutopilot,
    kind: MavType,
    armed: bool,
    answers: bool,
    says: Vec<(u8, MavMessage)>,
    /// With what it signs, and what it believes is signed with; and what the doctor has.
    keys: [Option<Key>; 2],
    /// The rule of the plan on board.
    rule: Option<LostLink>,
}

impl Patient {
    fn sound() -> Self {
        Self {
            system: 7,
            make: MavAutopilot::MAV_AUTOPILOT_ARDUPILOTMEGA,
            kind: MavType::MAV_TYPE_QUADROTOR,
            armed: false,
            answers: true,
            says: Vec::new(),
            keys: [None, None],
            rule: None,
        }
    }

    fn heartbeat(&self) -> MavMessage {
        let armed = if self.armed { MavModeFlag::MAV_MODE_FLAG_SAFETY_ARMED } else { MavModeFlag::empty() };
        MavMessage::HEARTBEAT(HEARTBEAT_DATA {
            custom_mode: 0,
            mavtype: self.kind,
            autopilot: self.make,
            base_mode: armed,
            system_status: MavState::MAV_STATE_STANDBY,
            mavlink_version: 3,
        })
    }

    fn answer(&self, question: &MavMessage) -> Option<MavMessage> {
        let all = MavSysStatusSensor::MAV_SYS_STATUS_PREARM_CHECK;
        match question {
            MavMessage::COMMAND_LONG(long) if long.command == MavCmd::MAV_CMD_REQUEST_MESSAGE => {
                match long.param1 as u32 {
                    148 => Some(MavMessage::AUTOPILOT_VERSION(AUTOPILOT_VERSION_DATA {
                        flight_sw_version: 0x0405_07FF,
                        ..AUTOPILOT_VERSION_DATA::default()
                    })),
                    1 => Some(MavMessage::SYS_STATUS(SYS_STATUS_DATA {
                        onboard_control_sensors_present: all,
                        onboard_control_sensors_enabled: all,
                        onboard_control_sensors_health: all,
                        voltage_battery: 22_200,
                        battery_remaining: 96,
                        ..SYS_STATUS_DATA::default()
                    })),
                    24 => Some(MavMessage::GPS_RAW_INT(GPS_RAW_INT_DATA {
                        fix_type: GpsFixType::GPS_FIX_TYPE_3D_FIX,
                        satellites_visible: 14,
                        ..GPS_RAW_INT_DATA::default()
                    })),
                    _ => None,
                }
            }
            MavMessage::PARAM_REQUEST_READ(read) => Some(MavMessage::PARAM_VALUE(PARAM_VALUE_DATA {
                param_id: read.param_id,
                param_value: match self.make {
                    MavAutopilot::MAV_AUTOPILOT_PX4 => f32::from_bits(2),
                    _ => 1.0,
                },
                param_type: MavParamType::MAV_PARAM_TYPE_INT32,
                ..PARAM_VALUE_DATA::default()
            })),
            _ => None,
        }
    }

    /// Examines it to the end. Gives back what was found and all it was asked.
    fn examined(&self) -> (Diagnosis, Vec<MavMessage>) {
        let examination = Examination::new(VehicleKind::Multirotor, MavSystemId(7), start());
        let [theirs, ours] = self.keys.clone().map(|key| key.map(|key| (key, SigningClock::default())));
        let mut signer = theirs.map(|(key, clock)| Signer::new(key, clock));
        let (mut examination, mut now) = (examination.against(self.rule).signed(ours), start());
        let mut encoder = Encoder::new(MavSystemId(self.system), MavComponentId(1));
        let mut payload = Encoder::new(MavSystemId(self.system), MavComponentId(100));
        let mut asked = Vec::new();
        let mut splitter = Splitter::new();
        while !examination.over(now) {
            assert!(now <= start() + TIME_MAX, "it goes on for ever");
            let mut said = vec![encoder.encode(&self.heartbeat())];
            for (component, message) in &self.says {
                said.push(if *component == 1 { encoder.encode(message) } else { payload.encode(message) });
            }
            examination.advance(now).iter().for_each(|frame| splitter.push(frame));
            while let Some(raw) = splitter.next_raw() {
                if signer.as_mut().is_some_and(|signer| signer.check(now, &raw).is_err()) {
                    continue;
                }
                let frame = Frame::of(&raw).unwrap();
                assert_eq!((frame.system.0, frame.component.0), (7, 191), "it speaks as the companion");
                said.extend(self.answer(&frame.message).filter(|_| self.answers).map(|answer| encoder.encode(&answer)));
                asked.push(frame.message);
            }
            for frame in said {
                let mut portion = Vec::new();
                match &mut signer {
                    Some(signer) => assert!(signer.sign(now, 0, &RawFrame::whole(&frame).unwrap(), &mut portion)),
                    None => portion = frame,
                }
                examination.hear(now, &portion);
            }
            now = now + Duration::from_millis(500);
        }
        (Diagnosis { findings: examination.findings("udpin:127.0.0.1:14550", now) }, asked)
    }
}

#[track_caller]
fn check(patient: &Patient, about: &str, verdict: Verdict, words: &str) {
    let (diagnosis, _) = patient.examined();
    let found = diagnosis.findings.iter().filter(|finding| finding.about == about).max_by_key(|it| it.verdict);
    let found = found.unwrap_or_else(|| panic!("nothing about {about}: {diagnosis}"));
    assert!(found.verdict == verdict && found.found.contains(words), "{words:?} of {diagnosis}");
}

fn text(words: &str) -> MavMessage {
    MavMessage::STATUSTEXT(STATUSTEXT_DATA {
        severity: MavSeverity::MAV_SEVERITY_CRITICAL,
        text: CharArray::from(words),
        id: 0,
        chunk_seq: 0,
    })
}

#[test]
fn of_a_sound_autopilot_it_says_who_it_is_and_that_nothing_is_missing() {
    let sound = Patient::sound();
    check(&sound, "autopilot", Verdict::Good, "ArduPilot 4.5.7, quadrotor, system 7");
    check(&sound, "arming", Verdict::Good, "checks before arming pass");
    check(&sound, "battery", Verdict::Good, "96 %, 22.2 V");
    check(&sound, "satellites", Verdict::Good, "14 satellites");
    check(&sound, "failsafes", Verdict::Good, "FS_GCS_ENABLE = 1");
    assert!(sound.examined().0.fit());
}

#[test]
fn what_is_wrong_with_an_autopilot_is_told_in_words() {
    let says = |message: MavMessage| Patient { says: vec![(1, message)], ..Patient::sound() };
    check(
        &says(text("PreArm: Compass not calibrated")),
        "arming",
        Verdict::Missing,
        "would not arm: Compass not calibrated",
    );
    check(
        &Patient { system: 3, ..Patient::sound() },
        "autopilot",
        Verdict::Missing,
        "beats; these systems (components) do: 3 (1)",
    );
    check(
        &Patient { kind: MavType::MAV_TYPE_SURFACE_BOAT, ..Patient::sound() },
        "autopilot",
        Verdict::Missing,
        "surface boat, system 7: the configuration says Multirotor",
    );
    check(
        &Patient { make: MavAutopilot::MAV_AUTOPILOT_GENERIC, ..Patient::sound() },
        "autopilot",
        Verdict::Missing,
        "this version flies ArduPilot and PX4",
    );
    let deaf = Patient { answers: false, ..Patient::sound() };
    check(&deaf, "satellites", Verdict::Missing, "says nothing of a satellite receiver");
    check(&deaf, "battery", Verdict::Missing, "does not say what it holds");
    check(&deaf, "failsafes", Verdict::Warning, "did not give its settings");
}

#[test]
fn a_whole_number_of_px4_travels_bit_by_bit_in_the_place_of_the_float() {
    let px4 = Patient { make: MavAutopilot::MAV_AUTOPILOT_PX4, ..Patient::sound() };
    check(&px4, "failsafes", Verdict::Good, "the autopilot returns (NAV_DLL_ACT = 2)");
}

#[test]
fn settings_that_contradict_the_plan_on_board_are_missing_for_flight_and_it_is_said_what_to_set() {
    let rule = |action| Some(LostLink { after_s: 20.0, action });
    // It answers 1 to every question: it returns, early, unless FS_OPTIONS says otherwise.
    let home = Patient { rule: rule(LostLinkAction::ReturnHome), ..Patient::sound() };
    check(&home, "failsafes", Verdict::Note, "1 s after it loses its ground station");
    assert!(home.examined().0.fit());
    let goes_on = Patient { rule: rule(LostLinkAction::Continue), ..Patient::sound() };
    check(&goes_on, "failsafes", Verdict::Missing, "FS_GCS_ENABLE is 1, FS_OPTIONS is 1");
    let diagnosis = goes_on.examined().0;
    assert!(!diagnosis.fit() && diagnosis.to_string().contains("→ set FS_OPTIONS to 3"), "{diagnosis}");
}

#[test]
fn an_autopilot_that_signs_is_examined_with_its_key_and_without_it_is_told_what_is_missing() {
    let [right, wrong] = [Key::new([7; 32]), Key::new([8; 32])];
    let with = |theirs: Option<&Key>, ours: Option<&Key>| Patient {
        keys: [theirs.cloned(), ours.cloned()],
        ..Patient::sound()
    };
    let both = with(Some(&right), Some(&right));
    check(&both, "satellites", Verdict::Good, "14 satellites");
    assert!(both.examined().0.fit());
    let without = with(Some(&right), None);
    check(&without, "signatures", Verdict::Missing, "drops in silence what is not signed with its key");
    check(&with(Some(&right), Some(&wrong)), "signatures", Verdict::Missing, "made with another key");
    check(&with(None, Some(&right)), "signatures", Verdict::Missing, "it is not signed");
    let radio = Patient { says: vec![(100, text("RSSI"))], ..both };
    assert!(radio.examined().0.fit(), "another component that signs on the same link is no fault");
}

#[test]
fn a_port_on_which_nothing_or_no_mavlink_comes_is_told_apart() {
    let check = |bytes: &[u8], words: &str| {
        let mut examination = Examination::new(VehicleKind::Boat, MavSystemId(1), start());
        examination.hear(start(), bytes);
        let end = start() + SILENCE_MAX;
        assert!(examination.over(end) && !examination.over(start()));
        let found = &examination.findings("serial:/dev/ttyAMA0:57600", end)[0];
        assert!(found.verdict == Verdict::Missing && found.found.contains(words), "{found:?}");
    };
    check(&[], "nothing came by serial:/dev/ttyAMA0:57600 within 6 s");
    check(&[0x55; 300], "300 bytes came by serial:/dev/ttyAMA0:57600, but 0 messages of MAVLink");
}

#[test]
fn it_asks_and_changes_nothing_and_of_an_armed_vehicle_it_wants_no_checks() {
    for (armed, checks) in [(false, 1), (true, 0)] {
        let (_, asked) = Patient { armed, answers: false, ..Patient::sound() }.examined();
        let of = |command: MavCmd| {
            let is = |it: &&MavMessage| matches!(it, MavMessage::COMMAND_LONG(long) if long.command == command);
            asked.iter().filter(is).count()
        };
        assert_eq!(of(MavCmd::MAV_CMD_RUN_PREARM_CHECKS), checks);
        let harmless = |message: &MavMessage| match message {
            MavMessage::HEARTBEAT(_) | MavMessage::PARAM_REQUEST_READ(_) => true,
            MavMessage::COMMAND_LONG(long) => {
                matches!(long.command, MavCmd::MAV_CMD_REQUEST_MESSAGE | MavCmd::MAV_CMD_RUN_PREARM_CHECKS)
            }
            _ => false,
        };
        assert!(asked.iter().all(harmless) && of(MavCmd::MAV_CMD_REQUEST_MESSAGE) >= 7);
    }
}

proptest! {
    #[test]
    fn whatever_bytes_come_the_examination_ends_and_says_something(
        portions in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20),
    ) {
        let mut examination = Examination::new(VehicleKind::Multirotor, MavSystemId(7), start());
        for (n, portion) in portions.iter().enumerate() {
            let now = start() + Duration::from_millis(300 * n as u64);
            examination.hear(now, portion);
            examination.advance(now);
        }
        let end = start() + TIME_MAX;
        prop_assert!(examination.over(end) && !examination.findings("a port", end).is_empty());
    }
}
