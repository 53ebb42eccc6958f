use proptest::prelude::*;
use telemetry::messages::{AdsbClaim, AisClaim, RemoteIdClaim, TargetKind};
use telemetry::{Icao24, Mmsi};

use super::*;
use crate::tracker::example;

const GROUND_M: f64 = 30.0;
/// Grounds of evidence, and the doubt about existence.
const WORDS_MAX: usize = 8;

/// An estimate with a speed towards a course, m/s and radians, at a height above the ground.
fn estimate(speed_m_s: f64, course: f64, height_m: f64) -> Gaussian {
    let velocity = [speed_m_s * course.sin(), speed_m_s * course.cos()];
    example::belief([0.0, 0.0, GROUND_M + height_m, velocity[0], velocity[1], 0.0], [5.0, 5.0, 5.0, 0.7, 0.7, 0.7])
}

/// A belief after so many looks, a second apart, at a target that flies straight on.
fn seen(domain: Domain, speed_m_s: f64, height_m: f64, llr: Option<f64>, looks: usize) -> Belief {
    let mut belief = Belief::of(domain);
    see(&mut belief, speed_m_s, height_m, llr, looks);
    belief
}

fn see(belief: &mut Belief, speed_m_s: f64, height_m: f64, llr: Option<f64>, looks: usize) {
    for _ in 0..looks {
        if let Some(llr) = llr {
            belief.take_ratio(llr, 1.0);
        }
        belief.moves(&estimate(speed_m_s, 1.0, height_m), GROUND_M, 1.0);
    }
}

fn share(belief: &Belief, class: TargetClass) -> f32 {
    belief.classification(1.0).belief[&class]
}

fn likeliest(belief: &Belief) -> TargetClass {
    belief.classification(1.0).likeliest()
}

fn kind(belief: &Belief) -> Option<TargetKind> {
    belief.classification(1.0).likeliest_kind()
}

fn ais(ship_type: Option<u8>, navigational_status: Option<u8>, length_m: Option<u16>) -> Claim {
    let mmsi = Mmsi::new(211_234_560).unwrap();
    Claim::Ais(AisClaim { ship_type, navigational_status, length_m, ..AisClaim::of(mmsi) })
}

#[test]
fn a_drone_that_looks_like_one_is_believed_within_a_few_looks_and_at_the_speed_of_birds_within_a_few_more() {
    for height in [10.0, 60.0, 120.0] {
        for (speed, looks) in [(0.5, 5), (10.0, 12), (15.0, 5), (20.0, 5), (25.0, 5)] {
            let drone = share(&seen(Domain::Air, speed, height, Some(0.8), looks), TargetClass::Drone);
            assert!(drone >= 0.7, "{speed} m/s at {height} m: {drone}");
        }
    }
}

#[test]
fn a_bird_that_looks_like_one_is_a_bird_and_never_shown_as_a_drone() {
    for speed in [8.0, 12.0, 16.0] {
        for looks in 1..30 {
            let belief = seen(Domain::Air, speed, 50.0, Some(-0.5), looks);
            assert_ne!(likeliest(&belief), TargetClass::Drone, "{speed} m/s, {looks} looks");
            assert!(belief.is_undecided() || likeliest(&belief) == TargetClass::Bird, "{speed} m/s, {looks} looks");
        }
        let belief = seen(Domain::Air, speed, 50.0, Some(-0.5), 8);
        assert_eq!(likeliest(&belief), TargetClass::Bird, "{speed} m/s");
    }
}

#[test]
fn without_a_sensors_ratio_motion_alone_names_no_bird_and_nothing_that_does_not_fly() {
    for speed in [0.0, 1.4, 5.0, 9.0, 11.5, 14.0] {
        for height in [0.0, 3.0, 20.0, 60.0] {
            let belief = seen(Domain::Air, speed, height, None, 600);
            assert_eq!(likeliest(&belief), TargetClass::Drone, "{speed} m/s at {height} m");
            assert!(!belief.is_undecided());
        }
    }
}

