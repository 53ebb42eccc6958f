use std::collections::BTreeSet;
use std::sync::Arc;

use detection::ais::Decoder;
use telemetry::messages::{Claim, Measurement, SensorKind, SensorScan, TargetClass};
use telemetry::{EnuVelocity, Mmsi};

use super::*;
use crate::sensors::scene::{SURFACE, place, sensor, start, statistics, truth};
use crate::world::{AisClass, AisIdentity, NavigationalStatus, ShipDimensions};

fn model() -> AisReceiverModel {
    AisReceiverModel::new(sensor(SensorKind::AisReceiver, 40_000.0, 0.0, 1.0, 0.0), SURFACE, start())
}

/// A ship so far north, on an easterly course.
fn ship(id: u32, class: AisClass, north_m: f64, speed_m_s: f64) -> Truth {
    let identity = AisIdentity {
        mmsi: Mmsi::new(211_000_000 + id).unwrap(),
        name: format!("SHIP {id}"),
        call_sign: format!("DA{id}"),
        ship_type: 70,
        class,
        dimensions: ShipDimensions { to_bow_m: 60, to_stern_m: 25, to_port_m: 6, to_starboard_m: 8 },
    };
    let transponder = Transponder {
        identity: Arc::new(identity),
        heading: Heading::from_degrees(90.0),
        turn_rate_rad_s: 0.0,
        status: if speed_m_s > 0.0 { NavigationalStatus::UnderWay } else { NavigationalStatus::Moored },
    };
    Truth {
        velocity: EnuVelocity { east_m_s: speed_m_s, north_m_s: 0.0, up_m_s: 0.0 },
        ais: Some(transponder),
        ..truth(id, TargetClass::Vessel, place(0.0, north_m, 0.0))
    }
}

/// What a receiver hears in some seconds of ships that `truths` gives for each instant, with the time of each sentence.
fn heard(
    receiver: &mut AisReceiver,
    seconds: f64,
    truths: impl Fn(Timestamp) -> Vec<Truth>,
) -> Vec<(Timestamp, String)> {
    let mut heard = Vec::new();
    while receiver.next_at() < start().offset_seconds(seconds) {
        let now = receiver.next_at();
        let lines = String::from_utf8(receiver.scan(now, &truths(now))).unwrap();
        assert!(receiver.next_at() > now, "time goes on");
        heard.extend(lines.split_inclusive("\r\n").map(|line| (now, line.to_owned())));
    }
    heard
}

fn decoded(lines: &[(Timestamp, String)]) -> Vec<SensorScan> {
    let mut decoder = Decoder::new(model().description.id, model().description.position, SURFACE);
    lines.iter().filter_map(|(now, line)| decoder.decode_line(*now, line.as_bytes()).unwrap()).collect()
}

fn claim(scan: &SensorScan) -> &telemetry::messages::AisClaim {
    let Some(Claim::Ais(claim)) = &scan.detections[0].claim else { panic!("no claim in {scan:?}") };
    claim
}

#[test]
fn the_decoder_reads_what_the_ships_say() {
    let fleet = |_| {
        vec![ship(1, AisClass::A, 3000.0, 6.0), ship(2, AisClass::B, 5000.0, 4.0), ship(3, AisClass::A, 900.0, 0.0)]
    };
    let scans = decoded(&heard(&mut AisReceiver::new(model(), 1), 900.0, fleet));
    for (id, north_m, speed_m_s, status) in
        [(1, 3000.0, 6.0, Some(0)), (2, 5000.0, 4.0, None), (3, 900.0, 0.0, Some(5))]
    {
        let mine: Vec<&SensorScan> =
            scans.iter().filter(|scan| u32::from(claim(scan).mmsi) == 211_000_000 + id).collect();
        for scan in &mine {
            let Measurement::Position { position, velocity, .. } = scan.detections[0].measurement else {
                panic!("no position in {scan:?}")
            };
            assert!(position.distance_m(place(0.0, north_m, 0.0)) < 25.0, "ship {id}");
            let (velocity, _) = velocity.expect("a velocity");
            assert!((velocity.east_m_s - speed_m_s).abs() < 0.4 && velocity.north_m_s.abs() < 0.4, "{velocity:?}");
        }
        let last = claim(mine.last().unwrap());
        assert_eq!(last.name.as_deref(), Some(format!("SHIP {id}").as_str()));
        assert_eq!(last.call_sign.as_deref(), Some(format!("DA{id}").as_str()));
        assert_eq!((last.ship_type, last.length_m, last.navigational_status), (Some(70), Some(85), status));
    }
}

