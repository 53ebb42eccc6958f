//! Predict: the targets that a look may concern, moved on to when it saw them, each with what the look would measure of it
//! and the plots in its gate.

use std::sync::Arc;

use telemetry::messages::SensorScan;
use telemetry::{Azimuth, Timestamp};

use super::existence::Way;
use super::gate::{Candidate, Look};
use super::imm::ChangesOver;
use super::measure::Plot;
use super::resolve;
use super::scene::Scene;
use super::sensor::{Sensor, width};
use super::step::{Frame, Step};

/// A target is looked for this far beyond its place, m/s and metres.
const MARGIN_M: f64 = 200.0;
/// Seen by the same sensor less than this part of its period ago, a target is not missed now.
const SEEN_PERIODS: f64 = 0.5;
/// A target this improbably in view gives no plot.
const VIEW_MIN: f64 = 1e-3;
/// A plot in the gate of a target that the sensor should not see may still be the target's.
const DETECTION_AT_EDGE: f64 = 0.02;
/// How often a target that is one plot with others has no plot of its own.
const LOST_TO_NEIGHBOURS: f64 = 0.5;
/// What a target that is not looked at may move, m/s.
const IDLE_SPEED_M_S: f64 = 40.0;
/// A plot this much older than a target's estimate, seconds, is compared with where the target was then.
const BACK_MAX_S: f64 = 5.0;

impl Step<'_> {
    /// The targets that the look may concern, predicted to when it saw them, each with the plots in its gate.
    pub(super) fn candidates(
        &self,
        scene: &mut Scene,
        frame: &Frame,
        look: &Look<'_>,
        plots: &[Plot],
        way: Way,
    ) -> Vec<Candidate> {
        let sensor = look.sensor;
        let mut changes = ChangesOver::default();
        let mut candidates = Vec::new();
        let reach = sensor.description.coverage.range_m[1] + MARGIN_M;
        let can_miss = sensor.can_miss(frame.scan.sector);
        let rotation = rotation(sensor, &frame.scan);
        for (index, target) in scene.targets.iter_mut().enumerate() {
            if !sensor.watches(target.imm.domain) {
                continue;
            }
            let away = target.imm.modes[0].position() - look.pose.origin;
            let idle_s = frame.scan.measured_at.seconds_since(target.imm.at).max(0.0);
            if away.norm() > reach + IDLE_SPEED_M_S * idle_s {
                continue;
            }
            let target = Arc::make_mut(target);
            let at = rotation.as_ref().map_or(frame.scan.measured_at, |rotation| {
                let seen = look.pose.sees(&(target.imm.mean().fixed_rows::<3>(0).into_owned()));
                rotation.passes(seen.azimuth())
            });
            let span_s = at.seconds_since(target.imm.at);
            if span_s > 0.0 {
                target.existence.predict(span_s, target.imm.domain);
                target.imm.predict(self.motions, &mut changes, at);
            }
            let back_s = (-span_s).clamp(0.0, BACK_MAX_S);
            let estimate = target.imm.reach();
            let Some(mut candidate) = Candidate::new(index, look, &estimate, back_s) else { continue };
            let view = sensor.in_view(frame.scan.sector, &candidate.expected, &candidate.spread);
            if view < VIEW_MIN {
                continue;
            }
            let just_seen = target
                .measured(frame.sensor)
                .is_some_and(|last| at.seconds_since(last).abs() < SEEN_PERIODS * sensor.revisit_s());
            if can_miss && !just_seen {
                let bird = target.belief.bird() * (1.0 - sensor.bird_factor());
                candidate.detection = sensor.detection_probability(candidate.expected.range_m)
                    * view
                    * (1.0 - bird)
                    * if way == Way::Reflects { target.existence.echo() } else { 1.0 };
            }
            candidates.push(candidate);
        }
        resolve::pair(scene, &mut candidates, sensor.description.performance.resolution);
        for candidate in &mut candidates {
            resolve::blur(scene, candidate);
            candidate.gate(look, &scene.targets[candidate.target].imm, plots);
            candidate.detection *= 1.0 - LOST_TO_NEIGHBOURS * (1.0 - candidate.alone);
            if !candidate.plots.is_empty() {
                candidate.detection = candidate.detection.max(DETECTION_AT_EDGE);
            }
        }
        candidates
    }
}

/// How a rotating antenna sweeps.
struct Rotation {
    period_s: f64,
    end: Timestamp,
    to: f64,
    sector: f64,
}

fn rotation(sensor: &Sensor, scan: &SensorScan) -> Option<Rotation> {
    let sector = scan.sector?;
    sensor.description.performance.rotation.then(|| Rotation {
        period_s: sensor.revisit_s(),
        end: scan.measured_at,
        to: sector.to.radians(),
        sector: width(sector),
    })
}

impl Rotation {
    /// When the beam passes an azimuth, as far as this sector has it.
    fn passes(&self, azimuth: Azimuth) -> Timestamp {
        let turn = std::f64::consts::TAU;
        let before = (self.to - azimuth.radians()).rem_euclid(turn);
        // What lies a little beyond the sector's ends is seen at its ends.
        let outside = (turn - self.sector) / 2.0;
        let before = if before > self.sector + outside { 0.0 } else { before.min(self.sector) };
        self.end.offset_seconds(-self.period_s * before / turn)
    }
}

#[cfg(test)]
mod tests;
