//! Under water: a hull, a quay wall, the seabed, each from stations that the tether reaches.
//!
//! A plan leads the vehicle on the surface from station to station, where it waits while the controller is moved after it,
//! and down from there. It says no heading: the person at the controller keeps the camera on what is inspected.

use std::sync::atomic::AtomicBool;

use missions::Performance;
use missions::notation::AltitudeNote;
use planning::coverage::Polygon;
use planning::flight::Pace;
use planning::strip::Side;
use planning::water::{self, HullRequest, HullSide, QuayRequest, Rov, SeabedRequest, Station};
use telemetry::messages::AisClaim;

use super::Situation;
use super::draw::{Spot, Step, Way};
use super::request::{CoastSide, Request};
use super::search::{RESERVE, Told, clock};

/// The share of the tether that is kept slack, and of a strip that the next one covers again.
const SLACK: f64 = 0.1;
const OVERLAP: f64 = 0.2;
/// The share of a seabed that must be seen.
const SHARE: f64 = 0.99;
/// How hard it brakes and speeds up, m/s².
const ACCELERATION_M_S2: f64 = 0.3;
/// A vessel that makes more than this, and does not say that it is moored, has no hull to inspect, m/s.
const STILL_M_S: f64 = 0.5;
/// On its way round a hull it keeps so far off, metres.
const CLEAR_M: f64 = 1.0;
/// What every plan of a dive says beside its own reasons.
const CAMERA: &str = "the pilot keeps the camera on it: a plan says no heading";

/// A hull, side by side.
pub(super) fn hull(request: &Request, situation: &Situation) -> Result<(String, Vec<Way>), String> {
    let (asked, mut words) = asked_hull(request, situation)?;
    let plan = water::hull(&asked).map_err(|error| error.to_string())?;
    let home_m = home_m(request, situation)?;
    // Along one side and back along the other: the vehicle goes round the hull once, from where it is put in.
    let (port, starboard): (Vec<_>, Vec<_>) = plan.stations.iter().partition(|one| one.side == HullSide::Port);
    let mut round: Vec<&Station> =
        port.into_iter().chain(starboard.into_iter().rev()).map(|one| &one.station).collect();
    let away_m = |station: &Station| apart_m(station.at_m, home_m);
    let nearest = (0..round.len()).min_by(|a, b| away_m(round[*a]).total_cmp(&away_m(round[*b]))).unwrap_or(0);
    round.rotate_left(nearest);
    words.extend(plan.reasons);
    words.push(CAMERA.to_owned());
    let steps = steps(request, situation, &round, home_m, &|from_m, to_m| round_hull(&asked, from_m, to_m));
    Ok((words.join("; "), vec![Way { steps, leaves_s: 0.0 }]))
}

/// A quay wall, from the water down.
pub(super) fn quay(request: &Request, situation: &Situation) -> Result<(String, Vec<Way>), String> {
    let dive = &request.dive;
    let asked = QuayRequest {
        wall_m: drawn_m(request, situation),
        water: if request.side == CoastSide::Left { Side::Left } else { Side::Right },
        depth_m: dive.depth_m,
        stand_off_m: dive.stand_off_m,
        rov: rov(request, situation)?,
        begins_s: 0.0,
    };
    let plan = water::quay(&asked).map_err(|error| error.to_string())?;
    let stations: Vec<&Station> = plan.stations.iter().collect();
    let home_m = home_m(request, situation)?;
    let steps = steps(request, situation, &stations, home_m, &|from_m, to_m| along_wall(&asked, from_m, to_m));
    Ok((format!("{}; {CAMERA}", plan.reasons.join("; ")), vec![Way { steps, leaves_s: 0.0 }]))
}

