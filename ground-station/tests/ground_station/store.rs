//! The store: what was told to be on disk is there after whatever happens.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::night::{HARBOUR, KEY, Night, anna, at, station_file, vehicle_id};
use ground_station::station::{Numbers, Output, PlanningItem, PlanningRecord, Record, Restored};
use ground_station::store::{Access, Entry, QUEUE_MAX, Store, StoreError};
use rusqlite::Connection;
use telemetry::SiteId;
use telemetry::messages::{
    AckStage, Action, Alert, AlertRule, AlertState, CueState, JournalBody, JournalEntry, Message, Severity, Subject,
    WeatherReport,
};
use telemetry::{AlertId, TrackId};
use tempfile::TempDir;

fn site() -> SiteId {
    SiteId::new("kiel-holtenau").unwrap()
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("station.db")
}

fn open(path: &Path) -> (Store, Restored) {
    Store::open(path, &site()).unwrap_or_else(|error| panic!("{error}"))
}

/// Hands over the records among some outputs.
fn put(store: &mut Store, outputs: &[Output]) {
    for output in outputs {
        if let Output::Store(record) = output {
            store.put(Entry::Record(record.clone())).unwrap();
        }
    }
}

/// Waits until everything handed over is on disk.
fn wait(store: &Store) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (mut committed, wanted) = (store.committed(), store.handed_over());
    let done = async { committed.wait_for(|committed| committed.records >= wanted).await.map(|_| ()) };
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), done).await }).unwrap().unwrap();
}

/// A night in which a cue was approved.
fn night() -> Night {
    let mut night = Night::new(&station_file());
    night.watch(25, &[HARBOUR]);
    let cue = night.cues().into_iter().rfind(|cue| cue.state == CueState::Proposed).unwrap().id;
    night.act(Action::Approve(cue));
    night.answer(&AckStage::Accepted);
    night
}

#[test]
fn a_new_store_remembers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, restored) = open(&path(&folder));
    assert_eq!(restored, Restored::default());
    store.close().unwrap();
}

#[test]
fn what_was_written_comes_back_in_its_last_state() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let mut night = night();
    night.act(Action::Acknowledge(night.alerts()[0].id.clone()));
    put(&mut store, &night.outputs);
    store.close().unwrap();
    let (_store, restored) = open(&path(&folder));
    assert_eq!(restored.alerts, night.alerts()[night.alerts().len() - 1..]);
    assert!(matches!(restored.alerts[0].state, AlertState::Acknowledged { .. }));
    assert_eq!(restored.cues.len(), 1);
    assert!(matches!(restored.cues[0].state, CueState::Approved { .. }));
    let commands = night.requests().iter().filter(|request| request.id.as_str().contains(".cmd.")).count() as u64;
    let Subject::Track(track) = restored.alerts[0].subject else { panic!("{restored:?}") };
    assert_eq!(restored.numbers.alert, 1);
    assert_eq!(restored.numbers.cue, 1);
    assert_eq!(restored.numbers.track, track.0);
    assert!(restored.numbers.command >= commands.min(2), "{:?}", restored.numbers);
}

fn entry(number: u64) -> JournalEntry {
    let alert = Alert {
        id: AlertId::new(format!("falke-2.{number}")).unwrap(),
        rule: AlertRule::Vehicle,
        severity: Severity::Warning,
        raised_at: at(number as f64),
        measured_at: at(number as f64),
        subject: Subject::Vehicle(vehicle_id("falke-2")),
        position: None,
        zone: None,
        text: "falke-2 says something".to_owned(),
        state: AlertState::Raised,
    };
    JournalEntry {
        vehicle: vehicle_id("falke-2"),
        series: u64::MAX,
        number,
        after: number - 1,
        recorded_at: at(0.0),
        body: JournalBody::Alert(alert),
    }
}

fn acknowledged(outputs: &[Output]) -> Vec<u64> {
    let ack = |output: &Output| match output {
        Output::Publish(Message::JournalAck(ack)) => Some(ack.up_to),
        _ => None,
    };
    outputs.iter().filter_map(ack).collect()
}

