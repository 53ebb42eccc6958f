use telemetry::messages::{RangeProbability, SensorKind};
use telemetry::{EnuVelocity, Geodetic};

use super::*;
use crate::sensors::scene::{SURFACE, place, sector, sensor, start, statistics, truth};

fn model(probability: f64, clutter: f64) -> RadarModel {
    let description = sensor(SensorKind::Radar, 4500.0, 1.0, probability, clutter);
    RadarModel { curve: DetectionCurve::level(probability), ..RadarModel::counter_drone(description, SURFACE, start()) }
}

fn coastal(probability: f64, clutter: f64) -> RadarModel {
    let description = sensor(SensorKind::CoastalRadar, 20_000.0, 4.0, probability, clutter);
    RadarModel { curve: DetectionCurve::level(probability), ..RadarModel::coastal(description, SURFACE, start()) }
}

/// What a radar sees of unmoving truths in some looks.
fn seen(model: &RadarModel, seed: u64, looks: usize, truths: &[Truth]) -> Vec<SensorScan> {
    let mut radar = Radar::new(model.clone(), seed);
    let mut look = || radar.scan(radar.next_at(), truths).expect("a look is due");
    (0..looks).map(|_| look()).collect()
}

fn plots(scans: &[SensorScan]) -> Vec<Detection> {
    scans.iter().flat_map(|scan| scan.detections.clone()).collect()
}

fn range_az_el(detection: &Detection) -> (f64, f64, f64) {
    match detection.measurement {
        Measurement::RangeAzEl { range_m, azimuth, elevation, .. } => (range_m, azimuth.radians(), elevation.radians()),
        Measurement::RangeAz { range_m, azimuth, .. } => (range_m, azimuth.radians(), 0.0),
        ref other => panic!("no radar plot: {other:?}"),
    }
}

fn drone(east_m: f64, north_m: f64, height_m: f64) -> Truth {
    truth(1, TargetClass::Drone, place(east_m, north_m, height_m))
}

#[test]
fn noise_has_the_stated_deviations_and_no_bias() {
    let target = drone(1500.0, 1200.0, 90.0);
    let expected = Viewpoint::new(place(0.0, 0.0, 10.0), SURFACE).look(target.position);
    let errors: Vec<[f64; 3]> = plots(&seen(&model(1.0, 0.0), 1, 4000, &[target]))
        .iter()
        .map(range_az_el)
        .map(|(r, a, e)| [r - expected.range_m, a - expected.azimuth.radians(), e - expected.elevation.radians()])
        .collect();
    assert_eq!(errors.len(), 4000);
    for (axis, sigma) in [4.0, 0.4_f64.to_radians(), 0.6_f64.to_radians()].into_iter().enumerate() {
        let (mean, deviation) = statistics(&errors.iter().map(|error| error[axis]).collect::<Vec<_>>());
        assert!(mean.abs() < 4.0 * sigma / 4000_f64.sqrt(), "axis {axis}: bias {mean}");
        assert!((deviation / sigma - 1.0).abs() < 0.05, "axis {axis}: {deviation} for {sigma}");
    }
}

#[test]
fn the_share_seen_follows_the_curve_the_class_and_the_size() {
    let share = |class, radar_size: f64, north_m: f64| {
        let description = sensor(SensorKind::Radar, 4500.0, 1.0, 0.95, 0.0);
        let radar = RadarModel::counter_drone(description, SURFACE, start());
        let target = Truth { radar_size, ..truth(1, class, place(0.0, north_m, 100.0)) };
        plots(&seen(&radar, 3, 3000, &[target])).len() as f64 / 3000.0
    };
    for (class, size, north_m, expected) in [
        (TargetClass::Drone, 1.0, 1000.0, 0.95),
        (TargetClass::Drone, 1.0, 4000.0, 0.65),
        (TargetClass::Bird, 1.0, 1000.0, 0.71),
        (TargetClass::Drone, 0.0625, 1000.0, 0.95), // a sixteenth of the echo: as if at twice the range
        (TargetClass::Drone, 0.0625, 2000.0, 0.65),
        (TargetClass::Vessel, 1.0, 1000.0, 0.0),
        (TargetClass::Drone, 1.0, 4600.0, 0.0),
    ] {
        let share = share(class, size, north_m);
        assert!((share - expected).abs() < 0.03, "{class:?} of {size} at {north_m} m: {share}, not {expected}");
    }
}

