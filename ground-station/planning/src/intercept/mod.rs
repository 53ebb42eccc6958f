//! Where an intruder will come down, and who can be there in time.
//!
//! From a short noisy track of a drone or a balloon: up to three [`Area`]s with the probability of each, and the
//! [`Dispatch`] of the ground unit with the best chance of standing within reach of the landing before the load is gone.
//! The order is always track, *landings*, answer: each kind of intruder turns its track into weighted landings (a place
//! and a time), and one decision, the same for all, sums over them what a unit would reach.
//!
//! - `drone`: it heads for one of known sites, straight or by waypoints, and wavers about its course as an
//!   Ornstein–Uhlenbeck process. For each site and each moment of a turn, a Kalman filter says how well the track fits.
//! - `balloon`: it drifts with the forecast wind, a lasting error of that forecast, and gusts, until it has burnt out.
//!   A Kalman filter over wind and gust gives the landing for each moment of burning out.
//! - `habits`: what the cues so far show of all flights: whether clocks count from the launch, where launches are, and at
//!   which stage of a flight cues come. Where they show it, `since_launch` tells the stories of a drone from there on.
//! - `decide`: areas, unit, rendezvous. The rendezvous is seldom the likeliest landing: it is where a unit gets to in
//!   time with the greatest chance, and stops short of a long walk wherever the landing is within reach from the road.
//!
//! It answers in milliseconds, is deterministic, and never says where nothing is known: with no possible landing the
//! answer is empty. It does not follow the unit and does not know of traffic.

mod balloon;
mod decide;
mod drone;
mod habits;
mod launches;
mod problem;
mod roads;
mod since_launch;

pub(crate) use decide::SITE_SPREAD_M;
pub use decide::{Answer, Area, Dispatch};
pub use habits::Habits;
pub use problem::{Cue, Fix, Flown, Intruder, ProblemError, Road, Scene, Site};

use drone::Meeting;
use roads::Reach;

/// A scene with every unit's ways worked out once; asked again with each longer track.
#[derive(Debug, Clone)]
pub struct Watch {
    scene: Scene,
    reach: Vec<Reach>,
}

/// One way it may end: where, in how long, and how probable that is among all (the weights add up to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Landing {
    pub(crate) at_m: [f64; 2],
    pub(crate) in_s: f64,
    pub(crate) weight: f64,
}

impl Watch {
    /// Finds the ways of every unit along the roads.
    ///
    /// # Errors
    /// [`ProblemError`] when the scene cannot be planned with.
    pub fn new(scene: Scene) -> Result<Self, ProblemError> {
        scene.check()?;
        let reach = scene.units.iter().map(|node| Reach::from(&scene, *node)).collect();
        Ok(Self { scene, reach })
    }

    /// The same ground with other sites; the ways along the roads stay.
    ///
    /// # Errors
    /// [`ProblemError`] when a site cannot be planned with.
    pub fn with_sites(&self, sites: Vec<Site>) -> Result<Self, ProblemError> {
        let scene = Scene { sites, ..self.scene.clone() };
        scene.check()?;
        Ok(Self { scene, reach: self.reach.clone() })
    }

    /// Where it comes down, and who goes.
    ///
    /// # Errors
    /// [`ProblemError`] when the cue cannot be planned with.
    pub fn answer(&self, cue: &Cue) -> Result<Answer, ProblemError> {
        Ok(decide::answer(&self.scene, &self.reach, cue, self.landings(cue)?))
    }

    /// The same, with what other cues have shown.
    ///
    /// # Errors
    /// [`ProblemError`] when the cue cannot be planned with.
    pub fn answer_knowing(&self, cue: &Cue, habits: &Habits) -> Result<Answer, ProblemError> {
        Ok(decide::answer(&self.scene, &self.reach, cue, self.landings_knowing(cue, habits)?))
    }

    /// For every unit the best that it can do, where it has a chance at all; the best first.
    ///
    /// # Errors
    /// [`ProblemError`] when the cue cannot be planned with.
    pub fn options(&self, cue: &Cue) -> Result<Vec<Dispatch>, ProblemError> {
        Ok(decide::options(&self.scene, &self.reach, cue, self.landings(cue)?))
    }

