//! The tables, and which program may use them.
//!
//! Beside the columns a person may want to ask for stands `body`: the message in the wire's encoding, whole. Times are
//! nanoseconds since 1970, UTC. `number` is the order in which rows were written.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use telemetry::SiteId;

use super::{StoreError, sqlite_error};

/// The schema this program writes.
const VERSION: i64 = 4;

/// The tables whose rows are evidence: added, never changed, never removed.
const EVIDENCE: [&str; 10] =
    ["alerts", "cues", "actions", "journal", "commands", "acks", "accesses", "planning", "evidence", "flights"];

/// What version 2 has beyond version 1.
const PLANNING: &str = "
CREATE TABLE planning (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, ended INTEGER NOT NULL, by TEXT NOT NULL,
    at INTEGER NOT NULL, reason TEXT, body BLOB NOT NULL) STRICT;
CREATE INDEX planning_by_id ON planning (kind, id, number);
";

/// What version 3 has beyond version 2: what cameras kept of alerts. The files lie beside the store, named by their hashes.
const FILES: &str = "
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY, alert TEXT NOT NULL, camera TEXT NOT NULL, at INTEGER NOT NULL,
    begins INTEGER NOT NULL, ends INTEGER NOT NULL, clip TEXT NOT NULL, clip_bytes INTEGER NOT NULL,
    snapshot TEXT, snapshot_bytes INTEGER, taken_at INTEGER, received_at INTEGER NOT NULL,
    body BLOB NOT NULL) STRICT;
CREATE INDEX evidence_by_alert ON evidence (alert);
";

/// What version 4 has beyond version 3: intruders' flights that ended, and what had been said of their ends.
const FLIGHTS: &str = "
CREATE TABLE flights (
    number INTEGER PRIMARY KEY, track INTEGER NOT NULL, alert TEXT NOT NULL, first_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL, longitude_deg REAL NOT NULL, latitude_deg REAL NOT NULL, forecasts INTEGER NOT NULL,
    body BLOB NOT NULL) STRICT;
";

const TABLES: &str = "
CREATE TABLE schema (version INTEGER NOT NULL, site TEXT NOT NULL) STRICT;
CREATE TABLE alerts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, state TEXT NOT NULL, by TEXT, at INTEGER NOT NULL,
    rule TEXT NOT NULL, severity TEXT NOT NULL, raised_at INTEGER NOT NULL, track INTEGER, vehicle TEXT, zone TEXT,
    text TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX alerts_by_id ON alerts (id, number);
CREATE TABLE cues (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, state TEXT NOT NULL, by TEXT, at INTEGER NOT NULL,
    alert TEXT NOT NULL, track INTEGER NOT NULL, vehicle TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX cues_by_id ON cues (id, number);
CREATE TABLE actions (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, refused TEXT, body BLOB NOT NULL) STRICT;
CREATE TABLE journal (
    vehicle TEXT NOT NULL, series INTEGER NOT NULL, number INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (vehicle, series, number)) STRICT, WITHOUT ROWID;
CREATE TABLE inbox (
    vehicle TEXT NOT NULL, series INTEGER NOT NULL, up_to INTEGER NOT NULL,
    PRIMARY KEY (vehicle, series)) STRICT, WITHOUT ROWID;
CREATE TABLE commands (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, vehicle TEXT NOT NULL, issued_at INTEGER NOT NULL,
    authority TEXT NOT NULL, by TEXT NOT NULL, command TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX commands_by_id ON commands (id);
CREATE TABLE acks (
    number INTEGER PRIMARY KEY, command TEXT NOT NULL, vehicle TEXT NOT NULL, at INTEGER NOT NULL,
    stage TEXT NOT NULL, why TEXT, body BLOB NOT NULL) STRICT;
CREATE TABLE accesses (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, what TEXT NOT NULL) STRICT;
";

/// Sets the connection up, and makes the tables in a new file.
pub(super) fn prepare(connection: &mut Connection, path: &Path, site: &SiteId) -> Result<(), StoreError> {
    let failed = |source: rusqlite::Error| sqlite_error(path, source);
    // Exclusive: a second program on the same file is told at its start, not by two stations that share numbers.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    // FULL: a committed transaction survives a power cut, which is what an acknowledgement promises.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    let count = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let ours = count("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema'").map_err(failed)?;
    let any = count("SELECT count(*) FROM sqlite_schema").map_err(failed)?;
    if ours == 0 {
        if any > 0 {
            return Err(StoreError::Foreign(path.to_owned()));
        }
        create(&transaction, site).map_err(failed)?;
    }
    let version = check(&transaction, path, site)?;
    if version < VERSION {
        raise(&transaction, version).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn create(connection: &Connection, site: &SiteId) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    connection.execute_batch(PLANNING)?;
    connection.execute_batch(FILES)?;
    connection.execute_batch(FLIGHTS)?;
    keep(connection, &EVIDENCE)?;
    connection.execute("INSERT INTO schema (version, site) VALUES (?1, ?2)", (VERSION, site.as_str()))?;
    Ok(())
}

/// Brings a file of an earlier version to this one.
fn raise(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    if version < 2 {
        connection.execute_batch(PLANNING)?;
        keep(connection, &["planning"])?;
    }
    if version < 3 {
        connection.execute_batch(FILES)?;
        keep(connection, &["evidence"])?;
    }
    connection.execute_batch(FLIGHTS)?;
    keep(connection, &["flights"])?;
    connection.execute("UPDATE schema SET version = ?1", [VERSION])?;
    Ok(())
}

/// Makes the database refuse to change or remove rows.
fn keep(connection: &Connection, tables: &[&str]) -> rusqlite::Result<()> {
    for table in tables {
        for verb in ["UPDATE", "DELETE"] {
            connection.execute_batch(&format!(
                "CREATE TRIGGER {table}_keeps_{verb} BEFORE {verb} ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'rows of {table} are evidence: they are added and stay'); END;"
            ))?;
        }
    }
    Ok(())
}

/// The schema's version, when it is a store of this site that this program may use.
fn check(connection: &Connection, path: &Path, site: &SiteId) -> Result<i64, StoreError> {
    let row = connection
        .query_row("SELECT version, site FROM schema", [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .optional()
        // A table of that name with other columns is another program's.
        .unwrap_or(None);
    let Some((version, of)) = row else { return Err(StoreError::Foreign(path.to_owned())) };
    if version > VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known: VERSION });
    }
    if of != site.as_str() {
        return Err(StoreError::OtherSite { path: path.to_owned(), found: of, wanted: site.clone() });
    }
    Ok(version)
}
