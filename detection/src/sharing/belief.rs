//! What several stations believe a target to be, taken together.
//!
//! The beliefs rest on evidence that may be the same (one AIS report heard by both), so they are not multiplied but
//! averaged geometrically with weights that sum to 1: the logarithmic opinion pool (C. Genest, J. V. Zidek, "Combining
//! probability distributions", Statistical Science 1, 1986), of which covariance intersection is the Gaussian case (M.
//! B. Hurley, "An information theoretic justification for covariance intersection and its generalization", FUSION
//! 2002). The same belief twice is that belief once. Covariance intersection gives the better-informed estimate the
//! greater weight; so does this: a belief weighs by how far its entropy is below that of knowing nothing.

use std::collections::{BTreeMap, BTreeSet};

use telemetry::messages::TargetClass;

/// A class is never believed impossible: the geometric mean would let one station veto it for ever.
const PROBABILITY_MIN: f64 = 1e-3;
/// From here on a station is sure that something flies, or that it does not.
const SURE: f64 = 0.9;

/// Probabilities of classes.
pub(super) type Belief = BTreeMap<TargetClass, f32>;

/// The belief with its sum made 1, empty where it holds nothing. `None` where a number in it is none.
pub(super) fn normalised(belief: &Belief) -> Option<Belief> {
    if !belief.values().all(|p| p.is_finite() && *p >= 0.0) {
        return None;
    }
    let sum: f64 = belief.values().map(|p| f64::from(*p)).sum();
    if sum <= 0.0 {
        return Some(Belief::new());
    }
    Some(belief.iter().map(|(class, p)| (*class, (f64::from(*p) / sum) as f32)).collect())
}

/// The beliefs as one. Empty ones say nothing.
pub(super) fn pooled(beliefs: &[&Belief]) -> Belief {
    let beliefs: Vec<&Belief> = beliefs.iter().copied().filter(|belief| !belief.is_empty()).collect();
    let classes: BTreeSet<TargetClass> = beliefs.iter().flat_map(|belief| belief.keys().copied()).collect();
    let weights = weights(&beliefs, &classes);
    let pool = |class| -> f64 {
        beliefs.iter().zip(&weights).map(|(belief, weight)| weight * probability(belief, class).ln()).sum()
    };
    let logarithms: Vec<(TargetClass, f64)> = classes.iter().map(|class| (*class, pool(*class))).collect();
    let sum: f64 = logarithms.iter().map(|(_, logarithm)| logarithm.exp()).sum();
    logarithms.into_iter().map(|(class, logarithm)| (class, (logarithm.exp() / sum) as f32)).collect()
}

/// How much each belief says, as a share.
fn weights(beliefs: &[&Belief], classes: &BTreeSet<TargetClass>) -> Vec<f64> {
    let nothing_known = (classes.len() as f64).ln();
    let known = |belief: &&Belief| -> f64 {
        let entropy: f64 = classes.iter().map(|class| probability(belief, *class)).map(|p| -p * p.ln()).sum();
        (nothing_known - entropy).max(0.0)
    };
    let known: Vec<f64> = beliefs.iter().map(known).collect();
    let sum: f64 = known.iter().sum();
    let equal = 1.0 / beliefs.len().max(1) as f64;
    known.iter().map(|known| if sum > 0.0 { known / sum } else { equal }).collect()
}

fn probability(belief: &Belief, class: TargetClass) -> f64 {
    belief.get(&class).map_or(0.0, |p| f64::from(*p)).max(PROBABILITY_MIN)
}

/// How far two beliefs differ, on the scale of a squared statistical distance: −2 ln of the Bhattacharyya coefficient
/// (A. Bhattacharyya, Bull. Calcutta Math. Soc. 35, 1943), 0 for the same belief. 0 too where one of them is empty.
pub(super) fn disagreement(a: &Belief, b: &Belief) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let classes: BTreeSet<TargetClass> = a.keys().chain(b.keys()).copied().collect();
    let common: f64 = classes.iter().map(|class| (probability(a, *class) * probability(b, *class)).sqrt()).sum();
    -2.0 * common.min(1.0).ln()
}

