//! The station as one: from what a radar sees to what a vehicle is told, and what a person has to do in between.
#![allow(clippy::unwrap_used, reason = "what clippy.toml allows in tests, it does not see in their helpers")]

mod night;

use ground_station::fleet::Stage;
use ground_station::station::{Input, Output, Record, Restored, Station};
use night::{HARBOUR, Night, OFF_HARBOUR, ROADS, anna, at, kind, moved, opened, state, station_file, vehicle_id};
use telemetry::messages::{
    AckStage, Action, Alert, AlertRule, AlertState, Authority, Command, CueState, FlightMode, FlightPhase, JournalBody,
    JournalEntry, Message, Order, Severity, Subject, TrackStatus,
};
use telemetry::{AlertId, CommandId, CueId, OperatorId, Timestamp};

/// A night in which an intruder hovers in the harbour long enough for an alert and a cue.
fn intruder() -> Night {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    night
}

fn proposed(night: &Night) -> CueId {
    night.cues().into_iter().rfind(|cue| cue.state == CueState::Proposed).expect("a cue is proposed").id
}

fn kinds(night: &Night) -> Vec<String> {
    night.commands().iter().map(|(vehicle, command)| format!("{vehicle} {}", kind(command))).collect()
}

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
    assert!(night.commands().iter().all(|(_, command)| matches!(command, Command::Plan(_))), "{:?}", kinds(&night));
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
    assert!(target.distance_m(night::place(HARBOUR)) < 20.0);
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
    type Change = fn(&mut telemetry::messages::VehicleState);
    let cases: [(&str, Change); 6] = [
        ("too little battery", |state| state.battery.remaining = 0.3),
        ("no battery reading", |state| state.battery.remaining = f32::NAN),
        ("no fix", |state| state.gnss.fix = 2),
        ("going home", |state| state.mode = FlightMode::Return),
        ("steered by hand", |state| state.mode = FlightMode::Manual),
        ("a failsafe", |state| state.failsafes = vec![telemetry::messages::Failsafe::Engine]),
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
    let stranger = telemetry::messages::OperatorAction {
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

fn with_start(start_s: f64) -> ground_station::StationFile {
    let mut file = station_file();
    file.vehicles[1].start = Some(at(start_s));
    file.vehicles.remove(0);
    file
}

fn waiting(night: &mut Night) {
    let mut state = state(night.now_s(), "falke-2", [10.1500, 54.3634, 3.0]);
    (state.phase, state.mode) = (FlightPhase::Disarmed, FlightMode::Hold);
    night.tell(Message::VehicleState(state));
}

#[test]
fn a_released_plan_goes_out_at_its_time_and_then_the_start() {
    let mut night = Night::new(&with_start(10.0));
    night.pass(9, waiting);
    assert_eq!(kinds(&night), [] as [&str; 0]);
    night.pass(6, waiting);
    assert_eq!(kinds(&night), ["falke-2 plan", "falke-2 plan", "falke-2 plan"], "again every two seconds");
    let request = night.requests().remove(0);
    let Authority::Plan { plan, released_by } = &request.authority else { panic!("{request:?}") };
    assert_eq!((plan.as_str(), released_by), ("kiel-harbour-watch", &anna()));
    assert!(night.requests().iter().all(|again| again.id == request.id));
    night.answer(&AckStage::Accepted);
    night.take();
    night.pass(3, waiting);
    assert_eq!(kinds(&night), [] as [&str; 0], "no start before the vehicle has the plan");
    night.pass(1, |night| {
        let ack = telemetry::messages::Ack {
            command: request.id.clone(),
            vehicle: request.vehicle.clone(),
            at: at(night.now_s()),
            stage: AckStage::Done,
        };
        night.tell(Message::Ack(ack));
    });
    assert_eq!(kinds(&night), ["falke-2 start"]);
    night.answer(&AckStage::Done);
    assert_eq!(night.station.fleet().vehicle(&vehicle_id("falke-2")).unwrap().dispatch().stage(), Stage::Started);
    night.take();
    night.pass(60, waiting);
    assert_eq!(kinds(&night), [] as [&str; 0]);
    assert_eq!(night.alerts(), []);
}

#[test]
fn a_refused_plan_is_tried_again_and_people_are_told_once() {
    let mut night = Night::new(&with_start(0.0));
    night.pass(60, |night| {
        waiting(night);
        night.answer(&AckStage::Refused("no home yet".to_owned()));
    });
    let ids: std::collections::BTreeSet<CommandId> = night.requests().into_iter().map(|request| request.id).collect();
    assert!(ids.len() >= 8, "each attempt is a command of its own: {ids:?}");
    let texts: Vec<String> = night.alerts().into_iter().map(|alert| alert.text).collect();
    assert_eq!(texts, ["Falke 2 does not fly its released plan: it refuses: no home yet (it is asked again)."]);
}

#[test]
fn a_plan_that_could_not_be_begun_in_time_is_given_up_with_an_alert() {
    let mut night = Night::new(&with_start(0.0));
    night.pass(700, |_| {});
    assert_eq!(kinds(&night), [] as [&str; 0], "a vehicle that is not heard is sent nothing");
    assert_eq!(night.alerts().len(), 1);
    night.pass(5, waiting);
    assert_eq!(kinds(&night), [] as [&str; 0], "and nothing after that");
}

#[test]
fn a_station_started_again_sends_the_same_ids_or_nothing_at_all() {
    let mut before = Night::new(&with_start(0.0));
    before.pass(3, waiting);
    let first = before.requests().remove(0);
    let mut after = Night::restored(&with_start(0.0), Restored::default(), 5.0);
    after.pass(2, waiting);
    assert_eq!(after.requests()[0].id, first.id);

    before.answer(&AckStage::Done);
    let start = before.requests().into_iter().find(|request| request.command == Command::Start).unwrap();
    let dispatched = [(first.id, AckStage::Done), (start.id, AckStage::Done)].into();
    let mut after = Night::restored(&with_start(0.0), Restored { dispatched, ..Restored::default() }, 5.0);
    after.pass(30, waiting);
    assert_eq!(kinds(&after), [] as [&str; 0]);

    let mut flying = Night::restored(&with_start(0.0), Restored::default(), 5.0);
    flying.pass(30, |night| {
        let mut state = state(night.now_s(), "falke-2", OFF_HARBOUR);
        let plan = telemetry::PlanId::new("kiel-harbour-watch").unwrap();
        state.progress = Some(telemetry::messages::Progress { plan, leg: 3, legs: 9 });
        night.tell(Message::VehicleState(state));
    });
    assert_eq!(kinds(&flying), [] as [&str; 0], "it flies the plan already, by its own word");
}

fn entry(number: u64, s: f64, body: JournalBody) -> JournalEntry {
    JournalEntry { vehicle: vehicle_id("falke-2"), series: 1, number, after: number - 1, recorded_at: at(s), body }
}

fn engine_alert(number: u64) -> Alert {
    Alert {
        id: AlertId::new(format!("falke-2.{number}")).unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        raised_at: at(0.0),
        measured_at: at(0.0),
        subject: Subject::Vehicle(vehicle_id("falke-2")),
        position: None,
        zone: None,
        text: "falke-2 has an engine failure".to_owned(),
        state: AlertState::Raised,
    }
}

#[test]
fn a_journal_entry_is_stored_then_acted_on_then_acknowledged_and_all_that_once() {
    let mut night = Night::new(&station_file());
    let sent = entry(1, 0.0, JournalBody::Alert(engine_alert(1)));
    night.tell(Message::JournalEntry(sent.clone()));
    let outputs = night.take();
    let [
        Output::Store(Record::Journal { entry: stored, up_to: 1, .. }),
        Output::Store(Record::Alert(alert)),
        Output::Publish(Message::Alert(published)),
        Output::Publish(Message::JournalAck(ack)),
    ] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!((stored, alert, published, ack.up_to), (&sent, &engine_alert(1), &engine_alert(1), 1));
    night.tell(Message::JournalEntry(sent));
    assert!(matches!(&night.take()[..], [Output::Publish(Message::JournalAck(ack))] if ack.up_to == 1));
}

#[test]
fn an_entry_beyond_a_gap_is_taken_and_the_gap_is_not_acknowledged() {
    let mut night = Night::new(&station_file());
    for (number, acknowledged) in [(3, 0), (1, 1), (2, 3)] {
        night.tell(Message::JournalEntry(entry(number, 0.0, JournalBody::Alert(engine_alert(number)))));
        let acks: Vec<u64> = night
            .take()
            .into_iter()
            .filter_map(
                |output| if let Output::Publish(Message::JournalAck(ack)) = output { Some(ack.up_to) } else { None },
            )
            .collect();
        assert_eq!(acks, [acknowledged], "after entry {number}");
    }
    assert_eq!(night.station.alerts().alerts().count(), 3);
}

#[test]
fn what_a_vehicle_saw_long_ago_is_kept_and_does_not_move_the_picture() {
    let mut night = Night::new(&station_file());
    night.pass(60, |_| {});
    for (number, measured_s, scans) in [(1, 20.0, 0), (2, 55.0, 1)] {
        let mut seen = night::scan(measured_s, number, &[HARBOUR]);
        seen.scan = number;
        night.take();
        night.tell(Message::JournalEntry(entry(number, measured_s, JournalBody::Scan(seen))));
        assert!(matches!(night.outputs[0], Output::Store(Record::Journal { .. })));
        assert_eq!(night.station.counts().scans, scans);
    }
}

#[test]
fn an_entry_of_a_newer_vehicle_is_kept_unread_and_acknowledged() {
    let mut night = Night::new(&station_file());
    night.tell(Message::JournalEntry(entry(1, 0.0, JournalBody::Unreadable(vec![1, 2, 3]))));
    assert!(matches!(
        &night.take()[..],
        [Output::Store(Record::Journal { .. }), Output::Publish(Message::JournalAck(_))]
    ));
    assert_eq!(night.station.counts().journal_unreadable, 1);
}

#[test]
fn words_from_strangers_are_counted_and_nothing_else() {
    let mut night = Night::new(&station_file());
    night.tell(Message::VehicleState(state(0.0, "stranger", ROADS)));
    let mut theirs = entry(1, 0.0, JournalBody::Alert(engine_alert(1)));
    theirs.vehicle = vehicle_id("stranger");
    night.tell(Message::JournalEntry(theirs));
    night.tell(Message::Alert(engine_alert(1)));
    assert_eq!(night.take(), []);
    assert_eq!(night.station.counts().ignored, 3);
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
    let numbers = ground_station::station::Numbers { track: 41, alert: 7, cue: 3, command: 9 };
    let mut night = Night::restored(&station_file(), Restored { numbers, ..Restored::default() }, 0.0);
    night.watch(25, &[HARBOUR]);
    let alert = &night.alerts()[0];
    assert_eq!(alert.id.as_str(), "kiel-holtenau.8");
    assert!(matches!(alert.subject, Subject::Track(track) if track.0 > 41));
    assert_eq!(night.cues()[0].id.as_str(), "kiel-holtenau.cue.4");
}

/// Everything a station gives out for a sequence of inputs, asked for its ticks as `advance` says.
fn replayed(
    inputs: &[(Timestamp, Input)],
    end: Timestamp,
    mut advance: impl FnMut(&mut Station, Timestamp),
) -> Vec<Output> {
    let mut station = Station::new(opened(&station_file()).config, Restored::default(), at(0.25));
    let mut outputs = Vec::new();
    let mut take = |station: &mut Station| {
        while let Some(output) = station.next_output() {
            outputs.push(output);
        }
    };
    for (now, input) in inputs {
        advance(&mut station, *now);
        station.handle(*now, input.clone());
        take(&mut station);
    }
    station.advance(end);
    take(&mut station);
    outputs
}

#[test]
fn the_same_inputs_give_the_same_outputs_however_often_time_is_told() {
    let mut night = intruder();
    night.act(Action::Approve(proposed(&night)));
    night.watch(30, &[HARBOUR]);
    let end = at(night.now_s());
    assert_eq!(replayed(&night.inputs, end, |_, _| {}), night.outputs);
    let often = replayed(&night.inputs, end, |station, now| {
        for n in (0..10).rev() {
            station.advance(Timestamp::from_unix_nanos(now.unix_nanos() - n * 7_000_000));
        }
    });
    assert_eq!(often, night.outputs);
}

#[test]
fn time_that_goes_backwards_harms_nothing() {
    let mut night = intruder();
    night.take();
    night.station.handle(at(-1000.0), Input::Message(Message::VehicleState(state(1.0, "falke-1", ROADS))));
    night.station.advance(at(-2000.0));
    assert!(night.station.next_output().is_none());
    assert_eq!(night.station.next_deadline(), at(26.0));
}
