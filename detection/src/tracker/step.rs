//! One scan through the tracker, once it is admitted.

use std::collections::BTreeMap;

use telemetry::messages::{Claim, Detection, Measurement, SensorScan};
use telemetry::{Enu, SiteFrame, Timestamp, TrackId};

use super::associate::{Fate, Look, associate, innovation, mmsi};
use super::classify::{Belief, Height, Kinematics, Origin};
use super::estimate::{Estimate, Target};
use super::existence::Existence;
use super::initiate::initiated;
use super::measure::Pose;
use super::predict::{Motion, predicted};
use super::update::{floated, updated};
use super::{StepReport, Tracker, admit, delete};

/// A detection this much older than the newest starts no target: the target it belongs to may have moved on.
const STALE_S: f64 = 2.0;
/// A look misses no target that the same sensor saw less than this part of its period ago, in the sector before.
const SEEN_PERIODS: f64 = 0.5;
/// A look this much older than a target's estimate says nothing of it any more.
const LOOK_AGE_MAX_S: f64 = 2.0;

impl Tracker {
    /// Takes a scan that was admitted.
    pub(super) fn take(&mut self, received_at: Timestamp, scan: &SensorScan) -> StepReport {
        let detections = admit::admitted(received_at, scan);
        let mut report = StepReport { nonsense: scan.detections.len() - detections.len(), ..StepReport::default() };
        let Some(sensor) = self.sensors.get(&scan.sensor) else {
            return report;
        };
        let pose = Pose::new(&self.site, scan.origin);
        let look = Look { site: &self.site, ground_m: self.ground_m, sensor, pose, sector: scan.sector };
        let away = |d: &Detection| d.measured_at.seconds_since(scan.measured_at).abs();
        let spread_s = detections.iter().map(away).fold(0.0, f64::max);
        let at_scan = |target: &Target| predicted(&target.estimate, scan.measured_at, target.motion());
        let predicted: Vec<Estimate> = self.targets.iter().map(at_scan).collect();
        let refs: Vec<&Detection> = detections.iter().collect();
        let fates = associate(&look, &self.targets, &predicted, spread_s, &refs);

        let mut seen = vec![false; self.targets.len()];
        let mut free = Vec::new();
        for (detection, fate) in detections.iter().zip(fates) {
            match fate {
                Fate::Updates { target: index, ln_ratio } => {
                    let target = &mut self.targets[index];
                    seen[index] = true;
                    report.out_of_sequence += usize::from(detection.measured_at < target.estimate.at);
                    let confirmed = target.existence.is_confirmed();
                    report.associated += usize::from(update(&look, scan, target, detection, ln_ratio));
                    self.metrics.confirmed += u64::from(!confirmed && target.existence.is_confirmed());
                }
                Fate::Restarts { target: index } => {
                    seen[index] = true;
                    report.associated += usize::from(restart(&look, scan, &mut self.targets[index], detection));
                }
                Fate::Free => free.push(detection),
                Fate::Late => report.late += 1,
            }
        }
        report.missed = miss(&look, scan, &mut self.targets, &predicted, &seen);
        for detection in &detections {
            self.newest_at = self.newest_at.max(detection.measured_at);
        }
        let births: Vec<Target> = free.iter().filter_map(|d| birth(&look, scan, self.newest_at, d)).collect();
        report.unused = free.len() - births.len();
        for target in births {
            if self.admit_target(target) {
                report.initiated += 1;
            } else {
                report.unused += 1;
            }
        }
        report
    }

    /// Gives a new target its number and place; false where there is none.
    fn admit_target(&mut self, mut target: Target) -> bool {
        if self.targets.len() >= self.tracks_max {
            let Some(index) = delete::least_wanted(&self.targets) else {
                return false;
            };
            let displaced = self.targets.remove(index);
            self.metrics.displaced += 1;
            self.bury(&displaced);
        }
        target.id = TrackId(self.next_id);
        self.next_id += 1;
        self.metrics.confirmed += u64::from(target.existence.is_confirmed());
        self.targets.push(target);
        true
    }
}

/// Takes a detection into a target; false where the arithmetic has decayed and the detection is left out.
fn update(look: &Look<'_>, scan: &SensorScan, target: &mut Target, detection: &Detection, ln_ratio: f64) -> bool {
    let Some(innovation) = innovation(look, target, detection) else {
        return false;
    };
    let Some(estimate) = updated(&innovation) else {
        return false;
    };
    if detection.claim.is_some() {
        target.existence.spoke();
    } else {
        target.existence.detected(ln_ratio);
    }
    absorb(look, scan, target, detection, estimate);
    true
}

/// Starts a target's estimate anew where it says it is, far from where it was believed to be.
fn restart(look: &Look<'_>, scan: &SensorScan, target: &mut Target, detection: &Detection) -> bool {
    let (measurement, at) = (&detection.measurement, detection.measured_at);
    let Some(estimate) = initiated(look.site, &look.pose, measurement, at, Some(look.ground_m)) else {
        return false;
    };
    target.existence.spoke();
    absorb(look, scan, target, detection, estimate);
    true
}

