//! Rounds of a harbour: every visit is while its vessel lies there, and what is left out is said.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::BTreeSet;

use planning::clock::Looks;
use planning::flight::Look;
use planning::harbour::{Call, HarbourPlan, HarbourRequest, harbour};
use planning::tasks::Vehicle;
use proptest::prelude::*;

fn request(calls: Vec<Call>) -> HarbourRequest {
    let vehicle = |start_m| Vehicle {
        carries: vec!["camera".to_owned()],
        speed_m_s: 12.0,
        endurance_s: 1500.0,
        shift_s: [0.0, 14_400.0],
        start_m,
        end_m: start_m,
    };
    HarbourRequest {
        calls,
        vehicles: vec![vehicle([0.0, 0.0]), vehicle([500.0, 0.0])],
        climb_m_s: 3.0,
        stand_off_m: 40.0,
        height_m: 45.0,
        certainty: 1.64,
        miss_penalty_s: 1000.0,
    }
}

fn call(berth_m: [f64; 2], arrives_s: f64, stays_s: f64) -> Call {
    Call {
        berth_m,
        arrives_s,
        arrives_sd_s: 300.0,
        leaves_s: arrives_s + stays_s,
        looks_s: 120.0,
        needs: "camera".to_owned(),
        prize: 2.0,
    }
}

fn check(request: &HarbourRequest, plan: &HarbourPlan) -> Result<(), String> {
    let mut done = BTreeSet::new();
    for ((vehicle, visits), schedule) in plan.tasks.routes.iter().zip(&plan.tasks.schedules) {
        let flight = plan.flights.iter().find(|f| f.vehicle == usize::from(vehicle.0)).ok_or("no flight")?;
        let shift_s = request.vehicles[usize::from(vehicle.0)].shift_s;
        if flight.waypoints[0].at_s < shift_s[0] - 1e-6 {
            return Err("leaves before its shift".to_owned());
        }
        for (task, (told, begins_s)) in visits.iter().zip(&schedule.visits) {
            let call = &request.calls[usize::from(task.0)];
            let there_s = call.arrives_s + request.certainty * call.arrives_sd_s;
            if task != told || *begins_s < there_s - 1e-6 || begins_s + call.looks_s > call.leaves_s + 1e-6 {
                return Err(format!("{call:?} is visited at {begins_s}"));
            }
            let looked: f64 = flight
                .waypoints
                .windows(2)
                .filter(|pair| pair[0].place_m == pair[1].place_m)
                .filter(|pair| matches!(pair[1].look, Look::At { place_m, .. } if place_m == call.berth_m))
                .filter(|pair| {
                    let off = (pair[1].place_m[0] - call.berth_m[0]).hypot(pair[1].place_m[1] - call.berth_m[1]);
                    off <= 40.0 + 1e-6
                })
                .map(|pair| pair[1].at_s - pair[0].at_s)
                .sum();
            if looked < call.looks_s - 30.0 {
                return Err(format!("{call:?} is looked at for {looked} s only"));
            }
            done.insert(usize::from(task.0));
        }
    }
    let missed: BTreeSet<usize> = plan.missed.iter().map(|missed| missed.call).collect();
    let all: BTreeSet<usize> = (0..request.calls.len()).collect();
    if done.union(&missed).copied().collect::<BTreeSet<_>>() != all || done.intersection(&missed).count() > 0 {
        return Err(format!("done {done:?}, missed {missed:?}"));
    }
    Ok(())
}

#[test]
fn vessels_are_visited_after_they_have_surely_arrived() {
    let calls = vec![
        call([800.0, 300.0], 0.0, 9000.0),
        call([900.0, 350.0], 3000.0, 6000.0),
        call([-500.0, 600.0], 1000.0, 5000.0),
    ];
    let request = request(calls);
    let plan = harbour(&request, 1, &mut Looks::new(30), &mut |_| {}).unwrap();
    check(&request, &plan).unwrap();
    assert!(plan.missed.is_empty(), "{:?}", plan.reasons);
}

#[test]
fn a_vessel_that_does_not_stay_is_left_out_and_it_is_said_why() {
    let mut calls = vec![call([800.0, 300.0], 0.0, 500.0), call([900.0, 350.0], 3000.0, 6000.0)];
    calls[1].needs = "sonar".to_owned();
    let request = request(calls);
    let plan = harbour(&request, 1, &mut Looks::new(10), &mut |_| {}).unwrap();
    check(&request, &plan).unwrap();
    assert!(
        plan.missed[0].why.contains("lies there for 500 s") && plan.missed[1].why.contains("nobody carries \"sonar\"")
    );
}

#[test]
fn a_time_that_is_none_is_refused() {
    let wrong = request(vec![call([0.0, 0.0], f64::NAN, 100.0)]);
    let told = harbour(&wrong, 1, &mut Looks::new(1), &mut |_| {}).unwrap_err().to_string();
    assert_eq!(told, "call 0: arrival is NaN, allowed is -100000000000 to 100000000000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_round_can_be_made(
        calls in prop::collection::vec(([-4e3..4e3_f64, -4e3..4e3_f64], 0.0..12_000.0_f64, 0.0..9_000.0_f64), 0..14),
    ) {
        let request = request(calls.into_iter().map(|(at, arrives, stays)| call(at, arrives, stays)).collect());
        let plan = harbour(&request, 1, &mut Looks::new(6), &mut |_| {}).unwrap();
        let checked = check(&request, &plan);
        prop_assert!(checked.is_ok(), "{checked:?}");
    }
}