#[test]
fn what_the_sensors_find_unlike_a_drone_on_the_ground_goes_there_by_foot_or_on_wheels() {
    for (speed, expected) in [(1.4, TargetClass::Person), (22.0, TargetClass::Vehicle)] {
        assert_eq!(likeliest(&seen(Domain::Air, speed, 1.0, Some(-1.0), 20)), expected, "{speed} m/s");
    }
}

#[test]
fn a_vessel_that_says_so_is_believed_at_any_speed_of_vessels() {
    for speed in [0.0, 5.0, 12.0, 20.0, 25.0] {
        let mut belief = Belief::of(Domain::Surface);
        belief.take_claim(&ais(None, None, None));
        see(&mut belief, speed, 0.0, None, 10);
        assert!(share(&belief, TargetClass::Vessel) >= 0.95, "{speed} m/s");
    }
}

#[test]
fn a_fast_boat_under_a_coastal_radar_stays_a_vessel() {
    for speed in [3.0, 10.0, 15.0, 20.0] {
        assert_eq!(likeliest(&seen(Domain::Surface, speed, 0.0, None, 120)), TargetClass::Vessel, "{speed} m/s");
    }
}

#[test]
fn a_claim_does_not_make_a_vessel_of_what_flies() {
    let mut belief = seen(Domain::Air, 15.0, 80.0, Some(0.8), 8);
    belief.take_claim(&ais(None, None, None));
    assert_eq!(likeliest(&belief), TargetClass::Drone);
    assert!(belief.classification(1.0).evidence.iter().any(|text| text.contains("AIS")));
}

#[test]
fn a_claim_counts_for_the_class_that_its_system_is_for() {
    let drone = Claim::RemoteId(RemoteIdClaim::new("1581F5FKD2").unwrap());
    let aircraft = Claim::Adsb(AdsbClaim { icao: Icao24::new(0x4c_a1b2).unwrap(), call_sign: None });
    for (claim, expected) in [(drone, TargetClass::Drone), (aircraft, TargetClass::Aircraft)] {
        let mut belief = seen(Domain::Air, 35.0, 100.0, None, 1);
        belief.take_claim(&claim);
        assert_eq!(likeliest(&belief), expected);
    }
}

#[test]
fn what_may_be_a_bird_is_undecided_until_the_sensors_have_told() {
    let mut belief = seen(Domain::Air, 16.0, 80.0, Some(1.0), 1);
    assert!(belief.is_undecided() && likeliest(&belief) == TargetClass::Drone, "{:?}", belief.share);
    see(&mut belief, 16.0, 80.0, Some(0.6), 8);
    assert!(!belief.is_undecided(), "{:?}", belief.share);
    // A little doubt does not take it back, and a lot makes it a bird, which is decided too.
    see(&mut belief, 16.0, 80.0, Some(-0.5), 3);
    assert!(!belief.is_undecided(), "{:?}", belief.share);
    see(&mut belief, 11.0, 80.0, Some(-1.0), 8);
    assert!(likeliest(&belief) == TargetClass::Bird && !belief.is_undecided());
    assert!(!seen(Domain::Air, 12.0, 80.0, None, 1).is_undecided(), "no sensor tells");
}

#[test]
fn what_is_missed_as_often_as_a_bird_is_the_likelier_one() {
    let bird = |hits: &[f64]| {
        let mut belief = Belief::of(Domain::Air);
        for &hit in hits {
            belief.looked(hit, 0.9 * (1.0 - 0.25 * belief.bird()), 0.75);
            see(&mut belief, 15.0, 80.0, Some(0.0), 1);
        }
        belief.bird()
    };
    let (steady, missed) = (bird(&[1.0; 12]), bird(&[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]));
    assert!(steady < 0.8 * missed, "{steady} {missed}");
}

#[test]
fn a_look_that_could_not_see_a_drone_says_nothing_of_birds() {
    let mut belief = seen(Domain::Air, 15.0, 80.0, Some(0.0), 3);
    let before = belief.clone();
    belief.looked(0.0, 0.05, 0.75);
    belief.looked(0.0, 0.9, 1.0);
    assert_eq!(belief, before);
}