/// Whether one belief is sure of a thing that flies and the other of one that does not.
pub(super) fn contradict(a: &Belief, b: &Belief) -> bool {
    let share = |belief: &Belief, of: &[TargetClass]| -> f32 { of.iter().filter_map(|class| belief.get(class)).sum() };
    let flies = |belief: &Belief| {
        f64::from(share(belief, &[TargetClass::Drone, TargetClass::Bird, TargetClass::Aircraft])) >= SURE
    };
    let stays_down = |belief: &Belief| {
        f64::from(share(belief, &[TargetClass::Vessel, TargetClass::Vehicle, TargetClass::Person])) >= SURE
    };
    (flies(a) && stays_down(b)) || (stays_down(a) && flies(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TargetClass::{Bird, Drone, Vessel};

    fn belief(of: &[(TargetClass, f32)]) -> Belief {
        of.iter().copied().collect()
    }

    fn close(found: &Belief, expected: &[(TargetClass, f32)]) {
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|(class, p)| (found[class] - p).abs() < 0.01), "{found:?}");
    }

    #[test]
    fn the_same_belief_twice_is_that_belief_once() {
        let sure = belief(&[(Drone, 0.8), (Bird, 0.2)]);
        close(&pooled(&[&sure, &sure, &sure]), &[(Drone, 0.8), (Bird, 0.2)]);
    }

    #[test]
    fn who_knows_nothing_takes_nothing_away() {
        let (sure, blank) = (belief(&[(Drone, 0.9), (Bird, 0.1)]), belief(&[(Drone, 0.5), (Bird, 0.5)]));
        close(&pooled(&[&sure, &blank]), &[(Drone, 0.9), (Bird, 0.1)]);
        close(&pooled(&[&Belief::new(), &sure]), &[(Drone, 0.9), (Bird, 0.1)]);
        close(&pooled(&[&blank, &blank]), &[(Drone, 0.5), (Bird, 0.5)]);
        assert_eq!(pooled(&[]), Belief::new());
        assert_eq!(pooled(&[&Belief::new()]), Belief::new());
    }

    #[test]
    fn no_station_has_a_veto_and_none_is_made_surer_than_the_surest() {
        let (drone, bird) = (belief(&[(Drone, 1.0)]), belief(&[(Drone, 0.1), (Bird, 0.9)]));
        let both = pooled(&[&drone, &bird]);
        assert!(both[&Drone] < 0.99 && both[&Bird] > 0.01, "{both:?}");
        let (a, b) = (belief(&[(Drone, 0.9), (Bird, 0.1)]), belief(&[(Drone, 0.8), (Bird, 0.2)]));
        let both = pooled(&[&a, &b])[&Drone];
        assert!((0.8..=0.9).contains(&both), "{both}");
    }

    #[test]
    fn only_sure_beliefs_of_air_and_surface_contradict() {
        let check = |a: &[(TargetClass, f32)], b: &[(TargetClass, f32)], expected| {
            assert_eq!(contradict(&belief(a), &belief(b)), expected, "{a:?} {b:?}");
            assert_eq!(contradict(&belief(b), &belief(a)), expected, "{b:?} {a:?}");
        };
        check(&[(Drone, 0.95), (Vessel, 0.05)], &[(Vessel, 0.95), (Drone, 0.05)], true);
        check(&[(Drone, 0.5), (Bird, 0.5)], &[(Vessel, 1.0)], true);
        check(&[(Drone, 0.95), (Vessel, 0.05)], &[(Vessel, 0.8), (Drone, 0.2)], false);
        check(&[(Drone, 1.0)], &[(Bird, 1.0)], false);
        check(&[(Drone, 1.0)], &[], false);
    }

    #[test]
    fn disagreement_grows_from_none() {
        let of = |p: f32| belief(&[(Drone, p), (Bird, 1.0 - p)]);
        assert!(disagreement(&of(0.7), &of(0.7)).abs() < 1e-6);
        assert!(disagreement(&of(0.7), &of(0.4)) < disagreement(&of(0.9), &of(0.1)));
        assert_eq!(disagreement(&of(0.7), &Belief::new()), 0.0);
        assert!(disagreement(&of(0.0), &of(1.0)) < 10.0);
    }

    #[test]
    fn a_belief_is_normalised_or_refused() {
        assert_eq!(normalised(&belief(&[(Drone, 3.0), (Bird, 1.0)])), Some(belief(&[(Drone, 0.75), (Bird, 0.25)])));
        assert_eq!(normalised(&belief(&[(Drone, 0.0)])), Some(Belief::new()));
        for wrong in [f32::NAN, f32::INFINITY, -0.1] {
            assert_eq!(normalised(&belief(&[(Drone, wrong)])), None);
        }
    }
}
