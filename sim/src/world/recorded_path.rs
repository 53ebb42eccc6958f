//! A recorded flight, flown through its samples.
//!
//! At the sample times they come out exactly; between them a cubic through the samples (Hermite, with
//! slopes from the neighbours) gives a path without kinks and the velocity that belongs to it.

use nalgebra::Vector4;
use telemetry::{AltitudeHae, Enu, EnuVelocity, HeightAgl, LatLon, SiteFrame};
use thiserror::Error;

use super::motion::Kinematics;

/// One sample of a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedSample {
    /// Seconds since any instant of the recording's own.
    pub seconds: f64,
    /// Where.
    pub at: LatLon,
    /// How high above the ground of the recording.
    pub height: HeightAgl,
}

/// A recording that cannot be flown.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RecordingFault {
    /// Nothing to fly.
    #[error("a recorded flight needs at least two samples at different times, found {0}")]
    TooShort(usize),
    /// Time runs backwards, or is no number.
    #[error("sample {index} of the recorded flight is at {found} s after one at {before} s: times must not go back")]
    TimeGoesBack {
        /// Which sample, from 0.
        index: usize,
        /// Its time.
        found: f64,
        /// The time before it.
        before: f64,
    },
    /// A height that is no number, or beyond any drone.
    #[error("sample {index} of the recorded flight is {found} m high: allowed are −1000…20000 m")]
    Height {
        /// Which sample, from 0.
        index: usize,
        /// Its height.
        found: f64,
    },
}

/// A recorded flight.
#[derive(Debug, Clone)]
pub struct RecordedPath {
    frame: SiteFrame,
    /// Seconds since the first sample, strictly rising.
    times: Vec<f64>,
    /// East, north and up in the frame, and the height above ground, all metres.
    points: Vec<Vector4<f64>>,
}

impl RecordedPath {
    /// Takes a recording. Of samples at the same time, as loggers write them, the first is kept.
    ///
    /// # Errors
    /// [`RecordingFault`] when fewer than two samples remain, time runs backwards or a height is out of range.
    pub fn new(samples: &[RecordedSample]) -> Result<Self, RecordingFault> {
        let first = samples.first().ok_or(RecordingFault::TooShort(0))?;
        let frame = SiteFrame::new(first.at.at_height(AltitudeHae::default()));
        let (mut times, mut points) = (Vec::new(), Vec::new());
        for (index, sample) in samples.iter().enumerate() {
            let seconds = sample.seconds - first.seconds;
            let before = times.last().copied().unwrap_or(0.0);
            if !seconds.is_finite() || seconds < before {
                return Err(RecordingFault::TimeGoesBack { index, found: seconds, before });
            }
            let height_m = sample.height.metres;
            if !(-1000.0..=20_000.0).contains(&height_m) {
                return Err(RecordingFault::Height { index, found: height_m });
            }
            if index > 0 && seconds == before {
                continue;
            }
            let Enu { east_m, north_m, up_m } = frame.enu(sample.at.at_height(AltitudeHae::default()));
            times.push(seconds);
            points.push(Vector4::new(east_m, north_m, up_m, height_m));
        }
        if times.len() < 2 {
            return Err(RecordingFault::TooShort(times.len()));
        }
        Ok(Self { frame, times, points })
    }

    /// How long the recording lasts, seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// The state so many seconds after the first sample; nothing outside the recording.
    pub(super) fn at(&self, seconds: f64, ground: AltitudeHae) -> Option<Kinematics> {
        if seconds < 0.0 || seconds > self.duration_s() {
            return None;
        }
        let after = self.times.partition_point(|&time| time <= seconds).clamp(1, self.times.len() - 1);
        let before = after - 1;
        let span = self.times[after] - self.times[before];
        let (point, slope) = hermite(
            (self.points[before], self.slope(before) * span),
            (self.points[after], self.slope(after) * span),
            (seconds - self.times[before]) / span,
        );
        let over_ground = self.frame.geodetic(Enu::from_vector(point.xyz())).ok()?;
        let position = over_ground.lat_lon().at_height(AltitudeHae::new(ground.metres + point.w));
        // The slope is in the frame at the first sample; a velocity belongs to the frame at the drone.
        let across = SiteFrame::new(position).enu_from_other(&self.frame) * slope.xyz() / span;
        let velocity = EnuVelocity { east_m_s: across.x, north_m_s: across.y, up_m_s: slope.w / span };
        Some(Kinematics { position, velocity })
    }

    /// The slope at a sample: the mean over both neighbours, each span weighted by the other (the parabola's slope).
    fn slope(&self, index: usize) -> Vector4<f64> {
        let chord =
            |from: usize| (self.points[from + 1] - self.points[from]) / (self.times[from + 1] - self.times[from]);
        let last = self.times.len() - 1;
        if index == 0 || index == last {
            return chord(index.min(last - 1));
        }
        let (past, coming) = (self.times[index] - self.times[index - 1], self.times[index + 1] - self.times[index]);
        (chord(index - 1) * coming + chord(index) * past) / (past + coming)
    }
}

/// The cubic between two points with given slopes (per unit of the parameter), and its slope there.
fn hermite(
    (p0, m0): (Vector4<f64>, Vector4<f64>),
    (p1, m1): (Vector4<f64>, Vector4<f64>),
    t: f64,
) -> (Vector4<f64>, Vector4<f64>) {
    let (t2, t3) = (t * t, t * t * t);
    let point =
        p0 * (2.0 * t3 - 3.0 * t2 + 1.0) + m0 * (t3 - 2.0 * t2 + t) + p1 * (3.0 * t2 - 2.0 * t3) + m1 * (t3 - t2);
    let slope = (p0 - p1) * (6.0 * t2 - 6.0 * t) + m0 * (3.0 * t2 - 4.0 * t + 1.0) + m1 * (3.0 * t2 - 2.0 * t);
    (point, slope)
}

#[cfg(test)]
mod tests;
