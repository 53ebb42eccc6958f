//! A vehicle and a station with their disks, and between them a link that loses, doubles and reorders; either side
//! dies at any moment and comes back with what its disk has. A list of what was appended is the model.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::{AHEAD_MAX, Inbox, Intake, Outbox, RESEND_AFTER, WINDOW};
use crate::altitude::AltitudeHae;
use crate::frames::Geodetic;
use crate::ids::{TrackId, VehicleId};
use crate::messages::{
    Alert, AlertRule, AlertState, JournalAck, JournalBody, JournalEntry, SensorScan, Severity, Subject,
};
use crate::time::Timestamp;

fn kiel_1() -> VehicleId {
    VehicleId::new("kiel-1").unwrap()
}

fn alert() -> JournalBody {
    JournalBody::Alert(Alert {
        id: "kiel-1.1".parse().unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        raised_at: Timestamp::EPOCH,
        measured_at: Timestamp::EPOCH,
        subject: Subject::Track(TrackId(1)),
        position: None,
        zone: None,
        text: String::new(),
        state: AlertState::Raised,
    })
}

fn scan() -> JournalBody {
    JournalBody::Scan(SensorScan {
        sensor: "camera".parse().unwrap(),
        scan: 1,
        measured_at: Timestamp::EPOCH,
        origin: Geodetic::from_degrees(54.0, 10.0, AltitudeHae::new(50.0)).unwrap(),
        sector: None,
        detections: Vec::new(),
    })
}

/// What happens next. An index picks a message that is on its way.
#[derive(Debug, Clone)]
enum Event {
    Append { alert: bool },
    Send,
    Wait,
    Deliver(prop::sample::Index),
    Lose(prop::sample::Index),
    Double(prop::sample::Index),
    DeliverAck(prop::sample::Index),
    LoseAck(prop::sample::Index),
    VehicleDies,
    StationDies,
}

fn event() -> impl Strategy<Value = Event> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => any::<bool>().prop_map(|alert| Event::Append { alert }),
        8 => Just(Event::Send),
        1 => Just(Event::Wait),
        8 => index().prop_map(Event::Deliver),
        3 => index().prop_map(Event::Lose),
        2 => index().prop_map(Event::Double),
        5 => index().prop_map(Event::DeliverAck),
        2 => index().prop_map(Event::LoseAck),
        1 => Just(Event::VehicleDies),
        1 => Just(Event::StationDies),
    ]
}

struct World {
    now: Timestamp,
    capacity: usize,
    outbox: Outbox,
    next_series: u64,
    vehicle_disk: BTreeMap<u64, JournalEntry>,
    entries: Vec<JournalEntry>,
    acks: Vec<JournalAck>,
    inbox: Inbox,
    /// What the station acted on, in its order.
    station_disk: Vec<JournalEntry>,
    station_up_to: BTreeMap<(VehicleId, u64), u64>,
    /// The model: what was appended, and whether it was an alert.
    appended: BTreeMap<(u64, u64), bool>,
}

