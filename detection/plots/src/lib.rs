//! Plot lines in, scans out, and back: what a radar, direction finder, camera, acoustic array or receiver says, one JSON
//! object a line.
//!
//! ```json
//! {"sensor":"radar-1","scan":12,"t":12.0,"cov":[0,90],"dets":[{"det":17,"t":11.93,"r":812.4,"az":41.2,"el":3.1,"rr":-14.2,"llr":1.3}]}
//! ```
//!
//! Times are seconds from an epoch the two ends agree on; angles are degrees at the sensor, azimuth clockwise from true
//! north, elevation above the local horizontal; lengths are metres, speeds m/s, range rate receding positive. `t` of a
//! frame is its end; a plot without `t` has the frame's. `cov` is the sector swept, clockwise; without it the whole
//! field of view was. An empty `dets` is information: looked, and saw nothing. `llr` is a calibrated log-likelihood
//! ratio drone : not drone. A reported position has `lat`, `lon`, and where known `alt` (above the ellipsoid), `ve`,
//! `vn`, `vu` and `ident`, which names who the target claims to be: `MMSI-211234560` by AIS, `RID-1581F5FKD2` by Remote
//! ID, `ADSB-4CA1B2` by ADS-B. Unknown fields and idents are passed over; of a claim only the ident is in a line.
//!
//! A line does not state its noise: that is the sensor's, and the [`Decoder`] is told ([`PlotNoise`]).
//!
//! A frame that cannot be read is counted and dropped; a plot that makes no sense (a range that is not positive, an
//! elevation beyond the zenith) is counted and dropped, and its frame kept. Limits: 1 MiB a line, 10,000 plots a frame.

mod frame;

use telemetry::messages::{AzimuthSector, Detection, SensorDescription, SensorKind, SensorScan};
use telemetry::{AltitudeHae, Azimuth, DetectionId, Timestamp};
use thiserror::Error;

pub use frame::Frame;
use frame::{Plot, Plots};

/// The longest line taken, bytes.
pub const LINE_LENGTH_MAX: usize = 1 << 20;
/// The most plots taken of one frame; those after it are dropped and counted.
pub const PLOTS_MAX: usize = 10_000;

/// Standard deviations of what a plot may carry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlotNoise {
    /// Slant range, metres.
    pub range_m: f64,
    /// Azimuth, radians.
    pub azimuth_rad: f64,
    /// Elevation, radians.
    pub elevation_rad: f64,
    /// Range rate, m/s.
    pub range_rate_m_s: f64,
    /// A reported position, each horizontal axis, metres.
    pub horizontal_m: f64,
    /// A reported height, metres.
    pub vertical_m: f64,
    /// A reported velocity, each axis, m/s.
    pub velocity_m_s: f64,
}

impl PlotNoise {
    /// Typical figures for a kind of sensor, for where its maker's are not at hand.
    #[must_use]
    pub fn typical(kind: SensorKind) -> Self {
        let (range_m, azimuth_deg, elevation_deg): (f64, f64, f64) = match kind {
            SensorKind::Radar => (4.0, 0.4, 0.6),
            SensorKind::CoastalRadar => (15.0, 0.3, 1.0),
            SensorKind::RfDirectionFinder => (50.0, 1.5, 3.0),
            // On a small drone: its heading and tilt are known no better.
            SensorKind::Camera => (50.0, 0.5, 0.25),
            SensorKind::Acoustic => (50.0, 5.0, 5.0),
            SensorKind::AisReceiver | SensorKind::RemoteIdReceiver | SensorKind::AdsbReceiver => (50.0, 1.0, 1.0),
        };
        let (horizontal_m, vertical_m) = match kind {
            // A consumer receiver of satellite navigation; its height is worse than its place.
            SensorKind::RemoteIdReceiver => (3.0, 5.0),
            // Its height is a barometer's, in steps of 25 ft.
            SensorKind::AdsbReceiver => (8.0, 12.0),
            _ => (10.0, 10.0),
        };
        Self {
            range_m,
            azimuth_rad: azimuth_deg.to_radians(),
            elevation_rad: elevation_deg.to_radians(),
            range_rate_m_s: 0.5,
            horizontal_m,
            vertical_m,
            velocity_m_s: 0.5,
        }
    }
}

/// Why a line was dropped.
#[derive(Debug, Error)]
pub enum PlotError {
    /// Longer than any frame.
    #[error("a line of {length} bytes: at most {LINE_LENGTH_MAX} are taken")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// Not a JSON object of the expected shape.
    #[error("not a plot frame")]
    Shape(#[source] serde_json::Error),
    /// A frame of another sensor.
    #[error("a frame of sensor {found:?} where {expected:?} was expected")]
    OtherSensor {
        /// The sensor named, cut to a length that fits a log line.
        found: String,
        /// The decoder's own.
        expected: String,
    },
    /// A time that is none.
    #[error("time {seconds} s from the epoch: allowed is ±{TIME_MAX_S} s")]
    Time {
        /// What was found.
        seconds: f64,
    },
}

/// A hundred years; what lies beyond is damage and would only overflow.
const TIME_MAX_S: f64 = 3.2e9;

/// What a decoder has seen, all counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines taken.
    pub lines: u64,
    /// Frames given out.
    pub frames: u64,
    /// Plots given out.
    pub plots: u64,
    /// Lines dropped.
    pub malformed: u64,
    /// Plots dropped for a component that is missing or makes no sense.
    pub nonsense_plots: u64,
    /// Plots dropped because their frame had too many.
    pub excess_plots: u64,
}

