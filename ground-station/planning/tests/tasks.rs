//! Tasks shared out: every plan can be flown, and small ones are the best there is.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use planning::clock::Looks;
use planning::tasks::{Plan, Problem, Task, TaskId, Vehicle, VehicleIndex, replan, solve};
use proptest::prelude::*;

fn task(at_m: [f64; 2], window_s: [f64; 2]) -> Task {
    Task { at_m, window_s, service_s: 60.0, needs: "camera".to_owned(), prize: 2.0 }
}

fn drone(start_m: [f64; 2]) -> Vehicle {
    Vehicle {
        carries: vec!["camera".to_owned()],
        speed_m_s: 15.0,
        endurance_s: 1500.0,
        shift_s: [0.0, 7200.0],
        start_m,
        end_m: start_m,
    }
}

/// What a route costs in travel, flown hour by hour from the words of the problem alone; nothing where it cannot be.
fn flown_s(problem: &Problem, vehicle: &Vehicle, visits: &[TaskId]) -> Option<f64> {
    if visits.is_empty() {
        return Some(0.0);
    }
    let way_s = |from: [f64; 2], to: [f64; 2]| (from[0] - to[0]).hypot(from[1] - to[1]) / vehicle.speed_m_s;
    // Latest to earliest departure in turn: with the windows fixed, the later it leaves the less it waits.
    let arrive = |leaves_s: f64| {
        let (mut now_s, mut at, mut travel_s) = (leaves_s, vehicle.start_m, 0.0);
        for TaskId(visit) in visits {
            let task = &problem.tasks[usize::from(*visit)];
            travel_s += way_s(at, task.at_m);
            now_s = (now_s + way_s(at, task.at_m)).max(task.window_s[0]);
            if now_s > task.window_s[1] + 1e-3 || !vehicle.carries.contains(&task.needs) {
                return None;
            }
            (now_s, at) = (now_s + task.service_s, task.at_m);
        }
        Some((now_s + way_s(at, vehicle.end_m), travel_s + way_s(at, vehicle.end_m)))
    };
    arrive(vehicle.shift_s[0])?;
    let (mut low_s, mut high_s) = (vehicle.shift_s[0], vehicle.shift_s[1]);
    for _ in 0..60 {
        let middle_s = f64::midpoint(low_s, high_s);
        *(if arrive(middle_s).is_some() { &mut low_s } else { &mut high_s }) = middle_s;
    }
    let (arrives_s, travel_s) = arrive(low_s)?;
    // Leaving later than need be never makes it longer, unless it arrives later than it had to.
    let (earliest_s, _) = arrive(vehicle.shift_s[0])?;
    let out_s = (arrives_s - low_s).min(earliest_s - vehicle.shift_s[0]);
    let home_in_time = earliest_s <= vehicle.shift_s[1] + 1e-3;
    (home_in_time && out_s <= vehicle.endurance_s + 1e-3).then_some(travel_s)
}

/// The cost of a plan by the words of the problem, or why it is none.
fn cost_s(problem: &Problem, plan: &Plan) -> Result<f64, String> {
    let mut seen = vec![false; problem.tasks.len()];
    let mut cost_s = 0.0;
    for (vehicle, visits) in &plan.routes {
        for TaskId(task) in visits {
            if std::mem::replace(&mut seen[usize::from(*task)], true) {
                return Err(format!("task {task} is visited twice"));
            }
        }
        let vehicle = &problem.vehicles[usize::from(vehicle.0)];
        cost_s += flown_s(problem, vehicle, visits).ok_or_else(|| format!("{visits:?} cannot be flown"))?;
    }
    let missed: Vec<TaskId> = (0..problem.tasks.len()).filter(|at| !seen[*at]).map(|at| TaskId(at as u16)).collect();
    if missed != plan.missed {
        return Err(format!("{missed:?} are missed, not {:?}", plan.missed));
    }
    let prizes: f64 = missed.iter().map(|task| problem.tasks[usize::from(task.0)].prize).sum();
    Ok(cost_s + prizes * problem.miss_penalty_s)
}

fn check(problem: &Problem, plan: &Plan) {
    let cost_s = cost_s(problem, plan).unwrap();
    assert!((cost_s - plan.cost_s).abs() < 1e-3, "{cost_s} s, and the plan says {}", plan.cost_s);
    for ((vehicle, visits), schedule) in plan.routes.iter().zip(&plan.schedules) {
        let vehicle = &problem.vehicles[usize::from(vehicle.0)];
        assert_eq!(schedule.visits.iter().map(|(task, _)| *task).collect::<Vec<_>>(), *visits);
        assert!(schedule.leaves_s >= vehicle.shift_s[0] - 1e-6 && schedule.arrives_s <= vehicle.shift_s[1] + 1e-3);
        assert!(schedule.arrives_s - schedule.leaves_s <= vehicle.endurance_s + 1e-3, "{schedule:?}");
        for (task, begins_s) in &schedule.visits {
            let [from_s, to_s] = problem.tasks[usize::from(task.0)].window_s;
            assert!((from_s..=to_s + 1e-3).contains(begins_s), "{schedule:?}");
        }
    }
}

