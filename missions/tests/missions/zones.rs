//! Zones of authorities: samples as published, and what is wrong in the words of a person.

use missions::zones::{Outline, Restriction, UasZone, VerticalReference, ed269};
use proptest::prelude::*;
use telemetry::Timestamp;

const LUXEMBOURG: &[u8] = include_bytes!("../data/ed269/luxembourg_cc0.json");
const SWITZERLAND: &[u8] = include_bytes!("../data/ed269/switzerland_oby.json");
const INTERUSS: &[u8] = include_bytes!("../data/ed269/interuss_ch_sample.json");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One zone with these lines about when it applies, and a circle.
fn zone(applicability: &str) -> UasZone {
    let text = format!(
        r#"{{"features":[{{"identifier":"Z","country":"DEU","restriction":"PROHIBITED","applicability":{applicability},
        "geometry":[{{"uomDimensions":"FT","lowerLimit":"100","lowerVerticalReference":"AMSL","upperLimit":500,
        "upperVerticalReference":"AGL","horizontalProjection":{{"type":"Circle","center":[10.1,54.3],"radius":"250"}}}}]}}]}}"#
    );
    ed269::read(text.as_bytes()).unwrap_or_else(|error| panic!("{applicability}: {error}")).remove(0)
}

#[test]
fn a_file_that_begins_with_a_byte_order_mark_is_read() {
    let zones = ed269::read(LUXEMBOURG).unwrap();
    assert_eq!(zones.iter().map(|zone| zone.identifier.as_str()).collect::<Vec<_>>(), ["LU-P-001", "LU-T-002"]);
    assert_eq!((zones[0].restriction, zones[0].country.as_str()), (Restriction::Prohibited, "LUX"));
    let upper = zones[1].volumes[0].upper.unwrap();
    assert_eq!((upper.metres, upper.reference), (50.0, VerticalReference::Amsl));
}

#[test]
fn a_zone_of_one_day_applies_on_that_day() {
    let zone = ed269::read(LUXEMBOURG).unwrap().remove(1);
    let (from, to) = (at("2026-07-31T00:00:00Z"), at("2026-08-03T00:00:00Z"));
    assert_eq!(zone.active(from, to), Some(vec![[at("2026-08-01T06:00:00Z"), at("2026-08-01T18:00:00Z")]]));
    assert_eq!(zone.active(to, at("2026-08-09T00:00:00Z")), Some(vec![]));
}

#[test]
fn a_limit_of_99999_is_none_and_a_zone_has_several_volumes() {
    let zones = ed269::read(SWITZERLAND).unwrap();
    assert!(zones[0].volumes[0].upper.is_none() && zones[1].volumes[0].upper.is_none());
    assert_eq!(zones[2].volumes[0].upper.unwrap().metres, 120.0);
    assert_eq!(zones[3].volumes.len(), 2);
    assert!(zones.iter().all(|zone| zone.active(Timestamp::EPOCH, at("2026-01-01T00:00:00Z")).is_none()));
}

#[test]
fn the_other_wrapper_texts_for_numbers_and_nulls_are_read() {
    let zones = ed269::read(INTERUSS).unwrap();
    assert_eq!(zones.len(), 1);
    let volume = &zones[0].volumes[0];
    assert_eq!((volume.lower.unwrap().metres, volume.upper), (0.0, None));
    let Outline::Polygon(rings) = &volume.outline else { panic!("{volume:?}") };
    assert!((rings[0][0].longitude_deg() - 6.166_485_701_899_006).abs() < 1e-12);
}

