//! The vehicles' journals: stored, acted on, acknowledged, in this order and once.

use ground_station::station::{Output, Record};
use telemetry::AlertId;
use telemetry::messages::{Alert, AlertRule, AlertState, JournalBody, JournalEntry, Message, Severity, Subject};

use crate::night::{HARBOUR, Night, ROADS, at, scan, state, station_file, vehicle_id};

fn entry(number: u64, s: f64, body: JournalBody) -> JournalEntry {
    JournalEntry { vehicle: vehicle_id("falke-2"), series: 1, number, after: number - 1, recorded_at: at(s), body }
}

fn engine_alert(number: u64) -> Alert {
    Alert {
        id: AlertId::new(format!("falke-2.{number}")).unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        raised_at: at(0.0),
        measured_at: at(0.0),
        subject: Subject::Vehicle(vehicle_id("falke-2")),
        position: None,
        zone: None,
        text: "falke-2 has an engine failure".to_owned(),
        state: AlertState::Raised,
    }
}

#[test]
fn a_journal_entry_is_stored_then_acted_on_then_acknowledged_and_all_that_once() {
    let mut night = Night::new(&station_file());
    let sent = entry(1, 0.0, JournalBody::Alert(engine_alert(1)));
    night.tell(Message::JournalEntry(sent.clone()));
    let outputs = night.take();
    let [
        Output::Store(Record::Journal { entry: stored, up_to: 1, .. }),
        Output::Store(Record::Alert(alert)),
        Output::Publish(Message::Alert(published)),
        Output::Publish(Message::JournalAck(ack)),
    ] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!((stored, alert, published, ack.up_to), (&sent, &engine_alert(1), &engine_alert(1), 1));
    night.tell(Message::JournalEntry(sent));
    assert!(matches!(&night.take()[..], [Output::Publish(Message::JournalAck(ack))] if ack.up_to == 1));
}

#[test]
fn an_entry_beyond_a_gap_is_taken_and_the_gap_is_not_acknowledged() {
    let mut night = Night::new(&station_file());
    for (number, acknowledged) in [(3, 0), (1, 1), (2, 3)] {
        night.tell(Message::JournalEntry(entry(number, 0.0, JournalBody::Alert(engine_alert(number)))));
        let acks: Vec<u64> = night
            .take()
            .into_iter()
            .filter_map(
                |output| if let Output::Publish(Message::JournalAck(ack)) = output { Some(ack.up_to) } else { None },
            )
            .collect();
        assert_eq!(acks, [acknowledged], "after entry {number}");
    }
    assert_eq!(night.station.alerts().alerts().count(), 3);
}

#[test]
fn what_a_vehicle_saw_long_ago_is_kept_and_does_not_move_the_picture() {
    let mut night = Night::new(&station_file());
    night.pass(60, |_| {});
    for (number, measured_s, scans) in [(1, 20.0, 0), (2, 55.0, 1)] {
        let mut seen = scan(measured_s, number, &[HARBOUR]);
        seen.scan = number;
        night.take();
        night.tell(Message::JournalEntry(entry(number, measured_s, JournalBody::Scan(seen))));
        assert!(matches!(night.outputs[0], Output::Store(Record::Journal { .. })));
        assert_eq!(night.station.counts().scans, scans);
    }
}

#[test]
fn an_entry_of_a_newer_vehicle_is_kept_unread_and_acknowledged() {
    let mut night = Night::new(&station_file());
    night.tell(Message::JournalEntry(entry(1, 0.0, JournalBody::Unreadable(vec![1, 2, 3]))));
    assert!(matches!(
        &night.take()[..],
        [Output::Store(Record::Journal { .. }), Output::Publish(Message::JournalAck(_))]
    ));
    assert_eq!(night.station.counts().journal_unreadable, 1);
}

#[test]
fn words_from_strangers_are_counted_and_nothing_else() {
    let mut night = Night::new(&station_file());
    night.tell(Message::VehicleState(state(0.0, "stranger", ROADS)));
    let mut theirs = entry(1, 0.0, JournalBody::Alert(engine_alert(1)));
    theirs.vehicle = vehicle_id("stranger");
    night.tell(Message::JournalEntry(theirs));
    night.tell(Message::Alert(engine_alert(1)));
    assert_eq!(night.take(), []);
    assert_eq!(night.station.counts().ignored, 3);
}
