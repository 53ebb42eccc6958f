//! One line of an AIS feed taken apart: tag block, talker, fields, checksum. No state, no copies.
//!
//! Source: IEC 61162-1 (sentences and their checksum), NMEA 0183 4.10 clause 7 (tag blocks), and the receive-time
//! sentence `$PGHP,1` of the Gatehouse receivers in the Danish shore network; the time of reception behind the checksum
//! as the US Coast Guard's network writes it.

use telemetry::Timestamp;

use super::AisError;

/// The longest line taken. A sentence is at most 82 characters (IEC 61162-1, 7.3.2), a tag block at most 80; real feeds
/// exceed both, a kilobyte none.
const LINE_LENGTH_MAX: usize = 1024;

/// A line that passed its checksums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// What stood before the sentence.
    pub(super) tag: TagBlock,
    /// The sentence.
    pub(super) body: Body<'a>,
}

/// What was said around the sentence. A tag block that fails its checksum is not believed, but what it stands before
/// has a checksum of its own and is read: the Norwegian network's `g:` blocks all fail theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TagBlock {
    /// Whether there was one and it failed its checksum.
    pub(super) failed: bool,
    /// `c:`, the time of reception at the source.
    pub(super) received_at: Option<Timestamp>,
    /// The last part of `g:1-2-1604`: sentences that say the same belong together.
    pub(super) group: Option<u32>,
}

/// The sentence of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body<'a> {
    /// Nothing: a blank line, or a tag block alone.
    Empty,
    /// `!xxVDM` or `!xxVDO`, whatever the talker.
    Vdl(Vdl<'a>),
    /// `$PGHP,1`: when the next sentence was received.
    ReceivedAt(Timestamp),
    /// Any other sentence.
    Other,
}

/// A sentence from the VHF data link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vdl<'a> {
    /// Who relays it: AI mobile, AB or BS base station, and others.
    pub(super) talker: [u8; 2],
    /// How many sentences the message has, 1 to 9.
    pub(super) parts: u8,
    /// Which of them this is, from 1.
    pub(super) part: u8,
    /// The message's number where it has several sentences.
    pub(super) sequence: Option<u8>,
    /// The radio channel, where stated.
    pub(super) channel: Option<u8>,
    /// Six bits a character.
    pub(super) payload: &'a [u8],
    /// Bits of the last character that do not count, 0 to 5.
    pub(super) fill_bits: u8,
}

impl<'a> Line<'a> {
    /// Takes a line apart.
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, AisError> {
        if line.len() > LINE_LENGTH_MAX {
            return Err(AisError::TooLong { length: line.len() });
        }
        let line = line.trim_ascii();
        let (tag, sentence) = match line.strip_prefix(b"\\") {
            None => (TagBlock::default(), line),
            Some(rest) => {
                let end =
                    rest.iter().position(|&b| b == b'\\').ok_or(AisError::Malformed("the tag block has no end"))?;
                (TagBlock::parse(&rest[..end]), rest[end + 1..].trim_ascii())
            }
        };
        let received_at = tag.received_at.or_else(|| time_behind_checksum(sentence));
        Ok(Self { tag: TagBlock { received_at, ..tag }, body: Body::parse(sentence)? })
    }
}

impl TagBlock {
    fn parse(block: &[u8]) -> Self {
        let Ok(fields) = checked(block) else {
            return Self { failed: true, ..Self::default() };
        };
        let mut tag = Self::default();
        for field in fields.split(|&b| b == b',') {
            match field {
                [b'c', b':', value @ ..] => tag.received_at = number(value).and_then(unix_time),
                [b'g', b':', value @ ..] => tag.group = value.rsplit(|&b| b == b'-').next().and_then(number),
                // `s:` names the station; who relayed a report changes nothing in it.
                _ => {}
            }
        }
        tag
    }
}

