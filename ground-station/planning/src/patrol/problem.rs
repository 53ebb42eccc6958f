//! The line, the sites and the drones: checked once, so that the search may trust it.

use thiserror::Error;

use crate::limits::{Check, FAR_M, LimitError, count};

/// A piece of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Its middle, metres east and north.
    pub at_m: [f64; 2],
    /// Its risk: twice the risk is to be visited twice as often.
    pub weight: f64,
}

/// One that patrols.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drone {
    /// Where it stands when the night begins, a place in [`Problem::sites_m`].
    pub site: usize,
    /// How fast it flies, m/s.
    pub speed_m_s: f64,
    /// How long a battery lasts, s.
    pub endurance_s: f64,
    /// The share of the battery that is left when it lands, 0 to less than 1.
    pub reserve: f64,
    /// From landing to take-off, with a fresh battery, s.
    pub turnaround_s: f64,
}

/// Somebody who crosses the line, having watched it: what an unpredictable patrol is made against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossing {
    /// For how long a crossing can be seen, s.
    pub exposed_s: f64,
    /// How far apart the moments are at which one could begin, s.
    pub every_s: f64,
    /// Nobody crosses so soon after the patrol's begin, or before its end, s.
    pub margin_s: f64,
}

/// A line to be patrolled for a night.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The cells in order along the line.
    pub cells: Vec<Cell>,
    /// A cell is visited by a drone this near to its middle, metres.
    pub sensor_radius_m: f64,
    /// Where drones take off and land, metres east and north.
    pub sites_m: Vec<[f64; 2]>,
    /// With what.
    pub drones: Vec<Drone>,
    /// How long the night is, s.
    pub horizon_s: f64,
    /// Against whom.
    pub crossing: Crossing,
}

/// A patrol that cannot be planned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProblemError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A drone stands where there is no site.
    #[error("drone {number} stands at site {found}, there are {sites}, counted from 0")]
    NoSuchSite {
        /// Which one, counted from 0.
        number: usize,
        /// Its site.
        found: usize,
        /// How many there are.
        sites: usize,
    },
}

impl Problem {
    /// The most cells.
    pub const CELLS_MOST: usize = 5_000;
    /// The most sites, and the most drones.
    pub const DRONES_MOST: usize = 200;
    /// The most nights at once.
    pub const NIGHTS_MOST: usize = 100;
    /// The longest night: two days, s.
    pub const HORIZON_MOST_S: f64 = 172_800.0;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`ProblemError`] with the first that cannot.
    pub fn check(&self) -> Result<(), ProblemError> {
        for (what, found, most) in [
            ("cells", self.cells.len(), Self::CELLS_MOST),
            ("sites", self.sites_m.len(), Self::DRONES_MOST),
            ("drones", self.drones.len(), Self::DRONES_MOST),
        ] {
            count(what, found, 1, most)?;
        }
        for (number, cell) in self.cells.iter().enumerate() {
            let check = Check { what: "cell", number };
            check.place(cell.at_m)?;
            check.within("weight", cell.weight, 0.0, 1e3)?;
        }
        for (number, site) in self.sites_m.iter().enumerate() {
            Check { what: "site", number }.place(*site)?;
        }
        for (number, drone) in self.drones.iter().enumerate() {
            let check = Check { what: "drone", number };
            check.within("speed", drone.speed_m_s, 0.1, 1e3)?;
            check.within("endurance", drone.endurance_s, 60.0, 1e6)?;
            check.within("reserve", drone.reserve, 0.0, 0.95)?;
            check.within("turnaround", drone.turnaround_s, 0.0, 1e6)?;
            if drone.site >= self.sites_m.len() {
                return Err(ProblemError::NoSuchSite { number, found: drone.site, sites: self.sites_m.len() });
            }
        }
        let check = Check { what: "patrol", number: 0 };
        check.within("sensor radius", self.sensor_radius_m, 0.0, FAR_M)?;
        check.within("horizon", self.horizon_s, 1.0, Self::HORIZON_MOST_S)?;
        check.within("exposure", self.crossing.exposed_s, 0.0, Self::HORIZON_MOST_S)?;
        check.within("interval of crossings", self.crossing.every_s, 10.0, Self::HORIZON_MOST_S)?;
        Ok(check.within("margin", self.crossing.margin_s, 0.0, Self::HORIZON_MOST_S)?)
    }
}
