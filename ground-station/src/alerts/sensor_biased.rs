//! A sensor is off by more than it claims.
//!
//! The tracker compares the sensors with one another and says how far each is off; this rule tells people when that is
//! more than the sensor's data sheet owns up to, because then somebody must look at its mast, its antenna or its clock.

use std::collections::BTreeMap;

use telemetry::SensorId;
use telemetry::messages::{AlertRule, Registration, SensorDescription, Severity, Subject};

use super::presence::{Presence, Reading};
use super::{Finding, Scene};

/// A bias is named when it is this many of its standard deviations from none.
const SIGMAS: f64 = 2.0;

/// The memory of this rule: one presence a sensor that is compared with others.
#[derive(Debug, Default)]
pub(super) struct SensorBiased {
    presences: BTreeMap<SensorId, Presence>,
}

impl SensorBiased {
    pub(super) fn look(&mut self, scene: &Scene<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for registration in scene.picture.registrations() {
            // A sensor that is not in the configuration is measured by nobody.
            let Some(sensor) = scene.sensors.iter().find(|sensor| sensor.id == registration.sensor) else { continue };
            let reading = if registration.beyond_claim { Reading::Inside } else { Reading::Outside };
            if self.presences.entry(sensor.id.clone()).or_default().take(scene.now, reading) {
                findings.push(finding(sensor, registration));
            }
        }
        findings
    }
}

fn finding(sensor: &SensorDescription, registration: &Registration) -> Finding {
    let biases = biases(registration);
    let what =
        if biases.is_empty() { "measures wrongly".to_owned() } else { format!("measures {}", biases.join(", ")) };
    Finding {
        rule: AlertRule::SensorBiased,
        severity: Severity::Warning,
        subject: Subject::Sensor(sensor.id.clone()),
        measured_at: registration.estimated_at,
        position: Some(sensor.position),
        zone: None,
        text: format!("Sensor {} {what}, more than it claims. Have it checked.", sensor.id),
    }
}

/// The biases that are none by chance, in words.
fn biases(registration: &Registration) -> Vec<String> {
    let Registration { bias, sigma, .. } = registration;
    let degrees = |radians: f64| radians.abs().to_degrees();
    let named = [
        (bias.range_m, sigma.range_m, ["too near", "too far"]),
        (bias.azimuth_rad, sigma.azimuth_rad, ["too far anticlockwise", "too far clockwise"]),
        (bias.elevation_rad, sigma.elevation_rad, ["too low", "too high"]),
        (bias.time_s, sigma.time_s, ["too early", "too late"]),
    ];
    let figures: [&dyn Fn(f64) -> String; 4] = [
        &|metres| format!("{:.0} m", metres.abs()),
        &|radians| format!("{:.2}°", degrees(radians)),
        &|radians| format!("{:.2}°", degrees(radians)),
        &|seconds| format!("{:.2} s", seconds.abs()),
    ];
    let sure = named.iter().zip(figures).filter(|((bias, sigma, _), _)| bias.abs() > SIGMAS * sigma.abs());
    sure.map(|((bias, sigma, [below, above]), figure)| {
        format!("{} (±{}) {}", figure(*bias), figure(*sigma), if *bias < 0.0 { below } else { above })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::super::stage::{air, at, config};
    use crate::alerts::Finding;
    use crate::picture::Picture;
    use telemetry::SensorId;
    use telemetry::messages::{Registration, SensorBias, Subject};

    fn registration(sensor: &str, beyond_claim: bool) -> Registration {
        Registration {
            sensor: SensorId::new(sensor).unwrap(),
            estimated_at: at(0.0),
            bias: SensorBias { azimuth_rad: 1.02_f64.to_radians(), range_m: -3.0, ..SensorBias::default() },
            sigma: SensorBias { azimuth_rad: 0.05_f64.to_radians(), range_m: 2.0, ..SensorBias::default() },
            comparisons: 400,
            beyond_claim,
        }
    }

    fn check(mut case: impl FnMut(f64) -> Registration) -> Vec<(usize, Finding)> {
        let config = config();
        let mut rules = Rules::new(&config);
        let look = |s: usize| {
            let picture = Picture::of(&config, Vec::new()).with_registrations(vec![case(s as f64)]);
            rules
                .look(at(s as f64), &picture, &air(&config), &config)
                .into_iter()
                .map(move |finding| (s, finding))
                .collect::<Vec<_>>()
        };
        (0..120).flat_map(look).collect()
    }

    #[test]
    fn a_sensor_that_is_off_by_more_than_it_claims_is_told_once_with_how_far() {
        let found = check(|_| registration("ais-1", true));
        let [(second, finding)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((*second, &finding.subject), (1, &Subject::Sensor(SensorId::new("ais-1").unwrap())));
        assert_eq!(
            finding.text,
            "Sensor ais-1 measures 1.02° (±0.05°) too far clockwise, more than it claims. Have it checked."
        );
    }

    #[test]
    fn a_bias_within_the_claim_and_a_sensor_nobody_knows_are_not_told() {
        assert_eq!(check(|_| registration("ais-1", false)), []);
        assert_eq!(check(|_| registration("ais-2", true)), []);
    }

    #[test]
    fn it_is_told_again_only_after_it_was_right_for_a_while() {
        let right = |until_s: f64| {
            let found = check(move |s| registration("ais-1", !(20.0..until_s).contains(&s)));
            found.into_iter().map(|(s, _)| s).collect::<Vec<_>>()
        };
        assert_eq!(right(40.0), [1]);
        assert_eq!(right(60.0), [1, 61]);
    }

    #[test]
    fn every_bias_that_is_none_by_chance_is_named_with_its_side() {
        let bias = SensorBias { range_m: -12.4, azimuth_rad: -0.02, elevation_rad: 0.01, time_s: 0.25 };
        let sigma = SensorBias { range_m: 2.0, azimuth_rad: 0.001, elevation_rad: 0.001, time_s: 0.0625 };
        let all = Registration { bias, sigma, ..registration("ais-1", true) };
        assert_eq!(
            check(move |_| all.clone()).remove(0).1.text,
            "Sensor ais-1 measures 12 m (±2 m) too near, 1.15° (±0.06°) too far anticlockwise, 0.57° (±0.06°) too high, \
             0.25 s (±0.06 s) too late, more than it claims. Have it checked."
        );
        let none = Registration { bias: SensorBias::default(), ..registration("ais-1", true) };
        assert_eq!(
            check(move |_| none.clone()).remove(0).1.text,
            "Sensor ais-1 measures wrongly, more than it claims. Have it checked."
        );
    }
}
