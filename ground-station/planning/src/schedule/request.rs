//! The fleet and what it is to watch: checked once, so that the schedule may trust it.

use thiserror::Error;

use super::Sortie;
use crate::limits::{Check, FAR_M, LimitError, count, within};

/// A place to be watched without a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Post {
    /// East and north, m.
    pub at_m: [f64; 2],
    /// From when to when, s.
    pub window_s: [f64; 2],
}

/// Where drones stand, with batteries and chargers that fit each of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// East and north, m.
    pub at_m: [f64; 2],
    /// How many batteries there are, those in the drones included; all charged when the night begins.
    pub packs: usize,
    /// How many of them are charged at once.
    pub chargers: usize,
    /// How many drones, each with a battery, stay on the ground ready to go.
    pub standby: usize,
}

/// One that watches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drone {
    /// Where it stands, a place in [`Request::sites`].
    pub site: usize,
    /// Its speed through the air, m/s.
    pub airspeed_m_s: f64,
    /// How long a full battery lasts, s.
    pub endurance_s: f64,
    /// The share of a full battery that is left when it lands.
    pub reserve: f64,
    /// From landing to take-off with another battery, s.
    pub swap_s: f64,
}

/// Pilots who fly together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crew {
    /// From where they fly, a place in [`Request::sites`].
    pub site: usize,
    /// When they are there, from and to, s.
    pub shift_s: [f64; 2],
    /// The longest they fly before they rest, s. Breaks shorter than a rest count as flown.
    pub duty_max_s: f64,
    /// How long a rest is, s.
    pub rest_s: f64,
    /// How many drones they fly at once.
    pub at_once: usize,
}

/// A time in which nobody is in the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold {
    /// From and to, s.
    pub during_s: [f64; 2],
}

/// How long charging takes: straight between points.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargingCurve {
    /// The time from an empty battery, s, to each share of a full one; both rise. The first share is 0, and a battery
    /// is taken off the charger at the last.
    pub points: Vec<(f64, f64)>,
}

/// How far a night has come that is scheduled anew.
#[derive(Debug, Clone, PartialEq)]
pub struct SoFar {
    /// The time it is now, s: nobody takes off before.
    pub now_s: f64,
    /// The sorties that have taken off, as they were scheduled, in order of take-off.
    pub flown: Vec<Sortie>,
    /// Drones that fly no more, by their places in [`Request::drones`]; what they watched they watch no longer, and
    /// their batteries are out of use.
    pub out: Vec<usize>,
}

/// A night to be scheduled.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Nobody takes off before, and everybody has landed by the end, s.
    pub night_s: [f64; 2],
    /// What is watched, the most important first.
    pub posts: Vec<Post>,
    /// Where from.
    pub sites: Vec<Site>,
    /// With what.
    pub drones: Vec<Drone>,
    /// By whom.
    pub crews: Vec<Crew>,
    /// When nobody flies.
    pub holds: Vec<Hold>,
    /// How batteries charge.
    pub charging: ChargingCurve,
    /// For how long both drones are there when one relieves the other, s.
    pub overlap_s: f64,
    /// Where the air goes, m/s east and north.
    pub wind_m_s: [f64; 2],
    /// What of it is over; none: it begins with everybody on the ground and every battery charged.
    pub so_far: Option<SoFar>,
}

/// A night that cannot be scheduled.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RequestError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A drone or a crew stands where there is no site.
    #[error("{what} {number} stands at site {found}, there are {sites}, counted from 0")]
    NoSuchSite {
        /// `drone` or `crew`.
        what: &'static str,
        /// Which one, counted from 0.
        number: usize,
        /// Its site.
        found: usize,
        /// How many there are.
        sites: usize,
    },
    /// A sortie that has taken off, or a drone that is out, names what is not there.
    #[error("what has been flown names {what} {found}, there are {count}, counted from 0")]
    NoSuchFlown {
        /// `post`, `drone`, `crew` or `battery`.
        what: &'static str,
        /// The name.
        found: usize,
        /// How many there are.
        count: usize,
    },
    /// The charging curve does not rise from nothing.
    #[error(
        "charging curve, point {number}: share {share} after {after_s} s: shares and times rise, the first share is 0"
    )]
    Curve {
        /// Which point, counted from 0.
        number: usize,
        /// As found.
        share: f64,
        /// As found.
        after_s: f64,
    },
}

impl SoFar {
    /// Whether a drone is out or has flown already: neither stands by.
    pub(super) fn cannot_stand_by(&self, drone: usize) -> bool {
        self.out.contains(&drone) || self.flown.iter().any(|sortie| sortie.drone == drone)
    }
}

