//! Frames of reference as types: positions on the WGS-84 ellipsoid ([`Geodetic`]), earth-centred ([`Ecef`]), in a
//! site's tangent frame ([`Enu`], [`SiteFrame`]), and directions in [`Ned`] and body axes ([`Frd`]).
//!
//! A transform's name reads right to left, as its product does: `enu_from_ecef * ecef`. Heights are recovered
//! geodetically, never read off the tangent plane, which stands 196 m above the ground 50 km out.
//!
//! Source: NIMA TR8350.2 (WGS-84); Bowring, "The accuracy of geodetic latitude and height equations", Survey Review
//! 28 (1985) for the inverse.

mod body;
mod earth;
mod local;

pub use body::{Attitude, Frd};
pub use earth::{Ecef, FLATTENING, Geodetic, LatLon, OffEarth, SEMI_MAJOR_M};
pub use local::{Enu, EnuVelocity, Ned, SiteFrame};
