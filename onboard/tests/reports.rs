//! What the vehicle says of its own accord: scans of its camera, its journal, and what an odd clock does to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::time::Duration;

use flight::{Flight, at, config};
use onboard::agent::{Input, Output};
use telemetry::messages::{
    Coverage, JournalBody, JournalEntry, Measurement, SensorDescription, SensorKind, SensorPerformance, SensorScan,
    VehicleKind,
};
use telemetry::{AltitudeAmsl, AltitudeHae, Elevation, Message, SensorId};

fn with_camera() -> Flight {
    let mut config = config(VehicleKind::Multirotor);
    config.camera = Some(SensorDescription {
        id: SensorId::new("heron-1-camera").unwrap(),
        kind: SensorKind::Camera,
        position: at(0.0, 0.0).at_height(AltitudeHae::new(0.0)),
        altitude: AltitudeAmsl::new(0.0),
        period_s: 0.5,
        coverage: Coverage {
            range_m: [0.0, 2000.0],
            sector: None,
            elevation: [Elevation::from_degrees(-90.0), Elevation::from_degrees(30.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan: 0.1,
        performance: SensorPerformance::default(),
    });
    Flight::with(config, 1)
}

fn see(flight: &mut Flight, scan: u64) {
    let t = flight.now.unix_seconds();
    let line =
        format!(r#"{{"sensor":"heron-1-camera","scan":{scan},"t":{t},"dets":[{{"det":{scan},"az":90.0,"el":-5.0}}]}}"#);
    flight.agent.handle(flight.now, Input::CameraPlots(format!("{line}\n").as_bytes()));
    flight.drain();
}

fn scan(entry: &JournalEntry) -> &SensorScan {
    match &entry.body {
        JournalBody::Scan(scan) => scan,
        other => panic!("expected a scan, got {other:?}"),
    }
}

#[test]
fn a_scan_counts_from_where_the_vehicle_is_and_is_stored_before_it_is_sent() {
    let mut flight = with_camera();
    flight.run_s(8.0);
    flight.peer.at.east_m = 120.0;
    flight.run_s(1.0);
    see(&mut flight, 1);
    flight.run_s(1.0);
    let scan = scan(&flight.taken[0]);
    let here = flight.peer.frame.enu(scan.origin);
    assert!((here.east_m - 120.0).abs() < 0.1, "{here:?}");
    let seconds_ago = flight.now.seconds_since(scan.measured_at);
    assert!((0.9..1.1).contains(&seconds_ago), "{seconds_ago}");
    assert!(matches!(scan.detections[0].measurement, Measurement::AzEl { .. }));
    assert_eq!((flight.agent.status().unacknowledged, flight.stored.len()), (0, 0));
}

#[test]
fn a_scan_from_nowhere_and_a_line_that_is_none_are_dropped_and_counted() {
    let mut flight = with_camera();
    see(&mut flight, 1);
    flight.run_s(8.0);
    flight.agent.handle(flight.now, Input::CameraPlots(b"{}\n\xff\xfe\n\n"));
    flight.peer.alive = false;
    flight.run_s(3.0);
    see(&mut flight, 2);
    flight.run_s(1.0);
    assert_eq!((flight.taken.len(), flight.agent.status().plots_dropped), (0, 4));
}

#[test]
fn what_was_seen_while_the_room_was_away_comes_in_order_when_it_is_back() {
    let mut flight = with_camera();
    flight.run_s(8.0);
    flight.station_alive = false;
    flight.run_s(6.0);
    for number in 1..=200 {
        see(&mut flight, number);
        flight.run_s(0.1);
    }
    let sent = |flight: &Flight| {
        flight.outputs.iter().filter(|output| matches!(output, Output::Publish(Message::JournalEntry(_)))).count()
    };
    assert_eq!((sent(&flight), flight.agent.status().unacknowledged), (0, 200), "nothing is sent into a dead link");
    flight.station_alive = true;
    flight.run_s(2.0);
    let scans: Vec<u64> = flight.taken.iter().map(|entry| scan(entry).scan).collect();
    assert_eq!(scans, (1..=200).collect::<Vec<_>>());
    assert_eq!(flight.agent.status().unacknowledged, 0);
}

#[test]
fn a_clock_that_jumps_a_year_stalls_nothing_and_one_that_goes_back_stands_still() {
    let mut flight = Flight::of(VehicleKind::Multirotor, 1);
    flight.run_s(3.0);
    let states = flight.states.len();
    let (past, future) = (flight.now - Duration::from_secs(3600), flight.now + Duration::from_secs(366 * 86_400));
    flight.agent.advance(past);
    flight.drain();
    assert_eq!(flight.states.len(), states);
    flight.agent.advance(future);
    flight.drain();
    assert!(flight.states.len() <= states + 3, "not a year of states");
    assert!(flight.agent.next_deadline() > future);
}
