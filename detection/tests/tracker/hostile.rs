//! What the tracker bears: numbers that are none, floods, clocks that jump; and that it always does the same.

use detection::tracker::{Refusal, Tracker, TrackerConfig};
use nalgebra::Matrix6;
use proptest::prelude::*;
use telemetry::messages::{AzimuthSector, Detection, Measurement, RangeRate, SensorScan};
use telemetry::{AltitudeHae, Azimuth, DetectionId, Elevation, EnuVelocity, Geodetic, SensorId};

use crate::scene::{
    Mover, Noise, WATER_M, ais_report, at, believed, datum, detection, feed, radar_plot, scan, sensors, tracker,
};

fn any_number() -> impl Strategy<Value = f64> {
    let odd = prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 1e-308, -1.0]);
    prop_oneof![3 => -1e4..1e4f64, 1 => odd, 1 => any::<f64>()]
}

fn any_measurement() -> impl Strategy<Value = Measurement> {
    let position = (-90.0..90.0f64, -180.0..180.0f64, -1e5..1e5f64)
        .prop_map(|(lat, lon, height)| Geodetic::from_degrees(lat, lon, AltitudeHae::new(height)).unwrap());
    let near = (-0.02..0.02f64, -0.02..0.02f64)
        .prop_map(|(lat, lon)| Geodetic::from_degrees(54.37 + lat, 10.14 + lon, AltitudeHae::new(WATER_M)).unwrap());
    prop_oneof![
        prop::array::uniform8(any_number()).prop_map(|[r, a, e, v, s, s1, s2, s3]| Measurement::RangeAzEl {
            range_m: r,
            azimuth: Azimuth::from_radians(a),
            elevation: Elevation::from_radians(e),
            range_rate: (s > 0.0).then_some(RangeRate { m_s: v, sigma_m_s: s }),
            sigma: [s1, s2, s3],
        }),
        prop::array::uniform4(any_number()).prop_map(|[r, a, s1, s2]| Measurement::RangeAz {
            range_m: r,
            azimuth: Azimuth::from_radians(a),
            sigma: [s1, s2],
        }),
        prop::array::uniform4(any_number()).prop_map(|[a, e, s1, s2]| Measurement::AzEl {
            azimuth: Azimuth::from_radians(a),
            elevation: Elevation::from_radians(e),
            sigma: [s1, s2],
        }),
        prop::array::uniform2(any_number())
            .prop_map(|[a, sigma]| Measurement::Azimuth { azimuth: Azimuth::from_radians(a), sigma }),
        (prop_oneof![position, near], prop::array::uniform6(any_number())).prop_map(
            |(position, [h, v, e, n, u, s])| {
                let velocity = EnuVelocity { east_m_s: e, north_m_s: n, up_m_s: u };
                Measurement::Position {
                    position,
                    horizontal_sigma_m: h,
                    vertical_sigma_m: (v > 0.0).then_some(v),
                    velocity: (s > 0.0).then_some((velocity, s)),
                }
            }
        ),
    ]
}

fn any_detection() -> impl Strategy<Value = Detection> {
    let time = prop_oneof![4 => -5.0..15.0f64, 1 => any_number()];
    let named = prop_oneof![3 => Just(None), 1 => (0..4u32).prop_map(Some)];
    (0..5u64, time, any_measurement(), named, prop::option::of(any::<f32>())).prop_map(
        |(id, seconds, measurement, named, drone_llr)| {
            let still = Mover { from: [0.0; 3], velocity: [0.0; 3] };
            let claim = named.and_then(|mmsi| ais_report(mmsi, &still, 0.0).claim);
            Detection { id: DetectionId(id), measured_at: at(seconds), measurement, claim, drone_llr }
        },
    )
}

fn any_scan() -> impl Strategy<Value = (f64, SensorScan)> {
    let sector = prop::option::of((0.0..7.0f64, 0.0..7.0f64));
    let detections = prop::collection::vec(any_detection(), 0..8);
    let time = prop_oneof![4 => 0.0..12.0f64, 1 => any_number()];
    (0..5usize, 0..20u64, time, 0.0..2.0f64, sector, detections).prop_map(
        |(which, number, seconds, delay, sector, detections)| {
            let all = sensors();
            let sensor = all.get(which).map_or_else(|| SensorId::new("unknown").unwrap(), |s| s.id.clone());
            let scan = SensorScan {
                sensor,
                scan: number,
                measured_at: at(seconds),
                origin: all[which.min(3)].position,
                sector: sector.map(|(from, to)| AzimuthSector {
                    from: Azimuth::from_radians(from),
                    to: Azimuth::from_radians(to),
                }),
                detections,
            };
            // The receiver's own clock is sane; the sensor's need not be.
            (seconds.clamp(-1e6, 1e6).max(-1e6) + delay, scan)
        },
    )
}

