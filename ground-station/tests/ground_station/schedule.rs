//! A night for the fleet: asked for, proposed, accepted, and proposed anew when a vehicle drops out.

use ground_station::StationFile;
use ground_station::config::VehicleKindName;
use ground_station::desk::{self, Situation};
use ground_station::night::{self, Request, again, changes, propose};
use ground_station::station::{MADE_WITHIN, Output, Record, Restored};
use missions::notation::LonLat;
use proptest::prelude::*;
use telemetry::messages::{Action, AreaClosure, Failsafe, FlightMode, Message, PlanningAct};
use telemetry::{LatLon, VehicleId};

use crate::night::{Night, anna, at, moved, state, station_file};

/// Where all of them stand.
pub(crate) const BASE: [f64; 3] = [10.1500, 54.3634, 3.0];

/// Plans of sorties that are due count by then: when they were asked for at the next look, and were made.
pub(crate) const PLANNED_S: usize = MADE_WITHIN.as_secs() as usize + 10;

fn id(n: usize) -> VehicleId {
    VehicleId::new(format!("m{n}")).unwrap()
}

/// A room with three multirotors at one base, and a boat.
pub(crate) fn room_file() -> StationFile {
    let mut file = station_file();
    let like = file.vehicles[0].clone();
    let vehicle = |n: usize| {
        let mut one = like.clone();
        (one.id, one.name, one.plan, one.released_by) = (id(n), format!("M{n}"), None, None);
        let [lon, lat, _] = moved(BASE, 10.0 * n as f64, 0.0);
        one.home = Some(LonLat([lon, lat]));
        one.kind = if n == 4 { VehicleKindName::Boat } else { VehicleKindName::Multirotor };
        one
    };
    file.vehicles = (1..=4).map(vehicle).collect();
    file
}

fn room() -> Night {
    Night::new(&room_file())
}

fn situation(s: f64) -> Situation {
    Situation::of(at(s), &room().station)
}

/// Four hours from the begin at one post 1 km away, with these fields changed.
pub(crate) fn request(fields: &str) -> Request {
    let (from, [lon, lat, _]) = (at(0.0).unix_millis(), moved(BASE, 0.0, 1000.0));
    let stock = (1..=3).map(|n| {
        let stands_by = n == 3;
        format!(r#"{{"vehicle": "m{n}", "batteries": 4, "chargers": 2, "stands_by": {stands_by}}}"#)
    });
    let stock = stock.collect::<Vec<_>>().join(", ");
    let text = format!(
        r#"{{"from": {from}, "to": {}, "posts": [{{"name": "North", "at": [{lon}, {lat}], "from": {}, "to": {}}}],
            "stock": [{stock}], "crews": [{{"name": "Crew A", "with": "m1"}}]{fields}}}"#,
        from + 4 * 3_600_000,
        from + 600_000,
        from + 13_800_000,
    );
    Request::read(text.as_bytes()).unwrap()
}

#[test]
fn a_night_is_watched_without_a_gap_and_its_text_reads_as_what_it_was() {
    let night = propose(&request(""), &situation(0.0)).unwrap();
    assert_eq!((night.gaps.len(), night.standby.clone()), (0, vec![id(3)]));
    assert!(night.words[0].ends_with("100.0 % of the time asked for; M3 stands by."), "{}", night.words[0]);
    for pair in night.sorties.windows(2) {
        assert!(pair[1].watches[0] <= pair[0].watches[1] - 60_000 + 1, "a minute together: {pair:?}");
    }
    assert!(night.sorties.iter().all(|sortie| sortie.vehicle != id(3)));
    assert_eq!(night::Night::read(&night.text()), Ok(night));
}

#[test]
fn what_is_lacking_is_said_with_its_time_and_what_would_help() {
    let mut wanted = request("");
    wanted.stock.iter_mut().for_each(|one| one.batteries = 1);
    let night = propose(&wanted, &situation(0.0)).unwrap();
    assert!(!night.gaps.is_empty() && night.watched < 1.0);
    let told = night.words.join(" ");
    // One line for each cause, however often.
    let alone: Vec<_> = night.words.iter().filter(|line| line.starts_with("North is alone ")).collect();
    let causes: std::collections::BTreeSet<_> = night.gaps.iter().map(|gap| &gap.why).collect();
    assert!(night.gaps.len() > causes.len() && alone.len() == causes.len(), "{told}");
    assert!(
        alone.iter().any(|line| line.contains(" times from ") && line.ends_with("no battery is charged.")),
        "{told}"
    );
    assert!(told.contains("would spare"), "{told}");
}

