//! The vehicle, its tether, and what cannot be reached.

use thiserror::Error;

use crate::coverage::ProblemError;
use crate::flight::{Flight, Pace, Stop};
use crate::limits::{LimitError, within};
use crate::plane::distance;

/// A vehicle on a tether.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rov {
    /// How it goes: its speed through the water, its speed up and down, and the current.
    pub pace: Pace,
    /// How long the tether is, m.
    pub tether_m: f64,
    /// The share of it that is kept slack.
    pub slack: f64,
    /// How wide a strip it sees, m.
    pub strip_m: f64,
    /// By which share strips overlap.
    pub overlap: f64,
    /// How long it may be in the water at a time, s.
    pub endurance_s: f64,
    /// Between two stations, and between two dives, s.
    pub moves_s: f64,
    /// The deepest it goes, m below the water.
    pub depth_max_m: f64,
}

/// A place of the controller, and what is seen from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Where the controller stands, m east and north, at the water.
    pub at_m: [f64; 2],
    /// One dive, from the controller and back to it.
    pub dive: Flight,
    /// The longest that the tether gets, m.
    pub tether_m: f64,
}

/// Dives one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In order of time.
    pub stations: Vec<Station>,
    /// The share that is seen, 0 to 1.
    pub seen: f64,
    /// When the last dive ends, s.
    pub ends_s: f64,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// An inspection that cannot be done.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum WaterError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The seabed's area.
    #[error(transparent)]
    Area(#[from] ProblemError),
    /// Nothing holds against this current.
    #[error(
        "the current runs with {current_m_s:.2} m/s, the vehicle makes {speed_m_s:.2} m/s: allowed is up to {} of it",
        CURRENT_MAX
    )]
    Current {
        /// How fast the water goes.
        current_m_s: f64,
        /// How fast the vehicle goes through it.
        speed_m_s: f64,
    },
    /// It is too deep.
    #[error("{what} is {found_m} m deep, the vehicle goes to {allowed_m} m")]
    Deep {
        /// `hull`, `wall` or `seabed`.
        what: &'static str,
        /// How deep, m.
        found_m: f64,
        /// How deep it goes, m.
        allowed_m: f64,
    },
    /// The tether is too short for a strip.
    #[error("the tether reaches {reach_m:.1} m with its slack kept; to {what} it takes {needs_m:.1} m")]
    Tether {
        /// What is not reached.
        what: &'static str,
        /// How far it reaches, m.
        reach_m: f64,
        /// How far it is, m.
        needs_m: f64,
    },
    /// A dive from one station takes too long.
    #[error("a dive takes {needs_s:.0} s, allowed are {endurance_s:.0} s")]
    Endurance {
        /// How long, s.
        needs_s: f64,
        /// How long it may, s.
        endurance_s: f64,
    },
}

/// The most current, as a share of the vehicle's speed.
const CURRENT_MAX: f64 = 0.7;

impl Rov {
    pub(super) fn check(&self, what: &'static str, depth_m: f64) -> Result<(), WaterError> {
        self.pace.check("vehicle", 0)?;
        within("tether", self.tether_m, 1.0, 1e4)?;
        within("slack", self.slack, 0.0, 0.9)?;
        within("strip", self.strip_m, 0.05, 1e3)?;
        within("overlap", self.overlap, 0.0, 0.9)?;
        within("endurance", self.endurance_s, 30.0, 1e6)?;
        within("time between stations", self.moves_s, 0.0, 1e6)?;
        within("greatest depth", self.depth_max_m, 0.0, 1e4)?;
        let (current_m_s, speed_m_s) = (distance([0.0; 2], self.pace.wind_m_s), self.pace.airspeed_m_s);
        if current_m_s > CURRENT_MAX * speed_m_s {
            return Err(WaterError::Current { current_m_s, speed_m_s });
        }
        let allowed_m = self.depth_max_m;
        if depth_m > allowed_m { Err(WaterError::Deep { what, found_m: depth_m, allowed_m }) } else { Ok(()) }
    }

    /// How far the tether reaches with its slack kept, m.
    pub(super) fn reach_m(&self) -> f64 {
        self.tether_m * (1.0 - self.slack)
    }

    /// How far strips are apart at most, m.
    pub(super) fn apart_m(&self) -> f64 {
        self.strip_m * (1.0 - self.overlap)
    }

    /// A dive along stops, from the first to the last.
    pub(super) fn dive(&self, starts_s: f64, stops: &[Stop]) -> Result<Flight, WaterError> {
        let (current_m_s, speed_m_s) = (distance([0.0; 2], self.pace.wind_m_s), self.pace.airspeed_m_s);
        let dive = self.pace.flight(0, starts_s, stops).ok_or(WaterError::Current { current_m_s, speed_m_s })?;
        let (needs_s, endurance_s) = (dive.lasts_s(), self.endurance_s);
        if needs_s > endurance_s { Err(WaterError::Endurance { needs_s, endurance_s }) } else { Ok(dive) }
    }
}

/// So many spans of equal length, none longer than this, over a length.
pub(super) fn spans(whole_m: f64, longest_m: f64) -> Vec<[f64; 2]> {
    let count = (whole_m / longest_m - 1e-9).ceil().max(1.0);
    (0..count as usize).map(|number| [number as f64, number as f64 + 1.0].map(|end| end / count * whole_m)).collect()
}
