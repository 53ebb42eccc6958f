//! What speaks for a cell, and for an hour: from 0 to 1, or nothing where nobody knows.

use super::request::{Hour, Request};
use crate::offset::distance_to;
use crate::plane::distance;

/// A kernel is felt as far as this many standard deviations, and over so many hours of the day.
const FELT_SD: f64 = 4.0;
const HOUR_SD: f64 = 2.0;
/// The sun this far below the horizon gives no light any more (astronomical twilight), rad; above the horizon it is day.
const TWILIGHT_RAD: f64 = 0.314;
/// A full moon overhead takes this much of the darkness.
const MOON: f64 = 0.6;

/// How dense past incidents are in every cell at an hour of the day; not yet scaled.
pub(super) fn incidents(request: &Request, hour: &Hour) -> Vec<f64> {
    let grid = &request.grid;
    let reach_m = request.incident_reach_m;
    let mut density = vec![0.0; grid.columns * grid.rows];
    for incident in &request.incidents {
        let apart = (incident.hour - hour.hour).rem_euclid(24.0);
        let hours = apart.min(24.0 - apart) / HOUR_SD;
        let age = 0.5_f64.powf(incident.age_days / request.incident_half_days);
        let counts = incident.weight * age * (-0.5 * hours * hours).exp();
        let cells = |axis: usize, most: usize| {
            let at = |off: f64| {
                let place = (incident.at_m[axis] + off * FELT_SD * reach_m - grid.south_west_m[axis]) / grid.cell_m;
                place.clamp(0.0, most as f64) as usize
            };
            at(-1.0)..(at(1.0) + 1).min(most)
        };
        for row in cells(1, grid.rows) {
            for column in cells(0, grid.columns) {
                let cell = row * grid.columns + column;
                let far = distance(grid.middle_m(cell), incident.at_m) / reach_m;
                density[cell] += counts * (-0.5 * far * far).exp();
            }
        }
    }
    density
}

/// How near a road is to every cell.
pub(super) fn roads(request: &Request) -> Option<Vec<f64>> {
    let near = |at_m| request.roads_m.iter().map(|road| distance_to(road, at_m)).fold(f64::INFINITY, f64::min);
    near_to(request, !request.roads_m.is_empty(), request.reach_m[0], near)
}

/// How near a launch or pickup site is to every cell.
pub(super) fn sites(request: &Request) -> Option<Vec<f64>> {
    let near = |at_m| request.sites_m.iter().map(|site| distance(*site, at_m)).fold(f64::INFINITY, f64::min);
    near_to(request, !request.sites_m.is_empty(), request.reach_m[1], near)
}

fn near_to(request: &Request, known: bool, reach_m: f64, near_m: impl Fn([f64; 2]) -> f64) -> Option<Vec<f64>> {
    let cells = request.grid.columns * request.grid.rows;
    known.then(|| (0..cells).map(|cell| (-near_m(request.grid.middle_m(cell)) / reach_m).exp()).collect())
}

/// How dark it is: by day not at all, at night as much as the moon behind its clouds leaves.
pub(super) fn darkness(hour: &Hour) -> f64 {
    let night = (-hour.sun_elevation / TWILIGHT_RAD).clamp(0.0, 1.0);
    let moon = MOON * hour.moon_lit * hour.moon_elevation.sin().max(0.0) * (1.0 - hour.cloud);
    night * (1.0 - moon)
}

/// How usual the hour is, against the most usual one; straight between hours.
pub(super) fn habit(request: &Request, hour: &Hour) -> Option<f64> {
    let most = request.habit.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    // Each number stands for the middle of its hour.
    let at = (hour.hour - 0.5).rem_euclid(24.0);
    let (before, share) = (at as usize % 24, at.fract());
    let value = request.habit[before] * (1.0 - share) + request.habit[(before + 1) % 24] * share;
    Some(value / most)
}

/// How well the weather suits: 1 in calm and dry air, 0 at the limits.
pub(super) fn weather(request: &Request, hour: &Hour) -> Option<f64> {
    let [wind, rain] = hour.weather?;
    let [most_wind, most_rain] = request.weather_limits;
    Some((1.0 - (wind / most_wind).powi(2)).max(0.0) * (1.0 - rain / most_rain).max(0.0))
}
