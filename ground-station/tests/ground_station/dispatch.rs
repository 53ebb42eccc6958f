//! Released plans: out at their time, once, and people told when they do not fly.

use std::collections::BTreeSet;

use ground_station::StationFile;
use ground_station::fleet::Stage;
use ground_station::station::Restored;
use telemetry::messages::{Ack, AckStage, Authority, Command, FlightMode, FlightPhase, Message, Progress};
use telemetry::{CommandId, PlanId};

use crate::night::{Night, OFF_HARBOUR, anna, at, kinds, state, station_file, vehicle_id};

fn with_start(start_s: f64) -> StationFile {
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
        let ack = Ack {
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
    let ids: BTreeSet<CommandId> = night.requests().into_iter().map(|request| request.id).collect();
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
        let plan = PlanId::new("kiel-harbour-watch").unwrap();
        state.progress = Some(Progress { plan, leg: 3, legs: 9 });
        night.tell(Message::VehicleState(state));
    });
    assert_eq!(kinds(&flying), [] as [&str; 0], "it flies the plan already, by its own word");
}