/// A piece of the seabed.
pub(super) fn seabed(
    request: &Request,
    situation: &Situation,
    stop: &AtomicBool,
    told: Told<'_>,
) -> Result<(String, Vec<Way>), String> {
    let dive = &request.dive;
    let asked = SeabedRequest {
        area: Polygon { outer: drawn_m(request, situation), holes: Vec::new() },
        depth_m: dive.depth_m,
        above_m: dive.stand_off_m.min(dive.depth_m / 2.0),
        rov: rov(request, situation)?,
        acceleration_m_s2: ACCELERATION_M_S2,
        share: SHARE,
        begins_s: 0.0,
    };
    let mut clock = clock(request, stop, told);
    let plan = water::seabed(&asked, 1, &mut clock).map_err(|error| error.to_string())?;
    let stations: Vec<&Station> = plan.stations.iter().collect();
    let steps = steps(request, situation, &stations, home_m(request, situation)?, &|_, _| Vec::new());
    Ok((plan.reasons.join("; "), vec![Way { steps, leaves_s: 0.0 }]))
}

fn drawn_m(request: &Request, situation: &Situation) -> Vec<[f64; 2]> {
    request.places().iter().map(|at| situation.airspace.place_m(*at)).collect()
}

fn home_m(request: &Request, situation: &Situation) -> Result<[f64; 2], String> {
    let standing = situation.vehicles.get(&request.vehicles[0]).ok_or("there is no such vehicle")?;
    let start = standing.start.ok_or("where it is put into the water is not known")?;
    Ok(situation.airspace.place_m(start.position))
}

fn rov(request: &Request, situation: &Situation) -> Result<Rov, String> {
    let standing = situation.vehicles.get(&request.vehicles[0]).ok_or("there is no such vehicle")?;
    let performance = Performance::of(standing.kind).ok_or("it is of unknown kind")?;
    let battery = standing.start.map_or(0.0, |start| (start.battery - RESERVE).max(0.0));
    let dive = &request.dive;
    Ok(Rov {
        pace: Pace {
            airspeed_m_s: request.speed_m_s.unwrap_or(standing.cruise_m_s),
            climb_m_s: performance.climb_m_s,
            wind_m_s: dive.current_m_s(),
        },
        tether_m: dive.tether_m,
        slack: SLACK,
        strip_m: dive.strip_m,
        overlap: OVERLAP,
        // Whether one battery lasts for all dives is said by the pre-flight check.
        endurance_s: battery * performance.endurance_s,
        moves_s: dive.moves_s,
        depth_max_m: performance.depth_max_m,
    })
}

/// The hull that is meant: as drawn or typed, and of a vessel of the picture as its AIS says where nothing else does.
fn asked_hull(request: &Request, situation: &Situation) -> Result<(HullRequest, Vec<String>), String> {
    let dive = &request.dive;
    let vessel = match dive.vessel {
        Some(id) => Some(situation.vessels.get(&id).ok_or_else(|| format!("there is no vessel {id} in the picture"))?),
        None => None,
    };
    if let Some(moving) = vessel.filter(|vessel| !vessel.moored() && vessel.speed_m_s > STILL_M_S) {
        return Err(format!(
            "{} makes {:.1} m/s: a hull is inspected while it lies still",
            moving.name, moving.speed_m_s
        ));
    }
    let claim = vessel.and_then(|vessel| vessel.claim.as_ref());
    let lacks = |what: &str, how: &str| {
        format!("the hull's {what} is not known: {how}, or choose a vessel that says it by AIS")
    };
    let drawn = drawn_m(request, situation);
    let line = if let [stern, bow] = drawn[..] { Some((stern, bow)) } else { None };
    let drawn_to = line.map(|(stern, bow)| (bow[0] - stern[0]).atan2(bow[1] - stern[1]));
    let draw = "draw it from stern to bow, or type it";
    let length_m = dive.length_m.or(line.map(|(stern, bow)| apart_m(stern, bow)));
    let length_m =
        length_m.or(claim.and_then(|claim| claim.length_m).map(f64::from)).ok_or_else(|| lacks("length", draw))?;
    let heading = drawn_to.or(dive.heading_deg.map(f64::to_radians));
    let heading = heading.or(claim.and_then(|claim| claim.heading_deg).map(|deg| f64::from(deg).to_radians()));
    let beam_m = dive
        .beam_m
        .or(claim.and_then(|claim| claim.beam_m).map(f64::from))
        .ok_or_else(|| lacks("breadth", "type it"))?;
    let draught_m = dive.draught_m.or(claim.and_then(AisClaim::draught_m));
    let middle_m = match (line, drawn.first()) {
        (Some((stern, bow)), _) => Some([f64::midpoint(stern[0], bow[0]), f64::midpoint(stern[1], bow[1])]),
        (None, Some(at)) => Some(*at),
        (None, None) => vessel.map(|vessel| situation.airspace.place_m(vessel.at)),
    };
    let asked = HullRequest {
        middle_m: middle_m.ok_or("no hull was drawn, and no vessel chosen")?,
        heading: heading.ok_or_else(|| lacks("heading", draw))?,
        size_m: [length_m, beam_m, draught_m.ok_or_else(|| lacks("draught", "type it"))?],
        stand_off_m: dive.stand_off_m,
        controller_off_m: dive.controller_off_m.max(dive.stand_off_m),
        rov: rov(request, situation)?,
        begins_s: 0.0,
    };
    let mut words = Vec::new();
    if let Some(vessel) = vessel.filter(|_| line.is_none()) {
        words.push(format!(
            "{} as it says by AIS and as the picture has it, to {:.0} m: hold the way against the quay before the dive, or draw \
             the hull",
            vessel.name, vessel.sigma_m
        ));
    }
    Ok((asked, words))
}

