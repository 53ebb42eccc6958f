//! The journal on disk: what was whole before a power cut is there after it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use onboard::journal::{Journal, JournalError, MAGIC, Opened, Record, read};
use proptest::prelude::*;
use telemetry::messages::{
    Alert, AlertRule, AlertState, FlightPlan, Geofence, JournalBody, JournalEntry, LostLink, LostLinkAction,
    SensorScan, Severity, Subject,
};
use telemetry::{AlertId, AltitudeHae, Geodetic, HeightAboveHome, LatLon, PlanId, SensorId, Timestamp, VehicleId};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

fn vehicle() -> VehicleId {
    VehicleId::new("heron-1").unwrap()
}

fn here() -> Geodetic {
    LatLon::from_degrees(54.38, 10.15).unwrap().at_height(AltitudeHae::new(50.0))
}

fn entry(number: u64, body: JournalBody) -> JournalEntry {
    let recorded_at = Timestamp::from_unix_nanos(number as i64);
    JournalEntry { vehicle: vehicle(), series: 7, number, after: number - 1, recorded_at, body }
}

fn scan(number: u64) -> JournalEntry {
    entry(
        number,
        JournalBody::Scan(SensorScan {
            sensor: SensorId::new("heron-1-camera").unwrap(),
            scan: number,
            measured_at: Timestamp::from_unix_nanos(number as i64),
            origin: here(),
            sector: None,
            detections: Vec::new(),
        }),
    )
}

fn alert(number: u64, text_length: usize) -> JournalEntry {
    entry(
        number,
        JournalBody::Alert(Alert {
            id: AlertId::new(format!("heron-1.{number}")).unwrap(),
            rule: AlertRule::Vehicle,
            severity: Severity::Warning,
            raised_at: Timestamp::EPOCH,
            measured_at: Timestamp::EPOCH,
            subject: Subject::Vehicle(vehicle()),
            position: None,
            zone: None,
            text: "x".repeat(text_length),
            state: AlertState::Raised,
        }),
    )
}

fn plan() -> FlightPlan {
    FlightPlan {
        id: PlanId::new("patrol").unwrap(),
        items: Vec::new(),
        geofence: Geofence {
            ring: vec![here().lat_lon(); 3],
            floor: HeightAboveHome::new(0.0),
            ceiling: HeightAboveHome::new(100.0),
        },
        rally_points: Vec::new(),
        cruise_m_s: 10.0,
        lost_link: LostLink { after_s: 10.0, action: LostLinkAction::Continue },
        battery_reserve: 0.2,
    }
}

fn open(directory: &Path) -> Opened {
    Journal::open(directory, 64 * MIB).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "journal"))
        .collect();
    files.sort();
    files
}

fn write(journal: &mut Journal, entries: &[JournalEntry]) {
    for entry in entries {
        journal.append(entry).unwrap();
    }
    journal.commit().unwrap();
}

#[test]
fn what_was_written_is_there_after_a_restart_and_what_was_acknowledged_is_not() {
    let directory = TempDir::new().unwrap();
    let entries: Vec<_> = (1..=10).map(scan).collect();
    let mut opened = open(directory.path());
    write(&mut opened.journal, &entries);
    drop(opened);
    let mut opened = open(directory.path());
    assert_eq!((opened.entries.as_slice(), opened.damage.len()), (entries.as_slice(), 0));
    write(&mut opened.journal, &[scan(11)]);
    opened.journal.forget(4).unwrap();
    drop(opened);
    let mut opened = open(directory.path());
    assert_eq!(opened.entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), (5..=11).collect::<Vec<_>>());
    write(&mut opened.journal, &[scan(12)]);
    opened.journal.forget(12).unwrap();
    drop(opened);
    let opened = open(directory.path());
    assert_eq!(opened.entries, []);
    assert_eq!(files(directory.path()), Vec::<PathBuf>::new(), "nothing is left to keep");
}

#[test]
fn the_kept_plan_is_read_while_somebody_else_has_the_journal() {
    let directory = TempDir::new().unwrap();
    let kept = || Journal::kept_plan(directory.path());
    assert!(kept().unwrap().is_none(), "there is none yet");
    let opened = open(directory.path());
    let plan = plan();
    opened.journal.keep_plan(&plan).unwrap();
    assert_eq!(kept().unwrap(), Some(plan));
    std::fs::write(directory.path().join("plan"), b"what is this?").unwrap();
    assert!(kept().unwrap_err().to_string().contains("the kept plan cannot be read"));
}

#[test]
fn a_plan_is_kept_and_replaced_as_a_whole_and_a_damaged_one_is_told() {
    let directory = TempDir::new().unwrap();
    let opened = open(directory.path());
    assert_eq!(opened.plan, None);
    opened.journal.keep_plan(&plan()).unwrap();
    let second = FlightPlan { cruise_m_s: 12.0, ..plan() };
    opened.journal.keep_plan(&second).unwrap();
    drop(opened);
    assert_eq!(open(directory.path()).plan, Some(second));
    let path = directory.path().join("plan");
    let mut bytes = fs::read(&path).unwrap();
    bytes[9] ^= 1;
    fs::write(&path, bytes).unwrap();
    let opened = open(directory.path());
    assert_eq!((opened.plan, opened.damage.len()), (None, 1));
}

