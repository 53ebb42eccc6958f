//! The thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use rusqlite::{Connection, Transaction, params};
use telemetry::messages::{
    Ack, AckStage, Action, Alert, AlertState, Authority, CommandRequest, Cue, CueState, OperatorAction, PlanningAct,
    Subject,
};
use telemetry::{OperatorId, Timestamp, wire};
use tokio::sync::watch;

use super::{Access, BATCH_MAX, Committed, Entry, EvidenceRecord, StoreError, sqlite_error};
use crate::outlook::EndedFlight;
use crate::station::{PlanningItem, PlanningRecord, Record};

/// How long to wait before trying again what the disk refused.
const RETRY: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    path: PathBuf,
    connection: Connection,
    entries: Receiver<Entry>,
    tell: watch::Sender<Committed>,
    closing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(
        path: PathBuf,
        connection: Connection,
        entries: Receiver<Entry>,
        tell: watch::Sender<Committed>,
        closing: Arc<AtomicBool>,
    ) -> Self {
        Self { path, connection, entries, tell, closing }
    }

    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) -> Result<(), StoreError> {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while let Ok(first) = self.entries.recv() {
            batch.push(first);
            batch.extend(self.entries.try_iter().take(BATCH_MAX - 1));
            self.write(&batch)?;
            self.tell.send_modify(|committed| {
                committed.records += batch.len() as u64;
                committed.trouble = None;
            });
            batch.clear();
        }
        Ok(())
    }

    /// Writes a batch, again and again until the disk takes it; only when the store is being closed it gives up.
    fn write(&mut self, batch: &[Entry]) -> Result<(), StoreError> {
        loop {
            // Read first: what is closed while the disk is tried is tried once more.
            let closing = self.closing.load(Ordering::Acquire);
            let Err(error) = commit(&mut self.connection, batch) else { return Ok(()) };
            let why = sqlite_error(&self.path, error).to_string();
            if closing {
                let records = batch.len() + self.entries.try_iter().count();
                return Err(StoreError::Unwritten { records, why });
            }
            let news = self.tell.borrow().trouble.as_ref() != Some(&why);
            if news {
                tracing::error!(waiting = batch.len(), "{why}; tried again every second");
                self.tell.send_modify(|committed| committed.trouble = Some(why));
            }
            std::thread::park_timeout(RETRY);
        }
    }
}

fn commit(connection: &mut Connection, batch: &[Entry]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for entry in batch {
        insert(&transaction, entry)?;
    }
    transaction.commit()
}

fn insert(to: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<()> {
    match entry {
        Entry::Record(Record::Alert(alert)) => insert_alert(to, alert),
        Entry::Record(Record::Cue(cue)) => insert_cue(to, cue),
        Entry::Record(Record::Action { action, refused }) => insert_action(to, action, refused.as_deref()),
        Entry::Record(Record::Journal { entry, received_at, up_to }) => {
            // A station that was killed after it wrote the entry and before it wrote of it to others may get it again.
            to.prepare_cached("INSERT OR IGNORE INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
                entry.vehicle.as_str(),
                integer(entry.series),
                integer(entry.number),
                entry.recorded_at.unix_nanos(),
                received_at.unix_nanos(),
                wire::encode(entry)
            ])?;
            to.prepare_cached(
                "INSERT INTO inbox VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET up_to = excluded.up_to",
            )?
            .execute(params![entry.vehicle.as_str(), integer(entry.series), integer(*up_to)])?;
            Ok(())
        }
        Entry::Record(Record::Command(request)) => insert_command(to, request),
        Entry::Record(Record::Ack(ack)) => insert_ack(to, ack),
        Entry::Record(Record::Planning(record)) => insert_planning(to, record),
        Entry::Access { at, operator, what } => {
            let what = match what {
                Access::SignedIn => "signed_in".to_owned(),
                Access::SignedOut => "signed_out".to_owned(),
                Access::Refused => "refused".to_owned(),
                Access::LookedAt(camera) => format!("looked_at {camera}"),
                Access::Fetched(file) => format!("fetched {file}"),
            };
            to.prepare_cached("INSERT INTO accesses (at, operator, what) VALUES (?1, ?2, ?3)")?.execute(params![
                at.unix_nanos(),
                operator.as_str(),
                what
            ])?;
            Ok(())
        }
        Entry::Evidence(record) => insert_evidence(to, record),
        Entry::Flight(flight) => insert_flight(to, flight),
    }
}

