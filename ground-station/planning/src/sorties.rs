//! A long way cut into sorties: each goes out from home, follows the way as far as its endurance allows, and comes back.

use crate::flight::{Flight, Pace, Stop};
use crate::plane::{between, distance};

/// Who flies a way.
pub(crate) struct Sorties {
    pub(crate) vehicle: usize,
    pub(crate) pace: Pace,
    pub(crate) home_m: [f64; 2],
    /// The longest sortie, s.
    pub(crate) endurance_s: f64,
    /// From landing to the next take-off, s.
    pub(crate) turnaround_s: f64,
}

/// The most sorties of one way.
pub(crate) const SORTIES_MAX: usize = 500;
/// A sortie that follows the way for less than this, m, would never end it.
const PROGRESS_MIN_M: f64 = 1.0;
/// Halvings until the place where a leg is left is known.
const HALVINGS: usize = 40;

/// Why a way cannot be flown.
pub(crate) enum Obstacle {
    /// The wind is too strong for a leg.
    Wind,
    /// From home to here and back takes longer than the endurance, s.
    Endurance { needs_s: f64 },
    /// More sorties than anybody flies.
    TooMany,
}

impl Sorties {
    /// Flies along the stops, from `starts_s`.
    pub(crate) fn fly(&self, starts_s: f64, way: &[Stop]) -> Result<Vec<Flight>, Obstacle> {
        let home = Stop::new(self.home_m, 0.0, crate::flight::Look::Free);
        let mut flights = Vec::new();
        let (mut now_s, mut next, mut from) = (starts_s, 0, None::<Stop>);
        while next < way.len() {
            if flights.len() >= SORTIES_MAX {
                return Err(Obstacle::TooMany);
            }
            let begin = from.take().unwrap_or(way[next]);
            let mut stops = vec![home, begin];
            let back_s = |stop: &Stop| self.pace.climbs_s(stop, &home).ok_or(Obstacle::Wind);
            let mut flown_s = self.pace.climbs_s(&home, &begin).ok_or(Obstacle::Wind)? + begin.stays_s;
            let needs_s = flown_s + back_s(&begin)?;
            if needs_s > self.endurance_s {
                return Err(Obstacle::Endurance { needs_s });
            }
            let (mut at, mut progress_m) = (begin, 0.0);
            while let Some(stop) = way.get(next) {
                let leg_s = self.pace.climbs_s(&at, stop).ok_or(Obstacle::Wind)? + stop.stays_s;
                if stops.len() > 2 || at.place_m != stop.place_m || at.height_m != stop.height_m {
                    if flown_s + leg_s + back_s(stop)? > self.endurance_s {
                        from = Some(self.leave(&at, stop, flown_s, &home)?);
                        break;
                    }
                    stops.push(*stop);
                    flown_s += leg_s;
                    progress_m += distance(at.place_m, stop.place_m) + (at.height_m - stop.height_m).abs();
                    at = *stop;
                }
                next += 1;
            }
            if let Some(leaves) = &from {
                progress_m += distance(at.place_m, leaves.place_m);
                if progress_m < PROGRESS_MIN_M && next < way.len() && flights.last().is_some() {
                    return Err(Obstacle::Endurance { needs_s: flown_s + back_s(&way[next])? });
                }
                stops.push(*leaves);
            }
            stops.push(home);
            let flight = self.pace.flight(self.vehicle, now_s, &stops).ok_or(Obstacle::Wind)?;
            now_s += flight.lasts_s() + self.turnaround_s;
            flights.push(flight);
        }
        Ok(flights)
    }

    /// Where on a leg it has to turn home.
    fn leave(&self, at: &Stop, to: &Stop, flown_s: f64, home: &Stop) -> Result<Stop, Obstacle> {
        let part = |share: f64| Stop {
            place_m: between(at.place_m, to.place_m, share),
            height_m: at.height_m + share * (to.height_m - at.height_m),
            look: to.look,
            stays_s: 0.0,
        };
        let (mut home_in_time, mut too_far) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(home_in_time, too_far);
            let stop = part(middle);
            let out_s = self.pace.climbs_s(at, &stop).ok_or(Obstacle::Wind)?;
            let back_s = self.pace.climbs_s(&stop, home).ok_or(Obstacle::Wind)?;
            *(if flown_s + out_s + back_s <= self.endurance_s { &mut home_in_time } else { &mut too_far }) = middle;
        }
        Ok(part(home_in_time))
    }
}
