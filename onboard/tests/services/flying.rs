//! Commands and what takes several of them, with both makes of autopilot.

use std::time::Duration;

use mavlink::MessageData;
use mavlink::dialects::ardupilotmega::*;
use mavlink::types::CharArray;
use onboard::link::command::{Addressee, Call, Exchange, Form, Outcome as CallOutcome};
use onboard::link::message_request::{MessageRequest, Outcome as Asked};
use onboard::link::mode::{Aim, Family, Make};
use onboard::link::procedure::{Outcome, Procedure, Step, Surroundings};
use onboard::link::status_text::StatusTexts;
use onboard::link::telemetry::Telemetry;
use proptest::prelude::*;
use telemetry::messages::VehicleKind;
use telemetry::{GeoidUndulation, HeightAboveHome};

use crate::bench::{Bench, Link, system};
use crate::flight::UNDULATION_M;

const MAKES: [Make; 2] = [Make::ArduPilot, Make::Px4];

struct Pilot {
    bench: Bench,
    telemetry: Telemetry,
    texts: StatusTexts,
}

impl Pilot {
    /// A pilot who has asked for the streams and seen them.
    fn of(make: Make, seed: u64) -> Self {
        let telemetry = Telemetry::new(VehicleKind::Multirotor, Family::Copter, GeoidUndulation::new(UNDULATION_M));
        let mut pilot = Self { bench: Bench::new(make, seed), telemetry, texts: StatusTexts::default() };
        let streams = [GLOBAL_POSITION_INT_DATA::ID, EXTENDED_SYS_STATE_DATA::ID, MISSION_CURRENT_DATA::ID];
        let interval = |id: u32| {
            MavMessage::COMMAND_LONG(COMMAND_LONG_DATA {
                command: MavCmd::MAV_CMD_SET_MESSAGE_INTERVAL,
                param1: id as f32,
                param2: 500_000.0,
                ..COMMAND_LONG_DATA::default()
            })
        };
        pilot.bench.post(streams.into_iter().map(interval).collect());
        pilot.watch(3.0);
        pilot
    }

    fn watch(&mut self, seconds: f64) {
        let (end, telemetry) = (self.bench.now.offset_seconds(seconds), &mut self.telemetry);
        self.bench.run(Duration::from_secs(3600), |now, message, _| {
            if let Some(message) = message {
                telemetry.take(now, message);
            }
            (now >= end).then_some(())
        });
    }

    /// Carries steps out, and gives back what became of them and what was remarked.
    fn carry_out(&mut self, bound: Duration, steps: Vec<Step>) -> (Outcome, Vec<String>) {
        let Self { bench, telemetry, texts } = self;
        let mut out = Vec::new();
        let around = Surroundings { system: system(), capabilities: None, telemetry, texts };
        let mut procedure = Procedure::begin(bench.now, steps, &around, &mut out);
        bench.post(out);
        let outcome = bench.run(bound, |now, message, out| {
            if let Some(message) = message {
                telemetry.take(now, message);
                if let MavMessage::STATUSTEXT(text) = message {
                    texts.take(now, text);
                }
            }
            let around = Surroundings { system: system(), capabilities: None, telemetry, texts };
            let outcome = match message {
                Some(message) => procedure.take(now, message, &around, out),
                None => procedure.advance(now, &around, out),
            };
            (outcome != Outcome::Waiting).then_some(outcome)
        });
        (outcome, procedure.take_remarks())
    }
}

const MINUTES: Duration = Duration::from_secs(400);

fn take_off() -> Step {
    Step::TakeOff(HeightAboveHome::new(30.0))
}

fn ask(bench: &mut Bench, call: Call) -> CallOutcome {
    let mut out = Vec::new();
    let mut exchange = Exchange::begin(bench.now, Addressee::autopilot(system()), call, &mut out);
    bench.post(out);
    bench.run(Duration::from_secs(70), |now, message, out| {
        let outcome = match message {
            Some(MavMessage::COMMAND_ACK(ack)) => exchange.take(now, ack),
            Some(_) => CallOutcome::Waiting,
            None => exchange.advance(now, out),
        };
        (outcome != CallOutcome::Waiting).then_some(outcome)
    })
}

#[test]
fn a_take_off_ends_at_the_same_height_although_one_make_counts_from_home_and_the_other_from_the_sea() {
    for make in MAKES {
        let mut pilot = Pilot::of(make, 1);
        let steps = vec![Step::Mode(Aim::Guided), Step::Arm, take_off()];
        assert_eq!(pilot.carry_out(MINUTES, steps).0, Outcome::Done, "{make:?}");
        pilot.watch(20.0);
        assert!((pilot.bench.peer.at.up_m - 30.0).abs() < 0.1, "{make:?}: {}", pilot.bench.peer.at.up_m);
    }
}

