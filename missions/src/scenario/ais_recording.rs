//! Recorded AIS: lines with the time each was received.
//!
//! Two ways of noting the time are known. *PGHP*: a line `$PGHP,1,year,month,day,hour,minute,second,millisecond,…` of
//! the Danish shore network stands before what was received at that instant (UTC). *Tag block*: `\c:unix time…*hh\`
//! stands before the sentence in the same line (NMEA 0183 4.10, 7). Only AIS sentences are kept, without their tag
//! block; whether they are sound is for the decoder.

use serde_spanned::Spanned;
use telemetry::messages::SensorKind;
use telemetry::{SensorId, Timestamp};
use time::{Date, Month, PrimitiveDateTime, Time};

use super::read::Night;
use super::tables::{AisFormatName, AisReplayTable};
use crate::file::{FileErrors, Library, Reading, one_of};
use crate::sensor::Sensor;

/// No sentence is longer (NMEA 0183 allows 82; some receivers write more).
const LINE_BYTES_MAX: usize = 1_024;

/// Recorded AIS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AisReplay {
    /// Through which receiver it comes.
    pub sensor: SensorId,
    /// When the first sentence was received in truth.
    pub recorded_at: Timestamp,
    /// The sentences with the instant of the scenario at which each is received, in order.
    pub lines: Vec<TimedLine>,
}

/// One recorded sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedLine {
    /// When it is received.
    pub at: Timestamp,
    /// The sentence without the end of its line.
    pub line: Vec<u8>,
}

/// The AIS sentences of a recording with the time each was received, in the order of time.
pub(super) fn read(bytes: &[u8], format: AisFormatName) -> Vec<TimedLine> {
    let mut received: Option<Timestamp> = None;
    let mut lines = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.len() > LINE_BYTES_MAX {
            continue;
        }
        let sentence = match format {
            AisFormatName::Pghp => {
                if line.starts_with(b"$PGHP") {
                    received = pghp_time(line).or(received);
                }
                line
            }
            AisFormatName::TagBlock => match tag_block(line) {
                Some((tags, sentence)) => {
                    received = tag_time(tags).or(received);
                    sentence
                }
                None => line,
            },
        };
        if let (Some(at), Some(b'!')) = (received, sentence.first()) {
            lines.push(TimedLine { at, line: sentence.to_vec() });
        }
    }
    lines.sort_by_key(|line| line.at);
    lines
}

fn pghp_time(line: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(line).ok()?;
    let mut numbers = text.split(',').skip(2);
    let mut next = || numbers.next()?.parse::<u16>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second, millisecond) = (next()?, next()?, next()?, next()?);
    let small = |number: u16| u8::try_from(number).ok();
    let date = Date::from_calendar_date(i32::from(year), Month::try_from(small(month)?).ok()?, small(day)?).ok()?;
    let time = Time::from_hms_milli(small(hour)?, small(minute)?, small(second)?, millisecond).ok()?;
    let nanos = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp_nanos();
    i64::try_from(nanos).ok().map(Timestamp::from_unix_nanos)
}