impl Request {
    /// The most posts, drones, crews, holds, and sites.
    pub const MOST: usize = 100;
    /// The longest night: two days, s.
    pub const NIGHT_MAX_S: f64 = 172_800.0;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`RequestError`] with the first that cannot.
    pub fn check(&self) -> Result<(), RequestError> {
        count("posts", self.posts.len(), 1, Self::MOST)?;
        count("sites", self.sites.len(), 1, Self::MOST)?;
        count("drones", self.drones.len(), 0, Self::MOST)?;
        count("crews", self.crews.len(), 0, Self::MOST)?;
        count("holds", self.holds.len(), 0, Self::MOST)?;
        let [begins_s, ends_s] = self.night_s;
        within("night's begin", begins_s, -1e11, 1e11)?;
        within("night's end", ends_s, begins_s, begins_s + Self::NIGHT_MAX_S)?;
        within("overlap", self.overlap_s, 0.0, 3600.0)?;
        for wind in self.wind_m_s {
            within("wind", wind, -100.0, 100.0)?;
        }
        for (number, post) in self.posts.iter().enumerate() {
            let check = Check { what: "post", number };
            check.place(post.at_m)?;
            check.within("window's begin", post.window_s[0], begins_s, ends_s)?;
            check.within("window's end", post.window_s[1], post.window_s[0], ends_s)?;
        }
        for (number, site) in self.sites.iter().enumerate() {
            Check { what: "site", number }.place(site.at_m)?;
            for (what, found) in
                [("packs", site.packs), ("chargers", site.chargers), ("drones standing by", site.standby)]
            {
                count(what, found, 0, 1_000)?;
            }
        }
        for (number, hold) in self.holds.iter().enumerate() {
            let check = Check { what: "hold", number };
            check.within("begin", hold.during_s[0], -1e11, 1e11)?;
            check.within("end", hold.during_s[1], hold.during_s[0], 1e11)?;
        }
        self.check_drones_and_crews()?;
        self.so_far.as_ref().map_or(Ok(()), |so_far| self.check_so_far(so_far))?;
        self.charging.check()
    }

    fn check_so_far(&self, so_far: &SoFar) -> Result<(), RequestError> {
        within("now", so_far.now_s, self.night_s[0], self.night_s[1])?;
        count("sorties flown", so_far.flown.len(), 0, 10_000)?;
        let there = |what, found, count| {
            if found < count { Ok(()) } else { Err(RequestError::NoSuchFlown { what, found, count }) }
        };
        for sortie in &so_far.flown {
            there("post", sortie.post, self.posts.len())?;
            there("drone", sortie.drone, self.drones.len())?;
            there("crew", sortie.crew, self.crews.len())?;
            let site = self.drones[sortie.drone].site;
            let own = sortie.pack.site == site && sortie.pack.number < self.sites[site].packs;
            there("battery", sortie.pack.number, if own { self.sites[site].packs } else { 0 })?;
            within("take-off", sortie.leaves_s, self.night_s[0], so_far.now_s)?;
            within("watch's begin", sortie.watches_s[0], sortie.leaves_s, self.night_s[1])?;
            within("watch's end", sortie.watches_s[1], sortie.watches_s[0], self.night_s[1])?;
            within("landing", sortie.lands_s, sortie.watches_s[1], self.night_s[1])?;
            within("battery left", sortie.left, 0.0, 1.0)?;
        }
        so_far.out.iter().try_for_each(|drone| there("drone", *drone, self.drones.len()))
    }

    fn check_drones_and_crews(&self) -> Result<(), RequestError> {
        let sites = self.sites.len();
        let stands = |what, number, found| {
            if found < sites { Ok(()) } else { Err(RequestError::NoSuchSite { what, number, found, sites }) }
        };
        for (number, drone) in self.drones.iter().enumerate() {
            stands("drone", number, drone.site)?;
            let check = Check { what: "drone", number };
            check.within("airspeed", drone.airspeed_m_s, 0.1, 1e3)?;
            check.within("endurance", drone.endurance_s, 60.0, 1e6)?;
            check.within("reserve", drone.reserve, 0.0, 0.95)?;
            check.within("swap", drone.swap_s, 0.0, 1e6)?;
        }
        for (number, crew) in self.crews.iter().enumerate() {
            stands("crew", number, crew.site)?;
            let check = Check { what: "crew", number };
            check.within("shift's begin", crew.shift_s[0], -1e11, 1e11)?;
            check.within("shift's end", crew.shift_s[1], crew.shift_s[0], 1e11)?;
            check.within("longest duty", crew.duty_max_s, 60.0, 1e6)?;
            check.within("rest", crew.rest_s, 0.0, 1e6)?;
            check.within("drones at once", crew.at_once as f64, 1.0, 100.0)?;
        }
        Ok(())
    }
}

impl ChargingCurve {
    fn check(&self) -> Result<(), RequestError> {
        count("points of the charging curve", self.points.len(), 2, 100)?;
        let mut before = (-1.0, -1.0);
        for (number, (share, after_s)) in self.points.iter().copied().enumerate() {
            let begins = number > 0 || (share == 0.0 && after_s == 0.0);
            if !(begins && share > before.0 && after_s > before.1 && share <= 1.0 && after_s < FAR_M) {
                return Err(RequestError::Curve { number, share, after_s });
            }
            before = (share, after_s);
        }
        Ok(())
    }

    /// The share at which a battery is taken off, 0 to 1.
    #[must_use]
    pub fn full(&self) -> f64 {
        self.points.last().map_or(0.0, |(share, _)| *share)
    }

    /// How long it takes from this share to where it is taken off, s.
    #[must_use]
    pub fn takes_s(&self, from: f64) -> f64 {
        let until_s = self.points.last().map_or(0.0, |(_, after_s)| *after_s);
        let since_s = self.points.windows(2).find(|pair| from <= pair[1].0).map_or(until_s, |pair| {
            let along = ((from - pair[0].0) / (pair[1].0 - pair[0].0)).max(0.0);
            pair[0].1 + along * (pair[1].1 - pair[0].1)
        });
        until_s - since_s
    }
}
