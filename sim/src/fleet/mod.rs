//! A fleet of simulated autopilots, without a scenario around it: for other people's ground software, and for measuring.
//!
//! [`fly`] puts every vehicle on a port of this machine, in real time or faster, and says at the end how punctual their
//! heartbeats were. [`Measurement`] flies the same vehicles in virtual time, each with a ground side of its own that streams
//! everything and repeats a mission, and says how much faster than real time that went.
//!
//! The vehicles stand in rows beside the home, 20 m apart, and are numbered from system 1. They know nothing of each
//! other. What this never does: open a socket that other machines can reach.

mod frames;
mod line;
mod live;
mod measure;
mod pilot;
mod punctuality;

use std::fmt;

use autopilot::{Autopilot, AutopilotConfig, Personality, Weather};
use telemetry::messages::VehicleKind;
use telemetry::{Enu, EnuVelocity, Geodetic, GeoidUndulation, Heading, MavSystemId, SiteFrame, Timestamp};

pub use self::line::{LineError, Port};
pub use self::live::{FleetReport, LiveFleet, fly};
pub use self::measure::{Measurement, measure};
pub use self::punctuality::Lateness;

/// Vehicles stand this far apart.
const SPACING_M: f64 = 20.0;
/// And this many in a row.
const ROW: u8 = 10;

/// Which vehicles, where, and in what air.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// How many, 1 to [`Fleet::NUMBER_MAX`].
    pub number: u8,
    /// What they are; with several kinds the vehicles take turns. Never empty.
    pub kinds: Vec<VehicleKind>,
    /// The firmware they pass for.
    pub personality: Personality,
    /// Where the first stands.
    pub home: Geodetic,
    /// Where their noses point.
    pub heading: Heading,
    /// The geoid at home, with which they tell heights above mean sea level.
    pub undulation: GeoidUndulation,
    /// The same for all.
    pub weather: Weather,
    /// What gusts and sensor errors are drawn from; each vehicle draws its own.
    pub seed: u64,
}

impl Fleet {
    /// MAVLink's system ids end at 255, which is the ground station's; a few more are left to others.
    pub const NUMBER_MAX: u8 = 250;

    /// Its vehicles, switched off.
    #[must_use]
    pub fn vehicles(&self) -> Vec<Vehicle> {
        let rows = SiteFrame::new(self.home);
        let vehicle = |(place, system): (u8, u8)| {
            let at = Enu {
                east_m: f64::from(place % ROW) * SPACING_M,
                north_m: f64::from(place / ROW) * SPACING_M,
                up_m: 0.0,
            };
            // Beside the home and level with it, not on its tangent plane.
            let beside = rows.geodetic(at).expect("a few hundred metres from a place on Earth is a place on Earth");
            let home = beside.lat_lon().at_height(self.home.height());
            let kind = self.kinds[usize::from(place) % self.kinds.len()];
            Vehicle { kind, config: self.config(kind, MavSystemId(system), home) }
        };
        (0..self.number).zip(1..).map(vehicle).collect()
    }

    fn config(&self, kind: VehicleKind, system: MavSystemId, home: Geodetic) -> AutopilotConfig {
        let make = match kind {
            VehicleKind::FixedWing => AutopilotConfig::fixed_wing,
            VehicleKind::Vtol => AutopilotConfig::vtol,
            VehicleKind::Boat => AutopilotConfig::boat,
            VehicleKind::Rov => AutopilotConfig::rov,
            VehicleKind::Multirotor | VehicleKind::Unknown => AutopilotConfig::multirotor,
        };
        let config = make(system, home, self.undulation).passing_for(self.personality);
        AutopilotConfig { heading: self.heading, ..config }
    }
}

/// One vehicle of a fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    kind: VehicleKind,
    config: AutopilotConfig,
}

impl Vehicle {
    fn system(&self) -> MavSystemId {
        self.config.system
    }

    fn switch_on(&self, seed: u64, now: Timestamp) -> Autopilot {
        Autopilot::new(self.config.clone(), seed, now)
    }
}

impl fmt::Display for Vehicle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            VehicleKind::FixedWing => "plane",
            VehicleKind::Vtol => "vtol",
            VehicleKind::Boat => "boat",
            VehicleKind::Rov => "sub",
            VehicleKind::Multirotor | VehicleKind::Unknown => "copter",
        };
        let make = match self.config.personality {
            Personality::ArduPilot => "ArduPilot",
            Personality::Px4 => "PX4",
        };
        write!(out, "vehicle {} ({make} {kind})", self.system().0)
    }
}

/// A wind that blows from somewhere, as people say it.
#[must_use]
pub fn wind(from: Heading, speed_m_s: f64, gust_sigma_m_s: f64) -> Weather {
    let (sin, cos) = from.radians().sin_cos();
    let wind = EnuVelocity { east_m_s: -speed_m_s * sin, north_m_s: -speed_m_s * cos, up_m_s: 0.0 };
    Weather { wind, gust_sigma_m_s, ..Weather::default() }
}
