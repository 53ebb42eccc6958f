//! Putting back: one task after the other, each where it costs least, now and then not there.
//!
//! Source: Christiaens & Vanden Berghe 2020, §5.3; the orders for time windows are those of their table 5. Tasks of a high
//! prize first, and tasks put back at any price, are ours.

use super::route::Table;
use super::search::State;
use crate::random::Draws;

/// How readily a task is put elsewhere than where it costs least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chances {
    /// How often a route is passed over: a greedy choice that is always the same finds always the same.
    blink: f64,
    /// How often, of the times that tasks are put back, some of them are at any price: two far ones may pay together
    /// where neither pays alone.
    at_any_price: f64,
}

/// Each task where it costs least, or nowhere.
pub(super) const GREEDY: Chances = Chances { blink: 0.0, at_any_price: 0.0 };
/// As the search does.
pub(super) const SEARCHING: Chances = Chances { blink: 0.01, at_any_price: 0.05 };

/// An order in which tasks are put back, and how often it is used.
#[derive(Debug, Clone, Copy)]
enum Order {
    Shuffled,
    Prize,
    Far,
    Near,
    Narrow,
    Early,
    Late,
}

const ORDERS: [(Order, usize); 7] = [
    (Order::Shuffled, 4),
    (Order::Prize, 4),
    (Order::Far, 2),
    (Order::Near, 1),
    (Order::Narrow, 2),
    (Order::Early, 2),
    (Order::Late, 2),
];

/// Puts back what can be.
pub(super) fn recreate(state: &mut State, table: &Table, chances: Chances, draws: &mut Draws) {
    let mut absent = std::mem::take(&mut state.absent);
    sort(&mut absent, table, draws);
    let mut left_out = std::mem::take(&mut state.left_out);
    let at_any_price = draws.unit() < chances.at_any_price;
    for task in absent.drain(..) {
        let free = at_any_price && draws.unit() < 0.5;
        let most_s = if free { f64::INFINITY } else { table.missed_s[usize::from(task)] };
        match cheapest(state, table, task, most_s, chances.blink, draws) {
            Some((route, at)) => state.insert(table, route, usize::from(at), task),
            None => left_out.push(task),
        }
    }
    std::mem::swap(&mut state.absent, &mut left_out);
    state.left_out = absent;
    debug_assert!(left_out.is_empty());
}

/// The route and the place where a task adds least, and less than `most_s`.
fn cheapest(
    state: &mut State,
    table: &Table,
    task: u16,
    most_s: f64,
    blink: f64,
    draws: &mut Draws,
) -> Option<(usize, u16)> {
    let mut best = None;
    let mut least_s = most_s;
    let mut stays = None;
    for route in 0..state.routes.len() {
        if !table.can(route, task) || draws.unit() < blink {
            continue;
        }
        // Two that stand idle at the same place are the same.
        if state.routes[route].visits.is_empty() {
            if stays == Some(state.alike[route]) {
                continue;
            }
            stays = Some(state.alike[route]);
        }
        let Some((at, added_s)) = state.cheapest(table, route, task) else { continue };
        if added_s < least_s {
            least_s = added_s;
            best = Some((route, at));
        }
    }
    best
}

fn sort(absent: &mut [u16], table: &Table, draws: &mut Draws) {
    draws.shuffle(absent);
    let key = |task: &u16, order| {
        let task = usize::from(*task);
        let [from_s, to_s] = table.window_s(task);
        match order {
            Order::Shuffled => 0.0,
            Order::Prize => -table.missed_s[task],
            Order::Far => -table.away_m(task),
            Order::Near => table.away_m(task),
            Order::Narrow => to_s - from_s,
            Order::Early => to_s,
            Order::Late => -from_s,
        }
    };
    let order = drawn(draws);
    absent.sort_by(|a, b| key(a, order).total_cmp(&key(b, order)));
}

fn drawn(draws: &mut Draws) -> Order {
    let total = ORDERS.iter().map(|(_, often)| often).sum();
    let mut at = draws.below(total);
    for (order, often) in ORDERS {
        if at < often {
            return order;
        }
        at -= often;
    }
    Order::Shuffled
}
