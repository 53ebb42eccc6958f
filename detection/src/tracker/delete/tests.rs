//! Thresholds: shown, coasting, forgotten.

use telemetry::messages::{AdsbClaim, AisClaim, Claim, Detection, Measurement};
use telemetry::{DetectionId, EnuVelocity, Icao24, Mmsi};

use super::*;
use crate::tracker::example::{World, at, belief, geodetic, sensor, target};

fn with(kinds: &[SensorKind]) -> Usefulness {
    let sensors: Vec<Sensor> = kinds.iter().map(|kind| Sensor::new(sensor("s", *kind))).collect();
    Usefulness::of(&sensors)
}

fn known_to(sigma_m: f64) -> Gaussian {
    belief([800.0, 0.0, 100.0, 5.0, 0.0, 0.0], [sigma_m, sigma_m, sigma_m, 1.0, 1.0, 1.0])
}

fn existing(domain: Domain, probability: f64) -> Target {
    let mut target = target(domain, known_to(5.0));
    target.existence.probability = probability;
    target
}

fn status(target: &Target, sigma_m: f64, seconds: f64) -> TrackStatus {
    with(&[SensorKind::Radar]).status(target, &known_to(sigma_m), at(seconds))
}

#[test]
fn a_target_surely_there_and_well_known_is_confirmed_until_it_coasts() {
    let drone = existing(Domain::Air, 0.99);
    assert_eq!(status(&drone, 5.0, 1.0), TrackStatus::Confirmed);
    assert_eq!(status(&drone, 5.0, COASTING_S), TrackStatus::Confirmed);
    assert_eq!(status(&drone, 5.0, COASTING_S + 0.1), TrackStatus::Coasting);
    let slow = Target { revisit_s: 4.0, ..drone };
    assert_eq!(status(&slow, 5.0, 4.0 * COASTING_PERIODS - 0.1), TrackStatus::Confirmed, "its radar turns slowly");
    assert_eq!(status(&slow, 5.0, 4.0 * COASTING_PERIODS + 0.1), TrackStatus::Coasting);
}

#[test]
fn what_was_measured_a_moment_ago_does_not_flicker() {
    let doubtful = existing(Domain::Air, 0.5);
    assert_eq!(status(&doubtful, 5.0, LATELY_S - 0.1), TrackStatus::Confirmed);
    assert_eq!(status(&doubtful, 5.0, LATELY_S + 0.1), TrackStatus::Tentative);
}

#[test]
fn what_was_never_confirmed_is_tentative_however_well_it_is_known() {
    let tentative = Target { confirmed: false, ..existing(Domain::Air, 0.99) };
    assert_eq!(status(&tentative, 1.0, 0.0), TrackStatus::Tentative);
    assert_eq!(status(&tentative, 1.0, 30.0), TrackStatus::Tentative, "and never coasts");
}

#[test]
fn the_less_sure_a_target_the_better_its_place_must_be_known() {
    // With probability r and squared error E, shown while r E < (2 r − 1) c²/2.
    let confirmed = |probability: f64, sigma_m: f64| {
        status(&existing(Domain::Air, probability), sigma_m, 2.0) != TrackStatus::Tentative
    };
    assert!(!confirmed(0.5, 0.01), "even odds are never worth it");
    let widest = |probability: f64| (1..200).rev().find(|&sigma_m| confirmed(probability, f64::from(sigma_m)));
    let (sure, likely, unsure) = (widest(0.999).unwrap(), widest(0.8).unwrap(), widest(0.6).unwrap());
    assert!(sure > likely && likely > unsure, "{sure} {likely} {unsure}");
    // Quite sure: the squared error may be half the squared cut-off, so three axes of 0.52 times the useful accuracy.
    let expected = USEFUL_AIR_M * (2f64.ln() / 0.87 / 3.0).sqrt();
    assert!((f64::from(sure) - expected).abs() < 1.5, "{sure} {expected}");
}

