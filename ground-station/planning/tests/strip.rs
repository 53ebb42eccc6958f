//! Ways along lines and round sites: every place of them is found again by measuring, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::flight::{Flight, Pace};
use planning::strip::{
    CoastlineRequest, CorridorRequest, Fleet, PerimeterRequest, Plan, Side, StripError, coastline, corridor, perimeter,
};
use proptest::prelude::*;

fn fleet(homes_m: Vec<[f64; 2]>) -> Fleet {
    Fleet {
        homes_m,
        pace: Pace { airspeed_m_s: 15.0, climb_m_s: 3.0, wind_m_s: [4.0, -2.0] },
        endurance_s: 1500.0,
        turnaround_s: 180.0,
        height_m: 60.0,
        begins_s: 50.0,
    }
}

fn apart_m(at: [f64; 2], line: &[[f64; 2]]) -> f64 {
    line.windows(2)
        .map(|leg| {
            let way = [leg[1][0] - leg[0][0], leg[1][1] - leg[0][1]];
            let squared = (way[0] * way[0] + way[1] * way[1]).max(1e-12);
            let share = ((at[0] - leg[0][0]) * way[0] + (at[1] - leg[0][1]) * way[1]) / squared;
            let share = share.clamp(0.0, 1.0);
            (at[0] - leg[0][0] - share * way[0]).hypot(at[1] - leg[0][1] - share * way[1])
        })
        .fold(f64::INFINITY, f64::min)
}

/// Places along a way, every ten metres.
fn along(way: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let step = |leg: &[[f64; 2]]| {
        let [a, b] = [leg[0], leg[1]];
        let steps = ((b[0] - a[0]).hypot(b[1] - a[1]) / 10.0).ceil().max(1.0) as usize;
        (0..=steps).map(move |n| [0, 1].map(|axis: usize| a[axis] + n as f64 / steps as f64 * (b[axis] - a[axis])))
    };
    way.windows(2).flat_map(step).collect()
}

fn path(flight: &Flight) -> Vec<[f64; 2]> {
    flight.waypoints.iter().map(|at| at.place_m).collect()
}

/// Every sortie is from home to home in time, and no faster through the air than it can; one after the other.
fn check(fleet: &Fleet, plan: &Plan) -> Result<(), String> {
    let mut landed = vec![f64::NEG_INFINITY; fleet.homes_m.len()];
    for flight in &plan.flights {
        let (first, last) = (flight.waypoints[0], flight.waypoints[flight.waypoints.len() - 1]);
        let home_m = fleet.homes_m[flight.vehicle];
        if first.place_m != home_m || last.place_m != home_m || first.height_m != 0.0 || last.height_m != 0.0 {
            return Err(format!("{first:?} to {last:?} is not from home to home"));
        }
        if flight.lasts_s() > fleet.endurance_s + 1e-3
            || first.at_s < landed[flight.vehicle] + fleet.turnaround_s - 1e-3
        {
            return Err(format!("lasts {} s, begins at {}", flight.lasts_s(), first.at_s));
        }
        landed[flight.vehicle] = last.at_s;
        for pair in flight.waypoints.windows(2) {
            let takes_s = pair[1].at_s - pair[0].at_s;
            let air = [0, 1].map(|a: usize| pair[1].place_m[a] - pair[0].place_m[a] - fleet.pace.wind_m_s[a] * takes_s);
            let climbs = (pair[1].height_m - pair[0].height_m).abs() > fleet.pace.climb_m_s * takes_s + 1e-3;
            if pair[0].place_m != pair[1].place_m && air[0].hypot(air[1]) > 15.0 * takes_s + 1e-3 || climbs {
                return Err(format!("too fast: {pair:?}"));
            }
        }
    }
    // The sorties of all together follow every way.
    let flown: Vec<Vec<[f64; 2]>> = plan.flights.iter().map(path).collect();
    for at in plan.ways_m.iter().flat_map(|way| along(way)) {
        if !flown.iter().any(|path| apart_m(at, path) < 0.1) {
            return Err(format!("{at:?} is not flown"));
        }
    }
    Ok(())
}

