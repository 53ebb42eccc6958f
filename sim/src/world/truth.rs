//! What is really there, as the sensors' models see it and as the reports score against.

use std::sync::Arc;

use telemetry::messages::TargetClass;
use telemetry::{EnuVelocity, Geodetic, Heading, Mmsi};

/// Which real thing. Stable for the whole run, whether the thing is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TruthId(pub u32);

impl TruthId {
    /// The id of one of our own vehicles, by its place in the scenario's list. The world numbers its own things from
    /// 0, so the two never meet.
    #[must_use]
    pub const fn own_vehicle(place: u32) -> Self {
        Self(1 << 31 | place)
    }
}

/// One real thing at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Which.
    pub id: TruthId,
    /// What the scenario calls it.
    pub name: String,
    /// What it is.
    pub class: TargetClass,
    /// Where it is.
    pub position: Geodetic,
    /// How it moves over ground.
    pub velocity: EnuVelocity,
    /// Whether it transmits on a control or video link that a direction finder hears.
    pub radiates: bool,
    /// Radar cross-section relative to a small drone (1) in the air, relative to a coaster (1) on the water.
    pub radar_size: f64,
    /// What its AIS transponder says, where it has one that is switched on.
    pub ais: Option<Transponder>,
}

/// What an AIS transponder knows of its ship beside position and velocity.
#[derive(Debug, Clone, PartialEq)]
pub struct Transponder {
    /// Who it says it is.
    pub identity: Arc<AisIdentity>,
    /// Where the bow points.
    pub heading: Heading,
    /// Rate of turn, radians a second, clockwise positive.
    pub turn_rate_rad_s: f64,
    /// Navigational status.
    pub status: NavigationalStatus,
}

/// The static data programmed into a transponder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AisIdentity {
    /// Maritime Mobile Service Identity.
    pub mmsi: Mmsi,
    /// The ship's name: 20 characters of the six-bit alphabet; what does not fit is cut, lower case is raised.
    pub name: String,
    /// Call sign, 7 characters.
    pub call_sign: String,
    /// Type of ship and cargo, ITU-R M.1371-5 table 53.
    pub ship_type: u8,
    /// Which equipment is on board.
    pub class: AisClass,
    /// Where the antenna stands, which gives length and beam.
    pub dimensions: ShipDimensions,
}

/// Class of AIS equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AisClass {
    /// Required by SOLAS: messages 1 and 5.
    A,
    /// Small craft ("CS" carrier-sense units): messages 18 and 24.
    B,
}

/// Distances from the position antenna, metres (ITU-R M.1371-5 figure 41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipDimensions {
    /// To the bow, A; at most 511.
    pub to_bow_m: u16,
    /// To the stern, B; at most 511.
    pub to_stern_m: u16,
    /// To port, C; at most 63.
    pub to_port_m: u8,
    /// To starboard, D; at most 63.
    pub to_starboard_m: u8,
}

/// The navigational statuses the world's ships have (ITU-R M.1371-5 table 45 has more).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavigationalStatus {
    /// Under way using engine, 0.
    UnderWay,
    /// Moored, 5.
    Moored,
}
