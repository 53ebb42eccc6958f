//! What is known: the ground, and the track; checked once, so that the filters may trust it.

use thiserror::Error;

use crate::limits::{Check, FAR_M, LimitError, count};

/// A place where intruders come down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Site {
    /// East and north, metres.
    pub at_m: [f64; 2],
    /// How often it is the one, against the other sites.
    pub prior: f64,
}

/// A road between two nodes, driven both ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Road {
    /// Places in [`Scene::nodes_m`].
    pub ends: [usize; 2],
    /// How fast a unit drives on it, m/s.
    pub speed_m_s: f64,
}

/// The ground: where they come down, the roads, and the units.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Where drones come down. A balloon may come down anywhere.
    pub sites: Vec<Site>,
    /// Where roads meet, metres east and north.
    pub nodes_m: Vec<[f64; 2]>,
    /// The straight roads between them.
    pub roads: Vec<Road>,
    /// The node at which each unit stands.
    pub units: Vec<usize>,
    /// How fast a crew goes where there is no road, m/s.
    pub off_road_m_s: f64,
    /// A crew this near to the landing has it, metres.
    pub hit_radius_m: f64,
}

/// One fix of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// When, s.
    pub at_s: f64,
    /// East and north, metres.
    pub at_m: [f64; 2],
}

/// What flies there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Intruder {
    /// A drone that flies straight to its site.
    Straight,
    /// A drone that flies by waypoints nobody knows.
    Dogleg,
    /// A balloon that drifts until it has burnt out.
    Balloon {
        /// The forecast: where the wind blows to, east and north, m/s.
        wind_m_s: [f64; 2],
        /// When it burns out at the earliest and the latest, s on the clock of the track.
        burnt_out_s: [f64; 2],
    },
}

/// What is known of a flight from its beginning. Cues come at a certain stage of flights: not when the intruder has just
/// left, seldom when it is about to land. Where past flights tell the stage, it tells near sites from far ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flown {
    /// When it took off, s on the clock of the track.
    pub launched_s: f64,
    /// The share of the flight that is over when a cue comes, least and most, over 0 to 1; in between, each is as
    /// likely as the other, and outside hardly any flight is.
    pub share: [f64; 2],
}

/// A track that somebody should act on.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    /// What it is.
    pub intruder: Intruder,
    /// How much of the flight is over; none where nobody knows when it took off.
    pub flown: Option<Flown>,
    /// The time it is now, s; the units leave now.
    pub now_s: f64,
    /// Its track so far, in order of time.
    pub track: Vec<Fix>,
    /// The standard deviation of a fix, east and north alike, metres.
    pub sigma_m: f64,
    /// How long the load lies at the landing before it is carried away, s.
    pub dwell_s: f64,
}

/// A scene or a cue that cannot be planned with.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProblemError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// A road or a unit names a node that is not there.
    #[error("{what} {number} names node {found}, there are {nodes}, counted from 0")]
    NoSuchNode {
        /// `road` or `unit`.
        what: &'static str,
        /// Which one, counted from 0.
        number: usize,
        /// The node.
        found: usize,
        /// How many there are.
        nodes: usize,
    },
    /// The track goes back in time.
    #[error("fix {number} is at {found_s} s, after one at {before_s} s: a track goes on in time, and not beyond now")]
    Order {
        /// Which one, counted from 0.
        number: usize,
        /// Its time.
        found_s: f64,
        /// The time before it.
        before_s: f64,
    },
}

/// More is no time of this world, and sums of it would lose their seconds.
const LATE_S: f64 = 1e11;
/// Faster goes nobody here.
const FAST_M_S: f64 = 1e3;

impl Scene {
    /// The most sites, nodes, units; and roads are at most ten times as many.
    pub const MOST: usize = 20_000;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`ProblemError`] with the first that cannot.
    pub fn check(&self) -> Result<(), ProblemError> {
        count("sites", self.sites.len(), 0, Self::MOST)?;
        count("nodes", self.nodes_m.len(), 0, Self::MOST)?;
        count("units", self.units.len(), 0, Self::MOST)?;
        count("roads", self.roads.len(), 0, 10 * Self::MOST)?;
        for (number, site) in self.sites.iter().enumerate() {
            let check = Check { what: "site", number };
            check.place(site.at_m)?;
            check.within("prior", site.prior, 0.0, 1e9)?;
        }
        for (number, node) in self.nodes_m.iter().enumerate() {
            Check { what: "node", number }.place(*node)?;
        }
        let nodes = self.nodes_m.len();
        for (number, road) in self.roads.iter().enumerate() {
            Check { what: "road", number }.within("speed", road.speed_m_s, 1e-3, FAST_M_S)?;
            if let Some(found) = road.ends.into_iter().find(|end| *end >= nodes) {
                return Err(ProblemError::NoSuchNode { what: "road", number, found, nodes });
            }
        }
        for (number, found) in self.units.iter().copied().enumerate() {
            if found >= nodes {
                return Err(ProblemError::NoSuchNode { what: "unit", number, found, nodes });
            }
        }
        let check = Check { what: "scene", number: 0 };
        check.within("off-road speed", self.off_road_m_s, 1e-3, FAST_M_S)?;
        Ok(check.within("hit radius", self.hit_radius_m, 1e-3, FAR_M)?)
    }
}

impl Cue {
    /// The most fixes.
    pub const MOST: usize = 100_000;

    /// Checks that every number can be planned with.
    ///
    /// # Errors
    /// [`ProblemError`] with the first that cannot.
    pub fn check(&self) -> Result<(), ProblemError> {
        count("fixes", self.track.len(), 2, Self::MOST)?;
        let check = Check { what: "cue", number: 0 };
        check.within("now", self.now_s, -LATE_S, LATE_S)?;
        check.within("sigma", self.sigma_m, 1e-3, FAR_M)?;
        check.within("dwell", self.dwell_s, 0.0, LATE_S)?;
        if let Intruder::Balloon { wind_m_s, burnt_out_s } = self.intruder {
            for wind in wind_m_s {
                check.within("wind", wind, -FAST_M_S, FAST_M_S)?;
            }
            check.within("earliest burning out", burnt_out_s[0], -LATE_S, LATE_S)?;
            check.within("latest burning out", burnt_out_s[1], burnt_out_s[0], LATE_S)?;
        }
        if let Some(flown) = self.flown {
            check.within("launch", flown.launched_s, -LATE_S, self.now_s)?;
            check.within("least share flown", flown.share[0], 0.0, 1.0)?;
            check.within("greatest share flown", flown.share[1], flown.share[0], 1.0)?;
        }
        let mut before_s = -LATE_S;
        for (number, fix) in self.track.iter().enumerate() {
            let check = Check { what: "fix", number };
            check.place(fix.at_m)?;
            check.within("time", fix.at_s, -LATE_S, LATE_S)?;
            if fix.at_s < before_s || fix.at_s > self.now_s {
                return Err(ProblemError::Order { number, found_s: fix.at_s, before_s });
            }
            before_s = fix.at_s;
        }
        let lasts_s = before_s - self.track[0].at_s;
        Ok(check.within("the track's length in s", lasts_s, 1e-3, LATE_S)?)
    }
}
