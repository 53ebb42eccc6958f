//! Recorded flights, as comma-separated values: one sample a line, the first line names the columns.
//!
//! Known columns: `time(millisecond)` or `time_s`; `latitude`, `longitude` in degrees; `ascent(feet)` or `height_m`,
//! above the place of take-off. Others are passed over. The names with units in brackets are those of the export of
//! DJI flight records. Fields may stand in double quotes (RFC 4180).

use telemetry::LatLon;

use crate::file::{FileError, Position};

/// Metres in a foot (international foot, exact).
const M_PER_FOOT: f64 = 0.3048;
/// The most samples of a flight.
const SAMPLES_MAX: usize = 100_000;

/// A sample of a recorded flight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    /// Seconds from the first sample; strictly rising.
    pub(super) after_s: f64,
    pub(super) at: LatLon,
    /// Above the place of take-off, metres.
    pub(super) height_m: f64,
}

/// Where a quantity stands and how many of our units one of its units is.
#[derive(Debug, Clone, Copy)]
struct Column {
    index: usize,
    name: &'static str,
    scale: f64,
}

/// Reads a flight. Samples that bear the time of the one before are passed over: loggers write some twice.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Sample>, FileError> {
    let lines = Lines { file };
    let text =
        std::str::from_utf8(bytes).map_err(|_| FileError::whole(file, "bytes that are not UTF-8", "text in UTF-8"))?;
    let mut rows = text.lines().enumerate();
    let header = rows.next().map_or_else(Vec::new, |(_, line)| fields(line.trim_start_matches('\u{feff}')));
    let [time, latitude, longitude, height] = [
        lines.column(&header, &[("time(millisecond)", 0.001), ("time_s", 1.0)])?,
        lines.column(&header, &[("latitude", 1.0)])?,
        lines.column(&header, &[("longitude", 1.0)])?,
        lines.column(&header, &[("ascent(feet)", M_PER_FOOT), ("height_m", 1.0)])?,
    ];
    let mut samples: Vec<Sample> = Vec::new();
    let mut first_s = None;
    for (n, line) in rows {
        if line.trim().is_empty() {
            continue;
        }
        let row = Row { lines: &lines, line: n + 1, fields: fields(line) };
        let time_s = row.number(time)?;
        let at = LatLon::from_degrees(row.number(latitude)?, row.number(longitude)?)
            .map_err(|_| row.error(latitude, "latitude −90 to 90 and longitude −180 to 180, degrees"))?;
        let height_m = row.number(height)?;
        if height_m.abs() > 20_000.0 {
            return Err(row.error(height, "a height within ±20 km"));
        }
        let after_s = time_s - *first_s.get_or_insert(time_s);
        match samples.last() {
            Some(last) if after_s < last.after_s => {
                return Err(row.error(time, "a time not before that of the line above"));
            }
            // Half a millisecond: what two samples of one instant can differ by in rounding.
            Some(last) if after_s - last.after_s < 0.0005 => continue,
            _ => samples.push(Sample { after_s, at, height_m }),
        }
        if samples.len() > SAMPLES_MAX {
            return Err(FileError::whole(file, format!("more than {SAMPLES_MAX} samples"), "fewer"));
        }
    }
    if samples.len() < 2 {
        return Err(FileError::whole(file, format!("{} samples", samples.len()), "at least 2"));
    }
    Ok(samples)
}

struct Lines<'f> {
    file: &'f str,
}

impl Lines<'_> {
    fn column(&self, header: &[(usize, String)], known: &[(&'static str, f64)]) -> Result<Column, FileError> {
        let found = known.iter().find_map(|(name, scale)| {
            let index = header.iter().position(|(_, field)| field.trim() == *name)?;
            Some(Column { index, name, scale: *scale })
        });
        found.ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            FileError {
                file: self.file.to_owned(),
                at: Some(Position { line: 1, column: 1 }),
                field: String::new(),
                found: "no such column in the first line".to_owned(),
                allowed: format!("a column {}", names.join(" or ")),
            }
        })
    }
}

