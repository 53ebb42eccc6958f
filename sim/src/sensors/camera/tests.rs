use telemetry::messages::SensorKind;

use super::*;
use crate::sensors::scene::{SURFACE, place, sensor, start, statistics, truth};

fn model(probability: f64, false_detections: f64) -> CameraModel {
    let description = sensor(SensorKind::Camera, 1500.0, 0.5, probability, false_detections);
    let mut model = CameraModel::on_drone(description, SURFACE, start());
    model.description.coverage.range_m[0] = 0.0;
    model.description.coverage.elevation = [-90.0, 90.0].map(Elevation::from_degrees);
    model.curve = DetectionCurve::level(probability);
    model
}

fn on_board() -> Geodetic {
    place(0.0, 0.0, 60.0)
}

fn pictures(model: &CameraModel, seed: u64, looks: usize, pose: CameraPose, truths: &[Truth]) -> Vec<SensorScan> {
    let mut camera = Camera::new(model.clone(), seed);
    let mut look = || camera.scan(camera.next_at(), pose, truths).expect("a look is due");
    (0..looks).map(|_| look()).collect()
}

fn angles(detection: &Detection) -> (f64, f64, [f64; 2]) {
    match detection.measurement {
        Measurement::AzEl { azimuth, elevation, sigma } => {
            (telemetry::angle::wrapped_pi(azimuth.radians()), elevation.radians(), sigma)
        }
        ref other => panic!("no direction: {other:?}"),
    }
}

#[test]
fn directions_have_the_stated_errors_over_many_flights() {
    let target = place(0.0, 500.0, 80.0);
    let pose = CameraPose::looking_at(on_board(), target);
    let truths = [truth(1, TargetClass::Drone, target), truth(2, TargetClass::Drone, on_board())];
    let (mut across, mut upwards, mut east) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..3000 {
        let scan = &pictures(&model(1.0, 0.0), seed, 1, pose, &truths)[0];
        assert_eq!(scan.detections.len(), 1, "it does not see itself");
        let (azimuth, elevation, sigma) = angles(&scan.detections[0]);
        across.push(azimuth / sigma[0]);
        upwards.push((elevation - pose.elevation.radians()) / sigma[1]);
        east.push(SiteFrame::new(on_board()).enu(scan.origin).east_m / 1.5);
    }
    for (axis, values) in [("azimuth", across), ("elevation", upwards), ("place", east)] {
        let (mean, deviation) = statistics(&values);
        assert!(mean.abs() < 0.08 && (deviation - 1.0).abs() < 0.05, "{axis}: {mean} {deviation}");
    }
}

#[test]
fn the_pose_error_is_steady_from_picture_to_picture() {
    let target = place(0.0, 500.0, 80.0);
    let pose = CameraPose::looking_at(on_board(), target);
    let scans = pictures(&model(1.0, 0.0), 4, 600, pose, &[truth(1, TargetClass::Drone, target)]);
    let azimuths: Vec<f64> = scans.iter().map(|scan| angles(&scan.detections[0]).0).collect();
    let steps: Vec<f64> = azimuths.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (_, spread) = statistics(&azimuths);
    let (_, step) = statistics(&steps);
    assert!(step < spread / 2.0, "steps of {step} in a spread of {spread}");
}

#[test]
fn only_what_is_in_the_picture_is_seen() {
    let pose = CameraPose::looking_at(on_board(), place(0.0, 500.0, 60.0));
    let count = |class, east_m, north_m, height_m| {
        let scans = pictures(&model(1.0, 0.0), 2, 4, pose, &[truth(1, class, place(east_m, north_m, height_m))]);
        scans.iter().map(|scan| scan.detections.len()).sum::<usize>()
    };
    assert_eq!(count(TargetClass::Drone, 130.0, 500.0, 60.0), 4, "14.6° aside");
    assert_eq!(count(TargetClass::Drone, 140.0, 500.0, 60.0), 0, "15.6° aside");
    assert_eq!(count(TargetClass::Vessel, 0.0, 500.0, 0.0), 4, "6.8° down");
    assert_eq!(count(TargetClass::Vessel, 0.0, 300.0, 0.0), 0, "11.3° down");
    assert_eq!(count(TargetClass::Bird, 0.0, 1600.0, 60.0), 0, "beyond its range");
    assert_eq!(count(TargetClass::Drone, 0.0, -500.0, 60.0), 0, "behind");
    assert_eq!(count(TargetClass::Clutter, 0.0, 500.0, 60.0), 0);
}

#[test]
fn false_detections_lie_within_the_picture() {
    let pose = CameraPose::looking_at(on_board(), place(0.0, -500.0, 60.0));
    let scans = pictures(&model(1.0, 0.3), 6, 4000, pose, &[]);
    let detections: Vec<&Detection> = scans.iter().flat_map(|scan| &scan.detections).collect();
    assert!((detections.len() as f64 / 4000.0 - 0.3).abs() < 0.03, "{}", detections.len());
    let beyond = |d: &&&Detection| {
        let (azimuth, elevation, _) = angles(d);
        telemetry::angle::wrapped_pi(azimuth - std::f64::consts::PI).abs() > 0.32 || elevation.abs() > 0.2
    };
    assert_eq!(detections.iter().filter(beyond).count(), 0);
}

#[test]
fn out_of_order_it_reports_nothing_and_its_noise_is_a_function_of_the_seed() {
    let target = place(0.0, 500.0, 80.0);
    let pose = CameraPose::looking_at(on_board(), target);
    let truths = [truth(1, TargetClass::Drone, target)];
    let look = |seed| pictures(&model(0.8, 0.3), seed, 20, pose, &truths);
    assert_eq!(look(1), look(1));
    assert_ne!(look(1), look(2));
    let mut camera = Camera::new(model(1.0, 0.0), 1);
    camera.set_health(Health::Out);
    assert!(camera.scan(start(), pose, &truths).is_none());
    assert_eq!(camera.next_at(), start().offset_seconds(0.5));
}