#[test]
fn what_transmits_is_no_bird() {
    let mut belief = seen(Domain::Air, 11.5, 60.0, None, 20);
    assert!(belief.bird() > 0.2);
    for _ in 0..5 {
        belief.transmits(1.0);
    }
    see(&mut belief, 11.5, 60.0, None, 1);
    assert!(belief.bird() < 0.01);
}

#[test]
fn what_is_hardly_there_is_clutter_and_says_so() {
    let classification = seen(Domain::Air, 12.0, 50.0, None, 1).classification(0.3);
    assert_eq!(classification.likeliest(), TargetClass::Clutter);
    assert!(classification.kinds.is_empty());
    assert!(classification.evidence.last().unwrap().contains("too seldom"));
    assert!(!seen(Domain::Air, 12.0, 50.0, None, 1).classification(1.0).belief.contains_key(&TargetClass::Clutter));
}

#[test]
fn a_drone_that_hovers_has_rotors_and_one_that_never_does_has_wings() {
    assert_eq!(kind(&seen(Domain::Air, 15.0, 80.0, None, 5)), Some(TargetKind::Multirotor));
    assert_eq!(kind(&seen(Domain::Air, 15.0, 80.0, None, 300)), Some(TargetKind::FixedWing));
    assert_eq!(kind(&seen(Domain::Air, 29.0, 80.0, None, 60)), Some(TargetKind::FixedWing));
    let mut belief = seen(Domain::Air, 0.5, 80.0, None, 10);
    see(&mut belief, 15.0, 80.0, None, 200);
    assert_eq!(kind(&belief), Some(TargetKind::Multirotor));
}

#[test]
fn a_vessel_is_of_the_kind_it_says_as_far_as_it_moves_like_one() {
    use TargetKind::{
        CargoVessel, FishingVessel, PassengerVessel, SailingOrPleasureCraft, SpeedBoat, Tanker, WorkBoat,
    };
    let cases = [
        (Some(70), None, Some(180), 7.0, Some(CargoVessel)),
        (Some(84), None, Some(240), 0.1, Some(Tanker)),
        (Some(60), None, Some(120), 10.0, Some(PassengerVessel)),
        (Some(40), None, Some(40), 17.0, Some(PassengerVessel)),
        (Some(30), Some(7), Some(18), 2.0, Some(FishingVessel)),
        (Some(36), Some(8), Some(12), 3.0, Some(SailingOrPleasureCraft)),
        (Some(52), None, Some(30), 4.0, Some(WorkBoat)),
        // It says cargo, is eight metres long and does forty knots.
        (Some(70), None, Some(8), 20.0, Some(SpeedBoat)),
        (None, Some(7), None, 2.0, Some(FishingVessel)),
        (None, None, None, 20.0, Some(SpeedBoat)),
        (None, None, None, 4.0, None),
        (Some(255), None, Some(0), 0.0, None),
    ];
    for (ship_type, status, length_m, speed, expected) in cases {
        let mut belief = Belief::of(Domain::Surface);
        if ship_type.or(status).is_some() {
            belief.take_claim(&ais(ship_type, status, length_m));
        }
        see(&mut belief, speed, 0.0, None, 20);
        assert_eq!(kind(&belief), expected, "{ship_type:?} {status:?} {length_m:?} at {speed} m/s");
    }
}

#[test]
fn a_sharp_turn_is_seen_and_is_no_ships_nor_an_airliners() {
    let turning = |domain, speed: f64, rate: f64| {
        let mut belief = Belief::of(domain);
        for second in 0..30 {
            belief.moves(&estimate(speed, rate * f64::from(second), 200.0), GROUND_M, 1.0);
        }
        belief
    };
    let (straight, sharp) = (turning(Domain::Air, 40.0, 0.0), turning(Domain::Air, 40.0, 0.4));
    assert!(share(&sharp, TargetClass::Aircraft) < share(&straight, TargetClass::Aircraft));
    assert!(sharp.classification(1.0).evidence.iter().any(|text| text == "has turned at 25° a second"));
    let cargo = |rate| {
        let mut vessel = turning(Domain::Surface, 7.0, rate);
        vessel.take_claim(&ais(Some(70), None, None));
        vessel.classification(1.0).kinds[&TargetKind::CargoVessel]
    };
    assert!(cargo(0.3) < cargo(0.0));
}