fn insert_flight(to: &Transaction<'_>, flight: &EndedFlight) -> rusqlite::Result<()> {
    to.prepare_cached(
        "INSERT INTO flights (track, alert, first_at, ended_at, longitude_deg, latitude_deg, forecasts, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        integer(flight.track.0),
        flight.alert.as_str(),
        flight.first_at.unix_nanos(),
        flight.ended_at.unix_nanos(),
        flight.at.longitude_deg(),
        flight.at.latitude_deg(),
        integer(flight.said.len() as u64),
        wire::encode(flight)
    ])?;
    Ok(())
}

fn insert_evidence(
    to: &Transaction<'_>,
    EvidenceRecord { notice, received_at }: &EvidenceRecord,
) -> rusqlite::Result<()> {
    let snapshot = notice.snapshot.as_ref();
    to.prepare_cached(
        "INSERT INTO evidence (alert, camera, at, begins, ends, clip, clip_bytes, snapshot, snapshot_bytes, taken_at, \
         received_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        notice.alert.as_str(),
        notice.sensor.as_str(),
        notice.at.unix_nanos(),
        notice.begins.unix_nanos(),
        notice.ends.unix_nanos(),
        notice.clip.hash.to_string(),
        integer(notice.clip.bytes),
        snapshot.map(|snapshot| snapshot.file.hash.to_string()),
        snapshot.map(|snapshot| integer(snapshot.file.bytes)),
        snapshot.map(|snapshot| snapshot.taken_at.unix_nanos()),
        received_at.unix_nanos(),
        wire::encode(notice)
    ])?;
    Ok(())
}

fn insert_alert(to: &Transaction<'_>, alert: &Alert) -> rusqlite::Result<()> {
    let (state, by, at): (_, Option<&OperatorId>, Timestamp) = match &alert.state {
        AlertState::Raised => ("raised", None, alert.raised_at),
        AlertState::Acknowledged { by, at } => ("acknowledged", Some(by), *at),
        AlertState::Closed { by, at } => ("closed", Some(by), *at),
    };
    let (track, vehicle) = match &alert.subject {
        Subject::Track(track) => (Some(integer(track.0)), None),
        Subject::Vehicle(vehicle) => (None, Some(vehicle.as_str())),
        // The text names it, and the body holds it.
        Subject::Sensor(_) => (None, None),
    };
    to.prepare_cached(
        "INSERT INTO alerts (id, state, by, at, rule, severity, raised_at, track, vehicle, zone, text, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        alert.id.as_str(),
        state,
        by.map(OperatorId::as_str),
        at.unix_nanos(),
        word(&alert.rule),
        word(&alert.severity),
        alert.raised_at.unix_nanos(),
        track,
        vehicle,
        alert.zone.as_ref().map(|zone| zone.as_str()),
        alert.text,
        wire::encode(alert)
    ])?;
    Ok(())
}

fn insert_cue(to: &Transaction<'_>, cue: &Cue) -> rusqlite::Result<()> {
    let (state, by, at): (_, Option<&OperatorId>, Timestamp) = match &cue.state {
        CueState::Proposed => ("proposed", None, cue.proposed_at),
        CueState::Approved { by, at } => ("approved", Some(by), *at),
        CueState::Declined { by, at } => ("declined", Some(by), *at),
        CueState::Ended { at, .. } => ("ended", None, *at),
    };
    to.prepare_cached(
        "INSERT INTO cues (id, state, by, at, alert, track, vehicle, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        cue.id.as_str(),
        state,
        by.map(OperatorId::as_str),
        at.unix_nanos(),
        cue.alert.as_str(),
        integer(cue.track.0),
        cue.vehicle.as_str(),
        wire::encode(cue)
    ])?;
    Ok(())
}

