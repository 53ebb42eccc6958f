//! Associate: which detection of a scan is which target's.
//!
//! A detection that names itself (AIS) goes to the target of that name, where it is plausible there. All others are
//! shared out at once, so that the sum of the log-likelihood ratios against clutter is greatest: global nearest
//! neighbour, S. Blackman, R. Popoli, *Design and Analysis of Modern Tracking Systems*, 1999, §6.4, with the solver of
//! [`crate::assignment`]. Against keeping several hypotheses it costs a wrong decision now and then where targets cross
//! within the noise; against taking each detection's nearest it never gives one detection to two targets, nor starves
//! one target for the sake of another.

use telemetry::Mmsi;
use telemetry::messages::{AzimuthSector, Claim, Detection};
use telemetry::{Enu, SiteFrame};

use super::estimate::{Estimate, Target};
use super::gate::{Innovation, Neighbours, Reach, in_sight};
use super::measure::Pose;
use super::predict::Motion;
use super::sensor::Sensor;
use crate::assignment::{Pair, assign};

/// Detections older than a target's estimate by more than this are not used for it, seconds. Over more the neglected
/// correlation of manoeuvres counts; what floats manoeuvres little.
const LATE_AIR_S: f64 = 2.0;
const LATE_SURFACE_S: f64 = 10.0;
/// A report may be a vessel's whose estimate is at most this far above or below the water, metres.
const FLOAT_HEIGHT_M: f64 = 30.0;
/// A vessel that has been silent may have moved this fast since, m/s: 50 knots.
const VESSEL_SPEED_MAX_M_S: f64 = 25.7;

/// One scan being worked on: where its sensor stood and what it is.
pub(super) struct Look<'a> {
    pub(super) site: &'a SiteFrame,
    /// Height of the water or ground above the ellipsoid.
    pub(super) ground_m: f64,
    pub(super) sensor: &'a Sensor,
    pub(super) pose: Pose,
    pub(super) sector: Option<AzimuthSector>,
}

/// What becomes of a detection. Targets are named by their place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// It is this target's, which explains it `ln_ratio.exp()` times better than clutter does.
    Updates { target: usize, ln_ratio: f64 },
    /// It is this target's by name, too far from where it was believed to be, and near enough for a vessel to have got
    /// there: the estimate starts anew.
    Restarts { target: usize },
    /// It is no known target's.
    Free,
    /// It may be a known target's, and comes too late to say.
    Late,
}

/// Shares out the detections of a scan. `predicted` are the targets' estimates at about the scan's time.
pub(super) fn associate(
    look: &Look<'_>,
    targets: &[Target],
    predicted: &[Estimate],
    spread_s: f64,
    detections: &[&Detection],
) -> Vec<Fate> {
    let mut fates = vec![Fate::Free; detections.len()];
    let mut taken = vec![false; targets.len()];
    for (fate, detection) in fates.iter_mut().zip(detections) {
        if let Some(mmsi) = mmsi(detection) {
            *fate = by_name(look, targets, &taken, mmsi, detection);
            if let Fate::Updates { target, .. } | Fate::Restarts { target } = *fate {
                taken[target] = true;
            }
        }
    }
    let open: Vec<usize> = (0..detections.len()).filter(|&d| fates[d] == Fate::Free).collect();
    if open.is_empty() || targets.is_empty() {
        return fates;
    }
    let neighbours = Neighbours::new(predicted, spread_s);
    let mut near: Vec<Vec<Candidate>> = vec![Vec::new(); targets.len()];
    for (column, &index) in open.iter().enumerate() {
        let detection = detections[index];
        for target in neighbours.near(&Reach::of(look.site, &look.pose, &detection.measurement)) {
            if taken[target] || !in_sight(&look.pose, &detection.measurement, &predicted[target]) {
                continue;
            }
            match candidate(look, &targets[target], column, detection) {
                Match::InGate(candidate) => near[target].push(candidate),
                Match::Late => fates[index] = Fate::Late,
                Match::None => {}
            }
        }
    }
    let pairs = |(target, candidates): (&Target, &Vec<Candidate>)| {
        let exists = target.existence.probability();
        let unseen = 1.0 - exists * look.sensor.detection_probability();
        let cost = |c: &Candidate| Pair { column: c.column, cost: unseen.ln() - exists.ln() - c.ln_ratio };
        candidates.iter().map(cost).collect()
    };
    let rows: Vec<Vec<Pair>> = targets.iter().zip(&near).map(pairs).collect();
    for (target, column) in assign(open.len(), &rows).into_iter().enumerate() {
        if let Some(won) = near[target].iter().find(|candidate| Some(candidate.column) == column) {
            fates[open[won.column]] = Fate::Updates { target, ln_ratio: won.ln_ratio };
        }
    }
    fates
}