impl<'a> Body<'a> {
    fn parse(sentence: &'a [u8]) -> Result<Self, AisError> {
        let Some((start, rest)) = sentence.split_first() else {
            return Ok(Self::Empty);
        };
        if !matches!(start, b'!' | b'$') {
            return Err(AisError::NotASentence);
        }
        let fields = checked(rest)?;
        match fields {
            [t0, t1, b'V', b'D', b'M' | b'O', b',', fields @ ..] if *start == b'!' => {
                Vdl::parse([*t0, *t1], fields).map(Self::Vdl)
            }
            [b'P', b'G', b'H', b'P', b',', b'1', b',', fields @ ..] => receive_time(fields).map(Self::ReceivedAt),
            _ => Ok(Self::Other),
        }
    }
}

impl<'a> Vdl<'a> {
    fn parse(talker: [u8; 2], fields: &'a [u8]) -> Result<Self, AisError> {
        let mut fields = fields.split(|&b| b == b',');
        let mut next = || fields.next().ok_or(AisError::Malformed("a field is missing"));
        let parts = digit(next()?).filter(|n| (1..=9).contains(n));
        let parts = parts.ok_or(AisError::Malformed("the number of sentences is not 1 to 9"))?;
        let part = digit(next()?).filter(|n| (1..=parts).contains(n));
        let part = part.ok_or(AisError::Malformed("the sentence number is not within their count"))?;
        let sequence = digit(next()?);
        let channel = next()?.first().copied();
        let payload = next()?;
        let fill_bits = digit(next()?).filter(|n| *n <= 5);
        let fill_bits = fill_bits.ok_or(AisError::Malformed("the fill bits are not 0 to 5"))?;
        if let Some(&byte) = payload.iter().find(|&&b| !aivdm::string::is_valid_armor_byte(b)) {
            return Err(AisError::NotSixBit { byte });
        }
        Ok(Self { talker, parts, part, sequence, channel, payload, fill_bits })
    }
}

/// What stands before `*hh`, when hh is the exclusive or of it. Networks write more behind it, which it does not cover.
fn checked(text: &[u8]) -> Result<&[u8], AisError> {
    let star = text.iter().rposition(|&b| b == b'*').ok_or(AisError::Malformed("there is no checksum"))?;
    let (body, stated) = (&text[..star], text.get(star + 1..star + 3));
    let stated = stated.and_then(|hex| std::str::from_utf8(hex).ok());
    let stated = stated.and_then(|hex| u8::from_str_radix(hex, 16).ok());
    let stated = stated.ok_or(AisError::Malformed("the checksum is not two hexadecimal digits"))?;
    let computed = body.iter().fold(0, |sum, byte| sum ^ byte);
    if stated == computed { Ok(body) } else { Err(AisError::Checksum { stated, computed }) }
}