#[test]
fn when_one_drops_out_the_one_that_stands_by_steps_in_and_it_is_said_what_changes() {
    let night = propose(&request(""), &situation(0.0)).unwrap();
    let lost = night.sorties[2].clone();
    let now = situation((lost.watches[0] - at(0.0).unix_millis()) as f64 / 1e3 + 60.0);
    let rest = again(&night, std::slice::from_ref(&lost.vehicle), &now).unwrap();
    assert_eq!((rest.out.clone(), rest.standby.len()), (vec![lost.vehicle.clone()], 0));
    let ahead = rest.sorties.iter().filter(|sortie| sortie.leaves >= now.now.unix_millis());
    assert!(ahead.clone().all(|sortie| sortie.vehicle != lost.vehicle));
    assert!(ahead.clone().any(|sortie| sortie.vehicle == id(3)));
    assert!(rest.watched > 0.9, "{}", rest.watched);
    let told = changes(&night, &rest, now.now, |vehicle| vehicle.to_string());
    assert!(told.iter().any(|line| line.starts_with(&format!("{} is out", lost.vehicle))), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("m3 takes off")), "{told:?}");
    assert_eq!(changes(&night, &night, now.now, |vehicle| vehicle.to_string()), [] as [String; 0]);
    assert!(again(&night, &[], &situation(5.0 * 3600.0)).unwrap_err().contains("over"));
}

#[test]
fn before_a_night_has_begun_all_of_it_is_proposed_without_who_dropped_out() {
    let night = propose(&request(""), &situation(-1800.0)).unwrap();
    let all = again(&night, &[id(1)], &situation(-600.0)).unwrap();
    assert_eq!((all.out.clone(), all.standby.len()), (vec![id(1)], 0));
    assert!(all.sorties.iter().all(|sortie| sortie.vehicle != id(1) && sortie.leaves >= all.request.from));
    let watched = |night: &night::Night| night.sorties[0].watches[0];
    assert!(watched(&all).abs_diff(watched(&night)) < 60_000, "from its first minute on");
    let told = changes(&night, &all, situation(-600.0).now, |vehicle| vehicle.to_string());
    assert!(told.iter().any(|line| line.starts_with("m1 is out")), "{told:?}");
}

#[test]
fn what_cannot_be_scheduled_is_refused_in_words() {
    let check = |change: fn(&mut Request), says: &str| {
        let mut wanted = request("");
        change(&mut wanted);
        let told = propose(&wanted, &situation(0.0)).unwrap_err();
        assert!(told.contains(says), "{told}");
    };
    check(|r| r.stock[0].vehicle = id(9), "there is no vehicle m9");
    check(|r| r.stock[0].vehicle = id(4), "M4 does not fly");
    check(|r| r.stock[1].vehicle = id(1), "m1 is named twice");
    check(|r| r.crews[0].with = id(4), "Crew A flies with m4, which was not chosen");
    check(|r| r.posts[0].at = [200.0, 0.0], "is no place");
    check(|r| r.posts[0].name = " ".to_owned(), "a name of 1 characters");
    check(|r| r.to += 9 * 86_400_000, "within two days");
    check(|r| r.posts[0].area = vec![r.posts[0].at; 2], "an area of 2 corners: allowed are 3 to 60");
    check(
        |r| {
            let [lon, lat] = r.posts[0].at;
            r.posts[0].area = vec![[lon, lat], [lon + 0.01, lat + 0.01], [lon + 0.01, lat], [lon, lat + 0.01]];
        },
        "cross or meet",
    );
    check(|r| r.reserve = 2.0, "reserve");
    check(|r| r.posts.clear(), "posts");
    check(|r| r.holds = vec![night::Hold { from: i64::MIN, to: i64::MAX }], "hold");
    check(|r| r.crews[0].from = Some(i64::MIN), "crew");
    assert!(Request::read(br#"{"from": 1, "guns": 2}"#).unwrap_err().contains("unknown field"));
    assert!(night::Night::read("{}").unwrap_err().contains("missing field"));
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Request::read(&bytes);
        let _ = night::Night::read(&String::from_utf8_lossy(&bytes));
    }
}

/// What is scheduled, and who dropped out.
fn scheduled(room: &Night) -> Option<(String, Vec<VehicleId>)> {
    room.station.schedule().map(|(accepted, out)| (accepted.by.to_string(), out.to_vec()))
}

#[test]
fn a_night_is_accepted_by_name_kept_over_a_restart_and_ended_by_a_person() {
    let mut room = room();
    let night = propose(&request(""), &Situation::of(at(1.0), &room.station)).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: "{}".to_owned() }));
    assert!(room.outputs.iter().any(|output| matches!(output, Output::Refuse { why, .. } if why.contains("missing"))));
    assert_eq!(scheduled(&room), None);
    room.take();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    assert_eq!(scheduled(&room), Some((anna().to_string(), Vec::new())));
    let stored: Vec<_> = room
        .take()
        .into_iter()
        .filter_map(|output| match output {
            Output::Store(Record::Planning(record)) => Some(record),
            _ => None,
        })
        .collect();
    assert_eq!((stored.len(), stored[0].by.clone()), (1, anna()));
    let restored = Restored { planning: stored, ..Restored::default() };
    let again = ground_station::Station::new(room.station.config().clone(), restored, at(60.0));
    assert_eq!(again.schedule().map(|(accepted, _)| accepted.night.clone()), Some(night));
    room.act(Action::Planning(PlanningAct::EndSchedule));
    assert_eq!(scheduled(&room), None);
}

