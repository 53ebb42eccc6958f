//! Who flies, and what cannot be flown.

use thiserror::Error;

use crate::flight::{Flight, Look, Pace, Stop};
use crate::limits::{LimitError, count, place, within};
use crate::plane::{Point, between, distance};
use crate::sorties::{Obstacle, SORTIES_MAX, Sorties};

/// Vehicles that are all alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// Where each begins and ends, m east and north.
    pub homes_m: Vec<[f64; 2]>,
    /// How they go.
    pub pace: Pace,
    /// The longest sortie, the reserve taken off, s.
    pub endurance_s: f64,
    /// From landing to the next take-off, s.
    pub turnaround_s: f64,
    /// How high they fly, m above the ground or the water.
    pub height_m: f64,
    /// They leave, s.
    pub begins_s: f64,
}

/// A way that cannot be flown.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StripError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// There is no such way: a line without a length, a site without an area.
    #[error("{what}: there is no way at {apart_m} m from it")]
    NoWay {
        /// `line`, `coast` or `site`.
        what: &'static str,
        /// The distance, m.
        apart_m: f64,
    },
    /// The wind is too strong for a leg.
    #[error(
        "vehicle {vehicle}: the wind is too strong for a leg of its way: it blows with {wind_m_s:.1} m/s, the vehicle makes {airspeed_m_s:.1} m/s"
    )]
    Wind {
        /// Which.
        vehicle: usize,
        /// How fast the air goes.
        wind_m_s: f64,
        /// How fast the vehicle goes through it.
        airspeed_m_s: f64,
    },
    /// A part of the way is too far.
    #[error("vehicle {vehicle}: to a part of its way and back takes {needs_s:.0} s, allowed are {endurance_s:.0} s")]
    Endurance {
        /// Which.
        vehicle: usize,
        /// How long it takes, s.
        needs_s: f64,
        /// How long it may be out, s.
        endurance_s: f64,
    },
    /// More than anybody flies.
    #[error("vehicle {vehicle}: more than {SORTIES_MAX} sorties")]
    TooMany {
        /// Which.
        vehicle: usize,
    },
}

impl Fleet {
    pub(super) fn check(&self) -> Result<(), LimitError> {
        count("vehicles", self.homes_m.len(), 1, 50)?;
        self.homes_m.iter().try_for_each(|home| place("home", *home))?;
        self.pace.check("vehicle", 0)?;
        within("endurance", self.endurance_s, 30.0, 1e6)?;
        within("turnaround", self.turnaround_s, 0.0, 1e6)?;
        within("height", self.height_m, 0.0, 1e4)?;
        within("begin", self.begins_s, -1e11, 1e11)
    }

    /// A vehicle's sorties along a way.
    pub(super) fn fly(
        &self,
        vehicle: usize,
        starts_s: f64,
        way: &[Point],
        look: Look,
    ) -> Result<Vec<Flight>, StripError> {
        let sorties = Sorties {
            vehicle,
            pace: self.pace,
            home_m: self.homes_m[vehicle],
            endurance_s: self.endurance_s,
            turnaround_s: self.turnaround_s,
        };
        let stops: Vec<Stop> = way.iter().map(|at| Stop::new(*at, self.height_m, look)).collect();
        sorties.fly(starts_s, &stops).map_err(|obstacle| match obstacle {
            Obstacle::Wind => StripError::Wind {
                vehicle,
                wind_m_s: distance([0.0; 2], self.pace.wind_m_s),
                airspeed_m_s: self.pace.airspeed_m_s,
            },
            Obstacle::Endurance { needs_s } => {
                StripError::Endurance { vehicle, needs_s, endurance_s: self.endurance_s }
            }
            Obstacle::TooMany => StripError::TooMany { vehicle },
        })
    }
}

/// A line cut into as many parts of one length.
pub(super) fn parts(line: &[Point], count: usize) -> Vec<Vec<Point>> {
    let whole_m: f64 = line.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
    let mut parts = vec![vec![line[0]]];
    let mut gone_m = 0.0;
    for pair in line.windows(2) {
        let leg_m = distance(pair[0], pair[1]);
        while parts.len() < count && gone_m + leg_m > whole_m * parts.len() as f64 / count as f64 {
            let at = between(
                pair[0],
                pair[1],
                ((whole_m * parts.len() as f64 / count as f64 - gone_m) / leg_m).clamp(0.0, 1.0),
            );
            let last = parts.len() - 1;
            parts[last].push(at);
            parts.push(vec![at]);
        }
        let last = parts.len() - 1;
        parts[last].push(pair[1]);
        gone_m += leg_m;
    }
    parts.retain(|part| part.len() > 1);
    parts
}

pub(super) fn length_m(way: &[Point]) -> f64 {
    way.windows(2).map(|pair| distance(pair[0], pair[1])).sum()
}

/// When the last flight ends, s.
pub(super) fn ends_s(flights: &[Flight], begins_s: f64) -> f64 {
    flights.iter().filter_map(|flight| flight.waypoints.last()).map(|at| at.at_s).fold(begins_s, f64::max)
}
