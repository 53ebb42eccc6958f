//! Recorded flights, whoever recorded them, read as one kind of [`Flight`].
//!
//! | format | from | read with |
//! |---|---|---|
//! | ULog `.ulg` | PX4 | `px4-ulog`, record by record |
//! | DataFlash `.bin` | ArduPilot | `ardupilot-binlog` |
//! | telemetry log `.tlog` | ground stations | `mavlink` |
//! | DJI text record `.txt`, versions 1 to 12 | DJI GO | our own reader; later versions are encrypted |
//! | CSV | this crate, and exports with Airdata's columns | our own reader |
//!
//! The format is told by the bytes, never by the name of the file. Files come from anywhere: a broken record is skipped
//! and counted in [`Damage`], a file cut short gives what it holds, and a file that holds no flight is an error that
//! says where and what. Memory is bounded whatever a file says: [`SAMPLES_MAX`] samples (then every other one is
//! dropped), [`EVENTS_MAX`] events and as many parameters and mission items; what is more is counted as dropped.
//!
//! Terms: *start* is the beginning of the record, *boot* that of the vehicle's clock; times of samples are seconds since
//! the first sample. A *sample* holds what was known at its time, each part no older than two seconds.

mod ardupilot;
mod csv;
mod dataflash;
mod dji;
mod error;
mod flight;
mod plot;
mod recorder;
mod summary;
mod telemetry_log;
mod ulog;
mod window;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub use self::csv::write_csv;
pub use self::error::{Fault, FlightLogError};
pub use self::flight::{
    Battery, Damage, EVENTS_MAX, Event, EventKind, Flight, Format, Home, MissionItem, SAMPLES_MAX, Sample,
};
pub use self::plot::{ascii_profile, svg};
pub use self::summary::Summary;

/// Reads a recorded flight from a file.
///
/// # Errors
/// [`FlightLogError`] when the file cannot be opened, is of no known format, or holds no flight; it names the file, the
/// byte and what is wrong there.
pub fn read_file(path: &Path) -> Result<Flight, FlightLogError> {
    let failed = |fault| FlightLogError { file: path.to_owned(), fault };
    let file = File::open(path).map_err(|source| failed(Fault::Io { offset: 0, source }))?;
    read(BufReader::new(file)).map_err(failed)
}

/// Reads a recorded flight from bytes.
///
/// # Errors
/// [`Fault`] as for [`read_file`].
pub fn read(mut source: impl Read + Seek) -> Result<Flight, Fault> {
    let mut head = Vec::new();
    let io = |source| Fault::Io { offset: 0, source };
    source.by_ref().take(HEAD).read_to_end(&mut head).map_err(io)?;
    source.seek(SeekFrom::Start(0)).map_err(io)?;
    let format = Format::of_head(&head).ok_or_else(|| Fault::unknown(&head))?;
    let mut flight = match format {
        Format::ULog => ulog::read(source),
        Format::DataFlash => dataflash::read(source),
        Format::TelemetryLog => telemetry_log::read(source),
        Format::Dji => dji::read(source),
        Format::Csv => csv::read(source),
    }?;
    if flight.samples.is_empty() {
        return Err(Fault::NoFlight { format });
    }
    flight.settle();
    Ok(flight)
}

/// How much of a file tells its format.
const HEAD: u64 = 512;
