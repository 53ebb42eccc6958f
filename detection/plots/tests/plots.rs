//! The plot format: real benchmark files, round trips, and bytes nobody sent.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::path::Path;

use plots::{Decoder, PlotError, PlotNoise, encode_line};
use proptest::prelude::*;
use telemetry::messages::{
    AdsbClaim, AisClaim, AzimuthSector, Claim, Coverage, Detection, Measurement, RangeRate, RemoteIdClaim,
    SensorDescription, SensorKind, SensorPerformance, SensorScan,
};
use telemetry::{
    AltitudeAmsl, AltitudeHae, Azimuth, DetectionId, Elevation, EnuVelocity, Geodetic, Icao24, Mmsi, SensorId,
    Timestamp,
};

fn radar() -> SensorDescription {
    SensorDescription {
        id: SensorId::new("r1").unwrap(),
        kind: SensorKind::Radar,
        position: Geodetic::from_degrees(47.0, 19.0, AltitudeHae::new(50.0)).unwrap(),
        altitude: AltitudeAmsl::new(8.0),
        period_s: 1.0,
        coverage: Coverage {
            range_m: [50.0, 4500.0],
            sector: None,
            elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
        },
        detection_probability: 0.9,
        clutter_per_scan: 3.0,
        performance: SensorPerformance::default(),
    }
}

fn decoder() -> Decoder {
    Decoder::new(radar(), PlotNoise::typical(SensorKind::Radar))
}

fn epoch() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

#[test]
fn a_benchmark_frame_is_read() {
    let line = br#"{"rx":0.6,"sensor":"R1","scan":7,"t":0.5,"cov":[90,180],"dets":[
        {"det":1,"t":0.287,"r":3572.0,"az":103.23,"el":20.21,"llr":-0.5},{"det":2,"r":100,"az":-10,"el":1,"rr":-3.5}]}"#;
    let scan = decoder().decode_line(epoch(), line).unwrap();
    assert_eq!((scan.scan, scan.sensor.as_str(), scan.detections.len()), (7, "r1", 2));
    assert_eq!(scan.measured_at.seconds_since(epoch()), 0.5);
    assert!(scan.sector.unwrap().contains(Azimuth::from_degrees(120.0)));
    assert!(!scan.sector.unwrap().contains(Azimuth::from_degrees(80.0)));
    let [first, second] = &scan.detections[..] else { panic!("two plots") };
    assert_eq!((first.id, first.drone_llr), (DetectionId(1), Some(-0.5)));
    assert_eq!(first.measured_at.unix_nanos() - epoch().unix_nanos(), 287_000_000);
    assert_eq!(second.measured_at, scan.measured_at);
    let Measurement::RangeAzEl { range_m, azimuth, range_rate, .. } = second.measurement else { panic!("3-D") };
    assert_eq!((range_m, range_rate.unwrap().m_s), (100.0, -3.5));
    assert!((azimuth.degrees() - 350.0).abs() < 1e-9);
}

