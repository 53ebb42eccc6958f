//! AIS lines in, vessel positions out.
//!
//! The bits of a message are the crate `aivdm`'s; what real feeds wrap around them is ours: talkers other than AI, tag
//! blocks, the receive times of the Danish shore network, messages of several sentences, sentences without a payload.
//! A vessel's position report (types 1, 2, 3, 18, 19, 27) becomes a scan with one detection; its static reports (5, 24)
//! are remembered and go with the next position, as a claim. Base stations (4, 11), search aircraft (9) and aids to
//! navigation (21) are no vessels: they are counted and passed over, as is every other type.
//!
//! Nothing AIS says is taken for truth here or later: it is what a vessel says of itself. A line that cannot be read is
//! counted and dropped; the lines after it are read as if it had not been there.
//!
//! Limits: 64 messages wait for their rest, 10 s each; static reports of 4096 vessels; lines of at most 1 KiB.

mod reassembly;
mod sentence;
mod vessel;

use aivdm::AisMessage;
use telemetry::messages::{Claim, Detection, Measurement, SensorScan};
use telemetry::{AltitudeHae, DetectionId, Geodetic, Mmsi, SensorId, Timestamp};
use thiserror::Error;

use reassembly::Reassembly;
use sentence::{Body, Line, TagBlock, Vdl};
use vessel::{Register, Report};

/// How far back a report's own UTC second may date it. Beyond this the second and the receiver's clock do not belong
/// together, and the time of reception is used.
const FIX_AGE_MAX_S: f64 = 10.0;

/// Why a line was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AisError {
    /// Longer than any feed's lines.
    #[error("a line of {length} bytes: at most 1024 are taken")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// It starts with neither `!`, `$` nor a tag block.
    #[error("no sentence: one starts with '!', '$' or a tag block in '\\'")]
    NotASentence,
    /// It does not keep to the form of a sentence.
    #[error("a malformed sentence: {0}")]
    Malformed(&'static str),
    /// The sentence was damaged on its way.
    #[error("checksum {stated:02X} stated, {computed:02X} computed")]
    Checksum {
        /// What the sentence says.
        stated: u8,
        /// What its characters give.
        computed: u8,
    },
    /// The payload holds a character that stands for no six bits.
    #[error("byte {byte:#04x} in the payload is not a six-bit character")]
    NotSixBit {
        /// The byte found.
        byte: u8,
    },
    /// A sentence without a payload, as some receivers send for a slot they could not read.
    #[error("the payload is empty")]
    EmptyPayload,
    /// The payload is no message of ITU-R M.1371-5.
    #[error("a message that cannot be decoded")]
    Undecodable(#[source] aivdm::AisError),
    /// The sender's number has more than nine digits.
    #[error("MMSI {0} has more than nine digits")]
    NotAnMmsi(u32),
}

/// What a decoder has seen, all counted from its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines taken, blank ones included.
    pub lines: u64,
    /// Sentences of the VHF data link that passed their checksum.
    pub sentences: u64,
    /// Well-formed sentences of another kind, such as a satellite receiver's.
    pub other_sentences: u64,
    /// Lines that are no sentence, or a malformed one.
    pub malformed: u64,
    /// Sentences that failed their checksum.
    pub checksum_failed: u64,
    /// Tag blocks that failed their checksum; the sentence behind them is read all the same.
    pub tags_failed: u64,
    /// Sentences without a payload.
    pub empty_payloads: u64,
    /// Messages whose rest never came: their place or number was taken, or they waited too long.
    pub incomplete: u64,
    /// Whole messages decoded, of every type.
    pub messages: u64,
    /// Whole messages that could not be decoded.
    pub undecodable: u64,
    /// Vessel positions given out.
    pub positions: u64,
    /// Vessel position reports that say their position is not available, or say nonsense.
    pub without_position: u64,
    /// Static reports taken.
    pub statics: u64,
    /// Base station reports passed over.
    pub base_stations: u64,
    /// Reports of search aircraft passed over.
    pub search_aircraft: u64,
    /// Reports of aids to navigation passed over.
    pub aids_to_navigation: u64,
    /// Messages of other types passed over.
    pub other_messages: u64,
}

