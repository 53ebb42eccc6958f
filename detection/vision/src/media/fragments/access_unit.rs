//! A frame out of its transport packets: H.264 as a byte stream (ISO/IEC 14496-10, annex B) in a packetized elementary
//! stream (ISO/IEC 13818-1, 2.4.3), and the metadata beside it.

/// The length of a transport packet, bytes.
const PACKET: usize = 188;
/// Types of NAL units (ISO/IEC 14496-10, table 7-1).
const SLICE_IDR: u8 = 5;
const SEQUENCE_PARAMETERS: u8 = 7;
const PICTURE_PARAMETERS: u8 = 8;
const DELIMITER: u8 = 9;

/// The parameter sets that a decoder must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// Four bytes or more: the NAL unit's head, profile, constraints, level.
    pub(crate) sequence: Vec<u8>,
    pub(crate) picture: Vec<u8>,
}

impl Parameters {
    pub(crate) fn codec(&self) -> String {
        let [profile, constraints, level] = self.profile();
        format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
    }

    /// Profile, constraints and level.
    pub(crate) fn profile(&self) -> [u8; 3] {
        [self.sequence[1], self.sequence[2], self.sequence[3]]
    }
}

/// A frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AccessUnit {
    /// The parameter sets that came with it.
    pub(crate) parameters: Option<Parameters>,
    /// Whether it stands by itself.
    pub(crate) key: bool,
    /// Its other NAL units, each with its length in four bytes before it (ISO/IEC 14496-15, 5.3.2).
    pub(crate) sample: Vec<u8>,
}

impl AccessUnit {
    /// The first frame in transport packets; nothing where there is none.
    pub(crate) fn of(packets: &[u8]) -> Option<Self> {
        let stream = video(packets)?;
        let (mut sequence, mut picture) = (None, None);
        let mut unit = Self { parameters: None, key: false, sample: Vec::with_capacity(stream.len() + 16) };
        for nal in nal_units(&stream) {
            match nal[0] & 0x1f {
                SEQUENCE_PARAMETERS if nal.len() >= 4 => sequence = Some(nal),
                PICTURE_PARAMETERS => picture = Some(nal),
                SEQUENCE_PARAMETERS | DELIMITER => {}
                kind => {
                    unit.key |= kind == SLICE_IDR;
                    let length = u32::try_from(nal.len()).ok()?;
                    unit.sample.extend_from_slice(&length.to_be_bytes());
                    unit.sample.extend_from_slice(nal);
                }
            }
        }
        let fits = |nal: &&[u8]| nal.len() <= usize::from(u16::MAX);
        if let (Some(sequence), Some(picture)) = (sequence.filter(fits), picture.filter(fits)) {
            unit.parameters = Some(Parameters { sequence: sequence.to_vec(), picture: picture.to_vec() });
        }
        (!unit.sample.is_empty()).then_some(unit)
    }
}

/// A packet of an elementary stream.
struct Packet {
    /// When it is shown, ticks of 90 kHz.
    shown: Option<u64>,
    data: Vec<u8>,
}

/// When the first frame in the packets is shown, ticks of 90 kHz.
pub(crate) fn shown(packets: &[u8]) -> Option<u64> {
    elementary(packets, is_video).first()?.shown
}

/// The metadata packets (KLV in a private stream, MISB ST 1402), as they went in, each with the time of its frame, ticks of
/// 90 kHz. It may lie behind its frame.
pub(crate) fn metadata(packets: &[u8]) -> impl Iterator<Item = (u64, Vec<u8>)> {
    elementary(packets, is_private).into_iter().filter_map(|packet| Some((packet.shown?, packet.data)))
}

/// The elementary stream of the first frame in the packets.
fn video(packets: &[u8]) -> Option<Vec<u8>> {
    elementary(packets, is_video).into_iter().next().map(|packet| packet.data)
}

/// The packets of the first stream that is wanted.
fn elementary(packets: &[u8], wanted: fn(&[u8]) -> bool) -> Vec<Packet> {
    let (mut ours, mut found): (Option<u16>, Vec<Packet>) = (None, Vec::new());
    for packet in packets.chunks_exact(PACKET).filter(|packet| packet[0] == 0x47) {
        let begins = packet[1] & 0x40 != 0;
        let identifier = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
        let head = if packet[3] & 0x20 == 0 { 4 } else { 5 + usize::from(packet[4]) };
        // A packet may have no payload, or an adaptation field that says it is longer than the packet.
        let payload = if packet[3] & 0x10 == 0 { &[][..] } else { packet.get(head..).unwrap_or_default() };
        if begins && wanted(payload) && ours.is_none_or(|ours| ours == identifier) {
            let Some(data) = payload.get(8).and_then(|head| payload.get(9 + usize::from(*head)..)) else { continue };
            ours = Some(identifier);
            found.push(Packet { shown: presentation(payload), data: data.to_vec() });
        } else if ours == Some(identifier)
            && let Some(last) = found.last_mut()
        {
            last.data.extend_from_slice(payload);
        }
    }
    found
}

/// The presentation time stamp (2.4.3.6), if there is one.
fn presentation(payload: &[u8]) -> Option<u64> {
    let stamp = payload.get(9..14).filter(|_| payload[7] & 0x80 != 0)?;
    let bits = |byte: usize| u64::from(stamp[byte]);
    Some((bits(0) >> 1 & 7) << 30 | bits(1) << 22 | (bits(2) >> 1) << 15 | bits(3) << 7 | bits(4) >> 1)
}

/// Whether a payload begins a packet of a private stream (2.4.3.7, table 2-22).
fn is_private(payload: &[u8]) -> bool {
    payload.len() > 9 && payload[..4] == [0, 0, 1, 0xbd]
}

/// Whether a payload begins a packet of a video stream (2.4.3.7).
fn is_video(payload: &[u8]) -> bool {
    payload.len() > 9 && payload[..3] == [0, 0, 1] && payload[3] & 0xf0 == 0xe0
}

/// The NAL units of a byte stream, none of them empty.
fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> =
        stream.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).filter_map(move |(start, end)| {
        let nal = stream.get(start + 3..end)?;
        // Zeros before the next start code belong to nobody (B.1.1), and no NAL unit ends with one (7.4.1).
        let length = nal.iter().rposition(|byte| *byte != 0)? + 1;
        Some(&nal[..length])
    })
}
