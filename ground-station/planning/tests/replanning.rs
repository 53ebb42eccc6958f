//! Nights that go otherwise than planned: every difference can be flown, names exactly what changed, and nothing given
//! makes it panic.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees test functions only, not what they share")]

use std::collections::BTreeSet;

use planning::clock::Looks;
use planning::replanning::{Difference, Event, Intruder, Itinerary, Picture, PictureError, replan, way_round};
use planning::tasks::{Problem, Task, TaskId, Vehicle, VehicleIndex, solve};
use proptest::prelude::*;

fn task(at_m: [f64; 2]) -> Task {
    Task { at_m, window_s: [0.0, 3000.0], service_s: 30.0, needs: "camera".to_owned(), prize: 2.0 }
}

fn drone(start_m: [f64; 2]) -> Vehicle {
    Vehicle {
        carries: vec!["camera".to_owned()],
        speed_m_s: 15.0,
        endurance_s: 2400.0,
        shift_s: [0.0, 4000.0],
        start_m,
        end_m: start_m,
    }
}

/// Three drones in the air and twelve visits around them, as planned in still air.
fn picture() -> Picture {
    let places = (0..12).map(|number| {
        let angle = f64::from(number) * 0.7;
        [3000.0 * angle.cos(), 2500.0 * angle.sin()]
    });
    let starts = [[0.0, 0.0], [500.0, 0.0], [0.0, 500.0]];
    let problem =
        Problem { tasks: places.map(task).collect(), vehicles: starts.map(drone).to_vec(), miss_penalty_s: 1000.0 };
    let plan = solve(&problem, 1, &mut Looks::new(30), &mut |_| {}).unwrap();
    Picture {
        problem,
        routes: plan.routes,
        airborne: (0..3).map(VehicleIndex).collect(),
        wind_m_s: [0.0; 2],
        closed: Vec::new(),
        landings_m: vec![[100.0, 100.0]],
    }
}

fn answered(picture: &Picture, event: &Event) -> Difference {
    let difference = replan(picture, event, 1, &mut Looks::new(60)).unwrap();
    check(picture, &difference).unwrap();
    difference
}

fn all(picture: &Picture) -> BTreeSet<TaskId> {
    picture.routes.iter().flat_map(|(_, visits)| visits.clone()).collect()
}

fn of(picture: &Picture, vehicle: usize) -> Vec<TaskId> {
    picture.routes.iter().filter(|(v, _)| usize::from(v.0) == vehicle).flat_map(|(_, visits)| visits.clone()).collect()
}

/// The speed over the ground, by the law of cosines: the positive root of s² - 2 s w cos(angle) + w² = a².
fn ground_m_s(airspeed_m_s: f64, wind: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let metres = (to[0] - from[0]).hypot(to[1] - from[1]);
    let tail = (wind[0] * (to[0] - from[0]) + wind[1] * (to[1] - from[1])) / metres;
    let squared = wind[0] * wind[0] + wind[1] * wind[1];
    tail + (tail * tail - squared + airspeed_m_s * airspeed_m_s).sqrt()
}

