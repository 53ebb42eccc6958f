//! The last check before anything flies: missions in space and time against fence, ground, zones, closures, layers,
//! battery, and each other.
//!
//! A mission is looked at every [`LOOK_EVERY_S`], so an excursion of less than half of what it flies in that time may stay
//! unseen (2.5 m at 20 m/s): margins belong into the rules. Pairs of missions are compared exactly.
//!
//! Depth says how far into a violation a mission comes, in metres: below the least height, into a zone from its nearest
//! side, short of a separation. Each rule is reported once a mission (once a zone, once another mission), where it is
//! broken worst.
//!
//! Coordinates are metres east and north in one level frame, heights metres above mean sea level, times seconds from one
//! epoch.

mod change;
mod check;
mod flown;
mod ground;
mod link;
mod separation;
mod zone;

use std::collections::BTreeSet;

use thiserror::Error;

pub use change::{Change, may_raise, nearest_changes};
pub use check::{check, check_first};
pub use flown::{Air, Stop, TooWindy, fly, ground_legs, passing_legs};
pub use ground::{Ground, GroundError, Heights};
pub use link::{Post, diffraction_loss_db, free_space_loss_db, free_space_reach_m, hidden_by_m, knife_edge_loss_db};
pub use zone::{Area, Datum, Limit, Zone, ZoneRule};

/// The time between two looks at a mission, s.
pub const LOOK_EVERY_S: f64 = 0.25;
/// The most looks at one mission: a day and a bit.
const LOOKS_MAX: f64 = 400_000.0;

/// A place and the time a mission is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// s.
    pub at_s: f64,
    /// East and north, metres.
    pub place_m: [f64; 2],
    /// Above mean sea level, metres.
    pub amsl_m: f64,
}

/// A mission: straight and steady from fix to fix.
#[derive(Debug, Clone, PartialEq)]
pub struct Mission {
    /// At least two, each later than the one before.
    pub fixes: Vec<Fix>,
    /// Mean power, W.
    pub power_w: f64,
    /// What the battery holds, Wh.
    pub battery_wh: f64,
    /// The share of it that must be left.
    pub reserve: f64,
    /// Zones it may enter.
    pub authorised: BTreeSet<String>,
    /// Legs that begin or end on the ground: low and as fast as they must be.
    pub ground_legs: BTreeSet<usize>,
    /// Legs that climb out of the slow layer or descend into it: they pass through it as fast as they are.
    pub passing_legs: BTreeSet<usize>,
}

/// What holds for everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The least height above ground, metres.
    pub agl_min_m: f64,
    /// The greatest height above ground, metres.
    pub agl_max_m: f64,
    /// Below this height above ground nobody is fast, metres.
    pub slow_below_agl_m: f64,
    /// Faster than this is fast, m/s.
    pub fast_m_s: f64,
    /// Two missions keep this apart on the level, or the other in height, metres.
    pub apart_level_m: f64,
    /// See above.
    pub apart_height_m: f64,
}

/// Where missions fly.
pub struct Airspace<'g> {
    /// They stay in all of these.
    pub fences: Vec<Area>,
    /// The ground; where it is not known no height above it is checked, and zones that count from it are taken to begin and
    /// end at every height.
    pub ground: Option<Box<dyn Heights + 'g>>,
    /// Zones and closures.
    pub zones: Vec<Zone>,
    /// When it is light enough, from and to, s, in order; nothing: nobody asks.
    pub light_s: Option<Vec<[f64; 2]>>,
    /// What holds for everybody.
    pub rules: Rules,
}

/// Which rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Outside the fence.
    Fence,
    /// Too low over the ground.
    TooLow,
    /// Too high over the ground.
    TooHigh,
    /// Too fast for so low.
    SpeedLayer,
    /// Comes home with less than the reserve, or not at all.
    Battery,
    /// In a zone where nobody may fly, by its place in [`Airspace::zones`].
    Prohibited(usize),
    /// In a zone that needs an authorisation it does not have.
    Unauthorised(usize),
    /// In an area that is closed for a time.
    Closed(usize),
    /// In an area that its own fence keeps it out of.
    KeptOut(usize),
    /// In the air while it is dark.
    Dark,
    /// Too close to another mission, by its place in the list; told of the earlier of the two.
    Separation(usize),
}

