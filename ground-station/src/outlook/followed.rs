//! A drone's way so far, as fixes.

use std::time::Duration;

use planning::intercept::Fix;
use telemetry::Timestamp;
use telemetry::messages::Track;

use crate::airspace::Airspace;

/// The most fixes kept of a track: every second one leaves when they are full.
pub const FIXES_MAX: usize = 600;
/// Fixes are taken this far apart.
const FIX_EVERY: Duration = Duration::from_secs(1);
/// A drone that comes no farther than this in so long stands still: metres, s.
const STILL_M: f64 = 15.0;
const STILL_S: f64 = 10.0;
/// A fix is never known better or worse than this, metres.
const SIGMA_M: [f64; 2] = [3.0, 200.0];
/// A drone lower and slower than this has landed, or drops its load: metres above the ground, m/s.
const LOW_M: f64 = 20.0;
const SLOW_M_S: f64 = 2.0;

/// A drone's way so far.
#[derive(Debug)]
pub(super) struct Followed {
    /// The zero of its clock.
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) fixes: Vec<Fix>,
    pub(super) sigma_m: f64,
    /// Whether it is low and hardly moves.
    pub(super) at_rest: bool,
    pub(super) lost: bool,
}

impl Followed {
    /// One that begins.
    pub(super) fn new(airspace: &Airspace, track: &Track) -> Self {
        let at_m = airspace.place_m(track.position.lat_lon());
        Self {
            first_at: track.updated_at,
            last_at: track.updated_at,
            fixes: vec![Fix { at_s: 0.0, at_m }],
            sigma_m: SIGMA_M[0],
            at_rest: false,
            lost: false,
        }
    }

    /// Takes the track as it is now.
    pub(super) fn take(&mut self, airspace: &Airspace, track: &Track) {
        let site = airspace.site();
        let height_m = track.position.height().amsl(site.undulation).metres - site.ground.metres;
        self.at_rest = height_m < LOW_M && track.velocity.ground_speed_m_s() < SLOW_M_S;
        self.lost = false;
        // Only what was measured: where a track coasts nobody saw it.
        if track.updated_at.since(self.last_at) < FIX_EVERY {
            return;
        }
        self.last_at = track.updated_at;
        self.sigma_m = track.horizontal_sigma_m().clamp(SIGMA_M[0], SIGMA_M[1]);
        if self.fixes.len() >= FIXES_MAX {
            let mut n = 0;
            self.fixes.retain(|_| {
                n += 1;
                n % 2 == 1
            });
        }
        let at_s = track.updated_at.seconds_since(self.first_at);
        self.fixes.push(Fix { at_s, at_m: airspace.place_m(track.position.lat_lon()) });
    }

    /// Its way without the times in which it stood still, those before moved up: one that hovers may go on at any moment,
    /// as fast as it flew, and whoever is to be there first must not count on its waiting.
    pub(super) fn moving(&self) -> Vec<Fix> {
        let Some((first, last)) = self.fixes.first().zip(self.fixes.last()) else { return Vec::new() };
        let mut moving = vec![Fix { at_s: 0.0, at_m: first.at_m }];
        let mut flown_s = 0.0;
        for (number, pair) in self.fixes.windows(2).enumerate() {
            let (before, fix) = (pair[0], pair[1]);
            let mut earlier = self.fixes[..=number].iter().rev();
            let earlier = earlier.find(|earlier| fix.at_s - earlier.at_s >= STILL_S).unwrap_or(first);
            let gone_m = (fix.at_m[0] - earlier.at_m[0]).hypot(fix.at_m[1] - earlier.at_m[1]);
            if gone_m >= STILL_M * ((fix.at_s - earlier.at_s) / STILL_S).min(1.0) {
                flown_s += fix.at_s - before.at_s;
                moving.push(Fix { at_s: flown_s, at_m: fix.at_m });
            }
        }
        moving.iter_mut().for_each(|fix| fix.at_s += last.at_s - flown_s);
        moving
    }
}