/// The least cost over every way to share out a few tasks.
fn least_s(problem: &Problem) -> f64 {
    fn search(problem: &Problem, routes: &mut Vec<Vec<TaskId>>, next: usize, missed_s: f64, best: &mut f64) {
        if next == problem.tasks.len() {
            let flown = routes.iter().zip(&problem.vehicles).map(|(route, vehicle)| flown_s(problem, vehicle, route));
            if let Some(travel_s) = flown.sum::<Option<f64>>() {
                *best = best.min(travel_s + missed_s);
            }
            return;
        }
        let left_out_s = problem.tasks[next].prize * problem.miss_penalty_s;
        search(problem, routes, next + 1, missed_s + left_out_s, best);
        for route in 0..routes.len() {
            for at in 0..=routes[route].len() {
                routes[route].insert(at, TaskId(next as u16));
                search(problem, routes, next + 1, missed_s, best);
                routes[route].remove(at);
            }
        }
    }
    let mut best = f64::INFINITY;
    search(problem, &mut vec![Vec::new(); problem.vehicles.len()], 0, 0.0, &mut best);
    best
}

prop_compose! {
    fn any_task(size: f64)(
        east_m in -size..size, north_m in -size..size, from_s in 0.0..6000.0_f64, length_s in 60.0..4000.0_f64,
        service_s in 0.0..400.0_f64, thermal in any::<bool>(), prize in 1..6_u8,
    ) -> Task {
        Task {
            at_m: [east_m, north_m],
            window_s: [from_s, from_s + length_s],
            service_s,
            needs: if thermal { "thermal" } else { "camera" }.to_owned(),
            prize: f64::from(prize),
        }
    }
}

prop_compose! {
    fn any_vehicle(size: f64)(
        start_m in [-size..size, -size..size], end_m in [-size..size, -size..size], speed_m_s in 5.0..25.0_f64,
        endurance_s in 300.0..3000.0_f64, from_s in 0.0..4000.0_f64, both in any::<bool>(),
    ) -> Vehicle {
        let carries = if both { &["camera", "thermal"][..] } else { &["camera"] };
        Vehicle {
            carries: carries.iter().map(ToString::to_string).collect(),
            speed_m_s, endurance_s, shift_s: [from_s, from_s + 4000.0], start_m, end_m,
        }
    }
}

fn any_problem(tasks: usize, vehicles: usize) -> impl Strategy<Value = Problem> {
    let tasks = proptest::collection::vec(any_task(5000.0), 0..=tasks);
    let vehicles = proptest::collection::vec(any_vehicle(3000.0), 0..=vehicles);
    (tasks, vehicles).prop_map(|(tasks, vehicles)| Problem { tasks, vehicles, miss_penalty_s: 1000.0 })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_plan_can_be_flown_and_costs_what_it_says(problem in any_problem(40, 6), seed in any::<u64>()) {
        let plan = solve(&problem, seed, &mut Looks::new(20), &mut |_| {}).unwrap();
        check(&problem, &plan);
    }

    #[test]
    fn of_a_few_tasks_the_plan_is_the_best_there_is(problem in any_problem(5, 2)) {
        let plan = solve(&problem, 1, &mut Looks::new(200), &mut |_| {}).unwrap();
        check(&problem, &plan);
        let least_s = least_s(&problem);
        prop_assert!(plan.cost_s <= least_s + 1e-3, "{} s, and {least_s} s would do", plan.cost_s);
    }

    #[test]
    fn a_plan_made_again_is_never_worse_than_what_was_flown(problem in any_problem(30, 5), seed in any::<u64>()) {
        let before = solve(&problem, seed, &mut Looks::new(10), &mut |_| {}).unwrap();
        let after = replan(&problem, &before.routes, seed, &mut Looks::new(1), &mut |_| {}).unwrap();
        check(&problem, &after);
        prop_assert!(after.cost_s <= before.cost_s + 1e-6);
    }

    #[test]
    fn any_incumbent_is_taken_as_far_as_it_can_be_flown(
        problem in any_problem(12, 3),
        incumbent in proptest::collection::vec((0..5_u16, proptest::collection::vec(0..20_u16, 0..8)), 0..5),
    ) {
        let incumbent: Vec<_> = incumbent
            .into_iter()
            .map(|(vehicle, visits)| (VehicleIndex(vehicle), visits.into_iter().map(TaskId).collect()))
            .collect();
        check(&problem, &replan(&problem, &incumbent, 1, &mut Looks::new(2), &mut |_| {}).unwrap());
    }
}