#[test]
fn one_that_drops_out_is_named_as_long_as_the_night_needs_it() {
    let mut room = room();
    let night = propose(&request(""), &Situation::of(at(1.0), &room.station)).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    let first = night.sorties[0].vehicle.clone();
    let well = state(0.0, first.as_str(), BASE);
    room.pass(10, |room| {
        room.tell(Message::VehicleState(telemetry::messages::VehicleState {
            measured_at: at(room.now_s()),
            ..well.clone()
        }))
    });
    assert_eq!(scheduled(&room).unwrap().1, []);
    room.pass(10, |room| {
        let ill = telemetry::messages::VehicleState {
            measured_at: at(room.now_s()),
            mode: FlightMode::Return,
            failsafes: vec![Failsafe::Engine],
            ..well.clone()
        };
        room.tell(Message::VehicleState(ill));
    });
    assert_eq!(scheduled(&room).unwrap().1, std::slice::from_ref(&first));
    let situation = Situation::of(at(room.now_s()), &room.station);
    let (before, out) = situation.schedule.clone().unwrap();
    let rest = again(&before, &out, &situation).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: rest.text() }));
    assert_eq!(scheduled(&room).unwrap().1, [], "the night needs it no more");
}

/// The plans of sorties that are listed.
pub(crate) fn listed(room: &Night) -> Vec<String> {
    let ids = room.station.plans().saved().map(|(id, _)| id.to_string());
    ids.filter(|id| id.starts_with("sortie-")).collect()
}

#[test]
fn every_sortie_has_its_plan_before_its_time_and_a_person_sends_it() {
    let mut room = room();
    let night = propose(&request(""), &Situation::of(at(1.0), &room.station)).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    room.pass(PLANNED_S, |_| ());
    let near = |now_s: f64| {
        let now = at(now_s).unix_millis();
        let due = night.sorties.iter().filter(|sortie| sortie.leaves <= now + 30 * 60_000);
        due.map(night::Sortie::plan_id).collect::<std::collections::BTreeSet<_>>()
    };
    let now_s = room.now_s();
    assert!(near(now_s).len() > 1 && near(now_s).len() < night.sorties.len());
    assert_eq!(listed(&room), near(now_s).into_iter().collect::<Vec<_>>());
    // Each is checked for its own time, and clear: who relieves at a post flies higher.
    for (id, saved) in room.station.plans().saved() {
        let sortie = night.sorties.iter().find(|sortie| sortie.plan_id() == id.as_str()).unwrap();
        let report = &room.station.reports()[&(saved.vehicle.clone(), id.clone())];
        assert_eq!(report.begins.unix_millis(), sortie.leaves, "{id}");
        let watched_s = (sortie.watches[1] - sortie.watches[0]) as f64 / 1e3;
        assert!(saved.text.contains(&format!("for_s = {watched_s:.0}")), "{}", saved.text);
    }
    // Nobody has sent anything.
    assert!(room.take().iter().all(|output| !matches!(output, Output::Request(_))));
    // One that a person discards does not come back.
    let first = room.station.plans().saved().next().unwrap().0.clone();
    room.act(Action::Planning(PlanningAct::DiscardPlan(first.clone())));
    room.pass(PLANNED_S, |_| ());
    assert!(!listed(&room).contains(&first.to_string()));
    // With the schedule its plans go.
    room.act(Action::Planning(PlanningAct::EndSchedule));
    room.pass(10, |_| ());
    assert_eq!(listed(&room), [] as [String; 0]);
}

