//! How long a way takes in wind: from places to places and times.
//!
//! Speeds are through the air; the wind triangle gives what is left of them over ground. Climbing and going on happen at
//! once, the slower of the two counts.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Fix, Heights};

/// Slower over ground than this nothing gets anywhere, m/s.
const GROUND_SPEED_MIN_M_S: f64 = 0.5;

/// A place to go to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// East and north, metres.
    pub place_m: [f64; 2],
    /// Above mean sea level, metres.
    pub amsl_m: f64,
    /// How fast through the air on the way there, m/s.
    pub airspeed_m_s: f64,
    /// How long it stays there, s.
    pub hold_s: f64,
}

/// The air, and how fast a vehicle climbs and descends in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// Where the wind blows to, east and north, m/s.
    pub wind_m_s: [f64; 2],
    /// m/s.
    pub climb_m_s: f64,
    /// m/s, positive.
    pub descent_m_s: f64,
}

/// A stop that cannot be reached against the wind.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("stop {stop} cannot be reached: {airspeed_m_s} m/s through the air leave nothing over ground in this wind")]
pub struct TooWindy {
    /// Which, counted from 0.
    pub stop: usize,
    /// How fast it would fly.
    pub airspeed_m_s: f64,
}

/// The places and times of a way that begins at a fix, and for each leg the stop it leads to. A stop that is where the
/// vehicle already is, and where it does not stay, makes no leg.
///
/// # Errors
/// [`TooWindy`] with the first stop that is out of reach.
pub fn fly(start: Fix, stops: &[Stop], air: &Air) -> Result<(Vec<Fix>, Vec<usize>), TooWindy> {
    let mut fixes = vec![start];
    let mut leads_to = Vec::new();
    let mut at = start;
    for (number, stop) in stops.iter().enumerate() {
        let Stop { place_m, amsl_m, airspeed_m_s, hold_s } = *stop;
        let way = [place_m[0] - at.place_m[0], place_m[1] - at.place_m[1]];
        let way_m = way[0].hypot(way[1]);
        let rise_m = amsl_m - at.amsl_m;
        let vertical_s = if rise_m > 0.0 { rise_m / air.climb_m_s } else { -rise_m / air.descent_m_s };
        let level_s = if way_m > 0.0 {
            let speed = over_ground_m_s(way.map(|part| part / way_m), airspeed_m_s, air.wind_m_s);
            way_m / speed.ok_or(TooWindy { stop: number, airspeed_m_s })?
        } else {
            0.0
        };
        for lasts_s in [level_s.max(vertical_s), hold_s] {
            if lasts_s > 0.0 {
                at = Fix { at_s: at.at_s + lasts_s, place_m, amsl_m };
                fixes.push(at);
                leads_to.push(number);
            }
        }
    }
    Ok((fixes, leads_to))
}

/// The legs of a way that begin or end on the ground: the first where it climbs, the last where it descends.
#[must_use]
pub fn ground_legs(fixes: &[Fix]) -> BTreeSet<usize> {
    let Some(last) = fixes.len().checked_sub(2) else { return BTreeSet::new() };
    let climbs = |leg: usize| fixes[leg + 1].amsl_m - fixes[leg].amsl_m;
    [(0, climbs(0) > 0.0), (last, climbs(last) < 0.0)].into_iter().filter(|(_, on)| *on).map(|(leg, _)| leg).collect()
}

/// The legs of a way with one end below a height above ground and the other not; none where the ground is not known.
#[must_use]
pub fn passing_legs(fixes: &[Fix], ground: Option<&dyn Heights>, agl_m: f64) -> BTreeSet<usize> {
    let below = |fix: &Fix| Some(fix.amsl_m - ground?.height_m(fix.place_m)? < agl_m);
    let below: Vec<Option<bool>> = fixes.iter().map(below).collect();
    let passes = |pair: &[Option<bool>]| matches!(pair, [Some(a), Some(b)] if a != b);
    below.windows(2).enumerate().filter(|(_, pair)| passes(pair)).map(|(leg, _)| leg).collect()
}

/// The speed over ground in a direction; nothing where the wind leaves none.
fn over_ground_m_s(direction: [f64; 2], airspeed_m_s: f64, wind_m_s: [f64; 2]) -> Option<f64> {
    let along = wind_m_s[0] * direction[0] + wind_m_s[1] * direction[1];
    let across = wind_m_s[0] * direction[1] - wind_m_s[1] * direction[0];
    let left = airspeed_m_s * airspeed_m_s - across * across;
    (left >= 0.0).then(|| along + left.sqrt()).filter(|speed| *speed >= GROUND_SPEED_MIN_M_S)
}
