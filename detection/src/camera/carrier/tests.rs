use nalgebra::{Matrix2, Matrix2x3, Vector2};
use proptest::prelude::*;
use telemetry::messages::Measurement;
use telemetry::{AltitudeAmsl, AltitudeHae, Geodetic, SensorId};
use vision::ego_motion::{Registration, Source};
use vision::geolocation::{Distortion, Lens};
use vision::pipeline::Thing;

use super::super::view::errors_at_rest;
use super::*;

/// The vehicle's clock is ten minutes ahead of the camera's.
const AHEAD_S: f64 = 600.0;
/// It turns so fast, rad/s, and flies north at 20 m/s.
const TURN_RAD_S: f64 = 0.5;

fn carriage(mounted: MountedOn) -> Carriage {
    Carriage {
        vehicle: VehicleId::new("falke-1").unwrap(),
        listen: "127.0.0.1:1".parse().unwrap(),
        onboard: "127.0.0.1:2".parse().unwrap(),
        mounted,
        period_s: 0.2,
        latency_s: 0.03,
        latency_sigma_s: 0.0,
    }
}

fn carrier(mounted: MountedOn) -> Carrier {
    let lens = Lens::new(Vector2::repeat(1000.0), Vector2::new(479.5, 271.5), Distortion::default()).unwrap();
    let errors = Errors { attitude_rad: Vector3::zeros(), pixel: 0.0, ..errors_at_rest(0.0) };
    let camera = Camera { lens, boresight_rad: Vector3::zeros(), errors };
    Carrier::new(&carriage(mounted), Angles::default(), camera)
}

fn home() -> Geodetic {
    Geodetic::from_degrees(54.38, 10.14, AltitudeHae::new(90.0)).unwrap()
}

