//! Whether a vehicle can be heard and seen from a post on the ground: free-space loss, and what the ground in between adds.
//!
//! Free space is ITU-R P.525-4, equation 4. What the ground adds is the Bullington part of the diffraction loss of ITU-R
//! P.526-15, clause 4.5.1: all edges of the profile become one, at the crossing of the two horizons, and its loss is that of
//! a knife edge (clause 4.1, equation 31), which begins where the first Fresnel zone is a little over half free. The Earth
//! is 4/3 of its size to radio (ITU-R P.310: median refraction) and its own size to the eye.
//!
//! What it leaves out: reflections, vegetation, buildings, rain, interference. A margin stands for those.

use super::Heights;

/// The radius of the Earth, metres (ITU-R P.526-15, clause 4.5).
const EARTH_RADIUS_M: f64 = 6_371_000.0;
/// Effective over true radius of the Earth at median refraction.
const RADIO_K: f64 = 4.0 / 3.0;
const LIGHT_M_S: f64 = 299_792_458.0;
/// The ground is looked at so often along a line, at least this far apart.
const PROFILE_STEP_M: f64 = 25.0;
/// The most looks along one line.
const PROFILE_MAX: usize = 200;
/// Diffraction is counted from this far from either end, metres: an edge at an antenna's foot is not between the two.
const NEAR_M: f64 = 1.0;

/// A place in space: metres east and north, metres above mean sea level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Post {
    /// East and north, metres.
    pub place_m: [f64; 2],
    /// Above mean sea level, metres.
    pub amsl_m: f64,
}

impl Post {
    fn level_m(&self, other: &Self) -> f64 {
        (other.place_m[0] - self.place_m[0]).hypot(other.place_m[1] - self.place_m[1])
    }

    /// The straight way to another, metres.
    #[must_use]
    pub fn distance_m(&self, other: &Self) -> f64 {
        self.level_m(other).hypot(other.amsl_m - self.amsl_m)
    }
}

/// The loss between isotropic antennas in free space, dB (ITU-R P.525-4, equation 4).
#[must_use]
pub fn free_space_loss_db(frequency_mhz: f64, distance_m: f64) -> f64 {
    32.4 + 20.0 * frequency_mhz.log10() + 20.0 * (distance_m.max(1.0) / 1000.0).log10()
}

/// How far a loss reaches in free space, metres: the inverse of [`free_space_loss_db`].
#[must_use]
pub fn free_space_reach_m(frequency_mhz: f64, loss_db: f64) -> f64 {
    1000.0 * 10.0_f64.powf((loss_db - 32.4 - 20.0 * frequency_mhz.log10()) / 20.0)
}

/// What the ground between two posts adds to the loss, dB; nothing where the ground is not known all the way.
#[must_use]
pub fn diffraction_loss_db(ground: &dyn Heights, from: &Post, to: &Post, frequency_mhz: f64) -> Option<f64> {
    let profile = profile(ground, from, to, RADIO_K)?;
    let wavelength_m = LIGHT_M_S / (frequency_mhz * 1e6);
    Some(bullington_db(&profile, [from.amsl_m, to.amsl_m], from.level_m(to), wavelength_m))
}

/// How far the straight line between two posts runs below the ground where it does so most, metres: negative where it
/// passes over all of it. Nothing where the ground is not known all the way.
#[must_use]
pub fn hidden_by_m(ground: &dyn Heights, from: &Post, to: &Post) -> Option<f64> {
    let level_m = from.level_m(to);
    let line = |along_m: f64| from.amsl_m + (to.amsl_m - from.amsl_m) * along_m / level_m;
    let profile = profile(ground, from, to, 1.0)?;
    Some(profile.iter().map(|[along_m, top_m]| top_m - line(*along_m)).fold(f64::NEG_INFINITY, f64::max))
}

/// The ground along a line with the curve of the Earth on top: how far along, and how high, metres. The ends are left out.
fn profile(ground: &dyn Heights, from: &Post, to: &Post, earth: f64) -> Option<Vec<[f64; 2]>> {
    let level_m = from.level_m(to);
    let steps = ((level_m / PROFILE_STEP_M).ceil() as usize).min(PROFILE_MAX);
    let point = |step: usize| {
        let share = step as f64 / steps as f64;
        let along_m = share * level_m;
        let between = |axis: usize| from.place_m[axis] + share * (to.place_m[axis] - from.place_m[axis]);
        let ground_m = ground.height_m([between(0), between(1)])?;
        Some([along_m, ground_m + along_m * (level_m - along_m) / (2.0 * earth * EARTH_RADIUS_M)])
    };
    (1..steps).map(point).collect()
}

/// ITU-R P.526-15, clause 4.5.1, equations 49 to 58, in metres.
fn bullington_db(profile: &[[f64; 2]], [from_m, to_m]: [f64; 2], level_m: f64, wavelength_m: f64) -> f64 {
    let inner = || profile.iter().filter(|[along_m, _]| *along_m > NEAR_M && level_m - along_m > NEAR_M);
    let line = |along_m: f64| from_m + (to_m - from_m) * along_m / level_m;
    let spread = |along_m: f64| (2.0 * level_m / (wavelength_m * along_m * (level_m - along_m))).sqrt();
    let up = inner().map(|[along_m, top_m]| (top_m - from_m) / along_m).fold(f64::NEG_INFINITY, f64::max);
    if !up.is_finite() {
        return 0.0;
    }
    let edge = if up < (to_m - from_m) / level_m {
        // In sight: the point that comes nearest to the line, counted in Fresnel zones.
        inner().map(|[along_m, top_m]| (top_m - line(*along_m)) * spread(*along_m)).fold(f64::NEG_INFINITY, f64::max)
    } else {
        let down =
            inner().map(|[along_m, top_m]| (top_m - to_m) / (level_m - along_m)).fold(f64::NEG_INFINITY, f64::max);
        let along_m = ((to_m - from_m + down * level_m) / (up + down)).clamp(NEAR_M, level_m - NEAR_M);
        (from_m + up * along_m - line(along_m)) * spread(along_m)
    };
    let single_db = knife_edge_loss_db(edge);
    single_db + (1.0 - (-single_db / 6.0).exp()) * (10.0 + 0.02 * level_m / 1000.0)
}

/// The loss over one knife edge, dB, by how far it stands into the line in units of the Fresnel parameter ν (ITU-R
/// P.526-15, equation 31; nothing below −0.78).
#[must_use]
pub fn knife_edge_loss_db(nu: f64) -> f64 {
    if nu <= -0.78 {
        return 0.0;
    }
    6.9 + 20.0 * (((nu - 0.1).powi(2) + 1.0).sqrt() + nu - 0.1).log10()
}
