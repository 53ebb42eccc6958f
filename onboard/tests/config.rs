//! The configuration: what is right comes back as it was written, what is wrong is told with its place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;

use onboard::config::{AutopilotPort, VehicleConfig};
use onboard::link::remote_id::IdKind;
use onboard::link::wire::{Ground, Role};
use tempfile::TempDir;

const WHOLE: &str = r#"vehicle = "heron-1"
kind = "multirotor"
system = 1
undulation_m = 40.2
autopilot = "serial:/dev/ttyAMA0:921600"
journal = "/var/lib/picket/journal"
journal_max_mib = 64

[bus]
site = "kiel"
connect = ["tcp/127.0.0.1:7447"]

[camera]
sensor = "heron-1-camera"
listen = "127.0.0.1:9001"

[limits]
endurance_s = 1200.0
"#;

fn read(text: &str) -> Result<VehicleConfig, String> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("vehicle.toml");
    fs::write(&path, text).unwrap();
    VehicleConfig::read(&path).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(from: &str, to: &str, line: &str, words: &str) {
    assert!(WHOLE.contains(from), "{from:?} is not in the file");
    let error = read(&WHOLE.replacen(from, to, 1)).unwrap_err();
    assert!(error.contains("vehicle.toml") && error.contains(line) && error.contains(words), "{error}");
}

#[test]
fn a_whole_file_is_read_and_comes_back_as_it_was_written() {
    let config = read(WHOLE).unwrap();
    assert_eq!(config.autopilot.all(), [AutopilotPort::Serial { device: "/dev/ttyAMA0".to_owned(), baud: 921_600 }]);
    let agent = config.agent(None);
    assert_eq!((agent.limits.endurance_s, agent.limits.gnss_lost_after_s), (1200.0, 10.0));
    assert_eq!(agent.camera.as_ref().map(|camera| camera.id.as_str()), Some("heron-1-camera"));
    assert!(agent.check().is_ok());
    let written = toml::to_string(&config).unwrap();
    assert_eq!(read(&written).unwrap(), config);
}

#[test]
fn the_room_may_look_through_the_camera_only_where_the_file_says_so() {
    let listen = "listen = \"127.0.0.1:9001\"";
    let with = |live: &str| format!("{listen}\n{live}\n[camera.pose]\nto = \"127.0.0.1:9002\"");
    let live = |live: &str| read(&WHOLE.replace(listen, &with(live))).unwrap().camera.unwrap().live_kilobits_per_s;
    assert_eq!((live(""), live("live_kilobits_per_s = 0"), live("live_kilobits_per_s = 300")), (0, 0, 300));
    check_refused(listen, &with("live_kilobits_per_s = 9000"), "line 16", "found 9000: allowed are 32 to 8000");
    check_refused(listen, &format!("{listen}\nlive_kilobits_per_s = 300"), "line 13", "needs [camera.pose]");
}

#[test]
fn evidence_goes_to_the_room_only_where_the_file_says_so_and_may_stay_on_board() {
    let listen = "listen = \"127.0.0.1:9001\"";
    let with = |rate: &str| format!("{listen}\n{rate}\n[camera.pose]\nto = \"127.0.0.1:9002\"");
    let rate = |rate: &str| read(&WHOLE.replace(listen, &with(rate))).unwrap().camera.unwrap().evidence_kilobits_per_s;
    let (none, never) = (rate(""), rate("evidence_kilobits_per_s = 0"));
    assert_eq!((none, never, rate("evidence_kilobits_per_s = 200")), (None, Some(0), Some(200)));
    check_refused(listen, &with("evidence_kilobits_per_s = 9"), "line 16", "found 9: allowed are 32 to 8000");
    check_refused(listen, &format!("{listen}\nevidence_kilobits_per_s = 0"), "line 13", "needs [camera.pose]");
}

#[test]
fn a_camera_s_program_is_told_how_it_stands_on_this_machine_only() {
    let pose = "listen = \"127.0.0.1:9001\"\n[camera.pose]\nto = \"127.0.0.1:9002\"";
    let config = read(&WHOLE.replace("listen = \"127.0.0.1:9001\"", pose)).unwrap();
    let sigma = config.agent(None).pose.unwrap();
    assert_eq!((sigma.heading_rad, sigma.tilt_rad), (2.3_f64.to_radians(), 0.6_f64.to_radians()));
    assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
    assert_eq!(read(WHOLE).unwrap().agent(None).pose, None);
    let away = pose.replace("127.0.0.1:9002", "192.0.2.1:9002");
    check_refused("listen = \"127.0.0.1:9001\"", &away, "line 17", "is not on this machine");
    let blind = format!("{pose}\ntilt_sigma_deg = 0");
    check_refused("listen = \"127.0.0.1:9001\"", &blind, "line 18", "allowed are 0.01 to 45");
}

#[test]
fn what_may_be_left_out_has_the_usual_value() {
    let short = WHOLE.split("[camera]").next().unwrap().replace("journal_max_mib = 64\n", "");
    let config = read(&short).unwrap();
    assert_eq!((config.journal_max_mib, config.camera.is_none()), (256, true));
    assert_eq!(config.agent(None).limits.endurance_s, 1500.0);
}

