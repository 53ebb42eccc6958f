//! The authorities' zones that a flight leads into and may not enter, with their outlines: for what leads ways round them.
//!
//! Which zones those are the check decides, with its own hours, heights and authorisations; nothing here judges a zone.

use std::f64::consts::{PI, TAU};

use planning::preflight::{self as geometry, Airspace as Sky, Area, Rule};

use super::Flight;
use super::examine::mission;
use super::sky::{Reach, RoomGround, rules, zones};
use crate::airspace::Airspace;

/// A circle is drawn with so many corners, its sides outside.
const CIRCLE_CORNERS: u32 = 32;

/// A part of a zone that a flight leads into and may not enter.
#[derive(Debug, Clone, PartialEq)]
pub struct Barred {
    /// The zone's name, and why it may not be entered, in words.
    pub zone: String,
    /// Its outline, metres east and north of the site's datum. What is open within it is not told.
    pub ring_m: Vec<[f64; 2]>,
}

/// What a flight leads into and may not enter for want of an authorisation, or because nobody may. Nothing for one that
/// cannot be checked, which the check says itself.
#[must_use]
pub fn barred(airspace: &Airspace, flight: &Flight) -> Vec<Barred> {
    let places_m: Vec<[f64; 2]> = flight.fixes.iter().map(|fix| fix.place_m).collect();
    let span = [flight.begins, flight.ends()];
    let (zones, named) = zones(airspace, flight.flies(), Reach { span, places_m: &places_m, within_m: 0.0 });
    let sky = Sky {
        fences: Vec::new(),
        ground: Some(Box::new(RoomGround(airspace))),
        zones,
        light_s: None,
        rules: rules(airspace, flight.flies()),
    };
    let mission = mission(airspace, &sky, flight, flight);
    let found = geometry::check_first(&sky, std::slice::from_ref(&mission)).unwrap_or_default();
    let part = |one: &geometry::Finding| {
        let (number, why) = match one.rule {
            Rule::Prohibited(number) => (number, "where nobody may fly then"),
            Rule::Unauthorised(number) => (number, "which needs an authorisation"),
            _ => return None,
        };
        let zone = format!("{}, {why}", named.get(number)?.name);
        Some(Barred { zone, ring_m: ring_m(&sky.zones.get(number)?.area) })
    };
    found.iter().filter_map(part).collect()
}

/// Its outer ring; of a circle a polygon around it.
fn ring_m(area: &Area) -> Vec<[f64; 2]> {
    match area {
        Area::Polygon(polygon) => polygon.exterior().coords().map(|at| [at.x, at.y]).collect(),
        Area::Circle { centre_m: [x, y], radius_m } => {
            let far_m = radius_m / (PI / f64::from(CIRCLE_CORNERS)).cos();
            let corner = |number: u32| {
                let angle = TAU * f64::from(number) / f64::from(CIRCLE_CORNERS);
                [x + far_m * angle.cos(), y + far_m * angle.sin()]
            };
            (0..CIRCLE_CORNERS).map(corner).collect()
        }
    }
}
