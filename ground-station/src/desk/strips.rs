//! Along lines: a corridor in lanes, a coast at a distance. Vehicles share a line by its length.

use geo::{Coord, LineString, Simplify};
use missions::Performance;
use planning::flight::Pace;
use planning::strip::{self, CoastlineRequest, CorridorRequest, Fleet, Side};

use super::Situation;
use super::draw::{Step, Way};
use super::request::{CoastSide, Request};

/// A corner this near to the straight line past it is left out, metres: a round bend takes few legs.
const STRAIGHT_M: f64 = 1.0;
/// A plan is flown on one battery; whether it lasts is said by the pre-flight check, with what would help.
const ONE_SORTIE_S: f64 = 1e6;

/// Every place of a strip, lane by lane.
pub(super) fn corridor(request: &Request, situation: &Situation) -> Result<(String, Vec<Way>), String> {
    let asked = CorridorRequest {
        line_m: drawn_m(request, situation),
        width_m: request.width_m,
        swath_m: request.spacing_m,
        passes: usize::from(request.rounds),
        fleet: fleet(request, situation)?,
    };
    let plan = strip::corridor(&asked).map_err(|error| error.to_string())?;
    Ok((in_words(&plan), ways(&plan, &asked.fleet, situation)))
}

/// Along a coast, never nearer than asked for.
pub(super) fn coastline(request: &Request, situation: &Situation) -> Result<(String, Vec<Way>), String> {
    let side = match request.side {
        CoastSide::Left => Side::Left,
        CoastSide::Right => Side::Right,
    };
    let asked = CoastlineRequest {
        coast_m: drawn_m(request, situation),
        side,
        islands_m: Vec::new(),
        apart_m: request.apart_m,
        fleet: fleet(request, situation)?,
    };
    let plan = strip::coastline(&asked).map_err(|error| error.to_string())?;
    Ok((in_words(&plan), ways(&plan, &asked.fleet, situation)))
}

fn drawn_m(request: &Request, situation: &Situation) -> Vec<[f64; 2]> {
    request.places().iter().map(|at| situation.airspace.place_m(*at)).collect()
}

fn in_words(plan: &strip::Plan) -> String {
    let mut reasons = plan.reasons.clone();
    if let Some(revisit_s) = plan.revisit_s {
        reasons.push(format!("no place is left alone for more than {:.0} min", (revisit_s / 60.0).ceil()));
    }
    reasons.join("; ")
}

/// The vehicles asked for, all like the slowest of them.
fn fleet(request: &Request, situation: &Situation) -> Result<Fleet, String> {
    let mut homes_m = Vec::new();
    let (mut airspeed_m_s, mut climb_m_s, mut flies) = (f64::INFINITY, f64::INFINITY, false);
    for id in &request.vehicles {
        let standing = situation.vehicles.get(id).ok_or_else(|| format!("there is no vehicle {id}"))?;
        let start = standing.start.ok_or_else(|| format!("{}: its place of take-off is not known", standing.name))?;
        let performance =
            Performance::of(standing.kind).ok_or_else(|| format!("{} is of unknown kind", standing.name))?;
        homes_m.push(situation.airspace.place_m(start.position));
        airspeed_m_s = airspeed_m_s.min(request.speed_m_s.unwrap_or(standing.cruise_m_s));
        flies |= performance.flies();
        climb_m_s = climb_m_s.min(if performance.flies() { performance.climb_m_s } else { 1.0 });
    }
    let wind_m_s = if flies { situation.wind_m_s() } else { [0.0, 0.0] };
    Ok(Fleet {
        homes_m,
        pace: Pace { airspeed_m_s, climb_m_s, wind_m_s },
        endurance_s: ONE_SORTIE_S,
        turnaround_s: 0.0,
        height_m: if flies { request.height_m } else { 0.0 },
        begins_s: 0.0,
    })
}

/// Each vehicle's way, begun at the end that is nearer to where it takes off.
fn ways(plan: &strip::Plan, fleet: &Fleet, situation: &Situation) -> Vec<Way> {
    let way = |(way_m, home_m): (&Vec<[f64; 2]>, &[f64; 2])| {
        let line: LineString = way_m.iter().map(|at| Coord { x: at[0], y: at[1] }).collect();
        let mut places: Vec<[f64; 2]> = line.simplify(STRAIGHT_M).0.iter().map(|at| [at.x, at.y]).collect();
        let away_m = |at: Option<&[f64; 2]>| at.map_or(0.0, |at| (at[0] - home_m[0]).hypot(at[1] - home_m[1]));
        if away_m(places.last()) < away_m(places.first()) {
            places.reverse();
        }
        Way {
            steps: places.into_iter().map(|at| Step::To(situation.airspace.lat_lon(at).into())).collect(),
            leaves_s: 0.0,
        }
    };
    plan.ways_m.iter().zip(&fleet.homes_m).map(way).collect()
}
