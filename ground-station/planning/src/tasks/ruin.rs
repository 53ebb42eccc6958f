//! Tearing out: strings of neighbouring visits, from a few routes around one place.
//!
//! Source: Christiaens & Vanden Berghe 2020, "Slack induction by string removals for vehicle routing problems",
//! Transportation Science 54(2), §5.2.

use super::route::Table;
use super::search::State;
use crate::random::Draws;

/// How many visits are torn out on average.
const REMOVED_MEAN: f64 = 10.0;
/// The longest string.
const STRING_MAX: f64 = 10.0;
/// How often a string keeps some visits within it.
const SPLIT: f64 = 0.5;
/// How readily the part kept within a string stops growing.
const SPLIT_STOPS: f64 = 0.01;

/// Tears strings out of the routes around a place drawn at random.
pub(super) fn ruin(state: &mut State, table: &Table, draws: &mut Draws) {
    let flown = state.routes.iter().filter(|route| !route.visits.is_empty()).count();
    if flown == 0 {
        return;
    }
    let visits: usize = state.routes.iter().map(|route| route.visits.len()).sum();
    let string_max = STRING_MAX.min(visits as f64 / flown as f64).max(1.0);
    let strings_max = 4.0 * REMOVED_MEAN / (1.0 + string_max) - 1.0;
    let strings = ((strings_max * draws.unit()) as usize + 1).min(flown);
    let seed = draws.below(table.tasks) as u16;
    let mut torn: Vec<usize> = Vec::with_capacity(strings);
    for task in table.nearest(seed) {
        if torn.len() >= strings {
            break;
        }
        let Some(route) = state.visited_by(*task).filter(|route| !torn.contains(route)) else { continue };
        torn.push(route);
        let length = state.routes[route].visits.len();
        let string = 1 + (draws.unit() * string_max.min(length as f64)) as usize;
        tear(state, table, route, *task, string.min(length), draws);
    }
}

/// Tears a string that holds `task` out of a route.
fn tear(state: &mut State, table: &Table, route: usize, task: u16, string: usize, draws: &mut Draws) {
    let visits = &state.routes[route].visits;
    let length = visits.len();
    let at = visits.iter().position(|visit| *visit == task).expect("the task is on the route that visits it");
    let kept =
        if string > 1 && string < length && draws.unit() < SPLIT { kept_within(string, length, draws) } else { 0 };
    let whole = string + kept;
    let first_min = (at + 1).saturating_sub(whole);
    let first_max = at.min(length - whole);
    let first = first_min + draws.below(first_max - first_min + 1);
    let gap = if kept > 0 { first + draws.below(string + 1) } else { 0 };
    let removed = |place: usize| (first..first + whole).contains(&place) && !(gap..gap + kept).contains(&place);
    state.remove(table, route, removed);
}

/// How many visits within a string stay.
fn kept_within(string: usize, length: usize, draws: &mut Draws) -> usize {
    let mut kept = 1;
    while string + kept < length && draws.unit() > SPLIT_STOPS {
        kept += 1;
    }
    kept
}