fn digit(field: &[u8]) -> Option<u8> {
    match field {
        [d @ b'0'..=b'9'] => Some(d - b'0'),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(field: &[u8]) -> Option<T> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Seconds by the standard; milliseconds from some receivers, told apart by their size (10¹¹ s is the year 5138).
fn unix_time(count: u64) -> Option<Timestamp> {
    let nanos = count.checked_mul(if count < 100_000_000_000 { 1_000_000_000 } else { 1_000_000 })?;
    i64::try_from(nanos).ok().map(Timestamp::from_unix_nanos)
}

/// The last field behind the checksum, where it is a Unix time: `*5C,s1234,rUSCG,1276256770`.
fn time_behind_checksum(sentence: &[u8]) -> Option<Timestamp> {
    let star = sentence.iter().rposition(|&b| b == b'*')?;
    let (_, behind) = sentence.get(star + 3..)?.split_first()?;
    let seconds = number(behind.rsplit(|&b| b == b',').next()?)?;
    (seconds >= 1_000_000_000).then(|| unix_time(seconds)).flatten()
}

/// `year,month,day,hour,minute,second,millisecond,…` after `$PGHP,1,`.
fn receive_time(fields: &[u8]) -> Result<Timestamp, AisError> {
    let invalid = AisError::Malformed("the receive time is not a time");
    let mut numbers = fields.split(|&b| b == b',').map_while(number::<u16>);
    let mut next = || numbers.next().ok_or(invalid.clone());
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second, millisecond) = (next()?, next()?, next()?, next()?);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z");
    text.parse().map_err(|_| invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vdl(line: &[u8]) -> Vdl<'_> {
        match Line::parse(line).unwrap().body {
            Body::Vdl(vdl) => vdl,
            other => panic!("expected a VDL sentence, got {other:?}"),
        }
    }

    #[test]
    fn a_base_stations_sentence_behind_a_tag_block_is_read() {
        // First line of the Norwegian Coastal Administration's capture.
        let text = b"\\c:1565218798*53\\!BSVDM,1,1,,A,13mb9U0P00PRk8fT5nw>4?wj2006,0*5D\r\n";
        let line = Line::parse(text).unwrap();
        assert_eq!(line.tag.received_at, Some(Timestamp::from_unix_nanos(1_565_218_798_000_000_000)));
        let vdl = vdl(text);
        assert_eq!((vdl.talker, vdl.parts, vdl.part, vdl.sequence, vdl.channel), (*b"BS", 1, 1, None, Some(b'A')));
        assert_eq!((vdl.payload.len(), vdl.fill_bits), (28, 0));
    }

    #[test]
    fn a_group_is_named_by_its_last_number() {
        let text = b"\\g:1-2-1604,s:rORBCOMM008,c:1418169601,T:2014-12-10 00.00.01*37\\";
        let line = Line::parse(text).unwrap();
        assert_eq!((line.tag.group, line.body), (Some(1604), Body::Empty));
        assert_eq!(line.tag.received_at.unwrap().to_string(), "2014-12-10T00:00:01Z");
    }

    #[test]
    fn a_receive_time_sentence_is_read() {
        let line = Line::parse(b"$PGHP,1,2010,6,11,11,46,11,390,231,45,992190934,1,2B*5B").unwrap();
        assert_eq!(line.body, Body::ReceivedAt("2010-06-11T11:46:11.390Z".parse().unwrap()));
    }

    #[test]
    fn a_tag_block_that_fails_its_checksum_is_not_believed_but_its_sentence_is_read() {
        let text = b"\\g:2-2-9999,c:1565218808*55\\!BSVDM,2,2,5,A,00000000000,2*38";
        let tag = Line::parse(text).unwrap().tag;
        assert_eq!((tag.failed, tag.group, tag.received_at), (true, None, None));
        assert_eq!(vdl(text).part, 2);
    }

    #[test]
    fn a_time_behind_the_checksum_is_the_time_of_reception() {
        let line = Line::parse(b"!AIVDM,1,1,,B,15@:Ip002k3Dr;`78KwapWp@0H5b,0*0F,1276256770").unwrap();
        assert_eq!(line.tag.received_at, Some(Timestamp::from_unix_nanos(1_276_256_770_000_000_000)));
    }

    #[test]
    fn broken_lines_say_what_is_wrong() {
        let check = |line: &[u8], expected: &str| {
            let found = Line::parse(line).unwrap_err().to_string();
            assert!(found.contains(expected), "{found:?} does not say {expected:?}");
        };
        check(b"# a comment", "no sentence");
        check(b"!AIVDM,1,1,,A,13mb9U,0*00", "checksum 00");
        check(b"!AIVDM,1,1,,A,13mb9U,0", "there is no checksum");
        check(b"\\c:1565218798*53!BSVDM", "no end");
        check(b"!AIVDM,1,2,,A,13,0*27", "sentence number");
        check(b"!AIVDM,1,1,,A,1\xff,0*E8", "not a six-bit character");
        check(&[b'!'; 2000], "2000 bytes");
    }

    #[test]
    fn a_time_in_milliseconds_is_told_from_seconds() {
        assert_eq!(unix_time(1_565_218_798), unix_time(1_565_218_798_000));
        assert_eq!(unix_time(u64::MAX), None);
    }
}
