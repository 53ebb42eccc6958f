//! Frames out of a recording on disk, for the clip of an alert whose time is no longer in memory.
//!
//! Below the folder lie recordings, one for each start of the camera ([`super::recording`]). Of each the manifest's chain is
//! checked, and of every segment that is read its hash: what was changed is left out and told. A frame's time is its segment's,
//! counted on by the stream's own clock. What is cut out are the recorded bytes.
//!
//! Not found is what the camera was still writing: a segment has no line before it is complete. Bound: 96 MiB are read for a
//! clip; the rest is left out.

use std::path::{Path, PathBuf};

use super::fragments::access_unit::shown;
use super::recent::{Kept, Recent};
use super::recording::{MANIFEST, RecordingError, Segment, segments, verified};
use super::transport::{Chunk, frame_begins};

/// The most that is read, as much as is kept in memory.
const BYTES_MAX: u64 = 96 << 20;
/// The length of a transport packet, bytes.
const PACKET: usize = 188;
/// Ticks of the stream's clock wrap around here (ISO/IEC 13818-1, 2.4.3.7: 33 bits of 90 kHz).
const WRAP: u64 = 1 << 33;

/// The stream from the last key frame at or before `from_ns` (or the first there is) up to `to_ns`, as far as it was recorded, and
/// what was not as its manifest says.
#[must_use]
pub fn excerpt(folder: &Path, from_ns: i64, to_ns: i64) -> (Vec<Kept>, Vec<RecordingError>) {
    let (mut stream, mut faults, mut left) = (Recent::new(u64::MAX), Vec::new(), BYTES_MAX);
    for recording in recordings(folder) {
        let segments = segments(&recording).unwrap_or_else(|fault| {
            faults.push(fault);
            Vec::new()
        });
        for segment in segments.iter().filter(|segment| segment.begins_ns <= to_ns && segment.ends_ns >= from_ns) {
            // What a manifest says is believed when the file was hashed, and that is not begun with more than there is room for.
            let Some(rest) = left.checked_sub(segment.bytes) else { break };
            left = rest;
            match verified(&recording, segment) {
                Ok(bytes) => frames(segment, &bytes).into_iter().for_each(|kept| stream.push(kept)),
                Err(fault) => faults.push(fault),
            }
        }
    }
    (stream.cut(from_ns, to_ns), faults)
}

/// The folders of recordings, the oldest first: they are named by the time at which they begin.
fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter(|path| path.join(MANIFEST).is_file())
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path)))
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// The frames of a segment.
fn frames(segment: &Segment, bytes: &[u8]) -> Vec<Kept> {
    let Some(picture) = segment.picture else { return Vec::new() };
    let mut first = None;
    let timed = |packets: &[u8]| {
        let shown = shown(packets)?;
        let ticks = shown.wrapping_sub(*first.get_or_insert(shown)) % WRAP;
        let since_ns = u128::from(ticks) * 1_000_000_000 / 90_000;
        let stream_ns = u64::try_from(since_ns).ok()?;
        let captured_at_ns = segment.begins_ns.saturating_add(i64::try_from(since_ns).ok()?);
        let chunk = Chunk { packets: packets.into(), key: frame_begins(packets)?, stream_ns };
        Some(Kept { chunk, captured_at_ns, picture })
    };
    chunks(bytes).into_iter().filter_map(timed).collect()
}

/// The packets of one frame after the other, each with the tables and metadata in front of it. The multiplexer also puts tables into
/// the middle of a frame, so a chunk ends with the last packet of its stream before the next frame begins.
fn chunks(bytes: &[u8]) -> Vec<&[u8]> {
    let identifier = |packet: &[u8]| [packet[1] & 0x1f, packet[2]];
    let (mut found, mut begins, mut ends, mut video) = (Vec::new(), 0, 0, None);
    for (number, packet) in bytes.chunks_exact(PACKET).enumerate() {
        if frame_begins(packet).is_some() {
            if video.is_some() {
                found.push(&bytes[begins..ends]);
                begins = ends;
            }
            video = Some(identifier(packet));
        }
        if video == Some(identifier(packet)) {
            ends = (number + 1) * PACKET;
        }
    }
    found.push(&bytes[begins..]);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Bytes of anybody, hashed or not, are frames or nothing, and no packet is in two of them.
        #[test]
        fn whatever_lies_in_a_segment_is_cut_into_pieces_of_it(
            packets in prop::collection::vec((any::<[u8; 24]>(), 0u8..4), 0..40), odd in 0usize..200,
        ) {
            let bytes: Vec<u8> = packets.iter().flat_map(|(head, kind)| {
                let mut packet = [0xff; PACKET];
                packet[..24].copy_from_slice(head);
                packet[0] = 0x47;
                if *kind == 0 {
                    packet[1] |= 0x40;
                    packet[3] = 0x10;
                    packet[4..8].copy_from_slice(&[0, 0, 1, 0xe0]);
                }
                packet
            }).chain(vec![0x47; odd]).collect();
            let pieces = chunks(&bytes);
            prop_assert_eq!(pieces.concat(), bytes.clone());
            let segment = Segment { picture: Some([640, 512]), ..Segment::default() };
            prop_assert!(frames(&segment, &bytes).len() <= pieces.len());
        }
    }
}