#[test]
fn a_take_off_that_px4_acknowledges_with_its_motors_at_rest_is_no_success_and_they_are_armed_once_more() {
    let mut pilot = Pilot::of(Make::Px4, 1);
    assert_eq!(pilot.carry_out(MINUTES, vec![Step::Mode(Aim::Guided), Step::Arm]).0, Outcome::Done);
    pilot.watch(12.0);
    assert!(!pilot.bench.peer.armed, "PX4 puts them at rest after 10 s on the ground");
    let (outcome, remarks) = pilot.carry_out(MINUTES, vec![take_off()]);
    assert_eq!(outcome, Outcome::Done);
    assert!(remarks.iter().any(|remark| remark.contains("its motors are at rest again")), "{remarks:?}");
    assert_eq!((pilot.bench.peer.armings, pilot.bench.peer.take_offs), (2, 1));
}

#[test]
fn ardupilot_takes_a_new_target_as_command_int_only_and_even_with_its_motors_at_rest() {
    let mut bench = Bench::new(Make::ArduPilot, 1);
    let command = MavCmd::MAV_CMD_DO_REPOSITION;
    let long = Call { what: "the new target", command, form: Form::Long([0.0; 7]) };
    let words = "the new target is taken by the autopilot as COMMAND_INT only".to_owned();
    assert_eq!(ask(&mut bench, long), CallOutcome::Refused(words));
    let frame = MavFrame::MAV_FRAME_GLOBAL;
    let form = Form::Int { frame, params: [0.0; 4], x: 543_800_000, y: 101_500_000, z: 60.0 };
    assert_eq!(ask(&mut bench, Call { what: "the new target", command, form }), CallOutcome::Accepted);
    assert_eq!((bench.peer.armed, bench.peer.targets.len()), (false, 1));
}

#[test]
fn a_mode_that_does_not_exist_fails_on_ardupilot_and_is_acknowledged_by_px4() {
    let form = Form::Long([1.0, 77.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let call = Call { what: "the change of mode", command: MavCmd::MAV_CMD_DO_SET_MODE, form };
    let words = "the change of mode failed on the autopilot".to_owned();
    assert_eq!(ask(&mut Bench::new(Make::ArduPilot, 1), call), CallOutcome::Refused(words));
    assert_eq!(ask(&mut Bench::new(Make::Px4, 1), call), CallOutcome::Accepted);
}

#[test]
fn a_message_that_the_autopilot_does_not_have_is_refused_by_both_and_one_that_it_has_comes() {
    for make in MAKES {
        for (id, expected) in [(AUTOPILOT_VERSION_DATA::ID, Asked::Came), (WIND_DATA::ID, Asked::Refused)] {
            let mut bench = Bench::new(make, 1);
            let mut out = Vec::new();
            let mut request = MessageRequest::begin(bench.now, system(), (id, 0), &mut out);
            bench.post(out);
            let outcome = bench.run(Duration::from_secs(15), |now, message, out| {
                let outcome = match message {
                    Some(message) => request.take(message),
                    None => request.advance(now, out),
                };
                (outcome != Asked::Waiting).then_some(outcome)
            });
            assert_eq!(outcome, expected, "{make:?}");
        }
    }
}

#[test]
fn arming_that_fails_is_tried_within_a_bound_and_the_reason_comes_whole_out_of_its_chunks() {
    let mut pilot = Pilot::of(Make::ArduPilot, 1);
    pilot.bench.peer.quirks.arm_refusals = u32::MAX;
    let reason = "PreArm: a reason that is much longer than the fifty bytes of one STATUSTEXT";
    for (chunk_seq, part) in (0..).zip([&reason[..50], &reason[50..]]) {
        pilot.bench.peer.tell(MavMessage::STATUSTEXT(STATUSTEXT_DATA {
            severity: MavSeverity::MAV_SEVERITY_CRITICAL,
            text: CharArray::from(part),
            id: 9,
            chunk_seq,
        }));
    }
    let (outcome, _) = pilot.carry_out(Duration::from_secs(60), vec![Step::Arm]);
    let Outcome::Failed(why) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains(reason) && why.contains("Arm: Need Position Estimate"), "{why}");
}

#[test]
fn a_mission_goes_back_to_its_start_in_the_way_that_each_make_knows() {
    for make in MAKES {
        let mut pilot = Pilot::of(make, 1);
        pilot.bench.peer.current = 4;
        pilot.watch(2.0);
        assert_eq!(pilot.carry_out(Duration::from_secs(20), vec![Step::FromStart]).0, Outcome::Done, "{make:?}");
        assert_eq!(pilot.bench.peer.current, u16::from(make == Make::ArduPilot));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_link_does_a_take_off_ends_within_its_bound_and_is_carried_out_once(
        loss in 0.0..0.4_f64, duplicate in 0.0..0.3_f64, delay in 0.0..2.0_f64, seed in any::<u64>(),
        make in prop::sample::select(&MAKES[..]),
    ) {
        let mut pilot = Pilot::of(make, seed);
        pilot.bench.link = Link { loss, duplicate, delay_s: [0.0, delay] };
        let (outcome, _) = pilot.carry_out(MINUTES, vec![Step::Mode(Aim::Guided), Step::Arm, take_off()]);
        prop_assert!(pilot.bench.peer.take_offs <= 1);
        match outcome {
            Outcome::Done => prop_assert_eq!(pilot.bench.peer.take_offs, 1),
            Outcome::Failed(why) => prop_assert!(!why.is_empty()),
            Outcome::Waiting => prop_assert!(false),
        }
    }
}
