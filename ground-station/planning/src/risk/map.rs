//! The map, and why it is as it is.

use super::factors;
use super::request::{Factor, Request, RequestError, check_weights};
use crate::cue::Grid;
use crate::limits::LimitError;

/// A map of risk: for each hour and cell a value from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskMap {
    /// The cells.
    pub grid: Grid,
    /// From when to when each hour lasts, s.
    pub hours_s: Vec<[f64; 2]>,
    weights: [f64; 7],
    /// The factors of the ground cell by cell, and of incidents hour by hour as well.
    incidents: Vec<Vec<f64>>,
    ground: [Option<Vec<f64>>; 3],
    /// The factors of the hours: darkness, habit, weather.
    hours: Vec<[Option<f64>; 3]>,
    any_incident: bool,
}

/// A factor's part of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Which factor.
    pub factor: Factor,
    /// What it says, 0 to 1; none where nobody knows.
    pub says: Option<f64>,
    /// Its weight, as the user set it.
    pub weight: f64,
    /// What it adds to the value.
    pub adds: f64,
}

/// Why a value is as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The value, 0 to 1.
    pub value: f64,
    /// All factors; what they add is the value. What adds most comes first.
    pub parts: Vec<Part>,
}

/// Patrol weights are from this to that.
const PATROL_WEIGHTS: [f64; 2] = [1.0, 3.0];

/// Makes a map.
///
/// # Errors
/// [`RequestError`] when it cannot be made.
pub fn map(request: &Request) -> Result<RiskMap, RequestError> {
    request.check()?;
    let mut incidents: Vec<Vec<f64>> = request.hours.iter().map(|hour| factors::incidents(request, hour)).collect();
    let most = incidents.iter().flatten().copied().fold(0.0, f64::max);
    if most > 0.0 {
        incidents.iter_mut().flatten().for_each(|density| *density /= most);
    }
    let concealment = (!request.concealment.is_empty()).then(|| request.concealment.clone());
    let hours = request
        .hours
        .iter()
        .map(|hour| [Some(factors::darkness(hour)), factors::habit(request, hour), factors::weather(request, hour)]);
    Ok(RiskMap {
        grid: request.grid,
        hours_s: request.hours.iter().map(|hour| hour.during_s).collect(),
        weights: request.weights,
        incidents,
        ground: [concealment, factors::roads(request), factors::sites(request)],
        hours: hours.collect(),
        any_incident: most > 0.0,
    })
}

impl RiskMap {
    /// The same with other weights, in the order of [`Factor::ALL`].
    ///
    /// # Errors
    /// [`LimitError`] when a weight is not one.
    pub fn reweighted(&self, weights: [f64; 7]) -> Result<Self, LimitError> {
        check_weights(&weights)?;
        Ok(Self { weights, ..self.clone() })
    }

    /// What each factor says of a cell in an hour.
    fn says(&self, hour: usize, cell: usize) -> [Option<f64>; 7] {
        let ground = [0, 1, 2].map(|which: usize| self.ground[which].as_ref().map(|values| values[cell]));
        let [darkness, habit, weather] = self.hours[hour];
        let incidents = self.any_incident.then(|| self.incidents[hour][cell]);
        [incidents, ground[0], ground[1], ground[2], darkness, habit, weather]
    }

    /// The value of a cell in an hour, 0 to 1; 0 where there is no such cell or hour, or nothing is known.
    #[must_use]
    pub fn value(&self, hour: usize, cell: usize) -> f64 {
        if hour >= self.hours.len() || cell >= self.grid.columns * self.grid.rows {
            return 0.0;
        }
        let says = self.says(hour, cell);
        let known = self.known(&says);
        let sum: f64 = says.iter().zip(self.weights).filter_map(|(says, weight)| Some((*says)? * weight)).sum();
        if known > 0.0 { sum / known } else { 0.0 }
    }

    /// The weights of what can be told.
    fn known(&self, says: &[Option<f64>; 7]) -> f64 {
        says.iter().zip(self.weights).filter(|(says, _)| says.is_some()).map(|(_, weight)| weight).sum()
    }

    /// Why a value is as it is; none where there is no such cell or hour.
    #[must_use]
    pub fn explain(&self, hour: usize, cell: usize) -> Option<Explanation> {
        if hour >= self.hours.len() || cell >= self.grid.columns * self.grid.rows {
            return None;
        }
        let says = self.says(hour, cell);
        let known = self.known(&says);
        let part = |(number, factor): (usize, Factor)| {
            let weight = self.weights[number];
            let adds = says[number].map_or(0.0, |says| if known > 0.0 { says * weight / known } else { 0.0 });
            Part { factor, says: says[number], weight, adds }
        };
        let mut parts: Vec<Part> = Factor::ALL.into_iter().enumerate().map(part).collect();
        parts.sort_by(|a, b| b.adds.total_cmp(&a.adds));
        Some(Explanation { value: self.value(hour, cell), parts })
    }

    /// Weights for `patrol`, from 1 to 3, of places along a line in an hour: as the value lies between the least and the
    /// greatest of all places. A place outside of the map has 1.
    #[must_use]
    pub fn patrol_weights(&self, hour: usize, places_m: &[[f64; 2]]) -> Vec<f64> {
        let values: Vec<Option<f64>> =
            places_m.iter().map(|at_m| self.grid.cell(*at_m).map(|cell| self.value(hour, cell))).collect();
        let known = || values.iter().flatten().copied();
        let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        let [low, high] = PATROL_WEIGHTS;
        let weight = |value: &Option<f64>| match value {
            Some(value) if most > least => low + (high - low) * (value - least) / (most - least),
            _ => low,
        };
        values.iter().map(weight).collect()
    }

    /// The hour in which a patrol along these places finds most, by the sum of their values.
    #[must_use]
    pub fn worst_hour(&self, places_m: &[[f64; 2]]) -> Option<usize> {
        let cells: Vec<usize> = places_m.iter().filter_map(|at_m| self.grid.cell(*at_m)).collect();
        let sum = |hour: usize| cells.iter().map(|cell| self.value(hour, *cell)).sum::<f64>();
        (0..self.hours.len()).max_by(|a, b| sum(*a).total_cmp(&sum(*b)).then(b.cmp(a)))
    }
}

impl Explanation {
    /// In words: what adds most, first.
    #[must_use]
    pub fn words(&self) -> String {
        let part = |part: &Part| match part.says {
            Some(says) => format!("{} {:+.2} (says {says:.2}, weight {})", part.factor.name(), part.adds, part.weight),
            None => format!("{} not known", part.factor.name()),
        };
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        format!("{:.2} = {}", self.value, parts.join(", "))
    }
}
