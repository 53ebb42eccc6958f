//! A night's schedule for the fleet: who watches which post from when to when, with which battery and which crew, so that
//! no post is without a drone between its first minute and its last.
//!
//! - A *post* is a place to be watched without a gap. Its relief is there an *overlap* before the one it relieves goes.
//! - A *sortie* is a flight out to a post, a watch, and the flight back, by one drone, one *pack* and one *crew*.
//! - A *pack* is a battery; it goes to a charger when it has landed, for as long as the charging curve says.
//! - A *hold* is a time in which nobody is in the air, for the weather's sake.
//!
//! Sorties are set one after the other, always for the post that would be left alone first, and always the one that leaves
//! it alone for the shortest time; posts earlier in the list come first where times are alike. Whatever cannot be met is
//! said as a [`Gap`] or a [`Shortfall`] with its length and its cause, and [`Remedy`] says what one more of something
//! would give. When a drone drops out the night is scheduled anew from [`SoFar`]: what has taken off stays, the rest is
//! made whole.
//!
//! Times are seconds of one clock, places metres east and north of one level frame.

mod request;
mod roster;
mod sorties;

pub use request::{ChargingCurve, Crew, Drone, Hold, Post, Request, RequestError, Site, SoFar};
pub use sorties::plan;

/// A battery: the site it belongs to, and which of that site's it is, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pack {
    /// By its place in [`Request::sites`].
    pub site: usize,
    /// Counted from 0.
    pub number: usize,
}

/// A flight to a post and back.
#[derive(Debug, Clone, PartialEq)]
pub struct Sortie {
    /// By its place in [`Request::posts`].
    pub post: usize,
    /// By its place in [`Request::drones`].
    pub drone: usize,
    /// The battery it flies with.
    pub pack: Pack,
    /// By its place in [`Request::crews`].
    pub crew: usize,
    /// It takes off, s.
    pub leaves_s: f64,
    /// It watches, from and to, s.
    pub watches_s: [f64; 2],
    /// It has landed, s.
    pub lands_s: f64,
    /// The share of the battery that is left then, 0 to 1.
    pub left: f64,
}

/// A battery on a charger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Charge {
    /// Which battery.
    pub pack: Pack,
    /// Which charger of its site, counted from 0.
    pub charger: usize,
    /// From and to, s.
    pub during_s: [f64; 2],
}

/// What a post is left alone for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// No drone is free.
    Drones,
    /// No battery is charged.
    Packs,
    /// No crew may work then.
    Crews,
    /// Nobody flies in this weather.
    Weather,
    /// It is too far for every drone, or the wind is too strong.
    Reach,
}

/// A time in which a post is left alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// By its place in [`Request::posts`].
    pub post: usize,
    /// From and to, s.
    pub during_s: [f64; 2],
    /// Why.
    pub cause: Cause,
}

/// What else cannot be met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shortfall {
    /// A hand-over shorter than asked for.
    Overlap {
        /// By its place in [`Request::posts`].
        post: usize,
        /// When it begins, s.
        at_s: f64,
        /// By how much it is too short, s.
        by_s: f64,
    },
    /// Fewer drones or batteries stand by than asked for.
    Standby {
        /// By its place in [`Request::sites`].
        site: usize,
        /// How many are missing.
        by: usize,
    },
}

/// One more of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum More {
    /// A drone like the first one of this site.
    Drone(usize),
    /// A battery at this site.
    Pack(usize),
    /// A charger at this site.
    Charger(usize),
    /// A crew like this one.
    Crew(usize),
}

/// What one more of something would give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Remedy {
    /// Of what.
    pub more: More,
    /// For how much less time posts would be left alone, s.
    pub saves_s: f64,
}

/// A night.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In order of take-off.
    pub sorties: Vec<Sortie>,
    /// In order of time.
    pub charges: Vec<Charge>,
    /// Drones that stay on the ground, charged and ready, by their places in [`Request::drones`].
    pub standby: Vec<usize>,
    /// Post by post, in order of time.
    pub gaps: Vec<Gap>,
    /// What else cannot be met.
    pub shortfalls: Vec<Shortfall>,
    /// What would help against gaps, the best first; empty where there are none.
    pub remedies: Vec<Remedy>,
    /// The share of all time to be watched that is watched, 0 to 1.
    pub watched: f64,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}