/// A detection in a target's gate.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    column: usize,
    /// How much better the target explains it than clutter does, as a logarithm, given that the target exists.
    ln_ratio: f64,
}

enum Match {
    InGate(Candidate),
    Late,
    None,
}

fn candidate(look: &Look<'_>, target: &Target, column: usize, detection: &Detection) -> Match {
    if mmsi(detection).is_some() && !may_be_named(look, target) {
        return Match::None;
    }
    // A bird above a ship is not the ship, and a drone's radio is not the ship's.
    if look.sensor.watches_the_air() && target.claim.is_some() {
        return Match::None;
    }
    if is_late(target, detection) {
        return Match::Late;
    }
    let Some(innovation) = innovation(look, target, detection).filter(Innovation::in_gate) else {
        return Match::None;
    };
    let ln_ratio =
        look.sensor.detection_probability().ln() + innovation.log_density + target.belief.ln_fit(detection.drone_llr)
            - look.sensor.ln_clutter_density(&detection.measurement, detection.measured_at);
    Match::InGate(Candidate { column, ln_ratio })
}

/// The number a detection names.
pub(super) fn mmsi(detection: &Detection) -> Option<Mmsi> {
    detection.claim.as_ref().map(|Claim::Ais(claim)| claim.mmsi)
}

/// The innovation of a detection against a target; nothing when it comes too late for that.
pub(super) fn innovation(look: &Look<'_>, target: &Target, detection: &Detection) -> Option<Innovation> {
    if is_late(target, detection) {
        return None;
    }
    let (measurement, at) = (&detection.measurement, detection.measured_at);
    Innovation::of(look.site, &look.pose, measurement, at, &target.estimate, target.motion())
}

fn is_late(target: &Target, detection: &Detection) -> bool {
    let late_s = match target.motion() {
        Motion::Air => LATE_AIR_S,
        Motion::Surface => LATE_SURFACE_S,
    };
    target.estimate.at.seconds_since(detection.measured_at) > late_s
}

/// Whether a target without a name may take a vessel's.
fn may_be_named(look: &Look<'_>, target: &Target) -> bool {
    let at = look.site.geodetic(Enu::from_vector(target.estimate.position()));
    let allowed_m = FLOAT_HEIGHT_M + 3.0 * target.estimate.covariance[(2, 2)].max(0.0).sqrt();
    target.claim.is_none()
        && target.belief.may_float()
        && at.is_ok_and(|at| (at.height().metres - look.ground_m).abs() <= allowed_m)
}