impl World {
    fn new(capacity: usize) -> Self {
        let mut outbox = Outbox::new(kiel_1(), 1);
        outbox.capacity = capacity;
        Self {
            now: Timestamp::EPOCH,
            capacity,
            outbox,
            next_series: 2,
            vehicle_disk: BTreeMap::new(),
            entries: Vec::new(),
            acks: Vec::new(),
            inbox: Inbox::new(),
            station_disk: Vec::new(),
            station_up_to: BTreeMap::new(),
            appended: BTreeMap::new(),
        }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Append { alert: true } => self.append(alert()),
            Event::Append { alert: false } => self.append(scan()),
            Event::Send => self.send(),
            Event::Wait => self.now = self.now + RESEND_AFTER,
            Event::Deliver(index) => {
                let entry = taken_out(&mut self.entries, index);
                self.deliver(entry);
            }
            Event::Lose(index) => drop(taken_out(&mut self.entries, index)),
            Event::Double(index) => {
                if !self.entries.is_empty() {
                    self.entries.push(index.get(&self.entries).clone());
                }
            }
            Event::DeliverAck(index) => {
                let ack = taken_out(&mut self.acks, index);
                self.deliver_ack(ack);
            }
            Event::LoseAck(index) => drop(taken_out(&mut self.acks, index)),
            Event::VehicleDies => {
                self.outbox = Outbox::restored(kiel_1(), self.next_series, []);
                self.outbox.capacity = self.capacity;
                // Through the same door as `restored`, with the small capacity of this test.
                for entry in self.vehicle_disk.values() {
                    self.outbox.restore(entry.clone());
                }
                self.next_series += 1;
            }
            Event::StationDies => {
                self.inbox = Inbox::restored(self.station_up_to.clone());
                for entry in &self.station_disk {
                    let up_to = self.station_up_to.get(&(entry.vehicle.clone(), entry.series));
                    if up_to.is_none_or(|up_to| entry.number > *up_to) {
                        self.inbox.take(entry);
                    }
                }
            }
        }
        assert!(self.outbox.len() <= self.capacity, "the outbox keeps {} entries", self.outbox.len());
    }

    fn append(&mut self, body: JournalBody) {
        let alert = matches!(body, JournalBody::Alert(_));
        let entry = self.outbox.append(self.now, body);
        let unused = self.appended.insert((entry.series, entry.number), alert).is_none();
        assert!(unused, "number {} was used before", entry.number);
        self.vehicle_disk.insert(entry.number, entry);
    }

    fn send(&mut self) {
        if let Some(entry) = self.outbox.next_to_send(self.now) {
            assert!(self.vehicle_disk.contains_key(&entry.number), "sent before it was stored");
            self.entries.push(entry);
        }
    }

    fn deliver(&mut self, entry: Option<JournalEntry>) {
        let Some(entry) = entry else { return };
        match self.inbox.take(&entry) {
            Intake::New => self.station_disk.push(entry.clone()),
            Intake::Duplicate => {}
            Intake::Ahead => return,
        }
        let ack = self.inbox.ack_for(&entry.vehicle).unwrap();
        self.station_up_to.insert((ack.vehicle.clone(), ack.series), ack.up_to);
        self.acks.push(ack);
    }

    fn deliver_ack(&mut self, ack: Option<JournalAck>) {
        let Some(ack) = ack else { return };
        if let Some(up_to) = self.outbox.acknowledge(&ack) {
            self.vehicle_disk.retain(|number, _| *number > up_to);
        }
    }

    /// The link works from now on.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            self.now = self.now + Duration::from_millis(100);
            self.send();
            let entry = self.entries.pop();
            self.deliver(entry);
            let ack = self.acks.pop();
            self.deliver_ack(ack);
            if self.outbox.is_empty() && self.entries.is_empty() && self.acks.is_empty() {
                return;
            }
        }
        panic!("{} entries are still not acknowledged", self.outbox.len());
    }
}

