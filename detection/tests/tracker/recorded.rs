//! The tracker on a minute of the open benchmark.

use std::path::Path;

use detection::plots::{Decoder, PlotNoise};
use detection::tracker::{Tracker, TrackerConfig};
use serde_json::Value;
use telemetry::messages::{SensorKind, TargetClass};
use telemetry::{AltitudeHae, Geodetic, Timestamp};

use crate::scene::{sensor, share};

fn lines(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap()
}

#[test]
fn an_evasive_drone_among_clutter_is_one_track_within_30_m() {
    let position = Geodetic::from_degrees(47.0, 19.0, AltitudeHae::new(8.0)).unwrap();
    let mut radar = sensor("r1", SensorKind::Radar, position);
    radar.detection_probability = 0.9;
    let epoch = Timestamp::EPOCH;
    let mut decoder = Decoder::new(radar.clone(), PlotNoise::typical(SensorKind::Radar));
    let datum = Geodetic::from_degrees(47.0, 19.0, AltitudeHae::new(0.0)).unwrap();
    let mut tracker = Tracker::new(TrackerConfig::new(datum, AltitudeHae::new(0.0), vec![radar]));
    let mut frames = lines("plots-intruder.jsonl").into_iter().peekable();
    for truth in lines("plots-intruder-truth.jsonl") {
        let t = number(&truth, "t");
        while let Some(frame) = frames.next_if(|frame| number(frame, "rx") <= t) {
            let scan = decoder.decode_line(epoch, frame.to_string().as_bytes()).unwrap();
            tracker.step(epoch.offset_seconds(number(&frame, "rx")), &scan);
        }
        let tracks = tracker.tracks(epoch.offset_seconds(t));
        let confirmed: Vec<_> =
            tracks.iter().filter(|track| track.status != telemetry::messages::TrackStatus::Tentative).collect();
        if t < 106.0 {
            assert!(confirmed.len() <= 1);
            continue;
        }
        assert_eq!(confirmed.len(), 1, "at {t} s");
        let height = AltitudeHae::new(number(&truth, "alt"));
        let there = Geodetic::from_degrees(number(&truth, "lat"), number(&truth, "lon"), height).unwrap();
        let error_m = confirmed[0].position.distance_m(there);
        assert!(error_m < 30.0, "at {t} s: {error_m} m off");
        assert!(share(confirmed[0], TargetClass::Drone) > 0.5, "at {t} s: {:?}", confirmed[0].classification);
    }
}