/// The lines of one receiver or feed.
#[derive(Debug)]
pub struct Decoder {
    sensor: SensorId,
    origin: Geodetic,
    sea_level: AltitudeHae,
    /// The time of a `$PGHP` line, until the sentence it belongs to.
    receive_time: Option<Timestamp>,
    reassembly: Reassembly,
    register: Register,
    scans: u64,
    counts: Counts,
}

impl Decoder {
    /// For a receiver that stands at `origin`. Vessels float at `sea_level`: AMSL 0, so the site's geoid undulation.
    #[must_use]
    pub fn new(sensor: SensorId, origin: Geodetic, sea_level: AltitudeHae) -> Self {
        Self {
            sensor,
            origin,
            sea_level,
            receive_time: None,
            reassembly: Reassembly::default(),
            register: Register::default(),
            scans: 0,
            counts: Counts::default(),
        }
    }

    /// Takes one line, with or without its line ending, received at `received_at`; where the feed itself states the
    /// time of reception, that one counts. Gives a scan when the line completes a vessel's position report.
    ///
    /// # Errors
    /// [`AisError`] says why a line was dropped; the decoder goes on with the next.
    pub fn decode_line(&mut self, received_at: Timestamp, line: &[u8]) -> Result<Option<SensorScan>, AisError> {
        self.counts.lines += 1;
        self.take_line(received_at, line).inspect_err(|fault| self.count_fault(fault))
    }

    /// What this decoder has seen so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { incomplete: self.reassembly.dropped() + self.reassembly.expired(), ..self.counts }
    }

    fn take_line(&mut self, received_at: Timestamp, line: &[u8]) -> Result<Option<SensorScan>, AisError> {
        let Line { tag, body } = Line::parse(line)?;
        self.counts.tags_failed += u64::from(tag.failed);
        match body {
            Body::Empty => Ok(None),
            Body::Other => {
                self.counts.other_sentences += 1;
                Ok(None)
            }
            Body::ReceivedAt(at) => {
                self.counts.other_sentences += 1;
                self.receive_time = Some(at);
                Ok(None)
            }
            Body::Vdl(vdl) => self.take_vdl(received_at, tag, &vdl),
        }
    }

    fn take_vdl(
        &mut self,
        received_at: Timestamp,
        tag: TagBlock,
        vdl: &Vdl<'_>,
    ) -> Result<Option<SensorScan>, AisError> {
        self.counts.sentences += 1;
        let stated = &mut self.receive_time;
        let mut receive_time = || tag.received_at.or_else(|| stated.take());
        if vdl.payload.is_empty() {
            receive_time();
            return Err(AisError::EmptyPayload);
        }
        if vdl.parts == 1 {
            let received_at = receive_time().unwrap_or(received_at);
            return self.take_message(received_at, vdl.payload, vdl.fill_bits);
        }
        match self.reassembly.take(received_at, tag, vdl, receive_time) {
            Some(whole) => self.take_message(whole.received_at.unwrap_or(received_at), &whole.payload, whole.fill_bits),
            None => Ok(None),
        }
    }

    fn take_message(
        &mut self,
        received_at: Timestamp,
        payload: &[u8],
        fill_bits: u8,
    ) -> Result<Option<SensorScan>, AisError> {
        let message = aivdm::decode_payload(payload, fill_bits).map_err(AisError::Undecodable)?;
        let number = message.mmsi().raw();
        let mmsi = Mmsi::new(number).map_err(|_| AisError::NotAnMmsi(number))?;
        self.counts.messages += 1;
        let report = match &message {
            AisMessage::PositionReportClassA(r) => Report::class_a(r),
            AisMessage::PositionReportClassB(r) => Report::class_b(r),
            AisMessage::PositionReportClassBExtended(r) => {
                self.register.take_extended(mmsi, r);
                Report::class_b_extended(r)
            }
            AisMessage::LongRangeBroadcast(r) => Report::long_range(r),
            other => {
                self.pass_over(mmsi, other);
                return Ok(None);
            }
        };
        match report {
            Some(report) => Ok(Some(self.scan(received_at, mmsi, report))),
            None => {
                self.counts.without_position += 1;
                Ok(None)
            }
        }
    }

    /// Messages without a vessel's position; what they say of a vessel is remembered.
    fn pass_over(&mut self, mmsi: Mmsi, message: &AisMessage) {
        let counter = match message {
            AisMessage::StaticVoyageData(r) => {
                self.register.take_voyage(mmsi, r);
                &mut self.counts.statics
            }
            AisMessage::StaticDataReport(r) => {
                self.register.take_class_b(mmsi, r);
                &mut self.counts.statics
            }
            AisMessage::BaseStationReport(_) => &mut self.counts.base_stations,
            AisMessage::SarAircraftPositionReport(_) => &mut self.counts.search_aircraft,
            AisMessage::AidToNavigationReport(_) => &mut self.counts.aids_to_navigation,
            _ => &mut self.counts.other_messages,
        };
        *counter += 1;
    }

    fn scan(&mut self, received_at: Timestamp, mmsi: Mmsi, report: Report) -> SensorScan {
        self.counts.positions += 1;
        let number = self.scans;
        self.scans += 1;
        let measured_at = fix_time(received_at, report.utc_second);
        let measurement = Measurement::Position {
            position: report.position.at_height(self.sea_level),
            horizontal_sigma_m: report.sigma_m,
            // AIS reports no height: the sea level is our knowledge, not the vessel's claim.
            vertical_sigma_m: None,
            velocity: report.velocity,
        };
        let claim = Claim::Ais(self.register.claim(mmsi, &report));
        let detection =
            Detection { id: DetectionId(number), measured_at, measurement, claim: Some(claim), drone_llr: None };
        SensorScan {
            sensor: self.sensor.clone(),
            scan: number,
            measured_at,
            origin: self.origin,
            sector: None,
            detections: vec![detection],
        }
    }

    fn count_fault(&mut self, fault: &AisError) {
        let counter = match fault {
            AisError::TooLong { .. } | AisError::NotASentence | AisError::Malformed(_) | AisError::NotSixBit { .. } => {
                &mut self.counts.malformed
            }
            AisError::Checksum { .. } => &mut self.counts.checksum_failed,
            AisError::EmptyPayload => &mut self.counts.empty_payloads,
            AisError::Undecodable(_) | AisError::NotAnMmsi(_) => &mut self.counts.undecodable,
        };
        *counter += 1;
    }
}