#[test]
fn feet_become_metres_and_a_radius_stays_what_it_is() {
    let zone = zone(r#"[{"permanent":"YES"}]"#);
    let volume = &zone.volumes[0];
    assert!((volume.lower.unwrap().metres - 30.48).abs() < 1e-9);
    assert!((volume.upper.unwrap().metres - 152.4).abs() < 1e-9);
    assert!(matches!(volume.outline, Outline::Circle { radius_m: 250.0, .. }));
}

#[test]
fn hours_of_days_are_told_apart_and_a_night_goes_on_past_midnight() {
    // 2026-11-20 is a Friday.
    let (from, to) = (at("2026-11-20T12:00:00Z"), at("2026-11-22T12:00:00Z"));
    let applies = |schedule: &str| {
        let zone = zone(&format!(r#"[{{"permanent":"NO","schedule":[{schedule}]}}]"#));
        let spans = zone.active(from, to).unwrap();
        spans.iter().map(|[from, to]| format!("{from} {to}")).collect::<Vec<_>>()
    };
    let evening = "2026-11-20T20:00:00Z 2026-11-20T23:30:00Z";
    assert_eq!(applies(r#"{"day":["FRI"],"startTime":"20:00Z","endTime":"23:30Z"}"#), [evening]);
    assert_eq!(applies(r#"{"day":["fri"],"startTime":"21:00:00+01:00","endTime":"23:30:00.0Z"}"#), [evening]);
    let nights = applies(r#"{"day":["ANY"],"startTime":"22:00Z","endTime":"06:00Z"}"#);
    let expected = ["2026-11-20T22:00:00Z 2026-11-21T06:00:00Z", "2026-11-21T22:00:00Z 2026-11-22T06:00:00Z"];
    assert_eq!(nights, expected);
    let friday = "2026-11-20T20:00:00Z 2026-11-21T20:00:00Z";
    assert_eq!(applies(r#"{"day":["FRI"],"startTime":"20:00Z","endTime":"20:00Z"}"#), [friday]);
    assert_eq!(applies(r#"{"day":["WED"],"startTime":"20:00Z","endTime":"23:30Z"}"#), Vec::<String>::new());
}

#[test]
fn a_zone_is_never_taken_for_open_because_nobody_looked_so_far_ahead() {
    let zone = zone(r#"[{"permanent":"NO","schedule":[{"day":["MON"],"startTime":"20:00Z","endTime":"21:00Z"}]}]"#);
    let (from, to) = (at("2026-11-20T00:00:00Z"), at("2029-11-20T00:00:00Z"));
    let spans = zone.active(from, to).unwrap();
    assert_eq!(spans.last().unwrap()[1], to);
    assert!(spans.last().unwrap()[0].seconds_since(from) > 390.0 * 86_400.0);
}

#[test]
fn spans_that_touch_are_one() {
    let zone = zone(
        r#"[{"permanent":"NO","startDateTime":"2026-11-20T20:00:00Z","endDateTime":"2026-11-20T22:00:00Z"},
            {"permanent":"NO","startDateTime":"2026-11-20T21:00:00Z","endDateTime":"2026-11-20T23:00:00Z"}]"#,
    );
    let spans = zone.active(at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z")).unwrap();
    assert_eq!(spans, [[at("2026-11-20T20:00:00Z"), at("2026-11-20T23:00:00Z")]]);
}

#[test]
fn what_is_wrong_is_told_with_its_path_what_was_found_and_what_is_allowed() {
    let good = String::from_utf8(INTERUSS.to_vec()).unwrap();
    for (from, to, wanted) in [
        ("\"REQ_AUTHORISATION\"", "\"PERHAPS\"", ["UASZoneList[0].restriction", "PERHAPS", "REQ_AUTHORISATION"]),
        ("\"0\"", "\"low\"", ["UASZoneList[0].geometry[0].lowerLimit", "\"low\"", "a number"]),
        ("\"M\"", "\"CUBIT\"", ["UASZoneList[0].geometry[0].uomDimensions", "CUBIT", "FT"]),
        ("46.217024450605436", "946.2", ["coordinates[0][0]", "no place", "[longitude, latitude]"]),
        ("\"UASZoneList\"", "\"zones\"", ["", "UASZoneList", "missing"]),
        (
            "\"startDateTime\": null",
            "\"startDateTime\": \"soon\"",
            ["applicability[0]", "\"soon\"", "2026-11-21T20:00:00Z"],
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let told = ed269::read(good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        for part in wanted {
            assert!(told.contains(part), "{to}: {part:?} is not in {told:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = ed269::read(&bytes);
    }

    #[test]
    fn a_damaged_file_is_safe_and_its_zones_can_be_asked(at_byte in 0..4000_usize, becomes in any::<u8>(), cut in 0..4000_usize) {
        for sample in [LUXEMBOURG, SWITZERLAND, INTERUSS] {
            let mut bytes = sample.to_vec();
            let place = at_byte % bytes.len();
            bytes[place] = becomes;
            for bytes in [&bytes[..], &sample[..cut % sample.len()]] {
                for zone in ed269::read(bytes).unwrap_or_default() {
                    let _spans = zone.active(Timestamp::EPOCH, at("2100-01-01T00:00:00Z"));
                }
            }
        }
    }
}
