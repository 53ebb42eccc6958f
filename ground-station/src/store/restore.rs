//! What a store gives back at the start.

use std::collections::BTreeMap;

use detection::sharing::NUMBERS_FROM;
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;
use telemetry::messages::{Ack, AckStage, Alert, Cue};
use telemetry::{CommandId, SiteId, Timestamp, VehicleId, wire};

use super::EvidenceRecord;

use crate::alerts::ALERTS_MAX;
use crate::commands::prefix;
use crate::outlook::{EndedFlight, FLIGHTS_MAX};
use crate::station::{Numbers, PlanningRecord, Restored};

/// How many answers to commands of released plans are looked at: the newest, of many nights.
const DISPATCH_ACKS: i64 = 2000;
/// How many words about plans and the air are given back: the newest.
const PLANNING_MAX: i64 = 5000;

pub(super) fn restored(from: &Connection, site: &SiteId) -> rusqlite::Result<Restored> {
    Ok(Restored {
        alerts: alerts(from)?,
        cues: cues(from)?,
        inbox: inbox(from)?,
        dispatched: dispatched(from)?,
        planning: planning(from)?,
        numbers: numbers(from, &prefix(site.as_str()))?,
    })
}

/// Everything that cameras kept of alerts, oldest first.
pub(super) fn evidence(from: &Connection) -> rusqlite::Result<Vec<EvidenceRecord>> {
    let mut rows = from.prepare("SELECT number, body, received_at FROM evidence ORDER BY number")?;
    let rows = rows.query_map([], |row| Ok((body(row)?, row.get::<_, i64>(2)?)))?;
    let mut records = Vec::new();
    for row in rows {
        let ((number, bytes), received_at) = row?;
        match wire::decode(&bytes) {
            Ok(notice) => {
                records.push(EvidenceRecord { notice, received_at: Timestamp::from_unix_nanos(received_at) });
            }
            Err(error) => tracing::warn!(number, %error, "a row of the store cannot be read and is left out"),
        }
    }
    Ok(records)
}

/// The newest intruders' flights that ended, oldest first.
pub(super) fn flights(from: &Connection) -> rusqlite::Result<Vec<EndedFlight>> {
    let mut rows = from.prepare("SELECT number, body FROM flights ORDER BY number DESC LIMIT ?1")?;
    let mut flights: Vec<EndedFlight> = readable(rows.query_map([FLIGHTS_MAX as i64], body)?)?;
    flights.reverse();
    Ok(flights)
}

/// The last state of the newest alerts, the open ones before any closed one; oldest first.
fn alerts(from: &Connection) -> rusqlite::Result<Vec<Alert>> {
    let mut newest = from.prepare(
        "SELECT number, body FROM alerts WHERE number IN (SELECT max(number) FROM alerts GROUP BY id) \
         ORDER BY state = 'closed', number DESC LIMIT ?1",
    )?;
    let mut alerts: Vec<Alert> = readable(newest.query_map([ALERTS_MAX as i64], body)?)?;
    alerts.sort_by_key(|alert| alert.raised_at);
    Ok(alerts)
}

fn cues(from: &Connection) -> rusqlite::Result<Vec<Cue>> {
    let mut open = from.prepare(
        "SELECT number, body FROM cues WHERE number IN (SELECT max(number) FROM cues GROUP BY id) \
         AND state IN ('proposed', 'approved') ORDER BY number",
    )?;
    readable(open.query_map([], body)?)
}

fn inbox(from: &Connection) -> rusqlite::Result<BTreeMap<(VehicleId, u64), u64>> {
    let mut rows = from.prepare("SELECT vehicle, series, up_to FROM inbox")?;
    let rows =
        rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)))?;
    let mut inbox = BTreeMap::new();
    for row in rows {
        let (vehicle, series, up_to) = row?;
        if let Ok(vehicle) = VehicleId::new(vehicle) {
            inbox.insert((vehicle, series as u64), up_to as u64);
        }
    }
    Ok(inbox)
}

fn dispatched(from: &Connection) -> rusqlite::Result<BTreeMap<CommandId, AckStage>> {
    let mut rows = from.prepare(
        "SELECT number, body FROM acks WHERE command IN (SELECT id FROM commands WHERE authority = 'plan') \
         ORDER BY number DESC LIMIT ?1",
    )?;
    let mut acks: Vec<Ack> = readable(rows.query_map([DISPATCH_ACKS], body)?)?;
    acks.reverse();
    Ok(acks.into_iter().map(|ack| (ack.command, ack.stage)).collect())
}

/// The last word on everything about plans and the air that has not ended, oldest first: of areas and declared flights
/// those that are over are of no use any more, and the station leaves them out itself when there are too many.
fn planning(from: &Connection) -> rusqlite::Result<Vec<PlanningRecord>> {
    let mut rows = from.prepare(
        "SELECT number, body FROM planning WHERE number IN (SELECT max(number) FROM planning GROUP BY kind, id) \
         AND ended = 0 ORDER BY number DESC LIMIT ?1",
    )?;
    let mut records: Vec<PlanningRecord> = readable(rows.query_map([PLANNING_MAX], body)?)?;
    records.reverse();
    Ok(records)
}

fn numbers(from: &Connection, prefix: &str) -> rusqlite::Result<Numbers> {
    let track = |table: &str, ours: &str| {
        let highest = format!("SELECT coalesce(max(track), 0) FROM {table} WHERE track {ours} ?1");
        from.query_row(&highest, [NUMBERS_FROM.0 as i64], |row| row.get::<_, i64>(0))
    };
    let highest = |ours| Ok::<u64, rusqlite::Error>(track("alerts", ours)?.max(track("cues", ours)?) as u64);
    Ok(Numbers {
        alert: last_number(from, "alerts", &format!("{prefix}."))?,
        cue: last_number(from, "cues", &format!("{prefix}.cue."))?,
        command: last_number(from, "commands", &format!("{prefix}.cmd."))?,
        track: highest("<")?,
        neighbours_track: highest(">=")?,
        planning: last_number(from, "planning", &format!("{prefix}.area."))?.max(last_number(
            from,
            "planning",
            &format!("{prefix}.flight."),
        )?),
    })
}

/// The highest number that stands behind a prefix among the ids of a table.
fn last_number(from: &Connection, table: &str, prefix: &str) -> rusqlite::Result<u64> {
    let mut ids = from.prepare(&format!("SELECT DISTINCT id FROM {table}"))?;
    let ids = ids.query_map([], |row| row.get::<_, String>(0))?;
    let mut last = 0;
    for id in ids {
        last = id?.strip_prefix(prefix).and_then(|number| number.parse().ok()).unwrap_or(0).max(last);
    }
    Ok(last)
}

fn body(row: &Row<'_>) -> rusqlite::Result<(i64, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// The messages that can be read. One that cannot stays on disk and is left out: an old alert that a newer program
/// wrote must not keep the room closed.
fn readable<T: DeserializeOwned>(
    rows: impl Iterator<Item = rusqlite::Result<(i64, Vec<u8>)>>,
) -> rusqlite::Result<Vec<T>> {
    let mut messages = Vec::new();
    for row in rows {
        let (number, body) = row?;
        match wire::decode(&body) {
            Ok(message) => messages.push(message),
            Err(error) => tracing::warn!(number, %error, "a row of the store cannot be read and is left out"),
        }
    }
    Ok(messages)
}
