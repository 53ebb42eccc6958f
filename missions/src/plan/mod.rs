//! Flight plans: what a person writes ([`Plan`]), and what may be flown ([`CheckedPlan`]).
//!
//! *Leg*: one step of a plan, counted from 1 in files and messages to people, from 0 inside. *Fence*: the ring and the
//! band of heights that the vehicle must not leave. A plan is checked against a site, a place of take-off and the
//! vehicle's performance; only [`Plan::check`] makes a [`CheckedPlan`]. What it does not know: terrain, other traffic,
//! weather.

mod check;
mod estimate;
mod fault;
mod flight;
mod message;
mod order;
mod read;
mod way;

use std::path::Path;

use telemetry::messages::{FlightPlan, LostLink, VehicleKind};
use telemetry::{AltitudeAmsl, LatLon, PlanId};

pub use estimate::FlightEstimate;
pub use fault::PlanFault;

use crate::file::{FileErrors, Library};
use crate::notation::AltitudeNote;
use crate::performance::Performance;
use crate::site::Site;

/// A plan as read from a file: well-formed, not yet checked against a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    id: PlanId,
    title: String,
    vehicle: VehicleKind,
    cruise_m_s: f64,
    legs: Vec<Leg>,
    fence: Fence,
    rally_points: Vec<Rally>,
    lost_link: LostLink,
    battery_reserve: f64,
    lines: PlanLines,
}

/// The vehicle at the place where the plan begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// Where it takes off.
    pub position: LatLon,
    /// The altitude of that place.
    pub altitude: AltitudeAmsl,
    /// What its battery holds, 0 to 1.
    pub battery: f64,
}

/// A plan that has been checked and may be flown. There is no other way to make one than [`Plan::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedPlan {
    message: FlightPlan,
    title: String,
    vehicle: VehicleKind,
    start: Start,
    estimate: FlightEstimate,
}

impl Plan {
    /// Opens a plan: a path, or the name of a shipped plan.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file.
    pub fn open(argument: &Path) -> Result<Self, FileErrors> {
        let (mut library, path) = Library::for_argument(argument, "plans");
        Self::take(&mut library, &path)
    }

    /// Takes a plan from a library.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file.
    pub fn take(library: &mut Library, path: &str) -> Result<Self, FileErrors> {
        read::take(library, path)
    }

    /// Reads a plan from bytes; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileErrors> {
        read::read(file, bytes)
    }

    /// Its name in files and messages.
    #[must_use]
    pub fn id(&self) -> &PlanId {
        &self.id
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// For which kind of vehicle it is.
    #[must_use]
    pub fn vehicle(&self) -> VehicleKind {
        self.vehicle
    }

    /// Checks the plan for a vehicle that takes off at `start`.
    ///
    /// # Errors
    /// Every [`PlanFault`], in the order of the legs, then of the plan as a whole.
    pub fn check(&self, site: &Site, start: &Start, performance: &Performance) -> Result<CheckedPlan, Vec<PlanFault>> {
        check::check(self, site, start, performance)
    }
}

impl CheckedPlan {
    /// The plan as it travels to the vehicle.
    #[must_use]
    pub fn message(&self) -> &FlightPlan {
        &self.message
    }

    /// Its name in files and messages.
    #[must_use]
    pub fn id(&self) -> &PlanId {
        &self.message.id
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// For which kind of vehicle it was checked.
    #[must_use]
    pub fn vehicle(&self) -> VehicleKind {
        self.vehicle
    }

    /// For which place of take-off it was checked.
    #[must_use]
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// How far and how long it goes, in calm air.
    #[must_use]
    pub fn estimate(&self) -> &FlightEstimate {
        &self.estimate
    }
}

/// One step of a plan, as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Leg {
    /// Straight up from where it stands.
    TakeOff {
        /// To here.
        altitude: AltitudeNote,
    },
    /// To a place.
    Waypoint {
        /// The place.
        at: LatLon,
        /// How high.
        altitude: AltitudeNote,
        /// How fast; nothing: at the plan's cruise, m/s.
        speed_m_s: Option<f64>,
    },
    /// To a place, and wait there.
    Loiter {
        /// The place.
        at: LatLon,
        /// How high.
        altitude: AltitudeNote,
        /// How long, s.
        for_s: f64,
    },
    /// Round a place.
    Orbit {
        /// The place.
        centre: LatLon,
        /// How high.
        altitude: AltitudeNote,
        /// How far from it, metres; negative: anticlockwise.
        radius_m: f64,
        /// How many times.
        turns: f64,
    },
    /// Keeps the camera on a place from here on.
    LookAt {
        /// The place.
        at: LatLon,
        /// How high it is.
        altitude: AltitudeNote,
    },
    /// Keeps the camera ahead along the way from here on.
    LookAhead {
        /// So far below the horizon, degrees: 90 is straight down.
        down_deg: f64,
    },
    /// The camera, on or off.
    Camera(telemetry::messages::CameraAction),
    /// Back to an earlier leg.
    Repeat {
        /// Which, counted from 0.
        from: u16,
        /// How many times more; nothing: until something ends the flight.
        times: Option<u16>,
    },
    /// Back to the place of take-off, and down.
    ReturnHome,
    /// To a place, and down.
    Land {
        /// The place.
        at: LatLon,
    },
}

impl Leg {
    /// What files call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::TakeOff { .. } => "take_off",
            Self::Waypoint { .. } => "waypoint",
            Self::Loiter { .. } => "loiter",
            Self::Orbit { .. } => "orbit",
            Self::LookAt { .. } => "look_at",
            Self::LookAhead { .. } => "look_ahead",
            Self::Camera(_) => "camera",
            Self::Repeat { .. } => "repeat",
            Self::ReturnHome => "return_home",
            Self::Land { .. } => "land",
        }
    }

    /// Its altitude, as noted; nothing for one that has none.
    #[must_use]
    pub fn altitude(&self) -> Option<AltitudeNote> {
        match *self {
            Self::TakeOff { altitude }
            | Self::Waypoint { altitude, .. }
            | Self::Loiter { altitude, .. }
            | Self::Orbit { altitude, .. }
            | Self::LookAt { altitude, .. } => Some(altitude),
            Self::LookAhead { .. } | Self::Camera(_) | Self::Repeat { .. } | Self::ReturnHome | Self::Land { .. } => {
                None
            }
        }
    }

    /// The same at another altitude, where it has one.
    #[must_use]
    pub(crate) fn at_altitude(self, altitude: AltitudeNote) -> Self {
        match self {
            Self::TakeOff { .. } => Self::TakeOff { altitude },
            Self::Waypoint { at, speed_m_s, .. } => Self::Waypoint { at, altitude, speed_m_s },
            Self::Loiter { at, for_s, .. } => Self::Loiter { at, altitude, for_s },
            Self::Orbit { centre, radius_m, turns, .. } => Self::Orbit { centre, altitude, radius_m, turns },
            Self::LookAt { at, .. } => Self::LookAt { at, altitude },
            other @ (Self::LookAhead { .. }
            | Self::Camera(_)
            | Self::Repeat { .. }
            | Self::ReturnHome
            | Self::Land { .. }) => other,
        }
    }
}

/// Where the vehicle must stay, as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fence {
    ring: Vec<LatLon>,
    floor: AltitudeNote,
    ceiling: AltitudeNote,
}

/// A safe place other than home, as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rally {
    at: LatLon,
    altitude: AltitudeNote,
}

/// Where in the file things stand, so that a fault found later names a line.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PlanLines {
    file: String,
    legs: Vec<usize>,
    fence: usize,
    rally_points: Vec<usize>,
    plan: usize,
}