#[test]
fn a_strip_is_seen_whole_by_several_drones_in_several_sorties() {
    let request = CorridorRequest {
        line_m: vec![[0.0, 0.0], [3000.0, 500.0], [5000.0, 2500.0], [9000.0, 2500.0]],
        width_m: 400.0,
        swath_m: 120.0,
        passes: 2,
        fleet: fleet(vec![[1500.0, -300.0], [6000.0, 2000.0]]),
    };
    let plan = corridor(&request).unwrap();
    check(&request.fleet, &plan).unwrap();
    assert!(plan.followed > 0.995 && plan.flights.len() > 4, "{} {:?}", plan.followed, plan.reasons);
    assert!(plan.revisit_s.is_some_and(|revisit_s| revisit_s > 600.0));
}

#[test]
fn a_line_alone_is_a_strip_without_a_width() {
    let request = CorridorRequest {
        line_m: vec![[0.0, 0.0], [0.0, 2000.0]],
        width_m: 0.0,
        swath_m: 50.0,
        passes: 1,
        fleet: fleet(vec![[100.0, 1900.0]]),
    };
    let plan = corridor(&request).unwrap();
    check(&request.fleet, &plan).unwrap();
    // It begins at the end that is nearer.
    assert_eq!(plan.ways_m[0], [[0.0, 2000.0], [0.0, 0.0]]);
}

#[test]
fn a_way_round_a_site_keeps_its_distance_and_drones_share_it() {
    let ring = vec![[0.0, 0.0], [800.0, 0.0], [800.0, 600.0], [400.0, 200.0], [0.0, 600.0]];
    let request = PerimeterRequest {
        site_m: vec![ring.clone()],
        apart_m: 120.0,
        site_on: Side::Left,
        laps: 3,
        fleet: fleet(vec![[-300.0, 0.0], [-300.0, 50.0]]),
    };
    let plan = perimeter(&request).unwrap();
    check(&request.fleet, &plan).unwrap();
    let mut closed = ring.clone();
    closed.push(ring[0]);
    for at in along(&plan.ways_m[0]) {
        assert!(apart_m(at, &closed) > 0.98 * 120.0, "{at:?}");
    }
    let begins = [0, 1].map(|vehicle: usize| plan.ways_m[vehicle][0]);
    assert!((begins[0][0] - begins[1][0]).hypot(begins[0][1] - begins[1][1]) > 500.0, "{begins:?}");
    assert!(plan.revisit_s.is_some());
}

#[test]
fn a_narrow_bay_is_passed_by_and_said() {
    // A bay 100 m wide and 1000 m deep, seen from 150 m off.
    let coast_m = vec![[0.0, 0.0], [1000.0, 0.0], [1000.0, -1000.0], [1100.0, -1000.0], [1100.0, 0.0], [3000.0, 0.0]];
    let request = CoastlineRequest {
        coast_m,
        side: Side::Left,
        islands_m: Vec::new(),
        apart_m: 150.0,
        fleet: fleet(vec![[0.0, -200.0]]),
    };
    let plan = coastline(&request).unwrap();
    check(&request.fleet, &plan).unwrap();
    assert!(plan.ways_m[0].iter().all(|at| at[1] > 140.0 - 10.0), "{:?}", plan.ways_m);
    assert!(plan.followed < 0.7 && plan.reasons[1].contains("bays"), "{} {:?}", plan.followed, plan.reasons);
}

#[test]
fn a_coast_that_begins_in_a_narrow_bay_is_followed_from_its_beginning_and_from_the_sea() {
    // Into the bay, out to a spit 500 m long, and on along a straight shore; nothing beside the beginning is 300 m off the spit.
    let coast_m = vec![[0.0, 0.0], [150.0, -500.0], [300.0, 500.0], [450.0, 0.0], [2000.0, 0.0]];
    let request = CoastlineRequest {
        coast_m,
        side: Side::Left,
        islands_m: Vec::new(),
        apart_m: 300.0,
        fleet: fleet(vec![[0.0, 600.0]]),
    };
    let plan = coastline(&request).unwrap();
    check(&request.fleet, &plan).unwrap();
    let way_m = &plan.ways_m[0];
    assert!(way_m[0][0] < 100.0 && way_m.iter().all(|at| at[1] > 250.0), "{way_m:?}");
}

