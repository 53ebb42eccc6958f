//! Plans for a mixed fleet: who goes where, when and by which way.
//!
//! - [`tasks`]: berths, vessels and places with time windows, shared out among vehicles with shifts and endurance; and
//!   the same again in the middle of the night, when a vehicle drops out;
//! - [`preflight`]: the last check before anything flies;
//! - [`coverage`]: an area searched with a sensor's swath, by vehicles that turn on the spot or on arcs, in wind;
//! - [`patterns`]: the search patterns of the IAMSAR Manual;
//! - [`intercept`]: where an intruder will come down, and which unit can be there in time;
//! - [`patrol`]: nights along a border or a coast, with the shortest idleness, or such that watching them tells nothing;
//! - [`schedule`]: a night for the fleet: sorties, batteries and chargers, crews, hand-overs, and what cannot be met;
//! - [`replanning`]: what changes for whom when a vehicle drops out, a battery sags, the wind rises, a zone closes or an
//!   intruder appears;
//! - [`search`]: somebody whose place is known roughly: datum, drift, pattern, chance, and the effort that is lacking;
//! - [`cue`]: what to do about an intruder while it flies: maps of landing and launch, who goes and when, what to fly when
//!   the track is lost;
//! - [`flight`]: what requests answer with;
//! - [`limits`]: what numbers may be;
//! - [`clock`]: how a planner knows how long it may go on.
//!
//! Places are metres in one level frame, east and north; times are seconds. Everything that decides takes time and
//! randomness as arguments and does no I/O: a plan can be cancelled at any moment and keeps the best found.

pub mod clock;
pub mod coverage;
pub mod cue;
pub mod flight;
pub mod footprint;
pub mod intercept;
pub mod limits;
mod offset;
pub mod patrol;
pub mod patterns;
mod plane;
pub mod preflight;
mod random;
pub mod replanning;
pub mod schedule;
pub mod search;
mod sight;
pub mod sky;
mod sorties;
pub mod strip;
pub mod tasks;
pub mod watch;
