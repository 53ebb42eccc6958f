//! Area search with a camera: how high, with the gimbal how steep, how fast, and with how wide a strip, so that what is
//! looked for is seen sharply enough; then the lanes of `coverage`, with where the camera looks and when it takes pictures.
//!
//! - *Ground sample distance*: how much of the ground a pixel covers, in its worse direction.
//! - *Strip*: what is seen on the way; as wide as the farthest row of the picture that is still sharp enough.
//! - *Glare*: the sun mirrored by water into the camera, from facets of waves as steep as the wind makes them (Cox & Munk
//!   1954). Land does not mirror.
//!
//! The ground is level. Heights are above it. Where it is not, ask part by part with heights above each part.

mod camera;
mod glare;
mod plan;
mod request;
mod seen;

pub use camera::{Camera, Footprint, Row, View};
pub use glare::{Surface, glare};
pub use plan::{Choice, Plan, plan, settle};
pub use request::{Request, RequestError};
