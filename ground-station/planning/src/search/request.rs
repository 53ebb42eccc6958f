//! What is searched for, and by whom.

use thiserror::Error;

use crate::flight::Pace;
use crate::limits::{Check, LimitError, count, place, within};

/// Where the object was, and how it drifts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datum {
    /// When it was there, s.
    pub at_s: f64,
    /// Where, m east and north.
    pub at_m: [f64; 2],
    /// How well that is known: standard deviation, east and north alike, m.
    pub sd_m: f64,
    /// Where it drifts or goes, m/s east and north.
    pub drift_m_s: [f64; 2],
    /// How well that is known: standard deviation, east and north alike, m/s.
    pub drift_sd_m_s: f64,
}

/// One who searches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Searcher {
    /// Where it begins and ends, m east and north.
    pub home_m: [f64; 2],
    /// How it goes.
    pub pace: Pace,
    /// How long it may be out, its reserve taken off, s.
    pub endurance_s: f64,
    /// How wide a strip it sees in effect, m.
    pub sweep_width_m: f64,
    /// How high it searches, m above the water or the ground.
    pub height_m: f64,
}

/// Patterns of the IAMSAR Manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// SS: for a datum known within close limits.
    ExpandingSquare,
    /// VS: for a small area.
    Sector,
    /// PS: legs along the drift; for a large area.
    ParallelTrack,
    /// CS: legs across the drift, so that the search creeps along it.
    CreepingLine,
}

/// A search to be planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Where the object is.
    pub datum: Datum,
    /// Who searches.
    pub searchers: Vec<Searcher>,
    /// They leave, s.
    pub begins_s: f64,
    /// Which pattern; none: the one that suits.
    pub pattern: Option<Pattern>,
    /// The probability of success that is wanted, 0 to less than 1.
    pub wanted: f64,
}

/// A search that cannot be planned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Nobody gets there and back.
    #[error("nobody gets to the datum, searches and gets back: the nearest would be there after {nearest_s:.0} s")]
    OutOfReach {
        /// The soonest arrival, s after the begin; infinite where the wind is too strong.
        nearest_s: f64,
    },
}

impl Request {
    /// The most searchers.
    pub const MOST: usize = 50;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`RequestError`] with the first that cannot.
    pub fn check(&self) -> Result<(), RequestError> {
        let Datum { at_s, at_m, sd_m, drift_m_s, drift_sd_m_s } = self.datum;
        within("datum's time", at_s, -1e11, 1e11)?;
        within("begin", self.begins_s, at_s, at_s + 1e6)?;
        place("datum", at_m)?;
        within("datum's standard deviation", sd_m, 1.0, 1e5)?;
        for drift in drift_m_s {
            within("drift", drift, -100.0, 100.0)?;
        }
        within("drift's standard deviation", drift_sd_m_s, 0.0, 100.0)?;
        within("wanted probability of success", self.wanted, 0.0, 0.99)?;
        count("searchers", self.searchers.len(), 1, Self::MOST)?;
        for (number, searcher) in self.searchers.iter().enumerate() {
            searcher.check(number)?;
        }
        Ok(())
    }
}

impl Searcher {
    pub(crate) fn check(&self, number: usize) -> Result<(), LimitError> {
        self.pace.check("searcher", number)?;
        let check = Check { what: "searcher", number };
        check.place(self.home_m)?;
        check.within("endurance", self.endurance_s, 1.0, 1e6)?;
        check.within("sweep width", self.sweep_width_m, 0.5, 1e5)?;
        check.within("height", self.height_m, 0.0, 1e4)
    }
}

impl Datum {
    /// Where it is then, most likely, m.
    #[must_use]
    pub fn at(&self, then_s: f64) -> [f64; 2] {
        [0, 1].map(|axis| self.at_m[axis] + self.drift_m_s[axis] * (then_s - self.at_s))
    }

    /// How well that is known, standard deviation, m.
    #[must_use]
    pub fn sd_at_m(&self, then_s: f64) -> f64 {
        self.sd_m.hypot(self.drift_sd_m_s * (then_s - self.at_s))
    }

    /// Where it drifts to, rad from north to the right; north where it does not.
    pub(super) fn heading(&self) -> f64 {
        let [east, north] = self.drift_m_s;
        if east.hypot(north) > 1e-6 { east.atan2(north) } else { 0.0 }
    }
}
