//! Flights that have ended, and how good the forecasts of them were.
//!
//! They come from the store at the start of the room and go there as each ends. The newest [`FLIGHTS_MAX`] count; the
//! oldest leave, so that the numbers are those of the forecasts as they are made now.

use std::collections::VecDeque;

use planning::cue::Reliability;
use serde::{Deserialize, Serialize};
use telemetry::{AlertId, LatLon, Timestamp, TrackId};

use crate::airspace::Airspace;

/// The most flights that count.
pub const FLIGHTS_MAX: usize = 500;

/// An intruder's flight that was followed until it had come down, and what was said of its end before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndedFlight {
    /// Its track.
    pub track: TrackId,
    /// The alert it was about.
    pub alert: AlertId,
    /// Its first fix.
    pub first_at: Timestamp,
    /// Its last.
    pub ended_at: Timestamp,
    /// Where that was.
    pub at: LatLon,
    /// What was said of its end long enough before.
    pub said: Vec<Said>,
}

/// What was said of a place: that a flight ends there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// With which probability.
    pub probability: f64,
    /// Whether it did.
    pub came_true: bool,
}

/// The flights that count.
#[derive(Debug, Default)]
pub(super) struct Past {
    flights: VecDeque<EndedFlight>,
    reliability: Reliability,
}

impl Past {
    /// Of flights, oldest first.
    pub(super) fn of(flights: Vec<EndedFlight>) -> Self {
        let unwanted = flights.len().saturating_sub(FLIGHTS_MAX);
        let mut past = Self { flights: flights.into_iter().skip(unwanted).collect(), ..Self::default() };
        past.count();
        past
    }

    pub(super) fn add(&mut self, flight: EndedFlight) {
        if self.flights.len() >= FLIGHTS_MAX {
            self.flights.pop_front();
        }
        self.flights.push_back(flight);
        self.count();
    }

    fn count(&mut self) {
        self.reliability = Reliability::default();
        for said in self.flights.iter().flat_map(|flight| &flight.said) {
            self.reliability.record(said.probability, said.came_true);
        }
    }

    pub(super) fn flights(&self) -> impl ExactSizeIterator<Item = &EndedFlight> {
        self.flights.iter()
    }

    /// Where they ended, east and north of the site's datum, metres.
    pub(super) fn ends_m<'a>(&'a self, airspace: &'a Airspace) -> impl Iterator<Item = [f64; 2]> + 'a {
        self.flights.iter().map(|flight| airspace.place_m(flight.at))
    }

    pub(super) fn reliability(&self) -> &Reliability {
        &self.reliability
    }
}
