//! Incidents: TOML and GeoJSON say the same, and a file that is wrong is told by its feature and field.

use missions::file::{Library, Shelf};
use missions::site::{Incident, Incidents};
use missions::{Site, embedded};
use proptest::prelude::*;
use telemetry::{LatLon, Timestamp};

/// A collection of one feature with these properties at this place.
fn collection(properties: &str, coordinates: &str) -> String {
    format!(
        r#"{{"type": "FeatureCollection", "features": [{{"type": "Feature", "id": 7, "properties": {properties},
            "geometry": {{"type": "Point", "coordinates": {coordinates}}}}}]}}"#
    )
}

const GOOD: &str = r#"{"time": "2026-10-17T02:15:00Z", "kind": "packet picked up", "note": "by a small boat"}"#;

#[test]
fn a_collection_of_points_is_read_and_what_is_not_kept_is_named() {
    let text =
        collection(&GOOD.replace('}', r#", "weight": null, "fid": 3, "source": "a"}"#), "[10.1655, 54.3708, 12]");
    let read = Incidents::read("what.geojson", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    let incident = Incident {
        at: "2026-10-17T02:15:00Z".parse().unwrap(),
        position: LatLon::from_degrees(54.3708, 10.1655).unwrap(),
        kind: "packet picked up".to_owned(),
        note: Some("by a small boat".to_owned()),
        weight: 1.0,
    };
    assert_eq!(read.incidents, [incident]);
    assert_eq!(read.lost, ["heights of 1 features", "properties fid, source"]);
}

#[test]
fn what_is_wrong_is_told_with_file_feature_and_field() {
    for (text, says) in [
        (
            collection(&GOOD.replace("02:15", "26:15"), "[10, 54]"),
            "features[0].properties.time: found \"2026-10-17T26:15",
        ),
        (collection(&GOOD.replace(r#""time": "2026-10-17T02:15:00Z", "#, ""), "[10, 54]"), "found no field time"),
        (collection(&GOOD.replace("packet picked up", ""), "[10, 54]"), "features[0].properties.kind: found \"\""),
        (collection(&GOOD.replace("by a small boat", "a\\nb"), "[10, 54]"), "note: found \"a\\nb\"; allowed: 1 to 300"),
        (collection(&GOOD.replace('}', r#", "weight": 101}"#), "[10, 54]"), "weight: found 101; allowed: 0 to 100"),
        (collection(GOOD, "[10, 154]"), "features[0].geometry.coordinates: found [10,154]"),
        (collection(GOOD, "[10, 54]").replace("Point", "LineString"), "geometry.type: found \"LineString\""),
        (collection("null", "[10, 54]"), "features[0].properties: found null; allowed: an object"),
        ("{\"type\": \"Feature\"}".to_owned(), "allowed: \"FeatureCollection\""),
        ("{".to_owned(), "what.geojson:1:1: found"),
    ] {
        let told = Incidents::read("what.geojson", text.as_bytes()).unwrap_err().to_string();
        assert!(told.starts_with("what.geojson:") && told.contains(says), "{told} lacks {says}");
    }
}

/// The shipped site with incidents from a file beside it.
fn site_with(name: &str, bytes: &[u8]) -> Result<Site, missions::FileErrors> {
    let shipped = |path: &str| (path.to_owned(), embedded::file(path).unwrap().to_vec());
    let (path, site) = shipped("sites/kiel-holtenau.toml");
    let site = String::from_utf8(site).unwrap().replace("incidents/kiel-holtenau.toml", &format!("incidents/{name}"));
    let files = [
        (path.clone(), site.into_bytes()),
        shipped("maps/kiel/fairways.toml"),
        shipped("maps/kiel/roads.toml"),
        shipped("maps/kiel/kiel.pmtiles"),
        (format!("incidents/{name}"), bytes.to_vec()),
    ];
    Site::take(&mut Library::new(Shelf::Bundle(files.into())), &path)
}

#[test]
fn a_site_reads_its_incidents_from_either_and_tells_of_a_place_that_is_far_off() {
    let shipped = Incidents::read("i.toml", embedded::file("incidents/kiel-holtenau.toml").unwrap()).unwrap();
    let site = site_with("i.geojson", &shipped.to_geojson()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(site.incidents, embedded::site("kiel-holtenau").unwrap().incidents);
    let told = site_with("i.geojson", collection(GOOD, "[54.3708, 10.1655]").as_bytes()).unwrap_err().to_string();
    assert!(told.contains("features[0].geometry.coordinates: found a place "), "{told}");
    assert!(told.contains("are the two swapped?"), "{told}");
}

fn incident() -> impl Strategy<Value = Incident> {
    // To 1e-9 of a degree, a tenth of a millimetre: finer, an angle in radians is not always the same again.
    let place = (-90_000_000_000..=90_000_000_000_i64, -180_000_000_000..=180_000_000_000_i64);
    // Years that RFC 3339 can say and the clock can count.
    let at = 0..4_000_000_000_000_000_000_i64;
    let note = prop::option::of("\\PC{1,300}");
    (at, place, "\\PC{1,80}", note, 0.0..=100.0_f64).prop_map(|(at, (lat, lon), kind, note, weight)| {
        let position = LatLon::from_degrees(lat as f64 / 1e9, lon as f64 / 1e9).unwrap();
        Incident { at: Timestamp::from_unix_nanos(at), position, kind, note, weight }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn either_format_says_all_that_the_other_does(incidents in prop::collection::vec(incident(), 0..6)) {
        let all = Incidents { incidents, lost: Vec::new() };
        let geojson = all.to_geojson();
        prop_assert_eq!(&Incidents::read("a.geojson", &geojson).unwrap(), &all);
        let toml = all.to_toml();
        let back = Incidents::read("a.toml", toml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{toml}"));
        prop_assert_eq!(&back, &all);
        prop_assert_eq!(back.to_geojson(), geojson);
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), put in any::<u8>()) {
        let _ = Incidents::read("a.geojson", &bytes);
        let mut damaged = collection(GOOD, "[10.1655, 54.3708]").into_bytes();
        let at = at.index(damaged.len());
        damaged[at] = put;
        let _ = Incidents::read("a.geojson", &damaged);
    }
}