#[test]
fn false_plots_are_poisson_and_fill_the_coverage() {
    let mut model = model(0.9, 6.0);
    model.description.coverage.sector = Some(sector(300.0, 60.0));
    let scans = seen(&model, 5, 3000, &[]);
    let counts: Vec<f64> = scans.iter().map(|scan| scan.detections.len() as f64).collect();
    let (mean, deviation) = statistics(&counts);
    assert!((mean - 6.0).abs() < 0.2 && (deviation - 6_f64.sqrt()).abs() < 0.15, "{mean} {deviation}");
    let plots: Vec<(f64, f64, f64)> = plots(&scans).iter().map(range_az_el).collect();
    assert!(
        plots.iter().all(|plot| model.description.coverage.sector.unwrap().contains(Azimuth::from_radians(plot.1)))
    );
    // Uniform: the mean in the middle, the deviation that of a rectangle.
    let (mean, deviation) = statistics(&plots.iter().map(|plot| plot.0).collect::<Vec<_>>());
    assert!((mean - 2275.0).abs() < 60.0 && (deviation - 4450.0 / 12_f64.sqrt()).abs() < 40.0, "{mean} {deviation}");
}

#[test]
fn likelihood_ratios_are_calibrated() {
    for (class, expected) in [(TargetClass::Drone, LLR_MEAN), (TargetClass::Bird, -LLR_MEAN)] {
        let target = truth(1, class, place(0.0, 800.0, 80.0));
        let ratios: Vec<f64> = plots(&seen(&model(1.0, 0.0), 7, 4000, &[target]))
            .iter()
            .map(|plot| plot.drone_llr.unwrap().into())
            .collect();
        let (mean, deviation) = statistics(&ratios);
        assert!(
            (mean - expected).abs() < 0.06 && (deviation - (2.0 * LLR_MEAN).sqrt()).abs() < 0.04,
            "{class:?}: {mean} {deviation}"
        );
    }
}

#[test]
fn range_rate_is_positive_when_receding() {
    let mut model = model(1.0, 0.0);
    let RadarSigma::ThreeD { range_rate_m_s, .. } = &mut model.sigma else { panic!("a 3-D radar") };
    *range_rate_m_s = Some(0.5);
    let mut target = drone(0.0, 1000.0, 50.0);
    target.velocity = EnuVelocity { east_m_s: 5.0, north_m_s: 12.0, up_m_s: 0.0 };
    let rates: Vec<f64> = plots(&seen(&model, 9, 2000, &[target]))
        .iter()
        .map(|plot| match plot.measurement {
            Measurement::RangeAzEl { range_rate: Some(rate), .. } => rate.m_s,
            ref other => panic!("no Doppler in {other:?}"),
        })
        .collect();
    let (mean, deviation) = statistics(&rates);
    assert!((mean - 12.0).abs() < 0.06 && (deviation - 0.5).abs() < 0.03, "{mean} {deviation}");
}

#[test]
fn targets_in_one_cell_give_one_plot_between_them() {
    let cell = Resolution { range_m: 30.0, azimuth_rad: 1.8_f64.to_radians(), elevation_rad: 4_f64.to_radians() };
    let two = |apart_m: f64| [drone(-apart_m / 2.0, 1000.0, 80.0), drone(apart_m / 2.0, 1000.0, 80.0)];
    let unresolved = RadarModel { resolution: Some(cell), ..model(1.0, 0.0) };
    let scans = seen(&unresolved, 11, 1000, &two(20.0));
    assert!(scans.iter().all(|scan| scan.detections.len() == 1));
    let azimuths: Vec<f64> =
        plots(&scans).iter().map(|plot| range_az_el(plot).1).map(telemetry::angle::wrapped_pi).collect();
    let (mean, deviation) = statistics(&azimuths);
    // The centroid wanders uniformly between the two, on top of the noise.
    let expected = 0.4_f64.to_radians().hypot(0.02 / 12_f64.sqrt());
    assert!(mean.abs() < 1e-3 && (deviation / expected - 1.0).abs() < 0.1, "{mean} {deviation} {expected}");
    assert!(seen(&unresolved, 11, 100, &two(60.0)).iter().all(|scan| scan.detections.len() == 2));
    assert!(seen(&model(1.0, 0.0), 11, 100, &two(1.0)).iter().all(|scan| scan.detections.len() == 2));
    let nothing = Resolution { range_m: 0.0, azimuth_rad: f64::NAN, elevation_rad: -1.0 };
    let scans = seen(&RadarModel { resolution: Some(nothing), ..model(1.0, 0.0) }, 11, 10, &two(1.0));
    assert!(scans.iter().all(|scan| scan.detections.len() == 2));
}