struct Row<'l> {
    lines: &'l Lines<'l>,
    line: usize,
    fields: Vec<(usize, String)>,
}

impl Row<'_> {
    fn number(&self, column: Column) -> Result<f64, FileError> {
        let number = self.fields.get(column.index).and_then(|(_, text)| text.trim().parse::<f64>().ok());
        match number {
            Some(number) if number.is_finite() => Ok(number * column.scale),
            _ => Err(self.error(column, "a finite number")),
        }
    }

    fn error(&self, column: Column, allowed: &str) -> FileError {
        let (start, found) = match self.fields.get(column.index) {
            Some((start, text)) => (*start, format!("{:?}", text.chars().take(40).collect::<String>())),
            None => (0, format!("{} fields", self.fields.len())),
        };
        FileError {
            file: self.lines.file.to_owned(),
            at: Some(Position { line: self.line, column: start + 1 }),
            field: column.name.to_owned(),
            found,
            allowed: allowed.to_owned(),
        }
    }
}

/// The fields of a line, each with the character it begins at.
fn fields(line: &str) -> Vec<(usize, String)> {
    let mut fields = vec![(0, String::new())];
    let mut quoted = false;
    for (n, c) in line.chars().enumerate() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push((n + 1, String::new())),
            c => {
                if let Some((_, field)) = fields.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order_and_unit() {
        let text = "height_m,note,longitude,time_s,latitude\n1.5,\"a, b\",10.1,100,54.3\n2,,10.2,101.5,54.4\n";
        let samples = read("f.csv", text.as_bytes()).unwrap();
        assert_eq!(samples.len(), 2);
        assert_eq!((samples[0].after_s, samples[1].after_s), (0.0, 1.5));
        assert_eq!((samples[1].at.longitude_deg(), samples[1].height_m), (10.2, 2.0));
        let feet = "time(millisecond),latitude,longitude,ascent(feet)\n0,54,10,0\n1000,54,10,10\n";
        assert!((read("f.csv", feet.as_bytes()).unwrap()[1].height_m - 3.048).abs() < 1e-12);
    }

    #[test]
    fn a_sample_of_the_same_instant_is_passed_over_and_one_that_goes_back_is_refused() {
        let header = "time_s,latitude,longitude,height_m\n";
        let twice = format!("{header}0,54,10,0\n0,54,10,5\n1,54,10,6\n");
        assert_eq!(read("f.csv", twice.as_bytes()).unwrap().len(), 2);
        let back = format!("{header}5,54,10,0\n4,54,10,5\n");
        let error = read("f.csv", back.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "f.csv:3:1: time_s: found \"4\"; allowed: a time not before that of the line above");
    }

    #[test]
    fn a_wrong_value_names_line_and_column() {
        let header = "time_s,latitude,longitude,height_m\n0,54,10,0\n";
        let error = |row: &str| read("f.csv", format!("{header}{row}\n").as_bytes()).unwrap_err().to_string();
        assert_eq!(error("1,54,east,0"), "f.csv:3:6: longitude: found \"east\"; allowed: a finite number");
        assert_eq!(error("1,54,10,nan"), "f.csv:3:9: height_m: found \"nan\"; allowed: a finite number");
        assert_eq!(error("1,54"), "f.csv:3:1: longitude: found 2 fields; allowed: a finite number");
        assert!(error("1,95,10,0").contains("f.csv:3:3: latitude: found \"95\""));
        assert!(error("").contains("1 samples"), "an empty line is none");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read("f.csv", &bytes);
        }

        #[test]
        fn arbitrary_rows_give_rising_times_or_an_error(rows in "([-0-9.eE,\"naif]{0,12},){3}[-0-9.]{0,8}\n{1,3}") {
            if let Ok(samples) = read("f.csv", format!("time_s,latitude,longitude,height_m\n0,0,0,0\n{rows}").as_bytes()) {
                prop_assert!(samples.is_sorted_by(|a, b| a.after_s < b.after_s));
            }
        }
    }
}
