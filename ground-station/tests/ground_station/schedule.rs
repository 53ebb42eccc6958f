//! A night for the fleet: asked for, proposed, accepted, and proposed anew when a vehicle drops out.

use ground_station::config::VehicleKindName;
use ground_station::desk::Situation;
use ground_station::night::{self, Request, again, changes, propose};
use ground_station::station::{Output, Record, Restored};
use missions::notation::LonLat;
use proptest::prelude::*;
use telemetry::VehicleId;
use telemetry::messages::{Action, Failsafe, FlightMode, Message, PlanningAct};

use crate::night::{Night, anna, at, moved, state, station_file};

/// Where all of them stand.
const BASE: [f64; 3] = [10.1500, 54.3634, 3.0];

fn id(n: usize) -> VehicleId {
    VehicleId::new(format!("m{n}")).unwrap()
}

/// A room with three multirotors at one base, and a boat.
fn room() -> Night {
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
    Night::new(&file)
}

fn situation(s: f64) -> Situation {
    Situation::of(at(s), &room().station)
}

/// Four hours from the begin at one post 1 km away, with these fields changed.
fn request(fields: &str) -> Request {
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
    assert!(told.contains("North is alone from ") && told.contains("no battery is charged"), "{told}");
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
fn listed(room: &Night) -> Vec<String> {
    let ids = room.station.plans().saved().map(|(id, _)| id.to_string());
    ids.filter(|id| id.starts_with("sortie-")).collect()
}

#[test]
fn every_sortie_has_its_plan_before_its_time_and_a_person_sends_it() {
    let mut room = room();
    let night = propose(&request(""), &Situation::of(at(1.0), &room.station)).unwrap();
    room.act(Action::Planning(PlanningAct::AcceptSchedule { text: night.text() }));
    room.pass(10, |_| ());
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
    room.pass(10, |_| ());
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
    let text = ground_station::desk::sortie_plan(&night, 0, &situation).unwrap();
    let sortie = &night.sorties[0];
    let watched_s = (sortie.watches[1] - sortie.watches[0]) as f64 / 1e3;
    let cruise = situation.vehicles[&sortie.vehicle].cruise_m_s;
    let passes = text.matches("waypoint").count() - 1;
    assert_eq!(passes, (watched_s * cruise / 600.0) as usize, "{text}");
    wanted.posts[0].line = vec![wanted.posts[0].at, [lon + 0.5, lat]];
    let told = propose(&wanted, &situation).unwrap().words.join(" ");
    assert!(told.contains("Not every sortie to North gets a plan") && told.contains("draw a shorter one"), "{told}");
}