#[test]
fn a_radar_is_what_its_data_sheet_says() {
    let description = sensor(SensorKind::Radar, 4500.0, 1.0, 0.95, 0.0);
    let silent = RadarModel::counter_drone(description.clone(), SURFACE, start());
    assert_eq!((silent.sweep, silent.resolution, silent.llr_mean), (Sweep::Staring, None, Some(LLR_MEAN)));
    assert_eq!(silent.curve, DetectionCurve::falling(0.95, 4500.0));
    let cell = Resolution { range_m: 8.0, azimuth_rad: 0.03, elevation_rad: 0.07 };
    let at = |range_m, probability| RangeProbability { range_m, probability };
    let performance = SensorPerformance {
        detection_by_range: vec![at(0.0, 0.9), at(4500.0, 0.3)],
        bird_factor: Some(0.5),
        resolution: Some(cell),
        range_rate_span_m_s: Some([-80.0, -60.0]),
        rotation: true,
        drone_llr_mean: Some(3.0),
        ..SensorPerformance::default()
    };
    let description = SensorDescription { clutter_per_scan: 5.0, performance, ..description };
    let mut stated = RadarModel::counter_drone(description, SURFACE, start());
    assert_eq!((stated.sweep, stated.resolution), (Sweep::Turning { sectors: SECTORS }, Some(cell)));
    assert_eq!((stated.llr_mean, stated.class_factors[&TargetClass::Bird]), (Some(3.0), 0.5));
    assert!((stated.curve.at(2250.0) - 0.6).abs() < 1e-12);
    let RadarSigma::ThreeD { range_rate_m_s, .. } = &mut stated.sigma else { panic!("a 3-D radar") };
    *range_rate_m_s = Some(0.5);
    let false_plots = plots(&seen(&stated, 1, 64, &[]));
    let rates = false_plots.iter().map(|plot| match plot.measurement {
        Measurement::RangeAzEl { range_rate: Some(rate), .. } => rate.m_s,
        ref other => panic!("no Doppler in {other:?}"),
    });
    assert!(false_plots.len() > 5 && rates.into_iter().all(|rate| (-80.0..-60.0).contains(&rate)));
}

#[test]
fn what_stands_below_the_horizon_is_not_seen() {
    let vessel = |north_m: f64, height_m: f64| truth(1, TargetClass::Vessel, place(0.0, north_m, height_m));
    let count = |target| plots(&seen(&coastal(1.0, 0.0), 13, 64, &[target])).len();
    assert_eq!(count(vessel(12_000.0, 0.0)), 4, "13 km is the horizon of 10 m");
    assert_eq!(count(vessel(14_000.0, 0.0)), 0);
    assert_eq!(count(vessel(14_000.0, 5.0)), 4);
    assert_eq!(count(vessel(60.0, 0.0)), 4, "9° down, within the fan beam");
}

/// A vessel passing through north, the place where turns begin and azimuths wrap.
fn passing(now: Timestamp) -> Truth {
    let velocity = EnuVelocity { east_m_s: 10.0, north_m_s: 0.0, up_m_s: 0.0 };
    let position: Geodetic = place(now.seconds_since(start()) * 10.0 - 3000.0, 2000.0, 0.0);
    Truth { velocity, ..truth(1, TargetClass::Vessel, position) }
}

