//! Evidence: what moved a belief, in the words of an officer on watch, the newest last.
//!
//! A *ground* is what a piece of evidence is about. Of each only the present state is kept, as numbers of the belief, and
//! when it last changed by a step worth a word; so evidence is bounded by the number of grounds, and costs nothing until
//! somebody asks for it.

use telemetry::messages::TargetKind;

use super::Belief;
use super::kinds::Said;
use crate::tracker::motion::Domain;

/// What a piece of evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    Claim,
    Ratio,
    Looks,
    Heard,
    Speed,
    Height,
    Turn,
}

const GROUNDS: [Ground; 7] =
    [Ground::Claim, Ground::Ratio, Ground::Looks, Ground::Heard, Ground::Speed, Ground::Height, Ground::Turn];

/// Steps of speed, height and rate of turn that are worth a word: m/s, metres, rad/s (5° a second).
const SPEED_STEP_M_S: f64 = 5.0;
const HEIGHT_STEP_M: f64 = 20.0;
const TURN_STEP_RAD_S: f64 = 0.087_266;
/// What is known no better than this is no evidence: m/s, metres.
const SPEED_SIGMA_MAX_M_S: f64 = 4.0;
const HEIGHT_SIGMA_MAX_M: f64 = 20.0;
/// Slower than this, and at least so high, a target hovers: m/s, metres.
const HOVERS_M_S: f64 = 2.0;
const HOVERS_M: f64 = 10.0;
/// Ratios that are worth a word, as logarithms.
const RATIO_MIN: f64 = 1.0;

/// When each ground last changed, and to what step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Noted {
    steps: [i16; GROUNDS.len()],
    changed: [u32; GROUNDS.len()],
    changes: u32,
}

impl Noted {
    /// Takes the step at which a ground is now.
    pub(super) fn at(&mut self, ground: Ground, step: i16) {
        if self.steps[ground as usize] != step {
            self.steps[ground as usize] = step;
            self.anew(ground);
        }
    }

    /// Takes that a ground is new.
    pub(super) fn anew(&mut self, ground: Ground) {
        self.changes = self.changes.wrapping_add(1);
        self.changed[ground as usize] = self.changes;
    }
}

impl Belief {
    /// Takes the steps at which speed, height and turn are now.
    pub(super) fn note_motion(&mut self) {
        let step = |value: f64, step: f64| (value / step).round() as i16;
        self.noted.at(Ground::Speed, step(self.speed.0, SPEED_STEP_M_S));
        self.noted.at(Ground::Height, self.height.map_or(i16::MIN, |(height, _)| step(height, HEIGHT_STEP_M)));
        self.noted.at(Ground::Turn, step(self.pace.sharpest_rad_s, TURN_STEP_RAD_S));
    }
}

/// What moved a belief, of a target that is there with the probability `there`: the newest last, the doubt about its
/// being there after all else.
pub(super) fn words(belief: &Belief, there: f64) -> Vec<String> {
    let mut grounds = GROUNDS;
    grounds.sort_by_key(|ground| belief.noted.changed[*ground as usize]);
    let mut words: Vec<String> = grounds.into_iter().filter_map(|ground| word(belief, ground)).collect();
    if there < 0.5 {
        words.push("was seen too seldom to be sure that it is there".to_owned());
    }
    words
}

fn word(belief: &Belief, ground: Ground) -> Option<String> {
    match ground {
        Ground::Claim => belief.said.as_ref().map(claim),
        Ground::Ratio => (belief.rated && belief.llr.abs() >= RATIO_MIN).then(|| {
            let like = if belief.llr > 0.0 { "like" } else { "unlike" };
            format!("looks {like} a drone to the sensors: log-likelihood ratio {:+.0}", belief.llr)
        }),
        Ground::Looks => (belief.rated && belief.looks.abs() >= RATIO_MIN).then(|| {
            let than =
                if belief.looks > 0.0 { "is seen more steadily than a bird" } else { "is missed as often as a bird" };
            than.to_owned()
        }),
        Ground::Heard => (belief.heard >= RATIO_MIN).then(|| "transmits: a direction finder hears it".to_owned()),
        Ground::Speed => speed(belief),
        Ground::Height => belief
            .height
            .filter(|(_, sigma)| *sigma < HEIGHT_SIGMA_MAX_M)
            .map(|(height, _)| format!("is about {:.0} m above the ground", rounded(height, HEIGHT_STEP_M))),
        Ground::Turn => belief.pace.turns_sharply().then(|| {
            let degrees = belief.pace.sharpest_rad_s.to_degrees();
            format!("has turned at {:.0}° a second", rounded(degrees, TURN_STEP_RAD_S.to_degrees()))
        }),
    }
}

fn speed(belief: &Belief) -> Option<String> {
    let (speed, sigma) = belief.speed;
    if sigma >= SPEED_SIGMA_MAX_M_S {
        return None;
    }
    let hovers = belief.domain == Domain::Air
        && speed < HOVERS_M_S
        && sigma < HOVERS_M_S
        && belief.height.is_some_and(|(height, _)| height > HOVERS_M);
    Some(if hovers { "hovers".to_owned() } else { format!("moves at {:.0} m/s", rounded(speed, SPEED_STEP_M_S)) })
}

fn claim(said: &Said) -> String {
    match said {
        Said::Ais { .. } => format!("says by AIS that it is {}", said.kind().map_or("a vessel", name)),
        Said::RemoteId => "says by Remote ID that it is a drone".to_owned(),
        Said::Adsb => "says by ADS-B that it is an aircraft".to_owned(),
    }
}

fn name(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::CargoVessel => "a cargo vessel",
        TargetKind::Tanker => "a tanker",
        TargetKind::PassengerVessel => "a passenger vessel",
        TargetKind::FishingVessel => "a fishing vessel",
        TargetKind::SailingOrPleasureCraft => "a sailing vessel or pleasure craft",
        TargetKind::WorkBoat => "a working vessel",
        TargetKind::SpeedBoat | TargetKind::Multirotor | TargetKind::FixedWing | TargetKind::Unknown => "a vessel",
    }
}

/// To the nearest step, so that evidence does not change with every plot. Zero is never negative.
fn rounded(value: f64, step: f64) -> f64 {
    (value / step).round() * step + 0.0
}
