//! From what a radar sees to what a vehicle is told, and what a person has to do in between.

use ground_station::station::{Input, Numbers, Output, Record, Restored};
use telemetry::messages::{
    AckStage, Action, AlertRule, AlertState, AreaClosure, Authority, Command, CueState, Failsafe, FlightMode,
    FlightPhase, Message, OperatorAction, Order, PlanningAct, Severity, Subject, TrackStatus, VehicleState,
};
use telemetry::{AlertId, CommandId, CueId, OperatorId};

use crate::night::{
    HARBOUR, Night, OFF_HARBOUR, ROADS, anna, at, intruder, kind, kinds, moved, place, proposed, state, station_file,
    vehicle_id,
};

#[test]
fn an_intruder_brings_one_alert_and_a_cue_for_the_vehicle_that_is_there_first() {
    let mut night = intruder();
    let alerts = night.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!((alerts[0].rule, alerts[0].severity), (AlertRule::ZoneEntered, Severity::Critical));
    assert!(alerts[0].text.starts_with("A drone without flight authorisation is in Naval harbour Wik: 54.357"));
    let cue = &night.cues()[0];
    assert_eq!((cue.vehicle.as_str(), &cue.alert), ("falke-2", &alerts[0].id));
    assert!((600.0..700.0).contains(&cue.distance_m), "{}", cue.distance_m);
    assert!((30.0..60.0).contains(&cue.eta_s), "{}", cue.eta_s);
    assert!((80.0..=120.0).contains(&cue.stand_off_m), "{}", cue.stand_off_m);
    night.take();
    night.watch(120, &[HARBOUR]);
    assert_eq!(night.alerts(), [], "told once");
    assert!(night.cues().iter().all(|cue| cue.id == proposed(&night)), "proposed once");
}

#[test]
fn nothing_but_plans_moves_before_a_person_says_so() {
    let night = intruder();
    assert!(kinds(&night).iter().all(|command| command.ends_with(" plan")), "{:?}", kinds(&night));
}