fn inside(ring: &[[f64; 2]], at: [f64; 2]) -> bool {
    let crossed = (0..ring.len()).filter(|number| {
        let (a, b) = (ring[*number], ring[(number + 1) % ring.len()]);
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    crossed.count() % 2 == 1
}

/// An itinerary flown from its path alone: the time is right, and no closed area is entered (one may be left).
fn flies(picture: &Picture, vehicle: usize, itinerary: &Itinerary) -> Result<(), String> {
    let drone = &picture.problem.vehicles[vehicle];
    let (mut now_s, mut next) = (itinerary.leaves_s, 0);
    let mut left = false;
    for pair in itinerary.path_m.windows(2) {
        let metres = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
        if metres > 1e-9 {
            now_s += metres / ground_m_s(drone.speed_m_s, picture.wind_m_s, pair[0], pair[1]);
        }
        for step in 1..50 {
            let at = [0, 1].map(|axis: usize| pair[0][axis] + f64::from(step) / 50.0 * (pair[1][axis] - pair[0][axis]));
            let closed = picture.closed.iter().any(|ring| inside(ring, at));
            left |= !closed;
            if closed && left {
                return Err(format!("vehicle {vehicle} is in a closed area at {at:?}"));
            }
        }
        while let Some(visit) = itinerary.visits.get(next) {
            let task = &picture.problem.tasks[usize::from(visit.task.0)];
            if (task.at_m[0] - pair[1][0]).hypot(task.at_m[1] - pair[1][1]) > 1e-6 {
                break;
            }
            now_s = now_s.max(task.window_s[0]);
            if (now_s - visit.begins_s).abs() > 1e-3 || now_s > task.window_s[1] + 0.01 {
                return Err(format!("vehicle {vehicle} is at {:?} at {now_s}, told {visit:?}", visit.task));
            }
            now_s += task.service_s;
            next += 1;
        }
    }
    let late = now_s > drone.shift_s[1] + 0.01 || now_s - itinerary.leaves_s > drone.endurance_s + 0.01;
    if next != itinerary.visits.len() || (now_s - itinerary.ends_s).abs() > 1e-3 || (late && next > 0) {
        return Err(format!("vehicle {vehicle} is home at {now_s}: {itinerary:?}"));
    }
    Ok(())
}

fn check(before: &Picture, difference: &Difference) -> Result<(), String> {
    let after = &difference.after;
    let (was, is) = (all(before), all(after));
    let lost: BTreeSet<TaskId> = difference.lost.iter().map(|lost| lost.task).collect();
    let regained: BTreeSet<TaskId> = difference.regained.iter().copied().collect();
    if lost != was.difference(&is).copied().collect() || regained != is.difference(&was).copied().collect() {
        return Err(format!("lost {lost:?}, regained {regained:?}, before {was:?}, after {is:?}"));
    }
    for vehicle in 0..before.problem.vehicles.len() {
        let (had, has) = (of(before, vehicle), of(after, vehicle));
        let change = difference.changes.iter().find(|change| usize::from(change.vehicle.0) == vehicle);
        let Some(change) = change else {
            if had != has {
                return Err(format!("vehicle {vehicle} changes from {had:?} to {has:?}, and nothing is said"));
            }
            continue;
        };
        let mut told: BTreeSet<TaskId> = had.iter().copied().filter(|task| !change.gives.contains(task)).collect();
        told.extend(&change.takes);
        if told != has.iter().copied().collect() {
            return Err(format!("vehicle {vehicle} had {had:?} and has {has:?}: {change:?}"));
        }
        if let Some(itinerary) = &change.after {
            let visits: Vec<TaskId> = itinerary.visits.iter().map(|visit| visit.task).collect();
            if visits != has {
                return Err(format!("vehicle {vehicle} has {has:?} and flies {visits:?}"));
            }
            flies(after, vehicle, itinerary)?;
        } else if !has.is_empty() {
            return Err(format!("vehicle {vehicle} has {has:?} and does nothing"));
        }
    }
    Ok(())
}

#[test]
fn what_one_gives_away_the_others_take_over() {
    let picture = picture();
    let out = VehicleIndex(picture.routes[0].0.0);
    let difference = answered(&picture, &Event::DropsOut { vehicle: out });
    assert!(of(&difference.after, usize::from(out.0)).is_empty() && difference.lost.is_empty());
    let change = difference.changes.iter().find(|change| change.vehicle == out).unwrap();
    assert!(change.after.is_none() && !change.gives.is_empty());
    let taken: usize = difference.changes.iter().map(|change| change.takes.len()).sum();
    let given: usize = difference.changes.iter().map(|change| change.gives.len()).sum();
    assert_eq!(taken, given);
}

#[test]
fn a_sagging_battery_brings_a_vehicle_home_sooner_or_to_a_landing_place() {
    let picture = picture();
    let sags = |vehicle, endurance_s| Event::BatterySags { vehicle, endurance_s };
    let vehicle = picture.routes[0].0;
    let difference = answered(&picture, &sags(vehicle, 300.0));
    let change = difference.changes.iter().find(|change| change.vehicle == vehicle).unwrap();
    assert!(change.after.as_ref().unwrap().ends_s <= 300.0 && difference.stranded.is_empty());
    let mut away = picture.clone();
    away.problem.vehicles[0].start_m = [900.0, 900.0];
    let difference = answered(&away, &sags(VehicleIndex(0), 78.0));
    let stranded = &difference.stranded[0];
    assert!(stranded.lacks_s > 0.0 && stranded.landing.is_some_and(|(place, spare_s)| place == 0 && spare_s > 1.0));
    assert!(difference.reasons[0].contains("landing place 0"), "{:?}", difference.reasons);
}

#[test]
fn a_rising_wind_makes_rounds_shorter_and_every_time_is_true() {
    let mut picture = picture();
    picture.problem.tasks.iter_mut().for_each(|task| task.window_s = [0.0, 800.0]);
    picture.routes = solve(&picture.problem, 1, &mut Looks::new(30), &mut |_| {}).unwrap().routes;
    let difference = answered(&picture, &Event::Wind { wind_m_s: [11.0, 3.0] });
    assert!(!difference.lost.is_empty() && difference.lost[0].why.contains("in time"), "{:?}", difference.lost);
    let gale = answered(&picture, &Event::Wind { wind_m_s: [20.0, 0.0] });
    assert!(gale.after.routes.is_empty() || !gale.stranded.is_empty());
}

#[test]
fn ways_lead_round_a_zone_that_closes_and_what_lies_in_it_is_lost() {
    let picture = picture();
    let ring_m = vec![[1500.0, -1500.0], [3500.0, -1500.0], [3500.0, 1500.0], [1500.0, 1500.0]];
    let inside = [TaskId(0)];
    let difference = answered(&picture, &Event::ZoneCloses { ring_m });
    for task in inside {
        assert!(difference.lost.iter().any(|lost| lost.task == task && lost.why.contains("closed area")));
    }
    assert!(
        difference
            .changes
            .iter()
            .any(|change| change.after.as_ref().is_some_and(|after| after.path_m.len() > after.visits.len() + 2))
    );
}

#[test]
fn an_intruder_is_met_where_it_will_be_and_the_rest_is_shared_out() {
    let picture = picture();
    let intruder = Intruder {
        at_s: 0.0,
        at_m: [2500.0, 2500.0],
        velocity_m_s: [-6.0, -4.0],
        follow_s: 240.0,
        needs: "camera".to_owned(),
    };
    let difference = answered(&picture, &Event::Appears(intruder.clone()));
    let change = difference.changes.iter().find(|change| change.follows.is_some()).unwrap();
    let (meets_s, meets_m) = change.follows.unwrap();
    let start_m = picture.problem.vehicles[usize::from(change.vehicle.0)].start_m;
    let flown_m = (meets_m[0] - start_m[0]).hypot(meets_m[1] - start_m[1]);
    assert!((flown_m / 15.0 - meets_s).abs() < 1e-6 && (meets_m[0] - 2500.0 + 6.0 * meets_s).abs() < 1e-6);
    let after = change.after.as_ref().unwrap();
    assert!((after.leaves_s - meets_s - 240.0).abs() < 1e-6);
    let fast = Event::Appears(Intruder { velocity_m_s: [40.0, 40.0], ..intruder });
    let difference = answered(&picture, &fast);
    assert!(difference.changes.is_empty() && difference.reasons[0].contains("nobody"), "{:?}", difference.reasons);
}

#[test]
fn a_vehicle_caught_in_a_zone_leaves_by_the_nearest_way() {
    let mut picture = picture();
    picture.problem.vehicles[0].start_m = [2000.0, 100.0];
    let ring_m = vec![[1900.0, -300.0], [3500.0, -300.0], [3500.0, 300.0], [1900.0, 300.0]];
    let difference = answered(&picture, &Event::ZoneCloses { ring_m });
    let change = difference.changes.iter().find(|change| change.vehicle == VehicleIndex(0)).unwrap();
    assert_eq!(change.after.as_ref().unwrap().path_m[1], [1899.0, 100.0]);
}

#[test]
fn what_does_not_exist_is_refused() {
    let told = replan(&picture(), &Event::DropsOut { vehicle: VehicleIndex(9) }, 1, &mut Looks::new(1)).unwrap_err();
    assert_eq!(told.to_string(), "event names vehicle 9, there are 3, counted from 0");
    let mut wrong = picture();
    wrong.routes.push((VehicleIndex(0), vec![TaskId(3)]));
    let event = Event::Wind { wind_m_s: [1.0, 1.0] };
    assert!(matches!(replan(&wrong, &event, 1, &mut Looks::new(1)), Err(PictureError::NoSuchVisit { .. })));
    let nan = Event::Wind { wind_m_s: [f64::NAN, 1.0] };
    let told = replan(&picture(), &nan, 1, &mut Looks::new(1)).unwrap_err().to_string();
    assert_eq!(told, "wind is NaN, allowed is -100 to 100");
}

prop_compose! {
    fn events()(
        kind in 0..5,
        vehicle in 0_u16..3,
        numbers in prop::collection::vec(-1.0..1.0_f64, 16),
    ) -> Event {
        match kind {
            0 => Event::DropsOut { vehicle: VehicleIndex(vehicle) },
            1 => Event::BatterySags { vehicle: VehicleIndex(vehicle), endurance_s: 1500.0 * numbers[0].abs() },
            2 => Event::Wind { wind_m_s: [18.0 * numbers[0], 18.0 * numbers[1]] },
            3 => Event::ZoneCloses {
                ring_m: numbers.chunks_exact(2).map(|pair| [4000.0 * pair[0], 4000.0 * pair[1]]).collect(),
            },
            _ => Event::Appears(Intruder {
                at_s: 100.0 * numbers[0],
                at_m: [5000.0 * numbers[1], 5000.0 * numbers[2]],
                velocity_m_s: [25.0 * numbers[3], 25.0 * numbers[4]],
                follow_s: 900.0 * numbers[5].abs(),
                needs: "camera".to_owned(),
            }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_thing_after_the_other_is_survived(events in prop::collection::vec(events(), 1..4)) {
        let mut night = picture();
        for event in events {
            let difference = replan(&night, &event, 7, &mut Looks::new(12)).unwrap();
            if let Err(wrong) = check(&night, &difference) {
                prop_assert!(false, "{event:?}: {wrong}");
            }
            night = difference.after;
        }
    }
}

/// How far a place is from a side of a ring, m.
fn to_side_m(at: [f64; 2], [a, b]: [[f64; 2]; 2]) -> f64 {
    let (way, away) = ([b[0] - a[0], b[1] - a[1]], [at[0] - a[0], at[1] - a[1]]);
    let share = (way[0] * away[0] + way[1] * away[1]) / (way[0] * way[0] + way[1] * way[1]).max(1e-9);
    let share = share.clamp(0.0, 1.0);
    (away[0] - share * way[0]).hypot(away[1] - share * way[1])
}

/// The least distance of a way from a ring, felt for every metre.
fn keeps_off_m(way_m: &[[f64; 2]], ring: &[[f64; 2]]) -> f64 {
    let places = way_m.windows(2).flat_map(|leg| {
        let length_m = (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1]);
        let steps = length_m.ceil().max(1.0) as usize;
        (0..=steps).map(move |step| {
            let share = step as f64 / steps as f64;
            [0, 1].map(|axis: usize| leg[0][axis] + share * (leg[1][axis] - leg[0][axis]))
        })
    });
    let sides = |at: [f64; 2]| {
        let sides = (0..ring.len()).map(move |n| to_side_m(at, [ring[n], ring[(n + 1) % ring.len()]]));
        sides.fold(f64::INFINITY, f64::min)
    };
    places.map(sides).fold(f64::INFINITY, f64::min)
}

#[test]
fn a_way_round_a_closed_square_is_the_shortest_that_keeps_off_it() {
    let square = vec![[-100.0, -100.0], [100.0, -100.0], [100.0, 100.0], [-100.0, 100.0]];
    let way = way_round(std::slice::from_ref(&square), 40.0, [-500.0, 0.0], [500.0, 0.0]).unwrap();
    let length_m: f64 = way.windows(2).map(|leg| (leg[1][0] - leg[0][0]).hypot(leg[1][1] - leg[0][1])).sum();
    // Over the corners of a square 40 m larger, or a little less where corners are rounded.
    let over_corners_m = 2.0 * 360_f64.hypot(140.0) + 280.0;
    assert!((over_corners_m - 40.0..over_corners_m).contains(&length_m), "{length_m} m: {way:?}");
    assert!(keeps_off_m(&way, &square) > 34.8);
    assert_eq!(way_round(std::slice::from_ref(&square), 40.0, [0.0, 0.0], [500.0, 0.0]), None);
    assert_eq!(way_round(std::slice::from_ref(&square), 40.0, [-500.0, 0.0], [130.0, 0.0]), None);
    let straight = vec![[-500.0, 200.0], [500.0, 200.0]];
    assert_eq!(way_round(&[square], 40.0, straight[0], straight[1]), Some(straight));
}

proptest! {
    #[test]
    fn a_way_round_any_star_keeps_off_it(
        radii_m in proptest::collection::vec(50.0..300.0_f64, 3..12), angle in 0.0..std::f64::consts::TAU, apart_m in 1.0..60.0_f64,
    ) {
        let corner = |(number, radius_m): (usize, &f64)| {
            let angle = number as f64 / radii_m.len() as f64 * std::f64::consts::TAU;
            [radius_m * angle.cos(), radius_m * angle.sin()]
        };
        let star: Vec<[f64; 2]> = radii_m.iter().enumerate().map(corner).collect();
        let from_m = [700.0 * angle.cos(), 700.0 * angle.sin()];
        let way = way_round(std::slice::from_ref(&star), apart_m, from_m, [-from_m[0], -from_m[1]]).unwrap();
        prop_assert!(keeps_off_m(&way, &star) > 0.87 * apart_m, "{way:?}");
    }
}
