//! Looks computed by hand, and what must hold whatever happens.

use proptest::prelude::*;

use super::*;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
}

fn born(probability: f64) -> Existence {
    Existence { visible: 0.8, ..Existence::born(probability, Way::Reflects) }
}

#[test]
fn a_look_that_finds_nothing_comes_out_as_computed_by_hand() {
    // There and seen 0.5·0.8, of which 0.9 are caught: 0.36. What is left: 0.5 gone, 0.04 in view, 0.1 hidden.
    let mut existence = born(0.5);
    existence.look(1.0, 0.9, Way::Reflects);
    close(existence.probability, 0.14 / 0.64);
    close(existence.visible, 0.04 / 0.14);
    close(existence.speaks, Existence::born(0.5, Way::Reflects).speaks);
}

#[test]
fn a_sure_detection_leaves_no_doubt() {
    let mut existence = born(0.3);
    existence.look(0.0, 0.9, Way::Reflects);
    close(existence.probability, 0.999_999);
    close(existence.visible, 1.0);
}

#[test]
fn a_detection_that_is_half_sure_is_half_way() {
    let (mut missed, mut half) = (born(0.5), born(0.5));
    missed.look(1.0, 0.9, Way::Reflects);
    half.look(0.5, 0.9, Way::Reflects);
    close(half.probability, 0.5 + 0.5 * missed.probability);
    // Seen it is if it was caught, or if it was not and is in view all the same.
    close(half.visible, (0.5 + 0.5 * 0.04 / 0.64) / half.probability);
}

#[test]
fn a_look_that_cannot_see_it_says_nothing() {
    let mut existence = born(0.5);
    existence.look(1.0, 0.0, Way::Reflects);
    close(existence.probability, 0.5);
    close(existence.visible, 0.8);
}

#[test]
fn what_transmits_and_what_reflects_are_hidden_each_by_itself() {
    let mut existence = Existence::born(0.5, Way::Transmits);
    let visible = existence.visible;
    existence.look(1.0, 0.9, Way::Transmits);
    close(existence.visible, visible);
    assert!(existence.speaks < 0.98);
    assert!(Existence::born(0.5, Way::Reflects).visible > Existence::born(0.5, Way::Transmits).visible);
}

#[test]
fn what_is_hidden_comes_to_its_long_run_share_and_two_spans_are_one() {
    for visible in [0.0, 1.0] {
        let mut existence = Existence { visible, speaks: visible, ..Existence::born(0.9, Way::Reflects) };
        existence.predict(1e5, Domain::Air);
        close(existence.visible, SEEN_S / (SEEN_S + HIDDEN_S));
        close(existence.speaks, SPEAKS_S / (SPEAKS_S + SILENT_S));
    }
    let (mut once, mut twice) = (born(0.9), born(0.9));
    once.predict(5.0, Domain::Surface);
    twice.predict(1.5, Domain::Surface);
    twice.predict(3.5, Domain::Surface);
    close(once.visible, twice.visible);
    close(once.probability, twice.probability);
}

#[test]
fn a_chain_leaves_its_states_at_the_rates_of_their_mean_times() {
    let dt = 1e-6;
    let slope = |from: f64| (relaxed(from, dt, 120.0, 10.0) - from) / dt;
    assert!((slope(1.0) + 1.0 / 120.0).abs() < 1e-6 && (slope(0.0) - 1.0 / 10.0).abs() < 1e-6);
}

#[test]
fn what_flies_is_gone_sooner_than_what_floats_and_time_does_not_run_backwards() {
    let (mut flies, mut floats, mut backwards) = (born(0.9), born(0.9), born(0.9));
    flies.predict(20.0, Domain::Air);
    floats.predict(20.0, Domain::Surface);
    backwards.predict(-20.0, Domain::Air);
    assert!(flies.probability < floats.probability && floats.probability < 0.9);
    assert_eq!(backwards, born(0.9));
}

/// Looks once a second until it is given up, at most a thousand.
fn misses_borne(mut existence: Existence, detection: f64) -> usize {
    let mut looks = 0;
    while !existence.is_hopeless() && looks < 1000 {
        existence.predict(1.0, Domain::Air);
        existence.look(1.0, detection, Way::Reflects);
        looks += 1;
    }
    looks
}

#[test]
fn what_was_seen_long_is_rather_hidden_than_gone_and_what_was_seen_once_was_nothing() {
    let mut known = born(0.1);
    for _ in 0..30 {
        known.predict(1.0, Domain::Air);
        known.look(0.0, 0.9, Way::Reflects);
    }
    let (long, once) = (misses_borne(known, 0.9), misses_borne(Existence::born(0.02, Way::Reflects), 0.9));
    assert!(long >= 10 && once <= 4, "{long} looks, and {once}");
    assert!(misses_borne(known, 0.3) > long, "a sensor that sees little takes little away");
}

