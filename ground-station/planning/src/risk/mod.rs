//! Where and when to look: a map of weighted factors, cell by cell and hour by hour, with every value explained.
//!
//! A *factor* says of a cell (or of an hour) how much speaks for looking there, from 0 to 1; its *weight* says how much
//! that counts. A value is the sum of the weighted factors divided by the sum of the weights of those that can be told, so
//! it is from 0 to 1 as well, and the parts of its [`Explanation`] add up to it exactly. Weights are the user's, and may be
//! changed at any time: [`RiskMap::reweighted`] works nothing out anew.
//!
//! - past incidents: a kernel density (Silverman 1986) that fades with age and counts hours of the day alike;
//! - concealment, given cell by cell; distances to roads and paths, and to launch and pickup sites;
//! - hours: darkness by sun and moon, the habit of the hour, and weather in which it can be done.
//!
//! It is a map of where people expect something, not of what is there: what is looked at more is found more often, and
//! past incidents say where was looked. Some patrols should go by chance; `patrol` sees to that.

mod factors;
mod map;
mod request;

pub use map::{Explanation, Part, RiskMap, map};
pub use request::{Factor, Hour, Incident, Request, RequestError};
