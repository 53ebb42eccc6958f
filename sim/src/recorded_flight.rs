//! Recorded flights for scenarios and for reading: any format that `flight_log` knows.
//!
//! A scenario names a recorded flight as an intruder's path. The scenario's own reader knows comma-separated values only;
//! what else there is becomes that here, so that a recording of the night holds the flight as it was flown.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use flight_log::{Flight, Format};
use missions::{FileErrors, Scenario};

/// Opens a scenario whose recorded flights may be in any format.
///
/// # Errors
/// [`FileErrors`] with everything that is wrong with the file and those it names.
pub fn open_scenario(argument: &Path) -> Result<Scenario, FileErrors> {
    Scenario::open_translating(argument, translated)
}

/// Comma-separated values of a flight in another format; nothing for what is comma-separated already.
fn translated(bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    // What is text is the scenario reader's business; it names line and column.
    if bytes.iter().take(512).all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..)) {
        return Ok(None);
    }
    let flight = flight_log::read(Cursor::new(bytes)).map_err(|fault| fault.to_string())?;
    match flight.format {
        Format::Csv => Ok(None),
        _ => way(&flight).map(|csv| Some(csv.into_bytes())),
    }
}

/// The samples that have a place and a height.
fn way(flight: &Flight) -> Result<String, String> {
    let mut csv = "time_s,latitude,longitude,height_m\n".to_owned();
    let mut count = 0;
    for (sample, height_m) in flight.samples.iter().zip(flight.heights_m()) {
        if let (Some(at), Some(height_m)) = (sample.position, height_m) {
            let _infallible =
                writeln!(csv, "{:.3},{:.8},{:.8},{height_m:.2}", sample.at_s, at.latitude_deg(), at.longitude_deg());
            count += 1;
        }
    }
    if count < 2 {
        return Err(format!(
            "a {} in which {count} of {} samples have a place and a height",
            flight.format,
            flight.samples.len()
        ));
    }
    Ok(csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHANTOM: &[u8] = include_bytes!("../flight-log/tests/data/djiparse_mavic2_9.txt");
    const COPTER: &[u8] = include_bytes!("../flight-log/tests/data/sitl_copter457.tlog");

    #[test]
    fn a_log_becomes_rows_that_a_scenario_can_read() {
        for (bytes, rows) in [(PHANTOM, 740), (COPTER, 1_200)] {
            let csv = String::from_utf8(translated(bytes).unwrap().unwrap()).unwrap();
            assert!(csv.starts_with("time_s,latitude,longitude,height_m\n"));
            assert!(csv.lines().count() > rows, "{}", csv.lines().count());
        }
    }

    #[test]
    fn what_is_text_already_stays_as_it_is() {
        assert_eq!(translated(b"time_s,latitude,longitude,height_m\n0,54,10,0\n"), Ok(None));
        assert_eq!(translated("lat\u{ed}tude,\u{fc}ber\n".as_bytes()), Ok(None));
    }

    #[test]
    fn a_log_without_places_is_refused_in_words() {
        let error = translated(b"\0\0\0\0\0\0\0\0\xfd\0\0").unwrap_err();
        assert!(error.contains("telemetry log"), "{error}");
        assert!(translated(b"\x01\x02").unwrap_err().contains("01 02"));
    }
}
