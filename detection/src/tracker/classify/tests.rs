use nalgebra::Vector6;
use proptest::prelude::{any, proptest};
use telemetry::Mmsi;
use telemetry::messages::{AisClaim, TargetClass};

use super::*;
use crate::tracker::estimate::Matrix6;

const GROUND_M: f64 = 0.0;

fn estimate(speed_m_s: f64, height_m: f64) -> Gaussian {
    let mean = Vector6::new(1000.0, 500.0, height_m, speed_m_s, 0.0, 0.0);
    let deviations = Vector6::new(8.0, 8.0, 8.0, 1.5, 1.5, 1.0);
    Gaussian { mean, covariance: Matrix6::from_diagonal(&deviations.map(|d| d * d)) }
}

fn belief(domain: Domain, speed_m_s: f64, height_m: f64, llr: Option<f64>, looks: usize) -> Belief {
    let mut belief = Belief::of(domain);
    for _ in 0..looks {
        if let Some(llr) = llr {
            belief.take_ratio(llr, 1.0);
        }
        belief.moves(&estimate(speed_m_s, height_m), GROUND_M, 1.0);
    }
    belief
}

fn ais(ship_type: Option<u8>) -> Claim {
    let mmsi = Mmsi::new(211_234_560).unwrap();
    let (name, call_sign, navigational_status, length_m) = (None, None, None, None);
    Claim::Ais(AisClaim { mmsi, name, call_sign, ship_type, navigational_status, length_m })
}

fn share(belief: &Belief, class: TargetClass) -> f32 {
    belief.classification(1.0).belief.get(&class).copied().unwrap_or(0.0)
}

#[test]
fn a_drone_that_echoes_like_one_is_believed_within_a_few_looks() {
    for height in [60.0, 120.0] {
        for speed in [0.5, 15.0, 19.0, 24.0] {
            let drone = share(&belief(Domain::Air, speed, height, Some(0.8), 8), TargetClass::Drone);
            assert!(drone >= 0.7, "{speed} m/s at {height} m: {drone}");
        }
    }
}

#[test]
fn a_bird_that_echoes_like_one_is_a_bird_and_never_shown_as_a_drone() {
    for speed in [8.0, 11.0, 14.0] {
        for looks in 1..40 {
            let found = belief(Domain::Air, speed, 50.0, Some(-0.5), looks);
            assert!(found.is_undecided() || share(&found, TargetClass::Bird) > 0.5, "{speed} m/s, {looks} looks");
        }
        assert!(share(&belief(Domain::Air, speed, 50.0, Some(-0.5), 15), TargetClass::Bird) > 0.8, "{speed} m/s");
    }
}

#[test]
fn without_a_sensors_ratio_motion_alone_names_no_bird_and_decides_nothing() {
    for speed in [0.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0] {
        let found = belief(Domain::Air, speed, 80.0, None, 200);
        assert_ne!(found.classification(1.0).likeliest(), TargetClass::Bird, "{speed} m/s");
        assert!(!found.is_undecided(), "{speed} m/s");
    }
}

#[test]
fn a_vessel_that_says_so_is_believed_at_any_speed_of_vessels() {
    for speed in [0.0, 5.0, 12.0, 20.0, 25.0] {
        let mut found = belief(Domain::Surface, speed, 0.0, None, 1);
        found.take_claim(&ais(None));
        assert!(share(&found, TargetClass::Vessel) >= 0.95, "{speed} m/s");
    }
}

#[test]
fn a_fast_boat_under_a_coastal_radar_stays_a_vessel() {
    for speed in [3.0, 10.0, 15.0, 20.0] {
        let found = belief(Domain::Surface, speed, 0.0, None, 120).classification(1.0);
        assert_eq!(found.likeliest(), TargetClass::Vessel, "{speed} m/s");
    }
}

#[test]
fn what_does_not_exist_is_clutter() {
    let found = belief(Domain::Air, 15.0, 80.0, None, 3);
    assert!((found.classification(0.25).belief[&TargetClass::Clutter] - 0.75).abs() < 1e-6);
    assert!(!found.classification(1.0).belief.contains_key(&TargetClass::Clutter));
}

#[test]
fn a_tanker_is_named_by_what_it_says_and_a_hovering_drone_is_a_multirotor() {
    let mut tanker = belief(Domain::Surface, 6.0, 0.0, None, 5);
    tanker.take_claim(&ais(Some(80)));
    let kinds = tanker.classification(1.0).kinds;
    let likeliest = kinds.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    assert_eq!(*likeliest.0, telemetry::messages::TargetKind::Tanker, "{kinds:?}");
    let kinds = belief(Domain::Air, 0.5, 80.0, Some(0.8), 30).classification(1.0).kinds;
    assert!(kinds[&telemetry::messages::TargetKind::Multirotor] > 0.8, "{kinds:?}");
}

#[test]
fn evidence_is_bounded_and_says_what_moved_the_belief() {
    let mut found = belief(Domain::Air, 15.0, 60.0, Some(0.9), 40);
    found.take_claim(&ais(None));
    let evidence = found.classification(1.0).evidence;
    assert!((2..=8).contains(&evidence.len()), "{evidence:?}");
    assert!(evidence.last().unwrap().contains("AIS"), "{evidence:?}");
}

proptest! {
    #[test]
    fn whatever_it_takes_the_shares_are_probabilities(
        steps in proptest::collection::vec((any::<f64>(), any::<f64>(), any::<f64>(), any::<bool>()), 1..60),
    ) {
        let mut found = Belief::of(Domain::Air);
        for (speed, height, llr, hit) in steps {
            if llr.is_finite() {
                found.take_ratio(llr, 0.7);
            }
            found.looked(f64::from(u8::from(hit)), 0.9, 0.75);
            let tame = |x: f64, most: f64| if x.is_finite() { x.clamp(-most, most) } else { 0.0 };
            found.moves(&estimate(tame(speed, 500.0), tame(height, 5000.0)), GROUND_M, 1.0);
            let shown = found.classification(0.9).belief;
            let sum: f32 = shown.values().sum();
            assert!((sum - 1.0).abs() < 1e-4 && shown.values().all(|share| (0.0..=1.0).contains(share)), "{shown:?}");
        }
    }
}
