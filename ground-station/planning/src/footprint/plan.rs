//! The choice of height, look and speed, and the flights.

use std::f64::consts::FRAC_PI_2;

use super::camera::{Footprint, Row, View};
use super::glare::glare;
use super::request::{Request, RequestError};
use super::seen;
use crate::clock::Clock;
use crate::coverage::{self, Problem, Turning};
use crate::flight::{Flight, Look, Pace, Stop, Waypoint};
use crate::plane::distance;
use sky::{Standing, sun};

/// How it is flown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// From where and how steep the camera looks.
    pub view: View,
    /// What it then sees.
    pub footprint: Footprint,
    /// The farthest row that is sharp enough: the strip is as wide as it.
    pub sharp: Row,
    /// How far strips are apart, m.
    pub swath_m: f64,
    /// The speed through the air, m/s.
    pub airspeed_m_s: f64,
    /// A picture is taken every so often, s.
    pub picture_every_s: f64,
    /// The share of a picture that glares, the mean over all headings, 0 to 1.
    pub glare: f64,
}

/// A search with a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How it is flown.
    pub choice: Choice,
    /// The lanes. They run beyond the target, so that pictures cover its edge: what is said to be seen there counts that
    /// too, and takes a disc for the picture.
    pub coverage: coverage::Plan,
    /// The share of the target that comes into some picture sharply enough, 0 to 1.
    pub seen: f64,
    /// Whether that is as much as is asked for, and nothing is flown outside.
    pub valid: bool,
    /// The same as flights.
    pub flights: Vec<Flight>,
    /// For each flight, the share of its pictures that the sun spoils.
    pub glare: Vec<f64>,
    /// Where the sun stands; none without light or below the horizon.
    pub sun: Option<Standing>,
    /// What decided, in words with numbers.
    pub reasons: Vec<String>,
}

/// Heights and looks that are tried between the least and the most.
const HEIGHTS: usize = 24;
const LOOKS: usize = 7;
/// Headings over which glare is averaged.
const HEADINGS: usize = 12;
/// Slower than this share of its speed nobody flies for the sake of sharpness.
const SLOWEST: f64 = 0.3;

/// Chooses height, look and speed alone, without a way.
///
/// # Errors
/// [`RequestError`] when nothing that is allowed is sharp enough.
pub fn settle(request: &Request) -> Result<Choice, RequestError> {
    request.check()?;
    choose(request, request.light.map(sun).filter(|sun| sun.elevation > 0.0))
}

/// Plans. `better` is told of every better set of lanes on the way.
///
/// # Errors
/// [`RequestError`] when the area cannot be searched like this.
pub fn plan(
    request: &Request,
    seed: u64,
    clock: &mut dyn Clock,
    better: &mut dyn FnMut(&coverage::Plan),
) -> Result<Plan, RequestError> {
    request.check()?;
    let sun = request.light.map(sun).filter(|sun| sun.elevation > 0.0);
    let choice = choose(request, sun)?;
    let mut problem = Problem {
        target: request.target.clone(),
        fly: request.fly.clone(),
        swath_m: choice.swath_m,
        share: request.share,
        homes_m: request.homes_m.clone(),
        airspeed_m_s: choice.airspeed_m_s,
        turning: request.turning,
        wind_m_s: request.pace.wind_m_s,
    };
    problem.check()?;
    problem.target = seen::enlarged(&request.target, &request.fly, &choice);
    let coverage = coverage::search(&problem, seed, clock, better)?;
    let flights: Vec<Flight> = coverage.routes.iter().filter_map(|route| flight(request, &choice, route)).collect();
    let spoilt = flights.iter().map(|flight| spoilt(request, &choice, flight, sun)).collect();
    let seen = seen::share(&request.target, &choice, &flights);
    let valid = seen >= request.share && coverage.outside_m < 1.0;
    let mut plan = Plan { choice, coverage, seen, valid, flights, glare: spoilt, sun, reasons: Vec::new() };
    plan.reasons = reasons(request, &plan);
    Ok(plan)
}

/// The height and the look with which most ground is seen in a second, what glares taken off.
fn choose(request: &Request, sun: Option<Standing>) -> Result<Choice, RequestError> {
    let mut best: Option<(f64, Choice)> = None;
    let step = |ends: [f64; 2], number: usize, count: usize| {
        ends[0] + (ends[1] - ends[0]) * number as f64 / (count - 1) as f64
    };
    // The lowest and the steepest first: of those alike they stay.
    for height in 0..HEIGHTS {
        for look in (0..LOOKS).rev() {
            let view = View {
                height_m: step(request.heights_m, height, HEIGHTS),
                down_rad: step(request.down_rad, look, LOOKS),
            };
            let Some(choice) = choice(request, view, sun) else { continue };
            let rate_m2_s = choice.swath_m * choice.airspeed_m_s * (1.0 - choice.glare);
            if best.is_none_or(|(most, _)| rate_m2_s > most * 1.001) {
                best = Some((rate_m2_s, choice));
            }
        }
    }
    best.map(|(_, choice)| choice).ok_or_else(|| {
        let lowest = View { height_m: request.heights_m[0], down_rad: request.down_rad[1] };
        let found_m = request.camera.row(lowest, 0.0).map_or(f64::INFINITY, |row| row.gsd_m);
        RequestError::NotSharp { height_m: lowest.height_m, found_m, allowed_m: request.gsd_max_m }
    })
}