#[test]
fn a_turning_antenna_dates_each_plot_when_it_pointed_there() {
    let mut radar = Radar::new(coastal(1.0, 3.0), 15);
    let viewpoint = Viewpoint::new(place(0.0, 0.0, 10.0), SURFACE);
    let (mut last_at, mut hits, mut off_m) = (None, 0, Vec::new());
    for _ in 0..16 * 150 {
        let now = radar.next_at();
        let scan = radar.scan(now, &[passing(now)]).unwrap();
        let swept = scan.sector.expect("a turning antenna says which sector");
        for plot in &scan.detections {
            let (range_m, azimuth_rad, _) = range_az_el(plot);
            assert!(plot.measured_at <= now && now.seconds_since(plot.measured_at) <= 0.2501);
            assert!(last_at.is_none_or(|last| last <= plot.measured_at), "in the order measured");
            last_at = Some(plot.measured_at);
            let there = viewpoint.look(passing(plot.measured_at).position);
            let across = telemetry::angle::wrapped_pi(azimuth_rad - there.azimuth.radians());
            if across.abs() < 0.03 && (range_m - there.range_m).abs() < 75.0 {
                hits += 1;
                off_m.push(range_m - there.range_m);
            }
            let past_edge = telemetry::angle::wrapped_pi(azimuth_rad - swept.from.radians());
            assert!((-0.03..0.43).contains(&past_edge), "near the sector swept: {past_edge}");
        }
    }
    assert!((148..=152).contains(&hits), "one plot a turn, {hits} in 150 turns");
    let (mean, deviation) = statistics(&off_m);
    assert!(mean.abs() < 4.0 && (deviation - 15.0).abs() < 3.0, "{mean} {deviation}");
}

#[test]
fn false_plots_of_a_turn_are_those_of_its_sectors() {
    let scans = seen(&coastal(0.9, 6.0), 17, 16 * 500, &[]);
    let per_turn = plots(&scans).len() as f64 / 500.0;
    assert!((per_turn - 6.0).abs() < 0.4, "{per_turn}");
    let mut half = coastal(0.9, 6.0);
    half.description.coverage.sector = Some(sector(0.0, 180.0));
    let per_turn = plots(&seen(&half, 17, 16 * 500, &[])).len() as f64 / 500.0;
    assert!((per_turn - 6.0).abs() < 0.4, "{per_turn} in half the circle");
}

#[test]
fn the_same_seed_sees_the_same_and_another_does_not() {
    let target = [drone(500.0, 900.0, 60.0)];
    let look = |seed| seen(&model(0.8, 3.0), seed, 50, &target);
    assert_eq!(look(1), look(1));
    assert_ne!(look(1), look(2));
}

#[test]
fn a_radar_out_of_order_keeps_its_rhythm_and_reports_nothing() {
    let mut radar = Radar::new(model(1.0, 0.0), 1);
    let target = [drone(500.0, 900.0, 60.0)];
    assert!(radar.scan(start() - Duration::from_millis(1), &target).is_none(), "not due");
    radar.set_health(Health::Out);
    assert!(radar.scan(start(), &target).is_none());
    assert_eq!(radar.next_at(), start().offset_seconds(1.0));
    radar.set_health(Health::Working);
    let scan = radar.scan(radar.next_at(), &target).unwrap();
    assert_eq!((scan.scan, scan.detections.len(), scan.detections[0].id), (1, 1, DetectionId(1)));
}

#[test]
fn scans_survive_the_plot_format() {
    use detection::plots::{Decoder, PlotNoise, encode_line};
    for model in [model(0.9, 4.0), coastal(0.9, 6.0)] {
        let kind = model.description.kind;
        let mut decoder = Decoder::new(model.description.clone(), PlotNoise::typical(kind));
        let class = if kind == SensorKind::Radar { TargetClass::Drone } else { TargetClass::Vessel };
        let scans = seen(&model, 19, 40, &[truth(1, class, place(900.0, 1200.0, 20.0))]);
        for scan in &scans {
            let read = decoder.decode_line(start(), encode_line(scan, start()).as_bytes()).unwrap();
            assert_eq!(
                (read.scan, read.measured_at, read.detections.len()),
                (scan.scan, scan.measured_at, scan.detections.len())
            );
            for (read, said) in read.detections.iter().zip(&scan.detections) {
                let (a, b) = (range_az_el(read), range_az_el(said));
                assert!(
                    (a.0 - b.0).abs() < 0.5 && (a.1 - b.1).abs() < 2e-3 && (a.2 - b.2).abs() < 2e-3,
                    "{read:?} {said:?}"
                );
                assert_eq!(read.id, said.id);
            }
        }
    }
}