#[test]
fn how_well_is_well_enough_is_the_site_s_and_the_domain_s() {
    let vague = 28.0;
    let air = existing(Domain::Air, 0.99);
    let shown = |target: &Target, kinds: &[SensorKind]| {
        with(kinds).status(target, &known_to(vague), at(0.0)) != TrackStatus::Tentative
    };
    assert!(!shown(&air, &[SensorKind::Radar]), "a radar measures ranges");
    assert!(shown(&air, &[SensorKind::RfDirectionFinder, SensorKind::Camera]), "directions alone do not");
    assert!(shown(&existing(Domain::Surface, 0.99), &[SensorKind::Radar]), "a vessel is large");
}

/// The target that a report starts.
fn claimed(kind: SensorKind, claim: Claim) -> (World, Target) {
    let world = World::new(vec![sensor("receiver", kind)]);
    let measurement = Measurement::Position {
        position: geodetic(54.37, 10.20, 39.0 + if kind == SensorKind::AdsbReceiver { 300.0 } else { 0.0 }),
        horizontal_sigma_m: 10.0,
        vertical_sigma_m: Some(10.0),
        velocity: Some((EnuVelocity { east_m_s: 6.0, north_m_s: 0.0, up_m_s: 0.0 }, 0.5)),
    };
    let id = DetectionId(1);
    let report = Detection { id, measured_at: at(0.0), measurement, claim: Some(claim), drone_llr: None };
    let mut scene = world.scene();
    world.step().take(&mut scene, &world.frame(0, 0.0, vec![report]));
    let target = scene.targets[0].as_ref().clone();
    (world, target)
}

fn vessel() -> (World, Target) {
    let mmsi = Mmsi::new(211_234_560).unwrap();
    let claim = AisClaim::of(mmsi);
    claimed(SensorKind::AisReceiver, Claim::Ais(claim))
}

#[test]
fn what_is_not_heard_of_is_forgotten_the_later_the_more_it_said_of_itself() {
    let flies = existing(Domain::Air, 0.99);
    let floats = existing(Domain::Surface, 0.99);
    let (_, vessel) = vessel();
    for (target, limit_s) in [(flies, FORGOTTEN_AIR_S), (floats, FORGOTTEN_SURFACE_S), (vessel, FORGOTTEN_CLAIMED_S)] {
        assert!(!is_forgotten(&target, at(limit_s)) && is_forgotten(&target, at(limit_s + 0.1)), "{limit_s}");
    }
}

#[test]
fn a_vessel_is_confirmed_by_its_own_word_and_an_aircraft_is_not() {
    let (_, vessel) = vessel();
    let shown = |target: &Target| with(&[SensorKind::Radar]).status(target, &target.imm.estimate(), at(1.0));
    assert_eq!(shown(&vessel), TrackStatus::Confirmed);
    let claim = Claim::Adsb(AdsbClaim { icao: Icao24::new(0x4C_A1B2).unwrap(), call_sign: None });
    let (_, aircraft) = claimed(SensorKind::AdsbReceiver, claim);
    assert!(aircraft.confirmed);
    assert_eq!(shown(&aircraft), TrackStatus::Tentative, "nobody else has seen it");
}

#[test]
fn a_vessel_at_anchor_lies_where_it_lay_and_one_under_way_does_not() {
    let (_, vessel) = vessel();
    let shown = |speed: f64| {
        let vague = belief([800.0, 0.0, 0.0, speed, 0.0, 0.0], [400.0, 400.0, 1.0, 1.0, 1.0, 1e-3]);
        with(&[SensorKind::Radar]).status(&vessel, &vague, at(1.0))
    };
    assert_eq!(
        (shown(AT_ANCHOR_M_S - 0.1), shown(AT_ANCHOR_M_S + 0.1)),
        (TrackStatus::Confirmed, TrackStatus::Tentative)
    );
}
