//! The night as it stands, and what happens.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::limits::{LimitError, count, place, points, within};
use crate::tasks::{Problem, TaskId, VehicleIndex};

/// The night as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Visits that are still to be made, and the vehicles: each begins where and when it can take over something (one in
    /// the air: here and now), its endurance is what is left above its reserve, its speed is that through the air.
    pub problem: Problem,
    /// Who is to visit what, in order.
    pub routes: Vec<(VehicleIndex, Vec<TaskId>)>,
    /// Vehicles in the air: their endurance runs from their shift's begin, whether they go anywhere or not.
    pub airborne: BTreeSet<VehicleIndex>,
    /// Where the air goes, m/s east and north.
    pub wind_m_s: [f64; 2],
    /// Areas that nobody enters, rings of places in m.
    pub closed: Vec<Vec<[f64; 2]>>,
    /// Where a vehicle that does not get home may come down, m.
    pub landings_m: Vec<[f64; 2]>,
}

/// Somebody who is to be looked at, wherever it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Intruder {
    /// When it was there, s.
    pub at_s: f64,
    /// East and north, m.
    pub at_m: [f64; 2],
    /// Where it goes, over the ground, m/s east and north.
    pub velocity_m_s: [f64; 2],
    /// For how long it is to be followed, s.
    pub follow_s: f64,
    /// What the follower must carry, by name.
    pub needs: String,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A vehicle can do nothing any more.
    DropsOut {
        /// Which.
        vehicle: VehicleIndex,
    },
    /// A battery lasts shorter than thought.
    BatterySags {
        /// Whose.
        vehicle: VehicleIndex,
        /// What is left above the reserve, s.
        endurance_s: f64,
    },
    /// The wind is another.
    Wind {
        /// Where the air goes, m/s east and north.
        wind_m_s: [f64; 2],
    },
    /// A zone closes.
    ZoneCloses {
        /// A ring of places, m.
        ring_m: Vec<[f64; 2]>,
    },
    /// An intruder appears.
    Appears(Intruder),
}

/// A picture or an event that cannot be planned with.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PictureError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// There is no such vehicle.
    #[error("{what} names vehicle {found}, there are {vehicles}, counted from 0")]
    NoSuchVehicle {
        /// `route`, `airborne` or `event`.
        what: &'static str,
        /// As found.
        found: u16,
        /// How many there are.
        vehicles: usize,
    },
    /// There is no such visit, or it is on two routes.
    #[error(
        "the route of vehicle {vehicle} names visit {found}, which is not there or already on a route; there are {visits}"
    )]
    NoSuchVisit {
        /// Whose route.
        vehicle: u16,
        /// As found.
        found: u16,
        /// How many visits there are.
        visits: usize,
    },
}

impl Picture {
    /// The most corners of all closed areas together.
    pub const CORNERS_MAX: usize = 2_000;
    /// The most visits, and the most vehicles: with more there is no answer at once.
    pub const MOST: usize = 1_000;

    /// Checks that the picture can be planned with.
    ///
    /// # Errors
    /// [`PictureError`] with the first reason why not.
    pub fn check(&self) -> Result<(), PictureError> {
        count("visits", self.problem.tasks.len(), 0, Self::MOST)?;
        count("vehicles", self.problem.vehicles.len(), 0, Self::MOST)?;
        self.problem.check()?;
        wind(self.wind_m_s)?;
        self.closed.iter().try_for_each(|ring| points("corner of a closed area", ring, 3))?;
        count("corners of closed areas", self.closed.iter().map(Vec::len).sum(), 0, Self::CORNERS_MAX)?;
        self.landings_m.iter().try_for_each(|at_m| place("landing place", *at_m))?;
        let visits = self.problem.tasks.len();
        let mut planned = vec![false; visits];
        for (vehicle, route) in &self.routes {
            self.knows("route", *vehicle)?;
            for TaskId(found) in route {
                let known = planned.get_mut(usize::from(*found)).map(|planned| std::mem::replace(planned, true));
                if known != Some(false) {
                    return Err(PictureError::NoSuchVisit { vehicle: vehicle.0, found: *found, visits });
                }
            }
        }
        self.airborne.iter().try_for_each(|vehicle| self.knows("airborne", *vehicle))
    }

    fn knows(&self, what: &'static str, vehicle: VehicleIndex) -> Result<(), PictureError> {
        let vehicles = self.problem.vehicles.len();
        let error = PictureError::NoSuchVehicle { what, found: vehicle.0, vehicles };
        if usize::from(vehicle.0) < vehicles { Ok(()) } else { Err(error) }
    }

    /// The visits of each vehicle, by its place.
    pub(super) fn visits(&self) -> Vec<Vec<TaskId>> {
        let mut visits = vec![Vec::new(); self.problem.vehicles.len()];
        for (vehicle, route) in &self.routes {
            visits[usize::from(vehicle.0)].extend(route);
        }
        visits
    }

    /// The picture with the event in it; an intruder is not in it yet.
    pub(super) fn with(&self, event: &Event) -> Result<Self, PictureError> {
        let mut after = self.clone();
        match event {
            Event::DropsOut { vehicle } => {
                self.knows("event", *vehicle)?;
                after.problem.vehicles[usize::from(vehicle.0)].endurance_s = 0.0;
                after.airborne.remove(vehicle);
            }
            Event::BatterySags { vehicle, endurance_s } => {
                self.knows("event", *vehicle)?;
                within("endurance", *endurance_s, 0.0, 1e12)?;
                after.problem.vehicles[usize::from(vehicle.0)].endurance_s = *endurance_s;
            }
            Event::Wind { wind_m_s } => {
                wind(*wind_m_s)?;
                after.wind_m_s = *wind_m_s;
            }
            Event::ZoneCloses { ring_m } => {
                after.closed.push(ring_m.clone());
                after.check()?;
            }
            Event::Appears(intruder) => {
                place("intruder", intruder.at_m)?;
                within("time of the intruder", intruder.at_s, -1e11, 1e11)?;
                within("following", intruder.follow_s, 0.0, 1e6)?;
                for speed in intruder.velocity_m_s {
                    within("velocity of the intruder", speed, -1e3, 1e3)?;
                }
            }
        }
        Ok(after)
    }
}

fn wind(wind_m_s: [f64; 2]) -> Result<(), LimitError> {
    wind_m_s.into_iter().try_for_each(|found| within("wind", found, -100.0, 100.0))
}
