//! Nights of patrol along a line: who flies when and where.
//!
//! The line is a row of *cells* with weights, the risk. A cell's *idleness* is the time between two visits; weighted, it
//! is that times the cell's weight, and the longest of a night is what a [`Manner::Fixed`] patrol makes short. Whoever
//! watches such a patrol for some nights knows when to cross. A [`Manner::Unpredictable`] one is a set of nights of
//! which each is made against somebody who has watched the others: `watchers`. Its idleness is held within twice the
//! fixed one's, so no cell is left alone.
//!
//! A flight goes from a site to the line, to and fro along it, and back to a site; drones land with their reserve, stay
//! for the turnaround, and take off where they have landed. The search is simulated annealing over the turns, landings
//! and starts of all flights, from sweeps whose battery swaps are spread over the cycle.
//!
//! What cannot be reached is not flown to: a drone that is too far from the line for its battery stays on the ground.

mod moves;
mod night;
mod problem;
mod search;
mod sortie;
mod start;
mod watchers;

pub use problem::{Cell, Crossing, Drone, Problem, ProblemError};
pub use sortie::Point;

use crate::clock::Clock;
use crate::limits::count;
use crate::random::Draws;
use night::Night;
use search::{Aim, Share};
use sortie::{Ground, Sortie};

/// How the line is patrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// One night, to be flown every night: the shortest idleness.
    Fixed,
    /// So many nights, none like the other: somebody who has watched some of them gains nothing by it.
    Unpredictable {
        /// How many.
        nights: usize,
    },
}

/// A flight of a drone.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// The drone, by its place in [`Problem::drones`].
    pub drone: usize,
    /// The sites it takes off from and lands at, by their places in [`Problem::sites_m`].
    pub sites: [usize; 2],
    /// From take-off to landing.
    pub track: Vec<Point>,
}

/// What is flown in a night.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Drone by drone, each one's in order of time.
    pub flights: Vec<Flight>,
    /// The longest weighted idleness of a cell, s.
    pub idleness_s: f64,
}

/// The share of an unpredictable patrol's budget that goes to the fixed one its idleness is measured by.
const FIXED_SHARE: f64 = 0.15;
/// How much longer than the fixed one's its idleness may be; beyond, it costs dearly. The promise is twice.
const IDLENESS_ALLOWED: f64 = 1.7;

/// Plans. `better` is told of every shorter longest weighted idleness, s; of an unpredictable patrol, of each night's.
///
/// # Errors
/// [`ProblemError`] when the patrol cannot be planned.
pub fn plan(
    problem: &Problem,
    manner: Manner,
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Result<Vec<Schedule>, ProblemError> {
    problem.check()?;
    let ground = Ground::new(problem);
    let mut draws = Draws::new(seed);
    let found = match manner {
        Manner::Fixed => {
            vec![search::shortest_gaps(&ground, Share { from: 0.0, to: 1.0 }, &mut draws, clock, better)]
        }
        Manner::Unpredictable { nights } => {
            count("nights", nights, 1, Problem::NIGHTS_MOST).map_err(ProblemError::from)?;
            unpredictable(&ground, nights, &mut draws, clock, better)
        }
    };
    Ok(found.into_iter().map(|sorties| schedule(&ground, sorties)).collect())
}

/// Each night against those before it, and then each once more against all others.
fn unpredictable(
    ground: &Ground,
    nights: usize,
    draws: &mut Draws,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(f64),
) -> Vec<Vec<Sortie>> {
    let fixed = search::shortest_gaps(ground, Share { from: 0.0, to: FIXED_SHARE }, draws, clock, &mut |_| {});
    let allowed_s = IDLENESS_ALLOWED * Night::new(ground, fixed, None, 1.0).longest_s();
    let mut found: Vec<Vec<Sortie>> = Vec::new();
    let mut seen: Vec<Vec<Vec<bool>>> = Vec::new();
    let rounds = 2 * nights;
    for round in 0..rounds {
        let night = round % nights;
        let others: Vec<_> = seen.iter().enumerate().filter(|(other, _)| *other != night).map(|(_, s)| s).collect();
        let aim = Aim::Crossings(watchers::stakes(ground.problem, &others), allowed_s);
        let begin = |round: usize| FIXED_SHARE + (1.0 - FIXED_SHARE) * round as f64 / rounds as f64;
        let share = Share { from: begin(round), to: begin(round + 1) };
        let start = if round < nights { start::sorties(ground, draws) } else { found[night].clone() };
        let sorties = search::search(ground, start, &aim, share, draws, clock);
        let flown = Night::new(ground, sorties.clone(), None, 1.0);
        better(flown.longest_s());
        if round < nights {
            seen.push(flown.seen());
            found.push(sorties);
        } else {
            seen[night] = flown.seen();
            found[night] = sorties;
        }
    }
    found
}

fn schedule(ground: &Ground, sorties: Vec<Sortie>) -> Schedule {
    let idleness_s = Night::new(ground, sorties.clone(), None, 1.0).longest_s();
    let flights = sorties
        .into_iter()
        .filter(|sortie| !sortie.turns.is_empty())
        .map(|sortie| Flight { drone: sortie.drone, sites: [sortie.from, sortie.to], track: ground.track(&sortie) })
        .collect();
    Schedule { flights, idleness_s }
}
