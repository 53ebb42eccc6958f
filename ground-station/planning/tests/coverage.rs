//! Areas searched: what a plan says of itself is found again by other means, and nothing given makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::clock::Looks;
use planning::coverage::{Leg, Plan, Polygon, Problem, ProblemError, Turning, search};
use proptest::prelude::*;

fn rectangle(width_m: f64, height_m: f64) -> Vec<[f64; 2]> {
    vec![[0.0, 0.0], [width_m, 0.0], [width_m, height_m], [0.0, height_m]]
}

/// A polygon around the origin with a corner at each of these distances.
fn star(radii_m: &[f64]) -> Vec<[f64; 2]> {
    let corner = |(number, radius_m): (usize, &f64)| {
        let angle = number as f64 / radii_m.len() as f64 * std::f64::consts::TAU;
        [radius_m * angle.cos(), radius_m * angle.sin()]
    };
    radii_m.iter().enumerate().map(corner).collect()
}

fn scaled(ring: &[[f64; 2]], factor: f64) -> Vec<[f64; 2]> {
    ring.iter().map(|at| at.map(|coordinate| coordinate * factor)).collect()
}

fn problem(target: Vec<[f64; 2]>, fly: Vec<[f64; 2]>, home_m: [f64; 2]) -> Problem {
    Problem {
        target: Polygon { outer: target, holes: Vec::new() },
        fly: Polygon { outer: fly, holes: Vec::new() },
        swath_m: 60.0,
        share: 0.995,
        homes_m: vec![home_m],
        airspeed_m_s: 12.0,
        turning: Turning::Corners { acceleration_m_s2: 3.0 },
        wind_m_s: [0.0, 0.0],
    }
}

fn planned(problem: &Problem, looks: u32) -> Plan {
    search(problem, 1, &mut Looks::new(looks), &mut |_| {}).unwrap()
}

fn inside(polygon: &Polygon, at: [f64; 2]) -> bool {
    let crossed = |ring: &Vec<[f64; 2]>| {
        (0..ring.len())
            .filter(|number| {
                let (a, b) = (ring[*number], ring[(number + 1) % ring.len()]);
                (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
            })
            .count()
    };
    std::iter::once(&polygon.outer).chain(&polygon.holes).map(crossed).sum::<usize>() % 2 == 1
}

fn apart_m(at: [f64; 2], leg: &[[f64; 2]]) -> f64 {
    let [a, b] = [leg[0], leg[1]];
    let way = [b[0] - a[0], b[1] - a[1]];
    let squared = way[0] * way[0] + way[1] * way[1];
    let share = ((at[0] - a[0]) * way[0] + (at[1] - a[1]) * way[1]) / squared.max(1e-12);
    let share = share.clamp(0.0, 1.0);
    (at[0] - a[0] - share * way[0]).hypot(at[1] - a[1] - share * way[1])
}

/// The share of places, strewn evenly over the target, that some leg passes within half the swath.
fn seen(problem: &Problem, plan: &Plan) -> f64 {
    let legs: Vec<&[[f64; 2]]> = plan.routes.iter().flat_map(|route| route.path_m.windows(2)).collect();
    let reach = |axis: usize| {
        problem
            .target
            .outer
            .iter()
            .map(|at| at[axis])
            .fold([f64::MAX, f64::MIN], |[low, high], at| [low.min(at), high.max(at)])
    };
    let ([west, east], [south, north]) = (reach(0), reach(1));
    // Halton's sequence (1960): places in no rows.
    let halton = |mut number: u32, base: u32| {
        let (mut at, mut digit) = (0.0, 1.0);
        while number > 0 {
            digit /= f64::from(base);
            at += digit * f64::from(number % base);
            number /= base;
        }
        at
    };
    let places = (1..60_000)
        .map(|number| [west + halton(number, 2) * (east - west), south + halton(number, 3) * (north - south)]);
    let of_target: Vec<[f64; 2]> = places.filter(|at| inside(&problem.target, *at)).take(5_000).collect();
    let found = of_target.iter().filter(|at| legs.iter().any(|leg| apart_m(**at, leg) <= problem.swath_m / 2.0));
    found.count() as f64 / of_target.len().max(1) as f64
}

/// How many metres are flown outside, felt for every metre.
fn outside_m(problem: &Problem, plan: &Plan) -> f64 {
    let mut outside_m = 0.0;
    for leg in plan.routes.iter().flat_map(|route| route.path_m.windows(2)) {
        let length = (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1]);
        let steps = length.ceil().max(1.0) as usize;
        for step in 0..steps {
            let share = (step as f64 + 0.5) / steps as f64;
            let at = [0, 1].map(|axis| leg[0][axis] + share * (leg[1][axis] - leg[0][axis]));
            if !inside(&problem.fly, at) {
                outside_m += length / steps as f64;
            }
        }
    }
    outside_m
}