#[test]
fn one_process_owns_a_journal() {
    let directory = TempDir::new().unwrap();
    let opened = open(directory.path());
    assert!(matches!(Journal::open(directory.path(), MIB), Err(JournalError::InUse(_))));
    drop(opened);
    open(directory.path());
}

#[test]
fn a_full_journal_gives_up_the_oldest_scans_and_keeps_every_alert() {
    let directory = TempDir::new().unwrap();
    let mut opened = Journal::open(directory.path(), 3 * MIB).unwrap();
    let entries: Vec<_> = (1..=6000)
        .map(|number| if number % 1000 == 1 { alert(number, 100) } else { alert_sized_scan(number) })
        .collect();
    write(&mut opened.journal, &entries);
    assert!(opened.journal.bytes() <= 4 * MIB, "{}", opened.journal.bytes());
    drop(opened);
    let kept = open(directory.path()).entries;
    let alerts: Vec<u64> =
        kept.iter().filter(|entry| matches!(entry.body, JournalBody::Alert(_))).map(|entry| entry.number).collect();
    assert_eq!(alerts, [1, 1001, 2001, 3001, 4001, 5001]);
    assert_eq!(kept.last().map(|entry| entry.number), Some(6000));
    assert!(kept.len() < entries.len());
}

/// A scan of about a kilobyte.
fn alert_sized_scan(number: u64) -> JournalEntry {
    let mut entry = scan(number);
    if let JournalBody::Scan(scan) = &mut entry.body {
        let detection = telemetry::messages::Detection {
            id: telemetry::DetectionId(number),
            measured_at: Timestamp::EPOCH,
            measurement: telemetry::messages::Measurement::AzEl {
                azimuth: telemetry::Azimuth::from_radians(1.0),
                elevation: telemetry::Elevation::from_radians(0.1),
                sigma: [0.01, 0.01],
            },
            claim: None,
            drone_llr: None,
        };
        scan.detections = vec![detection; 16];
    }
    entry
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("notes.txt"), "hello").unwrap();
    fs::write(directory.path().join("x.journal"), "hello").unwrap();
    assert_eq!(open(directory.path()).entries, []);
    assert!(directory.path().join("notes.txt").exists() && directory.path().join("x.journal").exists());
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (1..100_u64, 0..60_usize, 0..4_u8).prop_map(|(number, length, kind)| match kind {
        0 => Record::Acknowledged(number),
        1 => Record::Entry(Box::new(scan(number))),
        _ => Record::Entry(Box::new(alert(number, length))),
    });
    prop::collection::vec(record, 0..12)
}

fn bytes_of(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = MAGIC.to_vec();
    let mut ends = vec![bytes.len()];
    for record in records {
        bytes.extend(record.encode());
        ends.push(bytes.len());
    }
    (bytes, ends)
}

proptest! {
    #[test]
    fn a_file_cut_off_anywhere_gives_every_record_that_is_whole(records in records(), cut in any::<prop::sample::Index>()) {
        let (bytes, ends) = bytes_of(&records);
        let cut = cut.index(bytes.len() + 1);
        let contents = read(&bytes[..cut]);
        let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        prop_assert_eq!(&contents.records, &records[..whole]);
        prop_assert!(contents.whole_bytes <= cut);
    }

    #[test]
    fn a_damaged_file_gives_every_record_before_the_damage(
        records in records(), at in any::<prop::sample::Index>(), flip in 1..=255_u8,
    ) {
        let (mut bytes, ends) = bytes_of(&records);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let whole = ends.iter().filter(|end| **end <= at).count().saturating_sub(1);
        prop_assert_eq!(&read(&bytes).records, &records[..whole]);
    }

    #[test]
    fn no_bytes_make_reading_panic(noise in prop::collection::vec(any::<u8>(), 0..300), begun in any::<bool>()) {
        let bytes = if begun { [MAGIC.to_vec(), noise].concat() } else { noise };
        prop_assert!(read(&bytes).whole_bytes <= bytes.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// The directory as a whole: two lives, the second after damage to the first one's file.
    #[test]
    fn a_journal_opens_and_goes_on_after_any_damage(
        count in 1..8_u64, at in any::<prop::sample::Index>(), cut in any::<bool>(), flip in 1..=255_u8,
    ) {
        let directory = TempDir::new().unwrap();
        let entries: Vec<_> = (1..=count).map(|number| alert(number, 10)).collect();
        write(&mut open(directory.path()).journal, &entries);
        let path = files(directory.path()).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= flip }
        fs::write(&path, bytes).unwrap();
        let mut opened = open(directory.path());
        let found = opened.entries.len();
        prop_assert_eq!(&opened.entries, &entries[..found]);
        write(&mut opened.journal, &[alert(count + 1, 10)]);
        drop(opened);
        let opened = open(directory.path());
        prop_assert_eq!(opened.entries.len(), found + 1);
    }
}