/// A rule that a mission breaks, where it breaks it worst.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which mission, by its place in the list.
    pub mission: usize,
    /// Which rule.
    pub rule: Rule,
    /// The leg from this fix to the next.
    pub leg: usize,
    /// The first and the last leg that break it; of a separation this leg alone.
    pub legs: [usize; 2],
    /// When, s.
    pub at_s: f64,
    /// Where.
    pub place_m: [f64; 2],
    /// How high, metres above mean sea level.
    pub amsl_m: f64,
    /// By how much: metres; of a battery watt hours short; of darkness seconds from the nearest light.
    pub by: f64,
}

/// A mission that cannot be checked.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PreflightError {
    /// It goes nowhere.
    #[error("mission {mission}: {found} fixes, allowed are 2 and more")]
    TooShort {
        /// Which.
        mission: usize,
        /// How many fixes it has.
        found: usize,
    },
    /// A number is none, or time goes backwards.
    #[error("mission {mission}, fix {fix}: {what}")]
    BadFix {
        /// Which mission.
        mission: usize,
        /// Which of its fixes, counted from 0.
        fix: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// It lasts longer than is looked at.
    #[error("mission {mission} lasts {found_s} s, allowed are {} s", LOOKS_MAX * LOOK_EVERY_S)]
    TooLong {
        /// Which.
        mission: usize,
        /// How long it lasts.
        found_s: f64,
    },
    /// Its battery is none.
    #[error(
        "mission {mission}: power {power_w} W, battery {battery_wh} Wh, reserve {reserve}: allowed are numbers from 0, a reserve up to 1"
    )]
    Battery {
        /// Which.
        mission: usize,
        /// As found.
        power_w: f64,
        /// As found.
        battery_wh: f64,
        /// As found.
        reserve: f64,
    },
}

impl Mission {
    fn sound(&self, mission: usize) -> Result<(), PreflightError> {
        let found = self.fixes.len();
        if found < 2 {
            return Err(PreflightError::TooShort { mission, found });
        }
        for (fix, pair) in self.fixes.windows(2).enumerate() {
            if pair[1].at_s.partial_cmp(&pair[0].at_s) != Some(std::cmp::Ordering::Greater) {
                return Err(PreflightError::BadFix {
                    mission,
                    fix: fix + 1,
                    what: "it is not later than the one before",
                });
            }
        }
        for (fix, Fix { at_s, place_m, amsl_m }) in self.fixes.iter().enumerate() {
            if ![*at_s, place_m[0], place_m[1], *amsl_m].iter().all(|number| number.is_finite()) {
                return Err(PreflightError::BadFix { mission, fix, what: "a number in it is none" });
            }
        }
        let found_s = self.fixes[found - 1].at_s - self.fixes[0].at_s;
        if found_s / LOOK_EVERY_S > LOOKS_MAX {
            return Err(PreflightError::TooLong { mission, found_s });
        }
        let Self { power_w, battery_wh, reserve, .. } = *self;
        if power_w >= 0.0 && battery_wh >= 0.0 && (0.0..=1.0).contains(&reserve) {
            Ok(())
        } else {
            Err(PreflightError::Battery { mission, power_w, battery_wh, reserve })
        }
    }

    /// Where it is at a time between its first and last fix, on a leg that is then flown.
    fn at(&self, leg: usize, at_s: f64) -> Fix {
        let (from, to) = (&self.fixes[leg], &self.fixes[leg + 1]);
        let share = ((at_s - from.at_s) / (to.at_s - from.at_s)).clamp(0.0, 1.0);
        let mix = |a: f64, b: f64| a + share * (b - a);
        let place_m = [mix(from.place_m[0], to.place_m[0]), mix(from.place_m[1], to.place_m[1])];
        Fix { at_s, place_m, amsl_m: mix(from.amsl_m, to.amsl_m) }
    }

    /// Its speed over ground on a leg, m/s.
    fn speed_m_s(&self, leg: usize) -> f64 {
        let (from, to) = (&self.fixes[leg], &self.fixes[leg + 1]);
        let way_m = (to.place_m[0] - from.place_m[0]).hypot(to.place_m[1] - from.place_m[1]);
        way_m / (to.at_s - from.at_s)
    }
}