/// Whether an upper triangle by rows is a covariance: finite, variances positive, no negative eigenvalue of the
/// correlations beyond the rounding of single precision.
fn is_covariance(triangle: &[f32; 21]) -> bool {
    let mut whole = Matrix6::zeros();
    let places = (0..6).flat_map(|row| (row..6).map(move |column| (row, column)));
    for ((row, column), value) in places.zip(triangle) {
        whole[(row, column)] = f64::from(*value);
        whole[(column, row)] = f64::from(*value);
    }
    let sound = whole.iter().all(|v| v.is_finite()) && whole.diagonal().iter().all(|v| *v > 0.0);
    let sigma = whole.diagonal().map(f64::sqrt);
    let correlations = Matrix6::from_fn(|row, column| whole[(row, column)] / (sigma[row] * sigma[column]));
    sound && correlations.symmetric_eigenvalues().min() > -1e-5
}

fn run(scans: &[(f64, SensorScan)]) -> (Tracker, String) {
    let mut tracker = tracker();
    let mut text = String::new();
    for (received_s, scan) in scans {
        let report = tracker.step(at(*received_s), scan);
        text += &format!("{report:?} {:?}\n", tracker.tracks(at(*received_s)));
    }
    (tracker, text)
}

proptest! {
    #[test]
    fn no_scan_panics_and_every_track_is_made_of_numbers(scans in prop::collection::vec(any_scan(), 1..30)) {
        let config = TrackerConfig { tracks_max: 40, ..TrackerConfig::new(datum(), AltitudeHae::new(WATER_M), sensors()) };
        let mut tracker = Tracker::new(config);
        for (received_s, scan) in &scans {
            tracker.step(at(*received_s), scan);
            prop_assert!(tracker.metrics().targets <= 40);
        }
        for seconds in [-10.0, 0.0, 20.0, 1e6, f64::NAN] {
            for track in tracker.tracks(at(seconds)) {
                prop_assert!(track.velocity.vector().iter().all(|v| v.is_finite()), "{track:?}");
                prop_assert!(is_covariance(&track.covariance), "{track:?}");
                let sum: f32 = track.classification.belief.values().sum();
                prop_assert!((sum - 1.0).abs() < 1e-3, "{track:?}");
            }
        }
        let latest = scans.iter().map(|(received_s, _)| *received_s).filter(|s| s.is_finite()).fold(0.0, f64::max);
        tracker.advance(at(latest + 1e7));
        prop_assert_eq!(tracker.tracks(at(latest + 1e7)), []);
        prop_assert_eq!(tracker.metrics().targets, 0);
        prop_assert_eq!(tracker.take_dropped().len() as u64, tracker.metrics().dropped.min(40));
    }

    #[test]
    fn the_same_scans_give_the_same_tracks(scans in prop::collection::vec(any_scan(), 1..20)) {
        prop_assert_eq!(run(&scans).1, run(&scans).1);
    }

    #[test]
    fn the_order_of_detections_in_a_scan_changes_nothing(
        scans in prop::collection::vec(any_scan(), 1..15), turns in prop::collection::vec(0..8usize, 15),
    ) {
        let turned: Vec<_> = scans
            .iter()
            .zip(&turns)
            .map(|((received_s, scan), turn)| {
                let mut scan = scan.clone();
                let count = scan.detections.len().max(1);
                scan.detections.rotate_left(turn % count);
                if turn % 2 == 0 {
                    scan.detections.reverse();
                }
                (*received_s, scan)
            })
            .collect();
        prop_assert_eq!(run(&scans).1, run(&turned).1);
    }

    #[test]
    fn real_plots_in_any_order_give_the_same_tracks(seed in any::<u64>(), turn in 1..20usize) {
        let radar = &sensors()[0];
        let run = |turn: usize| {
            let (mut tracker, mut noise) = (tracker(), Noise::new(seed));
            for second in 0..8 {
                let seconds = f64::from(second);
                let mover = |n: u32| Mover { from: [900.0, 40.0 * f64::from(n), 60.0], velocity: [9.0, 3.0, 0.0] };
                let plot = |n: u32| radar_plot(radar, &mover(n), n.into(), seconds, &mut noise);
                let mut plots: Vec<_> = (0..20).map(plot).collect();
                plots.rotate_left(turn);
                feed(&mut tracker, &scan(radar, seconds, plots));
            }
            format!("{:?}", tracker.tracks(at(8.0)))
        };
        prop_assert_eq!(run(0), run(turn));
    }
}

