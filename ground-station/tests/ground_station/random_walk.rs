//! A station that anything may happen to, in any order: what must always hold, held against what comes out.

use std::collections::{BTreeMap, BTreeSet};

use ground_station::station::{Input, Output, Record};
use proptest::prelude::*;
use telemetry::messages::{
    Ack, AckStage, Action, Alert, AlertRule, AlertState, Authority, Command, CueState, FlightMode, FlightPhase,
    JournalBody, JournalEntry, Message, OperatorAction, Order, Severity, Subject,
};
use telemetry::{AlertId, CommandId, CueId, OperatorId};

use crate::night::{HARBOUR, Night, OFF_HARBOUR, ROADS, at, moved, state, station_file, vehicle_id};

/// Something that happens.
#[derive(Debug, Clone)]
enum Happening {
    Wait { seconds: u8 },
    Seen { intruder: bool, east_m: i16, north_m: i16 },
    State { vehicle: bool, mode: u8, battery: f32 },
    Answer { newest: u8, stage: u8 },
    Journal { number: u8, series: u8, stale: bool },
    Act { who: u8, what: u8, which: u8 },
    Unanswered,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => (0_u8..20).prop_map(|seconds| Happening::Wait { seconds }),
        6 => (prop::bool::weighted(0.9), -600..600_i16, -600..600_i16)
            .prop_map(|(intruder, east_m, north_m)| Happening::Seen { intruder, east_m, north_m }),
        4 => (any::<bool>(), 0_u8..6, prop_oneof![4 => Just(0.9_f32), 2 => 0.0_f32..1.0, 1 => Just(f32::NAN)])
            .prop_map(|(vehicle, mode, battery)| Happening::State { vehicle, mode, battery }),
        3 => (any::<u8>(), 0_u8..4).prop_map(|(newest, stage)| Happening::Answer { newest, stage }),
        2 => (0_u8..12, 0_u8..3, any::<bool>())
            .prop_map(|(number, series, stale)| Happening::Journal { number, series, stale }),
        4 => (0_u8..8, 0_u8..8, any::<u8>()).prop_map(|(who, what, which)| Happening::Act { who, what, which }),
        1 => Just(Happening::Unanswered),
    ]
}

fn happen(night: &mut Night, happening: &Happening) {
    match happening {
        Happening::Wait { seconds } => night.pass((*seconds).into(), |_| {}),
        Happening::Seen { intruder, east_m, north_m } => {
            let at_place = if *intruder { HARBOUR } else { moved(HARBOUR, (*east_m).into(), (*north_m).into()) };
            night.watch(3, &[at_place]);
        }
        Happening::State { vehicle, mode, battery } => {
            let (id, at_place) = if *vehicle { ("falke-1", ROADS) } else { ("falke-2", OFF_HARBOUR) };
            let mut state = state(night.now_s(), id, at_place);
            state.battery.remaining = *battery;
            (state.mode, state.phase) = match mode {
                0 => (FlightMode::Return, FlightPhase::Underway),
                1 => (FlightMode::Hold, FlightPhase::Disarmed),
                2 => (FlightMode::Manual, FlightPhase::Armed),
                _ => (FlightMode::Mission, FlightPhase::Underway),
            };
            night.tell(Message::VehicleState(state));
        }
        Happening::Answer { newest, stage } => {
            let requests = night.requests();
            let stage = match stage {
                0 => AckStage::Accepted,
                1 => AckStage::Done,
                2 => AckStage::Refused("no".to_owned()),
                _ => AckStage::Failed("it broke".to_owned()),
            };
            let of = requests.len().checked_sub(1 + usize::from(*newest) % 8).and_then(|n| requests.get(n));
            let (command, vehicle) = of.map_or_else(
                || (CommandId::new("nobodys").unwrap(), vehicle_id("falke-1")),
                |request| (request.id.clone(), request.vehicle.clone()),
            );
            night.tell(Message::Ack(Ack { command, vehicle, at: at(night.now_s()), stage }));
        }
        Happening::Journal { number, series, stale } => {
            night.tell(Message::JournalEntry(entry(night.now_s() - if *stale { 100.0 } else { 0.0 }, *number, *series)))
        }
        Happening::Act { who, what, which } => {
            let operator = OperatorId::new(if *who == 0 { "eve" } else { "anna" }).unwrap();
            let action = action(night, *what, *which);
            night.put(Input::Operator(OperatorAction { operator, at: at(night.now_s()), action }));
        }
        Happening::Unanswered => night.put(Input::CommandUnanswered(CommandId::new("any").unwrap())),
    }
}

