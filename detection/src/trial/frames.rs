//! `detections.jsonl`, line by line: which sensor delivered what, and when.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use telemetry::SensorId;
use telemetry::messages::SensorScan;

use super::document::{self, Fault};
use super::meta::TIME_MAX_S;
use super::sensors::Sensor;
use super::{START, Source, Trial, TrialError};
use crate::plots::{self, Decoder, PlotError};

/// A frame as delivered.
#[derive(Debug)]
pub(super) struct Frame {
    /// Time of delivery, seconds from the trial's start.
    pub(super) rx: f64,
    pub(super) scan: SensorScan,
}

/// The frames of a file, in its order.
#[derive(Debug)]
pub(super) struct Frames<'t, R> {
    source: Source<R>,
    sensors: &'t BTreeMap<SensorId, Sensor>,
    decoders: BTreeMap<SensorId, Decoder>,
    line: Vec<u8>,
    /// Counted from 1.
    line_number: usize,
    last_rx: f64,
}

/// What a line has beside what every plot line has.
#[derive(Deserialize)]
struct Delivery {
    rx: f64,
    sensor: String,
}

impl<'t, R: BufRead> Frames<'t, R> {
    pub(super) fn new(trial: &'t Trial, source: Source<R>) -> Self {
        let decoder = |sensor: &Sensor| Decoder::new(sensor.description.clone(), sensor.noise);
        let decoders = trial.sensors.iter().map(|(name, sensor)| (name.clone(), decoder(sensor))).collect();
        let (line, last_rx) = (Vec::new(), -(TIME_MAX_S as f64));
        Self { source, sensors: &trial.sensors, decoders, line, line_number: 0, last_rx }
    }

    /// The next frame; nothing at the end. Empty lines are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, TrialError> {
        while self.read_line()? {
            if !self.line.trim_ascii().is_empty() {
                let found = self.frame().map(Some);
                return found.map_err(|fault| TrialError::malformed(&self.source.name, self.line_number, fault));
            }
        }
        Ok(None)
    }

    /// Plots left out so far because they made no sense, or were too many for one frame.
    pub(super) fn plots_dropped(&self) -> u64 {
        self.decoders.values().map(Decoder::counts).map(|counts| counts.nonsense_plots + counts.excess_plots).sum()
    }

    /// Reads a line without its ending, but no more of it than one byte above what is allowed; false at the end.
    fn read_line(&mut self) -> Result<bool, TrialError> {
        self.line.clear();
        self.line_number += 1;
        let room = plots::LINE_LENGTH_MAX as u64 + 1;
        let taken = (&mut self.source.bytes).take(room).read_until(b'\n', &mut self.line);
        let length = taken.map_err(|source| TrialError::Unreadable { file: self.source.name.clone(), source })?;
        self.line.pop_if(|last| *last == b'\n');
        Ok(length > 0)
    }

    fn frame(&mut self) -> Result<Frame, Fault> {
        if self.line.len() > plots::LINE_LENGTH_MAX {
            let allowed = plots::LINE_LENGTH_MAX;
            return Err(Fault::whole(format!("found more than {allowed} bytes; allowed: at most that many")));
        }
        let Delivery { rx, sensor } = document::parse(&self.line)?;
        if rx < self.last_rx || rx > TIME_MAX_S as f64 {
            let allowed = format!("the order of delivery, at most {TIME_MAX_S}");
            return Err(Fault::of_field("rx", format!("found {rx} after {}; allowed: {allowed}", self.last_rx)));
        }
        self.last_rx = rx;
        let known = SensorId::new(sensor.to_ascii_lowercase()).ok();
        let known = known.and_then(|name| Some((self.sensors.get(&name)?, self.decoders.get_mut(&name)?)));
        let Some((described, decoder)) = known else {
            return Err(Fault::of_field("sensor", unknown(&sensor, self.sensors)));
        };
        let mut scan = decoder.decode_line(START, &self.line).map_err(|error| undecodable(&self.line, &error))?;
        if let Some(path) = &described.path {
            let pose = path.poses.at(scan.measured_at.seconds_since(START));
            scan.origin = pose.at;
            scan.sector = scan.sector.or_else(|| path.view.map(|view| view.about(pose.yaw)));
        }
        Ok(Frame { rx, scan })
    }
}

/// A sensor that is none of the trial's.
fn unknown(found: &str, sensors: &BTreeMap<SensorId, Sensor>) -> String {
    const NAMED_MAX: usize = 20;
    let found: String = found.chars().take(40).collect();
    let names: Vec<&str> = sensors.keys().take(NAMED_MAX).map(SensorId::as_str).collect();
    let more = if sensors.len() > NAMED_MAX { ", …" } else { "" };
    format!("found {found:?}; allowed: a sensor of sensors.json: {}{more}", names.join(", "))
}

/// Why the decoder refused a line, with its place where that is known.
fn undecodable(line: &[u8], error: &PlotError) -> Fault {
    match error {
        PlotError::Shape(error) => Fault::in_document::<plots::Frame<'_>>(line, error),
        PlotError::Time { .. } => Fault::of_field("t", error.to_string()),
        PlotError::TooLong { .. } | PlotError::OtherSensor { .. } => Fault::whole(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use telemetry::Azimuth;

    use super::*;

    #[test]
    fn what_a_moving_sensor_saw_is_seen_from_where_it_was_and_where_it_looked() {
        let source = |bytes: &'static str| Source { name: String::new(), bytes: bytes.as_bytes() };
        let meta = r#"{"t0":0,"t1":1,"report_period":1,"origin":[47,19,0]}"#;
        let sensors = r#"[{"id":"D1","kind":"camera","poses":[[0,47,19,100,350],[2,47.01,19.02,120,10]],
            "meas":["az","el"],"sigma":{"az":0.4,"el":0.4},"fov":{"r":[20,1500],"az":[5,70],"el":[-45,30]},
            "pd":[[0,0.9]],"clutter_per_scan":0.3,"period":0.5}]"#;
        let trial = Trial::read(source(meta), source(sensors)).unwrap();
        let lines = r#"{"rx":1.5,"sensor":"D1","t":1.0,"dets":[]}

            {"rx":1.5,"sensor":"d1","t":1.0,"cov":[10,20],"dets":[]}"#;
        let mut frames = Frames::new(&trial, source(lines));
        let Frame { rx, scan } = frames.next().unwrap().unwrap();
        let place = scan.origin.lat_lon();
        assert_eq!((rx, scan.origin.height().metres.round()), (1.5, 110.0));
        assert!((place.latitude_deg() - 47.005).abs() + (place.longitude_deg() - 19.01).abs() < 1e-9);
        let sector = scan.sector.unwrap();
        let edges = [sector.from.degrees(), sector.to.degrees()];
        assert!((edges[0] - 330.0).abs() + (edges[1] - 40.0).abs() < 1e-9, "{edges:?}");
        let swept = frames.next().unwrap().unwrap().scan.sector.unwrap();
        assert!(!swept.contains(Azimuth::from_degrees(0.0)), "what the frame says of its sector holds");
        assert!(frames.next().unwrap().is_none());
    }
}