#[test]
fn what_cannot_be_flown_says_by_how_much() {
    let line = CorridorRequest {
        line_m: vec![[0.0, 0.0], [30_000.0, 0.0]],
        width_m: 0.0,
        swath_m: 50.0,
        passes: 1,
        fleet: fleet(vec![[0.0, 0.0]]),
    };
    let told = corridor(&line).unwrap_err();
    assert!(matches!(told, StripError::Endurance { vehicle: 0, needs_s, .. } if needs_s > 1500.0), "{told}");
    let mut gale = line.clone();
    gale.fleet.pace.wind_m_s = [20.0, 0.0];
    assert!(matches!(corridor(&gale), Err(StripError::Wind { vehicle: 0, .. })));
    let mut point = line;
    point.line_m = vec![[1.0, 1.0]; 5];
    assert_eq!(corridor(&point).unwrap_err().to_string(), "line: there is no way at 0 m from it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn along_any_coast_it_keeps_off_the_coast_and_its_islands_on_the_side_of_the_sea(
        heights in prop::collection::vec(-600.0..600.0_f64, 4..30),
        islands in prop::collection::vec((0.0..4000.0_f64, 700.0..1500.0_f64, 20.0..200.0_f64), 0..4),
        apart in 30.0..400.0_f64,
    ) {
        // A coast with the sea to the north: a row of heights, so that which side a place is on is plain to see.
        let coast_m: Vec<[f64; 2]> = heights.iter().enumerate().map(|(n, height)| [n as f64 * 150.0, *height]).collect();
        let islands_m: Vec<Vec<[f64; 2]>> = islands.iter().map(|(east, north, size)| {
            vec![[*east, *north], [east + size, *north], [east + size, north + size], [*east, north + size]]
        }).collect();
        let mut request = CoastlineRequest {
            coast_m: coast_m.clone(), side: Side::Left, islands_m: islands_m.clone(), apart_m: apart,
            fleet: fleet(vec![[1000.0, -1000.0]]),
        };
        request.fleet.endurance_s = 1e5;
        let plan = coastline(&request).unwrap();
        prop_assert!(check(&request.fleet, &plan).is_ok());
        for at in along(&plan.ways_m[0]) {
            prop_assert!(apart_m(at, &coast_m) > 0.97 * apart, "{at:?} is {} m off", apart_m(at, &coast_m));
            for island in &islands_m {
                let mut ring = island.clone();
                ring.push(ring[0]);
                prop_assert!(apart_m(at, &ring) > 0.97 * apart);
            }
            let under = coast_m.windows(2).find(|leg| leg[0][0] <= at[0] && at[0] <= leg[1][0]);
            if let Some(leg) = under {
                let share = (at[0] - leg[0][0]) / 150.0;
                prop_assert!(at[1] > leg[0][1] + share * (leg[1][1] - leg[0][1]), "{at:?} is on land");
            }
        }
    }

    #[test]
    fn whatever_lines_are_given_it_answers_or_refuses(
        places in prop::collection::vec(
            (prop_oneof![Just(f64::NAN), Just(0.0), -5e3..5e3_f64, Just(1e7)], -5e3..5e3_f64).prop_map(|(a, b)| [a, b]),
            0..12,
        ),
        apart in prop_oneof![Just(0.0), Just(f64::NAN), 1.0..1e5_f64],
        right in any::<bool>(),
    ) {
        let side = if right { Side::Right } else { Side::Left };
        let fleet = fleet(vec![[0.0, 0.0], [50.0, 0.0]]);
        let _ = corridor(&CorridorRequest {
            line_m: places.clone(), width_m: apart, swath_m: 40.0, passes: 1, fleet: fleet.clone(),
        });
        let _ = coastline(&CoastlineRequest {
            coast_m: places.clone(), side, islands_m: vec![places.clone()], apart_m: apart, fleet: fleet.clone(),
        });
        let _ = perimeter(&PerimeterRequest { site_m: vec![places], apart_m: apart, site_on: side, laps: 2, fleet });
    }
}
