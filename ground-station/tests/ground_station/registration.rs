//! A radar that stands a degree off north, beside one that does not: from their plots to the bus and the people.

use ground_station::station::Output;
use telemetry::messages::{
    AlertRule, BiasSigma, Detection, Measurement, Message, Registration, SensorPerformance, SensorScan, Subject,
};
use telemetry::{Azimuth, DetectionId, SensorId, SiteFrame, Timestamp};

use crate::night::{Night, at, moved, place, radar, station_file};

/// Where the second radar stands, and how far off north, clockwise.
const SECOND: [f64; 3] = [10.1750, 54.3560, 30.0];
const OFF_DEG: f64 = 1.0;
const SECONDS: usize = 180;

/// The radar of the night, or the second one; both claim to be within a fifth of a degree.
fn described(second: bool) -> missions::Sensor {
    let mut sensor = radar();
    let bias_sigma = BiasSigma { range_m: 1.0, azimuth_rad: 0.2_f64.to_radians(), elevation_rad: 0.001, time_s: 0.0 };
    sensor.description.performance = SensorPerformance { bias_sigma: Some(bias_sigma), ..SensorPerformance::default() };
    if second {
        sensor.description.id = SensorId::new("radar-2").unwrap();
        sensor.description.position = place(SECOND);
    }
    sensor
}

/// A turn of one of the two: what it sees of a drone, exact but for how the second stands.
fn turn(second: bool, s: f64, number: u64, drone: [f64; 3]) -> Message {
    let sensor = described(second).description;
    let seen = SiteFrame::new(sensor.position).enu(place(drone));
    let off_deg = if second { OFF_DEG } else { 0.0 };
    let detection = Detection {
        id: DetectionId(number),
        measured_at: at(s),
        measurement: Measurement::RangeAzEl {
            range_m: seen.range_m(),
            azimuth: Azimuth::from_degrees(seen.azimuth().degrees() + off_deg),
            elevation: seen.elevation(),
            range_rate: None,
            sigma: [5.0, 0.5_f64.to_radians(), 0.7_f64.to_radians()],
        },
        claim: None,
        drone_llr: Some(3.0),
    };
    Message::Scan(SensorScan {
        sensor: sensor.id,
        scan: number,
        measured_at: at(s),
        origin: sensor.position,
        sector: None,
        detections: vec![detection],
    })
}

/// Both radars see a drone that flies to and fro between them.
fn night() -> Night {
    let mut file = station_file();
    file.sensors = [false, true].map(|second| described(second).table()).into();
    let mut night = Night::new(&file);
    night.pass(SECONDS, |night| {
        let s = night.now_s();
        let drone = moved([10.1600, 54.3640, 80.0], 400.0 * (s / 20.0).sin(), 400.0 * (s / 31.0).cos());
        for second in [false, true] {
            night.tell(turn(second, s, s as u64 + 1, drone));
        }
    });
    night
}

fn published(night: &Night) -> Vec<Registration> {
    let registration = |output: &Output| match output {
        Output::Publish(Message::Registration(registration)) => Some(registration.clone()),
        _ => None,
    };
    night.outputs.iter().filter_map(registration).collect()
}

#[test]
fn how_far_each_sensor_is_off_is_published_every_ten_seconds() {
    let night = night();
    let published = published(&night);
    let times: Vec<Timestamp> =
        published.iter().filter(|one| one.sensor.as_str() == "radar-2").map(|one| one.estimated_at).collect();
    assert!(times.len() >= 12, "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1].seconds_since(pair[0]) == 10.0), "{times:?}");
    let last = published.iter().rfind(|one| one.sensor.as_str() == "radar-2").unwrap();
    let off_deg = last.bias.azimuth_rad.to_degrees();
    assert!((off_deg - OFF_DEG).abs() < 0.2 && last.comparisons > 50, "{last:?}");
}

#[test]
fn the_sensor_that_is_off_by_more_than_it_claims_is_told_once_and_the_other_one_is_not() {
    let night = night();
    let alerts: Vec<_> = night.alerts().into_iter().filter(|alert| alert.rule == AlertRule::SensorBiased).collect();
    let [alert] = &alerts[..] else { panic!("{alerts:?}: {:?}", published(&night).last()) };
    assert_eq!(alert.subject, Subject::Sensor(SensorId::new("radar-2").unwrap()));
    assert!(
        alert.text.starts_with("Sensor radar-2 measures ") && alert.text.contains("too far clockwise"),
        "{alert:?}"
    );
}
