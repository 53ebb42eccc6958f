//! The moves that refinement tries.

use super::motion::{Leg, middle};
use super::refine::{LEG_LEAST_M, Move, Refine};
use crate::plane::{Point, between, direction, distance, left, plus, times};
use crate::random::Draws;

impl Refine<'_> {
    /// Some move; `share` is how much of the annealing is over. Nothing where the one drawn cannot be.
    pub(super) fn propose(&mut self, share: f64, draws: &mut Draws) -> Option<Move> {
        let route = draws.below(self.routes.legs.len());
        let count = self.routes.legs[route].len();
        if count == 0 {
            return None;
        }
        let at = draws.below(count);
        let leg = self.routes.legs[route][at];
        let one = |leg: Leg| Some(Move { route, from: at, to: at + 1, by: vec![leg] });
        // Steps of all sizes, the large ones rarer towards the end.
        let largest = 1.0 - 0.8 * share;
        let step_m = self.swath_m * largest * 0.01_f64.powf(draws.unit());
        let angle = draws.unit() * std::f64::consts::TAU;
        let step = [step_m * angle.cos(), step_m * angle.sin()];
        let single = leg.from_m == leg.to_m;
        match draws.unit() {
            // The whole leg.
            kind if kind < 0.2 || (single && kind < 0.6) => {
                let step = if single || draws.unit() < 0.3 {
                    step
                } else {
                    let along = direction(leg.from_m, leg.to_m)?;
                    times(left(along), if draws.unit() < 0.5 { step_m } else { -step_m })
                };
                one(Leg { from_m: plus(leg.from_m, step), to_m: plus(leg.to_m, step) })
            }
            // One end of it, along it or anyhow.
            kind if kind < 0.6 => {
                let along = direction(leg.from_m, leg.to_m)?;
                let step = if draws.unit() < 0.5 {
                    step
                } else {
                    times(along, if draws.unit() < 0.6 { step_m } else { -step_m })
                };
                if draws.unit() < 0.5 {
                    one(Leg { from_m: plus(leg.from_m, step), ..leg })
                } else {
                    let step = times(step, -1.0);
                    one(Leg { to_m: plus(leg.to_m, step), ..leg })
                }
            }
            // The turn from it to the next.
            kind if kind < 0.75 => {
                let next = *self.routes.legs[route].get(at + 1)?;
                let by = vec![
                    Leg {
                        to_m: plus(leg.to_m, step),
                        from_m: if single { plus(leg.from_m, step) } else { leg.from_m },
                    },
                    Leg {
                        from_m: plus(next.from_m, step),
                        to_m: if next.from_m == next.to_m { plus(next.to_m, step) } else { next.to_m },
                    },
                ];
                Some(Move { route, from: at, to: at + 2, by })
            }
            // Less of it.
            kind if kind < 0.87 => {
                if single || draws.unit() < 0.3 {
                    return Some(Move { route, from: at, to: at + 1, by: Vec::new() });
                }
                if self.motion.arcs() {
                    return one(Leg { from_m: leg.to_m, to_m: leg.from_m });
                }
                let stays = match draws.below(3) {
                    0 => leg.from_m,
                    1 => leg.to_m,
                    _ => middle(&leg),
                };
                one(Leg { from_m: stays, to_m: stays })
            }
            // More: a leg between it and the next, or a bend in it.
            kind if kind < 0.94 => {
                if draws.unit() < 0.5 {
                    let (_, spot) = self.next_unseen()?;
                    return self.nearest_visit(spot);
                }
                if self.motion.arcs() || single {
                    return None;
                }
                let bend = plus(between(leg.from_m, leg.to_m, draws.unit()), step);
                let by = vec![Leg { to_m: bend, ..leg }, Leg { from_m: bend, ..leg }];
                Some(Move { route, from: at, to: at + 1, by })
            }
            // Another order: what lies between two legs is flown the other way round, or a leg moves.
            _ => self.reorder(route, at, draws),
        }
    }

    /// A visit to a place beside the leg whose end is nearest.
    fn nearest_visit(&self, spot: Point) -> Option<Move> {
        let by = self.short_leg(spot)?;
        let (_, route, at) = self
            .routes
            .legs
            .iter()
            .enumerate()
            .flat_map(|(route, legs)| {
                legs.iter().enumerate().map(move |(at, leg)| (distance(leg.to_m, spot), route, at))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Move { route, from: at + 1, to: at + 1, by: vec![by] })
    }

    fn reorder(&self, route: usize, at: usize, draws: &mut Draws) -> Option<Move> {
        let legs = &self.routes.legs[route];
        let other = (at + 1 + draws.below(6)).min(legs.len() - 1);
        let turned = |leg: &Leg| Leg { from_m: leg.to_m, to_m: leg.from_m };
        let mut by: Vec<Leg> = legs[at..=other].to_vec();
        match draws.below(3) {
            0 => by = by.iter().rev().map(turned).collect(),
            1 => by.rotate_left(1),
            _ => by.rotate_right(1),
        }
        Some(Move { route, from: at, to: other + 1, by })
    }

    /// The shortest leg there can be at a place.
    pub(super) fn short_leg(&self, at: Point) -> Option<Leg> {
        if !self.motion.arcs() {
            return Some(Leg { from_m: at, to_m: at });
        }
        let to_m = plus(at, [LEG_LEAST_M * 1.01, 0.0]);
        self.area.clear(at, to_m).then_some(Leg { from_m: at, to_m })
    }
}