#[test]
fn a_room_killed_between_disk_and_acknowledgement_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, restored) = open(&path(&folder));
    let mut before = Night::restored(&station_file(), restored, 0.25);
    for number in 1..=3 {
        before.tell(Message::JournalEntry(entry(number)));
    }
    put(&mut store, &before.outputs);
    wait(&store);
    // Killed here: on disk, and nobody was told. A copy of the files is what the next life finds.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let (mut store, restored) = open(&path(&copy));
    assert_eq!(restored.alerts.len(), 3);
    let mut after = Night::restored(&station_file(), restored, 60.0);
    after.take();
    // The vehicle sends again what was never acknowledged, and something new.
    for number in 1..=4 {
        after.tell(Message::JournalEntry(entry(number)));
    }
    assert_eq!(acknowledged(&after.outputs), [3, 3, 3, 4]);
    put(&mut store, &after.outputs);
    store.close().unwrap();
    let database = Connection::open(path(&copy)).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM journal"), 4);
    assert_eq!(count("SELECT count(*) FROM alerts"), 4);
    assert_eq!(count("SELECT count(DISTINCT id) FROM alerts"), 4);
    assert_eq!(count("SELECT up_to FROM inbox"), 4);
}

#[test]
fn an_entry_stored_beyond_a_gap_is_taken_once_more_and_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let mut before = Night::new(&station_file());
    before.tell(Message::JournalEntry(entry(3)));
    put(&mut store, &before.outputs);
    store.close().unwrap();
    let (mut store, restored) = open(&path(&folder));
    let mut after = Night::restored(&station_file(), restored, 60.0);
    after.take();
    for number in 1..=3 {
        after.tell(Message::JournalEntry(entry(number)));
    }
    assert_eq!(acknowledged(&after.outputs).last(), Some(&3));
    assert_eq!(after.alerts().len(), 2, "the third was known");
    put(&mut store, &after.outputs);
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    let rows: i64 = database.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 3);
}

#[test]
fn evidence_cannot_be_changed_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let mut night = night();
    night.tell(Message::JournalEntry(entry(1)));
    put(&mut store, &night.outputs);
    store.put(Entry::Access { at: at(0.0), operator: anna(), what: Access::SignedIn }).unwrap();
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    for table in ["alerts", "cues", "actions", "journal", "commands", "acks", "accesses"] {
        let rows: i64 = database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table} has rows");
        let column = if table == "journal" { "received_at" } else { "number" };
        for sql in [format!("DELETE FROM {table}"), format!("UPDATE {table} SET {column} = 99")] {
            let error = database.execute(&sql, []).unwrap_err().to_string();
            assert!(error.contains("are evidence"), "{sql}: {error}");
        }
    }
}

#[test]
fn every_action_stands_in_the_store_with_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let mut night = night();
    night.act(Action::Close(AlertId::new("kiel.99").unwrap()));
    put(&mut store, &night.outputs);
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    let mut rows = database.prepare("SELECT operator, action, subject, refused FROM actions ORDER BY number").unwrap();
    let rows: Vec<(String, String, String, Option<String>)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let text = |row: &(String, String, String, Option<String>)| {
        format!("{} {} {} {}", row.0, row.1, row.2, row.3.as_deref().unwrap_or("done"))
    };
    assert_eq!(
        rows.iter().map(text).collect::<Vec<_>>(),
        ["anna approve kiel-holtenau.cue.1 done", "anna close kiel.99 there is no alert kiel.99"]
    );
    let bytes = std::fs::read(path(&folder)).unwrap();
    assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "no key is in the store");
}

#[test]
fn files_that_are_not_ours_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| Store::open(path, &site()).map(|_| ()).unwrap_err();

    let (store, _) = open(&path(&folder));
    let told = refused(&path(&folder)).to_string();
    assert!(told.contains("is another `picket serve` running on it?"), "{told}");
    store.close().unwrap();

    let database = Connection::open(path(&folder)).unwrap();
    database.execute("UPDATE schema SET version = 99", []).unwrap();
    drop(database);
    let error = refused(&path(&folder));
    assert!(matches!(error, StoreError::Newer { found: 99, known: 4, .. }));
    assert!(error.to_string().contains("Start the newer program, or give this one another file"), "{error}");

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE schema (a TEXT)").unwrap();
    assert!(matches!(refused(&foreign), StoreError::Foreign(_)));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a TEXT)").unwrap();
    assert!(matches!(refused(&other), StoreError::Foreign(_)));

    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, and long enough to be one if it were one".repeat(20)).unwrap();
    assert!(refused(&text).to_string().contains("It is not a database"));
    let nowhere = folder.path().join("no/such/folder/station.db");
    assert!(refused(&nowhere).to_string().contains("Does its folder exist"));

    let elsewhere = folder.path().join("elsewhere.db");
    Store::open(&elsewhere, &SiteId::new("oresund").unwrap()).unwrap().0.close().unwrap();
    assert!(refused(&elsewhere).to_string().contains("belongs to site oresund, not kiel-holtenau"));
}

