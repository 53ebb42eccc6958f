use proptest::prelude::*;

use super::*;

const GROUND: AltitudeHae = AltitudeHae::new(40.0);

/// Two seconds of a consumer drone's flight of 2016-09-15: seconds, degrees, metres (the DROP project's sample
/// `2016-09-15_13-51-19_Standard.csv`, MIT licence, every fourth row).
const RECORDED: [(f64, f64, f64, f64); 6] = [
    (599.5, 41.2940617193086, -72.9645588340599, 5.300),
    (599.9, 41.294060310249, -72.9645628451924, 5.300),
    (600.3, 41.2940573590895, -72.9645667762296, 5.300),
    (600.8, 41.2940549731511, -72.9645722992728, 5.400),
    (601.3, 41.294053393444, -72.9645758876046, 5.500),
    (601.7, 41.2940527210121, -72.9645791851828, 5.600),
];

fn samples() -> Vec<RecordedSample> {
    let sample = |&(seconds, latitude, longitude, height_m): &(f64, f64, f64, f64)| RecordedSample {
        seconds,
        at: LatLon::from_degrees(latitude, longitude).unwrap(),
        height: HeightAgl::new(height_m),
    };
    RECORDED.iter().map(sample).collect()
}

#[test]
fn a_recording_left_in_its_place_comes_out_as_it_went_in() {
    let samples = samples();
    let path = RecordedPath::new(&samples).unwrap();
    for sample in &samples {
        let state = path.at(sample.seconds - samples[0].seconds, GROUND).unwrap();
        let expected = sample.at.at_height(AltitudeHae::new(GROUND.metres + sample.height.metres));
        assert!(state.position.distance_m(expected) < 1e-6, "{} m", state.position.distance_m(expected));
    }
}

#[test]
fn velocity_is_the_rate_of_position_and_has_no_steps() {
    let samples = samples();
    let path = RecordedPath::new(&samples).unwrap();
    let step = 1e-3;
    let mut before: Option<Kinematics> = None;
    let mut seconds = step;
    while seconds < path.duration_s() - step {
        let here = path.at(seconds, GROUND).unwrap();
        let (back, on) = (path.at(seconds - step, GROUND).unwrap(), path.at(seconds + step, GROUND).unwrap());
        let frame = SiteFrame::new(here.position);
        let rate = (frame.enu(on.position).vector() - frame.enu(back.position).vector()) / (2.0 * step);
        assert!((rate - here.velocity.vector()).norm() < 2e-2, "{rate} {:?}", here.velocity);
        if let Some(before) = before {
            assert!((here.velocity.vector() - before.velocity.vector()).norm() < 0.1);
        }
        before = Some(here);
        seconds += step;
    }
}

#[test]
fn outside_the_recording_there_is_nothing() {
    let samples = samples();
    let path = RecordedPath::new(&samples).unwrap();
    assert!(path.at(-0.001, GROUND).is_none() && path.at(path.duration_s() + 0.001, GROUND).is_none());
    assert!(path.at(0.0, GROUND).is_some() && path.at(path.duration_s(), GROUND).is_some());
}

#[test]
fn bad_recordings_are_refused_and_repeated_times_are_not() {
    let sample = samples()[0];
    let later = |seconds| RecordedSample { seconds, ..sample };
    let moved = |samples: &[RecordedSample]| RecordedPath::new(samples).map(|p| p.duration_s());
    assert_eq!(moved(&[]), Err(RecordingFault::TooShort(0)));
    assert_eq!(moved(&[sample, sample]), Err(RecordingFault::TooShort(1)));
    let t = sample.seconds;
    let back = RecordingFault::TimeGoesBack { index: 2, found: 0.5, before: 1.0 };
    assert_eq!(moved(&[sample, later(t + 1.0), later(t + 0.5)]), Err(back));
    assert_eq!(moved(&[sample, later(t + 1.0), later(t + 1.0), later(t + 2.0)]), Ok(2.0));
    let high = RecordedSample { height: HeightAgl::new(f64::NAN), ..later(t + 1.0) };
    assert!(matches!(moved(&[sample, high]), Err(RecordingFault::Height { index: 1, .. })));
}

proptest! {
    #[test]
    fn any_recording_gives_a_path_on_the_earth_or_a_fault(
        rows in prop::collection::vec((-1e9..1e9_f64, -90.0..90.0_f64, -180.0..180.0_f64, prop::num::f64::ANY), 0..20),
        sorted: bool, when in 0.0..1.0_f64,
    ) {
        let mut rows = rows;
        if sorted {
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let sample = |&(seconds, latitude, longitude, height): &(f64, f64, f64, f64)| RecordedSample {
            seconds, at: LatLon::from_degrees(latitude, longitude).unwrap(), height: HeightAgl::new(height),
        };
        let samples: Vec<_> = rows.iter().map(sample).collect();
        if let Ok(path) = RecordedPath::new(&samples) {
            let _ = path.at(when * path.duration_s(), GROUND);
        }
    }
}