#[test]
fn an_approval_is_stored_with_the_name_before_the_vehicle_hears_of_it() {
    let mut night = intruder();
    let cue = proposed(&night);
    night.take();
    night.act(Action::Approve(cue.clone()));
    let outputs = night.take();
    let names: Vec<&str> = outputs
        .iter()
        .map(|output| match output {
            Output::Store(Record::Action { refused: None, .. }) => "store action",
            Output::Publish(Message::OperatorAction(_)) => "publish action",
            Output::Store(Record::Cue(_)) => "store cue",
            Output::Publish(Message::Cue(_)) => "publish cue",
            Output::Store(Record::Command(_)) => "store command",
            Output::Request(_) => "request",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["store action", "publish action", "store cue", "publish cue", "store command", "request"]);
    let Some(Output::Request(request)) = outputs.last() else { panic!("a request is last") };
    assert_eq!(request.authority, Authority::Operator(anna()));
    let Command::Observe { cue: of, target, stand_off_m, altitude } = &request.command else { panic!("{request:?}") };
    assert_eq!(*of, cue);
    assert!(target.distance_m(place(HARBOUR)) < 20.0);
    assert!((80.0..=120.0).contains(stand_off_m));
    assert!((40.0..80.0).contains(&altitude.metres));
}

#[test]
fn a_look_is_sent_anew_every_four_seconds_with_the_targets_newest_place() {
    let mut night = intruder();
    night.act(Action::Approve(proposed(&night)));
    night.answer(&AckStage::Done);
    night.take();
    let mut flown_m = 0.0;
    night.pass(20, |night| {
        flown_m -= 4.0;
        night.patrol();
        night.scan(&[moved(HARBOUR, 0.0, flown_m)]);
        night.answer(&AckStage::Done);
    });
    let looks = night.requests();
    let looks: Vec<_> = looks.iter().filter(|request| kind(&request.command) == "observe").collect();
    assert_eq!(looks.len(), 5);
    let ids: std::collections::BTreeSet<&CommandId> = looks.iter().map(|request| &request.id).collect();
    assert_eq!(ids.len(), 5, "each is a command of its own");
    let south = |n: usize| match &looks[n].command {
        Command::Observe { target, .. } => target.lat_lon().latitude_deg(),
        other => panic!("{other:?}"),
    };
    assert!(south(4) < south(0) - 0.0003, "the target moved 64 m south between the first and the last");
}

#[test]
fn when_the_track_is_gone_the_look_ends_and_the_vehicle_goes_on() {
    let mut night = intruder();
    let cue = proposed(&night);
    night.act(Action::Approve(cue.clone()));
    night.answer(&AckStage::Accepted);
    night.take();
    night.watch(60, &[]);
    let ended = night.cues().into_iter().find(|changed| changed.id == cue).unwrap();
    let CueState::Ended { why, .. } = ended.state else { panic!("{ended:?}") };
    assert_eq!(why, "the track was lost");
    let resumed: Vec<_> = night.requests().into_iter().filter(|r| r.command == Command::Resume).collect();
    assert_eq!(resumed[0].vehicle, vehicle_id("falke-2"));
    assert_eq!(resumed[0].authority, Authority::Operator(anna()));
    let dropped = night
        .outputs
        .iter()
        .filter(|o| matches!(o, Output::Publish(Message::Track(t)) if t.status == TrackStatus::Dropped));
    assert_eq!(dropped.count(), 1, "the last word on the track");
}

#[test]
fn declining_and_calling_back_end_a_cue_for_good() {
    let mut night = intruder();
    night.act(Action::Decline(proposed(&night)));
    night.take();
    night.watch(60, &[HARBOUR]);
    assert_eq!(night.cues(), [], "nobody is asked again about the same alert");

    let mut night = intruder();
    let cue = proposed(&night);
    night.act(Action::Approve(cue.clone()));
    night.answer(&AckStage::Accepted);
    night.take();
    night.act(Action::Decline(cue.clone()));
    assert_eq!(night.cues()[0].state, CueState::Declined { by: anna(), at: at(night.now_s()) });
    assert_eq!(kinds(&night), ["falke-2 resume"]);
    night.watch(20, &[HARBOUR]);
    assert!(!kinds(&night).contains(&"falke-2 observe".to_owned()));
}

#[test]
fn a_vehicle_that_gives_way_when_its_look_ends_goes_on_once_it_is_free() {
    let mut night = intruder();
    let cue = proposed(&night);
    night.act(Action::Approve(cue));
    night.answer(&AckStage::Done);
    night.watch(3, &[HARBOUR]);
    let resumes = |night: &Night| kinds(night).iter().filter(|kind| *kind == "falke-2 resume").count();
    let gives_way = |night: &mut Night, gives_way: bool| {
        let mut state = state(night.now_s(), "falke-2", OFF_HARBOUR);
        state.failsafes.extend(gives_way.then_some(Failsafe::Traffic));
        night.tell(Message::VehicleState(state));
    };
    gives_way(&mut night, true);
    let alert = night.alerts()[0].id.clone();
    night.take();
    night.act(Action::Close(alert));
    night.pass(1, |night| gives_way(night, true));
    assert_eq!(resumes(&night), 1, "{:?}", kinds(&night));
    night.answer(&AckStage::Refused("the vehicle gives way to track 1".to_owned()));
    night.pass(5, |night| gives_way(night, true));
    assert_eq!(resumes(&night), 1, "it would refuse again");
    night.pass(2, |night| gives_way(night, false));
    assert_eq!(resumes(&night), 2, "it gives way no more");
    night.answer(&AckStage::Done);
    night.pass(5, |night| gives_way(night, false));
    assert_eq!(resumes(&night), 2);
}

#[test]
fn a_vehicle_that_refuses_is_replaced_by_the_next_and_its_reason_is_told() {
    let mut file = station_file();
    // Both drones have a plan whose fence reaches the harbour.
    file.vehicles[0].plan = Some("kiel-harbour-watch".to_owned());
    file.vehicles[0].home = Some(missions::notation::LonLat([10.1500, 54.3634]));
    let mut night = Night::new(&file);
    let both = |night: &mut Night| {
        let s = night.now_s();
        night.tell(Message::VehicleState(state(s, "falke-1", moved(OFF_HARBOUR, 300.0, 0.0))));
        night.tell(Message::VehicleState(state(s, "falke-2", OFF_HARBOUR)));
        night.scan(&[HARBOUR]);
    };
    night.pass(25, both);
    let cue = proposed(&night);
    night.take();
    night.act(Action::Approve(cue.clone()));
    night.answer(&AckStage::Refused("the way there leaves the fence".to_owned()));
    night.pass(2, both);
    let cues = night.cues();
    let ended = cues.iter().find(|changed| matches!(changed.state, CueState::Ended { .. })).unwrap();
    let CueState::Ended { why, .. } = &ended.state else { unreachable!() };
    assert_eq!(why, "falke-2: the way there leaves the fence");
    let next = cues.last().unwrap();
    assert_eq!((next.vehicle.as_str(), &next.state), ("falke-1", &CueState::Proposed));
    assert_ne!(next.id, cue);
}

#[test]
fn who_cannot_go_is_not_proposed() {
    type Change = fn(&mut VehicleState);
    let cases: [(&str, Change); 6] = [
        ("too little battery", |state| state.battery.remaining = 0.3),
        ("no battery reading", |state| state.battery.remaining = f32::NAN),
        ("no fix", |state| state.gnss.fix = 2),
        ("going home", |state| state.mode = FlightMode::Return),
        ("steered by hand", |state| state.mode = FlightMode::Manual),
        ("a failsafe", |state| state.failsafes = vec![Failsafe::Engine]),
    ];
    for (why, change) in cases {
        let mut night = Night::new(&station_file());
        night.pass(25, |night| {
            let mut state = state(night.now_s(), "falke-2", OFF_HARBOUR);
            change(&mut state);
            night.tell(Message::VehicleState(state));
            night.scan(&[HARBOUR]);
        });
        assert_eq!((night.alerts().len(), night.cues().len()), (1, 0), "{why}");
    }
}

#[test]
fn a_vehicle_that_stands_ready_is_told_to_start_and_then_to_look() {
    let mut night = Night::new(&station_file());
    let mut phase = FlightPhase::Disarmed;
    let second = |night: &mut Night, phase| {
        let mut state = state(night.now_s(), "falke-2", [10.1500, 54.3634, 3.0]);
        (state.phase, state.mode) = (phase, FlightMode::Hold);
        night.tell(Message::VehicleState(state));
        night.scan(&[HARBOUR]);
        night.answer(&AckStage::Done);
    };
    night.pass(25, |night| second(night, phase));
    night.act(Action::Approve(proposed(&night)));
    night.take();
    night.act(Action::Approve(CueId::new("nobody").unwrap()));
    night.pass(5, |night| second(night, phase));
    assert_eq!(kinds(&night), [] as [&str; 0], "the start was sent once, and answered");
    phase = FlightPhase::Underway;
    night.pass(5, |night| second(night, phase));
    assert_eq!(kinds(&night), ["falke-2 observe", "falke-2 observe"]);
}

#[test]
fn an_order_overrules_a_look() {
    let mut night = intruder();
    night.act(Action::Approve(proposed(&night)));
    night.answer(&AckStage::Accepted);
    night.take();
    night.act(Action::Order { vehicle: vehicle_id("falke-2"), order: Order::ReturnHome });
    assert_eq!(kinds(&night), ["falke-2 home"], "and no word to go on");
    let CueState::Ended { why, .. } = &night.cues()[0].state else { panic!("{:?}", night.cues()) };
    assert_eq!(why, "anna gave the vehicle another order");
}

#[test]
fn an_order_is_repeated_until_answered_and_people_are_told_when_it_never_is() {
    let mut night = Night::new(&station_file());
    night.watch(3, &[]);
    night.answer(&AckStage::Done);
    night.take();
    night.act(Action::Order { vehicle: vehicle_id("falke-1"), order: Order::Pause });
    night.watch(40, &[]);
    let ids: std::collections::BTreeSet<CommandId> = night.requests().into_iter().map(|request| request.id).collect();
    assert_eq!(ids.len(), 1, "always the same id");
    assert_eq!(night.requests().len(), 16, "at once, and every two seconds for half a minute");
    let texts: Vec<String> = night.alerts().into_iter().map(|alert| alert.text).collect();
    assert_eq!(texts, ["Falke 1 did not answer the order to hold, given by anna."]);
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason_and_stored_all_the_same() {
    let mut night = intruder();
    let alert = night.alerts()[0].id.clone();
    let cue = proposed(&night);
    let unknown_alert = AlertId::new("kiel.99").unwrap();
    let cases = [
        (Action::Acknowledge(unknown_alert.clone()), "there is no alert kiel.99"),
        (Action::Close(unknown_alert), "there is no alert kiel.99"),
        (Action::Approve(CueId::new("c").unwrap()), "there is no cue c"),
        (Action::Decline(CueId::new("c").unwrap()), "there is no cue c"),
        (Action::Order { vehicle: vehicle_id("x"), order: Order::Land }, "there is no vehicle x"),
    ];
    for (action, reason) in cases {
        night.take();
        night.act(action.clone());
        let outputs = night.take();
        let [Output::Store(Record::Action { refused: Some(stored), .. }), Output::Refuse { why, .. }] = &outputs[..]
        else {
            panic!("{outputs:?}")
        };
        assert_eq!((stored.as_str(), why.as_str()), (reason, reason), "{action:?}");
    }
    let stranger = OperatorAction {
        operator: OperatorId::new("eve").unwrap(),
        at: at(night.now_s()),
        action: Action::Approve(cue.clone()),
    };
    night.put(Input::Operator(stranger));
    assert!(matches!(&night.take()[1], Output::Refuse { why, .. } if why == "eve is not an operator of this station"));
    night.act(Action::Acknowledge(alert.clone()));
    night.act(Action::Acknowledge(alert));
    night.act(Action::Approve(cue.clone()));
    night.act(Action::Approve(cue));
    let refused = night.take().into_iter().filter(|output| matches!(output, Output::Refuse { .. })).count();
    assert_eq!(refused, 2, "each the second time");
}

#[test]
fn a_closed_alert_ends_its_cue() {
    let mut night = intruder();
    let alert = night.alerts()[0].id.clone();
    night.take();
    night.act(Action::Close(alert));
    night.watch(2, &[HARBOUR]);
    assert!(matches!(night.alerts()[0].state, AlertState::Closed { .. }));
    let CueState::Ended { why, .. } = &night.cues()[0].state else { panic!("{:?}", night.cues()) };
    assert_eq!(why, "the alert was closed");
}

#[test]
fn our_own_drones_bring_no_alert_even_in_a_zone() {
    let mut night = Night::new(&station_file());
    let mut flown_m = -300.0;
    night.pass(90, |night| {
        flown_m += 6.0;
        let here = moved(HARBOUR, flown_m, 0.0);
        let mut state = state(night.now_s(), "falke-2", here);
        state.velocity.east_m_s = 6.0;
        night.tell(Message::VehicleState(state));
        night.scan(&[here]);
    });
    assert_eq!(night.alerts(), []);
    let own = night.station.picture().sightings().filter(|sighting| sighting.own == Some(vehicle_id("falke-2")));
    assert_eq!(own.count(), 1);
}

#[test]
fn a_drone_beside_one_of_ours_is_not_taken_for_it() {
    let mut night = Night::new(&station_file());
    let mut near = 600.0;
    // Falke 2 goes to 100 m from the intruder and stays there, and the radar sees both.
    night.pass(90, |night| {
        near = (near - 10.0_f64).max(100.0);
        let ours = moved(HARBOUR, near, 0.0);
        let mut state = state(night.now_s(), "falke-2", ours);
        state.velocity.east_m_s = if near > 100.0 { -10.0 } else { 0.0 };
        night.tell(Message::VehicleState(state));
        night.scan(&[ours, HARBOUR]);
    });
    assert_eq!(night.alerts().len(), 1);
    let foreign = night.station.picture().sightings().filter(|sighting| sighting.own.is_none() && sighting.believed());
    assert_eq!(foreign.count(), 1);
}

#[test]
fn a_track_that_falls_behind_our_drone_is_still_our_drone_unless_another_is_where_it_is() {
    // Falke 2 hovers, then flies off at 14 m/s; what follows it is 45 m behind.
    for another in [false, true] {
        let mut night = Night::new(&station_file());
        let (mut flown_m, mut behind_m) = (0.0_f64, 0.0_f64);
        night.pass(60, |night| {
            let sets_off = night.now_s() > 30.0;
            flown_m += if sets_off { 14.0 } else { 0.0 };
            behind_m = (behind_m + if sets_off { 8.0 } else { 0.0 }).min(45.0);
            let here = moved(ROADS, flown_m, 0.0);
            let mut state = state(night.now_s(), "falke-2", here);
            state.velocity.east_m_s = if sets_off { 14.0 } else { 0.0 };
            night.tell(Message::VehicleState(state));
            let echo = moved(ROADS, flown_m - behind_m, 0.0);
            night.scan(&[echo, here][..if another && sets_off { 2 } else { 1 }]);
        });
        let believed = |foreign: bool| {
            let sightings = night.station.picture().sightings();
            sightings.filter(|sighting| sighting.believed() && sighting.own.is_none() == foreign).count()
        };
        assert_eq!([believed(false), believed(true)], [1, usize::from(another)], "another: {another}");
    }
}

#[test]
fn a_silent_drone_that_flies_home_on_its_way_is_presumed_to_be_ours() {
    let mut night = Night::new(&station_file());
    let home = [10.1570, 54.3730, 50.0];
    let step = |n: f64| [ROADS[0] + (home[0] - ROADS[0]) * n, ROADS[1] + (home[1] - ROADS[1]) * n, 50.0];
    // Heard for a while, then silent; the radar loses it, and finds it again on its way home.
    night.pass(10, |night| night.patrol());
    let mut s = 0.0;
    night.pass(90, |night| {
        s += 1.0;
        let seen = if s < 30.0 { Vec::new() } else { vec![step(s / 110.0)] };
        night.scan(&seen);
    });
    let sightings: Vec<_> = night.station.picture().sightings().filter(|sighting| sighting.believed()).collect();
    assert_eq!(sightings.len(), 1);
    assert_eq!(sightings[0].own, Some(vehicle_id("falke-1")));
}

#[test]
fn cues_of_an_earlier_life_end_and_their_vehicles_go_on() {
    let mut before = intruder();
    let cue = proposed(&before);
    before.act(Action::Approve(cue.clone()));
    let open = before.cues().into_iter().rfind(|changed| changed.id == cue).unwrap();
    let restored = Restored { alerts: before.alerts(), cues: vec![open], ..Restored::default() };
    let after = Night::restored(&station_file(), restored, 60.0);
    let CueState::Ended { why, .. } = &after.cues()[0].state else { panic!("{:?}", after.cues()) };
    assert_eq!(why, "the operations room was started again");
    assert_eq!(kinds(&after), ["falke-2 resume"]);
    assert_eq!(after.station.alerts().alerts().count(), 1);
}

#[test]
fn tracks_of_a_new_life_do_not_take_the_numbers_that_old_alerts_speak_of() {
    let numbers = Numbers { track: 41, alert: 7, cue: 3, command: 9, ..Numbers::default() };
    let mut night = Night::restored(&station_file(), Restored { numbers, ..Restored::default() }, 0.0);
    night.watch(25, &[HARBOUR]);
    let alert = &night.alerts()[0];
    assert_eq!(alert.id.as_str(), "kiel-holtenau.8");
    assert!(matches!(alert.subject, Subject::Track(track) if track.0 > 41));
    assert_eq!(night.cues()[0].id.as_str(), "kiel-holtenau.cue.4");
}

/// An area of 200 m half way between the vehicle and what it is to look at.
fn closed_on_the_way() -> Action {
    let [lon, lat] = [0, 1].map(|axis| f64::midpoint(HARBOUR[axis], OFF_HARBOUR[axis]));
    let corners = [(-100.0, -100.0), (100.0, -100.0), (100.0, 100.0), (-100.0, 100.0)];
    let ring = corners.map(|(east_m, north_m)| place(moved([lon, lat, 0.0], east_m, north_m)).lat_lon());
    Action::Planning(PlanningAct::CloseArea(AreaClosure {
        name: "Rescue".to_owned(),
        ring: ring.to_vec(),
        floor: None,
        ceiling: None,
        from: at(0.0),
        to: at(3600.0),
    }))
}

#[test]
fn a_vehicle_in_the_air_is_not_sent_to_look_through_an_area_that_has_closed() {
    let mut night = intruder();
    let cue = proposed(&night);
    night.act(closed_on_the_way());
    night.take();
    night.act(Action::Approve(cue.clone()));
    let refused = night.outputs.iter().find_map(|output| match output {
        Output::Refuse { why, .. } => Some(why.clone()),
        _ => None,
    });
    let why = refused.unwrap();
    assert!(
        why.contains("Falke 2 cannot go: on its way it is ") && why.contains("inside Rescue, which is closed"),
        "{why}"
    );
    assert_eq!(kinds(&night), [] as [&str; 0]);
    night.watch(3, &[HARBOUR]);
    let ended = night.cues().into_iter().find(|changed| changed.id == cue).unwrap();
    assert!(matches!(&ended.state, CueState::Ended { why, .. } if why.contains("Rescue")), "{ended:?}");
    assert!(night.cues().iter().all(|cue| cue.state != CueState::Proposed || cue.vehicle != vehicle_id("falke-2")));
}

#[test]
fn a_look_that_goes_on_ends_when_an_area_closes_on_its_way() {
    let mut night = intruder();
    let cue = proposed(&night);
    night.act(Action::Approve(cue.clone()));
    night.answer(&AckStage::Accepted);
    night.watch(3, &[HARBOUR]);
    night.act(closed_on_the_way());
    night.take();
    night.watch(6, &[HARBOUR]);
    let ended = night.cues().into_iter().find(|changed| changed.id == cue).unwrap();
    assert!(matches!(&ended.state, CueState::Ended { why, .. } if why.contains("Rescue")), "{ended:?}");
    assert!(kinds(&night).iter().all(|sent| sent == "falke-2 resume"), "{:?}", kinds(&night));
}
