//! Where a sensor keeps seeing what is not there: trees, roads, wind turbines, a flock's field.
//!
//! A sensor's description states its mean clutter; real clutter gathers. The map divides what a sensor sees into cells
//! of range, azimuth and elevation and learns from tentative targets that came to nothing: their detections were
//! clutter. Detections themselves teach nothing, or a drone that hovers would become clutter before it is confirmed.
//! What was learnt fades, so a flock that has flown on is forgotten.
//!
//! Bounded: at most [`CELLS_MAX`] cells; when one more is needed, the one with the least clutter goes.

use std::collections::BTreeMap;

use telemetry::{Azimuth, Elevation, Timestamp};

/// Extent of a cell.
const CELL_M: f64 = 150.0;
const CELL_RAD: f64 = 0.07;
/// How long clutter is remembered, seconds.
const REMEMBERED_S: f64 = 60.0;
/// Most cells of one sensor.
const CELLS_MAX: usize = 4096;

/// Range, azimuth and elevation, counted in cells; a sensor without elevation has them all in one.
type Cell = (i32, i32, i32);

/// Where a sensor saw something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) range_m: f64,
    pub(super) azimuth: Azimuth,
    pub(super) elevation: Option<Elevation>,
}

impl Spot {
    fn cell(&self) -> Cell {
        let step = |value: f64, size: f64| (value / size).floor() as i32;
        let elevation = self.elevation.map_or(0, |elevation| step(elevation.radians(), CELL_RAD));
        (step(self.range_m, CELL_M), step(self.azimuth.radians(), CELL_RAD), elevation)
    }

    /// In metres times radians, squared where there is an elevation.
    fn cell_volume(&self) -> f64 {
        CELL_M * CELL_RAD * if self.elevation.is_some() { CELL_RAD } else { 1.0 }
    }
}

/// The clutter one sensor was found to see, by place.
#[derive(Debug, Default)]
pub(super) struct ClutterMap {
    /// Detections a second when last changed.
    rates: BTreeMap<Cell, (f64, Timestamp)>,
}

impl ClutterMap {
    /// Takes that `count` detections at a spot were clutter.
    pub(super) fn learn(&mut self, spot: &Spot, count: u32, at: Timestamp) {
        let rate = self.rate(spot, at) + f64::from(count) / REMEMBERED_S;
        self.rates.insert(spot.cell(), (rate, at));
        if self.rates.len() > CELLS_MAX {
            let least = self.rates.iter().map(|(cell, (rate, then))| (faded(*rate, *then, at), *cell));
            if let Some((_, cell)) = least.min_by(|a, b| a.0.total_cmp(&b.0)) {
                self.rates.remove(&cell);
            }
        }
    }

    /// The density of clutter learnt at a spot, for a sensor that looks every `period_s`: false detections a look, per
    /// metre and radian (squared where there is an elevation).
    pub(super) fn density(&self, spot: &Spot, period_s: f64, at: Timestamp) -> f64 {
        self.rate(spot, at) * period_s / spot.cell_volume()
    }

    fn rate(&self, spot: &Spot, at: Timestamp) -> f64 {
        self.rates.get(&spot.cell()).map_or(0.0, |(rate, then)| faded(*rate, *then, at))
    }
}

fn faded(rate: f64, then: Timestamp, now: Timestamp) -> f64 {
    rate * (-now.since(then).as_secs_f64() / REMEMBERED_S).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(range_m: f64, azimuth_deg: f64) -> Spot {
        Spot { range_m, azimuth: Azimuth::from_degrees(azimuth_deg), elevation: Some(Elevation::default()) }
    }

    fn at(seconds: f64) -> Timestamp {
        Timestamp::EPOCH.offset_seconds(seconds)
    }

    #[test]
    fn steady_clutter_is_learnt_at_its_rate_and_forgotten_after() {
        let mut map = ClutterMap::default();
        for second in 0..600 {
            map.learn(&spot(1000.0, 40.0), 2, at(f64::from(second)));
        }
        let volume = spot(1000.0, 40.0).cell_volume();
        let per_look = map.density(&spot(1000.0, 40.0), 1.0, at(600.0)) * volume;
        assert!((per_look - 2.0).abs() < 0.1, "{per_look}");
        assert!(map.density(&spot(1000.0, 40.0), 1.0, at(900.0)) * volume < 0.02);
        assert_eq!(map.density(&spot(2000.0, 40.0), 1.0, at(600.0)), 0.0, "elsewhere");
    }

    #[test]
    fn the_map_is_bounded_and_keeps_the_worst_places() {
        let mut map = ClutterMap::default();
        for _ in 0..10 {
            map.learn(&spot(500.0, 1.0), 5, at(0.0));
        }
        for n in 0..2 * CELLS_MAX {
            map.learn(&spot(1000.0 + CELL_M * n as f64, 90.0), 1, at(1.0));
        }
        assert_eq!(map.rates.len(), CELLS_MAX);
        assert!(map.density(&spot(500.0, 1.0), 1.0, at(1.0)) > 0.0);
    }
}
