//! Delete: when a target counts as coasting, and when it is given up.
//!
//! Odds that fall too low end a target ([`super::existence`]); so does time, for what no sensor looks at any more. How
//! long depends on how often it should be seen: a drone under a radar every second, a vessel by AIS every ten seconds
//! under way and every three minutes at anchor (ITU-R M.1371-5, Annex 1, table 1 and 2: class A 2 to 10 s, class B 5 to
//! 30 s, 3 min for both when slow).

use telemetry::Timestamp;
use telemetry::messages::TrackStatus;

use super::estimate::Target;
use super::predict::Motion;

/// Revisits without a detection after which a target coasts.
const COAST_REVISITS: f64 = 2.5;
const COAST_MIN_S: f64 = 2.0;
/// Revisits without a detection after which a tentative target is given up, and the least time.
const TENTATIVE_REVISITS: f64 = 4.0;
const TENTATIVE_MIN_S: f64 = 3.0;
/// Longest coasting in the air: by then a manoeuvring drone may be a hundred metres from where it is believed to be.
const AIR_MAX_S: f64 = 20.0;
/// Longest coasting on the water, without a word of the vessel's own.
const SURFACE_MAX_S: f64 = 90.0;
/// Longest coasting of a vessel that speaks for itself: more than three missing reports at anchor.
const CLAIM_MAX_S: f64 = 600.0;
/// The interval of AIS reports under way, class B's longest, and at anchor.
const AIS_UNDERWAY_S: f64 = 30.0;
const AIS_SLOW_S: f64 = 180.0;
/// Below this a vessel reports as if at anchor: 3 knots.
const AIS_SLOW_M_S: f64 = 1.55;

/// Seconds within which a vessel of this speed should report again.
pub(super) fn ais_revisit_s(speed_m_s: f64) -> f64 {
    if speed_m_s < AIS_SLOW_M_S { AIS_SLOW_S } else { AIS_UNDERWAY_S }
}

/// How far a target is believed to exist at an instant.
pub(super) fn status(target: &Target, at: Timestamp) -> TrackStatus {
    let unseen_s = at.seconds_since(target.updated_at);
    if !target.existence.is_confirmed() {
        TrackStatus::Tentative
    } else if unseen_s > (COAST_REVISITS * target.revisit_s).max(COAST_MIN_S) {
        TrackStatus::Coasting
    } else {
        TrackStatus::Confirmed
    }
}

/// Whether a target is to be given up at an instant.
pub(super) fn is_over(target: &Target, at: Timestamp) -> bool {
    let unseen_s = at.seconds_since(target.updated_at);
    let longest_s = match (target.existence.is_confirmed(), target.motion()) {
        (false, _) => (TENTATIVE_REVISITS * target.revisit_s).max(TENTATIVE_MIN_S),
        (true, _) if target.claim.is_some() => CLAIM_MAX_S,
        (true, Motion::Air) => AIR_MAX_S,
        (true, Motion::Surface) => SURFACE_MAX_S,
    };
    unseen_s > longest_s || (target.claim.is_none() && target.existence.is_lost())
}

/// Which target goes first when there is no room for another: the tentative one seen longest ago. Confirmed ones stay.
pub(super) fn least_wanted(targets: &[Target]) -> Option<usize> {
    let tentative = targets.iter().enumerate().filter(|(_, target)| !target.existence.is_confirmed());
    tentative.min_by_key(|(_, target)| (target.updated_at, target.id)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use telemetry::TrackId;

    use super::*;
    use crate::tracker::classify::{Belief, Origin};
    use crate::tracker::estimate::{Estimate, Matrix6, Vector6};
    use crate::tracker::existence::Existence;

    fn target(id: u64, existence: Existence, origin: Origin, revisit_s: f64) -> Target {
        let mut belief = Belief::of(origin);
        if origin == Origin::Surface {
            belief.take_vessel_claim("1");
        }
        Target {
            id: TrackId(id),
            estimate: Estimate { at: Timestamp::EPOCH, mean: Vector6::zeros(), covariance: Matrix6::identity() },
            first_seen_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH.offset_seconds(id as f64),
            revisit_s,
            existence,
            belief,
            claim: None,
            measured_by: BTreeMap::new(),
            observed_at: None,
        }
    }

    fn later(seconds: f64) -> Timestamp {
        Timestamp::EPOCH.offset_seconds(seconds)
    }

    #[test]
    fn a_drone_coasts_after_a_few_revisits_and_ends_by_time() {
        let drone = target(0, Existence::announced(), Origin::Air, 1.0);
        assert_eq!(status(&drone, later(2.0)), TrackStatus::Confirmed);
        assert_eq!(status(&drone, later(3.0)), TrackStatus::Coasting);
        assert!(!is_over(&drone, later(19.0)) && is_over(&drone, later(21.0)));
    }

    #[test]
    fn an_anchored_vessel_does_not_coast_between_its_reports() {
        let vessel = target(0, Existence::announced(), Origin::Surface, ais_revisit_s(0.1));
        assert_eq!(status(&vessel, later(200.0)), TrackStatus::Confirmed);
        let moving = target(0, Existence::announced(), Origin::Surface, ais_revisit_s(6.0));
        assert_eq!(status(&moving, later(200.0)), TrackStatus::Coasting);
    }

    #[test]
    fn a_tentative_target_ends_soon_and_never_coasts() {
        let tentative = target(0, Existence::born(-1.0), Origin::Air, 1.0);
        assert_eq!(status(&tentative, later(3.5)), TrackStatus::Tentative);
        assert!(is_over(&tentative, later(4.5)));
    }

    #[test]
    fn the_oldest_tentative_goes_first_and_confirmed_ones_stay() {
        let tentative = |id| target(id, Existence::born(-1.0), Origin::Air, 1.0);
        let confirmed = |id| target(id, Existence::announced(), Origin::Air, 1.0);
        assert_eq!(least_wanted(&[confirmed(0), tentative(3), tentative(2)]), Some(2));
        assert_eq!(least_wanted(&[confirmed(0)]), None);
    }
}