#[test]
fn scans_that_cannot_be_placed_are_refused_and_counted() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(1));
    let radar = &sensors()[0];
    let mover = Mover { from: [900.0, 0.0, 60.0], velocity: [9.0, 3.0, 0.0] };
    let mut check = |received_s: f64, change: &dyn Fn(&mut SensorScan), expected: Option<Refusal>| {
        let mut scan = scan(radar, 10.0, vec![radar_plot(radar, &mover, 1, 10.0, &mut noise)]);
        change(&mut scan);
        assert_eq!(tracker.step(at(received_s), &scan).refusal, expected);
    };
    check(10.1, &|_| {}, None);
    check(10.2, &|_| {}, Some(Refusal::Repeated));
    check(10.2, &|scan| scan.sensor = SensorId::new("stranger").unwrap(), Some(Refusal::UnknownSensor));
    check(5.0, &|scan| scan.scan = 7, Some(Refusal::FromTheFuture));
    check(50.0, &|scan| scan.scan = 8, Some(Refusal::TooOld));
    let metrics = tracker.metrics();
    assert_eq!((metrics.scans, metrics.repeated, metrics.unknown_sensor, metrics.untimely), (5, 1, 1, 2));
}

#[test]
fn time_that_runs_backwards_deletes_nothing_and_revives_nothing() {
    let (mut tracker, mut noise) = (tracker(), Noise::new(2));
    let radar = &sensors()[0];
    let mover = Mover { from: [900.0, 0.0, 60.0], velocity: [9.0, 3.0, 0.0] };
    for second in 0..5 {
        let seconds = f64::from(second);
        feed(&mut tracker, &scan(radar, seconds, vec![radar_plot(radar, &mover, 1, seconds, &mut noise)]));
    }
    tracker.advance(at(-1e9));
    assert_eq!(believed(&tracker, 4.0).len(), 1);
    let early = believed(&tracker, -1e9);
    assert_eq!(early[0].estimated_at, at(4.0), "an estimate is never older than its newest measurement");
    tracker.advance(at(1e9));
    tracker.advance(at(4.0));
    assert_eq!(tracker.tracks(at(4.0)), []);
}

#[test]
fn numbers_that_are_none_are_counted_and_the_rest_of_the_scan_is_taken() {
    let radar = &sensors()[0];
    let mover = Mover { from: [900.0, 0.0, 60.0], velocity: [9.0, 3.0, 0.0] };
    let plot = |range_m: f64, sigma: [f64; 3]| Measurement::RangeAzEl {
        range_m,
        azimuth: Azimuth::from_radians(1.0),
        elevation: Elevation::from_radians(0.1),
        range_rate: None,
        sigma,
    };
    let sigma = [4.0, 0.007, 0.01];
    let wrong = [
        plot(f64::NAN, sigma),
        plot(f64::INFINITY, sigma),
        plot(-900.0, sigma),
        plot(0.0, sigma),
        plot(900.0, [f64::NAN, 0.007, 0.01]),
        plot(900.0, [4.0, -0.007, 0.01]),
        Measurement::RangeAz { range_m: 900.0, azimuth: Azimuth::from_radians(f64::NAN), sigma: [4.0, f64::INFINITY] },
        Measurement::Azimuth { azimuth: Azimuth::from_radians(0.0), sigma: f64::NEG_INFINITY },
    ];
    let (mut clean, mut spoilt, mut noise) = (tracker(), tracker(), Noise::new(4));
    for second in 0..10 {
        let seconds = f64::from(second);
        let plots = vec![radar_plot(radar, &mover, 1, seconds, &mut noise)];
        feed(&mut clean, &scan(radar, seconds, plots.clone()));
        let nonsense = (2..).zip(wrong).map(|(id, measurement)| detection(id, seconds, measurement));
        let late = Detection { measured_at: at(seconds - 1e9), ..plots[0].clone() };
        let early = Detection { measured_at: at(seconds + 1e9), ..plots[0].clone() };
        let spoilt_plots = plots.iter().cloned().chain(nonsense).chain([late, early]).collect();
        let report = spoilt.step(at(seconds + 0.1), &scan(radar, seconds, spoilt_plots));
        assert_eq!((report.refusal, report.nonsense), (None, wrong.len() + 2));
    }
    assert_eq!(spoilt.metrics().nonsense, 10 * (wrong.len() as u64 + 2));
    assert_eq!(spoilt.tracks(at(9.0)), clean.tracks(at(9.0)));
    assert_eq!(believed(&clean, 9.0).len(), 1);
}