/// When the fix was made: the report's own UTC second, where it lies shortly before the reception. A second that is not
/// over yet says nothing that the time of reception does not say better.
fn fix_time(received_at: Timestamp, utc_second: Option<u8>) -> Timestamp {
    let Some(second) = utc_second else {
        return received_at;
    };
    let minute_nanos = 60_000_000_000;
    let into_minute = received_at.unix_nanos().rem_euclid(minute_nanos);
    let age = (into_minute - i64::from(second) * 1_000_000_000).rem_euclid(minute_nanos);
    let age_s = age as f64 / 1e9;
    if (1.0..=FIX_AGE_MAX_S).contains(&age_s) {
        Timestamp::from_unix_nanos(received_at.unix_nanos() - age)
    } else {
        received_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_utc_second_dates_a_fix_when_it_fits_the_time_of_reception() {
        let check = |received: &str, second: u8, expected: &str| {
            let found = fix_time(received.parse().unwrap(), Some(second));
            assert_eq!(found.to_string(), expected, "received {received}, second {second}");
        };
        check("2026-11-21T03:12:07.5Z", 4, "2026-11-21T03:12:04Z");
        check("2026-11-21T03:12:01Z", 58, "2026-11-21T03:11:58Z");
        check("2026-11-21T03:12:07.5Z", 7, "2026-11-21T03:12:07.5Z");
        check("2026-11-21T03:12:07.5Z", 8, "2026-11-21T03:12:07.5Z");
        check("2026-11-21T03:12:07.5Z", 40, "2026-11-21T03:12:07.5Z");
        assert_eq!(fix_time(Timestamp::EPOCH, Some(55)).unix_seconds(), -5.0);
        assert_eq!(fix_time(Timestamp::EPOCH, None), Timestamp::EPOCH);
    }
}