#[test]
fn two_far_tasks_are_flown_together_where_neither_pays_alone() {
    let camera = |at_m, window_s| Task { service_s: 0.0, prize: 1.0, ..task(at_m, window_s) };
    let problem = Problem {
        tasks: vec![camera([9000.0, 0.0], [0.0, 7200.0]), camera([9000.0, 1000.0], [0.0, 7200.0])],
        vehicles: vec![drone([0.0, 0.0])],
        miss_penalty_s: 1000.0,
    };
    let plan = solve(&problem, 1, &mut Looks::new(200), &mut |_| {}).unwrap();
    check(&problem, &plan);
    assert_eq!(plan.missed, []);
}

#[test]
fn a_vehicle_that_cannot_get_home_any_more_is_sent_nowhere_and_the_others_take_its_tasks() {
    let stranded = Vehicle { endurance_s: 10.0, end_m: [9000.0, 0.0], ..drone([0.0, 0.0]) };
    let problem = Problem {
        tasks: vec![task([500.0, 0.0], [0.0, 3600.0]), task([900.0, 100.0], [0.0, 3600.0])],
        vehicles: vec![stranded, drone([0.0, 300.0])],
        miss_penalty_s: 1000.0,
    };
    let incumbent = [(VehicleIndex(0), vec![TaskId(0), TaskId(1)])];
    let plan = replan(&problem, &incumbent, 1, &mut Looks::new(5), &mut |_| {}).unwrap();
    assert_eq!(plan.routes.iter().map(|(vehicle, _)| vehicle.0).collect::<Vec<_>>(), [1]);
    assert!(plan.missed.is_empty());
}

#[test]
fn every_better_plan_is_told_on_the_way_and_the_last_one_is_the_answer() {
    let tasks = (0..40).map(|n| task([f64::from(n * 977 % 6000), f64::from(n * 613 % 5000)], [0.0, 7200.0])).collect();
    let vehicles = (0..5).map(|n| drone([1200.0 * f64::from(n), 0.0])).collect();
    let problem = Problem { tasks, vehicles, miss_penalty_s: 1000.0 };
    let mut told = Vec::new();
    let plan = solve(&problem, 3, &mut Looks::new(60), &mut |cost_s| told.push(cost_s)).unwrap();
    assert!(told.len() > 3 && told.windows(2).all(|pair| pair[1] < pair[0]), "{told:?}");
    assert!((told.last().unwrap() - plan.cost_s).abs() < 1e-6);
}

#[test]
fn a_search_that_is_stopped_at_once_has_a_plan() {
    let problem = Problem {
        tasks: vec![task([500.0, 0.0], [0.0, 3600.0])],
        vehicles: vec![drone([0.0, 0.0])],
        miss_penalty_s: 1000.0,
    };
    let plan = solve(&problem, 1, &mut (|| 1.0), &mut |_| {}).unwrap();
    assert_eq!(plan.routes, [(VehicleIndex(0), vec![TaskId(0)])]);
}

#[test]
fn what_is_no_number_is_refused_with_its_place() {
    type Change = dyn Fn(&mut Problem);
    let good = Problem {
        tasks: vec![task([0.0, 0.0], [0.0, 1.0])],
        vehicles: vec![drone([0.0, 0.0])],
        miss_penalty_s: 1000.0,
    };
    let told = |change: &Change| {
        let mut problem = good.clone();
        change(&mut problem);
        solve(&problem, 1, &mut Looks::new(1), &mut |_| {}).unwrap_err().to_string()
    };
    let cases: [(&Change, &str); 4] = [
        (&|p| p.tasks[0].at_m[1] = f64::NAN, "task 0: at is NaN"),
        (&|p| p.tasks[0].prize = -1.0, "task 0: prize is -1, allowed is 0 to 1000000000000"),
        (&|p| p.vehicles[0].speed_m_s = 0.0, "vehicle 0: speed is 0, allowed is 0.001 to 1000000000000"),
        (&|p| p.vehicles[0].shift_s[1] = f64::INFINITY, "vehicle 0: shift is inf"),
    ];
    for (change, wanted) in cases {
        let told = told(change);
        assert!(told.contains(wanted), "{wanted:?} is not in {told:?}");
    }
}
