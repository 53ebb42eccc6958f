use nalgebra::{Matrix3, Vector3};

use super::{LabelledBox, Place, RerunLog, ellipsoid};

const HERE: Place = Place { enu_m: [120.0, -40.0, 55.0], lat_lon_deg: [54.37, 10.15] };

#[test]
fn a_recording_holds_every_entity_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.rrd");
    let log = RerunLog::create(&path, "a night").unwrap();
    log.line("border", &[HERE, Place { enu_m: [0.0; 3], lat_lon_deg: [54.36, 10.14] }], [255, 0, 0]).unwrap();
    log.at(1_795_230_600_000_000_000);
    log.point("vehicle/falke-1", HERE, "falke-1", [0, 255, 0]).unwrap();
    log.uncertainty("track/19", HERE, Matrix3::from_diagonal(&Vector3::new(4.0, 9.0, 1.0)), [1, 2, 3]).unwrap();
    log.ray("camera/falke-1", HERE, ([0.0, 1.0, 0.0], 300.0), [9, 9, 9]).unwrap();
    log.picture("camera/falke-1/picture", [2, 2], &[0, 50, 100, 255]).unwrap();
    let drone = LabelledBox { left_top_width_height: [0.0, 0.0, 1.0, 1.0], label: "drone".into(), colour: [255; 3] };
    log.boxes("camera/falke-1/picture/boxes", &[drone]).unwrap();
    log.say("alerts", "A drone is in the naval harbour.", true).unwrap();
    log.clear("track/19").unwrap();
    log.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"RRF"), "the format's first bytes");
    for entity in ["site/border", "map/vehicle/falke-1", "site/track/19/uncertainty", "camera/falke-1/picture/boxes"] {
        let found = bytes.windows(entity.len()).any(|window| window == entity.as_bytes());
        assert!(found, "{entity}");
    }
}

#[test]
fn a_file_that_cannot_be_created_is_named() {
    let Err(error) = RerunLog::create(std::path::Path::new("/no/such/folder/night.rrd"), "a night") else {
        panic!("it cannot be created");
    };
    assert!(error.to_string().contains("/no/such/folder/night.rrd"), "{error}");
}

#[test]
fn the_body_has_the_axes_of_the_covariance_and_none_where_there_is_no_covariance() {
    let (half, turn) = ellipsoid(Matrix3::new(5.0, 4.0, 0.0, 4.0, 5.0, 0.0, 0.0, 0.0, 4.0)).unwrap();
    let mut lengths: Vec<f64> = half.iter().copied().collect();
    lengths.sort_by(f64::total_cmp);
    for (length, sigma) in lengths.iter().zip([1.0, 2.0, 3.0]) {
        assert!((length - 2.5003 * sigma).abs() < 1e-9, "{length}");
    }
    let longest = half.imax();
    let axis = turn * Vector3::ith(longest, 1.0);
    assert!((axis.x.abs() - 0.5f64.sqrt()).abs() < 1e-9 && (axis.x - axis.y).abs() < 1e-9, "{axis}");
    assert!(ellipsoid(Matrix3::from_element(f64::NAN)).is_none());
}
