//! What of a scan is used at all, and in which order.
//!
//! Scans come from machines that may be wrong, doubled, late or hostile. A scan is refused whole when it cannot be
//! placed; a detection is left out when its numbers are none. What is left is put into one order that does not depend
//! on the order in which it came, so that neither does anything after it.

use std::cmp::Ordering;

use telemetry::Timestamp;
use telemetry::messages::{Detection, Measurement, SensorScan};

/// How far a measurement's time may lie ahead of its reception: clocks differ a little.
const AHEAD_MAX_S: f64 = 1.0;
/// How old a scan may be at its reception. What comes later belongs into a record, not into the picture.
const AGE_MAX_S: f64 = 30.0;
/// Most detections of one scan; more are left out, the latest measured first.
const DETECTIONS_MAX: usize = 10_000;
/// No sensor is better than this; a noise of zero would divide by it.
const SIGMA_MIN_M: f64 = 0.1;
const SIGMA_MIN_RAD: f64 = 1e-4;
const SIGMA_MIN_M_S: f64 = 0.05;
/// Worse than this is no measurement.
const SIGMA_MAX: f64 = 1e5;
const RANGE_MAX_M: f64 = 1e6;
const SPEED_MAX_M_S: f64 = 1000.0;

/// Why a scan was refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The sensor is not one of the site's: its noise, coverage and clutter are not known.
    UnknownSensor,
    /// The same scan was taken before.
    Repeated,
    /// It says it was measured after it was received.
    FromTheFuture,
    /// It was measured more than half a minute before it was received.
    TooOld,
}

/// Whether a scan's time can be believed.
pub(super) fn check_time(received_at: Timestamp, measured_at: Timestamp) -> Result<(), Refusal> {
    let age_s = received_at.seconds_since(measured_at);
    if age_s < -AHEAD_MAX_S {
        Err(Refusal::FromTheFuture)
    } else if age_s > AGE_MAX_S {
        Err(Refusal::TooOld)
    } else {
        Ok(())
    }
}

/// The detections that make sense, in order.
pub(super) fn admitted(received_at: Timestamp, scan: &SensorScan) -> Vec<Detection> {
    let sound = |detection: &&Detection| check_time(received_at, detection.measured_at).is_ok();
    let mut detections: Vec<Detection> = scan.detections.iter().filter(sound).filter_map(sanitised).collect();
    detections.sort_by(in_order);
    detections.truncate(DETECTIONS_MAX);
    detections
}

/// By time, then number; numbers are unique within a sensor, and where they are not, by everything else there is.
fn in_order(a: &Detection, b: &Detection) -> Ordering {
    let key = |d: &Detection| (d.measured_at, d.id);
    key(a).cmp(&key(b)).then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
}

/// The detection with noise no smaller than any sensor's; nothing when a number is none, or no sensor's.
fn sanitised(detection: &Detection) -> Option<Detection> {
    let mut detection = detection.clone();
    detection.drone_llr = detection.drone_llr.filter(|llr| llr.is_finite());
    let sound = match &mut detection.measurement {
        Measurement::RangeAzEl { range_m, elevation, range_rate, sigma: [r, a, e], .. } => {
            let rate = match range_rate {
                Some(rate) => within(rate.m_s.abs(), SPEED_MAX_M_S) && raise(&mut rate.sigma_m_s, SIGMA_MIN_M_S),
                None => true,
            };
            is_range(*range_m)
                && is_elevation(elevation.radians())
                && rate
                && raise(r, SIGMA_MIN_M)
                && raise_angle(a)
                && raise_angle(e)
        }
        Measurement::RangeAz { range_m, sigma: [r, a], .. } => {
            is_range(*range_m) && raise(r, SIGMA_MIN_M) && raise_angle(a)
        }
        Measurement::AzEl { elevation, sigma: [a, e], .. } => {
            is_elevation(elevation.radians()) && raise_angle(a) && raise_angle(e)
        }
        Measurement::Azimuth { sigma, .. } => raise_angle(sigma),
        Measurement::Position { horizontal_sigma_m, vertical_sigma_m, velocity, .. } => {
            let vertical = vertical_sigma_m.as_mut().is_none_or(|sigma| raise(sigma, SIGMA_MIN_M));
            let velocity = velocity.as_mut().is_none_or(|(velocity, sigma)| {
                within(velocity.vector().norm(), SPEED_MAX_M_S) && raise(sigma, SIGMA_MIN_M_S)
            });
            raise(horizontal_sigma_m, SIGMA_MIN_M) && vertical && velocity
        }
    };
    sound.then_some(detection)
}

fn within(value: f64, max: f64) -> bool {
    value.is_finite() && value <= max
}

fn is_range(range_m: f64) -> bool {
    range_m > 0.0 && within(range_m, RANGE_MAX_M)
}

fn is_elevation(radians: f64) -> bool {
    within(radians.abs(), std::f64::consts::FRAC_PI_2)
}

