//! Plans for a mixed fleet: who goes where, when and by which way.
//!
//! What can be asked for, and the function that answers:
//!
//! | Ask for | call | module |
//! |---|---|---|
//! | an area searched with a camera | [`footprint::plan`] | [`footprint`] |
//! | the same with a given swath | [`coverage::search`] | [`coverage`] |
//! | a border strip, a coast, laps round a site | [`strip::corridor`], [`strip::coastline`], [`strip::perimeter`] | [`strip`] |
//! | nights of patrol, short gaps or unpredictable | [`patrol::plan`] | [`patrol`] |
//! | berths and vessels with time windows | [`harbour::harbour`], [`tasks::solve`] | [`harbour`], [`tasks`] |
//! | somebody missing, a lost track | [`search::plan`] | [`search`] |
//! | overwatch over a place, a stake-out | [`watch::orbit`], [`watch::stakeout`] | [`watch`] |
//! | a hull, a quay wall, a seabed | [`water::hull`], [`water::quay`], [`water::seabed`] | [`water`] |
//! | where and when to look | [`risk::map`] | [`risk`] |
//! | a night for the fleet | [`schedule::plan`] | [`schedule`] |
//! | what changes for whom, now | [`replanning::replan`] | [`replanning`] |
//! | an intruder: landing, launch, who goes, by when | [`cue::plan`], [`intercept::Watch`] | [`cue`], [`intercept`] |
//! | the last check before anything flies | [`preflight::check`] | [`preflight`] |
//! | a picture of any of these | [`drawing::Drawing`] | [`drawing`] |
//!
//! Beside them: [`flight`], what requests answer with; [`limits`], what numbers may be; [`patterns`], the IAMSAR patterns as
//! lines; [`clock`], how a planner knows how long it may go on.
//!
//! Places are metres in one level frame, east and north; times are seconds. Everything that decides takes time and
//! randomness as arguments and does no I/O: a plan can be cancelled at any moment and keeps the best found.

pub mod clock;
pub mod coverage;
pub mod cue;
pub mod drawing;
pub mod flight;
pub mod footprint;
pub mod harbour;
pub mod intercept;
pub mod limits;
mod offset;
pub mod patrol;
pub mod patterns;
mod plane;
pub mod preflight;
mod random;
pub mod replanning;
pub mod risk;
pub mod schedule;
pub mod search;
mod sight;
mod sorties;
pub mod strip;
pub mod tasks;
pub mod watch;
pub mod water;