fn insert_action(to: &Transaction<'_>, action: &OperatorAction, refused: Option<&str>) -> rusqlite::Result<()> {
    let (what, subject) = match &action.action {
        Action::Acknowledge(alert) => ("acknowledge".to_owned(), alert.as_str()),
        Action::Close(alert) => ("close".to_owned(), alert.as_str()),
        Action::Approve(cue) => ("approve".to_owned(), cue.as_str()),
        Action::Decline(cue) => ("decline".to_owned(), cue.as_str()),
        Action::Order { vehicle, order } => (word(order), vehicle.as_str()),
        Action::Planning(act) => (format!("plan_{}", word(act)), subject_of(act)),
    };
    to.prepare_cached(
        "INSERT INTO actions (at, operator, action, subject, refused, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        action.at.unix_nanos(),
        action.operator.as_str(),
        what,
        subject,
        refused,
        wire::encode(action)
    ])?;
    Ok(())
}

fn insert_command(to: &Transaction<'_>, request: &CommandRequest) -> rusqlite::Result<()> {
    let (authority, by) = match &request.authority {
        Authority::Operator(by) => ("operator", by),
        Authority::Plan { released_by, .. } => ("plan", released_by),
    };
    to.prepare_cached(
        "INSERT INTO commands (id, vehicle, issued_at, authority, by, command, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        request.id.as_str(),
        request.vehicle.as_str(),
        request.issued_at.unix_nanos(),
        authority,
        by.as_str(),
        word(&request.command),
        wire::encode(request)
    ])?;
    Ok(())
}

fn insert_ack(to: &Transaction<'_>, ack: &Ack) -> rusqlite::Result<()> {
    let (stage, why) = match &ack.stage {
        AckStage::Accepted => ("accepted", None),
        AckStage::Done => ("done", None),
        AckStage::Refused(why) => ("refused", Some(why.as_str())),
        AckStage::Failed(why) => ("failed", Some(why.as_str())),
    };
    to.prepare_cached("INSERT INTO acks (command, vehicle, at, stage, why, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            ack.command.as_str(),
            ack.vehicle.as_str(),
            ack.at.unix_nanos(),
            stage,
            why,
            wire::encode(ack)
        ])?;
    Ok(())
}

/// What an act about plans is about; what it makes gets its name only then.
fn subject_of(act: &PlanningAct) -> &str {
    match act {
        PlanningAct::CloseArea(closure) => &closure.name,
        PlanningAct::OpenArea(area) => area.as_str(),
        PlanningAct::ReportWeather(_) | PlanningAct::AcceptSchedule { .. } | PlanningAct::EndSchedule => "",
        PlanningAct::FileFlight(declaration) => &declaration.uas_id,
        PlanningAct::WithdrawFlight(flight) => flight.as_str(),
        PlanningAct::SavePlan { vehicle, .. } => vehicle.as_str(),
        PlanningAct::DiscardPlan(plan) | PlanningAct::SendPlan { plan, .. } | PlanningAct::Override { plan, .. } => {
            plan.as_str()
        }
    }
}

fn insert_planning(to: &Transaction<'_>, record: &PlanningRecord) -> rusqlite::Result<()> {
    let (kind, id) = record.item.key();
    let reason = match &record.item {
        PlanningItem::Override { reason, .. } => Some(reason.as_str()),
        _ => None,
    };
    to.prepare_cached(
        "INSERT INTO planning (kind, id, ended, by, at, reason, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        kind,
        id,
        record.ended,
        record.by.as_str(),
        record.at.unix_nanos(),
        reason,
        wire::encode(record)
    ])?;
    Ok(())
}

/// SQLite's integers are signed; the same 64 bits.
pub(super) fn integer(number: u64) -> i64 {
    number as i64
}

/// The name that a value has on the wire: the text, or the only key of the map.
fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}
