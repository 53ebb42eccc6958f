//! How many targets one core keeps up with, and how many AIS lines it reads: `cargo bench -p detection`.
//!
//! A step is one look of one radar at all targets, a plot each and a few false ones. At one look a second, a step's
//! time is the share of a core that the tracker takes. Items a second are detections, or lines.

use detection::ais;
use detection::tracker::{Tracker, TrackerConfig};
use divan::Bencher;
use divan::counter::ItemsCount;
use telemetry::messages::{
    Coverage, Detection, Measurement, SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::{AltitudeAmsl, AltitudeHae, Azimuth, DetectionId, Elevation, Enu, Geodetic, SensorId, Timestamp};

/// Looks before the measurement, so that the targets are confirmed, and looks measured at once.
const WARM_UP: u32 = 5;
const MEASURED: u32 = 5;
const CLUTTER: u64 = 10;

fn main() {
    divan::main();
}

fn datum() -> Geodetic {
    Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).expect("Kiel lies on Earth")
}

fn radar() -> SensorDescription {
    SensorDescription {
        id: SensorId::new("radar-1").expect("a name"),
        kind: SensorKind::Radar,
        position: datum(),
        altitude: AltitudeAmsl::new(0.0),
        period_s: 1.0,
        coverage: Coverage {
            range_m: [50.0, 20_000.0],
            sector: None,
            elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan: CLUTTER as f64,
        performance: SensorPerformance::default(),
    }
}

/// Drones on a square of 20 km, each with a course of its own, at a second.
fn look(targets: u64, second: u32) -> SensorScan {
    let measured_at = Timestamp::EPOCH.offset_seconds(f64::from(second));
    let side = (targets as f64).sqrt().ceil() as u64;
    let drone = |n: u64| {
        let place = |index: u64| (index as f64 + 0.5) / side as f64 * 20_000.0 - 10_000.0;
        let course = n as f64;
        let flown_m = 15.0 * f64::from(second);
        let (east_m, north_m) = (place(n % side) + flown_m * course.sin(), place(n / side) + flown_m * course.cos());
        Enu { east_m, north_m, up_m: 80.0 }
    };
    let false_plot = |n: u64| {
        let turn = (n * 7919 + u64::from(second) * 104_729) as f64;
        let azimuth = Azimuth::from_radians(turn);
        Enu::from_polar(500.0 + turn % 9000.0, azimuth, Elevation::from_radians(0.05))
    };
    let seen = (0..targets).map(drone).chain((0..CLUTTER).map(false_plot));
    let plot = |(n, seen): (usize, Enu)| Detection {
        id: DetectionId(n as u64),
        measured_at,
        measurement: Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: None,
            sigma: [4.0, 0.007, 0.01],
        },
        claim: None,
        drone_llr: Some(0.5),
    };
    let detections = seen.enumerate().map(plot).collect();
    SensorScan { sensor: radar().id, scan: second.into(), measured_at, origin: datum(), sector: None, detections }
}

#[divan::bench(args = [10, 100, 1000])]
fn five_looks_at_targets(bencher: Bencher<'_, '_>, targets: u64) {
    let looks: Vec<_> = (0..WARM_UP + MEASURED).map(|second| look(targets, second)).collect();
    let (warm_up, measured) = looks.split_at(WARM_UP as usize);
    let warm = || {
        let mut tracker = Tracker::new(TrackerConfig::new(datum(), datum().height(), vec![radar()]));
        for scan in warm_up {
            tracker.step(scan.measured_at, scan);
        }
        tracker
    };
    let detections = measured.iter().map(|scan| scan.detections.len()).sum::<usize>();
    bencher.counter(ItemsCount::new(detections)).with_inputs(warm).bench_local_values(|mut tracker| {
        for scan in measured {
            divan::black_box(tracker.step(scan.measured_at, scan));
        }
        tracker
    });
}

#[divan::bench(args = [10, 100, 1000])]
fn tracks_of_targets(bencher: Bencher<'_, '_>, targets: u64) {
    let mut tracker = Tracker::new(TrackerConfig::new(datum(), datum().height(), vec![radar()]));
    for second in 0..WARM_UP {
        let scan = look(targets, second);
        tracker.step(scan.measured_at, &scan);
    }
    let at = Timestamp::EPOCH.offset_seconds(f64::from(WARM_UP));
    bencher.counter(ItemsCount::new(targets)).bench_local(|| divan::black_box(tracker.tracks(at)));
}

#[divan::bench]
fn ais_lines(bencher: Bencher<'_, '_>) {
    let text = include_bytes!("../tests/data/ais-denmark.txt");
    let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    bencher.counter(ItemsCount::new(lines.len())).bench_local(|| {
        let mut decoder = ais::Decoder::new(SensorId::new("ais").expect("a name"), datum(), datum().height());
        for line in &lines {
            let _ = divan::black_box(decoder.decode_line(Timestamp::EPOCH, line));
        }
    });
}
