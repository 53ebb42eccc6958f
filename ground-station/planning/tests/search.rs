//! Searches: what is promised is found again by strewing objects, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::flight::{Flight, Pace};
use planning::search::{Datum, Pattern, Plan, Request, RequestError, Searcher, plan};
use proptest::prelude::*;

fn searcher(home_m: [f64; 2]) -> Searcher {
    Searcher {
        home_m,
        pace: Pace { airspeed_m_s: 18.0, climb_m_s: 3.0, wind_m_s: [4.0, 2.0] },
        endurance_s: 2400.0,
        sweep_width_m: 120.0,
        height_m: 80.0,
    }
}

fn request(searchers: usize) -> Request {
    Request {
        datum: Datum { at_s: 0.0, at_m: [2000.0, 1000.0], sd_m: 250.0, drift_m_s: [0.5, -0.3], drift_sd_m_s: 0.15 },
        searchers: (0..searchers).map(|number| searcher([300.0 * number as f64, 0.0])).collect(),
        begins_s: 600.0,
        pattern: None,
        wanted: 0.9,
    }
}

/// Two standard normal draws from sequences without rows (Halton's), by Box and Muller (1958).
fn normals(number: u32, bases: [u32; 2]) -> [f64; 2] {
    let [radius, angle] = bases.map(|base| {
        let (mut left, mut uniform, mut digit) = (number, 0.0, 1.0);
        while left > 0 {
            digit /= f64::from(base);
            uniform += digit * f64::from(left % base);
            left /= base;
        }
        uniform
    });
    let radius = (-2.0 * (1.0 - radius).ln()).sqrt();
    [radius * (std::f64::consts::TAU * angle).cos(), radius * (std::f64::consts::TAU * angle).sin()]
}

fn at(flight: &Flight, then_s: f64) -> Option<[f64; 2]> {
    flight.waypoints.windows(2).find(|pair| pair[0].at_s <= then_s && then_s <= pair[1].at_s).map(|pair| {
        let share = (then_s - pair[0].at_s) / (pair[1].at_s - pair[0].at_s).max(1e-9);
        [0, 1].map(|axis: usize| pair[0].place_m[axis] + share * (pair[1].place_m[axis] - pair[0].place_m[axis]))
    })
}

/// The share of strewn and drifting objects that some searcher passes within half the sweep width.
fn found(request: &Request, plan: &Plan) -> f64 {
    let datum = &request.datum;
    let objects = 600;
    let hits = (1..=objects).filter(|number| {
        let (place, drift) = (normals(*number, [2, 3]), normals(*number, [5, 7]));
        plan.flights.iter().any(|flight| {
            let half_m = request.searchers[flight.vehicle].sweep_width_m / 2.0;
            let (first, last) = (flight.waypoints[1].at_s, flight.waypoints[flight.waypoints.len() - 2].at_s);
            let mut then_s = first;
            while then_s <= last {
                let object = [0, 1].map(|axis: usize| {
                    datum.at_m[axis]
                        + datum.sd_m * place[axis]
                        + (datum.drift_m_s[axis] + datum.drift_sd_m_s * drift[axis]) * (then_s - datum.at_s)
                });
                let here = at(flight, then_s).unwrap();
                if (here[0] - object[0]).hypot(here[1] - object[1]) <= half_m {
                    return true;
                }
                then_s += 1.5;
            }
            false
        })
    });
    hits.count() as f64 / f64::from(objects)
}

/// Everybody leaves home, is back in time, and flies no leg faster through the air than it can.
fn check(request: &Request, plan: &Plan) -> Result<(), String> {
    for flight in &plan.flights {
        let searcher = &request.searchers[flight.vehicle];
        let (first, last) = (flight.waypoints[0], flight.waypoints[flight.waypoints.len() - 1]);
        if first.place_m != searcher.home_m || last.place_m != searcher.home_m {
            return Err(format!("{first:?} to {last:?} is not from home to home"));
        }
        if flight.lasts_s() > searcher.endurance_s + 1e-3 {
            return Err(format!("{} s out of {}", flight.lasts_s(), searcher.endurance_s));
        }
        for pair in flight.waypoints.windows(2) {
            let takes_s = pair[1].at_s - pair[0].at_s;
            let through_m = [0, 1].map(|axis: usize| {
                pair[1].place_m[axis] - pair[0].place_m[axis] - searcher.pace.wind_m_s[axis] * takes_s
            });
            if through_m[0].hypot(through_m[1]) > searcher.pace.airspeed_m_s * takes_s + 1e-3 {
                return Err(format!("too fast: {pair:?}"));
            }
        }
    }
    let chances = [plan.containment, plan.detection, plan.success];
    if !chances.iter().all(|chance| (0.0..=1.0).contains(chance)) {
        return Err(format!("no chances: {chances:?}"));
    }
    Ok(())
}