#[test]
fn a_target_of_which_little_was_expected_is_given_up_once_that_is_disproved() {
    let at = |born: f64, now: f64| Existence { probability: now, ..Existence::born(born, Way::Reflects) }.is_hopeless();
    assert!(!at(0.01, 0.0004) && at(0.01, 0.0002), "a hundredth fallen to a fiftieth of that");
    assert!(!at(0.9, 0.021) && at(0.9, 0.019), "nearly sure of it: below a fiftieth at any rate");
    assert!(at(1e-12, 0.9e-9));
    let mut refuted = born(0.9);
    refuted.refute();
    assert!(refuted.is_hopeless());
}

#[test]
fn its_own_word_makes_it_no_less_sure() {
    let mut existence = born(0.5);
    existence.spoke(0.98);
    close(existence.probability, 0.98);
    existence.spoke(0.7);
    close(existence.probability, 0.98);
}

#[test]
fn a_weak_echo_is_known_by_its_record() {
    let looked = |seen_in_ten: usize| {
        let mut existence = Existence::born(0.99, Way::Reflects);
        for look in 0..2000 {
            existence.probability = 0.99;
            existence.visible = 0.99;
            let missed = if look % 10 < seen_in_ten { 0.0 } else { 1.0 };
            existence.look(missed, 0.9, Way::Reflects);
        }
        existence.echo()
    };
    assert_eq!(born(0.9).echo(), 1.0);
    assert_eq!(looked(10), 1.0);
    assert!(looked(8) < looked(9) && looked(6) < looked(8), "{} {} {}", looked(9), looked(8), looked(6));
    assert_eq!(looked(0), ECHO_MIN);
}

#[test]
fn misses_of_what_is_hidden_are_not_held_against_its_echo() {
    let expected = |visible: f64| {
        let mut existence = Existence { visible, probability: 0.99, ..Existence::born(0.99, Way::Reflects) };
        existence.look(1.0, 0.9, Way::Reflects);
        existence.expected
    };
    // Missed with 0.9 to be caught: of those in view one in ten is left, of 0.2 beside 0.8 hidden, 0.02 beside 0.8.
    close(expected(0.2), 0.9 * 0.02 / 0.82);
    close(expected(1.0), 0.9);
    close(expected(0.0), 0.0);
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Time(f64, Domain),
    Look(f64, f64, Way),
    Word(f64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let domain = prop_oneof![Just(Domain::Air), Just(Domain::Surface)];
    let way = prop_oneof![Just(Way::Reflects), Just(Way::Transmits)];
    let share = || prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0f64];
    let event = prop_oneof![
        (-10.0..1000.0f64, domain).prop_map(|(span_s, domain)| Event::Time(span_s, domain)),
        (share(), share(), way).prop_map(|(missed, detection, way)| Event::Look(missed, detection, way)),
        share().prop_map(Event::Word),
    ];
    proptest::collection::vec(event, 1..60)
}

proptest! {
    #[test]
    fn whatever_happens_probabilities_stay_probabilities(probability in 0.0..=1.0f64, events in events()) {
        let mut existence = Existence::born(probability, Way::Reflects);
        for event in events {
            match event {
                Event::Time(span_s, domain) => existence.predict(span_s, domain),
                Event::Look(missed, detection, way) => existence.look(missed, detection, way),
                Event::Word(sent) => existence.spoke(sent),
            }
            for p in [existence.probability, existence.visible, existence.speaks, existence.echo()] {
                prop_assert!((0.0..=1.0).contains(&p), "{existence:?} after {event:?}");
            }
        }
    }

    #[test]
    fn the_surer_the_miss_and_the_better_the_look_the_less_is_left(
        (probability, visible) in (0.0..=0.999f64, 0.0..=1.0f64),
        (missed, more) in (0.0..=1.0f64, 0.0..=1.0f64),
        (detection, better) in (0.02..=0.98f64, 0.02..=0.98f64),
    ) {
        let looked = |missed: f64, detection: f64| {
            let mut existence = Existence { visible, ..Existence::born(probability, Way::Reflects) };
            existence.look(missed, detection, Way::Reflects);
            existence.probability
        };
        prop_assert!(looked(missed.max(more), detection) <= looked(missed.min(more), detection) + 1e-12);
        prop_assert!(looked(1.0, detection.max(better)) <= looked(1.0, detection.min(better)) + 1e-12);
        prop_assert!(looked(1.0, detection) <= probability + 1e-12);
    }
}