fn taken_out<T>(from: &mut Vec<T>, index: &prop::sample::Index) -> Option<T> {
    if from.is_empty() { None } else { Some(from.remove(index.index(from.len()))) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn everything_is_taken_exactly_once_whatever_the_link_and_the_power_do(
        events in prop::collection::vec(event(), 1..400),
    ) {
        let mut world = World::new(1000);
        events.iter().for_each(|event| world.apply(event));
        world.settle();
        let taken: Vec<_> = world.station_disk.iter().map(|entry| (entry.series, entry.number)).collect();
        let distinct: BTreeSet<_> = taken.iter().copied().collect();
        prop_assert_eq!(distinct.len(), taken.len(), "something was taken twice");
        prop_assert_eq!(distinct, world.appended.keys().copied().collect());
    }

    #[test]
    fn a_full_journal_gives_up_scans_and_never_an_alert(
        events in prop::collection::vec(event(), 1..400),
        alerts_max in 5_usize..20,
    ) {
        // One more than the alerts that may be raised, so that there is always a scan to give up.
        let mut world = World::new(alerts_max + 1);
        let mut alerts = 0;
        for event in &events {
            alerts += usize::from(matches!(event, Event::Append { alert: true }));
            if alerts <= alerts_max || !matches!(event, Event::Append { alert: true }) {
                world.apply(event);
            }
        }
        world.settle();
        let taken: Vec<_> = world.station_disk.iter().map(|entry| (entry.series, entry.number)).collect();
        let distinct: BTreeSet<_> = taken.iter().copied().collect();
        prop_assert_eq!(distinct.len(), taken.len(), "something was taken twice");
        for (entry, _) in world.appended.iter().filter(|(_, alert)| **alert) {
            prop_assert!(distinct.contains(entry), "alert {entry:?} was lost");
        }
    }
}

#[test]
fn a_window_of_entries_is_on_its_way_oldest_first_and_again_after_three_seconds() {
    let mut outbox = Outbox::new(kiel_1(), 7);
    let now = Timestamp::from_unix_nanos(1_000_000_000);
    for _ in 0..WINDOW + 10 {
        outbox.append(now, scan());
    }
    assert_eq!(outbox.next_deadline(), Some(now));
    let sent: Vec<_> = std::iter::from_fn(|| outbox.next_to_send(now)).map(|entry| entry.number).collect();
    assert_eq!(sent, (1..=WINDOW as u64).collect::<Vec<_>>());
    assert_eq!(outbox.next_deadline(), Some(now + RESEND_AFTER));
    let almost = now + RESEND_AFTER - Duration::from_nanos(1);
    assert_eq!(outbox.next_to_send(almost), None);
    assert_eq!(outbox.next_to_send(now + RESEND_AFTER).map(|entry| entry.number), Some(1));
    let ack = JournalAck { vehicle: kiel_1(), series: 7, up_to: 5 };
    assert_eq!(outbox.acknowledge(&ack), Some(5));
    assert_eq!(outbox.acknowledge(&ack), None, "nothing more to free");
    let again: Vec<_> = std::iter::from_fn(|| outbox.next_to_send(almost)).map(|entry| entry.number).collect();
    assert_eq!(again, (65..=69).collect::<Vec<_>>());
}

#[test]
fn a_link_that_is_back_makes_the_window_due_at_once() {
    let mut outbox = Outbox::new(kiel_1(), 7);
    for _ in 0..3 {
        outbox.append(Timestamp::EPOCH, alert());
    }
    while outbox.next_to_send(Timestamp::EPOCH).is_some() {}
    outbox.resend_all();
    let again: Vec<_> =
        std::iter::from_fn(|| outbox.next_to_send(Timestamp::EPOCH)).map(|entry| entry.number).collect();
    assert_eq!(again, [1, 2, 3]);
}

#[test]
fn words_about_another_journal_free_nothing() {
    let mut outbox = Outbox::new(kiel_1(), 7);
    outbox.append(Timestamp::EPOCH, alert());
    for ack in [
        JournalAck { vehicle: "kiel-2".parse().unwrap(), series: 7, up_to: 1 },
        JournalAck { vehicle: kiel_1(), series: 6, up_to: 1 },
        JournalAck { vehicle: kiel_1(), series: 7, up_to: 2 },
        JournalAck { vehicle: kiel_1(), series: 7, up_to: u64::MAX },
        JournalAck { vehicle: kiel_1(), series: 7, up_to: 0 },
    ] {
        assert_eq!(outbox.acknowledge(&ack), None, "{ack:?}");
    }
    assert_eq!(outbox.len(), 1);
}

#[test]
fn a_station_that_knows_nothing_takes_a_journal_from_where_it_stands() {
    let mut outbox = Outbox::new(kiel_1(), 7);
    for _ in 0..3 {
        outbox.append(Timestamp::EPOCH, alert());
    }
    outbox.acknowledge(&JournalAck { vehicle: kiel_1(), series: 7, up_to: 2 });
    let entry = outbox.next_to_send(Timestamp::EPOCH).unwrap();
    assert_eq!((entry.number, entry.after), (3, 0));
    let mut inbox = Inbox::new();
    assert_eq!(inbox.take(&entry), Intake::New);
    assert_eq!(inbox.ack_for(&kiel_1()).map(|ack| ack.up_to), Some(3));
}

#[test]
fn a_journal_without_entries_begins_a_fresh_series() {
    let mut outbox = Outbox::restored(kiel_1(), 9, []);
    assert_eq!((outbox.series(), outbox.append(Timestamp::EPOCH, alert()).number), (9, 1));
    let entry = outbox.next_to_send(Timestamp::EPOCH).unwrap();
    let mut restored = Outbox::restored(kiel_1(), 10, [entry]);
    assert_eq!((restored.series(), restored.append(Timestamp::EPOCH, alert()).number), (9, 2));
}

#[test]
fn the_oldest_alert_goes_only_when_there_is_nothing_but_alerts() {
    let mut outbox = Outbox::new(kiel_1(), 1);
    outbox.capacity = 3;
    for body in [alert(), scan(), alert(), alert()] {
        outbox.append(Timestamp::EPOCH, body);
    }
    let numbers = |outbox: &Outbox| outbox.held.keys().copied().collect::<Vec<_>>();
    assert_eq!((numbers(&outbox), outbox.lost()), (vec![1, 3, 4], 1));
    outbox.append(Timestamp::EPOCH, scan());
    assert_eq!((numbers(&outbox), outbox.lost()), (vec![1, 3, 4], 2), "a scan finds no place among alerts");
    outbox.append(Timestamp::EPOCH, alert());
    assert_eq!((numbers(&outbox), outbox.lost()), (vec![3, 4, 6], 3));
}

fn entry(vehicle: &str, series: u64, number: u64, after: u64) -> JournalEntry {
    JournalEntry {
        vehicle: vehicle.parse().unwrap(),
        series,
        number,
        after,
        recorded_at: Timestamp::EPOCH,
        body: scan(),
    }
}

#[test]
fn entries_beyond_a_gap_are_remembered_up_to_a_bound() {
    let mut inbox = Inbox::new();
    for number in 2..2 + AHEAD_MAX as u64 {
        assert_eq!(inbox.take(&entry("kiel-1", 1, number, number - 1)), Intake::New);
    }
    let beyond = entry("kiel-1", 1, 2 + AHEAD_MAX as u64, 1 + AHEAD_MAX as u64);
    assert_eq!(inbox.take(&beyond), Intake::Ahead);
    assert_eq!(inbox.take(&entry("kiel-1", 1, 2, 1)), Intake::Duplicate);
    assert_eq!(inbox.take(&entry("kiel-1", 1, 1, 0)), Intake::New);
    assert_eq!(inbox.take(&beyond), Intake::New);
    assert_eq!(inbox.ack_for(&kiel_1()).map(|ack| ack.up_to), Some(beyond.number));
}

#[test]
fn an_entry_sent_again_closes_a_gap_that_its_sender_gave_up() {
    let mut inbox = Inbox::new();
    assert_eq!(inbox.take(&entry("kiel-1", 1, 1, 0)), Intake::New);
    assert_eq!(inbox.take(&entry("kiel-1", 1, 5, 4)), Intake::New);
    assert_eq!(inbox.ack_for(&kiel_1()).map(|ack| ack.up_to), Some(1));
    assert_eq!(inbox.take(&entry("kiel-1", 1, 5, 1)), Intake::Duplicate);
    assert_eq!(inbox.ack_for(&kiel_1()).map(|ack| ack.up_to), Some(5));
}

#[test]
fn an_entry_given_up_after_it_came_does_not_hold_up_those_behind_it() {
    let mut inbox = Inbox::new();
    assert_eq!(inbox.take(&entry("kiel-1", 1, 18, 17)), Intake::New);
    assert_eq!(inbox.take(&entry("kiel-1", 1, 20, 19)), Intake::New);
    assert_eq!(inbox.take(&entry("kiel-1", 1, 19, 0)), Intake::New);
    assert_eq!(inbox.ack_for(&kiel_1()).map(|ack| ack.up_to), Some(20));
    assert_eq!(inbox.take(&entry("kiel-1", 1, 18, 17)), Intake::Duplicate);
}

#[test]
fn more_vehicles_and_series_than_are_remembered_do_not_grow_the_inbox() {
    let mut inbox = Inbox::new();
    for vehicle in 0..1100 {
        let taken = inbox.take(&entry(&format!("v{vehicle}"), 1, 1, 0));
        assert_eq!(taken, if vehicle < 1024 { Intake::New } else { Intake::Ahead }, "{vehicle}");
    }
    assert_eq!(inbox.ack_for(&"v1050".parse().unwrap()), None);
    for series in 1..=10 {
        inbox.take(&entry("v1", series, 1, 0));
    }
    assert_eq!(inbox.vehicles[&"v1".parse::<VehicleId>().unwrap()].len(), 4);
    assert_eq!(inbox.ack_for(&"v1".parse().unwrap()).map(|ack| ack.series), Some(10));
    assert_eq!(inbox.take(&entry("v1", 9, 1, 0)), Intake::Duplicate);
    assert_eq!(inbox.ack_for(&"v1".parse().unwrap()).map(|ack| ack.series), Some(9), "the series used last");
}
