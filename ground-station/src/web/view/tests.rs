//! What a console is sent, as JSON.

use super::{AlertView, TrackView};
use crate::alerts::stage::{at, claim, drone, site, vessel};
use serde_json::{Value, json};
use telemetry::messages::{
    AdsbClaim, AisClaim, AisVoyage, Alert, AlertRule, AlertState, Claim, RemoteIdClaim, Severity, Subject, TargetKind,
    TrackAlert,
};
use telemetry::{AlertId, LatLon, SensorId};

fn shown(claim: Option<Claim>) -> Value {
    let mut sighting = drone(0.0, [0.0, 0.0, 60.0]);
    sighting.track.claim = claim;
    serde_json::to_value(TrackView::new(at(1.0), &site(), &sighting)).unwrap()
}

#[test]
fn a_claim_is_shown_with_the_system_it_was_made_in() {
    let operator = LatLon::from_degrees(54.25, 10.125).unwrap();
    let remote_id = RemoteIdClaim { operator: Some(operator), ..RemoteIdClaim::new("1581F5FKD2").unwrap() };
    let adsb = AdsbClaim { icao: "4CA1B2".parse().unwrap(), call_sign: None };
    let voyage = AisVoyage { draught_dm: Some(65), ..AisVoyage::default() };
    let ais = Claim::Ais(AisClaim { voyage: Some(Box::new(voyage)), ..claim() });
    for (claim, expected) in [
        (None, Value::Null),
        (
            Some(ais),
            json!({
                "kind": "ais", "mmsi": "211000001", "name": "NORDSTERN", "ship_type": 60, "length_m": 120, "beam_m": null,
                "draught_m": 6.5, "heading_deg": null, "navigational_status": 0, "destination": null,
            }),
        ),
        (
            Some(Claim::RemoteId(remote_id)),
            json!({"kind": "remote_id", "uas_id": "1581F5FKD2", "operator": [10.125, 54.25]}),
        ),
        (Some(Claim::Adsb(adsb)), json!({"kind": "adsb", "icao": "4CA1B2", "call_sign": null})),
    ] {
        assert_eq!(shown(claim)["claim"], expected);
    }
}

#[test]
fn what_does_not_fit_and_the_kinds_are_shown_by_their_names() {
    let mut sighting = vessel(0.0, [0.0, 0.0, 0.0]);
    sighting.track.alerts = [TrackAlert::AisSpoof, TrackAlert::DuplicateIdentity].into();
    sighting.track.classification.kinds = [(TargetKind::CargoVessel, 0.875), (TargetKind::Tanker, 0.125)].into();
    let shown = serde_json::to_value(TrackView::new(at(1.0), &site(), &sighting)).unwrap();
    assert_eq!(shown["alerts"], json!(["ais_spoof", "duplicate_identity"]));
    assert_eq!(shown["kinds"], json!({"cargo_vessel": 0.88, "tanker": 0.13}));
}

#[test]
fn an_alert_about_a_sensor_names_it_and_no_track() {
    let alert = Alert {
        id: AlertId::new("kiel.1").unwrap(),
        rule: AlertRule::SensorBiased,
        severity: Severity::Warning,
        raised_at: at(0.0),
        measured_at: at(0.0),
        subject: Subject::Sensor(SensorId::new("radar-1").unwrap()),
        position: None,
        zone: None,
        text: String::new(),
        state: AlertState::Raised,
    };
    let shown = serde_json::to_value(AlertView::from(&alert)).unwrap();
    assert_eq!((&shown["rule"], &shown["sensor"]), (&json!("sensor_biased"), &json!("radar-1")));
    assert_eq!((&shown["track"], &shown["vehicle"]), (&Value::Null, &Value::Null));
}