/// The lines of one sensor.
#[derive(Debug)]
pub struct Decoder {
    description: SensorDescription,
    noise: PlotNoise,
    /// Numbers for plots that bring none.
    next_number: u64,
    counts: Counts,
}

impl Decoder {
    /// For the sensor described, with its noise.
    #[must_use]
    pub fn new(description: SensorDescription, noise: PlotNoise) -> Self {
        Self { description, noise, next_number: 0, counts: Counts::default() }
    }

    /// Takes one line, with or without its line ending; its times count from `epoch`. A frame that names no sensor is
    /// this one's; names are compared without regard to case, since ours have none.
    ///
    /// # Errors
    /// [`PlotError`] says why a line was dropped; the decoder goes on with the next.
    pub fn decode_line(&mut self, epoch: Timestamp, line: &[u8]) -> Result<SensorScan, PlotError> {
        self.counts.lines += 1;
        self.take_line(epoch, line).inspect_err(|_| self.counts.malformed += 1)
    }

    /// What this decoder has seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn take_line(&mut self, epoch: Timestamp, line: &[u8]) -> Result<SensorScan, PlotError> {
        if line.len() > LINE_LENGTH_MAX {
            return Err(PlotError::TooLong { length: line.len() });
        }
        let frame: Frame = serde_json::from_slice(line).map_err(PlotError::Shape)?;
        let expected = self.description.id.as_str();
        if let Some(found) = frame.sensor.filter(|found| !found.eq_ignore_ascii_case(expected)) {
            let found = found.chars().take(40).collect();
            return Err(PlotError::OtherSensor { found, expected: expected.to_owned() });
        }
        let measured_at = instant(epoch, frame.t)?;
        self.counts.excess_plots += frame.dets.excess;
        let mut detections = Vec::with_capacity(frame.dets.kept.len());
        for plot in frame.dets.kept {
            match self.detection(epoch, measured_at, &plot) {
                Some(detection) => detections.push(detection),
                None => self.counts.nonsense_plots += 1,
            }
        }
        self.counts.frames += 1;
        self.counts.plots += detections.len() as u64;
        Ok(SensorScan {
            sensor: self.description.id.clone(),
            scan: frame.scan,
            measured_at,
            origin: self.description.position,
            sector: frame.cov.and_then(sector),
            detections,
        })
    }

    fn detection(&mut self, epoch: Timestamp, frame_at: Timestamp, plot: &Plot) -> Option<Detection> {
        let measured_at = plot.t.map_or(Ok(frame_at), |t| instant(epoch, t)).ok()?;
        let measurement = plot.measurement(&self.noise, self.sea_level())?;
        let drone_llr = plot.llr.map(|llr| llr as f32);
        if drone_llr.is_some_and(|llr| !llr.is_finite()) {
            return None;
        }
        let number = plot.det.unwrap_or(self.next_number);
        self.next_number = number.wrapping_add(1);
        Some(Detection { id: DetectionId(number), measured_at, measurement, claim: plot.claim(), drone_llr })
    }

    /// The sensor's height above the ellipsoid less its altitude above the sea.
    fn sea_level(&self) -> AltitudeHae {
        AltitudeHae::new(self.description.position.height().metres - self.description.altitude.metres)
    }
}

/// A scan as a plot line, without a line ending; its times count from `epoch`. Noise and the sensor's position are not
/// in the line: the reader's [`Decoder`] knows them.
#[must_use]
pub fn encode_line(scan: &SensorScan, epoch: Timestamp) -> String {
    let kept = scan.detections.iter().map(|detection| Plot::of(detection, scan.measured_at, epoch)).collect();
    let frame = Frame {
        sensor: Some(scan.sensor.as_str().into()),
        scan: scan.scan,
        t: scan.measured_at.seconds_since(epoch),
        cov: scan.sector.map(|sector| [sector.from.degrees(), sector.to.degrees()]),
        dets: Plots { kept, excess: 0 },
    };
    serde_json::to_string(&frame).expect("a frame has only string keys and numbers")
}

fn instant(epoch: Timestamp, seconds: f64) -> Result<Timestamp, PlotError> {
    if !(-TIME_MAX_S..=TIME_MAX_S).contains(&seconds) {
        return Err(PlotError::Time { seconds });
    }
    Ok(Timestamp::from_unix_nanos(epoch.unix_nanos().saturating_add((seconds * 1e9).round() as i64)))
}

/// From and to, degrees; a whole turn or more is no sector.
fn sector([from, to]: [f64; 2]) -> Option<AzimuthSector> {
    ((to - from).abs() < 360.0)
        .then(|| AzimuthSector { from: Azimuth::from_degrees(from), to: Azimuth::from_degrees(to) })
}
