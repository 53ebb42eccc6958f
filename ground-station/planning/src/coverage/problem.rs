//! What is to be seen, from where and with what: checked once, so that the search may trust it.

use thiserror::Error;

/// A polygon with holes; the last point of a ring need not repeat the first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Polygon {
    /// The outer ring: east and north, m.
    pub outer: Vec<[f64; 2]>,
    /// What is not of it.
    pub holes: Vec<Vec<[f64; 2]>>,
}

/// How a vehicle turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turning {
    /// On the spot, and a turn by an angle costs the time to change the velocity by half of it: `v / a sin(angle / 2)`.
    /// Multirotors and boats.
    Corners {
        /// The largest acceleration, m/s².
        acceleration_m_s2: f64,
    },
    /// On arcs over the ground, at full speed: fixed wing. Legs are joined by the shortest arcs and straights
    /// (Dubins 1957).
    Arcs {
        /// The smallest radius, m.
        radius_m: f64,
    },
}

/// An area to be searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is to be seen.
    pub target: Polygon,
    /// Where may be flown; its holes are no-fly areas.
    pub fly: Polygon,
    /// How wide a strip is seen at once, with the overlap taken off, m.
    pub swath_m: f64,
    /// The share of the target that must be seen, above 0, up to 1.
    pub share: f64,
    /// Where each vehicle begins and ends, m east and north. Apart from that they are all alike.
    pub homes_m: Vec<[f64; 2]>,
    /// Their speed through the air (or the water), m/s.
    pub airspeed_m_s: f64,
    /// How they turn.
    pub turning: Turning,
    /// Where the air (or the water) goes, m/s east and north.
    pub wind_m_s: [f64; 2],
}

/// An area that cannot be searched.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProblemError {
    /// A number is not one, or not possible.
    #[error("{field} is {found}, allowed is {allowed}")]
    Number {
        /// Of what.
        field: &'static str,
        /// What was found.
        found: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A ring with too few or too many points.
    #[error("{polygon}, ring {ring}: {found} different points, allowed are 3 to {}", Problem::POINTS_MAX)]
    Points {
        /// `target` or `fly`.
        polygon: &'static str,
        /// Which ring: 0 is the outer one, then the holes.
        ring: usize,
        /// How many points.
        found: usize,
    },
    /// A polygon without an area.
    #[error("{polygon}: its area is {found} m², allowed is more than 0")]
    Empty {
        /// `target` or `fly`.
        polygon: &'static str,
        /// Its area, m².
        found: f64,
    },
    /// A vehicle that begins where it may not fly.
    #[error("home ({}, {}) is outside of where may be flown", .home_m[0], .home_m[1])]
    Home {
        /// Where it begins.
        home_m: [f64; 2],
    },
    /// Nobody holds against this wind.
    #[error("the wind blows with {wind_m_s} m/s, the vehicle makes {airspeed_m_s} m/s: allowed is less than that")]
    Wind {
        /// How fast the air goes.
        wind_m_s: f64,
        /// How fast the vehicle goes through it.
        airspeed_m_s: f64,
    },
    /// The search would be too long for one plan.
    #[error("the target is {strips} swaths long in all, allowed are {}", Problem::STRIPS_MAX)]
    TooLarge {
        /// How many squares as wide as the swath the target has.
        strips: f64,
    },
}

impl Problem {
    /// The most points of a ring, and the most holes of a polygon.
    pub const POINTS_MAX: usize = 5000;
    /// The most vehicles.
    pub const VEHICLES_MAX: usize = 100;
    /// The largest target, in squares as wide as the swath.
    pub const STRIPS_MAX: f64 = 50_000.0;

