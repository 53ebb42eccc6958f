use telemetry::messages::{SensorKind, TargetClass};

use super::*;
use crate::sensors::scene::{SURFACE, place, sensor, start, statistics, truth};

fn model(probability: f64, ghosts: f64) -> DirectionFinderModel {
    let description = sensor(SensorKind::RfDirectionFinder, 6000.0, 1.0, probability, ghosts);
    DirectionFinderModel::new(description, SURFACE, start())
}

fn bearings(model: &DirectionFinderModel, looks: usize, truths: &[Truth]) -> Vec<f64> {
    let mut finder = DirectionFinder::new(model.clone(), 1);
    let mut look = || finder.scan(finder.next_at(), truths).expect("a look is due").detections;
    let bearing = |detection: Detection| match detection.measurement {
        Measurement::Azimuth { azimuth, sigma } => {
            assert!((sigma - 1.5_f64.to_radians()).abs() < 1e-12);
            azimuth.degrees()
        }
        other => panic!("no bearing: {other:?}"),
    };
    (0..looks).flat_map(|_| look()).map(bearing).collect()
}

#[test]
fn a_transmitter_is_heard_at_the_stated_rate_with_the_stated_noise() {
    let target = Truth { radiates: true, ..truth(1, TargetClass::Drone, place(2000.0, 0.0, 80.0)) };
    let heard = bearings(&model(0.85, 0.0), 4000, &[target]);
    assert!((heard.len() as f64 / 4000.0 - 0.85).abs() < 0.02, "{}", heard.len());
    let (mean, deviation) = statistics(&heard);
    assert!((mean - 90.0).abs() < 0.1 && (deviation - 1.5).abs() < 0.06, "{mean} {deviation}");
}

#[test]
fn the_silent_the_far_and_the_hidden_are_not_heard() {
    let at = |radiates, north_m, height_m| {
        [Truth { radiates, ..truth(1, TargetClass::Drone, place(0.0, north_m, height_m)) }]
    };
    assert_eq!(bearings(&model(1.0, 0.0), 10, &at(true, 2000.0, 80.0)).len(), 10);
    assert_eq!(bearings(&model(1.0, 0.0), 10, &at(false, 2000.0, 80.0)), [0.0; 0]);
    assert_eq!(bearings(&model(1.0, 0.0), 10, &at(true, 6100.0, 80.0)), [0.0; 0]);
    let mut far = model(1.0, 0.0);
    far.description.coverage.range_m[1] = 50_000.0;
    assert_eq!(bearings(&far, 10, &at(true, 14_000.0, 0.0)), [0.0; 0], "below the horizon of a 10 m mast");
    assert_eq!(bearings(&far, 10, &at(true, 14_000.0, 5.0)).len(), 10);
}

#[test]
fn ghosts_are_few_and_come_from_anywhere() {
    let ghosts = bearings(&model(0.85, 0.5), 4000, &[]);
    assert!((ghosts.len() as f64 / 4000.0 - 0.5).abs() < 0.04, "{}", ghosts.len());
    let (mean, deviation) = statistics(&ghosts);
    assert!((mean - 180.0).abs() < 8.0 && (deviation - 360.0 / 12_f64.sqrt()).abs() < 5.0, "{mean} {deviation}");
}

#[test]
fn out_of_order_it_reports_nothing() {
    let mut finder = DirectionFinder::new(model(1.0, 1.0), 1);
    finder.set_health(Health::Out);
    assert!(finder.scan(start(), &[]).is_none());
    finder.set_health(Health::Working);
    assert_eq!(finder.scan(finder.next_at(), &[]).unwrap().scan, 1);
}
