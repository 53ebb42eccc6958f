//! Whether an intruder drifts with the wind, as a balloon does.
//!
//! Two stories of its mean speed over ground in the last minutes are held against each other: the reported wind, as far
//! off as reports, forecasts and gusts are; or any speed a drone flies at, a slow one more often. A speed that changes
//! more than gusts make it change is a drone's. The wind is the one that a person reported, near the ground: higher up
//! it blows harder and from farther right, so a high balloon may pass for a drone.
//!
//! Without a reported wind, or with one that is older than [`WIND_AGE_MAX`], nothing is concluded: it is taken for a drone.

use std::f64::consts::{PI, TAU};
use std::time::Duration;

use planning::intercept::Fix;
use telemetry::Timestamp;

use crate::airspace::Airspace;

/// An older report says nothing of the wind now.
pub const WIND_AGE_MAX: Duration = Duration::from_secs(3 * 3600);
/// So much of the track is looked at, in pieces of so long; fewer than two pieces say nothing. s.
const LOOKED_AT_S: f64 = 180.0;
const PIECE_S: f64 = 30.0;
const PIECES_MIN: usize = 2;
/// How far off the reported wind may be where the intruder is, the forecast error and the gusts of
/// `planning::intercept`'s balloons, standard deviations of each axis, m/s.
const REPORT_SD_M_S: f64 = 1.0;
const FORECAST_SD_M_S: f64 = 0.72;
const GUST_SD_M_S: f64 = 0.83;
/// Pieces that differ from the mean by more than so many standard deviations are no gusts.
const GUSTS_MOST: f64 = 3.0;
/// How often an intruder is a balloon, before anything is seen.
const BALLOONS: f64 = 0.05;
/// A drone flies at any speed up to this; so often it hovers or creeps, with this standard deviation of each axis. m/s.
const DRONE_M_S: f64 = 25.0;
const SLOW: f64 = 0.3;
const SLOW_SD_M_S: f64 = 1.0;
/// It is taken for a balloon from the first probability on, and until it has less than the second.
const BALLOON_FROM: f64 = 0.8;
const BALLOON_UNTIL: f64 = 0.4;

/// How it goes in the wind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drift {
    /// Nobody reported a wind: it cannot be told.
    #[default]
    NoWind,
    /// The report of the wind is too old to tell.
    OldWind,
    /// By itself: a drone.
    Flies,
    /// With the wind: taken for a balloon.
    WithWind,
}

/// How it goes, by its fixes; `before` is what was said last.
pub(super) fn of(fixes: &[Fix], sigma_m: f64, airspace: &Airspace, now: Timestamp, before: Drift) -> Drift {
    let Some(weather) = airspace.weather() else { return Drift::NoWind };
    if now.since(weather.at) > WIND_AGE_MAX {
        return Drift::OldWind;
    }
    let least = if before == Drift::WithWind { BALLOON_UNTIL } else { BALLOON_FROM };
    if balloon(fixes, sigma_m, airspace.wind_m_s()) >= least { Drift::WithWind } else { Drift::Flies }
}

/// How probable it is that it is a balloon.
fn balloon(fixes: &[Fix], sigma_m: f64, wind_m_s: [f64; 2]) -> f64 {
    let pieces = velocities_m_s(fixes);
    if pieces.len() < PIECES_MIN {
        return 0.0;
    }
    let count = pieces.len() as f64;
    let mean = [0, 1].map(|axis: usize| pieces.iter().map(|piece| piece[axis]).sum::<f64>() / count);
    let noise_m_s = sigma_m * 2.0_f64.sqrt() / PIECE_S;
    let most_m_s = GUSTS_MOST * GUST_SD_M_S.hypot(noise_m_s);
    if pieces.iter().any(|piece| apart(*piece, mean) > most_m_s) {
        return 0.0;
    }
    // Gusts of neighbouring pieces are much alike, so the mean is taken to be no better than one of them.
    let sd_m_s = REPORT_SD_M_S.hypot(FORECAST_SD_M_S).hypot(GUST_SD_M_S).hypot(noise_m_s / count);
    let drifts = BALLOONS * normal(apart(mean, wind_m_s), sd_m_s);
    let any = if apart(mean, [0.0; 2]) <= DRONE_M_S { (1.0 - SLOW) / (PI * DRONE_M_S * DRONE_M_S) } else { 0.0 };
    let flies = (1.0 - BALLOONS) * (any + SLOW * normal(apart(mean, [0.0; 2]), SLOW_SD_M_S));
    if drifts > 0.0 { drifts / (drifts + flies) } else { 0.0 }
}

/// The mean velocity over each whole piece of the end of a track, the latest first.
fn velocities_m_s(fixes: &[Fix]) -> Vec<[f64; 2]> {
    let Some(last) = fixes.last() else { return Vec::new() };
    let mut velocities = Vec::new();
    let mut end = *last;
    for fix in fixes.iter().rev().filter(|fix| last.at_s - fix.at_s <= LOOKED_AT_S) {
        let took_s = end.at_s - fix.at_s;
        if took_s >= PIECE_S {
            velocities.push([0, 1].map(|axis: usize| (end.at_m[axis] - fix.at_m[axis]) / took_s));
            end = *fix;
        }
    }
    velocities
}

fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The density of a round normal distribution so far from its middle.
fn normal(apart: f64, sd: f64) -> f64 {
    (-0.5 * (apart / sd).powi(2)).exp() / (TAU * sd * sd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds at a velocity that is a function of time.
    fn track(seconds: usize, velocity: impl Fn(f64) -> [f64; 2]) -> Vec<Fix> {
        let mut at_m = [100.0, -300.0];
        let mut fixes = Vec::new();
        for second in 0..=seconds {
            let at_s = second as f64;
            fixes.push(Fix { at_s, at_m });
            at_m = [0, 1].map(|axis: usize| at_m[axis] + velocity(at_s)[axis]);
        }
        fixes
    }

    fn gusts(s: f64) -> [f64; 2] {
        [-5.0 + 0.8 * (s / 40.0).sin(), 1.0 + 0.8 * (s / 55.0).cos()]
    }

    #[test]
    fn what_goes_as_the_wind_goes_is_a_balloon_and_what_does_not_is_none() {
        let wind = [-5.5, 0.5];
        for (name, fixes, expected) in [
            ("drifts in gusts", track(200, gusts), true),
            ("drifts, seen for a minute", track(60, gusts), true),
            ("seen for half a minute", track(40, gusts), false),
            ("never seen", Vec::new(), false),
            ("flies across the wind", track(200, |_| [0.0, 8.0]), false),
            ("flies down the wind", track(200, |_| [-14.0, 0.0]), false),
            ("hovers", track(200, |_| [0.0, 0.0]), false),
            ("flies to and fro, with the wind's mean", track(180, |s| [-5.5, 6.0 * (s / 28.6).sin()]), false),
        ] {
            assert_eq!(balloon(&fixes, 10.0, wind) >= BALLOON_FROM, expected, "{name}");
        }
    }

    #[test]
    fn what_hovers_in_a_calm_is_no_balloon() {
        for wind in [[0.0, 0.0], [0.6, -0.3]] {
            assert!(balloon(&track(200, |_| [0.2, 0.1]), 10.0, wind) < BALLOON_UNTIL);
        }
    }
}