/// Raises a standard deviation to its least; false where it is no deviation.
fn raise(sigma: &mut f64, least: f64) -> bool {
    let sound = *sigma >= 0.0 && within(*sigma, SIGMA_MAX);
    *sigma = sigma.max(least);
    sound
}

/// The same of an angle. One that is known to worse than half a turn is not known: taken as it is, it made a covariance so
/// long that a good measurement afterwards left none.
fn raise_angle(sigma: &mut f64) -> bool {
    let sound = raise(sigma, SIGMA_MIN_RAD);
    *sigma = sigma.min(std::f64::consts::PI);
    sound
}

#[cfg(test)]
mod tests {
    use telemetry::messages::RangeRate;
    use telemetry::{AltitudeHae, Azimuth, DetectionId, Elevation, Geodetic, SensorId};

    use super::*;

    fn plot(id: u64, range_m: f64, sigma: [f64; 3]) -> Detection {
        let (azimuth, elevation) = (Azimuth::default(), Elevation::default());
        let measurement = Measurement::RangeAzEl { range_m, azimuth, elevation, range_rate: None, sigma };
        Detection { id: DetectionId(id), measured_at: Timestamp::EPOCH, measurement, claim: None, drone_llr: None }
    }

    #[test]
    fn an_angle_is_not_known_worse_than_half_a_turn() {
        let admitted = sanitised(&plot(0, 3_500.0, [3_300.0, 5_900.0, 5_900.0])).unwrap();
        let Measurement::RangeAzEl { sigma, .. } = admitted.measurement else { panic!("{admitted:?}") };
        assert_eq!(sigma, [3_300.0, std::f64::consts::PI, std::f64::consts::PI]);
    }

    fn scan(detections: Vec<Detection>) -> SensorScan {
        let origin = Geodetic::from_degrees(54.0, 10.0, AltitudeHae::new(0.0)).unwrap();
        let sensor = SensorId::new("r").unwrap();
        SensorScan { sensor, scan: 0, measured_at: Timestamp::EPOCH, origin, sector: None, detections }
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let sigma = [4.0, 0.01, 0.01];
        let mut nan_rate = plot(1, 100.0, sigma);
        if let Measurement::RangeAzEl { range_rate, .. } = &mut nan_rate.measurement {
            *range_rate = Some(RangeRate { m_s: f64::NAN, sigma_m_s: 0.5 });
        }
        let mut steep = plot(1, 100.0, sigma);
        if let Measurement::RangeAzEl { elevation, .. } = &mut steep.measurement {
            *elevation = Elevation::from_radians(f64::INFINITY);
        }
        for wrong in [
            plot(1, f64::NAN, sigma),
            plot(1, f64::INFINITY, sigma),
            plot(1, -5.0, sigma),
            plot(1, 0.0, sigma),
            plot(1, 100.0, [f64::NAN, 0.01, 0.01]),
            plot(1, 100.0, [4.0, -0.01, 0.01]),
            plot(1, 100.0, [4.0, 0.01, f64::INFINITY]),
            nan_rate,
            steep,
        ] {
            assert_eq!(admitted(Timestamp::EPOCH, &scan(vec![wrong.clone()])), [], "{wrong:?}");
        }
        assert_eq!(admitted(Timestamp::EPOCH, &scan(vec![plot(1, 100.0, sigma)])).len(), 1);
    }

    #[test]
    fn a_noise_of_zero_is_raised_to_what_sensors_have() {
        let found = admitted(Timestamp::EPOCH, &scan(vec![plot(1, 100.0, [0.0; 3])]));
        let Measurement::RangeAzEl { sigma, .. } = found[0].measurement else { panic!("a radar plot") };
        assert_eq!(sigma, [SIGMA_MIN_M, SIGMA_MIN_RAD, SIGMA_MIN_RAD]);
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_arrival() {
        let sigma = [4.0, 0.01, 0.01];
        let plots = vec![plot(3, 100.0, sigma), plot(1, 300.0, sigma), plot(1, 200.0, sigma), plot(2, 50.0, sigma)];
        let mut turned = plots.clone();
        turned.reverse();
        let (a, b) = (admitted(Timestamp::EPOCH, &scan(plots)), admitted(Timestamp::EPOCH, &scan(turned)));
        assert_eq!(a, b);
        assert_eq!(a.iter().map(|d| d.id.0).collect::<Vec<_>>(), [1, 1, 2, 3]);
    }

    #[test]
    fn times_that_cannot_be_are_refused() {
        let at = |s| Timestamp::EPOCH.offset_seconds(s);
        assert_eq!(check_time(at(100.0), at(99.0)), Ok(()));
        assert_eq!(check_time(at(100.0), at(100.5)), Ok(()));
        assert_eq!(check_time(at(100.0), at(102.0)), Err(Refusal::FromTheFuture));
        assert_eq!(check_time(at(100.0), at(60.0)), Err(Refusal::TooOld));
    }
}
