//! The mission formats of others, and ways between them and our own plans.
//!
//! Each format has a document of its own that keeps everything a file says, understood or not: what is read and written
//! again says the same. A [`Flight`] is what all of them have in common; what a document says beyond it, and what the next
//! format cannot say, is named ([`Converted::remarks`]), never dropped in silence.
//!
//! Nothing here panics on what a file holds. Files are at most 16 MiB; archives unpack to at most 64 MiB; XML and JSON are
//! at most 64 and 127 levels deep; entities are not expanded.

mod archive;
mod convert;
mod document;
mod flight;
mod geojson;
mod gpx;
pub(crate) mod json;
mod kml;
mod mission_item;
mod own;
mod qgc;
mod wpl;
mod wpml;
mod xml;

use telemetry::LatLon;

pub use archive::Archive;
pub use convert::{Converted, convert};
pub use document::{Document, Format};
pub use flight::{FenceArea, FenceKind, Flight, FlightLeg, Home, Policy};
pub use geojson::GeoJson;
pub use gpx::Gpx;
pub use kml::{Kml, Kmz};
pub use mission_item::MissionItem;
pub use own::{Written, of_flight as plan_of_flight, write as write_plan};
pub use qgc::QgcPlan;
pub use wpl::{Row, Waypoints};
pub use wpml::Wpml;
pub use xml::{Element, XmlDocument};

/// The mean radius of the Earth, metres: good enough where a margin is drawn.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Latitude and longitude in degrees, with as few digits as read the same again.
pub(crate) fn degrees(at: LatLon) -> [f64; 2] {
    let short = |radians: f64| {
        let exact = radians.to_degrees();
        let rounded = (6..=14).map(|digits| {
            let scale = 10f64.powi(digits);
            (exact * scale).round() / scale
        });
        rounded.into_iter().find(|degrees| degrees.to_radians() == radians).unwrap_or(exact)
    };
    [short(at.latitude()), short(at.longitude())]
}

/// What only our own plans say, for a format that does not.
fn policy_lost(flight: &Flight) -> Vec<String> {
    let mut lost = flight.lost.clone();
    if let Some(policy) = &flight.policy {
        lost.push(format!(
            "fence.floor and fence.ceiling: {} m and {} m",
            policy.floor.metres(),
            policy.ceiling.metres()
        ));
        lost.push(format!("battery_reserve: {}", policy.battery_reserve));
        lost.push(format!("lost_link: after {} s", policy.lost_link.after_s));
    }
    lost
}
