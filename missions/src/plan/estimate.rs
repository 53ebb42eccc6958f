//! How far and how long a plan goes, in calm air and calm water.

use telemetry::LatLon;

use super::way::Stop;
use super::{Leg, Start};
use crate::performance::Performance;
use crate::ring;

/// The length of a flight, from take-off to landing. Wind is not in it: the battery reserve is what covers wind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlightEstimate {
    /// The way over the ground, metres.
    pub distance_m: f64,
    /// The time, seconds. Of a plan that repeats without end: one more round, and the way home.
    pub duration_s: f64,
    /// The share of a full battery it takes.
    pub battery: f64,
    /// Whether the plan repeats until something ends the flight.
    pub endless: bool,
}

/// Adds up the way from stop to stop, rounds included, and the way home.
pub(super) fn estimate(legs: &[Leg], stops: &[Stop], start: &Start, performance: &Performance) -> FlightEstimate {
    let mut total = FlightEstimate::default();
    let take_off_m = stops.first().map_or(0.0, |stop| stop.amsl_m - start.altitude.metres);
    if performance.flies() {
        total.duration_s += take_off_m.max(0.0) / performance.climb_m_s;
    }
    let home =
        |amsl_m: f64| Stop { leg: legs.len(), at: start.position, amsl_m, radius_m: 0.0, hold_s: 0.0, speed_m_s: 0.0 };
    // What flies is above home by then; what dives begins at the surface.
    let mut at = home(start.altitude.metres + if performance.flies() { take_off_m } else { 0.0 });
    for (n, leg) in legs.iter().enumerate() {
        match leg {
            Leg::Repeat { from, times } => {
                total.endless |= times.is_none();
                let round: Vec<&Stop> =
                    stops.iter().filter(|stop| (usize::from(*from)..n).contains(&stop.leg)).collect();
                let mut rounds = FlightEstimate::default();
                for stop in round {
                    add(&mut rounds, &at, stop, performance);
                    at = *stop;
                }
                let times = f64::from(times.unwrap_or(1));
                total.distance_m += rounds.distance_m * times;
                total.duration_s += rounds.duration_s * times;
            }
            Leg::ReturnHome | Leg::Land { .. } => {}
            _ => {
                for stop in stops.iter().filter(|stop| stop.leg == n) {
                    add(&mut total, &at, stop, performance);
                    at = *stop;
                }
            }
        }
    }
    let end = match legs.last() {
        Some(Leg::Land { at: place }) => Stop { at: *place, ..home(at.amsl_m) },
        _ => home(if performance.flies() { at.amsl_m } else { start.altitude.metres }),
    };
    add(&mut total, &at, &end, performance);
    if performance.flies() {
        total.duration_s += (at.amsl_m - start.altitude.metres).max(0.0) / performance.descent_m_s;
    }
    total.battery = total.duration_s / performance.endurance_s;
    total
}

/// Adds the way to a stop and the time there. Climb and way go on at once; the slower of the two counts.
fn add(total: &mut FlightEstimate, from: &Stop, to: &Stop, performance: &Performance) {
    let speed_m_s = if to.speed_m_s > 0.0 { to.speed_m_s } else { performance.cruise_m_s };
    let way_m = distance_m(from.at, to.at);
    let rise_m = to.amsl_m - from.amsl_m;
    // A boat goes neither up nor down.
    let speeds = (performance.climb_m_s > 0.0).then_some((performance.climb_m_s, performance.descent_m_s));
    let vertical_s = speeds.map_or(0.0, |(up, down)| if rise_m > 0.0 { rise_m / up } else { -rise_m / down });
    total.distance_m += way_m;
    total.duration_s += (way_m / speed_m_s).max(vertical_s) + to.hold_s;
}

fn distance_m(from: LatLon, to: LatLon) -> f64 {
    ring::distance_m(from, to)
}
