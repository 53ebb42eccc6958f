//! Watching a place: [`orbit()`] circles it with the line of sight kept (overwatch over an arrest, say), [`stakeout()`] finds
//! places to watch it from unheard, and relieves the watchers without a gap.
//!
//! Obstacles are prisms; what they hide is worked out, not guessed. Heights count from the ground at the place watched.

mod circle;
mod orbit;
mod stakeout;

pub use orbit::{Aircraft, OrbitError, OrbitPlan, OrbitRequest, Path, orbit};
pub use stakeout::{Post, StakeoutError, StakeoutPlan, StakeoutRequest, stakeout};

pub use crate::sight::Prism;
