//! What is known of the ground, the past, and the hours to come.

use thiserror::Error;

use crate::cue::Grid;
use crate::limits::{Check, LimitError, count, points, within};

/// What speaks for looking somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// Something happened near here, at such an hour.
    Incidents,
    /// Terrain and growth hide who is there.
    Concealment,
    /// A road or a path is near.
    Roads,
    /// A place to launch from, or to pick up at, is near.
    Sites,
    /// It is dark.
    Darkness,
    /// It is an hour at which it is usually done.
    Habit,
    /// The weather allows it.
    Weather,
}

impl Factor {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Incidents, Self::Concealment, Self::Roads, Self::Sites, Self::Darkness, Self::Habit, Self::Weather];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Incidents => "past incidents",
            Self::Concealment => "concealment",
            Self::Roads => "roads and paths",
            Self::Sites => "launch and pickup sites",
            Self::Darkness => "darkness",
            Self::Habit => "habit of the hour",
            Self::Weather => "weather",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incident {
    /// Where, m east and north.
    pub at_m: [f64; 2],
    /// How long ago, days.
    pub age_days: f64,
    /// At which hour of the day, 0 to 24, local time.
    pub hour: f64,
    /// How much it counts against others.
    pub weight: f64,
}

/// An hour to come, or any other span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hour {
    /// From and to, s.
    pub during_s: [f64; 2],
    /// The hour of the day at its middle, 0 to 24, local time.
    pub hour: f64,
    /// The sun's and the moon's elevation at its middle, rad, and how much of the moon is lit, 0 to 1 (`sky` tells).
    pub sun_elevation: f64,
    /// See above.
    pub moon_elevation: f64,
    /// See above.
    pub moon_lit: f64,
    /// The share of the sky that clouds cover, 0 to 1.
    pub cloud: f64,
    /// The wind, m/s, and rain, mm/h; none where nothing is forecast.
    pub weather: Option<[f64; 2]>,
}

/// A map to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its cells.
    pub grid: Grid,
    /// The weight of each factor, 0 and more, in the order of [`Factor::ALL`].
    pub weights: [f64; 7],
    /// What happened.
    pub incidents: Vec<Incident>,
    /// How far an incident is felt, m: the kernel's standard deviation.
    pub incident_reach_m: f64,
    /// After so many days an incident counts for half.
    pub incident_half_days: f64,
    /// How much each cell hides, 0 to 1, cell by cell; empty where nobody knows.
    pub concealment: Vec<f64>,
    /// Roads and paths, m.
    pub roads_m: Vec<Vec<[f64; 2]>>,
    /// Launch and pickup sites, m.
    pub sites_m: Vec<[f64; 2]>,
    /// How far a road, and a site, is felt, m: there it counts for 1/e.
    pub reach_m: [f64; 2],
    /// How usual each hour of the day is, 24 numbers of 0 and more from midnight on; empty where nobody knows.
    pub habit: Vec<f64>,
    /// The hours to come.
    pub hours: Vec<Hour>,
    /// Above this wind, m/s, and rain, mm/h, it is not done.
    pub weather_limits: [f64; 2],
}

/// A map that cannot be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// As many numbers as there are cells, or none.
    #[error("{what}: {found} numbers, allowed are 0 or {wanted}")]
    Length {
        /// `concealment` or `habit`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there are to be.
        wanted: usize,
    },
}

impl Request {
    /// The most cells times hours.
    pub const VALUES_MAX: usize = 5_000_000;

    /// Checks that every number can be counted with.
    ///
    /// # Errors
    /// [`RequestError`] with the first that cannot.
    pub fn check(&self) -> Result<(), RequestError> {
        self.grid.check()?;
        let cells = self.grid.columns * self.grid.rows;
        count("hours", self.hours.len(), 1, 200)?;
        count("cells times hours", cells * self.hours.len(), 1, Self::VALUES_MAX)?;
        check_weights(&self.weights)?;
        count("incidents", self.incidents.len(), 0, 20_000)?;
        for (number, incident) in self.incidents.iter().enumerate() {
            let check = Check { what: "incident", number };
            check.place(incident.at_m)?;
            check.within("age", incident.age_days, 0.0, 1e5)?;
            check.within("hour", incident.hour, 0.0, 24.0)?;
            check.within("weight", incident.weight, 0.0, 1e6)?;
        }
        within("reach of an incident", self.incident_reach_m, 1.0, 1e5)?;
        within("days to half", self.incident_half_days, 0.1, 1e5)?;
        within("reach of a road", self.reach_m[0], 1.0, 1e6)?;
        within("reach of a site", self.reach_m[1], 1.0, 1e6)?;
        within("wind limit", self.weather_limits[0], 0.1, 1e3)?;
        within("rain limit", self.weather_limits[1], 0.1, 1e3)?;
        for (what, found, wanted) in [("concealment", &self.concealment, cells), ("habit", &self.habit, 24)] {
            if !found.is_empty() && found.len() != wanted {
                return Err(RequestError::Length { what, found: found.len(), wanted });
            }
            for (number, value) in found.iter().enumerate() {
                let most = if what == "habit" { 1e6 } else { 1.0 };
                Check { what, number }.within("value", *value, 0.0, most)?;
            }
        }
        count("roads", self.roads_m.len(), 0, 5_000)?;
        count("points of roads", self.roads_m.iter().map(Vec::len).sum(), 0, 50_000)?;
        self.roads_m.iter().try_for_each(|road| points("point of a road", road, 2))?;
        count("sites", self.sites_m.len(), 0, 5_000)?;
        self.sites_m.iter().enumerate().try_for_each(|(number, at)| Check { what: "site", number }.place(*at))?;
        for (number, hour) in self.hours.iter().enumerate() {
            let check = Check { what: "hour", number };
            check.within("begin", hour.during_s[0], -1e11, 1e11)?;
            check.within("end", hour.during_s[1], hour.during_s[0], 1e11)?;
            check.within("hour of the day", hour.hour, 0.0, 24.0)?;
            check.within("sun's elevation", hour.sun_elevation, -1.6, 1.6)?;
            check.within("moon's elevation", hour.moon_elevation, -1.6, 1.6)?;
            check.within("lit share of the moon", hour.moon_lit, 0.0, 1.0)?;
            check.within("cloud", hour.cloud, 0.0, 1.0)?;
            if let Some([wind, rain]) = hour.weather {
                check.within("wind", wind, 0.0, 200.0)?;
                check.within("rain", rain, 0.0, 1e3)?;
            }
        }
        Ok(())
    }
}

pub(super) fn check_weights(weights: &[f64; 7]) -> Result<(), LimitError> {
    weights
        .iter()
        .enumerate()
        .try_for_each(|(number, weight)| Check { what: "weight", number }.within("value", *weight, 0.0, 1e3))
}
