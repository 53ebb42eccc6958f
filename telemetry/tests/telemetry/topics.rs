//! The table and the keys.

use std::collections::BTreeSet;

use proptest::prelude::*;
use telemetry::topics::{TOPICS, Topic};
use telemetry::{Delivery, Program, SiteId};

use crate::generate;

fn kiel() -> SiteId {
    SiteId::new("kiel-holtenau").unwrap()
}

proptest! {
    #[test]
    fn every_key_parses_back_to_its_topic(message in generate::message(), site in generate::site()) {
        let topic = message.topic();
        prop_assert_eq!(Topic::parse(&site, &topic.key(&site)), Ok(topic));
    }

    #[test]
    fn every_text_is_a_topic_or_an_error_and_a_topic_has_one_spelling(
        key in prop_oneof![
            "\\PC{0,60}",
            "picket/kiel-holtenau/(vehicle|sensor|track|alert|cue|operator|station)/[a-z0-9./*+-]{0,20}",
            "picket/kiel-holtenau/sensor/[a-z0-9]{0,3}/(scan|registration|video|evidence|evidence-request|evidence-reply|x)",
            "picket/kiel-holtenau/station/[a-z0-9]{0,3}/track/[0-9x]{0,3}",
            "picket/kiel-holtenau/vehicle/[a-z0-9]{0,3}/(state|journal|journal-ack|command|ack|x)",
        ],
    ) {
        if let Ok(topic) = Topic::parse(&kiel(), &key) {
            prop_assert_eq!(topic.key(&kiel()), key);
        }
    }

    #[test]
    fn a_key_of_one_site_is_no_topic_of_another(message in generate::message()) {
        let elsewhere = SiteId::new("elsewhere").unwrap();
        prop_assert!(Topic::parse(&kiel(), &message.topic().key(&elsewhere)).is_err());
    }
}

#[test]
fn keys_read_as_the_agreement_says() {
    let parsed = |key: &str| Topic::parse(&kiel(), key).map(|topic| topic.to_string());
    for (key, expected) in [
        ("picket/kiel-holtenau/vehicle/kiel-1/state", "vehicle/kiel-1/state"),
        ("picket/kiel-holtenau/vehicle/kiel-1/journal", "vehicle/kiel-1/journal"),
        ("picket/kiel-holtenau/vehicle/kiel-1/journal-ack", "vehicle/kiel-1/journal-ack"),
        ("picket/kiel-holtenau/vehicle/kiel-1/command", "vehicle/kiel-1/command"),
        ("picket/kiel-holtenau/vehicle/kiel-1/ack", "vehicle/kiel-1/ack"),
        ("picket/kiel-holtenau/sensor/radar-1/scan", "sensor/radar-1/scan"),
        ("picket/kiel-holtenau/sensor/radar-1/registration", "sensor/radar-1/registration"),
        ("picket/kiel-holtenau/sensor/mast-1/video", "sensor/mast-1/video"),
        ("picket/kiel-holtenau/sensor/mast-1/evidence", "sensor/mast-1/evidence"),
        ("picket/kiel-holtenau/sensor/mast-1/evidence-request", "sensor/mast-1/evidence-request"),
        ("picket/kiel-holtenau/sensor/mast-1/evidence-reply", "sensor/mast-1/evidence-reply"),
        ("picket/kiel-holtenau/track/18446744073709551615", "track/18446744073709551615"),
        ("picket/kiel-holtenau/station/kiel-inner/track/7", "station/kiel-inner/track/7"),
        ("picket/kiel-holtenau/alert/kiel.17", "alert/kiel.17"),
        ("picket/kiel-holtenau/cue/kiel.3", "cue/kiel.3"),
        ("picket/kiel-holtenau/operator/anna/action", "operator/anna/action"),
        ("picket/kiel-holtenau/station/beat", "station/beat"),
    ] {
        assert_eq!(parsed(key).as_deref(), Ok(expected), "{key}");
    }
}

#[test]
fn what_is_no_key_of_the_site_is_refused() {
    for key in [
        "",
        "picket",
        "picket/",
        "picket/kiel-holtenau",
        "picket/kiel-holtenau/",
        "picket/kiel-holtenauu/station/beat",
        "pocket/kiel-holtenau/station/beat",
        "/picket/kiel-holtenau/station/beat",
        "picket/kiel-holtenau/station/beat/",
        "picket/kiel-holtenau/vehicle//state",
        "picket/kiel-holtenau/vehicle/state",
        "picket/kiel-holtenau/vehicle/a/b/state",
        "picket/kiel-holtenau/vehicle/KIEL/state",
        "picket/kiel-holtenau/vehicle/*/state",
        "picket/kiel-holtenau/track/",
        "picket/kiel-holtenau/track/+1",
        "picket/kiel-holtenau/track/01",
        "picket/kiel-holtenau/track/18446744073709551616",
        "picket/kiel-holtenau/alert/",
        "picket/kiel-holtenau/station/",
        "picket/kiel-holtenau/station/kiel-inner/track/",
        "picket/kiel-holtenau/station/kiel-inner/track/07",
        "picket/kiel-holtenau/station//track/7",
        "picket/kiel-holtenau/station/a/b/track/7",
    ] {
        assert!(Topic::parse(&kiel(), key).is_err(), "{key}");
    }
}

#[test]
fn the_rows_are_distinct_and_somebody_publishes_each() {
    let patterns: BTreeSet<_> = TOPICS.iter().map(|rule| rule.pattern).collect();
    let messages: BTreeSet<_> = TOPICS.iter().map(|rule| rule.message).collect();
    assert_eq!((patterns.len(), messages.len()), (TOPICS.len(), TOPICS.len()));
    for rule in &TOPICS {
        assert!(!rule.publishers.is_empty() && rule.waiting_max > 0, "{}", rule.pattern);
        assert!(rule.every_key(&kiel()).starts_with("picket/kiel-holtenau/"), "{}", rule.pattern);
    }
}

#[test]
fn only_the_station_speaks_for_the_station_and_it_flies_nothing_itself() {
    let rule = |pattern: &str| TOPICS.iter().find(|rule| rule.pattern == pattern).unwrap();
    let its_own = ["vehicle/{vehicle}/command", "vehicle/{vehicle}/journal-ack", "sensor/{sensor}/registration"];
    let its_own = its_own.into_iter().chain(["sensor/{sensor}/evidence-request"]);
    for pattern in its_own.chain(["alert/{alert}", "station/beat", "station/{station}/track/{track}"]) {
        assert_eq!(rule(pattern).publishers, [Program::Station], "{pattern}");
    }
    let others =
        ["vehicle/{vehicle}/state", "vehicle/{vehicle}/journal", "sensor/{sensor}/scan", "sensor/{sensor}/video"];
    let others = others.into_iter().chain(["sensor/{sensor}/evidence", "sensor/{sensor}/evidence-reply"]);
    for pattern in others {
        assert!(!rule(pattern).publishers.contains(&Program::Station), "{pattern}");
    }
    assert!(!rule("sensor/{sensor}/video").recorded, "the camera records its video itself");
    assert_eq!(rule("vehicle/{vehicle}/journal").delivery, Delivery::NeverLose);
    assert_eq!(rule("sensor/{sensor}/evidence").delivery, Delivery::NeverLose);
    assert_eq!(rule("vehicle/{vehicle}/command").delivery, Delivery::RequestReply);
}