#[test]
fn each_ship_reports_at_the_interval_of_its_class_and_speed() {
    for (class, speed_m_s, expected) in [
        (AisClass::A, 6.0, 360),   // 11.7 knots: every 10 s
        (AisClass::A, 10.0, 600),  // 19.4 knots: every 6 s
        (AisClass::A, 13.0, 1800), // 25.3 knots: every 2 s
        (AisClass::A, 0.0, 20),
        (AisClass::B, 6.0, 120),
        (AisClass::B, 0.5, 20),
    ] {
        let lines = heard(&mut AisReceiver::new(model(), 2), 3600.0, |_| vec![ship(1, class, 3000.0, speed_m_s)]);
        let reports = decoded(&lines).len();
        let tolerance = if expected > 100 { expected / 50 } else { 1 };
        assert!(reports.abs_diff(expected) <= tolerance, "{class:?} at {speed_m_s} m/s: {reports}, not {expected}");
        let statics = lines.len() - reports;
        assert_eq!(statics, 20, "two sentences every six minutes");
        let channel = |channel: &str| lines.iter().filter(|(_, line)| line.split(',').nth(4) == Some(channel)).count();
        assert!(channel("A").abs_diff(channel("B")) <= 22, "both channels in turn");
    }
}

#[test]
fn satellite_errors_wander_about_the_truth() {
    let seconds = 200_000.0;
    let lines = heard(&mut AisReceiver::new(model(), 3), seconds, |_| vec![ship(1, AisClass::A, 3000.0, 6.0)]);
    let frame = telemetry::SiteFrame::new(place(0.0, 3000.0, 0.0));
    let east = |scan: &SensorScan| match scan.detections[0].measurement {
        Measurement::Position { position, .. } => frame.enu(position).east_m,
        ref other => panic!("no position: {other:?}"),
    };
    let errors: Vec<f64> = decoded(&lines).iter().map(east).collect();
    let (mean, deviation) = statistics(&errors);
    assert!(mean.abs() < 0.4 && (deviation - 4.0).abs() < 0.4, "{mean} {deviation}");
}

#[test]
fn distance_and_slots_cost_reports() {
    let count = |model: AisReceiverModel, north_m| {
        heard(&mut AisReceiver::new(model, 4), 3600.0, |_| vec![ship(1, AisClass::B, north_m, 6.0)]).len()
    };
    assert!(count(model(), 25_000.0) > 100);
    assert_eq!(count(model(), 28_000.0), 0, "below the horizon: 4.12 (√10 + √12) = 27.3 km");
    let mut near = model();
    near.description.coverage.range_m[1] = 20_000.0;
    assert_eq!(count(near, 25_000.0), 0);
    let mut crowded = model();
    crowded.description.detection_probability = 0.5;
    let (all, heard) = (count(model(), 3000.0), count(crowded, 3000.0));
    assert!((0.4..0.6).contains(&(heard as f64 / all as f64)), "{heard} of {all}");
}

#[test]
fn a_transponder_switched_off_is_silent_and_comes_back() {
    let fleet = |now: Timestamp| {
        let off = (200.0..500.0).contains(&now.seconds_since(start()));
        let ship = ship(1, AisClass::A, 3000.0, 6.0);
        vec![if off { Truth { ais: None, ..ship } } else { ship }]
    };
    let lines = heard(&mut AisReceiver::new(model(), 5), 900.0, fleet);
    let seconds: Vec<f64> = lines.iter().map(|(now, _)| now.seconds_since(start())).collect();
    assert!(seconds.iter().all(|s| !(200.0..500.0).contains(s)));
    assert!(seconds.iter().any(|s| (189.0..200.0).contains(s)) && seconds.iter().any(|s| (500.0..511.0).contains(s)));
    let named: BTreeSet<bool> = decoded(&lines).iter().map(|scan| claim(scan).name.is_some()).collect();
    assert!(named.contains(&true));
}

#[test]
fn one_ship_more_changes_nothing_for_the_others() {
    let mine = |fleet: &[Truth]| {
        let lines = heard(&mut AisReceiver::new(model(), 6), 600.0, |_| fleet.to_vec());
        let scans = decoded(&lines).into_iter().filter(|scan| u32::from(claim(scan).mmsi) == 211_000_001);
        scans.map(|scan| (scan.measured_at, scan.detections[0].measurement)).collect::<Vec<_>>()
    };
    let (one, two) = (ship(1, AisClass::A, 3000.0, 6.0), ship(2, AisClass::A, 4000.0, 6.0));
    assert_eq!(mine(std::slice::from_ref(&one)), mine(&[one, two]));
}

#[test]
fn a_broken_receiver_hears_nothing_until_mended() {
    let mut receiver = AisReceiver::new(model(), 7);
    receiver.set_health(Health::Out);
    let fleet = |_| vec![ship(1, AisClass::A, 3000.0, 6.0)];
    assert!(heard(&mut receiver, 60.0, fleet).is_empty());
    receiver.set_health(Health::Working);
    assert!(heard(&mut receiver, 120.0, fleet).len() >= 5);
}
