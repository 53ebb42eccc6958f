use std::path::Path;

use super::super::{ConfigError, parse};
use super::*;

const GOOD: &str = r#"
[camera]
source = { rtsp = "rtsp://192.0.2.7/main" }
focal_px = [2400, 2400]
centre_px = [959.5, 539.5]
azimuth_deg = 285
elevation_deg = 4
sigma_deg = 0.1
[video]
rtsp = "127.0.0.1:8554"
[sensor]
id = "mast-1"
kind = "camera"
position = [10.14, 54.36]
altitude = { amsl_m = 30 }
undulation_m = 39
period_s = 0.04
range_m = [50, 8000]
[bus]
site = "kiel"
"#;

fn carried() -> String {
    let pose = r#"[pose]
vehicle = "falke-1"
sensor = "falke-1.camera"
listen = "127.0.0.1:9002"
onboard = "127.0.0.1:9001"
mounted = "gimbal"
latency_ms = 20
"#;
    GOOD[..GOOD.find("[sensor]").unwrap()].to_owned() + pose
}

fn read(text: &str) -> Result<Config, ConfigError> {
    parse(Path::new("camera.toml"), text)
}

#[test]
fn a_camera_on_a_vehicle_has_its_pose_in_place_of_a_place() {
    let config = read(&carried()).unwrap();
    let Standing::Carried(carriage) = &config.standing else { panic!("{config:?}") };
    assert_eq!((carriage.vehicle.as_str(), config.name.as_str()), ("falke-1", "falke-1.camera"));
    assert_eq!((carriage.mounted, carriage.period_s, carriage.latency_s), (MountedOn::Gimbal, 0.2, 0.02));
    assert!(config.camera.errors.boresight_rad.min() > 0.0);
    let keeps = carried().replace("[pose]", "[video.evidence]\nfolder = \"alerts\"\n[pose]");
    assert!(read(&keeps).unwrap().video.evidence.is_some(), "it is told of alerts by picket-onboard");
}

#[test]
fn a_file_may_say_when_it_begins() {
    let begins = "{ file = { path = \"a.mp4\", begins = \"1970-01-01T00:00:02Z\" } }";
    let text = GOOD.replace("{ rtsp = \"rtsp://192.0.2.7/main\" }", begins);
    assert!(matches!(read(&text).unwrap().source, Origin::File { begins_ns: 2_000_000_000, .. }));
    let text = GOOD.replace("{ rtsp = \"rtsp://192.0.2.7/main\" }", "{ file = \"a.mp4\" }");
    assert!(matches!(read(&text).unwrap().source, Origin::File { begins_ns: 0, .. }));
}

#[test]
fn a_whole_configuration_is_read() {
    let config = read(GOOD).unwrap();
    assert_eq!((config.source.to_string().as_str(), config.pixels), ("rtsp camera main", Pixels::Gray));
    let Standing::Still { position, altitude, .. } = &config.standing else { panic!("{config:?}") };
    assert_eq!((position.height().metres, altitude.metres, config.name.as_str()), (69.0, 30.0, "mast-1"));
    assert!(config.video.is_wanted() && (config.aim.yaw - 285f64.to_radians()).abs() < 1e-12);
    assert!(config.camera.errors.attitude_rad.min() > 0.0 && config.camera.errors.boresight_rad.max() == 0.0);
}

#[test]
fn mistakes_say_what_was_found_and_what_is_allowed() {
    let check = |from: &str, to: &str, expected: &str| {
        let good = if GOOD.contains(from) { GOOD.to_owned() } else { carried() };
        let text = good.replace(from, to);
        assert_ne!(text, good);
        let said = read(&text).unwrap_err().to_string();
        assert!(said.contains("camera.toml") && said.contains(expected), "{said:?} does not say {expected:?}");
    };
    check("elevation_deg = 4", "elevation_deg = 94", "elevation_deg = 94: allowed is -90 to 90");
    check("[2400, 2400]", "[0, 2400]", "focal");
    check("rtsp = \"rtsp:", "tape = \"rtsp:", "unknown variant `tape`");
    check("sigma_deg = 0.1\n", "", "missing field `sigma_deg`");
    check("[bus]\nsite = \"kiel\"\n", "", "found [sensor]; allowed are [sensor] and [bus]");
    check("[pose]", "[bus]\nsite = \"kiel\"\n[pose]", "found [bus] and [pose]; allowed");
    check("127.0.0.1:9001", "192.0.2.1:9001", "[pose] onboard = 192.0.2.1:9001: allowed is an address of this machine");
    check("mounted = \"gimbal\"", "mounted = \"wing\"", "expected `body` or `gimbal`");
    check("latency_ms = 20", "latency_ms = 2000", "[pose] latency_ms = 2000: allowed is 0 to 1000");
    let kept = |table: &str| format!("[video]\nevidence = {{ folder = \"alerts\"{table} }}\n");
    check("[video]\n", &kept(", before_s = 90"), "[video.evidence] before_s = 90: allowed is 0 to 60");
    check("[video]\n", &kept(", recent_s = 7200"), "[video.evidence] recent_s = 7200: allowed is 0 to 3600");
    check("[video]\n", &kept(", total_mib = 1"), "[video.evidence] total_mib = 1: allowed is 64 to 1048576");
    let dated = "source = { file = { path = \"a.mp4\", begins = \"noon\" } }";
    check("source = { rtsp = \"rtsp://192.0.2.7/main\" }", dated, "begins: \"noon\" is not a time");
}
