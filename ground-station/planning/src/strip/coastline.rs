//! Along a coast at a distance.

use super::fleet::{Fleet, StripError, ends_s, length_m, parts};
use super::{Plan, Side};
use crate::flight::Look;
use crate::limits::{count, points, within};
use crate::offset::{beside, distance_to};
use crate::plane::{between, distance};

/// A coast to be followed.
#[derive(Debug, Clone, PartialEq)]
pub struct CoastlineRequest {
    /// The coast, m east and north.
    pub coast_m: Vec<[f64; 2]>,
    /// On which side of it to fly: the sea's or the land's.
    pub side: Side,
    /// Rings of islands before it, to be kept off as well.
    pub islands_m: Vec<Vec<[f64; 2]>>,
    /// How far from the coast, m.
    pub apart_m: f64,
    /// By whom.
    pub fleet: Fleet,
}

/// A place of the coast is followed when the way passes it no farther than this many distances.
const FOLLOWED: f64 = 1.5;
/// Places of the coast that are looked at.
const PLACES: usize = 500;
/// The camera looks so much below the coast's edge at least, rad.
const DOWN_MIN_RAD: f64 = 0.17;

/// Plans the way along a coast. It is never nearer than the distance, to an island either; where a bay is narrower than
/// twice the distance it goes straight past it. The camera looks at the coast.
///
/// # Errors
/// [`StripError`] when it cannot be flown.
pub fn coastline(request: &CoastlineRequest) -> Result<Plan, StripError> {
    let CoastlineRequest { coast_m, side, islands_m, apart_m, fleet } = request;
    points("point of the coast", coast_m, 2)?;
    count("islands", islands_m.len(), 0, 500)?;
    islands_m.iter().try_for_each(|island| points("point of an island", island, 3))?;
    count("points of islands", islands_m.iter().map(Vec::len).sum(), 0, 20_000)?;
    within("distance from the coast", *apart_m, 1.0, 1e5)?;
    fleet.check()?;
    let no_way = StripError::NoWay { what: "coast", apart_m: *apart_m };
    let way = beside(coast_m, *side, *apart_m, islands_m).ok_or(no_way)?;
    // The coast lies on the other side than the way does.
    let right = if *side == Side::Left { 1.0 } else { -1.0 };
    let down = (fleet.height_m / apart_m).atan().max(DOWN_MIN_RAD);
    let mut flights = Vec::new();
    let ways_m = parts(&way, fleet.homes_m.len());
    for (vehicle, part) in ways_m.iter().enumerate() {
        let home_m = fleet.homes_m[vehicle];
        let backwards = distance(part[part.len() - 1], home_m) < distance(part[0], home_m);
        let flown: Vec<_> = if backwards { part.iter().rev().copied().collect() } else { part.clone() };
        let right_rad = if backwards { -right } else { right } * std::f64::consts::FRAC_PI_2;
        flights.extend(fleet.fly(vehicle, fleet.begins_s, &flown, Look::Fixed { right_rad, up_rad: -down })?);
    }
    let coast_length_m = length_m(coast_m);
    let mut followed = 0.0;
    for pair in coast_m.windows(2) {
        let leg_m = distance(pair[0], pair[1]);
        let steps = (leg_m / coast_length_m * PLACES as f64).ceil() as usize;
        for step in 0..steps {
            let at = between(pair[0], pair[1], (step as f64 + 0.5) / steps as f64);
            let near = distance_to(&way, at) <= FOLLOWED * apart_m;
            followed += if near { leg_m / steps as f64 } else { 0.0 };
        }
    }
    let followed = (followed / coast_length_m.max(1e-9)).min(1.0);
    let ends_s = ends_s(&flights, fleet.begins_s);
    let mut reasons = vec![format!(
        "{:.0} m of way along {coast_length_m:.0} m of coast, {apart_m:.0} m off; {} sorties, the last is home after {:.0} s",
        length_m(&way),
        flights.len(),
        ends_s - fleet.begins_s
    )];
    if followed < 0.995 {
        reasons.push(format!(
            "{:.1} % of the coast lies farther from the way than {:.0} m: in bays too narrow to keep off both shores, or behind islands",
            100.0 * (1.0 - followed),
            FOLLOWED * apart_m
        ));
    }
    Ok(Plan { flights, ways_m, ends_s, revisit_s: None, followed, reasons })
}
