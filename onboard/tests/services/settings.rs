//! Parameters of both makes of autopilot.

use std::collections::BTreeMap;
use std::time::Duration;

use onboard::link::mode::Make;
use onboard::link::parameters::{
    All, Encoding, Keeper, LIST_PATIENCE, READ_PATIENCE, Read, ReadAll, SET_PATIENCE, Set, SetOutcome, Value,
};
use proptest::prelude::*;

use crate::bench::{Bench, Link, system};

const MAKES: [Make; 2] = [Make::ArduPilot, Make::Px4];

fn keeper(make: Make) -> Keeper {
    Keeper { system: system(), encoding: Encoding::of(make, None) }
}

fn a_setting(make: Make) -> (&'static str, i64) {
    match make {
        Make::ArduPilot => ("RTL_ALT", 1500),
        Make::Px4 => ("NAV_DLL_ACT", 2),
    }
}

fn read(bench: &mut Bench, names: &[&str]) -> BTreeMap<String, Value> {
    let mut out = Vec::new();
    let mut read = Read::begin(bench.now, keeper(bench.peer.make), names.iter().copied(), &mut out);
    bench.post(out);
    bench.run(READ_PATIENCE * 8, |now, message, out| match message {
        Some(message) => read.take(now, message),
        None => read.advance(now, out),
    })
}

fn set(bench: &mut Bench, name: &str, value: Value) -> SetOutcome {
    let mut out = Vec::new();
    let mut set = Set::begin(bench.now, keeper(bench.peer.make), name, value, &mut out);
    bench.post(out);
    bench.run(SET_PATIENCE + Duration::from_secs(1), |now, message, out| {
        let outcome = match message {
            Some(message) => set.take(now, message, out),
            None => set.advance(now, out),
        };
        (outcome != SetOutcome::Waiting).then_some(outcome)
    })
}

fn read_all(bench: &mut Bench) -> All {
    let mut out = Vec::new();
    let mut all = ReadAll::begin(bench.now, keeper(bench.peer.make), &mut out);
    bench.post(out);
    bench.run(LIST_PATIENCE * 8, |now, message, out| {
        let outcome = match message {
            Some(message) => all.take(now, message),
            None => all.advance(now, out),
        };
        (outcome != All::Waiting).then_some(outcome)
    })
}

#[test]
fn a_parameter_is_read_by_its_name_in_both_encodings_although_its_answer_bears_no_index() {
    for make in MAKES {
        let (name, value) = a_setting(make);
        let found = read(&mut Bench::new(make, 1), &[name]);
        assert_eq!(found, BTreeMap::from([(name.to_owned(), Value::Whole(value))]), "{make:?}");
    }
}

#[test]
fn a_name_that_does_not_exist_gets_silence_and_is_given_up_within_its_patience() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let (begun, (name, _)) = (bench.now, a_setting(make));
        let found = read(&mut bench, &["NO_SUCH_NAME", name]);
        assert_eq!(found.keys().collect::<Vec<_>>(), [name]);
        assert!(bench.now.since(begun) < READ_PATIENCE + Duration::from_secs(3));
    }
}

#[test]
fn every_parameter_is_read_and_what_was_lost_of_the_list_is_asked_for_by_its_index() {
    for make in MAKES {
        for seed in 0..4 {
            let mut bench = Bench::new(make, seed);
            bench.link = Link { loss: 0.4, duplicate: 0.2, delay_s: [0.0, 0.3] };
            let wanted: Vec<String> = bench.peer.settings.keys().map(|name| (*name).to_owned()).collect();
            match read_all(&mut bench) {
                All::Done(found) => assert_eq!(found.into_keys().collect::<Vec<_>>(), wanted, "{make:?} seed {seed}"),
                other => panic!("{make:?} seed {seed}: {other:?}"),
            }
        }
    }
}

#[test]
fn an_autopilot_that_gives_no_list_is_given_up() {
    let mut bench = Bench::new(Make::ArduPilot, 1);
    bench.peer.alive = false;
    assert_eq!(read_all(&mut bench), All::Failed("the autopilot did not give its parameters".to_owned()));
}

#[test]
fn a_value_is_set_when_it_is_given_back_as_it_was_sent() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let (name, _) = a_setting(make);
        assert_eq!(set(&mut bench, name, Value::Whole(3)), SetOutcome::Done, "{make:?}");
        assert_eq!(bench.peer.settings[name].1, 3.0);
    }
}

#[test]
fn a_value_that_the_autopilot_does_not_take_is_told_of_with_the_one_it_keeps() {
    for make in MAKES {
        let mut bench = Bench::new(make, 1);
        let (name, value) = a_setting(make);
        bench.peer.quirks.keeps = vec![name];
        let expected = format!("the autopilot keeps {name} at {value} instead of 7");
        assert_eq!(set(&mut bench, name, Value::Whole(7)), SetOutcome::Failed(expected));
    }
}

#[test]
fn a_parameter_that_does_not_exist_cannot_be_set() {
    let outcome = set(&mut Bench::new(Make::ArduPilot, 1), "NO_SUCH_NAME", Value::Whole(7));
    let expected = "the autopilot has no parameter NO_SUCH_NAME, or does not answer";
    assert_eq!(outcome, SetOutcome::Failed(expected.to_owned()));
}

#[test]
fn ardupilot_takes_a_value_out_of_range_and_that_it_was_set_says_no_more_than_that() {
    let mut bench = Bench::new(Make::ArduPilot, 1);
    assert_eq!(set(&mut bench, "RTL_ALT", Value::Whole(-12_345)), SetOutcome::Done);
    assert_eq!(bench.peer.settings["RTL_ALT"].1, -12_345.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_link_does_a_setting_ends_within_its_bound_and_does_not_lie(
        loss in 0.0..0.4_f64, duplicate in 0.0..0.3_f64, delay in 0.0..2.0_f64, seed in any::<u64>(),
        make in prop::sample::select(&MAKES[..]), value in -100_i64..100,
    ) {
        let mut bench = Bench::new(make, seed);
        bench.link = Link { loss, duplicate, delay_s: [0.0, delay] };
        let (name, _) = a_setting(make);
        let outcome = set(&mut bench, name, Value::Whole(value));
        if outcome == SetOutcome::Done {
            prop_assert_eq!(bench.peer.settings[name].1, value as f64);
        }
    }
}
