//! Round a site, lap after lap.

use super::fleet::{Fleet, StripError, ends_s, length_m};
use super::{Plan, Side};
use crate::coverage::area::doubled_area;
use crate::flight::Look;
use crate::limits::{count, points, within};
use crate::offset::round;
use crate::plane::{Point, between, distance};

/// A site to be flown round.
#[derive(Debug, Clone, PartialEq)]
pub struct PerimeterRequest {
    /// Rings of what belongs to it, m east and north.
    pub site_m: Vec<Vec<[f64; 2]>>,
    /// How far outside, m.
    pub apart_m: f64,
    /// On which side the site is, seen from the vehicle.
    pub site_on: Side,
    /// How often each vehicle flies round.
    pub laps: usize,
    /// By whom. Vehicles follow each other, the same time apart.
    pub fleet: Fleet,
}

/// Plans laps round a site. The camera looks at the site.
///
/// # Errors
/// [`StripError`] when it cannot be flown.
pub fn perimeter(request: &PerimeterRequest) -> Result<Plan, StripError> {
    let PerimeterRequest { site_m, apart_m, site_on, laps, fleet } = request;
    count("rings of the site", site_m.len(), 1, 200)?;
    site_m.iter().try_for_each(|ring| points("point of the site", ring, 3))?;
    within("distance from the site", *apart_m, 0.0, 1e5)?;
    count("laps", *laps, 1, 500)?;
    fleet.check()?;
    let mut ring = round(site_m, *apart_m).ok_or(StripError::NoWay { what: "site", apart_m: *apart_m })?;
    count("points of the way", ring.len() * laps, 3, 100_000)?;
    // With the site to the left it goes round to the left.
    if (doubled_area(&ring) > 0.0) != (*site_on == Side::Left) {
        ring.reverse();
    }
    let mut lap = ring.clone();
    lap.push(ring[0]);
    let lap_m = length_m(&lap);
    let right_rad = if *site_on == Side::Left { -1.0 } else { 1.0 } * std::f64::consts::FRAC_PI_2;
    let up_rad = -(fleet.height_m / apart_m.max(1e-3)).atan();
    let vehicles = fleet.homes_m.len();
    let mut flights = Vec::new();
    let mut ways_m = Vec::new();
    for vehicle in 0..vehicles {
        let begin_m = lap_m * vehicle as f64 / vehicles as f64;
        let once = turned(&lap, begin_m);
        let mut way = once.clone();
        for _ in 1..*laps {
            way.extend(&once[1..]);
        }
        flights.extend(fleet.fly(vehicle, fleet.begins_s, &way, Look::Fixed { right_rad, up_rad })?);
        ways_m.push(way);
    }
    // A lap in the wind: by the steady flight, without sorties' ways.
    let lap_s: Option<f64> = lap.windows(2).map(|pair| fleet.pace.takes_s(pair[0], pair[1])).sum();
    let revisit_s = lap_s.map(|lap_s| lap_s / vehicles as f64).filter(|_| *laps > 1 || vehicles > 1);
    let ends_s = ends_s(&flights, fleet.begins_s);
    let mut reasons = vec![format!(
        "a lap is {lap_m:.0} m long; {} sorties, the last is home after {:.0} s",
        flights.len(),
        ends_s - fleet.begins_s
    )];
    if let Some(revisit_s) = revisit_s {
        reasons.push(format!("while all {vehicles} are on it every place is passed every {revisit_s:.0} s"));
    }
    Ok(Plan { flights, ways_m, ends_s, revisit_s, followed: 1.0, reasons })
}

/// A closed way that begins so far along.
fn turned(lap: &[Point], begin_m: f64) -> Vec<Point> {
    let mut gone_m = 0.0;
    for (number, pair) in lap.windows(2).enumerate() {
        let leg_m = distance(pair[0], pair[1]);
        if gone_m + leg_m >= begin_m && leg_m > 0.0 {
            let begin = between(pair[0], pair[1], ((begin_m - gone_m) / leg_m).clamp(0.0, 1.0));
            let mut way = vec![begin];
            way.extend(&lap[number + 1..]);
            way.extend(&lap[1..=number]);
            way.push(begin);
            return way;
        }
        gone_m += leg_m;
    }
    lap.to_vec()
}