#[test]
fn a_mistake_is_told_with_its_line_what_was_found_and_what_is_allowed() {
    check_refused("system = 1", "system = 0", "line 3", "found 0: allowed are 1 to 255");
    check_refused("\"multirotor\"", "\"rocket\"", "line 2", "expected one of `multirotor`, `fixed_wing`, `boat`");
    check_refused("heron-1\"\nkind", "Heron 1\"\nkind", "line 1", "is not a name for a vehicle");
    check_refused(
        "heron-1\"\nkind",
        "a-name-that-is-much-too-long-for-a-vehicle\"\nkind",
        "line 1",
        "at most 32 bytes",
    );
    check_refused("40.2", "400.2", "line 4", "allowed are -110 to 90");
    check_refused("40.2", "nan", "line 4", "allowed are -110 to 90");
    check_refused("serial:/dev/ttyAMA0:921600", "serial:/dev/ttyAMA0", "line 5", "allowed are udpin:IP:PORT");
    check_refused("serial:/dev/ttyAMA0:921600", "udpin:localhost", "line 5", "is no link");
    check_refused("journal_max_mib = 64", "journal_max_mib = 1", "line 7", "allowed are 4 to 65536");
    check_refused("127.0.0.1:7447", "10.0.0.1:7447", "line 9", "leaves this machine without encryption");
    check_refused("127.0.0.1:9001", "0.0.0.0:9001", "line 15", "is not on this machine");
    check_refused("endurance_s = 1200.0", "endurance_s = 1.0", "line 18", "allowed are 60 to 1000000");
    check_refused("endurance_s", "endurance_m", "line 18", "unknown field `endurance_m`");
    check_refused("vehicle = \"heron-1\"\n", "", "line 1", "missing field `vehicle`");
}

const LINKS: &str = r#"
[signing]
key = "/etc/picket/mavlink.key"
autopilot = true

[[payload]]
port = "udpin:127.0.0.1:14600"

[[ground]]
port = "udpout:10.8.0.2:14550"

[[ground]]
port = "udpin:127.0.0.1:14551"
signed = false
commands = true

[remote_id]
serial = "1581F4ABC123"
operator = "DEU87astrdge12k8"
description = "Customs patrol"
eu_class = 3
"#;

fn with_links() -> String {
    WHOLE.replace(
        r#"autopilot = "serial:/dev/ttyAMA0:921600""#,
        r#"autopilot = ["serial:/dev/ttyAMA0:921600", "udpin:127.0.0.1:14550"]"#,
    ) + LINKS
}

#[test]
fn links_stand_in_the_order_of_preference_and_a_ground_link_is_signed_and_may_not_command_unless_it_is_said() {
    let config = read(&with_links()).unwrap();
    let links: Vec<_> = config.links().into_iter().map(|(_, setup)| (setup.name, setup.role, setup.signed)).collect();
    let ground = |commands| Role::Ground(Ground { commands, thin: false });
    let expected = [
        ("serial:/dev/ttyAMA0:921600", Role::Autopilot, true),
        ("udpin:127.0.0.1:14550", Role::Autopilot, true),
        ("udpin:127.0.0.1:14600", Role::Payload, false),
        ("udpout:10.8.0.2:14550", ground(false), true),
        ("udpin:127.0.0.1:14551", ground(true), false),
    ];
    assert_eq!(links, expected.map(|(name, role, signed)| (name.to_owned(), role, signed)));
    let identity = config.identity().unwrap();
    assert_eq!((identity.id.as_str(), identity.id_kind, identity.eu_class), ("1581F4ABC123", IdKind::Serial, Some(3)));
    assert_eq!(config.record_folder().to_str(), Some("/var/lib/picket/record"));
    let written = toml::to_string(&config).unwrap();
    assert_eq!(read(&written).unwrap(), config);
}

#[test]
fn links_that_do_not_go_together_are_told_with_their_line() {
    let check = |from: &str, to: &str, words: &[&str]| {
        let whole = with_links();
        assert!(whole.contains(from), "{from:?} is not in the file");
        let error = read(&whole.replacen(from, to, 1)).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let unsigned = "port = \"udpout:10.8.0.2:14550\"\nsigned = false";
    check(
        "port = \"udpout:10.8.0.2:14550\"",
        unsigned,
        &["line 28", "udpout:10.8.0.2:14550", "signed = false", "127.0.0.1"],
    );
    check("udpin:127.0.0.1:14600", "udpin:127.0.0.1:14550", &["line 25", "there twice"]);
    let signing = "[signing]\nkey = \"/etc/picket/mavlink.key\"\nautopilot = true\n";
    check(signing, "", &["no key", "udpout:10.8.0.2:14550", "line 25"]);
    check(r#"["serial:/dev/ttyAMA0:921600", "udpin:127.0.0.1:14550"]"#, "[]", &["line 1", "at least one link"]);
    check("serial = \"1581F4ABC123\"\n", "", &["line 35", "exactly one is needed"]);
    check("eu_class = 3", "eu_class = 7", &["allowed are 0 to 6"]);
    check("DEU87astrdge12k8", "DEU87astrdge12k8-xxxxxx", &["operator", "1 to 20"]);
    check("port = \"udpin:127.0.0.1:14600\"", "port = \"udp:127.0.0.1:14600\"", &["line 25", "udpin:IP:PORT"]);
}