#[test]
fn evidence_is_bounded_newest_last_and_in_words() {
    let mut belief = seen(Domain::Air, 15.0, 60.0, Some(0.9), 40);
    belief.transmits(1.0);
    belief.take_claim(&ais(Some(30), None, None));
    let expected = [
        "moves at 15 m/s",
        "is about 60 m above the ground",
        "looks like a drone to the sensors: log-likelihood ratio +12",
        "transmits: a direction finder hears it",
        "says by AIS that it is a fishing vessel",
    ];
    assert_eq!(belief.classification(1.0).evidence, expected);
    see(&mut belief, 0.3, 60.0, Some(0.9), 1);
    assert_eq!(belief.classification(1.0).evidence.last().unwrap(), "hovers");
}

#[test]
fn a_height_that_was_never_measured_says_nothing() {
    let mut vague = estimate(10.0, 0.0, 500.0);
    vague.covariance[(2, 2)] = 22.0 * 22.0;
    let mut belief = Belief::of(Domain::Air);
    belief.moves(&vague, GROUND_M, 1.0);
    assert!(belief.height.is_none());
    assert_eq!(belief.classification(1.0).evidence, ["moves at 10 m/s"]);
}

/// Anything that may happen to a belief.
#[derive(Debug, Clone)]
enum Event {
    Moves(f64, f64, f64, f64, f64),
    Ratio(f64, f64),
    Looked(f64, f64, f64),
    Transmits(f64),
    Claims(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (-500.0..500.0, -500.0..500.0, -100.0..9000.0, 1e-3..1e3, 0.0..500.0)
            .prop_map(|(e, n, up, sigma, since)| Event::Moves(e, n, up, sigma, since)),
        (-1e6..1e6, 0.0..1.0).prop_map(|(llr, share)| Event::Ratio(llr, share)),
        (0.0..=1.0, 0.0..=1.0, 0.05..=1.0).prop_map(|(hit, caught, factor)| Event::Looked(hit, caught, factor)),
        (0.0..=1.0).prop_map(Event::Transmits),
        any::<u8>().prop_map(Event::Claims),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_belief_stays_one(
        surface: bool,
        existence in 0.0..=1.0,
        events in proptest::collection::vec(event(), 0..60),
    ) {
        let mut belief = Belief::of(if surface { Domain::Surface } else { Domain::Air });
        for event in events {
            match event {
                Event::Moves(east, north, up, sigma, since_s) => {
                    let estimate = example::belief([0.0, 0.0, up, east, north, 0.0], [sigma; 6]);
                    belief.moves(&estimate, GROUND_M, since_s);
                }
                Event::Ratio(llr, share) => belief.take_ratio(llr, share),
                Event::Looked(hit, caught, factor) => belief.looked(hit, caught, factor),
                Event::Transmits(hit) => belief.transmits(hit),
                Event::Claims(ship_type) => belief.take_claim(&ais(Some(ship_type), None, None)),
            }
            let shown = belief.classification(existence);
            let sum: f32 = shown.belief.values().sum();
            prop_assert!((sum - 1.0).abs() < 1e-5 && shown.belief.values().all(|share| (0.0..=1.0).contains(share)));
            let kinds: f32 = shown.kinds.values().sum();
            prop_assert!(shown.kinds.is_empty() || (kinds - 1.0).abs() < 1e-5);
            prop_assert!(shown.evidence.len() <= WORDS_MAX);
            prop_assert!(belief.fit_of(Some(3.0)).is_finite() && (0.0..=1.0).contains(&belief.bird()));
        }
    }
}
