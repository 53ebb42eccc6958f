//! Watching a suspected launch or drop site unheard, for as long as asked for.

use std::f64::consts::{PI, TAU};

use thiserror::Error;

use super::circle::{Around, DIRECTIONS, angle, at};
use crate::limits::{LimitError, count, place, points, within};
use crate::plane::distance;
use crate::schedule;
use crate::sight::{Place, Prism, check, clear, within_ring};

/// A site to be watched.
#[derive(Debug, Clone, PartialEq)]
pub struct StakeoutRequest {
    /// The site, m east and north.
    pub site_m: [f64; 2],
    /// How high what happens there is, m above the ground.
    pub site_height_m: f64,
    /// From when to when, s.
    pub window_s: [f64; 2],
    /// Nobody comes nearer: there a drone is heard, m.
    pub heard_m: f64,
    /// From farther away nothing is made out, m.
    pub seen_m: f64,
    /// How low and how high, m above the ground at the site.
    pub heights_m: [f64; 2],
    /// What stands around it.
    pub obstacles: Vec<Prism>,
    /// Rings that nobody flies in.
    pub closed_m: Vec<Vec<[f64; 2]>>,
    /// From how many sides at once.
    pub posts: usize,
    /// With what: drones, batteries, crews, weather. Its posts count for nothing.
    pub fleet: schedule::Request,
}

/// A place to watch from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Post {
    /// Where, m east and north.
    pub at_m: [f64; 2],
    /// How high, m above the ground at the site.
    pub height_m: f64,
    /// From which side of the site, rad to the right from north.
    pub direction: f64,
    /// How far from the site, m along the line of sight.
    pub slant_m: f64,
}

/// A watch.
#[derive(Debug, Clone, PartialEq)]
pub struct StakeoutPlan {
    /// Where from.
    pub posts: Vec<Post>,
    /// Who is where when.
    pub schedule: schedule::Plan,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// A watch that cannot be kept.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StakeoutError {
    /// A number, or how many there are of something.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The fleet.
    #[error(transparent)]
    Fleet(#[from] schedule::RequestError),
    /// The site is seen from too few sides.
    #[error("the site is in sight, unheard, from {found} places apart enough: asked for are {wanted}")]
    Hidden {
        /// How many places there are.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
}

/// Distances and heights that are tried.
const RADII: usize = 6;
const HEIGHTS: usize = 4;
/// Posts look from sides at least so far apart, as a share of an even spread.
const APART: f64 = 0.5;

/// Plans a watch.
///
/// # Errors
/// [`StakeoutError`] when it cannot be kept.
pub fn stakeout(request: &StakeoutRequest) -> Result<StakeoutPlan, StakeoutError> {
    request.check()?;
    let posts = posts(request)?;
    let mut fleet = request.fleet.clone();
    let window_s = request.window_s;
    fleet.posts = posts.iter().map(|post| schedule::Post { at_m: post.at_m, window_s }).collect();
    let schedule = schedule::plan(&fleet)?;
    let mut reasons: Vec<String> = posts
        .iter()
        .map(|post| {
            format!(
                "from {:.0} degrees, {:.0} m off and {:.0} m high: {:.0} m along the line of sight, beyond the {:.0} m at which it is heard",
                post.direction.to_degrees(),
                distance(post.at_m, request.site_m),
                post.height_m,
                post.slant_m,
                request.heard_m
            )
        })
        .collect();
    reasons.extend(schedule.reasons.iter().cloned());
    Ok(StakeoutPlan { posts, schedule, reasons })
}

/// The nearest place from which the site is in sight unheard, and others from other sides.
fn posts(request: &StakeoutRequest) -> Result<Vec<Post>, StakeoutError> {
    let target = Place { at_m: request.site_m, height_m: request.site_height_m };
    let around = Around { target, obstacles: &request.obstacles, closed: &request.closed_m };
    let mut candidates = candidates(request, &around);
    // Near the site shows more, near home watches longer.
    let home_m = |post: &Post| {
        let homes = request.fleet.sites.iter().map(|site| distance(site.at_m, post.at_m));
        homes.fold(f64::INFINITY, f64::min).min(1e9)
    };
    let merit = |post: &Post| post.slant_m / request.seen_m + home_m(post) / (home_m(post) + 5_000.0);
    candidates.sort_by(|a, b| merit(a).total_cmp(&merit(b)));
    let apart = APART * TAU / request.posts as f64;
    let mut posts: Vec<Post> = Vec::new();
    for candidate in candidates {
        let off = |post: &Post| ((candidate.direction - post.direction + PI).rem_euclid(TAU) - PI).abs();
        if posts.len() < request.posts && posts.iter().all(|post| off(post) >= apart - 1e-9) {
            posts.push(candidate);
        }
    }
    let found = posts.len();
    if found < request.posts { Err(StakeoutError::Hidden { found, wanted: request.posts }) } else { Ok(posts) }
}

/// Every place around the site that sees it, is not heard there, and may be flown at.
fn candidates(request: &StakeoutRequest, around: &Around) -> Vec<Post> {
    let mut candidates = Vec::new();
    let step = |ends: [f64; 2], number: usize, count: usize| {
        ends[0] + (ends[1] - ends[0]) * number as f64 / (count - 1) as f64
    };
    for number in 0..RADII * HEIGHTS * DIRECTIONS {
        let direction = angle((number % DIRECTIONS) as f64);
        let slant_m = step([request.heard_m, request.seen_m], number / DIRECTIONS % RADII, RADII);
        let height_m = step(request.heights_m, number / DIRECTIONS / RADII, HEIGHTS);
        let up_m = height_m - request.site_height_m;
        if up_m >= slant_m {
            continue;
        }
        let at_m = at(request.site_m, (slant_m * slant_m - up_m * up_m).sqrt(), direction);
        let blocked = |prism: &Prism| height_m < prism.top_m + 15.0 && within_ring(&prism.ring_m, at_m);
        let free =
            !request.closed_m.iter().any(|ring| within_ring(ring, at_m)) && !request.obstacles.iter().any(blocked);
        if free && clear(around.obstacles, around.target, Place { at_m, height_m }) {
            candidates.push(Post { at_m, height_m, direction, slant_m });
        }
    }
    candidates
}

impl StakeoutRequest {
    fn check(&self) -> Result<(), LimitError> {
        place("site", self.site_m)?;
        within("site's height", self.site_height_m, -1e3, 1e3)?;
        within("distance at which it is heard", self.heard_m, 1.0, 1e5)?;
        within("distance at which it is seen", self.seen_m, self.heard_m, 1e5)?;
        within("least height", self.heights_m[0], self.site_height_m, 1e4)?;
        within("greatest height", self.heights_m[1], self.heights_m[0], 1e4)?;
        check(&self.obstacles)?;
        count("closed areas", self.closed_m.len(), 0, 500)?;
        self.closed_m.iter().try_for_each(|ring| points("corner of a closed area", ring, 3))?;
        count("posts", self.posts, 1, 8)
    }
}