#[test]
fn a_whole_turn_is_no_sector() {
    let sector = |cov: &str| {
        let line = format!(r#"{{"t":0,"cov":{cov},"dets":[]}}"#);
        decoder().decode_line(epoch(), line.as_bytes()).unwrap().sector
    };
    assert_eq!(sector("[0,360]"), None);
    assert!(sector("[270,360]").unwrap().contains(Azimuth::from_degrees(300.0)));
    assert!(!sector("[270,360]").unwrap().contains(Azimuth::from_degrees(10.0)));
    assert!(sector("[-60,60]").unwrap().contains(Azimuth::from_degrees(0.0)));
}

#[test]
fn an_ident_names_who_the_target_claims_to_be() {
    let claimed = |ident: &str| {
        let line = format!(r#"{{"t":0,"dets":[{{"lat":47.0,"lon":19.0,"alt":88.1,"ident":{ident:?}}}]}}"#);
        let mut scan = decoder().decode_line(epoch(), line.as_bytes()).unwrap();
        scan.detections.remove(0).claim
    };
    assert_eq!(claimed("MMSI-211234560"), Some(Claim::Ais(ais(Mmsi::new(211_234_560).unwrap()))));
    assert_eq!(claimed("RID-1581F5FKD2"), Some(Claim::RemoteId(RemoteIdClaim::new("1581F5FKD2").unwrap())));
    assert_eq!(claimed("RID-D-EABC-7"), Some(Claim::RemoteId(RemoteIdClaim::new("D-EABC-7").unwrap())));
    assert_eq!(
        claimed("ADSB-4CA1B2"),
        Some(Claim::Adsb(AdsbClaim { icao: "4CA1B2".parse().unwrap(), call_sign: None }))
    );
    for no_identity in ["", "MMSI", "MMSI-", "MMSI-x", "RID-", "RID-123456789012345678901", "ADSB-4CA1B", "FOO-1"] {
        assert_eq!(claimed(no_identity), None, "{no_identity}");
    }
}

#[test]
fn a_line_without_its_own_noise_has_what_is_typical_of_its_kind() {
    let position = |kind| match decode(kind, r#"{"lat":47.0,"lon":19.0,"alt":88.1}"#) {
        Measurement::Position { horizontal_sigma_m, vertical_sigma_m, .. } => (horizontal_sigma_m, vertical_sigma_m),
        other => panic!("{other:?}"),
    };
    assert_eq!(position(SensorKind::RemoteIdReceiver), (3.0, Some(5.0)));
    assert_eq!(position(SensorKind::AdsbReceiver), (8.0, Some(12.0)));
    assert_eq!(position(SensorKind::AisReceiver), (10.0, Some(10.0)));
    let Measurement::AzEl { sigma, .. } = decode(SensorKind::Acoustic, r#"{"az":41.2,"el":3.1}"#) else {
        panic!("a direction")
    };
    assert_eq!(sigma, [5.0f64.to_radians(); 2]);
}

/// What a plot measures, by a sensor of a kind.
fn decode(kind: SensorKind, plot: &str) -> Measurement {
    let mut decoder = Decoder::new(SensorDescription { kind, ..radar() }, PlotNoise::typical(kind));
    let scan = decoder.decode_line(epoch(), format!(r#"{{"t":0,"dets":[{plot}]}}"#).as_bytes()).unwrap();
    scan.detections[0].measurement
}

#[test]
fn nonsense_plots_are_dropped_and_counted_and_their_frame_kept() {
    let check = |plot: &str| {
        let mut decoder = decoder();
        let line = format!(r#"{{"t":1,"dets":[{plot},{{"r":5,"az":1,"el":1}}]}}"#);
        let scan = decoder.decode_line(epoch(), line.as_bytes()).unwrap();
        assert_eq!((scan.detections.len(), decoder.counts().nonsense_plots), (1, 1), "{plot}");
    };
    check(r#"{"r":-5,"az":1,"el":1}"#);
    check(r#"{"r":0,"az":1,"el":1}"#);
    check(r#"{"r":1e9,"az":1,"el":1}"#);
    check(r#"{"r":5,"az":null,"el":1}"#);
    check(r#"{"r":5,"az":1,"el":91}"#);
    check(r#"{"r":5,"az":1,"el":1,"rr":1e5}"#);
    check(r#"{"r":5,"az":1,"el":1,"llr":1e300}"#);
    check(r#"{"r":5,"az":1,"el":1,"t":1e300}"#);
    check(r#"{"r":5}"#);
    check(r#"{"lat":91,"lon":0}"#);
    check(r#"{"lat":1,"lon":0,"alt":1e9}"#);
    check(r#"{"lat":1,"lon":0,"ve":1e9,"vn":0}"#);
}

#[test]
fn lines_that_are_no_frame_are_refused_and_counted() {
    let mut decoder = decoder();
    let mut check = |line: &[u8], expected: &str| {
        let found = decoder.decode_line(epoch(), line).unwrap_err().to_string();
        assert!(found.contains(expected), "{found:?} does not say {expected:?}");
    };
    check(b"", "not a plot frame");
    check(b"{\"t\":NaN,\"dets\":[]}", "not a plot frame");
    check(b"{\"t\":1e300,\"dets\":[]}", "allowed is");
    check(b"{\"sensor\":\"other\",\"t\":1,\"dets\":[]}", "\"other\" where \"r1\"");
    check(&vec![b' '; plots::LINE_LENGTH_MAX + 1], "at most");
    assert_eq!((decoder.counts().malformed, decoder.counts().frames), (5, 0));
}

#[test]
fn plots_beyond_the_bound_are_counted_and_dropped() {
    let plots = vec![r#"{"r":5,"az":1,"el":1}"#; 10_003].join(",");
    let mut decoder = decoder();
    let scan = decoder.decode_line(epoch(), format!(r#"{{"t":1,"dets":[{plots}]}}"#).as_bytes()).unwrap();
    assert_eq!((scan.detections.len(), decoder.counts().excess_plots), (10_000, 3));
}

#[test]
fn the_open_benchmark_is_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/bench/tracking/data/crossing");
    if !folder.is_dir() {
        println!("not checked: {} is not there", folder.display());
        return;
    }
    for (seed, frames, plots) in [("seed1", 181, 1649), ("seed2", 181, 1639), ("seed3", 181, 1596)] {
        let text = std::fs::read_to_string(folder.join(seed).join("detections.jsonl")).unwrap();
        let mut decoder = decoder();
        for line in text.lines() {
            decoder.decode_line(epoch(), line.as_bytes()).unwrap();
        }
        let counts = decoder.counts();
        assert_eq!((counts.frames, counts.plots, counts.nonsense_plots), (frames, plots, 0), "{seed}");
    }
}

fn time() -> impl Strategy<Value = Timestamp> {
    // A double counts seconds from the epoch to a nanosecond for a month.
    (0..2_000_000_000_000_000i64).prop_map(|nanos| Timestamp::from_unix_nanos(epoch().unix_nanos() + nanos))
}

fn measurement() -> impl Strategy<Value = Measurement> {
    let noise = PlotNoise::typical(SensorKind::Radar);
    let azimuth = (0.0..360.0f64).prop_map(Azimuth::from_degrees);
    let elevation = (-90.0..90.0f64).prop_map(Elevation::from_degrees);
    let rate = prop::option::of(-900.0..900.0f64);
    let range = 0.001..1e6f64;
    let sigma = [noise.range_m, noise.azimuth_rad, noise.elevation_rad];
    let velocity =
        prop::option::of(([-500.0..500.0f64, -500.0..500.0, -100.0..100.0]).prop_map(|[e, n, u]| EnuVelocity {
            east_m_s: e,
            north_m_s: n,
            up_m_s: u,
        }));
    prop_oneof![
        (range.clone(), azimuth.clone(), elevation.clone(), rate).prop_map(
            move |(range_m, azimuth, elevation, rate)| {
                let range_rate = rate.map(|m_s| RangeRate { m_s, sigma_m_s: noise.range_rate_m_s });
                Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma }
            }
        ),
        (range, azimuth.clone()).prop_map(move |(range_m, azimuth)| Measurement::RangeAz {
            range_m,
            azimuth,
            sigma: [sigma[0], sigma[1]]
        }),
        (azimuth.clone(), elevation).prop_map(move |(azimuth, elevation)| Measurement::AzEl {
            azimuth,
            elevation,
            sigma: [sigma[1], sigma[2]]
        }),
        azimuth.prop_map(move |azimuth| Measurement::Azimuth { azimuth, sigma: sigma[1] }),
        (-90.0..=90.0f64, -180.0..180.0f64, -100.0..9000.0f64, velocity).prop_map(
            move |(lat, lon, height, velocity)| {
                Measurement::Position {
                    position: Geodetic::from_degrees(lat, lon, AltitudeHae::new(height)).unwrap(),
                    horizontal_sigma_m: noise.horizontal_m,
                    vertical_sigma_m: Some(noise.vertical_m),
                    velocity: velocity.map(|velocity| (velocity, noise.velocity_m_s)),
                }
            }
        ),
    ]
}

/// What a line keeps of a claim: the identity.
fn claim() -> impl Strategy<Value = Claim> {
    prop_oneof![
        (0..=999_999_999u32).prop_map(|number| Claim::Ais(ais(Mmsi::new(number).unwrap()))),
        "[ -~]{1,20}".prop_map(|uas_id| Claim::RemoteId(RemoteIdClaim::new(uas_id).unwrap())),
        (0..=0xff_ffffu32)
            .prop_map(|number| Claim::Adsb(AdsbClaim { icao: Icao24::new(number).unwrap(), call_sign: None })),
    ]
}

fn ais(mmsi: Mmsi) -> AisClaim {
    AisClaim::of(mmsi)
}

fn detection() -> impl Strategy<Value = Detection> {
    let llr = prop::option::of(-20.0..20.0f32);
    let claim = prop::option::of(claim());
    (any::<u64>(), time(), measurement(), claim, llr).prop_map(|(id, measured_at, measurement, claim, drone_llr)| {
        Detection { id: DetectionId(id), measured_at, measurement, claim, drone_llr }
    })
}

fn scan() -> impl Strategy<Value = SensorScan> {
    let sector = prop::option::of((0.0..360.0f64, 0.0..360.0f64));
    (any::<u64>(), time(), sector, prop::collection::vec(detection(), 0..6)).prop_map(
        |(scan, measured_at, sector, detections)| SensorScan {
            sensor: radar().id,
            scan,
            measured_at,
            origin: radar().position,
            sector: sector
                .map(|(from, to)| AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) }),
            detections,
        },
    )
}

/// The numbers of a measurement, after a number for its kind.
fn components(measurement: &Measurement) -> Vec<f64> {
    match *measurement {
        Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate, sigma } => {
            let rate = range_rate.map(|rate| [rate.m_s, rate.sigma_m_s]);
            let mut all = vec![1.0, range_m, azimuth.radians(), elevation.radians()];
            all.extend(sigma);
            all.extend(rate.into_iter().flatten());
            all
        }
        Measurement::RangeAz { range_m, azimuth, sigma: [r, a] } => vec![2.0, range_m, azimuth.radians(), r, a],
        Measurement::AzEl { azimuth, elevation, sigma: [a, e] } => {
            vec![3.0, azimuth.radians(), elevation.radians(), a, e]
        }
        Measurement::Azimuth { azimuth, sigma } => vec![4.0, azimuth.radians(), sigma],
        Measurement::Position { position, horizontal_sigma_m, vertical_sigma_m, velocity } => {
            let mut all = vec![5.0, position.latitude(), position.longitude(), position.height().metres];
            all.extend([horizontal_sigma_m, vertical_sigma_m.unwrap_or(-1.0)]);
            all.extend(velocity.iter().flat_map(|(v, sigma)| [v.east_m_s, v.north_m_s, v.up_m_s, *sigma]));
            all
        }
    }
}

/// Equal but for the last digit of an angle, which goes through degrees.
fn assert_same(found: &SensorScan, expected: &SensorScan) {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + a.abs());
    assert_eq!((&found.sensor, found.scan, found.measured_at), (&expected.sensor, expected.scan, expected.measured_at));
    assert_eq!(found.sector.is_some(), expected.sector.is_some());
    for (found, expected) in found.sector.iter().zip(&expected.sector) {
        assert!(
            close(found.from.radians(), expected.from.radians()) && close(found.to.radians(), expected.to.radians())
        );
    }
    assert_eq!(found.detections.len(), expected.detections.len());
    for (found, expected) in found.detections.iter().zip(&expected.detections) {
        assert_eq!((found.id, found.measured_at), (expected.id, expected.measured_at));
        assert_eq!((&found.claim, found.drone_llr), (&expected.claim, expected.drone_llr));
        let (found, expected) = (components(&found.measurement), components(&expected.measurement));
        let same = found.len() == expected.len() && found.iter().zip(&expected).all(|(a, b)| close(*a, *b));
        assert!(same, "{found:?} is not {expected:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(scan in scan()) {
        let line = encode_line(&scan, epoch());
        let found = decoder().decode_line(epoch(), line.as_bytes()).unwrap();
        assert_same(&found, &scan);
    }

    #[test]
    fn bytes_nobody_sent_never_panic(line in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = decoder();
        let _ = decoder.decode_line(epoch(), &line);
        let good = decoder.decode_line(epoch(), br#"{"t":1,"dets":[]}"#);
        prop_assert!(good.is_ok());
    }

    #[test]
    fn frames_of_any_numbers_never_panic(numbers in prop::collection::vec(any::<f64>(), 13)) {
        let text: Vec<String> = numbers.iter().map(|n| serde_json::to_string(n).unwrap()).collect();
        let line = format!(
            r#"{{"t":{},"cov":[{},{}],"dets":[{{"t":{},"r":{},"az":{},"el":{},"rr":{},"llr":{}}},{{"lat":{},"lon":{},"ve":{},"vn":{}}}]}}"#,
            text[0], text[1], text[2], text[3], text[4], text[5], text[6], text[7], text[8], text[9], text[10], text[11], text[12],
        );
        if let Err(PlotError::OtherSensor { .. } | PlotError::TooLong { .. }) = decoder().decode_line(epoch(), line.as_bytes()) {
            prop_assert!(false, "not these errors");
        }
    }
}
