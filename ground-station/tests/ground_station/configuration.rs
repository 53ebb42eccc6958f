//! `station.toml`: what is written is what is read, and what is wrong is told where it stands.

use crate::night::{anna, at, opened, station_file};
use ground_station::config::{self, CameraEntry, EvidenceSection, RuleSection, VehicleKindName};
use proptest::prelude::*;

#[test]
fn what_a_program_writes_is_what_the_station_is_told() {
    let mut file = station_file();
    file.rules = RuleSection { ais_lost_after_s: Some(420.0), drone_belief: Some(0.7) };
    file.vehicles[0].start = Some(at(20.0));
    file.vehicles[0].cruise_m_s = Some(12.5);
    file.vehicles[0].camera = Some(CameraEntry {
        size_px: [1920, 1080],
        field_of_view_deg: 60.0,
        exposure_ms: Some(8.0),
        down_deg: [30.0, 90.0],
    });
    file.vehicles[1].kind = VehicleKindName::Boat;
    file.vehicles[1].plan = None;
    file.record = Some("night.mcap".into());
    file.evidence = Some(EvidenceSection { folder: "evidence".into(), total_mib: None });
    let volume = missions::authorisation::AuthorisedVolume {
        ring: missions::Site::open("kiel-holtenau".as_ref()).unwrap().zones[0].ring.clone(),
        floor: telemetry::AltitudeAmsl::new(0.0),
        ceiling: telemetry::AltitudeAmsl::new(120.0),
    };
    let grant = missions::FlightAuthorisation {
        id: "SH-2026-1187".to_owned(),
        operator: "Förde Medikurier".to_owned(),
        uas_id: Some("1581F4XF5231C00A0042".to_owned()),
        zones: vec![telemetry::ZoneId::new("locks").unwrap()],
        from: at(0.0),
        to: at(1800.0),
        volume: Some(volume),
    };
    file.authorisations = vec![grant.clone()];
    let opened = opened(&file);
    let config = &opened.config;
    assert_eq!((config.rules.ais_lost_after_s, config.rules.drone_belief), (420.0, 0.7));
    assert_eq!(config.fleet[0].start, Some(at(20.0)));
    assert_eq!(config.fleet[0].cruise_m_s, 12.5);
    let camera = config.fleet[0].camera.unwrap();
    // Half of the picture's width over the tangent of half of the angle.
    assert!((camera.lens.focal_px[0] - 960.0 / 30_f64.to_radians().tan()).abs() < 1e-9, "{camera:?}");
    assert_eq!((camera.exposure_s, config.fleet[1].camera), (0.008, None));
    assert_eq!(config.fleet[0].plan.as_ref().unwrap().id().as_str(), "kiel-fjord-north");
    assert_eq!((config.fleet[1].kind, config.fleet[1].plan.is_some()), (telemetry::messages::VehicleKind::Boat, false));
    assert_eq!(config.sensors, [crate::night::radar().description]);
    assert_eq!(config.operators[0].id, anna());
    let read = &config.authorisations[0];
    assert_eq!((&read.id, &read.zones, read.from, read.to), (&grant.id, &grant.zones, grant.from, grant.to));
    assert_eq!(read.volume.as_ref().unwrap().ceiling.metres, 120.0);
    assert!(opened.settings.simulated);
    assert!(opened.settings.record.as_ref().unwrap().ends_with("night.mcap"));
    let evidence = opened.settings.evidence.as_ref().unwrap();
    assert!(evidence.folder.is_absolute() && evidence.folder.ends_with("evidence"));
    assert_eq!(evidence.bytes_max, 20 << 30);
    assert!(opened.settings.store.is_absolute(), "relative to the file, not to where the program was started");
}

#[test]
fn the_files_kept_with_a_recording_give_the_same_station() {
    let opened = opened(&station_file());
    let again = config::reopen(opened.sources.clone()).unwrap();
    let without_map = |mut config: ground_station::StationConfig| {
        config.site.map = None;
        config
    };
    assert_eq!(without_map(again.config), without_map(opened.config));
    assert_eq!(again.sources, opened.sources);
}

/// Opens the usual file with one change; gives the errors.
fn errors(from: &str, to: &str) -> String {
    let text = station_file().to_toml().unwrap();
    assert!(text.contains(from), "{from} is not in\n{text}");
    errors_of(text.replacen(from, to, 1).as_bytes())
}

