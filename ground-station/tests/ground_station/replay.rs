//! What was recorded of a night, run again, gives the same night.

use std::io::Cursor;

use crate::night::{HARBOUR, Night, at, opened, station_file};
use ground_station::recording::{SETUP, Setup, SetupError, Tap, input_of};
use ground_station::station::{Numbers, Restored, Station};
use proptest::prelude::*;
use telemetry::messages::{AckStage, Action, CueState, Message};
use telemetry::recording::Recording;
use telemetry::{SiteId, Timestamp, wire};

fn setup(restored: Restored) -> Setup {
    Setup { started_at: at(0.25), sources: opened(&station_file()).sources, restored }
}

/// What must come out the same: the tracks, alerts and cues, as bytes.
fn raised(message: &Message) -> Option<Vec<u8>> {
    matches!(message, Message::Track(_) | Message::Alert(_) | Message::Cue(_)).then(|| message.encode())
}

/// A night with an intruder, an approval and a decline, recorded the way a shell does it.
fn recorded() -> Vec<u8> {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    let proposed = |night: &Night| night.cues().into_iter().rfind(|cue| cue.state == CueState::Proposed).unwrap().id;
    night.act(Action::Acknowledge(night.alerts()[0].id.clone()));
    night.act(Action::Approve(proposed(&night)));
    night.answer(&AckStage::Accepted);
    night.watch(20, &[HARBOUR]);
    night.act(Action::Decline(proposed(&night)));
    night.watch(40, &[]);

    let mut tap =
        Tap::new(Cursor::new(Vec::new()), &SiteId::new("kiel-holtenau").unwrap(), &setup(Restored::default())).unwrap();
    let mut station = Station::new(opened(&station_file()).config, Restored::default(), at(0.25));
    let out = |station: &mut Station, tap: &mut Tap<_>, now| {
        while let Some(output) = station.next_output() {
            tap.output(now, &output).unwrap();
        }
    };
    for (now, input) in night.inputs {
        // Off the wire, as a shell gets it.
        let input = match input {
            ground_station::Input::Message(message) => {
                ground_station::Input::Message(Message::decode(&message.topic(), &message.encode()).unwrap())
            }
            other => other,
        };
        tap.input(now, &input).unwrap();
        station.handle(now, input);
        out(&mut station, &mut tap, now);
    }
    station.advance(at(90.0));
    out(&mut station, &mut tap, at(90.0));
    tap.finish().unwrap().into_inner()
}

#[test]
fn a_recording_run_again_raises_the_same_tracks_alerts_and_cues() {
    let mut recording = Recording::read(Cursor::new(recorded())).unwrap();
    let attachment = recording.attachments().unwrap().remove(SETUP).unwrap();
    let mut station = Setup::from_json(&attachment).unwrap().station().unwrap();
    let (mut was, mut is) = (Vec::new(), Vec::new());
    let mut take = |station: &mut Station| {
        while let Some(output) = station.next_output() {
            if let ground_station::Output::Publish(message) = output {
                is.extend(raised(&message));
            }
        }
    };
    let mut end = Timestamp::EPOCH;
    for message in recording.messages() {
        let (now, message) = message.unwrap();
        end = now;
        was.extend(raised(&message));
        if let Some(input) = input_of(message) {
            station.handle(now, input);
            take(&mut station);
        }
    }
    station.advance(end);
    take(&mut station);
    assert!(was.len() > 50, "{} tracks, alerts and cues", was.len());
    assert_eq!(was, is);
}

#[test]
fn a_setup_survives_its_attachment() {
    let restored = Restored {
        inbox: [((crate::night::vehicle_id("falke-2"), u64::MAX), 7)].into(),
        dispatched: [(telemetry::CommandId::new("c").unwrap(), AckStage::Refused("no".to_owned()))].into(),
        numbers: Numbers { alert: 1, cue: 2, command: 3, track: u64::MAX, neighbours_track: 1 << 48, planning: 4 },
        ..Restored::default()
    };
    let setup = setup(restored);
    assert_eq!(Setup::from_json(&setup.to_json()).unwrap(), setup);
}

#[test]
fn an_attachment_of_a_newer_program_is_told_as_such() {
    let text = String::from_utf8(setup(Restored::default()).to_json()).unwrap();
    let newer = text.replacen("\"format\":1", "\"format\":2", 1);
    assert!(matches!(Setup::from_json(newer.as_bytes()), Err(SetupError::TooNew(2))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_attachment_is_safe(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Setup::from_json(&bytes);
    }

    #[test]
    fn numbers_of_alerts_come_back_exactly(lat in -1.5..1.5_f64, lon in -3.0..3.0_f64, height in -100.0..9000.0_f64) {
        let mut alert = night_alert();
        alert.position = telemetry::Geodetic::from_radians(lat, lon, telemetry::AltitudeHae::new(height)).ok();
        let setup = setup(Restored { alerts: vec![alert.clone()], ..Restored::default() });
        let back = Setup::from_json(&setup.to_json()).unwrap().restored.alerts.remove(0);
        prop_assert_eq!(wire::encode(&back), wire::encode(&alert));
    }
}

fn night_alert() -> telemetry::messages::Alert {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    night.alerts().remove(0)
}
