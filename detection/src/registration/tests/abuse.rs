//! Numbers that are none, and more of everything than is decent.

use nalgebra::{DMatrix, Matrix3};
use proptest::prelude::*;

use super::super::*;
use super::ALL_FREE;

#[test]
fn more_reporters_than_can_be_remembered_are_survived() {
    let mut registration = Registration::new(&[Prior { sigma: ALL_FREE }]);
    for reporter in 0..1500 {
        registration.compare(&comparison(Source::Sensor(0), Source::Report(reporter)));
    }
    assert_eq!(registration.comparisons(0), 1024, "what the first said was forgotten with them, unproven");
    assert_is_sound(&registration);
}

/// Two sightings of one place that differ a little.
pub(super) fn comparison(first: Source, second: Source) -> Comparison {
    let velocity = Vector3::new(5.0, 0.0, 0.0);
    let sighting = |source| Sighting {
        source,
        at_s: 10.0,
        position: Vector3::new(100.0, 2000.0, 90.0),
        covariance: Matrix3::from_diagonal_element(25.0),
        by_bias: polar_position_by_bias(
            2000.0,
            telemetry::Azimuth::default(),
            Some(telemetry::Elevation::from_radians(0.1)),
            &Matrix3::identity(),
            &velocity,
        ),
    };
    Comparison {
        first: sighting(first),
        second: Sighting { position: Vector3::new(103.0, 2001.0, 88.0), ..sighting(second) },
        velocity,
        velocity_covariance: Matrix3::identity(),
        acceleration_sigma: 1.0,
    }
}

#[test]
fn what_cannot_be_used_is_counted_and_changes_nothing() {
    let (a, b, report) = (Source::Sensor(0), Source::Sensor(1), Source::Report(1));
    let sound = comparison(a, b);
    let with = |change: fn(&mut Comparison)| {
        let mut comparison = sound;
        change(&mut comparison);
        comparison
    };
    let unusable = [
        comparison(a, a),
        comparison(report, Source::Report(2)),
        comparison(a, Source::Sensor(9)),
        comparison(Source::Sensor(2), report),
        with(|c| c.first.at_s = f64::NAN),
        with(|c| c.second.at_s = 1e3),
        with(|c| c.first.position.x = f64::INFINITY),
        with(|c| c.second.covariance[(1, 2)] = f64::NAN),
        with(|c| c.first.covariance = -Matrix3::identity()),
        with(|c| c.first.covariance[(0, 1)] = 1e3),
        with(|c| c.second.by_bias[(0, 1)] = f64::NAN),
        with(|c| c.velocity.y = f64::NAN),
        with(|c| c.velocity_covariance[(0, 0)] = f64::INFINITY),
        with(|c| c.acceleration_sigma = -1.0),
    ];
    let free = Prior { sigma: ALL_FREE };
    let mut registration = Registration::new(&[free, free, Prior { sigma: [f64::NAN, -1.0, f64::INFINITY, 0.0] }]);
    assert!(matches!(registration.compare(&sound), Outcome::Taken { .. }));
    let before = registration.clone();
    for comparison in &unusable {
        assert_eq!(registration.compare(comparison), Outcome::Unusable, "{comparison:?}");
    }
    assert_eq!(registration.unusable(), unusable.len() as u64);
    for sensor in 0..4 {
        assert_eq!(registration.bias(sensor), before.bias(sensor));
        assert_eq!(registration.covariance(sensor), before.covariance(sensor));
        assert_eq!(registration.comparisons(sensor), before.comparisons(sensor));
    }
    assert_eq!(registration.bias(9), Vector4::zeros());
    assert!(!registration.beyond_claim(9));
}

/// All numbers, symmetric, no negative eigenvalue beyond rounding.
fn assert_is_sound(registration: &Registration) {
    for stack in [&registration.current, &registration.proven] {
        let states = registration.sensors.iter().map(|sensor| sensor.unit.iter().filter(|unit| **unit > 0.0).count());
        let states = states.sum();
        if states == 0 {
            return;
        }
        let covariance = DMatrix::from_fn(states, states, |i, j| stack.covariance(i, j));
        assert!((0..states).all(|state| stack.estimate(state).is_finite()));
        assert!(covariance.iter().all(|entry| entry.is_finite()));
        assert_eq!(covariance, covariance.transpose());
        let least = covariance.symmetric_eigen().eigenvalues.iter().copied().fold(0.0, f64::min);
        assert!(least > -1e-12, "an eigenvalue of {least}");
    }
}

// Boxed, because there are so many of them in a comparison that they would not fit on the stack.
fn entry() -> BoxedStrategy<f64> {
    prop_oneof![8 => -10.0..10.0f64, 4 => -1e4..1e4f64, 2 => Just(0.0), 1 => -1e-6..1e-6f64].boxed()
}

fn wild() -> BoxedStrategy<f64> {
    prop_oneof![800 => entry(), 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)].boxed()
}

fn covariance() -> impl Strategy<Value = Matrix3<f64>> {
    let product = prop::array::uniform9(entry()).prop_map(|entries| {
        let root = Matrix3::from_column_slice(&entries);
        root * root.transpose()
    });
    prop_oneof![30 => product, 1 => prop::array::uniform9(wild()).prop_map(|e| Matrix3::from_column_slice(&e))]
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let source = prop_oneof![4 => (0..3usize).prop_map(Source::Sensor), 1 => (0..3u64).prop_map(Source::Report)];
    let stamp = prop_oneof![9 => -10.0..10.0f64, 1 => wild()];
    let numbers = (stamp, prop::array::uniform3(wild()), covariance(), prop::array::uniform12(wild()));
    (source, numbers).prop_map(|(source, (at_s, position, covariance, by_bias))| Sighting {
        source,
        at_s,
        position: position.into(),
        covariance,
        by_bias: Matrix3x4::from_column_slice(&by_bias),
    })
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    let motion = (prop::array::uniform3(wild()), covariance(), wild());
    (sighting(), sighting(), motion).prop_map(|(first, second, (velocity, velocity_covariance, acceleration))| {
        Comparison {
            first,
            second,
            velocity: velocity.into(),
            velocity_covariance,
            acceleration_sigma: acceleration.abs(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_comes_in_the_state_is_a_number_and_the_covariance_is_one(
        priors in prop::collection::vec(prop::array::uniform4(wild().prop_map(f64::abs)), 2..4),
        comparisons in prop::collection::vec((any_comparison(), wild()), 1..60),
    ) {
        let priors: Vec<Prior> = priors.into_iter().map(|sigma| Prior { sigma }).collect();
        let mut registration = Registration::new(&priors);
        for (comparison, seconds) in &comparisons {
            let counted = registration.unusable();
            let unusable = registration.compare(comparison) == Outcome::Unusable;
            prop_assert_eq!(registration.unusable() - counted, u64::from(unusable));
            registration.advance(*seconds);
        }
        assert_is_sound(&registration);
    }
}