#[test]
fn a_line_is_flown_to_and_fro_for_as_long_as_the_post_is_watched() {
    let mut wanted = request("");
    let [lon, lat, _] = moved(BASE, 600.0, 1000.0);
    wanted.posts[0].line = vec![wanted.posts[0].at, [lon, lat]];
    let room = room();
    let situation = Situation::of(at(1.0), &room.station);
    let night = propose(&wanted, &situation).unwrap();
    let text = plan_of(&night, 0, &situation).unwrap();
    let sortie = &night.sorties[0];
    let watched_s = (sortie.watches[1] - sortie.watches[0]) as f64 / 1e3;
    let cruise = situation.vehicles[&sortie.vehicle].cruise_m_s;
    let passes = text.matches("waypoint").count() - 1;
    assert_eq!(passes, (watched_s * cruise / 600.0) as usize, "{text}");
    wanted.posts[0].line = vec![wanted.posts[0].at, [lon + 0.5, lat]];
    let told = propose(&wanted, &situation).unwrap().words.join(" ");
    assert!(told.contains("Not every sortie to North gets a plan") && told.contains("draw a shorter one"), "{told}");
}

/// The plan of a night's sortie.
pub(crate) fn plan_of(night: &night::Night, number: usize, situation: &Situation) -> Result<String, String> {
    let plan = desk::sortie_plans(night, [number], situation).next().unwrap()?;
    if plan.enters.is_empty() { Ok(plan.text) } else { Err(plan.enters.join("; ")) }
}

/// The places of a plan's legs, metres east and north.
pub(crate) fn way_m(situation: &Situation, text: &str) -> Vec<[f64; 2]> {
    let line = |line: &str| {
        let at = line
            .trim_start()
            .strip_prefix("{ waypoint = { at = [")
            .or(line.trim_start().strip_prefix("{ loiter = { at = ["))?;
        let [lon, lat] =
            at.split(']').next()?.split(", ").map(|number| number.parse().unwrap()).collect::<Vec<f64>>()[..]
        else {
            return None;
        };
        Some(situation.airspace.place_m(LatLon::from_degrees(lat, lon).unwrap()))
    };
    text.lines().filter_map(line).collect()
}

fn apart_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[test]
fn sorties_to_an_area_go_on_where_the_one_before_left_off_until_all_of_it_is_seen() {
    let mut wanted = request("");
    let corner = |east_m: f64, north_m: f64| {
        let [lon, lat, _] = moved(BASE, east_m, north_m);
        [lon, lat]
    };
    wanted.posts[0].area = vec![corner(0.0, 1000.0), corner(900.0, 1000.0), corner(900.0, 1700.0), corner(0.0, 1700.0)];
    wanted.posts[0].spacing_m = 50.0;
    let room = room();
    let situation = Situation::of(at(1.0), &room.station);
    let night = propose(&wanted, &situation).unwrap();
    assert!(night.words.iter().all(|line| !line.contains("gets a plan")), "{:?}", night.words);
    let plan = |number: usize| way_m(&situation, &plan_of(&night, number, &situation).unwrap());
    let ways: Vec<Vec<[f64; 2]>> = (0..5).map(plan).collect();
    let base_m = situation.airspace.place_m(LatLon::from_degrees(BASE[1], BASE[0]).unwrap());
    for (way, sortie) in ways.iter().zip(&night.sorties) {
        let whole = [vec![base_m], way.clone(), vec![base_m]].concat();
        let flown_m: f64 = whole.windows(2).map(|leg| apart_m(leg[0], leg[1])).sum();
        let cruise_m_s = situation.vehicles[&sortie.vehicle].cruise_m_s;
        let lasts_s = (sortie.lands - sortie.leaves) as f64 / 1e3;
        assert!(flown_m / cruise_m_s < lasts_s + 30.0, "{flown_m} m in {lasts_s} s");
    }
    // The second goes on where the first one's watch would have ended by the schedule; what detours cost is not made up.
    let [ends, begins] = [ways[0][ways[0].len() - 1], ways[1][0]];
    assert!(apart_m(ends, begins) < 700.0, "{ends:?} and {begins:?}");
    let legs: Vec<&[[f64; 2]]> = ways.iter().flat_map(|way| way.windows(2)).collect();
    let places = (0..400).map(|n| {
        let [lon, lat] = corner(22.5 + 45.0 * f64::from(n % 20), 1017.5 + 35.0 * f64::from(n / 20));
        situation.airspace.place_m(LatLon::from_degrees(lat, lon).unwrap())
    });
    let near = |at: &[f64; 2]| {
        legs.iter().any(|leg| {
            let (way, away) = ([0, 1].map(|n: usize| leg[1][n] - leg[0][n]), [0, 1].map(|n: usize| at[n] - leg[0][n]));
            let share = (way[0] * away[0] + way[1] * away[1]) / (way[0] * way[0] + way[1] * way[1]).max(1e-9);
            let share = share.clamp(0.0, 1.0);
            apart_m(away, [share * way[0], share * way[1]]) <= 25.5
        })
    };
    let seen = places.filter(near).count();
    assert!(seen >= 380, "{seen} of 400");
}

