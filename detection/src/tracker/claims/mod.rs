//! Claims: what targets say of themselves by Remote ID, ADS-B and AIS, and how far they are believed.
//!
//! A report is a position with an identity. It is taken into the estimate of the target of that identity as long as it
//! agrees with what others measure of the same target. To know what others measure, a target that speaks has a second
//! belief beside the fused one, the *independent* one, of everything but its own word. The squared Mahalanobis
//! distance between the two, of position and velocity, feeds a cumulative sum (E. S. Page, "Continuous inspection
//! schemes", Biometrika 41 (1954)); when that passes its bound the claim is contradicted: the estimate falls back to
//! the independent belief, and the reports are compared from then on but not taken.
//!
//! A report far from its identity's target is a rival: two rivals in a row that agree with each other and not with the
//! target are another transmitter under the same identity. A target that others still see and that says nothing for
//! several of its own intervals has stopped claiming.
//!
//! What it never does: start a doubt from a lack of measurements, or take an identity for a proof of what the target is.

mod report;

use std::collections::BTreeSet;
use std::sync::Arc;

use telemetry::Timestamp;
use telemetry::messages::{Claim, Detection, TrackAlert};

use self::report::{BACK_MAX_S, ROWS, Report, as_of, manoeuvred};
use super::classify::Belief;
use super::estimate::{Gaussian, Matrix6, Vector6};
use super::existence::{Existence, Way};
use super::imm::{ChangesOver, Imm};
use super::initiate;
use super::motion::Domain;
use super::register::{self, Seen};
use super::scene::{Key, Scene, Target};
use super::step::{Frame, Step};

/// A report within this squared distance may be an unnamed target's; of position and velocity.
const GATE: f64 = 25.0;
/// A report beyond this is not its identity's target, wherever that may have manoeuvred.
const RIVAL: f64 = 120.0;
/// What the squared distance may be on average before the cumulative sum grows: its mean is the number of rows, and
/// the independent belief lags in turns.
const ALLOWED_PER_ROW: f64 = 2.0;
/// The cumulative sum, in rows, at which a claim is contradicted, and its bound.
const CONTRADICTED: f64 = 6.0;
const SUM_MAX: f64 = 12.0;
/// Others must have measured the target this lately, seconds, for their word to count.
const INDEPENDENT_S: f64 = 15.0;
/// Silence for this many of its intervals, and at least so many seconds, is one.
const SILENT_INTERVALS: f64 = 5.0;
const SILENT_S: f64 = 25.0;
/// The first guess of a target's interval between reports, seconds.
const INTERVAL_S: f64 = 6.0;
/// The longest interval at which AIS reports (ITU-R M.1371-5, Annex 1, table 1), seconds.
const ANCHORED_S: f64 = 180.0;
/// A message that passed its checksum was sent by somebody: how surely there is a target behind it.
const SENT: f64 = 0.98;
/// The variance of a new target's position before anything is known of it, m².
const OPEN_M2: f64 = 1e6;
/// A report far off is remembered this long, seconds.
const RIVAL_S: f64 = 120.0;

/// What a target says of itself, and how that compares with what is measured.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    pub(super) claim: Claim,
    pub(super) heard_at: Timestamp,
    interval_s: f64,
    heard_twice: bool,
    /// The belief of what others measured alone, and when they last did; nothing as long as nobody has.
    pub(super) independent: Option<(Imm, Timestamp)>,
    /// The cumulative sum of disagreement, in rows.
    sum: f64,
    contradicted: bool,
    duplicate: bool,
    /// The last report that was not the target's, and when it came.
    rival: Option<(Vector6, Timestamp)>,
}

impl Claimed {
    fn new(claim: Claim, heard_at: Timestamp, independent: Option<(Imm, Timestamp)>) -> Self {
        Self {
            claim,
            heard_at,
            interval_s: INTERVAL_S,
            heard_twice: false,
            independent,
            sum: 0.0,
            contradicted: false,
            duplicate: false,
            rival: None,
        }
    }

    /// Whether its reports may be taken for where it is.
    pub(super) fn is_trusted(&self) -> bool {
        !self.contradicted && self.sum < CONTRADICTED / 2.0
    }

