//! Edges of fields of view, profiles, and what is not stated.

use telemetry::Elevation;
use telemetry::messages::RangeProbability;

use super::*;
use crate::tracker::estimate::Vector6;
use crate::tracker::example::{at, sensor as described, site};
use crate::tracker::measure::Pose;

const EXACT: Rows = Rows::new(1e-6, 1e-9, 1e-9, 1e-6);

fn sensor(kind: SensorKind) -> Sensor {
    Sensor::new(described("s", kind))
}

fn sector(from_deg: f64, to_deg: f64) -> AzimuthSector {
    AzimuthSector { from: Azimuth::from_degrees(from_deg), to: Azimuth::from_degrees(to_deg) }
}

/// A place as a sensor at the datum sees it.
fn seen(range_m: f64, azimuth_deg: f64, elevation_deg: f64) -> Expected {
    let place =
        telemetry::Enu::from_polar(range_m, Azimuth::from_degrees(azimuth_deg), Elevation::from_degrees(elevation_deg));
    let state = Vector6::from([place.east_m, place.north_m, place.up_m, 0.0, 0.0, 0.0]);
    Pose::new(&site(), site().datum()).expects(&state).unwrap()
}

#[test]
fn detection_follows_its_profile_in_straight_lines() {
    let mut description = described("s", SensorKind::Radar);
    let point = |range_m, probability| RangeProbability { range_m, probability };
    description.performance.detection_by_range = vec![point(1000.0, 0.9), point(2000.0, 0.5), point(4000.0, 0.1)];
    let sensor = Sensor::new(description);
    for (range_m, expected) in
        [(10.0, 0.9), (1000.0, 0.9), (1250.0, 0.8), (2000.0, 0.5), (3000.0, 0.3), (4000.0, 0.1), (9000.0, 0.1)]
    {
        let found = sensor.detection_probability(range_m);
        assert!((found - expected).abs() < 1e-12, "{found} at {range_m} m");
    }
}

#[test]
fn detection_without_a_profile_is_as_stated_and_never_certain_nor_hopeless() {
    for (stated, expected) in [(0.7, 0.7), (1.0, DETECTION[1]), (0.0, DETECTION[0]), (f64::NAN, DETECTION[0])] {
        let sensor =
            Sensor::new(SensorDescription { detection_probability: stated, ..described("s", SensorKind::Radar) });
        assert_eq!(sensor.detection_probability(1000.0), expected);
    }
}

#[test]
fn what_is_not_stated_or_no_number_is_taken_to_be_usual() {
    let with = |change: fn(&mut SensorDescription)| {
        let mut description = described("s", SensorKind::Radar);
        change(&mut description);
        Sensor::new(description)
    };
    let radar = with(|_| {});
    assert_eq!((radar.revisit_s(), radar.clutter_per_scan(), radar.bird_factor()), (1.0, 3.0, BIRD_FACTOR));
    assert_eq!(with(|d| d.period_s = 0.0).revisit_s(), REVISIT_DEFAULT_S);
    assert_eq!(with(|d| d.period_s = f64::NAN).revisit_s(), REVISIT_DEFAULT_S);
    assert_eq!(with(|d| d.clutter_per_scan = 0.0).clutter_per_scan(), CLUTTER_MIN);
    assert_eq!(with(|d| d.clutter_per_scan = f64::INFINITY).clutter_per_scan(), CLUTTER_MIN);
    assert_eq!(with(|d| d.performance.bird_factor = Some(0.4)).bird_factor(), 0.4);
    assert_eq!(with(|d| d.performance.bird_factor = Some(f64::NAN)).bird_factor(), BIRD_FACTOR);
    let odd = with(|d| d.coverage.range_m = [50.0, f64::INFINITY]);
    assert!(odd.volume([true; ROWS]).is_finite());
}

#[test]
fn the_density_of_clutter_is_its_count_over_the_field_of_view() {
    // The benchmark states 2.972e-8 per metre and square degree for this radar.
    let radar = sensor(SensorKind::Radar);
    let per_degrees = radar.clutter_per_scan() / radar.volume([true, true, true, false]) * 1f64.to_radians().powi(2);
    assert!((per_degrees / 2.972_474_8e-8 - 1.0).abs() < 1e-6, "{per_degrees}");
    let rates = radar.volume([true; ROWS]) / radar.volume([true, true, true, false]);
    assert!((rates - RANGE_RATE_SPAN_M_S).abs() < 1e-9);
}

