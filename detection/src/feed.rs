//! A sensor's bytes as they come, cut into lines and decoded: the core of `picket-sensor`.
//!
//! Bytes come as a stream (file, TCP, standard input), where a line may arrive in pieces, or as datagrams (UDP), where
//! each holds whole lines. A line longer than any decoder takes is passed over and counted, so nothing here grows with
//! what is sent.

use std::fmt;

use telemetry::Timestamp;
use telemetry::messages::SensorScan;

use crate::{ais, plots};

/// The longest line kept; the decoders refuse longer ones anyway.
const LINE_LENGTH_MAX: usize = plots::LINE_LENGTH_MAX;

/// Whose clock dates what a feed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The feed's own times, where it states any.
    Feed,
    /// The time of reception here: for a feed whose clock is wrong, and for captures that are replayed.
    Own,
}

/// What reads the lines.
#[derive(Debug)]
pub enum Format {
    /// AIS sentences.
    Ais(Box<ais::Decoder>, Clock),
    /// Plot frames, whose times count from an epoch.
    Plots(Box<plots::Decoder>, Timestamp),
}

/// One sensor's feed.
#[derive(Debug)]
pub struct Feed {
    format: Format,
    /// The line that has begun and not ended.
    line: Vec<u8>,
    /// Whether that line is already too long, and is passed over up to its end.
    overlong: bool,
    overlong_lines: u64,
    dropped_lines: u64,
    scans: u64,
}

impl Feed {
    /// A feed from its start.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, line: Vec::new(), overlong: false, overlong_lines: 0, dropped_lines: 0, scans: 0 }
    }

    /// Takes bytes of a stream, received at `now`; gives the scans of every line that they end.
    pub fn take_stream(&mut self, now: Timestamp, bytes: &[u8]) -> Vec<SensorScan> {
        let mut scans = Vec::new();
        let mut pieces = bytes.split(|&b| b == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            if self.line.len() + piece.len() > LINE_LENGTH_MAX {
                self.overlong = true;
                self.line = Vec::new();
            } else if !self.overlong {
                self.line.extend_from_slice(piece);
            }
            if pieces.peek().is_some() {
                scans.extend(self.end_line(now));
            }
        }
        scans
    }

    /// Takes a datagram: whole lines.
    pub fn take_datagram(&mut self, now: Timestamp, bytes: &[u8]) -> Vec<SensorScan> {
        let mut scans = self.take_stream(now, bytes);
        scans.extend(self.end_line(now));
        scans
    }

    /// Ends a stream: its last line may lack an ending.
    pub fn end(&mut self, now: Timestamp) -> Option<SensorScan> {
        self.end_line(now)
    }

    fn end_line(&mut self, now: Timestamp) -> Option<SensorScan> {
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.overlong) {
            self.overlong_lines += 1;
            return None;
        }
        if line.trim_ascii().is_empty() {
            return None;
        }
        let scan = match &mut self.format {
            Format::Ais(decoder, clock) => match decoder.decode_line(now, &line) {
                Ok(scan) => scan.map(|scan| dated(scan, *clock, now)),
                Err(error) => dropped(&mut self.dropped_lines, &error),
            },
            Format::Plots(decoder, epoch) => match decoder.decode_line(*epoch, &line) {
                Ok(scan) => Some(scan),
                Err(error) => dropped(&mut self.dropped_lines, &error),
            },
        };
        self.scans += u64::from(scan.is_some());
        scan
    }
}

fn dropped(count: &mut u64, error: &(dyn std::error::Error + 'static)) -> Option<SensorScan> {
    *count += 1;
    tracing::debug!(error, "a line was dropped");
    None
}

fn dated(mut scan: SensorScan, clock: Clock, now: Timestamp) -> SensorScan {
    if clock == Clock::Own {
        scan.measured_at = now;
        for detection in &mut scan.detections {
            detection.measured_at = now;
        }
    }
    scan
}

impl fmt::Display for Feed {
    /// What came and what became of it, for the log and for the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} scans, {} lines dropped, {} too long", self.scans, self.dropped_lines, self.overlong_lines)?;
        match &self.format {
            Format::Ais(decoder, _) => {
                let c = decoder.counts();
                write!(f, "; {} sentences, {} messages, {} positions", c.sentences, c.messages, c.positions)?;
                write!(f, ", {} static reports, {} failed their checksum", c.statics, c.checksum_failed)?;
                write!(f, ", {} without a payload, {} incomplete", c.empty_payloads, c.incomplete)
            }
            Format::Plots(decoder, _) => {
                let c = decoder.counts();
                write!(f, "; {} frames, {} plots, {} plots dropped as nonsense", c.frames, c.plots, c.nonsense_plots)?;
                write!(f, ", {} as too many", c.excess_plots)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use telemetry::{AltitudeHae, Geodetic, SensorId};

    use super::*;

    const REPORT: &[u8] = b"!AIVDM,1,1,,A,13tfH:022;PhpibQUS:FkUKj06kd,0*31\r\n";

    fn feed() -> Feed {
        let origin = Geodetic::from_degrees(58.0, 10.0, AltitudeHae::new(60.0)).unwrap();
        let decoder = ais::Decoder::new(SensorId::new("ais").unwrap(), origin, AltitudeHae::new(40.0));
        Feed::new(Format::Ais(Box::new(decoder), Clock::Own))
    }

    #[test]
    fn a_line_in_pieces_is_one_line() {
        let mut feed = feed();
        let (first, rest) = REPORT.split_at(20);
        assert_eq!(feed.take_stream(Timestamp::EPOCH, first), []);
        assert_eq!(feed.take_stream(Timestamp::EPOCH, rest).len(), 1);
        assert!(feed.to_string().starts_with("1 scans, 0 lines dropped"), "{feed}");
    }

    #[test]
    fn a_datagram_ends_its_last_line_and_a_stream_may() {
        let mut feed = feed();
        let bare = REPORT.trim_ascii();
        assert_eq!(feed.take_datagram(Timestamp::EPOCH, &[REPORT, bare].concat()).len(), 2);
        assert_eq!(feed.take_stream(Timestamp::EPOCH, bare), []);
        assert!(feed.end(Timestamp::EPOCH).is_some());
        assert!(feed.end(Timestamp::EPOCH).is_none());
    }

    #[test]
    fn an_endless_line_is_passed_over_and_the_next_read() {
        let mut feed = feed();
        for _ in 0..40 {
            assert_eq!(feed.take_stream(Timestamp::EPOCH, &[b'x'; 100_000]), []);
            assert!(feed.line.len() <= LINE_LENGTH_MAX);
        }
        assert_eq!(feed.take_stream(Timestamp::EPOCH, &[b"\n", REPORT].concat()).len(), 1);
        assert_eq!(feed.overlong_lines, 1);
    }

    proptest! {
        #[test]
        fn how_a_stream_is_cut_changes_nothing(cuts in prop::collection::vec(0..500usize, 0..8)) {
            let text = REPORT.repeat(8);
            let mut feed = feed();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % text.len()).collect();
            cuts.sort_unstable();
            cuts.push(text.len());
            let (mut from, mut scans) = (0, 0);
            for cut in cuts {
                scans += feed.take_stream(Timestamp::EPOCH, &text[from..cut]).len();
                from = cut;
            }
            prop_assert_eq!(scans, 8);
        }
    }
}