#[test]
fn a_disk_that_refuses_is_told_and_tried_again_and_at_the_end_said_to_be_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    open(&path(&folder)).0.close().unwrap();
    // The refusal that can be made without a full disk of our own: the database does not take answers.
    let database = Connection::open(path(&folder)).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON acks BEGIN SELECT RAISE(ABORT, 'no space is left'); END";
    database.execute_batch(full).unwrap();
    drop(database);
    let (mut store, _) = open(&path(&folder));
    let night = night();
    put(&mut store, &night.outputs);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut committed = store.committed();
    let told = async { committed.wait_for(|committed| committed.trouble.is_some()).await.map(|now| now.clone()) };
    let told = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), told).await }).unwrap().unwrap();
    assert!(told.trouble.unwrap().contains("no space is left"));
    let error = store.close().unwrap_err();
    assert!(matches!(error, StoreError::Unwritten { records: 1.., .. }), "{error}");
}

#[test]
fn a_full_queue_takes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let alert = night().alerts().remove(0);
    let mut taken = 0;
    for _ in 0..50 * QUEUE_MAX {
        match store.put(Entry::Record(Record::Alert(alert.clone()))) {
            Ok(count) => {
                taken += 1;
                assert_eq!(count, taken);
            }
            Err(_) => break,
        }
    }
    wait(&store);
    assert_eq!(store.committed().borrow().records, taken);
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    let rows: i64 = database.query_row("SELECT count(*) FROM alerts", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, taken as i64, "everything taken is there, and nothing else");
}

#[test]
fn of_very_many_alerts_the_open_ones_come_back_first() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    let first = night().alerts().remove(0);
    for n in 1..=1200_u64 {
        let mut alert = first.clone();
        alert.id = AlertId::new(format!("kiel-holtenau.{n}")).unwrap();
        alert.raised_at = at(n as f64);
        alert.subject = Subject::Track(TrackId(if n == 1000 { (1 << 48) + 3 } else { n }));
        store.put(Entry::Record(Record::Alert(alert.clone()))).unwrap();
        if n > 100 {
            alert.state = AlertState::Closed { by: anna(), at: at(2000.0) };
            store.put(Entry::Record(Record::Alert(alert))).unwrap();
        }
    }
    store.close().unwrap();
    let (_store, restored) = open(&path(&folder));
    assert_eq!(restored.alerts.len(), 1000);
    assert_eq!(restored.alerts.iter().filter(|alert| alert.state == AlertState::Raised).count(), 100);
    assert_eq!(
        restored.numbers,
        Numbers { alert: 1200, track: 1200, neighbours_track: (1 << 48) + 3, ..Numbers::default() }
    );
}

#[test]
fn a_store_of_version_1_is_raised_and_keeps_what_it_has_and_takes_plans() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&path(&folder));
    put(&mut store, &night().outputs);
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    database
        .execute_batch("DROP TABLE planning; DROP TABLE evidence; DROP TABLE flights; UPDATE schema SET version = 1;")
        .unwrap();
    drop(database);
    let (mut store, restored) = open(&path(&folder));
    assert_eq!((restored.alerts.len(), restored.planning.len()), (1, 0));
    let weather = |wind_m_s: f64, ended: bool| {
        let report = WeatherReport { wind_from_deg: 250.0, wind_m_s, gust_m_s: wind_m_s, visibility_m: None };
        PlanningRecord { item: PlanningItem::Weather(report), by: anna(), at: at(wind_m_s), ended }
    };
    for record in [weather(3.0, false), weather(5.0, false)] {
        store.put(Entry::Record(Record::Planning(record))).unwrap();
    }
    store.close().unwrap();
    let (store, restored) = open(&path(&folder));
    assert_eq!(restored.planning, [weather(5.0, false)], "the last word");
    store.close().unwrap();
    let database = Connection::open(path(&folder)).unwrap();
    assert!(database.execute("DELETE FROM planning", []).is_err(), "evidence stays");
    for table in ["evidence", "flights"] {
        let kept = format!("SELECT count(*) FROM sqlite_schema WHERE name LIKE '{table}_keeps_%'");
        assert_eq!(database.query_row(&kept, [], |row| row.get::<_, i64>(0)).unwrap(), 2, "and so do rows of {table}");
    }
}