/// Takes the new estimate of a target, and everything else a detection says of it.
fn absorb(look: &Look<'_>, scan: &SensorScan, target: &mut Target, detection: &Detection, estimate: Estimate) {
    let since_s = detection.measured_at.since(target.updated_at).as_secs_f64();
    let motion = target.motion();
    target.estimate = match motion {
        Motion::Surface => floated(look.site, look.ground_m, &estimate),
        Motion::Air => estimate,
    };
    target.updated_at = target.updated_at.max(detection.measured_at);
    let last = target.measured_by.entry(scan.sensor.clone()).or_insert(detection.measured_at);
    *last = detection.measured_at.max(*last);
    hear(target, detection);
    target.revisit_s = revisit_s(look, &target.estimate, detection);
    target.belief.take(&kinematics(look.site, look.ground_m, &target.estimate, motion, since_s), detection.drone_llr);
}

/// Takes what a detection's target says of itself, or notes that somebody else saw it.
fn hear(target: &mut Target, detection: &Detection) {
    match &detection.claim {
        Some(claim) => {
            let Claim::Ais(ais) = claim;
            target.belief.take_vessel_claim(ais.mmsi);
            target.claim = Some(claim.clone());
        }
        None if !matches!(detection.measurement, Measurement::Position { .. }) => {
            target.observed_at = target.observed_at.max(Some(detection.measured_at));
        }
        None => {}
    }
}

/// Lowers the odds of the targets that a look should have seen and did not. A target that speaks for itself is not
/// given up for not being seen; how many were missed.
fn miss(look: &Look<'_>, scan: &SensorScan, targets: &mut [Target], predicted: &[Estimate], seen: &[bool]) -> usize {
    let mut missed = 0;
    for ((target, estimate), seen) in targets.iter_mut().zip(predicted).zip(seen) {
        let age_s = target.estimate.at.seconds_since(scan.measured_at);
        let just_seen = target
            .measured_by
            .get(&scan.sensor)
            .is_some_and(|at| scan.measured_at.seconds_since(*at).abs() < SEEN_PERIODS * look.sensor.revisit_s());
        if *seen || just_seen || age_s > LOOK_AGE_MAX_S || target.claim.is_some() {
            continue;
        }
        if look.sensor.looked_at(&look.pose, look.sector, estimate, target.motion()) {
            target.existence.missed(look.sensor.detection_probability());
            missed += 1;
        }
    }
    missed
}

/// A new target of a detection that is no known one's. Its number comes later.
fn birth(look: &Look<'_>, scan: &SensorScan, newest_at: Timestamp, detection: &Detection) -> Option<Target> {
    let named = mmsi(detection).is_some();
    if !named && newest_at.seconds_since(detection.measured_at) > STALE_S {
        return None;
    }
    let origin = if named || look.sensor.watches_the_surface() { Origin::Surface } else { Origin::Air };
    let surface = (origin == Origin::Surface).then_some(look.ground_m);
    let (measurement, at) = (&detection.measurement, detection.measured_at);
    let estimate = initiated(look.site, &look.pose, measurement, at, surface)?;
    let existence = if named { Existence::announced() } else { Existence::born(look.sensor.ln_birth_odds()) };
    let mut target = Target {
        id: TrackId(0),
        estimate,
        first_seen_at: at,
        updated_at: at,
        revisit_s: revisit_s(look, &estimate, detection),
        existence,
        belief: Belief::of(origin),
        claim: None,
        measured_by: BTreeMap::from([(scan.sensor.clone(), at)]),
        observed_at: None,
    };
    hear(&mut target, detection);
    target.belief.take_ratio(detection.drone_llr);
    Some(target)
}

/// When the target should be seen again by what saw it now.
fn revisit_s(look: &Look<'_>, estimate: &Estimate, detection: &Detection) -> f64 {
    if mmsi(detection).is_some() { delete::ais_revisit_s(estimate.velocity().norm()) } else { look.sensor.revisit_s() }
}

fn kinematics(site: &SiteFrame, ground_m: f64, estimate: &Estimate, motion: Motion, since_s: f64) -> Kinematics {
    let p = &estimate.covariance;
    let height = site
        .geodetic(Enu::from_vector(estimate.position()))
        .ok()
        .map(|at| Height { above_ground_m: at.height().metres - ground_m, sigma_m: p[(2, 2)].sqrt() });
    Kinematics {
        speed_m_s: estimate.velocity().xy().norm(),
        speed_sigma_m_s: ((p[(3, 3)] + p[(4, 4)]) / 2.0).sqrt(),
        height: height.filter(|_| motion == Motion::Air),
        since_s,
    }
}