/// The target of a name: the nearest of them in its gate, or else one that could have got there unseen.
fn by_name(look: &Look<'_>, targets: &[Target], taken: &[bool], mmsi: Mmsi, detection: &Detection) -> Fate {
    let named = || targets.iter().enumerate().filter(|(index, target)| target.mmsi() == Some(mmsi) && !taken[*index]);
    let in_gate = named().filter_map(|(index, target)| {
        let innovation = innovation(look, target, detection).filter(Innovation::in_gate)?;
        Some((index, innovation.distance2))
    });
    if let Some((target, _)) = in_gate.min_by(|a, b| a.1.total_cmp(&b.1)) {
        return Fate::Updates { target, ln_ratio: 0.0 };
    }
    if named().any(|(_, target)| is_late(target, detection)) {
        return Fate::Late;
    }
    let reachable = |target: &Target| {
        let Reach::Circle { centre, radius_m } = Reach::of(look.site, &look.pose, &detection.measurement) else {
            return false;
        };
        let span_s = detection.measured_at.seconds_since(target.updated_at);
        let distance_m = (centre - target.estimate.position()).xy().norm();
        // Another sensor that saw it since says where it is; then the report is a second vessel's of the same name.
        let observed = target.observed_at.is_some_and(|at| detection.measured_at.seconds_since(at) < 60.0);
        span_s > 0.0 && !observed && distance_m <= VESSEL_SPEED_MAX_M_S * span_s + radius_m
    };
    let restart = named().find(|(_, target)| reachable(target));
    restart.map_or(Fate::Free, |(target, _)| Fate::Restarts { target })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use telemetry::messages::{AisClaim, Coverage, Measurement, SensorDescription, SensorKind};
    use telemetry::{AltitudeAmsl, AltitudeHae, DetectionId, Elevation, Geodetic, SensorId, Timestamp, TrackId};

    use super::*;
    use crate::tracker::classify::{Belief, Origin};
    use crate::tracker::estimate::{Matrix6, Vector6};
    use crate::tracker::existence::Existence;

    fn datum() -> Geodetic {
        Geodetic::from_degrees(54.37, 10.14, AltitudeHae::new(39.0)).unwrap()
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp::EPOCH.offset_seconds(seconds)
    }

    /// A target that was at a place, 60 m up and at rest, at 10 s.
    fn target(east: f64, north: f64, sigma_m: f64) -> Target {
        let variance = sigma_m * sigma_m;
        let covariance = Matrix6::from_diagonal(&Vector6::from([variance, variance, variance, 1.0, 1.0, 1.0]));
        Target {
            id: TrackId(0),
            estimate: Estimate { at: at(10.0), mean: Vector6::from([east, north, 60.0, 0.0, 0.0, 0.0]), covariance },
            first_seen_at: at(0.0),
            updated_at: at(10.0),
            revisit_s: 1.0,
            existence: Existence::announced(),
            belief: Belief::of(Origin::Air),
            claim: None,
            measured_by: BTreeMap::new(),
            observed_at: None,
        }
    }

    fn vessel(east: f64, north: f64, mmsi: u32) -> Target {
        let mut target = target(east, north, 10.0);
        target.estimate.mean[2] = 0.0;
        target.belief = Belief::of(Origin::Surface);
        target.belief.take_vessel_claim(mmsi);
        target.claim = Some(claim(mmsi));
        target
    }

    fn claim(mmsi: u32) -> Claim {
        Claim::Ais(AisClaim {
            mmsi: Mmsi::new(mmsi).unwrap(),
            name: None,
            call_sign: None,
            ship_type: None,
            navigational_status: None,
            length_m: None,
        })
    }

    fn detection(measurement: Measurement, seconds: f64) -> Detection {
        Detection { id: DetectionId(0), measured_at: at(seconds), measurement, claim: None, drone_llr: None }
    }

    fn plot(east: f64, north: f64, seconds: f64) -> Detection {
        let seen = Enu { east_m: east, north_m: north, up_m: 60.0 };
        let measurement = Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: seen.azimuth(),
            elevation: seen.elevation(),
            range_rate: None,
            sigma: [5.0, 0.005, 0.01],
        };
        detection(measurement, seconds)
    }

    fn report(east: f64, north: f64, mmsi: u32, seconds: f64) -> Detection {
        let place = Enu { east_m: east, north_m: north, up_m: 0.0 };
        let measurement = Measurement::Position {
            position: SiteFrame::new(datum()).geodetic(place).unwrap(),
            horizontal_sigma_m: 10.0,
            vertical_sigma_m: None,
            velocity: None,
        };
        Detection { claim: Some(claim(mmsi)), ..detection(measurement, seconds) }
    }

    /// The target each detection goes to.
    fn fates(targets: &[Target], detections: &[Detection]) -> Vec<Fate> {
        let sensor = Sensor::new(SensorDescription {
            id: SensorId::new("s").unwrap(),
            kind: SensorKind::Radar,
            position: datum(),
            altitude: AltitudeAmsl::new(0.0),
            period_s: 1.0,
            coverage: Coverage {
                range_m: [50.0, 4500.0],
                sector: None,
                elevation: [Elevation::from_degrees(-3.0), Elevation::from_degrees(60.0)],
            },
            detection_probability: 0.9,
            clutter_per_scan: 3.0,
        });
        let site = SiteFrame::new(datum());
        let pose = Pose::new(&site, datum());
        let look = Look { site: &site, ground_m: 39.0, sensor: &sensor, pose, sector: None };
        let predicted: Vec<_> = targets.iter().map(|target| target.estimate).collect();
        associate(&look, targets, &predicted, 0.0, &detections.iter().collect::<Vec<_>>())
    }

    fn updated(fate: Fate) -> Option<usize> {
        match fate {
            Fate::Updates { target, .. } => Some(target),
            _ => None,
        }
    }

    #[test]
    fn the_best_sum_wins_over_the_nearest() {
        // Both targets like the plot at 1000 m best; the second has no other, the first has.
        let targets = [target(990.0, 0.0, 8.0), target(1012.0, 0.0, 8.0)];
        let found = fates(&targets, &[plot(1000.0, 0.0, 10.0), plot(975.0, 0.0, 10.0)]);
        assert_eq!(found.into_iter().map(updated).collect::<Vec<_>>(), [Some(1), Some(0)]);
    }

    #[test]
    fn a_plot_far_from_all_is_free_and_one_too_late_starts_nothing() {
        let targets = [target(1000.0, 0.0, 8.0)];
        assert_eq!(fates(&targets, &[plot(1500.0, 0.0, 10.0)]), [Fate::Free]);
        assert_eq!(fates(&targets, &[plot(1000.0, 0.0, 7.0)]), [Fate::Late]);
        assert_eq!(updated(fates(&targets, &[plot(1000.0, 0.0, 9.0)])[0]), Some(0));
    }

    #[test]
    fn a_name_goes_before_nearness() {
        let targets = [vessel(1000.0, 0.0, 1), vessel(1030.0, 0.0, 2)];
        let found = fates(&targets, &[report(1014.0, 0.0, 2, 10.0), report(1016.0, 0.0, 1, 10.0)]);
        assert_eq!(found.into_iter().map(updated).collect::<Vec<_>>(), [Some(1), Some(0)]);
    }

    #[test]
    fn a_name_nobody_has_goes_to_a_nameless_target_on_the_water_and_to_no_other() {
        let mut nameless = vessel(1000.0, 0.0, 1);
        nameless.claim = None;
        assert_eq!(updated(fates(&[nameless], &[report(1005.0, 0.0, 7, 10.0)])[0]), Some(0));
        let named_otherwise = vessel(1000.0, 0.0, 1);
        assert_eq!(fates(&[named_otherwise], &[report(1005.0, 0.0, 7, 10.0)]), [Fate::Free]);
        let mut flies = target(1000.0, 0.0, 5.0);
        flies.estimate.mean[2] = 90.0;
        assert_eq!(fates(&[flies], &[report(1005.0, 0.0, 7, 10.0)]), [Fate::Free]);
    }

    #[test]
    fn a_name_far_off_restarts_its_target_where_a_vessel_could_have_got_there_unseen() {
        let silent = || vessel(1000.0, 0.0, 1);
        let seen = || Target { observed_at: Some(at(60.0)), ..silent() };
        assert_eq!(fates(&[silent()], &[report(2500.0, 0.0, 1, 100.0)]), [Fate::Restarts { target: 0 }]);
        assert_eq!(fates(&[silent()], &[report(9000.0, 0.0, 1, 100.0)]), [Fate::Free], "too fast for a vessel");
        assert_eq!(fates(&[seen()], &[report(2500.0, 0.0, 1, 100.0)]), [Fate::Free], "a radar saw it stay");
    }
}