/// How the vehicle is at a time, seconds by its own clock.
fn pose(seconds: f64) -> MountPose {
    let body = UnitQuaternion::from_euler_angles(0.3, 0.1, TURN_RAD_S * seconds);
    let head = UnitQuaternion::from_euler_angles(0.0, -0.2, 1.0 - TURN_RAD_S * seconds);
    MountPose {
        vehicle: VehicleId::new("falke-1").unwrap(),
        sent_at: at(seconds + 0.05),
        measured_at: at(seconds),
        position: home().displaced(Enu { east_m: 0.0, north_m: 20.0 * seconds, up_m: 0.0 }).unwrap(),
        altitude: AltitudeAmsl::new(50.0),
        body: body.into(),
        head: Some(head.into()),
        sigma: MountSigma { horizontal_m: 1.0, vertical_m: 2.0, heading_rad: 0.02, tilt_rad: 0.01, time_s: 0.01 },
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_unix_seconds(1_000.0).offset_seconds(seconds)
}

/// The same instant by the camera's clock.
fn ours(seconds: f64) -> Timestamp {
    at(seconds - AHEAD_S)
}

/// Sends the pose of a time; it takes 50 ms to be sent and a while to come.
fn tell(carrier: &mut Carrier, seconds: f64, way_s: f64) {
    carrier.take_pose(ours(seconds + 0.05 + way_s), &wire::encode(&pose(seconds)));
}

/// A picture exposed at a time, with a drone in its middle.
fn sight(seconds: f64) -> Sight {
    let registration = Registration {
        current_from_previous: Matrix2x3::identity(),
        shift_covariance: Matrix2::identity(),
        edge_deviation_px: 1.0,
        agreeing: 1.0,
        points: 1,
        source: Source::Nothing,
    };
    let drone = Thing {
        bounds: [475.0, 267.0, 10.0, 10.0],
        class: "drone".to_owned(),
        confidence: 0.9,
        track: Some(1),
        detected: true,
    };
    Sight { frame: 0, captured_at_ns: ours(seconds + 0.03).unix_nanos(), registration, things: vec![drone] }
}

fn scanner() -> Scanner {
    Scanner::new(SensorId::new("falke-1.camera").unwrap())
}

fn azimuth_rad(scan: &SensorScan) -> f64 {
    match scan.detections[0].measurement {
        Measurement::AzEl { azimuth, .. } => azimuth.radians(),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_picture_between_two_poses_looks_as_the_vehicle_did_when_it_was_exposed() {
    for (mounted, turn) in [(MountedOn::Body, TURN_RAD_S), (MountedOn::Gimbal, -TURN_RAD_S)] {
        let (mut carrier, mut scanner) = (carrier(mounted), scanner());
        for step in 0..10 {
            tell(&mut carrier, f64::from(step) * 0.1, 0.001 + 0.01 * f64::from(step % 3));
        }
        carrier.take_sight(&sight(0.55));
        let scan = carrier.next_scan(&mut scanner).unwrap();
        let start = if mounted == MountedOn::Body { 0.0 } else { 1.0 };
        // A millisecond on the way is half a milliradian.
        assert!((azimuth_rad(&scan) - (start + turn * 0.55)).abs() < 1.5e-3, "{mounted:?}: {scan:?}");
        assert!(scan.measured_at.seconds_since(at(0.55)).abs() < 2e-3, "dated by the vehicle's clock");
        let moved = SiteFrame::new(home()).enu(scan.origin);
        assert!((moved.north_m - 11.0).abs() < 0.1 && moved.east_m.abs() < 0.01, "{moved:?}");
        assert_eq!(carrier.next_scan(&mut scanner), None, "told once");
    }
}

#[test]
fn the_stated_error_grows_with_the_turn_and_what_is_known_of_the_time() {
    let mut carrier = carrier(MountedOn::Body);
    for step in 0..10 {
        tell(&mut carrier, f64::from(step) * 0.1, 0.0);
    }
    let view = carrier.view_at(sight(0.5).captured_at_ns).unwrap();
    let ray = view.camera.sight(&view.pose, Vector2::new(479.5, 271.5)).unwrap();
    let expected = 0.02_f64.hypot(TURN_RAD_S * 0.01);
    assert!((ray.bearing().covariance[(0, 0)].sqrt() - expected).abs() < 2e-4, "{:?}", ray.bearing());
    assert!((view.altitude.metres - 50.0).abs() < 0.1);
}

#[test]
fn a_sight_waits_for_its_pose_and_is_dropped_where_none_comes() {
    let (mut carrier, mut scanner) = (carrier(MountedOn::Body), scanner());
    carrier.take_sight(&sight(-1.0));
    assert_eq!(carrier.next_scan(&mut scanner), None, "it waits");
    for step in 0..5 {
        tell(&mut carrier, f64::from(step) * 0.1, 0.0);
    }
    carrier.take_sight(&sight(0.45));
    assert_eq!(carrier.next_scan(&mut scanner), None, "the first is dropped, the second waits");
    assert_eq!(carrier.counts().without_pose, 1);
    tell(&mut carrier, 0.5, 0.0);
    assert!(carrier.next_scan(&mut scanner).is_some());
    carrier.take_sight(&sight(0.9));
    carrier.take_sight(&sight(1.3));
    assert_eq!(carrier.next_scan(&mut scanner), None);
    assert_eq!(carrier.counts().without_pose, 2, "0.4 s after the last pose nothing is guessed, 0.3 s waited for");
}

#[test]
fn one_sight_a_period_is_told() {
    let (mut carrier, mut scanner) = (carrier(MountedOn::Body), scanner());
    let mut told = 0;
    for step in 0..50 {
        let seconds = f64::from(step) * 0.04;
        tell(&mut carrier, seconds, 0.0);
        carrier.take_sight(&sight(seconds - 0.01));
        told += usize::from(carrier.next_scan(&mut scanner).is_some());
    }
    assert!((9..=10).contains(&told), "{told} in two seconds, five a second");
}

#[test]
fn poses_of_others_without_a_head_or_of_no_time_are_refused_and_a_sender_that_starts_anew_is_followed() {
    let mut carrier = carrier(MountedOn::Gimbal);
    let mut refused = |pose: &MountPose| {
        carrier.take_pose(ours(0.1), &wire::encode(pose));
        carrier.counts()
    };
    assert_eq!(refused(&MountPose { vehicle: VehicleId::new("falke-2").unwrap(), ..pose(0.0) }).refused, 1);
    assert_eq!(refused(&MountPose { head: None, ..pose(0.0) }).refused, 2);
    assert_eq!(refused(&MountPose { measured_at: at(1e6), ..pose(0.0) }).refused, 3);
    carrier.take_pose(ours(0.1), b"\x82\x01garbage");
    assert_eq!(carrier.counts(), Counts { poses: 0, refused: 4, without_pose: 0 });
    for step in 0..5 {
        tell(&mut carrier, 1.0 + f64::from(step) * 0.1, 0.0);
    }
    // It begins again with another clock, half an hour behind the one before.
    for step in 0..5 {
        let seconds = 1.5 + f64::from(step) * 0.1;
        let earlier = pose(seconds - 1800.0);
        carrier.take_pose(ours(seconds + 0.05), &wire::encode(&earlier));
    }
    assert_eq!(carrier.counts().poses, 10);
    assert!(carrier.view_at(sight(1.75).captured_at_ns).is_some());
}

#[test]
fn ego_motion_is_told_how_the_camera_turned() {
    let mut carrier = carrier(MountedOn::Gimbal);
    for step in 0..10 {
        tell(&mut carrier, f64::from(step) * 0.1, 0.0);
    }
    let prior = carrier.prior(sight(0.5).captured_at_ns, sight(0.54).captured_at_ns).unwrap();
    // The head turns left, 0.2 rad below the horizon: the world moves right.
    let middle = prior.current_from_previous * nalgebra::Vector3::new(479.5, 271.5, 1.0);
    let expected = 1000.0 * TURN_RAD_S * 0.04 * 0.2_f64.cos();
    assert!((middle.x - 479.5 - expected).abs() < 0.5, "{middle}");
}

proptest! {
    #[test]
    fn whatever_comes_nothing_grows_and_nothing_breaks(
        steps in prop::collection::vec((-3.0..3.0f64, prop::option::of(-3.0..3.0f64), any::<u8>()), 0..120),
    ) {
        let (mut carrier, mut scanner) = (carrier(MountedOn::Body), scanner());
        for (seconds, seen, damage) in steps {
            let mut bytes = wire::encode(&pose(seconds));
            if damage < 64 {
                let place = usize::from(damage) % bytes.len();
                bytes[place] ^= 0x55;
            }
            carrier.take_pose(ours(seconds), &bytes);
            if let Some(seen) = seen {
                carrier.take_sight(&sight(seen));
            }
            prop_assert!(carrier.waiting.len() <= SIGHTS_MAX && carrier.clock.ahead_ns.len() <= SENT_KEPT);
            while let Some(scan) = carrier.next_scan(&mut scanner) {
                prop_assert!(scan.detections.len() <= 1);
            }
        }
    }
}
