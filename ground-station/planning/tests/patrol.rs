//! Patrols checked flight by flight with nothing of the planner's: speed, battery, turnaround, sites, night; and what a
//! watcher of ten nights gains.

use planning::clock::Looks;
use planning::limits::LimitError;
use planning::patrol::{Cell, Crossing, Drone, Manner, Problem, ProblemError, Schedule, plan};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A bent line with heavy stretches, two sites, four drones, eight hours.
fn border(cells: usize) -> Problem {
    let cells = (0..cells)
        .map(|n| Cell {
            at_m: [480.0 * n as f64, 1_500.0 * (n as f64 / 6.0).sin()],
            weight: [1.0, 1.0, 1.0, 2.0, 3.0, 2.0, 1.0][n / 3 % 7],
        })
        .collect::<Vec<_>>();
    let last = cells[cells.len() - 1].at_m;
    Problem {
        sensor_radius_m: 300.0,
        sites_m: vec![[last[0] * 0.25, -800.0], [last[0] * 0.75, 900.0]],
        drones: (0..4)
            .map(|n| Drone { site: n % 2, speed_m_s: 15.0, endurance_s: 2_700.0, reserve: 0.2, turnaround_s: 420.0 })
            .collect(),
        horizon_s: 28_800.0,
        crossing: Crossing { exposed_s: 600.0, every_s: 600.0, margin_s: 2_400.0 },
        cells,
    }
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Everything a flight must keep to.
fn check(problem: &Problem, night: &Schedule) {
    for (number, drone) in problem.drones.iter().enumerate() {
        let (mut stands_at, mut ready_s) = (drone.site, 0.0);
        for flight in night.flights.iter().filter(|flight| flight.drone == number) {
            let [from, to] = flight.sites;
            assert_eq!(from, stands_at, "drone {number} takes off where it has not landed");
            let (first, last) = (flight.track[0], flight.track[flight.track.len() - 1]);
            assert!(first.at_s >= ready_s - 1e-6, "drone {number} takes off at {} s, ready at {ready_s} s", first.at_s);
            assert!(last.at_s <= problem.horizon_s + 1e-6, "drone {number} lands at {} s", last.at_s);
            let most_s = drone.endurance_s * (1.0 - drone.reserve);
            assert!(last.at_s - first.at_s <= most_s + 1e-6, "drone {number} is up {} s", last.at_s - first.at_s);
            assert!(apart_m(first.at_m, problem.sites_m[from]) < 1e-6);
            assert!(apart_m(last.at_m, problem.sites_m[to]) < 1e-6);
            for leg in flight.track.windows(2) {
                let (far_m, time_s) = (apart_m(leg[0].at_m, leg[1].at_m), leg[1].at_s - leg[0].at_s);
                assert!(far_m <= drone.speed_m_s * time_s + 1e-3, "drone {number}: {far_m} m in {time_s} s");
            }
            (stands_at, ready_s) = (to, last.at_s + drone.turnaround_s);
        }
    }
}

/// When each cell is visited: at the nearest point of every leg that comes within the sensor's radius.
fn visits(problem: &Problem, night: &Schedule) -> Vec<Vec<f64>> {
    let mut visits = vec![Vec::new(); problem.cells.len()];
    for leg in night.flights.iter().flat_map(|flight| flight.track.windows(2)) {
        let (from, to) = (leg[0].at_m, leg[1].at_m);
        let by = [to[0] - from[0], to[1] - from[1]];
        let length = (by[0] * by[0] + by[1] * by[1]).max(1e-12);
        for (cell, times) in problem.cells.iter().zip(&mut visits) {
            let along = (cell.at_m[0] - from[0]) * by[0] + (cell.at_m[1] - from[1]) * by[1];
            let share = (along / length).clamp(0.0, 1.0);
            let near = [from[0] + share * by[0], from[1] + share * by[1]];
            if apart_m(cell.at_m, near) <= problem.sensor_radius_m {
                times.push(leg[0].at_s + share * (leg[1].at_s - leg[0].at_s));
            }
        }
    }
    for times in &mut visits {
        times.sort_by(f64::total_cmp);
    }
    visits
}

/// The longest weighted gap of the night, its begin and its end counted as visits.
fn idleness_s(problem: &Problem, night: &Schedule) -> f64 {
    let mut longest_s = 0.0_f64;
    for (cell, times) in problem.cells.iter().zip(visits(problem, night)) {
        let ends = std::iter::once(0.0).chain(times.iter().copied());
        let nexts = times.iter().copied().chain([problem.horizon_s]);
        longest_s = ends.zip(nexts).map(|(from_s, to_s)| cell.weight * (to_s - from_s)).fold(longest_s, f64::max);
    }
    longest_s
}

fn planned(problem: &Problem, manner: Manner, seed: u64, looks: u32) -> Vec<Schedule> {
    let nights = plan(problem, manner, seed, &mut Looks::new(looks), &mut |_| {}).expect("it can be planned");
    for night in &nights {
        check(problem, night);
    }
    nights
}

#[test]
fn a_fixed_night_can_be_flown_and_its_idleness_is_what_it_says() {
    let problem = border(40);
    let night = &planned(&problem, Manner::Fixed, 1, 400)[0];
    let found_s = idleness_s(&problem, night);
    // The checker sees more visits: a leg also sees the cells beside it.
    assert!(found_s <= night.idleness_s + 1e-6, "{found_s} s, said are {} s", night.idleness_s);
    assert!(found_s > 0.8 * night.idleness_s, "{found_s} s, said are {} s", night.idleness_s);
    assert!(visits(&problem, night).iter().all(|times| !times.is_empty()));
}

#[test]
fn more_search_makes_idleness_shorter() {
    let problem = border(40);
    let [little, more] = [1, 3_000].map(|looks| planned(&problem, Manner::Fixed, 1, looks)[0].idleness_s);
    assert!(more < 0.95 * little, "{little} s, then {more} s");
}

#[test]
fn who_has_watched_ten_nights_is_seen_nearly_as_often_as_who_has_watched_none() {
    let problem = border(40);
    let fixed_s = idleness_s(&problem, &planned(&problem, Manner::Fixed, 1, 400)[0]);
    let nights = planned(&problem, Manner::Unpredictable { nights: 11 }, 1, 3_000);
    let longest_s: Vec<f64> = nights.iter().map(|night| idleness_s(&problem, night)).collect();
    let mean_s = longest_s.iter().sum::<f64>() / 11.0;
    assert!(mean_s <= 2.0 * fixed_s, "idleness {mean_s} s, fixed {fixed_s} s");
    let visits: Vec<_> = nights.iter().map(|night| visits(&problem, night)).collect();
    assert!(visits.iter().flatten().all(|times| !times.is_empty()), "a cell is not visited in a night");

    let moments: Vec<f64> = (0..).map(|n| 2_400.0 + 600.0 * f64::from(n)).take_while(|m| *m < 25_800.0).collect();
    let seen = |night: usize, cell: usize, moment_s: f64| {
        visits[night][cell].iter().any(|at_s| (moment_s..=moment_s + 600.0).contains(at_s))
    };
    // The watcher takes what is worth most by ten nights, and meets the eleventh; the blind one any heavy cell.
    let (mut caught, mut lost, mut blind, mut heavy) = (0.0, 0.0, 0.0, 0.0);
    for tonight in 0..11 {
        let mut best = (-1.0, 0, 0.0);
        for (cell, at) in problem.cells.iter().enumerate() {
            for moment_s in &moments {
                let known = (0..11).filter(|night| *night != tonight && seen(*night, cell, *moment_s)).count();
                let worth = at.weight * (1.0 - known as f64 / 10.0);
                if worth > best.0 {
                    best = (worth, cell, *moment_s);
                }
                if at.weight == 3.0 {
                    heavy += 1.0;
                    blind += f64::from(seen(tonight, cell, *moment_s));
                }
            }
        }
        let is_seen = f64::from(seen(tonight, best.1, best.2));
        caught += is_seen / 11.0;
        lost += problem.cells[best.1].weight * (1.0 - is_seen) / 11.0;
    }
    let blind = blind / heavy;
    // Eleven nights are few: a night more or less is a tenth.
    assert!(caught >= 0.7 * blind, "seen {caught:.2}, blind {blind:.2}");
    assert!(lost <= 1.3, "loss {lost:.2}");
}

#[test]
fn the_same_seed_gives_the_same_nights_and_another_seed_others() {
    let problem = border(20);
    let manner = Manner::Unpredictable { nights: 2 };
    let [one, again, other] = [1, 1, 2].map(|seed| planned(&problem, manner, seed, 60));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_ne!(one[0], one[1]);
}

#[test]
fn a_drone_that_cannot_reach_the_line_stays_on_the_ground() {
    let mut problem = border(20);
    problem.sites_m[0] = [0.0, -60_000.0];
    let night = &planned(&problem, Manner::Fixed, 1, 100)[0];
    let flying: BTreeSet<usize> = night.flights.iter().map(|flight| flight.drone).collect();
    assert_eq!(flying, BTreeSet::from([1, 3]));
}

#[test]
fn what_cannot_be_planned_is_named() {
    let error = |change: fn(&mut Problem), manner: Manner| {
        let mut problem = border(10);
        change(&mut problem);
        plan(&problem, manner, 1, &mut Looks::new(5), &mut |_| {}).unwrap_err()
    };
    let far = error(|problem| problem.drones[2].site = 9, Manner::Fixed);
    assert_eq!(far.to_string(), "drone 2 stands at site 9, there are 2, counted from 0");
    let none = error(|problem| problem.cells.clear(), Manner::Fixed);
    assert_eq!(none.to_string(), "0 cells: allowed are 1 to 5000");
    let slow = error(|problem| problem.drones[1].speed_m_s = 0.0, Manner::Fixed);
    assert!(matches!(slow, ProblemError::Limit(LimitError::Number { what: "drone", number: 1, field: "speed", .. })));
    let no_night = error(|_| {}, Manner::Unpredictable { nights: 0 });
    assert_eq!(no_night.to_string(), "0 nights: allowed are 1 to 100");
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => 0.0..5_000.0_f64,
        1 => prop_oneof![Just(0.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY), Just(1e7), Just(1e-9)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_patrol_can_be_flown_or_is_refused(
        cells in prop::collection::vec((number(), number(), prop_oneof![0.0..3.0_f64, number()]), 0..12),
        sites in prop::collection::vec((number(), number()), 0..3),
        drones in prop::collection::vec((0_usize..3, 1.0..40.0_f64, number(), 0.0..0.6_f64, number()), 0..4),
        (sensor_radius_m, horizon_s, exposed_s, every_s) in (number(), 100.0..20_000.0_f64, number(), number()),
        nights in prop::option::of(0_usize..4),
        seed in any::<u64>(),
    ) {
        let problem = Problem {
            cells: cells.into_iter().map(|(east, north, weight)| Cell { at_m: [east, north], weight }).collect(),
            sensor_radius_m,
            sites_m: sites.iter().map(|(east, north)| [*east, *north]).collect(),
            drones: drones
                .into_iter()
                .map(|(site, speed_m_s, endurance_s, reserve, turnaround_s)| Drone {
                    site: site.min(sites.len().saturating_sub(1)),
                    speed_m_s,
                    endurance_s,
                    reserve,
                    turnaround_s,
                })
                .collect(),
            horizon_s,
            crossing: Crossing { exposed_s, every_s, margin_s: 300.0 },
        };
        let manner = nights.map_or(Manner::Fixed, |nights| Manner::Unpredictable { nights });
        if let Ok(nights) = plan(&problem, manner, seed, &mut Looks::new(12), &mut |_| {}) {
            for night in &nights {
                check(&problem, night);
            }
        }
    }
}
