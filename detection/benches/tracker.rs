//! How many targets one core keeps up with, what a late scan costs, and how many AIS lines are read:
//! `cargo bench -p detection`.
//!
//! A step is one look of one radar at all targets, a plot each and a few false ones. At one look a second, a step's
//! time is the share of a core that the tracker takes. Items a second are detections, or lines: where the figure is the
//! same at 50 and at 1000 targets, the cost of a frame grows linearly.

use detection::ais;
use detection::tracker::{Tracker, TrackerConfig};
use divan::Bencher;
use divan::counter::ItemsCount;
use telemetry::messages::{
    Coverage, Detection, Measurement, RangeRate, SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::{AltitudeAmsl, AltitudeHae, Azimuth, DetectionId, Elevation, Enu, Geodetic, SensorId, Timestamp};

/// Looks before the measurement, so that the targets are confirmed, and looks measured at once.
const WARM_UP: u32 = 5;
const MEASURED: u32 = 5;
const CLUTTER: u64 = 10;
/// How late the late scan is, seconds.
const LATE_S: f64 = 1.4;

fn main() {
    divan::main();
}

fn datum() -> Geodetic {
    Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).expect("Kiel lies on Earth")
}

fn radar(name: &str) -> SensorDescription {
    SensorDescription {
        id: SensorId::new(name).expect("a name"),
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

fn tracker() -> Tracker {
    let sensors = vec![radar("radar-1"), radar("radar-2")];
    Tracker::new(TrackerConfig::new(datum(), datum().height(), sensors))
}

/// Drones on a square of 20 km, each with a course of its own, as a radar sees them at a time.
fn look(name: &str, targets: u64, seconds: f64) -> SensorScan {
    let measured_at = Timestamp::EPOCH.offset_seconds(seconds);
    let side = (targets as f64).sqrt().ceil() as u64;
    let drone = |n: u64| {
        let place = |index: u64| (index as f64 + 0.5) / side as f64 * 20_000.0 - 10_000.0;
        let (sin, cos) = (n as f64).sin_cos();
        let flown_m = 15.0 * seconds;
        let seen =
            Enu { east_m: place(n % side) + flown_m * sin, north_m: place(n / side) + flown_m * cos, up_m: 80.0 };
        (seen, 15.0 * (seen.east_m * sin + seen.north_m * cos) / seen.range_m())
    };
    let false_plot = |n: u64| {
        let turn = n as f64 * 7919.0 + seconds * 104_729.0;
        let seen = Enu::from_polar(500.0 + turn % 9000.0, Azimuth::from_radians(turn), Elevation::from_radians(0.05));
        (seen, turn % 40.0 - 20.0)
    };
    let seen = (0..targets).map(drone).chain((0..CLUTTER).map(false_plot));
    let plot = |(n, (seen, m_s)): (usize, (Enu, f64))| Detection {
        id: DetectionId(n as u64),
        measured_at,
        measurement: Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: Some(RangeRate { m_s, sigma_m_s: 0.5 }),
            sigma: [4.0, 0.007, 0.01],
        },
        claim: None,
        drone_llr: Some(0.5),
    };
    SensorScan {
        sensor: radar(name).id,
        scan: (seconds * 10.0) as u64,
        measured_at,
        origin: datum(),
        sector: None,
        detections: seen.enumerate().map(plot).collect(),
    }
}

/// A tracker that has confirmed the targets.
fn warm(targets: u64) -> Tracker {
    let mut tracker = tracker();
    for second in 0..WARM_UP {
        let scan = look("radar-1", targets, f64::from(second));
        tracker.step(scan.measured_at, &scan);
    }
    tracker
}

#[divan::bench(args = [50, 200, 1000])]
fn five_looks_at_targets(bencher: Bencher<'_, '_>, targets: u64) {
    let looks: Vec<_> =
        (WARM_UP..WARM_UP + MEASURED).map(|second| look("radar-1", targets, f64::from(second))).collect();
    let detections = looks.iter().map(|scan| scan.detections.len()).sum::<usize>();
    let bencher = bencher.counter(ItemsCount::new(detections)).with_inputs(|| warm(targets));
    bencher.bench_local_values(|mut tracker| {
        for scan in &looks {
            divan::black_box(tracker.step(scan.measured_at, scan));
        }
        tracker
    });
}

/// One scan of a second radar, measured between the looks of the first before the last: what came since is taken again.
#[divan::bench(args = [50, 200, 1000])]
fn a_late_scan_of_targets(bencher: Bencher<'_, '_>, targets: u64) {
    let now_s = f64::from(WARM_UP - 1);
    let late = look("radar-2", targets, now_s - LATE_S);
    let bencher = bencher.counter(ItemsCount::new(late.detections.len())).with_inputs(|| warm(targets));
    bencher.bench_local_values(|mut tracker| {
        divan::black_box(tracker.step(Timestamp::EPOCH.offset_seconds(now_s), &late));
        assert_eq!(tracker.metrics().out_of_sequence, 1, "the scan is late");
        tracker
    });
}

#[divan::bench(args = [50, 200, 1000])]
fn tracks_of_targets(bencher: Bencher<'_, '_>, targets: u64) {
    let tracker = warm(targets);
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