#[test]
fn strewn_objects_are_found_at_least_as_often_as_promised() {
    for (searchers, pattern) in [
        (1, None),
        (1, Some(Pattern::ExpandingSquare)),
        (1, Some(Pattern::Sector)),
        (3, Some(Pattern::ParallelTrack)),
        (2, Some(Pattern::CreepingLine)),
    ] {
        let request = Request { pattern, ..request(searchers) };
        let plan = plan(&request).unwrap();
        check(&request, &plan).unwrap();
        let found = found(&request, &plan);
        assert!(found > plan.success - 0.06, "{:?}: {found} found, {} promised", plan.pattern, plan.success);
        assert!(found < plan.success + 0.35, "{:?}: {found} found, {} promised", plan.pattern, plan.success);
    }
}

#[test]
fn more_searchers_find_more_and_less_is_lacking() {
    let plans = [1, 2, 4].map(|searchers| plan(&request(searchers)).unwrap());
    for pair in plans.windows(2) {
        assert!(pair[1].success > pair[0].success + 0.03, "{} after {}", pair[1].success, pair[0].success);
        assert!(pair[1].lacks_s.unwrap_or(0.0) <= pair[0].lacks_s.unwrap_or(0.0));
    }
    assert!(plans[0].lacks_s.is_some_and(|lacks_s| lacks_s > 60.0), "{:?}", plans[0].reasons);
}

#[test]
fn the_pattern_suits_how_well_the_place_is_known() {
    let pattern = |sd_m| {
        plan(&Request { datum: Datum { sd_m, drift_sd_m_s: 0.0, ..request(1).datum }, ..request(1) }).unwrap().pattern
    };
    assert_eq!(pattern(40.0), Pattern::Sector);
    assert_eq!(pattern(200.0), Pattern::ExpandingSquare);
    assert_eq!(pattern(2000.0), Pattern::ParallelTrack);
    assert_eq!(plan(&request(3)).unwrap().pattern, Pattern::ParallelTrack);
}

#[test]
fn who_does_not_get_there_is_said() {
    let mut far = request(1);
    far.datum.at_m = [60_000.0, 0.0];
    assert!(matches!(plan(&far), Err(RequestError::OutOfReach { nearest_s }) if nearest_s > 2000.0));
    let mut one = request(2);
    one.searchers[1].home_m = [90_000.0, 0.0];
    let told = plan(&one).unwrap().reasons.join("; ");
    assert!(told.contains("1 searchers do not get there"), "{told}");
    let mut nan = request(1);
    nan.searchers[0].sweep_width_m = f64::NAN;
    assert_eq!(plan(&nan).unwrap_err().to_string(), "searcher 0: sweep width is NaN, allowed is 0.5 to 100000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_search_can_be_flown(
        place in [-8e3..8e3, -8e3..8e3],
        sd_m in 1.0..3e3,
        drift in [-3.0..3.0, -3.0..3.0],
        wind in [-14.0..14.0, -14.0..14.0],
        widths in prop::collection::vec(1.0..800.0, 1..5),
        kind in 0_usize..5,
        waits_s in 0.0..20_000.0,
    ) {
        let patterns = [None, Some(Pattern::Sector), Some(Pattern::ExpandingSquare), Some(Pattern::ParallelTrack), Some(Pattern::CreepingLine)];
        let mut request = Request { pattern: patterns[kind], ..request(widths.len()) };
        request.datum = Datum { at_m: place, sd_m, drift_m_s: drift, ..request.datum };
        request.begins_s = waits_s;
        for (searcher, width) in request.searchers.iter_mut().zip(widths) {
            searcher.sweep_width_m = width;
            searcher.pace.wind_m_s = wind;
        }
        if let Ok(plan) = plan(&request)
            && let Err(wrong) = check(&request, &plan)
        {
            prop_assert!(false, "{wrong}");
        }
    }
}