    /// Checks that the area can be planned for.
    ///
    /// # Errors
    /// [`ProblemError`] with the first reason why not.
    pub fn check(&self) -> Result<(), ProblemError> {
        number("swath", self.swath_m, 0.01, 1e6, "0.01 to 1e6")?;
        number("share", self.share, 1e-3, 1.0, "0.001 to 1")?;
        number("vehicles", self.homes_m.len() as f64, 1.0, Self::VEHICLES_MAX as f64, "1 to 100")?;
        number("airspeed", self.airspeed_m_s, 0.01, 1e4, "0.01 to 10000")?;
        match self.turning {
            Turning::Corners { acceleration_m_s2 } => {
                number("acceleration", acceleration_m_s2, 1e-3, 1e6, "0.001 to 1e6")?;
            }
            Turning::Arcs { radius_m } => number("turn radius", radius_m, 0.01, 1e5, "0.01 to 1e5")?,
        }
        for coordinate in self.homes_m.iter().flatten() {
            number("home", *coordinate, -COORDINATE_MAX_M, COORDINATE_MAX_M, "-1e7 to 1e7")?;
        }
        for coordinate in self.wind_m_s {
            number("wind", coordinate, -COORDINATE_MAX_M, COORDINATE_MAX_M, "-1e7 to 1e7")?;
        }
        let wind_m_s = self.wind_m_s[0].hypot(self.wind_m_s[1]);
        if wind_m_s > HOLDS * self.airspeed_m_s {
            return Err(ProblemError::Wind { wind_m_s, airspeed_m_s: self.airspeed_m_s });
        }
        self.check_target()?;
        self.fly.check("fly")?;
        let area = super::area::Area::new(&self.fly);
        if let Some(home_m) = self.homes_m.iter().find(|home_m| !area.contains(**home_m)) {
            return Err(ProblemError::Home { home_m: *home_m });
        }
        let [south_west, north_east] = self.target.bounds();
        let box_m2 = (north_east[0] - south_west[0]) * (north_east[1] - south_west[1]);
        let strips = (self.target.area_m2().max(box_m2 / 20.0)) / self.swath_m.powi(2);
        if strips > Self::STRIPS_MAX { Err(ProblemError::TooLarge { strips }) } else { Ok(()) }
    }
}

impl Problem {
    /// The target alone.
    pub(crate) fn check_target(&self) -> Result<(), ProblemError> {
        self.target.check("target")
    }
}

impl Polygon {
    /// South-west and north-east corner of the box around it; both zero when it has no point.
    pub(crate) fn bounds(&self) -> [[f64; 2]; 2] {
        let Some(first) = self.outer.first() else { return [[0.0; 2]; 2] };
        self.outer.iter().fold([*first; 2], |[low, high], at| {
            [[low[0].min(at[0]), low[1].min(at[1])], [high[0].max(at[0]), high[1].max(at[1])]]
        })
    }

    /// The area of the outer ring less that of the holes, m².
    pub(crate) fn area_m2(&self) -> f64 {
        let of = |ring: &Vec<[f64; 2]>| super::area::doubled_area(ring).abs() / 2.0;
        of(&self.outer) - self.holes.iter().map(of).sum::<f64>()
    }

    fn check(&self, polygon: &'static str) -> Result<(), ProblemError> {
        number(polygon, self.holes.len() as f64, 0.0, Problem::POINTS_MAX as f64, "up to 5000 holes")?;
        for (ring, points) in std::iter::once(&self.outer).chain(&self.holes).enumerate() {
            for coordinate in points.iter().flatten() {
                number(polygon, *coordinate, -COORDINATE_MAX_M, COORDINATE_MAX_M, "-1e7 to 1e7")?;
            }
            let found = super::area::distinct(points).len();
            if !(3..=Problem::POINTS_MAX).contains(&found) || points.len() > Problem::POINTS_MAX {
                return Err(ProblemError::Points { polygon, ring, found });
            }
        }
        let found = self.area_m2();
        if found > 1e-6 { Ok(()) } else { Err(ProblemError::Empty { polygon, found }) }
    }
}

/// Farther from the origin the plane of a local frame has nothing to do with the earth any more.
const COORDINATE_MAX_M: f64 = 1e7;
/// The most wind, as a share of the airspeed.
const HOLDS: f64 = 0.95;

fn number(field: &'static str, found: f64, least: f64, most: f64, allowed: &'static str) -> Result<(), ProblemError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(ProblemError::Number { field, found, allowed }) }
}
