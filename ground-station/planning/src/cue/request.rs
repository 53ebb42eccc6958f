//! What is known, and what could be sent.

use thiserror::Error;

use super::map::Grid;
use crate::intercept::{Cue, Intruder, ProblemError, Site, Watch};
use crate::limits::{Check, LimitError, count, within};
use crate::search::Searcher;

/// A cue to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The ground: sites, roads, units.
    pub watch: &'a Watch,
    /// The track and what flies there.
    pub cue: &'a Cue,
    /// The cells of the maps.
    pub grid: Grid,
    /// How often a drone heads for a place that is on no list, 0 to less than 1. A balloon drifts anywhere: for it this
    /// counts for nothing.
    pub elsewhere: f64,
    /// Who can go there straight, and search.
    pub searchers: &'a [Searcher],
    /// Where intruders are launched.
    pub launch_sites: &'a [Site],
    /// When a balloon was launched, at the earliest and the latest, s; none: nobody knows.
    pub launched_s: Option<[f64; 2]>,
}

/// A cue that cannot be answered.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CueError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The track or the scene.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

impl Request<'_> {
    /// Checks that it can be planned with.
    ///
    /// # Errors
    /// [`CueError`] with the first reason why not.
    pub fn check(&self) -> Result<(), CueError> {
        self.cue.check()?;
        self.grid.check()?;
        within("share elsewhere", self.elsewhere, 0.0, 0.99)?;
        count("launch sites", self.launch_sites.len(), 0, 10_000)?;
        for (number, site) in self.launch_sites.iter().enumerate() {
            let check = Check { what: "launch site", number };
            check.place(site.at_m)?;
            check.within("prior", site.prior, 0.0, 1e9)?;
        }
        if let Some([from_s, to_s]) = self.launched_s {
            within("earliest launch", from_s, -1e11, self.cue.track[0].at_s)?;
            within("latest launch", to_s, from_s, self.cue.track[0].at_s)?;
        }
        count("searchers", self.searchers.len(), 0, 50)?;
        for (number, searcher) in self.searchers.iter().enumerate() {
            searcher.check(number)?;
        }
        Ok(())
    }

    /// The share that comes down elsewhere than at a known site.
    pub(super) fn elsewhere(&self) -> f64 {
        match self.cue.intruder {
            Intruder::Balloon { .. } => 0.0,
            Intruder::Straight | Intruder::Dogleg => self.elsewhere,
        }
    }
}