/// The time over a path by the words of the model: wind triangle on every leg, `v / a sin(angle / 2)` at every corner.
fn flown_s(problem: &Problem, path_m: &[[f64; 2]]) -> f64 {
    let (mut time_s, mut heading) = (0.0, None::<f64>);
    let [wind_east, wind_north] = problem.wind_m_s;
    for leg in path_m.windows(2) {
        let [east, north] = [leg[1][0] - leg[0][0], leg[1][1] - leg[0][1]];
        let length = east.hypot(north);
        if length < 1e-6 {
            continue;
        }
        let along = (wind_east * east + wind_north * north) / length;
        let across = (wind_east * north - wind_north * east) / length;
        time_s += length / (along + (problem.airspeed_m_s.powi(2) - across * across).sqrt());
        let bearing = north.atan2(east);
        if let (Some(before), Turning::Corners { acceleration_m_s2 }) = (heading, problem.turning) {
            let turn =
                (bearing - before + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
            if turn.abs() > 1_f64.to_radians() {
                time_s += problem.airspeed_m_s / acceleration_m_s2 * (turn.abs() / 2.0).sin();
            }
        }
        heading = Some(bearing);
    }
    time_s
}

/// Everything that a plan says of itself.
fn check(problem: &Problem, plan: &Plan) {
    check_honest(problem, plan);
    let seen = seen(problem, plan);
    assert!(plan.seen > seen - 0.006, "{seen} is seen, and the plan says {}", plan.seen);
}

/// Never says that more is seen than is. It may say less: the outermost of a swath does not count, which shows where the
/// target is small beside it.
fn check_honest(problem: &Problem, plan: &Plan) {
    assert!(plan.routes.windows(2).all(|pair| pair[0].vehicle < pair[1].vehicle));
    let mut makespan_s = 0.0_f64;
    for route in &plan.routes {
        let home_m = problem.homes_m[route.vehicle];
        for end in [route.path_m.first().unwrap(), route.path_m.last().unwrap()] {
            assert!((end[0] - home_m[0]).hypot(end[1] - home_m[1]) < 1e-6, "{end:?} is not home");
        }
        let flown_s = flown_s(problem, &route.path_m);
        assert!((flown_s - route.time_s).abs() < 1e-3 * flown_s, "{flown_s} s, and the plan says {}", route.time_s);
        makespan_s = makespan_s.max(flown_s);
    }
    assert!((plan.makespan_s - makespan_s).abs() <= 1e-3 * makespan_s);
    let seen = seen(problem, plan);
    assert!(plan.seen < seen + 0.006, "{seen} is seen, and the plan says {}", plan.seen);
    if plan.valid {
        assert!(plan.seen >= problem.share);
        let outside_m = outside_m(problem, plan);
        assert!(outside_m <= 2.0, "{outside_m} m outside");
    }
}

prop_compose! {
    fn any_problem()(
        radii_m in proptest::collection::vec(150.0..600.0_f64, 4..12),
        hole_m in proptest::option::of(30.0..100.0_f64),
        wind_m_s in [-5.0..5.0_f64, -5.0..5.0_f64], arcs in any::<bool>(),
        homes in proptest::collection::vec(any::<proptest::sample::Index>(), 1..4), apart in any::<bool>(),
        swath_m in 50.0..150.0_f64,
    ) -> Problem {
        let target = star(&radii_m);
        let fly = scaled(&target, if arcs { 2.5 } else { 1.1 });
        let holes: Vec<_> = hole_m.map(|hole_m| star(&[hole_m; 7])).into_iter().collect();
        let mut problem = problem(target, fly, [radii_m[0], 0.0]);
        problem.target.holes.clone_from(&holes);
        problem.fly.holes = holes.iter().map(|hole| scaled(hole, 0.9)).collect();
        if arcs {
            problem.turning = Turning::Arcs { radius_m: 40.0 };
        }
        // At corners of the target, or all at one.
        let corner = |home: &proptest::sample::Index| problem.target.outer[if apart { home.index(radii_m.len()) } else { 0 }];
        problem.homes_m = homes.iter().map(corner).collect();
        Problem { wind_m_s, swath_m, ..problem }
    }
}

prop_compose! {
    fn any_ring()(
        points in proptest::collection::vec([-300.0..300.0_f64, -300.0..300.0_f64], 0..8), broken in 0..12_u8,
    ) -> Vec<[f64; 2]> {
        let mut points = points;
        if let Some(first) = points.first_mut() {
            match broken {
                0 => first[0] = f64::NAN,
                1 => first[1] = f64::INFINITY,
                2 => first[0] = 1e9,
                _ => {}
            }
        }
        points
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_plan_is_what_it_says(problem in any_problem()) {
        check(&problem, &planned(&problem, 60));
    }

    #[test]
    fn crossed_damaged_and_empty_rings_give_an_error_or_an_honest_plan(
        target in any_ring(), hole in any_ring(), fly in any_ring(), swath_m in 5.0..500.0_f64,
    ) {
        let mut problem = problem(target, fly, [1.0, 1.0]);
        problem.target.holes.push(hole.clone());
        problem.fly.holes.push(hole);
        problem.swath_m = swath_m;
        if let Ok(plan) = search(&problem, 1, &mut Looks::new(20), &mut |_| {}) {
            check_honest(&problem, &plan);
        }
    }
}

#[test]
fn a_field_with_a_no_fly_hole_is_searched_in_little_more_than_the_least_time() {
    let mut field = problem(rectangle(1000.0, 600.0), scaled(&rectangle(1000.0, 600.0), 1.0), [1.0, 1.0]);
    field.fly.outer = vec![[-40.0, -40.0], [1040.0, -40.0], [1040.0, 640.0], [-40.0, 640.0]];
    let hole = vec![[400.0, 250.0], [550.0, 250.0], [550.0, 350.0], [400.0, 350.0]];
    field.target.holes.push(hole.clone());
    field.fly.holes.push(hole);
    let plan = planned(&field, 400);
    check(&field, &plan);
    assert!(plan.valid, "{plan:?}");
    let least_s = (0.995 * 585_000.0 - std::f64::consts::PI * 900.0) / 60.0 / 12.0;
    assert!(plan.makespan_s < 1.4 * least_s, "{} s, of at least {least_s}", plan.makespan_s);
}

#[test]
fn three_vehicles_are_home_in_less_than_half_the_time_of_one() {
    let field =
        problem(rectangle(1500.0, 900.0), vec![[-9.0, -9.0], [1509.0, -9.0], [1509.0, 909.0], [-9.0, 909.0]], [1.0; 2]);
    let alone = planned(&field, 300);
    let three = Problem { homes_m: vec![[1.0; 2]; 3], ..field };
    let together = planned(&three, 300);
    check(&three, &together);
    assert!(together.valid && together.makespan_s < 0.5 * alone.makespan_s);
}

#[test]
fn vehicles_from_opposite_ends_search_the_halves_next_to_them() {
    let fly = vec![[-400.0, -9.0], [3400.0, -9.0], [3400.0, 609.0], [-400.0, 609.0]];
    let mut field = problem(rectangle(3000.0, 600.0), fly, [-390.0, 300.0]);
    field.wind_m_s = [3.0, -2.0];
    field.homes_m.push([3390.0, 300.0]);
    let plan = planned(&field, 300);
    check(&field, &plan);
    assert!(plan.valid && plan.routes.len() == 2, "{plan:?}");
    for (route, home_east_m) in plan.routes.iter().zip([-390.0, 3390.0]) {
        let farthest_m = route.path_m.iter().map(|at| (at[0] - home_east_m).abs()).fold(0.0, f64::max);
        assert!(farthest_m < 2200.0, "vehicle {} goes {farthest_m} m from home", route.vehicle);
    }
    let [one, two] = [0, 1].map(|vehicle: usize| plan.routes[vehicle].time_s);
    assert!((one - two).abs() < 0.1 * plan.makespan_s, "{one} s and {two} s");
    // With both at one end, one of them has far to go.
    let together = planned(&Problem { homes_m: vec![[-390.0, 300.0]; 2], ..field }, 300);
    assert!(plan.makespan_s < 0.9 * together.makespan_s, "{} s, {} s", plan.makespan_s, together.makespan_s);
}

#[test]
fn a_vehicle_that_begins_far_away_stays_there_where_others_are_sooner_done() {
    let fly = vec![[-9.0, -9.0], [40_000.0, -9.0], [40_000.0, 409.0], [-9.0, 409.0]];
    let mut field = problem(rectangle(600.0, 400.0), fly, [1.0; 2]);
    field.homes_m.insert(0, [39_900.0, 10.0]);
    let plan = planned(&field, 200);
    check(&field, &plan);
    assert!(plan.valid && plan.routes.len() == 1 && plan.routes[0].vehicle == 1, "{plan:?}");
}

#[test]
fn both_sides_of_a_moat_are_searched_by_those_who_begin_there() {
    let mut field = problem(rectangle(1000.0, 400.0), rectangle(1000.0, 400.0), [10.0, 10.0]);
    let moat = vec![[480.0, -10.0], [600.0, -10.0], [600.0, 410.0], [480.0, 410.0]];
    field.fly.holes.push(moat);
    field.homes_m.push([990.0, 10.0]);
    field.share = 0.92;
    let plan = planned(&field, 200);
    check(&field, &plan);
    assert!(plan.valid && plan.routes.len() == 2, "{plan:?}");
}

#[test]
fn an_island_nobody_gets_to_is_not_claimed_to_be_seen() {
    // A moat splits the area; home is west of it.
    let mut field = problem(rectangle(1000.0, 400.0), rectangle(1000.0, 400.0), [10.0, 10.0]);
    field.fly.holes.push(vec![[480.0, -10.0], [600.0, -10.0], [600.0, 410.0], [480.0, 410.0]]);
    let plan = planned(&field, 200);
    assert!(!plan.valid && plan.seen < 0.6, "{plan:?}");
    assert!(plan.routes.iter().flat_map(|route| &route.path_m).all(|at| at[0] < 481.0));
}

#[test]
fn the_legs_of_a_vehicle_on_arcs_are_flown_straight() {
    let mut field = problem(
        rectangle(800.0, 500.0),
        vec![[-300.0, -300.0], [1100.0, -300.0], [1100.0, 800.0], [-300.0, 800.0]],
        [1.0; 2],
    );
    field.turning = Turning::Arcs { radius_m: 50.0 };
    let plan = planned(&field, 400);
    check(&field, &plan);
    assert!(plan.valid, "{} seen", plan.seen);
    for Leg { from_m, to_m } in &plan.routes[0].legs {
        let path_m = &plan.routes[0].path_m;
        let near = |at: &[f64; 2], to: &[f64; 2]| (at[0] - to[0]).hypot(at[1] - to[1]) < 1e-6;
        assert!(path_m.windows(2).any(|pair| near(&pair[0], from_m) && near(&pair[1], to_m)), "{from_m:?} {to_m:?}");
    }
}

#[test]
fn a_fixed_wing_has_a_valid_plan_at_once_where_holes_lie_in_its_lanes() {
    let fly = vec![[-500.0, -500.0], [2000.0, -500.0], [2000.0, 1500.0], [-500.0, 1500.0]];
    for (number, wind_m_s) in [[0.0, 0.0], [5.0, -4.0], [-6.0, 2.0]].into_iter().enumerate() {
        let mut field = problem(rectangle(1500.0, 1000.0), fly.clone(), [10.0, 10.0]);
        field.turning = Turning::Arcs { radius_m: 60.0 };
        (field.swath_m, field.airspeed_m_s, field.wind_m_s) = (120.0, 20.0, wind_m_s);
        for (east_m, north_m, radius_m) in [(400.0, 400.0, 50.0), (900.0, 650.0, 90.0), (1350.0, 300.0, 70.0)] {
            let round = |radius_m: f64| -> Vec<[f64; 2]> {
                star(&[radius_m; 24]).iter().map(|at| [at[0] + east_m, at[1] + north_m]).collect()
            };
            field.target.holes.push(round(radius_m));
            field.fly.holes.push(round(radius_m));
        }
        if number == 2 {
            field.homes_m.push([1490.0, 990.0]);
        }
        let mut first = None;
        let plan = search(&field, 1, &mut (|| 1.0), &mut |plan: &Plan| _ = first.get_or_insert(plan.clone())).unwrap();
        check(&field, &plan);
        assert!(plan.valid && first.unwrap().valid, "{} seen, {} m outside", plan.seen, plan.outside_m);
    }
}

#[test]
fn a_search_that_is_stopped_at_once_has_a_plan() {
    let field = problem(rectangle(500.0, 300.0), rectangle(500.0, 300.0), [10.0, 10.0]);
    let plan = search(&field, 1, &mut (|| 1.0), &mut |_| {}).unwrap();
    check(&field, &plan);
    assert!(plan.valid);
}

#[test]
fn plans_told_on_the_way_get_better_and_the_last_is_the_answer() {
    let field = problem(rectangle(900.0, 500.0), rectangle(900.0, 500.0), [10.0, 10.0]);
    let mut told = Vec::new();
    let plan = search(&field, 7, &mut Looks::new(200), &mut |plan: &Plan| told.push(plan.clone())).unwrap();
    assert!(told.len() > 1 && told.windows(2).all(|pair| pair[1].makespan_s < pair[0].makespan_s || !pair[0].valid));
    assert_eq!(told.last(), Some(&plan));
}

#[test]
fn what_cannot_be_searched_is_refused_with_what_is_wrong() {
    type Change = dyn Fn(&mut Problem);
    let good = problem(rectangle(500.0, 300.0), rectangle(500.0, 300.0), [10.0, 10.0]);
    let told = |change: &Change| {
        let mut field = good.clone();
        change(&mut field);
        search(&field, 1, &mut Looks::new(1), &mut |_| {}).unwrap_err().to_string()
    };
    let cases: [(&Change, &str); 8] = [
        (&|p| p.swath_m = 0.0, "swath is 0, allowed is 0.01 to 1e6"),
        (&|p| p.share = f64::NAN, "share is NaN"),
        (&|p| p.homes_m.clear(), "vehicles is 0, allowed is 1 to 100"),
        (&|p| p.target.outer[1][0] = f64::INFINITY, "target is inf"),
        (&|p| p.fly.outer.truncate(2), "fly, ring 0: 2 different points"),
        (&|p| p.target.outer = vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], "target: its area is 0 m²"),
        (&|p| p.homes_m.push([-10.0, 0.0]), "home (-10, 0) is outside"),
        (&|p| p.wind_m_s = [11.0, 11.0], "the vehicle makes 12 m/s"),
    ];
    for (change, wanted) in cases {
        let told = told(change);
        assert!(told.contains(wanted), "{wanted:?} is not in {told:?}");
    }
    let huge = Problem { target: Polygon { outer: rectangle(1e6, 1e6), ..Polygon::default() }, ..good };
    assert!(matches!(search(&huge, 1, &mut Looks::new(1), &mut |_| {}), Err(ProblemError::TooLarge { .. })));
}