/// The tags and what follows them.
fn tag_block(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = line.strip_prefix(b"\\")?;
    let end = inner.iter().position(|byte| *byte == b'\\')?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// The time of a tag block: seconds since 1970, or milliseconds where the number is too large for seconds.
fn tag_time(tags: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(tags).ok()?;
    let text = text.split('*').next()?;
    let number: i64 = text.split(',').find_map(|tag| tag.strip_prefix("c:"))?.parse().ok()?;
    let nanos = if number.abs() < 100_000_000_000 {
        number.checked_mul(1_000_000_000)?
    } else {
        number.checked_mul(1_000_000)?
    };
    Some(Timestamp::from_unix_nanos(nanos))
}

/// Checks one recording and takes its lines, moved in time where the file says so.
pub(super) fn replay(
    reading: &mut Reading<'_>,
    night: &Night<'_>,
    library: &mut Library,
    sensors: &[Sensor],
    table: &Spanned<AisReplayTable>,
) -> Option<AisReplay> {
    let replay = table.get_ref();
    let sensor = sensors.iter().find(|sensor| sensor.description.id.as_str() == replay.sensor.get_ref());
    let sensor = sensor.filter(|sensor| sensor.description.kind == SensorKind::AisReceiver);
    if sensor.is_none() {
        let receivers = sensors.iter().filter(|sensor| sensor.description.kind == SensorKind::AisReceiver);
        reading.refuse(
            replay.sensor.span(),
            one_of("a sensor of kind ais_receiver", receivers.map(|sensor| sensor.description.id.as_str())),
        );
    }
    let key = night.named_file(reading, &replay.file)?;
    let mut lines = match library.take(&key) {
        Ok(bytes) => read(&bytes, replay.format),
        Err(error) => {
            reading.take_errors(FileErrors::from(error));
            return None;
        }
    };
    let Some(recorded_at) = lines.first().map(|line| line.at) else {
        reading.refuse_found(replay.file.span(), "no AIS sentence with a time", "a recording in the format named");
        return None;
    };
    if let Some(moment) = &replay.starts_at {
        let shift_s = night.moment(reading, moment).seconds_since(recorded_at);
        for line in &mut lines {
            line.at = line.at.offset_seconds(shift_s);
        }
    }
    let count = lines.len();
    lines.retain(|line| night.start <= line.at && line.at < night.end);
    if lines.is_empty() {
        let found = format!("{count} sentences from {recorded_at} on, none of them in the time of the scenario");
        reading.refuse_found(replay.file.span(), found, "start or starts_at so that some are");
    }
    Some(AisReplay { sensor: sensor?.description.id.clone(), recorded_at, lines })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(format: AisFormatName, text: &str, expected: &[(&str, &str)]) {
        let lines = read(text.as_bytes(), format);
        let found: Vec<(String, String)> =
            lines.iter().map(|line| (line.at.to_string(), String::from_utf8(line.line.clone()).unwrap())).collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(at, line)| ((*at).to_owned(), (*line).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sentence_bears_the_time_of_the_line_before_it() {
        // Two messages of the Danish shore network, one of them in two sentences.
        let text = "!AIVDM,1,1,,A,before the first time\r\n\
            $PGHP,1,2010,6,11,11,46,11,929,244,0,,1,72*21\r\n\
            !AIVDM,2,1,1,,53cMa3@000010WSW?V105=<45B2222222222220t388151:9e2UiDm851DTh,0*65\r\n\
            !AIVDM,2,2,1,,j1C32CQp888,2*17\r\n\
            $PGHP,1,2010,6,11,11,46,12,553,219,,2190048,1,1B*5B\r\n\
            !BSVDM,1,1,,B,H3@oOMDU3?=1B00H@4qmln000000,0*1B\r\n";
        let expected = [
            (
                "2010-06-11T11:46:11.929Z",
                "!AIVDM,2,1,1,,53cMa3@000010WSW?V105=<45B2222222222220t388151:9e2UiDm851DTh,0*65",
            ),
            ("2010-06-11T11:46:11.929Z", "!AIVDM,2,2,1,,j1C32CQp888,2*17"),
            ("2010-06-11T11:46:12.553Z", "!BSVDM,1,1,,B,H3@oOMDU3?=1B00H@4qmln000000,0*1B"),
        ];
        check(AisFormatName::Pghp, text, &expected);
    }

    #[test]
    fn a_tag_block_gives_the_time_in_seconds_or_milliseconds() {
        // The first is from the Norwegian coastal network; the second a group without a time of its own.
        let text = "\\c:1565218798*53\\!BSVDM,1,1,,A,13mb9U0P00PRk8fT5nw>4?wj2006,0*5D\n\
            \\g:1-2-7*6D\\!BSVDM,1,1,,A,x,0*00\n\
            \\s:2573135,c:1565218799500*00\\!BSVDM,1,1,,B,y,0*00\n";
        let expected = [
            ("2019-08-07T22:59:58Z", "!BSVDM,1,1,,A,13mb9U0P00PRk8fT5nw>4?wj2006,0*5D"),
            ("2019-08-07T22:59:58Z", "!BSVDM,1,1,,A,x,0*00"),
            ("2019-08-07T22:59:59.5Z", "!BSVDM,1,1,,B,y,0*00"),
        ];
        check(AisFormatName::TagBlock, text, &expected);
    }

    #[test]
    fn a_time_that_is_none_leaves_the_one_before() {
        let text = "$PGHP,1,2010,6,11,11,46,11,929\n$PGHP,1,2010,13,11,11,46,11,929\n!a\n$PGHP,1,x\n!b\n";
        let expected = [("2010-06-11T11:46:11.929Z", "!a"), ("2010-06-11T11:46:11.929Z", "!b")];
        check(AisFormatName::Pghp, text, &expected);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes, AisFormatName::Pghp);
            let _ = read(&bytes, AisFormatName::TagBlock);
        }

        #[test]
        fn arbitrary_tags_do_not_panic(tags in "[\\\\gsc:0-9*,-]{0,40}") {
            let lines = read(format!("\\{tags}\\!AIVDM,x").as_bytes(), AisFormatName::TagBlock);
            prop_assert!(lines.is_sorted_by_key(|line| line.at));
        }
    }
}