/// Down from station after station, in this order, and back to where it was put in. `between` is the way on the surface
/// between two places, beyond the places themselves.
fn steps(
    request: &Request,
    situation: &Situation,
    stations: &[&Station],
    home_m: [f64; 2],
    between: &dyn Fn([f64; 2], [f64; 2]) -> Vec<[f64; 2]>,
) -> Vec<Step> {
    let spot = |at_m: [f64; 2], depth_m: f64| Spot {
        at: situation.airspace.lat_lon(at_m),
        altitude: Some(AltitudeNote::DepthM(depth_m)),
    };
    let mut steps = Vec::new();
    let mut here_m = home_m;
    for (number, station) in stations.iter().enumerate() {
        steps.extend(between(here_m, station.at_m).into_iter().map(|at_m| Step::To(spot(at_m, 0.0))));
        let surface = spot(station.at_m, 0.0);
        let waits_s = if number == 0 { 0.0 } else { request.dive.moves_s };
        steps.push(if waits_s > 0.0 { Step::Stay { at: surface, for_s: waits_s } } else { Step::To(surface) });
        for waypoint in station.dive.waypoints.iter().skip(1) {
            let step = Step::To(spot(waypoint.place_m, (0.0 - waypoint.height_m).max(0.0)));
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
        here_m = station.at_m;
    }
    steps.extend(between(here_m, home_m).into_iter().map(|at_m| Step::To(spot(at_m, 0.0))));
    steps
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The corners on the shortest way on the surface round a hull; none where the straight way is clear of it.
fn round_hull(hull: &HullRequest, from_m: [f64; 2], to_m: [f64; 2]) -> Vec<[f64; 2]> {
    let [length_m, beam_m, _] = hull.size_m;
    let half_m = [length_m / 2.0, beam_m / 2.0];
    let off_m = hull.controller_off_m + CLEAR_M;
    let (sin, cos) = hull.heading.sin_cos();
    // Forward of the middle, and to starboard.
    let aboard = |at: [f64; 2]| {
        let off = [at[0] - hull.middle_m[0], at[1] - hull.middle_m[1]];
        [off[0] * sin + off[1] * cos, off[0] * cos - off[1] * sin]
    };
    let corner = |n: usize| {
        let [fore, right] = [[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [-1.0, 1.0]][n % 4];
        let [along, out] = [fore * (half_m[0] + off_m), right * (half_m[1] + off_m)];
        [hull.middle_m[0] + along * sin + out * cos, hull.middle_m[1] + along * cos - out * sin]
    };
    // None, one, or two neighbours, either way round.
    let one = (0..4).map(|n| vec![corner(n)]);
    let two = (0..4).flat_map(|n| [vec![corner(n), corner(n + 1)], vec![corner(n + 1), corner(n)]]);
    let ways = std::iter::once(Vec::new()).chain(one).chain(two);
    let whole =
        |way: &Vec<[f64; 2]>| std::iter::once(from_m).chain(way.iter().copied()).chain([to_m]).collect::<Vec<_>>();
    let clear = |way: &Vec<[f64; 2]>| whole(way).windows(2).all(|leg| !crosses(half_m, aboard(leg[0]), aboard(leg[1])));
    let length_m = |way: &Vec<[f64; 2]>| whole(way).windows(2).map(|leg| apart_m(leg[0], leg[1])).sum::<f64>();
    ways.filter(clear).min_by(|a, b| length_m(a).total_cmp(&length_m(b))).unwrap_or_default()
}

/// Whether a straight way leads through a box around the origin (Liang & Barsky 1984).
fn crosses(half_m: [f64; 2], from: [f64; 2], to: [f64; 2]) -> bool {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let along = to[axis] - from[axis];
        let [low, high] = [-half_m[axis] - from[axis], half_m[axis] - from[axis]];
        if along.abs() < 1e-9 {
            if low > 0.0 || high < 0.0 {
                return false;
            }
            continue;
        }
        let ends = [low / along, high / along];
        enters = enters.max(ends[0].min(ends[1]));
        leaves = leaves.min(ends[0].max(ends[1]));
    }
    enters < leaves
}

/// The corners of a wall between two places at it, in the water.
fn along_wall(quay: &QuayRequest, from_m: [f64; 2], to_m: [f64; 2]) -> Vec<[f64; 2]> {
    let wall = &quay.wall_m;
    let (from, to) = (gone_m(wall, from_m), gone_m(wall, to_m));
    let sign = if quay.water == Side::Left { 1.0 } else { -1.0 };
    let unit = |a: [f64; 2], b: [f64; 2]| {
        let length_m = apart_m(a, b).max(1e-9);
        [(b[0] - a[0]) / length_m, (b[1] - a[1]) / length_m]
    };
    let mut gone = 0.0;
    let mut corners: Vec<[f64; 2]> = Vec::new();
    for three in wall.windows(3) {
        gone += apart_m(three[0], three[1]);
        if gone <= from.min(to) || gone >= from.max(to) {
            continue;
        }
        let (before, after) = (unit(three[0], three[1]), unit(three[1], three[2]));
        // Out along the bisector, as far as both walls are kept off.
        let out = [-sign * (before[1] + after[1]), sign * (before[0] + after[0])];
        let off = quay.stand_off_m * 2.0 / (out[0] * out[0] + out[1] * out[1]).max(0.2);
        corners.push([three[1][0] + out[0] * off, three[1][1] + out[1] * off]);
    }
    if from > to {
        corners.reverse();
    }
    corners
}

/// How far along a line the place on it is that is nearest to another.
fn gone_m(line: &[[f64; 2]], at_m: [f64; 2]) -> f64 {
    let (mut gone, mut best) = (0.0, (f64::INFINITY, 0.0));
    for leg in line.windows(2) {
        let length_m = apart_m(leg[0], leg[1]);
        let [x, y] = [0, 1].map(|axis: usize| leg[1][axis] - leg[0][axis]);
        let share = ((at_m[0] - leg[0][0]) * x + (at_m[1] - leg[0][1]) * y) / (length_m * length_m).max(1e-9);
        let share = share.clamp(0.0, 1.0);
        let off_m = apart_m(at_m, [leg[0][0] + share * x, leg[0][1] + share * y]);
        if off_m < best.0 {
            best = (off_m, gone + share * length_m);
        }
        gone += length_m;
    }
    best.1
}
