//! Update: what a target's share of the plots does to what is believed of it.

use std::sync::Arc;

use super::existence::Way;
use super::formation::Member;
use super::gate::{Candidate, Gated, Look};
use super::imm::{ChangesOver, Motions};
use super::initiate;
use super::measure::Plot;
use super::motion::{Domain, MODES};
use super::register;
use super::scene::{Scene, Target};

/// At and above this, a target has a number and is shown, tentative as it is.
pub(super) const SHOWN: f64 = 0.2;
/// At and above this, a target is confirmed: what flies, and what floats, where looks are seconds apart.
const CONFIRMED_AIR: f64 = 0.95;
const CONFIRMED_SURFACE: f64 = 0.9;
/// Modes are told apart once a second plot is this surely the target's, if it is there.
const PARTING: f64 = 0.2;

/// Less surely seen than this leaves, a target says nothing of its formation.
const MISSED_MAX: f64 = 0.5;

/// Updates one target with its share of the plots, and all that goes by it. Returns what it says of its formation.
pub(super) fn settle(
    scene: &mut Scene,
    sensor: u16,
    candidate: &Candidate,
    plots: &[Plot],
    (shares, missed): (&[f64], f64),
    (way, look, motions): (Way, &Look<'_>, &Motions),
) -> Option<Member> {
    let target = Arc::make_mut(&mut scene.targets[candidate.target]);
    let before = (target.imm.active() == MODES && target.confirmed).then_some(target.imm.weights);
    take(target, sensor, candidate, plots, (shares, missed), (way, look, motions));
    if target.imm.domain == Domain::Surface {
        let _ = initiate::float(&mut target.imm, look.site, look.ground_m);
    }
    independently(motions, look, target, candidate, plots, shares);
    let member = before.filter(|_| missed < MISSED_MAX).map(|before| Member {
        target: candidate.target,
        estimate: target.imm.estimate(),
        evidence: std::array::from_fn(|mode| target.imm.weights[mode] / before[mode].max(1e-9)),
    });
    for (gated, share) in candidate.plots.iter().zip(shares) {
        register::sighted(scene, candidate.target, sensor, look.pose, &plots[gated.plot], *share);
    }
    member
}

/// Updates one target's belief and existence with its share of the plots.
fn take(
    target: &mut Target,
    sensor: u16,
    candidate: &Candidate,
    plots: &[Plot],
    (shares, missed): (&[f64], f64),
    (way, look, motions): (Way, &Look<'_>, &Motions),
) {
    // The filter asks where the target is if it is there: given that, a miss weighs less than the marginal says when
    // the target may not exist. The shares are those of an existing target.
    let there = target.existence.probability;
    let caught = candidate.detection * target.existence.seen(way);
    let left = missed * there * (1.0 - caught) / (1.0 - there * caught).max(1e-12);
    let exists = (1.0 - missed) + left;
    let seen = (1.0 - missed) / exists.max(1e-12);
    match way {
        Way::Reflects => target.belief.looked(seen, caught, look.sensor.bird_factor()),
        Way::Transmits => target.belief.transmits(seen),
    }
    if !candidate.plots.is_empty() {
        let given: Vec<f64> = shares.iter().map(|share| share / exists.max(1e-12)).collect();
        if !candidate.update(&mut target.imm, plots, &given, left / exists.max(1e-12)) {
            target.existence.refute();
            return;
        }
        {
            if 1.0 - left / exists.max(1e-12) > PARTING {
                target.imm.part(motions);
            }
            let hit = 1.0 - missed;
            target.detections += hit;
            if hit > 0.5 {
                let at = candidate.plots.iter().map(|gated| plots[gated.plot].at).max();
                let since_s = at.map_or(0.0, |at| at.seconds_since(target.updated_at));
                target.revisit_s = candidate.revisit_s;
                target.note(sensor, at.unwrap_or(target.imm.at));
                target.imm.is_watched(at.unwrap_or(target.imm.at));
                for (gated, share) in candidate.plots.iter().zip(&given) {
                    if let Some(llr) = plots[gated.plot].llr {
                        target.belief.take_ratio(llr, *share);
                    }
                }
                let estimate = target.imm.estimate();
                target.belief.moves(&estimate, motions.ground_m(), since_s.max(0.0));
            }
        }
    }
    target.existence.look(missed, candidate.detection, way);
    let confirmed = match target.imm.domain {
        Domain::Air => CONFIRMED_AIR,
        Domain::Surface => CONFIRMED_SURFACE,
    };
    target.confirmed |= target.existence.probability >= confirmed;
    target.shown |= target.existence.probability >= SHOWN;
}

/// Updates what is believed of a target that speaks for itself from what others measured alone.
fn independently(
    motions: &Motions,
    look: &Look<'_>,
    target: &mut Target,
    candidate: &Candidate,
    plots: &[Plot],
    shares: &[f64],
) {
    let at = target.imm.at;
    let Some(claimed) = &mut target.claimed else { return };
    let Some(best) = candidate.plots.iter().zip(shares).max_by(|a, b| a.1.total_cmp(b.1)) else { return };
    let plot = &plots[best.0.plot];
    let Some((imm, seen)) = &mut claimed.independent else {
        if *best.1 > 0.8 && plot.places() {
            let fresh = initiate::from_plot(motions, look.site, look.ground_m, look.pose, plot, target.imm.domain);
            claimed.independent = fresh.map(|imm| (imm, plot.at));
        }
        return;
    };
    imm.predict(motions, &mut ChangesOver::default(), at);
    let back_s = imm.at.seconds_since(plot.at).clamp(0.0, 3.0);
    let estimate = imm.reach();
    let Some(mut own) = Candidate::new(candidate.target, look, &estimate, back_s) else { return };
    own.gate(look, imm, plots);
    let share = |gated: &Gated| {
        candidate.plots.iter().zip(shares).find(|(known, _)| known.plot == gated.plot).map_or(0.0, |(_, share)| *share)
    };
    let shares: Vec<f64> = own.plots.iter().map(share).collect();
    let hit: f64 = shares.iter().sum();
    if hit > 0.0 && own.update(imm, plots, &shares, 1.0 - hit.min(1.0)) && hit > 0.5 {
        imm.part(motions);
        *seen = plot.at;
    }
}

#[cfg(test)]
mod tests;
