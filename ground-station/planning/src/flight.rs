//! What every request answers with: flights, fix by fix, with the time, the speed and where the camera looks.

use crate::limits::{Check, LimitError};
use crate::plane::{direction, distance, ground_speed_m_s};

/// Where the camera looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Look {
    /// Wherever its operator likes.
    Free,
    /// Straight down.
    Down,
    /// Fixed to the vehicle: so far to the right of the nose, and above the horizon (below it: negative), rad.
    Fixed {
        /// To the right of the nose.
        right_rad: f64,
        /// Above the horizon.
        up_rad: f64,
    },
    /// At a place, wherever the vehicle goes.
    At {
        /// East and north, m.
        place_m: [f64; 2],
        /// Its height, m, as [`Waypoint::height_m`].
        height_m: f64,
    },
}

/// A point of a flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waypoint {
    /// The vehicle is there, s. Two in one place: it stays.
    pub at_s: f64,
    /// East and north, m.
    pub place_m: [f64; 2],
    /// Above the level that the request counts from; below the water negative, m.
    pub height_m: f64,
    /// The speed over the ground on the way here, m/s.
    pub speed_m_s: f64,
    /// Where the camera looks on the way here.
    pub look: Look,
}

/// What one vehicle flies, drives or swims: straight and steady from point to point.
#[derive(Debug, Clone, PartialEq)]
pub struct Flight {
    /// Which, by its place in the request.
    pub vehicle: usize,
    /// In order of time.
    pub waypoints: Vec<Waypoint>,
}

impl Flight {
    /// How long it lasts, s.
    #[must_use]
    pub fn lasts_s(&self) -> f64 {
        match (self.waypoints.first(), self.waypoints.last()) {
            (Some(first), Some(last)) => last.at_s - first.at_s,
            _ => 0.0,
        }
    }

    /// How long it is on the level, m.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        self.waypoints.windows(2).map(|pair| distance(pair[0].place_m, pair[1].place_m)).sum()
    }
}

/// How a vehicle goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Its speed through the air (or the water), m/s.
    pub airspeed_m_s: f64,
    /// How fast it climbs and sinks, m/s.
    pub climb_m_s: f64,
    /// Where the air (or the water) goes, m/s east and north.
    pub wind_m_s: [f64; 2],
}

/// Where a flight goes next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) place_m: [f64; 2],
    pub(crate) height_m: f64,
    pub(crate) look: Look,
    /// How long it stays there.
    pub(crate) stays_s: f64,
}

impl Stop {
    pub(crate) fn new(place_m: [f64; 2], height_m: f64, look: Look) -> Self {
        Self { place_m, height_m, look, stays_s: 0.0 }
    }
}

impl Pace {
    /// Checks that something goes like this.
    pub(crate) fn check(&self, what: &'static str, number: usize) -> Result<(), LimitError> {
        let check = Check { what, number };
        check.within("airspeed", self.airspeed_m_s, 0.05, 1e3)?;
        check.within("climb", self.climb_m_s, 0.01, 1e3)?;
        self.wind_m_s.into_iter().try_for_each(|wind| check.within("wind", wind, -100.0, 100.0))
    }

    /// How long it takes straight from here to there, s; nothing where the wind is too strong.
    pub(crate) fn takes_s(&self, from_m: [f64; 2], to_m: [f64; 2]) -> Option<f64> {
        match direction(from_m, to_m) {
            None => Some(0.0),
            Some(along) => Some(distance(from_m, to_m) / ground_speed_m_s(self.airspeed_m_s, self.wind_m_s, along)?),
        }
    }

    /// The same with a climb: whichever takes longer, the way or the climb.
    pub(crate) fn climbs_s(&self, from: &Stop, to: &Stop) -> Option<f64> {
        let climb_s = (to.height_m - from.height_m).abs() / self.climb_m_s;
        Some(self.takes_s(from.place_m, to.place_m)?.max(climb_s))
    }

    /// Flies from stop to stop; nothing where the wind is too strong for a leg.
    pub(crate) fn flight(&self, vehicle: usize, starts_s: f64, stops: &[Stop]) -> Option<Flight> {
        let mut waypoints: Vec<Waypoint> = Vec::with_capacity(stops.len());
        let mut now_s = starts_s;
        for (number, stop) in stops.iter().enumerate() {
            let Stop { place_m, height_m, look, stays_s } = *stop;
            let mut speed_m_s = 0.0;
            if let Some(before) = number.checked_sub(1).map(|before| &stops[before]) {
                let takes_s = self.climbs_s(before, stop)?;
                speed_m_s = if takes_s > 0.0 { distance(before.place_m, place_m) / takes_s } else { 0.0 };
                now_s += takes_s;
            }
            waypoints.push(Waypoint { at_s: now_s, place_m, height_m, speed_m_s, look });
            if stays_s > 0.0 {
                now_s += stays_s;
                waypoints.push(Waypoint { at_s: now_s, place_m, height_m, speed_m_s: 0.0, look });
            }
        }
        Some(Flight { vehicle, waypoints })
    }
}
