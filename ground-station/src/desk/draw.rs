//! What vehicles do, step by step; and requests that need no search: their way is drawn at once.

use std::f64::consts::TAU;

use missions::notation::AltitudeNote;
use planning::patterns;
use telemetry::LatLon;

use super::request::{Kind, Request};
use crate::airspace::Airspace;

/// How many legs an expanding square is drawn with for a round.
const SQUARE_LEGS_A_ROUND: usize = 12;

/// A place to go to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) at: LatLon,
    /// Nothing: the height asked for.
    pub(super) altitude: Option<AltitudeNote>,
}

impl From<LatLon> for Spot {
    fn from(at: LatLon) -> Self {
        Self { at, altitude: None }
    }
}

/// What a vehicle does, before it is written down.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Go there.
    To(Spot),
    /// Point the camera there from here on.
    Look(LatLon),
    /// Look along the way from here on, so far below the horizon.
    LookAhead { down_deg: f64 },
    /// Go there and stay.
    Stay { at: Spot, for_s: f64 },
    /// Circle a place.
    Circle { centre: LatLon, radius_m: f64, turns: f64 },
}

/// What one vehicle of a request does. Nothing to do: no plan is made for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Way {
    pub(super) steps: Vec<Step>,
    /// It leaves so long after the others' begin, s.
    pub(super) leaves_s: f64,
}

/// The steps of a request that needs no search; nothing for one that does.
pub(super) fn steps(airspace: &Airspace, request: &Request) -> Result<Option<Vec<Step>>, String> {
    let places = request.places();
    let first = *places.first().ok_or("nothing was drawn")?;
    let to = |ways: Vec<LatLon>| ways.into_iter().map(|at| Step::To(at.into())).collect::<Vec<_>>();
    let level = |ways: Vec<[f64; 2]>| ways.into_iter().map(|at| airspace.lat_lon(at)).collect::<Vec<_>>();
    let datum_m = airspace.place_m(first);
    let steps = match request.kind {
        Kind::AreaSearch | Kind::Corridor | Kind::Coastline | Kind::HarbourRound | Kind::Stakeout => return Ok(None),
        Kind::RiskPatrol | Kind::HullInspection | Kind::QuayWall | Kind::Seabed => return Ok(None),
        Kind::Route => to(places),
        Kind::Patrol => to(to_and_fro(&places, request.rounds)),
        Kind::Perimeter => {
            let round = || places.iter().copied();
            let rounds = (0..request.rounds).flat_map(|_| round()).chain(round().take(1));
            to(rounds.collect())
        }
        Kind::ExpandingSquare => {
            let legs = SQUARE_LEGS_A_ROUND * usize::from(request.rounds);
            let way = patterns::expanding_square(datum_m, 0.0, request.spacing_m, legs);
            to(level(way.map_err(|error| error.to_string())?))
        }
        Kind::SectorSearch => {
            let way = patterns::sector(datum_m, 0.0, request.radius_m, usize::from(request.rounds));
            to(level(way.map_err(|error| error.to_string())?))
        }
        Kind::Orbit => {
            let turns = f64::from(request.rounds);
            vec![Step::Look(first), Step::Circle { centre: first, radius_m: request.radius_m, turns }]
        }
    };
    Ok(Some(steps))
}

/// A round is there and back.
fn to_and_fro(line: &[LatLon], rounds: u16) -> Vec<LatLon> {
    let mut way = line.to_vec();
    for half in 1..2 * usize::from(rounds) {
        let back = half % 2 == 1;
        let next: Vec<LatLon> =
            if back { line.iter().rev().skip(1).copied().collect() } else { line.iter().skip(1).copied().collect() };
        way.extend(next);
    }
    way
}

/// The places that steps lead to, circles drawn as their corners, for the fence and for the map.
pub(super) fn places(airspace: &Airspace, steps: &[Step]) -> Vec<LatLon> {
    steps.iter().flat_map(|step| of_step(airspace, step)).collect()
}

fn of_step(airspace: &Airspace, step: &Step) -> Vec<LatLon> {
    match step {
        Step::To(spot) | Step::Stay { at: spot, .. } => vec![spot.at],
        Step::Look(_) | Step::LookAhead { .. } => Vec::new(),
        Step::Circle { centre, radius_m, .. } => {
            let [x, y] = airspace.place_m(*centre);
            let corner = |n: i32| {
                let angle = TAU * f64::from(n) / 16.0;
                airspace.lat_lon([x + radius_m * angle.cos(), y + radius_m * angle.sin()])
            };
            (0..16).map(corner).collect()
        }
    }
}

/// How deep the deepest of steps is, metres.
pub(super) fn deepest_m(steps: &[Step]) -> f64 {
    let depth_m = |step: &Step| match step {
        Step::To(spot) | Step::Stay { at: spot, .. } => match spot.altitude {
            Some(AltitudeNote::DepthM(metres)) => metres,
            _ => 0.0,
        },
        Step::Look(_) | Step::LookAhead { .. } | Step::Circle { .. } => 0.0,
    };
    steps.iter().map(depth_m).fold(0.0, f64::max)
}

/// From where to where steps with altitudes above mean sea level lead, metres; nothing where there are none.
pub(super) fn amsl_m(steps: &[Step]) -> Option<[f64; 2]> {
    let of_step = |step: &Step| match step {
        Step::To(Spot { altitude: Some(AltitudeNote::AmslM(metres)), .. }) => Some(*metres),
        _ => None,
    };
    steps.iter().filter_map(of_step).fold(None, |band: Option<[f64; 2]>, metres| {
        let [low, high] = band.unwrap_or([metres; 2]);
        Some([low.min(metres), high.max(metres)])
    })
}
