//! Putting back: one task after the other, each where it costs least, now and then not there.
//!
//! Source: Christiaens & Vanden Berghe 2020, §5.3; the orders for time windows are those of their table 5. Tasks of a high
//! prize first is ours.

use super::route::Table;
use super::search::State;
use crate::random::Draws;

/// How often a route is passed over in the search: a greedy choice that is always the same finds always the same.
pub(super) const BLINK: f64 = 0.01;

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

/// Puts back what can be, with routes passed over as often as `blink` says.
pub(super) fn recreate(state: &mut State, table: &Table, blink: f64, draws: &mut Draws) {
    let mut absent = std::mem::take(&mut state.absent);
    sort(&mut absent, table, draws);
    let mut left_out = std::mem::take(&mut state.left_out);
    for task in absent.drain(..) {
        match cheapest(state, table, task, blink, draws) {
            Some((route, at)) => state.insert(table, route, usize::from(at), task),
            None => left_out.push(task),
        }
    }
    std::mem::swap(&mut state.absent, &mut left_out);
    state.left_out = absent;
    debug_assert!(left_out.is_empty());
}

/// The route and the place where a task adds least.
fn cheapest(state: &mut State, table: &Table, task: u16, blink: f64, draws: &mut Draws) -> Option<(usize, u16)> {
    let mut best = None;
    let mut least_s = table.missed_s[usize::from(task)];
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