fn errors_of(text: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("station.toml"), text).unwrap();
    match config::open(&folder.path().join("station.toml")) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_its_field_and_what_is_allowed() {
    let cases = [
        ("site = \"kiel-holtenau\"", "site = \"atlantis\"", ["atlantis", "a readable file", ""]),
        ("127.0.0.1:0", "0.0.0.0:8320", ["listen", "allow_remote = true", "without encryption"]),
        ("127.0.0.1:0", "localhost:8320", ["listen", "127.0.0.1:8320", ""]),
        ("tcp/127.0.0.1:7447", "tcp/10.0.0.1:7447", ["bus", "leaves this machine without encryption", ""]),
        ("[\"tcp/127.0.0.1:7447\"]", "[]", ["bus", "neither listen nor connect", ""]),
        ("key_sha256 = \"", "key_sha256 = \"x", ["operator[0].key_sha256", "64 hexadecimal digits", ""]),
        (
            "released_by = \"anna\"",
            "released_by = \"bert\"",
            ["vehicle[0].released_by", "\"bert\"", "an operator of this file"],
        ),
        ("released_by = \"anna\"", "", ["vehicle[0].plan", "a plan that nobody released", ""]),
        ("home = [10.157, 54.373]", "", ["vehicle[0].plan", "without a place of take-off", ""]),
        (
            "home = [10.157, 54.373]",
            "home = [54.373, 10.157]",
            ["kiel-fjord-north:", "a ring around the place of take-off", ""],
        ),
        ("kind = \"multirotor\"", "kind = \"zeppelin\"", ["vehicle[0].kind", "zeppelin", "multirotor"]),
        ("id = \"falke-2\"", "id = \"falke-1\"", ["vehicle[1].id", "no other vehicle", ""]),
        ("id = \"falke-2\"", "id = \"kiel-holtenau\"", ["vehicle[1].id", "other than the site's", ""]),
        ("id = \"falke-2\"", "id = \"Falke 2\"", ["vehicle[1].id", "a-z", ""]),
        ("plan = \"kiel-harbour-watch\"", "plan = \"kiel-boat-rounds\"", ["kiel-boat-rounds:", "", ""]),
        ("simulated = true", "simulate = true", ["simulate", "unknown field", ""]),
        (
            "[rules]",
            "[sharing]\nstation = \"inner\"\nneighbour = [{ station = \"inner\", site = \"laboe\" }]\n[rules]",
            ["sharing.neighbour[0].station", "no other station", ""],
        ),
        (
            "[rules]",
            "[sharing]\nstation = \"inner\"\nage_max_s = 900.0\n[rules]",
            ["sharing.age_max_s", "2 to 60", "seconds"],
        ),
        (
            "[rules]",
            "[sharing]\nstation = \"inner\"\nown_sensors = [\"radar-9\"]\n[rules]",
            ["sharing.own_sensors[0]", "radar-9", "a sensor of this station"],
        ),
        (
            "[rules]",
            "[evidence]\nfolder = \"evidence\"\ntotal_mib = 1\n[rules]",
            ["evidence", "total_mib = 1", "256 to 16777216"],
        ),
        ("[rules]", "[rules]\nais_lost_after_s = 1", ["rules", "30 to 86400", ""]),
        ("[rules]", "[rules]\ndrone_belief = nan", ["rules", "0 to 1", ""]),
    ];
    let camera = |fields: &str| format!("cruise_m_s = 12.0\ncamera = {{ {fields} }}");
    let cameras = [
        ("size_px = [8, 8], field_of_view_deg = 60, down_deg = [30, 90]", ["size_px", "16 to 20000 pixels", ""]),
        ("size_px = [1920, 1080], down_deg = [30, 90]", ["size_px", "without one field of view", "focal_mm and"]),
        ("size_px = [1920, 1080], field_of_view_deg = 60, down_deg = [90, 30]", ["down_deg", "the steepest", ""]),
        (
            "size_px = [1920, 1080], field_of_view_deg = 200, down_deg = [30, 90]",
            ["field_of_view_deg", "1 to 150 degrees", ""],
        ),
    ];
    let cameras = cameras.map(|(fields, wanted)| ("kind = \"multirotor\"", camera(fields), wanted));
    for (from, fields, wanted) in cameras {
        let told = errors(from, &format!("{from}\n{fields}"));
        assert!(wanted.iter().all(|part| told.contains(part)), "{told}");
    }
    for (from, to, wanted) in cases {
        let told = errors(from, to);
        assert_ne!(told, "nothing is wrong", "{to}");
        for part in wanted {
            assert!(told.contains(part), "{to}: {part:?} is not in: {told}");
        }
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = station_file().to_toml().unwrap();
    let text = text.replace("127.0.0.1:0", "nowhere").replacen("id = \"falke-1\"", "id = \"FALKE\"", 1).replacen(
        "period_s = 1.0",
        "period_s = -1.0",
        1,
    );
    let told = errors_of(text.as_bytes());
    for line in ["station.toml:2:10: listen:", "vehicle[0].id: found \"FALKE\"", "sensor[0].period_s: found -1.0"] {
        assert!(told.contains(line), "{line:?} is not in: {told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_file_is_safe(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        errors_of(&bytes);
    }

    #[test]
    fn the_usual_file_with_a_piece_torn_out_is_safe(from in 0_usize..2000, length in 0_usize..200) {
        let text = station_file().to_toml().unwrap();
        let (from, to) = (from.min(text.len()), (from + length).min(text.len()));
        let mut bytes = text.into_bytes();
        bytes.drain(from..to);
        errors_of(&bytes);
    }
}
