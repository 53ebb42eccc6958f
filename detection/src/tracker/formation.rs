//! Formations: targets that fly together manoeuvre together.
//!
//! Drones of a swarm and birds of a flock keep their places among each other; when one turns, all do (S. K. Pang, J. Li,
//! S. J. Godsill, "Detection and tracking of coordinated groups", IEEE T-AES 47 (2011)). What one member's plots say of
//! its mode of motion therefore says something of the others': after a look, each member's modes are weighted by the
//! evidence of all, each as far as it flies along. Positions and velocities stay each target's own, so that nothing is
//! counted twice in them.
//!
//! What it never does: make a formation of two, which may as well be two that cross.

use std::sync::Arc;

use super::estimate::Gaussian;
use super::motion::MODES;
use super::scene::Scene;

/// Farther apart than this, metres, two targets are of no formation.
const APART_M: f64 = 160.0;
/// A difference of velocity that formations have, m/s.
const SLACK_M_S: f64 = 1.0;
/// The squared distance of level velocities up to which two fly along: 90 % of a χ² of two rows.
const ALONG: f64 = 4.6;
/// How far the evidence of one member counts for another.
const LOYALTY: f64 = 0.5;
/// Companions wanted, and counted at most.
const COMPANIONS_MIN: usize = 2;
const COMPANIONS_MAX: usize = 8;
/// No mode's evidence counts for less, so that a formation that breaks up is seen to.
const EVIDENCE_MIN: f64 = 0.02;

/// A target that a look updated: its place, and how much likelier than before the look's plots made each mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) target: usize,
    pub(super) estimate: Gaussian,
    pub(super) evidence: [f64; MODES],
}

/// Shares the evidence of modes among the members of formations.
pub(super) fn share(scene: &mut Scene, mut members: Vec<Member>) {
    members.sort_by(|a, b| a.estimate.mean[0].total_cmp(&b.estimate.mean[0]).then(a.target.cmp(&b.target)));
    for (place, member) in members.iter().enumerate() {
        let before = members[..place].iter().rev().take_while(|other| near(member, other));
        let after = members[place + 1..].iter().take_while(|other| near(member, other));
        let mut pooled = [0.0; MODES];
        let mut companions = 0;
        for other in before.chain(after).filter(|other| along(member, other)).take(COMPANIONS_MAX) {
            companions += 1;
            for (pooled, evidence) in pooled.iter_mut().zip(other.evidence) {
                *pooled += LOYALTY * evidence.max(EVIDENCE_MIN).ln();
            }
        }
        if companions >= COMPANIONS_MIN {
            Arc::make_mut(&mut scene.targets[member.target]).imm.weigh(pooled);
        }
    }
}

fn near(a: &Member, b: &Member) -> bool {
    (a.estimate.mean[0] - b.estimate.mean[0]).abs() < APART_M
}

fn along(a: &Member, b: &Member) -> bool {
    let off = a.estimate.mean - b.estimate.mean;
    if off.fixed_rows::<2>(0).norm() > APART_M {
        return false;
    }
    let level = |g: &Gaussian| g.covariance.fixed_view::<2, 2>(3, 3).into_owned();
    let spread = level(&a.estimate) + level(&b.estimate) + nalgebra::Matrix2::identity() * (SLACK_M_S * SLACK_M_S);
    let velocity = nalgebra::Vector2::new(off[3], off[4]);
    spread.cholesky().is_some_and(|factor| velocity.dot(&factor.solve(&velocity)) < ALONG)
}

#[cfg(test)]
mod tests;