#[test]
fn a_sector_is_its_share_of_the_field_of_view() {
    let radar = sensor(SensorKind::Radar);
    assert_eq!(radar.swept(None), 1.0);
    assert!((radar.swept(Some(sector(350.0, 80.0))) - 0.25).abs() < 1e-12);
    assert_eq!(radar.swept(Some(sector(10.0, 10.0))), 1.0, "from where to where it began");
    let mut fixed = described("s", SensorKind::Radar);
    fixed.coverage.sector = Some(sector(0.0, 120.0));
    assert!((Sensor::new(fixed).swept(Some(sector(0.0, 30.0))) - 0.25).abs() < 1e-12);
}

#[test]
fn only_what_lies_where_the_look_was_can_be_missed() {
    let check = |kind, part: Option<[f64; 2]>, place: (f64, f64, f64), expected: f64, why: &str| {
        let part = part.map(|[from, to]| sector(from, to));
        let (range_m, azimuth_deg, elevation_deg) = place;
        let found = sensor(kind).in_view(part, &seen(range_m, azimuth_deg, elevation_deg), &EXACT);
        assert!((found - expected).abs() < 1e-3, "{why}: {found}");
    };
    use SensorKind::{CoastalRadar, Radar};
    check(Radar, None, (1000.0, 200.0, 5.0), 1.0, "a whole turn");
    check(Radar, Some([0.0, 90.0]), (1000.0, 45.0, 5.0), 1.0, "in its sector");
    check(Radar, Some([90.0, 180.0]), (1000.0, 45.0, 5.0), 0.0, "in another sector");
    check(Radar, Some([0.0, 90.0]), (1000.0, 90.0, 5.0), 0.5, "on the sector's edge");
    check(Radar, Some([350.0, 20.0]), (1000.0, 355.0, 5.0), 1.0, "west of north in a sector through north");
    check(Radar, Some([350.0, 20.0]), (1000.0, 10.0, 5.0), 1.0, "east of north in a sector through north");
    check(Radar, Some([350.0, 20.0]), (1000.0, 30.0, 5.0), 0.0, "beside a sector through north");
    check(Radar, Some([20.0, 350.0]), (1000.0, 0.0, 5.0), 0.0, "in the gap at north");
    check(Radar, Some([20.0, 350.0]), (1000.0, 180.0, 5.0), 1.0, "opposite the gap");
    check(Radar, None, (4600.0, 45.0, 5.0), 0.0, "too far");
    check(Radar, None, (4500.0, 45.0, 5.0), 0.5, "just as far as it sees");
    check(Radar, None, (40.0, 45.0, 5.0), 0.0, "too near");
    check(Radar, None, (500.0, 45.0, 70.0), 0.0, "too steep");
    check(Radar, None, (500.0, 45.0, 60.0), 0.5, "as steep as it sees");
    check(Radar, None, (500.0, 45.0, -3.0), 0.5, "as low as it sees");
    check(CoastalRadar, None, (500.0, 45.0, -5.0), 1.0, "a coastal radar's beam reaches the water");
}

#[test]
fn a_fixed_sector_counts_beside_the_look_s_own() {
    let mut description = described("s", SensorKind::Radar);
    description.coverage.sector = Some(sector(300.0, 60.0));
    let fixed = Sensor::new(description);
    let view =
        |part: Option<AzimuthSector>, azimuth_deg: f64| fixed.in_view(part, &seen(1000.0, azimuth_deg, 5.0), &EXACT);
    assert!(view(None, 0.0) > 0.999 && view(None, 90.0) < 0.001);
    assert!(view(Some(sector(30.0, 90.0)), 45.0) > 0.999 && view(Some(sector(30.0, 90.0)), 75.0) < 0.001);
}

