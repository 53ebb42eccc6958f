//! What the vehicle says of its own accord: scans of its camera, its journal, and what an odd clock does to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flight;

use std::time::Duration;

use flight::{Flight, at, config};
use onboard::agent::{AgentConfig, Input, Output};
use onboard::link::mount::AttitudeSigma;
use telemetry::messages::{
    Coverage, Detection, JournalBody, JournalEntry, Measurement, MountPose, SensorDescription, SensorKind,
    SensorPerformance, SensorScan, VehicleKind,
};
use telemetry::{AltitudeAmsl, AltitudeHae, Azimuth, DetectionId, Elevation, Message, SensorId, Timestamp, wire};

fn with_camera() -> Flight {
    Flight::with(with_camera_config(), 1)
}

fn with_camera_config() -> AgentConfig {
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
    config
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

fn own_scan(sensor: &str, measured_at: Timestamp) -> SensorScan {
    let measurement = Measurement::AzEl {
        azimuth: Azimuth::from_degrees(70.0),
        elevation: Elevation::from_degrees(2.0),
        sigma: [0.04, 0.01],
    };
    let detection = Detection { id: DetectionId(4), measured_at, measurement, claim: None, drone_llr: None };
    SensorScan {
        sensor: SensorId::new(sensor).unwrap(),
        scan: 4,
        measured_at,
        origin: at(30.0, 5.0).at_height(AltitudeHae::new(80.0)),
        sector: None,
        detections: vec![detection],
    }
}

#[test]
fn a_scan_that_knows_where_it_looked_from_is_kept_as_it_is_and_another_s_or_one_of_another_time_is_not() {
    let mut flight = with_camera();
    flight.run_s(8.0);
    let good = own_scan("heron-1-camera", flight.now.offset_seconds(-0.3));
    let damaged = &wire::encode(&good)[..20];
    flight.agent.handle(flight.now, Input::CameraScan(damaged));
    for wrong in [
        own_scan("heron-2-camera", flight.now),
        own_scan("heron-1-camera", flight.now.offset_seconds(5.0)),
        own_scan("heron-1-camera", Timestamp::EPOCH),
    ] {
        flight.agent.handle(flight.now, Input::CameraScan(&wire::encode(&wrong)));
    }
    flight.agent.handle(flight.now, Input::CameraScan(&wire::encode(&good)));
    flight.drain();
    flight.run_s(1.0);
    assert_eq!((flight.taken.len(), flight.agent.status().plots_dropped), (1, 4));
    assert_eq!(scan(&flight.taken[0]), &good);
}

fn poses(flight: &Flight) -> Vec<&MountPose> {
    let poses =
        flight.outputs.iter().filter_map(|output| if let Output::Pose(pose) = output { Some(pose) } else { None });
    poses.collect()
}

#[test]
fn a_camera_s_program_is_told_how_it_stands_as_often_as_the_autopilot_is_asked() {
    let mut config = with_camera_config();
    config.pose = Some(AttitudeSigma { heading_rad: 0.04, tilt_rad: 0.01 });
    let mut flight = Flight::with(config, 1);
    flight.run_s(10.0);
    flight.outputs.clear();
    flight.run_s(2.0);
    let told = poses(&flight);
    assert!((40..=51).contains(&told.len()), "{} in two seconds: 25 a second are asked for", told.len());
    let newest = told.last().unwrap();
    assert!(flight.now.seconds_since(newest.measured_at) < 0.2 && (newest.sigma.heading_rad - 0.04).abs() < 1e-12);
    let (_, _, heading) = newest.body.ned_from_body().euler_angles();
    assert!((heading - 1.5).abs() < 1e-6);
}

#[test]
fn a_vehicle_whose_camera_needs_no_pose_asks_for_no_more_than_others() {
    let mut flight = with_camera();
    flight.run_s(10.0);
    assert!(poses(&flight).is_empty());
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