/// Closes a box across the way from the base to the post.
fn close_the_way(room: &mut Night, from_north_m: f64, to_north_m: f64) -> Vec<[f64; 2]> {
    let corners = [[-150.0, from_north_m], [150.0, from_north_m], [150.0, to_north_m], [-150.0, to_north_m]];
    let ring: Vec<LatLon> = corners
        .iter()
        .map(|[east_m, north_m]| {
            let [lon, lat, _] = moved(BASE, *east_m, *north_m);
            LatLon::from_degrees(lat, lon).unwrap()
        })
        .collect();
    let places_m = ring.iter().map(|at| room.station.airspace().place_m(*at)).collect();
    room.act(Action::Planning(PlanningAct::CloseArea(AreaClosure {
        name: "Regatta".to_owned(),
        ring,
        floor: None,
        ceiling: None,
        from: at(0.0),
        to: at(20_000.0),
    })));
    places_m
}

#[test]
fn a_sortie_leads_round_a_closed_area_on_its_way_there_and_back() {
    let mut room = room();
    let box_m = close_the_way(&mut room, 400.0, 600.0);
    let situation = Situation::of(at(1.0), &room.station);
    let night = propose(&request(""), &situation).unwrap();
    let text = plan_of(&night, 0, &situation).unwrap();
    let base_m = situation.airspace.place_m(LatLon::from_degrees(BASE[1], BASE[0]).unwrap());
    let post_m = [base_m[0], base_m[1] + 1000.0];
    let way = way_m(&situation, &text);
    assert!(way.iter().filter(|at| apart_m(**at, post_m) > 50.0).count() >= 4, "two corners there, two back: {text}");
    let whole = [vec![base_m], way, vec![base_m]].concat();
    let inside = |at: [f64; 2]| (0..2).all(|n| at[n] > box_m[0][n] - 1.0 && at[n] < box_m[2][n] + 1.0);
    for leg in whole.windows(2) {
        for step in 0..=200 {
            let share = f64::from(step) / 200.0;
            let at = [0, 1].map(|n: usize| leg[0][n] + share * (leg[1][n] - leg[0][n]));
            assert!(!inside(at), "{leg:?} leads through {box_m:?}");
        }
    }
    let sortie = &night.sorties[0];
    let watched_s = (sortie.watches[1] - sortie.watches[0]) as f64 / 1e3;
    let stays_s: f64 = text.split("for_s = ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(stays_s < watched_s - 1.0 && stays_s > 0.5 * watched_s, "{stays_s} of {watched_s} s");
}

#[test]
fn a_sortie_whose_plan_cannot_be_made_at_its_hour_is_told_with_the_reason_until_it_can_be() {
    let mut wanted = request("");
    let [lon, lat, _] = moved(BASE, 60_000.0, 1000.0);
    wanted.posts[0].line = vec![wanted.posts[0].at, [lon, lat]];
    let mut room = room();
    let night = propose(&wanted, &Situation::of(at(1.0), &room.station)).unwrap();
    let before = room.station.schedule_revision();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    room.pass(PLANNED_S, |_| ());
    let told: Vec<String> = room.station.sorties_without_plans().map(str::to_owned).collect();
    assert_eq!(listed(&room), [] as [String; 0]);
    assert!(told.len() > 1 && room.station.schedule_revision() > before + 1, "{told:?}");
    assert!(told[0].contains(" to North at ") && told[0].contains("draw a shorter one"), "{told:?}");
    // The same reason again is no news.
    let revision = room.station.schedule_revision();
    room.pass(100, |_| ());
    assert_eq!(room.station.schedule_revision(), revision);
    room.act(Action::Planning(PlanningAct::EndSchedule));
    room.pass(10, |_| ());
    assert_eq!(room.station.sorties_without_plans().count(), 0);
}