fn entry(s: f64, number: u8, series: u8) -> JournalEntry {
    let alert = Alert {
        id: AlertId::new(format!("falke-2.{series}-{number}")).unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Notice,
        raised_at: at(s),
        measured_at: at(s),
        subject: Subject::Vehicle(vehicle_id("falke-2")),
        position: None,
        zone: None,
        text: "something".to_owned(),
        state: AlertState::Raised,
    };
    let number = u64::from(number) + 1;
    let body = JournalBody::Alert(alert);
    JournalEntry {
        vehicle: vehicle_id("falke-2"),
        series: series.into(),
        number,
        after: number - 1,
        recorded_at: at(s),
        body,
    }
}

fn action(night: &Night, what: u8, which: u8) -> Action {
    let alert = night.alerts().get(usize::from(which) % 5).map(|alert| alert.id.clone());
    let alert = alert.unwrap_or_else(|| AlertId::new("nothing").unwrap());
    let cues = night.cues();
    let cue = cues.iter().rev().nth(usize::from(which) % 3).map(|cue| cue.id.clone());
    let cue = cue.unwrap_or_else(|| CueId::new("nothing").unwrap());
    let order = [Order::Pause, Order::Resume, Order::ReturnHome, Order::Land][usize::from(which) % 4];
    let vehicle = vehicle_id(["falke-1", "falke-2", "nobody"][usize::from(which) % 3]);
    match what {
        0 => Action::Acknowledge(alert),
        1 => Action::Close(alert),
        2 => Action::Decline(cue),
        3 => Action::Order { vehicle, order },
        _ => Action::Approve(cue),
    }
}

/// What must hold of everything that ever came out, in its order.
fn check(outputs: &[Output]) {
    let mut journal: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let (mut stored, mut alerts) = (BTreeSet::new(), BTreeSet::new());
    let mut approved: BTreeSet<CueId> = BTreeSet::new();
    let mut acted: BTreeSet<OperatorId> = BTreeSet::new();
    for output in outputs {
        match output {
            Output::Store(Record::Journal { entry, .. }) => {
                let new = journal.entry(entry.series).or_default().insert(entry.number);
                assert!(new, "stored twice: {entry:?}");
            }
            Output::Publish(Message::JournalAck(ack)) => {
                let complete =
                    (1..=ack.up_to).all(|n| journal.get(&ack.series).is_some_and(|taken| taken.contains(&n)));
                assert!(complete, "acknowledged before it was stored: {ack:?}");
            }
            Output::Store(Record::Alert(alert)) => {
                alerts.insert((alert.id.clone(), format!("{:?}", alert.state)));
            }
            Output::Publish(Message::Alert(alert)) => {
                assert!(
                    alerts.contains(&(alert.id.clone(), format!("{:?}", alert.state))),
                    "told before it was stored"
                );
            }
            Output::Store(Record::Action { action, refused: None }) => {
                acted.insert(action.operator.clone());
                if let Action::Approve(cue) = &action.action {
                    approved.insert(cue.clone());
                }
            }
            Output::Store(Record::Cue(cue)) => {
                if let CueState::Approved { .. } = cue.state {
                    assert!(approved.contains(&cue.id), "approved by nobody: {cue:?}");
                }
            }
            Output::Store(Record::Command(request)) => {
                stored.insert(request.id.clone());
            }
            Output::Request(request) => {
                assert!(stored.contains(&request.id), "sent before it was stored: {request:?}");
                match &request.authority {
                    Authority::Operator(by) => assert!(acted.contains(by), "in the name of somebody who did nothing"),
                    Authority::Plan { .. } => {
                        assert!(matches!(request.command, Command::Plan(_) | Command::Start), "{request:?}");
                    }
                }
                if let Command::Observe { cue, stand_off_m, .. } = &request.command {
                    assert!(approved.contains(cue), "a look nobody approved: {request:?}");
                    assert!((80.0..=120.0).contains(stand_off_m));
                }
            }
            _ => {}
        }
    }
    assert!(!acted.contains(&OperatorId::new("eve").unwrap()), "eve is no operator");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_what_must_hold_holds(happenings in proptest::collection::vec(happening(), 1..100)) {
        let mut file = station_file();
        file.vehicles[1].start = Some(at(15.0));
        let mut night = Night::new(&file);
        for happening in &happenings {
            happen(&mut night, happening);
        }
        check(&night.outputs);
    }
}
