//! What is left where vehicles begin at different places.
//!
//! Lanes are searched for as if all began where the first does, and what comes into pictures on the ways there counts. One that
//! begins elsewhere flies other ways, and what nobody sees then is searched by further lanes, piece by piece, flown by
//! whoever is home first.

use geo::{ConvexHull, Coord, MultiPoint, Point as Place};

use super::plan::{Choice, flights};
use super::request::Request;
use super::seen::{self, Unseen};
use crate::clock::Looks;
use crate::coverage::{self, Polygon, Problem};
use crate::plane::Point;

/// Pieces that are searched for, one after another; what is left then is told.
const PIECES_MAX: usize = 8;
/// Looks at the clock for each.
const LOOKS: u32 = 8;

/// Lets every route begin and end at its own vehicle's home, and adds lanes over what is not seen then.
pub(super) fn fill(request: &Request, choice: &Choice, problem: &Problem, seed: u64, found: &mut coverage::Plan) {
    for (route, home_m) in found.routes.iter_mut().zip(&request.homes_m) {
        if let [first, .., last] = route.path_m.as_mut_slice() {
            (*first, *last) = (*home_m, *home_m);
        }
    }
    for _ in 0..PIECES_MAX {
        let flights = flights(request, choice, found);
        let unseen = seen::unseen(&request.target, choice, &flights);
        if unseen.seen >= request.share {
            return;
        }
        let first_home = flights.iter().min_by(|a, b| a.lasts_s().total_cmp(&b.lasts_s())).map(|flight| flight.vehicle);
        let Some((piece, route)) = piece(&unseen).zip(first_home.and_then(|home| found.routes.get_mut(home))) else {
            return;
        };
        let Some(last) = route.legs.last() else { return };
        let part = Problem {
            target: seen::enlarged(&piece, &request.fly, choice),
            home_m: last.to_m,
            vehicles: 1,
            ..problem.clone()
        };
        let Ok(more) = coverage::search(&part, seed, &mut Looks::new(LOOKS), &mut |_| {}) else { return };
        for more in more.routes {
            let home = route.path_m.pop();
            route.path_m.extend(more.path_m.iter().skip(1).take(more.path_m.len().saturating_sub(2)));
            route.path_m.extend(home);
            route.legs.extend(more.legs);
            route.time_s += more.time_s;
            route.length_m += more.length_m;
        }
    }
}

/// What lies around the largest part that hangs together.
fn piece(unseen: &Unseen) -> Option<Polygon> {
    let mut left = unseen.cells.clone();
    let mut largest = Vec::new();
    while let Some(cell) = left.pop_first() {
        let (mut part, mut next) = (vec![cell], 0);
        while let Some(&[column, row]) = part.get(next) {
            next += 1;
            let beside =
                [[column.wrapping_sub(1), row], [column + 1, row], [column, row.wrapping_sub(1)], [column, row + 1]];
            part.extend(beside.iter().filter(|cell| left.remove(*cell)));
        }
        if part.len() > largest.len() {
            largest = part;
        }
    }
    let corners = largest.iter().flat_map(|cell| unseen.corners(*cell)).map(|[x, y]: Point| Place(Coord { x, y }));
    let hull = corners.collect::<MultiPoint>().convex_hull();
    let outer: Vec<Point> = hull.exterior().coords().map(|at| [at.x, at.y]).collect();
    (outer.len() > 3).then_some(Polygon { outer, holes: Vec::new() })
}
