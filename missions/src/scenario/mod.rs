//! Scenarios: a night at a site, told in a file, for the simulator to play and to judge.
//!
//! *Truth*: what really moves: vessels, intruders, birds, our own vehicles. *Expectation*: what must come of it. *Moment*:
//! a time as the file notes it; here all are instants. Everything a scenario names is read and checked with it, so that
//! a [`Scenario`] holds data and no open question; [`Scenario::bundle`] keeps the files it came from.
//!
//! Limits: 24 hours, 10,000 vessels, points of a path 200,000, and the counts beside each reader.

mod ais_recording;
mod expectation;
mod fixed_camera;
mod fleet;
mod flight_csv;
mod flock;
mod intruder;
mod path;
mod read;
mod tables;
mod vessel;

use std::path::Path as FilePath;

use telemetry::messages::VehicleKind;
use telemetry::{Azimuth, Geodetic, Heading, OperatorId, SensorId, Timestamp, VehicleId};

pub use ais_recording::{AisReplay, TimedLine};
pub use expectation::{AlertPattern, Expectation};
pub use fixed_camera::{CameraBand, FixedCamera};
pub use flock::Flock;
pub use intruder::Intruder;
pub use path::{AtEnd, Path, PathFault, TimedPoint};
pub use vessel::{AisSilence, Vessel};

use crate::authorisation::FlightAuthorisation;
use crate::file::{Bundle, FileErrors, FlightTranslator, Library};
use crate::performance::Performance;
use crate::plan::CheckedPlan;
use crate::sensor::Sensor;
use crate::site::Site;

/// A scenario, read, resolved and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The name of the file without its ending.
    pub name: String,
    /// What it is about, in one line.
    pub title: String,
    /// The place.
    pub site: Site,
    /// The beginning.
    pub start: Timestamp,
    /// The end.
    pub end: Timestamp,
    /// The person on watch.
    pub operator: Operator,
    /// How long a vessel's AIS must be silent to count as lost, seconds.
    pub ais_lost_after_s: f64,
    /// Our own vehicles.
    pub vehicles: Vec<OwnVehicle>,
    /// Simulated vessels.
    pub vessels: Vec<Vessel>,
    /// Recorded AIS, replayed with its own time stamps.
    pub ais_replays: Vec<AisReplay>,
    /// Drones that are not ours.
    pub intruders: Vec<Intruder>,
    /// Birds.
    pub flocks: Vec<Flock>,
    /// The sensors on the ground.
    pub sensors: Vec<Sensor>,
    /// The cameras on the ground, in live nights only.
    pub fixed_cameras: Vec<FixedCamera>,
    /// Wind and rain.
    pub weather: Weather,
    /// What fails, in the order of the file.
    pub faults: Vec<Fault>,
    /// Who may fly where.
    pub authorisations: Vec<FlightAuthorisation>,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
    bundle: Bundle,
}

/// The person on watch, and what that person does when nobody sits at the console.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// Their name in messages.
    pub id: OperatorId,
    /// Their name for people.
    pub name: String,
    /// How long after an alert they acknowledge it; nothing: never.
    pub acknowledge_after_s: Option<f64>,
    /// How long after a cue is proposed they approve it; nothing: never.
    pub approve_after_s: Option<f64>,
}

/// One of our own vehicles.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnVehicle {
    /// Its name in messages.
    pub id: VehicleId,
    /// Its name for people.
    pub name: String,
    /// What kind it is.
    pub kind: VehicleKind,
    /// What it can do.
    pub performance: Performance,
    /// Where it stands at the start, on the ground or the water.
    pub home: Geodetic,
    /// Where its nose points at the start.
    pub heading: Heading,
    /// What its battery holds at the start, 0 to 1.
    pub battery: f64,
    /// The plan it flies; nothing: it waits for a cue.
    pub plan: Option<CheckedPlan>,
    /// When it is told to start; nothing: it waits.
    pub launch_at: Option<Timestamp>,
    /// Its camera.
    pub camera: Option<Camera>,
    /// Its radio link to the operations room.
    pub link: Link,
}

/// A camera on a vehicle, on a gimbal that can look all round and down.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// What it is and can do. Its position is that of the vehicle's home and moves with the vehicle.
    pub sensor: Sensor,
    /// The horizontal field of view, radians.
    pub field_of_view_rad: f64,
}

/// A radio link: what a message suffers, each way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The delay, seconds.
    pub delay_s: f64,
    /// The standard deviation of the delay, seconds.
    pub jitter_s: f64,
    /// The share of packets lost, 0 to 1.
    pub loss: f64,
}

/// Wind and rain, the same everywhere and throughout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// Where the wind comes from.
    pub wind_from: Azimuth,
    /// Its mean speed, m/s.
    pub wind_m_s: f64,
    /// The standard deviation of gusts, m/s on each axis.
    pub gust_sigma_m_s: f64,
    /// Rain, millimetres an hour.
    pub rain_mm_h: f64,
}

/// A span of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// The beginning.
    pub from: Timestamp,
    /// The end.
    pub to: Timestamp,
}

impl TimeSpan {
    /// Whether an instant lies in the span.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Something that fails for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What fails.
    pub kind: FaultKind,
    /// When.
    pub span: TimeSpan,
}

/// What can fail.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// Nothing passes between a vehicle and the operations room.
    LinkLoss(VehicleId),
    /// A share of the packets between a vehicle and the operations room is lost, besides what its link always loses.
    PacketLoss {
        /// Whose link.
        vehicle: VehicleId,
        /// The share lost, 0 to 1.
        loss: f64,
    },
    /// A vehicle's satellite receiver has no fix.
    GnssLoss(VehicleId),
    /// A vehicle's motors give only a part of their power.
    EngineFailure(VehicleId),
    /// A sensor is silent.
    SensorOutage(SensorId),
    /// The ground station is down.
    StationDown,
}

impl Scenario {
    /// Opens a scenario: a path, or the name of a shipped scenario with or without `.toml`.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file and those it names.
    pub fn open(argument: &FilePath) -> Result<Self, FileErrors> {
        let (library, path) = Library::for_argument(argument, "scenarios");
        read::take(library, &path)
    }

    /// Opens a scenario as [`Scenario::open`] does; recorded flights it names may be in any format the translator knows.
    /// The files it keeps hold the translation, so that a recording of the night is read again without a translator.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the file and those it names.
    pub fn open_translating(argument: &FilePath, translate: FlightTranslator) -> Result<Self, FileErrors> {
        let (library, path) = Library::for_argument(argument, "scenarios");
        read::take(library.translating(translate), &path)
    }

    /// Reads a scenario again from the files that a recording kept.
    ///
    /// # Errors
    /// [`FileErrors`] with everything that is wrong with the files.
    pub fn from_bundle(bundle: Bundle) -> Result<Self, FileErrors> {
        let root = bundle.root.clone();
        read::take(bundle.into(), &root)
    }

    /// The files it was read from.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// How long it lasts, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.end.seconds_since(self.start)
    }

    /// One of our own vehicles.
    #[must_use]
    pub fn vehicle(&self, id: &VehicleId) -> Option<&OwnVehicle> {
        self.vehicles.iter().find(|vehicle| vehicle.id == *id)
    }
}