    /// Seconds until the next report should come: at anchor it may be three minutes.
    pub(super) fn revisit_s(&self) -> f64 {
        if self.heard_twice { self.interval_s } else { ANCHORED_S }
    }

    /// How surely there is somebody who speaks, as of an instant.
    pub(super) fn speaks(&self, at: Timestamp) -> f64 {
        if at.seconds_since(self.heard_at) < SILENT_INTERVALS * self.interval_s { SENT } else { 0.0 }
    }

    /// Whether others measured the target lately.
    pub(super) fn is_measured(&self, at: Timestamp, lately_s: f64) -> bool {
        self.independent.as_ref().is_some_and(|(_, seen)| at.seconds_since(*seen) < lately_s)
    }

    /// What is wrong with the claim as of an instant.
    pub(super) fn alerts(&self, at: Timestamp) -> BTreeSet<TrackAlert> {
        let mut alerts = BTreeSet::new();
        if self.contradicted {
            alerts.insert(match self.claim {
                Claim::Ais(_) => TrackAlert::AisSpoof,
                Claim::RemoteId(_) => TrackAlert::RidSpoof,
                Claim::Adsb(_) => TrackAlert::AdsbSpoof,
            });
        }
        if self.duplicate {
            alerts.insert(TrackAlert::DuplicateIdentity);
        }
        let silent_s = at.seconds_since(self.heard_at);
        let seen = self.is_measured(at, INDEPENDENT_S);
        let expected = (SILENT_INTERVALS * self.interval_s).max(SILENT_S);
        if matches!(self.claim, Claim::Ais(_)) && seen && silent_s > expected {
            alerts.insert(TrackAlert::AisOff);
        }
        alerts
    }
}