    /// The areas, and the best that each unit can do, of landings that are known already.
    pub(crate) fn judge(&self, cue: &Cue, landings: Vec<Landing>) -> (Vec<Area>, Vec<Dispatch>) {
        decide::judge(&self.scene, &self.reach, cue, landings)
    }

    /// All the ways it may end.
    pub(crate) fn landings(&self, cue: &Cue) -> Result<Vec<Landing>, ProblemError> {
        cue.check()?;
        let mut landings = match cue.intruder {
            Intruder::Straight | Intruder::Dogleg => {
                let meeting = if cue.flown.is_some() { Meeting::AnyStage } else { Meeting::OnTheWay };
                drone::landings(&self.scene.sites, cue, meeting)
            }
            Intruder::Balloon { wind_m_s, burnt_out_s } => balloon::landings(cue, wind_m_s, burnt_out_s),
        };
        if let Some(flown) = cue.flown {
            weigh_by_stage(&mut landings, flown, cue.now_s);
        }
        landings.retain(|landing| landing.weight > 0.0 && landing.in_s.is_finite());
        Ok(landings)
    }
}

impl Watch {
    /// All the ways it may end, by what other cues have shown: as far as they show it.
    pub(crate) fn landings_knowing(&self, cue: &Cue, habits: &Habits) -> Result<Vec<Landing>, ProblemError> {
        let drone = matches!(cue.intruder, Intruder::Straight | Intruder::Dogleg) && cue.flown.is_none();
        let known = habits.launches().filter(|_| drone && cue.track.first().is_some_and(|fix| fix.at_s > 0.0));
        let Some((launches, known)) = known else { return self.landings(cue) };
        cue.check()?;
        let mut landings = drone::landings_since_launch(&self.scene.sites, cue, launches, habits);
        if landings.is_empty() {
            return self.landings(cue);
        }
        if known < CERTAIN {
            landings.iter_mut().for_each(|landing| landing.weight *= known);
            let else_ways = self.landings(cue)?.into_iter();
            landings.extend(else_ways.map(|landing| Landing { weight: (1.0 - known) * landing.weight, ..landing }));
        }
        landings.retain(|landing| landing.weight > NEVER && landing.in_s.is_finite());
        Ok(landings)
    }
}

/// Where the clock counts from the launch this probably, it is not asked what if it does not.
const CERTAIN: f64 = 1.0 - 1e-6;
/// Landings less probable than this are left out.
const NEVER: f64 = 1e-7;

/// Where it came from: the ways it may have begun, each with its place, how long before the first fix, and its weight.
/// A waver has no direction in time, so the track is read backwards, with the launch sites as its goals. A balloon's
/// `burnt_out_s` are then the times of its launch.
pub(crate) fn launches(sites: &[Site], cue: &Cue, launched_s: Option<[f64; 2]>) -> Vec<Landing> {
    let track: Vec<Fix> = cue.track.iter().rev().map(|fix| Fix { at_s: -fix.at_s, at_m: fix.at_m }).collect();
    let now_s = track.last().map_or(0.0, |fix| fix.at_s);
    let backwards = Cue { now_s, track, flown: None, ..cue.clone() };
    match (cue.intruder, launched_s) {
        (Intruder::Balloon { wind_m_s, .. }, Some([from_s, to_s])) => {
            balloon::landings(&backwards, wind_m_s.map(|wind| -wind), [-to_s, -from_s])
        }
        (Intruder::Balloon { .. }, None) => Vec::new(),
        (Intruder::Straight | Intruder::Dogleg, _) => drone::landings(sites, &backwards, Meeting::OnTheWay),
    }
}

/// A flight is outside the usual stage about this seldom.
const UNUSUAL: f64 = 1e-3;

/// Bayes' rule with the moment at which the cue came: uniform over the usual stage of a flight of that length.
fn weigh_by_stage(landings: &mut [Landing], flown: Flown, now_s: f64) {
    let flown_s = now_s - flown.launched_s;
    for landing in &mut *landings {
        let whole_s = (flown_s + landing.in_s).max(1.0);
        let usual = (flown.share[0]..=flown.share[1]).contains(&(flown_s / whole_s));
        landing.weight *= if usual { 1.0 } else { UNUSUAL } / whole_s;
    }
    let total: f64 = landings.iter().map(|landing| landing.weight).sum();
    if total > 0.0 {
        for landing in landings {
            landing.weight /= total;
        }
    }
}

fn distance_m(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}