fn choice(request: &Request, view: View, sun: Option<Standing>) -> Option<Choice> {
    let camera = &request.camera;
    let footprint = camera.footprint(view)?;
    let sharp = camera.sharp_row(view, request.gsd_max_m)?;
    let wind_m_s = distance([0.0; 2], request.pace.wind_m_s);
    let moves_m_s = request.blur_max_px * footprint.near.gsd_m / request.exposure_s.max(1e-9);
    let airspeed_m_s = request.pace.airspeed_m_s.min(moves_m_s - wind_m_s);
    // A wing needs its speed; what turns on the spot may go slower.
    let slowest = if matches!(request.turning, Turning::Arcs { .. }) { 1.0 } else { SLOWEST };
    if airspeed_m_s < slowest * request.pace.airspeed_m_s {
        return None;
    }
    let long_m = sharp.ahead_m - footprint.near.ahead_m;
    let headings = (0..HEADINGS).map(|number| std::f64::consts::TAU * number as f64 / HEADINGS as f64);
    let glares =
        |sun| headings.map(|to| glare(camera, view, to, sun, request.surface, wind_m_s)).sum::<f64>() / HEADINGS as f64;
    Some(Choice {
        view,
        footprint,
        sharp,
        swath_m: sharp.width_m * (1.0 - request.overlap[0]),
        airspeed_m_s,
        picture_every_s: long_m * (1.0 - request.overlap[1]) / (airspeed_m_s + wind_m_s),
        glare: sun.map_or(0.0, glares),
    })
}

/// What one vehicle flies.
fn flight(request: &Request, choice: &Choice, route: &coverage::Route) -> Option<Flight> {
    let look = if choice.view.down_rad >= FRAC_PI_2 - 1e-9 {
        Look::Down
    } else {
        Look::Fixed { right_rad: 0.0, up_rad: -choice.view.down_rad }
    };
    let height_m = choice.view.height_m;
    let pace = Pace { airspeed_m_s: choice.airspeed_m_s, ..request.pace };
    let home_m = *request.homes_m.get(route.vehicle)?;
    let mut stops = vec![Stop::new(home_m, 0.0, Look::Free)];
    // It climbs over home, so that no lane is flown too low.
    stops.extend(route.path_m.iter().map(|at_m| Stop::new(*at_m, height_m, look)));
    stops.push(Stop::new(home_m, 0.0, Look::Free));
    pace.flight(route.vehicle, request.begins_s, &stops)
}

/// The share of a flight's pictures that glare.
fn spoilt(request: &Request, choice: &Choice, flight: &Flight, sun: Option<Standing>) -> f64 {
    let Some(sun) = sun else { return 0.0 };
    let wind_m_s = distance([0.0; 2], request.pace.wind_m_s);
    let of = |pair: &[Waypoint]| {
        let [east, north] = [0, 1].map(|axis: usize| pair[1].place_m[axis] - pair[0].place_m[axis]);
        let share = glare(&request.camera, choice.view, east.atan2(north), sun, request.surface, wind_m_s);
        share * (pair[1].at_s - pair[0].at_s)
    };
    flight.waypoints.windows(2).map(of).sum::<f64>() / flight.lasts_s().max(1e-9)
}

fn reasons(request: &Request, plan: &Plan) -> Vec<String> {
    let Choice { view, sharp, swath_m, airspeed_m_s, picture_every_s, footprint, .. } = plan.choice;
    let mut reasons = vec![
        format!(
            "from {:.0} m with the camera {:.0} degrees down a pixel covers {:.3} m in the middle; {:.3} m are allowed",
            view.height_m,
            view.down_rad.to_degrees(),
            footprint.middle.gsd_m,
            request.gsd_max_m
        ),
        format!(
            "{:.0} m are seen sharply at once: lanes {swath_m:.0} m apart, a picture every {picture_every_s:.1} s",
            sharp.width_m
        ),
        format!(
            "{:.2} % of the area is seen; the last is home after {:.0} s",
            100.0 * plan.seen,
            plan.flights.iter().map(Flight::lasts_s).fold(0.0, f64::max)
        ),
    ];
    if airspeed_m_s < request.pace.airspeed_m_s - 1e-9 {
        reasons.push(format!("{airspeed_m_s:.1} m/s, not {:.1}: else pictures blur", request.pace.airspeed_m_s));
    }
    if let Some(sun) = plan.sun {
        let worst = plan.glare.iter().copied().fold(0.0, f64::max);
        reasons.push(format!(
            "the sun stands {:.0} degrees high in {:.0}; it spoils {:.0} % of the pictures of the flight it spoils most",
            sun.elevation.to_degrees(),
            sun.azimuth.to_degrees(),
            100.0 * worst
        ));
    }
    if !plan.valid {
        reasons.push("NOT as asked: too little is seen, or a lane leads outside".to_owned());
    }
    reasons
}
