//! Ways along lines and round sites: [`corridor()`] (a border strip, a pipeline: as wide as asked for, in several passes),
//! [`coastline()`] (at a distance from a coast, on the sea or on the land), [`perimeter()`] (round a site, laps at even
//! intervals).
//!
//! What one vehicle cannot fly on one battery it flies in several sorties, each of which goes on where the one before
//! turned home. Several vehicles share a line by its length, and follow each other round a site.
//!
//! Heights are above the ground or the water. Ways are level; where the ground is not, the pre-flight check says so.

mod coastline;
mod corridor;
mod fleet;
mod perimeter;

pub use coastline::{CoastlineRequest, coastline};
pub use corridor::{CorridorRequest, corridor};
pub use fleet::{Fleet, StripError};
pub use perimeter::{PerimeterRequest, perimeter};

use crate::flight::Flight;
pub use crate::offset::Side;

/// Ways flown.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Every sortie, vehicle by vehicle in order of time.
    pub flights: Vec<Flight>,
    /// The ways that are followed, without the ways there and back, m.
    pub ways_m: Vec<Vec<[f64; 2]>>,
    /// When the last is home, s.
    pub ends_s: f64,
    /// For how long a place of the way is left alone at the longest while the plan is flown, s; none where each is passed
    /// once only.
    pub revisit_s: Option<f64>,
    /// The share of the line (or the ring) that is passed as near as asked for, 0 to 1.
    pub followed: f64,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}