impl Step<'_> {
    /// Takes the reports of a scan.
    pub(super) fn hear(&self, scene: &mut Scene, frame: &Frame) {
        let domain =
            if self.sensors[usize::from(frame.sensor)].watches(Domain::Air) { Domain::Air } else { Domain::Surface };
        for detection in &frame.scan.detections {
            let domain = match detection.claim {
                Some(Claim::Ais(_)) => Domain::Surface,
                Some(Claim::RemoteId(_) | Claim::Adsb(_)) => Domain::Air,
                None => domain,
            };
            let Some(report) = Report::new(self.site, detection, domain) else { continue };
            scene.newest_at = scene.newest_at.max(Some(report.at));
            let named = detection.claim.as_ref().map(Claim::identity);
            let owners: Vec<usize> = scene
                .targets
                .iter()
                .enumerate()
                .filter(|(_, target)| {
                    let known = target.claimed.as_ref().map(|claimed| claimed.claim.identity());
                    known.is_some() && known == named
                })
                .map(|(index, _)| index)
                .collect();
            if owners.is_empty() {
                self.first_word(scene, frame, detection, &report, domain);
            } else {
                self.word_of(scene, frame, detection, &report, &owners, domain);
            }
        }
    }

    /// A report of nobody known: of an unnamed target where one fits, of a new one otherwise.
    fn first_word(&self, scene: &mut Scene, frame: &Frame, detection: &Detection, report: &Report, domain: Domain) {
        let fits = |target: &Target| {
            (target.claimed.is_none() && target.imm.domain == domain && target.existence.probability > 0.02)
                .then(|| report.distance(&as_of(&self.moved(&target.imm, report.at), report.at)))
                .filter(|distance| *distance < GATE)
        };
        let best = scene.targets.iter().enumerate().filter_map(|(index, target)| Some((index, fits(target)?)));
        let best = best.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index);
        match best {
            Some(index) => {
                let target = Arc::make_mut(&mut scene.targets[index]);
                let seen = target.updated_at;
                if let Some(claim) = &detection.claim {
                    let independent = Some((target.imm.clone(), seen));
                    target.claimed = Some(Box::new(Claimed::new(claim.clone(), report.at, independent)));
                }
                self.believe(target, frame, report);
            }
            None => self.announce(scene, frame, detection, report, domain),
        }
    }

    /// A report of a known identity.
    fn word_of(
        &self,
        scene: &mut Scene,
        frame: &Frame,
        detection: &Detection,
        report: &Report,
        owners: &[usize],
        domain: Domain,
    ) {
        let distance =
            |index: &usize| report.distance(&as_of(&self.moved(&scene.targets[*index].imm, report.at), report.at));
        let nearest = owners.iter().map(|index| (*index, distance(index))).min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((index, distance)) = nearest else { return };
        let target = Arc::make_mut(&mut scene.targets[index]);
        let contradicted = target.claimed.as_ref().is_some_and(|claimed| claimed.contradicted);
        if distance > RIVAL && !contradicted {
            match rival(target, report) {
                Rival::New => return,
                Rival::Another => {
                    if let Some(claimed) = &mut target.claimed {
                        claimed.duplicate = true;
                    }
                    self.announce(scene, frame, detection, report, domain);
                    if let Some(claimed) = scene.targets.last_mut().and_then(|new| Arc::make_mut(new).claimed.as_mut())
                    {
                        claimed.duplicate = true;
                    }
                    return;
                }
                Rival::Jump => self.jump(target, report),
            }
        }
        if let Some(claimed) = &mut target.claimed {
            if let Some(claim) = &detection.claim {
                claimed.claim = claim.clone();
            }
            let gap_s = report.at.seconds_since(claimed.heard_at);
            if gap_s > 0.0 {
                claimed.interval_s += 0.2 * (gap_s.min(300.0) - claimed.interval_s);
                claimed.heard_at = report.at;
                claimed.heard_twice = true;
            }
        }
        self.compare(target, report);
        self.believe(target, frame, report);
    }

    /// Follows a target that says it is somewhere else, where nobody else measures it; that it jumped is remembered.
    fn jump(&self, target: &mut Target, report: &Report) {
        let Some(claimed) = &mut target.claimed else { return };
        if claimed.is_measured(report.at, INDEPENDENT_S) {
            return;
        }
        claimed.independent = None;
        claimed.sum = SUM_MAX;
        claimed.contradicted = true;
        if let Some(imm) = self.placed(report, target.imm.domain) {
            target.imm = imm;
        }
    }

    /// Compares a report with what others measure of the target.
    fn compare(&self, target: &mut Target, report: &Report) {
        let Some(claimed) = &mut target.claimed else { return };
        let measured = claimed.independent.as_ref().filter(|(_, seen)| report.at.seconds_since(*seen) <= INDEPENDENT_S);
        let Some((independent, _)) = measured else {
            // Nobody contradicts it now: a jump is forgiven by and by.
            claimed.sum = (claimed.sum - 1.0).max(0.0);
            claimed.contradicted &= claimed.sum > 0.0;
            return;
        };
        let belief = as_of(&self.moved(independent, report.at), report.at);
        let excess = report.distance(&belief).min(1e4) / report.rows - ALLOWED_PER_ROW;
        claimed.sum = (claimed.sum + excess.min(CONTRADICTED)).clamp(0.0, SUM_MAX);
        if claimed.sum >= CONTRADICTED {
            if !claimed.contradicted {
                target.imm = independent.clone();
            }
            claimed.contradicted = true;
        } else if claimed.sum == 0.0 {
            claimed.contradicted = false;
        }
    }

    /// Takes a report into the estimate, unless the claim is contradicted.
    fn believe(&self, target: &mut Target, frame: &Frame, report: &Report) {
        let trusted = target
            .claimed
            .as_ref()
            .is_none_or(|claimed| !claimed.contradicted || !claimed.is_measured(report.at, INDEPENDENT_S));
        let span_s = report.at.seconds_since(target.imm.at);
        if trusted && span_s > -BACK_MAX_S {
            let mut next = self.moved(&target.imm, report.at);
            let (back_s, domain) = ((-span_s).max(0.0), next.domain);
            next.part(self.motions);
            let taken = next.condition::<ROWS>(|state| {
                let mut linear = report.linear(state);
                linear.noise += manoeuvred(domain, back_s);
                for axis in 0..3 {
                    linear.residual[axis] += back_s * state[axis + 3];
                    linear.jacobian[(axis, axis + 3)] = -back_s;
                }
                Some(linear)
            });
            if taken.is_some() {
                if next.domain == Domain::Surface {
                    let _ = initiate::float(&mut next, self.site, self.ground_m);
                }
                if span_s > 0.0 {
                    target.existence.predict(span_s, target.imm.domain);
                }
                target.imm = next;
                target.imm.lie(report.at, report.lies_until);
                target.note(frame.sensor, report.at);
            }
        }
        if let Some(claimed) = target.claimed.as_ref().filter(|claimed| claimed.is_trusted()) {
            let identity = claimed.claim.identity();
            let position = report.state.fixed_rows::<3>(0).into_owned();
            register::reported(
                target,
                &identity,
                report.at,
                position,
                report.noise.fixed_view::<3, 3>(0, 0).into_owned(),
            );
        }
        if let Some(claimed) = &target.claimed {
            target.revisit_s = claimed.revisit_s();
        }
        target.existence.spoke(SENT);
        target.confirmed = true;
        target.shown = true;
        if let Some(claimed) = &target.claimed {
            target.belief.take_claim(&claimed.claim);
        }
        let estimate = target.imm.estimate();
        target.belief.moves(&estimate, self.motions.ground_m(), 0.0);
    }

    /// Starts a target of its own word.
    fn announce(&self, scene: &mut Scene, frame: &Frame, detection: &Detection, report: &Report, domain: Domain) {
        let Some(mut imm) = self.placed(report, domain) else { return };
        imm.lie(report.at, report.lies_until);
        let mut target = Target {
            key: Key { at: report.at, sensor: frame.sensor, detection: detection.id.0, serial: 0 },
            imm,
            existence: Existence::born(SENT, Way::Reflects),
            belief: Belief::of(domain),
            confirmed: true,
            shown: true,
            first_seen_at: report.at,
            updated_at: report.at,
            detections: 1.0,
            revisit_s: ANCHORED_S,
            claimed: None,
            seen: Seen::default(),
            measured_by: vec![(frame.sensor, report.at)],
        };
        if let Some(claim) = &detection.claim {
            target.belief.take_claim(claim);
            target.claimed = Some(Box::new(Claimed::new(claim.clone(), report.at, None)));
        }
        self.admit(scene, target);
    }

    /// What a report alone says of where a target is.
    fn placed(&self, report: &Report, domain: Domain) -> Option<Imm> {
        // What any new target may be, updated with the report: what it does not say stays as open as before.
        let motion = self.motions.of(domain);
        let [level, climb] = [motion.speed_sigma_m_s, motion.climb_sigma_m_s].map(|sigma| sigma * sigma);
        let prior = Vector6::new(OPEN_M2, OPEN_M2, OPEN_M2, level, level, climb);
        let mut start = report.state;
        start.fixed_rows_mut::<3>(3).fill(0.0);
        let factor = (Matrix6::from_diagonal(&prior) + report.noise).cholesky()?;
        let gain = factor.inverse().map_with_location(|row, _, value| prior[row] * value);
        let mean = start + gain * (report.state - start);
        let covariance = Matrix6::from_diagonal(&prior) - gain * Matrix6::from_diagonal(&prior);
        let covariance = (covariance + covariance.transpose()) * 0.5;
        let mut imm = Imm::new(domain, report.at, Gaussian { mean, covariance });
        if domain == Domain::Surface && initiate::float(&mut imm, self.site, self.ground_m).is_none() {
            return None;
        }
        Some(imm)
    }

    fn moved(&self, imm: &Imm, at: Timestamp) -> Imm {
        let mut moved = imm.clone();
        moved.predict(self.motions, &mut ChangesOver::default(), at);
        moved
    }
}

/// What a report far from its identity's target is.
enum Rival {
    /// The first such report: set aside until there is another.
    New,
    /// Another transmitter's: it goes on from the last such report, and the target itself spoke in between.
    Another,
    /// The target's own, which says that it has jumped.
    Jump,
}

fn rival(target: &mut Target, report: &Report) -> Rival {
    let Some(claimed) = &mut target.claimed else { return Rival::Jump };
    let before = claimed.rival.replace((report.state, report.at));
    let Some((state, at)) = before.filter(|(_, at)| report.at.seconds_since(*at) < RIVAL_S) else {
        return Rival::New;
    };
    let dt = report.at.seconds_since(at);
    let moved = state.fixed_rows::<3>(0) + state.fixed_rows::<3>(3) * dt;
    let off = (report.state.fixed_rows::<3>(0) - moved).norm();
    let goes_on = off < 50.0 + 5.0 * dt.abs();
    if goes_on && claimed.heard_at > at { Rival::Another } else { Rival::Jump }
}