#[test]
fn the_vaguer_a_place_the_less_surely_it_is_in_view() {
    let radar = sensor(SensorKind::Radar);
    let view = |sigma: f64| {
        let spread = Rows::new(1.0, sigma, 1e-9, 1.0);
        radar.in_view(Some(sector(0.0, 20.0)), &seen(1000.0, 10.0, 5.0), &spread)
    };
    assert!(view(0.01) > view(0.1) && view(0.1) > view(0.5));
    assert!((view(10f64.to_radians()) - 0.6827).abs() < 1e-3, "one deviation either way");
}

#[test]
fn the_normal_distribution_function_is_that_of_the_tables() {
    let table = [
        (-3.0, 0.001_350),
        (-1.96, 0.025_0),
        (-1.0, 0.158_655),
        (0.0, 0.5),
        (0.5, 0.691_462),
        (1.0, 0.841_345),
        (2.0, 0.977_250),
        (3.0, 0.998_650),
    ];
    for (z, expected) in table {
        assert!((normal_cdf(z) - expected).abs() < 2e-4, "{z}: {}", normal_cdf(z));
    }
    assert_eq!((normal_cdf(f64::INFINITY), normal_cdf(f64::NEG_INFINITY)), (1.0, 0.0));
    assert_eq!((between(5.0, 0.0, 0.0, 10.0), between(15.0, 0.0, 0.0, 10.0)), (1.0, 0.0));
}

#[test]
fn each_kind_watches_what_it_is_made_for_and_misses_what_it_could_have_seen() {
    use SensorKind::{
        Acoustic, AdsbReceiver, AisReceiver, Camera, CoastalRadar, Radar, RemoteIdReceiver, RfDirectionFinder,
    };
    let look = Some(sector(0.0, 30.0));
    for (kind, air, surface, misses, misses_in_a_sector) in [
        (Radar, true, false, true, true),
        (CoastalRadar, false, true, true, true),
        (RfDirectionFinder, true, false, true, true),
        (Acoustic, true, false, true, true),
        (Camera, true, true, false, true),
        (AisReceiver, true, true, false, false),
        (RemoteIdReceiver, true, false, false, false),
        (AdsbReceiver, true, false, false, false),
    ] {
        let sensor = sensor(kind);
        assert_eq!((sensor.watches(Domain::Air), sensor.watches(Domain::Surface)), (air, surface), "{kind:?}");
        assert_eq!((sensor.can_miss(None), sensor.can_miss(look)), (misses, misses_in_a_sector), "{kind:?}");
        assert_eq!(sensor.listens(), kind == RfDirectionFinder, "{kind:?}");
    }
}

#[test]
fn a_range_rate_that_the_radar_cannot_report_is_no_plot() {
    let mut description = described("s", SensorKind::Radar);
    let plot = |rate: f64, has: bool| Plot {
        at: at(0.0),
        index: 0,
        has: [true, true, true, has],
        value: Rows::new(900.0, 1.0, 0.1, rate),
        sigma: Rows::repeat(1.0),
        llr: None,
    };
    assert!(Sensor::new(description.clone()).reports(&plot(500.0, true)));
    description.performance.range_rate_span_m_s = Some([-40.0, 40.0]);
    let radar = Sensor::new(description);
    assert!(
        radar.reports(&plot(-40.5, true)) && !radar.reports(&plot(42.0, true)) && radar.reports(&plot(42.0, false))
    );
    assert!((radar.volume([false, false, false, true]) - 80.0).abs() < 1e-9);
}

#[test]
fn a_scan_that_comes_twice_is_known() {
    let mut recent = Recent::default();
    for scan in 0..1000 {
        assert!(recent.is_new(scan, at(0.0)) && !recent.is_new(scan, at(0.0)));
    }
    assert!(recent.is_new(999, at(1.0)), "another sector of the same scan");
    assert_eq!(recent.0.len(), RECENT_MAX);
}

#[test]
fn a_look_is_a_scan_of_however_many_sectors() {
    let mut learnt = Learnt::new();
    for (scan, looks) in [(7, 0), (7, 0), (8, 1), (8, 1), (8, 1), (9, 2), (3, 3)] {
        learnt.turn(scan);
        assert_eq!(learnt.looks, looks);
    }
}
